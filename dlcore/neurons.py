"""Neurons before learning: the logical unit of 1943, and units that spike.

    McCullochPitts     y = 1 if Σ xᵢ ≥ θ over the excitatory inputs and no inhibitory one is on
    ThresholdUnit      y = 1 if w·x ≥ θ: the later unit, with real weights
    IntegrateAndFire   τ dV/dt = E − V + R I, with a threshold, a reset and a rest after each spike
    poisson_train      spikes at random times; ``intervals``, ``variation`` and ``fano`` describe it

Logical signals are 0 and 1 in arrays (…, n) of any library; answers are integers.
Units of measurement: mV, ms, nA and MΩ (so that R I is in mV), rates in Hz = spikes per second.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from .backend import asarray, namespace, to_numpy
from .checks import array, generator, number, numbers, positive


class McCullochPitts:
    """y = 1 if Σᵢ xᵢ ≥ θ over the excitatory inputs and every inhibitory input is 0, else 0.

    roles       one sign for each input: "+" excitatory, "-" inhibitory, "0" not connected;
                ``McCullochPitts("++", 2)`` is AND, ``McCullochPitts("-", 0)`` is NOT
    threshold   θ, the number of excitatory inputs that must be on
    Shapes: X (…, n) of 0 and 1, y (…,) integers.  Inputs have no weights, one inhibitory input
    is an absolute veto, and nothing is learned.  McCulloch and Pitts 1943.
    """

    def __init__(self, roles, threshold):
        if not isinstance(roles, str) or not roles or set(roles) - set("+-0"):
            raise ValueError(f"McCullochPitts: expected roles such as '++-0', got {roles!r}")
        self.roles, self.n_in = roles, len(roles)
        self.threshold = number("McCullochPitts", "threshold", threshold)

    def __repr__(self):
        return f"McCullochPitts({self.roles!r}, {self.threshold})"

    def __call__(self, X):
        x = signals(self, X, self.n_in)
        xp = namespace(x)
        excitation, inhibition = (
            x @ asarray([float(role == sign) for role in self.roles], x) for sign in "+-"
        )
        return xp.astype((excitation >= self.threshold) & (inhibition == 0), xp.int64)


class ThresholdUnit:
    """y = 1 if w·x ≥ θ, else 0: real weights w (n,) instead of roles.

    Shapes: X (…, n) of 0 and 1, y (…,) integers.
    """

    def __init__(self, w, threshold):
        w = to_numpy(numbers("ThresholdUnit", "w", w))
        if w.ndim != 1 or w.size == 0:
            raise ValueError(f"ThresholdUnit: expected weights w of shape (n,), got {w.shape}")
        self.w, self.n_in = w, len(w)
        self.threshold = number("ThresholdUnit", "threshold", threshold)

    def __repr__(self):
        return f"ThresholdUnit({self.w.tolist()}, {self.threshold})"

    def __call__(self, X):
        x = signals(self, X, self.n_in)
        return namespace(x).astype(x @ asarray(self.w, x) >= self.threshold, namespace(x).int64)


# ---------------------------------------------------------------- units that spike


class Potential(NamedTuple):
    """What ``IntegrateAndFire.simulate`` returns."""

    t: np.ndarray  # the times in ms, (steps + 1,)
    V: Any  # the potential in mV at these times, (steps + 1, …)
    spikes: Any  # True where a step ended with a spike, (steps + 1, …)


class IntegrateAndFire:
    """τ dV/dt = E − V + R I; at V ≥ V_th a spike, then V = V_r for the time t_ref.

    tau     τ, the membrane's time constant in ms
    R       the resistance in MΩ
    E       the resting potential in mV
    V_th    the threshold in mV
    V_r     the reset potential in mV, below V_th
    t_ref   the refractory time in ms: how long V stays at V_r after a spike
    Currents I in nA.  After Lapicque 1907, whose circuit was a capacitor with a leak.
    """

    def __init__(self, tau=20.0, R=10.0, E=-70.0, V_th=-50.0, V_r=-70.0, t_ref=2.0):
        who = "IntegrateAndFire"
        self.tau, self.R = positive(who, "tau", tau), positive(who, "R", R)
        self.E, self.V_th = number(who, "E", E), number(who, "V_th", V_th)
        self.V_r, self.t_ref = number(who, "V_r", V_r), number(who, "t_ref", t_ref, 0)
        if self.V_r >= self.V_th:
            raise ValueError(f"{who}: expected V_r < V_th, got V_r={V_r} and V_th={V_th}")

    def __repr__(self):
        return (
            f"IntegrateAndFire(tau={self.tau}, R={self.R}, E={self.E}, V_th={self.V_th}, "
            f"V_r={self.V_r}, t_ref={self.t_ref})"
        )

    @property
    def rheobase(self):
        """(V_th − E)/R, the current in nA that the unit can just bear without a spike."""
        return (self.V_th - self.E) / self.R

    def rate(self, I):
        """f(I) = [t_ref + τ ln((E + R I − V_r)/(E + R I − V_th))]⁻¹, and 0 where E + R I ≤ V_th.

        I in nA, an array of any shape; f in Hz.  With t_ref = 0 the rate grows without bound,
        nearly as a straight line; else it stays below 1/t_ref.
        """
        I = numbers("IntegrateAndFire", "I", I)
        above = self.E + self.R * I - self.V_th
        xp, fires = namespace(I), above > 0
        above = xp.where(fires, above, 1.0)
        # (a − V_r)/(a − V_th) = 1 + (V_th − V_r)/(a − V_th): no digits are lost for large currents.
        interval = self.t_ref + self.tau * xp.log1p((self.V_th - self.V_r) / above)
        return xp.where(fires, 1000 / interval, 0.0)

    def simulate(self, I, duration, dt=0.1, V=None):
        """V(t) from V = E (or from ``V``) in steps of dt ms, and the spikes.

        I is a number or an array of currents for as many units, constant, or their course in
        time: (steps, …) with steps = duration/dt, if it has more than one axis.  In each step V
        moves as the equation's solution for a constant current, V ← V∞ + (V − V∞) e^(−dt/τ) with
        V∞ = E + R I.  A spike is noticed at the end of its step, so an interval between spikes is
        too long by at most one dt; t_ref is rounded to whole steps.
        """
        who, I = "IntegrateAndFire", numbers("IntegrateAndFire", "I", I)
        dt, duration = positive(who, "dt", dt), positive(who, "duration", duration)
        steps, rest = round(duration / dt), round(self.t_ref / dt)
        if steps < 1:
            raise ValueError(f"{who}: expected a duration of at least dt={dt}, got {duration}")
        if I.ndim > 1 and I.shape[0] != steps:
            raise ValueError(
                f"{who}: expected I of shape ({steps}, …), one row a step, got {tuple(I.shape)}"
            )
        xp, decay = namespace(I), math.exp(-dt / self.tau)
        here = I[0, ...] if I.ndim > 1 else I
        V = self.E if V is None else asarray(numbers(who, "V", V), here)
        if tuple(getattr(V, "shape", ())) not in ((), tuple(here.shape)):
            raise ValueError(
                f"{who}: expected V of shape {tuple(here.shape)}, got {tuple(V.shape)}"
            )
        V = 0 * here + V
        waiting, spike = xp.zeros_like(here), xp.zeros_like(here) > 0
        potentials, spikes = [V], [spike]
        for k in range(steps):
            V_inf = self.E + self.R * (I[k, ...] if I.ndim > 1 else I)
            V = xp.where(waiting > 0, V, V_inf + (V - V_inf) * decay)
            spike = V >= self.V_th
            waiting = xp.where(spike, float(rest), waiting - 1)
            V = xp.where(spike, self.V_r, V)
            potentials.append(V)
            spikes.append(spike)
        return Potential(dt * np.arange(steps + 1), xp.stack(potentials), xp.stack(spikes))


def poisson_train(rate, duration, t_ref=0.0, seed=0):
    """Spike times in ms within [0, duration), for a unit that fires ``rate`` Hz in the mean.

    The intervals are t_ref plus an exponential variable of mean 1000/rate − t_ref.  With
    t_ref = 0 that is the Poisson process: P(n spikes in T) = (rT)ⁿ e^(−rT)/n!.  Recording starts
    at a moment that has nothing to do with the spikes, so the first wait is shorter.
    Returns a NumPy array (n,).  ValueError for a rate that t_ref does not allow.
    """
    rate = number("poisson_train", "rate", rate, 0)
    duration = positive("poisson_train", "duration", duration)
    t_ref = number("poisson_train", "t_ref", t_ref, 0)
    if rate * t_ref >= 1000:
        raise ValueError(
            f"poisson_train: expected rate < {1000 / t_ref:g} Hz for t_ref={t_ref}, got {rate}"
        )
    rng = generator("poisson_train", seed)
    if rate == 0:
        return np.zeros(0)
    mean = 1000 / rate
    expected = duration / mean
    gaps = rng.exponential(mean - t_ref, int(expected + 10 * math.sqrt(expected)) + 20)
    gaps[1:] += t_ref
    gaps[0] += max(0.0, t_ref - rng.uniform(0, mean))  # what is left of the rest before time 0
    times = np.cumsum(gaps)
    return times[times < duration]


def intervals(times):
    """The intervals between one spike and the next, in ms: (n,) -> (n − 1,)."""
    return np.diff(_times("intervals", times))


def variation(times):
    """The coefficient of variation of the intervals, std/mean: 1 − r t_ref for ``poisson_train``.

    At least two intervals are needed: ValueError.
    """
    times = _times("variation", times)
    if len(times) < 3 or times[0] == times[-1]:
        raise ValueError(f"variation: expected at least 3 spikes at several times, got {times}")
    gaps = np.diff(times)
    return float(np.std(gaps) / np.mean(gaps))


def fano(times, duration, window):
    """The Fano factor, variance/mean of the spike counts in windows of ``window`` ms.

    1 for the Poisson process in windows of any length; 0 for a clock.  The windows cover
    [0, duration); ValueError for fewer than two windows or no spike in them.
    """
    times = _times("fano", times)
    duration, window = positive("fano", "duration", duration), positive("fano", "window", window)
    n = int(duration / window + 1e-9)  # 0.3/0.1 is 2.9999999999999996
    if n < 2:
        raise ValueError(f"fano: expected at least two windows in the duration, got {n}")
    counts = np.histogram(times, bins=window * np.arange(n + 1))[0]
    if not counts.any():
        raise ValueError("fano: expected at least one spike in the windows, got none")
    return float(np.var(counts) / np.mean(counts))


def signals(who, X, n):
    """X as an array (…, n) of 0.0 and 1.0, float64.  ValueError for other shapes and values."""
    X = array(who, "X", X)
    if X.ndim == 0 or X.shape[-1] != n:
        raise ValueError(f"{who}: expected X of shape (…, {n}), got {tuple(X.shape)}")
    xp = namespace(X)
    x = xp.astype(X, xp.float64)
    if not bool(xp.all((x == 0) | (x == 1))):
        raise ValueError(f"{who}: expected signals 0 and 1, got other values")
    return x


def _times(who, times):
    times = to_numpy(numbers(who, "times", times))
    if times.ndim != 1 or np.any(np.diff(times) < 0):
        raise ValueError(f"{who}: expected spike times (n,) in ascending order, got {times}")
    return times
