"""Attention: every step of a sequence asks all steps, and gets a mean of what they hold.

    attend(Q, K, V)               Y and the weights A of the means, for queries, keys and values
    attend_grad(Q, K, V, A, g)    its derivatives
    Attention                     the layer: several heads, each with queries, keys and values of x

Axes in front (samples, heads, the networks of a stack) are shared by Q, K and V.
"""

import math
from collections.abc import Callable

import numpy as np

from . import checks as check
from .activations import softmax
from .backend import Array, Arrays, namespace, reshape
from .initializers import initializer
from .layers import Layer, Parameter
from .recurrent import check_sequences, like_steps, rows, sequences, steps


def attend(Q: Array, K: Array, V: Array, causal: bool = False) -> tuple[Array, Array]:
    """Y = A V with A = softmax(Q Kᵀ/√d): row t of A, of sum 1, says how much query t takes of each
    value.  ``causal``: query t sees the keys 1 … t alone.

    Shapes: Q (…, T, d), K (…, S, d), V (…, S, m), A (…, T, S), Y (…, T, m).
    Raises ValueError for shapes that do not fit.  Vaswani et al. 2017, arXiv:1706.03762."""
    check_queries("attend", Q, K, V)
    xp, scores = namespace(Q), Q @ K.mT / math.sqrt(Q.shape[-1])
    if check.boolean("attend", "causal", causal):
        query, key = (xp.arange(n, device=Q.device) for n in scores.shape[-2:])
        scores = xp.where(key > query[:, None], -math.inf, scores)
    A = softmax(scores)
    return A @ V, A


def attend_grad(Q: Array, K: Array, V: Array, A: Array, g: Array) -> tuple[Array, Array, Array]:
    """∂J/∂Q = δ K/√d,   ∂J/∂K = δᵀ Q/√d,   ∂J/∂V = Aᵀ g,   given g = ∂J/∂Y, with
    δ = ∂J/∂(Q Kᵀ/√d) = A ⊙ (g Vᵀ − Σₛ aₛ (g Vᵀ)ₛ): 0 where A is, so ``causal`` needs no word."""
    check_queries("attend_grad", Q, K, V, A, g)
    a, root = g @ V.mT, math.sqrt(Q.shape[-1])
    delta = A * (a - namespace(g).sum(A * a, axis=-1, keepdims=True)) / root
    return delta @ K, delta.mT @ Q, A.mT @ g


class Attention(Layer):
    """Y = Z Woᵀ, where Z holds the ``attend(X Wqᵀ, X Wkᵀ, X Wvᵀ)`` of all heads side by side.

    n        features of x and of y; head i has the features i n/heads … (i + 1) n/heads − 1
    causal   True: no step sees a later one
    init     of the four W, as for Linear
    Shapes: x, y (N, n, 1, T), W (n, n), X, Z (N·T, n); ``weights(cache)`` is A (N, heads, T, T).
    Raises ValueError for heads that do not divide n, other features or no step.
    Vaswani et al. 2017, arXiv:1706.03762."""

    shown = ("n_in", "heads", "causal")

    def __init__(
        self, n: int, heads: int = 1, causal: bool = False, init: str | Callable = "glorot"
    ):
        self.n_in = self.n_out = check.integer("Attention", "n", n, 1)
        self.heads = check.integer("Attention", "heads", heads, 1)
        if n % heads:
            raise ValueError(f"Attention: expected heads that divide {n} features, got {heads!r}")
        self.causal = check.boolean("Attention", "causal", causal)
        self.initializer = initializer(init)

    def parameters(self) -> list[Parameter]:
        shape = (self.n_in, self.n_in)
        return [Parameter(name, shape, is_weight=True) for name in ("Wq", "Wk", "Wv", "Wo")]

    def init(self, rng: np.random.Generator) -> list[np.ndarray]:
        return [self.initializer(rng, self.n_in, self.n_in) for _ in range(4)]

    def forward(self, params: Arrays, x: Array, train: bool = False, buffers: Arrays = ()) -> tuple:
        check_sequences(self, x)
        *inner, Wo = params
        x = steps(x)
        X = rows(x)
        Q, K, V = (self.split(like_steps(X @ W.mT, x)) for W in inner)
        Y, A = attend(Q, K, V, self.causal)
        Z = rows(self.join(Y))
        return sequences(like_steps(Z @ Wo.mT, x)), (X, Q, K, V, A, Z)

    def inner_grad(self, params: Arrays, cache: tuple, g: Array) -> Arrays:
        """What comes back to the queries, keys and values: three δ, (N·T, n) each."""
        (_, Q, K, V, A, _), g = cache, steps(g)
        g = self.split(like_steps(rows(g) @ params[3], g))
        return [rows(self.join(a)) for a in attend_grad(Q, K, V, A, g)]

    def input_grad(self, params: Arrays, cache: tuple, g: Array) -> Array:
        """∂J/∂X = Σ δ W over queries, keys and values, with δ = ∂J/∂(X Wᵀ)."""
        deltas = zip(self.inner_grad(params, cache, g), params[:3], strict=True)
        return sequences(like_steps(sum(delta @ W for delta, W in deltas), steps(g)))

    def param_grad(self, params: Arrays, cache: tuple, g: Array) -> Arrays:
        """∂J/∂W = δᵀ X for queries, keys and values with δ = ∂J/∂(X Wᵀ),   ∂J/∂Wo = gᵀ Z."""
        X, *_, Z = cache
        inner = [delta.mT @ X for delta in self.inner_grad(params, cache, g)]
        return [*inner, rows(steps(g)).mT @ Z]

    def weights(self, cache: tuple) -> Array:
        """A (N, heads, T, T) of a forward pass that left this cache."""
        return cache[4]

    def split(self, x: Array) -> Array:
        """Steps (…, N, T, n) as those of the heads, (…, N, heads, T, n/heads)."""
        x = reshape(x, (*x.shape[:-1], self.heads, self.n_in // self.heads))
        return namespace(x).moveaxis(x, -2, -3)

    def join(self, x: Array) -> Array:
        """The heads' steps (…, N, heads, T, n/heads) side by side, (…, N, T, n)."""
        x = namespace(x).moveaxis(x, -3, -2)
        return reshape(x, (*x.shape[:-2], self.n_in))


def check_queries(who: str, Q: Array, K: Array, V: Array, *more: Array) -> None:
    """Raise TypeError or ValueError unless these are queries, keys and values (and A and g) that
    fit."""
    check.shape(who, "Q", check.floating(who, "Q", Q), ("…", "T", "d ≥ 1"))
    for name, a in zip("KVAg", (K, V, *more), strict=False):
        check.same_kind(who, name, a, Q)
    check.shape(who, "K", K, (*Q.shape[:-2], "S ≥ 1", Q.shape[-1]))
    check.shape(who, "V", V, (*K.shape[:-1], "m"))
    for name, a, n in zip("Ag", more, (K.shape[-2], V.shape[-1]), strict=False):
        check.shape(who, name, a, (*Q.shape[:-1], n))
