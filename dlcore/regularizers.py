"""Penalties R(w) that are added to the loss, and their gradients.

``w`` are the weights without the biases, (P,) or (E, P) for a stack of networks; the strength
``lam`` is a number, or an array (E, 1) with one strength for each network.
"""

from .backend import namespace


class _Penalty:
    def __init__(self, lam):
        if not hasattr(lam, "shape") and not (lam >= 0 and lam < float("inf")):
            raise ValueError(f"{type(self).__name__}: expected a finite lam ≥ 0, got {lam!r}")
        self.lam = lam

    def __repr__(self):
        return f"{type(self).__name__}({self.lam})"


class L2(_Penalty):
    """R(w) = ½ λ ‖w‖²,   ∇R = λ w."""

    def value(self, w):
        return 0.5 * namespace(w).sum(self.lam * w * w, axis=-1)

    def grad(self, w):
        return self.lam * w


class L1(_Penalty):
    """R(w) = λ ‖w‖₁,   ∇R = λ sign w   (a subgradient: 0 at w = 0)."""

    def value(self, w):
        xp = namespace(w)
        return xp.sum(self.lam * xp.abs(w), axis=-1)

    def grad(self, w):
        return self.lam * namespace(w).sign(w)
