"""The spikes of chapter 5: the drawing against the rule, learning against STDP.step."""

import numpy as np
import pytest

from dlcore.spiking import STDP, IntegrateAndFire
from dlcore.teaching.chapters.spike_timing import Learned, answers, draw, find_pattern


@pytest.mark.parametrize(
    "t_pre, t_post, words",
    [(30, 50, "grows, Δw = 0.37 A₊"), (50, 30, "shrinks, Δw = −0.55 A₊"), (40, 40, "stays as it")],
)
def test_the_drawing_says_what_the_rule_says(t_pre, t_post, words):
    svg, sentence = draw(t_pre, t_post, 20, 1.5)
    assert words in sentence and svg.count("data-spike") == 2


@pytest.mark.parametrize("same", [True, False])
def test_learning_is_stdp_on_a_leaky_unit(same):
    rule = STDP(A_plus=0.03, A_minus=0.036)
    found = find_pattern(rule, same, starts=2, seconds=2, afferents=40, threshold=4.0, seed=3)
    assert found.spikes.any()
    for e in range(2):
        w, V, traces = np.full(40, 0.5), 0.0, (0.0, 0.0)
        for t, pre in enumerate(found.rasters[:, e].astype(float)):
            V = V * np.exp(-1 / 10) + w @ pre
            post = float(V >= 4.0)
            V = 0.0 if post else V
            assert bool(post) == found.spikes[t, e]
            traces, change = rule.step(traces, pre, post)
            w = np.clip(w + change, 0, 1)
        np.testing.assert_allclose(found.weights[e], w, atol=1e-12)


def test_the_leak_is_that_of_the_integrate_and_fire_unit():
    cell = IntegrateAndFire(tau=10.0, R=1.0, E=0.0, V_th=9.0, V_r=0.0, t_ref=0.0)
    V = cell.simulate(0.0, 5.0, 1.0, V=4.0).V
    np.testing.assert_allclose(V, 4 * np.exp(-np.arange(6) / 10))


def test_the_pattern_is_there_and_no_louder_than_the_rest():
    found = find_pattern(STDP(), starts=3, seconds=6, seed=1)
    for t in found.begins:
        window = found.rasters[t : t + 50]
        np.testing.assert_array_equal(window.sum(axis=0), 1)
        np.testing.assert_array_equal(window.argmax(axis=0), found.when)
    inside = np.zeros(6000, bool)
    for t in found.begins:
        inside[t : t + 50] = True
    assert found.rasters[~inside].mean() == pytest.approx(0.02, abs=0.001)
    other = find_pattern(STDP(), same=False, starts=1, seconds=2, seed=1)
    first, second = (other.rasters[t : t + 50].argmax(axis=0) for t in other.begins[:2])
    assert (first != second).any() and other.begins.tolist() == list(range(100, 1950, 150))


def test_answers_by_hand():
    spikes = np.zeros((700, 2), dtype=bool)
    spikes[[110, 130, 260, 310], 0] = True  # begins 100, 250, 400, 550
    found = Learned(None, np.array([100, 250, 400, 550]), spikes, None, None)
    told = answers(found, since=100)
    assert told["answered"].tolist() == [0.5, 0] and told["inside"].tolist() == [0.75, 0]
    assert told["latency"][0] == 10 and np.isnan(told["latency"][1])
    assert answers(found, since=200)["answered"][0] == pytest.approx(1 / 3)
