"""A car that keeps its speed: proportional and integral feedback, with a delay, on a hill."""

from typing import NamedTuple

import numpy as np

from dlcore import checks as check

DRAG = 0.1  # k, in 1/s
HILL = -0.5  # d, in m/s²: what a slope of five per cent takes away
START = 5.0  # s


class Drive(NamedTuple):
    t: np.ndarray  # s, (T,)
    v: np.ndarray  # the speed less the wanted one, m/s, (T, …)
    u: np.ndarray  # what the pedal does, m/s², (T, …)


def drive(
    K: float,
    Ki: float = 0.0,
    delay: float = 0.0,
    k: float = DRAG,
    d: float = HILL,
    duration: float = 60.0,
    dt: float = 0.01,
) -> Drive:
    """dv/dt = −k v + u + d with u(t) = −K v(t − delay) − Ki ∫ v(s − delay) ds up to t.

    K, Ki and d may be arrays: many cars at once.  Euler's steps of dt; the hill begins at 5 s."""
    check.number("drive", "delay", delay, 0)
    steps, late = round(duration / dt), round(delay / dt)
    zero = 0.0 * (np.asarray(K) + np.asarray(Ki) + np.asarray(d) + np.asarray(k))
    v, u = np.zeros((2, steps + 1, *zero.shape))
    total = zero
    for n in range(steps):
        felt = v[n - late] if n >= late else zero
        total = total + felt * dt
        u[n] = -K * felt - Ki * total
        v[n + 1] = v[n] + dt * (-k * v[n] + u[n] + (d if n * dt >= START else 0.0))
    u[-1] = u[-2]
    return Drive(dt * np.arange(steps + 1), v, u)


def swings(v: np.ndarray) -> np.ndarray:
    """How far v moves up and down in the last sixth, against the sixth of five before it."""
    n = len(v) // 6
    return np.ptp(v[-n:], axis=0) / np.ptp(v[-3 * n : -2 * n], axis=0)
