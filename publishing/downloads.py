"""What a reader can take along: each chapter as an executed notebook, and the package as a wheel.

The notebooks carry their default figures and plain Markdown instead of the book's directives, so
that they can be read and run anywhere: in JupyterLab, in Colab, on a forge's web page. A solution
is folded, and Run All leaves it out. `make lab` opens the same notebooks, not yet executed.
"""

import base64
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
from PIL import Image
from pybtex.database import BibliographyData, parse_file
from pybtex.plugin import find_plugin

from publishing.extension.renderer import MIME
from publishing.notebooks import FOLDED, hidden, with_solutions
from publishing.project import DOWNLOADS, REPOSITORY, Failure, Project, wheel_name

COLOURS = 128  # of a figure in a notebook: a third of the size, and nobody sees it
FENCE = re.compile(r"^(`{3,}|:{3,})\{([\w:-]+)\}[ ]*(.*?)\n(.*?)^\1[ ]*$\n?", re.M | re.S)
DATED = os.environ | {"SOURCE_DATE_EPOCH": "1577836800"}  # 2020: the wheel's files need a date
SETUP = """\
# The book's package: where it is missing, it is installed.
import importlib


def installed():
    importlib.invalidate_caches()
    try:
        importlib.import_module("dlcore.teaching")
    except ImportError:
        return False
    return True


class NotInstalled(Exception):
    def _render_traceback_(self):  # what a notebook shows of it: the sentence alone
        return [str(self)]


if not installed():
    %pip install --quiet "{source}"
if not installed():
    raise NotInstalled(
        "The book's package is not installed, and nothing below works without it: mend what pip "
        "says above, then run this cell again."
    )
"""


def write(project: Project, notebooks: dict[Path, nbformat.NotebookNode], repository: str) -> None:
    """Write the executed notebooks and the wheel into the folder of downloads of the site."""
    folder = project.site / DOWNLOADS
    folder.mkdir(parents=True, exist_ok=True)
    build_wheel(folder)
    works = bibliography(project)
    for path, notebook in notebooks.items():
        source = package(notebook, repository)
        nbformat.write(portable(notebook, works, source), folder / path.name)


def copy_chapters(project: Project, folder: Path) -> None:
    """Copy the chapters, as they are, and their data that are not in folder yet; what a reader
    wrote there stays."""
    folder.mkdir(exist_ok=True)
    works = bibliography(project)
    data = [p for p in (project.book / "data").rglob("*") if p.is_file()]
    for path in [*project.book.glob("*.ipynb"), *data]:
        target = folder / path.relative_to(project.book)
        if target.exists():
            continue
        if path.suffix == ".ipynb":
            nbformat.write(portable(nbformat.read(path, as_version=4), works), target)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)


def package(notebook: nbformat.NotebookNode, repository: str) -> str:
    """What pip installs for a notebook: the wheel beside it, or the sources at their address."""
    torch = any(re.search(r"^import torch\b", cell.source, re.M) for cell in notebook.cells)
    extras = "teaching,torch" if torch else "teaching"
    return (
        f"dlcore-book[{extras}] @ git+{repository}" if repository else f"./{wheel_name()}[{extras}]"
    )


def bibliography(project: Project) -> BibliographyData:
    return parse_file(str(project.book / "references.bib"))


def build_wheel(folder: Path) -> None:
    """Build the wheel from a copy of the sources; the same sources give the same bytes."""
    with tempfile.TemporaryDirectory() as copy:
        for name in ["pyproject.toml", "LICENSE"]:
            shutil.copy(REPOSITORY / name, copy)
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(REPOSITORY / "dlcore", Path(copy) / "dlcore", ignore=ignored)
        pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"]
        command = [*pip, "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), copy]
        done = subprocess.run(command, env=DATED, capture_output=True, text=True)
    if done.returncode:
        raise Failure(f"dlcore's wheel could not be built:\n{done.stdout}{done.stderr}")


def portable(
    notebook: nbformat.NotebookNode, bibliography: BibliographyData, source: str = ""
) -> nbformat.NotebookNode:
    """A copy of a notebook that needs nothing but dlcore, which its first cell installs from source
    where it is missing; without a source there is no such cell."""
    cited = []
    setup = [nbformat.v4.new_code_cell(SETUP.format(source=source), id="setup")] if source else []
    cells = []
    for cell, solves in with_solutions(notebook.cells):
        if cell.cell_type == "code" and not solves:
            cells.append(code_cell(cell))
            continue
        code = cell.cell_type == "code"
        text = as_markdown(cell) if code else plain(cell.source, bibliography, cited)
        if solves:  # a solution is one cell, from the words before it to those after it
            cells[-1].source = f"{cells[-1].source}\n\n{text}".strip()
        elif text.strip():
            cells.append(nbformat.v4.new_markdown_cell(text, id=cell.id))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return nbformat.v4.new_notebook(cells=[*setup, *cells], metadata={"kernelspec": kernel})


def code_cell(cell: nbformat.NotebookNode) -> nbformat.NotebookNode:
    return nbformat.v4.new_code_cell(
        cell.source,
        id=cell.id,
        outputs=[new for output in cell.outputs for new in with_figure(output)],
        metadata=FOLDED if hidden(cell) else {},
        execution_count=cell.execution_count,
    )


def as_markdown(cell: nbformat.NotebookNode) -> str:
    """A code cell of a solution, to be read: what it says and what it prints."""
    code = f"```python\n{cell.source}\n```\n\n*To run it, copy it into a cell."
    printed = "".join(output.get("text", "") for output in cell.outputs).strip()
    return f"{code} It prints:*\n\n```text\n{printed}\n```" if printed else f"{code}*"


def with_figure(output: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """The output; an experiment becomes its default picture and the words below it."""
    data = output.get("data", {})
    if MIME not in data:
        return [output]
    bundle = data[MIME]
    picture = bundle["pictures"][bundle["states"][bundle["default"]]]
    sentence, caption = bundle["sentences"][bundle["default"]], bundle["caption"]
    words = f"*{caption}*" if bundle["kind"] == "show" else f"{sentence}\n\n*{caption}*"
    new = nbformat.v4.new_output
    return [
        new("display_data", image(picture) | {"text/plain": sentence}),
        new("display_data", {"text/markdown": words, "text/plain": caption}),
    ]


def image(picture: dict) -> dict[str, str]:
    content = base64.b64decode(picture["data"])
    if picture["type"] == "image/svg+xml":
        return {"image/svg+xml": content.decode()}
    png = io.BytesIO()
    drawn = Image.open(io.BytesIO(content)).convert("RGB")
    few = drawn.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.putpalette([255 if v == 254 else v for v in few.getpalette()])  # white comes out as 254
    few.save(png, "PNG", optimize=True)
    return {"image/png": base64.b64encode(png.getvalue()).decode()}


# Markdown without directives and roles.


def plain(text: str, bibliography: BibliographyData, cited: list[str]) -> str:
    """MyST as plain Markdown; the keys of what is cited are added to cited, in order."""
    text = FENCE.sub(lambda found: directive(*found.groups()[1:], bibliography, cited), text)
    text = re.sub(r"^\(([\w-]+)\)=\n", "", text, flags=re.M)
    text = re.sub(r"\[([^]]+)\]\(#dlcore[\w.]*\)", r"\1", text)  # the reference is not there
    text = re.sub(r"(\$\$.*?)\$\$[ ]*\(eq-(\d+)-(\w+)\)", r"\1\\tag{\2.\3}\n$$", text, flags=re.S)
    text = re.sub(r"\n\n\\tag", r"\n\\tag", text)
    return re.sub(r"\{([\w:]+)\}`([^`]+)`", lambda m: role(*m.groups(), bibliography, cited), text)


def directive(name: str, argument: str, body: str, bibliography, cited: list[str]) -> str:
    body = re.sub(r"\A(:\w+:.*\n)+\n?", "", body).strip()
    if name == "exercise":
        return f"**Exercise {argument}**\n\n{body}\n"
    if name == "solution-start":
        number = argument.removeprefix("ex-").replace("-", ".")
        return f"<details><summary>Solution {number}</summary>\n"
    if name == "solution-end":
        return "</details>\n"
    if name == "bibliography":
        return sources(bibliography, cited)
    lines = f"**{argument or name.capitalize()}**\n\n{body}".splitlines()
    return "\n".join(f"> {line}".rstrip() for line in lines) + "\n"


def role(name: str, content: str, bibliography, cited: list[str]) -> str:
    shown, _, target = content.rpartition("<")
    target = target.removesuffix(">")
    if name.startswith("cite"):
        keys = [key.strip() for key in content.split(",")]
        cited += [key for key in keys if key not in cited]
        works = [
            (authors(bibliography.entries[key]), year(bibliography.entries[key])) for key in keys
        ]
        if name == "cite:t":
            return "; ".join(f"{who} ({when})" for who, when in works)
        return "(" + "; ".join(f"{who}, {when}" for who, when in works) + ")"
    if name == "eq":
        return "({}.{})".format(*target.split("-")[1:])
    if name in ("class", "func", "meth", "mod", "data", "attr"):
        last = target.rpartition(".")[2] if target.startswith("~") else target
        return f"`{shown.strip() or last}`"
    return shown.strip() or target


def authors(entry) -> str:
    names = [
        " ".join([*p.prelast_names, *p.last_names])
        for p in entry.persons.get("author") or entry.persons.get("editor") or []
    ]
    names = [re.sub(r"[{}]", "", name) for name in names] or [entry.fields.get("key", "")]
    if len(names) > 2:
        return f"{names[0]} et al."
    return " and ".join(names)


def year(entry) -> str:
    return entry.fields.get("year", "n.d.")


def sources(bibliography: BibliographyData, cited: list[str]) -> str:
    """The list of what was cited so far, in the order of the authors."""
    style = find_plugin("pybtex.style.formatting", "plain")()
    backend = find_plugin("pybtex.backends", "markdown")()
    entries = [bibliography.entries[key] for key in cited]
    entries.sort(key=lambda entry: (authors(entry), year(entry)))
    texts = [entry.text.render(backend) for entry in style.format_entries(entries)]
    return "\n".join("- " + " ".join(text.split()) for text in texts) + "\n"
