"""Exercises of chapter 18, normalisation."""

from fractions import Fraction

import numpy as np

from dlcore.teaching.exercises import Between, Exercise


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


def _things(value, count):
    """``value`` as a list of so many things, also where they were stacked in an array, or None."""
    if isinstance(value, np.ndarray) and value.ndim:
        value = list(value)
    return list(value) if isinstance(value, (tuple, list)) and len(value) == count else None


def _kept(function, *arrays):
    """What the function returns, and a hint if it changed one of its arrays or lost an axis."""
    copies = [a.copy() if isinstance(a, np.ndarray) else a for a in arrays]
    try:
        returned = function(*copies)
    except Exception as error:
        if "broadcast" in str(error):
            return None, (
                "Shapes that do not fit: the mean must keep its axis to be subtracted "
                "from the rows (keepdims=True)."
            )
        raise
    if not all(np.array_equal(a, b) for a, b in zip(arrays, copies, strict=True)):
        return None, "Your function changes the array it is given; leave it as it is."
    return returned, None


def undoes(become):
    """18.4: γ ẑ + β = a z + c to 1e-12, also where ε is not small beside the variance."""
    rng = np.random.default_rng(0)
    for eps, a, c in ((1e-5, 1.0, 0.0), (0.5, 1.0, 0.0), (0.5, -2.0, 3.0)):
        z = rng.normal([3.0, -1.0, 0.2], [2.0, 0.5, 1.0], (16, 3))
        returned, hint = _kept(become, z, eps, a, c)
        if hint:
            return hint
        things = _things(returned, 2)
        if things is None:
            return "Return two things: gamma, beta."
        gamma, beta = (_floats(v, [(3,), (1, 3)]) for v in things)
        if gamma is None or beta is None:
            return "For z of shape (16, 3), gamma and beta must have the shape (3,) or (1, 3)."
        wanted = a * z + c
        if np.allclose(gamma * _normalised(z, eps) + beta, wanted, rtol=0, atol=1e-12):
            continue
        if np.allclose(beta * _normalised(z, eps) + gamma, wanted, rtol=0, atol=1e-12):
            return "These are the right numbers in the wrong order: gamma first."
        if (a, c) != (1.0, 0.0):
            return "That undoes the layer; now write a z + c as a scale and a shift of ẑ."
        if not np.allclose(beta, z.mean(axis=0)):
            return "The shift must put back what was subtracted."
        if np.allclose(gamma, z.var(axis=0) + eps):
            return "That is the square of what the layer divides by."
        if np.allclose(gamma, z.std(axis=0) + eps):
            return "ε belongs under the root."
        if np.allclose(gamma, z.std(axis=0)):
            return "The layer divides by √(σ² + ε), not by σ."
        if np.allclose(gamma, np.sqrt(z.var(axis=0, ddof=1) + eps)):
            return "Inside the layer the variance is divided by B, not by B − 1."
        return "The scale must be exactly what the layer divides by."
    return None


def _roads(g, z, gamma, eps, mean=lambda a: a.mean(axis=0)):
    z_hat, sigma, g_hat = _normalised(z, eps), np.sqrt(z.var(axis=0) + eps), gamma * g
    return g_hat / sigma, -z_hat * mean(g_hat * z_hat) / sigma, -mean(g_hat) / sigma


def differentiates(roads):
    """18.5: the three parts; their sum against central differences, relative error 1e-6."""
    rng = np.random.default_rng(1)
    z, g = rng.normal(2.0, 1.5, (6, 3)), rng.standard_normal((6, 3))
    gamma, eps = np.array([0.5, 1.5, 2.0]), 0.01
    returned, hint = _kept(roads, g, z, gamma, eps)
    if hint:
        return hint
    things = _things(returned, 3)
    if things is None:
        return "Return three arrays: direct, variance, mean."
    shapes = [(6, 3)], [(6, 3)], [(6, 3), (1, 3), (3,)]
    parts = [_floats(part, allowed) for part, allowed in zip(things, shapes, strict=True)]
    if any(part is None for part in parts):
        return (
            "For g and z of shape (6, 3), expected three arrays of numbers of that shape; the "
            "third may be (1, 3) or (3,)."
        )

    def J(z):
        return np.sum(g * gamma * _normalised(z, eps))

    numeric = np.zeros_like(z)
    for i in np.ndindex(z.shape):
        step = np.zeros_like(z)
        step[i] = 1e-5
        numeric[i] = (J(z + step) - J(z - step)) / 2e-5
    scale = np.abs(numeric).max()

    def same(others):
        return all(
            np.allclose(a, b, rtol=0, atol=1e-6 * scale) for a, b in zip(parts, others, strict=True)
        )

    right = _roads(g, z, gamma, eps)
    direct, variance, mean = right
    if same(right):
        assert np.abs(sum(right) - numeric).max() < 1e-6 * scale
        return None
    sigma = np.sqrt(z.var(axis=0) + eps)
    slips = [
        (
            (direct, mean, variance),
            "These are the right parts in the wrong order: the variance comes before the mean.",
        ),
        (
            (direct, 0, 0),
            "That treats μ and σ as constants, as in evaluation; in training the "
            "samples meet in them.",
        ),
        (
            (direct, 0, mean),
            "The road through the mean is there; the one through the variance is missing.",
        ),
        (
            (direct, variance, 0),
            "The road through the variance is there; the one through the mean is missing.",
        ),
        ((direct, -variance, -mean), "Mind the signs: the side roads take something away."),
        (_roads(g, z, np.ones(3), eps), "Everything is there but γ."),
        (_roads(g, z, gamma, 0.0), "The square root needs ε."),
        ([part * sigma for part in right], "The division by σ is missing."),
        (
            _roads(g, z, gamma, eps, lambda a: a.sum(axis=0)),
            "Means over the batch, not sums: a 1/B is missing.",
        ),
        (_roads(g, z, gamma, eps, np.mean), "Every unit has its own means: axis=0."),
    ]
    for others, hint in slips:
        if same(others):
            return hint
    for part, own, name in zip(
        parts,
        right,
        ("direct road", "road through the variance", "road through the mean"),
        strict=True,
    ):
        if not np.allclose(part, own, rtol=0, atol=1e-6 * scale):
            return f"The {name} is not right yet: which derivatives lie along it?"
    return "The sum of the three roads is not the derivative."


def _layer_norm(z, gamma, beta, eps):
    return gamma * _normalised(z, eps, axis=-1) + beta


def normalises_samples(layer_norm):
    """18.6: the formula, and independence of the rest of the batch, also for one sample."""
    rng = np.random.default_rng(2)
    z, eps = rng.normal(1.0, 2.0, (5, 4)), 0.1
    gamma, beta = np.array([1.0, 2.0, 0.5, 1.5]), np.array([0.0, 1.0, -1.0, 0.5])
    outputs = []
    for part in (z, z[:1], z[:4]):
        returned, hint = _kept(layer_norm, part, gamma, beta, eps)
        if hint:
            return hint
        outputs.append(_floats(returned, [part.shape]))
        if outputs[-1] is None:
            return f"For z of shape {part.shape}, expected numbers of the shape {part.shape}."
    together, alone, square = outputs
    if not np.allclose(alone, together[:1], rtol=0, atol=1e-12):
        return (
            "The first sample gets another answer alone than in its batch: the mean runs over "
            "the samples."
        )
    wanted = _layer_norm(z, gamma, beta, eps)
    if not np.allclose(together, wanted, rtol=0, atol=1e-9):
        centred = z - z.mean(axis=1, keepdims=True)
        if np.allclose(together, _normalised(z, eps, axis=1)):
            return "The normalised values are right; gamma and beta are still missing."
        spread = np.sqrt(z.var(axis=1, ddof=1, keepdims=True) + eps)
        if np.allclose(together, gamma * centred / spread + beta):
            return "The variance is divided by n, the number of units, not by n − 1."
        if np.allclose(together, gamma * centred / (z.std(axis=1, keepdims=True) + eps) + beta):
            return "ε belongs under the root."
        if np.allclose(together, gamma * _normalised(z, 0.0, axis=1) + beta):
            return "The square root needs ε."
        if np.allclose(together, gamma * z + beta):
            return "The scale and the shift act on the normalised values."
        return (
            "Every sample by itself: mean and biased variance of its n units, then scale and shift."
        )
    if not np.allclose(square, wanted[:4], rtol=0, atol=1e-9):
        return "With as many samples as units the answers change: keep the axis (keepdims=True)."
    try:
        one = _floats(layer_norm(z[0].copy(), gamma.copy(), beta.copy(), eps), [(4,)])
    except Exception:
        one = None
    if one is None or not np.allclose(one, wanted[0], rtol=0, atol=1e-9):
        return "Right for a batch; one sample alone, of shape (n,), must keep its answer too."
    return None


def _layer_norm_back(g, z, gamma, eps, means=-1, sums=0):
    s = np.sqrt(z.var(axis=-1, keepdims=True) + eps)
    z_hat, g_hat = _normalised(z, eps, axis=-1), gamma * g

    def mean(a):
        return a.mean(axis=means, keepdims=True)

    g_z = (g_hat - mean(g_hat) - z_hat * mean(g_hat * z_hat)) / s
    return g_z, (g * z_hat).sum(axis=sums), g.sum(axis=sums)


def _gamma_late(g, z, gamma, eps):
    return gamma * _layer_norm_back(g, z, np.ones(4), eps)[0]


def goes_back(layer_norm_back):
    """18.7: the three derivatives against central differences, relative error 1e-6."""
    rng = np.random.default_rng(3)
    z, g = rng.normal(1.0, 2.0, (6, 4)), rng.standard_normal((6, 4))
    gamma, beta, eps = np.array([0.5, 1.5, 2.0, -1.0]), rng.standard_normal(4), 0.1
    returned, hint = _kept(layer_norm_back, g, z, gamma, eps)
    if hint:
        return hint
    things = _things(returned, 3)
    if things is None:
        return "Return three things: the derivatives for z, gamma and beta."
    shapes = [(6, 4)], [(4,), (1, 4)], [(4,), (1, 4)]
    parts = [_floats(part, allowed) for part, allowed in zip(things, shapes, strict=True)]
    if parts[0] is None:
        return "For g and z of shape (6, 4), the first must have the shape (6, 4)."
    if parts[1] is None or parts[2] is None:
        return "One number for each unit, (4,) or (1, 4): γ and β are shared by the samples."

    arrays = [z, gamma, beta]
    numeric = [np.zeros_like(a) for a in arrays]
    for array, slopes in zip(arrays, numeric, strict=True):
        for i in np.ndindex(array.shape):
            kept, values = array[i], []
            for step in (1e-5, -1e-5):
                array[i] = kept + step
                values.append(np.sum(g * _layer_norm(z, gamma, beta, eps)))
            array[i] = kept
            slopes[i] = (values[0] - values[1]) / 2e-5

    def same(part, wanted):
        return np.allclose(part, wanted, rtol=0, atol=1e-6 * np.abs(numeric[0]).max())

    if not same(parts[0], numeric[0]):
        slips = [
            (
                _layer_norm_back(g, z, gamma, eps, means=0)[0],
                "The means run along the sample, over its units, not down the batch.",
            ),
            (
                _gamma_late(g, z, gamma, eps),
                "Every unit has a γ of its own: multiply by it before the means are taken.",
            ),
            (_layer_norm_back(g, z, np.ones(4), eps)[0], "γ is missing in the derivative for z."),
            (
                gamma * g / np.sqrt(z.var(axis=1, keepdims=True) + eps),
                "That is the direct road alone; μ and s depend on every unit of the sample.",
            ),
            (_layer_norm_back(g, z, gamma, 0.0)[0], "The square root needs ε."),
        ]
        for wrong, hint in slips:
            if same(parts[0], wrong):
                return hint
        return "The derivative for z is not right yet: see which roads lead from z_j to every ẑ_k."
    if same(parts[1], numeric[2]) and same(parts[2], numeric[1]):
        return "These are the right numbers in the wrong order: gamma before beta."
    if same(parts[1], gamma * numeric[1]):
        return "The derivative for γ has no γ in it: y_j = γ_j ẑ_j + β_j."
    if same(parts[1], numeric[1] / 6) or same(parts[2], numeric[2] / 6):
        return "Sums over the samples, not means: g has the 1/N of the loss already."
    if not same(parts[1], numeric[1]):
        return "The derivative for γ is not right yet: y_j = γ_j ẑ_j + β_j in every sample."
    if not same(parts[2], numeric[2]):
        return "The derivative for β is not right yet: it is added in every sample."
    return None


EXERCISES = [
    Exercise(
        "18.1",
        "array",
        answer=[-1.0, 1.0, 31**0.5, -(31**-0.5)],
        tolerance=[0.006, 0.006, 0.006, 0.006],
        labels={"the batch of two": ("first", "second"), "the batch of 32": ("first", "any other")},
        hints=[
            (
                [1, -1, ..., ...],
                "In the first batch the first sample is the smaller one: mind the signs.",
            ),
            *(
                (when, "The variance of the batch is divided by B, not by B − 1.")
                for when in ([-0.707, 0.707, ..., ...], [..., ..., 5.48, ...])
            ),
            ([-0.1, 0.1, ..., ...], "The mean is taken out; now divide by the standard deviation."),
            (
                [Between(-1.01, -0.99), Between(0.99, 1.01), Between(5.5, 5.65), Between(-0.2, 0)],
                "Near: two decimals are asked for.",
            ),
            (
                [-1, 1, 31**0.5, Between(0.17, 0.19)],
                "Three are right. On which side of the mean do the 31 lie?",
            ),
            (
                [Between(-10, -9.98), Between(9.98, 10), ..., ...],
                "Divide by the standard deviation, the root of the variance.",
            ),
            ([-1, 1, -(31**0.5), ...], "The sizes are right; mind the signs of the second batch."),
            (
                [-1, 1, ..., ...],
                "The first batch is right. In the second, what are the mean "
                "and the deviations in units of the distance 5?",
            ),
        ],
        hint="In each batch subtract the mean, then divide by √(σ² + ε).",
        praise="Whatever the values are, only who was larger is left of them.",
        right=[
            [-1, 1, 5.57, -0.18],
            np.array([-0.9995, 0.9995, 5.5677, -0.1796]),
            (-1.0, 1.0, Fraction(557, 100), Fraction(-18, 100)),
        ],
        wrong=[
            ([-1, 1, 5.57, 0.18], "Three are right"),
            ([1, -1, 5.57, -0.18], "mind the signs"),
            ([-0.707, 0.707, 5.48, -0.18], "not by B − 1"),
            ([-1, 1, 5.48, -0.18], "not by B − 1"),
            ([-0.1, 0.1, 4.8, -0.2], "now divide"),
            ([-9.99, 9.99, 5, 0], "root of the variance"),
            ([-1, 1, -5.57, 0.18], "signs of the second"),
            ([-1, 1, 1, -1], "the distance 5"),
            ([-1.0, 1.0, 5.6, -0.2], "two decimals"),
            ([3.0, 3.2, 7, 2], "subtract the mean"),
            ([-1, 1], "a list of 4 numbers"),
        ],
    ),
    Exercise(
        "18.2",
        "number",
        answer=32**-0.5,
        tolerance=0.0005,
        hints=[
            (
                Between(0.1793, 0.1799),
                "B − 1 belongs to a variance that is estimated; here it is the mean of B values.",
            ),
            (Between(0.17, 0.1792), "Near: three decimals are asked for, rounded."),
            (Between(0.18, 0.18), "Near: three decimals are asked for, rounded."),
            (1 / 32, "That is the variance of the mean."),
            (Between(5.6, 5.7), "The mean is less noisy than one value, not more."),
            (1.0, "That is the standard deviation of one value, not of the mean of 32."),
        ],
        hint="The variance of a mean of B independent values is σ²/B.",
        praise="σ/√B: four times as many samples halve the noise.",
        right=[0.177, 32**-0.5, np.float64(0.1768)],
        wrong=[
            (31**-0.5, "estimated"),
            (0.18, "three decimals"),
            (1 / 32, "variance of the mean"),
            (5.66, "less noisy"),
            (1, "of one value"),
            (0.25, "independent values"),
            (0.176, "rounded"),
            (0.1757, "rounded"),
        ],
    ),
    Exercise(
        "18.3",
        "number",
        answer=0.75,
        tolerance=1e-9,
        hints=[
            (1.0, "That would be so for the unbiased variance, divided by B − 1."),
            (
                Between(0.72, 0.78),
                "Near, but it can be computed exactly: equation (18.10), without drawing.",
            ),
            (Between(1.33, 1.34), "The biased variance is too small, not too large."),
            (0.25, "That is by how much it is too small."),
            (Between(0.86, 0.87), "The variance is asked for, not its root."),
        ],
        hint="Deviations from the batch's own mean are too small: see equation (18.10).",
        praise="A quarter of the variance is lost to the batch's own mean.",
        right=[0.75, Fraction(3, 4), np.float64(1) - 0.25],
        wrong=[
            (1, "unbiased"),
            (0.746, "computed exactly"),
            (0.7499, "computed exactly"),
            (4 / 3, "too small, not too large"),
            (0.25, "by how much"),
            (0.866, "not its root"),
            (0.5, "(18.10)"),
        ],
    ),
    Exercise(
        "18.4",
        "function",
        test=undoes,
        praise="With a = 1 and c = 0: on a given batch the layer can always be undone.",
        right=[
            lambda z, eps, a, c: (a * np.sqrt(z.var(axis=0) + eps), a * z.mean(axis=0) + c),
            lambda z, eps, a, c: [
                a * np.sqrt(z.var(0, keepdims=True) + eps),
                c + a * z.mean(0, keepdims=True),
            ],
            lambda z, eps, a, c: np.stack(
                [a * np.sqrt(z.var(axis=0) + eps), a * z.mean(axis=0) + c]
            ),
        ],
        wrong=[
            (lambda z, eps, a, c: (a * z.std(axis=0), a * z.mean(axis=0) + c), "√(σ² + ε)"),
            (lambda z, eps, a, c: (z.std(axis=0) + eps, z.mean(axis=0)), "under the root"),
            (
                lambda z, eps, a, c: (np.sqrt(z.var(axis=0, ddof=1) + eps), z.mean(axis=0)),
                "not by B − 1",
            ),
            (lambda z, eps, a, c: (z.mean(axis=0), np.sqrt(z.var(axis=0) + eps)), "wrong order"),
            (lambda z, eps, a, c: (z.var(axis=0) + eps, z.mean(axis=0)), "the square"),
            (lambda z, eps, a, c: (np.sqrt(z.var(axis=0) + eps), -z.mean(axis=0)), "put back"),
            (lambda z, eps, a, c: (np.sqrt(z.var(axis=0) + eps), z.mean(axis=0)), "a z + c"),
            (lambda z, eps, a, c: (np.sqrt(z.var(axis=1) + eps), z.mean(axis=1)), "shape (3,)"),
            (lambda z, eps, a, c: 1.0, "two things"),
        ],
    ),
    Exercise(
        "18.5",
        "function",
        test=differentiates,
        praise="Their sum agrees with central differences.",
        right=[
            _roads,
            lambda *a: [np.broadcast_to(part, (6, 3)) for part in _roads(*a)],
            lambda *a: np.stack([np.broadcast_to(part, (6, 3)) for part in _roads(*a)]),
        ],
        wrong=[
            (lambda *a: (_roads(*a)[0], 0 * a[1], 0 * a[1]), "as constants"),
            (lambda *a: (_roads(*a)[0], 0 * a[1], _roads(*a)[2]), "through the variance is"),
            (lambda *a: (*_roads(*a)[:2], 0 * a[1]), "through the mean is missing"),
            (lambda *a: [_roads(*a)[0], -_roads(*a)[1], -_roads(*a)[2]], "signs"),
            (lambda *a: [_roads(*a)[0], _roads(*a)[2] + 0 * a[1], _roads(*a)[1]], "wrong order"),
            (lambda g, z, gamma, eps: _roads(g, z, 1.0, eps), "but γ"),
            (lambda g, z, gamma, eps: _roads(g, z, gamma, 0.0), "needs ε"),
            (
                lambda g, z, gamma, eps: [
                    r * np.sqrt(z.var(0) + eps) for r in _roads(g, z, gamma, eps)
                ],
                "division by σ",
            ),
            (lambda *a: _roads(*a, lambda v: v.sum(axis=0)), "1/B"),
            (lambda *a: [r + 0 * a[1] for r in _roads(*a, np.mean)], "its own means"),
            (lambda *a: [_roads(*a)[0] * 1.001, *_roads(*a)[1:]], "direct road"),
            (lambda *a: sum(_roads(*a)), "three arrays"),
            (lambda *a: 3 * [np.zeros(3)], "of that shape"),
        ],
    ),
    Exercise(
        "18.6",
        "function",
        test=normalises_samples,
        praise="A sample keeps its answer, whatever company it is in.",
        right=[_layer_norm],
        wrong=[
            (lambda z, gamma, beta, eps: gamma * _normalised(z, eps, 0) + beta, "over the samples"),
            (lambda z, gamma, beta, eps: _normalised(z, eps, axis=-1), "still missing"),
            (lambda z, gamma, beta, eps: gamma * z + beta, "normalised values"),
            (
                lambda z, gamma, beta, eps: (
                    gamma
                    * (z - z.mean(axis=1, keepdims=True))
                    / np.sqrt(z.var(axis=1, keepdims=True, ddof=1) + eps)
                    + beta
                ),
                "n − 1",
            ),
            (
                lambda z, gamma, beta, eps: (
                    gamma
                    * (z - z.mean(axis=1, keepdims=True))
                    / (z.std(axis=1, keepdims=True) + eps)
                    + beta
                ),
                "under the root",
            ),
            (lambda z, gamma, beta, eps: gamma * _normalised(z, 0.0, -1) + beta, "needs ε"),
            (
                lambda z, gamma, beta, eps: (
                    gamma * (z - z.mean(axis=1)) / np.sqrt(z.var(axis=1) + eps) + beta
                ),
                "keepdims=True",
            ),
            (lambda z, gamma, beta, eps: gamma * _normalised(z, eps, 1) + beta, "one sample alone"),
            (
                lambda z, gamma, beta, eps: np.copyto(z, _layer_norm(z, gamma, beta, eps)) or z,
                "leave it as it is",
            ),
            (lambda z, gamma, beta, eps: z[0], "shape (5, 4)"),
        ],
    ),
    Exercise(
        "18.7",
        "function",
        test=goes_back,
        praise="All three agree with central differences.",
        right=[
            _layer_norm_back,
            lambda *a: [part if part.ndim == 2 else part[None] for part in _layer_norm_back(*a)],
        ],
        wrong=[
            (lambda *a: _layer_norm_back(*a, means=0), "along the sample"),
            (lambda *a: (_gamma_late(*a), *_layer_norm_back(*a)[1:]), "before the means"),
            (lambda g, z, gamma, eps: _layer_norm_back(g, z, np.ones(4), eps), "γ is missing"),
            (
                lambda g, z, gamma, eps: (
                    gamma * g / np.sqrt(z.var(axis=1, keepdims=True) + eps),
                    *_layer_norm_back(g, z, gamma, eps)[1:],
                ),
                "direct road alone",
            ),
            (lambda g, z, gamma, eps: _layer_norm_back(g, z, gamma, 0.0), "needs ε"),
            (
                lambda *a: [1.001 * _layer_norm_back(*a)[0], *_layer_norm_back(*a)[1:]],
                "which roads",
            ),
            (lambda *a: _layer_norm_back(*a, sums=1), "shared by the samples"),
            (lambda *a: [_layer_norm_back(*a)[k] for k in (0, 2, 1)], "wrong order"),
            (
                lambda *a: [
                    _layer_norm_back(*a)[0],
                    a[2] * _layer_norm_back(*a)[1],
                    _layer_norm_back(*a)[2],
                ],
                "no γ in it",
            ),
            (
                lambda *a: [part if part.ndim == 2 else part / 6 for part in _layer_norm_back(*a)],
                "not means",
            ),
            (lambda *a: [*_layer_norm_back(*a)[:2], 0 * a[2]], "for β is not right"),
            (lambda *a: [_layer_norm_back(*a)[0], 0 * a[2], 0 * a[2]], "for γ is not right"),
            (lambda *a: _layer_norm_back(*a)[0], "three things"),
            (lambda *a: (0, 0, 0), "shape (6, 4)"),
        ],
    ),
    Exercise(
        "18.8",
        "array",
        answer=[1.5**50, 26.0, 1 / 26, 1.5**-50],
        tolerance=[0.06 * 1.5**50, 0.1, 0.001, 0.06 * 1.5**-50],
        labels=(
            "without, mean square",
            "pre-norm, mean square",
            "pre-norm, share",
            "post-norm, share",
        ),
        hints=[
            (
                [Between(25.5, 26.5), ..., ..., ...],
                "Without normalisation a larger input makes the branch's output larger too.",
            ),
            (
                [Between(0.95e15, 1.3e15), ..., ..., ...],
                "Each block multiplies by 1 + c, not by 2: c = 0.5.",
            ),
            (
                [Between(2.4e4, 2.7e4), ..., ..., ...],
                "That is its root; the mean square is asked for.",
            ),
            (
                [..., 26.0, Between(3.7, 4.0), ...],
                "The third and the fourth as a share of 1, not in per cent.",
            ),
            ([..., 25.0, ..., ...], "What came in has a mean square, too: 1."),
            ([..., Between(5.0, 5.2), ..., ...], "The mean square is asked for, not its root."),
            (
                [..., 26.0, Between(0.18, 0.21), ...],
                "The share of the mean square, not of the size: its square.",
            ),
            (
                [..., 26.0, Between(0.0395, 0.041), ...],
                "The end has the mean square 26, with what came in.",
            ),
            (
                [..., 26.0, 1.0, ...],
                "What takes the direct road keeps the mean square 1; divide by that of the whole.",
            ),
            (
                [..., ..., ..., Between(3.5e-5, 4.4e-5)],
                "In each block the sizes are divided by √1.5, so the mean squares by 1.5.",
            ),
            (
                [..., 26.0, ..., ...],
                "The second is right. How does one block change what came by the direct road, and "
                "what the mean square of the whole?",
            ),
        ],
        hint="The mean squares of x and F(x) add. What is F given: x, or x normalised?",
        praise="Exponential growth, linear growth, and a direct road that is closed.",
        right=[[6.4e8, 26, 0.038, 1.6e-9], [1.5**50, 26, Fraction(1, 26), 1.5**-50]],
        wrong=[
            ([6.4e8, 26, 3.8, 1.6e-7], "per cent"),
            ([26, 26, 0.038, 1.6e-9], "larger input"),
            ([2.0**50, 26, 0.038, 1.6e-9], "not by 2"),
            ([25251, 26, 0.038, 1.6e-9], "its root"),
            ([6.4e8, 25, 0.04, 1.6e-9], "has a mean square, too"),
            ([6.4e8, 5.1, 0.038, 1.6e-9], "not its root"),
            ([6.4e8, 26, 0.196, 1.6e-9], "its square"),
            ([6.4e8, 26, 0.04, 1.6e-9], "mean square 26"),
            ([6.4e8, 26, 1, 1.6e-9], "divide by that of the whole"),
            ([6.4e8, 26, 0.038, 4e-5], "divided by √1.5"),
            ([6.4e8, 26, 0.038, 1], "the direct road, and"),
            ([1, 1, 1, 1], "or x normalised"),
        ],
    ),
    Exercise(
        "18.9",
        "array",
        answer=[0.31, 0.53],
        tolerance=[0.1, 0.1],
        labels=("width 32", "width 128"),
        hints=[
            (
                [Between(0.43, 0.7), Between(0.2, 0.42)],
                "In the order of the question: width 32 first.",
            ),
            (
                [Between(0.75, 1.0), Between(0.75, 1.0)],
                "So good with pairs? Look at B, and at the layer that you have asked for.",
            ),
            ([Between(20, 42), Between(43, 65)], "As a share of the test set, not in per cent."),
        ],
        hint='digit_networks("BatchNorm", 2, …), then the mean of accuracy(net(X_test), y_test).',
        praise="One bit a unit, but 128 of them ask more than 32.",
        right=[[0.31, 0.53], np.array([0.35, 0.58])],
        wrong=[
            ([0.53, 0.31], "width 32 first"),
            ([0.92, 0.94], "Look at B"),
            ([31, 53], "not in per cent"),
            ([0.1, 0.1], "the mean of accuracy"),
        ],
    ),
]
