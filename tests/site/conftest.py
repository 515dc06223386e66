"""The built website, served under a sub-path."""

from pathlib import Path

import pytest

from publishing.project import Project
from publishing.server import server


@pytest.fixture(scope="session")
def project() -> Project:
    return Project.here()


@pytest.fixture(scope="session")
def site(project) -> Path:
    if not project.first_page().exists():
        pytest.fail("The website is not built: python -m publishing book")
    return project.site


@pytest.fixture(scope="session")
def home(site):
    """The address of the website on a server; it is not the server's root on purpose."""
    with server(site.parent) as address:
        yield f"{address}{site.name}/"
