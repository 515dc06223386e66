"""The units and the machine: the textbook's numbers, its theorems, and both array libraries."""

import array_api_strict
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dlcore.backend import to_numpy
from dlcore.datasets import blobs, boolean, cards, digits, iris, separable
from dlcore.perceptron import (
    Adaline,
    LogisticUnit,
    Perceptron,
    Photoperceptron,
    criterion,
    margin,
    novikoff_bound,
    pocket,
    to_retina,
    widest,
)

UNITS = [Perceptron, Adaline, LogisticUnit]
PETALS = ("petal length", "petal width")


def overlapping(n=40, seed=0):
    return blobs(n, std=1.5, seed=seed)


# ---------------------------------------------------------------- the textbook's numbers


@pytest.mark.parametrize(
    "at_zero, updates, w, errors",
    [(0, 10, [-2, 2, 1], [1, 3, 3, 2, 1, 0]), (1, 11, [-3, 2, 1], [2, 3, 3, 2, 1, 0])],
)
def test_and_from_zero(at_zero, updates, w, errors):
    unit = Perceptron(2, at_zero=at_zero)
    replay = unit.fit(*boolean("and"))
    assert unit.w.tolist() == w and replay.updates == updates and replay.errors == errors
    assert replay.converged and replay.epochs == 6 and unit.accuracy(*boolean("and")) == 1


def test_iris_and_two_digits():
    unit = Perceptron(2)
    replay = unit.fit(*iris(("setosa", "versicolor"), PETALS))
    assert (replay.updates, replay.epochs) == (4, 3)
    np.testing.assert_allclose(unit.w, [-2, 0.6, 0.8], atol=1e-12)
    replay = Perceptron(64).fit(*digits((3, 8)))
    assert (replay.updates, replay.epochs) == (102, 16)


def test_xor_runs_in_a_circle():
    replay = Perceptron(2).fit(*boolean("xor"), epochs=20)
    assert replay.errors == [2, 3] + [4] * 18
    assert replay.cycle() == (2, 1) and not replay.converged
    assert [replay.weights_at(e).tolist() for e in (0, 1, 2, 20)] == [
        [0, 0, 0],
        [0, -1, 0],
        [1, -1, 0],
        [1, -1, 0],
    ]
    assert [replay.updates_at(e) for e in (0, 1, 2, 20)] == [0, 2, 5, 77]
    assert Perceptron(2).fit(*boolean("and")).cycle() is None
    shuffled = Perceptron(2).fit(*boolean("xor"), order="random")  # a value came back by chance
    assert len({w.tobytes() for w in shuffled.trajectory}) < shuffled.updates
    assert shuffled.cycle() is None
    assert Perceptron(2).fit(*boolean("xor"), order="random", batch=True).cycle() == (0, 2)


def test_without_the_constant_input_and_cannot_be_learned():
    unit = Perceptron(2, bias=False)
    replay = unit.fit(*boolean("nor"), epochs=50)
    assert unit.w.shape == (2,) and not replay.converged  # z(00) is 0 for ever
    assert Perceptron(2).fit(*boolean("nor")).converged


# ---------------------------------------------------------------- the rule and its replay


@pytest.mark.parametrize("kind", UNITS)
def test_every_trial_of_the_replay_is_the_rule(kind):
    X, y = overlapping()
    unit = kind(2, w=[0.3, -1.0, 0.5])
    replay = unit.fit(X, y, lr=0.1, epochs=3, order="random", seed=4)
    w = np.array([0.3, -1.0, 0.5])
    np.testing.assert_array_equal(replay.weights(0), w)
    errors = [0, 0, 0]
    for k, trial in enumerate(replay):
        assert trial.epoch == 1 + k // 40
        np.testing.assert_array_equal(trial.before, w)
        np.testing.assert_array_equal(trial.x, [1, *X[trial.index]])
        assert trial.y == y[trial.index]
        z = w @ trial.x
        assert trial.y_hat == (z > 0)
        e = {
            Perceptron: trial.y - (z > 0),
            Adaline: 2 * trial.y - 1 - z,
            LogisticUnit: trial.y - 1 / (1 + np.exp(-z)),
        }[kind]
        w = w + 0.1 * e * trial.x
        np.testing.assert_allclose(trial.after, w, rtol=1e-12, atol=1e-14)
        assert trial.changed == (e != 0)
        w = trial.after
        errors[trial.epoch - 1] += trial.y_hat != trial.y
    assert len(replay) == 120 and replay.errors == errors and replay.epochs == 3
    np.testing.assert_array_equal(unit.w, w)
    np.testing.assert_array_equal(replay.weights(replay.updates), w)
    assert replay.trajectory.shape == (replay.updates + 1, 3)
    for epoch in (1, 2, 3):
        shown = [trial.index for trial in replay if trial.epoch == epoch]
        assert sorted(shown) == list(range(40)) and shown != list(range(40))
        np.testing.assert_array_equal(replay.weights_at(epoch), replay[40 * epoch - 1].after)


@pytest.mark.parametrize("kind", UNITS)
def test_batch_learning_is_one_look_at_all(kind):
    X, y = overlapping()
    w = np.array([0.3, -1.0, 0.5])
    replay = kind(2, w=w).fit(X, y, lr=0.2, epochs=4, batch=True)
    for epoch, trial in enumerate(replay, start=1):
        z = np.c_[np.ones(40), X] @ w
        assert trial.epoch == epoch and replay.errors[epoch - 1] == np.sum((z > 0) != y)
        np.testing.assert_array_equal(trial.x, np.c_[np.ones(40), X])
        np.testing.assert_allclose(trial.before, w, rtol=1e-12)
        e = {
            Perceptron: y - (z > 0),
            Adaline: 2 * y - 1 - z,
            LogisticUnit: y - 1 / (1 + np.exp(-z)),
        }[kind]
        w = w + 0.2 * np.mean(e[:, None] * np.c_[np.ones(40), X], axis=0)
        np.testing.assert_allclose(trial.after, w, rtol=1e-12)
        assert trial.index is None and np.sum(trial.y_hat != trial.y) == np.sum((z > 0) != y)


def test_orders():
    X, y = boolean("and")
    given = Perceptron(2).fit(X, y, order=[3, 2, 1, 0, 3])
    assert [t.index for t in given][:5] == [3, 2, 1, 0, 3]
    one, two = (Perceptron(2).fit(X, y, order="random", seed=s).trials for s in (1, 1))
    assert [t.index for t in one] == [t.index for t in two]


def test_learning_goes_on_where_it_stopped():
    X, y = overlapping()
    whole, parts = Perceptron(2), Perceptron(2)
    whole.fit(X, y, epochs=6)
    parts.fit(X, y, epochs=2)
    parts.fit(X, y, epochs=4)
    np.testing.assert_array_equal(whole.w, parts.w)


@pytest.mark.parametrize("lr", [0.1, 7.0, 2.0**-20])
def test_from_zero_the_learning_rate_only_scales(lr):
    X, y = separable(60, margin=0.05, seed=2)
    one, other = Perceptron(2), Perceptron(2)
    a, b = one.fit(X, y), other.fit(X, y, lr=lr)
    assert a.converged and [t.y_hat for t in a] == [t.y_hat for t in b]
    np.testing.assert_allclose(b.trajectory, lr * a.trajectory, rtol=1e-9, atol=1e-12 * lr)


# ---------------------------------------------------------------- the bound


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    gap=st.sampled_from([0.02, 0.1, 0.4]),
    at_zero=st.integers(0, 1),
    lr=st.sampled_from([0.5, 1.0, 3.0]),
)
def test_never_more_updates_than_novikoff_allows(seed, gap, at_zero, lr):
    X, y = separable(30, margin=gap, seed=seed)
    replay = Perceptron(2, at_zero=at_zero).fit(X, y, lr=lr, epochs=5000, order="random", seed=seed)
    assert replay.converged and 0 < replay.updates <= novikoff_bound(X, y)


def test_the_widest_margin():
    X, y = boolean("and")  # by hand: w ∝ (−3, 2, 2), the sums −3, −1, −1, 1
    w = widest(X, y)
    np.testing.assert_allclose(w, np.array([-3, 2, 2]) / np.sqrt(17), atol=1e-5)
    assert margin(w, X, y) == pytest.approx(1 / np.sqrt(17), rel=1e-5)
    assert novikoff_bound(X, y) == pytest.approx(51, rel=1e-5)
    assert novikoff_bound(X, y, w=[-5, 4, 4]) == pytest.approx(3 * 57, rel=1e-12)
    assert widest(*boolean("xor")) is None
    assert widest(np.array([[1.0], [1.0]]), np.array([1, 0])) is None  # one point, two classes
    assert widest(*iris(("versicolor", "virginica"), PETALS)) is None


@pytest.mark.parametrize("seed", range(5))
def test_no_direction_beats_the_widest(seed):
    X, y = separable(25, margin=0.1, seed=seed)
    best = margin(widest(X, y), X, y)
    rng = np.random.default_rng(seed)
    for w in widest(X, y) + 0.05 * rng.standard_normal((200, 3)):
        assert margin(w, X, y) <= best * (1 + 1e-6)


# ---------------------------------------------------------------- criterion and losses


def central(f, w, h=1e-6):
    return np.array([(f(w + h * d) - f(w - h * d)) / (2 * h) for d in np.eye(len(w))])


def test_the_criterion_and_its_subgradient():
    X, y = overlapping()
    t = 2 * y - 1
    for w in np.random.default_rng(0).standard_normal((10, 3)):
        z = w[0] + X @ w[1:]
        value, subgradient = criterion(w, X, y)
        assert float(value) == pytest.approx(-np.sum((t * z)[t * z < 0]), rel=1e-12)
        np.testing.assert_allclose(
            subgradient, central(lambda v: float(criterion(v, X, y)[0]), w), rtol=1e-6, atol=1e-6
        )
        unit = Perceptron(2, w=w)
        unit.fit(X, y, lr=0.3, epochs=1, batch=True)
        np.testing.assert_allclose(unit.w, w - 0.3 * subgradient / 40, rtol=1e-12, atol=1e-14)


def test_the_criterion_stays_in_float32():
    X, y = overlapping()
    value, subgradient = criterion(np.ones(3), X.astype(np.float32), y)
    assert value.dtype == subgradient.dtype == np.float32


def test_the_criterion_at_many_points_and_at_zero():
    X, y = overlapping()
    W = np.random.default_rng(1).standard_normal((7, 3))
    values, subgradients = criterion(W, X, y)
    for w, value, subgradient in zip(W, values, subgradients, strict=True):
        np.testing.assert_allclose(value, criterion(w, X, y)[0])
        np.testing.assert_allclose(subgradient, criterion(w, X, y)[1])
    value, subgradient = criterion(np.zeros(3), X, y)
    t = 2 * y - 1
    assert value == 0
    np.testing.assert_allclose(subgradient, -(t @ np.c_[np.ones(40), X]))


@pytest.mark.parametrize("kind", [Adaline, LogisticUnit])
def test_the_batch_rule_descends_the_loss(kind):
    X, y = overlapping()
    w = np.array([0.2, -0.7, 1.1])
    unit = kind(2, w=w)
    before = unit.loss(X, y)
    unit.fit(X, y, lr=0.05, epochs=1, batch=True)
    gradient = central(lambda v: kind(2, w=v).loss(X, y), w)
    np.testing.assert_allclose((w - unit.w) / 0.05, gradient, rtol=1e-7)
    assert unit.loss(X, y) < before


def test_adaline_settles_at_the_least_squares_line():
    X, y = overlapping(100)
    unit = Adaline(2)
    unit.fit(X, y, lr=0.3, epochs=2000, batch=True)
    x = np.c_[np.ones(100), X]
    np.testing.assert_allclose(unit.w, np.linalg.lstsq(x, 2 * y - 1, rcond=None)[0], atol=1e-10)


def test_adaline_is_stable_below_two_over_lambda_and_only_there():
    X, y = overlapping(100)
    limit = Adaline(2).stable_lr(X)
    x = np.c_[np.ones(100), X]
    assert limit == pytest.approx(2 / np.linalg.eigvalsh(x.T @ x / 100).max(), rel=1e-12)
    below, above = Adaline(2), Adaline(2)
    below.fit(X, y, lr=0.99 * limit, epochs=3000, batch=True)
    best = Adaline(2, w=np.linalg.lstsq(x, 2.0 * y - 1, rcond=None)[0]).loss(X, y)
    assert below.loss(X, y) == pytest.approx(best, rel=1e-9)
    replay = above.fit(X, y, lr=1.01 * limit, epochs=3000, batch=True)
    assert above.loss(X, y) > 1e6
    replay = Adaline(2).fit(X, y, lr=4 * limit, epochs=3000, batch=True)
    assert replay.diverged and replay.epochs < 3000 and np.isfinite(replay.trajectory).all()
    with np.errstate(over="ignore", invalid="ignore"):  # from 10²⁵ to NaN in one step
        replay = Adaline(2).fit(np.array([[1e25, 0]] * 2, "float32"), [1, 1])
    assert replay.diverged and np.isnan(replay.trajectory[-1]).any() and replay.updates == 2


def test_the_logistic_unit_is_safe_far_out():
    unit = LogisticUnit(1, w=[0.0, 1.0])
    X = np.array([[-1e3], [0.0], [1e3]])
    np.testing.assert_allclose(unit.probability(X), [0, 0.5, 1])
    assert unit.probability([[-40.0]])[0] == pytest.approx(np.exp(-40), rel=1e-12)
    assert unit.loss(X, [1, 1, 0]) == pytest.approx((1000 + np.log(2) + 1000) / 3)
    assert unit(X).tolist() == [0, 0, 1]


# ---------------------------------------------------------------- pocket


def test_the_pocket_keeps_the_best():
    X, y = overlapping(100)
    kept = pocket(X, y, trials=500, seed=1)
    assert len(kept.kept) == len(kept.current) == 501
    assert np.all(np.diff(kept.kept) >= 0) and np.all(kept.kept <= np.maximum.accumulate(kept.kept))
    assert kept.unit.accuracy(X, y) == kept.kept[-1] >= 0.89
    assert kept.current[1:].min() < kept.kept[-1]  # the weights outside go on falling
    assert pocket(*boolean("xor"), trials=200).kept[-1] == 0.75


@pytest.mark.parametrize("options", [{}, {"lr": 0.5, "at_zero": 1, "seed": 3, "trials": 60}])
def test_the_pocket_is_gallants(options):
    X, y = overlapping(100)
    trials, lr, at_zero, seed = (
        {"trials": 1000, "lr": 1.0, "at_zero": 0, "seed": 0} | options
    ).values()
    x = np.column_stack([np.ones(100), X])

    def answers(w):
        return np.where(x @ w == 0, at_zero, x @ w > 0)

    def right(w):
        return int(np.sum(answers(w) == y))

    w = pocketed = np.zeros(3)
    run, longest, best = 0, 0, right(w)
    kept, current = [best / 100], [best / 100]
    for n in np.random.default_rng(seed).integers(0, 100, trials):
        if (error := y[n] - answers(w)[n]) == 0:
            run += 1
            if run > longest and right(w) > best:
                pocketed, longest, best = w, run, right(w)
        else:
            w, run = w + lr * error * x[n], 0
        kept.append(best / 100)
        current.append(right(w) / 100)
    ours = pocket(X, y, **options)
    np.testing.assert_array_equal(ours.kept, kept)
    np.testing.assert_array_equal(ours.current, current)
    np.testing.assert_allclose(ours.unit.w, pocketed, rtol=1e-12)


# ---------------------------------------------------------------- both libraries


@pytest.mark.parametrize("kind", UNITS)
@pytest.mark.parametrize("batch", [False, True])
@pytest.mark.parametrize("library", [torch, array_api_strict], ids=["torch", "strict"])
def test_the_same_training_on_every_library(kind, batch, library):
    X, y = overlapping()
    here, there = kind(2), kind(2)
    options = dict(lr=0.1, epochs=5, batch=batch)
    a = here.fit(X, y, **options)
    foreign = library.asarray(X), library.asarray(y)
    b = there.fit(*foreign, **options)
    np.testing.assert_allclose(b.trajectory, a.trajectory, rtol=1e-10, atol=1e-13)
    assert a.errors == b.errors and type(there.w) is type(foreign[0])
    assert there.accuracy(*foreign) == here.accuracy(X, y)
    assert [int(v) for v in there(foreign[0])] == here(X).tolist()
    if kind is not Perceptron:
        assert there.loss(*foreign) == pytest.approx(here.loss(X, y), rel=1e-12)
    if kind is Adaline:
        assert there.stable_lr(foreign[0]) == pytest.approx(here.stable_lr(X), rel=1e-12)


def test_the_other_functions_on_torch():
    X, y = separable(40, seed=3)
    Xt, yt = torch.asarray(X), torch.asarray(y)
    for w in np.random.default_rng(0).standard_normal((3, 3)):
        for a, b in zip(criterion(w, X, y), criterion(torch.asarray(w), Xt, yt), strict=True):
            np.testing.assert_allclose(b.numpy(), a, rtol=1e-12)
        assert margin(torch.asarray(w), Xt, yt) == pytest.approx(margin(w, X, y), rel=1e-12)
    np.testing.assert_allclose(widest(Xt, yt), widest(X, y), rtol=1e-9)
    assert novikoff_bound(Xt, yt) == pytest.approx(novikoff_bound(X, y), rel=1e-9)
    a, b = pocket(X, y, trials=100), pocket(Xt, yt, trials=100)
    np.testing.assert_array_equal(a.kept, b.kept)
    assert isinstance(b.unit.w, torch.Tensor)


def test_float32_stays_float32():
    X, y = separable(40, seed=3)
    unit = Perceptron(2)
    unit.fit(X.astype(np.float32), y)
    assert unit.w.dtype == np.float32
    unit.fit(torch.asarray(X, dtype=torch.float32), torch.asarray(y))
    assert unit.w.dtype == torch.float32
    assert Perceptron(2).fit(boolean("and")[0].astype(int), [0, 0, 0, 1]).updates == 10


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_training_on_cuda():
    X, y = separable(40, seed=3)
    unit = Perceptron(2)
    replay = unit.fit(torch.asarray(X, device="cuda"), torch.asarray(y, device="cuda"))
    assert unit.w.device.type == "cuda"
    np.testing.assert_allclose(replay.trajectory, Perceptron(2).fit(X, y).trajectory)
    S, t = (torch.asarray(a, device="cuda") for a in cards(30))
    answers = Photoperceptron().train(*cards(30))
    np.testing.assert_array_equal(Photoperceptron().train(S, t), answers)


# ---------------------------------------------------------------- the machine


def test_the_wiring_is_sparse_random_and_fixed():
    machine = Photoperceptron(n_a=300, fan_in=7, seed=1)
    assert np.all(np.sum(machine.wiring != 0, axis=1) == 7)
    assert set(np.unique(machine.wiring)) == {-1, 0, 1}
    assert abs(machine.wiring.sum()) < 4 * np.sqrt(2100)  # as many excite as inhibit
    mixed = np.any(machine.wiring == 1, axis=1) & np.any(machine.wiring == -1, axis=1)
    assert mixed.mean() > 0.95  # a coin for each wire, not for each unit: 1 − 2⁻⁶
    np.testing.assert_array_equal(machine.wiring, Photoperceptron(300, fan_in=7, seed=1).wiring)
    before = machine.wiring.copy()
    machine.train(*cards(20))
    np.testing.assert_array_equal(machine.wiring, before)


def test_the_machine_by_default_and_at_its_limits():
    machine, explicit = Photoperceptron(), Photoperceptron(512, 1, (20, 20), 4, 1, 0)
    np.testing.assert_array_equal(machine.wiring, explicit.wiring)
    S, y = cards(30)
    machine.train(S, y)
    explicit.train(S, y, lr=1.0)
    np.testing.assert_array_equal(machine.w, explicit.w)
    oblong = Photoperceptron(n_a=1, retina=(2, 3), fan_in=6)
    assert oblong.wiring.shape == (1, 6) and np.all(oblong.wiring != 0)
    assert np.sum(Photoperceptron(n_a=1, retina=(2, 3), fan_in=1).wiring != 0) == 1


def test_cards_may_be_lists_whole_numbers_or_float32():
    S, y = cards(30)
    expected = Photoperceptron(n_a=50)
    answers = expected.train(S, y, lr=0.3)
    for cards_like, labels in (
        (S.tolist(), y.tolist()),
        (S.astype(int), y),
        (torch.asarray(S).to(torch.int64), y),
        (S.astype(np.float32), y),
    ):
        machine = Photoperceptron(n_a=50)
        np.testing.assert_array_equal(machine.train(cards_like, labels, lr=0.3), answers)
        score = to_numpy(machine.score(cards_like))
        np.testing.assert_allclose(score, expected.score(S), rtol=1e-5, atol=1e-5)
        assert machine.accuracy(cards_like, labels) == expected.accuracy(S, y)
    assert score.dtype == np.float32


def test_a_trial_of_the_machine_is_rosenblatts_rule():
    S, y = cards(30, seed=5)
    machine = Photoperceptron(n_a=50, threshold=2, fan_in=12, seed=2)
    answers = machine.train(S, y, lr=0.5)
    w = np.zeros(51)
    for s, label, answer in zip(S, y, answers, strict=True):
        a = np.array([1.0] + [float(wires @ s >= 2) for wires in machine.wiring])
        assert answer == (w @ a > 0)
        w = w + 0.5 * (label - float(w @ a > 0)) * a
    np.testing.assert_allclose(machine.w, w[None], atol=1e-12)
    assert machine.accuracy(S, y) == np.mean(machine(S) == y)


def test_left_and_right_is_learned_in_fifty_trials():
    early, late, after = [], [], []
    for seed in range(5):
        machine = Photoperceptron(seed=seed)
        S, y = cards(200, seed=seed)
        wrong = machine.train(S, y) != y
        early.append(wrong[:25].mean())
        late.append(wrong[25:50].mean())
        after.append(machine.accuracy(*cards(500, seed=1000 + seed)))
    assert 0.2 <= min(early) and max(early) <= 0.5
    assert max(late) <= 0.2 and min(after) >= 0.95


def test_several_response_units():
    X, y = digits((0, 1, 2))
    S = to_retina(X)
    machine = Photoperceptron(n_r=3, seed=0)
    answers = machine.train(S[:200], y[:200])
    one = Photoperceptron(n_r=1, seed=0)
    one.train(S[:200], (y[:200] == 2).astype(int))
    np.testing.assert_allclose(machine.w[2], one.w[0])  # each R-unit learns for itself
    assert set(answers) == {0, 1, 2}
    assert machine.accuracy(S[200:], y[200:]) > 0.9
    np.testing.assert_array_equal(machine(S), machine.score(S).argmax(axis=1))


def test_the_machine_on_torch_and_strict():
    S, y = cards(60, seed=1)
    here = Photoperceptron(n_a=80)
    answers = here.train(S, y)
    for library in (torch, array_api_strict):
        there = Photoperceptron(n_a=80)
        foreign = library.asarray(S), library.asarray(y)
        np.testing.assert_array_equal(there.train(*foreign), answers)
        assert type(there.w) is type(foreign[0])
        assert there.accuracy(*foreign) == here.accuracy(S, y)


def test_to_retina():
    picture = np.zeros((1, 8, 8))
    picture[0, 0, 7] = 1
    seen = to_retina(picture).reshape(20, 20)
    assert seen.sum() == 6 == seen[:2, 17:].sum()  # the photocells whose centres lie in it
    np.testing.assert_array_equal(to_retina(picture), to_retina(picture.reshape(1, 64)))
    eye = np.eye(8)[None]
    np.testing.assert_array_equal(to_retina(eye, retina=(8, 8)), eye.reshape(1, 64))
    np.testing.assert_array_equal(
        to_retina(eye, retina=(16, 16)).reshape(16, 16), np.kron(np.eye(8), np.ones((2, 2)))
    )
    oblong = np.array([[[0, 1, 0, 1, 1, 0], [1, 0, 0.5, 0, 0, 0], [0] * 6, [0, 1, 0, 0, 0, 1]]])
    # centres in the rows 1 and 3, the columns 1, 3, 5: dark where the pixel is not above ½
    assert to_retina(oblong, retina=(2, 3)).tolist() == [[0, 0, 0, 1, 0, 1]]
    assert to_retina(oblong, retina=(4, 6))[0].reshape(4, 6)[1].tolist() == [1, 0, 0, 0, 0, 0]
    assert to_retina(oblong.astype(int), retina=(2, 3)).dtype == np.float64


# ---------------------------------------------------------------- what is refused

X, Y = boolean("and")


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: Perceptron(0), ValueError, "n_in ≥ 1, got 0"),
        (lambda: Perceptron(2.0), ValueError, "n_in ≥ 1, got 2.0"),
        (lambda: Perceptron(2, at_zero=0.5), ValueError, "at_zero from 0 to 1, got 0.5"),
        (lambda: Perceptron(2, w=[1, 2]), ValueError, r"w of shape \(3,\)"),
        (lambda: Perceptron(2, w=[1, 2, 3], bias=False), ValueError, r"w of shape \(2,\)"),
        (
            lambda: Perceptron(2)(np.zeros((5, 3))),
            ValueError,
            r"Perceptron\(2\): expected X of "
            r"shape \(N, 2\), got \(5, 3\)",
        ),
        (lambda: Adaline(2).score([1.0, 2.0]), ValueError, r"Adaline\(2\).*got \(2,\)"),
        (lambda: Perceptron(2).fit(X, Y[:, None]), ValueError, r"one label a row, got \(4, 1\)"),
        (lambda: Perceptron(2).fit(X, 2 * Y - 1), ValueError, "labels 0 and 1, got -1, 1"),
        (lambda: Perceptron(2).fit(X, Y, lr=0), ValueError, "lr > 0, got 0"),
        (lambda: Perceptron(2).fit(X, Y, order="sorted"), ValueError, "unknown order 'sorted'"),
        (lambda: Perceptron(2).fit(X, Y, order=[0, 4]), ValueError, "row numbers 0 … 3"),
        (lambda: Perceptron(2).fit(X * np.nan, Y), ValueError, "finite numbers X"),
        (lambda: novikoff_bound(*boolean("xor")), ValueError, "separate the classes, got none"),
        (lambda: novikoff_bound(X, Y, w=[0.0, 1, 1]), ValueError, "got none"),
        (lambda: novikoff_bound(X, Y, w=[-1.0, 1, 1]), ValueError, "got none"),  # on the line
        (lambda: Photoperceptron(n_a=0), ValueError, "n_a ≥ 1, got 0"),
        (lambda: Photoperceptron(fan_in=401), ValueError, "fan_in from 1 to 400, got 401"),
        (lambda: Photoperceptron()(np.zeros((2, 64))), ValueError, r"\(N, 400\), got \(2, 64\)"),
        (lambda: Photoperceptron().train(np.zeros((2, 400)), [0, 2]), ValueError, "labels 0 … 1"),
        (lambda: Photoperceptron().train(np.zeros((2, 400)), [0]), ValueError, r"shape \(2,\)"),
        (lambda: to_retina(np.zeros((2, 10))), ValueError, r"square pictures \(N, h²\)"),
        (
            lambda: to_retina(np.zeros(4)),
            ValueError,
            r"^to_retina: expected pictures \(N, h, w\), got \(4,\)$",
        ),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_refused_training_changes_nothing():
    unit = Perceptron(2, w=[1.0, 2.0, 3.0])
    with pytest.raises(ValueError):
        unit.fit(X, [0, 0, 0, 2])
    assert unit.w.tolist() == [1, 2, 3]
