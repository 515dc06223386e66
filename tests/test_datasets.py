"""The data sets: shapes, exact tables, fixed draws, geometry, and what they refuse."""

import sys

import numpy as np
import pytest
import torch

from dlcore.backend import asarray, namespace, to_numpy
from dlcore.datasets import (
    BOOLEAN_NAMES,
    blobs,
    boolean,
    breast_cancer,
    digits,
    iris,
    moons,
    rings,
    separable,
    spirals,
    split,
)
from dlcore.teaching.chapters.cards import cards

from .reference import backends

CLOUDS = [moons, rings, spirals, blobs, separable, cards]


@pytest.mark.parametrize("draw", CLOUDS)
def test_clouds_have_the_promised_form(draw):
    X, y = draw(n=61, seed=3)
    assert X.dtype == np.float64 and len(X) == 61 and X.ndim == 2
    assert np.issubdtype(y.dtype, np.integer) and set(y) == {0, 1}
    again = draw(n=61, seed=3)
    np.testing.assert_array_equal(X, again[0])
    np.testing.assert_array_equal(y, again[1])
    assert not np.array_equal(X, draw(n=61, seed=4)[0])
    if draw is not cards:  # cards are drawn by a coin, as they would be shown
        assert abs(np.sum(y == 0) - np.sum(y == 1)) <= 1


@pytest.mark.parametrize("draw", CLOUDS)
def test_the_classes_come_in_mixed_order(draw):
    y = draw(n=100, seed=0)[1]
    assert 25 < np.sum(y[1:] != y[:-1]) < 75


def test_without_noise_the_points_lie_on_their_curves():
    X, y = moons(100, noise=0)
    upper = np.where(y[:, None] == 0, X, np.array([1.0, 0.5]) - X)
    np.testing.assert_allclose(np.hypot(*upper.T), 1, atol=1e-12)
    assert np.all(upper[:, 1] >= 0)
    X, y = rings(100, noise=0, radii=(0.3, 0.6, 1.0))
    np.testing.assert_allclose(np.hypot(*X.T), np.array([0.3, 0.6, 1.0])[y], atol=1e-12)
    X, y = spirals(99, noise=0, turns=1.5, classes=3)
    r, phi = np.hypot(*X.T), np.arctan2(X[:, 1], X[:, 0])
    winding = phi / (2 * np.pi) - 1.5 * r - y / 3
    np.testing.assert_allclose(winding, np.round(winding), atol=1e-9)
    assert r.min() >= 0.1 and r.max() <= 1
    X, y = blobs(12, centers=[[0, 0, 1], [2, 3, 4]], std=0)
    np.testing.assert_array_equal(X, np.array([[0, 0, 1], [2, 3, 4]])[y])
    assert blobs(3, centers=1, std=0)[0].tolist() == [[2, 0]] * 3


# The book prints numbers that depend on these draws: (shape, first point, Σ n xₙ, Σ n yₙ).
DEFAULTS = {
    moons: ((200, 2), [1.442166, -0.389235], 14138.73014, 10217),
    rings: ((200, 2), [-0.593544, -0.820551], -1616.830121, 10217),
    spirals: ((200, 2), [-0.307708, 0.752132], 664.358947, 10217),
    blobs: ((200, 2), [-2.144383, 0.041738], -1097.805192, 10217),
    separable: ((100, 2), [-0.176913, -0.855993], -315.820926, 2565),
    cards: ((200, 400), [0, 0], 321600.0, 10968),
}


@pytest.mark.parametrize("draw", DEFAULTS, ids=lambda draw: draw.__name__)
def test_the_default_draw_never_changes(draw):
    (X, y), (shape, first, weighted, labels) = draw(), DEFAULTS[draw]
    n = np.arange(len(y))
    assert X.shape == shape and X.dtype == np.float64
    assert X[0, :2] == pytest.approx(first, abs=1e-6)
    assert np.sum((n + 1) @ X) == pytest.approx(weighted, abs=1e-5) and n @ y == labels


def test_the_radii_may_be_whole_numbers():
    X, y = rings(50, noise=0, radii=(1, 2, 3))
    np.testing.assert_allclose(np.hypot(*X.T), y + 1, atol=1e-12)
    assert X[:, 0].min() < -1.5 and X[:, 0].max() > 1.5  # all around the origin


def test_noise_is_the_standard_deviation():
    clean, noisy = moons(20_000, noise=0, seed=1)[0], moons(20_000, noise=0.3, seed=1)[0]
    assert np.std(noisy - clean) == pytest.approx(0.3, rel=0.02)
    for draw in (rings, spirals):
        added = draw(20_000, noise=0.3, seed=1)[0] - draw(20_000, noise=0, seed=1)[0]
        assert np.std(added, axis=0) == pytest.approx([0.3, 0.3], rel=0.02)
    X, y = blobs(20_000, std=0.7)
    assert np.std(X[y == 0], axis=0) == pytest.approx([0.7, 0.7], rel=0.03)


@pytest.mark.parametrize("gap", [0.0, 0.1, 0.6])
def test_separable_keeps_its_margin(gap):
    X, y = separable(2000, margin=gap, radius=1.5, seed=5)
    assert np.hypot(*X.T).max() <= 1.5
    angles = np.linspace(0, 2 * np.pi, 20_001)
    normals = np.stack([np.cos(angles), np.sin(angles)])
    assert ((2 * y - 1)[:, None] * (X @ normals)).min(axis=0).max() == pytest.approx(gap, abs=0.02)


def test_a_card_has_one_square_in_one_half():
    S, y = cards(500, size=3, side=11, seed=2)
    pictures = S.reshape(-1, 11, 11)
    assert set(np.unique(S)) == {0, 1} and np.all(S.sum(axis=1) == 9)
    for picture, label in zip(pictures, y, strict=True):
        rows, columns = np.nonzero(picture)
        assert np.ptp(rows) == np.ptp(columns) == 2
        assert columns.max() < 5 if label == 0 else columns.min() > 5
    assert len({p.tobytes() for p in pictures[y == 0]}) == 9 * 3  # every place is used


def test_the_smallest_card():
    S, y = cards(1, size=1, side=2)
    assert S.shape == (1, 4) and S.reshape(2, 2).sum(axis=0)[y[0]] == 1


def test_the_sixteen_functions():
    a, b = boolean("x1")[0].astype(bool).T
    truth = {
        "false": a & ~a,
        "and": a & b,
        "x1 and not x2": a & ~b,
        "x1": a,
        "x2 and not x1": b & ~a,
        "x2": b,
        "xor": a ^ b,
        "or": a | b,
        "nor": ~(a | b),
        "xnor": ~(a ^ b),
        "not x2": ~b,
        "x2 implies x1": ~b | a,
        "not x1": ~a,
        "x1 implies x2": ~a | b,
        "nand": ~(a & b),
        "true": a | ~a,
    }
    assert tuple(truth) == BOOLEAN_NAMES
    for number, name in enumerate(BOOLEAN_NAMES):
        X, y = boolean(name)
        np.testing.assert_array_equal(y, truth[name])
        np.testing.assert_array_equal(y, boolean(number)[1])
    np.testing.assert_array_equal(X, [[0, 0], [0, 1], [1, 0], [1, 1]])


@pytest.mark.parametrize("n", [1, 3, 5])
def test_functions_of_n_inputs(n):
    X, y = boolean("parity", n)
    assert X.shape == (2**n, n) and X.dtype == np.float64 and y.dtype.kind == "i"
    assert [int("".join(str(int(v)) for v in row), 2) for row in X] == list(range(2**n))
    np.testing.assert_array_equal(y, X.sum(axis=1) % 2)
    np.testing.assert_array_equal(y, boolean("xor", n)[1])
    np.testing.assert_array_equal(boolean("xnor", n)[1], 1 - y)
    np.testing.assert_array_equal(boolean("and", n)[1], X.min(axis=1))
    np.testing.assert_array_equal(boolean("nor", n)[1], 1 - X.max(axis=1))
    np.testing.assert_array_equal(boolean("majority", n)[1], X.mean(axis=1) > 0.5)
    top = boolean(2 ** (2**n) - 1, n)[1]
    np.testing.assert_array_equal(top, boolean("true", n)[1])
    assert boolean(1, n)[1].tolist() == [0] * (2**n - 1) + [1]  # AND is number 1


def test_iris():
    X, y = iris()
    assert X.shape == (150, 4) and np.bincount(y).tolist() == [50, 50, 50]
    assert X[0].tolist() == [5.1, 3.5, 1.4, 0.2]
    P, p = iris(("versicolor", "virginica"), ("petal width", "petal length"))
    np.testing.assert_array_equal(P, X[50:][:, [3, 2]])
    np.testing.assert_array_equal(p, [0] * 50 + [1] * 50)
    np.testing.assert_array_equal(iris((2, 1))[1], [1] * 50 + [0] * 50)


def test_digits_and_breast_cancer():
    X, y = digits()
    assert X.shape == (1797, 64) and X.min() == 0 and X.max() == 1 and set(y) == set(range(10))
    E, e = digits((8, 3))
    assert E.shape == (357, 64) and e.tolist() == [int(k == 3) for k in y if k in (3, 8)]
    X, y = breast_cancer()
    assert X.shape == (569, 30) and np.bincount(y).tolist() == [212, 357]
    np.testing.assert_allclose(X.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(X.var(axis=0), 1, atol=1e-12)
    assert breast_cancer(standardize=False)[0].max() > 1000


@pytest.mark.parametrize("n, test", [(100, 0.2), (101, 0.33), (7, 0.5), (2, 0.5), (1797, 0.2)])
def test_split_is_a_stratified_partition(n, test):
    y = np.arange(n) % 3 if n > 6 else np.zeros(n, dtype=int)
    X = np.arange(n)[:, None] * 1.0
    X_train, X_test, y_train, y_test = split(X, y, test=test, seed=1)
    rows = np.concatenate([X_train, X_test])[:, 0].astype(int)
    assert sorted(rows) == list(range(n))
    np.testing.assert_array_equal(np.concatenate([y_train, y_test]), y[rows])
    assert len(y_test) == round(test * n)
    for k in np.unique(y):
        assert abs(np.sum(y_test == k) - test * np.sum(y == k)) < 1


def test_split_is_fixed_and_mixed():
    X, y = digits()
    one, two, other = split(X, y, seed=0), split(X, y, seed=0), split(X, y, seed=1)
    for a, b in zip(one, two, strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(one[1], other[1])
    assert len(set(one[2][:50])) > 5  # the training rows are not sorted by class


@backends
def test_split_in_any_library(like):
    X, y = moons(40)
    parts = split(asarray(X, like), asarray(y, like, namespace(like).int64))
    for part, expected in zip(parts, split(X, y), strict=True):
        assert type(part) is type(like)
        np.testing.assert_array_equal(to_numpy(part), expected)


def test_split_leaves_something_of_each_class_on_both_sides():
    y = np.array([0] * 97 + [1, 1, 1])
    _, _, y_train, y_test = split(np.zeros((100, 1)), y, test=0.05)
    assert set(y_train) == set(y_test) == {0, 1}
    y = np.array([0] * 97 + [1, 1, 1])
    assert np.bincount(split(np.zeros((100, 1)), y, test=0.05)[3]).tolist() == [5, 1]
    assert np.bincount(split(np.zeros((100, 1)), y, test=0.95)[2]).tolist() == [5, 1]


def test_what_is_left_over_goes_to_the_first_classes():
    y_test = split(np.zeros((240, 1)), np.arange(240) % 40, test=0.25)[3]  # 1.5 of each class
    assert np.bincount(y_test).tolist() == [2] * 20 + [1] * 20


def test_small_and_lopsided_splits():
    def counts(labels, test):
        _, _, y_train, y_test = split(np.zeros((len(labels), 1)), labels, test=test)
        return [np.bincount(part, minlength=2).tolist() for part in (y_train, y_test)]

    assert counts([0, 0], 0.01) == [[1, 0], [1, 0]]  # at least one row in the test set
    assert counts([0, 0], 0.99) == [[1, 0], [1, 0]]  # and in the training set
    assert counts([0, 0, 0, 0, 1], 0.2) == [[3, 1], [1, 0]]  # a single row stays in training
    assert counts([0, 0, 1, 1], 0.4) == [[1, 1], [1, 1]]
    assert counts([0, 1], 0.01)[1] in ([1, 0], [0, 1])  # classes of one row each
    assert sum(counts([0, 1], 0.99)[0]) == 1
    assert counts([0] * 6 + [1, 1], 0.1) == [[5, 1], [1, 1]]
    one, default = (
        split(np.arange(50)[:, None], [0] * 50, seed=0),
        split(np.arange(50)[:, None], [0] * 50),
    )
    np.testing.assert_array_equal(one[1], default[1])
    assert len(one[1]) == 10


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: boolean("xand"), ValueError, "false, and.*unknown function 'xand'"),
        (lambda: boolean("x1", n=3), ValueError, "of 3 inputs, .*unknown function 'x1'"),
        (lambda: boolean(16), ValueError, "function from 0 to 15, got 16"),
        (lambda: boolean(-1), ValueError, "got -1"),
        (lambda: boolean(1.5), ValueError, "integer function from 0 to 15, got 1.5"),
        (lambda: boolean("and", n=0), ValueError, "integer n from 1 to 16, got 0"),
        (lambda: moons(0), ValueError, "moons: expected an integer n ≥ 2, got 0"),
        (lambda: moons(10.0), ValueError, "integer n ≥ 2, got 10.0"),
        (lambda: moons(10, noise=-1), ValueError, "noise ≥ 0, got -1"),
        (lambda: rings(10, noise=float("nan")), ValueError, "noise ≥ 0, got nan"),
        (lambda: rings(10, noise="big"), ValueError, "number noise ≥ 0, got 'big'"),
        (lambda: spirals(1), ValueError, "n ≥ 2"),
        (lambda: blobs(10, centers=[1, 2]), ValueError, r"shape \(K ≥ 1, d ≥ 1\), got \(2,\)"),
        (lambda: blobs(10, std=-0.1), ValueError, "^blobs: .*number std ≥ 0, got -0.1"),
        (lambda: blobs(10, centers=0), ValueError, "^blobs: .*integer centers ≥ 1, got 0"),
        (lambda: blobs(2, centers=3), ValueError, "^blobs: expected an integer n ≥ 3, got 2"),
        (lambda: separable(10, margin=-0.1), ValueError, "number margin ≥ 0, got -0.1"),
        (lambda: separable(10, margin=1.0), ValueError, "margin < radius, got 1.0 and 1.0"),
        (lambda: cards(10, size=11), ValueError, "size from 1 to 10, got 11"),
        (lambda: iris(("setosa", "tulip")), ValueError, "classes among setosa, .*unknown 'tulip'"),
        (lambda: iris(features=(0, 0)), ValueError, "once each"),
        (lambda: digits((3, 10)), ValueError, "unknown 10"),
        (lambda: split([[1.0]], [0, 1]), ValueError, r"got \(1, 1\) and \(2,\)"),
        (lambda: split([[1.0], [2.0]], [[0], [1]]), ValueError, r"got \(2, 1\) and \(2, 1\)"),
        (lambda: split([[1.0], [2.0]], [0, 1], test=1.0), ValueError, "0 < test < 1, got 1.0"),
        (lambda: split([[1.0], [2.0]], [0, 1], test=0), ValueError, "0 < test < 1, got 0"),
        (lambda: rings(2, radii=(1, 2, 3)), ValueError, "^rings: expected an integer n ≥ 3, got 2"),
        (lambda: spirals(2, classes=3), ValueError, "^spirals: expected an integer n ≥ 3, got 2"),
        (lambda: split([[1.0]], [0]), ValueError, "at least 2 rows"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_missing_scikit_learn_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    for load in (digits, iris, breast_cancer):
        who = f"^datasets.{load.__name__} needs scikit-learn: python -m pip"
        with pytest.raises(ImportError, match=who):
            load()


def test_regression_targets_are_split_at_random():
    X, y = np.arange(20.0)[:, None], np.arange(20) / 7
    for targets in (y, np.stack([y, -y], axis=1), torch.tensor(y)):
        X_train, X_test, y_train, y_test = split(X, targets, test=0.25, seed=3)
        assert (len(X_train), len(X_test)) == (15, 5)
        assert sorted([*X_train[:, 0], *X_test[:, 0]]) == list(range(20))
        for rows, found in ((X_train, y_train), (X_test, y_test)):
            first = found if found.ndim == 1 else found[:, 0]
            np.testing.assert_allclose(np.asarray(first), rows[:, 0] / 7)
