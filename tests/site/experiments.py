"""Moves an experiment by keyboard through every state that its page offers."""

import itertools
import json
from urllib.parse import urlencode

MOST_STATES = 3000


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
    inputs = [page.locator(f"[id='{name}-{control['name']}']") for control in controls]
    figure.scroll_into_view_if_needed()
    page.wait_for_function("f => 'ready' in f.dataset", arg=figure.element_handle(), timeout=20_000)

    at = [to_first(page, field) for field in inputs]
    pictures, sentences = set(), set()
    plan = walk([len(control["values"]) for control in controls])
    for state in itertools.islice(plan, MOST_STATES):
        for i, (here, wanted) in enumerate(zip(at, state, strict=True)):
            if here != wanted:
                press(page, inputs[i], forward=wanted > here)
        at = list(state)
        picture, sentence = settled(page, figure, name, controls, state)
        pictures.add(picture)
        sentences.add(sentence)
        if not data["script"]:
            place = place_of(state, controls)
            assert picture.endswith(data["pictures"][data["states"][place]]), (name, state, picture)
            assert sentence == data["sentences"][place], (name, state, sentence)
    assert len(pictures) > 1, f"{name} does not move: one picture in all states"
    assert len(sentences) > 1, f"{name} says the same in all states"
    return len(list(walk([len(control["values"]) for control in controls])))


def walk(sizes: list[int]):
    """All combinations of indices, each differing from the one before by a single step."""
    if not sizes:
        yield ()
        return
    for number, head in enumerate(walk(sizes[:-1])):
        last = range(sizes[-1])
        yield from ((*head, index) for index in (last if number % 2 == 0 else reversed(last)))


def place_of(state, controls) -> int:
    place = 0
    for index, control in zip(state, controls, strict=True):
        place = place * len(control["values"]) + index
    return place


def to_first(page, field) -> int:
    """Bring a control to its first value."""
    field.focus()
    if field.get_attribute("type") == "checkbox":
        if field.is_checked():
            page.keyboard.press("Space")
    else:
        page.keyboard.press("Home")
    return 0


def press(page, field, forward: bool) -> None:
    """One step of a control, by the key that a reader would press."""
    field.focus()
    if field.get_attribute("type") == "checkbox":
        page.keyboard.press("Space")
    elif field.evaluate("field => field.tagName") == "SELECT":
        page.keyboard.press("ArrowDown" if forward else "ArrowUp")
    else:
        page.keyboard.press("ArrowRight" if forward else "ArrowLeft")


def settled(page, figure, name: str, controls, state) -> tuple[str, str]:
    """Wait until the state is reached, its picture loaded and its sentence said; both."""
    pairs = [(c["name"], c["texts"][i]) for c, i in zip(controls, state, strict=True)]
    handle, wanted = figure.element_handle(), urlencode(pairs)
    reached = page.evaluate(WAIT, [handle, wanted])
    assert reached["state"] == wanted, f"{name}: {wanted} not reached, it stays at {reached}"
    assert reached["loaded"], f"{name}: the picture of {wanted} does not load"
    assert reached["sentence"] == reached["alt"], (name, reached)
    return reached["picture"], reached["sentence"]


WAIT = """async ([figure, wanted]) => {
  const end = performance.now() + 20000;
  const same = () => String(new URLSearchParams(figure.dataset.state)) ===
                     String(new URLSearchParams(wanted));
  while (!same() && performance.now() < end) await new Promise(done => setTimeout(done, 2));
  const image = figure.querySelector('.picture img');
  if (image && !image.complete) await image.decode().catch(() => {});
  const drawing = figure.querySelector('.picture');
  return {
    state: same() ? wanted : figure.dataset.state,
    loaded: image ? image.naturalWidth > 0 : drawing.childElementCount > 0,
    picture: image ? decodeURI(image.src) : drawing.innerHTML,
    alt: image ? image.alt : drawing.getAttribute('aria-label'),
    sentence: figure.querySelector('.experiment-sentence [aria-live]').textContent,
  };
}"""
