"""Layers for sequences: one that goes step by step and remembers, and one that takes its last step.

Sequences of T steps with n features travel as images one row high, (N, n, 1, T); a stack of E
networks has (E, N, n, 1, T), or shares (N, n, 1, T).  ``images.Unflatten(n, 1, T)`` makes them of
rows of numbers, ``embedding.Embedding`` of rows of tokens:

    Network(Embedding(27, 8), Recurrent(8, 32), Last(), Linear(32, 27))

The sequences of one batch are equally long, those of the next may have another T.  Inside,
``steps`` are (N, T, n), and ``rows`` puts them one below the other, (N·T, n).
"""

from collections.abc import Callable

import numpy as np

from . import checks as check
from .backend import Array, Arrays, namespace, reshape, sum_rows
from .initializers import initializer
from .layers import Layer, Parameter


class Recurrent(Layer):
    """hₜ = tanh(W xₜ + U hₜ₋₁ + b) for t = 1 … T, with h₀ = 0: the same W, U, b at every step.

    init             of W, as for Linear
    init_recurrent   of U; an orthogonal one keeps the length of what it is given
    Shapes: x (N, n_in, 1, T), W (n_out, n_in), U (n_out, n_out), b (1, n_out), h (N, n_out, 1, T).
    Raises ValueError for other features or no step.  Elman 1990, doi:10.1207/s15516709cog1402_1."""

    shown = ("n_in", "n_out")

    def __init__(
        self,
        n_in: int,
        n_out: int,
        init: str | Callable = "lecun",
        init_recurrent: str | Callable = "orthogonal",
    ):
        self.n_in = check.integer("Recurrent", "n_in", n_in, 1)
        self.n_out = check.integer("Recurrent", "n_out", n_out, 1)
        self.initializer, self.recurrent = initializer(init), initializer(init_recurrent)

    def parameters(self) -> list[Parameter]:
        W = Parameter("W", (self.n_out, self.n_in), is_weight=True)
        U = Parameter("U", (self.n_out, self.n_out), is_weight=True)
        return [W, U, Parameter("b", (1, self.n_out), is_weight=False)]

    def init(self, rng: np.random.Generator) -> list[np.ndarray]:
        W = self.initializer(rng, self.n_out, self.n_in)
        return [W, self.recurrent(rng, self.n_out, self.n_out), np.zeros((1, self.n_out))]

    def forward(self, params: Arrays, x: Array, train: bool = False, buffers: Arrays = ()) -> tuple:
        check_sequences(self, x)
        W, U, b = params
        xp, x = namespace(x), steps(x)
        X = rows(x)
        z = like_steps(X @ W.mT + b, x)
        h, seen = xp.zeros_like(z[..., 0, :]), []
        for t in range(z.shape[-2]):
            h = xp.tanh(z[..., t, :] + h @ U.mT)
            seen.append(h)
        h = xp.stack(seen, axis=-2)
        return sequences(h), (X, h)

    def delta(self, params: Arrays, cache: tuple, g: Array) -> Array:
        """δₜ = (gₜ + Uᵀ δₜ₊₁) ⊙ (1 − hₜ²), from the last step to the first: ∂J/∂zₜ if hₜ = tanh zₜ.
        Shapes: g (N, n_out, 1, T), δ (N, T, n_out)."""
        (_, U, _), (_, h), xp, g = params, cache, namespace(g), steps(g)
        delta, seen = xp.zeros_like(g[..., 0, :]), []
        for t in reversed(range(g.shape[-2])):
            delta = (g[..., t, :] + delta @ U) * (1.0 - h[..., t, :] ** 2)
            seen.append(delta)
        return xp.stack(seen[::-1], axis=-2)

    def input_grad(self, params: Arrays, cache: tuple, g: Array) -> Array:
        """∂J/∂xₜ = Wᵀ δₜ."""
        delta = self.delta(params, cache, g)
        return sequences(like_steps(rows(delta) @ params[0], delta))

    def param_grad(self, params: Arrays, cache: tuple, g: Array) -> Arrays:
        """∂J/∂W = Σ δₜ xₜᵀ,   ∂J/∂U = Σ δₜ hₜ₋₁ᵀ,   ∂J/∂b = Σ δₜ, over steps and samples."""
        (X, h), delta = cache, self.delta(params, cache, g)
        dU = rows(delta[..., 1:, :]).mT @ rows(h[..., :-1, :])
        delta = rows(delta)
        return [delta.mT @ X, dU, sum_rows(delta)]


class Last(Layer):
    """y = x_T, the last step of a sequence; backwards, all other steps get 0.
    Shapes: x (N, n, 1, T), y (N, n)."""

    def forward(self, params: Arrays, x: Array, train: bool = False, buffers: Arrays = ()) -> tuple:
        check_sequences(self, x)
        return x[..., 0, -1], x.shape[-1]

    def input_grad(self, params: Arrays, T: int, g: Array) -> Array:
        """∂J/∂x_T = g, and 0 for every step before."""
        xp = namespace(g)
        before = xp.zeros((*g.shape, 1, T - 1), dtype=g.dtype, device=g.device)
        return xp.concat([before, g[..., None, None]], axis=-1)


def check_sequences(layer: Layer, x: Array) -> None:
    """Raise TypeError for an x that is no array of floats, ValueError for a wrong shape."""
    fits = check.floating(layer, "x", x).ndim in (4, 5) and layer.n_in in (None, x.shape[-3])
    if not fits or x.shape[-2] != 1 or x.shape[-1] == 0:
        check.shape(layer, "x", x, ("N", layer.n_in or "n", 1, "T ≥ 1"))


def steps(x: Array) -> Array:
    """Sequences (…, N, n, 1, T) as steps (…, N, T, n)."""
    return namespace(x).moveaxis(x[..., 0, :], -1, -2)


def sequences(x: Array) -> Array:
    """Steps (…, N, T, n) as sequences (…, N, n, 1, T)."""
    return namespace(x).moveaxis(x, -1, -2)[..., None, :]


def rows(x: Array) -> Array:
    """Steps (…, N, T, n) one below the other, (…, N·T, n): what a matrix is applied to."""
    *stack, N, T, n = x.shape
    return reshape(x, (*stack, N * T, n))


def like_steps(x: Array, like: Array) -> Array:
    """Rows (…, N·T, n) as steps (…, N, T, n), with the N and T of other steps."""
    return reshape(x, (*x.shape[:-2], *like.shape[-3:-1], x.shape[-1]))
