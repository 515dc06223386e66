"""Every public formula of dlcore beside a reference: the list behind ``tests.deviations``.

The cases are those of the tests of each module, here at awkward points too: 0, ±1e3, ±1e4, a
gradient of 0, a batch of 2.  Where torch has no such function, the reference is the formula
written out, for torch to differentiate, or a sum over all states, or numbers known in closed form.
"""

import copy
import math
from collections.abc import Callable
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from scipy.integrate import quad
from scipy.stats import binom
from torch.optim import lr_scheduler

from dlcore import (
    activations,
    alignment,
    backend,
    boltzmann,
    circuits,
    gradcheck,
    graph,
    hebbian,
    images,
    initializers,
    layers,
    losses,
    metrics,
    network,
    neurons,
    noise,
    normalization,
    optimizers,
    perceptron,
    regularizers,
    schedules,
    training,
)
from dlcore.backend import asarray, namespace, to_numpy
from dlcore.circuits import every_input
from tests import (
    test_activations,
    test_alignment,
    test_gradcheck,
    test_graph,
    test_hebbian,
    test_images,
    test_initializers,
    test_layers,
    test_losses,
    test_neurons,
    test_normalization,
    test_optimizers,
    test_training,
)
from tests.reference import tensor

SAME = 1e-10  # in float64, where torch has the same function


class Formula(NamedTuple):
    """A row of the table.

    of        the class, function or method that it shows; a tuple if it shows several
    name      how the row is called
    against   what it is compared with
    ours      arrays of a backend -> a value, or a tuple of them; with a gradient (values,
              backward), where backward(g) are the derivatives by each input of J if
              g = ∂J/∂(first value), as often as there are ways to find them
    theirs    float64 tensors -> the same values; torch differentiates the first
    inputs    NumPy arrays
    factor    what torch's first value is to be multiplied by, as a number and in words
    gradient  whether it has one
    only      "numpy" if it is the only library that it runs on
    """

    of: Any
    name: str
    against: str
    ours: Callable
    theirs: Callable
    inputs: tuple
    limit: float = SAME
    factor: tuple = (1, "1")
    gradient: bool = False
    only: str | None = None


def value(of, name, against, ours, theirs, *inputs, **options):
    return Formula(of, name, against, ours, theirs, inputs, **options)


def both(*row, **options):
    return value(*row, gradient=True, **options)


def alone(of, name, against, ours, theirs, **options):
    """A row without inputs, computed by NumPy alone."""
    return value(of, name, against, ours, theirs, only="numpy", **options)


def torchs(f):
    """The names of torch's functions that f is, or is made of."""
    if f.__name__ != "<lambda>":
        return f"torch `{f.__name__}`"
    names = [n for n in f.__code__.co_names if n not in ("sum", "abs")
             and any(callable(getattr(module, n, None)) for module in (F, torch))]  # fmt: skip
    return "torch " + ", ".join(f"`{n}`" for n in names) if names else "torch's autograd"


def integers(values, like):
    return asarray(np.asarray(values), like, dtype=namespace(like).int64)


rng = np.random.default_rng(0)
FAR = np.array([[0.0, 0.0, 1e3, -1e3], [1e4, -1e4, 0.0, 1.0]])  # rows of four features
FORMULAS = []

# ---------------------------------------------------------------- backend, activations

Z = test_activations.Z


def elementwise(h):
    return lambda z: (h(z), lambda g: [g * h.deriv(z, h(z))])


def jump(middle, of):
    """torch's function with another value at 0; its derivative is 0."""
    return lambda z: torch.where(z == 0, middle, of(z.detach())) + 0 * z


def step_of(z):
    return torch.heaviside(z, torch.zeros_like(z))


SCORES = np.concatenate([FAR, rng.standard_normal((3, 4))])
FORMULAS += [
    value(backend.erf, "erf", "torch `erf`", backend.erf, torch.erf, Z),
    *[both(type(h), repr(h), torchs(f), elementwise(h), f, Z) for h, f in test_activations.TORCH],
    *[both(activations.Step, f"Step(at_zero={at})", "torch `heaviside`",
           elementwise(activations.Step(at)), jump(at, step_of), Z) for at in (0, 0.5, 1)],
    *[both(activations.Sign, f"Sign(at_zero={at})", "torch `sign`",
           elementwise(activations.Sign(at)), jump(at, torch.sign), Z) for at in (-1, 0, 1)],
    value(activations.sigmoid, "sigmoid", "torch `sigmoid`", activations.sigmoid, torch.sigmoid, Z),
    *[value(activations.softmax, f"softmax(axis={k})", "torch `softmax`",
            lambda z, k=k: activations.softmax(z, axis=k), lambda z, k=k: z.softmax(k), SCORES)
      for k in (-1, 0)],
    *[value(activations.smooth_maximum, f"smooth_maximum(beta={b})", "torch `softmax`",
            lambda z, b=b: activations.smooth_maximum(z, b),
            lambda z, b=b: (z * (b * z).softmax(-1)).sum(-1), SCORES) for b in (0.0, 1.0, 50.0)],
]  # fmt: skip

# ---------------------------------------------------------------- losses, metrics

K = test_losses.K
FACTORS = {1: "1", K: "K", K / 2: "K/2"}


def awkward(y):
    """Scores that are 0, far out, and (where y has their shape) exactly y."""
    z = test_losses.Z.copy()
    z[0], z[1], z[2] = [0, 1e3, -1e3], [1e4, -1e4, 0], y[2]
    return z


def loss_row(key, loss, y, theirs, factor):
    def ours(z):
        t = test_losses.target(y, z)
        return loss.value(z, t), lambda g: [g * loss.grad(z, t)]

    name = ",".join([type(loss).__name__, *key.split(",")[1:]])
    return both(type(loss), name, torchs(theirs), ours, lambda z: theirs(z, tensor(y)), awkward(y),
                factor=(factor, FACTORS[factor]))  # fmt: skip


CLASSES = test_losses.LABELS


def metric(f, **options):
    return lambda z: f(z, integers(CLASSES, z), **options)


def confusion(z):
    pairs = K * tensor(CLASSES) + z.argmax(-1)
    return torch.bincount(pairs, minlength=K * K).reshape(K, K)


P = rng.random(60)  # stated probabilities, and whether it came so
CAME = (rng.random(60) < P).astype(int)


def calibration_by_hand(p):
    bins = torch.clamp((p * 10).long(), max=9)
    groups = [(p[bins == b], tensor(CAME)[bins == b].double()) for b in range(10)]
    gaps = [abs(q.mean() - y.mean()) * len(q) / len(p) for q, y in groups if len(q)]
    means, shares = (torch.stack([group[i].mean() for group in groups]) for i in (0, 1))
    return means, shares, tensor([len(q) for q, _ in groups]), sum(gaps)


def calibration(p):
    parts, error = metrics.calibration(p, integers(CAME, p))
    return *parts, error


FORMULAS += [
    *[loss_row(key, *case) for key, case in test_losses.CASES.items()],
    value(metrics.accuracy, "accuracy", "torch `argmax`", metric(metrics.accuracy),
          lambda z: (z.argmax(-1) == tensor(CLASSES)).double().mean(), test_losses.Z),
    value(metrics.top_k, "top_k(k=2)", "torch `topk`", metric(metrics.top_k, k=2),
          lambda z: (z.topk(2).indices == tensor(CLASSES)[:, None]).any(-1).double().mean(),
          test_losses.Z),
    value(metrics.confusion_matrix, "confusion_matrix", "torch `bincount`",
          metric(metrics.confusion_matrix), confusion, test_losses.Z),
    value(metrics.calibration, "calibration", "bin after bin", calibration, calibration_by_hand, P),
]  # fmt: skip

# ---------------------------------------------------------------- initializers, regularizers


class Ones:
    """In place of a random generator: draws of exactly one standard deviation, or the limit."""

    standard_normal = staticmethod(np.ones)
    uniform = staticmethod(lambda low, high, shape: np.full(shape, high))


def relative_variance(init, variance, law):
    return lambda: init(Ones, *SHAPE) ** 2 / (variance * (3 if law == "uniform" else 1))


def second_moment(h):
    """E[h(z)²] for z ~ N(0, 1), by SciPy's adaptive quadrature."""

    def density(z):
        return h(np.array([z]))[0] ** 2 * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)

    return math.fsum(quad(density, a, a + 1, epsabs=1e-15)[0] for a in range(-12, 12))


def row_products(init, shape):
    W = init(np.random.default_rng(0), *shape)
    return W @ W.T if shape[0] <= shape[1] else W.T @ W


SHAPE = test_initializers.N_OUT, test_initializers.N_IN
GELU_LAW = (initializers.ForActivation("gelu", "uniform"),
            1 / second_moment(activations.GELU()) / SHAPE[1], "uniform")  # fmt: skip
LAWS = [*test_initializers.LAWS[:-1], GELU_LAW]
WEIGHTS = np.concatenate([FAR.ravel(), test_losses.Z.ravel()])


def penalty_row(R, theirs):
    def ours(w):
        return R.value(w), lambda g: [g * R.grad(w)]

    return both(type(R), repr(R), torchs(theirs), ours, theirs, WEIGHTS)


def max_norm(V, W):
    net = network.MLP([4, 3, 2], dtype="float64").to(V)
    net.params[0][0][...], net.params[2][0][...] = V, W
    regularizers.MaxNorm(2.0)(net)
    return net.params[0][0], net.params[2][0]


def max_norm_of_torch(*matrices):
    return tuple(F.normalize(W) * W.norm(dim=1, keepdim=True).clamp(max=2.0) for W in matrices)


FORMULAS += [
    *[alone(type(init), f"{init}", "the exact variance",
            relative_variance(init, variance, law), lambda: np.ones(SHAPE))
      for init, variance, law in LAWS],
    alone(initializers.Zeros, "Zeros", "torch `zeros_`", lambda: initializers.Zeros()(None, 2, 3),
          lambda: torch.nn.init.zeros_(torch.ones(2, 3))),
    alone(initializers.Constant, "Constant(0.3)", "torch `constant_`",
          lambda: initializers.Constant(0.3)(None, 2, 3),
          lambda: torch.nn.init.constant_(torch.ones(2, 3).double(), 0.3)),
    *[alone(initializers.Orthogonal, f"Orthogonal(scale=1.5), {shape}", "torch `eye`, times scale²",
            lambda shape=shape: row_products(initializers.Orthogonal(1.5), shape),
            lambda shape=shape: 2.25 * torch.eye(min(shape)))
      for shape in ((5, 5), (7, 3), (3, 7))],
    alone(initializers.moment, "moment of z⁰, z², z⁴, z⁶, max(z, 0)", "1, 1, 3, 15, 1/√(2π)",
          lambda: [initializers.moment(lambda z, k=k: z**k) for k in (0, 2, 4, 6)]
          + [initializers.moment(activations.ReLU())],
          lambda: [1, 1, 3, 15, 1 / math.sqrt(2 * math.pi)]),
    *[alone(initializers.gain, f"gain({name!r})", "SciPy `quad`",
            lambda name=name: initializers.gain(name),
            lambda name=name: 1 / math.sqrt(second_moment(activations.NAMED[name]())))
      for name in activations.NAMED],
    penalty_row(regularizers.L2(0.3), lambda w: 0.15 * (w * w).sum()),
    penalty_row(regularizers.L1(0.3), lambda w: 0.3 * F.l1_loss(w, 0 * w, reduction="sum")),
    penalty_row(regularizers.ElasticNet(0.2, 0.3),
                lambda w: 0.2 * w.abs().sum() + 0.15 * (w * w).sum()),
    value(regularizers.MaxNorm, "MaxNorm(2.0)", "torch `normalize`", max_norm, max_norm_of_torch,
          SCORES[1:4], np.stack([0 * test_losses.Z[0], test_losses.Z[1]])),
]  # fmt: skip

# ---------------------------------------------------------------- schedules

STEPS = np.arange(1.0, 41.0)


def rates(make, late=0):
    """The learning rates of torch's scheduler at t = 1, 2, …, counted from t − ``late``."""
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.1)
    scheduler, found = make(optimizer), []
    for _ in range(42):
        found.append(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()
    return lambda t: np.array(found)[1 - late : len(t) + 1 - late]


def chained(optimizer):
    halves = lr_scheduler.ExponentialLR(optimizer, 0.5)
    constant = lr_scheduler.ConstantLR(optimizer, 1.0)
    return lr_scheduler.SequentialLR(optimizer, [constant, halves], [10])


SCHEDULERS = [
    (schedules.constant, (0.1,), lambda o: lr_scheduler.ConstantLR(o, 1.0), 0),
    (schedules.step_decay, (0.1, 10), lambda o: lr_scheduler.StepLR(o, 10), 1),
    (schedules.step_decay, (0.1, 3, 0.5), lambda o: lr_scheduler.StepLR(o, 3, 0.5), 1),
    (schedules.exponential, (0.1, 0.9), lambda o: lr_scheduler.ExponentialLR(o, 0.9), 0),
    (schedules.inverse_time, (0.1, 0.3),
     lambda o: lr_scheduler.LambdaLR(o, lambda t: 1 / (1 + 0.3 * t)), 0),
    (schedules.linear, (0.1, 10), lambda o: lr_scheduler.LinearLR(o, 1.0, 0.0, 10), 0),
    (schedules.linear, (0.1, 10, 0.02), lambda o: lr_scheduler.LinearLR(o, 1.0, 0.2, 10), 0),
    (schedules.cosine, (0.1, 40), lambda o: lr_scheduler.CosineAnnealingLR(o, 40), 0),
    (schedules.cosine, (0.1, 40, 0.02), lambda o: lr_scheduler.CosineAnnealingLR(o, 40, 0.02), 0),
    (schedules.warm_up, (schedules.constant(0.1), 5),
     lambda o: lr_scheduler.LinearLR(o, 1 / 5, 1.0, 4), 1),
    (schedules.chain, (schedules.constant(0.1), 10, schedules.exponential(0.2, 0.5)), chained, 1),
]  # fmt: skip


def schedule_row(make, arguments, theirs, late):
    words = ", ".join("…" if callable(a) else f"{a}" for a in arguments)
    names = [n for n in theirs.__code__.co_names if n.endswith("LR")]
    return value(make, f"{make.__name__}({words})", "torch " + ", ".join(f"`{n}`" for n in names),
                 make(*arguments), rates(theirs, late), STEPS)  # fmt: skip


FORMULAS += [schedule_row(*case) for case in SCHEDULERS]

# ---------------------------------------------------------------- layers, normalization, noise


def through(layer, train=False, buffers=()):
    """The layer as a function of x and its parameters; in training its new buffers, too."""

    def ours(x, *params):
        here = copy.deepcopy(layer)  # with the random state of a new one
        y, cache = here.forward(params, x, train, [asarray(b, x) for b in buffers])
        new = here.new_buffers(cache) if train else []
        return (y, *new), lambda g: [
            here.input_grad(params, cache, g), *here.param_grad(params, cache, g),
        ]  # fmt: skip

    return ours


def drawn(layer, seed=1):
    draw = np.random.default_rng(seed)
    return [draw.standard_normal(p.shape) for p in layer.parameters()]


def layer_row(layer, against, theirs, *inputs, name=None, **options):
    return both(type(layer), name or repr(layer), against, through(layer, **options), theirs,
                *inputs)  # fmt: skip


FEATURES = np.concatenate([FAR, test_layers.X])
LINEAR = layers.Linear(4, 3)


def normalization_row(key, ours, theirs, x, train):
    layer, draw = ours(), np.random.default_rng(3)
    module = theirs().double().train(train)
    running = [draw.standard_normal(layer.shape), draw.random(layer.shape) + 0.5]
    running = running[: len(layer.buffers())]

    def of_torch(x, gamma, beta):
        state = {"weight": gamma.flatten(), "bias": beta.flatten()}
        names = ("running_mean", "running_var")
        state |= {k: tensor(r.ravel()) for k, r in zip(names, running, strict=False)}
        y = torch.func.functional_call(module, state, x)
        return y, *(state[k].reshape(layer.shape) for k in names[: len(running)] if train)

    name = ",".join([f"{layer}", *key.split(",")[1:]]).removesuffix(", images")
    words = type(module).__mro__[0 if type(module).__module__.startswith("torch") else 1].__name__
    return both(type(layer), f"{name}, {'training' if train else 'evaluation'}", f"torch `{words}`",
                through(layer, train, running), of_torch, x, *drawn(layer))  # fmt: skip


NORMALIZATIONS = {
    **test_normalization.CASES,
    "batch, one feature constant, one ±1e4": (
        lambda: normalization.BatchNorm(4), lambda: torch.nn.BatchNorm1d(4),
        test_normalization.ROWS * [0.0, 1e4, 1.0, 1.0],
    ),
    "layer, ±1e4": (lambda: normalization.LayerNorm(4), lambda: torch.nn.LayerNorm(4),
                    test_normalization.ROWS * 1e4),
}  # fmt: skip


def mask(x):
    return tensor(np.random.default_rng(0).random(x.shape) >= 0.3)


def gauss(x):
    return tensor(np.random.default_rng(0).standard_normal(x.shape))


FORMULAS += [
    layer_row(LINEAR, "torch `linear`", lambda x, W, b: F.linear(x, W, b[0]), FEATURES,
              *drawn(LINEAR)),
    layer_row(layers.Activation("tanh"), "torch `tanh`", torch.tanh, FEATURES),
    *[layer_row(layer, torchs(theirs) if theirs.__name__ == "<lambda>" else "torch `sigmoid`",
                theirs, FEATURES, *params)
      for layer, params, theirs in test_layers.CASES.values()],
    *[normalization_row(key, *case, train) for key, case in NORMALIZATIONS.items()
      for train in (True, False)],
    layer_row(noise.Dropout(0.3), "torch, with the same mask", lambda x: x * mask(x) / 0.7,
              FEATURES, name="Dropout(0.3), training", train=True),
    layer_row(noise.Dropout(0.3), "torch `dropout`", lambda x: F.dropout(x, 0.3, training=False),
              FEATURES, name="Dropout(0.3), evaluation"),
    layer_row(noise.GaussianNoise(0.3), "torch, with the same noise",
              lambda x: x + 0.3 * gauss(x), FEATURES, name="GaussianNoise(0.3), training",
              train=True),
    layer_row(noise.GaussianNoise(0.3), "torch `clone`", torch.clone, FEATURES,
              name="GaussianNoise(0.3), evaluation"),
]  # fmt: skip

# ---------------------------------------------------------------- images

X, TIES = test_images.X, test_images.TIES
WINDOW = dict(kernel=(3, 2), stride=(2, 3))
C, H, W = X.shape[1:]


def convolution_row(options):
    layer = images.Conv2d(C, test_images.K, **options)
    rest = {k: v for k, v in options.items() if k != "kernel"}
    return layer_row(layer, "torch `conv2d`", lambda x, W, b: F.conv2d(x, W, b[0], **rest), X,
                     *drawn(layer))  # fmt: skip


def pool_row(make, theirs, kernel, stride, x, what):
    layer = make(kernel, stride)
    return layer_row(layer, f"torch `{theirs.__name__}`", lambda x: theirs(x, kernel, stride), x,
                     name=f"{layer}{what}")  # fmt: skip


def max_pool2d(x, kernel, stride):
    return F.max_pool2d(x, kernel, stride)


def unfolded(x):
    seen = F.unfold(x, WINDOW["kernel"], stride=WINDOW["stride"]).reshape(len(x), C, 6, -1)
    return seen.permute(2, 0, 1, 3).reshape(6, len(x), C, 3, 2)


def folded(parts):
    flat = parts.permute(1, 2, 0, 3, 4).reshape(len(X), C * 6, -1)
    return F.fold(flat, (H, W), WINDOW["kernel"], stride=WINDOW["stride"])


FORMULAS += [
    *[convolution_row(options) for options in test_images.CONV.values()],
    *[pool_row(images.MaxPool2d, max_pool2d, *size, x, what)
      for size in test_images.POOL.values() for x, what in ((X, ""), (TIES, ", ties"))],
    *[pool_row(images.AvgPool2d, F.avg_pool2d, *size, X, "") for size in test_images.POOL.values()],
    layer_row(images.Flatten(C, H, W), "torch `flatten`", lambda x: x.flatten(1), X),
    layer_row(images.Unflatten(C, H, W), "torch `unflatten`", lambda x: x.unflatten(1, (C, H, W)),
              X.reshape(len(X), -1)),
    value(images.windows, "windows", "torch `unfold`",
          lambda x: namespace(x).stack(images.windows(x, **WINDOW)), unfolded, X),
    value(images.add_windows, "add_windows", "torch `fold`",
          lambda parts: images.add_windows(list(parts), X.shape, **WINDOW), folded,
          rng.standard_normal((6, *X.shape[:2], 3, 2))),
]  # fmt: skip

# ---------------------------------------------------------------- networks and training


def network_row(of, name, net, module, x):
    """θ -> the outputs; torch's parameters in our order: weights first, then all others."""
    shapes = {name: p.shape for name, p in module.double().named_parameters()}
    names = sorted(shapes, key=lambda name: len(shapes[name]) < 2)

    def ours(theta):
        here = net.to(theta)
        here.theta[...] = theta
        y, caches = here.forward(asarray(x, theta), train=True)
        return y, lambda g: [here.backward(g, caches)]

    def theirs(theta):
        parts = theta.split([shapes[name].numel() for name in names])
        state = {name: p.reshape(shapes[name]) for name, p in zip(names, parts, strict=True)}
        return torch.func.functional_call(module, state, tensor(x))

    return both(of, name, "torch `Sequential`", ours, theirs, net.theta)


def mlp(h):
    return network.MLP([4, 6, 5, 3], activation=h, dtype="float64", seed=3)


def mlp_of_torch(h):
    return torch.nn.Sequential(torch.nn.Linear(4, 6), h(), torch.nn.Linear(6, 5), h(),
                               torch.nn.Linear(5, 3))  # fmt: skip


CONVOLUTIONAL = torch.nn.Sequential(
    torch.nn.Unflatten(1, (1, 6, 5)), torch.nn.Conv2d(1, 3, 3, padding=1), torch.nn.Tanh(),
    torch.nn.MaxPool2d(2), torch.nn.Conv2d(3, 2, 2, padding=1), torch.nn.AvgPool2d((2, 3)),
    torch.nn.Flatten(), torch.nn.Linear(4, 3),
)  # fmt: skip


def trained(theta):
    net = test_training.mlp(theta)
    net.theta[...] = theta
    history = test_training.train(net, optimizer=optimizers.Momentum, seed=3)
    return history.loss, net.theta


FORMULAS += [
    network_row(network.MLP, "MLP([4, 6, 5, 3], 'tanh')", mlp("tanh"), mlp_of_torch(torch.nn.Tanh),
                FEATURES),
    network_row(network.MLP, "MLP([4, 6, 5, 3], 'relu'), 2 rows", mlp("relu"),
                mlp_of_torch(torch.nn.ReLU), FAR),
    network_row(network.Network, "Network, BatchNorm in training",
                test_normalization.network(), torch.nn.Sequential(
                    torch.nn.Linear(4, 6), torch.nn.BatchNorm1d(6), torch.nn.Tanh(),
                    torch.nn.Linear(6, 3)), test_normalization.ROWS),
    network_row(network.Network, "Network, convolutional", test_images.network(), CONVOLUTIONAL,
                test_images.ROWS),
    value(training.fit, "fit: 8 epochs of minibatches", "torch `SGD`", trained,
          lambda theta: test_training.loop_of_torch(theta.numpy()),
          test_training.mlp(np.zeros(0)).theta),
]  # fmt: skip

# ---------------------------------------------------------------- optimizers

GRADIENTS = test_optimizers.GRADIENTS


def path_row(key, ours, options, theirs, their_options):
    def path(theta):
        theta, seen = asarray(theta, theta), []
        optimizer = ours(theta, lr=0.05, **options)
        for g in GRADIENTS:
            optimizer.step(asarray(g, theta))
            seen.append(to_numpy(theta))
        return np.stack(seen)

    def path_of_torch(theta):
        p, seen = theta.clone().requires_grad_(), []
        optimizer = theirs([p], lr=0.05, **their_options)
        for g in GRADIENTS:
            p.grad = tensor(g)
            optimizer.step()
            seen.append(p.detach().clone())
        return torch.stack(seen)

    words = ", ".join(f"{k}={v}" for k, v in options.items())
    name = f"{ours.__name__}({words}), {len(GRADIENTS)} steps"
    return value(ours, name, f"torch `{theirs.__name__}`", path, path_of_torch,
                 test_optimizers.START)  # fmt: skip


LONG, SHORT, ZERO = 100 * FAR, 1e-7 * FAR, 0 * FAR
FORMULAS += [
    *[path_row(key, *case) for key, case in test_optimizers.CASES.items()],
    value(optimizers.clip_norm, "clip_norm(c=2)", "torch `normalize`",
          lambda *g: tuple(optimizers.clip_norm(v, 2.0) for v in g), max_norm_of_torch,
          LONG, SHORT, ZERO),
    value(optimizers.clip_value, "clip_value(c=2)", "torch `clamp`",
          lambda *g: tuple(optimizers.clip_value(v, 2.0) for v in g),
          lambda *g: tuple(v.clamp(-2, 2) for v in g), LONG, SHORT, ZERO),
]  # fmt: skip

# ---------------------------------------------------------------- gradcheck, graph


def quartic_of_torch(theta):
    theta = theta.detach().requires_grad_()
    a = tensor(test_gradcheck.A @ test_gradcheck.A.T)
    return torch.autograd.grad(0.5 * (theta @ (a @ theta)) ** 2, theta)[0]


def numerical(theta):
    J, theta, _ = test_gradcheck.quartic(theta)
    return gradcheck.numerical_gradient(J, theta)


def errors(theta):
    J, theta, grad = test_gradcheck.quartic(theta)
    return [gradcheck.directional_error(J, theta, f * grad) for f in (1.0, 1.001, 2.0, -1.0)]


def node_row(key, ours, theirs, points, op):
    """An operation of the graph at all its points; both modes are compared with torch."""
    points = np.array(points, dtype=float).reshape(len(points), -1).T
    of = {"abs": "__abs__", "−x": "__neg__", "+": "__add__", "−": "__sub__", "×": "__mul__",
          "/": "__truediv__", "max": "maximum", "min": "minimum"}  # fmt: skip
    name = of.get(key) or of.get(op) or ("__pow__" if op.startswith("**") else op)

    def evaluate(*inputs):
        graphs = [[graph.Node(v) for v in row] for row in zip(*inputs, strict=True)]
        outputs = [ours(*nodes) for nodes in graphs]
        pairs = list(zip(outputs, graphs, strict=True))
        swept = [(graph.reverse_mode(y), nodes) for y, nodes in pairs]
        reverse = [[bar[nodes[i]] for bar, nodes in swept] for i in range(len(inputs))]
        forward = [[graph.forward_mode(y, nodes[i])[y] for y, nodes in pairs]
                   for i in range(len(inputs))]  # fmt: skip
        return [y.value for y in outputs], lambda g: [g * np.array(d) for d in reverse + forward]

    return both(getattr(graph.Node, name, None) or getattr(graph, name), key, torchs(theirs),
                evaluate, theirs, *points, only="numpy")  # fmt: skip


def big_graph(mode):
    def ours(*values):
        nodes = [graph.Node(float(v)) for v in values]
        y = test_graph.big(*nodes, graph)
        bar = graph.reverse_mode(y)
        slopes = {"reverse": [bar[x] for x in nodes],
                  "forward": [graph.forward_mode(y, x)[y] for x in nodes]}  # fmt: skip
        return y.value, lambda g: [g * d for d in slopes[mode]]

    return ours


FORMULAS += [
    value(gradcheck.numerical_gradient, "numerical_gradient", "torch's autograd", numerical,
          quartic_of_torch, test_gradcheck.THETA, limit=1e-7),
    value(gradcheck.directional_error, "directional_error of f∇J, f = 1, 1.001, 2, −1",
          "|f − 1|/(1 + |f|), or 2", errors,
          lambda theta: tensor([0.0, 0.001 / 2.001, 1 / 3, 1.0]), test_gradcheck.THETA, limit=1e-7),
    *[node_row(key, *case) for group in (test_graph.UNARY, test_graph.BINARY)
      for key, case in group.items()],
    *[both(getattr(graph, f"{mode}_mode"), f"{mode}_mode, of 40 operations", "torch's autograd",
           big_graph(mode), lambda *v: test_graph.big(*v, test_graph.Torch),
           *map(np.array, (0.3, -1.2, 2.0)), only="numpy") for mode in ("forward", "reverse")],
]  # fmt: skip

# ---------------------------------------------------------------- neurons, circuits

CELL = test_neurons.OTHER
CELLS = [neurons.IntegrateAndFire(), neurons.IntegrateAndFire(**CELL)]
DEFAULTS = dict(tau=20.0, R=10.0, E=-70.0, V_th=-50.0, V_r=-70.0, t_ref=2.0)
CURRENTS = np.array([-5.0, 0.0, 2.0, 4.25, 4.5, 7.0, 50.0, 1e3, 1e4])
BITS3 = every_input(3).astype(float)
TIMES = np.array([1.0, 2.0, 4.0, 7.0])
DT = 0.01


def intervals_by_simulation(I):
    """The time from the first spike to the last over the number of intervals, in ms."""
    _, _, spikes = CELLS[0].simulate(I, 400, DT)
    when = [DT * np.flatnonzero(column) for column in to_numpy(spikes).T]
    return [(t[-1] - t[0]) / (len(t) - 1) for t in when]


def charging(I):
    t = tensor(0.1 * np.arange(201.0))[:, None]
    return -70 + 10 * I - 10 * I * torch.exp(-t / 20)


def train_statistics():
    times = neurons.poisson_train(50.0, 4e6, t_ref=5.0, seed=3)
    return [len(times) / 4000, neurons.variation(times), neurons.fano(times, 4e6, 1000)]


def sums(n):
    X = every_input(2 * n)
    return [[int(b) for b in f"{int(from_bits(r[:n])) + int(from_bits(r[n:])):0{n + 1}b}"]
            for r in X]  # fmt: skip


def from_bits(row):
    return int("".join(map(str, row)), 2)


FLIPS = [0.0, 0.01, 0.3, 0.5, 1.0]
FORMULAS += [
    value(neurons.McCullochPitts, "McCullochPitts('++-', 1)", "torch `heaviside`",
          neurons.McCullochPitts("++-", 1),
          lambda x: (x[:, 0] + x[:, 1] >= 1) & (x[:, 2] == 0), BITS3),
    value(neurons.ThresholdUnit, "ThresholdUnit([0.5, −1, 2], 1.5)", "torch `heaviside`",
          neurons.ThresholdUnit([0.5, -1.0, 2.0], 1.5),
          lambda x: torch.heaviside(x @ tensor([0.5, -1, 2]) - 1.5, torch.ones(8)), BITS3),
    *[value(neurons.IntegrateAndFire.rate, f"IntegrateAndFire.rate, {what}", "the formula",
            cell.rate,
            lambda I, o=options: tensor([test_neurons.textbook_rate(i, **o) for i in I.tolist()]),
            CURRENTS)
      for cell, options, what in zip(CELLS, (DEFAULTS, CELL), ("defaults", "others"), strict=True)],
    value(neurons.IntegrateAndFire.rate, "IntegrateAndFire.rate, as intervals in ms",
          f"`simulate` in steps of {DT} ms", lambda I: 1000 / CELLS[0].rate(I),
          lambda I: tensor(intervals_by_simulation(I.numpy())), np.array([2.1, 3.0, 4.5, 20.0]),
          limit=DT),
    alone(neurons.IntegrateAndFire.rheobase.fget, "IntegrateAndFire.rheobase", "20 mV/10 MΩ",
          lambda: CELLS[0].rheobase, lambda: 2.0),
    value((neurons.IntegrateAndFire, neurons.IntegrateAndFire.simulate),
          "IntegrateAndFire.simulate, below the threshold",
          "the equation's solution", lambda I: CELLS[0].simulate(I, 20).V, charging,
          np.array([-1e3, 0.0, 1.0, 1.9])),
    alone(neurons.poisson_train, "poisson_train: rate, variation, Fano factor", "50 Hz, ¾, ¾²",
          train_statistics, lambda: [50.0, 0.75, 0.75**2],
          limit=5 * 0.75**2 * math.sqrt(2 / 4000)),  # five standard errors of the last
    alone(neurons.intervals, "intervals", "1, 2, 3 ms", lambda: neurons.intervals(TIMES),
          lambda: [1.0, 2.0, 3.0]),
    alone(neurons.variation, "variation", "√(2/3)/2", lambda: neurons.variation(TIMES),
          lambda: math.sqrt(2 / 3) / 2),
    alone(neurons.fano, "fano", "counts 2, 1, 1", lambda: neurons.fano(TIMES, 9, 3),
          lambda: (2 / 9) / (4 / 3)),
    alone(circuits.Circuit, "Circuit: x₁ and not x₂", "its truth table",
          lambda: circuits.Circuit(2, [(circuits.NOT, (1,)), (circuits.AND, (0, 2))],
                                   (3,)).table(), lambda: [[0], [0], [1], [0]]),
    alone(circuits.half_adder, "half_adder", "x₁ + x₂", lambda: circuits.half_adder().table(),
          lambda: sums(1)),
    alone(circuits.adder, "adder(3)", "a + b for all pairs", lambda: circuits.adder(3).table(),
          lambda: sums(3)),
    alone(circuits.majority_error, "majority_error(p, 7)", "SciPy `binom.sf`",
          lambda: [circuits.majority_error(p, 7) for p in FLIPS],
          lambda: [binom.sf(3, 7, p) for p in FLIPS]),
    alone(circuits.every_input, "every_input(4)", "Python `product`",
          lambda: circuits.every_input(4), lambda: list(product((0, 1), repeat=4))),
    alone(circuits.to_bits, "to_bits(0 … 15, 4)", "Python `product`",
          lambda: circuits.to_bits(np.arange(16), 4), lambda: list(product((0, 1), repeat=4))),
    alone(circuits.from_bits, "from_bits", "0 … 15",
          lambda: circuits.from_bits(circuits.every_input(4)), lambda: np.arange(16)),
    alone(circuits.reachable, "reachable(2, weighted=True)", "all but XOR and XNOR",
          lambda: circuits.reachable(2, weighted=True),
          lambda: [k for k in range(16) if k not in (0b0110, 0b1001)]),
]  # fmt: skip

# ---------------------------------------------------------------- units that learn

ROWS = rng.standard_normal((12, 2))
LABELS = rng.integers(0, 2, 12)
WITH_ONE = tensor(np.c_[np.ones(12), ROWS])
SIGNS = tensor(2.0 * LABELS - 1)
POINTS = np.concatenate([np.zeros((1, 3)), rng.standard_normal((4, 3)), 1e4 * np.eye(3)])
LOSSES = {
    perceptron.Perceptron: lambda z, t: torch.where(t * z < 0, -t * z, 0.0),
    perceptron.Adaline: lambda z, t: 0.5 * (t - z) ** 2,
    perceptron.LogisticUnit: lambda z, t: F.softplus(-t * z, threshold=40),
}


def unit_row(kind, batch):
    def ours(w):
        X = asarray(ROWS, w)
        replay = kind(2, w=w).fit(X, LABELS, lr=0.1, epochs=15, batch=batch)
        return np.stack([replay.weights_at(e) for e in range(replay.epochs + 1)])

    def theirs(w):
        w, seen = w.clone().requires_grad_(), [w]
        for _ in range(15):
            for rows in [slice(None)] if batch else [slice(n, n + 1) for n in range(12)]:
                J = LOSSES[kind](WITH_ONE[rows] @ w, SIGNS[rows]).mean()
                w = (w - 0.1 * torch.autograd.grad(J, w)[0]).detach().requires_grad_()
            seen.append(w.detach())
        return torch.stack(seen)

    what = "all examples at once" if batch else "one example after the other"
    return value((kind, perceptron.Unit.fit), f"{kind.__name__}.fit, {what}",
                 "torch's autograd of the criterion", ours, theirs, POINTS[2])  # fmt: skip


def unit_value(of, name, against, ours, theirs):
    """ours(unit, X) for units at all points; theirs(w) likewise."""
    kind = getattr(perceptron, of.__qualname__.partition(".")[0])
    kind = perceptron.Perceptron if kind is perceptron.Unit else kind

    def all_points(points):
        X = asarray(ROWS, points)
        return tuple(ours(kind(2, w=points[i, :]), X) for i in range(len(POINTS)))

    return value(of, name, against, all_points, lambda points: tuple(map(theirs, points)), POINTS)


def criterion(W):
    X = asarray(ROWS, W)
    values, subgradients = perceptron.criterion(W, X, LABELS)
    return values, lambda g: [g[:, None] * subgradients]


def criterion_of_torch(W):
    tz = SIGNS * (W @ WITH_ONE.T)
    return torch.where(tz <= 0, -tz, 0.0).sum(-1)


AND = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 0, 0, 1])  # rows, labels
MACHINE = perceptron.Photoperceptron(n_a=30, n_r=3, retina=(5, 5), seed=1)
MACHINE.w = rng.standard_normal(MACHINE.w.shape)
CARDS = rng.integers(0, 2, (9, 25)).astype(float)
PICTURES = rng.random((3, 8, 8))


def photo(S):
    a = (S @ tensor(MACHINE.wiring).T >= 1).double()
    return a, torch.cat([torch.ones(9, 1), a], 1) @ tensor(MACHINE.w).T


FORMULAS += [
    *[unit_row(kind, batch) for kind in LOSSES for batch in (False, True)],
    unit_value(perceptron.Unit.score, "Unit.score", "torch `linear`", lambda u, X: u.score(X),
               lambda w: WITH_ONE @ w),
    *[value(perceptron.Unit.decide, f"Unit.decide, at_zero={at}", "torch `heaviside`",
            perceptron.Perceptron(2, at_zero=at).decide,
            lambda z, at=at: torch.heaviside(z, tensor(float(at))), Z) for at in (0, 1)],
    unit_value(perceptron.Adaline.loss, "Adaline.loss", "torch, the formula",
               lambda u, X: u.loss(X, LABELS),
               lambda w: LOSSES[perceptron.Adaline](WITH_ONE @ w, SIGNS).mean()),
    unit_value(perceptron.LogisticUnit.loss, "LogisticUnit.loss",
               "torch `binary_cross_entropy_with_logits`", lambda u, X: u.loss(X, LABELS),
               lambda w: F.binary_cross_entropy_with_logits(WITH_ONE @ w, (SIGNS + 1) / 2)),
    unit_value(perceptron.LogisticUnit.probability, "LogisticUnit.probability", "torch `sigmoid`",
               lambda u, X: u.probability(X), lambda w: torch.sigmoid(WITH_ONE @ w)),
    value(perceptron.Adaline.stable_lr, "Adaline.stable_lr", "torch `svdvals`",
          perceptron.Adaline(2).stable_lr,
          lambda X: 24 / torch.linalg.svdvals(WITH_ONE)[0] ** 2, ROWS),
    both(perceptron.criterion, "criterion", "torch `where`", criterion, criterion_of_torch, POINTS),
    value(perceptron.margin, "margin", "torch, the formula",
          lambda W: [perceptron.margin(W[i], asarray(ROWS, W), LABELS) for i in (1, 2, 5)],
          lambda W: tensor([(SIGNS * (WITH_ONE @ W[i])).min() / W[i].norm() for i in (1, 2, 5)]),
          POINTS),
    value(perceptron.widest, "widest, for AND", "(−3, 2, 2)/√17",
          lambda X: perceptron.widest(X, AND[1]),
          lambda X: tensor([-3.0, 2, 2]) / math.sqrt(17), AND[0], limit=1e-5),
    value(perceptron.novikoff_bound, "novikoff_bound, for AND", "51",
          lambda X: perceptron.novikoff_bound(X, AND[1]), lambda X: 51.0, AND[0], limit=1e-5),
    value(perceptron.Photoperceptron, "Photoperceptron: a and w·a", "torch, the formula",
          lambda S: (MACHINE.association(S), MACHINE.score(S)), photo, CARDS),
    alone(perceptron.to_retina, "to_retina", "torch `interpolate`, nearest-exact",
          lambda: perceptron.to_retina(PICTURES, (5, 5)),
          lambda: (F.interpolate(tensor(PICTURES[None]), (5, 5), mode="nearest-exact")[0]
                   > 0.5).double().flatten(1)),
]  # fmt: skip

# ---------------------------------------------------------------- hebbian

CLOUD, UNITS = test_hebbian.X, test_hebbian.W
SPINS = test_hebbian.patterns(4, 12)
STATES = test_hebbian.patterns(6, 12, seed=8)
DELAYS = np.array([-1e4, -1e3, -40.0, -1e-9, 0.0, 1e-9, 10.0, 1e3, 1e4])
PRE, POST = np.sort(rng.uniform(0, 100, 7)), np.sort(rng.uniform(0, 100, 5))


def stdp_window(dt):
    down = torch.where(dt < 0, -0.25 * torch.exp(-abs(dt) / 40), 0.0)
    return torch.where(dt > 0, 0.5 * torch.exp(-abs(dt) / 10), down)


def rule_row(rule):
    def by_hand(w, X):
        X = X.numpy()
        return np.array([test_hebbian.by_hand(rule, u, X, X.mean(0)) for u in w.numpy()])

    return value(rule, rule.__name__, "the mean over the examples", rule, by_hand, UNITS, CLOUD)


def path_by_hand(X, w):
    seen = [w]
    for x in X:
        y = w @ x
        w = w + 0.05 * (y[:, None] * x - (y * y)[:, None] * w)
        seen.append(w)
    return torch.stack(seen)


def synapse(pre, post):
    """Traces, step by step, of spikes on a grid of 0.5 ms."""
    rule = hebbian.SpikeTiming(**test_hebbian.RULE)
    traces, total = (0.0, 0.0), 0.0
    for k in range(len(pre)):
        traces, change = rule.step(traces, pre[k], float(post[k]), 0.5)
        total = total + change
    return total


def pairs(pre, post):
    when = [0.5 * torch.nonzero(spikes)[:, 0] for spikes in (pre[:, 0], post)]
    return stdp_window(when[1][:, None] - when[0]).sum()[None]


def coupling(x):
    return (x.T @ x / x.shape[1]).fill_diagonal_(0)


def recalled(x, s, sweeps=4):
    """Synchronous updates: the states."""
    seen = [s]
    for _ in range(sweeps):
        z = s @ coupling(x)
        s = torch.where(abs(z) < 1e-9, s, torch.sign(z))
        seen.append(s)
        if torch.equal(s, seen[-2]):
            break
    return torch.stack(seen)


def flipped(s, seed=0):
    return s * tensor(np.where(np.random.default_rng(seed).random(s.shape) < 0.3, -1.0, 1.0))


def capacity_by_hand(_):
    x = tensor(np.random.default_rng(4).choice([-1.0, 1.0], (12, 60)))
    return (recalled(x, flipped(x, 4), 30)[-1] * x).mean()


FORMULAS += [
    *[rule_row(rule) for rule in (hebbian.hebb, hebbian.covariance, hebbian.oja)],
    value(hebbian.path, "path('oja')", "example after example",
          lambda X, w: hebbian.path("oja", X, w, 0.05), path_by_hand, CLOUD, UNITS),
    value((hebbian.SpikeTiming, hebbian.SpikeTiming.window), "SpikeTiming.window", "torch `exp`",
          hebbian.SpikeTiming(**test_hebbian.RULE).window, stdp_window, DELAYS),
    value(hebbian.SpikeTiming.change, "SpikeTiming.change", "the double sum",
          hebbian.SpikeTiming(**test_hebbian.RULE).change,
          lambda pre, post: stdp_window(post[:, None] - pre).sum(), PRE, POST),
    value(hebbian.SpikeTiming, "SpikeTiming.step, 200 steps", "the double sum", synapse, pairs,
          (rng.random((200, 1)) < 0.1).astype(float), (rng.random(200) < 0.15).astype(float)),
    value((hebbian.Hopfield, hebbian.Hopfield.store), "Hopfield: W", "torch, x xᵀ/N",
          lambda x: hebbian.Hopfield(x).W, coupling, SPINS),
    value(hebbian.Hopfield.energy, "Hopfield.energy", "the double sum",
          lambda x, s: hebbian.Hopfield(x).energy(s),
          lambda x, s: -0.5 * torch.einsum("ni,ij,nj->n", s, coupling(x), s), SPINS, STATES),
    value(hebbian.Hopfield, "Hopfield.recall, synchronous", "torch `sign`",
          lambda x, s: hebbian.Hopfield(x).recall(s, 4, synchronous=True).states, recalled, SPINS,
          STATES),
    value(hebbian.Hopfield, "Hopfield.recall: its last energy", "`energy` of its last state",
          lambda x, s: hebbian.Hopfield(x).recall(s).energies[-1, ...],
          lambda x, s: tensor(to_numpy(hebbian.Hopfield(x).energy(
              hebbian.Hopfield(x).recall(s).state))), SPINS, STATES),
    value(hebbian.overlap, "overlap", "torch `cosine_similarity`", hebbian.overlap,
          lambda s, x: F.cosine_similarity(s, x, -1), STATES[:4], SPINS),
    value(hebbian.corrupt, "corrupt(p=0.3)", "the same flips",
          lambda s: hebbian.corrupt(s, 0.3), flipped, SPINS),
    value(hebbian.capacity, "capacity(0.2, N=60, p=0.3)", "the recall written out",
          lambda like: hebbian.capacity(0.2, 60, 0.3, synchronous=True, seed=4, where=like),
          capacity_by_hand, np.zeros(0)),
]  # fmt: skip

# ---------------------------------------------------------------- boltzmann

V3, H2 = every_input(3).astype(float), every_input(2).astype(float)
DATA = np.random.default_rng(0).integers(0, 2, (6, 3)).astype(float)
THETA = np.random.default_rng(1).standard_normal(11)
N_CHAINS = 10_000


def rbm(theta):
    machine = boltzmann.RBM(3, 2, dtype="float64").to(theta)
    machine.theta[...] = theta
    return machine


def split(theta):
    return theta[:6].reshape(2, 3), theta[6:9], theta[9:]


def energies(theta):
    """E(v, h) for all states, (8, 4)."""
    (W, a, b), V, H = split(theta), tensor(V3), tensor(H2)
    return -(V @ a)[:, None] - H @ b - V @ W.T @ H.T


def law(theta):
    return torch.softmax(-energies(theta).flatten(), 0).reshape(8, 4)


def free(theta, v):
    """F(v) = −ln Σ_h e^(−E(v, h)), over all h."""
    (W, a, b), H = split(theta), tensor(H2)
    return -torch.logsumexp((v @ a)[:, None] + H @ b + v @ W.T @ H.T, 1)


def log_likelihood(theta, v):
    return -free(theta, v) - torch.logsumexp(-energies(theta).flatten(), 0)


def chains(theta, v, k, draw):
    W, a, b = (p.detach().numpy() for p in split(theta))
    for _ in range(k):
        h = draw.random((len(v), 2)) < 1 / (1 + np.exp(-(v @ W.T + b)))
        v = (draw.random((len(v), 3)) < 1 / (1 + np.exp(-(h @ W + a)))).astype(float)
    return v


def rbm_row(name, against, ours, theirs, **options):
    of = getattr(boltzmann.RBM, name.partition(",")[0])
    return value(of, f"RBM.{name}", against, lambda theta: ours(rbm(theta), theta), theirs, THETA,
                 **options)  # fmt: skip


def likelihood(theta):
    machine, v = rbm(theta), asarray(DATA, theta)
    g = machine.likelihood_gradient(v)
    return -namespace(theta).mean(machine.log_likelihood(v)), lambda one: [one * g]


def divergence(k):
    """Of CD-k: the free energy of the data less that at the chains' ends, and the ends."""

    def ours(theta):
        machine, v = rbm(theta), asarray(DATA, theta)
        g, end = machine.cd(v, k, seed=5)
        mean = namespace(theta).mean
        J = mean(machine.free_energy(v)) - mean(machine.free_energy(end))
        return (J, end), lambda one: [one * g]

    def theirs(theta):
        end = tensor(chains(theta, DATA, k, np.random.default_rng(5)))
        return free(theta, tensor(DATA)).mean() - free(theta, end).mean(), end

    return ours, theirs


def learned(machine, theta):
    errors = machine.fit(asarray(DATA, theta), epochs=5, batch_size=6, seed=4)
    return machine.theta, errors


def learned_by_hand(theta):
    draw, errors = np.random.default_rng(4), []
    for _ in range(5):
        theta = theta.detach().requires_grad_()
        v = DATA[draw.permutation(6)]
        end = tensor(chains(theta, v, 1, draw))
        J = free(theta, tensor(v)).mean() - free(theta, end).mean()
        theta = (theta - 0.1 * torch.autograd.grad(J, theta)[0]).detach()
        W, a, b = split(theta)
        there = torch.sigmoid(tensor(DATA) @ W.T + b)
        errors.append(((tensor(DATA) - torch.sigmoid(there @ W + a)) ** 2).mean())
    return theta, torch.stack(errors)


def frequencies(machine, theta):
    end = machine.gibbs(asarray(np.tile(DATA[:1], (N_CHAINS, 1)), theta), 60, seed=4)
    return np.bincount((to_numpy(end) @ [4, 2, 1]).astype(int), minlength=8) / N_CHAINS


def reconstruction(theta):
    W, a, b = split(theta)
    return torch.sigmoid(torch.sigmoid(tensor(V3) @ W.T + b) @ W + a)


EVERY_V, EVERY_H = np.repeat(V3, 4, axis=0), np.tile(H2, (8, 1))
FORMULAS += [
    rbm_row("energy", "the formula, all states",
            lambda m, t: m.energy(asarray(EVERY_V, t), asarray(EVERY_H, t)),
            lambda theta: energies(theta).flatten()),
    rbm_row("free_energy", "the sum over all h", lambda m, t: m.free_energy(asarray(V3, t)),
            lambda theta: free(theta, tensor(V3))),
    rbm_row("hidden", "the sum over all states", lambda m, t: m.hidden(asarray(V3, t)),
            lambda theta: law(theta) @ tensor(H2) / law(theta).sum(1, keepdim=True)),
    rbm_row("visible", "the sum over all states", lambda m, t: m.visible(asarray(H2, t)),
            lambda theta: law(theta).T @ tensor(V3) / law(theta).sum(0)[:, None]),
    rbm_row("reconstruct", "torch `sigmoid`", lambda m, t: m.reconstruct(asarray(V3, t)),
            reconstruction),
    rbm_row("log_partition", "the sum over all states", lambda m, t: m.log_partition(),
            lambda theta: torch.logsumexp(-energies(theta).flatten(), 0)),
    rbm_row("log_likelihood", "the sum over all states",
            lambda m, t: m.log_likelihood(asarray(V3, t)), lambda t: log_likelihood(t, tensor(V3))),
    both((boltzmann.RBM, boltzmann.RBM.likelihood_gradient), "RBM.likelihood_gradient",
         "torch's autograd of the sum over all states", likelihood,
         lambda theta: -log_likelihood(theta, tensor(DATA)).mean(), THETA),
    *[both(boltzmann.RBM.cd, f"RBM.cd(k={k})", "torch's autograd of F, the same chains",
           *divergence(k), THETA) for k in (1, 5)],
    rbm_row("gibbs, 10 000 chains, 60 rounds", "the law of the model", frequencies,
            lambda theta: law(theta).sum(1), limit=5 * 0.5 / math.sqrt(N_CHAINS)),
    rbm_row("fit, 5 epochs", "torch's autograd of F, the same chains", learned, learned_by_hand),
    value(boltzmann.sample, "sample", "u < p, the same u",
          lambda p: boltzmann.sample(p, np.random.default_rng(2)),
          lambda p: tensor(np.random.default_rng(2).random(p.shape)) < p, P.reshape(20, 3)),
]  # fmt: skip

# ---------------------------------------------------------------- alignment

NET = test_alignment.mlp(np.zeros(0))
FEEDBACK = alignment.random_feedback(NET, seed=5)
DEGREES = np.array([0.0, 1e-7, 30.0, 90.0, 150.0, 180.0])


def aligned(theta):
    net = test_alignment.mlp(theta)
    net.theta[...] = theta
    feedback = [B if B is None else asarray(B, theta) for B in FEEDBACK]
    x, y = asarray(test_alignment.X, theta), asarray(test_alignment.Y, theta)
    loss = losses.MeanSquaredError()
    g = alignment.alignment_gradient(net, feedback, loss, x, y)
    return loss.value(net(x), y), lambda one: [one * g]


def aligned_of_torch(theta):
    """Errors come back through B: z = W x, but as far as x is asked, z = Bᵀ x."""
    pairs = [(4, 6), (6, 5), (5, 3)]
    parts = theta.split([m * n for m, n in pairs] + [n for _, n in pairs])
    a = tensor(test_alignment.X)
    for l, (m, n) in enumerate(pairs):
        W, b, B = parts[l].reshape(n, m), parts[3 + l], FEEDBACK[2 * l]
        z = a.detach() @ W.T + b
        if B is not None:
            z = z + a @ tensor(B).T - (a @ tensor(B).T).detach()
        a = torch.tanh(z) if l < 2 else z
    return 0.5 * ((a - tensor(test_alignment.Y)) ** 2).sum() / len(a)


def angles(theta):
    net = test_alignment.mlp(theta)
    feedback = [B if B is None else asarray(B, theta) for B in FEEDBACK]
    return tuple(alignment.alignment_angles(net, feedback))


def angles_of_torch(theta):
    pairs = [(NET.params[l][0], B) for l, B in enumerate(FEEDBACK) if B is not None]
    return tuple(F.cosine_similarity(tensor(W.ravel()), tensor(B.ravel()), 0).acos().rad2deg()
                 for W, B in pairs)  # fmt: skip


FORMULAS += [
    both(alignment.alignment_gradient, "alignment_gradient", "torch's autograd, B for Wᵀ",
         aligned, aligned_of_torch, NET.theta),
    value(alignment.angle, "angle", "0, 1e-7, 30, 90, 150, 180 degrees",
          lambda u, v: alignment.angle(u, v), lambda u, v: tensor(DEGREES),
          np.tile([3.0, 0.0], (6, 1)),
          np.stack([np.cos(np.deg2rad(DEGREES)), np.sin(np.deg2rad(DEGREES))], axis=1)),
    value(alignment.alignment_angles, "alignment_angles", "torch `cosine_similarity`, `acos`",
          angles, angles_of_torch, NET.theta),
]  # fmt: skip
