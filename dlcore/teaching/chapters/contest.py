"""Activation functions side by side: the same digits, widths and steps for all of them.

The question is what remains of the digit when it is divided by three.  Each of the three classes
holds digits that look nothing like one another, so that a network without activation functions
does badly (``QUESTIONS`` has a few others).  What differs between contestants is h, the start that
suits it, and the learning rate: each has its own best one of a ladder, found with seeds
(``SCOUTS``) that no comparison uses.
"""

from collections.abc import Callable, Sequence
from functools import cache, partial
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from dlcore.activations import Function, HardTanh, LeakyReLU, Step, activation
from dlcore.backend import namespace
from dlcore.datasets import digits
from dlcore.initializers import ForActivation, Initializer, VarianceScaling, gaussian_mean
from dlcore.layers import Activation, Layer, Linear
from dlcore.losses import SoftmaxCrossEntropy
from dlcore.network import Network
from dlcore.optimizers import Adam, GradientDescent, Optimizer
from dlcore.training import fit

LADDER = (0.001, 0.003, 0.01, 0.03, 0.1)  # of Adam; descent needs a longer one
DESCENT = (0.1, 0.3, 1.0, 3.0, 10.0)
SEEDS, SCOUTS = tuple(range(20)), tuple(range(1000, 1005))
TRAIN, VALID, WIDTH, EPOCHS = 500, 300, 32, 20

# What ``own_rate`` finds with Adam for the contestants of chapter 9, by their hidden layers.
OWN = {
    "identity": {1: 0.003, 3: 0.1, 8: 0.003},
    "sigmoid": {1: 0.03, 3: 0.03, 8: 0.01},
    "tanh": {1: 0.03, 3: 0.01, 8: 0.01},
    "ReLU": {1: 0.03, 3: 0.01, 8: 0.01},
    "leaky ReLU": {1: 0.01, 3: 0.01, 8: 0.01},
    "PReLU": {1: 0.03, 3: 0.01, 8: 0.001},
    "ELU": {1: 0.03, 3: 0.01, 8: 0.003},
    "SELU": {1: 0.03, 3: 0.01, 8: 0.003},
    "softplus": {1: 0.03, 3: 0.03, 8: 0.01},
    "GELU": {1: 0.03, 3: 0.01, 8: 0.01},
    "Swish": {1: 0.03, 3: 0.01, 8: 0.01},
    "Mish": {1: 0.03, 3: 0.01, 8: 0.01},
    "ACON-C": {1: 0.03, 3: 0.01, 8: 0.01},
    "sine": {1: 0.01, 3: 0.01, 8: 0.01},
    "|z|": {1: 0.01, 3: 0.01, 8: 0.003},
}
QUESTIONS: dict[str, Callable] = {
    "remainder": lambda digit: digit % 3,
    "odd": lambda digit: digit % 2,
    "large": lambda digit: (digit >= 5).astype(int),
    "prime": lambda digit: np.isin(digit, [2, 3, 5, 7]).astype(int),
    "digit": lambda digit: digit,
}


class Sine(Function):
    """h(z) = sin ωz,   h'(z) = ω cos ωz."""

    def __init__(self, omega: float = 1.0):
        self.omega = omega

    def value(self, z: Any) -> Any:
        return namespace(z).sin(self.omega * z)

    def deriv(self, z: Any, a: Any) -> Any:
        return self.omega * namespace(z).cos(self.omega * z)


class Absolute(Function):
    """h(z) = |z|,   h'(z) = 1 if z > 0, −1 if z < 0, 0 if z = 0."""

    def value(self, z: Any) -> Any:
        return abs(z)

    def deriv(self, z: Any, a: Any) -> Any:
        return namespace(z).sign(z)


class BorrowedSlope(Step):
    """h(z) = 1 if z > 0 else 0, and in place of h' = 0 the slope of another function:
    1 if −1 < z < 1 else 0.  A straight-through estimator, Bengio, Léonard, Courville 2013,
    arXiv:1308.3432."""

    def deriv(self, z: Any, a: Any) -> Any:
        return HardTanh().deriv(z, a)


class Moved(Function):
    """h(z) = c + s tanh(tz),   h'(z) = s t (1 − tanh² tz).  It is σ(z) for c = s = t = ½."""

    def __init__(self, c: float = 0.0, s: float = 1.0, t: float = 1.0):
        self.c, self.s, self.t = c, s, t

    def value(self, z: Any) -> Any:
        return self.c + self.s * namespace(z).tanh(self.t * z)

    def deriv(self, z: Any, a: Any) -> Any:
        u = (a - self.c) / self.s
        return self.s * self.t * (1.0 - u * u)


class Starting(VarianceScaling):
    """Var(W) = 1/(n_in E[f(z)²]), z ~ N(0, 1), for any f: ``ForActivation`` for learned layers."""

    def __init__(self, f: Callable):
        super().__init__()
        self.second = gaussian_mean(lambda z: f(z) ** 2)

    def variance(self, n_out: int, n_in: int) -> float:
        return 1.0 / (n_in * self.second)


class Result(NamedTuple):
    """What ``train`` returns: the stack, and for each of its networks …"""

    net: Network
    valid: np.ndarray  # the share of right answers in validation, (E,)
    test: np.ndarray  # and in the test, (E,)
    loss: np.ndarray  # the training loss of every epoch, (epochs, E)


def rows(seeds: Sequence[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For every seed its own rows of the digits: for training, validation and test, (E, n)."""
    order = np.stack([np.random.default_rng(seed).permutation(1797) for seed in seeds])
    return order[:, :TRAIN], order[:, TRAIN : TRAIN + VALID], order[:, TRAIN + VALID :]


@cache
def pictures(question: str = "remainder") -> tuple[np.ndarray, np.ndarray]:
    """The digits, X with mean 0 and mean square 1 over all pixels, and the answers y."""
    X, y = digits()
    return ((X - X.mean()) / X.std()).astype("float32"), QUESTIONS[question](y)


def hidden(h: Any, n: int) -> tuple[Layer, Initializer]:
    """The layer of a contestant for n units, and the law of the weights that lead to the next:
    Var(W) = 1/(n E[h(z)²]).  h is a name, a Function, or a class of layers that learn h."""
    if not isinstance(h, type):
        return Activation(h), ForActivation(activation(h))
    layer, one = h(n), h(1)
    start = one.init(np.random.default_rng(0))
    return layer, Starting(lambda z: one.forward(start, z.reshape(-1, 1))[0].reshape(z.shape))


def stack(h: Any, m: int, seeds: Sequence[int], classes: int = 3, larger: float = 1.0) -> Network:
    """A network 64-32-…-32-classes with m hidden layers for every seed, all of them one stack.
    The weights that a hidden layer feeds are ``larger`` times as large as the law says."""
    layers: list[Layer] = []
    init: Any = "lecun"
    for n_in, n_out in pairwise([64, *m * [WIDTH]]):
        layers.append(Linear(n_in, n_out, init))
        layer, init = hidden(h, n_out)
        layers.append(layer)
    layers.append(Linear(WIDTH, classes, init))
    net = Network(*layers, copies=len(seeds), seed=list(seeds))
    for params in net.params[2::2]:
        params[0][...] *= larger
    return net


def train(
    h: Any,
    m: int,
    seeds: Sequence[int],
    rate: Any,
    optimizer: Callable[..., Optimizer] = Adam,
    epochs: int = EPOCHS,
    net: Network | None = None,
    callback: Callable | None = None,
    question: str = "remainder",
    larger: float = 1.0,
) -> Result:
    """Train a stack (or ``net``) on minibatches of 50, each network on the rows of its own seed;
    ``rate`` is one learning rate, or one for every seed."""
    X, y = pictures(question)
    classes = int(y.max()) + 1
    net = stack(h, m, seeds, classes, larger) if net is None else net
    learn, valid, test = rows(seeds)
    lr = np.broadcast_to(np.asarray(rate, dtype="float32"), (len(seeds),)).reshape(-1, 1).copy()
    targets = np.eye(classes, dtype="float32")[y[learn]]
    history = fit(
        net, SoftmaxCrossEntropy(), optimizer(net.theta, lr=lr), X[learn], targets,
        epochs=epochs, batch_size=50, progress=False, callback=callback,
    )  # fmt: skip
    right = [(net(X[part]).argmax(axis=-1) == y[part]).mean(axis=-1) for part in (valid, test)]
    return Result(net, right[0], right[1], np.stack(history.loss))


def own_rate(
    h: Any,
    m: int,
    optimizer: Callable[..., Optimizer] = Adam,
    ladder: Sequence[float] | None = None,
    scouts: Sequence[int] = SCOUTS,
    **setting: Any,
) -> tuple[float, np.ndarray]:
    """The rate of the best mean validation over the scouts, and the means of all rates."""
    ladder = ladder or (LADDER if optimizer is Adam else DESCENT)
    seeds, rates = list(scouts) * len(ladder), np.repeat(ladder, len(scouts))
    valid = train(h, m, seeds, rates, optimizer, **setting).valid
    means = valid.reshape(len(ladder), -1).mean(axis=1)
    return ladder[int(means.argmax())], means


def deaths(
    rate: float, seeds: Sequence[int], leaky: bool = False, epochs: int = 24, calm: float = 0.1
) -> tuple[np.ndarray, np.ndarray]:
    """Which units of a 64-32-32-3 network are dead after epochs 0, 1, …: their sum is positive for
    no training sample.  Plain descent with ReLU: half of the epochs at ``rate``, the other half at
    the rate ``calm``, for which the units may become leaky.

    (dead, test): dead (epochs + 1, 2, E, 32), and the share of right answers in the test, (E,)."""
    X, _ = pictures()
    learn = rows(seeds)[0]
    seen: list[np.ndarray] = []

    def look(net):
        caches = net.forward(X[learn])[1]
        seen.append(np.stack([~(caches[l][0] > 0).any(axis=-2) for l in (1, 3)]))

    net = stack("relu", 2, seeds)
    look(net)
    for h, eta in (("relu", rate), (LeakyReLU(0.01) if leaky else "relu", calm)):
        now = stack(h, 2, seeds)
        now.theta[...] = net.theta
        net = now
        look_on = partial(_after_epoch, look, net)
        result = train(h, 2, seeds, eta, GradientDescent, epochs // 2, net, look_on)
    return np.stack(seen), result.test


def _after_epoch(look, net, epoch, history):
    look(net)


class Composed(Function):
    """h(z) = join(u(z), v(z)) with the derivative by the chain rule: the pieces of a search."""

    unary: dict[str, tuple[Callable, Callable]] = {
        "z": (lambda z: z, np.ones_like),
        "z²": (lambda z: z * z, lambda z: 2 * z),
        "|z|": (np.abs, np.sign),
        "max(0, z)": (lambda z: np.where(z > 0, z, 0.0), lambda z: (z > 0).astype(z.dtype)),
        "σ(z)": (
            lambda z: 0.5 + 0.5 * np.tanh(0.5 * z),
            lambda z: 0.25 * (1 - np.tanh(0.5 * z) ** 2),
        ),
        "tanh z": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
        "sin z": (np.sin, np.cos),
        "exp(−z²)": (lambda z: np.exp(-z * z), lambda z: -2 * z * np.exp(-z * z)),
    }
    joins = ("·", "+", "max")

    def __init__(self, u: str, join: str, v: str):
        self.u, self.join, self.v = u, join, v

    def __repr__(self):
        if self.join == "max":
            return f"max({self.u}, {self.v})"
        return f"{self.u} {self.join} {self.v}"

    def value(self, z: Any) -> Any:
        f, g = self.unary[self.u][0](z), self.unary[self.v][0](z)
        return f * g if self.join == "·" else f + g if self.join == "+" else np.maximum(f, g)

    def deriv(self, z: Any, a: Any) -> Any:
        (u, du), (v, dv) = self.unary[self.u], self.unary[self.v]
        if self.join == "·":
            return du(z) * v(z) + u(z) * dv(z)
        return du(z) + dv(z) if self.join == "+" else np.where(u(z) >= v(z), du(z), dv(z))
