"""The machine against sums over all its states, and contrastive divergence against both."""

import math

import numpy as np
import pytest

from dlcore.backend import asarray, dtype_name, namespace, to_numpy
from dlcore.boltzmann import RBM, sample
from dlcore.circuits import every_input
from dlcore.gradcheck import numerical_gradient
from dlcore.optimizers import GradientDescent
from dlcore.teaching.chapters.enumeration import likelihood_gradient, log_likelihood, log_partition

from .reference import backends, close, refuses

NAN = float("nan")
SIZES = [(3, 2), (2, 4)]  # the smaller layer is the hidden, then the visible one
sizes = pytest.mark.parametrize("sizes", SIZES, ids=str)


def machine(sizes, like, seed=1):
    rbm = RBM(*sizes, dtype="float64").to(like)
    rbm.theta[...] = asarray(np.random.default_rng(seed).standard_normal(rbm.theta.shape[0]), like)
    return rbm


def parts(rbm):
    return [to_numpy(p) for p in (rbm.W, rbm.a, rbm.b)]


def joint(rbm):
    """p(v, h) for all states by enumeration, (2^n_visible, 2^n_hidden), and Z."""
    W, a, b = parts(rbm)
    E = [
        [-a @ v - b @ h - h @ W @ v for h in every_input(rbm.n_hidden)]
        for v in every_input(rbm.n_visible)
    ]
    Z = np.exp(-np.array(E)).sum()
    return np.exp(-np.array(E)) / Z, Z


def rows(rbm, n=6, seed=0):
    v = np.random.default_rng(seed).integers(0, 2, (n, rbm.n_visible))
    return asarray(v, rbm.theta), v


def statistics(rbm, p):
    """⟨(h vᵀ, v, h)⟩ under a law p of all (v, h)."""
    V, H = every_input(rbm.n_visible), every_input(rbm.n_hidden)
    return np.concatenate([(H.T @ p.T @ V).ravel(), p.sum(1) @ V, p.sum(0) @ H])


def kernel(rbm):
    """The chance of a round of Gibbs sampling to lead from each v to each v."""
    p = joint(rbm)[0]
    return (p / p.sum(1, keepdims=True)) @ (p / p.sum(0, keepdims=True)).T


# ---------------------------------------------------------------- the machine


@backends
@sizes
def test_energies_conditionals_and_the_free_energy(like, sizes):
    rbm = machine(sizes, like)
    (W, a, b), (p, Z) = parts(rbm), joint(rbm)
    V, H = (every_input(n) for n in sizes)
    v = asarray(np.repeat(V, len(H), axis=0), like)
    h = asarray(np.tile(H, (len(V), 1)), like)
    energy = to_numpy(rbm.energy(v, h)).reshape(p.shape)
    np.testing.assert_allclose(np.exp(-energy) / Z, p, **close)
    at_v, at_h = p / p.sum(1, keepdims=True), p / p.sum(0, keepdims=True)
    np.testing.assert_allclose(to_numpy(rbm.hidden(asarray(V, like))), at_v @ H, **close)
    np.testing.assert_allclose(to_numpy(rbm.visible(asarray(H, like))), at_h.T @ V, **close)
    F = to_numpy(rbm.free_energy(asarray(V, like)))
    np.testing.assert_allclose(np.exp(-F) / Z, p.sum(1), **close)
    there = 1 / (1 + np.exp(-(V @ W.T + b)))
    back = 1 / (1 + np.exp(-(there @ W + a)))
    np.testing.assert_allclose(to_numpy(rbm.reconstruct(asarray(V, like))), back, **close)


@backends
@sizes
def test_the_partition_function_and_the_likelihood(like, sizes):
    rbm = machine(sizes, like)
    p, Z = joint(rbm)
    assert float(log_partition(rbm)) == pytest.approx(math.log(Z), rel=1e-12)
    log_p = to_numpy(log_likelihood(rbm, asarray(every_input(sizes[0]), like)))
    np.testing.assert_allclose(np.exp(log_p), p.sum(1), **close)


@backends
@sizes
def test_the_likelihood_gradient_by_finite_differences_and_enumeration(like, sizes):
    rbm = machine(sizes, like)
    v, plain = rows(rbm)
    g = likelihood_gradient(rbm, v)
    assert type(g) is type(like) and g.shape == rbm.theta.shape
    xp = namespace(like)
    numeric = numerical_gradient(lambda: -xp.mean(log_likelihood(rbm, v)), rbm.theta)
    np.testing.assert_allclose(to_numpy(g), to_numpy(numeric), atol=1e-8)
    hidden = to_numpy(rbm.hidden(v))
    data = np.concatenate([(hidden.T @ plain).ravel() / 6, plain.mean(0), hidden.mean(0)])
    np.testing.assert_allclose(to_numpy(g), statistics(rbm, joint(rbm)[0]) - data, **close)


def test_large_numbers_do_not_overflow():
    rbm = RBM(2, 3, dtype="float64")
    rbm.theta[...] = 1000.0
    assert float(log_partition(rbm)) == pytest.approx(2 * 1000 + 3 * 3000, rel=1e-12)
    assert np.isfinite(likelihood_gradient(rbm, np.ones((1, 2)))).all()
    rbm.theta[...] = -1000.0
    assert float(log_partition(rbm)) == pytest.approx(0, abs=1e-12)


def test_sixteen_units_can_be_enumerated_and_not_seventeen():
    for size in ((16, 30), (30, 16)):
        assert float(log_partition(RBM(*size, std=0))) == pytest.approx(46 * math.log(2), rel=1e-6)
    refuses(
        lambda: log_partition(RBM(17, 30)),
        "RBM(17, 30): expected a layer of at most 16 units to enumerate, got 17",
    )


# ---------------------------------------------------------------- one vector θ


@backends
def test_theta_and_its_views(like):
    rbm = RBM(3, 2, dtype="float64").to(like)
    assert rbm.theta.shape == (11,) and type(rbm.theta) is type(like)
    rbm.theta[...] = asarray(np.arange(11), like)
    W, a, b = parts(rbm)
    assert W.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert a.tolist() == [6, 7, 8] and b.tolist() == [9, 10]
    rbm.W[0, 1] = 50.0
    rbm.a[...] = -1.0
    assert to_numpy(rbm.theta).tolist() == [0, 50, 2, 3, 4, 5, -1, -1, -1, 9, 10]
    other = rbm.to(like)
    other.theta *= 0
    assert float(rbm.theta[1]) == 50 and (other.n_visible, other.n_hidden) == (3, 2)
    with pytest.raises(AttributeError):
        rbm.W = W


def test_the_start():
    rbm = RBM(30, 40, seed=3)
    assert rbm.theta.dtype == np.float32 and repr(rbm) == "RBM(30, 40)"
    draws = np.random.default_rng(3).standard_normal((40, 30))
    np.testing.assert_allclose(rbm.W, 0.01 * draws, rtol=1e-6)
    assert not rbm.a.any() and not rbm.b.any() and rbm.a.shape == (30,) and rbm.b.shape == (40,)
    np.testing.assert_array_equal(RBM(3, 2).theta, RBM(3, 2, std=0.01, seed=0).theta)
    np.testing.assert_allclose(RBM(3, 2, std=2.0).W, 200 * RBM(3, 2).W, rtol=1e-6)
    assert RBM(3, 2, dtype="float64").theta.dtype == np.float64
    assert dtype_name(RBM(3, 2).to("torch").theta) == "float32"
    assert dtype_name(RBM(3, 2).to("torch", "float64").theta) == "float64"


# ---------------------------------------------------------------- sampling


@backends
def test_samples(like):
    p = asarray(np.tile([0.0, 0.25, 0.8, 1.0], (20_000, 1)), like)
    s = sample(p, np.random.default_rng(0))
    assert type(s) is type(like) and s.dtype == p.dtype
    u = np.random.default_rng(0).random((20_000, 4))
    np.testing.assert_array_equal(to_numpy(s), u < [0, 0.25, 0.8, 1])
    np.testing.assert_allclose(to_numpy(s).mean(0), [0, 0.25, 0.8, 1], atol=0.015)


@backends
@pytest.mark.parametrize("k", [1, 2, 60])
def test_gibbs_sampling_follows_its_kernel_to_the_law_of_the_model(like, k):
    rbm, N = machine((3, 2), like), 20_000
    start = asarray(np.tile([1, 0, 1], (N, 1)), like)
    end = to_numpy(rbm.gibbs(start, np.random.default_rng(4), k))
    found = np.bincount((end @ [4, 2, 1]).astype(int), minlength=8) / N
    expected = np.linalg.matrix_power(kernel(rbm), k)[5]
    np.testing.assert_allclose(found, expected, atol=4 * math.sqrt(0.25 / N))
    if k == 60:
        np.testing.assert_allclose(expected, joint(rbm)[0].sum(1), rtol=1e-6)


@backends
def test_gibbs_step_by_step_and_its_generator(like):
    rbm = machine((3, 2), like)
    v, _ = rows(rbm)
    rng, expected = np.random.default_rng(7), v
    for _ in range(3):
        h = sample(rbm.hidden(expected), rng)
        expected = sample(rbm.visible(h), rng)
    expected = to_numpy(expected)
    np.testing.assert_array_equal(to_numpy(rbm.gibbs(v, np.random.default_rng(7), 3)), expected)
    rng = np.random.default_rng(7)
    np.testing.assert_array_equal(to_numpy(rbm.gibbs(rbm.gibbs(v, rng, 2), rng)), expected)
    np.testing.assert_array_equal(to_numpy(rbm.gibbs(v, rng, 0)), to_numpy(v))


def test_the_dice_go_on_from_call_to_call():
    rbm, rng = machine((3, 2), np.zeros(0)), np.random.default_rng(0)
    v, _ = rows(rbm, 50)
    (_, first), (_, second) = rbm.cd(v, rng), rbm.cd(v, rng)
    assert (first != second).any()
    for method in (rbm.cd, rbm.gibbs):
        refuses(
            lambda method=method: method(v, 0),
            "RBM(3, 2): expected rng a NumPy Generator, got 0",
            TypeError,
        )


# ---------------------------------------------------------------- contrastive divergence


@backends
@pytest.mark.parametrize("k", [1, 3])
def test_cd_is_the_difference_of_two_statistics(like, k):
    rbm = machine((3, 2), like)
    v, plain = rows(rbm)
    g, end = rbm.cd(v, np.random.default_rng(5), k)
    drawn = rbm.gibbs(v, np.random.default_rng(5), k)
    np.testing.assert_array_equal(to_numpy(end), to_numpy(drawn))
    expected = 0
    for sign, u in ((-1, plain), (1, to_numpy(end))):
        h = to_numpy(rbm.hidden(asarray(u, like)))
        expected = expected + sign * np.concatenate([(h.T @ u).ravel(), u.sum(0), h.sum(0)]) / 6
    np.testing.assert_allclose(to_numpy(g), expected, **close)
    h, found = rbm.cd(v, np.random.default_rng(5), k, chains=end)
    again = to_numpy(rbm.gibbs(end, np.random.default_rng(5), k))
    np.testing.assert_array_equal(to_numpy(found), again)
    data = np.concatenate(
        [
            (to_numpy(rbm.hidden(v)).T @ plain).ravel() / 6,
            plain.mean(0),
            to_numpy(rbm.hidden(v)).mean(0),
        ]
    )
    hidden = to_numpy(rbm.hidden(asarray(again, like)))
    model = np.concatenate([(hidden.T @ again).ravel() / 6, again.mean(0), hidden.mean(0)])
    np.testing.assert_allclose(to_numpy(h), model - data, **close)
    one, default = (rbm.cd(v, np.random.default_rng(0), *more) for more in ((1, None), ()))
    np.testing.assert_array_equal(to_numpy(one[0]), to_numpy(default[0]))


@sizes
def test_cd_with_many_rounds_is_the_gradient_of_the_likelihood(sizes):
    """CD-k in the mean is ⟨·⟩ after k rounds − ⟨·⟩ in the data, here without any sampling."""
    rbm = machine(sizes, np.zeros(0))
    v, plain = rows(rbm)
    exact, p = likelihood_gradient(rbm, v), joint(rbm)[0]
    start = np.bincount(plain @ (1 << np.arange(sizes[0])[::-1]), minlength=2 ** sizes[0]) / 6
    given_v = p / p.sum(1, keepdims=True)

    def expected(k):
        end = start @ np.linalg.matrix_power(kernel(rbm), k)
        return statistics(rbm, end[:, None] * given_v) - statistics(rbm, start[:, None] * given_v)

    np.testing.assert_allclose(expected(500), exact, atol=1e-12)
    errors = [np.linalg.norm(expected(k) - exact) for k in (1, 3, 10, 30)]
    assert errors == sorted(errors, reverse=True) and errors[0] > 0.01
    # and the sampled CD-k has this mean
    for k in (1, 5):
        g, _ = rbm.cd(np.tile(v, (4000, 1)), np.random.default_rng(k), k)
        np.testing.assert_allclose(g, expected(k), atol=5 * 0.5 / math.sqrt(24_000))


def test_persistent_chains_reach_the_exact_gradient():
    rbm = machine((3, 2), np.zeros(0))
    v, _ = rows(rbm)
    rng, chains = np.random.default_rng(0), np.tile(v, (2000, 1))
    for _ in range(30):
        g, chains = rbm.cd(v, rng, 1, chains)
    np.testing.assert_allclose(g, likelihood_gradient(rbm, v), atol=0.02)


def test_an_optimizer_descends_along_the_exact_gradient():
    rbm = RBM(4, 3, std=0.1, dtype="float64")
    V = np.array([[1, 1, 0, 0], [0, 0, 1, 1.0]])
    step = GradientDescent(rbm.theta, lr=0.5)
    values = [-log_likelihood(rbm, V).mean()]
    for _ in range(400):
        step.step(likelihood_gradient(rbm, V))
        values.append(-log_likelihood(rbm, V).mean())
    assert all(b < a for a, b in zip(values, values[1:], strict=False))
    assert values[0] == pytest.approx(4 * math.log(2), abs=0.05)
    assert values[-1] == pytest.approx(math.log(2), abs=0.05)  # each pattern with p = 1/2


# ---------------------------------------------------------------- fit


@backends
@pytest.mark.parametrize("persistent", [False, True])
def test_fit_is_cd_on_shuffled_batches(like, persistent):
    rbm, reference = machine((4, 3), like), machine((4, 3), like)
    V, _ = rows(rbm, 10)
    errors = rbm.fit(V, epochs=3, lr=0.2, batch_size=4, k=2, persistent=persistent, seed=6)
    rng, chains, expected = np.random.default_rng(6), None, []
    for _ in range(3):
        order = rng.permutation(10)
        for start in (0, 4, 8):
            batch = asarray(to_numpy(V)[order[start : start + 4]], like)
            g, end = reference.cd(batch, rng, 2, chains)
            chains = end if persistent else None
            reference.theta -= 0.2 * g
        expected.append(np.mean(to_numpy(V - reference.reconstruct(V)) ** 2))
    np.testing.assert_allclose(to_numpy(rbm.theta), to_numpy(reference.theta), rtol=1e-12)
    assert errors == pytest.approx(expected, rel=1e-12) and isinstance(errors[0], float)


def test_defaults_of_fit():
    V = np.random.default_rng(0).random((70, 5)).astype("float32")  # grey values are probabilities
    a, b = RBM(5, 4), RBM(5, 4)
    assert a.fit(V) == b.fit(V, 10, 0.1, 32, 1, False, 0)
    assert len(a.fit(V)) == 10
    np.testing.assert_array_equal(RBM(5, 4).theta[-9:], 0)


def test_cd_1_learns_bars():
    rng = np.random.default_rng(0)
    V = np.zeros((240, 3, 3))
    for v in V:
        v[rng.integers(3), :] = 1
    V = V.reshape(240, 9)
    rbm = RBM(9, 6, dtype="float64")
    errors = rbm.fit(V, epochs=150, lr=0.2, batch_size=20)
    assert errors[-1] < 0.01 < 0.2 < errors[0]
    p = np.exp(log_likelihood(rbm, np.unique(V, axis=0)))
    assert p.sum() > 0.9 and p.min() > 0.02  # of 512 patterns these three, if not evenly


# ---------------------------------------------------------------- bad input


REMEDY = "dlcore.backend.asarray(x, like) converts"


def test_machines_refuse():
    for n in (0, -1, 2.0, "3", True):
        refuses(lambda n=n: RBM(n, 2), f"RBM: expected an integer n_visible ≥ 1, got {n!r}")
        refuses(lambda n=n: RBM(2, n), f"RBM: expected an integer n_hidden ≥ 1, got {n!r}")
    refuses(lambda: RBM(2, 2, std=-1), "RBM: expected a finite number std ≥ 0, got -1")
    refuses(lambda: RBM(2, 2, dtype="int8"), "dtype: expected 'float32' or 'float64', got 'int8'")


def test_wrong_arrays_refuse():
    rbm, torch = RBM(3, 2, dtype="float64"), RBM(3, 2, dtype="float64").to("torch")
    v, h, rng = np.zeros((5, 3)), np.zeros((5, 2)), np.random.default_rng(0)
    for call in (
        rbm.free_energy,
        rbm.hidden,
        lambda v: rbm.gibbs(v, rng),
        lambda v: rbm.cd(v, rng),
        lambda v: log_likelihood(rbm, v),
    ):
        for bad in (h, v[0], v[None]):
            refuses(
                lambda call=call, bad=bad: call(bad),
                f"RBM(3, 2): expected v of shape (N, 3), got {bad.shape}",
            )
        for bad, got in (
            ([[0, 0, 0]], "list"),
            (asarray(v, torch.theta), f"torch float64 on cpu; {REMEDY}"),
        ):
            refuses(
                lambda call=call, bad=bad: call(bad),
                f"RBM(3, 2): expected v in numpy float64 on cpu, got {got}",
                TypeError,
            )
    refuses(lambda: rbm.visible(v), "RBM(3, 2): expected h of shape (N, 2), got (5, 3)")
    refuses(lambda: rbm.energy(v, v), "RBM(3, 2): expected h of shape (5, 2), got (5, 3)")
    refuses(lambda: rbm.energy(h, h), "RBM(3, 2): expected v of shape (N, 3), got (5, 2)")
    refuses(
        lambda: torch.hidden(v),
        "RBM(3, 2): expected v in torch float64 on cpu, got numpy float64 on cpu; " + REMEDY,
        TypeError,
    )
    refuses(lambda: rbm.gibbs(v, rng, -1), "RBM(3, 2): expected an integer k ≥ 0, got -1")
    refuses(lambda: rbm.cd(v, rng, 0), "RBM(3, 2): expected an integer k ≥ 1, got 0")
    refuses(lambda: rbm.cd(v, rng, chains=h), "RBM(3, 2): expected v of shape (N, 3), got (5, 2)")


@backends
def test_other_numbers_are_converted(like):
    V = asarray([[0, 1, 1], [1, 0, 1], [1, 1, 0]], like)
    rbm, same = (RBM(3, 2, std=0.5, dtype="float32").to(like) for _ in "ab")
    whole, single = (asarray(V, like, getattr(namespace(like), d)) for d in ("int64", "float32"))
    for rows in (V, whole):
        assert dtype_name(rbm.hidden(rows)) == dtype_name(rbm.free_energy(rows)) == "float32"
    for rows in (V, whole):
        found, expected = (rbm.cd(x, np.random.default_rng(0)) for x in (rows, single))
        for ours, theirs in zip(found, expected, strict=True):
            np.testing.assert_array_equal(to_numpy(ours), to_numpy(theirs))
    assert rbm.fit(whole, epochs=2) == same.fit(single, epochs=2)
    np.testing.assert_array_equal(to_numpy(rbm.theta), to_numpy(same.theta))


def test_bad_fits_change_nothing():
    rbm, V = RBM(3, 2, dtype="float64"), np.zeros((4, 3))
    before, who = rbm.theta.copy(), "RBM(3, 2)"
    for bad in (V + 1.1, V - 0.1, V + NAN):
        refuses(
            lambda bad=bad: rbm.fit(bad),
            f"{who}: expected V in [0, 1], got {bad.min():g} … {bad.max():g}",
        )
    for bad in (V[:0], V[:, :2]):
        refuses(
            lambda bad=bad: rbm.fit(bad), f"{who}: expected V of shape (N ≥ 1, 3), got {bad.shape}"
        )
    refuses(lambda: rbm.fit(V, epochs=0), f"{who}: expected an integer epochs ≥ 1, got 0")
    refuses(lambda: rbm.fit(V, lr=0.0), f"{who}: expected lr > 0, got 0.0")
    refuses(lambda: rbm.fit(V, batch_size=0), f"{who}: expected an integer batch_size ≥ 1, got 0")
    refuses(lambda: rbm.fit(V, k=0), f"{who}: expected an integer k ≥ 1, got 0")
    np.testing.assert_array_equal(rbm.theta, before)
    assert len(rbm.fit(np.array([[0.0, 1.0, 0.5]]), epochs=1)) == 1
