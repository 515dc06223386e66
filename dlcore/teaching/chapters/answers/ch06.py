"""Exercises of chapter 6, Rosenblatt's perceptron."""

import numpy as np

from dlcore.datasets import boolean, breast_cancer
from dlcore.perceptron import Perceptron
from dlcore.teaching.exercises import Between, Exercise


def learns_by_the_rule(rosenblatt):
    """6.1: rosenblatt(X, y, at_zero, epochs) returns (w, updates, epochs used)."""
    for name, at_zero in (("and", 0), ("and", 1), ("nand", 0), ("xor", 0)):
        X, y = boolean(name)
        returned = rosenblatt(X.copy(), y.copy(), at_zero, 20)
        if not isinstance(returned, tuple) or len(returned) != 3:
            return "Return three things: the weights, the number of updates, the number of epochs."
        w, updates, epochs = np.asarray(returned[0], dtype=float).reshape(-1), *returned[1:]
        if w.shape != (3,):
            return f"Expected weights (b, w1, w2), got {w.size}. Put the constant input 1 into x."
        unit = Perceptron(2, at_zero=at_zero)
        trace = unit.fit(X, y, epochs=20)
        case = f"On {name.upper()} with step(0) = {at_zero}"
        if np.allclose(w, unit.w) and (updates, epochs) == (trace.updates, trace.epochs):
            continue
        right = f"{case} the rule makes {trace.updates} updates in {trace.epochs} epochs"
        other = Perceptron(2, at_zero=1 - at_zero).fit(X, y, epochs=20)
        if np.allclose(w, unit.w) and updates == trace.updates:
            return f"{right}; you count {epochs}. The last epoch, without a mistake, counts too."
        if np.allclose(w, unit.w):
            return f"{right}; you count {updates} updates. Count the changes of w only."
        if (updates, epochs) == (other.updates, other.epochs):
            return f"{case} your unit answers {1 - at_zero} when z is exactly 0."
        if np.abs(w).max() <= 1:
            return f"{case} your weights are {w}: add each update to the old weights (+=)."
        if np.linalg.norm(w) > 10 and epochs == 20:
            return f"{case} your weights run away: is it (y − ŷ), in this order?"
        return f"{right}, to w = {unit.w}; you return {w} after {updates} updates."
    return None


def answers_without_rate(answers):
    """6.4: answers(eta) is the list of all answers ŷ given in 5 epochs from w = 0."""
    X, y = breast_cancer()
    truth = [int(trial.y_hat) for trial in Perceptron(30).fit(X, y, epochs=5, record=True)]
    given = {}
    for eta in (0.1, 1.0, 7.0):
        values = np.asarray(answers(eta), dtype=float).reshape(-1)
        if values.shape != (len(truth),):
            return (
                f"Expected {len(truth)} answers (5 epochs of 569 rows) for eta = {eta}, got "
                f"{values.size}."
            )
        if not np.all((values == 0) | (values == 1)):
            return "Return the answers ŷ, zeros and ones; the weights do scale with eta."
        given[eta] = values
    if any(np.any(values != given[1.0]) for values in given.values()):
        return "Your answers depend on eta. Does the unit start at w = 0 each time?"
    if np.any(given[1.0] != truth):
        return "The answers do not depend on eta, but they are not those of the rule in file order."
    return None


def _reference(X, y, at_zero=0, epochs=100, sign=1, keep=1, bias=True, tail=0, every=False):
    x = np.column_stack([np.ones(len(X)), X]) if bias else X
    w, updates = np.zeros(x.shape[1]), 0
    for epoch in range(1, epochs + 1):
        changed = False
        for x_n, y_n in zip(x, y, strict=True):
            z = w @ x_n
            e = y_n - int(z > 0 or (z == 0 and at_zero))
            w, updates = keep * w + sign * e * x_n if e else w, updates + (e != 0 or every)
            changed |= bool(e)
        if not changed:
            return w, updates, epoch - tail
    return w, updates, epochs


def _answers(eta, start=0.0, shuffle=False, weights=False):
    X, y = breast_cancer()
    unit = Perceptron(30, w=np.full(31, start))
    trace = unit.fit(X, y, lr=eta, epochs=5, order="random" if shuffle else None, record=True)
    return [trial.after[0] if weights else trial.y_hat for trial in trace]


RUN = ("b", "w₁", "w₂", "updates", "epochs")

EXERCISES = [
    Exercise(
        "6.1",
        "function",
        test=learns_by_the_rule,
        praise="AND takes 10 updates to (−2, 2, 1), and XOR stops when told to.",
        right=[_reference],
        wrong=[
            (lambda *a: _reference(*a, keep=0), "to the old weights"),
            (lambda *a: _reference(*a, sign=-1), "(y − ŷ), in this order"),
            (lambda *a: _reference(*a, bias=False), "constant input 1"),
            (lambda X, y, at_zero, epochs: _reference(X, y, 1, epochs), "answers 1 when z"),
            (lambda *a: _reference(*a, tail=1), "without a mistake, counts too"),
            (lambda *a: _reference(*a, every=True), "changes of w only"),
            (lambda *a: _reference(*a)[0], "Return three things"),
        ],
    ),
    Exercise(
        "6.2",
        "array",
        answer=[-3, 2, 1, 11, 6],
        tolerance=1e-9,
        labels=RUN,
        hints=[
            (
                [-2, 2, 1, 10, 6],
                "That is step(0) = 0. With step(0) = 1 the first example, 00, is "
                "answered 1 and is a mistake.",
            ),
            (
                [..., ..., ..., ..., 5],
                "Count the last epoch too: only an epoch without a mistake "
                "shows that the unit has finished.",
            ),
            ([2, ..., ..., ..., ...], "Look at the order: bias first, then w1 and w2."),
        ],
        hint="Begin with z = 0 on input 00: the answer is 1, the label 0, so b becomes −1.",
        praise="One update more than with step(0) = 0, spent on the very first example.",
        right=[[-3, 2, 1, 11, 6], np.array([-3.0, 2, 1, 11, 6])],
        wrong=[
            ([-2, 2, 1, 10, 6], "That is step(0) = 0"),
            ([-3, 2, 1, 11, 5], "the last epoch"),
            ([2, 1, -3, 11, 6], "bias first"),
            ([0, 0, 0, 0, 0], "b becomes −1"),
        ],
    ),
    Exercise(
        "6.3",
        "array",
        answer=[-3, 0.4, 1.7, 5, 3],
        tolerance=1e-6,
        labels=RUN,
        hints=[
            ([-3, 1.7, 0.4, ..., ...], "Petal length first, then petal width."),
            ([3, -0.5, -1.7, ..., ...], "Setosa is class 0, virginica 1."),
            ([-3, 0.5, 1.7, ..., ...], "That is step(0) = 1."),
            ([-2, 0.6, 0.8, ..., ...], "That is setosa against versicolor."),
            (
                [..., ..., ..., Between(100), ...],
                "These are the sepals; the petals are the easier pair.",
            ),
            ([..., ..., ..., 1, ...], "Take the centimetres as they are, without standardising."),
            ([..., ..., ..., ..., 2], "The third epoch, without a mistake, counts too."),
        ],
        hint="Use the rows in the order of the file, w = 0 at the start and eta = 1.",
        praise="Five mistakes are enough: two kinds of flowers with a wide gap between them.",
        right=[[-3, 0.4, 1.7, 5, 3]],
        wrong=[
            ([-3, 1.7, 0.4, 5, 3], "length first"),
            ([3, -0.5, -1.7, 5, 3], "Setosa is class 0"),
            ([-3, 0.5, 1.7, 5, 3], "step(0) = 1"),
            ([-2, 0.6, 0.8, 4, 3], "versicolor"),
            ([-60, 51.8, -76.6, 614, 279], "sepals"),
            ([-3, 0.4, 1.7, 5, 2], "third epoch"),
            ([1, 1.196, 1.493, 1, 2], "without standardising"),
            ([0, 0, 0, 0, 1], "eta = 1"),
        ],
    ),
    Exercise(
        "6.4",
        "function",
        test=answers_without_rate,
        praise="The answers are the same for eta = 0.1, 1 and 7: from zero, eta only scales w.",
        right=[_answers],
        wrong=[
            (lambda eta: _answers(eta, start=1.0), "start at w = 0"),
            (lambda eta: _answers(eta, weights=True), "zeros and ones"),
            (lambda eta: _answers(eta, shuffle=True), "in file order"),
            (lambda eta: _answers(eta)[:569], "2845 answers"),
        ],
    ),
    Exercise(
        "6.5",
        "number",
        answer=0.069813,
        tolerance=2e-5,
        hints=[
            (
                0.034907,
                "That is 1/λ, which settles this direction in "
                "one step. The iteration still converges up to 2/λ.",
            ),
            (0.00069813, "The rule uses the mean: divide XᵀX by N."),
            (Between(2, 3), "No mean is subtracted: the matrix is the mean of x xᵀ itself."),
            (0.072265, "The constant input 1 belongs to x as well."),
            (Between(50), "That is the smallest eigenvalue; the largest one sets the limit."),
        ],
        hint="Form A, the mean of x xᵀ with x = (1, x1, x2); np.linalg.eigvalsh(A) has its "
        "eigenvalues, and the limit is 2 over the largest.",
        praise="Above it the largest eigendirection grows at every step; below it all shrink.",
        right=[0.06981301486570765, 0.0698],
        wrong=[
            (0.0349065, "1/λ"),
            (0.00069813, "divide"),
            (2.4591, "No mean is subtracted"),
            (0.0722653, "constant input"),
            (90.1, "smallest"),
            (1.0, "eigenvalues"),
        ],
    ),
    Exercise(
        "6.6",
        "array",
        answer=[3, 3] + [4] * 18,
        tolerance=1e-9,
        hints=[
            ([2, 3] + [4] * 18, "That is step(0) = 0; here step(0) = 1."),
            ([...] * 19 + [0], "An epoch without errors would mean that a line separates XOR."),
            ([4] * 20, "The first two epochs differ from the rest."),
        ],
        hint="Count the wrong answers of each epoch as they are given: trace.errors.",
        praise="From the third epoch on all four answers are wrong each time, for ever.",
        right=[[3, 3] + [4] * 18, Perceptron(2, at_zero=1).fit(*boolean("xor"), epochs=20).errors],
        wrong=[
            ([2, 3] + [4] * 18, "step(0) = 0"),
            ([3, 3, 0] + [0] * 17, "a line separates"),
            ([4] * 20, "first two epochs"),
            ([1, 2] + [4] * 18, "trace.errors"),
        ],
    ),
]
