"""A page of the website made fit for paper: its article without what only a screen can do."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from posixpath import dirname, join, normpath
from urllib.parse import unquote, urldefrag

from bs4 import BeautifulSoup, Tag

from publishing.paper.figures import experiment, fragment
from publishing.project import DOWNLOADS
from publishing.render import render

ON_SCREEN = [  # what paper cannot do
    ".headerlink",
    ".chapter-facts > :not(p)",
    ".exercise-answer",
    ".exercise-note",
    ".toctree-wrapper",
    "script",
    "link",
    "details.hide > summary",
]
CODE, PROSE = 7, 250  # lines, characters: of what is not broken
UNANSWERED = re.compile(r"^[\w.]+: not answered yet$")


@dataclass
class Page:
    """An article of the book on paper; its ids begin with the page's name."""

    name: str
    article: Tag
    solutions: list[Tag] = field(default_factory=list)

    @property
    def slug(self) -> str:
        return slug(self.name)

    @property
    def title(self) -> str:
        return heading(self.article.find(re.compile("^h[1-6]$")))

    def headings(self) -> list[tuple[str, str]]:
        """(id, inner HTML) of the sections of a page, one level below its title."""
        found = self.article.find_all("h3")
        return [(h.parent["id"], heading(h)) for h in found if h.parent.get("id")]


def heading(tag: Tag) -> str:
    """What a heading says, as HTML without links."""
    copy = BeautifulSoup(tag.decode_contents(), "html.parser")
    for link in copy.find_all("a"):
        link.unwrap()
    for named in copy.find_all(id=True):
        del named["id"]
    return str(copy).strip()


def slug(name: str) -> str:
    return name.replace("/", "-")


def anchor(name: str, fragment: str = "") -> str:
    """The id on paper of a place on a page of the website."""
    return f"{slug(name)}--{fragment}" if fragment else slug(name)


def read(site: Path, name: str, base: str = "") -> Page:
    """The article of a page of the site; ValueError if there is none.

    ``base`` is the public address of the website, with a slash at its end, or empty.
    """
    text = (site / f"{name}.html").read_text(encoding="utf-8")
    start, end = text.find("<article"), text.rfind("</article>")
    if start < 0:
        raise ValueError(f"{name}.html: expected an <article>, found none")
    article = BeautifulSoup(text[start:end], "html.parser").article
    page = Page(name, article)
    for figure in article.select("figure.experiment"):
        figure.replace_with(experiment(figure, site, name, base))
    if play := article.find(id="play"):
        play.replace_with(fragment(f"<p>{address(base, f'{name}.html')}</p>"))
    for tag in article.select(", ".join(ON_SCREEN)):
        tag.decompose()
    for details in article.select("details.hide"):
        details.unwrap()
    drop_unanswered(article)
    for formula in article.find_all("math"):
        say(formula)
    print_addresses(article, base)
    for block in article.find_all(["p", "pre"]):
        if is_short(block):
            block["class"] = [*block.get("class", []), "short"]
    for tag in reversed(article.find_all(re.compile("^h[1-5]$"))):
        tag.name = f"h{int(tag.name[1]) + 1}"  # below the title of its part
    move(article, site, name, base)
    for solution in article.select("details.solution"):
        page.solutions.append(solved(solution.extract(), article, name))
    return page


def address(base: str, path: str) -> str:
    """An address to be read on paper, and a link where the website has a public place."""
    return render("paper_address.html", base=base, path=path).strip()


def say(formula: Tag) -> None:
    """A formula is one thing with a text, its LaTeX: a PDF knows no parts of it."""
    latex = formula.find("annotation").extract().get_text()
    formula.parent.attrs |= {"role": "img", "aria-label": latex}


def drop_unanswered(article: Tag) -> None:
    """The outputs of exercises that wait for an answer say nothing on paper."""
    for output in article.select(".cell_output"):
        if UNANSWERED.match(output.get_text().strip()):
            output.decompose()


def is_short(block: Tag) -> bool:
    """Is there nowhere to break it with two lines of text, or four of code, on either side?

    Chromium breaks such blocks all the same, unless it is told not to.
    """
    text = block.get_text().strip()
    return text.count("\n") < CODE if block.name == "pre" else len(text) < PROSE


def print_addresses(article: Tag, base: str) -> None:
    """Behind a link to a state of the playground or of an experiment stands its address."""
    for link in article.select('.train-yourself > a, li > a[href*="?"]'):
        link.insert_after(" ", fragment(address(base, link["href"])))


def move(article: Tag, site: Path, name: str, base: str) -> None:
    """Give every id and address of a page its place in the one document."""
    for tag in article.find_all(id=True):
        tag["id"] = anchor(name, tag["id"])
    article["id"] = anchor(name)
    for tag in article.find_all(["img", "source"], src=True):
        tag["src"] = (site / place(name, tag["src"])).as_uri() if local(tag["src"]) else tag["src"]
        del tag["loading"]
    for link in article.find_all("a", href=True):
        target = moved(name, link["href"], base)
        if target:
            link["href"] = target
        else:
            link.unwrap()


def local(address: str) -> bool:
    return not re.match(r"[a-z]+:", address)


def place(name: str, path: str) -> str:
    """A file that the page called name refers to, as seen from the site's root."""
    return normpath(join(dirname(name), path))


def moved(name: str, href: str, base: str) -> str:
    """The address on paper of a link on the page called name; empty: it leads nowhere."""
    if not local(href):
        return href
    path, target = urldefrag(href)
    if not path:
        return f"#{anchor(name, unquote(target))}"
    path = place(name, path)
    file, _, query = path.partition("?")
    if file.startswith(DOWNLOADS) or query:
        if base:
            return base + path + (f"#{target}" if target else "")
        if not query:
            return ""
    page = file.removesuffix(".html")
    if page == file:
        return f"{base}{path}" if base else ""
    return f"#{anchor(page, unquote(target))}"


def solved(solution: Tag, article: Tag, page: str) -> Tag:
    """A solution as it stands at the end of the book, tied to its exercise in both directions."""
    solution.name = "section"
    title = solution.summary
    title.name = "h3"
    number = title.get_text().split()[-1]
    exercise = article.find(id=anchor(page, f"ex-{number.replace('.', '-')}"))
    if exercise is not None:
        back = f'<a href="#{exercise["id"]}">To the exercise</a>'
        title.insert_after(fragment(f'<p class="turn">{back}</p>'))
        there = f'<a href="#{solution["id"]}">To the solution</a>'
        exercise.append(fragment(f'<p class="turn">{there}</p>'))
    return solution
