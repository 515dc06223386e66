"""Networks, optimizers, training, the gradient check: what changes parameters."""

import inspect

import numpy as np

from dlcore import alignment, backend, gradcheck, optimizers, training
from dlcore.backend import namespace
from dlcore.compiled import CompiledSteps
from dlcore.distributed import Workers
from dlcore.early_stopping import ReduceOnPlateau
from dlcore.history import History
from dlcore.images import Conv2d, Flatten, Unflatten
from dlcore.layers import Activation, Linear
from dlcore.learned_activations import ACON
from dlcore.losses import MeanSquaredError, SoftmaxCrossEntropy
from dlcore.network import MLP, Network
from dlcore.noise import Dropout, GaussianNoise
from dlcore.normalization import BatchNorm
from dlcore.regularizers import L2, MaxNorm

from . import kinds as k
from .refusal import array, entry, integers, kinds_of

# ------------------------------------------------------------------ constructors

entry(
    "network.Network",
    dict(a=Linear(2, 3), b=Linear(3, 1)),
    lambda a, b: Network(a, b),
    b=[k.values(None, "tanh", Linear, np.ones(3), Linear(4, 1), Flatten(2, 2, 2))],
)
entry(
    "network.Network",
    dict(n=2),
    lambda n: Network(*[Linear(2, 2), Dropout(0.5)][:n]),
    n=[k.values(0, name="no_layers")],
)
entry(
    "network.Network",
    dict(layer=ACON(2)),
    lambda layer: Network(layer),
    layer=[k.values(Activation("tanh"), Dropout(0.1), name="no_parameters")],
)


def twice(layer, times):
    return Network(*[layer] * times)


for layer in (Linear(2, 2), BatchNorm(2), ACON(2)):
    entry(
        "network.Network", dict(layer=layer, times=1), twice, times=[k.values(2, 3, name="reused")]
    )
for model in (MLP, lambda sizes, **settings: Network(Linear(*sizes), **settings)):
    entry(
        "network.MLP" if model is MLP else "network.Network",
        dict(sizes=[2, 1], seed=0, copies=2),
        model,
        seed=[k.seed, k.values(None, [1], [1, 2, 3], [1, -2], [0, "1"])],
        copies=[k.size],
        owner="Network",
    )
    entry(
        "network.MLP" if model is MLP else "network.Network",
        dict(sizes=[2, 1], seed=0, dtype="float64"),
        model,
        owner="Network",
        seed=[k.seed],
    )
    entry(
        "network.MLP" if model is MLP else "network.Network",
        dict(sizes=[2, 1], dtype="float64"),
        model,
        owner="dtype",
        dtype=[k.values("float16", "double", "", None, float, np.float16, 64)],
    )
entry(
    "network.MLP",
    dict(sizes=[2, 3, 1]),
    MLP,
    owner="",
    sizes=[
        k.values(
            2,
            "231",
            None,
            [2],
            [],
            [2, 0],
            [2, 1.5],
            [2, "1"],
            [2, True],
            [2, -1, 1],
            [2, None],
            2.5,
            {},
        )
    ],
)
entry(
    "network.MLP",
    dict(sizes=[2, 1], activation="relu"),
    MLP,
    owner="activation",
    activation=[k.unknown, k.values(None)],
)
entry(
    "network.MLP",
    dict(sizes=[2, 1], init="he"),
    MLP,
    owner="init",
    init=[k.values("nonsense", "", 3, None)],
)

# ------------------------------------------------------------------ arrays


def noisy(where, dtype="float32", copies=None):
    """A network with all that may change by mistake: random states and running statistics."""
    net = Network(
        GaussianNoise(0.1),
        Dropout(0.2),
        Linear(3, 4),
        BatchNorm(4),
        Activation("tanh"),
        Dropout(0.5),
        Linear(4, 2),
        copies=copies,
        dtype=dtype,
    )
    return net.to(where)


def _batch(where, copies=None):
    return dict(net=noisy(where, copies=copies), x=array(where, 5, 3, dtype="float32"))


X = [*k.kind, k.lower_rank, k.other_last]
Y = [
    k.not_an_array,
    k.complex_numbers,
    k.other_library,
    k.other_device,
    k.lower_rank,
    k.higher_rank,
    k.other_last,
    k.other_rows,
]
for train in (False, True):
    entry(
        "network.Network.forward",
        lambda where, train=train: _batch(where) | dict(train=train),
        lambda net, x, train: net.forward(x, train),
        owner="",
        x=X + [k.single_row] * train,
    )
    entry(
        "network.Network.forward",
        lambda where, train=train: dict(
            net=noisy(where, copies=3), x=array(where, 3, 5, 3, dtype="float32"), train=train
        ),
        lambda net, x, train: net.forward(x, train),
        owner="",
        x=[*k.kind, k.other_last, k.other_rows],
    )
DATA = [k.not_numbers, k.complex_numbers, k.other_library, k.other_device]
for method in ("__call__", "predict", "predict_proba", "convert"):
    shapes = [] if method == "convert" else [k.lower_rank, k.other_last]
    entry(
        f"network.Network.{method}",
        _batch,
        lambda net, x, method=method: getattr(net, method)(x),
        owner="",
        x=DATA + shapes,
    )
    entry(
        f"network.Network.{method}",
        lambda where: dict(net=MLP([3, 2]).to(where), x=array(where, 5, 3, dtype="float32")),
        lambda net, x, method=method: getattr(net, method)(x),
        owner="MLP([3, 2]",
        x=DATA,
    )
for method in ("predict", "predict_proba"):
    entry(
        f"network.Network.{method}",
        lambda where: _batch(where) | dict(batch_size=2),
        lambda net, x, batch_size, method=method: getattr(net, method)(x, batch_size),
        owner="Network",
        batch_size=[k.whole],
    )
entry(
    "network.Network.freeze",
    lambda where: dict(net=noisy(where), l=0),
    lambda net, l: net.freeze(2, l),
    owner="Network",
    l=[k.values(7, -1, 0.5, "0", None, True)],
)


def _pictures(where):
    net = Network(
        Dropout(0.1), Unflatten(1, 4, 4), Conv2d(1, 2, 3), Flatten(2, 2, 2), Linear(8, 2)
    ).to(where)
    return dict(net=net, x=array(where, 5, 16, dtype="float32"))


entry("network.Network.forward", _pictures, lambda net, x: net.forward(x, True), owner="", x=X)


def _step(where, copies=None):
    return _batch(where, copies) | dict(
        loss=MeanSquaredError(), y=array(where, 5, 2, dtype="float32"), theta=None
    )


def gradient(net, loss, x, y, theta):
    return net.gradient(loss, x, y, theta)


entry("network.Network.gradient", _step, gradient, owner="", x=X + [k.single_row], y=Y)
entry(
    "network.Network.value_and_gradient",
    _step,
    lambda net, loss, x, y, theta: net.value_and_gradient(loss, x, y, theta),
    owner="",
    x=X + [k.single_row],
    y=Y,
)
entry(
    "network.Network.gradient",
    lambda where: _step(where, copies=2),
    gradient,
    owner="",
    x=X + [k.single_row],
    y=Y,
)
entry(
    "network.Network.gradient",
    lambda where: (step := _step(where)) | dict(theta=step["net"].theta + 0),
    gradient,
    owner="",
    theta=[k.not_an_array_or_none, k.other_dtype, k.other_library, k.other_device, k.other_last],
)
entry(
    "network.Network.gradient",
    lambda where: _step(where) | dict(loss=SoftmaxCrossEntropy(), y=integers(where, 0, 1, 0, 1, 0)),
    gradient,
    owner="SoftmaxCrossEntropy",
    y=[k.half_labels, k.other_rows, k.column],
)


def _backward(where):
    batch = _batch(where)
    return dict(
        net=batch["net"],
        g=array(where, 5, 2, dtype="float32"),
        caches=batch["net"].forward(batch["x"], True)[1],
    )


entry(
    "network.Network.backward",
    _backward,
    lambda net, g, caches: net.backward(g, caches),
    owner="",
    g=[*k.kind, k.lower_rank, k.other_last, k.other_rows],
    caches=[k.values(None, [], [None])],
)
entry(
    "network.Network.unflatten",
    lambda where: dict(net=MLP([2, 1]).to(where), theta=array(where, 3, dtype="float32")),
    lambda net, theta: net.unflatten(theta),
    owner="MLP",
    theta=[*k.kind, k.other_last],
)


def _unflat(where):
    net = MLP([2, 3]).to(where)
    return dict(net=net, W=array(where, 3, 2, dtype="float32"), b=net.params[0][1])


entry(
    "network.Network.flatten",
    _unflat,
    lambda net, W, b: net.flatten([[W, b]]),
    owner="MLP",
    W=[*k.kind, k.lower_rank, k.other_last, k.other_rows],
)
entry(
    "network.Network.flatten",
    dict(net=MLP([2, 1]), arrays=MLP([2, 1]).params),
    lambda net, arrays: net.flatten(arrays),
    owner="MLP",
    arrays=[k.values(None, [], [[]], [1, 2], "ab")],
)
entry(
    "network.Network.to",
    dict(net=MLP([2, 1]), where="numpy", dtype="float64"),
    lambda net, where, dtype: net.to(where, dtype),
    owner="",
    where=[k.values("gpu", "", None, 3, ["numpy"])],
    dtype=[k.values("float16", "int32", 64, float)],
)
entry(
    "network.Network.__getitem__",
    lambda where: dict(net=MLP([2, 1], copies=2).to(where), e=0),
    lambda net, e: net[e],
    owner="MLP",
    e=[k.values(2, -3, 0.5, "0", None, True)],
)
entry(
    "network.Network.__getitem__",
    dict(net=MLP([2, 1]), e=None),
    lambda net, e: net[e] if e is not None else net,
    owner="MLP",
    e=[k.values(0, 1, name="no_stack")],
)
entry(
    "network.Network.update_buffers",
    lambda where: dict(
        net=noisy(where), caches=noisy(where).forward(array(where, 5, 3, dtype="float32"), True)[1]
    ),
    lambda net, caches: net.update_buffers(caches),
    owner="Network",
    caches=[k.values(None, [], [None])],
)
entry(
    "backend.prototype",
    dict(where="numpy", dtype="float64"),
    backend.prototype,
    owner="",
    where=[k.values("gpu", "", None, 3, ["numpy"])],
    dtype=[k.values("float16", "int32", 64, float, None)],
)
entry(
    "backend.namespace",
    lambda where: dict(x=array(where, 2)),
    backend.namespace,
    x=[k.not_an_array],
)

# ------------------------------------------------------------------ optimizers

SETTINGS = dict(
    mu=[k.below_one],
    rho=[k.below_one],
    beta1=[k.below_one],
    beta2=[k.below_one],
    eps=[k.not_negative],
    decay=[k.not_negative],
    psi=[k.not_negative],
)
SHARED = {"self", "theta", "lr", "capturable", "n_weights"}
KEYWORDS = inspect.Parameter.VAR_KEYWORD  # handed on to the base class
RATES = [k.positive, k.rates]


def _settings(optimizer):
    """The names of its own settings; a new one needs a line in SETTINGS."""
    signatures = [inspect.signature(c.__init__).parameters for c in optimizer.__mro__[:-1]]
    own = [
        p.name for parameters in signatures for p in parameters.values() if p.kind is not KEYWORDS
    ]
    return set(own) - SHARED


def _stack_rates(where):
    return dict(theta=array(where, 2, 3), lr=array(where, 2, 1))


for optimizer in kinds_of(optimizers.Optimizer):
    name = optimizer.__name__
    entry(
        f"optimizers.{name}",
        lambda where: dict(theta=array(where, 3), lr=0.1, capturable=False),
        optimizer,
        theta=[*k.floats, k.scalar],
        lr=[k.positive],
        capturable=[k.boolean],
    )
    entry(f"optimizers.{name}", _stack_rates, optimizer, lr=[k.rates, k.other_dtype_but_float])
    for setting in sorted(_settings(optimizer)):
        entry(
            f"optimizers.{name}",
            lambda where, setting=setting: dict(theta=array(where, 3), **{setting: 0.5}),
            optimizer,
            only=["numpy"],
            **{setting: SETTINGS[setting]},
        )

    def started(where, optimizer=optimizer):
        optimizer = optimizer(array(where, 3), lr=0.1)
        optimizer.step(array(where, 3))
        return dict(optimizer=optimizer, g=array(where, 3))

    entry(
        f"optimizers.{name}.step",
        started,
        lambda optimizer, g: optimizer.step(g),
        owner=name,
        g=[*k.kind, k.scalar, k.column, k.other_last],
    )
entry(
    "optimizers.AdamW",
    lambda where: _stack_rates(where) | dict(decay=array(where, 2, 1)),
    optimizers.AdamW,
    decay=[k.rates],
)
entry(
    "optimizers.AdamW",
    dict(theta=np.ones(3), n_weights=2),
    optimizers.AdamW,
    n_weights=[k.count, k.values(4)][1:] + [k.values("2", True, 1.5, -1)],
)
for clip in (optimizers.clip_norm, optimizers.clip_value):
    entry(
        f"optimizers.{clip.__name__}",
        lambda where: dict(g=array(where, 3), c=0.5),
        clip,
        g=k.floats,
        c=[k.positive],
    )

# ------------------------------------------------------------------ fit

KEEP = dict(epochs=2, batch_size=2, seed=0, progress=False)


def _fit(where, **more):
    net = noisy(where)
    return dict(
        net=net,
        loss=MeanSquaredError(),
        optimizer=optimizers.Adam(net.theta),
        X=array(where, 6, 3),
        y=array(where, 6, 2),
        **KEEP,
        **more,
    )


def fit(net, loss, optimizer, X, y, **settings):
    return training.fit(net, loss, optimizer, X, y, **settings)


NOT_NUMBERS = k.values("x", [["a", "b"]], {}, name="not_numbers")  # None is a default
OF_STEPS = ("net", "loss", "optimizer")
OWNERS = "fit|Linear|BatchNorm|MeanSquaredError|SoftmaxCrossEntropy"
entry(
    "training.fit",
    _fit,
    fit,
    net=[k.values(None, "net")],
    loss=[k.values(None, "mse", MeanSquaredError)],
    optimizer=[k.values(None, "adam", optimizers.Adam, optimizers.Adam(np.ones(3)))],
    epochs=[k.whole],
    batch_size=[k.size],
    seed=[k.seed],
    progress=[k.boolean],
)
entry(
    "training.fit",
    _fit,
    fit,
    owner=OWNERS,
    X=[*k.numbers, k.lower_rank, k.other_last, k.other_rows, k.empty],
    y=[*k.numbers, k.lower_rank, k.higher_rank, k.other_last, k.other_rows, k.empty],
)
entry(
    "training.fit",
    lambda where: (
        _fit(where) | dict(loss=SoftmaxCrossEntropy(), y=integers(where, 0, 1, 1, 0, 1, 0))
    ),
    fit,
    owner=OWNERS,
    y=[k.labels_below(2), k.half_labels, k.column, k.other_rows],
)
entry(
    "training.fit",
    lambda where: _fit(
        where, penalty=L2(0.1), constraint=MaxNorm(1.0), clip=1.0, callback=lambda epoch, history: 1
    ),
    fit,
    penalty=[k.values("L2", 0.1, L2)],
    constraint=[k.values("max", 0.1)],
    clip=[k.values("1", True, k.NAN, k.INF, 0, -1)],
    callback=[k.values("print", 1)],
)
entry(
    "training.fit",
    lambda where: _fit(where, weights=np.arange(6.0), drop_last=True),
    fit,
    owner=OWNERS,
    weights=[NOT_NUMBERS, *k.numbers[1:], k.other_rows, k.column, k.negative],
    drop_last=[k.boolean],
    batch_size=[k.values(7, 100)],
)
entry(
    "training.fit",
    lambda where: _fit(
        where, validation=(array(where, 4, 3), array(where, 4, 2)), patience=2, min_delta=0.1
    ),
    fit,
    patience=[k.values("1", True, k.NAN, 0, -1, 0.5)],
    min_delta=[k.not_negative],
    validation=[k.values(None, 1, (), (np.ones((4, 3)),), (1, 2, 3, 4))],
)


entry(
    "training.fit",
    lambda where: _fit(where, compiled=False),
    fit,
    compiled=[k.values("yes", 0, -1, 0.5, k.NAN, [])],
)
entry(
    "compiled.CompiledSteps",
    lambda where: {name: v for name, v in _fit(where).items() if name in OF_STEPS} | {"k": 2},
    CompiledSteps,
    only=["torch"],
    net=[k.values(None, "net", MLP([3, 2]))],
    loss=[k.values(None, "mse", MeanSquaredError)],
    optimizer=[k.values(None, "adam", optimizers.Adam, optimizers.Adam(np.ones(3)))],
    k=[k.count, k.values(0)],
)


def largest(y_hat, y):
    return namespace(y_hat).max(y_hat)


entry(
    "training.fit",
    lambda where: _fit(where, metrics={"largest": largest}, monitor="largest"),
    fit,
    metrics=[k.values("accuracy", 1, {"loss": largest}, {1: largest}, {"a": 1})],
    monitor=[k.values("nonsense", "", 3, None, largest)],
)


def with_validation(VX, Vy, **arguments):
    return fit(**arguments, validation=(VX, Vy))


entry(
    "training.fit",
    lambda where: _fit(where) | dict(VX=array(where, 4, 3), Vy=array(where, 4, 2)),
    with_validation,
    owner=OWNERS,
    VX=[*k.numbers, k.lower_rank, k.other_last, k.other_rows, k.empty],
    Vy=[*k.numbers, k.lower_rank, k.other_last, k.other_rows],
)


entry(
    "training.fit",
    lambda where: _fit(where, workers=None),
    fit,
    workers=[k.values(2, "gloo", True, Workers)],
)


def last_batch(N, X, y, **arguments):
    return fit(X=X[:N], y=y[:N], **arguments)


entry(
    "training.fit",
    lambda where: _fit(where) | dict(N=6),
    last_batch,
    owner=OWNERS,
    N=[k.values(5, 3, name="last_batch_of_one")],
)
entry(
    "training.minibatches",
    dict(N=5, batch_size=2, rng=np.random.default_rng(0)),
    training.minibatches,
    N=[k.whole],
    batch_size=[k.whole],
    rng=[k.values(None, 0, "x")],
)
entry(
    "training.minibatches",
    dict(N=5, batch_size=2, rng=np.random.default_rng(0), drop_last=True),
    training.minibatches,
    batch_size=[k.values(6, 100)],
    drop_last=[k.boolean],
)


def plateau(history, **settings):
    return ReduceOnPlateau(**settings)(1, history)


PLATEAU = dict(factor=0.5, patience=5, monitor="loss")


def _plateau(where):
    history = History()
    history.loss.append(1.0)
    net = MLP([2, 1]).to(where)
    return dict(history=history, optimizer=optimizers.Adam(net.theta), **PLATEAU)


entry(
    "early_stopping.ReduceOnPlateau",
    _plateau,
    plateau,
    optimizer=[k.values(None, "adam", optimizers.Adam, optimizers.Adam(np.ones(3), lr=abs))],
    factor=[k.positive, k.values(1, 1.5)],
    patience=[k.whole],
)
entry(
    "early_stopping.ReduceOnPlateau.__call__",
    _plateau,
    plateau,
    owner="fit",
    monitor=[k.values("nonsense", "", 3, None)],
)

# ------------------------------------------------------------------ the gradient check


def _check(where):
    theta = array(where, 3)
    return dict(
        J=lambda: (theta * theta).sum(), theta=theta, grad=2 * theta, seed=0, eps=1e-5, directions=3
    )


def raises():
    raise ValueError("J: expected nothing, got called")


entry(
    "gradcheck.numerical_gradient",
    _check,
    lambda J, theta, eps, **rest: gradcheck.numerical_gradient(J, theta, eps),
    owner="numerical_gradient|J",
    J=[k.values(None, 1.0, raises, lambda: "x", lambda: np.ones(3), name="J")],
    theta=[k.not_an_array, k.other_dtype],
    eps=[k.positive],
)
entry(
    "gradcheck.directional_error",
    _check,
    gradcheck_directional := (
        lambda J, theta, grad, **rest: gradcheck.directional_error(J, theta, grad, **rest)
    ),
    owner="directional_error|J",
    J=[k.values(None, 1.0, raises, lambda: "x", lambda: np.ones(3), name="J")],
    theta=[k.not_an_array, k.other_dtype],
    eps=[k.positive],
    directions=[k.whole],
    seed=[k.seed],
    grad=[*k.kind, k.other_last, k.column],
)

# ------------------------------------------------------------------ feedback alignment


def _alignment(where):
    net = Network(Dropout(0.1), Linear(3, 4), BatchNorm(4), Linear(4, 2)).to(where)
    return dict(
        net=net,
        loss=MeanSquaredError(),
        B=array(where, 2, 4, dtype="float32"),
        x=array(where, 5, 3, dtype="float32"),
        y=array(where, 5, 2, dtype="float32"),
    )


def _feedback(net, B):
    W = alignment.random_feedback(net)
    return [None, W[1], None, B]


entry(
    "alignment.random_feedback",
    dict(net=MLP([2, 3, 1]), seed=0, init="he"),
    alignment.random_feedback,
    net=[k.values(None, "net")],
    seed=[k.seed],
)
entry(
    "alignment.random_feedback",
    dict(net=MLP([2, 3, 1]), seed=0, init="he"),
    alignment.random_feedback,
    owner="init",
    init=[k.values("nonsense", 3)],
)
entry(
    "alignment.alignment_gradient",
    _alignment,
    lambda net, loss, B, x, y: alignment.alignment_gradient(net, _feedback(net, B), loss, x, y),
    owner="feedback|MeanSquaredError|Network|Linear|BatchNorm",
    B=[*k.kind, k.lower_rank, k.other_last, k.other_rows],
    x=[*X, k.single_row],
    y=Y,
)
entry(
    "alignment.alignment_gradient",
    lambda where: _alignment(where) | dict(feedback=None),
    lambda net, loss, B, x, y, feedback: alignment.alignment_gradient(
        net, feedback if feedback is not None else _feedback(net, B), loss, x, y
    ),
    owner="feedback",
    feedback=[k.values(3, "ab", [], [None], [None] * 4)],
)
entry(
    "alignment.alignment_angles",
    _alignment,
    lambda net, B, **rest: alignment.alignment_angles(net, _feedback(net, B)),
    owner="feedback",
    B=[*k.kind, k.lower_rank, k.other_last, k.other_rows],
)
entry(
    "alignment.angle",
    lambda where: dict(u=array(where, 3), v=array(where, 3)),
    alignment.angle,
    u=[*k.kind, k.scalar, k.other_last],
    v=[*k.kind, k.scalar, k.other_last, k.column],
)
