"""Losses J(ŷ, y): the mean over the N samples of the sum over the K outputs.

A loss is two formulas, both of the shape of ŷ, and ``Loss`` does the rest:

    terms(y_hat, y)    ℓ, the loss of every sample and output
    slope(y_hat, y)    ∂ℓ/∂ŷ: by each output, of its sample's whole loss Σₖ ℓₙₖ

    class FourthPower(Loss):
        def terms(self, y_hat, y):
            return 0.25 * (y_hat - y) ** 4

        def slope(self, y_hat, y):
            return (y_hat - y) ** 3

In both y has the dtype of ŷ, and its shape or (N, K) where a stack shares it.  From them come

    loss.value(y_hat, y)   J = 1/N Σₙ wₙ Σₖ ℓₙₖ, a number, or for a stack one per network, (E,)
    loss.mean(y_hat, y)    the same, for every step: no number is read
    loss.grad(y_hat, y)    ∂J/∂ŷ = wₙ/N ∂ℓ/∂ŷ, the shape of ŷ: what starts backpropagation

``weights=`` of the samples, (N,), or (E, N) for a stack, are 1 by default: with weight 2 a sample
counts twice, with 0 not at all.  For those of the classes see ``metrics.class_weights``.

ŷ is (N, K), or (E, N, K) for a stack of E networks.  Where that is what makes the loss safe, ŷ are
logits: the numbers before softmax or sigmoid; −∞ is that of a class that cannot be.  y has the
shape of ŷ (or (N, K), shared by the stack) or, if the loss has ``labels = True``, is integer labels
(N,).  Other y of shape (N,) against ŷ (N, 1) would broadcast to (N, N): a ValueError.  ``value``
checks the numbers in y (by ``check_range``) and the weights, the others only shapes and dtypes.
"""

from typing import Any

from . import checks as check
from .activations import less_maximum, sigmoid, softmax
from .backend import Array, is_integer, namespace


class Loss:
    """The contract of this module: what ``terms`` and ``slope`` become, and what y may be."""

    labels = False  # may y be integers (N,)?
    terms: Any
    slope: Any

    def __repr__(self):
        return type(self).__name__

    def value(self, y_hat: Array, y: Array, weights: Any = None) -> Array:
        """J(ŷ, y).  Raises ValueError for targets or weights out of range or not finite."""
        self.validate(y_hat, y, weights)
        return self.mean(y_hat, y, weights)

    def mean(self, y_hat: Array, y: Array, weights: Any = None) -> Array:
        """J = 1/N Σₙ wₙ Σₖ ℓₙₖ."""
        losses, N = self.terms(y_hat, self.target(y_hat, y)), y_hat.shape[-2]
        if weights is not None:
            losses = zero_times(self.column(weights, y_hat), losses)
        small = 0.5 ** N.bit_length()  # a power of 2 changes no digit, and the sum stays below J
        return namespace(losses).sum(small * losses, axis=(-2, -1)) / (small * N)

    def grad(self, y_hat: Array, y: Array, weights: Any = None) -> Array:
        """∂J/∂ŷ = wₙ/N ∂ℓ/∂ŷ."""
        slope = self.slope(y_hat, self.target(y_hat, y))
        if weights is not None:
            slope = zero_times(self.column(weights, y_hat), slope)
        return slope / y_hat.shape[-2]

    def validate(self, y_hat: Array, y: Array, weights: Any = None) -> None:
        """Check shape, dtype, library, device and the numbers of y and of the weights."""
        target = self.target(y_hat, y)
        if y_hat.shape[-2] == 0:
            raise ValueError(f"{self}: expected at least one sample, got an empty batch")
        if self.labels and is_integer(y) and y.ndim == 1:
            check.labels(self, y, y_hat.shape[-1])
        else:
            self.check_range(check.finite(self, "targets", target))
        if weights is not None:
            w = check.finite(self, "weights", self.column(weights, y_hat))
            check.holds(self, "weights ≥ 0", w, w >= 0)

    def check_range(self, target: Array) -> None:
        """Raise ValueError for numbers that a target may not have: by default it may have any."""

    def column(self, weights: Array, y_hat: Array) -> Array:
        """The weights (N,) or (E, N) of the samples as a column beside ŷ."""
        w = check.converted(self, "weights", weights, y_hat)
        return check.shape(self, "weights", w, y_hat.shape[-2:-1], y_hat.shape[:-1])[..., None]

    def target(self, y_hat: Array, y: Array) -> Array:
        """y as an array that ŷ can be compared with, element by element."""
        if check.floating(self, "y_hat", y_hat).ndim < 2:
            check.shape(self, "y_hat", y_hat, ("N", "K"))
        y = check.same_library(self, "y", y, y_hat)
        if y.shape == y_hat.shape and y.dtype == y_hat.dtype:
            return y
        shape, wanted = tuple(y.shape), (tuple(y_hat.shape[-2:]), tuple(y_hat.shape))
        if self.labels and shape == wanted[0][:1] and is_integer(y):
            return self.from_labels(y_hat, y)
        if shape not in wanted:
            labels = f", or integer labels ({wanted[0][0]},)" if self.labels else ""
            known = " or ".join(dict.fromkeys(map(str, wanted))) + labels
            raise ValueError(f"{self}: expected y of shape {known}, got {shape} of {y.dtype}")
        return check.converted(self, "y", y, y_hat)

    def from_labels(self, y_hat: Array, y: Array) -> Array:
        """Labels (N,) as one-hot rows."""
        xp = namespace(y)
        return xp.astype(y[:, None] == xp.arange(y_hat.shape[-1], device=y.device), y_hat.dtype)


class MeanSquaredError(Loss):
    """J = 1/(2N) Σₙ ‖ŷₙ − yₙ‖²,   ∂J/∂ŷ = (ŷ − y)/N.   2 J/K is torch's ``mse_loss``."""

    def terms(self, y_hat: Array, y: Array) -> Array:
        e = y_hat - y
        return 0.5 * e * e

    def slope(self, y_hat: Array, y: Array) -> Array:
        return y_hat - y


class MeanAbsoluteError(Loss):
    """J = 1/N Σₙ ‖ŷₙ − yₙ‖₁,   ∂J/∂ŷ = sign(ŷ − y)/N, sign 0 = 0.   J/K is torch's ``l1_loss``."""

    def terms(self, y_hat: Array, y: Array) -> Array:
        return abs(y_hat - y)

    def slope(self, y_hat: Array, y: Array) -> Array:
        return namespace(y_hat).sign(y_hat - y)


class Huber(Loss):
    """J = 1/N Σₙ Σₖ ½ e² if |e| ≤ δ else δ (|e| − ½ δ),   ∂J/∂ŷ = clip(e, −δ, δ)/N,   e = ŷ − y.

    Squared for small errors, linear for outliers.  J/K is torch's ``huber_loss``.  Huber 1964.
    """

    def __init__(self, delta: float = 1.0):
        self.delta = check.positive("Huber", "delta", delta)

    def __repr__(self):
        return f"Huber(delta={self.delta})"

    def terms(self, y_hat: Array, y: Array) -> Array:
        e = y_hat - y
        c = namespace(e).clip(e, -self.delta, self.delta)
        return c * (e - 0.5 * c)  # ½ e² where c = e, and δ (|e| − ½ δ) where c = ±δ

    def slope(self, y_hat: Array, y: Array) -> Array:
        return namespace(y_hat).clip(y_hat - y, -self.delta, self.delta)


class SigmoidCrossEntropy(Loss):
    """J = 1/N Σₙ Σₖ log(1 + eᶻ) − y z,   ∂J/∂z = (σ(z) − y)/N.

    z = ŷ are logits, y ∈ [0, 1] the probability of a 1, or integer labels 0 and 1, (N,) or (N, K).
    It is −y log p − (1 − y) log(1 − p) with p = σ(z), without the logarithm of a rounded 0.
    """

    labels = True

    def check_range(self, target: Array) -> None:
        check.holds(self, "targets in [0, 1]", target, (target >= 0) & (target <= 1))

    def from_labels(self, z: Array, y: Array) -> Array:
        check.shape(self, "y_hat, where y are integer labels (N,),", z, ("…", "N", 1))
        return namespace(y).astype(y[:, None], z.dtype)

    def terms(self, z: Array, y: Array) -> Array:
        # log(1 + eᶻ) = max(z, 0) + log(1 + e^−|z|): ℓ is |z| times the probability of the other
        # answer, plus a small term that may be all that is left.
        xp, size = namespace(z), abs(z)
        return zero_times(xp.where(z > 0, 1 - y, y), size) + xp.log1p(xp.exp(-size))

    def slope(self, z: Array, y: Array) -> Array:
        return sigmoid(z) - y


class SoftmaxCrossEntropy(Loss):
    """J = −1/N Σₙ Σₖ yₙₖ log pₙₖ with p = softmax(z),   ∂J/∂z = (p − y)/N.

    z = ŷ are logits (N, K), y integer labels (N,) or rows of probabilities (N, K) that sum to 1.
    With ``smoothing`` s ∈ [0, 1) the target of every sample is (1 − s) y + s/K.
    Szegedy, Vanhoucke, Ioffe, Shlens, Wojna 2016, arXiv:1512.00567.
    """

    labels = True

    def __init__(self, smoothing: float = 0.0):
        self.smoothing = check.below_one("SoftmaxCrossEntropy", "smoothing", smoothing)

    def validate(self, z: Array, y: Array, weights: Any = None) -> None:
        if check.floating(self, "y_hat", z).ndim > 1 and z.shape[-1] < 2:
            raise ValueError(f"{self}: expected at least 2 outputs, got {z.shape[-1]}")
        super().validate(z, y, weights)

    def check_range(self, target: Array) -> None:
        check.holds(self, "targets in [0, 1]", target, (target >= 0) & (target <= 1))
        sums = namespace(target).sum(target, axis=-1)
        check.holds(self, "rows of y that sum to 1", sums, abs(sums - 1.0) < 1e-3)

    def smooth(self, y: Array) -> Array:
        """(1 − s) y + s/K with the smoothing s."""
        return y if self.smoothing == 0 else (1 - self.smoothing) * y + self.smoothing / y.shape[-1]

    def terms(self, z: Array, y: Array) -> Array:
        xp, z = namespace(z), less_maximum(z)
        minus_log_p = xp.log(xp.sum(xp.exp(z), axis=-1, keepdims=True)) - z
        return zero_times(self.smooth(y), minus_log_p)

    def slope(self, z: Array, y: Array) -> Array:
        return softmax(z) - self.smooth(y)


class PerceptronCriterion(Loss):
    """J = 1/N Σₙ Σₖ max(0, −t z),   ∂J/∂z = −t/N where t z ≤ 0, else 0.

    z = ŷ are the scores w·x, t = y ∈ {−1, +1} of the same shape.  A score of 0 counts as a mistake,
    so that the rule can leave w = 0, where J has its trivial minimum.
    """

    def check_range(self, target: Array) -> None:
        check.holds(self, "targets −1 and +1", target, abs(target) == 1)

    def terms(self, z: Array, t: Array) -> Array:
        return namespace(z).clip(-t * z, 0.0, None)

    def slope(self, z: Array, t: Array) -> Array:
        return namespace(z).where(t * z <= 0, -t, 0.0)


class Hinge(PerceptronCriterion):
    """J = 1/N Σₙ Σₖ max(0, 1 − t z),   ∂J/∂z = −t/N where t z < 1, else 0.  Cortes, Vapnik 1995."""

    def terms(self, z: Array, t: Array) -> Array:
        return namespace(z).clip(1.0 - t * z, 0.0, None)

    def slope(self, z: Array, t: Array) -> Array:
        return namespace(z).where(t * z < 1, -t, 0.0)


def zero_times(y: Array, x: Array) -> Array:
    """y x, and 0 where y = 0 even if x is infinite: a probability of 0 does not count."""
    return y * namespace(y).where(y == 0, y, x)
