"""Compiled training: k steps of a network on torch as one function, made by torch.compile.

    fit(net, loss, optimizer, X, y, compiled=True)

    steps = CompiledSteps(net, loss, optimizer)            # for a loop of one's own
    for x, y in batches:
        J = steps(x, y)

A small network spends its time on calling operations one by one.  Here forward pass, backward
pass, penalty, clipping, update and constraint of k minibatches are traced once, through the lines
that run eagerly, and become one call; on CUDA that call is captured as a graph of kernels, which is
replayed.  Sums are rounded in another order than eagerly, all else is the same.

What a trace would freeze is given to it from outside, in memory that stays: the minibatches, the
learning rate, the optimizer's counters, and the random numbers, which NumPy draws in the order of
the eager steps.
"""

import copy
import os
import shutil
import sysconfig
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from types import FunctionType
from typing import Any

import numpy as np

from . import checks as check
from .backend import Array, asarray, describe, is_array, is_integer, namespace, on_cpu
from .checkpoint import check_bound
from .losses import Loss
from .network import Network
from .optimizers import Optimizer, clip_norm
from .regularizers import penalized

BACKEND = "inductor"  # torch's compiler; its "eager" and "aot_eager" trace, and compile nothing


class CompiledSteps:
    """k steps θ ← θ − η d(∇J) in one call, on minibatches that all have the same size.

    net, loss, optimizer, penalty, clip, constraint   as for ``fit``; the network is on torch
    k                                                 how many minibatches a call takes

    Called as ``steps(x, y, weights)``; the minibatches are stacked, (k, N, n), if k > 1.  The first
    call compiles, which takes some seconds, and longer for a larger k.  What the optimizer, the
    layers and the loss are set to is read then; the learning rate is read in every call.  On CUDA
    an optimizer with ``capturable=True`` saves a wait in every call.

    Raises ValueError for a network on NumPy, RuntimeError without a C++ compiler; a call raises
    TypeError or ValueError for what does not fit, and the errors of torch.compile for what it
    cannot trace, with nothing changed.
    """

    def __init__(
        self,
        net: Network,
        loss: Loss,
        optimizer: Optimizer,
        k: int = 1,
        penalty: Any = None,
        clip: float | None = None,
        constraint: Callable | None = None,
    ):
        check_bound("CompiledSteps", net, optimizer)
        check.instance("CompiledSteps", "a loss from dlcore.losses", loss, Loss)
        check_compilable("CompiledSteps", net)
        self.net, self.loss, self.optimizer = net, loss, optimizer
        self.k = check.integer("CompiledSteps", "k", k, 1)
        self.penalty, self.clip, self.constraint = penalty, clip, constraint
        self.run: Any = None  # a function without arguments, from the first call on

    def __call__(self, x: Array, y: Array, weights: Array | None = None) -> Array:
        """J of the minibatch, or (k,) of the k minibatches, each at the θ it met."""
        check.same_kind("CompiledSteps", "x", x, self.net.theta)
        given = [a for a in (x, y, weights) if a is not None]
        for a in given:
            check.same_library("CompiledSteps", "a minibatch", a, x)
        given = given if self.k > 1 else [a[None] for a in given]
        if first := self.run is None:
            self.draws = _draws(self.net, self.loss, *(a[0] for a in given))
        states = [layer.rng and layer.rng.bit_generator.state for layer in self.net.layers]
        try:
            given += self._noise()
            if first:
                self._prepare(given)
            self._take(given)
            self.run()
        except Exception:
            self.run = None if first else self.run
            for layer, state in zip(self.net.layers, states, strict=True):
                if state is not None:
                    layer.rng.bit_generator.state = state
            raise
        for name, own in self.counters.items():
            setattr(self.optimizer, name, type(getattr(self.optimizer, name))(own.item()))
        return asarray(self.J if self.k > 1 else self.J[0], self.J)

    def _noise(self):
        # For every draw of a step an array (k, …): the numbers of one step after the other.
        steps = [[draw(self.net.layers) for draw in self.draws] for _ in range(self.k)]
        theta, int64 = self.net.theta, namespace(self.net.theta).int64
        stacked = [np.stack(numbers) for numbers in zip(*steps, strict=True)]
        return [asarray(z, theta, int64 if is_integer(z) else None) for z in stacked]

    def _take(self, given):
        if [(a.shape, a.dtype) for a in given] != [(a.shape, a.dtype) for a in self.inputs]:
            both = [[f"{describe(a)} {tuple(a.shape)}" for a in b] for b in (self.inputs, given)]
            own, got = map(" and ".join, both)
            wanted = f"minibatches as in the first call, {own}"
            raise ValueError(f"CompiledSteps: expected {wanted}, got {got}")
        for a, now in zip(self.inputs, given, strict=True):
            a[...] = now
        for name, counter in self.counters.items():
            counter[...] = getattr(self.optimizer, name)
        if not callable(self.optimizer.lr):
            self.rate[...] = self.optimizer.lr

    def _prepare(self, given):
        net, theta, optimizer = self.net, self.net.theta, self.optimizer
        xp, stack = namespace(theta), tuple(theta.shape[:-1])
        zeros = partial(xp.zeros, device=theta.device)
        self.inputs = [asarray(a, theta, a.dtype) for a in given]
        self.J = zeros((self.k, *stack), dtype=theta.dtype)
        self.rate = zeros((*stack, 1), dtype=theta.dtype) if stack else zeros((), dtype=xp.float64)
        values = {name: getattr(optimizer, name) for name in optimizer.counters}
        self.counters = {
            n: zeros((), dtype=xp.float64) for n, v in values.items() if not is_array(v)
        }
        self.run = _traced(self._steps(len(given) - len(self.draws)))
        if not on_cpu(theta):
            buffers = [buffer for own in net.buffers for buffer in own]
            counters = (values | self.counters).values()
            self.run = _captured(self.run, [theta, *buffers, *optimizer.state, *counters])

    def _steps(self, data):
        # k eager steps as a function without arguments, on copies of the network and the optimizer
        # that share all arrays; ``inputs`` are ``data`` kinds of data, and the random numbers.
        given, net, optimizer = _Given(), copy.copy(self.net), copy.copy(self.optimizer)
        net.layers = [copy.copy(layer) for layer in net.layers]
        for layer in net.layers:
            layer.rng = layer.rng and given
        net.running = nullcontext
        vars(optimizer).update(self.counters, chunked=False)
        if not callable(optimizer.lr):
            optimizer.lr = self.rate
        loss, clip, constraint = self.loss, self.clip, self.constraint
        penalty = _like(self.penalty, net.theta)
        inputs, values, k, xp = self.inputs, self.J, self.k, namespace(net.theta)

        def steps():
            net.params = net.unflatten(net.theta)  # views that are cut in here cost nothing
            losses = []
            for i in range(k):
                batch, given.numbers = [a[i] for a in inputs[:data]], [a[i] for a in inputs[data:]]
                J, g = net.value_and_gradient(loss, *batch[:2], None, *batch[2:])
                if penalty is not None:
                    J, g = penalized(penalty, net, J, g)
                if clip is not None:
                    g = clip_norm(g, clip)
                frozen = [(p, asarray(p, p)) for l in net.frozen for p in net.params[l]]
                optimizer.step(g)
                if constraint is not None:
                    constraint(net)
                for now, kept in frozen:
                    now[...] = kept
                losses.append(J)
            values[...] = xp.stack(losses)
            net.params = ()

        return steps


def check_compilable(who: str, net: Network) -> None:
    """Raise ValueError for a network on NumPy, RuntimeError without what torch.compile needs."""
    if isinstance(net.theta, np.ndarray):
        remedy = "net.to('torch') is this network there"
        raise ValueError(f"{who}: expected a network on torch to compile, got numpy: {remedy}")
    compilers = [os.environ.get("CXX", "g++"), "clang++", "cl"]
    headers = os.path.join(sysconfig.get_path("include"), "Python.h")
    for found, what, remedy in (
        (any(map(shutil.which, compilers)), "a C++ compiler", "install g++, or set CXX"),
        (os.path.exists(headers), headers, "install python3-dev"),
    ):
        if not found and BACKEND == "inductor":
            raise RuntimeError(f"{who}: torch.compile needs {what}, which is not here: {remedy}")


def _like(penalty, theta):
    # A copy whose strengths, where they are NumPy's arrays, are in the library of θ.
    penalty = copy.copy(penalty)
    for name, value in list(getattr(penalty, "__dict__", {}).items()):
        if isinstance(value, np.ndarray):
            setattr(penalty, name, asarray(value, theta))
        elif isinstance(value, tuple):
            setattr(penalty, name, tuple(_like(part, theta) for part in value))
    return penalty


class _Given:
    # Stands for a generator: whatever is drawn from it are the next numbers that were given.
    numbers: list

    def __getattr__(self, name):
        return self.next

    def next(self, *args, **options):
        return self.numbers.pop(0)


class _Noted:
    # A generator that notes what is drawn from it.
    def __init__(self, rng, l, draws):
        self.rng, self.l, self.draws = rng, l, draws

    def __getattr__(self, name):
        if not callable(method := getattr(self.rng, name)):
            return method

        def draw(*args, **options):
            self.draws.append(lambda layers: getattr(layers[self.l].rng, name)(*args, **options))
            return method(*args, **options)

        return draw


def _draws(net, loss, x, y, weights=None):
    # Functions of the layers: every draw of random numbers in a step, in its order.  A copy of the
    # network makes the step eagerly, which refuses what does not fit.
    draws, net = [], copy.deepcopy(net)
    for l, layer in enumerate(net.layers):
        layer.rng = layer.rng and _Noted(layer.rng, l, draws)
    net.value_and_gradient(loss, x, y, weights=weights)
    return draws


def _traced(steps):
    # What torch.compile makes of a function without arguments.  It is traced in the first call; the
    # others go straight to the compiled graph, whose arrays are the same in every call, and not
    # through the tests of whether anything has changed.
    import torch

    graphs = []

    def backend(graph, inputs):
        _hoist_scalars(graph)
        if BACKEND == "inductor":
            options = {"cpp_wrapper": inputs[0].device.type == "cpu"}  # calls cost half as much
            function = torch._inductor.compile(graph, inputs, options)
        else:
            function = torch._dynamo.lookup_backend(BACKEND)(graph, inputs)

        def first(*arrays):
            graphs.append(partial(function, *arrays))
            return function(*arrays)

        return first

    # torch counts the traces of one code object and refuses the ninth, and leaves names among the
    # globals: every trace has its own.
    code, names = steps.__code__.replace(), dict(steps.__globals__)
    own = FunctionType(code, names, closure=steps.__closure__)
    compiled = torch.compile(own, fullgraph=True, dynamic=False, backend=backend)

    def run():
        if graphs:
            return graphs[0]()
        with warnings.catch_warnings(action="ignore"):  # the compiler's are for its makers
            return compiled()

    return run


def _hoist_scalars(module):
    # The compiler leaves the formula of a scalar, such as Adam's 1 − β₂ᵗ, inside the loops over
    # arrays that need it, and takes the power once for 16 parameters: a sixth of a large step.  The
    # view of a scalar is computed before the loop.
    import torch

    axes = lambda node: getattr(node.meta.get("example_value"), "ndim", None)  # noqa: E731
    for node in list(module.graph.nodes):
        arrays = [user for user in node.users if axes(node) == 0 and axes(user)]
        if arrays and node.op != "placeholder":
            with module.graph.inserting_after(node):
                view = module.graph.call_function(torch.as_strided, (node, (), ()))
            for user in arrays:
                user.replace_input_with(node, view)
    module.recompile()


def _captured(run, changed):
    # As torch's manual has it: run on a side stream, which compiles and sets up the libraries, put
    # back what that has changed, and record.
    import torch

    before, side = [a.clone() for a in changed], torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            run()
    torch.cuda.current_stream().wait_stream(side)
    for now, kept in zip(changed, before, strict=True):
        now.copy_(kept)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        run()
    return graph.replay
