"""Layers that add noise in training and do nothing afterwards: dropout and input noise.

The noise is NumPy's, so that a run is the same on every backend, of a stated seed or of one that
follows from the network's.  With ``native_rng=True`` torch draws by itself (``torch.manual_seed``),
as torch.compile needs where it is used by hand (``compiled`` does without).  In a stack all copies
see the same noise where x (N, n) is shared, and each its own where it is (E, N, n).
"""

from typing import Any

from . import checks as check
from .backend import Array, Arrays, asarray, namespace
from .layers import Layer


class _Noise(Layer):
    noisy: Any
    rows: Any = None  # of workers: (a slice, n), which of a minibatch's n samples these are

    def __init__(self, seed, native_rng):
        self.seeded = seed is not None
        self.native_rng = check.boolean(type(self).__name__, "native_rng", native_rng)
        self.rng = check.generator(type(self).__name__, seed if self.seeded else 0)

    def draw(self, x: Array, name: str, torch_name: str) -> Array:
        """Random numbers of the shape, dtype and device of x."""
        if self.native_rng and (draw := getattr(namespace(x), torch_name, None)):
            return draw(x)
        shape, axis = list(x.shape), -2 if x.ndim < 4 else -4  # the axis of the samples
        rows, shape[axis] = self.rows or (slice(None), shape[axis])
        drawn = getattr(self.rng, name)(size=shape)
        return asarray(drawn[(..., rows, *[slice(None)] * (-1 - axis))], x)

    def forward(self, params: Arrays, x: Array, train: bool = False, buffers: Arrays = ()) -> tuple:
        check.floating(self, "x", x)
        return self.noisy(x) if train else (x, None)


class Dropout(_Noise):
    """y = x ⊙ M/(1 − p), M = 0 with probability p, else 1 (training);   y = x (evaluation).

    p ∈ [0, 1) is the probability to DROP (in the paper: to keep); 1/(1 − p) keeps the mean.
    ∂J/∂x = g ⊙ M/(1 − p).  Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov 2014.
    """

    shown = ("p",)

    def __init__(self, p: float = 0.5, seed: Any = None, native_rng: bool = False):
        super().__init__(seed, native_rng)
        self.p = check.below_one("Dropout", "the probability to drop p", p)

    def noisy(self, x: Array) -> tuple:
        keep = self.draw(x, "random", "rand_like") >= self.p
        mask = namespace(x).astype(keep, x.dtype) / (1.0 - self.p)
        return x * mask, mask

    def input_grad(self, params: Arrays, mask: Any, g: Array) -> Array:
        return g if mask is None else g * mask


class GaussianNoise(_Noise):
    """y = x + std ε, ε ~ N(0, 1) (training);   y = x (evaluation);   ∂J/∂x = g.   Bishop 1995."""

    shown = ("std",)

    def __init__(self, std: float = 0.1, seed: Any = None, native_rng: bool = False):
        super().__init__(seed, native_rng)
        self.std = check.number("GaussianNoise", "std", std, 0)

    def noisy(self, x: Array) -> tuple:
        return x + self.std * self.draw(x, "standard_normal", "randn_like"), None

    def input_grad(self, params: Arrays, cache: None, g: Array) -> Array:
        return g
