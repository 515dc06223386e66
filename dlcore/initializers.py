"""Initial weights W (n_out, n_in), drawn by NumPy: the same seed gives the same network on every
backend.  Biases start at 0.

An initializer is called as ``init(rng, n_out, n_in)`` and returns float64.  Where one is
written N(0, σ²) the second argument is the variance; the argument in code is σ, named ``std``.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from . import checks as check
from .activations import Function, activation


class Initializer:
    """How W is drawn; calling it checks the arguments and gives ``draw(rng, n_out, n_in)``."""

    draw: Any

    def __call__(self, rng: np.random.Generator, n_out: int, n_in: int) -> np.ndarray:
        who = type(self).__name__
        n_out, n_in = check.integer(who, "n_out", n_out, 1), check.integer(who, "n_in", n_in, 1)
        return self.draw(check.rng(who, rng), n_out, n_in)

    def __repr__(self):
        settings = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({settings})"


class Zeros(Initializer):
    """W = 0.  Right for one unit; in a hidden layer all units would stay copies of each other."""

    def draw(self, rng: np.random.Generator, n_out: int, n_in: int) -> np.ndarray:
        return np.zeros((n_out, n_in))


class Constant(Initializer):
    """W = value everywhere."""

    def __init__(self, value: float):
        self.value = check.number("Constant", "value", value)

    def draw(self, rng: np.random.Generator, n_out: int, n_in: int) -> np.ndarray:
        return np.full((n_out, n_in), float(self.value))


class Normal(Initializer):
    """W ~ N(0, std²)."""

    def __init__(self, std: float = 0.01):
        self.std = check.positive("Normal", "std", std)

    def draw(self, rng: np.random.Generator, n_out: int, n_in: int) -> np.ndarray:
        return self.std * rng.standard_normal((n_out, n_in))


class Uniform(Initializer):
    """W ~ U(−limit, limit), of variance limit²/3."""

    def __init__(self, limit: float = 0.1):
        self.limit = check.positive("Uniform", "limit", limit)

    def draw(self, rng: np.random.Generator, n_out: int, n_in: int) -> np.ndarray:
        return rng.uniform(-self.limit, self.limit, (n_out, n_in))


class VarianceScaling(Initializer):
    """W of the variance that a subclass names, from the uniform or the normal distribution."""

    variance: Any
    default_distribution = "normal"

    def __init__(self, distribution: str | None = None):
        chosen = self.default_distribution if distribution is None else distribution
        who, known = type(self).__name__, ("uniform", "normal")
        self.distribution = check.one_of(who, "distribution", chosen, known)

    def draw(self, rng: np.random.Generator, n_out: int, n_in: int) -> np.ndarray:
        std = math.sqrt(self.variance(n_out, n_in))
        if self.distribution == "normal":
            return std * rng.standard_normal((n_out, n_in))
        limit = math.sqrt(3.0) * std
        return rng.uniform(-limit, limit, (n_out, n_in))


class LeCun(VarianceScaling):
    """Var(W) = 1/n_in: keeps the variance of z for inputs of variance 1.
    LeCun, Bottou, Orr, Müller 1998, Efficient BackProp."""

    def variance(self, n_out: int, n_in: int) -> float:
        return 1.0 / n_in


class Glorot(VarianceScaling):
    """Var(W) = 2/(n_in + n_out): a compromise between 1/n_in (forward) and 1/n_out (backward).
    The paper proposes the uniform law, W ~ U(−√(6/(n_in + n_out)), +√(6/(n_in + n_out))).
    Glorot and Bengio 2010."""

    default_distribution = "uniform"

    def variance(self, n_out: int, n_in: int) -> float:
        return 2.0 / (n_in + n_out)


class He(VarianceScaling):
    """Var(W) = 2/n_in: the 2 makes up for the half of the signal that ReLU cuts off.
    He, Zhang, Ren, Sun 2015, arXiv:1502.01852."""

    def variance(self, n_out: int, n_in: int) -> float:
        return 2.0 / n_in


class ForActivation(VarianceScaling):
    """Var(W) = 1/(n_in E[h(z)²]) with z ~ N(0, 1): keeps the second moment for any activation h.
    For ReLU it is ``He``, for the identity ``LeCun``."""

    def __init__(self, h: str | Function, distribution: str | None = None):
        self.h = activation(h)
        super().__init__(distribution)

    def variance(self, n_out: int, n_in: int) -> float:
        return gain(self.h) ** 2 / n_in


class Orthogonal(Initializer):
    """W with orthonormal rows or columns (whichever are fewer), times ``scale``.
    The Q of a QR decomposition of a normal matrix, with the signs that make it uniformly
    distributed.  Saxe, McClelland, Ganguli 2014, arXiv:1312.6120."""

    def __init__(self, scale: float = 1.0):
        self.scale = check.positive("Orthogonal", "scale", scale)

    def draw(self, rng: np.random.Generator, n_out: int, n_in: int) -> np.ndarray:
        Q, R = np.linalg.qr(rng.standard_normal((max(n_out, n_in), min(n_out, n_in))))
        Q = Q * np.sign(np.diagonal(R))
        return self.scale * (Q if n_out >= n_in else Q.T)


def gaussian_mean(f: Callable) -> float:
    """E[f(z)] for z ~ N(0, 1), by Gauss-Legendre quadrature on 24 pieces of [−12, 12].
    Accurate to about 1e-14 where f, a function of an array, has kinks at whole numbers only and
    nothing narrower than a piece.
    """
    check.function("gaussian_mean", "f", f)
    nodes, weights = np.polynomial.legendre.leggauss(20)
    z = np.arange(-12.0, 12.0)[:, None] + 0.5 * (nodes + 1.0)
    return float(np.sum(0.5 * weights * f(z) * np.exp(-0.5 * z * z)) / math.sqrt(2.0 * math.pi))


def gain(h: str | Function) -> float:
    """g = 1/√E[h(z)²], z ~ N(0, 1): what makes the second moment of g h(z) equal to 1.
    √2 for ReLU, 1 for the identity; ValueError for an h that is 0 everywhere."""
    h = activation(h)
    second = gaussian_mean(lambda z: h(z) ** 2)
    if second == 0:
        raise ValueError(f"gain: expected an activation that is not 0 everywhere, got {h!r}")
    return 1.0 / math.sqrt(second)


NAMED = {c.__name__.lower(): c for c in (Zeros, Normal, Uniform, LeCun, Glorot, He, Orthogonal)}


def initializer(init: str | Callable) -> Callable:
    """The initializer of that name (``"glorot"``), or ``init`` itself if it is callable.
    The names: zeros, normal, uniform, lecun, glorot (xavier), he (kaiming), orthogonal; capitals
    and "_" make no difference."""
    if isinstance(init, str):
        return check.named("init", init, NAMED, {"xavier": "glorot", "kaiming": "he"})()
    if not callable(init) or isinstance(init, type):
        raise TypeError(f"init: expected a name or a function of (rng, n_out, n_in), got {init!r}")
    return init
