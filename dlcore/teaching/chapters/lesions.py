"""Cutting hidden units out of a trained network, and what is lost: the method of a lesion study."""

from typing import NamedTuple

import numpy as np

from dlcore import checks as check
from dlcore.backend import Array, asarray, to_numpy
from dlcore.network import Network


def signals(net: Network, X: Array) -> Array:
    """The answers a of the hidden layer of ``MLP([d, H, K], …)``: X (N, d) -> (…, N, H)."""
    a = asarray(check.numbers("signals", "X", X), net.theta)
    for layer, params in zip(net.layers[:2], net.params[:2], strict=True):
        a, _ = layer.forward(params, a)
    return a


def answers(net: Network, X: Array, keep: Array | None = None) -> np.ndarray:
    """The classes (…, N) that the network answers if unit j's signal is multiplied by keep[j]:
    0 cuts the unit out, ½ mistunes it, 1 leaves it alone."""
    a = signals(net, X)
    if keep is not None:
        a = a * asarray(check.numbers("answers", "keep", keep), a)
    z, _ = net.layers[2].forward(net.params[2], a)
    return to_numpy(z).argmax(axis=-1)


def cut(H: int, *units: int) -> np.ndarray:
    """``keep`` for a hidden layer of H units from which some are cut out."""
    keep = np.ones(H)
    keep[list(units)] = 0
    return keep


def shares(net: Network, X: Array, y: Array, keep: Array | None = None) -> np.ndarray:
    """The share of right answers among the pictures of each class, (…, K)."""
    right = answers(net, X, keep) == y
    return np.stack([right[..., y == k].mean(axis=-1) for k in range(int(np.max(y)) + 1)], axis=-1)


class Map(NamedTuple):
    """What a lesion study of E networks finds: shares of right answers, class by class."""

    whole: np.ndarray  # (E, K): nothing is cut
    one: np.ndarray  # (E, H, K): unit j is cut out
    two: np.ndarray  # (E, H, H, K): units j and k are cut out


def study(net: Network, X: Array, y: Array) -> Map:
    """Cut out every unit and every pair of units of ``MLP([d, H, K], …, copies=E)``."""
    H = int(signals(net, X[:1]).shape[-1])
    whole = shares(net, X, y)
    two = np.zeros((*whole.shape[:-1], H, H, whole.shape[-1]))
    for j in range(H):
        for k in range(j, H):
            two[..., j, k, :] = two[..., k, j, :] = shares(net, X, y, cut(H, j, k))
    return Map(whole, np.stack([two[..., j, j, :] for j in range(H)], axis=-2), two)


def names(found: Map) -> np.ndarray:
    """The class that loses most when unit j alone is cut out, (E, H)."""
    return (found.whole[..., None, :] - found.one).argmax(axis=-1)


def hold(found: Map, name: np.ndarray) -> np.ndarray:
    """In how many of the H (H − 1) experiments that cut unit j out of a network without unit k the
    class ``name`` (E, H) of unit j loses most, as a share (E,).  Equal losses count as right."""
    lost = found.one[..., None, :, :] - found.two  # [e, j, k]: k is gone, and now j, too
    return _right(lost, name)


def best_names(found: Map) -> np.ndarray:
    """The names (E, H) that hold most often, chosen after all these experiments."""
    lost = found.one[..., None, :, :] - found.two
    top = _top(lost) & _others(lost)
    return top.sum(axis=-2).argmax(axis=-1)


def _top(lost):
    most = lost.max(axis=-1, keepdims=True)
    return (lost > most - 1e-9) & (most > 0)


def _others(lost):
    return ~np.eye(lost.shape[-2], dtype=bool)[..., None]


def _right(lost, name):
    H = lost.shape[-2]
    hits = np.take_along_axis(_top(lost) & _others(lost), name[..., None, None], axis=-1)
    return hits.sum(axis=(-3, -2, -1)) / (H * (H - 1))
