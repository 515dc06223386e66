"""scikit-learn's MLPClassifier and dlcore's fit on the digits: the same architecture, minibatches,
epochs, rate and first distribution, no penalty, float32; time and accuracy on new splits.
"""

import time
import warnings
from collections.abc import Callable

import numpy as np

from dlcore.datasets import digits, split
from dlcore.losses import SoftmaxCrossEntropy
from dlcore.network import MLP
from dlcore.optimizers import Adam
from dlcore.training import fit

HIDDEN = ((64,), (256, 128))
EPOCHS, BATCH = 30, 32


def of_sklearn(hidden: tuple, X: np.ndarray, y: np.ndarray, seed: int) -> Callable:
    from sklearn.neural_network import MLPClassifier

    net = MLPClassifier(
        hidden,
        solver="adam",
        alpha=0.0,
        batch_size=BATCH,
        learning_rate_init=1e-3,
        max_iter=EPOCHS,
        n_iter_no_change=EPOCHS,
        random_state=seed,
    )
    with warnings.catch_warnings(action="ignore"):  # it would go on after these epochs
        net.fit(X, y)
    return net.predict


def of_dlcore(hidden: tuple, X: np.ndarray, y: np.ndarray, seed: int) -> Callable:
    net = MLP([64, *hidden, 10], "relu", seed=seed)
    optimizer = Adam(net.theta, lr=1e-3)
    fit(net, SoftmaxCrossEntropy(), optimizer, X, y, epochs=EPOCHS, progress=False)
    return lambda X: net.predict(X).argmax(axis=-1)


WHO = {"MLPClassifier": of_sklearn, "dlcore, NumPy": of_dlcore}


def figures(rounds: int) -> dict:
    """{network: {who: {"seconds": […], "accuracy": […]}}}, one entry a split and seed."""
    X, y = digits()
    X, found = X.astype("float32"), {}
    for hidden in HIDDEN:
        name = "-".join(map(str, (64, *hidden, 10)))
        found[name] = {who: {"seconds": [], "accuracy": []} for who in WHO}
        for seed in range(rounds):
            X_train, X_test, y_train, y_test = split(X, y, seed=seed)
            for who, train in WHO.items():
                start = time.perf_counter()
                predict = train(hidden, X_train, y_train, seed)
                found[name][who]["seconds"].append(time.perf_counter() - start)
                right = float(np.mean(predict(X_test) == y_test))
                found[name][who]["accuracy"].append(right)
    return found
