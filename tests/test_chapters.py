"""What every chapter's source keeps to: it shows code whole, and names nothing private."""

import ast
import re
from pathlib import Path

import nbformat
import pytest

from publishing.notebooks import with_solutions

BOOK = Path(__file__).parents[1] / "book"
CHAPTERS = sorted(BOOK.glob("*.ipynb"))
PRIVATE = re.compile(r"(?<![\w.])(?:\w+\.)+_(?!_)\w+|`_[a-z]\w*`")
PRINTED = re.compile(r"(?:\bself\.|[^\w.])_[a-z]\w*\(")
REFLECTION = {"__base__", "__bases__", "__mro__", "__code__", "__dict__", "__wrapped__"}


def problems(source: str) -> list[str]:
    """What a code cell must not do: import inspect, reach for private names, look into classes."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
            found += [n for n in names if n == "inspect" or n.rpartition(".")[2].startswith("_")]
        elif isinstance(node, ast.Attribute):
            private = node.attr.startswith("_") and not node.attr.startswith("__")
            if private or node.attr in REFLECTION or node.attr == "getsource":
                found.append(ast.unparse(node))
    return found


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_code_is_shown_whole_and_nothing_private_is_named(path):
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            assert problems(cell.source) == [], f"{path.stem}, cell {cell.id}"
            for output in cell.outputs:  # what source(…) has printed
                assert not PRINTED.findall(output.get("text", "")), f"{path.stem}, cell {cell.id}"
        else:
            assert PRIVATE.findall(cell.source) == [], f"{path.stem}, cell {cell.id}"


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_every_solution_passes_its_check(path):
    """What a folded solution has printed never says that something is missing."""
    for cell, solves in with_solutions(nbformat.read(path, as_version=4).cells):
        if solves and cell.cell_type == "code":
            said = "".join(output.get("text", "") for output in cell.outputs)
            assert not re.search(r"\bnot yet\b|not answered", said), f"{path.stem}, cell {cell.id}"


@pytest.mark.parametrize("page", sorted(BOOK.glob("*.md")), ids=lambda path: path.stem)
def test_pages_name_nothing_private(page):
    assert PRIVATE.findall(page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "import inspect",
        "from inspect import getsource",
        "from dlcore.network import _kind",
        "import dlcore._secret",
        "net._theta",
        "BatchNorm.__base__.input_grad",
        "x = tools.getsource(f)[3:]",
    ],
)
def test_what_is_forbidden_is_seen(source):
    assert problems(source)


def test_what_is_allowed_is_not_refused():
    assert problems("for _ in range(3):\n    source(Adam.direction)\nprint(type(x).__name__)") == []
    assert PRIVATE.findall("the `Network._forward` and `_kind`") and not PRIVATE.findall(
        "x_1 a_b.c"
    )


def test_the_tests_that_a_page_names_are_there():
    page = (BOOK / "reproducibility.md").read_text(encoding="utf-8")
    named = re.findall(r"^(tests/\S+\.py)::(\w+)$", page, re.MULTILINE)
    assert len(named) > 20
    for file, name in named:
        assert f"\ndef {name}(" in (BOOK.parent / file).read_text(encoding="utf-8"), (file, name)


def broken_formulas(markdown: str) -> list[str]:
    """Lines that begin like an item of a list inside of a formula: Markdown ends the formula."""
    found, inside = [], False
    for line in markdown.splitlines():
        if inside and re.match(r"\s*([-+*]|\d+\.) ", line):
            found.append(line)
        inside = bool(line.strip()) and inside ^ len(re.findall(r"(?<!\\)\$", line)) % 2
    return found


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_no_formula_is_cut_by_a_list(path):
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            assert broken_formulas(cell.source) == [], cell.id


def test_a_cut_formula_is_seen():
    assert broken_formulas("it is $a\n+ b$ here") and not broken_formulas("it is $a$\n+ b\n\n- $c$")


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_block_ends_on_a_line_of_its_own(path):
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            fences = re.findall(r"^(?:`{3,}|:{3,})", cell.source, re.M)
            assert len(fences) % 2 == 0, cell.id
            assert not re.search(r"[^`\n]`{3,}$", cell.source, re.M), cell.id
