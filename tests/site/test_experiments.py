"""Every experiment of every page reaches every state by keyboard, and its address restores it."""

import pytest

from tests.site import experiments
from tests.site.chromium import opened
from tests.site.pages import chapters_with, pages_with

PAGES = chapters_with("explore(")


def test_walk_takes_single_steps_through_all_states():
    states = list(experiments.walk([3, 2, 4]))
    assert len(set(states)) == len(states) == 24
    for one, other in zip(states, states[1:], strict=False):
        assert sum(abs(a - b) for a, b in zip(one, other, strict=True)) == 1


def test_these_pages_have_experiments_and_no_others(site):
    assert pages_with(site, "data-experiment=") == set(PAGES) != set()


@pytest.mark.parametrize("name", PAGES)
def test_experiments_reach_every_state_by_keyboard(browser, home, name):
    with opened(browser, home) as (page, problems):
        page.goto(f"{home}{name}.html", wait_until="load")
        for experiment in experiments.names(page):
            states = experiments.reach_every_state(page, experiment)
            print(f"{name}: {experiment} reaches {states} states")
        assert problems == []


@pytest.mark.parametrize("name", PAGES)
def test_address_restores_the_states(browser, home, name):
    with opened(browser, home) as (page, problems):
        page.goto(f"{home}{name}.html", wait_until="load")
        states = {}
        for experiment in experiments.names(page):
            figure = page.locator(f"figure[data-experiment='{experiment}']")
            handle = experiments.come_near(page, figure)
            before = figure.get_attribute("data-state")
            field = figure.locator("input, select").first.get_attribute("id")
            experiments.Keyboard(page, [field], reset=False).move_on()
            page.wait_for_function(CHANGED, arg=[handle, before])
            states[experiment] = figure.get_attribute("data-state")
            page.wait_for_url(f"**#{experiment}")
        page.reload(wait_until="load")
        for experiment, state in states.items():
            page.wait_for_selector(f"figure[data-experiment='{experiment}'][data-state='{state}']")
        assert problems == []


CHANGED = "([figure, before]) => figure.dataset.state !== before"
