"""Trainings that are run as processes of their own, to be compared, interrupted and killed.

python -m tests.processes.programs '{"name": "killed", "path": "run", "where": "torch", …}'
"""

import json
import os
import resource
import signal
import sys
import time
from contextlib import nullcontext

import numpy as np

import dlcore.compiled
from dlcore.backend import asarray, to_numpy
from dlcore.checkpoint import save
from dlcore.distributed import Workers
from dlcore.history import Interrupted
from dlcore.layers import Activation, Linear
from dlcore.losses import SigmoidCrossEntropy
from dlcore.metrics import accuracy
from dlcore.network import MLP, Network
from dlcore.noise import Dropout, GaussianNoise
from dlcore.normalization import BatchNorm, LayerNorm
from dlcore.optimizers import Adam, NAdam
from dlcore.regularizers import L2, MaxNorm
from dlcore.schedules import cosine
from dlcore.training import fit

rng = np.random.default_rng(0)
X = rng.standard_normal((65, 2))  # 4 minibatches of 16 and one of 1, which one worker has alone
y = (X[:, 0] * X[:, 1] > 0).astype(int)
WEIGHTS = rng.uniform(0.5, 2.0, 65)


def killed(
    path,
    where,
    epochs,
    slow=0.0,
    workers=False,
    copies=None,
    callback=None,
    compiled=False,
    by="eager",
):
    """What the tests of kills train, on a disk that takes so many seconds to write.  Of compiled
    steps the default is traced and put together, without a compiler that would take a minute."""
    dlcore.compiled.BACKEND = by
    os.fsync = lambda _: time.sleep(slow)  # a kill does not lose what the system has
    with Workers(timeout=20) if workers else nullcontext() as together:
        norm, batch_size = (LayerNorm, 16) if workers else (BatchNorm, 17)
        layers = GaussianNoise(0.1), Linear(2, 8), norm(8), Activation("tanh"), Dropout(0.2)
        net = Network(*layers, Linear(8, 1), copies=copies).to(where)
        optimizer = NAdam(net.theta, lr=cosine(0.05, 4 * epochs))
        options = dict(validation=(X, y), patience=epochs, metrics=accuracy, penalty=L2(0.01))
        options |= dict(clip=1.0, constraint=MaxNorm(3.0), progress=False, workers=together)
        options |= dict(epochs=epochs, batch_size=batch_size, checkpoint=path, callback=callback)
        options |= dict(compiled=compiled)
        fit(net, SigmoidCrossEntropy(), optimizer, X, y, **options)


def killed_once(epoch, **arguments):
    """The same with a worker that dies after that epoch, until torchrun has started it again."""

    def die(done, history):
        first = os.environ["TORCHELASTIC_RESTART_COUNT"] == "0"
        if first and done == epoch and os.environ["RANK"] == "1":
            os.kill(os.getpid(), signal.SIGKILL)

    killed(workers=True, callback=die, **arguments)


def full(path, epoch, **arguments):
    """The same on a disk that is full after that epoch: no file can be longer than 100 bytes."""
    free = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(done, history):
        if done == epoch:
            resource.setrlimit(resource.RLIMIT_FSIZE, (100, free[1]))

    try:
        killed(path, callback=fill, **arguments)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, free)  # for what is said of it


def overwritten(path, epoch, what, **arguments):
    """The same, and after that epoch somebody else writes to the path."""

    def overwrite(done, history):
        if done == epoch and what == "a network":
            save(f"{path}.other", MLP([2, 1]))
            os.replace(f"{path}.other", path)
        elif done == epoch:
            with open(path, "r+b") as file:
                file.seek(-1, os.SEEK_END)
                file.write(b"?")

    killed(path, callback=overwrite, **arguments)


def alike(path, workers=False, copies=None, batch_size=16, seed=0, x=1.0, stop=None, **more):
    """One training in float64, whose θ, history and next random numbers are written to a file."""

    def stops(epoch, history):  # as a clock might, on one worker alone
        return epoch == stop and os.environ.get("RANK", "0") == "0"

    with Workers(timeout=20) if workers else nullcontext() as together:
        layers = Linear(2, 8), LayerNorm(8), Activation("tanh"), Dropout(0.2), Linear(8, 1)
        net = Network(*layers, seed=seed, copies=copies, dtype="float64").to("torch")
        net.freeze(1)
        optimizer = Adam(
            net.theta, lr=np.linspace(0.01, 0.1, copies) if copies else cosine(0.1, 40)
        )
        options = dict(weights=WEIGHTS, penalty=L2(0.01), clip=0.5, constraint=MaxNorm(3.0))
        options |= dict(validation=(X, y), patience=9, metrics=accuracy, progress=False, epochs=9)
        options |= dict(batch_size=batch_size, workers=together, callback=stops) | more
        history = fit(net, SigmoidCrossEntropy(), optimizer, x * X, y, **options)
        found = {"theta": to_numpy(net.theta), "noise": net.layers[3].rng.random(3)}
        found |= {"loss": history.loss, "validation": history.validation, "best": history.best}
        rank = together.rank if workers else "alone"
        np.savez(f"{path}.{rank}.npz", accuracy=history.metrics["accuracy"], **found)


def endless(path, workers, timeout=20, **more):
    """A training that ends when somebody ends it, and says at which step; its net is usable."""
    with Workers(timeout) as together:
        net = MLP([2, 8, 1]).to("torch")
        options = dict(epochs=10**6, checkpoint=path, progress=False, workers=together)
        try:
            fit(net, SigmoidCrossEntropy(), Adam(net.theta), X, y, **options, **more)
        except Interrupted as error:
            net(asarray(X, net.theta))
            print(f"step {error.step}, {error.history.epochs} epochs", flush=True)


def main(name, **arguments):
    globals()[name](**arguments)


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
