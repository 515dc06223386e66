"""The commands: each is a few steps, and each step says how long it took."""

import os
import shlex
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager

from publishing.project import Failure, Project
from publishing.server import server

NBVAL = ["--nbval", "--nbval-current-env", "--nbval-cell-timeout=600"]  # pytest's options
NBVAL += ["-p", "publishing.validation"]
# The tests of a file share what they build or open. (pytest-xdist 3.8 does not see its own marks
# for groups under pytest 9.2.)  In this order the short files come last, and no processor idles.
BY_FILE = ["--dist", "loadfile", "--no-loadscope-reorder"]
# Folders of tests that need more than dlcore.
BESIDE_THE_CORE = ["teaching", "publishing", "site", "jupyterlab", "processes", "bench"]


@contextmanager
def step(name: str):
    print(f"{name} …", flush=True)
    start = time.perf_counter()
    yield
    print(f"{name}: {time.perf_counter() - start:.1f} s", flush=True)


def book(project: Project, *chapters: str) -> None:
    """Execute what has changed, build the website; do nothing when nothing has changed.

    With the names of chapters (08_xor), build each of these alone, into _build/preview.
    """
    for name in chapters:
        book(project.preview(name))
    if chapters:
        return
    stamp, inputs = project.build / "built", project.inputs()
    if stamp.exists() and stamp.read_text() == inputs and project.first_page().exists():
        print("Nothing has changed since the last build.")
    else:
        stamp.unlink(missing_ok=True)
        from publishing import execute, website

        with step("Executing the notebooks"):
            cache = execute.execute(project, problems=website.output_problems)
        with step("Building the pages"):
            website.build(project, cache)
        if project.inputs() == inputs:
            stamp.write_text(inputs)
        else:
            print("Files changed during the build: the next build will look at them.")
    print(f"\nThe book is ready. Open it in a browser:\n  {project.first_page().as_uri()}")


def pdf(project: Project, *pages: str) -> None:
    """The whole book as one PDF, or the named pages (08_xor) of it."""
    book(project)
    from publishing.paper import document, printing

    path = project.build / "foundations-of-deep-learning.pdf"
    with step("Printing the book"), printing.running() as chromium:
        whole = document.assemble(project, pages)
        printing.print_book(whole, project.site, project.build / "paper", path, chromium)
    print(f"\n{path.stat().st_size / 1e6:.0f} MB:\n  {path.as_uri()}")


def serve(project: Project, port: str = "8000") -> None:
    """Build, then serve the website to this machine alone until Ctrl-C."""
    book(project)
    with server(project.site, int(port)) as address:
        print(f"\nServing on {address}  (Ctrl-C ends it)", flush=True)
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            print()


def lab(project: Project, *options: str) -> int:
    """Open the chapters in JupyterLab, as copies in lab/: the book's own files stay as they are."""
    from publishing import downloads

    folder = project.root / "lab"
    downloads.copy_chapters(project, folder)
    print(f"Your copies of the chapters are in {folder}; delete one to start it afresh.")
    environment = os.environ | {"PYTHONPATH": str(project.root)}
    command = [sys.executable, "-m", "jupyterlab", "--ServerApp.ip=127.0.0.1", *options]
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # in a container
        command.append("--allow-root")
    return subprocess.run(command, cwd=folder, env=environment).returncode


def notebooks(project: Project, *names: str) -> None:
    """Execute book/*.ipynb (or the named ones) in fresh kernels and store their text outputs."""
    from publishing.notebooks import refresh

    with step("Executing the notebooks"):
        refresh(project, names)


def check(project: Project, *options: str) -> None:
    """What one runs before each commit: style, types, and the tests of the algorithms."""
    style(project)
    with step("Running the core's tests"):
        ignored = [f"--ignore=tests/{folder}" for folder in BESIDE_THE_CORE]
        pytest(project, "the tests", *ignored, "tests", *options)


def test(project: Project, *options: str) -> None:
    """Everything: style, code, notebooks against their stored outputs, the built website."""
    from publishing import browser, execute

    os.environ["CHROMIUM"] = browser.find_or_install()
    style(project)
    with execute.opened(project):
        pass  # the processes of the next step find it made
    with step("Comparing the notebooks with their stored outputs"):  # in order: one kernel each
        notebooks = [str(path) for path in project.chapters()]
        pytest(project, "a notebook", "--dist", "loadfile", *NBVAL, *notebooks, *options)
    book(project)  # of what was just executed
    with step("Running the tests"):
        pytest(project, "the tests", *BY_FILE, "--durations=12", "tests", *options)


def labtest(project: Project, *options: str) -> None:
    """Every chapter in JupyterLab, with every control of every experiment moved."""
    from publishing import browser

    os.environ["CHROMIUM"] = browser.find_or_install()
    pytest(project, "a chapter in JupyterLab", "tests/jupyterlab/chapters.py", *options)


def browsers(project: Project, *chosen: str) -> int:
    """Every experiment of the website by keyboard, in Chromium, Firefox and WebKit."""
    if sys.platform == "linux":
        add(project, "marionette-driver", "selenium")
    book(project)
    command = [sys.executable, "-m", "tests.browsers", *chosen]
    return subprocess.run(command, cwd=project.root).returncode


def style(project: Project) -> None:
    """What ruff and mypy say to the code; pyproject.toml has their settings."""
    for tool in (["ruff", "check"], ["ruff", "format", "--check"], ["mypy"]):
        with step(f"Looking at the code with {' '.join(tool)}"):
            must([sys.executable, "-m", *tool], tool[0], cwd=project.root)


def pytest(project: Project, what: str, *arguments: str) -> None:
    """Run pytest, one process for each processor."""
    environment = os.environ | {"TQDM_DISABLE": "1", "DLCORE_STILLS": "0", "OMP_NUM_THREADS": "1"}
    environment.pop("DLCORE_SITE", None)
    command = [sys.executable, "-m", "pytest", "-n", str(os.cpu_count() or 1), *arguments]
    must(command, what, cwd=project.root, env=environment)


def audit(project: Project, *pages: str) -> int:
    """Lighthouse on every page of the built website, or on the named ones."""
    from publishing.audit import audit

    book(project)
    return audit(project, *pages)


def bench(project: Project, *options: str) -> int:
    """Write the tables and pictures of the page on speed."""
    add(project, "jax")
    command = [sys.executable, "-m", "tests.bench", *options]
    return subprocess.run(command, cwd=project.root).returncode


def deviations(project: Project) -> int:
    """Write tests/DEVIATIONS.md: every formula against a reference, on every backend here."""
    return subprocess.run([sys.executable, "-m", "tests.deviations"], cwd=project.root).returncode


def claims(project: Project, *chapters: str) -> int:
    """What the chapters say of experiments, on seeds that no page shows: tests/CLAIMS.md."""
    command = [sys.executable, "-m", "tests.claims", *chapters]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}  # there is a process for each processor
    return subprocess.run(command, cwd=project.root, env=environment).returncode


def mutants(project: Project, *modules: str) -> int:
    """Mutation testing."""
    add(project, "mutmut")
    command = [sys.executable, "-m", "tests.mutants", *modules]
    return subprocess.run(command, cwd=project.root).returncode


def clean(project: Project) -> None:
    """Remove what was built; the virtual environment and the reader's lab/ stay."""
    shutil.rmtree(project.build, ignore_errors=True)


def add(project: Project, *packages: str) -> None:
    """Install what one command alone needs, when it is asked for."""
    constraints = str(project.root / "constraints.txt")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    options = shlex.split(os.environ.get("PIP_ARGS", ""))
    must([*pip, *options, *packages, "-c", constraints], f"installing {' and '.join(packages)}")


def must(command: list[str], what: str, **options) -> None:
    if subprocess.run(command, **options).returncode:
        raise Failure(f"{what} failed, see above")
