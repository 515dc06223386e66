"""Experiments with ipywidgets 7, which older hosted notebooks have."""

import os
import subprocess
import sys

import nbclient
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from publishing.project import REPOSITORY

CELLS = [
    "import ipywidgets\nprint(ipywidgets.__version__)",
    """
import matplotlib.pyplot as plt
from dlcore.teaching import explore, play
def draw(k, step, flip):
    fig, ax = plt.subplots(figsize=(3, 2))
    ax.plot([0, k])
    return fig, f"A line rises to {k} in the step {step} of two, and flipped is {flip}."
line = explore(draw, "line", "A line.", k=[1, 2, 3], step=play([1, 2]), flip=[False, True])
""",
    """
from dlcore.teaching.panel import Panel
panel = Panel(line)
panel.handles["k"].value = 2
panel.players[0].value = 1
print(panel.view.value[-80:])
def stop(**state):
    raise KeyboardInterrupt
line._draw = stop
panel.handles["k"].value = 3
print(panel.handles["k"].value, panel.status.value)
""",
]


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("packages")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    wanted = ["ipywidgets==7.8.5", "ipython_genutils"]
    subprocess.run([*pip, "--no-deps", "--target", str(folder), *wanted], check=True)
    return folder


@pytest.mark.xdist_group("slow")
def test_an_experiment_is_shown_moves_and_can_be_interrupted(packages, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(packages), str(REPOSITORY)]))
    notebook = new_notebook(cells=[new_code_cell(text) for text in CELLS])
    nbclient.NotebookClient(notebook, kernel_name="python3", timeout=120).execute()
    version, shown, moved = (cell.outputs for cell in notebook.cells)
    assert version[0].text == "7.8.5\n"
    assert set(shown[0].data) == {"application/vnd.jupyter.widget-view+json", "text/plain"}
    assert "rises to 2 in the step 2 of two" in moved[0].text
    assert "\n2 <span>Interrupted." in moved[0].text
