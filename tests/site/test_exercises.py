"""Every exercise that its page can judge: by keyboard, wrong and right, and to the solution."""

import pytest

from tests.site.chromium import opened
from tests.site.forms import exercises
from tests.site.pages import chapters_with, pages_with

PAGES = chapters_with("```{exercise}")


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


def follow(page, form, link) -> None:
    """The link opens the solution of this exercise and gives it the focus."""
    link.press("Enter")
    solution = page.locator(link.get_attribute("href"))
    assert solution.evaluate("details => details.open")
    summary = solution.locator("summary")
    assert summary.evaluate("summary => summary === document.activeElement")
    assert form.get_attribute("aria-label").split()[-1] in summary.text_content()


def test_these_pages_have_forms_and_no_others(site):
    assert pages_with(site, 'class="exercise-answer') == set(PAGES) != set()


@pytest.mark.parametrize("name", PAGES)
def test_exercises_are_answered_by_keyboard(browser, home, name):
    with opened(browser, home, reduced_motion="reduce") as (page, problems):
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
                if leads_on:
                    follow(page, form, link)
        assert problems == []
        assert page.url.partition("#")[0] == f"{home}{name}.html"  # nothing is sent

        page.reload(wait_until="load")  # nothing that was typed is kept
        for form, _ in exercises(page):
            fields = form.locator("input, select")
            assert set(fields.evaluate_all("fields => fields.map(field => field.value)")) == {""}
            assert form.get_attribute("data-state") is None
