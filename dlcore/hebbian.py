"""Learning without a teacher: weights that follow what is active together.

    hebb         Δw = η y x                  grows without bound
    covariance   Δw = η (y − ȳ)(x − x̄)       weakens, too; grows without bound
    oja          Δw = η y (x − y w)          settles at the first principal axis, ‖w‖ = 1

for one linear unit y = w·x; ``path`` follows a rule example after example.  ``SpikeTiming`` is the
rule for the order of two spikes.  ``Hopfield`` stores patterns by Hebb's product and recalls them.

All of it runs in the library, on the device and in the dtype of the arrays that it is given.
"""

import math
from functools import partial
from numbers import Real
from typing import Any, NamedTuple

from .backend import asarray, namespace, prototype
from .checks import (
    array,
    boolean,
    floating,
    generator,
    integer,
    number,
    numbers,
    one_of,
    positive,
    same_kind,
)


def hebb(w, x):
    """Δw/η = (1/N) Σₙ yₙ xₙ with y = w·x.

    Shapes: w (d,), or (E, d) for E units that learn on their own; x (N, d); the answer has the
    shape of w.  The product is how the postulate of Hebb 1949 has been written since.
    """
    _check_examples("hebb", w, x)
    return w @ x.mT @ x / x.shape[0]


def covariance(w, x, mean=None):
    """Δw/η = (1/N) Σₙ (yₙ − ȳ)(xₙ − x̄) with y = w·x, ȳ = w·x̄: Hebb's rule on centred inputs.

    x̄ = ``mean`` (d,), by default the mean of the rows of x.  Sejnowski 1977.
    """
    _check_examples("covariance", w, x)
    if mean is None:
        mean = namespace(x).mean(x, axis=0)
    elif same_kind("covariance", "mean", mean, x).shape != x.shape[1:]:
        raise ValueError(
            f"covariance: expected mean of shape {tuple(x.shape[1:])}, got {tuple(mean.shape)}"
        )
    return hebb(w, x - mean)


def oja(w, x):
    """Δw/η = (1/N) Σₙ yₙ (xₙ − yₙ w) with y = w·x: Hebb's rule with a decay that keeps ‖w‖ near 1.

    Oja 1982, doi:10.1007/BF00275687.
    """
    _check_examples("oja", w, x)
    y = w @ x.mT
    return (y @ x - namespace(x).sum(y * y, axis=-1, keepdims=True) * w) / x.shape[0]


RULES = {"hebb": hebb, "covariance": covariance, "oja": oja}


def path(rule, X, w, lr=0.01, epochs=1, seed=None):
    """The weights at the start and after each example: (updates + 1, d), or (updates + 1, E, d).

    rule     "hebb", "covariance" (x̄ is the mean of all of X) or "oja"
    w        where learning starts, (d,) or (E, d)
    seed     None takes the rows of X, (N, d), as they stand; else they are shuffled in each epoch
    A path that has left the ball ‖w‖ ≤ 10⁶ ends there.  ValueError for wrong shapes, an X or w
    that is not finite, an unknown rule.
    """
    one_of("path", "rule", rule, tuple(RULES))
    X = numbers("path", "X", X)
    if X.ndim != 2 or 0 in X.shape:
        raise ValueError(f"path: expected X of shape (N, d), got {tuple(X.shape)}")
    w = asarray(numbers("path", "w", w), X)
    if w.ndim not in (1, 2) or w.shape[-1] != X.shape[1]:
        d = X.shape[1]
        raise ValueError(f"path: expected w of shape ({d},) or (E, {d}), got {tuple(w.shape)}")
    lr, epochs = positive("path", "lr", lr), integer("path", "epochs", epochs, 1)
    xp, rng, weights, change = namespace(X), generator("path", seed), [w], RULES[rule]
    if change is covariance:
        change = partial(covariance, mean=xp.mean(X, axis=0))
    for _ in range(epochs):
        rows = range(X.shape[0]) if seed is None else rng.permutation(X.shape[0]).tolist()
        for n in rows:
            w = w + lr * change(w, X[n : n + 1, :])
            weights.append(w)
            if float(xp.max(xp.sum(w * w, axis=-1))) > 1e12:
                return xp.stack(weights)
    return xp.stack(weights)


class SpikeTiming:
    """Δw = A₊ e^(−Δt/τ₊) if Δt > 0,   −A₋ e^(Δt/τ₋) if Δt < 0,   with Δt = t_post − t_pre in ms.

    A connection grows if its spike comes before that of the cell it leads to, and shrinks if it
    comes after; at Δt = 0 nothing happens.  Amplitudes A ≥ 0 in units of the weight, time
    constants τ in ms.  Markram and others 1997 found the dependence on the order; Bi and Poo 1998
    measured such a window.
    """

    def __init__(self, A_plus=0.01, A_minus=0.012, tau_plus=20.0, tau_minus=20.0):
        who = "SpikeTiming"
        self.A_plus = number(who, "A_plus", A_plus, 0)
        self.A_minus = number(who, "A_minus", A_minus, 0)
        self.tau_plus = positive(who, "tau_plus", tau_plus)
        self.tau_minus = positive(who, "tau_minus", tau_minus)

    def __repr__(self):
        return (
            f"SpikeTiming(A_plus={self.A_plus}, A_minus={self.A_minus}, "
            f"tau_plus={self.tau_plus}, tau_minus={self.tau_minus})"
        )

    def window(self, dt):
        """Δw for pairs of spikes that lie Δt = t_post − t_pre ms apart, an array of any shape."""
        dt = numbers("SpikeTiming", "dt", dt)
        xp = namespace(dt)
        size = xp.abs(dt)
        grow, shrink = xp.exp(-size / self.tau_plus), xp.exp(-size / self.tau_minus)
        down = xp.where(dt < 0, -self.A_minus * shrink, 0.0)
        return xp.where(dt > 0, self.A_plus * grow, down)

    def change(self, pre, post):
        """Δw = Σ over all pairs of a spike before and one behind the synapse, a 0-d array.

        Times in ms: pre (n,), post (m,).
        """
        pre = numbers("SpikeTiming", "pre", pre)
        post = numbers("SpikeTiming", "post", post)
        if pre.ndim != 1 or post.ndim != 1:
            raise ValueError(
                f"SpikeTiming: expected spike times pre (n,) and post (m,), "
                f"got {tuple(pre.shape)} and {tuple(post.shape)}"
            )
        return namespace(pre).sum(self.window(asarray(post, pre)[:, None] - pre))

    def step(self, traces, pre, post, dt=1.0):
        """One step of dt ms, for use while spikes happen: (traces, Δw).

            x ← x e^(−dt/τ₊),   y ← y e^(−dt/τ₋),   Δw = A₊ x post − A₋ y pre,   x += pre, y += post

        Two traces of what has fired replace the sum over all pairs, and give the same.
        Shapes: pre 0 or 1, (M,) for M synapses; post 0 or 1, a number or (); traces = (x, y) of
        the step before, at the start (0, 0); Δw (M,).
        """
        dt = positive("SpikeTiming", "dt", dt)
        if not isinstance(traces, (list, tuple)) or len(traces) != 2:
            raise ValueError(f"SpikeTiming: expected traces (x, y), got {traces!r}")
        x, y = (_trace("traces", trace) for trace in traces)
        pre, post = _trace("pre", pre), _trace("post", post, most=0)
        x, y = x * math.exp(-dt / self.tau_plus), y * math.exp(-dt / self.tau_minus)
        return (x + pre, y + post), self.A_plus * x * post - self.A_minus * y * pre


class Recall(NamedTuple):
    """What ``Hopfield.recall`` returns."""

    states: Any  # at the start and after each sweep, (sweeps + 1, …, N)
    energies: Any  # at the start and after each update, (updates + 1, …)
    settled: bool  # True if the last sweep changed nothing

    @property
    def state(self):
        return self.states[-1]


class Hopfield:
    """W = (1/N) Σ_μ x^μ (x^μ)ᵀ with a zero diagonal;   sᵢ ← sign(Σⱼ wᵢⱼ sⱼ), unless that is 0.

    patterns   (K, N) of −1 and +1, or one pattern (N,); more can be stored later
    States s are (…, N) of −1 and +1.  Hopfield 1982, doi:10.1073/pnas.79.8.2554.
    """

    def __init__(self, patterns):
        patterns = self._spins(patterns)
        if patterns.ndim > 2 or 0 in patterns.shape:
            raise ValueError(f"Hopfield: expected patterns (K, N), got {tuple(patterns.shape)}")
        xp, self.N = namespace(patterns), patterns.shape[-1]
        # N W holds integers, so a sum that is 0 is exactly 0, on every backend.
        self.products = xp.zeros((self.N, self.N), dtype=patterns.dtype, device=patterns.device)
        self.store(patterns)

    def __repr__(self):
        return f"Hopfield(N={self.N})"

    @property
    def W(self):
        return self.products / self.N

    def store(self, patterns):
        """wᵢⱼ ← wᵢⱼ + (1/N) Σ_μ xᵢ^μ xⱼ^μ for i ≠ j: Hebb's product, one pattern or (K, N)."""
        x = asarray(self._spins(patterns, self.N), self.products)
        x = x[None, :] if x.ndim == 1 else x
        if x.ndim != 2 or x.shape[0] == 0:
            raise ValueError(f"{self}: expected patterns (K, {self.N}), got {tuple(x.shape)}")
        off = 1.0 - namespace(x).eye(self.N, dtype=x.dtype, device=x.device)
        self.products = self.products + off * (x.mT @ x)

    def energy(self, s):
        """E(s) = −½ sᵀ W s: (…, N) -> (…,)."""
        s = asarray(self._spins(s, self.N), self.products)
        return -0.5 * namespace(s).sum(s @ self.products * s, axis=-1) / self.N

    def recall(self, s, sweeps=30, synchronous=False, seed=0):
        """Updates until a sweep changes nothing, at most ``sweeps`` times; a ``Recall``.

        Asynchronous, a sweep visits the N units one after the other in a random order from
        ``seed``, the same for all states; the energy never rises and the state settles.
        Synchronous, all units change at once, a sweep is one update, and the state may alternate
        between two for ever.
        """
        s = asarray(self._spins(s, self.N), self.products)
        sweeps = integer(str(self), "sweeps", sweeps, 1)
        xp, rng = namespace(s), generator(str(self), seed)
        synchronous = boolean(str(self), "synchronous", synchronous)
        states, energies, settled = [s], [self.energy(s)], False
        while not settled and len(states) <= sweeps:
            if synchronous:
                s = _sign(s @ self.products, s)
                energies.append(self.energy(s))
            else:
                s = asarray(s, s)
                for i in rng.permutation(self.N).tolist():
                    z = s @ self.products[i, :]
                    new = _sign(z, s[..., i])
                    energies.append(energies[-1] - (new - s[..., i]) * z / self.N)  # wᵢᵢ = 0
                    s[..., i] = new
            settled = bool(xp.all(s == states[-1]))
            states.append(s)
        return Recall(xp.stack(states), xp.stack(energies), settled)

    def _spins(self, s, n=None):
        s = numbers("Hopfield", "states", s)
        if s.ndim == 0 or s.shape[-1] == 0 or n not in (None, s.shape[-1]):
            wanted = "(K, N)" if n is None else f"(…, {n})"
            raise ValueError(f"Hopfield: expected states of shape {wanted}, got {tuple(s.shape)}")
        if not bool(namespace(s).all(abs(s) == 1)):
            raise ValueError("Hopfield: expected states of −1 and +1, got other numbers")
        return s


def overlap(s, pattern):
    """m = (1/N) Σᵢ sᵢ xᵢ: 1 for the pattern, 0 for chance, −1 for its opposite; (…, N) -> (…,)."""
    same_kind("overlap", "pattern", pattern, floating("overlap", "s", s))
    if s.ndim == 0 or pattern.shape[-1:] != s.shape[-1:]:
        raise ValueError(
            f"overlap: expected a pattern of shape {tuple(s.shape[-1:])}, "
            f"got {tuple(pattern.shape)}"
        )
    return namespace(s).mean(s * pattern, axis=-1)


def corrupt(s, p, seed=0):
    """s with every sign turned with probability p, (…, N); the flips are those of ``seed``."""
    p, rng = number("corrupt", "p", p, 0, 1), generator("corrupt", seed)
    flips = rng.random(tuple(floating("corrupt", "s", s).shape)) < p
    return s * asarray(1.0 - 2.0 * flips, s)


def capacity(load, N=200, p=0.0, synchronous=False, seed=0, where="numpy"):
    """The mean overlap after recall of K = load · N random patterns, each started at itself.

    K is rounded, at least 1; ``p`` corrupts the start; ``where`` is a backend.  The overlap falls
    steeply near load 0.138 (Amit, Gutfreund and Sompolinsky 1985) as N grows.
    """
    load, N = positive("capacity", "load", load), integer("capacity", "N", N, 2)
    p, rng = number("capacity", "p", p, 0, 1), generator("capacity", seed)
    boolean("capacity", "synchronous", synchronous)
    x = asarray(rng.choice([-1.0, 1.0], (max(1, round(load * N)), N)), prototype(where, "float64"))
    end = Hopfield(x).recall(corrupt(x, p, rng), synchronous=synchronous, seed=rng).state
    return float(namespace(x).mean(overlap(end, x)))


def _sign(z, s):
    xp = namespace(z)
    return xp.where(z == 0, s, xp.sign(z))


def _check_examples(who, w, x):
    same_kind(who, "x", x, floating(who, "w", w))
    if x.ndim != 2 or x.shape[0] == 0 or w.ndim == 0 or w.shape[-1] != x.shape[1]:
        raise ValueError(
            f"{who}: expected w (d,) and x (N, d), got {tuple(w.shape)} and {tuple(x.shape)}"
        )


def _trace(name, x, most=1):
    # A number as it is, for every library, or an array, with at most so many axes.
    checked = array("SpikeTiming", name, x)
    if checked.ndim > most:
        raise ValueError(f"SpikeTiming: expected {name} of shape (M,) or (), got {x!r}")
    return x if isinstance(x, Real) else checked
