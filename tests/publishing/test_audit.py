"""The limits of the audit, and what it says; Lighthouse itself runs in `make audit`."""

import json
import shutil

import pytest

from publishing import audit, browser
from publishing.project import Failure

GOOD = {"performance": 0.98, "accessibility": 1, "best-practices": 1, "seo": 1}
LIGHT = {
    "first-contentful-paint": 1200,
    "total-blocking-time": 20,
    "cumulative-layout-shift": 0,
    "total-byte-weight": 150 * 1024,
}
FAULTS = {
    "slow": {"performance": 0.96},
    "mute": {"accessibility": 0.99},
    "careless": {"best-practices": 0.96},
    "hidden": {"seo": 0.9},
    "heavy": {"total-byte-weight": 301 * 1024},
    "moving": {"cumulative-layout-shift": 0.001},
}


def report(page: str, change: dict) -> dict:
    """As Lighthouse writes it, the parts that matter."""
    found = GOOD | LIGHT | change
    return {
        "requestedUrl": f"http://127.0.0.1/{page}.html",
        "finalUrl": f"http://127.0.0.1/{page}.html",
        "categories": {name: {"id": name, "score": found[name]} for name in GOOD},
        "audits": {
            name: {"id": name, "score": 1, "title": name, "numericValue": found[name]}
            for name in LIGHT
        },
    }


def test_what_is_outside_a_limit_is_an_error_with_the_page_s_name(tmp_path, capfd):
    """Three runs a page; of the good page one is slow, as happens on a busy machine."""
    if shutil.which("npx") is None:
        pytest.skip("no Node.js (npx), which fetches Lighthouse CI")
    runs = [("good", {"performance": 0.5}), ("good", {}), ("good", {})]
    runs += [(page, change) for page, change in FAULTS.items() for _ in range(3)]
    (tmp_path / ".lighthouseci").mkdir()
    for number, run in enumerate(runs):
        path = tmp_path / ".lighthouseci" / f"lhr-{number}.json"
        path.write_text(json.dumps(report(*run)))
    assert audit.lighthouse("assert", cwd=tmp_path) == 1
    found = json.loads((tmp_path / ".lighthouseci" / "assertion-results.json").read_text())
    named = {r["url"].rpartition("/")[2]: r.get("auditProperty") or r["auditId"] for r in found}
    assert named == {f"{page}.html": name for page, (name,) in FAULTS.items()}
    assert "7 URL(s), 21 total run(s)" in capfd.readouterr().err


def test_the_table_shows_the_run_in_the_middle(tmp_path):
    runs = []
    for number, seconds in enumerate((1, 2, 3)):
        path = tmp_path / f"{number}.json"
        change = {"first-contentful-paint": 1000 * seconds}
        path.write_text(json.dumps(report("reference/losses", change)))
        runs.append({"isRepresentativeRun": seconds == 2, "jsonPath": str(path)})
    (tmp_path / "manifest.json").write_text(json.dumps(runs))
    _, line = audit.table(tmp_path / "manifest.json").splitlines()
    assert line.split() == "reference/losses 98 100 100 100 2.0 s 20 ms 150 KB".split()


def test_a_page_without_scores_is_tried_again_and_named(small, monkeypatch):
    small.site.mkdir(parents=True)
    codes = iter([1, 0, *[0, 0], 1, 1, 1])
    commands = []
    monkeypatch.setattr(browser, "find_or_install", lambda: "chromium")
    monkeypatch.setattr(audit, "table", lambda manifest: "")
    monkeypatch.setattr(audit, "lighthouse", lambda *c, **_: commands.append(c[0]) or next(codes))
    assert audit.audit(small, "page") == 0
    assert commands == ["collect", "collect", "upload", "assert"]
    with pytest.raises(Failure, match="no scores of other"):
        audit.audit(small, "other")
