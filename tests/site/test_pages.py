"""Every page of the built website, in a real Chromium without a network."""

import re
from html import unescape
from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag

import pytest
from axe_playwright_python.sync_playwright import Axe
from fontTools.ttLib import TTFont

from publishing.project import Project
from tests.site.chromium import opened
from tests.site.forms import FORMS, answer_all_wrongly
from tests.site.pages import opened_once

PAGES = Project.here().pages()
ALL = [*PAGES, "search", "404"]
CHAPTERS = [path.stem for path in Project.here().chapters()]


@opened_once(ALL)
def test_page_loads_from_a_server(opened_page):
    page, problems = opened_page
    page.wait_for_load_state("networkidle")
    assert page.locator("h1:visible").count() == 1
    assert problems == []


@opened_once(ALL)
def test_solutions_fold_and_open_by_keyboard(opened_page):
    page, _ = opened_page
    for solution in page.locator("details.solution").all():
        content = solution.locator(":scope > :not(summary)").first
        assert not content.is_visible()
        solution.locator("summary").focus()
        page.keyboard.press("Enter")
        assert content.is_visible()


@opened_once(ALL)
def test_page_is_accessible(opened_page):
    page, _ = opened_page
    answer_all_wrongly(page)  # then every form shows all that it can show
    page.add_style_tag(content=AT_REST)
    page.evaluate("document.querySelectorAll('details.solution').forEach(d => { d.open = true; })")
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(DARK)
    assert violations(page, runOnly=COLOURS) == []
    page.emulate_media(color_scheme="light")


# Everything laid out: axe asks what lies behind each word.
AT_REST = "* { content-visibility: visible !important }"
# The page follows the system; the one for a missing address has a style sheet alone.
DARK = "() => ['dark', undefined].includes(document.documentElement.dataset.theme)"
COLOURS = ["color-contrast", "link-in-text-block"]  # the rules that dark mode can break


def violations(page, **options) -> list:
    where = {"exclude": [["math"]]}  # slow, and sound
    found = Axe().run(page, where, options).response["violations"]
    return [(v["id"], [node["html"][:200] for node in v["nodes"]]) for v in found]


@opened_once(ALL)
def test_phone_shows_the_whole_width(opened_page):
    page, _ = opened_page
    answer_all_wrongly(page)
    page.set_viewport_size({"width": 360, "height": 740})
    wide = page.evaluate(
        """() => [...document.querySelectorAll('article *')]
            .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
            .filter(e => !e.closest('.formula, pre, .pst-scrollable-table-container'))
            .map(e => e.outerHTML.slice(0, 200))"""
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, wide
    assert wide == []
    beyond = page.evaluate(
        """forms => [...document.querySelectorAll(`${forms}, ${forms} *`)]
            .filter(e => e.getBoundingClientRect().right
                         > e.closest('.exercise').getBoundingClientRect().right)
            .map(e => e.outerHTML.slice(0, 200))""",
        FORMS,
    )
    assert beyond == []
    page.set_viewport_size({"width": 1280, "height": 900})


@opened_once(PAGES)
def test_page_prints_its_article_alone(opened_page):
    page, _ = opened_page
    page.add_style_tag(content=AT_REST)  # near and far
    assert page.locator(f"{FORMS}:visible").count() == page.locator(FORMS).count()
    page.emulate_media(media="print")
    hidden = f"{FORMS}, .bd-sidebar, .bd-header-article, .prev-next-footer, .experiment-controls"
    assert page.locator(f":is({hidden}, .copy):visible").count() == 0
    assert page.locator("h1:visible").count() == 1
    assert page.locator("article").is_visible()
    page.emulate_media(media="screen")


@opened_once(ALL)
def test_policy_stops_foreign_code(opened_page):
    """A script that somebody smuggles in does not run, nor is anything loaded from elsewhere."""
    page, _ = opened_page
    page.evaluate(
        """() => {
          const script = document.createElement('script');
          script.textContent = 'window.smuggled = true';
          document.body.append(script);
          document.body.insertAdjacentHTML('beforeend', '<p id="p" onclick="smuggled = true">');
          document.getElementById('p').click();
        }"""
    )
    assert page.evaluate("window.smuggled") is None


@pytest.mark.parametrize("name", ALL)
def test_page_loads_from_a_folder(browser, site, name):
    with opened(browser, site.as_uri()) as (page, problems):
        page.goto((site / f"{name}.html").as_uri(), wait_until="networkidle")
        assert page.locator("h1:visible").count() == 1
        assert problems == []


@pytest.mark.parametrize("name", PAGES)
def test_page_reads_without_scripts(browser, home, name):
    with opened(browser, home, java_script_enabled=False) as (page, _):
        page.goto(f"{home}{name}.html")
        assert page.locator("article").is_visible()
        for picture in page.locator("figure .picture").all():
            picture.scroll_into_view_if_needed()
            assert picture.is_visible()
        assert page.locator(f":is(.needs-script, {FORMS}):visible").count() == 0


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


@pytest.mark.parametrize(
    ("term", "page"),
    [
        ("Nesterov", "15_optimisers"),
        ("vanishing gradient", "14_backpropagation"),
        ("pocket algorithm", "06_perceptron"),
        ("SigmoidCrossEntropy", "reference/"),
    ],
)
def test_search_finds_terms_inside_pages(browser, home, term, page):
    with opened(browser, home) as (tab, problems):
        tab.goto(f"{home}index.html")
        tab.keyboard.press("Control+k")
        tab.keyboard.type(term)
        tab.keyboard.press("Enter")
        tab.wait_for_url("**/search.html?q=*")
        tab.wait_for_selector(f"#search-results li a[href*='{page}']", timeout=20_000)
        assert problems == []


def test_search_finds_terms_in_a_folder(browser, site):
    with opened(browser, site.as_uri()) as (tab, problems):
        tab.goto(f"{(site / 'search.html').as_uri()}?q=Nesterov")
        tab.wait_for_selector("#search-results li a[href*='15_optimisers']", timeout=20_000)
        assert problems == []


def test_search_closes_with_escape_and_gives_the_focus_back(browser, home):
    with opened(browser, home) as (page, _):
        page.goto(f"{home}index.html")
        link = page.locator("article table a").first
        link.focus()
        page.keyboard.press("Control+k")
        assert page.locator("#search-input").is_visible()
        page.keyboard.press("Escape")
        assert not page.locator("#search-input").is_visible()
        assert link.evaluate("a => a === document.activeElement")


def test_side_bars_open_and_close_by_keyboard_on_a_phone(browser, home):
    with opened(browser, home, viewport={"width": 360, "height": 740}) as (page, _):
        page.goto(f"{home}{CHAPTERS[0]}.html")
        for side in ("primary", "secondary"):
            bar = page.locator(f".bd-sidebar-{side}")
            page.locator(f".{side}-toggle:visible").first.focus()
            page.keyboard.press("Enter")
            page.wait_for_function(INSIDE, arg=bar.element_handle())
            page.keyboard.press("Escape")
            assert not page.evaluate(INSIDE, bar.element_handle())


INSIDE = "bar => bar.contains(document.activeElement)"


def test_code_can_be_copied(browser, home):
    permissions = ["clipboard-read", "clipboard-write"]
    with opened(browser, home, permissions=permissions) as (page, problems):
        page.goto(f"{home}{CHAPTERS[0]}.html")
        block = page.locator("div.highlight:visible").first
        block.scroll_into_view_if_needed()
        button = block.locator("button.copy")
        button.focus()
        page.keyboard.press("Enter")
        page.wait_for_function("b => b.textContent === 'Copied'", arg=button.element_handle())
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == block.locator("pre").text_content()
        assert problems == []


def test_a_formula_is_copied_as_latex(browser, home):
    permissions = ["clipboard-read", "clipboard-write"]
    with opened(browser, home, permissions=permissions) as (page, problems):
        page.goto(f"{home}14_backpropagation.html")
        formula = page.locator("p:has(span.math)").first
        latex = formula.locator("annotation").first.text_content()
        for place in ("span.math", ":scope"):
            page.evaluate(
                """([p, place]) => getSelection().selectAllChildren(
                    place === ':scope' ? p : p.querySelector(place))""",
                [formula.element_handle(), place],
            )
            page.keyboard.press("Control+c")
            copied = page.evaluate("navigator.clipboard.readText()")
            assert f"${latex}$" in copied
        assert problems == []


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


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_link_to_a_figure_brings_it_into_view(browser, home, name):
    with opened(browser, home) as (page, _):
        page.goto(f"{home}{name}.html")
        last = page.locator("figure[id]").last.get_attribute("id")
        page.goto("about:blank")
        page.goto(f"{home}{name}.html#{last}")
        page.wait_for_function(IN_VIEW, arg=page.locator(f"#{last}").element_handle())


IN_VIEW = "figure => { const y = figure.getBoundingClientRect().y; return 0 <= y && y < 450; }"


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_step_of_a_slider_shows_a_picture_that_was_loaded_before(browser, home, name):
    """The neighbours of what is in view are fetched ahead: a reader never waits for the network."""
    with opened(browser, home) as (page, _):
        page.goto(f"{home}{name}.html", wait_until="load")
        moving = "figure[data-experiment]:has(.picture > img):has(input[type=range])"
        if not page.locator(moving).count():
            pytest.skip("no slider that changes pictures")
        figure = page.locator(moving).first
        figure.scroll_into_view_if_needed()
        page.wait_for_load_state("networkidle")
        image = figure.locator(".picture img")
        before = image.get_attribute("src")
        slider = figure.locator("input[type=range]").first
        forward = slider.evaluate("s => Number(s.value) < Number(s.max)")
        page.context.set_offline(True)
        slider.press("ArrowRight" if forward else "ArrowLeft")
        page.wait_for_function(
            "([i, src]) => i.src !== src && !i.src.endsWith(src)",
            arg=[image.element_handle(), before],
        )
        assert image.evaluate("i => i.complete && i.naturalWidth > 0")


def test_nothing_is_stored_but_the_choice_of_light_and_dark(browser, home):
    with opened(browser, home) as (page, _):
        for name in PAGES[:3]:
            page.goto(f"{home}{name}.html")
        page.locator(".theme-switch-button:visible").click()
        assert page.context.cookies() == []
        assert page.evaluate("Object.keys({...localStorage, ...sessionStorage})") == ["mode"]


def test_reduced_motion_is_respected(browser, home):
    with opened(browser, home, reduced_motion="reduce") as (page, _):
        page.goto(f"{home}{CHAPTERS[0]}.html")
        moving = page.evaluate(
            """() => [...document.querySelectorAll('*')].map(e => getComputedStyle(e)).filter(
              s => s.scrollBehavior === 'smooth' || parseFloat(s.transitionDuration) > 0
                || s.animationName !== 'none').length"""
        )
        assert moving == 0


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
