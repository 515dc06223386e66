"""python -m publishing COMMAND

install     make the virtual environment .venv (every other command does so when needed)
book        execute the notebooks and build the website into _build/html
pdf         build, then print the whole book into _build/foundations-of-deep-learning.pdf
serve       build, then serve the website on this machine
lab         open a copy of the chapters in JupyterLab
notebooks   execute book/*.ipynb again and store their text outputs
check       look at the style, run the tests of the algorithms: three minutes, before each commit
test        run every test: code, notebooks, website
labtest     run every chapter in JupyterLab, move every control of every experiment (half an hour)
browsers    move every experiment of the website by keyboard in Chromium, Firefox and WebKit
audit       run Lighthouse on every page of the website (needs Node.js)
bench       measure the speed of dlcore beside torch.nn, JAX and scikit-learn
deviations  compare every formula with a reference, write tests/DEVIATIONS.md
claims      try what the chapters say of experiments on other seeds, write tests/CLAIMS.md
mutants     change the algorithms in thousands of ways, write tests/MUTANTS.md (an hour or two)
clean       remove _build
help        show this text
"""

import functools
import subprocess
import sys
from pathlib import Path

from publishing.install import install
from publishing.project import Failure, Project

COMMANDS = [
    "install",
    "book",
    "pdf",
    "serve",
    "lab",
    "notebooks",
    "check",
    "test",
    "labtest",
    "browsers",
    "audit",
    "bench",
    "deviations",
    "claims",
    "mutants",
    "clean",
    "help",
]


def main(command: str = "help", *options: str) -> int:
    project = Project.here()
    if command not in COMMANDS:
        print(f"Unknown command {command!r}.\n\n{__doc__.strip()}", file=sys.stderr)
        return 2
    try:
        if command == "help":
            print(__doc__.strip())
        elif command == "clean":
            run_here(project, command)
        else:
            python = install(project)
            if command != "install":
                inside = Path(sys.prefix).samefile(python.parents[1])
                run = run_here if inside else functools.partial(run_there, python)
                return run(project, command, *options)
        return 0
    except Failure as failure:
        print(f"\n{failure}\n\n{command}: FAILED", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def run_here(project: Project, command: str, *options: str) -> int:
    from publishing import commands

    return getattr(commands, command)(project, *options) or 0


def run_there(python: Path, project: Project, *arguments: str) -> int:
    """Run the command again, with the interpreter of the virtual environment."""
    again = [str(python), "-m", "publishing", *arguments]
    return subprocess.run(again, cwd=project.root).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
