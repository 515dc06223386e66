"""Turns the output of explore() and show() into a <figure>, and its pictures into files."""

import base64
import hashlib
from pathlib import Path

from docutils import nodes

# As dlcore.teaching.experiments has them, which is slow to import.
MIME = "application/vnd.dlcore.experiment+json"
BELOW = "dlcore_below"
FOLDER = "_images"
SUFFIXES = {"image/webp": "webp", "image/svg+xml": "svg"}


class FigureRenderer:
    """A myst-nb renderer, found through the entry point group myst_nb.mime_renderers."""

    mime_priority_overrides = [("html", MIME, 0)]

    @staticmethod
    def handle_mime(renderer, data, inline):
        if data.mime_type != MIME or inline:
            return None
        from publishing import figures

        bundle, env = data.content, renderer.renderer.sphinx_env
        up = "../" * env.docname.count("/")
        folder = Path(env.app.outdir) / FOLDER
        urls = [f"{up}{FOLDER}/{write(p, folder)}" for p in bundle["pictures"]]
        html = figures.html(bundle, urls, static=f"{up}_static/")
        return [nodes.raw("", html, format="html")]


def write(picture: dict, folder: Path) -> str:
    """Write a picture of a bundle into folder and return its name, a hash of the content."""
    content = base64.b64decode(picture["data"])
    name = f"{hashlib.sha256(content).hexdigest()[:16]}.{SUFFIXES[picture['type']]}"
    if not (folder / name).exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return name
