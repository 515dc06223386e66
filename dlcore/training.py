"""``fit``: minibatches, a history, validation, early stopping, and a word when training diverges.

    history = fit(net, loss, Adam(net.theta, lr=1e-2), X, y, epochs=100)
    history.plot()

The loop is the one that every chapter draws: for every epoch, shuffle the samples; for every
minibatch, θ ← θ − η d(∇J).  Everything counts for each network of a stack by itself.
"""

import copy
import inspect
import math
import signal
import threading
from contextlib import contextmanager, nullcontext

import numpy as np

from . import checks as check
from .backend import asarray, namespace, on_cpu
from .early_stopping import EarlyStopping
from .history import DivergedError, History, Interrupted, number
from .losses import Loss
from .network import Network
from .optimizers import Optimizer, clip_norm
from .resume import Resume

PIECE = 256  # samples that are evaluated at once, where a minibatch is not larger


def minibatches(N, batch_size, rng, drop_last=False):
    """Index arrays that together visit 0 … N − 1 once, in random order.

    The last may be short; with ``drop_last`` a short one is left out.
    """
    check.integer("minibatches", "N", N, 1)
    check.integer("minibatches", "batch_size", batch_size, 1)
    stop = N
    if check.boolean("minibatches", "drop_last", drop_last):
        check.integer("minibatches", "batch_size", batch_size, 1, N)
        stop -= N % batch_size
    order = check.rng("minibatches", rng).permutation(N)
    return [order[i : i + batch_size] for i in range(0, stop, batch_size)]


def fit(
    net,
    loss,
    optimizer,
    X,
    y,
    *,
    epochs=100,
    batch_size=32,
    seed=None,
    weights=None,
    validation=None,
    metrics=None,
    monitor="loss",
    patience=None,
    min_delta=0.0,
    penalty=None,
    constraint=None,
    clip=None,
    drop_last=False,
    progress=True,
    callback=None,
    checkpoint=None,
):
    """Train ``net`` in place by minibatches; return the History.

    X, y         N samples; arrays of any library (or lists), converted once to the network's.
                 Shapes: X (N, n_in), y as the loss wants it
    batch_size   samples in a minibatch; None is the whole training set
    seed         of the order of the samples.  By default the order goes on where the last ``fit``
                 of this network has stopped (a new network begins with the order of seed=0): with
                 one seed for all, a loop of calls would show the same order in every one
    weights      (N,), how much each sample counts: J = 1/N Σ wₙ ℓₙ
    validation   (X, y), or (X, y, weights), whose loss is recorded after every epoch
    metrics      a function (ŷ, y) such as ``accuracy``, a mean over samples (which come in pieces),
                 or a dict of some, recorded after every epoch on the validation data or, without
                 them, on the training data
    monitor      what patience looks at: "loss", the validation loss, which should fall, or the
                 name of a metric, which should rise
    patience     stop when that has not improved for so many epochs, and give θ and the running
                 statistics the values that they had at its best, however the training ends; each
                 network of a stack by itself.  A loss that is not finite is worse than any other
    min_delta    what counts as better must be better by more than this
    penalty      L1, L2 or ElasticNet, on the weights without the biases
    constraint   called with the network after every step: MaxNorm
    clip         the largest norm of the gradient of each network (``clip_norm``)
    drop_last    leave out a last minibatch that is short
    progress     show a bar when it takes longer than a second (needs tqdm)
    callback     called as callback(epoch, history), or callback(epoch) if it takes one argument,
                 after every epoch, epoch = 1, 2, …; training stops when it returns True.
                 ReduceOnPlateau is one
    checkpoint   a file, written after every epoch; where it exists, training goes on from it and
                 ends with the same bits as if it had not been interrupted.  All but ``epochs``,
                 ``progress`` and ``callback`` has to be as it was, the data too (needs safetensors
                 and filelock)

    Raises ValueError or TypeError for data, an optimizer of another network, numbers that make no
    sense, or a checkpoint of another run, and OSError for one that cannot be read or written,
    before anything has changed; DivergedError when the loss of every network has stopped being
    finite (a stack goes on as long as one is left), or when patience has never seen a finite one.

    Ctrl-C (a notebook's stop button) waits for the end of the step and raises Interrupted, a
    KeyboardInterrupt: it is not caught here, so that a loop of calls ends too.  Like DivergedError
    it has the ``history`` up to there; after the fact it is ``sys.last_value.history``.  Pressed
    twice it does not wait.
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
        self._check_objects()
        self._check_numbers()
        net, theta, xp = self.net, self.net.theta, namespace(self.net.theta)
        self.piece = max(self.batch_size or 0, PIECE)
        self.data = self._converted("", self.X, self.y, self.weights)
        if self.validation is not None:
            if not isinstance(self.validation, (list, tuple)) or len(self.validation) not in (2, 3):
                raise ValueError(
                    f"fit: expected validation=(X, y) or (X, y, weights), got {self.validation!r}"
                )
            self.validation = self._converted("validation ", *self.validation)
        self.N = self.data[0].shape[-2]
        self.measures = {name: _measure(metric) for name, metric in self.metrics.items()}
        if self.validation is not None:
            self.measures["loss"] = self.loss.mean
        self.history = History(self.metrics)
        self.history.falling(self.monitor)
        self._rehearse()
        self.rng = net.order if self.seed is None else check.generator("fit", self.seed)
        self.on_cpu = on_cpu(theta)
        # The first step at which each network's loss was not finite; 0: never.
        self.diverged = xp.zeros(tuple(theta.shape[:-1]), dtype=xp.int64, device=theta.device)
        self.stop, self.button, self.stopper = False, _StopButton(), None
        if self.patience is not None:
            self.stopper = EarlyStopping(net, self.patience, self.min_delta)
        self.done, self.file = 0, None
        if self.checkpoint is not None:
            self.file = Resume(self.checkpoint, self, self._given())

    def _given(self):
        """What the training depends on, for its checkpoint."""
        names = "loss batch_size seed validation metrics monitor patience min_delta penalty"
        names += " constraint clip drop_last"
        given = dict(zip(("X", "y", "weights"), self.data, strict=True))
        given["frozen"] = sorted(self.net.frozen)
        given |= {name: getattr(self, name) for name in names.split()}
        return given | {"callback": getattr(self.callback, "settings", None)}

    # --- before the first step ------------------------------------------------------------------

    def _check_objects(self):
        net, optimizer, penalty = self.net, self.optimizer, self.penalty
        for what, value, of in (
            ("a network", net, Network),
            ("a loss from dlcore.losses", self.loss, Loss),
            ("an optimizer", optimizer, Optimizer),
        ):
            if not isinstance(value, of):
                raise TypeError(f"fit: expected {what}, got {value!r}")
        if optimizer.theta is not net.theta:
            raise ValueError(
                f"fit: expected an optimizer of net.theta, got one where the {optimizer.name} is "
                "bound to another θ; make a new one (net.to(…) returns a new network)"
            )
        if penalty is not None and not (hasattr(penalty, "grad") and not isinstance(penalty, type)):
            raise TypeError(f"fit: expected a penalty such as L2(1e-3), got {penalty!r}")
        if self.metrics is None:
            self.metrics = {}
        elif not isinstance(metric := self.metrics, dict):
            self.metrics = {getattr(metric, "__name__", type(metric).__name__): metric}
        for name in self.metrics:
            if not isinstance(name, str) or name == "loss":
                raise ValueError(f'fit: expected metrics by names other than "loss", got {name!r}')
            check.function("fit", "metrics", self.metrics[name])
        for name in ("constraint", "callback"):
            if getattr(self, name) is not None:
                check.function("fit", name, getattr(self, name))

    def _check_numbers(self):
        for name in ("epochs", "batch_size", "patience"):
            if getattr(self, name) is not None or name == "epochs":
                check.integer("fit", name, getattr(self, name), 1)
        for name in ("drop_last", "progress"):
            check.boolean("fit", name, getattr(self, name))
        check.number("fit", "min_delta", self.min_delta, 0)
        if self.clip is not None:
            check.positive("fit", "clip", self.clip)
        if self.patience is not None and self.validation is None:
            raise ValueError("fit: expected validation=(X, y), which patience needs, got None")

    def _converted(self, of, X, y, weights=None):
        """(X, y, weights) as arrays like θ, checked."""
        net, theta, xp = self.net, self.net.theta, namespace(self.net.theta)
        X, y = check.array("fit", f"{of}X", X), check.array("fit", f"{of}y", y)
        X, N = asarray(X, theta), X.shape[-2] if X.ndim > 1 else 0
        if N == 0:
            raise ValueError(f"fit: expected {of}X of shape (N, n_in), N ≥ 1, got {tuple(X.shape)}")
        if X.ndim > (2 if net.copies is None else 3):
            raise ValueError(
                f"fit: expected {of}X as rows (N, n_in), got {tuple(X.shape)}: give images as "
                "X.reshape(N, -1), and let the network begin with Unflatten(C, H, W)"
            )
        for part in _parts(N, self.piece):
            check.finite("fit", f"numbers in {of}X", X[..., part, :])
        if y.ndim == 0 or y.shape[-2 if y.ndim > 2 else 0] != N:
            raise ValueError(f"fit: expected {of}y for {N} samples, got {tuple(y.shape)}")
        labels = namespace(y).isdtype(y.dtype, ("bool", "integral"))
        y = asarray(y, theta, dtype=xp.int64 if labels else None)
        y_hat = net(X[..., : self.piece, :])
        if y_hat.ndim != (2 if net.copies is None else 3):
            raise ValueError(f"fit: expected an output of rows (N, K), got {tuple(y_hat.shape)}")
        if weights is not None:
            weights = asarray(check.array("fit", f"{of}weights", weights), theta)
            if weights.ndim == 0 or weights.shape[-1] != X.shape[-2]:
                raise ValueError(
                    f"fit: expected {of}weights of shape ({X.shape[-2]},), "
                    f"got {tuple(weights.shape)}"
                )
        # The loss looks at the shape of ŷ only: one row stands for all.
        rows = (*y_hat.shape[:-2], N, y_hat.shape[-1])
        y_hat = xp.broadcast_to(y_hat[..., :1, :], rows)
        # Labels in pieces: the loss makes rows (N, K) of them.
        for part in _parts(N, self.piece if labels and y.ndim == 1 else N):
            _, t, w = _rows((X, y, weights), part)
            self.loss.validate(y_hat[..., part, :], t, w)
        return X, y, weights

    def _rehearse(self):
        """What layers, penalties and metrics refuse is refused before anything has changed.

        BatchNorm, for example, refuses a last minibatch of one sample.
        """
        N, B = self.N, self.batch_size or self.N
        if self.drop_last and B > N:
            raise ValueError(f"fit: expected batch_size ≤ {N} with drop_last, got {B}")
        n = B if self.drop_last else N % B or min(N, B)
        try:
            copy.deepcopy(self.net).forward(_rows(self.data, slice(n))[0], train=True)
        except ValueError as error:
            samples = "1 sample" if n == 1 else f"{n} samples"
            raise ValueError(f"{error}; the last minibatch has {samples}") from error
        if self.penalty is not None:
            self.penalty.value(self.net.theta[..., : self.net.n_weights])
        x, t, w = _rows(self.validation or self.data, slice(self.piece))
        y_hat, expected = self.net(x), tuple(self.net.theta.shape[:-1])
        for name in self.metrics:
            if (got := np.shape(self.measures[name](y_hat, t, w))) != expected:
                raise ValueError(f"fit: expected metrics of shape {expected}, got {name} of {got}")

    # --- the loop -------------------------------------------------------------------------------

    @contextmanager
    def guarded(self):
        """Ctrl-C comes between two steps, and however training ends, the best θ is put back."""
        history, stopper = self.history, self.stopper
        try:
            # What overflows is reported, with advice.
            with (
                self.file or nullcontext(),
                self.button,
                np.errstate(over="ignore", invalid="ignore"),
            ):
                self._begin()
                yield
            if stopper is not None and not stopper.epoch.any():
                message = (
                    f"the validation {self.monitor} has not been finite in any of {history.epochs} "
                    "epochs: there is no best θ; the history is in .history"
                )
                raise DivergedError(message, history, history.steps)
        except KeyboardInterrupt as error:
            message = (
                f"training was interrupted after step {history.steps}, {history.epochs} epochs; "
                "the network can be used and trained on; the history is in .history (in a "
                "notebook: import sys; sys.last_value.history)"
            )
            raise Interrupted(message, history, history.steps) from error
        finally:
            if stopper is not None:
                history.best = stopper.restore()

    def _begin(self):
        if self.file is not None:
            self.done = self.file.resume(self.epochs)
        if hasattr(self.callback, "begin"):
            self.callback.begin(self.history)

    def each_epoch(self):
        """The numbers of the epochs, until there is a reason to stop."""
        for epoch in _bar(range(self.done + 1, self.epochs + 1), self.progress):
            if self.stop or (self.stopper is not None and self.stopper.done):
                return
            yield epoch

    def each_minibatch(self):
        """(x, y, weights) of every minibatch of an epoch; what follows a step, too."""
        seen, batches = self.N, [slice(None)]
        if self.batch_size is not None:
            batches = minibatches(self.N, self.batch_size, self.rng, self.drop_last)
            seen = sum(map(len, batches))
        frozen = [(part, asarray(part, part)) for part in self.net.frozen_parts]
        self.total = 0.0
        for batch in batches:
            self.button.look()
            x, t, w = _rows(self.data, batch)
            self.share = x.shape[-2] / seen
            yield x, t, w
            if self.constraint is not None:
                self.constraint(self.net)
            for now, kept in frozen:
                now[...] = kept
            self.history.steps += 1

    def checked(self, J, g):
        """∇J with the penalty's, clipped; DivergedError when no network's J is finite."""
        if self.penalty is not None:
            n = self.net.n_weights
            w = self.net.theta[..., :n]
            J = J + self.penalty.value(w)
            g[..., :n] += self.penalty.grad(w)
            g = self.net.without_frozen(g)
        self.total = self.total + J * self.share
        if not self._finite(J):
            self._diverge()
        return g if self.clip is None else clip_norm(g, self.clip)

    def finish(self, epoch):
        """Record an epoch: the validation, the best θ, the file; then call back."""
        if not self.on_cpu and self._all_diverged():
            self._diverge()
        history, values = self.history, self._evaluate()
        history.loss.append(number(self.total))
        if self.validation is not None:
            history.validation.append(values["loss"])
        for name, record in history.metrics.items():
            record.append(values[name])
        if self.stopper is not None:
            self.stopper.update(epoch, history.falling(self.monitor)[-1])
        if self.file is not None:
            self.file.write()
        if self.callback is not None:
            arguments = (epoch, history) if _takes_two(self.callback) else (epoch,)
            self.stop = self.callback(*arguments) is True

    def _evaluate(self):
        """The measures, piece by piece: what is in memory does not grow with N."""
        if not self.measures:
            return {}
        data = self.validation or self.data
        N, totals = data[0].shape[-2], dict.fromkeys(self.measures, 0.0)
        for part in _parts(N, self.piece):
            self.button.look()
            x, t, w = _rows(data, part)
            y_hat, share = self.net(x), x.shape[-2] / N
            for name, measure in self.measures.items():
                totals[name] = totals[name] + measure(y_hat, t, w) * share
        return {name: number(total) for name, total in totals.items()}

    def _finite(self, J):
        """Note which losses are not finite; False when none is left (on the CPU only)."""
        if self.on_cpu and J.ndim == 0 and math.isfinite(J):
            return True
        xp, step = namespace(J), self.history.steps + 1
        first = (self.diverged == 0) & ~xp.isfinite(J)
        self.diverged += step * xp.astype(first, xp.int64)
        return not (self.on_cpu and self._all_diverged())

    def _all_diverged(self):
        self.history.diverged = number(self.diverged)
        return bool(np.all(self.history.diverged > 0))

    def _diverge(self):
        history, lr, kept = self.history, self.optimizer.lr, ""
        history.loss.append(number(self.total))
        step = int(np.max(history.diverged))
        tried = f" (it is {lr:g})" if isinstance(lr, (int, float)) else ""
        if self.stopper is not None and self.stopper.epoch.any():
            kept = f"; the best θ is put back, that of epoch {number(self.stopper.epoch)}"
        message = (
            f"the loss is no longer finite at step {step}, epoch {history.epochs}: try a smaller "
            f"learning rate{tried}, or scale the inputs to about 1{kept}; the history is in "
            ".history"
        )
        raise DivergedError(message, history, step)


class _StopButton:
    """Ctrl-C (or a notebook's stop button) waits until ``look`` is called; the second does not."""

    def __enter__(self):
        # Another thread gets no signals, and a program's own handler stays.
        handler = signal.getsignal(signal.SIGINT)
        main = threading.current_thread() is threading.main_thread()
        self.pressed, self.ours = False, main and handler is signal.default_int_handler
        if self.ours:
            signal.signal(signal.SIGINT, self.press)
        return self

    def press(self, *_):
        self.pressed = True
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def look(self):
        if self.pressed:
            raise KeyboardInterrupt

    def __exit__(self, kind, error, traceback):
        if self.ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if error is None:
            self.look()


def _rows(data, rows):
    X, y, w = data
    y = y[rows] if y.ndim < 3 else y[:, rows]
    return X[..., rows, :], y, w if w is None else w[..., rows]


def _parts(N, size):
    return [slice(start, start + size) for start in range(0, N, size)]


def _measure(metric):
    """The metric as a function of (ŷ, y, weights): NaN for a network whose ŷ has one."""

    def measure(y_hat, y, w):
        xp = namespace(y_hat)
        bad = number(xp.any(xp.isnan(y_hat), axis=(-2, -1)))
        return bad * math.nan if np.all(bad) else np.where(bad, math.nan, number(metric(y_hat, y)))

    return measure


def _takes_two(callback):
    # Does it want the history: as a second argument without a default, or by that name?
    try:
        _, second = list(inspect.signature(callback).parameters.values())[:2]
    except (TypeError, ValueError):  # it has one, or is a function of C that does not tell
        return False
    return second.default is second.empty or second.name == "history"


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
