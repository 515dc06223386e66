"""Numbers that say how good a prediction is, but that are not trained on."""

from .backend import is_integer, namespace


def accuracy(y_hat, y):
    """The share of samples whose predicted class is the label, in [0, 1].

    ŷ (N, K) are logits or probabilities of K ≥ 2 classes (the largest wins), or (N, 1) logits of
    the class 1 (it wins if ŷ > 0).  y are integer labels (N,).  A stack (E, N, K) gives (E,).
    """
    xp = namespace(y_hat)
    if namespace(y) is not xp or not is_integer(y) or tuple(y.shape) != (y_hat.shape[-2],):
        raise ValueError(
            f"accuracy: expected integer labels of shape ({y_hat.shape[-2]},) for y_hat of shape "
            f"{tuple(y_hat.shape)}, got {tuple(y.shape)} {y.dtype}"
        )
    if y_hat.shape[-1] == 1:
        predicted = xp.astype(y_hat[..., 0] > 0, y.dtype)
    else:
        predicted = xp.argmax(y_hat, axis=-1)
    return xp.mean(xp.astype(predicted == y, y_hat.dtype), axis=-1)
