"""A plugin for nbval's run of the chapters: what it executes, the website shows, and nothing runs
twice.

    python -m pytest --nbval --nbval-current-env -p publishing.validation book/*.ipynb

A chapter that the cache does not hold is run with the website's pictures; if all of its cells
agree with their stored outputs, the cache gets it.
"""

import os
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbval.plugin import IPyNbCell

from publishing import execute
from publishing.extension.renderer import MIME
from publishing.project import Project


class Recorder:
    def __init__(self, project: Project):
        self.project = project
        self.cells: dict[Path, list[IPyNbCell]] = defaultdict(list)
        self.began: dict[Path, float] = {}  # of the chapters that the cache does not hold
        self.failed: set[Path] = set()

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            self.cells[item.path].append(item)
        for cells in self.cells.values():
            cells[0].parent.skip_compare += (MIME,)  # no notebook stores it

    @pytest.hookimpl(tryfirst=True)  # before the kernel starts, which inherits the environment
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        if item is not self.cells[item.path][0]:
            return
        with execute.opened(self.project) as cache:
            missing = execute.cached(cache, item.path) is None
        os.environ.pop(execute.SITE, None)
        os.environ |= execute.kernel_environment(self.project, site=missing)
        if missing:
            self.began[item.path] = time.perf_counter()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Iterator[None]:
        report = yield
        if report.failed:
            self.failed.add(item.path)
        return report

    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        path, cells = item.path, self.cells[item.path]
        if item is not cells[-1] or path not in self.began or path in self.failed:
            return
        seconds = time.perf_counter() - self.began[path]
        notebook = nbformat.read(path, as_version=4)
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        if len(code) == len(cells):  # none was left out
            for cell, run in zip(code, cells, strict=True):
                cell.outputs = run.test_outputs
            with execute.opened(self.project) as cache:
                execute.keep(cache, path, notebook, seconds)


def pytest_configure(config: pytest.Config) -> None:
    build = os.environ.get("DLCORE_BUILD", config.rootpath / "_build")
    config.pluginmanager.register(Recorder(Project(config.rootpath, Path(build).resolve())))
