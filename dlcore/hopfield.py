"""An associative memory: patterns stored by Hebb's product, recalled from a part of themselves.

    Hopfield   the network: ``store``, ``energy``, ``recall``
    overlap    how much of a pattern a state has
    corrupt    a pattern with some signs turned

Everything is computed in the library and the floating dtype of the arrays given.
"""

from typing import Any, NamedTuple

from . import checks as check
from .backend import Array, asarray, namespace, reshape


class Recall(NamedTuple):
    """What ``Hopfield.recall`` returns."""

    states: Array  # at the start and after each sweep, (sweeps + 1, …, N)
    energies: Array  # at the start and after each update, (updates + 1, …)
    settled: bool  # True if the last sweep changed nothing

    @property
    def state(self) -> Array:
        return self.states[-1]


class Hopfield:
    """W = (1/N) Σ_μ x^μ (x^μ)ᵀ with a zero diagonal;   sᵢ ← sign(Σⱼ wᵢⱼ sⱼ), unless that is 0.

    patterns   (K, N) of −1 and +1, or one pattern (N,); more can be stored later
    States s are (…, N) of −1 and +1.  Hopfield 1982, doi:10.1073/pnas.79.8.2554."""

    def __init__(self, patterns: Array):
        patterns = self._spins(patterns)
        xp, self.N = namespace(patterns), patterns.shape[-1]
        # N W holds integers, so a sum that is 0 is exactly 0, on every backend.
        self.products = xp.zeros((self.N, self.N), dtype=patterns.dtype, device=patterns.device)
        self.store(patterns)

    def __repr__(self):
        return f"Hopfield(N={self.N})"

    @property
    def W(self) -> Array:
        return self.products / self.N

    def store(self, patterns: Array) -> None:
        """wᵢⱼ ← wᵢⱼ + (1/N) Σ_μ xᵢ^μ xⱼ^μ for i ≠ j: Hebb's product, one pattern or (K, N)."""
        x = asarray(self._spins(patterns, self.N), self.products)
        x = reshape(check.shape(self, "patterns", x, (self.N,), ("K ≥ 1", self.N)), (-1, self.N))
        off = 1.0 - namespace(x).eye(self.N, dtype=x.dtype, device=x.device)
        self.products = self.products + off * (x.mT @ x)

    def energy(self, s: Array) -> Array:
        """E(s) = −½ sᵀ W s: (…, N) -> (…,)."""
        s = asarray(self._spins(s, self.N), self.products)
        return -0.5 * namespace(s).sum(s @ self.products * s, axis=-1) / self.N

    def recall(
        self, s: Array, sweeps: int = 30, synchronous: bool = False, seed: Any = 0
    ) -> Recall:
        """Updates until a sweep changes nothing, at most ``sweeps`` times; a ``Recall``.
        Asynchronous, a sweep visits the N units one after the other in a random order from
        ``seed``, the same for all states; the energy never rises and the state settles.
        Synchronous, a sweep changes all units at once, and two states may alternate for ever."""
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


def overlap(s: Array, pattern: Array) -> Array:
    """m = (1/N) Σᵢ sᵢ xᵢ: 1 for the pattern, 0 for chance, −1 for its opposite; (…, N) -> (…,)."""
    s = check.shape("overlap", "s", check.numbers("overlap", "s", s), ("…", "N"))
    x = check.converted("overlap", "pattern", pattern, s)
    return namespace(s).mean(s * check.shape("overlap", "pattern", x, ("…", s.shape[-1])), axis=-1)


def corrupt(s: Array, p: float, seed: Any = 0) -> Array:
    """s with every sign turned with probability p, (…, N); the flips are those of ``seed``."""
    p, rng = check.number("corrupt", "p", p, 0, 1), check.generator("corrupt", seed)
    s = check.numbers("corrupt", "s", s)
    return s * asarray(1.0 - 2.0 * (rng.random(tuple(s.shape)) < p), s)


def _sign(z, s):
    xp = namespace(z)
    return xp.where(z == 0, s, xp.sign(z))
