"""Spikes at random times, and how regular a train of them is: its intervals, its counts."""

import math

import numpy as np

from dlcore import checks as check
from dlcore.backend import Array, to_numpy


def poisson_train(rate: float, duration: float, t_ref: float = 0.0, seed: int = 0) -> np.ndarray:
    """Spike times in ms within [0, duration), for a unit that fires ``rate`` Hz in the mean.
    The intervals are t_ref plus an exponential variable of mean 1000/rate − t_ref; with t_ref = 0
    that is the Poisson process: P(n spikes in T) = (rT)ⁿ e^(−rT)/n!.  Recording starts at any
    moment, so the first wait is shorter.  ValueError for a rate that t_ref does not allow."""
    rate = check.number("poisson_train", "rate", rate, 0)
    duration = check.positive("poisson_train", "duration", duration)
    t_ref = check.number("poisson_train", "t_ref", t_ref, 0)
    if rate * t_ref >= 1000:
        limit = f"{1000 / t_ref:g} Hz for t_ref={t_ref}"
        raise ValueError(f"poisson_train: expected rate < {limit}, got {rate}")
    rng = check.generator("poisson_train", seed)
    if rate == 0:
        return np.zeros(0)
    mean = 1000 / rate
    expected = duration / mean
    gaps = rng.exponential(mean - t_ref, int(expected + 10 * math.sqrt(expected)) + 20)
    gaps[1:] += t_ref
    gaps[0] += max(0.0, t_ref - rng.uniform(0, mean))  # what is left of the rest before time 0
    times = np.cumsum(gaps)
    return times[times < duration]


def isi(times: Array) -> np.ndarray:
    """The intervals between one spike and the next, in ms: (n,) -> (n − 1,)."""
    return np.diff(_times("isi", times))


def cv_isi(times: Array) -> float:
    """The coefficient of variation of the intervals, std/mean: 1 − r t_ref for ``poisson_train``.

    At least two intervals are needed: ValueError.
    """
    times = _times("cv_isi", times)
    if len(times) < 3 or times[0] == times[-1]:
        raise ValueError(f"cv_isi: expected at least 3 spikes at several times, got {times}")
    gaps = np.diff(times)
    return float(np.std(gaps) / np.mean(gaps))


def fano_factor(times: Array, duration: float, window: float) -> float:
    """The Fano factor, variance/mean of the spike counts in windows of ``window`` ms.

    1 for the Poisson process in windows of any length; 0 for a clock.  The windows cover
    [0, duration); ValueError for fewer than two windows or no spike in them.
    """
    times = _times("fano_factor", times)
    duration = check.positive("fano_factor", "duration", duration)
    window = check.positive("fano_factor", "window", window)
    n = int(duration / window + 1e-9)  # 0.3/0.1 is 2.9999999999999996
    if n < 2:
        raise ValueError(f"fano_factor: expected at least two windows in the duration, got {n}")
    counts = np.histogram(times, bins=window * np.arange(n + 1))[0]
    if not counts.any():
        raise ValueError("fano_factor: expected at least one spike in the windows, got none")
    return float(np.var(counts) / np.mean(counts))


def _times(who, times):
    times = to_numpy(check.numbers(who, "times", times))
    if times.ndim != 1 or np.any(np.diff(times) < 0):
        raise ValueError(f"{who}: expected spike times (n,) in ascending order, got {times}")
    return times
