"""The whole book as one HTML document, in the order of the table of contents."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import matplotlib
import yaml
from bs4 import BeautifulSoup
from markupsafe import Markup

from publishing.paper import page as pages
from publishing.paper.page import Page
from publishing.project import Failure, Project
from publishing.render import templates

STYLE = Path(__file__).parent / "paper.css"
FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"  # the same on every machine
LICENCE = "Text and figures: CC BY 4.0. Code: BSD 3-Clause License."
FIRST = "About this book"  # the landing page, whose title is the book's
templates.filters["css_string"] = lambda text: Markup(json.dumps(text, ensure_ascii=False))


@dataclass
class Sheet:
    """What has a line in the contents and a running head."""

    id: str
    title: str
    html: str
    headings: list[tuple[str, str]] = field(default_factory=list)

    @property
    def head(self) -> str:
        """The title without its markup, which a running head cannot have."""
        return BeautifulSoup(self.title, "html.parser").get_text()


@dataclass
class Part:
    id: str
    caption: str
    pages: list[Sheet]


@dataclass
class Book:
    """The book on paper: what its title page says, and its parts."""

    title: str
    author: str
    year: str
    language: str
    base: str
    parts: list[Part]

    def places(self) -> list[str]:
        """The ids that the contents lead to."""
        found = []
        for part in self.parts:
            found += [part.id] if part.caption else []
            for page in part.pages:
                found += [page.id, *(id for id, _ in page.headings)]
        return found

    def html(self, site: Path, numbers: dict[str, int] | None = None) -> str:
        """The document; numbers are the pages that the contents name, by the id of the place."""
        return templates.get_template("paper.html").render(
            vars(self)
            | {
                "site": f"{site.as_uri()}/",
                "numbers": numbers or {},
                "style": STYLE.read_text(encoding="utf-8"),
                "licence": LICENCE,
                "fonts": FONTS.as_uri(),
            }
        )


def assemble(project: Project, chosen: Iterable[str] = ()) -> Book:
    """All pages of the table of contents, or the chosen ones, with their solutions at the end.

    Failure if one of the chosen is not in the table of contents.
    """
    if unknown := sorted(set(chosen) - set(project.pages())):
        known = ", ".join(project.pages())
        raise Failure(f"There is no page {', '.join(unknown)}; there are: {known}")
    config = yaml.safe_load(project.config.read_text(encoding="utf-8"))
    base = config["html"].get("baseurl") or ""
    base = base and f"{base.rstrip('/')}/"
    parts = [
        (caption, [pages.read(project.site, n, base) for n in names if not chosen or n in chosen])
        for caption, names in table(project)
    ]
    read = [one for _, found in parts for one in found]
    unlink(read)
    sheets = [
        Part(f"part-{number}", caption, [sheet(one) for one in found])
        for number, (caption, found) in enumerate(parts)
        if found
    ]
    if answers := [solutions(one) for one in read if one.solutions]:
        sheets.append(Part("solutions", "Solutions", answers))
    return Book(
        config["title"],
        config["author"],
        config["copyright"],
        config["sphinx"]["config"]["language"],
        base,
        sheets,
    )


def table(project: Project) -> list[tuple[str, list[str]]]:
    """The parts of the table of contents: (caption, pages), the landing page first."""
    toc = yaml.safe_load(project.toc.read_text(encoding="utf-8"))
    parts = [("", [toc["root"]])]
    for part in toc.get("parts", []):
        parts.append((part["caption"], [entry["file"] for entry in part["chapters"]]))
    return parts


def unlink(read: list[Page]) -> None:
    """Take away links to what is not in this document: there are some if pages were chosen."""
    roots = [root for one in read for root in (one.article, *one.solutions)]
    ids = {tag["id"] for root in roots for tag in [root, *root.find_all(id=True)]}
    for root in roots:
        for link in root.select('a[href^="#"]'):
            if link["href"][1:] not in ids:
                link.unwrap()


def sheet(page: Page) -> Sheet:
    title = page.title
    if page.name == "index":
        title = page.article.find("h2").string = FIRST
    return Sheet(page.slug, title, str(page.article), page.headings())


def solutions(page: Page) -> Sheet:
    """The solutions of a page, under its title."""
    key = f"solutions-{page.slug}"
    answers = "\n".join(map(str, page.solutions))
    html = f'<article class="bd-article" id="{key}"><h2>{page.title}</h2>\n{answers}</article>'
    return Sheet(key, page.title, html)
