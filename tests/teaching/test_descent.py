"""The landscapes of chapter 11, its walks and its map of rates."""

import numpy as np
import pytest

from dlcore.teaching.chapters import descent

EPS = 1e-6


@pytest.mark.parametrize("name", descent.MOUNTAINS + descent.LANDSCAPES)
def test_the_slopes_are_those_of_the_heights(name):
    surface = descent.mountain if name in descent.MOUNTAINS else descent.landscape
    for u, v in np.random.default_rng(0).uniform(-2, 2, size=(20, 2)) * 5:
        _, east, north = surface(name, u, v)
        numeric = [
            (surface(name, u + a, v + b)[0] - surface(name, u - a, v - b)[0]) / (2 * EPS)
            for a, b in ((EPS, 0), (0, EPS))
        ]
        np.testing.assert_allclose([east, north], numeric, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("name", descent.MOUNTAINS)
def test_the_star_is_the_lowest_place_of_the_map(name):
    grid = np.linspace(0, descent.WIDE, 241)
    lowest = min(descent.mountain(name, u, v)[0] for u in grid for v in grid)
    assert descent.mountain(name, *descent.BOTTOMS[name])[0] <= lowest + 1e-6


def test_a_small_rate_stays_in_the_nearer_hollow_and_a_broad_valley_has_one():
    near = descent.descent("two hollows", 0.05, 500)[-1]
    star = descent.BOTTOMS["two hollows"]
    assert np.hypot(near[0] - star[0], near[1] - star[1]) > 10
    for name in ("a broad valley", "a long gorge"):
        np.testing.assert_allclose(descent.descent(name, 0.4, 500)[-1], descent.BOTTOMS[name])
        assert abs(descent.descent(name, 0.6, 500)[-1][1]) > 100 or name == "a broad valley"


def test_a_walk_goes_where_it_is_sent_and_stops_at_the_edge():
    assert descent.walked((3, 20), ["–"] * 3) == [(3, 20)]
    assert descent.walked((3, 20), ["E 4", "–", "SW 2"]) == [(3, 20), (7, 20), (5, 18)]
    assert descent.walked((3, 20), ["N 8", "NW 8"]) == [(3, 20), (3, 24), (0, 24)]


def test_the_arrow_points_downhill():
    _, said = descent.fog("a broad valley", False, 0.1, leg1="E 8", leg2="E 4")
    assert "after 2 of 10 steps" in said and "towards S" in said
    _, said = descent.fog("a broad valley", True, 0.6)
    assert "off the map after 10 steps" in said or "off the map after" in said


@pytest.mark.parametrize("eta", descent.RATE_VALUES)
@pytest.mark.parametrize("k", descent.CURVATURES)
def test_the_verdict_is_what_a_walk_does(eta, k):
    theta, sides = 1.0, set()
    for _ in range(200):
        theta *= 1 - eta * k
        sides.add(theta < -1e-12)
    told = descent.regime(eta, k)
    if told in ("crawl", "converge"):
        assert abs(theta) < 1 and True not in sides
        assert (told == "crawl") == (1 - eta * k > 0.9 + 1e-9)
    elif told == "one step":
        assert abs(1 - eta * k) < 1e-12
    elif told == "oscillate":
        assert abs(theta) < 1e-3 and True in sides
    elif told == "swing for ever":
        assert abs(abs(theta) - 1) < 1e-9
    else:
        assert abs(theta) > 1e3 or eta * k < 2.1 and abs(theta) > 1


def test_the_logarithm_of_the_table_is_one():
    for value in descent.RATE_VALUES + descent.CURVATURES:
        assert descent.decimal_log(value) == pytest.approx(np.log10(value), abs=1e-4)


def test_the_player_starts_at_its_place_and_counts_the_steps_that_rise():
    assert descent.place("bowl", "a1") == (-2.0, -2.0)
    assert descent.place("Rosenbrock", "k11") == (2.0, 3.0)
    assert descent.player("ravine", "b9", 0.07, 3)[1].endswith("J = 39.094; J rose in 3 of them.")
    assert descent.player("bowl", "b9", 0.5, 30)[1].endswith("J = 0.000; J rose in 0 of them.")
    assert "J = 0.000" in descent.player("saddle", "b6", 0.2, 300)[1]
    assert "J = −0.500" in descent.player("saddle", "b7", 0.2, 300)[1]
