"""A picture as bytes: WebP for the page, PNG for a notebook, SVG where ``draw`` wrote SVG."""

import base64
import html
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

PER_INCH = 100  # pixels of the page to an inch of the figure
DPI = 160  # of the stored picture: sharp on dense screens, about 20 KB
FEW_COLOURS = 600  # lines on white: lossless WebP is then sharper, often smaller, and fast
SVG = re.compile(r'\s*<svg[^>]*\bviewBox="0 0 ([\d.]+) ([\d.]+)"')


@dataclass(frozen=True)
class Picture:
    type: str  # "image/webp", "image/png" or "image/svg+xml"
    data: bytes
    size: tuple  # (width, height) in pixels of the page

    @property
    def base64(self) -> str:
        return base64.b64encode(self.data).decode()

    def html(self, alt: str) -> str:
        """The picture inside a notebook's HTML."""
        width, height = self.size
        return (
            f'<img src="data:{self.type};base64,{self.base64}" alt="{html.escape(alt)}" '
            f'width="{width}" height="{height}" style="max-width: 100%; height: auto; '
            f'background: white">'
        )


def figure_of(thing: object) -> Figure | None:
    """The matplotlib figure of a figure, of axes, or of anything with a ``.figure``; else None."""
    figure = getattr(thing, "figure", None)
    return figure if isinstance(figure, Figure) else None


@contextmanager
def closing_figures() -> Iterator[None]:
    """pyplot keeps no figure that was made inside, so that nothing is shown twice or leaks."""
    before = set(plt.get_fignums())
    try:
        yield
    finally:
        for number in set(plt.get_fignums()) - before:
            plt.close(number)


def webp(thing: object) -> Picture:
    """The page's picture of a figure or of an SVG string."""
    if isinstance(thing, str):
        return svg(thing)
    image = _raster(figure_of(thing))
    stored = _encode(image, "WEBP", method=2, quality=70)
    if image.getcolors(FEW_COLOURS) is not None:
        stored = min(stored, _encode(image, "WEBP", method=2, lossless=True), key=len)
    return Picture("image/webp", stored, _size(figure_of(thing)))


def png(thing: object) -> Picture:
    """A notebook's picture of a figure or of an SVG string."""
    if isinstance(thing, str):
        return svg(thing)
    image = _raster(figure_of(thing))
    return Picture("image/png", _encode(image, "PNG", compress_level=3), _size(figure_of(thing)))


def is_svg(source: str) -> bool:
    """Whether it is well-formed and begins ``<svg viewBox="0 0 width height">``."""
    try:
        ElementTree.fromstring(source)
    except ElementTree.ParseError:
        return False
    return bool(SVG.match(source))


def svg(source: str) -> Picture:
    """The picture of ``<svg viewBox="0 0 width height">…</svg>``, in pixels of the page."""
    size = tuple(round(float(number)) for number in SVG.findall(source)[0])
    if "xmlns=" not in source[: source.index(">")]:
        source = source.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    return Picture("image/svg+xml", source.encode(), size)


def _raster(figure):
    figure.set_dpi(DPI)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    image = Image.fromarray(np.asarray(canvas.buffer_rgba()))
    if image.getextrema()[3][0] < 255:  # a figure without a ground of its own
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("RGB")


def _size(figure):
    return tuple(round(inches * PER_INCH) for inches in figure.get_size_inches())


def _encode(image, format, **options):
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()
