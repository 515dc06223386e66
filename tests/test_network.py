import copy
import math
import pickle
import tracemalloc
import warnings
import weakref

import array_api_strict
import numpy as np
import pytest
import torch

from dlcore.activations import Identity, ReLU, Sigmoid, Tanh
from dlcore.backend import asarray, dtype_name, namespace, to_numpy
from dlcore.gradcheck import directional_error
from dlcore.images import Conv2d, Flatten, Unflatten
from dlcore.layers import Activation, Layer, Linear, Parameter
from dlcore.losses import (
    MeanSquaredError,
    PerceptronCriterion,
    SigmoidCrossEntropy,
    SoftmaxCrossEntropy,
)
from dlcore.network import MLP, Network
from dlcore.noise import Dropout
from dlcore.normalization import BatchNorm, GroupNorm, InstanceNorm
from dlcore.optimizers import Adam, GradientDescent, Momentum, Nesterov

from .reference import LIKE, backends, close, flat_grad, refuses, tensor, torch_mlp

rng = np.random.default_rng(1)
N, SIZES = 7, [4, 6, 5, 3]
X, Y = rng.standard_normal((N, 4)), rng.standard_normal((N, 3))
LABELS = rng.integers(0, 3, N)
BITS = rng.integers(0, 2, (N, 3)).astype(float)
F = torch.nn.functional
LOSSES = {
    "mse": (MeanSquaredError(), Y, lambda z, y: ((z - y) ** 2).sum() / 2 / N),
    "softmax": (SoftmaxCrossEntropy(), np.eye(3)[LABELS], F.cross_entropy),
    "sigmoid": (
        SigmoidCrossEntropy(),
        BITS,
        lambda z, y: F.binary_cross_entropy_with_logits(z, y, reduction="sum") / N,
    ),
    "perceptron": (PerceptronCriterion(), 2 * BITS - 1, lambda z, y: F.relu(-y * z).sum() / N),
}
ACTIVATIONS = {Tanh: torch.tanh, Sigmoid: torch.sigmoid, ReLU: torch.relu, Identity: lambda z: z}


def mlp(like, **options):
    options = {"seed": 3, "dtype": "float64", **options}
    return MLP(SIZES, **options).to(like)


@backends
@pytest.mark.parametrize("h", ACTIVATIONS)
@pytest.mark.parametrize("loss, y, theirs", LOSSES.values(), ids=LOSSES)
def test_gradient_is_that_of_torch_autograd(like, h, loss, y, theirs):
    net = mlp(like, activation=h())
    net.theta[...] = asarray(np.random.default_rng(5).standard_normal(net.n_parameters), like)
    g = net.gradient(loss, asarray(X, like), asarray(y, like))
    forward, parameters = torch_mlp(SIZES, ACTIVATIONS[h], to_numpy(net.theta))
    J = theirs(forward(tensor(X)), tensor(y))
    J.backward()
    np.testing.assert_allclose(to_numpy(g), flat_grad(parameters), **close)
    value = loss.value(net(asarray(X, like)), asarray(y, like))
    assert float(value) == pytest.approx(J.item(), rel=1e-12)


@backends
@pytest.mark.parametrize("loss, y, theirs", LOSSES.values(), ids=LOSSES)
def test_gradient_by_finite_differences(like, loss, y, theirs):
    net, x, y = mlp(like), asarray(X, like), asarray(y, like)
    error = directional_error(lambda: loss.value(net(x), y), net.theta, net.gradient(loss, x, y))
    assert error < 1e-7


@backends
def test_input_gradient(like):
    net, x, y, loss = mlp(like), asarray(X, like), asarray(Y, like), MeanSquaredError()
    y_hat, caches = net.forward(x, train=True)
    g = loss.grad(y_hat, y)
    for layer, p, cache in reversed(list(zip(net.layers, net.params, caches, strict=True))):
        g = layer.input_grad(p, cache, g)
    assert directional_error(lambda: loss.value(net(x), y), x, g) < 1e-8


def test_a_derivative_wrong_by_a_thousandth_is_caught():
    class Wrong(Tanh):
        def deriv(self, z, a):
            return 1.001 * (1 - a * a)

    net, loss = MLP(SIZES, Wrong(), seed=3, dtype="float64"), MeanSquaredError()
    g = net.gradient(loss, X, Y)
    assert directional_error(lambda: loss.value(net(X), Y), net.theta, g) > 1e-5


@backends
def test_one_vector_holds_every_parameter_weights_first(like):
    net = mlp(like)
    net.theta[...] = asarray(np.arange(float(net.n_parameters)), like)
    assert net.n_weights == 24 + 30 + 15 and net.n_parameters == net.n_weights + 6 + 5 + 3
    W, b = net.params[0]
    assert W.shape == (6, 4) and b.shape == (1, 6) and net.params[1] == ()
    assert float(W[0, 0]) == 0 and float(W[5, 3]) == 23 and float(b[0, 0]) == net.n_weights
    flat = net.flatten(net.params)
    np.testing.assert_array_equal(to_numpy(flat), to_numpy(net.theta))


@backends
def test_unflatten_takes_one_vector_or_several(like):
    net, stack = mlp(like), mlp(like, copies=2)
    P = net.n_parameters
    theta = asarray(np.arange(6.0 * P).reshape(3, 2, P), like)
    for one in (net, stack):
        for vectors, sizes in ((theta[0, 0], ()), (theta[0], (2,)), (theta, (3, 2))):
            views = one.unflatten(vectors)
            assert tuple(views[0][0].shape) == (*sizes, 6, 4) and views[1] == ()
            assert float(views[4][1].ravel()[-1]) == float(vectors.ravel()[-1])
    message = f"MLP({SIZES}, Tanh): expected θ of shape ({P},), got ({P - 1},)"
    refuses(lambda: net.unflatten(theta[0, 0, 1:]), message)


@backends
def test_theta_cannot_be_rebound(like):
    net = mlp(like)
    net.theta -= 0.5 * net.theta  # in place: fine
    with pytest.raises(AttributeError, match=r"net\.theta\[\.\.\.\] = values"):
        net.theta = 0.9 * net.theta
    with pytest.raises(TypeError, match="does not support item assignment"):
        net.params[0][0] = 0.9 * net.params[0][0]
    with pytest.raises(TypeError, match="does not support item assignment"):
        net.params[0] = net.params[0]


@backends
def test_gradient_at_another_theta_leaves_the_network_alone(like):
    net, x, y, loss = mlp(like), asarray(X, like), asarray(Y, like), MeanSquaredError()
    before = to_numpy(net.theta)
    there = net.gradient(loss, x, y, theta=0.5 * net.theta)
    assert np.array_equal(before, to_numpy(net.theta))
    net.theta *= 0.5
    np.testing.assert_allclose(to_numpy(net.gradient(loss, x, y)), to_numpy(there), rtol=1e-13)


def test_the_same_seed_is_the_same_network_everywhere():
    theta = [to_numpy(mlp(like).theta) for like in LIKE.values()]
    for other in theta[1:]:
        np.testing.assert_array_equal(theta[0], other)
    assert not np.array_equal(theta[0], MLP(SIZES, seed=4, dtype="float64").theta)
    np.testing.assert_array_equal(MLP(SIZES, seed=3).theta, theta[0].astype("float32"))


# --- stacks -------------------------------------------------------------------------------------

STACK_LOSSES = [(MeanSquaredError(), Y), (SigmoidCrossEntropy(), BITS)]


@backends
@pytest.mark.parametrize("E", [1, 3, N, 6, 4])  # E = N, E = a width, E = n_in: no broadcasting
@pytest.mark.parametrize("loss, y", STACK_LOSSES)
@pytest.mark.parametrize("own_data", [False, True])
def test_a_stack_is_its_networks_one_by_one(like, E, loss, y, own_data):
    stack = mlp(like, copies=E)
    x = np.stack([(e + 1) * X for e in range(E)]) if own_data else X
    targets = np.stack([np.roll(y, e, axis=0) for e in range(E)]) if own_data else y
    g = stack.gradient(loss, asarray(x, like), asarray(targets, like))
    out = stack(asarray(x, like))
    assert tuple(g.shape) == (E, stack.n_parameters) and tuple(out.shape) == (E, N, 3)
    for e in range(E):
        net = mlp(like, seed=3 + e)
        xe = asarray(x[e] if own_data else x, like)
        ye = asarray(targets[e] if own_data else targets, like)
        np.testing.assert_array_equal(to_numpy(net.theta), to_numpy(stack.theta[e]))
        np.testing.assert_allclose(to_numpy(out[e]), to_numpy(net(xe)), rtol=1e-12)
        np.testing.assert_allclose(
            to_numpy(g[e]), to_numpy(net.gradient(loss, xe, ye)), rtol=1e-10, atol=1e-14
        )


@backends
def test_one_copy_of_a_stack(like):
    stack = mlp(like, copies=3, seed=[5, 9, 5])
    net = stack[1]
    np.testing.assert_array_equal(to_numpy(net.theta), to_numpy(mlp(like, seed=9).theta))
    np.testing.assert_array_equal(to_numpy(stack.theta[0]), to_numpy(stack.theta[2]))
    net.theta[...] = 0.0
    assert (
        float(stack.theta[1, 0]) != 0.0 and net.copies is None and net(asarray(X, like)).ndim == 2
    )
    np.testing.assert_array_equal(to_numpy(stack[-3].theta), to_numpy(stack.theta[0]))
    for e in (3, -4):
        with pytest.raises(ValueError, match=f"an integer e from -3 to 2, got {e}"):
            stack[e]
    with pytest.raises(ValueError, match="expected a stack"):
        net[0]


@backends
@pytest.mark.parametrize("copies", [None, 3])
def test_copies_and_pickles_keep_their_views(like, copies):
    for duplicate in (copy.deepcopy, lambda n: pickle.loads(pickle.dumps(n))):
        net = mlp(like, copies=copies)
        twin = duplicate(net)
        twin.theta[...] = 0.0
        assert float(twin.params[0][0].ravel()[0]) == 0.0
        assert float(net.params[0][0].ravel()[0]) != 0.0


def test_a_pickle_holds_every_parameter_once():
    net = MLP([40, 50, 1])
    assert len(pickle.dumps(net)) < 1.5 * net.theta.nbytes


@backends
def test_to_is_a_new_network(like):
    net = mlp(like)
    for where in ("numpy", "torch", like):
        other = net.to(where, dtype="float32")
        assert str(other.theta.dtype).endswith("float32")
        other.theta[...] = 0.0
        assert float(other.params[0][0][0, 0]) == 0.0 and float(net.params[0][0][0, 0]) != 0.0
        assert type(net.to(where)) is MLP and net.to(where).sizes == SIZES


# --- the standard -------------------------------------------------------------------------------


@pytest.mark.parametrize("copies", [None, 3])
@pytest.mark.parametrize("h", ["tanh", "sigmoid", "relu", "identity", "step", "sign"])
@pytest.mark.parametrize("optimizer", [GradientDescent, Momentum, Nesterov, Adam])
def test_the_array_api_standard_is_enough(copies, h, optimizer):
    strict = array_api_strict.asarray(np.zeros(0))
    a = array_api_strict.asarray
    net, ref = (mlp(like, activation=h, copies=copies) for like in (strict, LIKE["numpy"]))
    ours, theirs = optimizer(net.theta), optimizer(ref.theta)
    for loss, y, _ in [*LOSSES.values(), (SoftmaxCrossEntropy(), LABELS, None)]:
        ours.step(net.gradient(loss, a(X), a(y)))
        theirs.step(ref.gradient(loss, X, y))
        np.testing.assert_allclose(
            np.asarray(loss.value(net(a(X)), a(y))), loss.value(ref(X), y), rtol=1e-12
        )
    np.testing.assert_allclose(np.asarray(net.theta), ref.theta, rtol=1e-12)


# --- what is refused ----------------------------------------------------------------------------


@backends
def test_bad_data(like):
    net = mlp(like)
    with pytest.raises(
        ValueError, match=r"Linear\(4, 6\): expected x of shape \(N, 4\), got \(7, 3\)"
    ):
        net(asarray(Y, like))
    with pytest.raises(ValueError, match=r"expected x of shape \(N, 4\), got \(4,\)"):
        net(asarray(X[0], like))
    words = (
        r"expected x in \w+ float64 on .*, got .*: net.convert\(x\) is x as the network wants it"
    )
    for x in (X.tolist(), X.astype("float32"), torch.tensor(X, dtype=torch.float32)):
        with pytest.raises(TypeError, match=words):
            net.forward(x)
    words = (
        "expected x in numpy float64 on cpu, got torch float64 on cpu: net.to\\('cpu'\\) is this"
    )
    with pytest.raises(TypeError, match=words):
        mlp(LIKE["numpy"])(torch.tensor(X))
    with pytest.raises(TypeError, match=r"got numpy float64 on cpu: net.to\('numpy'\) is this"):
        mlp(LIKE["torch"])(X)


@backends
def test_a_subclass_of_the_librarys_arrays_is_named(like):
    net, x = mlp(like), asarray(X, like)
    if isinstance(x, np.ndarray):
        given, name = x.view(np.memmap), "memmap"
    else:
        given, name = torch.nn.Parameter(x, requires_grad=False), "Parameter"
    for f in (net.forward, net.unflatten, lambda g: net.backward(g, net.forward(x)[1])):
        with pytest.raises(TypeError, match=rf"expected .* in (.*), got \1 \({name}\)"):
            f(given)


@backends
def test_a_single_network_takes_one_batch(like):
    x = asarray(np.ones((5, 7, 4)), like)
    net, pictures = mlp(like), Network(Conv2d(4, 2, 3), Flatten(2, 1, 1), dtype="float64").to(like)
    for f in (net, lambda x: net.gradient(MeanSquaredError(), x, x[..., :3])):
        with pytest.raises(ValueError, match=r"expected x of one batch, .*, got \(5, 7, 4\)"):
            f(x)
        with pytest.raises(ValueError, match=r"expected x of shape \(N, 4\), got \(1, 5, 7, 4\)"):
            f(x[None])
    with pytest.raises(ValueError, match=r"expected x of one batch, .*, got \(4, 3, 3\)"):
        pictures(asarray(np.ones((4, 3, 3)), like))
    assert pictures(asarray(np.ones((5, 4, 3, 3)), like)).shape == (5, 2)


@backends
def test_a_stack_takes_one_batch_or_one_for_each_copy(like):
    stack, x = mlp(like, copies=3), asarray(np.ones((2, 7, 4)), like)
    assert tuple(stack(x[0]).shape) == (3, 7, 3)
    who = f"MLP({SIZES}, Tanh, copies=3)"
    refuses(lambda: stack(x), f"{who}: expected x of 3 batches for its copies, got (2, 7, 4)")


def test_evaluation_keeps_no_cache():
    class Cache:
        pass

    class Watched(Layer):
        def forward(self, params, x, train=False, buffers=()):
            alive.append(sum(ref() is not None for ref in made))
            made.append(weakref.ref(cache := Cache()))
            return x + 1, cache

    alive, made = [], []
    net = Network(Linear(4, 3), Watched(), Watched(), Watched())
    x = np.ones((5, 4), "float32")
    y, caches = net.forward(x)
    assert alive == [0, 1, 2]
    alive[:], made[:] = [], []
    np.testing.assert_array_equal(net(x), y)
    assert alive == [0, 0, 0]


class Wasteful(Layer):
    """x, by way of a product ∞ · 0 that nobody uses."""

    def forward(self, params, x, train=False, buffers=()):
        np.full(1, np.inf, "float32") * np.zeros(1, "float32")
        return x, None

    def input_grad(self, params, cache, delta):
        np.full(1, np.inf, "float32") * np.zeros(1, "float32")
        return delta


def test_what_is_computed_and_thrown_away_is_no_warning():
    """Fast kernels compute with lanes that they do not fill; only the values count."""
    net = Network(Linear(4, 3), Wasteful())
    x = X.astype("float32")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        y, caches = net.forward(x)
        assert np.isfinite(y).all() and np.isfinite(net(x)).all()
        net.backward(y, caches)
        net.gradient(MeanSquaredError(), x, np.zeros_like(y))
    with pytest.warns(RuntimeWarning, match="invalid value"):  # as it is elsewhere
        np.full(1, np.inf, "float32") * np.zeros(1, "float32")


class Looking(Layer):
    """x; remembers how NumPy treats the flag "invalid" meanwhile."""

    def forward(self, params, x, train=False, buffers=()):
        self.seen = np.geterr()["invalid"]
        return x, None


@pytest.mark.parametrize(("where", "seen"), [("numpy", "ignore"), ("torch", "raise")])
def test_flags_are_left_alone_where_numpy_does_not_compute(where, seen):
    """torch.compile could not follow."""
    net = Network(Linear(4, 3), Looking()).to(where)
    with np.errstate(invalid="raise"):
        net(asarray(X.astype("float32"), net.theta))
    assert net.layers[1].seen == seen


def test_an_overflow_is_still_told():
    net = Network(Linear(4, 3))
    net.theta[...] = 1e38
    with pytest.warns(RuntimeWarning, match="overflow"):
        net(np.full((1, 4), 1e3, "float32"))


def test_bad_architectures():
    linear = Linear(2, 3)
    with pytest.raises(ValueError, match=r"every layer once, got Linear\(2, 3\) twice"):
        Network(linear, Activation("tanh"), linear)
    with pytest.raises(ValueError, match=r"4 features for Linear\(4, 1\), got 3 from"):
        Network(Linear(2, 3), Activation("tanh"), Linear(4, 1))
    with pytest.raises(ValueError, match="at least one layer"):
        Network()
    with pytest.raises(ValueError, match="a layer with parameters"):
        Network(Activation("tanh"))
    for layer in (BatchNorm(4, images=True), InstanceNorm(4), GroupNorm(2, 4)):
        with pytest.raises(ValueError, match="expected 4 features for .*Norm.*, got 3 from"):
            Network(Conv2d(1, 3, 3), layer)
    with pytest.raises(TypeError, match="expected layers, got 'tanh' at position 1"):
        Network(Linear(2, 3), "tanh")
    for sizes in ([2], 3, "ab"):
        with pytest.raises(ValueError, match="at least two sizes"):
            MLP(sizes)
    for n in (0, -1, 2.0, True):
        with pytest.raises(ValueError, match="Linear: expected an integer n_(in|out) ≥ 1, got"):
            MLP([2, n, 1])
    for copies in (0, -1, 2.5, True):
        with pytest.raises(ValueError, match="expected an integer copies ≥ 1, got"):
            MLP([2, 1], copies=copies)
    with pytest.raises(ValueError, match="expected 3 seeds for copies=3, got .1, 2."):
        MLP([2, 1], copies=3, seed=[1, 2])
    with pytest.raises(ValueError, match="expected one of identity"):
        MLP([2, 1], activation="swash")


def test_names_are_readable():
    assert repr(MLP([2, 3, 1], "relu", copies=5)) == "MLP([2, 3, 1], ReLU, copies=5)"
    assert (
        repr(Network(Linear(2, 3), Activation("tanh"))) == "Network(Linear(2, 3), Activation(Tanh))"
    )
    assert repr(MLP([2, 3, 1])) == "MLP([2, 3, 1], Tanh)"
    assert repr(Network(Linear(2, 3), copies=4)) == "Network(Linear(2, 3), copies=4)"
    assert MLP([2, 3, 1]).h == Tanh()
    net = MLP([np.int64(2), 3, np.array([0, 1]).max()])
    assert repr(net) == "MLP([2, 3, 1], Tanh)" and {type(n) for n in net.sizes} == {int}


def test_a_layer_of_ones_own():
    class Scale(Layer):
        """y = s x, with one learned factor for each feature that is not a weight."""

        def parameters(self):
            return [Parameter("s", (1, 4), is_weight=False)]

        def init(self, rng):
            return [np.full((1, 4), 2.0)]

        def forward(self, params, x, train=False, buffers=()):
            return x * params[0], x

        def param_grad(self, params, x, g):
            return [(g * x).sum(axis=-2, keepdims=True)]

    net = Network(Scale(), Linear(4, 3), dtype="float64")
    g, loss = net.gradient(MeanSquaredError(), X, Y), MeanSquaredError()
    assert net.n_weights == 12 and net.n_parameters == 12 + 3 + 4
    assert directional_error(lambda: loss.value(net(X), Y), net.theta, g) < 1e-8
    alone = Network(Scale())  # it takes any number of features
    assert alone.n_in is None and "(N, 4)" in alone.summary()


@backends
def test_the_backward_pass_with_other_parameters(like):
    net = Network(Linear(3, 4), Linear(4, 2), dtype="float64").to(like)
    x, g = asarray(np.ones((5, 3)), like), asarray(np.arange(10.0).reshape(5, 2), like)
    _, caches = net.forward(x, True)
    others = net.unflatten(3 * net.theta)
    W = others[1][0]
    expected = [[(g @ W).mT @ x, (g @ W).sum(0)[None, :]], [g.mT @ caches[1], g.sum(0)[None, :]]]
    got = net.backward(g, caches, others)
    np.testing.assert_allclose(to_numpy(got), to_numpy(net.flatten(expected)), rtol=1e-12)
    listed = net.backward(g, list(caches), others)  # caches that somebody has put together
    np.testing.assert_array_equal(to_numpy(listed), to_numpy(got))


# ---------------------------------------------------------------- what a reader reaches for first


@backends
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_call_converts_what_fit_converts(like, dtype):
    net = MLP([4, 3, 2], dtype=dtype).to(like, dtype)
    x = np.arange(12).reshape(3, 4)
    expected = to_numpy(net(asarray(x, net.theta)))
    xp = namespace(net.theta)
    for kind in (xp.float64, xp.float32, xp.int64, xp.int16, xp.uint8):
        data = xp.asarray(x, dtype=kind, device=net.theta.device)
        y = net(data)
        assert dtype_name(y) == dtype and data.dtype == kind
        np.testing.assert_array_equal(to_numpy(y), expected)
    truth = net(xp.asarray(x > 5, device=net.theta.device))
    np.testing.assert_array_equal(to_numpy(truth), to_numpy(net(asarray(1.0 * (x > 5), net.theta))))
    if isinstance(net.theta, np.ndarray):
        for data in (x.tolist(), x.astype(float).view(np.memmap)):
            np.testing.assert_array_equal(net(data), expected)


@backends
@pytest.mark.parametrize("copies", [None, 3])
def test_predict_is_the_call_in_pieces(like, copies):
    net = MLP([4, 3, 2], copies=copies).to(like)
    x = asarray(X, net.theta)
    np.testing.assert_allclose(to_numpy(net.predict(x, 2)), to_numpy(net(x)), rtol=1e-6)
    np.testing.assert_array_equal(to_numpy(net.predict(x)), to_numpy(net(x)))
    p = to_numpy(net.predict_proba(x, batch_size=3))
    np.testing.assert_allclose(p.sum(-1), 1.0, rtol=1e-6)
    z = to_numpy(net(x))
    np.testing.assert_allclose(p, np.exp(z) / np.exp(z).sum(-1, keepdims=True), rtol=1e-5)
    one = MLP([4, 1], copies=copies).to(like)
    np.testing.assert_allclose(
        to_numpy(one.predict_proba(x)), 1 / (1 + np.exp(-to_numpy(one(x)))), rtol=1e-5
    )
    pictures = Network(Conv2d(2, 1, 3), Flatten(1, 2, 2), copies=copies).to(like)
    images = asarray(np.random.default_rng(1).standard_normal((5, 2, 4, 4)), net.theta)
    np.testing.assert_array_equal(to_numpy(pictures.predict(images, 2)), to_numpy(pictures(images)))
    with pytest.raises(ValueError, match="expected an integer batch_size ≥ 1, got 0"):
        net.predict(x, 0)


def test_predict_works_in_pieces_of_bounded_size():
    net = MLP([20, 400, 1])
    x = np.ones((20_000, 20), "float32")
    net.predict(x[:10])
    tracemalloc.start()
    net.predict(x, batch_size=100)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (
        peak < 20 * 100 * 400 * 4
    )  # in one piece the hidden layer alone takes 200 times a piece's


@backends
def test_frozen_layers_do_not_learn_and_run_as_in_evaluation(like):
    def make():
        return Network(
            Linear(4, 5), BatchNorm(5), Activation("tanh"), Dropout(0.5), Linear(5, 3), seed=3
        ).to(like)

    net, free = make(), make()
    x, y, loss = asarray(X, net.theta), asarray(Y, net.theta), MeanSquaredError()
    net.freeze(0, 1, 3)
    before = to_numpy(net.theta)
    J, g = net.value_and_gradient(loss, x, y)
    np.testing.assert_array_equal(to_numpy(net.buffers[1][0]), 0.0)  # no new running statistics
    evaluated = net(x)
    assert float(J) == pytest.approx(float(loss.value(evaluated, y)), rel=1e-5)
    views = net.unflatten(g)
    for l, arrays in enumerate(views):
        for a in arrays:
            assert bool((a == 0).all()) == (l in (0, 1))
    caches = free.forward(x)[1]
    full = free.backward(loss.grad(free(x), y), caches)
    np.testing.assert_allclose(
        to_numpy(views[4][0]), to_numpy(free.unflatten(full)[4][0]), rtol=1e-5, atol=1e-7
    )
    np.testing.assert_array_equal(to_numpy(net.theta), before)
    frozen = sum(math.prod(p.shape) for l in net.frozen for p in net.params[l])
    assert frozen == 4 * 5 + 5 + 5 + 5
    twin = pickle.loads(pickle.dumps(net))
    assert twin.frozen == net.frozen == copy.deepcopy(net).frozen == net.to(like).frozen
    net.freeze()
    assert net.frozen == frozenset()
    for bad in (5, -1, "0", 1.0):
        with pytest.raises(ValueError, match="expected an integer l from 0 to 4"):
            net.freeze(bad)


def test_a_frozen_layer_in_the_middle_passes_the_gradient_on():
    net = MLP([4, 5, 5, 3], dtype="float64")
    full = net.unflatten(net.gradient(MeanSquaredError(), X, Y))
    net.freeze(2)
    part = net.unflatten(net.gradient(MeanSquaredError(), X, Y))
    for l in (0, 4):
        np.testing.assert_array_equal(part[l][0], full[l][0])
    assert not part[2][0].any() and full[2][0].any()


def test_the_gradient_goes_back_as_far_as_somebody_learns():
    class Watched(Linear):
        def input_grad(self, params, x, g):
            asked.append(self)
            return super().input_grad(params, x, g)

    asked = []
    net = Network(Activation("tanh"), Watched(4, 5), Watched(5, 3), dtype="float64")
    assert net.gradient(MeanSquaredError(), X, Y).all() and asked == [net.layers[2]]
    net.freeze(1)
    asked.clear()
    assert net.gradient(MeanSquaredError(), X, Y).any() and asked == []
    net.freeze(1, 2)
    assert not net.gradient(MeanSquaredError(), X, Y).any() and asked == []


def test_a_frozen_layer_keeps_its_statistics_whatever_the_caches_hold():
    net = Network(Linear(4, 5), BatchNorm(5), Linear(5, 3), dtype="float64")
    _, caches = net.forward(X, train=True)
    net.freeze(1)
    net.update_buffers(caches)
    assert not net.buffers[1][0].any()
    net.freeze()
    net.update_buffers(caches)
    assert net.buffers[1][0].all()


def test_summary_has_shapes_and_counts():
    net = Network(
        Unflatten(1, 4, 4), Conv2d(1, 3, 3), Activation("relu"), Flatten(3, 2, 2), Linear(12, 5)
    )
    text = net.summary()
    assert "(N, 1, 4, 4)" in text and "(N, 3, 2, 2)" in text and "(N, 12)" in text
    assert "30: W (3, 1, 3, 3), b (1, 3)" in text and "65: W (5, 12), b (1, 5)" in text
    assert text.endswith("\n95 parameters")
    net.freeze(1)
    text = net.summary()
    assert "b (1, 3), frozen" in text and text.count("frozen") == 1 and text.count(": ") == 2
    stack = MLP([2, 3, 1], copies=4).summary()
    assert "(N, 3)" in stack and stack.endswith("13 parameters in each of 4 networks")


def test_a_stack_is_iterated_over():
    stack = MLP([2, 3, 1], copies=3)
    for e, net in enumerate(stack):
        np.testing.assert_array_equal(net.theta, stack.theta[e])
    assert e == 2
    with pytest.raises(ValueError, match="expected a stack"):
        next(iter(stack[0]))


def test_a_summary_is_made_in_evaluation():
    summary = Network(Linear(3, 4), BatchNorm(4), Dropout(0.5), Linear(4, 2)).summary()
    assert "8: gamma (1, 4), beta (1, 4)" in summary  # of one sample BatchNorm could not learn


def test_the_gradient_at_the_value():
    net, loss = mlp(LIKE["numpy"]), MeanSquaredError()
    J, g = net.value_and_gradient(loss, X, Y)
    assert J == loss.value(net(X), Y)
    np.testing.assert_array_equal(g, net.gradient(loss, X, Y))
    assert net.value_and_gradient(loss, X, Y, value=False)[0] is None


@backends
def test_a_gradient_counts_the_weights_of_the_samples(like):
    net, loss, X1, Y1 = mlp(like), MeanSquaredError(), asarray(X, like), asarray(Y, like)
    weights = asarray(np.linspace(0, 1, len(X)), like)
    _, expected = net.value_and_gradient(loss, X1, Y1, weights=weights)
    found = to_numpy(net.gradient(loss, X1, Y1, weights=weights))
    np.testing.assert_array_equal(found, to_numpy(expected))
    assert np.abs(found - to_numpy(net.gradient(loss, X1, Y1))).max() > 1e-3


def test_a_layer_with_a_gradient_of_a_wrong_shape_is_named():
    class Wrong(Linear):
        def param_grad(self, params, x, delta):
            return [delta.mT @ x, delta.sum(0)]

    net = Network(Wrong(4, 3), dtype="float64")
    with pytest.raises(
        ValueError, match=r"expected an array for Wrong.* of shape \(1, 3\), got \(3,\)"
    ):
        net.gradient(MeanSquaredError(), X, Y)
