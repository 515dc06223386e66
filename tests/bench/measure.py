"""Times of training steps, as one process that does nothing else: ``python -m tests.bench.measure``
``one | all | sweeps | digits`` prints them as JSON.

The contestants take turns, in every round in another order, so that a busy moment of the machine
hits them alike; a figure is the quartiles over the rounds, and what counts are the ratios of the
medians.  "one" keeps to one core, and to one thread.
"""

import json
import os
import platform
import random
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

PARTS = ("one", "all", "sweeps", "digits")
TURN = 0.02  # seconds at least that a contestant computes before the next one does


def environment(part: str) -> dict[str, str]:
    """The threads must be said before the libraries are loaded."""
    if part == "all":
        return dict(os.environ)
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    xla = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    return os.environ | one | {"XLA_FLAGS": xla}


def tasks() -> dict:
    from tests.bench.contestants import Task

    return {
        "2-8-8-1": Task((2, 8, 8, 1), 64, "tanh", k=50),
        "64-32-10": Task((64, 32, 10), 32, k=50),
        "784-256-128-10": Task((784, 256, 128, 10), 128),
        "1024-1024-1024-10": Task((1024, 1024, 1024, 10), 128),
        "convolutions of chapter 19": Task((64, 10), 64, convolutional=True),
    }


def sweeps() -> dict:
    """What grows, from small to large, with everything else as it is."""
    from tests.bench.contestants import Task

    def stack(E, N):  # one network is a plain one: a stack of one costs more
        return Task((2, 8, 8, 1), N, "tanh", copies=E if E > 1 else None)

    return {
        "width": {n: Task((n, n, n, 10), 64) for n in (8, 32, 128, 512, 1024)},
        "depth": {L: Task((2, *[16] * L, 1), 64, "tanh") for L in (1, 2, 4, 8, 16)},
        "batch": {N: Task((64, 64, 64, 10), N) for N in (1, 16, 128, 1024, 4096)},
        "stack": {E: stack(E, 16) for E in (1, 4, 16, 64, 256)},
        "stack 64": {E: stack(E, 64) for E in (1, 64)},
    }


def words(task: object) -> str:
    """What a task is, for a heading."""
    h = "ReLU" if task.activation == "relu" else task.activation
    return f"{h}, minibatches of {task.N}"


def quartiles(ready: dict[Any, Any], rounds: int) -> dict[Any, list[float]]:
    """The quartiles of the seconds a step of each contestant, over interleaved rounds of turns."""
    calls = {}
    for who, contestant in ready.items():
        for _ in range(3):  # what is to be compiled, is
            contestant.run()
        contestant.wait()
        start, n = time.perf_counter(), 0
        while n < 1 or time.perf_counter() - start < TURN:
            contestant.run()
            contestant.wait()
            n += 1
        calls[who] = n
    times: dict = {who: [] for who in ready}
    shuffled = random.Random(0)
    for _ in range(rounds):
        for who, contestant in shuffled.sample(list(ready.items()), len(ready)):
            start = time.perf_counter()
            for _ in range(calls[who]):
                contestant.run()
            contestant.wait()
            seconds = time.perf_counter() - start
            times[who].append(seconds / (calls[who] * contestant.steps))
    return {who: statistics.quantiles(values, method="inclusive") for who, values in times.items()}


def compare(ready: dict) -> None:
    """All contestants train the same network: after the same steps they have the same numbers."""
    import numpy as np

    most = max(10, *(contestant.steps for contestant in ready.values()))
    first = None
    for who, contestant in ready.items():
        for _ in range(most // contestant.steps):
            contestant.run()
        contestant.wait()
        if parameters := contestant.parameters():
            now = np.concatenate(parameters)
            first = now if first is None else first
            # Adam's direction of a gradient near 0 is any number between -1 and 1
            if np.mean(abs(now - first) > 1e-4) > 0.01:
                raise AssertionError(f"{who} has other parameters than {next(iter(ready))}")


def table(rounds: int) -> dict:
    from tests.bench.contestants import contestants

    found = {}
    for name, task in tasks().items():
        say(name)
        ready = {who: make() for who, make in contestants(task).items()}
        compare(ready)
        found[name] = quartiles(ready, rounds)
    return found


def curves(rounds: int) -> dict:
    """Of a curve all sizes take turns, too, else it bends where the machine was busy."""
    from tests.bench.contestants import contestants

    found: dict = {}
    for name, by_size in sweeps().items():
        say(name)
        found[name], ready = {}, {}
        for n, task in by_size.items():
            made = contestants(task, few=True).items()
            own = {w: make() for w, make in made if "stack" not in name or w.startswith("dlcore")}
            compare(own)
            found[name][str(n)] = {}
            ready |= {(str(n), who): contestant for who, contestant in own.items()}
        for (n, who), seconds in quartiles(ready, rounds).items():
            found[name][n][who] = seconds
    return found


def machine() -> dict[str, str]:
    """What computes, in words."""
    import numpy as np
    import sklearn
    import torch
    from threadpoolctl import threadpool_info

    kernels = {info.get("architecture") for info in threadpool_info()} - {None}
    words = {
        "processor": processor(),
        "cores": str(len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count()),
        "OpenBLAS": ", ".join(sorted(map(str, kernels))),
        "torch's instructions": torch.backends.cpu.get_cpu_capability(),
        "Python": platform.python_version(),
        "NumPy": np.__version__,
        "torch": torch.__version__,
        "scikit-learn": sklearn.__version__,
    }
    try:
        import jax

        words["JAX"] = jax.__version__
    except ImportError:
        pass
    if torch.cuda.is_available():
        words["graphics card"] = torch.cuda.get_device_name()
    return words


def processor() -> str:
    """Its name, where the system tells it."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    if sys.platform == "darwin":
        command = ["sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.run(command, capture_output=True, text=True).stdout.strip()
    return platform.processor() or platform.machine()


def say(what: str) -> None:
    print(f"  {what} …", file=sys.stderr, flush=True)


def run(part: str, rounds: int) -> dict:
    """The figures of one part, measured in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.measure", part, str(rounds)]
    done = subprocess.run(command, env=environment(part), stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"bench: measuring {part!r} ended with {done.returncode}, see above")
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    part, rounds = sys.argv[1], int(sys.argv[2])
    if part != "all":
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        import torch

        torch.set_num_threads(1)
    if part == "digits":
        from tests.bench.digits import figures

        found = figures(rounds)
    else:
        found = curves(rounds) if part == "sweeps" else table(rounds)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
