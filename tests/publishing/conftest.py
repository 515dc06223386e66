"""Small projects that the publishing tests build: words, and whatever is planted in them."""

import multiprocessing
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from publishing import commands
from publishing.project import REPOSITORY, Failure, Project

INDEX = "# A small book\n\nA landing page with enough words on it to be called a page of a book.\n"
INTRODUCTION = "# 1. A chapter\n\nWords that introduce the chapter, so that its page is not empty."
EXPERIMENT = """
import matplotlib.pyplot as plt
from dlcore.teaching import explore
def draw(n):
    fig, ax = plt.subplots(figsize=(2, 1.5))
    ax.plot([0, 1], [0, n])
    return fig, f"A straight line climbs from 0 on the left to {n} on the right."
explore(draw, "slope", "A line.", n=[1, 2, 3])
"""
# What a build imports takes longer than a small build: a server has it, and each build is a fork.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    ["publishing.commands", "publishing.execute", "publishing.website", "jupyter_book.sphinx"]
)


@dataclass
class Done:
    """How a build ended; stdout and stderr together are in .stdout."""

    returncode: int
    stdout: str


def build(root: Path, folder: Path, output: Path, environment: dict[str, str]) -> None:
    """`make book` in a process of its own."""
    with open(output, "w") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    os.environ.clear()
    os.environ |= environment
    os.chdir(REPOSITORY)
    try:
        commands.book(Project(root, folder))
    except Failure as failure:
        sys.exit(f"FAILURE {failure}")


class SmallProject(Project):
    """A project with a landing page and a chapter or more, built as `make book` does it."""

    def write(self, *cells: str, name: str = "01_chapter", index: str = INDEX) -> Path:
        """Write a chapter: an introduction, then one code cell for each text."""
        self.book.mkdir(parents=True, exist_ok=True)
        for file in ("_config.yml", "requirements.txt", "constraints.txt", "pyproject.toml"):
            (self.root / file).write_bytes((REPOSITORY / file).read_bytes())
        static = self.book / "_static"
        if not static.exists():
            static.symlink_to(REPOSITORY / "book" / "_static", target_is_directory=True)
        (self.book / "references.bib").touch()
        (self.book / "index.md").write_text(index)
        code = [new_code_cell(text.strip(), id=f"code-{n}") for n, text in enumerate(cells)]
        notebook = new_notebook(cells=[new_markdown_cell(INTRODUCTION, id="words"), *code])
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
        path = self.book / f"{name}.ipynb"
        nbformat.write(notebook, path)
        names = [chapter.stem for chapter in sorted(self.book.glob("*.ipynb"))]
        needs = "".join(f"{name}:\n  knowledge: a little patience\n" for name in names)
        (self.book / "chapters.yml").write_text(needs)
        files = "".join(f"- file: {name}\n" for name in names)
        self.toc.write_text(f"format: jb-book\nroot: index\nchapters:\n{files}")
        return path

    def make(self) -> Done:
        """Build it in a fresh process."""
        with NamedTemporaryFile("r") as output:
            environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
            given = (self.root, self.build, Path(output.name), environment)
            process = FORKS.Process(target=build, args=given)
            process.start()
            process.join()
            return Done(process.exitcode, output.read())

    def page(self, name: str = "01_chapter") -> str:
        return (self.site / f"{name}.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def sound(tmp_path_factory) -> SmallProject:
    """A project without a fault, built; for tests that only look at it."""
    folder = tmp_path_factory.mktemp("sound")
    project = SmallProject(folder, folder / "_build")
    project.write("print('words')", EXPERIMENT)
    done = project.make()
    assert done.returncode == 0, done.stdout
    return project


@pytest.fixture
def small(tmp_path) -> SmallProject:
    return SmallProject(tmp_path / "project", tmp_path / "project" / "_build")
