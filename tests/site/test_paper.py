"""The built website on paper: the layout of the whole book, and a few of its pages as a PDF.

Printing all takes minutes, and `make pdf` does it by the same functions.
"""

import re
from pathlib import Path

import pikepdf
import pytest
from bs4 import BeautifulSoup

from publishing.paper import document, printing, states
from publishing.project import Failure
from tests.site.chromium import opened
from tests.site.pages import CHAPTERS

PRINTED = ["index", "playground", "08_xor", "notation", "reference/networks"]
WIDTH, HEIGHT = 166, 253  # of the text on a page, in mm
FOOT = 20 + 16  # mm from the lower edge: a heading, and two lines that stay with it
POINTS, PIXELS = 72 / 25.4, 96 / 25.4  # in a millimetre


@pytest.fixture(scope="module")
def whole(project, site):
    return document.assemble(project)


@pytest.fixture(scope="module")
def laid_out(whole, site, browser, tmp_path_factory):
    """The whole book in a window as wide as the text on a page."""
    path = tmp_path_factory.mktemp("whole") / "paper.html"
    printing.write(whole, site, path)
    with printing.opened(path, browser) as page:
        page.set_viewport_size({"width": round(WIDTH * PIXELS), "height": 900})
        yield page


@pytest.fixture(scope="module")
def few(project, site):
    return document.assemble(project, PRINTED)


@pytest.fixture(scope="module")
def pdf(few, site, browser, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pdf")
    printing.print_book(few, site, folder, folder / "book.pdf", browser)
    with pikepdf.open(folder / "book.pdf") as found:
        yield found


def outline(items) -> list[str]:
    return [text for item in items for text in [str(item.title), *outline(item.children)]]


# The whole book


def test_every_experiment_shows_its_states(whole, site):
    soup = BeautifulSoup(whole.html(site), "html.parser")
    figures = soup.select("figure.states")
    pages = [(site / f"{name}.html").read_text(encoding="utf-8") for name in CHAPTERS]
    assert len(figures) == sum(page.count("data-experiment=") for page in pages)
    for figure in figures:
        shown = figure.select(".state")
        assert 2 <= len(shown) <= states.STATES, figure["id"]
        assert len({s.img["src"] for s in shown}) == len(shown), figure["id"]
        assert len({s.select_one(".sentence").get_text() for s in shown}) == len(shown)
        assert all(s.select_one(".address").get_text() for s in shown)
    assert len([f for f in figures if len(f.select(".state")) == 3]) > 0.9 * len(figures)


def test_ids_are_unique_and_links_lead_to_them(whole, site):
    soup = BeautifulSoup(whole.html(site), "html.parser")
    ids = [tag["id"] for tag in soup.find_all(id=True)]
    assert len(ids) == len(set(ids))
    links = [a["href"] for a in soup.find_all("a", href=True)]
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)
    assert [link for link in links if not re.match(r"#|https?:", link)] == []
    for image in soup.find_all("img"):
        assert image["alt"].strip(), image["src"]


def test_nothing_is_past_the_margin(laid_out):
    assert laid_out.evaluate(PAST_THE_MARGIN) == []


def test_what_stays_together_fits_on_a_page(laid_out):
    high = laid_out.evaluate(HEIGHTS, "figure, .equation, tr, img")
    assert [(name, px / PIXELS) for name, px in high if px > HEIGHT * PIXELS] == []


# As a PDF


def test_it_is_tagged_and_says_what_it_is(pdf, few):
    assert bool(pdf.Root.MarkInfo.Marked) and "/StructTreeRoot" in pdf.Root
    assert str(pdf.Root.Lang) == "en"
    assert str(pdf.docinfo["/Title"]) == few.title
    assert str(pdf.docinfo["/Author"]) == few.author


def test_bookmarks_name_all_parts_chapters_and_sections(pdf, few, site):
    with pdf.open_outline() as found:
        names = outline(found.root)
    html = BeautifulSoup(few.html(site), "html.parser").find_all(re.compile("^h[1-6]$"))
    assert names == [" ".join(heading.get_text().split()) for heading in html]
    assert {"II. One neuron", "8.2 Four inequalities", "Solution 8.1"} <= set(names)


def test_links_lead_somewhere_and_never_to_this_machine(pdf):
    places, seen = {str(name) for name in pdf.Root.Dests.keys()}, 0
    for page in pdf.pages:
        for annotation in page.get("/Annots", []):
            if "/Dest" in annotation:
                seen += 1
                assert str(annotation.Dest) in places
            else:
                assert re.match("https?:", str(annotation.A.URI)), annotation.A.URI
    assert seen > 100


def test_the_contents_name_the_pages(pdf, few):
    numbers = printing.page_numbers(Path(pdf.filename))
    text = (Path(pdf.filename).parent / "paper.html").read_text(encoding="utf-8")
    lines = BeautifulSoup(text, "html.parser").select(".table-of-contents a")
    told = {line["href"][1:]: line.select_one(".number").get_text() for line in lines}
    assert list(told) == few.places()
    assert told == {place: str(numbers[place]) for place in told}


def test_no_heading_stands_alone_at_the_foot(pdf, few):
    places = pdf.Root.Dests
    assert "/Annots" in pdf.pages[1]  # the first lines of the contents, under their title
    low = [name for name in few.places() if float(places[f"/{name}"][3]) < FOOT * POINTS]
    assert low == []


def test_a_book_that_is_too_large_is_refused(few, site, browser, tmp_path, monkeypatch):
    monkeypatch.setattr(printing, "MOST", 1000)
    monkeypatch.setattr(printing, "to_pdf", lambda document, pdf, chromium: None)
    monkeypatch.setattr(printing, "page_numbers", lambda pdf: dict.fromkeys(few.places(), 1))
    monkeypatch.setattr(printing, "pack", lambda draft, pdf, *_: pdf.write_bytes(bytes(2000)))
    with pytest.raises(Failure, match="The PDF has 0 MB, at most 0"):
        printing.print_book(few, site, tmp_path, tmp_path / "book.pdf", browser)


# A page of the website, printed by its reader


@pytest.mark.parametrize("name", ["index", "08_xor", "notation", "reference/networks"])
def test_a_page_prints_in_the_style_of_the_book(browser, home, name):
    with opened(browser, home, color_scheme="dark") as (page, problems):
        page.goto(f"{home}{name}.html", wait_until="load")
        page.set_viewport_size({"width": round(WIDTH * PIXELS), "height": 900})
        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert page.evaluate(THEME) == "light"
        assert page.evaluate(FONT).startswith("STIXGeneral")
        assert page.locator("article h1").is_visible()
        assert not page.locator("#jb-print-docs-body").is_visible()
        assert page.evaluate(PAST_THE_MARGIN) == []
        assert page.locator("details.solution:not([open]):visible").count() == 0
        folded = page.locator("details.hide pre")
        assert folded.count() == page.locator("details.hide pre:visible").count()
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert page.evaluate(THEME) == "dark"
        assert problems == []


PAST_THE_MARGIN = """() => {
  const found = [], range = document.createRange();
  for (const column of document.querySelectorAll('.bd-article')) {
    const edge = column.getBoundingClientRect().right + 1;
    const texts = document.createTreeWalker(column, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      range.selectNodeContents(texts.currentNode);
      if (texts.currentNode.data.trim() && range.getBoundingClientRect().right > edge)
        found.push(`${column.id}: ${texts.currentNode.data.slice(0, 80)}`);
    }
    for (const box of column.querySelectorAll('img, table, pre'))
      if (box.getBoundingClientRect().right > edge) found.push(`${column.id}: ${box.outerHTML}`);
  }
  return found;
}"""
HEIGHTS = """selector => [...document.querySelectorAll(selector)].map(
  e => [e.id || e.closest('[id]').id, e.getBoundingClientRect().height])"""
THEME = "document.documentElement.dataset.theme"
FONT = "getComputedStyle(document.querySelector('article p')).fontFamily"
