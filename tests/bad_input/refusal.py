"""What is promised for bad input, and the register of the entries that are held to it."""

import inspect
import re
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch

from dlcore.backend import asarray, describe, is_array, prototype, to_numpy

WHERE = ["numpy", "torch", *(["cuda"] if torch.cuda.is_available() else [])]


class Entry(NamedTuple):
    """A public entry with good arguments, and the kinds of bad values of each of them."""

    name: str  # "losses.Huber.value"
    owner: str  # whom the message must name, or one of them: "pocket|Perceptron"; "": nobody
    where: str  # the backend of the good arguments
    good: Callable[[], dict]  # makes them, all new
    call: Callable[..., Any]
    bad: list  # (argument, kind), …; a kind is a function of the good value

    def __str__(self):
        arguments = "-".join(dict.fromkeys(argument for argument, _ in self.bad))
        return f"{self.name}-{arguments}-{self.where}"


ENTRIES = []


def entry(name, good, call, /, owner=None, only=None, **bad):
    """Register an entry: ``good`` are its arguments, or a function of the backend that makes them;
    ``bad`` names the kinds of bad values of each argument, ``only`` the backends to try."""
    owner = name.split(".")[1] if owner is None else owner
    pairs = [(argument, kind) for argument, kinds in bad.items() for kind in kinds]
    for where in only or (WHERE if callable(good) else ["numpy"]):

        def make(where=where):
            return good(where) if callable(good) else dict(good)

        ENTRIES.append(Entry(name, owner, where, make, call, pairs))


def kinds_of(base):
    """The public classes that extend ``base`` in its own module, in the module's order."""
    module = sys.modules[base.__module__]
    classes = [c for name, c in vars(module).items() if name[0] != "_" and inspect.isclass(c)]
    return [c for c in classes if issubclass(c, base) and c is not base]


# What a message calls an argument, where it is not by its own name.
CALLED = {
    "hopfield.Hopfield.patterns": "states",
    "hopfield.Hopfield.store.s": "states",
    "hopfield.Hopfield.energy.s": "states",
    "hopfield.Hopfield.recall.s": "states",
    "boltzmann.RBM.fit.v": "V",
    "boltzmann.RBM.cd.chains": "v",
    "layers.Activation.forward.x": "z",
    "layers.Softmax.forward.x": "z",
    "training.fit.VX": "validation X",
    "training.fit.checkpoint": "path",
}
#: Arguments whose other values are told by what they should be: "expected a network".
DESCRIBED_ARGUMENTS = {"gates", "where", "b", "sizes", "net", "make", "side", "h"}
OF_AN_ARRAY = re.compile(r"expected (\S+ (a floating-point array|an array of)|finite numbers \S)")
OF_TWO_ARRAYS = re.compile(r"expected (\w+) in (numpy|torch)")  # either may be the bad one


def attempt(entry, argument, choose, named=False):
    """Call an entry with one bad argument, and assert that it is refused and nothing changes;
    where ``named``, that the message names the argument."""
    arguments = entry.good()
    bad = arguments[argument] = choose(arguments[argument])
    before = snapshot(arguments)
    try:
        message = refused(entry.owner, lambda: entry.call(**arguments))
        if named or OF_AN_ARRAY.search(message):
            called = CALLED.get(f"{entry.name}.{argument}", argument)
            assert re.search(rf"(?<!\w){called}s?(?!\w)", message), message
        if second := OF_TWO_ARRAYS.search(message):
            assert second[1] in {*arguments, *CALLED.values(), "labels", "θ", "V"}, message
        assert snapshot(arguments) == before, "something changed"
    except BaseException as error:
        error.add_note(f"{entry}: {argument} = {bad!r}")
        raise


def array(where, *shape, dtype="float64"):
    """Some numbers between 0.1 and 0.9, on that backend."""
    n = int(np.prod(shape))
    values = 0.1 + 0.8 * ((7 * np.arange(n)) % 11) / 11
    return asarray(values.reshape(shape), prototype(where, dtype))


def integers(where, *values):
    """Labels, on that backend."""
    values, like = np.array(values), prototype(where)
    return values if where == "numpy" else torch.tensor(values, device=like.device)


def refused(owner, call):
    """Assert that ``call`` raises the promised error: owner: expected …, got …"""
    with pytest.raises((TypeError, ValueError)) as caught:
        call()
    message = str(caught.value)
    assert caught.type in (TypeError, ValueError), repr(caught.value)
    owners = "|".join(map(re.escape, owner.split("|")))
    assert re.search(rf"(?s)(?<!\w)({owners})(?!\w).*expected .*\bgot ", message), message
    return message


def snapshot(x, seen=None):
    """Everything that x holds, down to the bits of its arrays, as a value to compare."""
    seen = {} if seen is None else seen
    if x is None or isinstance(x, (bool, int, float, complex, str, bytes, type)):
        return repr(x)
    if is_array(x):
        if str(x.device) == "meta":
            return "meta", tuple(x.shape)
        plain = to_numpy(x)
        return (
            describe(x),
            plain.shape,
            repr(plain.tolist()) if plain.dtype == object else (plain.tobytes()),
        )
    if id(x) in seen:
        return "seen", seen[id(x)]
    seen[id(x)] = len(seen)
    if isinstance(x, np.random.Generator):
        return repr(x.bit_generator.state)
    if isinstance(x, dict):
        return [(repr(key), snapshot(value, seen)) for key, value in x.items()]
    if isinstance(x, (list, tuple)):
        return [snapshot(value, seen) for value in x]
    if hasattr(x, "__dict__") and not callable(getattr(x, "__code__", None)):
        return type(x).__name__, snapshot(vars(x), seen)
    return type(x).__name__
