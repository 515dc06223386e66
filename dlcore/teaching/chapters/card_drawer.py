"""A figure of nine cells on the retina, and the association units that it excites, drawn in SVG.

``draw`` has a twin in the page, book/_static/live/card-drawer.js, which draws the same thousands
of states without a kernel; a test compares the two, state by state.
"""

import functools

import numpy as np

from dlcore.photoperceptron import Photoperceptron
from dlcore.teaching import svg
from dlcore.teaching.chapters.cards import cards

CELLS = {  # of the figure, row by row; each covers 2 × 2 photocells
    "a1": "top left", "a2": "top", "a3": "top right",
    "b1": "left", "b2": "middle", "b3": "right",
    "c1": "bottom left", "c2": "bottom", "c3": "bottom right",
}  # fmt: skip
TOP, LEFTMOST = 7, tuple(range(15))  # photocells
X_SHAPE = {name: name in ("a1", "a3", "b2", "c1", "c3") for name in CELLS}


@functools.cache
def machine() -> Photoperceptron:
    """512 association units after 200 cards with a square on the left or on the right."""
    trained = Photoperceptron(seed=0)
    trained.train(*cards(200, seed=0))
    return trained


def lit(column: int, **cells: bool) -> list[int]:
    """The numbers of the photocells under the figure's black cells."""
    found = []
    for k, name in enumerate(CELLS):
        if cells[name]:
            first = 20 * (TOP + 2 * (k // 3)) + column + 2 * (k % 3)
            found += [first, first + 1, first + 20, first + 21]
    return found


def draw(column: int, **cells: bool) -> tuple[str, str]:
    """(SVG, sentence): the card, the units that fire, and the sum."""
    fires = machine().wiring[:, lit(column, **cells)].sum(axis=1) >= machine().threshold
    weights = machine().w[0].astype(int)
    z = int(weights[0] + weights[1:][fires].sum())

    black = sum(cells[name] for name in CELLS)
    squares: dict = {"#0072B2": "", "#D55E00": "", "#777777": ""}
    for i in np.flatnonzero(fires):
        w = weights[i + 1]
        color = "#0072B2" if w > 0 else "#D55E00" if w < 0 else "#777777"
        squares[color] += f"M{296 + 10 * (i % 32)} {96 + 10 * (i // 32)}h9v9h-9z"
    shapes = ['<rect x="20" y="56" width="240" height="240" fill="#fff" stroke="#555"/>']
    for k, name in enumerate(CELLS):
        x, y = 20 + 12 * (column + 2 * (k % 3)), 56 + 12 * (TOP + 2 * (k // 3))
        color = "#222" if cells[name] else "#fff"
        shapes.append(
            f'<rect x="{x}" y="{y}" width="24" height="24" fill="{color}" stroke="#999" '
            f'data-control="{name}"/>'
        )
    shapes.append('<path d="M140 56v240" stroke="#777" stroke-dasharray="3 5"/>')
    shapes.append('<rect x="292" y="92" width="327" height="167" fill="#eee"/>')
    shapes += [f'<path d="{d}" fill="{color}"/>' for color, d in squares.items() if d]

    answer = "right" if z > 0 else "left"
    total = str(z).replace("-", "−")
    fired = int(fires.sum())
    plus, minus = int((weights[1:][fires] > 0).sum()), int((weights[1:][fires] < 0).sum())
    shapes += [
        _text(140, 40, "the card, 20 × 20"),
        _text(456, 40, "512 association units"),
        _text(456, 72, f"blue: for right {plus}, orange: for left {minus}"),
        _text(456, 288, f"z = {total}: {answer}"),
    ]
    return svg.picture(640, 312, shapes, ground=False, font_size=17, fill="#222"), (
        f"A figure of {black} black {'cell' if black == 1 else 'cells'} in columns {column} to "
        f"{column + 5}: {fired} units fire, {plus} of them speak for right, {minus} for left; "
        f"z = {total}, the answer is {answer}."
    )


def _text(x, y, words):
    return svg.text(x, y, words, text_anchor="middle")
