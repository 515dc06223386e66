"""Layers for images: convolution and pooling, with their derivatives written out.

Images are (N, C, H, W): N samples, C channels, H rows, W columns; a stack of E networks has
(E, N, C, H, W), or shares (N, C, H, W).  ``Unflatten`` and ``Flatten`` lead from rows of numbers to
images and back, so that a network of these layers takes and gives rows:

    Network(Unflatten(1, 8, 8), Conv2d(1, 16, 3, padding=1), Activation("relu"), MaxPool2d(2),
            Flatten(16, 4, 4), Linear(256, 10))

Each slides a window over its images: ``windows`` cuts them into what the window sees, entry by
entry; ``add_windows``, the transpose, adds numbers back where they came from.
"""

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from . import checks as check
from .backend import Array, Arrays, namespace, reshape, sum_rows
from .initializers import Orthogonal, initializer
from .layers import Layer, Parameter, check_features

Pair: TypeAlias = tuple[int, int]
Size: TypeAlias = int | Pair


class _Window(Layer):
    # What convolution and pooling share: a window of kh × kw entries, its stride, and zeros around.
    channels: int | str = "C"

    def __init__(self, kernel: Size, stride: Size, padding: Size = 0):
        who = type(self).__name__
        self.kernel = _pair(who, "kernel", kernel, low=1)
        self.stride = _pair(who, "stride", stride, low=1)
        self.padding = _pair(who, "padding", padding, low=0)

    def check(self, x: Array) -> None:
        check.floating(self, "x", x)
        (kh, kw), (ph, pw) = self.kernel, self.padding
        if x.ndim < 4 or self.channels not in ("C", x.shape[-3]):
            check.shape(self, "x", x, ("N", self.channels, "H", "W"))
        if x.shape[-2] + 2 * ph < kh or x.shape[-1] + 2 * pw < kw:
            least = f"{max(1, kh - 2 * ph)} × {max(1, kw - 2 * pw)}"
            raise ValueError(f"{self}: expected images of at least {least}, got {tuple(x.shape)}")

    def windows(self, x: Array) -> Arrays:
        """[x[…, s i + u, s j + v] for u, v in the window]: kh·kw views of x, (…, H', W') each.
        Shapes: x (…, H, W), H' = ⌊(H − kh)/sh⌋ + 1 places downwards, W' likewise."""
        (kh, kw), (sh, sw) = self.kernel, self.stride
        down = sh * ((x.shape[-2] - kh) // sh) + 1
        right = sw * ((x.shape[-1] - kw) // sw) + 1
        return [x[..., u : u + down : sh, v : v + right : sw] for u in range(kh) for v in range(kw)]

    def add_windows(self, parts: Arrays, size: tuple) -> Array:
        """The sum of kh·kw ``parts`` (…, H', W'), each at its places in an image of zeros."""
        x = _zeros(parts[0], size)
        for here, part in zip(self.windows(x), parts, strict=True):
            here += part
        return x


class Conv2d(_Window):
    """z[n, k, i, j] = b[k] + Σ W[k, c, u, v] x[n, c, s i + u − p, s j + v − p], over c, u, v.

    The same small W at every place (i, j); x is 0 outside the image.  With the rows of X the
    patches that the window sees, it is Z = X Wᵀ + b, and so are its derivatives.

    kernel, stride s, padding p   a number, or (downwards, to the right)
    init     as for Linear, with n_in = c_in·kh·kw and n_out = c_out·kh·kw
    Shapes: x (N, c_in, H, W), W (c_out, c_in, kh, kw), b (1, c_out), z (N, c_out, H', W') with
    H' = ⌊(H + 2p − kh)/s⌋ + 1.  Raises ValueError for other channels or an image that is too small.
    LeCun et al. 1989, Backpropagation applied to handwritten zip code recognition."""

    def __init__(
        self,
        c_in: int,
        c_out: int,
        kernel: Size,
        stride: Size = 1,
        padding: Size = 0,
        init: str | Callable = "lecun",
    ):
        super().__init__(kernel, stride, padding)
        self.n_in = self.channels = check.integer("Conv2d", "c_in", c_in, low=1)
        self.n_out = check.integer("Conv2d", "c_out", c_out, low=1)
        self.initializer = initializer(init)

    def __repr__(self):
        stride = f", stride={_word(self.stride)}" if self.stride != (1, 1) else ""
        padding = f", padding={_word(self.padding)}" if self.padding != (0, 0) else ""
        return f"Conv2d({self.n_in}, {self.n_out}, {_word(self.kernel)}{stride}{padding})"

    def parameters(self) -> list[Parameter]:
        W = Parameter("W", (self.n_out, self.n_in, *self.kernel), is_weight=True)
        return [W, Parameter("b", (1, self.n_out), is_weight=False)]

    def init(self, rng: np.random.Generator) -> list[np.ndarray]:
        size = math.prod(self.kernel)
        # The fans give the law, and all rows have the same; but an orthogonal W is one as it is.
        rows = self.n_out * (1 if isinstance(self.initializer, Orthogonal) else size)
        W = self.initializer(rng, rows, self.n_in * size)[: self.n_out]
        return [W.reshape(self.n_out, self.n_in, *self.kernel), np.zeros((1, self.n_out))]

    def forward(self, params: Arrays, x: Array, train: bool = False, buffers: Arrays = ()) -> tuple:
        self.check(x)
        W, b = params
        x = self.pad(x)
        X = self.patches(x)
        z = X @ self.matrix(W).mT + b
        places = self.windows(x)[0].shape[-2:]  # (H', W')
        z = reshape(z, (*z.shape[:-2], x.shape[-4], *places, self.n_out))
        return namespace(z).moveaxis(z, -1, -3), (X, x.shape[-2:])

    def input_grad(self, params: Arrays, cache: tuple, delta: Array) -> Array:
        """∂J/∂x: every patch gets Wᵀ δ, and a pixel the sum over the patches that it is in."""
        (W, _), (_, size) = params, cache
        N, _, down, right = delta.shape[-4:]
        (kh, kw), (ph, pw) = self.kernel, self.padding
        g = self.rows(delta) @ self.matrix(W)
        g = reshape(g, (*g.shape[:-2], N, down, right, kh * kw, self.n_in))
        g = namespace(g).moveaxis(g, -1, -4)
        g = self.add_windows([g[..., i] for i in range(kh * kw)], size)
        return g[..., ph : size[0] - ph, pw : size[1] - pw]

    def param_grad(self, params: Arrays, cache: tuple, delta: Array) -> Arrays:
        """∂J/∂W = Σ δ xᵀ,   ∂J/∂b = Σ δ, over the patches x of all samples."""
        (X, _), delta = cache, self.rows(delta)
        g = delta.mT @ X
        g = reshape(g, (*g.shape[:-1], *self.kernel, self.n_in))
        return [namespace(g).moveaxis(g, -1, -3), sum_rows(delta)]

    def pad(self, x: Array) -> Array:
        """x with a border of zeros, as wide as the padding."""
        (ph, pw), (H, W) = self.padding, x.shape[-2:]
        if (ph, pw) == (0, 0):
            return x
        padded = _zeros(x, (H + 2 * ph, W + 2 * pw))
        padded[..., ph : ph + H, pw : pw + W] = x
        return padded

    def patches(self, x: Array) -> Array:
        """What the window sees, as rows: (…, N·H'·W', kh·kw·c_in)."""
        seen, xp = self.windows(x), namespace(x)
        *stack, N, c, down, right = seen[0].shape
        X = xp.empty((*stack, N, down, right, len(seen), c), dtype=x.dtype, device=x.device)
        for i, pixels in enumerate(seen):
            X[..., i, :] = xp.moveaxis(pixels, -3, -1)
        return reshape(X, (*stack, N * down * right, len(seen) * c))

    def rows(self, z: Array) -> Array:
        """Images (…, N, C, H, W) as rows (…, N·H·W, C), one for each place."""
        z = namespace(z).moveaxis(z, -3, -1)
        N, H, W, C = z.shape[-4:]
        return reshape(z, (*z.shape[:-4], N * H * W, C))

    def matrix(self, W: Array) -> Array:
        """W as a matrix, (…, c_out, kh·kw·c_in)."""
        W = namespace(W).moveaxis(W, -3, -1)
        return reshape(W, (*W.shape[:-3], math.prod(self.kernel) * self.n_in))


class _Pool(_Window):
    def __init__(self, kernel: Size, stride: Size | None = None):
        super().__init__(kernel, kernel if stride is None else stride)

    def __repr__(self):
        stride = f", stride={_word(self.stride)}" if self.stride != self.kernel else ""
        return f"{type(self).__name__}({_word(self.kernel)}{stride})"


class MaxPool2d(_Pool):
    """y = the largest x in the window, in every channel by itself; backwards, it gets all of g.

    Of several that are equally large, the first (in the order of reading) counts.
    kernel, stride   as for Conv2d; by default the windows lie side by side.  Rows and columns
    left over, where no whole window fits, are not looked at.
    Shapes: x (N, C, H, W), y (N, C, H', W').  Raises ValueError for an image that is too small."""

    def forward(self, params: Arrays, x: Array, train: bool = False, buffers: Arrays = ()) -> tuple:
        self.check(x)
        xp = namespace(x)
        y, *others = self.windows(x)
        which = xp.zeros(y.shape, dtype=xp.int64, device=x.device)
        for i, seen in enumerate(others, start=1):
            larger = (seen > y) | (seen != seen)  # NaN is passed on, as by torch
            y = xp.where(larger, seen, y)
            which = xp.where(larger, i, which)
        return y, (which, x.shape[-2:])

    def input_grad(self, params: Arrays, cache: Any, g: Array) -> Array:
        """∂J/∂x = g at the largest of the window, 0 elsewhere; summed where windows overlap."""
        (which, size), xp = cache, namespace(g)
        parts = [xp.where(which == i, g, 0.0) for i in range(math.prod(self.kernel))]
        return self.add_windows(parts, size)


class AvgPool2d(_Pool):
    """y = the mean of x in the window, in every channel by itself; backwards, g in equal shares.

    kernel, stride, shapes, errors   as for MaxPool2d"""

    def forward(self, params: Arrays, x: Array, train: bool = False, buffers: Arrays = ()) -> tuple:
        self.check(x)
        seen = self.windows(x)
        return sum(seen) / len(seen), x.shape[-2:]

    def input_grad(self, params: Arrays, size: tuple, g: Array) -> Array:
        """∂J/∂x = g/(kh·kw) everywhere in the window; summed where windows overlap."""
        n = math.prod(self.kernel)
        return self.add_windows([g / n] * n, size)


class _Reshape(Layer):
    # Images of a stated shape as rows, or rows as such images.
    def __init__(self, c: int, h: int, w: int):
        sizes, who = zip("chw", (c, h, w), strict=True), type(self).__name__
        self.shape = tuple(check.integer(who, name, n, low=1) for name, n in sizes)
        self.n_in, self.n_out = self.shape[0], math.prod(self.shape)

    def __repr__(self):
        return f"{type(self).__name__}{self.shape}"


class Flatten(_Reshape):
    """Images (N, C, H, W) as rows (N, C·H·W), for a Linear layer to follow.
    The sizes are stated so that a network can be checked before it runs; ValueError for others."""

    def forward(self, params: Arrays, x: Array, train: bool = False, buffers: Arrays = ()) -> tuple:
        if check.floating(self, "x", x).ndim < 4 or tuple(x.shape[-3:]) != self.shape:
            check.shape(self, "x", x, ("N", *self.shape))
        return reshape(x, (*x.shape[:-3], self.n_out)), None

    def input_grad(self, params: Arrays, cache: Any, g: Array) -> Array:
        return reshape(g, (*g.shape[:-1], *self.shape))


class Unflatten(_Reshape):
    """Rows (N, C·H·W) as images (N, C, H, W); ValueError for rows of another length."""

    def __init__(self, c: int, h: int, w: int):
        super().__init__(c, h, w)
        self.n_in, self.n_out = self.n_out, self.n_in

    def forward(self, params: Arrays, x: Array, train: bool = False, buffers: Arrays = ()) -> tuple:
        check_features(self, x)
        return reshape(x, (*x.shape[:-1], *self.shape)), None

    def input_grad(self, params: Arrays, cache: Any, g: Array) -> Array:
        return reshape(g, (*g.shape[:-3], self.n_in))


def _zeros(like, size):
    # Images of zeros, one for each of ``like``.  In memory the channels of a pixel lie side by
    # side, as behind a convolution, so that windows are copied and added in long pieces.
    xp, (*stack, c, _, _) = namespace(like), like.shape
    x = xp.zeros((*stack, *size, c), dtype=like.dtype, device=like.device)
    return xp.moveaxis(x, -1, -3)


def _pair(who, name, n, low):
    pair = n if isinstance(n, tuple) else (n, n)
    if len(pair) != 2:
        raise ValueError(f"{who}: expected {name} an integer or two, got {n!r}")
    return tuple(check.integer(who, name, m, low) for m in pair)


def _word(pair):
    return str(pair[0] if pair[0] == pair[1] else pair)
