"""Exercises of chapter 13, computation graphs and automatic differentiation."""

import warnings
from fractions import Fraction
from types import SimpleNamespace

import numpy as np

from dlcore.teaching.exercises import Between, Exercise


def _returned(f, x):
    """(value, pullback) of a primitive of one array, or a hint."""
    given = f(x.copy())
    if hasattr(given, "pullback"):
        return None, "Without @primitive here: the function itself is checked."
    if not isinstance(given, tuple | list) or len(given) != 2 or not callable(given[1]):
        return None, "Expected two things: the value, and a function, the pullback."
    return given, None


def _first(pulled):
    """The array in what a pullback returned, or a hint."""
    if isinstance(pulled, np.ndarray) or not isinstance(pulled, tuple | list):
        return None, "The pullback returns a tuple, with one array for the one input: (…,)."
    if len(pulled) != 1:
        return None, f"The pullback of one input returns one array, got {len(pulled)}."
    return np.asarray(pulled[0], dtype=float), None


def is_softplus(softplus):
    """13.5: softplus(x) returns ln(1 + eˣ) and its pullback, at ±1000 too."""
    rng = np.random.default_rng(0)
    for x in (rng.normal(size=(3, 4)), np.array([-2.0, 0.0, 0.5, 3.0]), np.array(0.7)):
        given, hint = _returned(softplus, x)
        if hint:
            return hint
        value = np.asarray(given[0], dtype=float)
        if value.shape != x.shape:
            return f"Expected a value of the shape of x, {x.shape}, got {value.shape}."
        if np.abs(value - np.logaddexp(0, x)).max() > 1e-12:
            return "The value is not ln(1 + eˣ) at moderate x."
        u = rng.normal(size=x.shape)
        g, hint = _first(given[1](u.copy()))
        if hint:
            return hint
        if g.shape != x.shape:
            return f"Expected a derivative of the shape of x, {x.shape}, got {g.shape}."
        if np.abs(g - u / (1 + np.exp(-x))).max() > 1e-10:
            if np.abs(g - 1 / (1 + np.exp(-x))).max() < 1e-10:
                return "This is the local derivative; multiply it by what is handed over."
            return "The value is right, but the pullback fails the gradient check."
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        value, pullback = softplus(np.array([-1000.0, -40.0, 40.0, 1000.0]))
        (g,) = pullback(np.ones(4))
    if any(issubclass(warning.category, RuntimeWarning) for warning in seen):
        return "For x = ±1000 an exponential overflows. Take out the larger of the two terms."
    if not np.allclose(value, [0, np.exp(-40), 40, 1000], rtol=1e-12, atol=0):
        if np.allclose(value, [0, 0, 40, 1000], atol=1e-12):
            return "At x = −40 the value is e⁻⁴⁰ and not 0: log1p keeps what 1 + … swallows."
        return "Right for moderate x, but not for x = ±1000 or ±40."
    if not np.allclose(g, [0, 0, 1, 1], atol=1e-12):
        return "The pullback is not right for x = ±1000: there the derivative is 0 and 1."
    return None


def is_inverse(inverse):
    """13.7: inverse(X) returns X⁻¹ and its pullback −Yᵀ Ȳ Yᵀ."""
    rng = np.random.default_rng(0)
    for n in (3, 1, 4):
        X, G = rng.normal(size=(n, n)) + 2 * np.eye(n), rng.normal(size=(n, n))
        given, hint = _returned(inverse, X)
        if hint:
            return hint
        Y = np.linalg.inv(X)
        if np.shape(given[0]) != (n, n) or np.abs(given[0] - Y).max() > 1e-9:
            return "The value is not the inverse of X."
        g, hint = _first(given[1](G.copy()))
        if hint:
            return hint
        right = -Y.T @ G @ Y.T
        if g.shape != (n, n):
            return f"Expected a matrix of the shape of X, ({n}, {n}), got {g.shape}."
        if np.allclose(g, right, rtol=1e-9, atol=1e-9):
            continue
        if np.allclose(g, -right):
            return "The sign: from XY = I follows dX Y + X dY = 0."
        if np.allclose(g, -Y @ G @ Y):
            return "Nearly: a matrix that moves to the other side of the brackets is transposed."
        if np.allclose(g, right.T):
            return "This is the transpose of the right one; its shape fits since X is square."
        if np.allclose(g, -G / X**2):
            return "The rule for one number, entry by entry. The inverse of a matrix is not that."
        return "The pullback fails the gradient check. Write down dY from X Y = I."
    return None


def _softplus(x):
    value = np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))
    return value, lambda g: (g * (0.5 + 0.5 * np.tanh(0.5 * x)),)


def _plain(x):
    return np.log(1 + np.exp(x)), lambda g: (g / (1 + np.exp(-x)),)


def _inverse(X, pull=lambda Y, G: -Y.T @ G @ Y.T):
    Y = np.linalg.inv(X)
    return Y, lambda G: (pull(Y, G),)


EXERCISES = [
    Exercise(
        "13.1",
        "array",
        answer=[3, 5, 4],
        tolerance=1e-9,
        labels=("f", "∂f/∂x", "∂f/∂y"),
        hints=[
            ([3, 4, 5], "The derivative by x comes first."),
            ([3, 3, 2], "The last square, (x + y)², depends on x and on y, too."),
            ([3, 2, 2], "These are the contributions of (x + y)² alone; other paths lead to f."),
            ([3, 6, 4], "∂f/∂x: the product xy passes y to x, and y is negative."),
            ([3, 6, 0], "The product passes the other factor: y to x, and x to y."),
            ([3, ..., ...], "The value is right. Add up the paths for x, three, and for y, two."),
        ],
        hint="Up first: x², xy, x + y, its square, the two sums. Then down, from f.",
        praise="Three paths for x: 4 − 1 + 2; two for y: 2 + 2.",
        right=[[3, 5, 4], (3.0, 5.0, 4.0), np.array([3, 5, 4])],
        wrong=[
            ([3, 4, 5], "comes first"),
            ([3, 3, 2], "depends on x and on y"),
            ([3, 6, 4], "negative"),
            ([3, 1, 1], "The value is right"),
            ([7, 5, 4], "Up first"),
        ],
    ),
    Exercise(
        "13.2",
        "array",
        answer=[[4, 3], [3, 2]],
        tolerance=1e-9,
        labels={"∂f/∂x": ("a", "b"), "∂f/∂y": ("c", "d")},
        hints=[
            ([[2, 1], [1, 0]], "The paths over (x + y)² are missing."),
            ([[3, 2], [2, 1]], "All paths are there, but a square passes on 2 (x + y), not x + y."),
            ([[3, 2], [4, 3]], "The rows are exchanged: ∂f/∂x comes first."),
            ([[4, 3], [..., ...]], "∂f/∂x is right."),
            ([[..., ...], [3, 2]], "∂f/∂y is right."),
        ],
        hint="Add up the paths: for x over x², over xy and over (x + y)².",
        praise="The sums over paths, at every point.",
        right=[[[4, 3], [3, 2]], np.array([[4.0, 3.0], [3.0, 2.0]])],
        wrong=[
            ([[2, 1], [1, 0]], "(x + y)² are missing"),
            ([[3, 2], [4, 3]], "exchanged"),
            ([[3, 2], [2, 1]], "passes on 2"),
            ([[4, 3], [2, 3]], "∂f/∂x is right"),
            ([[3, 4], [3, 2]], "∂f/∂y is right"),
            ([[1, 1], [1, 1]], "Add up the paths"),
        ],
    ),
    Exercise(
        "13.3",
        "array",
        answer=[10, 1, 3, 3, 1],
        labels=("a", "b", "c", "d", "e"),
        hints=[
            ([1, 10, ..., ..., ...], "a and b are exchanged: forward mode begins at one input."),
            (
                [..., ..., ..., ..., 10],
                "e: all columns of J are not asked; where can a sweep begin?",
            ),
            ([10, 1, 10, ..., ...], "c: reverse mode needs one sweep for each output."),
            ([10, 1, ..., 10, ...], "d: forward mode needs one sweep for each input."),
            ([10, 1, 13, ..., ...], "c: one mode is enough; take the better one."),
        ],
        hint="Forward mode: one sweep for each input; reverse mode: one for each output.",
        praise="The smaller of n and m, and a single sweep for J v.",
        right=[[10, 1, 3, 3, 1], (10.0, 1.0, 3.0, 3.0, 1.0)],
        wrong=[
            ([1, 10, 3, 3, 1], "exchanged"),
            ([10, 1, 3, 3, 10], "where can a sweep begin"),
            ([10, 1, 10, 3, 1], "one sweep for each output"),
            ([10, 1, 3, 10, 1], "one sweep for each input"),
            ([10, 10, 3, 3, 1], "one for each output"),
        ],
    ),
    Exercise(
        "13.4",
        "array",
        answer=[2, 3],
        tolerance=0.1,
        labels=("a", "b"),
        hints=[
            ([Between(0.9, 1.1), ...], "1 is the order of Δz itself: subtract z′(x) Δx first."),
            ([Between(-3.1, -1.9), ...], "How does it grow with Δx? The sign is positive."),
            (
                [Between(1.9, 2.1), Between(1.9, 2.1)],
                "b: what is the second derivative of the sine at 0?",
            ),
            ([Between(2.9, 3.1), Between(1.9, 2.1)], "The other way round."),
            (
                [Between(1.9, 2.1), ...],
                "a is right. For b measure with steps that are not too small.",
            ),
        ],
        hint="Fit a straight line through log Δx and the log of |z(x + Δx) − z(x) − z′(x) Δx|.",
        praise="The order is 2, and 3 where the second derivative vanishes.",
        right=[[2, 3], [1.99, 3.0], (2.05, 2.97)],
        wrong=[
            ([1, 1], "subtract"),
            ([2, 2], "second derivative of the sine"),
            ([3, 2], "The other way round"),
            ([2, 5], "a is right"),
            ([0, 0], "Fit a straight line"),
        ],
    ),
    Exercise(
        "13.5",
        "function",
        test=is_softplus,
        praise="Right at ±1000, too, and the pullback passes the check.",
        right=[
            _softplus,
            lambda x: (np.logaddexp(0, x), lambda g: [g * (1 + np.tanh(x / 2)) / 2]),
            lambda x: [*_softplus(x)],
        ],
        wrong=[
            (_plain, "overflows"),
            (lambda x: (_softplus(x)[0], lambda g: (g * x,)), "fails the gradient check"),
            (
                lambda x: (_softplus(x)[0], lambda g: (_softplus(x)[1](1.0)[0] + 0 * g,)),
                "local derivative",
            ),
            (lambda x: (_softplus(x)[0], lambda g: g * 0.5), "returns a tuple"),
            (lambda x: _softplus(x)[0], "two things"),
            (lambda x: (np.maximum(x, 0), _softplus(x)[1]), "not ln"),
            (
                lambda x: (np.maximum(x, 0) + np.log(1 + np.exp(-np.abs(x))), _softplus(x)[1]),
                "log1p",
            ),
            (lambda x: None, "two things"),
            (lambda x: SimpleNamespace(value=x, pullback=None), "Without @primitive"),
        ],
    ),
    Exercise(
        "13.6",
        "array",
        answer=[8, 48, 24],
        labels=("in order", "recursion", "second run"),
        hints=[
            ([8, 64, ...], "Recursion: b begins its second round with what the first has left."),
            ([8, 16, ...], "Recursion: c is called twice, and b twice by each of these calls."),
            (
                [8, ..., 16],
                "Second run: b and c have both kept their numbers, and both add to them.",
            ),
            ([8, 48, ...], "Two are right. In the second run c begins with 2 and b with 4."),
            ([8, ..., 24], "Two are right. Follow the recursion visit by visit."),
            ([..., 48, 24], "The first: every doubling doubles."),
        ],
        hint="Keep a table of the three fields and go through the visits one by one.",
        praise="8 is right; the two bugs make 48 and 24 of it.",
        right=[[8, 48, 24], np.array([8.0, 48.0, 24.0]), [Fraction(8), 48, 24]],
        wrong=[
            ([8, 16, 24], "twice by each"),
            ([8, 48, 16], "both kept"),
            ([8, 48, 12], "Two are right"),
            ([4, 48, 24], "every doubling"),
            ([1, 2, 3], "table"),
        ],
    ),
    Exercise(
        "13.7",
        "function",
        test=is_inverse,
        praise="−Yᵀ Ȳ Yᵀ: a product with the inverse on both sides, transposed.",
        right=[
            _inverse,
            lambda X: (np.linalg.inv(X), lambda G: [-np.linalg.solve(X.T, G) @ np.linalg.inv(X).T]),
        ],
        wrong=[
            (lambda X: _inverse(X, lambda Y, G: Y.T @ G @ Y.T), "The sign"),
            (lambda X: _inverse(X, lambda Y, G: -Y @ G @ Y), "is transposed"),
            (lambda X: _inverse(X, lambda Y, G: -(Y.T @ G @ Y.T).T), "transpose of the right one"),
            (lambda X: _inverse(X, lambda Y, G: -G / X**2), "entry by entry"),
            (lambda X: _inverse(X, lambda Y, G: G), "gradient check"),
            (lambda X: (X, lambda G: (G,)), "not the inverse"),
            (lambda X: np.linalg.inv(X), "two things"),
        ],
    ),
    Exercise(
        "13.8",
        "array",
        answer=[44000, 65000, 8400],
        labels=("forward", "reverse", "best"),
        hints=[
            ([65000, 44000, ...], "Forward mode multiplies from the right: it begins with J₂ J₁."),
            (
                [44000, 65000, 44000],
                "There are more bracketings than these two: where is the waist?",
            ),
            (
                [44000, 65000, ...],
                "Two are right. Multiply towards the waist of 2 from both sides.",
            ),
            ([44000, ..., 8400], "Forward and best are right. Reverse mode begins with J₄ J₃."),
            ([..., 65000, 8400], "Reverse and best are right. Forward mode begins with J₂ J₁."),
        ],
        hint="J₁ is 30 × 40, J₂ is 2 × 30, J₃ is 20 × 2, J₄ is 50 × 20.",
        praise="Through the waist it takes a fifth of the better mode.",
        right=[[44000, 65000, 8400], (44000.0, 65000.0, 8400.0)],
        wrong=[
            ([65000, 44000, 8400], "begins with J₂ J₁"),
            ([44000, 65000, 44000], "where is the waist"),
            ([44000, 65000, 9000], "towards the waist"),
            ([44000, 1, 8400], "begins with J₄ J₃"),
            ([1, 2, 3], "J₁ is 30 × 40"),
        ],
    ),
    Exercise(
        "13.9",
        "array",
        answer=[17, 165],
        labels=("states", "steps with half"),
        hints=[
            ([16, ...], "16 states reach 969 steps: nearly."),
            ([10, ...], "Is the binomial coefficient (s + 3 over 3)? And s is sought, not r."),
            ([17, 500], "Half the states is not half the length: insert s = 8."),
            ([17, 220], "Rounded down, half of 17 is 8."),
            ([17, ...], "The first is right. Now n(8, 3)."),
        ],
        hint="n(s, r) is the binomial coefficient s + r over s; here r = 3.",
        praise="17 states reach 1140 steps and 8 states 165, a seventh.",
        right=[[17, 165], (17.0, 165.0)],
        wrong=[
            ([16, 165], "969"),
            ([17, 500], "insert s = 8"),
            ([17, 220], "Rounded down"),
            ([17, 100], "n(8, 3)"),
            ([5, 3], "binomial"),
        ],
    ),
]
