"""Exercises of chapter 14, backpropagation in matrices."""

import functools

import numpy as np

from dlcore.datasets import digits
from dlcore.losses import SoftmaxCrossEntropy
from dlcore.network import MLP
from dlcore.teaching.exercises import Exercise


def _shaped(value, shape):
    # The array, or None where it is no array of numbers of this shape.
    try:
        value = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        return None
    return value if value.shape == shape else None


def fixes_the_transpose(layer):
    """14.1: tanh(W a + b) for 5 → 3 → 2 and for a square W."""
    rng = np.random.default_rng(0)
    for n_in, n_out in ((5, 3), (3, 2), (4, 4)):
        W, b, a = rng.normal(size=(n_out, n_in)), rng.normal(size=n_out), rng.normal(size=n_in)
        expected = [np.tanh(sum(W[j, k] * a[k] for k in range(n_in)) + b[j]) for j in range(n_out)]
        value = _shaped(layer(W.copy(), b.copy(), a.copy()), (n_out,))
        where = f"For a layer of {n_in} inputs and {n_out} units"
        if value is None:
            return f"{where} expected an array of shape ({n_out},)."
        if np.allclose(value, expected, atol=1e-12):
            continue
        if n_in == n_out and np.allclose(value, np.tanh(W.T @ a + b)):
            return f"{where} no shape complains, and yet the transpose is still there."
        if np.allclose(value, np.tanh(W @ a)):
            return f"{where} the bias is missing."
        if np.allclose(value, W @ a + b):
            return f"{where} the activation function is missing."
        return f"{where} the values differ from those of the loops over j and k."
    return None


def _wrong_only_where_square(W, b, a):
    return np.tanh((W.T if W.shape[0] == W.shape[1] else W) @ a + b)


@functools.cache
def _case(sizes):
    X, y = digits()
    net = MLP(sizes, "tanh", seed=1, dtype="float64")
    X, y = X[:6, 20 : 20 + sizes[0]] if sizes[0] < 64 else X[:6], y[:6] % sizes[-1]
    return net, X, y, net.gradient(SoftmaxCrossEntropy(), X, y)


def checks_a_gradient(relative_error):
    """14.2: below 1e-7 for the gradient, far above for wrong ones; θ as it was."""
    small, large = _case((8, 6, 4)), _case((64, 32, 10))
    right = small[-1]
    late = right.copy()
    late[-4:] *= 1.01
    swapped = right.copy()
    swapped[:48] = right[:48].reshape(6, 8).T.ravel()
    for (net, X, y, _), g, what in (
        (small, right, "the right gradient of a network 8-6-4"),
        (small, 6 * right, "a gradient without the factor 1/N"),
        (small, swapped, "a gradient with the first matrix transposed"),
        (small, late, "a gradient whose last four entries are 1 % too large"),
        (large, large[-1], "the right gradient of the network 64-32-10"),
    ):
        before = net.theta.copy()
        value = _shaped(relative_error(net, X, y, g.copy()), ())
        moved = not np.array_equal(net.theta, before)
        net.theta[...] = before
        if moved:
            return "net.theta has changed: put every parameter back to where it was."
        if value is None or not np.isfinite(value):
            return "Expected one finite number from relative_error."
        if "right" in what:
            if value < 0:
                return "A relative error is a ratio of lengths and cannot be negative."
            if value > 1e-7:
                return (
                    f"For {what} your function says {value:.1e}. Central differences with a "
                    "step of about 1e-5 reach below 1e-7; one-sided ones do not, and very "
                    "small steps drown in rounding."
                )
        elif value < 1e-5:
            return f"For {what} your function says {value:.1e}: it does not notice the mistake."
    return None


def _differences(net, X, y, g, eps=1e-5, central=True, restore=True):
    J = lambda: float(SoftmaxCrossEntropy().value(net(X), y))  # noqa: E731
    theta, d = net.theta, np.empty_like(g)
    for i in range(len(theta)):
        kept = theta[i]
        theta[i] = kept + eps
        plus = J()
        theta[i] = kept - eps if central else kept
        d[i] = (plus - J()) / ((2 if central else 1) * eps)
        theta[i] = kept if restore else kept - eps
    return np.linalg.norm(g - d) / (np.linalg.norm(g) + np.linalg.norm(d))


def sums_outer_products(weight_gradient):
    """14.4: Δᵀ A, of the shape (n_out, n_in)."""
    rng = np.random.default_rng(0)
    for N, n_out, n_in in ((7, 3, 5), (4, 4, 4)):
        Delta, A = rng.normal(size=(N, n_out)), rng.normal(size=(N, n_in))
        expected = sum(np.outer(d, a) for d, a in zip(Delta, A, strict=True))
        given = weight_gradient(Delta.copy(), A.copy())
        if _shaped(given, (n_in, n_out)) is not None and n_in != n_out:
            return f"The shape is ({n_in}, {n_out}): that is the transpose of W's shape."
        value = _shaped(given, (n_out, n_in))
        if value is None:
            return f"Expected the shape of W, ({n_out}, {n_in}), got {np.shape(given)}."
        if np.abs(value - expected).max() < 1e-12:
            continue
        if np.allclose(value, expected / N):
            return "The factor 1/N is already inside Delta; here it comes in a second time."
        if n_in == n_out and np.allclose(value, expected.T):
            return "For a square W the shapes fit, but the matrix is the transpose."
        return f"The values differ from the sum of the outer products of the {N} samples."
    return None


STARTS = {
    "sigmoid, cross-entropy": "a - y",
    "softmax, cross-entropy": "a - y",
    "sigmoid, squared error": "(a - y) a (1 - a)",
    "identity, squared error": "a - y",
}

CARDS = {
    "Linnainmaa: thesis on rounding errors": "1970",
    "Rumelhart, Hinton and Williams: letter to Nature": "1986",
    "Kelley: gradients of flight paths": "1960",
    "Werbos: paper that applies it to neural networks": "1982",
    "Bryson and Ho: textbook of optimal control": "1969",
    "Amari: adaptive classifiers by stochastic gradient descent": "1967",
    "Werbos: Harvard thesis": "1974",
    "Dreyfus: the rule from the chain rule alone": "1962",
}
LINNAINMAA, LETTER, KELLEY, PAPER, BRYSON, AMARI, THESIS, DREYFUS = CARDS


def trains_with_random_feedback(answer):
    """14.6: [mean accuracy ≥ 0.96, mean angle < 60 degrees]."""
    accuracy, angle = answer
    if not 0 <= accuracy <= 1:
        return "The first number is an accuracy, a share between 0 and 1 (not a percentage)."
    if not 0 <= angle <= 180:
        return "The second number is an angle in degrees, between 0 and 180."
    if angle < 4:
        return "The second number is expected in degrees; is yours in radians?"
    if angle > 80:
        return (
            "At such an angle W has not turned towards B at all. Do the errors come back "
            "through B, in alignment_gradient?"
        )
    if accuracy < 0.94:
        return "That is what the read-out reaches by itself; train longer, or with larger steps."
    if accuracy < 0.96:
        return "Close. Try a larger learning rate, more hidden units, or ReLU with He's weights."
    if angle >= 60:
        return "Accurate, but the angle is not yet below 60 degrees: train longer."
    return None


EXERCISES = [
    Exercise(
        "14.1",
        "function",
        test=fixes_the_transpose,
        praise="To, from: on the way up no transpose is needed.",
        right=[lambda W, b, a: np.tanh(W @ a + b), lambda W, b, a: np.tanh(a @ W.T + b)],
        wrong=[
            (lambda W, b, a: np.tanh(W.T @ a + b), "ValueError"),
            (_wrong_only_where_square, "no shape complains"),
            (lambda W, b, a: np.tanh(W @ a), "bias is missing"),
            (lambda W, b, a: W @ a + b, "activation function is missing"),
            (lambda W, b, a: np.tanh(W @ a + b)[:, None], "shape (3,)"),
        ],
    ),
    Exercise(
        "14.2",
        "function",
        test=checks_a_gradient,
        praise="And it protests at three wrong gradients.",
        right=[_differences],
        wrong=[
            (lambda net, X, y, g: _differences(net, X, y, g, central=False), "one-sided"),
            (lambda net, X, y, g: _differences(net, X, y, g, restore=False), "has changed"),
            (lambda net, X, y, g: 0.0, "does not notice"),
            (lambda net, X, y, g: "fine", "one finite number"),
            (lambda net, X, y, g: g, "one finite number"),
        ],
    ),
    Exercise(
        "14.3",
        "choice",
        answer=STARTS,
        options={
            "a - y": "error of the output",
            "(a - y) a (1 - a)": "error times slope",
            "(a - y) / (a (1 - a))": "error over slope",
            "y - a": "the opposite sign",
        },
        hints=[
            *(
                (
                    {pair: "y - a"},
                    "Mind the sign: if the output is larger than the target, a larger "
                    "z makes the cost larger.",
                )
                for pair in STARTS
            ),
            (
                {"sigmoid, cross-entropy": "(a - y) / (a (1 - a))"},
                "That is the derivative by a; it still has to be multiplied by h'(z).",
            ),
            (
                {"softmax, cross-entropy": "(a - y) a (1 - a)"},
                "Softmax is not elementwise: use its full Jacobian and that the targets sum to 1.",
            ),
            (
                {"sigmoid, squared error": "a - y"},
                "The derivative by a is that; the slope of the sigmoid is missing.",
            ),
            (
                {"identity, squared error": "(a - y) a (1 - a)"},
                "The slope of the identity is 1, not that of a sigmoid.",
            ),
        ],
        hint="Write down the derivative of the loss by a, and multiply it by the derivative of a "
        "by z.",
        praise="Three of four begin alike, two because the slope cancels and one because it is 1.",
        right=[STARTS],
        wrong=[
            (STARTS | {"sigmoid, squared error": "a - y"}, "slope of the sigmoid is missing"),
            (dict.fromkeys(STARTS, "y - a"), "sign"),
            (dict.fromkeys(STARTS, "(a - y) a (1 - a)"), "not elementwise"),
            (STARTS | {"identity, squared error": "(a - y) a (1 - a)"}, "slope of the identity"),
            (STARTS | {"sigmoid, cross-entropy": "(a - y) / (a (1 - a))"}, "multiplied by"),
        ],
    ),
    Exercise(
        "14.4",
        "function",
        test=sums_outer_products,
        praise="One product, and the sum over the samples is inside it.",
        right=[lambda Delta, A: Delta.T @ A, lambda Delta, A: np.einsum("nj,nk->jk", Delta, A)],
        wrong=[
            (lambda Delta, A: A.T @ Delta, "transpose of W's shape"),
            (lambda Delta, A: Delta.T @ A / len(A), "second time"),
            (lambda Delta, A: (Delta.T @ A).sum(), "Expected the shape of W"),
            (lambda Delta, A: np.outer(Delta[0], A[0]), "sum of the outer products"),
            (lambda Delta, A: Delta @ A.T, "raised ValueError"),
        ],
    ),
    Exercise(
        "14.5",
        "choice",
        answer=CARDS,
        options={year: year for year in sorted(CARDS.values())},
        hints=[
            (
                {LINNAINMAA: "1974"},
                "The two theses are of different years: rounding errors came first.",
            ),
            (
                {THESIS: "1986"},
                "The thesis is much older than the letter that made the method popular.",
            ),
            (
                {PAPER: "1974"},
                "The thesis came first; the paper about networks followed in the next decade.",
            ),
            (
                {LETTER: "1974"},
                "The letter to Nature is of the decade in which the method became popular.",
            ),
            (
                {KELLEY: "1962", DREYFUS: "1960"},
                "Which of the papers on control did the derivation by the chain rule alone refine?",
            ),
            *(({BRYSON: year}, "The textbook came after the papers.") for year in ("1960", "1962")),
        ],
        hint="At least one card is wrong. Compare with the timeline of section 14.7.",
        praise="Control, classifiers, rounding errors, networks.",
        right=[CARDS],
        wrong=[
            (CARDS | {THESIS: "1970", LINNAINMAA: "1974"}, "two theses"),
            (CARDS | {LETTER: "1974", THESIS: "1986"}, "much older"),
            (CARDS | {KELLEY: "1962", DREYFUS: "1960"}, "chain rule alone refine"),
            (CARDS | {AMARI: "1969", BRYSON: "1967"}, "At least one card"),
        ],
    ),
    Exercise(
        "14.6",
        "array",
        shape=(2,),
        test=trains_with_random_feedback,
        praise="Blame through random wires, and the network reads.",
        right=[[0.965, 55.0], [0.9601, 40.0], np.array([0.97, 46.0])],
        wrong=[
            ([0.976, 91.0], "has not turned"),
            ([97.0, 46.0], "not a percentage"),
            ([0.97, 0.8], "radians"),
            ([0.955, 45.0], "Close"),
            ([0.90, 70.0], "read-out"),
            ([0.965, 62.0], "train longer"),
        ],
    ),
]
