"""Settings may come as NumPy numbers, from ``np.linspace`` say: float32 stays float32."""

import numpy as np
import pytest

from dlcore import (
    activations,
    layers,
    learned_activations,
    losses,
    noise,
    normalization,
    regularizers,
    schedules,
)
from dlcore.checks import number, shape
from dlcore.network import Network
from dlcore.optimizers import GradientDescent, clip_norm, clip_value

HALF = np.float64(0.5)
X, Y = np.linspace(-1, 1, 12, dtype="float32").reshape(4, 3), np.eye(4, 3, dtype="float32")


def of_layer(layer):
    net = Network(layers.Linear(3, 3), layer, layers.Linear(3, 3))
    y, caches = net.forward(X, train=True)
    return y, net.backward(y, caches), net(X)


def of_loss(loss):
    return loss.mean(X, Y), loss.grad(X, Y)


def of_penalty(penalty):
    return penalty.value(X[0]), penalty.grad(X[0])


def of_schedule(eta):
    assert type(eta(1)) is type(eta(9)) is float
    return ()


CASES = {
    **{
        h.__name__: lambda h=h: of_layer(layers.Activation(h(HALF)))
        for h in (
            activations.Step,
            activations.LeakyReLU,
            activations.ELU,
            activations.Softplus,
            activations.Swish,
        )
    },
    "Sign": lambda: of_layer(layers.Activation(activations.Sign(np.float64(1)))),
    "smooth_maximum": lambda: [activations.smooth_maximum(X, HALF)],
    "ParametricReLU": lambda: of_layer(learned_activations.ParametricReLU(3, HALF)),
    **{
        f"ACON {kind}": lambda kind=kind: of_layer(
            learned_activations.ACON(3, kind, HALF, HALF, HALF)
        )
        for kind in "ABC"
    },
    "Dropout": lambda: of_layer(noise.Dropout(HALF)),
    "GaussianNoise": lambda: of_layer(noise.GaussianNoise(HALF)),
    "BatchNorm": lambda: of_layer(normalization.BatchNorm(3, momentum=HALF, eps=HALF)),
    "LayerNorm": lambda: of_layer(normalization.LayerNorm(3, eps=HALF)),
    "Huber": lambda: of_loss(losses.Huber(HALF)),
    "SoftmaxCrossEntropy": lambda: of_loss(losses.SoftmaxCrossEntropy(HALF)),
    "L1": lambda: of_penalty(regularizers.L1(HALF)),
    "ElasticNet": lambda: of_penalty(regularizers.ElasticNet(HALF, HALF)),
    "clipping": lambda: (clip_norm(X, HALF), clip_value(X, HALF)),
    "constant": lambda: of_schedule(schedules.constant(HALF)),
    "step_decay": lambda: of_schedule(schedules.step_decay(HALF, np.int64(2), HALF)),
    "exponential": lambda: of_schedule(schedules.exponential(HALF, HALF)),
    "inverse_time": lambda: of_schedule(schedules.inverse_time(HALF, HALF)),
    "linear": lambda: of_schedule(schedules.linear(HALF, np.float64(5), HALF)),
    "cosine": lambda: of_schedule(schedules.cosine(HALF, np.float64(5), HALF)),
    "warm_up": lambda: of_schedule(schedules.warm_up(schedules.constant(1.0), np.float64(3))),
    "chain": lambda: of_schedule(
        schedules.chain(schedules.constant(1.0), np.float64(3), schedules.constant(1.0))
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_float32_stays_float32(case):
    assert all(a.dtype == np.float32 for a in CASES[case]())


def test_a_number_becomes_a_plain_one():
    for value, kind in ((HALF, float), (np.float32(0.5), float), (np.int64(2), int), (3, int)):
        assert type(number("me", "x", value)) is kind and number("me", "x", value) == value
    assert type(GradientDescent(np.ones(2), lr=HALF).lr) is float
    assert repr(activations.Step(HALF)) == "Step(at_zero=0.5)"


@pytest.mark.parametrize(
    ("wanted", "good", "bad"),
    [
        ([("N", 3)], [(5, 3), (0, 3)], [(3,), (5, 2), (2, 5, 3), ()]),
        ([("N ≥ 1", 3)], [(1, 3)], [(0, 3), (1, 4)]),
        ([(4,), (1, 4)], [(4,), (1, 4)], [(2, 4), (), (4, 1)]),
        ([("…", 3)], [(3,), (2, 3), (0, 2, 3)], [(), (2,), (3, 2)]),
        ([(3, "…")], [(3,), (3, 0, 2)], [(), (2, 3)]),
        ([(2, "…", 3)], [(2, 3), (2, 7, 3)], [(2,), (3,), (2, 2), (3, 3)]),
        ([("…",)], [(), (1, 2)], []),
        ([()], [()], [(1,)]),
        ([("…", "d ≥ 1")], [(1,), (0, 1)], [(0,), (1, 0), ()]),
    ],
)
def test_a_shape_fits_or_not(wanted, good, bad):
    for sizes in good:
        assert shape("me", "x", x := np.zeros(sizes), *wanted) is x
    for sizes in bad:
        with pytest.raises(ValueError, match="me: expected x of shape"):
            shape("me", "x", np.zeros(sizes), *wanted)


def test_a_shape_that_does_not_fit_is_told_as_everywhere():
    for wanted, got, text in (
        ([("N", 2)], (5, 3), "Linear(2, 8): expected x of shape (N, 2), got (5, 3)"),
        ([(4,), ("E", 4)], (), "Linear(2, 8): expected x of shape (4,) or (E, 4), got ()"),
        ([("…", "d ≥ 1")], (0,), "Linear(2, 8): expected x of shape (…, d ≥ 1), got (0,)"),
    ):
        with pytest.raises(ValueError) as error:
            shape("Linear(2, 8)", "x", np.zeros(got), *wanted)
        assert str(error.value) == text
