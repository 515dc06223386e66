"""Arguments checked where they enter: who expected what, and what came."""

import math
from numbers import Integral, Real


def number(who, name, value, low=-math.inf, high=math.inf):
    good = isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
    if not good or not low <= value <= high:
        limits = f" from {low} to {high}" if high < math.inf else f" ≥ {low}" if low == 0 else ""
        raise ValueError(f"{who}: expected a finite number {name}{limits}, got {value!r}")
    return value


def positive(who, name, value):
    if number(who, name, value) <= 0:
        raise ValueError(f"{who}: expected {name} > 0, got {value!r}")
    return value


def integer(who, name, value, low, high=math.inf):
    good = isinstance(value, Integral) and not isinstance(value, bool)
    if not good or not low <= value <= high:
        limits = f" from {low} to {high}" if high < math.inf else f" ≥ {low}"
        raise ValueError(f"{who}: expected an integer {name}{limits}, got {value!r}")
    return int(value)
