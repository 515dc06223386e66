"""Units that compute without learning, and circuits of them: Boolean functions and sums.

    McCullochPitts   y = 1 if Σ xᵢ ≥ θ over the excitatory inputs and no inhibitory one is on
    ThresholdUnit    y = 1 if w·x ≥ θ: the later unit, with real weights
    Circuit          a list of gates on numbered wires; also with unreliable units

Signals are 0 and 1 in arrays (…, n) of any library; answers are integers.
"""

from collections.abc import Sequence
from numbers import Integral
from typing import Any

import numpy as np

from . import checks as check
from .backend import Array, asarray, namespace, to_numpy


class McCullochPitts:
    """y = 1 if Σᵢ xᵢ ≥ θ over the excitatory inputs and every inhibitory input is 0, else 0.

    roles       one sign for each input: "+" excitatory, "-" inhibitory, "0" not connected;
                ``McCullochPitts("++", 2)`` is AND, ``McCullochPitts("-", 0)`` is NOT
    threshold   θ, the number of excitatory inputs that must be on
    Shapes: X (…, n) of 0 and 1, y (…,) integers.  McCulloch and Pitts 1943."""

    def __init__(self, roles: str, threshold: float):
        if not isinstance(roles, str) or not roles or set(roles) - set("+-0"):
            raise ValueError(f"McCullochPitts: expected roles such as '++-0', got {roles!r}")
        self.roles, self.n_in = roles, len(roles)
        self.threshold = check.number("McCullochPitts", "threshold", threshold)

    def __repr__(self):
        return f"McCullochPitts({self.roles!r}, {self.threshold})"

    def __call__(self, X: Array) -> Array:
        x = signals(self, X, self.n_in)
        excitatory, inhibitory = ([float(role == sign) for role in self.roles] for sign in "+-")
        fires = x @ asarray(excitatory, x) >= self.threshold
        vetoed = x @ asarray(inhibitory, x) > 0
        return namespace(x).astype(fires & ~vetoed, namespace(x).int64)


class ThresholdUnit:
    """y = 1 if w·x ≥ θ, else 0: real weights w (n,) instead of roles.
    Shapes: X (…, n) of 0 and 1, y (…,) integers."""

    def __init__(self, w: Array, threshold: float):
        w = check.shape("ThresholdUnit", "w", check.numbers("ThresholdUnit", "w", w), ("n ≥ 1",))
        self.w, self.n_in = to_numpy(w), w.shape[0]
        self.threshold = check.number("ThresholdUnit", "threshold", threshold)

    def __repr__(self):
        return f"ThresholdUnit({self.w.tolist()}, {self.threshold})"

    def __call__(self, X: Array) -> Array:
        x = signals(self, X, self.n_in)
        return namespace(x).astype(x @ asarray(self.w, x) >= self.threshold, namespace(x).int64)


AND, OR, NOT = McCullochPitts("++", 2), McCullochPitts("++", 1), McCullochPitts("-", 0)


class Circuit:
    """Units wired without loops: wires 0 … n_in − 1 are the inputs, wire n_in + k is gate k.

    gates     a list of (unit, wires): the unit, and the earlier wires that its inputs are tied to
    outputs   the wires that leave the circuit
    Shapes: X (…, n_in) of 0 and 1, answers (…, n_out) integers.
    Raises ValueError for a wire that does not exist or that comes later than its gate."""

    def __init__(self, n_in: int, gates: list, outputs: Sequence[int]):
        self.n_in = check.integer("Circuit", "n_in", n_in, 1)
        if not isinstance(gates, (list, tuple)):
            raise TypeError(f"Circuit: expected gates in a list, got {gates!r}")
        self.gates: list[tuple] = []
        for k, gate in enumerate(gates):
            unit, wires = gate if isinstance(gate, (list, tuple)) and len(gate) == 2 else (0, 0)
            if not hasattr(unit, "n_in"):
                raise TypeError(f"Circuit: expected gates (unit, wires), got {gate!r}")
            wires = _wires(f"gate {k}", wires, self.n_in + k)
            if len(wires) != (n := unit.n_in):
                raise ValueError(f"Circuit: expected {n} wires for gate {k}, {unit}, got {wires}")
            self.gates.append((unit, wires))
        self.outputs = _wires("the outputs", outputs, self.n_in + len(self.gates))

    def __repr__(self):
        return f"Circuit({self.n_in} inputs, {len(self.gates)} gates, {len(self.outputs)} outputs)"

    def __call__(self, X: Array, **faults: Any) -> Array:
        """The answers; ``faults`` as for ``wires``."""
        lines = self.wires(X, **faults)
        return namespace(lines).stack([lines[..., i] for i in self.outputs], axis=-1)

    def table(self, **faults: Any) -> np.ndarray:
        """The answers to every input in counting order, (2ⁿ, n_out), as a NumPy array."""
        return self(every_input(self.n_in), **faults)

    def wires(
        self,
        X: Array,
        flip: float = 0.0,
        copies: int = 1,
        noisy_vote: bool = False,
        stuck: dict[int, int] | None = None,
        seed: int = 0,
    ) -> Array:
        """The signals on all wires, (…, n_in + gates).

        flip         the probability p with which a unit gives the opposite of its answer
        copies       an odd number R: a gate is R units, and its signal is what most of them say
        noisy_vote   the unit that counts the R votes fails with probability p, too
        stuck        {gate: 0 or 1}: gates that say the same whatever their inputs are
        seed         of the flips, which are the same on every backend
        Majority votes: von Neumann 1956."""
        flip, rng = check.number("Circuit", "flip", flip, 0, 1), check.generator("Circuit", seed)
        noisy_vote = check.boolean("Circuit", "noisy_vote", noisy_vote)
        if check.integer("Circuit", "copies", copies, 1) % 2 == 0:
            raise ValueError(f"Circuit: expected an odd number of copies, got {copies}")
        n, stuck = len(self.gates), {} if stuck is None else stuck
        settings = stuck.items() if isinstance(stuck, dict) else [(-1, stuck)]
        if not all(k in range(n) and value in (0, 1) for k, value in settings):
            known = f"{{gate 0 … {n - 1}: 0 or 1}}"
            raise ValueError(f"Circuit: expected stuck = {known}, got {stuck}")
        x = signals(self, X, self.n_in)
        xp = namespace(x)

        def unreliable(signal):
            flips = asarray(rng.random(tuple(signal.shape)) < flip, signal)
            return xp.astype(signal != flips, xp.int64)

        lines = [xp.astype(x[..., i], xp.int64) for i in range(self.n_in)]
        for k, (unit, wires) in enumerate(self.gates):
            answer = unit(xp.stack([lines[i] for i in wires], axis=-1))
            votes = sum(unreliable(answer) for _ in range(copies))
            signal = xp.astype(2 * votes > copies, xp.int64)
            signal = unreliable(signal) if noisy_vote else signal
            lines.append(0 * signal + stuck[k] if k in stuck else signal)
        return xp.stack(lines, axis=-1)


def half_adder() -> Circuit:
    """x₁ + x₂ = 2 carry + sum, answers (carry, sum): two units, the carry vetoes the sum."""
    return Circuit(2, [(AND, (0, 1)), (McCullochPitts("++-", 1), (0, 1, 2))], (2, 3))


def _wires(what, wires, n):
    """The wires as a tuple of numbers 0 … n − 1, at least one."""
    if not isinstance(wires, (list, tuple)):
        raise TypeError(f"Circuit: expected wires for {what} in a list, got {wires!r}")
    numbers = all(isinstance(w, Integral) and not isinstance(w, bool) for w in wires)
    if not wires or not numbers or not all(0 <= w < n for w in wires):
        raise ValueError(f"Circuit: expected wires 0 … {n - 1} for {what}, got {wires}")
    return tuple(wires)


def every_input(n: int) -> np.ndarray:
    """All inputs in counting order 0…00, 0…01, …: (2ⁿ, n) integers."""
    n = check.integer("every_input", "n", n, 1, 20)
    return np.arange(2**n)[:, None] >> np.arange(n - 1, -1, -1) & 1


def signals(who: Any, X: Array, n: int | str) -> Array:
    """X as an array (…, n) of 0.0 and 1.0, float64.  ValueError for other shapes and values."""
    X = check.shape(who, "X", check.array(who, "X", X), ("…", n))
    xp = namespace(X)
    x = xp.astype(X, xp.float64)
    if not bool(xp.all((x == 0) | (x == 1))):
        raise ValueError(f"{who}: expected signals 0 and 1, got other values")
    return x
