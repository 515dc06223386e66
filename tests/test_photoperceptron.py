"""The machine of 1958."""

import array_api_strict
import numpy as np
import torch

from dlcore.backend import to_numpy
from dlcore.datasets import digits
from dlcore.photoperceptron import Photoperceptron
from dlcore.teaching.chapters.cards import cards, to_retina

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
