"""Runs the notebooks: in parallel, each in a fresh kernel, loudly when one fails.

Results are kept in a Jupyter cache, which compares code cells but does not see what they import.
The cache's folder therefore carries the hash of the engine (dlcore, data, requirements, builder):
after a change there everything runs again, after a change in one chapter only that one.
"""

import asyncio
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path

import nbclient
import nbformat
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn, JupyterCacheAbstract

from publishing.extension.renderer import BELOW, MIME
from publishing.project import Failure, Project

CELL_LIMIT = 600  # seconds; the site's pictures of one experiment are drawn in one cell
SITE = "DLCORE_SITE"
MEASURES = "nbval-ignore-output"  # the tag of a cell that times something or names a device
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
KERNEL = {
    "TQDM_DISABLE": "1",  # the text of a progress bar is never the same twice
    "DLCORE_STILLS": "0",  # no pixels: they differ from machine to machine
    "OMP_NUM_THREADS": "1",  # notebooks run side by side
    "PYTHONHASHSEED": "0",
    # The same sums in the same order on every x86 processor since 2013, so that a training, which
    # amplifies the last bit, prints the same: products as for AVX2, functions without AVX-512.
    "OPENBLAS_CORETYPE": "Haswell",
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
}


class NotebookError(Exception):
    """A notebook did not run; the text names the cell and carries the traceback."""


def kernel_environment(project: Project, site: bool) -> dict[str, str]:
    """The environment of a notebook's kernel; SITE in it asks for the website's pictures."""
    paths = [str(project.root), *filter(None, [os.environ.get("PYTHONPATH")])]
    places = {
        "PYTHONPATH": os.pathsep.join(paths),
        "IPYTHONDIR": str(project.build / "ipython"),  # not the reader's own profile
    }
    inherited = {k: v for k, v in os.environ.items() if k not in (SITE, "MPLBACKEND")}
    return inherited | KERNEL | places | ({SITE: "1"} if site else {})


def run(path: Path, environment: dict[str, str], log=None) -> nbformat.NotebookNode:
    """The notebook at path with the outputs of a fresh kernel; NotebookError if a cell raises.

    What the kernel's process itself writes, beside its cells, goes to the open file log.
    """
    notebook = nbformat.read(path, as_version=4)
    client = nbclient.NotebookClient(
        notebook,
        timeout=CELL_LIMIT,
        kernel_name="python3",
        extra_arguments=["--log-level=40"],
        resources={"metadata": {"path": str(path.parent)}},
        store_widget_state=False,
        record_timing=False,
    )
    try:
        asyncio.run(client.async_execute(env=environment, stdout=log, stderr=log))
    except nbclient.exceptions.CellExecutionError as error:
        plain = COLOURS.sub("", str(error))
        raise NotebookError(f"{failed_cell(notebook)}\n{plain}") from None
    except (nbclient.exceptions.CellTimeoutError, nbclient.exceptions.DeadKernelError) as error:
        raise NotebookError(str(error)) from None
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = merge_streams(cell.outputs)
    return notebook


def merge_streams(outputs: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """Neighbouring pieces of stdout are one piece: where they are cut depends on timing."""
    merged = []
    for output in outputs:
        last = merged[-1] if merged else None
        if output.output_type == "stream" and last and last.get("name") == output.name:
            last.text += output.text
        else:
            merged.append(output)
    return merged


def failed_cell(notebook: nbformat.NotebookNode) -> str:
    for number, cell in enumerate(notebook.cells, start=1):
        if any(output.output_type == "error" for output in cell.get("outputs", [])):
            return f"cell {number} (id {cell.get('id', '-')})"
    return "a cell"


def run_all(
    project: Project, paths: list[Path], site: bool
) -> Iterator[tuple[Path, nbformat.NotebookNode, float]]:
    """Run notebooks side by side and yield (path, notebook, seconds) as they finish.

    Those that fail are reported together at the end, in one Failure.
    """
    environment = kernel_environment(project, site)
    project.build.mkdir(parents=True, exist_ok=True)

    def timed(path: Path) -> tuple[nbformat.NotebookNode, float]:
        print(f"  running {path.stem}", flush=True)
        start = time.perf_counter()
        return run(path, environment, log), time.perf_counter() - start

    failures = []
    with (
        open(project.build / "kernels.log", "ab") as log,
        ThreadPoolExecutor(os.cpu_count()) as pool,
    ):
        begun, waiting = time.perf_counter(), {pool.submit(timed, path): path for path in paths}
        for done, future in enumerate(as_completed(waiting), start=1):
            path, progress = waiting[future], f"  [{done}/{len(paths)}]"
            left = (time.perf_counter() - begun) / done * (len(paths) - done)
            try:
                notebook, seconds = future.result()
            except NotebookError as error:
                print(f"{progress} {path.stem} FAILED", flush=True)
                failures.append(f"{path.stem}: {error}")
                continue
            print(f"{progress} {path.stem} {seconds:.1f} s{pictures(notebook)}", flush=True)
            if done < len(paths):
                print(f"  about {max(1, round(left / 60))} min left", flush=True)
            yield path, notebook, seconds
    if failures:
        raise Failure("\n\n".join(failures))


def with_stored_measurements(notebook: nbformat.NotebookNode, path: Path) -> nbformat.NotebookNode:
    """The executed notebook; a cell that times something prints the text that is stored at path.

    Two builds of one commit are equal, and the page shows the figures that its text speaks of.
    """
    for cell, stored in zip(notebook.cells, nbformat.read(path, as_version=4).cells, strict=True):
        if MEASURES in cell.metadata.get("tags", []) and printed(stored):
            cell.outputs = [*printed(stored), *(o for o in cell.outputs if o not in printed(cell))]
    return notebook


def printed(cell: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [output for output in cell.get("outputs", []) if output.output_type == "stream"]


def pictures(notebook: nbformat.NotebookNode) -> str:
    """How much of a notebook's time went into the pictures of its experiments, in words."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    bundles = [output.data[MIME] for output in outputs if MIME in output.get("data", {})]
    if not bundles:
        return ""
    slowest = max(bundles, key=lambda bundle: bundle["seconds"])
    return (
        f", of which {sum(b['seconds'] for b in bundles):.1f} s for "
        f"{sum(len(b['pictures']) for b in bundles)} pictures in {len(bundles)} figures "
        f"(slowest: {slowest['name']}, {slowest['seconds']:.1f} s)"
    )


def cache_folder(project: Project) -> Path:
    return project.build / f"cache-{project.engine()}"


def execute(
    project: Project, problems: Callable[[nbformat.NotebookNode], list[str]] = lambda notebook: []
) -> Path:
    """Make the cache hold the outputs of every chapter as it is now, and return its folder.

    problems(notebook) lists what is wrong with an executed notebook. Failure if a notebook raises
    or has a problem, every time that it is asked, until the notebook is repaired.
    """
    with opened(project) as cache:
        found = {path: cached(cache, path) for path in project.chapters()}
        missing = [path for path, notebook in found.items() if notebook is None]
        print(f"  {len(found) - len(missing)} of {len(found)} unchanged", flush=True)
        for path, notebook, seconds in run_all(project, missing, site=True):
            found[path] = keep(cache, path, notebook, seconds)
    wrong = [f"{p.stem}: {text}" for p, notebook in found.items() for text in problems(notebook)]
    if wrong:
        raise Failure("\n".join(wrong))
    return cache_folder(project)


@contextmanager
def opened(project: Project) -> Iterator[JupyterCacheAbstract]:
    """The cache of the executed chapters; those of another engine are thrown away."""
    folder = cache_folder(project)
    for stale in project.build.glob("cache-*"):
        if stale != folder:
            shutil.rmtree(stale)
    cache = get_cache(str(folder))
    try:
        yield cache
    finally:
        cache.db.dispose()


def keep(
    cache: JupyterCacheAbstract, path: Path, notebook: nbformat.NotebookNode, seconds: float
) -> nbformat.NotebookNode:
    """Put the executed notebook from path into the cache, as the page will show it."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [o for o in cell.outputs if BELOW not in o.get("metadata", {})]
    notebook = with_stored_measurements(notebook, path)
    bundle = CacheBundleIn(notebook, str(path), data={"execution_seconds": seconds})
    cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
    return notebook


def outputs(project: Project) -> dict[Path, nbformat.NotebookNode]:
    """The executed chapters, as the cache has them."""
    with opened(project) as cache:
        return {path: cached(cache, path) for path in project.chapters()}


def cached(cache, path: Path) -> nbformat.NotebookNode | None:
    """The executed notebook from the cache; None if its code or its stored measurements changed."""
    notebook = nbformat.read(path, as_version=4)
    wanted = measurements(notebook)
    try:
        found = cache.merge_match_into_notebook(notebook)[1]
    except KeyError:
        return None
    pairs = zip(wanted, measurements(found), strict=True)
    same = [not text or text == shown for text, shown in pairs]
    return found if all(same) else None


def measurements(notebook: nbformat.NotebookNode) -> list:
    """What the cells print that time something."""
    return [printed(cell) for cell in notebook.cells if MEASURES in cell.metadata.get("tags", [])]
