"""What a training depends on from epoch to epoch, in a file, so that it can be killed anywhere."""

import numpy as np

from . import checks as check
from .backend import asarray, describe
from .checkpoint import prepared, read, writable
from .files import locked, replace
from .fingerprint import differences, digest, fits, settings, shapes, state_of
from .history import number


class Resume:
    """The file of one run of ``fit``; in ``with Resume(…) as file`` nobody else writes to it.

    run        the network, the optimizer, the generator of the order, early stopping, the history
    given      a dict of what else the run depends on: data, loss, arguments of ``fit``

    Stored with every epoch, and compared when the run goes on: library, dtype and device; the
    layers; the optimizer with its settings; all that is given, down to numbers, text, the code of
    functions, and checksums of arrays.  θ and the random states at the start are compared unless
    the network or the optimizer has been trained with this file already.
    """

    def __init__(self, path, run, given):
        self.path, self.run, self.rng, self.stopper = path, run, run.rng, run.stopper
        net, optimizer = run.net, run.optimizer
        passing = ("theta", "chunked", "state", *optimizer.counters)
        self.settings = settings("optimizer", optimizer, skip=passing)
        self.settings |= {"library": describe(net.theta)}
        for name, value in given.items():
            self.settings |= settings(name, value)
        states = [
            state_of(g) for g in (run.rng, *(layer.rng for layer in net.layers)) if g is not None
        ]
        self.start = {
            "θ at the start": digest({"": net.theta}),
            "random states at the start (another seed?)": digest({}, repr(states)),
        }
        self.t = number(optimizer.t)

    def __enter__(self):
        self.path = writable("fit", self.path, self.run.net, self.run.optimizer)
        self.lock = locked("fit", self.path)
        self.lock.__enter__()
        return self

    def __exit__(self, *error):
        self.lock.__exit__(*error)

    def write(self):
        run = self.run
        numbers = {
            "steps": run.history.steps,
            "order": state_of(self.rng),
            "settings": self.settings,
            "start": self.start,
            "t": self.t,
            "θ": digest({"": run.net.theta}),
        }
        arrays = self.arrays() | {name: np.array(c) for name, c in self.curves().items()}
        _, data = prepared("fit", self.path, run.net, run.optimizer, arrays, numbers)
        replace("fit", self.path, data)

    def arrays(self):
        stopper = self.stopper.memory if self.stopper is not None else {}
        return {"diverged": self.run.diverged} | {f"stopper.{n}": a for n, a in stopper.items()}

    def curves(self):
        history = self.run.history
        metrics = {f"metrics.{name}": curve for name, curve in history.metrics.items()}
        return {"loss": history.loss, "validation": history.validation} | metrics

    def resume(self, epochs):
        """Take everything from the file, if there is one; return the number of epochs done.

        Raises ValueError for the file of another run, and for one with more than ``epochs``.
        """
        run, path = self.run, str(self.path)
        try:
            put, stored, numbers = read("fit", path, run.net, run.optimizer)
        except FileNotFoundError:
            return 0
        self.compare(stored, numbers)
        if (done := len(stored["loss"])) > epochs:
            raise ValueError(
                f"fit: expected a checkpoint with at most epochs={epochs}, "
                f"got {path}, which has {done} epochs already"
            )
        put()
        for name, curve in self.curves().items():
            curve[:] = [number(value) for value in stored[name]]
        run.history.steps = numbers["steps"]
        self.rng.bit_generator.state = numbers["order"]
        for name, own in self.arrays().items():
            own[...] = asarray(stored[name], own)
        run.history.diverged = number(run.diverged)
        self.start, self.t = numbers["start"], numbers["t"]
        return done

    def compare(self, stored, numbers):
        """Raise ValueError unless the file is one of this run, and whole."""
        if not isinstance(numbers, dict) or not {"settings", "start", "t", "θ"} <= numbers.keys():
            raise ValueError(f"fit: expected a checkpoint of fit, got {self.path}, made by save")
        differ = differences(self.settings, numbers["settings"])
        known = [digest({"": a}) for name, a in stored.items() if name == "stopper.kept.0"]
        known.append(numbers["θ"])
        if self.t == numbers["t"] and self.start["θ at the start"] not in known:
            differ = differ or differences(self.start, numbers["start"])
        if differ:
            raise ValueError(
                f"fit: expected the run of the checkpoint {self.path}, got another: {differ}; to "
                "go on with these settings, load(path, net, optimizer) and fit with a new file"
            )
        loss = stored.get("loss", np.zeros(0))
        own, curves = self.arrays(), {name: (loss.shape, (0,)) for name in self.curves()}
        whole = shapes(own) == shapes({n: a for n, a in stored.items() if n not in curves})
        whole &= all(n in stored and stored[n].shape in known for n, known in curves.items())
        if not whole or loss.shape[1:] != tuple(self.run.diverged.shape):
            raise ValueError(f"fit: expected the arrays of this run in {self.path}, got others")
        check.integer("fit", "the number of steps in the file", numbers.get("steps"), 0)
        if not fits(self.rng, numbers.get("order")):
            raise ValueError(f"fit: expected the state of {self.rng}, got {numbers.get('order')}")
