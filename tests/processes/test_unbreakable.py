"""A training that is killed at random moments, and started again each time, loses no bit."""

import re
import signal
import time

import numpy as np
import pytest
from safetensors.numpy import load_file

from .server import contents

# The ways of training: what ``programs.killed`` is given, and at least so many kills.  A training
# is started and killed until it ends by itself, and then another one.
ROWS = {
    "numpy": (dict(where="numpy", epochs=20), 12),
    "torch": (dict(where="torch", epochs=20), 12),
    "a stack": (dict(where="numpy", epochs=20, copies=3), 8),
    "compiled": (dict(where="torch", epochs=40, compiled=2), 3),
    "two workers": (dict(where="torch", epochs=12, workers=True), 8),
}


def start(server, row, path, name="killed", **options):
    """The processes of a training, which go on from the file where there is one."""
    options |= ROWS[row][0] | dict(path=str(path))
    together = options.pop("workers", False)
    return server.workers(name, **options) if together else [server.start(name, **options)]


def strike(processes, rng, path, delay):
    """Kill one of them after so many seconds, or (None) the one that writes, while it does; had it
    not yet ended?"""
    victim = processes[0 if delay is None else rng.integers(len(processes))]
    draft = path.with_name(f"{path.name}.part")
    if delay is None:
        while not draft.exists() and victim.wait(0) is None:
            time.sleep(0.001)
    else:
        time.sleep(delay)
    victim.signal(signal.SIGKILL)
    code = victim.wait()
    for other in processes:  # as torchrun does
        if other.wait(0.5 if code else 60) is None:
            other.signal(signal.SIGKILL)
            other.wait()
    assert code in (0, -signal.SIGKILL), victim.text()
    return code != 0


def wait_for_a_write(process, path):
    def when():
        return path.stat().st_mtime_ns if path.exists() else None

    before = when()
    while when() == before and process.wait(0) is None:
        time.sleep(0.001)


@pytest.mark.parametrize("row", ROWS)
def test_kills_at_random_moments_change_no_bit(row, server, tmp_path):
    whole, rng = tmp_path / "whole", np.random.default_rng(len(row))
    clock = time.monotonic()
    undisturbed = start(server, row, whole)
    assert [p.wait() for p in undisturbed] == [0] * len(undisturbed), undisturbed[0].text()
    length = time.monotonic() - clock
    lives, kills, drafts, met = 0, 0, 0, set()
    while kills < ROWS[row][1]:
        path = tmp_path / f"run{lives}"
        ended = False
        while not ended:
            in_a_write, lives = lives % 4 == 0, lives + 1
            processes = start(server, row, path, slow=0.2 if in_a_write else 0.0)
            delay = None if in_a_write else rng.uniform(0, length)
            if row == "compiled":  # its time goes into tracing; what is to be hit are its calls
                wait_for_a_write(processes[0], path)
                delay = delay and 0.02 * delay
            ended = not strike(processes, rng, path, delay)
            kills += not ended
            drafts += path.with_name(f"{path.name}.part").exists()
            met.add(len(load_file(path)["loss"]) if path.exists() else 0)
        assert contents(path) == contents(whole)
        path.unlink()
    assert drafts > 0 and len(met) > 2  # in the middle of a write, and after many epochs
    assert [p.name for p in tmp_path.iterdir()] == ["whole"]


@pytest.mark.parametrize("row", ROWS)
def test_a_full_disk_is_said_and_the_last_good_file_stays(row, server, tmp_path):
    path = tmp_path / "run"
    processes = start(server, row, path, name="full", epoch=4)
    assert [p.wait() for p in processes] == [1] * len(processes)
    message = "OSError: .* fit: cannot write the checkpoint: File too large: '.*run'"
    assert re.search(message, processes[0].text()), processes[0].text()
    assert all("LostWorker: fit: worker 1 of 2" in p.text() for p in processes[1:])
    assert len(load_file(path)["loss"]) == 3 and [p.name for p in tmp_path.iterdir()] == ["run"]
    assert [p.wait() for p in start(server, row, path)] == [0] * len(processes)


@pytest.mark.parametrize("what", ["a network", "one byte"])
def test_a_file_that_somebody_else_has_written_is_left_and_ours_is_kept(what, server, tmp_path):
    path, kept = tmp_path / "run", tmp_path / "run.kept"
    (process,) = start(server, "numpy", path, name="overwritten", epoch=4, what=what)
    assert process.wait() == 1
    message = f"OSError: fit: somebody else has written to the checkpoint {path}: this training and"
    assert f"{message} its 4 epochs are in {kept}" in process.text(), process.text()
    foreign = path.read_bytes()
    (process,) = start(server, "numpy", path)  # it is not gone on from
    assert process.wait() == 1 and path.read_bytes() == foreign
    assert re.search("ValueError: fit: expected a (whole )?checkpoint of", process.text())
    assert len(load_file(kept)["loss"]) == 4
    kept.rename(path)
    (process,) = start(server, "numpy", path)
    assert process.wait() == 0 and len(load_file(path)["loss"]) == ROWS["numpy"][0]["epochs"]


def test_a_damaged_file_is_named_by_all_workers(server, tmp_path):
    path = tmp_path / "run"
    path.write_bytes(b"0123456789")
    for process in start(server, "two workers", path):
        assert process.wait() == 1
        assert re.search("ValueError: fit: expected a whole checkpoint of dlcore", process.text())
    assert path.read_bytes() == b"0123456789"
