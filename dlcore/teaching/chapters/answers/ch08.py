"""Exercises of chapter 8, XOR and the limits of one unit."""

from fractions import Fraction

import numpy as np

from dlcore.datasets import boolean
from dlcore.teaching.exercises import Between, Exercise


def computes_xor(units):
    """8.3: rows (b, w₁, w₂) of hidden unit 1, hidden unit 2 and the output unit; a unit fires if
    its sum is greater than 0."""
    hidden, output = units[:2], units[2]
    X, y = boolean("xor")
    a = (hidden[:, 0] + X @ hidden[:, 1:].T > 0).astype(float)
    answers = (output[0] + a @ output[1:] > 0).astype(int)
    if (answers == y).all():
        of_the_text = {tuple(boolean(name)[1]) for name in ("or", "nand")}
        if {tuple(column) for column in a.T.astype(int)} != of_the_text:
            return None
        return (
            "The truth table is right, and the hidden units are OR and NAND as in the text. "
            "Look for two others: which single inputs should the output answer with 1?"
        )
    if (answers == 1 - y).all():
        return "This is XNOR, the opposite: turn the signs of the output unit round."
    first = np.flatnonzero(answers != y)[0]
    x, h = X[first].astype(int), a[first].astype(int)
    hint = f"On input {x[0]}{x[1]} the hidden units give {h[0]}{h[1]} and the output is "
    hint += f"{answers[first]}, it should be {y[first]}."
    if (units[:, 0] > 0).all() or (a == a[0]).all():
        hint += " Check the biases: b is minus the threshold of a unit."
    return hint


def collapses(collapse):
    """8.4: collapse([(W₁, b₁), …, (W_L, b_L)]) returns the one (W, b) that is the same map."""
    rng = np.random.default_rng(0)
    for sizes in ([2, 2, 2], [2, 3], [3, 5, 2], [4, 3, 6, 2, 1], [2] * 12):
        layers = [
            (rng.normal(size=(m, n)) / np.sqrt(n), rng.normal(size=m))
            for n, m in zip(sizes[:-1], sizes[1:], strict=True)
        ]
        handed = [(W.copy(), b.copy()) for W, b in layers]
        W, b = collapse(handed)
        W, b = np.asarray(W, dtype=float), np.asarray(b, dtype=float).reshape(-1)
        if W.shape != (sizes[-1], sizes[0]) or b.shape != (sizes[-1],):
            return (
                f"For sizes {sizes} expected W of shape {(sizes[-1], sizes[0])} and b of shape "
                f"{(sizes[-1],)}, got {W.shape} and {b.shape}."
            )
        X = rng.normal(size=(100, sizes[0]))
        tower = X
        for V, c in layers:
            tower = tower @ V.T + c
        if np.abs(X @ W.T - (tower - tower_at_zero(layers))).max() > 1e-12:
            return (
                f"For sizes {sizes} W is not the product W_L ⋯ W₁, in this order: the later "
                "matrix stands on the left."
            )
        if np.abs(X @ W.T + b - tower).max() > 1e-12:
            return f"For sizes {sizes} W is right and b is not: b₁ passes through W₂ as x does."
    return None


def votes_for_two(c):
    """8.7: c₀ + c₁ s + c₂ s(s − 1)/2 is positive at s = 2 and at no other number of lit points."""
    s = np.arange(1000)
    unclear = 1e-12 * np.abs(c).sum() * (1 + s) ** 2  # rounding is no vote
    q = c[0] + c[1] * s + c[2] * s * (s - 1) / 2
    yes = q > unclear
    if (yes == (s == 2)).all() and c[2] < 0:
        return None
    if ((-q > unclear) == (s == 2)).all():
        return "This says no where it should say yes: turn all three signs round."
    powers = c[0] + c[1] * s + c[2] * s**2
    if ((powers > unclear) == (s == 2)).all():
        return (
            "These are the coefficients of 1, s and s². The masks of two points that are all lit "
            "number s(s − 1)/2: what is s² in terms of s and of s(s − 1)/2?"
        )
    if c[2] == 0:
        return "Without pairs q is a straight line, which changes its sign once at most."
    first = int(np.flatnonzero(yes != (s == 2))[0])
    verdict = "yes" if yes[first] else "no"
    points = f"{first} lit point{'s' * (first != 1)}"
    return f"With {points} q is {q[first]:g}, so the vote says {verdict}."


def tower_at_zero(layers):
    """What a tower of affine layers (W, b) answers to the input 0."""
    x = np.zeros((1, layers[0][0].shape[1]))
    for W, b in layers:
        x = x @ W.T + b
    return x


def _collapse(layers, product=lambda W, V: W @ V, shift=lambda W, b, c: W @ b + c):
    V, b = layers[0]
    for W, c in layers[1:]:
        V, b = product(W, V), shift(W, b, c)
    return V, b


OPTIONS_QUIZ = {
    "proved": "a theorem: whoever accepts the definitions must accept it",
    "inferred": "put forward without a proof, whether it turned out true or false",
}

EXERCISES = [
    Exercise(
        "8.1",
        "array",
        answer=[14, 104],
        labels=("two inputs", "three inputs"),
        hints=[
            ([16, 256], "These are all the functions: two inputs have 4 rows, three have 8."),
            ([6, 32], "Did you leave the bias out? Without it every boundary passes through 00."),
            ([14, 88], "Some functions of three inputs need more than ten epochs: be patient."),
            (
                [14, Between(0, 103)],
                "Two inputs are right. For three the rule was stopped too early, or a case is "
                "lost.",
            ),
            ([14, ...], "Two inputs are right. For three there are fewer."),
        ],
        hint="For each of the functions boolean(k, n) ask whether some unit gives all its rows.",
        praise="With four inputs it is 1882 of 65536: separable functions become rare.",
        right=[[14, 104], np.array([14.0, 104.0])],
        wrong=[
            ([16, 256], "all the functions"),
            ([6, 32], "the bias"),
            ([14, 88], "ten epochs"),
            ([14, 50], "too early"),
            ([14, 128], "fewer"),
            ([12, 50], "boolean(k, n)"),
            (14, "Expected a list of 2 numbers"),
        ],
    ),
    Exercise(
        "8.2",
        "array",
        answer=[3, 6],
        labels=("two bits", "three bits"),
        hints=[
            ([4, 8], "All rows right would be a separating plane, and there is none."),
            ([2, 4], "This is what a constant answer reaches; a good plane does better."),
            (
                [3, 7],
                "Is there a function that differs from three-bit parity in one row only and "
                "is separable? Try all eight.",
            ),
            (
                [3, 5],
                "Two bits are right. Three bits can be answered better than OR does it: must "
                "all weights have the same sign?",
            ),
            ([0.75, 0.75], "These are the shares; the numbers of rows are asked."),
        ],
        hint="Search over all separable functions of n inputs for the nearest to parity.",
        praise="Both are three quarters. With n = 4 it is 11 of 16: the share sinks towards one "
        "half.",
        right=[[3, 6], (3, 6)],
        wrong=[
            ([4, 8], "none"),
            ([2, 4], "constant"),
            ([3, 7], "one row only"),
            ([3, 5], "the same sign"),
            ([0.75, 0.75], "numbers of rows"),
        ],
    ),
    Exercise(
        "8.3",
        "array",
        shape=(3, 3),
        test=computes_xor,
        praise="The truth table is exact.",
        right=[[[0, 1, -1], [0, -1, 1], [0, 1, 1]], [[-0.5, 1, 1], [-1.5, 1, 1], [-0.5, 1, -1]]],
        wrong=[
            ([[-0.5, 1, 1], [1.5, -1, -1], [-1.5, 1, 1]], "OR and NAND as in the text"),
            ([[1.5, -1, -1], [-0.5, 1, 1], [-1.5, 1, 1]], "OR and NAND as in the text"),
            ([[0.5, 1, 1], [1.5, 1, 1], [1.5, 1, 1]], "b is minus the threshold"),
            ([[-0.5, 1, 1], [1.5, -1, -1], [-0.5, 1, 1]], "On input 00"),
            ([[-0.5, 1, 1], [1.5, -1, -1], [1.5, -1, -1]], "XNOR"),
            (np.zeros((3, 3)), "On input 01"),
            ([[1, 1, -0.5], [-1, -1, 1.5], [1, 1, -1.5]], "On input"),
            (
                [[-0.5, 1, 1], [-1.5, 1, 1]],
                "a matrix of 3 rows and 3 columns, got a matrix of 2 rows",
            ),
        ],
    ),
    Exercise(
        "8.4",
        "function",
        test=collapses,
        praise="Tower and single layer differ by less than 1e-12 for every tower tried.",
        right=[_collapse],
        wrong=[
            (lambda layers: _collapse(layers, product=lambda W, V: V @ W), "on the left"),
            (lambda layers: _collapse(layers, shift=lambda W, b, c: b + c), "W is right"),
            (lambda layers: _collapse(layers, shift=lambda W, b, c: c), "b₁ passes through W₂"),
            (lambda layers: (layers[-1][0][:, :1], layers[-1][1]), "expected W of shape"),
            (lambda layers: _collapse(layers, product=lambda W, V: W @ V + 1e-6), "product"),
            (lambda layers: None, "could not use"),
        ],
    ),
    Exercise(
        "8.5",
        "array",
        answer=[0.52, 0.347, 0.477],
        tolerance=[0.15, 0.006, 0.006],
        labels=("fraction", "smaller loss", "larger loss"),
        hints=[
            (
                [Between(1, 100), ..., ...],
                "Give the fraction of the 50 networks that succeed, neither a count nor a "
                "percentage.",
            ),
            (
                [..., Between(0.47, 0.484), Between(0.34, 0.353)],
                "The smaller of the two losses comes first.",
            ),
            (
                [Between(0.8, 0.9), ..., ...],
                "Nearly: was this the squared error? The cross-entropy is asked.",
            ),
            (
                [Between(high=0.02), ..., ...],
                "None of the networks solves XOR. Is there a nonlinear activation, and do you "
                "compare the logit with 0?",
            ),
            (
                [..., Between(high=0.01), ...],
                "A loss near 0 belongs to the networks that succeed; those of the others are "
                "asked.",
            ),
            (
                [Between(0.37, 0.67), ..., ...],
                "The fraction is right. Take history.loss[-1] where a row is wrong, and round it.",
            ),
        ],
        hint="Count the networks that have all four rows right after 2000 steps of Adam with "
        "learning rate 0.05, 50 seeds, tanh; then look at the losses of the others.",
        praise="Two units are enough to express XOR, and often not enough to find it.",
        right=[[0.52, 0.347, 0.477], [0.5, 0.35, 0.48], (0.44, np.log(2) / 2, 0.4774)],
        wrong=[
            ([26, 0.35, 0.48], "neither a count"),
            ([52, 0.35, 0.48], "neither a count"),
            ([0.52, 0.48, 0.35], "comes first"),
            ([0.84, 0.1, 0.2], "squared error"),
            ([0, 0.69, 0.69], "nonlinear"),
            ([0.52, 0.0, 0.35], "near 0"),
            ([0.52, 0.35, 0.69], "fraction is right"),
            ([0.3, 0.35, 0.48], "2000 steps"),
        ],
    ),
    Exercise(
        "8.6",
        "choice",
        options=OPTIONS_QUIZ,
        answer=dict(
            a="proved",
            b="proved",
            c="proved",
            d="inferred",
            e="proved",
            f="inferred",
            g="proved",
            h="inferred",
        ),
        hints=[
            (dict(a="inferred"), "a: four inequalities, added up, leave no way out."),
            (dict(b="inferred"), "b: the polynomial in the number of lit points proves it."),
            (dict(c="inferred"), "c: four long figures proved it."),
            (dict(d="proved"), "d: the book calls this an intuitive judgement."),
            (dict(e="inferred"), "e: a truth table of four rows is a proof."),
            (dict(f="proved"), "f: no theorem speaks of neural networks as a whole."),
            (
                dict(g="inferred"),
                "g: this is the convergence theorem, with a bound on the number of updates.",
            ),
            (
                dict(h="proved"),
                "h: that nobody knew one in 1969 is not a proof; what happened in 1986?",
            ),
        ],
        hint="Ask of each statement: is there a proof, or an opinion?",
        praise="Five theorems and three opinions; the opinions made the history.",
        right=[
            dict(
                a="proved",
                b="proved",
                c="proved",
                d="inferred",
                e="proved",
                f="inferred",
                g="proved",
                h="inferred",
            )
        ],
        wrong=[
            (
                dict(
                    a="proved",
                    b="proved",
                    c="proved",
                    d="proved",
                    e="proved",
                    f="inferred",
                    g="proved",
                    h="inferred",
                ),
                "d: the book",
            ),
            (
                dict(
                    a="proved",
                    b="proved",
                    c="proved",
                    d="inferred",
                    e="proved",
                    f="inferred",
                    g="proved",
                    h="proved",
                ),
                "1986",
            ),
            (
                dict(
                    a="inferred",
                    b="inferred",
                    c="inferred",
                    d="inferred",
                    e="inferred",
                    f="inferred",
                    g="inferred",
                    h="inferred",
                ),
                "a: four inequalities",
            ),
            (dict(a="proved"), "keys a, b, c"),
            ("proved", "Expected a dict"),
        ],
    ),
    Exercise(
        "8.7",
        "array",
        shape=(3,),
        test=votes_for_two,
        praise="Order 2, on every retina, and no vote of single points does it.",
        right=[
            [-3, 3, -2],
            (-3.0, 3.0, -2.0),
            [Fraction(-15, 4), Fraction(3), Fraction(-2)],
            np.array([-0.3, 0.3, -0.2]),
            [-5, 5, -3.5],
        ],
        wrong=[
            ([3, -3, 2], "turn all three signs"),
            ([-3, 4, -1], "coefficients of 1, s and s²"),
            ([0, 1, -2], "With 1 lit point q is 1, so the vote says yes"),
            ([-3, 2, 0], "straight line"),
            ([-1, 1, 0.001], "With 3 lit points"),
            ([0, 0, 0], "straight line"),
            ([-3, 3], "Expected a list of 3 numbers"),
        ],
    ),
    Exercise(
        "8.8",
        "array",
        answer=[0.52, 0.99],
        tolerance=[0.1, 0.03],
        labels=("m = 2", "m = 8"),
        hints=[
            ([Between(100, 400), Between(100, 400)], "Give fractions of the 400, not counts."),
            ([Between(40, 64), Between(95, 100)], "Give fractions, not percentages."),
            ([Between(0.3, 0.45), Between(0.85, 0.97)], "Nearly: is the rate 0.1, and not 1?"),
            (
                [Between(0.7, 0.9), Between(0.95, 1)],
                "After a wrong 0 only the unit nearest to zero learns: did all of them?",
            ),
            (
                [Between(high=0.1), Between(0.3, 0.7)],
                "This is what untrained units reach. Does W change, and in the right direction?",
            ),
            ([Between(0.9, 1), Between(high=0.7)], "The first number belongs to two units."),
        ],
        hint="A wrong 0 moves one unit, the nearest to zero, by +0.1·(1, x₁, x₂); a wrong 1 moves "
        "every unit that fired by −0.1·(1, x₁, x₂).",
        praise="Without any derivative: as many as gradient descent solves in section 8.7.",
        right=[[0.54, 1.0], (0.5, 0.995), np.array([0.555, 0.995])],
        wrong=[
            ([216, 398], "not counts"),
            ([54, 99.5], "not percentages"),
            ([0.38, 0.91], "is the rate 0.1"),
            ([0.82, 1.0], "did all of them"),
            ([0.02, 0.5], "untrained"),
            ([0.99, 0.54], "belongs to two"),
            ([0.0, 0.0], "moves one unit"),
        ],
    ),
]
