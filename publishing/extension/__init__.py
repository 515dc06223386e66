"""The Sphinx extension that makes the book's pages: light, offline, few scripts."""

import myst_nb.core.execute.cache as execution
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from publishing.extension import chapter, code, exercises, mathematics, search, sources, theme


def refuse_to_execute(*arguments, **options):
    """Sphinx only reads the cache: it would execute without the experiments' pictures."""
    raise ExtensionError("a notebook changed after it was executed; build again")


def setup(app: Sphinx) -> dict:
    execution.single_nb_execution = refuse_to_execute
    for part in (chapter, code, exercises, mathematics, search, sources, theme):
        part.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
