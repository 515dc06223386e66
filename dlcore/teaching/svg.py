"""The parts of a picture in SVG, word for word as the scripts in book/_static/live write them.

rounded(2.5)                              3, as Math.round in JavaScript; Python's round gives 2
text(20, 30, "the sum", text_anchor="end")
picture(640, 384, shapes, font_size=19)
"""

import math
from collections.abc import Iterable


def rounded(value: float) -> int:
    """The nearest whole number, the larger one of two that are equally near."""
    return math.floor(value + 0.5)


def text(x: int, y: int, words: str, **attributes: object) -> str:
    """Words that begin at (x, y), with these attributes in this order (``font_size`` is
    ``font-size``)."""
    return f'<text x="{x}" y="{y}"{_written(attributes)}>{words}</text>'


def picture(
    width: int, height: int, shapes: Iterable[str], ground: bool = True, style: str = "",
    **attributes: object,
) -> str:  # fmt: skip
    """A whole picture, on white unless ``ground`` is false."""
    first = {"style": style} if style else {}
    font = {"font_family": "DejaVu Sans, Verdana, sans-serif"}
    white = f'<rect width="{width}" height="{height}" fill="#FFFFFF"/>' if ground else ""
    return (
        f'<svg viewBox="0 0 {width} {height}"{_written(first | font | attributes)}>'
        f"{white}{''.join(shapes)}</svg>"
    )


def _written(attributes):
    return "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
