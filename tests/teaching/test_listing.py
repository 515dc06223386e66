"""Code on the page."""

import pytest

from dlcore.optimizers import Adam
from dlcore.teaching import source


def test_each_is_printed_whole_and_from_the_margin(capsys):
    source(Adam.direction, Adam.update_moments)
    text = capsys.readouterr().out
    assert text.startswith(
        "def direction(self, g: Array, m: Array, v: Array) -> Array:\n"
        "    self.update_moments(g, m, v)\n"
    )
    assert "\n\ndef update_moments(self, g: Array, m: Array, v: Array) -> None:\n" in text


@pytest.mark.parametrize("bad", [3, "Adam", len, None])
def test_what_has_no_source_is_refused(bad):
    with pytest.raises(TypeError, match="source: expected functions or classes, got"):
        source(bad)
