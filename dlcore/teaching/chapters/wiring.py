"""A wiring list and what it leaves open: one list of connections, many behaviours."""

import numpy as np

from dlcore import checks as check

N, INPUTS = 302, 10  # units, as many as the worm's nervous system has, and connections to each


def wiring(seed: int = 0) -> np.ndarray:
    """Who is connected to whom: (302, 302) of False and True; row i has unit i's ten inputs."""
    rng = check.generator("wiring", seed)
    C = np.zeros((N, N), bool)
    for i in range(N):
        others = np.delete(np.arange(N), i)
        C[i, rng.choice(others, INPUTS, replace=False)] = True
    return C


def weights(C: np.ndarray, inhibitory: float, g: float = 4.0, seed: int = 0) -> np.ndarray:
    """Signs and strengths for a wiring list C: |W| is drawn from the exponential law of mean
    g/10, and a share of the units, ``inhibitory``, sends negative signals."""
    share = check.number("weights", "inhibitory", inhibitory, 0, 1)
    rng = check.generator("weights", seed)
    sizes = rng.exponential(g / INPUTS, C.shape)
    signs = np.where(rng.permutation(N) < round(share * N), -1.0, 1.0)  # one sign for each sender
    return np.where(C, sizes * signs, 0.0)


def run(
    W: np.ndarray, duration: float = 60.0, dt: float = 0.05, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """(times, a): the rates of dx/dt = −x + W a, a = tanh x, from a small random start.
    Time in units of the cells' own time constant; a (times, 302)."""
    x = 0.1 * check.generator("run", seed).normal(size=len(W))
    a = [np.tanh(x)]
    for _ in range(round(duration / dt)):
        x = x + dt * (W @ a[-1] - x)
        a.append(np.tanh(x))
    return dt * np.arange(len(a)), np.stack(a)


def behaviour(a: np.ndarray, dt: float = 0.05) -> str:
    """What the units do in the last third of a run: "silent", "still" or "restless"."""
    end = a[2 * len(a) // 3 :]
    if np.abs(end).max() < 0.01:
        return "silent"
    return "still" if np.ptp(end, axis=0).max() < 0.01 else "restless"
