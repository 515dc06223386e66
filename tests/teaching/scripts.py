"""Holds a script that draws in the page against the experiment's draw, state by state."""

import itertools
from pathlib import Path

from tests.site.chromium import opened

LIVE = Path(__file__).parents[2] / "book" / "_static" / "live"


def assert_script_agrees(experiment, browser, folder=LIVE):
    """Every state of the page: the script's sentence is draw's, and its SVG too if draw makes SVG;
    what changes nothing is what the experiment says.

    AssertionError that names the first state where they part.  Returns the number of states.
    """
    states = experiment.states()
    with opened(browser, "about:") as (page, problems):
        page.add_script_tag(path=folder / f"{experiment.script}.js")
        drawn = page.evaluate(
            "([name, states]) => states.map(state => window.dlcoreLive[name](state))",
            [experiment.name, states],
        )
        assert problems == []
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
