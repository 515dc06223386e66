"""Lesion studies, few examples and wiring lists of chapter 3."""

import numpy as np
import pytest
import torch

from dlcore.datasets import digits
from dlcore.network import MLP
from dlcore.teaching.chapters import few_shots, lesions, wiring

rng = np.random.default_rng(0)


@pytest.fixture(scope="module")
def stack():
    net = MLP([6, 4, 3], "sigmoid", copies=2, seed=0, dtype="float64")
    net.theta[...] = 2 * rng.normal(size=net.theta.shape)
    return net, rng.normal(size=(40, 6)), rng.integers(0, 3, 40)


def test_signals_and_answers_are_torchs(stack):
    net, X, _ = stack
    (W1, b1), _, (W2, b2) = net.params
    keep = np.array([1.0, 0.0, 0.5, 2.0])
    for e in range(2):
        a = torch.sigmoid(torch.nn.functional.linear(*map(torch.tensor, (X, W1[e], b1[e, 0]))))
        np.testing.assert_allclose(lesions.signals(net, X)[e], a, atol=1e-12)
        z = torch.nn.functional.linear(
            a * torch.tensor(keep), *map(torch.tensor, (W2[e], b2[e, 0]))
        )
        np.testing.assert_array_equal(lesions.answers(net, X, keep)[e], z.argmax(dim=1))
    np.testing.assert_array_equal(lesions.answers(net, X), net(X).argmax(axis=-1))


def test_cutting_is_a_zero_weight(stack):
    net, X, y = stack
    other = net.to("numpy")
    other.params[2][0][..., [1, 3]] = 0
    keep = lesions.cut(4, 1, 3)
    np.testing.assert_array_equal(keep, [1, 0, 1, 0])
    np.testing.assert_array_equal(lesions.answers(net, X, keep), lesions.answers(other, X))
    share = lesions.shares(net, X, y, keep)
    assert share.shape == (2, 3)
    assert share[0, 1] == np.mean(lesions.answers(other, X)[0][y == 1] == 1)


def test_a_study_and_its_names_by_hand(stack):
    net, X, y = stack
    found = lesions.study(net, X, y)
    assert found.one.shape == (2, 4, 3) and found.two.shape == (2, 4, 4, 3)
    np.testing.assert_array_equal(
        found.two[:, 1, 2], lesions.shares(net, X, y, lesions.cut(4, 1, 2))
    )
    name = lesions.names(found)
    by_hand, best = np.zeros(2), np.zeros(2)
    for e in range(2):
        for j in range(4):
            assert name[e, j] == np.argmax(found.whole[e] - found.one[e, j])
            hits = np.zeros(3)
            for k in range(4):
                if k != j:
                    lost = found.one[e, k] - found.two[e, j, k]
                    hits += (lost >= lost.max() - 1e-12) & (lost > 0)
            by_hand[e] += hits[name[e, j]] / 12
            best[e] += hits.max() / 12
    np.testing.assert_allclose(lesions.hold(found, name), by_hand)
    np.testing.assert_allclose(lesions.hold(found, lesions.best_names(found)), best)


def test_few_shots():
    X, y = digits()
    shown, asked = few_shots.split(y, [3, 7], 5, np.random.default_rng(0))
    assert shown.shape == (2, 5) and asked.shape == (2, 60)
    assert not set(shown.ravel()) & set(asked.ravel())
    assert (y[shown] == [[3], [7]]).all() and (y[asked] == [[3], [7]]).all()
    more, again = few_shots.split(y, [3, 7], 20, np.random.default_rng(0))
    np.testing.assert_array_equal(again, asked)
    means = X[shown].mean(axis=1)
    near = np.linalg.norm(X[asked.ravel()][:, None] - means, axis=2).argmin(axis=1)
    assert few_shots.nearest_mean(X, shown, asked) == np.mean(near == np.repeat([0, 1], 60))
    moved = few_shots.nearest_mean(np.roll(X, 1, axis=1), shown, asked, shifts=True)
    assert 0.5 < moved <= 1


def test_shifts():
    X, _ = digits()
    moved = few_shots.shifted(X[:2]).reshape(2, 9, 8, 8)
    np.testing.assert_array_equal(moved[:, 4], X[:2].reshape(2, 8, 8))
    np.testing.assert_array_equal(moved[:, 5, :, :-1], X[:2].reshape(2, 8, 8)[:, :, 1:])
    np.testing.assert_array_equal(moved[:, 1, 1:], X[:2].reshape(2, 8, 8)[:, :-1])
    assert (moved[:, 1, 0] == 0).all()


def test_a_wiring_list_and_its_weights():
    C = wiring.wiring(3)
    assert C.shape == (302, 302) and (C.sum(axis=1) == 10).all() and not C.diagonal().any()
    W = wiring.weights(C, 0.2, 4.0, seed=1)
    assert ((W != 0) == C).all()
    sign = [np.unique(np.sign(column[column != 0])) for column in W.T]
    assert all(len(s) <= 1 for s in sign)  # one sign for each sender
    assert sum(-1 in s for s in sign) == pytest.approx(60, abs=2)
    assert np.abs(W[C]).mean() == pytest.approx(0.4, abs=0.03)


def test_two_cells_follow_their_eigenvalues():
    """Exercise 3.7: e^{λ t} with λ = −1 ± √(w₁₂ w₂₁)."""
    for w12, w21, factor in ((0.5, 0.5, np.exp(-0.5)), (0.0, 0.0, np.exp(-1))):
        W = np.array([[0, w12], [w21, 0]])
        t, a = wiring.run(W, duration=12, dt=0.001, seed=2)
        x = np.abs(np.arctanh(a)).max(axis=1)
        later = np.searchsorted(t, 9.9995)
        assert x[later + 1000] / x[later] == pytest.approx(factor, rel=0.02)


def test_behaviours():
    t = np.linspace(0, 60, 1201)[:, None]
    assert wiring.behaviour(0.5 * np.exp(-t) * np.ones((1, 3))) == "silent"
    assert wiring.behaviour(0.5 + 0.4 * np.exp(-t) * np.ones((1, 3))) == "still"
    assert wiring.behaviour(0.5 * np.sin(t) * np.ones((1, 3))) == "restless"
