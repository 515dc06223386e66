"""Exercises of chapter 12, from one unit to a network."""

import numpy as np

from dlcore.teaching.exercises import Between, Exercise


def _r_squared(X, z):
    columns = np.column_stack([np.ones(len(X)), X])
    fitted = columns @ np.linalg.lstsq(columns, z, rcond=None)[0]
    return 1 - np.sum((z - fitted) ** 2) / np.sum((z - np.mean(z)) ** 2)


def measures_straightness(r_squared):
    """12.1: r_squared(X, z) is 1 − Σ(z − ẑ)² / Σ(z − z̄)² of the best fit ẑ = b + w·x."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 2)) + [1.0, -2.0]
    straight = 4.0 + X @ [1.5, -0.5]
    curved = straight + 3 * np.tanh(2 * X[:, 0]) + X[:, 1] ** 2
    for z, where in ((straight, "z = 4 + 1.5 x₁ − 0.5 x₂"), (curved, "a curved z")):
        value, wanted = float(r_squared(X.copy(), z.copy())), _r_squared(X, z)
        if abs(value - wanted) < 1e-8:
            continue
        hint = f"For {where} expected R² = {wanted:.4f}, got {value:.4f}."
        if z is straight:
            hint += " Does your fit have a bias, a column of ones beside x₁ and x₂?"
        elif abs(value - np.sqrt(wanted)) < 1e-8:
            hint += " That is R; the squares are missing."
        elif abs(value - (1 - wanted)) < 1e-8:
            hint += " That is the share that is left over; subtract it from 1."
        else:
            hint += " Divide by the squares around the mean of z."
        return hint
    return None


def _no_bias(X, z):
    fitted = X @ np.linalg.lstsq(X, z, rcond=None)[0]
    return 1 - np.sum((z - fitted) ** 2) / np.sum((z - np.mean(z)) ** 2)


def _around_zero(X, z):
    columns = np.column_stack([np.ones(len(X)), X])
    fitted = columns @ np.linalg.lstsq(columns, z, rcond=None)[0]
    return 1 - np.sum((z - fitted) ** 2) / np.sum(z**2)


def staircase_error(N):
    """The largest error of N bumps for the sine on [0, 2π], with the steps of ``staircase``."""
    width = 2 * np.pi / N
    t = width * np.arange(N + 1)
    t[0], t[-1] = t[0] - width, t[-1] + width
    c = np.concatenate([[0], np.sin(width * (np.arange(N) + 0.5)), [0]])
    x = np.linspace(0, 2 * np.pi, 4001)[:, None]
    steps = 0.5 + 0.5 * np.tanh(0.5 * 100 / width * (x - t))
    return float(np.abs(steps @ np.diff(c) - np.sin(x[:, 0])).max())


def enough_bumps(N):
    """12.4: a whole number of bumps, at most 100, with an error below 0.05."""
    N = float(N)
    if N != round(N) or N < 1:
        return f"Expected a whole number N ≥ 1, got {N:g}."
    if N > 100:
        return "That is enough, and more than needed: stay at 100 or below."
    error = staircase_error(int(N))
    if error < 0.05:
        return None
    return (
        f"With N = {N:g} the largest error is {error:.3f}. Within half a part, π/N wide, the "
        "sine changes by at most π/N."
    )


FENCES = {
    "2-2-1 tanh": "no",
    "2-2-2-2-1 relu": "no",
    "2-3-1 tanh": "yes",
    "2-2-16-1 tanh": "yes",
    "2-2-1 cosine": "yes",
}

EXERCISES = [
    Exercise(
        "12.1",
        "function",
        test=measures_straightness,
        praise="R² is 1 exactly for m = 0: a network without a hidden layer draws a straight line.",
        right=[_r_squared],
        wrong=[
            (_no_bias, "column of ones"),
            (lambda X, z: np.sqrt(_r_squared(X, z)), "the squares are missing"),
            (lambda X, z: 1 - _r_squared(X, z), "expected R² = 1.0000"),
            (_around_zero, "around the mean"),
            (lambda X, z: np.ones(2), "could not use"),
        ],
    ),
    Exercise(
        "12.2",
        "choice",
        answer=FENCES,
        options=dict(yes="a bounded part is possible", no="every part is unbounded"),
        hints=[
            (
                {"2-2-1 tanh": "yes"},
                "Look at the row n = 2 of the grid from far away, and at the "
                "theorem: two inputs, no layer wider than two, a monotone activation.",
            ),
            (
                {"2-2-2-2-1 relu": "yes"},
                "Depth does not help while no layer is wider than the "
                "input; ReLU is a limit of strictly increasing functions.",
            ),
            ({"2-3-1 tanh": "no"}, "Three lines can make a triangle."),
            (
                {"2-2-16-1 tanh": "no"},
                "The theorem needs every hidden layer to be narrow; here one "
                "has sixteen units, enough to fence in a piece of the bent plane.",
            ),
            (
                {"2-2-1 cosine": "no"},
                "The theorem needs a monotone activation. Where is cos x₁ + cos x₂ > 1?",
            ),
        ],
        praise="Width up to the input dimension and a monotone activation: together they leak.",
        right=[FENCES],
        wrong=[
            (FENCES | {"2-2-2-2-1 relu": "yes"}, "Depth does not help"),
            (FENCES | {"2-2-1 cosine": "no"}, "monotone"),
            (dict.fromkeys(FENCES, "yes"), "row n = 2"),
            (FENCES | {"2-2-16-1 tanh": "no"}, "every hidden layer"),
        ],
    ),
    Exercise(
        "12.3",
        "number",
        answer=1.0,
        tolerance=0.0101,
        hints=[
            (Between(1.02), "A share between 0 and 1 is asked for, not a percentage or a count."),
            (
                Between(high=0.6),
                "That is no better than a straight line: is there a hidden layer "
                "with an activation function, and are there enough steps?",
            ),
        ],
        hint="Take the best of the five starts, and train long enough (400 steps of Adam with "
        "learning rate 0.05 will do).",
        praise="Three units in one hidden layer are enough for a closed curve.",
        right=[1.0, 0.995, np.float64(0.99)],
        wrong=[(0.97, "best of the five"), (100, "percentage"), (0.525, "straight line")],
    ),
    Exercise(
        "12.4",
        "array",
        shape=(),
        test=enough_bumps,
        praise="The error of a staircase falls like 1/N.",
        right=[63, 64, 100],
        wrong=[(32, "π/N"), (1000, "more than needed"), (63.5, "whole number")],
    ),
    Exercise(
        "12.5",
        "integer",
        answer=105,
        hints=[
            (88, "The biases are missing: every unit has one."),
            (17, "These are the biases alone."),
            (2410, "That is the network 64-32-10."),
        ],
        hint="A layer of n units with k inputs has n (k + 1) parameters.",
        praise="24 + 72 + 9.",
        right=[105],
        wrong=[(88, "biases are missing"), (17, "alone"), (104, "n (k + 1)")],
    ),
]
