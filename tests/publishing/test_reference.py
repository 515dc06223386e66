"""The reference of dlcore: every name once, every word of every docstring, no broken link."""

import importlib
import inspect
import re

import docutils.core
import docutils.nodes
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlcore import activations, datasets, initializers
from publishing.extension import reference
from publishing.extension.reference import convert
from publishing.project import REPOSITORY, Project

TEACHING = ["experiments", "controls", "exercises", "plots", "graphs"]  # what chapters import
CHAPTERS = ("enumeration", "features", "memory", "pocket", "spike_trains", "units")
MODULES = [
    *(f"dlcore.{path.stem}" for path in sorted(REPOSITORY.glob("dlcore/[!_]*.py"))),
    *(f"dlcore.teaching.{name}" for name in TEACHING),
    *(f"dlcore.teaching.chapters.{name}" for name in CHAPTERS),
]
PAGES = sorted(path.stem for path in (REPOSITORY / "book" / "reference").glob("*.md"))

SAMPLE = """
d = m̂/(√v̂ + ε),   with |x| and ŷ_ and *all*.

theta     the array, see ``Adam``
          and ``m *= β₁``
kind="A"  one of them
Raises ValueError.  Kingma and Ba 2015, arXiv:1412.6980.

* the first
  of two
* the second

    optimizer.step(g)

    θ ← θ − η d
"""
CONVERTED = r"""
d \= m\̂\/\(\√v\̂ \+ ε\)\, with \|x\| and ŷ\_ and \*all\*\.

.. container:: terms

    \ ``theta``\ 
        the array\, see \ :py:obj:`Adam <dlcore.optimizers.Adam>`\  and \ ``m *= β₁``\ 

    \ ``kind="A"``\ 
        one of them

Raises ValueError\. Kingma and Ba 2015\, \ `arXiv\:1412\.6980 <https\:\/\/arxiv\.org\/abs\/1412\.6980>`__\ \.

* the first of two

* the second

.. code-block:: python

    optimizer.step(g)

| θ \← θ \− η d
"""  # noqa: E501, W291


def test_docstring_becomes_restructured_text():
    names = {"Adam": "dlcore.optimizers.Adam"}
    found = "\n".join(convert(SAMPLE.splitlines(), names.get))
    assert re.sub(r"[ \u2003]+", " ", found).strip() == re.sub(" +", " ", CONVERTED).strip()


def test_first_line_that_is_a_sentence_is_a_paragraph():
    assert convert(["d = g.", "Raises nothing."]) == [r"d \= g\.", "", r"Raises nothing\.", ""]
    assert convert(["A sentence that", "goes on."]) == [r"A sentence that goes on\.", ""]


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def words(docstring: str) -> str:
    """What must be found again on the page: the text without the marks of literals and lists."""
    return squeezed(re.sub(r"^\* ", "", docstring, flags=re.MULTILINE).replace("``", ""))


LINES = st.text(
    st.sampled_from("ab A1.-*_`|:\\#=+~<>[](){}'\"^/&%$§•→ŷ̂−\u2003\t@") | st.characters(),
    max_size=40,
)


@settings(deadline=None, max_examples=300)
@given(st.lists(LINES | LINES.map(lambda text: f"    {text}"), max_size=8))
def test_no_docstring_is_markup_by_accident(lines):
    text = inspect.cleandoc("\n".join(lines)).replace("\0", "")
    with_roles = "\n".join(convert(text.splitlines()))
    without = with_roles.replace(".. code-block:: python", "::")
    tree = docutils.core.publish_doctree(without, settings_overrides={"report_level": 1})
    assert [node.astext() for node in tree.findall(docutils.nodes.system_message)] == []
    assert re.sub(r"[*`]", "", squeezed(tree.astext())) == re.sub(r"[*`]", "", squeezed(text))


def public(module) -> dict:
    """The classes and functions of a module that a reader may use, by name."""
    return {
        name: thing
        for name, thing in vars(module).items()
        if not name.startswith("_")
        and (inspect.isclass(thing) or inspect.isfunction(thing))
        and thing.__module__ == module.__name__
    }


def described(name: str) -> dict:
    """All docstrings of a module that are on its page, by full name: {name: (thing, docstring)}."""
    module = importlib.import_module(name)
    found = {name: (module, module.__doc__)}
    for short, thing in public(module).items():
        found[f"{name}.{short}"] = (thing, thing.__doc__)
        for member, value in vars(thing).items() if inspect.isclass(thing) else ():
            doc = getattr(value, "__doc__", None)
            function = inspect.isroutine(value) or isinstance(value, property)
            if doc and function and (not member.startswith("_") or member == "__call__"):
                found[f"{name}.{short}.{member}"] = (value, doc)
    return found


@pytest.mark.parametrize("module", MODULES)
def test_everything_public_has_a_docstring(module):
    assert [name for name, (_, doc) in described(module).items() if not doc] == []


@pytest.mark.parametrize(
    ("function", "names"),
    [
        (activations.activation, activations.NAMED),
        (initializers.initializer, initializers.NAMED),
        (datasets.boolean, datasets.BOOLEAN_NAMES),
    ],
)
def test_docstring_lists_every_name_that_is_known(function, names):
    listed = re.sub(r" \(\w+\)", "", re.sub(r"\s+", " ", function.__doc__))  # other names: (silu)
    assert re.search(rf": {', '.join(names)}[.;]", listed)


@pytest.mark.parametrize("module", MODULES)
def test_explained_arguments_exist(module, monkeypatch):
    lines = []
    monkeypatch.setattr(reference, "definitions", lambda found, link: lines.extend(found) or [])
    for name, (thing, doc) in described(module).items():
        if not inspect.isclass(thing) and not inspect.isroutine(thing):
            continue
        convert(inspect.cleandoc(doc).splitlines())
        known = {*reference.parameters(thing), *dir(thing)}
        known |= set(re.findall(r"self\.(\w+)", inspect.getsource(thing)))
        terms = [line for line in lines if not line[0].isspace()]
        assert [line for line in terms if re.match(r"\w+", line)[0] not in known] == [], name
        lines.clear()


def test_reference_is_in_the_table_of_contents():
    assert sorted(name for name in Project.here().pages() if name.startswith("reference/")) == [
        f"reference/{page}" for page in PAGES
    ]


REFERENCE = "# Reference\n\n```{eval-rst}\n.. automodule:: dlcore.optimizers\n```\n"
NAMES = ["dlcore.optimizers", "dlcore.optimizers.Adam", "dlcore.optimizers.clip_norm"]


def book_with(small, words: str):
    small.write("print(1)", index=f"# A small book\n\nWords that lead a reader to {words} there.\n")
    (small.book / "reference.md").write_text(REFERENCE)
    small.toc.write_text(small.toc.read_text() + "- file: reference\n")
    return small.make()


def links(names: list[str]) -> str:
    return " and ".join(f"[`{name}`](#{name})" for name in names)


def test_page_links_to_an_entry(small):
    done = book_with(small, links(NAMES))
    assert done.returncode == 0, done.stdout
    targets = re.findall(r'href="reference\.html#([\w.-]+)"', small.page("index"))
    assert targets == ["module-dlcore.optimizers", *NAMES[1:]]


def test_wrong_name_fails_the_build(small):
    wrong = ["dlcore.optimizer", "dlcore.optimizers.Adem", "dlcore.losses.clip_norm"]
    done = book_with(small, links(wrong) + " and {py:class}`dlcore.optimizers.Odom`")
    assert done.returncode != 0
    for name in [*wrong, "dlcore.optimizers.Odom"]:
        assert re.search(rf"target not found: '?{re.escape(name)}", done.stdout), done.stdout
