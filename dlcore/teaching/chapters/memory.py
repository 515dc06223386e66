"""How many patterns an associative memory holds."""

from dlcore import checks as check
from dlcore.backend import asarray, namespace, prototype
from dlcore.hopfield import Hopfield, corrupt, overlap


def recall_overlap(
    load: float,
    N: int = 200,
    p: float = 0.0,
    synchronous: bool = False,
    seed: int = 0,
    where: str = "numpy",
) -> float:
    """The mean overlap after recall of K = load · N random patterns, each started at itself.

    K is rounded, at least 1; ``p`` corrupts the start; ``where`` is a backend.  The overlap falls
    steeply near load 0.138 (Amit, Gutfreund and Sompolinsky 1985) as N grows.
    """
    load = check.positive("recall_overlap", "load", load)
    N = check.integer("recall_overlap", "N", N, 2)
    p, rng = check.number("recall_overlap", "p", p, 0, 1), check.generator("recall_overlap", seed)
    check.boolean("recall_overlap", "synchronous", synchronous)
    x = asarray(rng.choice([-1.0, 1.0], (max(1, round(load * N)), N)), prototype(where, "float64"))
    end = Hopfield(x).recall(corrupt(x, p, rng), synchronous=synchronous, seed=rng).state
    return float(namespace(x).mean(overlap(end, x)))
