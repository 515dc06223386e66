"""A JupyterLab of its own, in which the tests open notebooks in Chromium with a live kernel."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from publishing.project import REPOSITORY

MINUTE = 60_000  # milliseconds: playwright's unit


@contextmanager
def jupyterlab(folder: Path, settings: Path):
    """JupyterLab that serves folder to this machine alone and knows nothing of the reader's own
    settings; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}/"
    names = ["JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"]
    places = {name: str(settings / name.lower()) for name in names}
    places |= {"JUPYTERLAB_SETTINGS_DIR": str(settings), "JUPYTERLAB_WORKSPACES_DIR": str(settings)}
    inherited = {k: v for k, v in os.environ.items() if k not in ("DLCORE_SITE", "MPLBACKEND")}
    options = {
        "LabApp.expose_app_in_browser": True,
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.open_browser": False,
    }
    options |= {"IdentityProvider.token": "", "ServerApp.log_level": "ERROR"}
    command = [sys.executable, "-m", "jupyterlab", "--allow-root", "--ServerApp.port_retries=0"]
    process = subprocess.Popen(
        [*command, *(f"--{name}={value}" for name, value in options.items())],
        cwd=folder,
        env=inherited | places | {"PYTHONPATH": str(REPOSITORY)},
    )
    try:
        wait_for(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(30)


def wait_for(address: str, process: subprocess.Popen) -> None:
    for _ in range(300):
        assert process.poll() is None, "JupyterLab did not start"
        try:
            with urllib.request.urlopen(f"{address}api/status", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise AssertionError("JupyterLab does not answer")
