"""What stands under the title of a chapter: how long it takes, what it needs, how to run it.
Before its exercises stands a state of the playground, where a reader may go on.

``book/chapters.yml`` says what each chapter needs, and that state. Links to Colab, Binder and the
list of errors appear when, and only when, ``repository: url`` is set in ``_config.yml``.
"""

import re
from pathlib import Path
from urllib.parse import quote, urlsplit

import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

from publishing.project import DOWNLOADS, wheel_name
from publishing.render import render

logger = logging.getLogger(__name__)
NEEDS = "chapters.yml"
EXERCISES = re.compile(r'<section [^>]*id="[^"]*exercises"')
WORDS, LINES = 200, 25  # read in a minute: of prose, of code


def minutes(doctree: nodes.document) -> int:
    """How long a chapter takes to read, without its exercises, to the next five minutes."""
    code = [n.astext() for n in doctree.findall(nodes.literal_block)]
    lines = sum(1 for text in code for line in text.splitlines() if line.strip())
    prose = [n.astext() for n in doctree.findall(nodes.paragraph)]
    words = sum(len(text.split()) for text in prose)
    return max(5, 5 * round((words / WORDS + lines / LINES) / 5))


def read_needs(app: Sphinx) -> dict:
    return yaml.safe_load((Path(app.confdir) / NEEDS).read_text(encoding="utf-8"))


def put_facts(app: Sphinx, page: str, template: str, context: dict, doctree) -> None:
    """Insert the facts of a chapter, or of another notebook, under its title."""
    if doctree is None or not str(app.env.doc2path(page)).endswith(".ipynb"):
        return
    needs = read_needs(app)
    if page not in needs:
        logger.warning("%s: book/%s does not say what this chapter needs", page, NEEDS)
        return
    html = facts(app, page, needs[page], doctree, context["pathto"])
    context["body"] = context["body"].replace("</h1>", f"</h1>\n{html}", 1)
    if state := needs[page].get("playground"):
        address = f"{context['pathto']('playground')}?{state['address']}"
        html = render("playground.html", address=address, ask=state["ask"])
        context["body"] = EXERCISES.sub(lambda found: html + found[0], context["body"], count=1)


def facts(app: Sphinx, page: str, needs: dict, doctree: nodes.document, pathto) -> str:
    known = [name for name in needs.get("chapters", []) if name in app.env.titles]
    wheel = wheel_name()
    return render(
        "chapter.html",
        page=page,
        minutes=minutes(doctree),
        chapters={app.env.titles[n].astext().partition(":")[0]: pathto(n) for n in known},
        knowledge=needs["knowledge"],
        notebook=pathto(f"{DOWNLOADS}/{page}.ipynb", 1),
        links=elsewhere(app.config, page) if app.config.repository.get("url") else {},
        wheel=wheel,
        wheel_address=pathto(f"{DOWNLOADS}/{wheel}", 1),
    )


def elsewhere(config, page: str) -> dict[str, str]:
    """What a repository on GitHub offers for a page, and where.

    Colab opens the executed notebook from the branch that holds the built site, Binder the copy
    that .binder/postBuild makes, as `make lab` does, from the branch of the sources.
    """
    url, branch, site = config.repository["url"], config.repository["branch"], config.site_branch
    path = urlsplit(url).path.strip("/").removesuffix(".git")
    colab, binder = "https://colab.research.google.com/github", "https://mybinder.org/v2/gh"
    lab, title = quote(f"lab/tree/lab/{page}.ipynb"), quote(f"Error in {page}: ")
    return {
        "Open in Colab": f"{colab}/{path}/blob/{site}/{DOWNLOADS}/{page}.ipynb",
        "Open in Binder": f"{binder}/{path}/{branch}?urlpath={lab}",
        "Report an error": f"{url.rstrip('/').removesuffix('.git')}/issues/new?title={title}",
    }


def mark_what_is_far_down(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Sections after a chapter's first are of the class "later": book.css lays them out later."""
    if not str(app.env.doc2path(page)).endswith(".ipynb"):
        return
    for title in doctree.findall(lambda n: isinstance(n, nodes.section) and n.parent is doctree):
        sections = [node for node in title.children if isinstance(node, nodes.section)]
        for section in sections[1:]:
            section["classes"].append("later")


def setup(app: Sphinx) -> None:
    app.add_config_value("repository", {}, "html")
    app.add_config_value("site_branch", "gh-pages", "html")
    app.connect("doctree-resolved", mark_what_is_far_down)
    app.connect("html-page-context", put_facts, priority=800)
