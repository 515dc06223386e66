"""Exercises of chapter 5, learning without a teacher."""

import math
from fractions import Fraction

import numpy as np

from dlcore.teaching.exercises import Between, Exercise


def finds_the_axis(learn):
    """5.1: the weights lie along the first principal axis and have length one."""
    rng = np.random.default_rng(5)
    for angle, start in ((0.4, [0.1, -0.3]), (2.0, [0.6, 0.2]), (1.2, [-0.5, 0.4])):
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        X = rng.normal(size=(2000, 2)) * [1.5, 0.5] @ turn.T
        X -= X.mean(axis=0)
        axis = np.linalg.eigh(X.T @ X)[1][:, -1]
        with np.errstate(all="ignore"):
            w = np.asarray(learn(X.copy(), np.array(start)), dtype=float)
        if w.shape != (2,):
            return f"Expected the weights at the end, two numbers, got shape {w.shape}."
        if not np.isfinite(w).all() or np.linalg.norm(w) > 1e3:
            return (
                "The weights explode: is the decay there, with its minus and with y² (not y), and "
                "is the rate small enough?"
            )
        length = np.linalg.norm(w)
        if length < 1e-3:
            return "The weights die out: the decay is y² w, times the rate, and not more."
        cosine = abs(w @ axis) / length
        if cosine <= 0.99:
            return (
                f"|cos| to the first axis is {cosine:.3f}, it should be above 0.99. Does each "
                "point change w by y (x − y w), with y = w·x, and is the rate neither too small "
                "nor too large?"
            )
        if not 0.8 < length < 1.2:
            return (
                f"The direction is right, the length is {length:.2f}: is the decay y² w, with "
                "the square?"
            )
    return None


def _oja(X, w, eta=0.01, decay=lambda y: y * y):
    w = np.array(w, dtype=float)
    for x in X:
        y = w @ x
        w = w + eta * (y * x - decay(y) * w)
    return w


def _normalised(X, w):
    for x in X:
        w = w + 0.005 * (w @ x) * x
        w = w / np.linalg.norm(w)
    return w


def goes_down(descent):
    """5.3: descent(W, s, order) gives the energies at the start and after each update."""
    rng = np.random.default_rng(3)
    for n in (2, 3, 6, 12, 0):
        A = rng.integers(-3, 4, (n, n)).astype(float)
        W = (A + A.T) * (1 - np.eye(n)) / 2
        s = rng.choice([-1.0, 1.0], n)
        order = rng.integers(0, n, 3 * n).tolist() if n else [0, 1, 2]
        if n == 0:  # here the first field is 0
            W, s = np.ones((3, 3)) - np.eye(3), np.array([-1.0, 1.0, -1.0])
        expected, state = [], s.copy()
        for i in [None, *order]:
            if i is not None and (field := W[i] @ state) != 0:
                state[i] = np.sign(field)
            expected.append(-0.5 * state @ W @ state)
        handed = s.copy()
        found = np.asarray(descent(W.copy(), handed, order), dtype=float).reshape(-1)
        if len(found) != len(order) + 1:
            return (
                f"For {len(order)} updates expected {len(order) + 1} energies, the first of them "
                f"at the start; got {len(found)}."
            )
        if not (handed == s).all():
            return "The state that was handed in has been changed: work on a copy."
        if np.allclose(found, 2 * np.array(expected), atol=1e-9) and any(expected):
            return "These are twice the energies: there is a ½ in front, as each pair counts twice."
        if np.allclose(found, -np.array(expected), atol=1e-9) and any(expected):
            return "The sign of the energy is turned round."
        if not math.isclose(found[0], expected[0], abs_tol=1e-9):
            return f"The energy at the start should be {expected[0]:g}, got {found[0]:g}."
        if np.any(np.diff(found) > 1e-9):
            return (
                "Somewhere the energy rises. Is one unit updated at a time, by its own row of W "
                "and the states as they are now?"
            )
        if not np.allclose(found, expected, atol=1e-9):
            k = int(np.flatnonzero(~np.isclose(found, expected, atol=1e-9))[0])
            return (
                f"After update {k} the energy should be {expected[k]:g}, got {found[k]:g}. A "
                "field of exactly 0 leaves the unit as it is."
            )
    return None


def _descent(W, s, order, half=0.5, zero=None, together=False, copy=True):
    s = np.array(s, dtype=float) if copy else s
    found = [-half * s @ W @ s]
    for i in order:
        z = W @ s
        for j in range(len(s)) if together else [i]:
            if z[j] != 0:
                s[j] = np.sign(z[j])
            elif zero is not None:
                s[j] = zero
        found.append(-half * s @ W @ s)
    return found


def load_overlaps(m):
    """5.4: near 0.998 at load 0.10, near 0.4 at load 0.30."""
    if m[0] < m[1]:
        return "The first number belongs to load 0.10, where more is kept."
    if m[0] > 1 or m[1] > 1:
        return "Give overlaps, between 0 and 1."
    if m[0] < 0.98:
        return (
            "At load 0.10, 20 patterns in 200 units, nearly everything stays. Are the patterns "
            "random signs, and does each start at itself?"
        )
    if m[1] > 0.6:
        return (
            "The first is right. At load 0.30, with 60 patterns, let the network settle: one sweep "
            "is not enough (recall takes up to 30 by itself)."
        )
    if m[1] < 0.25:
        return (
            "The first is right. At load 0.30 something is left: compare each end state with the "
            "pattern it started from."
        )
    return None


OPTIONS_ENERGY = {
    "never rises": "from one moment to the next, whatever the start",
    "may rise": "for some weights of this kind and some start",
}
ENERGY = dict(
    a="never rises", b="may rise", c="never rises", d="may rise", e="may rise", f="never rises"
)

EXERCISES = [
    Exercise(
        "5.1",
        "function",
        test=finds_the_axis,
        praise="Without a teacher, and without an explosion.",
        right=[_oja, _normalised, lambda X, w: _oja(X, w, 0.02).tolist()],
        wrong=[
            (lambda X, w: _oja(X, w, decay=lambda y: 0), "explode"),
            (lambda X, w: _oja(X, w, decay=lambda y: -y * y), "explode"),
            (lambda X, w: _oja(X, w, decay=lambda y: y), "y² (not y)"),
            (lambda X, w: _oja(X, w, eta=1e-5), "neither too small"),
            (lambda X, w: w, "should be above 0.99"),
            (lambda X, w: 3 * _oja(X, w), "the length is 3"),
            (lambda X, w: 0 * w, "die out"),
            (lambda X, w: _oja(X, w)[0], "two numbers"),
            (lambda X, w: None, "two numbers"),
        ],
    ),
    Exercise(
        "5.2",
        "array",
        answer=[[0, 0, 0, -0.5], [0, 0, -0.5, 0], [0, -0.5, 0, 0], [-0.5, 0, 0, 0]],
        tolerance=1e-9,
        hints=[
            (
                [[0, 0, 0, -2], [0, 0, -2, 0], [0, -2, 0, 0], [-2, 0, 0, 0]],
                "The sum of the products is right: divide it by N = 4.",
            ),
            (
                [[0.5, 0, 0, -0.5], [0, 0.5, -0.5, 0], [0, -0.5, 0.5, 0], [-0.5, 0, 0, 0.5]],
                "Only the diagonal has to go: no unit acts on itself.",
            ),
            (
                [[2, 0, 0, -2], [0, 2, -2, 0], [0, -2, 2, 0], [-2, 0, 0, 2]],
                "Divide by N = 4, and leave out the diagonal.",
            ),
            (
                [[0, 0, 0, -1], [0, 0, -1, 0], [0, -1, 0, 0], [-1, 0, 0, 0]],
                "Divide by the number N of units, not by the number K of patterns.",
            ),
            (
                [[0, 0, 0, 0.5], [0, 0, 0.5, 0], [0, 0.5, 0, 0], [0.5, 0, 0, 0]],
                "The places are right. Units 1 and 4 have opposite signs in both patterns.",
            ),
        ],
        hint="w_ij = (x_i x_j in the first pattern + x_i x_j in the second)/4, and 0 for i = j.",
        praise="Two pairs of rivals: 1 against 4, and 2 against 3.",
        right=[
            [[0, 0, 0, -0.5], [0, 0, -0.5, 0], [0, -0.5, 0, 0], [-0.5, 0, 0, 0]],
            -0.5 * np.eye(4)[::-1],
            [
                [0, 0, 0, Fraction(-1, 2)],
                [0, 0, Fraction(-1, 2), 0],
                [0, Fraction(-1, 2), 0, 0],
                [Fraction(-1, 2), 0, 0, 0],
            ],
        ],
        wrong=[
            (-2 * np.eye(4)[::-1], "divide it by N"),
            (0.5 * np.eye(4) - 0.5 * np.eye(4)[::-1], "diagonal has to go"),
            (2 * np.eye(4) - 2 * np.eye(4)[::-1], "leave out the diagonal"),
            (-1 * np.eye(4)[::-1], "not by the number K"),
            (0.5 * np.eye(4)[::-1], "opposite signs"),
            (np.zeros((4, 4)), "w_ij"),
            (np.zeros(4), "a matrix of 4 rows"),
        ],
    ),
    Exercise(
        "5.3",
        "function",
        test=goes_down,
        praise="Down at every change, as the theorem says.",
        right=[_descent, lambda W, s, order: np.array(_descent(W, s, order))],
        wrong=[
            (lambda W, s, order: _descent(W, s, order, half=1), "twice the energies"),
            (lambda W, s, order: _descent(W, s, order, half=-0.5), "sign of the energy"),
            (lambda W, s, order: _descent(W, s, order)[1:], "the first of them at the start"),
            (lambda W, s, order: _descent(W, s, order, copy=False), "work on a copy"),
            (lambda W, s, order: _descent(W, s, order, together=True), "one unit"),
            (lambda W, s, order: _descent(W, s, order)[:1] * (len(order) + 1), "After update"),
            (lambda W, s, order: _descent(W, s, order, zero=0.0), "leaves the unit as it is"),
            (lambda W, s, order: _descent(W, s, order, zero=1.0), "leaves the unit as it is"),
            (lambda W, s, order: None, "expected"),
        ],
    ),
    Exercise(
        "5.4",
        "array",
        shape=(2,),
        test=load_overlaps,
        praise="On one side of the cliff a memory, on the other a confusion.",
        right=[[0.998, 0.41], (1.0, 0.36), np.array([0.995, 0.45])],
        wrong=[
            ([0.41, 0.998], "belongs to load 0.10"),
            ([99.8, 41], "between 0 and 1"),
            ([0.9, 0.4], "nearly everything stays"),
            ([0.998, 0.81], "60 patterns"),
            ([0.998, 0.0], "something is left"),
            ([0.998], "Expected a list of 2 numbers"),
        ],
    ),
    Exercise(
        "5.5",
        "choice",
        options=OPTIONS_ENERGY,
        answer=ENERGY,
        hints=[
            (dict(a="may rise"), "a: this is the theorem."),
            (dict(b="never rises"), "b: w12 = 1, w23 = −2, all at once from (1, 1, 1)?"),
            (dict(c="may rise"), "c: look at the sign of w_ii in the difference of the energies."),
            (dict(d="never rises"), "d: the difference is −2|h| − 2 w_ii. If w_ii is negative?"),
            (dict(e="never rises"), "e: the proof uses w_ij = w_ji. Look at the example in 5.4."),
            (dict(f="may rise"), "f: does the proof ask in which order the units come?"),
        ],
        hint="Which of the three conditions of the theorem does each of them break?",
        praise="Three conditions, each needed; the order is free.",
        right=[ENERGY],
        wrong=[
            (ENERGY | dict(a="may rise"), "this is the theorem"),
            (ENERGY | dict(b="never rises"), "all at once"),
            (ENERGY | dict(c="may rise"), "sign of w_ii"),
            (ENERGY | dict(d="never rises"), "negative"),
            (ENERGY | dict(e="never rises"), "w_ij = w_ji"),
            (ENERGY | dict(f="may rise"), "which order"),
            ("may rise", "Expected a dict"),
        ],
    ),
    Exercise(
        "5.6",
        "number",
        answer=1 / 3.09**2,
        tolerance=0.0006,
        hints=[
            (Between(3.08, 3.1), "So many standard deviations is 1: and the variance is K/N."),
            (Between(9.5, 9.6), "This is N/K; the load is K/N."),
            (Between(0.32, 0.33), "This is the standard deviation; the load is its square."),
            (Between(0.1054, 0.1151), "Nearly: three digits, please."),
            (Between(0.095, 0.104), "Nearly: three digits, please."),
            (0.138, "This is where the whole memory breaks down; the first moment is asked."),
            (Between(104, 106), "This would be K for N = 1000; the load K/N is asked."),
        ],
        hint="The vote is 1, so 1 must be 3.09 standard deviations, and the variance is K/N.",
        praise="A little below the cliff, at which each such unit drags others along.",
        right=[0.105, 0.1047, Fraction(105, 1000), [0.1047]],
        wrong=[
            (3.09, "standard deviations"),
            (9.55, "N/K"),
            (0.3236, "square"),
            (0.138, "breaks down"),
            (0.11, "three digits"),
            (0.1, "three digits"),
            (105, "N = 1000"),
            (0.2, "3.09"),
        ],
    ),
    Exercise(
        "5.7",
        "array",
        answer=[-0.25, -15 / 64],
        tolerance=0.0006,
        labels=("∂J/∂w", "mean of CD-1"),
        hints=[
            ([Between(0.249, 0.251), ...], "Turn the sign: the model's mean less the data's."),
            (
                [Between(-0.251, -0.249), Between(-0.251, -0.249)],
                "The first is right. CD-1 is not the gradient: follow one round from v = 1.",
            ),
            (
                [Between(-0.235, -0.234), Between(-0.251, -0.249)],
                "The two are exchanged: the derivative comes first.",
            ),
            (
                [Between(-0.251, -0.249), Between(0.23, 0.24)],
                "The first is right. The second has the same sign: end less data.",
            ),
            (
                [Between(-0.251, -0.249), Between(-0.188, -0.187)],
                "The first is right. In the second v = 1 may also come from h = 0, with ½.",
            ),
            (
                [Between(-0.251, -0.249), Between(-0.063, -0.062)],
                "The first is right. v′ = 1 with 11/16 is right, too; then h′ = 1 with ¾ again.",
            ),
            (
                [Between(-0.251, -0.249), Between(0.515, 0.516)],
                "The first is right. This is ⟨hv⟩ after one round; subtract that of the data, ¾.",
            ),
            (
                [Between(-0.251, -0.249), Between(-0.24, -0.229)],
                "Nearly: give the second as a fraction or with four digits.",
            ),
            ([Between(-0.251, -0.249), ...], "The first is right. P(v′ = 1) is 11/16."),
        ],
        hint="Z = 1 + 1 + 1 + 3. In the model hv = 1 with probability 3/6; in the data h = 1 with "
        "probability σ(ln 3) = 3/4.",
        praise="16 and 15 sixty-fourths: nearly the gradient, and not the gradient.",
        right=[
            [-0.25, -15 / 64],
            [Fraction(-1, 4), Fraction(-15, 64)],
            (-0.25, -0.234),
            np.array([-0.25, -0.2344]),
        ],
        wrong=[
            ([0.25, 0.234], "Turn the sign"),
            ([-0.25, -0.25], "not the gradient"),
            ([-15 / 64, -0.25], "exchanged"),
            ([-0.25, 15 / 64], "end less data"),
            ([-0.25, -3 / 16], "from h = 0"),
            ([-0.25, -0.1], "11/16"),
            ([-0.25, -1 / 16], "¾ again"),
            ([-0.25, 33 / 64], "subtract"),
            ([-0.25, -0.23], "four digits"),
            ([-0.5, -0.1], "3/6"),
        ],
    ),
    Exercise(
        "5.8",
        "array",
        answer=[0.98, 0.12],
        tolerance=[0.06, 0.1],
        labels=("last five", "first five"),
        hints=[
            (
                [Between(0.15, 0.5), Between(0.15, 0.5)],
                "This is the memory without bounds. Is N w cut off after every pattern?",
            ),
            ([Between(high=0.3), Between(0.8, 1)], "The last five come first in the answer."),
            ([Between(2), ...], "Give overlaps, between −1 and 1."),
            (
                [Between(0.9, 1.1), ...],
                "The last five are right. Of the first five next to nothing is left.",
            ),
        ],
        hint="After each net.store(pattern): net.products = np.clip(net.products, -4, 4). Then "
        "start each pattern at itself.",
        praise="It remembers yesterday and has forgotten last year, and never breaks down.",
        right=[[0.98, 0.12], (1.0, 0.05), np.array([0.97, 0.2])],
        wrong=[
            ([0.3, 0.3], "without bounds"),
            ([0.12, 0.98], "come first"),
            ([98, 12], "between −1 and 1"),
            ([0.98, 0.6], "next to nothing"),
            ([0.7, 0.1], "np.clip"),
        ],
    ),
]
