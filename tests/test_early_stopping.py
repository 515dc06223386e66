from types import SimpleNamespace

import numpy as np
import pytest

from dlcore.early_stopping import ReduceOnPlateau
from dlcore.optimizers import GradientDescent


@pytest.mark.parametrize(
    ("curve", "patience", "rates"),
    [
        ([3, 2, 2, 2, 2, 2, 1, 1, 1], 2, [8, 8, 8, 4, 4, 2, 2, 2, 1]),
        ([1, 1, 1, 0.5, 0.5], 1, [8, 4, 2, 2, 1]),
        ([np.nan, 2, np.nan, np.nan, 1, np.nan], 2, [8, 8, 8, 4, 4, 4]),
    ],
)
def test_the_rate_is_halved_after_patience_epochs_without_improvement(curve, patience, rates):
    optimizer, seen = GradientDescent(np.zeros(1), lr=8.0), []
    reduce = ReduceOnPlateau(optimizer, factor=0.5, patience=patience)
    for epoch in range(1, len(curve) + 1):
        reduce(epoch, SimpleNamespace(falling=lambda monitor, n=epoch: curve[:n]))
        seen.append(optimizer.lr)
    assert seen == rates


def test_the_rate_is_halved_after_five_epochs_unless_told_otherwise():
    optimizer = GradientDescent(np.zeros(1), lr=8.0)
    reduce = ReduceOnPlateau(optimizer)
    assert (reduce.factor, reduce.patience, reduce.monitor) == (0.5, 5, "loss")
