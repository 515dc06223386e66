"""Builds the website from the executed notebooks, and checks that every page is there."""

import html.parser
import re
import shutil
from pathlib import Path

import nbformat
import yaml
from jupyter_book.sphinx import build_sphinx

from publishing import downloads, execute
from publishing.extension.renderer import MIME
from publishing.finish import finish
from publishing.project import Failure, Project

FEWEST_WORDS = 10  # of a page that is not empty
SHORTEST_ALT = 40  # characters

# A chapter alone cannot resolve its links to the others.
PREVIEW = {"suppress_warnings": ["myst.domains", "myst.xref_missing", "bibtex.duplicate_citation"]}


def build(project: Project, cache: Path) -> None:
    """Build all pages anew into project.site; Failure on any warning and on a page without text.

    Always from scratch: Sphinx would not see a changed output behind an unchanged notebook.
    """
    doctrees = project.build / "doctrees"
    for folder in (project.site, doctrees):
        shutil.rmtree(folder, ignore_errors=True)
    result = build_sphinx(
        project.book,
        project.site,
        path_config=project.config,
        noconfig=True,
        confoverrides={
            "external_toc_path": str(project.toc),
            "latex_individualpages": False,
            "nb_execution_cache_path": str(cache),
            "nitpicky": True,
            "repository": repository(project),
        }
        | ({} if project.toc.parent == project.root else PREVIEW),
        doctreedir=doctrees,
        warningiserror=True,
        keep_going=True,
        quiet=True,
    )
    if result:
        raise Failure(f"Sphinx found something wrong in the pages, see above ({result})")
    (project.site / ".nojekyll").touch()
    (project.site / ".buildinfo").unlink()  # of use to Sphinx only, and it knows this folder's path
    downloads.write(project, execute.outputs(project), repository(project)["url"])
    finish(project.site)
    problems = [text for name in project.pages() if (text := page_problem(project.site, name))]
    if problems:
        raise Failure("\n".join(problems))


def repository(project: Project) -> dict[str, str]:
    """The address and the branch of the sources as _config.yml names them; no address: empty."""
    config = yaml.safe_load(project.config.read_text(encoding="utf-8")).get("repository") or {}
    return {"url": config.get("url") or "", "branch": config.get("branch") or "main"}


def output_problems(notebook: nbformat.NotebookNode) -> list[str]:
    """What an executed notebook shows and a page must not: warnings, and pictures without words."""
    problems = []
    for number, cell in enumerate(notebook.cells, start=1):
        for output in cell.get("outputs", []):
            data, where = output.get("data", {}), f"cell {number}"
            if output.output_type == "stream" and output.name == "stderr":
                problems.append(f"{where} writes to stderr; a warning is a failure:\n{output.text}")
            elif MIME in data:
                name, found = data[MIME]["name"], figure_problems(data[MIME])
                problems += [f"{where}: {name!r} {text}" for text in found]
            elif any(mime.startswith("image/") for mime in data):
                problems.append(
                    f"{where} shows a bare figure; use show(fig, name, caption, alt) or explore(…)"
                )
    return problems


def figure_problems(bundle: dict) -> list[str]:
    """What an experiment's bundle lacks: a caption, sentences, or a picture that ever changes."""
    problems = [] if bundle["caption"].strip() else ["has no caption"]
    if bundle["script"]:
        return problems
    pictures, sentences = bundle["states"], bundle["sentences"]
    if not all(sentence.strip() for sentence in sentences):
        problems.append("has a state without a sentence")
    if bundle["kind"] == "show" and len(sentences[0]) < SHORTEST_ALT:
        problems.append(f"has an alt text of fewer than {SHORTEST_ALT} characters")
    if len(pictures) > 1 and len(set(pictures)) == 1:
        problems.append("does not move: its picture is the same in every state")
    return problems


def page_problem(site: Path, name: str) -> str:
    """What is wrong with a page of the table of contents, or nothing."""
    path = site / f"{name}.html"
    if not path.exists():
        return f"{name}: the table of contents lists it, but there is no such page"
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    words = len(re.findall(r"\w+", " ".join(page.text)))
    if words < FEWEST_WORDS:
        return f"{name}: the page is empty ({words} words)"
    if twice := {i for i in page.ids if page.ids.count(i) > 1}:
        return f"{name}: these names are used twice, by headings or experiments: {sorted(twice)}"
    if page.silent:
        return f"{name}: pictures without alternative text: {page.silent}"
    return ""


class Page(html.parser.HTMLParser):
    """Collects all ids, the pictures without words, and the text inside <article>."""

    def __init__(self):
        super().__init__()
        self.inside, self.text, self.ids, self.silent = False, [], [], []

    def handle_starttag(self, tag, attributes):
        self.inside |= tag == "article"
        self.ids += [value for key, value in attributes if key == "id"]
        given = dict(attributes)
        if tag == "img" and not (given.get("alt") or "").strip():
            self.silent.append(given.get("src"))

    def handle_endtag(self, tag):
        self.inside &= tag != "article"

    def handle_data(self, data):
        if self.inside:
            self.text.append(data)
