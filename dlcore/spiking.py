"""Units that spike, and the rule that learns from the order of two spikes.

    IntegrateAndFire   τ dV/dt = E − V + R I, with a threshold, a reset and a rest after each spike
    poisson_train      spikes at random times; ``isi``, ``cv_isi``, ``fano_factor`` describe it
    STDP               spike-timing-dependent plasticity

Units of measurement: mV, ms, nA and MΩ (so that R I is in mV), rates in Hz = spikes per second.
"""

import math
from numbers import Real
from typing import Any, NamedTuple

import numpy as np

from . import checks as check
from .backend import asarray, namespace, to_numpy


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
        self.tau, self.R = check.positive(who, "tau", tau), check.positive(who, "R", R)
        self.E, self.V_th = check.number(who, "E", E), check.number(who, "V_th", V_th)
        self.V_r, self.t_ref = check.number(who, "V_r", V_r), check.number(who, "t_ref", t_ref, 0)
        if self.V_r >= self.V_th:
            raise ValueError(f"{who}: expected V_r < V_th, got V_r={V_r} and V_th={V_th}")

    def __repr__(self):
        return f"IntegrateAndFire({', '.join(f'{k}={v}' for k, v in vars(self).items())})"

    @property
    def rheobase(self):
        """(V_th − E)/R, the current in nA that the unit can just bear without a spike."""
        return (self.V_th - self.E) / self.R

    def rate(self, I):
        """f(I) = [t_ref + τ ln((E + R I − V_r)/(E + R I − V_th))]⁻¹, and 0 where E + R I ≤ V_th.

        I in nA, an array of any shape; f in Hz.  With t_ref = 0 the rate grows without bound,
        nearly as a straight line; else it stays below 1/t_ref.
        """
        I = check.numbers("IntegrateAndFire", "I", I)
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
        who, I = "IntegrateAndFire", check.numbers("IntegrateAndFire", "I", I)
        dt, duration = check.positive(who, "dt", dt), check.positive(who, "duration", duration)
        steps, rest = round(duration / dt), round(self.t_ref / dt)
        if steps < 1:
            raise ValueError(f"{who}: expected a duration of at least dt={dt}, got {duration}")
        if I.ndim > 1:
            check.shape(who, "I, one row a step,", I, (steps, "…"))
        xp, decay = namespace(I), math.exp(-dt / self.tau)
        here = I[0, ...] if I.ndim > 1 else I
        if V is not None:
            V = asarray(check.shape(who, "V", check.numbers(who, "V", V), here.shape, ()), here)
        V = 0 * here + (self.E if V is None else V)
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
    rate = check.number("poisson_train", "rate", rate, 0)
    duration = check.positive("poisson_train", "duration", duration)
    t_ref = check.number("poisson_train", "t_ref", t_ref, 0)
    if rate * t_ref >= 1000:
        wanted = f"rate < {1000 / t_ref:g} Hz for t_ref={t_ref}"
        raise ValueError(f"poisson_train: expected {wanted}, got {rate}")
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


def isi(times):
    """The intervals between one spike and the next, in ms: (n,) -> (n − 1,)."""
    return np.diff(_times("isi", times))


def cv_isi(times):
    """The coefficient of variation of the intervals, std/mean: 1 − r t_ref for ``poisson_train``.

    At least two intervals are needed: ValueError.
    """
    times = _times("cv_isi", times)
    if len(times) < 3 or times[0] == times[-1]:
        raise ValueError(f"cv_isi: expected at least 3 spikes at several times, got {times}")
    gaps = np.diff(times)
    return float(np.std(gaps) / np.mean(gaps))


def fano_factor(times, duration, window):
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


class STDP:
    """Δw = A₊ e^(−Δt/τ₊) if Δt > 0,   −A₋ e^(Δt/τ₋) if Δt < 0,   with Δt = t_post − t_pre in ms.

    A connection grows if its spike comes before that of the cell it leads to, and shrinks if it
    comes after; at Δt = 0 nothing happens.  Amplitudes A ≥ 0 in units of the weight, time
    constants τ in ms.  Markram and others 1997 found the dependence on the order; Bi and Poo 1998
    measured such a window.
    """

    def __init__(self, A_plus=0.01, A_minus=0.012, tau_plus=20.0, tau_minus=20.0):
        who = "STDP"
        self.A_plus = check.number(who, "A_plus", A_plus, 0)
        self.A_minus = check.number(who, "A_minus", A_minus, 0)
        self.tau_plus = check.positive(who, "tau_plus", tau_plus)
        self.tau_minus = check.positive(who, "tau_minus", tau_minus)

    def __repr__(self):
        return f"STDP({', '.join(f'{k}={v}' for k, v in vars(self).items())})"

    def window(self, dt):
        """Δw for pairs of spikes that lie Δt = t_post − t_pre ms apart, an array of any shape."""
        dt = check.numbers("STDP", "dt", dt)
        xp = namespace(dt)
        size = xp.abs(dt)
        grow, shrink = xp.exp(-size / self.tau_plus), xp.exp(-size / self.tau_minus)
        down = xp.where(dt < 0, -self.A_minus * shrink, 0.0)
        return xp.where(dt > 0, self.A_plus * grow, down)

    def change(self, pre, post):
        """Δw = Σ over all pairs of a spike before and one behind the synapse, a 0-d array.

        Times in ms: pre (n,), post (m,).
        """
        pre = check.shape("STDP", "pre", check.numbers("STDP", "pre", pre), ("n",))
        post = check.shape("STDP", "post", check.numbers("STDP", "post", post), ("m",))
        return namespace(pre).sum(self.window(asarray(post, pre)[:, None] - pre))

    def step(self, traces, pre, post, dt=1.0):
        """One step of dt ms, for use while spikes happen: (traces, Δw).

            x ← x e^(−dt/τ₊),   y ← y e^(−dt/τ₋),   Δw = A₊ x post − A₋ y pre,   x += pre, y += post

        Two traces of what has fired replace the sum over all pairs, and give the same.
        Shapes: pre 0 or 1, (M,) for M synapses; post 0 or 1, a number or (); traces = (x, y) of
        the step before, at the start (0, 0); Δw (M,).
        """
        dt = check.positive("STDP", "dt", dt)
        if not isinstance(traces, (list, tuple)) or len(traces) != 2:
            raise ValueError(f"STDP: expected traces (x, y), got {traces!r}")
        x, y = (_trace("traces", trace, ("M",), ()) for trace in traces)
        pre, post = _trace("pre", pre, ("M",), ()), _trace("post", post, ())
        x, y = x * math.exp(-dt / self.tau_plus), y * math.exp(-dt / self.tau_minus)
        return (x + pre, y + post), self.A_plus * x * post - self.A_minus * y * pre


def _trace(name, x, *shapes):
    # A number as it is, for every library, or an array.
    checked = check.shape("STDP", name, check.array("STDP", name, x), *shapes)
    return x if isinstance(x, Real) else checked
