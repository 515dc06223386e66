"""An associative memory: patterns stored by Hebb's product, recalled from a part of themselves.

    Hopfield         the network: ``store``, ``energy``, ``recall``
    overlap          how much of a pattern a state has
    corrupt          a pattern with some signs turned
    recall_overlap   how well random patterns are recalled, by their number

Everything is computed in the library, on the device and in the dtype of the arrays given.
"""

from typing import Any, NamedTuple

from . import checks as check
from .backend import asarray, namespace, reshape


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
        x = reshape(check.shape(self, "patterns", x, (self.N,), ("K ≥ 1", self.N)), (-1, self.N))
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
        sweeps = check.integer(self, "sweeps", sweeps, 1)
        xp, rng = namespace(s), check.generator(self, seed)
        synchronous = check.boolean(self, "synchronous", synchronous)
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

    def _spins(self, s, n="N ≥ 1"):
        s = check.shape("Hopfield", "states", check.numbers("Hopfield", "states", s), ("…", n))
        if not bool(namespace(s).all(abs(s) == 1)):
            raise ValueError("Hopfield: expected states of −1 and +1, got other numbers")
        return s


def overlap(s, pattern):
    """m = (1/N) Σᵢ sᵢ xᵢ: 1 for the pattern, 0 for chance, −1 for its opposite; (…, N) -> (…,)."""
    check.same_kind("overlap", "pattern", pattern, check.floating("overlap", "s", s))
    check.shape("overlap", "s", s, ("…", "N"))
    check.shape("overlap", "pattern", pattern, ("…", s.shape[-1]))
    return namespace(s).mean(s * pattern, axis=-1)


def corrupt(s, p, seed=0):
    """s with every sign turned with probability p, (…, N); the flips are those of ``seed``."""
    p, rng = check.number("corrupt", "p", p, 0, 1), check.generator("corrupt", seed)
    flips = rng.random(tuple(check.floating("corrupt", "s", s).shape)) < p
    return s * asarray(1.0 - 2.0 * flips, s)


def _sign(z, s):
    xp = namespace(z)
    return xp.where(z == 0, s, xp.sign(z))
