"""Mathematics as MathML, made while the site is built: no script and no request on the page.

Temml (MIT licence, beside this file) translates strictly: a command that it does not know is a
warning with file and formula, and warnings fail the build. The LaTeX stays in an annotation.
"""

import re
from functools import cache
from html import escape
from pathlib import Path

from docutils import nodes
from py_mini_racer import JSEvalException, MiniRacer
from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)
LABEL = re.compile(r"eq-(\d+)-(\d+[a-z]?)")
OPTIONS = {"throwOnError": True, "strict": True, "wrap": "tex"}


class FormulaError(ValueError):
    """A formula that Temml does not understand, or one that would number itself."""


@cache
def engine() -> MiniRacer:
    javascript = MiniRacer()
    javascript.eval((Path(__file__).parent / "temml" / "temml.min.js").read_text(encoding="utf-8"))
    return javascript


@cache
def mathml(latex: str, display: bool = False) -> str:
    """The <math> element for a formula; FormulaError if it cannot be one.

    Temml cuts a formula in running text into pieces between which the line may break, but only
    one that has no annotation: so we annotate.
    """
    source = escape(latex)
    if r"\\" in latex and display and r"\begin{" not in latex:
        latex = rf"\begin{{aligned}}{latex}\end{{aligned}}"
    try:
        html = engine().call("temml.renderToString", latex, OPTIONS | {"displayMode": display})
    except JSEvalException as error:
        message = str(error).split("\n    at ")[0]
        raise FormulaError(re.sub(r"[\u0332\u0333]|^.*?ParseError:\s*", "", message)) from None
    if "tml-eqn" in html:
        raise FormulaError(r"numbers itself: use \begin{aligned} in $$ … $$ (eq-8-1)")
    start, inner = html.removesuffix("</math>").split(">", 1)
    return (
        f'{start}><semantics><mrow class="pieces">{inner}</mrow>'
        f'<annotation encoding="application/x-tex">{source}</annotation></semantics></math>'
    )


def formula(node: nodes.Element, display: bool) -> str:
    latex = node.astext().strip()
    try:
        return mathml(latex, display)
    except FormulaError as error:
        logger.warning("mathematics: %s\n  in the formula: %s", error, latex, location=node)
        return "<code>?</code>"


def visit_inline(translator, node: nodes.math) -> None:
    translator.body.append(f'<span class="math">{formula(node, display=False)}</span>')
    raise nodes.SkipNode


def visit_display(translator, node: nodes.math_block) -> None:
    body = [translator.starttag(node, "div", CLASS="equation")]
    body.append(f'<div class="formula">{formula(node, display=True)}</div>')
    if node.get("number"):
        number = f"({node['number']})"
        body.append(
            f'<a class="number" href="#{node["ids"][0]}" '
            f'aria-label="Equation {number}">{number}</a>'
        )
    translator.body.append("".join([*body, "</div>\n"]))
    raise nodes.SkipNode


def number_equations(app: Sphinx, doctree: nodes.document) -> None:
    """Equation eq-8-1 is (8.1), on its page and in every reference."""
    equations = app.env.get_domain("math").equations
    for node in doctree.findall(nodes.math_block):
        label = node.get("label")
        if label and (match := LABEL.fullmatch(label)):
            node["number"] = "{}.{}".format(*match.groups())
            equations[label] = (app.env.docname, node["number"])
        elif label:
            logger.warning("equation label %s: expected eq-CHAPTER-NUMBER", label, location=node)


def setup(app: Sphinx) -> None:
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_display, None))
    app.connect("doctree-read", number_equations)
