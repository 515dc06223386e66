"""Layers: differentiable maps y = f(x; params), with their derivatives written out.

    forward(params, x, train)      -> y, cache    cache: what the derivatives need
    input_grad(params, cache, g)   -> ∂J/∂x       given g = ∂J/∂y
    param_grad(params, cache, g)   -> [∂J/∂p for p in params]

A layer owns no arrays.  ``params`` are handed in by the network, which keeps them in one flat
vector; the cache is returned, never stored.  Rows of x are samples, (N, n_in).

A stack of E networks runs through the same lines with one more axis in front: W is
(E, n_out, n_in), b is (E, 1, n_out), x is (E, N, n_in) or, shared by all, (N, n_in).  That is why
vectors are rows (1, n), sums over the samples run over ``axis=-2``, and a transpose is ``.mT``.
"""

from typing import NamedTuple

import numpy as np

from .activations import activation, sigmoid, softmax
from .backend import namespace, sum_rows
from .checks import floating, integer, number, one_of
from .initializers import initializer


class Parameter(NamedTuple):
    """What a layer wants to be kept for it: a name, a shape, and whether it is a weight.

    Weights are what a penalty such as L2 acts on; biases are not.
    """

    name: str
    shape: tuple
    is_weight: bool


class Layer:
    """The contract of this module, for a layer without parameters that keeps the shape."""

    rng = None  # the layer's own random state, if it has one
    seeded = True  # False: the network gives the layer its random state
    n_in = n_out = None  # None: any number of features, and the same number out

    def __repr__(self):
        return f"{type(self).__name__}()"

    def parameters(self):
        """The parameters that the layer wants, a list of ``Parameter``."""
        return []

    def init(self, rng):
        """Their initial values, a list of NumPy arrays, drawn from ``rng``."""
        return []

    def buffers(self):
        """The arrays that the layer wants besides its parameters: [(name, NumPy array), …]."""
        return []

    def new_buffers(self, cache):
        """Their values after a training step whose forward pass left this cache."""
        return []

    def param_grad(self, params, cache, g):
        """[∂J/∂p for each parameter p], given g = ∂J/∂y: here there are none."""
        return []

    def output_shape(self, cache):
        """(N, n_out) of the forward pass that left this cache, or None where it does not tell."""


class Linear(Layer):
    """Z = X Wᵀ + b: every row is z = W x + b.

    Shapes: X (N, n_in), W (n_out, n_in), b (1, n_out), Z (N, n_out).
    Raises ValueError for an x of another number of features.
    """

    def __init__(self, n_in, n_out, init="lecun"):
        self.n_in = integer("Linear", "n_in", n_in, 1)
        self.n_out = integer("Linear", "n_out", n_out, 1)
        self.initializer = initializer(init)

    def __repr__(self):
        return f"Linear({self.n_in}, {self.n_out})"

    def parameters(self):
        W = Parameter("W", (self.n_out, self.n_in), is_weight=True)
        b = Parameter("b", (1, self.n_out), is_weight=False)
        return [W, b]

    def init(self, rng):
        return [self.initializer(rng, self.n_out, self.n_in), np.zeros((1, self.n_out))]

    def forward(self, params, x, train=False, buffers=()):
        check_features(self, x)
        W, b = params
        return x @ W.mT + b, x

    def input_grad(self, params, x, delta):
        """∂J/∂x = Wᵀ δ for every row δ of delta = ∂J/∂Z."""
        W, _ = params
        return delta @ W

    def output_shape(self, x):
        return x.shape[-2], self.n_out

    def param_grad(self, params, x, delta):
        """∂J/∂W = Σₙ δₙ xₙᵀ,   ∂J/∂b = Σₙ δₙ."""
        return [delta.mT @ x, sum_rows(delta)]


class Activation(Layer):
    """A = h(Z), elementwise.  Backwards it is the factor ⊙ h'(z) of the δ recursion."""

    def __init__(self, h):
        self.h = activation(h)

    def __repr__(self):
        return f"Activation({self.h})"

    def forward(self, params, z, train=False, buffers=()):
        a = self.h(z)
        return a, (z, a)

    def input_grad(self, params, cache, g):
        """δ = g ⊙ h'(z), where g = Wᵀ δ comes from the layer above."""
        z, a = cache
        return g * self.h.deriv(z, a)

    def output_shape(self, cache):
        return tuple(cache[1].shape[-2:])


class Softmax(Layer):
    """p = softmax(z) over the last axis,   ∂J/∂z = p ⊙ (g − Σₖ gₖ pₖ).

    Not elementwise: its Jacobian diag(p) − p pᵀ is full.  For training use ``SoftmaxCrossEntropy``,
    which takes the logits.
    """

    def forward(self, params, z, train=False, buffers=()):
        p = softmax(floating(self, "z", z))
        return p, p

    def input_grad(self, params, p, g):
        return p * (g - namespace(g).sum(g * p, axis=-1, keepdims=True))

    def output_shape(self, p):
        return tuple(p.shape[-2:])


class ParametricReLU(Layer):
    """A = Z where Z > 0, a Z elsewhere, with a learned slope a for every feature.

    Shapes: Z (N, n), a (1, n).  ∂J/∂a = Σₙ g z where z ≤ 0.  He, Zhang, Ren, Sun 2015,
    arXiv:1502.01852.
    """

    def __init__(self, n, slope=0.25):
        self.n_in = self.n_out = integer("ParametricReLU", "n", n, 1)
        self.slope = number("ParametricReLU", "slope", slope)

    def __repr__(self):
        return f"ParametricReLU({self.n_in})"

    def parameters(self):
        return [Parameter("a", (1, self.n_in), is_weight=False)]

    def init(self, rng):
        return [np.full((1, self.n_in), float(self.slope))]

    def forward(self, params, z, train=False, buffers=()):
        check_features(self, z)
        (a,) = params
        return namespace(z).where(z > 0, z, a * z), z

    def input_grad(self, params, z, g):
        (a,) = params
        return namespace(z).where(z > 0, g, a * g)

    def param_grad(self, params, z, g):
        return [sum_rows(namespace(z).where(z > 0, 0.0, g * z))]


class ACON(Layer):
    """A = d σ(βd) + p₂ z with d = (p₁ − p₂) z: a smooth maximum of p₁ z and p₂ z, learned.

    kind="A"   p₁ = 1, p₂ = 0 fixed, β learned: Swish with a learned β
    kind="B"   p₁ = 1 fixed, p₂ and β learned
    kind="C"   p₁, p₂ and β learned
    Shapes: z (N, n), each parameter (1, n).  Ma, Zhang, Liu, Sun 2021, arXiv:2009.04759.
    """

    def __init__(self, n, kind="C", p1=1.0, p2=0.25, beta=1.0):
        self.n_in = self.n_out = integer("ACON", "n", n, 1)
        self.kind = one_of("ACON", "kind", kind, ("A", "B", "C"))
        start = {"p1": p1, "p2": p2, "beta": beta}
        fixed = {"A": {"p1": 1.0, "p2": 0.0}, "B": {"p1": 1.0}, "C": {}}[kind]
        self.start = {name: number("ACON", name, p) for name, p in start.items()} | fixed
        self.learned = [name for name in self.start if name not in fixed]

    def __repr__(self):
        return f"ACON({self.n_in}, {self.kind!r})"

    def parameters(self):
        return [Parameter(name, (1, self.n_in), is_weight=False) for name in self.learned]

    def init(self, rng):
        return [np.full((1, self.n_in), float(self.start[name])) for name in self.learned]

    def forward(self, params, z, train=False, buffers=()):
        check_features(self, z)
        p = self.start | dict(zip(self.learned, params, strict=True))
        d = (p["p1"] - p["p2"]) * z
        s = sigmoid(p["beta"] * d)
        slope = s + p["beta"] * d * s * (1.0 - s)  # ∂(d σ(βd))/∂d
        return d * s + p["p2"] * z, (z, d, s, slope, p)

    def input_grad(self, params, cache, g):
        z, d, s, slope, p = cache
        return g * (slope * (p["p1"] - p["p2"]) + p["p2"])

    def param_grad(self, params, cache, g):
        """∂a/∂p₁ = z (s + βd s (1 − s)),   ∂a/∂p₂ = z − ∂a/∂p₁,   ∂a/∂β = d² s (1 − s)."""
        z, d, s, slope, p = cache
        by = {"p1": z * slope, "p2": z - z * slope, "beta": d * d * s * (1.0 - s)}
        return [sum_rows(g * by[name]) for name in self.learned]


def check_features(layer, x):
    """Raise ValueError unless x is (N, n_in) or (E, N, n_in), TypeError unless it is an array of
    floating-point numbers."""
    if floating(layer, "x", x).ndim not in (2, 3) or x.shape[-1] != layer.n_in:
        raise ValueError(f"{layer}: expected x of shape (N, {layer.n_in}), got {tuple(x.shape)}")
