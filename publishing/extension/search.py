"""The search leads a word of the glossary to the section that explains it.

The glossary's own links say which section that is: each of its terms becomes an entry of the index
of that section's page. A term of several words is found by a name in it, too ("Nesterov").
"""

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

GLOSSARY = "glossary"


class Term(NamedTuple):
    name: str
    places: list[tuple[str, str]]  # the chapters and headings that its entry leads to, in order


@cache
def terms(glossary: str) -> list[Term]:
    """The terms of the text of the glossary that lead to a chapter."""
    _, _, inside = glossary.partition("```{glossary}\n")
    found = []
    for entry in re.split(r"\n\s*\n", inside.partition("\n```")[0]):
        places = re.findall(r"\((\d\w+)\.ipynb(?:#([^)\s]+))?\)", entry)
        found += [Term(name, places) for name in re.findall(r"^(\S.*)$", entry, re.M) if places]
    return found


def spellings(name: str) -> set[str]:
    """``name``, without its hyphens, and the names of people and methods in it."""
    people = re.findall(r"\b[A-Z][a-z]{2,}\b", name) if " " in name or "-" in name else []
    return {name, name.replace("-", " "), *people}


def read_again(app: Sphinx, env: BuildEnvironment, pages: list[str]) -> None:
    """With the glossary the entries of every chapter may have changed."""
    if GLOSSARY in pages:
        pages[:] = sorted(env.found_docs)


def add_entries(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """The terms that this page explains, as entries of its index."""
    if GLOSSARY not in app.env.found_docs:
        return
    ids = {
        slug: name for slug, (_, name, _) in app.env.metadata[page].get("myst_slugs", {}).items()
    }
    glossary = Path(app.env.doc2path(GLOSSARY)).read_text(encoding="utf-8")
    entries = [
        ("single", spelling, ids.get(heading, ""), "main", None)
        for term in terms(glossary)
        for spelling in sorted(spellings(term.name))
        for chapter, heading in term.places[:1]
        if chapter == page
    ]
    doctree.append(addnodes.index(entries=entries))


def setup(app: Sphinx) -> None:
    app.connect("env-before-read-docs", read_again)
    app.connect("doctree-resolved", add_entries)
