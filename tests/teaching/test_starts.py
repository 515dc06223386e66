"""What chapter 16 measures its random starts with."""

import numpy as np
import pytest
import torch

from dlcore.activations import GELU, ReLU, Tanh
from dlcore.contracts import check_layer
from dlcore.datasets import boolean
from dlcore.initializers import Glorot, He, Normal
from dlcore.layers import Activation, Linear
from dlcore.losses import SigmoidCrossEntropy
from dlcore.network import MLP
from dlcore.teaching.chapters.answers.ch16 import SYMMETRY
from dlcore.teaching.chapters.starts import (
    KINDS,
    Backward,
    Formula,
    Forward,
    Residual,
    data,
    deep,
    fifty,
    log_sizes,
    mean_square,
    next_size,
    pictures,
    power,
    probe,
    recursion,
    tower,
    trained,
    way_back,
)


def test_the_two_wishes():
    rng = np.random.default_rng(0)
    assert Forward(2.0).variance(30, 50) == He().variance(30, 50) == 2 / 50
    assert Backward().variance(30, 50) == 1 / 30
    W = Forward(0.5, "uniform")(rng, 300, 200)
    assert W.var() * 200 == pytest.approx(0.5, rel=0.02) and abs(W).max() <= np.sqrt(1.5 / 200)


def test_pictures_have_the_mean_square_1():
    x = pictures(7)
    assert x.shape == (7, 64)
    np.testing.assert_allclose((x * x).mean(axis=1), 1)


def test_probe_is_the_gradient():
    """The backward pass against torch's, for a gradient of the same numbers at the last z."""
    net = tower([5, 7, 6, 4], "tanh", Glorot(), seed=1, dtype="float64")
    x = np.random.default_rng(2).standard_normal((3, 5))
    forward, backward = probe(net, x, seed=3)
    g = torch.from_numpy(np.random.default_rng(3).standard_normal((3, 4)))
    a, sums = torch.from_numpy(x), []
    for params in [p for p in net.params if p]:
        z = a @ torch.from_numpy(params[0]).mT
        z.requires_grad_() if z.is_leaf else z.retain_grad()
        sums.append(z)
        a = torch.tanh(z)
    (g * sums[-1]).sum().backward()
    np.testing.assert_allclose(forward, [(z.detach() ** 2).mean().item() for z in sums], rtol=1e-12)
    np.testing.assert_allclose(backward, [(z.grad**2).mean().item() for z in sums], rtol=1e-12)


def test_probe_of_a_stack_is_that_of_its_networks():
    net = tower([64, 9, 8, 5], "relu", He(), copies=3, seed=0, dtype="float64")
    forward, backward = probe(net, pictures(4))
    assert forward.shape == backward.shape == (3, 3)
    for e, alone in enumerate(net):
        for together, single in zip((forward, backward), probe(alone, pictures(4)), strict=True):
            np.testing.assert_allclose(together[e], single, rtol=1e-12)


@pytest.mark.parametrize("h, g", [("relu", 2.0), ("relu", 1.0), ("tanh", 3.0), ("gelu", 2.0)])
def test_recursion_is_what_wide_networks_do(h, g):
    depth = 6
    q, d = recursion(h, g, depth)
    net = tower([64] + depth * [1000], h, Forward(g), copies=4, seed=0)
    forward, backward = (np.log(values).mean(axis=0) for values in probe(net, pictures(10)))
    np.testing.assert_allclose(forward, np.log(q), atol=0.15)
    np.testing.assert_allclose(backward, np.log(d), atol=0.25)


def test_recursion_in_closed_form():
    q, d = recursion("relu", 4.0, 50)
    np.testing.assert_allclose(q, 4 * 2.0 ** np.arange(50), rtol=1e-10)
    np.testing.assert_allclose(d, 2.0 ** np.arange(49, -1, -1), rtol=1e-10)
    assert next_size(ReLU(), 2.0, 3.0) == pytest.approx(3) and way_back(ReLU(), 2.0, 3.0) == 1
    for h, g in ((Tanh(), 3.0), (GELU(), 2.0)):
        q, d = recursion(h, np.array([g, 1.0]), 4)
        assert q.shape == d.shape == (2, 4)
        for l in range(3):
            assert q[0, l + 1] == pytest.approx(next_size(h, g, q[0, l]), rel=1e-12)
            assert d[0, l] / d[0, l + 1] == pytest.approx(way_back(h, g, q[0, l]), rel=1e-12)
    s = np.random.default_rng(0).standard_normal(1_000_000)
    assert next_size(Tanh(), 1.5, 2.0) == pytest.approx(
        1.5 * np.mean(np.tanh(np.sqrt(2) * s) ** 2), rel=5e-3
    )
    assert way_back(GELU(), 1.0, 1.0) == pytest.approx(
        np.mean(GELU().deriv(s, GELU()(s)) ** 2), rel=5e-3
    )


def test_sizes_without_matrices_have_the_same_law():
    logs = log_sizes(32, 11, 4000)
    net = tower([64] + 11 * [32], "relu", He(), copies=1000, seed=5, dtype="float64")
    forward, _ = probe(net, pictures(1))
    measured = np.log10(forward[:, -1] / forward[:, 0])
    assert logs.mean() == pytest.approx(measured.mean(), abs=0.08)
    assert logs.std() == pytest.approx(measured.std(), rel=0.12)


def test_fifty_layers_are_drawn_once():
    one, other = fifty("relu", 2.0), fifty("tanh", 0.5, first=2.0)
    np.testing.assert_allclose(one.params[0][0], other.params[0][0], rtol=1e-6)
    np.testing.assert_allclose(one.params[2][0], 2 * other.params[2][0], rtol=1e-6)
    assert one.params[98][0].var() * 256 == pytest.approx(2, rel=0.02)
    assert len(one.layers) == 99 and not one.params[4][1].any()


def test_formula_and_residual_keep_the_contract():
    x = np.random.default_rng(0).standard_normal((5, 4))
    check_layer(Activation(Formula(np.sin, np.cos)), x)
    check_layer(Residual(Linear(4, 3), Activation("tanh"), Linear(3, 4)), x)


@pytest.mark.parametrize("kind", KINDS)
def test_deep_networks(kind):
    net = deep(kind, 4, [0.5, 2.0], [7, 8], width=16)
    assert net.copies == 4 and net(data()[1][:3]).shape == (4, 3, 10)
    first = net.params[0][0]
    np.testing.assert_allclose(2 * first[:2], first[2:], rtol=1e-6)  # √(2/0.5)
    hidden = [layer for layer in net.layers if isinstance(layer, Linear)]
    blocks = [layer for layer in net.layers if isinstance(layer, Residual)]
    assert len(hidden) + 2 * len(blocks) == (6 if blocks else 5)
    if blocks:
        x = np.ones((2, 16), dtype="float32")
        y = blocks[0].forward(net[0].params[1], x)[0]
        assert (y == x).all() == kind.endswith("0")


def test_training():
    net = deep("plain", 1, [2.0], [0, 1], width=16)
    looked = []
    seen, fresh = trained(net, "Adam", [0.01, 1e9], epochs=2, look=looked.append)
    assert seen[0] > 0.5 and fresh[0] > 0.5 and len(looked) == 2
    assert (looked[-1][0] == fresh[0]) and seen.shape == fresh.shape == (2,)
    net = tower([64, 8, 10], "relu", Normal(1e25), copies=2, seed=0)
    assert (np.array(trained(net, "Momentum", 0.1, epochs=1)) == 0.1).all()


def test_numbers_in_words():
    assert [power(x) for x in (0, 0.25, 1, 12.3, 123.4)] == ["0", "0.25", "1", "12", "123"]
    assert power(2.34e-7) == "2.3·10⁻⁷" and power(5.6e14) == "5.6·10¹⁴"


def test_mean_square():
    assert mean_square(np.array([[[1.0, 3.0]], [[2.0, 2.0]]])).tolist() == [5, 4]


@pytest.mark.parametrize("start, alike", [(name, SYMMETRY[name] == "alike") for name in SYMMETRY])
def test_which_starts_break_the_symmetry(start, alike):
    """Exercise 16.4, done."""
    X, y = boolean("xor")
    net = MLP([2, 8, 1], "tanh", "zeros", dtype="float64")
    (W1, b1), _, (W2, _) = net.params
    rng = np.random.default_rng(0)
    W1[...] = {"b": 0.5, "d": rng.standard_normal((8, 2)), "e": 0.5,
               "f": rng.standard_normal(2)}.get(start, 0)  # fmt: skip
    W2[...] = {"b": 0.5, "c": rng.standard_normal((1, 8)), "e": 0.5, "f": 0.5}.get(start, 0)
    b1[...] = rng.standard_normal(8) if start == "e" else 0
    for _ in range(3):
        net.theta[...] -= 0.5 * net.gradient(SigmoidCrossEntropy(), X.astype(float), y[:, None])
    units = np.column_stack([W1, b1.T, W2.T])
    assert len(np.unique(units.round(12), axis=0)) == (1 if alike else 8)
