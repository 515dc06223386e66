"""The notebooks that readers take along, and the package beside them."""

import base64
import io
import os
import subprocess
import sysconfig
import venv
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image
from pybtex.database import parse_file, parse_string

from publishing import downloads, execute
from publishing.extension.renderer import MIME
from publishing.project import REPOSITORY, Project, wheel_name

BIBLIOGRAPHY = parse_string(
    """
@article{one, author={Minsky, Marvin and Papert, Seymour}, title={Perceptrons}, journal={J},
  year=1969}
@article{three, author={von Neumann, John and Bell, A. and Cook, B.}, title={Three}, journal={J},
  year=1950}
""",
    "bibtex",
)
EXERCISE = """```{exercise} 6.2 The other convention
:nonumber:
:label: ex-6-2

Give `[b, w]`.
```
"""


@pytest.mark.parametrize(
    ("myst", "markdown"),
    [
        ("as {cite}`one,three` say", "as (Minsky and Papert, 1969; von Neumann et al., 1950) say"),
        ("{cite:t}`one` say", "Minsky and Papert (1969) say"),
        ("by {eq}`eq-8-1`", "by (8.1)"),
        ("$$\nx = 1\n$$ (eq-8-1)", "$$\nx = 1\n\\tag{8.1}\n$$"),
        ("use {class}`~dlcore.optimizers.Adam`", "use `Adam`"),
        ("use {func}`moons <dlcore.datasets.moons>`", "use `moons`"),
        ("see {doc}`this page <other>`", "see this page"),
        ("use [`Adam`](#dlcore.optimizers.Adam) or [this](#here)", "use `Adam` or [this](#here)"),
        (EXERCISE, "**Exercise 6.2 The other convention**\n\nGive `[b, w]`.\n"),
        (
            "```{solution-start} ex-6-2\n:label: sol-6-2\n```\n",
            "<details><summary>Solution 6.2</summary>\n",
        ),
        ("```{solution-end}\n```\n", "</details>\n"),
        ("```{admonition} Note\nOne\n\nTwo\n```\n", "> **Note**\n>\n> One\n>\n> Two\n"),
        ("```python\nx = {1: 2}\n```\n", "```python\nx = {1: 2}\n```\n"),
        ("(a-target)=\n## Title", "## Title"),
    ],
)
def test_directives_and_roles_become_plain_markdown(myst, markdown):
    assert downloads.plain(myst, BIBLIOGRAPHY, []) == markdown


def test_sources_are_what_was_cited_in_the_order_of_the_authors():
    cited = []
    downloads.plain("{cite}`three` and {cite}`one`", BIBLIOGRAPHY, cited)
    listed = downloads.plain("```{bibliography}\n:filter: x\n```\n", BIBLIOGRAPHY, cited)
    assert [line.split()[1] for line in listed.splitlines()] == ["Marvin", "John"]
    assert "1969" in listed and "Three" in listed


def test_an_experiment_becomes_its_default_picture_and_its_words():
    webp = io.BytesIO()
    Image.new("RGB", (4, 3), "red").save(webp, "WEBP")
    picture = {"type": "image/webp", "data": base64.b64encode(webp.getvalue()).decode()}
    bundle = {
        "kind": "explore",
        "name": "disc",
        "caption": "A disc.",
        "pictures": [picture] * 2,
        "states": [0, 1],
        "default": 1,
        "sentences": ["Small.", "Large."],
    }
    cell = new_code_cell("explore()", id="a", outputs=[new_output("display_data", {MIME: bundle})])
    notebook = new_notebook(cells=[new_markdown_cell("{eq}`eq-1-2`", id="m"), cell])
    made = downloads.portable(notebook, BIBLIOGRAPHY, "dlcore")
    nbformat.validate(made)
    setup, words, code = made.cells
    assert "%pip install" in setup.source and words.source == "(1.2)"
    shown, said = code.outputs
    assert Image.open(io.BytesIO(base64.b64decode(shown.data["image/png"]))).size == (4, 3)
    assert said.data["text/markdown"] == "Large.\n\n*A disc.*"


def test_a_solution_is_one_folded_cell_that_does_not_run():
    printed = new_output("stream", name="stdout", text="6.2: right.\n")
    cells = [
        new_code_cell("answer = ...", id="a"),
        new_markdown_cell("```{solution-start} ex-6-2\n:label: x\n```\n\nBefore.", id="b"),
        new_code_cell("check(1)", id="c", outputs=[printed]),
        new_markdown_cell("After {eq}`eq-1-2`.\n\n```{solution-end}\n```\n\n## Next", id="d"),
        new_code_cell("2", id="e"),
    ]
    made = downloads.portable(new_notebook(cells=cells), BIBLIOGRAPHY)
    nbformat.validate(made)
    assert [cell.id for cell in made.cells] == ["a", "b", "e"]
    assert [cell.cell_type for cell in made.cells] == ["code", "markdown", "code"]
    assert made.cells[1].source == (
        "<details><summary>Solution 6.2</summary>\n\nBefore.\n\n```python\ncheck(1)\n```\n\n"
        "*To run it, copy it into a cell. It prints:*\n\n```text\n6.2: right.\n```\n\n"
        "After (1.2).\n\n</details>\n\n## Next"
    )


@pytest.mark.parametrize("path", Project.here().chapters(), ids=lambda path: path.stem)
def test_no_copy_of_a_chapter_runs_its_solutions(path):
    project = Project.here()
    made = downloads.portable(nbformat.read(path, as_version=4), downloads.bibliography(project))
    checks = [c.source for c in made.cells if c.cell_type == "code" and "\ncheck(" in c.source]
    assert all("answer = " in source for source in checks)
    text = "\n".join(cell.source for cell in made.cells if cell.cell_type == "markdown")
    assert text.count("<details>") == text.count("</details>")
    assert text.count("<details><summary>Solution") == len(checks)


def test_every_chapter_is_plain_markdown():
    project = Project.here()
    bibliography = parse_file(str(project.book / "references.bib"))
    for path in project.chapters():
        made = downloads.portable(nbformat.read(path, as_version=4), bibliography, "dlcore")
        nbformat.validate(made)
        text = "\n".join(cell.source for cell in made.cells if cell.cell_type == "markdown")
        for left in ("```{", ":::{", "{cite", "{eq}", "{class}", "{func}", "{mod}", ")=\n"):
            assert left not in text, f"{path.stem} keeps {left}"


def test_installing_replaces_neither_numpy_nor_torch(tmp_path):
    """As in a hosted notebook: much is there already, with another NumPy of the range."""
    downloads.build_wheel(tmp_path)
    wheel = tmp_path / wheel_name()
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "numpy==2.2.6"], check=True)
    lend(Path(sysconfig.get_path("purelib")), python)
    before = versions(python)
    subprocess.run([*pip, f"{wheel}[teaching,torch]"], check=True)
    assert versions(python) == before == {"numpy": "2.2.6", "torch": before["torch"]}

    path = tmp_path / "04_neurons.ipynb"  # the chapter that runs fastest
    project = Project.here()
    notebook = nbformat.read(project.book / path.name, as_version=4)
    bibliography = parse_file(str(project.book / "references.bib"))
    nbformat.write(downloads.portable(notebook, bibliography, "not-to-be-installed"), path)
    run = [str(python), "-c", "from nbclient.cli import main; main()", "--inplace", path.name]
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "DLCORE_SITE")}
    done = subprocess.run(
        run,
        cwd=tmp_path,
        env=environment | execute.KERNEL,
        text=True,
        stderr=subprocess.STDOUT,
        stdout=subprocess.PIPE,
    )
    assert done.returncode == 0, done.stdout
    outputs = [o for c in nbformat.read(path, as_version=4).cells for o in c.get("outputs", [])]
    assert outputs and not any(output.output_type == "error" for output in outputs)


ALONE = """
import sys
sys.path[:] = [place for place in sys.path if place != {checkout!r}]
sys.meta_path[:] = [finder for finder in sys.meta_path if "editable" not in repr(finder)]
"""


def carried(folder: Path, source: str, **environment: str) -> nbformat.NotebookNode:
    """A notebook of one line, run where the package is not installed; pip has no network."""
    notebook = new_notebook(cells=[new_code_cell("import dlcore.losses", id="line")])
    notebook = downloads.portable(notebook, BIBLIOGRAPHY, source)
    alone = ALONE.format(checkout=str(REPOSITORY))
    notebook.cells.insert(0, new_code_cell(alone, id="alone"))
    client = NotebookClient(notebook, resources={"metadata": {"path": str(folder)}})
    offline = {"PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1"} | environment
    client.execute(env=os.environ | execute.KERNEL | offline)
    return notebook


def test_where_pip_fails_the_first_cell_stops_with_one_sentence(tmp_path):
    with pytest.raises(CellExecutionError) as caught:
        carried(tmp_path, "./not-there.whl[teaching]")
    told = str(caught.value)
    assert "not-there.whl" in told  # pip's own words, then ours at the end
    assert told.rstrip().endswith("then run this cell again.")
    assert "Traceback" not in told and "import dlcore.losses" not in told


def test_the_first_cell_installs_the_wheel_that_lies_beside_the_notebook(tmp_path):
    downloads.build_wheel(tmp_path)
    (tmp_path / "packages").mkdir()
    path = {"PIP_TARGET": str(tmp_path / "packages"), "PYTHONPATH": str(tmp_path / "packages")}
    notebook = carried(tmp_path, f"./{wheel_name()}[teaching]", **path)
    assert notebook.cells[-1].execution_count == 3
    assert (tmp_path / "packages" / "dlcore" / "losses.py").exists()


def test_no_notebook_asks_for_the_name_that_belongs_to_somebody_else():
    for code, extras in (("import numpy", "teaching"), ("import torch", "teaching,torch")):
        notebook = new_notebook(cells=[new_code_cell(code)])
        assert downloads.package(notebook, "") == f"./{wheel_name()}[{extras}]"
        there = downloads.package(notebook, "https://github.com/you/book")
        assert there == f"dlcore-book[{extras}] @ git+https://github.com/you/book"


def lend(here: Path, python: Path) -> None:
    """Make the packages of this environment visible in another: installing them takes minutes."""
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    asked = subprocess.run([str(python), "-c", where], capture_output=True, text=True, check=True)
    there = Path(asked.stdout.strip())
    own = ("numpy", "dlcore", "__editable__", "array_api_compat", "pip", "__pycache__")
    for path in here.iterdir():
        if not path.name.startswith(own) and not (there / path.name).exists():
            (there / path.name).symlink_to(path)


def versions(python: Path) -> dict[str, str]:
    ask = "from importlib.metadata import version as v; print(v('numpy'), v('torch'))"
    done = subprocess.run([str(python), "-c", ask], capture_output=True, text=True, check=True)
    return dict(zip(("numpy", "torch"), done.stdout.split(), strict=True))
