"""What one unit can do alone: the Boolean functions that it computes."""

from itertools import product

from dlcore import checks as check
from dlcore.circuits import McCullochPitts, ThresholdUnit, every_input, from_bits


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
