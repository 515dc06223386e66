"""A chapter takes about an hour: its prose, its visible code and its experiments are counted.

python -m tests.test_size                     the sizes of all chapters
"""

import re
from pathlib import Path

import nbformat
import pytest

from publishing.notebooks import hidden, with_solutions

BOOK = Path(__file__).parents[1] / "book"
CHAPTERS = sorted(BOOK.glob("[0-9][0-9]*_*.ipynb"))
MOST = {"words": 6500, "lines": 350, "experiments": 12, "longest cell": 30}
NOT_PROSE = [  # and by what it is replaced: a formula, a name or a citation counts as one word
    (r"```\{(bibliography|figure|image)[\s\S]*?```", ""),
    (r"^(```.*|:[\w-]+:.*|\(.*\)=)$", ""),
    (r"\$\$[\s\S]*?\$\$(\s*\(eq-[\w-]+\))?|\$[^$]*\$", "x"),
    (r"(\{[\w:]+\})?`[^`]*`", "x"),
    (r"\]\([^)]*\)", "]"),
]


def words(markdown: str) -> int:
    for pattern, instead in NOT_PROSE:
        markdown = re.sub(pattern, instead, markdown, flags=re.MULTILINE)
    return len(re.findall(r"\w[\w’'-]*", markdown))


def size(path: Path) -> dict[str, int]:
    """What a reader reads who opens no fold: no solution, no hidden code."""
    found = dict.fromkeys(MOST, 0)
    for cell, solves in with_solutions(nbformat.read(path, as_version=4).cells):
        if cell.cell_type == "markdown":
            if not solves and "{solution-start}" not in cell.source:
                found["words"] += words(cell.source)
        else:
            found["experiments"] += len(re.findall(r"^explore\(", cell.source, re.MULTILINE))
            if not solves and not hidden(cell):
                lines = len([line for line in cell.source.splitlines() if line.strip()])
                found["lines"] += lines
                found["longest cell"] = max(found["longest cell"], lines)
    return found


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_takes_about_an_hour(path):
    found = size(path)
    assert {what: n for what, n in found.items() if n > MOST[what]} == {}, f"limits: {MOST}"


def test_what_is_counted():
    text = "(a-label)=\n## Two words\n\n```{exercise} 8.2 Fix it\n:label: ex\n```\nof $x + 1$ `a b`"
    assert words(text) == 5
    assert words("[two words](#dlcore.losses) {cite}`one,two`, its reader's") == 5


if __name__ == "__main__":
    for chapter in CHAPTERS:
        print(f"{chapter.stem:24}", size(chapter))
