"""``fit``: minibatches, a history, validation, early stopping, and a word when training diverges.

    history = fit(net, loss, Adam(net.theta, lr=1e-2), X, y, epochs=100)
    history.plot()

The loop is the one that every chapter draws: for every epoch, shuffle the samples; for every
minibatch, θ ← θ − η d(∇J).  Everything counts for each network of a stack by itself.
"""

import copy
import math
import warnings

import numpy as np

from .backend import asarray, is_array, namespace, on_cpu, to_numpy
from .checkpoint import load, save, writable
from .checks import array, boolean, function, generator, integer, positive
from .checks import rng as check_rng
from .losses import Loss
from .network import Network
from .optimizers import Optimizer, clip_norm


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


def minibatches(N, batch_size, rng):
    """Index arrays that together visit 0 … N − 1 once, in random order; the last may be short."""
    integer("minibatches", "N", N, 1), integer("minibatches", "batch_size", batch_size, 1)
    order = check_rng("minibatches", rng).permutation(N)
    return [order[i : i + batch_size] for i in range(0, N, batch_size)]


def fit(
    net,
    loss,
    optimizer,
    X,
    y,
    *,
    epochs=100,
    batch_size=32,
    seed=0,
    validation=None,
    patience=None,
    penalty=None,
    constraint=None,
    clip=None,
    progress=True,
    callback=None,
    checkpoint=None,
):
    """Train ``net`` in place by minibatches; return the History.

    X, y         N samples; arrays of any library (or lists), converted once to the network's.
                 Shapes: X (N, n_in), y as the loss wants it
    batch_size   samples in a minibatch; None is the whole training set
    seed         of the order of the samples
    validation   (X, y) whose loss is recorded after every epoch
    patience     stop when the validation loss has not improved for that many epochs, and give θ
                 and the running statistics the values that they had at its best; each network of
                 a stack by itself
    penalty      L1, L2 or ElasticNet, on the weights without the biases
    constraint   called with the network after every step: MaxNorm
    clip         the largest norm of the gradient of each network (``clip_norm``)
    progress     show a bar when it takes longer than a second (needs tqdm)
    callback     called as callback(epoch) after every epoch, epoch = 1, 2, …
    checkpoint   a file, written after every epoch; where it exists, training goes on from it and
                 ends with the same bits as if it had not been interrupted (needs safetensors)

    Raises ValueError or TypeError for data, an optimizer of another network, numbers that make no
    sense, or a checkpoint that cannot be written, before anything has changed; DivergedError when
    the loss of every network has stopped being finite (a stack goes on as long as one is left).
    """
    rng = _check_settings(epochs, batch_size, seed, validation, patience, clip, progress, callback)
    run = _Run(net, loss, optimizer, X, y, validation, penalty, constraint, clip)
    N = run.X.shape[-2]
    run.rehearse(N if batch_size is None else N % batch_size or min(N, batch_size))
    stopper = _EarlyStopping(net, patience) if patience is not None else None
    file = _Checkpoint(checkpoint, run, rng, stopper) if checkpoint is not None else None
    done = file.resume() if file is not None else 0
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is reported, with advice
        for epoch in _bar(range(done + 1, epochs + 1), progress):
            if stopper is not None and stopper.done:
                break
            batches = [None] if batch_size is None else minibatches(N, batch_size, rng)
            run.epoch(batches)
            if stopper is not None:
                stopper.update(epoch, run.history.validation[-1])
            if file is not None:
                file.write()
            if callback is not None:
                callback(epoch)
    if stopper is not None:
        run.history.best = stopper.restore()
    return run.history


class _Run:
    """The data, converted and checked, and one epoch of training on it."""

    def __init__(self, net, loss, optimizer, X, y, validation, penalty, constraint, clip):
        for what, value, of in (
            ("a network", net, Network),
            ("a loss from dlcore.losses", loss, Loss),
            ("an optimizer", optimizer, Optimizer),
        ):
            if not isinstance(value, of):
                raise TypeError(f"fit: expected {what}, got {value!r}")
        if optimizer.theta is not net.theta:
            name = type(optimizer).__name__
            raise ValueError(
                f"fit: expected an optimizer of net.theta, got one where the {name} is bound to "
                "another θ; make a new one (net.to(…) returns a new network)"
            )
        if penalty is not None and not (hasattr(penalty, "grad") and not isinstance(penalty, type)):
            raise TypeError(f"fit: expected a penalty such as L2(1e-3), got {penalty!r}")
        if constraint is not None:
            function("fit", "constraint", constraint)
        self.net, self.loss, self.optimizer, self.penalty = net, loss, optimizer, penalty
        self.constraint, self.clip = constraint, clip
        self.X, self.y = self.data(X, y, "X", "y")
        self.validation = None
        if validation is not None:
            if not isinstance(validation, (list, tuple)) or len(validation) != 2:
                raise ValueError(f"fit: expected validation=(X, y), got {validation!r}")
            self.validation = self.data(*validation, "validation X", "validation y")
        self.history = History()
        self.on_cpu = on_cpu(net.theta)
        xp = namespace(net.theta)
        shape = tuple(net.theta.shape[:-1])
        # The first step at which each network's loss was not finite; 0: never.
        self.diverged = xp.zeros(shape, dtype=xp.int64, device=net.theta.device)

    def data(self, X, y, X_name, y_name):
        theta = self.net.theta
        X, y = array("fit", X_name, X), array("fit", y_name, y)
        X = asarray(X, theta)
        xp = namespace(X)
        if X.ndim < 2 or X.shape[-2] == 0:
            raise ValueError(
                f"fit: expected {X_name} of shape (N, n_in), N ≥ 1, got {tuple(X.shape)}"
            )
        if X.ndim > (2 if self.net.copies is None else 3):
            raise ValueError(
                f"fit: expected {X_name} as rows (N, n_in), got {tuple(X.shape)}: give images as "
                "X.reshape(N, -1), and let the network begin with Unflatten(C, H, W)"
            )
        if not bool(xp.all(xp.isfinite(X))):
            raise ValueError(f"fit: expected finite numbers in {X_name}, got NaN or infinity")
        if y.ndim == 0 or y.shape[-2 if y.ndim > 2 else 0] != X.shape[-2]:
            raise ValueError(
                f"fit: expected {y_name} for {X.shape[-2]} samples, got {tuple(y.shape)}"
            )
        labels = namespace(y).isdtype(y.dtype, ("bool", "integral"))
        y = asarray(y, theta, dtype=xp.int64 if labels else None)
        self.loss.validate(self.net(X), y)
        return X, y

    def rehearse(self, n):
        """One step forward with n samples on a copy, so that layers refuse before anything changed.

        BatchNorm, for example, refuses a last minibatch of one sample.
        """
        try:
            copy.deepcopy(self.net).forward(self.X[..., :n, :], train=True)
        except ValueError as error:
            samples = "1 sample" if n == 1 else f"{n} samples"
            raise ValueError(f"{error}; the last minibatch has {samples}") from error
        if self.penalty is not None:
            self.penalty.value(self.net.theta[..., : self.net.n_weights])

    def epoch(self, batches):
        net, loss, optimizer, penalty = self.net, self.loss, self.optimizer, self.penalty
        history, N, total = self.history, self.X.shape[-2], 0.0
        for batch in batches:
            x, y, n = self.X, self.y, N
            if batch is not None:
                x, y, n = x[..., batch, :], y[batch] if y.ndim < 3 else y[:, batch], len(batch)
            y_hat, caches = net.forward(x, train=True)
            J = loss.mean(y_hat, y)
            g = loss.grad(y_hat, y)
            net.commit(caches)
            g = net.backward(g, caches)
            if penalty is not None:
                w = net.theta[..., : net.n_weights]
                J = J + penalty.value(w)
                g[..., : net.n_weights] += penalty.grad(w)
            total = total + J * (n / N)
            if not self.finite(J):
                history.loss.append(_number(total))
                self.stop()
            if self.clip is not None:
                g = clip_norm(g, self.clip)
            optimizer.step(g)
            if self.constraint is not None:
                self.constraint(net)
            history.steps += 1
        history.loss.append(_number(total))
        if not self.on_cpu and self.all_diverged():
            self.stop()
        if self.validation is not None:
            X, y = self.validation
            history.validation.append(_number(loss.mean(net(X), y)))

    def finite(self, J):
        """Note which losses are not finite; False when none is left (on the CPU only)."""
        if self.on_cpu and J.ndim == 0 and math.isfinite(J):
            return True
        xp, step = namespace(J), self.history.steps + 1
        first = (self.diverged == 0) & ~xp.isfinite(J)
        self.diverged += step * xp.astype(first, xp.int64)
        return not (self.on_cpu and self.all_diverged())

    def all_diverged(self):
        self.history.diverged = _number(self.diverged)
        return bool(np.all(self.history.diverged > 0))

    def stop(self):
        history, step = self.history, int(np.max(self.history.diverged))
        lr = self.optimizer.lr
        tried = f" (it is {lr:g})" if isinstance(lr, (int, float)) else ""
        raise DivergedError(
            f"the loss is no longer finite at step {step}, epoch {history.epochs}: try a smaller "
            f"learning rate{tried}, or scale the inputs to about 1; the history is in .history",
            history,
            step,
        )


class _EarlyStopping:
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
        return _number(self.epoch)


class _Checkpoint:
    """What an epoch depends on beside the data and the arguments of ``fit``, in a file."""

    def __init__(self, path, run, rng, stopper):
        self.path = writable("fit", path, run.net)
        self.run, self.rng, self.stopper = run, rng, stopper

    def arrays(self):
        run, stopper = self.run, self.stopper
        arrays = {"loss": np.array(run.history.loss), "diverged": run.diverged}
        if run.validation is not None:
            arrays["validation"] = np.array(run.history.validation)
        if stopper is not None:
            arrays |= {f"stopper.{name}": a for name, a in stopper.memory.items()}
        return arrays

    def write(self):
        numbers = {"steps": self.run.history.steps, "order": self.rng.bit_generator.state}
        save(self.path, self.run.net, self.run.optimizer, self.arrays(), numbers)

    def resume(self):
        """Take everything from the file, if there is one; the number of epochs that are done."""
        if not self.path.exists():
            return 0
        run, history, stopper = self.run, self.run.history, self.stopper
        arrays, numbers = load(self.path, run.net, run.optimizer, names=self.arrays().keys())
        history.loss = [_number(J) for J in arrays["loss"]]
        history.validation = [_number(J) for J in arrays.get("validation", [])]
        history.steps = numbers["steps"]
        self.rng.bit_generator.state = numbers["order"]
        run.diverged[...] = asarray(arrays["diverged"], run.diverged)
        history.diverged = _number(run.diverged)
        for name, own in stopper.memory.items() if stopper is not None else ():
            own[...] = asarray(arrays[f"stopper.{name}"], own)
        return history.epochs


def _check_settings(epochs, batch_size, seed, validation, patience, clip, progress, callback):
    # Returns the generator of the order of the samples.
    integer("fit", "epochs", epochs, 1)
    if batch_size is not None:
        integer("fit", "batch_size", batch_size, 1)
    if patience is not None:
        integer("fit", "patience", patience, 1)
        if validation is None:
            raise ValueError("fit: expected validation=(X, y), which patience needs, got None")
    if clip is not None:
        positive("fit", "clip", clip)
    if callback is not None:
        function("fit", "callback", callback)
    boolean("fit", "progress", progress)
    return generator("fit", seed)


def _bar(numbers, progress):
    if not progress:
        return numbers
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return numbers
    return tqdm(
        numbers,
        desc="epochs",
        delay=1,
        leave=False,
        initial=numbers.start - 1,
        total=numbers.stop - 1,
    )


def _number(value):
    """A Python number, or for a stack a NumPy array (E,)."""
    value = to_numpy(value) if is_array(value) else np.asarray(value)
    return value.item() if value.ndim == 0 else value
