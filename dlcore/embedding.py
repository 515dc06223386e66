"""Layers at the start of a network for text: a vector for every token, and one for every place.

Tokens are whole numbers 0 … n_tokens − 1, rows of T of them, (N, T).  In a network they travel as
floating-point numbers, as all data do; what comes out are sequences (N, n, 1, T), as ``recurrent``
has them.
"""

import math

import numpy as np

from . import checks as check
from .backend import Array, Arrays, add_rows, is_array, is_integer, namespace, reshape
from .layers import Layer, Parameter
from .recurrent import check_sequences, sequences, steps


class Embedding(Layer):
    """yₜ = the row of W that belongs to token xₜ; backwards, each row gets the sum of its gₜ.

    n_tokens, n_out   rows of W, and the length of each
    n_in              tokens in a row of x; None: any
    std               of W ~ N(0, std²)
    Shapes: x (N, T), integers or what is rounded to them, W (n_tokens, n_out), y (N, n_out, 1, T).
    Raises ValueError for another shape and for a token without a row (on CUDA, torch raises).
    Bengio, Ducharme, Vincent, Jauvin 2003, A neural probabilistic language model."""

    shown = ("n_tokens", "n_out")

    def __init__(self, n_tokens: int, n_out: int, n_in: int | None = None, std: float = 1.0):
        self.n_tokens = check.integer("Embedding", "n_tokens", n_tokens, 1)
        self.n_out = check.integer("Embedding", "n_out", n_out, 1)
        self.n_in = None if n_in is None else check.integer("Embedding", "n_in", n_in, 1)
        self.std = check.positive("Embedding", "std", std)

    def parameters(self) -> list[Parameter]:
        return [Parameter("W", (self.n_tokens, self.n_out), is_weight=True)]

    def init(self, rng: np.random.Generator) -> list[np.ndarray]:
        return [self.std * rng.standard_normal((self.n_tokens, self.n_out))]

    def forward(self, params: Arrays, x: Array, train: bool = False, buffers: Arrays = ()) -> tuple:
        self.check(x)
        (W,), xp = params, namespace(x)
        places = self.places(W, x)
        try:
            found = xp.take(reshape(W, (-1, self.n_out)), reshape(places, (-1,)), axis=0)
        except IndexError:
            got = f"got {float(xp.min(x)):g} … {float(xp.max(x)):g}"
            raise ValueError(f"{self}: expected tokens 0 … {self.n_tokens - 1}, {got}") from None
        return sequences(reshape(found, (*places.shape, self.n_out))), places

    def input_grad(self, params: Arrays, places: Array, g: Array) -> Array:
        """∂J/∂x = 0: a token is a name, and y does not change with it by degrees."""
        return namespace(g).zeros_like(g[..., 0, 0, :])

    def param_grad(self, params: Arrays, places: Array, g: Array) -> Arrays:
        """∂J/∂W: row k is the sum of all gₜ with xₜ = k."""
        W, rows = params[0], reshape(steps(g), (-1, self.n_out))
        n = math.prod(W.shape[:-1])
        return [reshape(add_rows(n, reshape(places, (-1,)), rows), W.shape)]

    def check(self, x: Array) -> None:
        """Raise TypeError for an x that holds no numbers, ValueError for a wrong shape."""
        if not (is_array(check.plain(self, "x", x)) and is_integer(x)):
            check.floating(self, "x", x)
        if x.ndim not in (2, 3) or x.shape[-1] != (self.n_in or x.shape[-1] or 1):
            check.shape(self, "x", x, ("N", self.n_in or "T ≥ 1"))

    def places(self, W: Array, x: Array) -> Array:
        """Where the row of each token is, in the tables of all networks one below the other: its
        number there, and for a token without a row a number behind the last."""
        xp, K = namespace(x), self.n_tokens
        x = xp.astype(x, xp.int64) if is_integer(x) else xp.round(x)
        known, E = (x >= 0) & (x < K), W.shape[0] if W.ndim == 3 else 1
        places = xp.astype(xp.where(known, x, 0), xp.int64)
        if W.ndim == 3:
            places = places + K * xp.arange(E, device=x.device)[:, None, None]
        return xp.where(known, places, E * K)


class Positions(Layer):
    """yₜ = xₜ + pₜ: without it, attention does not see in which order the steps come.

    n, length   features of a step, and the most steps of a sequence
    kind        "learned", from 0 on; or "sinusoidal", which is fixed: with ωᵢ = 10000^(−2i/n),
                pₜ[2i] = sin((t − 1) ωᵢ) and pₜ[2i + 1] = cos((t − 1) ωᵢ), i = 0, 1, …
    Shapes: x, y (N, n, 1, T), T ≤ length, p (1, n, 1, length).  Raises ValueError for other
    features or too many steps.  Vaswani et al. 2017, arXiv:1706.03762."""

    shown = ("n_in", "length", "kind")

    def __init__(self, n: int, length: int, kind: str = "learned"):
        self.n_in = self.n_out = check.integer("Positions", "n", n, 1)
        self.length = check.integer("Positions", "length", length, 1)
        self.kind = check.one_of("Positions", "kind", kind, ("learned", "sinusoidal"))

    def parameters(self) -> list[Parameter]:
        shape = (1, self.n_in, 1, self.length)
        return [Parameter("p", shape, is_weight=False)] if self.kind == "learned" else []

    def init(self, rng: np.random.Generator) -> list[np.ndarray]:
        return [np.zeros(p.shape) for p in self.parameters()]

    def buffers(self) -> list[tuple[str, np.ndarray]]:
        return [("p", self.waves())] if self.kind == "sinusoidal" else []

    def new_buffers(self, cache: Arrays) -> Arrays:
        return cache

    def forward(self, params: Arrays, x: Array, train: bool = False, buffers: Arrays = ()) -> tuple:
        check_sequences(self, x)
        if (T := x.shape[-1]) > self.length:
            wanted = f"x of shape (N, {self.n_in}, 1, T ≤ {self.length})"
            raise ValueError(f"{self}: expected {wanted}, got {tuple(x.shape)}")
        (p,) = params or buffers
        return x + p[..., :T], buffers

    def input_grad(self, params: Arrays, cache: Arrays, g: Array) -> Array:
        return g

    def param_grad(self, params: Arrays, cache: Arrays, g: Array) -> Arrays:
        """∂J/∂pₜ = Σ gₜ over the samples, and 0 where the sequences have ended."""
        if not params:
            return []
        xp, g = namespace(g), namespace(g).sum(g, axis=-4, keepdims=True)
        rest = (*g.shape[:-1], self.length - g.shape[-1])
        return [xp.concat([g, xp.zeros(rest, dtype=g.dtype, device=g.device)], axis=-1)]

    def waves(self) -> np.ndarray:
        """The sines and cosines of all places, (1, n, 1, length)."""
        i = np.arange(self.n_in)[:, None]
        angle = np.arange(self.length) * 10000.0 ** (-(i - i % 2) / self.n_in)
        return np.where(i % 2 == 0, np.sin(angle), np.cos(angle))[None, :, None, :]
