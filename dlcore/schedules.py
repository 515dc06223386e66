"""Learning-rate schedules: functions η(t) of the step number t = 1, 2, ….

    optimizer = Adam(net.theta, lr=warm_up(cosine(1e-3, t_max=1000), steps=50))

t may be a number or a 0-d array: ``choose`` works inside a compiled step, where there is no ``if``.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import partial

from . import checks as check
from .backend import Array, is_array, namespace

RULES = {
    "every": partial(check.integer, low=1),
    "lr_min": partial(check.number, low=0),
    "schedule": check.function,
    "first": check.function,
    "second": check.function,
}


class Schedule:
    """A schedule is its settings, which are checked, and a formula ``__call__(t)``."""

    def __post_init__(self):
        for field in fields(self):
            rule = RULES.get(field.name, check.positive)
            value = rule(type(self).__name__, field.name, getattr(self, field.name))
            setattr(self, field.name, value)


@dataclass
class constant(Schedule):
    """η(t) = η."""

    lr: float

    def __call__(self, t: float) -> float:
        return self.lr + 0 * t


@dataclass
class step_decay(Schedule):
    """η(t) = η γ^⌊(t − 1)/s⌋: s = ``every`` steps with η, then s with γη, and so on."""

    lr: float
    every: int
    gamma: float = 0.1

    def __call__(self, t: float) -> float:
        return self.lr * self.gamma ** ((t - 1) // self.every)


@dataclass
class exponential(Schedule):
    """η(t) = η γᵗ = η e^(−kt) with k = −ln γ."""

    lr: float
    gamma: float

    def __call__(self, t: float) -> float:
        return self.lr * self.gamma**t


@dataclass
class inverse_time(Schedule):
    """η(t) = η/(1 + k t).  Its sum diverges, that of its squares does not: Robbins, Monro 1951."""

    lr: float
    k: float

    def __call__(self, t: float) -> float:
        return self.lr / (1 + self.k * t)


@dataclass
class linear(Schedule):
    """η(t) = η + (η_min − η) t/T up to T = ``t_max``, then η_min."""

    lr: float
    t_max: float
    lr_min: float = 0.0

    def __call__(self, t: float) -> float:
        t = choose(t < self.t_max, t, self.t_max)
        return self.lr + (self.lr_min - self.lr) * (t / self.t_max)


@dataclass
class cosine(Schedule):
    """η(t) = η_min + ½ (η − η_min)(1 + cos(π t/T)) up to T = ``t_max``, then η_min.
    Loshchilov and Hutter 2017, arXiv:1608.03983."""

    lr: float
    t_max: float
    lr_min: float = 0.0

    def __call__(self, t: float) -> float:
        t = choose(t < self.t_max, t, self.t_max)
        return self.lr_min + 0.5 * (self.lr - self.lr_min) * (1 + cos(math.pi * t / self.t_max))


@dataclass
class warm_up(Schedule):
    """η(t) = t/n η'(t) for the first n = ``steps`` steps, then η'(t)."""

    schedule: Callable
    steps: float

    def __call__(self, t: float) -> float:
        return self.schedule(t) * (choose(t < self.steps, t, self.steps) / self.steps)


@dataclass
class chain(Schedule):
    """η(t) = first(t) for t ≤ n = ``steps``, then second(t − n): it counts from 1 again."""

    first: Callable
    steps: float
    second: Callable

    def __call__(self, t: float) -> float:
        early = t <= self.steps
        t1, t2 = choose(early, t, self.steps), choose(early, 1, t - self.steps)
        return choose(early, self.first(t1), self.second(t2))


def choose(condition: bool | Array, a: float, b: float) -> float:
    """a if the condition is true, else b, for numbers and for 0-d arrays."""
    if is_array(condition):
        return namespace(condition).where(condition, a, b)
    return a if condition else b


def cos(x: float) -> float:
    """cos x of a number or of an array."""
    return namespace(x).cos(x) if is_array(x) else math.cos(x)
