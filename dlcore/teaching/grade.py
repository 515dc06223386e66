"""Grades a class: executes each handed-in notebook, asks the checks, and writes a table.

    python -m dlcore.teaching.grade FOLDER

Each notebook below FOLDER is executed in a process of its own, with a limit of time and memory,
in an empty folder, and becomes one row of FOLDER/grades.csv: for each exercise whether it is
solved, and the hint that applied.  What a notebook does wrong costs its own row only.

**Foreign notebooks are foreign code.**  They run with your rights: they can read your files, use
your network, and who wants to cheat can, for the checks run in the same process.  The limits are
against accidents, not against malice.  Grade the notebooks of people whom you do not know in a
container without a network, or in a user account that can be thrown away.
"""

import argparse
import csv
import json
import os
import re
import signal
import site
import subprocess
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Generator, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

POSIX = os.name == "posix"
KILL = signal.SIGKILL if os.name == "posix" else signal.SIGTERM
PAUSE = 0.2  # seconds between two looks at the running notebooks
MOST_READ = 10 * 2**20  # bytes of a record
STATES = {"right": "solved", "wrong": "not solved", "unanswered": "not tried"}
EXERCISE = re.compile(r"\d{1,3}\.\d{1,3}")
OTHERS = ("not solved", "not tried", "error", "not run")
WARNING = "Foreign notebooks are foreign code, and run here with your rights"
NEEDS = 'dlcore.teaching.grade needs {}: python -m pip install "dlcore-book[teaching]"'


@dataclass(frozen=True)
class Limits:
    """What one notebook may use: seconds in all, seconds for one cell, megabytes of memory."""

    seconds: float = 600.0
    cell: float = 120.0
    memory: float = 2000.0


@dataclass
class Row:
    """What came of one notebook: its exercises' states and hints, and a note if it did not end."""

    student: str
    chapter: str = ""
    states: dict[str, str] = field(default_factory=dict)
    hints: dict[str, str] = field(default_factory=dict)
    note: str = ""
    seconds: float = 0.0

    def judge(self, exercise: str, state: str, hint: str = "") -> None:
        """Set an exercise's state and the hint that applied; ValueError if it is no exercise."""
        if not EXERCISE.fullmatch(exercise):
            raise ValueError(f"expected an exercise such as 8.2, got {exercise!r}")
        self.states[exercise], self.hints[exercise] = state, str(hint)


def notebooks(folder: Path) -> list[Path]:
    """The notebooks below a folder; what editors and archives keep in hidden folders is none."""
    found = []
    for path in folder.rglob("*.ipynb"):
        parts = path.relative_to(folder).parts
        if path.is_file() and not any(part.startswith((".", "__MACOSX")) for part in parts):
            found.append(path)
    return sorted(found)


def row(student: str, lines: Iterable[str], ending: str = "", seconds: float = 0.0) -> Row:
    """Read the record of a notebook; ``ending`` says why its process ended before its last cell."""
    result, cell, failed, whole = Row(student, seconds=seconds), 0, [], False
    here: list[str] = []  # the exercises of the running cell that have no verdict yet

    def leave(state: str, hint: str = "") -> None:
        for exercise in here:
            if result.states[exercise] in ("not run", "not tried"):
                result.judge(exercise, state, hint)
        here.clear()

    for line in lines:
        event = json.loads(line)
        if "fault" in event:
            result.note = str(event["fault"])
            return result
        if "chapter" in event:
            result.chapter = str(event["chapter"])
            for exercise in event["ids"]:
                result.judge(str(exercise), "not run")
        elif "cell" in event:
            cell, here[:] = int(event["cell"]), event["ids"]
        elif "verdict" in event:
            exercise, state = event["verdict"], STATES[event["state"]]
            if exercise in here:
                here.remove(exercise)
            if state != "not tried" or result.states.get(exercise) in (None, "not run"):
                result.judge(exercise, state, event["hint"])
        elif "left" in event:
            if error := event["error"]:
                failed.append(f"code cell {event['left']}: {error}")
            leave("error" if error else "not tried", error)
        whole = whole or "end" in event
    if not whole:
        ending = ending or "ended itself"
        leave("error", ending)
        failed.insert(0, f"{ending}, in code cell {cell}" if cell else ending)
    elif not result.states:
        failed.insert(0, "no exercise in it")
    more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
    result.note = "".join(failed[:1]) + more
    return result


class Sitting:
    """A notebook that is being executed."""

    def __init__(self, path: Path, student: str, limits: Limits):
        self.student, self.limits, self.ending = student, limits, ""
        self.folders = tempfile.TemporaryDirectory(
            prefix="dlcore-grade-", ignore_cleanup_errors=True
        )
        self.record = Path(self.folders.name) / "record"
        self.record.touch()
        own = Path(self.folders.name) / "notebook"
        own.mkdir()
        command = [sys.executable, "-m", "dlcore.teaching.grade_one", str(path.resolve())]
        numbers = [limits.seconds, limits.cell, limits.memory]
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [*command, str(self.record), *map(str, numbers)],
            cwd=own,
            env=environment(own),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # of a notebook counts what its checks say, not what it says
            stderr=subprocess.DEVNULL,
            start_new_session=POSIX,
        )

    def ended(self, memory: Counter[int]) -> bool:
        """Whether it has ended, by itself or because it has used up what it may use."""
        code = self.process.poll()
        if code is None and time.monotonic() - self.began > self.limits.seconds:
            self.ending = f"ran out of time after {self.limits.seconds:g} s"
        elif code is None and memory[self.process.pid] > self.limits.memory:
            self.ending = f"used more than {self.limits.memory:g} MB"
        elif code is None:
            return False
        elif code < 0:
            name = signal.strsignal(-code) or "unknown"
            self.ending = f"crashed with signal {-code} ({name})"
        else:
            self.ending = f"ended itself with exit status {code}"
        return True

    def close(self) -> Row:
        """End it with all that it has started, and read what it has recorded."""
        seconds = time.monotonic() - self.began
        if POSIX:
            try:
                os.killpg(self.process.pid, KILL)
            except (ProcessLookupError, PermissionError):  # nothing of it is left
                pass
        elif self.process.poll() is None:
            kill = ["taskkill", "/F", "/T", "/PID", str(self.process.pid)]
            subprocess.run(kill, capture_output=True)
        self.process.wait()
        with open(self.record, encoding="utf-8", errors="replace") as file:
            lines = file.read(MOST_READ).splitlines()
        self.folders.cleanup()
        try:
            return row(self.student, lines, self.ending, seconds)
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
            return Row(self.student, note="its record cannot be read", seconds=seconds)


def environment(own: Path) -> dict[str, str]:
    """The variables of a notebook's process, whose home is the folder ``own``."""
    return os.environ | {
        "HOME": str(own),
        "PYTHONUSERBASE": site.getuserbase(),
        "IPYTHONDIR": str(own / ".ipython"),
        "MPLCONFIGDIR": str(own / ".matplotlib"),
        "MPLBACKEND": "agg",
        "DLCORE_SITE": "0",
        "DLCORE_STILLS": "0",
        "TQDM_DISABLE": "1",
        "OMP_NUM_THREADS": "1",  # notebooks run side by side
        "PIP_NO_INDEX": "1",  # nothing is installed
        "PYTHONPATH": os.pathsep.join(os.path.abspath(place) for place in sys.path),
    }


def memory_in_use() -> Counter[int]:
    """The megabytes of each process group; none are known on Windows."""
    used: Counter[int] = Counter()
    if not POSIX:
        return used
    try:
        listed = subprocess.run(
            ["ps", "-A", "-o", "pgid=", "-o", "rss="], capture_output=True, text=True
        ).stdout
    except FileNotFoundError:  # a container without it; each process still has its own limit
        return used
    for line in listed.splitlines():
        group, kilobytes = line.split()
        used[int(group)] += int(kilobytes) // 1024
    return used


def grade(folder: Path, paths: Iterable[Path], limits: Limits, jobs: int = 1) -> Generator[Row]:
    """Execute the notebooks, ``jobs`` at a time, and yield the row of each as it ends."""
    waiting, running = deque(paths), list[Sitting]()
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                path = waiting.popleft()
                student = path.relative_to(folder).with_suffix("").as_posix()
                running.append(Sitting(path, student, limits))
            time.sleep(PAUSE)
            memory = memory_in_use()
            for sitting in [one for one in running if one.ended(memory)]:
                running.remove(sitting)
                yield sitting.close()
    finally:
        for sitting in running:
            sitting.close()


def exercises_of(rows: Iterable[Row]) -> list[str]:
    """All exercises of the rows, in the order of the book."""
    found = {exercise for row in rows for exercise in row.states}
    return sorted(found, key=lambda exercise: [int(part) for part in exercise.split(".")])


def table(rows: Iterable[Row]) -> list[list[str]]:
    """The lines of the table, of which the first names the columns."""
    rows = sorted(rows, key=lambda row: row.student)
    given: dict[str, set[str]] = {}  # by chapter: a cell that somebody deleted is not tried
    for one in rows:
        given.setdefault(one.chapter, set()).update(one.states)
    ids = exercises_of(rows)
    head = ["student", "chapter", "solved", *(f"exercise {id}" for id in ids), "note", "seconds"]
    lines = [[*head, *(f"hint {id}" for id in ids)]]
    for one in rows:
        lost = dict.fromkeys(given[one.chapter] if one.chapter else (), "not tried")
        states = lost | one.states
        solved = str(sum(state == "solved" for state in states.values())) if states else ""
        line = [one.student, one.chapter, solved, *(states.get(id, "") for id in ids), one.note]
        line += [f"{one.seconds:.0f}", *(one.hints.get(id, "") for id in ids)]
        lines.append([plain(text) for text in line])
    return lines


def plain(text: str) -> str:
    """One printable line that no spreadsheet takes for a formula."""
    text = "".join(letter if letter.isprintable() else " " for letter in text)
    text = " ".join(text.split())
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def write(rows: Iterable[Row], path: Path) -> None:
    """Write the table, so that there is always a whole one."""
    part = path.with_name(path.name + ".part")
    # With the mark by which a spreadsheet sees that it is UTF-8.
    with open(part, "w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file).writerows(table(rows))
    os.replace(part, path)


def summary(rows: list[Row]) -> str:
    """How many have solved each exercise, and how many notebooks have a note."""
    lines = []
    for exercise in exercises_of(rows):
        states = Counter(one.states[exercise] for one in rows if exercise in one.states)
        others = ", ".join(f"{states[state]} {state}" for state in OTHERS if states[state])
        line = f"{exercise:>6}  solved by {states['solved']} of {states.total()}"
        lines.append(f"{line}  ({others})" if others else line)
    if noted := sum(bool(one.note) for one in rows):
        lines.append(f"Notebooks with a note: {noted}")
    return "\n".join(lines)


def arguments() -> argparse.ArgumentParser:
    """What the command understands."""
    parser = argparse.ArgumentParser(
        prog="python -m dlcore.teaching.grade",
        description="Execute handed-in notebooks and write which exercises are solved.",
        epilog=f"{WARNING}. Grade those of people whom you do not know in a container without a "
        "network, or in an account that can be thrown away.",
    )
    parser.add_argument("folder", type=Path, help="where the notebooks lie, in folders too")
    parser.add_argument("--output", type=Path, help="the table (FOLDER/grades.csv)")
    parser.add_argument("--force", action="store_true", help="replace a table that is there")
    for name, text in [
        ("seconds", "seconds for one notebook"),
        ("cell", "seconds for one cell, after which the next is run (not on Windows)"),
        ("memory", "megabytes for one notebook (not on Windows)"),
    ]:
        default = getattr(Limits, name)
        words = f"{text} ({default:g})"
        parser.add_argument(f"--{name}", type=_positive, default=default, help=words)
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="notebooks at a time (all processors)"
    )
    return parser


def _positive(text):
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a number above 0, got {text}")
    return number


def main(words: list[str] | None = None) -> int:
    """Run the command: 0 when all notebooks were run, 130 when interrupted; a bad call exits 2."""
    parser = arguments()
    given = parser.parse_args(words)
    try:
        import IPython  # noqa: F401
        from tqdm import tqdm
    except ImportError as error:
        parser.error(NEEDS.format(error.name))
    if not given.folder.is_dir():
        parser.error(f"expected a folder of notebooks, got {given.folder}")
    if given.jobs < 1:
        parser.error(f"expected --jobs of 1 or more, got {given.jobs}")
    paths = notebooks(given.folder)
    if not paths:
        parser.error(f"no notebook (.ipynb) in {given.folder}")
    output = given.output or given.folder / "grades.csv"
    if output.exists() and not given.force:
        parser.error(f"{output} exists; --force replaces it, --output names another")
    limits = Limits(given.seconds, given.cell, given.memory)
    print(f"{WARNING}.", file=sys.stderr)
    if not POSIX:
        print("On Windows memory and single cells have no limit.", file=sys.stderr)
    rows: list[Row] = []
    status = 0
    try:
        write(rows, output)
        with closing(grade(given.folder, paths, limits, given.jobs)) as graded:
            for one in tqdm(graded, total=len(paths), unit="notebook", disable=None):
                rows.append(one)
                write(rows, output)
    except OSError as error:
        parser.error(str(error))
    except KeyboardInterrupt:
        status = 130
    print(summary(rows))
    print(f"{len(rows)} of {len(paths)} notebooks: {output}")
    return status


if __name__ == "__main__":
    for name in ("SIGTERM", "SIGHUP"):  # ends as Ctrl+C does: with all that it has started
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.default_int_handler)
    sys.exit(main())
