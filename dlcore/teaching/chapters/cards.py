"""Cards like those of the demonstration of 1958, with a black square on the left or on the right,
and pictures as photocells see them."""

import math

import numpy as np

from dlcore import checks as check
from dlcore.backend import Array, to_numpy


def cards(n: int = 200, size: int = 4, side: int = 20, seed: int = 0) -> tuple:
    """Cards with one black square, on the left (class 0) or on the right (class 1): X (n, side²).

    A card is a picture of side × side cells, flattened row by row, 1 where it is black.  The
    square has size × size cells and lies wholly in its half, anywhere.
    """
    side = check.integer("cards", "side", side, 2)
    size = check.integer("cards", "size", size, 1, side // 2)
    n = check.integer("cards", "n", n, 1)
    rng = check.generator("cards", seed)
    y = rng.integers(0, 2, n)
    top = rng.integers(0, side + 1 - size, n)
    left = rng.integers(0, side // 2 + 1 - size, n) + (side - side // 2) * y
    cell = np.arange(side)
    row = (cell >= top[:, None]) & (cell < top[:, None] + size)
    column = (cell >= left[:, None]) & (cell < left[:, None] + size)
    return (row[:, :, None] & column[:, None, :]).reshape(n, side * side).astype(float), y


def to_retina(
    images: Array, retina: tuple[int, int] = (20, 20), threshold: float = 0.5
) -> np.ndarray:
    """Pictures (N, h, w) or square ones (N, h²) shown to photocells: (N, cells) of 0.0 and 1.0.

    Each photocell looks at the pixel under its centre and is lit where that exceeds ``threshold``.
    """
    images = to_numpy(check.numbers("to_retina", "images", images))
    if not isinstance(retina, (list, tuple)) or len(retina) != 2:
        raise ValueError(f"to_retina: expected retina (height, width), got {retina!r}")
    height, width = (check.integer("to_retina", "retina", n, 1) for n in retina)
    threshold = check.number("to_retina", "threshold", threshold)
    if images.ndim == 2:
        side = math.isqrt(images.shape[1])
        check.shape("to_retina", "square pictures", images, ("N", side**2))
        images = images.reshape(len(images), side, side)
    check.shape("to_retina", "pictures", images, ("N ≥ 1", "h ≥ 1", "w ≥ 1"))
    row = ((np.arange(height) + 0.5) * images.shape[1] / height).astype(int)
    column = ((np.arange(width) + 0.5) * images.shape[2] / width).astype(int)
    seen = images[:, row[:, None], column] > threshold
    return seen.reshape(len(images), -1).astype(float)
