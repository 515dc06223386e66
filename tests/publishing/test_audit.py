"""The limits of the audit; Lighthouse itself runs in `make audit`."""

import pytest

from publishing import audit
from publishing.audit import LOWEST, measured, shortfalls
from publishing.project import Failure

GOOD = {
    "performance": 98,
    "accessibility": 100,
    "best-practices": 100,
    "seo": 100,
    "paint": 1.0,
    "blocked": 0,
    "shift": 0.0,
    "weight": 150,
}


def test_a_good_page_runs_once():
    runs = iter([GOOD, None])
    assert measured(lambda: next(runs)) == GOOD
    assert shortfalls(GOOD) == []


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"performance": 96}, "performance 96, expected at least 97"),
        ({"accessibility": 99}, "accessibility 99, expected at least 100"),
        ({"weight": 301}, "301 KB, expected at most 300"),
        ({"shift": 0.001}, "the layout shifts by 0.001"),
    ],
)
def test_a_page_outside_a_limit_is_named(change, complaint):
    (found,) = shortfalls(GOOD | change)
    assert complaint in found


def test_one_slow_run_of_three_does_not_count_two_do():
    slow = GOOD | {"performance": 80}
    assert measured(iter([slow, GOOD, GOOD]).__next__)["performance"] == 98
    assert measured(iter([slow, GOOD, slow]).__next__)["performance"] == 80


def told(score):
    metrics = [
        "first-contentful-paint",
        "total-blocking-time",
        "cumulative-layout-shift",
        "total-byte-weight",
    ]
    return {
        "categories": {name: {"score": score} for name in LOWEST},
        "audits": {name: {"numericValue": 0} for name in metrics},
    }


def test_a_run_without_scores_is_made_again(monkeypatch):
    runs = iter([{}, told(None), told(1)])
    monkeypatch.setattr(audit, "report", lambda *_: (next(runs), "it printed this"))
    assert audit.lighthouse("npx", "chromium", "address")["performance"] == 100
    monkeypatch.setattr(audit, "report", lambda *_: (told(None), "it printed this"))
    with pytest.raises(Failure, match="no scores of address in 3 runs:\nit printed this"):
        audit.lighthouse("npx", "chromium", "address")
