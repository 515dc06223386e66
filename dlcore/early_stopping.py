"""Early stopping: the best θ so far, and how long ago it was."""

import numpy as np

from .backend import asarray, namespace
from .history import number


class EarlyStopping:
    """The best θ and running statistics so far, and how long ago, for each network of a stack."""

    def __init__(self, net, patience):
        shape = tuple(net.theta.shape[:-1])
        self.patience = patience
        self.now = [net.theta, *(buffer for buffers in net.buffers for buffer in buffers)]
        self.kept = [asarray(a, a) for a in self.now]
        self.best, self.epoch = np.full(shape, np.inf), np.zeros(shape, int)
        self.stopped = np.zeros(shape, bool)

    def update(self, epoch, J):
        """Note the validation loss J of an epoch."""
        better = ~self.stopped & (np.asarray(J) < self.best)
        self.best = np.where(better, J, self.best)
        self.epoch = np.where(better, epoch, self.epoch)
        if better.any():
            for now, kept in zip(self.now, self.kept, strict=True):
                xp, axes = namespace(now), tuple(range(better.ndim, now.ndim))
                mask = xp.asarray(np.expand_dims(better, axes), device=now.device)
                kept[...] = xp.where(mask, now, kept)
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
        for now, kept in zip(self.now, self.kept, strict=True):
            now[...] = kept
        return number(self.epoch)
