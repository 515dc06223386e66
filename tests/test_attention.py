"""Attention: torch's values and derivatives, differences, stacks, what a causal one sees."""

import array_api_strict
import numpy as np
import pytest
import torch
import torch.nn.functional as F

from dlcore.attention import Attention, attend, attend_grad
from dlcore.backend import asarray, to_numpy
from dlcore.gradcheck import directional_error
from dlcore.initializers import Glorot
from dlcore.layers import Linear
from dlcore.losses import MeanSquaredError
from dlcore.network import Network
from dlcore.optimizers import Adam
from dlcore.recurrent import Last

from .reference import LIKE, backends, close, refuses
from .test_images import backward_by_torch, check_against_torch, check_input_gradient, parameters
from .test_recurrent import check_stack

STRICT = array_api_strict.asarray(np.zeros(0))
everywhere = pytest.mark.parametrize(
    "like", [*LIKE.values(), STRICT], ids=[*LIKE, "array-api-strict"]
)
causes = pytest.mark.parametrize("causal", [False, True])
rng = np.random.default_rng(0)
Q, K, V = (rng.standard_normal((3, 2, *s)) for s in ((5, 4), (6, 4), (6, 7)))
QUERIES = {
    "batches": (Q, K, V),
    "one matrix": (Q[0, 0], K[0, 0], V[0, 0]),
    "one key": (Q, K[..., :1, :], V[..., :1, :]),
    "one query": (Q[..., :1, :], K, V),
    "one feature": (Q[..., :1], K[..., :1], V[..., :1]),
    "fewer keys": (K, Q, V[..., :5, :]),
    "0 and ±1e3": (1e3 * np.sign(Q) * (abs(Q) > 0.5), K, V),
}
each = pytest.mark.parametrize("arrays", QUERIES.values(), ids=QUERIES)
N, n, T = 3, 4, 5
X = rng.standard_normal((N, n, 1, T))
LAYERS = {
    "one head": (Attention(n), X),
    "two heads": (Attention(n, 2), X),
    "four heads, causal": (Attention(n, 4, causal=True), X),
    "causal": (Attention(n, causal=True), X),
    "one step": (Attention(n, 2, causal=True), X[..., :1]),
    "one sample, ±3": (Attention(n, 2), 3.0 * np.sign(X[:1])),
}
layers = pytest.mark.parametrize("layer, x", LAYERS.values(), ids=LAYERS)


def of_torch(layer):
    """torch's MultiheadAttention on (N, n, 1, T), without biases."""

    def theirs(x, Wq, Wk, Wv, Wo):
        module = torch.nn.MultiheadAttention(n, layer.heads, bias=False, batch_first=True).double()
        state = {"in_proj_weight": torch.cat([Wq, Wk, Wv]), "out_proj.weight": Wo}
        x = x[:, :, 0].mT
        T = x.shape[1]
        mask = torch.ones(T, T).triu(1).bool() if layer.causal else None
        y, _ = torch.func.functional_call(
            module, state, (x, x, x), dict(attn_mask=mask, need_weights=False)
        )
        return y.mT[:, :, None]

    return theirs


# --- the function -------------------------------------------------------------------------------


@everywhere
@each
@causes
def test_it_is_torchs(like, arrays, causal):
    y, g, grads = backward_by_torch(
        lambda *a: F.scaled_dot_product_attention(*a, is_causal=causal), *arrays
    )
    ours = [asarray(a, like) for a in arrays]
    Y, A = attend(*ours, causal)
    np.testing.assert_allclose(to_numpy(Y), y, **close)
    np.testing.assert_allclose(to_numpy(A).sum(-1), 1, **close)
    for a, b in zip(attend_grad(*ours, A, asarray(g, like)), grads, strict=True):
        assert a.shape == b.shape and a.dtype == like.dtype
        np.testing.assert_allclose(to_numpy(a), b, **close)
    for a, b in zip(ours, arrays, strict=True):
        np.testing.assert_array_equal(to_numpy(a), b)


@backends
@each
@causes
def test_derivatives_by_finite_differences(like, arrays, causal):
    arrays = [asarray(0.1 * a if abs(a).max() > 100 else a, like) for a in arrays]
    Y, A = attend(*arrays, causal)
    g = np.random.default_rng(1).standard_normal(Y.shape)
    exact = attend_grad(*arrays, A, asarray(g, like))
    for a, grad in zip(arrays, exact, strict=True):
        error = directional_error(lambda: np.sum(g * to_numpy(attend(*arrays, causal)[0])), a, grad)
        # Where A is 0 or 1 to the last digit nothing moves, neither here nor there.
        assert error < 1e-6 or abs(to_numpy(grad)).max() < 1e-12


@causes
def test_the_equation_written_out(causal):
    Y, A = attend(Q, K, V, causal)
    for i, j, t in np.ndindex(3, 2, 5):
        seen = t + 1 if causal else 6
        e = np.exp(K[i, j, :seen] @ Q[i, j, t] / 2.0)  # √d = 2
        np.testing.assert_allclose(A[i, j, t, :seen], e / e.sum(), rtol=1e-12)
        assert not A[i, j, t, seen:].any()
        np.testing.assert_allclose(Y[i, j, t], e @ V[i, j, :seen] / e.sum(), rtol=1e-11)


def test_it_sees_all_unless_it_is_told():
    np.testing.assert_array_equal(attend(Q, K, V)[0], attend(Q, K, V, False)[0])
    assert attend(Q, K, V)[1].all()


def test_equal_keys_give_the_mean_of_the_values():
    Y, A = attend(Q, 0 * K, V)
    np.testing.assert_allclose(A, 1 / 6, rtol=1e-15)
    np.testing.assert_allclose(Y, np.broadcast_to(V.mean(-2, keepdims=True), Y.shape), rtol=1e-12)


@pytest.mark.parametrize(
    "call, error, message",
    [
        (
            lambda: attend(Q, K[..., :3], V),
            ValueError,
            "attend: expected K of shape (3, 2, S ≥ 1, 4), got (3, 2, 6, 3)",
        ),
        (
            lambda: attend(Q, K[:, :, :0], V[:, :, :0]),
            ValueError,
            "attend: expected K of shape (3, 2, S ≥ 1, 4), got (3, 2, 0, 4)",
        ),
        (
            lambda: attend(Q, K, V[:, :, :5]),
            ValueError,
            "attend: expected V of shape (3, 2, 6, m), got (3, 2, 5, 7)",
        ),
        (
            lambda: attend(Q, K[:1], V),
            ValueError,
            "attend: expected K of shape (3, 2, S ≥ 1, 4), got (1, 2, 6, 4)",
        ),
        (
            lambda: attend(Q[0, 0, 0], K, V),
            ValueError,
            "attend: expected Q of shape (…, T, d ≥ 1), got (4,)",
        ),
        (
            lambda: attend(Q[..., :0], K[..., :0], V),
            ValueError,
            "attend: expected Q of shape (…, T, d ≥ 1), got (3, 2, 5, 0)",
        ),
        (
            lambda: attend(Q, K.astype("float32"), V),
            TypeError,
            "attend: expected K in numpy float64 on cpu, got numpy float32 on cpu",
        ),
        (
            lambda: attend(Q, K, V.astype("float32")),
            TypeError,
            "attend: expected V in numpy float64 on cpu, got numpy float32 on cpu",
        ),
        (
            lambda: attend(None, K, V),
            TypeError,
            "attend: expected Q a floating-point array, got NoneType",
        ),
        (
            lambda: attend_grad(Q, K, V, None, np.ones((3, 2, 5, 7))),
            TypeError,
            "attend_grad: expected A in numpy float64 on cpu, got NoneType",
        ),
        (
            lambda: attend_grad(Q, K, V, np.ones((3, 2, 5, 6)), None),
            TypeError,
            "attend_grad: expected g in numpy float64 on cpu, got NoneType",
        ),
        (lambda: attend(Q, K, V, 1), TypeError, "attend: expected causal True or False, got 1"),
        (
            lambda: attend_grad(Q, K, V, np.ones((3, 2, 5, 5)), np.ones((3, 2, 5, 7))),
            ValueError,
            "attend_grad: expected A of shape (3, 2, 5, 6), got (3, 2, 5, 5)",
        ),
        (
            lambda: attend_grad(Q, K, V, np.ones((3, 2, 5, 6)), np.ones((3, 2, 5, 6))),
            ValueError,
            "attend_grad: expected g of shape (3, 2, 5, 7), got (3, 2, 5, 6)",
        ),
        (
            lambda: attend_grad(Q, K[0], V, np.ones((3, 2, 5, 6)), np.ones((3, 2, 5, 7))),
            ValueError,
            "attend_grad: expected K of shape (3, 2, S ≥ 1, 4), got (2, 6, 4)",
        ),
    ],
)
def test_what_does_not_fit_is_named(call, error, message):
    refuses(call, message, error)


# --- the layer ----------------------------------------------------------------------------------


@everywhere
@layers
def test_the_layer_is_torchs(like, layer, x):
    check_against_torch(layer, like, parameters(layer, like), x, of_torch(layer))


@everywhere
@pytest.mark.parametrize("layer", [Attention(n, 2), Attention(n, 2, causal=True)], ids=repr)
def test_input_gradient_by_finite_differences(like, layer):
    check_input_gradient(layer, like, X, 1e-6)


@everywhere
@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("E", [1, 2, N, T])  # as many as heads, samples, steps
@pytest.mark.parametrize("layer", [Attention(n, 2), Attention(n, 2, causal=True)], ids=repr)
def test_every_derivative_of_a_stacked_layer(like, layer, E, shared):
    check_stack(layer, like, E, shared, X)


@everywhere
def test_a_causal_layer_sees_no_later_step(like):
    layer = Attention(n, 2, causal=True)
    params, changed = parameters(layer, like), X.copy()
    changed[..., 3:] += 1.0
    (y, cache), (other, _) = (layer.forward(params, asarray(x, like)) for x in (X, changed))
    y, other, A = to_numpy(y), to_numpy(other), to_numpy(layer.weights(cache))
    np.testing.assert_allclose(y[..., :3], other[..., :3], rtol=1e-13)
    assert abs(y - other)[..., 3:].min() > 1e-6
    assert A.shape == (N, 2, T, T) and not np.triu(A, 1).any() and (A[:, :, 0, 0] == 1).all()


def test_without_positions_the_order_does_not_matter():
    layer = Attention(n, 2)
    params = parameters(layer, LIKE["numpy"])
    order = [3, 0, 4, 1, 2]
    y = layer.forward(params, X)[0]
    np.testing.assert_allclose(
        layer.forward(params, X[..., order])[0], y[..., order], rtol=1e-10, atol=1e-13
    )


def test_each_head_has_its_own_features():
    layer = Attention(n, 2)
    Wq, Wk, Wv, _ = parameters(layer, LIKE["numpy"])
    _, cache = layer.forward([Wq, Wk, Wv, np.eye(n)], X)
    x = np.swapaxes(X[:, :, 0], 1, 2)
    for head, part in ((0, slice(0, 2)), (1, slice(2, 4))):
        Y, A = attend(*(x @ W[part].T for W in (Wq, Wk, Wv)))
        np.testing.assert_allclose(layer.weights(cache)[:, head], A, rtol=1e-12)
        y = layer.forward([Wq, Wk, Wv, np.eye(n)], X)[0][:, part, 0]
        np.testing.assert_allclose(np.swapaxes(y, 1, 2), Y, rtol=1e-11)


def network(**options):
    options = {"dtype": "float64", "seed": 3, **options}
    return Network(Attention(n, 2, causal=True), Attention(n), Last(), Linear(n, 2), **options)


Y = rng.standard_normal((N, 2))


@backends
def test_gradient_of_a_network_by_finite_differences(like):
    net, x, y, loss = network().to(like), asarray(X, like), asarray(Y, like), MeanSquaredError()
    g = net.gradient(loss, x, y)
    assert directional_error(lambda: loss.value(net(x), y), net.theta, g) < 1e-7
    assert net.n_weights == 8 * n * n + 2 * n and net.n_parameters == net.n_weights + 2


@pytest.mark.parametrize("copies", [None, 2])
def test_the_array_api_standard_is_enough(copies):
    net, ref, loss = network(copies=copies).to(STRICT), network(copies=copies), MeanSquaredError()
    ours, theirs, a = Adam(net.theta), Adam(ref.theta), array_api_strict.asarray
    for _ in range(3):
        ours.step(net.gradient(loss, a(X), a(Y)))
        theirs.step(ref.gradient(loss, X, Y))
    np.testing.assert_allclose(np.asarray(net.theta), ref.theta, rtol=1e-10)


# --- settings and what is refused ---------------------------------------------------------------


def test_where_learning_starts():
    init = Attention(50).init(np.random.default_rng(0))
    assert [W.shape for W in init] == 4 * [(50, 50)]
    for W in init:
        assert W.var() == pytest.approx(1 / 50, rel=0.1)
    assert not np.array_equal(init[0], init[1])
    calls = []

    def counting(*given):
        calls.append(given)
        return np.full((3, 3), float(len(calls)))

    assert [W[0, 0] for W in Attention(3, init=counting).init("rng")] == [1, 2, 3, 4]
    assert calls == 4 * [("rng", 3, 3)]


def test_defaults_and_names():
    layer = Attention(6, 3)
    assert (layer.n_in, layer.n_out, layer.heads, layer.causal) == (6, 6, 3, False)
    assert isinstance(layer.initializer, Glorot) and Attention(6).heads == 1
    assert [(p.name, p.shape, p.is_weight) for p in layer.parameters()] == [
        (name, (6, 6), True) for name in ("Wq", "Wk", "Wv", "Wo")
    ]
    assert repr(Attention(6, 3, causal=True)) == "Attention(6, 3, True)"


@everywhere
@pytest.mark.parametrize("shape", [(3, 5, 1, 6), (3, 4, 2, 6), (3, 4, 1, 0), (4, 1, 6), (3, 4)])
def test_bad_sequences(like, shape):
    layer = Attention(4, 2)
    x, wanted = asarray(np.zeros(shape), like), "(N, 4, 1, T ≥ 1)"
    refuses(
        lambda: layer.forward(parameters(layer, like), x),
        f"Attention(4, 2, False): expected x of shape {wanted}, got {shape}",
    )


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: Attention(0), "Attention: expected an integer n ≥ 1, got 0"),
        (lambda: Attention(4, 0), "Attention: expected an integer heads ≥ 1, got 0"),
        (lambda: Attention(4, 3), "Attention: expected heads that divide 4 features, got 3"),
    ],
)
def test_bad_layers(make, message):
    refuses(make, message)
