"""Every chapter in JupyterLab: Run All, and each experiment moved (`make lab-tests`)."""

import re

import nbformat
import pytest

from publishing.project import Project
from tests.jupyterlab.server import Notebook
from tests.site.chromium import opened

NAMES = [p.name for p in Project.here().chapters() if "explore(" in p.read_text(encoding="utf-8")]


@pytest.mark.parametrize("name", NAMES)
def test_every_experiment_of_a_chapter_moves(browser, lab, folder, name):
    with opened(browser, lab) as (page, problems):
        notebook = Notebook(page, lab, name)
        notebook.run_all()
        assert page.locator(".jp-RenderedText[data-mime-type*=error]").count() == 0
        assert not re.search(r"(?m)^\d+b?\.\d+: right\.", notebook.text()), "a solution was run"
        panels = page.locator(".dlcore-panel").all()
        cells = nbformat.read(folder / name, as_version=4).cells
        calls = [call for cell in cells for call in re.findall(r"^explore\(", cell.source, re.M)]
        assert len(panels) >= len(calls) > 0
        for panel in panels:
            move(panel)
        assert problems == []


def move(panel) -> None:
    """Move every control of an experiment once, there and back, as a reader does."""
    panel.scroll_into_view_if_needed()
    panel.locator("p[aria-live]:not(:empty)").wait_for()
    first, seen = settled(panel), set()
    for track in panel.locator(".slider-container").all():
        assert track.bounding_box()["width"] >= 150
    for slider in panel.get_by_role("slider").all():
        assert slider.get_attribute("aria-label")
        at_start = slider.get_attribute("aria-valuenow") == slider.get_attribute("aria-valuemin")
        keys = ["ArrowRight", "ArrowLeft"] if at_start else ["ArrowLeft", "ArrowRight"]
        for key in keys:
            slider.press(key)
            seen.add(settled(panel))
    for chooser in panel.get_by_role("combobox").all():
        options = chooser.locator("option").all_inner_texts()
        chosen = chooser.locator("option:checked").inner_text()
        for option in [options[options[0] == chosen], chosen]:
            chooser.select_option(option)
            seen.add(settled(panel))
    for box in panel.get_by_role("checkbox").all():
        for _ in range(2):
            box.click()
            seen.add(settled(panel))
    assert panel.get_by_role("alert").count() == 0, first
    assert settled(panel) == first, "there and back is where it started"
    assert len(seen) > 1, f"it does not move: {first}"


def settled(panel) -> str:
    """The sentence once the kernel has answered."""
    panel.page.wait_for_timeout(150)  # the front end sends a move, the kernel says that it computes
    panel.locator(".dlcore-computing").wait_for(state="detached", timeout=120_000)
    return panel.locator("p[aria-live]").inner_text()
