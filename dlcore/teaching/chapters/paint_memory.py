"""A digit that the reader paints over and an associative memory completes, drawn in SVG.

``draw`` has a twin in the page, book/_static/live/paint-memory.js, which draws the same states
without a kernel; a test compares the two, state by state.
"""

import functools

import numpy as np

from dlcore.datasets import digits
from dlcore.hopfield import Hopfield, overlap
from dlcore.teaching import svg

WEIGHTS = ["pseudo-inverse", "plain Hebb"]
STORED = [2, 3, 4, 5, 10]
SWEEPS = 5
ROWS = [f"r{k}" for k in range(1, 9)]
SCALE = 1_000_000  # the pseudo-inverse is rounded to whole numbers, the same in the page


@functools.cache
def pictures() -> np.ndarray:
    """The first ten handwritten digits, 0 to 9: (10, 64) of −1 (paper) and +1 (ink)."""
    return np.where(digits()[0][:10] > 0.45, 1.0, -1.0)


def pseudo_inverse(patterns: np.ndarray) -> np.ndarray:
    """Xᵀ (X Xᵀ)⁻¹ X without its diagonal, times a large number and rounded: every row of X stays.

    X (K, N) of −1 and +1 with independent rows.  Symmetric, in whole numbers.
    """
    inverse = np.rint(SCALE * np.linalg.inv(patterns @ patterns.T))
    off = 1.0 - np.eye(patterns.shape[1])
    return off * (patterns.T @ ((inverse + inverse.T) / 2) @ patterns)


@functools.cache
def memory(weights: str, stored: int) -> Hopfield:
    """The memory that holds the first digits, with plain Hebbian or with repaired weights."""
    net = Hopfield(pictures()[:stored])
    if weights == "pseudo-inverse":
        net.products = pseudo_inverse(pictures()[:stored])
    return net


def painted(digit: int, **rows: int) -> np.ndarray:
    """The digit with the pixels turned that the rows name: a bit for each pixel, 128 the left."""
    strokes = np.array([[rows[name] >> (7 - c) & 1 for c in range(8)] for name in ROWS]).ravel()
    return pictures()[digit] * (1.0 - 2.0 * strokes)


def draw(weights: str, stored: int, digit: int, sweeps: int, **rows: int) -> tuple[str, str]:
    """(SVG, sentence): the memories, the painted picture, and what it becomes."""
    kept, cue = pictures()[:stored], painted(digit, **rows)
    states = memory(weights, stored).recall(cue, sweeps=SWEEPS, seed=0).states
    now = states[min(sweeps, len(states) - 1)]
    same = (64 * (1 + overlap(now, kept)) / 2).round().astype(int)
    nearest = int(same.argmax())

    shapes = []
    for k, picture in enumerate(kept):
        x = 20 + 45 * k
        rim = "#0072B2" if k == digit else "#BBBBBB"
        shapes.append(
            f'<rect x="{x - 3}" y="27" width="38" height="38" fill="#fff" stroke="{rim}" '
            f'stroke-width="{3 if k == digit else 1}"/>' + _ink(picture, x, 30, 4, "#222")
        )
    shapes.append(_text(17, 18, f"{stored} memories", "start"))
    shapes.append(_text(116, 92, "your picture (click, drag)"))
    shapes.append(_text(364, 92, _after(sweeps)))
    for left, state in ((20, cue), (268, now)):
        shapes.append(f'<rect x="{left}" y="102" width="192" height="192" fill="#fff"/>')
        shapes.append(_ink(state, left, 102, 24, "#222"))
    turned = np.flatnonzero(cue != pictures()[digit])
    for i in turned:
        r, c = divmod(int(i), 8)
        shapes.append(f'<circle cx="{32 + 24 * c}" cy="{114 + 24 * r}" r="4" fill="#D55E00"/>')
    for left in (20, 268):
        lines = "".join(f"M{left} {102 + 24 * k}h192M{left + 24 * k} 102v192" for k in range(9))
        shapes.append(f'<path d="{lines}" stroke="#CCCCCC" fill="none"/>')
    shapes.append('<path d="M220 198h34m-9 -8l10 8l-10 8" stroke="#222" fill="none"/>')
    shapes += [
        f'<rect x="{20 + 24 * c}" y="{102 + 24 * r}" width="24" height="24" fill="#fff" '
        f'fill-opacity="0" data-pixel="{r},{c}"/>'
        for r in range(8)
        for c in range(8)
    ]

    known = digit < stored
    right = f"{same[digit]} of 64 pixels of the {digit}" if known else f"{digit} was not stored"
    what = _what(now, kept, nearest, same)
    before = 64 - len(turned)
    shapes.append(_text(116, 318, f"{before} of 64 pixels of the {digit}"))
    shapes.append(_text(364, 318, right))
    shapes.append(_text(240, 346, f"It is {what}.", weight="bold"))
    style = "user-select:none;touch-action:pan-y;max-width:min(100%,32rem)"
    drawn = svg.picture(480, 358, shapes, ground=False, style=style, font_size=16, fill="#222")
    given = f"{len(turned)} pixels painted over" if len(turned) != 1 else "1 pixel painted over"
    return drawn, (
        f"{stored} memories, {weights} weights; a {digit} with {given}"
        f"{'' if known else ', which was not stored'}. {_after(sweeps)} it is {what}."
    )


def _after(sweeps):
    if sweeps == 0:
        return "Before any sweep"
    return f"After {sweeps} sweep{'s' if sweeps > 1 else ''}"


def _what(now, kept, nearest, same):
    if same[nearest] == 64:
        return f"the stored {nearest}"
    if same.min() == 0:
        return f"the negative of the stored {same.argmin()}"
    return f"no stored digit: {same[nearest]} pixels as in the {nearest}"


def _ink(picture, x, y, size, color):
    cells = "".join(
        f"M{x + size * (int(i) % 8)} {y + size * (int(i) // 8)}h{size}v{size}h-{size}z"
        for i in np.flatnonzero(picture > 0)
    )
    return f'<path d="{cells}" fill="{color}"/>'


def _text(x, y, words, anchor="middle", weight="normal"):
    return svg.text(x, y, words, text_anchor=anchor, font_weight=weight)
