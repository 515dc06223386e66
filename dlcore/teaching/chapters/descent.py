"""Chapter 11: a walk in the fog, a player of descent on four landscapes, and a map of the rates.

``fog``, ``player`` and ``regimes`` have twins in the page, book/_static/live/descent.js, which
draws the same thousands of states without a kernel; a test compares the two, state by state.  Both
do the same additions, products and quotients in the same order, so that they round alike.
"""

import math
from collections.abc import Callable

from dlcore.teaching import svg

Slope = tuple[float, float]

INK, BLUE, ORANGE = "#222222", "#0072B2", "#C04C00"
BANDS = ("#F7F3E8", "#E9E4D0", "#D5DCC4", "#BDD3C3", "#A3C6C6", "#8AB6C6", "#739FC0", "#6286B4")

# ---------------------------------------------------------------- a walk in the fog

WIDE = 24  # the map is WIDE × WIDE strides
MOUNTAINS = ("a broad valley", "two hollows", "a long gorge")
STARTS = {"a broad valley": (3, 20), "two hollows": (4, 21), "a long gorge": (3, 13)}
BOTTOMS = {
    "a broad valley": (17.0, 8.0),
    "two hollows": (18.667, 5.333),
    "a long gorge": (20.0, 8.0),
}
RATES = (0.05, 0.1, 0.2, 0.4, 0.6)
LEGS = 10
COMPASS = {"N": (0, 1), "NE": (1, 1), "E": (1, 0), "SE": (1, -1),
           "S": (0, -1), "SW": (-1, -1), "W": (-1, 0), "NW": (-1, 1)}  # fmt: skip
MOVES = ["–"] + [f"{name} {n}" for name in COMPASS for n in (1, 2, 4, 8)]
LEFT, TOP, UNIT = 20, 16, 17


def mountain(name: str, u: float, v: float) -> tuple[float, float, float]:
    """Height in metres and the slopes to the east and to the north, in metres a stride."""
    if name == "a broad valley":
        a, b = u - 17, v - 8
        return 120 + 2 * a * a + 1.2 * b * b, 4 * a, 2.4 * b
    if name == "a long gorge":
        across, along = 0.6 * (u - 20) + 0.8 * (v - 8), 0.8 * (u - 20) - 0.6 * (v - 8)
        h = 150 + 2 * across * across + 0.12 * along * along
        return h, 2.4 * across + 0.192 * along, 3.2 * across - 0.144 * along
    a, b = u - 14, v - 10
    h, east, north = 420 + 0.4 * a * a + 0.4 * b * b, 0.8 * a, 0.8 * b
    for x, y, depth, width in ((7, 17, 160, 24), (19, 5, 260, 36)):
        p, q = u - x, v - y
        s = 1 + (p * p + q * q) / width
        h -= depth / s
        east += 2 * depth * p / (width * s * s)
        north += 2 * depth * q / (width * s * s)
    return h, east, north


def walked(start: tuple[int, int], legs: list[str]) -> list[tuple[int, int]]:
    """The places of a walk; who would leave the map stops at its edge, "–" is no step."""
    places = [start]
    for leg in legs:
        if leg == "–":
            continue
        name, n = leg.split(" ")
        u, v = places[-1]
        east, north = COMPASS[name]
        places.append((min(max(u + east * int(n), 0), WIDE), min(max(v + north * int(n), 0), WIDE)))
    return places


def descent(name: str, eta: float, steps: int) -> list[tuple[float, float]]:
    """The places of gradient descent, until it has left the map by far."""
    u, v = map(float, STARTS[name])
    places = [(u, v)]
    for _ in range(steps):
        _, east, north = mountain(name, u, v)
        u, v = u - eta * east, v - eta * north
        places.append((u, v))
        if abs(u) > 500 or abs(v) > 500:
            break
    return places


def fog(terrain: str, lifted: bool, eta: float, **legs: str) -> tuple[str, str]:
    """(SVG, sentence): the reader's walk, and with the fog lifted the map and descent's."""
    name = terrain
    places = walked(STARTS[name], list(legs.values()))
    taken = len(places) - 1
    u, v = places[-1]
    h, east, north = mountain(name, u, v)
    first = mountain(name, *STARTS[name])[0]
    size = WIDE * UNIT
    shapes = []
    if lifted:
        shapes += _bands(lambda x, y: mountain(name, x, y)[0], 48, WIDE / 48, 0, 0,
                         (150, 200, 260, 340, 440, 560, 720), LEFT, TOP, size)  # fmt: skip
    else:
        shapes.append(f'<rect x="{LEFT}" y="{TOP}" width="{size}" height="{size}" fill="#E4E6E9"/>')
    shapes.append(f'<rect x="{LEFT}" y="{TOP}" width="{size}" height="{size}" fill="none" '
                  'stroke="#999999" data-map="1"/>')  # fmt: skip
    steps = taken or LEGS
    machine = descent(name, eta, steps)
    if lifted:
        x, y = BOTTOMS[name]
        shapes.append(_text(_x(x), _y(y) + 6, "★", "middle", 17, "#7A4FBF"))
        shapes.append(_path(machine, ORANGE, ' stroke-dasharray="5 3"'))
    shapes.append(_path(places, BLUE, ""))
    for p in places:
        shapes += _arrow(name, p, 1.4 if p == places[-1] else 0.9)
    shapes.append(f'<circle cx="{_x(u)}" cy="{_y(v)}" r="6" fill="{BLUE}" stroke="#ffffff" '
                  'stroke-width="1.5"/>')  # fmt: skip
    slope = math.sqrt(east * east + north * north)
    down = _direction(-east, -north) if slope > 0.05 else "nowhere"
    below = TOP + size
    shapes += [
        _text(
            LEFT, below + 22, f"you: step {taken} of {LEGS}, {svg.rounded(h)} m high", "start", 16
        ),
        _text(
            LEFT, below + 44, f"slope {_tenths(slope)} m a stride, downhill: {down}", "start", 16
        ),
    ]
    said = (
        f"{name}: after {taken} of {LEGS} steps you stand {svg.rounded(h)} m high, from "
        f"{svg.rounded(first)} m; the ground falls {_tenths(slope)} m a stride, "
        f"{'towards ' + down if down != 'nowhere' else 'nowhere'}."
    )
    if lifted:
        a, b = machine[-1]
        away = a < 0 or b < 0 or a > WIDE or b > WIDE
        where = "off the map" if away else f"{svg.rounded(mountain(name, a, b)[0])} m"
        low = svg.rounded(mountain(name, *BOTTOMS[name])[0])
        shapes.append(_text(LEFT, below + 66, f"descent, η = {eta:.2f}, step {steps}: {where}",
                            "start", 16, ORANGE))  # fmt: skip
        shapes.append(_text(LEFT + size, below + 22, f"★ {low} m", "end", 16, "#7A4FBF"))
        said += (
            f" The fog is lifted: the lowest place has {low} m, and descent with η = {eta:.2f} is "
            f"{'at ' if not away else ''}{where} after {steps} step{'' if steps == 1 else 's'}."
        )
    else:
        shapes.append(_text(LEFT, below + 66, "the fog is dense", "start", 16, "#666666"))
    style = "user-select:none;max-width:min(100%,28rem);touch-action:manipulation"
    return svg.picture(LEFT + size + 20, below + 78, shapes, style=style), said


def _x(u):
    return svg.rounded(LEFT + u * UNIT)


def _y(v):
    return svg.rounded(TOP + (WIDE - v) * UNIT)


def _inside(place, low, high):
    return tuple(min(max(value, low), high) for value in place)


def _path(places, color, dash):
    points = [_inside(p, 0, WIDE) for p in places]
    line = "L".join(f"{_x(u)} {_y(v)}" for u, v in points)
    dots = "".join(f"M{_x(u)} {_y(v)}h0" for u, v in points)
    return (f'<path d="M{line}" fill="none" stroke="{color}" stroke-width="2"{dash}/>'
            f'<path d="{dots}" stroke="{color}" stroke-width="7" '
            'stroke-linecap="round"/>')  # fmt: skip


def _arrow(name, place, reach):
    # Downhill, longer where it is steeper.
    u, v = place
    _, east, north = mountain(name, u, v)
    slope = math.sqrt(east * east + north * north)
    if slope < 0.05:
        return []
    length = reach * (0.7 + 1.8 * slope / (slope + 30))
    a, b = -east / slope, -north / slope
    x, y = u + length * a, v + length * b
    tip = [(x, y), (x - 0.45 * a - 0.28 * b, y - 0.45 * b + 0.28 * a),
           (x - 0.45 * a + 0.28 * b, y - 0.45 * b - 0.28 * a)]  # fmt: skip
    points = " ".join(f"{_x(p)},{_y(q)}" for p, q in tip)
    return [f'<path d="M{_x(u)} {_y(v)}L{_x(x)} {_y(y)}" stroke="{INK}" stroke-width="2"/>'
            f'<polygon points="{points}" fill="{INK}"/>']  # fmt: skip


def _direction(east, north):
    # The nearest of the eight points of the compass.
    return max(COMPASS, key=lambda name: _along(COMPASS[name], east, north))


def _along(direction, east, north):
    x, y = direction
    return (x * east + y * north) / math.sqrt(x * x + y * y)


# ---------------------------------------------------------------- four landscapes

LANDSCAPES = ("bowl", "ravine", "saddle", "Rosenbrock")
COLUMNS = "abcdefghijk"
PLACES = [f"{column}{row}" for column in COLUMNS for row in range(1, 12)]
ETAS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.066, 0.07, 0.1, 0.2, 0.5, 1.0, 1.9, 2.1)
STEPS = (1, 2, 3, 5, 7, 10, 20, 30, 50, 100, 200, 300, 500, 1000)
LEVELS = {"bowl": (0.05, 0.2, 0.5, 1.0, 1.6, 2.4, 3.2),
          "ravine": (0.2, 0.8, 2.0, 5.0, 12.0, 25.0, 45.0),
          "saddle": (-0.4, -0.2, -0.05, 0.05, 0.3, 0.8, 1.5),
          "Rosenbrock": (0.5, 2.0, 8.0, 30.0, 120.0, 400.0, 1200.0)}  # fmt: skip


def landscape(name: str, x: float, y: float) -> tuple[float, float, float]:
    """J and its two derivatives at (x, y)."""
    if name == "bowl":
        return 0.5 * (x * x + y * y), x, y
    if name == "ravine":
        return 0.5 * (x * x + 30 * y * y), x, 30 * y
    if name == "saddle":
        return 0.5 * (x * x - y * y) + 0.125 * y * y * y * y, x, 0.5 * y * y * y - y
    a, b = 1 - x, y - x * x
    return a * a + 100 * b * b, -2 * a - 400 * x * b, 200 * b


def lower_edge(name: str) -> float:
    """Where the map begins in y; in x it begins at −2, and it is 4 wide and 4 high."""
    return -1.0 if name == "Rosenbrock" else -2.0


def place(name: str, where: str) -> tuple[float, float]:
    """The coordinates of a place of the map: a1 is the lower left corner, k11 the upper right."""
    column, row = COLUMNS.index(where[0]), int(where[1:]) - 1
    return 0.4 * (column - 5), 0.4 * (row - 5) + (lower_edge(name) + 2)


def player(surface: str, spot: str, eta: float, steps: int) -> tuple[str, str]:
    """(SVG, sentence): the path of gradient descent on one of the landscapes."""
    name, low = surface, lower_edge(surface)
    x, y = place(name, spot)
    path, J = [(x, y)], landscape(name, x, y)[0]
    began, rose = J, 0
    for _ in range(steps):
        before = J
        _, dx, dy = landscape(name, x, y)
        x, y = x - eta * dx, y - eta * dy
        path.append((x, y))
        J = landscape(name, x, y)[0]
        rose += J > before
        if abs(x) > 100 or abs(y) > 100:
            break
    size = 374
    shapes = _bands(lambda p, q: landscape(name, p, q)[0], 44, 4 / 44, -2, low, LEVELS[name],
                    LEFT + 18, TOP, size)  # fmt: skip
    shapes.append(f'<rect x="{LEFT + 18}" y="{TOP}" width="{size}" height="{size}" fill="none" '
                  'stroke="#999999" data-map="1"/>')  # fmt: skip

    def px(p):
        return svg.rounded(LEFT + 18 + (min(max(p, -2), 2) + 2) / 4 * size)

    def py(q):
        return svg.rounded(TOP + size - (min(max(q - low, 0), 4)) / 4 * size)

    for t in range(5):
        shapes.append(_text(px(t - 2), TOP + size + 17, _minus(t - 2), "middle", 13))
        shapes.append(_text(LEFT + 12, py(t + low) + 5, _minus(svg.rounded(t + low)), "end", 13))
    for p, q in {"saddle": ((0, 1.41421356), (0, -1.41421356)), "Rosenbrock": ((1, 1),)}.get(
        name, ((0, 0),)
    ):
        shapes.append(_text(px(p), py(q) + 6, "★", "middle", 17, "#7A4FBF"))
    line = "L".join(f"{px(p)} {py(q)}" for p, q in path)
    dots = "".join(f"M{px(p)} {py(q)}h0" for p, q in path[:40])
    shapes += [
        f'<path d="M{line}" fill="none" stroke="{ORANGE}" stroke-width="1.6"/>',
        f'<path d="{dots}" stroke="{ORANGE}" stroke-width="6" stroke-linecap="round"/>',
        f'<circle cx="{px(path[0][0])}" cy="{py(path[0][1])}" r="6" fill="{INK}"/>',
    ]
    away = len(path) <= steps or abs(x) > 2 or y < low or y > low + 4
    made = len(path) - 1
    after = "beyond 1000" if J > 1000 else _thousandths(J)
    shapes += [
        _text(LEFT + 18, TOP + size + 44, f"{name}, η = {_plain(eta)}, {made} "
              f"step{'' if made == 1 else 's'}", "start", 16),
        _text(LEFT + 18, TOP + size + 66, f"J: {_thousandths(began)} → {after}", "start", 16),
    ]  # fmt: skip
    said = (
        f"{name}, η = {_plain(eta)}: from {spot}, where J is {_thousandths(began)}, {made} "
        f"{'step leads' if made == 1 else 'steps lead'} to J = {after}"
        f"{', and off the map' if away else ''}; J rose in {rose} of them."
    )
    style = "user-select:none;max-width:min(100%,28rem);touch-action:manipulation"
    return svg.picture(LEFT + 18 + size + 20, TOP + size + 78, shapes, style=style), said


# ---------------------------------------------------------------- the rates

LOG = {1.0: 0.0, 1.5: 0.17609, 2.0: 0.30103, 3.0: 0.47712, 5.0: 0.69897, 7.0: 0.84510}
RATE_VALUES = [float(f"{m}e{e}") for e in range(-4, 1) for m in LOG] + [10.0]
CURVATURES = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0]
CRAWL = 0.1  # below this product a step takes off less than a tenth: a convention of the chapter
REGIMES = {"crawl": "#F3F0E4", "converge": "#CFE3D6", "oscillate": "#CFE0F0", "diverge": "#F2D3C2"}


def regime(eta: float, k: float) -> str:
    """What descent does on ½ k θ², by the factor 1 − ηk."""
    product = eta * k
    if abs(product - 1) < 1e-9:
        return "one step"
    if abs(product - 2) < 1e-9:
        return "swing for ever"
    if product > 2:
        return "diverge"
    if product > 1:
        return "oscillate"
    return "crawl" if product < CRAWL - 1e-9 else "converge"


def decimal_log(value: float) -> float:
    """log₁₀ of 1, 1.5, 2, 3, 5 or 7 times a power of ten, from the table."""
    power = 0
    while value >= 9.99:
        value, power = value / 10, power + 1
    while value < 0.999:
        value, power = value * 10, power - 1
    return power + min((abs(m - value), log) for m, log in LOG.items())[1]


def regimes(eta: float, k: float) -> tuple[str, str]:
    """(SVG, sentence): the point (η, k) among the regimes, and the walk on the parabola."""
    left, top, wide, high = 46, 34, 340, 150

    def mx(log):
        return svg.rounded(left + (log + 4) / 5 * wide)

    def my(log):
        return svg.rounded(top + high - (log + 1) / 2 * high)

    # Left of the line log k = c − log η lies what has a smaller ηk than 10ᶜ.
    shapes = [f'<rect x="{left}" y="{top}" width="{wide}" height="{high}" '
              f'fill="{REGIMES["diverge"]}"/>']  # fmt: skip
    for c, name in ((LOG[2.0], "oscillate"), (0.0, "converge"), (-1.0, "crawl")):
        corners = [(-4.0, -1.0), (-4.0, 1.0), (c - 1, 1.0)]
        corners += [(c + 1, -1.0)] if c <= 0 else [(1.0, c - 1), (1.0, -1.0)]
        points = " ".join(f"{mx(a)},{my(b)}" for a, b in corners)
        shapes.append(f'<polygon points="{points}" fill="{REGIMES[name]}" stroke="#777777"/>')
    shapes.append(f'<rect x="{left}" y="{top}" width="{wide}" height="{high}" fill="none" '
                  'stroke="#777777"/>')  # fmt: skip
    for power in range(-4, 2):
        words = {0: "1", 1: "10"}.get(power, _plain(float(f"1e{power}")))
        shapes.append(_text(mx(power), top + high + 18, words, "middle", 13))
    for power, words in ((-1, "0.1"), (0, "1"), (1, "10")):
        shapes.append(_text(left - 6, my(power) + 5, words, "end", 13))
    for log_eta, log_k, words in ((-2.5, 0, "crawl"), (-0.56, 0, "converge"),
                                  (0.13, 0.0, "oscillate"), (0.68, 0.2, "diverge")):  # fmt: skip
        x, y = mx(log_eta), my(log_k) + (0 if words == "oscillate" else 5)
        turn = {"converge": 48, "oscillate": 48, "diverge": 48}.get(words, 0)
        shapes.append(svg.text(x, y, words, transform=f"rotate({turn} {x} {y})", font_size=13,
                               text_anchor="middle", fill=INK))  # fmt: skip
    shapes += [
        _text(left + wide, top + high + 38, "learning rate η", "end", 14),
        _text(4, top - 14, "curvature k", "start", 14),
        f'<circle cx="{mx(decimal_log(eta))}" cy="{my(decimal_log(k))}" r="7" fill="{INK}" '
        'stroke="#ffffff" stroke-width="1.5"/>',
    ]
    factor = 1 - eta * k
    if abs(factor) < 1e-9:
        factor = 0.0
    what = regime(eta, k)
    theta, walk = 1.0, [1.0]
    for _ in range(12):
        theta = theta * factor
        walk.append(theta)
        if abs(theta) > 1.6:
            break

    floor = 392

    def qx(value):
        return svg.rounded(left + wide / 2 + min(max(value, -1.7), 1.7) * 95)

    def qy(value):
        value = min(max(value, -1.7), 1.7)
        return svg.rounded(floor - value * value * 48)

    curve = "L".join(f"{qx(i / 10)} {qy(i / 10)}" for i in range(-17, 18))
    line = "L".join(f"{qx(value)} {qy(value)}" for value in walk)
    dots = "".join(f"M{qx(value)} {qy(value)}h0" for value in walk)
    shapes += [
        f'<path d="M{curve}" fill="none" stroke="#888888" stroke-width="2"/>',
        f'<path d="M{line}" fill="none" stroke="{ORANGE}" stroke-width="1.5"/>',
        f'<path d="{dots}" stroke="{ORANGE}" stroke-width="7" stroke-linecap="round"/>',
        f'<circle cx="{qx(1)}" cy="{qy(1)}" r="6" fill="{INK}"/>',
        _text(left + wide // 2, floor + 20, "J over θ, the first 12 steps", "middle", 14),
    ]
    if what == "one step":
        pace = "one step is enough"
    elif what == "swing for ever":
        pace = "it never comes nearer"
    elif what == "diverge":
        pace = f"every step is {_tenths(abs(factor))} times as far out"
    else:
        steps = svg.rounded(math.log(0.001) / math.log(abs(factor)))
        pace = f"a thousandth takes about {max(steps, 1)} steps"
    product = _signed(eta * k)
    shapes.append(_text(4, floor + 48, f"ηk = {product}: {what}", "start", 17))
    shapes.append(_text(4, floor + 71, f"each step multiplies θ by {_signed(factor)}", "start", 15))
    shapes.append(_text(4, floor + 93, pace, "start", 15))
    said = (
        f"η = {_plain(eta)}, k = {_plain(k)}: ηk = {product} and each step multiplies θ by "
        f"{_signed(factor)}. Verdict: {what}; {pace}."
    )
    style = "max-width:min(100%,28rem)"
    return svg.picture(410, floor + 104, shapes, style=style), said


# ---------------------------------------------------------------- parts


def _bands(height: Callable, n: int, cell: float, x0: float, y0: float, levels: tuple,
           left: int, top: int, size: int) -> list[str]:  # fmt: skip
    # n × n cells, coloured by the band of their middle; equal neighbours of a row are one piece.
    pieces = [""] * len(BANDS)
    for j in range(n):
        y = y0 + (j + 0.5) * cell
        low, high = svg.rounded(size - j * size / n), svg.rounded(size - (j + 1) * size / n)
        began, last = 0, -1
        for i in range(n + 1):
            band = -1
            if i < n:
                h = height(x0 + (i + 0.5) * cell, y)
                band = sum(h >= level for level in levels)
            if band != last:
                if last >= 0:
                    a, b = svg.rounded(began * size / n), svg.rounded(i * size / n)
                    pieces[last] += f"M{left + a} {top + high}h{b - a}v{low - high}h{a - b}z"
                began, last = i, band
    colors = BANDS[::-1]
    return [f'<path d="{d}" fill="{colors[band]}"/>' for band, d in enumerate(pieces) if d]


def _text(x, y, words, anchor, size, color=INK):
    return svg.text(x, y, words, font_size=size, text_anchor=anchor, fill=color)


def _minus(number):
    return str(number).replace("-", "−")


def _tenths(value):
    return f"{svg.rounded(10 * value) / 10:.1f}"


def _thousandths(value):
    return _minus(f"{svg.rounded(1000 * value) / 1000 + 0.0:.3f}")


def _signed(value):
    # Four decimals at most, without closing zeros.
    words = f"{svg.rounded(100000 * value) / 100000 + 0.0:.5f}".rstrip("0").rstrip(".")
    return _minus(words)


def _plain(value):
    words = f"{value:.4f}".rstrip("0").rstrip(".")
    return words
