"""Losses J(ŷ, y): the mean over the N samples of the sum over the K outputs.

    loss.value(y_hat, y)   J, a number (0-d array), or one for each network of a stack, (E,)
    loss.grad(y_hat, y)    ∂J/∂ŷ, the shape of ŷ: what starts backpropagation

ŷ is (N, K), or (E, N, K) for a stack of E networks.  Where that is what makes the loss safe, ŷ are
logits: the numbers before softmax or sigmoid.  y is

* an array of numbers of the shape of ŷ (or (N, K), shared by the stack), or
* for the two cross-entropies, integer labels (N,).

Floating-point y of shape (N,) against ŷ of shape (N, 1) would broadcast to (N, N) without a word:
it is a ValueError.  ``value`` checks the numbers in y, ``grad`` only its shape and dtype.
"""

from . import checks as check
from .activations import sigmoid, softmax
from .backend import describe, is_array, is_integer, namespace


class Loss:
    """What the losses share: how a target is checked and brought to the shape of ŷ."""

    labels = False  # may y be integers (N,)?

    def __repr__(self):
        return type(self).__name__

    def value(self, y_hat, y):
        """J(ŷ, y).  Raises ValueError for a target out of range or not finite."""
        self.validate(y_hat, y)
        return self.mean(y_hat, y)

    def validate(self, y_hat, y):
        """Check shape, dtype, library, device and the numbers of y."""
        target = self.target(y_hat, y)
        if y_hat.shape[-2] == 0:
            raise ValueError(f"{self}: expected at least one sample, got an empty batch")
        xp = namespace(y)
        if is_integer(y) and self.labels and y.ndim == 1:
            K = max(2, y_hat.shape[-1])
            if not (0 <= int(xp.min(y)) and int(xp.max(y)) < K):
                raise ValueError(
                    f"{self}: expected labels 0 … {K - 1} for {y_hat.shape[-1]} output(s), "
                    f"got {int(xp.min(y))} … {int(xp.max(y))}"
                )
        elif not bool(xp.all(xp.isfinite(target))):
            raise ValueError(f"{self}: expected finite targets, got NaN or infinity")
        else:
            self.check_range(target)

    def check_range(self, target):
        """Which numbers a target may have: by default any."""

    def check_between(self, target, low, high):
        """Raise ValueError unless all targets lie in [low, high]."""
        xp = namespace(target)
        if not bool(xp.all((target >= low) & (target <= high))):
            raise ValueError(
                f"{self}: expected targets in [{low}, {high}], "
                f"got {float(xp.min(target)):g} … {float(xp.max(target)):g}"
            )

    def check_signs(self, target):
        """Raise ValueError unless all targets are −1 or +1."""
        xp = namespace(target)
        if not bool(xp.all(xp.abs(target) == 1)):
            raise ValueError(
                f"{self}: expected targets −1 and +1, "
                f"got {float(xp.min(target)):g} … {float(xp.max(target)):g}"
            )

    def target(self, y_hat, y):
        """y as an array that ŷ can be compared with, element by element."""
        check.floating(self, "y_hat", y_hat)
        if y_hat.ndim < 2:
            raise ValueError(f"{self}: expected y_hat of shape (N, K), got {tuple(y_hat.shape)}")
        if type(y) is not type(y_hat) or y.device != y_hat.device:
            raise TypeError(f"{self}: expected y in {describe(y_hat)}, got {check.described(y)}")
        if y.shape == y_hat.shape and y.dtype == y_hat.dtype:
            return y
        shape, (N, K) = tuple(y.shape), y_hat.shape[-2:]
        if self.labels and shape == (N,) and is_integer(y):
            return self.from_labels(y_hat, y)
        if shape != (N, K) and shape != tuple(y_hat.shape):
            labels = f", or integer labels ({N},)" if self.labels else ""
            stack = f" or {tuple(y_hat.shape)}" if y_hat.ndim > 2 else ""
            kind = "integers" if is_integer(y) else describe(y)
            raise ValueError(
                f"{self}: expected y of shape ({N}, {K}){stack}{labels}, got {shape} ({kind})"
            )
        if y.dtype == y_hat.dtype:
            return y
        if is_integer(y):
            return namespace(y).astype(y, y_hat.dtype)
        raise TypeError(f"{self}: expected y in {describe(y_hat)}, got {describe(y)}")

    def from_labels(self, y_hat, y):
        """Labels (N,) as rows: y itself for one output, one-hot rows for several."""
        xp = namespace(y)
        if y_hat.shape[-1] == 1:
            return xp.astype(y[:, None], y_hat.dtype)
        classes = xp.arange(y_hat.shape[-1], dtype=y.dtype, device=y.device)
        return xp.astype(y[:, None] == classes, y_hat.dtype)


class MeanSquaredError(Loss):
    """J = 1/(2N) Σₙ ‖ŷₙ − yₙ‖²,   ∂J/∂ŷ = (ŷ − y)/N.

    Twice this, divided by K, is torch's ``mse_loss``.
    """

    def mean(self, y_hat, y):
        e = y_hat - self.target(y_hat, y)
        return 0.5 * namespace(e).sum(e * e, axis=(-2, -1)) / y_hat.shape[-2]

    def grad(self, y_hat, y):
        return (y_hat - self.target(y_hat, y)) / y_hat.shape[-2]


class MeanAbsoluteError(Loss):
    """J = 1/N Σₙ ‖ŷₙ − yₙ‖₁,   ∂J/∂ŷ = sign(ŷ − y)/N   (0 where ŷ = y).

    This divided by K is torch's ``l1_loss``.
    """

    def mean(self, y_hat, y):
        xp = namespace(y_hat)
        return xp.sum(xp.abs(y_hat - self.target(y_hat, y)), axis=(-2, -1)) / y_hat.shape[-2]

    def grad(self, y_hat, y):
        e = y_hat - self.target(y_hat, y)
        return namespace(e).sign(e) / y_hat.shape[-2]


class Huber(Loss):
    """J = 1/N Σₙ Σₖ ½ e² if |e| ≤ δ else δ (|e| − ½ δ),   ∂J/∂ŷ = clip(e, −δ, δ)/N,   e = ŷ − y.

    Squared for small errors, linear for outliers.  This divided by K is torch's ``huber_loss``.
    Huber 1964.
    """

    def __init__(self, delta=1.0):
        self.delta = check.positive("Huber", "delta", delta)

    def __repr__(self):
        return f"Huber(delta={self.delta})"

    def mean(self, y_hat, y):
        e = y_hat - self.target(y_hat, y)
        c = self.clipped(e)  # c e − ½ c² is ½ e² where c = e, and δ |e| − ½ δ² where c = ± δ
        return namespace(e).sum(c * e - 0.5 * c * c, axis=(-2, -1)) / y_hat.shape[-2]

    def grad(self, y_hat, y):
        return self.clipped(y_hat - self.target(y_hat, y)) / y_hat.shape[-2]

    def clipped(self, e):
        """e, but never beyond ±δ."""
        xp, delta = namespace(e), self.delta
        return xp.where(e > delta, delta, xp.where(e < -delta, -delta, e))


class SigmoidCrossEntropy(Loss):
    """J = 1/N Σₙ Σₖ log(1 + eᶻ) − y z,   ∂J/∂z = (σ(z) − y)/N.

    z = ŷ are logits, y ∈ [0, 1]: the probability of a 1, or integer labels 0 and 1, (N,) or
    (N, K).  It is −y log p − (1 − y) log(1 − p) with p = σ(z), without the logarithm of a
    rounded 0.
    """

    labels = True

    def check_range(self, target):
        self.check_between(target, 0, 1)

    def target(self, z, y):
        check.floating(self, "y_hat", z)
        if is_array(y) and y.ndim == 1 and z.ndim > 1 and z.shape[-1] != 1:
            raise ValueError(
                f"{self}: expected y of shape (N, {z.shape[-1]}), got {tuple(y.shape)}: "
                f"integer labels (N,) need 1 output, got {z.shape[-1]}"
            )
        return super().target(z, y)

    def mean(self, z, y):
        xp, y = namespace(z), self.target(z, y)
        # log(1 + eᶻ) = max(z, 0) + log(1 + e^−|z|): no overflow for large |z|.  The small term
        # comes last: for y = 1 and a large z it is all that is left.
        size = xp.abs(z)
        losses = (0.5 * (z + size) - y * z) + xp.log1p(xp.exp(-size))
        return xp.sum(losses, axis=(-2, -1)) / z.shape[-2]

    def grad(self, z, y):
        y = self.target(z, y)
        return (sigmoid(z) - y) / z.shape[-2]


class SoftmaxCrossEntropy(Loss):
    """J = −1/N Σₙ Σₖ yₙₖ log pₙₖ with p = softmax(z),   ∂J/∂z = (p − y)/N.

    z = ŷ are logits (N, K), y integer labels (N,) or rows of probabilities (N, K) that sum to 1.
    Taking the logits makes the value safe (log-sum-exp) and the derivative simple.

    smoothing ε ∈ [0, 1)   the target is (1 − ε) y + ε/K, for every sample; nothing is random.
    Szegedy, Vanhoucke, Ioffe, Shlens, Wojna 2016, arXiv:1512.00567.
    """

    labels = True

    def __init__(self, smoothing=0.0):
        self.smoothing = check.below_one("SoftmaxCrossEntropy", "smoothing", smoothing)

    def validate(self, z, y):
        if check.floating(self, "y_hat", z).ndim > 1 and z.shape[-1] < 2:
            raise ValueError(f"{self}: expected at least 2 outputs, got {z.shape[-1]}")
        super().validate(z, y)

    def check_range(self, target):
        xp = namespace(target)
        self.check_between(target, 0, 1)
        sums = xp.sum(target, axis=-1)
        if not bool(xp.all(xp.abs(sums - 1.0) < 1e-3)):
            raise ValueError(
                f"{self}: expected rows of y that sum to 1, "
                f"got {float(xp.min(sums)):g} … {float(xp.max(sums)):g}"
            )

    def smooth(self, y):
        """(1 − s) y + s/K with the smoothing s."""
        return y if self.smoothing == 0 else (1 - self.smoothing) * y + self.smoothing / y.shape[-1]

    def mean(self, z, y):
        xp, y = namespace(z), self.smooth(self.target(z, y))
        z = z - xp.max(z, axis=-1, keepdims=True)
        log_p = z - xp.log(xp.sum(xp.exp(z), axis=-1, keepdims=True))
        return -xp.sum(y * log_p, axis=(-2, -1)) / z.shape[-2]

    def grad(self, z, y):
        y = self.smooth(self.target(z, y))
        return (softmax(z) - y) / z.shape[-2]


class PerceptronCriterion(Loss):
    """J = 1/N Σₙ Σₖ max(0, −t z),   ∂J/∂z = −t/N where t z ≤ 0, else 0.

    z = ŷ are the scores w·x, t = y ∈ {−1, +1} of the same shape.  A score of exactly 0 counts as
    a mistake, so that the rule can leave w = 0, where J has its trivial minimum.
    """

    def check_range(self, target):
        self.check_signs(target)

    def mean(self, z, t):
        xp = namespace(z)
        m = self.target(z, t) * z
        return xp.sum(xp.where(m >= 0, 0.0, -m), axis=(-2, -1)) / z.shape[-2]

    def grad(self, z, t):
        t = self.target(z, t)
        return namespace(z).where(t * z <= 0, -t, 0.0) / z.shape[-2]


class Hinge(Loss):
    """J = 1/N Σₙ Σₖ max(0, 1 − t z),   ∂J/∂z = −t/N where t z < 1, else 0.

    z = ŷ are scores, t = y ∈ {−1, +1} of the same shape.  Unlike the perceptron criterion it asks
    for a margin of 1.  Cortes and Vapnik 1995.
    """

    def check_range(self, target):
        self.check_signs(target)

    def mean(self, z, t):
        xp = namespace(z)
        short = 1.0 - self.target(z, t) * z
        return xp.sum(xp.where(short <= 0, 0.0, short), axis=(-2, -1)) / z.shape[-2]

    def grad(self, z, t):
        t = self.target(z, t)
        return namespace(z).where(t * z < 1, -t, 0.0) / z.shape[-2]
