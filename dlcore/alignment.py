"""Feedback alignment: backpropagation with fixed random matrices B in place of Wᵀ.

    backpropagation       δ^(l) = (W^(l+1)ᵀ δ^(l+1)) ⊙ h'(z^(l))
    feedback alignment    δ^(l) = (B^(l+1)  δ^(l+1)) ⊙ h'(z^(l)),   B drawn once, never learned

Wᵀ turns to roughly where B points.  Lillicrap and others 2016, doi:10.1038/ncomms13276.

    feedback = random_feedback(net, seed=1)  # Bᵀ, in the shape of W, for every layer that has one
    optimizer.step(alignment_gradient(net, feedback, loss, x, y))
"""

from collections.abc import Sequence

import numpy as np

from . import checks as check
from .backend import Array, asarray, namespace, norm, reshape
from .initializers import Initializer, initializer
from .layers import Linear
from .losses import Loss
from .network import Network


def random_feedback(net: Network, seed: int = 0, init: str | Initializer | None = None) -> list:
    """For each layer of ``net`` Bᵀ in the shape of W, or None where no error passes through a W.

    Linear layers from the second on have one, drawn by their own initializer or by ``init``, for
    network e of a stack from the seed ``seed`` + e, in a stream apart from that of the weights.
    """
    check.instance("random_feedback", "a network", net, Network)
    seed = check.integer("random_feedback", "seed", seed, 0)
    rngs = [np.random.default_rng([seed + e, 1]) for e in range(net.copies or 1)]
    feedback = [None] * len(net.layers)
    for l, layer in enumerate(net.layers[1:], start=1):
        if isinstance(layer, Linear):
            draw = layer.initializer if init is None else initializer(init)
            drawn = [draw(rng, layer.n_out, layer.n_in) for rng in rngs]
            feedback[l] = asarray(drawn[0] if net.copies is None else np.stack(drawn), net.theta)
    return feedback


def alignment_gradient(net: Network, feedback: Sequence, loss: Loss, x: Array, y: Array) -> Array:
    """What stands for ∇J on the batch (x, y) when errors come back through B: the shape of θ.  With
    W itself in place of each Bᵀ it is ``net.gradient(loss, x, y)``: only the way back through the
    linear layers differs.  Raises ValueError or TypeError for a ``feedback`` that does not fit."""
    check_feedback(net, feedback)
    pairs = zip(net.params, feedback, strict=True)
    back = [params if B is None else (B, *params[1:]) for params, B in pairs]
    return net.value_and_gradient(loss, x, y, back=back)[1]


def angle(u: Array, v: Array) -> Array:
    """The angle between two vectors in degrees, 0 … 180: (…, P) -> (…,).

    2 arctan(‖û − v̂‖/‖û + v̂‖) with unit vectors û, v̂: exact near 0 and 180, where arccos is not.
    A vector of zeros has no direction: NaN, on NumPy with a warning.
    """
    check.shape("angle", "u", check.floating("angle", "u", u), ("…", "P"))
    check.shape("angle", "v", check.same_kind("angle", "v", v, u), u.shape)
    u, v = u / norm(u, -1), v / norm(v, -1)
    return namespace(u).atan2(norm(u - v, -1), norm(u + v, -1))[..., 0] * (360 / np.pi)


def alignment_angles(net: Network, feedback: Sequence) -> list[Array]:
    """The angle between W and Bᵀ for each layer that has a B, () or (E,): unrelated about 90."""
    check_feedback(net, feedback)
    pairs = [(net.params[l][0], B) for l, B in enumerate(feedback) if B is not None]
    return [angle(*(reshape(a, (*a.shape[:-2], -1)) for a in pair)) for pair in pairs]


def check_feedback(net: Network, feedback: Sequence) -> None:
    """Raise ValueError or TypeError unless ``feedback`` fits the network."""
    check.instance("feedback", "a network", net, Network)
    got = len(check.instance("feedback", "a list", feedback, (list, tuple)))
    if got != (n := len(net.layers)):
        raise ValueError(f"feedback: expected one entry for each of {n} layers, got {got}")
    for l, (layer, B) in enumerate(zip(net.layers, feedback, strict=True)):
        if l > 0 and isinstance(layer, Linear):
            W, what = net.params[l][0], f"a matrix for layer {l}, {layer},"
            check.shape("feedback", what, check.same_kind("feedback", what, B, W), W.shape)
        elif B is not None:
            raise ValueError(f"feedback: expected None for layer {l}, {layer}, got a matrix")
