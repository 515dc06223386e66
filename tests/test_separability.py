"""Margins, the bound of Novikoff, the perceptron criterion, the pocket."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dlcore.datasets import blobs, boolean, iris, separable
from dlcore.perceptron import Perceptron
from dlcore.separability import criterion, margin, max_margin, novikoff_bound
from dlcore.teaching.chapters.pocket import pocket

from .reference import central

PETALS = ("petal length", "petal width")


def overlapping(n=40, seed=0):
    return blobs(n, std=1.5, seed=seed)


# ---------------------------------------------------------------- the bound


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    gap=st.sampled_from([0.02, 0.1, 0.4]),
    at_zero=st.integers(0, 1),
    lr=st.sampled_from([0.5, 1.0, 3.0]),
)
def test_never_more_updates_than_novikoff_allows(seed, gap, at_zero, lr):
    X, y = separable(30, margin=gap, seed=seed)
    trace = Perceptron(2, at_zero=at_zero).fit(X, y, lr=lr, epochs=5000, order="random", seed=seed)
    assert trace.converged and 0 < trace.updates <= novikoff_bound(X, y)


def test_the_widest_margin():
    X, y = boolean("and")  # by hand: w ∝ (−3, 2, 2), the sums −3, −1, −1, 1
    w = max_margin(X, y)
    np.testing.assert_allclose(w, np.array([-3, 2, 2]) / np.sqrt(17), atol=1e-5)
    assert margin(w, X, y) == pytest.approx(1 / np.sqrt(17), rel=1e-5)
    assert novikoff_bound(X, y) == pytest.approx(51, rel=1e-5)
    assert novikoff_bound(X, y, w=[-5, 4, 4]) == pytest.approx(3 * 57, rel=1e-12)
    assert max_margin(*boolean("xor")) is None
    assert max_margin(np.array([[1.0], [1.0]]), np.array([1, 0])) is None  # one point, two classes
    assert max_margin(*iris(("versicolor", "virginica"), PETALS)) is None


@pytest.mark.parametrize("seed", range(5))
def test_no_direction_beats_the_widest(seed):
    X, y = separable(25, margin=0.1, seed=seed)
    best = margin(max_margin(X, y), X, y)
    rng = np.random.default_rng(seed)
    for w in max_margin(X, y) + 0.05 * rng.standard_normal((200, 3)):
        assert margin(w, X, y) <= best * (1 + 1e-6)


# ---------------------------------------------------------------- criterion and losses


def test_the_criterion_and_its_subgradient():
    X, y = overlapping()
    t = 2 * y - 1
    for w in np.random.default_rng(0).standard_normal((10, 3)):
        z = w[0] + X @ w[1:]
        value, subgradient = criterion(w, X, y)
        assert float(value) == pytest.approx(-np.sum((t * z)[t * z < 0]), rel=1e-12)
        np.testing.assert_allclose(
            subgradient, central(lambda v: float(criterion(v, X, y)[0]), w), rtol=1e-6, atol=1e-6
        )
        unit = Perceptron(2, w=w)
        unit.fit(X, y, lr=0.3, epochs=1, batch=True)
        np.testing.assert_allclose(unit.w, w - 0.3 * subgradient / 40, rtol=1e-12, atol=1e-14)


def test_the_criterion_stays_in_float32():
    X, y = overlapping()
    value, subgradient = criterion(np.ones(3), X.astype(np.float32), y)
    assert value.dtype == subgradient.dtype == np.float32


def test_the_criterion_at_many_points_and_at_zero():
    X, y = overlapping()
    W = np.random.default_rng(1).standard_normal((7, 3))
    values, subgradients = criterion(W, X, y)
    for w, value, subgradient in zip(W, values, subgradients, strict=True):
        np.testing.assert_allclose(value, criterion(w, X, y)[0])
        np.testing.assert_allclose(subgradient, criterion(w, X, y)[1])
    value, subgradient = criterion(np.zeros(3), X, y)
    t = 2 * y - 1
    assert value == 0
    np.testing.assert_allclose(subgradient, -(t @ np.c_[np.ones(40), X]))


# ---------------------------------------------------------------- pocket


def test_the_pocket_keeps_the_best():
    X, y = overlapping(100)
    kept = pocket(X, y, trials=500, seed=1)
    assert len(kept.kept) == len(kept.current) == 501
    assert np.all(np.diff(kept.kept) >= 0) and np.all(kept.kept <= np.maximum.accumulate(kept.kept))
    assert kept.unit.accuracy(X, y) == kept.kept[-1] >= 0.89
    assert kept.current[1:].min() < kept.kept[-1]  # the weights outside go on falling
    assert pocket(*boolean("xor"), trials=200).kept[-1] == 0.75


@pytest.mark.parametrize("options", [{}, {"lr": 0.5, "at_zero": 1, "seed": 3, "trials": 60}])
def test_the_pocket_is_gallants(options):
    X, y = overlapping(100)
    trials, lr, at_zero, seed = (
        {"trials": 1000, "lr": 1.0, "at_zero": 0, "seed": 0} | options
    ).values()
    x = np.column_stack([np.ones(100), X])

    def answers(w):
        return np.where(x @ w == 0, at_zero, x @ w > 0)

    def right(w):
        return int(np.sum(answers(w) == y))

    w = pocketed = np.zeros(3)
    run, longest, best = 0, 0, right(w)
    kept, current = [best / 100], [best / 100]
    for n in np.random.default_rng(seed).integers(0, 100, trials):
        if (error := y[n] - answers(w)[n]) == 0:
            run += 1
            if run > longest and right(w) > best:
                pocketed, longest, best = w, run, right(w)
        else:
            w, run = w + lr * error * x[n], 0
        kept.append(best / 100)
        current.append(right(w) / 100)
    ours = pocket(X, y, **options)
    np.testing.assert_array_equal(ours.kept, kept)
    np.testing.assert_array_equal(ours.current, current)
    np.testing.assert_allclose(ours.unit.w, pocketed, rtol=1e-12)


def test_the_other_functions_on_torch():
    X, y = separable(40, seed=3)
    Xt, yt = torch.asarray(X), torch.asarray(y)
    for w in np.random.default_rng(0).standard_normal((3, 3)):
        for a, b in zip(criterion(w, X, y), criterion(torch.asarray(w), Xt, yt), strict=True):
            np.testing.assert_allclose(b.numpy(), a, rtol=1e-12)
        assert margin(torch.asarray(w), Xt, yt) == pytest.approx(margin(w, X, y), rel=1e-12)
    np.testing.assert_allclose(max_margin(Xt, yt), max_margin(X, y), rtol=1e-9)
    assert novikoff_bound(Xt, yt) == pytest.approx(novikoff_bound(X, y), rel=1e-9)
    a, b = pocket(X, y, trials=100), pocket(Xt, yt, trials=100)
    np.testing.assert_array_equal(a.kept, b.kept)
    assert isinstance(b.unit.w, torch.Tensor)


# ---------------------------------------------------------------- what is refused
