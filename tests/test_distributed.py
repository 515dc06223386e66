"""What workers refuse, in one process; tests/processes has several that train together."""

import sys
from collections import Counter

import numpy as np
import pytest
import torch

from dlcore.backend import to_numpy
from dlcore.distributed import LostWorker, Workers
from dlcore.layers import Activation, Layer, Linear
from dlcore.losses import MeanSquaredError
from dlcore.network import MLP, Network
from dlcore.noise import Dropout, GaussianNoise
from dlcore.normalization import BatchNorm
from dlcore.optimizers import Adam
from dlcore.training import fit

ENVIRONMENT = {"RANK": "0", "WORLD_SIZE": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "0"}
X = np.random.default_rng(0).standard_normal((6, 2))


def worker(rank=0, size=2):
    """One that never speaks with the others."""
    alone = object.__new__(Workers)
    alone.rank, alone.size = rank, size
    return alone


class Own(Layer):
    rng, seeded = np.random.default_rng(0), True

    def forward(self, params, x, train=False, buffers=()):
        return x + self.rng.random(), None


REFUSED = {
    "NumPy": (
        MLP([2, 1]),
        TypeError,
        r"a network on torch, got numpy float32 on cpu: net.to\(work",
    ),
    "BatchNorm": (
        Network(Linear(2, 3), BatchNorm(3)).to("torch"),
        ValueError,
        r"layers without batch statistics, got BatchNorm\(3\): each worker .* LayerNorm has none",
    ),
    "torch's noise": (
        Network(Linear(2, 3), Dropout(0.5, native_rng=True)).to("torch"),
        ValueError,
        "noise with native_rng=False, got Dropout",
    ),
    "noise of one's own": (
        Network(Linear(2, 3), Own()).to("torch"),
        ValueError,
        r"the noise of dlcore.noise, got Own\(\)",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_would_not_train_as_in_one_process_is_refused(case):
    net, error, message = REFUSED[case]
    before = to_numpy(net.theta)
    optimizer, workers = Adam(net.theta), worker()
    with pytest.raises(error, match=f"^fit: expected .*{message}"):
        fit(net, MeanSquaredError(), optimizer, X, X[:, :1], workers=workers, progress=False)
    np.testing.assert_array_equal(to_numpy(net.theta), before)


def test_what_is_frozen_has_no_statistics_of_a_batch():
    net = Network(Linear(2, 3), BatchNorm(3), Own()).to("torch")
    net.freeze(1, 2)
    worker().accept(net)


@pytest.mark.parametrize("n", [1, 2, 3, 7, 16])
@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_every_sample_counts_once(n, size):
    net, seen, total = MLP([2, 1]), Counter(), 0.0
    for rank in range(size):
        workers = worker(rank, size)
        rows = range(n)[workers.rows(n, net)]
        assert len(rows) > 0 and workers.share in (0, len(rows) / n)
        seen.update(rows if workers.share else [])
        total += workers.share
    assert seen == Counter(range(n)) and abs(total - 1) < 1e-15


@pytest.mark.parametrize("noise", [Dropout(0.5), GaussianNoise(0.3)], ids=repr)
@pytest.mark.parametrize("shape", [(7, 3), (2, 7, 3), (7, 2, 4, 3), (2, 7, 2, 4, 3)])
def test_each_worker_has_its_rows_of_the_noise_of_all(noise, shape):
    state, x = noise.rng.bit_generator.state, np.ones(shape)
    whole, _ = noise.noisy(x)
    after = noise.rng.bit_generator.state
    axis = 0 if len(shape) in (2, 4) else 1
    for rows in (slice(0, 3), slice(3, 7)):
        noise.rng.bit_generator.state = state
        noise.rows = rows, 7
        part = (slice(None),) * axis + (rows,)
        np.testing.assert_array_equal(noise.noisy(x[part])[0], whole[part])
        assert noise.rng.bit_generator.state == after
        noise.rows = None


def test_without_torchrun_it_says_how_to_start(monkeypatch):
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    message = "started by torchrun --nproc-per-node=2 program.py, got no RANK, WORLD_SIZE, MASTER"
    with pytest.raises(ValueError, match=f"^Workers: expected to be {message}"):
        Workers()
    with pytest.raises(ValueError, match="^Workers: expected timeout > 0, got 0"):
        Workers(timeout=0)


def test_a_torch_without_it_is_named(monkeypatch):
    monkeypatch.setattr(torch.distributed, "is_available", lambda: False)
    with pytest.raises(ImportError, match="Workers needs a torch that was built with torch.distr"):
        Workers()
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match="Workers needs torch: python -m pip install torch"):
        Workers()


@pytest.mark.skipif(sys.platform != "linux", reason="gloo asks how the machine is called")
def test_others_that_never_come_are_given_up(monkeypatch):
    for name, value in (ENVIRONMENT | {"WORLD_SIZE": "2"}).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(LostWorker, match="^worker 0 of 2 has lost another"):
        Workers(timeout=0.5)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_one_worker_on_a_gpu_trains_as_without(monkeypatch):
    for name, value in (ENVIRONMENT | {"LOCAL_WORLD_SIZE": "1"}).items():
        monkeypatch.setenv(name, value)
    thetas = []
    with Workers() as workers:
        assert workers.device == "cuda:0"
        for together in (workers, None):
            layers = Linear(2, 4), Activation("tanh"), Dropout(0.2), Linear(4, 1)
            net = Network(*layers, dtype="float64").to(workers.device)
            options = dict(epochs=5, batch_size=4, progress=False, workers=together)
            fit(net, MeanSquaredError(), Adam(net.theta), X, X[:, :1], **options)
            thetas.append(to_numpy(net.theta))
    np.testing.assert_allclose(*thetas, rtol=0, atol=1e-12)
