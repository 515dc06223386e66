"""One unit that learns: Rosenblatt's perceptron and its relatives.

A unit computes z = w·x from the inputs x = (1, x₁, …, xₙ) and the weights w = (b, w₁, …, wₙ): the
bias b is the weight of the constant input 1.  It learns by w ← w + η e x with an error e of its
own.  With labels y ∈ {0, 1}, t = 2y − 1, the step function h and the logistic function σ:

    Perceptron     e = y − h(z)      the answer was wrong, or it was not
    Adaline        e = t − z         how far the sum is from the target
    LogisticUnit   e = y − σ(z)      how far the probability is from the label

X is (N, n), y is (N,) with values 0 and 1.  A unit computes in the library, on the device and in
the floating dtype of the X that it is given; its trace holds NumPy arrays.
"""

from collections.abc import Iterable
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np

from . import checks as check
from .activations import sigmoid
from .backend import Array, asarray, namespace, to_numpy


def with_one(X: Array) -> Array:
    """The rows of X with the constant input 1 in front: (N, n) -> (N, n + 1)."""
    one = namespace(X).ones((X.shape[0], 1), dtype=X.dtype, device=X.device)
    return namespace(X).concat([one, X], axis=1)


class Step(NamedTuple):
    """One example shown to the unit (in batch learning: one look at all of them, index None)."""

    epoch: int  # 1, 2, …
    index: int | None  # type: ignore[assignment]  # the row of X; a tuple has a method index
    x: np.ndarray  # with the constant input: (n + 1,); in batch learning (N, n + 1)
    y: np.ndarray  # the label, or all labels
    y_hat: np.ndarray  # the answer given with the weights ``before``
    before: np.ndarray  # (n + 1,)
    after: np.ndarray  # (n + 1,)

    @property
    def changed(self) -> bool:
        return self.after is not self.before


class Trace:
    """What a training did.  Its size does not depend on how long that was, unless it was recorded.

    errors      wrong answers in each epoch, each judged by the weights of its moment
    updates     how often the weights have changed
    converged   True if the last epoch changed nothing
    diverged    True if training was stopped because the weights had passed 10³⁰
    shuffled    True if each epoch had an order of its own
    With ``fit(…, record=True)`` also ``trace[k]``, the k-th Step, and the weights after each update
    (``trajectory``, ``weights``, ``weights_at``)."""

    def __init__(self, w: np.ndarray, shuffled: bool, record: bool):
        self.shuffled, self.record = shuffled, record
        self.steps: list[Step] = []
        self.errors: list[int] = []
        self.updates, self.converged, self.diverged = 0, False, False
        self._weights, self._ends = [w], [0]  # the number of updates by the end of each epoch
        self._cycle: tuple[int, int] | None = None
        self._seen = {hash(w.tobytes()): 0}

    def __len__(self):
        return len(self._recorded(self.steps))

    def __getitem__(self, k: int) -> Step:
        return self._recorded(self.steps)[k]

    @property
    def epochs(self) -> int:
        return len(self.errors)

    @property
    def trajectory(self) -> np.ndarray:
        """The weights at the start and after each update, (updates + 1, n + 1)."""
        return np.stack(self._recorded(self._weights))

    def weights(self, k: int) -> np.ndarray:
        """The weights after k updates, k = 0 … updates (negative k counts from the end)."""
        return self._recorded(self._weights)[k].copy()

    def updates_at(self, epoch: int) -> int:
        """The number of updates made by the end of an epoch; 0 for epoch 0, the start."""
        return self._ends[epoch]

    def weights_at(self, epoch: int) -> np.ndarray:
        """The weights at the end of an epoch; epoch 0 is the start."""
        return self.weights(self._ends[epoch])

    def cycle(self) -> tuple[int, int] | None:
        """(epoch, period) once the weights come back to a value that ended an earlier epoch.
        In a fixed order the next epoch follows from the weights alone: from there on everything
        repeats.  None if no value came back, or if the order was random: nothing need repeat."""
        return None if self.converged or self.shuffled else self._cycle

    def add(self, step: Step) -> None:
        """Take note of a step."""
        self.updates += step.changed
        if self.record:
            self.steps.append(step)
            self._weights += [step.after] if step.changed else []

    def end_epoch(self, errors: int, w: np.ndarray) -> None:
        """Take note of an epoch that ended with the weights w."""
        self.converged = self.updates == self._ends[-1]
        self.errors.append(errors)
        self._ends.append(self.updates)
        first = self._seen.setdefault(hash(w.tobytes()), self.epochs)
        if self._cycle is None and first < self.epochs:
            self._cycle = first, self.epochs - first

    def _recorded(self, kept):
        if not self.record:
            raise ValueError("Trace: expected a training recorded by fit(…, record=True)")
        return kept


class Unit:
    """z = w·x with w = (b, w₁, …, wₙ) and x = (1, x₁, …, xₙ); ``bias=False`` leaves the 1 out.
    ``w`` is where learning starts (None: zeros).  Calling the unit gives its answers in {0, 1}:
    1 if z > 0, 0 if z < 0, and ``at_zero`` if z = 0.  A subclass adds ``error(z, y)``, (N,)."""

    error: Any

    def __init__(self, n_in: int, w: Array | None = None, at_zero: int = 0, bias: bool = True):
        who = type(self).__name__
        self.n_in, self.bias = check.integer(who, "n_in", n_in, 1), check.boolean(who, "bias", bias)
        self.at_zero = check.integer(who, "at_zero", at_zero, 0, 1)
        size, name = self.n_in + self.bias, "w = (b, w1, …)" if self.bias else "w = (w1, …)"
        self.w = check.numbers(self, "w", np.zeros(size) if w is None else w)
        check.shape(self, name, self.w, (size,))

    def __repr__(self):
        return f"{type(self).__name__}({self.n_in})"

    def inputs(self, X: Array) -> Array:
        """The rows x = (1, x₁, …, xₙ) as an array (N, n + 1) of floating-point numbers."""
        X = check.shape(self, "X", check.numbers(self, "X", X), ("N", self.n_in))
        return with_one(X) if self.bias else X

    def score(self, X: Array) -> Array:
        """z = w·x for each row: (N,)."""
        x = self.inputs(X)
        return x @ asarray(self.w, like=x)

    def decide(self, z: Array) -> Array:
        """1 where z > 0, 0 where z < 0, ``at_zero`` where z = 0; integers."""
        xp = namespace(z)
        return xp.astype(z >= 0 if self.at_zero else z > 0, xp.int64)

    def __call__(self, X: Array) -> Array:
        return self.decide(self.score(X))

    def accuracy(self, X: Array, y: Array) -> float:
        """The fraction of rows that are answered correctly."""
        z = self.score(X)
        return 1 - self.mistakes(z, self.labels(z, y)) / z.shape[0]

    def fit(
        self,
        X: Array,
        y: Array,
        lr: float = 1.0,
        epochs: int = 100,
        batch: bool = False,
        order: str | Iterable[int] | None = None,
        seed: int = 0,
        record: bool = False,
    ) -> Trace:
        """w ← w + η e x for one example after the other, or w ← w + η (1/N) Σₙ eₙ xₙ (``batch``).

        Learning starts at ``self.w``, changes it and ends after an epoch without a change, at the
        latest after ``epochs``.  ``order``: None takes the rows as they stand, "random" shuffles
        them in each epoch (from ``seed``), row numbers are used in every epoch.  Returns the Trace;
        ``record`` keeps every step in it.  ValueError for wrong shapes, labels or an lr ≤ 0."""
        x = self.inputs(X)
        labels = self.labels(x, y)
        lr, epochs = check.positive(self, "lr", lr), check.integer(self, "epochs", epochs, 1)
        batch, record = check.boolean(self, "batch", batch), check.boolean(self, "record", record)
        shuffled = isinstance(order, str) and not batch
        rows_of = _orders(order, x.shape[0], seed, self)
        xp, w = namespace(x), asarray(self.w, like=x)
        view, answers, after = to_numpy(x), to_numpy(labels).astype(int), to_numpy(w)
        trace = Trace(after, shuffled, record)
        for epoch in range(1, epochs + 1):
            errors = 0
            for n in [None] if batch else rows_of(epoch):
                rows = slice(None) if n is None else slice(n, n + 1)
                z, before = x[rows, ...] @ w, after
                e = self.error(z, labels[rows])
                if bool(xp.any(e != 0)):
                    w = w + lr * (e @ x[rows, ...]) / z.shape[0]
                    after = to_numpy(w)
                y_hat = to_numpy(self.decide(z))
                errors += int(np.sum(y_hat != answers[rows]))
                shown: Any = (view, answers, y_hat) if batch else (view[n], answers[n], y_hat[0])
                trace.add(Step._make((epoch, n, *shown, before, after)))
                trace.diverged = after is not before and not np.abs(after).max() <= 1e30  # or NaN
                if trace.diverged:
                    break
            trace.end_epoch(errors, after)
            if trace.converged or trace.diverged:
                break
        self.w = w
        return trace

    def labels(self, x: Array, y: Array) -> Array:
        """y as numbers 0.0 and 1.0 in the library of x, one for each row."""
        check.shape(self, "X", x, ("N ≥ 1", "…"))
        return asarray(check.row_labels(self, y, x.shape[0], 2).astype(float), like=x)

    def mistakes(self, z: Array, labels: Array) -> int:
        """How many of the sums z fall on the wrong side, for labels 0.0 and 1.0."""
        return int(np.sum(to_numpy(self.decide(z)) != to_numpy(labels)))


class Perceptron(Unit):
    """e = y − ŷ: the weights move only after a mistake, by +η x for a missed 1, −η x for a false 1.
    Rosenblatt 1962.  One example at a time it stops exactly if a line separates the classes, after
    at most (R/γ)² updates from w = 0 (Novikoff 1962; ``novikoff_bound``).
    In batch form it is the descent of the perceptron criterion, divided by N."""

    def error(self, z: Array, y: Array) -> Array:
        return y - namespace(z).astype(self.decide(z), z.dtype)


class Adaline(Unit):
    """e = t − z with t = 2y − 1: the error is taken before the threshold.
    The descent of the mean of ½ (t − z)² over the examples.  Widrow and Hoff 1960 (LMS rule)."""

    def error(self, z: Array, y: Array) -> Array:
        return (2 * y - 1) - z

    def loss(self, X: Array, y: Array) -> float:
        """J = (1/N) Σₙ ½ (tₙ − zₙ)²."""
        z = self.score(X)
        e = self.error(z, self.labels(z, y))
        return float(e @ e) / (2 * z.shape[0])

    def stable_lr(self, X: Array) -> float:
        """2/λ, λ the largest eigenvalue of (1/N) Σₙ xₙ xₙᵀ: batch learning diverges above it."""
        x = check.shape(self, "X", self.inputs(X), ("N ≥ 1", "n"))
        return 2 / float(namespace(x).linalg.eigvalsh(x.mT @ x / x.shape[0])[-1])


class LogisticUnit(Unit):
    """e = y − σ(z): the delta rule of the unit whose output σ(z) is the probability of class 1.
    The descent of the cross-entropy −(1/N) Σₙ [yₙ ln σ(zₙ) + (1 − yₙ) ln(1 − σ(zₙ))]."""

    def probability(self, X: Array) -> Array:
        """σ(z) = 1/(1 + e⁻ᶻ) for each row: (N,)."""
        return sigmoid(self.score(X))

    def error(self, z: Array, y: Array) -> Array:
        return y - sigmoid(z)

    def loss(self, X: Array, y: Array) -> float:
        """J = (1/N) Σₙ ln(1 + e^(−tₙ zₙ)), the cross-entropy above in one term."""
        z = self.score(X)
        t = 2 * self.labels(z, y) - 1
        return float(namespace(z).mean(namespace(z).logaddexp(0 * z, -t * z)))


def _orders(order, N, seed, who):
    """epoch -> the row numbers in the order in which they are shown."""
    rng, known = check.generator(who, seed), "None, 'random' or row numbers"
    if isinstance(order, str) and order == "random":
        return lambda epoch: rng.permutation(N).tolist()
    if isinstance(order, str) or order is not None and not isinstance(order, Iterable):
        raise ValueError(f"{who}: expected order {known}, got unknown order {order!r}")
    rows = list(range(N) if order is None else order)
    if not rows or not all(isinstance(n, Integral) and 0 <= n < N for n in rows):
        raise ValueError(f"{who}: expected row numbers 0 … {N - 1} in order, got {rows}")
    return lambda epoch: rows
