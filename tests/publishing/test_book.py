"""`make book`: what it makes of a sound project, and that it sees every planted fault."""

import re
import shutil

import nbformat
import pytest
from nbformat.v4 import new_output

from publishing.project import REPOSITORY, wheel_name
from tests.publishing.conftest import EXPERIMENT, INDEX

BARE = """
import matplotlib.pyplot as plt
plt.plot([0, 1])
plt.show()
"""
NO_ALT = """
import matplotlib.pyplot as plt
from dlcore.teaching import show
fig, ax = plt.subplots()
show(fig, "line", "A line.", alt="line")
"""
STILL = EXPERIMENT.replace("[0, n]", "[0, 1]")
RAISING = {
    "a cell raises": ("x = 1\n1 / (x - 1)", r"01_chapter: cell 2 .*\n[\s\S]*ZeroDivisionError"),
    "a figure without words": (NO_ALT, r"show\('line'\): expected alt to say what is seen"),
    "a name used twice": (EXPERIMENT + EXPERIMENT, r"slope.*another figure of this name"),
}
# Each in a cell of its own, from the second on.
SHOWING = {
    "import warnings\nwarnings.warn('old')": r"cell 2 writes to stderr[\s\S]*old",
    BARE: r"cell 3 shows a bare figure",
    STILL: r"cell 4: 'slope' does not move",
}


@pytest.mark.parametrize("fault", RAISING)
def test_cell_that_raises_fails_the_build_every_time(small, fault):
    code, complaint = RAISING[fault]
    small.write(code)
    for _ in range(2):
        assert_fails(small, complaint)


def test_every_faulty_output_fails_the_build_every_time(small):
    small.write(*SHOWING)
    for _ in range(2):
        assert_fails(small, *SHOWING.values())


@pytest.mark.parametrize(
    ("index", "complaints"),
    [
        ("# Small\n", ["index: the page is empty"]),
        (f"{INDEX}\n![](_static/preview.png)\n", ["pictures without alternative text"]),
        (
            f"{INDEX}\nA [dead link](99_none.md), $\\unknown x$.\n\n$$ x $$ (some-label)\n",
            ["99_none", r"\\unknown", "expected eq-CHAPTER-NUMBER"],
        ),
    ],
)
def test_bad_page_fails_the_build(small, index, complaints):
    small.write("print(1)", index=index)
    assert_fails(small, *complaints)


def assert_fails(small, *complaints: str) -> None:
    """The build fails, and says all of this."""
    done = small.make()
    assert done.returncode != 0
    assert [text for text in complaints if not re.search(text, done.stdout)] == [], done.stdout


def test_missing_page_fails_the_build(small):
    small.write("print(1)")
    small.toc.write_text(small.toc.read_text() + "- file: 02_missing\n")
    done = small.make()
    assert done.returncode != 0
    assert "02_missing" in done.stdout


def test_only_what_changed_runs_again(small):
    small.write("print('the first', 'text')")
    assert "0 of 1 unchanged" in small.make().stdout
    assert "the first text" in small.page()

    assert "Nothing has changed" in small.make().stdout

    small.write("print('the second', 'text')")
    assert "0 of 1 unchanged" in small.make().stdout
    assert "the second text" in small.page()

    index = small.book / "index.md"
    index.write_text(index.read_text() + "\nMore words.\n")
    assert "1 of 1 unchanged" in small.make().stdout
    assert "More words" in small.page("index")


def test_change_in_the_package_reaches_the_page(small):
    """The notebook stays as it is; a constant in the dlcore that it imports changes."""
    shutil.copytree(REPOSITORY / "dlcore", small.root / "dlcore")
    constant = small.root / "dlcore" / "constant.py"
    constant.write_text("ANSWER = 41\n")
    small.write("from dlcore.constant import ANSWER\nprint('the answer is', ANSWER)")
    assert small.make().returncode == 0
    assert "the answer is 41" in small.page()

    constant.write_text("ANSWER = 42\n")
    assert "0 of 1 unchanged" in small.make().stdout
    assert "the answer is 42" in small.page()


def test_two_builds_are_equal(small):
    """From nothing, execution included: not a byte of the website differs."""
    small.write("print('words')", EXPERIMENT)
    first, second = ({}, {})
    for found in (first, second):
        done = small.make()
        assert done.returncode == 0, done.stdout
        found |= {
            p.relative_to(small.site): p.read_bytes() for p in small.site.rglob("*") if p.is_file()
        }
        shutil.rmtree(small.build)
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def test_a_cell_that_measures_shows_its_stored_output(small):
    path = small.write("import time\nprint(time.perf_counter())")
    notebook = nbformat.read(path, as_version=4)
    cell = notebook.cells[-1]
    cell.metadata["tags"] = ["nbval-ignore-output"]
    cell.outputs = [new_output("stream", name="stdout", text="measured once: 1.25 s\n")]
    nbformat.write(notebook, path)
    assert small.make().returncode == 0
    assert "measured once: 1.25 s" in small.page()
    path.write_text(path.read_text().replace("1.25 s", "2.5 s"))
    assert "0 of 1 unchanged" in small.make().stdout
    assert "measured once: 2.5 s" in small.page()
    assert "Nothing has changed" in small.make().stdout


def test_a_chapter_says_what_it_needs_and_how_to_run_it(small):
    small.write("print('words')")
    small.make()
    page = small.page()
    assert "About 5 minutes to read. You need: a little patience." in page
    assert 'href="_downloads/01_chapter.ipynb" download' in page
    assert (small.site / "_downloads" / "01_chapter.ipynb").exists()
    assert (small.site / "_downloads" / wheel_name()).exists()
    assert "Colab" not in page and "Report an error" not in page


def test_a_repository_address_turns_on_three_links(small):
    small.write("print('words')")
    config = small.config.read_text()
    address = "https://github.com/somebody/book"
    small.config.write_text(config.replace('url: ""', f"url: {address}"))
    done = small.make()
    assert done.returncode == 0, done.stdout
    page, path = small.page(), "github/somebody/book/blob/gh-pages/_downloads/01_chapter.ipynb"
    assert f'href="https://colab.research.google.com/{path}"' in page
    assert "https://mybinder.org/v2/gh/somebody/book/main?urlpath=lab/tree/lab/01_chapter" in page
    assert f'href="{address}/issues/new?title=' in page
    notebook = (small.site / "_downloads" / "01_chapter.ipynb").read_text()
    assert f"dlcore-book[teaching] @ git+{address}" in notebook


def test_a_chapter_without_needs_fails_the_build(small):
    small.write("print('words')")
    (small.book / "chapters.yml").write_text("99_other:\n  knowledge: none\n")
    done = small.make()
    assert done.returncode != 0
    assert "chapters.yml does not say what this chapter needs" in done.stdout


def test_experiment_becomes_a_figure_with_its_pictures(small):
    small.write(EXPERIMENT)
    done = small.make()
    assert done.returncode == 0, done.stdout
    page = small.page()
    assert 'data-experiment="slope"' in page
    pictures = set(re.findall(r"_images/[0-9a-f]+\.webp", page))
    assert len(pictures) == 3
    assert all((small.site / picture).exists() for picture in pictures)
    assert "widget-view" not in page and "require.js" not in page
