"""Normalisation: y = γ x̂ + β with x̂ = (x − μ)/√(σ² + ε).  The layers differ in whose μ, σ² it is.

    BatchNorm      each feature, over the N samples of the batch
    LayerNorm      each sample, over its n features
    InstanceNorm   each channel of each image, over its pixels
    GroupNorm      each group of channels of each image

x is (N, n), or images (N, C, H, W), with the axis E of a stack in front.  σ² is the mean of
(x − μ)²; to train on one value, which has no variance, is a ValueError.
"""

import math

import numpy as np

from . import checks as check
from .backend import Array, Arrays, ignore_overflow, namespace, reshape, unit
from .layers import Layer, Parameter


class _Normalize(Layer):
    # x̂ over ``axes``; γ and β have the shape of one sample's features with 1 elsewhere.
    axes: tuple[int, ...] = ()
    images, fewest, groups = False, 1, 1
    of = "feature"  # what the values belong to that share one μ and σ²
    shown: tuple[str, ...] = ("n",)

    def __init__(self, n: int, eps: float = 1e-5):
        self.n = check.integer(type(self).__name__, "n", n, self.fewest)
        self.eps = check.number(type(self).__name__, "eps", eps, 0)
        self.shape = (1, self.n, 1, 1) if self.images else (1, self.n)
        self.sample_axes = (-4, -2, -1) if self.images else (-2,)  # what γ and β are shared by
        self.n_in = self.n_out = self.n

    def parameters(self) -> list[Parameter]:
        return [Parameter(name, self.shape, is_weight=False) for name in ("gamma", "beta")]

    def init(self, rng: np.random.Generator) -> list[np.ndarray]:
        return [np.ones(self.shape), np.zeros(self.shape)]

    def check(self, x: Array, train: bool) -> None:
        """Raise TypeError or ValueError for what has not n features, or no variance."""
        wanted = ("N", self.n, "H", "W") if self.images else ("N", self.n)
        if check.floating(self, "x", x).ndim < len(wanted) or x.shape[1 - len(wanted)] != self.n:
            check.shape(self, "x", x, wanted)
        if train and self.count(x) < 2:
            values = f"at least 2 values of a {self.of}"
            raise ValueError(f"{self}: expected {values}, got 1, which has no variance")

    def count(self, x: Array) -> int:
        """How many values share one μ and σ²."""
        return math.prod([x.shape[axis] for axis in self.axes]) // self.groups

    def standardized(self, x: Array) -> tuple:
        """x̂ = (x − μ)/√(σ² + ε), √(σ² + ε), μ and σ², by x/u whose squares do not overflow."""
        xp, u = namespace(x), unit(x, self.axes)
        x = x / u
        mu = xp.mean(x, axis=self.axes, keepdims=True)
        x = x - mu
        var = xp.mean(x**2, axis=self.axes, keepdims=True)
        sigma = xp.sqrt(var + xp.clip(self.eps / u / u, 1e-37, None))
        with ignore_overflow(x):
            return x / sigma, u * sigma, u * mu, u * (u * var)

    def statistics(self, x: Array) -> tuple[Array, Array]:
        """μ and σ² over ``axes``."""
        return self.standardized(x)[2:]

    def forward(self, params: Arrays, x: Array, train: bool = False, buffers: Arrays = ()) -> tuple:
        self.check(x, train)
        gamma, beta = params
        x_hat, sigma, *_ = self.standardized(x)
        return gamma * x_hat + beta, (x_hat, sigma)

    def input_grad(self, params: Arrays, cache: tuple, g: Array) -> Array:
        """∂J/∂x = (ĝ − mean ĝ − x̂ mean(ĝ ⊙ x̂))/σ with ĝ = γ g, the means over the same axes."""
        xp, (x_hat, sigma) = namespace(g), cache[:2]
        g = params[0] * g
        mean = xp.mean(g, axis=self.axes, keepdims=True)
        return (g - mean - x_hat * xp.mean(g * x_hat, axis=self.axes, keepdims=True)) / sigma

    def param_grad(self, params: Arrays, cache: tuple, g: Array) -> Arrays:
        """∂J/∂γ = Σ g ⊙ x̂,   ∂J/∂β = Σ g   over all samples (and pixels)."""
        xp, x_hat = namespace(g), cache[0]
        return [xp.sum(a, axis=self.sample_axes, keepdims=True) for a in (g * x_hat, g)]


class BatchNorm(_Normalize):
    """y = γ x̂ + β, μ and σ² of each feature over the batch in training; running means afterwards.

    Shapes: x (N, n), γ, β (1, n); with ``images=True`` x (N, n, H, W) and n channels.
    Training: r ← (1 − m) r + m μ, and likewise σ² times N/(N − 1); momentum m and ε are torch's.
    Evaluation: they are constants, ∂J/∂x = γ g/σ.  Ioffe and Szegedy 2015, arXiv:1502.03167.
    """

    def __init__(self, n: int, images: bool = False, momentum: float = 0.1, eps: float = 1e-5):
        self.images = check.boolean("BatchNorm", "images", images)
        super().__init__(n, eps)
        self.momentum = check.number("BatchNorm", "momentum", momentum, 0, 1)
        self.axes = self.sample_axes

    def __repr__(self):
        return f"BatchNorm({self.n}{', images=True' if self.images else ''})"

    def buffers(self) -> list[tuple[str, np.ndarray]]:
        return [("running_mean", np.zeros(self.shape)), ("running_var", np.ones(self.shape))]

    def forward(self, params: Arrays, x: Array, train: bool = False, buffers: Arrays = ()) -> tuple:
        self.check(x, train)
        gamma, beta = params
        running_mean, running_var = buffers
        if train:
            x_hat, sigma, mu, var = self.standardized(x)
            m, N = self.momentum, self.count(x)
            running_mean = (1 - m) * running_mean + m * mu
            running_var = (1 - m) * running_var + m * (N / (N - 1)) * var
        else:
            sigma = namespace(x).sqrt(running_var + self.eps)
            x_hat = (x - running_mean) / sigma
        return gamma * x_hat + beta, (x_hat, sigma, train, (running_mean, running_var))

    def new_buffers(self, cache: tuple) -> Arrays:
        return cache[3]

    def input_grad(self, params: Arrays, cache: tuple, g: Array) -> Array:
        x_hat, sigma, train, _ = cache
        return super().input_grad(params, cache, g) if train else params[0] * g / sigma


class LayerNorm(_Normalize):
    """y = γ x̂ + β, μ and σ² over the n features of each sample, in training and evaluation alike.

    Shapes: x (N, n), γ, β (1, n).  Ba, Kiros, Hinton 2016, arXiv:1607.06450.
    """

    axes, fewest = (-1,), 2  # one feature has no variance


class InstanceNorm(_Normalize):
    """y = γ x̂ + β, μ and σ² over the H × W pixels of each channel of each image.

    Shapes: x (N, C, H, W), γ, β (1, C, 1, 1).  Ulyanov, Vedaldi, Lempitsky 2016, arXiv:1607.08022.
    """

    axes, images, of = (-2, -1), True, "channel of an image"


class GroupNorm(_Normalize):
    """y = γ x̂ + β, μ and σ² over each of G groups of C/G channels, for every image by itself.

    G = C is InstanceNorm.  x (N, C, H, W), γ, β (1, C, 1, 1).  Wu and He 2018, arXiv:1803.08494.
    """

    axes, images, of = (-3, -2, -1), True, "group"  # of channels in groups, (N, G, C/G, H, W)
    shown = ("groups", "n")

    def __init__(self, groups: int, n: int, eps: float = 1e-5):
        super().__init__(n, eps)
        self.groups = check.integer("GroupNorm", "groups", groups, 1)
        if n % groups:
            raise ValueError(f"GroupNorm: expected groups that divide {n} channels, got {groups!r}")

    def grouped(self, x: Array) -> Array:
        """(…, C, H, W) -> (…, groups, C/groups, H, W)."""
        return reshape(x, (*x.shape[:-3], self.groups, self.n // self.groups, *x.shape[-2:]))

    def standardized(self, x: Array) -> tuple:
        x_hat, *others = super().standardized(self.grouped(x))
        return reshape(x_hat, tuple(x.shape)), *others

    def input_grad(self, params: Arrays, cache: tuple, g: Array) -> Array:
        x_hat, sigma, shape = *cache, tuple(g.shape)
        g = self.grouped(params[0] * g)  # γ belongs to a channel, not to a group
        return reshape(super().input_grad([1.0], (self.grouped(x_hat), sigma), g), shape)
