"""Recurrent layers: torch's values and derivatives, differences, stacks, the equation by hand."""

import array_api_strict
import numpy as np
import pytest
import torch

from dlcore.backend import asarray, to_numpy
from dlcore.gradcheck import directional_error
from dlcore.images import Unflatten
from dlcore.initializers import LeCun, Orthogonal
from dlcore.layers import Linear
from dlcore.losses import MeanSquaredError
from dlcore.network import Network
from dlcore.optimizers import Adam
from dlcore.recurrent import Last, Recurrent
from dlcore.training import fit

from .reference import LIKE, backends, close
from .test_images import check_against_torch, check_input_gradient, parameters

STRICT = array_api_strict.asarray(np.zeros(0))
everywhere = pytest.mark.parametrize(
    "like", [*LIKE.values(), STRICT], ids=[*LIKE, "array-api-strict"]
)
rng = np.random.default_rng(0)
N, D, M, T = 3, 2, 4, 5  # all different
X = rng.standard_normal((N, D, 1, T))
CASES = {
    "five steps": X,
    "one step": X[..., :1],
    "one sample": X[:1],
    "60 steps": rng.standard_normal((2, D, 1, 60)),
    "0 and ±1e3": 1e3 * np.sign(X) * (abs(X) > 0.5),
}
each = pytest.mark.parametrize("x", CASES.values(), ids=CASES)


def rnn(x, W, U, b):
    """torch's RNN on (N, n, 1, T), without its second bias."""
    module = torch.nn.RNN(W.shape[1], W.shape[0], batch_first=True).double()
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    state = dict(zip(names, (W, U, b[0], 0 * b[0].detach()), strict=True))
    h, _ = torch.func.functional_call(module, state, (x[:, :, 0].mT,))
    return h.mT[:, :, None]


@everywhere
@each
def test_it_is_torchs(like, x):
    layer = Recurrent(D, M)
    check_against_torch(layer, like, parameters(layer, like), x, rnn)


@everywhere
@each
def test_the_last_step_is_torchs(like, x):
    check_against_torch(Last(), like, [], x, lambda x: x[:, :, 0, -1])


def test_the_equation_written_out():
    W, U, b = parameters(Recurrent(D, M), LIKE["numpy"])
    y, _ = Recurrent(D, M).forward([W, U, b], X)
    assert y.shape == (N, M, 1, T)
    for n in range(N):
        h = np.zeros(M)
        for t in range(T):
            h = np.tanh(W @ X[n, :, 0, t] + U @ h + b[0])
            np.testing.assert_allclose(y[n, :, 0, t], h, rtol=1e-12)


def test_the_gradient_through_time_written_out():
    """∂h_T/∂h_s is the product of diag(1 − hₜ²) U over the steps between."""
    W, U, b = params = parameters(Recurrent(D, M), LIKE["numpy"])
    layer, x = Recurrent(D, M), X[:1]
    y, cache = layer.forward(params, x)
    g = np.zeros_like(y)
    g[0, :, 0, -1] = [1.0, -2.0, 0.5, 3.0]
    back = g[0, :, 0, -1]
    for t in reversed(range(T)):
        delta = (1 - y[0, :, 0, t] ** 2) * back
        np.testing.assert_allclose(layer.delta(params, cache, g)[0, t], delta, rtol=1e-12)
        np.testing.assert_allclose(
            layer.input_grad(params, cache, g)[0, :, 0, t], W.T @ delta, rtol=1e-11
        )
        back = U.T @ delta


def test_the_first_step_has_no_step_before():
    params = parameters(Recurrent(D, M), LIKE["numpy"])
    _, cache = Recurrent(D, M).forward(params, X[..., :1])
    dW, dU, _ = Recurrent(D, M).param_grad(params, cache, np.ones((N, M, 1, 1)))
    assert dW.any() and not dU.any()


def test_all_but_the_last_step_get_nothing():
    y, cache = Last().forward([], X)
    np.testing.assert_array_equal(y, X[:, :, 0, 4])
    g = Last().input_grad([], cache, 2 * y)
    assert g.shape == X.shape and not g[..., :4].any()
    np.testing.assert_array_equal(g[:, :, 0, 4], 2 * y)


@everywhere
@pytest.mark.parametrize("layer", [Recurrent(D, M), Last()], ids=repr)
def test_input_gradient_by_finite_differences(like, layer):
    check_input_gradient(layer, like, X)


# --- stacks -------------------------------------------------------------------------------------


def check_stack(layer, like, E, shared, X):
    """Every derivative of a stacked layer is that of its networks one by one."""
    params = parameters(layer, like, (E,))
    x = asarray(X if shared else np.stack([(e + 1) * X for e in range(E)]), like)
    z, cache = layer.forward(params, x)
    own = params != [] or not shared
    g = np.random.default_rng(5).standard_normal((E, *z.shape[own:]))
    g = asarray(g, like)
    grads = [layer.input_grad(params, cache, g), *layer.param_grad(params, cache, g)]
    assert tuple(grads[0].shape) == (E, *X.shape)
    assert [a.shape for a in grads[1:]] == [p.shape for p in params]
    for e in range(E):
        one = [p[e, ...] for p in params]
        z1, cache1 = layer.forward(one, x if shared else x[e, ...])
        ours = [z[e, ...] if own else z, *(a[e, ...] for a in grads)]
        ge = g[e, ...]
        theirs = [z1, layer.input_grad(one, cache1, ge), *layer.param_grad(one, cache1, ge)]
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(to_numpy(a), to_numpy(b), **close)


@everywhere
@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("E", [1, N, M, T])  # as many as samples, features, steps
@pytest.mark.parametrize("layer", [Recurrent(D, M), Last()], ids=repr)
def test_every_derivative_of_a_stacked_layer(like, layer, E, shared):
    check_stack(layer, like, E, shared, X)


# --- in a network -------------------------------------------------------------------------------


def network(**options):
    options = {"dtype": "float64", "seed": 3, **options}
    return Network(Recurrent(D, 3), Recurrent(3, M), Last(), Linear(M, 2), **options)


Y = rng.standard_normal((N, 2))


@backends
def test_gradient_of_a_network_by_finite_differences(like):
    net, x, y, loss = network().to(like), asarray(X, like), asarray(Y, like), MeanSquaredError()
    g = net.gradient(loss, x, y)
    assert directional_error(lambda: loss.value(net(x), y), net.theta, g) < 1e-7
    assert net.n_weights == 6 + 9 + 12 + 16 + 8 and net.n_parameters == net.n_weights + 3 + M + 2


@backends
@pytest.mark.parametrize("own_data", [False, True])
def test_a_stack_is_its_networks_one_by_one(like, own_data):
    stack, loss = network(copies=N).to(like), MeanSquaredError()
    x = np.stack([(e + 1) * X for e in range(N)]) if own_data else X
    y = asarray(Y, like)
    out, g = stack(asarray(x, like)), stack.gradient(loss, asarray(x, like), y)
    for e in range(N):
        net, xe = network(seed=3 + e).to(like), asarray(x[e] if own_data else x, like)
        np.testing.assert_array_equal(to_numpy(net.theta), to_numpy(stack.theta[e]))
        np.testing.assert_allclose(to_numpy(out[e]), to_numpy(net(xe)), **close)
        np.testing.assert_allclose(to_numpy(g[e]), to_numpy(net.gradient(loss, xe, y)), **close)


@pytest.mark.parametrize("copies", [None, 2])
def test_the_array_api_standard_is_enough(copies):
    net, ref, loss = network(copies=copies).to(STRICT), network(copies=copies), MeanSquaredError()
    ours, theirs, a = Adam(net.theta), Adam(ref.theta), array_api_strict.asarray
    for _ in range(3):
        ours.step(net.gradient(loss, a(X), a(Y)))
        theirs.step(ref.gradient(loss, X, Y))
    np.testing.assert_allclose(np.asarray(net.theta), ref.theta, rtol=1e-10)


@pytest.mark.parametrize("copies", [None, 2])
def test_what_is_predicted_piece_by_piece_may_be_sequences(copies):
    net = Network(Recurrent(D, M), copies=copies, dtype="float64")
    for size in (1, 2, 3):
        np.testing.assert_allclose(net.predict(X, size), net(X), rtol=1e-12)


def test_a_network_learns_to_remember_the_first_step():
    draw = np.random.default_rng(0)
    x = draw.standard_normal((64, 8))
    first = np.sign(x[:, :1])
    net = Network(Unflatten(1, 1, 8), Recurrent(1, 8), Last(), Linear(8, 1))
    history = fit(
        net, MeanSquaredError(), Adam(net.theta, lr=0.01), x, first, epochs=80, progress=False
    )
    assert history.loss[-1] < 0.1 < 0.4 < history.loss[0]


# --- settings and what is refused ---------------------------------------------------------------


def test_where_learning_starts():
    W, U, b = Recurrent(40, 50).init(np.random.default_rng(0))
    assert W.shape == (50, 40) and W.var() == pytest.approx(1 / 40, rel=0.1)
    np.testing.assert_allclose(U @ U.T, np.eye(50), atol=1e-12)
    assert b.shape == (1, 50) and not b.any()


def test_the_initializers_are_called_with_the_sizes():
    calls = []

    def counting(rng, n_out, n_in):
        calls.append((rng, n_out, n_in))
        return np.full((n_out, n_in), float(len(calls)))

    W, U, _ = Recurrent(2, 3, init=counting, init_recurrent=counting).init("a generator")
    assert calls == [("a generator", 3, 2), ("a generator", 3, 3)]
    assert (W == 1).all() and (U == 2).all()


def test_defaults_and_names():
    layer = Recurrent(2, 3)
    assert isinstance(layer.initializer, LeCun) and isinstance(layer.recurrent, Orthogonal)
    assert [(p.name, p.shape, p.is_weight) for p in layer.parameters()] == [
        ("W", (3, 2), True),
        ("U", (3, 3), True),
        ("b", (1, 3), False),
    ]
    assert (layer.n_in, layer.n_out) == (2, 3) and Recurrent(1, 1).n_in == 1
    assert (Last().n_in, Last().n_out, Last().parameters()) == (None, None, [])
    assert [repr(layer), repr(Last())] == ["Recurrent(2, 3)", "Last()"]


@everywhere
@pytest.mark.parametrize(
    "layer, shape, message",
    [
        (Recurrent(2, 3), (5, 4, 1, 6), "Recurrent(2, 3): expected x of shape (N, 2, 1, T ≥ 1)"),
        (Recurrent(2, 3), (5, 2, 2, 6), "Recurrent(2, 3): expected x of shape (N, 2, 1, T ≥ 1)"),
        (Recurrent(2, 3), (5, 2, 1, 0), "Recurrent(2, 3): expected x of shape (N, 2, 1, T ≥ 1)"),
        (Recurrent(2, 3), (2, 1, 6), "Recurrent(2, 3): expected x of shape (N, 2, 1, T ≥ 1)"),
        (Recurrent(2, 3), (5, 2), "Recurrent(2, 3): expected x of shape (N, 2, 1, T ≥ 1)"),
        (Recurrent(2, 3), (1, 1, 5, 2, 1, 6), "Recurrent(2, 3): expected x of shape (N, 2, 1, "),
        (Recurrent(2, 3), (4, 5, 3, 1, 6), "Recurrent(2, 3): expected x of shape (N, 2, 1, T ≥ 1)"),
        (Last(), (5, 2, 3, 6), "Last(): expected x of shape (N, n, 1, T ≥ 1)"),
        (Last(), (5, 2, 1, 0), "Last(): expected x of shape (N, n, 1, T ≥ 1)"),
        (Last(), (5, 6), "Last(): expected x of shape (N, n, 1, T ≥ 1)"),
    ],
    ids=str,
)
def test_bad_sequences(like, layer, shape, message):
    with pytest.raises(ValueError) as caught:
        layer.forward(parameters(layer, like), asarray(np.zeros(shape), like))
    assert str(caught.value).startswith(message) and str(caught.value).endswith(f", got {shape}")


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: Recurrent(0, 3), "Recurrent: expected an integer n_in ≥ 1, got 0"),
        (lambda: Recurrent(2, 0), "Recurrent: expected an integer n_out ≥ 1, got 0"),
        (
            lambda: Network(Linear(2, 3), Recurrent(2, 3)),
            "Network: expected 2 features for Recurrent(2, 3), got 3 from the layer before",
        ),
        (
            lambda: Network(Recurrent(2, 3), Last(), Linear(2, 1)),
            "Network: expected 2 features for Linear(2, 1), got 3 from the layer before",
        ),
    ],
)
def test_bad_layers(make, message):
    with pytest.raises(ValueError) as caught:
        make()
    assert str(caught.value) == message
