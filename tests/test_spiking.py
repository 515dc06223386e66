"""Logical units against their truth tables, spiking ones against closed forms."""

import math

import numpy as np
import pytest

from dlcore.backend import asarray, dtype_name, namespace, prototype, to_numpy
from dlcore.spiking import STDP, IntegrateAndFire
from dlcore.teaching.chapters.spike_trains import cv_isi, fano_factor, isi, poisson_train

from .reference import backends, close, refuses

PAIRS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
NAN, INF = float("nan"), float("inf")


# ---------------------------------------------------------------- integrate and fire


def textbook_rate(I, tau, R, E, V_th, V_r, t_ref):
    if E + R * I <= V_th:
        return 0.0
    return 1000 / (t_ref + tau * math.log((E + R * I - V_r) / (E + R * I - V_th)))


OTHER = dict(tau=12.0, R=4.0, E=-65.0, V_th=-48.0, V_r=-58.0, t_ref=3.0)


@backends
@pytest.mark.parametrize("options", [{}, OTHER, {**OTHER, "t_ref": 0.0}, dict(E=-40.0)])
def test_the_rate_is_the_formula(like, options):
    unit = IntegrateAndFire(**options)
    full = {**dict(tau=20.0, R=10.0, E=-70.0, V_th=-50.0, V_r=-70.0, t_ref=2.0), **options}
    assert repr(unit) == f"IntegrateAndFire({', '.join(f'{k}={v}' for k, v in full.items())})"
    edge = unit.rheobase
    assert edge == (full["V_th"] - full["E"]) / full["R"]
    I = np.array([-5.0, 0.0, edge, edge + 1e-9, edge + 0.25, edge + 3, 50.0, 1e4])
    f = unit.rate(asarray(I, like))
    assert type(f) is type(like)
    expected = [textbook_rate(i, **full) for i in I]
    np.testing.assert_allclose(to_numpy(f), expected, rtol=1e-6)  # the textbook's logarithm
    np.testing.assert_allclose(to_numpy(f)[4:7], expected[4:7], rtol=1e-12)
    assert to_numpy(f)[0] == to_numpy(f)[2] == 0  # nothing below the threshold, nor at it


def test_rates_by_hand():
    # E + R I = −30: 20 ms · ln(40/20) = 13.8629… ms, and 2 ms of rest.
    assert float(IntegrateAndFire().rate(4)) == pytest.approx(1000 / (2 + 20 * math.log(2)))
    assert float(IntegrateAndFire(t_ref=0).rate(4)) == pytest.approx(50 / math.log(2))
    assert IntegrateAndFire().rate([[1, 2], [3, 4]]).shape == (2, 2)
    assert IntegrateAndFire().rate(2.0) == 0 and IntegrateAndFire().rate(2.1) > 0
    # 2 ms of rest: never 500 Hz; without, a straight line of slope R/(τ (V_th − V_r)) in the end.
    assert 499.9 < IntegrateAndFire().rate(1e6) < 500
    free = IntegrateAndFire(t_ref=0)
    slope = (free.rate(1e6 + 1) - free.rate(1e6)) / 1
    assert slope == pytest.approx(1000 * 10 / (20 * 20), rel=1e-4)
    assert float(free.rate(1e18)) == pytest.approx(25e18, rel=1e-12)  # no digits lost


@backends
@pytest.mark.parametrize("options", [{}, OTHER, {**OTHER, "t_ref": 0.0}])
@pytest.mark.parametrize("dt", [0.1, 0.03])
def test_the_simulation_keeps_to_the_closed_form_step_by_step(like, options, dt):
    unit = IntegrateAndFire(**options)
    I = unit.rheobase + np.array([-0.5, 0.3, 1.0, 8.0])
    t, V, spikes = unit.simulate(asarray(I, like), 150, dt)
    steps = round(150 / dt)
    assert V.shape == spikes.shape == (steps + 1, 4) and type(V) is type(like)
    np.testing.assert_allclose(t, np.arange(steps + 1) * dt)
    V, spikes = to_numpy(V), to_numpy(spikes)
    assert spikes.dtype == bool and not spikes[:, 0].any()
    charging = I * unit.R + unit.E - I * unit.R * np.exp(-t / unit.tau)[:, None]
    np.testing.assert_allclose(V[:, 0], charging[:, 0], rtol=1e-12)
    rest = round(unit.t_ref / dt)
    for m in (1, 2, 3):
        a = unit.E + unit.R * I[m]
        when = np.flatnonzero(spikes[:, m])
        first = math.ceil(unit.tau / dt * math.log((a - unit.E) / (a - unit.V_th)) - 1e-9)
        later = math.ceil(unit.tau / dt * math.log((a - unit.V_r) / (a - unit.V_th)) - 1e-9)
        assert when[0] == first and len(when) > 2 and set(np.diff(when)) == {rest + later}
        np.testing.assert_allclose(V[:first, m], charging[:first, m], rtol=1e-12)
        assert np.all(V[when[0] : when[0] + rest + 1, m] == unit.V_r)
        assert V[when[0] + rest + 1, m] == pytest.approx(
            a + (unit.V_r - a) * math.exp(-dt / unit.tau), rel=1e-13
        )
        exact = 1000 / float(unit.rate(I[m]))
        assert 0 <= (rest + later) * dt - exact - (rest * dt - unit.t_ref) <= dt


@backends
def test_currents_that_change_and_other_starts(like):
    unit = IntegrateAndFire(t_ref=0.5)
    I = np.random.default_rng(0).uniform(0, 8, (200, 3))
    t, V, spikes = map(to_numpy, unit.simulate(asarray(I, like), 40.0, 0.2, V=-52.0))
    v, waiting = np.full(3, -52.0), np.zeros(3)
    assert np.all(V[0] == -52) and not spikes[0].any() and len(t) == 201
    for k in range(200):
        for m in range(3):
            fired = False
            if waiting[m] > 0:
                waiting[m] -= 1
            else:
                a = -70 + 10 * I[k, m]
                v[m] = a + (v[m] - a) * math.exp(-0.01)
                fired = v[m] >= -50
                if fired:
                    v[m], waiting[m] = -70, 2
            assert fired == spikes[k + 1, m]
        np.testing.assert_allclose(V[k + 1], v, rtol=1e-12)
    assert spikes.sum() > 5
    one = unit.simulate(asarray(5.0, like), 40.0)
    assert one.V.shape == (401,) and one.spikes.shape == (401,)
    assert float(one.V[0]) == -70 and bool(namespace(like).any(one.spikes))
    starts = unit.simulate(asarray([0.0, 0.0], like), 1.0, V=asarray([-60.0, -80.0], like))
    assert to_numpy(starts.V[0, ...]).tolist() == [-60, -80]
    step = unit.simulate(asarray([[2.0, 1.9]], like), 0.1, V=-50.0)  # a course of one step
    assert to_numpy(step.spikes[1, ...]).tolist() == [True, False]  # exactly at V_th it fires


def test_numbers_of_any_kind_are_currents_and_float32_stays():
    unit = IntegrateAndFire()
    assert unit.rate(np.array([4, 2])).dtype == np.float64
    assert unit.rate([4, 2]).tolist() == unit.rate(np.array([4, 2])).tolist()
    for where in ("numpy", "torch"):
        I = asarray([4, 2], prototype(where), namespace(prototype(where)).int64)
        assert dtype_name(unit.rate(I)) == dtype_name(unit.simulate(I, 1).V) == "float64"
        I = asarray([4, 2], prototype(where, "float32"))
        assert dtype_name(unit.rate(I)) == dtype_name(unit.simulate(I, 1).V) == "float32"


@pytest.mark.parametrize(
    "options, message",
    [
        (dict(tau=0), "IntegrateAndFire: expected tau > 0, got 0"),
        (dict(tau=NAN), "IntegrateAndFire: expected a finite number tau, got nan"),
        (dict(R=-1.0), "IntegrateAndFire: expected R > 0, got -1.0"),
        (dict(E=INF), "IntegrateAndFire: expected a finite number E, got inf"),
        (dict(V_th="x"), "IntegrateAndFire: expected a finite number V_th, got 'x'"),
        (dict(V_r=None), "IntegrateAndFire: expected a finite number V_r, got None"),
        (dict(t_ref=-1), "IntegrateAndFire: expected a finite number t_ref ≥ 0, got -1"),
        (dict(V_r=-50.0), "IntegrateAndFire: expected V_r < V_th, got V_r=-50.0 and V_th=-50.0"),
    ],
)
def test_bad_neurons(options, message):
    refuses(lambda: IntegrateAndFire(**options), message)


def test_bad_simulations():
    unit, who = IntegrateAndFire(), "IntegrateAndFire"
    refuses(lambda: unit.rate([1.0, NAN]), f"{who}: expected finite numbers I, got NaN or infinity")
    refuses(
        lambda: unit.simulate(INF, 10), f"{who}: expected finite numbers I, got NaN or infinity"
    )
    refuses(lambda: unit.simulate(1, 0), f"{who}: expected duration > 0, got 0")
    refuses(lambda: unit.simulate(1, 10, -0.1), f"{who}: expected dt > 0, got -0.1")
    refuses(
        lambda: unit.simulate(np.zeros((99, 2)), 10),
        f"{who}: expected I, one row a step, of shape (100, …), got (99, 2)",
    )


# ---------------------------------------------------------------- spike trains


def test_a_poisson_train_has_the_rate_and_the_law_of_poisson():
    times = poisson_train(20.0, 1e6)  # 1000 s
    assert isinstance(times, np.ndarray) and np.all(np.diff(times) > 0)
    assert 0 <= times[0] and 999_000 < times[-1] < 1e6
    assert len(times) == pytest.approx(20_000, abs=4 * math.sqrt(20_000))
    assert cv_isi(times) == pytest.approx(1, abs=0.02)
    assert fano_factor(times, 1e6, 100) == pytest.approx(1, abs=0.05)
    counts = np.bincount(np.histogram(times, np.arange(0, 1e6 + 1, 100))[0], minlength=8)[:8]
    expected = 10_000 * np.array([2.0**n * math.exp(-2) / math.factorial(n) for n in range(8)])
    np.testing.assert_allclose(counts, expected, atol=4 * np.sqrt(expected).max())
    gaps = isi(times)
    assert np.mean(gaps > 50) == pytest.approx(math.exp(-1), abs=0.015)


@pytest.mark.parametrize("rate, t_ref", [(50.0, 5.0), (100.0, 8.0), (10.0, 2.0)])
def test_rest_keeps_the_rate_and_makes_the_train_regular(rate, t_ref):
    times = poisson_train(rate, 4e5, t_ref=t_ref, seed=3)
    expected, cv = rate * 400, 1 - rate * t_ref / 1000
    assert len(times) == pytest.approx(expected, abs=4 * cv * math.sqrt(expected) + 1)
    assert isi(times).min() >= t_ref - 1e-9
    assert isi(times).min() < t_ref + 1
    assert cv_isi(times) == pytest.approx(cv, abs=0.02)
    assert fano_factor(times, 4e5, 1000) == pytest.approx(cv**2, abs=0.15)


def test_recording_starts_at_any_moment():
    # The wait for the first spike: uniform on [0, t_ref) with probability r t_ref, so its mean is
    # (variance + mean²)/(2 mean) of an interval: (2² + 10²)/20 = 5.2 ms, and not 10.
    first = np.array([poisson_train(100.0, 200.0, 8.0, seed)[0] for seed in range(4000)])
    assert first.mean() == pytest.approx(5.2, abs=0.25)
    assert np.mean(first < 4) == pytest.approx(0.4, abs=0.03)
    counts = [len(poisson_train(100.0, 15.0, 8.0, seed)) for seed in range(4000)]
    assert np.mean(counts) == pytest.approx(1.5, abs=0.05)


def test_seeds_and_defaults():
    a = poisson_train(40, 500)
    assert a.tolist() == poisson_train(40, 500, 0.0, seed=0).tolist()
    assert a.tolist() != poisson_train(40, 500, seed=1).tolist()
    assert a.tolist() == poisson_train(40, 5000)[: len(a)].tolist()
    gaps = np.random.default_rng(0).exponential(25.0, 5)
    np.testing.assert_allclose(a[:5], np.cumsum(gaps), rtol=1e-12)
    gaps = np.random.default_rng(0).exponential(25.0 - 4, 5)
    np.testing.assert_allclose(isi(poisson_train(40, 500, 4))[:4], gaps[1:] + 4, rtol=1e-12)
    assert poisson_train(0, 100).shape == (0,)
    assert len(poisson_train(0.001, 1.0)) == 0
    assert len(poisson_train(5000, 1000)) == pytest.approx(5000, abs=5 * math.sqrt(5000))


@backends
def test_statistics_by_hand(like):
    times = asarray([1.0, 2.0, 4.0, 7.0], like)
    assert isi(times).tolist() == [1, 2, 3]
    assert cv_isi(times) == pytest.approx(math.sqrt(2 / 3) / 2, rel=1e-12)
    assert cv_isi(times[:3]) == pytest.approx(1 / 3, rel=1e-12)
    # windows [0, 3), [3, 6), [6, 9]: 2, 1, 1 spikes
    assert fano_factor(times, 9, 3) == pytest.approx((2 / 9) / (4 / 3), rel=1e-12)
    assert fano_factor(times, 11.9, 3) == fano_factor(times, 9, 3)
    assert fano_factor([0.05, 0.15, 0.25], 0.3, 0.1) == 0
    assert fano_factor([0.5, 0.6], 2, 1) == pytest.approx(1)


def test_bad_trains():
    who = "poisson_train"
    refuses(lambda: poisson_train(-1, 10), f"{who}: expected a finite number rate ≥ 0, got -1")
    refuses(lambda: poisson_train(NAN, 10), f"{who}: expected a finite number rate ≥ 0, got nan")
    refuses(lambda: poisson_train(5, 0), f"{who}: expected duration > 0, got 0")
    refuses(lambda: poisson_train(5, 9, -2), f"{who}: expected a finite number t_ref ≥ 0, got -2")
    refuses(lambda: poisson_train(500, 9, 2), f"{who}: expected rate < 500 Hz for t_ref=2, got 500")
    assert len(poisson_train(499, 1000, 2)) > 450
    order = "expected spike times (n,) in ascending order"
    refuses(lambda: isi([2.0, 1.0]), f"isi: {order}, got [2. 1.]")
    refuses(lambda: isi([[1.0]]), f"isi: {order}, got [[1.]]")
    refuses(lambda: fano_factor([2.0, 1.0], 3, 1), f"fano_factor: {order}, got [2. 1.]")
    refuses(
        lambda: cv_isi([1.0, 2.0]),
        "cv_isi: expected at least 3 spikes at several times, got [1. 2.]",
    )
    refuses(lambda: fano_factor([1.0], 0, 1), "fano_factor: expected duration > 0, got 0")
    refuses(lambda: fano_factor([1.0], 3, 0), "fano_factor: expected window > 0, got 0")
    few = "fano_factor: expected at least two windows in the duration, got"
    refuses(lambda: fano_factor([1.0], 3, 2), f"{few} 1")
    refuses(lambda: fano_factor([1.0], 1, 2), f"{few} 0")
    none = "fano_factor: expected at least one spike in the windows, got none"
    refuses(lambda: fano_factor([], 4, 2), none)
    refuses(lambda: fano_factor([9.0], 4, 2), none)
    assert isi([1.0, 1.0]).tolist() == [0]


# ---------------------------------------------------------------- spike timing

RULE = dict(A_plus=0.5, A_minus=0.25, tau_plus=10.0, tau_minus=40.0)


@backends
def test_the_window(like):
    dt = np.array([-1e4, -40.0, -1e-9, 0.0, 1e-9, 10.0, 20.0, 1e4])
    expected = [0, -0.25 / math.e, -0.25, 0, 0.5, 0.5 / math.e, 0.5 / math.e**2, 0]
    answer = STDP(**RULE).window(asarray(dt, like))
    assert type(answer) is type(like)
    np.testing.assert_allclose(to_numpy(answer), expected, rtol=1e-9, atol=1e-99)
    default = to_numpy(STDP().window(asarray([10.0, -10.0], like)))
    np.testing.assert_allclose(default, np.array([0.01, -0.012]) * math.exp(-0.5), **close)
    assert STDP(**RULE).window([[1, 2, 3]]).shape == (1, 3)
    assert float(STDP(**RULE).window(10)) == pytest.approx(0.5 / math.e, rel=1e-12)
    assert dtype_name(STDP().window(asarray([1, 2], prototype(like)))) == "float32"


@backends
def test_all_pairs_count(like):
    rule, pre, post = STDP(**RULE), [3.0, 10.0, 30.0], [5.0, 10.0]
    expected = sum(float(rule.window(b - a)) for a in pre for b in post)
    answer = rule.change(asarray(pre, like), asarray(post, like))
    assert type(answer) is type(like) or np.isscalar(answer)
    assert float(answer) == pytest.approx(expected, rel=1e-12)
    assert float(rule.change([0.0], [10.0])) == pytest.approx(0.5 / math.e, rel=1e-12)
    assert float(rule.change([10.0], [0.0])) == pytest.approx(-0.25 * math.exp(-0.25), rel=1e-12)
    assert float(rule.change([], [1.0])) == 0


@backends
def test_traces_are_the_sum_over_all_pairs(like):
    rule, dt, draws = STDP(**RULE), 0.5, np.random.default_rng(1)
    pre = (draws.random((200, 5)) < 0.1).astype(float)
    post = (draws.random(200) < 0.15).astype(float)
    traces, total = (0.0, 0.0), 0.0
    for k in range(200):
        traces, change = rule.step(traces, asarray(pre[k], like), float(post[k]), dt)
        assert change.shape == (5,) and type(change) is type(like)
        total = total + change
    for m in range(5):
        when = [dt * np.flatnonzero(spikes) for spikes in (pre[:, m], post)]
        assert float(total[m]) == pytest.approx(float(rule.change(*when)), rel=1e-10)
    lists = rule.step(([1.0, 0.5], [2.0, 1.0]), [1, 0], 1.0)
    arrays = rule.step((np.array([1.0, 0.5]), np.array([2.0, 1.0])), np.array([1, 0]), 1.0)
    np.testing.assert_array_equal(lists[1], arrays[1])
    a, b = (rule.step((1.0, 2.0), 1.0, 1.0, *dt) for dt in ((), (1.0,)))
    assert a == b and a[0] == pytest.approx((1 + math.exp(-0.1), 1 + 2 * math.exp(-1 / 40)))
    assert a[1] == pytest.approx(0.5 * math.exp(-0.1) - 0.25 * 2 * math.exp(-1 / 40))
    single = rule.step((1.0, 2.0), asarray(1.0, like), 1.0)[1]  # one synapse, 0-d
    assert single.shape == () and float(single) == pytest.approx(a[1])


def test_bad_spike_timing():
    who = "STDP"
    values = "A_plus=0.01, A_minus=0.012, tau_plus=20.0, tau_minus=20.0"
    assert repr(STDP()) == f"{who}({values})"
    for name in ("A_plus", "A_minus"):
        refuses(
            lambda name=name: STDP(**{name: -1}),
            f"{who}: expected a finite number {name} ≥ 0, got -1",
        )
        assert getattr(STDP(**{name: 0}), name) == 0
    for name in ("tau_plus", "tau_minus"):
        message = f"{who}: expected {name} > 0, got 0"
        refuses(lambda name=name: STDP(**{name: 0}), message)
    refuses(lambda: STDP().window([NAN]), f"{who}: expected finite numbers dt, got NaN or infinity")
    refuses(
        lambda: STDP().change([NAN], [1.0]),
        f"{who}: expected finite numbers pre, got NaN or infinity",
    )
    refuses(
        lambda: STDP().change([1.0], [INF]),
        f"{who}: expected finite numbers post, got NaN or infinity",
    )
    refuses(lambda: STDP().change([[1.0]], [1.0]), f"{who}: expected pre of shape (n,), got (1, 1)")
    refuses(lambda: STDP().change([1.0], 2.0), f"{who}: expected post of shape (m,), got ()")
    refuses(
        lambda: STDP().step((0, 0), np.ones((2, 2)), 1),
        f"{who}: expected pre and traces of shape (M,) or (), got (2, 2)",
    )
