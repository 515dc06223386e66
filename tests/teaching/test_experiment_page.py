"""The experiment on a page, in Chromium, opened as a file: controls, address, play, no script."""

import base64
import shutil
from urllib.parse import parse_qs, urlsplit

import pytest
from markupsafe import escape

from dlcore.teaching import explore, play, show
from publishing.figures import html
from publishing.project import Project
from tests.site.chromium import opened
from tests.site.experiments import Experiment
from tests.teaching.scripts import assert_script_agrees

STATIC = Project.here().root / "book" / "_static"
LAMPS = """'use strict';
(window.dlcoreLive ||= {}).lamps = ({w, b}) => {
  const on = [b, w + b].filter(z => z > 0).length;
  return {
    svg: `<svg viewBox="0 0 200 100"><circle cx="50" cy="50" r="${10 + 20 * on}"/></svg>`,
    sentence: `With w = ${w.toFixed(1)} and b = ${b.toFixed(1)} the lamps that are lit: ${on}.`,
  };
};
"""


def lamps(w, b):
    on = (b > 0) + (w + b > 0)
    svg = f'<svg viewBox="0 0 200 100"><circle cx="50" cy="50" r="{10 + 20 * on}"/></svg>'
    return svg, f"With w = {w:.1f} and b = {b:.1f} the lamps that are lit: {on}."


def disc(size, colour, ring, step):
    stroke = ' stroke="black" stroke-width="4"' if ring else ""
    svg = (
        f'<svg viewBox="0 0 300 150"><circle cx="{40 + 60 * step}" cy="75" r="{size}" '
        f'fill="{colour.split()[-1]}"{stroke}/></svg>'
    )
    edge = "with" if ring else "without"
    return svg, f"A {colour} disc of radius {size} {edge} a ring stands at the place number {step}."


def partly(kind, a, b):
    radius = 10 * a + (40 * b if kind == "both" else 0)
    svg = f'<svg viewBox="0 0 300 150"><circle cx="150" cy="75" r="{radius}"/></svg>'
    return svg, f"A disc in the middle of the picture whose radius is {radius}, of the kind {kind}."


def experiments():
    halves = [k / 2 for k in range(-2, 3)]
    return [
        explore(
            disc,
            "disc",
            "A disc that changes <& moves>.",
            size=[10, 20, 40],
            colour=["teal", "tomato", "light & grey"],
            ring=[False, True],
            step=play(range(4), interval=1.0),
            start={"size": 20},
            labels={"size": "radius r"},
            site={"colour": ["teal", "light & grey"]},
        ),
        explore(
            lamps,
            "lamps",
            "Two lamps.",
            w=halves,
            b=halves,
            start={"w": 0.0, "b": 0.0},
            script="two-lamps",
        ),
        explore(
            partly,
            "partly",
            "A disc of two numbers.",
            kind=["both", "one"],
            a=[1, 2],
            b=[0, 1],
            start={"kind": "one"},
            unused={"b": {"kind": ["one"]}},
        ),
        show(disc(20, "teal", True, 1)[0], "still", "A disc.", disc(20, "teal", True, 1)[1]),
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("site with space")


@pytest.fixture(scope="module")
def page_file(folder):
    (folder / "_static" / "live").mkdir(parents=True)
    for name in ("experiment.js", "experiment.css", "paper.css"):
        shutil.copy(STATIC / name, folder / "_static" / name)
    (folder / "_static" / "live" / "two-lamps.js").write_text(LAMPS)
    figures = []
    for experiment in experiments():
        bundle = experiment.page()
        urls = [f"{experiment.name}-{i}.svg" for i in range(len(bundle["pictures"]))]
        for url, picture in zip(urls, bundle["pictures"], strict=True):
            (folder / url).write_bytes(base64.b64decode(picture["data"]))
        figures.append(html(bundle, urls))
    page = folder / "page.html"
    page.write_text(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Page</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'self\' file:">'
        '<link rel="stylesheet" href="_static/experiment.css">'
        '<link rel="stylesheet" href="_static/paper.css">'
        '<script defer src="_static/experiment.js"></script></head>'
        f"<body><main><h1>Page</h1>{'<p>Text.</p>'.join(figures)}</main></body></html>",
        encoding="utf-8",
    )
    return page.as_uri()


@pytest.fixture
def visit(browser, page_file):
    """Open the page with an address behind it; at the end nothing may have gone wrong."""
    stack = []

    def go(address="", **options):
        manager = opened(browser, "file://", **options)
        page, problems = manager.__enter__()
        stack.append((manager, problems))
        page.goto(page_file + address)
        if options.get("java_script_enabled", True):
            page.wait_for_selector("figure[data-ready]")  # they start when they are seen to be near
        return page

    yield go
    for manager, problems in stack:
        manager.__exit__(None, None, None)
        assert problems == []


def state(page, name="disc"):
    query = page.locator(f"#{name}").get_attribute("data-state")
    return {key.removeprefix(f"{name}."): values[0] for key, values in parse_qs(query).items()}


def wait_for(page, name="disc", **wanted):
    for key, text in wanted.items():
        page.wait_for_function(
            "([n, k, t]) => new URLSearchParams(document.getElementById(n).dataset.state)"
            ".get(`${n}.${k}`) === t",
            arg=[name, key, text],
            timeout=5000,
        )


def address_becomes(page, fragment, **query):
    """The address follows when the slider has rested for a while."""
    for _ in range(50):
        parts = urlsplit(page.url)
        seen = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if parts.fragment == fragment and query.items() <= seen.items():
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{page.url} has not become {query} #{fragment}")


@pytest.mark.parametrize(("name", "states"), [("disc", 3 * 2 * 2 * 4), ("lamps", 25)])
def test_every_state_is_sound_and_every_control_works_by_keyboard(visit, folder, name, states):
    experiment = Experiment(visit(), name)
    assert experiment.assert_every_state_is_sound(folder) == states
    experiment.walk(experiment.start, experiment.moved())
    experiment.walk(experiment.moved(), experiment.start)
    experiment.play()


def test_start_state_stands_with_its_sentence(visit):
    page = visit()
    assert state(page) == {"size": "20", "colour": "teal", "ring": "off", "step": "0"}
    sentence = disc(20, "teal", False, 0)[1]
    assert page.locator("#disc img").get_attribute("alt") == sentence
    assert page.locator("#disc [aria-live=polite]").text_content() == sentence
    assert page.locator("#disc figcaption").text_content() == "A disc that changes <& moves>.#"
    assert page.locator("label[for=disc-size]").text_content() == "radius r"
    assert page.locator("output[for=disc-size]").text_content() == "20"


def test_a_control_without_effect_says_so_as_long_as_it_has_none(visit):
    page = visit()
    page.locator("#partly").scroll_into_view_if_needed()
    label = page.locator("label[for=partly-b]")
    note = "label => [getComputedStyle(label, '::after')].map(s => s.visibility + s.content)[0]"
    page.wait_for_selector("#partly .unused label[for=partly-b]")
    assert label.evaluate(note) == 'visible" (no effect here)"'
    assert page.locator("label[for=partly-a]").evaluate(note) == "visiblenone"
    height = page.locator("#partly").bounding_box()["height"]
    page.locator("#partly-kind").select_option("both")
    wait_for(page, "partly", kind="both")
    assert label.evaluate(note) == 'hidden" (no effect here)"'
    assert page.locator("#partly").bounding_box()["height"] == height
    page.goto(page.url.split("?")[0] + "?partly.kind=one#partly")
    page.wait_for_selector("#partly .unused label[for=partly-b]")


def test_a_key_changes_picture_sentence_value_and_address(visit):
    page = visit()
    before = page.locator("#disc img").get_attribute("src")
    page.locator("#disc-size").focus()
    page.keyboard.press("ArrowRight")
    wait_for(page, size="40")
    assert page.locator("output[for=disc-size]").text_content() == "40"
    assert page.locator("#disc-size").get_attribute("aria-valuetext") == "40"
    assert page.locator("#disc img").get_attribute("src") != before
    assert "radius 40" in page.locator("#disc [aria-live=polite]").text_content()
    page.locator("#disc-colour").select_option("light & grey")
    page.locator("#disc-ring").check()
    wait_for(page, ring="on", colour="light & grey")
    address_becomes(
        page,
        "disc",
        **{"disc.size": "40", "disc.colour": "light & grey", "disc.ring": "on", "disc.step": "0"},
    )
    assert "lamps" not in page.url


def test_the_address_restores_the_state_and_ignores_what_it_does_not_know(visit):
    page = visit("?disc.size=10&disc.ring=on&disc.colour=purple&disc.tilt=1&lamps.w=-0.5#lamps")
    wait_for(page, size="10")
    assert state(page) == {"size": "10", "colour": "teal", "ring": "on", "step": "0"}
    assert page.locator("#disc-ring").is_checked()
    assert state(page, "lamps")["w"] == "-0.5"
    assert page.locator("output[for=lamps-w]").text_content() == "−0.5"
    assert "w = -0.5" in page.locator("#lamps .picture").get_attribute("aria-label")


def test_two_experiments_share_the_address(visit):
    page = visit("?other=1")
    page.locator("#disc-size").press("Home")
    page.locator("#lamps-w").press("End")
    address_becomes(page, "lamps", **{"disc.size": "10", "lamps.w": "1", "other": "1"})


def test_of_fast_changes_the_last_one_wins(visit):
    page = visit()
    page.evaluate("""() => {
      const slider = document.getElementById('disc-size');
      for (const index of [0, 2, 1, 2, 0, 2]) {
        slider.value = index;
        slider.dispatchEvent(new Event('input', {bubbles: true}));
      }
    }""")
    wait_for(page, size="40")
    page.wait_for_timeout(200)
    assert "radius 40" in page.locator("#disc img").get_attribute("alt")


def test_play_runs_to_the_end_pauses_and_begins_again(visit):
    page = visit()
    button = page.locator("#disc .experiment-play")
    assert button.get_attribute("aria-label") == "Play step"
    button.press("Enter")
    wait_for(page, step="1")
    assert button.text_content() == "Pause"
    assert page.locator("#disc .experiment-sentence span").get_attribute("aria-live") == "off"
    button.press("Enter")
    paused = state(page)["step"]
    page.wait_for_timeout(1500)
    assert state(page)["step"] == paused and button.text_content() == "Play"
    button.press("Enter")
    wait_for(page, step="3")
    page.wait_for_function("b => b.textContent === 'Play'", arg=button.element_handle())
    assert page.locator("#disc .experiment-sentence span").get_attribute("aria-live") == "polite"
    button.press("Enter")
    wait_for(page, step="0")
    page.locator("#disc-step").press("ArrowRight")  # a hand on the slider ends the run
    page.wait_for_timeout(1500)
    assert state(page)["step"] == "1" and button.text_content() == "Play"


def test_nothing_plays_by_itself(visit):
    page = visit(reduced_motion="reduce")
    page.wait_for_timeout(400)
    assert state(page)["step"] == "0"


def test_the_link_to_a_state_is_copied(visit):
    page = visit("?lamps.w=1", permissions=["clipboard-read", "clipboard-write"])
    page.locator("#disc-size").press("End")
    wait_for(page, size="40")
    link = page.locator("#disc .experiment-link")
    link.click()
    page.wait_for_function("b => b.textContent === 'Link copied'", arg=link.element_handle())
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert copied.endswith("page.html?disc.size=40&disc.colour=teal&disc.ring=off&disc.step=0#disc")


def test_pictures_wait_until_the_figure_is_near(browser, page_file):
    with opened(browser, "file://", viewport={"width": 800, "height": 400}) as (page, problems):
        asked = []
        page.on("request", lambda request: asked.append(request.url.rsplit("/", 1)[1]))
        page.goto(page_file, wait_until="load")
        page.evaluate("() => { document.querySelector('h1').style.marginBottom = '4000px' }")
        page.reload(wait_until="load")
        page.wait_for_selector("#disc[data-ready]")
        page.wait_for_timeout(1000)
        before = len({name for name in asked if name.startswith("disc-")})
        assert 1 < before < 12  # the neighbours of the start, not all 48
        assert problems == []


def test_without_javascript_the_first_picture_stands(visit):
    page = visit("?disc.size=40", java_script_enabled=False)
    assert page.locator("#disc img").is_visible() and page.locator("#lamps svg").is_visible()
    assert not page.locator("#disc .experiment-controls").is_visible()
    assert "radius 20" in page.locator("#disc .experiment-sentence").text_content()


def test_nothing_moves_when_the_script_takes_over(browser, page_file):
    def picture(script):
        with opened(browser, "file://") as (page, _):
            if not script:
                page.route("**/experiment.js", lambda route: route.abort())
            page.goto(page_file, wait_until="load")
            if script:
                page.wait_for_selector("#disc[data-ready]")
            else:
                page.wait_for_timeout(200)
                assert page.locator("#disc[data-ready]").count() == 0
            return page.locator("#disc .picture").bounding_box()

    assert picture(script=False) == picture(script=True)


def test_sentences_of_any_length_leave_what_follows_in_place(visit):
    page = visit(viewport={"width": 360, "height": 700})
    before = page.locator("#disc figcaption").bounding_box()["y"]
    page.locator("#disc-colour").select_option("light & grey")
    page.locator("#disc-ring").check()
    wait_for(page, ring="on", colour="light & grey")
    assert page.locator("#disc figcaption").bounding_box()["y"] == before


def test_print_leaves_the_picture_without_controls(visit):
    page = visit("?disc.size=40")
    wait_for(page, size="40")
    page.emulate_media(media="print")
    assert not page.locator("#disc .experiment-controls").is_visible()
    assert page.locator("#disc img").is_visible()


@pytest.mark.parametrize("width", [360, 1200])
def test_fits_the_screen_and_the_finger(visit, width):
    page = visit(
        viewport={"width": width, "height": 800}, is_mobile=width < 500, has_touch=width < 500
    )
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    least = 44 if width < 500 else 24
    boxes = page.locator(
        "#disc input[type=range], #disc select, #disc button, #disc .experiment-toggle"
    )
    for box in (boxes.nth(i).bounding_box() for i in range(boxes.count())):
        assert box["height"] >= least and box["width"] >= least


def test_no_accessibility_violation(visit):
    from axe_playwright_python.sync_playwright import Axe

    for scheme in ("light", "dark"):
        page = visit(color_scheme=scheme, bypass_csp=True)
        page.add_style_tag(content=":root { color-scheme: light dark; background: Canvas }")
        found = Axe().run(page, options={"preload": False}).response["violations"]
        assert [(v["id"], [n["target"] for n in v["nodes"]]) for v in found] == []


def test_what_the_author_writes_cannot_break_the_page():
    nasty = '</script><script>alert("1")</script> & "quoted" <!-- and more than forty characters'
    bundle = explore(
        lambda a: (disc(10 * a, "teal", False, 0)[0], f"{nasty} {a}"),
        "nasty",
        nasty,
        a=[1, 2],
        labels={"a": nasty},
    ).page()
    text = html(bundle, ["a.svg", "b.svg"])
    assert text.count("<script") == text.count("</script>") == 1
    assert escape(nasty) in text


def test_a_script_is_held_against_draw_state_by_state(browser, tmp_path):
    (tmp_path / "two-lamps.js").write_text(LAMPS)
    experiment = experiments()[1]
    assert assert_script_agrees(experiment, browser, tmp_path) == 25
    (tmp_path / "two-lamps.js").write_text(LAMPS.replace("z > 0", "z >= 0"))
    with pytest.raises(AssertionError, match="lamps"):
        assert_script_agrees(experiment, browser, tmp_path)
    (tmp_path / "two-lamps.js").write_text(LAMPS.replace("20 * on", "21 * on"))
    with pytest.raises(AssertionError, match="script and draw part at"):
        assert_script_agrees(experiment, browser, tmp_path)


@pytest.mark.parametrize(
    "name", ["answer", "experiment", "full_screen", "present", "progress", "progress_page"]
)
def test_the_scripts_are_small_and_ask_for_nothing(name):
    source = (STATIC / f"{name}.js").read_text(encoding="utf-8")
    assert len(source.encode()) < 8192 and "'use strict'" in source
    assert "fetch(" not in source and "import " not in source
