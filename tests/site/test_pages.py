"""Every page of the built website, in a real Chromium without a network."""

import pytest

from tests.site.chromium import opened
from tests.site.forms import FORMS, answer_all_wrongly
from tests.site.pages import ALL, CHAPTERS, PAGES, lay_out, opened_once


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
    lay_out(page)
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


@pytest.fixture(scope="module")
def page_in_a_folder(browser, site):
    with opened(browser, site.as_uri()) as (page, problems):
        yield page, problems


@pytest.mark.parametrize("name", ALL)
def test_page_loads_from_a_folder(page_in_a_folder, site, name):
    page, problems = page_in_a_folder
    problems.clear()
    page.goto((site / f"{name}.html").as_uri(), wait_until="networkidle")
    assert page.locator("h1:visible").count() == 1
    assert problems == []


@pytest.fixture(scope="module")
def page_without_scripts(browser, home):
    with opened(browser, home, java_script_enabled=False) as (page, _):
        yield page


@pytest.mark.parametrize("name", PAGES)
def test_page_reads_without_scripts(page_without_scripts, home, name):
    page = page_without_scripts
    page.goto(f"{home}{name}.html")
    assert page.locator("article").is_visible()
    assert page.locator("figure .picture").evaluate_all(HIDDEN) == []
    assert page.locator(f":is(.needs-script, {FORMS}):visible").count() == 0


HIDDEN = """pictures => pictures
    .map(e => {  // what is far below the screen is laid out when it comes near
      e.closest('.later')?.style.setProperty('content-visibility', 'visible');
      return e;
    })
    .filter(e => !e.checkVisibility() || !e.getBoundingClientRect().height)
    .map(e => e.outerHTML.slice(0, 200))"""


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
