"""The checkers of contracts pass what is right, and name what is wrong."""

import inspect
import textwrap

import numpy as np
import pytest

from dlcore import contracts, layers, losses, optimizers
from dlcore.activations import NAMED
from dlcore.attention import Attention
from dlcore.backend import sum_rows
from dlcore.contracts import check_layer, check_loss, check_optimizer
from dlcore.embedding import Embedding, Positions
from dlcore.images import AvgPool2d, Conv2d, Flatten, MaxPool2d, Unflatten
from dlcore.layers import Activation, Layer, Linear, Parameter, Softmax
from dlcore.learned_activations import ACON, ParametricReLU
from dlcore.noise import Dropout, GaussianNoise
from dlcore.normalization import BatchNorm, GroupNorm, InstanceNorm, LayerNorm
from dlcore.optimizers import CHUNK, Adam, Momentum, Optimizer
from dlcore.recurrent import Last, Recurrent

rng = np.random.default_rng(0)
ROWS, IMAGES = rng.standard_normal((7, 4)), rng.standard_normal((3, 4, 6, 6))
SEQUENCES, TOKENS = IMAGES[:, :, :1, :5], np.arange(12).reshape(3, 4) % 5
ALL_LAYERS = [
    (Linear(4, 3), ROWS),
    (Softmax(), ROWS),
    (ParametricReLU(4), ROWS),
    *((ACON(4, kind), ROWS) for kind in "ABC"),
    *((Activation(name), ROWS) for name in NAMED),
    (Dropout(0.4), ROWS),
    (GaussianNoise(0.3), ROWS),
    (BatchNorm(4), ROWS),
    (LayerNorm(4), ROWS),
    (BatchNorm(4, images=True), IMAGES),
    (InstanceNorm(4), IMAGES),
    (GroupNorm(2, 4), IMAGES),
    (Conv2d(4, 2, 3, stride=2, padding=1), IMAGES),
    (MaxPool2d(2), IMAGES),
    (AvgPool2d(3, stride=2), IMAGES),
    (Flatten(4, 6, 6), IMAGES),
    (Unflatten(1, 2, 2), ROWS),
    (Recurrent(4, 3), SEQUENCES),
    (Last(), SEQUENCES),
    (Attention(4, 2), SEQUENCES),
    (Attention(4, causal=True), SEQUENCES),
    (Embedding(5, 3), TOKENS),
    (Positions(4, 7), SEQUENCES),
    (Positions(4, 5, "sinusoidal"), SEQUENCES),
]


@pytest.mark.parametrize(
    "layer, x", ALL_LAYERS, ids=lambda v: str(v)[:40] if isinstance(v, Layer) else ""
)
def test_every_layer_keeps_its_contract(layer, x):
    check_layer(layer, x)


@pytest.mark.parametrize(("share", "refused"), [(1e-8, False), (1e-4, True), (0.5, True)])
def test_a_small_derivative_that_is_a_little_off_is_refused(share, refused):
    class Thousandth(Layer):
        def forward(self, params, x, train=False, buffers=()):
            return 1e-3 * x, None

        def input_grad(self, params, cache, g):
            return 1e-3 * (1 + share) * g

    if refused:
        with pytest.raises(ValueError, match="off by"):
            check_layer(Thousandth(), ROWS)
    else:
        check_layer(Thousandth(), ROWS)


def test_every_layer_class_is_among_them():
    modules = {type(layer).__module__ for layer, _ in ALL_LAYERS}
    classes = {type(layer) for layer, _ in ALL_LAYERS}

    def below(kind):
        return {kind}.union(*map(below, kind.__subclasses__()))

    public = {k for k in below(Layer) if k.__module__ in modules and k.__name__[0] != "_"}
    assert public - {Layer} == classes


TARGETS = {
    "Hinge": np.sign(rng.standard_normal((6, 3))),
    "PerceptronCriterion": np.sign(rng.standard_normal((6, 3))),
    "SigmoidCrossEntropy": rng.uniform(0, 1, (6, 3)),
    "SoftmaxCrossEntropy": np.array([0, 1, 2, 0, 1, 2]),
}
ALL_LOSSES = [kind() for kind in losses.Loss.__subclasses__() if kind.__module__ == "dlcore.losses"]


@pytest.mark.parametrize(
    "loss", [*ALL_LOSSES, losses.SoftmaxCrossEntropy(0.1), losses.Huber(0.3)], ids=repr
)
def test_every_loss_keeps_its_contract(loss):
    y = TARGETS.get(type(loss).__name__, rng.standard_normal((6, 3)))
    check_loss(loss, rng.standard_normal((6, 3)), y)


def optimizer_classes(kind=Optimizer):
    for sub in kind.__subclasses__():
        if sub.__module__ == "dlcore.optimizers":
            yield sub
            yield from optimizer_classes(sub)


@pytest.mark.parametrize("kind", list(optimizer_classes()), ids=lambda kind: kind.__name__)
def test_every_optimizer_keeps_its_contract(kind):
    check_optimizer(kind)


# ---------------------------------------------------------------- what the pages show


def example(module):
    """The class that a module's docstring writes out."""
    text = module.__doc__
    start = text.index("    class ")
    lines = text[start:].splitlines()
    length = next(i for i, line in enumerate(lines) if line and not line.startswith("    "))
    space = {"np": np, **vars(layers), **vars(module), "sum_rows": sum_rows}
    exec(textwrap.dedent("\n".join(lines[:length])), space)
    name = text[start:].split("class ")[1].split("(")[0]
    return space[name]


def test_the_layer_of_the_page():
    check_layer(example(layers)(4), ROWS)


def test_the_loss_of_the_page():
    check_loss(example(losses)(), ROWS, rng.standard_normal(ROWS.shape))


def test_the_optimizer_of_the_page():
    kind = example(optimizers)
    check_optimizer(kind)
    theta, other = np.ones(3), np.ones(3)
    ours, theirs = kind(theta), Momentum(other)
    for _ in range(3):
        ours.step(np.arange(3.0))
        theirs.step(np.arange(3.0))
    np.testing.assert_array_equal(theta, other)


# ---------------------------------------------------------------- what is wrong is named


class Scale(Layer):
    def parameters(self):
        return [Parameter("s", (1, 4), is_weight=True)]

    def init(self, rng):
        return [np.ones((1, 4))]

    def forward(self, params, x, train=False, buffers=()):
        return params[0] * x, x

    def input_grad(self, params, x, g):
        return params[0] * g

    def param_grad(self, params, x, g):
        return [sum_rows(g * x)]


def wrong_layer(**methods):
    return type("Wrong", (Scale,), methods)()


def keeps(self, params, x, train=False, buffers=()):
    self.x = x
    return params[0] * x, x


def changes(self, params, x, train=False, buffers=()):
    x *= params[0]
    return x + 0, x / params[0]


def doubles(self, params, x, train=False, buffers=()):
    return (1 + bool(train)) * params[0] * x, x


def doubles_a_stack(self, params, x, train=False, buffers=()):
    return (1 + (x.ndim == 3)) * params[0] * x, x


@pytest.mark.parametrize(
    "methods, message",
    [
        (dict(forward=doubles), "train=True: input_grad: off by"),
        (dict(forward=doubles_a_stack), "train=False, a stack of 2: forward: off by"),
        (
            dict(input_grad=lambda s, p, x, g: (1 + (g.ndim == 3)) * p[0] * g),
            "train=False, a stack of 2: input_grad: off by",
        ),
        (dict(param_grad=lambda s, p, x, g: [(g * x).sum(0)]), "the shape of param_grad of s"),
        (dict(param_grad=lambda s, p, x, g: []), "the number of arrays from param_grad"),
        (dict(param_grad=lambda s, p, x, g: [1.001 * sum_rows(g * x)]), "param_grad of s: off by"),
        (dict(input_grad=lambda s, p, x, g: 0.999 * p[0] * g), "input_grad: off by"),
        (dict(input_grad=lambda s, p, x, g: g[:, :1]), "the shape of input_grad"),
        (dict(init=lambda s, rng: [np.ones(4)]), "the shapes of init"),
        (dict(forward=keeps), "forward keeps an array on the layer"),
        (dict(forward=changes), "forward changed x"),
        (dict(buffers=lambda s: [("r", np.ones(4))]), "the shapes of new_buffers"),
        (
            dict(param_grad=lambda s, p, x, g: [(g * x).sum(0, keepdims=True)]),
            "a stack of 2: param_grad|the shape",
        ),
    ],
)
def test_a_wrong_layer_is_named(methods, message):
    with pytest.raises(ValueError, match=f"^Wrong.*({message})"):
        check_layer(wrong_layer(**methods), ROWS)


class Square(losses.Loss):
    def terms(self, y_hat, y):
        return 0.5 * (y_hat - y) ** 2

    def slope(self, y_hat, y):
        return y_hat - y


def one_in_a_stack(self, y_hat, y, weights=None):
    return np.mean(Square().mean(y_hat, y, weights))


def twice_in_a_stack(self, y_hat, y, weights=None):
    return (1 + (y_hat.ndim == 3)) * Square().mean(y_hat, y, weights)


def without_weights(self, y_hat, y, weights=None):
    return Square().mean(y_hat, y)


def grad_twice_in_a_stack(self, y_hat, y, weights=None):
    return (1 + (y_hat.ndim == 3)) * Square().grad(y_hat, y, weights)


def grad_without_weights(self, y_hat, y, weights=None):
    return Square().grad(y_hat, y)


def changing_grad(self, y_hat, y, weights=None):
    y_hat += 1
    return Square().grad(y_hat - 1, y, weights)


@pytest.mark.parametrize(
    "methods, message",
    [
        (dict(slope=lambda s, a, y: 1.001 * (a - y)), "grad: off by"),
        (dict(slope=lambda s, a, y: (a - y)[:, :1]), "the shape of grad"),
        (dict(mean=lambda s, a, y, w=None: np.mean((a - y) ** 2)), "grad: off by|weights"),
        (dict(mean=lambda s, a, y, w=None: (a - y) ** 2), "the shape of value: expected"),
        (dict(mean=one_in_a_stack), "the shape of value for a stack: expected"),
        (dict(mean=twice_in_a_stack), "value for a stack: off by"),
        (dict(mean=without_weights), "mean with weights: off by"),
        (dict(grad=grad_twice_in_a_stack), "grad for a stack: off by"),
        (dict(grad=grad_without_weights), "grad with weights: off by"),
        (dict(grad=changing_grad), "value or grad changed ŷ or y$"),
    ],
)
def test_a_wrong_loss_is_named(methods, message):
    check_loss(Square(), ROWS, np.zeros_like(ROWS))
    loss = type("Wrong", (Square,), methods)()
    with pytest.raises(ValueError, match=f"^Wrong: ({message})"):
        check_loss(loss, ROWS, np.zeros_like(ROWS))


class Forgetful(Optimizer):
    """Its moment is a plain attribute."""

    def __init__(self, theta, lr=0.1, **options):
        super().__init__(theta, lr, **options)
        self.m = 0.0

    def direction(self, g):
        self.m = 0.9 * self.m + g
        return self.m


class Rebinding(Momentum):
    def direction(self, g, v):
        self.state = (0.9 * v + g,)
        return self.state[0]


class Normalizing(Optimizer):
    """Not elementwise: slices of a long θ, and the networks of a stack, see each other."""

    def __init__(self, theta, lr=0.1, **options):
        super().__init__(theta, lr, **options)

    def direction(self, g):
        return g / np.linalg.norm(g)


class Positional(Optimizer):
    """A slice of a long θ does not know where it begins."""

    def __init__(self, theta, lr=0.1, **options):
        super().__init__(theta, lr, **options)

    def direction(self, g):
        return g * (1 + np.arange(g.shape[-1]))


class Counting(Optimizer):
    """Its counter is not among ``counters``."""

    def __init__(self, theta, lr=0.1, **options):
        super().__init__(theta, lr, **options)
        self.steps = 0

    def direction(self, g):
        self.steps += 1
        return g / self.steps


class Greedy(Momentum):
    def direction(self, g, v):
        g *= 2
        return g


@pytest.mark.parametrize(
    "kind, message",
    [
        (Forgetful, "all arrays that change in state, got self.m"),
        (Rebinding, "state is changed in place"),
        (Normalizing, "a network of a stack, against the same alone: off by"),
        (Positional, "a long θ, updated slice by slice: off by"),
        (Counting, r"the steps after a checkpoint \(all in state or counters\?\): off by"),
        (Greedy, "step changed the gradient"),
    ],
)
def test_a_wrong_optimizer_is_named(kind, message):
    with pytest.raises(ValueError, match=f"^{kind.__name__}: .*{message}"):
        check_optimizer(kind)


def test_settings_are_given_by_a_function():
    check_optimizer(lambda theta: Adam(theta, lr=0.3, beta1=0.5))
    with pytest.raises(ValueError, match="^check_optimizer: expected make"):
        check_optimizer(lambda theta: Adam(theta.copy()))
    with pytest.raises(TypeError, match=r"^check_optimizer: expected make\(theta\) an Optimizer"):
        check_optimizer(lambda theta: "Adam")
    for check, bad in ((check_layer, "relu"), (check_loss, "mse")):
        with pytest.raises(TypeError, match=f"^{check.__name__}: expected a L"):
            check(bad, ROWS, *([ROWS] if check is check_loss else []))
    assert CHUNK > 5 and inspect.getdoc(contracts)


def test_whole_numbers_are_taken_and_what_is_no_array_is_named():
    rows, targets = np.arange(12).reshape(3, 4), np.zeros((3, 4), int)
    check_layer(Scale(), rows)
    check_loss(Square(), rows, targets)
    for check, name, bad in (
        (check_layer, "x", (Scale(), "words")),
        (check_loss, "y_hat", (Square(), "words", targets)),
        (check_loss, "y", (Square(), rows, "words")),
    ):
        with pytest.raises(TypeError, match=rf"^{check.__name__}: expected {name}\b"):
            check(*bad)


def test_another_seed_tries_other_numbers():
    seen = []

    class Noted(Scale):
        def forward(self, params, x, train=False, buffers=()):
            seen.append(float(params[0].ravel()[0]))
            return super().forward(params, x, train, buffers)

    for seed in (0, 0, 1):
        check_layer(Noted(), ROWS, seed=seed)
    first, again, other = np.array_split(seen, 3)
    assert first.tolist() == again.tolist() != other.tolist()
