"""What a reader does beside reading: search, copy, open side bars, choose light or dark."""

import pytest

from tests.site.chromium import opened
from tests.site.pages import CHAPTERS, PAGES


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


def test_light_and_dark_can_be_chosen(browser, home):
    with opened(browser, home, color_scheme="light") as (page, problems):
        page.goto(f"{home}{PAGES[0]}.html")
        seen = set()
        for _ in range(3):
            seen.add(page.evaluate("document.documentElement.dataset.theme"))
            page.locator(".theme-switch-button:visible").click()
        assert seen == {"light", "dark"}
        assert problems == []


def test_nothing_is_stored_but_the_choice_of_light_and_dark(browser, home):
    with opened(browser, home) as (page, _):
        for name in PAGES[:3]:
            page.goto(f"{home}{name}.html")
        page.locator(".theme-switch-button:visible").click()
        assert page.context.cookies() == []
        assert page.evaluate("Object.keys({...localStorage, ...sessionStorage})") == ["mode"]
