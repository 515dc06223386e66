"""Hebb's rule and its relatives against averages, axes and energies known in closed form."""

import numpy as np
import pytest

from dlcore.backend import asarray, namespace, to_numpy
from dlcore.hebbian import covariance, hebb, oja, trajectory

from .reference import backends, close, refuses

NAN, INF = float("nan"), float("inf")
rng = np.random.default_rng(0)
X = rng.standard_normal((9, 4)) + 0.5
W = rng.standard_normal((3, 4))
CLOUD = np.random.default_rng(2).multivariate_normal([0, 0], [[3.0, 1.2], [1.2, 1.0]], 2000)


# ---------------------------------------------------------------- the rules


def by_hand(rule, w, x, mean):
    y = x @ w
    return {
        hebb: np.mean([y[n] * x[n] for n in range(len(x))], axis=0),
        covariance: np.mean([(y[n] - mean @ w) * (x[n] - mean) for n in range(len(x))], axis=0),
        oja: np.mean([y[n] * x[n] - y[n] ** 2 * w for n in range(len(x))], axis=0),
    }[rule]


@backends
@pytest.mark.parametrize("rule", [hebb, covariance, oja])
def test_each_rule_is_its_formula_for_one_unit_and_for_many(like, rule):
    many = rule(asarray(W, like), asarray(X, like))
    assert type(many) is type(like) and many.shape == (3, 4)
    for e, w in enumerate(W):
        expected = by_hand(rule, w, X, X.mean(axis=0))
        one = rule(asarray(w, like), asarray(X, like))
        np.testing.assert_allclose(to_numpy(one), expected, **close)
        np.testing.assert_allclose(to_numpy(many[e, ...]), expected, **close)


@backends
def test_the_mean_of_the_covariance_rule_can_be_given(like):
    mean = np.array([0.5, 0.0, -1.0, 2.0])
    answer = covariance(asarray(W[0], like), asarray(X, like), asarray(mean, like))
    np.testing.assert_allclose(to_numpy(answer), by_hand(covariance, W[0], X, mean), **close)
    c = np.cov(X.T, bias=True)
    np.testing.assert_allclose(covariance(W, X), W @ c, **close)


def test_oja_is_the_part_of_hebb_that_turns_and_pulls_to_length_one():
    for w in W:
        assert hebb(w, X) @ w > 0  # Hebb's rule only grows: Δw·w = mean y²
        assert hebb(w, X) @ w == pytest.approx(np.mean((X @ w) ** 2), rel=1e-12)
        unit = w / np.linalg.norm(w)
        assert oja(unit, X) @ unit == pytest.approx(0, abs=1e-12)
        assert oja(2 * unit, X) @ unit < 0 < oja(0.5 * unit, X) @ unit


# ---------------------------------------------------------------- paths


@backends
@pytest.mark.parametrize("rule", [hebb, covariance, oja])
@pytest.mark.parametrize("start", [W[0], W], ids=["one", "stack"])
@pytest.mark.parametrize("seed", [None, 3])
def test_a_path_is_the_rule_example_after_example(like, rule, start, seed):
    weights = trajectory(rule.__name__, asarray(X, like), asarray(start, like), 0.05, 2, seed)
    assert type(weights) is type(like) and weights.shape == (19, *start.shape)
    w, order = start, np.random.default_rng(seed)
    for k in range(19):
        np.testing.assert_allclose(to_numpy(weights[k, ...]), w, rtol=1e-9, atol=1e-12)
        if k % 9 == 0:
            rows = range(9) if seed is None else order.permutation(9)
        if k == 18:
            break
        x = X[rows[k % 9]][None]
        w = np.array(
            [u + 0.05 * by_hand(rule, u, x, X.mean(axis=0)) for u in np.atleast_2d(w)]
        ).reshape(start.shape)


def test_defaults_of_a_path():
    np.testing.assert_array_equal(
        trajectory("oja", X, W[0]), trajectory("oja", X, W[0], 0.01, 1, None)
    )
    assert trajectory("hebb", X.tolist(), W[0].tolist()).shape == (10, 4)
    assert trajectory("hebb", X.astype(np.float32), W[0]).dtype == np.float32
    assert trajectory("hebb", np.array([[1, 2]]), [1, 0], 0.5).tolist() == [[1.0, 0.0], [1.5, 1.0]]


@backends
def test_whole_numbers_become_floating(like):
    X = asarray([[1, 2]], like, namespace(like).int64)
    for start in ([0.5, 0.0], asarray([0.5, 0.0], like)):
        weights = trajectory("hebb", X, start, 0.5)
        assert to_numpy(weights).tolist() == [[0.5, 0.0], [0.75, 0.5]]


def test_oja_finds_the_first_principal_axis():
    weights = trajectory("oja", CLOUD, [[0.1, -0.3], [-2.0, 0.5]], lr=0.005, epochs=3, seed=0)
    axis = np.linalg.eigh(np.cov(CLOUD.T))[1][:, -1]
    for w in weights[-1]:
        assert abs(w @ axis) / np.linalg.norm(w) > 0.99
        assert np.linalg.norm(w) == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("rule", ["hebb", "covariance"])
def test_the_others_turn_to_it_and_grow_without_bound(rule):
    weights = trajectory(rule, CLOUD, [0.1, -0.3], lr=0.01, epochs=5, seed=0)
    norms = np.linalg.norm(weights, axis=-1)
    assert 10 < len(weights) < 10_001  # stopped when ‖w‖ had passed 10⁶
    assert norms[-1] > 1e6 >= norms[-2] and np.isfinite(weights).all()
    axis = np.linalg.eigh(np.cov(CLOUD.T))[1][:, -1]
    assert abs(weights[-1] @ axis) / norms[-1] > 0.99


def test_one_of_a_stack_outside_ends_the_path():
    # w doubles: 1, 2, 4, …, 2¹⁹ = 524288, 2²⁰ > 10⁶
    weights = trajectory("hebb", [[1.0, 0.0]], [[1.0, 0.0], [0.0, 1.0]], lr=1.0, epochs=50)
    assert len(weights) == 21 and weights[-1].tolist() == [[2.0**20, 0], [0, 1]]
    edge = trajectory("hebb", [[1.0]], [1e6 / 2], lr=1.0, epochs=9)
    assert edge.ravel().tolist() == [5e5, 1e6, 2e6]  # exactly 10⁶ is still inside
    assert len(trajectory("hebb", [[1.0]], [5e5 + 1e-7], lr=1.0, epochs=9)) == 2  # and no more
    both = trajectory(
        "hebb", [[1.0]], [[4e5], [4e5]], lr=1.0, epochs=9
    )  # each has a ball of its own
    assert both[:, 0, 0].tolist() == [4e5, 8e5, 16e5]


def test_bad_paths():
    refuses(
        lambda: trajectory("bcm", X, W),
        "trajectory: expected rule one of hebb, covariance, oja, got 'bcm'",
    )
    for bad in (np.zeros(3), np.zeros((0, 3)), np.zeros((3, 0)), np.zeros((2, 2, 2))):
        refuses(
            lambda bad=bad: trajectory("oja", bad, W),
            f"trajectory: expected X of shape (N ≥ 1, d ≥ 1), got {bad.shape}",
        )
    for bad in (np.zeros(3), np.zeros((2, 5)), np.zeros((1, 1, 4))):
        refuses(
            lambda bad=bad: trajectory("oja", X, bad),
            f"trajectory: expected w of shape (4,) or (E, 4), got {bad.shape}",
        )
    refuses(
        lambda: trajectory("oja", [[NAN]], [1.0]),
        "trajectory: expected finite numbers X, got NaN or infinity",
    )
    refuses(
        lambda: trajectory("oja", [[1.0]], [INF]),
        "trajectory: expected finite numbers w, got NaN or infinity",
    )
    refuses(lambda: trajectory("oja", X, W, lr=0), "trajectory: expected lr > 0, got 0")
    refuses(
        lambda: trajectory("oja", X, W, epochs=0),
        "trajectory: expected an integer epochs ≥ 1, got 0",
    )
