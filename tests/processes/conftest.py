"""Real processes: one server for all tests, which imports torch once and forks for each of them."""

import sys

import pytest

from tests.processes.server import Server


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.parent.name == "processes":
            item.add_marker(
                pytest.mark.skipif(sys.platform != "linux", reason="needs fork and SIGKILL")
            )


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    running = Server(tmp_path_factory.mktemp("logs"))
    yield running
    running.close()
