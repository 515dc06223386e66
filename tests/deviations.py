"""The table of deviations, ``tests/DEVIATIONS.md``: ``make deviations`` writes it anew.

Every formula of ``tests.formulas`` is computed in float64 on each backend of this machine and
compared with its reference: the value, and the gradient where there is one.
"""

import inspect
import math
import platform
import re
import sys
from itertools import cycle, groupby
from pathlib import Path

import numpy as np
import torch

from dlcore.backend import asarray, is_array, to_numpy
from tests.formulas import FORMULAS
from tests.reference import LIKE, tensor

FILE = Path(__file__).with_name("DEVIATIONS.md")
COLUMNS = {
    f"{what} {name}": (what, where)
    for what in ("value", "gradient")
    for name, where in (("NumPy", "numpy"), ("torch", "torch"), ("CUDA", "cuda"))
}
INTRODUCTION = """# Deviations

Every public formula of dlcore beside a reference, in float64, at ordinary points and at awkward
ones: 0, ±1e3, ±1e4, a gradient of 0, a batch of 2. A number is the largest
|ours − reference|/max(1, |reference|) over all points, rounded up to one digit; "exact" is 0. Where
torch has no such function, the reference is the formula written out, for torch to differentiate, a
sum over all states, or numbers known in closed form. The factor is what the reference is multiplied
by to give ours. A dash stands where there is nothing to compare: no gradient, or a formula that
NumPy (for `graph`: Python) computes whatever the backend.

`make deviations` writes this file; `make test` computes every row again.
"""


def deviation(ours, theirs):
    """The largest |ours − theirs|/max(1, |theirs|); NaN where only one of the two is a number."""
    ours, theirs = (np.asarray(to_numpy(x) if is_array(x) else x, float) for x in (ours, theirs))
    if ours.shape != theirs.shape:
        raise ValueError(f"expected shape {theirs.shape}, got {ours.shape}")
    with np.errstate(invalid="ignore"):
        gap = np.abs(ours - theirs) / np.maximum(1.0, np.abs(theirs))
    return float(np.max(np.where(ours == theirs, 0.0, gap)))  # ValueError if there is nothing


def reference(formula):
    """The values by torch on the CPU, some g = ∂J/∂(first value), and the gradients of J."""
    inputs = [tensor(x, grad=formula.gradient) for x in formula.inputs]
    torch.set_default_dtype(torch.float64)  # torch's NAdam keeps a product in the default dtype
    try:
        first, *others = several(formula.theirs(*inputs))
    finally:
        torch.set_default_dtype(torch.float32)
    first = first if formula.factor[0] == 1 else formula.factor[0] * first
    if not formula.gradient:
        return [first, *others], None, None
    g = np.random.default_rng(2).standard_normal(first.shape) if first.ndim else np.ones(())
    return [first, *others], g, torch.autograd.grad(first, inputs, tensor(g))


def measure(formula):
    """{("value", "numpy"): deviation, …} for the backends of this machine."""
    values, g, gradients = reference(formula)
    found = {}
    for where in [formula.only] if formula.only else LIKE:
        ours = formula.ours(*(asarray(x, LIKE[where]) for x in formula.inputs))
        if formula.gradient:
            ours, backward = ours
            ours_back = backward(asarray(g, LIKE[where]))
            assert len(ours_back) % len(gradients) == 0
            found["gradient", where] = largest(ours_back, cycle(gradients))
        assert len(several(ours)) == len(values)
        found["value", where] = largest(several(ours), values)
    return found


def several(values):
    return values if isinstance(values, tuple) else (values,)


def largest(ours, theirs):
    return float(np.max([deviation(a, b) for a, b in zip(ours, theirs, strict=False)]))


def rounded(x):
    """One digit, rounded up: 1.3e-16 -> 2e-16."""
    if not 0 < x < math.inf:
        return "exact" if x == 0 else str(x)
    power = math.floor(math.log10(x))
    digit = math.ceil(x / 10.0**power - 1e-9)
    digit, power = (1, power + 1) if digit == 10 else (digit, power)
    return f"{digit}e{power}"


# ---------------------------------------------------------------- the file


def shown(formula):
    """The functions, classes and methods of a row."""
    return formula.of if isinstance(formula.of, tuple) else (formula.of,)


def equation(of):
    """The equation that a docstring starts with, if it does."""
    first = (inspect.getdoc(of) or " ").splitlines()[0].replace("``", "")
    text = re.split(r": |\.(?: |$)", first)[0]
    return text if re.search("[=←~]", text) and not re.match("[A-Z][a-z]+ ", text) else ""


def labels(formula):
    """What does not depend on the machine: name, what it is compared with, factor, limit."""
    limit = f"{formula.limit:.2g}".replace("e-0", "e-")
    return f"`{formula.name}`", formula.against, formula.factor[1], limit


def line(cells):
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def names(formulas):
    """The first cell of each row: the name, and where its function comes first, the equation."""
    found, explained = [], set()
    for formula in formulas:
        of = shown(formula)[0]
        text = "" if of in explained else equation(of)
        found.append(labels(formula)[0] + (f": {text}" if 0 < len(text) <= 100 else ""))
        explained.add(of)
    return found


def row(name, formula, found):
    def number(what, where):
        if not formula.gradient and what == "gradient" or formula.only not in (None, where):
            return "–"
        return rounded(found[what, where]) if where in LIKE else "not run"

    _, against, factor, limit = labels(formula)
    numbers = [number(*column) for column in COLUMNS.values()]
    return line([name, against, factor, *numbers, limit])


def this_run():
    device = torch.cuda.get_device_name() if "cuda" in LIKE else None
    cuda = f"CUDA: {device}." if device else "CUDA: not run, because this machine has no device."
    version = torch.__version__.partition("+")[0]
    return (
        f"The run below: NumPy {np.__version__}, torch {version}, Python "
        f"{platform.python_version()} on {platform.machine()}. {cuda}"
    )


def document(measured):
    """The whole file, for [(formula, what ``measure`` found), …]."""
    parts, heads = [INTRODUCTION, this_run() + "\n"], iter(names(f for f, _ in measured))
    for module, rows in groupby(measured, lambda pair: shown(pair[0])[0].__module__):
        parts += [
            f"## {module.partition('.')[2]}\n",
            line(["formula", "compared with", "factor", *COLUMNS, "limit"]),
            line(["---"] * (len(COLUMNS) + 4)),
        ]
        parts += [row(next(heads), formula, found) for formula, found in rows]
        parts.append("")
    return "\n".join(parts)


def main():
    measured = [(formula, measure(formula)) for formula in FORMULAS]
    FILE.write_text(document(measured), encoding="utf-8")
    print(f"{len(measured)} rows in {FILE}")
    above = [
        f"{formula.name}, {' '.join(column)}: {x:.2g} is above {formula.limit:g}"
        for formula, found in measured
        for column, x in found.items()
        if not x <= formula.limit
    ]
    return "\n".join(above) or 0  # what sys.exit prints as the error, or success


if __name__ == "__main__":
    sys.exit(main())
