"""An experiment on its page: every state by the page's own function, each control by keyboard.

The page is playwright's, or tests/browsers' for what playwright does not drive."""

import itertools
import json
import math
import random
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode

from PIL import Image
from playwright.sync_api import TimeoutError as Timeout

from dlcore.teaching.pictures import is_svg

MOST, SAMPLE = 100_000, 2_000  # states of a script that are all tried; of more, so many


def states_to_try(sizes: list[int], start: tuple[int, ...]) -> list[tuple[int, ...]]:
    """All states of controls with so many values, as places; of more than MOST, those along each
    control from the start and from where all have moved, and SAMPLE at random."""
    if math.prod(sizes) <= MOST:
        return list(itertools.product(*map(range, sizes)))
    rng = random.Random(0)
    lines = [
        place[:i] + (at,) + place[i + 1 :]
        for place in (start, one_step_away(sizes, start))
        for i, size in enumerate(sizes)
        for at in range(size)
    ]
    sample = [tuple(rng.randrange(size) for size in sizes) for _ in range(SAMPLE)]
    return list(dict.fromkeys(lines + sample))


def one_step_away(sizes: list[int], start: tuple[int, ...]) -> tuple[int, ...]:
    """The state in which every control is one step away from its start."""
    return tuple(at + (1 if at + 1 < n else -1) for at, n in zip(start, sizes, strict=True))


def names(page) -> list[str]:
    """The experiments of a page, in order."""
    return page.evaluate(NAMES)


def come_near(page, element) -> None:
    """An experiment or a form starts when the reader comes near."""
    page.wait_for_function(NEAR, arg=element)


def press_every_control(page) -> int:
    """Every control of every experiment of an open page by keyboard: a step, open the address that
    says so, to the last value, to the first; their number."""
    found = [Experiment(page, name) for name in names(page)]
    for experiment in found:
        experiment.walk(experiment.start, experiment.moved())
    addresses = [experiment.address(experiment.moved()) for experiment in found]
    try:  # it follows once the last control rests
        page.wait_for_function(WRITTEN, arg=addresses)
    except Timeout:
        raise AssertionError(f"the address {page.evaluate(ADDRESS)} lacks {addresses}") from None
    address = page.evaluate(ADDRESS)
    page.goto("about:blank")
    page.goto(address)
    for experiment in [Experiment(page, name) for name in names(page)]:
        last = tuple(len(control["values"]) - 1 for control in experiment.controls)
        experiment.walk(experiment.moved(), last)
        experiment.walk(last, (0,) * len(last))
        experiment.play()
    return len(found)


class Experiment:
    """An experiment on an open page; a state is the index of each control's value."""

    def __init__(self, page, name: str):
        self.page, self.name = page, name
        self.figure = page.query_selector(f"figure[data-experiment='{name}']")
        come_near(page, self.figure)
        self.data = json.loads(page.evaluate(DATA, self.figure))
        self.controls = self.data["controls"]
        self.start = tuple(control["default"] for control in self.controls)

    def texts(self, state) -> list[str]:
        return [control["texts"][i] for control, i in zip(self.controls, state, strict=True)]

    def address(self, state) -> str:
        """A state as it must stand in the address."""
        pairs = zip(self.controls, self.texts(state), strict=True)
        return urlencode([(f"{self.name}.{control['name']}", text) for control, text in pairs])

    def moved(self) -> tuple[int, ...]:
        """The state in which every control is one step away from its start."""
        return one_step_away([len(control["values"]) for control in self.controls], self.start)

    def assert_every_state_is_sound(self, folder: Path) -> int:
        """Ask the page's own function what is seen in every state, in one call; their number.

        folder is where the page lies.  AssertionError where a state has no picture there, not its
        own sentence or address, or where a control or the whole experiment changes nothing.
        """
        states = states_to_try([len(c["values"]) for c in self.controls], self.start)
        told = json.loads(self.page.evaluate(TELL, [self.figure, json.dumps(states)]))
        for place, (state, seen) in enumerate(zip(states, told, strict=True)):
            where, wanted = f"{self.name}: {seen['address']}", self.address(state)
            assert parse_qsl(seen["address"]) == parse_qsl(wanted), f"{where} instead of {wanted}"
            assert seen["restored"] == list(state), f"{where} restores {seen['restored']}"
            assert seen["sentence"].strip(), f"{where} has no sentence"
            if self.data["script"]:
                assert seen["drawn"], f"{where} is not drawn"
                continue
            picture = self.data["pictures"][self.data["states"][place]]
            assert seen["picture"] == picture, f"{where} shows the picture of another state"
            assert seen["sentence"] == self.data["sentences"][place], f"{where} says another's"
            assert is_picture(folder / unquote(picture)), f"{where} has no picture {picture}"
        self.assert_every_control_matters(states, told)
        return len(states)

    def assert_every_control_matters(self, states, told) -> None:
        drawn = "drawn" if self.data["script"] else "picture"
        shown = [(seen[drawn], seen["sentence"]) for seen in told]
        for what, seen in zip(("picture", "sentence"), zip(*shown, strict=True), strict=True):
            assert len(set(seen)) > 1, f"{self.name} does not move: one {what} in all states"
        for i, control in enumerate(self.controls):
            beside = {}  # what is seen while the other controls stand still
            for state, seen in zip(states, shown, strict=True):
                beside.setdefault(state[:i] + state[i + 1 :], set()).add(seen)
            changes = any(len(seen) > 1 for seen in beside.values())
            assert changes, f"{self.name}: the control {control['name']} changes nothing"

    def walk(self, start, end) -> None:
        """Press one key on each control, in order, that leads from its place in start to end: one
        step away, or the first or the last of its values.

        AssertionError where a control is not reached by Tab, or where picture, sentence, output
        or state do not follow.
        """
        self.page.evaluate(FOCUS, [self.figure, ".experiment-link", 0])
        self.assert_shown(start)
        state = list(start)
        for i, control in enumerate(self.controls):
            field = f"{self.name}-{control['name']}"
            self.tab_to(field)
            if end[i] == state[i]:
                continue
            kind = self.page.evaluate("() => document.activeElement.type")
            keys = KEYS[kind] if abs(end[i] - state[i]) == 1 else FAR_KEYS
            self.page.keyboard.press(keys[end[i] > state[i]])
            state[i] = end[i]
            self.assert_shown(state)

    def tab_to(self, field: str) -> None:
        """From the field before; there may be a play button between them."""
        for _ in range(2):
            self.page.keyboard.press("Tab")
            if self.page.evaluate("() => document.activeElement.id") == field:
                return
        raise AssertionError(f"{field} is not reached by Tab")

    def assert_shown(self, state) -> None:
        """The figure gets into this state, and every part of it shows it."""
        where = f"{self.name} in the state {self.texts(state)}"
        try:
            self.page.wait_for_function(REACHED, arg=[self.figure, state])
        except Timeout:
            found = self.page.evaluate(STATE, self.figure)
            raise AssertionError(f"{where}: not reached, but {found}") from None
        for part, (found, wanted) in self.page.evaluate(
            SHOWN, [self.figure, state, self.texts(state)]
        ).items():
            assert found == wanted, f"{where}: {part} {found!r}, expected {wanted!r}"

    def play(self) -> None:
        """Start and stop the play buttons by keyboard."""
        for i in range(len(self.page.evaluate(PLAYERS, self.figure))):
            before = self.page.evaluate(STATE, self.figure)
            self.page.evaluate(FOCUS, [self.figure, ".experiment-play", i])
            self.page.keyboard.press("Enter")
            self.page.wait_for_function(CHANGED, arg=[self.figure, before])
            if (
                self.page.evaluate(PLAYERS, self.figure)[i] == "Pause"
            ):  # else one step led to the end
                self.page.keyboard.press("Enter")
            assert self.page.evaluate(PLAYERS, self.figure)[i] == "Play", f"{self.name} plays on"


def is_picture(path: Path) -> bool:
    if not path.is_file():
        return False
    if path.suffix == ".svg":
        return is_svg(path.read_text(encoding="utf-8"))
    with Image.open(path) as image:
        return image.width > 0


KEYS = {  # a step back, a step forward
    "range": ("ArrowLeft", "ArrowRight"),
    "select-one": ("ArrowUp", "ArrowDown"),
    "checkbox": ("Space", "Space"),
}
FAR_KEYS = ("Home", "End")

NAMES = """() => [...document.querySelectorAll('figure[data-experiment]')].map(
  figure => figure.dataset.experiment)"""
DATA = "figure => figure.querySelector('script').textContent"
ADDRESS = "() => location.href"
STATE = "figure => figure.dataset.state"
FOCUS = "([figure, selector, i]) => figure.querySelectorAll(selector)[i].focus()"
PLAYERS = "figure => [...figure.querySelectorAll('.experiment-play')].map(b => b.textContent)"

# Sections on the way get their layout, and their true length, when they come near.
NEAR = """element => {
  if ('ready' in element.dataset) return true;
  element.scrollIntoView({behavior: 'instant'});
  return false;
}"""

# A number stands for a drawing, which tests/teaching/test_live_scripts.py holds against draw.
TELL = """([figure, states]) => {
  const digest = text => {
    let sum = 7;
    for (let i = 0; i < text.length; i++) sum = (31 * sum + text.charCodeAt(i)) | 0;
    return sum;
  };
  return JSON.stringify(JSON.parse(states).map(state => {
    const {svg, picture, sentence, address} = figure.seen(state);
    const drawn = svg && svg.trimStart().startsWith('<svg ') && digest(svg);
    return {drawn, picture, sentence, address, restored: figure.indicesIn(address)};
  }));
}"""

# The picture may be on the way: the first one, or any of which Firefox asks the server anew whether
# it has changed.  One that does not exist is complete as well.
REACHED = """([figure, state]) => figure.dataset.state === figure.seen(state).address
  && (figure.querySelector('.picture > img')?.complete ?? true)"""
CHANGED = "([figure, state]) => figure.dataset.state !== state"

# The parts of a figure, each as it is and as it should be.
SHOWN = """([figure, state, texts]) => {
  const seen = figure.seen(state);
  const picture = figure.querySelector('.picture'), image = picture.querySelector(':scope > img');
  const drawn = document.createElement('div');
  drawn.innerHTML = seen.svg;
  const fields = [...figure.querySelectorAll('input:not([type=text]), select')];
  const sliders = fields.filter(field => field.type === 'range');
  const values = texts.filter((_, i) => fields[i].type === 'range').map(t => t.replace('-', '−'));
  return {
    loaded: [image ? image.naturalWidth > 0 : picture.innerHTML !== '', true],
    picture: image ? [image.getAttribute('src'), seen.picture]
      : [picture.innerHTML, drawn.innerHTML],
    alt: [image ? image.alt : picture.getAttribute('aria-label'), seen.sentence],
    sentence: [figure.querySelector('.experiment-sentence [aria-live]').textContent, seen.sentence],
    fields: [fields.map(f => Number(f.type === 'checkbox' ? f.checked : f.value)), [...state]],
    outputs: [sliders.map(s => s.parentNode.querySelector('output').value), values],
    spoken: [sliders.map(s => s.getAttribute('aria-valuetext')), values],
  };
}"""

WRITTEN = """addresses => {
  const written = [...new URLSearchParams(location.search)].map(String);
  const wanted = addresses.flatMap(address => [...new URLSearchParams(address)]).map(String);
  return wanted.every(pair => written.includes(pair));
}"""
