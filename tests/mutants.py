"""Mutation testing: what would the tests not notice?

    make mutants                        (or: python -m dlcore.publishing mutants)
    python -m dlcore.publishing mutants losses optimizers

mutmut changes the algorithm modules in thousands of ways, one at a time (a sign, a comparison, a
number, an argument, a word of a message) and runs the tests that touch the changed function.  A
change that fails no test has survived.  Written to tests/MUTANTS.md: how many of each module were
killed, and the survivors, grouped by the reason why no test can or should tell them apart.
"""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
REPORT = ROOT / "tests" / "MUTANTS.md"
KILLED, SURVIVED, UNTESTED, TIMEOUT = "killed", "survived", "untested", "timeout"
VERDICTS = {1: KILLED, 3: KILLED, 0: SURVIVED, 5: UNTESTED, 33: UNTESTED,
            24: TIMEOUT, 36: TIMEOUT, 152: TIMEOUT, 255: TIMEOUT, -24: TIMEOUT}  # fmt: skip


def run(modules):
    """Let mutmut work; every core gets a process of its own, so libraries get one thread."""
    threads = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
    names = [f"dlcore.{module}.*" for module in modules]
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(os.cpu_count()), *names]
    subprocess.run(command, cwd=ROOT, env=os.environ | threads, check=True)


def verdicts():
    """{mutant: verdict} of the last run, for every mutant that was judged."""
    judged = {}
    for path in sorted((ROOT / "mutants" / "dlcore").glob("*.meta")):
        for name, code in json.loads(path.read_text())["exit_code_by_key"].items():
            if code is not None:
                judged[name] = VERDICTS.get(code, KILLED)
    return judged


def change(name):
    """The lines that a mutant changes: before, after."""
    shown = subprocess.run([sys.executable, "-m", "mutmut", "show", name], cwd=ROOT,
                           capture_output=True, text=True, check=True).stdout  # fmt: skip
    lines = re.findall(r"^([-+])(?![-+])\s*(.*)$", shown, re.MULTILINE)
    return tuple(" ".join(text for mark, text in lines if mark == side) for side in "-+")
