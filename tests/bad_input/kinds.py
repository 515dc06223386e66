"""The ways in which an argument can be bad: functions of a good value.

They give a list, which is tried from beginning to end, or a strategy, from which hypothesis draws:
what is bad somewhere in an array, and numbers and texts without end.
"""

import math

import numpy as np
import torch
from hypothesis import strategies as st

from dlcore.backend import asarray, namespace, to_numpy

NAN, INF = math.nan, math.inf


def values(*bad, name="values", drawn=None):
    """These values, and those that the strategy ``drawn`` gives, whatever the good one is."""

    def kind(good):
        return list(bad)

    kind.__name__, kind.drawn = name, drawn
    return kind


# ------------------------------------------------------------------ hyperparameters

NOT_REAL = ("1", None, True, [1.0], 1j, NAN, INF, -INF)
BELOW_ZERO = st.floats(max_value=0, exclude_max=True) | st.integers(max_value=-1)
ABOVE_ONE = st.floats(min_value=1, exclude_min=True) | st.integers(min_value=2)
number = values(*NOT_REAL, name="number", drawn=st.text() | st.complex_numbers())
not_negative = values(*NOT_REAL, -1, -1e-9, name="not_negative", drawn=BELOW_ZERO)
positive = values(*NOT_REAL, -1, 0, 0.0, name="positive", drawn=BELOW_ZERO | st.just(-0.0))
probability = values(*NOT_REAL, -0.1, 1.1, name="probability", drawn=BELOW_ZERO | ABOVE_ONE)
below_one = values(*NOT_REAL, -0.1, 1, name="below_one", drawn=BELOW_ZERO | ABOVE_ONE)
NOT_WHOLE = ("2", True, [2], 1.5, 2.0, NAN, INF, -1)  # None is often a default
LESS = st.integers(max_value=-1) | st.floats() | st.text()
size = values(*NOT_WHOLE, 0, name="size", drawn=LESS)
whole = values(*NOT_WHOLE, 0, None, name="whole", drawn=LESS)
count = values(*NOT_WHOLE, None, name="count", drawn=LESS)  # 0 is one, too
seed = values(-1, 0.5, "0", NAN, True, [-1], name="seed", drawn=LESS)
boolean = values("yes", None, 2, [], name="boolean")


def unknown(good):
    """A name that nobody knows, or no name at all."""
    return ["nonsense", "", 3, ("tanh",), object]


# ------------------------------------------------------------------ arrays


def not_an_array(good):
    """What is no array: where numbers in a list are taken, use ``not_numbers``."""
    return [None, "x", 0.5, [[0.5, 0.5]], {}]


def not_numbers(good):
    """What cannot be read as an array of real numbers."""
    ragged, objects = [[1.0], [1.0, 2.0]], np.array([None] * 4)
    return [None, "x", [["a", "b"]], ragged, {}, objects]


def lower_rank(good):
    """An axis, or all of them, missing."""
    return [good[0], good[(0,) * good.ndim]]


def higher_rank(good):
    """An axis too many."""
    return [good[..., None], good[None, None, None, ...]]


def other_last(good):
    """One more or one less along the last axis, or nothing there."""
    n = good.shape[-1]
    more = namespace(good).concat([good, good[..., :1]], axis=-1)
    return [more, good[..., : n - 1], good[..., :0]]


def other_rows(good):
    """One sample more or less."""
    more = namespace(good).concat([good, good[:1]], axis=0)
    return [more, good[:-1], good[:1]]


def column(good):
    """(N, 1) or (1, N) for (N,)."""
    return [good[:, None], good[None, :]]


def flat(good):
    """(N,) for (N, 1)."""
    return [good[:, 0]]


def empty(good):
    """No samples."""
    return [good[:0]]


def one_of(good, *values):
    """One of the values anywhere in an otherwise good array."""

    def spoilt(index, value):
        bad = asarray(good, good)
        bad[index] = value
        return bad

    index = st.tuples(*(st.integers(0, n - 1) for n in good.shape))
    return st.builds(spoilt, index, st.sampled_from(values))


def not_finite(good):
    """NaN or an infinity anywhere."""
    return one_of(good, NAN, INF, -INF)


def _converted(good, *names):
    plain = to_numpy(good)
    if isinstance(good, np.ndarray):
        return [plain.astype(name) for name in names]
    return [torch.tensor(plain.astype(name), device=good.device) for name in names]


def not_floating(good):
    """Integers, truth values or complex numbers where floats are expected."""
    return _converted(good, "int64", "int8", "bool", "complex128")


def complex_numbers(good):
    """Complex numbers (and objects), where integers are as good as floats."""
    bad = _converted(good, "complex64", "complex128")
    return bad + [to_numpy(good).astype(object)] * isinstance(good, np.ndarray)


def other_dtype(good):
    """float32 for float64 and the reverse, half precision, integers, complex numbers."""
    names = {"float16", "float32", "float64", "int64", "complex64"}
    name = str(good.dtype).rpartition(".")[2]
    return _converted(good, *sorted(names - {name}))


def other_floats(good):
    """Other floating-point numbers, and complex ones, where integers are taken, too."""
    names = {"float16", "float32", "float64", "complex64"}
    name = str(good.dtype).rpartition(".")[2]
    return _converted(good, *sorted(names - {name}))


def other_library(good):
    """torch for NumPy, NumPy for torch."""
    plain = to_numpy(good)
    return [torch.tensor(plain) if isinstance(good, np.ndarray) else plain]


def other_device(good):
    """torch's device of arrays without numbers: one that every machine has."""
    dtype = getattr(torch, str(good.dtype).rpartition(".")[2])
    return [torch.empty(tuple(good.shape), dtype=dtype, device="meta")]


def labels_below(K):
    """A label −1, K or K + 5 anywhere."""

    def out_of_range(good):
        def spoilt(n, label):
            bad = asarray(good, good)
            bad[n] = label
            return bad

        return st.builds(spoilt, st.integers(0, good.shape[0] - 1), st.sampled_from([-1, K, K + 5]))

    return out_of_range


def half_labels(good):
    """Labels 0.5, or labels as floating-point numbers."""
    return [y + 0.5 for y in _converted(good, "float32", "float64")]


def outside(low, high):
    """One number outside [low, high]."""

    def out_of_range(good):
        return one_of(good, low - 0.5, high + 0.5, high + 100)

    return out_of_range


# ------------------------------------------------------------------ what an argument is

#: An array of a fixed kind (a network's, a machine's): nothing is converted.
kind = [not_an_array, other_dtype, other_library, other_device]
#: An array of real floating-point numbers, of any library.
floats = [not_an_array, not_floating]
#: Numbers: a list or an array of any library and real dtype, all finite.
numbers = [not_numbers, complex_numbers, not_finite]


def single_row(good):
    """One sample, of which there is no variance."""
    return [good[:1]]


def other_channels(good):
    """Images with one channel less, or one more."""
    more = namespace(good).concat([good, good[:, :1]], axis=1)
    return [more, good[:, :-1]]


def too_small(good):
    """Images smaller than the window."""
    return [good[..., :2], good[..., :2, :], good[..., :0]]


def not_an_array_or_none(good):
    """As ``not_an_array``, where None is a default."""
    return ["x", 0.5, [[0.5, 0.5]], {}]


def scalar(good):
    """A 0-d array where an axis is expected."""
    return [good[(0,) * good.ndim] + asarray(0.0, good)]


def other_dtype_but_float(good):
    """Complex numbers, truth values."""
    return _converted(good, "complex128", "bool")


def rates(good):
    """For (E, 1): a value that is no rate, or rates of another number of networks."""
    spoilt = not_finite(good) | st.just(-good)
    return spoilt | st.sampled_from([good[:1, 0], good[:0], good[..., None]])


def zeros(good):
    """Zeros, where a direction is expected."""
    return [0 * good]


def negative(good):
    """All signs turned."""
    return [-good]


def empty_pictures(good):
    """Pictures without pixels."""
    return [good[:, :0]]


def descending(good):
    """Times in descending order."""
    return [asarray(to_numpy(good)[::-1].copy(), good)]


def equal(good):
    """The same number everywhere."""
    return [0 * good]


def first(n):
    """Only the first n."""

    def first_few(good):
        return [good[:n]]

    return first_few


# ------------------------------------------------------------------ what a message says

#: Kinds whose message tells what is wrong with a shape, an array or a thing, by whatever name.
DESCRIBED = {
    "column",
    "complex_numbers",
    "domain",
    "empty",
    "empty_pictures",
    "half_labels",
    "higher_rank",
    "infinite",
    "last_batch_of_one",
    "lower_rank",
    "negative",
    "no_layers",
    "no_node",
    "no_number",
    "no_stack",
    "not_a_network",
    "not_an_array",
    "not_an_array_or_none",
    "not_numbers",
    "other_device",
    "other_dtype",
    "other_last",
    "other_library",
    "other_rows",
    "reused",
    "scalar",
    "single_row",
    "too_few",
    "too_large",
    "too_small",
    "unknown",
}
