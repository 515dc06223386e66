"""Speed of dlcore against torch.nn: ``make bench`` writes book/speed_table.md.

One training step (forward, backward, Adam) in float32 on one thread, all checks on.  The
contestants take turns, so that a busy moment of the machine hits them alike; each figure is the
median over the rounds, and what counts are the ratios.
"""

import argparse
import platform
import statistics
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import nn

from dlcore.images import Conv2d, Flatten, MaxPool2d, Unflatten
from dlcore.layers import Activation, Linear
from dlcore.losses import SigmoidCrossEntropy, SoftmaxCrossEntropy
from dlcore.network import MLP, Network
from dlcore.optimizers import Adam

TABLE = Path(__file__).resolve().parents[1] / "book" / "speed_table.md"


def mlp(*sizes):
    """An MLP of dlcore, and the same one of torch.nn."""
    layers = []
    for n_in, n_out in pairwise(sizes):
        layers += [nn.Linear(n_in, n_out), nn.Tanh()]
    return MLP(list(sizes)), nn.Sequential(*layers[:-1])


def convnet():
    """The network of chapter 19, for pictures of 8 × 8 pixels, and the same one of torch.nn."""
    ours = [Unflatten(1, 8, 8)]
    theirs = [nn.Unflatten(1, (1, 8, 8))]
    for channels in ((1, 8), (8, 16)):
        ours += [Conv2d(*channels, 3, padding=1), Activation("relu"), MaxPool2d(2)]
        theirs += [nn.Conv2d(*channels, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    ours += [Flatten(16, 2, 2), Linear(64, 10)]
    return Network(*ours), nn.Sequential(*theirs, nn.Flatten(), nn.Linear(64, 10))


# The two networks, the size of a batch, and how many numbers go in and come out.
CASES = {
    "2-8-8-1": (lambda: mlp(2, 8, 8, 1), 64, 2, 1),
    "784-256-128-10": (lambda: mlp(784, 256, 128, 10), 128, 784, 10),
    "convolutions of chapter 19": (convnet, 64, 64, 10),
}


def data(N, n_in, n_out):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((N, n_in)).astype("float32")
    if n_out == 1:
        return X, rng.integers(0, 2, (N, 1)).astype("float32")
    return X, rng.integers(0, n_out, N)


def ours(where, networks, *sizes):
    X, y = data(*sizes)
    if where != "numpy":
        X, y = torch.tensor(X, device=device(where)), torch.tensor(y, device=device(where))
    net = networks()[0].to(where)
    loss = SigmoidCrossEntropy() if sizes[-1] == 1 else SoftmaxCrossEntropy()
    optimizer = Adam(net.theta, lr=1e-3)
    return lambda: optimizer.step(net.gradient(loss, X, y))


def torch_nn(where, networks, *sizes):
    X, y = (torch.tensor(v, device=device(where)) for v in data(*sizes))
    net = networks()[1].to(device(where))
    bce = nn.functional.binary_cross_entropy_with_logits
    loss = bce if sizes[-1] == 1 else nn.functional.cross_entropy
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, fused=True)

    def step():
        optimizer.zero_grad()
        loss(net(X), y).backward()
        optimizer.step()

    return step


def device(where):
    return "cuda" if where == "cuda" else "cpu"


def measure(steps, rounds, repeats):
    """Median seconds of each step function over interleaved rounds."""
    times = {name: [] for name in steps}
    for _ in range(rounds):
        for name, step in steps.items():
            step()
            start = time.perf_counter()
            for _ in range(repeats):
                step()
            if name.endswith("cuda"):
                torch.cuda.synchronize()
            times[name].append((time.perf_counter() - start) / repeats)
    return {name: statistics.median(values) for name, values in times.items()}


def table(rounds):
    """The figures as Markdown, one case after the other; printed as they come."""
    torch.set_num_threads(1)
    wheres = ["torch", "cuda"] if torch.cuda.is_available() else ["torch"]
    lines = [
        f"Measured on {machine()} with Python {platform.python_version()}, NumPy {np.__version__} "
        f"and torch {torch.__version__}: one thread, medians of {rounds} interleaved rounds."
    ]
    for name, (networks, N, *sizes) in CASES.items():
        steps = {"dlcore on NumPy": ours("numpy", networks, N, *sizes)}
        for where in wheres:
            steps[f"dlcore on {where}"] = ours(where, networks, N, *sizes)
            steps[f"torch.nn on {where}"] = torch_nn(where, networks, N, *sizes)
        times = measure(steps, rounds, repeats=200 if name == "2-8-8-1" else 10)
        base = times["torch.nn on torch"]
        lines += ["", f"**{name}**, batches of {N}: forward, backward and Adam in float32", ""]
        lines += ["| who | µs a step | torch.nn (CPU) = 1 |", "| --- | --- | --- |"]
        for contestant, seconds in times.items():
            who = contestant.replace("on torch", "on torch (CPU)").replace("cuda", "torch (CUDA)")
            lines.append(f"| {who} | {seconds * 1e6:.1f} | {base / seconds:.2f} |")
    lines += ["", "The last column says how many times as fast as torch.nn on the CPU it is."]
    return "\n".join(lines) + "\n"


def machine():
    """What computes, in words."""
    if torch.cuda.is_available():
        return f"{platform.machine()} and {torch.cuda.get_device_name()}"
    return platform.machine()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    text = table(parser.parse_args().rounds)
    print(text)
    TABLE.write_text(text, encoding="utf-8")
    print(f"Written to {TABLE.relative_to(Path.cwd())}: the page on speed shows it.")


if __name__ == "__main__":
    main()
