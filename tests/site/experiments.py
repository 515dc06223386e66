"""Moves an experiment by keyboard through every state that its page offers."""

import itertools
import json
from urllib.parse import urlencode


def names(page) -> list[str]:
    """The experiments of a page, in order."""
    return page.locator("figure[data-experiment]").evaluate_all(
        "figures => figures.map(figure => figure.dataset.experiment)"
    )


def reach_every_state(page, name: str) -> int:
    """Reach every state of an experiment by keyboard and return their number.

    AssertionError where a key does not lead to the state, its picture or its sentence, or where
    nothing on the picture ever changes.
    """
    figure = page.locator(f"figure[data-experiment='{name}']")
    data = json.loads(figure.locator("script[type='application/json']").text_content())
    controls = data["controls"]
    states = list(walk([len(control["values"]) for control in controls]))
    handle = come_near(page, figure)

    keyboard = Keyboard(page, [f"{name}-{control['name']}" for control in controls])
    page.evaluate(RECORD, handle)
    for state in states:
        keyboard.move_to(state)
        if not data["script"]:  # pictures are loaded: a faster reader would skip some
            wanted = written(controls, state)
            assert page.evaluate(SETTLE, [handle, wanted]), f"{name}: {wanted} is not reached"
    assert page.evaluate(SETTLE, [handle, written(controls, states[-1])]), f"{name}: no last state"

    seen = page.evaluate("figure => figure.seen", handle)
    missing = [text for state in states if (text := written(controls, state)) not in seen]
    assert not missing, f"{name} does not reach {len(missing)} of {len(states)}: {missing[:3]}"
    for place, state in enumerate(itertools.product(*(range(len(c["values"])) for c in controls))):
        shown = seen[written(controls, state)]
        assert shown["loaded"], f"{name}: no picture in {state}"
        assert shown["sentence"] == shown["alt"] != "", f"{name}: {state} says {shown}"
        if not data["script"]:
            assert shown["sentence"] == data["sentences"][place], (name, state)
            assert shown["picture"].endswith(data["pictures"][data["states"][place]]), (name, state)
    for what in ("picture", "sentence"):
        different = {shown[what] for shown in seen.values()}
        assert len(different) > 1, f"{name} does not move: one {what} in all states"
    return len(states)


def come_near(page, locator):
    """The element of an experiment or a form, which starts when the reader comes near."""
    element = locator.element_handle()
    page.wait_for_function(NEAR, arg=element, timeout=20_000)
    return element


def walk(sizes: list[int]):
    """All combinations of indices, each differing from the one before by a single step."""
    if not sizes:
        yield ()
        return
    for number, head in enumerate(walk(sizes[:-1])):
        last = range(sizes[-1])
        yield from ((*head, index) for index in (last if number % 2 == 0 else reversed(last)))


def written(controls, state) -> str:
    """A state as the figure writes it into data-state."""
    return urlencode([(c["name"], c["texts"][i]) for c, i in zip(controls, state, strict=True)])


class Keyboard:
    """Presses the keys that a reader would press; knows where each control stands."""

    def __init__(self, page, ids: list[str], reset: bool = True):
        self.page, self.focused = page, None
        self.fields = [page.locator(f"[id='{i}']") for i in ids]
        self.kinds = [field.evaluate("f => f.type") for field in self.fields]
        self.at = [0] * len(ids)
        for i, kind in enumerate(self.kinds if reset else []):
            if kind != "checkbox":
                self.press(i, "Home")
            elif self.fields[i].is_checked():
                self.press(i, "Space")

    def press(self, i: int, key: str) -> None:
        if self.focused != i:
            self.fields[i].focus()
            self.focused = i
        if self.kinds[i] == "range":  # held down, as a reader holds it: twice as fast
            self.page.keyboard.down(key)
        else:
            self.page.keyboard.press(key)

    def move_to(self, state) -> None:
        """To a state one step away."""
        for i, (here, wanted) in enumerate(zip(self.at, state, strict=True)):
            if here != wanted:
                self.press(i, self.key(i, forward=wanted > here))
        self.at = list(state)

    def move_on(self) -> None:
        """Change the first control, wherever it stands."""
        first = self.fields[0].evaluate("f => (f.selectedIndex ?? Number(f.value)) === 0")
        self.press(0, "Space" if self.kinds[0] == "checkbox" else "End" if first else "Home")

    def key(self, i: int, forward: bool) -> str:
        match self.kinds[i]:
            case "checkbox":
                return "Space"
            case "range":
                return "ArrowRight" if forward else "ArrowLeft"
        return "ArrowDown" if forward else "ArrowUp"


# Sections on the way get their layout, and their true length, when they come near.
NEAR = "element => { element.scrollIntoView(); return 'ready' in element.dataset; }"

# Notes what the figure shows, now and whenever it says that it is in another state.
RECORD = """figure => {
  figure.seen = {};
  const digest = text => {
    let sum = 7;
    for (let i = 0; i < text.length; i++) sum = (31 * sum + text.charCodeAt(i)) | 0;
    return sum;
  };
  const note = () => {
    const image = figure.querySelector('.picture img');
    const drawing = figure.querySelector('.picture');
    figure.seen[String(new URLSearchParams(figure.dataset.state))] = {
      loaded: image ? image.complete && image.naturalWidth > 0 : drawing.childElementCount > 0,
      picture: image ? image.src : digest(drawing.innerHTML),
      alt: image ? image.alt : drawing.getAttribute('aria-label'),
      sentence: figure.querySelector('.experiment-sentence [aria-live]').textContent,
    };
  };
  note();
  new MutationObserver(note).observe(figure, {attributes: true, attributeFilter: ['data-state']});
}"""

# Waits until the figure is in the wanted state.
SETTLE = """async ([figure, wanted]) => {
  const end = performance.now() + 20000;
  const there = () => String(new URLSearchParams(figure.dataset.state)) === wanted;
  while (!there() && performance.now() < end) await new Promise(done => setTimeout(done, 2));
  return there();
}"""
