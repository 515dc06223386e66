"""An experiment in a live kernel: ipywidgets, every control with its full range.

Widgets die with their kernel.  So each experiment has a second output, a still: the last picture
and its words as plain HTML, hidden while the widgets live, for a notebook that is opened again and
for one that is exported.  ``DLCORE_STILLS=0`` leaves it out: the book's notebooks are stored
without pixels.
"""

import contextvars
import html
import os
import signal
import threading
import time
import traceback
from concurrent.futures import Future
from contextlib import contextmanager
from importlib import resources
from typing import Any
from uuid import uuid4

import ipywidgets as widgets
from IPython import get_ipython
from IPython.display import display

from dlcore.teaching import pictures

FAST = 0.3  # seconds; a slower figure follows the slider when it is let go
VIEW = "application/vnd.jupyter.widget-view+json"
COMPUTING = '<span class="dlcore-computing">computing…</span>'
INTERRUPTED = "<span>Interrupted. The controls are back at this picture: move again.</span>"

# The still of a live panel is hidden, and so is the message in place of a dead one.
STILL = """\
<div class="dlcore-still {key}"><style>
:root:has(.dlcore-panel.{key}) .dlcore-still.{key} {{ display: none; }}
.jp-OutputArea-child:has(+ .jp-OutputArea-child .{key}):not(:has(.{key})) {{ display: none; }}
</style>
{picture}
<p>{sentence}</p>
<p><em>{caption}</em></p>
<p><small>To move it, run this cell.</small></p>
<script>{script}</script></div>
"""


class Panel:
    """The controls above the picture of the current state; an error of draw stands in its place.

    The front end holds a slider's changes back while the kernel is busy and then sends the last
    one only, so that fast dragging neither piles up nor arrives out of order.
    """

    def __init__(self, experiment: Any):  # an Experiment
        self.experiment, self.state = experiment, dict(experiment.start)
        self.key = f"dlcore-{uuid4().hex[:8]}"
        self.handles: dict = {}
        self.rows: dict = {}
        self.players: list = []
        for control in experiment.controls:
            self._add(control)
        for name in {name for name, *_ in experiment.unused}:
            self.rows[name].add_class("dlcore-sometimes")
        style = widgets.HTML(f"<style>{_file('panel.css')}</style>")
        controls = widgets.HBox(list(self.rows.values()))
        controls.add_class("dlcore-controls")
        self.status, self.view = widgets.HTML(), widgets.HTML()
        caption = widgets.HTML(f"<p><em>{html.escape(experiment.caption)}</em></p>")
        self.box = widgets.VBox([style, controls, self.status, self.view, caption])
        self.box.add_class("dlcore-panel")
        self.box.add_class(self.key)
        self._still = self._shown = None

        began = time.perf_counter()
        self._draw(self.state)  # an error here is the cell's error
        slow = time.perf_counter() - began > FAST
        for handle in self.handles.values():
            if slow and isinstance(handle, widgets.SelectionSlider):
                handle.continuous_update = False
            handle.observe(self._moved, names="value")

    def display(self) -> None:
        """Show the panel, and its still after it."""
        view = {"version_major": 2, "version_minor": 0, "model_id": self.box.model_id}
        words = {"text/plain": self.experiment.text()}
        display({VIEW: view} | words, raw=True)
        if os.environ.get("DLCORE_STILLS") != "0":
            self._shown = display(self._still, raw=True, display_id=True)

    def _moved(self, _):
        state = {name: handle.value for name, handle in self.handles.items()}
        if state == self.state:
            return
        self.status.value = COMPUTING
        _in_main_thread(lambda: self._move(state))

    def _move(self, state):
        try:
            with _interruptible():
                self._draw(state)
        except KeyboardInterrupt:
            self._go_back()
            self.status.value = INTERRUPTED
            return
        except Exception as error:
            self.state = state
            self.view.value = _failed(error)
        self.status.value = ""

    def _draw(self, state):
        picture, sentence = self.experiment.draw(state)
        shown, said = pictures.png(picture).html(sentence), html.escape(sentence)
        self.view.value = f'{shown}<p aria-live="polite">{said}</p>'
        self.state = state
        unused = self.experiment.unused_in(state)
        for name, row in self.rows.items():
            (row.add_class if name in unused else row.remove_class)("dlcore-unused")
        self._keep(shown, said)

    def _keep(self, picture, sentence):
        """Make the still show this picture and this sentence."""
        caption = html.escape(self.experiment.caption)
        script = _file("panel.js")
        still = STILL.format(
            key=self.key, picture=picture, sentence=sentence, caption=caption, script=script
        )
        self._still = {"text/html": still, "text/plain": self.experiment.text()}
        if self._shown is not None:
            self._shown.update(self._still, raw=True)

    def _go_back(self):
        """Stop what plays and put the controls to where the picture stands."""
        for player in self.players:
            player.set_trait("playing" if player.has_trait("playing") else "_playing", False)
        for name, handle in self.handles.items():
            handle.unobserve(self._moved, names="value")
            handle.value = self.state[name]
            handle.observe(self._moved, names="value")

    def _add(self, control):
        """The widget that holds a control's value, and what is shown: a row, with a play button."""
        options = list(zip(control.texts, control.values, strict=True))
        if control.kind == "toggle":
            row = handle = widgets.Checkbox(control.start, description=control.label, indent=False)
        else:
            kind = widgets.Dropdown if control.kind == "dropdown" else widgets.SelectionSlider
            row = handle = kind(options=options, value=control.start, description=control.label)
        if control.kind == "play":
            pause = round(1000 * control.interval)
            player = widgets.Play(max=len(options) - 1, value=handle.index, interval=pause)
            widgets.link((player, "value"), (handle, "index"))
            self.players.append(player)
            row = widgets.HBox([player, handle])
        self.handles[control.name], self.rows[control.name] = handle, row


def _in_main_thread(function):
    """Call function where cells run, and wait for it.

    JupyterLab sends the moves of widgets to a thread beside (a subshell of ipykernel 7): no
    interrupt gets there, and matplotlib is not made for two threads.
    """
    if threading.current_thread() is threading.main_thread():
        return function()
    done, context = Future(), contextvars.copy_context()

    def call():
        try:
            done.set_result(context.run(function))
        except BaseException as error:
            done.set_exception(error)

    get_ipython().kernel.io_loop.add_callback(call)
    return done.result()


@contextmanager
def _interruptible():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _file(name):
    return resources.files("dlcore.teaching").joinpath(name).read_text(encoding="utf-8")


def _failed(error):
    message = html.escape("".join(traceback.format_exception_only(error)))
    steps = html.escape("".join(traceback.format_exception(error)))
    return (
        f'<div role="alert"><pre>{message}</pre><p>Change a control to go on.</p>'
        f"<details><summary>Where it happened</summary><pre>{steps}</pre></details></div>"
    )
