"""Penalties R(w) that are added to the loss, their gradients, and the max-norm constraint.

``w`` are the weights without the biases, (P,) or (E, P) for a stack; the strength ``lam`` is a
number, or (E, 1) of them.  ``value(w)``, a number or (E,), and ``grad(w)`` read no numbers.
"""

from functools import partial
from typing import Any

from . import checks as check
from .backend import Array, is_array, namespace, norm


class _Penalty:
    def __init__(self, lam: float | Array):
        self.lam = _strength(type(self).__name__, "lam", lam)

    def __repr__(self):
        return f"{type(self).__name__}({self.lam})"

    def strength(self, w: Array) -> Any:
        """λ, a number or (E, 1) in the library of w.  Raises ValueError for another E."""
        check.floating(self, "w", w)
        return check.like_networks(type(self).__name__, "lam", self.lam, w)


class L2(_Penalty):
    """R(w) = ½ λ ‖w‖²,   ∇R = λ w."""

    def value(self, w: Array) -> Array:
        lam = self.strength(w)
        return namespace(w).sum(0.5 * lam * w * w, axis=-1)

    def grad(self, w: Array) -> Array:
        return self.strength(w) * w


class L1(_Penalty):
    """R(w) = λ ‖w‖₁,   ∇R = λ sign w   (a subgradient: 0 at w = 0)."""

    def value(self, w: Array) -> Array:
        lam = self.strength(w)
        return namespace(w).sum(lam * abs(w), axis=-1)

    def grad(self, w: Array) -> Array:
        return self.strength(w) * namespace(w).sign(w)


class ElasticNet:
    """R(w) = λ₁ ‖w‖₁ + ½ λ₂ ‖w‖²,   ∇R = λ₁ sign w + λ₂ w.   Zou and Hastie 2005."""

    def __init__(self, lam1: float | Array, lam2: float | Array):
        lam1 = _strength("ElasticNet", "lam1", lam1)
        self.parts = L1(lam1), L2(_strength("ElasticNet", "lam2", lam2))

    def __repr__(self):
        return f"ElasticNet({self.parts[0].lam}, {self.parts[1].lam})"

    def value(self, w: Array) -> Array:
        check.floating(self, "w", w)
        return sum(part.value(w) for part in self.parts)

    def grad(self, w: Array) -> Array:
        check.floating(self, "w", w)
        return sum(part.grad(w) for part in self.parts)


def penalized(penalty: Any, net: Any, J: Array, g: Array) -> tuple[Array, Array]:
    """J + R(w) and ∇J + ∇R, w the weights of the network; J is 0-d or (E,), g = ∇J as long as θ.

    g is changed in place; where the network is frozen, the sum is 0."""
    w = net.theta[..., : net.n_weights]
    g[..., : net.n_weights] += penalty.grad(w)
    return J + penalty.value(w), net.without_frozen(g)


class MaxNorm:
    """‖w_k‖ ≤ c for the weights w_k into every unit: after a step, longer ones are cut to length c.

    Called as ``fit(…, constraint=MaxNorm(3.0))``.  Srivastava and others 2014.
    """

    def __init__(self, c: float):
        self.c = check.positive("MaxNorm", "c", c)

    def __repr__(self):
        return f"MaxNorm({self.c})"

    def __call__(self, net: Any) -> None:
        """Change the weights of ``net`` in place."""
        if not hasattr(net, "params"):
            raise TypeError(f"{self}: expected a network, got {type(net).__name__}")
        for layer, params in zip(net.layers, net.params, strict=True):
            for parameter, W in zip(layer.parameters(), params, strict=True):
                if parameter.is_weight:
                    length = norm(W, tuple(range(1 - len(parameter.shape), 0)))  # of each unit
                    W *= self.c / namespace(W).where(length > self.c, length, self.c)


def _strength(who, name, lam):
    lam = check.per_network(who, name, lam, partial(check.number, low=0))
    return float(lam) if is_array(lam) and lam.ndim == 0 else lam
