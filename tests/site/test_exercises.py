"""Every exercise that its page can judge: by keyboard, wrong and right, and to the solution."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe

from publishing.extension.exercises import record_of
from tests.site.chromium import opened
from tests.site.experiments import come_near
from tests.site.pages import chapters_with, pages_with
from tests.teaching.typed import typed_samples

PAGES = chapters_with("```{exercise}")
FORMS = "form.exercise-answer"


def exercises(page):
    """(form, {state: texts}), with a right and a wrong sample, for each form of the page."""
    for form in page.locator(FORMS).all():
        come_near(page, form)
        exercise = record_of(json.loads(form.locator("script").text_content())["id"])
        yield form, {state: texts for state, texts, _ in typed_samples(exercise)}


def answer(page, form, texts: list[str]) -> None:
    """Go through the fields of a form with Tab, fill in the texts, and press Enter."""
    fields = form.locator("input, select")
    fields.first.focus()
    for i, text in enumerate(texts):
        assert fields.nth(i).evaluate("field => field === document.activeElement")
        if fields.nth(i).evaluate("field => field.localName") == "input":
            page.keyboard.press("ControlOrMeta+a")
            page.keyboard.insert_text(text)
        else:
            options = fields.nth(i).locator("option").all_text_contents()
            page.keyboard.press("Home")
            for _ in range(options.index(text)):
                page.keyboard.press("ArrowDown")
        if i < len(texts) - 1:
            page.keyboard.press("Tab")
    if fields.last.evaluate("field => field.localName") == "select":
        page.keyboard.press("Tab")  # Enter would open a select: the button is next
        assert form.locator("button").evaluate("button => button === document.activeElement")
    page.keyboard.press("Enter")


def answer_all_wrongly(page) -> None:
    """Two wrong answers in every form, faster than by keyboard."""
    for form, samples in exercises(page):
        form.evaluate(FILL, samples["wrong"])
        assert form.get_attribute("data-state") == "wrong"


FILL = """(form, texts) => {
  form.querySelectorAll('input, select').forEach((field, i) => { field.value = texts[i]; });
  form.requestSubmit();
  form.requestSubmit();
}"""


# Only the forms are looked at here, and axe takes its time for everything else.
SHORTEN = "document.querySelectorAll('math, .cell').forEach(element => element.remove())"


def test_these_pages_have_forms_and_no_others(site):
    assert pages_with(site, 'class="exercise-answer') == set(PAGES) != set()


@pytest.mark.parametrize("name", PAGES)
def test_exercises_are_answered_by_keyboard(browser, home, name):
    with opened(browser, home) as (page, problems):
        page.goto(f"{home}{name}.html", wait_until="load")
        for form, samples in exercises(page):
            words, link = form.locator("[role=status] span"), form.locator("a")
            form.locator("button").press("Enter")
            assert words.text_content().endswith(": not answered yet")
            for state, leads_on in (("wrong", False), ("wrong", True), ("right", False)):
                answer(page, form, samples[state])
                assert form.get_attribute("data-state") == state
                assert (": not yet. " if state == "wrong" else ": right. ") in words.text_content()
                assert link.is_visible() == leads_on
        assert problems == []
        assert page.url == f"{home}{name}.html"  # nothing is sent

        page.reload(wait_until="load")  # nothing is kept
        for form, _ in exercises(page):
            fields = form.locator("input, select")
            assert set(fields.evaluate_all("fields => fields.map(field => field.value)")) == {""}
            assert form.get_attribute("data-state") is None


@pytest.mark.parametrize("name", PAGES)
def test_second_wrong_answer_leads_to_the_solution(browser, home, name):
    with opened(browser, home) as (page, problems):
        page.goto(f"{home}{name}.html", wait_until="load")
        answer_all_wrongly(page)
        for form, _ in exercises(page):
            link = form.locator("a")
            link.press("Enter")
            solution = page.locator(link.get_attribute("href"))
            assert solution.evaluate("details => details.open")
            summary = solution.locator("summary")
            assert summary.evaluate("summary => summary === document.activeElement")
            assert form.get_attribute("aria-label").split()[-1] in summary.text_content()
        assert problems == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_answered_exercises_are_accessible(browser, home, name, scheme):
    with opened(browser, home, color_scheme=scheme) as (page, _):
        page.goto(f"{home}{name}.html", wait_until="load")
        page.add_style_tag(content="* { transition: none !important }")
        answer_all_wrongly(page)
        page.evaluate(SHORTEN)
        if page.locator(FORMS).count():
            found = Axe().run(page, {"include": [[FORMS]]}).response["violations"]
            assert [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found] == []


@pytest.mark.parametrize("name", PAGES)
def test_phone_shows_whole_forms(browser, home, name):
    with opened(browser, home, viewport={"width": 360, "height": 740}) as (page, _):
        page.goto(f"{home}{name}.html", wait_until="load")
        answer_all_wrongly(page)
        wide = page.evaluate(
            """forms => [...document.querySelectorAll(`${forms}, ${forms} *`)]
                .filter(e => e.getBoundingClientRect().right
                             > e.closest('.exercise').getBoundingClientRect().right)
                .map(e => e.outerHTML.slice(0, 200))""",
            FORMS,
        )
        assert wide == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("name", PAGES)
def test_forms_neither_print_nor_show_without_scripts(browser, home, name):
    with opened(browser, home, java_script_enabled=False) as (page, _):
        page.goto(f"{home}{name}.html")
        assert page.locator(f"{FORMS}:visible").count() == 0
    with opened(browser, home) as (page, _):
        page.goto(f"{home}{name}.html")
        page.add_style_tag(content="* { content-visibility: visible !important }")  # near and far
        assert page.locator(f"{FORMS}:visible").count() == page.locator(FORMS).count()
        page.emulate_media(media="print")
        assert page.locator(f"{FORMS}:visible").count() == 0
