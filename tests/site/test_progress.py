"""What a reader has answered: remembered on this device alone, shown, saved, deleted."""

import datetime
import json
import re

import pytest

from publishing.extension.exercises import record_of
from tests.site.chromium import opened
from tests.site.forms import exercises
from tests.site.lecture import faults
from tests.site.pages import CHAPTERS
from tests.site.test_exercises import answer

CHAPTER, ID = "08_xor", "8.1"
KEY = "dlcore-progress"
STORED = f"localStorage.getItem('{KEY}')"
NOTES = "() => [...document.querySelectorAll('.answered-on')].map(note => note.textContent)"
RINGS = """() => [...document.querySelectorAll('.bd-links .answered')]
  .map(ring => ring.parentNode.textContent)"""
SAID = "#progress [role=status]"
TWO = {"version": 1, "answered": {"8.1": "2026-11-01", "9.2": "2026-11-30"}}
REFUSED = "Object.defineProperty(window, 'localStorage', {get() { throw new Error('refused'); }})"


def store(page, home: str, value) -> None:
    """Put a value, or a text, into the place of the progress."""
    page.goto(f"{home}how_to_use.html")
    text = value if isinstance(value, str) else json.dumps(value)
    page.evaluate(f"text => localStorage.setItem('{KEY}', text)", text)


def solve(page, home: str, id: str = ID, chapter: str = CHAPTER) -> None:
    page.goto(f"{home}{chapter}.html#ex-{id.replace('.', '-')}", wait_until="load")
    for form, samples in exercises(page):
        if form.get_attribute("data-exercise") == id:
            answer(page, form, samples["right"])
            return


def test_each_page_knows_its_exercises(site):
    """The site's list is that of the forms, and no page lacks it."""
    forms, lists = {}, set()
    for path in sorted(site.glob("*.html")):
        text = path.read_text(encoding="utf-8")
        lists |= set(re.findall(r'data-exercises="([^"]*)"', text))
        if found := re.findall(r'<form [^>]*data-exercise="([^"]*)"', text):
            forms[path.stem] = found
    (known,) = lists
    known = json.loads(known.replace("&#34;", '"'))
    assert known == forms
    assert set(known) <= set(CHAPTERS)
    assert all(record_of(id).page_record() for ids in known.values() for id in ids)


def test_a_right_answer_is_remembered_and_a_wrong_one_is_not(browser, home):
    with opened(browser, home, reduced_motion="reduce") as (page, problems):
        page.goto(f"{home}{CHAPTER}.html", wait_until="load")
        form, samples = next(iter(exercises(page)))
        answer(page, form, samples["wrong"])
        assert page.evaluate(STORED) is None
        solve(page, home)
        day = datetime.date.today()
        assert json.loads(page.evaluate(STORED)) == {"version": 1, "answered": {ID: str(day)}}
        note = f"Answered on {day.day} {day:%B %Y}"
        assert page.evaluate(NOTES) == [note]
        page.reload(wait_until="load")
        assert page.evaluate(NOTES) == [note]
        (ring,) = page.evaluate(RINGS)
        assert re.fullmatch(r"8\. .*, 1 of \d exercises answered", ring)
        page.goto(f"{home}reference/losses.html")
        assert page.evaluate(RINGS) == [ring]
        assert page.evaluate("Object.keys(localStorage)") == [KEY]  # no answer, no name
        assert page.context.cookies() == []
        assert problems == []  # no request has left the site


def test_the_first_day_counts(browser, home):
    with opened(browser, home) as (page, _):
        store(page, home, TWO)
        solve(page, home)
        assert json.loads(page.evaluate(STORED)) == TWO


def test_the_page_lists_saves_deletes_and_takes_back(browser, home):
    with opened(browser, home) as (page, problems):
        store(page, home, TWO)
        page.goto(f"{home}progress.html")
        assert page.inner_text("#progress > p >> nth=0").startswith("You have answered 2 of the ")
        rows = page.locator("#progress tbody tr").all_inner_texts()
        assert len(rows) == len({record for record in rows}) > 15
        done = [row.split("\t") for row in rows if "2026" in row]
        assert [cells[-1].strip() for cells in done] == [
            "8.1 on 1 November 2026",
            "9.2 on 30 November 2026",
        ]
        link = page.locator("#progress tbody a", has_text=re.compile("^8.1$"))
        assert link.get_attribute("href") == "08_xor.html#ex-8-1"

        with page.expect_download() as download:
            page.get_by_role("button", name="Save as a file").press("Enter")
        saved = download.value.path().read_text()
        assert json.loads(saved) == TWO | {"saved": str(datetime.date.today())}

        page.get_by_role("button", name="Delete everything").press("Enter")
        assert page.evaluate(STORED) is None
        assert page.evaluate(RINGS) == []
        assert page.evaluate("document.activeElement.textContent") == "Undo"
        page.keyboard.press("Enter")
        assert json.loads(page.evaluate(STORED)) == TWO
        assert len(page.evaluate(RINGS)) == 2

        page.get_by_role("button", name="Delete everything").click()
        page.clock.install()
        page.locator("#progress-file").set_input_files(
            {"name": "mine.json", "mimeType": "application/json", "buffer": saved.encode()}
        )
        page.wait_for_function(
            f"() => document.querySelector('{SAID}').textContent.startsWith('Read')"
        )
        assert json.loads(page.evaluate(STORED)) == TWO
        assert problems == []


def test_undo_is_offered_for_ten_seconds(browser, home):
    with opened(browser, home) as (page, _):
        store(page, home, TWO)
        page.clock.install()
        page.goto(f"{home}progress.html")
        page.get_by_role("button", name="Delete everything").click()
        page.clock.run_for(9_000)
        assert page.get_by_role("button", name="Undo").count() == 1
        page.clock.run_for(2_000)
        assert page.get_by_role("button", name="Undo").count() == 0
        assert page.inner_text(SAID) == "Deleted."


def test_of_two_days_the_earlier_one_counts(browser, home):
    with opened(browser, home) as (page, _):
        store(page, home, TWO)
        page.goto(f"{home}progress.html")
        other = {
            "version": 1,
            "answered": {"8.1": "2026-12-24", "9.2": "2026-01-02", "1.1": "2026-11-03"},
        }
        page.locator("#progress-file").set_input_files(
            {"name": "o.json", "mimeType": "application/json", "buffer": json.dumps(other).encode()}
        )
        page.wait_for_function(
            f"() => document.querySelector('{SAID}').textContent.endsWith(': 1.')"
        )
        assert json.loads(page.evaluate(STORED))["answered"] == {
            "8.1": "2026-11-01",
            "9.2": "2026-01-02",
            "1.1": "2026-11-03",
        }


BROKEN = ["", "{", "null", "[]", "7", '"text"', '{"version": 2, "answered": {}}', '{"version": 1}']
BROKEN += ['{"version": 1, "answered": null}', '{"version": 1, "answered": ["8.1"]}', "\x00"]


@pytest.mark.parametrize("text", BROKEN)
def test_a_file_that_is_none_of_ours_changes_nothing(browser, home, text):
    with opened(browser, home) as (page, problems):
        store(page, home, TWO)
        page.goto(f"{home}progress.html")
        page.locator("#progress-file").set_input_files(
            {"name": "its.txt", "mimeType": "text/plain", "buffer": text.encode()}
        )
        page.wait_for_function(f"() => document.querySelector('{SAID}').textContent")
        assert page.inner_text(SAID) == (
            'Expected a file that "Save as a file" has written, got its.txt. Nothing has changed.'
        )
        assert json.loads(page.evaluate(STORED)) == TWO
        assert problems == []


@pytest.mark.parametrize("text", BROKEN)
def test_what_the_book_has_not_written_stays_as_it_is(browser, home, text):
    with opened(browser, home) as (page, problems):
        store(page, home, text)
        solve(page, home)
        assert len(page.evaluate(NOTES)) == 1  # until the page is left
        assert page.evaluate(STORED) == text
        page.goto(f"{home}progress.html")
        assert "has not written" in page.inner_text("#progress > p >> nth=0")
        page.get_by_role("button", name="Delete everything").click()
        assert page.evaluate(STORED) is None
        solve(page, home)
        assert ID in page.evaluate(STORED)
        assert problems == []


def test_single_wrong_entries_are_left_out(browser, home):
    with opened(browser, home) as (page, problems):
        answered = {"8.1": "2026-11-01", "8.2": 5, "x": "2026-11-01", "8.5": "yesterday"}
        answered |= {"8.6": "2026-99-99", "__proto__": "2026-11-01", "77.1": "2026-11-01"}
        store(page, home, {"version": 1, "answered": answered, "more": 1})
        page.goto(f"{home}{CHAPTER}.html")
        assert page.evaluate(NOTES) == ["Answered on 1 November 2026"]
        page.goto(f"{home}progress.html")
        assert page.inner_text("#progress > p >> nth=0").startswith("You have answered 1 of the ")
        assert problems == []


def test_a_browser_that_stores_nothing(browser, home):
    with opened(browser, home) as (page, problems):
        page.add_init_script(REFUSED)
        solve(page, home)
        assert len(page.evaluate(NOTES)) == 1
        page.goto(f"{home}progress.html")
        assert "stores nothing" in page.inner_text("#progress > p >> nth=0")
        assert page.get_by_role("button", name="Save as a file").is_disabled()
        page.keyboard.press("f")
        page.goto(f"{home}how_to_use.html")
        page.locator("#one-key").press("Space")
        assert problems == []


def test_a_full_store_loses_nothing_on_the_page(browser, home):
    with opened(browser, home) as (page, problems):
        page.add_init_script("Storage.prototype.setItem = () => { throw new Error('full'); }")
        solve(page, home)
        assert len(page.evaluate(NOTES)) == 1
        assert problems == []


def test_tabs_agree(browser, home):
    with opened(browser, home) as (page, problems):
        page.goto(f"{home}progress.html")
        other = page.context.new_page()
        solve(other, home)
        page.wait_for_selector("#progress tbody a:text-is('8.1')")
        assert len(page.evaluate(RINGS)) == 1
        page.get_by_role("button", name="Delete everything").click()
        other.wait_for_selector(".answered-on", state="detached")
        assert other.evaluate(RINGS) == []
        assert problems == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_it_is_accessible(browser, home, scheme, width):
    settings = {"viewport": {"width": width, "height": 844}, "color_scheme": scheme}
    with opened(browser, home, reduced_motion="reduce", **settings) as (page, problems):
        store(page, home, TWO)
        page.goto(f"{home}progress.html")
        assert faults(page) == []
        page.get_by_role("button", name="Delete everything").press("Enter")
        assert faults(page) == []
        page.get_by_role("button", name="Undo").press("Enter")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.goto(f"{home}{CHAPTER}.html#ex-8-1")
        note = page.locator(".answered-on")
        note.wait_for()
        assert faults(page) == []
        assert problems == []


def test_it_works_from_a_folder(browser, site):
    with opened(browser, site.as_uri()) as (page, problems):
        solve(page, f"{site.as_uri()}/")
        page.reload(wait_until="load")
        assert len(page.evaluate(NOTES)) == 1
        page.goto((site / "progress.html").as_uri())
        assert page.locator("#progress tbody a:text-is('8.1')").count() == 1
        assert problems == []
