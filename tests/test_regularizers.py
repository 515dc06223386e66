import re

import numpy as np
import pytest

from dlcore.backend import asarray, namespace, to_numpy
from dlcore.gradcheck import directional_error
from dlcore.losses import MeanSquaredError
from dlcore.network import MLP
from dlcore.optimizers import Momentum
from dlcore.regularizers import L1, L2, ElasticNet, MaxNorm
from dlcore.training import fit

from .reference import backends

W = np.random.default_rng(0).standard_normal(11)


@backends
@pytest.mark.parametrize(
    "R, value",
    [
        (L2(0.3), 0.15 * (W @ W)),
        (L1(0.3), 0.3 * abs(W).sum()),
        (ElasticNet(0.2, 0.3), 0.2 * abs(W).sum() + 0.15 * (W @ W)),
    ],
)
def test_value_and_gradient(like, R, value):
    w = asarray(W, like)
    assert float(R.value(w)) == pytest.approx(value, rel=1e-13)
    assert directional_error(lambda: R.value(w), w, R.grad(w)) < 1e-8


@backends
@pytest.mark.parametrize("R", [L1, L2])
def test_one_strength_for_each_network(like, R):
    w, lam = asarray(np.stack([W, -2 * W]), like), asarray([[0.1], [0.7]], like)
    for e, strength in enumerate((0.1, 0.7)):
        alone = R(strength)
        assert float(R(lam).value(w)[e]) == pytest.approx(float(alone.value(w[e])), rel=1e-13)
        np.testing.assert_allclose(
            to_numpy(R(lam).grad(w)[e]), to_numpy(alone.grad(w[e])), rtol=1e-13
        )


@backends
def test_strengths_come_to_the_library_of_the_weights(like):
    lam, w = np.array([[0.1], [0.7]]), asarray(np.stack([W, -2 * W]), like, namespace(like).float32)
    for R in (L1(lam), L2(lam), ElasticNet(lam, 0.2), L2(np.array(0.1))):
        value, grad = R.value(w), R.grad(w)
        assert type(grad) is type(w) and value.dtype == grad.dtype == w.dtype
    for R in (L1(lam), L2(lam), ElasticNet(0.2, lam)):
        for weights, shape in ((w[0], (1,)), (w[[0, 1, 1]], (3, 1))):
            for part in (R.value, R.grad):
                with pytest.raises(ValueError, match=re.escape(f"expected lam of shape {shape}")):
                    part(weights)


@backends
@pytest.mark.parametrize("R", [L1, L2, lambda lam: ElasticNet(lam, lam)])
def test_a_stack_trains_with_one_strength_for_each_network(like, R):
    X, y = np.random.default_rng(1).standard_normal((2, 9, 3))

    def trained(lam, **options):
        net = MLP([3, 3], dtype="float64", **options).to(like)
        fit(
            net,
            MeanSquaredError(),
            Momentum(net.theta),
            X,
            y,
            epochs=3,
            penalty=R(lam),
            progress=False,
        )
        return to_numpy(net.theta)

    stack = trained(np.array([[0.1], [0.7]]), copies=2)
    for e, lam in enumerate((0.1, 0.7)):
        np.testing.assert_allclose(stack[e], trained(lam, seed=e), rtol=1e-10)
    with pytest.raises(ValueError, match=r"expected lam of shape \(3, 1\), got \(2, 1\)"):
        trained(np.array([[0.1], [0.7]]), copies=3)


def test_l1_is_flat_at_zero_and_strengths_are_checked():
    assert L1(0.5).grad(np.zeros(2)).tolist() == [0.0, 0.0]
    assert repr(L2(0.1)) == "L2(0.1)"
    for bad in (-0.1, np.nan, np.inf):
        with pytest.raises(ValueError, match="L2: expected a finite number lam ≥ 0"):
            L2(bad)
    assert repr(ElasticNet(0.1, 0.2)) == "ElasticNet(0.1, 0.2)"


@backends
@pytest.mark.parametrize("copies", [None, 3])
def test_max_norm_cuts_long_rows_and_leaves_the_rest(like, copies):
    net = MLP([3, 4, 2], seed=0, copies=copies, dtype="float64").to(like)
    net.theta[...] = asarray(np.random.default_rng(0).standard_normal(tuple(net.theta.shape)), like)
    before = to_numpy(net.theta)
    weights = [to_numpy(params[0]) for params in net.params if params]
    MaxNorm(1.5)(net)
    for W, params in zip(weights, [p for p in net.params if p], strict=True):
        length = np.linalg.norm(W, axis=-1, keepdims=True)
        expected = np.where(length > 1.5, W * 1.5 / length, W)
        np.testing.assert_allclose(to_numpy(params[0]), expected, rtol=1e-14)
    n = net.n_weights
    np.testing.assert_array_equal(to_numpy(net.theta)[..., n:], before[..., n:])  # biases
    with pytest.raises(ValueError, match="MaxNorm: expected c > 0, got 0"):
        MaxNorm(0)
    assert repr(MaxNorm(2)) == "MaxNorm(2)"


@backends
def test_max_norm_of_weights_whose_squares_overflow(like):
    float32 = namespace(like).float32
    net = MLP([2, 2, 1], dtype="float32").to(asarray([0.0], like, float32))
    W = net.params[0][0]
    W[...] = asarray([[3e25, 4e25], [0.3, 0.4]], like, float32)
    MaxNorm(1.0)(net)
    np.testing.assert_allclose(to_numpy(W), [[0.6, 0.8], [0.3, 0.4]], rtol=1e-6)
