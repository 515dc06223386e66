"""Activation functions with parameters of their own, learned for every feature."""

import numpy as np

from . import checks as check
from .activations import sigmoid
from .backend import Array, Arrays, namespace, sum_rows
from .layers import Layer, Parameter, check_features


class _Learned(Layer):
    shown: tuple[str, ...] = ("n_in",)

    # ``start``: the parameters' names, and what each of their n numbers begins with.
    def __init__(self, n, **start):
        who = type(self).__name__
        self.n_in = self.n_out = check.integer(who, "n", n, 1)
        self.start = {name: float(check.number(who, name, p)) for name, p in start.items()}

    def parameters(self) -> list[Parameter]:
        return [Parameter(name, (1, self.n_in), is_weight=False) for name in self.start]

    def init(self, rng: np.random.Generator) -> list[np.ndarray]:
        return [np.full((1, self.n_in), p) for p in self.start.values()]


class ParametricReLU(_Learned):
    """A = Z where Z > 0, a Z elsewhere, with a learned slope a for every feature.

    Shapes: Z (N, n), a (1, n).  He, Zhang, Ren, Sun 2015, arXiv:1502.01852."""

    def __init__(self, n: int, slope: float = 0.25):
        super().__init__(n, a=check.number("ParametricReLU", "slope", slope))

    def forward(self, params: Arrays, z: Array, train: bool = False, buffers: Arrays = ()) -> tuple:
        check_features(self, z)
        return namespace(z).where(z > 0, z, params[0] * z), z

    def input_grad(self, params: Arrays, z: Array, g: Array) -> Array:
        return namespace(z).where(z > 0, g, params[0] * g)

    def param_grad(self, params: Arrays, z: Array, g: Array) -> Arrays:
        """∂J/∂a = Σₙ g z where z ≤ 0."""
        return [sum_rows(namespace(z).where(z > 0, 0.0, g * z))]


class ACON(_Learned):
    """A = d σ(βd) + p₂ z with d = (p₁ − p₂) z: a smooth maximum of p₁ z and p₂ z, learned.

    ``kind``: "A" p₁ = 1, p₂ = 0 fixed (Swish with a learned β); "B" p₁ = 1 fixed; "C" all learned.
    Shapes: z (N, n), each parameter (1, n).  Ma, Zhang, Liu, Sun 2021, arXiv:2009.04759.
    """

    shown = ("n_in", "kind")

    def __init__(self, n: int, kind: str = "C", p1: float = 1, p2: float = 0.25, beta: float = 1):
        super().__init__(n, p1=p1, p2=p2, beta=beta)
        self.kind = check.one_of("ACON", "kind", kind, ("A", "B", "C"))
        self.fixed = {"A": {"p1": 1.0, "p2": 0.0}, "B": {"p1": 1.0}, "C": {}}[kind]
        self.start = {name: p for name, p in self.start.items() if name not in self.fixed}

    def forward(self, params: Arrays, z: Array, train: bool = False, buffers: Arrays = ()) -> tuple:
        check_features(self, z)
        p = self.fixed | dict(zip(self.start, params, strict=True))
        d = (p["p1"] - p["p2"]) * z
        s = sigmoid(p["beta"] * d)
        slope = s + p["beta"] * d * s * (1.0 - s)  # ∂(d σ(βd))/∂d
        return d * s + p["p2"] * z, (z, d, s, slope, p)

    def input_grad(self, params: Arrays, cache: tuple, g: Array) -> Array:
        z, d, s, slope, p = cache
        return g * (slope * (p["p1"] - p["p2"]) + p["p2"])

    def param_grad(self, params: Arrays, cache: tuple, g: Array) -> Arrays:
        """∂a/∂p₁ = z (s + βd s (1 − s)),   ∂a/∂p₂ = z − ∂a/∂p₁,   ∂a/∂β = d² s (1 − s)."""
        z, d, s, slope, p = cache
        by = {"p1": z * slope, "p2": z - z * slope, "beta": d * d * s * (1.0 - s)}
        return [sum_rows(g * by[name]) for name in self.start]
