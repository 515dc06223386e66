"""Every page of the built website, in a real Chromium without a network."""

import re
from html import unescape
from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag

import pytest
from axe_playwright_python.sync_playwright import Axe
from fontTools.ttLib import TTFont

from dlcore.publishing.project import Project
from tests.site.chromium import opened

PAGES = Project.here().pages()
ALL = [*PAGES, "search"]


@pytest.mark.parametrize("name", ALL)
def test_page_loads_from_a_server(browser, home, name):
    with opened(browser, home) as (page, problems):
        page.goto(f"{home}{name}.html", wait_until="networkidle")
        assert page.locator("h1:visible").count() == 1
        assert problems == []


@pytest.mark.parametrize("name", ALL)
def test_page_loads_from_a_folder(browser, site, name):
    with opened(browser, site.as_uri()) as (page, problems):
        page.goto((site / f"{name}.html").as_uri(), wait_until="networkidle")
        assert page.locator("h1:visible").count() == 1
        assert problems == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ALL)
def test_page_is_accessible(browser, home, name, scheme):
    with opened(browser, home, color_scheme=scheme) as (page, _):
        page.goto(f"{home}{name}.html")
        page.add_style_tag(content="* { transition: none !important }")
        for summary in page.locator("details.solution").all():
            summary.evaluate("details => details.open = true")
        found = Axe().run(page).response["violations"]
        assert [(v["id"], [node["html"][:200] for node in v["nodes"]]) for v in found] == []


@pytest.mark.parametrize("name", ALL)
def test_phone_shows_the_whole_width(browser, home, name):
    with opened(browser, home, viewport={"width": 360, "height": 740}) as (page, _):
        page.goto(f"{home}{name}.html")
        wide = page.evaluate(
            """() => [...document.querySelectorAll('article *')]
                .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
                .filter(e => !e.closest('.formula, pre, .pst-scrollable-table-container'))
                .map(e => e.outerHTML.slice(0, 200))"""
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, wide
        assert wide == []


@pytest.mark.parametrize("name", PAGES)
def test_page_reads_without_scripts(browser, home, name):
    with opened(browser, home, java_script_enabled=False) as (page, _):
        page.goto(f"{home}{name}.html")
        assert page.locator("article").is_visible()
        for picture in page.locator("figure .picture").all():
            assert picture.is_visible()
        assert page.locator(".needs-script:visible").count() == 0


@pytest.mark.parametrize("name", PAGES)
def test_solutions_fold_and_open_by_keyboard(browser, home, name):
    with opened(browser, home) as (page, _):
        page.goto(f"{home}{name}.html")
        for solution in page.locator("details.solution").all():
            content = solution.locator(":scope > :not(summary)").first
            assert not content.is_visible()
            solution.locator("summary").focus()
            page.keyboard.press("Enter")
            assert content.is_visible()


def test_skip_link_is_first(browser, home):
    with opened(browser, home) as (page, _):
        page.goto(f"{home}{PAGES[0]}.html")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.getAttribute('href')") == "#main-content"


def test_light_and_dark_can_be_chosen(browser, home):
    with opened(browser, home, color_scheme="light") as (page, problems):
        page.goto(f"{home}{PAGES[0]}.html")
        seen = set()
        for _ in range(3):
            seen.add(page.evaluate("document.documentElement.dataset.theme"))
            page.locator(".theme-switch-button:visible").click()
        assert seen == {"light", "dark"}
        assert problems == []


def test_search_finds_a_page(browser, home):
    with opened(browser, home) as (page, problems):
        page.goto(f"{home}search.html?q=learning")
        page.wait_for_selector("#search-results li a", timeout=10_000)
        assert problems == []


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
