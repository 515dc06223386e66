"""The tests that move every experiment of the book see one that does not move."""

import re
from contextlib import contextmanager

import pytest
from playwright.sync_api import Error

from tests.publishing.conftest import EXPERIMENT, SmallProject
from tests.site.chromium import opened
from tests.site.experiments import Experiment


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("moves")
    small = SmallProject(folder, folder / "_build")
    small.write(EXPERIMENT)
    done = small.make()
    assert done.returncode == 0, done.stdout
    return small


@pytest.fixture
def script(built) -> str:
    return (built.site / "_static" / "experiment.js").read_text(encoding="utf-8")


@contextmanager
def experiment(browser, built, page_html: str, script: str):
    """The experiment on a copy of the page with this HTML and this experiment.js."""
    site = built.site
    (site / "copy.html").write_text(page_html.replace("experiment.js", "copy.js"), encoding="utf-8")
    (site / "_static" / "copy.js").write_text(script, encoding="utf-8")
    with opened(browser, site.as_uri()) as (page, problems):
        page.set_default_timeout(3000)
        page.goto((site / "copy.html").as_uri())
        yield Experiment(page, "slope")
        assert problems == []


def changed(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)


def test_sound_experiment_passes(browser, built, script):
    with experiment(browser, built, built.page(), script) as slope:
        assert slope.assert_every_state_is_sound(built.site) == 3
        slope.walk((0,), (1,))
        slope.walk((1,), (0,))


def test_experiment_without_its_script_is_seen(browser, built):
    with pytest.raises(Error), experiment(browser, built, built.page(), ""):
        pass


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("decoding: 'sync', src,", "decoding: 'sync',", "picture"),
        ("decoding: 'sync', src, alt}", "decoding: 'sync', src}", "alt"),
        ("sentence.textContent = now.sentence;", "", "sentence"),
        (".value = text;", ".text = text;", "outputs"),
        ("input.setAttribute('aria-valuetext', text);", "", "spoken"),
        ("change(i, read(input))", "{}", "not reached"),
    ],
)
def test_part_that_does_not_follow_a_key_is_seen(browser, built, script, old, new, complaint):
    fault = changed(script, old, new)
    with (
        pytest.raises(AssertionError, match=complaint),
        experiment(browser, built, built.page(), fault) as slope,
    ):
        slope.walk((0,), (1,))


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("data.pictures[data.states[place]]", "data.pictures[0]", "picture of another state"),
        ("data.sentences[place]", "data.sentences[0]", "says another's"),
        ("sentence: data.sentences[place]", "sentence: ' '", "has no sentence"),
        ("controls[i].texts[index])", "controls[i].texts[0])", "instead of"),
        ("control.texts.indexOf(", "control.texts.lastIndexOf(1 + ", "restores"),
    ],
)
def test_state_that_is_told_wrongly_is_seen(browser, built, script, old, new, complaint):
    fault = changed(script, old, new)
    with (
        pytest.raises(AssertionError, match=complaint),
        experiment(browser, built, built.page(), fault) as slope,
    ):
        slope.assert_every_state_is_sound(built.site)


def test_missing_picture_is_seen(browser, built, script):
    last = re.findall(r"_images/[0-9a-f]+\.webp", built.page())[-1]
    page = changed(built.page(), last, "_images/none.webp")
    with (
        pytest.raises(AssertionError, match="has no picture _images/none.webp"),
        experiment(browser, built, page, script) as slope,
    ):
        slope.assert_every_state_is_sound(built.site)
    with (
        pytest.raises(AssertionError, match="loaded False"),
        experiment(browser, built, page, script) as slope,
    ):
        slope.walk((0,), (1,))
        slope.walk((1,), (2,))


def test_control_that_changes_nothing_is_seen(browser, built, script):
    """Every state is told as its page has it, and all are one."""
    first, *others = re.findall(r"_images/[0-9a-f]+\.webp", built.page())[-3:]
    page = built.page()
    for other in others:
        page = changed(page, other, first)
    with (
        pytest.raises(AssertionError, match="does not move: one picture in all states"),
        experiment(browser, built, page, script) as slope,
    ):
        slope.assert_every_state_is_sound(built.site)
