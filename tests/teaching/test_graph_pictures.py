"""The drawings of chapter 13 beside the calculator."""

import itertools

import numpy as np
import pytest

from dlcore.graph import reverse_mode, topological
from dlcore.teaching.chapters.formulas import parse
from dlcore.teaching.chapters.graph_pictures import (
    BLOCKS,
    PATHS,
    PROGRAMS,
    SIZES,
    draw_paths,
    draw_puzzle,
    draw_two_bugs,
    paths,
    visits,
)
from dlcore.teaching.pictures import is_svg


@pytest.mark.parametrize("text", ["x^2 + x*y + (x + y)^2", "s = x*y; s*s + x", "sin(x)*x - y"])
def test_the_sum_over_all_paths_is_the_derivative(text):
    f = parse(text, x=1.5, y=-0.5)
    bar = reverse_mode(f)
    for leaf in (v for v in topological(f) if v.name in ("x", "y")):
        products = [np.prod([c.partials[i] for c, i in path]) for path in paths(f, leaf)]
        assert sum(products) == pytest.approx(bar[leaf], rel=1e-12)


@pytest.mark.parametrize(
    ("input", "without", "said"),
    [
        ("x", PATHS[0], "2 and 2 and 6, in sum 10."),
        ("x", PATHS[3], "2 and 2, in sum 4. Without the path over (x + y)² the derivative 10 is"),
        ("y", PATHS[1], "There is no path over x² from y"),
    ],
)
def test_paths_are_told(input, without, said):
    picture, sentence = draw_paths(input, without)
    assert is_svg(picture) and said in sentence


def test_the_two_bugs_end_at_eight():
    assert [visits(program)[-1][1]["a"] for program in PROGRAMS] == [4, 8, 8]
    for program, visit in itertools.product(PROGRAMS, range(4)):
        picture, sentence = draw_two_bugs(program, visit)
        assert is_svg(picture) and program in sentence
        assert ("The run is over" in sentence) == (visit >= len(visits(program)) - 1)


def test_the_puzzle_counts_what_fits():
    fits, right, wrong = {}, {}, {}
    for sizes in SIZES:
        said = [draw_puzzle(sizes, a, b)[1] for a, b in itertools.product(BLOCKS, BLOCKS)]
        fits[sizes] = sum("no such product" not in s for s in said)
        right[sizes] = sum("the gradient, as a" in s for s in said)
        wrong[sizes] = sum("wrong numbers" in s for s in said)
    assert list(fits.values()) == [6, 10] and list(right.values()) == [2, 2]
    assert list(wrong.values()) == [0, 2]
