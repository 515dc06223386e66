"""Figures that a reader moves (``explore``) or looks at (``show``), in a notebook and on the page.

In a live kernel ``explore`` is ipywidgets.  On the website there is no kernel: while the book is
built (DLCORE_SITE=1) all states of the page are drawn once, and the page swaps the pictures.
"""

import hashlib
import html
import inspect
import itertools
import os
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable

from dlcore.teaching import idle, pictures
from dlcore.teaching.controls import control, hyphenated, text

MIME = "application/vnd.dlcore.experiment+json"
BELOW = "dlcore_below"  # in the metadata of what a notebook shows below a picture, and no page
MOST_STATES = 200
SHORTEST_ALT = 40

_names: set[str] = set()  # used in this kernel while the book is built; each cell then runs once


def explore(
    draw: Callable,
    name: str,
    caption: str,
    *,
    site: dict | None = None,
    start: dict | None = None,
    labels: dict | None = None,
    unused: dict | None = None,
    script: str | None = None,
    **controls,
) -> "Experiment":
    """A figure with controls: ``explore(draw, "boundaries", "…", n=[2, 4, 8], seed=range(5))``.

    draw      draw(n, seed) returns (figure, sentence): a matplotlib figure, or an SVG string, and
              a sentence that says what is seen in this state (it is the picture's alt text)
    name      lower-case-with-hyphens, unique in the chapter
    caption   one or two sentences of plain text, for all states
    controls  numbers make a slider, strings a dropdown, [False, True] a toggle, play(…) a button;
              the first value is where it starts
    start     dict(n=4) starts elsewhere
    site      dict(seed=[0]): the values that the page offers, where all would be over 200 pictures
    labels    dict(n="hidden units n"): what stands beside the control
    unused    dict(T={"kind": ["constant", "step"]}): where the control kind has one of these
              values, T changes nothing, and a note beside it says so
    script    the page draws by itself: book/_static/live/<script>.js registers a function under the
              experiment's name in window.dlcoreLive; for few shapes and thousands of states
    Shown at once where the call stands.  ValueError or TypeError if anything above is not so.
    """
    experiment = Experiment(draw, name, caption, controls, site, start, labels, unused, script)
    experiment.display()
    return experiment


def show(fig: object, name: str, caption: str, alt: str) -> "Static":
    """A figure without controls: ``show(fig, "truth-table", "What it is.", "What is seen: …")``.

    ``fig`` is a matplotlib figure, an SVG string, or whatever has a ``.figure``.  ``alt`` says
    what is seen, in at least 40 characters; it is not the caption.  Shown where the call stands.
    """
    static = Static(fig, name, caption, alt)
    static.display()
    return static


class _Shown(ABC):
    """Displays itself when it is made; naming it in a later cell displays it again."""

    _verb: str

    def __init__(self, name: str, caption: str):
        if not hyphenated(name):
            raise ValueError(
                f"{self._verb}: expected a name of lower-case words and hyphens, got {name!r}"
            )
        self.name, self.title = name, f"{self._verb}({name!r})"
        if not isinstance(caption, str) or not caption.strip():
            raise ValueError(f"{self.title}: expected a caption in words, got {caption!r}")
        self.caption = caption.strip()
        self._cell = _cell()

    def display(self) -> None:
        """Show it here: for the page, in a notebook, or (in plain Python) not at all."""
        if _cell() is None:
            return
        if os.environ.get("DLCORE_SITE") != "1":
            return self._display_live()
        if self.name in _names:
            raise ValueError(f"{self.title}: the chapter has another figure of this name")
        bundle = self.page()
        _publish({"text/plain": self.text(), MIME: bundle})
        _names.add(self.name)

    @abstractmethod
    def text(self) -> str:
        """The figure in words: what is stored in the notebook."""

    @abstractmethod
    def page(self) -> dict:
        """What the website's page is given."""

    @abstractmethod
    def _display_live(self):
        """Show it in a kernel."""

    def _ipython_display_(self):
        if _cell() != self._cell:
            self.display()

    def _bundle(self, kind, size, drawn, sentences, controls=(), default=0, script=None):
        """What the page needs, as JSON; equal pictures are stored once."""
        stored = {hashlib.sha256(picture.data).digest(): picture for picture in drawn}
        place = {digest: i for i, digest in enumerate(stored)}
        return {
            "version": 1,
            "kind": kind,
            "name": self.name,
            "caption": self.caption,
            "size": list(size),
            "controls": list(controls),
            "default": default,
            "states": [place[hashlib.sha256(picture.data).digest()] for picture in drawn],
            "sentences": list(sentences),
            "pictures": [{"type": p.type, "data": p.base64} for p in stored.values()],
            "script": script,
            "unused": [],
        }


class Static(_Shown):
    """What ``show`` returns."""

    _verb = "show"

    def __init__(self, fig: object, name: str, caption: str, alt: str):
        super().__init__(name, caption)
        self.picture = _picture(f"{self.title}: got", fig)
        self.alt = _alt(self.title, alt)
        if self.alt in (self.caption, _figure_title(self.picture)):
            raise ValueError(
                f"{self.title}: expected alt to say what is seen; it repeats the caption or title"
            )
        if not isinstance(fig, str):
            pictures.plt.close(self.picture)

    def __repr__(self):
        return self.title

    def text(self) -> str:
        return f"{self.title}: {self.alt}"

    def page(self) -> dict:
        """The page's bundle: one picture."""
        began = time.perf_counter()
        picture = pictures.webp(self.picture)
        bundle = self._bundle("show", picture.size, [picture], [self.alt])
        return bundle | {"seconds": time.perf_counter() - began}

    def display(self) -> None:
        super().display()
        if _cell() is not None:
            caption = f"<p><em>{html.escape(self.caption)}</em></p>"
            _publish({"text/plain": self.caption, "text/html": caption}, {BELOW: True})

    def _display_live(self):
        picture = pictures.png(self.picture)
        data = picture.data.decode() if picture.type == "image/svg+xml" else picture.base64
        size = {"width": picture.size[0], "height": picture.size[1], "alt": self.alt}
        _publish({"text/plain": self.text(), picture.type: data}, {picture.type: size})


class Experiment(_Shown):
    """What ``explore`` returns: its states, and ``draw`` with its promises checked."""

    _verb = "explore"

    def __init__(
        self,
        draw: Callable,
        name: str,
        caption: str,
        controls: dict,
        site: dict | None = None,
        start: dict | None = None,
        labels: dict | None = None,
        unused: dict | None = None,
        script: str | None = None,
    ):
        super().__init__(name, caption)
        if not controls:
            raise ValueError(f"{self.title}: expected at least one control; show() has none")
        _fits(self.title, draw, controls)
        site, start, labels = site or {}, start or {}, labels or {}
        for where, options in {"site": site, "start": start, "labels": labels}.items():
            for unknown in [key for key in options if key not in controls]:
                raise ValueError(
                    f"{self.title}: {where} names {unknown!r}; the controls are {_list(controls)}"
                )
        try:
            self.controls = tuple(
                control(key, values, labels.get(key), start.get(key), site.get(key))
                for key, values in controls.items()
            )
            self.unused = idle.declared(unused, self.controls)
        except (TypeError, ValueError) as error:
            raise type(error)(f"{self.title}: {error}") from None
        if script is not None and not hyphenated(script):
            raise ValueError(f"{self.title}: expected script='lower-case-name', got {script!r}")
        self._draw, self.script = draw, script
        self.start = {c.name: c.start for c in self.controls}
        self._check_number_of_states()
        self._sentence = None

    def __repr__(self):
        return f"{self.title}: {self._state(self.start)}"

    def text(self) -> str:
        """What is stored in the notebook: the start state and its sentence."""
        if self._sentence is None:
            self.draw(self.start)
        return f"{self!r}. {self._sentence}"

    def states(self) -> list[dict]:
        """The page's states, each a dict of arguments for draw; the last control varies fastest."""
        names = [c.name for c in self.controls]
        grid = itertools.product(*(c.site for c in self.controls))
        return [dict(zip(names, values, strict=True)) for values in grid]

    def draw(self, state: dict) -> tuple:
        """(figure or SVG, sentence) of a state; TypeError or ValueError if draw breaks its word."""
        where = f"{self.title}: draw({self._state(state)})"
        try:
            with pictures.closing_figures():
                drawn = self._draw(**state)
        except Exception as error:
            error.add_note(f"in {where}")
            raise
        if not isinstance(drawn, tuple) or len(drawn) != 2:
            raise TypeError(f"{where} returned {_short(drawn)}, expected (figure, sentence)")
        picture = _picture(f"{where} returned", drawn[0])
        sentence = _alt(where, drawn[1], "the sentence")
        if state == self.start:
            self._sentence = sentence
        return picture, sentence

    def unused_in(self, state: dict) -> set[str]:
        """The names of the controls that change nothing in this state, as the author says."""
        return {name for name, other, value in self.unused if text(state[other]) == value}

    def check_unused(self, pictures: list, sentences: list) -> None:
        """ValueError if ``unused`` is not what the page's states show, given in their order."""
        try:
            idle.check(self.unused, self.controls, pictures, sentences)
        except ValueError as error:
            raise ValueError(f"{self.title}: {error}") from None

    def page(self) -> dict:
        """The page's bundle: every state drawn; ValueError if the states cannot be told apart."""
        from tqdm import tqdm

        began = time.perf_counter()
        states = [self.start] if self.script else self.states()
        drawn, sentences = [], []
        for state in tqdm(states, desc=self.name, unit="picture", disable=None, leave=False):
            picture, sentence = self.draw(state)
            drawn.append(pictures.webp(picture))
            sentences.append(sentence)
        sizes = sorted({picture.size for picture in drawn})
        if len(sizes) > 1:
            raise ValueError(f"{self.title}: pictures of different sizes, {_list(map(str, sizes))}")
        if len(states) > 1 and len(set(sentences)) == 1:
            raise ValueError(
                f"{self.title}: the sentence is the same in all {len(states)} states: "
                f"{_short(sentences[0])}; it should say what is seen in each"
            )
        if not self.script:
            self.check_unused([picture.data for picture in drawn], sentences)
        bundle = self._bundle(
            "explore",
            sizes[0],
            drawn,
            sentences,
            map(_page_control, self.controls),
            states.index(self.start),
            self.script,
        )
        bundle["unused"] = sorted(self.unused)
        return bundle | {"seconds": time.perf_counter() - began}

    def _display_live(self):
        from dlcore.teaching.panel import Panel

        Panel(self).display()

    def _state(self, state):
        return ", ".join(f"{key}={text(value)}" for key, value in state.items())

    def _check_number_of_states(self):
        counts = {c.name: len(c.site) for c in self.controls}
        number = len(self.states()) if self.script is None else 0
        if number > MOST_STATES:
            longest = max(counts, key=counts.get)
            grid = " × ".join(f"{key} {count}" for key, count in counts.items())
            raise ValueError(
                f"{self.title}: the page would need {number} pictures ({grid}), at most "
                f"{MOST_STATES}; thin it with site=dict({longest}=[…])"
            )
        if all(count == 1 for count in counts.values()):
            raise ValueError(f"{self.title}: site leaves nothing to change on the page")


def _page_control(c):
    return {
        "name": c.name,
        "label": c.label,
        "kind": c.kind,
        "values": c.site,
        "texts": c.site_texts,
        "default": c.site.index(c.start),
        "interval": c.interval,
    }


def _fits(title, draw, controls):
    """Every control is a parameter of draw, and every parameter without a default a control."""
    if not callable(draw):
        raise TypeError(f"{title}: expected a function draw, got {draw!r}")
    parameters = inspect.signature(draw).parameters.values()
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    if not any(p.kind is p.VAR_KEYWORD for p in parameters):
        for unknown in [key for key in controls if key not in names]:
            raise ValueError(f"{title}: draw has no parameter {unknown!r}; it has {_list(names)}")
    for p in parameters:
        if p.name in names and p.default is p.empty and p.name not in controls:
            raise ValueError(f"{title}: draw's parameter {p.name!r} has no control")


def _alt(who, given, what="alt"):
    if not isinstance(given, str) or len(given.strip()) < SHORTEST_ALT:
        raise ValueError(
            f"{who}: expected {what} to say what is seen, in at least {SHORTEST_ALT} characters, "
            f"got {_short(given)}"
        )
    return given.strip()


def _picture(who, given):
    """A matplotlib figure or an SVG string; TypeError or ValueError for anything else."""
    if isinstance(given, str):
        if not pictures.is_svg(given):
            raise ValueError(
                f'{who} {_short(given)}, expected well-formed SVG <svg viewBox="0 0 width height">…'
            )
        return given
    figure = pictures.figure_of(given)
    if figure is None:
        kind = type(given).__name__
        raise TypeError(f"{who} an object of type {kind}, expected a matplotlib figure or SVG")
    return figure


def _figure_title(picture):
    if isinstance(picture, str):
        return None
    titles = [picture.get_suptitle(), *(ax.get_title() for ax in picture.axes)]
    return next((title for title in titles if title), None)


def _short(thing):
    shown = repr(thing)
    return shown if len(shown) <= 80 else shown[:79] + "…"


def _list(names):
    return ", ".join(names) or "none"


def _cell():
    """The number of the running cell, or None outside IPython."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return shell and shell.execution_count


def _publish(data, metadata=None):
    from IPython.display import display

    display(data, metadata=metadata, raw=True)
