"""Rosenblatt's machine: photocells, fixed random wiring, and units that learn."""

import numpy as np

from . import checks as check
from .backend import Array, asarray, namespace, to_numpy
from .perceptron import with_one


class Photoperceptron:
    """S → A → R:  a = h(R s − θ),   ŷ = h(w·a): photocells, fixed random wiring, units that learn.

    The retina s has height × width photocells, lit (1) or dark (0).  Each of ``n_a`` association
    units is wired to ``fan_in`` photocells drawn at random, each wire +1 or −1 by the toss of a
    coin, and fires when its sum reaches the ``threshold`` θ; this layer never changes.  ``n_r``
    response units learn by Rosenblatt's rule.  One answers by its output 0 or 1; of several each
    tells its own class from the rest, and the largest sum answers.
    Rosenblatt 1958, with the error correction of 1962; sizes of the Mark I (Hay and others 1960).
    """

    def __init__(
        self,
        n_a: int = 512,
        n_r: int = 1,
        retina: tuple[int, int] = (20, 20),
        fan_in: int = 4,
        threshold: float = 1,
        seed: int = 0,
    ):
        who = type(self).__name__
        if not isinstance(retina, (list, tuple)) or len(retina) != 2:
            raise ValueError(f"{who}: expected retina (height, width), got {retina!r}")
        height, width = self.retina = tuple(check.integer(who, "retina", n, 1) for n in retina)
        n_s = height * width
        n_a, self.n_r = check.integer(who, "n_a", n_a, 1), check.integer(who, "n_r", n_r, 1)
        fan_in = check.integer(who, "fan_in", fan_in, 1, n_s)
        self.threshold, rng = check.number(who, "threshold", threshold), check.generator(who, seed)
        self.wiring = np.zeros((n_a, n_s))
        for wires in self.wiring:
            wires[rng.choice(n_s, fan_in, replace=False)] = rng.choice([-1.0, 1.0], fan_in)
        self.w = np.zeros((self.n_r, n_a + 1))

    def __repr__(self):
        n_a, n_s = self.wiring.shape
        return f"Photoperceptron({n_s} photocells, {n_a} association units, {self.n_r} response)"

    def association(self, S: Array) -> Array:
        """Which association units fire: (N, n_a) of 0.0 and 1.0, for cards (N, photocells)."""
        S = check.shape(self, "cards", check.numbers(self, "S", S), ("N", self.wiring.shape[1]))
        return namespace(S).astype(S @ asarray(self.wiring, like=S).mT >= self.threshold, S.dtype)

    def score(self, S: Array) -> Array:
        """The sums of the response units, (N, n_r)."""
        a = with_one(self.association(S))
        return a @ asarray(self.w, like=a).mT

    def __call__(self, S: Array) -> Array:
        """The answers, (N,) integers."""
        return self._answer(self.score(S))

    def accuracy(self, S: Array, y: Array) -> float:
        """The fraction of the cards that are answered correctly."""
        answers = to_numpy(self(S))
        return float(np.mean(answers == self._labels(answers, y)))

    def train(self, S: Array, y: Array, lr: float = 1.0) -> np.ndarray:
        """Shows the cards once, one after the other; returns the answers given, (N,) integers.
        Each answer is given before the label is told: w ← w + η (y − ŷ) a follows it."""
        a = with_one(self.association(S))
        y, lr = self._labels(a, y), check.positive(self, "lr", lr)
        xp = namespace(a)
        target = y[:, None] if self.n_r == 1 else y[:, None] == np.arange(self.n_r)
        target, w, answers = asarray(target.astype(float), like=a), asarray(self.w, like=a), []
        for n in range(a.shape[0]):
            z = w @ a[n, :]
            answers.append(int(self._answer(z[None, :])[0]))
            e = target[n, :] - xp.astype(z > 0, z.dtype)
            if bool(xp.any(e != 0)):
                w = w + lr * e[:, None] * a[n, :][None, :]
        self.w = w
        return np.array(answers)

    def _labels(self, rows, y):
        check.shape(self, "cards", rows, ("N ≥ 1", "…"))
        return check.row_labels(self, y, rows.shape[0], max(2, self.n_r))

    def _answer(self, z):
        xp = namespace(z)
        return xp.astype(z[:, 0] > 0, xp.int64) if self.n_r == 1 else xp.argmax(z, axis=1)
