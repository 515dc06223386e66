"""What to do when training no longer improves: keep the best θ and stop, or make smaller steps."""

import numpy as np

from . import checks as check
from .backend import asarray, namespace
from .history import number
from .optimizers import Optimizer


class EarlyStopping:
    """The best θ and running statistics so far, and how long ago, for each network of a stack."""

    def __init__(self, net, patience, min_delta=0.0):
        shape = tuple(net.theta.shape[:-1])
        self.patience, self.min_delta = patience, min_delta
        self.now = [net.theta, *(buffer for buffers in net.buffers for buffer in buffers)]
        self.kept = [asarray(a, a) for a in self.now]
        self.best, self.epoch = np.full(shape, np.inf), np.zeros(shape, int)
        self.stopped = np.zeros(shape, bool)

    def update(self, epoch, J):
        """Note what an epoch has reached; smaller is better, and what is not finite is worse."""
        better = ~self.stopped & (np.asarray(J) < self.best - self.min_delta)
        self.best = np.where(better, J, self.best)
        self.epoch = np.where(better, epoch, self.epoch)
        _copy(self.now, self.kept, better)
        self.stopped |= epoch - self.epoch >= self.patience

    @property
    def done(self):
        """True when every network has stopped improving."""
        return bool(self.stopped.all())

    @property
    def memory(self):
        """Everything that changes from epoch to epoch, by name."""
        memory = {"best": self.best, "epoch": self.epoch, "stopped": self.stopped}
        return memory | {f"kept.{i}": a for i, a in enumerate(self.kept)}

    def restore(self):
        """Put the best back; return its epoch.  A network that never had one stays as it is."""
        _copy(self.kept, self.now, self.epoch > 0)
        return number(self.epoch) if self.epoch.any() else None


def _copy(source, target, networks):
    # Of the networks that are marked.
    if networks.any():
        for a, b in zip(source, target, strict=True):
            xp, axes = namespace(b), tuple(range(networks.ndim, b.ndim))
            mask = xp.asarray(np.expand_dims(networks, axes), device=b.device)
            b[...] = xp.where(mask, a, b)


class ReduceOnPlateau:
    """η ← γ η after every ``patience`` epochs in which the validation loss has not improved.

        fit(..., callback=ReduceOnPlateau(optimizer, factor=0.5, patience=5))

    factor      γ in (0, 1)
    min_delta   what counts as better must be better by more than this
    monitor     as for ``fit``; without validation data "loss" is the training loss
    The rate follows from the history: each network of a stack has its own, and a training that goes
    on from a checkpoint finds it again.  Raises ValueError for an optimizer with a schedule.
    """

    def __init__(self, optimizer, factor=0.5, patience=5, min_delta=0.0, monitor="loss"):
        who = "ReduceOnPlateau"
        if not isinstance(optimizer, Optimizer) or callable(optimizer.lr):
            raise ValueError(f"{who}: expected an optimizer without a schedule, got {optimizer!r}")
        self.optimizer = optimizer
        self.factor = check.below_one(who, "factor", check.positive(who, "factor", factor))
        self.patience = check.integer(who, "patience", patience, 1)
        self.min_delta = check.number(who, "min_delta", min_delta, 0)
        self.monitor, self.history = monitor, None

    @property
    def settings(self):
        """What a checkpoint compares before training goes on."""
        return {n: getattr(self, n) for n in ("factor", "patience", "min_delta", "monitor")}

    def begin(self, history):
        """Called by ``fit`` before the first step: a checkpoint may have brought a history."""
        self.history, self.lr, self.seen = history, self.optimizer.lr, 0
        self.best, self.since, self.times = np.inf, 0, 0
        self._look()

    def __call__(self, epoch, history):
        """Look at what is new in the history and set the learning rate."""
        if history is not self.history:
            self.begin(history)
        self._look()

    def _look(self):
        curve = self.history.falling(self.monitor)
        for J in curve[self.seen :]:
            better = J < self.best - self.min_delta
            self.best = np.where(better, J, self.best)
            self.since = np.where(better, 0, self.since + 1)
            self.times = self.times + (self.since == self.patience)
            self.since = self.since % self.patience
        self.seen = len(curve)
        shrink = number(self.factor**self.times)
        if np.ndim(shrink) > 0:
            shrink = asarray(shrink[:, None], self.optimizer.theta)
        self.optimizer.lr = self.lr * shrink
