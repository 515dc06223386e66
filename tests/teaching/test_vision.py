"""What chapter 19 looks at photos and networks with, and the model cell of its electrode."""

import numpy as np
import pytest
import torch
from scipy.signal import correlate2d
from scipy.stats import kurtosis as scipys

from dlcore.teaching.chapters import electrode, vision
from dlcore.teaching.chapters.answers.ch19 import KINDS


def test_cells_of_the_electrode():
    for cell, (x, y, angle, complex_) in electrode.CELLS.items():
        rates = {a: electrode.rate(cell, x, y, a) for a in electrode.ANGLES}
        assert max(rates, key=rates.get) == angle and rates[(angle + 90) % 180] < rates[angle] / 3
        aside = np.array([np.sin(np.radians(angle)), -np.cos(np.radians(angle))]) * 2
        moved = electrode.rate(cell, x + aside[0], y + aside[1], angle)
        assert moved > 0.7 * rates[angle] if complex_ else moved < 0.1 * rates[angle]
        assert electrode.rate(cell, x, y, angle, 12) <= electrode.MOST
    assert electrode.rate("A", 10, 10, 0) == 0


def test_the_electrodes_picture():
    drawn, sentence = electrode.draw("A", 6, 13, 60, 6, False)
    assert "43 spikes" in sentence and drawn.count("<rect") == 3
    _, sentence = electrode.draw("A", 6, 13, 60, 6, True)
    assert "at 6, 14" in sentence or "at 6, 12" in sentence


def test_photos():
    I = vision.photo("china")
    assert I.shape == (213, 320) and 0 <= I.min() < I.max() <= 1
    bump = np.zeros((50, 50))
    bump[25, 35] = 1  # 10 to the right of the centre: direction 0
    ring, ray = np.argwhere(vision.log_polar(bump, 25, 25, 60, 60) > 0).T
    assert (np.minimum(ray, 60 - ray) <= 1).all()
    assert np.abs(np.geomspace(2, 25, 60)[ring] - 10).max() < 0.8
    strengths = [np.abs(np.fft.fft2(J))[:40, 1:40] for J in (I, vision.random_phases(I))]
    np.testing.assert_allclose(*strengths, rtol=1e-6)


def test_the_retina():
    rng = np.random.default_rng(0)
    I = rng.random((60, 60))
    assert np.abs(vision.centre_surround(np.full((60, 60), 0.7), 1.0)).max() < 1e-9
    assert vision.normalised(I, 6.0).std() == pytest.approx(1, abs=0.15)
    assert np.abs(vision.autocorrelation(I, 5)).max() < 0.1
    a = rng.standard_normal((500, 3)) ** 3
    np.testing.assert_allclose(vision.kurtosis(a), scipys(a, fisher=False))


def test_gabor_and_filtered():
    K = vision.gabor(9, 30)
    assert K.sum() == pytest.approx(0) and np.linalg.norm(K) == pytest.approx(1)
    np.testing.assert_allclose(vision.gabor(9, 90), vision.gabor(9, 0).T, atol=1e-12)
    flat = vision.gabor(9, 0)
    assert flat[4].sum() > 1 > abs(flat[:, 4].sum())  # a flat stripe in the middle row
    I = np.random.default_rng(1).random((12, 14))
    for z, kernel in zip(vision.filtered(I, K, flat), (K, flat), strict=True):
        np.testing.assert_allclose(z, correlate2d(I, kernel, mode="valid"), atol=1e-12)


@pytest.mark.parametrize("padding", [0, 1])
def test_convolution_as_a_matrix(padding):
    rng = np.random.default_rng(2)
    I, K = rng.random((5, 6)), rng.random((3, 3))
    M = vision.convolution_matrix(K, 5, 6, padding)
    z = correlate2d(I, K, mode="same" if padding else "valid")
    np.testing.assert_allclose(M @ I.ravel(), z.ravel(), atol=1e-12)


def test_receptive_fields():
    assert vision.receptive_field([(3, 1), (3, 2), (3, 1)]) == 9
    assert vision.receptive_field([(3, 1), (2, 2), (3, 1), (2, 2)]) == 10
    for layers in ([(3, 1)] * 3, [(5, 1)], [(3, 2), (3, 1)]):
        f = vision.footprint(layers, size=21, draws=20)
        assert (f > 0).sum() == vision.receptive_field(layers) and f.max() == 1


def test_moving():
    X = np.arange(64.0)[None]
    moved = vision.shifted(X, down=1, right=2).reshape(8, 8)
    assert (moved[1:, 2:] == X.reshape(8, 8)[:7, :6]).all() and not moved[0].any()
    up, down, left, right = vision.neighbours(X, 1)
    assert up[0, 0] == X[0, 8] and down[0, 8] == X[0, 0]
    assert left[0, 0] == X[0, 1] and right[0, 1] == X[0, 0]


def test_networks():
    net, mlp = vision.convnet([3, 4]), vision.dense([3, 4])
    assert net.theta.shape == (2, 1898) and mlp.theta.shape == (2, 1885)
    X_train, X_test, y_train, _ = vision.data()
    a = vision.activations(net, X_test[:7])
    assert a[0].shape == (7, 64) and a[2].shape == (2, 7, 512) and a[-1].shape == (2, 7, 10)
    np.testing.assert_allclose(a[-1], net(X_test[:7]), rtol=1e-6)
    before = mlp.theta.copy()
    assert vision.train(mlp, X_train[:100], y_train[:100], epochs=2) is mlp
    assert (mlp.theta != before).any()


def test_measures():
    rng = np.random.default_rng(0)
    y = np.repeat(np.arange(10), 5)
    means = rng.standard_normal((10, 3))
    assert vision.selectivity(means[y], y) == pytest.approx(1)
    assert vision.selectivity(rng.standard_normal((50, 400)), y) < 0.3
    a = rng.standard_normal((50, 3))
    assert vision.change(a, a) == 0
    far = ((a[:, None] - a) ** 2).sum(axis=-1).mean()  # of all pairs, oneself among them
    assert vision.change(a, a + 1) == pytest.approx(3 / far)


def test_holes_and_tones():
    X = np.ones((30, 64))
    assert (vision.occluded(X, 3).sum(axis=1) == 55).all()
    X, y = vision.tones(40)
    assert X.shape == (40, 64) and set(y) == {0, 1}
    assert (vision.tones(40, seed=1)[0] != X).any()


def test_a_class_for_every_pixel():
    X, _, y, _ = vision.data()
    images, classes = vision.marked(X[:6], y[:6])
    assert ((classes == vision.PAPER) == (images[:, 0] <= 0.5)).all()
    assert set(classes[2].ravel()) == {vision.PAPER, y[2]}
    pairs = vision.side_by_side(images)
    assert pairs.shape == (6, 1, 8, 16) and (pairs[3, ..., 8:] == images[2]).all()
    net = vision.segmenter([1, 2], width=4)
    assert net.n_parameters == (9 + 1) * 4 + (36 + 1) * 4 + (100 + 1) * 8 + 9 * 11
    g, h = vision.pixel_gradient(net, images, classes), 0.002

    def loss():
        z = np.moveaxis(net(images).astype(float), -3, -1)
        p = np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)
        return -np.log(np.take_along_axis(p, classes[None, ..., None], -1)).mean(axis=(1, 2, 3, 4))

    for k in (0, 45, -1, -60):
        net.theta[:, k] += h
        up = loss()
        net.theta[:, k] -= 2 * h
        np.testing.assert_allclose((up - loss()) / (2 * h), g[:, k], rtol=0.05, atol=1e-3)
        net.theta[:, k] += h
    before = loss()
    assert vision.segment(net, images, classes, epochs=4, batch=3) is net
    assert (loss() < before).all()
    one, two = (vision.pixel_classes(net, a) for a in (images, pairs))
    assert one.shape == (2, 6, 8, 8) and (one[..., :4] == two[..., :4]).all()


def test_filters_from_patches():
    """Sources with long tails, mixed: the fixed point finds them again."""
    rng = np.random.default_rng(0)
    S, A = rng.laplace(size=(20_000, 4)), rng.standard_normal((4, 4))
    W = vision.independent_components(S @ A.T, 4)
    found = np.abs(np.corrcoef((S @ A.T @ W.T).T, S.T)[:4, 4:])
    assert (found.max(axis=1) > 0.99).all() and set(found.argmax(axis=1)) == {0, 1, 2, 3}
    np.testing.assert_allclose(np.cov((S @ A.T @ W.T).T), np.eye(4), atol=1e-6)
    W = vision.independent_components(S @ A.T, 4, steps=0)  # random directions, white all the same
    np.testing.assert_allclose(np.cov((S @ A.T @ W.T).T), np.eye(4), atol=1e-6)
    X = vision.patches([vision.photo("flower")], 6, 500)
    V, variances = vision.principal_axes(X, 5)
    np.testing.assert_allclose((X @ V.T).var(axis=0, ddof=1), variances)
    assert np.abs(X.sum(axis=1)).max() < 1e-12
    grating = np.cos(np.arange(8) * 1.2) * np.ones((8, 1))
    assert vision.oriented(grating.reshape(1, 64), 8) > 0.8
    assert vision.oriented(rng.standard_normal((50, 64)), 8).mean() < 0.6


def roll(I, down, right):
    return np.roll(np.roll(I, down, axis=0), right, axis=1)


MAPS = {
    "a": lambda I: np.median([roll(I, i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)], axis=0),
    "b": lambda I: I / I.mean(),
    "c": lambda I: I * np.arange(36.0).reshape(6, 6),
    "d": np.rot90,
    "e": lambda I: np.maximum(I, 0),
    "f": lambda I: I[np.argsort(I.sum(axis=1))],
}


@pytest.mark.parametrize("name", MAPS)
def test_which_maps_commute_with_shifts(name):
    """Exercise 19.6, done."""
    I, f = np.random.default_rng(1).standard_normal((6, 6)), MAPS[name]
    commutes = all(np.allclose(f(roll(I, i, j)), roll(f(I), i, j)) for i in (1, 2) for j in (0, 3))
    assert commutes == (KINDS[name] == "equivariant")


def test_torch_has_the_same_multiplications():
    """Exercise 19.2: the layer's size and output."""
    layer = torch.nn.Conv2d(3, 64, 3, padding=1)
    assert sum(p.numel() for p in layer.parameters()) == 1792
    assert layer(torch.zeros(1, 3, 32, 32)).shape == (1, 64, 32, 32)
