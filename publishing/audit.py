"""Lighthouse on every page, with the settings of a slow phone: python -m publishing audit.

Lighthouse is no part of the book's environment: npx (Node.js) fetches it when it is asked for.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from publishing import browser
from publishing.project import Failure, Project
from publishing.server import server

LIGHTHOUSE = "lighthouse@12.8.2"
LOWEST = {"performance": 97, "accessibility": 100, "best-practices": 100, "seo": 100}
HEAVIEST = 300  # KB over the wire, of the first load
MOST_SHIFT = 0.0  # of what is seen, while the page loads
RUNS = 3  # of a page that falls short at first: the median counts, a busy machine is slow by chance
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --disable-background-networking "
    "--disable-component-update --disable-sync --no-first-run"
)


def audit(project: Project, *names: str) -> int:
    """Print the table of scores of all pages (or of the named ones); 1 if any falls short."""
    npx = shutil.which("npx")
    if npx is None:
        raise Failure("audit needs Node.js (npx), which fetches Lighthouse; it was not found")
    chromium = browser.find_or_install()
    pages = names or [
        p.relative_to(project.site).as_posix().removesuffix(".html")
        for p in sorted(project.site.rglob("*.html"))
    ]
    print(f"{'page':28s} perf.  access.  practices  SEO   first paint  blocked  weight", flush=True)
    short = []
    with server(project.site) as home:
        for page in pages:
            found = measured(lambda page=page: lighthouse(npx, chromium, f"{home}{page}.html"))
            print(line(page, found), flush=True)
            short += [f"{page}: {text}" for text in shortfalls(found)]
    print("\n".join(["", *short] if short else ["", f"All {len(pages)} pages are within limits."]))
    return int(bool(short))


def measured(run: Callable[[], dict]) -> dict:
    """One run, or the median of RUNS where the first falls short."""
    runs = [run()]
    while shortfalls(runs[0]) and len(runs) < RUNS:
        runs.append(run())
    return {key: statistics.median(r[key] for r in runs) for key in runs[0]}


def shortfalls(found: dict) -> list[str]:
    """What is outside the limits, in words."""
    low = [
        f"{name} {found[name]:.0f}, expected at least {limit}"
        for name, limit in LOWEST.items()
        if found[name] < limit
    ]
    if found["weight"] > HEAVIEST:
        low.append(f"{found['weight']:.0f} KB, expected at most {HEAVIEST}")
    if found["shift"] > MOST_SHIFT:
        low.append(f"the layout shifts by {found['shift']:.3f}, expected not at all")
    return low


def lighthouse(npx: str, chromium: str, address: str) -> dict:
    """What Lighthouse finds; it is asked again where it gives no scores, as happens by chance."""
    for _ in range(RUNS):
        result, output = report(npx, chromium, address)
        scores = {name: kind["score"] for name, kind in result.get("categories", {}).items()}
        if scores and None not in scores.values():
            break
    else:
        raise Failure(f"Lighthouse gave no scores of {address} in {RUNS} runs:\n{output}")
    audits = result["audits"]
    return {name: 100 * scores[name] for name in LOWEST} | {
        "paint": audits["first-contentful-paint"]["numericValue"] / 1000,
        "blocked": audits["total-blocking-time"]["numericValue"],
        "shift": round(audits["cumulative-layout-shift"]["numericValue"], 3),
        "weight": audits["total-byte-weight"]["numericValue"] / 1024,
    }


def report(npx: str, chromium: str, address: str) -> tuple[dict, str]:
    """Lighthouse's report ({} if there is none), and what it printed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"
        command = [
            npx,
            "--yes",
            LIGHTHOUSE,
            address,
            "--quiet",
            "--output=json",
            f"--output-path={path}",
            f"--chrome-flags={FLAGS}",
        ]
        done = subprocess.run(
            command, env=os.environ | {"CHROME_PATH": chromium}, capture_output=True, text=True
        )
        written = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return written, done.stdout + done.stderr


def line(page: str, found: dict) -> str:
    scores = [found[name] for name in LOWEST]
    return "{:28s} {:5.0f} {:8.0f} {:10.0f} {:4.0f} {:10.1f} s {:6.0f} ms {:4.0f} KB".format(
        page, *scores, found["paint"], found["blocked"], found["weight"]
    )


if __name__ == "__main__":
    sys.exit(audit(Project.here(), *sys.argv[1:]))
