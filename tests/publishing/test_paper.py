"""The book on paper, without a browser: what becomes of a page, and of all pages together."""

import re
from contextlib import nullcontext

import pytest
from bs4 import BeautifulSoup
from PIL import Image

from publishing import commands
from publishing.paper import document, page, printing, states
from publishing.paper.states import Seen
from publishing.project import Failure, Project

WEBSITE = "https://example.org/book/"
CHAPTER = """<main><article class="bd-article"><section id="xor">
<h1>8. XOR<a class="headerlink" href="#xor">#</a></h1>
<div class="chapter-facts"><p>About 5 minutes.</p><ul><li>Download</li></ul></div>
<p>See <a href="reference/layers.html#dlcore.Linear">Linear</a>, <a href="index.html">home</a>,
<a href="#ex-8-1">below</a>, <a href="https://doi.org/1">a paper</a>,
<a href="_downloads/08_xor.ipynb">the notebook</a>, <a href="#nowhere">nothing</a>.</p>
<p class="train-yourself"><a href="playground.html?units=2">Train it</a> in the playground.</p>
<span class="math"><math><semantics><mi>x</mi><annotation>x_1</annotation></semantics></math></span>
<section id="first"><h2>8.1 A <code id="c">section</code>
<a class="headerlink" href="#first">#</a></h2>
<details class="admonition hide above-input"><summary>Show the code</summary>
<pre>x = 1</pre></details>
<img src="_images/a.webp" alt="What is seen." loading="lazy">
<figure class="experiment" id="slope" data-experiment="slope">
<div class="experiment-control"><label for="slope-n">units n</label>
<input type="range" id="slope-n"></div>
<div class="picture"><img src="_images/a.webp" alt="One." width="480" height="300"></div>
<p class="experiment-sentence"><span>One.</span></p>
<figcaption>A <b>line</b>.<a class="headerlink" href="#slope">#</a></figcaption>
<script type="application/json">{"controls": [{"name": "n", "values": [1, 2, 3],
"texts": ["1", "2", "3"], "default": 0}], "fixed": {}, "states": [0, 1, 2],
"sentences": ["One & one.", "Two.", "Three."], "script": null, "unused": [],
"pictures": ["_images/a.webp", "_images/b.webp", "_images/c.webp"]}</script></figure>
</section>
<section id="exercises"><h2>8.2 Exercises</h2>
<div class="exercise admonition" id="ex-8-1"><p>How many?</p>
<form class="exercise-answer"></form></div>
<div class="cell_output"><pre>8.1: not answered yet</pre></div>
<details class="solution" id="sol-8-1"><summary>Solution 8.1</summary><p>Two.</p></details>
</section></section><script src="x.js"></script></article></main>"""
LAYERS = '<article class="bd-article"><h1>Layers</h1><dt id="dlcore.Linear">Linear</dt></article>'
HOME = '<article class="bd-article" id="top"><h1>A book</h1><p>Words.</p></article>'
CONFIG = """title: A book
author: Its authors
copyright: "2026"
html: {baseurl: ""}
sphinx: {config: {language: en}}
"""
TOC = """format: jb-book
root: index
parts:
  - caption: I. Ideas & more
    chapters:
      - file: 08_xor
  - caption: Reference
    chapters:
      - file: reference/layers
"""


@pytest.fixture
def project(tmp_path) -> Project:
    project = Project(tmp_path, tmp_path / "_build")
    (project.site / "reference").mkdir(parents=True)
    (project.site / "_images").mkdir()
    for name in "abc":
        Image.new("RGB", (8, 8)).save(project.site / "_images" / f"{name}.webp")
    for name, html in {"index": HOME, "08_xor": CHAPTER, "reference/layers": LAYERS}.items():
        (project.site / f"{name}.html").write_text(html, encoding="utf-8")
    project.config.write_text(CONFIG, encoding="utf-8")
    project.toc.write_text(TOC, encoding="utf-8")
    return project


@pytest.fixture
def chapter(project) -> page.Page:
    return page.read(project.site, "08_xor")


def control(n: int, default: int = 0, kind: str = "range", name: str = "n") -> dict:
    """A control with the values 0, …, n − 1."""
    values = list(range(n))
    texts = [str(value) for value in values]
    named = {"name": name, "label": name, "kind": kind, "default": default}
    return named | {"values": values, "texts": texts}


def told(state) -> Seen:
    """A picture and a sentence for every state."""
    return Seen(f"{state}", f"What is seen in the state {state}.")


# Which states are told


@pytest.mark.parametrize(
    ("controls", "chosen"),
    [
        ([control(9)], [(0,), (8,), (4,)]),
        ([control(9, default=4)], [(4,), (8,), (0,)]),
        ([control(9, default=8)], [(8,), (0,), (4,)]),
        ([control(2)], [(0,), (1,)]),
        ([control(5), control(7)], [(0, 0), (4, 0), (0, 6)]),
        ([control(5, name="seed"), control(7)], [(0, 0), (0, 6), (4, 0)]),
        ([control(5), control(20, kind="play")], [(0, 0), (0, 19), (4, 19)]),
    ],
)
def test_the_start_then_the_ends(controls, chosen):
    assert list(states.telling(controls, told)) == chosen


def test_of_a_list_of_words_the_one_that_is_told_most_differently():
    sentences = ["all rows are right", "all rows are wrong", "it never stops", "all rows are odd"]
    seen = states.telling([control(4, kind="dropdown")], lambda s: Seen(f"{s}", sentences[s[0]]))
    assert list(seen)[:2] == [(0,), (2,)]


def test_states_that_look_alike_are_told_once():
    def seen(state):
        return Seen(f"{state[1]}", f"What the second control says: {state[1]}.")

    assert list(states.telling([control(5), control(5)], seen)) == [(0, 0), (0, 4), (0, 2)]


def test_the_address_names_what_was_moved():
    controls = [control(5), control(5, name="rate of x")]
    assert states.address("slope", controls, (0, 0)) == "#slope"
    assert states.address("slope", controls, (3, 0)) == "?slope.n=3#slope"
    assert states.address("slope", controls, (3, 1)) == "?slope.n=3&slope.rate+of+x=1#slope"


def test_a_script_draws_without_a_page(tmp_path):
    script = tmp_path / "slope.js"
    script.write_text("""document.addEventListener('click', () => {});
    (window.dlcoreLive ||= {}).slope = ({n, m}) => ({svg: `<svg>${n + m}</svg>`, sentence: `${n}`});
    """)
    seen = states.drawn({"controls": [control(5)], "fixed": {"m": 10}}, "slope", script)
    assert seen((3,)) == Seen("<svg>13</svg>", "3")


# What becomes of a page


def test_nothing_stays_that_only_a_screen_can_do(chapter):
    assert chapter.article.select(".headerlink, ul, form, script, summary, details, input") == []
    text = chapter.article.get_text()
    assert "About 5 minutes" in text and "x = 1" in text
    assert "Show the code" not in text and "not answered yet" not in text


def test_headings_stand_one_level_below_their_part(chapter):
    assert [tag.name for tag in chapter.article.select("h1, h2, h3")] == ["h2", "h3", "h3"]
    assert chapter.title == "8. XOR"
    assert chapter.headings()[0] == ("08_xor--first", "8.1 A <code>section</code>")


def test_links_lead_to_their_place_in_the_book(chapter):
    links = {a.get_text(): a["href"] for a in chapter.article.select("p > a")}
    assert links["Linear"] == "#reference-layers--dlcore.Linear"
    assert links["home"] == "#index"
    assert links["below"] == "#08_xor--ex-8-1"
    assert links["a paper"] == "https://doi.org/1"
    assert "the notebook" not in links and "the notebook" in chapter.article.get_text()


def test_links_to_what_is_not_printed_lead_to_the_website(project):
    article = page.read(project.site, "08_xor", WEBSITE).article
    links = {a.get_text(): a["href"] for a in article.select("p > a")}
    assert links["the notebook"] == f"{WEBSITE}_downloads/08_xor.ipynb"
    assert links["Train it"] == f"{WEBSITE}playground.html?units=2"
    assert article.select_one(".train-yourself .address").get_text() == links["Train it"]


@pytest.mark.parametrize("base", ["", WEBSITE])
def test_an_experiment_shows_three_states_with_sentences_and_addresses(project, base):
    figure = page.read(project.site, "08_xor", base).article.find(id="08_xor--slope")
    shown = figure.select(".state")
    assert [s.img["src"][-14:] for s in shown] == [f"_images/{x}.webp" for x in "acb"]
    sentences = ["One & one.", "Three.", "Two."]
    assert [s.img["alt"] for s in shown] == sentences
    assert [s.select_one(".sentence").get_text() for s in shown] == sentences
    settings = ["units n = 1", "units n = 3", "units n = 2"]
    assert [s.select_one(".setting").get_text() for s in shown] == settings
    moves = ["#slope", "?slope.n=3#slope", "?slope.n=2#slope"]
    places = [s.select_one(".address") for s in shown]
    assert [place.get_text() for place in places] == [f"{base}08_xor.html{move}" for move in moves]
    assert [place.get("href") for place in places] == [
        p.get_text() if base else None for p in places
    ]
    assert figure.figcaption.get_text() == "A line."


def test_a_formula_is_a_picture_with_its_latex(chapter):
    formula = chapter.article.select_one(".math")
    assert (formula["role"], formula["aria-label"]) == ("img", "x_1")
    assert formula.get_text() == "x"


def test_a_solution_and_its_exercise_lead_to_each_other(chapter):
    [solution] = chapter.solutions
    assert solution.h3.get_text() == "Solution 8.1" and "Two." in solution.get_text()
    assert chapter.article.find(id=solution["id"]) is None
    exercise = chapter.article.find(id="08_xor--ex-8-1")
    assert solution.a["href"] == f"#{exercise['id']}"
    assert exercise.a["href"] == f"#{solution['id']}"


@pytest.mark.parametrize(
    ("html", "short"),
    [
        ("<pre>a\nb</pre>", True),
        (f"<pre>{8 * ('line' + chr(10))}</pre>", False),
        ("<p>Two lines at most.</p>", True),
        (f"<p>{60 * 'word '}</p>", False),
    ],
)
def test_what_is_short_is_not_broken(html, short):
    assert page.is_short(BeautifulSoup(html, "html.parser").contents[0]) is short


def test_a_page_without_an_article_is_refused(project):
    (project.site / "index.html").write_text("<main></main>")
    with pytest.raises(ValueError, match="index.html: expected an <article>, found none"):
        page.read(project.site, "index")


# All pages together


def test_the_book_has_its_pages_in_order_and_the_solutions_at_the_end(project):
    book = document.assemble(project)
    assert [part.caption for part in book.parts] == [
        "",
        "I. Ideas & more",
        "Reference",
        "Solutions",
    ]
    titles = [[sheet.title for sheet in part.pages] for part in book.parts]
    assert titles == [[document.FIRST], ["8. XOR"], ["Layers"], ["8. XOR"]]
    soup = BeautifulSoup(book.html(project.site), "html.parser")
    ids = [tag["id"] for tag in soup.find_all(id=True)]
    assert len(ids) == len(set(ids)) and set(book.places()) <= set(ids)
    links = [a["href"][1:] for a in soup.select('a[href^="#"]')]
    assert set(links) <= set(ids) and "08_xor--nowhere" not in links
    assert soup.find("title").get_text() == "A book" and soup.html["lang"] == "en"


def test_contents_and_running_heads_name_every_page(project):
    book = document.assemble(project)
    html = book.html(project.site, {"08_xor--first": 17})
    line = BeautifulSoup(html, "html.parser").select_one('nav a[href="#08_xor--first"]')
    assert line.get_text() == "8.1 A section17"
    assert '@top-left { content: "I. Ideas & more"; }' in html
    assert '@top-right { content: "8. XOR"; }' in html


def test_some_pages_can_be_chosen(project):
    book = document.assemble(project, ["08_xor"])
    assert [part.caption for part in book.parts] == ["I. Ideas & more", "Solutions"]
    assert "reference-layers" not in book.html(project.site)
    with pytest.raises(Failure, match="There is no page 99_x; there are: index, 08_xor"):
        document.assemble(project, ["08_xor", "99_x"])


def test_pictures_become_jpeg(project, tmp_path):
    source = (project.site / "_images" / "a.webp").as_uri()
    html = printing.with_jpeg(f'<img src="{source}"><img src="{source}">', tmp_path)
    assert re.findall(r'src="([^"]*)"', html) == 2 * [(tmp_path / "a.jpg").as_uri()]
    assert Image.open(tmp_path / "a.jpg").size == (8, 8)


def test_headings_are_read_as_a_bookmark_says_them():
    html = '<h1 id="a">A &amp; B</h1><h2>8.1 A <code>section</code>\nof <i>two</i> lines</h2>'
    assert printing.headings(html) == ["A & B", "8.1 A section of two lines"]


def test_the_command_builds_before_it_prints(monkeypatch, project, capsys):
    done = []
    monkeypatch.setattr(commands, "book", lambda project: done.append("book"))
    monkeypatch.setattr(printing, "running", lambda: nullcontext("chromium"))

    def print_book(book, site, folder, pdf, chromium):
        done.append([part.caption for part in book.parts])
        pdf.write_bytes(bytes(3_000_000))

    monkeypatch.setattr(printing, "print_book", print_book)
    commands.pdf(project, "08_xor")
    assert done == ["book", ["I. Ideas & more", "Solutions"]]
    path = project.build / "foundations-of-deep-learning.pdf"
    assert f"3 MB:\n  {path.as_uri()}" in capsys.readouterr().out
