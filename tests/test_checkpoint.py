"""A training that is killed after any epoch and started again ends with the same bits."""

import json
import sys

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from dlcore.backend import to_numpy
from dlcore.checkpoint import FORMAT, load, save
from dlcore.layers import Activation, Linear
from dlcore.losses import SigmoidCrossEntropy
from dlcore.network import MLP, Network
from dlcore.noise import Dropout, GaussianNoise
from dlcore.normalization import BatchNorm
from dlcore.optimizers import Adagrad, Adam, AdamW, AMSGrad, GradientDescent, Momentum, NAdam
from dlcore.schedules import cosine
from dlcore.training import fit

from .reference import backends

rng = np.random.default_rng(0)
X = rng.standard_normal((24, 2))
y = (X[:, 0] * X[:, 1] > 0).astype(int)
VALIDATION = (X[:9] + 0.1, y[:9])
OPTIMIZERS = [GradientDescent, Momentum, Adagrad, Adam, AdamW, AMSGrad, NAdam]


def network(like="numpy", **options):
    layers = (
        GaussianNoise(0.1),
        Linear(2, 6),
        BatchNorm(6),
        Activation("relu"),
        Dropout(0.2),
        Linear(6, 1),
    )
    return Network(*layers, seed=2, **options).to(like)


def train(net, optimizer, epochs, **options):
    options = {"batch_size": 7, "seed": 5, "progress": False, **options}
    return fit(net, SigmoidCrossEntropy(), optimizer, X, y, epochs=epochs, **options)


class Killed(Exception):
    pass


def killed_after(epoch):
    def callback(done):
        if done == epoch:
            raise Killed

    return callback


def bits(net, optimizer):
    arrays = [net.theta, *(b for bs in net.buffers for b in bs), *optimizer.state]
    return [to_numpy(a).tobytes() for a in arrays]


def assert_same(one, other):
    for name in ("loss", "validation", "steps", "best", "diverged"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


@backends
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: o.__name__)
@pytest.mark.parametrize("epoch", [1, 4])
def test_a_killed_training_resumes_to_the_same_bits(like, optimizer, epoch, tmp_path):
    whole, path = network(like), tmp_path / "run.safetensors"
    reference = optimizer(whole.theta, lr=cosine(0.05, 24))
    expected = train(whole, reference, 6, validation=VALIDATION)
    net = network(like)
    with pytest.raises(Killed):
        train(
            net,
            optimizer(net.theta, lr=cosine(0.05, 24)),
            6,
            validation=VALIDATION,
            checkpoint=path,
            callback=killed_after(epoch),
        )
    net = network(like)  # another process
    again = optimizer(net.theta, lr=cosine(0.05, 24))
    history = train(net, again, 6, validation=VALIDATION, checkpoint=path)
    assert bits(net, again) == bits(whole, reference)
    assert again.t == reference.t == 24
    assert_same(history, expected)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]  # no draft is left behind


@pytest.mark.parametrize("epoch", [2, 9])
def test_a_stack_with_early_stopping_resumes(epoch, tmp_path):
    def start():
        net = network(copies=3)
        return net, Adam(net.theta, lr=np.array([[0.3], [0.1], [0.01]], "float32"))

    options = {"validation": VALIDATION, "patience": 3}
    whole, reference = start()
    expected = train(whole, reference, 30, **options)
    assert expected.epochs < 30 and expected.epochs > epoch
    path = str(tmp_path / "run.safetensors")
    with pytest.raises(Killed):
        train(*start(), 30, **options, checkpoint=path, callback=killed_after(epoch))
    net, again = start()
    assert_same(train(net, again, 30, **options, checkpoint=path), expected)
    assert bits(net, again) == bits(whole, reference)
    net, again = start()  # what has stopped stays stopped
    history = train(net, again, 30, **options, checkpoint=path)
    assert_same(history, expected)
    assert bits(net, again) == bits(whole, reference)
    assert np.shape(history.diverged) == (3,)
    J = SigmoidCrossEntropy().value(net(VALIDATION[0].astype("float32")), VALIDATION[1][:, None])
    assert J.tolist() == [expected.validation[best - 1][e] for e, best in enumerate(history.best)]


def test_a_finished_training_goes_on_when_more_epochs_are_asked_for(tmp_path):
    path, seen = tmp_path / "run", []
    whole, net = network(), network()
    expected = train(whole, Momentum(whole.theta), 5)
    train(net, Momentum(net.theta), 3, checkpoint=path)
    other = network()
    history = train(other, Momentum(other.theta), 5, checkpoint=path, callback=seen.append)
    assert seen == [4, 5] and history.loss == expected.loss
    np.testing.assert_array_equal(other.theta, whole.theta)


@backends
def test_weights_alone_travel_between_libraries(like, tmp_path):
    path, net = tmp_path / "weights.safetensors", network(like)
    train(net, optimizer := Adam(net.theta), 2)
    arrays, numbers = {"curve": np.arange(3.0)}, {"note": "two epochs", "accuracy": [0.5, None]}
    save(path, net, optimizer, arrays, numbers)
    other = network()
    extra, said = load(path, other)
    assert bits(other, GradientDescent(other.theta)) == bits(net, GradientDescent(net.theta))
    np.testing.assert_array_equal(extra["curve"], arrays["curve"])
    assert said == numbers
    np.testing.assert_array_equal(load_file(path)["theta"], to_numpy(net.theta))  # for anyone


def test_capturable_counters_are_changed_in_place(tmp_path):
    net, path = network(), tmp_path / "run"
    train(net, optimizer := NAdam(net.theta, capturable=True), 2)
    save(path, net, optimizer)
    other = NAdam(net.theta, capturable=True)
    t, product = other.t, other.product
    load(path, net, other)
    assert other.t is t and t == 8 and other.product is product
    assert product == optimizer.product


def files(tmp_path):
    net = network()
    save(tmp_path / "adam", net, Adam(net.theta), {"a": np.ones(1)}, {"n": 1})
    save(tmp_path / "bare", net)
    (tmp_path / "text").write_text("no safetensors file")
    save_file({"theta": np.zeros(3)}, tmp_path / "stranger")
    (tmp_path / "folder").mkdir()
    with safe_open(tmp_path / "adam", framework="numpy") as file:
        about = json.loads(file.metadata()["about"])
    arrays = load_file(tmp_path / "adam")
    for name, text in {
        "future": json.dumps({"format": "dlcore 99"}),
        "empty": json.dumps({"format": FORMAT}),
        "list": "[]",
        "words": "no JSON",
        "noiseless": json.dumps(about | {"random": []}),
        "noise": json.dumps(about | {"random": [np.random.PCG64(99).state, 1]}),
        "still": json.dumps(about | {"counters": {}}),
        "uncounted": json.dumps(about | {"counters": 4}),
        "timeless": json.dumps(about | {"counters": {"t": "4"}}),
    }.items():
        save_file(arrays, tmp_path / name, metadata={"about": text})


BAD = {
    "another network": ("adam", lambda: MLP([2, 6, 1]), Adam, "expected .* of MLP.* got one of"),
    "another dtype": ("adam", lambda: network(dtype="float64"), Adam, "got one of Network"),
    "a stack": ("adam", lambda: network(copies=2), Adam, "copies=2.*got one of"),
    "other state": ("adam", network, Momentum, "with Momentum, got one of .* with Adam"),
    "another optimizer": ("adam", network, AdamW, "with AdamW, got one with Adam"),
    "no optimizer": ("bare", network, Adam, "with no optimizer"),
    "no safetensors": ("text", network, Adam, "expected a safetensors file, got .*text"),
    "not ours": ("stranger", network, Adam, "in the format 'dlcore 1', got None"),
    "a later format": ("future", network, Adam, "got 'dlcore 99'"),
    "a folder": ("folder", network, Adam, "expected a safetensors file, got .*folder"),
    "no words": ("empty", network, Adam, "expected a whole file, got one without .*network"),
    "a list": ("list", network, Adam, "in the format 'dlcore 1', got None"),
    "no JSON": ("words", network, Adam, "expected a safetensors file, got .*words"),
    "no states": ("noiseless", network, Adam, r"the states of 2 generators, got \[\]"),
    "a bad state": ("noise", network, Adam, "the states of 2 generators, got .*PCG64"),
    "no step number": ("still", network, Adam, "expected the counters t, got {}"),
    "no counters": ("uncounted", network, Adam, "expected the counters t, got 4"),
    "a word as step number": ("timeless", network, Adam, "expected the counters t, got .*'4'"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_file_that_does_not_fit_changes_nothing(case, tmp_path):
    files(tmp_path)
    name, make, kind, message = BAD[case]
    net = make()
    optimizer = kind(net.theta)
    noisy = [layer for layer in net.layers if layer.rng is not None]
    states = [layer.rng.bit_generator.state for layer in noisy]
    before = bits(net, optimizer)
    with pytest.raises(ValueError, match=f"^load: .*{message}"):
        load(tmp_path / name, net, optimizer)
    assert bits(net, optimizer) == before and optimizer.t == 0
    assert [layer.rng.bit_generator.state for layer in noisy] == states


def test_names_that_are_missing_and_files_that_are_not_there(tmp_path):
    files(tmp_path)
    net = network()
    message = "expected a checkpoint with a, b, got one without b"
    with pytest.raises(ValueError, match=f"^load: {message}$"):
        load(tmp_path / "adam", net, Adam(net.theta), names={"a", "b"})
    with pytest.raises(FileNotFoundError, match="^load: there is no checkpoint .*nowhere"):
        load(tmp_path / "nowhere", net)
    train(net, Adam(net.theta), 1, checkpoint=(path := tmp_path / "run"))
    with pytest.raises(ValueError, match="without validation$"):
        train(net, Adam(net.theta), 2, checkpoint=path, validation=VALIDATION)


def test_noise_from_torchs_own_generator_is_refused(tmp_path):
    net = Network(Dropout(0.5, native_rng=True), Linear(2, 1)).to("torch")
    with pytest.raises(
        ValueError, match=r"^checkpoint: expected noise with native_rng=False, got Drop"
    ):
        save(tmp_path / "run", net)
    assert not list(tmp_path.iterdir())


def before_training(checkpoint, net=None):
    """What fit says to such a checkpoint, with nothing changed."""
    net = network() if net is None else net
    optimizer = Adam(net.theta)
    before = bits(net, optimizer)
    with pytest.raises((ValueError, ImportError)) as error:
        train(net, optimizer, 1, checkpoint=checkpoint)
    assert bits(net, optimizer) == before and optimizer.t == 0
    return str(error.value)


def test_fit_asks_whether_it_can_write_before_it_begins(tmp_path, monkeypatch):
    message = "fit: expected the path of a file in a folder that exists, got "
    for path in (tmp_path, tmp_path / "none" / "run"):
        assert before_training(path) == message + repr(str(path))
    net = Network(Dropout(0.5, native_rng=True), Linear(2, 1)).to("torch")
    assert before_training(tmp_path / "run", net).startswith(
        "checkpoint: expected noise with native_rng"
    )
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    assert "python -m pip install safetensors" in before_training(tmp_path / "run")
    assert not list(tmp_path.iterdir())


def test_numbers_of_numpy_become_plain_ones(tmp_path):
    net, path = network(), tmp_path / "run"
    save(path, net, numbers={"a": np.int64(3), "b": [np.float32(0.5)], "c": np.True_})
    assert load(path, net)[1] == {"a": 3, "b": [0.5], "c": True}
    with pytest.raises(TypeError, match="^save: expected numbers that JSON holds, got {'a': arr"):
        save(path, net, numbers={"a": np.ones(2)})


def test_a_write_that_fails_leaves_the_old_file(tmp_path):
    net, path = network(), tmp_path / "run"
    save(path, net)
    before = path.read_bytes()
    net.theta[...] = 0
    with pytest.raises(TypeError):
        save(path, net, numbers=object())
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]
