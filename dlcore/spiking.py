"""Units that spike, and the rule that learns from the order of two spikes.

    IntegrateAndFire   τ dV/dt = E − V + R I, with a threshold, a reset and a rest after each spike
    STDP               spike-timing-dependent plasticity

Units of measurement: mV, ms, nA and MΩ (so that R I is in mV), rates in Hz = spikes per second.
"""

import math
from dataclasses import dataclass
from numbers import Real
from typing import NamedTuple

import numpy as np

from . import checks as check
from .backend import Array, asarray, namespace


class Potential(NamedTuple):
    """What ``IntegrateAndFire.simulate`` returns."""

    t: np.ndarray  # the times in ms, (steps + 1,)
    V: Array  # the potential in mV at these times, (steps + 1, …)
    spikes: Array  # True where a step ended with a spike, (steps + 1, …)


@dataclass
class IntegrateAndFire:
    """τ dV/dt = E − V + R I; at V ≥ V_th a spike, then V = V_r for the time t_ref.

    tau     τ, the membrane's time constant in ms
    R       the resistance in MΩ
    E       the resting potential in mV
    V_th    the threshold in mV
    V_r     the reset potential in mV, below V_th
    t_ref   the refractory time in ms: how long V stays at V_r after a spike
    Currents I in nA.  After Lapicque 1907, whose circuit was a capacitor with a leak."""

    tau: float = 20.0
    R: float = 10.0
    E: float = -70.0
    V_th: float = -50.0
    V_r: float = -70.0
    t_ref: float = 2.0

    def __post_init__(self):
        who = "IntegrateAndFire"
        self.tau, self.R = check.positive(who, "tau", self.tau), check.positive(who, "R", self.R)
        self.t_ref = check.number(who, "t_ref", self.t_ref, 0)
        for name in ("E", "V_th", "V_r"):
            setattr(self, name, check.number(who, name, getattr(self, name)))
        if self.V_r >= self.V_th:
            raise ValueError(f"{who}: expected V_r < V_th, got V_r={self.V_r} and V_th={self.V_th}")

    @property
    def rheobase(self) -> float:
        """(V_th − E)/R, the current in nA that the unit can just bear without a spike."""
        return (self.V_th - self.E) / self.R

    def rate(self, I: Array) -> Array:
        """f(I) = [t_ref + τ ln((E + R I − V_r)/(E + R I − V_th))]⁻¹, and 0 where E + R I ≤ V_th.
        I in nA, an array of any shape; f in Hz, below 1/t_ref."""
        I = check.numbers("IntegrateAndFire", "I", I)
        above = self.E + self.R * I - self.V_th
        xp, fires = namespace(I), above > 0
        above = xp.where(fires, above, 1.0)
        # (a − V_r)/(a − V_th) = 1 + (V_th − V_r)/(a − V_th): no digits are lost for large currents.
        interval = self.t_ref + self.tau * xp.log1p((self.V_th - self.V_r) / above)
        return xp.where(fires, 1000 / interval, 0.0)

    def simulate(self, I: Array, duration: float, dt: float = 0.1, V: Array = None) -> Potential:
        """V(t) from V = E (or from ``V``) in steps of dt ms, and the spikes.

        I is a number or an array of currents for as many units, constant, or their course in
        time: (steps, …) with steps = duration/dt, if it has more than one axis.  In each step V
        moves as for a constant current, V ← V∞ + (V − V∞) e^(−dt/τ) with V∞ = E + R I.  A spike is
        noticed at the end of its step, up to one dt late; t_ref is rounded to whole steps."""
        who, I = "IntegrateAndFire", check.numbers("IntegrateAndFire", "I", I)
        dt, duration = check.positive(who, "dt", dt), check.positive(who, "duration", duration)
        steps, rest = round(duration / dt), round(self.t_ref / dt)
        if steps < 1:
            raise ValueError(f"{who}: expected a duration of at least dt={dt}, got {duration}")
        if I.ndim > 1:
            check.shape(who, "I, one row a step,", I, (steps, "…"))
        currents = [I[k, ...] for k in range(steps)] if I.ndim > 1 else [I] * steps
        xp, decay, here = namespace(I), math.exp(-dt / self.tau), currents[0]
        if V is not None:
            V = asarray(check.shape(who, "V", check.numbers(who, "V", V), here.shape, ()), here)
        V = 0 * here + (self.E if V is None else V)
        waiting, spike = xp.zeros_like(here), xp.zeros_like(here) > 0
        potentials, spikes = [V], [spike]
        for current in currents:
            V_inf = self.E + self.R * current
            V = xp.where(waiting > 0, V, V_inf + (V - V_inf) * decay)
            spike = V >= self.V_th
            waiting = xp.where(spike, float(rest), waiting - 1)
            V = xp.where(spike, self.V_r, V)
            potentials.append(V)
            spikes.append(spike)
        return Potential(dt * np.arange(steps + 1), xp.stack(potentials), xp.stack(spikes))


@dataclass
class STDP:
    """Δw = A₊ e^(−Δt/τ₊) if Δt > 0,   −A₋ e^(Δt/τ₋) if Δt < 0,   with Δt = t_post − t_pre in ms.
    A connection grows if its spike comes before that of the cell it leads to, and shrinks if after;
    at Δt = 0 nothing happens.  Amplitudes A ≥ 0 in units of the weight, time constants τ in ms.
    Markram and others 1997 found the dependence on the order, Bi and Poo 1998 such a window."""

    A_plus: float = 0.01
    A_minus: float = 0.012
    tau_plus: float = 20.0
    tau_minus: float = 20.0

    def __post_init__(self):
        for name, value in vars(self).items():
            x = check.positive("STDP", name, value) if name.startswith("tau") else value
            setattr(self, name, check.number("STDP", name, x, 0))

    def window(self, dt: Array) -> Array:
        """Δw for pairs of spikes that lie Δt = t_post − t_pre ms apart, an array of any shape."""
        xp = namespace(dt := check.numbers("STDP", "dt", dt))
        size = xp.abs(dt)
        grow, shrink = xp.exp(-size / self.tau_plus), xp.exp(-size / self.tau_minus)
        return xp.where(dt > 0, self.A_plus * grow, xp.where(dt < 0, -self.A_minus * shrink, 0.0))

    def change(self, pre: Array, post: Array) -> Array:
        """Δw = Σ over all pairs of a spike before and one behind the synapse, a 0-d array.
        Times in ms: pre (n,), post (m,)."""
        pre = check.shape("STDP", "pre", check.numbers("STDP", "pre", pre), ("n",))
        post = check.shape("STDP", "post", check.numbers("STDP", "post", post), ("m",))
        return namespace(pre).sum(self.window(asarray(post, pre)[:, None] - pre))

    def step(self, traces: tuple, pre: Array, post: Array, dt: float = 1.0) -> tuple:
        """One step of dt ms, for use while spikes happen: (traces, Δw).

            x ← x e^(−dt/τ₊),   y ← y e^(−dt/τ₋),   Δw = A₊ x post − A₋ y pre,   x += pre, y += post

        Two traces of what has fired replace the sum over all pairs, and give the same.
        Shapes: pre (M,) of 0 and 1 for M synapses, post 0 or 1, Δw (M,); traces = (x, y) of the
        step before, at the start (0, 0)."""
        dt = check.positive("STDP", "dt", dt)
        if not isinstance(traces, (list, tuple)) or len(traces) != 2:
            raise ValueError(f"STDP: expected traces (x, y), got {traces!r}")
        x, y = (_spikes("traces", trace) for trace in traces)
        pre, post = _spikes("pre", pre), _spikes("post", post, ())
        x, y = x * math.exp(-dt / self.tau_plus), y * math.exp(-dt / self.tau_minus)
        change = self.A_plus * x * post - self.A_minus * y * pre
        return (x + pre, y + post), _spikes("pre and traces", change, ("M",), ())


def _spikes(name, x, *shapes):
    # A number as it is, for every library, or an array, of one of the shapes if any are given.
    if isinstance(x, Real):
        return x
    x = check.array("STDP", name, x)
    return check.shape("STDP", name, x, *shapes) if shapes else x
