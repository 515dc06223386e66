import math

import numpy as np
import pytest

from dlcore import initializers
from dlcore.initializers import (
    Constant,
    ForActivation,
    Glorot,
    He,
    LeCun,
    Normal,
    Orthogonal,
    Uniform,
    Zeros,
    gain,
    gaussian_mean,
    initializer,
)

N_IN, N_OUT = 300, 200
LAWS = [
    (Normal(0.3), 0.09, "normal"),
    (Uniform(0.6), 0.12, "uniform"),
    (LeCun(), 1 / N_IN, "normal"),
    (LeCun("uniform"), 1 / N_IN, "uniform"),
    (Glorot(), 2 / (N_IN + N_OUT), "uniform"),
    (Glorot("normal"), 2 / (N_IN + N_OUT), "normal"),
    (He(), 2 / N_IN, "normal"),
    (He("uniform"), 2 / N_IN, "uniform"),
    (ForActivation("relu"), 2 / N_IN, "normal"),
    (ForActivation("gelu", "uniform"), 2.3517 / N_IN, "uniform"),
]


@pytest.mark.parametrize("init, variance, law", LAWS, ids=lambda v: repr(v))
def test_variance_and_law(init, variance, law):
    W = init(np.random.default_rng(0), N_OUT, N_IN)
    assert W.shape == (N_OUT, N_IN) and W.dtype == np.float64
    standard = W / math.sqrt(variance)
    # 60 000 draws: five standard errors of the mean and of the variance.
    fourth = 3.0 if law == "normal" else 9 / 5
    assert abs(standard.mean()) < 5 / math.sqrt(W.size)
    assert abs(standard.var() - 1) < 5 * math.sqrt((fourth - 1) / W.size)
    assert (standard**4).mean() == pytest.approx(fourth, rel=0.05)
    if law == "uniform":
        assert abs(standard).max() <= math.sqrt(3)


def test_zeros_and_names():
    assert not Zeros()(np.random.default_rng(0), 2, 3).any()
    for name, cls in initializers.NAMED.items():
        assert isinstance(initializer(name), cls)
    assert initializer(He()).distribution == "normal"
    assert (
        repr(Glorot()) == "Glorot(distribution='uniform')"
        and repr(Normal(0.5)) == "Normal(std=0.5)"
    )
    assert repr(Uniform(0.5)) == "Uniform(limit=0.5)" and repr(Zeros()) == "Zeros()"
    assert Normal().std == 0.01 and Uniform().limit == 0.1


def test_bad_settings():
    with pytest.raises(ValueError, match="expected one of zeros, .*orthogonal, .*got 'heh'"):
        initializer("heh")
    assert isinstance(initializer("Xavier"), Glorot) and isinstance(initializer("kaiming"), He)
    with pytest.raises(TypeError, match="a name or a function"):
        initializer(0.1)
    for bad in (0, -1.0):
        with pytest.raises(ValueError, match="Normal: expected std > 0"):
            Normal(bad)
        with pytest.raises(ValueError, match="Uniform: expected limit > 0"):
            Uniform(bad)
        with pytest.raises(ValueError, match="^Orthogonal: expected scale > 0, got"):
            Orthogonal(bad)
    with pytest.raises(
        ValueError, match="Glorot: expected distribution one of uniform, normal, got 'cauchy'"
    ):
        Glorot("cauchy")


@pytest.mark.parametrize("shape", [(5, 5), (7, 3), (3, 7)])
def test_orthogonal(shape):
    W = Orthogonal(scale=1.5)(np.random.default_rng(0), *shape)
    small = W.T @ W if shape[0] >= shape[1] else W @ W.T
    np.testing.assert_allclose(small, 2.25 * np.eye(min(shape)), atol=1e-12)
    assert repr(Orthogonal()) == "Orthogonal(scale=1.0)"


def test_orthogonal_is_uniformly_distributed():
    # Without the signs of R the diagonal of Q would be negative far too often.
    rng = np.random.default_rng(0)
    traces = [np.trace(Orthogonal()(rng, 3, 3)) for _ in range(2000)]
    assert abs(np.mean(traces)) < 0.08 and np.var(traces) == pytest.approx(1, abs=0.12)


def test_constant():
    assert (
        Constant(0.5)(np.random.default_rng(0), 2, 3).tolist() == [[0.5] * 3] * 2
        and repr(Constant(2)) == "Constant(value=2)"
    )
    with pytest.raises(ValueError, match="Constant: expected a finite number value, got inf"):
        Constant(math.inf)


def test_moments_and_gains_by_quadrature():
    assert gaussian_mean(lambda z: 1.0 + 0 * z) == pytest.approx(1, abs=1e-14)
    assert gaussian_mean(lambda z: z**4) == pytest.approx(3, rel=1e-13)
    assert gain("identity") == pytest.approx(1, rel=1e-13)
    assert gain("relu") == pytest.approx(math.sqrt(2), rel=1e-13)
    assert gain("gelu") ** 2 == pytest.approx(2.352, abs=5e-4)
    assert gain("swish") ** 2 == pytest.approx(2.811, abs=5e-4)
    assert gain("selu") == pytest.approx(1, rel=1e-12)  # its constants say so
    assert gain("sign") == pytest.approx(1, rel=1e-13)

    class Nothing:
        def __call__(self, z):
            return 0 * z

        def deriv(self, z, a):
            return 0 * z

    with pytest.raises(ValueError, match="gain: expected an activation that is not 0 everywhere"):
        gain(Nothing())
    assert repr(ForActivation("tanh")) == "ForActivation(h=Tanh, distribution='normal')"
    assert repr(ForActivation("tanh", "uniform")) == "ForActivation(h=Tanh, distribution='uniform')"
