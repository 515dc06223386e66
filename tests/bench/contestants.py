"""The same training step (forward, backward, Adam, float32) in every library that is here.

All contestants of a task start with the same numbers and see the same minibatch, so that after the
same number of steps all have the same parameters: ``measure.py`` looks at that before it times
them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import nn

from dlcore.compiled import CompiledSteps
from dlcore.images import Conv2d, Flatten, MaxPool2d, Unflatten
from dlcore.layers import Activation, Linear
from dlcore.losses import SigmoidCrossEntropy, SoftmaxCrossEntropy
from dlcore.network import MLP, Network
from dlcore.optimizers import Adam

RATE = 1e-3
JAX = find_spec("jax") is not None
CUDA = torch.cuda.is_available()


@dataclass(frozen=True)
class Task:
    """An MLP, or the convolutional network of chapter 19, on minibatches of N samples."""

    sizes: tuple[int, ...]
    N: int
    activation: str = "relu"
    copies: int | None = None
    convolutional: bool = False
    k: int = 10  # the steps of a call that takes many

    def network(self) -> Network:
        if not self.convolutional:
            return MLP(list(self.sizes), self.activation, copies=self.copies)
        layers: list = [Unflatten(1, 8, 8)]
        for channels in ((1, 8), (8, 16)):
            layers += [Conv2d(*channels, 3, padding=1), Activation("relu"), MaxPool2d(2)]
        return Network(*layers, Flatten(16, 2, 2), Linear(64, 10))

    def of_torch(self) -> nn.Module:
        """The same of torch.nn, with the same parameters."""
        layers: list = []
        if self.convolutional:
            layers = [nn.Unflatten(1, (1, 8, 8))]
            for channels in ((1, 8), (8, 16)):
                layers += [nn.Conv2d(*channels, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
            layers += [nn.Flatten(), nn.Linear(64, 10), None]
        else:
            for n_in, n_out in pairwise(self.sizes):
                h = nn.ReLU() if self.activation == "relu" else nn.Tanh()
                layers += [nn.Linear(n_in, n_out), h]
        net = nn.Sequential(*layers[:-1])
        with torch.no_grad():
            for p, value in zip(net.parameters(), flat(self.network().params), strict=True):
                p.copy_(torch.tensor(value).reshape(p.shape))
        return net

    def loss(self) -> Any:
        return SigmoidCrossEntropy() if self.sizes[-1] == 1 else SoftmaxCrossEntropy()

    def batch(self, where: str) -> tuple[Any, Any]:
        rng, K = np.random.default_rng(0), self.sizes[-1]
        X = rng.standard_normal((self.N, self.sizes[0])).astype("float32")
        y = rng.integers(0, K, self.N) if K > 1 else rng.integers(0, 2, (self.N, 1)).astype("f4")
        return (X, y) if where == "numpy" else (on(where, X), on(where, y))


@dataclass
class Contestant:
    """``run()`` makes ``steps`` steps; ``arrays()`` are the parameters, maybe not ready yet."""

    run: Callable[[], Any]
    arrays: Callable[[], list]
    steps: int = 1

    def wait(self) -> None:
        for a in self.arrays():
            if hasattr(a, "block_until_ready"):
                a.block_until_ready()
        if CUDA:
            torch.cuda.synchronize()

    def parameters(self) -> list[np.ndarray]:
        on_cpu = [a.detach().cpu() if hasattr(a, "detach") else a for a in self.arrays()]
        return [np.asarray(a).ravel() for a in on_cpu]


def dlcore(task: Task, where: str) -> Contestant:
    net, loss, (X, y) = task.network().to(where), task.loss(), task.batch(where)
    optimizer = Adam(net.theta, lr=RATE)
    step = lambda: optimizer.step(net.gradient(loss, X, y))  # noqa: E731
    return Contestant(step, lambda: flat(net.params))


def dlcore_compiled(task: Task, where: str, k: int) -> Contestant:
    net, loss, (X, y) = task.network().to(where), task.loss(), task.batch(where)
    optimizer = Adam(net.theta, lr=RATE, capturable=where == "cuda")
    steps = CompiledSteps(net, loss, optimizer, k)
    if k > 1:
        X, y = torch.stack([X] * k), torch.stack([y] * k)
    return Contestant(lambda: steps(X, y), lambda: flat(net.params), k)


def torch_nn(task: Task, where: str, fused: bool = True, mode: str | None = None) -> Contestant:
    """``mode``: that of torch.compile, for the network and its loss together."""
    net, (X, y) = task.of_torch().to(where_of(where)), task.batch(where)
    bce = nn.functional.binary_cross_entropy_with_logits
    criterion = bce if task.sizes[-1] == 1 else nn.functional.cross_entropy
    optimizer = torch.optim.Adam(net.parameters(), lr=RATE, fused=fused or None)

    def loss(X, y):
        return criterion(net(X), y)

    if mode:
        loss = torch.compile(loss, mode=mode)

    def step():
        optimizer.zero_grad()
        loss(X, y).backward()
        optimizer.step()

    return Contestant(step, lambda: list(net.parameters()))


def jax_jit(task: Task, k: int = 1, donate: bool = False) -> Contestant:
    """One jitted step a call, or k of them inside ``lax.scan``; ``donate``: each may overwrite what
    it is given, as a step of dlcore and of torch.nn does."""
    import jax
    import jax.numpy as jnp

    h, x_y = getattr(jax.nn, task.activation), task.batch("numpy")

    def J(params, x, y):
        for W, b in params[:-1]:
            x = h(x @ W.mT + b)
        W, b = params[-1]
        z = x @ W.mT + b
        if task.sizes[-1] == 1:
            return jnp.mean(jnp.logaddexp(z, 0.0) - y * z)
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(z), y[:, None], -1))

    def step(state, x_y):
        params, m, v, t = state
        g, t, each = jax.grad(J)(params, *x_y), t + 1, jax.tree.map
        m = each(lambda m, g: 0.9 * m + 0.1 * g, m, g)
        v = each(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
        m_unit, v_unit = 1 / (1 - 0.9**t), 1 / (1 - 0.999**t)
        moved = lambda p, m, v: p - RATE * (m * m_unit) / (jnp.sqrt(v * v_unit) + 1e-8)  # noqa: E731
        return (each(moved, params, m, v), m, v, t), None

    if k > 1:
        x_y = tuple(np.stack([a] * k) for a in x_y)
        steps = jax.jit(lambda state, all: jax.lax.scan(step, state, all))
    else:
        steps = jax.jit(step, donate_argnums=0 if donate else None)
    params = [tuple(map(jnp.array, own)) for own in task.network().params if own]
    m, v = (jax.tree.map(jnp.zeros_like, params) for _ in range(2))
    x_y, state = tuple(map(jnp.array, x_y)), (params, m, v, jnp.zeros(()))

    def run():
        nonlocal state
        state, _ = steps(state, x_y)

    return Contestant(run, lambda: flat(state[0]), k)


def products(task: Task, where: str) -> Contestant:
    """The matrix products of a step and nothing else, into memory that is there already."""
    rng, calls = np.random.default_rng(0), []
    for l, (n_in, n_out) in enumerate(pairwise(task.sizes)):
        shapes = [(task.N, n_in), (n_out, n_in), (task.N, n_out)]
        x, W, delta = (rng.standard_normal(shape).astype("f4") for shape in shapes)
        if where != "numpy":
            x, W, delta = on(where, x), on(where, W), on(where, delta)
        wanted = [(x, W.mT), (delta.mT, x), (delta, W)][: 2 if l == 0 else 3]
        calls += [(a, b, a @ b) for a, b in wanted]
    matmul = np.matmul if where == "numpy" else torch.mm

    def run():
        for a, b, out in calls:
            matmul(a, b, out=out)

    return Contestant(run, list)


def contestants(task: Task, few: bool = False) -> dict[str, Callable[[], Contestant]]:
    """Who takes part, by name, as functions that make them ready; ``few``: those of a picture."""
    mlp, k = not task.convolutional and not task.copies, task.k
    made: dict = {
        "dlcore, NumPy": lambda: dlcore(task, "numpy"),
        "dlcore, torch": lambda: dlcore(task, "torch"),
        "dlcore, compiled": lambda: dlcore_compiled(task, "torch", 1),
        f"dlcore, compiled, {k} steps a call": lambda: dlcore_compiled(task, "torch", k),
        "torch.nn, default Adam": lambda: torch_nn(task, "torch", fused=False),
        "torch.nn, fused Adam": lambda: torch_nn(task, "torch"),
        "torch.nn, compiled": lambda: torch_nn(task, "torch", mode="default"),
    }
    if JAX and mlp:
        made |= {
            "JAX, a step a call": lambda: jax_jit(task),
            "JAX, a step a call, in place": lambda: jax_jit(task, donate=True),
            f"JAX, {k} steps a call": lambda: jax_jit(task, k),
        }
    if sum(n_in * n_out for n_in, n_out in pairwise(task.sizes)) > 65_536:
        made = {who: make for who, make in made.items() if f"{k} steps" not in who}  # no faster
    if mlp:
        made["the matrix products alone"] = lambda: products(task, "numpy")
    if CUDA:
        made |= {
            "dlcore, CUDA": lambda: dlcore(task, "cuda"),
            "dlcore, CUDA, captured": lambda: dlcore_compiled(task, "cuda", 1),
            "torch.nn, CUDA, fused Adam": lambda: torch_nn(task, "cuda"),
            "torch.nn, CUDA, compiled": lambda: torch_nn(task, "cuda", mode="reduce-overhead"),
        }
        if mlp:
            made["the matrix products alone, CUDA"] = lambda: products(task, "cuda")
    if few:
        compiled = "torch.nn, compiled", "torch.nn, CUDA, compiled"
        without = ("torch.nn, default Adam", *compiled, "JAX, a step a call")
        made = {who: make for who, make in made.items() if who not in without}
    if task.copies:
        made = {who: make for who, make in made.items() if who.startswith("dlcore")}
    return made


def where_of(where: str) -> str:
    return "cuda" if where == "cuda" else "cpu"


def on(where: str, a: np.ndarray) -> torch.Tensor:
    return torch.tensor(a, device=where_of(where))


def flat(lists: Any) -> list:
    return [a for own in lists for a in own]
