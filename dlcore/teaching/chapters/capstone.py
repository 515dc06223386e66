"""The digit reader of chapter 20, and what it loses without some of its ingredients.

    net = reader(seeds=range(5))                    # all ingredients, five starts
    fresh = trained(net)                            # five shares of test digits
    net = reader({"BatchNorm"}, seeds=range(5))     # the same without one
    board()[frozenset({"BatchNorm"})]               # that, each at its best rate, as it was stored

The 66 settings of ``board`` take some minutes.  They are stored in data/capstone.json:

    python -m dlcore.teaching.chapters.capstone     compute and store them again
"""

import json
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from dlcore.datasets import digits, split
from dlcore.initializers import He, Initializer, VarianceScaling
from dlcore.layers import Activation, Linear
from dlcore.losses import SoftmaxCrossEntropy
from dlcore.metrics import accuracy
from dlcore.network import Network
from dlcore.noise import Dropout
from dlcore.normalization import BatchNorm
from dlcore.optimizers import Adam, GradientDescent
from dlcore.training import fit

FILE = Path(__file__).with_name("data") / "capstone.json"
INGREDIENTS = ("start", "ReLU", "BatchNorm", "Adam", "regularisers", "data")
PARTS = ("dropout", "smoothing")  # of the regularisers
RATES = {"Adam": (0.003, 0.01, 0.03), "descent": (0.1, 0.3, 1.0)}
STARTS, FEW = 5, 100


class Scaled(VarianceScaling):
    """n_in Var(w) = g.  With g = ½ a ReLU layer sends on a quarter of what it was given."""

    def __init__(self, g: float):
        super().__init__()
        self.g = g

    def variance(self, n_out: int, n_in: int) -> float:
        return self.g / n_in


def reader(without: Collection[str] = (), depth: int = 8, width: int = 48,
           seeds: Sequence[int] = (0,), init: Initializer | None = None) -> Network:  # fmt: skip
    """A stack of deep networks for digits, one for each seed, without some of the ingredients.
    ``init`` is the start; None: He's, or the one that shrinks."""
    without = _all(without)
    init = init or (Scaled(0.5) if "start" in without else He())
    layers: list = []
    for n_in in [64] + (depth - 1) * [width]:
        layers.append(Linear(n_in, width, init))
        layers += [] if "BatchNorm" in without else [BatchNorm(width)]
        layers.append(Activation("sigmoid" if "ReLU" in without else "relu"))
    layers += [] if "dropout" in without else [Dropout(0.1)]
    return Network(*layers, Linear(width, 10, init), seed=list(seeds), copies=len(seeds))


@lru_cache
def parts(seed: int = 0) -> tuple:
    """X_train, X_val, X_test, y_train, y_val, y_test: the book's fixed split for seed 0, and a
    fifth of its training digits set aside."""
    X, y = digits()
    X, X_test, y, y_test = split(X.astype("float32"), y, test=0.25, seed=seed)
    X, X_val, y, y_val = split(X, y, test=0.2, seed=seed)
    return X, X_val, X_test, y, y_val, y_test


class cosine_rates:
    """η(t) = ½ η (1 + cos πt/T) for the rate η of each network of a stack."""

    def __init__(self, rates: Any, steps: int):
        self.rates, self.steps = np.array(rates, dtype="float32")[:, None], steps

    def __call__(self, t: int) -> np.ndarray:
        return self.rates * np.float32(0.5 * (1 + np.cos(np.pi * min(t / self.steps, 1))))


def trained(net: Network, without: Collection[str] = (), rates: Any = 0.01,
            epochs: int = 25, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Shares of validation and of test digits that each network of the stack reads after training.
    A few training digits (FEW, where "data" is taken away) are shown as often as many."""
    X, X_val, X_test, y, y_val, y_test = parts(seed)
    without = _all(without)
    if "data" in without:
        rows = np.resize(np.arange(FEW), len(X))
        X, y = X[rows], y[rows]
    steps = epochs * -(-len(X) // 64)
    rates = np.broadcast_to(rates, (net.copies or 1,))
    method = GradientDescent if "Adam" in without else Adam
    loss = SoftmaxCrossEntropy(0.0 if "smoothing" in without else 0.1)
    optimizer = method(net.theta, lr=cosine_rates(rates, steps))
    fit(net, loss, optimizer, X, y, epochs=epochs, batch_size=64, progress=False)
    return accuracy(net(X_val), y_val), accuracy(net(X_test), y_test)


def measured(without: Collection[str], starts: Sequence[int] = range(STARTS), seed: int = 0,
             **size: Any) -> tuple[float, np.ndarray]:  # fmt: skip
    """The rate with which the starts read most validation digits, and their shares of test digits
    at that rate."""
    rates = RATES["descent" if "Adam" in without else "Adam"]
    net = reader(without, seeds=len(rates) * list(starts), **size)
    with np.errstate(all="ignore"):
        known, fresh = trained(net, without, np.repeat(rates, len(starts)), seed=seed)
    known, fresh = (np.reshape(a, (len(rates), -1)) for a in (known, fresh))
    k = int(known.mean(axis=1).argmax())
    return rates[k], fresh[k]


def settings() -> Iterator[frozenset]:
    """What may be taken away: any of the six ingredients, and each regulariser by itself."""
    for n in range(len(INGREDIENTS) + 1):
        yield from map(frozenset, combinations(INGREDIENTS, n))
    yield from (frozenset([part]) for part in PARTS)


@lru_cache
def board() -> dict[frozenset, np.ndarray]:
    """The stored shares of test digits, (STARTS,), by what was taken away."""
    stored = json.loads(FILE.read_text(encoding="utf-8"))
    return {frozenset(key.split(", ")) - {""}: np.array(row[1:]) for key, row in stored.items()}


def _all(without: Collection[str]) -> set:
    return set(without) | (set(PARTS) if "regularisers" in without else set())


if __name__ == "__main__":
    from tqdm import tqdm

    rows = {}
    for without in tqdm(list(settings())):
        rate, shares = measured(without)
        name = ", ".join(i for i in INGREDIENTS + PARTS if i in without)
        rows[name] = [rate, *(round(float(share), 4) for share in shares)]
    lines = ",\n".join(f" {json.dumps(name)}: {json.dumps(row)}" for name, row in rows.items())
    FILE.write_text("{\n" + lines + "\n}\n", encoding="utf-8")
