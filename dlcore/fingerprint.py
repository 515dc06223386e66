"""What an object was made with, in words that JSON holds, so that two runs can be compared."""

import copy
import hashlib
import json
from collections.abc import Mapping
from functools import partial
from numbers import Integral, Real
from types import CodeType, FunctionType, MethodType, ModuleType

import numpy as np

from .backend import dtype_name, is_array, to_numpy


def leaves(name, value, skip=()):
    """Pairs (name, leaf) of all that a value is made of: ("loss.delta", 1.0), ("layers.2.n", 6).

    Leaves are numbers, text, arrays, and the names of classes and functions; of a function its
    code, its defaults and what it has closed over count too.  ``skip``: attributes to leave out.
    """
    return _leaves(name, value, skip, ())


def _leaves(name, value, skip, above):
    if value is None or isinstance(value, (Real, str)) or is_array(value):
        yield name, value
    elif isinstance(value, (type, ModuleType, np.random.Generator)):
        yield name, getattr(value, "__name__", type(value).__name__)
    elif not any(value is other for other in above):
        if not isinstance(value, (Mapping, list, tuple)):
            yield name, getattr(value, "__qualname__", type(value).__qualname__)
        for key, part in _parts(value):
            if key not in skip:
                yield from _leaves(f"{name}.{key}", part, skip, (*above, value))


def _parts(value):
    if isinstance(value, Mapping):
        return value.items()
    if isinstance(value, (list, tuple)):
        return enumerate(value)
    if isinstance(value, partial):
        return [("func", value.func), ("args", value.args), ("keywords", value.keywords)]
    if isinstance(value, MethodType):
        return [("self", value.__self__), ("func", value.__func__)]
    if isinstance(value, FunctionType):
        closed = zip(value.__code__.co_freevars, value.__closure__ or (), strict=True)
        inner = [(name, cell.cell_contents) for name, cell in closed]
        defaults = [("defaults", value.__defaults__), ("keywords", value.__kwdefaults__)]
        return [("code", _code(value.__code__)), *defaults, *inner]
    return getattr(value, "__dict__", {}).items()


def _code(code):
    constants = [_code(c) if isinstance(c, CodeType) else repr(c) for c in code.co_consts]
    return _checksum(repr((code.co_code, code.co_names, constants)).encode())


def settings(name, value, skip=()):
    """The leaves as a flat dict; an array is its dtype, shape and checksum."""
    return {name: _word(leaf) for name, leaf in leaves(name, value, skip)}


def _word(leaf):
    if isinstance(leaf, Real) and not isinstance(leaf, bool):
        return int(leaf) if isinstance(leaf, Integral) else float(leaf)
    if is_array(leaf):
        return f"{dtype_name(leaf)} {tuple(leaf.shape)} {digest({'': leaf})}"
    return leaf


def digest(arrays, text=""):
    """A checksum of a text and named arrays: of the names, dtypes, shapes and numbers."""
    total = hashlib.blake2b(text.encode(), digest_size=16)
    for name in sorted(arrays):
        a = arrays[name]
        total.update(f"\n{name} {dtype_name(a)} {tuple(a.shape)}\n".encode())
        for i in range(0, max(a.shape[0], 1) if a.ndim else 1, 4096):  # without a second copy
            total.update(to_numpy(a[i : i + 4096] if a.ndim else a).tobytes())
    return total.hexdigest()


def _checksum(data):
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def differences(now, then):
    """``"optimizer.lr 0.01, in the file 0.1"``; an empty text if there are none."""
    missing = "nothing"
    found = [
        f"{name} {now.get(name, missing)}, in the file {then.get(name, missing)}"
        for name in dict.fromkeys((*now, *then))
        if now.get(name, missing) != then.get(name, missing)
    ]
    more = [f"and {len(found) - 4} more"] if len(found) > 4 else []
    return "; ".join(found[:4] + more)


def identity(net):
    """What the network is, but for the numbers in θ: its layers, their settings and parameters."""
    words = {"copies": net.copies}
    for l, layer in enumerate(net.layers):
        words |= settings(f"layers.{l}", layer, skip=("rng", "seeded", "initializer"))
        words |= {f"layers.{l}.{p.name}": str(tuple(p.shape)) for p in layer.parameters()}
    return words


def shapes(arrays):
    """Dtype and shape of each array, in words."""
    return {name: f"{dtype_name(a)} {tuple(a.shape)}" for name, a in arrays.items()}


def state_of(rng):
    """The state of a generator, as JSON has it."""
    return json.loads(json.dumps(rng.bit_generator.state, default=lambda a: a.tolist()))


def fits(rng, state):
    """Is this the state of such a generator?"""
    rng = copy.deepcopy(rng)
    try:
        rng.bit_generator.state = state
    except (KeyError, TypeError, ValueError, OverflowError):
        return False
    return state_of(rng) == state
