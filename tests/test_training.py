import copy
import pickle

import numpy as np
import pytest
import torch

from dlcore.backend import asarray, namespace, to_numpy
from dlcore.history import DivergedError
from dlcore.images import Conv2d, Flatten
from dlcore.layers import Activation, Linear
from dlcore.losses import MeanSquaredError, SigmoidCrossEntropy, SoftmaxCrossEntropy
from dlcore.metrics import accuracy
from dlcore.network import MLP, Network
from dlcore.normalization import BatchNorm
from dlcore.optimizers import Adam, GradientDescent, Momentum
from dlcore.regularizers import L1, L2, ElasticNet, MaxNorm
from dlcore.training import _bar, fit, minibatches

from .reference import LIKE, backends, close, tensor, torch_mlp

rng = np.random.default_rng(0)
X = rng.standard_normal((30, 2))
y = (X[:, 0] * X[:, 1] > 0).astype(int)
XV = rng.standard_normal((20, 2))
yv = (XV[:, 0] * XV[:, 1] > 0).astype(int)
BCE = SigmoidCrossEntropy()


def mlp(like, **options):
    return MLP([2, 5, 1], **{"seed": 1, "dtype": "float64", **options}).to(like)


def train(net, lr=0.05, optimizer=Adam, loss=BCE, X=X, y=y, **options):
    options = {"epochs": 8, "batch_size": 7, "progress": False, **options}
    return fit(net, loss, optimizer(net.theta, lr=lr), X, y, **options)


def test_minibatches_visit_every_sample_once():
    batches = minibatches(10, 4, np.random.default_rng(0))
    assert [len(b) for b in batches] == [4, 4, 2]
    assert sorted(np.concatenate(batches)) == list(range(10))
    others = minibatches(10, 4, np.random.default_rng(1))
    assert batches[0].tolist() != others[0].tolist()


def test_the_bar_counts_the_epochs_and_appears_after_a_second(monkeypatch):
    import tqdm.auto

    monkeypatch.setattr(tqdm.auto, "tqdm", lambda numbers, **options: (numbers, options))
    options = {"desc": "epochs", "delay": 1, "leave": False, "initial": 3, "total": 10}
    assert _bar(range(4, 11), True) == (range(4, 11), options)  # three epochs were there before
    assert _bar(range(4, 11), False) == range(4, 11)


def loop_of_torch(theta):
    """What ``train`` does with Momentum and seed=3: the losses of the epochs, and θ."""
    forward, parameters = torch_mlp([2, 5, 1], torch.tanh, theta)
    reference = torch.optim.SGD(parameters, lr=0.05, momentum=0.9)
    order, losses = np.random.default_rng(3), []
    for _ in range(8):
        total = 0.0
        for batch in minibatches(len(X), 7, order):
            reference.zero_grad()
            J = torch.nn.functional.binary_cross_entropy_with_logits(
                forward(tensor(X[batch])), tensor(y[batch, None].astype(float))
            )
            J.backward()
            reference.step()
            total += J.item() * len(batch) / len(X)
        losses.append(total)
    return losses, np.concatenate([p.detach().numpy().ravel() for p in parameters])


@backends
def test_the_loop_is_that_of_torch(like):
    net = mlp(like)
    losses, theirs = loop_of_torch(to_numpy(net.theta))
    history = train(net, optimizer=Momentum, seed=3)
    np.testing.assert_allclose(history.loss, losses, **close)
    np.testing.assert_allclose(to_numpy(net.theta), theirs, **close)
    assert history.steps == 8 * 5 and history.epochs == 8 and history.diverged == 0


def test_every_backend_gives_the_same_history():
    histories = [train(mlp(like), validation=(XV, yv)) for like in LIKE.values()]
    for other in histories[1:]:
        np.testing.assert_allclose(other.loss, histories[0].loss, **close)
        np.testing.assert_allclose(other.validation, histories[0].validation, **close)


@backends
def test_batch_size_none_is_the_whole_set_in_its_order(like):
    net, ref = mlp(like), mlp(like)
    history = train(net, optimizer=GradientDescent, batch_size=None, epochs=3)
    optimizer = GradientDescent(ref.theta, lr=0.05)
    for _ in range(3):
        optimizer.step(ref.gradient(BCE, asarray(X, like), asarray(y[:, None], like)))
    np.testing.assert_array_equal(to_numpy(net.theta), to_numpy(ref.theta))
    assert history.steps == 3


@backends
@pytest.mark.parametrize("E", [1, 3, 7])  # 7: as many networks as samples in a minibatch
def test_a_stack_trains_as_its_networks_one_by_one(like, E):
    stack = mlp(like, copies=E)
    options = dict(validation=(XV, yv), penalty=L2(0.01))
    history = train(stack, **options)
    for e in range(E):
        net = mlp(like, seed=1 + e)
        single = train(net, **options)
        np.testing.assert_allclose(to_numpy(stack.theta[e]), to_numpy(net.theta), rtol=1e-9)
        np.testing.assert_allclose(np.array(history.loss)[:, e], single.loss, rtol=1e-10)
        np.testing.assert_allclose(np.array(history.validation)[:, e], single.validation, rtol=1e-9)


@backends
def test_every_network_may_have_its_own_data(like):
    stack = mlp(like, copies=2, seed=[1, 1])
    train(stack, X=np.stack([X, X[::-1]]), y=np.stack([y, y[::-1]])[:, :, None])
    for e, (x, t) in enumerate(((X, y), (X[::-1], y[::-1]))):
        net = mlp(like)
        train(net, X=x, y=t)
        np.testing.assert_allclose(to_numpy(stack.theta[e]), to_numpy(net.theta), rtol=1e-9)


@backends
@pytest.mark.parametrize("R", [L1(0.3), L2(0.3), ElasticNet(0.1, 0.2)])
def test_a_penalty_acts_on_the_weights_and_not_on_the_biases(like, R):
    net, ref = mlp(like), mlp(like)
    history = train(net, optimizer=GradientDescent, batch_size=None, epochs=1, penalty=R)
    x, t = asarray(X, like), asarray(y[:, None], like)
    g, w = ref.gradient(BCE, x, t), ref.theta[: ref.n_weights]
    J = float(BCE.value(ref(x), t)) + float(R.value(w))
    g[: ref.n_weights] += R.grad(w)
    np.testing.assert_allclose(to_numpy(net.theta), to_numpy(ref.theta - 0.05 * g), rtol=1e-12)
    assert history.loss == pytest.approx([J], rel=1e-12)


@backends
def test_a_constraint_holds_after_every_step(like):
    net = mlp(like)
    longest = []

    class Watched(MaxNorm):
        def __call__(self, net):
            super().__call__(net)
            longest.append(
                max(np.linalg.norm(to_numpy(p[0]), axis=1).max() for p in net.params if p)
            )

    train(net, lr=0.5, constraint=Watched(0.7))
    assert len(longest) == 40 and max(longest) <= 0.7 + 1e-12


@backends
def test_clipping_the_gradient(like):
    net, ref = mlp(like), mlp(like)
    train(net, optimizer=GradientDescent, batch_size=None, epochs=1, clip=0.01)
    g = ref.gradient(BCE, asarray(X, like), asarray(y[:, None], like))
    step = 0.05 * 0.01 * to_numpy(g) / np.linalg.norm(to_numpy(g))
    np.testing.assert_allclose(to_numpy(net.theta), to_numpy(ref.theta) - step, rtol=1e-12)


# --- early stopping -----------------------------------------------------------------------------


@backends
@pytest.mark.parametrize("copies", [None, 4])
def test_early_stopping_gives_back_the_best(like, copies):
    noisy = np.random.default_rng(5).integers(0, 2, len(X))  # nothing to learn: it over-fits
    options = dict(y=noisy, validation=(XV, yv), lr=0.1)
    net = mlp(like, copies=copies)
    snapshots = []
    keep = lambda epoch: snapshots.append(to_numpy(net.theta))  # noqa: E731
    long = train(net, epochs=60, callback=keep, **options)
    stopped = mlp(like, copies=copies)
    history = train(stopped, epochs=60, patience=6, **options)
    V = np.array(long.validation).reshape(60, -1)
    for e in range(V.shape[1]):
        best, since = 0, 0  # what patience means, written out
        for k in range(60):
            best, since = (k, 0) if V[k, e] < V[best, e] or k == 0 else (best, since + 1)
            if since == 6:
                break
        theta = to_numpy(stopped.theta).reshape(V.shape[1], -1)[e]
        np.testing.assert_array_equal(theta, snapshots[best].reshape(V.shape[1], -1)[e])
        assert np.ravel(history.best)[e] == best + 1
    assert history.epochs < 60


@backends
@pytest.mark.parametrize("copies", [None, 3])
def test_early_stopping_gives_back_the_running_statistics(like, copies):
    net = Network(
        Linear(2, 6),
        BatchNorm(6),
        Activation("tanh"),
        Linear(6, 1),
        seed=1,
        copies=copies,
        dtype="float64",
    ).to(like)
    history = train(net, lr=0.1, epochs=40, batch_size=5, validation=(XV, yv), patience=6)
    J = BCE.value(net(asarray(XV, like)), asarray(yv[:, None], like))
    V = np.array(history.validation).reshape(history.epochs, -1)
    best = np.ravel(history.best) - 1
    np.testing.assert_array_equal(np.ravel(to_numpy(J)), V[best, np.arange(len(best))])
    assert np.all(history.best < history.epochs)  # it was not the last epoch


@pytest.mark.parametrize("copies", [None, 2])
def test_a_loss_that_stays_the_same_has_not_improved(copies):
    net = mlp(LIKE["numpy"], copies=copies)
    optimizer = GradientDescent(net.theta, lr=lambda t: 0.0)
    options = dict(validation=(XV, yv), patience=3, progress=False)
    history = fit(net, BCE, optimizer, X, y, epochs=9, **options)
    assert history.epochs == 4 and np.all(history.best == 1)
    assert np.asarray(history.best).dtype.kind == "i"  # an epoch, a whole number


@backends
def test_without_patience_the_last_theta_stays(like):
    history = train(mlp(like), validation=(XV, yv))
    assert history.best is None and len(history.validation) == 8


# --- divergence ---------------------------------------------------------------------------------


@backends
def test_divergence_is_explained_and_keeps_the_history(like):
    net = MLP([2, 5, 1], activation="relu", seed=1, dtype="float64").to(like)
    target = 10.0 * X[:, :1]
    with pytest.raises(
        DivergedError,
        match=r"step \d+, epoch \d+: try a smaller learning rate "
        r"\(it is 50\)",
    ) as info:
        train(net, optimizer=GradientDescent, lr=50.0, loss=MeanSquaredError(), y=target, epochs=99)
    history = info.value.history
    assert history.epochs >= 1 and np.isfinite(history.loss[0]) or history.steps > 0
    assert info.value.step == history.diverged > 1
    for twin in (copy.copy(info.value), pickle.loads(pickle.dumps(info.value))):
        assert (str(twin), twin.step) == (str(info.value), info.value.step)
        assert twin.history.loss == history.loss


@backends
def test_a_stack_goes_on_while_one_network_is_left(like):
    target = 10.0 * X[:, :1]
    rates = asarray(np.array([[50.0], [0.01], [80.0]]), like)
    net = MLP([2, 5, 1], activation="relu", copies=3, seed=[1, 1, 1], dtype="float64").to(like)
    options = dict(optimizer=GradientDescent, loss=MeanSquaredError(), y=target, epochs=40)
    history = train(net, lr=rates, **options)
    assert (history.diverged > 0).tolist() == [True, False, True] and history.epochs == 40
    alone = MLP([2, 5, 1], activation="relu", seed=1, dtype="float64").to(like)
    single = train(alone, lr=0.01, **options)
    np.testing.assert_allclose(np.array(history.loss)[:, 1], single.loss, rtol=1e-10)
    with pytest.raises(DivergedError, match="try a smaller learning rate, or scale the inputs"):
        fresh = MLP([2, 5, 1], activation="relu", copies=3, dtype="float64").to(like)
        train(fresh, lr=asarray(np.full((3, 1), 90.0), like), **options)


# --- what is refused ----------------------------------------------------------------------------


@backends
@pytest.mark.parametrize(
    "change, error, message",
    [
        (dict(X=X[:, :1]), ValueError, r"Linear\(2, 5\): expected x of shape \(N, 2\)"),
        (dict(X=X[0]), ValueError, r"expected X of shape \(N, n_in\), N ≥ 1, got \(2,\)"),
        (dict(X=X[:0], y=y[:0]), ValueError, "N ≥ 1"),
        (dict(X=np.where(X > 1, np.nan, X)), ValueError, "finite numbers in X"),
        (dict(y=y[:9]), ValueError, r"expected y for 30 samples, got \(9,\)"),
        (dict(y=3 * y), ValueError, "expected labels 0 … 1"),
        (dict(y=y.astype(float)), ValueError, r"expected y of shape \(30, 1\)"),
        (dict(validation=(XV, yv + 5)), ValueError, "expected labels 0 … 1"),
        (dict(validation=(np.inf * XV, yv)), ValueError, "finite numbers in validation X"),
        (dict(epochs=0), ValueError, "expected an integer epochs ≥ 1, got 0"),
        (dict(batch_size=2.5), ValueError, "expected an integer batch_size ≥ 1, got 2.5"),
        (dict(clip=0), ValueError, "expected clip > 0, got 0"),
        (dict(patience=3), ValueError, r"expected validation=\(X, y\), which patience needs"),
        (
            dict(penalty=L2(np.full((2, 1), 0.1))),
            ValueError,
            r"L2: expected lam of shape \(1,\), got",
        ),
        (dict(loss="mse"), TypeError, "expected a loss from dlcore.losses"),
    ],
    ids=str,
)
def test_bad_input_changes_nothing(like, change, error, message):
    net = mlp(like)
    before = to_numpy(net.theta)
    with pytest.raises(error, match=message):
        train(net, **change)
    np.testing.assert_array_equal(to_numpy(net.theta), before)


@backends
def test_an_optimizer_of_another_network_is_refused(like):
    net = mlp(like)
    with pytest.raises(ValueError, match="the Adam is bound to another θ"):
        fit(net.to(like), BCE, Adam(net.theta), X, y)


@backends
def test_truth_values_are_labels(like):
    losses = [train(mlp(like), y=labels, validation=(XV, yv > 0)).loss for labels in (y, y > 0)]
    assert losses[0] == losses[1]
    assert train(mlp(like), y=y[:, None] > 0).loss == losses[0]


def test_fit_wants_rows_and_says_what_to_do_with_images():
    images = np.ones((30, 1, 8, 8))
    net = Network(Conv2d(1, 2, 8), Flatten(2, 1, 1), Linear(2, 1), dtype="float64")
    message = r"X as rows \(N, n_in\), got \(30, 1, 8, 8\): .*X.reshape\(N, -1\).*Unflatten\(C, H"
    with pytest.raises(ValueError, match=message):
        train(net, X=images)
    with pytest.raises(ValueError, match=r"X as rows \(N, n_in\), got \(2, 30, 2\)"):
        train(mlp(LIKE["numpy"]), X=np.stack([X, X]), y=np.stack([y, y])[..., None])
    with pytest.raises(ValueError, match=r"X as rows \(N, n_in\), got \(2, 30, 8, 8\)"):
        train(mlp(LIKE["numpy"], copies=2), X=np.ones((2, 30, 8, 8)))


def test_what_a_short_minibatch_does_to_batch_norm_is_said():
    net = Network(Linear(2, 3), BatchNorm(3), Linear(3, 1), dtype="float64")
    message = r"BatchNorm\(3\): expected at least 2 .*, got 1; the last minibatch has 1 sample$"
    with pytest.raises(ValueError, match=message):
        train(net, batch_size=29)


@backends
def test_data_of_any_library_is_converted_once(like):
    losses = [
        train(mlp(like), X=a, y=b).loss
        for a, b in ((X, y), (X.tolist(), y.tolist()), (torch.tensor(X), torch.tensor(y)))
    ]
    assert losses[0] == losses[1] == losses[2]


@backends
def test_accuracy(like):
    logits = asarray([[2.0, 1.0, 0.0], [0.0, 0.0, 5.0], [1.0, 3.0, 2.0], [9.0, 0.0, 0.0]], like)
    integer = namespace(like).int64
    labels = asarray([0, 2, 1, 1], like, dtype=integer)
    assert float(accuracy(logits, labels)) == 0.75
    stack = accuracy(asarray(np.stack([to_numpy(logits), -to_numpy(logits)]), like), labels)
    assert to_numpy(stack).tolist() == [0.75, 0.25]
    binary = asarray([[0.1], [0.0], [-3.0], [2.0]], like)
    bits = asarray([1, 0, 1, 1], like, dtype=integer)
    assert float(accuracy(binary, bits)) == 0.75
    with pytest.raises(ValueError, match=r"expected integer labels of shape \(4,\)"):
        accuracy(logits, asarray([0.0, 1.0, 2.0, 1.0], like))
    with pytest.raises(ValueError, match=r"expected integer labels of shape \(4,\)"):
        accuracy(logits, labels[:3])


@backends
def test_softmax_training_learns(like):
    labels = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)
    net = MLP([2, 8, 3], seed=0).to(like, dtype="float32")
    history = train(net, loss=SoftmaxCrossEntropy(), y=labels, epochs=150)
    assert history.loss[-1] < 0.2 * history.loss[0]
