"""`make browsers` sees an experiment that does not follow the keys, in every browser here."""

import itertools
import shutil
from contextlib import nullcontext

import pytest

from publishing import browser as chromium
from publishing.server import server
from tests.browsers import __main__ as browsers
from tests.browsers import engines
from tests.publishing.test_moves import changed

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # inside of the clients
HERE = [name for name, engine in engines.ENGINES.items() if engine.found()]
SCRIPT = "document.head.append(Object.assign(document.createElement('script'), {src: 'none.js'}));"
START = "'use strict';"
FAULTS = {
    "sentence": ("sentence.textContent = now.sentence;", ""),
    "picture": ("decoding: 'sync', src,", "decoding: 'sync',"),
    "not reached": ("change(i, read(input))", "{}"),
    "the address": ("history.replaceState(", "(() => {})("),
    "Oops": (START, "setTimeout(() => { throw Error('Oops'); });"),
    "nobody.example": (START, "new Image().src = 'http://nobody.example';"),
    "none.js": (START, SCRIPT),
}


@pytest.fixture(scope="module", params=HERE)
def driven(request, sound, tmp_path_factory, browser):
    """What a browser finds on the page of a small site, after a change of experiment.js."""
    folder, copies = tmp_path_factory.mktemp("sites"), itertools.count()

    def drive(old: str, new: str) -> str:
        site = shutil.copytree(sound.site, folder / str(next(copies)))
        script = site / "_static" / "experiment.js"
        script.write_text(changed(script.read_text(encoding="utf-8"), old, new))
        home = f"{address}{site.name}/"
        ((_, fault),) = browsers.drive(request.param, opened, home, ["01_chapter"])
        return fault

    with (
        pytest.MonkeyPatch.context() as patch,
        server(folder, handler=engines.Recording) as address,
    ):
        patch.setattr(engines, "chromium", lambda: nullcontext(browser))
        patch.setattr(engines, "PATIENCE", 3)
        with engines.ENGINES[request.param].opened(address) as opened:
            yield drive


def test_a_sound_experiment_passes(driven, capsys):
    assert driven(START, START) == ""
    assert capsys.readouterr().out.endswith(" s, 1 experiments\n")


@pytest.mark.parametrize("complaint", FAULTS)
def test_a_fault_is_seen_and_named(driven, complaint):
    assert complaint in driven(*FAULTS[complaint])


def test_the_table_names_the_pages_that_fail():
    found = {"firefox": [(2.04, ""), (3.0, "why")], "webkit": [(1.0, ""), (1.0, "")]}
    lines = [line.split() for line in browsers.table(found, ["one", "two"]).splitlines()]
    assert lines[0] == ["page", "firefox", "webkit"]
    assert lines[1:3] == [["one", "2.0", "s", "1.0", "s"], ["two", "FAILED", "1.0", "s"]]
    assert lines[3] == ["together", "5", "s", "2", "s"]


def test_a_browser_that_is_missing_is_skipped_with_a_word_on_how_to_get_it(monkeypatch, capsys):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(chromium, "playwrights_own", lambda: None)
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(browsers, "pages_with", lambda site, html: set())
    assert browsers.main() == 1
    said = capsys.readouterr().out
    for name, engine in engines.ENGINES.items():
        assert f"{name}: skipped; to get it: apt-get install {engine.packages}" in said
