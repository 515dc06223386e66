"""`make book`: what it makes of a sound project, and that it sees every planted fault."""

import re
import shutil

import pytest

from dlcore.publishing.project import REPOSITORY
from tests.publishing.conftest import EXPERIMENT

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
FAULTS = {
    "a cell raises": ("x = 1\n1 / (x - 1)", r"01_chapter: cell 2 .*\n[\s\S]*ZeroDivisionError"),
    "a warning": ("import warnings\nwarnings.warn('old')", r"cell 2 writes to stderr[\s\S]*old"),
    "a bare figure": (BARE, r"cell 2 shows a bare figure"),
    "a figure without words": (NO_ALT, r"alt"),
    "an experiment that does not move": (STILL, r"'slope' does not move"),
    "a name used twice": (EXPERIMENT + EXPERIMENT, r"slope.*another figure of this name"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_fails_the_build_every_time(small, fault):
    code, complaint = FAULTS[fault]
    small.write(code)
    for _ in range(2):
        done = small.make()
        assert done.returncode != 0
        assert re.search(complaint, done.stdout), done.stdout


@pytest.mark.parametrize(
    ("index", "complaint"),
    [
        ("# Small\n", "index: the page is empty"),
        ("# Small\n\nWords with a [dead link](99_none.md) in them.\n", "99_none"),
        ("# Small\n\nWords and a formula $\\unknown x$ in them.\n", r"\\unknown"),
        ("# Small\n\nWords.\n\n$$ x $$ (some-label)\n", "expected eq-CHAPTER-NUMBER"),
    ],
)
def test_bad_page_fails_the_build(small, index, complaint):
    small.write("print(1)", index=index)
    done = small.make()
    assert done.returncode != 0
    assert re.search(complaint, done.stdout), done.stdout


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
