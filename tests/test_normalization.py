import copy

import array_api_strict
import numpy as np
import pytest
import torch

from dlcore.backend import asarray, namespace, to_numpy
from dlcore.gradcheck import directional_error
from dlcore.layers import Activation, Linear
from dlcore.losses import MeanSquaredError, SoftmaxCrossEntropy
from dlcore.network import Network
from dlcore.normalization import BatchNorm, GroupNorm, InstanceNorm, LayerNorm
from dlcore.optimizers import Adam
from dlcore.training import fit

from .reference import LIKE, backends, close

rng = np.random.default_rng(0)
ROWS = rng.standard_normal((7, 4)) * [1.0, 5.0, 0.1, 2.0] + [0.0, 3.0, 0.0, -1.0]
IMAGES = rng.standard_normal((3, 4, 5, 2)) * 2 + 1


class TorchInstance(torch.nn.InstanceNorm2d):
    def __init__(self):
        super().__init__(4, affine=True)


CASES = {
    "batch": (lambda: BatchNorm(4), lambda: torch.nn.BatchNorm1d(4), ROWS),
    "batch, 2 rows": (lambda: BatchNorm(4), lambda: torch.nn.BatchNorm1d(4), ROWS[:2]),
    "batch, momentum 0.3, eps 0.2": (
        lambda: BatchNorm(4, momentum=0.3, eps=0.2),
        lambda: torch.nn.BatchNorm1d(4, momentum=0.3, eps=0.2),
        ROWS,
    ),
    "batch, images": (lambda: BatchNorm(4, images=True), lambda: torch.nn.BatchNorm2d(4), IMAGES),
    "layer": (lambda: LayerNorm(4), lambda: torch.nn.LayerNorm(4), ROWS),
    "layer, eps 0.5": (lambda: LayerNorm(4, eps=0.5), lambda: torch.nn.LayerNorm(4, eps=0.5), ROWS),
    "layer, 1 row": (lambda: LayerNorm(4), lambda: torch.nn.LayerNorm(4), ROWS[:1]),
    "instance": (lambda: InstanceNorm(4), TorchInstance, IMAGES),
    "group": (lambda: GroupNorm(2, 4), lambda: torch.nn.GroupNorm(2, 4), IMAGES),
    "group, eps 0.1": (
        lambda: GroupNorm(1, 4, eps=0.1),
        lambda: torch.nn.GroupNorm(1, 4, eps=0.1),
        IMAGES,
    ),
}
cases = pytest.mark.parametrize("ours, theirs, x", CASES.values(), ids=CASES)


def arrays(layer, like, seed=1):
    """γ and β that are not 1 and 0, and fresh buffers."""
    random = np.random.default_rng(seed)
    params = [asarray(random.standard_normal(p.shape), like) for p in layer.parameters()]
    return params, [asarray(a, like) for _, a in layer.buffers()]


def reference(theirs, params, x):
    module = theirs().double()
    with torch.no_grad():
        for ours, p in zip(params, (module.weight, module.bias), strict=True):
            p.copy_(torch.tensor(to_numpy(ours)).reshape(p.shape))
    return module, torch.tensor(x, requires_grad=True)


@backends
@cases
@pytest.mark.parametrize("train", [True, False])
def test_value_and_derivatives_are_those_of_torch(like, ours, theirs, x, train):
    layer = ours()
    params, buffers = arrays(layer, like)
    module, x_ref = reference(theirs, params, x)
    module.train(train)
    g = np.random.default_rng(2).standard_normal(x.shape)
    for _ in range(3):  # running statistics accumulate
        y, cache = layer.forward(params, asarray(x, like), train, buffers)
        for buffer, new in zip(buffers, layer.new_buffers(cache), strict=True):
            buffer[...] = new
        y_ref = module(x_ref)
    np.testing.assert_allclose(to_numpy(y), y_ref.detach().numpy(), **close)
    expected = torch.autograd.grad(
        y_ref, [x_ref, module.weight, module.bias], torch.tensor(g), allow_unused=True
    )
    grad = layer.input_grad(params, cache, asarray(g, like))
    np.testing.assert_allclose(to_numpy(grad), expected[0].numpy(), rtol=1e-9, atol=1e-11)
    for p, e in zip(layer.param_grad(params, cache, asarray(g, like)), expected[1:], strict=True):
        np.testing.assert_allclose(to_numpy(p).ravel(), e.numpy(), **close)
        assert tuple(p.shape) == layer.shape
    if buffers:
        np.testing.assert_allclose(
            to_numpy(buffers[0]).ravel(), module.running_mean.numpy(), **close
        )
        np.testing.assert_allclose(
            to_numpy(buffers[1]).ravel(), module.running_var.numpy(), **close
        )


@backends
@cases
@pytest.mark.parametrize("train", [True, False])
def test_input_gradient_by_finite_differences(like, ours, theirs, x, train):
    layer = ours()
    params, buffers = arrays(layer, like)
    x, g = asarray(x, like), asarray(np.random.default_rng(2).standard_normal(x.shape), like)
    _, cache = layer.forward(params, x, train, buffers)
    grad = layer.input_grad(params, cache, g)

    def J():
        y, _ = layer.forward(params, x, train, buffers)
        return (y * g).sum()

    assert directional_error(J, x, grad) < 1e-6


@cases
def test_a_stack_is_its_layers_one_by_one(ours, theirs, x):
    layer = ours()
    sets = [arrays(layer, LIKE["numpy"], seed) for seed in range(3)]
    params = [np.stack(p) for p in zip(*[s[0] for s in sets], strict=True)]
    buffers = [np.stack(b) for b in zip(*[s[1] for s in sets], strict=True)]
    for stacked in (np.stack([x, 2 * x, x - 1]), x):
        y, cache = layer.forward(params, stacked, True, buffers)
        g = np.random.default_rng(2).standard_normal(y.shape)
        inner, grads = layer.input_grad(params, cache, g), layer.param_grad(params, cache, g)
        for e, (p, b) in enumerate(sets):
            xe = stacked[e] if stacked.ndim > x.ndim else stacked
            ye, ce = layer.forward(p, xe, True, b)
            np.testing.assert_allclose(y[e], ye, rtol=1e-12, atol=1e-12)
            np.testing.assert_allclose(
                inner[e], layer.input_grad(p, ce, g[e]), rtol=1e-9, atol=1e-12
            )
            for stack, single in zip(grads, layer.param_grad(p, ce, g[e]), strict=True):
                np.testing.assert_allclose(stack[e], single, rtol=1e-10, atol=1e-12)
            for stack, single in zip(layer.new_buffers(cache), layer.new_buffers(ce), strict=True):
                new = stack[e] if stack.ndim == single.ndim + 1 else stack
                np.testing.assert_allclose(new, single, rtol=1e-12)


@cases
def test_the_standard_is_enough(ours, theirs, x):
    layer, strict = ours(), array_api_strict.asarray
    params, buffers = arrays(layer, LIKE["numpy"])
    y, cache = layer.forward(params, x, True, buffers)
    other, strict_cache = layer.forward(
        [strict(p) for p in params], strict(x), True, [strict(b) for b in buffers]
    )
    np.testing.assert_allclose(np.asarray(other), y, rtol=1e-12)
    inner = layer.input_grad([strict(p) for p in params], strict_cache, strict(x))
    np.testing.assert_allclose(np.asarray(inner), layer.input_grad(params, cache, x), rtol=1e-9)


# --- running statistics belong to the network -----------------------------------------------------


def network(like=LIKE["numpy"], **options):
    return Network(
        Linear(4, 6), BatchNorm(6), Activation("tanh"), Linear(6, 3), dtype="float64", **options
    ).to(like)


def statistics(net):
    return np.concatenate([to_numpy(b).ravel() for b in net.buffers[1]])


X, Y, LABELS = ROWS, rng.standard_normal((7, 3)), np.array([0, 1, 2, 0, 1, 2, 0])


@backends
def test_a_gradient_updates_them_once(like):
    net, x, y = network(like), asarray(X, like), asarray(Y, like)
    before = statistics(net)
    net.forward(x, train=True)
    net(x)
    np.testing.assert_array_equal(statistics(net), before)
    net.gradient(MeanSquaredError(), x, y)
    z = X @ to_numpy(net.params[0][0]).T + to_numpy(net.params[0][1])
    expected = [0.1 * z.mean(0), 0.9 + 0.1 * z.var(0, ddof=1)]
    np.testing.assert_allclose(statistics(net), np.concatenate(expected), rtol=1e-12)


@backends
def test_they_stay_when_the_target_is_refused_or_theta_is_foreign(like):
    net, x, y = network(like), asarray(X, like), asarray(Y, like)
    before = statistics(net)
    with pytest.raises(ValueError):
        net.gradient(MeanSquaredError(), x, y[:3])
    net.gradient(MeanSquaredError(), x, y, theta=0.5 * net.theta)
    with pytest.raises(
        ValueError, match=r"BatchNorm\(6\): expected at least 2 values of a feature"
    ):
        net.gradient(MeanSquaredError(), x[:1], y[:1])
    np.testing.assert_array_equal(statistics(net), before)
    assert net(x[:1]).shape == (1, 3)  # one sample is fine in evaluation


@backends
def test_the_gradient_in_training_and_in_evaluation(like):
    net, x, y, loss = network(like), asarray(X, like), asarray(Y, like), MeanSquaredError()
    for _ in range(3):
        net.gradient(loss, x, y)
    train = directional_error(
        lambda: loss.value(net.forward(x, train=True)[0], y),
        net.theta,
        net.gradient(loss, x, y, theta=1.0 * net.theta),
    )
    y_hat, caches = net.forward(x)
    g = net.backward(loss.grad(y_hat, y), caches)
    evaluation = directional_error(lambda: loss.value(net(x), y), net.theta, g)
    assert train < 1e-6 and evaluation < 1e-7


def test_networks_do_not_share_them():
    net = network()
    twins = [net.to("numpy"), copy.deepcopy(net)]
    net.gradient(MeanSquaredError(), X, Y)
    for twin in twins:
        np.testing.assert_array_equal(statistics(twin), statistics(network()))
    np.testing.assert_array_equal(statistics(net.to("torch")), statistics(net))
    assert net.n_weights == 24 + 18 and net.n_parameters == 24 + 18 + 6 + 12 + 3


def test_a_stack_trains_as_its_networks_one_by_one():
    options = dict(epochs=4, batch_size=3, progress=False, validation=(X, LABELS))
    X9, y9 = np.concatenate([X, X[:2] + 1]), np.concatenate([LABELS, LABELS[:2]])
    stack = network(copies=3)
    loss = SoftmaxCrossEntropy()
    history = fit(stack, loss, Adam(stack.theta, lr=0.05), X9, y9, **options)
    for e in range(3):
        net = network(seed=e)
        single = fit(net, loss, Adam(net.theta, lr=0.05), X9, y9, **options)
        np.testing.assert_allclose(stack.theta[e], net.theta, rtol=1e-9)
        np.testing.assert_allclose(np.array(history.validation)[:, e], single.validation, rtol=1e-9)
        np.testing.assert_allclose(statistics(stack[e]), statistics(net), rtol=1e-10)


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: BatchNorm(0), "BatchNorm: expected an integer n ≥ 1, got 0"),
        (lambda: LayerNorm(2.0), "LayerNorm: expected an integer n ≥ 2, got 2.0"),
        (lambda: BatchNorm(2, momentum=1.5), "BatchNorm: .*momentum from 0 to 1, got 1.5"),
        (lambda: LayerNorm(2, eps=-1), "LayerNorm: expected a finite number eps ≥ 0, got -1"),
        (lambda: GroupNorm(3, 4), "GroupNorm: expected groups that divide 4 channels, got 3"),
        (lambda: GroupNorm(0, 4), "GroupNorm: expected an integer groups ≥ 1, got 0"),
        (lambda: network()(X[:, :3]), r"Linear\(4, 6\): expected x"),
        (
            lambda: BatchNorm(3).forward([1, 0], X, True, [0, 1]),
            r"BatchNorm\(3\): expected x of shape \(N, 3\), got \(7, 4\)",
        ),
        (
            lambda: InstanceNorm(3).forward([1, 0], IMAGES),
            r"InstanceNorm\(3\): expected x of shape \(N, 3, H, W\), got \(3, 4, 5, 2\)",
        ),
        (lambda: GroupNorm(2, 4).forward([1, 0], X), r"GroupNorm\(2, 4\): expected x of shape"),
        (lambda: Network(Linear(4, 6), BatchNorm(5)), r"5 features for BatchNorm\(5\), got 6"),
    ],
)
def test_bad_input(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_the_limits_of_the_settings_are_allowed():
    assert BatchNorm(1).shape == (1, 1)
    params, buffers = arrays(LayerNorm(4), LIKE["numpy"])
    y, _ = LayerNorm(4, eps=0).forward(params, ROWS)
    x_hat = (y - params[1]) / params[0]
    np.testing.assert_allclose(x_hat.std(axis=1), 1, rtol=1e-12)  # without ε exactly 1
    params, buffers = arrays(BatchNorm(4), LIKE["numpy"])
    for momentum, mean in ((0, np.zeros(4)), (1, ROWS.mean(axis=0))):
        layer = BatchNorm(4, momentum=momentum)
        _, cache = layer.forward(params, ROWS, True, buffers)
        np.testing.assert_allclose(layer.new_buffers(cache)[0].ravel(), mean, rtol=1e-12)


def test_names_of_parameters_and_buffers_and_the_default_mode():
    layer = BatchNorm(4)
    for norm in (layer, LayerNorm(4), InstanceNorm(4), GroupNorm(2, 4)):
        assert [(p.name, p.is_weight) for p in norm.parameters()] == [
            ("gamma", False),
            ("beta", False),
        ]
    assert [name for name, _ in layer.buffers()] == ["running_mean", "running_var"]
    params, buffers = arrays(layer, LIKE["numpy"])
    np.testing.assert_array_equal(
        layer.forward(params, ROWS, buffers=buffers)[0],
        layer.forward(params, ROWS, False, buffers)[0],
    )


def test_names_in_print():
    assert repr(BatchNorm(4)) == "BatchNorm(4)" and repr(LayerNorm(4)) == "LayerNorm(4)"
    assert repr(BatchNorm(4, images=True)) == "BatchNorm(4, images=True)"


@backends
@pytest.mark.parametrize(
    "layer, x, of",
    [
        (InstanceNorm(3), np.ones((4, 3, 1, 1)), "channel of an image"),
        (GroupNorm(3, 3), np.ones((4, 3, 1, 1)), "group"),
        (BatchNorm(3), np.ones((1, 3)), "feature"),
        (BatchNorm(3, images=True), np.ones((1, 3, 1, 1)), "feature"),
    ],
    ids=repr,
)
def test_one_value_has_no_variance(like, layer, x, of):
    params = [asarray(p, like) for p in layer.init(None)]
    buffers = [asarray(b, like) for _, b in layer.buffers()]
    layer.forward(params, asarray(x, like), buffers=buffers)  # to evaluate is another matter
    with pytest.raises(ValueError, match=f"2 values of a {of}, got 1, which has no variance"):
        layer.forward(params, asarray(x, like), train=True, buffers=buffers)


def test_one_feature_has_no_variance():
    with pytest.raises(ValueError, match="LayerNorm: expected an integer n ≥ 2, got 1"):
        LayerNorm(1)


@backends
@pytest.mark.parametrize("size", [1e10, 1e20, 1e30, 3e37])
def test_numbers_whose_squares_overflow(like, size):
    values = np.random.default_rng(5).uniform(-9, 9, (6, 4, 3, 3))
    float32 = namespace(like).float32
    for layer in (
        BatchNorm(4, images=True),
        InstanceNorm(4),
        GroupNorm(2, 4),
        BatchNorm(4),
        LayerNorm(4),
    ):
        x = values if layer.images else values[..., 0, 0]
        params = [asarray(p, like, float32) for p in layer.init(None)]
        buffers = [asarray(b, like, float32) for _, b in layer.buffers()]
        y, cache = layer.forward(params, asarray(size * x, like, float32), True, buffers)
        expected, kept = layer.forward(
            [p for p in layer.init(None)], 1e8 * x, True, [b for _, b in layer.buffers()]
        )
        np.testing.assert_allclose(to_numpy(y), expected, rtol=1e-4, atol=1e-5)
        g = np.cos(x)
        ours = to_numpy(layer.input_grad(params, cache, asarray(g, like, float32)))
        exact = layer.input_grad(layer.init(None), kept, g) * (1e8 / size)
        np.testing.assert_allclose(ours, exact, rtol=1e-3, atol=1e-4 * abs(exact).max())
        constant = asarray(0 * x + 2.0 ** round(np.log2(size)), like, float32)  # its mean is exact
        same = to_numpy(layer.forward(params, constant, True, buffers)[0])
        np.testing.assert_allclose(same, 0.0, atol=1e-6)


@pytest.mark.parametrize(
    ("layer", "axes"), [(BatchNorm(5), (0,)), (LayerNorm(5), (1,))], ids=lambda given: str(given)
)
def test_statistics_are_mean_and_variance(layer, axes):
    x = np.random.default_rng(0).normal(3, 2, (7, 5))
    mu, var = layer.statistics(x)
    np.testing.assert_allclose(mu, x.mean(axes, keepdims=True), rtol=1e-14)
    np.testing.assert_allclose(var, x.var(axes, keepdims=True), rtol=1e-14)
