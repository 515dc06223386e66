"""What chapter 1 needs alone: moved digits, moments, shadows, pieces, and the two knobs."""

import numpy as np
import pytest

from dlcore.datasets import digits
from dlcore.network import MLP
from dlcore.teaching.chapters import introduction as chapter

X, y = digits()


def test_a_moved_digit_is_the_digit_somewhere_on_an_empty_sheet():
    places = set()
    for picture, sheet in zip(X[:300], chapter.moved(X[:300], seed=3), strict=True):
        sheet = sheet.reshape(12, 12)
        found = [
            (r, c)
            for r in range(5)
            for c in range(5)
            if (sheet[r : r + 8, c : c + 8] == picture.reshape(8, 8)).all()
        ]
        assert found and np.isclose(sheet.sum(), picture.sum())
        places |= set(found)
    assert len(places) == 25


def test_the_same_seed_moves_alike_and_another_seed_does_not():
    assert (chapter.moved(X, 1) == chapter.moved(X, 1)).all()
    assert (chapter.moved(X, 1) != chapter.moved(X, 2)).any()
    with pytest.raises(ValueError, match="moved"):
        chapter.moved(np.zeros((3, 144)))


def test_moments_do_not_depend_on_the_place():
    here, there = (chapter.moments(chapter.moved(X[:200], seed)) for seed in (1, 2))
    np.testing.assert_allclose(here, there, atol=1e-10)


def test_moments_of_a_bar():
    sheet = np.zeros((1, 12, 12))
    sheet[0, 4, 2:7] = 0.5  # one row, five columns
    np.testing.assert_allclose(chapter.moments(sheet.reshape(1, -1)), [[2.5, 0, 2, 0, 0, 0]],
                               atol=1e-12)  # fmt: skip


def test_the_shadow_spreads_most():
    rng = np.random.default_rng(0)
    A = rng.normal(size=(400, 5)) * [1, 5, 0.1, 3, 1]
    directions = chapter.shadow(A)
    assert directions.shape == (2, 5)
    np.testing.assert_allclose(directions @ directions.T, np.eye(2), atol=1e-12)
    assert abs(directions[0, 1]) > 0.99 and abs(directions[1, 3]) > 0.99


def fine_grid_pieces(net, points=400_001):
    x = np.linspace(0, 1, points)
    slope = np.diff(net(x[:, None])[:, 0]) * (points - 1)
    bent = np.abs(np.diff(slope)) > 1e-5 * (1 + np.abs(slope).max())
    return 1 + int((bent & ~np.concatenate([[False], bent[:-1]])).sum())


@pytest.mark.parametrize("width, depth", [(2, 1), (3, 3), (8, 2), (6, 5)])
def test_pieces_are_those_of_a_fine_grid(width, depth):
    nets = MLP([1, *[width] * depth, 1], "relu", copies=6, dtype="float64")
    nets.theta[...] = np.random.default_rng(width).standard_normal(nets.theta.shape)
    assert [chapter.pieces(net) for net in nets] == [fine_grid_pieces(net) for net in nets]


@pytest.mark.parametrize("k", range(1, 9))
def test_k_folds_have_two_to_the_k_pieces(k):
    net = MLP([1, *[2] * k, 1], "relu", dtype="float64")
    tent = np.array([[2.0, -4.0]])
    for l, (W, b) in enumerate(net.params[::2]):
        W[...] = np.ones((2, 1)) if l == 0 else tent if l == k else np.ones((2, 1)) @ tent
        b[...] = 0.0 if l == k else [0.0, -0.5]
    assert chapter.pieces(net) == 2**k
    x = np.linspace(0, 1, 101)
    folded = x
    for _ in range(k):
        folded = np.array([chapter.tent(v) for v in folded])
    np.testing.assert_allclose(net(x[:, None])[:, 0], folded, atol=1e-12)


def test_the_derivatives_of_the_two_knobs():
    for w, b in ((0.3, -0.2), (-1.0, 0.5), (2.0, 1.0)):
        _, by_w, by_b = chapter.wrongness(w, b)
        e = 1e-6
        assert np.isclose(
            by_w, (chapter.wrongness(w + e, b)[0] - chapter.wrongness(w - e, b)[0]) / (2 * e)
        )
        assert np.isclose(
            by_b, (chapter.wrongness(w, b + e)[0] - chapter.wrongness(w, b - e)[0]) / (2 * e)
        )
    assert np.allclose(chapter.wrongness(-1.0, 0.5), 0)


def test_the_counts_of_ink_are_those_of_the_pictures():
    counts = chapter.ink_counts(3)
    threes = X[:900][y[:900] == 3]
    assert counts.shape == (64, 17) and (counts.sum(axis=1) == len(threes)).all()
    assert counts[28, 8:].sum() == (threes[:, 28] >= 0.5).sum()


def test_numbers_are_written_as_the_page_writes_them():
    assert chapter.minus(-0.5, 1) == "−0.5"
    assert chapter.minus(-0.00001, 2) == "0.00"
    assert chapter.minus(0.0, 2) == "0.00"
    assert [chapter.rounded(v) for v in (0.5, 1.5, -0.5, 2.4)] == [1, 2, 0, 2]
