"""What to do when training no longer improves: keep the best θ and stop, or make smaller steps."""

import numpy as np

from . import checks as check
from .backend import Array, asarray, namespace
from .history import History, number
from .network import Network
from .optimizers import Optimizer


class EarlyStopping:
    """The best θ and running statistics so far, and how long ago, for each network of a stack."""

    def __init__(self, net: Network, patience: int, min_delta: float = 0.0):
        shape = tuple(net.theta.shape[:-1])
        self.patience, self.min_delta = patience, min_delta
        self.now = [net.theta, *(buffer for buffers in net.buffers for buffer in buffers)]
        self.kept = [asarray(a, a) for a in self.now]
        self.best, self.epoch = np.full(shape, np.inf), np.zeros(shape, int)
        self.memory = {"best": self.best, "epoch": self.epoch, "kept": self.kept}

    def update(self, epoch: int, J: Array) -> None:
        """Note what an epoch has reached; smaller is better, and what is not finite is worse."""
        better = ~self.stopped(epoch - 1) & (np.asarray(J) < self.best - self.min_delta)
        np.copyto(self.best, J, where=better)
        self.epoch[better] = epoch
        _copy(self.now, self.kept, better)

    def stopped(self, epoch: int) -> Array:
        """The networks that have not improved for ``patience`` epochs."""
        return epoch - self.epoch >= self.patience

    def restore(self) -> Array:
        """Put the best back; return its epoch.  A network that never had one stays as it is."""
        _copy(self.kept, self.now, self.epoch > 0)
        return number(self.epoch) if self.epoch.any() else None


def _copy(source, target, networks):
    if networks.any():
        for a, b in zip(source, target, strict=True):
            xp, axes = namespace(b), tuple(range(networks.ndim, b.ndim))
            b[...] = xp.where(xp.asarray(np.expand_dims(networks, axes), device=b.device), a, b)


class ReduceOnPlateau:
    """η ← γ η after every ``patience`` epochs in which the validation loss has not improved.

        fit(..., callback=ReduceOnPlateau(optimizer, factor=0.5, patience=5))

    γ = ``factor`` in (0, 1); ``monitor`` as for ``fit``, without validation data the training loss.
    Each network of a stack has its own rate.  Raises ValueError for an optimizer with a schedule.
    """

    def __init__(
        self, optimizer: Optimizer, factor: float = 0.5, patience: int = 5, monitor: str = "loss"
    ):
        who = "ReduceOnPlateau"
        if not isinstance(optimizer, Optimizer) or callable(optimizer.lr):
            raise ValueError(f"{who}: expected an optimizer without a schedule, got {optimizer!r}")
        self.optimizer, self.monitor = optimizer, monitor
        self.factor = check.below_one(who, "factor", check.positive(who, "factor", factor))
        self.patience = check.integer(who, "patience", patience, 1)

    def __call__(self, epoch: int, history: History) -> None:
        """Set the learning rate after an epoch."""
        curve = np.array(history.falling(self.monitor))
        since = epoch - 1 - np.argmin(np.where(np.isnan(curve), np.inf, curve), axis=0)
        shrink = number(np.where((since > 0) & (since % self.patience == 0), self.factor, 1.0))
        if np.ndim(shrink) > 0:
            shrink = asarray(shrink[:, None], self.optimizer.theta)
        self.optimizer.lr = self.optimizer.lr * shrink
