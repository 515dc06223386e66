"""The one file that knows which array library is in use.

Everything else uses the Python array API standard: operators, slices, and functions of the
namespace ``xp`` of the arrays at hand.  Fast on torch, and visible to torch.compile, are

* ``a @ b`` and ``a * b``, not ``xp.matmul(a, b)``: the wrappers check dtypes again;
* ``xp.clip(z, 0.0, None)``, not ``xp.maximum(z, 0.0)`` with a Python number, nor a ``xp.where``,
  which takes four times as long;
* formulas that never ask for the value of an array (``float(a)``, ``if a:``).
"""

import math
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from array_api_compat import array_namespace, is_array_api_obj

Array: TypeAlias = Any  # the standard has no type of arrays
if not TYPE_CHECKING:

    class Array:
        """In a signature: an array of NumPy or torch; where it is read only, a list will do."""


Arrays: TypeAlias = Sequence[Array]

_NAMESPACE_OF_TYPE: dict = {}
_IS_INTEGER: dict = {}  # by type and dtype: asking anew costs as much as a small product


def namespace(x: Array) -> Any:
    """The array-API namespace ``xp`` of the array ``x`` (looked up once per type)."""
    xp = _NAMESPACE_OF_TYPE.get(type(x))
    if xp is None:
        if not is_array(x):
            raise TypeError(f"namespace: expected an array, got {type(x).__name__}")
        xp = array_namespace(x)
        own = _faster(xp)
        xp = _NAMESPACE_OF_TYPE[type(x)] = SimpleNamespace(**{**vars(xp), **own}) if own else xp
    return xp


def _faster(xp):
    # NumPy: what its functions call in the end; for small arrays a third to an eighth of the time.
    # torch: its own, for the compat wrappers only promote mixed dtypes, which dlcore never mixes.
    def reduced(by):
        return lambda x, axis=None, keepdims=False: by.reduce(x, axis=axis, keepdims=keepdims)

    def clip(x, low=None, high=None):
        if low is None or high is None:
            return np.minimum(x, high) if low is None else np.maximum(x, low)
        return x.clip(low, high)

    if xp.__name__ == "array_api_compat.numpy":
        return {"sum": reduced(np.add), "max": reduced(np.maximum), "clip": clip}
    names = {"concat": "concat", "where": "where", "sum": "sum", "clip": "clip", "max": "amax"}
    return {k: getattr(xp.torch, own) for k, own in names.items()} if hasattr(xp, "torch") else {}


def ignore_overflow(x: Array) -> AbstractContextManager:
    """A ``with`` block in which a result that is too large is ±∞ without NumPy's warning."""
    return np.errstate(over="ignore") if isinstance(x, np.ndarray) else nullcontext()


def reshape(x: Array, shape: tuple) -> Array:
    """``xp.reshape(x, shape)``: as a method, where there is one, it costs a quarter."""
    return x.reshape(shape) if hasattr(x, "reshape") else namespace(x).reshape(x, shape)


def ravel(x: Array) -> Array:
    """``reshape(x, (-1,))`` at half the cost on torch."""
    return x.ravel() if hasattr(x, "ravel") else reshape(x, (-1,))


def sum_rows(x: Array) -> Array:
    """Σₙ xₙ over the samples, as a row: (N, n) -> (1, n), (E, N, n) -> (E, 1, n)."""
    if hasattr(x, "sum"):  # half the cost of xp.sum on NumPy
        return x.sum(-2, keepdims=True)
    return namespace(x).sum(x, axis=-2, keepdims=True)


def is_positive(x: Array) -> Array:
    """1 where x > 0, else 0, in the dtype of x."""
    if hasattr(x, "gt_"):  # torch's comparison takes five times as long if it makes truth values
        return x.clone().gt_(0.0)
    return namespace(x).astype(x > 0, x.dtype)


def add_rows(n: int, places: Array, rows: Array) -> Array:
    """Σ of those of the rows (M, m) that belong to each of n places, integers (M,): (n, m)."""
    if hasattr(rows, "new_zeros"):
        return rows.new_zeros((n, rows.shape[-1])).index_add(0, places, rows)
    total = np.zeros((n, rows.shape[-1]), dtype_name(rows))
    np.add.at(total, to_numpy(places), to_numpy(rows))
    return asarray(total, rows)


def erfc(x: Array) -> Array:
    """erfc(x) = 1 − erf(x) = (2/√π) ∫ₓ^∞ e^(−t²) dt, by torch, SciPy or Python (50 × slower)."""
    if hasattr(x, "erfc"):
        return x.erfc()
    try:
        from scipy.special import erfc as elementwise
    except ImportError:
        elementwise = np.vectorize(math.erfc, otypes=[float])
    return asarray(elementwise(to_numpy(x)), x)


def unit(x: Array, axis: int | tuple[int, ...]) -> Array:
    """1, or a power of 2 in which numbers whose squares would overflow keep all their digits."""
    xp = namespace(x)
    limit, large = (2.0**50, 2.0**90) if dtype_name(x) == "float32" else (2.0**480, 2.0**600)
    largest = xp.max(abs(x), axis=axis, keepdims=True)
    return xp.where(largest > limit, large, xp.ones_like(largest))


def norm(x: Array, axis: int | tuple[int, ...]) -> Array:
    """‖x‖ = √Σ x² along some axes, which are kept."""
    xp, u = namespace(x), unit(x, axis)
    return u * xp.sqrt(xp.sum((x / u) ** 2, axis=axis, keepdims=True))


def is_array(x: object) -> bool:
    """True for an array of any library that follows the standard."""
    return type(x) in _NAMESPACE_OF_TYPE or is_array_api_obj(x) and not isinstance(x, type)


def is_like(x: Array, like: Array, dtype: bool = True) -> bool:
    """True for an array of the library, dtype, device and layout (dense, sparse) of ``like``."""
    if type(x) is not type(like) or dtype and x.dtype != like.dtype:
        return False
    if isinstance(x, np.ndarray):
        return True
    return x.device == like.device and getattr(x, "layout", 0) == getattr(like, "layout", 0)


def on_cpu(x: Array) -> bool:
    """True if reading a value of ``x`` costs no wait for a device."""
    return isinstance(x, np.ndarray) or str(x.device) == "cpu"


def to_numpy(x: Array) -> np.ndarray:
    """A NumPy copy of ``x`` from any library and device, for plots and tests."""
    if hasattr(x, "detach"):
        x = x.detach().cpu()
        x = (x.float() if dtype_name(x) == "bfloat16" else x).numpy()  # NumPy has no bfloat16
    return np.array(x)


def asarray(x: Array, like: Array, dtype: Any = None) -> Array:
    """A copy of ``x`` in the library, on the device and (by default) in the dtype of ``like``."""
    if is_array(x) and not isinstance(x, type(like)):
        x = to_numpy(x) if x.ndim > 0 else x.item()  # what all libraries know
    elif hasattr(x, "detach"):
        x = x.detach()
    return namespace(like).asarray(x, dtype=dtype or like.dtype, device=like.device, copy=True)


def is_integer(x: Array) -> bool:
    """True if the array holds integers or truth values (labels), not floating-point numbers."""
    if (kind := (type(x), x.dtype)) not in _IS_INTEGER:
        _IS_INTEGER[kind] = namespace(x).isdtype(x.dtype, ("bool", "integral"))
    return _IS_INTEGER[kind]


def prototype(where: Any, dtype: Any = "float32") -> Array:
    """An array of size zero: what ``like`` is.

    where  "numpy"; "torch", its CPU; a device of torch, "cuda:1"; or an array: where that is
    dtype  "float32" or "float64", or a library's own, such as ``torch.float32``
    Raises ValueError for another name or dtype, or where there is no such device; TypeError for a
    library whose slices are copies; ImportError without torch.
    """
    name = getattr(dtype, "__name__", str(dtype)).rpartition(".")[2]
    if name not in ("float32", "float64") or is_array(dtype):
        raise ValueError(f"dtype: expected 'float32' or 'float64', got {dtype!r}")
    if is_array(where):
        xp = namespace(where)
        flat = xp.zeros(4, dtype=getattr(xp, name), device=where.device)
        square = xp.reshape(flat, (2, 2))
        flat += 1.0
        if float(square[1, 1]) != 1.0:  # ``network`` relies on views
            raise TypeError(f"{xp.__name__}: slices are copies; dlcore needs NumPy or torch")
        return flat[:0]
    if where == "numpy":
        return np.zeros(0, name)
    if str(where).partition(":")[0] in ("torch", "cpu", "cuda", "mps"):
        try:
            import torch

            device = "cpu" if where == "torch" else where
            return torch.zeros(0, dtype=getattr(torch, name), device=device)
        except ImportError as e:
            raise ImportError(f"backend {where!r} needs torch: python -m pip install torch") from e
        except (AssertionError, RuntimeError):  # torch was built without it, or there is none
            pass
    known = "'numpy', 'torch' (its CPU) or a device that torch sees, such as 'cpu', 'cuda:0', 'mps'"
    raise ValueError(f"backend: expected {known}, got {where!r}")


def dtype_name(x: Array) -> str:
    """``"float32"`` for an array of that dtype, on every library."""
    return str(x.dtype).rpartition(".")[2]


def describe(x: Any) -> str:
    """What x is, for messages: ``torch float32 on cpu``, ``numpy float32 on cpu (memmap)``."""
    name = type(x).__name__
    if not is_array(x) or isinstance(x, np.generic):
        return name
    xp = namespace(x)
    words = f"{xp.__name__.rpartition('.')[2]} {dtype_name(x)} on {x.device}"
    return words if type(x) is type(xp.zeros(0)) else f"{words} ({name})"
