"""The painted digit of chapter 5: the drawing says what the memory does."""

import numpy as np
import pytest

from dlcore.teaching.chapters import paint_memory
from dlcore.teaching.chapters.paint_memory import ROWS, draw, memory, painted, pictures


def strokes(*numbers):
    return dict(zip(ROWS, numbers, strict=True))


NONE = strokes(*[0] * 8)


def test_the_pictures_are_the_first_ten_digits():
    assert pictures().shape == (10, 64) and set(np.unique(pictures())) == {-1.0, 1.0}
    assert np.linalg.matrix_rank(pictures()) == 10


@pytest.mark.parametrize("stored", paint_memory.STORED)
def test_pseudo_inverse_weights_hold_every_picture(stored):
    X = pictures()[:stored]
    net = memory("pseudo-inverse", stored)
    exact = np.linalg.pinv(X) @ X
    exact -= np.diag(np.diag(exact))
    np.testing.assert_allclose(net.products / paint_memory.SCALE, exact, atol=1e-4)
    np.testing.assert_array_equal(net.products, net.products.T)
    assert (net.products == np.round(net.products)).all() and not np.diag(net.products).any()
    np.testing.assert_array_equal(np.sign(X @ net.products), X)


def test_plain_weights_are_hopfields():
    X = pictures()[:5]
    expected = X.T @ X - 5 * np.eye(64)
    np.testing.assert_array_equal(memory("plain Hebb", 5).products, expected)


def test_strokes_turn_pixels():
    np.testing.assert_array_equal(painted(3, **NONE), pictures()[3])
    np.testing.assert_array_equal(painted(3, **strokes(*[255] * 8)), -pictures()[3])
    turned = np.flatnonzero(painted(7, **strokes(128, 0, 0, 1, 0, 0, 0, 3)) != pictures()[7])
    assert turned.tolist() == [0, 31, 62, 63]


def test_the_sentence_is_what_the_memory_does():
    svg, sentence = draw("pseudo-inverse", 10, 3, 5, **strokes(0, 0, 0, 0, 12, 6, 38, 28))
    assert sentence.endswith("it is the stored 3.") and "10 pixels painted over" in sentence
    assert svg.count("data-pixel") == 64 and svg.count("<circle") == 10
    assert draw("pseudo-inverse", 10, 3, 5, **strokes(*[255] * 8))[1].endswith(
        "it is the negative of the stored 3."
    )
    assert "which was not stored" in draw("plain Hebb", 2, 9, 0, **NONE)[1]
    assert "no stored digit" in draw("plain Hebb", 5, 4, 5, **NONE)[1]
    assert "1 pixel painted over" in draw("plain Hebb", 3, 1, 1, **strokes(1, *[0] * 7))[1]
