"""Activations, losses, metrics, initializers, penalties and schedules."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from scipy.integrate import quad
from torch.optim import lr_scheduler

from dlcore import activations, backend, initializers, metrics, network, regularizers, schedules
from tests import test_activations, test_initializers, test_losses
from tests.formulas.record import FAR, alone, both, cut_to_two, integers, torchs, value
from tests.reference import tensor

rng = np.random.default_rng(0)
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
    value(backend.erfc, "erfc", "torch `erfc`", backend.erfc, torch.erfc, Z),
    *[both(type(h), repr(h), torchs(f), elementwise(h), f, Z) for h, f in test_activations.TORCH],
    *[
        both(
            activations.Step,
            f"Step(at_zero={at})",
            "torch `heaviside`",
            elementwise(activations.Step(at)),
            jump(at, step_of),
            Z,
        )
        for at in (0, 0.5, 1)
    ],
    *[
        both(
            activations.Sign,
            f"Sign(at_zero={at})",
            "torch `sign`",
            elementwise(activations.Sign(at)),
            jump(at, torch.sign),
            Z,
        )
        for at in (-1, 0, 1)
    ],
    value(activations.sigmoid, "sigmoid", "torch `sigmoid`", activations.sigmoid, torch.sigmoid, Z),
    *[
        value(
            activations.softmax,
            f"softmax(axis={k})",
            "torch `softmax`",
            lambda z, k=k: activations.softmax(z, axis=k),
            lambda z, k=k: z.softmax(k),
            SCORES,
        )
        for k in (-1, 0)
    ],
    *[
        value(
            activations.smooth_maximum,
            f"smooth_maximum(beta={b})",
            "torch `softmax`",
            lambda z, b=b: activations.smooth_maximum(z, b),
            lambda z, b=b: (z * (b * z).softmax(-1)).sum(-1),
            SCORES,
        )
        for b in (0.0, 1.0, 50.0)
    ],
]

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
    return both(
        type(loss),
        name,
        torchs(theirs),
        ours,
        lambda z: theirs(z, tensor(y)),
        awkward(y),
        factor=(factor, FACTORS[factor]),
    )


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
    value(
        metrics.accuracy,
        "accuracy",
        "torch `argmax`",
        metric(metrics.accuracy),
        lambda z: (z.argmax(-1) == tensor(CLASSES)).double().mean(),
        test_losses.Z,
    ),
    value(
        metrics.top_k_accuracy,
        "top_k_accuracy(k=2)",
        "torch `topk`",
        metric(metrics.top_k_accuracy, k=2),
        lambda z: (z.topk(2).indices == tensor(CLASSES)[:, None]).any(-1).double().mean(),
        test_losses.Z,
    ),
    value(
        metrics.confusion_matrix,
        "confusion_matrix",
        "torch `bincount`",
        metric(metrics.confusion_matrix),
        confusion,
        test_losses.Z,
    ),
    value(metrics.calibration, "calibration", "bin after bin", calibration, calibration_by_hand, P),
]

# ---------------------------------------------------------------- initializers, regularizers


class Ones:
    """In place of a random generator: draws of exactly one standard deviation, or the limit."""

    standard_normal = staticmethod(np.ones)
    uniform = staticmethod(lambda low, high, shape: np.full(shape, high))


def relative_variance(init, variance, law):
    return lambda: init.draw(Ones, *SHAPE) ** 2 / (variance * (3 if law == "uniform" else 1))


def second_moment(h):
    """E[h(z)²] for z ~ N(0, 1), by SciPy's adaptive quadrature."""

    def density(z):
        return h(np.array([z]))[0] ** 2 * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)

    return math.fsum(quad(density, a, a + 1, epsabs=1e-15)[0] for a in range(-12, 12))


def row_products(init, shape):
    W = init(np.random.default_rng(0), *shape)
    return W @ W.T if shape[0] <= shape[1] else W.T @ W


SHAPE = test_initializers.N_OUT, test_initializers.N_IN
GELU_LAW = (
    initializers.ForActivation("gelu", "uniform"),
    1 / second_moment(activations.GELU()) / SHAPE[1],
    "uniform",
)
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


FORMULAS += [
    *[
        alone(
            type(init),
            f"{init}",
            "the exact variance",
            relative_variance(init, variance, law),
            lambda: np.ones(SHAPE),
        )
        for init, variance, law in LAWS
    ],
    alone(
        initializers.Zeros,
        "Zeros",
        "torch `zeros_`",
        lambda: initializers.Zeros().draw(None, 2, 3),
        lambda: torch.nn.init.zeros_(torch.ones(2, 3)),
    ),
    alone(
        initializers.Constant,
        "Constant(0.3)",
        "torch `constant_`",
        lambda: initializers.Constant(0.3).draw(None, 2, 3),
        lambda: torch.nn.init.constant_(torch.ones(2, 3).double(), 0.3),
    ),
    *[
        alone(
            initializers.Orthogonal,
            f"Orthogonal(scale=1.5), {shape}",
            "torch `eye`, times scale²",
            lambda shape=shape: row_products(initializers.Orthogonal(1.5), shape),
            lambda shape=shape: 2.25 * torch.eye(min(shape)),
        )
        for shape in ((5, 5), (7, 3), (3, 7))
    ],
    alone(
        initializers.gaussian_mean,
        "gaussian_mean of z⁰, z², z⁴, z⁶, max(z, 0)",
        "1, 1, 3, 15, 1/√(2π)",
        lambda: (
            [initializers.gaussian_mean(lambda z, k=k: z**k) for k in (0, 2, 4, 6)]
            + [initializers.gaussian_mean(activations.ReLU())]
        ),
        lambda: [1, 1, 3, 15, 1 / math.sqrt(2 * math.pi)],
    ),
    *[
        alone(
            initializers.gain,
            f"gain({name!r})",
            "SciPy `quad`",
            lambda name=name: initializers.gain(name),
            lambda name=name: 1 / math.sqrt(second_moment(activations.NAMED[name]())),
        )
        for name in activations.NAMED
    ],
    penalty_row(regularizers.L2(0.3), lambda w: 0.15 * (w * w).sum()),
    penalty_row(regularizers.L1(0.3), lambda w: 0.3 * F.l1_loss(w, 0 * w, reduction="sum")),
    penalty_row(
        regularizers.ElasticNet(0.2, 0.3), lambda w: 0.2 * w.abs().sum() + 0.15 * (w * w).sum()
    ),
    value(
        regularizers.MaxNorm,
        "MaxNorm(2.0)",
        "torch `normalize`",
        max_norm,
        cut_to_two,
        SCORES[1:4],
        np.stack([0 * test_losses.Z[0], test_losses.Z[1]]),
    ),
]

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
    (
        schedules.inverse_time,
        (0.1, 0.3),
        lambda o: lr_scheduler.LambdaLR(o, lambda t: 1 / (1 + 0.3 * t)),
        0,
    ),
    (schedules.linear, (0.1, 10), lambda o: lr_scheduler.LinearLR(o, 1.0, 0.0, 10), 0),
    (schedules.linear, (0.1, 10, 0.02), lambda o: lr_scheduler.LinearLR(o, 1.0, 0.2, 10), 0),
    (schedules.cosine, (0.1, 40), lambda o: lr_scheduler.CosineAnnealingLR(o, 40), 0),
    (schedules.cosine, (0.1, 40, 0.02), lambda o: lr_scheduler.CosineAnnealingLR(o, 40, 0.02), 0),
    (
        schedules.warm_up,
        (schedules.constant(0.1), 5),
        lambda o: lr_scheduler.LinearLR(o, 1 / 5, 1.0, 4),
        1,
    ),
    (schedules.chain, (schedules.constant(0.1), 10, schedules.exponential(0.2, 0.5)), chained, 1),
]


def schedule_row(make, arguments, theirs, late):
    words = ", ".join("…" if callable(a) else f"{a}" for a in arguments)
    names = [n for n in theirs.__code__.co_names if n.endswith("LR")]
    return value(
        make,
        f"{make.__name__}({words})",
        "torch " + ", ".join(f"`{n}`" for n in names),
        make(*arguments),
        rates(theirs, late),
        STEPS,
    )


FORMULAS += [schedule_row(*case) for case in SCHEDULERS]
