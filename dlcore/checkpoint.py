"""Weights in a file, and training that can be killed: all that the next step depends on.

    fit(net, loss, optimizer, X, y, epochs=100, checkpoint="run.safetensors")

writes the file after every epoch and, where it exists, goes on from it, to the same bits as if
nothing had happened.  ``save`` and ``load`` do the same by hand.

The format is safetensors: arrays, and two lines of text.  ``about`` is JSON; ``digest`` is a
checksum of it and of the arrays, so that a damaged file is recognised.  Such a file cannot run
code when it is opened, as a pickle can, so one may open a stranger's.
"""

import json
import os
from numbers import Real
from pathlib import Path

import numpy as np

from . import checks as check
from .backend import asarray, is_array, to_numpy
from .files import draft, library, locked, replace, told
from .fingerprint import differences, digest, fits, identity, leaves, shapes, state_of
from .network import Network
from .optimizers import Optimizer

FORMAT = "dlcore 2"


def save(path, net, optimizer=None, arrays=None, numbers=None):
    """Write to ``path`` the network's θ, running statistics and random states, what its layers
    are, and the optimizer's name, state and counters; with ``arrays`` (a dict of NumPy arrays)
    and ``numbers`` (anything that JSON holds) beside them.

    The file is written under another name first and then renamed: it is whole or not there.
    Learning rates and other hyperparameters stay in the program.
    Raises TypeError for numbers that JSON does not hold, ValueError while a training writes to
    this path; else see ``writable``.
    """
    path, data = prepared("save", path, net, optimizer, arrays, numbers)
    with locked("save", path, wait=10):
        replace("save", path, data)


def load(path, net, optimizer=None, names=()):
    """Put back, in place, what ``save`` wrote; return its ``arrays`` and ``numbers``.

    names    of the ``arrays`` that must be there
    The file may come from another library or device.  Raises FileNotFoundError if there is none,
    OSError if the system does not let it be read, ValueError if it is damaged, belongs to another
    network (layers, their settings, shapes, dtype) or optimizer, or lacks one of the names, all
    before anything has changed.
    """
    put, extra, numbers = read("load", path, net, optimizer, names)
    put()
    return extra, numbers


def writable(who, path, net, optimizer=None):
    """The path, a link followed, of a file that ``save`` can write: it is tried under another
    name, which is removed.  ``fit`` asks before it begins.

    Raises ValueError if its folder does not exist, for noise that draws from torch's own
    generator, or an optimizer whose state would be lost (``check_state``); OSError with the
    system's words if it cannot be written; ImportError if a library is not installed.
    """
    path, data = prepared(who, path, net, optimizer)
    with told(who, path, "write"), draft(path, data):
        return path


def check_state(optimizer):
    """Raise ValueError if the optimizer has arrays that a checkpoint would lose.

    All that changes from step to step lies in ``state`` (arrays) or in the attributes that
    ``counters`` names (numbers or 0-d arrays).  An array with one number for each network,
    (E, 1), is a setting, and so is whatever ``lr`` is.
    """
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"check_state: expected an optimizer, got {optimizer!r}")
    for name in optimizer.counters:
        counter = getattr(optimizer, name, None)
        if not (isinstance(counter, Real) or (is_array(counter) and counter.ndim == 0)):
            raise ValueError(
                f"{optimizer.name}: expected the counter {name} to be a number, got {counter!r}"
            )
    kept = [optimizer.theta, *optimizer.state]
    attributes = {n: v for n, v in vars(optimizer).items() if n != "lr"}
    for name, value in leaves("self", attributes):
        moment = is_array(value) and value.ndim > 0 and value.shape[-1] > 1
        if moment and not any(value is array for array in kept):
            raise ValueError(
                f"{optimizer.name}: expected all arrays that change in state, got {name} beside "
                "it, which a checkpoint would lose"
            )


def prepared(who, path, net, optimizer=None, arrays=None, numbers=None):
    """The path, a link followed, and the bytes of the file.  Errors: ``save``, ``writable``."""
    given, path = path, Path(os.path.realpath(_checked(who, path, net, optimizer)))
    if path.is_dir() or not path.parent.is_dir():
        raise ValueError(
            f"{who}: expected the path of a file in a folder that exists, got {str(given)!r}"
        )
    if optimizer is not None:
        check_state(optimizer)
    for name, value in (arrays or {}).items():
        check.array(who, f"arrays[{name!r}]", value)
    wanted = _arrays(net, optimizer) | {f"extra.{n}": a for n, a in (arrays or {}).items()}
    # In C order: safetensors writes the memory as it lies, and reads it as if it were in C order.
    stored = {name: np.array(to_numpy(a), order="C") for name, a in wanted.items()}
    about = {
        "format": FORMAT,
        "network": identity(net),
        "optimizer": optimizer and optimizer.name,
        "counters": {name: _plain(getattr(optimizer, name)) for name in _counters(optimizer)},
        "random": [state_of(rng) for rng in _generators(net)],
        "numbers": numbers,
    }
    try:
        words = json.dumps(about, default=lambda x: x.item())  # np.int64(3) is 3
    except (AttributeError, TypeError, ValueError) as error:
        raise TypeError(f"{who}: expected numbers that JSON holds, got {numbers!r}") from error
    metadata = {"about": words, "digest": digest(stored, words)}
    return path, library("safetensors.numpy").save(stored, metadata=metadata)


def read(who, path, net, optimizer=None, names=()):
    """A function that puts back all that ``load`` does, and the file's arrays and numbers; by
    itself this changes nothing.  Errors: ``load``."""
    about, stored = _read(who, _checked(who, path, net, optimizer))
    extra = {n[6:]: stored.pop(n) for n in list(stored) if n.startswith("extra.")}
    now, then = identity(net), about["network"]
    if optimizer is None:  # the weights alone are wanted
        stored = {name: a for name, a in stored.items() if not name.startswith("optimizer.")}
    else:
        now, then = now | {"optimizer": optimizer.name}, then | {"optimizer": about["optimizer"]}
    wanted, generators = _arrays(net, optimizer), _generators(net)
    if differ := differences(now | shapes(wanted), then | shapes(stored)):
        raise ValueError(f"{who}: expected a checkpoint of this network, got another: {differ}")
    if missing := set(names) - set(extra):
        raise ValueError(
            f"{who}: expected a checkpoint with {', '.join(sorted(names))}, "
            f"got one without {', '.join(sorted(missing))}"
        )
    states = about["random"]
    if len(states) != len(generators) or not all(map(fits, generators, states)):
        raise ValueError(
            f"{who}: expected the states of {len(generators)} generators, got {states!r}"
        )
    counters = [(n, _counter(who, optimizer, n, about["counters"])) for n in _counters(optimizer)]
    arrays = [(own, asarray(stored[name], own)) for name, own in wanted.items()]

    def put():
        for own, value in arrays:
            own[...] = value
        for rng, state in zip(generators, states, strict=True):
            rng.bit_generator.state = state
        for name, value in counters:
            if is_array(counter := getattr(optimizer, name)):
                counter[...] = value
            else:
                setattr(optimizer, name, value)

    return put, extra, about["numbers"]


def _read(who, path):
    # What is in the file, once its checksum is right.
    safetensors = library("safetensors")
    try:
        if path.is_dir():
            raise ValueError("it is a folder")
        with told(who, path, "read"):
            open(path, "rb").close()
        with safetensors.safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            stored = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except FileNotFoundError:
        raise FileNotFoundError(f"{who}: there is no checkpoint {path}") from None
    except (safetensors.SafetensorError, TypeError, ValueError) as error:
        raise ValueError(
            f"{who}: expected a safetensors file, got {path}, damaged or of another kind ({error})"
        ) from error
    words = metadata.get("about", "")
    if metadata.get("digest") != digest(stored, words):
        what = "which is damaged" if "digest" in metadata else "without a checksum"
        raise ValueError(f"{who}: expected a whole checkpoint of dlcore, got {path}, {what}")
    about = json.loads(words)
    kinds = {"network": dict, "optimizer": str | None, "counters": dict, "random": list}
    if about.get("format") != FORMAT or not all(
        isinstance(about.get(name), kind) for name, kind in kinds.items()
    ):
        raise ValueError(
            f"{who}: expected a file in the format {FORMAT!r}, got {about.get('format')!r}"
        )
    return about, stored


def _checked(who, path, net, optimizer):
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"{who}: expected the path of a file, got {path!r}")
    if not isinstance(net, Network):
        raise TypeError(f"{who}: expected a network, got {net!r}")
    if optimizer is not None and not isinstance(optimizer, Optimizer):
        raise TypeError(f"{who}: expected an optimizer or None, got {optimizer!r}")
    if optimizer is not None and optimizer.theta is not net.theta:
        raise ValueError(f"{who}: expected an optimizer of net.theta, got one of another θ")
    return Path(path)


def _arrays(net, optimizer):
    # Every array that changes in training, under the name that it has in the file.
    arrays = {"theta": net.theta}
    for l, buffers in enumerate(net.buffers):
        arrays |= {f"buffer.{l}.{i}": buffer for i, buffer in enumerate(buffers)}
    if optimizer is not None:
        arrays |= {f"optimizer.{i}": state for i, state in enumerate(optimizer.state)}
    return arrays


def _counters(optimizer):
    return () if optimizer is None else optimizer.counters


def _counter(who, optimizer, name, counters):
    # A stored counter as its own kind of number; t counts from 0.
    own, low = getattr(optimizer, name), {"low": 0} if name == "t" else {}
    value = check.number(who, f"the counter {name}", counters.get(name), **low)
    if isinstance(own, int) and value != int(value):
        raise ValueError(f"{who}: expected an integer {name}, got {value!r}")
    return int(value) if isinstance(own, int) else value


def _generators(net):
    # Of the noise of layers and of the order of samples; torch's own cannot be put back from here.
    own = [layer for layer in net.layers if getattr(layer, "native_rng", False)]
    if own:
        raise ValueError(
            f"checkpoint: expected noise with native_rng=False, got {own[0]} with native_rng=True"
        )
    return [*(layer.rng for layer in net.layers if layer.rng is not None), net.order]


def _plain(counter):
    return to_numpy(counter).item() if is_array(counter) else counter
