"""Learning without a teacher: weights that follow what is active together.

    hebb         Δw = η y x                  grows without bound
    covariance   Δw = η (y − ȳ)(x − x̄)       weakens, too; grows without bound
    oja          Δw = η y (x − y w)          settles at the first principal axis, ‖w‖ = 1

for one linear unit y = w·x, in the library and dtype of the arrays given; ``trajectory`` follows a
rule example after example.
"""

from collections.abc import Callable

from . import checks as check
from .backend import Array, asarray, namespace


def hebb(w: Array, x: Array) -> Array:
    """Δw/η = (1/N) Σₙ yₙ xₙ with y = w·x.
    Shapes: w (d,), or (E, d) for E units that learn on their own; x (N, d); the answer has the
    shape of w.  The product is how the postulate of Hebb 1949 has been written since."""
    _check_examples("hebb", w, x)
    return w @ x.mT @ x / x.shape[0]


def covariance(w: Array, x: Array, mean: Array | None = None) -> Array:
    """Δw/η = (1/N) Σₙ (yₙ − ȳ)(xₙ − x̄) with y = w·x, ȳ = w·x̄: Hebb's rule on centred inputs.
    x̄ = ``mean`` (d,), by default the mean of the rows of x.  Sejnowski 1977."""
    _check_examples("covariance", w, x)
    mean = namespace(x).mean(x, axis=0) if mean is None else mean
    check.shape("covariance", "mean", check.same_kind("covariance", "mean", mean, x), x.shape[1:])
    return hebb(w, x - mean)


def oja(w: Array, x: Array) -> Array:
    """Δw/η = (1/N) Σₙ yₙ (xₙ − yₙ w) with y = w·x: Hebb's rule with a decay that keeps ‖w‖ near 1.
    Oja 1982, doi:10.1007/BF00275687."""
    _check_examples("oja", w, x)
    y = w @ x.mT
    return (y @ x - namespace(x).sum(y * y, axis=-1, keepdims=True) * w) / x.shape[0]


RULES: dict[str, Callable] = {"hebb": hebb, "covariance": covariance, "oja": oja}


def trajectory(
    rule: str, X: Array, w: Array, lr: float = 0.01, epochs: int = 1, seed: int | None = None
) -> Array:
    """The weights at the start and after each example: (updates + 1, d), or (updates + 1, E, d).

    rule     "hebb", "covariance" (x̄ is the mean of all of X) or "oja"
    w        where learning starts, (d,) or (E, d)
    seed     None takes the rows of X, (N, d), as they stand; else they are shuffled in each epoch
    Outside the ball ‖w‖ ≤ 10⁶ it ends.  ValueError for a bad shape, value or rule."""
    check.one_of("trajectory", "rule", rule, tuple(RULES))
    X, w = check.numbers("trajectory", "X", X), check.numbers("trajectory", "w", w)
    d = check.shape("trajectory", "X", X, ("N ≥ 1", "d ≥ 1")).shape[1]
    w = asarray(check.shape("trajectory", "w", w, (d,), ("E", d)), X)
    lr = check.positive("trajectory", "lr", lr)
    epochs = check.integer("trajectory", "epochs", epochs, 1)
    xp, rng, weights = namespace(X), check.generator("trajectory", seed), [w]
    all_of_X = {"mean": xp.mean(X, axis=0)} if rule == "covariance" else {}
    for _ in range(epochs):
        rows = range(X.shape[0]) if seed is None else rng.permutation(X.shape[0]).tolist()
        for n in rows:
            w = w + lr * RULES[rule](w, X[n : n + 1, :], **all_of_X)
            weights.append(w)
            if float(xp.max(xp.sum(w * w, axis=-1))) > 1e12:
                return xp.stack(weights)
    return xp.stack(weights)


def _check_examples(who, w, x):
    check.same_kind(who, "x", x, check.floating(who, "w", w))
    check.shape(who, "x", x, ("N ≥ 1", "d"))
    check.shape(who, "w", w, ("…", x.shape[1]))
