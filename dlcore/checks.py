"""Arguments are checked where they enter.

Each function returns what it has checked, or raises ValueError or TypeError in the one form that
all messages have: ``Linear: expected an integer n_in ≥ 1, got 0``.
"""

import math
from numbers import Integral, Real

import numpy as np

from .backend import asarray, describe, is_array, is_same_library, namespace, to_numpy

_FLOATING: set = set()  # (type, dtype) of the arrays that are known to hold floating-point numbers


def number(who, name, value, low=-math.inf, high=math.inf):
    """A finite real number in [low, high], as an int or a float; not True or False.

    A Python number takes the dtype of the array that it meets; ``np.float64`` would change it.
    """
    good = isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
    if not good or not low <= value <= high:
        limits = f" from {low} to {high}" if high < math.inf else f" ≥ {low}" if low == 0 else ""
        raise ValueError(f"{who}: expected a finite number {name}{limits}, got {value!r}")
    return int(value) if isinstance(value, Integral) else float(value)


def positive(who, name, value):
    """A finite number > 0."""
    if (x := number(who, name, value)) <= 0:
        raise ValueError(f"{who}: expected {name} > 0, got {value!r}")
    return x


def below_one(who, name, value):
    """A number in [0, 1)."""
    if not 0 <= (x := number(who, name, value)) < 1:
        raise ValueError(f"{who}: expected {name} in [0, 1), got {value!r}")
    return x


def integer(who, name, value, low, high=math.inf):
    """An integer in [low, high], as an int; not True or False."""
    good = isinstance(value, Integral) and not isinstance(value, bool)
    if not good or not low <= value <= high:
        limits = f" from {low} to {high}" if high < math.inf else f" ≥ {low}"
        raise ValueError(f"{who}: expected an integer {name}{limits}, got {value!r}")
    return int(value)


def boolean(who, name, value):
    """True or False."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{who}: expected {name} True or False, got {value!r}")
    return bool(value)


def one_of(who, name, value, known):
    """One of the known values, which the message lists; equal ones of another type do not count."""
    if not any(type(value) is type(k) and value == k for k in known):
        names = ", ".join(map(str, known))
        raise ValueError(f"{who}: expected {name} one of {names}, got {value!r}")
    return value


def named(who, name, known, also):
    """What a name stands for in ``known``; ``also`` has other names for the same.  Capitals, "_"
    and "-" make no difference."""
    short = name.lower().replace("_", "").replace("-", "").replace(" ", "")
    if (found := also.get(short, short)) not in known:
        raise ValueError(f"{who}: expected one of {', '.join([*known, *also])}, got {name!r}")
    return known[found]


def function(who, name, value):
    """Something that can be called."""
    if not callable(value):
        raise TypeError(f"{who}: expected {name} a function, got {value!r}")
    return value


def generator(who, seed):
    """The NumPy Generator of a seed (an integer ≥ 0, or several), or the Generator itself."""
    try:
        if isinstance(seed, (bool, str)):
            raise TypeError
        return np.random.default_rng(seed)
    except (TypeError, ValueError):
        raise ValueError(f"{who}: expected a seed, an integer ≥ 0, got {seed!r}") from None


def rng(who, value):
    """A NumPy Generator."""
    if not isinstance(value, np.random.Generator):
        raise TypeError(f"{who}: expected rng a NumPy Generator, got {value!r}")
    return value


def per_network(who, name, value, check):
    """A number that passes ``check``, or an array (E, 1) of them: one for each of E networks.

    An array (E,) becomes (E, 1).
    """
    if not is_array(value) or isinstance(value, Real):
        return check(who, name, value)
    shape = tuple(value.shape)
    if len(shape) > 2 or 0 in shape or shape[1:] not in ((), (1,)):
        raise ValueError(f"{who}: expected {name} of shape (E, 1) or (E,), got {shape}")
    value = value[:, None] if len(shape) == 1 else value
    for x in namespace(value).reshape(floating(who, name, value), (-1,)):
        check(who, name, float(x))
    return value


def like_networks(who, name, value, theta):
    """A number as it is; (E, 1) of them, for θ of shape (E, P), in the library of θ."""
    if not is_array(value):
        return value
    expected, got = (*theta.shape[:-1], 1), tuple(value.shape)
    if len(expected) == 2 and got == expected[:1]:
        return like_networks(who, name, value[:, None], theta)
    if got != expected:
        raise ValueError(f"{who}: expected {name} of shape {expected}, got {got}")
    alike = (type(value), value.dtype, value.device) == (type(theta), theta.dtype, theta.device)
    return value if alike else asarray(value, theta)


def floating(who, name, x):
    """An array of real floating-point numbers.  Nothing is read: this is for every call."""
    try:
        if (type(x), x.dtype) in _FLOATING:
            return x
    except (AttributeError, TypeError):  # no array at all
        pass
    if not is_array(plain(who, name, x)) or not namespace(x).isdtype(x.dtype, "real floating"):
        raise TypeError(f"{who}: expected {name} a floating-point array, got {described(x)}")
    _FLOATING.add((type(x), x.dtype))
    return x


def same_kind(who, name, x, like):
    """An array of the library, dtype and device of ``like``."""
    if type(x) is not type(like) or x.dtype != like.dtype or x.device != like.device:
        raise TypeError(f"{who}: expected {name} in {describe(like)}, got {described(x)}")
    return x


def same_library(who, name, x, like):
    """An array of the library and on the device of ``like``, of any dtype."""
    if type(x) is type(like) and x.device == like.device:
        return x
    x = plain(who, name, x)
    if not is_array(x) or not is_same_library(x, like) or x.device != like.device:
        remedy = "; dlcore.backend.asarray(x, like) converts" if is_array(x) else ""
        raise TypeError(f"{who}: expected {name} in {describe(like)}, got {described(x)}{remedy}")
    return x


def converted(who, name, x, like):
    """An array of the library and on the device of ``like``; real numbers of another dtype are
    converted to that of ``like``, as ``fit`` does."""
    if type(x) is type(like) and x.dtype == like.dtype and x.device == like.device:
        return x
    x, xp = array(who, name, same_library(who, name, x, like)), namespace(like)
    return x if x.dtype == like.dtype else xp.astype(x, like.dtype)


def numbers(who, name, x):
    """An array of any library, or a list, as an array of finite floating-point numbers."""
    x = array(who, name, x)
    xp = namespace(x)
    x = x if xp.isdtype(x.dtype, "real floating") else xp.astype(x, xp.float64)
    if not bool(xp.all(xp.isfinite(x))):
        raise ValueError(f"{who}: expected finite numbers {name}, got NaN or infinity")
    return x


def array(who, name, x):
    """An array of any library, or a list, as an array of real numbers or integers."""
    x = plain(who, name, x)
    if not is_array(x):
        try:
            x = np.asarray(given := x)
        except (TypeError, ValueError):  # rows of different lengths
            raise TypeError(f"{who}: expected {name} an array of numbers, got {x!r}") from None
        if x.dtype == object and (words := _no_numbers(given)):
            raise TypeError(f"{who}: expected {name} an array of real numbers, got {words}")
    if not namespace(x).isdtype(x.dtype, ("bool", "integral", "real floating")):
        raise TypeError(f"{who}: expected {name} an array of real numbers, got {described(x)}")
    return x


def plain(who, name, x):
    """x itself; of a subclass of the library's arrays, such as ``numpy.memmap``, a plain view.

    Refused is what means something else than its numbers: masked and sparse arrays, matrices.
    """
    if type(x) is np.ndarray:
        return x
    refused = None
    if isinstance(x, np.ma.MaskedArray):
        refused = "a masked array: call .filled(value) or .compressed()"
    elif isinstance(x, np.matrix):
        refused = "a matrix: call numpy.asarray(x)"
    elif isinstance(x, np.ndarray):
        return x.view(np.ndarray)
    elif str(getattr(x, "layout", "torch.strided")) != "torch.strided":
        refused = "a sparse tensor: call .to_dense()"
    elif hasattr(x, "toarray") and hasattr(x, "nnz"):
        refused = "a sparse matrix: call .toarray()"
    if refused:
        raise TypeError(f"{who}: expected {name} an array of numbers, got {refused}")
    if hasattr(x, "as_subclass") and type(x) is not (tensor := namespace(x).Tensor):
        return x.detach().as_subclass(tensor)
    return x


def _no_numbers(x):
    # Which part of a table or a list is not a number: its dtype alone says "object".
    for name, dtype in getattr(x, "dtypes", {}).items() if hasattr(x, "columns") else ():
        if getattr(dtype, "kind", "O") not in "biuf":
            what = "text" if str(dtype) in ("object", "str", "string") else str(dtype)
            return f"a table whose column {name!r} holds {what}"
    return ""


def labels(who, y, n_out):
    """Integer labels 0 … K − 1 of K classes: one for each output, or two for a single output."""
    xp, top = namespace(y), max(n_out, 2) - 1
    low, high = int(xp.min(y)), int(xp.max(y))
    if not 0 <= low <= high <= top:
        raise ValueError(
            f"{who}: expected labels 0 … {top} for {n_out} output(s), got {low} … {high}"
        )
    return y


def finite(who, name, x):
    """An array without NaN and infinities."""
    if not bool(namespace(x).all(namespace(x).isfinite(x))):
        raise ValueError(f"{who}: expected finite {name}, got NaN or infinity")
    return x


def between(who, name, x, low, high):
    """An array of numbers in [low, high]."""
    xp = namespace(x)
    if not bool(xp.all((x >= low) & (x <= high))):
        got = f"{float(xp.min(x)):g} … {float(xp.max(x)):g}"
        raise ValueError(f"{who}: expected {name} in [{low}, {high}], got {got}")
    return x


def described(x):
    """What x is, for messages: ``torch float32 on cpu``, or the name of its type; of a subclass
    of the library's arrays both: ``numpy float32 on cpu (memmap)``."""
    name = type(x).__name__
    if not is_array(x) or isinstance(x, np.generic):
        return name
    return describe(x) if type(x) is type(namespace(x).zeros(0)) else f"{describe(x)} ({name})"


def shape(who, name, x, *wanted):
    """An array of one of the ``wanted`` shapes, whose values are not looked at.

    A number there is a fixed size, a word any size, one with "≥ 1" any but 0, and "…" any axes:
    ``shape("me", "x", x, ("N ≥ 1", 3), ("…", "N ≥ 1", 3))``.
    """
    got = tuple(x.shape)
    if got not in wanted and not any(_fits(got, sizes) for sizes in wanted):
        shapes = [f"({', '.join(map(str, s))}{',' * (len(s) == 1)})" for s in wanted]
        expected = " or ".join(dict.fromkeys(shapes))
        raise ValueError(f"{who}: expected {name} of shape {expected}, got {got}")
    return x


def row_labels(who, y, rows, classes):
    """Labels 0 … classes − 1, one for each of so many rows, as a NumPy array."""
    y = shape(who, "y", to_numpy(array(who, "y", y)), (rows,))
    if not np.all(np.isin(y, np.arange(classes))):
        known = "0 and 1" if classes == 2 else f"0 … {classes - 1}"
        found = ", ".join(map(str, np.unique(y)[:5]))
        raise ValueError(f"{who}: expected labels {known}, got {found}")
    return y


def _fits(got, sizes):
    if "…" in sizes:
        at = sizes.index("…")
        sizes = (*sizes[:at], *["any"] * (len(got) - len(sizes) + 1), *sizes[at + 1 :])
    return len(got) == len(sizes) and all(
        ("≥ 1" not in size or n > 0) if isinstance(size, str) else n == size
        for n, size in zip(got, sizes, strict=True)
    )
