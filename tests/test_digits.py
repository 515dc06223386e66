"""The whole core on real data: handwritten digits, on every backend."""

import numpy as np
import pytest

from dlcore.backend import asarray, namespace, to_numpy
from dlcore.datasets import digits, split
from dlcore.losses import SoftmaxCrossEntropy
from dlcore.metrics import accuracy
from dlcore.network import MLP
from dlcore.optimizers import Adam
from dlcore.regularizers import L2
from dlcore.training import fit

from .reference import LIKE, backends, close

X, y = digits()
X_train, X_test, y_train, y_test = split(2 * X, y, test=0.2, seed=0)
X_test, X_train = X_test - X_train.mean(0), X_train - X_train.mean(0)


def train(like, dtype, copies, epochs):
    net = MLP([64, 128, 10], "relu", "he", dtype=dtype, copies=copies).to(like, dtype)
    history = fit(
        net,
        SoftmaxCrossEntropy(),
        Adam(net.theta, lr=3e-3),
        X_train,
        y_train,
        epochs=epochs,
        penalty=L2(1e-3),
        progress=False,
    )
    labels = asarray(y_test, net.theta, dtype=namespace(net.theta).int64)
    return history, to_numpy(accuracy(net(asarray(X_test, net.theta)), labels))


@backends
def test_a_network_reads_digits(like):
    history, accuracies = train(like, "float32", copies=5, epochs=40)
    assert np.median(accuracies) >= 0.97
    assert np.all(history.loss[-1] < 0.2 * history.loss[0])


@pytest.mark.parametrize("like", list(LIKE.values())[1:], ids=list(LIKE)[1:])
def test_every_backend_has_the_same_history_in_float64(like):
    ours, _ = train(LIKE["numpy"], "float64", copies=None, epochs=5)
    theirs, _ = train(like, "float64", copies=None, epochs=5)
    np.testing.assert_allclose(theirs.loss, ours.loss, **close)
