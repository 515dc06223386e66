"""Fix the radio, the game of chapter 3: cut hidden units, name them, and see what a name is worth.

The machine is MLP([64, 8, 10], "sigmoid"), trained on scikit-learn's digits: of nine seeds the
one (2) in which names are of middling worth; its twin started from seed 3.  Weights, rounded to two
digits, and the places of the pictures lie in data/radio.json.
``draw`` makes SVG and has a twin in the page, book/_static/live/brains.js; a test compares the two.
"""

import json
from functools import lru_cache
from itertools import combinations
from pathlib import Path

import numpy as np

from dlcore.datasets import digits
from dlcore.network import MLP, Network
from dlcore.teaching import svg
from dlcore.teaching.chapters.lesions import answers, cut, signals

DATA = Path(__file__).with_name("data") / "radio.json"
H, EACH = 8, 40  # hidden units; pictures of each digit in a set
UNITS = [str(j + 1) for j in range(H)]
NONE, OPEN = "none", "?"
NAMES = [OPEN, *map(str, range(10))]


@lru_cache
def machine(twin: bool = False) -> Network:
    """The network of the game, or its twin."""
    stored = json.loads(DATA.read_text(encoding="utf-8"))["networks"][int(twin)]
    net = MLP([64, H, 10], "sigmoid", dtype="float64")
    (W1, b1), _, (W2, b2) = net.params
    for array, name in ((W1, "W1"), (b1, "b1"), (W2, "W2"), (b2, "b2")):
        array[...] = stored[name]
    return net


@lru_cache
def pictures(name: str = "A") -> tuple[np.ndarray, np.ndarray]:
    """400 pictures that neither network has seen, 40 of each digit: set "A" or "B"."""
    places = json.loads(DATA.read_text(encoding="utf-8"))["pictures"][name]
    X, y = digits()
    return X[places], y[places]


def right(out: tuple = (), name: str = "A", twin: bool = False) -> list[int]:
    """How many of the 40 pictures of each digit are answered correctly with these units cut out."""
    X, y = pictures(name)
    correct = answers(machine(twin), X, cut(H, *out)) == y
    return [int(correct[y == k].sum()) for k in range(10)]


class Tables:
    """All that the game needs, in whole numbers: the page has the same, letter by letter."""

    def __init__(self) -> None:
        one, two = combinations(range(H), 1), combinations(range(H), 2)
        self.meter = {out: right(out) for out in [(), *one, *two]}
        self.other = {out: right(out, "B") for out in [(), *combinations(range(H), 1)]}
        X, y = pictures("A")
        a = signals(machine(), X)
        self.active = [int(np.argmax([a[y == k, j].mean() for k in range(10)])) for j in range(H)]
        whole = right((), "A", True)
        self.twin = [suffers(whole, right((j,), "A", True))[0] for j in range(H)]


@lru_cache
def tables() -> Tables:
    return Tables()


def suffers(before: list[int], after: list[int]) -> list[int]:
    """The digit that loses most pictures, or those that lose equally many; none if none loses."""
    lost = [b - a for b, a in zip(before, after, strict=True)]
    return [k for k, n in enumerate(lost) if n == max(lost) > 0]


def in_pairs(unit: int) -> list[list[int]]:
    """What suffers most when this unit is cut out of a machine that has lost another one, which is
    each of the seven others in turn."""
    meter = tables().meter
    pairs = [(k, tuple(sorted((unit, k)))) for k in range(H) if k != unit]
    return [suffers(meter[(k,)], meter[pair]) for k, pair in pairs]


def best_in_pairs() -> int:
    """How many of the 56 experiments with two units the best eight names of all get right."""
    hits = [[sum(k in found for found in in_pairs(j)) for k in range(10)] for j in range(H)]
    return sum(map(max, hits))


def score(names: list[str]) -> dict[str, int]:
    """What eight names are worth ("?" for a unit without a name is never right)."""
    t = tables()
    digit = [None if name == OPEN else int(name) for name in names]
    given, there = [digit.count(k) for k in range(10)], [t.twin.count(k) for k in range(10)]
    return {
        "new": sum(digit[j] in suffers(t.other[()], t.other[(j,)]) for j in range(H)),
        "pairs": sum(digit[j] in found for j in range(H) for found in in_pairs(j)),
        "active": sum(digit[j] == t.active[j] for j in range(H)),
        "twin": sum(map(min, given, there)),
    }


ROWS = (
    ("new", "other pictures, one unit cut", 8),
    ("pairs", "another unit already cut", 56),
    ("active", "digit that it answers most to", 8),
    ("twin", "names that the twin has, too", 8),
)


def draw(cut1: str, cut2: str, show: bool, **named: str) -> tuple[str, str]:
    """(SVG, sentence): the machine with up to two units cut out, the reader's names n1 … n8, and
    what they are worth if ``show``."""
    t = tables()
    out = tuple(sorted({int(c) - 1 for c in (cut1, cut2) if c != NONE}))
    names = [named[f"n{j}"] for j in UNITS]
    whole, now = t.meter[()], t.meter[out]
    percent = (100 * sum(now) + 5 * EACH) // (10 * EACH)
    which = {0: "Nothing is cut", 1: "Unit {} is cut", 2: "Units {} and {} are cut"}[len(out)]
    which = which.format(*(j + 1 for j in out))
    shapes = [_text(20, 26, f"{which}: {percent} % right", 18)]
    for k in range(10):
        x = 24 + 44 * k
        shapes += [
            f'<rect x="{x}" y="{170 - 3 * whole[k]}" width="32" height="{3 * whole[k]}" '
            'fill="#E4E4E4" stroke="#888888"/>',
            f'<rect x="{x}" y="{170 - 3 * now[k]}" width="32" height="{3 * now[k]}" '
            f'fill="{BLUE}"/>',
            _text(x + 16, 192, k, 17, "middle"),
        ]
    shapes.append(_text(20, 222, "units, and your names for them", 17))
    for j in range(H):
        x, gone = 44 + 56 * j, j in out
        shapes.append(
            f'<g data-unit="{j + 1}" style="cursor:pointer"><circle cx="{x}" cy="252" r="19" '
            f'fill="{"#F3D3C0" if gone else "#FFFFFF"}" stroke="{RED if gone else INK}" '
            'stroke-width="2"/>'
        )
        if gone:
            shapes.append(
                f'<path d="M{x - 17} 235L{x + 17} 269M{x - 17} 269L{x + 17} 235" stroke="{RED}" '
                'stroke-width="3"/>'
            )
        name = _text(x, 294, names[j], 19, "middle", BLUE)
        shapes += [_text(x, 258, j + 1, 17, "middle"), "</g>", name]
    lost = suffers(whole, now)
    if not out:
        seen = f"Nothing is cut: {percent} % of the 400 pictures are right."
    elif lost:
        k = lost[0]
        seen = (
            f"{which}: {percent} % of the 400 pictures are right. Digit {k} suffers most, from "
            f"{whole[k]} right of 40 to {now[k]}."
        )
    else:
        seen = f"{which}: {percent} % of the 400 pictures are right, and no digit has lost any."
    count = H - names.count(OPEN)
    if not show:
        shapes.append(_text(20, 340, "The score is hidden.", 17))
        return _svg(shapes), f"{seen} {count} of 8 units have a name; the score is hidden."
    value, best = score(names), best_in_pairs()
    shapes += [
        _text(20, 330, "of your names hold", 17),
        _text(460, 330, "yours, best, blind", 17, "end"),
    ]
    blind = {"new": "0.8", "pairs": "5.7", "active": "0.8", "twin": BLIND_TWIN}
    for row, (key, words, of) in enumerate(ROWS):
        y, top = 360 + 28 * row, best if key == "pairs" else of
        shapes += [
            _text(20, y, words, 17),
            _text(460, y, f"{value[key]}, {top}, {blind[key]}", 17, "end"),
        ]
    return _svg(shapes), (
        f"{seen} {count} of 8 units have a name. On other pictures {value['new']} of the 8 names "
        f"hold; with another unit already cut {value['pairs']} of 56, where the best names reach "
        f"{best} and blind ones 5.7; {value['active']} name the digit that the unit answers most "
        f"to; {value['twin']} occur in the twin, too, where blind ones have {BLIND_TWIN}."
    )


BLIND_TWIN = "3.8"  # the mean over blind names: tests/teaching/test_radio.py
BLUE, RED, INK = "#0072B2", "#B34700", "#222222"


def _text(x, y, words, size, anchor="start", color=INK):
    return svg.text(x, y, words, font_size=size, text_anchor=anchor, fill=color)


def _svg(shapes):
    return svg.picture(480, 460, shapes)
