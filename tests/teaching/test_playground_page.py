"""The playground's page: its scripts as book/playground.md names them, on a page from a folder.

python -m tests.teaching.test_playground_page        how many steps a second while it draws
"""

import csv
import io
import json
import re
import tempfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import numpy as np
import pytest
import yaml

from tests.site.chromium import chromium, opened
from tests.site.playground import losses, run

BOOK = Path(__file__).parents[2] / "book"
POLICY = "default-src 'none'; script-src file:; style-src file: 'unsafe-inline'"
EMPTY = '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Playground</title>'
EMPTY += '<meta name="viewport" content="width=device-width, initial-scale=1">'


def write_page(folder: Path) -> str:
    """A page with what the chapter has: the container, the style sheet and the scripts."""
    text = (BOOK / "playground.md").read_text("utf-8")
    raw = re.search(r"```\{raw\} html\n(.*?)```", text, re.S)[1]
    raw = raw.replace('="_static/', f'="{(BOOK / "_static").as_uri()}/')
    policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    path = folder / "page.html"
    path.write_text(f"{EMPTY}{policy}<main><h1>Playground</h1>{raw}</main>", "utf-8")
    return path.as_uri()


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return write_page(tmp_path_factory.mktemp("playground"))


@pytest.fixture(scope="module")
def shared(browser, home):
    """A page that several tests use, each with an address of its own."""
    with opened(browser, "file:", reduced_motion="reduce") as (page, problems):
        yield page
        assert problems == []


@pytest.fixture
def go(shared, home):
    def go(query: str = ""):
        shared.goto(f"{home}?{query}", timeout=120_000)  # on a busy machine
        shared.wait_for_selector("#play[data-ready]", timeout=60_000)
        return shared

    return go


def told(page, name):
    return page.evaluate(f"document.getElementById('play').playground.{name}()")


def refused(page) -> str:
    return page.inner_text(".play-refusal") if page.is_visible(".play-refusal") else ""


def sentence(page) -> str:
    return page.inner_text(".play-sentence")


# ------------------------------------------------------------------------------ running


def test_run_and_pause_and_back_to_the_start(go):
    page = go()
    assert told(page, "steps") == 0
    assert "knows nothing yet" in sentence(page)
    page.click("text=One step")
    assert told(page, "steps") == 1
    page.click("text=One epoch")
    assert told(page, "reached")["epochs"] == 1
    page.click(".play-run")
    assert page.get_attribute(".play-sentence", "aria-live") == "off"
    page.wait_for_function("() => document.getElementById('play').playground.steps() > 10")
    page.click(".play-run")
    assert page.inner_text(".play-run") == "Run"
    assert page.get_attribute(".play-sentence", "aria-live") == "polite"
    here = told(page, "reached")
    assert re.match(rf"Epoch {here['epochs']}, step \d+: training loss ", sentence(page))
    page.click("text=Back to the start")
    assert told(page, "steps") == 0


def test_it_stops_when_it_is_told_to(go):
    for query, words in (
        ("epochs=7", "It has stopped after the epochs that were asked for."),
        ("below=0.3", "It has stopped: the loss is below what was asked for."),
        ("patience=2&lr=0.5&n=40", "It has stopped, and is again as it was after epoch"),
    ):
        page = go(query)
        page.select_option("select[aria-label=Pace]", "Infinity")
        page.click(".play-run")
        page.wait_for_function("() => document.querySelector('.play-run').textContent === 'Run'")
        assert words in sentence(page), query
    assert told(go("epochs=7&trained=99"), "reached")["epochs"] == 7


def test_a_diverged_run_says_at_which_step_and_what_to_try(go):
    page = go("loss=MeanSquaredError&optimizer=GradientDescent&activation=ReLU&lr=1000&trained=50")
    words = sentence(page)
    step = told(page, "reached")["diverged"]
    assert f"no longer finite at step {step}" in words
    assert "First to become infinite or NaN: " in words and "layer" in words
    assert "Try a smaller learning rate (it is 1000)" in words


def test_a_loss_that_grows_is_called_so_before_it_is_infinite(go):
    query = "loss=MeanSquaredError&optimizer=GradientDescent&activation=ReLU&lr=100&trained=9"
    assert "far beyond its start: try a smaller learning rate" in sentence(go(query))
    assert "beyond its start" not in sentence(go("trained=9"))


def test_twenty_starts_show_their_spread(go):
    page = go()
    page.check("#play-starts")
    page.click("text=One epoch")
    assert len(told(page, "reached")["losses"]) == 20
    assert re.search(r"training loss [\d.]+ \([\d.]+ to [\d.]+\)", sentence(page))
    assert "the median of 20 starts" in sentence(page)
    assert told(page, "settings") == {"starts": 20}
    page.click("text=Check the gradient")
    checked = page.inner_text(".play-checked").replace("−", "-")
    assert float(re.search(r"error ([\de-]+)", checked)[1]) < 1e-6


def test_looking_at_a_unit_and_checking_leave_the_run_as_it_is(go):
    plain = go("dropout=0.3&normalization=BatchNorm")
    for _ in range(3):
        plain.click("text=One epoch")
    wanted = told(plain, "reached")
    page = go("dropout=0.3&normalization=BatchNorm")
    page.click("text=One epoch")
    before = page.evaluate("document.querySelector('.play-regions canvas').toDataURL()")
    page.select_option("#play-look", "1,3")
    assert page.evaluate("document.querySelector('.play-regions canvas').toDataURL()") != before
    page.click("text=Check the gradient")
    page.click("text=One epoch")
    page.click("text=Check the gradient")
    page.click("text=One epoch")
    assert told(page, "reached") == wanted


# ------------------------------------------------------------------------------ the address

SETTINGS = {  # for every field a value that is not its default, and what it needs beside it
    "data": "spirals",
    "noise": "0.25",
    "units": "3,4,5",
    "activation": "GELU",
    "slope": "activation=LeakyReLU&0.3",
    "alpha": "activation=ELU&0.5",
    "beta": "activation=Swish&2.5",
    "lr": "0.05",
    "function": "data=boolean&nand",
    "n": "60",
    "classes": "data=rings&3",
    "turns": "data=spirals&1.5",
    "margin": "data=separable&0.3",
    "test": "0.5",
    "draw": "7",
    "features": "x1,x2,x1²,sin x2",
    "init": "He",
    "value": "init=Constant&0.3",
    "std": "init=Normal&0.5",
    "limit": "init=Uniform&0.7",
    "scale": "init=Orthogonal&1.5",
    "normalization": "LayerNorm",
    "dropout": "0.2",
    "seed": "123456789012",
    "loss": "Huber",
    "optimizer": "Nesterov",
    "mu": "optimizer=Momentum&0.5",
    "rho": "optimizer=RMSProp&0.8",
    "beta1": "0.8",
    "beta2": "0.99",
    "eps": "0.000001",
    "decay": "optimizer=AdamW&0.1",
    "psi": "optimizer=NAdam&0.01",
    "schedule": "cosine",
    "every": "schedule=step_decay&20",
    "gamma": "schedule=exponential&0.99",
    "k": "schedule=inverse_time&0.01",
    "t_max": "schedule=linear&100",
    "lr_min": "schedule=cosine&0.001",
    "warm_up": "30",
    "batch": "0",
    "clip": "0.5",
    "penalty": "L1",
    "lam": "penalty=L2&0.01",
    "lam1": "penalty=ElasticNet&0.01",
    "lam2": "penalty=ElasticNet&0.02",
    "max_norm": "1.5",
    "epochs": "3",
    "patience": "4",
    "below": "0.6",
    "starts": "5",
    "points": "data=own&0.5 0.2 0;-0.3 0.8 1;0.4 -0.5 2;0.1 0.1 0",
    "trained": "2",
}


def query_of(name):
    needed, _, given = SETTINGS[name].rpartition("&")
    return "&".join(filter(None, (needed, f"{name}={given}")))


def test_every_field_has_its_place_in_the_address(go):
    page = go()
    fields = page.evaluate("Object.values(dlcore.page.settings.fields).map(f => [f.name, f.group])")
    assert [name for name, _ in fields if name not in SETTINGS] == []
    for name, group in fields:
        page = go(query_of(name))
        assert refused(page) == "", name
        wanted = parse_qs(query_of(name))
        link = parse_qs(urlsplit(told(page, "link")).query)
        assert link == wanted | ({"trained": ["2"]} if name == "trained" else {}), name
        if group in ("plane", "first", "data", "network", "learning", "limits"):
            shown = page.evaluate(SHOWN, name)
            assert shown == wanted[name][0], name
    assert told(go("lr=0.01&units=8,8&data=moons&gamma=0.3"), "settings") == {}


SHOWN = """name => {
  const one = document.getElementById(`play-${name}`);
  if (one) return one.value;
  const several = name === 'units' ? '.play-layers input' : `[id^=play-${name}-]:checked`;
  return [...document.querySelectorAll(several)].map(input => input.value).join();
}"""


@pytest.mark.parametrize(
    "query, words",
    [
        ("lr=fast", "Learning rate η: expected a number from 0 to 1000000, got “fast”."),
        ("units=8,0", "Units in each hidden layer: expected a whole number from 1 to 64, got “0”."),
        ("units=1,1,1,1,1,1,1,1,1", "expected at most 8 layers"),
        ("activation=magic", "Activation: expected one of Identity, Step"),
        ("n=10.5", "Points: expected a whole number from 8 to 2000, got “10.5”."),
        ("batch=-1", "Batch size (0: all): expected a whole number from 0 to 2000, got “-1”."),
        ("features=x3", "expected some of x1, x2"),
        ("points=1 2;3 4 1&data=own", "Point 1: expected three numbers"),
        ("points=1 2 9&data=own", "Point 1: expected the class 0, 1, 2 or 3"),
        ("points=1e9 2 0&data=own", "Point 1: expected x1 and x2 from −1000 to 1000"),
        ("colour=red", "There is no setting “colour”."),
        ("data=own", "expected at least two classes, got 0"),
        ("data=own&points=1 1 0;0 0 0", "expected at least two classes, got 1"),
        ("normalization=LayerNorm&units=1", "LayerNorm: expected an integer n ≥ 2"),
        ("normalization=BatchNorm&batch=1", "which has no variance"),
    ],
)
def test_a_bad_value_is_refused_with_a_sentence(go, query, words):
    assert words in refused(go(query))


def test_a_bad_value_in_a_control_is_refused_and_the_run_stays(go):
    page = go("trained=2")
    page.fill("#play-lr", "-3")
    page.press("#play-lr", "Enter")
    assert "Learning rate η: expected a number from 0" in refused(page)
    assert page.get_attribute("#play-lr", "aria-invalid") == "true"
    assert told(page, "reached")["epochs"] == 2
    page.fill("#play-lr", "0.02")
    page.press("#play-lr", "Enter")
    assert refused(page) == "" and page.get_attribute("#play-lr", "aria-invalid") is None
    assert told(page, "settings") == {"lr": 0.02}


def test_a_copied_link_opens_what_was_reached(go):
    page = go("data=spirals&starts=3&dropout=0.1")
    for _ in range(3):
        page.click("text=One epoch")
    reached, link = told(page, "reached"), told(page, "link")
    assert link.endswith("?data=spirals&dropout=0.1&starts=3&trained=3")
    assert told(go(link.partition("?")[2]), "reached") == reached


def test_an_address_follows_the_settings_and_another_data_set_drops_what_belonged_to_the_first(go):
    page = go("noise=0.3&activation=ReLU")
    page.check("#play-data-rings", force=True)
    page.wait_for_function("() => location.search === '?data=rings&activation=ReLU'")
    page.reload()
    page.wait_for_selector("#play[data-ready]")
    assert told(page, "settings") == {"data": "rings", "activation": "ReLU"}


def test_every_link_of_the_book_into_the_playground_is_understood(go):
    pages = [*BOOK.glob("*.md"), *BOOK.glob("*.ipynb")]
    found = re.compile(r"playground\.html\?([^\"#\\]+)")
    links = {query for path in pages for query in found.findall(path.read_text("utf-8"))}
    chapters = yaml.safe_load((BOOK / "chapters.yml").read_text("utf-8")).values()
    links |= {chapter["playground"]["address"] for chapter in chapters if "playground" in chapter}
    assert len(links) >= 10
    for query in sorted(links):
        page = go(query)
        assert refused(page) == "", query
        link = urlsplit(told(page, "link")).query
        # Nothing in it goes without saying.
        assert parse_qs(link, True) == parse_qs(query, True), query


# ------------------------------------------------------------------------------ own data


def test_own_points_by_click_and_by_pasting(go):
    page = go("data=own")
    canvas = page.locator(".play-regions canvas")
    canvas.click(position={"x": 60, "y": 60})
    page.check("#play-class-1")
    canvas.click(position={"x": 200, "y": 120})
    points = told(page, "settings")["points"]
    assert [k for *_, k in points] == [0, 1] and points[0][0] < points[1][0]
    assert refused(page) == ""
    page.click("text=Take the last one back")
    assert "at least two classes, got 1" in refused(page)
    page.click("text=Paste numbers")
    page.fill("#play-points", "0 0 0\n1, 1, 1\n0,1,2\n−1 0 3")
    page.click("text=Use these points")
    assert told(page, "settings")["points"] == [[0, 0, 0], [1, 1, 1], [0, 1, 2], [-1, 0, 3]]
    page.click("text=One epoch")
    assert told(page, "reached")["epochs"] == 1
    page.fill("#play-points", "0 0 zero")
    page.click("text=Use these points")
    assert "Point 1: expected three numbers" in refused(page)
    page.fill("#play-points", "0 0 0\n" * 401)
    page.click("text=Use these points")
    assert "expected at most 400, got 401" in refused(page)
    page.click("text=Remove all")
    assert "at least two classes, got 0" in refused(page)


# ------------------------------------------------------------------------------ Python


def python_queries(choices):
    """Each choice of each list once, and some of the rest."""
    one = [query_of(name) for name in SETTINGS if name not in ("trained", "starts", "epochs")]
    each = [f"{name}={value}" for name, values in choices.items() for value in values]
    each.remove("data=own")  # needs points, which ``one`` has
    three = [f"data=blobs&loss={loss}" for loss in choices["loss"]]
    mixed = [
        "starts=3&data=spirals&classes=3&activation=ReLU&init=He",
        "normalization=BatchNorm&dropout=0.2&activation=ACON&units=6,5&penalty=L2&clip=1",
        "units=&loss=Hinge&optimizer=Momentum&data=separable&test=0",
        "features=x1,x2,x1²,x2²,x1x2,sin x1,sin x2&units=4&schedule=cosine&warm_up=10&batch=0",
        "patience=1&lr=0.5&n=40",
        "activation=LeakyReLU&slope=0.4&init=ForActivation",
        "activation=ELU&alpha=0.3&normalization=LayerNorm&init=ForActivation",
        "activation=Softplus&beta=4&dropout=0.1",
        "activation=ParametricReLU&slope=0.1&init=ForActivation",
    ]
    return list(dict.fromkeys([*one, *each, *three, *mixed]))


def test_copied_python_prints_the_loss_that_the_page_shows(go):
    choices = go().evaluate(CHOICES)
    assert {"activation", "init", "loss", "optimizer", "schedule", "penalty"} <= set(choices)
    for query in python_queries(choices):
        page = go(f"{query}&trained=4")
        lines, reached = told(page, "lines"), told(page, "reached")
        assert refused(page) == "" and reached["epochs"], query
        assert losses(lines) == pytest.approx(reached["losses"], rel=2e-6, nan_ok=True), query
        said = [float(x) for x in re.search("# the page: (.*)", lines)[1].split(", ")]
        assert said == pytest.approx(reached["losses"], rel=1e-6, nan_ok=True), query


CHOICES = """() => Object.fromEntries(Object.values(dlcore.page.settings.fields)
  .filter(({kind, name}) => kind === 'choice' && name !== 'function')
  .map(({name, choices}) => [name, choices]))"""


def test_copied_python_of_a_diverged_run_stops_at_the_same_step(go):
    page = go("loss=MeanSquaredError&optimizer=GradientDescent&activation=ReLU&lr=1000&trained=50")
    printed, _ = run(told(page, "lines"))
    assert f"no longer finite at step {told(page, 'reached')['diverged']}," in printed


# ------------------------------------------------------------------------------ files


def saved(page, label) -> str:
    with page.expect_download() as waiting:
        page.click(f"text={label}")
    return Path(waiting.value.path()).read_bytes().decode("utf-8")


def test_the_curves_are_saved_with_all_digits(go):
    page = go("starts=3&trained=2")
    head, *rows = list(csv.reader(io.StringIO(saved(page, "Save curves"))))
    assert head == ["seed", "epoch", "training_loss", "test_loss", "test_accuracy"]
    assert [row[:2] for row in rows] == [[s, e] for s in "012" for e in "12"]
    assert [float(row[2]) for row in rows[1::2]] == told(page, "reached")["losses"]
    page = go("data=boolean&trained=1")
    assert saved(page, "Save curves").startswith("seed,epoch,training_loss,training_accuracy\r\n")


@pytest.mark.parametrize("query", ["units=3,2&starts=2", "normalization=BatchNorm&activation=ACON"])
def test_a_saved_network_is_that_of_the_copied_python(go, query):
    page = go(f"{query}&trained=3")
    found = json.loads(saved(page, "Save network"))
    assert found["address"] == told(page, "link")
    _, space = run(told(page, "lines"))
    net, last = space["net"], found["networks"][-1]
    theirs = [
        [np.array(x) for x in layer.values() if x != layer["layer"]] for layer in last["layers"]
    ]
    ours = [[*net.params[i], *net.buffers[i]] for i in range(len(net.layers))]
    assert last["steps"] == 3 * 5 and len(found["networks"]) == (2 if "starts" in query else 1)
    for a, b in zip(theirs, ours, strict=True):
        for x, y in zip(a, b, strict=True):
            np.testing.assert_allclose(x.reshape(y.shape), y, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("query", ["trained=3", "data=blobs&starts=3&trained=1", "units="])
def test_the_saved_pictures_show_what_the_page_shows(go, query):
    page = go(query)
    tree = ElementTree.fromstring(saved(page, "Save pictures"))
    name = "{http://www.w3.org/2000/svg}"
    assert tree.findtext(f"{name}title") == sentence(page)
    texts = [text.text for text in tree.iter(f"{name}text")]
    assert {"Loss", "Right answers", "Length of the gradient", "x₁", "x₂", "output"} <= set(texts)
    assert len(list(tree.iter(f"{name}image"))) == {"trained=3": 20, "units=": 4}.get(query, 22)
    pieces = [path.get("d") for path in tree.iter(f"{name}path")]
    assert len(pieces) > 200 and not any("NaN" in piece for piece in pieces)


# ------------------------------------------------------------------------------ for everybody


STOPS = """() => [...document.querySelectorAll('#play *')]
  .filter(e => e.matches('input, select, button, textarea, summary'))
  .filter(e => e.checkVisibility() && !e.disabled && !(e.type === 'radio' && !e.checked))
  .map((e, i) => { e.dataset.stop = i; return i; })"""
NAMELESS = """() => [...document.querySelectorAll('#play :is(input, select, textarea, button)')]
  .filter(e => !(e.labels?.length || e.getAttribute('aria-label') || e.textContent.trim()))
  .map(e => e.outerHTML)"""


def test_every_control_is_reached_and_named_by_keyboard(go):
    page = go("data=own&points=0 0 0;1 1 1;0 1 2&optimizer=AdamW&schedule=cosine&penalty=L1")
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    wanted = page.evaluate(STOPS)
    page.evaluate("document.activeElement.blur()")
    reached = []
    for _ in range(len(wanted) + 8):
        page.keyboard.press("Tab")
        stop = page.evaluate("document.activeElement.dataset.stop ?? null")
        if stop is not None and int(stop) not in reached:
            reached.append(int(stop))
    assert reached == wanted  # all, in the order in which they stand
    nameless = page.evaluate(NAMELESS)
    assert nameless == []


def test_by_keyboard_alone_a_network_is_chosen_and_trained(go):
    page = go()
    page.focus("#play-data-moons")
    page.keyboard.press("ArrowRight")
    assert told(page, "settings") == {"data": "rings"}
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.wait_for_function("() => document.getElementById('play').playground.steps() > 5")
    page.keyboard.press("Space")
    assert page.inner_text(".play-run") == "Run"
    page.focus("#play-lr")
    page.keyboard.press("ArrowUp")
    assert told(page, "settings") == {"data": "rings", "lr": 0.02}
    page.focus("[aria-label='One layer less']")
    page.keyboard.press("Enter")
    assert told(page, "settings")["units"] == [8]
    assert page.evaluate("document.activeElement.ariaLabel") == "One layer less"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_nothing_is_wider_than_the_page(browser, home, scheme):
    options = {"viewport": {"width": 390, "height": 844}, "color_scheme": scheme, "has_touch": True}
    with opened(browser, "file:", **options) as (page, problems):
        page.goto(f"{home}?data=own&points=0 0 0;1 1 1;0 1 2&units=8,8,8,8,8,8,8,8")
        page.wait_for_selector("#play[data-ready]")
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert problems == []


def test_with_reduced_motion_the_picture_changes_once_a_second(browser, home):
    for motion, few in (("reduce", True), ("no-preference", False)):
        with opened(browser, "file:", reduced_motion=motion) as (page, problems):
            page.goto(home)
            page.wait_for_selector("#play[data-ready]")
            page.click(".play-run")
            assert (page.evaluate(CHANGES) <= 3) == few
            assert problems == []


CHANGES = """async () => {
  const canvas = document.querySelector('.play-regions canvas'), end = performance.now() + 1500;
  const seen = new Set();
  while (performance.now() < end) {
    seen.add(canvas.toDataURL());
    await new Promise(requestAnimationFrame);
  }
  return seen.size;
}"""


def main():
    """Steps a second while the page draws, of 2-8-8-1 with batch 64, and beside it of others."""
    with chromium() as browser, opened(browser, "file:") as (page, _):
        home = write_page(Path(tempfile.mkdtemp()))
        for query in ("batch=64", "batch=64&activation=ReLU", "batch=64&starts=20",
                      "data=blobs&classes=4&batch=64", "units=16,16,16&batch=32"):  # fmt: skip
            page.goto(f"{home}?{query}")
            page.wait_for_selector("#play[data-ready]")
            page.select_option("select[aria-label=Pace]", "Infinity")
            page.click(".play-run")
            page.wait_for_timeout(1000)
            before = told(page, "steps")
            page.wait_for_timeout(4000)
            print(f"{query:40} {(told(page, 'steps') - before) / 4:8.0f} steps/s")


if __name__ == "__main__":
    main()
