"""Every experiment of every page: all of its states, and each of its controls by keyboard."""

from tests.site.experiments import Experiment, names
from tests.site.pages import chapters_with, opened_once, pages_with

PAGES = chapters_with("explore(")


def test_these_pages_have_experiments_and_no_others(site):
    assert pages_with(site, "data-experiment=") == set(PAGES) != set()


@opened_once(PAGES)
def test_controls_work_by_keyboard_and_the_address_restores_them(opened_page):
    page, problems = opened_page
    found = [Experiment(page, name) for name in names(page)]
    for experiment in found:
        experiment.walk(experiment.start, experiment.moved())
    addresses = [e.address(e.moved()) for e in found]
    page.wait_for_function(WRITTEN, arg=addresses)  # it follows once the last control rests
    page.reload(wait_until="load")
    for name in names(page):
        experiment = Experiment(page, name)
        experiment.walk(experiment.moved(), experiment.start)
        experiment.play()
    assert problems == []


@opened_once(PAGES)
def test_every_state_is_sound(opened_page, site):
    page, _ = opened_page
    for name in names(page):
        states = Experiment(page, name).assert_every_state_is_sound(site)
        print(f"{name}: {states} states")


WRITTEN = """addresses => {
  const written = [...new URLSearchParams(location.search)].map(String);
  const wanted = addresses.flatMap(address => [...new URLSearchParams(address)]).map(String);
  return wanted.every(pair => written.includes(pair));
}"""
