"""Exercises of chapter 2: A history in waves."""

import numpy as np

from dlcore.activations import Sigmoid, Step
from dlcore.teaching.exercises import Between, Exercise

ORDER = [6, 2, 8, 12, 4, 9, 11, 5, 1, 3, 7, 10]
WINTERS = dict(perceptrons="networks", lighthill="AI", lisp="AI", svm="networks")


def no_slope(slopes):
    """A reader's central differences of a step and a sigmoid."""
    z = np.array([-2.0, -1.0, -0.3, 0.0, 0.3, 1.0, 2.0])
    for h, name in ((Step(), "the step"), (Sigmoid(), "the sigmoid")):
        for eps in (0.5, 0.1, 1e-4):
            given = slopes(h, z.copy(), eps)
            if given is None:
                return "The function returned nothing: return the slopes."
            given = np.asarray(given, dtype=float)
            if given.shape != z.shape:
                return f"Expected one slope for each of the {len(z)} points, got {given.shape}."
            right = (h(z + eps) - h(z - eps)) / (2 * eps)
            if np.allclose(given, right, rtol=1e-6, atol=1e-9):
                continue
            if np.allclose(given, 2 * right):
                return "The points z + ε and z − ε lie 2ε apart, not ε."
            if np.allclose(given, 2 * eps * right):
                return "That is the difference; divide it by the distance of the two points."
            if np.allclose(given, -right):
                return "The sign is wrong: the value on the right minus the value on the left."
            if np.allclose(given, (h(z + eps) - h(z)) / eps):
                return "That is the forward difference; the central one looks to both sides."
            if name == "the step" and np.allclose(given, h.deriv(z, None)):
                return "Do not use the derivative: at the threshold the difference is not zero."
            return f"For {name} with ε = {eps:g} the slopes are not those of the formula."
    return None


EXERCISES = [
    Exercise(
        "2.1",
        "array",
        answer=[1.5309, 1.6276],
        tolerance=[1e-3, 1e-3],
        labels=("factor a year", "doubling time in years"),
        hints=[
            ([1.6276, 1.5309], "The two are exchanged: the factor a year comes first."),
            ([Between(249, 251), ...], "Growth multiplies: 5000/20 each year would be a sum."),
            ([0.5309, ...], "The factor is asked for, not the growth."),
            (
                [Between(1.525, 1.535), Between(1.62, 1.64)],
                "Right so far as it goes: three decimals, please.",
            ),
            (
                [1.5309, ...],
                "The factor is right. How many doublings are in 5000? They take twenty years.",
            ),
        ],
        hint="The factor a year, raised to the power 20, is 5000.",
        praise="Faster than Moore's two years, and for twenty years on end.",
        right=[[1.5309, 1.6276], [1.531, 1.628], np.array([1.53091, 1.62767])],
        wrong=[
            ([1.6276, 1.5309], "exchanged"),
            ([250, 1.6], "multiplies"),
            ([0.5309, 1.6276], "not the growth"),
            ([1.53, 1.63], "three decimals"),
            ([1.5309, 12.3], "How many doublings"),
            ([2.0, 1.0], "power 20"),
        ],
    ),
    Exercise(
        "2.2",
        "number",
        answer=753.6,
        tolerance=1.0,
        hints=[
            (Between(0.0013, 0.0014), "Upside down: the later value is the larger."),
            (Between(461, 465), "That is the slower processor, of 2010.5."),
            (Between(592, 600), "That is the fitted line; the two points are asked for."),
            (Between(41880, 42010), "That is the difference; the ratio is asked for."),
        ],
        hint="Divide the later speed by the earlier one.",
        praise="Far from 5000.",
        right=[753.6, 753.63, 754],
        wrong=[
            (1 / 753.6, "Upside down"),
            (462.94, "2010.5"),
            (595.8, "fitted line"),
            (41944.3, "difference"),
            (5000, "Divide"),
        ],
    ),
    Exercise(
        "2.3",
        "number",
        answer=0.364,
        tolerance=0.002,
        hints=[
            (0.094, "That is the fall in points; divide it by the error at the start."),
            (
                Between(9.39, 9.41),
                "That is the fall in points; divide it by the error at the start.",
            ),
            (0.573, "Divide by the error of 2011, not by the new one."),
            (0.636, "That is what is left of the error."),
            (Between(36.2, 36.6), "As a share, not in per cent."),
            (0.127, "That is the growth of the accuracy."),
            (
                0.374,
                "That is against the best entry of 2012 without a network; take the winner of "
                "2011.",
            ),
        ],
        hint="(old error − new error) / old error.",
        praise="More than a third of the errors disappeared in one year.",
        right=[0.364, 0.3643, 9.4 / 25.8],
        wrong=[
            (0.094, "points"),
            (9.4, "points"),
            (0.573, "error of 2011"),
            (0.636, "left"),
            (36.4, "per cent"),
            (0.127, "accuracy"),
            (0.374, "winner of 2011"),
            (0.5, "old error"),
        ],
    ),
    Exercise(
        "2.4",
        "array",
        answer=ORDER,
        hints=[
            (ORDER[::-1], "The earliest comes first."),
            ([*ORDER[:9], ..., ..., ...], "The last three are of 2007, 2012 and 2017."),
            ([*ORDER[:6], *[...] * 6], "Places 7 to 9: 1986, 1997, 1998."),
            (
                [*ORDER[:3], *[...] * 9],
                "Places 4 to 6: many layers came before the book of 1969, the neocognitron "
                "after it.",
            ),
        ],
        hint="Each of the numbers 1 to 12 once. The first three are of the 1940s and 1950s: a "
        "neuron, a book, a perceptron.",
        praise="Deep networks before the book that is said to have ended the shallow ones.",
        right=[ORDER, np.array(ORDER)],
        wrong=[
            (ORDER[::-1], "earliest"),
            (list(range(12)), "once"),
            ([2, 6, *ORDER[2:]], "first three"),
            ([6, 2, 8, 4, 12, *ORDER[5:]], "many layers"),
            ([*ORDER[:7], 1, 5, *ORDER[9:]], "7 to 9"),
            ([*ORDER[:9], 7, 3, 10], "last three"),
        ],
    ),
    Exercise(
        "2.5",
        "function",
        test=no_slope,
        praise="Zero on both sides and without bound at the threshold: nothing to follow.",
        right=[lambda h, z, eps: (h(z + eps) - h(z - eps)) / (2 * eps)],
        wrong=[
            (lambda h, z, eps: (h(z + eps) - h(z - eps)) / eps, "2ε apart"),
            (lambda h, z, eps: h(z + eps) - h(z - eps), "divide it"),
            (lambda h, z, eps: (h(z - eps) - h(z + eps)) / (2 * eps), "sign"),
            (lambda h, z, eps: (h(z + eps) - h(z)) / eps, "forward difference"),
            (lambda h, z, eps: h.deriv(z, h(z)), "Do not use the derivative"),
            (lambda h, z, eps: None, "returned nothing"),
            (lambda h, z, eps: 0.0, "one slope for each"),
            (lambda h, z, eps: 7 * z, "not those of the formula"),
        ],
    ),
    Exercise(
        "2.6",
        "choice",
        answer=WINTERS,
        options=dict(AI="the AI winters", networks="the lows of neural networks"),
        hints=[
            (dict(lighthill="networks"), "Lighthill's report was on artificial intelligence."),
            (dict(lisp="networks"), "Lisp machines ran expert systems, programs made of rules."),
            (dict(perceptrons="AI"), "What did the proofs of 1969 speak of?"),
        ],
        hint="Support vector machines took the place of another method that learns from data.",
        praise="Two calendars: in 1990 one had winter and the other summer.",
        right=[WINTERS],
        wrong=[
            (WINTERS | dict(lighthill="networks"), "Lighthill"),
            (WINTERS | dict(lisp="networks"), "expert systems"),
            (WINTERS | dict(perceptrons="AI"), "1969"),
            (WINTERS | dict(svm="AI"), "Support vector"),
        ],
    ),
    Exercise(
        "2.7",
        "number",
        answer=1.5434,
        tolerance=1e-3,
        hints=[
            (Between(1.535, 1.55), "Right so far as it goes: three decimals, please."),
            (Between(0.38, 0.39), "That is for d = 4; d = 1 is asked for."),
            (
                Between(1.195, 1.205),
                "Near the solution of u tanh u = 1: is it tanh(u) or tanh(u/2)? 1 − 2σ(u) = "
                "−tanh(u/2).",
            ),
            (
                Between(2.35, 2.45),
                "That solves u tanh(u/2) = 2: it is the derivative of u²σ(1 − σ). The factor s "
                "enters once.",
            ),
            (Between(0.24, 0.26), "That is the slope of σ at 0; the steepness is asked for."),
        ],
        hint="Set the derivative of u σ(u)(1 − σ(u)) to zero: 1 + u (1 − 2σ(u)) = 0.",
        praise="A unit hears best at one distance, and the steepness that is best goes like 1/d.",
        right=[1.543, 1.5434, 1.54340463, np.float64(1.5434)],
        wrong=[
            (1.54, "three decimals"),
            (0.386, "d = 4"),
            (1.1997, "tanh(u/2)"),
            (2.399, "enters once"),
            (0.25, "slope"),
            (4.0, "derivative of"),
        ],
    ),
    Exercise(
        "2.8",
        "array",
        answer=[20, 0],
        tolerance=1,
        labels=("how many with 0.05", "how many with 0.2"),
        hints=[
            ([Between(0, 1), Between(19, 20)], "The two are exchanged, or read the table again."),
            ([9, ...], "That is the number with 0.1. Did the rate reach the function?"),
            (
                [Between(19, 20), ...],
                "With 0.05 that is it. With 0.2: count the networks whose last score is 64.",
            ),
        ],
        hint="scores, weights, nets = learn_symmetry(rate); the last row of scores says how many "
        "of the 64 patterns each network has right.",
        praise="At 0.1 the start decides; at 0.05 all of these twenty learn, at 0.2 none of them: "
        "a published recipe may lie at the edge of what works.",
        right=[[20, 0], (20, 0), np.array([20, 0])],
        wrong=[
            ([0, 20], "exchanged"),
            ([9, 0], "with 0.1"),
            ([20, 9], "With 0.2"),
            ([5, 5], "last row"),
        ],
    ),
    Exercise(
        "2.9",
        "number",
        answer=1.2835e11,
        tolerance=1e9,
        hints=[
            (Between(2.5e12, 2.6e12), "You left out the 20 passes."),
            (Between(2.1e10, 2.2e10), "A 6 is missing: it stands in both, and cancels."),
            (
                Between(7.2e11, 7.4e11),
                "LeNet-5's 60,000 parameters are used at many places: count the connections.",
            ),
            (Between(7.6e11, 7.8e11), "A 6 too many: it stands in both, and cancels."),
            (Between(3.1e23, 3.2e23), "That is GPT-3's arithmetic; divide it by LeNet-5's."),
            (Between(7.7e-12, 7.9e-12), "Upside down."),
        ],
        hint="Equation 2.3 for each of the two, with tokens for pictures × passes; then divide.",
        praise="A hundred billion times, in twenty-two years.",
        right=[1.2835e11, 1.28e11, 128e9, 6 * 175e9 * 300e9 / (6 * 340_908 * 60_000 * 20)],
        wrong=[
            (2.567e12, "20 passes"),
            (2.139e10, "6 is missing"),
            (7.70e11, "6 too many"),
            (3.15e23, "GPT-3's"),
            (7.79e-12, "Upside down"),
            (7.29e11, "count the connections"),
            (5, "Equation 2.3"),
        ],
    ),
]
