"""Exercises of chapter 11, gradient descent and stochastic gradient descent."""

import math

import numpy as np

from dlcore.teaching.exercises import Between, Exercise

QUOTIENT = 2 * math.sqrt(112 / 64)  # of the noise of 16 and of 64 of 128, without replacement


def puts_together(whole):
    """11.4: whole(gradients (K, P), sizes (K,)) is the gradient over all samples, (P,)."""
    rng = np.random.default_rng(0)
    for sizes in ([64] * 28 + [5], [3, 1], [7], [10, 10, 10]):
        samples = [rng.normal(size=(B, 6)) + k for k, B in enumerate(sizes)]
        means = np.array([part.mean(axis=0) for part in samples])
        full = np.concatenate(samples).mean(axis=0)
        given = np.asarray(whole(means.copy(), np.array(sizes)), dtype=float)
        told = f"For batches of {sizes if len(sizes) < 5 else '64 and a last one of 5'}"
        if given.shape != full.shape:
            return (
                f"{told} expected shape {full.shape}, one number for each parameter, got "
                f"{given.shape}."
            )
        if np.abs(given - full).max() < 1e-10:
            continue
        if np.allclose(given, means.mean(axis=0)):
            return (
                f"{told} this is the plain mean, in which a small batch counts as much as a "
                f"large one."
            )
        if np.allclose(given, (np.array(sizes)[:, None] * means).sum(axis=0)):
            return f"{told} this is the sum over all samples: divide by their number."
        if np.allclose(given, (np.array(sizes)[:, None] * means).mean(axis=0)):
            return f"{told} you divided by the number of batches: divide by that of the samples."
        return (
            f"{told} it differs from the gradient over all samples by "
            f"{np.abs(given - full).max():.2g}."
        )
    return None


def _weighted(gradients, sizes):
    return (np.asarray(sizes)[:, None] * gradients).sum(axis=0) / np.sum(sizes)


EXERCISES = [
    Exercise(
        "11.1",
        "array",
        answer=[1 / 3, 1 / 6, 1 / 150],
        tolerance=[0.004, 0.004, 0.0001],
        labels=("limit a", "one step b", "limit c of the sum"),
        hints=[
            (
                [2 / 3, 1 / 3, ...],
                "You took 3 for the curvature. It is the second derivative of J, and here J is "
                "written without a factor ½.",
            ),
            ([1 / 3, 1 / 6, 1 / 3], "a and b are right. The sum has 50 times the curvature."),
            (
                [1 / 3, 1 / 6, Between(16, 17)],
                "a and b are right. A sum is steeper than the mean, so its rate must be smaller.",
            ),
            ([1 / 6, 1 / 3, ...], "a and b are exchanged: the limit is twice the best rate."),
            ([1 / 3, 1 / 6, ...], "a and b are right. What is the curvature of the sum?"),
        ],
        hint="The curvature k is J'', and the factor of a step is 1 − ηk: when is it between −1 "
        "and 1, "
        "and when is it 0?",
        praise="The linear term only moves the minimum; the limit depends on the curvature alone.",
        right=[[1 / 3, 1 / 6, 1 / 150], (0.33, 0.17, 0.0067), np.array([0.333, 0.1667, 0.0067])],
        wrong=[
            ([2 / 3, 1 / 3, 1 / 75], "second derivative"),
            ([1 / 3, 1 / 6, 1 / 3], "50 times"),
            ([1 / 3, 1 / 6, 50 / 3], "steeper"),
            ([1 / 6, 1 / 3, 1 / 150], "exchanged"),
            ([1 / 3, 1 / 6, 1 / 300], "curvature of the sum"),
            ([2, 1, 0.02], "between −1 and 1"),
            (1 / 3, "Expected a list of 3 numbers"),
        ],
    ),
    Exercise(
        "11.2",
        "array",
        answer=[170, 339],
        labels=("to 0.001", "to 0.000001"),
        hints=[
            ([169, ...], "After 169 steps it is 0.00101, still above."),
            ([170, 338], "The first is right. After 338 steps it is 0.00000102, still above."),
            (
                [Between(172.6, 173), ...],
                "That is ln(1000)/0.04: the factor is 0.96 and not exp(−0.04).",
            ),
            ([Between(169.1, 169.3), ...], "A number of steps is whole: round up."),
            (
                [170, Between(338.3, 338.5)],
                "The first is right. A number of steps is whole: round up.",
            ),
            ([170, ...], "The first is right. From a thousandth to a millionth is as far again."),
        ],
        hint="Each step multiplies θ by 1 − ηk = 0.96. Which power of 0.96 is below the goal?",
        praise="Each further digit costs the same number of steps.",
        right=[[170, 339], (170.0, 339.0), np.array([170, 339])],
        wrong=[
            ([169, 338], "169 steps"),
            ([170, 338], "338 steps"),
            ([173, 346], "exp"),
            ([170, 338.4], "round up"),
            ([169.2, 338.4], "round up"),
            ([170, 500], "as far again"),
            ([10, 20], "power of 0.96"),
            (170, "Expected a list of 2 numbers"),
        ],
    ),
    Exercise(
        "11.3",
        "array",
        answer=[2, QUOTIENT],
        tolerance=[0.02, 0.02],
        labels=("with replacement", "without"),
        hints=[
            ([4, ...], "That is the quotient of the variances; the noise is their root."),
            ([0.5, ...], "The quotient is asked the other way round: 16 to 64."),
            ([2, 2], "With replacement it is 2. Without it, what is the noise of all 128 samples?"),
            ([2, 7], "With replacement it is 2; the other number is a quotient of variances."),
            ([2, Between(2.0, 3.2)], "With replacement it is 2. Without, look at (N − B)/(N − 1)."),
        ],
        hint="With replacement the variance is σ²/B. Without, two different draws have a negative "
        "covariance.",
        praise="Half of all samples, drawn without replacement, have 0.71 of the noise they "
        "have with it.",
        right=[[2, QUOTIENT], (2.0, 2.65), np.array([2, 2.646])],
        wrong=[
            ([4, 7], "variances"),
            ([0.5, 0.378], "the other way round"),
            ([2, 2], "all 128"),
            ([2, 7], "quotient of variances"),
            ([2, 2.5], "(N − B)/(N − 1)"),
            ([3, 3], "σ²/B"),
            (2, "Expected a list of 2 numbers"),
        ],
    ),
    Exercise(
        "11.4",
        "function",
        test=puts_together,
        praise="Every picture counts alike, in whatever batch it came.",
        right=[_weighted, lambda g, sizes: np.average(g, axis=0, weights=sizes)],
        wrong=[
            (lambda g, sizes: g.mean(axis=0), "plain mean"),
            (lambda g, sizes: (np.asarray(sizes)[:, None] * g).sum(axis=0), "divide"),
            (lambda g, sizes: (np.asarray(sizes)[:, None] * g).mean(axis=0), "number of batches"),
            (lambda g, sizes: np.average(g, axis=0, weights=sizes).sum(), "one number for each"),
            (lambda g, sizes: g[0], "differs"),
        ],
    ),
    Exercise(
        "11.5",
        "array",
        answer=[1 / 64, 1 / 32, 9],
        tolerance=[0.0008, 0.0016, 0.01],
        labels=("V", "excess loss", "factor of B"),
        hints=[
            (
                [1 / 64, 1 / 32, Between(0.1, 0.12)],
                "The two are right. The batch must grow: the factor is the inverse.",
            ),
            (
                [Between(0.05, 0.06), ..., ...],
                "That is η/(2 − η), the floor for k = 1. Start from w ← (1 − ηk) w − ηξ.",
            ),
            ([Between(0.06, 0.065), ..., ...], "Divide by k: what is 1 − (1 − ηk)²?"),
            ([Between(0.13, 0.15), ..., ...], "The noise of a minibatch has the variance σ²/B."),
            (
                [Between(0.005, 0.0055), ..., ...],
                "The noise of a minibatch has the variance σ²/B, with the square of σ.",
            ),
            ([1 / 64, Between(0.03, 0.032), 3], "The two are right. √V falls like 1/√B."),
            ([1 / 64, ..., 9], "V and the factor are right. The excess loss is ½ k V."),
            ([1 / 64, ..., ...], "V is right. The excess loss is ½ k V; how does √V depend on B?"),
        ],
        hint="Repeat the derivation with the factor 1 − ηk and noise of variance σ²/B.",
        praise="Three times as near costs nine times the work of a step; or about a seventh of the "
        "rate.",
        right=[[1 / 64, 1 / 32, 9], (0.0156, 0.0313, 9), np.array([0.016, 0.031, 9.0])],
        wrong=[
            ([0.0526, 0.105, 9], "k = 1"),
            ([0.0625, 0.125, 9], "1 − (1 − ηk)²"),
            ([0.1406, 0.28, 9], "σ²/B"),
            ([0.0052, 0.0104, 9], "square of σ"),
            ([1 / 64, 1 / 32, 3], "1/√B"),
            ([1 / 64, 1 / 32, 1 / 9], "inverse"),
            ([1 / 64, 1 / 64, 9], "½ k V"),
            ([1 / 64, 1, 2], "V is right"),
            ([5, 5, 5], "Repeat the derivation"),
            (0.0156, "Expected a list of 3 numbers"),
        ],
    ),
    Exercise(
        "11.6",
        "array",
        answer=[0.5, 4500],
        tolerance=[0.001, 0.5],
        labels=("after 90 steps", "steps for 0.01"),
        hints=[
            ([Between(0.16, 0.17), ...], "The distance enters squared."),
            ([1, ...], "Look at the factor 2 in the denominator."),
            ([0.5, ...], "The first is right. The promise falls like 1/T: solve for T."),
        ],
        hint="The promise is |θ₀ − θ*|² over 2ηT.",
        praise="Ten times as near costs ten times the steps, and the number of dimensions does not "
        "occur.",
        right=[[0.5, 4500], (0.5, 4500.0), np.array([0.5, 4500])],
        wrong=[
            ([1 / 6, 1500], "squared"),
            ([1.0, 9000], "factor 2"),
            ([0.5, 180], "solve for T"),
            ([3, 3], "over 2ηT"),
            (0.5, "Expected a list of 2 numbers"),
        ],
    ),
    Exercise(
        "11.7",
        "array",
        answer=[290, 73],
        labels=("from 1e-12", "from 0.001"),
        hints=[
            ([Between(289.5, 289.95), ...], "A number of steps is whole: round up."),
            ([289, ...], "After 289 steps |y| is 0.92, not yet above 1."),
            ([290, 72], "The first is right. After 72 steps |y| is 0.955, not yet above 1."),
            ([290, Between(72.2, 72.6)], "The first is right. Steps are whole: round up."),
            ([277, 70], "Those come from exp(0.1); the factor of a step is 1.1."),
            ([276, 69], "Those come from exp(0.1); the factor of a step is 1.1."),
            ([290, ...], "The first is right. Now 1.1 to the power of t must exceed 1000."),
        ],
        hint="Each step multiplies y by 1 + η = 1.1, whatever x does.",
        praise="A distance a thousand million times smaller costs four times the steps.",
        right=[[290, 73], (290.0, 73.0), np.array([290, 73])],
        wrong=[
            ([289, 72], "289 steps"),
            ([290, 72], "72 steps"),
            ([277, 70], "exp(0.1)"),
            ([276, 69], "exp(0.1)"),
            ([289.9, 72.5], "round up"),
            ([290, 72.5], "round up"),
            ([290, 290], "exceed 1000"),
            ([100, 100], "whatever x does"),
            (290, "Expected a list of 2 numbers"),
        ],
    ),
]
