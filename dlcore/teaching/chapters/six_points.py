"""Six points that the reader moves: a line with its margin, or the point that both hulls share.

The points lie on a board of 11 × 11 places, a1 … k11, so that every verdict is exact arithmetic of
whole numbers.  ``draw`` has a twin in the page, book/_static/live/six-points.js, which draws the
same states without a kernel; a test compares the two, and this one with the linear programme.
"""

import itertools
import math
from collections.abc import Sequence

from dlcore.teaching import svg

Point = tuple[int, int]

COLUMNS = "abcdefghijk"
PLACES = [f"{column}{row}" for column in COLUMNS for row in range(1, 12)]
NAMES = {"c1": "circle 1", "c2": "circle 2", "c3": "circle 3",
         "s1": "square 1", "s2": "square 2", "s3": "square 3"}  # fmt: skip
START = dict(c1="b3", c2="f9", c3="j3", s1="b9", s2="f3", s3="j9")

LOW, HIGH = -0.6, 10.6  # the border of the board, in places
LEFT, TOP, STEP = 40, 14, 33  # in pixels


def place(name: str) -> Point:
    """The coordinates of a place: a1 is (0, 0), k11 is (10, 10)."""
    return COLUMNS.index(name[0]), int(name[1:]) - 1


def turn(p: Point, q: Point, r: Point) -> int:
    """Twice the signed area of the triangle p q r: positive for a left turn, 0 in a line."""
    return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])


def on_segment(p: Point, q: Point, r: Point) -> bool:
    """Whether r lies between p and q, on their line."""
    return (
        turn(p, q, r) == 0
        and min(p[0], q[0]) <= r[0] <= max(p[0], q[0])
        and min(p[1], q[1]) <= r[1] <= max(p[1], q[1])
    )


def in_hull(p: Point, points: Sequence[Point]) -> bool:
    """Whether p is a mean of the points: it lies in a triangle or on a segment of some of them."""
    if p in points:
        return True
    if any(on_segment(q, r, p) for q, r in itertools.combinations(points, 2)):
        return True
    for a, b, c in itertools.combinations(points, 3):
        sides = turn(a, b, p), turn(b, c, p), turn(c, a, p)
        if min(sides) > 0 or max(sides) < 0:
            return True
    return False


def shared(A: Sequence[Point], B: Sequence[Point]) -> tuple[float, float] | None:
    """A point of both convex hulls, or None: then, and only then, a line separates A from B."""
    for p in A:
        if in_hull(p, B):
            return p
    for p in B:
        if in_hull(p, A):
            return p
    for p, q in itertools.combinations(A, 2):
        for r, s in itertools.combinations(B, 2):
            a, b = turn(r, s, p), turn(r, s, q)
            c, d = turn(p, q, r), turn(p, q, s)
            if a * b < 0 and c * d < 0:
                t = a / (a - b)
                return p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])
    return None


def nearest(A: Sequence[Point], B: Sequence[Point]) -> tuple[tuple, tuple]:
    """The nearest points of two hulls of three points that do not meet, one of each."""
    best: tuple = (math.inf, None, None)
    for points, others, swapped in ((A, B, False), (B, A, True)):
        for p in points:
            for q, r in itertools.combinations(others, 2):
                dx, dy = r[0] - q[0], r[1] - q[1]
                square = dx * dx + dy * dy
                t = 0 if square == 0 else ((p[0] - q[0]) * dx + (p[1] - q[1]) * dy) / square
                t = min(max(t, 0), 1)
                foot = (q[0] + t * dx, q[1] + t * dy)
                distance = (p[0] - foot[0]) * (p[0] - foot[0]) + (p[1] - foot[1]) * (p[1] - foot[1])
                if distance < best[0]:
                    best = (distance, foot, p) if swapped else (distance, p, foot)
    return best[1], best[2]


def colourings(points: Sequence[Point]) -> int:
    """How many of the 2ᴺ ways to colour N points with two colours a line makes."""
    first, *rest = points
    count = 0
    for colours in itertools.product((False, True), repeat=len(rest)):
        A = [first] + [p for p, other in zip(rest, colours, strict=True) if not other]
        B = [p for p, other in zip(rest, colours, strict=True) if other]
        count += shared(A, B) is None
    return 2 * count


def draw(**places: str) -> tuple[str, str]:
    """(SVG, sentence): the two triangles, and the widest street between them or a common point."""
    points = [place(places[name]) for name in NAMES]
    A, B = points[:3], points[3:]
    star = shared(A, B)
    count = colourings(points)
    in_line = any(turn(*three) == 0 for three in itertools.combinations(points, 3))

    size = svg.rounded((HIGH - LOW) * STEP)
    shapes = [f'<rect x="{LEFT}" y="{TOP}" width="{size}" height="{size}" fill="#fff" '
              'stroke="#999"/>']  # fmt: skip
    dots = "".join(f"M{_x(i)} {_y(j)}h1" for i in range(11) for j in range(11))
    shapes.append(f'<path d="{dots}" stroke="#bbb" stroke-width="2"/>')
    for i, column in enumerate(COLUMNS):
        shapes.append(_text(_x(i), TOP + size + 18, column, "middle", 14))
        shapes.append(_text(LEFT - 6, _y(i) + 5, str(i + 1), "end", 14))
    for triangle, fill, line in ((A, "#F9D9C4", "#D55E00"), (B, "#CFE3F1", "#0072B2")):
        corners = " ".join(f"{_x(p[0])},{_y(p[1])}" for p in triangle)
        shapes.append(f'<polygon points="{corners}" fill="{fill}" fill-opacity="0.7" '
                      f'stroke="{line}" stroke-width="2" stroke-linejoin="round"/>')  # fmt: skip
    margin = ""
    if star is None:
        a, b = nearest(A, B)
        n = (b[0] - a[0], b[1] - a[1])
        middle = ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
        shapes += [_line(n, middle, 'stroke-width="3"'), _line(n, a, 'stroke-dasharray="5 5"'),
                   _line(n, b, 'stroke-dasharray="5 5"')]  # fmt: skip
        margin = hundredths(math.sqrt(n[0] * n[0] + n[1] * n[1]) / 2)
    for name, p in zip(NAMES, points, strict=True):
        shapes.append(_marker(name, _x(p[0]), _y(p[1])))
    if star is not None:
        shapes.append(_star(star[0], star[1]))

    verdict = (
        f"A line separates them: margin {margin}"
        if star is None
        else "No line separates them: the hulls share ★"
    )
    position = "three of them in a line" if in_line else "no three of them in a line"
    shapes += [
        _text(LEFT, TOP + size + 46, verdict, "start", 17),
        _text(LEFT, TOP + size + 71, f"Of 64 colourings a line makes {count}", "start", 17),
        _text(LEFT, TOP + size + 94, f"(places with {position})", "start", 15),
    ]
    where = "circles at {c1}, {c2}, {c3} and squares at {s1}, {s2}, {s3}".format(**places)
    sentence = (
        f"With {where}, a line separates the classes with margin {margin}."
        if star is None
        else f"With {where}, no line separates the classes: their hulls share a point."
    )
    sentence += f" Of the 64 colourings of these places, {position}, a line makes {count}."
    style = "user-select:none;max-width:min(100%,28rem)"
    drawn = svg.picture(440, 492, shapes, ground=False, style=style, font_size=17, fill="#222")
    return drawn, sentence


def hundredths(value: float) -> str:
    """With two decimals, rounded as the script does it."""
    return f"{svg.rounded(100 * value) / 100:.2f}"


def _x(x):
    return svg.rounded(LEFT + (x - LOW) * STEP)


def _y(y):
    return svg.rounded(TOP + (HIGH - y) * STEP)


def _text(x, y, words, anchor, size):
    return svg.text(x, y, words, font_size=size, text_anchor=anchor)


def _marker(name, x, y):
    style = f'stroke="#fff" stroke-width="2" data-point="{name}" style="cursor:grab"'
    if name[0] == "c":
        return f'<circle cx="{x}" cy="{y}" r="12" fill="#D55E00" {style}/>'
    return f'<rect x="{x - 11}" y="{y - 11}" width="22" height="22" fill="#0072B2" {style}/>'


def _star(x, y):
    """Five points around (x, y), drawn so that a marker underneath still shows."""
    corners = []
    for k in range(10):
        r, angle = (12 if k % 2 == 0 else 5), k * math.pi / 5
        corners.append(f"{svg.rounded(_x(x) + r * math.sin(angle))},"
                       f"{svg.rounded(_y(y) - r * math.cos(angle))}")  # fmt: skip
    return (
        f'<polygon points="{" ".join(corners)}" fill="#FFD92F" stroke="#222" stroke-width="1.5" '
        'pointer-events="none"/>'
    )


def _line(n, through, style):
    """The part of the line through a point, at right angles to n, that lies on the board."""
    corners = [(LOW, LOW), (HIGH, LOW), (HIGH, HIGH), (LOW, HIGH)]
    ends = []
    for i, p in enumerate(corners):
        q = corners[(i + 1) % 4]
        zp = n[0] * (p[0] - through[0]) + n[1] * (p[1] - through[1])
        zq = n[0] * (q[0] - through[0]) + n[1] * (q[1] - through[1])
        if (zp > 0) != (zq > 0):
            t = zp / (zp - zq)
            ends.append((p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])))
    (a, b), (c, d) = ends
    return f'<path d="M{_x(a)} {_y(b)}L{_x(c)} {_y(d)}" stroke="#222" {style}/>'
