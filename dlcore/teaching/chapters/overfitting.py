"""What chapter 17 over-fits: a noisy sine and few digits, in as many samples as there are seeds, so
that a stack of networks (``copies=``) shows the spread; and one way to train them for all methods.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from dlcore import datasets
from dlcore.layers import Activation, Layer, Linear
from dlcore.losses import SoftmaxCrossEntropy
from dlcore.network import Network
from dlcore.noise import Dropout
from dlcore.optimizers import AdamW
from dlcore.regularizers import L2
from dlcore.training import fit

SCOUTS = tuple(range(1000, 1020))  # seeds that find the strengths; no comparison uses them
FEW, WRONG = (50, 0.0), (200, 0.4)  # digits for training, share of labels drawn at random
LADDERS = {
    "L2": (3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 6e-2),
    "decoupled decay": (0.03, 0.1, 0.3, 0.6, 1.0, 2.0),
    "early stopping": (2, 5, 10, 20, 40),
    "dropout": (0.1, 0.2, 0.3, 0.5, 0.6),
    "label smoothing": (0.02, 0.05, 0.1, 0.2, 0.4, 0.6),
    "augmentation": (0.5, 1.0, 1.5, 2.0, 3.0),
}
OWN = {  # what ``own_strength`` finds for the two tasks
    FEW: {
        "L2": 1e-3,
        "decoupled decay": 1.0,
        "early stopping": 40,
        "dropout": 0.1,
        "label smoothing": 0.02,
        "augmentation": 1.5,
    },
    WRONG: {
        "L2": 3e-2,
        "decoupled decay": 1.0,
        "early stopping": 5,
        "dropout": 0.5,
        "label smoothing": 0.6,
        "augmentation": 2.0,
    },
}


def noisy_sine(n: int, noise: float, seeds: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """X (E, n, 1) in [−1, 1] and y = sin πx + noise · N(0, 1), a sample for each seed."""
    rngs = [np.random.default_rng(seed) for seed in seeds]
    X = np.stack([rng.uniform(-1, 1, (n, 1)) for rng in rngs])
    return X, np.sin(np.pi * X) + noise * np.stack([rng.normal(size=(n, 1)) for rng in rngs])


@cache
def _digits(K):
    return datasets.digits(range(K))


def digit_sets(
    sizes: Sequence[int], seeds: Sequence[int], K: int = 10
) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each size (X (E, n, 64), labels y (E, n)) of the digits below K: for each seed another
    division, in which no digit comes twice."""
    X, y = _digits(K)
    order = np.stack([np.random.default_rng(seed).permutation(len(y)) for seed in seeds])
    ends = np.cumsum(sizes)
    if ends[-1] > len(y):
        raise ValueError(f"digit_sets: expected at most {len(y)} digits, got {tuple(sizes)}")
    parts = [order[:, end - size : end] for size, end in zip(sizes, ends, strict=True)]
    return [(X[rows], y[rows]) for rows in parts]


def randomised(y: np.ndarray, share: float, seed: int = 0, K: int = 10) -> np.ndarray:
    """Labels (E, n) in which this share of each row is drawn anew from all K classes."""
    rng, n = np.random.default_rng(seed), y.shape[-1]
    chosen = rng.permuted(np.broadcast_to(np.arange(n) < round(share * n), y.shape), axis=-1)
    return np.where(chosen, rng.integers(0, K, y.shape), y)


def bent(X: np.ndarray, seed: int, strength: float = 1.0) -> np.ndarray:
    """Pictures (…, 64), each turned, stretched and shifted a little at random: up to 10 degrees, a
    tenth and a third of a pixel, times ``strength``.  Between the pixels ink is interpolated."""
    rng, M = np.random.default_rng(seed), X.size // 64
    angle, wide, high, right, down = strength * rng.uniform(-1, 1, (5, M, 1, 1))
    angle = np.deg2rad(10) * angle
    u, v = np.meshgrid(np.arange(8) - 3.5, np.arange(8) - 3.5)  # to the right, downwards
    column = (1 + 0.1 * wide) * (np.cos(angle) * u - np.sin(angle) * v) + right / 3 + 3.5
    row = (1 + 0.1 * high) * (np.sin(angle) * u + np.cos(angle) * v) + down / 3 + 3.5
    return _read(X.reshape(M, 8, 8), row, column).reshape(X.shape)


def _read(images, row, column):
    """Ink at places between the pixels, bilinear; outside the picture there is none."""
    images = np.pad(images, ((0, 0), (1, 2), (1, 2)))
    row, column = np.clip(row + 1, 0, 9), np.clip(column + 1, 0, 9)
    i, j = np.floor(row).astype(int), np.floor(column).astype(int)
    a, b, m = row - i, column - j, np.arange(len(images))[:, None, None]
    top = (1 - b) * images[m, i, j] + b * images[m, i, j + 1]
    return (1 - a) * top + a * ((1 - b) * images[m, i + 1, j] + b * images[m, i + 1, j + 1])


def mirrored(X: np.ndarray) -> np.ndarray:
    """Pictures (…, 64) with left and right exchanged."""
    return X.reshape(*X.shape[:-1], 8, 8)[..., ::-1].reshape(X.shape)


def train(
    X: np.ndarray,
    y: np.ndarray,
    method: str = "nothing",
    strength: Any = 0.0,
    seeds: Sequence[int] = (0,),
    steps: int = 600,
    batch: int = 32,
    **more: Any,
) -> Network:
    """A stack of networks 64-32-K for the digits X (E, n, 64) with labels y (E, n), one for each
    seed, after so many steps of Adam, with one method against over-fitting."""
    targets = np.eye(y.max() + 1)[y]
    hidden: list[Layer] = [Linear(64, 32, "he"), Activation("relu")]
    if method == "dropout":
        hidden = [Dropout(0.4 * strength), *hidden, Dropout(strength)]
    net = Network(*hidden, Linear(32, y.max() + 1), copies=len(seeds), seed=list(seeds))
    if method == "augmentation":  # ten versions of each digit, and the same number of steps
        X = np.concatenate([bent(X, i, strength) for i in range(10)], axis=1)
        targets = np.tile(targets, (1, 10, 1))
    if method == "early stopping":  # every fourth digit is kept back
        more |= {"validation": (X[:, ::4], targets[:, ::4]), "patience": strength}
        X, targets = (np.delete(a, np.s_[::4], axis=1) for a in (X, targets))
    loss = SoftmaxCrossEntropy(strength if method == "label smoothing" else 0.0)
    decay = strength if method == "decoupled decay" else 0.0  # AdamW without decay is Adam
    optimizer = AdamW(net.theta, lr=0.01, decay=decay, n_weights=net.n_weights)
    penalty = L2(strength) if method == "L2" else None
    epochs = round(steps * batch / X.shape[1])
    fit(net, loss, optimizer, X, targets, epochs=epochs, batch_size=batch, penalty=penalty,
        progress=False, **more)  # fmt: skip
    return net


def accuracies(net: Network, X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The share of right answers of each network of a stack on its own digits, (E,)."""
    return (net(X).argmax(axis=-1) == y).mean(axis=-1)


def own_strength(
    method: str, n: int, wrong: float, seeds: Sequence[int] = SCOUTS
) -> tuple[float, np.ndarray]:
    """The strength of the ladder with the best mean validation, and the means of all.

    The validation set of 300 digits has as many labels drawn at random as the training set."""
    (X, y), (X_valid, y_valid) = digit_sets([n, 300], seeds)
    y, y_valid = randomised(y, wrong, 1), randomised(y_valid, wrong, 2)
    means = np.array(
        [
            accuracies(train(X, y, method, strength, seeds), X_valid, y_valid).mean()
            for strength in LADDERS[method]
        ]
    )
    return LADDERS[method][int(means.argmax())], means


def stopping_point(curve: Sequence[float], patience: int) -> tuple[int, int]:
    """(epoch of the best, epoch of the stop), both from 1, of a curve that should fall."""
    best = 1
    for epoch, value in enumerate(curve, start=1):
        if value < curve[best - 1]:
            best = epoch
        if epoch - best >= patience:
            return best, epoch
    return best, len(curve)


def random_features(x: np.ndarray, P: int, seed: int) -> np.ndarray:
    """max(0, w·x + b) of P random units that never learn, (n, P): the first P of one long list."""
    units = np.random.default_rng(seed).normal(size=(P, x.shape[-1] + 1))
    return np.maximum(0, x @ units[:, 1:].T + units[:, 0]) / np.sqrt(x.shape[-1])


def least_norm(Phi: np.ndarray, y: np.ndarray, lam: float = 0.0) -> np.ndarray:
    """w of the smallest ‖Φw − y‖² + λ‖w‖²; for λ = 0, of all the best w the shortest."""
    if lam == 0:
        return np.linalg.lstsq(Phi, y, rcond=None)[0]
    n, P = Phi.shape
    if n < P:
        return Phi.T @ np.linalg.solve(Phi @ Phi.T + lam * np.eye(n), y)
    return np.linalg.solve(Phi.T @ Phi + lam * np.eye(P), Phi.T @ y)


def descents(
    data: Callable[[int], tuple], numbers: Sequence[int], lam: float, seeds: Sequence[int]
) -> np.ndarray:
    """Errors (2, seeds, numbers) of least squares on P random features, in training and test.

    data(seed) returns X, targets, X of the test, and error(outputs), the test's."""
    errors = np.zeros((2, len(seeds), len(numbers)))
    for s, seed in enumerate(seeds):
        X, targets, X_test, error = data(seed)
        for i, P in enumerate(numbers):
            Phi = random_features(X, P, seed)
            w = least_norm(Phi, targets, lam)
            errors[0, s, i] = ((Phi @ w - targets) ** 2).mean()
            errors[1, s, i] = error(random_features(X_test, P, seed) @ w)
    return errors
