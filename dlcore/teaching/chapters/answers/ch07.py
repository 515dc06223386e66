"""Exercises of chapter 7, features, linear classifiers and the selectivity–invariance dilemma."""

from fractions import Fraction

import numpy as np

from dlcore.datasets import digits, split
from dlcore.perceptron import LogisticUnit
from dlcore.teaching.exercises import Between, Exercise

ENOUGH = 0.85


def describes(describe):
    """7.6: at most four numbers a picture, with which a logistic unit tells 3s from 8s."""
    X, y = digits((3, 8))
    shares = []
    for seed in range(3):
        A, B, a, b = split(X, y, test=0.5, seed=seed)
        F, G = (np.asarray(describe(Z.reshape(-1, 8, 8).copy()), dtype=float) for Z in (A, B))
        if F.ndim == 1 and len(F) == len(A):
            F, G = F[:, None], G[:, None]
        if F.ndim != 2 or len(F) != len(A) or len(G) != len(B) or not 1 <= F.shape[1] <= 4:
            return (
                f"For {len(A)} pictures expected shape ({len(A)}, 1) to ({len(A)}, 4), one row a "
                f"picture and at most four numbers in it; got {F.shape}."
            )
        if not (np.isfinite(F).all() and np.isfinite(G).all()):
            return "Some of the numbers are nan or inf."
        one = np.asarray(describe(B[:1].reshape(-1, 8, 8).copy()), dtype=float).reshape(1, -1)
        if one.shape[1] != F.shape[1] or not np.allclose(one, G[:1], atol=1e-8):
            return (
                "A picture's numbers must depend on that picture alone: shown by itself, the same "
                "picture gets other numbers than among the rest."
            )
        mean, size = F.mean(axis=0), F.std(axis=0) + 1e-12
        unit = LogisticUnit(F.shape[1])
        unit.fit((F - mean) / size, a, lr=1.0, epochs=500, batch=True)
        shares.append(unit.accuracy((G - mean) / size, b))
    if np.mean(shares) >= ENOUGH:
        return None
    near = np.mean(shares) >= ENOUGH - 0.05
    return (
        f"A unit with these features reads {np.mean(shares):.1%} of the rest, 85 % are asked. "
        + (
            "That is near: keep above and below the middle apart, take in more of each loop, or "
            "look at one more place."
            if near
            else "Where does an 8 have ink and a 3 none? Look at the left of the loops, above and "
            "below the middle."
        )
    )


def _left_ink(images):
    upper = images[:, 1:4, 1:4].sum(axis=(1, 2))
    lower = images[:, 4:7, 1:4].sum(axis=(1, 2))
    waist = images[:, 3:5, 2:4].sum(axis=(1, 2))
    return np.stack([upper, lower, waist, images.sum(axis=(1, 2))], axis=1)


OPTIONS_PLANE = {
    "separable": "some hyperplane has all points of one class on one side",
    "not separable": "the convex hulls of the classes meet",
}
PLANES = dict(
    a="separable", b="not separable", c="separable", d="separable", e="not separable"
)  # fmt: skip

EXERCISES = [
    Exercise(
        "7.1",
        "number",
        answer=0.6,
        tolerance=0.001,
        hints=[
            (Between(0.5499, 0.5501), "At 0.55 it is a third of the digits."),
            (Between(0.6499, 0.7501), "There it is more than half, but at a smaller step, too."),
            (Between(10, 16), "Give s in pixels: twelve twentieths, for one, are 0.6."),
            (1.0, "At a whole pixel it is all of them; go back in steps of 0.05."),
            (Between(high=0.51), "At half a pixel it is about one digit in seven."),
        ],
        hint="For s = 0.5, 0.55, 0.6, … compare the distance to the moved copy with "
        "nearest_stranger, and count.",
        praise="Ten steps of a twentieth change little, and two more tip the scales.",
        right=[0.6, Fraction(3, 5), np.float64(0.6000000000000001), [0.6]],
        wrong=[
            (0.55, "a third"),
            (12, "in pixels"),
            (0.65, "at a smaller step"),
            (0.7, "at a smaller step"),
            (1, "all of them"),
            (0.5, "one digit in seven"),
            (0.8, "nearest_stranger"),
        ],
    ),
    Exercise(
        "7.2",
        "array",
        answer=[0.95, 0.14, 0.05],
        tolerance=[0.03, 0.06, 0.05],
        labels=("moved by 0", "moved by 1", "moved by 2"),
        hints=[
            ([Between(50), ..., ...], "Give shares between 0 and 1."),
            (
                [..., Between(0.35, 0.48), ...],
                "That is a step to the right or down alone; here the digits move both ways.",
            ),
            (
                [..., Between(0.48, 0.9), ...],
                "Is the reader trained on the pictures as they are, without the nine copies?",
            ),
            (
                [Between(0.981, 1.0), ..., ...],
                "Is this the training set? The test digits are asked.",
            ),
        ],
        hint="Train with reader(X_train, y_train), and compare the answers for "
        "shifted(X_test, right=s, down=s) with y_test.",
        praise="One step leaves one answer in seven, and two are worse than guessing.",
        right=[[0.95, 0.14, 0.04], (0.946, 0.13, 0.06)],
        wrong=[
            ([95, 14, 4], "between 0 and 1"),
            ([0.95, 0.42, 0.11], "both ways"),
            ([0.82, 0.6, 0.3], "without the nine copies"),
            ([0.99, 0.14, 0.04], "training set"),
            ([0.95, 0.3, 0.1], "shifted(X_test"),
            ([0.1, 0.1, 0.1], "shifted(X_test"),
        ],
    ),
    Exercise(
        "7.3",
        "array",
        answer=[14, 22, 52],
        labels=("4 points, plane", "5 points, plane", "6 points, space"),
        hints=[
            ([16, 32, 64], "These are all colourings."),
            (
                [8, 10, 32],
                "These are the hyperplanes through the origin. With a bias it is one weight more.",
            ),
            ([7, 11, 26], "Each line gives two colourings: which side is which?"),
            ([14, 22, 32], "The plane is right. In space there are three features and a bias."),
            ([14, 22, ...], "The plane is right. In space there are four weights."),
            ([14, ..., ...], "Four points are right. In the plane there are always three weights."),
        ],
        hint="C(N, number of weights), the bias counted as a weight.",
        praise="Of four points two colourings are missing, of five already ten.",
        right=[[14, 22, 52], np.array([14.0, 22, 52])],
        wrong=[
            ([16, 32, 64], "all colourings"),
            ([8, 10, 32], "through the origin"),
            ([7, 11, 26], "two colourings"),
            ([14, 22, 32], "three features and a bias"),
            ([14, 22, 64], "four weights"),
            ([14, 30, 52], "always three weights"),
            ([12, 20, 40], "C(N, number of weights)"),
        ],
    ),
    Exercise(
        "7.4",
        "integer",
        answer=62,
        hints=[
            (60, "The bias is a weight as well."),
            (31, "So many are always separable. Half of the colourings remain at twice as many."),
            (30, "There are 31 weights, and half of the colourings remain at twice as many."),
            (61, "Nearly: twice the number of weights."),
        ],
        hint="Which N makes the sum in the count the left half of a row of Pascal's triangle?",
        praise="Two points a weight: the capacity of 31 weights.",
        right=[62, 62.0, [62]],
        wrong=[(60, "bias"), (31, "always"), (30, "31 weights"), (61, "Nearly"), (124, "Pascal")],
    ),
    Exercise(
        "7.5",
        "choice",
        options=OPTIONS_PLANE,
        answer=PLANES,
        hints=[
            (
                dict(d="not separable"),
                "d: there are fewer points than weights. What does that mean?",
            ),
            (dict(e="separable"), "e: 400 points are almost eight for each weight."),
            (
                dict(a="not separable"),
                "a: counting says no, the data say otherwise: ask separable.",
            ),
            (dict(b="separable"), "b: these two kinds overlap in all four measurements."),
            (dict(c="not separable"), "c: setosa has much smaller petals than the others."),
        ],
        hint="Ask separable(X, y) for each.",
        praise="Two answers come from counting, three from the flowers and cells themselves.",
        right=[PLANES],
        wrong=[
            (PLANES | dict(d="not separable"), "fewer points than weights"),
            (PLANES | dict(e="separable"), "eight for each"),
            (PLANES | dict(a="not separable"), "ask separable"),
            (PLANES | dict(b="separable"), "overlap"),
            (PLANES | dict(c="not separable"), "smaller petals"),
            ("separable", "Expected a dict"),
        ],
    ),
    Exercise(
        "7.6",
        "function",
        test=describes,
        praise="Four numbers, and an expert who knew where to look.",
        right=[_left_ink, lambda images: _left_ink(images)[:, :3]],
        wrong=[
            (lambda images: images.mean(axis=(1, 2)), "85 % are asked"),
            (lambda images: np.stack([images.sum(axis=(1, 2))] * 2, axis=1), "left of the loops"),
            (lambda images: images.reshape(len(images), -1), "at most four"),
            (lambda images: _left_ink(images).T, "one row a picture"),
            (
                lambda images: _left_ink(images) - _left_ink(images).mean(axis=0),
                "that picture alone",
            ),
            (lambda images: _left_ink(images) * np.nan, "nan"),
        ],
    ),
    Exercise(
        "7.7",
        "number",
        answer=-15 / 16,
        tolerance=1e-6,
        hints=[
            (15 / 16, "The size is right. Which sign says that the vote is wrong?"),
            (1 / 16, "This includes the vote of x itself: take it off."),
            (
                Between(-0.06251, -0.06249),
                "Take the vote of x itself, which is 1, off the sum over all rows.",
            ),
            (
                Between(-0.2276, -0.2274),
                "The bits are 0 and 1, so that rows that differ in k places are at the squared "
                "distance k.",
            ),
            (
                Between(-0.945, -0.93),
                "Nearly, or rounded: give it as a fraction or to four digits.",
            ),
            (65 / 16, "All rows vote with their own label, (−1)^k t for k differing bits."),
            (1.5**4, "All rows vote with their own label, (−1)^k t for k differing bits."),
        ],
        hint="How many rows differ from x in k places, which label do they have, and what is their "
        "kernel?",
        praise="Always (1 − q)^n − 1, which is negative.",
        right=[-0.9375, Fraction(-15, 16), np.array([-0.9375]), -0.9375000001],
        wrong=[
            (0.9375, "Which sign"),
            (0.0625, "take it off"),
            (-0.0625, "off the sum"),
            ((15 / 16) ** 4 - 1, "squared distance k"),
            (-0.94, "rounded"),
            (4.0625, "their own label"),
            (5.0625, "their own label"),
            (-0.5, "How many rows"),
        ],
    ),
]
