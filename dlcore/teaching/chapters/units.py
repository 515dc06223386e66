"""What one unit can do alone, and circuits that add; unreliable units, and binary digits."""

import math
from itertools import product

import numpy as np

from dlcore import checks as check
from dlcore.backend import Array, to_numpy
from dlcore.circuits import AND, OR, Circuit, McCullochPitts, ThresholdUnit, every_input, signals


def reachable(n: int = 2, weighted: bool = False) -> list[int]:
    """The Boolean functions of n ≤ 3 inputs that one unit can compute, a sorted list of numbers.

    A function's number is its column of outputs read as a binary number, as in
    ``datasets.boolean``.  All McCulloch-Pitts units are tried or, ``weighted``, threshold units
    with weights in {−2, …, 2}, which are enough for three inputs.
    """
    n = check.integer("reachable", "n", n, 1, 3)
    units: list
    if check.boolean("reachable", "weighted", weighted):
        weights = product(product(range(-2, 3), repeat=n), range(-2 * n, 2 * n + 2))
        units = [ThresholdUnit(w, theta) for w, theta in weights]
    else:
        settings = product(product("+-0", repeat=n), range(n + 2))
        units = [McCullochPitts("".join(roles), theta) for roles, theta in settings]
    X = every_input(n)
    return sorted({int(from_bits(unit(X))) for unit in units})


def adder(n: int) -> Circuit:
    """a + b for two numbers of n binary digits: 4n − 2 units.

    Inputs (…, 2n): the digits of a, then those of b, each with the highest first; answers
    (…, n + 1), the highest first.  The lowest digit is a half-adder.  Every other has x₁, x₂ and
    the carry c below: the new carry is on if two or three of them are; the sum is on if at least
    one is and the new carry is not, or if all three are.
    """
    n = check.integer("adder", "n", n, 1)
    a, b = n - 1, 2 * n - 1  # the lowest digits
    gates = [(AND, (a, b)), (McCullochPitts("++-", 1), (a, b, 2 * n))]
    carry, digits = 2 * n, [2 * n + 1]
    for place in range(1, n):
        three, new = (a - place, b - place, carry), 2 * n + len(gates)
        gates += [
            (McCullochPitts("+++", 2), three),
            (McCullochPitts("+++-", 1), (*three, new)),
            (McCullochPitts("+++", 3), three),
            (OR, (new + 1, new + 2)),
        ]
        carry = new
        digits.append(new + 3)
    return Circuit(2 * n, gates, (carry, *reversed(digits)))


def majority_error(flip: float, copies: int) -> float:
    """Σ_{k > R/2} (R choose k) pᵏ (1 − p)^(R−k): how often most of R units fail.

    p = ``flip`` is the probability that one of them does, R = ``copies`` is odd.
    """
    p, R = check.number("majority_error", "flip", flip, 0, 1), copies
    if check.integer("majority_error", "copies", copies, 1) % 2 == 0:
        raise ValueError(f"majority_error: expected an odd number of copies, got {copies}")
    return sum(math.comb(R, k) * p**k * (1 - p) ** (R - k) for k in range(R // 2 + 1, R + 1))


def to_bits(numbers: Array, n: int) -> np.ndarray:
    """The n binary digits of each number, the highest first: (…,) -> (…, n) integers."""
    n = check.integer("to_bits", "n", n, 1, 62)
    numbers = to_numpy(check.array("to_bits", "numbers", numbers))
    if numbers.dtype.kind not in "iu" or np.any((numbers < 0) | (numbers >= 2**n)):
        raise ValueError(f"to_bits: expected numbers 0 … {2**n - 1} for {n} digits, got {numbers}")
    return numbers.astype(int)[..., None] >> np.arange(n - 1, -1, -1) & 1


def from_bits(bits: Array) -> np.ndarray:
    """The number that a row of n ≤ 62 binary digits stands for: (…, n) -> (…,) integers."""
    bits = check.shape("from_bits", "bits", check.array("from_bits", "bits", bits), ("…", "n"))
    if (n := bits.shape[-1]) > 62:
        raise ValueError(f"from_bits: expected at most 62 digits, got {n}")
    return to_numpy(signals("from_bits", bits, n)).astype(int) @ (1 << np.arange(n - 1, -1, -1))
