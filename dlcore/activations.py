"""Activation functions h, each with its derivative h'.

``h(z)`` is elementwise: it checks z and gives ``h.value(z)``, the formula.  ``h.deriv(z, a)``
receives z and a = h(z), uses what is cheaper and keeps the digits far out, and returns an array of
the shape of z (or the number 1.0).
"""

import math
from typing import Any

from . import checks as check
from .backend import Array, erfc, ignore_overflow, is_positive, namespace

FAR = 1e3  # where e^−|z| is 0 in every number type: further out nothing changes, but z² overflows


class Function:
    """An activation function; two of one class with the same settings are the same function.
    ``h(z)`` raises TypeError for what is not a floating-point array."""

    value: Any
    deriv: Any

    def __call__(self, z: Array) -> Array:
        return self.value(check.floating(self, "z", z))

    def __repr__(self):
        settings = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return type(self).__name__ + f"({settings})" * bool(settings)

    def __eq__(self, other):
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self):
        return hash((type(self), *vars(self).values()))


class Identity(Function):
    """h(z) = z,   h'(z) = 1."""

    def value(self, z: Array) -> Array:
        return z

    def deriv(self, z: Array, a: Array) -> Array:
        return 1.0


class Step(Function):
    """h(z) = 1 if z > 0, at_zero if z = 0, 0 if z < 0;   h'(z) = 0.
    No gradient passes through it.  ``at_zero=1`` is the threshold unit of McCulloch and Pitts 1943,
    which fires when the threshold is reached."""

    at_zeros: tuple[float, ...] = (0, 0.5, 1)

    def __init__(self, at_zero: float = 0):
        who = type(self).__name__
        self.at_zero = check.number(who, "at_zero", at_zero)
        if self.at_zero not in self.at_zeros:
            raise ValueError(f"{who}: expected at_zero in {self.at_zeros}, got {self.at_zero!r}")

    def value(self, z: Array) -> Array:
        xp = namespace(z)
        return xp.where(z == 0, float(self.at_zero), 0.5 + 0.5 * xp.sign(z))  # NaN stays NaN

    def deriv(self, z: Array, a: Array) -> Array:
        return namespace(z).zeros_like(z)


class Sign(Step):
    """h(z) = 1 if z > 0, at_zero if z = 0, −1 if z < 0;   h'(z) = 0."""

    at_zeros = (-1, 0, 1)

    def value(self, z: Array) -> Array:
        return namespace(z).where(z == 0, float(self.at_zero), namespace(z).sign(z))


class Sigmoid(Function):
    """h(z) = 1/(1 + e⁻ᶻ),   h'(z) = a (1 − a).   Computed by ``sigmoid``."""

    def value(self, z: Array) -> Array:
        return sigmoid(z)

    def deriv(self, z: Array, a: Array) -> Array:
        return a * (1.0 - a)


class Tanh(Function):
    """h(z) = tanh z,   h'(z) = 1 − a²."""

    def value(self, z: Array) -> Array:
        return namespace(z).tanh(z)

    def deriv(self, z: Array, a: Array) -> Array:
        return 1.0 - a * a


class ReLU(Function):
    """h(z) = z if z > 0 else 0,   h'(z) = 1 if z > 0 else 0   (so h'(0) = 0).
    Rectified units: Fukushima 1969; in deep networks Nair and Hinton 2010."""

    def value(self, z: Array) -> Array:
        return abs(namespace(z).clip(z, 0.0, None))  # NaN stays NaN, and −0 becomes 0

    def deriv(self, z: Array, a: Array) -> Array:
        return is_positive(z)


class LeakyReLU(Function):
    """h(z) = z if z > 0 else α z,   h'(z) = 1 if z > 0 else α.   0 ≤ α < 1.
    α = 0.01 in Maas, Hannun, Ng 2013."""

    def __init__(self, alpha: float = 0.01):
        self.alpha = check.below_one(self, "alpha", alpha)

    def value(self, z: Array) -> Array:
        xp = namespace(z)
        below = self.alpha * z if self.alpha > 0 else 0.0 * xp.clip(z, -1.0, 1.0)  # not 0 · ∞
        return xp.where(z > 0, z, below)

    def deriv(self, z: Array, a: Array) -> Array:
        return self.alpha + (1.0 - self.alpha) * is_positive(z)


class ELU(Function):
    """h(z) = z if z > 0 else α (eᶻ − 1),   h'(z) = 1 if z > 0 else α eᶻ.
    Clevert, Unterthiner, Hochreiter 2016, arXiv:1511.07289."""

    scale = 1.0

    def __init__(self, alpha: float = 1.0):
        self.alpha = check.positive(self, "alpha", alpha)

    def value(self, z: Array) -> Array:
        xp = namespace(z)  # eᶻ is only needed, and only safe, for z ≤ 0
        return self.scale * xp.where(z > 0, z, self.alpha * xp.expm1(xp.clip(z, None, 0.0)))

    def deriv(self, z: Array, a: Array) -> Array:
        xp = namespace(z)
        return self.scale * xp.where(z > 0, 1.0, self.alpha * xp.exp(xp.clip(z, None, 0.0)))


class SELU(ELU):
    """h(z) = λ z if z > 0 else λ α (eᶻ − 1),   h'(z) = λ if z > 0 else λ α eᶻ.
    With α = 1.6732632…, λ = 1.0507009… mean 0 and variance 1 are a fixed point from layer to layer.
    Klambauer, Unterthiner, Mayr, Hochreiter 2017, arXiv:1706.02515."""

    alpha, scale = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946

    def __init__(self):
        pass  # α is not a setting


class Softsign(Function):
    """h(z) = z/(1 + |z|),   h'(z) = 1/(1 + |z|)²."""

    def value(self, z: Array) -> Array:
        z = namespace(z).clip(z, -1e30, 1e30)  # there it is ±1; ∞/∞ would be NaN
        return z / (1.0 + abs(z))

    def deriv(self, z: Array, a: Array) -> Array:
        r = 1.0 / (1.0 + abs(z))
        return r * r


class HardTanh(Function):
    """h(z) = −1 if z ≤ −1, z between, 1 if z ≥ 1;   h'(z) = 1 if −1 < z < 1 else 0."""

    def value(self, z: Array) -> Array:
        return namespace(z).clip(z, -1.0, 1.0)

    def deriv(self, z: Array, a: Array) -> Array:
        return namespace(z).astype((z > -1) & (z < 1), z.dtype)


class Softplus(Function):
    """h(z) = (1/β) ln(1 + e^(βz)),   h'(z) = σ(βz).
    A smooth ReLU, which it approaches for β → ∞; largest gap (ln 2)/β, at z = 0."""

    def __init__(self, beta: float = 1.0):
        self.beta = check.positive(self, "beta", beta)

    def value(self, z: Array) -> Array:
        xp = namespace(z)
        # ln(1 + eˣ) = max(x, 0) + ln(1 + e^−|x|): no overflow for large |x|.
        return xp.clip(z, 0.0, None) + xp.log1p(xp.exp(-self.beta * abs(z))) / self.beta

    def deriv(self, z: Array, a: Array) -> Array:
        return sigmoid(self.beta * z)


class Swish(Function):
    """h(z) = z σ(βz),   h'(z) = s + βz s (1 − s)   with s = σ(βz).
    β = 1 is SiLU.  Hendrycks and Gimpel 2016, arXiv:1606.08415; Elfwing, Uchibe, Doya 2017,
    arXiv:1702.03118; Ramachandran, Zoph, Le 2017, arXiv:1710.05941."""

    def __init__(self, beta: float = 1.0):
        self.beta = check.positive(self, "beta", beta)

    def value(self, z: Array) -> Array:
        z = namespace(z).clip(z, -FAR / self.beta, None)  # 0 · ∞ would be NaN
        return z * sigmoid(self.beta * z)

    def deriv(self, z: Array, a: Array) -> Array:
        x = self.beta * namespace(z).clip(z, -FAR / self.beta, FAR / self.beta)
        s = sigmoid(x)
        return s + x * s * (1.0 - s)


class Mish(Function):
    """h(z) = z tanh(ln(1 + eᶻ)),   h'(z) = t + z (1 − t²) σ(z)   with t = tanh(ln(1 + eᶻ)).
    Misra 2019, arXiv:1908.08681."""

    def value(self, z: Array) -> Array:
        z = namespace(z).clip(z, -FAR, None)
        return z * namespace(z).tanh(Softplus()(z))

    def deriv(self, z: Array, a: Array) -> Array:
        z = namespace(z).clip(z, -FAR, FAR)
        t = namespace(z).tanh(Softplus()(z))
        return t + z * (1.0 - t * t) * sigmoid(z)


class GELU(Function):
    """h(z) = z Φ(z),   h'(z) = Φ(z) + z φ(z);   Φ, φ: the standard normal distribution and density.

    form="exact"    Φ(z) = ½ (1 + erf(z/√2)) = ½ erfc(−z/√2)
    form="tanh"     Φ(z) ≈ ½ (1 + tanh u) = σ(2u), u = √(2/π) (z + 0.044715 z³);   error of h < 5e-4
    form="sigmoid"  Φ(z) ≈ σ(1.702 z);   error of h < 0.021
    Of two equal forms the last keeps the digits far out.  Each has the derivative of its own value.
    Hendrycks and Gimpel 2016, arXiv:1606.08415."""

    def __init__(self, form: str = "exact"):
        self.form = check.one_of("GELU", "form", form, ("exact", "tanh", "sigmoid"))

    def __repr__(self):
        return f"GELU({self.form!r})"

    def value(self, z: Array) -> Array:
        z = namespace(z).clip(z, -FAR, None)
        return z * self._distribution(z)

    def deriv(self, z: Array, a: Array) -> Array:
        z = namespace(z).clip(z, -FAR, FAR)
        return self._distribution(z) + z * self._density(z)

    def _distribution(self, z):
        if self.form == "exact":
            return 0.5 * erfc(z * -math.sqrt(0.5))
        return sigmoid(self._logit(z))

    def _density(self, z):
        if self.form == "exact":
            return namespace(z).exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
        s, slope = sigmoid(self._logit(z)), 1.702
        if self.form == "tanh":
            slope = math.sqrt(8.0 / math.pi) * (1.0 + 3 * 0.044715 * z * z)
        return s * (1.0 - s) * slope

    def _logit(self, z):
        z = namespace(z).clip(z, -FAR, FAR)
        if self.form == "sigmoid":
            return 1.702 * z
        return math.sqrt(8.0 / math.pi) * (z + 0.044715 * z * z * z)


def sigmoid(z: Array) -> Array:
    """σ(z) = 1/(1 + e⁻ᶻ), as e^min(z, 0)/(1 + e^−|z|): no overflow, all digits of a small σ."""
    xp = namespace(check.floating("sigmoid", "z", z))
    return xp.exp(xp.clip(z, None, 0.0)) / (1.0 + xp.exp(-abs(z)))


def softmax(z: Array, axis: int = -1) -> Array:
    """pₖ = e^(zₖ)/Σⱼ e^(zⱼ) along an axis.  The largest z is subtracted first: no overflow."""
    xp = namespace(check.floating("softmax", "z", z))
    check.integer("softmax", "axis", axis, -z.ndim, z.ndim - 1)
    e = xp.exp(less_maximum(z, axis))
    return e / xp.sum(e, axis=axis, keepdims=True)


def less_maximum(z: Array, axis: int = -1) -> Array:
    """z − max z ≤ 0 along an axis: −∞ where that is beyond the numbers, of which e^… is 0."""
    with ignore_overflow(z):
        return z - namespace(z).max(z, axis=axis, keepdims=True)


def smooth_maximum(x: Array, beta: float = 1.0, axis: int = -1) -> Array:
    """S_β(x) = Σᵢ xᵢ e^(βxᵢ) / Σᵢ e^(βxᵢ): the mean for β = 0, the maximum for β → ∞.
    Of two numbers it is (x₁ − x₂) σ(β(x₁ − x₂)) + x₂, from which ACON and Swish come.
    Ma, Zhang, Liu, Sun 2021, arXiv:2009.04759."""
    xp = namespace(check.floating("smooth_maximum", "x", x))
    beta, sign = check.number("smooth_maximum", "beta", beta), 1.0 if beta >= 0 else -1.0
    check.integer("smooth_maximum", "axis", axis, -x.ndim, x.ndim - 1)
    d = sign * less_maximum(sign * x * 0.5, axis)  # β (x − max)/2, or min for β < 0: finite
    with ignore_overflow(x):
        d = 2.0 * beta * d
    p = softmax(d, axis=axis)
    return xp.sum(p * xp.where(p == 0, p, x), axis=axis)


_KINDS = (Identity, Step, Sign, Sigmoid, Tanh, Softsign, HardTanh, ReLU, LeakyReLU, ELU, SELU, GELU)
NAMED = {h.__name__.lower(): h for h in (*_KINDS, Softplus, Swish, Mish)}


def activation(h: str | Function) -> Function:
    """The activation function of that name (``"tanh"``), or ``h`` itself if it is one already.
    The names: identity (linear), step, sign, sigmoid, tanh, softsign, hardtanh, relu, leakyrelu,
    elu, selu, gelu, softplus, swish (silu), mish; capitals and "_" make no difference."""
    if isinstance(h, str):
        return check.named("activation", h, NAMED, {"silu": "swish", "linear": "identity"})()
    if isinstance(h, type) or not (callable(h) and hasattr(h, "deriv")):
        raise TypeError(f"activation: expected a name or an object with deriv, got {h!r}")
    return h
