"""The virtual environment .venv: made once, and again whenever a requirement changes.

Everything here runs on the standard library alone, since it is what installs the rest.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from publishing.project import Failure, Project, digest

NEEDS = ["requirements.txt", "constraints.txt", "pyproject.toml", "publishing/pyproject.toml"]
# Asks an interpreter for its torch and what that needs, one name a line.
TORCH = """
import importlib.metadata, re
try:
    needed = importlib.metadata.requires("torch") or []
    print("torch", *[re.match(r"[\\w.-]+", text)[0] for text in needed if "extra ==" not in text])
except importlib.metadata.PackageNotFoundError:
    pass
"""


def python_of(project: Project) -> Path:
    """The interpreter of the project's virtual environment."""
    folder = project.root / ".venv"
    return folder / "Scripts" / "python.exe" if os.name == "nt" else folder / "bin" / "python"


def install(project: Project) -> Path:
    """Bring .venv up to date and return its interpreter; does nothing if it already is."""
    python, stamp = python_of(project), project.root / ".venv" / "installed"
    wanted = digest(project.root, NEEDS)
    if stamp.exists() and stamp.read_text() == wanted and python.exists():
        return python

    print("Installing into .venv (a few minutes the first time) …", flush=True)
    if not python.exists():
        run(sys.executable, "-m", "venv", str(python.parents[1]))
    constraints = python.parents[1] / "constraints.txt"
    constraints.write_text(constraints_for(project, torch_of(python)), encoding="utf-8")
    options = shlex.split(os.environ.get("PIP_ARGS", ""))
    pip = [str(python), "-m", "pip", "install", "--disable-pip-version-check", *options]
    requirements = str(project.root / "requirements.txt")
    run(*pip, "-r", requirements, "-c", str(constraints))
    own = ["-e", str(project.root), "-e", str(project.root / "publishing")]
    run(*pip, "--quiet", "--no-deps", "--no-build-isolation", *own)
    stamp.write_text(wanted)
    return python


def torch_of(python: Path) -> set[str]:
    """torch and the packages that it needs, if the interpreter has a torch; else nothing."""
    done = subprocess.run([str(python), "-c", TORCH], capture_output=True, text=True, check=True)
    return {canonical(name) for name in done.stdout.split()}


def constraints_for(project: Project, free: set[str]) -> str:
    """The constraints without those on the packages in free: pip keeps an installed torch, with
    what it needs, unless it is out of the range of requirements.txt."""
    lines = (project.root / "constraints.txt").read_text(encoding="utf-8").splitlines(True)
    return "".join(line for line in lines if canonical(line.partition("==")[0]) not in free)


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def run(*command: str) -> None:
    if subprocess.run(command).returncode:
        raise Failure(f"This command failed, see above:\n  {shlex.join(command)}")
