"""The units and the machine: the textbook's numbers, its theorems, and both array libraries."""

import gc

import array_api_strict
import numpy as np
import pytest
import torch

from dlcore.datasets import blobs, boolean, digits, iris, separable
from dlcore.perceptron import Adaline, LogisticUnit, Perceptron
from dlcore.photoperceptron import Photoperceptron
from dlcore.separability import novikoff_bound
from dlcore.teaching.chapters.cards import cards, to_retina

from .reference import central

UNITS = [Perceptron, Adaline, LogisticUnit]
PETALS = ("petal length", "petal width")


def overlapping(n=40, seed=0):
    return blobs(n, std=1.5, seed=seed)


# ---------------------------------------------------------------- the textbook's numbers


@pytest.mark.parametrize(
    "at_zero, updates, w, errors",
    [(0, 10, [-2, 2, 1], [1, 3, 3, 2, 1, 0]), (1, 11, [-3, 2, 1], [2, 3, 3, 2, 1, 0])],
)
def test_and_from_zero(at_zero, updates, w, errors):
    unit = Perceptron(2, at_zero=at_zero)
    trace = unit.fit(*boolean("and"))
    assert unit.w.tolist() == w and trace.updates == updates and trace.errors == errors
    assert trace.converged and trace.epochs == 6 and unit.accuracy(*boolean("and")) == 1


def test_iris_and_two_digits():
    unit = Perceptron(2)
    trace = unit.fit(*iris(("setosa", "versicolor"), PETALS))
    assert (trace.updates, trace.epochs) == (4, 3)
    np.testing.assert_allclose(unit.w, [-2, 0.6, 0.8], atol=1e-12)
    trace = Perceptron(64).fit(*digits((3, 8)))
    assert (trace.updates, trace.epochs) == (102, 16)


def test_xor_runs_in_a_circle():
    trace = Perceptron(2).fit(*boolean("xor"), epochs=20, record=True)
    assert trace.errors == [2, 3] + [4] * 18
    assert trace.cycle() == (2, 1) and not trace.converged
    assert [trace.weights_at(e).tolist() for e in (0, 1, 2, 20)] == [
        [0, 0, 0],
        [0, -1, 0],
        [1, -1, 0],
        [1, -1, 0],
    ]
    assert [trace.updates_at(e) for e in (0, 1, 2, 20)] == [0, 2, 5, 77]
    assert Perceptron(2).fit(*boolean("and")).cycle() is None
    shuffled = Perceptron(2).fit(
        *boolean("xor"), order="random", record=True
    )  # a value came back by chance
    assert len({w.tobytes() for w in shuffled.trajectory}) < shuffled.updates
    assert shuffled.cycle() is None
    assert Perceptron(2).fit(*boolean("xor"), order="random", batch=True).cycle() == (0, 2)


def test_without_the_constant_input_and_cannot_be_learned():
    unit = Perceptron(2, bias=False)
    trace = unit.fit(*boolean("nor"), epochs=50)
    assert unit.w.shape == (2,) and not trace.converged  # z(00) is 0 for ever
    assert Perceptron(2).fit(*boolean("nor")).converged


def test_a_trace_that_is_not_recorded_keeps_no_weights():
    X, y = overlapping()
    trace, recorded = (Perceptron(2).fit(X, y, epochs=50, record=r) for r in (False, True))
    for name in ("updates", "epochs", "errors", "converged"):
        assert getattr(trace, name) == getattr(recorded, name)
    assert trace.cycle() == recorded.cycle() and trace.updates_at(9) == recorded.updates_at(9)
    assert trace.updates == len(recorded.trajectory) - 1 and len(trace.steps) == 0
    assert not Perceptron(2).fit(X, y, epochs=1).record
    assert sum(isinstance(kept, np.ndarray) for kept in gc.get_referents(trace._weights)) == 1
    for ask in (len, iter, lambda t: t[0], lambda t: t.trajectory, lambda t: t.weights_at(1)):
        with pytest.raises(ValueError, match=r"Trace: expected a training recorded by fit\(…, rec"):
            list(ask(trace)) if ask is iter else ask(trace)


# ---------------------------------------------------------------- the rule and its trace


@pytest.mark.parametrize("kind", UNITS)
def test_every_step_of_the_trace_is_the_rule(kind):
    X, y = overlapping()
    unit = kind(2, w=[0.3, -1.0, 0.5])
    trace = unit.fit(X, y, lr=0.1, epochs=3, order="random", seed=4, record=True)
    w = np.array([0.3, -1.0, 0.5])
    np.testing.assert_array_equal(trace.weights(0), w)
    errors = [0, 0, 0]
    for k, trial in enumerate(trace):
        assert trial.epoch == 1 + k // 40
        np.testing.assert_array_equal(trial.before, w)
        np.testing.assert_array_equal(trial.x, [1, *X[trial.index]])
        assert trial.y == y[trial.index]
        z = w @ trial.x
        assert trial.y_hat == (z > 0)
        e = {
            Perceptron: trial.y - (z > 0),
            Adaline: 2 * trial.y - 1 - z,
            LogisticUnit: trial.y - 1 / (1 + np.exp(-z)),
        }[kind]
        w = w + 0.1 * e * trial.x
        np.testing.assert_allclose(trial.after, w, rtol=1e-12, atol=1e-14)
        assert trial.changed == (e != 0)
        w = trial.after
        errors[trial.epoch - 1] += trial.y_hat != trial.y
    assert len(trace) == 120 and trace.errors == errors and trace.epochs == 3
    np.testing.assert_array_equal(unit.w, w)
    np.testing.assert_array_equal(trace.weights(trace.updates), w)
    assert trace.trajectory.shape == (trace.updates + 1, 3)
    for epoch in (1, 2, 3):
        shown = [trial.index for trial in trace if trial.epoch == epoch]
        assert sorted(shown) == list(range(40)) and shown != list(range(40))
        np.testing.assert_array_equal(trace.weights_at(epoch), trace[40 * epoch - 1].after)


@pytest.mark.parametrize("kind", UNITS)
def test_batch_learning_is_one_look_at_all(kind):
    X, y = overlapping()
    w = np.array([0.3, -1.0, 0.5])
    trace = kind(2, w=w).fit(X, y, lr=0.2, epochs=4, batch=True, record=True)
    for epoch, trial in enumerate(trace, start=1):
        z = np.c_[np.ones(40), X] @ w
        assert trial.epoch == epoch and trace.errors[epoch - 1] == np.sum((z > 0) != y)
        np.testing.assert_array_equal(trial.x, np.c_[np.ones(40), X])
        np.testing.assert_allclose(trial.before, w, rtol=1e-12)
        e = {
            Perceptron: y - (z > 0),
            Adaline: 2 * y - 1 - z,
            LogisticUnit: y - 1 / (1 + np.exp(-z)),
        }[kind]
        w = w + 0.2 * np.mean(e[:, None] * np.c_[np.ones(40), X], axis=0)
        np.testing.assert_allclose(trial.after, w, rtol=1e-12)
        assert trial.index is None and np.sum(trial.y_hat != trial.y) == np.sum((z > 0) != y)


def test_orders():
    X, y = boolean("and")
    given = Perceptron(2).fit(X, y, order=[3, 2, 1, 0, 3], record=True)
    assert [t.index for t in given][:5] == [3, 2, 1, 0, 3]
    one, two = (Perceptron(2).fit(X, y, order="random", seed=s, record=True).steps for s in (1, 1))
    assert [t.index for t in one] == [t.index for t in two]


def test_learning_goes_on_where_it_stopped():
    X, y = overlapping()
    whole, parts = Perceptron(2), Perceptron(2)
    whole.fit(X, y, epochs=6)
    parts.fit(X, y, epochs=2)
    parts.fit(X, y, epochs=4)
    np.testing.assert_array_equal(whole.w, parts.w)


@pytest.mark.parametrize("lr", [0.1, 7.0, 2.0**-20])
def test_from_zero_the_learning_rate_only_scales(lr):
    X, y = separable(60, margin=0.05, seed=2)
    one, other = Perceptron(2), Perceptron(2)
    a, b = one.fit(X, y, record=True), other.fit(X, y, lr=lr, record=True)
    assert a.converged and [t.y_hat for t in a] == [t.y_hat for t in b]
    np.testing.assert_allclose(b.trajectory, lr * a.trajectory, rtol=1e-9, atol=1e-12 * lr)


@pytest.mark.parametrize("kind", [Adaline, LogisticUnit])
def test_the_batch_rule_descends_the_loss(kind):
    X, y = overlapping()
    w = np.array([0.2, -0.7, 1.1])
    unit = kind(2, w=w)
    before = unit.loss(X, y)
    unit.fit(X, y, lr=0.05, epochs=1, batch=True)
    gradient = central(lambda v: kind(2, w=v).loss(X, y), w)
    np.testing.assert_allclose((w - unit.w) / 0.05, gradient, rtol=1e-7)
    assert unit.loss(X, y) < before


def test_adaline_settles_at_the_least_squares_line():
    X, y = overlapping(100)
    unit = Adaline(2)
    unit.fit(X, y, lr=0.3, epochs=2000, batch=True)
    x = np.c_[np.ones(100), X]
    np.testing.assert_allclose(unit.w, np.linalg.lstsq(x, 2 * y - 1, rcond=None)[0], atol=1e-10)


def test_adaline_is_stable_below_two_over_lambda_and_only_there():
    X, y = overlapping(100)
    limit = Adaline(2).stable_lr(X)
    x = np.c_[np.ones(100), X]
    assert limit == pytest.approx(2 / np.linalg.eigvalsh(x.T @ x / 100).max(), rel=1e-12)
    below, above = Adaline(2), Adaline(2)
    below.fit(X, y, lr=0.99 * limit, epochs=3000, batch=True)
    best = Adaline(2, w=np.linalg.lstsq(x, 2.0 * y - 1, rcond=None)[0]).loss(X, y)
    assert below.loss(X, y) == pytest.approx(best, rel=1e-9)
    trace = above.fit(X, y, lr=1.01 * limit, epochs=3000, batch=True)
    assert above.loss(X, y) > 1e6
    trace = Adaline(2).fit(X, y, lr=4 * limit, epochs=3000, batch=True, record=True)
    assert trace.diverged and trace.epochs < 3000 and np.isfinite(trace.trajectory).all()
    with np.errstate(over="ignore", invalid="ignore"):  # from 10²⁵ to NaN in one step
        trace = Adaline(2).fit(np.array([[1e25, 0]] * 2, "float32"), [1, 1], record=True)
    assert trace.diverged and np.isnan(trace.trajectory[-1]).any() and trace.updates == 2


def test_the_logistic_unit_is_safe_far_out():
    unit = LogisticUnit(1, w=[0.0, 1.0])
    X = np.array([[-1e3], [0.0], [1e3]])
    np.testing.assert_allclose(unit.probability(X), [0, 0.5, 1])
    assert unit.probability([[-40.0]])[0] == pytest.approx(np.exp(-40), rel=1e-12)
    assert unit.loss(X, [1, 1, 0]) == pytest.approx((1000 + np.log(2) + 1000) / 3)
    assert unit(X).tolist() == [0, 0, 1]


# ---------------------------------------------------------------- both libraries


@pytest.mark.parametrize("kind", UNITS)
@pytest.mark.parametrize("batch", [False, True])
@pytest.mark.parametrize("library", [torch, array_api_strict], ids=["torch", "strict"])
def test_the_same_training_on_every_library(kind, batch, library):
    X, y = overlapping()
    here, there = kind(2), kind(2)
    options = dict(lr=0.1, epochs=5, batch=batch, record=True)
    a = here.fit(X, y, **options)
    foreign = library.asarray(X), library.asarray(y)
    b = there.fit(*foreign, **options)
    np.testing.assert_allclose(b.trajectory, a.trajectory, rtol=1e-10, atol=1e-13)
    assert a.errors == b.errors and type(there.w) is type(foreign[0])
    assert there.accuracy(*foreign) == here.accuracy(X, y)
    assert [int(v) for v in there(foreign[0])] == here(X).tolist()
    if kind is not Perceptron:
        assert there.loss(*foreign) == pytest.approx(here.loss(X, y), rel=1e-12)
    if kind is Adaline:
        assert there.stable_lr(foreign[0]) == pytest.approx(here.stable_lr(X), rel=1e-12)


def test_float32_stays_float32():
    X, y = separable(40, seed=3)
    unit = Perceptron(2)
    unit.fit(X.astype(np.float32), y)
    assert unit.w.dtype == np.float32
    unit.fit(torch.asarray(X, dtype=torch.float32), torch.asarray(y))
    assert unit.w.dtype == torch.float32
    assert Perceptron(2).fit(boolean("and")[0].astype(int), [0, 0, 0, 1]).updates == 10


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_training_on_cuda():
    X, y = separable(40, seed=3)
    unit = Perceptron(2)
    there = torch.asarray(X, device="cuda"), torch.asarray(y, device="cuda")
    trace = unit.fit(*there, record=True)
    assert unit.w.device.type == "cuda"
    np.testing.assert_allclose(trace.trajectory, Perceptron(2).fit(X, y, record=True).trajectory)
    S, t = (torch.asarray(a, device="cuda") for a in cards(30))
    answers = Photoperceptron().train(*cards(30))
    np.testing.assert_array_equal(Photoperceptron().train(S, t), answers)


# ---------------------------------------------------------------- what is refused

X, Y = boolean("and")


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: Perceptron(0), ValueError, "n_in ≥ 1, got 0"),
        (lambda: Perceptron(2.0), ValueError, "n_in ≥ 1, got 2.0"),
        (lambda: Perceptron(2, at_zero=0.5), ValueError, "at_zero from 0 to 1, got 0.5"),
        (lambda: Perceptron(2, w=[1, 2]), ValueError, r"w = \(b, w1, …\) of shape \(3,\)"),
        (
            lambda: Perceptron(2, w=[1, 2, 3], bias=False),
            ValueError,
            r"w = \(w1, …\) of shape \(2,\)",
        ),
        (
            lambda: Perceptron(2)(np.zeros((5, 3))),
            ValueError,
            r"Perceptron\(2\): expected X of "
            r"shape \(N, 2\), got \(5, 3\)",
        ),
        (lambda: Adaline(2).score([1.0, 2.0]), ValueError, r"Adaline\(2\).*got \(2,\)"),
        (lambda: Perceptron(2).fit(X, Y[:, None]), ValueError, r"y of shape \(4,\), got \(4, 1\)"),
        (lambda: Perceptron(2).fit(X, 2 * Y - 1), ValueError, "labels 0 and 1, got -1 … 1"),
        (lambda: Perceptron(2).fit(X, Y, lr=0), ValueError, "lr > 0, got 0"),
        (lambda: Perceptron(2).fit(X, Y, order="sorted"), ValueError, "unknown order 'sorted'"),
        (lambda: Perceptron(2).fit(X, Y, order=[0, 4]), ValueError, "row numbers 0 … 3"),
        (lambda: Perceptron(2).fit(X * np.nan, Y), ValueError, "finite numbers X"),
        (lambda: novikoff_bound(*boolean("xor")), ValueError, "separate the classes, got none"),
        (lambda: novikoff_bound(X, Y, w=[0.0, 1, 1]), ValueError, "got none"),
        (lambda: novikoff_bound(X, Y, w=[-1.0, 1, 1]), ValueError, "got none"),  # on the line
        (lambda: Photoperceptron(n_a=0), ValueError, "n_a ≥ 1, got 0"),
        (lambda: Photoperceptron(fan_in=401), ValueError, "fan_in from 1 to 400, got 401"),
        (lambda: Photoperceptron()(np.zeros((2, 64))), ValueError, r"\(N, 400\), got \(2, 64\)"),
        (lambda: Photoperceptron().train(np.zeros((2, 400)), [0, 2]), ValueError, "labels 0 and 1"),
        (lambda: Photoperceptron().train(np.zeros((2, 400)), [0]), ValueError, r"shape \(2,\)"),
        (
            lambda: to_retina(np.zeros((2, 10))),
            ValueError,
            r"square pictures of shape \(N, 9\), got",
        ),
        (
            lambda: to_retina(np.zeros(4)),
            ValueError,
            r"^to_retina: expected pictures of shape \(N ≥ 1, h ≥ 1, w ≥ 1\), got \(4,\)$",
        ),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_refused_training_changes_nothing():
    unit = Perceptron(2, w=[1.0, 2.0, 3.0])
    with pytest.raises(ValueError):
        unit.fit(X, [0, 0, 0, 2])
    assert unit.w.tolist() == [1, 2, 3]
