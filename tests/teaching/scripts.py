"""Holds a script that draws in the page against the experiment's draw, state by state."""

import math
import os
from pathlib import Path

from tests.site.chromium import opened
from tests.site.experiments import states_to_try

LIVE = Path(__file__).parents[2] / "book" / "_static" / "live"


def tried(experiment) -> list[dict]:
    """All states of the page, or of very many a sample (see states_to_try)."""
    values = {control.name: list(control.site) for control in experiment.controls}
    start = tuple(values[name].index(experiment.start[name]) for name in values)
    places = states_to_try([len(site) for site in values.values()], start)
    return [
        {name: site[at] for (name, site), at in zip(values.items(), state, strict=True)}
        for state in places
    ]


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
            if script["svg"] != picture:
                part = len(os.path.commonprefix([script["svg"], picture]))
                raise AssertionError(
                    f"{experiment.name} in the state {state}: script and draw part at "
                    f"{script['svg'][part : part + 60]!r}, expected {picture[part : part + 60]!r}"
                )
        else:
            assert script["svg"].lstrip().startswith("<svg"), (experiment.name, state)
    return len(states)
