"""The perceptron for classes that no line separates."""

from typing import NamedTuple

import numpy as np

from dlcore import checks as check
from dlcore.backend import Array, asarray
from dlcore.perceptron import Perceptron


class Pocket(NamedTuple):
    """What ``pocket`` returns: the unit kept, and two accuracies on all examples by trial."""

    unit: Perceptron
    kept: np.ndarray  # of the weights in the pocket, (trials + 1,)
    current: np.ndarray  # of the weights that go on learning, (trials + 1,)


def pocket(
    X: Array, y: Array, trials: int = 1000, lr: float = 1.0, at_zero: int = 0, seed: int = 0
) -> Pocket:
    """The perceptron on randomly drawn examples, with its best weights kept aside in a pocket.

    New weights go into the pocket when they have answered more examples in a row correctly than the
    weights in it had, and are correct on more of all examples (the "ratchet").  Gallant 1990,
    doi:10.1109/72.80230.
    """
    trials, lr = check.integer("pocket", "trials", trials, 0), check.positive("pocket", "lr", lr)
    rng = check.generator("pocket", seed)
    at_zero = check.integer("pocket", "at_zero", at_zero, 0, 1)
    X = check.shape("pocket", "X", check.numbers("pocket", "X", X), ("N", "n ≥ 1"))
    unit = Perceptron(X.shape[1], at_zero=at_zero)
    x, run, best_run = unit.inputs(X), 0, 0
    labels, N = unit.labels(x, y), x.shape[0]
    best = w = asarray(unit.w, like=x)
    now = best_right = N - unit.mistakes(x @ w, labels)
    kept, current = [best_right / N], [now / N]
    for n in rng.integers(0, N, trials):
        row, label = x[int(n) : int(n) + 1, ...], labels[int(n) : int(n) + 1]
        e = unit.error(row @ w, label)
        if float(e[0]) == 0:
            run += 1
            if run > best_run and now > best_right:
                best, best_run, best_right = w, run, now
        else:
            w, run = w + lr * (e @ row), 0
            now = N - unit.mistakes(x @ w, labels)
        kept.append(best_right / N)
        current.append(now / N)
    unit.w = best
    return Pocket(unit, np.array(kept), np.array(current))
