"""Holds a script that draws in the page against the experiment's draw, state by state."""

import itertools
import math
import random
from pathlib import Path

from tests.site.chromium import opened
from tests.site.experiments import MOST, SAMPLE

LIVE = Path(__file__).parents[2] / "book" / "_static" / "live"


def tried(experiment) -> list[dict]:
    """All states of the page; of more than MOST, those on the lines through the start, along each
    control, and SAMPLE at random."""
    grid = {c.name: c.site for c in experiment.controls}
    if math.prod(map(len, grid.values())) <= MOST:
        return experiment.states()
    lines = [experiment.start | {name: v} for name, values in grid.items() for v in values]
    rng = random.Random(0)
    return lines + [{n: rng.choice(values) for n, values in grid.items()} for _ in range(SAMPLE)]


def assert_script_agrees(experiment, browser, folder=LIVE):
    """Every state of the page (of millions a sample): the script's sentence is draw's, and its SVG
    too if draw makes SVG; what changes nothing is what the experiment says.

    AssertionError that names the first state where they part.  Returns the number of states.
    """
    states = tried(experiment)
    with opened(browser, "about:") as (page, problems):
        page.add_script_tag(path=folder / f"{experiment.script}.js")
        drawn = page.evaluate(
            "([name, states]) => states.map(state => window.dlcoreLive[name](state))",
            [experiment.name, states],
        )
        assert problems == []
    if math.prod(len(c.site) for c in experiment.controls) == len(states):
        experiment.check_unused([d["svg"] for d in drawn], [d["sentence"] for d in drawn])
    for state, script in zip(states, drawn, strict=True):
        picture, sentence = experiment.draw(state)
        assert script["sentence"] == sentence, (experiment.name, state)
        if isinstance(picture, str):
            part = next(
                (
                    i
                    for i, (a, b) in enumerate(itertools.zip_longest(script["svg"], picture))
                    if a != b
                ),
                None,
            )
            assert part is None, (
                f"{experiment.name} in the state {state}: script and draw part at "
                f"{script['svg'][part : part + 60]!r}, expected {picture[part : part + 60]!r}"
            )
        else:
            assert script["svg"].lstrip().startswith("<svg"), (experiment.name, state)
    return len(states)
