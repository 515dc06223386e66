"""What the perceptron of 1958 was shown: cards with a black square on the left or on the right."""

import numpy as np

from dlcore import checks as check


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
