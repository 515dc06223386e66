"""The last value on the good side of each border is taken, the first beyond it is refused."""

import numpy as np
import pytest

from dlcore.activations import softmax
from dlcore.alignment import alignment_gradient, random_feedback
from dlcore.backend import to_numpy
from dlcore.boltzmann import RBM
from dlcore.datasets import boolean, spirals
from dlcore.gradcheck import directional_error
from dlcore.hebbian import covariance
from dlcore.history import DivergedError
from dlcore.hopfield import overlap
from dlcore.initializers import initializer
from dlcore.layers import Linear
from dlcore.losses import MeanSquaredError, SigmoidCrossEntropy
from dlcore.metrics import accuracy, calibration
from dlcore.network import MLP
from dlcore.optimizers import AdamW, GradientDescent
from dlcore.perceptron import Perceptron
from dlcore.photoperceptron import Photoperceptron
from dlcore.regularizers import MaxNorm
from dlcore.separability import max_margin
from dlcore.teaching.chapters.cards import cards, to_retina
from dlcore.teaching.chapters.memory import recall_overlap
from dlcore.teaching.chapters.pocket import pocket
from dlcore.teaching.chapters.spike_trains import cv_isi
from dlcore.training import fit, minibatches

X, Y = np.array([[0.0, 0.1], [0.1, 1.0], [1.0, 0.0], [1.0, 1.1]]), np.array([0, 0, 1, 1])
MACHINE = Photoperceptron(2, 1, retina=(1, 1), fan_in=1)


def test_the_smallest_sizes():
    assert set(to_numpy(spirals(4, classes=1)[1])) == {0}
    assert [list(batch) for batch in minibatches(1, 1, np.random.default_rng(0))] == [[0]]
    assert to_retina(np.ones((2, 1)), retina=(1, 1)).tolist() == [[1], [1]]
    assert to_numpy(MACHINE(np.ones((3, 1)))).shape == (3,)
    assert cards(3, side=2, size=1)[0].shape == (3, 4)


def test_one_input_one_output_one_example():
    assert Linear(1, 1).n_in == 1
    assert initializer("he")(np.random.default_rng(0), 1, 1).shape == (1, 1)
    assert Perceptron(2).fit(X[:1], Y[:1]).errors == [0]
    assert MACHINE.train(np.ones((1, 1)), [1]).shape == (1,)


def test_axes_and_labels_at_the_ends():
    p = softmax(np.ones((4, 2)), axis=-2)
    np.testing.assert_allclose(p.sum(axis=0), 1)
    with pytest.raises(ValueError, match="labels 0 … 1 .*, got 0 … 2"):
        accuracy(np.array([[0.1], [0.2], [0.3]]), np.array([0, 1, 2]))


def test_a_number_for_each_network():
    for lr in (np.asarray(0.1), np.full((1, 1), 0.1)):
        theta = np.ones((1, 3)) if lr.ndim else np.ones(3)
        GradientDescent(theta, lr=lr).step(np.ones(theta.shape))
        np.testing.assert_allclose(theta, 0.9)
    with pytest.raises(ValueError, match=r"expected lr of shape \(1,\), got \(3, 1\)"):
        GradientDescent(np.ones(3), lr=np.full((3, 1), 0.1))
    assert GradientDescent(np.ones(3), lr=0.1).t == 0  # a plain number, unless capturable


def test_whole_numbers_as_targets_keep_the_dtype():
    z = np.ones((4, 1), np.float32)
    for loss in (MeanSquaredError(), SigmoidCrossEntropy()):
        assert loss.grad(z, Y[:, None]).dtype == loss.value(z, Y[:, None]).dtype == np.float32


def test_divergence_in_the_first_step():
    net = MLP([2, 1], dtype="float64")
    with pytest.raises(DivergedError) as error:
        fit(net, MeanSquaredError(), AdamW(net.theta), 1e200 * X, X[:, :1], progress=False)
    assert (error.value.step, error.value.history.diverged) == (1, 1)


def test_one_bin_and_patience_for_one_epoch():
    calibration(np.array([0.2, 0.9]), np.array([0, 1]), bins=1)
    net = MLP([2, 2, 1])
    options = {"epochs": 3, "patience": 1, "validation": (X, Y), "progress": False}
    history = fit(net, SigmoidCrossEntropy(), AdamW(net.theta), X, Y, **options)
    assert {type(J) for J in history.loss + history.validation} == {float}


def test_what_is_left_out(monkeypatch):
    rng = np.random.default_rng(3)
    x, t = rng.standard_normal((33, 2)), rng.standard_normal((33, 1))

    def trained(**options):
        net = MLP([2, 2, 1], dtype="float64")
        history = fit(net, MeanSquaredError(), AdamW(net.theta), x, t, **options)
        return history.epochs, history.steps, *net.theta

    bars = []
    monkeypatch.setattr("tqdm.auto.tqdm", lambda epochs, **_: bars.append(epochs) or epochs)
    assert trained() == trained(epochs=100, batch_size=32, seed=0, progress=False)
    assert bars == [range(1, 101)]  # the first shows one
    np.testing.assert_array_equal(MLP([2, 2, 1]).theta, MLP([2, 2, 1], seed=0).theta)
    xor = boolean("xor")
    for order in (None, "random"):
        plain = Perceptron(2).fit(*xor, order=order)
        told = Perceptron(2).fit(*xor, order=order, epochs=100, seed=0)
        assert (plain.errors, plain.updates) == (told.errors, told.updates)
        assert plain.errors == told.errors and len(plain.errors) == 100


def test_no_trial_and_one_step():
    none = pocket(X, Y, trials=0)
    assert (len(none.kept), none.kept[0]) == (1, 0.5)
    found = max_margin(X, Y, steps=1)
    assert found is None or np.isclose(np.linalg.norm(found), 1)


def test_one_direction_of_many():
    theta = np.array([0.5, -1.0, 2.0])
    assert directional_error(lambda: float(theta @ theta), theta, 2 * theta, directions=1) < 1e-8


def test_no_weight_and_one_weight_decay():
    for n, kept in ((0, [1.0, 1.0]), (1, [0.9, 1.0]), (2, [0.9, 0.9]), (None, [0.9, 0.9])):
        theta = np.ones(2)
        AdamW(theta, lr=0.1, decay=1.0, n_weights=n).step(np.zeros(2))
        np.testing.assert_allclose(theta, kept, rtol=1e-15)
    with pytest.raises(ValueError, match="AdamW.*: expected .*n_weights.* got 3"):
        AdamW(np.ones(2), n_weights=3)


def test_two_spikes_at_one_time_are_two_spikes():
    assert cv_isi([0.0, 1.0, 1.0]) == cv_isi([0.0, 0.0, 1.0]) == 1.0
    with pytest.raises(ValueError, match="cv_isi: expected at least 3 spikes at several times"):
        cv_isi([1.0, 1.0, 1.0])


def test_a_probability_ends_at_one():
    assert recall_overlap(0.1, N=10, p=1.0) <= 1
    with pytest.raises(ValueError, match="recall_overlap: expected .*p.* got 1.5"):
        recall_overlap(0.1, N=10, p=1.5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: Perceptron(5, w=[1.0, 2.0]),
            "Perceptron(5): expected w = (b, w1, …) of shape (6,), got (2,)",
        ),
        (
            lambda: Perceptron(2, bias=False, w=[1.0]),
            "Perceptron(2): expected w = (w1, …) of shape (2,), got (1,)",
        ),
        (lambda: Perceptron(2).fit(X, Y[:3]), "Perceptron(2): expected y of shape (4,), got (3,)"),
        (
            lambda: Perceptron(1).fit(np.ones((7, 1)), np.arange(7)),
            "Perceptron(1): expected labels 0 and 1, got 0 … 6",
        ),
        (
            lambda: MACHINE.train(np.ones((7, 1)), np.arange(7)),
            "expected labels 0 and 1, got 0 … 6",
        ),
        (
            lambda: RBM(3, 2).energy(np.ones((4, 3), np.float32), np.ones((5, 2), np.float32)),
            "RBM(3, 2): expected h of shape (4, 2), got (5, 2)",
        ),
        (
            lambda: covariance(np.ones(3), np.ones((4, 3)), mean=np.ones(2)),
            "covariance: expected mean of shape (3,), got (2,)",
        ),
        (
            lambda: overlap(np.ones((4, 3)), np.ones(2)),
            "overlap: expected pattern of shape (…, 3), got (2,)",
        ),
        (lambda: MaxNorm(1.0)(3), "MaxNorm(1.0): expected a network, got int"),
        (lambda: random_feedback(3), "random_feedback: expected a network, got 3"),
        (
            lambda: alignment_gradient(3, [], MeanSquaredError(), X, Y),
            "feedback: expected a network, got 3",
        ),
        (
            lambda: alignment_gradient(MLP([2, 1]), 3, MeanSquaredError(), X, Y),
            "feedback: expected a list, got 3",
        ),
    ],
)
def test_messages_tell_the_true_sizes(call, message):
    with pytest.raises((TypeError, ValueError)) as error:
        call()
    assert message in str(error.value)
