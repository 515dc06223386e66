"""Random starts of deep networks, and what they do to signals and gradients (chapter 16).

    net = tower([64] + 50 * [256], "relu", Forward(2.0), copies=5)
    forward, backward = probe(net, x)       # measured: mean squares of z and ∂J/∂z, layer by layer
    q, factors = recursion("relu", 2.0, 50)                                               # derived

z¹ = W¹ x, and zˡ = Wˡ h(zˡ⁻¹); the biases are 0.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from dlcore.activations import Function, activation
from dlcore.datasets import digits, split
from dlcore.history import DivergedError
from dlcore.initializers import VarianceScaling, Zeros, gaussian_mean
from dlcore.layers import Activation, Layer, Linear, Parameter
from dlcore.losses import SoftmaxCrossEntropy
from dlcore.metrics import accuracy
from dlcore.network import Network
from dlcore.normalization import BatchNorm
from dlcore.optimizers import Adam, Momentum
from dlcore.training import fit

METHODS = {"Momentum": Momentum, "Adam": Adam}
KINDS = ("plain", "BatchNorm", "residual", "residual, branches at 0")


class Forward(VarianceScaling):
    """n_in Var(w) = g."""

    def __init__(self, g: float = 1.0, distribution: str | None = None):
        self.g = g
        super().__init__(distribution)

    def variance(self, n_out: int, n_in: int) -> float:
        return self.g / n_in


class Backward(VarianceScaling):
    """n_out Var(w) = 1."""

    def variance(self, n_out: int, n_in: int) -> float:
        return 1.0 / n_out


class Formula:
    """An activation function from two formulas, of its value and of its derivative."""

    def __init__(self, value: Any, derivative: Any):
        self.value, self.derivative = value, derivative

    def __call__(self, z: np.ndarray) -> np.ndarray:
        return self.value(z)

    def deriv(self, z: np.ndarray, a: np.ndarray) -> np.ndarray:
        return self.derivative(z)


def tower(sizes: Sequence[int], h: Any, init: Any, **options: Any) -> Network:
    """Linear layers of these sizes, each but the last with h behind it."""
    layers: list = []
    for n_in, n_out in pairwise(sizes):
        layers += [Linear(n_in, n_out, init), Activation(h)]
    return Network(*layers[:-1], **options)


@lru_cache
def _normal_numbers() -> np.ndarray:
    return tower([64] + 50 * [256], "identity", Forward(), copies=5).theta


def fifty(h: Any, g: float, first: float | None = None) -> Network:
    """Five towers of fifty layers of 256 units for digits, from the same normal numbers for every
    h and g; n Var(w) is g, in the first layer ``first`` where it is given."""
    net = tower([64] + 50 * [256], h, "zeros", copies=5)
    np.multiply(_normal_numbers(), np.float32(np.sqrt(g)), out=net.theta)
    if first is not None:
        net.theta[:, : 64 * 256] *= np.float32(np.sqrt(first / g))
    return net


@lru_cache
def pictures(n: int) -> np.ndarray:
    """The first n digits, each scaled to the mean square 1."""
    X = digits()[0][:n]
    return X / np.sqrt((X * X).mean(axis=1, keepdims=True))


def mean_square(a: np.ndarray) -> np.ndarray:
    """Over the samples and the units, for each network of a stack."""
    return (a * a).mean(axis=(-2, -1))


def probe(net: Network, x: np.ndarray, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Mean squares, for every Linear layer of a tower: of its sums z, and of ∂J/∂z where a random
    normal gradient is sent back from the last z.  (L,), for a stack (E, L)."""
    out, caches = net.forward(net.convert(x))
    g = np.random.default_rng(seed).standard_normal(out.shape[-2:]).astype(out.dtype)
    g = np.broadcast_to(g, out.shape)
    forward = [mean_square(cache[0]) for cache in caches[1::2]] + [mean_square(out)]
    backward = [mean_square(g)]
    for l in reversed(range(1, len(net.layers))):
        g = net.layers[l].input_grad(net.params[l], caches[l], g)
        if l % 2:  # behind an activation, on the way back, lies a z
            backward.append(mean_square(g))
    return np.stack(forward, axis=-1), np.stack(backward[::-1], axis=-1)


def next_size(h: Any, g: float, q: float) -> float:
    """E[z²] in a layer with n Var(w) = g, from q = E[z²] in the layer before."""
    return g * gaussian_mean(lambda z: h(np.sqrt(q) * z) ** 2)


def way_back(h: Any, g: float, q: float) -> float:
    """What the mean square of the gradient is multiplied by on its way to sums of mean square q."""

    def slope(z):
        return h.deriv(z, h(z)) * np.ones_like(z)  # the identity's slope is the number 1

    return g * gaussian_mean(lambda z: slope(np.sqrt(q) * z) ** 2)


def recursion(h: str | Function, g: Any, depth: int) -> tuple[np.ndarray, np.ndarray]:
    """For a tower of this depth with n Var(w) = g and inputs of mean square 1: what ``probe`` finds
    in wide layers, forward and backward, (depth,); for an array of numbers g (…, depth).  It is
    ``next_size`` and ``way_back`` again and again, for all g at once."""
    h, g = activation(h), np.asarray(g, dtype=float)
    s, weights = _quadrature()
    q, factors = [g * np.ones_like(g)], []
    for _ in range(depth - 1):
        z = np.sqrt(q[-1])[..., None] * s
        a = h(z)
        factors.append(g * ((h.deriv(z, a) * np.ones_like(z)) ** 2 @ weights))
        q.append(g * (a**2 @ weights))
    back = [np.ones_like(g)]
    for factor in reversed(factors):
        back.append(factor * back[-1])
    return np.stack(q, axis=-1), np.stack(back[::-1], axis=-1)


@lru_cache
def _quadrature():
    # The points and weights of ``gaussian_mean``.
    nodes, weights = np.polynomial.legendre.leggauss(20)
    s = (np.arange(-12.0, 12.0)[:, None] + 0.5 * (nodes + 1.0)).ravel()
    return s, np.tile(0.5 * weights, 24) * np.exp(-0.5 * s * s) / np.sqrt(2 * np.pi)


def log_sizes(width: int, depth: int, networks: int, seed: int = 0) -> np.ndarray:
    """log₁₀ of the mean square of z in the last layer over that in the first, one for each of many
    ReLU networks with n Var(w) = 2.  For one sample and normal weights the sums of a layer are
    independent and normal, given the layer before: no matrix is needed."""
    rng = np.random.default_rng(seed)
    total = np.zeros(networks)
    for _ in range(depth - 1):
        z = rng.standard_normal((networks, width), dtype=np.float32)
        total += np.log10(np.maximum(2 * (np.maximum(z, 0) ** 2).mean(axis=1), 1e-30))
    return total


class Residual(Layer):
    """y = x + F(x), where the branch F is a chain of layers without buffers."""

    def __init__(self, *branch: Layer):
        self.branch, self.n_in, self.n_out = branch, branch[0].n_in, branch[-1].n_out

    def parameters(self) -> list[Parameter]:
        return [p for layer in self.branch for p in layer.parameters()]

    def init(self, rng: np.random.Generator) -> list[np.ndarray]:
        return [p for layer in self.branch for p in layer.init(rng)]

    def forward(self, params: Any, x: Any, train: bool = False, buffers: Any = ()) -> tuple:
        params, a, caches = list(params), x, []
        for layer in self.branch:
            own = [params.pop(0) for _ in layer.parameters()]
            a, cache = layer.forward(own, a, train)
            caches.append((layer, own, cache))
        return x + a, caches

    def back(self, caches: list, g: Any) -> tuple:
        """∂J/∂x through the branch alone, and the gradients of its parameters."""
        grads: list = []
        for layer, own, cache in reversed(caches):
            grads = [*layer.param_grad(own, cache, g), *grads]
            g = layer.input_grad(own, cache, g)
        return g, grads

    def input_grad(self, params: Any, caches: list, g: Any) -> Any:
        return g + self.back(caches, g)[0]

    def param_grad(self, params: Any, caches: list, g: Any) -> Any:
        return self.back(caches, g)[1]


def deep(
    kind: str, depth: int, gains: Sequence[float], seeds: Sequence[int], h: str = "relu",
    width: int = 32, n_out: int = 10,
) -> Network:  # fmt: skip
    """A stack for digits: for each gain g = n Var(w) the same starts.  A residual block has two of
    the hidden layers; the last weights of its branch may start at 0."""
    layers: list = []
    if kind.startswith("residual"):
        last = Zeros() if kind.endswith("0") else Forward()
        layers.append(Linear(64, width, Forward()))
        for _ in range(depth // 2):
            branch = Linear(width, width, Forward()), Activation(h), Linear(width, width, last)
            layers.append(Residual(*branch))
    else:
        for n_in in [64] + (depth - 1) * [width]:
            layers.append(Linear(n_in, width, Forward()))
            layers += [BatchNorm(width)] if kind == "BatchNorm" else []
            layers.append(Activation(h))
    layers.append(Linear(width, n_out, Forward()))
    copies = len(gains) * len(seeds)
    net = Network(*layers, seed=len(gains) * list(seeds), copies=copies)
    scale = np.sqrt(np.array(gains, dtype="float32"))
    net.theta[:, : net.n_weights] *= np.repeat(scale, len(seeds))[:, None]
    return net


@lru_cache
def data(seed: int = 0) -> tuple:
    """Training and test digits: X_train, X_test, y_train, y_test."""
    X, y = digits()
    X_train, X_test, y_train, y_test = split(X, y, test=0.25, seed=seed)
    return X_train.astype("float32"), X_test.astype("float32"), y_train, y_test


def trained(
    net: Network, method: str, rates: Any, epochs: int = 8, batch_size: int = 128,
    parts: Any = None, look: Any = None,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Shares of training and of test digits that each copy reads after training, each at its own
    rate; a copy whose loss overflows counts as guessing, 0.1.  ``look`` is given the shares of test
    digits after every epoch."""
    X_train, X_test, y_train, y_test = parts or data()
    copies = net.copies or 1
    lr = np.broadcast_to(np.float32(rates), (copies,))[:, None].copy()

    def watch(epoch, history):
        look(accuracy(net(X_test), y_test))

    with np.errstate(all="ignore"):
        try:
            history = fit(
                net,
                SoftmaxCrossEntropy(),
                METHODS[method](net.theta, lr=lr),
                X_train,
                y_train,
                epochs=epochs,
                batch_size=batch_size,
                progress=False,
                callback=watch if look else None,
            )
            lost = np.array([bool(step) for step in np.ravel(history.diverged)])
        except DivergedError:  # all of them
            lost = np.ones(copies, dtype=bool)
        shares = [accuracy(net(X), y) for X, y in ((X_train, y_train), (X_test, y_test))]
    seen, fresh = (np.where(lost, 0.1, share) for share in shares)
    return seen, fresh


def power(x: float) -> str:
    """A number to two digits, very small and very large ones as 2.1·10⁻⁷."""
    if x == 0 or 0.01 <= abs(x) < 1000:
        return f"{x:.2g}" if abs(x) < 100 else f"{x:.0f}"
    factor, exponent = f"{x:.1e}".split("e")
    raised = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{factor}·10{raised}"
