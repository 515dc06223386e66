"""The rule player: Rosenblatt's rule on two inputs, one example at a time, as a drawing in SVG.

``draw`` has a twin in the page, book/_static/live/rule-player.js, which draws the same thousands
of states without a kernel; a test compares the two, state by state.
"""

import math

from dlcore.datasets import boolean
from dlcore.perceptron import Perceptron
from dlcore.teaching import svg
from dlcore.teaching.svg import rounded

DATA = ("AND", "OR", "NAND", "XOR")
ORDERS = {"00 01 10 11": [0, 1, 2, 3], "11 10 01 00": [3, 2, 1, 0]}
STARTS = {"zero": [0, 0, 0], "(0.5, −1, 1)": [0.5, -1, 1], "(1, 2, −3)": [1, 2, -3]}
LAST = 40  # trials: ten epochs

LOW, HIGH, LEFT, TOP, SIZE = -0.75, 1.75, 24, 12, 360  # the plane in data units, and in pixels


def draw(data: str, order: str, w0: str, eta: float, at_zero: int, trial: int) -> tuple[str, str]:
    """(SVG, sentence) after ``trial`` examples: the plane with the line, and the sums beside it."""
    X, y = boolean(data.lower())
    unit = Perceptron(2, w=STARTS[w0], at_zero=at_zero)
    trace = unit.fit(X, y, lr=eta, epochs=LAST // 4, order=ORDERS[order], record=True)
    k = min(trial, len(trace))
    done = trace.converged and k == len(trace)
    mistakes = sum(trace[j].changed for j in range(k))
    now = trace[k - 1] if k else None
    w = now.after if now else trace.weights(0)
    rows, sentence = _words(now, k, w, eta, mistakes, done)

    shapes = [f'<rect x="{LEFT}" y="{TOP}" width="{SIZE}" height="{SIZE}" fill="#f7f0ea"/>']
    region, line = _clip(w)
    if region:
        shapes.append(f'<polygon points="{_corners(region)}" fill="#dce9f4"/>')
    shapes += [
        f'<path d="M{_x(0)} {TOP}V{TOP + SIZE}M{LEFT} {_y(0)}H{LEFT + SIZE}" stroke="#bbb"/>',
        _text(LEFT + SIZE - 8, _y(0) - 6, "x₁", anchor="end"),
        _text(_x(0) + 6, TOP + 18, "x₂"),
    ]
    if now is not None and now.changed:
        shapes += _line(_clip(now.before)[1], '#777" stroke-dasharray="6 5', 2)
    shapes += _line(line, "#222", 3)
    shapes += _arrow(w)
    for n in range(4):
        px, py = _x(X[n, 0]), _y(X[n, 1])
        if now is not None and now.index == n and not done:
            color = "#b00020" if now.changed else "#007a5a"
            shapes.append(
                f'<circle cx="{px}" cy="{py}" r="24" fill="none" stroke="{color}" '
                'stroke-width="4"/>'
            )
        if y[n]:
            shapes.append(
                f'<rect x="{px - 10}" y="{py - 10}" width="20" height="20" fill="#0072B2" '
                'stroke="#fff"/>'
            )
        else:
            shapes.append(f'<circle cx="{px}" cy="{py}" r="11" fill="#D55E00" stroke="#fff"/>')
    for row, words in enumerate(rows):
        shapes.append(_text(400, 34 + 31 * row, words))
    return svg.picture(640, 384, shapes, ground=False, font_size=19, fill="#222"), sentence


def _words(now, k, w, eta, mistakes, done):
    after = _vector(w)
    if now is None:
        return ["Before trial 1", "", f"w = {after}"], (
            f"Before the first trial the weights (b, w₁, w₂) are {after}."
        )
    z = _number(sum(a * b for a, b in zip(now.before, now.x, strict=True)))
    verdict = "a mistake" if now.changed else "right"
    step = f"w {'+' if now.y else '−'} {_number(eta)} x" if now.changed else "no change"
    rows = [
        f"Epoch {now.epoch}, trial {k}",
        "",
        f"x = {_vector(now.x)}",
        f"z = w·x = {z}",
        f"answer ŷ = {int(now.y_hat)}",
        f"label y = {int(now.y)}",
        f"{verdict}: {step}",
        "",
        f"w = {after}",
        f"mistakes so far: {mistakes}",
    ]
    if done:
        rows.append("all four right:")
        rows.append("finished.")
    sentence = (
        f"Epoch {now.epoch}, trial {k}: input ({int(now.x[1])}, {int(now.x[2])}), z = {z}, answer "
        f"{int(now.y_hat)}, label {int(now.y)}, {verdict}. The weights are {after} after "
        f"{mistakes} {'mistake' if mistakes == 1 else 'mistakes'}."
    )
    return rows, sentence + (" The unit has finished." if done else "")


def _number(value):
    return f"{value + 0.0:.1f}".replace("-", "−")


def _vector(values):
    return f"({', '.join(_number(float(v)) for v in values)})"


def _x(x1):
    return rounded(LEFT + (x1 - LOW) * SIZE / (HIGH - LOW))


def _y(x2):
    return rounded(TOP + (HIGH - x2) * SIZE / (HIGH - LOW))


def _clip(w):
    """The part of the plane where z > 0, as corners, and the two ends of the line z = 0 in it."""
    corners = [(LOW, LOW), (HIGH, LOW), (HIGH, HIGH), (LOW, HIGH)]
    region, ends = [], []
    for i, p in enumerate(corners):
        q = corners[(i + 1) % 4]
        zp = w[0] + w[1] * p[0] + w[2] * p[1]
        zq = w[0] + w[1] * q[0] + w[2] * q[1]
        if zp > 0:
            region.append(p)
        if (zp > 0) != (zq > 0):
            t = zp / (zp - zq)
            cut = (p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1]))
            region.append(cut)
            ends.append(cut)
    return region, ends


def _corners(region):
    return " ".join(f"{_x(p[0])},{_y(p[1])}" for p in region)


def _line(ends, stroke, width):
    if not ends:
        return []
    (a, b), (c, d) = ends
    return [
        f'<path d="M{_x(a)} {_y(b)}L{_x(c)} {_y(d)}" stroke="{stroke}" stroke-width="{width}"/>'
    ]


def _arrow(w):
    """From the line's point nearest to the middle of the plane, along (w₁, w₂), as long as it."""
    square = w[1] * w[1] + w[2] * w[2]
    if square == 0:
        return []
    shift = (w[0] + (w[1] + w[2]) * 0.5) / square
    ax, ay = _x(0.5 - shift * w[1]), _y(0.5 - shift * w[2])
    length = math.sqrt(square)
    ux, uy = w[1] / length, -w[2] / length
    reach = min(24 * length, 110)
    bx, by = ax + ux * reach, ay + uy * reach
    head = [(bx + 12 * ux, by + 12 * uy), (bx - 6 * uy, by + 6 * ux), (bx + 6 * uy, by - 6 * ux)]
    points = " ".join(f"{rounded(px)},{rounded(py)}" for px, py in head)
    return [
        f'<path d="M{ax} {ay}L{rounded(bx)} {rounded(by)}" stroke="#222" stroke-width="3"/>',
        f'<polygon points="{points}" fill="#222"/>',
    ]


def _text(x, y, words, anchor="start"):
    return svg.text(x, y, words, text_anchor=anchor)
