"""The table of deviations: every formula is in it, within its limit, and the file is up to date."""

import importlib
import inspect
import pkgutil

import numpy as np
import pytest

import dlcore
from dlcore.activations import Tanh
from dlcore.losses import MeanSquaredError
from tests import deviations
from tests.deviations import (
    COLUMNS,
    FILE,
    deviation,
    equation,
    labels,
    measure,
    names,
    rounded,
    shown,
)
from tests.formulas import FORMULAS
from tests.formulas.functions import elementwise
from tests.formulas.record import both, value

# What holds no formula: bases, records, names looked up, checks, draws, and how to go through data.
OTHERS = {
    "activations": {"Function", "activation", "less_maximum"},
    "alignment": {"check_feedback", "random_feedback"},
    "attention": {"check_queries"},
    "graph": {"Node", "as_node", "check_node", "edges", "topological"},
    "hopfield": {"Recall"},
    "initializers": {"Initializer", "VarianceScaling", "initializer"},
    "layers": {"Layer", "Parameter", "check_features"},
    "losses": {"Loss", "Loss.mean", "Loss.grad", "zero_times"},
    "metrics": {"class_weights", "predictions"},
    "network": {"Caches"},
    "normalization": {"GroupNorm.standardized"},
    "regularizers": {"penalized"},
    "recurrent": {"check_sequences", "like_steps", "rows", "sequences", "steps"},
    "schedules": {"Schedule", "choose", "cos"},
    "circuits": {"signals"},
    "spiking": {"Potential"},
    "optimizers": {"Optimizer", "Optimizer.step"},
    "perceptron": {"Trace", "Step", "Unit", "with_one"},
    "training": {"minibatches"},
}
NOT_ALGORITHMS = {
    "backend",
    "checkpoint",
    "compiled",
    "contracts",
    "checks",
    "datasets",
    "distributed",
    "early_stopping",
    "fingerprint",
    "history",
    "teaching",
}
GRADIENTS = {"input_grad", "param_grad"}  # of a layer: columns of its row


def public(owner, module):
    """The functions and classes (of a class: the methods) that are defined here, by name."""
    for name, member in vars(owner).items():
        member = getattr(member, "fget", None) or member
        if inspect.isfunction(member) or inspect.isclass(member):
            if member.__module__ == module and (name[0] != "_" or name[:2] == "__"):
                yield name, member


def formulas_of(module):
    """Every public function and class, and the methods that state an equation."""
    for name, of in public(module, module.__name__):
        yield name, of
        if inspect.isclass(of):
            yield from (
                (f"{name}.{method}", function)
                for method, function in public(of, module.__name__)
                if equation(function) and method not in GRADIENTS
            )


@pytest.mark.parametrize(
    "name", [m.name for m in pkgutil.iter_modules(dlcore.__path__) if m.name not in NOT_ALGORITHMS]
)
def test_every_public_formula_has_a_row(name):
    listed = {of for formula in FORMULAS for of in shown(formula)}
    members = dict(formulas_of(importlib.import_module(f"dlcore.{name}")))
    missing = {member for member, of in members.items() if of not in listed}
    assert members and missing == OTHERS.get(name, set())


@pytest.mark.parametrize("formula", FORMULAS, ids=lambda f: f"{shown(f)[0].__module__}-{f.name}")
def test_within_the_limit(formula):
    found = measure(formula)
    assert found and all(x <= formula.limit for x in found.values()), found


def test_the_page_counts_the_rows():
    page = FILE.parents[1] / "book" / "reproducibility.md"
    strict = sum(formula.limit == 1e-10 for formula in FORMULAS)
    counts = f"Of its {len(FORMULAS)} rows {strict} have the limit"
    assert counts in page.read_text(encoding="utf-8") and len(FORMULAS) - strict == 9


def test_the_file_has_these_rows_and_no_deviation_above_a_limit():
    lines = FILE.read_text(encoding="utf-8").splitlines()
    rows = [text.replace(r"\|", "¦")[2:-2].split(" | ") for text in lines if text.startswith("| `")]
    written = [(*cells[:3], cells[-1]) for cells in rows]
    heads = [(name, *labels(f)[1:]) for name, f in zip(names(FORMULAS), FORMULAS, strict=True)]
    assert written == [tuple(cell.replace("|", "¦") for cell in cells) for cells in heads]
    for formula, cells in zip(FORMULAS, rows, strict=True):
        for (what, where), cell in zip(COLUMNS.values(), cells[3:-1], strict=True):
            if what == "gradient" and not formula.gradient or formula.only not in (None, where):
                assert cell == "–"
            elif cell != "not run" or where != "cuda":
                assert cell == "exact" or float(cell) <= formula.limit, (formula.name, cell)


def test_no_two_rows_have_one_name():
    names = [(shown(f)[0].__module__, f.name) for f in FORMULAS]
    assert len(set(names)) == len(names)


# ---------------------------------------------------------------- the table itself is checked


class Wrong(Tanh):
    """tanh z with a derivative that is 0.1 % too large."""

    def deriv(self, z, a):
        return 1.001 * (1 - a * a)


def test_a_wrong_derivative_a_wrong_factor_and_nan_are_seen():
    z = np.array([-1.0, 0.0, 2.0])
    found = measure(both(Wrong, "wrong", "torch", elementwise(Wrong()), lambda z: z.tanh(), z))
    assert found["value", "numpy"] < 1e-15 and 1e-4 < found["gradient", "torch"] < 1e-2
    loss = MeanSquaredError().value
    found = measure(
        value(
            loss,
            "J",
            "torch",
            lambda z: loss(z[:, None], 0 * z[:, None]),
            lambda z: (z * z).mean(),
            z,
        )
    )
    assert found["value", "numpy"] == pytest.approx(0.5, rel=1e-12)
    assert np.isnan(deviation([1.0, np.nan], [1.0, 2.0]))
    assert np.isnan(deviation([1.0, np.inf], [1.0, np.nan]))
    assert deviation([np.inf, 0.0], [np.inf, 0.5]) == 0.5 and deviation(1.0, 4.0) == 0.75
    assert deviation(np.inf, 1.0) == np.inf
    with pytest.raises(ValueError, match=r"expected shape \(2,\), got \(\)"):
        deviation(1.0, [1.0, 2.0])


def test_numbers_are_rounded_up():
    written = {
        0.0: "exact",
        1e-16: "1e-16",
        1.01e-16: "2e-16",
        9.5e-12: "1e-11",
        0.3: "3e-1",
        4.0: "4e0",
        np.inf: "inf",
    }
    assert {x: rounded(x) for x in written} == written and rounded(np.nan) == "nan"


def test_equations_are_taken_from_docstrings():
    assert equation(Tanh) == "h(z) = tanh z,   h'(z) = 1 − a²"
    assert equation(dlcore.optimizers.clip_norm) == "" == equation(test_numbers_are_rounded_up)


def test_what_was_run_is_named():
    text = deviations.this_run()
    assert "NumPy" in text and "torch" in text and "CUDA" in text
