"""The playground by keyboard, in any browser; what it has trained is compared with dlcore.

The page is playwright's, or tests/browsers' for what playwright does not drive."""

import contextlib
import io
import re

import numpy as np
import pytest

READY = "() => document.getElementById('play')?.dataset.ready === ''"
TOLD = "name => document.getElementById('play').playground[name]()"
FOCUS = "selector => document.querySelector(selector).focus()"
RUNNING = "() => document.getElementById('play').playground.steps() > 5"
CHECKED = "() => document.getElementById('play-starts').checked"
TRAINED = (
    "data=spirals&activation=GELU&normalization=BatchNorm&dropout=0.1&schedule=cosine&trained=4"
)


def press_the_playground(page, home: str) -> int:
    """Train, pause, change a number, take twenty starts; then train as far as a link says, and the
    copied Python prints the same loss.  The number of steps until the pause."""

    def press(selector, key):
        page.evaluate(FOCUS, selector)
        page.keyboard.press(key)

    page.goto(f"{home}playground.html")
    page.wait_for_function(READY)
    press(".play-run", "Space")
    page.wait_for_function(RUNNING)
    press(".play-run", "Space")
    steps = page.evaluate(TOLD, "steps")
    press("#play-lr", "ArrowUp")
    assert page.evaluate(TOLD, "settings") == {"lr": 0.02}
    press("#play-starts", "Space")
    assert page.evaluate(CHECKED)
    assert page.evaluate(TOLD, "settings") == {"lr": 0.02, "starts": 20}
    page.goto(f"{home}playground.html?{TRAINED}")
    page.wait_for_function(READY)
    shown = page.evaluate(TOLD, "reached")["losses"]
    assert losses(page.evaluate(TOLD, "lines")) == pytest.approx(shown, rel=2e-6)
    return steps


def losses(lines: str) -> list[float]:
    """Those that lines of Python print."""
    printed, _ = run(lines)
    return [float(x) for x in re.findall(r"loss (\S+)", printed)]


def run(lines: str) -> tuple[str, dict]:
    """What lines of Python print, and their variables at the end."""
    out, space = io.StringIO(), {}
    with contextlib.redirect_stdout(out), np.errstate(all="ignore"):
        exec(compile(lines, "copied", "exec"), space)
    return out.getvalue(), space
