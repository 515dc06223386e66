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

from .activations import activation
from .backend import sum_rows
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

    n_in = n_out = None  # None: any number of features, and the same number out

    def parameters(self):
        """The parameters that the layer wants, a list of ``Parameter``."""
        return []

    def init(self, rng):
        """Their initial values, a list of NumPy arrays, drawn from ``rng``."""
        return []

    def param_grad(self, params, cache, g):
        return []


class Linear(Layer):
    """Z = X Wᵀ + b: every row is z = W x + b.

    Shapes: X (N, n_in), W (n_out, n_in), b (1, n_out), Z (N, n_out).
    Raises ValueError for an x of another number of features.
    """

    def __init__(self, n_in, n_out, init="lecun"):
        for n in (n_in, n_out):
            if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 1:
                raise ValueError(f"Linear: expected sizes ≥ 1, got ({n_in!r}, {n_out!r})")
        self.n_in, self.n_out = int(n_in), int(n_out)
        self.initializer = initializer(init)

    def __repr__(self):
        return f"Linear({self.n_in}, {self.n_out})"

    def parameters(self):
        W = Parameter("W", (self.n_out, self.n_in), is_weight=True)
        b = Parameter("b", (1, self.n_out), is_weight=False)
        return [W, b]

    def init(self, rng):
        return [self.initializer(rng, self.n_out, self.n_in), np.zeros((1, self.n_out))]

    def forward(self, params, x, train=False):
        if x.ndim < 2 or x.shape[-1] != self.n_in:
            raise ValueError(f"{self}: expected x of shape (N, {self.n_in}), got {tuple(x.shape)}")
        W, b = params
        return x @ W.mT + b, x

    def input_grad(self, params, x, delta):
        """∂J/∂x = Wᵀ δ for every row δ of delta = ∂J/∂Z."""
        W, _ = params
        return delta @ W

    def param_grad(self, params, x, delta):
        """∂J/∂W = Σₙ δₙ xₙᵀ,   ∂J/∂b = Σₙ δₙ."""
        return [delta.mT @ x, sum_rows(delta)]


class Activation(Layer):
    """A = h(Z), elementwise.  Backwards it is the factor ⊙ h'(z) of the δ recursion."""

    def __init__(self, h):
        self.h = activation(h)

    def __repr__(self):
        return f"Activation({self.h})"

    def forward(self, params, z, train=False):
        a = self.h(z)
        return a, (z, a)

    def input_grad(self, params, cache, g):
        """δ = g ⊙ h'(z), where g = Wᵀ δ comes from the layer above."""
        z, a = cache
        return g * self.h.deriv(z, a)
