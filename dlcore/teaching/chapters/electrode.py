"""A screen, a bar of light, and the rate of a hidden cell (chapter 19).

``draw`` has a twin in the page, book/_static/live/electrode.js, which draws the same states without
a kernel; a test compares the two, state by state.
"""

import math

from dlcore.teaching import svg

PLACES = list(range(0, 21))
ANGLES = list(range(0, 180, 15))
LENGTHS = [2, 6, 12]
# What is hidden: the place and the angle of the field, and whether the cell is complex.
CELLS = {"A": (6, 13, 60, False), "B": (13, 6, 135, False), "C": (11, 12, 30, True)}
SPREAD, WAVE = 1.5, 6.0  # of the field: its size, and the distance from light to light
MOST = 60  # spikes per second


def field(cell: str, x: float, y: float) -> tuple[float, float]:
    """The weight of light at (x, y): a Gabor function, with a cosine and with a sine."""
    x0, y0, angle, complex_cell = CELLS[cell]
    phi = math.radians(angle)
    along = (x - x0) * math.cos(phi) + (y - y0) * math.sin(phi)
    across = (y - y0) * math.cos(phi) - (x - x0) * math.sin(phi)
    wide = 4 if complex_cell else 1
    window = math.exp(-(across * across / wide + along * along / 4) / (2 * SPREAD * SPREAD))
    wave = 2 * math.pi * across / WAVE
    return window * math.cos(wave), window * math.sin(wave)


def rate(cell: str, x: float, y: float, angle: float, length: float = 6) -> int:
    """Spikes per second for a bar with its middle at (x, y).  A simple cell answers with
    max(0, Σ K I), with the cosine; a complex one with the root of the squares of both sums."""
    phi = math.radians(angle)
    cosine = sine = 0.0
    for i in range(-2 * round(length / 2), 2 * round(length / 2) + 1):
        t = 0.5 * i
        even, odd = field(cell, x + t * math.cos(phi), y + t * math.sin(phi))
        cosine += even
        sine += odd
    total = math.sqrt(cosine * cosine + sine * sine) if CELLS[cell][3] else max(0.0, cosine)
    return svg.rounded(MOST * total / 15.0)


def draw(cell: str, x: int, y: int, angle: int, length: int, map: bool) -> tuple[str, str]:
    """(SVG, sentence): the bar on the screen, the cell's rate, and, if wanted, the rates for a bar
    of this angle and length at every second place."""
    shapes = ['<rect x="20" y="20" width="336" height="336" fill="#333"/>']
    best, where = -1, (0, 0)
    if map:
        for row in range(0, 21, 2):
            for column in range(0, 21, 2):
                r = rate(cell, column, row, angle, length)
                if r > best:
                    best, where = r, (column, row)
                if r:
                    tone = svg.rounded(90 * r / MOST)
                    shapes.append(
                        f'<rect x="{34 + 14 * column}" y="{314 - 14 * row}" width="28" height="28" '
                        f'fill="#56B4E9" fill-opacity="{tone / 100:.2f}"/>'
                    )
    phi = math.radians(angle)
    dx, dy = svg.rounded(7 * length * math.cos(phi)), svg.rounded(7 * length * math.sin(phi))
    cx, cy = 48 + 14 * x, 328 - 14 * y
    shapes.append(
        f'<path d="M{cx - dx} {cy + dy}L{cx + dx} {cy - dy}" stroke="#FFE28A" stroke-width="8"/>'
    )
    r = rate(cell, x, y, angle, length)
    height = 5 * r
    shapes += [
        '<rect x="380" y="56" width="30" height="300" fill="none" stroke="#777"/>',
        f'<rect x="380" y="{356 - height}" width="30" height="{height}" fill="#0072B2"/>',
        svg.text(380, 38, f"{r} spikes/s", text_anchor="start"),
        svg.text(20, 382, f"bar at ({x}, {y}), {angle}°", text_anchor="start"),
    ]
    style = "user-select:none;max-width:min(100%,32rem)"
    drawn = svg.picture(490, 392, shapes, ground=False, style=style, font_size=16, fill="#222")
    sentence = (
        f"Cell {cell}, a bar of length {length} with its middle at ({x}, {y}), turned by {angle}°: "
        f"{r} spikes per second."
    )
    if map:
        sentence += (
            f" On the map for this angle and length the most is {best}, at {where[0]}, {where[1]}."
        )
    return drawn, sentence
