"""A notebook in JupyterLab with a live kernel, and what is left of it without one."""

import subprocess
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from playwright.sync_api import expect
from pybtex.database import parse_string

from publishing import downloads
from publishing.notebooks import normalise
from tests.jupyterlab.server import Notebook
from tests.site.chromium import opened

pytestmark = pytest.mark.xdist_group("jupyterlab")  # the tests go on where the one before stopped

LABEL = "half-width of the strip, divided by the radius of the circle around it"
EXPERIMENT = f"""\
import time
import matplotlib.pyplot as plt
from dlcore.teaching import check, explore, play

def draw(width, kind, mirror, step):
    end = time.time() + (60 if width == 5 else 0)
    while time.time() < end:
        time.sleep(0.1)
    fig, ax = plt.subplots(figsize=(4, 2))
    ax.plot([0, width if kind == "straight" else 1], [0, -step if mirror else step])
    return fig, f"A {{kind}} line of width {{width}} climbs to {{step}}, and mirror is {{mirror}}."

explore(draw, "line", "A line that climbs.", width=[0.5, 1, 2, 5], kind=["straight", "fixed"],
        mirror=[False, True], step=play(range(1, 5)), labels=dict(width="{LABEL}"),
        unused=dict(width={{"kind": ["fixed"]}}))"""
WORDS = """\
# A chapter

As {cite}`one` says.

```{exercise} 12.5 Count
:label: ex-12-5
How many?
```"""
START = "```{solution-start} ex-12-5\n:label: sol-12-5\n```\n\nIt is $x^2$."
BIBLIOGRAPHY = parse_string(
    "@article{one, author={Rosenblatt, Frank}, title={T}, journal={J}, year=1958}", "bibtex"
)


@pytest.fixture(scope="module")
def path(folder):
    """The copy of a small chapter that `make lab` would open."""
    source = new_notebook(
        cells=[
            new_markdown_cell(WORDS, id="words"),
            new_code_cell(EXPERIMENT, id="experiment", metadata={"tags": ["hide-input"]}),
            new_code_cell('answer = ...\ncheck("12.5", answer)', id="answer"),
            new_markdown_cell(START, id="start"),
            new_code_cell('check("12.5", 105)', id="solution"),
            new_markdown_cell("```{solution-end}\n```", id="end"),
        ]
    )
    normalise(source)
    path = folder / "small.ipynb"
    nbformat.write(downloads.portable(source, BIBLIOGRAPHY), path)
    return path


@pytest.fixture(scope="module")
def notebook(browser, lab, path):
    with opened(browser, lab) as (page, problems):
        notebook = Notebook(page, lab, path.name)
        notebook.run_all()
        page.locator(".dlcore-panel img").wait_for()
        yield notebook
        missing = "widget model not found"  # JupyterLab's own word for a dead widget
        assert [problem for problem in problems if missing not in problem] == []


@pytest.fixture
def page(notebook):
    return notebook.page


def slider(page, name):
    return page.get_by_role("slider", name=name)


def test_citations_have_author_and_year(notebook):
    assert "As (Rosenblatt, 1958) says." in notebook.text()


def test_code_that_the_page_folds_is_folded(notebook):
    assert "plt.subplots" not in notebook.text()
    assert "answer = ..." in notebook.text()


def test_run_all_does_not_run_the_folded_solution(notebook, page):
    assert "12.5: not answered yet" in notebook.text() and "right" not in notebook.text()
    assert 'check("12.5", 105)' not in notebook.text()
    page.locator("summary").click()
    notebook.shows('check("12.5", 105)')
    page.locator("summary").click()


def test_every_slider_has_a_track_that_reaches_every_value(page):
    tracks = page.locator(".dlcore-controls .slider-container").all()
    assert len(tracks) == 2
    assert all(track.bounding_box()["width"] >= 150 for track in tracks)
    label = page.locator(".dlcore-controls .widget-label", has_text=LABEL)
    assert label.evaluate("e => e.scrollWidth <= e.clientWidth && e.scrollHeight <= e.clientHeight")
    for place, value in enumerate(["0.5", "1", "2"]):
        page.wait_for_timeout(500)  # the handle glides for 0.3 s, and what is above may have grown
        box = page.locator(".dlcore-controls .noUi-base").first.bounding_box()
        x = box["x"] + box["width"] * place / 3
        page.mouse.click(x, box["y"] + box["height"] / 2)
        page.locator(f".dlcore-panel p:has-text('width {value} ')").wait_for()


def test_a_slider_tells_its_name_and_its_value(page):
    slider(page, LABEL).press("Home")
    page.wait_for_function("() => document.querySelector('[aria-valuetext=\"0.5\"]')")
    assert slider(page, LABEL).get_attribute("aria-valuetext") == "0.5"
    assert slider(page, "step").get_attribute("aria-valuetext") == "1"


def test_the_sentence_is_spaced_as_the_notebook_is(page):
    page.locator(".dlcore-panel p:has-text('width 0.5 ')").wait_for()  # after the last key press
    spacing = """all => all.map(e => getComputedStyle(e)).map(
        style => parseFloat(style.lineHeight) / parseFloat(style.fontSize))"""
    around = page.locator(".jp-RenderedMarkdown p").evaluate_all(spacing)[0]
    said = page.locator(".dlcore-panel p")
    expect(said).to_have_count(2)
    assert said.evaluate_all(spacing) == pytest.approx([around, around], abs=0.01)
    sentence, caption = said.evaluate_all("all => all.map(e => e.getBoundingClientRect().toJSON())")
    assert 0 <= caption["top"] - sentence["bottom"] < sentence["height"]


def test_a_control_without_effect_says_so(page):
    note = "e => getComputedStyle(e, '::after').visibility"
    label = page.locator(".dlcore-controls .widget-label", has_text=LABEL)
    assert label.evaluate(note) == "hidden"
    page.get_by_label("kind").select_option("fixed")
    slider(page, f"{LABEL} (no effect here)").wait_for()
    assert label.evaluate(note) == "visible"
    page.get_by_label("kind").select_option("straight")
    page.locator(".dlcore-unused").wait_for(state="detached")


def test_a_slow_move_says_that_it_computes_and_can_be_interrupted(notebook, page):
    slider(page, LABEL).press("Home")
    page.locator(".dlcore-panel p:has-text('width 0.5 ')").wait_for()
    slider(page, LABEL).press("End")
    notebook.shows("computing…")
    notebook.command("notebook:interrupt-kernel")
    notebook.shows("Interrupted. The controls are back at this picture: move again.")
    assert page.locator(".dlcore-panel p:has-text('width 0.5 ')").is_visible()
    assert slider(page, LABEL).get_attribute("aria-valuetext") == "0.5"
    assert not page.get_by_text("computing…").is_visible()
    slider(page, LABEL).press("ArrowRight")
    page.locator(".dlcore-panel p:has-text('width 1 ')").wait_for()
    assert not page.get_by_text("Interrupted").is_visible()


def test_play_moves_and_stops(page):
    page.locator(".dlcore-controls .widget-play button").first.click()
    page.locator(".dlcore-panel p:has-text('climbs to 4')").wait_for()
    assert slider(page, "step").get_attribute("aria-valuetext") == "4"


def test_a_saved_notebook_shows_the_last_picture_again(notebook, page):
    assert not page.locator(".dlcore-still").is_visible()
    slider(page, "step").press("ArrowLeft")
    still = page.locator(".dlcore-still p:has-text('climbs to 3')")  # it comes after the panel's
    still.wait_for(state="attached")
    notebook.shut_down()
    notebook.open()
    notebook.shows("line of width 1 climbs to 3")
    notebook.shows("To move it, run this cell.")
    picture = page.locator(".dlcore-still img")
    assert picture.is_visible() and picture.evaluate("e => e.naturalWidth") > 0
    page.wait_for_timeout(2500)  # JupyterLab looks for two seconds for a widget before it gives up
    assert "Error" not in notebook.text() and "Loading" not in notebook.text()


def test_an_exported_page_shows_picture_and_sentence_without_network(browser, path, monkeypatch):
    monkeypatch.delenv("DLCORE_STILLS")
    export = [sys.executable, "-m", "jupyter", "nbconvert", "--to", "html", "--execute"]
    subprocess.run([*export, "--log-level=ERROR", path.name], cwd=path.parent, check=True)
    exported = path.with_suffix(".html").as_uri()
    with opened(browser, exported) as (page, _):
        page.goto(exported)
        page.get_by_text("A straight line of width 0.5 climbs to 1").wait_for()
        picture = page.locator(".dlcore-still img")
        assert picture.is_visible() and picture.evaluate("e => e.naturalWidth") > 0


def test_a_chapter_opens_as_its_reader_expects(browser, lab):
    with opened(browser, lab) as (page, problems):
        chapter = Notebook(page, lab, "12_networks.ipynb")
        assert "Exercise 12.5 Count the parameters" in chapter.text()
        for left in ("{cite}", "{solution-start}", "{exercise}", "explore(draw"):
            assert left not in chapter.text()
        assert problems == []
