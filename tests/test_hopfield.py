"""The associative memory: storing, recalling, its energy and its limits."""

import numpy as np
import pytest

from dlcore.backend import asarray, dtype_name, namespace, to_numpy
from dlcore.hopfield import Hopfield, corrupt, overlap
from dlcore.teaching.chapters.memory import recall_overlap

from .reference import LIKE, backends, close, refuses

NAN, INF = float("nan"), float("inf")
rng = np.random.default_rng(0)


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
    found = [recall_overlap(load, seed=seed, synchronous=True) for seed in range(6)]
    assert np.mean(found) == pytest.approx(expected, abs=tolerance)
    assert len(set(found)) > 1 or load == 0.05


def test_capacity_one_unit_at_a_time():
    assert np.mean([recall_overlap(0.1, seed=seed) for seed in range(3)]) >= 0.98
    for p in (0.0, 0.1):
        for synchronous in (False, True):
            rng = np.random.default_rng(4)  # one stream: the flips know nothing of the patterns
            x = rng.choice([-1.0, 1.0], (15, 50))  # 0.3 · 50
            end = Hopfield(x).recall(corrupt(x, p, rng), synchronous=synchronous, seed=rng).state
            found = recall_overlap(0.3, 50, p, synchronous, seed=4)
            assert found == pytest.approx(float(np.mean(end * x)), abs=1e-12)
            assert recall_overlap(
                0.3, N=50, p=p, synchronous=synchronous, seed=4, where="torch"
            ) == (pytest.approx(found, abs=1e-12))
    assert recall_overlap(0.3) == recall_overlap(0.3, 200, 0.0, False, 0, "numpy")
    rng = np.random.default_rng(0)
    x = rng.choice([-1.0, 1.0], (1, 20))  # one pattern at least
    end = Hopfield(x).recall(corrupt(x, 0.5, rng), seed=rng).state
    assert recall_overlap(1e-9, 20) == 1 and recall_overlap(1e-9, 20, p=0.5) == np.mean(end * x)


def test_bad_hopfield():
    net, who = Hopfield(patterns(2, 4)), "Hopfield"
    for bad in (1.0, np.zeros((2, 0))):
        refuses(
            lambda bad=bad: Hopfield(bad),
            f"{who}: expected states of shape (…, N ≥ 1), got {np.shape(bad)}",
        )
    for bad in ((2, 2, 2), (0, 2)):
        refuses(
            lambda bad=bad: Hopfield(np.ones(bad)),
            f"Hopfield(N=2): expected patterns of shape (2,) or (K ≥ 1, 2), got {bad}",
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
    refuses(lambda: recall_overlap(0), "recall_overlap: expected load > 0, got 0")
    refuses(lambda: recall_overlap(0.1, 1), "recall_overlap: expected an integer N ≥ 2, got 1")


def test_integers_and_float32():
    for like in LIKE.values():
        whole = asarray(patterns(2, 6), like, namespace(like).int64)
        assert dtype_name(Hopfield(whole).W) == "float64"
        assert dtype_name(Hopfield(whole).recall(whole).state) == "float64"
        single = asarray(patterns(2, 6), like, namespace(like).float32)
        double = asarray(patterns(2, 6), like, namespace(like).float64)
        for x in (whole, single, double):
            for s in (whole, single, double):
                assert to_numpy(overlap(s, x)).tolist() == [1, 1]
                assert dtype_name(overlap(s, x)) == dtype_name(Hopfield(s).W)
            np.testing.assert_array_equal(to_numpy(corrupt(x, 0.4)), to_numpy(corrupt(double, 0.4)))
        assert dtype_name(Hopfield(single).W) == dtype_name(Hopfield(single).energy(single))
        assert dtype_name(Hopfield(single).W) == "float32"
