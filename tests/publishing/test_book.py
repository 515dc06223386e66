"""`make book`: what it makes of a sound project, and that it sees every planted fault."""

import re
import shutil

import nbformat
from nbformat.v4 import new_output

from publishing.project import REPOSITORY, wheel_name
from tests.publishing.conftest import EXPERIMENT, INDEX, SmallProject

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
# Each in a chapter of its own.
RAISING = {
    "x = 1\n1 / (x - 1)": r"01_chapter: cell 2 .*\n[\s\S]*ZeroDivisionError",
    NO_ALT: r"show\('line'\): expected alt to say what is seen",
    EXPERIMENT + EXPERIMENT: r"slope.*another figure of this name",
}
# Each in a cell of its own, from the second on.
SHOWING = {
    "import warnings\nwarnings.warn('old')": r"cell 2 writes to stderr[\s\S]*old",
    BARE: r"cell 3 shows a bare figure",
    STILL: r"cell 4: 'slope' does not move",
}


def test_cell_that_raises_fails_the_build_every_time(small):
    for number, code in enumerate(RAISING, start=1):
        small.write(code, name=f"0{number}_chapter")
    for _ in range(2):
        assert_fails(small, *RAISING.values())


def test_every_faulty_output_fails_the_build_every_time(small):
    small.write(*SHOWING)
    for _ in range(2):
        assert_fails(small, *SHOWING.values())


def test_bad_page_fails_the_build(small):
    index = f"{INDEX}\nA [dead link](99_none.md), $\\unknown x$.\n\n$$ x $$ (some-label)\n"
    small.write("print(1)", index=index)
    assert_fails(small, "99_none", r"\\unknown", "expected eq-CHAPTER-NUMBER")


def test_empty_page_and_picture_without_words_fail_the_build(small):
    path = small.write("print(1)", index="# Small\n")
    path.write_text(path.read_text().replace("Words that", "![](_static/preview.png) Words that"))
    words = "01_chapter: pictures without alternative text"
    assert_fails(small, "index: the page is empty", words)


def assert_fails(small, *complaints: str) -> None:
    """The build fails, and says all of this."""
    done = small.make()
    assert done.returncode != 0
    assert [text for text in complaints if not re.search(text, done.stdout)] == [], done.stdout


def test_missing_page_fails_the_build(small):
    small.write("print(1)")
    small.toc.write_text(small.toc.read_text() + "- file: 02_missing\n")
    assert_fails(small, "02_missing")


def test_only_what_changed_runs_again(small):
    """A chapter's code, the output that is stored of a cell that measures, a page in Markdown,
    and a constant in the dlcore that a chapter imports."""
    shutil.copytree(REPOSITORY / "dlcore", small.root / "dlcore")
    constant = small.root / "dlcore" / "constant.py"
    constant.write_text("ANSWER = 41\n")
    small.write("print('the first', 'text')")
    measuring = small.write("import time\nprint(time.perf_counter())", name="02_times")
    notebook = nbformat.read(measuring, as_version=4)
    cell = notebook.cells[-1]
    cell.metadata["tags"] = ["nbval-ignore-output"]
    cell.outputs = [new_output("stream", name="stdout", text="measured once: 1.25 s\n")]
    nbformat.write(notebook, measuring)
    code = "from dlcore.constant import ANSWER\nprint('the answer is', ANSWER)"
    small.write(code, name="03_package")
    assert_runs(small, "0 of 3 unchanged", "about 1 min left")
    assert "the first text" in small.page()
    assert "measured once: 1.25 s" in small.page("02_times")
    assert "the answer is 41" in small.page("03_package")

    assert_runs(small, "Nothing has changed")

    small.write("print('the second', 'text')")
    measuring.write_text(measuring.read_text().replace("1.25 s", "2.5 s"))
    assert_runs(small, "1 of 3 unchanged")
    assert "the second text" in small.page()
    assert "measured once: 2.5 s" in small.page("02_times")

    constant.write_text("ANSWER = 42\n")
    index = small.book / "index.md"
    index.write_text(index.read_text() + "\nMore words.\n")
    assert_runs(small, "0 of 3 unchanged")
    assert "the answer is 42" in small.page("03_package")
    assert "More words" in small.page("index")

    index.write_text(index.read_text() + "\nStill more words.\n")
    assert_runs(small, "3 of 3 unchanged")
    assert "Still more words" in small.page("index")


def assert_runs(small, *told: str) -> None:
    """The build passes, and says all of this."""
    done = small.make()
    assert done.returncode == 0, done.stdout
    assert [text for text in told if text not in done.stdout] == [], done.stdout


def test_two_builds_are_equal(sound, tmp_path):
    """From nothing, in another folder, execution included: not a byte of the website differs."""
    again = SmallProject(tmp_path, tmp_path / "_build")
    again.write("print('words')", EXPERIMENT)
    assert_runs(again, "0 of 1 unchanged")
    first, second = (
        {p.relative_to(made.site): p.read_bytes() for p in made.site.rglob("*") if p.is_file()}
        for made in (sound, again)
    )
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def test_a_chapter_says_what_it_needs_and_how_to_run_it(sound):
    page = sound.page()
    assert "About 5 minutes to read. You need: a little patience." in page
    assert 'href="_downloads/01_chapter.ipynb" download' in page
    assert (sound.site / "_downloads" / "01_chapter.ipynb").exists()
    assert (sound.site / "_downloads" / wheel_name()).exists()
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
    assert_fails(small, "chapters.yml does not say what this chapter needs")


def test_experiment_becomes_a_figure_with_its_pictures(sound):
    page = sound.page()
    assert 'data-experiment="slope"' in page
    pictures = set(re.findall(r"_images/[0-9a-f]+\.webp", page))
    assert len(pictures) == 3
    assert all((sound.site / picture).exists() for picture in pictures)
    assert "widget-view" not in page and "require.js" not in page
