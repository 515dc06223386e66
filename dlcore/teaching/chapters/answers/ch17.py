"""Exercises of chapter 17, over-fitting and regularisation."""

import numpy as np

from dlcore.teaching.exercises import Between, Exercise


def drops_out(dropout):
    """17.2: dropout(a, p, rng) is a with probability 1 − p divided by 1 − p, else 0."""
    a = np.tile([[1.0, -2.0, 3.0]], (100_000, 1))
    for p in (0.2, 0.5, 0.75):
        given = a.copy()
        noisy = dropout(given, p, np.random.default_rng(3))
        if noisy is None:
            return "The function returned nothing: return the noisy answers."
        if not np.array_equal(given, a):
            return "The function has changed the array that it was given: make a new one."
        noisy = np.asarray(noisy, dtype=float)
        if noisy.shape != a.shape:
            return f"For an array of shape {a.shape} the answer has the shape {noisy.shape}."
        zeros, where = (noisy == 0).mean(), f"With p = {p}"
        if zeros == 0:
            return f"{where} no unit was dropped."
        if ((noisy == 0).mean(axis=0) % 1 == 0).all():
            return "Every sample has the same mask: each needs its own, rng.random(a.shape)."
        if abs(zeros - p) > 0.01:
            if abs(zeros - (1 - p)) < 0.01:
                return (
                    f"{where} a share of {zeros:.2f} was dropped: here p is the probability to "
                    "drop, not to keep."
                )
            return f"{where} a share of {zeros:.2f} of the answers is 0."
        together = (noisy == 0).all(axis=1).mean()
        if abs(together - zeros) < 0.01:
            return "All units of a sample are dropped together: each needs a number of its own."
        mean = noisy.mean(axis=0) / a[0]
        if np.abs(mean - (1 - p)).max() < 0.02:
            return f"{where} the mean is {mean[0]:.2f} of what it should be: divide by 1 − p."
        if np.abs(mean - 1).max() > 0.02:
            return f"{where} the mean is {mean[0]:.2f} times the input."
        variance = noisy.var(axis=0) / a[0] ** 2
        if np.abs(variance - p / (1 - p)).max() > 0.05 * p / (1 - p):
            return f"{where} the mean is right, but the variance is {variance[0]:.2f} a²."
        if not np.array_equal(noisy, dropout(a.copy(), p, np.random.default_rng(3))):
            return "The same generator gave two results: the random numbers are to come from rng."
    return None


def stops(stop_early):
    """17.4: stop_early(losses, patience) returns (best epoch, last epoch), from 1."""
    rng = np.random.default_rng(0)
    curves = [[0.9, 0.7, 0.8, 0.6, 0.65, 0.62, 0.7, 0.5, 0.4], [3.0, 2.0, 1.0], [1.0, 2.0, 3.0]]
    curves += [[0.5, 0.5, 0.5, 0.4], [2.0], *np.round(rng.random((20, 15)), 1).tolist()]
    for curve in curves:
        for patience in (1, 2, 3, 100):
            found = stop_early(list(curve), patience)
            if found is None or np.shape(found) != (2,):
                return "Return two numbers: the epoch that is kept and the last epoch."
            got, wanted = tuple(int(n) for n in found), _stop_early(curve, patience)
            if got == wanted:
                continue
            said = f"For the losses {curve} and patience {patience} expected {wanted}, got {got}."
            if got == (wanted[0] - 1, wanted[1] - 1):
                return f"{said} Epochs count from 1."
            if got == wanted[::-1]:
                return f"{said} The epoch that is kept comes first."
            if got == _stop_early(curve, patience + 1):
                return f"{said} Stop as soon as the best loss is {patience} epochs old."
            if got == _stop_early(curve, patience, ties=True):
                return f"{said} An equal loss is no improvement."
            return said
    return None


def _stop_early(losses, patience, ties=False):
    best = 1
    for epoch, loss in enumerate(losses, start=1):
        if loss < losses[best - 1] or (ties and loss == losses[best - 1]):
            best = epoch
        if epoch - best == patience:
            break
    return best, epoch


def _dropout(a, p, rng):
    return a * (rng.random(a.shape) >= p) / (1 - p)


def _dropout_in_place(a, p, rng):
    a *= (rng.random(a.shape) >= p) / (1 - p)
    return a


EXERCISES = [
    Exercise(
        "17.1",
        "array",
        answer=[0.825, 0.025],
        tolerance=0.0005,
        labels=("right class", "another class"),
        hints=[
            ([0.8, 0.025], "These do not sum to 1: the right class gets its share of ε, too."),
            (
                [0.8, 0.2 / 7],
                "That spreads ε over the wrong classes only. Equation 17.7 spreads it over all K.",
            ),
            ([0.025, 0.825], "The right class comes first."),
            ([0.8, 0.2], "Each of the others gets ε/K, not all of ε."),
        ],
        hint="The right class has y = 1, another one y = 0: insert both into equation 17.7.",
        praise="They sum to 1: 0.825 + 7 · 0.025.",
        right=[[0.825, 0.025], (0.825, 0.025), np.array([0.825, 0.025])],
        wrong=[
            ([0.8, 0.025], "sum to 1"),
            ([0.8, 0.0286], "wrong classes only"),
            ([0.025, 0.825], "comes first"),
            ([0.8, 0.2], "not all of"),
            ([1.0, 0.0], "insert both"),
        ],
    ),
    Exercise(
        "17.2",
        "function",
        test=drops_out,
        praise="Mean and variance are right for p = 0.2, 0.5 and 0.75.",
        right=[
            _dropout,
            lambda a, p, rng: np.where(rng.random(a.shape) < p, 0, a / (1 - p)),
            lambda a, p, rng: a * rng.binomial(1, 1 - p, a.shape) / (1 - p),
        ],
        wrong=[
            (lambda a, p, rng: a * (rng.random(a.shape) >= p), "divide by 1 − p"),
            (lambda a, p, rng: a * (rng.random(a.shape) < p) / p, "not to keep"),
            (lambda a, p, rng: a * (rng.random(a.shape) >= p) / p, "times the input"),
            (lambda a, p, rng: a * (rng.random((len(a), 1)) >= p) / (1 - p), "together"),
            (lambda a, p, rng: a * (rng.random(3) >= p) / (1 - p), "same mask"),
            (lambda a, p, rng: a * (np.random.random(a.shape) >= p) / (1 - p), "come from rng"),
            (_dropout_in_place, "make a new one"),
            (lambda a, p, rng: a, "no unit was dropped"),
            (lambda a, p, rng: a * (rng.random(a.shape) >= 0.5) * 2, "share of 0.50"),
            (lambda a, p, rng: None, "returned nothing"),
            (lambda a, p, rng: a.sum(), "shape"),
        ],
    ),
    Exercise(
        "17.3",
        "array",
        answer=[1.93, 1.93, 1.9, 1.88],
        tolerance=0.0006,
        labels=("descent on J + penalty", "descent with decay", "Adam, λw in g", "AdamW"),
        hints=[
            (
                [1.93, 1.94, ..., ...],
                "(b): decay first shrinks the weight, w ← (1 − ηλ) w, and then takes the step.",
            ),
            (
                [1.93, Between(1.7, 1.9), ..., ...],
                "(b): the weight shrinks by the factor 1 − ηλ, not 1 − λ.",
            ),
            (
                [1.93, 1.93, 1.93, ...],
                "(c): Adam's first direction is m̂/√v̂ = g/|g|, the sign of the gradient.",
            ),
            (
                [1.93, 1.93, 1.88, ...],
                "(c): with λw inside the gradient Adam divides it away together with the rest.",
            ),
            ([1.93, 1.93, 1.9, 1.9], "(d): AdamW also shrinks the weight by 1 − ηλ."),
            ([1.93, 1.93, 1.9, 1.93], "(d): Adam's first step has the length η."),
            ([1.93, 1.93, 1.9, 1.881], "(d): the old weight is shrunk, then the step is taken."),
            ([1.93, 1.93, ..., ...], "(a) and (b) are right. Adam's first step has the length η."),
            ([1.94, ..., ..., ...], "(a): the gradient of ½λw² is λw = 0.2."),
        ],
        hint="(a) and (b) are equation 17.3 read from left to right and from right to left.",
        praise="In Adam's first step the penalty has no effect at all.",
        right=[[1.93, 1.93, 1.9, 1.88], np.array([1.93, 1.93, 1.9, 1.88])],
        wrong=[
            ([1.93, 1.75, 1.9, 1.88], "not 1 − λ"),
            ([1.93, 1.93, 1.93, 1.93], "sign of the gradient"),
            ([1.93, 1.93, 1.88, 1.88], "divides it away"),
            ([1.93, 1.93, 1.9, 1.9], "also shrinks"),
            ([1.93, 1.93, 1.9, 1.93], "length η"),
            ([1.93, 1.93, 1.9, 1.881], "old weight"),
            ([1.93, 1.93, 1.7, 1.5], "are right"),
            ([1.94, 1.93, 1.9, 1.88], "λw = 0.2"),
            ([1.0, 1.0, 1.0, 1.0], "left to right"),
        ],
    ),
    Exercise(
        "17.4",
        "function",
        test=stops,
        praise="Right on 25 curves with four patiences each.",
        right=[_stop_early, lambda losses, patience: list(_stop_early(losses, patience))],
        wrong=[
            (lambda losses, p: tuple(n - 1 for n in _stop_early(losses, p)), "count from 1"),
            (lambda losses, p: _stop_early(losses, p)[::-1], "comes first"),
            (lambda losses, p: _stop_early(losses, p + 1), "as soon as"),
            (lambda losses, p: _stop_early(losses, p, ties=True), "no improvement"),
            (lambda losses, p: (int(np.argmin(losses)) + 1, len(losses)), "expected"),
            (lambda losses, p: _stop_early(losses, p)[0], "two numbers"),
            (lambda losses, p: None, "two numbers"),
        ],
    ),
    Exercise(
        "17.5",
        "array",
        answer=[0.84, np.log(21)],
        tolerance=[0.0006, 0.006],
        labels=("probability", "logit gap"),
        hints=[
            ([0.8, ...], "The right class also gets its share ε/K."),
            ([1.0, ...], "That is the target without smoothing."),
            ([0.84, np.log(0.84 / 0.16)], "Each of the four others has 0.04, not 0.16."),
            ([0.84, 21.0], "That is the ratio of the probabilities; the gap is its logarithm."),
            ([0.84, np.log10(21)], "Natural logarithms, please: softmax is made of eᶻ."),
            ([0.84, ...], "The probability is right. The gap is ln of the ratio of two of them."),
        ],
        hint="The cross-entropy is smallest when the probabilities are the targets y′.",
        praise="Beyond ln 21 a larger gap costs.",
        right=[[0.84, 3.04], [0.84, 3.045], np.array([0.84, np.log(21)])],
        wrong=[
            ([0.8, 3.0], "its share"),
            ([1.0, 5.0], "without smoothing"),
            ([0.84, 1.658], "not 0.16"),
            ([0.84, 21.0], "its logarithm"),
            ([0.84, 1.322], "Natural"),
            ([0.84, 2.0], "ratio of two"),
            ([0.5, 2.0], "are the targets"),
        ],
    ),
    Exercise(
        "17.6",
        "array",
        answer=[0.27, 0.45],
        tolerance=0.0051,
        labels=("training", "fresh values"),
        hints=[
            ([0.45, 0.27], "The training error is the smaller one: the fit has seen its noise."),
            (
                [0.27, 0.36],
                "Fresh values differ from the fit, which has the noise of P dimensions.",
            ),
            ([0.36, 0.45], "The fit follows the noise in P of N dimensions: less is left."),
            ([0.45 / 0.6, 0.75 / 0.6], "σ enters squared."),
            ([np.sqrt(0.27), np.sqrt(0.45)], "These are the roots; the mean squares are asked."),
        ],
        hint="Which part of the error vector ε is left in y − Hy, and how many dimensions has it?",
        praise="Together they are 2σ²: what the fit gains in training it loses on fresh values.",
        right=[[0.27, 0.45], np.array([0.27, 0.45])],
        wrong=[
            ([0.45, 0.27], "smaller one"),
            ([0.27, 0.36], "differ from the fit"),
            ([0.36, 0.45], "less is left"),
            ([0.75, 1.25], "squared"),
            ([0.52, 0.671], "roots"),
            ([0.1, 0.2], "how many dimensions"),
        ],
    ),
    Exercise(
        "17.7",
        "array",
        answer=[0.899, 5200],
        tolerance=[0.0055, 1800],
        labels=("the best on 50 digits", "number of digits"),
        hints=[
            ([0.8, ...], "That is the mean of one network. The best of twenty is asked."),
            ([Between(80, 100), ...], "Give the accuracy as a share between 0 and 1."),
            (
                [Between(0.8935, 0.9045), Between(300, 1000)],
                "The excess falls like 1/√n: a tenth of it needs ten squared times as many.",
            ),
            (
                [Between(0.8935, 0.9045), ...],
                "The best is right. How does its excess over 0.8 depend on the number of digits?",
            ),
        ],
        hint="Draw twenty binomial numbers, take the largest, and repeat this many times.",
        praise="None of the twenty is better than 80 %, and the report says 90 %.",
        right=[[0.899, 4900], [0.9, 5000], [0.8989, 5550], [0.9, 6500]],
        wrong=[
            ([0.8, 50], "one network"),
            ([90, 5000], "share between"),
            ([0.9, 500], "ten squared"),
            ([0.9, 20_000], "depend on the number"),
            ([0.95, 5000], "take the largest"),
        ],
    ),
    Exercise(
        "17.8",
        "array",
        answer=[0.25, 2.25],
        tolerance=0.0006,
        labels=("λ1", "λ2"),
        hints=[
            ([0.2, 1.8], "The factor is p/(1 − p): a mean square that was divided by 1 − p."),
            ([0.25, 0.25], "Each weight pays in proportion to the mean square of its own input."),
            ([0.25, 0.75], "It is the mean square of the input that counts, not its root."),
            ([0.125, 1.125], "The ½ stands in front of the penalty already."),
            ([4.0, 36.0], "With p the probability to drop the factor is p/(1 − p)."),
            ([0.16, 1.44], "That is the variance without the division by 1 − p in training."),
        ],
        hint="Var(x̃ᵢ) is in equation 17.6. What does a noise ξᵢ on the input add to ½(e − wᵢξᵢ)²?",
        praise="Features with large values pay more, so the units of the inputs do not matter.",
        right=[[0.25, 2.25], np.array([0.25, 2.25])],
        wrong=[
            ([0.2, 1.8], "p/(1 − p)"),
            ([0.25, 0.25], "its own input"),
            ([0.25, 0.75], "not its root"),
            ([0.125, 1.125], "stands in front"),
            ([4.0, 36.0], "to drop"),
            ([0.16, 1.44], "without the division"),
            ([1.0, 1.0], "equation 17.6"),
        ],
    ),
]
