"""The game of chapter 3 that is played in powers of ten."""

import math
import random
from fractions import Fraction

import pytest

from dlcore.teaching.chapters import orders


def test_the_ranges_are_those_of_the_sources():
    """In hundredths of an order, from the numbers of the table in section 3.2."""
    ranges = {
        "neurons": (86.1e9 - 8.1e9, 86.1e9 + 8.1e9),
        "glia": (0.5, 1.5),
        "synapses": (1.5e14, 38_000 * 20e9),
        "average": (0.16, 4),
        "fastest": (338, 453),
        "watts": (20, 20),
        "proteins": (3e5, 3e5),
        "operations": (1e12, 1e20),
    }
    for q in orders.QUESTIONS:
        assert (q.low, q.high) == tuple(round(100 * math.log10(n)) for n in ranges[q.name]), q.name
        assert q.low <= q.high


def test_off_is_the_distance_to_the_range():
    q = orders.Question("q", "q", 100, 200, 0, "")
    assert [orders.off(q, g) for g in (-50, 100, 150, 200, 230)] == [-150, 0, 0, 0, 30]


def test_blind_players():
    rng = random.Random(0)
    guesses = list(orders.GUESSES.values())
    assert len(guesses) == 25 and orders.GUESSES["10¹²"] == 1200 and orders.GUESSES["0.01"] == -200
    near = sum(
        abs(orders.off(q, rng.choice(guesses))) <= orders.NEAR
        for _ in range(20_000)
        for q in orders.QUESTIONS
    )
    assert orders.blind() == Fraction(27, 25)
    assert near / 20_000 == pytest.approx(float(orders.blind()), abs=0.03)


def test_the_sentence_says_what_is_drawn():
    nothing = dict.fromkeys([q.name for q in orders.QUESTIONS], orders.OPEN)
    svg, said = orders.draw(**nothing)
    assert svg.count("<circle") == 0 and said.startswith("Nothing is played")
    svg, said = orders.draw(**nothing | {"average": "100", "watts": "10"})
    assert svg.count("<circle") == 2
    assert "Played 2 of 8, 1 within one order of magnitude, 1.7 orders off" in said
    assert "100, 1.4 too high" in said and "10, 0.3 too low" in said
