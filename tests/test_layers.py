import array_api_strict
import numpy as np
import pytest
import torch

from dlcore.activations import Swish
from dlcore.backend import asarray, to_numpy
from dlcore.gradcheck import directional_error
from dlcore.layers import Activation, Layer, Linear, Softmax
from dlcore.learned_activations import ACON, ParametricReLU
from dlcore.network import Network
from dlcore.normalization import LayerNorm

from .reference import backends, close

rng = np.random.default_rng(0)
X, G = rng.standard_normal((7, 4)), rng.standard_normal((7, 4))
SLOPES = np.array([[0.25, -0.5, 1.5, 0.0]])


def acon(kind):
    """torch's autograd on the formula of the paper, for the learned parameters of this kind."""

    def formula(z, *learned):
        p1, p2, beta = torch.tensor(1.0), torch.tensor(0.0), None
        if kind == "A":
            (beta,) = learned
        elif kind == "B":
            p2, beta = learned
        else:
            p1, p2, beta = learned
        return (p1 - p2) * z * torch.sigmoid(beta * (p1 - p2) * z) + p2 * z

    return formula


CASES = {
    "softmax": (Softmax(), [], lambda z: torch.softmax(z, -1)),
    "prelu": (ParametricReLU(4), [SLOPES], lambda z, a: torch.nn.functional.prelu(z, a[0])),
    "acon a": (ACON(4, "A"), [1 + SLOPES], acon("A")),
    "acon b": (ACON(4, "B"), [SLOPES, 2 - SLOPES], acon("B")),
    "acon c": (ACON(4), [1.2 + SLOPES, SLOPES - 0.3, 2 - SLOPES], acon("C")),
}
cases = pytest.mark.parametrize("layer, params, theirs", CASES.values(), ids=CASES)


@backends
@cases
def test_value_and_derivatives_are_those_of_torch(like, layer, params, theirs):
    leaves = [torch.tensor(a, requires_grad=True) for a in (X, *params)]
    y = theirs(*leaves)
    y.backward(torch.tensor(G))
    p, x, g = [asarray(a, like) for a in params], asarray(X, like), asarray(G, like)
    ours, cache = layer.forward(p, x)
    np.testing.assert_allclose(to_numpy(ours), y.detach().numpy(), **close)
    inner = layer.input_grad(p, cache, g)
    np.testing.assert_allclose(to_numpy(inner), leaves[0].grad.numpy(), **close)
    for grad, leaf in zip(layer.param_grad(p, cache, g), leaves[1:], strict=True):
        np.testing.assert_allclose(to_numpy(grad), leaf.grad.numpy(), **close)
    assert directional_error(lambda: (layer.forward(p, x)[0] * g).sum(), x, inner) < 1e-7


@cases
def test_stack_and_standard(layer, params, theirs):
    sets = [[(e + 1) * a for a in params] for e in range(3)]
    stacked = [np.stack(p) for p in zip(*sets, strict=True)]
    for x in (X, np.stack([X, 2 * X, -X])):
        y, cache = layer.forward(stacked, x)
        g = np.broadcast_to(G, y.shape)
        grads, inner = layer.param_grad(stacked, cache, g), layer.input_grad(stacked, cache, g)
        for e in range(3):
            xe = x[e] if x.ndim == 3 else x
            ye, ce = layer.forward(sets[e], xe)
            np.testing.assert_allclose(y[e] if y.ndim == 3 else y, ye, rtol=1e-13)
            single = layer.input_grad(sets[e], ce, G)
            np.testing.assert_allclose(inner[e] if inner.ndim == 3 else inner, single, rtol=1e-12)
            for stack, single in zip(grads, layer.param_grad(sets[e], ce, G), strict=True):
                np.testing.assert_allclose(stack[e], single, rtol=1e-12)
    strict = array_api_strict.asarray
    y, cache = layer.forward([strict(a) for a in params], strict(X))
    inner = layer.input_grad([strict(a) for a in params], cache, strict(G))
    expected, ref = layer.forward(params, X)
    np.testing.assert_allclose(np.asarray(y), expected, rtol=1e-13)
    np.testing.assert_allclose(np.asarray(inner), layer.input_grad(params, ref, G), rtol=1e-12)


def test_where_learning_starts():
    assert ParametricReLU(3).init(None)[0].tolist() == [[0.25] * 3]
    assert [a.tolist() for a in ACON(2).init(None)] == [[[1.0] * 2], [[0.25] * 2], [[1.0] * 2]]
    for layer, names in (
        (ACON(2), ["p1", "p2", "beta"]),
        (ACON(2, "B"), ["p2", "beta"]),
        (ACON(2, "A"), ["beta"]),
        (ParametricReLU(2), ["a"]),
    ):
        parameters = [(p.name, p.shape, p.is_weight) for p in layer.parameters()]
        assert parameters == [(name, (1, 2), False) for name in names]
        assert Network(layer).n_parameters == 2 * len(names) and Network(layer).n_weights == 0
    half = ACON(1, "B").forward([np.array([[0.25]]), np.array([[1.0]])], np.array([[1.0]]))[0]
    assert half.item() == pytest.approx(0.75 / (1 + np.exp(-0.75)) + 0.25)  # p₁ = 1 is not learned
    z = np.linspace(-3, 3, 10)[:, None] * [1.0, 1.0]
    a, _ = ACON(2, "A").forward(ACON(2, "A").init(None), z)
    np.testing.assert_allclose(a, Swish()(z), rtol=1e-14)


@backends
def test_at_its_kink_the_parametric_relu_has_the_learned_slope(like):
    a, z, g = (asarray([[v]], like) for v in (0.25, 0.0, 3.0))
    assert float(ParametricReLU(1).input_grad([a], z, g)[0, 0]) == 0.75


def test_the_contract_of_a_plain_layer():
    layer = Layer()
    assert layer.parameters() == layer.init(None) == layer.buffers() == []
    assert layer.new_buffers(None) == layer.param_grad([], None, None) == []
    assert layer.n_in is None and layer.n_out is None
    assert [p.is_weight for p in Linear(2, 3).parameters()] == [True, False]
    assert Linear(2, 3).n_in == 2 and Linear(2, 3).n_out == 3


def test_bad_input_and_names():
    for layer in (ParametricReLU(3), ACON(3)):
        with pytest.raises(ValueError, match=r"expected x of shape \(N, 3\), got \(7, 4\)"):
            layer.forward(layer.init(None), X)
    with pytest.raises(ValueError, match="ACON: expected kind one of A, B, C, got 'D'"):
        ACON(3, "D")
    names = [repr(layer) for layer in (ACON(3), ParametricReLU(3), Linear(2, 3), Activation("elu"))]
    assert names == [
        "ACON(3, 'C')",
        "ParametricReLU(3)",
        "Linear(2, 3)",
        "Activation(ELU(alpha=1.0))",
    ]
    assert repr(Softmax()) == "Softmax()"


@backends
@pytest.mark.parametrize("last", [Activation("tanh"), Softmax(), LayerNorm(3)], ids=str)
def test_a_gradient_of_another_shape_than_the_output_is_refused(like, last):
    net = Network(Linear(4, 3), last, dtype="float64").to(like)
    output, caches = net.forward(asarray(X, like), True)
    assert caches.shape == (7, 3)
    for shape in ((7, 2), (6, 3), (7, 4)):
        with pytest.raises(ValueError, match=rf"expected g of shape \(7, 3\), got \({shape[0]}, "):
            net.backward(asarray(np.ones(shape), like), caches)
    net.backward(output, caches)
    stack = Network(Linear(4, 3), last, dtype="float64", copies=2).to(like)
    _, caches = stack.forward(asarray(X, like), True)
    assert caches.shape == (2, 7, 3)
