"""What chapter 1 needs alone: pictures of digits that move, features by hand, and three drawings.

``hand_rule``, ``tune_the_set`` and ``fold_the_line`` draw SVG, and book/_static/live/first-steps.js
the same on the page, state by state.  Coordinates are whole tenths of a pixel.
"""

import math
from functools import cache

import numpy as np

from dlcore import checks as check
from dlcore.backend import Array
from dlcore.datasets import digits
from dlcore.network import Network
from dlcore.teaching import svg
from dlcore.teaching.svg import rounded

SIDE = 12  # of the sheet on which a digit may stand anywhere
BLUE, ORANGE, INK, GREY = "#0072B2", "#D55E00", "#222222", "#888888"


def moved(X: Array, seed: int = 0) -> np.ndarray:
    """Digits (N, 64) at random places of an empty sheet of 12 × 12 pixels, as rows (N, 144)."""
    X, rng = check.array("moved", "X", X), check.generator("moved", seed)
    check.shape("moved", "X", X, ("N", 64))
    sheets = np.zeros((len(X), SIDE, SIDE))
    for sheet, picture, (r, c) in zip(
        sheets, X.reshape(-1, 8, 8), rng.integers(0, SIDE - 7, (len(X), 2)), strict=True
    ):
        sheet[r : r + 8, c : c + 8] = picture
    return sheets.reshape(len(X), -1)


def moments(X: Array) -> np.ndarray:
    """Six features of each picture, by hand: (N, 144) → (N, 6).

    The ink m, and around the centre of the ink (y₀, x₀) the means of (y − y₀)², (x − x₀)²,
    (y − y₀)(x − x₀), (y − y₀)³ and (x − x₀)³, weighted by the ink.  Where on the sheet the digit
    stands changes none of them.
    """
    ink = check.array("moments", "X", X).reshape(-1, SIDE, SIDE)
    y, x = np.mgrid[:SIDE, :SIDE]
    m = ink.sum(axis=(1, 2))

    def mean(values):
        return (ink * values).sum(axis=(1, 2)) / m

    dy, dx = y - mean(y)[:, None, None], x - mean(x)[:, None, None]
    return np.stack([m, mean(dy**2), mean(dx**2), mean(dy * dx), mean(dy**3), mean(dx**3)], axis=1)


def shadow(A: Array, keep: int = 2) -> np.ndarray:
    """The ``keep`` × n matrix whose rows are the directions in which the rows of A spread most."""
    A = check.array("shadow", "A", A)
    return np.linalg.svd(A - A.mean(axis=0), full_matrices=False)[2][:keep]


def corners(net: Network, low: float = 0.0, high: float = 1.0) -> np.ndarray:
    """Where a ReLU network with one input may have its corners between low and high, in order, with
    both ends: the places where the sum of some hidden unit changes its sign."""
    x = np.array([low, high], dtype=float)
    for l in range(0, len(net.layers) - 1, 2):
        a = x[:, None]
        for layer, params in zip(net.layers[: l + 1], net.params, strict=False):
            a, _ = layer.forward(params, a)
        before, after = a[:-1], a[1:]  # the sums are straight from one point to the next
        piece, unit = np.nonzero(before * after < 0)
        z, dz = before[piece, unit], (after - before)[piece, unit]
        x = np.unique(np.concatenate([x, x[piece] - z / dz * np.diff(x)[piece]]))
    return x


def pieces(net: Network, low: float = 0.0, high: float = 1.0) -> int:
    """How many straight pieces a ReLU network with one input and one output has there."""
    x = corners(net, low, high)
    slope = np.diff(net(x[:, None])[:, 0]) / np.diff(x)
    return 1 + int((np.abs(np.diff(slope)) > 1e-6 * (1 + np.abs(slope).max())).sum())


# Drawing.


def _text(x, y, words, size=130, color=INK, anchor="start"):
    return svg.text(x, y, words, font_size=size, fill=color, text_anchor=anchor)


def _frame(width, height, shapes):
    """In tenths of a pixel, so that whole numbers suffice."""
    return (
        f'<svg viewBox="0 0 {width} {height}"><rect width="{width}" height="{height}" '
        'fill="#FFFFFF"/><g transform="scale(0.1)" font-family="DejaVu Sans, Verdana, '
        f'sans-serif">{"".join(shapes)}</g></svg>'
    )


def minus(number: float, digits: int) -> str:
    """As JavaScript's toFixed, with a real minus, and none before a zero."""
    words = f"{number:.{digits}f}"
    return words[1:] if words.strip("-0.") == "" and words[0] == "-" else words.replace("-", "−")


def screen(levels: list, left: int, top: int, cell: int) -> str:
    """An 8 × 8 picture; a level is from 0, white, to 255, black."""
    cells = [
        f'<rect x="{left + cell * (i % 8)}" y="{top + cell * (i // 8)}" width="{cell + 5}" '
        f'height="{cell + 5}" fill="rgb({255 - v},{255 - v},{255 - v})"/>'
        for i, v in enumerate(levels)
        if v > 0
    ]
    return "".join(cells) + (
        f'<rect x="{left}" y="{top}" width="{8 * cell}" height="{8 * cell}" fill="none" '
        f'stroke="{GREY}" stroke-width="10"/>'
    )


# The rule on one pixel.

PAIRS = {"0 or 1": (0, 1), "3 or 8": (3, 8)}


@cache
def ink_counts(digit: int) -> np.ndarray:
    """(64, 17): how many of the pictures of this digit have the ink v of 16 in pixel i, among the
    first 900 pictures; the others are kept for testing."""
    X, y = digits()
    X, y = np.rint(16 * X[:900]).astype(int), y[:900]
    return np.array([np.bincount(X[y == digit, i], minlength=17) for i in range(64)])


def hand_rule(pair: str, row: int, column: int, t: int, inverted: bool) -> tuple[str, str]:
    """Draw the rule "ink of at least t in this pixel means the second digit of the pair" (or, if
    inverted, the first), and how it does."""
    names = PAIRS[pair]
    pixel = 8 * (row - 1) + column - 1
    here = [ink_counts(digit)[pixel].tolist() for digit in names]
    n = [sum(one) for one in here]
    inked = [sum(one[t:]) for one in here]
    right = n[0] - inked[0] + inked[1]
    if inverted:
        right = n[0] + n[1] - right
    shapes = []
    for k, left in ((0, 150), (1, 2650)):
        totals = [
            sum(v * count for v, count in enumerate(one)) for one in ink_counts(names[k]).tolist()
        ]
        levels = [math.floor(255 * total / (16 * n[k])) for total in totals]
        base, color = (2900, ORANGE) if k == 0 else (3900, BLUE)
        shapes += [
            _text(
                left + 1000,
                190,
                f"{n[k]} times {names[k]}, laid over each other",
                115,
                color,
                "middle",
            ),
            screen(levels, left, 260, 250),
            f'<rect x="{left + 250 * (column - 1)}" y="{260 + 250 * (row - 1)}" width="250" '
            f'height="250" fill="none" stroke="{color}" stroke-width="50"/>',
            _text(850, base, f"the {names[k]}s", 130, color, "end"),
        ]
        for v, count in enumerate(here[k]):
            height = rounded(500 * count / n[k])
            fits = ((v >= t) != inverted) == (k == 1)
            if count:
                shapes.append(
                    f'<rect x="{1000 + 210 * v}" y="{base - height}" width="170" '
                    f'height="{height + 12}" fill="{color}" '
                    f'fill-opacity="{"1" if fits else "0.3"}"/>'
                )
        shapes.append(
            f'<line x1="980" y1="{base + 12}" x2="4570" y2="{base + 12}" stroke="{GREY}" '
            'stroke-width="8"/>'
        )
    x = 1000 + 210 * t - 20
    shapes += [
        f'<line x1="{x}" y1="2350" x2="{x}" y2="3950" stroke="{INK}" stroke-width="20" '
        'stroke-dasharray="60 40"/>',
        *[_text(1085 + 210 * v, 4080, f"{v}", 120, INK, "middle") for v in (0, 4, 8, 12, 16)],
        _text(2770, 4270, "ink in this pixel", 120, INK, "middle"),
        _text(2400, 4530, f"{right} of {n[0] + n[1]} right", 165, INK, "middle"),
    ]
    more, less = (names[0], names[1]) if inverted else (names[1], names[0])
    share = rounded(100 * right / (n[0] + n[1]))
    return _frame(480, 465, shapes), (
        f"The rule: where the pixel in row {row}, column {column} has an ink of {t} or more, say "
        f"{more}, else {less}. It answers {right} of {n[0] + n[1]} pictures correctly, {share} %."
    )


# The television set with two knobs.


@cache
def picture() -> list:
    """The picture that the set should show, 64 numbers from 0 to 1: a three from the digits."""
    X, y = digits()
    return X[y == 3][0].tolist()


def received(p: list) -> list:
    """What comes out of the aerial: a negative, ½ − p."""
    return [0.5 - v for v in p]


def wrongness(w: float, b: float) -> tuple[float, float, float]:
    """J(w, b) = 1/64 Σ ½ (w sᵢ + b − pᵢ)², and its derivatives by w and by b."""
    p = picture()
    J = by_w = by_b = 0.0
    for wanted, s in zip(p, received(p), strict=True):
        error = w * s + b - wanted
        J += 0.5 * error * error / 64
        by_w += error * s / 64
        by_b += error / 64
    return J, by_w, by_b


def tuning(w: float, b: float, steps: int, rate: float) -> list:
    """Knobs (w, b) before and after every step (w, b) ← (w, b) − rate · (∂J/∂w, ∂J/∂b)."""
    trail = [(w, b)]
    for _ in range(steps):
        _, by_w, by_b = wrongness(w, b)
        w, b = w - rate * by_w, b - rate * by_b
        trail.append((w, b))
    return trail


def tune_the_set(contrast: float, brightness: float, steps: int, rate: float) -> tuple[str, str]:
    """Draw the set's screen, the picture it should show, and the way of the two knobs."""
    p = picture()
    trail = tuning(contrast, brightness, steps, rate)
    w, b = trail[-1]
    J = wrongness(w, b)[0]
    start = wrongness(contrast, brightness)[0]

    def level(v):
        return min(max(math.floor(255 * v), 0), 255)

    def at(w, b):
        x, y = 3450 + 250 * min(max(w, -2.4), 2.4), 3000 - 250 * min(max(b, -1.4), 2.4)
        return f"{rounded(x)},{rounded(y)}"

    lost = J > 100
    said = "over 100" if lost else minus(J, 4)
    shapes = [
        _text(1150, 180, "what the set shows", 125, INK, "middle"),
        screen([level(w * s + b) for s in received(p)], 150, 240, 250),
        _text(3650, 180, "what it should show", 125, INK, "middle"),
        screen([level(v) for v in p], 2650, 240, 250),
        _text(150, 2560, f"contrast w = {minus(w, 2)}" if not lost else "contrast w: off the dial"),
        _text(
            150, 2780, f"brightness b = {minus(b, 2)}" if not lost else "brightness b: off the dial"
        ),
        _text(150, 3060, f"loss J = {said}", 160),
        _text(
            150,
            3290,
            f"after {steps} step{'s' if steps != 1 else ''}, rate {rate:g}",
            120,
            "#666666",
        ),
        '<rect x="2850" y="2400" width="1200" height="950" fill="none" '
        f'stroke="{GREY}" stroke-width="8"/>',
        _text(3450, 3510, "contrast w", 115, INK, "middle"),
        _text(2790, 2510, "b", 115, INK, "end"),
        f'<polyline points="{" ".join(at(*knobs) for knobs in trail[:40])}" fill="none" '
        f'stroke="{BLUE}" stroke-width="22"/>',
    ]
    x, y = at(w, b).split(",")
    shapes.append(f'<circle cx="{x}" cy="{y}" r="45" fill="{ORANGE}"/>')
    if steps == 0:
        verdict = "Nobody has turned the knobs for you yet."
    elif lost:
        verdict = "In the end each step throws the knobs further: the rate is too large."
    elif J < 0.0005:
        verdict = "The picture is there."
    elif J < start:
        verdict = f"The loss was {minus(start, 4)} at the start and has fallen."
    else:
        verdict = f"The loss was {minus(start, 4)} at the start and has not fallen."
    return _frame(480, 360, shapes), (
        f"Knobs set to contrast {minus(contrast, 1)} and brightness {minus(brightness, 1)}, then "
        f"{steps} learning step{'s' * (steps != 1)} at rate {rate:g}: the loss is {said}. "
        f"{verdict}"
    )


# The folded line.


def tent(x: float) -> float:
    """T(x) = 2 ReLU(x) − 4 ReLU(x − ½): up from 0 to 1, and down again."""
    return 2 * max(x, 0.0) - 4 * max(x - 0.5, 0.0)


def fold_the_line(k: int, x: float) -> tuple[str, str]:
    """Draw the tent map applied k times, and the way of one number through the k layers."""
    values = [x]
    for _ in range(k):
        values.append(tent(values[-1]))
    pieces = 2**k
    corners = [(i / pieces, i / pieces if k == 0 else i % 2) for i in range(pieces + 1)]

    def across(v):
        return rounded(350 + 4200 * v)

    def up(v):
        return rounded(1900 - 1600 * v)

    line = " ".join(f"{across(u)},{up(v)}" for u, v in corners)
    y = values[-1]
    shapes = [
        f'<rect x="350" y="300" width="4200" height="1600" fill="none" stroke="{GREY}" '
        'stroke-width="8"/>',
        f'<line x1="350" y1="{up(y)}" x2="4550" y2="{up(y)}" stroke="{ORANGE}" '
        'stroke-width="12" stroke-dasharray="60 50"/>',
        f'<line x1="{across(x)}" y1="1900" x2="{across(x)}" y2="{up(y)}" stroke="{ORANGE}" '
        'stroke-width="16"/>',
        f'<polyline points="{line}" fill="none" stroke="{BLUE}" stroke-width="24"/>',
        f'<circle cx="{across(x)}" cy="{up(y)}" r="60" fill="{ORANGE}"/>',
        _text(350, 210, f"after {k} fold{'s' if k != 1 else ''}: {pieces} straight "
             f"piece{'s' if k else ''}", 150),
        _text(290, 1950, "0", 120, INK, "end"), _text(290, 350, "1", 120, INK, "end"),
        _text(350, 2070, "0", 120, INK, "middle"), _text(4550, 2070, "1", 120, INK, "middle"),
        _text(2450, 2070, "x", 130, INK, "middle"),
    ]  # fmt: skip
    for layer, v in enumerate(values):
        row = 2330 + 230 * layer
        name = "x" if layer == 0 else f"layer {layer}"
        shapes += [
            f'<line x1="850" y1="{row}" x2="4000" y2="{row}" stroke="#B4BEC6" stroke-width="30"/>',
            _text(750, row + 45, name, 115, INK, "end"),
            f'<circle cx="{rounded(850 + 3150 * v)}" cy="{row}" r="60" fill="{ORANGE}"/>',
            _text(4120, row + 45, f"{v:.3f}", 120),
        ]
    way = ", then ".join(f"{v:.3f}" for v in values[1:])
    many = pieces if 0 < y < 1 or k == 0 else pieces // 2 + (y == 0)  # 0 and 1 are corners
    same = f"{many} numbers in all end there" if many > 1 else "no other number ends there"
    end = f"becomes {way}; {same}." if k else "stays where it is."
    return _frame(480, 400, shapes), (
        f"{k} fold{'s' if k != 1 else ''}, {pieces} straight piece{'s' if k else ''}. "
        f"The number {x:.3f} {end}"
    )
