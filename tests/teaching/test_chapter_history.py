"""The history's data: Rupp's numbers as they were published, events with sources, the drawing."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from dlcore.teaching.chapters import history
from dlcore.teaching.chapters.history import KINDS, LITERATURE, TOLD, events, processors, timeline

BOOK = Path(__file__).parents[2] / "book"
ALL = dict(person=True, idea=True, hardware=True, winter=True)


@pytest.mark.parametrize("edition", history.EDITIONS)
@pytest.mark.parametrize("series", history.UNITS)
def test_a_series_is_two_columns_of_sensible_numbers(series, edition):
    years, values = processors(series, edition)
    assert years.shape == values.shape and len(years) > 65
    assert years.min() > 1971 and years.max() < 2022 and (values > 0).all()


def test_published_points():
    years, values = processors("specint", "42yrs")
    assert values[np.isclose(years, 2010.3)] == [42000]
    assert values[np.isclose(years, 1990.625)] == pytest.approx([55.7306040127])
    years, values = processors("transistors")
    assert (years.max(), values[years == years.max()].max()) == (2021.9, 58_200_000)


def test_lines_that_are_commented_out_are_not_data():
    assert len(processors("specint", "42yrs")[0]) == 69


@pytest.mark.parametrize("wrong", [dict(series="speed"), dict(edition="60yrs")])
def test_unknown_names_are_refused(wrong):
    with pytest.raises(ValueError, match="expected .* in .*, got"):
        processors(**dict(series="cores") | wrong)


def test_events_are_complete_and_in_order():
    records = events()
    assert 40 <= len(records) <= 70
    assert [r["year"] for r in records] == sorted(r["year"] for r in records)
    assert len({r["id"] for r in records}) == len(records)
    for r in records:
        assert set(r) == {
            "id",
            "year",
            "told",
            "kind",
            "title",
            "text",
            "claim",
            "key",
            "end",
            "reference",
        }
        assert r["kind"] in KINDS and history.FIRST <= r["year"] < history.LAST
        assert r["end"] is None or r["end"] > r["year"]
        assert len(r["title"]) <= 45 and not set("<>&") & set(r["title"])
        assert r["text"].endswith(".") and (r["claim"] or ".").endswith(".")
        assert r["claim"] or r["told"] is None, f"{r['id']}: a date is told, but no claim"


def test_every_event_has_its_source_in_the_bibliography():
    known = set(re.findall(r"@\w+\{(\w+),", (BOOK / "references.bib").read_text("utf-8")))
    assert {r["key"] for r in events()} <= known


def test_the_page_has_the_same_events():
    script = (BOOK / "_static" / "live" / "timeline.js").read_text("utf-8")
    table = re.search(r"const EVENTS = (\[.*?)\n\];", script, re.DOTALL)[1].rstrip(",")
    assert json.loads(table + "]") == events()


def number(name):
    return 1 + [r["id"] for r in events()].index(name)


def test_the_switch_moves_the_date():
    event = number("mark1")
    told, literature = (timeline(**ALL, dates=d, event=event) for d in (TOLD, LITERATURE))
    assert told[0] != literature[0]
    assert "1958: The Mark I" in told[1] and "The literature has 1960 (Nilsson 2010)." in told[1]
    assert "1960: The Mark I" in literature[1] and "Source: Nilsson 2010." in literature[1]


def test_a_hidden_kind_gives_way_to_the_event_before():
    only = ALL | dict(idea=False, hardware=False, winter=False)
    people = [i for i, r in enumerate(events(), 1) if r["kind"] == "person"]
    for event in range(1, len(events()) + 1):
        shown = max((i for i in people if i <= event), default=people[0])
        said = timeline(**only, dates=LITERATURE, event=event)[1]
        assert said.startswith(f"Event {shown} of")


def test_nothing_chosen_is_said():
    svg, said = timeline(False, False, False, False, TOLD, 1)
    assert "nothing is chosen" in svg and "tick one of the four boxes" in said


def test_a_time_is_measured_in_a_kernel_and_read_on_the_website(monkeypatch, tmp_path):
    monkeypatch.setattr(history, "DATA", tmp_path)
    monkeypatch.delenv("DLCORE_SITE", raising=False)
    assert history.recorded("a loop", lambda: 1.25) == 1.25
    assert not list(tmp_path.iterdir())
    monkeypatch.setenv("DLCORE_RECORD", "1")
    history.recorded("a loop", lambda: 1.23456)
    monkeypatch.setenv("DLCORE_SITE", "1")
    assert history.recorded("a loop", lambda: 9.0) == 1.235
