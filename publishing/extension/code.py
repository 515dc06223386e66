"""Highlighted code with few elements: a third of those on a page of the book go."""

from pygments.formatters import HtmlFormatter
from pygments.token import Name, Operator, Punctuation, Token, Whitespace
from sphinx.application import Sphinx
from sphinx.highlighting import PygmentsBridge

UNCOLOURED = {Name, Operator, Punctuation, Whitespace}


class FewSpans(HtmlFormatter):
    """Writes no <span> around what has no colour, and one around neighbours of one kind."""

    def format_unencoded(self, tokens, file) -> None:
        tokens = ((Token if kind in UNCOLOURED else kind, text) for kind, text in tokens)
        super().format_unencoded(tokens, file)


def setup(app: Sphinx) -> None:
    PygmentsBridge.html_formatter = FewSpans
