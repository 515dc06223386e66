"""The machine of 1958: photocells, fixed random wiring, and units that learn.

Photoperceptron   S → A → R
to_retina         pictures as the photocells see them
"""

import math

import numpy as np

from . import checks as check
from .backend import asarray, namespace, to_numpy
from .perceptron import with_one


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

    def association(self, S):
        """Which association units fire: (N, n_a) of 0.0 and 1.0, for cards (N, photocells)."""
        S = check.shape(self, "cards", check.numbers(self, "S", S), ("N", self.wiring.shape[1]))
        return namespace(S).astype(S @ asarray(self.wiring, like=S).mT >= self.threshold, S.dtype)

    def score(self, S):
        """The sums of the response units, (N, n_r)."""
        a = with_one(self.association(S))
        return a @ asarray(self.w, like=a).mT

    def __call__(self, S):
        """The answers, (N,) integers."""
        return self._answer(self.score(S))

    def accuracy(self, S, y):
        """The fraction of the cards that are answered correctly."""
        answers = to_numpy(self(S))
        return float(np.mean(answers == self._labels(answers, y)))

    def train(self, S, y, lr=1.0):
        """Shows the cards once, one after the other; returns the answers given, (N,) integers.

        Each answer is given before the label is told: w ← w + η (y − ŷ) a follows it.
        """
        a = with_one(self.association(S))
        y, lr = self._labels(a, y), check.positive(self, "lr", lr)
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
        check.shape(self, "cards", rows, ("N ≥ 1", "…"))
        return check.row_labels(self, y, rows.shape[0], max(2, self.n_r))

    def _answer(self, z):
        xp = namespace(z)
        return xp.astype(z[:, 0] > 0, xp.int64) if self.n_r == 1 else xp.argmax(z, axis=1)


def to_retina(images, retina=(20, 20), threshold=0.5):
    """Pictures (N, h, w) or square ones (N, h²) shown to photocells: (N, cells) of 0.0 and 1.0.

    Each photocell looks at the pixel under its centre and is lit where that exceeds ``threshold``.
    """
    images = to_numpy(check.numbers("to_retina", "images", images))
    retina = _retina("to_retina", retina)
    threshold = check.number("to_retina", "threshold", threshold)
    if images.ndim == 2:
        side = math.isqrt(images.shape[1])
        check.shape("to_retina", "square pictures", images, ("N", side**2))
        images = images.reshape(len(images), side, side)
    check.shape("to_retina", "pictures", images, ("N ≥ 1", "h ≥ 1", "w ≥ 1"))
    row = ((np.arange(retina[0]) + 0.5) * images.shape[1] / retina[0]).astype(int)
    column = ((np.arange(retina[1]) + 0.5) * images.shape[2] / retina[1]).astype(int)
    seen = images[:, row[:, None], column] > threshold
    return seen.reshape(len(images), -1).astype(float)


def _retina(who, retina):
    if not isinstance(retina, (list, tuple)) or len(retina) != 2:
        raise ValueError(f"{who}: expected retina (height, width), got {retina!r}")
    return tuple(check.integer(who, "retina", n, 1) for n in retina)
