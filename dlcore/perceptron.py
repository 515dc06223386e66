"""One unit that learns: Rosenblatt's perceptron, its relatives, and the machine of 1958.

Every unit here computes one number, z = w·x, from the inputs x = (1, x₁, …, xₙ) and the weights
w = (b, w₁, …, wₙ): the bias b is the weight of the constant input 1.  Every unit learns by

    w ← w + η e x

and differs only in the error e that it feeds back.  With labels y ∈ {0, 1} and t = 2y − 1 ∈
{−1, +1}, the step function h and the logistic function σ:

    Perceptron     e = y − h(z)      the answer was wrong, or it was not
    Adaline        e = t − z         how far the sum is from the target
    LogisticUnit   e = y − σ(z)      how far the probability is from the label

X is (N, n), y is (N,) with values 0 and 1.  The same lines run on NumPy and on torch: a unit
computes in the library, on the device and in the floating dtype of the X that it is given, while
its trace holds NumPy arrays.
"""

import hashlib
from collections.abc import Iterable
from numbers import Integral
from typing import NamedTuple

import numpy as np

from . import checks as check
from .activations import sigmoid
from .backend import asarray, namespace, to_numpy


def with_one(X):
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
    def changed(self):
        return self.after is not self.before


class Trace:
    """What a training did.  Its size does not depend on how long that was, unless it was recorded.

    errors      wrong answers in each epoch, each judged by the weights of its moment
    updates     how often the weights have changed
    converged   True if the last epoch changed nothing
    diverged    True if training was stopped because the weights had passed 10³⁰
    shuffled    True if each epoch had an order of its own

    With ``fit(…, record=True)`` also ``trace[k]``, the k-th Step (``len(trace)`` of them), and the
    weights after each update: ``trajectory``, ``weights``, ``weights_at``.
    """

    def __init__(self, w, shuffled, record):
        self.shuffled, self.record = shuffled, record
        self.steps, self.errors, self.updates = [], [], 0
        self.converged = self.diverged = False
        self._weights = [w]
        self._ends = [0]  # the number of updates made by the end of each epoch
        self._cycle, self._seen = None, {self._digest(w): 0}

    def __len__(self):
        return len(self._recorded(self.steps))

    def __getitem__(self, k):
        return self._recorded(self.steps)[k]

    @property
    def epochs(self):
        return len(self.errors)

    @property
    def trajectory(self):
        """The weights at the start and after each update, (updates + 1, n + 1)."""
        return np.stack(self._recorded(self._weights))

    def weights(self, k):
        """The weights after k updates, k = 0 … updates (negative k counts from the end)."""
        return self._recorded(self._weights)[k].copy()

    def updates_at(self, epoch):
        """The number of updates made by the end of an epoch; 0 for epoch 0, the start."""
        return self._ends[epoch]

    def weights_at(self, epoch):
        """The weights at the end of an epoch; epoch 0 is the start."""
        return self.weights(self._ends[epoch])

    def cycle(self):
        """(epoch, period) once the weights come back to a value that ended an earlier epoch.

        With a fixed order of the examples the next epoch is a function of the weights alone, so
        from there on everything repeats and the unit never stops.  None if no value came back, or
        if the order was random: then nothing need repeat.
        """
        return None if self.converged or self.shuffled else self._cycle

    def add(self, step):
        """Take note of a step."""
        self.updates += step.changed
        if self.record:
            self.steps.append(step)
            self._weights += [step.after] if step.changed else []

    def end_epoch(self, errors, w):
        """Take note of the end of an epoch with the weights w."""
        self.converged = self.updates == self._ends[-1]
        self.errors.append(errors)
        self._ends.append(self.updates)
        first = self._seen.setdefault(self._digest(w), self.epochs)
        if self._cycle is None and first < self.epochs:
            self._cycle = first, self.epochs - first

    def _recorded(self, kept):
        if not self.record:
            raise ValueError("Trace: expected a training recorded by fit(…, record=True)")
        return kept

    @staticmethod
    def _digest(w):
        return hashlib.blake2b(w.tobytes(), digest_size=16).digest()


class Unit:
    """z = w·x with w = (b, w₁, …, wₙ) and x = (1, x₁, …, xₙ); ``bias=False`` leaves the 1 out.

    ``w`` is where learning starts (None: zeros).  Calling the unit gives its answers in {0, 1}:
    1 if z > 0, 0 if z < 0, and ``at_zero`` if z = 0.
    """

    def __init__(self, n_in, w=None, at_zero=0, bias=True):
        who = type(self).__name__
        self.n_in, self.bias = check.integer(who, "n_in", n_in, 1), check.boolean(who, "bias", bias)
        self.at_zero = check.integer(who, "at_zero", at_zero, 0, 1)
        size, name = self.n_in + self.bias, "w = (b, w1, …)" if self.bias else "w = (w1, …)"
        self.w = check.numbers(self, "w", np.zeros(size) if w is None else w)
        check.shape(self, name, self.w, (size,))

    def __repr__(self):
        return f"{type(self).__name__}({self.n_in})"

    def inputs(self, X):
        """The rows x = (1, x₁, …, xₙ) as an array (N, n + 1) of floating-point numbers."""
        X = check.shape(self, "X", check.numbers(self, "X", X), ("N", self.n_in))
        return with_one(X) if self.bias else X

    def score(self, X):
        """z = w·x for each row: (N,)."""
        x = self.inputs(X)
        return x @ asarray(self.w, like=x)

    def decide(self, z):
        """1 where z > 0, 0 where z < 0, ``at_zero`` where z = 0; integers."""
        xp = namespace(z)
        return xp.astype(z >= 0 if self.at_zero else z > 0, xp.int64)

    def __call__(self, X):
        return self.decide(self.score(X))

    def accuracy(self, X, y):
        """The fraction of rows that are answered correctly."""
        x = self.inputs(X)
        return 1 - self.mistakes(x @ asarray(self.w, like=x), self.labels(x, y)) / x.shape[0]

    def error(self, z, y):
        """What the unit feeds back for the sums z and the labels y, both (N,) and floating."""
        raise NotImplementedError

    def fit(self, X, y, lr=1.0, epochs=100, batch=False, order=None, seed=0, record=False):
        """w ← w + η e x for one example after the other, or w ← w + η (1/N) Σₙ eₙ xₙ (``batch``).

        Learning starts at ``self.w``, changes it and ends after an epoch without a change, at the
        latest after ``epochs``.  ``order``: None takes the rows as they stand, "random" shuffles
        them anew for each epoch (from ``seed``), a sequence of row numbers is used in every epoch.
        Returns the Trace; ``record`` keeps every step in it, with all weights, for looking at.
        ValueError for wrong shapes, labels other than 0 and 1, lr ≤ 0.
        """
        x = self.inputs(X)
        labels = self.labels(x, y)
        lr, epochs = check.positive(self, "lr", lr), check.integer(self, "epochs", epochs, 1)
        batch, record = check.boolean(self, "batch", batch), check.boolean(self, "record", record)
        shuffled = isinstance(order, str) and not batch
        order = _orders(order, x.shape[0], seed, self)
        xp = namespace(x)
        w = asarray(self.w, like=x)
        view, answers = to_numpy(x), to_numpy(labels).astype(int)
        after = to_numpy(w)
        trace = Trace(after, shuffled, record)
        for epoch in range(1, epochs + 1):
            errors = 0
            for n in [None] if batch else order(epoch):
                rows = slice(None) if n is None else slice(n, n + 1)
                z = x[rows, ...] @ w
                e = self.error(z, labels[rows])
                before = after
                if bool(xp.any(e != 0)):
                    w = w + lr * (e @ x[rows, ...]) / z.shape[0]
                    after = to_numpy(w)
                y_hat = to_numpy(self.decide(z))
                errors += int(np.sum(y_hat != answers[rows]))
                shown = (view, answers, y_hat) if batch else (view[n], answers[n], y_hat[0])
                trace.add(Step(epoch, n, *shown, before, after))
                # NaN is not small, either.
                trace.diverged = after is not before and not np.abs(after).max() <= 1e30
                if trace.diverged:
                    break
            trace.end_epoch(errors, after)
            if trace.converged or trace.diverged:
                break
        self.w = w
        return trace

    def labels(self, x, y):
        """y as numbers 0.0 and 1.0 in the library of x."""
        check.shape(self, "X", x, ("N ≥ 1", "n"))
        return asarray(check.row_labels(self, y, x.shape[0], 2).astype(float), like=x)

    def mistakes(self, z, labels):
        """How many of the sums z fall on the wrong side, for labels 0.0 and 1.0."""
        xp = namespace(z)
        return int(xp.sum(xp.astype(self.decide(z) != xp.astype(labels, xp.int64), xp.int64)))


class Perceptron(Unit):
    """e = y − ŷ: the weights move only after a mistake, by +η x for a missed 1, −η x for a false 1.

    Rosenblatt 1962.  One example at a time it stops exactly if a line separates the classes, after
    at most (R/γ)² updates from w = 0 (Novikoff 1962; ``novikoff_bound``).
    In batch form it is the descent of the perceptron criterion, divided by N.
    """

    def error(self, z, y):
        return y - namespace(z).astype(self.decide(z), z.dtype)


class Adaline(Unit):
    """e = t − z with t = 2y − 1: the error is taken before the threshold.

    The descent of the mean of ½ (t − z)² over the examples.  Widrow and Hoff 1960 (LMS rule).
    """

    def error(self, z, y):
        return (2 * y - 1) - z

    def loss(self, X, y):
        """J = (1/N) Σₙ ½ (tₙ − zₙ)²."""
        x = self.inputs(X)
        e = self.error(x @ asarray(self.w, like=x), self.labels(x, y))
        return float(e @ e) / (2 * x.shape[0])

    def stable_lr(self, X):
        """2/λ, λ the largest eigenvalue of (1/N) Σₙ xₙ xₙᵀ: batch learning diverges above it."""
        x = check.shape(self, "X", self.inputs(X), ("N ≥ 1", "n"))
        return 2 / float(namespace(x).linalg.eigvalsh(x.mT @ x / x.shape[0])[-1])


class LogisticUnit(Unit):
    """e = y − σ(z): the delta rule of the unit whose output σ(z) is the probability of class 1.

    The descent of the cross-entropy −(1/N) Σₙ [yₙ ln σ(zₙ) + (1 − yₙ) ln(1 − σ(zₙ))].
    """

    def probability(self, X):
        """σ(z) = 1/(1 + e⁻ᶻ) for each row: (N,)."""
        return sigmoid(self.score(X))

    def error(self, z, y):
        return y - sigmoid(z)

    def loss(self, X, y):
        """J = (1/N) Σₙ ln(1 + e^(−tₙ zₙ)), the cross-entropy above in one term."""
        x = self.inputs(X)
        t, z = 2 * self.labels(x, y) - 1, x @ asarray(self.w, like=x)
        return float(namespace(z).mean(namespace(z).logaddexp(0 * z, -t * z)))


def _orders(order, N, seed, who):
    """epoch -> the row numbers in the order in which they are shown."""
    rng, known = check.generator(who, seed), "None, 'random' or row numbers"
    if isinstance(order, str):
        if order != "random":
            raise ValueError(f"{who}: expected order {known}, got unknown order {order!r}")
        return lambda epoch: rng.permutation(N).tolist()
    if order is not None and not isinstance(order, Iterable):
        raise TypeError(f"{who}: expected order {known}, got {order!r}")
    rows = list(range(N) if order is None else order)
    if not rows or not all(isinstance(n, Integral) and 0 <= n < N for n in rows):
        raise ValueError(f"{who}: expected row numbers 0 … {N - 1} in order, got {rows}")
    return lambda epoch: rows
