"""The reference of dlcore, made from its docstrings: plain text in, reStructuredText out.

Docstrings are written for those who read the source.  On the page

* a paragraph stays a paragraph, in which only ``double backticks`` are markup; a first line that
  is a sentence, or an equation, is one,
* lines like ``name   what it is`` become a list of definitions, deeper lines go on with one,
* lines that begin with an asterisk become a list, and
* indented lines are Python if they can be parsed, definitions if they look so, else formulas.

A name in double backticks is a link where Python, standing where the docstring stands, finds
something of dlcore that has an entry of its own.
"""

import ast
import importlib
import inspect
import re
from collections.abc import Callable
from textwrap import dedent

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

ITEM = re.compile(r"(?!\s)(?P<term>(?:\S| (?! )){0,38}[^\s.,;:!?]) {2,}(?P<meaning>\S.*)")
LITERAL = re.compile(r"``([^`\s](?:[^`]*[^`\s])?)``")
NAME_OR_CALL = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(?:\([^()]*\))?")
PAPER = re.compile(r"(arXiv:\d{4}\.\d{4,5}|doi:10\.\d+/[^\s,;]*\w)")
HOSTS = {"arXiv": "https://arxiv.org/abs/", "doi": "https://doi.org/"}
CODE_LIKE = re.compile(r"[\w.]+(?:\([^`]*\)|=[^`\s]+)?(?:, [\w.]+)*")

Link = Callable[[str], str | None]  # the full name of what a short name stands for, if anything


def convert(lines: list[str], link: Link = lambda name: None) -> list[str]:
    """The lines of a docstring as reStructuredText."""
    lines, done = [line.expandtabs().rstrip() for line in lines], []
    if lines and lines[0].endswith(".") and is_prose(lines[0]):
        lines.insert(1, "")
    while lines:
        if not lines[0]:
            lines.pop(0)
        elif is_indented(lines[0]):
            taken = take(lines, is_indented)
            while goes_on(taken, lines):
                taken += [lines.pop(0), *take(lines, is_indented)]
            done += indented(dedent("\n".join(taken)).split("\n"), link)
        elif lines[0].startswith("* "):
            done += ["* " + inline(" ".join(take(lines, is_indented))[2:], link), ""]
        elif is_item(lines[0]):
            done += definitions(take(lines, lambda line: is_indented(line) or is_item(line)), link)
        else:
            done += [inline(" ".join(take(lines, is_prose)), link), ""]
    return done


def take(lines: list[str], belongs: Callable[[str], bool]) -> list[str]:
    """Remove the first line, with those after it that belong to it, and return them."""
    end = 1
    while end < len(lines) and lines[end] and belongs(lines[end]):
        end += 1
    taken = lines[:end]
    del lines[:end]
    return taken


def goes_on(taken: list[str], lines: list[str]) -> bool:
    """Is the next block, after a blank line, the rest of a class or function?"""
    if len(lines) < 2 or lines[0] or not is_python(dedent("\n".join(taken))):
        return False
    return margin(lines[1]) > margin(taken[0])


def margin(line: str) -> int:
    return len(line) - len(line.lstrip())


def is_indented(line: str) -> bool:
    return line[0].isspace()


def is_item(line: str) -> bool:
    return ITEM.fullmatch(line) is not None


def is_prose(line: str) -> bool:
    return not (is_indented(line) or is_item(line) or line.startswith("* "))


def indented(block: list[str], link: Link) -> list[str]:
    if is_python("\n".join(block)):
        return [".. code-block:: python", "", *(f"    {line}" for line in block), ""]
    if is_item(block[0]) and all(is_indented(line) or is_item(line) for line in block):
        return definitions(block, link)
    margins = (" " * (len(line) - len(line.lstrip())) for line in block)
    return [*(f"| {m}{inline(line, link)}" for m, line in zip(margins, block, strict=True)), ""]


def is_python(text: str) -> bool:
    try:
        return bool(ast.parse(text).body)
    except (SyntaxError, ValueError):
        return False


def definitions(lines: list[str], link: Link) -> list[str]:
    items = []
    for line in lines:
        if match := ITEM.fullmatch(line):
            items.append([match["term"], match["meaning"]])
        else:
            items[-1][1] += f" {line.strip()}"
    done = [".. container:: terms", ""]
    for term, meaning in items:
        term = literal(term, link) if CODE_LIKE.fullmatch(term) else inline(term, link)
        done += [f"    {term}", f"        {inline(meaning, link)}", ""]
    return done


def inline(text: str, link: Link) -> str:
    """A paragraph; the gaps between formulas of one line stay wider than a space."""
    text = re.sub(r" {3,}", "\u2003", re.sub(r"[^\S ]+", " ", text.strip()))
    parts = LITERAL.split(text)
    parts[::2] = map(prose, parts[::2])
    parts[1::2] = (literal(code, link) for code in parts[1::2])
    return "".join(parts)


def prose(text: str) -> str:
    """Text in which the number of a paper is a link, and nothing else is markup."""
    parts = PAPER.split(text)
    parts[::2] = map(escape, parts[::2])
    parts[1::2] = map(paper, parts[1::2])
    return "".join(parts)


def paper(number: str) -> str:
    archive, _, identifier = number.partition(":")
    return rf"\ `{escape(number)} <{escape(HOSTS[archive] + identifier)}>`__\ "


def literal(code: str, link: Link) -> str:
    match = NAME_OR_CALL.fullmatch(code)
    full = link(match[1]) if match else None
    return rf"\ :py:obj:`{escape(code)} <{full}>`\ " if full else rf"\ ``{code}``\ "


def escape(text: str) -> str:
    """Text in which nothing is markup."""
    return re.sub(r"([^\w\s]|_)", r"\\\1", text)


def finder(name: str, thing: object) -> Link:
    """What a short name stands for in the docstring of the thing with that full name."""
    scopes = [importlib.import_module("dlcore")]
    for part in name.split(".")[1:]:
        scopes.append(getattr(scopes[-1], part))
    own = parameters(thing)

    def link(short: str) -> str | None:
        if short in own:
            return None
        for scope in reversed(scopes):
            if full := full_name(scope, short):
                return full
        return f".{short}" if re.fullmatch(r"[A-Z]\w+", short) else None  # wherever it is

    return link


def parameters(thing: object) -> set[str]:
    try:
        return set(inspect.signature(thing).parameters)
    except (TypeError, ValueError):
        return set()


def full_name(scope: object, short: str) -> str | None:
    """The full name of what ``scope.short`` is, if that is something of dlcore."""
    found = scope
    for part in short.split("."):
        if getattr(found, "__path__", None):
            try:
                importlib.import_module(f"{found.__name__}.{part}")
            except ImportError:
                pass
        try:
            found = getattr(found, part)
        except AttributeError:
            return None
    if inspect.ismodule(found):
        full = found.__name__
    else:
        found = found.fget if isinstance(found, property) else found
        full = f"{getattr(found, '__module__', '')}.{getattr(found, '__qualname__', '')}"
    return full if full.startswith("dlcore.") else None


def process_docstring(app: Sphinx, what: str, name: str, thing, options, lines: list[str]) -> None:
    lines[:] = convert(lines, finder(name, thing))
    if what in ("class", "exception"):
        bases = [base for base in thing.__mro__[1:] if is_public(base)]
        if bases:
            lines += [f"Extends :py:obj:`{bases[0].__name__} <{path_of(bases[0])}>`.", ""]


def is_public(base: type) -> bool:
    return base.__module__.startswith("dlcore.") and not base.__name__.startswith("_")


def path_of(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def skip_fields(app: Sphinx, what: str, name: str, thing, skip: bool, options) -> bool | None:
    """The fields of a named tuple stand in its signature."""
    return True if type(thing).__name__ == "_tuplegetter" else None


def leave_plain(app: Sphinx, env, node: addnodes.pending_xref, text: nodes.Element):
    """A name in a docstring that has no entry is not a link; all other references must resolve."""
    if node["reftype"] == "obj" and node.get("refdomain") == "py":
        return text
    return None


def setup(app: Sphinx) -> dict:
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("autodoc-process-docstring", process_docstring)
    app.connect("autodoc-skip-member", skip_fields)
    app.connect("missing-reference", leave_plain)
    return {"parallel_read_safe": True}
