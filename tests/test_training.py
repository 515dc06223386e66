import copy
import pickle
import signal
import sys
import threading
import tracemalloc

import numpy as np
import pytest
import torch

from dlcore.alignment import alignment_gradient, random_feedback
from dlcore.backend import asarray, namespace, to_numpy
from dlcore.early_stopping import ReduceOnPlateau
from dlcore.history import DivergedError, Interrupted
from dlcore.images import Conv2d, Flatten, Unflatten
from dlcore.layers import Activation, Linear
from dlcore.losses import MeanSquaredError, SigmoidCrossEntropy, SoftmaxCrossEntropy
from dlcore.metrics import accuracy
from dlcore.network import MLP, Network
from dlcore.normalization import BatchNorm
from dlcore.optimizers import Adam, AdamW, GradientDescent, Momentum
from dlcore.regularizers import L1, L2, ElasticNet, MaxNorm
from dlcore.training import _measured, fit, minibatches

from .reference import LIKE, backends, close, tensor, torch_mlp

rng = np.random.default_rng(0)
X = rng.standard_normal((30, 2))
y = (X[:, 0] * X[:, 1] > 0).astype(int)
XV = rng.standard_normal((20, 2))
yv = (XV[:, 0] * XV[:, 1] > 0).astype(int)
BCE = SigmoidCrossEntropy()


@pytest.fixture(autouse=True, scope="module")
def ctrl_c():
    """A program that was started in the background ignores Ctrl-C; these tests press it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def mlp(like, **options):
    return MLP([2, 5, 1], **{"seed": 1, "dtype": "float64", **options}).to(like)


def train(net, lr=0.05, optimizer=Adam, loss=BCE, X=X, y=y, **options):
    options = {"epochs": 8, "batch_size": 7, "progress": False, **options}
    return fit(net, loss, optimizer(net.theta, lr=lr), X, y, **options)


def test_fit_and_alignment_take_the_gradient_of_the_network(monkeypatch):
    calls, real = [], Network.value_and_gradient
    monkeypatch.setattr(
        Network,
        "value_and_gradient",
        lambda self, *args, **options: calls.append(1) or real(self, *args, **options),
    )
    net = mlp("numpy")
    steps = train(net).steps
    assert len(calls) == steps > 0
    alignment_gradient(net, random_feedback(net), BCE, X, y)
    assert len(calls) == steps + 1


def test_minibatches_visit_every_sample_once():
    batches = minibatches(10, 4, np.random.default_rng(0))
    assert [len(b) for b in batches] == [4, 4, 2]
    assert sorted(np.concatenate(batches)) == list(range(10))
    others = minibatches(10, 4, np.random.default_rng(1))
    assert batches[0].tolist() != others[0].tolist()
    whole = minibatches(10, 4, np.random.default_rng(0), drop_last=True)
    assert [b.tolist() for b in whole] == [b.tolist() for b in batches[:2]]


def test_the_bar_counts_the_epochs_and_appears_after_a_second(monkeypatch, tmp_path):
    import tqdm.auto

    shown = []
    bar = lambda numbers, **options: shown.append((numbers, options)) or []  # noqa: E731
    monkeypatch.setattr(tqdm.auto, "tqdm", bar)
    train(mlp(LIKE["numpy"]), epochs=3, checkpoint=tmp_path / "run")
    assert not shown
    train(mlp(LIKE["numpy"]), epochs=10, checkpoint=tmp_path / "run", progress=True)
    options = {"desc": "epochs", "delay": 1, "leave": False, "initial": 3, "total": 10}
    assert shown == [(range(4, 11), options)]  # three epochs were there before


def test_without_options_it_is_100_epochs_of_minibatches_of_32_with_a_bar(monkeypatch):
    import tqdm.auto

    shown = []
    bar = lambda numbers, **options: shown.append(numbers) or numbers  # noqa: E731
    monkeypatch.setattr(tqdm.auto, "tqdm", bar)
    net, x = MLP([1, 1]), np.linspace(-1, 1, 33)[:, None]
    history = fit(net, MeanSquaredError(), GradientDescent(net.theta), x, x)
    assert shown == [range(1, 101)] and (history.epochs, history.steps) == (100, 200)


def test_without_tqdm_there_is_no_bar(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    assert train(mlp(LIKE["numpy"]), epochs=2, progress=True).epochs == 2


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
    for one in (net, ref):  # biases that are not 0, too
        one.theta[...] = asarray(np.random.default_rng(2).standard_normal(net.n_parameters), like)
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


# --- the order of the samples -------------------------------------------------------------------


def test_the_order_goes_on_from_one_call_to_the_next():
    whole, parts = mlp(LIKE["numpy"]), mlp(LIKE["numpy"])
    expected = train(whole, optimizer=GradientDescent, epochs=6, seed=0)
    losses = []
    for _ in range(6):
        losses += train(parts, optimizer=GradientDescent, epochs=1).loss
    assert losses == expected.loss
    np.testing.assert_array_equal(parts.theta, whole.theta)
    alike = [train(net := mlp(LIKE["numpy"]), epochs=1, lr=1e-9, seed=3).loss for _ in range(2)]
    alike += [train(net, epochs=1, lr=1e-9, seed=3).loss]
    assert alike[0] == alike[1] == pytest.approx(alike[2], rel=1e-6)


def following(net):
    """The order that the next call of fit would take."""
    return copy.deepcopy(net.order).permutation(30).tolist()


def test_copies_of_a_network_go_on_as_it_does(tmp_path):
    net = mlp(LIKE["numpy"])
    first = following(net)
    train(net, epochs=2)
    expected = following(net)
    assert expected != first
    twins = [copy.deepcopy(net), pickle.loads(pickle.dumps(net)), net.to("torch")]
    assert all(following(twin) == expected for twin in twins)
    twins[0].order.permutation(30)  # each has a state of its own
    twins[2].order.permutation(30)
    assert following(net) == following(twins[1]) == expected
    again = mlp(LIKE["numpy"])
    train(again, epochs=1, checkpoint=tmp_path / "run")
    resumed = mlp(LIKE["numpy"])
    train(resumed, epochs=2, checkpoint=tmp_path / "run")
    assert following(resumed) == expected
    np.testing.assert_array_equal(resumed.theta, net.theta)


def test_what_does_not_shuffle_leaves_the_order_alone():
    net = mlp(LIKE["numpy"])
    first = following(net)
    train(net, batch_size=None)
    train(net, seed=7)
    with pytest.raises(ValueError, match="expected labels"):
        train(net, y=3 * y)
    assert following(net) == first


# --- weights, metrics, pieces -------------------------------------------------------------------


@backends
@pytest.mark.parametrize("copies", [None, 3])
def test_weights_of_samples_are_copies_of_samples(like, copies):
    times = np.arange(30) % 3
    many = np.repeat(np.arange(30), times)
    options = dict(optimizer=GradientDescent, batch_size=None)
    one, other = mlp(like, copies=copies), mlp(like, copies=copies)
    history = train(one, weights=times, validation=(X, y, times), **options)
    factor = len(many) / 30  # J is a mean over N, not over Σ w
    expected = train(
        other, lr=0.05 * factor, X=X[many], y=y[many], validation=(X[many], y[many]), **options
    )
    np.testing.assert_allclose(to_numpy(one.theta), to_numpy(other.theta), **close)
    np.testing.assert_allclose(history.loss, factor * np.array(expected.loss), **close)
    np.testing.assert_allclose(history.validation, factor * np.array(expected.validation), **close)


def test_weights_are_shuffled_with_the_samples():
    one, other = mlp(LIKE["numpy"]), mlp(LIKE["numpy"])
    x, t = np.concatenate([X, 100 * X]), np.concatenate([y, 1 - y])
    weights = np.repeat([1.0, 0.0], 30)  # the second half does not count
    history = train(one, X=x, y=t, weights=weights, seed=3, epochs=1)
    expected, order = [], np.random.default_rng(3)
    optimizer = Adam(other.theta, lr=0.05)
    for batch in minibatches(60, 7, order):
        kept = batch[batch < 30]
        share = len(kept) / len(batch)
        expected.append(float(BCE.value(other(X[kept]), y[kept])) * share * len(batch) / 60)
        optimizer.step(share * other.gradient(BCE, X[kept], y[kept]))
    np.testing.assert_allclose(one.theta, other.theta, **close)
    assert history.loss == pytest.approx([sum(expected)])


@backends
@pytest.mark.parametrize("copies", [None, 3])
def test_metrics_are_recorded_after_every_epoch(like, copies):
    net, seen = mlp(like, copies=copies), []
    XT, yT = asarray(X, like), asarray(y, like, dtype=namespace(like).int64)

    def note(epoch, history):
        seen.append(to_numpy(accuracy(net(XT), yT)).tolist())
        assert history.epochs == len(history.metrics["accuracy"]) == epoch

    on_training = train(net, metrics=accuracy, callback=note)
    values = [np.asarray(value).tolist() for value in on_training.metrics["accuracy"]]
    np.testing.assert_allclose(values, seen, rtol=1e-6)
    assert np.shape(values[0]) == (() if copies is None else (copies,))
    again = mlp(like, copies=copies)
    named = {"right": accuracy, "wrong": lambda y_hat, y: 1 - accuracy(y_hat, y)}
    history = train(again, metrics=named, validation=(X, y))
    np.testing.assert_allclose(history.metrics["right"], seen, rtol=1e-6)
    np.testing.assert_allclose(history.metrics["wrong"], 1 - np.array(seen), atol=1e-6)
    assert history.loss == on_training.loss if copies is None else True


def test_a_metric_without_a_name_has_that_of_its_class():
    class Errors:
        def __call__(self, y_hat, y):
            return 1 - accuracy(y_hat, y)

    assert list(train(mlp(LIKE["numpy"]), metrics=Errors(), epochs=1).metrics) == ["Errors"]


@backends
@pytest.mark.parametrize("copies", [None, 2])
def test_pieces_give_the_mean_over_all_samples(like, copies):
    x = np.random.default_rng(4).standard_normal((1001, 2))
    t = (x[:, 0] > x[:, 1]).astype(int)
    w = np.linspace(0, 2, 1001)
    net = mlp(like, copies=copies)
    history = train(net, validation=(x, t, w), metrics=accuracy, epochs=1)
    y_hat = net(asarray(x, like))
    T = asarray(t, like, dtype=namespace(like).int64)
    J = [np.sum(w * (np.logaddexp(0, z) - t * z)) / 1001 for z in to_numpy(y_hat).reshape(-1, 1001)]
    np.testing.assert_allclose(np.ravel(history.validation), J, rtol=1e-12)
    np.testing.assert_allclose(
        history.metrics["accuracy"][0], to_numpy(accuracy(y_hat, T)), rtol=1e-12
    )


def test_memory_depends_on_the_batch_and_not_on_the_number_of_samples():
    """Beside a copy of the data, that is, and an index for each sample."""

    def beside_the_data(N):
        net = Network(
            Unflatten(1, 12, 12),
            Conv2d(1, 8, 3),
            Activation("relu"),
            Flatten(8, 10, 10),
            Linear(800, 10),
        )
        x = np.random.default_rng(0).standard_normal((N, 144)).astype("float32")
        t = np.arange(N) % 10
        optimizer = GradientDescent(net.theta, lr=1e-3)
        options = dict(validation=(x, t), metrics=accuracy, epochs=1, progress=False)
        tracemalloc.start()
        fit(net, SoftmaxCrossEntropy(), optimizer, x, t, **options)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak - 2 * x.nbytes - 5 * t.nbytes  # y and the order; validated, shuffled

    few, many = beside_the_data(600), beside_the_data(2400)
    assert few > 1e6  # the piece itself: 256 × 9 × 100 numbers
    assert many < few + 0.2e6, (few, many)


def test_labels_of_many_classes_do_not_become_one_large_array():
    def peak(N):
        net = Network(Linear(2, 500))
        x, t = np.ones((N, 2), "float32"), np.arange(N) % 500
        tracemalloc.start()
        fit(net, SoftmaxCrossEntropy(), GradientDescent(net.theta), x, t, epochs=1, progress=False)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    assert peak(2048) < peak(512) + 1e6  # their rows would be 4 MB more


def test_a_metric_of_nan_is_nan():
    """accuracy refuses NaN, but a training is not lost for it."""
    y_hat, t = np.array([[np.nan], [1.0]]), np.array([0, 1])
    assert np.isnan(_measured(accuracy, y_hat, t, None))
    stack = np.stack([y_hat, np.ones((2, 1))])
    np.testing.assert_array_equal(_measured(accuracy, stack, t, None), [np.nan, 0.5])


# --- callbacks ----------------------------------------------------------------------------------


def test_a_callback_that_returns_true_stops():
    seen = []

    def note(epoch, history):
        seen.append(epoch)
        return history.loss[-1] == history.loss[epoch - 1] and epoch == 3

    history = train(mlp(LIKE["numpy"]), callback=note)
    assert seen == [1, 2, 3] and history.epochs == 3
    one = train(mlp(LIKE["numpy"]), callback=lambda epoch, history: 1)
    assert one.epochs == 8  # 1 is not True


@backends
def test_drop_last_leaves_out_the_short_minibatch(like):
    net = Network(Linear(2, 3), BatchNorm(3), Linear(3, 1), dtype="float64").to(like)
    history = train(net, batch_size=29, drop_last=True)  # one sample would be left
    assert history.steps == 8 and np.isfinite(history.loss).all()
    net, other = mlp(like), mlp(like)
    first = train(net, batch_size=20, drop_last=True, epochs=1)
    batch = np.random.default_rng(0).permutation(30)[:20]
    alone = train(other, X=X[batch], y=y[batch], batch_size=None, epochs=1)
    assert first.loss == pytest.approx(alone.loss, rel=1e-12)
    np.testing.assert_allclose(to_numpy(net.theta), to_numpy(other.theta), rtol=1e-12)


@backends
@pytest.mark.parametrize("clip", [None, 0.01])
def test_what_is_frozen_stays_whatever_moves_the_rest(like, clip):
    """Penalty, weight decay, an old momentum and a constraint move weights without a gradient."""
    net = Network(Linear(2, 3), BatchNorm(3), Linear(3, 1), seed=1, dtype="float64").to(like)
    train(net, penalty=L2(0.1), epochs=2)
    net.freeze(0, 1)
    parts = [p for l in net.frozen for p in net.params[l]]
    frozen = [to_numpy(part) for part in parts]
    buffers, W = [to_numpy(b) for b in net.buffers[1]], to_numpy(net.params[2][0])
    optimizer = AdamW(net.theta, lr=0.05, decay=0.5)
    optimizer.state[0][...] += 1.0
    options = dict(epochs=2, penalty=L2(0.1), constraint=MaxNorm(0.1), clip=clip, progress=False)
    fit(net, BCE, optimizer, X, y, **options)
    for now, before in zip(parts, frozen, strict=True):
        np.testing.assert_array_equal(to_numpy(now), before)
    for now, before in zip(net.buffers[1], buffers, strict=True):
        np.testing.assert_array_equal(to_numpy(now), before)
    assert (to_numpy(net.params[2][0]) != W).any()


def test_clipping_does_not_count_the_penalty_of_what_is_frozen():
    net, other = mlp(LIKE["numpy"]), mlp(LIKE["numpy"])
    for one in (net, other):
        one.freeze(0)
    net.params[0][0][...] *= 100  # a penalty with a long gradient
    other.params[0][0][...] *= 100
    options = dict(optimizer=GradientDescent, batch_size=None, epochs=1, clip=0.01)
    train(net, penalty=L2(1.0), **options)
    g = other.gradient(BCE, X, y)
    g[: other.n_weights] += other.theta[: other.n_weights]
    g = other.without_frozen(g)
    expected = other.theta - 0.05 * 0.01 * g / np.linalg.norm(g)
    np.testing.assert_allclose(net.theta, expected, rtol=1e-12)


# --- early stopping -----------------------------------------------------------------------------


@backends
@pytest.mark.parametrize("copies", [None, 4])
def test_early_stopping_gives_back_the_best(like, copies):
    noisy = np.random.default_rng(5).integers(0, 2, len(X))  # nothing to learn: it over-fits
    options = dict(y=noisy, validation=(XV, yv), lr=0.1)
    net = mlp(like, copies=copies)
    snapshots = []
    keep = lambda epoch, history: snapshots.append(to_numpy(net.theta))  # noqa: E731
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


@backends
@pytest.mark.parametrize("copies", [None, 3])
def test_min_delta_and_a_metric_as_monitor(like, copies):
    noisy = np.random.default_rng(5).integers(0, 2, len(X))
    options = dict(y=noisy, validation=(XV, yv), lr=0.1, metrics=accuracy, epochs=40)
    long = train(mlp(like, copies=copies), **options)
    for monitor, sign, delta in (("loss", 1, 0.02), ("accuracy", -1, 0.0), ("accuracy", -1, 0.07)):
        stopped = dict(monitor=monitor, min_delta=delta, patience=4)
        history = train(mlp(like, copies=copies), **options, **stopped)
        curve = long.validation if monitor == "loss" else long.metrics["accuracy"]
        V = sign * np.array(curve).reshape(40, -1)
        last = []
        for e in range(V.shape[1]):
            best = 0  # what both mean, written out
            for k in range(40):
                if V[k, e] < V[best, e] - delta:
                    best = k
                if k - best == 4:
                    break
            assert np.ravel(history.best)[e] == best + 1
            last.append(k + 1)
        assert history.epochs == max(last) < 40


@backends
@pytest.mark.parametrize("copies", [None, 3])
def test_a_plateau_makes_the_rate_smaller(like, copies):
    noisy = np.random.default_rng(5).integers(0, 2, len(X))
    net = mlp(like, copies=copies)
    optimizer = GradientDescent(net.theta, lr=0.8)
    rates, reduce = [], ReduceOnPlateau(optimizer, factor=0.25, patience=3)

    def note(epoch, history):
        rates.append(np.ravel(to_numpy(optimizer.lr) if copies else optimizer.lr) * np.ones(1))
        reduce(epoch, history)

    options = dict(epochs=30, progress=False, validation=(XV, yv))
    history = fit(net, BCE, optimizer, X, noisy, **options, callback=note)
    V = np.array(history.validation).reshape(30, -1)
    for e in range(V.shape[1]):
        best, since, lr = np.inf, 0, 0.8  # written out
        for k in range(30):
            assert rates[k][e if len(rates[k]) > 1 else 0] == pytest.approx(lr, rel=1e-12)
            better = V[k, e] < best
            best, since = (V[k, e], 0) if better else (best, since + 1)
            if since == 3:
                lr, since = 0.25 * lr, 0
        assert lr < 0.8
    assert type(optimizer.lr) is (float if copies is None else type(net.theta))


@pytest.mark.parametrize("copies", [None, 2])
def test_a_plateau_survives_a_checkpoint(copies, tmp_path):
    noisy = np.random.default_rng(5).integers(0, 2, len(X))

    def run(epochs, **options):
        net = mlp(LIKE["numpy"], copies=copies)
        optimizer = GradientDescent(net.theta, lr=0.8)
        reduce = ReduceOnPlateau(optimizer, patience=2, monitor="accuracy")
        options |= dict(validation=(XV, yv), metrics=accuracy, callback=reduce, progress=False)
        return fit(net, BCE, optimizer, X, noisy, epochs=epochs, **options), net, optimizer

    whole, net, optimizer = run(20)
    run(11, checkpoint=tmp_path / "run")
    resumed, other, again = run(20, checkpoint=tmp_path / "run")
    np.testing.assert_array_equal(other.theta, net.theta)
    np.testing.assert_array_equal(again.lr, optimizer.lr)
    assert type(again.lr) is type(optimizer.lr)
    assert np.all(np.asarray(optimizer.lr) < 0.2)
    np.testing.assert_array_equal(resumed.metrics["accuracy"], whole.metrics["accuracy"])


@backends
@pytest.mark.parametrize("copies", [None, 2])
def test_divergence_gives_back_the_best(like, copies):
    net, states = MLP([2, 5, 1], seed=1, dtype="float64", copies=copies).to(like), []
    optimizer = GradientDescent(net.theta, lr=lambda t: 0.02 if t < 21 else 1e200)
    target = X[:, :1]
    with pytest.raises(DivergedError, match="the best θ is put back, that of epoch") as caught:
        fit(
            net,
            MeanSquaredError(),
            optimizer,
            X,
            target,
            batch_size=8,
            patience=50,
            validation=(XV, XV[:, :1]),
            progress=False,
            callback=lambda epoch, history: states.append(to_numpy(net.theta)),
        )
    assert f"that of epoch {caught.value.history.best}" in str(caught.value)
    best = np.ravel(caught.value.history.best)
    assert np.all((best > 0) & (best <= len(states)))
    theta = to_numpy(net.theta).reshape(len(best), -1)
    for e, epoch in enumerate(best):
        np.testing.assert_array_equal(theta[e], states[epoch - 1].reshape(len(best), -1)[e])


@pytest.mark.parametrize("copies", [None, 2])
def test_a_validation_loss_that_is_not_finite_is_worse(copies):
    net = MLP([2, 1], seed=1, copies=copies)
    validation = (np.full((4, 2), 1e30), np.ones((4, 1)))  # its square overflows in float32
    options = dict(loss=MeanSquaredError(), optimizer=GradientDescent, y=X[:, :1], lr=0.01)
    without = train(net, validation=validation, epochs=6, **options)
    assert without.epochs == 6 and not np.isfinite(without.validation).any()
    trained = to_numpy(net.theta)
    net = MLP([2, 1], seed=1, copies=copies)
    message = "the validation loss was never finite in 6 epochs: there is no best"
    with pytest.raises(DivergedError, match=message) as caught:
        train(net, validation=validation, patience=6, epochs=20, **options)
    np.testing.assert_array_equal(net.theta, trained)  # not put back to the start
    assert caught.value.history.best is None and np.all(caught.value.history.diverged == 0)
    assert np.isfinite(caught.value.history.loss).all()


def test_a_validation_loss_that_was_finite_before_is_put_back():
    net, states = MLP([2, 1], seed=1), []
    validation = (np.full((4, 2), 1e18), np.ones((4, 1)))  # overflows once the weights have grown
    history = train(
        net,
        loss=MeanSquaredError(),
        optimizer=GradientDescent,
        y=50 * X[:, :1],
        lr=0.2,
        batch_size=None,
        validation=validation,
        patience=30,
        epochs=300,
        callback=lambda epoch, history: states.append(to_numpy(net.theta)),
    )
    finite = np.isfinite(history.validation)
    assert finite[0] and not finite[-3:].any() and np.isfinite(history.loss).all()
    np.testing.assert_array_equal(net.theta, states[history.best - 1])
    assert finite[history.best - 1]


def test_in_a_stack_a_network_without_a_finite_validation_keeps_its_theta():
    net = MLP([2, 1], copies=2, seed=[1, 1])
    net.theta[1] *= 1e19
    rates = np.array([[0.01], [1e-30]], "float32")
    options = dict(loss=MeanSquaredError(), optimizer=GradientDescent, y=X[:, :1], lr=rates)
    history = train(net, validation=(1e3 * XV, XV[:, :1]), patience=9, epochs=3, **options)
    assert history.best[0] > 0 and history.best[1] == 0


# --- interrupted --------------------------------------------------------------------------------


def pressed(net, at, **options):
    """Train, and press Ctrl-C in the middle of that step."""

    class Pressed(Momentum):
        def direction(self, g, v):
            if self.t == at:
                signal.raise_signal(signal.SIGINT)
            return super().direction(g, v)

    with pytest.raises(KeyboardInterrupt) as caught:
        train(net, optimizer=Pressed, seed=3, **options)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    return caught.value


@backends
@pytest.mark.parametrize("at", [1, 12, 40])  # 40: the last step of all
def test_ctrl_c_waits_for_the_end_of_the_step(like, at):
    net, other = mlp(like), mlp(like)
    error = pressed(net, at)
    assert isinstance(error, Interrupted) and ".history" in str(error)
    history, optimizer = error.history, Momentum(other.theta, lr=0.05)
    order, steps = np.random.default_rng(3), 0
    while steps < at:
        for batch in minibatches(30, 7, order)[: at - steps]:
            x, t = X[batch], y[batch, None].astype(float)
            optimizer.step(other.gradient(BCE, asarray(x, like), asarray(t, like)))
            steps += 1
    np.testing.assert_allclose(to_numpy(net.theta), to_numpy(other.theta), **close)
    assert history.steps == error.step == at and history.epochs == (at - 1) // 5 + (at == 40)
    twin = pickle.loads(pickle.dumps(error))
    assert (type(twin), twin.step, twin.history.loss) == (Interrupted, at, history.loss)
    train(net)  # it can be used


@pytest.mark.parametrize("copies", [None, 2])
def test_ctrl_c_gives_back_the_best(copies):
    noisy, states = np.random.default_rng(5).integers(0, 2, len(X)), []
    net = mlp(LIKE["numpy"], copies=copies)
    keep = lambda epoch, history: states.append(to_numpy(net.theta))  # noqa: E731
    options = dict(y=noisy, validation=(XV, yv), lr=0.3, epochs=99, callback=keep)
    history = pressed(net, 98, patience=90, **options).history
    best = np.ravel(history.best)
    assert history.epochs == len(states) == 19 and np.all(best < 19)
    for e, epoch in enumerate(best):
        theta = net.theta.reshape(len(best), -1)[e]
        np.testing.assert_array_equal(theta, states[epoch - 1].reshape(len(best), -1)[e])
    early = mlp(LIKE["numpy"], copies=copies)
    assert pressed(early, 2, patience=90, **options).history.best is None
    assert (early.theta != mlp(LIKE["numpy"], copies=copies).theta).any()  # its two steps are kept


def test_a_second_ctrl_c_does_not_wait_and_a_callback_may_interrupt():
    class Stuck(Momentum):
        def direction(self, g, v):
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
            raise AssertionError("not reached")

    with pytest.raises(Interrupted) as caught:
        train(mlp(LIKE["numpy"]), optimizer=Stuck)
    assert caught.value.step == 0

    def stop(epoch, history):
        raise KeyboardInterrupt

    with pytest.raises(Interrupted) as caught:
        train(mlp(LIKE["numpy"]), callback=stop)
    assert caught.value.history.epochs == 1
    signals = []

    def press(epoch, history):
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(Interrupted) as caught:  # in the last epoch: it must not be forgotten
        train(mlp(LIKE["numpy"]), epochs=1, callback=press)
    assert caught.value.history.epochs == 1
    previous = signal.signal(signal.SIGINT, lambda *_: signals.append(1))
    try:  # a program's own handler is left alone
        train(mlp(LIKE["numpy"]), epochs=1, callback=press)
    finally:
        signal.signal(signal.SIGINT, previous)
    assert signals == [1]


@pytest.mark.parametrize("again", [False, True], ids=["another process", "the same cell again"])
@pytest.mark.parametrize("patience", [None, 50])
def test_an_interrupted_training_goes_on_from_its_checkpoint(again, patience, tmp_path):
    options = dict(validation=(XV, yv), patience=patience)
    whole = mlp(LIKE["numpy"])
    expected = train(whole, optimizer=Momentum, **options)

    class Pressed(Momentum):
        name = "Momentum"

        def direction(self, g, v):
            if self.t == 17 and pressing:
                signal.raise_signal(signal.SIGINT)
            return super().direction(g, v)

    pressing = True
    net = mlp(LIKE["numpy"])
    optimizer = Pressed(net.theta, lr=0.05)
    options |= dict(epochs=8, batch_size=7, progress=False, checkpoint=tmp_path / "run")
    with pytest.raises(Interrupted):
        fit(net, BCE, optimizer, X, y, **options)
    pressing = False
    if not again:
        net = mlp(LIKE["numpy"])
        optimizer = Pressed(net.theta, lr=0.05)
    history = fit(net, BCE, optimizer, X, y, **options)
    assert (history.loss, history.validation) == (expected.loss, expected.validation)
    assert history.steps == 40 and history.best == expected.best
    np.testing.assert_array_equal(net.theta, whole.theta)


def test_fit_works_in_a_thread():
    histories = []
    thread = threading.Thread(target=lambda: histories.append(train(mlp(LIKE["numpy"]))))
    thread.start()
    thread.join()
    assert histories[0].loss == train(mlp(LIKE["numpy"])).loss


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
        (dict(X=X[0]), ValueError, r"expected X as rows \(N, n_in\), N ≥ 1, got \(2,\)"),
        (dict(X=X[:0], y=y[:0]), ValueError, r"as rows \(N, n_in\), N ≥ 1, got \(0, 2\)"),
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
        (dict(weights=np.ones(29)), ValueError, r"weights of shape \(30,\), got \(29,\)"),
        (dict(weights=-np.ones(30)), ValueError, r"expected weights ≥ 0"),
        (
            dict(metrics=lambda y_hat, y: y_hat),
            ValueError,
            r"metrics of shape \(\), got <lambda> of \(30, 1\)",
        ),
        (dict(metrics={"loss": accuracy}), ValueError, 'names other than "loss"'),
        (dict(metrics=accuracy, monitor="recall"), ValueError, "one of loss, accuracy, got 'rec"),
        (dict(batch_size=31, drop_last=True), ValueError, "batch_size from 1 to 30, got 31"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
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
    with pytest.raises(ValueError, match="of net.theta, got Adam of another θ"):
        fit(net.to(like), BCE, Adam(net.theta), X, y)


@backends
def test_truth_values_are_labels(like):
    losses = [train(mlp(like), y=labels, validation=(XV, yv > 0)).loss for labels in (y, y > 0)]
    assert losses[0] == losses[1]
    assert train(mlp(like), y=y[:, None] > 0).loss == losses[0]


def test_fit_wants_rows_and_says_what_to_do_with_images():
    images = np.ones((30, 1, 8, 8))
    net = Network(Conv2d(1, 2, 8), Flatten(2, 1, 1), Linear(2, 1), dtype="float64")
    message = r"X as rows .*, got \(30, 1, 8, 8\): .*X.reshape\(N, -1\).*Unflatten\(C, H"
    with pytest.raises(ValueError, match=message):
        train(net, X=images)
    with pytest.raises(ValueError, match=r"X as rows \(N, n_in\), N ≥ 1, got \(2, 30, 2\)"):
        train(mlp(LIKE["numpy"]), X=np.stack([X, X]), y=np.stack([y, y])[..., None])
    with pytest.raises(ValueError, match=r"X as rows \(N, n_in\), N ≥ 1, got \(2, 30, 8, 8\)"):
        train(mlp(LIKE["numpy"], copies=2), X=np.ones((2, 30, 8, 8)))


def test_a_target_of_a_wrong_shape_is_told_with_all_samples():
    x, t = np.ones((300, 2)), np.ones(300)  # more than are evaluated at once
    with pytest.raises(ValueError, match=r"expected y of shape \(300, 1\).*, got \(300,\)"):
        train(mlp(LIKE["numpy"]), X=x, y=t)


def test_what_a_short_minibatch_does_to_batch_norm_is_said():
    net = Network(Linear(2, 3), BatchNorm(3), Linear(3, 1), dtype="float64")
    message = r"BatchNorm\(3\): expected at least 2 .*, got 1, .*; .* in the last minibatch: 1$"
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
    with pytest.raises(ValueError, match=r"expected integer labels y, got .*float64"):
        accuracy(logits, asarray([0.0, 1.0, 2.0, 1.0], like))
    with pytest.raises(ValueError, match=r"expected integer labels y of shape \(4,\)"):
        accuracy(logits, labels[:3])


@backends
def test_softmax_training_learns(like):
    labels = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)
    net = MLP([2, 8, 3], seed=0).to(like, dtype="float32")
    history = train(net, loss=SoftmaxCrossEntropy(), y=labels, epochs=150)
    assert history.loss[-1] < 0.2 * history.loss[0]
