"""Exercises of chapter 12, from one unit to a network."""

import numpy as np

from dlcore.teaching.exercises import Exercise


def _r_squared(X, z):
    columns = np.column_stack([np.ones(len(X)), X])
    fitted = columns @ np.linalg.lstsq(columns, z, rcond=None)[0]
    return 1 - np.sum((z - fitted) ** 2) / np.sum((z - np.mean(z)) ** 2)


def measures_straightness(r_squared):
    """12.1: r_squared(X, z) is 1 − Σ(z − ẑ)² / Σ(z − z̄)² of the best fit ẑ = b + w·x."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 2)) + [1.0, -2.0]
    straight = 4.0 + X @ [1.5, -0.5]
    curved = straight + 3 * np.tanh(2 * X[:, 0]) + X[:, 1] ** 2
    for z, where in ((straight, "z = 4 + 1.5 x₁ − 0.5 x₂"), (curved, "a curved z")):
        value, wanted = np.asarray(r_squared(X.copy(), z.copy()), dtype=float), _r_squared(X, z)
        if value.size != 1 or not np.isfinite(value).all():
            return f"Expected one number R², got {value}: sum over the points, and return it."
        value = value.item()
        if abs(value - wanted) < 1e-8:
            continue
        hint = f"For {where} expected R² = {wanted:.4f}, got {value:.4f}."
        if abs(value - (1 - wanted)) < 1e-8:
            hint += " That is the share that is left over; subtract it from 1."
        elif z is straight:
            hint += " Does your fit have a bias, a column of ones beside x₁ and x₂?"
        elif abs(value - np.sqrt(wanted)) < 1e-8:
            hint += " That is R; the squares are missing."
        else:
            hint += " Divide by the squares around the mean of z."
        return hint
    return None


def _left_over(X, z):
    # 1 − R² by the normal equations, an array of shape (1, 1).
    columns = np.column_stack([np.ones(len(X)), X])
    rest = z - columns @ np.linalg.solve(columns.T @ columns, columns.T @ z)
    return (rest[None] @ rest[:, None]) / np.sum((z - z.mean()) ** 2)


def _no_bias(X, z):
    fitted = X @ np.linalg.lstsq(X, z, rcond=None)[0]
    return 1 - np.sum((z - fitted) ** 2) / np.sum((z - np.mean(z)) ** 2)


def _around_zero(X, z):
    columns = np.column_stack([np.ones(len(X)), X])
    fitted = columns @ np.linalg.lstsq(columns, z, rcond=None)[0]
    return 1 - np.sum((z - fitted) ** 2) / np.sum(z**2)


def staircase_error(N):
    """The largest error of N bumps for the sine on [0, 2π], with the steps of ``staircase``."""
    width = 2 * np.pi / N
    t = width * np.arange(N + 1)
    t[0], t[-1] = t[0] - width, t[-1] + width
    c = np.concatenate([[0], np.sin(width * (np.arange(N) + 0.5)), [0]])
    x = np.linspace(0, 2 * np.pi, 4001)[:, None]
    steps = 0.5 + 0.5 * np.tanh(0.5 * 100 / width * (x - t))
    return float(np.abs(steps @ np.diff(c) - np.sin(x[:, 0])).max())


def enough_bumps(N):
    """12.4: a whole number of bumps, at most 100, with an error below 0.05."""
    N = float(N)
    if N != round(N) or N < 1:
        return f"Expected a whole number N ≥ 1, got {N:g}."
    if N > 100:
        return "That is enough, and more than needed: stay at 100 or below."
    error = staircase_error(int(N))
    if error < 0.05:
        return None
    return (
        f"With N = {N:g} the largest error is {error:.3f}. Within half a part, π/N wide, the "
        "sine changes by at most π/N."
    )


def _fence(s, threshold, c):
    """θ of c + Σⱼ tanh(s uⱼ·x − threshold), the uⱼ at 90°, 210° and 330°."""
    angles = np.deg2rad([90, 210, 330])
    W = s * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return np.r_[W.ravel(), np.full(3, -threshold), 1, 1, 1, c]


def closes_a_fence(theta):
    """12.3: z < 0 on the disc |x| ≤ ½ and z > 0 where |x| ≥ 1, for W (3, 2), b, w, c in a row."""
    W, b, w, c = theta[:6].reshape(3, 2), theta[6:9], theta[9:12], theta[12]
    angles = np.deg2rad(np.arange(0.0, 360, 2))
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)

    def at(radii, turned=1):
        x = (np.asarray(radii)[:, None, None] * circle).reshape(-1, 2)
        z = turned * (np.tanh(x @ W.T + b) @ w + c)
        return x, z

    inner, outer = np.linspace(0, 0.5, 6), np.r_[np.geomspace(1, 40, 30), 1e4]
    x, z = at(inner)
    if z.max() >= 0:
        if at(inner, -1)[1].max() < 0 < at(outer, -1)[1].min():
            return (
                "Your fence is closed, but z is positive inside and negative outside: turn the "
                "signs of the last four numbers."
            )
        x1, x2 = x[z.argmax()]
        return f"At ({x1:.2f}, {x2:.2f}), inside, z is {z.max():.3f}; expected z < 0."
    x, z = at(outer)
    if z.min() > 0:
        return None
    x1, x2 = x[z.argmin()]
    hint = f"At ({x1:.2f}, {x2:.2f}), outside, z is {z.min():.3f}; expected z > 0."
    if at(outer[-1:])[1].max() <= 0:
        hint += " It is negative far away, too: look at the size and the sign of the output bias."
    elif np.hypot(x1, x2) < 2.1:
        hint += " A triangle with sharp corners reaches out that far: let the units be less steep."
    return hint


FENCES = {
    "2-2-1 tanh": "no",
    "2-2-2-2-1 relu": "no",
    "2-3-1 tanh": "yes",
    "2-2-16-1 tanh": "yes",
    "2-2-1 cosine": "yes",
}

PLATEAUS = [0.0, np.log(2) / 2, 0.75 * np.log(3) - 0.5 * np.log(2), np.log(2)]  # of XOR's losses

EXERCISES = [
    Exercise(
        "12.1",
        "function",
        test=measures_straightness,
        praise="R² is 1 exactly for m = 0: a network without a hidden layer draws a straight line.",
        right=[_r_squared, lambda X, z: [_r_squared(X, z)], lambda X, z: 1 - _left_over(X, z)],
        wrong=[
            (_no_bias, "column of ones"),
            (lambda X, z: np.sqrt(_r_squared(X, z)), "the squares are missing"),
            (lambda X, z: 1 - _r_squared(X, z), "left over"),
            (_around_zero, "around the mean"),
            (lambda X, z: np.ones(2), "one number"),
            (lambda X, z: None, "return it"),
        ],
    ),
    Exercise(
        "12.2",
        "choice",
        answer=FENCES,
        options=dict(yes="a bounded part is possible", no="every part is unbounded"),
        hints=[
            (
                {"2-2-1 tanh": "yes"},
                "Look at the row n = 2 of the grid from far away, and at the "
                "theorem: two inputs, no layer wider than two, a monotone activation.",
            ),
            (
                {"2-2-2-2-1 relu": "yes"},
                "Depth does not help while no layer is wider than the "
                "input; ReLU is a limit of strictly increasing functions.",
            ),
            ({"2-3-1 tanh": "no"}, "Three lines can make a triangle."),
            (
                {"2-2-16-1 tanh": "no"},
                "The theorem needs every hidden layer to be narrow; here one "
                "has sixteen units, enough to fence in a piece of the bent plane.",
            ),
            (
                {"2-2-1 cosine": "no"},
                "The theorem needs a monotone activation. Where is cos x₁ + cos x₂ > 1?",
            ),
        ],
        praise="Width up to the input dimension and a monotone activation: together they leak.",
        right=[FENCES],
        wrong=[
            (FENCES | {"2-2-2-2-1 relu": "yes"}, "Depth does not help"),
            (FENCES | {"2-2-1 cosine": "no"}, "monotone"),
            (dict.fromkeys(FENCES, "yes"), "row n = 2"),
            (FENCES | {"2-2-16-1 tanh": "no"}, "every hidden layer"),
        ],
    ),
    Exercise(
        "12.3",
        "array",
        shape=(13,),
        test=closes_a_fence,
        praise="Three units in one hidden layer are enough for a closed curve.",
        right=[_fence(1.0, 1.0, 2.05), _fence(1.5, 0.75, 1.5), list(_fence(0.7, 0.5, 1.25))],
        wrong=[
            (-_fence(1.0, 1.0, 2.05), "outside"),
            (np.r_[_fence(1.0, 1.0, 2.05)[:9], -1, -1, -1, -2.05], "signs of the last four"),
            (_fence(1.0, 1.0, 2.5), "inside"),
            (_fence(1.0, 1.0, 1.7), "outside"),
            (_fence(20.0, 11.0, 1.5), "corner"),
            (_fence(1.0, 1.0, -2.05), "output bias"),
            (np.zeros(13), "inside"),
            (np.zeros(9), "list of 13 numbers"),
        ],
    ),
    Exercise(
        "12.4",
        "array",
        shape=(),
        test=enough_bumps,
        praise="The error of a staircase falls like 1/N.",
        right=[63, 64, 100, [63], np.array([70.0])],
        wrong=[
            (32, "π/N"),
            (62, "π/N"),
            (1000, "more than needed"),
            (63.5, "whole number"),
            ("63", "Expected one number"),
        ],
    ),
    Exercise(
        "12.5",
        "integer",
        answer=105,
        hints=[
            (88, "The biases are missing: every unit has one."),
            (17, "These are the biases alone."),
            (2410, "That is the network 64-32-10."),
        ],
        hint="A layer of n units with k inputs has n (k + 1) parameters.",
        praise="24 + 72 + 9.",
        right=[105, [105], np.array([105]), 105.0],
        wrong=[(88, "biases are missing"), (17, "alone"), (104, "n (k + 1)")],
    ),
    Exercise(
        "12.6",
        "array",
        answer=PLATEAUS,
        tolerance=0.0006,
        labels=("smallest", "second", "third", "largest"),
        hints=[
            (
                [..., ..., 0.75 * np.log(2), ...],
                "For the third that is z = 0. With two answers against one a better z exists.",
            ),
            (
                [..., ..., np.log(3) - np.log(4) / 3, ...],
                "The third is a mean over the three of a group; it is asked over all four.",
            ),
            ([x / np.log(2) for x in PLATEAUS], "These are in bits; use ln."),
            ([4 * x for x in PLATEAUS], "These are sums; divide by the four examples."),
        ],
        hint="Which p makes the loss of a group of K examples smallest, of which k want a yes? A "
        "group that wants one answer costs nothing; so what counts are a yes and a no, three in "
        "one group, and all four.",
        praise="p is the share of yes among those that are not told apart.",
        right=[PLATEAUS, [0, 0.3466, 0.4774, 0.6931], [0, 0.347, 0.477, 0.693]],
        wrong=[
            ([0, np.log(2) / 2, 0.75 * np.log(2), np.log(2)], "two answers against one"),
            ([0, np.log(2) / 2, 0.6365, np.log(2)], "mean over the three"),
            ([0, 0.5, 0.6887, 1], "bits"),
            ([0, 1.386, 1.910, 2.773], "sums"),
            ([0, 0.25, 0.5, 0.75], "Which p"),
        ],
    ),
    Exercise(
        "12.7",
        "choice",
        answer="none",
        options=dict(
            none="at most two of fifty",
            some="three to forty of fifty",
            nearly_all="more than forty of fifty",
        ),
        hints=[
            (
                "nearly_all",
                "Look at the largest error, not at the mean squared one: a flat line at the height "
                "1/2 already has a mean squared error of 1/12.",
            ),
            (
                "some",
                "Is it k = 2, with two units in each of two hidden layers? With k = 1 some "
                "starts do find the tent.",
            ),
        ],
        praise="Four units suffice, and training does not find them.",
        right=["none"],
        wrong=[("some", "k = 2"), ("nearly_all", "largest error")],
    ),
]
