"""What a page loads: little, all of it from the site itself, scripts deferred."""

import re
import shutil
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

TEMPLATES = str(Path(__file__).parent / "templates")
UNUSED = [
    "vendor",
    "locales",
    "images",
    "scripts",
    "*.map",
    "*.LICENSE.txt",
    "*-macros.html",
    "sphinx_highlight.js",
    "design-tabs.js",
    "minus.png",
    "plus.png",
    "file.png",
]
NEEDED_BY = {  # scripts that a page loads only if it has this
    "answer.js": 'class="exercise-answer',
    "experiment.js": "data-experiment=",
    "full_screen.js": "<figure",
    "present.js": "<figure",
    "progress_page.js": 'id="progress"',
}
LONGEST = 155  # characters of a description that search engines and link previews show


def configure(app: Sphinx, config) -> None:
    config.templates_path.insert(0, TEMPLATES)
    config.html_additional_pages["404"] = "404.html"
    # Jupyter Book lists them as the folder gives them; on paper, paper.css overrules the others.
    config.html_css_files.sort(key=lambda name: (name == "paper.css", name))


def choose_scripts(app: Sphinx, page: str, template: str, context: dict, doctree) -> None:
    """Defer the book's own scripts that the page needs, in the order of their names; leave out the
    others and what an experiment loads itself."""
    chosen, body = {}, context.get("body") or ""
    for script in context["script_files"]:
        name = (script.filename or "").rpartition("/")[2].partition("?")[0]
        ours = (Path(app.confdir) / "_static" / name).exists()
        if name and ours and NEEDED_BY.get(name, "") in body:
            script.attributes["defer"] = "defer"
            chosen[name] = script
    context["script_files"] = [chosen[name] for name in sorted(chosen)]


def describe(app: Sphinx, page: str, template: str, context: dict, doctree) -> None:
    """The description and the picture that a link to the page shows elsewhere."""
    context["metatags"] = ""  # docutils' viewport: the layout has one
    title = context.get("title", "Search")
    context["description"] = description(doctree) or f"{title}: {app.config.project}"
    picture = re.search(r'<img src="[./]*(_images/\w+\.webp)"', context.get("body") or "")
    path = picture[1] if picture else "_static/preview.png"
    address = app.config.html_baseurl  # empty as long as nobody has said where the site will be
    context["base"] = base = f"{address.rstrip('/')}/" if address else ""
    context["preview"] = base + path if base else context["pathto"](path, 1)


def description(doctree: nodes.document | None) -> str:
    """The first sentences of a page, as many as fit."""
    if doctree is None:
        return ""
    for paragraph in doctree.findall(nodes.paragraph):
        text = re.sub(r"\s+", " ", paragraph.astext()).strip()
        if len(text) > 60:
            break
    else:
        return ""
    if len(text) <= LONGEST:
        return text
    whole = re.match(rf".{{40,{LONGEST - 1}}}[.?!](?=\s)", text)
    return whole[0] if whole else text[: LONGEST - 1].rsplit(" ", 1)[0] + " …"


def remove_unused(app: Sphinx, error: Exception | None) -> None:
    if error is not None:
        return
    for pattern in UNUSED:
        for path in list((Path(app.outdir) / "_static").rglob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def setup(app: Sphinx) -> None:
    app.add_config_value("comments_config", {}, "html")  # Jupyter Book sets it without asking
    app.connect("config-inited", configure)
    app.connect("html-page-context", choose_scripts, priority=900)
    app.connect("html-page-context", describe, priority=900)
    app.connect("build-finished", remove_unused)
