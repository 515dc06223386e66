"""Feedback alignment: backpropagation where B is W, the written-out recursion where it is not."""

import math

import numpy as np
import pytest

from dlcore.alignment import alignment_angles, alignment_gradient, angle, random_feedback
from dlcore.backend import asarray, describe, namespace, sum_rows, to_numpy
from dlcore.initializers import Uniform
from dlcore.layers import Activation, Layer, Linear, Parameter
from dlcore.losses import MeanSquaredError, SoftmaxCrossEntropy
from dlcore.network import MLP, Network
from dlcore.normalization import BatchNorm
from dlcore.optimizers import GradientDescent

from .reference import backends, close, refuses

rng = np.random.default_rng(0)
X, Y = rng.standard_normal((9, 4)), rng.standard_normal((9, 3))
SIZES = [4, 6, 5, 3]


def mlp(like, **options):
    return MLP(SIZES, **{"seed": 3, "dtype": "float64", "activation": "tanh", **options}).to(like)


def own_weights(net):
    return [
        p[0] if l > 0 and isinstance(layer, Linear) else None
        for l, (layer, p) in enumerate(zip(net.layers, net.params, strict=True))
    ]


@backends
@pytest.mark.parametrize("copies", [None, 3])
@pytest.mark.parametrize("h", ["tanh", "relu", "sigmoid"])
def test_with_the_weights_themselves_it_is_the_gradient(like, h, copies):
    net, x, y = mlp(like, activation=h, copies=copies), asarray(X, like), asarray(Y, like)
    loss = MeanSquaredError()
    g = alignment_gradient(net, own_weights(net), loss, x, y)
    np.testing.assert_array_equal(to_numpy(g), to_numpy(net.gradient(loss, x, y)))
    assert type(g) is type(like) and g.shape == net.theta.shape


@backends
def test_two_linear_layers_in_a_row_and_a_layer_of_ones_own(like):
    class Squared(Layer):
        """y = s² x, with one factor s for each feature."""

        def parameters(self):
            return [Parameter("s", (1, 5), is_weight=False)]

        def init(self, rng):
            return [np.full((1, 5), 3.0)]

        def forward(self, params, x, train=False, buffers=()):
            return params[0] ** 2 * x, x

        def input_grad(self, params, x, g):
            return params[0] ** 2 * g

        def param_grad(self, params, x, g):
            return [sum_rows(2 * params[0] * x * g)]

    net = Network(Linear(4, 6), Linear(6, 5), Squared(), Linear(5, 3), dtype="float64").to(like)
    assert [B is None for B in random_feedback(net)] == [True, False, True, False]
    loss, x, y = MeanSquaredError(), asarray(X, like), asarray(Y, like)
    g = alignment_gradient(net, own_weights(net), loss, x, y)
    np.testing.assert_array_equal(to_numpy(g), to_numpy(net.gradient(loss, x, y)))


@backends
def test_the_recursion_written_out(like):
    net, x, y = mlp(like), asarray(X, like), asarray(Y, like)
    feedback = random_feedback(net, seed=5)
    g = to_numpy(alignment_gradient(net, feedback, MeanSquaredError(), x, y))
    (W1, b1), (W2, b2), (W3, b3) = ([to_numpy(p) for p in net.params[l]] for l in (0, 2, 4))
    B2, B3 = (to_numpy(feedback[l]).T for l in (2, 4))
    a1 = np.tanh(X @ W1.T + b1)
    a2 = np.tanh(a1 @ W2.T + b2)
    d3 = (a2 @ W3.T + b3 - Y) / 9
    d2 = np.array([B3 @ d for d in d3]) * (1 - a2**2)
    d1 = np.array([B2 @ d for d in d2]) * (1 - a1**2)
    parts = [d1.T @ X, d2.T @ a1, d3.T @ a2, d1.sum(0), d2.sum(0), d3.sum(0)]
    np.testing.assert_allclose(g, np.concatenate([p.ravel() for p in parts]), **close)
    true = to_numpy(net.gradient(MeanSquaredError(), x, y))
    last = slice(24 + 30, 24 + 30 + 15)  # the last W learns as ever, the others do not
    np.testing.assert_allclose(g[last], true[last], **close)
    np.testing.assert_allclose(g[-3:], true[-3:], **close)
    assert abs(g[:24] - true[:24]).max() > 1e-3


@backends
def test_what_is_drawn(like):
    net = mlp(like)
    feedback = random_feedback(net, seed=5)
    assert [B is None for B in feedback] == [True, True, False, True, False]
    draws = np.random.default_rng([5, 1])
    for l, (n_out, n_in) in ((2, (5, 6)), (4, (3, 5))):
        limit = math.sqrt(6 / (n_in + n_out))  # the initializer of the layer: Glorot, uniform
        expected = draws.uniform(-limit, limit, (n_out, n_in))
        np.testing.assert_allclose(to_numpy(feedback[l]), expected, rtol=1e-13)
        assert type(feedback[l]) is type(like) and feedback[l].dtype == net.theta.dtype
    for a, b in zip(random_feedback(net), random_feedback(net, 0, None), strict=True):
        assert a is None or np.array_equal(to_numpy(a), to_numpy(b))
    uniform = random_feedback(net, 5, Uniform(0.5))[2]
    expected = np.random.default_rng([5, 1]).uniform(-0.5, 0.5, (5, 6))
    np.testing.assert_allclose(to_numpy(uniform), expected, rtol=1e-13)
    assert not np.any(to_numpy(random_feedback(net, init="zeros")[4]))


@pytest.mark.parametrize("copies", [None, 2])
def test_no_feedback_is_made_of_the_numbers_of_a_weight(copies):
    net = MLP(SIZES, copies=copies, dtype="float64")
    drawn = [B for B in random_feedback(net) if B is not None]
    for B in drawn:
        for W in (p[0] for p in net.params if p):
            b, w = (a.reshape(*a.shape[:-2], -1)[..., :15] for a in (B, W))  # 15: the fewest
            assert np.all(angle(b, w) > 1)


@backends
def test_a_stack_has_a_feedback_of_its_own_in_each_network(like):
    net, x, y = mlp(like, copies=3), asarray(X, like), asarray(Y, like)
    feedback, loss = random_feedback(net, seed=7), MeanSquaredError()
    assert feedback[2].shape == (3, 5, 6)
    g = alignment_gradient(net, feedback, loss, x, y)
    angles = alignment_angles(net, feedback)
    for e in range(3):
        one = net[e]
        alone = random_feedback(one, seed=7 + e)
        np.testing.assert_array_equal(to_numpy(feedback[2][e, ...]), to_numpy(alone[2]))
        expected = alignment_gradient(one, alone, loss, x, y)
        np.testing.assert_allclose(to_numpy(g[e, ...]), to_numpy(expected), **close)
        for a, b in zip(angles, alignment_angles(one, alone), strict=True):
            assert a.shape == (3,) and float(a[e]) == pytest.approx(float(b), rel=1e-12)
    assert random_feedback(mlp(like, copies=1))[2].shape == (1, 5, 6)


@backends
def test_other_layers_pass_errors_back_as_ever_and_statistics_are_updated(like):
    def build():
        return Network(
            Linear(4, 6), BatchNorm(6), Activation("relu"), Linear(6, 3), seed=2, dtype="float64"
        ).to(like)

    net, other, x, y = build(), build(), asarray(X, like), asarray(Y, like)
    feedback = random_feedback(net, seed=1)
    assert [B is None for B in feedback] == [True, True, True, False]
    loss = MeanSquaredError()
    g, true = alignment_gradient(net, own_weights(net), loss, x, y), other.gradient(loss, x, y)
    np.testing.assert_array_equal(to_numpy(g), to_numpy(true))
    for mine, theirs in zip(net.buffers[1], other.buffers[1], strict=True):
        np.testing.assert_array_equal(to_numpy(mine), to_numpy(theirs))
    kept = [to_numpy(b) for b in net.buffers[1]]
    with pytest.raises(ValueError):
        alignment_gradient(net, feedback, loss, x, y[:, :2])
    for before, after in zip(kept, net.buffers[1], strict=True):
        np.testing.assert_array_equal(before, to_numpy(after))


# ---------------------------------------------------------------- angles


@backends
def test_angles(like):
    u = asarray([[1.0, 0], [1, 0], [1, 0], [1, 0], [2, 1], [1, 0]], like)
    v = asarray([[5.0, 0], [0, 3], [-2, 0], [1, 1], [4, 2], [math.sqrt(3), 1]], like)
    found = angle(u, v)
    assert type(found) is type(like)
    np.testing.assert_allclose(to_numpy(found), [0, 90, 180, 45, 0, 30], atol=1e-12)
    tiny = angle(u[0, :], asarray([1.0, 1e-9], like))
    assert float(tiny) == pytest.approx(1e-9 * 180 / math.pi, rel=1e-6)
    with np.errstate(invalid="ignore"):
        assert math.isnan(angle(0 * u[0, :], v[0, :]))
    a, b = np.random.default_rng(1).standard_normal((2, 7))
    expected = math.degrees(math.acos(a @ b / np.linalg.norm(a) / np.linalg.norm(b)))
    assert float(angle(asarray(a, like), asarray(b, like))) == pytest.approx(expected, rel=1e-12)


@backends
def test_angles_between_w_and_its_feedback(like):
    net = mlp(like)
    assert [float(a) for a in alignment_angles(net, own_weights(net))] == [0, 0]
    turned = [None if W is None else -2 * W for W in own_weights(net)]
    assert [float(a) for a in alignment_angles(net, turned)] == pytest.approx([180, 180])
    feedback = random_feedback(net, seed=5)
    for l, found in zip((2, 4), alignment_angles(net, feedback), strict=True):
        W, B = to_numpy(net.params[l][0]).ravel(), to_numpy(feedback[l]).ravel()
        cosine = W @ B / np.linalg.norm(W) / np.linalg.norm(B)
        assert float(found) == pytest.approx(math.degrees(math.acos(cosine)), rel=1e-12)
    wide = MLP([10, 300, 300], seed=0, dtype="float64")
    assert float(alignment_angles(wide, random_feedback(wide, 1))[0]) == pytest.approx(90, abs=1)


# ---------------------------------------------------------------- it learns


def test_random_feedback_teaches_a_network_whose_weights_turn_towards_it():
    draws = np.random.default_rng(0)
    x = draws.standard_normal((300, 10))
    y = np.tanh(x @ draws.standard_normal((10, 20))) @ draws.standard_normal((20, 5)) / 3
    net = MLP([10, 40, 5], seed=0, dtype="float64")
    feedback, loss = random_feedback(net, seed=1), MeanSquaredError()
    descent, values, angles = GradientDescent(net.theta, lr=0.05), [], []
    for _ in range(600):
        values.append(float(loss.value(net(x), y)))
        angles.append(float(alignment_angles(net, feedback)[0]))
        descent.step(alignment_gradient(net, feedback, loss, x, y))
    readout = MLP([10, 40, 5], seed=0, dtype="float64")
    nothing = random_feedback(readout, init="zeros")
    descent = GradientDescent(readout.theta, lr=0.05)
    for _ in range(600):
        descent.step(alignment_gradient(readout, nothing, loss, x, y))
    assert values[-1] < 0.75 * float(loss.value(readout(x), y)) < 0.25 * values[0]
    assert 80 < angles[0] < 100 and angles[-1] < 75
    g = alignment_gradient(net, feedback, loss, x, y)
    assert float(angle(g, net.gradient(loss, x, y))) < 80  # still downhill


# ---------------------------------------------------------------- bad input


@backends
def test_a_feedback_that_does_not_fit_refuses(like):
    net, x, y = mlp(like), asarray(X, like), asarray(Y, like)
    good, loss = random_feedback(net), MeanSquaredError()
    for call in (
        lambda f: alignment_gradient(net, f, loss, x, y),
        lambda f: alignment_angles(net, f),
    ):
        refuses(
            lambda call=call: call(good[1:]),
            "feedback: expected one entry for each of 5 layers, got 4",
        )
        refuses(
            lambda call=call: call([good[2], *good[1:]]),
            "feedback: expected None for layer 0, Linear(4, 6), got a matrix",
        )
        refuses(
            lambda call=call: call([None, good[2], *good[2:]]),
            f"feedback: expected None for layer 1, {net.layers[1]}, got a matrix",
        )
        small = [*good[:2], good[4], None, good[4]]
        message = (
            "feedback: expected a matrix for layer 2, Linear(6, 5), of shape (5, 6), got (3, 5)"
        )
        refuses(lambda call=call, small=small: call(small), message)
    want = describe(net.theta)
    for bad, got in (
        (None, "NoneType"),
        (to_numpy(good[4]).tolist(), "list"),
        (asarray(good[4], like, namespace(like).float32), want.replace("float64", "float32")),
    ):
        refuses(
            lambda bad=bad: alignment_angles(net, [*good[:4], bad]),
            f"feedback: expected a matrix for layer 4, Linear(5, 3), in {want}, got {got}",
            TypeError,
        )
    with pytest.raises(ValueError, match="init: expected one of zeros, .*got 'nonsense'"):
        random_feedback(net, init="nonsense")
    with pytest.raises(TypeError):
        alignment_gradient(net, good, loss, X.astype("float32"), y)


def test_the_last_layer_needs_no_softmax_of_its_own():
    net = MLP([4, 6, 3], seed=1, dtype="float64")
    labels = np.arange(9) % 3
    loss = SoftmaxCrossEntropy()
    g = alignment_gradient(net, own_weights(net), loss, X, labels)
    np.testing.assert_array_equal(g, net.gradient(loss, X, labels))
