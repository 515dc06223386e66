"""Exercises of chapter 6, Rosenblatt's perceptron."""

from fractions import Fraction

import numpy as np

from dlcore.datasets import boolean, breast_cancer
from dlcore.perceptron import Perceptron
from dlcore.teaching.exercises import Between, Exercise


def learns_by_the_rule(rosenblatt):
    """6.1: rosenblatt(X, y, at_zero, epochs) returns (w, updates, epochs used)."""
    for name, at_zero in (("and", 0), ("and", 1), ("nand", 0), ("xor", 0)):
        X, y = boolean(name)
        returned = rosenblatt(X.copy(), y.copy(), at_zero, 20)
        if not isinstance(returned, (tuple, list)) or len(returned) != 3:
            return "Return three things: the weights, the number of updates, the number of epochs."
        w, updates, epochs = (np.asarray(part, dtype=float).reshape(-1) for part in returned)
        if updates.size != 1 or epochs.size != 1:
            return "Return the weights first, then the number of updates and that of epochs."
        updates, epochs = updates[0], epochs[0]
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
            return f"{right}; you count {epochs:g}. The last epoch, without a mistake, counts too."
        if np.allclose(w, unit.w):
            return f"{right}; you count {updates:g} updates. Count the changes of w only."
        if (updates, epochs) == (other.updates, other.epochs):
            return f"{case} your unit answers {1 - at_zero} when z is exactly 0."
        if np.abs(w).max() <= 1:
            return f"{case} your weights are {w}: add each update to the old weights (+=)."
        if np.linalg.norm(w) > 10 and epochs == 20:
            return f"{case} your weights run away: is it (y − ŷ), in this order?"
        return f"{right}, to w = {unit.w}; you return {w} after {updates:g} updates."
    return None


def answers_without_rate(answers):
    """6.4: answers(eta) is the list of all answers ŷ given in 5 epochs from w = 0."""
    X, y = breast_cancer()
    truth = [int(trial.y_hat) for trial in Perceptron(30).fit(X, y, epochs=5, record=True)]
    given = {}
    for eta in (0.1, 1.0, 7.0):
        returned = answers(eta)
        listed = returned if hasattr(returned, "__array__") else list(returned)
        values = np.asarray(listed, dtype=float).reshape(-1)
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


def bound_from_afar(bound):
    """6.7: bound(R, gamma, W, eta) = (R/γ)² + 2 W/(η γ)."""
    for R, gamma, W, eta in (
        (3**0.5, 0.25, 0.0, 1.0),
        (1.0, 0.5, 3.0, 1.0),
        (2.0, 0.2, 1.5, 0.1),
        (1.0, 0.1, 20.0, 5.0),
    ):
        given = np.asarray(bound(R, gamma, W, eta), dtype=float).reshape(-1)
        if given.shape != (1,):
            return f"Return one number, the bound; got {given.size}."
        case = f"For R = {R:.3g}, γ = {gamma}, W = {W}, η = {eta}"
        novikoff, far = (R / gamma) ** 2, W / (eta * gamma)
        slips = (
            (novikoff, "your bound does not grow with W. Which term has the start in it?"),
            (novikoff + far, "a factor is missing: (−W + kηγ)² has a double product."),
            (novikoff + far**2, "W² stands on both sides after squaring, and cancels."),
            (novikoff + 2 * W / gamma, "divide W by η: only their ratio can matter."),
            (novikoff + 2 * W * eta / gamma, "divide W by η: only their ratio can matter."),
            (novikoff - 2 * far, "a start may point the wrong way: w*·w₀ can be −W, and costs."),
        )
        if abs(given[0] - (novikoff + 2 * far)) <= 1e-9 * (novikoff + 2 * far):
            continue
        for value, hint in slips:
            if W and abs(given[0] - value) <= 1e-9 * abs(value):
                return f"{case}, {hint}"
        if W == 0:
            return (
                f"{case}, from zero, it has to be Novikoff's (R/γ)² = {novikoff:.5g}, not rounded."
            )
        return (
            f"{case}, you return {given[0]:.4g}. Begin with −W + kηγ ≤ √(W² + kη²R²), square both "
            "sides, and solve for k."
        )
    return None


def learns_left_alone(left_alone):
    """6.9: left_alone(a, decay) returns the values of the γ-system with spontaneous responses."""
    rng = np.random.default_rng(6)
    for n, decay in ((12, 0.02), (12, 0.0), (40, 0.1), (1, 0.02)):
        a = (rng.random((n, 9)) < 0.4).astype(float)
        a[:, 0], a[:, 1] = 1, 0  # never all silent or all active
        given = np.asarray(left_alone(a.copy(), decay), dtype=float).reshape(-1)
        if given.shape != (9,):
            return f"For {n} cards and 9 units, return 9 values; got {given.size}."
        case = f"After {n} {'card' if n == 1 else 'cards'} with a decay of {decay}"
        if np.allclose(given, _alone(a, decay), rtol=0, atol=1e-9):
            continue
        for slip, hint in (
            (
                dict(conserve=False),
                "nothing is taken from the inactive units: the total must stay 0.",
            ),
            (dict(shrink=False), "the values have not shrunk."),
            (dict(late=True), "the new gain has shrunk, too: shrink first, then add."),
            (dict(forced=True), "the gains were never subtracted: the answer 0 subtracts them."),
            (dict(sign=-1), "the signs are reversed: the answer 1 adds the gains."),
        ):
            if np.allclose(given, _alone(a, decay, **slip), rtol=0, atol=1e-9):
                return f"{case} {hint}"
        return (
            f"{case} the first value should be {_alone(a, decay)[0]:.4g}, yours is {given[0]:.4g}. "
            "Each active unit gains 1, and the inactive ones pay for it in equal shares."
        )
    return None


def _alone(a, decay, conserve=True, shrink=True, late=False, forced=False, sign=1):
    value = np.zeros(a.shape[1])
    for row in a:
        paid = row.sum() / (len(row) - row.sum()) if conserve else 0
        gain = np.where(row > 0, 1.0, -paid) * sign
        gain = gain if forced or value @ row > 0 else -gain
        keep = 1 - decay if shrink else 1
        value = keep * (value + gain) if late else keep * value + gain
    return value


def _far(R, gamma, W, eta):
    return (R / gamma) ** 2 + 2 * W / (eta * gamma)


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
        right=[
            _reference,
            lambda *a: list(_reference(*a)),
            lambda *a: [np.array(part).reshape(-1).tolist() for part in _reference(*a)],
            lambda *a: ([Fraction(float(w)) for w in _reference(*a)[0]], *_reference(*a)[1:]),
        ],
        wrong=[
            (lambda *a: _reference(*a, keep=0), "to the old weights"),
            (lambda *a: _reference(*a, sign=-1), "(y − ŷ), in this order"),
            (lambda *a: _reference(*a, bias=False), "constant input 1"),
            (lambda X, y, at_zero, epochs: _reference(X, y, 1, epochs), "answers 1 when z"),
            (lambda *a: _reference(*a, tail=1), "without a mistake, counts too"),
            (lambda *a: _reference(*a, every=True), "changes of w only"),
            (lambda *a: _reference(*a)[0].tolist()[:2], "Return three things"),
            (lambda *a: _reference(*a)[::-1], "weights first"),
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
        right=[[-3, 2, 1, 11, 6], (-3, 2, 1, 11, 6), np.array([-3.0, 2, 1, 11, 6])],
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
        right=[[-3, 0.4, 1.7, 5, 3], [-3, Fraction(2, 5), 0.1 * 17, 5, 3]],
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
        right=[_answers, lambda eta: np.array(_answers(eta)), lambda eta: iter(_answers(eta))],
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
        right=[0.06981301486570765, 0.0698, np.float32(0.069813), Fraction(69813, 1000000)],
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
            (
                [4] * 20,
                "The first two epochs differ from the rest: begin at zero, where 00 is answered "
                "1, and go through them by hand.",
            ),
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
    Exercise(
        "6.7",
        "function",
        test=bound_from_afar,
        praise="For W = 0 it is Novikoff's; the second term is what a far start may cost.",
        right=[
            _far,
            lambda R, gamma, W, eta: (R**2 + 2 * gamma * W / eta) / gamma**2,
            lambda R, gamma, W, eta: [_far(R, gamma, W, eta)],
        ],
        wrong=[
            (lambda R, gamma, W, eta: (R / gamma) ** 2, "does not grow with W"),
            (lambda R, gamma, W, eta: (R / gamma) ** 2 + W / eta / gamma, "double product"),
            (lambda R, gamma, W, eta: (R / gamma) ** 2 + (W / eta / gamma) ** 2, "cancels"),
            (lambda R, gamma, W, eta: (R / gamma) ** 2 + 2 * W / gamma, "their ratio"),
            (lambda R, gamma, W, eta: (R / gamma) ** 2 - 2 * W / eta / gamma, "wrong way"),
            (lambda R, gamma, W, eta: R / gamma + 2 * W / eta / gamma, "from zero"),
            (lambda R, gamma, W, eta: (R / gamma) ** 2 + 7 * W, "square both sides"),
            (lambda R, gamma, W, eta: [R, gamma], "one number"),
        ],
    ),
    Exercise(
        "6.8",
        "array",
        answer=[-2, 0, 0, 2],
        tolerance=1e-9,
        labels=("b", "w₁", "w₂", "k"),
        hints=[
            ([2, 0, 0, ...], "Label 1 counts +, label 0 counts −: t = 2y − 1."),
            ([1, 1, 1, ...], "The rows with label 0 are subtracted; here they were left out."),
            ([-2, 2, 1, ...], "That is where error correction ends. Here every row is added once."),
            (
                [-2, 0, 0, 1],
                "That is the plain table, in which 11 is answered 0. Write the four sums with k.",
            ),
            ([-2, 0, 0, 3], "With k = 3 the sum of 01 is 2, and it is answered 1."),
            ([-2, 0, 0, ...], "Write the four sums with k: k − 3 for 00, and so on."),
        ],
        hint="Add up the four rows (1, x1, x2), those with label 0 with a minus sign.",
        praise="The α-system learns how often each answer was wanted, not how hard it is.",
        right=[[-2, 0, 0, 2], np.array([-2.0, 0, 0, 2])],
        wrong=[
            ([2, 0, 0, 2], "2y − 1"),
            ([1, 1, 1, 2], "subtracted"),
            ([-2, 2, 1, 2], "error correction"),
            ([-2, 0, 0, 1], "plain table"),
            ([-2, 0, 0, 3], "sum of 01"),
            ([-2, 0, 0, 4], "four sums"),
            ([-1, 0, 0, 2], "minus sign"),
        ],
    ),
    Exercise(
        "6.9",
        "function",
        test=learns_left_alone,
        praise="Now to the question: what does it come to answer, and how often?",
        right=[_alone, lambda a, decay: _alone(a, decay).tolist()],
        wrong=[
            (lambda a, decay: _alone(a, decay, conserve=False), "nothing is taken"),
            (lambda a, decay: _alone(a, decay, shrink=False), "not shrunk"),
            (lambda a, decay: _alone(a, decay, late=True), "shrink first"),
            (lambda a, decay: _alone(a, decay, forced=True), "never subtracted"),
            (lambda a, decay: _alone(a, decay, sign=-1), "reversed"),
            (lambda a, decay: 2 * _alone(a, decay), "equal shares"),
            (lambda a, decay: _alone(a, decay)[:3], "9 values"),
        ],
    ),
]
