"""Prints the document with Chromium, twice: the second time the contents know the pages."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pikepdf
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from publishing import browser
from publishing.paper.document import Book
from publishing.project import Failure

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
TIMEOUT = 1_200_000  # milliseconds
HEADING = re.compile(r"<h([1-6])\b[^>]*>(.*?)</h\1>", re.S)
OPTIONS = {"tagged": True, "outline": True, "prefer_css_page_size": True, "print_background": True}
PICTURE = re.compile(r'file:[^"]+[.]webp')
QUALITY = 85  # of a JPEG
MOST = 60_000_000  # bytes of the PDF


def print_book(book: Book, site: Path, folder: Path, pdf: Path, chromium: Browser) -> None:
    """Write the book as a PDF; folder is for what lies between.

    Failure if a line of the contents names no page, or if the PDF is larger than MOST.
    """
    document, draft = folder / "paper.html", folder / "draft.pdf"
    write(book, site, document)
    to_pdf(document, draft, chromium)
    write(book, site, document, page_numbers(draft))
    to_pdf(document, draft, chromium)
    numbers = page_numbers(draft)
    if lost := [place for place in book.places() if place not in numbers]:
        raise Failure(f"The contents name what is not in the PDF: {', '.join(lost)}")
    pack(draft, pdf, book.author, headings(document.read_text(encoding="utf-8")))
    if pdf.stat().st_size > MOST:
        raise Failure(f"The PDF has {pdf.stat().st_size / 1e6:.0f} MB, at most {MOST / 1e6:.0f}")


@contextmanager
def running() -> Iterator[Browser]:
    """A Chromium, installed where it is missing."""
    with sync_playwright() as playwright:
        path = browser.find_or_install()
        yield playwright.chromium.launch(executable_path=path, args=ARGUMENTS)


def write(book: Book, site: Path, document: Path, numbers: dict[str, int] | None = None) -> None:
    """The document as a file; numbers are the pages that its contents name."""
    pictures = document.parent / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    document.write_text(with_jpeg(book.html(site, numbers), pictures), encoding="utf-8")


def to_pdf(document: Path, pdf: Path, chromium: Browser) -> None:
    with opened(document, chromium) as page:
        page.pdf(path=pdf, **OPTIONS)


@contextmanager
def opened(document: Path, chromium: Browser) -> Iterator[Page]:
    """The document as it is on paper."""
    page = chromium.new_page()
    page.set_default_timeout(TIMEOUT)
    page.emulate_media(media="print", color_scheme="light")
    page.goto(document.as_uri())
    page.evaluate("() => document.fonts.ready.then(() => 0)")
    yield page
    page.close()


def with_jpeg(html: str, folder: Path) -> str:
    """The document with its WebP pictures as JPEG, which Chromium takes into a PDF as they are: of
    others it stores every dot, twice the bytes."""

    def converted(found: re.Match) -> str:
        source = Path(unquote(urlsplit(found[0]).path))
        target = folder / f"{source.stem}.jpg"  # the name is a hash of the picture
        if not target.exists():
            with Image.open(source) as image:
                image.convert("RGB").save(target, quality=QUALITY, subsampling=0, optimize=True)
        return target.as_uri()

    return PICTURE.sub(converted, html)


def page_numbers(pdf: Path) -> dict[str, int]:
    """On which page each named place is; the first page is 1."""
    with pikepdf.open(pdf) as opened:
        number = {page.objgen: i for i, page in enumerate(opened.pages, start=1)}
        places = opened.Root.get("/Dests", {})
        return {name[1:]: number[place[0].objgen] for name, place in places.items()}


def pack(draft: Path, pdf: Path, author: str, titles: list[str]) -> None:
    """The draft with what Chromium leaves out, and packed: the tags for screen readers are a
    quarter of a million small objects, which take a tenth of the room.

    Chromium makes bookmarks of what it draws: the words of a heading twice where a page begins, and
    without a space where a line does.  So they get their titles, in order, again.
    """
    with pikepdf.open(draft) as opened:
        opened.docinfo["/Author"] = author
        opened.Root.PageMode = pikepdf.Name.UseOutlines
        opened.Root.StructTreeRoot.RoleMap = pikepdf.Dictionary(
            Em=pikepdf.Name.Span, Strong=pikepdf.Name.Span
        )
        with opened.open_outline() as outline:
            for bookmark, title in zip(bookmarks(outline.root), titles, strict=True):
                bookmark.title = title
        opened.save(pdf, object_stream_mode=pikepdf.ObjectStreamMode.generate)


def bookmarks(items: list[pikepdf.OutlineItem]) -> Iterator[pikepdf.OutlineItem]:
    """All of them, in the order of the pages."""
    for item in items:
        yield item
        yield from bookmarks(item.children)


def headings(html: str) -> list[str]:
    """The texts of all headings of a document."""
    found = (re.sub(r"<[^>]*>", "", text) for _, text in HEADING.findall(html))
    return [" ".join(unescape(text).split()) for text in found]
