"""The experiments that a page draws by script: every state of every chapter, against draw."""

from pathlib import Path

import nbformat
import pytest

import dlcore.teaching
from tests.teaching.scripts import LIVE, assert_script_agrees, tried

BOOK = LIVE.parents[1]


def code_of(path):
    cells = nbformat.read(path, as_version=4).cells
    return [cell.source for cell in cells if cell.cell_type == "code"]


CHAPTERS = [p for p in sorted(BOOK.glob("*.ipynb")) if any("script=" in c for c in code_of(p))]


def scripted(path, monkeypatch):
    """Run the chapter's code as far as its last scripted experiment; those experiments."""
    found = []

    def explore(*args, **kwargs):
        experiment = dlcore.teaching.experiments.explore(*args, **kwargs)
        found.append(experiment)
        return experiment

    monkeypatch.setattr(dlcore.teaching, "explore", explore)
    monkeypatch.chdir(BOOK)
    code = code_of(path)
    last = max(i for i, source in enumerate(code) if "script=" in source)
    namespace = {}
    for source in code[: last + 1]:
        exec(compile(source, path.name, "exec"), namespace)
    return [experiment for experiment in found if experiment.script]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_every_state_is_drawn_alike(path, browser, monkeypatch, capsys):
    experiments = scripted(path, monkeypatch)
    assert experiments
    for experiment in experiments:
        assert assert_script_agrees(experiment, browser) == len(tried(experiment))


def test_every_script_belongs_to_a_chapter():
    used = "".join("".join(code_of(path)) for path in CHAPTERS)
    unused = [p.stem for p in Path(LIVE).glob("*.js") if f'script="{p.stem}"' not in used]
    assert not unused
