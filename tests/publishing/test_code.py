"""Highlighted code: as Sphinx writes it, without the elements that change nothing."""

import re

import pytest
from pygments.formatters import HtmlFormatter
from sphinx.highlighting import PygmentsBridge

from publishing.extension import code
from publishing.project import REPOSITORY

STYLE = "a11y-high-contrast-light"


@pytest.fixture
def bridge(monkeypatch) -> PygmentsBridge:
    """Sphinx's highlighter as the extension leaves it."""
    monkeypatch.setattr(PygmentsBridge, "html_formatter", HtmlFormatter)
    code.setup(None)
    return PygmentsBridge("html", STYLE)


@pytest.mark.parametrize(
    ("language", "source", "html"),
    [
        ("python", "x = f(y)[i]", "x = f(y)[i]"),
        (
            "python",
            "if x < 1: pass",
            '<span class="k">if</span> x &lt; '
            '<span class="mi">1</span>: <span class="k">pass</span>',
        ),
        ("python", "not x in y", '<span class="ow">not</span> x <span class="ow">in</span> y'),
        ("python", 's = "a" # b', 's = <span class="s2">"a"</span> <span class="c1"># b</span>'),
        (
            "python",
            "def f(): 0",
            '<span class="k">def</span> <span class="nf">f</span>(): <span class="mi">0</span>',
        ),
        ("none", "a < b", "a &lt; b"),
    ],
)
def test_only_what_has_a_colour_is_an_element(bridge, language, source, html):
    written = bridge.highlight_block(source, language)
    assert written == f'<div class="highlight"><pre><span></span>{html}\n</pre></div>\n'


def test_text_and_colours_are_those_of_sphinx(bridge):
    source = (REPOSITORY / "publishing" / "finish.py").read_text(encoding="utf-8")
    plain = PygmentsBridge("html", STYLE)
    plain.formatter = HtmlFormatter
    theirs, ours = (b.highlight_block(source, "python") for b in (plain, bridge))
    assert re.sub("<[^>]*>", "", ours) == re.sub("<[^>]*>", "", theirs)
    coloured = r'<span class="(?![npwo]")(\w+)">(.*?)</span>'
    assert re.findall(coloured, ours) == re.findall(coloured, theirs)
    assert ours.count("<span") < 0.6 * theirs.count("<span")
    assert 'class="n"' in theirs and not re.search('class="[npwo]"', ours)
    assert bridge.get_stylesheet() == plain.get_stylesheet()
