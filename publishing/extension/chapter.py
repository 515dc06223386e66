"""What stands under the title of a chapter: how long it takes, what it needs, how to run it.

``book/chapters.yml`` says what each chapter needs. Links to Colab, Binder and the list of errors
appear when, and only when, ``repository: url`` is set in ``_config.yml``.
"""

from html import escape
from pathlib import Path
from urllib.parse import quote, urlsplit

import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

from publishing.project import DOWNLOADS, wheel_name

logger = logging.getLogger(__name__)
NEEDS = "chapters.yml"
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
    parts = [
        f"<p>{sentences(app, page, needs[page], doctree, context['pathto'])}</p>",
        f"<ul>{''.join(f'<li>{link}</li>' for link in links(app, page, context))}</ul>",
        how_to_run(page, context["pathto"]),
    ]
    facts = f'<div class="chapter-facts">{"".join(parts)}</div>'
    context["body"] = context["body"].replace("</h1>", f"</h1>\n{facts}", 1)


def sentences(app: Sphinx, page: str, needs: dict, doctree, pathto) -> str:
    known = [name for name in needs.get("chapters", []) if name in app.env.titles]
    chapters = [
        f'<a href="{pathto(name)}">{escape(app.env.titles[name].astext().partition(":")[0])}</a>'
        for name in known
    ]
    wanted = "; ".join([*chapters, escape(needs["knowledge"])])
    return f"About {minutes(doctree)} minutes to read. You need: {wanted}."


def links(app: Sphinx, page: str, context: dict) -> list[str]:
    download = context["pathto"](f"{DOWNLOADS}/{page}.ipynb", 1)
    found = [f'<a href="{download}" download>Download the executed notebook</a>']
    if app.config.repository.get("url"):
        found += [
            f'<a href="{escape(target)}">{text}</a>' for text, target in elsewhere(app.config, page)
        ]
    return found


def elsewhere(config, page: str) -> list[tuple[str, str]]:
    """(text, address) of what a repository on GitHub offers for a page.

    Colab opens the executed notebook from the branch that holds the built site, Binder the chapter
    itself from the branch of the sources.
    """
    url, branch, site = config.repository["url"], config.repository["branch"], config.site_branch
    path = urlsplit(url).path.strip("/").removesuffix(".git")
    title = quote(f"Error in {page}: ")
    return [
        (
            "Open in Colab",
            f"https://colab.research.google.com/github/{path}/blob/{site}/{DOWNLOADS}/{page}.ipynb",
        ),
        (
            "Open in Binder",
            f"https://mybinder.org/v2/gh/{path}/{branch}?urlpath={quote(f'lab/tree/book/{page}.ipynb')}",
        ),
        ("Report an error", f"{url.rstrip('/').removesuffix('.git')}/issues/new?title={title}"),
    ]


def how_to_run(page: str, pathto) -> str:
    wheel = wheel_name()
    address = pathto(f"{DOWNLOADS}/{wheel}", 1)
    return f"""\
<details class="run-locally"><summary>How to run this chapter on your computer</summary>
<p>In a copy of the book's repository, <code>make lab</code> opens all chapters in JupyterLab; the
first time it installs what they need. Or take this chapter alone: download the notebook above and
<a href="{address}" download>the package <code>dlcore</code></a> into one folder, and type there,
with Python 3.11 or newer:</p>
<pre tabindex="0">pip install "./{wheel}[teaching,torch]" jupyterlab
jupyter lab {page}.ipynb</pre>
</details>"""


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
