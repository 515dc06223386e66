"""A class hands in: right, wrong and missing are told apart, and what breaks costs its own row."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dlcore.teaching import exercises, grade, grade_one

BOOK = Path(__file__).parents[2] / "book"
posix = pytest.mark.skipif(os.name != "posix", reason="limits of POSIX systems")
LIMITS = ["--memory", "700", "--jobs", "2"]
SOON = ["--seconds", "12", "--cell", "3"]  # for those that only a limit ends


def cell(source, kind="code"):
    return {"cell_type": kind, "metadata": {}, "source": source.splitlines(keepends=True)}


def chapter(name):
    """The cells of a chapter as a student has them, and by exercise the code of its solution."""
    cells, solutions, last = [], {}, None
    for one, solves in exercises.with_solutions(
        json.loads((BOOK / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    ):
        source = "".join(one["source"])
        if not solves or one["cell_type"] == "markdown":
            cells.append(cell(source, one["cell_type"]))
            last = (grade_one.checked(source) or [last])[0]
        else:
            solutions[last] = "\n\n".join(
                [solutions[last], source] if last in solutions else [source]
            )
    return cells, solutions


def text(cells):
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def answered(cells, answers):
    """The chapter with these answers in place of the cells that ask for them."""
    wanted = [(one, grade_one.checked("".join(one["source"]))) for one in cells]
    return [cell(answers[ids[0]]) if ids and ids[0] in answers else one for one, ids in wanted]


CELLS, SOLUTIONS = chapter("08_xor")
RIGHT = chapter("06_perceptron")[1]["6.1"]
TITLE = cell("# 6. Rosenblatt's perceptron\n", "markdown")
IMPORTS = cell("import numpy as np\nfrom dlcore.teaching import check")
(SECOND_ANSWER, *_) = exercises.chapter_exercises(6)[1].right
SECOND = cell(f'check("6.2", {SECOND_ANSWER})')


def short(*between, first=RIGHT):
    """The first exercise, something in between, and the second exercise."""
    return text([TITLE, IMPORTS, cell(first), *map(cell, between), SECOND])


FORKS = (
    "import os, time\nfor _ in range(40):\n    if not os.fork():\n        break\ntime.sleep(1000)"
)
#: What stands between two exercises, how these are judged, and a part of the note.
BETWEEN = {
    "nothing": ("pass", "solved", "solved", ""),
    "raises": ("1 / 0", "solved", "solved", "code cell 3: ZeroDivisionError"),
    "raises its own": (
        "class Mine(Exception):\n    def __str__(self):\n        return 1\n\n\nraise Mine",
        "solved",
        "solved",
        "code cell 3: ",
    ),
    "no Python": ("for for", "solved", "solved", "SyntaxError"),
    "loops": ("while True:\n    pass", "solved", "solved", "cell 3: interrupted after 3 s"),
    "sleeps": ("import time\ntime.sleep(1000)", "solved", "solved", "interrupted after 3 s"),
    "will not stop": (
        "while True:\n    try:\n        while True:\n            pass\n    except:\n        pass",
        "solved",
        "not run",
        "ran out of time after 12 s, in code cell 3",
    ),
    "prints a lot": ('while True:\n    print("x" * 10**6)', "solved", "solved", "interrupted"),
    "asks for much": ("hoard = np.ones(10**10)", "solved", "solved", "MemoryError"),
    "exits": ("import os\nos._exit(3)", "solved", "not run", "ended itself with exit status 3"),
    "exits well": (
        "import os\nos._exit(0)",
        "solved",
        "not run",
        "ended itself with exit status 0",
    ),
    "leaves": ("import sys\nsys.exit()", "solved", "solved", "SystemExit"),
    "crashes": (
        "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)",
        "solved",
        "not run",
        "crashed with signal 11",
    ),
    "forks": (FORKS, "solved", "not run", "used more than 700 MB, in code cell"),
    "asks": ('name = input("Your name? ")', "solved", "solved", "EOFError"),
    "writes a lot": (
        'with open("big", "wb") as file:\n    while True:\n        file.write(bytes(2**20))',
        "solved",
        "solved",
        "File too large",
    ),
    "litters the record": (
        "import os\nfor file in range(3, 50):\n    try:\n"
        '        os.write(file, b"no JSON\\n")\n    except OSError:\n        pass',
        "",
        "",
        "its record cannot be read",
    ),
    "has its own check": (
        'def check(id, answer):\n    print(f"{id}: right. As many as there are.")',
        "solved",
        "not tried",
        "",
    ),
}
#: What does no harm, all in one notebook.
HARMLESS = {
    "writes": (
        'import os\nfor place in (".", os.path.expanduser("~")):\n'
        '    with open(os.path.join(place, "litter"), "w") as file:\n        file.write("x")'
    ),
    "shows a lot": '"x" * 10**8',
    "forks once": "import os\nos.fork()",
    "leaves a process": "import os\nos.system(f\"sh -c 'sleep 1000; : {os.getcwd()}' &\")",
    "leaves a thread": (
        "import threading, time\nthreading.Thread(target=time.sleep, args=[1000]).start()"
    ),
    "magic": (
        "%matplotlib inline\n!ls\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"
    ),
    "shell": "%%bash\necho $HOME",
    "waits": "import asyncio\nawait asyncio.sleep(0)",
    "widget": (
        "from ipywidgets import IntSlider, interact\n"
        "from dlcore.teaching import explore, plots\n"
        "interact(lambda n: print(n), n=IntSlider(3))\n"
        "def draw(n):\n    fig, ax = plots.figure()\n"
        '    return fig, f"Nothing is seen here, and this {n} times, one after the other."\n'
        'explore(draw, "a-name", "A caption.", n=[1, 2])'
    ),
    "quits": "quit()",
    "moves": 'import os\nos.chdir("/")',
}
ANSWERS = {
    "says so": ('print("6.1: right.")  # check("6.1", answer)', "not tried", ""),
    "forgot +=": (
        RIGHT.replace("w = w + (y_n", "w = (y_n"),
        "not solved",
        "add each update to the old weights (+=)",
    ),
    "nothing yet": ('answer = ...\ncheck("6.1", answer)', "not tried", ""),
    "no such name": ('check("6.1", rosenblat)', "error", "NameError: name 'rosenblat'"),
    "raises in it": (
        'def rule(*_, **__):\n    return "=1+1" + 1\n\n\ncheck("6.1", rule)',
        "not solved",
        "Your function raised TypeError",
    ),
    "loops in it": (
        'def rule(*_, **__):\n    while True:\n        pass\n\n\ncheck("6.1", rule)',
        "error",
        "interrupted after 3 s",
    ),
    "crashes in it": (
        'import os\ncheck("6.1", lambda *_, **__: os._exit(1))',
        "error",
        "ended itself with exit status 1",
    ),
    "the last counts": (f'check("6.1", 7)\n{RIGHT}\ncheck("6.1", ...)', "solved", ""),
}
assert "w = (y_n" in ANSWERS["forgot +="][0]


FILES = {f"between/{name}": short(source) for name, (source, *_) in BETWEEN.items()}
FILES |= {f"answer/{name}": short(first=source) for name, (source, *_) in ANSWERS.items()}
FILES |= {
    "grows": short("hoard = []\nwhile True:\n    hoard.append(bytes(10**6))"),
    "harmless": short(*HARMLESS.values()),
    "Zoë/08_xor (1)": text(answered(CELLS, SOLUTIONS)),
    "Nobody": text(CELLS),
    "As it is in the checkout": (BOOK / "08_xor.ipynb").read_text(encoding="utf-8"),
    "=cmd()": short(),
    "no JSON": "{",
    "JSON": "[1, 2]",
    "deep": "[" * 100_000,
    "binary": "\0" * 1000,
    "nothing at all": "",
    "no cells": text([]),
    "notes": text([cell("# My notes\n", "markdown"), cell("1 + 1")]),
    "another chapter": text([IMPORTS, cell('check("9.2", 0)'), cell('check("99.1", 1)')]),
    "exercise deleted": text([TITLE, IMPORTS, SECOND]),
    ".ipynb_checkpoints/Nobody-checkpoint": text(CELLS),
    "__MACOSX/Nobody": text(CELLS),
}
ENDLESS = {name for name, (*_, note) in BETWEEN.items() if re.search("interrupted|ran out", note)}
ENDLESS = {f"between/{name}" for name in ENDLESS} | {"answer/loops in it"}


class Class:
    """A folder of notebooks, and what the command said to it."""

    def __init__(self, folder, own, files, limits):
        self.folder = folder
        for name, content in files.items():
            path = folder / f"{name}.ipynb"
            path.parent.mkdir(exist_ok=True)
            path.write_text(content, encoding="utf-8")
        (folder / "a folder.ipynb").mkdir()
        self.before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        command = [sys.executable, "-m", "dlcore.teaching.grade", str(folder), *limits]
        places = os.environ | {"TMPDIR": str(own)}
        self.done = subprocess.run(command, capture_output=True, text=True, env=places)
        assert self.done.returncode == 0, self.done.stderr
        with open(folder / "grades.csv", newline="", encoding="utf-8-sig") as file:
            self.rows = {row["student"]: row for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """Where the command makes its own folders."""
    return tmp_path_factory.mktemp("own")


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory, own):
    """Those that end."""
    files = {name: content for name, content in FILES.items() if name not in ENDLESS}
    return Class(tmp_path_factory.mktemp("class"), own, files, LIMITS)


@pytest.fixture(scope="module")
def rows(tmp_path_factory, own, handed_in):
    """All rows by student, those of the notebooks that only a limit ends too."""
    files = {name: content for name, content in FILES.items() if name in ENDLESS}
    other = Class(tmp_path_factory.mktemp("endless"), own, files, [*LIMITS, *SOON])
    assert len(other.rows) == len(ENDLESS)
    return handed_in.rows | other.rows


def test_each_notebook_has_a_row_and_no_file_has_changed(handed_in):
    given = [path for path in handed_in.before if not path.parent.name.startswith((".", "__"))]
    assert len(handed_in.rows) == len(given)
    now = {path for path in handed_in.folder.rglob("*") if path.is_file()}
    assert now == {*handed_in.before, handed_in.folder / "grades.csv"}
    assert all(path.read_bytes() == content for path, content in handed_in.before.items())


@posix
def test_nothing_is_left_running_and_no_folder_is_left(own, rows):
    listed = subprocess.run(["ps", "-A", "-o", "args="], capture_output=True, text=True).stdout
    assert str(own) not in listed
    assert list(own.iterdir()) == []


@posix
@pytest.mark.parametrize("name", BETWEEN)
def test_what_breaks_costs_what_it_breaks(rows, name):
    row, (_, first, second, note) = rows[f"between/{name}"], BETWEEN[name]
    assert (row["exercise 6.1"], row["exercise 6.2"]) == (first, second), row["note"]
    assert note in row["note"] if note else row["note"] == ""


@posix
def test_what_does_no_harm_costs_nothing(rows):
    assert (rows["harmless"]["solved"], rows["harmless"]["note"]) == ("2", "")


@posix
def test_what_grows_without_end_is_stopped(rows):
    assert rows["grows"]["exercise 6.1"] == "solved"
    assert "MemoryError" in rows["grows"]["note"] or "used more than" in rows["grows"]["note"]


@posix
@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_is_judged(rows, name):
    row, (_, state, hint) = rows[f"answer/{name}"], ANSWERS[name]
    assert row["exercise 6.1"] == state, row["note"]
    assert hint in row["hint 6.1"] if hint else row["hint 6.1"] == ""


def test_a_whole_chapter_that_is_solved(rows):
    row = rows["Zoë/08_xor (1)"]
    assert (row["chapter"], row["solved"], row["note"]) == ("8", "8", "")
    assert {row[f"exercise 8.{k}"] for k in range(1, 9)} == {"solved"}
    assert float(row["seconds"]) > 0


@pytest.mark.parametrize("name", ["Nobody", "As it is in the checkout"])
def test_a_chapter_in_which_nothing_was_done(rows, name):
    assert {rows[name][f"exercise 8.{k}"] for k in range(1, 9)} == {"not tried"}
    assert (rows[name]["solved"], rows[name]["note"]) == ("0", "")


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("no JSON", "not a notebook: "),
        ("JSON", "not a notebook: it has no list of cells"),
        ("deep", "not a notebook: its lists are nested too deeply"),
        ("binary", "not a notebook: "),
        ("nothing at all", "not a notebook: the file is empty"),
        ("no cells", "no exercise in it"),
        ("notes", "no exercise in it"),
    ],
)
def test_what_is_no_chapter(rows, name, note):
    assert rows[name]["note"].startswith(note)
    assert rows[name]["chapter"] == rows[name]["exercise 6.1"] == rows[name]["solved"] == ""


def test_a_notebook_of_another_chapter(rows):
    row = rows["another chapter"]
    assert (row["chapter"], row["exercise 9.2"], row["exercise 6.1"]) == ("9", "not solved", "")
    assert "exercise 99.1" not in row and "unknown exercise" in row["note"]


def test_an_exercise_that_a_student_has_deleted_is_not_tried(rows):
    assert rows["exercise deleted"]["exercise 6.1"] == "not tried"


def test_no_name_is_a_formula(rows):
    assert rows["'=cmd()"]["solved"] == "2"


def test_what_the_command_says(handed_in):
    done, rows = handed_in.done, handed_in.rows.values()
    solved = sum(row["exercise 6.1"] == "solved" for row in rows)
    assert f"   6.1  solved by {solved} of " in done.stdout
    assert f"{len(rows)} of {len(rows)} notebooks: {handed_in.folder}" in done.stdout
    assert "foreign code" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("given", "fits"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@x", "'@x"),
        (" \t=1", "'=1"),
        ("\r\n=1", "'=1"),
        ("\0=1", "'=1"),
        ("a\nb\u2028c\x1b[0m", "a b c [0m"),
        ("Zoë 1 − 1", "Zoë 1 − 1"),
        ("\udcff", ""),
    ],
)
def test_a_field_is_one_line_and_no_formula(given, fits):
    assert grade.plain(given) == fits


@pytest.mark.parametrize(
    "forged",
    [
        "no JSON",
        "3",
        "[]",
        '{"verdict": "abc", "state": "right", "hint": ""}',
        '{"verdict": ["6.1"], "state": "right", "hint": ""}',
        '{"verdict": "6.1", "state": "excellent", "hint": ""}',
        '{"verdict": "6.1", "state": "right", "hint": {}}',
        '{"verdict": "6.1"}',
        '{"cell": "x", "ids": 3}',
        '{"cell": 1, "ids": ["7.7"]}',
        '{"chapter": [], "ids": [null]}',
        '{"left": 1, "error": 5}',
    ],
)
def test_a_forged_record_costs_its_row_only(tmp_path, forged):
    path = tmp_path / "one.ipynb"
    path.write_text(text([]), encoding="utf-8")
    sitting = grade.Sitting(path, "one", grade.Limits())
    sitting.process.wait()
    sitting.record.write_text(f'{{"chapter": "6", "ids": ["6.1"]}}\n{forged}\n{{"left": 1}}\n')
    rows = [sitting.close(), grade.Row("two", states={"6.1": "solved"})]
    grade.write(rows, tmp_path / "grades.csv")
    assert len((tmp_path / "grades.csv").read_text(encoding="utf-8-sig").splitlines()) == 3
    assert grade.summary(rows)


def test_a_chapter_with_a_letter():
    title = {"cell_type": "markdown", "source": "Hello\n\n# 14b. Credit and brains\n\nWho?"}
    assert grade_one.chapter_of([title], ["14.5", "14.6"]) == "14b"
    assert grade_one.chapter_of([title], []) == "14b"
    assert grade_one.chapter_of([title], ["8.1", "8.2", "14.5"]) == "8"
    assert grade_one.chapter_of([], []) == ""


@pytest.mark.parametrize("path", sorted(BOOK.glob("[0-9]*.ipynb")), ids=lambda path: path.stem)
def test_every_chapter_is_known_by_its_cells(path):
    cells = grade_one.read(str(path))
    ids = [
        id for one in cells if one["cell_type"] == "code" for id in grade_one.checked(one["source"])
    ]
    assert grade_one.chapter_of(cells, ids) == path.stem.partition("_")[0].lstrip("0")
    assert ids and len(set(ids)) == len(ids)


def refused(capsys, *words):
    with pytest.raises(SystemExit) as stopped:
        grade.main([str(word) for word in words])
    assert stopped.value.code == 2
    return capsys.readouterr().err


def test_a_bad_call_says_what_is_wrong(tmp_path, capsys):
    assert "expected a folder of notebooks, got" in refused(capsys, tmp_path / "none")
    assert "no notebook (.ipynb) in" in refused(capsys, tmp_path)
    path = tmp_path / "one.ipynb"
    path.write_text(text([]))
    assert "expected a folder" in refused(capsys, path)
    assert "--jobs of 1 or more, got 0" in refused(capsys, tmp_path, "--jobs", 0)
    assert "expected a number above 0, got -1" in refused(capsys, tmp_path, "--seconds", "-1")
    assert "nan" in refused(capsys, tmp_path, "--memory", "nan")
    assert "No such file" in refused(capsys, tmp_path, "--output", tmp_path / "none" / "a.csv")


def test_a_table_that_is_there_is_kept(tmp_path, capsys):
    (tmp_path / "one.ipynb").write_text(text([]))
    output = tmp_path / "grades.csv"
    output.write_text("my own remarks")
    assert "--force replaces it" in refused(capsys, tmp_path)
    assert output.read_text() == "my own remarks"
    assert grade.main([str(tmp_path), "--force"]) == 0
    assert output.read_text(encoding="utf-8-sig").startswith("student,chapter,solved,note")
    other = tmp_path / "other.csv"
    assert grade.main([str(tmp_path), "--output", str(other)]) == 0
    assert other.exists()


def test_what_was_graded_before_an_interrupt_is_in_the_table(tmp_path, capsys, monkeypatch):
    for name in ("one", "two"):
        (tmp_path / f"{name}.ipynb").write_text(text([]))

    def interrupted(*_):
        yield grade.Row("one", chapter="6", states={"6.1": "solved"})
        raise KeyboardInterrupt

    monkeypatch.setattr(grade, "grade", interrupted)
    assert grade.main([str(tmp_path)]) == 130
    assert "one,6,1,solved" in (tmp_path / "grades.csv").read_text(encoding="utf-8-sig")
    assert "1 of 2 notebooks" in capsys.readouterr().out


def test_what_is_missing_is_named(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython", None)
    assert 'pip install "dlcore-book[teaching]"' in refused(capsys, tmp_path)


def test_without_the_extra_the_command_names_it():
    code = (
        'import sys; sys.modules["matplotlib"] = None; import runpy; '
        'runpy.run_module("dlcore.teaching.grade", run_name="__main__")'
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert 'needs matplotlib: python -m pip install "dlcore-book[teaching]"' in done.stderr


@posix
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_keeps_the_table_and_ends_all(tmp_path, by):
    folder, own = tmp_path / "class", tmp_path / "own"
    folder.mkdir()
    own.mkdir()
    (folder / "a.ipynb").write_text(text([]), encoding="utf-8")
    (folder / "b.ipynb").write_text(short("while True:\n    pass"), encoding="utf-8")
    command = [sys.executable, "-m", "dlcore.teaching.grade", str(folder), "--jobs", "1"]
    environment = os.environ | {"TMPDIR": str(own)}
    # A process that ignores Ctrl-C, such as one started in the background, has children that do.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    signal.signal(signal.SIGINT, before)
    while not any('"cell": 3' in path.read_text() for path in own.glob("*/record")):
        assert running.poll() is None
        time.sleep(0.1)
    running.send_signal(by)
    said, _ = running.communicate(timeout=60)
    assert running.returncode == 130 and "1 of 2 notebooks" in said
    assert "a,,,no exercise" in (folder / "grades.csv").read_text(encoding="utf-8-sig")
    assert list(own.iterdir()) == []
    listed = subprocess.run(["ps", "-A", "-o", "args="], capture_output=True, text=True).stdout
    assert str(own) not in listed


def test_a_closed_sitting_leaves_no_process(tmp_path):
    path = tmp_path / "one.ipynb"
    path.write_text(short("while True:\n    pass"), encoding="utf-8")
    sitting = grade.Sitting(path, "one", grade.Limits())
    row = sitting.close()
    assert sitting.process.poll() is not None and row.note
