import numpy as np
import pytest

from dlcore.backend import asarray, to_numpy
from dlcore.gradcheck import directional_error
from dlcore.network import MLP
from dlcore.regularizers import L1, L2, ElasticNet, MaxNorm

from .reference import backends

W = np.random.default_rng(0).standard_normal(11)


@backends
@pytest.mark.parametrize("R, value", [
    (L2(0.3), 0.15 * (W @ W)), (L1(0.3), 0.3 * abs(W).sum()),
    (ElasticNet(0.2, 0.3), 0.2 * abs(W).sum() + 0.15 * (W @ W)),
])  # fmt: skip
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


def test_l1_is_flat_at_zero_and_strengths_are_checked():
    assert L1(0.5).grad(np.zeros(2)).tolist() == [0.0, 0.0]
    assert repr(L2(0.1)) == "L2(0.1)"
    for bad in (-0.1, np.nan, np.inf):
        with pytest.raises(ValueError, match="L2: expected a finite lam ≥ 0"):
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
    for c in (0, np.inf):
        with pytest.raises(ValueError, match=f"MaxNorm: expected a finite c > 0, got {c}"):
            MaxNorm(c)
    assert repr(MaxNorm(2)) == "MaxNorm(2)"
