"""A generative network in miniature: digits out of noise (chapter 20).

    net = denoiser()
    path = generate(net, 16, seed=0)            # (STEPS + 1, 16, 64): from noise to pictures

A picture x of 64 numbers in [−1, 1] is drowned in noise, xₜ = √ᾱₜ x + √(1 − ᾱₜ) ε, t = 1 … STEPS;
the network learns to say ε, given xₜ and t, by the mean squared error.  Backwards, step by step, it
takes away what it believes to be noise.  Ho, Jain and Abbeel 2020, arXiv:2006.11239, with the
cosine for ᾱ of Nichol and Dhariwal 2021, arXiv:2102.09672.
"""

from functools import lru_cache

import numpy as np

from dlcore.datasets import digits
from dlcore.losses import MeanSquaredError
from dlcore.network import MLP
from dlcore.optimizers import Adam

STEPS = 40
KEPT = np.cos(0.5 * np.pi * (0.01 + 0.98 * np.arange(STEPS + 1) / STEPS)) ** 2  # ᾱ₀ … ᾱ_STEPS


@lru_cache
def pictures() -> tuple[np.ndarray, np.ndarray]:
    """1500 digits to learn from, and the other 297, as numbers in [−1, 1]."""
    X = 2 * digits()[0] - 1
    return X[:1500], X[1500:]


def drown(x: np.ndarray, t: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """xₜ = √ᾱₜ x + √(1 − ᾱₜ) ε, for pictures (n, 64), steps (n,) and noise (n, 64)."""
    kept = KEPT[t][:, None]
    return np.sqrt(kept) * x + np.sqrt(1 - kept) * noise


def told(x: np.ndarray, t: np.ndarray) -> np.ndarray:
    """What the network sees: the picture, and the time as seven numbers, (n, 71)."""
    waves = [f(np.pi * k * t / STEPS) for k in (1, 2, 4) for f in (np.sin, np.cos)]
    return np.column_stack([x, t / STEPS, *waves]).astype("float32")


def denoiser(steps: int = 1500, seed: int = 0, width: int = 128) -> MLP:
    """A network with two hidden layers that says which noise is in a picture."""
    net = MLP([71, width, width, 64], "silu", "he", seed=seed)
    optimizer = Adam(net.theta, lr=lambda t: 0.0015 * (1 + np.cos(np.pi * t / steps)))
    rng, loss, (X, _) = np.random.default_rng(seed), MeanSquaredError(), pictures()
    for _ in range(steps):
        x, t = X[rng.integers(0, len(X), 128)], rng.integers(1, STEPS + 1, 128)
        noise = rng.standard_normal(x.shape)
        x = told(drown(x, t, noise), t)
        optimizer.step(net.gradient(loss, x, noise.astype("float32")))
    return net


def generate(net: MLP, n: int, seed: int = 0) -> np.ndarray:
    """The way back for n pictures, (STEPS + 1, n, 64), from noise to the end."""
    rng = np.random.default_rng(seed)
    path = [rng.standard_normal((n, 64))]
    for t in range(STEPS, 0, -1):
        x, kept, before = path[-1], KEPT[t], KEPT[t - 1]
        noise = net(told(x, np.full(n, t))).astype(float)
        clean = np.clip((x - np.sqrt(1 - kept) * noise) / np.sqrt(kept), -1, 1)
        share = kept / before
        mean = (np.sqrt(before) * (1 - share) * clean + np.sqrt(share) * (1 - before) * x) / (
            1 - kept
        )
        spread = np.sqrt((1 - share) * (1 - before) / (1 - kept))
        path.append(mean + (spread * rng.standard_normal(x.shape) if t > 1 else 0))
    return np.array(path)


def nearest(pictures: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Distance of each picture to the nearest of the known ones."""
    squares = ((pictures[:, None] - known) ** 2).sum(axis=-1)
    return np.sqrt(squares.min(axis=1))
