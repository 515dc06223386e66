"""explore, play and show: what they refuse, what a kernel shows, what the page is given."""

import base64
import io

import ipywidgets
import matplotlib.pyplot as plt
import nbclient
import nbformat
import numpy as np
import pytest
from PIL import Image

from dlcore.teaching import explore, pictures, play, show
from dlcore.teaching.experiments import MIME
from dlcore.teaching.panel import COMPUTING, INTERRUPTED, Panel

CAPTION = "A line through the origin."
ALT = "A straight line that rises from the lower left to the upper right."
SVG = '<svg viewBox="0 0 64 48"><circle r="3"/></svg>'


def picture(slope=1, width=3.2):
    fig, ax = plt.subplots(figsize=(width, 2.4))
    ax.plot([0, 1], [0, slope])
    return fig


def draw(slope, flip):
    slope = -slope if flip else slope
    return picture(slope), f"The line passes through the origin with the slope {slope}."


def line(**changes):
    controls = {"slope": [1, 2, 4], "flip": [False, True]} | changes
    return explore(draw, "line", CAPTION, **controls)


# States and what draw is given


def test_states_are_the_grid_and_the_last_control_varies_fastest():
    states = line().states()
    assert states[:3] == [
        {"slope": 1, "flip": False},
        {"slope": 1, "flip": True},
        {"slope": 2, "flip": False},
    ]
    assert len(states) == 6


def test_site_restricts_the_page_only():
    experiment = line(site={"slope": [4, 1]})
    assert [s["slope"] for s in experiment.states()] == [4, 4, 1, 1]
    assert experiment.controls[0].values == (1, 2, 4)


def test_start_is_the_first_value_unless_named():
    assert line().start == {"slope": 1, "flip": False}
    assert line(start={"slope": 4, "flip": True}).start == {"slope": 4, "flip": True}
    assert line(flip=[True, False]).start["flip"] is True


def test_draw_gets_pythons_own_numbers():
    experiment = line(slope=np.array([1.5, 2.5]), flip=np.array([False, True]))
    assert type(experiment.start["slope"]) is float and type(experiment.start["flip"]) is bool


def test_site_finds_a_number_by_how_it_is_written():
    experiment = line(slope=[0.1, 0.1 + 0.2], site={"slope": [0.1, 0.3]})
    assert experiment.states()[-1]["slope"] == 0.1 + 0.2


def test_numbers_are_written_as_a_reader_would():
    values = np.arange(-0.2, 0.3, 0.1)
    assert line(slope=values).controls[0].texts == ("-0.2", "-0.1", "0", "0.1", "0.2")
    assert line(slope=[-0.0, 1e-12]).controls[0].texts == ("0", "1e-12")


@pytest.mark.parametrize(
    "given, kind",
    [
        (range(3), "slider"),
        ([0.5, 1], "slider"),
        (["a", "b"], "dropdown"),
        ([False, True], "toggle"),
        (play(range(3)), "play"),
    ],
)
def test_the_values_choose_the_control(given, kind):
    assert line(slope=given).controls[0].kind == kind


def test_draw_is_closed_and_can_be_called_for_every_state():
    experiment = line()
    for state in experiment.states():
        fig, sentence = experiment.draw(state)
        assert len(fig.axes) == 1 and sentence
    assert plt.get_fignums() == []


def test_draw_may_return_axes_or_svg():
    ax_only = explore(lambda a: (picture().axes[0], f"{ALT} {a}"), "axes", CAPTION, a=[0, 1])
    assert ax_only.draw({"a": 0})[0].axes
    vector = explore(lambda a: (SVG, f"{ALT} {a}"), "vector", CAPTION, a=[0, 1])
    bundle = vector.page()
    assert bundle["size"] == [64, 48] and bundle["pictures"][0]["type"] == "image/svg+xml"


# What explore refuses


@pytest.mark.parametrize(
    "changes, message",
    [
        (
            {"colour": ["red"]},
            r"explore\('line'\): draw has no parameter 'colour'; it has slope, flip",
        ),
        ({"slope": []}, "slope: the control has no values"),
        ({"slope": [1]}, "slope: a control needs at least two values"),
        ({"slope": [1, 1.0]}, "slope: the same value stands twice in 1, 1"),
        ({"slope": [1, float("nan")]}, "slope: expected finite numbers"),
        ({"flip": [True]}, "flip: a control needs at least two values"),
        ({"start": {"slope": 3}}, "slope: start is 3, which is not among its values 1, 2, 4"),
        ({"start": {"tilt": 3}}, "start names 'tilt'; the controls are slope, flip"),
        ({"site": {"slope": [3]}}, "slope: site is 3, which is not among its values 1, 2, 4"),
        ({"site": {"slope": []}}, "slope: the control has no values"),
        ({"site": {"slope": [2, 4]}}, "slope: site=.'2', '4'. leaves out 1, where the experiment"),
        ({"site": {"slope": [1], "flip": [False]}}, "site leaves nothing to change on the page"),
        ({"labels": {"tilt": "x"}}, "labels names 'tilt'; the controls are slope, flip"),
        (
            {"slope": range(101)},
            r"202 pictures \(slope 101 × flip 2\), at most 200; .*site=dict\(slo",
        ),
        ({"script": "Four Lamps"}, "script='lower-case-name'"),
    ],
)
def test_bad_controls_are_value_errors(changes, message):
    with pytest.raises(ValueError, match=message):
        line(**changes)


@pytest.mark.parametrize(
    "given, message",
    [
        (3, "slope: expected a list or range of values, got 3"),
        ("abc", "slope: expected a list or range of values, got 'abc'"),
        ([1, "a"], "slope: expected values of one kind, got dropdown and slider"),
        ([None, 1], "slope: expected numbers, strings or booleans, got None"),
        (play(["a", "b"]), "slope: play expects numbers"),
    ],
)
def test_values_of_no_kind_are_type_errors(given, message):
    with pytest.raises(TypeError, match=rf"explore\('line'\): {message}"):
        line(slope=given)


def test_play_refuses_a_pause_of_nothing():
    with pytest.raises(ValueError, match="interval above 0 seconds, got 0"):
        play(range(3), interval=0)


def test_every_parameter_needs_a_control():
    with pytest.raises(ValueError, match="draw's parameter 'flip' has no control"):
        explore(draw, "line", CAPTION, slope=[1, 2])
    with pytest.raises(ValueError, match=r"expected at least one control; show\(\) has none"):
        explore(lambda: None, "line", CAPTION)


@pytest.mark.parametrize("name", ["Line", "two words", "under_score", "-x", "", 3])
def test_names_are_lower_case_with_hyphens(name):
    with pytest.raises(ValueError, match="lower-case words and hyphens"):
        explore(draw, name, CAPTION, slope=[1, 2], flip=[False, True])
    with pytest.raises(ValueError, match="lower-case words and hyphens"):
        show(picture(), name, CAPTION, ALT)


def test_a_caption_is_required():
    with pytest.raises(ValueError, match=r"explore\('line'\): expected a caption in words"):
        explore(draw, "line", " ", slope=[1, 2], flip=[False, True])


@pytest.mark.parametrize(
    "returned, error, message",
    [
        (None, TypeError, r"draw\(a=1\) returned None, expected \(figure, sentence\)"),
        (("no svg", ALT), ValueError, r"draw\(a=1\) returned 'no svg', expected well-formed SVG"),
        (('<svg viewBox="0 0 9 9">&</svg>', ALT), ValueError, "expected well-formed SVG"),
        (
            (3, ALT),
            TypeError,
            "returned an object of type int, expected a matplotlib figure or SVG",
        ),
        ((SVG, None), ValueError, "expected the sentence to say what is seen"),
        ((SVG, "Short."), ValueError, "in at least 40 characters, got 'Short.'"),
    ],
)
def test_draw_must_keep_its_word(returned, error, message):
    with pytest.raises(error, match=message):
        explore(lambda a: returned, "broken", CAPTION, a=[1, 2]).page()


def test_the_same_sentence_everywhere_is_an_error():
    same = explore(lambda a: (picture(a), ALT), "same", CAPTION, a=[1, 2, 3])
    with pytest.raises(ValueError, match="the sentence is the same in all 3 states"):
        same.page()


def test_pictures_of_different_sizes_are_an_error():
    growing = explore(lambda a: (picture(width=a), f"{ALT} {a}"), "growing", CAPTION, a=[3, 4])
    with pytest.raises(ValueError, match=r"different sizes, \(300, 240\), \(400, 240\)"):
        growing.page()


def test_an_error_of_draw_names_the_state_and_leaves_no_figure():
    def failing(a):
        plt.figure()
        raise ZeroDivisionError("division by zero")

    with pytest.raises(ZeroDivisionError) as caught:
        explore(failing, "failing", CAPTION, a=[1, 2]).page()
    assert caught.value.__notes__ == ["in explore('failing'): draw(a=1)"]
    assert plt.get_fignums() == []


# The page's bundle


def test_page_holds_every_state_once():
    bundle = line(site={"slope": [1, 2]}, start={"slope": 2}, labels={"slope": "slope w₁"}).page()
    assert (bundle["version"], bundle["kind"], bundle["name"]) == (1, "explore", "line")
    assert bundle["caption"] == CAPTION and bundle["size"] == [320, 240]
    slope, flip = bundle["controls"]
    assert slope["label"] == "slope w₁" and slope["texts"] == ("1", "2") and slope["default"] == 1
    assert flip["kind"] == "toggle" and flip["texts"] == ("off", "on")
    assert bundle["states"] == [0, 1, 2, 3] and len(bundle["pictures"]) == 4
    assert bundle["default"] == 2 and "slope 2." in bundle["sentences"][2]
    assert bundle["seconds"] > 0


def test_equal_pictures_are_stored_once():
    bundle = explore(
        lambda a, b: (picture(a), f"The line has the slope {a} and the hidden number is {b}."),
        "twice",
        CAPTION,
        a=[1, 2],
        b=[1, 2, 3],
    ).page()
    assert bundle["states"] == [0, 0, 0, 1, 1, 1] and len(bundle["pictures"]) == 2


def test_pictures_are_small_sharp_webp_and_the_same_every_time():
    first, second = line().page(), line().page()
    assert first["pictures"] == second["pictures"]
    stored = base64.b64decode(first["pictures"][0]["data"])
    image = Image.open(io.BytesIO(stored))
    assert (image.format, image.size) == ("WEBP", (512, 384)) and len(stored) < 20_000


def test_a_script_draws_everything_but_the_start():
    bundle = explore(
        lambda a, b: (picture(a), f"{ALT} {a} {b}"),
        "lamps",
        CAPTION,
        a=range(100),
        b=range(100),
        start={"a": 7},
        script="four-lamps",
    ).page()
    assert bundle["script"] == "four-lamps" and bundle["states"] == [0]
    assert bundle["sentences"] == [f"{ALT} 7 0"] and len(bundle["controls"][0]["values"]) == 100


# The live panel


def widgets_of(box, kind):
    found = [box] if isinstance(box, kind) else []
    return found + [w for child in getattr(box, "children", ()) for w in widgets_of(child, kind)]


def test_panel_recomputes_on_change_over_the_full_range():
    panel = Panel(line(site={"slope": [1, 2]}))
    assert "slope 1." in panel.view.value and "data:image/png;base64," in panel.view.value
    assert CAPTION in panel.box.children[-1].value
    before = panel.view.value
    panel.handles["slope"].value = 4
    assert "slope 4." in panel.view.value and panel.view.value != before
    panel.handles["flip"].value = True
    assert "slope -4." in panel.view.value
    assert plt.get_fignums() == []


def test_panel_plays():
    panel = Panel(line(slope=play([1, 2, 4], interval=0.2)))
    (player,) = widgets_of(panel.box, ipywidgets.Play)
    assert (player.max, player.interval) == (2, 200)
    player.value = 2
    assert "slope 4." in panel.view.value


def test_panel_shows_an_error_in_place_and_recovers():
    def fragile(a, kind):
        if a == 2:
            raise ValueError("a must not be <2>")
        return picture(a), f"{ALT} {a} {kind}"

    panel = Panel(explore(fragile, "fragile", CAPTION, a=[1, 2, 3], kind=["x", "y"]))
    panel.handles["a"].value = 2
    shown = panel.view.value
    assert "ValueError: a must not be &lt;2&gt;" in shown and 'role="alert"' in shown
    panel.handles["a"].value = 3
    assert f"{ALT} 3 x" in panel.view.value and "ValueError" not in panel.view.value
    panel.handles["kind"].value = "y"
    assert f"{ALT} 3 y" in panel.view.value


@pytest.mark.parametrize("kind", [list, play])
def test_after_an_interrupt_the_controls_stand_where_the_picture_does(kind):
    def slow(a, b):
        if a == 3:
            raise KeyboardInterrupt
        return picture(a), f"{ALT} {a} {b}"

    panel = Panel(explore(slow, "slow", CAPTION, a=kind([1, 2, 3]), b=[False, True]))
    panel.handles["a"].value = 2
    for player in panel.players:
        player.playing = True
    before = panel.view.value
    panel.handles["a"].value = 3
    assert panel.handles["a"].value == 2 and panel.view.value == before
    assert panel.status.value == INTERRUPTED
    assert not any(player.playing for player in panel.players)
    panel.handles["b"].value = True
    assert f"{ALT} 2 True" in panel.view.value and panel.status.value == ""


def test_panel_says_that_it_computes():
    said = []

    def slow(a):
        said.append(panel.status.value if a == 2 else "")
        return picture(a), f"{ALT} {a}"

    panel = Panel(explore(slow, "slow", CAPTION, a=[1, 2]))
    panel.handles["a"].value = 2
    assert said == ["", COMPUTING] and panel.status.value == ""


def test_a_slow_figure_waits_until_the_slider_rests(monkeypatch):
    monkeypatch.setattr("dlcore.teaching.panel.FAST", 0.0)
    assert not Panel(line()).handles["slope"].continuous_update
    monkeypatch.setattr("dlcore.teaching.panel.FAST", 1e9)
    assert Panel(line()).handles["slope"].continuous_update


# Controls without effect


def partly(mode, a, b, seed=0):
    """b counts in the mode "both" only."""
    counted = b if mode == "both" else 0
    svg = SVG.replace("3", f"{3 + a + 10 * counted}", 1)
    return svg, f"A disc in the mode {mode} whose radius is made of {a} and of {counted}."


def disc(unused=None, **options):
    controls = {"mode": ["both", "one", "alone"], "a": [1, 2], "b": [0, 1, 2]}
    return explore(partly, "disc", CAPTION, unused=unused, **controls | options)


def test_where_a_control_changes_nothing_the_author_says_so():
    bundle = disc({"b": {"mode": ["one", "alone"]}}).page()
    assert bundle["unused"] == [("b", "mode", "alone"), ("b", "mode", "one")]
    with pytest.raises(ValueError, match=r"b changes nothing where mode is alone; say so"):
        disc({"b": {"mode": ["one"]}}).page()
    with pytest.raises(ValueError, match="unused says that b changes nothing where mode is both"):
        disc({"b": {"mode": ["one", "alone", "both"]}}).page()
    with pytest.raises(ValueError, match="unused says that a changes nothing where b is 1"):
        disc({"b": {"mode": ["one", "alone"]}, "a": {"b": [1]}}).page()


def test_what_the_page_lacks_is_not_held_against_it():
    unused = {"b": {"mode": ["one", "alone"]}}
    assert disc(unused, site={"mode": ["both", "one"]}).page()["unused"]
    assert disc(unused, site={"b": [0]}).page()["unused"]


def test_panel_marks_the_controls_without_effect():
    panel = Panel(disc({"b": {"mode": ["one"]}}, start={"mode": "one"}))
    assert "dlcore-unused" in panel.rows["b"]._dom_classes
    assert "dlcore-unused" not in panel.rows["a"]._dom_classes
    panel.handles["mode"].value = "both"
    assert "dlcore-unused" not in panel.rows["b"]._dom_classes


@pytest.mark.parametrize(
    "unused, message",
    [
        ({"c": {"mode": ["one"]}}, "unused names 'c'; the controls are mode, a, b"),
        ({"b": {"c": ["one"]}}, "unused names 'c'; the controls are mode, a, b"),
        ({"b": {"mode": ["two"]}}, "mode: unused is 'two', which is not among its values"),
        ({"b": {"b": [1]}}, "unused: whether b is of use cannot depend on b itself"),
    ],
)
def test_unused_names_controls_and_their_values(unused, message):
    with pytest.raises(ValueError, match=rf"explore\('disc'\): {message}"):
        disc(unused)


# show


def test_show_gives_one_picture_with_its_alt_text():
    static = show(picture(), "one-line", CAPTION, ALT)
    bundle = static.page()
    assert bundle["kind"] == "show" and bundle["sentences"] == [ALT] and bundle["controls"] == []
    assert static.text() == f"show('one-line'): {ALT}"
    assert plt.get_fignums() == []


def test_show_takes_axes():
    assert show(picture().axes[0], "one-line", CAPTION, ALT).page()["size"] == [320, 240]


@pytest.mark.parametrize(
    "caption, alt, message",
    [
        ("", ALT, "expected a caption in words, got ''"),
        (CAPTION, "A line.", "alt to say what is seen, in at least 40 characters, got 'A line.'"),
        (CAPTION, None, "expected alt to say what is seen"),
        (ALT, ALT, "it repeats the caption or title"),
    ],
)
def test_show_wants_caption_and_alt(caption, alt, message):
    with pytest.raises(ValueError, match=rf"show\('one-line'\): .*{message}"):
        show(picture(), "one-line", caption, alt)


def test_show_refuses_the_title_as_alt_and_what_is_no_figure():
    fig = picture()
    fig.suptitle(ALT)
    with pytest.raises(ValueError, match="it repeats the caption or title"):
        show(fig, "one-line", CAPTION, ALT)
    plt.close(fig)
    with pytest.raises(TypeError, match=r"show\('one-line'\): .* a matplotlib figure or SVG"):
        show(3, "one-line", CAPTION, ALT)


def test_few_colours_are_stored_without_loss():
    stored = pictures.webp(picture()).data
    pixels = Image.open(io.BytesIO(stored)).convert("RGB")
    assert pixels.getpixel((0, 0)) == (255, 255, 255) and b"VP8L" in stored[:24]


# In a real kernel

CELLS = [
    "import matplotlib.pyplot as plt\n"
    "from dlcore.teaching import explore, show\n"
    "def draw(k):\n"
    "    fig, ax = plt.subplots(figsize=(3.2, 2.4))\n"
    "    ax.plot([0, k])\n"
    "    return fig, f'The line rises from zero on the left to the value {k} on the right.'",
    "explore(draw, 'line', 'A line.', k=[1, 2, 3])\nprint('after')",
    "line = explore(draw, 'other-line', 'A line.', k=[1, 2, 3])",
    "explore(draw, 'last-line', 'A line.', k=[1, 2, 3])",
    f"fig, _ = draw(2)\nshow(fig, 'still', 'A line that stands.', '{ALT}')",
    "line.start",
    "line",
]


def executed(site, cells=CELLS, stills=False):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    client = nbclient.NotebookClient(notebook, kernel_name="python3", timeout=120)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MPLBACKEND", raising=False)
        patch.setenv("DLCORE_STILLS", "1" if stills else "0")
        patch.setenv("DLCORE_SITE", "1") if site else patch.delenv("DLCORE_SITE", raising=False)
        client.execute()
    return [cell.outputs for cell in notebook.cells]


def data_of(outputs):
    return [output.data for output in outputs if "data" in output]


def test_a_kernel_shows_each_figure_once_and_stores_a_stable_text():
    shown = executed(site=False)
    text = "k=1. The line rises from zero on the left to the value 1 on the right."
    for name, outputs in zip(["line", "other-line", "last-line"], shown[1:4], strict=True):
        (data,) = data_of(outputs)
        assert set(data) == {"text/plain", "application/vnd.jupyter.widget-view+json"}
        assert data["text/plain"] == f"explore('{name}'): {text}"
    assert [output.output_type for output in shown[1]] == ["display_data", "stream"]
    figure, caption = data_of(shown[4])
    assert set(figure) == {"text/plain", "image/png"}
    assert figure["text/plain"] == f"show('still'): {ALT}"
    assert caption == {
        "text/plain": "A line that stands.",
        "text/html": "<p><em>A line that stands.</em></p>",
    }
    assert "0x" not in str([[o.get("text", "") for o in outputs] for outputs in shown])
    (again,) = data_of(shown[6])  # named in a later cell, it is shown again
    assert again["text/plain"] == f"explore('other-line'): {text}"


def test_a_still_stands_beside_the_widgets():
    panel, still = executed(site=False, stills=True)[2]
    assert "application/vnd.jupyter.widget-view+json" in panel.data
    words = "The line rises from zero on the left to the value 1 on the right."
    assert f"<p>{words}</p>" in still.data["text/html"] and "other-line" in panel.data["text/plain"]
    assert 'src="data:image/png;base64,' in still.data["text/html"]
    assert "<em>A line.</em>" in still.data["text/html"]


def test_the_book_gets_bundles_and_no_widgets():
    shown = executed(site=True, cells=CELLS[:5])
    for outputs in shown[1:4]:
        (data,) = data_of(outputs)
        assert set(data) == {"text/plain", MIME}
    data, below = data_of(shown[4])  # a notebook's caption, which the page leaves out
    assert set(data) == {"text/plain", MIME} and set(below) == {"text/plain", "text/html"}
    bundle = data_of(shown[1])[0][MIME]
    assert len(bundle["pictures"]) == 3 and bundle["controls"][0]["texts"] == ["1", "2", "3"]
    assert data_of(shown[4])[0][MIME]["kind"] == "show"
    assert not any(
        output.output_type == "stream" and output.name == "stderr"
        for outputs in shown
        for output in outputs
    )


def test_a_name_stands_once_in_a_chapter():
    with pytest.raises(nbclient.exceptions.CellExecutionError, match="another figure of this name"):
        executed(site=True, cells=[CELLS[0], CELLS[1], CELLS[1]])
