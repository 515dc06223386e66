import textwrap
from functools import partial

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from dlcore import losses
from dlcore.backend import asarray, namespace, to_numpy
from dlcore.gradcheck import directional_error
from dlcore.history import DivergedError
from dlcore.losses import (
    Hinge,
    Huber,
    MeanAbsoluteError,
    MeanSquaredError,
    PerceptronCriterion,
    SigmoidCrossEntropy,
    SoftmaxCrossEntropy,
)
from dlcore.network import MLP
from dlcore.optimizers import GradientDescent
from dlcore.training import fit

from .reference import LIKE, backends, close, refuses, tensor

rng = np.random.default_rng(0)
N, K = 7, 3
Z = rng.standard_normal((N, K))
REAL = rng.standard_normal((N, K))
LABELS = rng.integers(0, K, N)
ONEHOT = np.eye(K)[LABELS]
SOFT = rng.dirichlet(np.ones(K), N)
BITS = rng.integers(0, 2, (N, K)).astype(float)
SIGNS = 2.0 * BITS - 1

# Loss, target, torch's value, and the factor to it.
CASES = {
    "mse": (MeanSquaredError(), REAL, F.mse_loss, K / 2),
    "sigmoid": (SigmoidCrossEntropy(), BITS, F.binary_cross_entropy_with_logits, K),
    "softmax, rows": (SoftmaxCrossEntropy(), SOFT, F.cross_entropy, 1),
    "softmax, labels": (SoftmaxCrossEntropy(), LABELS, F.cross_entropy, 1),
    "softmax, smoothing 0.1": (
        SoftmaxCrossEntropy(smoothing=0.1),
        LABELS,
        lambda z, y: F.cross_entropy(z, y, label_smoothing=0.1),
        1,
    ),
    "mae": (MeanAbsoluteError(), REAL, F.l1_loss, K),
    "huber": (Huber(), REAL, F.huber_loss, K),
    "huber, delta 0.3": (Huber(0.3), REAL, lambda z, y: F.huber_loss(z, y, delta=0.3), K),
    "hinge": (Hinge(), SIGNS, lambda z, y: F.relu(1 - y * z).sum() / N, 1),
    "perceptron": (
        PerceptronCriterion(),
        SIGNS,  # at 0, too, it pulls: relu would not
        lambda z, y: torch.where(y * z <= 0, -y * z, 0.0).sum() / N,
        1,
    ),
}
cases = pytest.mark.parametrize("loss, y, theirs, factor", CASES.values(), ids=CASES)


def target(y, like):
    """y on the backend; labels stay integers."""
    from dlcore.backend import namespace

    integer = np.asarray(y).dtype.kind == "i"
    return asarray(y, like, dtype=namespace(like).int64 if integer else None)


@backends
@cases
def test_value_and_gradient_are_those_of_torch(like, loss, y, theirs, factor):
    z = tensor(Z, grad=True)
    J = factor * theirs(z, tensor(y))
    J.backward()
    ours = loss.value(asarray(Z, like), target(y, like))
    assert float(ours) == pytest.approx(J.item(), rel=1e-12)
    g = loss.grad(asarray(Z, like), target(y, like))
    np.testing.assert_allclose(to_numpy(g), z.grad.numpy(), **close)


@backends
@cases
def test_gradient_is_that_of_the_value(like, loss, y, theirs, factor):
    z, y = asarray(Z, like), target(y, like)
    assert directional_error(lambda: loss.value(z, y), z, loss.grad(z, y)) < 1e-7


@backends
@cases
def test_a_stack_is_its_networks_one_by_one(like, loss, y, theirs, factor):
    z = asarray(np.stack([Z, 2 * Z, Z[::-1]]), like)
    y = target(y, like)
    J, g = loss.value(z, y), loss.grad(z, y)
    assert tuple(J.shape) == (3,) and g.shape == z.shape
    for e in range(3):
        assert float(J[e]) == pytest.approx(float(loss.value(z[e], y)), rel=1e-13)
        np.testing.assert_allclose(to_numpy(g[e]), to_numpy(loss.grad(z[e], y)), rtol=1e-13)


@backends
@cases
def test_nan_stays_nan(like, loss, y, theirs, factor):
    z, y = asarray(Z, like), target(y, like)
    z[1, :] = np.nan
    assert np.isnan(float(loss.value(z, y)))


@pytest.mark.parametrize("loss", [Hinge(), PerceptronCriterion()], ids=str)
def test_what_diverges_does_not_look_perfect(loss):
    net = MLP([2, 32, 32, 1], "identity")
    X, y = rng.standard_normal((20, 2)), np.where(np.arange(20)[:, None] % 2, 1.0, -1.0)
    with pytest.raises(DivergedError):
        fit(net, loss, GradientDescent(net.theta, lr=1e10), X, y, progress=False)


@backends
@pytest.mark.parametrize("size", [1e3, 1e4])
def test_cross_entropies_are_safe_far_out(like, size):
    z = asarray([[size, -size], [-size, size]], like)
    y = asarray([[1.0, 0.0], [1.0, 0.0]], like)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        for loss in (SigmoidCrossEntropy(), SoftmaxCrossEntropy()):
            assert float(loss.value(z, y)) == pytest.approx(size)
            assert np.isfinite(to_numpy(loss.grad(z, y))).all()


@backends
def test_labels_for_one_output(like):
    z, labels = asarray(Z[:, :1], like), target(np.array([0, 1, 1, 0, 1, 0, 0]), like)
    rows = asarray(to_numpy(labels)[:, None], like)
    loss = SigmoidCrossEntropy()
    assert float(loss.value(z, labels)) == float(loss.value(z, rows))
    np.testing.assert_array_equal(to_numpy(loss.grad(z, labels)), to_numpy(loss.grad(z, rows)))


@backends
def test_a_sigmoid_that_is_sure_keeps_its_digits(like):
    xp, loss = namespace(like), SigmoidCrossEntropy()
    for y in (0.0, 1.0):
        for z in [s * z for z in (1, 5, 14, 16, 30, 80) for s in (-1, 1)]:
            small = (asarray([[v]], like, xp.float32) for v in (z, y))
            expected = np.logaddexp(0, (1 - 2 * y) * z)
            assert float(loss.value(*small)) == pytest.approx(expected, rel=1e-6)


@backends
def test_rows_of_integers_are_what_they_are_as_numbers(like):
    for loss, y in ((SoftmaxCrossEntropy(), ONEHOT), (SigmoidCrossEntropy(), BITS)):
        for z in (Z, np.stack([Z, -Z])):
            z, whole, rows = asarray(z, like), target(y.astype(int), like), asarray(y, like)
            np.testing.assert_array_equal(
                to_numpy(loss.value(z, whole)), to_numpy(loss.value(z, rows))
            )


@backends
def test_labels_need_one_output_in_the_gradient_too(like):
    for z in (Z, np.stack([Z, -Z])):
        with pytest.raises(
            ValueError, match=r"integer labels \(N,\), of shape \(…, N, 1\), got .*3\)"
        ):
            SigmoidCrossEntropy().grad(asarray(z, like), target(LABELS, like))


@backends
def test_the_perceptron_criterion_leaves_zero(like):
    z, t = asarray([[0.0]], like), asarray([[1.0]], like)
    loss = PerceptronCriterion()
    assert float(loss.value(z, t)) == 0.0 and float(loss.grad(z, t)[0, 0]) == -1.0


@backends
def test_n_against_n_by_1_does_not_broadcast(like):
    z, y = asarray(Z[:, :1], like), asarray(REAL[:, 0], like)
    for loss in (MeanSquaredError(), SigmoidCrossEntropy(), PerceptronCriterion()):
        for call in (loss.value, loss.grad):
            with pytest.raises(ValueError, match=r"expected y of shape \(7, 1\).*got \(7,\)"):
                call(z, y)


@backends
@pytest.mark.parametrize(
    "loss, y, message",
    [
        (SoftmaxCrossEntropy(), np.array([0, 1, 2, 3, 0, 0, 0]), "labels 0 … 2 .* got 0 … 3"),
        (SoftmaxCrossEntropy(), np.array([0, 1, 2, -1, 0, 0, 0]), "labels 0 … 2 .* got -1 … 2"),
        (SoftmaxCrossEntropy(), 2.0 * ONEHOT, r"targets in \[0, 1\], got 0 … 2"),
        (SoftmaxCrossEntropy(), 0.5 * ONEHOT, "rows of y that sum to 1"),
        (SoftmaxCrossEntropy(), ONEHOT[:4], r"expected y of shape \(7, 3\).*got \(4, 3\)"),
        (SoftmaxCrossEntropy(), LABELS[:4], r"integer labels \(7,\), got \(4,\)"),
        (SigmoidCrossEntropy(), REAL, r"targets in \[0, 1\]"),
        (SigmoidCrossEntropy(), LABELS, r"integer labels \(N,\), of shape \(…, N, 1\), got"),
        (SigmoidCrossEntropy(), np.full((N, K), 7), r"targets in \[0, 1\], got 7 … 7"),
        (SoftmaxCrossEntropy(), np.ones((N, K), int), "rows of y that sum to 1, got 3 … 3"),
        (PerceptronCriterion(), BITS, "targets −1 and \\+1"),
        (MeanSquaredError(), np.where(REAL > 0, np.nan, REAL), "finite targets"),
        (MeanSquaredError(), LABELS, r"expected y of shape \(7, 3\), got \(7,\)"),
    ],
    ids=str,
)
def test_bad_targets(like, loss, y, message):
    with pytest.raises(ValueError, match=message):
        loss.value(asarray(Z, like), target(y, like))


def test_a_shape_that_does_not_fit_is_told():
    who, stack = "SoftmaxCrossEntropy: expected", np.stack([Z, Z])
    refuses(
        lambda: SoftmaxCrossEntropy().value(Z[0], LABELS), f"{who} y_hat of shape (N, K), got (3,)"
    )
    refuses(
        lambda: SoftmaxCrossEntropy().value(stack, LABELS[:4]),
        f"{who} y of shape (7, 3) or (2, 7, 3), or integer labels (7,), got (4,) of int64",
    )


@backends
def test_other_libraries_dtypes_and_empty_batches(like):
    loss, z = MeanSquaredError(), asarray(Z, like)
    with pytest.raises(TypeError, match="expected y in .* got list"):
        loss.grad(z, [1.0])
    with pytest.raises(TypeError, match="expected y an array of real numbers, got .* complex128"):
        loss.grad(z, namespace(z).astype(z, namespace(z).complex128))
    other = torch.tensor(REAL) if isinstance(like, np.ndarray) else REAL
    with pytest.raises(TypeError, match="expected y in"):
        loss.grad(z, other)
    with pytest.raises(ValueError, match="empty batch"):
        loss.value(z[:0], asarray(REAL, like)[:0])
    with pytest.raises(ValueError, match="at least 2 outputs, got 1"):
        SoftmaxCrossEntropy().value(z[:, :1], asarray(REAL, like)[:, :1])


@backends
def test_kinks(like):
    y = asarray([[0.0], [0.0]], like)
    e = asarray([[0.0], [2.0]], like)
    assert to_numpy(MeanAbsoluteError().grad(e, y)).ravel().tolist() == [0.0, 0.5]
    assert to_numpy(Huber(2.0).grad(e, y)).ravel().tolist() == [0.0, 1.0]
    t = asarray([[1.0], [-1.0]], like)
    z = asarray([[1.0], [-0.5]], like)  # exactly on the margin: no pull; inside it: pull
    assert to_numpy(Hinge().grad(z, t)).ravel().tolist() == [0.0, 0.5]


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: Huber(0), "Huber: expected delta > 0, got 0"),
        (lambda: Huber(np.inf), "Huber: expected a finite number delta, got inf"),
        (lambda: SoftmaxCrossEntropy(1.0), r"expected smoothing in \[0, 1\), got 1.0"),
        (lambda: SoftmaxCrossEntropy(-0.1), r"expected smoothing in \[0, 1\), got -0.1"),
        (
            lambda: Hinge().value(np.ones((2, 1)), np.zeros((2, 1))),
            "Hinge: expected targets −1 and",
        ),
    ],
)
def test_settings_are_checked(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@backends
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_class_that_cannot_be_has_the_logit_minus_infinity(like, dtype):
    dtype = getattr(namespace(like), dtype)

    def check(loss, z, y, J, g):
        z, y = asarray(np.array(z), like, dtype), target(np.array(y), asarray([0.0], like, dtype))
        assert float(loss.value(z, y)) == pytest.approx(J, rel=1e-6)
        np.testing.assert_allclose(to_numpy(loss.grad(z, y)), g, rtol=1e-6, atol=1e-30)

    masked, p = [[2.0, 1.0, -np.inf]], 1 / (1 + np.exp(-1.0))
    for y in ([0], [[1.0, 0.0, 0.0]]):
        check(SoftmaxCrossEntropy(), masked, y, np.log1p(np.exp(-1.0)), [[p - 1, 1 - p, 0]])
    check(
        SoftmaxCrossEntropy(),
        masked,
        [[0.5, 0.5, 0]],
        -np.log(p * (1 - p)) / 2,
        [[p - 0.5, 0.5 - p, 0]],
    )
    check(SoftmaxCrossEntropy(), masked, [2], np.inf, [[p, 1 - p, -1]])
    check(
        SoftmaxCrossEntropy(smoothing=0.1),
        masked,
        [0],
        np.inf,
        [[p - 0.1 / 3 - 0.9, 1 - p - 0.1 / 3, -0.1 / 3]],
    )
    check(
        SigmoidCrossEntropy(), [[-np.inf, np.inf, 0]], [[0.0, 1.0, 0.0]], np.log(2), [[0, 0, 0.5]]
    )
    check(SigmoidCrossEntropy(), [[-np.inf]], [[1.0]], np.inf, [[-1]])
    check(SigmoidCrossEntropy(), [[np.inf]], [[0.5]], np.inf, [[0.5]])


EXTREMES = {  # float32 numbers, the target, J and N times its gradient
    "softmax": (SoftmaxCrossEntropy(), [[3e38, -3e38]], [0], 0.0, [[0, 0]]),
    "softmax, turned": (SoftmaxCrossEntropy(), [[-3e38, 3e38]], [1], 0.0, [[0, 0]]),
    "softmax, wrong": (SoftmaxCrossEntropy(), [[3e38, 0]], [1], 3e38, [[1, -1]]),
    "softmax, rows": (SoftmaxCrossEntropy(), [[3e38, -3e38]], [[1.0, 0.0]], 0.0, [[0, 0]]),
    "sigmoid": (SigmoidCrossEntropy(), [[3e38], [-3e38]], [1, 0], 0.0, [[0], [0]]),
    "sigmoid, wrong": (SigmoidCrossEntropy(), [[3e38], [-3e38]], [0, 1], 3e38, [[1], [-1]]),
    "sigmoid, half": (SigmoidCrossEntropy(), [[3e38]], [[0.5]], 1.5e38, [[0.5]]),
    "hinge": (Hinge(), [[3e38], [-3e38]], [[-1.0], [1.0]], 3e38, [[1], [-1]]),
    "perceptron": (PerceptronCriterion(), [[3e38]] * 3, [[-1.0]] * 3, 3e38, [[1]] * 3),
    "mae": (MeanAbsoluteError(), [[3e38]] * 5, [[0.0]] * 5, 3e38, [[1]] * 5),
    "huber": (Huber(), [[3e38], [0.0]], [[0.0], [0.0]], 1.5e38, [[1], [0]]),
    "huber, delta 1e19": (Huber(1e19), [[2e19]], [[0.0]], 1.5e38, [[1e19]]),
    "mse": (MeanSquaredError(), [[2.5e19]], [[0.0]], 3.125e38, [[2.5e19]]),
    "mse, several": (MeanSquaredError(), [[2e19]] * 4, [[0.0]] * 4, 2e38, [[2e19]] * 4),
}


@backends
@pytest.mark.parametrize("loss, z, y, J, slope", EXTREMES.values(), ids=EXTREMES)
def test_what_is_finite_does_not_overflow_on_the_way(like, loss, z, y, J, slope):
    small = asarray([0.0], like, namespace(like).float32)
    z, y = asarray(z, small), target(np.array(y), small)
    assert float(loss.value(z, y)) == pytest.approx(J, rel=1e-6)
    np.testing.assert_allclose(to_numpy(loss.grad(z, y)) * len(slope), slope, rtol=1e-6)


@backends
@pytest.mark.parametrize("loss", [MeanSquaredError(), MeanAbsoluteError(), Huber(0.5)], ids=str)
def test_a_difference_beyond_the_numbers_is_infinite_and_not_nan(like, loss):
    small = asarray([0.0], like, namespace(like).float32)
    z, y = asarray([[3e38], [-3e38], [1.0]], small), asarray([[-3e38], [3e38], [0.0]], small)
    steep = np.inf if isinstance(loss, MeanSquaredError) else loss.slope(1.0 + small, small)[0]
    with np.errstate(over="ignore"):
        J, g = loss.value(z, y), to_numpy(loss.grad(z, y))
        weighted = asarray([0.0, 0.0, 3.0], small)  # with weight 0 a sample counts not at all
        J0, g0 = loss.value(z, y, weighted), to_numpy(loss.grad(z, y, weighted))
    assert float(J) == np.inf and float(J0) == pytest.approx(float(loss.value(z[2:, :], y[2:, :])))
    np.testing.assert_allclose(3 * g[:2, 0], [float(steep), -float(steep)], rtol=1e-6)
    assert g0[:2, 0].tolist() == [0.0, 0.0] and g0[2, 0] == pytest.approx(3 * g[2, 0])


@backends
@cases
def test_weights_count_samples(like, loss, y, theirs, factor):
    z, labels = asarray(Z, like), target(y, like)
    count = np.array([2, 0, 1, 1, 0, 3, 1])
    weights = asarray(count.astype(float), like)
    again = np.repeat(np.arange(N), count)
    repeated = asarray(Z[again], like), target(np.asarray(y)[again], like)
    J, g = loss.value(z, labels, weights), to_numpy(loss.grad(z, labels, weights))
    assert float(J) == pytest.approx(float(loss.value(*repeated)) * len(again) / N, rel=1e-12)
    expected = np.zeros((N, K))
    np.add.at(expected, again, to_numpy(loss.grad(*repeated)) * len(again) / N)
    np.testing.assert_allclose(g, expected, rtol=1e-12)
    assert directional_error(lambda: loss.value(z, labels, weights), z, asarray(g, like)) < 1e-7
    stack = namespace(like).stack([z, 2 * z])
    both = namespace(like).stack([weights, 0 * weights + 1])
    for w in (weights, both):
        J, g = loss.value(stack, labels, w), loss.grad(stack, labels, w)
        for e in range(2):
            one = w if w.ndim == 1 else w[e]
            assert float(J[e]) == pytest.approx(float(loss.value(stack[e], labels, one)), rel=1e-13)
            np.testing.assert_allclose(
                to_numpy(g[e]), to_numpy(loss.grad(stack[e], labels, one)), rtol=1e-13
            )


@backends
def test_bad_weights(like):
    loss, z, y = MeanSquaredError(), asarray(Z, like), asarray(REAL, like)
    for bad, message in (
        (np.full(N, -1.0), "MeanSquaredError: expected weights ≥ 0, got -1"),
        (np.full(N, np.nan), "expected finite weights, got NaN or infinity"),
        (np.full(N, np.inf), "expected finite weights, got NaN or infinity"),
        (np.ones((N, 1)), r"expected weights of shape \(7,\), got \(7, 1\)"),
        (np.ones(N - 1), r"expected weights of shape \(7,\), got \(6,\)"),
    ):
        with pytest.raises(ValueError, match=message):
            loss.value(z, y, asarray(bad, like))
    stack = namespace(like).stack([z, z])
    with pytest.raises(ValueError, match=r"weights of shape \(7,\) or \(2, 7\), got \(2,\)"):
        loss.grad(stack, y, asarray(np.ones(2), like))
    with pytest.raises(TypeError, match="expected weights in .* got list"):
        loss.value(z, y, [1.0] * N)


@backends
def test_targets_of_another_number_type_are_converted(like):
    xp, z = namespace(like), asarray(Z, like, namespace(like).float32)
    for y in (asarray(REAL, like), asarray(np.round(REAL, 1), like, xp.float16)):
        np.testing.assert_array_equal(
            to_numpy(MeanSquaredError().grad(z, y)),
            to_numpy(MeanSquaredError().grad(z, xp.astype(y, xp.float32))),
        )
    bits = asarray(BITS, like)
    for y in (xp.astype(bits, xp.bool), xp.astype(bits, xp.int8)):
        assert float(SigmoidCrossEntropy().value(z, y)) == float(
            SigmoidCrossEntropy().value(z, bits)
        )
    wrong = xp.astype(bits[:, 0], xp.bool)
    for loss, scores in ((SigmoidCrossEntropy(), z[:, :1]), (SoftmaxCrossEntropy(), z)):
        whole = xp.astype(wrong, xp.int64)
        assert float(loss.value(scores, wrong)) == float(loss.value(scores, whole))


def test_a_loss_is_written_from_the_page():
    page = losses.__doc__
    example = textwrap.dedent(page[page.index("    class ") : page.index("In both")])
    names = {"Loss": losses.Loss}
    exec(example, names)
    loss = names["FourthPower"]()
    assert repr(loss) == "FourthPower"
    for like in LIKE.values():
        z, y, w = asarray(Z, like), asarray(REAL, like), asarray(np.arange(7.0), like)
        value, gradient = partial(loss.value, z, y, w), loss.grad(z, y, w)
        theirs = np.arange(7.0) @ (0.25 * (Z - REAL) ** 4).sum(-1) / N
        assert float(value()) == pytest.approx(theirs, rel=1e-12)
        assert directional_error(value, z, gradient) < 1e-7
        assert tuple(loss.value(namespace(z).stack([z, 2 * z]), y).shape) == (2,)
        with pytest.raises(ValueError, match="FourthPower: expected y of shape"):
            loss.value(z, y[:, 0])


def test_names_in_print():
    assert repr(Huber()) == "Huber(delta=1.0)" and repr(Hinge()) == "Hinge"


@backends
def test_a_stack_counts_its_outputs_along_the_last_axis(like):
    z = asarray(rng.standard_normal((2, 5, 3)), like)
    y = target(rng.integers(0, 3, 5), like)
    loss = SoftmaxCrossEntropy(smoothing=0.3)
    rows = asarray(np.eye(3)[to_numpy(y)], like)
    for e in range(2):
        for targets in (y, rows, namespace(z).stack([rows, rows])):
            alone = loss.value(z[e, ...], rows), loss.grad(z[e, ...], rows)
            both = loss.value(z, targets)[e], loss.grad(z, targets)[e, ...]
            for ours, expected in zip(both, alone, strict=True):
                np.testing.assert_allclose(to_numpy(ours), to_numpy(expected), rtol=1e-12)
    with pytest.raises(ValueError, match=r"labels 0 … 2 for 3 output\(s\), got 0 … 4"):
        loss.value(z, target(np.arange(5), like))
    with pytest.raises(ValueError, match="at least 2 outputs, got 1"):
        loss.value(z[..., :1], rows[:, :1])
