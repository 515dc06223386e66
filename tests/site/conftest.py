"""The built website, served under a sub-path."""

from pathlib import Path

import pytest

from publishing.project import Project
from publishing.server import server
from tests.site.chromium import opened


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


@pytest.fixture(scope="module")
def opened_page(request, browser, home):
    """A page that all tests of a module share, and what went wrong on it (see opened_once)."""
    with opened(browser, home, reduced_motion="reduce") as (page, problems):
        page.goto(f"{home}{request.param}.html", wait_until="load")
        yield page, problems
