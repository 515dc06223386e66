"""Every experiment of every page: all of its states, and each of its controls by keyboard."""

from tests.site.experiments import Experiment, names, press_every_control
from tests.site.pages import chapters_with, opened_once, pages_with

PAGES = chapters_with("explore(")


def test_these_pages_have_experiments_and_no_others(site):
    assert pages_with(site, "data-experiment=") == set(PAGES) != set()


@opened_once(PAGES)
def test_controls_work_by_keyboard_and_the_address_restores_them(opened_page):
    page, problems = opened_page
    assert press_every_control(page) > 0
    assert problems == []


@opened_once(PAGES)
def test_every_state_is_sound(opened_page, site):
    page, _ = opened_page
    for name in names(page):
        states = Experiment(page, name).assert_every_state_is_sound(site)
        print(f"{name}: {states} states")
