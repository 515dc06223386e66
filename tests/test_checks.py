"""Settings may come as NumPy numbers, from ``np.linspace`` say: float32 stays float32."""

import numpy as np
import pytest
import torch

from dlcore import (
    activations,
    layers,
    learned_activations,
    losses,
    noise,
    normalization,
    regularizers,
    schedules,
)
from dlcore import checks as check
from dlcore.activations import sigmoid
from dlcore.backend import asarray
from dlcore.checks import number, shape
from dlcore.layers import Linear
from dlcore.losses import MeanSquaredError
from dlcore.metrics import accuracy
from dlcore.network import MLP, Network
from dlcore.optimizers import GradientDescent, clip_norm, clip_value

HALF = np.float64(0.5)
X, Y = np.linspace(-1, 1, 12, dtype="float32").reshape(4, 3), np.eye(4, 3, dtype="float32")


def of_layer(layer):
    net = Network(layers.Linear(3, 3), layer, layers.Linear(3, 3))
    y, caches = net.forward(X, train=True)
    return y, net.backward(y, caches), net(X)


def of_loss(loss):
    return loss.mean(X, Y), loss.grad(X, Y)


def of_penalty(penalty):
    return penalty.value(X[0]), penalty.grad(X[0])


def of_schedule(eta):
    assert type(eta(1)) is type(eta(9)) is float
    return ()


CASES = {
    **{
        h.__name__: lambda h=h: of_layer(layers.Activation(h(HALF)))
        for h in (
            activations.Step,
            activations.LeakyReLU,
            activations.ELU,
            activations.Softplus,
            activations.Swish,
        )
    },
    "Sign": lambda: of_layer(layers.Activation(activations.Sign(np.float64(1)))),
    "smooth_maximum": lambda: [activations.smooth_maximum(X, HALF)],
    "ParametricReLU": lambda: of_layer(learned_activations.ParametricReLU(3, HALF)),
    **{
        f"ACON {kind}": lambda kind=kind: of_layer(
            learned_activations.ACON(3, kind, HALF, HALF, HALF)
        )
        for kind in "ABC"
    },
    "Dropout": lambda: of_layer(noise.Dropout(HALF)),
    "GaussianNoise": lambda: of_layer(noise.GaussianNoise(HALF)),
    "BatchNorm": lambda: of_layer(normalization.BatchNorm(3, momentum=HALF, eps=HALF)),
    "LayerNorm": lambda: of_layer(normalization.LayerNorm(3, eps=HALF)),
    "Huber": lambda: of_loss(losses.Huber(HALF)),
    "SoftmaxCrossEntropy": lambda: of_loss(losses.SoftmaxCrossEntropy(HALF)),
    "L1": lambda: of_penalty(regularizers.L1(HALF)),
    "ElasticNet": lambda: of_penalty(regularizers.ElasticNet(HALF, HALF)),
    "clipping": lambda: (clip_norm(X, HALF), clip_value(X, HALF)),
    "constant": lambda: of_schedule(schedules.constant(HALF)),
    "step_decay": lambda: of_schedule(schedules.step_decay(HALF, np.int64(2), HALF)),
    "exponential": lambda: of_schedule(schedules.exponential(HALF, HALF)),
    "inverse_time": lambda: of_schedule(schedules.inverse_time(HALF, HALF)),
    "linear": lambda: of_schedule(schedules.linear(HALF, np.float64(5), HALF)),
    "cosine": lambda: of_schedule(schedules.cosine(HALF, np.float64(5), HALF)),
    "warm_up": lambda: of_schedule(schedules.warm_up(schedules.constant(1.0), np.float64(3))),
    "chain": lambda: of_schedule(
        schedules.chain(schedules.constant(1.0), np.float64(3), schedules.constant(1.0))
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_float32_stays_float32(case):
    assert all(a.dtype == np.float32 for a in CASES[case]())


def test_a_number_becomes_a_plain_one():
    for value, kind in ((HALF, float), (np.float32(0.5), float), (np.int64(2), int), (3, int)):
        assert type(number("me", "x", value)) is kind and number("me", "x", value) == value
    assert type(GradientDescent(np.ones(2), lr=HALF).lr) is float
    assert repr(activations.Step(HALF)) == "Step(at_zero=0.5)"


def test_a_number_for_each_network_becomes_a_column():
    for rates in (np.array([0.1, 0.2]), np.array([[0.1], [0.2]]), torch.tensor([0.1, 0.2])):
        column = check.per_network("me", "lr", rates, check.positive)
        assert type(column) is type(rates) and column.shape == (2, 1)
    assert check.per_network("me", "lr", 0.5, check.positive) == 0.5


@pytest.mark.parametrize(
    ("wanted", "good", "bad"),
    [
        ([("N", 3)], [(5, 3), (0, 3)], [(3,), (5, 2), (2, 5, 3), ()]),
        ([("N ≥ 1", 3)], [(1, 3)], [(0, 3), (1, 4)]),
        ([(4,), (1, 4)], [(4,), (1, 4)], [(2, 4), (), (4, 1)]),
        ([("…", 3)], [(3,), (2, 3), (0, 2, 3)], [(), (2,), (3, 2)]),
        ([(3, "…")], [(3,), (3, 0, 2)], [(), (2, 3)]),
        ([(2, "…", 3)], [(2, 3), (2, 7, 3)], [(2,), (3,), (2, 2), (3, 3)]),
        ([("…",)], [(), (1, 2)], []),
        ([()], [()], [(1,)]),
        ([("…", "d ≥ 1")], [(1,), (0, 1)], [(0,), (1, 0), ()]),
    ],
)
def test_a_shape_fits_or_not(wanted, good, bad):
    for sizes in good:
        assert shape("me", "x", x := np.zeros(sizes), *wanted) is x
    for sizes in bad:
        with pytest.raises(ValueError, match="me: expected x of shape"):
            shape("me", "x", np.zeros(sizes), *wanted)


def test_a_shape_that_does_not_fit_is_told_as_everywhere():
    for wanted, got, text in (
        ([("N", 2)], (5, 3), "Linear(2, 8): expected x of shape (N, 2), got (5, 3)"),
        ([(4,), ("E", 4)], (), "Linear(2, 8): expected x of shape (4,) or (E, 4), got ()"),
        ([("…", "d ≥ 1")], (0,), "Linear(2, 8): expected x of shape (…, d ≥ 1), got (0,)"),
    ):
        with pytest.raises(ValueError) as error:
            shape("Linear(2, 8)", "x", np.zeros(got), *wanted)
        assert str(error.value) == text


class Table:
    """What a pandas table shows of itself, of one column of numbers and one of something else."""

    def __init__(self, dtype):
        self.columns, self.dtypes = ["a", "name"], {"a": np.dtype(float), "name": dtype}

    def __array__(self, dtype=None, copy=None):
        return np.array([[1.0, "x"]], object)


def test_what_means_more_than_its_numbers_is_refused_with_the_remedy():
    sparse = pytest.importorskip("scipy.sparse")
    masked = np.ma.masked_array([1.0, np.nan], [False, True])
    cases = [
        (masked, r"a masked array: call .filled\(value\) or .compressed\(\)"),
        (np.ones((2, 2)).view(np.matrix), r"a matrix: call numpy.asarray\(x\)"),
        (sparse.csr_array(np.eye(2)), r"a sparse matrix: call .toarray\(\)"),
        (torch.eye(2).to_sparse(), r"a sparse tensor: call .to_dense\(\)"),
        (Table(np.dtype(object)), "a table whose column 'name' holds text"),
        (Table(np.dtype("M8[s]")), r"a table whose column 'name' holds datetime64\[s\]"),
    ]
    for x, words in cases:
        for f in (check.array, check.numbers):
            with pytest.raises(
                TypeError, match=f"me: expected X an array of .*numbers, got {words}"
            ):
                f("me", "X", x)
    with pytest.raises(TypeError, match="got a masked array"):
        check.floating("me", "z", masked)


@pytest.mark.parametrize(
    "call",
    [
        lambda net, x, s: net(s),
        lambda net, x, s: net.predict(s),
        lambda net, x, s: net.value_and_gradient(MeanSquaredError(), s, x[:, :1]),
        lambda net, x, s: MeanSquaredError().value(s, x),
        lambda net, x, s: MeanSquaredError().value(x, s),
        lambda net, x, s: accuracy(s, torch.arange(4)),
        lambda net, x, s: sigmoid(s),
        lambda net, x, s: Linear(4, 1).forward([torch.ones(1, 4), torch.ones(1, 1)], s),
        lambda net, x, s: GradientDescent(net.theta).step((0 * net.theta).to_sparse()),
    ],
    ids="net predict value_and_gradient loss target metric activation layer step".split(),
)
def test_a_sparse_tensor_is_refused_after_a_dense_one_too(call):
    net, x = MLP([4, 3, 1]).to("torch"), torch.eye(4)
    sigmoid(x), MeanSquaredError().value(x, x), accuracy(x, torch.arange(4))
    with pytest.raises(TypeError, match="got a sparse tensor: call .to_dense"):
        call(net, x, x.to_sparse())


@pytest.mark.parametrize("rows", [list, tuple])
def test_rows_of_a_masked_array_are_refused(rows):
    masked = np.ma.array(np.ones((3, 2)), mask=np.eye(3, 2, dtype=bool))
    with pytest.raises(TypeError, match="got a masked array"):
        MLP([2, 1])(rows(masked))


def test_subclasses_that_are_plain_numbers_are_taken():
    memmap = np.ones((2, 2), np.float32).view(np.memmap)
    parameter = torch.nn.Parameter(torch.ones(2))
    assert type(check.array("me", "X", memmap)) is np.ndarray
    assert type(check.numbers("me", "X", parameter)) is torch.Tensor
    assert type(check.converted("me", "X", memmap, np.zeros(0))) is np.ndarray
    assert check.converted("me", "X", memmap, np.zeros(0)).dtype == np.float64


def test_half_precision_is_converted():
    for x in (torch.ones(2, dtype=torch.bfloat16), torch.ones(2, dtype=torch.float16)):
        assert check.converted("me", "X", x, torch.zeros(0)).dtype == torch.float32
        assert asarray(x, np.zeros(0)).tolist() == [1.0, 1.0]
