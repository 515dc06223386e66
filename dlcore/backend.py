"""The one file that knows which array library is in use.

Everything else is written against the Python array API standard: operators (``+ - * / @ **``),
slices, and functions of the namespace ``xp`` of the arrays at hand.  Three habits keep that fast
on torch and visible to torch.compile:

* write ``a @ b`` and ``a * b``, never ``xp.matmul(a, b)``: the compat wrappers check dtypes
  again, which costs more than a small product;
* never pass a Python number to a two-array function: ``xp.where(z > 0, z, 0.0)`` is fine,
  ``xp.maximum(z, 0.0)`` breaks the compiled graph;
* never ask for the value of an array (``float(a)``, ``if a:``) inside a formula.
"""

import math
from contextlib import nullcontext
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeAlias

import array_api_compat
import numpy as np

if TYPE_CHECKING:
    Array: TypeAlias = Any  # the standard has no type of arrays
else:

    class Array:
        """In a signature: an array of NumPy or torch; where it is read only, a list will do."""


_NAMESPACE_OF_TYPE: dict = {}
_IS_INTEGER: dict = {}  # by type and dtype: asking anew costs as much as a small product


def namespace(x):
    """The array-API namespace ``xp`` of the array ``x`` (looked up once per type)."""
    xp = _NAMESPACE_OF_TYPE.get(type(x))
    if xp is None:
        if not is_array(x):
            raise TypeError(f"namespace: expected an array, got {type(x).__name__}")
        xp = array_api_compat.array_namespace(x)
        if array_api_compat.is_torch_namespace(xp) or array_api_compat.is_numpy_namespace(xp):
            own = _torch() if array_api_compat.is_torch_namespace(xp) else _numpy()
            xp = SimpleNamespace(**{**vars(xp), **own})
        _NAMESPACE_OF_TYPE[type(x)] = xp
    return xp


def _torch():
    # These compat wrappers only promote mixed dtypes, which dlcore never mixes: take torch's own.
    import torch

    names = {"concat": "concat", "where": "where", "sum": "sum", "clip": "clip", "max": "amax"}
    return {name: getattr(torch, own) for name, own in names.items()}


def _numpy():
    # What NumPy's functions call in the end: for small arrays a third to an eighth of the time.
    def reduced(by):
        return lambda x, axis=None, keepdims=False: by.reduce(x, axis=axis, keepdims=keepdims)

    def clip(x, low=None, high=None):
        return x.clip(low, high)

    return {"sum": reduced(np.add), "max": reduced(np.maximum), "clip": clip}


def ignore_overflow(x):
    """A ``with`` block in which a result that is too large is ±∞ without NumPy's warning."""
    return np.errstate(over="ignore") if isinstance(x, np.ndarray) else nullcontext()


def reshape(x, shape):
    """``xp.reshape(x, shape)``: as a method, where there is one, it costs a quarter."""
    return x.reshape(shape) if hasattr(x, "reshape") else namespace(x).reshape(x, shape)


def sum_rows(x):
    """Σₙ xₙ over the samples, as a row: (N, n) -> (1, n), (E, N, n) -> (E, 1, n)."""
    if hasattr(x, "sum"):  # half the cost of xp.sum on NumPy
        return x.sum(-2, keepdims=True)
    return namespace(x).sum(x, axis=-2, keepdims=True)


def erf(x):
    """erf(x) = (2/√π) ∫₀ˣ e^(−t²) dt, elementwise, in the dtype of x.

    It is not in the array-API standard: torch's, else SciPy's if it is installed, else the
    standard library's for one number after the other (about 50 times slower).
    """
    return _special("erf", x)


def erfc(x):
    """erfc(x) = 1 − erf(x), with all digits where that is small.  From where ``erf`` is."""
    return _special("erfc", x)


def _special(name, x):
    if hasattr(x, name):
        return getattr(x, name)()
    try:
        from scipy import special

        elementwise = getattr(special, name)
    except ImportError:
        elementwise = np.vectorize(getattr(math, name), otypes=[float])
    return asarray(elementwise(to_numpy(x)), x)


def unit(x, axis):
    """1, or a large power of 2 for numbers so large that their squares would overflow: in this
    unit they do not, and no digit changes."""
    xp = namespace(x)
    limit, large = (2.0**50, 2.0**90) if dtype_name(x) == "float32" else (2.0**480, 2.0**600)
    largest = xp.max(abs(x), axis=axis, keepdims=True)
    return xp.where(largest > limit, large, xp.ones_like(largest))


def norm(x, axis):
    """‖x‖ = √Σ x² along some axes, which are kept."""
    xp, u = namespace(x), unit(x, axis)
    return u * xp.sqrt(xp.sum((x / u) ** 2, axis=axis, keepdims=True))


def is_array(x):
    """True for an array of any library that follows the standard."""
    if type(x) in _NAMESPACE_OF_TYPE:
        return True
    return array_api_compat.is_array_api_obj(x) and not isinstance(x, type)


def is_same_library(x, y):
    """True for two arrays of one library, subclasses included."""
    return namespace(x).__name__ == namespace(y).__name__


def on_cpu(x):
    """True if reading a value of ``x`` costs no wait for a device."""
    return isinstance(x, np.ndarray) or str(x.device) == "cpu"


def to_numpy(x):
    """A NumPy copy of ``x`` from any library and device, for plots and tests."""
    if hasattr(x, "detach"):
        x = x.detach().cpu()
        x = (x.float() if dtype_name(x) == "bfloat16" else x).numpy()  # NumPy has no bfloat16
    return np.array(x)


def asarray(x, like, dtype=None):
    """A copy of ``x`` in the library, on the device and (by default) in the dtype of ``like``."""
    if is_array(x) and not isinstance(x, type(like)):
        x = to_numpy(x)  # no two libraries know each other: NumPy is the common language
    elif hasattr(x, "detach"):
        x = x.detach()
    dtype = like.dtype if dtype is None else dtype
    return namespace(like).asarray(x, dtype=dtype, device=like.device, copy=True)


def is_integer(x):
    """True if the array holds integers or truth values (labels), not floating-point numbers."""
    found = _IS_INTEGER.get((type(x), x.dtype))
    if found is None:
        found = _IS_INTEGER[type(x), x.dtype] = namespace(x).isdtype(x.dtype, ("bool", "integral"))
    return found


def prototype(where, dtype="float32"):
    """An array of size zero: what ``like`` is.

    where  "numpy"; "torch", its CPU; or a device of torch by its own name, "cpu", "cuda", "cuda:1",
           "mps".  Or an array: then its library and device
    dtype  "float32" or "float64", or a library's own, such as ``torch.float32``
    Raises ValueError for another name or dtype, or where there is no such device; ImportError if
    torch is not installed.
    """
    given = dtype
    dtype = getattr(dtype, "__name__", str(dtype)).rpartition(".")[2]
    if dtype not in ("float32", "float64") or is_array(given):
        raise ValueError(f"dtype: expected 'float32' or 'float64', got {given!r}")
    if is_array(where):
        xp = namespace(where)
        return xp.zeros(0, dtype=getattr(xp, dtype), device=where.device)
    if isinstance(where, str) and where == "numpy":
        return np.zeros(0, dtype)
    kind, colon, index = str(where).partition(":")
    if kind not in ("torch", "cpu", "cuda", "mps") or bool(colon) != index.isdecimal():
        known = "'numpy', 'torch' or a device of torch such as 'cpu', 'cuda:0', 'mps'"
        raise ValueError(f"backend: expected {known}, got {where!r}")
    try:
        import torch
    except ImportError as error:
        message = f"backend {where!r} needs torch: python -m pip install torch"
        raise ImportError(message) from error
    device = "cpu" if kind == "torch" else str(where)
    count = {"cuda": torch.cuda.device_count(), "mps": torch.backends.mps.is_available()}
    if int(index or 0) >= count.get(kind, 1):
        raise ValueError(
            f"backend: expected a device that torch sees, got {where!r}; 'torch' is the CPU"
        )
    return torch.zeros(0, dtype=getattr(torch, dtype), device=device)


def dtype_name(x):
    """``"float32"`` for an array of that dtype, on every library."""
    return str(x.dtype).rpartition(".")[2]


def describe(x):
    """Library, dtype and device in words, for error messages: ``numpy float32 on cpu``."""
    library = namespace(x).__name__.rpartition(".")[2]
    return f"{library} {dtype_name(x)} on {x.device}"


def check_views(like):
    """Refuse a library whose slices are copies: ``network`` relies on views."""
    xp = namespace(like)
    flat = xp.zeros(4, dtype=like.dtype, device=like.device)
    square = xp.reshape(flat[:4], (2, 2))
    flat += 1.0
    if float(square[1, 1]) != 1.0:
        raise TypeError(f"{xp.__name__}: slices are copies; dlcore needs NumPy or torch")
