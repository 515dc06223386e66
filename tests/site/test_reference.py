"""The reference of dlcore as it was built: each name once, every word, the same every time."""

import gzip
import html.parser
import inspect
import os
import re
import subprocess
import sys

import pytest

from publishing.project import REPOSITORY
from tests.publishing.test_reference import MODULES, PAGES, described, squeezed, words
from tests.site.chromium import opened

HEAVIEST = 60_000  # bytes of a page, gzipped
BUILD = """
import sys
from pathlib import Path
from publishing import website
from publishing.project import REPOSITORY, Project
build = Path(sys.argv[1])
website.build(Project(REPOSITORY, build, build / "_toc.yml"), build / "cache")
"""


class Page(html.parser.HTMLParser):
    """The text of the article, and its ids."""

    def __init__(self, text: str):
        super().__init__()
        self.depth, self.pieces, self.ids = 0, [], []
        self.feed(text)
        self.text = squeezed("".join(self.pieces))

    def handle_starttag(self, tag, attributes):
        self.depth += tag == "article"
        self.ids += [value for key, value in attributes if key == "id"]

    def handle_endtag(self, tag):
        self.depth -= tag == "article"

    def handle_data(self, data):
        if self.depth:
            self.pieces.append(data)


@pytest.fixture(scope="module")
def sources(site) -> dict[str, str]:
    """The HTML of the reference's pages by their names."""
    files = [site / "reference" / f"{page}.html" for page in PAGES]
    return {path.stem: path.read_text(encoding="utf-8") for path in files}


@pytest.fixture(scope="module")
def pages(sources) -> dict[str, Page]:
    return {name: Page(source) for name, source in sources.items()}


def test_every_name_has_one_entry(pages):
    ids = [name for page in pages.values() for name in page.ids]
    modules = [f"module-{name}" for name in MODULES]
    names = [full for module in MODULES for full in described(module) if full != module]
    assert [name for name in modules + names if ids.count(name) != 1] == []
    entries = {name for name in ids if name.startswith("dlcore.")}
    assert entries <= {*names, *MODULES}, "something that is not public has an entry"


def test_no_word_of_a_docstring_is_lost(pages):
    for module in MODULES:
        (page,) = [page for page in pages.values() if f"module-{module}" in page.ids]
        for name, (_, doc) in described(module).items():
            assert words(inspect.cleandoc(doc)) in page.text, name


def test_pages_show_no_address_of_this_machine(sources):
    for name, source in sources.items():
        assert not re.search(r"\b0x[0-9a-f]{6,}", source), name
        assert str(REPOSITORY) not in source, name


def test_pages_are_light(sources):
    for name, source in sources.items():
        assert len(gzip.compress(source.encode())) < HEAVIEST, name


def test_another_build_says_the_same(sources, tmp_path):
    """The reference alone, in a process whose sets and dictionaries hash differently."""
    files = "".join(f"- file: reference/{page}\n" for page in PAGES if page != "dlcore")
    toc = f"format: jb-book\nroot: reference/dlcore\nchapters:\n{files}"
    (tmp_path / "_toc.yml").write_text(toc)
    done = subprocess.run(
        [sys.executable, "-c", BUILD, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY), "PYTHONHASHSEED": "2"},
    )
    assert done.returncode == 0, done.stdout
    for name, source in sources.items():
        if name == "dlcore":  # the first page here, and a first page ends with a table of contents
            continue
        again = (tmp_path / "html" / "reference" / f"{name}.html").read_text(encoding="utf-8")
        assert article(again) == article(source), name


def article(source: str) -> str:
    return re.search("<article.*?</article>", source, re.DOTALL)[0]


def test_search_finds_a_class(browser, home):
    with opened(browser, home) as (page, problems):
        page.goto(f"{home}search.html?q=Adam")
        entry = page.locator('#search-results a[href*="#dlcore.optimizers.Adam"]')
        entry.first.wait_for(timeout=10_000)
        assert problems == []
