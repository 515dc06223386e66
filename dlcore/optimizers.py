"""Optimizers: θ ← θ − η d, where the direction d is all that distinguishes them.

An optimizer is bound to one array θ, such as a network's ``theta``, and changes it in place:

    optimizer = Adam(net.theta, lr=1e-3)
    optimizer.step(net.gradient(loss, x, y))

The contract, for an optimizer of one's own:

    class Momentum(Optimizer):
        def __init__(self, theta, lr=0.1, mu=0.9, **options):
            super().__init__(theta, lr, **options)
            self.mu = mu                            # a setting: a plain attribute
            self.state = (self.zeros(),)            # what is remembered, arrays of the shape of θ

        def direction(self, g, v):                  # d; the arrays of state are its arguments
            v *= self.mu
            v += g
            return v

* What changes from step to step is in ``state``, or is a number named in ``counters`` (as the step
  number ``t``): this, and nothing else, is in a checkpoint.
* ``direction`` is elementwise and changes its arguments in place, never re-binds them: a long θ is
  updated slice by slice, and a captured CUDA graph is replayed on the same memory.
* ``prepare(lr)`` is called once in a step, before ``direction``.  ``contracts.check_optimizer``
  tries all of it.
"""

from collections.abc import Callable
from functools import partial
from numbers import Real
from typing import Any, TypeAlias

from . import checks as check
from .backend import Array, is_array, namespace, on_cpu

Rate: TypeAlias = float | Array | Callable
CHUNK = 65_536  # elements: θ, g and the state of one slice fit into a core's cache together


class Optimizer:
    """θ ← θ − η d(g).

    theta        the array to be changed, (P,) or (E, P), floating-point
    lr           the learning rate η > 0, (E, 1) for one in each network, or a function of t = 1, 2
    capturable   count t in a 0-d array, so that a captured CUDA graph stays right when replayed
    Where there is an ε it may be 0, which makes NaN (0/0) of a parameter without any gradient yet.
    Raises TypeError if theta is not a floating-point array, ValueError for a bad learning rate or
    a tensor of torch that asks for gradients of its own."""

    state: tuple = ()  # arrays of the shape of θ
    counters: tuple[str, ...] = ("t",)  # the names of what else changes from step to step

    def __init__(self, theta: Array, lr: Rate = 0.1, capturable: bool = False):
        if check.floating(self.name, "theta", theta).ndim == 0:
            raise ValueError(f"{self.name}: expected theta of shape (P,) or (E, P), got ()")
        if _of_autograd(theta):
            raise ValueError(f"{self.name}: expected theta without requires_grad, got one with it")
        capturable = check.boolean(self.name, "capturable", capturable)
        self.theta = theta
        self.lr = lr if callable(lr) else self.per_network("lr", lr, check.positive)
        self.t = self.xp.zeros((), dtype=self.xp.float64, device=theta.device) if capturable else 0
        self.chunked = on_cpu(theta) and theta.shape[-1] > CHUNK

    def __repr__(self):
        hidden = ("theta", "t", "chunked", "state", *self.counters)
        shown = {name: value for name, value in vars(self).items() if name not in hidden}
        return f"{self.name}({', '.join(f'{name}={value!r}' for name, value in shown.items())})"

    @property
    def xp(self) -> Any:
        return namespace(self.theta)  # not kept: a module can be neither copied nor pickled

    @property
    def name(self) -> str:
        return type(self).__name__

    def per_network(self, name: str, value: Any, rule: Callable) -> Any:
        """A number, or (E, 1) of them for θ of shape (E, P), brought to the library of θ."""
        if is_array(value) and value.ndim > 0:
            check.floating(self.name, name, value)
            value = check.like_networks(self.name, name, value, self.theta)
        value = check.per_network(self.name, name, value, rule)
        foreign = is_array(value) and not isinstance(value, (Real, type(self.theta)))
        return float(value) if foreign else value

    def zeros(self) -> Array:
        """A new piece of state."""
        return self.xp.zeros_like(self.theta)

    def step(self, g: Array) -> None:
        """θ ← θ − η d(g).
        Raises TypeError if g has not the library, dtype and device of θ, ValueError for a shape."""
        slices = self.slices(self.checked(g))
        self.t += 1
        lr = self.lr(self.t) if callable(self.lr) else self.lr
        self.prepare(lr)
        for theta, g, state in slices:
            theta -= lr * self.direction(g, *state)

    def slices(self, g: Array) -> list:
        """[(θ, g, state)], for a long θ on the CPU cut into pieces that fit into a core's cache."""
        if not self.chunked:
            return [(self.theta, g, self.state)]
        parts = [(..., slice(i, i + CHUNK)) for i in range(0, self.theta.shape[-1], CHUNK)]
        return [(self.theta[p], g[p], [s[p] for s in self.state]) for p in parts]

    def checked(self, g: Array) -> Array:
        """The gradient g without its graph of autograd, of which θ would become a part."""
        check.same_kind(self.name, "a gradient", g, self.theta)
        if g.shape != self.theta.shape:
            check.shape(self.name, "a gradient", g, tuple(self.theta.shape))
        return g.detach() if _of_autograd(g) else g

    def prepare(self, lr: float | Array) -> None:
        """What happens once in a step, before the direction is asked for: by default nothing."""

    def direction(self, g: Array, *state: Array) -> Array:
        """d(g), elementwise in g and the state."""
        raise NotImplementedError


class GradientDescent(Optimizer):
    """d = g."""

    def direction(self, g: Array) -> Array:
        return g


class Momentum(Optimizer):
    """v ← μ v + g,   d = v   (the heavy ball).   Polyak 1964; torch's form, with η outside v."""

    def __init__(self, theta: Array, lr: Rate = 0.1, mu: float = 0.9, **options: Any):
        super().__init__(theta, lr, **options)
        self.mu = check.below_one(self.name, "mu", mu)
        self.state = (self.zeros(),)

    def direction(self, g: Array, v: Array) -> Array:
        v *= self.mu
        v += g
        return v


class Nesterov(Momentum):
    """v ← μ v + g,   d = g + μ v: v's next step is anticipated.   Nesterov 1983, torch's form."""

    def direction(self, g: Array, v: Array) -> Array:
        return g + self.mu * super().direction(g, v)


class Adagrad(Optimizer):
    """G ← G + g²,   d = g/(√G + ε).   Duchi, Hazan, Singer 2011."""

    def __init__(self, theta: Array, lr: Rate = 1e-2, eps: float = 1e-10, **options: Any):
        super().__init__(theta, lr, **options)
        self.eps = check.number(self.name, "eps", eps, 0)
        self.state = (self.zeros(),)

    def direction(self, g: Array, G: Array) -> Array:
        G += g * g
        return g / (self.xp.sqrt(G) + self.eps)


class RMSProp(Optimizer):
    """v ← ρ v + (1 − ρ) g²,   d = g/(√v + ε).
    Tieleman and Hinton 2012 (lecture), where ρ = 0.9; torch's default is 0.99."""

    def __init__(
        self, theta: Array, lr: Rate = 1e-2, rho: float = 0.9, eps: float = 1e-8, **options: Any
    ):
        super().__init__(theta, lr, **options)
        self.rho = check.below_one(self.name, "rho", rho)
        self.eps = check.number(self.name, "eps", eps, 0)
        self.state = (self.zeros(),)

    def direction(self, g: Array, v: Array) -> Array:
        v *= self.rho
        v += (1 - self.rho) * (g * g)
        return g / (self.xp.sqrt(v) + self.eps)


class Adam(Optimizer):
    """m ← β₁ m + (1 − β₁) g,   v ← β₂ v + (1 − β₂) g²,   d = m̂/(√v̂ + ε)
    with m̂ = m/(1 − β₁ᵗ) and v̂ = v/(1 − β₂ᵗ).

    Kingma and Ba 2015, arXiv:1412.6980, Algorithm 1."""

    def __init__(
        self,
        theta: Array,
        lr: Rate = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
        **options: Any,
    ):
        super().__init__(theta, lr, **options)
        self.beta1 = check.below_one(self.name, "beta1", beta1)
        self.beta2 = check.below_one(self.name, "beta2", beta2)
        self.eps = check.number(self.name, "eps", eps, 0)
        self.state = (self.zeros(), self.zeros())

    def direction(self, g: Array, m: Array, v: Array) -> Array:
        self.update_moments(g, m, v)
        m_hat = m / (1 - self.beta1**self.t)
        v_hat = v / (1 - self.beta2**self.t)
        return m_hat / (self.xp.sqrt(v_hat) + self.eps)

    def update_moments(self, g: Array, m: Array, v: Array) -> None:
        m *= self.beta1
        m += (1 - self.beta1) * g
        v *= self.beta2
        v += (1 - self.beta2) * (g * g)


class AdamW(Adam):
    """θ ← θ − η (d + λ θ) with Adam's d: the decay is decoupled from the gradient.
    This is torch's form: in the paper's Algorithm 2 only the schedule multiplies λ, not the rate α.
    ``n_weights``: only θ[..., :n_weights] decays (``net.n_weights``: the biases do not); None: all.
    Loshchilov and Hutter 2019, arXiv:1711.05101."""

    def __init__(
        self,
        theta: Array,
        lr: Rate = 1e-3,
        decay: float | Array = 1e-2,
        n_weights: int | None = None,
        **adam: Any,
    ):
        super().__init__(theta, lr, **adam)
        self.decay = self.per_network("decay", decay, partial(check.number, low=0))
        if n_weights is not None:
            n_weights = check.integer(self.name, "n_weights", n_weights, 0, theta.shape[-1])
        self.n_weights = n_weights

    def prepare(self, lr: float | Array) -> None:
        w = self.theta[..., : self.n_weights]
        w *= 1 - lr * self.decay


class AMSGrad(Adam):
    """Adam with v̂ = v_max/(1 − β₂ᵗ), v_max the largest v so far: v_max never shrinks, v̂ may.
    Reddi, Kale, Kumar 2018, in torch's form (the maximum is taken before the division)."""

    def __init__(self, theta: Array, lr: Rate = 1e-3, **adam: Any):
        super().__init__(theta, lr, **adam)
        self.state = (*self.state, self.zeros())

    def direction(self, g: Array, m: Array, v: Array, v_max: Array) -> Array:
        self.update_moments(g, m, v)
        v_max[...] = self.xp.maximum(v_max, v)
        m_hat = m / (1 - self.beta1**self.t)
        v_hat = v_max / (1 - self.beta2**self.t)
        return m_hat / (self.xp.sqrt(v_hat) + self.eps)


class NAdam(Adam):
    """Adam that looks ahead as Nesterov does: m̂ = μₜ₊₁ m/(1 − μ₁⋯μₜ₊₁) + (1 − μₜ) g/(1 − μ₁⋯μₜ)
    with μₜ = β₁ (1 − ½ 0.96^(ψt)).

    Dozat 2016, in torch's form and with its ψ = 0.004, lr = 0.002."""

    counters = ("t", "product")

    def __init__(self, theta: Array, lr: Rate = 2e-3, psi: float = 4e-3, **adam: Any):
        super().__init__(theta, lr, **adam)
        self.psi = check.number(self.name, "psi", psi, 0)
        self.product = self.xp.ones_like(self.t) if is_array(self.t) else 1.0  # μ₁⋯μₜ

    def mu(self, t: float) -> float:
        """μₜ, which grows towards β₁."""
        return self.beta1 * (1 - 0.5 * 0.96 ** (t * self.psi))

    def prepare(self, lr: float | Array) -> None:
        self.product *= self.mu(self.t)

    def direction(self, g: Array, m: Array, v: Array) -> Array:
        self.update_moments(g, m, v)
        now, ahead = self.mu(self.t), self.mu(self.t + 1)
        m_hat = ahead * m / (1 - self.product * ahead) + (1 - now) * g / (1 - self.product)
        v_hat = v / (1 - self.beta2**self.t)
        return m_hat / (self.xp.sqrt(v_hat) + self.eps)


def _of_autograd(x):
    return getattr(x, "requires_grad", False)


def clip_norm(g: Array, c: float) -> Array:
    """g if ‖g‖ ≤ c, else c g/‖g‖; for a stack (E, P) each network by itself.
    Pascanu, Mikolov, Bengio 2013, arXiv:1211.5063."""
    xp, c = namespace(check.floating("clip_norm", "g", g)), check.positive("clip_norm", "c", c)
    largest = xp.max(xp.abs(g), axis=-1, keepdims=True)
    unit = xp.where(largest > 0, largest, 1.0)  # in float32 the square of 1e20 is infinite
    norm = unit * xp.sqrt(xp.sum((g / unit) ** 2, axis=-1, keepdims=True))
    return g * (c / xp.where(norm > c, norm, c))


def clip_value(g: Array, c: float) -> Array:
    """Each component of g cut to [−c, c]."""
    xp, c = namespace(check.floating("clip_value", "g", g)), check.positive("clip_value", "c", c)
    return xp.where(g > c, c, xp.where(g < -c, -c, g))
