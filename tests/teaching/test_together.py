"""What chapter 20 puts together: its digit reader, sequences, noise and pole."""

import json

import numpy as np
import pytest
import torch

from dlcore.contracts import check_layer
from dlcore.layers import Activation, Linear
from dlcore.ngram import NGram
from dlcore.noise import Dropout
from dlcore.normalization import BatchNorm, LayerNorm
from dlcore.recurrent import Recurrent, rows, steps
from dlcore.teaching.chapters import capstone, cart_pole, denoising, reading
from dlcore.teaching.chapters.reading import ALPHABET, PerStep

# ---------------------------------------------------------------- the digit reader


def test_a_reader_lacks_what_is_taken_away():
    def kinds(*without):
        return [type(layer) for layer in capstone.reader(without, depth=3).layers]

    assert kinds() == 3 * [Linear, BatchNorm, Activation] + [Dropout, Linear]
    assert kinds("BatchNorm", "regularisers") == 3 * [Linear, Activation] + [Linear]
    assert kinds("dropout") == 3 * [Linear, BatchNorm, Activation] + [Linear]
    assert repr(capstone.reader({"ReLU"}).layers[2]) == "Activation(Sigmoid)"
    for without, g in (((), 2.0), ({"start"}, 0.5)):
        W = capstone.reader(without, width=200, seeds=[3]).params[3][0]
        assert W.var() * 200 == pytest.approx(g, rel=0.05)
    W = capstone.reader({"ReLU"}, width=200, seeds=[3], init=capstone.Scaled(16.0)).params[3][0]
    assert W.var() * 200 == pytest.approx(16, rel=0.05)


def test_parts_are_the_fixed_split():
    X, X_val, X_test, y, y_val, y_test = capstone.parts()
    assert [len(a) for a in (X, X_val, X_test, y, y_val, y_test)] == 2 * [1078, 270, 449]
    assert X.dtype == "float32" and np.bincount(y_test).min() > 40


def test_rates_fall_along_a_cosine():
    rates = capstone.cosine_rates([0.1, 0.2], 100)
    np.testing.assert_allclose(
        [rates(0)[:, 0], rates(50)[:, 0]], [[0.1, 0.2], [0.05, 0.1]], rtol=1e-6
    )
    assert rates(100).max() == 0 and rates(1).shape == (2, 1)


def test_the_capstone():
    net = capstone.reader(depth=3, seeds=range(3))
    known, fresh = capstone.trained(net, epochs=12)
    assert known.shape == fresh.shape == (3,) and fresh.min() > 0.94
    few = capstone.trained(capstone.reader(depth=3), {"data"}, epochs=12)[1]
    assert few < fresh.min() - 0.03


def test_the_board_is_whole_and_can_be_measured_again():
    board = capstone.board()
    assert set(board) == set(capstone.settings()) and len(board) == 66
    assert all(len(shares) == capstone.STARTS for shares in board.values())
    rate, *shares = json.loads(capstone.FILE.read_text(encoding="utf-8"))["data"]
    found, again = capstone.measured({"data"}, starts=range(2))
    assert found in capstone.RATES["Adam"] and rate in capstone.RATES["Adam"]
    assert np.median(again) == pytest.approx(np.median(shares), abs=0.04)


def test_sentences_about_the_board():
    medians = {without: np.median(shares) for without, shares in capstone.board().items()}
    poor = [without for without, m in medians.items() if m < 0.3]
    assert len(poor) == 18
    assert all("BatchNorm" in w and ("ReLU" in w or {"start", "Adam"} <= w) for w in poor)
    lone = {i: medians[frozenset()] - medians[frozenset([i])] for i in capstone.INGREDIENTS}
    assert max(lone, key=lone.get) == "data" and 0.1 < lone.pop("data") < 0.12
    assert max(lone.values()) < 0.03 and lone["start"] <= 0
    no_norm = medians[frozenset(["BatchNorm"])]
    assert no_norm - medians[frozenset(["BatchNorm", "ReLU"])] > 0.7
    assert abs(no_norm - medians[frozenset(["BatchNorm", "Adam"])]) < 0.01
    pair = medians[frozenset()] - medians[frozenset(["start", "BatchNorm"])]
    assert 0.025 < pair < 0.035
    assert all(medians[frozenset([p])] > 0.965 for p in capstone.PARTS)
    assert (capstone.board()[frozenset(["start", "BatchNorm", "Adam"])] > 0.6).sum() == 2


# ---------------------------------------------------------------- reading


def test_plain():
    text = "# Title\n\nIt's *one*, see [here](a.md) {cite}`x`. With $x$ no. Two: yes?"
    text += "\n\n| a |\n\n$$ x $$"
    assert reading.plain(text) == "it's one, see here. two yes?"


def test_prose():
    train, validation, test = reading.prose()
    assert set(train + validation + test) == set(ALPHABET) and len(ALPHABET) == 31
    assert [len(t) for t in (train, validation, test)] == [220_683, 18_244, 19_049]
    assert reading.FILE.stat().st_size < 300_000
    np.testing.assert_array_equal(reading.tokens(" a'z"), [0, 5, 1, 30])


def test_how_much_of_a_new_chapter_was_never_seen():
    train, other, _ = reading.prose()

    def strings(text, n):
        return [text[i : i + n] for i in range(len(text) - n + 1)]

    unseen = {}
    for n in (5, 6, 7):
        known = set(strings(train, n))
        unseen[n] = np.mean([s not in known for s in strings(other, n)])
    assert unseen == pytest.approx({5: 0.096, 6: 0.207, 7: 0.337}, abs=0.001)
    contexts = NGram(7, train, 0.1, ALPHABET).contexts  # of those met at all, many once or twice
    met = np.array([contexts[s] for s in strings(other, 6)])
    assert np.mean(met == 0) == pytest.approx(unseen[6], abs=0.001)
    assert 0.1 < np.mean((met == 1) | (met == 2)) < 0.3
    words = len(train.split())
    assert (len(train) + 1) / words == pytest.approx(5.4, abs=0.05)


def test_per_step_keeps_the_contract():
    x = np.random.default_rng(0).standard_normal((3, 4, 1, 5))
    for layer in (PerStep(Linear(4, 2)), PerStep(LayerNorm(4)), *reading.block(4, 2)):
        check_layer(layer, x)
    params = (layer := PerStep(Linear(4, 2))).init(np.random.default_rng(1))
    y = layer.forward(params, x)[0]
    np.testing.assert_allclose(y[2, :, 0, 3], params[0] @ x[2, :, 0, 3])


@pytest.mark.parametrize("make", [reading.reader, reading.transformer])
def test_loss_and_gradient(make):
    """Against torch's cross-entropy of all steps, and differences; nothing sees what comes."""
    net = make(copies=None).to("numpy", "float64")
    x, y = np.random.default_rng(0).integers(0, 31, (2, 3, 6))
    J, g = reading.loss_and_gradient(net, x, y)
    z = torch.from_numpy(rows(steps(net(net.convert(x)))))
    assert J == pytest.approx(
        torch.nn.functional.cross_entropy(z, torch.from_numpy(y.ravel())).item()
    )
    v, eps = np.random.default_rng(1).standard_normal(g.shape), 1e-6
    values = []
    for sign in (1, -1):
        net.theta[...] += sign * eps * v
        values.append(reading.loss_and_gradient(net, x, y)[0])
        net.theta[...] -= sign * eps * v
    assert g @ v == pytest.approx((values[0] - values[1]) / (2 * eps), rel=1e-6)
    other = x.copy()
    other[:, 4:] = (other[:, 4:] + 1) % 31
    before, after = (net(net.convert(a))[..., :4] for a in (x, other))
    np.testing.assert_allclose(before, after, atol=1e-12)


def test_learning_to_read():
    text = reading.tokens("the cat sat on the mat and " * 200)
    net, looks = reading.reader(24, copies=2), []
    before = reading.nats(net, text)
    reading.learn(net, text, 120, [0.01, 0.02], length=16, batch=8, look=looks.append)
    after = reading.nats(net, text)
    assert before.min() > 3 and after.max() < 0.7 and looks == list(range(121))
    told = reading.text(net[0], "the ", 40, temperature=0.3)
    assert (
        told.startswith("the ")
        and len(told) == 44
        and reading.known_words(told, "the cat sat on mat and") > 0.6
    )
    assert told == reading.text(net[0], "the ", 40, temperature=0.3)


def test_known_words():
    assert reading.known_words("he cat zzz sat o", "the cat sat") == pytest.approx(2 / 3)
    assert reading.known_words("cat", "cat") == 0


def test_what_is_to_be_remembered():
    X, y = reading.remember(500, 3, np.random.default_rng(0))
    assert X.shape == (500, 4) and (X[:, 0] == y).all()
    assert set(y) == set(range(4)) and set(X[:, 1:].ravel()) == set(range(4, 8))
    assert set(reading.remember(50, 3, np.random.default_rng(0), 1)[0][:, 1:].ravel()) == {4}
    for kind in reading.MEMORIES:
        net = reading.memory(kind, 3, 8, [0, 1])
        assert net(net.convert(X[:5])).shape == (2, 5, 4)
    U = reading.memory(reading.MEMORIES[1], 3, 8).params[1][1][0]
    np.testing.assert_allclose(U @ U.T, np.eye(8), atol=1e-6)
    shares = reading.remembered("attention", 2, [0, 1], [0.01], steps=60, units=8)
    assert shares.shape == (6, 1, 2) and shares[-1].min() > 0.9


def test_gradients_through_time():
    """``through_time`` is ∂J/∂hₜ: for one step back it is Uᵀ δ, by torch's chain rule."""
    lengths, bound = reading.through_time(1.2, 5, 4, seeds=[3])
    rng = np.random.default_rng(3)
    W, U, b = (
        torch.from_numpy(p)
        for p in Recurrent(1, 4, init_recurrent=reading.Orthogonal(1.2)).init(rng)
    )
    x = torch.from_numpy(rng.standard_normal((1, 1, 1, 5))).ravel()
    h, states = torch.zeros(4, dtype=torch.float64, requires_grad=True), []
    for t in range(5):
        states.append(h)
        h = torch.tanh(0.3 * W[:, 0] * x[t] + U @ h + b[0])
        h.retain_grad()
    g = torch.from_numpy(rng.standard_normal(4))
    (h @ g).backward()
    wanted = [s.grad.norm().item() / g.norm().item() for s in states[::-1]]
    np.testing.assert_allclose(lengths[0], wanted, rtol=1e-10)
    np.testing.assert_allclose(bound, 1.2 ** np.arange(1, 6))
    assert (lengths <= bound + 1e-12).all()


# ---------------------------------------------------------------- noise


def test_the_way_back_has_the_mean_and_variance_of_the_text():
    """Equation 20.10: the regression of xₜ₋₁ on x and xₜ, from samples."""
    rng, n, t = np.random.default_rng(0), 400_000, 17
    kept, before = denoising.KEPT[t], denoising.KEPT[t - 1]
    x, e1, e2 = rng.standard_normal((3, n))
    a = kept / before
    earlier = np.sqrt(before) * x + np.sqrt(1 - before) * e1
    later = np.sqrt(a) * earlier + np.sqrt(1 - a) * e2
    weights, rest, *_ = np.linalg.lstsq(np.stack([x, later], axis=1), earlier, rcond=None)
    wanted = [np.sqrt(before) * (1 - a) / (1 - kept), np.sqrt(a) * (1 - before) / (1 - kept)]
    np.testing.assert_allclose(weights, wanted, atol=0.005)
    assert rest[0] / n == pytest.approx((1 - a) * (1 - before) / (1 - kept), rel=0.01)
    assert later.var() == pytest.approx(kept + 1 - kept, rel=0.01)


def test_drowning():
    assert 0.999 < denoising.KEPT[0] <= 1 and denoising.KEPT[-1] < 0.001
    assert (np.diff(denoising.KEPT) < 0).all()
    x, noise = np.ones((2, 64)), np.zeros((2, 64))
    np.testing.assert_allclose(
        denoising.drown(x, np.array([0, 40]), noise)[:, 0], np.sqrt(denoising.KEPT[[0, 40]])
    )
    assert denoising.told(x, np.array([0, 40])).shape == (2, 71)


def test_pictures_out_of_noise():
    net = denoising.denoiser(steps=300)
    path = denoising.generate(net, 30, seed=1)
    assert path.shape == (41, 30, 64) and path[0].std() == pytest.approx(1, abs=0.05)
    known, fresh = denoising.pictures()
    shuffled = np.random.default_rng(0).permuted(fresh, axis=0)
    made, real, spoiled = (denoising.nearest(p, known).mean() for p in (path[-1], fresh, shuffled))
    assert real < made < spoiled + 0.3
    np.testing.assert_array_equal(path, denoising.generate(net, 30, seed=1))
    assert denoising.nearest(known[:2], known).max() == 0


# ---------------------------------------------------------------- the pole


def test_the_pole_obeys_its_equations():
    """Both equations of motion, as they are before they are solved for ẍ and φ̈."""
    rng = np.random.default_rng(0)
    phi, omega, push = rng.uniform(-1, 1, (3, 50)) * np.array([[1], [2], [10]])
    a, turn = cart_pole.accelerations(phi, omega, push)
    m, half, total = cart_pole.POLE, cart_pole.HALF, cart_pole.CART + cart_pole.POLE
    force = total * a + m * half * (turn * np.cos(phi) - omega**2 * np.sin(phi))
    np.testing.assert_allclose(force, push)
    np.testing.assert_allclose(
        4 / 3 * half * turn + a * np.cos(phi), cart_pole.GRAVITY * np.sin(phi)
    )


def test_balance():
    alive, path = cart_pole.balance(np.array([[0.0, 0, 0, 0], [0.1, 0.3, 1, 0.5]]), seed=0)
    assert path.shape == (500, 2, 4) and alive[0] < 20 < alive[1]
    np.testing.assert_array_equal(path[-1, 0], path[alive[0] + 1, 0])  # fallen, it lies still
    assert abs(path[0]).max() <= 0.05
    weights = cart_pole.random_weights(30)
    apart = [cart_pole.balance(weights, seed, 100)[0] for seed in (3, 4)]
    together, none = cart_pole.balance(weights, (3, 4), 100, watch=False)
    np.testing.assert_array_equal(together, np.concatenate(apart))
    assert len(none) == 0


def test_search_keeps_the_best():
    weights, record = cart_pole.search(40, seed=2)
    assert weights.shape == (4,) and (np.diff(record) >= 0).all() and len(record) == 40
    assert cart_pole.balance(weights, seed=2)[0] == record[-1]
