"""One JupyterLab for all notebooks that the tests open in it."""

from pathlib import Path

import pytest

from publishing import downloads
from publishing.project import Project
from tests.jupyterlab.server import jupyterlab


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    """The chapters as `make lab` copies them."""
    folder = tmp_path_factory.mktemp("lab")
    downloads.copy_chapters(Project.here(), folder)
    return folder


@pytest.fixture(scope="session")
def lab(folder, tmp_path_factory) -> str:
    with jupyterlab(folder, tmp_path_factory.mktemp("settings")) as address:
        yield address
