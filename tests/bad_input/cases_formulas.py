"""Activations, losses, metrics, initializers, regularizers, schedules: formulas on arrays."""

import numpy as np

from dlcore import activations, initializers, losses, metrics, regularizers, schedules
from dlcore.network import MLP

from . import kinds as k
from .refusal import array, entry, integers, kinds_of

# ------------------------------------------------------------------ activations

for h in activations.NAMED.values():
    entry(
        f"activations.{h.__name__}.__call__",
        lambda where, h=h: dict(h=h(), z=array(where, 3, 2)),
        lambda h, z: h(z),
        z=k.floats,
    )
entry(
    "activations.Step",
    dict(at_zero=0),
    activations.Step,
    at_zero=[k.values(2, -1, "0", None, k.NAN, [0])],
)
entry(
    "activations.Sign",
    dict(at_zero=0),
    activations.Sign,
    at_zero=[k.values(2, 0.5, "0", None, k.NAN, [0])],
)
entry("activations.LeakyReLU", dict(alpha=0.1), activations.LeakyReLU, alpha=[k.below_one])
entry("activations.ELU", dict(alpha=1.0), activations.ELU, alpha=[k.positive])
entry("activations.Softplus", dict(beta=1.0), activations.Softplus, beta=[k.positive])
entry("activations.Swish", dict(beta=1.0), activations.Swish, beta=[k.positive])
entry("activations.GELU", dict(form="tanh"), activations.GELU, form=[k.unknown])
entry(
    "activations.activation",
    dict(h="tanh"),
    activations.activation,
    h=[k.unknown, k.values(None, abs)],
)
entry("activations.sigmoid", lambda where: dict(z=array(where, 3)), activations.sigmoid, z=k.floats)
entry(
    "activations.softmax",
    lambda where: dict(z=array(where, 3, 2), axis=-1),
    activations.softmax,
    z=k.floats,
    axis=[k.values(2, -3, "x", 0.5)],
)
entry(
    "activations.smooth_maximum",
    lambda where: dict(x=array(where, 3, 2), beta=1.0, axis=-1),
    activations.smooth_maximum,
    x=k.floats,
    beta=[k.number],
    axis=[k.values(2, -3, "x", 0.5)],
)

# ------------------------------------------------------------------ losses

RANGES = {
    "SigmoidCrossEntropy": [k.outside(0, 1)],
    "SoftmaxCrossEntropy": [k.outside(0, 1)],
    "PerceptronCriterion": [k.outside(-1, 1)],
    "Hinge": [k.outside(-1, 1)],
}


def _target(where, name, n_out):
    if name in ("PerceptronCriterion", "Hinge"):
        return 0 * array(where, 4, n_out) + 1
    if name == "SoftmaxCrossEntropy":
        return 0 * array(where, 4, n_out) + 1 / n_out
    return array(where, 4, n_out)


for loss in kinds_of(losses.Loss):
    name = loss.__name__

    def good(where, name=name, loss=loss):
        return dict(loss=loss(), y_hat=array(where, 4, 3), y=_target(where, name, 3))

    kind = [k.not_an_array, k.complex_numbers, k.other_library, k.other_device]  # others: converted
    shapes = [*kind, k.lower_rank, k.higher_rank, k.other_last, k.other_rows]
    entry(
        f"losses.{name}.value",
        good,
        lambda loss, y_hat, y: loss.value(y_hat, y),
        y=[*shapes, k.not_finite, *RANGES.get(name, [])],
        y_hat=[k.not_an_array, k.not_floating, k.lower_rank],
    )
    entry(
        f"losses.{name}.grad",
        good,
        lambda loss, y_hat, y: loss.grad(y_hat, y),
        y=shapes,
        y_hat=[k.not_an_array, k.not_floating, k.lower_rank],
    )

    def weighted(where, good=good):
        return good(where) | dict(weights=array(where, 4))

    numbers = [k.not_finite, k.negative]
    for part in ("value", "grad"):
        entry(
            f"losses.{name}.{part}",
            weighted,
            lambda loss, part=part, **arguments: getattr(loss, part)(**arguments),
            weights=[*kind[1:], k.column, k.other_rows, *numbers[: 2 * (part == "value")]],
        )

    def single(where, name=name, loss=loss):  # (N, 1): the case that would broadcast
        return dict(loss=loss(), y_hat=array(where, 4, 1), y=_target(where, name, 1))

    if name != "SoftmaxCrossEntropy":
        for part in ("value", "grad"):
            entry(
                f"losses.{name}.{part}",
                single,
                lambda loss, y_hat, y, part=part: getattr(loss, part)(y_hat, y),
                y=[k.flat, k.higher_rank],
            )

    def nothing(where, name=name, loss=loss):
        return dict(loss=loss(), N=4, where=where, y=_target(where, name, 3))

    entry(
        f"losses.{name}.value",
        nothing,
        lambda loss, N, where, y: loss.value(array(where, 4, 3)[:N], y[:N]),
        N=[k.values(0, name="empty")],
    )

for name, n_out in (("SigmoidCrossEntropy", 1), ("SoftmaxCrossEntropy", 3)):
    loss = getattr(losses, name)

    def labelled(where, loss=loss, n_out=n_out):
        return dict(loss=loss(), y_hat=array(where, 4, n_out), y=integers(where, 0, 1, 1, 0))

    entry(
        f"losses.{name}.value",
        labelled,
        lambda loss, y_hat, y: loss.value(y_hat, y),
        y=[k.labels_below(max(2, n_out)), k.half_labels, k.other_rows],
    )
    entry(
        f"losses.{name}.grad",
        labelled,
        lambda loss, y_hat, y: loss.grad(y_hat, y),
        y=[k.half_labels, k.other_rows, k.other_library],
    )

entry("losses.Huber", dict(delta=1.0), losses.Huber, delta=[k.positive])
entry(
    "losses.SoftmaxCrossEntropy",
    dict(smoothing=0.1),
    losses.SoftmaxCrossEntropy,
    smoothing=[k.below_one],
)

# ------------------------------------------------------------------ metrics


def scores(where):
    return dict(y_hat=array(where, 4, 3), y=integers(where, 0, 1, 2, 0))


SCORES = [k.not_an_array, k.not_floating, k.lower_rank, k.other_library, k.empty]
LABELS = [k.not_an_array, k.half_labels, k.labels_below(3), k.column, k.other_rows, k.other_library]
for metric in (metrics.accuracy, metrics.top_k_accuracy, metrics.confusion_matrix):
    entry(
        f"metrics.{metric.__name__}",
        lambda where, m=metric: scores(where) | (dict(k=2) if m is metrics.top_k_accuracy else {}),
        metric,
        y_hat=SCORES,
        y=LABELS,
    )
entry(
    "metrics.top_k_accuracy",
    lambda where: scores(where) | dict(k=2),
    metrics.top_k_accuracy,
    k=[k.whole, k.values(4)],
)
entry(
    "metrics.class_weights",
    lambda where: dict(y=integers(where, 0, 1, 2, 0)),
    metrics.class_weights,
    y=[k.not_numbers, k.complex_numbers, k.half_labels, k.column, k.empty],
)
entry(
    "metrics.predictions",
    lambda where: scores(where) | dict(who="me"),
    metrics.predictions,
    owner="me",
    y=LABELS,
    y_hat=SCORES,
)
entry(
    "metrics.calibration",
    lambda where: dict(p=array(where, 4), y=integers(where, 0, 1, 1, 0), bins=10),
    metrics.calibration,
    p=[k.not_numbers, k.not_finite, k.outside(0, 1), k.column, k.other_rows, k.empty],
    y=[k.not_numbers, k.half_labels, k.labels_below(2), k.column, k.other_rows],
    bins=[k.whole],
)

# ------------------------------------------------------------------ initializers

rng = np.random.default_rng
for name in (
    "Zeros",
    "Constant",
    "Normal",
    "Uniform",
    "LeCun",
    "Glorot",
    "He",
    "ForActivation",
    "Orthogonal",
):
    arguments = {"Constant": (0.5,), "ForActivation": ("relu",)}.get(name, ())
    entry(
        f"initializers.{name}.__call__",
        dict(init=getattr(initializers, name)(*arguments), rng=rng(0), n_out=3, n_in=2),
        lambda init, rng, n_out, n_in: init(rng, n_out, n_in),
        rng=[k.values(None, 0, "x")],
        n_out=[k.whole],
        n_in=[k.whole],
    )
entry("initializers.Constant", dict(value=1.0), initializers.Constant, value=[k.number])
entry("initializers.Normal", dict(std=1.0), initializers.Normal, std=[k.positive])
entry("initializers.Uniform", dict(limit=1.0), initializers.Uniform, limit=[k.positive])
entry("initializers.Orthogonal", dict(scale=1.0), initializers.Orthogonal, scale=[k.positive])
for name in ("LeCun", "Glorot", "He"):
    entry(
        f"initializers.{name}",
        dict(distribution="normal"),
        getattr(initializers, name),
        distribution=[k.unknown],
    )
entry(
    "initializers.ForActivation",
    dict(h="tanh"),
    initializers.ForActivation,
    owner="",
    h=[k.unknown],
)
entry(
    "initializers.ForActivation",
    dict(h="tanh", distribution="normal"),
    initializers.ForActivation,
    distribution=[k.unknown],
)
entry(
    "initializers.initializer",
    dict(init="he"),
    initializers.initializer,
    owner="init",
    init=[k.values("nonsense", "", 3, None, ["he"])],
)
entry("initializers.gain", dict(h="relu"), initializers.gain, owner="", h=[k.unknown])
entry(
    "initializers.gaussian_mean",
    dict(f=np.cos),
    initializers.gaussian_mean,
    f=[k.values(None, "cos", 1.0)],
)

# ------------------------------------------------------------------ regularizers

PER_NETWORK = k.values(
    np.array([[0.1, 0.2]]),
    np.array([[-0.1], [0.2]]),
    np.array([[k.NAN], [0.2]]),
    np.array([["a"]]),
    np.array([[1j]]),
    np.array(-0.1),
    np.float64(k.NAN),
    np.float64(-1.0),
    name="per_network",
)
for name in ("L1", "L2"):
    penalty = getattr(regularizers, name)
    entry(f"regularizers.{name}", dict(lam=0.1), penalty, lam=[k.not_negative, PER_NETWORK])
    for part in ("value", "grad"):
        entry(
            f"regularizers.{name}.{part}",
            lambda where, p=penalty: dict(penalty=p(0.1), w=array(where, 3)),
            lambda penalty, w, part=part: getattr(penalty, part)(w),
            w=k.floats,
        )
        entry(
            f"regularizers.{name}.{part}",
            lambda where: dict(lam=np.full((2, 1), 0.1), w=array(where, 2, 3)),
            lambda lam, w, p=penalty, part=part: getattr(p(lam), part)(w),
            lam=[k.values(np.full((3, 1), 0.1), np.full((1, 1), 0.1))],
        )
entry(
    "regularizers.ElasticNet",
    dict(lam1=0.1, lam2=0.1),
    regularizers.ElasticNet,
    lam1=[k.not_negative, PER_NETWORK],
    lam2=[k.not_negative, PER_NETWORK],
)
for part in ("value", "grad"):
    entry(
        f"regularizers.ElasticNet.{part}",
        lambda where: dict(penalty=regularizers.ElasticNet(0.1, 0.2), w=array(where, 3)),
        lambda penalty, w, part=part: getattr(penalty, part)(w),
        w=k.floats,
    )
entry("regularizers.MaxNorm", dict(c=1.0), regularizers.MaxNorm, c=[k.positive])
entry(
    "regularizers.MaxNorm.__call__",
    dict(c=regularizers.MaxNorm(1.0), net=MLP([2, 1])),
    lambda c, net: c(net),
    net=[k.values(None, "net", [])],
)

# ------------------------------------------------------------------ schedules


def by_number(eta):
    return lambda **settings: eta(**settings)(1)


FUNCTION = [k.values(None, 0.1, "cosine")]
flat = schedules.constant(0.1)
entry("schedules.constant", dict(lr=0.1), by_number(schedules.constant), lr=[k.positive])
entry(
    "schedules.step_decay",
    dict(lr=0.1, every=5, gamma=0.5),
    by_number(schedules.step_decay),
    lr=[k.positive],
    every=[k.whole],
    gamma=[k.positive],
)
entry(
    "schedules.exponential",
    dict(lr=0.1, gamma=0.5),
    by_number(schedules.exponential),
    lr=[k.positive],
    gamma=[k.positive],
)
entry(
    "schedules.inverse_time",
    dict(lr=0.1, k=0.5),
    by_number(schedules.inverse_time),
    lr=[k.positive],
    k=[k.positive],
)
for eta in (schedules.linear, schedules.cosine):
    entry(
        f"schedules.{eta.__name__}",
        dict(lr=0.1, t_max=5, lr_min=0.0),
        by_number(eta),
        lr=[k.positive],
        t_max=[k.positive],
        lr_min=[k.not_negative],
    )
entry(
    "schedules.warm_up",
    dict(schedule=flat, steps=5),
    by_number(schedules.warm_up),
    schedule=FUNCTION,
    steps=[k.positive],
)
entry(
    "schedules.chain",
    dict(first=flat, steps=5, second=flat),
    by_number(schedules.chain),
    first=FUNCTION,
    steps=[k.positive],
    second=FUNCTION,
)
