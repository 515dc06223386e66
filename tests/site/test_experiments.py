"""Every experiment of every page reaches every state by keyboard, and its address restores it."""

import pytest

from dlcore.publishing.project import Project
from tests.site import experiments
from tests.site.chromium import opened


def test_walk_takes_single_steps_through_all_states():
    states = list(experiments.walk([3, 2, 4]))
    assert len(set(states)) == len(states) == 24
    for one, other in zip(states, states[1:], strict=False):
        assert sum(abs(a - b) for a, b in zip(one, other, strict=True)) == 1


@pytest.mark.parametrize("name", Project.here().pages())
def test_experiments_reach_every_state_by_keyboard(browser, home, name):
    with opened(browser, home) as (page, problems):
        page.goto(f"{home}{name}.html", wait_until="load")
        for experiment in experiments.names(page):
            states = experiments.reach_every_state(page, experiment)
            print(f"{name}: {experiment} reaches {states} states")
        assert problems == []


@pytest.mark.parametrize("name", Project.here().pages())
def test_address_restores_the_state(browser, home, name):
    with opened(browser, home) as (page, problems):
        page.goto(f"{home}{name}.html", wait_until="load")
        for experiment in experiments.names(page):
            figure = f"figure[data-experiment='{experiment}']"
            field = page.locator(f"{figure} input, {figure} select").first
            before = page.locator(figure).get_attribute("data-state")
            experiments.Keyboard(page, [field.get_attribute("id")]).move_to([1])
            page.wait_for_function(
                "([figure, before]) => document.querySelector(figure).dataset.state !== before",
                arg=[figure, before],
            )
            after = page.locator(figure).get_attribute("data-state")
            page.wait_for_url(f"**#{experiment}")
            page.reload(wait_until="load")
            page.wait_for_selector(f"{figure}[data-ready]")
            page.wait_for_function(
                "([figure, after]) => document.querySelector(figure).dataset.state === after",
                arg=[figure, after],
            )
        assert problems == []
