"""The data and the training of chapter 17."""

import numpy as np
import pytest

from dlcore.losses import SoftmaxCrossEntropy
from dlcore.network import MLP
from dlcore.optimizers import Adam
from dlcore.teaching.chapters.overfitting import (
    LADDERS,
    OWN,
    accuracies,
    bent,
    descents,
    digit_sets,
    least_norm,
    mirrored,
    noisy_sine,
    random_features,
    randomised,
    stopping_point,
    train,
)
from dlcore.training import fit


def test_the_sine_has_the_noise_that_is_asked_for():
    X, y = noisy_sine(2000, 0.3, range(3))
    assert X.shape == y.shape == (3, 2000, 1) and np.abs(X).max() <= 1
    np.testing.assert_allclose((y - np.sin(np.pi * X)).std(axis=(1, 2)), 0.3, atol=0.02)
    assert not np.allclose(X[0], X[1])


def test_no_digit_is_in_two_parts():
    parts = digit_sets([100, 50, 1647], [0, 1])
    assert [X.shape for X, _ in parts] == [(2, 100, 64), (2, 50, 64), (2, 1647, 64)]
    for e in range(2):
        rows = np.concatenate([np.column_stack([X[e], y[e]]) for X, y in parts])
        everything = np.column_stack(_everything())
        assert sorted(map(tuple, rows)) == sorted(map(tuple, everything))
    ((_, y),) = digit_sets([500], [0], K=3)
    assert set(y.ravel()) == {0, 1, 2}
    with pytest.raises(ValueError, match="at most 1797"):
        digit_sets([1000, 798], [0])


def _everything():
    from dlcore.datasets import digits

    return digits()


def test_random_labels_are_as_many_as_asked_for():
    y = np.zeros((50, 200), dtype=int)
    changed = randomised(y, 0.4, seed=1)
    assert (randomised(y, 0.0) == y).all()
    # 80 of 200 are drawn anew, one in ten of them as a 0 again
    assert ((changed != 0).sum(axis=1) <= 80).all()
    assert abs((changed != 0).mean() - 0.36) < 0.01
    assert set(randomised(y, 1.0, K=3).ravel()) == {0, 1, 2}


def test_bending_is_what_scipy_does():
    from scipy.ndimage import affine_transform

    X = digit_sets([5], [0])[0][0]
    assert np.array_equal(bent(X, 0, 0.0), X)
    ours = bent(X, 7, 1.3)
    rng = np.random.default_rng(7)
    draws = 1.3 * rng.uniform(-1, 1, (5, 5, 1, 1))[:, :, 0, 0]
    for k, (angle, wide, high, right, down) in enumerate(draws.T):
        c, s = np.cos(np.deg2rad(10) * angle), np.sin(np.deg2rad(10) * angle)
        A = np.array([[(1 + 0.1 * high) * c, (1 + 0.1 * high) * s],
                      [-(1 + 0.1 * wide) * s, (1 + 0.1 * wide) * c]])  # fmt: skip
        offset = np.array([down / 3 + 3.5, right / 3 + 3.5]) - A @ [3.5, 3.5]
        padded = np.pad(X[0, k].reshape(8, 8), 3)
        theirs = affine_transform(padded, A, offset + 3 - A @ [3, 3], order=1)[3:-3, 3:-3]
        np.testing.assert_allclose(ours[0, k].reshape(8, 8), theirs, atol=1e-12)


def test_mirroring_twice_changes_nothing():
    X = digit_sets([5], [0])[0][0]
    assert np.array_equal(mirrored(mirrored(X)), X)
    assert np.array_equal(mirrored(X)[0, 0].reshape(8, 8), np.fliplr(X[0, 0].reshape(8, 8)))


@pytest.mark.parametrize("method", ["nothing", *LADDERS])
def test_every_method_trains(method):
    ((X, y),) = digit_sets([80], [0, 1])
    strength = {"nothing": 0.0, "L2": 0.01, "early stopping": 5}.get(method, 0.3)
    net = train(X, y, method, strength, [0, 1], steps=150)
    assert accuracies(net, X, y).shape == (2,) and accuracies(net, X, y).min() > 0.3
    assert all(set(own) == set(LADDERS) for own in OWN.values())
    assert all(own[name] in LADDERS[name] for own in OWN.values() for name in own)


@pytest.mark.parametrize("patience", [1, 3, 10])
def test_the_stopping_point_is_that_of_fit(patience):
    (X, y), (X_v, y_v) = digit_sets([60, 40], [0])
    y, y_v = randomised(y, 0.4)[0], randomised(y_v, 0.4, 1)[0]
    net = MLP([64, 16, 10], seed=0)
    history = fit(net, SoftmaxCrossEntropy(), Adam(net.theta, lr=0.02), X[0], y, epochs=60,
                  validation=(X_v[0], y_v), patience=patience, progress=False)  # fmt: skip
    assert stopping_point(history.validation, patience) == (history.best, history.epochs)


def test_features_are_one_long_list():
    x = np.random.default_rng(0).normal(size=(6, 3))
    assert np.array_equal(random_features(x, 50, 3)[:, :20], random_features(x, 20, 3))
    assert (random_features(x, 50, 3) >= 0).all()


@pytest.mark.parametrize("shape", [(10, 4), (4, 10)])
@pytest.mark.parametrize("lam", [0.0, 0.1])
def test_least_norm(shape, lam):
    rng = np.random.default_rng(0)
    Phi, y = rng.normal(size=shape), rng.normal(size=(shape[0], 2))
    w = least_norm(Phi, y, lam)
    gradient = Phi.T @ (Phi @ w - y) + lam * w
    np.testing.assert_allclose(gradient, 0, atol=1e-10)
    # the shortest lies in the span of the rows, where descent from 0 stays
    np.testing.assert_allclose(Phi.T @ np.linalg.lstsq(Phi.T, w, rcond=None)[0], w, atol=1e-10)


def test_descents_are_zero_beyond_the_number_of_samples():
    def once(seed):
        X, y = (a[0] for a in noisy_sine(10, 0.3, [seed]))
        return X, y, X, lambda out: np.abs(out - y).max()

    training, test = descents(once, [3, 300], 0.0, [0, 1])
    assert training.shape == (2, 2) and (training[:, 0] > 1e-4).all()
    assert training[:, 1].max() < 1e-10 and test[:, 1].max() < 1e-4
