import numpy as np
import pytest
import torch
import torch.nn.functional as F

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

from .reference import backends, close, tensor

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
        with pytest.raises(ValueError, match="integer labels .* need 1 output, got 3"):
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
        (SigmoidCrossEntropy(), LABELS, "integer labels .* need 1 output, got 3"),
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


@backends
def test_other_libraries_dtypes_and_empty_batches(like):
    loss, z = MeanSquaredError(), asarray(Z, like)
    with pytest.raises(TypeError, match="expected y in .* got list"):
        loss.grad(z, [1.0])
    with pytest.raises(TypeError, match="float64 .* got .* float32"):
        loss.grad(
            z,
            asarray(
                REAL, like.astype("float32") if hasattr(like, "astype") else like.to(torch.float32)
            ),
        )
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
