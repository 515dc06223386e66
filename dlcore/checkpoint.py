"""Weights in a file, and training that can be killed: all that the next step depends on.

    fit(net, loss, optimizer, X, y, epochs=100, checkpoint="run.safetensors")

writes the file after every epoch and, where it exists, goes on from it, to the same bits as if
nothing had happened.  ``save`` and ``load`` do the same by hand.

The format is safetensors: arrays, and a line of JSON.  Such a file cannot run code when it is
opened, as a pickle can, so one may open a stranger's.
"""

import copy
import json
import os
from pathlib import Path

import numpy as np

from . import checks as check
from .backend import asarray, dtype_name, is_array, to_numpy
from .network import Network
from .optimizers import Optimizer

FORMAT = "dlcore 1"


def save(path, net, optimizer=None, arrays=None, numbers=None):
    """Write the network's θ, running statistics and random states, and the optimizer's state and
    step number, to ``path``; with ``arrays`` (a dict of NumPy arrays) and ``numbers`` (anything
    that JSON holds) beside them.

    The file is written under another name first and then renamed: it is whole or not there.
    Learning rates and other hyperparameters stay in the program.
    Raises TypeError for numbers that JSON does not hold; else see ``writable``.
    """
    path = writable("save", path, net, optimizer)
    for name, value in (arrays or {}).items():
        check.array("save", f"arrays[{name!r}]", value)
    all_arrays = _arrays(net, optimizer)
    all_arrays |= {f"extra.{name}": a for name, a in (arrays or {}).items()}
    # In C order: safetensors writes the memory as it lies, and reads it as if it were in C order.
    stored = {name: np.array(to_numpy(a), order="C") for name, a in all_arrays.items()}
    about = {
        "format": FORMAT,
        "network": repr(net),
        "optimizer": optimizer and optimizer.name,
        "counters": {name: _plain(getattr(optimizer, name)) for name in _counters(optimizer)},
        "random": [rng.bit_generator.state for rng in _generators(net)],
        "numbers": numbers,
    }
    try:
        words = json.dumps(about, default=lambda x: x.item())  # np.int64(3) is 3
    except (AttributeError, TypeError, ValueError) as error:
        raise TypeError(f"save: expected numbers that JSON holds, got {numbers!r}") from error
    draft = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        _safetensors().numpy.save_file(stored, draft, metadata={"about": words})
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def load(path, net, optimizer=None, names=()):
    """Put back, in place, what ``save`` wrote; return its ``arrays`` and ``numbers``.

    names    of the ``arrays`` that must be there
    The file may come from another library or device.  Raises FileNotFoundError if there is none,
    ValueError if it is damaged, belongs to another network or optimizer, or lacks one of the
    names, before anything has changed.
    """
    about, stored = _read(_checked("load", path, net, optimizer))
    generators = _generators(net)
    extra = {
        name.removeprefix("extra."): stored.pop(name)
        for name in list(stored)
        if name.startswith("extra.")
    }
    if optimizer is None:  # the weights alone are wanted
        stored = {name: a for name, a in stored.items() if not name.startswith("optimizer.")}
    wanted = _arrays(net, optimizer)
    expected, got = (
        {name: (tuple(a.shape), dtype_name(a)) for name, a in arrays.items()}
        for arrays in (wanted, stored)
    )
    if about["network"] != repr(net) or expected != got:
        raise ValueError(
            f"load: expected a checkpoint of {_words(net, optimizer)}, got one of "
            f"{about['network']} with {about['optimizer'] or 'no optimizer'} "
            f"({', '.join(f'{n} {s} {d}' for n, (s, d) in got.items())})"
        )
    if optimizer is not None and about["optimizer"] != optimizer.name:
        raise ValueError(
            f"load: expected a checkpoint with {optimizer.name}, got one with {about['optimizer']}"
        )
    if missing := set(names) - set(extra):
        raise ValueError(
            f"load: expected a checkpoint with {', '.join(sorted(names))}, "
            f"got one without {', '.join(sorted(missing))}"
        )
    _check_states(generators, about["random"])
    known = about["counters"] if isinstance(about["counters"], dict) else {}
    counters = {name: known.get(name) for name in _counters(optimizer)}
    if not all(isinstance(value, (int, float)) for value in counters.values()):
        raise ValueError(
            f"load: expected the counters {', '.join(counters)}, got {about['counters']}"
        )
    for name, own in wanted.items():
        own[...] = asarray(stored[name], own)
    for rng, state in zip(generators, about["random"], strict=True):
        rng.bit_generator.state = state
    for name, value in counters.items():
        counter = getattr(optimizer, name)
        if is_array(counter):
            counter[...] = value
        else:
            setattr(optimizer, name, value)
    return extra, about["numbers"]


def writable(who, path, net, optimizer=None):
    """The path of a file that ``save`` can write; ``fit`` asks before it begins.

    Raises ValueError if its folder does not exist, or for noise that draws from torch's own
    generator; ImportError if safetensors is not installed.
    """
    path = _checked(who, path, net, optimizer)
    _safetensors(), _generators(net)
    if path.is_dir() or not path.parent.is_dir():
        raise ValueError(
            f"{who}: expected the path of a file in a folder that exists, got {str(path)!r}"
        )
    return path


def _safetensors():
    try:
        import safetensors.numpy
    except ImportError as error:
        message = "a checkpoint needs safetensors: python -m pip install safetensors"
        raise ImportError(message) from error
    return safetensors


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


def _read(path):
    safetensors = _safetensors()
    if not path.exists():
        raise FileNotFoundError(f"load: there is no checkpoint {path}")
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            about = json.loads((file.metadata() or {}).get("about", "{}"))
            stored = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (safetensors.SafetensorError, OSError, TypeError, ValueError) as error:
        raise ValueError(f"load: expected a safetensors file, got {path} ({error})") from error
    found = about.get("format") if isinstance(about, dict) else None
    if found != FORMAT:
        raise ValueError(f"load: expected a file in the format {FORMAT!r}, got {found!r}")
    if missing := {"network", "optimizer", "counters", "random", "numbers"} - about.keys():
        raise ValueError(
            f"load: expected a whole file, got one without {', '.join(sorted(missing))}"
        )
    return about, stored


def _check_states(generators, states):
    try:
        for rng, state in zip(copy.deepcopy(generators), states, strict=True):
            rng.bit_generator.state = state
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"load: expected the states of {len(generators)} generators, got {states!r}"
        ) from error


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


def _generators(net):
    # Layers that draw noise have one; torch's own generator cannot be put back from here.
    own = [layer for layer in net.layers if getattr(layer, "native_rng", False)]
    if own:
        raise ValueError(
            f"checkpoint: expected noise with native_rng=False, got {own[0]} with native_rng=True"
        )
    return [layer.rng for layer in net.layers if layer.rng is not None]


def _plain(counter):
    return to_numpy(counter).item() if is_array(counter) else counter


def _words(net, optimizer):
    return f"{net} with {optimizer.name}" if optimizer is not None else f"{net}"
