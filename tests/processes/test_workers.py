"""Two processes train as one does on all their samples; when one ends, the other says so."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from dlcore.checkpoint import load
from dlcore.network import MLP

from .server import ONE_THREAD, ROOT, contents

CASES = {
    "Adam, schedule, penalty, clip, weights, noise": {},
    "a stack of three": dict(copies=3),
    "whole batches": dict(batch_size=None),
    "minibatches of one": dict(batch_size=1, epochs=1),
    "stopped by the first worker": dict(stop=3),
}


def ended(processes, *codes):
    assert [p.wait() for p in processes] == list(codes), "\n".join(p.text() for p in processes)


@pytest.mark.parametrize("case", CASES)
def test_two_processes_train_as_one_on_the_union_of_their_batches(case, server, tmp_path):
    path, options = tmp_path / "run", CASES[case]
    together = [server.start("alike", path=str(path), **options)]
    together += server.workers("alike", path=str(path), **options)
    ended(together, 0, 0, 0)
    alone, *workers = (np.load(f"{path}.{who}.npz") for who in ("alone", 0, 1))
    for name in alone:
        np.testing.assert_allclose(workers[0][name], alone[name], rtol=0, atol=1e-12, err_msg=name)
        np.testing.assert_array_equal(workers[0][name], workers[1][name], err_msg=name)


def test_a_checkpoint_goes_on_with_another_number_of_workers(server, tmp_path):
    path, arguments = tmp_path / "run", dict(path=str(tmp_path / "npz"))
    ended(server.workers("alike", **arguments, checkpoint=str(path), epochs=4), 0, 0)
    both = (
        server.start("alike", path=f"{tmp_path}/{name}", **more)
        for name, more in (("whole", {}), ("on", dict(checkpoint=str(path))))
    )
    ended(list(both), 0, 0)
    whole, on = (np.load(tmp_path / f"{name}.alone.npz") for name in ("whole", "on"))
    for name in whole:
        np.testing.assert_allclose(on[name], whole[name], rtol=0, atol=1e-12, err_msg=name)


DIFFERENT = {
    "another start": (dict(seed=1), "on rank 1 θ float64 .*, on rank 0 float64 .*; random states"),
    "other data": (dict(x=2.0), r"on rank 1 X float64 \(65, 2\) \w+, on rank 0 float64 \(65, 2\)"),
    "another argument": (dict(clip=1.0), "on rank 1 clip 1.0, on rank 0 0.5"),
    "another end": (dict(epochs=5), "on rank 1 epochs 5, on rank 0 9"),
    "no callback": (dict(callback=None), "on rank 1 has a callback False, on rank 0 True"),
}


@pytest.mark.parametrize("case", DIFFERENT)
def test_workers_that_differ_are_named_on_all_of_them(case, server, tmp_path):
    other, message = DIFFERENT[case]
    processes = server.workers("alike", each=({}, other), path=str(tmp_path / "run"))
    ended(processes, 1, 1)
    for process in processes:
        assert re.search(f"ValueError: fit: expected the same .*{message}", process.text())
    assert not list(tmp_path.iterdir())


def running(server, path, **options):
    """Two workers in the middle of an endless training, with a checkpoint."""
    processes = server.workers("endless", path=str(path), **options)
    end = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < end, processes[0].text()
        time.sleep(0.01)
    return processes


@pytest.mark.parametrize("dead", [0, 1])
def test_a_worker_that_dies_ends_the_other_in_seconds(dead, server, tmp_path):
    path = tmp_path / "run"
    processes = running(server, path)
    processes[dead].signal(signal.SIGKILL)
    assert processes[1 - dead].wait(10) == 1, processes[1 - dead].text()
    assert processes[dead].wait() == -signal.SIGKILL
    said = processes[1 - dead].text()
    message = rf"LostWorker: fit: worker {1 - dead} of 2 has lost another \(.*\) after step \d+, "
    message += r"\d+ epochs; start all again, and training goes on from the last epoch in .*run"
    assert re.search(message, said), said
    load(path, MLP([2, 8, 1]))  # it is whole


def test_a_worker_that_says_nothing_is_given_up(server, tmp_path):
    processes = running(server, tmp_path / "run", timeout=1)
    processes[1].signal(signal.SIGSTOP)
    assert processes[0].wait(20) == 1, processes[0].text()
    assert "has lost another (" in processes[0].text()
    processes[1].signal(signal.SIGKILL)
    assert processes[1].wait() == -signal.SIGKILL


@pytest.mark.parametrize("whom", [(0,), (1,), (0, 1)])
def test_ctrl_c_ends_all_after_the_same_step(whom, server, tmp_path):
    processes = running(server, tmp_path / "run")
    for rank in whom:
        processes[rank].signal(signal.SIGINT)
    ended(processes, 0, 0)
    told = {process.text() for process in processes}
    assert len(told) == 1 and re.fullmatch(r"step \d+, \d+ epochs\n", told.pop())


def test_torchrun_starts_again_and_ends_on_the_same_bits(server, tmp_path):
    whole, path = tmp_path / "whole", tmp_path / "run"
    arguments = dict(where="torch", epochs=12)
    undisturbed = server.workers("killed", path=str(whole), **arguments)
    arguments |= dict(name="killed_once", path=str(path), epoch=5)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    command += ["--max-restarts=1", "-m", "tests.processes.programs", json.dumps(arguments)]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | ONE_THREAD, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "exitcode: -9" in done.stderr
    ended(undisturbed, 0, 0)
    assert contents(path) == contents(whole)
