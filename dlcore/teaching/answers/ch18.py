"""Exercises of chapter 18, normalisation."""

import numpy as np

from dlcore.teaching.exercises import Exercise


def _normalised(z, eps, axis=0):
    mu, var = z.mean(axis=axis, keepdims=True), z.var(axis=axis, keepdims=True)
    return (z - mu) / np.sqrt(var + eps)


def _floats(value, shapes):
    """``value`` as floats, or None if it is not an array of one of the shapes."""
    try:
        value = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        return None
    return value if value.shape in shapes and np.isfinite(value).all() else None


def undoes(undo):
    """18.4: γ ẑ + β = z to 1e-12, also where ε is not small beside the variance."""
    rng = np.random.default_rng(0)
    for eps in (1e-5, 0.5):
        z = rng.normal([3.0, -1.0, 0.2], [2.0, 0.5, 1.0], (16, 3))
        returned = undo(z.copy(), eps)
        if not isinstance(returned, (tuple, list)) or len(returned) != 2:
            return "Return two things: gamma, beta."
        gamma, beta = (_floats(a, [(3,), (1, 3)]) for a in returned)
        if gamma is None or beta is None:
            return "For z of shape (16, 3), gamma and beta must have the shape (3,) or (1, 3)."
        if np.allclose(gamma * _normalised(z, eps) + beta, z, rtol=0, atol=1e-12):
            continue
        if np.allclose(beta * _normalised(z, eps) + gamma, z, rtol=0, atol=1e-12):
            return "These are the right numbers in the wrong order: gamma first."
        if not np.allclose(beta, z.mean(axis=0)):
            return "The shift must put back what was subtracted."
        if np.allclose(gamma, z.var(axis=0) + eps):
            return "That is the square of what the layer divides by."
        if np.allclose(gamma, z.std(axis=0)):
            return "The layer divides by √(σ² + ε), not by σ."
        if np.allclose(gamma, np.sqrt(z.var(axis=0, ddof=1) + eps)):
            return "Inside the layer the variance is divided by B, not by B − 1."
        return "The scale must be exactly what the layer divides by."
    return None


def _backward(g, z, gamma, eps):
    z_hat, g_hat = _normalised(z, eps), gamma * g
    inner = g_hat - g_hat.mean(axis=0) - z_hat * (g_hat * z_hat).mean(axis=0)
    return inner / np.sqrt(z.var(axis=0) + eps)


def differentiates(backward):
    """18.5: ∂J/∂z of J = Σ g ⊙ BatchNorm(z) against central differences, relative error 1e-6."""
    rng = np.random.default_rng(1)
    z, g = rng.normal(2.0, 1.5, (6, 3)), rng.standard_normal((6, 3))
    gamma, eps = np.array([0.5, 1.5, 2.0]), 1e-5
    got = _floats(backward(g.copy(), z.copy(), gamma.copy(), eps), [(6, 3)])
    if got is None:
        return "For g and z of shape (6, 3), expected numbers of the shape (6, 3)."

    def J(z):
        return np.sum(g * gamma * _normalised(z, eps))

    numeric = np.zeros_like(z)
    for i in np.ndindex(z.shape):
        step = np.zeros_like(z)
        step[i] = 1e-5
        numeric[i] = (J(z + step) - J(z - step)) / 2e-5
    scale = np.abs(numeric).max()
    if np.abs(got - numeric).max() < 1e-6 * scale:
        return None
    z_hat, sigma, g_hat = _normalised(z, eps), np.sqrt(z.var(axis=0) + eps), gamma * g
    if np.allclose(got, g_hat / sigma):
        return ("That treats μ and σ as constants, as in evaluation; in training the samples "
                "meet in them.")
    if np.allclose(got, (g_hat - g_hat.mean(axis=0)) / sigma):
        return "The road through the mean is there; the one through the variance is missing."
    if np.allclose(got, _backward(g, z, np.ones(3), eps)):
        return "Everything is there but γ."
    if np.allclose(got * sigma, numeric * sigma**2):
        return "The division by σ is missing."
    if np.allclose(got, (g_hat - g_hat.sum(axis=0) - z_hat * (g_hat * z_hat).sum(axis=0)) / sigma):
        return "Means over the batch, not sums: a 1/B is missing."
    error = np.abs(got - numeric).max() / scale
    return (f"The central differences differ by {error:.2g} of the largest derivative. Which of "
            "the three roads from z to the loss is missing?")


def _layer_norm(z, gamma, beta, eps):
    return gamma * _normalised(z, eps, axis=1) + beta


def normalises_samples(layer_norm):
    """18.6: the formula, and independence of the rest of the batch, also for one sample."""
    rng = np.random.default_rng(2)
    z, eps = rng.normal(1.0, 2.0, (5, 4)), 1e-5
    gamma, beta = np.array([1.0, 2.0, 0.5, 1.5]), np.array([0.0, 1.0, -1.0, 0.5])
    together = _floats(layer_norm(z.copy(), gamma.copy(), beta.copy(), eps), [(5, 4)])
    if together is None:
        return "For z of shape (5, 4), expected numbers of the shape (5, 4)."
    alone = _floats(layer_norm(z[:1].copy(), gamma.copy(), beta.copy(), eps), [(1, 4)])
    if alone is None:
        return "For one sample, z of shape (1, 4), expected numbers of the shape (1, 4)."
    if not np.allclose(alone, together[:1], rtol=0, atol=1e-12):
        return ("The first sample gets another answer alone than in its batch: the mean runs over "
                "the samples.")
    wanted = _layer_norm(z, gamma, beta, eps)
    if np.allclose(together, wanted, rtol=0, atol=1e-9):
        return None
    if np.allclose(together, _normalised(z, eps, axis=1)):
        return "The normalised values are right; gamma and beta are still missing."
    spread = z.std(axis=1, ddof=1, keepdims=True)
    unbiased = gamma * (z - z.mean(axis=1, keepdims=True)) / spread + beta
    if np.allclose(together, unbiased, atol=1e-4):
        return "The variance is divided by n, the number of units, not by n − 1."
    if np.allclose(together, gamma * z + beta):
        return "The scale and the shift act on the normalised values."
    return "Every sample by itself: mean and biased variance of its n units, then scale and shift."


EXERCISES = [
    Exercise(
        "18.1", "array", answer=[-1.0, 1.0], tolerance=1e-2,
        hints=[
            ([1.0, -1.0], "The first sample is the smaller one: mind the signs."),
            (lambda a: np.allclose(np.abs(a), 0.7071, atol=0.01),
             "The variance of the batch is divided by B, not by B − 1."),
            (lambda a: np.allclose(np.abs(a), 0.1, atol=0.01),
             "The mean is taken out; now divide by the standard deviation."),
            (lambda a: np.allclose(np.abs(a), 10, atol=0.2),
             "Divide by the standard deviation, the root of the variance."),
        ],
        hint="Subtract the mean of the two, then divide by √(σ² + ε).",
        praise="Whatever the two values are, only their order is left.",
        right=[[-1, 1], np.array([-0.9995, 0.9995])],
        wrong=[([1, -1], "mind the signs"), ([-0.707, 0.707], "not by B − 1"),
               ([-0.1, 0.1], "now divide"), ([-9.99, 9.99], "root of the variance"),
               ([3.0, 3.2], "Subtract the mean")],
    ),
    Exercise(
        "18.2", "number", answer=32**-0.5, tolerance=0.0053,
        hints=[
            (lambda a: abs(a - 1 / 32) < 0.001, "That is the variance of the mean."),
            (lambda a: abs(a - 32**0.5) < 0.1, "The mean is less noisy than one value, not more."),
            (1.0, "That is the standard deviation of one value, not of the mean of 32."),
        ],
        hint="The variance of a mean of B independent values is σ²/B.",
        praise="σ/√B: four times as many samples halve the noise.",
        right=[0.177, 32**-0.5, np.float64(0.18)],
        wrong=[(1 / 32, "variance of the mean"), (5.66, "less noisy"), (1, "of one value"),
               (0.25, "independent values")],
    ),
    Exercise(
        "18.3", "number", answer=0.75, tolerance=0.015,
        hints=[
            (1.0, "That would be so for the unbiased variance, divided by B − 1."),
            (lambda a: abs(a - 4 / 3) < 0.01, "The biased variance is too small, not too large."),
            (lambda a: abs(a - 0.25) < 0.005, "That is by how much it is too small."),
            (lambda a: abs(a - 0.866) < 0.005, "The variance is asked for, not its root."),
        ],
        hint="Deviations from the batch's own mean are too small: see equation (18.10).",
        praise="A quarter of the variance is lost to the batch's own mean.",
        right=[0.75, 0.748],
        wrong=[(1, "unbiased"), (4 / 3, "too small, not too large"), (0.25, "by how much"),
               (0.866, "not its root"), (0.5, "(18.10)")],
    ),
    Exercise(
        "18.4", "function", test=undoes,
        praise="γ = √(σ² + ε) and β = μ: the layer can always be undone.",
        right=[lambda z, eps: (np.sqrt(z.var(axis=0) + eps), z.mean(axis=0)),
               lambda z, eps: [np.sqrt(z.var(0, keepdims=True) + eps), z.mean(0, keepdims=True)]],
        wrong=[(lambda z, eps: (z.std(axis=0), z.mean(axis=0)), "√(σ² + ε)"),
               (lambda z, eps: (np.sqrt(z.var(axis=0, ddof=1) + eps), z.mean(axis=0)),
                "not by B − 1"),
               (lambda z, eps: (z.mean(axis=0), np.sqrt(z.var(axis=0) + eps)), "wrong order"),
               (lambda z, eps: (z.var(axis=0) + eps, z.mean(axis=0)), "the square"),
               (lambda z, eps: (np.sqrt(z.var(axis=0) + eps), -z.mean(axis=0)), "put back"),
               (lambda z, eps: (np.sqrt(z.var(axis=1) + eps), z.mean(axis=1)), "shape (3,)"),
               (lambda z, eps: 1.0, "two things")],
    ),
    Exercise(
        "18.5", "function", test=differentiates,
        praise="It agrees with central differences.",
        right=[_backward],
        wrong=[(lambda g, z, gamma, eps: gamma * g / np.sqrt(z.var(axis=0) + eps),
                "as constants"),
               (lambda g, z, gamma, eps: gamma * (g - g.mean(axis=0)) / np.sqrt(z.var(0) + eps),
                "through the variance"),
               (lambda g, z, gamma, eps: _backward(g, z, 1.0, eps), "but γ"),
               (lambda g, z, gamma, eps: _backward(g, z, gamma, eps) * np.sqrt(z.var(0) + eps),
                "division by σ"),
               (lambda g, z, gamma, eps: _backward(g, z, gamma, eps) * 1.001, "three roads"),
               (lambda g, z, gamma, eps: (g * z).sum(axis=0), "shape (6, 3)")],
    ),
    Exercise(
        "18.6", "function", test=normalises_samples,
        praise="A sample keeps its answer, whatever company it is in.",
        right=[_layer_norm],
        wrong=[(lambda z, gamma, beta, eps: gamma * _normalised(z, eps) + beta,
                "over the samples"),
               (lambda z, gamma, beta, eps: _normalised(z, eps, axis=1), "still missing"),
               (lambda z, gamma, beta, eps: gamma * z + beta, "normalised values"),
               (lambda z, gamma, beta, eps: gamma * (z - z.mean(axis=1, keepdims=True)) / np.sqrt(
                   z.var(axis=1, keepdims=True, ddof=1) + eps) + beta, "n − 1"),
               (lambda z, gamma, beta, eps: z[0], "shape (5, 4)")],
    ),
]
