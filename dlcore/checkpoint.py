"""Weights in a file, and training that can be killed: all that the next step depends on.

    fit(net, loss, optimizer, X, y, epochs=100, checkpoint="run.safetensors")

writes the file after every epoch and, where it exists, goes on from it, to the same bits as if
nothing had happened.  ``save`` and ``load`` do the same by hand.  The format is safetensors, which
cannot run code as a pickle can: arrays, JSON about them, and a checksum of both.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np

from . import checks as check
from .backend import asarray, describe, is_array, to_numpy
from .fingerprint import differences, digest, kind, leaves, text, word, words
from .history import number
from .network import Network
from .optimizers import Optimizer

FORMAT = "dlcore 4"
START = ("θ at the start", "random states at the start (another seed?)", "t at the start")


def save(path: Path | str, net: Network, optimizer: Optimizer | None = None) -> None:
    """Write to ``path`` the network's θ, running statistics and random states, what its layers
    are, and the optimizer's name, state and counters; hyperparameters stay in the program.

    The file is whole or not there.  Raises ValueError if there is no such folder, while a training
    writes to this path, for noise from torch's own generator, or an optimizer whose state would be
    lost (``check_state``); OSError as the system has it; ImportError for a library.
    """
    file = Checkpoint("save", path, net, optimizer)
    with file.locked(wait=10):
        file.write()


def load(path: Path | str, net: Network, optimizer: Optimizer | None = None) -> None:
    """Put back, in place, what ``save`` or ``fit`` wrote, on whatever library or device.

    Raises FileNotFoundError or OSError as the system has it, ValueError for a file that is damaged
    or of another network (layers, their settings, shapes, dtype) or optimizer, all before anything
    has changed.
    """
    file = Checkpoint("load", path, net, optimizer)
    file.read()
    file.compare()
    file.put()


def check_bound(who: str, net: Network, optimizer: Any, kind: Any = Optimizer) -> None:
    """Raise TypeError or ValueError unless these are a network and its optimizer (or None)."""
    check.instance(who, "a network", net, Network)
    check.instance(who, "an optimizer", optimizer, kind)
    if optimizer is not None and optimizer.theta is not net.theta:
        got = f"{optimizer.name} of another θ; make a new one (net.to(…) returns a new network)"
        raise ValueError(f"{who}: expected an optimizer of net.theta, got {got}")


def check_state(optimizer: Optimizer) -> None:
    """Raise ValueError if the optimizer has arrays that a checkpoint would lose: neither in
    ``state`` nor counters.  One with a number for each network, (E, 1), is a setting, as is ``lr``.
    """
    check.instance("check_state", "an optimizer", optimizer, Optimizer)
    who, kept = optimizer.name, [optimizer.theta, *optimizer.state]
    for name in optimizer.counters:
        counter: Any = getattr(optimizer, name, None)
        if not isinstance(counter, Real) and not (is_array(counter) and counter.ndim == 0):
            raise ValueError(f"{who}: expected the counter {name} to be a number, got {counter!r}")
    for name, value in leaves(vars(optimizer), skip=("lr",)):
        moment = is_array(value) and value.ndim > 0 and value.shape[-1] > 1
        if moment and not any(value is array for array in kept):
            got = f"self.{name} beside it, which a checkpoint would lose"
            raise ValueError(f"{who}: expected all arrays that change in state, got {got}")


class Checkpoint:
    """A file of all that changes in training, each under its name there: ``arrays``, ``lists`` and
    ``generators``, changed in place, and ``numbers``, an object and which of its attributes.
    ``same`` is what has to be as it was where the file is read.  Messages begin with ``who``.
    """

    def __init__(self, who: str, path: Path | str, net: Network, optimizer: Optimizer | None):
        check.instance(who, "the path of a file", path, (str, os.PathLike))
        self.path = Path(os.path.realpath(path))  # a link stays one
        if self.path.is_dir() or not self.path.parent.is_dir():
            wanted = "the path of a file in a folder that exists"
            raise ValueError(f"{who}: expected {wanted}, got {str(path)!r}")
        check_bound(who, net, optimizer, Optimizer | None)
        self.who, self.net, self.optimizer = who, net, optimizer
        self.generators = {"order": net.order}  # of the samples
        self.generators |= {f"layers.{l}": a.rng for l, a in enumerate(net.layers) if a.rng}
        self.lists: dict[str, list] = {}
        self.numbers: dict[str, tuple] = {}
        arrays: dict = {"theta": net.theta, "buffer": net.buffers}
        made: dict = {"format": FORMAT, "copies": net.copies, "theta": kind(net.theta)}
        made["layers"] = net.layers  # of a generator its kind counts, who has seeded it does not
        self.same = {"network": words(made, skip=("seeded", "initializer", "rows"))}
        if optimizer is not None:
            arrays["optimizer"], self.before = optimizer.state, dict(vars(optimizer))
            self.numbers |= {f"optimizer.{name}": (optimizer, name) for name in optimizer.counters}
            self.same["optimizer"] = {"optimizer": optimizer.name, "counters": [*self.numbers]}
        self.arrays = dict(leaves(arrays))

    def packed(self) -> bytes:
        """The bytes of the file."""
        if self.optimizer is not None:
            check_state(self.optimizer)
            kept = [own for _, own in self.numbers.values()]
            for name, x in vars(self.optimizer).items():
                if isinstance(x, Real) and name not in kept and x != self.before.get(name):
                    words = f"all that changes in counters, got self.{name}, which would be lost"
                    raise ValueError(f"{self.optimizer.name}: expected {words}")
        for layer in self.net.layers:
            if getattr(layer, "native_rng", False):  # torch's cannot be put back from here
                raise ValueError(f"checkpoint: expected noise with native_rng=False, got {layer}")
        changing = self.arrays | self.lists | {n: getattr(*o) for n, o in self.numbers.items()}
        # In C order: safetensors writes memory as it lies, and reads it as if it were in C order.
        stored = {name: np.asarray(to_numpy(a), order="C") for name, a in changing.items()}
        states = {name: rng.bit_generator.state for name, rng in self.generators.items()}
        about = text({"same": self.same, "states": states})
        metadata = {"about": about, "digest": digest(stored, about)}
        return check.library("a checkpoint", "safetensors.numpy").save(stored, metadata=metadata)

    def write(self) -> None:
        """Write the whole file, or leave the old one; whoever calls holds the lock."""
        data = self.packed()
        with self._told("write"):
            draft = self.path.with_name(f"{self.path.name}.part")  # a killed writer's is replaced
            try:
                with open(draft, "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                if self.path.exists():
                    shutil.copymode(self.path, draft)
                os.replace(draft, self.path)
            finally:
                draft.unlink(missing_ok=True)
            if os.name != "nt":  # the new name, too, is to survive a loss of power
                folder = os.open(self.path.parent, os.O_RDONLY)
                with suppress(OSError):  # not every file system can
                    os.fsync(folder)
                os.close(folder)

    def read(self) -> None:
        """Keep what is in the file as ``stored`` and ``about``; nothing is changed yet."""
        who, path, safetensors = self.who, self.path, check.library("a checkpoint", "safetensors")
        try:
            with self._told("read"):
                open(path, "rb").close()
            with safetensors.safe_open(path, framework="numpy") as file:
                self.stored = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
                about, checksum = [(file.metadata() or {})[key] for key in ("about", "digest")]
            if checksum != digest(self.stored, about):
                raise ValueError("its checksum is another")
        except (safetensors.SafetensorError, KeyError, TypeError, ValueError) as error:
            got = f"{path}, damaged or of another kind ({error})"
            raise ValueError(f"{who}: expected a whole checkpoint of dlcore, got {got}") from error
        self.about = json.loads(about)

    def compare(self, advice: str = "") -> None:
        """Raise ValueError unless the file is one of this network, optimizer and run."""
        then = self.about["same"]
        found = [differences(now, then.get(part, {})) for part, now in self.same.items()]
        if differ := "; ".join(filter(None, found)):
            wanted = f"the checkpoint {self.path} of this network and training"
            raise ValueError(f"{self.who}: expected {wanted}, got another: {differ}{advice}")

    def put(self) -> None:
        """Put back what ``read`` has found."""
        for name, own in self.arrays.items():
            own[...] = asarray(self.stored[name], own)
        for name, values in self.lists.items():
            values[:] = map(number, self.stored[name])
        for name, rng in self.generators.items():
            rng.bit_generator.state = self.about["states"][name]
        for name, (owner, key) in self.numbers.items():
            now, value = getattr(owner, key), number(self.stored[name])
            if isinstance(now, Real) or now.ndim > 0:  # a number, or the rates of a stack
                setattr(owner, key, asarray(value, self.net.theta) if np.ndim(value) else value)
            else:
                now[...] = value

    @contextmanager
    def locked(self, wait: float = 0) -> Iterator[None]:
        """Hold the path for oneself; ValueError if somebody else still does after ``wait`` seconds.

        The lock is the system's: it ends with the process, however that ends.
        """
        library = check.library("a checkpoint", "filelock")
        lock = library.FileLock(f"{self.path}.lock", timeout=wait)
        with self._told("write"):
            open(lock.lock_file, "ab").close()  # where nothing can be written, filelock would wait
            try:
                lock.acquire(poll_interval=0.01)
            except library.Timeout:
                got = f"{str(self.path)!r}, to which another training is writing"
                raise ValueError(f"{self.who}: expected a file of its own, got {got}") from None
        try:
            yield
        finally:
            with suppress(OSError):  # filelock leaves it behind, and copes with its absence
                os.unlink(lock.lock_file)
            lock.release()

    @contextmanager
    def _told(self, what):
        # An OSError within says what the system said, about this path.
        try:
            yield
        except OSError as error:
            message = f"{self.who}: cannot {what} the checkpoint: {error.strerror or error}"
            raise OSError(error.errno, message, str(self.path)) from error


class Resume(Checkpoint):
    """The checkpoint of one run of ``fit``; ``given`` are its data and arguments.

    Compared when the run goes on: library, dtype and device; the layers; the optimizer with its
    settings; all that is given, down to the code of functions and checksums of arrays; and θ and
    the random states at the start, unless it has been trained with this file already.
    """

    left: tuple | None = None  # the mark of the file as this run has found or written it

    def __init__(self, path: Path | str, run: Any, given: dict):
        net, optimizer, history, self.run = run.net, run.optimizer, run.history, run
        super().__init__("fit", path, net, optimizer)
        self.generators["seed"] = run.rng
        self.numbers["steps"] = history, "steps"
        if not callable(optimizer.lr):  # a callback may set it
            self.numbers["optimizer.lr"] = optimizer, "lr"
        self.lists = {"loss": history.loss, "validation": history.validation}
        self.lists |= {f"metrics.{name}": curve for name, curve in history.metrics.items()}
        stopper = run.stopper.memory if run.stopper is not None else ()
        self.arrays |= leaves({"diverged": run.diverged, "stopper": stopper})
        passing = ("theta", "chunked", "state", *optimizer.counters)
        own = {name: value for name, value in vars(optimizer).items() if name not in passing}
        states = [rng.bit_generator.state for rng in self.generators.values()]
        start = word(net.theta), digest({}, text(states)), number(optimizer.t)
        library = describe(net.theta).partition(":")[0]  # each worker has its own cuda:0, cuda:1, …
        given = given | {"frozen": sorted(net.frozen), "library": library}
        self.same["run"] = words({"optimizer": own, **given})
        self.same["run"] |= zip(START, start, strict=True)

    def write(self) -> None:
        """As ever, but beside the file, and OSError, where somebody else has written to it."""
        path, now = self.path, self._mark()
        if foreign := now not in (None, self.left):
            self.path = path.with_name(f"{path.name}.kept")
        super().write()
        self.left = self._mark()
        if foreign:
            kept = f"this training and its {self.run.history.epochs} epochs are in {self.path}"
            raise OSError(f"fit: somebody else has written to the checkpoint {path}: {kept}")

    def _mark(self) -> tuple | None:
        # What another writer changes; None where there is no file.
        with suppress(FileNotFoundError):
            found = os.stat(self.path)
            return found.st_size, found.st_mtime_ns
        return None

    def resume(self) -> None:
        """Take everything from the file, if there is one, of this run and with no more epochs."""
        self.packed()  # what cannot be kept is refused before the first step
        self.left = self._mark()
        try:
            self.read()
        except FileNotFoundError:
            return
        now, then = self.same["run"], self.about["same"].get("run")
        if then is None:
            raise ValueError(f"fit: expected a checkpoint of fit, got {self.path}, made by save")
        known = [word(self.stored[n]) for n in ("theta", "stopper.kept.0") if n in self.stored]
        if now[START[0]] in known or now[START[2]] != then[START[2]]:
            now |= {name: then[name] for name in START}  # it has been trained with this file
        self.compare("; to go on like this, load(path, net, optimizer) and fit with a new file")
        if (done := len(self.stored["loss"])) > (epochs := self.run.epochs):
            got = f"{self.path}, which has {done} epochs already"
            raise ValueError(f"fit: expected a checkpoint with at most epochs={epochs}, got {got}")
        self.put()
        self.run.history.diverged = number(self.run.diverged)
