"""A training that is killed after any epoch and started again ends with the same bits."""

import errno
import json
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from dlcore.backend import to_numpy
from dlcore.checkpoint import check_state, load, save
from dlcore.fingerprint import digest
from dlcore.layers import Activation, Linear
from dlcore.losses import Huber, MeanSquaredError, SigmoidCrossEntropy
from dlcore.metrics import accuracy
from dlcore.network import MLP, Network
from dlcore.noise import Dropout, GaussianNoise
from dlcore.normalization import BatchNorm
from dlcore.optimizers import Adagrad, Adam, AdamW, AMSGrad, GradientDescent, Momentum, NAdam
from dlcore.regularizers import L1, L2, MaxNorm
from dlcore.schedules import cosine
from dlcore.training import fit

from .reference import backends

rng = np.random.default_rng(0)
X = rng.standard_normal((24, 2))
y = (X[:, 0] * X[:, 1] > 0).astype(int)
VALIDATION = (X[:9] + 0.1, y[:9])
OPTIMIZERS = [GradientDescent, Momentum, Adagrad, Adam, AdamW, AMSGrad, NAdam]


def network(like="numpy", seed=2, **options):
    layers = (
        GaussianNoise(0.1),
        Linear(2, 6),
        BatchNorm(6),
        Activation("relu"),
        Dropout(0.2),
        Linear(6, 1),
    )
    return Network(*layers, seed=seed, **options).to(like)


def train(net, optimizer, epochs, **options):
    options = {"batch_size": 7, "seed": 5, "progress": False, **options}
    return fit(net, SigmoidCrossEntropy(), optimizer, X, y, epochs=epochs, **options)


class Killed(Exception):
    pass


def killed_after(epoch):
    def callback(done, history):
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

    def note(epoch, history):
        seen.append(epoch)

    expected = train(whole, Momentum(whole.theta), 5)
    train(net, Momentum(net.theta), 3, checkpoint=path)
    other = network()
    history = train(other, Momentum(other.theta), 5, checkpoint=path, callback=note)
    assert seen == [4, 5] and history.loss == expected.loss
    np.testing.assert_array_equal(other.theta, whole.theta)


@backends
def test_weights_alone_travel_between_libraries(like, tmp_path):
    path, net = tmp_path / "weights.safetensors", network(like)
    train(net, optimizer := Adam(net.theta), 2)
    save(path, net, optimizer)
    other = network()
    load(path, other)
    assert bits(other, GradientDescent(other.theta)) == bits(net, GradientDescent(net.theta))
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


def sealed(path, arrays, about):
    """A file whose checksum is right, whatever it says."""
    words = about if isinstance(about, str) else json.dumps(about)
    save_file(arrays, path, metadata={"about": words, "digest": digest(arrays, words)})


def about(path):
    with safe_open(path, framework="numpy") as file:
        return json.loads(file.metadata()["about"])


def files(tmp_path):
    net = network()
    save(tmp_path / "adam", net, Adam(net.theta))
    save(tmp_path / "bare", net)
    (tmp_path / "text").write_text("no safetensors file")
    (tmp_path / "nothing").touch()
    save_file({"theta": np.zeros(3)}, tmp_path / "stranger")
    (tmp_path / "folder").mkdir()
    good, arrays = about(tmp_path / "adam"), load_file(tmp_path / "adam")
    made, states = good["same"], good["states"]
    for name, other in {
        "future": {"format": "dlcore 99"},
        "twister": {"layers.4.rng.bit_generator": "MT19937"},
        "short": {"theta": "float32 (36,)"},
    }.items():
        words = made | {"network": made["network"] | other}
        sealed(tmp_path / name, arrays, good | {"same": words})
    whole = (tmp_path / "adam").read_bytes()
    (tmp_path / "cut").write_bytes(whole[:-1])
    (tmp_path / "changed").write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    for name, words in {
        "noiseless": good | {"states": {}},
        "noise": good | {"states": states | {"order": 1}},
        "empty": {},
    }.items():  # whoever changes a file by hand leaves the old checksum
        with safe_open(tmp_path / "adam", framework="numpy") as file:
            metadata = file.metadata() | {"about": json.dumps(words)}
        save_file(arrays, tmp_path / name, metadata=metadata)


BAD = {
    "another network": ("adam", lambda: MLP([2, 6, 1]), Adam, "layers.0 Linear, in the file Gaus"),
    "another dtype": ("adam", lambda: network(dtype="float64"), Adam, "theta float64 .*float32"),
    "a stack": ("adam", lambda: network(copies=2), Adam, "copies 2, in the file None"),
    "other state": ("adam", network, Momentum, "optimizer Momentum, in the file Adam"),
    "another optimizer": ("adam", network, AdamW, "optimizer AdamW, in the file Adam$"),
    "no optimizer": ("bare", network, Adam, "optimizer Adam, in the file nothing"),
    "no safetensors": ("text", network, Adam, "of dlcore, got .*text, damaged or of another kind"),
    "an empty file": ("nothing", network, Adam, "got .*nothing, damaged or of another kind"),
    "not ours": ("stranger", network, Adam, "of dlcore, got .*stranger, damaged or of another kin"),
    "a later format": ("future", network, Adam, "format dlcore 4, in the file dlcore 99"),
    "a folder": ("folder", network, Adam, "expected the path of a file .*folder"),
    "another generator": ("twister", network, Adam, "rng.bit_generator PCG64, in the file MT19937"),
    "no words": ("empty", network, Adam, "got .*empty, damaged"),
    "no states": ("noiseless", network, Adam, "got .*noiseless, damaged"),
    "a bad state": ("noise", network, Adam, "got .*noise, damaged"),
    "another θ": ("short", network, Adam, r"theta float32 \(37,\), in the file float32 \(36,"),
    "a file cut off": ("cut", network, Adam, "got .*cut, damaged or of another kind"),
    "one bit": ("changed", network, Adam, "got .*changed, damaged .*checksum"),
}


def snapshot(net, optimizer):
    noisy = [layer.rng.bit_generator.state for layer in net.layers if layer.rng is not None]
    return bits(net, optimizer), noisy, {n: getattr(optimizer, n) for n in optimizer.counters}


@pytest.mark.parametrize("case", BAD)
def test_a_file_that_does_not_fit_changes_nothing(case, tmp_path):
    files(tmp_path)
    name, make, kind, message = BAD[case]
    net = make()
    optimizer = kind(net.theta)
    before = snapshot(net, optimizer)
    with pytest.raises(ValueError, match=f"^load: .*{message}"):
        load(tmp_path / name, net, optimizer)
    assert snapshot(net, optimizer) == before


def test_no_flipped_bit_goes_unnoticed(tmp_path):
    net, path = network(), tmp_path / "run"
    train(net, optimizer := Adam(net.theta), 2, checkpoint=path)
    before, whole = snapshot(net, optimizer), path.read_bytes()
    for bit in np.random.default_rng(3).choice(8 * len(whole), 100, replace=False):
        data = bytearray(whole)
        data[bit // 8] ^= 1 << (bit % 8)
        path.write_bytes(data)
        with pytest.raises(ValueError, match="^load: .*damaged"):
            load(path, net, optimizer)
    assert snapshot(net, optimizer) == before


def test_a_file_that_is_not_there(tmp_path):
    net = network()
    message = "load: cannot read the checkpoint: No such file or directory: '.*nowhere'"
    with pytest.raises(FileNotFoundError, match=message):
        load(tmp_path / "nowhere", net)


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


SETTINGS = dict(
    lr=0.01, optimizer=Adam, loss=SigmoidCrossEntropy(), X=X, y=y, make=network, like="numpy"
)


def run(path, epochs=4, started=None, **changes):
    """A training with everything stated, and what is changed."""
    given = SETTINGS | {k: changes.pop(k) for k in list(changes) if k in SETTINGS}
    own = {k: changes.pop(k) for k in list(changes) if k in ("beta1", "mu", "eps")}
    net = given["make"](given["like"])
    optimizer = given["optimizer"](net.theta, lr=given["lr"], **own)
    if started is not None:
        started.extend((net, optimizer, snapshot(net, optimizer)))
    options = dict(batch_size=7, seed=5, progress=False, checkpoint=path, penalty=L2(0.1))
    options |= dict(clip=2.0, constraint=MaxNorm(3.0), validation=VALIDATION, patience=9)
    options = options | changes
    return fit(net, given["loss"], optimizer, given["X"], given["y"], epochs=epochs, **options)


def made(eps=1e-5, p=0.2, h="relu", seed=2, noise=None, **options):
    def make(like):
        layers = (Linear(2, 6), BatchNorm(6, eps=eps), Activation(h), Dropout(p, seed=noise))
        return Network(*layers, Linear(6, 1), seed=seed, **options).to(like)

    return make


def frozen(like):
    net = made()(like)
    net.freeze(0)
    return net


def times(factor):
    return lambda t: factor * 0.01 / t


BASE = dict(make=made())
COLUMNS = BASE | dict(y=y[:, None], validation=(X[:9], y[:9, None]))
CHANGED = {
    "data": (BASE, dict(X=X + 1e-6), r"X float32 \(24, 2\) \w+, in the file float32 \(24, 2\)"),
    "labels": (BASE, dict(y=1 - y), "y int64 "),
    "N": (BASE, dict(X=X[:-1], y=y[:-1]), r"X float32 \(23, 2\)"),
    "batch size": (BASE, dict(batch_size=6), "batch_size 6, in the file 7"),
    "seed": (BASE, dict(seed=6), "seed 6, in the file 5"),
    "seed of the network": (BASE, dict(make=made(seed=3)), "θ at the start .*another seed"),
    "seed of dropout": (
        dict(make=made(noise=1)),
        dict(make=made(noise=2)),
        "got another: random states at the start",
    ),
    "rate": (BASE, dict(lr=0.1), "optimizer.lr 0.1, in the file 0.01"),
    "schedule": (
        BASE | dict(lr=cosine(0.1, 20)),
        dict(lr=cosine(0.1, 30)),
        "optimizer.lr.t_max 30.*, in the file 20",
    ),
    "own schedule": (BASE | dict(lr=times(1)), dict(lr=times(2)), "optimizer.lr.factor 2, in .* 1"),
    "another function": (
        BASE | dict(lr=lambda t: 0.1 / t),
        dict(lr=lambda t: 0.1 / t**0.5),
        "optimizer.lr.code",
    ),
    "no schedule": (
        BASE | dict(lr=times(1)),
        dict(lr=0.01),
        "optimizer.lr 0.01, in the file times",
    ),
    "β": (BASE, dict(beta1=0.8), "optimizer.beta1 0.8, in the file 0.9"),
    "ε": (BASE, dict(eps=1e-7), "optimizer.eps 1e-07, in the file 1e-08"),
    "momentum": (
        BASE | dict(optimizer=Momentum),
        dict(mu=0.5),
        "optimizer.mu 0.5, in the file 0.9",
    ),
    "optimizer": (BASE, dict(optimizer=AdamW), "optimizer AdamW, in the file Adam"),
    "loss": (COLUMNS, dict(loss=MeanSquaredError()), "loss MeanSquaredError, in the file Sigm"),
    "loss setting": (
        COLUMNS | dict(loss=Huber(1.0)),
        dict(loss=Huber(2.0)),
        "loss.delta 2.0, in the file 1.0",
    ),
    "penalty": (BASE, dict(penalty=L2(0.2)), "penalty.lam 0.2, in the file 0.1"),
    "another penalty": (BASE, dict(penalty=L1(0.1)), "penalty L1, in the file L2"),
    "no penalty": (BASE, dict(penalty=None), "penalty None, in the file L2"),
    "clip": (BASE, dict(clip=None), "clip None, in the file 2.0"),
    "constraint": (BASE, dict(constraint=MaxNorm(4.0)), "constraint.c 4.0, in the file 3.0"),
    "BatchNorm": (BASE, dict(make=made(eps=1e-3)), "layers.1.eps 0.001, in the file 1e-05"),
    "dropout": (BASE, dict(make=made(p=0.3)), "layers.3.p 0.3, in the file 0.2"),
    "activation": (BASE, dict(make=made(h="tanh")), "layers.2.h Tanh, in the file ReLU"),
    "library": (BASE, dict(like="torch"), "library torch float32 .*, in the file numpy float32"),
    "dtype": (BASE, dict(make=made(dtype="float64")), "theta float64 .*, in the file float32"),
    "validation": (BASE, dict(validation=(X[:8], y[:8])), r"validation.0 float32 \(8, 2\)"),
    "no validation": (BASE, dict(validation=None, patience=None), "validation None, in the file n"),
    "validation added": (
        BASE | dict(validation=None, patience=None),
        dict(validation=VALIDATION, patience=None),
        "validation nothing, in the file None",
    ),
    "patience": (BASE, dict(patience=12), "patience 12, in the file 9"),
    "patience left out": (BASE, dict(patience=None), "patience None, in the file 9"),
    "weights": (
        BASE,
        dict(weights=np.full(24, 2.0)),
        r"weights float32 \(24,\) .*, in the file None",
    ),
    "metrics": (BASE, dict(metrics=accuracy), "metrics.accuracy accuracy, in the file nothing"),
    "min_delta": (BASE, dict(min_delta=0.1), "min_delta 0.1, in the file 0.0"),
    "drop_last": (BASE, dict(drop_last=True), "drop_last True, in the file False"),
    "frozen": (BASE, dict(make=frozen), "frozen.0 0, in the file nothing"),
    "fewer epochs": (BASE, dict(epochs=2), "at most epochs=2, got .*run, which has 4 epochs"),
}


@pytest.mark.parametrize("what", CHANGED)
def test_another_run_does_not_go_on_from_the_file(what, tmp_path):
    before, changes, message = CHANGED[what]
    path, started = tmp_path / "run", []
    run(path, **before)
    file = path.read_bytes()
    with pytest.raises(ValueError, match=f"^fit: .*{message}"):
        run(path, started=started, **before | {"epochs": 6} | changes)
    net, optimizer, state = started
    assert snapshot(net, optimizer) == state and path.read_bytes() == file
    assert run(path, **before | {"epochs": 6}).epochs == 6


def test_one_goes_on_in_the_same_process_too(tmp_path):
    path, net = tmp_path / "run", network()
    whole = network()
    expected = train(whole, Adam(whole.theta), 6)
    optimizer = Adam(net.theta)
    with pytest.raises(Killed):
        train(net, optimizer, 6, checkpoint=path, callback=killed_after(2))
    net.theta[...] += 1  # stopped in the middle of an epoch
    optimizer.t += 1
    train(net, optimizer, 4, checkpoint=path)
    history = train(net, new := Adam(net.theta), 6, checkpoint=path)  # and a new optimizer
    assert history.loss == expected.loss and new.t == 24
    np.testing.assert_array_equal(net.theta, whole.theta)


def test_after_early_stopping_the_same_network_is_taken_for_what_it_is(tmp_path):
    path, options = tmp_path / "run", dict(validation=VALIDATION, patience=2)
    net = network()
    first = train(net, Adam(net.theta, lr=0.3), 50, checkpoint=path, **options)
    again = train(net, Adam(net.theta, lr=0.3), 50, checkpoint=path, **options)
    assert_same(first, again)
    assert 0 < first.best < first.epochs < 50


def test_the_way_out_that_the_message_names(tmp_path):
    path = tmp_path / "run"
    run(path, **BASE)
    with pytest.raises(ValueError, match=r"load\(path, net, optimizer\) and fit with a new file"):
        run(path, lr=0.1, **BASE)
    net = made()("numpy")
    load(path, net, optimizer := Adam(net.theta, lr=0.1))
    train(net, optimizer, 3, checkpoint=tmp_path / "another")
    assert optimizer.t == 7 * 4


def test_a_file_of_save_is_not_one_of_fit(tmp_path):
    net, path = network(), tmp_path / "run"
    save(path, net, optimizer := Adam(net.theta))
    with pytest.raises(ValueError, match="^fit: expected a checkpoint of fit, got .* made by save"):
        train(net, optimizer, 3, checkpoint=path)


@pytest.mark.parametrize("change", [("steps", -5), ("optimizer.t", -1)])
def test_a_number_that_was_changed_by_hand_is_noticed_before_anything_changes(change, tmp_path):
    path, started = tmp_path / "run", []
    run(path, **BASE)
    arrays, (name, value) = load_file(path), change
    with safe_open(path, framework="numpy") as file:
        metadata = file.metadata()
    save_file(arrays | {name: np.array(value)}, path, metadata=metadata)
    with pytest.raises(ValueError, match="^fit: .*run, damaged or of another kind .*checksum"):
        run(path, started=started, epochs=5, **BASE)
    assert snapshot(*started[:2]) == started[2]


def test_one_training_at_a_time(tmp_path):
    path, refused = tmp_path / "run", []
    link = tmp_path / "link"
    link.symlink_to(path)

    def second(epoch, history):
        for where in (path, link):
            with pytest.raises(ValueError, match="^fit: expected a file of its own, got .*run"):
                run(where, **BASE)
            refused.append(where)

    def in_a_thread(epoch, history):
        with ThreadPoolExecutor() as pool:
            pool.submit(second, epoch, history).result()

    run(path, epochs=1, callback=second, **BASE)
    run(path, epochs=2, callback=in_a_thread, **BASE)
    assert len(refused) == 4 and run(path, **BASE).epochs == 4
    assert set(tmp_path.iterdir()) == {path, link}


def test_threads_may_save_to_one_path(tmp_path):
    path = tmp_path / "run"
    nets = [network(seed=seed) for seed in range(4)]

    def write(net):
        for _ in range(10):
            save(path, net)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, nets))
    load(path, net := network())
    assert any((net.theta == other.theta).all() for other in nets)
    assert list(tmp_path.iterdir()) == [path]


def refused_by_the_system(monkeypatch, number, wanted):
    """open() fails as the system's would, where the path and mode are those that are wanted."""
    real = open

    def opened(path, mode="r", *rest, **more):
        if wanted(str(path), mode):
            raise OSError(number, os.strerror(number), str(path))
        return real(path, mode, *rest, **more)

    monkeypatch.setattr("builtins.open", opened)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.ENOSPC])
@pytest.mark.parametrize("exists", [False, True])
def test_what_cannot_be_written_is_said_before_the_first_epoch(
    number, exists, tmp_path, monkeypatch
):
    path, started = tmp_path / "run", []
    if exists:
        run(path, **BASE)
    before = {p: p.read_bytes() for p in tmp_path.iterdir()}
    refused_by_the_system(monkeypatch, number, lambda p, mode: ".lock" in p)
    with pytest.raises(OSError, match=f"fit: cannot write the .*{os.strerror(number)}: '.*run'"):
        run(path, started=started, epochs=6, **BASE)
    assert snapshot(*started[:2]) == started[2]
    assert {p: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_a_name_that_is_too_long(tmp_path):
    started = []
    with pytest.raises(OSError, match="[Nn]ame too long"):
        run(tmp_path / ("x" * 300), started=started, **BASE)
    assert snapshot(*started[:2]) == started[2] and not list(tmp_path.iterdir())


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    path, started = tmp_path / "run", []
    run(path, **BASE)
    refused_by_the_system(monkeypatch, errno.EACCES, lambda p, mode: p == str(path) and "r" in mode)
    with pytest.raises(PermissionError, match="fit: cannot read the checkpoint: Permission denied"):
        run(path, started=started, epochs=6, **BASE)
    assert snapshot(*started[:2]) == started[2]


@pytest.mark.parametrize("call", ["os.fsync", "os.replace"])
def test_a_disk_that_fails_in_a_write_leaves_the_last_good_file(call, tmp_path, monkeypatch):
    path = tmp_path / "run"
    run(path, epochs=2, **BASE)
    before = path.read_bytes()

    def fail(*_):
        raise OSError(errno.EIO, "Input/output error")

    net = network()
    with monkeypatch.context() as patch:
        patch.setattr(call, fail)
        with pytest.raises(OSError, match="cannot write the checkpoint: Input/output error"):
            save(path, net)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]
    assert run(path, **BASE).epochs == 4


@pytest.mark.parametrize("copies", [None, 2])
def test_the_rate_that_a_callback_has_set_comes_back(copies, tmp_path):
    def go(epochs, **options):
        net = network(copies=copies)
        rates = 0.1 if copies is None else np.array([[0.1], [0.2]], "float32")
        optimizer = Adam(net.theta, lr=rates)

        def halve(epoch, history):
            optimizer.lr = 0.5 * optimizer.lr

        train(net, optimizer, epochs, callback=halve, **options)
        return net.theta, optimizer.lr

    theta, lr = go(6)
    go(3, checkpoint=tmp_path / "run")
    again, rate = go(6, checkpoint=tmp_path / "run")
    np.testing.assert_array_equal(again, theta)
    assert type(rate) is type(lr) and np.all(rate == lr)


def test_a_write_that_fails_later_leaves_the_history(tmp_path, monkeypatch):
    def full(epoch, history):
        if epoch == 2:
            refused_by_the_system(monkeypatch, errno.ENOSPC, lambda p, mode: ".part" in p)

    with pytest.raises(OSError, match="fit: cannot write the checkpoint: No space") as caught:
        run(tmp_path / "run", callback=full, **BASE)
    assert caught.value.history.epochs == 2


def test_a_set_among_the_constants_of_a_function_is_always_the_same():
    program = "from dlcore.fingerprint import words; print(words(lambda t: t in {'a', 'b', 'c'}))"
    seen = set()
    for seed in "123":
        environment = os.environ | {"PYTHONHASHSEED": seed}
        seen.add(subprocess.check_output([sys.executable, "-c", program], env=environment))
    assert len(seen) == 1


def test_drafts_of_killed_writers_are_removed_and_nothing_else(tmp_path):
    path = tmp_path / "run[1].safetensors"
    stale = tmp_path / f"{path.name}.part"
    others = [
        tmp_path / f"{path.name}.mine.part",
        tmp_path / "other.part",
        tmp_path / "run1.safetensors.part",
    ]
    for file in (stale, *others):
        file.touch()
    save(path, network())
    assert set(tmp_path.iterdir()) == {path, *others}


@pytest.mark.skipif(os.name == "nt", reason="Windows has neither mode nor links for everybody")
def test_modes_and_links_are_those_of_other_files(tmp_path):
    path, link = tmp_path / "run", tmp_path / "link"
    mask = os.umask(0o027)
    try:
        save(path, net := network())
    finally:
        os.umask(mask)
    assert path.stat().st_mode & 0o777 == 0o640
    path.chmod(0o600)
    link.symlink_to(path.name)
    net.theta[...] += 1
    save(link, net)
    assert link.is_symlink() and path.stat().st_mode & 0o777 == 0o600
    load(path, other := network())
    np.testing.assert_array_equal(other.theta, net.theta)


class Forgetful(GradientDescent):
    def __init__(self, theta, **options):
        super().__init__(theta, **options)
        self.velocity = {"v": [self.zeros()]}
        self.rates = np.ones((1, 1), theta.dtype)


class Uncounted(GradientDescent):
    counters = ("t", "laps")


def test_an_optimizer_whose_moment_would_be_lost_is_refused(tmp_path):
    net = network()
    check_state(Adam(net.theta, lr=np.float32(0.1)))
    for optimizer, message in (
        (Forgetful(net.theta), "Forgetful: expected all arrays .* self.velocity.v.0"),
        (Uncounted(net.theta), "Uncounted: expected the counter laps to be a number, got None"),
    ):
        for act in (
            lambda optimizer=optimizer: check_state(optimizer),
            lambda optimizer=optimizer: save(tmp_path / "run", net, optimizer),
            lambda optimizer=optimizer: train(net, optimizer, 1, checkpoint=tmp_path / "run"),
        ):
            with pytest.raises(ValueError, match=f"^{message}"):
                act()
    assert not list(tmp_path.iterdir())


class Counting(GradientDescent):
    def __init__(self, theta, **options):
        super().__init__(theta, **options)
        self.k = 0

    def direction(self, g):
        self.k += 1
        return g / self.k


def test_a_number_that_changes_and_would_be_lost_is_refused(tmp_path):
    net = network()
    message = "^Counting: expected all that changes in counters, got self.k, which would be lost"
    with pytest.raises(ValueError, match=message):
        train(net, Counting(net.theta), 2, checkpoint=tmp_path / "run")
    assert not list(tmp_path.iterdir())
    net = network()
    counting = Counting(net.theta)
    counting.counters += ("k",)
    train(net, counting, 2, checkpoint=tmp_path / "run")
    net = network()
    again = Counting(net.theta)
    again.counters += ("k",)
    train(net, again, 2, checkpoint=tmp_path / "run")
    assert again.k == counting.k > 0


def test_the_new_name_is_written_to_the_disk_too(tmp_path, monkeypatch):
    folders, real = [], os.fsync
    monkeypatch.setattr(
        os, "fsync", lambda fd: folders.append(stat.S_ISDIR(os.fstat(fd).st_mode)) or real(fd)
    )
    save(tmp_path / "run", network())
    assert folders == ([False] if os.name == "nt" else [False, True])


@pytest.mark.parametrize("kind", [np.random.MT19937, np.random.Philox, np.random.SFC64])
def test_other_generators_come_back(kind, tmp_path):
    def made():
        noise = Dropout(0.5, seed=np.random.Generator(kind(4)))
        return Network(Linear(2, 3), noise, Linear(3, 1))

    whole, net = made(), made()
    train(whole, Adam(whole.theta), 3)
    train(net, Adam(net.theta), 1, checkpoint=tmp_path / "run")
    net = made()
    train(net, Adam(net.theta), 3, checkpoint=tmp_path / "run")
    np.testing.assert_array_equal(net.theta, whole.theta)
