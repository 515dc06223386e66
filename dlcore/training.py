"""``fit``: minibatches, a history, validation, early stopping, and a word when training diverges.

    history = fit(net, loss, Adam(net.theta, lr=1e-2), X, y, epochs=100)
    history.plot()

The loop is the one that every chapter draws: for every epoch, shuffle the samples; for every
minibatch, θ ← θ − η d(∇J).  Everything counts for each network of a stack by itself.
"""

import copy
import math

import numpy as np

from . import checks as check
from .backend import asarray, namespace, on_cpu
from .early_stopping import EarlyStopping
from .history import DivergedError, History, number
from .losses import Loss
from .network import Network
from .optimizers import Optimizer, clip_norm
from .resume import Resume


def minibatches(N, batch_size, rng):
    """Index arrays that together visit 0 … N − 1 once, in random order; the last may be short."""
    check.integer("minibatches", "N", N, 1)
    check.integer("minibatches", "batch_size", batch_size, 1)
    order = check.rng("minibatches", rng).permutation(N)
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
    stopper = EarlyStopping(net, patience) if patience is not None else None
    file = Resume(checkpoint, run, rng, stopper) if checkpoint is not None else None
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
            check.function("fit", "constraint", constraint)
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
        X, y = check.array("fit", X_name, X), check.array("fit", y_name, y)
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
            J, g = net.value_and_gradient(loss, x, y)
            if penalty is not None:
                w = net.theta[..., : net.n_weights]
                J = J + penalty.value(w)
                g[..., : net.n_weights] += penalty.grad(w)
            total = total + J * (n / N)
            if not self.finite(J):
                history.loss.append(number(total))
                self.stop()
            if self.clip is not None:
                g = clip_norm(g, self.clip)
            optimizer.step(g)
            if self.constraint is not None:
                self.constraint(net)
            history.steps += 1
        history.loss.append(number(total))
        if not self.on_cpu and self.all_diverged():
            self.stop()
        if self.validation is not None:
            X, y = self.validation
            history.validation.append(number(loss.mean(net(X), y)))

    def finite(self, J):
        """Note which losses are not finite; False when none is left (on the CPU only)."""
        if self.on_cpu and J.ndim == 0 and math.isfinite(J):
            return True
        xp, step = namespace(J), self.history.steps + 1
        first = (self.diverged == 0) & ~xp.isfinite(J)
        self.diverged += step * xp.astype(first, xp.int64)
        return not (self.on_cpu and self.all_diverged())

    def all_diverged(self):
        self.history.diverged = number(self.diverged)
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


def _check_settings(epochs, batch_size, seed, validation, patience, clip, progress, callback):
    # Returns the generator of the order of the samples.
    check.integer("fit", "epochs", epochs, 1)
    if batch_size is not None:
        check.integer("fit", "batch_size", batch_size, 1)
    if patience is not None:
        check.integer("fit", "patience", patience, 1)
        if validation is None:
            raise ValueError("fit: expected validation=(X, y), which patience needs, got None")
    if clip is not None:
        check.positive("fit", "clip", clip)
    if callback is not None:
        check.function("fit", "callback", callback)
    check.boolean("fit", "progress", progress)
    return check.generator("fit", seed)


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
