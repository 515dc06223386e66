"""What a row of the table of deviations is, and what the rows share."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F

from dlcore.backend import asarray, namespace

SAME = 1e-10  # in float64, where torch has the same function
FAR = np.array([[0.0, 0.0, 1e3, -1e3], [1e4, -1e4, 0.0, 1.0]])  # rows of four features


class Formula(NamedTuple):
    """A row of the table.

    of        the class, function or method that it shows; a tuple if it shows several
    name      how the row is called
    against   what it is compared with
    ours      arrays of a backend -> a value, or a tuple of them; with a gradient (values,
              backward), where backward(g) are the derivatives by each input of J if
              g = ∂J/∂(first value), as often as there are ways to find them
    theirs    float64 tensors -> the same values; torch differentiates the first
    inputs    NumPy arrays
    factor    what torch's first value is to be multiplied by, as a number and in words
    gradient  whether it has one
    only      "numpy" if it is the only library that it runs on
    """

    of: Any
    name: str
    against: str
    ours: Callable
    theirs: Callable
    inputs: tuple
    limit: float = SAME
    factor: tuple = (1, "1")
    gradient: bool = False
    only: str | None = None


def value(of, name, against, ours, theirs, *inputs, **options):
    return Formula(of, name, against, ours, theirs, inputs, **options)


def both(*row, **options):
    return value(*row, gradient=True, **options)


def alone(of, name, against, ours, theirs, **options):
    """A row without inputs, computed by NumPy alone."""
    return value(of, name, against, ours, theirs, only="numpy", **options)


def torchs(f):
    """The names of torch's functions that f is, or is made of."""
    if not (f.__module__ or "").startswith("tests"):
        return f"torch `{f.__name__}`"
    names = [
        n
        for n in f.__code__.co_names
        if n not in ("abs", "sum", "tensor")
        and any(callable(getattr(module, n, None)) for module in (F, torch))
    ]
    return "torch " + ", ".join(f"`{n}`" for n in names) if names else "torch's autograd"


def cut_to_two(*matrices):
    """Each row of each matrix cut to length 2."""
    return tuple(F.normalize(W) * W.norm(dim=1, keepdim=True).clamp(max=2.0) for W in matrices)


def integers(values, like):
    return asarray(np.asarray(values), like, dtype=namespace(like).int64)
