"""No term is used before it is explained: the glossary knows which chapter explains which term."""

import re
from pathlib import Path

import nbformat
import pytest

from publishing.extension.search import terms

BOOK = Path(__file__).parents[1] / "book"
ORDER = re.findall(r"file: (\d\w+)", (BOOK.parent / "_toc.yml").read_text(encoding="utf-8"))
# Words of the glossary that are, before their chapter, mostly words of every day or of school.
EVERYDAY = {
    *"activity buffer cache copies cost delta direction energy gain gate key margin module".split(),
    *"objective plateau query return schedule stack step stride tape temperature".split(),
    *["chain rule", "order of magnitude", "simple cell", "update", "width"],
}


def prose(chapter: str) -> str:
    """The text of a chapter without its formulas and names of the code."""
    cells = nbformat.read(BOOK / f"{chapter}.ipynb", as_version=4).cells
    text = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    text = re.sub(r"\{term\}`([^`]+)`", r"[\1](glossary.md)", text)
    return re.sub(r"\$\$.*?\$\$|\$[^$]*\$|(?<!`)`[^`\n]+`(?!`)", "", text, flags=re.S)


TERMS = [
    (term.name, sorted({chapter for chapter, _ in term.places}, key=ORDER.index))
    for term in terms((BOOK / "glossary.md").read_text(encoding="utf-8"))
    if term.name not in EVERYDAY
]
PROSE = {chapter: prose(chapter) for chapter in ORDER}


def unexplained(name: str, homes: list[str], text: str) -> str:
    """The paragraph of ``text`` that uses ``name`` first, if nothing there says what it means.

    It is explained where it is set in bold or italics, where it is a link itself, and where a link
    of that paragraph leads to a chapter that explains it (``homes``) or to the glossary.
    """
    flags = re.I if name.islower() else 0
    word = re.escape(name) + "(?:s|es)?"
    if re.search(rf"\*[^*\n]*\b{word}\b[^*\n]*\*", text, flags):
        return ""
    for paragraph in re.split(r"\n\s*\n", text):
        words = re.sub(r"\]\([^()\s]*\)", "]", paragraph)
        if re.search(rf"(?<![\w-]){word}(?![\w-])", words, flags):
            itself = re.search(rf"\[[^\[\]]*\b{word}\b[^\[\]]*\]\(", paragraph, flags)
            linked = itself or re.search(rf"\]\((?:{'|'.join(homes)}|glossary)\b", paragraph)
            return "" if linked else paragraph
    return ""


@pytest.mark.parametrize("chapter", ORDER)
def test_a_term_is_explained_or_linked_where_it_comes_before_its_chapter(chapter):
    until = ORDER.index(chapter)
    before = "\n".join(PROSE[earlier] for earlier in ORDER[:until])
    found = {
        name: paragraph
        for name, homes in TERMS
        if ORDER.index(homes[0]) > until
        and not re.search(rf"\*\*[^*\n]*\b{re.escape(name)}", before, re.I)
        and (paragraph := unexplained(name, homes, PROSE[chapter]))
    }
    assert found == {}


def test_what_comes_too_early_is_seen():
    term = ("momentum", ["15_optimisers"])
    assert unexplained(*term, "First.\n\nHere Momentum helps.") == "Here Momentum helps."
    for fine in (
        "*Momentum* is a mean of steps.",
        "Here [momentum](15_optimisers.ipynb#154) helps.",
        "Here [Momentum](#dlcore.optimizers.Momentum) helps.",
        "Nothing of the kind, by-momentum.",
    ):
        assert not unexplained(*term, fine)


def test_the_glossary_is_in_order_and_leads_into_the_chapters():
    assert len(TERMS) > 250
    text = (BOOK / "glossary.md").read_text(encoding="utf-8")
    _, _, inside = text.partition("```{glossary}\n")
    first = re.findall(r"(?:^|\n\n)(\S.*)", inside.partition("\n```")[0])
    letters = [re.sub(r"[^a-z0-9 ]", "", name.lower().replace("-", " ")) for name in first]
    assert letters == sorted(letters)
