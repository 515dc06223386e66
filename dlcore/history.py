"""The record of a training (``history.loss``, ``history.plot()``), and the errors that end it."""

import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np

from . import checks as check
from .backend import Array, is_array, to_numpy


class _Ended:
    def __init__(self, message, history, step):
        super().__init__(message, history, step)
        self.history, self.step = history, step

    def __str__(self):
        where = "the history is in .history (in a notebook: import sys; sys.last_value.history)"
        return f"{self.args[0]}; {where}"


class DivergedError(_Ended, ArithmeticError):
    """The loss is no longer finite at ``step``; ``history`` is kept up to there."""


class Interrupted(_Ended, KeyboardInterrupt):
    """Ctrl-C, or a notebook's stop button, after ``step`` updates; ``history`` is kept, too."""


class History:
    """The record that ``fit`` keeps.

    loss         the mean training loss of every epoch, a number; (E,) for a stack.  It is the mean
                 over the minibatches, each at the θ it met, with the penalty if there is one
    validation   the validation loss after every epoch, without the penalty
    metrics      of each metric, by its name, the values after every epoch
    best         the epoch (1, 2, …) whose θ early stopping has put back, else None; (E,) for a
                 stack, 0 where the validation loss of a network has never been finite
    diverged     the first step whose loss was not finite, 0 if none; (E,) for a stack
    steps        how many updates were made
    """

    def __init__(self, metrics: Iterable[str] = ()):
        self.loss: list = []
        self.validation: list = []
        self.metrics: dict[str, list] = {name: [] for name in metrics}
        self.steps, self.best, self.diverged = 0, None, 0

    @property
    def epochs(self) -> int:
        return len(self.loss)

    def falling(self, monitor: str = "loss") -> list:
        """The curve that should fall: the validation loss (where there is none, the training
        loss), or a metric with its sign turned.  Raises ValueError for an unknown name."""
        if check.one_of("fit", "monitor", monitor, ["loss", *self.metrics]) == "loss":
            return self.validation or self.loss
        return [-value for value in self.metrics[monitor]]

    def __repr__(self):
        if not self.loss:
            return "History(no epochs)"
        last = self.loss[-1]
        loss = f"{last:.4g}" if np.ndim(last) == 0 else f"{np.median(last):.4g} (median)"
        return f"History({self.epochs} epochs, {self.steps} steps, last loss {loss})"

    def plot(self, ax: Any = None) -> Any:
        """Loss against epoch, on a logarithmic axis; returns the matplotlib Axes.

        Metrics are dashed, with an axis at the right.  A stack shows the median and the middle half
        of its networks.  What is not finite is left out."""
        if ax is None:
            ax = check.library("a picture", "matplotlib.pyplot").figure().add_subplot()
        lines = [*_draw(ax, self.loss, "training"), *_draw(ax, self.validation, "validation")]
        ax.set(xlabel="epoch", ylabel="loss J", yscale="log")
        if self.metrics:
            right = ax.twinx()
            right.set_ylabel(", ".join(self.metrics))
            for i, (name, values) in enumerate(self.metrics.items()):
                lines += _draw(right, values, name, color=f"C{2 + i}", ls="--")
        if lines:
            ax.legend(handles=lines)
        return ax


def _draw(ax, values, label, **style):
    # One curve, and the band of a stack; a list of its line, empty where there is nothing to see.
    finite = np.isfinite(values)
    if not finite.any():
        return []
    values = np.where(finite, values, np.nan)
    epochs = np.arange(1, len(values) + 1)
    if values.ndim > 1:
        with warnings.catch_warnings(action="ignore"):  # an epoch may have no number at all
            low, values, high = np.nanquantile(values, (0.25, 0.5, 0.75), axis=1)
        label += ", median"
    seen = np.pad(np.isfinite(values), 1)
    alone = seen[1:-1] & ~seen[:-2] & ~seen[2:]  # a point without neighbours makes no line
    (line,) = ax.plot(epochs, values, label=label, marker="o", markevery=alone, **style)
    if finite.ndim > 1:
        ax.fill_between(epochs, low, high, color=line.get_color(), alpha=0.2, lw=0)
    return [line]


def number(value: Array) -> Any:
    """A Python number, or for a stack a NumPy array (E,)."""
    value = to_numpy(value) if is_array(value) else np.asarray(value)
    return value.item() if value.ndim == 0 else value
