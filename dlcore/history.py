"""What training leaves behind: the losses of every epoch, and the error that a divergence is.

history = fit(net, loss, optimizer, X, y)
history.loss, history.plot()
"""

import warnings

import numpy as np

from .backend import is_array, to_numpy


class DivergedError(ArithmeticError):
    """The loss is no longer finite.  ``history`` is kept up to there, ``step`` is where."""

    def __init__(self, message, history, step):
        super().__init__(message)
        self.history, self.step = history, step

    def __reduce__(self):  # an exception is copied and pickled by its arguments
        return type(self), (str(self), self.history, self.step)


class History:
    """What ``fit`` saw.

    loss         the mean training loss of every epoch, a list of numbers; of (E,) arrays for a
                 stack.  It is the mean over the epoch's minibatches, each at the θ of its time,
                 with the penalty if there is one
    validation   the validation loss after every epoch, without the penalty (empty without
                 validation data)
    best         the epoch (1, 2, …) whose θ was kept by early stopping, else None; (E,) for a stack
    diverged     the first step whose loss was not finite, 0 if none; (E,) for a stack
    steps        how many updates were made
    """

    def __init__(self):
        self.loss, self.validation, self.steps, self.best, self.diverged = [], [], 0, None, 0

    @property
    def epochs(self):
        return len(self.loss)

    def __repr__(self):
        if not self.loss:
            return "History(no epochs)"
        last = self.loss[-1]
        loss = f"{last:.4g}" if np.ndim(last) == 0 else f"{np.median(last):.4g} (median)"
        return f"History({self.epochs} epochs, {self.steps} steps, last loss {loss})"

    def plot(self, ax=None):
        """Loss against epoch, on a logarithmic axis; returns the matplotlib Axes.

        A stack shows the median and the middle half of its networks.  What is not finite is left
        out.  The training loss has the penalty in it, the validation loss has not.
        """
        if ax is None:
            import matplotlib.pyplot as plt

            ax = plt.figure().add_subplot()
        for values, label in ((self.loss, "training"), (self.validation, "validation")):
            if not np.isfinite(values).any():
                continue
            values = np.where(np.isfinite(values), values, np.nan)
            epochs = np.arange(1, len(values) + 1)
            if values.ndim == 1:
                ax.plot(epochs, values, label=label)
            else:
                with warnings.catch_warnings(action="ignore"):  # an epoch may have no number at all
                    low, middle, high = np.nanquantile(values, (0.25, 0.5, 0.75), axis=1)
                (line,) = ax.plot(epochs, middle, label=f"{label}, median")
                ax.fill_between(epochs, low, high, color=line.get_color(), alpha=0.2, lw=0)
        ax.set(xlabel="epoch", ylabel="loss J", yscale="log")
        if ax.get_legend_handles_labels()[0]:
            ax.legend()
        return ax


def number(value):
    """A Python number, or for a stack a NumPy array (E,)."""
    value = to_numpy(value) if is_array(value) else np.asarray(value)
    return value.item() if value.ndim == 0 else value
