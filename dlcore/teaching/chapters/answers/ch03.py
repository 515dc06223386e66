"""Exercises of chapter 3, brains: numbers, speed, plasticity, and how far to trust the analogy."""

import math
from fractions import Fraction

import numpy as np

from dlcore.teaching.exercises import Between, Exercise

PARTS = {
    "dendrite": "where signals of other cells arrive",
    "cell body": "where they are added up",
    "axon": "along which spikes leave",
    "bouton": "the sending end of a synapse",
    "cleft": "the gap",
    "next cell": "its dendrite, the receiving side",
}
RIGHT_PARTS = dict(A="dendrite", B="cell body", C="axon", D="bouton", E="cleft", F="next cell")
STEPS, MIXED, HONEST, ORDERS = 40, 7e14, 1.4e14, math.log10(3e9 / 200)
HALF_RATE = 500 * (1 - math.sqrt(0.5))
ABOVE = 0.5 * math.erfc(0.75 / math.sqrt(2))


def rewires(rewire):
    """3.5: rewire(W, order) returns V with V x[order] = W x for every x."""
    rng = np.random.default_rng(0)
    for shape in ((7, 7), (3, 5), (2, 9), (10, 64)):
        W, order = rng.normal(size=shape), rng.permutation(shape[1])
        x = rng.normal(size=shape[1])
        V = np.asarray(rewire(W.copy(), order.copy()), dtype=float)
        if V.shape != shape:
            return f"For W of shape {shape} expected a matrix of the same shape, got {V.shape}."
        if np.abs(V @ x[order] - W @ x).max() > 1e-9:
            if np.abs(V @ x - W @ x).max() < 1e-9:
                return "This is W as it was; its columns have to follow the pixels."
            back = np.argsort(order)
            if np.abs(V - W[:, back]).max() < 1e-12:
                return (
                    "This undoes the scrambling in the wrong direction: pixel k of the new picture "
                    "is pixel order[k] of the old one, so which old column belongs to place k?"
                )
            if shape[0] == shape[1] and np.abs(V - W[order]).max() < 1e-12:
                return "You have reordered the rows, that is the units. The pixels are columns."
            return "V @ x[order] is not W @ x. Only the order of the columns has to change."
    return None


def keep_columns(W, order):
    return W[:, order]


def same(W, order):
    return W


def rows(W, order):
    return W[order] if W.shape[0] == W.shape[1] else W[: W.shape[0]]


def inverse(W, order):
    return W[:, np.argsort(order)]


def transposed(W, order):
    return W.T


FATES = {
    "dies out": "without swinging",
    "swings and dies out": "the signs alternate",
    "grows": "away from zero",
}

EXERCISES = [
    Exercise(
        id="3.1",
        kind="choice",
        answer=RIGHT_PARTS,
        options=PARTS,
        hints=[
            (dict(A="axon", C="dendrite"), "Signals run from left to right: they arrive at A."),
            (dict(D="cleft"), "D points at the dark knob, E at the gap behind it."),
            (dict(E="bouton"), "D points at the dark knob, E at the gap behind it."),
            (
                dict(D="next cell"),
                "The amber strip is the next cell; the knob D is still the axon's.",
            ),
        ],
        hint="Follow a signal: it arrives, is added to others, leaves, and crosses a gap.",
        praise="And what the drawing leaves out would fill a library.",
        right=[RIGHT_PARTS],
        wrong=[
            (RIGHT_PARTS | dict(A="axon", C="dendrite"), "arrive at A"),
            (RIGHT_PARTS | dict(D="cleft", E="bouton"), "dark knob"),
            (RIGHT_PARTS | dict(D="next cell", F="bouton"), "amber strip"),
            (RIGHT_PARTS | dict(B="axon", C="cell body"), "Follow a signal"),
        ],
    ),
    Exercise(
        id="3.2",
        kind="array",
        answer=[STEPS, MIXED, HONEST, ORDERS],
        tolerance=[1e-6, 1e10, 1e10, 1e-3],
        labels=("steps", "mixed product", "honest product", "orders of magnitude"),
        hints=[
            ([40000, ..., ..., ...], "200 ms are 0.2 s."),
            ([30, ..., ..., ...], "That is for 150 ms; here it is 200 ms."),
            (
                [1, ..., ..., ...],
                "The steps are the time times the rate: 0.2 s times 200 a second.",
            ),
            (
                [..., Between(9e14, 1.1e15), ..., ...],
                "The first product is not what is often told.",
            ),
            ([..., ..., Between(1.45e14, 1.55e14), ...], "Multiply 2·10¹⁰ by 7,000."),
            ([..., ..., ..., Between(16, 17)], "The logarithm to base 10 (np.log10)."),
            ([..., ..., ..., Between(6.99, 7.175)], "Give the orders to three decimals."),
            ([..., ..., ..., Between(-7.3, -6.9)], "Divide the faster by the slower."),
            ([..., ..., ..., Between(7.1772, 7.25)], "Give the orders to three decimals."),
            ([..., ..., ..., 1.5e7], "Orders of magnitude: take the logarithm of the ratio."),
        ],
        hint="Write every number as a power of ten; 1 GHz is 10⁹ Hz.",
        praise="The honest product is a fifth of the mixed one, and neither is 10¹⁵.",
        right=[
            [40, 7e14, 1.4e14, 7.176],
            (40.0, 10**11 * 7000, 2 * 10**10 * 7000, math.log10(1.5e7)),
            np.array([40, 7e14, 1.4e14, 7.1761]),
        ],
        wrong=[
            ([40000, 7e14, 1.4e14, 7.176], "0.2 s"),
            ([40, 1e15, 1.4e14, 7.176], "often told"),
            ([40, 7e14, 1.5e14, 7.176], "Multiply"),
            ([40, 7e14, 1.4e14, 16.52], "base 10"),
            ([40, 7e14, 1.4e14, 7.18], "three decimals"),
            ([40, 7e14, 1.4e14, 1.5e7], "logarithm of the ratio"),
            ([1, 7e14, 1.4e14, 7.176], "time times the rate"),
            ([30, 7e14, 1.4e14, 7.176], "150 ms"),
            ([40, 7e14, 1.4e14, 7], "three decimals"),
            ([40, 7e14, 1.4e14, -7.176], "by the slower"),
            ([400, 7e14, 1.4e14, 7.176], "power of ten"),
        ],
    ),
    Exercise(
        id="3.3",
        kind="number",
        answer=HALF_RATE,
        tolerance=1.0,
        hints=[
            (Between(249, 251), "At 250 Hz CV is ½, and F is its square."),
            (Between(0.145, 0.148), "In spikes a second, please: t_ref is 0.002 s."),
            (
                Between(852, 855),
                "The other root: no cell that rests 2 ms fires more than 500 times.",
            ),
        ],
        hint="Set (1 − r t_ref)² = ½ and solve for r, with t_ref = 0.002 s.",
        praise="A cell need not be a clock to look half as irregular as chance.",
        right=[HALF_RATE, 146.4, 146, Fraction(1464, 10), [146.45], np.array([146.0])],
        wrong=[
            (250, "CV is ½"),
            (0.1464, "spikes a second"),
            (853.6, "other root"),
            (100, "solve for r"),
        ],
    ),
    Exercise(
        id="3.4",
        kind="number",
        answer=ABOVE,
        tolerance=0.004,
        hints=[
            (Between(0.49, 0.51), "Half of the cells lie above the median, not above the mean."),
            (Between(0.06, 0.07), "The mean is half of σ² above the median in ln r, not σ²."),
            (Between(0.77, 0.78), "That is the share below the mean."),
            (Between(0.155, 0.165), "σ²/2 = 1.125 is a distance in ln r; divide it by σ."),
            (Between(0.125, 0.135), "σ²/2 = 1.125 is a distance in ln r; divide it by σ."),
        ],
        hint="In ln r the mean rate stands at μ + σ²/2. How many standard deviations above μ?",
        praise="Fewer than one cell in four is above the average, whatever the average is.",
        right=[ABOVE, 0.227, 0.2266, 0.23, [0.227], np.array([0.2266])],
        wrong=[
            (0.5, "above the median"),
            (0.0668, "not σ²"),
            (0.773, "below the mean"),
            (0.16, "divide it by σ"),
            (0.1303, "divide it by σ"),
            (0.3, "How many standard deviations"),
        ],
    ),
    Exercise(
        id="3.5",
        kind="function",
        test=rewires,
        praise="One line of indexing, and the network does not notice the scrambling.",
        right=[keep_columns, lambda W, order: np.take(W, order, axis=1)],
        wrong=[
            (same, "as it was"),
            (rows, "rows"),
            (inverse, "wrong direction"),
            (transposed, "Only the order"),
            (lambda W, order: 2 * W[:, order], "Only the order"),
        ],
    ),
    Exercise(
        id="3.6",
        kind="choice",
        answer="few",
        options={
            "nearly_all": "34 or more of the 40",
            "about_half": "15 to 33",
            "few": "14 or fewer",
        },
        hints=[
            ("nearly_all", "Count how often the two ways name the same digit, unit by unit."),
            ("about_half", "Is the mean taken over all pictures, for each unit and each network?"),
        ],
        hint="Count how often the two ways name the same digit.",
        praise="What a unit is 'for' depends on what is put in its place.",
        right=["few"],
        wrong=[("nearly_all", "unit by unit"), ("about_half", "over all pictures")],
    ),
    Exercise(
        id="3.7",
        kind="choice",
        answer=dict(a="dies out", b="swings and dies out", c="grows"),
        options=FATES,
        hints=[
            (dict(b="grows"), "In b the product of the two weights is negative: what is its root?"),
            (
                dict(b="dies out"),
                "In b the product of the two weights is negative: what is its root?",
            ),
            (dict(c="dies out"), "In c the root of the product is 2, and −1 + 2 is positive."),
            (dict(a="grows"), "In a the root of the product is ½, and −1 + ½ is negative."),
        ],
        hint="The growth rates are λ = −1 ± √(w₁₂ w₂₁).",
        praise="One list, three fates.",
        right=[dict(a="dies out", b="swings and dies out", c="grows")],
        wrong=[
            (dict(a="dies out", b="grows", c="grows"), "what is its root"),
            (dict(a="dies out", b="dies out", c="grows"), "what is its root"),
            (dict(a="dies out", b="swings and dies out", c="dies out"), "is positive"),
            (dict(a="grows", b="swings and dies out", c="grows"), "is negative"),
            (dict(a="dies out", b="swings and dies out", c="swings and dies out"), "growth rates"),
        ],
    ),
]
