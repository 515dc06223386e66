"""Exercises of chapter 9, activation functions."""

import math
import warnings
from decimal import Decimal
from fractions import Fraction

import numpy as np

from dlcore.teaching.exercises import Between, Exercise


def log_stays_stable(f):
    """9.3: f(z) = ln σ(z) for arrays, to all digits and without a warning."""
    z = np.array([-1000.0, -100.0, -40.0, -1.0, 0.0, 1.0, 40.0, 100.0, 1000.0])
    true = np.array([min(v, 0.0) - math.log1p(math.exp(-abs(v))) for v in z])
    given = z.copy()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with np.errstate(over="warn", invalid="warn", divide="warn", under="ignore"):
            a = np.asarray(f(given))
    if a.shape != z.shape:
        return f"For an array of shape {z.shape} expected one of the same shape, got {a.shape}."
    if a.dtype == np.float32:
        return "This is float32, which holds seven digits: compute in float64, as z is."
    a = a.astype(float)
    if (bad := ~np.isfinite(a)).any():
        return (
            f"At z = {z[bad][0]:g} the result is {a[bad][0]}: a number has become 0 or infinite "
            "before the logarithm was taken."
        )
    if abs(a[4] - math.log(2)) < 1e-12:
        return "The logarithm of a number below 1 is negative."
    if abs(a[4] - true[4]) > 1e-12:
        return f"At z = 0 this is ln ½ = −0.693147, not {a[4]:.6g}."
    if a[5] < a[3]:
        return "This falls from left to right; ln σ rises. Turn the sign of z round."
    wrong = np.abs(a - true) > 1e-9 * np.maximum(1.0, np.abs(true))
    if wrong.any():
        return (
            f"At z = {z[wrong][0]:g} it is {true[wrong][0]:.6g}, not {a[wrong][0]:.6g}. Do not "
            "cut z off: use an exponential that cannot overflow, e^−|z|."
        )
    if (wrong := np.abs(a - true) > 1e-9 * np.abs(true) + 1e-60).any():
        return (
            f"At z = {z[wrong][0]:g} the digits are lost: it is {true[wrong][0]:.3g}, not "
            f"{a[wrong][0]:.3g}. 1 + e^−40 rounds to 1; log1p does not form this sum."
        )
    if caught:
        return (
            f"The values are right, but NumPy warns: {caught[0].message}. (np.where computes both "
            "branches for every z; e^−|z| is safe in both.)"
        )
    if not (given == z).all():
        return "The values are right, but the function has changed its argument."
    return None


def grows(r):
    """9.8: r(ω) = ω √coth ω²."""
    for omega in (0.25, 0.5, 1.0, 1.7, 3.0, 6.0):
        try:
            value = float(np.asarray(r(omega)).reshape(()))
        except (TypeError, ValueError):
            return f"For the number ω = {omega} expected a number, got {r(omega)!r}."
        true = omega / math.sqrt(math.tanh(omega**2))
        if abs(value - true) < 1e-9 * true:
            continue
        if abs(value - 1 / true) < 1e-9 / true:
            return "This is 1/r: the slope stands above, the value below."
        if abs(value - true**2) < 1e-9 * true**2:
            return "This is r²: take the root."
        if abs(value - true / omega) < 1e-9 * true:
            return "The derivative of sin ωz has a factor ω in front, by the chain rule."
        if abs(value - omega / math.sqrt(math.tanh(omega**2 / 4))) < 1e-9 * true * 3:
            return "With the double angle the cosine has 2ω: put k = 2ω into e^(−k²/2)."
        return f"At ω = {omega} r should be {true:.4f}, and this is {value:.4f}."
    return None


DIPS = [[-1.2784645, -0.2784645], [-0.7517916, -0.1699712], [-1.1924, -0.3088]]
K, U = 1.0998393, 2.3993573

EXERCISES = [
    Exercise(
        "9.1",
        "array",
        answer=DIPS,
        tolerance=[[3e-4, 6e-5]] * 3,
        labels={
            "Swish": ("place", "value"),
            "GELU": ("place", "value"),
            "Mish": ("place", "value"),
        },
        hints=[
            (
                [[Between(-0.2786, -0.2783), Between(-1.29, -1.26)], [..., ...], [..., ...]],
                "The place comes first, then the value.",
            ),
            (
                [[Between(1.27, 1.29), ...], [..., ...], [..., ...]],
                "Where is the slope zero: at a positive or at a negative sum?",
            ),
            (
                [[Between(-1.2786, -1.2783), ...], [Between(-1.2786, -1.2783), ...], [..., ...]],
                "GELU is a function of its own, with another dip than Swish.",
            ),
            (
                [
                    [..., Between(-0.2786, -0.2783)],
                    [..., Between(-0.1701, -0.1698)],
                    [..., Between(-0.309, -0.3086)],
                ],
                "The values are right. Near a minimum the curve is flat: find the place as the "
                "zero of the derivative, not as the smallest of some values.",
            ),
            (
                [[Between(-1.2788, -1.2781), Between(-0.2786, -0.2783)], [..., ...], [..., ...]],
                "Swish is right. Look at the other two again, to four decimals.",
            ),
            (
                [[Between(-0.76, -0.74), ...], [Between(-1.29, -1.26), ...], [..., ...]],
                "The order is Swish, GELU, Mish.",
            ),
            (
                [[Between(-1.29, -1.26), Between(0.27, 0.29)], [..., ...], [..., ...]],
                "The values are negative: these are dips.",
            ),
            (
                [
                    [Between(-1.29, -1.26), Between(-0.29, -0.27)],
                    [Between(-0.76, -0.74), Between(-0.18, -0.16)],
                    [Between(-1.21, -1.18), Between(-0.32, -0.3)],
                ],
                "Nearly: to four decimals.",
            ),
        ],
        hint="Each slope is negative at −3 and positive at 0: halve this interval again and "
        "again, or evaluate deriv on a fine grid.",
        praise="Three dips, none of them deep: −0.28, −0.17 and −0.31.",
        right=[
            DIPS,
            [[-1.2785, -0.2785], [-0.7518, -0.17], [-1.1924, -0.3088]],
            np.array(DIPS),
            [[Decimal("-1.2785"), Decimal("-0.2785")], [-0.7518, -0.17], [-1.1924, -0.3088]],
        ],
        wrong=[
            ([[-0.2785, -1.2785], [-0.17, -0.7518], [-0.3088, -1.1924]], "place comes first"),
            ([[1.2785, 0.2785], [0.7518, 0.17], [1.1924, 0.3088]], "positive or at a negative"),
            ([[-1.2785, -0.2785], [-1.2785, -0.2785], [-1.2785, -0.2785]], "of its own"),
            ([[-1.28, -0.2785], [-0.75, -0.17], [-1.19, -0.3088]], "values are right"),
            ([[-1.2785, -0.2785], [-0.7518, -0.17], [-1.2, -0.31]], "Swish is right"),
            ([[-0.7518, -0.17], [-1.2785, -0.2785], [-1.1924, -0.3088]], "The order is"),
            ([[-1.2785, 0.2785], [-0.7518, 0.17], [-1.1924, 0.3088]], "these are dips"),
            ([[-1.28, -0.28], [-0.75, -0.17], [-1.19, -0.31]], "Nearly"),
            ([[-1.3, -0.3], [-0.8, -0.2], [-1.2, -0.3]], "halve this interval"),
            ([-1.2785, -0.7518, -1.1924], "a matrix of 3 rows and 2 columns"),
        ],
    ),
    Exercise(
        "9.2",
        "array",
        answer=[0.02035, 0.000473],
        tolerance=[0.0004, 4e-6],
        labels=("sigmoid form", "tanh form"),
        hints=[
            ([Between(0.0004, 0.0005), Between(0.019, 0.021)], "The sigmoid form comes first."),
            ([Between(-0.021, -0.019), ...], "The size of the error is asked, without its sign."),
            (
                [Between(0.0199, 0.0208), ...],
                "The first is right. For the second take a fine grid, float64, and two significant "
                "digits.",
            ),
            (
                [..., Between(0.000469, 0.000477)],
                "The second is right. Did you look at both sides of zero, up to 8?",
            ),
        ],
        hint="np.abs(GELU(form)(z) - GELU()(z)).max() on a fine grid from −8 to 8.",
        praise="The tanh form is forty times closer.",
        right=[[0.02, 0.00047], [0.0203, 0.00047], [0.020346, 0.000473], (Fraction(1, 50), 47e-5)],
        wrong=[
            ([0.00047, 0.0203], "comes first"),
            ([-0.0203, -0.00047], "without its sign"),
            ([0.0203, 0.0005], "first is right"),
            ([0.0123, 0.00047], "second is right"),
            ([0.1, 0.01], "fine grid"),
            (0.02, "a list of 2 numbers"),
        ],
    ),
    Exercise(
        "9.3",
        "function",
        test=log_stays_stable,
        praise="No overflow, and all digits of the small values.",
        right=[
            lambda z: -np.logaddexp(0.0, -z),
            lambda z: np.minimum(z, 0.0) - np.log1p(np.exp(-np.abs(z))),
            lambda z: np.where(z < 0, z, 0.0) - np.log1p(np.exp(-np.abs(z))),
        ],
        wrong=[
            (lambda z: np.log(1 / (1 + np.exp(-z))), "before the logarithm"),
            (lambda z: z - np.log(1 + np.exp(z)), "before the logarithm"),
            (lambda z: np.logaddexp(0.0, -z), "is negative"),
            (lambda z: -np.logaddexp(0.0, z), "Turn the sign"),
            (lambda z: np.tanh(z), "ln ½"),
            (lambda z: -np.log(1 + np.exp(-np.clip(z, -500, 500))), "Do not cut z off"),
            (lambda z: np.minimum(z, 0.0) - np.log(1 + np.exp(-np.abs(z))), "log1p"),
            (lambda z: np.where(z < 0, z - np.log1p(np.exp(z)), -np.log1p(np.exp(-z))), "branches"),
            (lambda z: -np.logaddexp(0.0, -z).astype("float32"), "float32"),
            (lambda z: -0.5, "the same shape"),
        ],
    ),
    Exercise(
        "9.4",
        "array",
        answer=[1.30502, 0.68256],
        tolerance=6e-5,
        labels=("from +½", "from −½"),
        hints=[
            ([Between(0.6825, 0.6826), Between(1.3049, 1.3051)], "The other way round."),
            (
                [Between(1.3132, 1.3134), Between(0.6931, 0.6932)],
                "These are the integrals, ln(1 + e) and ln 2; the sums are asked.",
            ),
            (
                [Between(1.303, 1.307), Between(0.68, 0.685)],
                "Nearly: more terms (fifty are plenty), and four decimals.",
            ),
            (
                [..., Between(0.6825, 0.6827)],
                "The second is right. The first has one more term in front.",
            ),
            (
                [Between(1.3049, 1.3051), ...],
                "The first is right. The second lacks only its first term.",
            ),
        ],
        hint="sigmoid(first − np.arange(50)).sum() with first = ½ and first = −½.",
        praise="They differ by σ(½) = 0.62, the unit too many.",
        right=[[1.305, 0.6826], [1.30502, 0.68256], np.array([1.305, 0.6826])],
        wrong=[
            ([0.6826, 1.305], "other way round"),
            ([1.3133, 0.6931], "ln 2"),
            ([1.0, 0.6826], "second is right"),
            ([1.30495, 0.68249], "Nearly"),
            ([1.305, 0.683], "Nearly"),
            ([1.305, 0.8], "first is right"),
            ([2.0, 1.0], "np.arange"),
            (1.305, "a list of 2 numbers"),
        ],
    ),
    Exercise(
        "9.5",
        "array",
        answer=[K, U, 0.5 + K],
        tolerance=[6e-5, 3e-3, 6e-5],
        labels=("largest slope", "its place", "largest slope of the second"),
        hints=[
            (
                [Between(1.09, 1.11), Between(2.38, 2.42), Between(1.59, 1.61)],
                "Nearly: to four decimals.",
            ),
            ([Between(0.99, 1.01), ..., ...], "The limit is 1, but the slope goes beyond it."),
            (
                [Between(2.39, 2.41), Between(1.0997, 1.1), ...],
                "The largest slope comes first, then its place.",
            ),
            (
                [Between(1.0997, 1.1), ..., Between(1.649, 1.651)],
                "Not p₁ times the first: the slope is p₂ + (p₁ − p₂) k, with k from the first.",
            ),
            (
                [Between(1.0997, 1.1), ..., Between(1.099, 1.101)],
                "The difference p₁ − p₂ is the same, but the line p₂ z has been added.",
            ),
            (
                [Between(1.0997, 1.1), Between(0.79, 0.81), ...],
                "The place is asked for the first function, with β = 1.",
            ),
            (
                [Between(1.0997, 1.1), Between(2.396, 2.403), ...],
                "The first two are right. β moves the place of the largest slope, not its height.",
            ),
        ],
        hint="The slope is σ(z) + z σ(z)(1 − σ(z)), largest where its own derivative is zero.",
        praise="A tenth beyond the limit, whatever β is.",
        right=[
            [1.0998, 2.3994, 1.5998],
            [1.0998, 2.399, 1.5998],
            [K, U, K + 0.5],
            np.array([1.0998, 2.4, 1.5998]),
        ],
        wrong=[
            ([1.1, 2.4, 1.6], "Nearly"),
            ([1.0, 10.0, 1.5], "goes beyond"),
            ([2.3994, 1.0998, 1.5998], "comes first"),
            ([1.0998, 2.3994, 1.6497], "Not p₁ times"),
            ([1.0998, 2.3994, 1.0998], "has been added"),
            ([1.0998, 0.7998, 1.5998], "with β = 1"),
            ([1.0998, 2.3994, 3.2994], "moves the place"),
            ([1.2, 2.0, 1.7], "largest where"),
        ],
    ),
    Exercise(
        "9.6",
        "array",
        answer=[math.sqrt(2 * math.pi / (math.pi - 1)), 1 / math.sqrt(math.pi - 1)],
        tolerance=6e-3,
        labels=("λ", "c"),
        hints=[
            (
                [Between(1.40, 1.43), ...],
                "√2 makes the mean square 1; after c is taken off the variance is asked.",
            ),
            ([Between(1.70, 1.72), Between(-0.69, -0.67)], "c is taken off, so it is positive."),
            ([Between(1.70, 1.72), ...], "λ is right. The mean of λ max(0, z) is λ/√(2π)."),
            ([Between(2.9, 2.96), ...], "This is λ²: take the root."),
            ([..., Between(0.39, 0.41)], "1/√(2π) is the mean of max(0, z) without λ."),
        ],
        hint="Mean: λ/√(2π) − c = 0. Variance: λ² (½ − 1/(2π)) = 1.",
        praise="A fixed point that needs two constants, as SELU does.",
        right=[[1.7128, 0.6833], [1.71, 0.68], (1.7128, 0.683)],
        wrong=[
            ([1.4142, 0.5642], "mean square"),
            ([1.7128, -0.6833], "positive"),
            ([1.7128, 0.5], "λ is right"),
            ([2.9339, 1.17], "λ²"),
            ([1.0, 0.3989], "without λ"),
            ([2.0, 1.0], "Variance"),
        ],
    ),
    Exercise(
        "9.7",
        "array",
        answer=[25, 1],
        tolerance=[0.3, 0.03],
        labels=("slope in Hz/nA", "zero in nA"),
        hints=[
            ([Between(0.02, 0.03), ...], "This is the slope per millisecond; per second is asked."),
            (
                [Between(24.7, 25.3), Between(1.97, 2.03)],
                "The slope is right. 2 nA is where the neuron begins to fire; the line crosses "
                "zero elsewhere, because of the ½ in 1/x + ½.",
            ),
            (
                [Between(24.7, 25.3), Between(2.97, 3.03)],
                "The slope is right. Is it 1/x + ½ or 1/x − ½?",
            ),
            (
                [Between(24.7, 25.3), ...],
                "The slope is right. Set the line to zero and solve for I.",
            ),
            ([Between(0.97, 1.03), Between(24.7, 25.3)], "The slope comes first."),
        ],
        hint="1/ln(1 + x) ≈ (1 + x/2)/x = 1/x + ½, and 1/x is linear in I.",
        praise="25 spikes per second for each nA beyond 1 nA.",
        right=[[25, 1], [25.0, 1.0], np.array([25, 1])],
        wrong=[
            ([0.025, 1], "per second"),
            ([25, 2], "begins to fire"),
            ([25, 3], "1/x − ½"),
            ([25, 0], "Set the line to zero"),
            ([1, 25], "comes first"),
            ([50, 2], "linear in I"),
        ],
    ),
    Exercise(
        "9.8",
        "function",
        test=grows,
        praise="About 1 for slow waves, about ω for fast ones.",
        right=[
            lambda w: w / math.sqrt(math.tanh(w**2)),
            lambda w: w * np.sqrt((1 + np.exp(-2 * w * w)) / (1 - np.exp(-2 * w * w))),
        ],
        wrong=[
            (lambda w: math.sqrt(math.tanh(w**2)) / w, "1/r"),
            (lambda w: w**2 / math.tanh(w**2), "take the root"),
            (lambda w: 1 / math.sqrt(math.tanh(w**2)), "factor ω"),
            (lambda w: w / math.sqrt(math.tanh(w**2 / 4)), "k = 2ω"),
            (lambda w: w, "should be"),
            (lambda w: None, "expected a number"),
        ],
    ),
]
