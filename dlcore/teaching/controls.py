"""What a reader may change in an experiment: a name, the values it takes, where it starts."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

KINDS = {bool: "toggle", int: "slider", float: "slider", str: "dropdown"}


@dataclass(frozen=True)
class play:
    """play(values): a play button beside the slider, ``interval`` seconds from value to value."""

    values: object
    interval: float = 0.5

    def __post_init__(self):
        if not self.interval > 0:
            raise ValueError(f"play: expected an interval above 0 seconds, got {self.interval}")


@dataclass(frozen=True)
class Control:
    """One control: ``values`` in a live kernel, ``site`` (some of them) on the page."""

    name: str
    label: str
    kind: str  # "slider", "dropdown", "toggle" or "play"
    values: tuple
    start: object
    site: tuple
    interval: float = 0.5

    @property
    def texts(self) -> tuple:
        return tuple(text(value) for value in self.values)

    @property
    def site_texts(self) -> tuple:
        return tuple(text(value) for value in self.site)


def text(value: object) -> str:
    """How a value is written: beside its slider, in the page's address, in the stored output."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{round(value, 14) + 0.0:.10g}"  # neither "-0" nor the 2e-16 of a sum that is 0
    return str(value)


def control(
    name: str, given: Any, label: str | None = None, start: object = None, site: object = None
) -> Control:
    """The Control that the keyword ``name=given`` of ``explore`` describes.

    Numbers make a slider, strings a dropdown, [False, True] a toggle, ``play(…)`` a play button.
    It starts at ``start``, else at its first value; ``site`` are the page's values, else all.
    TypeError for values of no or of mixed kinds, ValueError for too few, repeated or unknown ones.
    """
    interval = 0.5
    playing = isinstance(given, play)
    if playing:
        given, interval = given.values, given.interval
    values = _values(name, given)
    kinds = {KINDS[type(value)] for value in values}
    if len(kinds) > 1:
        raise TypeError(f"{name}: expected values of one kind, got {' and '.join(sorted(kinds))}")
    kind = kinds.pop()
    if playing and kind != "slider":
        raise TypeError(f"{name}: play expects numbers, got a {kind}'s values")
    if len(values) < 2:
        raise ValueError(f"{name}: a control needs at least two values, got {list(values)}")
    texts = [text(value) for value in values]
    if len(set(texts)) < len(texts):
        raise ValueError(f"{name}: the same value stands twice in {', '.join(texts)}")
    first = values[0] if start is None else among(name, "start", start, values)
    chosen = values
    if site is not None:
        chosen = tuple(among(name, "site", value, values) for value in _values(name, site))
        if len(set(chosen)) < len(chosen):
            raise ValueError(f"{name}: site has the same value twice in {list(chosen)}")
        if first not in chosen:
            raise ValueError(
                f"{name}: site={[text(v) for v in chosen]} leaves out {text(first)}, where the "
                f"experiment starts; add it or set start=dict({name}=…)"
            )
    if kind == "toggle":
        values = (False, True)
        chosen = tuple(sorted(chosen))
    label = name.replace("_", " ") if label is None else label
    return Control(name, label, "play" if playing else kind, values, first, chosen, interval)


def _values(name, given):
    """A tuple of Python's own numbers, strings or booleans."""
    try:
        if isinstance(given, str | bytes | dict):
            raise TypeError
        values = tuple(getattr(value, "item", lambda value=value: value)() for value in given)
    except TypeError:
        raise TypeError(f"{name}: expected a list or range of values, got {given!r}") from None
    if not values:
        raise ValueError(f"{name}: the control has no values")
    for value in values:
        if type(value) not in KINDS:
            raise TypeError(f"{name}: expected numbers, strings or booleans, got {value!r}")
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"{name}: expected finite numbers, got {value}")
    return values


def among(name: str, where: str, value: Any, values: Sequence) -> Any:
    """The one of ``values`` that is written like ``value``: 0.1 + 0.2 finds 0.3."""
    value = getattr(value, "item", lambda: value)()
    for known in values:
        if text(known) == text(value):
            return known
    known = ", ".join(text(v) for v in values)
    raise ValueError(f"{name}: {where} is {value!r}, which is not among its values {known}")


def hyphenated(name: object) -> bool:
    """Whether name is lower-case words joined by hyphens, as in "four-lamps"."""
    return isinstance(name, str) and bool(re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name))
