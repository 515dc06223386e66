"""Check a derivative that was worked out by hand against central differences, in float64.

    ∂J/∂θᵢ ≈ (J(θ + ε eᵢ) − J(θ − ε eᵢ))/2ε,   error O(ε²) + O(machine precision/ε)

The functions read θ in place: ``J()`` is a function without arguments that looks at the array.
"""

from typing import Any

import numpy as np

from . import checks as check
from .backend import Array, asarray, dtype_name, namespace


def numerical_gradient(J: Any, theta: Array, eps: float = 1e-5) -> Array:
    """∇J by central differences, one coordinate after the other: 2P evaluations of J."""
    _check("numerical_gradient", J, theta, eps)
    g = np.zeros(tuple(theta.shape))
    for i in np.ndindex(g.shape):
        g[i] = _difference("numerical_gradient", J, theta, i, float(theta[i]), eps)
    return asarray(g, theta)


def directional_error(
    J: Any, theta: Array, grad: Array, *, eps: float = 1e-5, directions: int = 10, seed: int = 0
) -> float:
    """The error of ∇J·u ≈ (J(θ + εu) − J(θ − εu))/2ε, the largest over random unit vectors u.

    It is divided by the largest sum of the sizes of the two sides: about 1e-8 for the gradient, 1/3
    for twice the gradient, 1 for the wrong sign.  θ is restored to the last bit.
    """
    who = "directional_error"
    _check(who, J, theta, eps)
    check.integer(who, "directions", directions, 1)
    check.shape(who, "grad", check.same_kind(who, "grad", grad, theta), theta.shape)
    xp, rng = namespace(theta), check.generator(who, seed)
    kept, sides = asarray(theta, theta), []
    for _ in range(directions):
        u = rng.standard_normal(tuple(theta.shape))
        u = asarray(u / np.linalg.norm(u), theta)
        sides.append((_difference(who, J, theta, ..., kept, eps, u), float(xp.sum(grad * u))))
    numeric, exact = np.array(sides).T
    return float(np.max(np.abs(numeric - exact)) / max(1e-8, np.max(abs(numeric) + abs(exact))))


def _difference(who, J, theta, at, kept, eps, u=1.0):
    # (J(θ + εu) − J(θ − εu))/2ε, where u changes the entries ``at`` of θ, which are ``kept``.
    try:
        theta[at] = kept + eps * u
        plus = _value(who, J)
        theta[at] = kept - eps * u
        return (plus - _value(who, J)) / (2 * eps)
    finally:
        theta[at] = kept


def _value(who, J):
    value = J()
    try:
        return float(value)
    except (TypeError, ValueError, RuntimeError):
        raise TypeError(f"{who}: expected J() a number, got {value!r}") from None


def _check(who, J, theta, eps):
    if (dtype := dtype_name(check.floating(who, "theta", theta))) != "float64":
        why = "differences of float32 numbers have no digits left"
        raise TypeError(f"{who}: expected theta in float64, got {dtype}; {why}")
    check.function(who, "J", J)
    check.positive(who, "eps", eps)
