"""What an object was made with, as words of a flat dict, so that two runs can be compared."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from inspect import getclosurevars
from numbers import Real
from types import CodeType, FunctionType, ModuleType

import numpy as np

from .backend import Array, dtype_name, is_array, to_numpy

PLAIN = (Real, str, type(None))
# Of functions and methods, of functools.partial, of random generators.
INSIDE = "__defaults__ __kwdefaults__ __self__ __func__ func args keywords bit_generator".split()


def leaves(value: object, skip: tuple = (), name: str = "", above: tuple = ()) -> Iterator[tuple]:
    """Pairs (name, leaf) of all that a value is made of: ("loss.delta", 1.0), ("layers.2.n", 6).

    Leaves are numbers, text, arrays, and the names of classes and functions; of a function its
    code, its defaults and what it has closed over count too.  ``skip``: attributes to leave out.
    """
    if isinstance(value, PLAIN) or is_array(value):
        yield name, value
    elif isinstance(value, (type, ModuleType)):
        yield name, value.__name__
    elif not any(value is other for other in above):
        if not isinstance(value, (Mapping, list, tuple)):
            yield name, getattr(value, "__qualname__", type(value).__qualname__)
        for key, part in _parts(value):
            if key not in skip:
                inner = f"{name}.{key}" if name else str(key)
                yield from leaves(part, skip, inner, (*above, value))


def _parts(value):
    if isinstance(value, Mapping):
        return value.items()
    if isinstance(value, (list, tuple)):
        return enumerate(value)
    parts = {name: getattr(value, name) for name in INSIDE if hasattr(value, name)}
    if isinstance(value, FunctionType):
        parts |= {"code": digest({}, _code(value.__code__))} | getclosurevars(value).nonlocals
    return (parts | getattr(value, "__dict__", {})).items()


def _code(part):
    if isinstance(part, CodeType):
        part = part.co_code, part.co_names, [_code(c) for c in part.co_consts]
    return repr(sorted(map(repr, part)) if isinstance(part, frozenset) else part)


def words(value: object, skip: tuple = ()) -> dict:
    """The leaves as a flat dict, as JSON has it: arrays as dtype, shape and checksum."""
    found = leaves(value, skip)
    return json.loads(text({name: x if isinstance(x, PLAIN) else word(x) for name, x in found}))


def word(a: Array) -> str:
    """``float32 (24, 2) 1f2e…``"""
    return f"{kind(a)} {digest({'': a})}"


def kind(a: Array) -> str:
    """``float32 (24, 2)``"""
    return f"{dtype_name(a)} {tuple(a.shape)}"


def digest(arrays: dict, text: str = "") -> str:
    """A checksum of a text and named arrays: of the names, dtypes, shapes and numbers."""
    total = hashlib.blake2b(text.encode(), digest_size=16)
    for name, a in sorted(arrays.items()):
        total.update(f"\n{name} {kind(a)}\n".encode())
        total.update(np.ravel(a if isinstance(a, np.ndarray) else to_numpy(a)).data)
    return total.hexdigest()


def text(value: object) -> str:
    """In JSON, arrays as lists."""
    return json.dumps(value, default=lambda a: a.tolist() if is_array(a) else float(a))


def differences(now: dict, then: dict, where: str = "in the file") -> str:
    """``"optimizer.lr 0.01, in the file 0.1"``; an empty text if there are none."""
    pairs = {n: (now.get(n, "nothing"), then.get(n, "nothing")) for n in now | then}
    found = [f"{n} {own}, {where} {other}" for n, (own, other) in pairs.items() if own != other]
    return "; ".join(found[:4] + [f"and {len(found) - 4} more"] * (len(found) > 4))
