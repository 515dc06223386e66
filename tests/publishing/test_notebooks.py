"""The committed notebooks, and the form in which `make notebooks` writes them."""

import json
import os
import platform
import re
import shutil
import subprocess
import sys

import docutils.nodes
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from publishing import commands, downloads, execute
from publishing.notebooks import normalise, problems, refresh
from publishing.project import REPOSITORY, Failure, Project
from tests.publishing.conftest import EXPERIMENT

STANDING = """
from dlcore.teaching import show
alt = "A straight line climbs from 0 on the left to 1 on the right."
show(draw(1)[0], "line", "A line that stands.", alt)
"""
CHAPTERS = sorted(Project.here().book.glob("*.ipynb"))


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="no x86 processor")
def test_a_kernel_adds_up_as_on_other_processors():
    """A training amplifies the last bit, and what is made for AVX-512 rounds in another order."""
    ask = """import json, numpy, threadpoolctl
blas = [lib["architecture"] for lib in threadpoolctl.threadpool_info() if "blas" in lib["prefix"]]
print(json.dumps([blas, numpy.show_config(mode="dicts")["SIMD Extensions"]["found"]]))"""
    environment = execute.kernel_environment(Project.here(), site=False)
    run = subprocess.run(
        [sys.executable, "-c", ask], env=environment, capture_output=True, text=True
    )
    assert run.stderr == ""
    blas, features = json.loads(run.stdout)
    assert blas == ["Haswell"] and not re.search("AVX512|X86_V4", str(features))


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_committed_notebook_is_normalised(path):
    notebook = nbformat.read(path, as_version=4)
    assert problems(notebook) == []
    before = nbformat.writes(notebook)
    normalise(notebook)
    assert nbformat.writes(notebook) == before, f"run: make notebooks (for {path.stem})"


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_notebook_is_in_the_table_of_contents_and_linked_from_the_first_page(path):
    assert path.stem in Project.here().pages()
    assert f"]({path.name}" in (path.parent / "index.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_no_experiment_has_the_name_of_a_heading(path):
    """Both are addresses in the page; the website's build finds it too, ten minutes later."""
    cells = nbformat.read(path, as_version=4).cells
    printed = "".join(
        o.data["text/plain"] for c in cells for o in c.get("outputs", []) if "data" in o
    )
    words = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    headings = {docutils.nodes.make_id(h) for h in re.findall(r"^#+ (.+)$", words, re.MULTILINE)}
    assert headings & set(re.findall(r"\b(?:explore|show|play)\('([\w-]+)'\)", printed)) == set()


def cell_with(*outputs):
    return new_notebook(cells=[new_code_cell("1", outputs=list(outputs), id="a")])


def test_pixels_widgets_and_timing_are_removed():
    picture = {"image/png": "AAAA", "text/plain": "<Figure>"}
    widget = {"application/vnd.jupyter.widget-view+json": {"model_id": "x"}, "text/plain": "w"}
    notebook = cell_with(
        new_output("display_data", picture, metadata={"needs_background": "light"}),
        new_output("display_data", widget),
        new_output("stream", name="stdout", text="a"),
        new_output("stream", name="stdout", text="b"),
    )
    notebook.metadata["widgets"] = {"state": {}}
    notebook.cells[0].metadata["execution"] = {"iopub.status.busy": "now"}
    assert len(problems(notebook)) == 3
    normalise(notebook)
    assert problems(notebook) == []
    assert [output.get("data") for output in notebook.cells[0].outputs] == [
        {"text/plain": "<Figure>"},
        {"text/plain": "w"},
        None,
    ]
    assert notebook.cells[0].outputs[2].text == "ab"
    assert notebook.cells[0].metadata == {}


def test_at_most_two_cells_may_go_unchecked():
    cell = {"metadata": {"tags": ["nbval-ignore-output"]}}
    cells = [new_code_cell("1", id=f"c{n}", **cell) for n in range(3)]
    assert "nbval-ignore-output" in problems(new_notebook(cells=cells))[0]
    assert problems(new_notebook(cells=cells[:2])) == []


def test_refreshing_twice_gives_the_same_file(small):
    path = small.write("print(1 + 1)", EXPERIMENT)
    refresh(small)
    once = path.read_text()
    assert '"2\\n"' in once and "image/" not in once
    refresh(small)
    assert path.read_text() == once


def test_refreshing_refuses_a_warning(small):
    small.write("import warnings\nwarnings.warn('old')")
    with pytest.raises(Failure, match="warning"):
        refresh(small)


def test_nbval_sees_what_differs(small):
    """Another number, a warning, an error: each in a cell that printed 2 when it was stored."""
    wrong = ["print(3)", "import warnings; warnings.warn('old'); print(2)", "1 / 0"]
    path = small.write(*["print(2)"] * len(wrong))
    refresh(small)
    stored = path.read_text()
    for code in wrong:
        stored = stored.replace('"print(2)"', f'"{code}"', 1)
    path.write_text(stored)
    done = validate(path)
    assert "3 failed" in done.stdout, done.stdout
    for complaint in ("disagrees|differ", "stderr", "ZeroDivisionError"):
        assert re.search(complaint, done.stdout), done.stdout


def test_what_nbval_has_run_the_website_shows(small):
    """Nothing runs twice; what does not agree is not shown."""
    measuring = "import time\nprint(time.perf_counter())"
    path = small.write("print('words')", EXPERIMENT, STANDING, measuring)
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[-1].metadata["tags"] = ["nbval-ignore-output"]
    nbformat.write(notebook, path)
    refresh(small)
    agreeing = path.read_text()

    path.write_text(agreeing.replace("print('words')", "print('other')"))
    assert validate(path).returncode == 1
    assert execute.outputs(small) == {path: None}

    path.write_text(agreeing)
    done = validate(path)
    assert done.returncode == 0, done.stdout
    (validated,) = execute.outputs(small).values()
    shutil.rmtree(small.build)
    execute.execute(small)
    (executed,) = execute.outputs(small).values()
    for one, other in zip(validated.cells, executed.cells, strict=True):
        shown, wanted = without_seconds(one), without_seconds(other)
        assert shown == wanted
    assert [len(without_seconds(cell)) for cell in executed.cells] == [0, 1, 1, 1, 1]


def without_seconds(cell) -> list:
    outputs = [dict(output) for output in cell.get("outputs", [])]
    for output in outputs:
        output.get("data", {}).get(execute.MIME, {}).pop("seconds", None)
    return outputs


def validate(path) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "pytest", *commands.NBVAL, "-p", "no:cacheprovider", path]
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    return subprocess.run(command, capture_output=True, text=True, cwd=path.parent, env=environment)


def test_what_the_page_folds_is_folded_in_the_notebook():
    solution = ["```{solution-start} ex-1-1\n```\n\nWords.", "```{solution-end}\n```"]
    cells = [
        new_code_cell("a", id="a", metadata={"tags": ["hide-input"]}),
        new_code_cell("b", id="b", metadata={"jupyter": {"source_hidden": True}}),
        new_markdown_cell(solution[0], id="c"),
        new_code_cell("d", id="d"),
        new_markdown_cell(solution[1], id="e"),
        new_code_cell("f", id="f"),
    ]
    notebook = new_notebook(cells=cells)
    normalise(notebook)
    folded = [c.id for c in notebook.cells if c.metadata.get("jupyter", {}).get("source_hidden")]
    assert folded == ["a", "d"]


def test_lab_copies_never_overwrite_what_a_reader_wrote(small, tmp_path):
    path, folder = small.write("print(2)"), tmp_path / "lab"
    downloads.copy_chapters(small, folder)
    copy = folder / path.name
    assert [cell.source for cell in nbformat.read(copy, as_version=4).cells] == [
        cell.source for cell in nbformat.read(path, as_version=4).cells
    ]
    copy.write_text("my answers")
    downloads.copy_chapters(small, folder)
    assert copy.read_text() == "my answers"
