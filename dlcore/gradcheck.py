"""Check a derivative that was worked out by hand against central differences, in float64.

    ∂J/∂θᵢ ≈ (J(θ + ε eᵢ) − J(θ − ε eᵢ))/2ε,   error O(ε²) + O(machine precision/ε)

The functions read θ in place: ``J()`` is a function without arguments that looks at the array.
"""

import numpy as np

from .backend import asarray, dtype_name, namespace, to_numpy


def numerical_gradient(J, theta, eps=1e-5):
    """∇J by central differences, one coordinate after the other: 2P evaluations of J.

    J() -> a number; theta any array of shape S, float64; returns shape S.
    """
    _check_float64(theta)
    g = np.zeros(tuple(theta.shape))
    for i in np.ndindex(g.shape):
        kept = float(theta[i])
        theta[i] = kept + eps
        plus = float(J())
        theta[i] = kept - eps
        minus = float(J())
        theta[i] = kept
        g[i] = (plus - minus) / (2 * eps)
    return asarray(g, theta)


def directional_error(J, theta, grad, *, eps=1e-5, directions=10, seed=0):
    """The error of ∇J·u ≈ (J(θ + εu) − J(θ − εu))/2ε, the largest over random unit vectors u,
    relative to the largest of the two sides.

    Two evaluations of J for each direction, whatever the number of parameters.  θ is restored to
    the last bit.  Shapes: theta and grad alike.  A correct gradient gives about 1e-8.
    """
    _check_float64(theta)
    if tuple(grad.shape) != tuple(theta.shape):
        raise ValueError(
            f"directional_error: expected grad of shape {tuple(theta.shape)}, "
            f"got {tuple(grad.shape)}"
        )
    xp, rng = namespace(theta), np.random.default_rng(seed)
    kept, numeric, exact = asarray(theta, theta), [], []
    for _ in range(directions):
        u = rng.standard_normal(tuple(theta.shape))
        u = asarray(u / np.linalg.norm(u), theta)
        theta[...] = kept + eps * u
        plus = float(J())
        theta[...] = kept - eps * u
        minus = float(J())
        theta[...] = kept
        numeric.append((plus - minus) / (2 * eps))
        exact.append(float(xp.sum(grad * u)))
    numeric, exact = np.array(numeric), np.array(exact)
    return float(np.max(np.abs(numeric - exact)) / max(1e-8, np.max(abs(numeric) + abs(exact))))


def _check_float64(theta):
    if dtype_name(theta) != "float64":
        raise TypeError(
            f"gradcheck: expected theta in float64, got {to_numpy(theta).dtype}; differences of "
            "float32 numbers have no digits left"
        )
