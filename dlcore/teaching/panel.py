"""An experiment in a live kernel: ipywidgets, every control with its full range."""

import html
import time
import traceback

import ipywidgets as widgets

from dlcore.teaching import pictures

FAST = 0.3  # seconds; a slower figure follows the slider when it is let go


def panel(experiment):
    """The controls above the picture of the current state; an error of draw stands in its place.

    The front end holds a slider's changes back while the kernel is busy and then sends the last
    one only, so that fast dragging neither piles up nor arrives out of order.
    """
    handles, rows = {}, []
    for control in experiment.controls:
        handles[control.name], row = _widget(control)
        rows.append(row)
    view = widgets.HTML()
    caption = widgets.HTML(f"<em>{html.escape(experiment.caption)}</em>")

    began = time.perf_counter()
    view.value = _drawn(experiment, experiment.start)  # an error here is the cell's error
    slow = time.perf_counter() - began > FAST

    def redraw(_):
        state = {name: handle.value for name, handle in handles.items()}
        try:
            view.value = _drawn(experiment, state)
        except Exception as error:
            view.value = _failed(experiment, error)

    for handle in handles.values():
        if slow and isinstance(handle, widgets.SelectionSlider):
            handle.continuous_update = False
        handle.observe(redraw, names="value")
    return widgets.VBox([widgets.HBox(rows, layout={"flex_flow": "row wrap"}), view, caption])


def _widget(control):
    """The widget that holds the value, and what is shown: the same but for a play button."""
    options = list(zip(control.texts, control.values, strict=True))
    wide = {"description_width": "initial"}
    if control.kind == "toggle":
        box = widgets.Checkbox(control.start, description=control.label, indent=False)
        return box, box
    kind = widgets.Dropdown if control.kind == "dropdown" else widgets.SelectionSlider
    chooser = kind(
        options=options,
        value=control.start,
        description=control.label,
        style=wide,
        layout={"width": "auto", "min_width": "20em"},
    )
    if control.kind != "play":
        return chooser, chooser
    player = widgets.Play(
        min=0, max=len(options) - 1, value=chooser.index, interval=round(1000 * control.interval)
    )
    widgets.link((player, "value"), (chooser, "index"))
    return chooser, widgets.HBox([player, chooser])


def _drawn(experiment, state):
    picture, sentence = experiment.draw(state)
    said = html.escape(sentence)
    return f'{pictures.png(picture).html(sentence)}<p aria-live="polite">{said}</p>'


def _failed(experiment, error):
    message = html.escape("".join(traceback.format_exception_only(error)))
    steps = html.escape("".join(traceback.format_exception(error)))
    return (
        f'<div role="alert"><pre>{message}</pre><p>Change a control to go on.</p>'
        f"<details><summary>Where it happened</summary><pre>{steps}</pre></details></div>"
    )
