"""Numbers that say how good a prediction is, but that are not trained on."""

import numpy as np

from . import checks as check
from .backend import is_integer, namespace, to_numpy


def accuracy(y_hat, y):
    """The share of samples whose predicted class is the label, in [0, 1].

    ŷ (N, K) are logits or probabilities of K ≥ 2 classes (the largest wins), or (N, 1) logits of
    the class 1 (it wins if ŷ > 0).  y are integer labels (N,).  A stack (E, N, K) gives (E,).
    NaN in ŷ is a ValueError, but for a stack: there the diverged ones answer with class 0.
    """
    predicted = predictions("accuracy", y_hat, y)
    xp = namespace(y_hat)
    return xp.mean(xp.astype(predicted == y, y_hat.dtype), axis=-1)


def top_k_accuracy(y_hat, y, k=5):
    """The share of samples whose label is among the k classes with the largest ŷ, in [0, 1].

    ŷ (N, K) or (E, N, K), y integer labels (N,).  k = 1 is ``accuracy`` (but for ties).
    """
    predictions("top_k_accuracy", y_hat, y)
    xp, k = namespace(y_hat), check.integer("top_k_accuracy", "k", k, 1, y_hat.shape[-1])
    order = xp.argsort(y_hat, axis=-1, descending=True)[..., :k]
    found = xp.any(order == y[:, None], axis=-1)
    return xp.mean(xp.astype(found, y_hat.dtype), axis=-1)


def confusion_matrix(y_hat, y):
    """C[j, k] = number of samples with label j and prediction k, a NumPy array (K, K).

    ŷ (N, K) as for ``accuracy`` (K = 2 for a single output), y integer labels (N,).
    """
    if check.floating("confusion_matrix", "y_hat", y_hat).ndim != 2:
        got = tuple(y_hat.shape)
        raise ValueError(f"confusion_matrix: expected y_hat of shape (N, K), got {got}")
    predicted = to_numpy(predictions("confusion_matrix", y_hat, y))
    K = max(2, y_hat.shape[-1])
    C = np.zeros((K, K), dtype=int)
    np.add.at(C, (to_numpy(y), predicted), 1)
    return C


def class_weights(y):
    """wₙ = N/(K n_k) for a sample of class k, of which there are n_k: every class counts alike.

    y are integer labels (N,), of K different classes.  The weights (N,) have the mean 1, and are
    what the losses and ``fit`` take as ``weights=``: "balanced" in scikit-learn.
    """
    y = check.array("class_weights", "y", y)
    if y.ndim != 1 or not is_integer(y) or y.shape[0] == 0:
        got = check.described(y)
        raise ValueError(
            f"class_weights: expected integer labels y of shape (N,), got {tuple(y.shape)} {got}"
        )
    _, which, count = np.unique(to_numpy(y), return_inverse=True, return_counts=True)
    weights = len(which) / (len(count) * count)
    return namespace(y).asarray(weights[which], device=y.device)


def calibration(p, y, bins=10):
    """How often a stated probability comes true.  p (N,) probabilities of y = 1, y (N,) 0 and 1.

    Returns (mean p, share of y = 1, count) for each of ``bins`` equal intervals of [0, 1] that p
    falls into (NaN where it is empty), and the calibration error Σ count/N |mean p − share|.  With
    the probability of the class that was answered for p, and for y whether that was right, it is
    the expected calibration error (ECE) of Guo, Pleiss, Sun, Weinberger 2017, arXiv:1706.04599.
    """
    p = to_numpy(check.numbers("calibration", "p", p))
    y = to_numpy(check.numbers("calibration", "y", y))
    bins = check.integer("calibration", "bins", bins, 1)
    if p.ndim != 1 or p.shape != y.shape or p.size == 0:
        raise ValueError(
            f"calibration: expected p and y of shape (N,), N ≥ 1, got {p.shape} and {y.shape}"
        )
    if not (np.all((p >= 0) & (p <= 1)) and np.all((y == 0) | (y == 1))):
        raise ValueError(
            "calibration: expected probabilities in [0, 1] and labels 0 and 1, "
            f"got {p.min():g} … {p.max():g} and {y.min():g} … {y.max():g}"
        )
    which = np.minimum((p * bins).astype(int), bins - 1)
    count = np.bincount(which, minlength=bins)
    with np.errstate(invalid="ignore"):
        mean_p = np.bincount(which, weights=p, minlength=bins) / count
        share = np.bincount(which, weights=y, minlength=bins) / count
    error = float(np.nansum(count / p.size * np.abs(mean_p - share)))
    return (mean_p, share, count), error


def predictions(who, y_hat, y):
    """The predicted classes, after a check of the scores and the labels."""
    xp = namespace(check.floating(who, "y_hat", y_hat))
    if y_hat.ndim < 2 or 0 in y_hat.shape:
        raise ValueError(f"{who}: expected y_hat of shape (N, K), got {tuple(y_hat.shape)}")
    y = check.same_library(who, "labels", y, y_hat)
    if not is_integer(y) or tuple(y.shape) != (y_hat.shape[-2],):
        raise ValueError(
            f"{who}: expected integer labels of shape ({y_hat.shape[-2]},) for y_hat of shape "
            f"{tuple(y_hat.shape)}, got {tuple(y.shape)} {y.dtype}"
        )
    check.labels(who, y, y_hat.shape[-1])
    if y_hat.ndim == 2 and bool(xp.any(xp.isnan(y_hat))):
        raise ValueError(f"{who}: expected scores y_hat, got NaN")
    if y_hat.shape[-1] == 1:
        return xp.astype(y_hat[..., 0] > 0, xp.int64)
    return xp.argmax(y_hat, axis=-1)
