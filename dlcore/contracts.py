"""Does a layer, a loss or an optimizer of one's own keep its contract?

    check_layer(Scale(3), x)    check_loss(MyLoss(), y_hat, y)    check_optimizer(MyOptimizer)

Each raises a ValueError that says what is wrong: shapes, derivatives against differences in
float64, stacks, what was changed and must not be, what a checkpoint would lose.
"""

import copy
from collections.abc import Callable

import numpy as np

from . import checks as check
from .backend import Array
from .checkpoint import check_state
from .gradcheck import numerical_gradient
from .layers import Layer
from .losses import Loss
from .optimizers import CHUNK, Optimizer

TOLERANCE = 1e-6  # of derivatives, relative to their largest entry


def check_layer(layer: Layer, x: Array, seed: int = 0) -> None:
    """Try a layer on the batch x, (N, n_in) or images, in training and in evaluation."""
    check.instance("check_layer", "a Layer", layer, Layer)
    x, rng = np.array(check.numbers("check_layer", "x", x), float), np.random.default_rng(seed)
    params, wanted = [np.array(p, float) for p in layer.init(rng)], layer.parameters()
    _same(f"{layer}: the shapes of init", [p.shape for p in params], [p.shape for p in wanted])
    params = [p + 0.1 * rng.standard_normal(p.shape) for p in params]  # away from special values
    buffers = [np.array(value, float) for _, value in layer.buffers()]
    for train in (False, True):
        _layer_derivatives(layer, params, x, train, buffers, rng)
        if layer.rng is None or not train:  # the noise of a stack is not that of one network
            _layer_stack(layer, params, x, train, buffers, rng)


def _layer_derivatives(layer, params, x, train, buffers, rng):
    where, arrays = f"{layer}, train={train}", [x, *params, *buffers]
    kept, own = copy.deepcopy([arrays, _arrays(layer)])
    _, cache = layer.forward(params, x, train, buffers)
    _unchanged(f"{where}: forward changed x, a parameter or a buffer", kept, arrays)
    _unchanged(f"{where}: forward keeps an array on the layer; use the cache", own, _arrays(layer))
    if train:
        new = [np.shape(b) for b in layer.new_buffers(cache)]
        _same(f"{where}: the shapes of new_buffers", new, [b.shape for b in buffers])

    def forward():  # with the noise of a copy: every call sees the same
        return copy.deepcopy(layer).forward(params, x, train, buffers)

    y, cache = forward()
    g = rng.standard_normal(y.shape)
    grads = [layer.input_grad(params, cache, g), *layer.param_grad(params, cache, g)]
    _same(f"{where}: the number of arrays from param_grad", len(grads) - 1, len(params))
    names = ["input_grad", *(f"param_grad of {p.name}" for p in layer.parameters())]
    for name, given, array in zip(names, grads, [x, *params], strict=True):
        _same(f"{where}: the shape of {name}", np.shape(given), array.shape)
        numerical = numerical_gradient(lambda: np.sum(g * forward()[0]), array)
        _close(f"{where}: {name}", given, numerical)


def _layer_stack(layer, params, x, train, buffers, rng):
    def run(params, x, buffers, g):
        y, cache = layer.forward(params, x, train, buffers)
        return [y, layer.input_grad(params, cache, g), *layer.param_grad(params, cache, g)]

    stacks, own = [np.stack([p, p + 0.1]) for p in params], [np.stack([b, b]) for b in buffers]
    xs = np.stack([x, x[::-1]])
    g = rng.standard_normal(layer.forward(stacks, xs, train, own)[0].shape)
    names = ["forward", "input_grad", *["param_grad"] * len(params)]
    together = run(stacks, xs, own, g)
    for e in range(2):
        alone = run([p[e] for p in stacks], xs[e], [b[e] for b in own], g[e])
        for name, given, expected in zip(names, together, alone, strict=True):
            _close(f"{layer}, train={train}, a stack of 2: {name}", given[e], expected)


def check_loss(loss: Loss, y_hat: Array, y: Array, seed: int = 0) -> None:
    """Try a loss on predictions ŷ (N, K), N ≥ 2, and targets y."""
    check.instance("check_loss", "a Loss", loss, Loss)
    y_hat = np.array(check.numbers("check_loss", "y_hat", y_hat), float)
    y = np.asarray(check.array("check_loss", "y", y))
    kept = copy.deepcopy([y_hat, y])
    J, g = loss.value(y_hat, y), loss.grad(y_hat, y)
    _unchanged(f"{loss}: value or grad changed ŷ or y", kept, [y_hat, y])
    _same(f"{loss}: the shape of value", np.shape(J), ())
    _same(f"{loss}: the shape of grad", np.shape(g), y_hat.shape)
    _close(f"{loss}: grad", g, numerical_gradient(lambda: loss.mean(y_hat, y), y_hat))
    w = np.random.default_rng(seed).uniform(0.5, 2.0, len(y_hat))
    each = [loss.mean(y_hat[n : n + 1], y[n : n + 1]) for n in range(len(y_hat))]
    _close(f"{loss}: mean with weights", loss.mean(y_hat, y, w), np.mean(w * each))
    _close(f"{loss}: grad with weights", loss.grad(y_hat, y, w), w[:, None] * g)
    stack = np.stack([y_hat, y_hat[::-1]])
    _same(f"{loss}: the shape of value for a stack", np.shape(loss.mean(stack, y)), (2,))
    _close(f"{loss}: value for a stack", loss.mean(stack, y)[1], loss.mean(stack[1], y))
    _close(f"{loss}: grad for a stack", loss.grad(stack, y)[1], loss.grad(stack[1], y))


def check_optimizer(make: Callable, seed: int = 0) -> None:
    """Try an optimizer; make(theta) makes it: its class, or a function that also gives settings."""
    rng = np.random.default_rng(seed)
    theta, gradients = rng.standard_normal((2, 5)), rng.standard_normal((6, 2, 5))
    wanted = "make(theta) an Optimizer of it"
    optimizer = check.instance("check_optimizer", wanted, make(theta), Optimizer)
    if optimizer.theta is not theta:
        raise ValueError(f"check_optimizer: expected {wanted}, got {optimizer!r}")
    who, state = optimizer.name, list(optimizer.state)
    alone, kept = theta[0].copy(), gradients.copy()
    _same(f"{who}: the shapes of state", [s.shape for s in state], [theta.shape] * len(state))
    _steps(optimizer, gradients[:3])
    _unchanged(f"{who}: step changed the gradient", kept, gradients)
    if any(s is not t for s, t in zip(optimizer.state, state, strict=True)):
        raise ValueError(f"{who}: expected that state is changed in place, got other arrays")
    check_state(optimizer)
    resumed = make(theta.copy())  # what a checkpoint puts back: θ, state, counters
    for mine, other in zip(resumed.state, state, strict=True):
        mine[...] = other
    for name in optimizer.counters:
        setattr(resumed, name, copy.copy(getattr(optimizer, name)))
    _steps(optimizer, gradients[3:])
    _steps(resumed, gradients[3:])
    _close(f"{who}: the steps after a checkpoint (all in state or counters?)", resumed.theta, theta)
    long, long_gradients = (np.tile(a, CHUNK // 5 + 2) for a in (alone, gradients[:, 0]))
    _steps(make(alone), gradients[:, 0])
    _steps(make(long), long_gradients)
    _close(f"{who}: a network of a stack, against the same alone", theta[0], alone)
    _close(f"{who}: a long θ, updated slice by slice", long.reshape(-1, 5), alone)


def _steps(optimizer, gradients):
    for g in gradients:
        optimizer.step(g)


def _arrays(thing):
    return [value for value in vars(thing).values() if isinstance(value, np.ndarray)]


def _unchanged(what, before, after):
    if len(before) != len(after) or not all(map(np.array_equal, before, after)):
        raise ValueError(what)


def _same(what, got, expected):
    if got != expected:
        raise ValueError(f"{what}: expected {expected}, got {got}")


def _close(what, got, expected):
    error = np.max(np.abs(np.asarray(got, float) - expected), initial=0.0)
    size = max(1e-3, np.max(np.abs(expected), initial=0.0))
    if not error <= TOLERANCE * size:
        raise ValueError(f"{what}: off by {error:.2g}, where the largest entry is {size:.2g}")
