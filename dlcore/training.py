"""``fit``: minibatches, a history, validation, early stopping, and a word when training diverges.

    history = fit(net, loss, Adam(net.theta, lr=1e-2), X, y, epochs=100)
    history.plot()

The loop is the one that every chapter draws: for every epoch, shuffle the samples; for every
minibatch, θ ← θ − η d(∇J).  Everything counts for each network of a stack by itself.
"""

import copy
import math
import signal
import threading
from collections.abc import Callable
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path

import numpy as np
from numpy.random import Generator

from . import checks as check
from .backend import Array, asarray, is_integer, namespace, on_cpu, reshape
from .checkpoint import Resume, check_bound
from .compiled import CompiledSteps, check_compilable
from .distributed import LostWorker, Workers
from .early_stopping import EarlyStopping
from .fingerprint import digest, text, words
from .history import DivergedError, History, Interrupted, number
from .losses import Loss
from .network import Network
from .optimizers import CHUNK, Optimizer, clip_norm
from .regularizers import penalized

STEPS = 10  # in one compiled call, where θ is short
PIECE = 256  # samples that are evaluated at once, where a minibatch is not larger
PASSING = "net optimizer epochs progress callback checkpoint workers".split()  # may change


def minibatches(N: int, batch_size: int, rng: Generator, drop_last: bool = False) -> list[Array]:
    """Index arrays that visit 0 … N − 1 once, at random; ``drop_last``: no short one at the end."""
    check.integer("minibatches", "N", N, 1)
    drop = check.boolean("minibatches", "drop_last", drop_last)
    check.integer("minibatches", "batch_size", batch_size, 1, N if drop else math.inf)
    order = check.rng("minibatches", rng).permutation(N)
    stop = N - N % batch_size if drop else N
    return [order[i : i + batch_size] for i in range(0, stop, batch_size)]


def fit(
    net: Network,
    loss: Loss,
    optimizer: Optimizer,
    X: Array,
    y: Array,
    *,
    epochs: int = 100,
    batch_size: int | None = 32,
    seed: int | None = None,
    weights: Array | None = None,
    validation: tuple | None = None,
    metrics: Callable | dict | None = None,
    monitor: str = "loss",
    patience: int | None = None,
    min_delta: float = 0.0,
    penalty: object = None,
    constraint: Callable | None = None,
    clip: float | None = None,
    drop_last: bool = False,
    progress: bool = True,
    callback: Callable | None = None,
    checkpoint: Path | str | None = None,
    compiled: bool | int = False,
    workers: Workers | None = None,
) -> History:
    """Train ``net`` in place by minibatches; return the History.

    X, y         (N, n_in), and what the loss wants; arrays of any library or lists, converted once
    batch_size   samples in a minibatch; None is the whole training set
    seed         of the order of the samples; by default it goes on where the last ``fit`` of this
                 network has stopped, and a new network begins as with seed=0
    weights      (N,), how much each sample counts: J = 1/N Σ wₙ ℓₙ
    validation   (X, y), or (X, y, weights), whose loss is recorded after every epoch
    metrics      a function (ŷ, y), a mean over samples such as ``accuracy``, or a dict of some,
                 recorded after every epoch on the validation data, if any, or the training data
    monitor      what patience looks at: "loss", the validation loss, which should fall, or the
                 name of a metric, which should rise
    patience     stop when that has not improved for so many epochs, and however the training ends,
                 put back θ and the running statistics of its best; NaN and ∞ are worse than all
    min_delta    what counts as better must be better by more than this
    penalty      L1, L2 or ElasticNet, on the weights without the biases
    constraint   called with the network after every step: MaxNorm
    clip         the largest norm of the gradient of each network (``clip_norm``)
    drop_last    leave out a last minibatch that is short
    progress     show a bar when it takes longer than a second (needs tqdm)
    callback     called as callback(epoch, history) after every epoch 1, 2, …, ReduceOnPlateau for
                 example; training stops when it returns True
    checkpoint   a file, written after every epoch; where it exists, training goes on from it and
                 ends with the same bits as without a break.  All but ``epochs``, ``progress``,
                 ``workers``, ``callback`` and the rate that it sets is compared (needs safetensors
                 and filelock)
    compiled     on torch: True, or how many steps become one compiled call (``CompiledSteps``), at
                 most those of an epoch; what is left over of an epoch runs eagerly.  True is 10,
                 for a long θ 1.  The numbers are those of eager steps, rounded otherwise; the first
                 call takes seconds to minutes.  Of what a callback sets, the rate alone is seen
    workers      ``Workers()``: all of them call fit with the same arguments, each has its rows of
                 every minibatch, and θ is on all what one process would have, up to rounding; with
                 another number of them a checkpoint goes on, also up to rounding

    Raises ValueError or TypeError for bad arguments or a checkpoint of another run, and OSError for
    one that cannot be read or written, before anything has changed; DivergedError when the loss of
    every network has stopped being finite, or when patience has never seen a finite one; LostWorker
    (an OSError) when another worker has died; RuntimeError where ``compiled`` lacks a C++ compiler.
    Compiled steps are looked at when their call is over, and θ is what all of them have made of it.

    Ctrl-C (a notebook's stop button) waits for the end of the step (or call) and raises
    Interrupted, a KeyboardInterrupt; pressed twice it does not wait.  This error, DivergedError and
    the OSError of a later write have the ``history`` so far; afterwards it is in
    ``sys.last_value.history``.
    """
    run = _Run(**locals())
    with run.guarded():
        for epoch in run.each_epoch():
            for x, t, w in run.each_minibatch():
                J, g = net.value_and_gradient(loss, x, t, weights=w)
                optimizer.step(run.checked(J, g))  # θ ← θ − η d(∇J)
            run.finish(epoch)
    return run.history


class _Run:
    """What ``fit`` does beside the loop: checks, data, guards and the record."""

    def __init__(self, **arguments):
        vars(self).update(arguments)  # those of fit
        self._check_arguments()
        net, theta, xp = self.net, self.net.theta, namespace(self.net.theta)
        self.piece = max(self.batch_size or 0, PIECE)
        self.data = self.X, self.y, self.weights = self._converted("", self.X, self.y, self.weights)
        self.measures = {name: partial(_measured, metric) for name, metric in self.metrics.items()}
        if self.validation is not None:
            self.validation = self._converted("validation ", *self.validation)
            self.measures["loss"] = self.loss.mean
        self.history = History(self.metrics)
        self.history.falling(self.monitor)
        self._rehearse()
        self.steps = self._compiled()
        self.rng = net.order if self.seed is None else check.generator("fit", self.seed)
        self.on_cpu = on_cpu(theta)
        self.diverged = xp.zeros(tuple(theta.shape[:-1]), dtype=xp.int64, device=theta.device)
        self.stop = self.pressed = False
        self.stopper = EarlyStopping(net, self.patience, self.min_delta) if self.patience else None
        given = {name: getattr(self, name) for name in arguments if name not in PASSING}
        if self.steps is None:
            del given["compiled"]
        self.file = None if self.checkpoint is None else Resume(self.checkpoint, self, given)
        self.given, self.first = given, self.workers is None or self.workers.rank == 0

    def _check_arguments(self):
        check_bound("fit", self.net, self.optimizer)
        check.instance("fit", "a loss from dlcore.losses", self.loss, Loss)
        if check.instance("fit", "workers=Workers()", self.workers, Workers | None) is not None:
            self.workers.accept(self.net)
        penalty, data, metrics = self.penalty, self.validation, self.metrics
        if penalty is not None and (isinstance(penalty, type) or not hasattr(penalty, "grad")):
            raise TypeError(f"fit: expected a penalty such as L2(1e-3), got {penalty!r}")
        if not isinstance(metrics, dict | None):
            self.metrics = {getattr(metrics, "__name__", type(metrics).__name__): metrics}
        self.metrics = self.metrics or {}
        for name in self.metrics:
            if not isinstance(name, str) or name == "loss":
                raise ValueError(f'fit: expected metrics by names other than "loss", got {name!r}')
            check.function("fit", "metrics", self.metrics[name])
        for name in ("epochs", "batch_size", "patience"):
            if getattr(self, name) is not None or name == "epochs":
                check.integer("fit", name, getattr(self, name), 1)
        if not isinstance(self.compiled, (bool, np.bool_, type(None))):
            check.integer("fit", "compiled", self.compiled, 1)
        if self.compiled:
            check_compilable("fit", self.net)
            if self.workers is not None:
                raise ValueError("fit: expected compiled steps or workers, got both")
        for name in ("constraint", "callback"):
            check.instance("fit", f"{name} a function", getattr(self, name), Callable | None)
        for name in ("drop_last", "progress"):
            check.boolean("fit", name, getattr(self, name))
        check.number("fit", "min_delta", self.min_delta, 0)
        if self.clip is not None:
            check.positive("fit", "clip", self.clip)
        good = isinstance(data, (list, tuple)) and len(data) in (2, 3)
        if not good and (data is not None or self.patience is not None):
            wanted = "validation=(X, y), which patience needs, or (X, y, weights)"
            raise ValueError(f"fit: expected {wanted}, got {data!r}")

    def _converted(self, of, X, y, weights=None):
        """(X, y, weights) as arrays like θ, checked."""
        net, theta, xp = self.net, self.net.theta, namespace(self.net.theta)
        X, y = check.array("fit", f"{of}X", X), check.array("fit", f"{of}y", y)
        X, axes, got = asarray(X, theta), 2 if net.copies is None else 3, tuple(X.shape)
        if not 2 <= len(got) <= axes or (N := got[-2]) == 0:
            images = "images as X.reshape(N, -1), for a network that begins with Unflatten(C, H, W)"
            raise ValueError(f"fit: expected {of}X as rows (N, n_in), N ≥ 1, got {got}: {images}")
        for part in _parts(N, self.piece):
            check.finite("fit", f"numbers in {of}X", X[..., part, :])
        if y.ndim == 0 or y.shape[-2 if y.ndim > 2 else 0] != N:
            raise ValueError(f"fit: expected {of}y for {N} samples, got {tuple(y.shape)}")
        labels = is_integer(y)
        y = asarray(y, theta, dtype=xp.int64 if labels else None)
        y_hat = net(X[..., : self.piece, :])
        if y_hat.ndim != axes:
            raise ValueError(f"fit: expected an output of rows (N, K), got {tuple(y_hat.shape)}")
        if weights is not None:
            weights = asarray(check.array("fit", f"{of}weights", weights), theta)
            check.shape("fit", f"{of}weights", weights, *((N,), (net.copies, N))[: axes - 1])
        # The loss looks at the shape of ŷ only: one row stands for all.
        y_hat = xp.broadcast_to(y_hat[..., :1, :], (*y_hat.shape[:-2], N, y_hat.shape[-1]))
        # Labels in pieces: the loss makes rows (N, K) of them.
        for part in _parts(N, self.piece if labels and y.ndim == 1 else N):
            _, t, w = _rows((X, y, weights), part)
            self.loss.validate(y_hat[..., part, :], t, w)
        return X, y, weights

    def _rehearse(self):
        """What layers, penalties and metrics refuse is refused before anything has changed."""
        N = self.X.shape[-2]
        B = self.batch_size or N
        check.integer("fit", "batch_size", B, 1, N if self.drop_last else math.inf)
        n = B if self.drop_last else N % B or min(N, B)
        try:
            copy.deepcopy(self.net).forward(_rows(self.data, slice(n))[0], train=True)
        except ValueError as error:  # BatchNorm refuses a single sample
            raise ValueError(f"{error}; samples in the last minibatch: {n}") from error
        if self.penalty is not None:
            self.penalty.value(self.net.theta[..., : self.net.n_weights])
        x, t, w = _rows(self.validation or self.data, slice(self.piece))
        y_hat, expected = self.net(x), tuple(self.net.theta.shape[:-1])
        for name in self.metrics:
            if (got := np.shape(self.measures[name](y_hat, t, w))) != expected:
                raise ValueError(f"fit: expected metrics of shape {expected}, got {name} of {got}")

    def _compiled(self):
        if not self.compiled:
            return None
        N, rules, k = self.X.shape[-2], (self.penalty, self.clip, self.constraint), self.compiled
        if isinstance(k, (bool, np.bool_)):  # where θ is long, calls cost nothing beside memory
            k = STEPS if math.prod(self.net.theta.shape) <= CHUNK else 1
        self.size = min(self.batch_size or N, N)
        return CompiledSteps(self.net, self.loss, self.optimizer, min(k, N // self.size), *rules)

    @contextmanager
    def guarded(self):
        """Ctrl-C comes between two steps, and however training ends, the best θ is put back."""
        history, stopper = self.history, self.stopper
        file = self.file.locked() if self.file is not None and self.first else nullcontext()
        try:
            # What overflows is reported, with advice.
            with file, self._stop_button(), np.errstate(over="ignore", invalid="ignore"):
                if self.file is not None:
                    self.file.resume()
                if self.workers is not None:
                    self.workers.agree(self._start())
                yield
            if stopper is not None and not stopper.epoch.any():
                what = f"the validation {self.monitor} was never finite in {history.epochs} epochs"
                raise DivergedError(f"{what}: there is no best θ", history, history.steps)
        except KeyboardInterrupt as error:
            what = f"training was interrupted after step {history.steps}, {history.epochs} epochs"
            raise Interrupted(f"{what}; the network can be used", history, history.steps) from error
        except LostWorker as error:
            last = f"the last epoch in {self.checkpoint}" if self.file else "a checkpoint=…"
            advice = f"start all again, and training goes on from {last}"
            what = f"fit: {error} after step {history.steps}, {history.epochs} epochs; {advice}"
            raise LostWorker(what, history) from error
        except OSError as error:
            error.history = history
            raise
        finally:
            if self.workers is not None:
                self.workers.divide(self.net)
            if stopper is not None:
                history.best = stopper.restore()

    @contextmanager
    def _stop_button(self):
        # A first Ctrl-C waits for ``_look``.  Other threads get none, a program's handler stays.
        main = threading.current_thread() is threading.main_thread()
        ours = main and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        if ours:
            signal.signal(signal.SIGINT, self._press)
        try:
            yield
        finally:
            if ours:
                signal.signal(signal.SIGINT, signal.default_int_handler)
        if self.pressed:
            raise KeyboardInterrupt

    def _press(self, *_):
        self.pressed = True
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def _look(self):
        if self.pressed and (self.workers is None or self.workers.stop):  # all or nobody
            raise KeyboardInterrupt

    def each_epoch(self):
        """The numbers of the epochs, until there is a reason to stop."""
        epochs = range(self.history.epochs + 1, self.epochs + 1)
        if self.progress and self.first:
            with suppress(ImportError):
                from tqdm.auto import tqdm

                shown = {"desc": "epochs", "initial": self.history.epochs, "total": self.epochs}
                epochs = tqdm(epochs, delay=1, leave=False, **shown)
        for epoch in epochs:
            if self.stop or (self.stopper is not None and self.stopper.stopped(epoch - 1).all()):
                return
            yield epoch

    def each_minibatch(self):
        """(x, y, weights) of every minibatch of an epoch; what follows a step, too."""
        seen, batches = self.X.shape[-2], [slice(None)]
        if self.batch_size is not None:
            batches = minibatches(seen, self.batch_size, self.rng, self.drop_last)
            seen = sum(map(len, batches))
        frozen = [(p, asarray(p, p)) for l in self.net.frozen for p in self.net.params[l]]
        self.total = 0.0
        if self.steps is not None:
            batches = self._in_calls(batches, seen)
        for batch in batches:
            self._look()
            n = self.X.shape[-2] if self.batch_size is None else len(batch)
            self.share = n / seen
            if self.workers is not None:
                rows = self.workers.rows(n, self.net)
                batch = rows if self.batch_size is None else batch[rows]
            yield _rows(self.data, batch)
            if self.constraint is not None:
                self.constraint(self.net)
            for now, kept in frozen:
                now[...] = kept
            self.history.steps += 1

    def _in_calls(self, batches, seen):
        # Compiled calls for as many minibatches as there are k for; the others are returned.
        k, size, history, xp = self.steps.k, self.size, self.history, namespace(self.X)
        full = 1 if self.batch_size is None else sum(len(batch) == size for batch in batches)
        full -= full % k
        for first in range(0, full, k):
            self._look()
            rows = batches[first] if k == 1 else np.concatenate(batches[first : first + k])
            data = _rows(self.data, rows)
            if k > 1:
                parts = zip(data, (-2, 0 if self.y.ndim < 3 else 1, -1), strict=True)
                data = [_stacked(a, axis, k) for a, axis in parts if a is not None]
            J = reshape(self.steps(*data), (k, *self.net.theta.shape[:-1]))
            self.total = self.total + xp.sum(J, axis=0) * (size / seen)
            bad = xp.astype(~xp.isfinite(J), xp.int64)
            step = history.steps + 1 + xp.argmax(bad, axis=0)
            self.diverged += step * ((self.diverged == 0) & (xp.max(bad, axis=0) > 0))
            history.steps += k
            if self.on_cpu:
                self._end_if_diverged()
        return batches[full:]

    def checked(self, J, g):
        """∇J with the penalty's, clipped; DivergedError when no network's J is finite."""
        if self.workers is not None:
            J, g = self.workers.sum(J, g, self.pressed)
            self.pressed = self.pressed or self.workers.stop
        if self.penalty is not None:
            J, g = penalized(self.penalty, self.net, J, g)
        self.total = self.total + J * self.share
        if not (self.on_cpu and J.ndim == 0 and math.isfinite(J)):
            xp = namespace(J)
            first = (self.diverged == 0) & ~xp.isfinite(J)
            self.diverged += (self.history.steps + 1) * xp.astype(first, xp.int64)
            if self.on_cpu:
                self._end_if_diverged()
        return g if self.clip is None else clip_norm(g, self.clip)

    def finish(self, epoch):
        """Record an epoch: the validation, the best θ; call back, and write the file."""
        self._end_if_diverged()
        history = self.history
        curves = {"loss": history.validation} | history.metrics
        loss, values = self._same((number(self.total), self._evaluate()))
        for name, value in values.items():
            curves[name].append(value)
        history.loss.append(loss)
        if self.stopper is not None:
            self.stopper.update(epoch, history.falling(self.monitor)[-1])
        try:  # the callback may set a learning rate, which is to be in the file
            if self.callback is not None:
                self.stop = self._same(self.callback(epoch, history) is True)
        finally:
            if self.file is not None and self.first:
                self.file.write()

    def _same(self, value):
        return value if self.workers is None else self.workers.broadcast(value)

    def _start(self):
        # In words, what has to be the same on all workers.
        net, rngs = self.net, [self.rng, *(a.rng for a in self.net.layers if a.rng is not None)]
        states = digest({}, text([rng.bit_generator.state for rng in rngs]))
        start = {"θ": net.theta, "layers": net.layers, "frozen": sorted(net.frozen)}
        start |= {"random states": states, "epochs done": self.history.epochs}
        start |= {"epochs": self.epochs, "has a callback": self.callback is not None}
        return words(start | {"optimizer": vars(self.optimizer)} | self.given)

    def _evaluate(self):
        """The measures, piece by piece: what is in memory does not grow with N."""
        data = self.validation or self.data
        N, totals = data[0].shape[-2], dict.fromkeys(self.measures, 0.0)
        for part in _parts(N, self.piece) if totals else []:
            self._look()
            x, t, w = _rows(data, part)
            y_hat, share = self.net(x), x.shape[-2] / N
            for name, measure in self.measures.items():
                totals[name] = totals[name] + measure(y_hat, t, w) * share
        return {name: number(total) for name, total in totals.items()}

    def _end_if_diverged(self):
        history, lr, stopper = self.history, self.optimizer.lr, self.stopper
        history.diverged = number(self.diverged)
        if not np.all(history.diverged > 0):
            return
        history.loss.append(number(self.total))
        step, kept = int(np.max(history.diverged)), ""
        tried = f" (it is {lr:g})" if isinstance(lr, (int, float)) else ""
        if stopper is not None and stopper.epoch.any():
            kept = f"; the best θ is put back, that of epoch {number(stopper.epoch)}"
        what = f"the loss is no longer finite at step {step}, epoch {history.epochs}"
        advice = f"try a smaller learning rate{tried}, or scale the inputs to about 1"
        raise DivergedError(f"{what}: {advice}{kept}", history, step)


def _rows(data, rows):
    X, y, w = data
    y = y[rows] if y.ndim < 3 else y[:, rows]
    return X[..., rows, :], y, w if w is None else w[..., rows]


def _stacked(x, axis, k):
    # The k minibatches that lie one after the other along an axis, stacked.
    axis = axis % x.ndim
    shape = *x.shape[:axis], k, x.shape[axis] // k, *x.shape[axis + 1 :]
    return namespace(x).moveaxis(reshape(x, shape), axis, 0)


def _parts(N, size):
    return [slice(start, start + size) for start in range(0, N, size)]


def _measured(metric, y_hat, y, w):
    # NaN for a network whose ŷ has one.
    bad = number(namespace(y_hat).any(namespace(y_hat).isnan(y_hat), axis=(-2, -1)))
    return bad * math.nan if np.all(bad) else np.where(bad, math.nan, number(metric(y_hat, y)))
