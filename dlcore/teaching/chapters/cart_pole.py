"""A pole on a cart, and controllers found by trying random weights (chapter 20).

    alive, path = balance(weights)      # for how many steps each of many controllers holds the pole
    best = search(trials, seed)

The state is (x, ẋ, φ, φ̇): place and speed of the cart, angle of the pole and its speed.
A controller is four weights w: it pushes the cart to the right with 10 N if w · state > 0, else to
the left.  The pole has fallen where |φ| > 12° or |x| > 2.4 m.
Barto, Sutton and Anderson 1983, doi:10.1109/TSMC.1983.6313077; without friction.
"""

from collections.abc import Sequence

import numpy as np

STEPS, SECONDS = 500, 0.02  # of a trial, and of a step
LIMITS = np.array([2.4, np.deg2rad(12)])
GRAVITY, CART, POLE, HALF, PUSH = 9.8, 1.0, 0.1, 0.5, 10.0  # m/s², kg, kg, m, N


def accelerations(phi: np.ndarray, omega: np.ndarray, push: np.ndarray) -> tuple:
    """ẍ and φ̈ of the cart and of the pole, for an angle φ, its speed ω and a push in newtons."""
    sin, cos, total = np.sin(phi), np.cos(phi), CART + POLE
    common = (push + POLE * HALF * omega**2 * sin) / total
    turn = (GRAVITY * sin - cos * common) / (HALF * (4 / 3 - POLE * cos**2 / total))
    return common - POLE * HALF * turn * cos / total, turn


def balance(weights: np.ndarray, seed: int | Sequence[int] = 0, steps: int = STEPS,
            shove: float = 0.05, watch: bool = True) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Of controllers (n, 4) the steps that each holds the pole, (n,), and, if one is to ``watch``,
    the paths, (steps, n, 4).  All start from one random state with entries between −shove and
    shove; with several seeds all controllers from the first, then all from the second, …"""
    weights, seeds = np.atleast_2d(weights), np.atleast_1d(seed)
    starts = [np.random.default_rng(s).uniform(-shove, shove, 4) for s in seeds]
    state = np.repeat(starts, len(weights), axis=0)
    weights = np.tile(weights, (len(seeds), 1))
    alive, path = np.zeros(len(weights), dtype=int), []
    up = np.ones(len(weights), dtype=bool)
    for _ in range(steps):
        if watch:
            path.append(state.copy())
        push = np.where((weights * state).sum(axis=1) > 0, PUSH, -PUSH)
        x, v, phi, omega = state.T
        a, turn = accelerations(phi, omega, push)
        change = np.stack([v, a, omega, turn], axis=1)
        state = np.where(up[:, None], state + SECONDS * change, state)
        up &= (np.abs(state[:, [0, 2]]) < LIMITS).all(axis=1)
        alive += up
    return alive, np.reshape(path, (-1, *state.shape))


def random_weights(trials: int, seed: int = 0) -> np.ndarray:
    """Controllers drawn at random, (trials, 4), each weight uniform in [−1, 1]."""
    return np.random.default_rng([seed, 1]).uniform(-1, 1, (trials, 4))


def search(trials: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Random search: the best of so many random controllers, (4,), and the record after each."""
    weights = random_weights(trials, seed)
    alive, _ = balance(weights, seed)
    return weights[alive.argmax()], np.maximum.accumulate(alive)
