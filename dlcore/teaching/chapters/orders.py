"""The game of chapter 3: eight numbers of the brain, guessed in powers of ten.

``draw`` makes SVG.  It has a twin in the page, book/_static/live/brains.js, which draws the same
states without a kernel; a test compares the two.  Logarithms are whole hundredths of an order, so
that both count alike.
"""

from fractions import Fraction
from typing import NamedTuple

from dlcore.teaching import svg


class Question(NamedTuple):
    """What is asked, the range that the sources give, and what is often told."""

    name: str  # of the control
    words: str
    low: int  # 100 log₁₀ of the smallest estimate
    high: int  # and of the largest
    told: int  # of the number that is often told
    measured: str


QUESTIONS = (
    Question("neurons", "neurons in a human brain", 1089, 1097, 1100, "86 ± 8 billion"),
    Question("glia", "glial cells for each neuron", -30, 18, 100, "0.5 to 1.5"),
    Question("synapses", "synapses in the neocortex", 1418, 1488, 1500, "1.5 to 7.6 · 10¹⁴"),
    Question("average", "spikes/s, average cortical cell", -80, 60, 200, "0.16 to 4"),
    Question("fastest", "spikes/s, fastest cortical cell", 253, 266, 230, "338 to 453"),
    Question("watts", "watts that the brain burns", 130, 130, 130, "20"),
    Question("proteins", "proteins in one sending bouton", 548, 548, 548, "300 000"),
    Question("operations", "operations/s to match a brain", 1200, 2000, 1500, "10¹² to 10²⁰"),
)
OPEN = "–"  # not played yet
POWERS = range(-2, 23)
_SMALL = {-2: "0.01", -1: "0.1", 0: "1", 1: "10", 2: "100", 3: "1000"}
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
GUESSES = {_SMALL.get(k, "10" + str(k).translate(_RAISED)): 100 * k for k in POWERS}
CHOICES = [OPEN, *GUESSES]
NEAR = 100  # at most one order of magnitude off


def off(question: Question, guess: int) -> int:
    """How far 100 log₁₀ of a guess lies outside the range: above it if positive, else below."""
    return max(guess - question.high, 0) - max(question.low - guess, 0)


def blind() -> Fraction:
    """How many of the eight a player has near in the mean who draws the powers blindly."""
    near = [abs(off(q, guess)) <= NEAR for q in QUESTIONS for guess in GUESSES.values()]
    return Fraction(sum(near), len(GUESSES))


def draw(**played: str) -> tuple[str, str]:
    """(SVG, sentence) of the game: for each question's name a guess of CHOICES."""
    shapes, said, near, total, count = _axis(), [], 0, 0, 0
    for row, q in enumerate(QUESTIONS):
        y, chosen = TOP + ROW * row, played[q.name]
        shapes.append(_text(LEFT, y, q.words))
        shapes.append(_line(LEFT, y + 14, LEFT + 440, y + 14, "#999999", 1))
        if chosen == OPEN:
            shapes.append(_text(460, y, "?", "end", GREY))
            continue
        miss = off(q, GUESSES[chosen])
        count, near, total = count + 1, near + (abs(miss) <= NEAR), total + abs(miss)
        a, b = _x(q.low), _x(q.high)
        verdict = "in range" if miss == 0 else f"{_tenths(miss)} off"
        color = GREEN if abs(miss) <= NEAR else RED
        shapes += [
            f'<rect x="{a - 3}" y="{y + 8}" width="{b - a + 6}" height="12" rx="3" '
            f'fill="{GREEN}"/>',
            f'<circle cx="{_x(q.told)}" cy="{y + 14}" r="7" fill="none" stroke="{AMBER}" '
            'stroke-width="2.5"/>',
            _diamond(_x(GUESSES[chosen]), y + 14),
            _text(460, y, verdict, "end", color),
        ]
        where = "in range" if miss == 0 else f"{_tenths(miss)} too {'high' if miss > 0 else 'low'}"
        said.append(f"{q.words}: {chosen}, {where} (sources: {q.measured})")
    if not count:
        return _svg(shapes), (
            "Nothing is played yet. Choose a power of ten for one of the eight lines, and the line "
            "shows where the sources lie."
        )
    return _svg(shapes), (
        f"Played {count} of 8, {near} within one order of magnitude, {_tenths(total)} orders off "
        f"in all. {'; '.join(said)}."
    )


LEFT, TOP, ROW = 20, 34, 52  # pixels
GREEN, RED, AMBER, BLUE, GREY = "#00734F", "#A03000", "#B37400", "#0072B2", "#666666"


def _tenths(hundredths):
    tenths = (abs(hundredths) + 5) // 10
    return f"{tenths // 10}.{tenths % 10}"


def _x(hundredths):
    return (1000 * LEFT + (hundredths + 250) * 176 + 500) // 1000


def _axis():
    bottom = TOP + ROW * len(QUESTIONS) - 18
    shapes = []
    for power, name in ((0, "1"), (5, "10⁵"), (10, "10¹⁰"), (15, "10¹⁵"), (20, "10²⁰")):
        x = _x(100 * power)
        shapes += [_line(x, 40, x, bottom, "#DDDDDD", 1), _text(x, bottom + 20, name, "middle")]
    return shapes


def _line(x1, y1, x2, y2, color, width):
    return f'<path d="M{x1} {y1}L{x2} {y2}" stroke="{color}" stroke-width="{width}"/>'


def _diamond(x, y):
    return f'<path d="M{x} {y - 9}L{x + 9} {y}L{x} {y + 9}L{x - 9} {y}Z" fill="{BLUE}"/>'


def _text(x, y, words, anchor="start", color="#222222"):
    return svg.text(x, y, words, text_anchor=anchor, fill=color)


def _svg(shapes):
    return svg.picture(480, 468, shapes, font_size=17)
