"""Executes one handed-in notebook in this process and records what ``check`` says of its answers.

    python -m dlcore.teaching.grade_one NOTEBOOK RECORD SECONDS CELL_SECONDS MEGABYTES

``dlcore.teaching.grade`` starts it once for each notebook, in an empty folder; alone it is of use
for seeing what a notebook prints.  RECORD gets one line of JSON for each thing that happens, at
once, so that what was solved before a crash is known after it.
"""

import importlib
import json
import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from IPython.core.history import HistoryManager
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from dlcore.teaching import exercises, experiments

resource: Any = importlib.import_module("resource") if os.name == "posix" else None

LARGEST_FILE = 100  # megabytes, of each file that a notebook writes
LONGEST = 500  # characters of a message
CHECK = re.compile(r"\bcheck\(\s*[\"'](\d+\.\d+)[\"']")
TITLE = re.compile(r"^# (\d+[a-z]?)\. ", re.MULTILINE)


class OutOfTime(BaseException):
    """A cell had its time.  No Exception: ``except Exception`` in a notebook must not catch it."""


class Record:
    """What happened, line by line, in a file that the grader reads."""

    def __init__(self, path: str):
        self.file = os.open(path, os.O_WRONLY | os.O_APPEND)
        self.process = os.getpid()

    def write(self, **what: object) -> None:
        """Add a line; a process that a notebook has forked adds none."""
        if os.getpid() == self.process:
            os.write(self.file, (json.dumps(what) + "\n").encode())

    def verdict(self, exercise: str, state: str, text: str) -> None:
        """Add what the check of an exercise said."""
        hint = text.removeprefix(f"{exercise}: not yet. ")[:LONGEST]
        self.write(verdict=exercise, state=state, hint=hint if state == "wrong" else "")


def limit(seconds: float, megabytes: float) -> None:
    """Limit this process and those that it starts: processor time, memory, the size of a file.

    Their number is not limited: such a limit counts the other processes of the user, too.
    """
    if resource is None:
        return
    limits = {
        "RLIMIT_CPU": 2 * seconds + 10,  # with several threads it passes faster than time does
        "RLIMIT_DATA": megabytes * 2**20,  # what is allocated, not what is only mapped
        "RLIMIT_FSIZE": LARGEST_FILE * 2**20,
        "RLIMIT_CORE": 0,
    }
    for name, most in limits.items():
        kind = getattr(resource, name)
        hard = resource.getrlimit(kind)[1]
        most = int(most) if hard == resource.RLIM_INFINITY else min(int(most), hard)
        try:
            resource.setrlimit(kind, (most, most))
        except (OSError, ValueError):  # a system without this one
            continue


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """OutOfTime in the body after these seconds, and each second from then on."""
    if not hasattr(signal, "setitimer"):  # Windows: the limit of the whole notebook is left
        yield
        return

    def stop(*_):
        raise OutOfTime(f"interrupted after {seconds:g} s")

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def read(path: str) -> list[dict]:
    """The cells of a notebook, without those of solutions; ValueError if it is no notebook."""
    with open(path, "rb") as file:
        content = file.read()
    if not content.strip():
        raise ValueError("the file is empty")
    try:
        cells = [
            {"cell_type": cell["cell_type"], "source": "".join(cell["source"])}
            for cell in json.loads(content)["cells"]
        ]
    except RecursionError:
        raise ValueError("its lists are nested too deeply") from None
    except (KeyError, TypeError):
        raise ValueError("it has no list of cells with their sources") from None
    return [cell for cell, solves in exercises.with_solutions(cells) if not solves]


def checked(source: str) -> list[str]:
    """The exercises of dlcore that a cell checks."""
    found = dict.fromkeys(CHECK.findall(source))
    return [id for id in found if id in known(id.partition(".")[0])]


def known(chapter: str) -> set[str]:
    """The exercises of a chapter that this dlcore has."""
    return {exercise.id for exercise in exercises.chapter_exercises(int(chapter))}


def chapter_of(cells: list[dict], ids: list[str]) -> str:
    """The chapter's name, such as "14b": of its exercises, with the letter of its title."""
    chapters = [id.partition(".")[0] for id in ids]
    number = max(chapters, key=chapters.count, default="")
    texts = [cell["source"] for cell in cells if cell["cell_type"] == "markdown"]
    titles = [title for text in texts for title in TITLE.findall(text)]
    return next((t for t in titles if t.rstrip("abcdefgh") == number or not number), number)


class Shell(InteractiveShell):
    """An IPython in which "!" stays in this process group, and has no terminal of its own."""

    system = InteractiveShell.system_raw

    def enable_gui(self, gui: str | None = None) -> None:
        """``%matplotlib`` asks for an event loop; there is none."""

    def ask_exit(self) -> None:
        """``quit()`` in a notebook ends nothing here."""


class Forgotten(dict):
    """Stands for what IPython keeps of all outputs: a notebook may print a gigabyte."""

    def __missing__(self, key: int) -> list:
        return []


def shell() -> Shell:
    """An IPython as notebooks expect it, which keeps no history and shows no figures."""
    for figure in (experiments.Experiment, experiments.Static):
        figure.display = lambda self: None  # type: ignore[method-assign]  # a third of the time
    settings = {
        "HistoryManager": {"enabled": False},
        "DisplayFormatter": {"active_types": ["text/plain"]},
    }
    HistoryManager.outputs = Forgotten()
    return Shell.instance(config=Config(settings))


def described(error: BaseException) -> str:
    """The error in one line or so; a notebook's own error may fail even at this."""
    name = type(error).__name__
    try:
        text = str(error)[:LONGEST]
    except Exception:
        return name
    return text if isinstance(error, OutOfTime) else f"{name}: {text}".removesuffix(": ")


def run(cells: list[dict], record: Record, cell_seconds: float) -> None:
    """Execute the code cells in order, each however the one before has ended."""
    ipython = shell()
    sources = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
    for number, source in enumerate(sources, start=1):
        record.write(cell=number, ids=checked(source))
        error: BaseException | None
        try:
            with at_most(cell_seconds):
                result = ipython.run_cell(source, store_history=True)
            error = result.error_before_exec or result.error_in_exec
        except BaseException as one:  # an interrupt that came between two statements
            error = one
        if os.getpid() != record.process:
            os._exit(0)  # what a notebook has forked does not go on to the next cell
        record.write(left=number, error="" if error is None else described(error))


def main(notebook: str, to: str, seconds: str, cell_seconds: str, megabytes: str) -> None:
    """Execute the notebook and write the record; does not return."""
    record = Record(to)
    limit(float(seconds), float(megabytes))
    sys.argv[1:] = []
    try:
        cells = read(notebook)
    except (OSError, ValueError) as error:
        record.write(fault=f"not a notebook: {error}"[:LONGEST])
        os._exit(0)
    code = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
    ids = list(dict.fromkeys(id for source in code for id in checked(source)))
    record.write(chapter=chapter_of(cells, ids), ids=ids)
    exercises.listeners.append(record.verdict)
    run(cells, record, float(cell_seconds))
    record.write(end=True)
    os._exit(0)  # without waiting for threads that a notebook has left


if __name__ == "__main__":
    main(*sys.argv[1:])
