"""Convolution and pooling: torch's values, torch's derivatives, finite differences, stacks."""

import array_api_strict
import numpy as np
import pytest
import torch.nn.functional as F

from dlcore.backend import asarray, prototype, to_numpy
from dlcore.gradcheck import directional_error
from dlcore.images import AvgPool2d, Conv2d, Flatten, MaxPool2d, Unflatten
from dlcore.initializers import Glorot, He, LeCun
from dlcore.layers import Activation, Linear
from dlcore.losses import MeanSquaredError, SoftmaxCrossEntropy
from dlcore.network import Network
from dlcore.optimizers import Adam
from dlcore.training import fit

from .reference import LIKE, backends, close, tensor

STRICT = array_api_strict.asarray(np.zeros(0))
everywhere = pytest.mark.parametrize(
    "like", [*LIKE.values(), STRICT], ids=[*LIKE, "array-api-strict"]
)
rng = np.random.default_rng(0)
N, C, K, H, W = 3, 2, 4, 7, 6  # all different, and H ≠ W
X = rng.standard_normal((N, C, H, W))
TIES = rng.integers(0, 3, (N, C, H, W)).astype(float)  # many equal largest entries

CONV = {
    "plain": dict(kernel=3),
    "1 × 1": dict(kernel=1),
    "stride": dict(kernel=3, stride=2),
    "padding": dict(kernel=3, padding=1),
    "all": dict(kernel=2, stride=3, padding=2),
    "oblong": dict(kernel=(2, 3), stride=(2, 1), padding=(0, 2)),
    "whole": dict(kernel=(7, 6)),
}
POOL = {
    "side by side": (2, None),
    "overlapping": (3, 1),
    "gaps": (2, 3),
    "left over": (4, None),
    "oblong": ((2, 3), None),
    "oblong stride": ((3, 2), (2, 1)),
}
each_conv = pytest.mark.parametrize("options", CONV.values(), ids=CONV)
each_pool = pytest.mark.parametrize("kernel, stride", POOL.values(), ids=POOL)


def parameters(layer, like, stack=()):
    draw = np.random.default_rng(1)
    shapes = [(*stack, *p.shape) for p in layer.parameters()]
    return [asarray(draw.standard_normal(shape), like) for shape in shapes]


def backward_by_torch(f, *arrays):
    """f's value at the arrays, a g of its shape, and torch's derivatives of Σ g f."""
    leaves = [tensor(a, grad=True) for a in arrays]
    y = f(*leaves)
    g = np.random.default_rng(2).standard_normal(tuple(y.shape))
    y.backward(tensor(g))
    return y.detach().numpy(), g, [leaf.grad.numpy() for leaf in leaves]


def check_input_gradient(layer, like, x, limit=1e-7):
    """∂J/∂x of J = Σ g ⊙ y against central differences along a random direction."""
    params, x = parameters(layer, like), asarray(x, like)
    y, cache = layer.forward(params, x)
    g = np.random.default_rng(4).standard_normal(y.shape)

    def J():
        return np.sum(g * to_numpy(layer.forward(params, x)[0]))

    exact = layer.input_grad(params, cache, asarray(g, like))
    assert directional_error(J, x, exact) < limit


def check_against_torch(layer, like, params, x, theirs):
    y, g, grads = backward_by_torch(theirs, x, *map(to_numpy, params))
    before = to_numpy(asarray(x, like))
    ours, cache = layer.forward(params, asarray(x, like))
    assert ours.dtype == like.dtype
    np.testing.assert_allclose(to_numpy(ours), y, **close)
    g = asarray(g, like)
    ours = [layer.input_grad(params, cache, g), *layer.param_grad(params, cache, g)]
    assert len(ours) == len(grads)
    for a, b in zip(ours, grads, strict=True):
        assert a.shape == b.shape and a.dtype == like.dtype
        np.testing.assert_allclose(to_numpy(a), b, **close)
    np.testing.assert_array_equal(before, x)  # padding and adding have not written into x


# --- against torch ------------------------------------------------------------------------------


@everywhere
@each_conv
def test_convolution_is_torchs(like, options):
    layer = Conv2d(C, K, **options)
    keys = {k: v for k, v in options.items() if k != "kernel"}
    check_against_torch(
        layer, like, parameters(layer, like), X, lambda x, W, b: F.conv2d(x, W, b[0], **keys)
    )


@everywhere
@each_pool
@pytest.mark.parametrize("x", [X, TIES, -TIES], ids=["distinct", "ties", "negative ties"])
def test_pooling_is_torchs(like, kernel, stride, x):
    check_against_torch(
        MaxPool2d(kernel, stride), like, [], x, lambda x: F.max_pool2d(x, kernel, stride)
    )
    check_against_torch(
        AvgPool2d(kernel, stride), like, [], x, lambda x: F.avg_pool2d(x, kernel, stride)
    )


@everywhere
def test_the_first_of_equal_maxima_gets_the_gradient(like):
    layer, x = MaxPool2d(2), asarray(np.array([[[[0.0, 5, 1, 1], [5, 5, 1, 1]]]]), like)
    y, cache = layer.forward([], x)
    np.testing.assert_array_equal(to_numpy(y), [[[[5, 1]]]])
    g = layer.input_grad([], cache, asarray([[[[2.0, 3.0]]]], like))
    np.testing.assert_array_equal(to_numpy(g), [[[[0, 2, 3, 0], [0, 0, 0, 0]]]])


@everywhere
def test_pooling_passes_nan_on(like):
    for place in range(4):
        x = np.arange(4.0)
        x[place] = np.nan
        y, _ = MaxPool2d(2).forward([], asarray(x.reshape(1, 1, 2, 2), like))
        assert np.isnan(to_numpy(y)).all()


@everywhere
def test_flatten_and_unflatten(like):
    flatten, unflatten = Flatten(C, H, W), Unflatten(C, H, W)
    x = asarray(X, like)
    rows, cache = flatten.forward([], x)
    np.testing.assert_array_equal(to_numpy(rows), X.reshape(N, -1))
    np.testing.assert_array_equal(to_numpy(flatten.input_grad([], cache, 2 * rows)), 2 * X)
    images, cache = unflatten.forward([], rows)
    np.testing.assert_array_equal(to_numpy(images), X)
    np.testing.assert_array_equal(
        to_numpy(unflatten.input_grad([], cache, 2 * images)), 2 * X.reshape(N, -1)
    )
    stack = asarray(np.stack([X, -X]), like)
    rows, cache = flatten.forward([], stack)
    assert tuple(rows.shape) == (2, N, C * H * W)
    assert flatten.input_grad([], cache, rows).shape == stack.shape
    images, cache = unflatten.forward([], rows)
    np.testing.assert_array_equal(to_numpy(images), to_numpy(stack))
    np.testing.assert_array_equal(to_numpy(unflatten.input_grad([], cache, images)), to_numpy(rows))


# --- the two ideas that they are made of --------------------------------------------------------


def test_a_convolution_written_out():
    layer = Conv2d(C, K, kernel=(2, 3), stride=(2, 1), padding=(1, 0))
    weights, bias = parameters(layer, LIKE["numpy"])
    z, _ = layer.forward([weights, bias], X)
    padded = np.pad(X, [(0, 0), (0, 0), (1, 1), (0, 0)])
    assert z.shape == (N, K, 4, 4)
    for n, k, i, j in np.ndindex(z.shape):
        seen = padded[n, :, 2 * i : 2 * i + 2, j : j + 3]
        assert z[n, k, i, j] == pytest.approx(bias[0, k] + np.sum(weights[k] * seen), rel=1e-12)


def test_windows_are_views_in_the_order_of_reading():
    x = np.arange(20.0).reshape(4, 5)
    seen = MaxPool2d((2, 3), (2, 1)).windows(x)
    assert len(seen) == 6 and all(np.shares_memory(part, x) for part in seen)
    np.testing.assert_array_equal(seen[0], [[0, 1, 2], [10, 11, 12]])
    np.testing.assert_array_equal(seen[1], [[1, 2, 3], [11, 12, 13]])
    np.testing.assert_array_equal(seen[3], [[5, 6, 7], [15, 16, 17]])
    np.testing.assert_array_equal(seen[5], [[7, 8, 9], [17, 18, 19]])


def test_adding_windows_is_the_transpose_of_cutting_them():
    x, pool = rng.standard_normal((2, 7, 6)), MaxPool2d((3, 2), (2, 3))
    parts = [rng.standard_normal(part.shape) for part in pool.windows(x)]
    cut = sum(np.sum(a * b) for a, b in zip(pool.windows(x), parts, strict=True))
    added = pool.add_windows(parts, x.shape[-2:])
    assert added.shape == x.shape and cut == pytest.approx(np.sum(x * added), rel=1e-12)


# --- in a network -------------------------------------------------------------------------------


def network(**options):
    options = {"dtype": "float64", "seed": 3, **options}
    return Network(
        Unflatten(1, 6, 5),
        Conv2d(1, 3, 3, padding=1),
        Activation("tanh"),
        MaxPool2d(2),
        Conv2d(3, 2, 2, stride=1, padding=1),
        AvgPool2d((2, 3)),
        Flatten(2, 2, 1),
        Linear(4, 3),
        **options,
    )


ROWS, LABELS = rng.standard_normal((N, 30)), rng.integers(0, 3, N)


@backends
def test_gradient_of_a_network_by_finite_differences(like):
    net, x, loss = network().to(like), asarray(ROWS, like), SoftmaxCrossEntropy()
    y = asarray(np.eye(3)[LABELS], like)
    g = net.gradient(loss, x, y)
    assert directional_error(lambda: loss.value(net(x), y), net.theta, g) < 1e-7
    assert net.n_weights == 27 + 24 + 12 and net.n_parameters == net.n_weights + 3 + 2 + 3


@everywhere
@pytest.mark.parametrize(
    "layer", [Conv2d(C, K, 3, stride=2, padding=1), MaxPool2d(3, 2), AvgPool2d(2)], ids=repr
)
def test_input_gradient_by_finite_differences(like, layer):
    check_input_gradient(layer, like, X)


@backends
@pytest.mark.parametrize("E", [1, 2, N, 4])  # E = N, E = channels: nothing broadcasts
@pytest.mark.parametrize("own_data", [False, True])
def test_a_stack_is_its_networks_one_by_one(like, E, own_data):
    stack, loss = network(copies=E).to(like), MeanSquaredError()
    x = np.stack([(e + 1) * ROWS for e in range(E)]) if own_data else ROWS
    y = asarray(np.eye(3)[LABELS], like)
    out, g = stack(asarray(x, like)), stack.gradient(loss, asarray(x, like), y)
    assert tuple(out.shape) == (E, N, 3) and tuple(g.shape) == (E, stack.n_parameters)
    for e in range(E):
        net, xe = network(seed=3 + e).to(like), asarray(x[e] if own_data else x, like)
        np.testing.assert_array_equal(to_numpy(net.theta), to_numpy(stack.theta[e]))
        np.testing.assert_allclose(to_numpy(out[e]), to_numpy(net(xe)), **close)
        np.testing.assert_allclose(to_numpy(g[e]), to_numpy(net.gradient(loss, xe, y)), **close)


@everywhere
@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("E", [2, N])
def test_every_derivative_of_a_stacked_layer(like, shared, E):
    layer = Conv2d(C, K, 3, stride=2, padding=1)
    params = parameters(layer, like, (E,))
    x = asarray(X if shared else np.stack([(e + 1) * X for e in range(E)]), like)
    z, cache = layer.forward(params, x)
    g = asarray(np.random.default_rng(5).standard_normal(z.shape), like)
    dx, (dW, db) = layer.input_grad(params, cache, g), layer.param_grad(params, cache, g)
    assert tuple(dx.shape) == (E, *X.shape)
    assert dW.shape == params[0].shape and db.shape == params[1].shape
    for e in range(E):
        one = [p[e, ...] for p in params]
        z1, cache1 = layer.forward(one, x if shared else x[e, ...])
        ours = [z[e, ...], dx[e, ...], dW[e, ...], db[e, ...]]
        theirs = [
            z1,
            layer.input_grad(one, cache1, g[e, ...]),
            *layer.param_grad(one, cache1, g[e, ...]),
        ]
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(to_numpy(a), to_numpy(b), **close)


@everywhere
@pytest.mark.parametrize("layer", [MaxPool2d(2), AvgPool2d(2)], ids=repr)
def test_pooling_of_shared_images_in_a_stack(like, layer):
    y, cache = layer.forward([], asarray(X, like))
    g = np.random.default_rng(6).standard_normal((5, *y.shape))
    dx = layer.input_grad([], cache, asarray(g, like))
    assert tuple(dx.shape) == (5, *X.shape)
    for e in range(5):
        one = layer.input_grad([], cache, asarray(g[e], like))
        np.testing.assert_array_equal(to_numpy(dx[e, ...]), to_numpy(one))


@pytest.mark.parametrize("copies", [None, 2])
def test_the_array_api_standard_is_enough(copies):
    net, ref, loss = network(copies=copies).to(STRICT), network(copies=copies), MeanSquaredError()
    ours, theirs, a = Adam(net.theta), Adam(ref.theta), array_api_strict.asarray
    for _ in range(3):
        ours.step(net.gradient(loss, a(ROWS), a(np.eye(3)[LABELS])))
        theirs.step(ref.gradient(loss, ROWS, np.eye(3)[LABELS]))
    np.testing.assert_allclose(np.asarray(net.theta), ref.theta, rtol=1e-10)


def test_a_network_learns_where_a_bar_stands_or_lies():
    draw = np.random.default_rng(0)
    images, labels = np.zeros((80, 6, 6)), np.arange(80) % 2
    for image, standing in zip(images, labels, strict=True):
        i, j = draw.integers(0, 6), draw.integers(0, 4)
        image[i, j : j + 3] = 1
        image[...] = image.T if standing else image
    net = Network(
        Unflatten(1, 6, 6),
        Conv2d(1, 4, 3, padding=1, init="he"),
        Activation("relu"),
        MaxPool2d(6),
        Flatten(4, 1, 1),
        Linear(4, 2),
    )
    history = fit(
        net,
        SoftmaxCrossEntropy(),
        Adam(net.theta, lr=0.02),
        images.reshape(80, -1),
        labels,
        epochs=60,
        progress=False,
    )
    assert history.loss[-1] < 0.05 < 0.5 < history.loss[0]


# --- initial values -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "init, variance", [(LeCun(), 1 / 50), (He(), 2 / 50), (Glorot(), 2 / (50 + 500))], ids=repr
)
def test_initial_weights_have_the_variance_of_their_fans(init, variance):
    layer = Conv2d(5, 50, (2, 5), init=init)  # fan-in 5·10, fan-out 50·10
    weights, bias = layer.init(np.random.default_rng(0))
    assert weights.shape == (50, 5, 2, 5) and weights.var() == pytest.approx(variance, rel=0.06)
    assert bias.shape == (1, 50) and not bias.any()


def test_the_initializer_is_called_with_the_fans():
    calls = []

    def counting(rng, n_out, n_in):
        calls.append((rng, n_out, n_in))
        return np.arange(float(n_out * n_in)).reshape(n_out, n_in)

    weights, _ = Conv2d(2, 3, (1, 4), init=counting).init("a generator")
    assert calls == [("a generator", 12, 8)]
    np.testing.assert_array_equal(weights, np.arange(24.0).reshape(3, 2, 1, 4))


def test_orthogonal_weights():
    weights, _ = Conv2d(2, 7, (2, 2), init="orthogonal").init(np.random.default_rng(0))
    rows = weights.reshape(7, 8)
    np.testing.assert_allclose(rows @ rows.T, np.eye(7), atol=1e-12)


def test_defaults():
    layer = Conv2d(1, 1, 3)
    assert (layer.stride, layer.padding) == ((1, 1), (0, 0))
    assert isinstance(layer.initializer, LeCun)
    assert [p.name for p in layer.parameters()] == ["W", "b"]
    assert [p.is_weight for p in layer.parameters()] == [True, False]
    for pool in (MaxPool2d((2, 3)), AvgPool2d((2, 3))):
        assert pool.stride == (2, 3) and pool.padding == (0, 0) and pool.parameters() == []
        assert pool.n_in is None and pool.n_out is None
    assert Conv2d(np.int64(1), 1, np.int64(3)).kernel == (3, 3)


@pytest.mark.parametrize(
    "layer, text",
    [
        (Conv2d(1, 8, 3), "Conv2d(1, 8, 3)"),
        (
            Conv2d(1, 8, (1, 9), stride=2, padding=(0, 4)),
            "Conv2d(1, 8, (1, 9), stride=2, padding=(0, 4))",
        ),
        (MaxPool2d(2), "MaxPool2d(2)"),
        (MaxPool2d((2, 3), 1), "MaxPool2d((2, 3), stride=1)"),
        (AvgPool2d(3, (1, 3)), "AvgPool2d(3, stride=(1, 3))"),
        (Flatten(1, 2, 3), "Flatten(1, 2, 3)"),
        (Unflatten(1, 2, 3), "Unflatten(1, 2, 3)"),
    ],
    ids=str,
)
def test_names_are_readable(layer, text):
    assert repr(layer) == text


# --- what is refused ----------------------------------------------------------------------------


@everywhere
@pytest.mark.parametrize(
    "layer, shape, message",
    [
        (
            Conv2d(3, 4, 2),
            (5, 2, 6, 6),
            "Conv2d(3, 4, 2): expected x of shape (N, 3, H, W), got (5, 2, 6, 6)",
        ),
        (
            Conv2d(3, 4, 2),
            (3, 6, 6),
            "Conv2d(3, 4, 2): expected x of shape (N, 3, H, W), got (3, 6, 6)",
        ),
        (
            Conv2d(3, 4, (3, 2)),
            (5, 3, 2, 6),
            "Conv2d(3, 4, (3, 2)): expected images of at least 3 × 2, got (5, 3, 2, 6)",
        ),
        (
            Conv2d(3, 4, (5, 9), padding=(1, 2)),
            (5, 3, 8, 4),
            "Conv2d(3, 4, (5, 9), padding=(1, 2)): expected images of at least 3 × 5, "
            "got (5, 3, 8, 4)",
        ),
        (
            Conv2d(3, 4, (4, 2), padding=1),
            (5, 3, 1, 4),
            "Conv2d(3, 4, (4, 2), padding=1): expected images of at least 2 × 1, got (5, 3, 1, 4)",
        ),
        (
            Conv2d(3, 4, (2, 4), padding=1),
            (5, 3, 4, 1),
            "Conv2d(3, 4, (2, 4), padding=1): expected images of at least 1 × 2, got (5, 3, 4, 1)",
        ),
        (MaxPool2d(2), (3, 6, 6), "MaxPool2d(2): expected x of shape (N, C, H, W), got (3, 6, 6)"),
        (
            AvgPool2d(2),
            (5, 3, 6, 1),
            "AvgPool2d(2): expected images of at least 2 × 2, got (5, 3, 6, 1)",
        ),
        (
            Flatten(2, 3, 4),
            (5, 2, 4, 3),
            "Flatten(2, 3, 4): expected x of shape (N, 2, 3, 4), got (5, 2, 4, 3)",
        ),
        (
            Flatten(2, 3, 4),
            (2, 3, 4),
            "Flatten(2, 3, 4): expected x of shape (N, 2, 3, 4), got (2, 3, 4)",
        ),
        (
            Unflatten(2, 3, 4),
            (5, 12),
            "Unflatten(2, 3, 4): expected x of shape (N, 24), got (5, 12)",
        ),
        (Unflatten(2, 3, 4), (24,), "Unflatten(2, 3, 4): expected x of shape (N, 24), got (24,)"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_bad_images(like, layer, shape, message):
    with pytest.raises(ValueError) as caught:
        layer.forward(parameters(layer, like), asarray(np.zeros(shape), like))
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: Conv2d(0, 4, 3), "Conv2d: expected an integer c_in ≥ 1, got 0"),
        (lambda: Conv2d(2, 4.0, 3), "Conv2d: expected an integer c_out ≥ 1, got 4.0"),
        (lambda: Conv2d(2, 0, 3), "Conv2d: expected an integer c_out ≥ 1, got 0"),
        (lambda: Conv2d(2, 4, 0), "Conv2d: expected an integer kernel ≥ 1, got 0"),
        (
            lambda: Conv2d(2, 4, (3, 3, 3)),
            "Conv2d: expected kernel an integer or two, got (3, 3, 3)",
        ),
        (lambda: Conv2d(2, 4, (3, "3")), "Conv2d: expected an integer kernel ≥ 1, got '3'"),
        (lambda: Conv2d(2, 4, 3, stride=0), "Conv2d: expected an integer stride ≥ 1, got 0"),
        (lambda: Conv2d(2, 4, 3, padding=-1), "Conv2d: expected an integer padding ≥ 0, got -1"),
        (lambda: MaxPool2d(2, 0.5), "MaxPool2d: expected an integer stride ≥ 1, got 0.5"),
        (lambda: AvgPool2d(0), "AvgPool2d: expected an integer kernel ≥ 1, got 0"),
        (lambda: AvgPool2d(2, 0), "AvgPool2d: expected an integer stride ≥ 1, got 0"),
        (lambda: Flatten(0, 2, 2), "Flatten: expected an integer c ≥ 1, got 0"),
        (lambda: Flatten(2, True, 2), "Flatten: expected an integer h ≥ 1, got True"),
        (lambda: Unflatten(2, 2, 1.5), "Unflatten: expected an integer w ≥ 1, got 1.5"),
        (lambda: Conv2d(2, 4, 3, init="hee"), None),
    ],
)
def test_bad_layers(make, message):
    with pytest.raises(ValueError) as caught:
        make()
    assert message in (None, str(caught.value))


def test_a_network_checks_the_sizes():
    with pytest.raises(ValueError, match=r"features for Conv2d\(3, 4, 3\), got 2 from"):
        Network(Conv2d(1, 2, 3), MaxPool2d(2), Conv2d(3, 4, 3))
    with pytest.raises(ValueError, match=r"features for Linear\(9, 4\), got 8 from"):
        Network(Conv2d(1, 2, 3), Flatten(2, 2, 2), Linear(9, 4))
    with pytest.raises(ValueError, match=r"features for Flatten\(3, 2, 2\), got 2 from"):
        Network(Conv2d(1, 2, 3), Flatten(3, 2, 2))
    with pytest.raises(ValueError, match=r"features for Conv2d\(2, 2, 3\), got 1 from"):
        Network(Unflatten(1, 3, 3), Conv2d(2, 2, 3))
    with pytest.raises(ValueError, match=r"features for Unflatten\(1, 3, 3\), got 8 from"):
        Network(Linear(2, 8), Unflatten(1, 3, 3))


@backends
def test_float32_stays_float32(like):
    like = prototype(like, "float32")
    net = network(dtype="float32").to(like)
    x = asarray(ROWS, like)
    assert net(x).dtype == like.dtype
    g = net.gradient(MeanSquaredError(), x, asarray(np.eye(3)[LABELS], like))
    assert g.dtype == like.dtype


def test_channels_are_neither_width_nor_height():
    pool = AvgPool2d(3)
    for narrow in ((1, 5, 6, 2), (1, 5, 2, 6), (2, 1, 5, 2, 6), (2, 1, 5, 6, 2)):
        with pytest.raises(ValueError, match="expected .* got"):
            pool.forward([], np.ones(narrow), False)
    for wide in ((1, 1, 6, 6), (2, 1, 1, 6, 6)):
        assert pool.forward([], np.ones(wide), False)[0].shape == (*wide[:-2], 2, 2)
