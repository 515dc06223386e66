"""Files of weights: what is written, and what is read."""

import tempfile
from pathlib import Path

import numpy as np

from dlcore import checkpoint
from dlcore.network import MLP
from dlcore.optimizers import Adam, Momentum

from . import kinds as k
from .cases_network import _fit, fit
from .refusal import entry

FOLDER = tempfile.TemporaryDirectory()
FILE = Path(FOLDER.name) / "adam.safetensors"


def _training(where):
    net = MLP([2, 1], dtype="float64").to(where)
    optimizer = Adam(net.theta)
    checkpoint.save(FILE, net, optimizer)
    return dict(path=FILE, net=net, optimizer=optimizer)


NOT_A_PATH = k.values(1, None, [], b"run", name="not_a_path")
NOT_ITS_OPTIMIZER = k.values(Adam, "adam", 1, Adam(np.zeros(3)), name="not_its_optimizer")
NOT_A_NETWORK = k.values(None, MLP, "net", np.zeros(3), name="not_a_network")

for name, call in (("save", checkpoint.save), ("load", checkpoint.load)):
    entry(
        f"checkpoint.{name}",
        _training,
        call,
        path=[NOT_A_PATH],
        net=[NOT_A_NETWORK],
        optimizer=[NOT_ITS_OPTIMIZER],
    )
entry(
    "checkpoint.check_state",
    lambda where: dict(optimizer=_training(where)["optimizer"]),
    checkpoint.check_state,
    optimizer=[k.values(Adam, "adam", 1, None, name="no_optimizer")],
)
FOLDERS = k.values(FOLDER.name, Path(FOLDER.name) / "none" / "run", "", name="not_a_file")
for name, call in (("save", checkpoint.save), ("load", checkpoint.load)):
    entry(f"checkpoint.{name}", _training, call, path=[FOLDERS])


def other(path, net, optimizer, make):
    """Read the file of Adam on one layer into something else."""
    fresh = make(net)
    return checkpoint.load(path, fresh, Momentum(fresh.theta) if fresh is net else None)


entry(
    "checkpoint.load",
    lambda where: _training(where) | dict(make=lambda net: net.to(net.theta)),
    other,
    make=[
        k.values(
            lambda net: net,
            lambda net: MLP([2, 2]),
            lambda net: MLP([3, 1]),
            lambda net: net.to(net.theta, "float32"),
        )
    ],
)
entry(
    "training.fit",
    lambda where: _fit(where, checkpoint=None),
    fit,
    checkpoint=[k.values(1, True, [], b"run"), FOLDERS],
)
