"""The test that moves every experiment by keyboard sees one that does not move."""

import re

import pytest
from playwright.sync_api import Error

from tests.publishing.conftest import EXPERIMENT, SmallProject
from tests.site import experiments
from tests.site.chromium import opened

pytestmark = pytest.mark.xdist_group("moves")  # one book is built for all of them


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("moves")
    small = SmallProject(folder, folder / "_build")
    small.write(EXPERIMENT)
    done = small.make()
    assert done.returncode == 0, done.stdout
    return small


def reached(browser, built, page_html: str, script: str) -> int:
    """How many states a copy of the page reaches with this HTML and this experiment.js."""
    site = built.site
    (site / "copy.html").write_text(page_html.replace("experiment.js", "copy.js"), encoding="utf-8")
    (site / "_static" / "copy.js").write_text(script, encoding="utf-8")
    with opened(browser, site.as_uri()) as (page, problems):
        page.goto((site / "copy.html").as_uri())
        states = experiments.reach_every_state(page, "slope")
        assert problems == []
        return states


@pytest.fixture
def script(built) -> str:
    return (built.site / "_static" / "experiment.js").read_text(encoding="utf-8")


def test_sound_experiment_reaches_its_states(browser, built, script):
    assert reached(browser, built, built.page(), script) == 3


def test_experiment_without_its_script_is_seen(browser, built):
    with pytest.raises(Error):
        reached(browser, built, built.page(), "")


def test_picture_that_stays_is_seen(browser, built, script):
    stuck = script.replace("decoding: 'sync', src,", "decoding: 'sync',")
    assert stuck != script
    with pytest.raises(AssertionError):
        reached(browser, built, built.page(), stuck)


def test_missing_picture_is_seen(browser, built, script):
    last = re.findall(r"_images/[0-9a-f]+\.webp", built.page())[-1]
    with pytest.raises(AssertionError):
        reached(browser, built, built.page().replace(last, "_images/none.webp"), script)
