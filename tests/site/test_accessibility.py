"""Every page of the built website under the rules of axe, in light and dark."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.site.chromium import opened
from tests.site.forms import answer_all_wrongly
from tests.site.pages import ALL, CHAPTERS, PAGES, lay_out

# The page follows the system; the one for a missing address has a style sheet alone.
DARK = "() => ['dark', undefined].includes(document.documentElement.dataset.theme)"
COLOURS = ["color-contrast", "link-in-text-block"]  # the rules that dark mode can break


@pytest.mark.parametrize("name", ALL)
def test_page_is_accessible(browser, home, name):
    with opened(browser, home, reduced_motion="reduce") as (page, _):
        page.goto(f"{home}{name}.html", wait_until="load")
        answer_all_wrongly(page)  # then every form shows all that it can show
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        page.evaluate(PLAIN)
        lay_out(page)
        assert violations(page, FEW, rules=dict.fromkeys(COLOURS, {"enabled": False})) == []
        assert violations(page, one_of_each_kind(page), runOnly=COLOURS) == []
        page.emulate_media(color_scheme="dark")
        page.wait_for_function(DARK)
        assert violations(page, one_of_each_kind(page), runOnly=COLOURS) == []


def one_of_each_kind(page) -> dict:
    """One text of each colour, size and ground: of two that share these axe says the same.

    Looking at every text of every page in both schemes would take minutes.
    """
    page.evaluate(MARK)
    return {"include": [["[data-one]"]]}


# What decides on a text's contrast and on whether a link is seen: its own style, its ancestors'.
MARK = """() => {
  const grounds = new Map([[null, '']]), seen = new Set();
  const ground = element => {
    if (!grounds.has(element)) {
      const s = getComputedStyle(element);
      const own = [s.backgroundColor, s.backgroundImage, s.opacity, s.filter, s.mixBlendMode,
                   s.position, s.textShadow];
      grounds.set(element, `${ground(element.parentElement)} ${own}`);
    }
    return grounds.get(element);
  };
  for (const element of document.body.querySelectorAll('*')) {
    element.removeAttribute('data-one');
    const words = [...element.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    if (!words && !element.matches('input, select, textarea') || element.closest('math')) continue;
    const s = getComputedStyle(element);
    const around = getComputedStyle(element.parentElement).color;
    const kind = [s.color, s.fontSize, s.fontWeight, s.webkitTextStroke, s.textDecorationLine,
                  s.borderBottom, element.localName === 'a', around, ground(element)].join();
    if (!seen.has(kind)) element.dataset.one = '';
    seen.add(kind);
  }
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_formulas_and_the_words_of_code_are_accessible(browser, home, site, scheme):
    """What the test of all pages leaves out: looking at each word of each would take minutes."""
    code = "".join(
        block
        for path in site.rglob("*.html")
        for block in re.findall(r"<pre.*?</pre>", path.read_text(encoding="utf-8"), re.DOTALL)
    )
    words = sorted(set(re.findall(r'<span class="[^"]+">', code)))  # one of each colour
    assert len(words) > 20
    with opened(browser, home, color_scheme=scheme) as (page, _):
        page.goto(f"{home}reproducibility.html", wait_until="load")
        block = page.locator(".highlight pre").first
        block.evaluate(
            "(pre, html) => { pre.innerHTML = html; }", "word</span> ".join([*words, ""])
        )
        lay_out(page)
        assert violations(page, {"include": [["math"], [".highlight"]]}) == []


def violations(page, context: dict, **options) -> list:
    """What axe finds in a part of the page; for all other results it keeps one example each."""
    options = {"resultTypes": ["violations"]} | options
    found = Axe().run(page, context, options).response["violations"]
    return [(v["id"], [node["html"][:200] for node in v["nodes"]]) for v in found]


FEW = {"exclude": [["math"]]}
PLAIN = """document.querySelectorAll('.highlight pre').forEach(
  pre => { pre.textContent = pre.textContent; })"""


def test_skip_link_is_first(browser, home):
    with opened(browser, home) as (page, _):
        page.goto(f"{home}{PAGES[0]}.html")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.getAttribute('href')") == "#main-content"


def test_reduced_motion_is_respected(browser, home):
    with opened(browser, home, reduced_motion="reduce") as (page, _):
        page.goto(f"{home}{CHAPTERS[0]}.html")
        moving = page.evaluate(
            """() => [...document.querySelectorAll('*')].map(e => getComputedStyle(e)).filter(
              s => s.scrollBehavior === 'smooth' || parseFloat(s.transitionDuration) > 0
                || s.animationName !== 'none').length"""
        )
        assert moving == 0
