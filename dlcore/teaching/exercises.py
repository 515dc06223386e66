"""Exercises: a record says what is right and which hint fits a wrong answer.

``check`` reads it in a notebook; the website's form reads its ``page_record``, without a kernel.

The records of chapter 8 are the list ``EXERCISES`` in
``dlcore/teaching/chapters/answers/ch08.py``.
"""

import functools
import importlib
import importlib.util
import math
import numbers
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from dlcore.backend import to_numpy

KINDS = ("number", "integer", "array", "choice", "function")
SOLUTION = re.compile(r"\{solution-(start|end)\}")
# Who else hears what ``check`` says: each is called with the id, the state and the text.
listeners: list[Callable[[str, str, str], object]] = []


class _Slip(Exception):
    """The answer cannot be judged as given (wrong type, wrong shape, raised): the text says why."""


@dataclass(frozen=True)
class Between:
    """Stands for a number in the ``when`` of a hint: every value from low to high fits."""

    low: float = -math.inf
    high: float = math.inf


@dataclass(frozen=True)
class Exercise:
    """One exercise: what is right, how near is near enough, and hints for typical slips.

    kind       "number", "integer", "array", "choice" or "function"
    answer     the right value (arrays as nested lists; a choice as a string or a dict of strings)
    tolerance  |given − answer| ≤ tolerance, absolute; for arrays a number or one for each entry
    test       instead of an answer: test(given) returns None when right, else the hint
    shape      of an array that is judged by a test
    options    what a choice chooses from, {name: meaning}
    hints      pairs (when, text), of which the first that fits is shown, else ``hint``; ``when``
               is a wrong answer, in which ``...`` and ``Between`` leave numbers open, or some of
               the items of a dict of choices, or a predicate, which only the notebook can ask
    labels     of an array's numbers, for the page: a tuple of them, or {row: tuple}; without
               labels the page has one field for them all
    praise     what the reader sees after "right."
    right      sample answers that must pass
    wrong      pairs (sample answer, fragment of the hint that it must get)
    """

    id: str
    kind: str
    answer: object = None
    tolerance: object = 0.0
    test: object = None
    shape: tuple | None = None
    options: dict | None = None
    hints: Sequence = ()
    hint: str = ""
    labels: object = None
    praise: str = ""
    right: Sequence = ()
    wrong: Sequence = ()

    def __post_init__(self):
        name = f"Exercise({self.id!r})"
        if self.kind not in KINDS:
            raise ValueError(f"{name}: expected kind in {', '.join(KINDS)}, got {self.kind!r}")
        if (self.answer is None) == (self.test is None):
            raise ValueError(f"{name}: expected either an answer or a test")
        if self.test is not None and self.kind not in ("array", "function"):
            raise ValueError(f"{name}: a {self.kind} is judged by an answer, not by a test")
        if self.kind == "function" and self.test is None:
            raise ValueError(f"{name}: a function is judged by a test, not by an answer")
        if self.kind == "array" and self.test is not None and self.shape is None:
            raise ValueError(f"{name}: an array that is judged by a test needs a shape")
        if self.kind == "number" and not self.tolerance > 0:
            raise ValueError(f"{name}: a number needs a tolerance > 0")
        if self.kind == "choice":
            items = self.answer.values() if isinstance(self.answer, dict) else [self.answer]
            if not self.options or not set(items) <= set(self.options):
                raise ValueError(f"{name}: the answer of a choice must be among its options")
        if self.test is None:
            size = len(self._flat(self.answer))
            data = [when for when, _ in self.hints if not callable(when)]
            if wrong := [when for when in data if len(self._flat(when)) != size]:
                raise ValueError(f"{name}: expected {size} entries in the hint for {wrong[0]}")
            if sum(map(len, self.fields().values())) not in (1, size):
                raise ValueError(f"{name}: expected {size} labels")

    def verdict(self, given: object) -> tuple[str, str]:
        """Return (state, text); state is "unanswered", "right" or "wrong"."""
        if _unanswered(given):
            return "unanswered", f"{self.id}: not answered yet"
        hint = self._judge(given)
        if hint is None:
            return "right", f"{self.id}: right. {self.praise}".rstrip()
        return "wrong", f"{self.id}: not yet. {hint}".rstrip()

    def fields(self) -> dict:
        """The fields of the page's form, {row: labels}: one for each number or choice, or only one
        for the numbers of an array without labels."""
        if self.kind == "choice" and isinstance(self.answer, dict):
            return {"": tuple(self.answer)}
        if isinstance(self.labels, dict):
            return self.labels
        size = len(self._flat(self.answer))
        rows = "row by row, " if np.asarray(self.answer).ndim > 1 else ""
        one = "Your answer" if size == 1 else f"Your {size} numbers, {rows}separated by spaces"
        return {"": self.labels or (one,)}

    def page_record(self) -> dict | None:
        """What a page needs to judge without a kernel, as plain data; None if it cannot.

        Answers and hints are flat lists: null is any value, [low, high] a range, null no end.
        """
        if self.test is not None:
            return None
        labels = [
            f"{row}, {label}" if row else label
            for row, labels in self.fields().items()
            for label in labels
        ]
        return {
            "id": self.id,
            "kind": self.kind,
            "labels": labels,
            "expected": _numbers(np.asarray(self.answer).shape),
            "answer": [_plain(target) for target in self._flat(self.answer)],
            "tolerance": self._tolerances(),
            "hints": [
                [[_plain(target) for target in self._flat(when)], text]
                for when, text in self.hints
                if not callable(when)
            ],
            "hint": self.hint,
            "praise": self.praise,
        }

    def _judge(self, given):
        # None when right, else the hint.
        try:
            value = getattr(self, f"_read_{self.kind}")(given)
            hint = self.test(value) if self.test is not None else None
        except _Slip as slip:
            return str(slip)
        except Exception as error:  # a test that could not use what a reader's function returned
            return f"The check could not use your answer: {type(error).__name__}: {error}"
        if self.test is not None or self._fits(self.answer, value):
            return hint
        return next((text for when, text in self.hints if self._fits(when, value)), self.hint)

    def _fits(self, when, value):
        if callable(when):
            return bool(when(value))
        return all(map(_agrees, self._flat(when), self._flat(value), self._tolerances()))

    def _flat(self, value):
        # The numbers of an array, row by row; the choices of a dict, ... for one left out.
        if isinstance(value, dict):
            return [value.get(item, ...) for item in self.answer]
        return [value] if self.kind == "choice" else np.array(value, dtype=object).ravel().tolist()

    def _tolerances(self):
        shape = np.shape(self.answer) if self.kind != "choice" else len(self._flat(self.answer))
        return np.broadcast_to(np.asarray(self.tolerance, dtype=float), shape).ravel().tolist()

    def _read_number(self, given):
        given = _alone(given)
        if isinstance(given, (bool, np.bool_)) or not isinstance(given, numbers.Real | Decimal):
            raise _Slip(f"Expected a number, got {_describe(given)}.")
        if not np.isfinite(float(given)):
            raise _Slip(f"Expected a finite number, got {given}.")
        return np.asarray(float(given))

    def _read_integer(self, given):
        value = self._read_number(given)
        if value != np.round(value):
            raise _Slip(f"Expected a whole number, got {given}.")
        return value

    def _read_array(self, given):
        shape = np.shape(self.answer) if self.test is None else self.shape
        try:
            value = np.asarray(to_numpy(given if shape else _alone(given)))
            if value.dtype.kind in "US":
                raise TypeError("text is no number")
            value = value.astype(float)
        except (TypeError, ValueError):
            raise _Slip(f"Expected {_numbers(shape)}, got {_describe(given)}.") from None
        if value.shape != shape:
            raise _Slip(f"Expected {_numbers(shape)}, got {_numbers(value.shape)}.")
        if not np.isfinite(value).all():
            raise _Slip("Expected finite numbers, got nan or inf among them.")
        return value

    def _read_choice(self, given):
        if not isinstance(self.answer, dict):
            return self._option(given, "Expected")
        if not isinstance(given, dict) or set(given) != set(self.answer):
            raise _Slip(f"Expected a dict with the keys {', '.join(self.answer)}.")
        return {item: self._option(one, f"{item}: expected") for item, one in given.items()}

    def _option(self, given, expected):
        # Capitals and blanks aside; True is "yes" and False is "no".
        word = {True: "yes", False: "no"}.get(given) if isinstance(given, bool) else given
        for name in self.options:
            if isinstance(word, str) and word.strip().casefold() == name.casefold():
                return name
        known = ", ".join(repr(name) for name in self.options)
        raise _Slip(f"{expected} one of {known}, got {_describe(given)}.")

    def _read_function(self, given):
        if not callable(given):
            raise _Slip(f"Expected a function, got {_describe(given)}.")

        @functools.wraps(given)
        def call(*args, **kwargs):
            try:
                return given(*args, **kwargs)
            except Exception as error:
                raise _Slip(f"Your function raised {type(error).__name__}: {error}") from error

        return call


def _alone(given):
    """The number itself where it stands alone in a list or an array, else what was given."""
    while isinstance(given, (list, tuple)) and len(given) == 1:
        (given,) = given
    shape = getattr(given, "shape", None)
    return given.item() if shape is not None and math.prod(shape) == 1 else given


def _agrees(target, given, tolerance):
    if target is ...:
        return True
    if isinstance(target, Between):
        return target.low <= given <= target.high
    return given == target if isinstance(target, str) else abs(given - target) <= tolerance


def _plain(target):
    # The target of _agrees as JSON has it.
    if isinstance(target, Between):
        return [end if math.isfinite(end) else None for end in (target.low, target.high)]
    if target is ...:
        return None
    return target if isinstance(target, str) else float(target)


def _unanswered(given):
    # ``...`` itself, or anywhere inside a list or dict that was filled only in part.
    if isinstance(given, dict):
        return any(_unanswered(value) for value in given.values())
    if isinstance(given, (list, tuple)):
        return any(_unanswered(value) for value in given)
    return given is ...


def _numbers(shape):
    """A shape in words, as a reader would say it."""
    if len(shape) > 2:
        return f"an array of shape {shape}"
    if len(shape) == 2:
        return f"a matrix of {shape[0]} rows and {shape[1]} columns"
    return "one number" if not shape else f"a list of {shape[0]} numbers"


def _describe(given):
    if isinstance(given, str):
        return f"the text {given!r}"
    if getattr(given, "shape", None):
        return f"an array of shape {tuple(given.shape)}"
    return f"{type(given).__name__} {str(given)[:40]}" if given is not None else "None"


def chapter_exercises(chapter: int) -> list[Exercise]:
    """The list EXERCISES of a chapter (an integer); empty when the chapter has none."""
    module = f"dlcore.teaching.chapters.answers.ch{chapter:02d}"
    if importlib.util.find_spec(module) is None:
        return []
    return importlib.import_module(module).EXERCISES


def check(id: str, answer: object) -> None:
    """Print whether ``answer`` solves the exercise ``id`` (such as "8.2"), or a hint.

    Raises TypeError for an id that is not a string, ValueError for an unknown one.
    """
    if not isinstance(id, str):
        raise TypeError(f'check: expected the exercise as text, such as "8.2", got {id!r}')
    chapter, _, number = id.partition(".")
    if not (chapter.isdecimal() and number.isdecimal()):
        raise ValueError(f'check: expected an exercise such as "8.2", got {id!r}')
    exercises = {exercise.id: exercise for exercise in chapter_exercises(int(chapter))}
    if id not in exercises:
        known = ", ".join(exercises) or "none in this chapter"
        raise ValueError(f"check: unknown exercise {id!r}; known: {known}")
    state, text = exercises[id].verdict(answer)
    print(text)
    for listener in listeners:
        listener(id, state, text)


def with_solutions(cells: list) -> Iterator[tuple[dict, bool]]:
    """Each cell of a notebook, and whether it stands in a solution that an earlier one began."""
    inside = False
    for cell in cells:
        yield cell, inside
        if cell["cell_type"] == "markdown":
            for mark in SOLUTION.findall("".join(cell["source"])):
                inside = mark == "start"
