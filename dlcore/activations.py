"""Activation functions h, each with its derivative h'.

``h(z)`` is elementwise.  ``h.deriv(z, a)`` receives z and a = h(z), because for tanh and the
sigmoid h' is cheaper from a; it returns an array of the shape of z (or the number 1.0).
"""

from .backend import namespace


class Function:
    """An activation function without settings; two of one class are the same function."""

    def __repr__(self):
        return type(self).__name__

    def __eq__(self, other):
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self):
        return hash((type(self), *vars(self).values()))


class Identity(Function):
    """h(z) = z,   h'(z) = 1."""

    def __call__(self, z):
        return z

    def deriv(self, z, a):
        return 1.0


class Step(Function):
    """h(z) = 1 if z > 0, at_zero if z = 0, 0 if z < 0;   h'(z) = 0.

    The derivative is 0 wherever it exists, so no gradient passes through a step function.
    ``at_zero=1`` is the threshold unit of McCulloch and Pitts (1943): it fires when the threshold
    is reached.
    """

    def __init__(self, at_zero=0):
        if at_zero not in (0, 0.5, 1):
            raise ValueError(f"Step: expected at_zero in (0, 0.5, 1), got {at_zero!r}")
        self.at_zero = at_zero

    def __repr__(self):
        return f"Step(at_zero={self.at_zero})"

    def __call__(self, z):
        xp = namespace(z)
        return xp.where(z == 0, float(self.at_zero), xp.astype(z > 0, z.dtype))

    def deriv(self, z, a):
        return 0.0 * z


class Sign(Function):
    """h(z) = 1 if z > 0, at_zero if z = 0, −1 if z < 0;   h'(z) = 0."""

    def __init__(self, at_zero=0):
        if at_zero not in (-1, 0, 1):
            raise ValueError(f"Sign: expected at_zero in (-1, 0, 1), got {at_zero!r}")
        self.at_zero = at_zero

    def __repr__(self):
        return f"Sign(at_zero={self.at_zero})"

    def __call__(self, z):
        xp = namespace(z)
        return xp.where(z == 0, float(self.at_zero), xp.sign(z))

    def deriv(self, z, a):
        return 0.0 * z


class Sigmoid(Function):
    """h(z) = 1/(1 + e⁻ᶻ),   h'(z) = a (1 − a).

    Computed as ½ + ½ tanh(½ z), which is the same function and cannot overflow.
    """

    def __call__(self, z):
        return 0.5 + 0.5 * namespace(z).tanh(0.5 * z)

    def deriv(self, z, a):
        return a * (1.0 - a)


class Tanh(Function):
    """h(z) = tanh z,   h'(z) = 1 − a²."""

    def __call__(self, z):
        return namespace(z).tanh(z)

    def deriv(self, z, a):
        return 1.0 - a * a


class ReLU(Function):
    """h(z) = z if z > 0 else 0,   h'(z) = 1 if z > 0 else 0   (so h'(0) = 0).

    Rectified units: Fukushima 1969; in deep networks Nair and Hinton 2010.
    """

    def __call__(self, z):
        return namespace(z).where(z > 0, z, 0.0)

    def deriv(self, z, a):
        return namespace(z).astype(z > 0, z.dtype)


NAMED = {
    "identity": Identity, "step": Step, "sign": Sign,
    "sigmoid": Sigmoid, "tanh": Tanh, "relu": ReLU,
}  # fmt: skip


def activation(h):
    """The activation function of that name (``"tanh"``), or ``h`` itself if it is one already."""
    if isinstance(h, str):
        if h not in NAMED:
            raise ValueError(f"activation: expected one of {', '.join(NAMED)}, got {h!r}")
        return NAMED[h]()
    if not (callable(h) and hasattr(h, "deriv")):
        raise TypeError(f"activation: expected a name or an object with deriv, got {h!r}")
    return h
