"""The six points of chapter 7: the verdict against the linear programme, margin and count too."""

import itertools
import math
import random

import numpy as np
import pytest
from scipy.optimize import linprog

from dlcore.teaching.chapters import six_points
from dlcore.teaching.chapters.six_points import NAMES, PLACES, colourings, nearest, place, shared


def separates(A, B):
    """Whether w and b exist with w·a + b ≤ −1 and w·c + b ≥ 1: a linear programme."""
    signs = np.r_[-np.ones(len(A)), np.ones(len(B))]
    rows = np.column_stack([np.array(A + B, dtype=float).reshape(-1, 2), np.ones(len(signs))])
    found = linprog(np.zeros(3), -signs[:, None] * rows, -np.ones(len(signs)), bounds=(None, None))
    return found.success


def means(p, points):
    """Whether p is a weighted mean of the points, by the linear programme."""
    equations = np.vstack([np.array(points, dtype=float).T, np.ones(len(points))])
    return linprog(np.zeros(len(points)), A_eq=equations, b_eq=[*p, 1]).success


def drawn(seed, near=10):
    rng = random.Random(seed)
    return [(rng.randint(0, near), rng.randint(0, near)) for _ in range(6)]


@pytest.mark.parametrize("near", [2, 4, 10])  # crowded boards have points in line and on each other
def test_the_verdict_is_the_linear_programmes_and_has_its_certificate(near):
    verdicts = set()
    for seed in range(120):
        points = drawn(seed, near)
        A, B = points[:3], points[3:]
        star = shared(A, B)
        verdicts.add(star is None)
        assert (star is None) == separates(A, B), points
        if star is not None:
            assert means(star, A) and means(star, B), points
    assert verdicts == {True, False}


def test_the_margin_is_the_widest_of_all_directions():
    angles = np.linspace(0, 2 * np.pi, 200_001)
    u = np.stack([np.cos(angles), np.sin(angles)])
    tried = 0
    for seed in range(60):
        points = drawn(seed)
        A, B = points[:3], points[3:]
        if shared(A, B) is None:
            a, b = nearest(A, B)
            widest = ((np.array(B) @ u).min(axis=0) - (np.array(A) @ u).max(axis=0)).max() / 2
            assert widest <= math.dist(a, b) / 2 + 1e-12 <= widest * (1 + 1e-4)
            tried += 1
    assert tried > 10


@pytest.mark.parametrize("near", [3, 10])
def test_the_count_is_the_linear_programmes_and_covers(near):
    for seed in range(6):
        points = drawn(seed, near)
        found = sum(
            separates([p for p, k in zip(points, colours, strict=True) if k],
                      [p for p, k in zip(points, colours, strict=True) if not k])
            for colours in itertools.product((0, 1), repeat=6)
        )  # fmt: skip
        assert colourings(points) == found
        triples = itertools.combinations(points, 3)
        general = all(six_points.turn(*three) != 0 for three in triples)
        assert found == 32 if general else found < 32


def test_the_sentence_says_what_is_drawn():
    rng = random.Random(1)
    for _ in range(50):
        places = {name: rng.choice(PLACES) for name in NAMES}
        points = [place(places[name]) for name in NAMES]
        svg, sentence = six_points.draw(**places)
        separable = shared(points[:3], points[3:]) is None
        assert ("a line separates" in sentence) == separable == ("★" not in svg)
        assert f"a line makes {colourings(points)}." in sentence
        assert svg.count("data-point") == 6
