"""The experiments that a page draws by script: every state of every chapter, against draw."""

import symtable
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


def names(source):
    """The names that a cell binds for later cells, and the global ones that it reads."""
    cell = symtable.symtable(source, "cell", "exec")
    scopes = [cell]
    for scope in scopes:
        scopes += scope.get_children()
    bound = {s.get_name() for s in cell.get_symbols() if s.is_assigned() or s.is_imported()}
    read = {s.get_name() for s in cell.get_symbols() if s.is_referenced()}
    for scope in scopes[1:]:
        read |= {s.get_name() for s in scope.get_symbols() if s.is_global()}
    return bound, read


def needed(code):
    """The cells on which the scripted experiments rest, without training that they do not show."""
    wanted, chosen = set(), []
    for source in reversed(code):
        bound, read = names(source)
        if "script=" in source or bound & wanted:
            chosen.append(source)
            wanted |= read
    return chosen[::-1]


def scripted(path, monkeypatch):
    """Run what the chapter's scripted experiments need; those experiments."""
    found = []

    def explore(*args, **kwargs):
        experiment = dlcore.teaching.experiments.explore(*args, **kwargs)
        found.append(experiment)
        return experiment

    monkeypatch.setattr(dlcore.teaching, "explore", explore)
    monkeypatch.chdir(BOOK)
    namespace = {}
    for source in needed(code_of(path)):
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
