import copy
import math
import pickle

import numpy as np
import pytest
import torch

from dlcore import schedules as s
from dlcore.optimizers import GradientDescent

T = [1, 2, 3, 4, 5, 9, 10, 11, 20, 21, 40]
CASES = {
    "constant": (lambda: s.constant(0.1), lambda t: 0.1),
    "step": (lambda: s.step_decay(0.1, 10), lambda t: 0.1 * 0.1 ** ((t - 1) // 10)),
    "step, half": (lambda: s.step_decay(0.1, 3, 0.5), lambda t: 0.1 * 0.5 ** ((t - 1) // 3)),
    "exponential": (lambda: s.exponential(0.1, 0.9), lambda t: 0.1 * math.exp(math.log(0.9) * t)),
    "inverse time": (lambda: s.inverse_time(0.1, 0.3), lambda t: 0.1 / (1 + 0.3 * t)),
    "linear": (lambda: s.linear(0.1, 10), lambda t: 0.1 * (1 - t / 10) if t < 10 else 0.0),
    "linear, floor": (lambda: s.linear(0.1, 10, 0.02), lambda t: 0.1 - 0.08 * min(t / 10, 1)),
    "cosine": (
        lambda: s.cosine(0.1, 20),
        lambda t: 0.05 * (1 + math.cos(math.pi * min(t / 20, 1))),
    ),
    "cosine, floor": (
        lambda: s.cosine(0.1, 20, 0.02),
        lambda t: 0.02 + 0.04 * (1 + math.cos(math.pi * min(t / 20, 1))),
    ),
    "warm-up": (lambda: s.warm_up(s.constant(0.1), 5), lambda t: 0.1 * min(t / 5, 1)),
    "chain": (
        lambda: s.chain(s.constant(0.1), 10, s.exponential(0.3, 0.5)),
        lambda t: 0.1 if t <= 10 else 0.3 * 0.5 ** (t - 10),
    ),
    "chain, both fall": (
        lambda: s.chain(s.exponential(0.2, 0.9), 10, s.exponential(0.3, 0.5)),
        lambda t: 0.2 * 0.9**t if t <= 10 else 0.3 * 0.5 ** (t - 10),
    ),
    "chain, a pole before the second's first step": (
        lambda: s.chain(s.constant(0.1), 10, s.inverse_time(0.3, 0.2)),
        lambda t: 0.1 if t <= 10 else 0.3 / (1 + 0.2 * (t - 10)),
    ),
}
cases = pytest.mark.parametrize("make, expected", CASES.values(), ids=CASES)


@cases
def test_the_formula_on_numbers_and_on_arrays(make, expected):
    ours = make()
    for t in T:
        value = ours(t)
        assert type(value) is float and value == pytest.approx(expected(t), rel=1e-12, abs=1e-17)
        for array in (np.asarray(float(t)), torch.tensor(float(t), dtype=torch.float64)):
            assert float(ours(array)) == pytest.approx(expected(t), rel=1e-12, abs=1e-17)
        assert isinstance(ours(array), torch.Tensor)  # a captured graph follows t


@cases
def test_inside_a_captured_step(make, expected):
    ours = make()
    theta = torch.zeros(1, dtype=torch.float64)
    optimizer = GradientDescent(theta, lr=ours, capturable=True)
    for _ in range(12):
        optimizer.step(-torch.ones(1, dtype=torch.float64))
    assert theta.item() == pytest.approx(sum(expected(t) for t in range(1, 13)), rel=1e-12)


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: s.constant(0), "constant: expected lr > 0, got 0"),
        (lambda: s.step_decay(0.1, 0), "step_decay: expected an integer every ≥ 1, got 0"),
        (lambda: s.step_decay(0.1, 5, -1), "step_decay: expected gamma > 0"),
        (
            lambda: s.exponential(0.1, math.inf),
            "exponential: expected a finite number gamma, got inf",
        ),
        (lambda: s.inverse_time(0.1, 0), "inverse_time: expected k > 0"),
        (lambda: s.linear(0.1, 0), "linear: expected t_max > 0"),
        (lambda: s.cosine(-1, 5), "cosine: expected lr > 0, got -1"),
        (lambda: s.warm_up(s.constant(1), 0), "warm_up: expected steps > 0"),
        (lambda: s.chain(s.constant(1), 0, s.constant(1)), "chain: expected steps > 0"),
    ],
)
def test_settings_are_checked(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@cases
def test_schedules_are_copied_and_printed(make, expected):
    ours = make()
    for twin in (pickle.loads(pickle.dumps(ours)), copy.deepcopy(ours), eval(repr(ours), vars(s))):
        assert twin == ours and [twin(t) for t in T] == [ours(t) for t in T]


def test_a_schedule_prints_its_settings():
    assert repr(s.cosine(1e-3, t_max=1000)) == "cosine(lr=0.001, t_max=1000, lr_min=0.0)"
    assert repr(s.warm_up(s.constant(1), 5)) == "warm_up(schedule=constant(lr=1), steps=5)"
