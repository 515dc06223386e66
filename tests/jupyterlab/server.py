"""A JupyterLab of its own, in which the tests open notebooks in Chromium with a live kernel."""

import json
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

# It would ask for news on the network; MyST is not what readers have.
DISABLED = ["@jupyterlab/apputils-extension:announcements", "jupyterlab-myst"]
OPTIONS = {
    "ServerApp.ip": "127.0.0.1",
    "ServerApp.open_browser": False,
    "ServerApp.port_retries": 0,
    "ServerApp.log_level": "ERROR",
    "IdentityProvider.token": "",
    "LabApp.expose_app_in_browser": True,
}


@contextmanager
def jupyterlab(folder: Path, settings: Path):
    """JupyterLab that serves folder to this machine alone and knows nothing of the reader's own
    settings; its address."""
    config = settings / "config"
    (config / "labconfig").mkdir(parents=True)
    page = {"disabledExtensions": dict.fromkeys(DISABLED, True)}
    (config / "labconfig" / "page_config.json").write_text(json.dumps(page))
    tracker = settings / "JUPYTERLAB_SETTINGS_DIR" / "@jupyterlab" / "notebook-extension"
    tracker.mkdir(parents=True)
    every_cell = {"windowingMode": "none"}  # not those alone that are near
    (tracker / "tracker.jupyterlab-settings").write_text(json.dumps(every_cell))
    places = {"JUPYTER_CONFIG_DIR": config, "IPYTHONDIR": settings / "ipython"}
    for name in ("JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        places[name] = settings / name
    for name in ("JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR"):
        places[name] = settings / name
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ours = ("DLCORE_SITE", "DLCORE_STILLS", "MPLBACKEND")
    inherited = {name: value for name, value in os.environ.items() if name not in ours}
    environment = inherited | {name: str(path) for name, path in places.items()}
    options = [f"--{name}={value}" for name, value in (OPTIONS | {"ServerApp.port": port}).items()]
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", "--allow-root", *options],
        cwd=folder,
        env=environment | {"PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}/"
    try:
        wait_for(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(60)


def wait_for(address: str, process: subprocess.Popen) -> None:
    for _ in range(600):
        assert process.poll() is None, "JupyterLab did not start"
        try:
            with urllib.request.urlopen(f"{address}api/status", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise AssertionError("JupyterLab does not answer")


class Notebook:
    """A notebook in JupyterLab, as its reader sees it."""

    def __init__(self, page, address: str, name: str):
        self.page, self.place = page, f"{address}lab/tree/{name}?reset"
        page.set_default_timeout(60_000)
        self.open()

    def open(self) -> None:
        """Open it anew, and wait until its kernel is there."""
        self.page.goto("about:blank")
        self.page.goto(self.place)
        self.page.wait_for_url(lambda url: "reset" not in url)
        self.page.evaluate(READY)

    def command(self, name: str) -> None:
        self.page.evaluate("name => window.jupyterapp.commands.execute(name)", name)

    def run_all(self) -> None:
        """Run all cells, and wait until the last one is done."""
        self.page.evaluate("window.done = undefined")
        self.page.evaluate(RUN)
        self.page.wait_for_function("window.done !== undefined", timeout=600_000)
        assert self.page.evaluate("window.done"), "a cell fails"

    def shut_down(self) -> None:
        self.command("docmanager:save")
        self.page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")

    def text(self) -> str:
        """What can be seen of it."""
        return self.page.locator(".jp-Notebook").inner_text()

    def shows(self, words: str):
        """Wait until these words can be seen."""
        self.page.locator(".jp-Notebook").get_by_text(words).locator(
            "visible=true"
        ).first.wait_for()


WAIT = """
const until = async found => {
  while (!found()) await new Promise(done => setTimeout(done, 50));
};
const widget = () => window.jupyterapp?.shell?.currentWidget;
const kernel = () => widget().sessionContext.session?.kernel;
"""
READY = f"""async () => {{ {WAIT}
  await until(() => widget()?.sessionContext);
  await widget().context.ready;
  await widget().revealed;
  await until(() => kernel()?.status === 'idle');
}}"""
RUN = """() => {
  window.jupyterapp.commands.execute('notebook:run-all-cells').then(
    () => { window.done = true; }, () => { window.done = false; });
}"""
