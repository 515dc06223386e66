"""Can a line separate the classes, and with what margin?

    criterion        E_P(w), which the perceptron descends, and its subgradient
    margin           γ, the distance from the boundary to the nearest example
    max_margin       the weights with the largest γ
    novikoff_bound   (R/γ)²: the perceptron makes at most so many updates

Examples are rows of X (N, n), with labels y (N,) of 0 and 1; weights are w = (b, w₁, …, wₙ).
"""

import numpy as np

from . import checks as check
from .backend import Array, asarray, namespace, to_numpy
from .perceptron import Perceptron


def criterion(w: Array, X: Array, y: Array) -> tuple[Array, Array]:
    """E_P(w) = −Σ tₙ w·xₙ over the misclassified n, and its subgradient −Σ tₙ xₙ over tₙ w·xₙ ≤ 0.
    w is (n + 1,), or (M, n + 1) for M points at once: values (M,), subgradients (M, n + 1).  A sum
    of 0 adds nothing to the value but counts in the subgradient, so that descent leaves w = 0."""
    unit, x = _unit("criterion", X)
    xp = namespace(x)
    t, w = 2 * unit.labels(x, y) - 1, _weights("criterion", w, x, ("M", x.shape[1]))
    tz = t * (w @ x.mT)
    inside = xp.astype(tz <= 0, x.dtype)
    return 0.0 - xp.sum(tz * inside, axis=-1), -((inside * t) @ x)


def margin(w: Array, X: Array, y: Array) -> float:
    """γ = min tₙ w·xₙ / ‖w‖ over all examples: positive exactly if w separates the classes.
    Constant input and bias included, as Novikoff's theorem takes it."""
    unit, x = _unit("margin", X)
    xp = namespace(x)
    t, w = 2 * unit.labels(x, y) - 1, _weights("margin", w, x)
    if not bool(xp.any(w != 0)):
        raise ValueError("margin: expected weights w with a direction, got zeros")
    return float(xp.min(t * (x @ w)) / xp.linalg.vector_norm(w))


def max_margin(X: Array, y: Array, steps: int = 10_000, tolerance: float = 1e-6) -> Array | None:
    """The weights w, ‖w‖ = 1, of (almost) the largest margin γ, or None if none was found.
    It points to the point p = Σ αₙ aₙ nearest to the origin in the convex hull of the corners
    aₙ = tₙ xₙ.  Each step shifts weight α from the corner in use with the largest p·a to the one
    with the least, as far as p gets shorter.  Mitchell, Demyanov and Malozemov 1971."""
    steps = check.integer("max_margin", "steps", steps, 1)
    tolerance = check.number("max_margin", "tolerance", tolerance, 0)
    unit, x = _unit("max_margin", X)
    corners = (2 * to_numpy(unit.labels(x, y)) - 1)[:, None] * to_numpy(x)
    alpha = np.zeros(len(corners))
    alpha[0], p = 1.0, corners[0]
    for _ in range(steps):
        s = corners @ p
        near, far = np.argmin(s), np.argmax(np.where(alpha > 0, s, -np.inf))
        gap, edge = s[far] - s[near], corners[near] - corners[far]
        if gap <= tolerance * (p @ p):
            break
        shift = min(alpha[far], gap / (edge @ edge))
        alpha[near] += shift
        alpha[far] -= shift
        p = p + shift * edge
    return p / np.linalg.norm(p) if np.min(corners @ p) > 0 else None


def novikoff_bound(X: Array, y: Array, w: Array | None = None) -> float:
    """(R/γ)²: at most so many updates does the perceptron make from w = 0, whatever η and order.
    R is the largest ‖xₙ‖ (with the constant input), γ the margin of w (None: of ``max_margin``).
    ValueError if w does not separate the classes.  Novikoff 1962."""
    w = max_margin(X, y) if w is None else w
    gamma = -1.0 if w is None else margin(w, X, y)
    if gamma <= 0:
        raise ValueError("novikoff_bound: expected weights that separate the classes, got none")
    x = to_numpy(_unit("novikoff_bound", X)[1])
    return float(np.max(np.sum(x * x, axis=1))) / gamma**2


def _unit(who, X):
    """A perceptron for the rows of X, and these as its inputs."""
    X = check.shape(who, "X", check.numbers(who, "X", X), ("N", "n ≥ 1"))
    unit = Perceptron(X.shape[1])
    return unit, unit.inputs(X)


def _weights(who, w, x, *more):
    """w (n + 1,), or of one ``more`` shape, in the library of x."""
    w = check.shape(who, "w", check.numbers(who, "w", w), (x.shape[1],), *more)
    return asarray(w, like=x)
