"""Hebb's rule and its relatives against averages, axes and energies known in closed form."""

import math

import numpy as np
import pytest

from dlcore.backend import asarray, dtype_name, namespace, prototype, to_numpy
from dlcore.hebbian import (
    Hopfield,
    SpikeTiming,
    capacity,
    corrupt,
    covariance,
    hebb,
    oja,
    overlap,
    path,
)

from .reference import LIKE, backends, close
from .test_neurons import refuses

NAN, INF = float("nan"), float("inf")
rng = np.random.default_rng(0)
X = rng.standard_normal((9, 4)) + 0.5
W = rng.standard_normal((3, 4))
CLOUD = np.random.default_rng(2).multivariate_normal([0, 0], [[3.0, 1.2], [1.2, 1.0]], 2000)


# ---------------------------------------------------------------- the rules


def by_hand(rule, w, x, mean):
    y = x @ w
    return {
        hebb: np.mean([y[n] * x[n] for n in range(len(x))], axis=0),
        covariance: np.mean([(y[n] - mean @ w) * (x[n] - mean) for n in range(len(x))], axis=0),
        oja: np.mean([y[n] * x[n] - y[n] ** 2 * w for n in range(len(x))], axis=0),
    }[rule]


@backends
@pytest.mark.parametrize("rule", [hebb, covariance, oja])
def test_each_rule_is_its_formula_for_one_unit_and_for_many(like, rule):
    many = rule(asarray(W, like), asarray(X, like))
    assert type(many) is type(like) and many.shape == (3, 4)
    for e, w in enumerate(W):
        expected = by_hand(rule, w, X, X.mean(axis=0))
        one = rule(asarray(w, like), asarray(X, like))
        np.testing.assert_allclose(to_numpy(one), expected, **close)
        np.testing.assert_allclose(to_numpy(many[e, ...]), expected, **close)


@backends
def test_the_mean_of_the_covariance_rule_can_be_given(like):
    mean = np.array([0.5, 0.0, -1.0, 2.0])
    answer = covariance(asarray(W[0], like), asarray(X, like), asarray(mean, like))
    np.testing.assert_allclose(to_numpy(answer), by_hand(covariance, W[0], X, mean), **close)
    c = np.cov(X.T, bias=True)
    np.testing.assert_allclose(covariance(W, X), W @ c, **close)


def test_oja_is_the_part_of_hebb_that_turns_and_pulls_to_length_one():
    for w in W:
        assert hebb(w, X) @ w > 0  # Hebb's rule only grows: Δw·w = mean y²
        assert hebb(w, X) @ w == pytest.approx(np.mean((X @ w) ** 2), rel=1e-12)
        unit = w / np.linalg.norm(w)
        assert oja(unit, X) @ unit == pytest.approx(0, abs=1e-12)
        assert oja(2 * unit, X) @ unit < 0 < oja(0.5 * unit, X) @ unit


# ---------------------------------------------------------------- paths


@backends
@pytest.mark.parametrize("rule", [hebb, covariance, oja])
@pytest.mark.parametrize("start", [W[0], W], ids=["one", "stack"])
@pytest.mark.parametrize("seed", [None, 3])
def test_a_path_is_the_rule_example_after_example(like, rule, start, seed):
    weights = path(rule.__name__, asarray(X, like), asarray(start, like), 0.05, 2, seed)
    assert type(weights) is type(like) and weights.shape == (19, *start.shape)
    w, order = start, np.random.default_rng(seed)
    for k in range(19):
        np.testing.assert_allclose(to_numpy(weights[k, ...]), w, rtol=1e-9, atol=1e-12)
        if k % 9 == 0:
            rows = range(9) if seed is None else order.permutation(9)
        if k == 18:
            break
        x = X[rows[k % 9]][None]
        w = np.array(
            [u + 0.05 * by_hand(rule, u, x, X.mean(axis=0)) for u in np.atleast_2d(w)]
        ).reshape(start.shape)


def test_defaults_of_a_path():
    np.testing.assert_array_equal(path("oja", X, W[0]), path("oja", X, W[0], 0.01, 1, None))
    assert path("hebb", X.tolist(), W[0].tolist()).shape == (10, 4)
    assert path("hebb", X.astype(np.float32), W[0]).dtype == np.float32
    assert path("hebb", np.array([[1, 2]]), [1, 0], 0.5).tolist() == [[1.0, 0.0], [1.5, 1.0]]


@backends
def test_whole_numbers_become_floating(like):
    X = asarray([[1, 2]], like, namespace(like).int64)
    for start in ([0.5, 0.0], asarray([0.5, 0.0], like)):
        weights = path("hebb", X, start, 0.5)
        assert to_numpy(weights).tolist() == [[0.5, 0.0], [0.75, 0.5]]


def test_oja_finds_the_first_principal_axis():
    weights = path("oja", CLOUD, [[0.1, -0.3], [-2.0, 0.5]], lr=0.005, epochs=3, seed=0)
    axis = np.linalg.eigh(np.cov(CLOUD.T))[1][:, -1]
    for w in weights[-1]:
        assert abs(w @ axis) / np.linalg.norm(w) > 0.99
        assert np.linalg.norm(w) == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("rule", ["hebb", "covariance"])
def test_the_others_turn_to_it_and_grow_without_bound(rule):
    weights = path(rule, CLOUD, [0.1, -0.3], lr=0.01, epochs=5, seed=0)
    norms = np.linalg.norm(weights, axis=-1)
    assert 10 < len(weights) < 10_001  # stopped when ‖w‖ had passed 10⁶
    assert norms[-1] > 1e6 >= norms[-2] and np.isfinite(weights).all()
    axis = np.linalg.eigh(np.cov(CLOUD.T))[1][:, -1]
    assert abs(weights[-1] @ axis) / norms[-1] > 0.99


def test_one_of_a_stack_outside_ends_the_path():
    # w doubles: 1, 2, 4, …, 2¹⁹ = 524288, 2²⁰ > 10⁶
    weights = path("hebb", [[1.0, 0.0]], [[1.0, 0.0], [0.0, 1.0]], lr=1.0, epochs=50)
    assert len(weights) == 21 and weights[-1].tolist() == [[2.0**20, 0], [0, 1]]
    edge = path("hebb", [[1.0]], [1e6 / 2], lr=1.0, epochs=9)
    assert edge.ravel().tolist() == [5e5, 1e6, 2e6]  # exactly 10⁶ is still inside
    assert len(path("hebb", [[1.0]], [5e5 + 1e-7], lr=1.0, epochs=9)) == 2  # and no more
    both = path("hebb", [[1.0]], [[4e5], [4e5]], lr=1.0, epochs=9)  # each has a ball of its own
    assert both[:, 0, 0].tolist() == [4e5, 8e5, 16e5]


def test_bad_paths():
    refuses(
        lambda: path("bcm", X, W), "path: expected rule one of hebb, covariance, oja, got 'bcm'"
    )
    for bad in (np.zeros(3), np.zeros((0, 3)), np.zeros((3, 0)), np.zeros((2, 2, 2))):
        refuses(
            lambda bad=bad: path("oja", bad, W),
            f"path: expected X of shape (N, d), got {bad.shape}",
        )
    for bad in (np.zeros(3), np.zeros((2, 5)), np.zeros((1, 1, 4))):
        refuses(
            lambda bad=bad: path("oja", X, bad),
            f"path: expected w of shape (4,) or (E, 4), got {bad.shape}",
        )
    refuses(
        lambda: path("oja", [[NAN]], [1.0]), "path: expected finite numbers X, got NaN or infinity"
    )
    refuses(
        lambda: path("oja", [[1.0]], [INF]), "path: expected finite numbers w, got NaN or infinity"
    )
    refuses(lambda: path("oja", X, W, lr=0), "path: expected lr > 0, got 0")
    refuses(lambda: path("oja", X, W, epochs=0), "path: expected an integer epochs ≥ 1, got 0")


# ---------------------------------------------------------------- spike timing

RULE = dict(A_plus=0.5, A_minus=0.25, tau_plus=10.0, tau_minus=40.0)


@backends
def test_the_window(like):
    dt = np.array([-1e4, -40.0, -1e-9, 0.0, 1e-9, 10.0, 20.0, 1e4])
    expected = [0, -0.25 / math.e, -0.25, 0, 0.5, 0.5 / math.e, 0.5 / math.e**2, 0]
    answer = SpikeTiming(**RULE).window(asarray(dt, like))
    assert type(answer) is type(like)
    np.testing.assert_allclose(to_numpy(answer), expected, rtol=1e-9, atol=1e-99)
    default = to_numpy(SpikeTiming().window(asarray([10.0, -10.0], like)))
    np.testing.assert_allclose(default, np.array([0.01, -0.012]) * math.exp(-0.5), **close)
    assert SpikeTiming(**RULE).window([[1, 2, 3]]).shape == (1, 3)
    assert float(SpikeTiming(**RULE).window(10)) == pytest.approx(0.5 / math.e, rel=1e-12)
    assert dtype_name(SpikeTiming().window(asarray([1, 2], prototype(like)))) == "float32"


@backends
def test_all_pairs_count(like):
    rule, pre, post = SpikeTiming(**RULE), [3.0, 10.0, 30.0], [5.0, 10.0]
    expected = sum(float(rule.window(b - a)) for a in pre for b in post)
    answer = rule.change(asarray(pre, like), asarray(post, like))
    assert type(answer) is type(like) or np.isscalar(answer)
    assert float(answer) == pytest.approx(expected, rel=1e-12)
    assert float(rule.change([0.0], [10.0])) == pytest.approx(0.5 / math.e, rel=1e-12)
    assert float(rule.change([10.0], [0.0])) == pytest.approx(-0.25 * math.exp(-0.25), rel=1e-12)
    assert float(rule.change([], [1.0])) == 0


@backends
def test_traces_are_the_sum_over_all_pairs(like):
    rule, dt, draws = SpikeTiming(**RULE), 0.5, np.random.default_rng(1)
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


def test_bad_spike_timing():
    who = "SpikeTiming"
    values = "A_plus=0.01, A_minus=0.012, tau_plus=20.0, tau_minus=20.0"
    assert repr(SpikeTiming()) == f"{who}({values})"
    for name in ("A_plus", "A_minus"):
        refuses(
            lambda name=name: SpikeTiming(**{name: -1}),
            f"{who}: expected a finite number {name} ≥ 0, got -1",
        )
        assert getattr(SpikeTiming(**{name: 0}), name) == 0
    for name in ("tau_plus", "tau_minus"):
        message = f"{who}: expected {name} > 0, got 0"
        refuses(lambda name=name: SpikeTiming(**{name: 0}), message)
    refuses(
        lambda: SpikeTiming().window([NAN]),
        f"{who}: expected finite numbers dt, got NaN or infinity",
    )
    refuses(
        lambda: SpikeTiming().change([NAN], [1.0]),
        f"{who}: expected finite numbers pre, got NaN or infinity",
    )
    refuses(
        lambda: SpikeTiming().change([1.0], [INF]),
        f"{who}: expected finite numbers post, got NaN or infinity",
    )
    for pre, post, got in (([[1.0]], [1.0], "(1, 1) and (1,)"), ([1.0], 2.0, "(1,) and ()")):
        refuses(
            lambda pre=pre, post=post: SpikeTiming().change(pre, post),
            f"{who}: expected spike times pre (n,) and post (m,), got {got}",
        )


# ---------------------------------------------------------------- the Hopfield network


def patterns(K, N, seed=0):
    return np.random.default_rng(seed).choice([-1.0, 1.0], (K, N))


@backends
def test_two_orthogonal_patterns_of_length_four(like):
    x = asarray([[1, 1, -1, -1], [1, -1, 1, -1]], like)
    net = Hopfield(x)
    expected = np.array([[0, 0, 0, -2], [0, 0, -2, 0], [0, -2, 0, 0], [-2, 0, 0, 0]]) / 4
    np.testing.assert_array_equal(to_numpy(net.W), expected)
    assert net.N == 4 and repr(net) == "Hopfield(N=4)" and type(net.W) is type(like)
    assert to_numpy(net.energy(x)).tolist() == [-1, -1]
    assert float(net.energy(asarray([1, 1, 1, 1], like))) == 1
    one = Hopfield(x[0, :])
    one.store(x[1, :])
    np.testing.assert_array_equal(to_numpy(one.W), expected)
    one.store(x)
    np.testing.assert_array_equal(to_numpy(one.W), 2 * expected)


@backends
def test_the_energy_is_the_double_sum(like):
    x = patterns(3, 8)
    net = Hopfield(asarray(x, like))
    w = sum(np.outer(p, p) for p in x) / 8 - 3 / 8 * np.eye(8)
    np.testing.assert_allclose(to_numpy(net.W), w, **close)
    s = patterns(10, 8, seed=1)
    expected = [-0.5 * sum(w[i, j] * t[i] * t[j] for i in range(8) for j in range(8)) for t in s]
    np.testing.assert_allclose(to_numpy(net.energy(asarray(s, like))), expected, **close)
    assert net.energy(asarray(s.reshape(2, 5, 8), like)).shape == (2, 5)


@backends
@pytest.mark.parametrize("shape", [(12,), (7, 12), (2, 3, 12)])
def test_asynchronous_recall_never_climbs(like, shape):
    net = Hopfield(asarray(patterns(4, 12), like))
    s = np.random.default_rng(3).choice([-1.0, 1.0], shape)
    found = net.recall(asarray(s, like), sweeps=9, seed=5)
    states, energies = to_numpy(found.states), to_numpy(found.energies)
    assert found.settled and type(found.states) is type(like)
    sweeps = len(states) - 1
    assert energies.shape == (12 * sweeps + 1, *shape[:-1])
    assert np.all(np.diff(energies, axis=0) <= 1e-12)
    w, t, order = to_numpy(net.W), s.copy().reshape(-1, 12), np.random.default_rng(5)
    np.testing.assert_array_equal(states[0], s)
    k = 0
    for sweep in range(sweeps):
        for i in order.permutation(12):
            k += 1
            z = t @ w[i]
            t[:, i] = np.where(np.abs(z) < 1e-12, t[:, i], np.sign(z))
            energy = to_numpy(net.energy(asarray(t.reshape(shape), like)))
            np.testing.assert_allclose(energies[k], energy, rtol=1e-9, atol=1e-12)
        np.testing.assert_array_equal(states[sweep + 1].reshape(-1, 12), t)
    np.testing.assert_array_equal(states[-1], states[-2])
    np.testing.assert_array_equal(to_numpy(found.state), states[-1])
    assert not np.array_equal(states[0], states[1])
    if sweeps > 2:
        assert not np.array_equal(states[-2], states[-3])


@backends
def test_synchronous_recall_may_alternate_for_ever(like):
    net = Hopfield(asarray([1.0, -1.0], like))  # two units that inhibit each other
    found = net.recall(asarray([1.0, 1.0], like), sweeps=3, synchronous=True)
    assert to_numpy(found.states).tolist() == [[1, 1], [-1, -1], [1, 1], [-1, -1]]
    assert not found.settled and to_numpy(found.energies).tolist() == [0.5] * 4
    found = net.recall(asarray([1.0, 1.0], like), sweeps=3)
    assert found.settled and float(found.energies[-1]) == -0.5
    assert to_numpy(found.state).tolist() in ([1, -1], [-1, 1])


@backends
def test_synchronous_steps_and_a_sum_of_zero(like):
    x = patterns(4, 12)
    net = Hopfield(asarray(x, like))
    s = patterns(6, 12, seed=8)
    found = net.recall(asarray(s, like), sweeps=4, synchronous=True)
    states, w = to_numpy(found.states), to_numpy(net.W)
    energies = to_numpy(found.energies)[1:]
    for before, after, energy in zip(states[:-1], states[1:], energies, strict=True):
        z = before @ w
        np.testing.assert_array_equal(after, np.where(np.abs(z) < 1e-12, before, np.sign(z)))
        np.testing.assert_allclose(energy, -0.5 * np.sum(after @ w * after, axis=1), atol=1e-12)
    pair = Hopfield(asarray([[1, 1], [1, -1]], like))  # the two cancel: W = 0, all sums are 0
    assert not to_numpy(pair.W).any()
    for synchronous in (False, True):
        kept = pair.recall(asarray([[1, -1], [-1, -1]], like), synchronous=synchronous)
        assert kept.settled and len(kept.states) == 2
        assert to_numpy(kept.state).tolist() == [[1, -1], [-1, -1]]


def test_recall_leaves_its_start_alone_and_stops_at_its_limit():
    x = patterns(20, 50)
    s = corrupt(x, 0.2)
    kept, net = s.copy(), Hopfield(x)
    found = net.recall(s, sweeps=1)
    assert not found.settled and len(found.states) == 2 and len(found.energies) == 51
    np.testing.assert_array_equal(s, kept)
    many = net.recall(s)
    assert many.settled and 2 < len(many.states) <= 31
    np.testing.assert_array_equal(many.states, net.recall(s, 30, False, 0).states)
    endless = Hopfield([1, -1]).recall([1, 1], synchronous=True)
    assert len(endless.states) == 31 and not endless.settled


def test_a_few_patterns_are_recalled_from_a_fifth_of_noise():
    x = patterns(5, 200)
    s = corrupt(x, 0.2, seed=1)
    assert np.all(overlap(s, x) < 0.8)
    np.testing.assert_array_equal(Hopfield(x).recall(s).state, x)
    np.testing.assert_array_equal(Hopfield(x).recall(-s).state, -x)  # and the opposites


@backends
def test_overlap_and_corrupt(like):
    x = asarray(patterns(50, 400), like)
    assert to_numpy(overlap(x, x)).tolist() == [1] * 50
    assert to_numpy(overlap(-x, x)).tolist() == [-1] * 50
    assert float(overlap(asarray([1.0, 1, -1, 1], like), asarray([1.0, 1, 1, 1], like))) == 0.5
    turned = corrupt(x, 0.3)
    assert type(turned) is type(x)
    assert float(overlap(turned, x).mean()) == pytest.approx(0.4, abs=0.02)
    np.testing.assert_array_equal(to_numpy(turned), to_numpy(corrupt(x, 0.3, seed=0)))
    assert not np.array_equal(to_numpy(turned), to_numpy(corrupt(x, 0.3, seed=1)))
    np.testing.assert_array_equal(to_numpy(corrupt(x, 0)), to_numpy(x))
    np.testing.assert_array_equal(to_numpy(corrupt(x, 1)), -to_numpy(x))


@pytest.mark.parametrize(
    "load, expected, tolerance",
    [
        (0.05, 1.0, 0.001),
        (0.10, 0.998, 0.003),
        (0.138, 0.965, 0.03),
        (0.20, 0.81, 0.05),
        (0.30, 0.41, 0.05),
    ],
)
def test_the_load_curve(load, expected, tolerance):
    found = [capacity(load, seed=seed, synchronous=True) for seed in range(6)]
    assert np.mean(found) == pytest.approx(expected, abs=tolerance)
    assert len(set(found)) > 1 or load == 0.05


def test_capacity_one_unit_at_a_time():
    assert np.mean([capacity(0.1, seed=seed) for seed in range(3)]) >= 0.98
    for p in (0.0, 0.1):
        for synchronous in (False, True):
            rng = np.random.default_rng(4)  # one stream: the flips know nothing of the patterns
            x = rng.choice([-1.0, 1.0], (15, 50))  # 0.3 · 50
            end = Hopfield(x).recall(corrupt(x, p, rng), synchronous=synchronous, seed=rng).state
            found = capacity(0.3, 50, p, synchronous, seed=4)
            assert found == pytest.approx(float(np.mean(end * x)), abs=1e-12)
            assert capacity(0.3, N=50, p=p, synchronous=synchronous, seed=4, where="torch") == (
                pytest.approx(found, abs=1e-12)
            )
    assert capacity(0.3) == capacity(0.3, 200, 0.0, False, 0, "numpy")
    rng = np.random.default_rng(0)
    x = rng.choice([-1.0, 1.0], (1, 20))  # one pattern at least
    end = Hopfield(x).recall(corrupt(x, 0.5, rng), seed=rng).state
    assert capacity(1e-9, 20) == 1 and capacity(1e-9, 20, p=0.5) == np.mean(end * x)


def test_bad_hopfield():
    net, who = Hopfield(patterns(2, 4)), "Hopfield"
    for bad in (1.0, np.zeros((2, 0))):
        refuses(
            lambda bad=bad: Hopfield(bad),
            f"{who}: expected states of shape (K, N), got {np.shape(bad)}",
        )
    refuses(
        lambda: Hopfield(np.ones((2, 2, 2))), "Hopfield: expected patterns (K, N), got (2, 2, 2)"
    )
    for call in (net.store, net.energy, net.recall):
        refuses(
            lambda call=call: call(np.ones(3)), f"{who}: expected states of shape (…, 4), got (3,)"
        )
        refuses(lambda call=call: call(1), f"{who}: expected states of shape (…, 4), got ()")
        refuses(
            lambda call=call: call([1, -1, 0, 1]),
            f"{who}: expected states of −1 and +1, got other numbers",
        )
        refuses(
            lambda call=call: call([1, -1, NAN, 1]),
            f"{who}: expected finite numbers states, got NaN or infinity",
        )
    refuses(lambda: Hopfield([[1, 2]]), f"{who}: expected states of −1 and +1, got other numbers")
    refuses(
        lambda: net.recall([1, 1, 1, 1], sweeps=0),
        "Hopfield(N=4): expected an integer sweeps ≥ 1, got 0",
    )
    before = net.W.copy()
    with pytest.raises(ValueError):
        net.store([[1, 1, 1, 3]])
    np.testing.assert_array_equal(net.W, before)
    refuses(lambda: corrupt(net.W, 1.5), "corrupt: expected a finite number p from 0 to 1, got 1.5")
    refuses(lambda: corrupt(net.W, -1), "corrupt: expected a finite number p from 0 to 1, got -1")
    refuses(lambda: capacity(0), "capacity: expected load > 0, got 0")
    refuses(lambda: capacity(0.1, 1), "capacity: expected an integer N ≥ 2, got 1")


def test_integers_and_float32():
    for like in LIKE.values():
        whole = asarray(patterns(2, 6), like, namespace(like).int64)
        assert dtype_name(Hopfield(whole).W) == "float64"
        assert dtype_name(Hopfield(whole).recall(whole).state) == "float64"
        single = asarray(patterns(2, 6), like, namespace(like).float32)
        assert dtype_name(Hopfield(single).W) == dtype_name(Hopfield(single).energy(single))
        assert dtype_name(Hopfield(single).W) == "float32"
