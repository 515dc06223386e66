"""Which three states of an experiment stand on paper, and what is seen in them.

The start; the end of each run (the play buttons); then one control after the other at its far
end, the seed last.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

from py_mini_racer import MiniRacer

STATES = 3  # of each experiment
# The scripts listen to the page and may add to it; their drawings do not depend on it.
NO_PAGE = """
var window = globalThis;
var document = {addEventListener() {}, getElementById() { return null; }};
"""
State = tuple[int, ...]  # for each control the place of its value


@dataclass(frozen=True)
class Seen:
    """A picture (the address of a file, or SVG) and the sentence that says what it shows."""

    picture: str
    sentence: str


def telling(controls: list[dict], seen: Callable[[State], Seen]) -> dict[State, Seen]:
    """The first states, in the order above, in which both picture and sentence are new.

    Of a list of words it is the one whose sentence is least like those before.
    """
    found: dict[State, Seen] = {}
    for states in candidates(controls):
        new = {state: seen(state) for state in states}
        new = {state: now for state, now in new.items() if is_new(now, found)}
        if new:
            best = min(new, key=lambda state: likeness(new[state], found))
            found[best] = new[best]
        if len(found) == STATES:
            break
    return found


def candidates(controls: list[dict]) -> Iterator[list[State]]:
    """Which states may come next: usually one, of a list of words all."""
    start = tuple(control["default"] for control in controls)
    last = [len(control["values"]) - 1 for control in controls]
    far = [0 if 2 * at > end else end for at, end in zip(start, last, strict=True)]
    plays = [i for i, control in enumerate(controls) if control["kind"] == "play"]
    order = [i for i in range(len(controls)) if i not in plays]
    order.sort(key=lambda i: controls[i]["name"] == "seed")
    ended = moved(start, {i: last[i] for i in plays})
    yield [start]
    yield [ended]
    for i in order:
        words = controls[i]["kind"] == "dropdown"
        yield [moved(ended, {i: at}) for at in (range(last[i] + 1) if words else [far[i]])]
    yield [moved(ended, {i: far[i] for i in order})]
    yield from ([moved(ended, {i: last[i] // 2})] for i in order + plays)
    for i, end in enumerate(last):
        yield from ([moved(start, {i: at})] for at in range(end + 1))


def is_new(now: Seen, found: dict[State, Seen]) -> bool:
    return all(now.picture != s.picture and now.sentence != s.sentence for s in found.values())


def likeness(now: Seen, found: dict[State, Seen]) -> float:
    """How like the nearest of those found the sentence is, between 0 and 1."""
    ratios = (
        SequenceMatcher(None, now.sentence.split(), one.sentence.split()).ratio()
        for one in found.values()
    )
    return max(ratios, default=0.0)


def moved(state: State, places: dict[int, int]) -> State:
    return tuple(places.get(i, at) for i, at in enumerate(state))


def stored(data: dict) -> Callable[[State], Seen]:
    """What is seen in an experiment whose pictures were drawn while the book was built."""

    def seen(state: State) -> Seen:
        place = 0
        for control, at in zip(data["controls"], state, strict=True):
            place = place * len(control["values"]) + at
        return Seen(data["pictures"][data["states"][place]], data["sentences"][place])

    return seen


def drawn(data: dict, name: str, script: Path) -> Callable[[State], Seen]:
    """What is seen in an experiment that a script of the page draws."""

    def seen(state: State) -> Seen:
        values = dict(data["fixed"])
        for control, at in zip(data["controls"], state, strict=True):
            values[control["name"]] = control["values"][at]
        shown = engine(script).call("shown", name, values)
        return Seen(shown["svg"], shown["sentence"])

    return seen


@cache
def engine(script: Path) -> MiniRacer:
    javascript = MiniRacer()
    javascript.eval(NO_PAGE)
    javascript.eval(script.read_text(encoding="utf-8"))
    javascript.eval("""function shown(name, values) {
      const {svg, sentence} = dlcoreLive[name](values);
      return {svg, sentence};
    }""")
    return javascript


def setting(controls: list[dict], state: State, among: list[int] | None = None) -> str:
    """The controls as a reader sets them: "hidden units n = 4, seed = 0"."""
    places = range(len(controls)) if among is None else among
    texts = {controls[i]["label"]: controls[i]["texts"][state[i]] for i in places}
    return ", ".join(f"{label} = {text.replace('-', '−')}" for label, text in texts.items())


def changed(controls: list[dict], state: State) -> list[int]:
    """The controls that do not stand where they start."""
    return [i for i, control in enumerate(controls) if state[i] != control["default"]]


def address(name: str, controls: list[dict], state: State) -> str:
    """What follows a page's name in the address of a state; what it does not name stays."""
    moves = [
        (f"{name}.{controls[i]['name']}", controls[i]["texts"][state[i]])
        for i in changed(controls, state)
    ]
    return f"?{urlencode(moves)}#{name}" if moves else f"#{name}"
