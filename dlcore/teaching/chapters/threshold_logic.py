"""Two drawings of chapter 4 in SVG: one unit and its truth table, and a workshop for an adder.

Both have a twin in the page, book/_static/live/threshold-logic.js, which draws the same thousands
of states without a kernel; a test compares the two, state by state.
"""

import numpy as np

from dlcore.circuits import Circuit, McCullochPitts, ThresholdUnit, every_input
from dlcore.datasets import BOOLEAN_NAMES
from dlcore.teaching import svg
from dlcore.teaching.chapters.units import from_bits, to_bits

KINDS = ("1943", "real weights")
ROLES = {"excites": "+", "inhibits": "-", "absent": "0"}
INPUTS = ((0, 0), (0, 1), (1, 0), (1, 1))
BLUE, RED, INK, GREY = "#0072B2", "#B34700", "#222222", "#777777"
LIT, GOOD, WRONG = "#F5C242", "#A9CFE8", "#D55E00"


def draw_unit(kind: str, role1: str, role2: str, w1: int, w2: int, theta: int) -> tuple[str, str]:
    """(SVG, sentence): a unit of two inputs, its answers at the four corners and row by row."""
    X = np.array(INPUTS)
    unit: McCullochPitts | ThresholdUnit
    if kind == "1943":
        unit = McCullochPitts(ROLES[role1] + ROLES[role2], theta)
        sums = X @ [role1 == "excites", role2 == "excites"]
        veto = X @ [role1 == "inhibits", role2 == "inhibits"] > 0
    else:
        unit = ThresholdUnit(np.array([w1, w2]), theta)
        sums, veto = X @ [w1, w2], np.zeros(4, bool)
    y = unit(X)
    column = "".join(map(str, y))
    name = BOOLEAN_NAMES[int(column, 2)]

    shapes = [] if kind == "1943" else _half_plane(w1, w2, theta)
    shapes += [
        f'<rect x="{LEFT}" y="{TOP}" width="{SIZE}" height="{SIZE}" fill="none" stroke="#888888"/>',
        _text(LEFT + SIZE, TOP + SIZE + 20, "x₁", "end"),
        _text(LEFT - 8, TOP + 14, "x₂", "end"),
    ]
    for n, (x1, x2) in enumerate(INPUTS):
        shapes += [
            f'<circle cx="{_x(x1)}" cy="{_y(x2)}" r="17" fill="{LIT if y[n] else "#FFFFFF"}" '
            f'stroke="{INK}" stroke-width="2"/>',
            _text(_x(x1), _y(x2) + 5, y[n], "middle"),
        ]
    minus = str(theta).replace("-", "−")
    rule = f"sum ≥ {minus}, no veto" if kind == "1943" else f"w·x ≥ {minus}"
    heads = ("x₁ x₂", "sum", "veto", "y") if kind == "1943" else ("x₁ x₂", "w·x", "", "y")
    shapes.append(_text(270, 40, f"fires if {rule}"))
    shapes += [_text(x, 76, head, "middle", GREY) for x, head in zip(PLACES, heads, strict=True)]
    for n, (x1, x2) in enumerate(INPUTS):
        row = (f"{x1} {x2}", str(sums[n]).replace("-", "−"), "yes" if veto[n] else "", y[n])
        shapes += [
            _text(x, 106 + 30 * n, word, "middle") for x, word in zip(PLACES, row, strict=True)
        ]
    shapes.append(_text(270, 240, f"y = {name}", weight="bold"))
    if kind == "1943":
        setting = f"x₁ {_role(role1)}, x₂ {_role(role2)}, threshold {minus}"
    else:
        setting = f"weights {w1} and {w2}, threshold {theta}".replace("-", "−")
    return _svg(480, 262, shapes), (
        f"{kind}: {setting}. The answers to 00, 01, 10, 11 are {column}, which is {name}."
    )


LEFT, TOP, SIZE = 34, 22, 200  # the plane, from −½ to 1½ in both directions
PLACES = (292, 348, 398, 446)  # the columns of the table


def _half_plane(w1, w2, theta):
    """The part of the square where w·x ≥ θ, shaded, and its border."""
    corners = [(-0.5, -0.5), (1.5, -0.5), (1.5, 1.5), (-0.5, 1.5)]
    inside, border = [], []
    for i in range(4):
        p, q = corners[i], corners[(i + 1) % 4]
        zp, zq = w1 * p[0] + w2 * p[1] - theta, w1 * q[0] + w2 * q[1] - theta
        if zp >= 0:
            inside.append(p)
        if (zp >= 0) != (zq >= 0):
            t = zp / (zp - zq)
            inside.append((p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])))
            border.append(inside[-1])
    points = [" ".join(f"{_x(a)},{_y(b)}" for a, b in corner) for corner in (inside, border)]
    return [
        f'<polygon points="{points[0]}" fill="#DCE9F4"/>',
        f'<polyline points="{points[1]}" fill="none" stroke="{INK}" stroke-width="2"/>',
    ]


def cell(tK: int, tA: int, kA: str, tB: int, kB: str, tS: int, aS: str, bS: str) -> Circuit:
    """One binary digit of the workshop's adder: from (x₁, x₂, c) to (carry, sum).

    K, A and B are excited by all three; K acts on A and B as kA and kB say, A and B on S."""
    return Circuit(
        3,
        [
            (McCullochPitts("+++", tK), (0, 1, 2)),
            (McCullochPitts("+++" + ROLES[kA], tA), (0, 1, 2, 3)),
            (McCullochPitts("+++" + ROLES[kB], tB), (0, 1, 2, 3)),
            (McCullochPitts(ROLES[aS] + ROLES[bS], tS), (4, 5)),
        ],
        (3, 6),
    )


def tick_by_tick(circuit: Circuit, X: np.ndarray, ticks: int, pulse: bool = False) -> np.ndarray:
    """What leaves a circuit whose units answer one tick late, at times 0, 1, … (ticks, …, n_out).

    Before time 0 all is silent.  The inputs X are held, or last for one tick only (``pulse``)."""
    X = np.asarray(X)
    lines = np.concatenate([X, np.zeros((*X.shape[:-1], len(circuit.gates)), int)], axis=-1)
    film = []
    for _ in range(ticks):
        film.append(lines[..., list(circuit.outputs)])
        fires = [unit(lines[..., list(wires)]) for unit, wires in circuit.gates]
        lines = np.concatenate([0 * X if pulse else X, np.stack(fires, axis=-1)], axis=-1)
    return np.array(film)


def answers(tK: int, tA: int, kA: str, tB: int, kB: str, tS: int, aS: str, bS: str) -> np.ndarray:
    """What K, A, B and S of the cell say to 000, 001, … in counting order, (8, 4)."""
    X = every_input(3)
    K = McCullochPitts("+++", tK)(X)
    with_K = np.column_stack([X, K])
    A = McCullochPitts("+++" + ROLES[kA], tA)(with_K)
    B = McCullochPitts("+++" + ROLES[kB], tB)(with_K)
    S = McCullochPitts(ROLES[aS] + ROLES[bS], tS)(np.column_stack([A, B]))
    return np.column_stack([K, A, B, S])


def four_digits(table: np.ndarray) -> np.ndarray:
    """The sums of all pairs 0 … 15 that four copies of a cell make, (16, 16).

    table (8, 2): its carry and sum for the inputs 000, 001, … in counting order."""
    digits = to_bits(np.arange(16), 4)
    a, b = digits[:, None], digits[None, :]
    carry, found = np.zeros((16, 16), int), list[np.ndarray]()
    for place in (3, 2, 1, 0):
        row = 4 * a[..., place] + 2 * b[..., place] + carry
        carry, digit = table[row, 0], table[row, 1]
        found.insert(0, digit)
    return from_bits(np.stack([carry, *found], axis=-1))


WANTED = to_bits(every_input(3).sum(axis=1), 2)  # carry and sum of three digits
PAIRS = np.arange(16)[:, None] + np.arange(16)


def draw_adder(
    tK: int, tA: int, kA: str, tB: int, kB: str, tS: int, aS: str, bS: str
) -> tuple[str, str]:
    """(SVG, sentence): one digit, its truth table, and all 256 sums of four digits."""
    said = answers(tK, tA, kA, tB, kB, tS, aS, bS)
    table = said[:, [0, 3]]
    sums = four_digits(table)
    right = int((sums == PAIRS).sum())

    shapes = [
        f'<path d="M44 {y}L{x} {to}" stroke="#AAAAAA" stroke-width="1.5"/>'
        for y in (60, 120, 180)
        for x, to in ((106, 40), (106, 120), (106, 200))
    ]
    shapes += [
        _link(kA, "M130 64V94", (130, 94), "0 1"),
        _link(kB, "M153 48C196 70 196 170 158 190", (158, 190), "-1 0.5"),
        _link(aS, "M154 120L208 146", (208, 146), "1 0.5"),
        _link(bS, "M154 200L208 174", (208, 174), "1 -0.5"),
    ]
    for y, name in ((60, "x₁"), (120, "x₂"), (180, "c")):
        shapes += [
            f'<circle cx="28" cy="{y}" r="16" fill="#FFFFFF" stroke="{INK}" stroke-width="1.5"/>',
            _text(28, y + 5, name, "middle"),
        ]
    for x, y, threshold, name in ((130, 40, tK, "K"), (130, 120, tA, "A"), (130, 200, tB, "B"),
                                  (230, 160, tS, "S")):  # fmt: skip
        shapes += [
            f'<circle cx="{x}" cy="{y}" r="24" fill="#FFFFFF" stroke="{INK}" stroke-width="2"/>',
            _text(x, y - 2, name, "middle", weight="bold"),
            _text(x, y + 14, f"≥ {threshold}", "middle", GREY),
        ]
    shapes += [_text(162, 30, "carry"), _text(230, 202, "sum", "middle")]
    heads = ("x₁x₂c", "K", "A", "B", "S", "want")
    shapes += [_text(x, 22, head, "middle", GREY) for x, head in zip(COLUMNS, heads, strict=True)]
    for n, (x, row) in enumerate(zip(every_input(3), said, strict=True)):
        ok = (table[n] == WANTED[n]).all()
        words = ("".join(map(str, x)), *map(str, row), "".join(map(str, WANTED[n])))
        shapes += [
            _text(at, 46 + 23 * n, word, "middle") for at, word in zip(COLUMNS, words, strict=True)
        ]
        mark = ("✓", BLUE) if ok else ("✗", RED)
        shapes.append(_text(500, 46 + 23 * n, mark[0], "middle", mark[1]))
    for value, color in ((True, GOOD), (False, WRONG)):
        squares = "".join(
            f"M{40 + 13 * a} {445 - 13 * b}h12v12h-12z"
            for a in range(16)
            for b in range(16)
            if (sums[a, b] == a + b) == value
        )
        shapes.append(f'<path d="{squares}" fill="{color}"/>')
    shapes += [
        _text(40, 478, "0"), _text(248, 478, "a = 15", "end"),
        _text(34, 457, "0", "end"), _text(34, 262, "15", "end"), _text(34, 282, "b", "end"),
        _text(270, 290, f"{right} of 256 sums", weight="bold"), _text(270, 312, "are right."),
    ]  # fmt: skip
    if right == 256:
        rest = "This is an adder."
        shapes.append(_text(270, 350, rest, "start", BLUE))
    else:
        a, b = (int(k[0]) for k in np.nonzero(sums != PAIRS))
        rest = f"The first mistake: {a} + {b} gives {sums[a, b]}."
        shapes += [
            _text(270, 350, "The first mistake:", "start", RED),
            _text(270, 372, f"{a} + {b} gives {sums[a, b]}", "start", RED),
        ]
    links = ", ".join(
        f"{source} {_role(role)} {target}" if role != "absent" else f"{source} not tied to {target}"
        for source, role, target in (("K", kA, "A"), ("K", kB, "B"), ("A", aS, "S"), ("B", bS, "S"))
    )
    return _svg(516, 490, shapes), (
        f"Thresholds K {tK}, A {tA}, B {tB}, S {tS}; {links}. {right} of 256 sums are right. {rest}"
    )


COLUMNS = (300, 344, 370, 396, 422, 462)  # of the truth table


def _link(role, path, end, towards):
    """An exciting link ends in an arrowhead, an inhibiting one is dashed and ends in a dot."""
    if role == "absent":
        return ""
    x, y = end
    if role == "inhibits":
        return (
            f'<path d="{path}" fill="none" stroke="{RED}" stroke-width="2.5" '
            f'stroke-dasharray="6 4"/><circle cx="{x}" cy="{y}" r="5" fill="{RED}"/>'
        )
    dx, dy = (float(part) for part in towards.split())
    tip = [(x + 4 * dx, y + 4 * dy)]
    tip += [(x - 6 * dx - 5 * dy, y - 6 * dy + 5 * dx), (x - 6 * dx + 5 * dy, y - 6 * dy - 5 * dx)]
    points = " ".join(f"{svg.rounded(a)},{svg.rounded(b)}" for a, b in tip)
    return (
        f'<path d="{path}" fill="none" stroke="{BLUE}" stroke-width="2.5"/>'
        f'<polygon points="{points}" fill="{BLUE}"/>'
    )


def _role(role):
    return "is absent" if role == "absent" else role


def _x(x1):
    return svg.rounded(LEFT + (x1 + 0.5) * SIZE / 2)


def _y(x2):
    return svg.rounded(TOP + (1.5 - x2) * SIZE / 2)


def _text(x, y, words, anchor="start", color=INK, weight="normal"):
    return svg.text(x, y, words, text_anchor=anchor, fill=color, font_weight=weight)


def _svg(width, height, shapes):
    return svg.picture(width, height, shapes, font_size=15)
