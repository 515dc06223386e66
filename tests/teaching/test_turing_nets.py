"""Turing's unorganised machines: tick by tick against plain Python, cycles against a search."""

import itertools

import numpy as np
import pytest

from dlcore.teaching.chapters import turing_nets
from dlcore.teaching.chapters.turing_nets import INTERRUPTED, INVERTING, Machines


def tick_by_hand(x, wires, modes):
    new = []
    for links, kinds in zip(wires, modes, strict=True):
        a, b = (
            1 if kind == INTERRUPTED else 1 - x[wire] if kind == INVERTING else x[wire]
            for wire, kind in zip(links, kinds, strict=True)
        )
        new.append(0 if a == b == 1 else 1)
    return new


@pytest.mark.parametrize("inverting", [0.0, 0.3, 1.0])
def test_a_tick_is_nand(inverting):
    machines = turing_nets.random_machines(7, 5, inverting, seed=1)
    modes = machines.modes.copy()
    modes[0, 0], modes[1, 2, 1] = INTERRUPTED, INTERRUPTED
    machines = machines._replace(modes=modes)
    film = turing_nets.film(machines, 4)
    assert film.shape == (5, 5, 7)
    for before, after in itertools.pairwise(film):
        for e in range(5):
            expected = tick_by_hand(before[e], machines.wires[e], modes[e])
            assert after[e].tolist() == expected


def test_the_shares_of_links():
    modes = turing_nets.random_machines(50, 100, 0.3, seed=0).modes
    assert set(np.unique(modes)) == {0, 1} and modes.mean() == pytest.approx(0.3, abs=0.02)
    assert not turing_nets.random_machines(50, 2).modes.any()


@pytest.mark.parametrize("units, inverting", [(3, 0.0), (8, 0.2), (12, 0.5), (20, 0.1)])
def test_cycles_are_the_shortest(units, inverting):
    machines = turing_nets.random_machines(units, 20, inverting, seed=units)
    lengths = turing_nets.cycle_lengths(machines)
    for e in range(20):
        one = Machines(*(array[e : e + 1] for array in machines))
        begins, length = turing_nets.cycle(one)
        assert lengths[e] == length
        states = [s.tobytes() for s in turing_nets.film(one, begins + 2 * length)[:, 0]]
        assert len(set(states)) == begins + length
        assert states[begins] == states[begins + length]


def test_no_cycle_within_the_time():
    machines = turing_nets.random_machines(100, 30, 0.2, seed=0)
    assert 0 in turing_nets.cycle_lengths(machines, most=5)
    with pytest.raises(ValueError, match="no state came back within 2 ticks"):
        turing_nets.cycle(machines, most=2)


def test_the_mean_field_is_what_large_machines_do():
    for inverting in (0.0, 0.2, 1.0):
        machines = turing_nets.random_machines(20_000, 1, inverting, seed=0)
        seen = turing_nets.film(machines, 3).mean(axis=(1, 2))
        np.testing.assert_allclose(
            turing_nets.mean_field(seen[0], inverting, 3), seen, atol=0.03, rtol=0
        )
    golden = (5**0.5 - 1) / 2
    assert turing_nets.mean_field(golden, 0.0, 1)[1] == pytest.approx(golden, rel=1e-14)


def test_where_the_common_hunting_stops():
    r = (1 + 7**0.5) / 6  # the resting point at which the gain −2r (1 − 2s) is −1
    s = 0.5 - 0.25 / r
    assert s == pytest.approx(0.0886, abs=1e-4)
    assert 1 - r**2 == pytest.approx((r - s) / (1 - 2 * s), rel=1e-12)
    below, above = (turing_nets.mean_field(0.6, s + d, 4000)[-2:] for d in (-0.01, 0.01))
    assert abs(below[0] - below[1]) > 0.1 and abs(above[0] - above[1]) < 1e-6


def test_answers_are_the_circuits_own():
    pupils = turing_nets.school(9, 6, 0.5, seed=3)
    said = turing_nets.answers(pupils)
    assert said.shape == (6, 9, 4)
    for e, (k, inputs) in itertools.product(range(6), enumerate(itertools.product((0, 1), (0, 1)))):
        x = list(inputs)
        for n in range(9):
            assert (pupils.wires[e, n] < len(x)).all()
            x += tick_by_hand(x, pupils.wires[e, n : n + 1], pupils.modes[e, n : n + 1])
        assert said[e, :, k].tolist() == x[2:]


def test_b_types_compute_ors_only():
    said = turing_nets.answers(turing_nets.school(24, 500, 1.0, seed=0)).reshape(-1, 4)
    assert set(map(tuple, said.tolist())) == {
        (0, 0, 0, 0),
        (0, 0, 1, 1),
        (0, 1, 0, 1),
        (0, 1, 1, 1),
    }


def test_education_never_loses_marks_and_keeps_plain_links():
    pupils = turing_nets.school(12, 20, 0.5, seed=0)
    target = [0, 1, 1, 0]
    before = [array.copy() for array in pupils[:3]]
    after, record = turing_nets.educate(pupils, target, lessons=40, seed=1)
    assert record.shape == (41, 20) and (np.diff(record, axis=0) >= 0).all()
    np.testing.assert_array_equal(record[-1], turing_nets.marks(after, target))
    assert all(map(np.array_equal, pupils[:3], before))
    assert (after.modes[~pupils.modified] == 0).all() and (after.modes != pupils.modes).any()
    best = (turing_nets.answers(after) == target).sum(axis=-1).max(axis=-1)
    np.testing.assert_array_equal(best, record[-1])


def test_a_rhythm_is_marked_tick_by_tick():
    pupils = turing_nets.school(7, 5, 0.5, seed=2, circles=True)
    assert pupils.wires.max() == 6 and pupils.start.shape == (5, 7)
    target = [1, 1, 0, 0, 1, 0]
    for e, marks in enumerate(turing_nets.marks(pupils, target)):
        x, right = pupils.start[e].tolist(), np.zeros(7, int)
        for wanted in target:
            x = tick_by_hand(x, pupils.wires[e], pupils.modes[e])
            right += np.array(x) == wanted
        assert marks == right.max()
    after, record = turing_nets.educate(pupils, target, lessons=20, seed=1)
    np.testing.assert_array_equal(record[-1], turing_nets.marks(after, target))


@pytest.mark.parametrize("circles", [False, True])
def test_luck_keeps_the_best_setting_and_all_plain_links(monkeypatch, circles):
    pupils, tried = turing_nets.school(6, 8, 0.5, seed=0, circles=circles), []
    target = [0, 1, 1, 0]
    real = turing_nets.marks

    def marks(pupils, target):
        tried.append(pupils)
        return real(pupils, target)

    monkeypatch.setattr(turing_nets, "marks", marks)
    record = turing_nets.luck(pupils, target, tries=30, seed=1)
    assert record.shape == (31, 8) and len(tried) == 31 and tried[0] is pupils
    every = np.array([real(one, target) for one in tried])
    np.testing.assert_array_equal(record, np.maximum.accumulate(every))
    for one in tried:
        assert (one.modes[~pupils.modified] == 0).all()
        assert set(one.modes[pupils.modified].tolist()) == {INVERTING, INTERRUPTED}


def test_a_b_type_with_circles_is_an_or_of_what_was_before():
    pupils = turing_nets.school(12, 40, 1.0, seed=0, circles=True)
    machines = Machines(pupils.wires, pupils.modes, pupils.start)
    film = turing_nets.film(machines, 30)
    for before, after in itertools.pairwise(film):
        sent = before[np.arange(40)[:, None, None], pupils.wires] * (pupils.modes == INVERTING)
        np.testing.assert_array_equal(after, sent.max(axis=-1))


@pytest.mark.parametrize("bad", [dict(units=0), dict(machines=0), dict(inverting=1.5)])
def test_refuses(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        turing_nets.random_machines(**(dict(units=3) | bad))
