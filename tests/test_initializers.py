import math

import numpy as np
import pytest

from dlcore import initializers
from dlcore.initializers import Glorot, He, LeCun, Normal, Uniform, Zeros, initializer

N_IN, N_OUT = 300, 200
LAWS = [
    (Normal(0.3), 0.09, "normal"), (Uniform(0.6), 0.12, "uniform"),
    (LeCun(), 1 / N_IN, "normal"), (LeCun("uniform"), 1 / N_IN, "uniform"),
    (Glorot(), 2 / (N_IN + N_OUT), "uniform"), (Glorot("normal"), 2 / (N_IN + N_OUT), "normal"),
    (He(), 2 / N_IN, "normal"), (He("uniform"), 2 / N_IN, "uniform"),
]  # fmt: skip


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
    assert initializer(He()).law == "normal"
    assert repr(Glorot()) == "Glorot('uniform')" and repr(Normal(0.5)) == "Normal(std=0.5)"
    assert repr(Uniform(0.5)) == "Uniform(limit=0.5)" and repr(Zeros()) == "Zeros()"


def test_bad_settings():
    with pytest.raises(ValueError, match="expected one of zeros, .*he, got 'xavier'"):
        initializer("xavier")
    with pytest.raises(TypeError, match="a name or a function"):
        initializer(0.1)
    for bad in (0, -1.0, math.nan, math.inf):
        with pytest.raises(ValueError, match="Normal: expected std > 0"):
            Normal(bad)
        with pytest.raises(ValueError, match="Uniform: expected limit > 0"):
            Uniform(bad)
    with pytest.raises(
        ValueError, match="Glorot: expected law 'uniform' or 'normal', got 'cauchy'"
    ):
        Glorot("cauchy")
