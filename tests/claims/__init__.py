"""The book's empirical sentences as functions of a draw, which say whether the sentence holds.

    @claim("8.6", "a trained hidden layer of three is enough for XOR in most starts", quick=True)
    def three_hidden_units(draw):
        rate = draw.pick("rate", [0.1, 0.3, 1])
        solved = ...                     # a stack of starts, from draw.seed and draw.rng
        draw.saw("starts that solve it", solved.mean())
        return solved.mean() > 0.5

The words stand in the chapter's notebook, letter by letter: `tests/claims/test_claims.py` looks.
A draw has a seed that no page shows; ``pick`` varies one more thing, so that the draws share its
values evenly.  A sentence holds in nine of ten draws, or it says that it holds in fewer ("in most
draws"), and ``least`` is the share that it must hold in.

`make claims` runs all of them and writes tests/CLAIMS.md; `make test` runs one draw of the quick
ones, those that take a second.
"""

import importlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import numpy as np

BOOK = Path(__file__).parents[2] / "book"
FIRST_SEED = 20_000  # no page shows seeds from here on
LEAST = 0.9


@dataclass
class Draw:
    """One try: its seed, a generator from it, and what was varied and seen."""

    number: int
    varied: dict = field(default_factory=dict)
    seen: dict = field(default_factory=dict)

    def __post_init__(self):
        self.seed = FIRST_SEED + self.number
        self.rng = np.random.default_rng(self.seed)

    def pick(self, name: str, values: list):
        """One of the values, which CLAIMS.md lists under this name.

        Of as many draws in a row as there are values each has another one, in an order that depends
        on the name: ten draws take each of two values five times, whatever else is picked.
        """
        self.varied[name] = values
        turn, place = divmod(self.number, len(values))
        order = np.random.default_rng([FIRST_SEED, turn, *name.encode()]).permutation(len(values))
        return values[order[place]]

    def saw(self, name: str, value: float) -> float:
        """A number that decides; CLAIMS.md gives its range over all draws."""
        self.seen[name] = float(value)
        return value


@dataclass(frozen=True)
class Claim:
    section: str  # "8.6", or "14b.1" on a chapter's second page
    sentence: str  # as it stands in the chapter
    holds: Callable[[Draw], bool]
    draws: int = 10
    least: float = LEAST
    quick: bool = False

    @property
    def chapter(self) -> str:
        """The name of the chapter's notebook."""
        number, letter = re.match(r"(\d+)(\w?)", self.section).groups()
        (path,) = BOOK.glob(f"{int(number):02d}{letter}_*.ipynb")
        return path.stem

    @property
    def place(self) -> tuple[int, str, int]:
        """What the sections of the book are ordered by."""
        number, letter, section = re.fullmatch(r"(\d+)(\w?)\.(\d+)", self.section).groups()
        return int(number), letter, int(section)

    @property
    def name(self) -> str:
        return f"{self.holds.__module__.rpartition('.')[2]}.{self.holds.__name__}"

    def stands_in_the_chapter(self) -> bool:
        cells = nbformat.read(BOOK / f"{self.chapter}.ipynb", as_version=4).cells
        return any(flat(self.sentence) in flat(cell.source) for cell in cells)

    def try_once(self, number: int) -> tuple[bool, Draw]:
        draw = Draw(number)
        return bool(self.holds(draw)), draw


CLAIMS: list[Claim] = []


def claim(
    section: str, sentence: str, *, draws: int = 10, least: float = LEAST, quick: bool = False
) -> Callable:
    """Register the decorated function of a draw as what decides about a sentence of a section."""

    def register(holds: Callable[[Draw], bool]) -> Callable[[Draw], bool]:
        CLAIMS.append(Claim(section, sentence, holds, draws, least, quick))
        return holds

    return register


def registered() -> list[Claim]:
    """All claims, in the order of the book."""
    for path in sorted(Path(__file__).parent.glob("ch*.py")):
        importlib.import_module(f"{__name__}.{path.stem}")
    return sorted(CLAIMS, key=lambda c: c.place)


def flat(text: str) -> str:
    """``text`` in one line, with the words of its links alone."""
    return re.sub(r"\s+", " ", re.sub(r"\[([^\[\]]*)\]\([^()\s]*\)", r"\1", text))
