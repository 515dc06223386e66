"""Embeddings and positions: torch's values and derivatives, sums of equal tokens, stacks, text."""

import array_api_strict
import numpy as np
import pytest
import torch
import torch.nn.functional as F

from dlcore.attention import Attention
from dlcore.backend import asarray, namespace, to_numpy
from dlcore.embedding import Embedding, Positions
from dlcore.gradcheck import directional_error
from dlcore.images import Flatten
from dlcore.layers import Activation, Linear
from dlcore.losses import SoftmaxCrossEntropy
from dlcore.network import Network
from dlcore.optimizers import Adam
from dlcore.recurrent import Last, Recurrent
from dlcore.training import fit

from .reference import LIKE, backends, close, refuses
from .test_images import backward_by_torch, check_against_torch, parameters
from .test_recurrent import check_stack

STRICT = array_api_strict.asarray(np.zeros(0))
everywhere = pytest.mark.parametrize(
    "like", [*LIKE.values(), STRICT], ids=[*LIKE, "array-api-strict"]
)
rng = np.random.default_rng(0)
N, K, n, T = 3, 6, 2, 5
TOKENS = rng.integers(0, K, (N, T))
TOKENS[0, :2], TOKENS[2, 3:] = 0, K - 1  # the first and the last row of W, twice
X = rng.standard_normal((N, n, 1, T))
TEXTS = {"rows": TOKENS, "one token": TOKENS[:1, :1], "all the same": 0 * TOKENS + K - 1}
texts = pytest.mark.parametrize("tokens", TEXTS.values(), ids=TEXTS)
PLACES = {
    "learned": Positions(n, T),
    "learned, longer": Positions(n, T + 2),
    "sinusoidal": Positions(n, T, "sinusoidal"),
    "sinusoidal, longer": Positions(n, T + 2, "sinusoidal"),
}
places = pytest.mark.parametrize("layer", PLACES.values(), ids=PLACES)


def vectors(tokens, W):
    """torch's rows of W on (N, T), as (N, n, 1, T)."""
    return F.embedding(torch.as_tensor(tokens), W).mT[:, :, None]


def waves(n, length):
    """The paper's formula, one entry after the other."""
    p = torch.zeros(1, n, 1, length, dtype=torch.float64)
    for t in range(length):
        for i in range(0, n, 2):
            p[0, i, 0, t] = np.sin(t / 10000 ** (i / n))
            if i + 1 < n:
                p[0, i + 1, 0, t] = np.cos(t / 10000 ** (i / n))
    return p


def buffers_of(layer, like):
    return [asarray(a, like) for _, a in layer.buffers()]


# --- against torch ------------------------------------------------------------------------------


@everywhere
@texts
@pytest.mark.parametrize("dtype", ["int64", "int32", "uint8", "float64", "float32"])
def test_it_is_torchs(like, tokens, dtype):
    layer = Embedding(K, n)
    (W,) = parameters(layer, like)
    y, g, (dW,) = backward_by_torch(lambda W: vectors(tokens, W), to_numpy(W))
    x = asarray(tokens, like, getattr(namespace(like), dtype))
    ours, cache = layer.forward([W], x)
    assert ours.dtype == like.dtype
    np.testing.assert_array_equal(to_numpy(ours), y)
    (grad,) = layer.param_grad([W], cache, asarray(g, like))
    assert grad.shape == W.shape and grad.dtype == like.dtype
    np.testing.assert_allclose(to_numpy(grad), dW, **close)
    inner = layer.input_grad([W], cache, asarray(g, like))
    assert tuple(inner.shape) == tokens.shape and inner.dtype == like.dtype
    assert not to_numpy(inner).any()


def test_tokens_are_rounded():
    layer = Embedding(K, n)
    (W,) = parameters(layer, LIKE["numpy"])
    near = TOKENS + rng.uniform(-0.4, 0.4, TOKENS.shape)
    np.testing.assert_array_equal(layer.forward([W], near)[0], layer.forward([W], TOKENS)[0])
    np.testing.assert_array_equal(layer.forward([W], TOKENS > 0)[0][0, :, 0, 0], W[0])


@backends
def test_small_integers_may_name_many_tokens(like):
    layer, tokens = Embedding(300, n), np.array([[255, 0]])
    (W,) = parameters(layer, like)
    y, _ = layer.forward([W], asarray(tokens, like, namespace(like).uint8))
    np.testing.assert_array_equal(to_numpy(y)[0, :, 0].T, to_numpy(W)[[255, 0]])


def test_each_row_gets_the_sum_of_its_gradients():
    layer, tokens = Embedding(4, 2), np.array([[3, 0, 3]])
    y, cache = layer.forward([np.arange(8.0).reshape(4, 2)], tokens)
    assert y.tolist() == [[[[6, 0, 6]], [[7, 1, 7]]]]
    g = np.array([[[[1.0, 2.0, 3.0]], [[10.0, 20.0, 30.0]]]])
    (dW,) = layer.param_grad([np.zeros((4, 2))], cache, g)
    assert dW.tolist() == [[2, 20], [0, 0], [0, 0], [4, 40]]


@everywhere
@places
def test_positions_are_torchs(like, layer):
    if layer.kind == "learned":
        check_against_torch(layer, like, parameters(layer, like), X, lambda x, p: x + p[..., :T])
        return
    (p,) = buffers_of(layer, like)
    assert tuple(p.shape) == (1, n, 1, layer.length)
    y, cache = layer.forward([], asarray(X, like), buffers=[p])
    expected = X + waves(n, layer.length)[..., :T].numpy()
    np.testing.assert_allclose(to_numpy(y), expected, **close)
    g = asarray(X, like)
    assert layer.input_grad([], cache, g) is g and layer.param_grad([], cache, g) == []
    assert layer.new_buffers(cache)[0] is p


@pytest.mark.parametrize("features", [1, 2, 3, 8])
def test_the_waves_are_those_of_the_paper(features):
    np.testing.assert_allclose(
        Positions(features, 50, "sinusoidal").waves(), waves(features, 50), rtol=1e-12, atol=1e-14
    )


# --- stacks -------------------------------------------------------------------------------------


@everywhere
@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("E", [1, n, N, T])
def test_every_derivative_of_a_stacked_embedding(like, shared, E):
    layer = Embedding(K, n)
    params, xp = parameters(layer, like, (E,)), namespace(like)
    x = TOKENS if shared else np.stack([(TOKENS + e) % K for e in range(E)])
    y, cache = layer.forward(params, asarray(x, like, xp.int64))
    g = asarray(np.random.default_rng(5).standard_normal(y.shape), like)
    (dW,), dx = layer.param_grad(params, cache, g), layer.input_grad(params, cache, g)
    assert tuple(y.shape) == (E, N, n, 1, T) and tuple(dx.shape) == (E, N, T)
    assert dW.shape == params[0].shape and dW.dtype == like.dtype
    for e in range(E):
        W = [params[0][e, ...]]
        y1, cache1 = layer.forward(W, asarray(x if shared else x[e], like, xp.int64))
        np.testing.assert_array_equal(to_numpy(y[e, ...]), to_numpy(y1))
        single = layer.param_grad(W, cache1, g[e, ...])[0]
        np.testing.assert_allclose(to_numpy(dW[e, ...]), to_numpy(single), **close)


@everywhere
@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("E", [1, n, N, T])
@pytest.mark.parametrize("length", [T, T + 1])
def test_every_derivative_of_stacked_positions(like, shared, E, length):
    check_stack(Positions(n, length), like, E, shared, X)


@everywhere
def test_the_waves_in_a_stack(like):
    layer = Positions(n, T, "sinusoidal")
    stacked = [asarray(np.stack([layer.waves()] * 2), like)]
    x = asarray(np.stack([X, -X]), like)
    y, _ = layer.forward([], x, True, stacked)
    for e in range(2):
        single = layer.forward([], x[e, ...], True, buffers_of(layer, like))[0]
        np.testing.assert_array_equal(to_numpy(y[e, ...]), to_numpy(single))


# --- in a network of all layers for text --------------------------------------------------------


def network(kind="learned", **options):
    options = {"dtype": "float64", "seed": 3, **options}
    return Network(
        Embedding(K, 4),
        Positions(4, T, kind),
        Attention(4, 2, causal=True),
        Recurrent(4, 3),
        Last(),
        Linear(3, K),
        **options,
    )


NEXT = rng.integers(0, K, N)


@backends
@pytest.mark.parametrize("kind", ["learned", "sinusoidal"])
def test_gradient_of_a_network_by_finite_differences(like, kind):
    net, loss = network(kind).to(like), SoftmaxCrossEntropy()
    x, y = asarray(TOKENS, like), asarray(NEXT, like, namespace(like).int64)
    g = net.gradient(loss, x, y)
    assert directional_error(lambda: loss.value(net(x), y), net.theta, g) < 1e-7
    assert net.n_weights == 4 * K + 64 + 12 + 9 + 3 * K
    assert net.n_parameters == net.n_weights + 4 * T * (kind == "learned") + 3 + K


@backends
@pytest.mark.parametrize("kind", ["learned", "sinusoidal"])
@pytest.mark.parametrize("own_data", [False, True])
def test_a_stack_is_its_networks_one_by_one(like, kind, own_data):
    stack, loss = network(kind, copies=N).to(like), SoftmaxCrossEntropy()
    x = np.stack([(TOKENS + e) % K for e in range(N)]) if own_data else TOKENS
    y = asarray(NEXT, like, namespace(like).int64)
    out, g = stack(asarray(x, like)), stack.gradient(loss, asarray(x, like), y)
    for e in range(N):
        net, xe = network(kind, seed=3 + e).to(like), asarray(x[e] if own_data else x, like)
        np.testing.assert_array_equal(to_numpy(net.theta), to_numpy(stack.theta[e]))
        np.testing.assert_allclose(to_numpy(out[e]), to_numpy(net(xe)), **close)
        np.testing.assert_allclose(to_numpy(g[e]), to_numpy(net.gradient(loss, xe, y)), **close)


@pytest.mark.parametrize("copies", [None, 2])
def test_the_array_api_standard_is_enough(copies):
    net, ref, loss = (
        network(copies=copies).to(STRICT),
        network(copies=copies),
        SoftmaxCrossEntropy(),
    )
    ours, theirs, a = Adam(net.theta), Adam(ref.theta), array_api_strict.asarray
    for _ in range(3):
        ours.step(net.gradient(loss, a(TOKENS * 1.0), a(np.eye(K)[NEXT])))
        theirs.step(ref.gradient(loss, TOKENS * 1.0, np.eye(K)[NEXT]))
    np.testing.assert_allclose(np.asarray(net.theta), ref.theta, rtol=1e-10)


@backends
@pytest.mark.parametrize("copies", [None, 2])
@pytest.mark.parametrize("kind", ["learned", "sinusoidal"])
def test_a_training_that_is_killed_resumes_to_the_same_bits(like, kind, copies, tmp_path):
    def train(epochs, **options):
        net = network(kind, copies=copies, dtype="float32").to(like, "float32")
        optimizer = Adam(net.theta, lr=0.05)
        options |= dict(batch_size=2, seed=5, progress=False)
        fit(net, SoftmaxCrossEntropy(), optimizer, TOKENS, NEXT, epochs=epochs, **options)
        return to_numpy(net.theta)

    file = tmp_path / "run.safetensors"
    train(2, checkpoint=file)
    resumed = train(4, checkpoint=file)
    np.testing.assert_array_equal(resumed, train(4))
    assert not np.array_equal(resumed, train(2))


def test_a_network_learns_the_alphabet_backwards():
    x = (np.arange(60)[:, None] + [2, 1]) % K
    net = Network(Embedding(K, 3, n_in=2), Flatten(3, 1, 2), Activation("tanh"), Linear(6, K))
    history = fit(
        net,
        SoftmaxCrossEntropy(),
        Adam(net.theta, lr=0.05),
        x,
        np.arange(60) % K,
        epochs=30,
        progress=False,
    )
    assert history.loss[-1] < 0.1 < 1 < history.loss[0]
    assert "Embedding(6, 3)" in net.summary() and "(N, 3, 1, 2)" in net.summary()


def test_a_network_of_tokens_takes_rows_of_any_length():
    net = network()
    assert net.n_in is None and "(N, 4, 1, 1)" in net.summary()
    assert net(TOKENS[:, :3]).shape == net(TOKENS).shape == (N, K)
    np.testing.assert_allclose(net.predict(TOKENS, batch_size=2), net(TOKENS), rtol=1e-12)
    refuses(lambda: net(TOKENS[0] * 1.0), f"{net}: expected x of shape (N, n_in), got (5,)")


# --- settings and what is refused ---------------------------------------------------------------


def test_where_learning_starts():
    (W,) = Embedding(40, 50).init(np.random.default_rng(0))
    (half,) = Embedding(40, 50, std=0.5).init(np.random.default_rng(0))
    assert W.shape == (40, 50) and W.var() == pytest.approx(1, rel=0.1)
    np.testing.assert_allclose(half, W / 2, rtol=1e-15)
    (p,) = Positions(3, 4).init(None)
    assert p.shape == (1, 3, 1, 4) and not p.any()
    assert Positions(3, 4, "sinusoidal").init(None) == Positions(3, 4).buffers() == []


def test_defaults_and_names():
    layer = Embedding(6, 2)
    assert (layer.n_in, layer.n_out, layer.n_tokens, layer.std) == (None, 2, 6, 1.0)
    assert Embedding(1, 1, 1).n_in == 1
    assert [(p.name, p.shape, p.is_weight) for p in layer.parameters()] == [("W", (6, 2), True)]
    learned, waves = Positions(2, 5), Positions(2, 5, "sinusoidal")
    assert learned.kind == "learned" and (learned.n_in, learned.n_out) == (2, 2)
    assert [(p.name, p.shape, p.is_weight) for p in learned.parameters()] == [
        ("p", (1, 2, 1, 5), False)
    ]
    assert waves.parameters() == [] and [name for name, _ in waves.buffers()] == ["p"]
    assert Positions(1, 1).length == 1
    assert [repr(a) for a in (layer, learned)] == ["Embedding(6, 2)", "Positions(2, 5, 'learned')"]


@backends
@pytest.mark.parametrize("copies", [None, 2])
@pytest.mark.parametrize("bad", [-1, K, K + 3, -0.6, K - 0.4])
def test_a_token_without_a_row_is_refused(like, bad, copies):
    if "cuda" in str(like.device):
        pytest.skip("a CUDA device stops by itself, and for good")
    layer = Embedding(K, n)
    params = parameters(layer, like, () if copies is None else (copies,))
    x = 1.0 * TOKENS
    x[1, 2] = bad
    low, high = (min(bad, 0), max(bad, K - 1))
    message = f"Embedding(6, 2): expected tokens 0 … 5, got {low:g} … {high:g}"
    refuses(lambda: layer.forward(params, asarray(x, like)), message)
    for end in (-0.4, K - 0.6):
        x[1, 2] = end
        layer.forward(params, asarray(x, like))
    x[1, 2] = np.nan
    refuses(
        lambda: layer.forward(params, asarray(x, like)),
        "Embedding(6, 2): expected tokens 0 … 5, got nan … nan",
    )


@backends
@pytest.mark.parametrize("e, bad", [(0, K), (1, -1)])
def test_a_token_is_never_looked_up_in_the_table_of_another_network(like, e, bad):
    if "cuda" in str(like.device):
        pytest.skip("a CUDA device stops by itself, and for good")
    x = np.stack([TOKENS, TOKENS])
    x[e, 1, 2] = bad
    refuses(
        lambda: Embedding(K, n).forward(parameters(Embedding(K, n), like, (2,)), asarray(x, like)),
        f"Embedding(6, 2): expected tokens 0 … 5, got {min(bad, 0)} … {max(bad, 5)}",
    )


@backends
def test_one_number_for_a_token(like):
    W, x = asarray([[1.0], [5.0]], like), asarray([[1.0, 0.0, 1.0]], like)
    y, cache = Embedding(2, 1).forward([W], x)
    assert to_numpy(y).tolist() == [[[[5, 1, 5]]]]
    assert to_numpy(Embedding(2, 1).input_grad([W], cache, y)).tolist() == [[0, 0, 0]]
    assert to_numpy(Embedding(2, 1).param_grad([W], cache, y)[0]).tolist() == [[1], [10]]


@everywhere
@pytest.mark.parametrize(
    "layer, shape, wanted",
    [
        (Embedding(6, 2), (5,), "(N, T ≥ 1)"),
        (Embedding(6, 2), (3, 0), "(N, T ≥ 1)"),
        (Embedding(6, 2), (2, 3, 0), "(N, T ≥ 1)"),
        (Embedding(6, 2), (1, 2, 3, 5), "(N, T ≥ 1)"),
        (Embedding(6, 2, 4), (3, 5), "(N, 4)"),
        (Embedding(6, 2, 4), (2, 3, 5), "(N, 4)"),
        (Positions(2, 5), (3, 4, 1, 5), "(N, 2, 1, T ≥ 1)"),
        (Positions(2, 5), (3, 2, 1, 0), "(N, 2, 1, T ≥ 1)"),
        (Positions(2, 5), (3, 2, 2, 5), "(N, 2, 1, T ≥ 1)"),
        (Positions(2, 5), (2, 5), "(N, 2, 1, T ≥ 1)"),
    ],
    ids=str,
)
def test_bad_shapes(like, layer, shape, wanted):
    x = asarray(np.zeros(shape), like)
    refuses(
        lambda: layer.forward(parameters(layer, like), x),
        f"{layer}: expected x of shape {wanted}, got {shape}",
    )


def test_what_holds_no_tokens():
    masked = np.ma.MaskedArray(TOKENS, TOKENS > 2)
    for x, wanted in (
        (1j * TOKENS, "a floating-point array, got numpy complex128 on cpu"),
        (TOKENS.tolist(), "a floating-point array, got list"),
        (masked, "an array of numbers, got a masked array: call .filled(value) or .compressed()"),
    ):
        refuses(
            lambda x=x: Embedding(6, 2).forward([np.ones((6, 2))], x),
            f"Embedding(6, 2): expected x {wanted}",
            TypeError,
        )


@places
def test_too_many_steps(layer):
    T = layer.length
    params, buffers = parameters(layer, LIKE["numpy"]), buffers_of(layer, LIKE["numpy"])
    layer.forward(params, np.zeros((3, 2, 1, T)), buffers=buffers)
    refuses(
        lambda: layer.forward(params, np.zeros((3, 2, 1, T + 1)), buffers=buffers),
        f"{layer}: expected x of shape (N, 2, 1, T ≤ {T}), got (3, 2, 1, {T + 1})",
    )


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: Embedding(0, 2), "Embedding: expected an integer n_tokens ≥ 1, got 0"),
        (lambda: Embedding(6, 0), "Embedding: expected an integer n_out ≥ 1, got 0"),
        (lambda: Embedding(6, 2, 0), "Embedding: expected an integer n_in ≥ 1, got 0"),
        (lambda: Embedding(6, 2, std=0), "Embedding: expected std > 0, got 0"),
        (lambda: Positions(0, 2), "Positions: expected an integer n ≥ 1, got 0"),
        (lambda: Positions(2, 0), "Positions: expected an integer length ≥ 1, got 0"),
        (
            lambda: Positions(2, 3, "sin"),
            "Positions: expected kind one of learned, sinusoidal, got 'sin'",
        ),
        (
            lambda: Network(Embedding(6, 2), Recurrent(3, 3)),
            "Network: expected 3 features for Recurrent(3, 3), got 2 from the layer before",
        ),
    ],
)
def test_bad_layers(make, message):
    refuses(make, message)
