"""Every entry: bad input gives the promised error, and every object is as it was."""

import pytest
import torch
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from . import entries  # noqa: F401  (fills the register)
from .kinds import DESCRIBED
from .refusal import DESCRIBED_ARGUMENTS, ENTRIES, attempt

repeatable = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=8,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def listed(entry):
    """(argument, whether the message must name it, number of bad values, function of (good value,
    i)) where a kind has a list."""
    for argument, kind in entry.bad:
        values = kind(entry.good()[argument])
        if isinstance(values, list):
            described = entry.name.startswith("graph.") or argument in DESCRIBED_ARGUMENTS
            named = kind.__name__ not in DESCRIBED and not (described and kind.__name__ == "values")
            yield argument, named, len(values), lambda good, i, kind=kind: kind(good)[i]


def drawn(entry):
    """(argument, function of the good value that gives a strategy) where a kind has none."""
    for argument, kind in entry.bad:
        if not isinstance(kind(entry.good()[argument]), list):
            yield argument, kind
        elif getattr(kind, "drawn", None) is not None:
            yield argument, lambda good, kind=kind: kind.drawn


@pytest.mark.parametrize("entry", ENTRIES, ids=str)
def test_bad_values(entry):
    for argument, named, n, value in listed(entry):
        for i in range(n):
            attempt(entry, argument, lambda good, i=i, value=value: value(good, i), named)


@pytest.mark.parametrize("entry", [e for e in ENTRIES if list(drawn(e))], ids=str)
@repeatable
@given(data=st.data())
def test_drawn_values(entry, data):
    for argument, strategy in drawn(entry):
        attempt(entry, argument, lambda good, s=strategy: data.draw(s(good)))


@pytest.mark.parametrize("entry", ENTRIES, ids=str)
def test_good_values_are_not_refused(entry):
    entry.call(**entry.good())


def test_what_was_left_out():
    if not torch.cuda.is_available():
        torchs = sum(entry.where == "torch" for entry in ENTRIES)
        pytest.skip(f"no CUDA device: {torchs} entries were left out there")
