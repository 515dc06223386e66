"""The files of the built website, without a browser."""

import re
from html import unescape
from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag

import pytest
from fontTools.ttLib import TTFont

from tests.site.pages import ALL, CHAPTERS


@pytest.mark.parametrize("name", ALL)
def test_page_describes_itself(site, name):
    text = (site / f"{name}.html").read_text(encoding="utf-8")
    meta = dict(re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)"', text))
    assert 20 <= len(unescape(meta["description"])) <= 160
    assert text.count('name="viewport"') == 1
    assert '<link rel="icon"' in text
    if name != "404":
        assert meta["og:title"] and meta["og:description"]
        assert (site / name).parent.joinpath(meta["og:image"]).resolve().is_file()


@pytest.mark.parametrize("name", CHAPTERS)
def test_headings_equations_and_figures_can_be_linked(site, name):
    text = (site / f"{name}.html").read_text(encoding="utf-8")
    article = text[text.index("<article") : text.index("</article>")]
    headings = re.findall(r"<h[1-3]>.*?</h[1-3]>", article)
    assert headings and all('class="headerlink" href="#' in heading for heading in headings)
    figures = re.findall(r'<figure[^>]* id="([^"]+)"', article)
    assert figures and all(f'class="headerlink" href="#{figure}"' in text for figure in figures)
    for equation in re.findall(r'<div class="equation[^"]*" id="([^"]+)"', article):
        assert f'class="number" href="#{equation}"' in article


class Links(HTMLParser):
    """The addresses and ids of a page."""

    def __init__(self, text: str):
        super().__init__()
        self.addresses, self.ids = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        for key, value in attributes:
            if key in ("href", "src") and value is not None:
                self.addresses.append(value)
            if key == "id":
                self.ids.add(value)


def test_internal_links_resolve(site):
    pages = {path: Links(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}
    broken = []
    for path, links in pages.items():
        for address in links.addresses:
            if re.match(r"[a-z]+:", address):
                continue
            place, fragment = urldefrag(address)
            place = place.partition("?")[0]
            target = (path.parent / unquote(place)).resolve() if place else path
            if not target.is_file():
                broken.append(f"{path.name}: {address}")
            elif fragment and target in pages and unquote(fragment) not in pages[target].ids:
                broken.append(f"{path.name}: {address}")
    assert broken == []


def test_pages_load_no_icon_fonts_and_no_foreign_code(site):
    heavy = re.compile(r"fontawesome|mathjax|require\.js|html-manager|thebe|togglebutton|https?://")
    for path in site.rglob("*.html"):
        loaded = re.findall(r"<(?:script|link)\b[^>]*>", path.read_text(encoding="utf-8"))
        assert [tag for tag in loaded if heavy.search(tag.lower())] == [], path.name
        scripts = [tag for tag in loaded if tag.startswith("<script") and "src=" in tag]
        assert [tag for tag in scripts if "defer" not in tag] == [], path.name


def test_no_page_has_another_fetched_ahead(site):
    """Firefox does so by itself, and the policy of the pages forbids it: an error on each."""
    ahead = re.compile(r'<link\b[^>]*\brel="(?:next|prefetch)"')
    pages = {path.name: path.read_text(encoding="utf-8") for path in site.rglob("*.html")}
    assert [name for name, text in pages.items() if ahead.search(text)] == []


def test_site_can_be_published_from_a_folder(site):
    assert (site / ".nojekyll").exists()


def test_mathematics_font_has_every_character(site):
    font = TTFont(site / "_static" / "fonts" / "STIXTwoMath.woff2").getBestCmap()
    tokens = re.compile(r"<m[ion](?: [^>]*)?>([^<]*)</m[ion]>")
    missing = {
        character
        for path in site.glob("*.html")
        for token in tokens.findall(path.read_text(encoding="utf-8"))
        for character in unescape(token)
        if ord(character) not in font and not character.isspace()
    }
    assert missing == set()
