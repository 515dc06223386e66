"""The history's data: events with their sources, and half a century of microprocessors.

``timeline`` draws the events as SVG.  It has a twin in the page, book/_static/live/timeline.js,
which draws the same states without a kernel; a test compares the two, state by state.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from dlcore.teaching import svg

DATA = Path(__file__).with_name("data")

KINDS = ("person", "idea", "hardware", "winter")
UNITS = {
    "transistors": "thousands of transistors",
    "specint": "SPECint of one thread × 1000",
    "frequency": "clock in MHz",
    "watts": "typical power in W",
    "cores": "logical cores",
}
EDITIONS = ("42yrs", "50yrs")


def processors(series: str, edition: str = "50yrs") -> tuple[np.ndarray, np.ndarray]:
    """(years, values) of a series of Rupp's microprocessor trend data, each of shape (N,).

    series    a key of UNITS, which says what the values are; years carry the month as a fraction
    edition   "42yrs" (published 2018) or "50yrs" (2022)
    Data: K. Rupp and others, CC BY 4.0; data/README.md.
    """
    for name, value, known in (("series", series, UNITS), ("edition", edition, EDITIONS)):
        if value not in known:
            raise ValueError(f"processors: expected {name} in {', '.join(known)}, got {value!r}")
    years, values = np.loadtxt(DATA / edition / f"{series}.dat").T
    return years, values


def events() -> list[dict]:
    """The timeline's records in the order of their years, each a dict:

    id, kind    a short name, and one of KINDS
    year, end   as the literature has them; ``end`` for periods only, else None
    told        the year that is often told where it differs, else None
    title, text, claim    what happened, and what is often told (or None)
    key, reference        the entry in book/references.bib, and how it is named on a card
    """
    return json.loads((DATA / "events.json").read_text(encoding="utf-8"))


def recorded(name: str, measure: Callable[[], float]) -> float:
    """The time measure() in seconds; on the website, where each build has to give the same page,
    the one that is stored under name in data/seconds.json.

    Store the times of a machine:  DLCORE_RECORD=1 make notebooks
    """
    path = DATA / "seconds.json"
    stored = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if os.environ.get("DLCORE_SITE"):
        return stored[name]
    seconds = measure()
    if os.environ.get("DLCORE_RECORD"):
        stored = dict(sorted((stored | {name: float(f"{seconds:.4g}")}).items()))
        path.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    return seconds


# ---------------------------------------------------------------- the drawing

TOLD, LITERATURE = "as it is often told", "as the literature has it"
FIRST, LAST = 1940, 2026
LEFT, SCALE = 24, 4.2  # pixels: of the year 1940, and a year
LANE, TOP = 50, 74  # pixels: a lane, and where the first one begins
NAMES = {"person": "people", "idea": "ideas", "hardware": "hardware and data", "winter": "winters"}
BLUE, RED, INK = "#0072B2", "#B44A00", "#222222"


def timeline(
    person: bool, idea: bool, hardware: bool, winter: bool, dates: str, event: int
) -> tuple[str, str]:
    """(SVG, sentence) of the timeline with event number ``event`` = 1, 2, … under the cursor.

    person … winter   whether the events of this kind are shown
    dates             TOLD or LITERATURE
    If the event's kind is hidden, the nearest one before it is shown, or the first after it.
    """
    records = events()
    on = {"person": person, "idea": idea, "hardware": hardware, "winter": winter}
    told = dates == TOLD
    seen = [i for i, record in enumerate(records) if on[record["kind"]]]
    if not seen:
        return _svg([_text(200, 36, "nothing is chosen", "middle"), *_axis()]), (
            "No kind of event is chosen, so the line is empty: tick one of the four boxes."
        )
    before = [i for i in seen if i < event]
    now = before[-1] if before else seen[0]
    shapes = _axis()
    for lane, kind in enumerate(KINDS):
        if on[kind]:
            shapes.append(_text(8, TOP + LANE * lane + 15, NAMES[kind]))
            of_kind = [record for record in records if record["kind"] == kind]
            for k, record in enumerate(of_kind):
                if record is not records[now]:
                    shapes += _mark(record, told, _height(lane, k), False)
    record = records[now]
    lane = KINDS.index(record["kind"])
    k = [r for r in records if r["kind"] == record["kind"]].index(record)
    shapes += _mark(record, told, _height(lane, k), True)
    shapes += [
        _text(200, 24, record["title"], "middle", 16),
        _text(200, 48, _headline(record, told), "middle"),
    ]
    return _svg(shapes), _sentence(record, told, now + 1, len(records))


def _headline(record, told):
    span = _span(record)
    if not _moved(record):
        return span
    return f"often told: {record['told']}" if told else f"{span}, not {record['told']}"


def _span(record):
    return f"{record['year']}–{record['end']}" if record["end"] else f"{record['year']}"


def _sentence(record, told, number, of):
    start = f"Event {number} of {of}. "
    if told and record["claim"]:
        date, literature = _span(record), ""
        if _moved(record):
            date = record["told"]
            literature = f" The literature has {_span(record)} ({record['reference']})."
        told_so = f"As it is often told: {record['claim']}"
        return f"{start}{date}: {record['title']}. {told_so}{literature}"
    agrees = "Here the usual story agrees with the literature. " if told else ""
    return (
        f"{start}{_span(record)}: {record['title']}. {agrees}{record['text']} "
        f"Source: {record['reference']}."
    )


def _moved(record):
    return record["told"] is not None and record["told"] != record["year"]


def _mark(record, told, y, current):
    """A dot, or a bar for a period; the current one in colour, with a ghost at its other date."""
    moved = _moved(record)
    wrong = told and moved
    x = _x(record["told"] if wrong else record["year"])
    colour = (RED if wrong else BLUE) if current else "#B4BEC6"
    shapes = []
    if current:
        shapes.append(
            f'<path d="M{x} {y}V{TOP + 4 * LANE + 2}" stroke="{colour}" stroke-dasharray="2 3"/>'
        )
    if current and moved:
        ghost = _x(record["year"] if wrong else record["told"])
        shapes.append(f'<path d="M{x} {y}H{ghost}" stroke="{colour}" stroke-width="2"/>')
        shapes.append(
            f'<circle cx="{ghost}" cy="{y}" r="5" fill="white" stroke="{colour}" stroke-width="2"/>'
        )
    if record["end"] and not wrong:
        width = max(_x(record["end"]) - x, 4)
        shapes.append(
            f'<rect x="{x}" y="{y - 4}" width="{width}" height="8" rx="3" fill="{colour}"/>'
        )
    else:
        shapes.append(f'<circle cx="{x}" cy="{y}" r="{7 if current else 4}" fill="{colour}"/>')
    return shapes


def _axis():
    bottom = TOP + 4 * LANE + 2
    shapes = [f'<path d="M{_x(FIRST)} {bottom}H{_x(LAST)}" stroke="#444444"/>']
    for year in range(FIRST, LAST, 10):
        shapes.append(f'<path d="M{_x(year)} {bottom}v5" stroke="#444444"/>')
        if year % 20 == 0:
            shapes.append(_text(_x(year), bottom + 20, f"{year}", "middle"))
    return shapes


def _height(lane, k):
    return TOP + LANE * lane + 24 + 9 * (k % 3)  # three rows, so that neighbours do not overlap


def _x(year):
    return LEFT + int(SCALE * (year - FIRST) + 0.5)


def _text(x, y, words, anchor="start", size=14):
    return svg.text(x, y, words, font_size=size, text_anchor=anchor)


def _svg(shapes):
    return svg.picture(400, 304, shapes, fill=INK)
