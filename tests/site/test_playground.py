"""The playground in the built website, and the states of it that stand before the exercises."""

import html
import re

import pytest
import yaml

from publishing.project import Project
from tests.site.chromium import opened
from tests.site.playground import press_the_playground

NEEDS = yaml.safe_load((Project.here().book / "chapters.yml").read_text(encoding="utf-8"))
STATES = {name: needs["playground"] for name, needs in NEEDS.items() if "playground" in needs}


@pytest.mark.parametrize("name", STATES)
def test_a_chapter_leads_into_the_playground_before_its_exercises(site, name):
    page = (site / f"{name}.html").read_text(encoding="utf-8")
    invitation, exercises = page.index('class="train-yourself"'), page.index('id="exercises"')
    assert invitation < exercises
    link = re.search(r'<a href="([^"]*)"', page[invitation:exercises])[1]
    assert html.unescape(link) == f"playground.html?{STATES[name]['address']}"
    assert page.count('class="train-yourself"') == 1


def test_a_network_is_trained_on_the_page(browser, home):
    with opened(browser, home) as (page, problems):
        page.goto(f"{home}playground.html?{STATES['08_xor']['address']}")
        page.wait_for_selector("#play[data-ready]")
        page.click("text=One epoch")
        assert page.inner_text(".play-sentence").startswith("Epoch 1, step 1: training loss ")
        assert problems == []


def test_by_keyboard_alone_and_as_dlcore_trains(browser, home):
    with opened(browser, home) as (page, problems):
        assert press_the_playground(page, home) > 5
        assert problems == []
