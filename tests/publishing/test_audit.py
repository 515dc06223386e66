"""The limits of the audit; Lighthouse itself runs in `make audit`."""

import pytest

from dlcore.publishing.audit import measured, shortfalls

GOOD = {"performance": 98, "accessibility": 100, "best-practices": 100, "seo": 100,
        "paint": 1.0, "blocked": 0, "shift": 0.0, "weight": 150}  # fmt: skip


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
