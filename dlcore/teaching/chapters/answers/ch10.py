"""Exercises of chapter 10, supervised learning and loss functions."""

from fractions import Fraction

import numpy as np

from dlcore.datasets import breast_cancer
from dlcore.teaching.exercises import Between, Exercise

TASKS = {
    "regression": "an amount is wanted",
    "classification": "one of several kinds is wanted",
    "multi-label": "several yes-or-no answers at once",
    "no teacher": "no answers are wanted",
}
SORTED = dict(
    a="regression", b="classification", c="no teacher", d="multi-label",
    e="regression", f="classification", g="no teacher", h="multi-label",
)  # fmt: skip
SLIPS = {
    "right": "a right program",
    "sign": "the minus is missing",
    "swapped": "p and 1 − p are exchanged",
    "half": "one of the two cases is not counted",
    "base": "a logarithm to another base: the same minimum, another slope",
}
FOUND = dict(a="right", b="swapped", c="half", d="base", e="sign")


DESK = np.array([8, 3, 8, 5, 2, 1, 1, 2, 6, 2, 2, 9, 9, 2, 3, 4, 7, 7, 8, 0])  # y_train[:20]


def reads_twenty_digits(given):
    """10.2: at most three of the twenty differ from the labels that came with the pictures."""
    if np.any((given != np.round(given)) | (given < 0) | (given > 9)):
        return "Expected twenty whole numbers from 0 to 9, one for each picture."
    wrong = np.flatnonzero(given != DESK)
    if len(wrong) <= 3:
        return None
    if np.array_equal(given.reshape(5, 4).T.ravel(), DESK):
        return "These are the labels column by column; give them row by row."
    first = wrong[0]
    return (
        f"{len(wrong)} labels differ from those that came with the pictures. Look again at row "
        f"{first // 5 + 1}, picture {first % 5 + 1}."
    )


def best_constants(given):
    """10.3: the constants for 0, 0, 1, 10 under squares, absolute values and Huber, δ = 1."""
    squares, absolute, huber = given
    if abs(squares - 2.75) > 0.006:
        hint = "For squares the mean of all four is wanted, also of both zeros."
        return "The first two are exchanged." if abs(absolute - 2.75) < 0.006 else hint
    if not -1e-9 <= absolute <= 1 + 1e-9:
        return (
            "The first is right. For absolute values as many of the four must lie below the "
            "answer as above."
        )
    if abs(huber - 2 / 3) > 0.006:
        hint = "The first two are right. For Huber: no pull is stronger than δ = 1; add them up."
        if abs(huber - 0.5) < 0.006:
            hint += " Between 0 and 1 the two zeros pull with c each, the 1 with 1 − c."
        return hint
    return None


def _bce(z, y):
    loss = np.maximum(z, 0) - y * z + np.log1p(np.exp(-np.abs(z)))
    return loss, 0.5 + 0.5 * np.tanh(0.5 * z) - y


def is_safe(bce):
    """10.5: loss and slope in float64 against differences, and in float32 without overflow."""
    z = np.array([-7.0, -2.0, -0.3, 0.0, 0.4, 1.0, 3.0, 8.0])
    y = np.array([0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0])
    given = bce(z.copy(), y.copy())
    if not isinstance(given, (tuple, list)) or len(given) != 2:
        return "Return two arrays: the loss of every example, and its slope by the logit."
    loss, slope = (np.asarray(part) for part in given)
    if loss.shape != z.shape or slope.shape != z.shape:
        return (
            f"Expected two arrays of the shape of z, {z.shape}, got {loss.shape} and "
            f"{slope.shape}: the loss of every example, not their mean."
        )
    wanted, wanted_slope = _bce(z, y)
    if not np.allclose(loss, wanted, rtol=1e-9, atol=1e-12):
        if np.allclose(loss, -wanted, rtol=1e-9):
            return "The loss is negative: the minus is missing."
        if np.allclose(loss, _bce(z, 1 - y)[0], rtol=1e-9):
            return "That is the price for the other label: are p and 1 − p exchanged?"
        n = int(np.argmax(np.abs(loss - wanted)))
        return f"For z = {z[n]:g}, y = {y[n]:g} expected {wanted[n]:.4f}, got {loss[n]:.4f}."
    if not np.allclose(slope, wanted_slope, rtol=1e-6, atol=1e-9):
        if np.allclose(slope, -wanted_slope, rtol=1e-6, atol=1e-9):
            return "The loss is right; the slope has the wrong sign: p − y."
        return "The loss is right. The slope by the logit is not its derivative: p − y."
    z32 = np.array([-1000, -100, -50, 20, 89, 100, 1000], dtype=np.float32)
    for label in (0, 1):
        y32 = np.full_like(z32, label)
        seen: list[str] = []  # what NumPy would have warned of
        spy = dict.fromkeys(("over", "invalid", "divide"), "call")
        with np.errstate(**spy, call=lambda what, flag, seen=seen: seen.append(what)):
            loss, slope = (np.asarray(part) for part in bce(z32.copy(), y32))
        if seen:
            return (
                f"In float64 all is right. In float32 with large logits NumPy meets an {seen[0]}. "
                "Which exponential, logarithm or quotient could that be?"
            )
        far = _bce(z32.astype(float), float(label))[0]
        if not (np.isfinite(loss).all() and np.isfinite(slope).all()):
            return "In float64 all is right. In float32 there is an inf or nan among the results."
        if not np.allclose(loss, far, rtol=1e-4, atol=1e-6):
            n = int(np.argmax(np.abs(loss - far)))
            return (
                f"In float32, z = {z32[n]:g}, y = {label}: expected {far[n]:.1f}, got "
                f"{loss[n]:.1f}. A clipped probability cannot cost what it should."
            )
        if loss.dtype != np.float32 or slope.dtype != np.float32:
            return "Right, but float32 went in and another number type came out."
    return None


def _by_formula(z, y):
    p = 1 / (1 + np.exp(-z))
    return -(y * np.log(p) + (1 - y) * np.log(1 - p)), p - y


def _clipped(z, y):
    p = np.clip(0.5 + 0.5 * np.tanh(0.5 * z), z.dtype.type(1e-6), z.dtype.type(1 - 1e-6))
    return -(y * np.log(p) + (1 - y) * np.log(1 - p)), 0.5 + 0.5 * np.tanh(0.5 * z) - y


def _newton(X, y, steps=25, sign=-1.0):
    X = np.column_stack([np.ones(len(X)), X])
    w = np.zeros(X.shape[1])
    for _ in range(steps):
        p = 0.5 + 0.5 * np.tanh(0.5 * (X @ w))
        H = X.T @ (X * (p * (1 - p))[:, None])
        w = w + sign * np.linalg.solve(H, X.T @ (p - y))
    return w


def fits_logistic_regression(newton):
    """10.6: the gradient at the returned weights is zero, on two data sets."""
    X, y = breast_cancer()
    rng = np.random.default_rng(0)
    A = rng.standard_normal((300, 3))
    b = (rng.random(300) < 1 / (1 + np.exp(-(A @ [1.0, -2.0, 0.0] + 0.5)))).astype(int)
    for inputs, labels, where in ((X[:, :2], y, "two columns of the cells"), (A, b, "random data")):
        try:
            w = newton(inputs.copy(), labels.copy())
        except Exception as error:
            if isinstance(error.__cause__, np.linalg.LinAlgError):
                return "H has become singular. Do the steps go downhill, −H⁻¹g?"
            raise
        if isinstance(w, tuple) and len(w) == 2:
            return "Return the weights alone, without the number of steps."
        w = np.asarray(w, dtype=float)
        wanted = _newton(inputs, labels)
        if w.size != wanted.size:
            return f"Expected {wanted.size} weights, the bias first, got an array {w.shape}."
        w = w.ravel()
        if np.abs(w - wanted).max() < 1e-3:
            continue
        if np.abs(np.roll(w, 1) - wanted).max() < 1e-3:
            return "These are the right numbers with the bias last; put it first."
        if np.abs(w + wanted).max() < 1e-3:
            return "All signs are turned round: which class is 1?"
        if np.abs(w - _newton(inputs, labels, 1)).max() < 1e-3:
            return "That is the result of a single step; go on until nothing changes."
        return (
            f"On {where} expected {np.round(wanted, 3)}, got {np.round(w, 3)}. Is the gradient "
            "Xᵀ(p − y)/N there zero?"
        )
    return None


def _top(scores, y, k):
    order = np.argsort(-np.asarray(scores), axis=1)[:, :k]
    return (order == np.asarray(y)[:, None]).any(axis=1).mean()


def counts_the_top(top):
    """10.7: the share of labels among the k highest scores."""
    rng = np.random.default_rng(1)
    scores = rng.permutation(40 * 6).reshape(40, 6) / 10.0
    y = rng.integers(0, 6, 40)
    for k in (1, 3, 6):
        value = np.asarray(top(scores.copy(), y.copy(), k), dtype=float)
        if value.size != 1:
            return f"Expected one share, got an array of shape {value.shape}."
        value, wanted = value.item(), _top(scores, y, k)
        if abs(value - wanted) < 1e-6:
            continue
        hint = f"For k = {k} expected {wanted:.3f}, got {value:.3f}."
        if abs(value - _top(-scores, y, k)) < 1e-9:
            hint += " Those are the k lowest scores."
        elif abs(value - 40 * wanted) < 1e-6:
            hint += " The share of the rows is asked, not their number."
        elif abs(value - wanted / k) < 1e-9:
            hint += " Divide by the number of rows only."
        return hint
    return None


EXERCISES = [
    Exercise(
        "10.1",
        "choice",
        options=TASKS,
        answer=SORTED,
        hints=[
            (dict(a="classification"), "a: a price is an amount."),
            (dict(b="multi-label"), "b: a picture shows one digit only."),
            (dict(c="classification"), "c: has anybody said which customer belongs where?"),
            (dict(d="classification"), "d: several instruments may play together."),
            (dict(e="classification"), "e: millimetres are an amount."),
            (dict(f="multi-label"), "f: one question with two kinds of answer."),
            (dict(g="regression"), "g: nobody has said which two numbers are wanted."),
            (dict(h="classification"), "h: one patient may have two illnesses, or none."),
        ],
        hint="Ask: is there a wanted answer? An amount or a kind? May several apply together?",
        praise="What is wanted decides about output and loss.",
        right=[SORTED],
        wrong=[
            (SORTED | dict(a="classification"), "an amount"),
            (SORTED | dict(b="multi-label"), "one digit"),
            (SORTED | dict(c="classification"), "anybody said"),
            (SORTED | dict(d="classification"), "play together"),
            (SORTED | dict(e="classification"), "millimetres"),
            (SORTED | dict(f="multi-label"), "one question"),
            (SORTED | dict(g="regression"), "two numbers"),
            (SORTED | dict(h="classification"), "two illnesses"),
            (SORTED | dict(f="no teacher"), "is there a wanted answer"),
        ],
    ),
    Exercise(
        "10.2",
        "array",
        shape=(20,),
        test=reads_twenty_digits,
        praise="Now train on them: to compare, set the labels in section 10.2 to 20.",
        right=[DESK, DESK.tolist(), [*DESK[:17], *(9 - DESK[17:])]],
        wrong=[
            ([*DESK[:-4], *(9 - DESK[-4:])], "4 labels differ"),
            (DESK.reshape(4, 5).T.ravel(), "column by column"),
            (DESK + 0.5, "whole numbers"),
            (DESK[:10], "a list of 20 numbers"),
        ],
    ),
    Exercise(
        "10.3",
        "array",
        shape=(3,),
        test=best_constants,
        praise="Three losses, three answers.",
        right=[
            [2.75, 0.5, 2 / 3],
            [Fraction(11, 4), Fraction(0), Fraction(2, 3)],
            np.array([2.75, 1.0, 0.667]),
            (2.75, 0.3, 0.67),
        ],
        wrong=[
            ([0.5, 2.75, 2 / 3], "exchanged"),
            ([11 / 3, 0.5, 2 / 3], "both zeros"),
            ([2.75, 1.5, 2 / 3], "as many of the four"),
            ([2.75, 0.5, 0.5], "1 − c"),
            ([2.75, 0.5, 1.0], "no pull is stronger"),
            ([2.75, 0.5], "a list of 3 numbers"),
        ],
    ),
    Exercise(
        "10.4",
        "array",
        answer=[1.875, float(-np.log(0.15)), -0.85],
        tolerance=[0.006, 0.006, 0.006],
        labels=("Huber", "cross-entropy", "slope by the logit"),
        hints=[
            ([2.0, ..., ...], "That is ½ e², but the error is larger than δ."),
            ([1.125, ..., ...], "That is the loss at |e| = δ, but the error is larger than δ."),
            ([3.0, ..., ...], "Subtract ½ δ from |e| before you multiply by δ."),
            ([..., Between(0.155, 0.17), ...], "That is the price of p = 0.15 if y were 0."),
            ([..., Between(-1.91, -1.89), ...], "The price is positive: the minus is missing."),
            ([..., Between(2.73, 2.75), ...], "That is the logarithm to base 2."),
            ([..., Between(0.81, 0.83), ...], "That is the logarithm to base 10."),
            ([..., ..., 0.85], "p − y, not y − p: where must the logit go?"),
            ([..., ..., Between(-6.7, -6.6)], "That is the slope by the probability."),
            (
                [..., ..., Between(-0.112, -0.105)],
                "That is for half the squared error; with the cross-entropy p (1 − p) cancels.",
            ),
        ],
        hint="Use the two branches of Huber's formula, and ∂ℓ/∂z = p − y.",
        praise="The machine should raise its logit: the slope is negative.",
        right=[[1.875, 1.897, -0.85], (1.88, 1.9, -0.85), np.array([1.875, 1.8971, -0.85])],
        wrong=[
            ([2.0, 1.897, -0.85], "larger than δ"),
            ([1.125, 1.897, -0.85], "at |e| = δ"),
            ([3.0, 1.897, -0.85], "before you multiply"),
            ([1.875, 0.1625, -0.85], "if y were 0"),
            ([1.875, -1.897, -0.85], "minus is missing"),
            ([1.875, 2.737, -0.85], "base 2"),
            ([1.875, 0.824, -0.85], "base 10"),
            ([1.875, 1.897, 0.85], "y − p"),
            ([1.875, 1.897, -6.667], "by the probability"),
            ([1.875, 1.897, -0.108], "half the squared error"),
            ([1.5, 1.897, -0.85], "two branches"),
        ],
    ),
    Exercise(
        "10.5",
        "function",
        test=is_safe,
        praise="No exponential of a positive number, no logarithm of a rounded 0.",
        right=[_bce, lambda z, y: (np.logaddexp(0, z) - y * z, 0.5 + 0.5 * np.tanh(z / 2) - y)],
        wrong=[
            (_by_formula, "In float32 with large logits"),
            (_clipped, "clipped probability"),
            (lambda z, y: (-_bce(z, y)[0], _bce(z, y)[1]), "minus is missing"),
            (lambda z, y: _bce(z, 1 - y), "exchanged"),
            (lambda z, y: (_bce(z, y)[0], -_bce(z, y)[1]), "wrong sign"),
            (lambda z, y: (_bce(z, y)[0], 2 * _bce(z, y)[1]), "not its derivative"),
            (lambda z, y: (_bce(z, y)[0].mean(), _bce(z, y)[1]), "not their mean"),
            (lambda z, y: tuple(part.astype(float) for part in _bce(z, y)), "number type"),
            (lambda z, y: (_bce(z, y)[0] + 0.1, _bce(z, y)[1]), "expected"),
            (lambda z, y: _bce(z, y)[0], "two arrays"),
        ],
    ),
    Exercise(
        "10.6",
        "function",
        test=fits_logistic_regression,
        praise="These are the weights of the minimum, as of any logistic regression.",
        right=[_newton, lambda X, y: list(_newton(X, y)), lambda X, y: _newton(X, y)[:, None]],
        wrong=[
            (lambda X, y: np.roll(_newton(X, y), -1), "bias last"),
            (lambda X, y: -_newton(X, y), "turned round"),
            (lambda X, y: _newton(X, y, 1), "single step"),
            (lambda X, y: _newton(X, y)[1:], "the bias first"),
            (lambda X, y: 0.9 * _newton(X, y), "there zero?"),
            (lambda X, y: (_newton(X, y), 6), "weights alone"),
            (lambda X, y: _newton(X, y, sign=1.0), "downhill"),
        ],
    ),
    Exercise(
        "10.7",
        "function",
        test=counts_the_top,
        praise="With k = 1 it is the accuracy, with all kinds it is 1.",
        right=[_top, lambda s, y, k: [_top(s, y, k)], lambda s, y, k: np.float32(_top(s, y, k))],
        wrong=[
            (lambda s, y, k: _top(-s, y, k), "k lowest"),
            (lambda s, y, k: 40 * _top(s, y, k), "not their number"),
            (lambda s, y, k: _top(s, y, k) / k, "number of rows only"),
            (lambda s, y, k: _top(s, y, 1), "For k = 3"),
            (lambda s, y, k: np.ones(40), "Expected one share"),
        ],
    ),
    Exercise(
        "10.8",
        "choice",
        options=SLIPS,
        answer=FOUND,
        hints=[
            (dict(b="right"), "b: try p = 0.9 with y = 1; should it cost 2.3?"),
            (dict(c="right"), "c: what does it cost to say p = 1 when y = 0?"),
            (dict(d="right"), "d: compare its value for p = 0.5 with ln 2."),
            (dict(e="right"), "e: is it positive?"),
            (dict(a="half"), "a: where y is 0 it takes 1 − p; both cases are there."),
            (dict(d="swapped"), "d: p to the power of 1 is p, and of 0 it is 1."),
        ],
        hint="Try each with p = 0.9, for y = 1 and for y = 0.",
        praise="Three little tests find them all: never negative, falling towards y, slope p − y.",
        right=[FOUND],
        wrong=[
            (FOUND | dict(b="right"), "2.3"),
            (FOUND | dict(c="right"), "p = 1 when y = 0"),
            (FOUND | dict(d="right"), "ln 2"),
            (FOUND | dict(e="right"), "positive"),
            (FOUND | dict(a="half"), "both cases"),
            (FOUND | dict(d="swapped"), "power"),
            (FOUND | dict(b="sign"), "p = 0.9"),
        ],
    ),
    Exercise(
        "10.9",
        "number",
        answer=0.9,
        tolerance=0.0051,
        hints=[
            (Between(0.099, 0.101), "That is the share of days on which you are late."),
            (Between(89.9, 90.1), "Give the share as a number between 0 and 1."),
            (Between(0.885, 0.8945), "Nearly: the shares add up to 1, so 9 (1 − q) = q."),
            (0.5, "That would be right if both minutes cost the same."),
            (9, "That is the ratio of the prices; the share in time follows from it."),
        ],
        hint="Write the slope of the mean cost as a balance of two shares.",
        praise="The loss asks for a quantile, 9/(9 + 1).",
        right=[0.9, Fraction(9, 10), [0.9], np.float32(0.9)],
        wrong=[
            (0.1, "you are late"),
            (90, "between 0 and 1"),
            (8 / 9, "add up to 1"),
            (0.5, "cost the same"),
            (9, "ratio of the prices"),
            (0.75, "balance of two shares"),
        ],
    ),
    Exercise(
        "10.10",
        "number",
        answer=1536,
        tolerance=1.5,
        hints=[
            (Between(7, 8), "The square of the standard deviation stands in the formula."),
            (Between(38399, 38401), "That is for a tenth of a point; half a point is 0.005."),
            (Between(9999, 10001), "That is for a classifier that is right half of the time."),
            (Between(1163, 1165), "That is for the rival."),
            (Between(1500, 1570), "Nearly: give the whole number without rounding on the way."),
            (Between(383, 385), "That is for a whole percentage point."),
        ],
        hint="Solve r (1 − r)/n = 0.005² for n, with r = 0.04.",
        praise="More than most people guess, for a digit after the point.",
        right=[1536, 1536.0, 1537, np.int64(1536), [1536]],
        wrong=[
            (7.68, "square"),
            (38400, "tenth of a point"),
            (10000, "half of the time"),
            (384, "whole percentage point"),
            (1164, "rival"),
            (1540, "Nearly"),
            (100, "Solve"),
        ],
    ),
]
