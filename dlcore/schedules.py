"""Learning-rate schedules: functions η(t) of the step number t = 1, 2, ….

    optimizer = Adam(net.theta, lr=warm_up(cosine(1e-3, t_max=1000), steps=50))

They use arithmetic alone, so that t may be a number or a 0-d array: inside a captured CUDA graph
or a compiled step there is no ``if``.  Choices are written with comparisons, (t < T) being 1 or 0.
"""

import math

from . import checks as check
from .backend import is_array, namespace


def constant(lr):
    """η(t) = η."""
    lr = check.positive("constant", "lr", lr)
    return lambda t: lr + 0 * t


def step_decay(lr, every, gamma=0.1):
    """η(t) = η γ^⌊(t − 1)/s⌋: s = ``every`` steps with η, then s with γη, and so on."""
    who = "step_decay"
    lr, gamma = check.positive(who, "lr", lr), check.positive(who, "gamma", gamma)
    every = check.integer(who, "every", every, 1)
    return lambda t: lr * gamma ** ((t - 1) // every)


def exponential(lr, gamma):
    """η(t) = η γᵗ = η e^(−kt) with k = −ln γ."""
    lr, gamma = (
        check.positive("exponential", "lr", lr),
        check.positive("exponential", "gamma", gamma),
    )
    return lambda t: lr * gamma**t


def inverse_time(lr, k):
    """η(t) = η/(1 + k t).  Its sum diverges, that of its squares does not: Robbins, Monro 1951."""
    lr, k = check.positive("inverse_time", "lr", lr), check.positive("inverse_time", "k", k)
    return lambda t: lr / (1 + k * t)


def linear(lr, t_max, lr_min=0.0):
    """η(t) = η + (η_min − η) t/T up to T = ``t_max``, then η_min."""
    lr, t_max, lr_min = _falling("linear", lr, t_max, lr_min)
    return lambda t: lr + (lr_min - lr) * (_at_most(t, t_max) / t_max)


def cosine(lr, t_max, lr_min=0.0):
    """η(t) = η_min + ½ (η − η_min)(1 + cos(π t/T)) up to T = ``t_max``, then η_min.

    Loshchilov and Hutter 2017, arXiv:1608.03983.
    """
    lr, t_max, lr_min = _falling("cosine", lr, t_max, lr_min)
    return lambda t: lr_min + 0.5 * (lr - lr_min) * (1 + _cos(math.pi * _at_most(t, t_max) / t_max))


def warm_up(schedule, steps):
    """η(t) = t/n η'(t) for the first n = ``steps`` steps, then η'(t)."""
    check.function("warm_up", "schedule", schedule)
    steps = check.positive("warm_up", "steps", steps)
    return lambda t: schedule(t) * (_at_most(t, steps) / steps)


def chain(first, steps, second):
    """η(t) = first(t) for t ≤ n = ``steps``, then second(t − n): it counts from 1 again."""
    check.function("chain", "first", first)
    check.function("chain", "second", second)
    steps = check.positive("chain", "steps", steps)

    def eta(t):
        late = t > steps
        return first(_at_most(t, steps)) * (1 - late * 1) + second(_at_least(t - steps, 1)) * late

    return eta


def _at_most(t, limit):
    return t * (t < limit) + limit * (t >= limit)


def _at_least(t, limit):
    return t * (t > limit) + limit * (t <= limit)


def _cos(x):
    return namespace(x).cos(x) if is_array(x) else math.cos(x)


def _falling(who, lr, t_max, lr_min):
    lr, t_max = check.positive(who, "lr", lr), check.positive(who, "t_max", t_max)
    return lr, t_max, check.number(who, "lr_min", lr_min, 0)
