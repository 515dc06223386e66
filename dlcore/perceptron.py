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
its replay, made for looking at, holds NumPy arrays.
"""

from collections.abc import Iterable
from numbers import Integral
from typing import NamedTuple

import numpy as np

from .activations import sigmoid
from .backend import asarray, namespace, to_numpy
from .checks import array, boolean, generator, integer, number, numbers, positive


class Trial(NamedTuple):
    """One example shown to the unit (in batch learning: one look at all of them, index None)."""

    epoch: int  # 1, 2, …
    index: int | None  # the row of X
    x: np.ndarray  # with the constant input: (n + 1,); in batch learning (N, n + 1)
    y: np.ndarray  # the label, or all labels
    y_hat: np.ndarray  # the answer given with the weights ``before``
    before: np.ndarray  # (n + 1,)
    after: np.ndarray  # (n + 1,)

    @property
    def changed(self):
        return self.after is not self.before


class Replay:
    """What happened in a training: ``replay[k]`` is the k-th Trial, ``len(replay)`` their number.

    errors      wrong answers in each epoch, each judged by the weights of its moment
    trajectory  the weights at the start and after each update, (updates + 1, n + 1)
    converged   True if the last epoch changed nothing
    diverged    True if training was stopped because the weights had passed 10³⁰
    shuffled    True if each epoch had an order of its own
    """

    def __init__(self, w, shuffled):
        self.shuffled = shuffled
        self.trials, self.errors, self._weights = [], [], [w]
        self._ends = [0]  # the number of updates made by the end of each epoch
        self.converged = self.diverged = False

    def __len__(self):
        return len(self.trials)

    def __getitem__(self, k):
        return self.trials[k]

    @property
    def epochs(self):
        return len(self.errors)

    @property
    def updates(self):
        return len(self._weights) - 1

    @property
    def trajectory(self):
        return np.stack(self._weights)

    def weights(self, k):
        """The weights after k updates, k = 0 … updates (negative k counts from the end)."""
        return self._weights[k].copy()

    def updates_at(self, epoch):
        """The number of updates made by the end of an epoch; 0 for epoch 0, the start."""
        return self._ends[epoch]

    def weights_at(self, epoch):
        """The weights at the end of an epoch; epoch 0 is the start."""
        return self._weights[self._ends[epoch]].copy()

    def cycle(self):
        """(epoch, period) once the weights come back to a value that ended an earlier epoch.

        With a fixed order of the examples the next epoch is a function of the weights alone, so
        from there on everything repeats and the unit never stops.  None if no value came back, or
        if the order was random: then nothing need repeat.
        """
        seen = {}
        if not self.converged and not self.shuffled:
            for epoch, end in enumerate(self._ends):
                first = seen.setdefault(self._weights[end].tobytes(), epoch)
                if first < epoch:
                    return first, epoch - first
        return None


class Unit:
    """z = w·x with w = (b, w₁, …, wₙ) and x = (1, x₁, …, xₙ); ``bias=False`` leaves the 1 out.

    ``w`` is where learning starts (None: zeros).  Calling the unit gives its answers in {0, 1}:
    1 if z > 0, 0 if z < 0, and ``at_zero`` if z = 0.
    """

    def __init__(self, n_in, w=None, at_zero=0, bias=True):
        who = type(self).__name__
        self.n_in, self.bias = integer(who, "n_in", n_in, 1), boolean(who, "bias", bias)
        self.at_zero = integer(who, "at_zero", at_zero, 0, 1)
        size = self.n_in + self.bias
        if w is None:
            w = np.zeros(size)
        w = numbers(self, "w", w)
        if tuple(w.shape) != (size,):
            names = ", ".join(["b"] * self.bias + [f"w{i}" for i in range(1, self.n_in + 1)][:3])
            got = tuple(w.shape)
            raise ValueError(f"{self}: expected w of shape ({size},) = ({names} …), got {got}")
        self.w = w

    def __repr__(self):
        return f"{type(self).__name__}({self.n_in})"

    def inputs(self, X):
        """The rows x = (1, x₁, …, xₙ) as an array (N, n + 1) of floating-point numbers."""
        X = numbers(self, "X", X)
        if X.ndim != 2 or X.shape[1] != self.n_in:
            got = tuple(X.shape)
            raise ValueError(f"{self}: expected X of shape (N, {self.n_in}), got {got}")
        if not self.bias:
            return X
        xp = namespace(X)
        one = xp.ones((X.shape[0], 1), dtype=X.dtype, device=X.device)
        return xp.concat([one, X], axis=1)

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
        """The fraction of rows that are answered rightly."""
        x = self.inputs(X)
        return 1 - self._wrong(x @ asarray(self.w, like=x), self._labels(x, y)) / x.shape[0]

    def error(self, z, y):
        """What the unit feeds back for the sums z and the labels y, both (N,) and floating."""
        raise NotImplementedError

    def fit(self, X, y, lr=1.0, epochs=100, batch=False, order=None, seed=0):
        """w ← w + η e x for one example after the other, or w ← w + η (1/N) Σₙ eₙ xₙ (``batch``).

        Learning starts at ``self.w``, changes it and ends after an epoch without a change, at the
        latest after ``epochs``.  ``order``: None takes the rows as they stand, "random" shuffles
        them anew for each epoch (from ``seed``), a sequence of row numbers is used in every epoch.
        Returns the Replay.  ValueError for wrong shapes, labels other than 0 and 1, lr ≤ 0.
        """
        x = self.inputs(X)
        labels = self._labels(x, y)
        lr, epochs = positive(self, "lr", lr), integer(self, "epochs", epochs, 1)
        batch = boolean(self, "batch", batch)
        shuffled = isinstance(order, str) and not batch
        order = _orders(order, x.shape[0], seed, self)
        xp = namespace(x)
        w = asarray(self.w, like=x)
        view, answers = to_numpy(x), to_numpy(labels).astype(int)
        replay = Replay(to_numpy(w), shuffled)
        for epoch in range(1, epochs + 1):
            errors, start = 0, replay.updates
            for n in [None] if batch else order(epoch):
                rows = slice(None) if n is None else slice(n, n + 1)
                z = x[rows, ...] @ w
                e = self.error(z, labels[rows])
                before = after = replay._weights[-1]
                if bool(xp.any(e != 0)):
                    w = w + lr * (e @ x[rows, ...]) / z.shape[0]
                    after = to_numpy(w)
                    replay._weights.append(after)
                y_hat = to_numpy(self.decide(z))
                if batch:
                    errors = int(np.sum(y_hat != answers))
                    trial = Trial(epoch, None, view, answers, y_hat, before, after)
                else:
                    errors += int(y_hat[0] != answers[n])
                    trial = Trial(epoch, n, view[n], answers[n], y_hat[0], before, after)
                replay.trials.append(trial)
                if trial.changed and not np.abs(after).max() <= 1e30:  # NaN is no number, either
                    replay.diverged = True
                    break
            replay.errors.append(errors)
            replay._ends.append(replay.updates)
            replay.converged = replay.updates == start
            if replay.converged or replay.diverged:
                break
        self.w = w
        return replay

    def _labels(self, x, y):
        """y as numbers 0.0 and 1.0 in the library of x."""
        plain = to_numpy(array(self, "y", y))
        if 0 in x.shape:
            raise ValueError(f"{self}: expected at least one example, got none")
        if plain.shape != (x.shape[0],):
            raise ValueError(
                f"{self}: expected y of shape ({x.shape[0]},), one label a row, got {plain.shape}"
            )
        if not np.all((plain == 0) | (plain == 1)):
            found = ", ".join(map(str, np.unique(plain)[:5]))
            raise ValueError(f"{self}: expected labels 0 and 1, got {found}")
        return asarray(plain.astype(float), like=x)

    def _wrong(self, z, labels):
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
        e = self.error(x @ asarray(self.w, like=x), self._labels(x, y))
        return float(e @ e) / (2 * x.shape[0])

    def stable_lr(self, X):
        """2/λ, λ the largest eigenvalue of (1/N) Σₙ xₙ xₙᵀ: batch learning diverges above it."""
        x = self.inputs(X)
        if x.shape[0] == 0:
            raise ValueError(f"{self}: expected at least one example, got none")
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
        t, z = 2 * self._labels(x, y) - 1, x @ asarray(self.w, like=x)
        return float(namespace(z).mean(namespace(z).logaddexp(0 * z, -t * z)))


# ---------------------------------------------------------------- criterion, margin, bound


def criterion(w, X, y):
    """E_P(w) = −Σ tₙ w·xₙ over the misclassified n, and its subgradient −Σ tₙ xₙ over tₙ w·xₙ ≤ 0.

    w is (n + 1,), or (M, n + 1) for M points of weight space at once: values (M,), subgradients
    (M, n + 1).  A sum that is exactly 0 adds nothing to the value but counts in the subgradient:
    at w = 0 every example does, and descent can leave the useless minimum there.
    """
    unit, x = _unit("criterion", X)
    xp = namespace(x)
    t, w = 2 * unit._labels(x, y) - 1, _weights("criterion", w, x, (1, 2))
    tz = t * (w @ x.mT)
    inside = xp.astype(tz <= 0, x.dtype)
    return 0.0 - xp.sum(tz * inside, axis=-1), -((inside * t) @ x)


def margin(w, X, y):
    """γ = min tₙ w·xₙ / ‖w‖ over all examples: positive exactly if w separates the classes.

    Constant input and bias included, as Novikoff's theorem takes it.
    """
    unit, x = _unit("margin", X)
    xp = namespace(x)
    t, w = 2 * unit._labels(x, y) - 1, _weights("margin", w, x, (1,))
    if not bool(xp.any(w != 0)):
        raise ValueError("margin: expected weights w with a direction, got zeros")
    return float(xp.min(t * (x @ w)) / xp.linalg.vector_norm(w))


def widest(X, y, steps=10_000, tolerance=1e-6):
    """The weights w, ‖w‖ = 1, of (almost) the largest margin γ, or None if none was found.

    The largest margin is the distance of the origin from the convex hull of the corners
    aₙ = tₙ xₙ, and w points to the hull's nearest point p = Σ αₙ aₙ.  Each step shifts weight α
    from the corner in use with the largest p·a to the corner with the least, as far as p gets
    shorter.  Mitchell, Demyanov and Malozemov 1971.
    """
    steps = integer("widest", "steps", steps, 1)
    tolerance = number("widest", "tolerance", tolerance, 0)
    unit, x = _unit("widest", X)
    corners = (2 * to_numpy(unit._labels(x, y)) - 1)[:, None] * to_numpy(x)
    alpha = np.zeros(len(corners))
    alpha[0], p = 1.0, corners[0]
    for _ in range(steps):
        s = corners @ p
        near, far = np.argmin(s), np.argmax(np.where(alpha > 0, s, -np.inf))
        gap, edge = s[far] - s[near], corners[near] - corners[far]
        if gap <= tolerance * (p @ p):
            break
        shift = min(alpha[far], gap / (edge @ edge))
        alpha[near] += shift
        alpha[far] -= shift
        p = p + shift * edge
    return p / np.linalg.norm(p) if np.min(corners @ p) > 0 else None


def novikoff_bound(X, y, w=None):
    """(R/γ)²: at most so many updates does the perceptron make from w = 0, whatever η and order.

    R is the largest ‖xₙ‖ (constant input included) and γ the margin of the separating weights w
    (None: those of ``widest``).  ValueError if w does not separate the classes.  Novikoff 1962.
    """
    w = widest(X, y) if w is None else w
    gamma = -1.0 if w is None else margin(w, X, y)
    if gamma <= 0:
        raise ValueError("novikoff_bound: expected weights that separate the classes, got none")
    x = to_numpy(_unit("novikoff_bound", X)[1])
    return float(np.max(np.sum(x * x, axis=1))) / gamma**2


class Pocket(NamedTuple):
    """What ``pocket`` returns: the unit kept, and two accuracies on all examples by trial."""

    unit: Perceptron
    kept: np.ndarray  # of the weights in the pocket, (trials + 1,)
    current: np.ndarray  # of the weights that go on learning, (trials + 1,)


def pocket(X, y, trials=1000, lr=1.0, at_zero=0, seed=0):
    """The perceptron on randomly drawn examples, with its best weights kept aside in a pocket.

    New weights go into the pocket when they have answered more examples in a row rightly than the
    weights in it had, and are right on more of all examples (the "ratchet").  For classes that no
    line separates.  Gallant 1990, doi:10.1109/72.80230.
    """
    trials, lr = integer("pocket", "trials", trials, 0), positive("pocket", "lr", lr)
    rng = generator("pocket", seed)
    unit, x = _unit("pocket", X, at_zero=integer("pocket", "at_zero", at_zero, 0, 1))
    labels = unit._labels(x, y)
    N = x.shape[0]
    best = w = asarray(unit.w, like=x)
    run = best_run = 0
    now = best_right = N - unit._wrong(x @ w, labels)
    kept, current = [best_right / N], [now / N]
    for n in rng.integers(0, N, trials):
        row = x[int(n) : int(n) + 1, ...]
        e = unit.error(row @ w, labels[int(n) : int(n) + 1])
        if float(e[0]) == 0:
            run += 1
            if run > best_run and now > best_right:
                best, best_run, best_right = w, run, now
        else:
            w, run = w + lr * (e @ row), 0
            now = N - unit._wrong(x @ w, labels)
        kept.append(best_right / N)
        current.append(now / N)
    unit.w = best
    return Pocket(unit, np.array(kept), np.array(current))


# ---------------------------------------------------------------- the machine of 1958


class Photoperceptron:
    """S → A → R:  a = h(R s − θ),   ŷ = h(w·a): photocells, fixed random wiring, units that learn.

    The retina s has height × width photocells, lit (1) or dark (0).  Each of ``n_a`` association
    units is wired to ``fan_in`` photocells drawn at random, each wire +1 or −1 by the toss of a
    coin, and fires when its sum reaches the ``threshold`` θ; this layer never changes.  Response
    units (``n_r`` of them) learn by Rosenblatt's rule.  With one, the answer is its output 0 or 1;
    with K ≥ 2 each tells its own class from the rest and the largest sum answers.

    After the plan of Rosenblatt 1958 with the error correction of Rosenblatt 1962; the sizes are
    those of one configuration of the Mark I (Hay and others 1960).
    """

    def __init__(self, n_a=512, n_r=1, retina=(20, 20), fan_in=4, threshold=1, seed=0):
        who = type(self).__name__
        self.retina = _retina(who, retina)
        n_s = self.retina[0] * self.retina[1]
        n_a, self.n_r = integer(who, "n_a", n_a, 1), integer(who, "n_r", n_r, 1)
        fan_in = integer(who, "fan_in", fan_in, 1, n_s)
        self.threshold, rng = number(who, "threshold", threshold), generator(who, seed)
        self.wiring = np.zeros((n_a, n_s))
        for wires in self.wiring:
            wires[rng.choice(n_s, fan_in, replace=False)] = rng.choice([-1.0, 1.0], fan_in)
        self.w = np.zeros((self.n_r, n_a + 1))

    def __repr__(self):
        n_a, n_s = self.wiring.shape
        return f"Photoperceptron({n_s} photocells, {n_a} association units, {self.n_r} response)"

    def association(self, S):
        """Which association units fire: (N, n_a) of 0.0 and 1.0, for cards (N, photocells)."""
        S = numbers(self, "S", S)
        n_s = self.wiring.shape[1]
        if S.ndim != 2 or S.shape[1] != n_s:
            raise ValueError(f"{self}: expected cards of shape (N, {n_s}), got {tuple(S.shape)}")
        return namespace(S).astype(S @ asarray(self.wiring, like=S).mT >= self.threshold, S.dtype)

    def score(self, S):
        """The sums of the response units, (N, n_r)."""
        a = self._with_one(self.association(S))
        return a @ asarray(self.w, like=a).mT

    def __call__(self, S):
        """The answers, (N,) integers."""
        return self._answer(self.score(S))

    def accuracy(self, S, y):
        """The fraction of the cards that are answered rightly."""
        answers = to_numpy(self(S))
        return float(np.mean(answers == self._labels(answers, y)))

    def train(self, S, y, lr=1.0):
        """Shows the cards once, one after the other; returns the answers given, (N,) integers.

        Each answer is given before the label is told: w ← w + η (y − ŷ) a follows it.
        """
        a = self._with_one(self.association(S))
        y, lr = self._labels(a, y), positive(self, "lr", lr)
        xp = namespace(a)
        target = y[:, None] if self.n_r == 1 else y[:, None] == np.arange(self.n_r)
        target = asarray(target.astype(float), like=a)
        w, answers = asarray(self.w, like=a), []
        for n in range(a.shape[0]):
            z = w @ a[n, :]
            answers.append(int(self._answer(z[None, :])[0]))
            e = target[n, :] - xp.astype(z > 0, z.dtype)
            if bool(xp.any(e != 0)):
                w = w + lr * e[:, None] * a[n, :][None, :]
        self.w = w
        return np.array(answers)

    def _labels(self, rows, y):
        y, classes = to_numpy(array(self, "y", y)), max(2, self.n_r)
        if y.shape != (rows.shape[0],) or y.size == 0:
            raise ValueError(
                f"{self}: expected y of shape ({rows.shape[0]},), N ≥ 1, got {y.shape}"
            )
        if not np.all(np.isin(y, np.arange(classes))):
            found = ", ".join(map(str, np.unique(y)[:5]))
            raise ValueError(f"{self}: expected labels 0 … {classes - 1}, got {found}")
        return y

    def _answer(self, z):
        xp = namespace(z)
        return xp.astype(z[:, 0] > 0, xp.int64) if self.n_r == 1 else xp.argmax(z, axis=1)

    @staticmethod
    def _with_one(a):
        xp = namespace(a)
        one = xp.ones((a.shape[0], 1), dtype=a.dtype, device=a.device)
        return xp.concat([one, a], axis=1)


def to_retina(images, retina=(20, 20), threshold=0.5):
    """Pictures (N, h, w) or square ones (N, h²) shown to photocells: (N, cells) of 0.0 and 1.0.

    Each photocell looks at the pixel under its centre and is lit where that exceeds ``threshold``.
    """
    images = to_numpy(numbers("to_retina", "images", images))
    retina, threshold = _retina("to_retina", retina), number("to_retina", "threshold", threshold)
    if images.size == 0:
        raise ValueError(f"to_retina: expected pictures with pixels, got {images.shape}")
    if images.ndim == 2:
        side = round(images.shape[1] ** 0.5)
        if side * side != images.shape[1]:
            raise ValueError(f"to_retina: expected square pictures (N, h²), got {images.shape}")
        images = images.reshape(-1, side, side)
    if images.ndim != 3:
        raise ValueError(f"to_retina: expected pictures (N, h, w), got {images.shape}")
    row = ((np.arange(retina[0]) + 0.5) * images.shape[1] / retina[0]).astype(int)
    column = ((np.arange(retina[1]) + 0.5) * images.shape[2] / retina[1]).astype(int)
    seen = images[:, row[:, None], column] > threshold
    return seen.reshape(len(images), -1).astype(float)


def _unit(who, X, at_zero=0):
    """A perceptron for the rows of X, and these as its inputs."""
    X = numbers(who, "X", X)
    if X.ndim != 2 or X.shape[1] == 0:
        raise ValueError(f"{who}: expected X of shape (N, n), got {tuple(X.shape)}")
    unit = Perceptron(X.shape[1], at_zero=at_zero)
    return unit, unit.inputs(X)


def _weights(who, w, x, ndims):
    """w (n + 1,), or where ``ndims`` allows it (M, n + 1), in the library of x."""
    w = numbers(who, "w", w)
    if w.ndim not in ndims or w.shape[-1] != x.shape[1]:
        raise ValueError(f"{who}: expected w of shape ({x.shape[1]},), got {tuple(w.shape)}")
    return asarray(w, like=x)


def _retina(who, retina):
    if not isinstance(retina, (list, tuple)) or len(retina) != 2:
        raise ValueError(f"{who}: expected retina (height, width), got {retina!r}")
    return tuple(integer(who, "retina", n, 1) for n in retina)


def _orders(order, N, seed, who):
    """epoch -> the row numbers in the order in which they are shown."""
    rng = generator(who, seed)
    if order is None:
        rows = list(range(N))
        return lambda epoch: rows
    if isinstance(order, str):
        if order != "random":
            known = "None, 'random' or row numbers"
            raise ValueError(f"{who}: expected order {known}, got unknown order {order!r}")
        return lambda epoch: rng.permutation(N).tolist()
    if not isinstance(order, Iterable):
        raise TypeError(f"{who}: expected order None, 'random' or row numbers, got {order!r}")
    rows = list(order)
    if not rows or not all(isinstance(n, Integral) and 0 <= n < N for n in rows):
        raise ValueError(f"{who}: expected row numbers 0 … {N - 1} in order, got {rows}")
    return lambda epoch: rows
