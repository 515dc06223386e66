"""Drives every experiment of the built website, and the playground, by keyboard in Chromium,
Firefox and WebKit.

make browsers                                  (or: python -m publishing browsers)
python -m publishing browsers firefox 08_xor   only this browser, only this page
"""

import sys
import time

from publishing.project import Project
from publishing.server import server
from tests.browsers.engines import ENGINES, Recording
from tests.site.experiments import press_every_control
from tests.site.pages import pages_with
from tests.site.playground import press_the_playground

PLAYGROUND = "playground"


def main(*chosen: str) -> int:
    project = Project.here()
    with_experiments = pages_with(project.site, "data-experiment=")
    known = [page for page in project.pages() if page in with_experiments or page == PLAYGROUND]
    if unknown := set(chosen) - {*ENGINES, *known}:
        sys.exit(f"browsers: expected {', '.join([*ENGINES, *known])}, got {', '.join(unknown)}")
    pages = [page for page in known if page in chosen] or known
    names = [name for name in ENGINES if name in chosen] or list(ENGINES)
    found = {}  # for each browser and page the seconds, or what was wrong
    with server(project.site.parent, handler=Recording) as address:
        for name in names:
            if ENGINES[name].found():
                with ENGINES[name].opened(address) as opened:
                    found[name] = drive(name, opened, f"{address}{project.site.name}/", pages)
            else:
                print(f"{name}: skipped; to get it: apt-get install {ENGINES[name].packages}")
    print(table(found, pages))
    return int(not found or any(fault for column in found.values() for _, fault in column))


def drive(name: str, opened: tuple, home: str, pages: list[str]) -> list[tuple[float, str]]:
    """(seconds, what was wrong) for each page in the browser called name, told as it goes on."""
    (page, problems), column = opened, []
    for n, path in enumerate(pages, 1):
        start, told, fault = time.perf_counter(), "", []
        problems.clear()
        try:
            if path == PLAYGROUND:
                told = f"{press_the_playground(page, home)} steps"
            else:
                page.goto(f"{home}{path}.html")
                told = f"{press_every_control(page)} experiments"
        except Exception as error:  # of three libraries
            fault = [f"{type(error).__name__}: {error}"]
        page.goto("about:blank")
        seconds, fault = time.perf_counter() - start, "\n    ".join([*fault, *problems])
        told = f"FAILED\n    {fault}" if fault else told
        print(f"{name} {n}/{len(pages)} {path}: {seconds:.1f} s, {told}", flush=True)
        column.append((seconds, fault))
    return column


def table(found: dict[str, list[tuple[float, str]]], pages: list[str]) -> str:
    """Pages by browsers: the seconds, or FAILED."""
    rows = [["page", *found]]
    for row, path in enumerate(pages):
        cells = [column[row] for column in found.values()]
        rows.append([path, *["FAILED" if fault else f"{s:.1f} s" for s, fault in cells]])
    rows.append(["together", *[f"{sum(s for s, _ in c):.0f} s" for c in found.values()]])
    return "\n".join(f"{row[0]:28s}" + "".join(f"{cell:>12s}" for cell in row[1:]) for row in rows)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
