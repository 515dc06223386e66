import numpy as np
import pytest
import torch

from dlcore.backend import asarray, to_numpy
from dlcore.layers import Linear
from dlcore.losses import MeanSquaredError
from dlcore.network import Network
from dlcore.noise import Dropout, GaussianNoise

from .reference import LIKE, backends

ONES = np.ones((400, 50))


@backends
@pytest.mark.parametrize("native_rng", [False, True])
@pytest.mark.parametrize("p", [0.25, 0.5, 0.0])
def test_dropout_drops_with_probability_p_and_keeps_the_mean(like, p, native_rng):
    torch.manual_seed(0)
    layer, x = Dropout(p, native_rng=native_rng), asarray(ONES, like)
    y, mask = layer.forward([], x, train=True)
    dropped = to_numpy(y) == 0
    assert abs(dropped.mean() - p) < 5 * np.sqrt(p * (1 - p) / ONES.size) + 1e-12
    np.testing.assert_allclose(to_numpy(y)[~dropped], 1 / (1 - p))
    g = asarray(3 * ONES, like)
    np.testing.assert_allclose(to_numpy(layer.input_grad([], mask, g)), 3 * to_numpy(y))
    again, _ = layer.forward([], x, train=True)
    assert p == 0 or not np.array_equal(to_numpy(again), to_numpy(y))


@backends
def test_nothing_happens_in_evaluation(like):
    x, g = asarray(ONES, like), asarray(2 * ONES, like)
    for layer in (Dropout(), GaussianNoise()):
        y, cache = layer.forward([], x)
        assert y is x and layer.input_grad([], cache, g) is g


@backends
@pytest.mark.parametrize("native_rng", [False, True])
def test_gaussian_noise(like, native_rng):
    torch.manual_seed(0)
    x = asarray(ONES, like)
    y, cache = GaussianNoise(0.3, native_rng=native_rng).forward([], x, train=True)
    noise = to_numpy(y) - 1
    assert abs(noise.mean()) < 5 * 0.3 / np.sqrt(noise.size)
    assert noise.std() == pytest.approx(0.3, rel=0.02) and (noise**4).mean() > 2.5 * 0.3**4
    assert GaussianNoise(0.3).input_grad([], cache, x) is x
    assert GaussianNoise(0.0).forward([], x, train=True)[0] is not x  # allowed: no noise


@backends
@pytest.mark.parametrize(
    "layer, ours, torchs",
    [(Dropout, "random", torch.rand_like), (GaussianNoise, "standard_normal", torch.randn_like)],
)
def test_whose_random_numbers_they_are(like, layer, ours, torchs):
    def expected(drawn):
        return 2.0 * (drawn >= 0.5) if layer is Dropout else 1 + 0.5 * drawn

    x = asarray(ONES, like)
    drawn = getattr(np.random.default_rng(0), ours)(ONES.shape)
    np.testing.assert_array_equal(
        to_numpy(layer(0.5).forward([], x, train=True)[0]), expected(drawn)
    )
    if hasattr(like, "detach"):  # torch's own generator
        torch.manual_seed(1)
        own = layer(0.5, native_rng=True).forward([], x, train=True)[0]
        torch.manual_seed(1)
        np.testing.assert_array_equal(to_numpy(own), expected(to_numpy(torchs(x))))


def test_a_seed_is_one_run_on_every_backend():
    for layer in (Dropout, GaussianNoise):
        runs = [
            layer(0.5, seed=3).forward([], asarray(ONES, like), train=True)[0]
            for like in LIKE.values()
        ]
        for other in runs[1:]:
            np.testing.assert_array_equal(to_numpy(other), runs[0])
        another = layer(0.5, seed=4).forward([], ONES, train=True)[0]
        assert not np.array_equal(another, runs[0])


@backends
def test_the_gradient_is_that_of_the_same_mask(like):
    layer = Dropout(0.5)
    net = Network(Linear(4, 6), layer, Linear(6, 2), dtype="float64").to(like)
    x = asarray(np.random.default_rng(0).standard_normal((5, 4)), like)
    y, loss = asarray(np.ones((5, 2)), like), MeanSquaredError()
    dropout = net.layers[1]
    state = dropout.rng.bit_generator.state

    def J(theta=None):
        dropout.rng.bit_generator.state = state
        return float(loss.value(net.forward(x, train=True)[0], y))

    J()
    dropout.rng.bit_generator.state = state
    g = to_numpy(net.gradient(loss, x, y))
    for i in range(net.n_parameters):
        kept = float(net.theta[i])
        net.theta[i] = kept + 1e-6
        plus = J()
        net.theta[i] = kept - 1e-6
        minus = J()
        net.theta[i] = kept
        assert g[i] == pytest.approx((plus - minus) / 2e-6, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("layer", [Dropout, GaussianNoise])
def test_float32_stays_float32(layer):
    y, cache = layer().forward([], ONES.astype("float32"), train=True)
    assert y.dtype == layer().input_grad([], cache, y).dtype == np.float32


def test_a_network_and_its_copy_have_their_own_randomness():
    net = Network(Dropout(0.5), Linear(50, 1))
    twin = net.to("numpy")
    x = ONES.astype("float32")
    np.testing.assert_array_equal(net.forward(x, train=True)[0], twin.forward(x, train=True)[0])


def drawn(*layers, seed=0, copies=None, n=4):
    """What the layers of a network add to zeros, or leave of ones: (…, 5, n) each."""
    net = Network(*layers, Linear(n, 3, "lecun"), seed=seed, copies=copies)
    zeros = np.zeros((5, n), "float32")
    return net, [
        layer.forward([], zeros + isinstance(layer, Dropout), train=True)[0]
        for layer in net.layers[:-1]
    ]


SEEDS = [0, 7, [1, 2], lambda: np.random.default_rng(3)]


@pytest.mark.parametrize("seed", SEEDS, ids=["0", "7", "several", "generator"])
@pytest.mark.parametrize("layer", [Dropout, GaussianNoise])
def test_every_layer_of_a_network_has_a_stream_of_its_own(layer, seed):
    make = seed if callable(seed) else lambda: seed
    net, (one, two) = drawn(layer(0.5), layer(0.5), seed=make())
    assert not np.array_equal(one, two)
    _, again = drawn(layer(0.5), layer(0.5), seed=make())
    np.testing.assert_array_equal([one, two], again)  # the seed of the network is one run
    _, others = drawn(layer(0.5), layer(0.5), seed=9)
    assert not np.array_equal(one, others[0]) and not np.array_equal(two, others[1])
    np.testing.assert_array_equal(net.theta, drawn(seed=make())[0].theta)
    (first,) = drawn(layer(0.5), seed=make())[1]
    np.testing.assert_array_equal(first, one)  # also when there is no second


def test_the_streams_are_those_that_the_seed_spawns():
    layers = Dropout(0.5), Dropout(0.5)
    Network(layers[0], Linear(2, 2), layers[1], seed=3)
    expected = [stream.random() for stream in np.random.default_rng(3).spawn(2)]
    assert [layer.rng.random() for layer in layers] == expected


def test_the_noise_is_not_what_the_weights_were_drawn_from():
    net, (noise,) = drawn(GaussianNoise(1.0))
    W = net.params[1][0].ravel()
    assert abs(np.corrcoef(noise.ravel()[: W.size], W)[0, 1]) < 0.9


def test_a_seed_that_is_stated_is_kept():
    for seed in (0, 3):
        layer = Dropout(0.5, seed=seed)
        alone = Dropout(0.5, seed=seed).forward([], np.ones((5, 4)), train=True)[0]
        np.testing.assert_array_equal(drawn(layer, seed=5)[1][0], alone)


def test_a_stack_takes_the_noise_of_its_first_seed():
    for copies, seed in ((3, 4), (2, [4, 9])):
        _, (stack,) = drawn(Dropout(0.5), seed=seed, copies=copies)
        np.testing.assert_array_equal(stack, drawn(Dropout(0.5), seed=4)[1][0])


def test_the_copies_share_the_noise_of_the_input_and_have_their_own_behind():
    x = np.ones((50, 4), "float32")
    same = dict(copies=2, seed=[1, 1])
    for layers, shared in (
        ((Dropout(0.5), Linear(4, 3)), True),
        ((Linear(4, 3), Dropout(0.5), Linear(3, 3)), False),
    ):
        y, _ = Network(*layers, **same).forward(x, train=True)
        assert np.array_equal(y[0], y[1]) == shared


def test_settings_are_checked():
    assert repr(Dropout(0.2)) == "Dropout(0.2)" and Dropout().p == 0.5
    assert repr(GaussianNoise(0.2)) == "GaussianNoise(0.2)" and GaussianNoise().std == 0.1
    for p in (1.0, -0.1, np.nan):
        with pytest.raises(ValueError, match=r"Dropout: expected .*the probability to drop p"):
            Dropout(p)
    for std in (-0.1, np.inf):
        with pytest.raises(
            ValueError, match="GaussianNoise: expected a finite number std ≥ 0, got"
        ):
            GaussianNoise(std)
