"""What a page loads: little, all of it from the site itself, scripts deferred."""

import shutil
from pathlib import Path

from sphinx.application import Sphinx

TEMPLATES = str(Path(__file__).parent / "templates")
UNUSED = ["vendor", "locales", "images", "*.map", "*.LICENSE.txt", "*-macros.html", "*.png"]


def choose_scripts(app: Sphinx, page: str, template: str, context: dict, doctree) -> None:
    """Defer what a page needs; leave out inline code and what one experiment loads itself."""
    scripts = [s for s in context["script_files"] if s.filename and "/live/" not in s.filename]
    for script in scripts:
        script.attributes["defer"] = "defer"
    context["script_files"] = scripts


def remove_unused(app: Sphinx, error: Exception | None) -> None:
    if error is not None:
        return
    for pattern in UNUSED:
        for path in list((Path(app.outdir) / "_static").rglob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def setup(app: Sphinx) -> None:
    app.add_config_value("comments_config", {}, "html")  # Jupyter Book sets it without asking
    app.connect("config-inited", lambda app, config: config.templates_path.insert(0, TEMPLATES))
    app.connect("html-page-context", choose_scripts, priority=900)
    app.connect("build-finished", remove_unused)
