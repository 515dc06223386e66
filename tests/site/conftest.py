"""The built website, served under a sub-path."""

from pathlib import Path

import pytest

from dlcore.publishing.project import Project
from dlcore.publishing.server import server


@pytest.fixture(scope="session")
def project() -> Project:
    return Project.here()


@pytest.fixture(scope="session")
def site(project) -> Path:
    if not project.first_page().exists():
        pytest.fail("The website is not built: python -m dlcore.publishing book")
    return project.site


@pytest.fixture(scope="session")
def home(site):
    """The address of the website on a server; it is not the server's root on purpose."""
    with server(site.parent) as address:
        yield f"{address}{site.name}/"


@pytest.fixture
def holds(site, name):
    """Does the page hold this text in its HTML?  If not, it need not be opened to look for it."""
    return lambda text: text in (site / f"{name}.html").read_text(encoding="utf-8")
