"""The committed form of a notebook: text outputs of a fresh run, no pixels, nothing random."""

from collections.abc import Iterable

import nbformat

from dlcore.teaching.exercises import with_solutions
from publishing.execute import merge_streams, run_all
from publishing.project import Failure, Project

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "name": "python", "pygments_lexer": "ipython3"},
}
WIDGETS = "application/vnd.jupyter.widget-"
FOLDED = {"jupyter": {"source_hidden": True}}  # JupyterLab shows the output alone
MOST_IGNORED_CELLS = 2


def refresh(project: Project, names: Iterable[str] = ()) -> None:
    """Execute the notebooks of book/ (or those called names) and write them back, normalised."""
    paths = [p for p in sorted(project.book.glob("*.ipynb")) if not names or p.stem in names]
    for path, notebook, _ in run_all(project, paths, site=False):
        normalise(notebook)
        if wrong := problems(notebook):
            raise Failure("\n".join(f"{path.stem}: {text}" for text in wrong))
        nbformat.write(notebook, path)


def normalise(notebook: nbformat.NotebookNode) -> None:
    """Bring an executed notebook into its committed form, in place; twice is the same as once."""
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.metadata = nbformat.from_dict(METADATA)
    taken, count = set(), 0
    for number, (cell, solves) in enumerate(with_solutions(notebook.cells)):
        wished = cell.get("id") or f"cell-{number}"
        cell.id = wished if wished not in taken else f"{wished}-{number}"
        taken.add(cell.id)
        tags = cell.metadata.get("tags")
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
        if cell.cell_type == "code":
            if solves or hidden(cell):
                cell.metadata |= nbformat.from_dict(FOLDED)
            count += 1
            cell.execution_count = count
            cell.outputs = [
                kept for output in merge_streams(cell.outputs) if (kept := as_text(output, count))
            ]


def hidden(cell: nbformat.NotebookNode) -> bool:
    """Whether the page folds the code of a cell."""
    return bool({"hide-input", "remove-input"} & set(cell.metadata.get("tags", [])))


def as_text(output: nbformat.NotebookNode, count: int) -> nbformat.NotebookNode | None:
    """The output without pixels and widgets, or None if nothing is left."""
    if "data" in output:
        for mime in list(output.data):
            if mime.startswith(("image/", WIDGETS)) and mime != "image/svg+xml":
                del output.data[mime]
        output.metadata = nbformat.NotebookNode()
        if not output.data:
            return None
    if output.output_type == "execute_result":
        output.execution_count = count
    return output


def problems(notebook: nbformat.NotebookNode) -> list[str]:
    """Why a notebook must not be committed as it is."""
    found = []
    if "widgets" in notebook.metadata:
        found.append("widget state is stored in the notebook")
    ignored = 0
    for number, cell in enumerate(notebook.cells, start=1):
        ignored += "nbval-ignore-output" in cell.metadata.get("tags", [])
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                found.append(f"cell {number} stores an error")
            if output.get("name") == "stderr":
                found.append(f"cell {number} stores a warning:\n{output.text}")
            for mime in output.get("data", {}):
                if mime.startswith(("image/", WIDGETS, "application/vnd.dlcore")):
                    found.append(f"cell {number} stores {mime}; run `make notebooks`")
    if ignored > MOST_IGNORED_CELLS:
        found.append(f"{ignored} cells have the tag nbval-ignore-output, {MOST_IGNORED_CELLS} may")
    return found
