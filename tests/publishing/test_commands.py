"""The commands: the same in every list, and `test` leaves out nothing that `check` looks at."""

import importlib
import inspect
import os
import re
from contextlib import nullcontext

import pytest

from publishing import __main__ as main
from publishing import browser, commands, execute
from publishing.project import REPOSITORY, Project

TESTS = list((REPOSITORY / "tests").rglob("test_*.py"))
TARGETS = [name for name in main.COMMANDS if name != "help"]


@pytest.fixture
def ran(monkeypatch) -> list[list[str]]:
    """What a command would run, without the interpreter."""
    found = []
    monkeypatch.setattr(commands, "must", lambda command, *_, **options: found.append(command[2:]))
    monkeypatch.setattr(commands, "book", lambda project: found.append(["book"]))
    monkeypatch.setattr(browser, "find_or_install", lambda: "chromium")
    monkeypatch.setattr(execute, "opened", nullcontext)  # the cache stays as it is
    monkeypatch.setenv("CHROMIUM", "")  # a command sets it, and here it is put back
    return found


def test_check_looks_at_the_style_and_runs_the_core_s_tests(ran):
    commands.check(Project.here())
    *style, tests = ran
    assert style == [["ruff", "check"], ["ruff", "format", "--check"], ["mypy"]]
    assert tests[0] == "pytest" and "tests" in tests
    left_out = {part.partition("=tests/")[2] for part in tests if "--ignore" in part}
    folders = {path.parent.relative_to(REPOSITORY / "tests") for path in TESTS}
    assert {str(path) for path in folders} == left_out | {".", "bad_input", "claims"}


def test_test_looks_for_a_browser_before_anything_else(ran, monkeypatch):
    monkeypatch.setattr(browser, "find_or_install", lambda: ran.append(["browser"]) or "found")
    commands.test(Project.here())
    assert ran[0] == ["browser"] and os.environ["CHROMIUM"] == "found"


def test_test_runs_all_that_check_runs_once_and_leaves_out_nothing(ran):
    commands.check(Project.here())
    style = ran[:-1]
    ran.clear()
    commands.test(Project.here())
    assert ran[: len(style)] == style and len(ran) == len(style) + 3
    notebooks, book, tests = ran[len(style) :]
    assert book == ["book"] and "--nbval" in notebooks
    assert "tests" in tests and not any(re.match("--ignore|--deselect|-k|-m", p) for p in tests)


def test_every_command_is_a_function_a_target_and_a_line_of_the_help_and_of_the_readme():
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    assert re.search(r"^\.PHONY: (.*)$", makefile, re.M)[1].split() == ["help", *TARGETS]
    assert re.search(r"^(help .*):$", makefile, re.M)[1].split() == ["help", *TARGETS]
    assert re.findall(r"^(\w+)  +", main.__doc__, re.M) == [*TARGETS, "help"]
    told = re.findall(r"\| `make (\w+)` \|.*\| `python -m publishing (\w+)` \|", readme)
    assert told and all(make == python for make, python in told)
    assert sorted(make for make, _ in told) == sorted(TARGETS)
    for name in set(TARGETS) - {"install"}:
        assert inspect.isfunction(getattr(commands, name)), name


@pytest.mark.parametrize("guide", ["README.md", "CONTRIBUTING.md", "dlcore/README.md"])
def test_what_a_guide_names_is_there(guide):
    text = (REPOSITORY / guide).read_text(encoding="utf-8")
    for target in re.findall(r"\bmake (\w+)", re.sub(r"```python.*?```", "", text, flags=re.S)):
        if f"`make {target}" in text or f"\nmake {target}" in text:
            assert target in TARGETS, target
    folder = (REPOSITORY / guide).parent
    names = re.findall(r"`((?:[\w.]+/)+[\w.]*|[\w.]+\.(?:md|txt|yml))`", text)
    links = re.findall(r"\]\(([\w./]+)\)", text)
    for path in [REPOSITORY / name for name in names] + [folder / link for link in links]:
        made = {"_build", "lab", ".venv"} & set(path.parts)
        assert made or path.exists() or re.search("N(AME|N)", path.name), path
    for module, name in re.findall(r"`(dlcore\.\w+)\.(\w+)", text):
        assert hasattr(importlib.import_module(module), name), name


def test_the_guide_names_the_formulas_of_a_loss():
    guide = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
    part = guide.partition("\n## A loss\n")[2].partition("\n## ")[0]
    assert "`terms(y_hat, y)`" in part and "`slope(y_hat, y)`" in part
