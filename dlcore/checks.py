"""Arguments are checked where they enter.

Each function returns what it has checked, or raises ValueError or TypeError in the one form of all
messages: ``Linear: expected an integer n_in ≥ 1, got 0``.
"""

import importlib
import math
from collections.abc import Callable, Iterable
from numbers import Integral, Real
from typing import Any

import numpy as np

from .backend import Array, asarray, describe, is_array, is_like, namespace, reshape, to_numpy

CONVERTS = "; dlcore.backend.asarray(x, like) converts"
_FLOATING: dict = {}  # (type, dtype, layout) of floating-point arrays: torch.compile fails on a set


def number(who: Any, name: str, value: Any, low: float = -math.inf, high: float = math.inf) -> Any:
    """A finite number in [low, high], no bool, as Python's own: it takes the dtype of an array."""
    return _real(who, f"a finite number {name}", value, Real, low, high)


def integer(who: Any, name: str, value: Any, low: int, high: float = math.inf) -> int:
    """An integer in [low, high], not a bool, as an int."""
    return _real(who, f"an integer {name}", value, Integral, low, high)


def _real(who, what, value, kind, low, high):
    good = isinstance(value, kind) and not isinstance(value, bool) and abs(value) < math.inf
    if not good or not low <= value <= high:
        above = f" ≥ {low}" if low > -math.inf else ""
        limits = f" from {low} to {high}" if high < math.inf else above
        raise ValueError(f"{who}: expected {what}{limits}, got {value!r}")
    return int(value) if isinstance(value, Integral) else float(value)


def positive(who: Any, name: str, value: Any) -> float:
    """A finite number > 0."""
    if (x := number(who, name, value)) <= 0:
        raise ValueError(f"{who}: expected {name} > 0, got {value!r}")
    return x


def below_one(who: Any, name: str, value: Any) -> float:
    """A number in [0, 1)."""
    if not 0 <= (x := number(who, name, value)) < 1:
        raise ValueError(f"{who}: expected {name} in [0, 1), got {value!r}")
    return x


def instance(who: Any, wanted: str, value: Any, kind: Any) -> Any:
    """A value of that kind, or of one of several."""
    if not isinstance(value, kind):
        raise TypeError(f"{who}: expected {wanted}, got {value!r}")
    return value


def boolean(who: Any, name: str, value: Any) -> bool:
    """True or False."""
    return bool(instance(who, f"{name} True or False", value, (bool, np.bool_)))


def function(who: Any, name: str, value: Any) -> Callable:
    """Something that can be called."""
    return instance(who, f"{name} a function", value, Callable)


def rng(who: Any, value: Any) -> np.random.Generator:
    """A NumPy Generator."""
    return instance(who, "rng a NumPy Generator", value, np.random.Generator)


def one_of(who: Any, name: str, value: Any, known: Iterable[str]) -> str:
    """One of the known words, which the message lists."""
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"{who}: expected {name} one of {', '.join(known)}, got {value!r}")
    return value


def named(who: Any, name: str, known: dict, also: dict) -> Any:
    """What a name (capitals, "_" and "-" do not matter) stands for; ``also`` has other names."""
    short = name.lower().replace("_", "").replace("-", "").replace(" ", "")
    if (found := also.get(short, short)) not in known:
        raise ValueError(f"{who}: expected one of {', '.join([*known, *also])}, got {name!r}")
    return known[found]


def generator(who: Any, seed: Any) -> np.random.Generator:
    """The NumPy Generator of a seed (an integer ≥ 0, or several), or the Generator itself."""
    try:
        if isinstance(seed, (bool, str)):
            raise TypeError
        return np.random.default_rng(seed)
    except (TypeError, ValueError):
        raise ValueError(f"{who}: expected a seed, an integer ≥ 0, got {seed!r}") from None


def per_network(who: Any, name: str, value: Any, check: Callable) -> Any:
    """A number that passes ``check``, or one for each of E networks: (E, 1), or (E,) made so."""
    if not is_array(value) or isinstance(value, Real):
        return check(who, name, value)
    if value.ndim > 0:
        shape(who, name, value, ("E ≥ 1", 1), ("E ≥ 1",))
    for x in reshape(floating(who, name, value), (-1,)):
        check(who, name, float(x))
    return value[:, None] if value.ndim == 1 else value


def like_networks(who: Any, name: str, value: Any, theta: Array) -> Any:
    """A number as it is; (E, 1) of them, for θ of shape (E, P), in the library of θ."""
    if not is_array(value):
        return value
    if value.ndim == 1 and value.shape == theta.shape[:-1]:
        value = value[:, None]
    shape(who, name, value, (*theta.shape[:-1], 1))
    return value if is_like(value, theta) else asarray(value, theta)


def floating(who: Any, name: str, x: Array) -> Array:
    """An array of real floating-point numbers.  Nothing is read: this is for every call."""
    if (kind := (type(x), getattr(x, "dtype", 0), getattr(x, "layout", 0))) not in _FLOATING:
        if not is_array(plain(who, name, x)) or not namespace(x).isdtype(x.dtype, "real floating"):
            raise TypeError(f"{who}: expected {name} a floating-point array, got {describe(x)}")
        _FLOATING[kind] = True
    return x


def same_kind(who: Any, name: str, x: Array, like: Array, remedy: str = "") -> Array:
    """An array of the library, dtype and device of ``like``."""
    if not is_like(x, like):
        plain(who, name, x)
        raise TypeError(f"{who}: expected {name} in {describe(like)}, got {describe(x)}{remedy}")
    return x


def same_library(who: Any, name: str, x: Array, like: Array, remedy: str = CONVERTS) -> Array:
    """An array of the library and on the device of ``like``, of any dtype."""
    if is_like(x, like, dtype=False):
        return x
    x, xp = plain(who, name, x), namespace(like)
    if not is_array(x) or namespace(x).__name__ != xp.__name__ or x.device != like.device:
        same_kind(who, name, x, like, remedy if is_array(x) else "")
    return x


def converted(who: Any, name: str, x: Array, like: Array, remedy: str = CONVERTS) -> Array:
    """An array of the library and on the device of ``like``, its real numbers in that dtype."""
    if is_like(x, like):
        return x
    x = array(who, name, same_library(who, name, x, like, remedy))
    return namespace(like).astype(x, like.dtype, copy=False)


def numbers(who: Any, name: str, x: Array) -> Array:
    """An array of any library, or a list, as an array of finite floating-point numbers."""
    xp = namespace(x := array(who, name, x))
    x = x if xp.isdtype(x.dtype, "real floating") else xp.astype(x, xp.float64)
    return finite(who, f"numbers {name}", x)


def array(who: Any, name: str, x: Array) -> Array:
    """An array of any library, or a list, as an array of real numbers or integers."""
    x = plain(who, name, x)
    if not is_array(x):
        try:
            x = np.asarray(given := x)
        except (TypeError, ValueError):  # rows of different lengths
            raise TypeError(f"{who}: expected {name} an array of numbers, got {x!r}") from None
        table = x.dtype == object and hasattr(given, "columns")
        for column, dtype in given.dtypes.items() if table else ():
            if getattr(dtype, "kind", "O") not in "biuf":
                kind = "text" if str(dtype) in ("object", "str", "string") else dtype
                what = f"a table whose column {column!r} holds {kind}"
                raise TypeError(f"{who}: expected {name} an array of real numbers, got {what}")
    if not namespace(x).isdtype(x.dtype, ("bool", "integral", "real floating")):
        raise TypeError(f"{who}: expected {name} an array of real numbers, got {describe(x)}")
    return x


def plain(who: Any, name: str, x: Array) -> Array:
    """x, or a plain view of a ``numpy.memmap``; refused is what means more than its numbers."""
    if type(x) is np.ndarray:
        return x
    rows = x if isinstance(x, (list, tuple)) else [x]
    masked = any(isinstance(row, np.ma.MaskedArray) for row in rows)
    for found, words in (
        (masked, "a masked array: call .filled(value) or .compressed()"),
        (isinstance(x, np.matrix), "a matrix: call numpy.asarray(x)"),
        ("sparse" in str(getattr(x, "layout", "")), "a sparse tensor: call .to_dense()"),
        (hasattr(x, "toarray"), "a sparse matrix: call .toarray()"),
    ):
        if found:
            raise TypeError(f"{who}: expected {name} an array of numbers, got {words}")
    if isinstance(x, np.ndarray):
        return x.view(np.ndarray)
    if hasattr(x, "as_subclass") and type(x) is not (tensor := namespace(x).Tensor):
        return x.detach().as_subclass(tensor)
    return x


def labels(who: Any, y: Array, n_out: int) -> Array:
    """Integer labels 0 … K − 1 of K classes: one for each output, or two for a single output."""
    top = max(n_out, 2) - 1
    return holds(who, f"labels 0 … {top} for {n_out} output(s)", y, (y >= 0) & (y <= top))


def finite(who: Any, name: str, x: Array) -> Array:
    """An array without NaN and infinities."""
    if not bool(namespace(x).all(namespace(x).isfinite(x))):
        raise ValueError(f"{who}: expected finite {name}, got NaN or infinity")
    return x


def holds(who: Any, wanted: str, x: Array, good: Array) -> Array:
    """Numbers x of which ``wanted`` is true: where it is, ``good`` is True."""
    if not bool((xp := namespace(x)).all(good)):
        low, high = float(xp.min(x)), float(xp.max(x))
        raise ValueError(f"{who}: expected {wanted}, got {low:g} … {high:g}")
    return x


def library(who: str, name: str) -> Any:
    """The module of a library that is asked for only where it is needed."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        name = name.partition(".")[0]
        raise ImportError(f"{who} needs {name}: python -m pip install {name}") from error


def shape(who: Any, name: str, x: Array, *wanted: tuple) -> Array:
    """An array of one of the shapes: ``shape("me", "x", x, ("N ≥ 1", 3), ("…", "N ≥ 1", 3))``.  A
    word there is any size, one with "≥ 1" any but 0, and "…" any axes."""
    got = tuple(x.shape)
    if got in wanted or any(_fits(got, sizes) for sizes in wanted):
        return x
    shapes = dict.fromkeys(str(tuple(map(str, sizes))).replace("'", "") for sizes in wanted)
    raise ValueError(f"{who}: expected {name} of shape {' or '.join(shapes)}, got {got}")


def row_labels(who: Any, y: Array, rows: int, classes: int) -> np.ndarray:
    """Labels 0 … classes − 1, one for each of so many rows, as a NumPy array."""
    y = shape(who, "y", to_numpy(array(who, "y", y)), (rows,))
    known = "0 and 1" if classes == 2 else f"0 … {classes - 1}"
    return holds(who, f"labels {known}", y, np.isin(y, np.arange(classes)))


def _fits(got, sizes):
    if "…" in sizes:
        at = sizes.index("…")
        sizes = (*sizes[:at], *["any"] * (len(got) - len(sizes) + 1), *sizes[at + 1 :])
    return len(got) == len(sizes) and all(
        n == size or isinstance(size, str) and (n > 0 or "≥ 1" not in size)
        for n, size in zip(got, sizes, strict=True)
    )
