"""What chapter 9 compares its activation functions with."""

import numpy as np
import pytest

from dlcore.activations import ReLU, Sigmoid, Step
from dlcore.initializers import ForActivation
from dlcore.learned_activations import ACON, ParametricReLU
from dlcore.teaching.chapters.contest import (
    LADDER,
    OWN,
    SEEDS,
    Absolute,
    BorrowedSlope,
    Composed,
    Moved,
    Sine,
    Starting,
    deaths,
    hidden,
    own_rate,
    pictures,
    rows,
    stack,
    train,
)

Z = np.linspace(-4, 4, 400)  # none of them on a kink
EVERY = [
    Composed(u, join, v)
    for i, u in enumerate(Composed.unary)
    for v in list(Composed.unary)[i:]
    for join in Composed.joins
]


@pytest.mark.parametrize("h", [Sine(), Sine(3.0), Absolute(), Moved(), Moved(1, 2, 0.5), *EVERY])
def test_derivatives_are_those_of_the_values(h):
    difference = (h(Z + 1e-6) - h(Z - 1e-6)) / 2e-6
    np.testing.assert_allclose(h.deriv(Z, h(Z)) * np.ones_like(Z), difference, atol=2e-7)


def test_what_they_are():
    np.testing.assert_allclose(Moved(0.5, 0.5, 0.5)(Z), Sigmoid()(Z), atol=1e-15)
    assert (BorrowedSlope()(Z) == Step()(Z)).all()
    assert (BorrowedSlope().deriv(Z, None) == (np.abs(Z) < 1)).all()
    assert len(EVERY) == 108 and len({str(h) for h in EVERY}) == 108
    np.testing.assert_allclose(Composed("|z|", "max", "sin z")(Z), np.abs(Z))
    assert str(Composed("z", "·", "σ(z)")) == "z · σ(z)"


def test_no_picture_is_in_two_parts():
    for parts in zip(*rows(SEEDS[:3]), strict=True):
        assert sorted(np.concatenate(parts)) == list(range(1797))
    X, y = pictures()
    assert abs(X.mean()) < 1e-5 and abs((X**2).mean() - 1) < 1e-5 and set(y) == {0, 1, 2}
    assert set(pictures("odd")[1]) == {0, 1} and set(pictures("digit")[1]) == set(range(10))


def test_starts_keep_the_size_of_the_sums():
    layer, init = hidden(ParametricReLU, 7)
    assert layer.n_in == 7
    second = 0.5 * (1 + 0.25**2)  # E[h²] of a leaky ReLU with slope ¼
    assert init.variance(3, 7) == pytest.approx(1 / (7 * second), rel=1e-9)
    assert hidden(ReLU(), 7)[1].variance(3, 7) == pytest.approx(2 / 7)
    assert isinstance(hidden("relu", 7)[1], ForActivation)
    assert isinstance(hidden(ACON, 7)[1], Starting)


def test_everybody_begins_with_the_same_draws():
    relu, tanh = (stack(h, 1, SEEDS[:2]) for h in ("relu", "tanh"))
    np.testing.assert_array_equal(relu.params[0][0], tanh.params[0][0])
    ratio = relu.params[2][0] / tanh.params[2][0]
    np.testing.assert_allclose(ratio, ratio.flat[0], rtol=1e-5)


def test_the_step_moves_its_output_only():
    net = stack(Step(), 1, SEEDS[:2])
    before = [p.copy() for layer in net.params for p in layer]
    train(Step(), 1, SEEDS[:2], 0.1, epochs=2, net=net)
    moved = [
        (a != b).any() for a, b in zip(before, [p for l in net.params for p in l], strict=True)
    ]
    assert moved == [False, False, True, True]


@pytest.mark.parametrize(
    ("name", "h"), [("ReLU", "relu"), ("sigmoid", "sigmoid"), ("PReLU", ParametricReLU)]
)
def test_the_rates_are_what_the_ladder_gives(name, h):
    rate, means = own_rate(h, 1)
    assert rate == LADDER[int(means.argmax())]
    assert means[LADDER.index(OWN[name][1])] > means.max() - 0.004


def test_only_the_second_layer_rises():
    dead, right = deaths(1.0, SEEDS[:3], epochs=6)
    assert dead.shape == (7, 2, 3, 32) and right.shape == (3,)
    assert dead[-1, 0].any() and not (dead[:-1, 0] & ~dead[1:, 0]).any()
    leaky, _ = deaths(1.0, SEEDS[:3], leaky=True, epochs=6)
    np.testing.assert_array_equal(leaky[:4], dead[:4])
    assert (leaky[3] & ~leaky[-1]).sum() > (dead[3] & ~dead[-1]).sum()


def test_larger_weights_are_those_that_a_hidden_layer_feeds():
    plain, larger = stack("tanh", 2, SEEDS[:2]), stack("tanh", 2, SEEDS[:2], larger=4)
    ratios = [np.median(b[0] / a[0]) for a, b in zip(plain.params, larger.params, strict=True) if a]
    assert ratios == pytest.approx([1, 4, 4])
