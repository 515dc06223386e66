"""What a training depends on from epoch to epoch, in a file, so that it can be killed anywhere."""

import numpy as np

from .backend import asarray
from .checkpoint import load, save, writable
from .history import number


class Resume:
    """What an epoch depends on beside the data and the arguments of ``fit``, in a file."""

    def __init__(self, path, run, rng, stopper):
        self.path = writable("fit", path, run.net)
        self.run, self.rng, self.stopper = run, rng, stopper

    def arrays(self):
        run, stopper = self.run, self.stopper
        arrays = {"loss": np.array(run.history.loss), "diverged": run.diverged}
        if run.validation is not None:
            arrays["validation"] = np.array(run.history.validation)
        for name, values in run.history.metrics.items():
            arrays[f"metrics.{name}"] = np.array(values)
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
        history.loss = [number(J) for J in arrays["loss"]]
        history.validation = [number(J) for J in arrays.get("validation", [])]
        for name in history.metrics:
            history.metrics[name] = [number(value) for value in arrays[f"metrics.{name}"]]
        history.steps = numbers["steps"]
        self.rng.bit_generator.state = numbers["order"]
        run.diverged[...] = asarray(arrays["diverged"], run.diverged)
        history.diverged = number(run.diverged)
        for name, own in stopper.memory.items() if stopper is not None else ():
            own[...] = asarray(arrays[f"stopper.{name}"], own)
        return history.epochs
