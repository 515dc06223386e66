"""The list of sources at the end of a chapter: a plain list, each entry with a way back."""

import functools

import pybtex.plugin
from docutils import nodes
from sphinx.application import Sphinx


def visit(translator, node: nodes.citation) -> None:
    if not isinstance(node.previous_sibling(), nodes.citation):
        translator.body.append('<ul class="sources">\n')
    translator.body.append(translator.starttag(node, "li"))
    node.remove(node[0])  # the label: the entry itself names author and year


def depart(translator, node: nodes.citation) -> None:
    back = [
        f'<a href="#{target}" aria-label="Back to citation {number}">↩</a>'
        for number, target in enumerate(node.get("backrefs", []), start=1)
    ]
    translator.body.append(f'<span class="back">{" ".join(back)}</span></li>\n')
    if not isinstance(node.next_node(descend=False, siblings=True), nodes.citation):
        translator.body.append("</ul>\n")


def setup(app: Sphinx) -> None:
    # Every entry asks anew which styles are installed: all packages would be read each time.
    pybtex.plugin.entry_points = functools.cache(pybtex.plugin.entry_points)
    app.add_node(nodes.citation, override=True, html=(visit, depart))
