"""Layers, networks, training, optimizers, and the two ways to check and find derivatives."""

import copy

import numpy as np
import torch
import torch.nn.functional as F

from dlcore import (
    attention,
    embedding,
    gradcheck,
    graph,
    images,
    layers,
    network,
    noise,
    normalization,
    optimizers,
    recurrent,
    training,
)
from dlcore.backend import asarray, namespace, to_numpy
from tests import (
    test_attention,
    test_embedding,
    test_gradcheck,
    test_graph,
    test_images,
    test_layers,
    test_normalization,
    test_optimizers,
    test_recurrent,
    test_training,
)
from tests.formulas.record import FAR, alone, both, cut_to_two, integers, torchs, value
from tests.reference import tensor

rng = np.random.default_rng(0)
FORMULAS = []

# ---------------------------------------------------------------- layers, normalization, noise


def through(layer, train=False, buffers=()):
    """The layer as a function of x and its parameters; in training its new buffers, too."""

    def ours(x, *params):
        here = copy.deepcopy(layer)  # with the random state of a new one
        y, cache = here.forward(params, x, train, [asarray(b, x) for b in buffers])
        new = here.new_buffers(cache) if train else []
        return (y, *new), lambda g: [
            here.input_grad(params, cache, g),
            *here.param_grad(params, cache, g),
        ]

    return ours


def drawn(layer, seed=1):
    draw = np.random.default_rng(seed)
    return [draw.standard_normal(p.shape) for p in layer.parameters()]


def layer_row(layer, against, theirs, *inputs, name=None, **options):
    return both(
        type(layer), name or repr(layer), against, through(layer, **options), theirs, *inputs
    )


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
    return both(
        type(layer),
        f"{name}, {'training' if train else 'evaluation'}",
        f"torch `{words}`",
        through(layer, train, running),
        of_torch,
        x,
        *drawn(layer),
    )


NORMALIZATIONS = {
    **test_normalization.CASES,
    "batch, one feature constant, one ±1e4": (
        lambda: normalization.BatchNorm(4),
        lambda: torch.nn.BatchNorm1d(4),
        test_normalization.ROWS * [0.0, 1e4, 1.0, 1.0],
    ),
    "layer, ±1e4": (
        lambda: normalization.LayerNorm(4),
        lambda: torch.nn.LayerNorm(4),
        test_normalization.ROWS * 1e4,
    ),
}


def mask(x):
    return tensor(np.random.default_rng(0).random(x.shape) >= 0.3)


def gauss(x):
    return tensor(np.random.default_rng(0).standard_normal(x.shape))


FORMULAS += [
    layer_row(
        LINEAR, "torch `linear`", lambda x, W, b: F.linear(x, W, b[0]), FEATURES, *drawn(LINEAR)
    ),
    layer_row(layers.Activation("tanh"), "torch `tanh`", torch.tanh, FEATURES),
    *[
        layer_row(layer, torchs(theirs), theirs, FEATURES, *params)
        for layer, params, theirs in test_layers.CASES.values()
    ],
    *[
        normalization_row(key, *case, train)
        for key, case in NORMALIZATIONS.items()
        for train in (True, False)
    ],
    layer_row(
        noise.Dropout(0.3),
        "torch, with the same mask",
        lambda x: x * mask(x) / 0.7,
        FEATURES,
        name="Dropout(0.3), training",
        train=True,
    ),
    layer_row(
        noise.Dropout(0.3),
        "torch `dropout`",
        lambda x: F.dropout(x, 0.3, training=False),
        FEATURES,
        name="Dropout(0.3), evaluation",
    ),
    layer_row(
        noise.GaussianNoise(0.3),
        "torch, with the same noise",
        lambda x: x + 0.3 * gauss(x),
        FEATURES,
        name="GaussianNoise(0.3), training",
        train=True,
    ),
    layer_row(
        noise.GaussianNoise(0.3),
        "torch `clone`",
        torch.clone,
        FEATURES,
        name="GaussianNoise(0.3), evaluation",
    ),
]

# ---------------------------------------------------------------- images

X, TIES = test_images.X, test_images.TIES
POOL = images.MaxPool2d((3, 2), (2, 3))
C, H, W = X.shape[1:]


def convolution_row(options):
    layer = images.Conv2d(C, test_images.K, **options)
    rest = {k: v for k, v in options.items() if k != "kernel"}
    return layer_row(
        layer, "torch `conv2d`", lambda x, W, b: F.conv2d(x, W, b[0], **rest), X, *drawn(layer)
    )


def pool_row(make, theirs, kernel, stride, x, what):
    layer = make(kernel, stride)
    return layer_row(
        layer,
        f"torch `{theirs.__name__}`",
        lambda x: theirs(x, kernel, stride),
        x,
        name=f"{layer}{what}",
    )


def max_pool2d(x, kernel, stride):
    return F.max_pool2d(x, kernel, stride)


def unfolded(x):
    seen = F.unfold(x, POOL.kernel, stride=POOL.stride).reshape(len(x), C, 6, -1)
    return seen.permute(2, 0, 1, 3).reshape(6, len(x), C, 3, 2)


def folded(parts):
    flat = parts.permute(1, 2, 0, 3, 4).reshape(len(X), C * 6, -1)
    return F.fold(flat, (H, W), POOL.kernel, stride=POOL.stride)


FORMULAS += [
    *[convolution_row(options) for options in test_images.CONV.values()],
    *[
        pool_row(images.MaxPool2d, max_pool2d, *size, x, what)
        for size in test_images.POOL.values()
        for x, what in ((X, ""), (TIES, ", ties"))
    ],
    *[pool_row(images.AvgPool2d, F.avg_pool2d, *size, X, "") for size in test_images.POOL.values()],
    layer_row(images.Flatten(C, H, W), "torch `flatten`", lambda x: x.flatten(1), X),
    layer_row(
        images.Unflatten(C, H, W),
        "torch `unflatten`",
        lambda x: x.unflatten(1, (C, H, W)),
        X.reshape(len(X), -1),
    ),
    value(
        images.MaxPool2d.windows,
        "windows",
        "torch `unfold`",
        lambda x: namespace(x).stack(POOL.windows(x)),
        unfolded,
        X,
    ),
    value(
        images.MaxPool2d.add_windows,
        "add_windows",
        "torch `fold`",
        lambda parts: POOL.add_windows(list(parts), X.shape[-2:]),
        folded,
        rng.standard_normal((6, *X.shape[:2], 3, 2)),
    ),
]

# ---------------------------------------------------------------- sequences and text


def attention_row(key, arrays, causal):
    def ours(Q, K, V):
        Y, A = attention.attend(Q, K, V, causal)
        return Y, lambda g: attention.attend_grad(Q, K, V, A, g)

    return both(
        (attention.attend, attention.attend_grad),
        f"attend{', causal' if causal else ''}, {key}",
        "torch `scaled_dot_product_attention`",
        ours,
        lambda *a: F.scaled_dot_product_attention(*a, is_causal=causal),
        *arrays,
    )


def embedding_row(key, tokens):
    layer = embedding.Embedding(test_embedding.K, test_embedding.n)

    def ours(W):
        y, cache = layer.forward([W], integers(tokens, W))
        return y, lambda g: layer.param_grad([W], cache, g)

    name, (W,) = f"{layer}, {key}", drawn(layer)
    return both(
        type(layer), name, "torch `embedding`", ours, lambda W: test_embedding.vectors(tokens, W), W
    )


def position_row(layer):
    learned, T = layer.kind == "learned", test_embedding.T
    waves = test_embedding.waves(layer.n_in, layer.length)
    return layer_row(
        layer,
        "torch, x + p" if learned else "the paper's formula",
        lambda x, p=waves: x + p[..., :T],
        test_embedding.X,
        *drawn(layer),
        name=f"{layer}, {T} steps",
        buffers=[a for _, a in layer.buffers()],
    )


RECURRENT = recurrent.Recurrent(test_recurrent.D, test_recurrent.M)
DOWN = np.random.default_rng(6).standard_normal((3, test_recurrent.M, 1, test_recurrent.T))


def delta(x, *params):
    _, cache = RECURRENT.forward(params, x)
    return RECURRENT.delta(params, cache, asarray(DOWN, x))


def delta_of_torch(x, W, U, b):
    """∂J/∂(W xₜ + U hₜ₋₁ + b), as the derivative by zeros that are added there."""
    more = torch.zeros(3, test_recurrent.T, test_recurrent.M, dtype=x.dtype, requires_grad=True)
    h, J = torch.zeros(3, test_recurrent.M, dtype=x.dtype), 0.0
    for t in range(test_recurrent.T):
        h = torch.tanh(x[:, :, 0, t] @ W.T + h @ U.T + b + more[:, t])
        J = J + (h * tensor(DOWN)[:, :, 0, t]).sum()
    return torch.autograd.grad(J, more)[0]


FORMULAS += [
    *[
        layer_row(
            RECURRENT,
            "torch `RNN`",
            test_recurrent.rnn,
            x,
            *drawn(RECURRENT),
            name=f"{RECURRENT}, {key}",
        )
        for key, x in test_recurrent.CASES.items()
    ],
    value(
        recurrent.Recurrent.delta,
        "Recurrent.delta",
        "torch's autograd of the steps",
        delta,
        delta_of_torch,
        test_recurrent.X,
        *drawn(RECURRENT),
    ),
    layer_row(recurrent.Last(), "torch, x[…, −1]", lambda x: x[:, :, 0, -1], test_recurrent.X),
    *[
        attention_row(key, arrays, causal)
        for key, arrays in test_attention.QUERIES.items()
        for causal in (False, True)
    ],
    *[
        layer_row(
            layer,
            "torch `MultiheadAttention`",
            test_attention.of_torch(layer),
            x,
            *drawn(layer),
            name=f"{layer}, {key}",
        )
        for key, (layer, x) in test_attention.LAYERS.items()
    ],
    *[embedding_row(key, tokens) for key, tokens in test_embedding.TEXTS.items()],
    *map(position_row, test_embedding.PLACES.values()),
    alone(
        embedding.Positions.waves,
        "Positions(7, 50, 'sinusoidal').waves",
        "the paper's formula",
        embedding.Positions(7, 50, "sinusoidal").waves,
        lambda: test_embedding.waves(7, 50),
    ),
]

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
    return torch.nn.Sequential(
        torch.nn.Linear(4, 6), h(), torch.nn.Linear(6, 5), h(), torch.nn.Linear(5, 3)
    )


CONVOLUTIONAL = torch.nn.Sequential(
    torch.nn.Unflatten(1, (1, 6, 5)),
    torch.nn.Conv2d(1, 3, 3, padding=1),
    torch.nn.Tanh(),
    torch.nn.MaxPool2d(2),
    torch.nn.Conv2d(3, 2, 2, padding=1),
    torch.nn.AvgPool2d((2, 3)),
    torch.nn.Flatten(),
    torch.nn.Linear(4, 3),
)


def trained(theta):
    net = test_training.mlp(theta)
    net.theta[...] = theta
    history = test_training.train(net, optimizer=optimizers.Momentum, seed=3)
    return history.loss, net.theta


FORMULAS += [
    network_row(
        network.MLP, "MLP([4, 6, 5, 3], 'tanh')", mlp("tanh"), mlp_of_torch(torch.nn.Tanh), FEATURES
    ),
    network_row(
        network.MLP,
        "MLP([4, 6, 5, 3], 'relu'), 2 rows",
        mlp("relu"),
        mlp_of_torch(torch.nn.ReLU),
        FAR,
    ),
    network_row(
        network.Network,
        "Network, BatchNorm in training",
        test_normalization.network(),
        torch.nn.Sequential(
            torch.nn.Linear(4, 6), torch.nn.BatchNorm1d(6), torch.nn.Tanh(), torch.nn.Linear(6, 3)
        ),
        test_normalization.ROWS,
    ),
    network_row(
        network.Network,
        "Network, convolutional",
        test_images.network(),
        CONVOLUTIONAL,
        test_images.ROWS,
    ),
    value(
        training.fit,
        "fit: 8 epochs of minibatches",
        "torch `SGD`",
        trained,
        lambda theta: test_training.loop_of_torch(theta.numpy()),
        test_training.mlp(np.zeros(0)).theta,
    ),
]

# ---------------------------------------------------------------- optimizers

GRADIENTS = test_optimizers.GRADIENTS


def path_row(ours, options, theirs, their_options):
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
    return value(
        ours, name, f"torch `{theirs.__name__}`", path, path_of_torch, test_optimizers.START
    )


LONG, SHORT, ZERO = 100 * FAR, 1e-7 * FAR, 0 * FAR
FORMULAS += [
    *[path_row(*case) for case in test_optimizers.CASES.values()],
    value(
        optimizers.clip_norm,
        "clip_norm(c=2)",
        "torch `normalize`",
        lambda *g: tuple(optimizers.clip_norm(v, 2.0) for v in g),
        cut_to_two,
        LONG,
        SHORT,
        ZERO,
    ),
    value(
        optimizers.clip_value,
        "clip_value(c=2)",
        "torch `clamp`",
        lambda *g: tuple(optimizers.clip_value(v, 2.0) for v in g),
        lambda *g: tuple(v.clamp(-2, 2) for v in g),
        LONG,
        SHORT,
        ZERO,
    ),
]

# ---------------------------------------------------------------- gradcheck, graph


def quartic_of_torch(theta):
    theta = theta.detach().requires_grad_()
    a = tensor(test_gradcheck.A @ test_gradcheck.A.T)
    return torch.autograd.grad(0.5 * (theta @ (a @ theta)) ** 2, theta)[0]


WRONG = [1.0, 1.001, 2.0, -1.0]


def numerical(theta):
    J, theta, _ = test_gradcheck.quartic(theta)
    return gradcheck.numerical_gradient(J, theta)


def errors(theta):
    J, theta, grad = test_gradcheck.quartic(theta)
    return [gradcheck.directional_error(J, theta, f * grad) for f in WRONG]


def node_row(key, ours, theirs, points, op):
    """An operation of the graph at all its points; both modes are compared with torch."""
    points = np.array(points, dtype=float).reshape(len(points), -1).T
    of = {
        "abs": "__abs__",
        "−x": "__neg__",
        "+": "__add__",
        "−": "__sub__",
        "×": "__mul__",
        "/": "__truediv__",
        "max": "maximum",
        "min": "minimum",
    }
    name = of.get(key) or of.get(op) or ("__pow__" if op.startswith("**") else op)

    def evaluate(*inputs):
        graphs = [[graph.Node(v) for v in row] for row in zip(*inputs, strict=True)]
        outputs = [ours(*nodes) for nodes in graphs]
        pairs = list(zip(outputs, graphs, strict=True))
        swept = [(graph.reverse_mode(y), nodes) for y, nodes in pairs]
        reverse = [[bar[nodes[i]] for bar, nodes in swept] for i in range(len(inputs))]
        forward = [
            [graph.forward_mode(y, nodes[i])[y] for y, nodes in pairs] for i in range(len(inputs))
        ]
        return [y.value for y in outputs], lambda g: [g * np.array(d) for d in reverse + forward]

    return both(
        getattr(graph.Node, name, None) or getattr(graph, name),
        key,
        torchs(theirs),
        evaluate,
        theirs,
        *points,
        only="numpy",
    )


def big_graph(mode):
    def ours(*values):
        nodes = [graph.Node(float(v)) for v in values]
        y = test_graph.big(*nodes, graph)
        bar = graph.reverse_mode(y)
        slopes = {
            "reverse": [bar[x] for x in nodes],
            "forward": [graph.forward_mode(y, x)[y] for x in nodes],
        }
        return y.value, lambda g: [g * d for d in slopes[mode]]

    return ours


FORMULAS += [
    value(
        gradcheck.numerical_gradient,
        "numerical_gradient",
        "torch's autograd",
        numerical,
        quartic_of_torch,
        test_gradcheck.THETA,
        limit=1e-7,
    ),
    value(
        gradcheck.directional_error,
        "directional_error of f∇J, f = 1, 1.001, 2, −1",
        "|f − 1|/(1 + |f|)",
        errors,
        lambda theta: [abs(f - 1) / (1 + abs(f)) for f in WRONG],
        test_gradcheck.THETA,
        limit=1e-7,
    ),
    *[
        node_row(key, *case)
        for group in (test_graph.UNARY, test_graph.BINARY)
        for key, case in group.items()
    ],
    *[
        both(
            getattr(graph, f"{mode}_mode"),
            f"{mode}_mode, of 40 operations",
            "torch's autograd",
            big_graph(mode),
            lambda *v: test_graph.big(*v, test_graph.Torch),
            *map(np.array, (0.3, -1.2, 2.0)),
            only="numpy",
        )
        for mode in ("forward", "reverse")
    ],
]
