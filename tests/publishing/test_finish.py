"""The last step of a build: styles, font and security policy of the finished pages."""

import base64
import hashlib
import re

import pytest
from fontTools.ttLib import TTFont

from publishing import finish
from publishing.project import REPOSITORY

PAGE = """<html><head><meta charset="utf-8" />
<link rel="stylesheet" href="_static/one.css?v=1">
<link rel="stylesheet" type="text/css" href="_static/two.css" />
<script>go()</script></head>
<body class="seen"><div id="place"></div><math><mi>x</mi><mo>≤</mo></math>
<script type="application/json">{}</script><script defer src="a.js"></script></body></html>"""
ONE = "@charset 'utf-8'; @import 'zero.css'; /* a comment */ .seen, .never { color: red }"
TWO = """#place > .never { x: y } @media print { .never { x: y } .seen { y: z } }
@media screen { .never { x: y } } a:not(.never) { b: c } .added { d: e }
:is(.never, a) { f: g } [class*="never"] { h: i } @font-face { font-family: X }"""


@pytest.fixture
def site(tmp_path):
    static = tmp_path / "_static"
    (static / "fonts").mkdir(parents=True)
    (tmp_path / "page.html").write_text(PAGE)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "page.html").write_text(PAGE.replace('"_static', '"../_static'))
    for name, text in {"zero": "p { a: b }", "one": ONE, "two": TWO}.items():
        (static / f"{name}.css").write_text(text)
    (static / "a.js").write_text("element.className = 'added'")
    font = REPOSITORY / "book" / finish.FONT
    (tmp_path / finish.FONT).write_bytes(font.read_bytes())
    finish.finish(tmp_path)
    return tmp_path


def test_one_style_sheet_holds_what_the_pages_and_scripts_can_match(site):
    styles = (site / finish.STYLES).read_text()
    rules = [line for line in styles.splitlines() if "@" not in line and line != "}"]
    assert rules == [
        "p{a: b}",
        ".seen{color: red}",
        ".seen{y: z}",
        "a:not(.never){b: c}",
        ".added{d: e}",
        ":is(.never, a){f: g}",
        '[class*="never"]{h: i}',
    ]
    assert "@media print" in styles and "@media screen" not in styles and "@font-face" in styles
    assert "comment" not in styles and "@import" not in styles
    assert not (site / "_static" / "one.css").exists()


@pytest.mark.parametrize(("name", "up"), [("page.html", ""), ("deep/page.html", "../")])
def test_each_page_links_it_once(site, name, up):
    page = (site / name).read_text()
    links = re.findall(r'<link rel="stylesheet" href="([^"]*)"', page)
    assert len(links) == 1
    assert re.fullmatch(rf"{re.escape(up)}_static/book-styles\.css\?v=[0-9a-f]{{8}}", links[0])


def test_policy_allows_the_inline_script_by_its_hash_and_no_other(site):
    page = (site / "page.html").read_text()
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)[1]
    digest = base64.b64encode(hashlib.sha256(b"go()").digest()).decode()
    assert f"script-src 'self' 'sha256-{digest}';" in policy
    assert "default-src 'none'" in policy and "unsafe-eval" not in policy
    assert "script-src 'self' 'unsafe-inline'" not in policy
    assert page.index("Content-Security-Policy") < page.index("<link")


def test_font_keeps_the_characters_of_the_formulas_and_italics(site):
    whole = TTFont(REPOSITORY / "book" / finish.FONT).getBestCmap()
    font = TTFont(site / finish.FONT)
    left = font.getBestCmap()
    assert {ord("≤"), ord("x"), 0x1D465, ord("√")} <= set(left)
    assert len(left) < len(whole) / 2
    assert "MATH" in font
    before = (REPOSITORY / "book" / finish.FONT).stat().st_size
    assert (site / finish.FONT).stat().st_size < before / 2


def test_selectors_are_cut_at_commas_outside_brackets():
    assert finish.selectors("a, b:is(c, d) , [x='1,2']") == ["a", "b:is(c, d)", "[x='1,2']"]
