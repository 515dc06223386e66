"""Perceptron, Adaline, the logistic unit, the pocket algorithm, the machine of 1958."""

import numpy as np

from dlcore import separability
from dlcore.perceptron import Adaline, LogisticUnit, Perceptron
from dlcore.photoperceptron import Photoperceptron
from dlcore.teaching.chapters import cards, pocket

from . import kinds as k
from .refusal import array, asarray, entry, integers

X = [*k.numbers, k.lower_rank, k.higher_rank, k.other_last]
Y = [k.not_numbers, k.half_labels, k.labels_below(2), k.column, k.other_rows]


def examples(where):
    """Four points that a line separates, and their labels."""
    X = asarray([[0.0, 0.1], [0.1, 1.0], [1.0, 0.0], [1.0, 1.1]], array(where, 1))
    return dict(X=X, y=integers(where, 0, 0, 1, 1))


SETTINGS = dict(lr=0.5, epochs=2, batch=False, order=None, seed=0)
for unit in (Perceptron, Adaline, LogisticUnit):
    name = unit.__name__
    entry(
        f"perceptron.{name}",
        dict(n_in=2, w=None, at_zero=0, bias=True),
        unit,
        n_in=[k.whole],
        at_zero=[k.values(0.5, 2, -1, "0", None, k.NAN)],
        bias=[k.boolean],
    )
    entry(
        f"perceptron.{name}",
        lambda where: dict(n_in=2, w=array(where, 3)),
        unit,
        w=[
            k.values("x", [["a", "b", "c"]], {}, [[1.0], [1.0, 2.0]]),
            k.complex_numbers,
            k.not_finite,
            k.column,
            k.other_last,
            k.scalar,
        ],
    )

    def started(where, unit=unit):
        return dict(unit=unit(2, w=[0.1, -0.3, 0.2]), **examples(where))

    entry(
        f"perceptron.{name}.fit",
        lambda where, good=started: good(where) | SETTINGS,
        lambda unit, X, y, **settings: unit.fit(X, y, **settings),
        X=[*X, k.other_rows, k.empty],
        y=Y,
        owner=name,
    )
    entry(
        f"perceptron.{name}.fit",
        lambda where, good=started: good(where) | SETTINGS,
        lambda unit, X, y, **settings: unit.fit(X, y, **settings),
        only=["numpy"],
        lr=[k.positive],
        epochs=[k.whole],
        batch=[k.boolean],
        seed=[k.seed],
        owner=name,
        order=[k.values("sorted", 3, [], [4], [-1], [0.5], ["a"], [None], [[0, 1]])],
    )
    entry(
        f"perceptron.{name}.fit",
        lambda where, good=started: good(where) | SETTINGS | dict(order="random"),
        lambda unit, X, y, **settings: unit.fit(X, y, **settings),
        only=["numpy"],
        seed=[k.seed],
        owner=name,
    )
    calls = ["inputs", "score", "__call__"] + ["probability"] * (unit is LogisticUnit)
    calls += ["stable_lr"] * (unit is Adaline)
    for method in calls:
        entry(
            f"perceptron.{name}.{method}",
            started,
            lambda unit, X, y, method=method: getattr(unit, method)(X),
            owner=name,
            X=X if method != "stable_lr" else [*X, k.empty],
        )
    for method in ["accuracy"] + ["loss"] * (unit is not Perceptron):
        entry(
            f"perceptron.{name}.{method}",
            started,
            lambda unit, X, y, method=method: getattr(unit, method)(X, y),
            owner=name,
            X=[*X, k.other_rows, k.empty],
            y=Y,
        )

for f in (separability.criterion, separability.margin):
    entry(
        f"separability.{f.__name__}",
        lambda where: dict(w=array(where, 3), **examples(where)),
        f,
        owner=f"{f.__name__}|Perceptron",
        w=[k.not_numbers, k.complex_numbers, k.not_finite, k.other_last, k.scalar],
        X=[*X, k.other_rows, k.empty],
        y=Y,
    )
entry(
    "separability.margin",
    lambda where: dict(w=array(where, 3), **examples(where)),
    separability.margin,
    w=[k.column, k.zeros],
)
entry(
    "separability.max_margin",
    lambda where: examples(where) | dict(steps=50, tolerance=1e-3),
    separability.max_margin,
    owner="max_margin|Perceptron",
    X=[*X[:-1], k.other_rows, k.empty],
    y=Y,
    steps=[k.whole],
    tolerance=[k.not_negative],
)
entry(
    "separability.novikoff_bound",
    lambda where: examples(where) | dict(w=asarray([-0.5, 1.0, 0.0], array(where, 1))),
    separability.novikoff_bound,
    owner="novikoff_bound|margin|Perceptron",
    X=[*X, k.other_rows, k.empty],
    y=Y,
    w=[k.values("x", [0.0, 1.0]), k.complex_numbers, k.not_finite, k.column, k.zeros, k.negative],
)
entry(
    "teaching.chapters.pocket.pocket",
    lambda where: examples(where) | dict(trials=5, lr=1.0, at_zero=0, seed=0),
    pocket.pocket,
    owner="pocket|Perceptron",
    X=[*X[:-1], k.other_rows, k.empty],
    y=Y,
)
entry(
    "teaching.chapters.pocket.pocket",
    lambda where: examples(where) | dict(trials=5, lr=1.0, at_zero=0, seed=0),
    pocket.pocket,
    owner="pocket",
    only=["numpy"],
    trials=[k.count],
    lr=[k.positive],
    at_zero=[k.values(2, "0", None)],
    seed=[k.seed],
)

# ------------------------------------------------------------------ the machine

SIZES = dict(n_a=6, n_r=1, retina=(2, 3), fan_in=2, threshold=1, seed=0)
RETINA = [k.values(None, 3, "23", (2,), (2, 3, 4), (0, 3), (2, -1), (2, 1.5), (True, 2), ("2", 3))]
entry(
    "photoperceptron.Photoperceptron",
    SIZES,
    Photoperceptron,
    n_a=[k.whole],
    n_r=[k.whole],
    retina=RETINA,
    fan_in=[k.whole, k.values(7)],
    threshold=[k.number],
    seed=[k.seed],
)


def machine(where, n_r=1):
    settings = SIZES | dict(n_r=n_r)
    return dict(
        machine=Photoperceptron(**settings),
        S=array(where, 4, 6),
        y=integers(where, 0, 1, 1, 0),
        lr=1.0,
    )


for method in ("association", "score", "__call__"):
    entry(
        f"photoperceptron.Photoperceptron.{method}",
        machine,
        lambda machine, S, method=method, **rest: getattr(machine, method)(S),
        owner="Photoperceptron",
        S=X,
    )
for method in ("accuracy", "train"):
    for n_r in (1, 3):
        entry(
            f"photoperceptron.Photoperceptron.{method}",
            lambda where, n_r=n_r: machine(where, n_r),
            lambda machine, S, y, lr, method=method: (
                machine.train(S, y, lr) if method == "train" else machine.accuracy(S, y)
            ),
            owner="Photoperceptron",
            S=[*X, k.other_rows, k.empty],
            y=[k.not_numbers, k.half_labels, k.labels_below(max(2, n_r)), k.column, k.other_rows],
            **(dict(lr=[k.positive]) if method == "train" else {}),
        )
entry(
    "teaching.chapters.cards.to_retina",
    dict(images=np.linspace(0, 1, 32).reshape(2, 16), retina=(2, 2), threshold=0.5),
    cards.to_retina,
    owner="to_retina",
    images=[
        k.not_numbers,
        k.complex_numbers,
        k.not_finite,
        k.other_last,
        k.lower_rank,
        k.empty_pictures,
    ],
    retina=RETINA,
    threshold=[k.number],
)
