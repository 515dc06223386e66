"""Layers: differentiable maps y = f(x; params), with their derivatives written out.

    forward(params, x, train, buffers)  -> y, cache    cache: what the derivatives need
    input_grad(params, cache, g)        -> ∂J/∂x       given g = ∂J/∂y
    param_grad(params, cache, g)        -> [∂J/∂p for p in params]

A layer owns no arrays: ``params`` and ``buffers`` are the network's, the cache is returned.  Rows
of x are samples, (N, n_in).  The contract, which ``contracts.check_layer`` tries, for y = s ⊙ x:

    class Scale(Layer):
        def __init__(self, n):
            self.n_in = self.n_out = n

        def parameters(self):                     # what is to be kept: names, shapes
            return [Parameter("s", (1, self.n_in), is_weight=True)]

        def init(self, rng):                      # where it starts, NumPy arrays
            return [np.ones((1, self.n_in))]

        def forward(self, params, x, train=False, buffers=()):
            return params[0] * x, x

        def input_grad(self, params, x, g):
            return params[0] * g

        def param_grad(self, params, x, g):
            return [sum_rows(g * x)]

* Attributes are settings: nothing that training changes.  By ``n_in`` and ``n_out``, the numbers of
  features (None: any), the network sees whether its layers fit.
* What changes and is not a parameter (running statistics) is a buffer: ``buffers()`` has names and
  first values, forward puts new ones into the cache, where ``new_buffers(cache)`` finds them; the
  network keeps them when the loss has accepted the target.
* Random numbers come from ``self.rng``, which ``seeded = False`` lets the network provide.
* In a stack of E networks all has one more axis in front, but for an x (N, n_in) that is shared by
  all: so vectors are rows (1, n), sums over the samples ``axis=-2``, and a transpose is ``.mT``.
"""

from typing import Any, NamedTuple

import numpy as np

from . import checks as check
from .activations import Function, activation, softmax
from .backend import Array, Arrays, namespace, sum_rows
from .initializers import Initializer, initializer


class Parameter(NamedTuple):
    """What a layer wants to be kept for it; weights are what a penalty acts on."""

    name: str
    shape: tuple
    is_weight: bool


class Layer:
    """The contract of this module, for a layer without parameters that keeps the shape."""

    rng: Any = None
    seeded = True
    n_in: Any = None
    n_out: Any = None
    shown: tuple[str, ...] = ()  # the names of the attributes that stand in the layer's repr
    forward: Any
    input_grad: Any

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(repr(getattr(self, a)) for a in self.shown)})"

    def parameters(self) -> list[Parameter]:
        """The parameters that the layer wants."""
        return []

    def init(self, rng: np.random.Generator) -> list[np.ndarray]:
        """Their initial values, drawn from ``rng``."""
        return []

    def buffers(self) -> list[tuple[str, np.ndarray]]:
        """The arrays that the layer wants besides its parameters: [(name, first value), …]."""
        return []

    def new_buffers(self, cache: Any) -> Arrays:
        """Their values after a training step whose forward pass left this cache."""
        return []

    def param_grad(self, params: Arrays, cache: Any, g: Array) -> Arrays:
        """[∂J/∂p for each parameter p], given g = ∂J/∂y."""
        return []


class Linear(Layer):
    """Z = X Wᵀ + b: rows z = W x + b.  X (N, n_in), W (n_out, n_in), b (1, n_out), Z (N, n_out)."""

    shown = ("n_in", "n_out")

    def __init__(self, n_in: int, n_out: int, init: str | Initializer = "lecun"):
        self.n_in = check.integer("Linear", "n_in", n_in, 1)
        self.n_out = check.integer("Linear", "n_out", n_out, 1)
        self.initializer = initializer(init)

    def parameters(self) -> list[Parameter]:
        W = Parameter("W", (self.n_out, self.n_in), is_weight=True)
        return [W, Parameter("b", (1, self.n_out), is_weight=False)]

    def init(self, rng: np.random.Generator) -> list[np.ndarray]:
        return [self.initializer(rng, self.n_out, self.n_in), np.zeros((1, self.n_out))]

    def forward(self, params: Arrays, x: Array, train: bool = False, buffers: Arrays = ()) -> tuple:
        check_features(self, x)
        W, b = params
        return x @ W.mT + b, x

    def input_grad(self, params: Arrays, x: Array, delta: Array) -> Array:
        """∂J/∂x = Wᵀ δ for every row δ of delta = ∂J/∂Z."""
        W, _ = params
        return delta @ W

    def param_grad(self, params: Arrays, x: Array, delta: Array) -> Arrays:
        """∂J/∂W = Σₙ δₙ xₙᵀ,   ∂J/∂b = Σₙ δₙ."""
        return [delta.mT @ x, sum_rows(delta)]


class Activation(Layer):
    """A = h(Z), elementwise.  Backwards it is the factor ⊙ h'(z) of the δ recursion."""

    shown = ("h",)

    def __init__(self, h: str | Function):
        self.h: Any = activation(h)

    def forward(self, params: Arrays, z: Array, train: bool = False, buffers: Arrays = ()) -> tuple:
        a = self.h(z)
        return a, (z, a)

    def input_grad(self, params: Arrays, cache: tuple, g: Array) -> Array:
        """δ = g ⊙ h'(z), where g = Wᵀ δ comes from the layer above."""
        z, a = cache
        return g * self.h.deriv(z, a)


class Softmax(Layer):
    """p = softmax(z) over the last axis,   ∂J/∂z = p ⊙ (g − Σₖ gₖ pₖ) = (diag(p) − p pᵀ) g."""

    def forward(self, params: Arrays, z: Array, train: bool = False, buffers: Arrays = ()) -> tuple:
        p = softmax(check.floating(self, "z", z))
        return p, p

    def input_grad(self, params: Arrays, p: Array, g: Array) -> Array:
        return p * (g - namespace(g).sum(g * p, axis=-1, keepdims=True))


def check_features(layer: Layer, x: Array) -> None:
    """Raise TypeError for an x that is no array of floats, ValueError for a wrong shape."""
    if check.floating(layer, "x", x).ndim not in (2, 3) or x.shape[-1] != layer.n_in:
        raise ValueError(f"{layer}: expected x of shape (N, {layer.n_in}), got {tuple(x.shape)}")
