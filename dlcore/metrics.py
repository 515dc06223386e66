"""Numbers that say how good a prediction is, but that are not trained on."""

import numpy as np

from . import checks as check
from .backend import Array, describe, is_integer, namespace, to_numpy


def accuracy(y_hat: Array, y: Array) -> Array:
    """The share of samples whose predicted class is the label, in [0, 1].

    ŷ (N, K) are logits or probabilities of K ≥ 2 classes (the largest wins), or (N, 1) logits of
    the class 1 (it wins if ŷ > 0).  y are integer labels (N,).  A stack (E, N, K) gives (E,).
    NaN in ŷ is a ValueError, but for a stack: there the diverged ones answer with class 0."""
    right, xp = predictions("accuracy", y_hat, y) == y, namespace(y_hat)
    return xp.mean(xp.astype(right, y_hat.dtype), axis=-1)


def top_k_accuracy(y_hat: Array, y: Array, k: int = 5) -> Array:
    """The share of samples whose label y (N,) is among the k classes of largest ŷ (…, N, K)."""
    predictions("top_k_accuracy", y_hat, y)
    xp, k = namespace(y_hat), check.integer("top_k_accuracy", "k", k, 1, y_hat.shape[-1])
    order = xp.argsort(y_hat, axis=-1, descending=True)[..., :k]
    return xp.mean(xp.astype(xp.any(order == y[:, None], axis=-1), y_hat.dtype), axis=-1)


def confusion_matrix(y_hat: Array, y: Array) -> np.ndarray:
    """C[j, k] samples have label j and prediction k: a NumPy array (K, K), K = 2 for one output."""
    predicted, K = predictions("confusion_matrix", y_hat, y), max(2, y_hat.shape[-1])
    check.shape("confusion_matrix", "y_hat", y_hat, ("N", "K"))
    C = np.zeros((K, K), dtype=int)
    np.add.at(C, (to_numpy(y), to_numpy(predicted)), 1)
    return C


def class_weights(y: Array) -> Array:
    """wₙ = N/(K n_k) for a sample of class k, of which there are n_k: every class counts alike.

    y are integer labels (N,) of K classes.  The weights (N,) have the mean 1, and are what the
    losses and ``fit`` take as ``weights=``: "balanced" in scikit-learn.
    """
    y = _labels("class_weights", check.array("class_weights", "y", y), "N ≥ 1")
    _, which, count = np.unique(to_numpy(y), return_inverse=True, return_counts=True)
    weights = len(which) / (len(count) * count)
    return namespace(y).asarray(weights[which], device=y.device)


def calibration(p: Array, y: Array, bins: int = 10) -> tuple[tuple, float]:
    """How often a stated probability comes true.  p (N,) probabilities of y = 1, y (N,) 0 and 1.

    Returns (mean p, share of y = 1, count) for each of ``bins`` equal intervals of [0, 1] (NaN for
    an empty one), and the calibration error Σ count/N |mean p − share|.  With p of the class that
    was answered, and y whether that was right, it is the expected calibration error (ECE) of Guo,
    Pleiss, Sun, Weinberger 2017, arXiv:1706.04599.
    """
    who, bins = "calibration", check.integer("calibration", "bins", bins, 1)
    p = check.shape(who, "p", to_numpy(check.numbers(who, "p", p)), ("N ≥ 1",))
    y = check.shape(who, "y", to_numpy(check.numbers(who, "y", y)), p.shape)
    check.holds(who, "probabilities p in [0, 1]", p, (p >= 0) & (p <= 1))
    check.holds(who, "labels y 0 and 1", y, (y == 0) | (y == 1))
    which = np.minimum((p * bins).astype(int), bins - 1)
    count = np.bincount(which, minlength=bins)
    with np.errstate(invalid="ignore"):
        mean_p, share = (np.bincount(which, weights=a, minlength=bins) / count for a in (p, y))
    return (mean_p, share, count), float(np.nansum(count / p.size * np.abs(mean_p - share)))


def predictions(who: str, y_hat: Array, y: Array) -> Array:
    """The predicted classes, after a check of the scores and the labels."""
    xp = namespace(check.floating(who, "y_hat", y_hat))
    check.shape(who, "y_hat", y_hat, ("N ≥ 1", "K ≥ 1"), ("E ≥ 1", "N ≥ 1", "K ≥ 1"))
    y = _labels(who, check.same_library(who, "labels", y, y_hat), y_hat.shape[-2])
    check.labels(who, y, y_hat.shape[-1])
    if y_hat.ndim == 2 and bool(xp.any(xp.isnan(y_hat))):
        raise ValueError(f"{who}: expected scores y_hat, got NaN")
    if y_hat.shape[-1] == 1:
        return xp.astype(y_hat[..., 0] > 0, xp.int64)
    return xp.argmax(y_hat, axis=-1)


def _labels(who, y, n):
    if not is_integer(check.shape(who, "integer labels y", y, (n,))):
        raise ValueError(f"{who}: expected integer labels y, got {describe(y)}")
    return y
