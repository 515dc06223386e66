"""Learning classes from few examples: the nearest mean, on pixels or on any features."""

import numpy as np

from dlcore import checks as check
from dlcore.backend import Array, to_numpy


def split(y: Array, classes: list[int], k: int, rng: np.random.Generator, ask: int = 60) -> tuple:
    """(shown, asked): indices of k examples of each class, (K, k), and of ``ask`` others, (K, ask).
    Those asked are never among the first twenty drawn, so that they are the same for all k ≤ 20."""
    k = check.integer("split", "k", k, 1, 20)
    orders = [check.rng("split", rng).permutation(np.flatnonzero(y == c)) for c in classes]
    return np.stack([o[:k] for o in orders]), np.stack([o[20 : 20 + ask] for o in orders])


def nearest_mean(Z: Array, shown: np.ndarray, asked: np.ndarray, shifts: bool = False) -> float:
    """The share of right answers if each asked row of Z goes to the class with the nearest mean.
    ``shifts``: rows are pictures of 8 × 8, and each mean may be moved by one pixel to fit."""
    Z = to_numpy(
        check.shape("nearest_mean", "Z", check.numbers("nearest_mean", "Z", Z), ("N", "d"))
    )
    means = Z[shown].mean(axis=1)[:, None]  # (K, 1, d)
    if shifts:
        means = shifted(means[:, 0])
    distances = ((Z[asked][:, :, None, None] - means) ** 2).sum(axis=-1).min(axis=-1)  # (K, ask, K)
    return float((distances.argmin(axis=-1) == np.arange(len(shown))[:, None]).mean())


def shifted(pictures: Array) -> np.ndarray:
    """Pictures (n, 64) of 8 × 8, moved by −1, 0 or 1 pixel in both directions: (n, 9, 64)."""
    P = check.shape(
        "shifted", "pictures", check.numbers("shifted", "pictures", pictures), ("n", 64)
    )
    frame = np.pad(to_numpy(P).reshape(-1, 8, 8), ((0, 0), (1, 1), (1, 1)))
    moved = [frame[:, i : i + 8, j : j + 8].reshape(-1, 64) for i in range(3) for j in range(3)]
    return np.stack(moved, axis=1)
