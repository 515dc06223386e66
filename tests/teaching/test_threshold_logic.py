"""The drawings of chapter 4 say what the circuits do."""

import re

import numpy as np
import pytest

from dlcore.circuits import McCullochPitts, every_input
from dlcore.teaching.chapters import threshold_logic
from dlcore.teaching.chapters.units import adder, from_bits

ADDER = (2, 1, "inhibits", 3, "absent", 1, "excites", "excites")
OTHERS = [
    (1, 1, "absent", 1, "absent", 1, "absent", "absent"),
    (3, 2, "excites", 1, "inhibits", 2, "excites", "inhibits"),
    (2, 1, "absent", 3, "absent", 1, "excites", "excites"),
]


@pytest.mark.parametrize("setting", [ADDER, *OTHERS])
def test_the_cells_answers_are_the_circuits(setting):
    lines = threshold_logic.cell(*setting).wires(every_input(3))
    np.testing.assert_array_equal(threshold_logic.answers(*setting), lines[:, 3:])


def test_four_places_add_as_the_adder_does():
    sums = threshold_logic.four_digits(threshold_logic.cell(*ADDER).table())
    np.testing.assert_array_equal(sums, threshold_logic.PAIRS)
    np.testing.assert_array_equal(sums.ravel(), from_bits(adder(4)(every_input(8))))


def test_without_carries_a_sierpinski_triangle():
    sums = threshold_logic.four_digits(threshold_logic.cell(*OTHERS[2]).table())
    a, b = np.indices((16, 16))
    np.testing.assert_array_equal(sums == a + b, a & b == 0)


@pytest.mark.parametrize("setting", [ADDER, *OTHERS])
def test_the_map_and_the_sentence_count_alike(setting):
    svg, sentence = threshold_logic.draw_adder(*setting)
    right = int(re.search(r"(\d+) of 256", sentence)[1])
    blue, orange = re.findall(r'<path d="((?:M\d+ \d+h12v12h-12z)*)" fill="#', svg)
    assert (blue.count("M"), orange.count("M")) == (right, 256 - right)
    if right < 256:
        a, b, given = map(int, re.search(r"mistake: (\d+) \+ (\d+) gives (\d+)", sentence).groups())
        sums = threshold_logic.four_digits(threshold_logic.cell(*setting).table())
        assert sums[a, b] == given != a + b
    else:
        assert sentence.endswith("This is an adder.")


@pytest.mark.parametrize("role1", threshold_logic.ROLES)
@pytest.mark.parametrize("theta", [0, 1, 2])
def test_the_unit_of_the_builder(role1, theta):
    svg, sentence = threshold_logic.draw_unit("1943", role1, "excites", 1, 1, theta)
    unit = McCullochPitts(threshold_logic.ROLES[role1] + "+", theta)
    column = "".join(map(str, unit(every_input(2))))
    assert f"are {column}, which" in sentence and svg.count(threshold_logic.LIT) == column.count(
        "1"
    )


def test_the_line_of_real_weights():
    svg, sentence = threshold_logic.draw_unit("real weights", "excites", "excites", -1, -1, -1)
    assert "1110, which is nand" in sentence and "weights −1 and −1, threshold −1" in sentence
    (points,) = re.findall(r'<polyline points="([^"]+)"', svg)
    for x, y in (map(int, point.split(",")) for point in points.split()):
        x1 = (x - threshold_logic.LEFT) / 100 - 0.5
        x2 = 1.5 - (y - threshold_logic.TOP) / 100
        assert x1 + x2 == pytest.approx(1, abs=0.011)


def test_with_delays_the_held_adder_is_right_from_tick_six_on():
    X = every_input(8)
    sums = from_bits(X[:, :4]) + from_bits(X[:, 4:])
    circuit = adder(4)
    film = from_bits(threshold_logic.tick_by_tick(circuit, X, 12))
    right = film == sums
    assert right[6:].all() and not right[5].all() and not film[0].any()
    one = threshold_logic.tick_by_tick(circuit, X[182], 7)  # 11 + 6
    assert from_bits(one).tolist() == [0, 1, 15, 29, 25, 17, 17] == film[:7, 182].tolist()
    pulse = from_bits(threshold_logic.tick_by_tick(circuit, X, 12, pulse=True)) == sums
    assert pulse.any(axis=0).sum() == 36


def test_a_tick_is_what_live_units_do():
    memory = adder(2)
    X = np.array([1, 1, 0, 1])
    lines, film = [*X.tolist(), *[0] * len(memory.gates)], []
    for _ in range(6):
        film.append([lines[k] for k in memory.outputs])
        fires = [int(unit([lines[w] for w in wires])) for unit, wires in memory.gates]
        lines = [*X.tolist(), *fires]
    assert threshold_logic.tick_by_tick(memory, X, 6).tolist() == film
