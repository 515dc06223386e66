"""Lighthouse on every page, with the settings of a slow phone: python -m publishing audit.

Lighthouse CI does it, with the limits in lighthouserc.json.  It is no part of the book's
environment: npx (Node.js) fetches it when it is asked for.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

from publishing import browser
from publishing.project import Failure, Project
from publishing.server import server

LIGHTHOUSE_CI = "@lhci/cli@0.15.1"
TRIES = 3  # of a page: now and then Lighthouse gives no scores, by chance
SCORES = ["performance", "accessibility", "best-practices", "seo"]


def audit(project: Project, *names: str) -> int:
    """Print the scores of all pages (or of the named ones); 1 if any is outside of the limits."""
    folder = project.build / "audit"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    environment = os.environ | {"CHROME_PATH": browser.find_or_install()}
    pages = names or [
        path.relative_to(project.site).as_posix().removesuffix(".html")
        for path in sorted(project.site.rglob("*.html"))
    ]
    with server(project.site) as home:
        for page in pages:
            collect = ["collect", "--additive", f"--url={home}{page}.html"]
            if all(lighthouse(*collect, cwd=folder, env=environment) for _ in range(TRIES)):
                raise Failure(f"Lighthouse gave no scores of {page}, see above")
    lighthouse("upload", cwd=folder)
    print(table(folder / "reports" / "manifest.json"), flush=True)
    return lighthouse("assert", cwd=folder)


def lighthouse(command: str, *options: str, **settings) -> int:
    npx = shutil.which("npx")
    if npx is None:
        raise Failure("audit needs Node.js (npx), which fetches Lighthouse CI; it was not found")
    config = f"--config={Path(__file__).parents[1] / 'lighthouserc.json'}"
    return subprocess.run(
        [npx, "--yes", LIGHTHOUSE_CI, command, config, *options], **settings
    ).returncode


def table(manifest: Path) -> str:
    """A line for each page: its scores and what they rest on, of the run in the middle."""
    lines = [f"{'page':28s} perf.  access.  practices  SEO   first paint  blocked  weight"]
    for run in json.loads(manifest.read_text(encoding="utf-8")):
        if run["isRepresentativeRun"]:
            lines.append(line(json.loads(Path(run["jsonPath"]).read_text(encoding="utf-8"))))
    return "\n".join(lines)


def line(report: dict) -> str:
    page = report["requestedUrl"].split("/", 3)[3].removesuffix(".html")
    scores = [100 * (report["categories"][name]["score"] or 0) for name in SCORES]
    paint, blocked, weight = (
        report["audits"][name]["numericValue"]
        for name in ("first-contentful-paint", "total-blocking-time", "total-byte-weight")
    )
    return "{:28s} {:5.0f} {:8.0f} {:10.0f} {:4.0f} {:10.1f} s {:6.0f} ms {:4.0f} KB".format(
        page, *scores, paint / 1000, blocked, weight / 1024
    )
