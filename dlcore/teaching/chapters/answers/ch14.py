"""Exercises of chapter 14, backpropagation in matrices."""

import functools
import tracemalloc

import numpy as np

from dlcore.alignment import alignment_angles, alignment_gradient, check_feedback, random_feedback
from dlcore.datasets import digits, split
from dlcore.losses import SoftmaxCrossEntropy
from dlcore.network import MLP, Network
from dlcore.optimizers import Momentum
from dlcore.teaching.exercises import Between, Exercise


def _shaped(value, shape):
    # The array, or None where it is no array of numbers of this shape; one number may be in a list.
    try:
        value = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        return None
    if shape == () and value.size == 1:
        value = value.reshape(())
    return value if value.shape == shape else None


def translates_a_layer(layer):
    """14.1: Z = A w + b and the derivatives by A and w, for w of shape (n_in, n_out)."""
    rng = np.random.default_rng(0)
    for N, n_in, n_out in ((6, 5, 3), (4, 4, 4)):
        w, b = rng.normal(size=(n_in, n_out)), rng.normal(size=n_out)
        A, Delta = rng.normal(size=(N, n_in)), rng.normal(size=(N, n_out))
        given = layer(w.copy(), b.copy(), A.copy(), Delta.copy())
        if not isinstance(given, (tuple, list)) or len(given) != 3:
            return "Expected three arrays: the total inputs Z, and the derivatives by A and by w."
        values = [_shaped(v, s) for v, s in zip(given, ((N, n_out), A.shape, w.shape), strict=True)]
        for name, value, shape in zip("ZAw", values, ((N, n_out), A.shape, w.shape), strict=True):
            if value is None:
                what = "Z" if name == "Z" else f"The derivative by {name}"
                return (
                    f"{what} should have the shape {shape}: a wrong transpose, or a sum too many?"
                )
        near = functools.partial(np.allclose, rtol=1e-10, atol=1e-12)
        (Z, by_A, by_w), square = values, n_in == n_out
        if near(Z, A @ w):
            return "The bias is missing in Z."
        if near(Z, np.tanh(A @ w + b)):
            return "Z is asked for, before the activation function."
        if square and near(Z, A @ w.T + b):
            return "In Z, where w is square, no shape complains, and yet w is transposed."
        if not near(Z, A @ w + b):
            return "Z differs from what a loop over Σ_j w[j, k] A[n, j] + b[k] gives."
        if square and near(by_A, Delta @ w):
            return "In the derivative by A, where w is square, w should be transposed."
        if not near(by_A, Delta @ w.T):
            return "The derivative by A differs from Σ_k w[j, k] Delta[n, k]."
        if square and near(by_w, Delta.T @ A):
            return "The derivative by w is transposed: w[j, k] gets A[n, j] Delta[n, k]."
        if near(by_w, A.T @ Delta / N):
            return "The factor 1/N is already inside Delta: sum over the samples."
        if not near(by_w, A.T @ Delta):
            return "The derivative by w differs from Σ_n A[n, j] Delta[n, k]."
    return None


def _translated(w, b, A, Delta):
    return A @ w + b, Delta @ w.T, A.T @ Delta


def _translated_by_einsum(w, b, A, Delta):
    back = np.einsum("nk,jk->nj", Delta, w).tolist()
    return [np.einsum("jk,nj->nk", w, A) + b, back, np.einsum("nj,nk->jk", A, Delta)]


def _wrong_where_square(which):
    def layer(w, b, A, Delta):
        Z, by_A, by_w = _translated(w, b, A, Delta)
        if w.shape[0] != w.shape[1]:
            return Z, by_A, by_w
        wrong = (A @ w.T + b, Delta @ w, Delta.T @ A)
        return tuple(wrong[i] if i == which else v for i, v in enumerate((Z, by_A, by_w)))

    return layer


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

    def not_asked(*_, **__):
        raise ValueError("the code under test is not to be asked: compare g with differences")

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
        net.gradient = not_asked
        try:
            value = _shaped(relative_error(net, X, y, g.copy()), ())
        finally:
            del net.gradient
        moved = not np.allclose(net.theta, before, rtol=0, atol=1e-12)  # += ε, −= 2ε, += ε rounds
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
        elif "1/N" in what and abs(value - 5 / 7) > 1e-3:
            return (
                f"For a gradient six times too long it should say 5/7, not {value:.3g}: divide the "
                "length of g − d by the sum of both lengths."
            )
    return None


def _both_lengths(g, d):
    return np.linalg.norm(g) + np.linalg.norm(d)


def _differences(net, X, y, g, eps=1e-5, central=True, restore=True, of=_both_lengths):
    J = lambda: float(SoftmaxCrossEntropy().value(net(X), y))  # noqa: E731
    theta, d = net.theta, np.empty_like(g)
    for i in range(len(theta)):
        kept = theta[i]
        theta[i] = kept + eps
        plus = J()
        theta[i] = kept - eps if central else kept
        d[i] = (plus - J()) / ((2 if central else 1) * eps)
        theta[i] = kept if restore else kept - eps
    return np.linalg.norm(g - d) / of(g, d)


def _to_and_fro(net, X, y, g, eps=1e-5):
    # θ is moved by += and −=, and comes back to the last bit but one; the answer is a list.
    J = lambda: float(SoftmaxCrossEntropy().value(net(X), y))  # noqa: E731
    theta, d = net.theta, np.empty_like(g)
    for i in range(len(theta)):
        theta[i] += eps
        plus = J()
        theta[i] -= 2 * eps
        d[i] = (plus - J()) / (2 * eps)
        theta[i] += eps
    return [np.linalg.norm(g - d) / _both_lengths(g, d)]


class _Watched(np.ndarray):
    """An array that counts how often a part of it is taken."""

    taken = 0

    def __getitem__(self, key):
        _Watched.taken += 1
        return super().__getitem__(key)

    def __iter__(self):
        _Watched.taken += len(self)
        return super().__iter__()


def clips_each_sample(clipped_gradient):
    """14.4: Σ min(1, c/‖δ‖‖a‖) δ aᵀ, of the shape (n_out, n_in), without a loop."""
    rng = np.random.default_rng(0)
    for N, n_out, n_in, c in ((7, 3, 5, 2.0), (4, 4, 4, 1e9), (40, 4, 4, 3.0)):
        Delta, A = rng.normal(size=(N, n_out)), rng.normal(size=(N, n_in))
        Delta[1] = 0.0
        each = [np.outer(d, a) for d, a in zip(Delta, A, strict=True)]
        expected = sum(M * (1 if (n := np.linalg.norm(M)) <= c else c / n) for M in each)
        with np.errstate(all="ignore"):
            given = clipped_gradient(Delta.copy(), A.copy(), c)
        if _shaped(given, (n_in, n_out)) is not None and n_in != n_out:
            return f"The shape is ({n_in}, {n_out}): that is the transpose of W's shape."
        value = _shaped(given, (n_out, n_in))
        if value is None:
            return f"Expected the shape of W, ({n_out}, {n_in}), got {np.shape(given)}."
        if not np.isfinite(value).all():
            return "One error is zero, and the result is not finite: what is divided by its length?"
        if np.allclose(value, expected, rtol=1e-12, atol=1e-12):
            continue
        total = sum(each)
        whole = total * min(1, c / np.linalg.norm(total))
        rows = np.linalg.norm(Delta, axis=1, keepdims=True)
        rows = (Delta * (c / np.maximum(rows, c))).T @ A
        lengths = np.linalg.norm(Delta, axis=1) * np.linalg.norm(A, axis=1)
        stretched = (Delta * (c / np.where(lengths > 0, lengths, c))[:, None]).T @ A
        for slip, hint in (
            (total, "Nothing is shortened yet where a sample's matrix is longer than c."),
            (whole, "The sum is shortened as a whole; each sample's matrix comes first."),
            (rows, "Only δ is shortened; the length of δ aᵀ is that of δ times that of a."),
            (stretched, "Short matrices are stretched to the length c; they should stay."),
            (expected / N, "The factor 1/N is already inside Delta; here it comes in twice."),
            (expected.T, "For a square W the shapes fit, but the matrix is the transpose."),
        ):
            if value.shape == slip.shape and np.allclose(value, slip, rtol=1e-9, atol=1e-9):
                return hint
        return f"The values differ from the sum of the {N} shortened outer products."
    _Watched.taken = 0
    clipped_gradient(Delta.view(_Watched), A.view(_Watched), c)
    if _Watched.taken >= len(A):
        return "The values are right, and there is a loop over the samples: can one product do it?"
    Delta, A = rng.normal(size=(2000, 50)), rng.normal(size=(2000, 50))  # all matrices: 40 MB
    tracemalloc.start()
    try:
        clipped_gradient(Delta, A, 3.0)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    if peak > 20e6:
        return (
            "The values are right, but an array of N · n_out · n_in numbers was built: how long is "
            "a matrix of rank one?"
        )
    return None


def _clipped(Delta, A, c):
    lengths = np.linalg.norm(Delta, axis=1) * np.linalg.norm(A, axis=1)
    return ((c / np.maximum(lengths, c))[:, None] * Delta).T @ A


def _clipped_by_squares(Delta, A, c):
    squares = (Delta**2).sum(1) * (A**2).sum(1)
    scale = np.where(squares > c * c, c / np.sqrt(np.where(squares > 0, squares, 1)), 1)
    return np.einsum("n,nj,nk->jk", scale, Delta, A)


def _clipped_in_a_loop(Delta, A, c):
    G = np.zeros((Delta.shape[1], A.shape[1]))
    for n in range(len(A)):
        M = np.outer(Delta[n], A[n])
        G += M * min(1, c / max(np.linalg.norm(M), 1e-300))
    return G


def _clipped_in_a_block(Delta, A, c):
    M = Delta[:, :, None] * A[:, None, :]
    lengths = np.sqrt((M**2).sum(axis=(1, 2), keepdims=True))
    return (M * (c / np.maximum(lengths, c))).sum(axis=0)


def _clipped_by_zip(Delta, A, c):
    return sum(_clipped(d[None], a[None], c) for d, a in zip(Delta, A, strict=True))


def _clipped_with_nan(Delta, A, c):
    lengths = np.linalg.norm(Delta, axis=1) * np.linalg.norm(A, axis=1)
    return (np.where(lengths > c, c, lengths) / lengths * Delta.T) @ A


def _clipped_as_a_whole(Delta, A, c):
    G = Delta.T @ A
    return G * min(1, c / np.linalg.norm(G))


def _clipped_rows(Delta, A, c):
    return (Delta * (c / np.maximum(np.linalg.norm(Delta, axis=1, keepdims=True), c))).T @ A


def builds_a_bridge(bridge):
    """14.8: y = x + tanh(W x + b), three derivatives for a batch."""
    rng = np.random.default_rng(0)
    for N, n in ((5, 3), (4, 4)):
        W, b = rng.normal(size=(n, n)), rng.normal(size=n)
        X, G = rng.normal(size=(N, n)), rng.normal(size=(N, n))
        slope = 1 - np.tanh(X @ W.T + b) ** 2
        delta = G * slope
        given = bridge(W.copy(), b.copy(), X.copy(), G.copy())
        if not isinstance(given, (tuple, list)) or len(given) != 3:
            return "Expected three arrays: the derivatives by X, by W and by b."
        by_X, by_W = _shaped(given[0], (N, n)), _shaped(given[1], (n, n))
        by_b = _shaped(np.ravel(given[2]), (n,))
        for what, value in {"X": by_X, "W": by_W, "b": by_b}.items():
            if value is None:
                return f"The derivative by {what} has not the shape of {what}."
        near = functools.partial(np.allclose, rtol=1e-10, atol=1e-12)
        if near(by_X, delta @ W):
            return "The bridge is missing on the way back: x acts on y by two ways, which add up."
        if near(by_X, G + delta @ W.T):
            return "On the way back W is transposed; for rows that is Δ W, without a transpose."
        if near(by_X, G + (G * (1 - (X + np.tanh(X @ W.T + b)) ** 2)) @ W):
            return "The slope is 1 − tanh², and not 1 − y²: y has x added to it."
        if near(by_W, delta.T @ X / N) or near(by_b, delta.mean(axis=0)):
            return "The factor 1/N is already inside G: sum over the samples."
        if near(by_X, G + G @ W):
            return "The slope of tanh is missing in the derivative by X."
        if not near(by_X, G + delta @ W):
            return "The derivative by X differs from what differences say."
        if near(by_W, delta.T @ X + np.eye(n)) or near(by_W, (G + delta).T @ X):
            return "The bridge has no weights: it adds nothing to the derivative by W."
        if near(by_W, X.T @ delta):
            return "The derivative by W is transposed: row j belongs to unit j above."
        if not near(by_W, delta.T @ X):
            return "The derivative by W differs from what differences say."
        if not near(by_b, delta.sum(axis=0)):
            return "The derivative by b differs: it is the sum of the errors δ over the samples."
    return None


def _bridge(W, b, X, G):
    delta = G * (1 - np.tanh(X @ W.T + b) ** 2)
    return G + delta @ W, delta.T @ X, delta.sum(axis=0)


def _no_bridge(W, b, X, G):
    by_X, by_W, by_b = _bridge(W, b, X, G)
    return by_X - G, by_W, by_b


def _bridge_slope_of_y(W, b, X, G):
    delta = G * (1 - (X + np.tanh(X @ W.T + b)) ** 2)
    return G + delta @ W, delta.T @ X, delta.sum(axis=0)


def _bridge_transposed(W, b, X, G):
    by_X, by_W, by_b = _bridge(W, b, X, G)
    return by_X, by_W.T, by_b


STARTS = {
    "tanh, half squared error": "(a - y) (1 - a²)",
    "tanh, tanh cross-entropy": "a - y",
    "exponential, Poisson loss": "a - y",
    "exponential, half squared error": "(a - y) a",
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


@functools.cache
def _digits():
    X, y = digits()
    return split(X, y, test=0.2, seed=0)


def trains_with_random_feedback(train):
    """14.6: train(X, y) -> (net, feedback); accuracy ≥ 0.955 on other digits, angle < 60°."""
    X, X_test, y, y_test = _digits()
    given = train(X.copy(), y.copy())
    if not isinstance(given, (tuple, list)) or len(given) != 2 or not isinstance(given[0], Network):
        return "Expected a pair, (net, feedback): the trained stack and its matrices B."
    net, feedback = given
    try:
        check_feedback(net, feedback)
    except (TypeError, ValueError) as error:
        return f"The feedback does not fit the network. {error}"
    if net.copies != 3:
        return f"Expected a stack of three networks (copies=3), got copies={net.copies}."
    if sum(B is not None for B in feedback) != 1:
        return "Expected one hidden layer: then one matrix W has a B."
    accuracy = float(np.mean(net(X_test).argmax(axis=-1) == y_test))
    angle = float(np.mean(alignment_angles(net, feedback)[0]))
    seen = f"Mean accuracy on digits that were held back {accuracy:.3f}, mean angle {angle:.0f}°."
    if angle > 80:
        return (
            f"{seen} At such an angle W has not turned towards B at all. Do the errors come back "
            "through B, in alignment_gradient, and are these the B that you return?"
        )
    if accuracy < 0.94:
        return f"{seen} A read-out reaches that by itself; train longer, or with larger steps."
    if accuracy < 0.955:
        return f"{seen} Close: a larger rate, more hidden units, or ReLU with He's weights?"
    if angle >= 60:
        return f"{seen} Accurate, but the angle is not yet below 60 degrees: train longer."
    return None


def _trained(X, y, epochs=40, copies=3, rule=alignment_gradient, sizes=(64, 64, 10)):
    # Feedback alignment with momentum in batches of 32, as a reader might do it.
    net = MLP(list(sizes), "relu", "he", seed=0, copies=copies)
    feedback, X = random_feedback(net, seed=1), X.astype("float32")
    optimizer, rng = Momentum(net.theta, lr=0.1), np.random.default_rng(0)
    for _ in range(epochs):
        for rows in np.array_split(rng.permutation(len(X)), len(X) // 32):
            optimizer.step(rule(net, feedback, SoftmaxCrossEntropy(), X[rows], y[rows]))
    return net, feedback


def _by_backpropagation(net, feedback, loss, x, y):
    return net.gradient(loss, x, y)


def pushes_a_free_cart(T, tau=0.2):
    """14.9: the best forces for ρ → 0 are 12/(τ² T (T² − 1)) ((T − 1)/2 − t)."""
    return 6 / (tau**2 * T * (T + 1))


EXERCISES = [
    Exercise(
        "14.1",
        "function",
        test=translates_a_layer,
        praise="From, to: no transpose on the way up, and one on each of the two ways back.",
        right=[_translated, _translated_by_einsum],
        wrong=[
            (lambda w, b, A, Delta: (A @ w.T + b, Delta @ w, Delta.T @ A), "raised ValueError"),
            (lambda w, b, A, Delta: A @ w + b, "three arrays"),
            (_wrong_where_square(0), "no shape complains"),
            (_wrong_where_square(1), "w should be transposed"),
            (_wrong_where_square(2), "by w is transposed"),
            (lambda w, b, A, Delta: (A @ w, Delta @ w.T, A.T @ Delta), "bias is missing"),
            (
                lambda w, b, A, Delta: (np.tanh(A @ w + b), Delta @ w.T, A.T @ Delta),
                "before the activation",
            ),
            (lambda w, b, A, Delta: (A @ w + b, Delta @ w.T, Delta.T @ A), "shape (5, 3)"),
            (lambda w, b, A, Delta: (A @ w + b, Delta @ w.T, A.T @ Delta / len(A)), "inside Delta"),
        ],
    ),
    Exercise(
        "14.2",
        "function",
        test=checks_a_gradient,
        praise="And it protests at three wrong gradients.",
        right=[_differences, _to_and_fro],
        wrong=[
            (lambda net, X, y, g: _differences(net, X, y, g, central=False), "one-sided"),
            (lambda net, X, y, g: _differences(net, X, y, g, restore=False), "has changed"),
            (lambda net, X, y, g: 0.0, "does not notice"),
            (lambda net, X, y, g: "fine", "one finite number"),
            (lambda net, X, y, g: g, "one finite number"),
            (lambda net, X, y, g: _differences(net, X, y, g, of=lambda g, d: 1), "sum of both"),
            (
                lambda net, X, y, g: np.abs(g - net.gradient(SoftmaxCrossEntropy(), X, y)).max(),
                "not to be asked",
            ),
        ],
    ),
    Exercise(
        "14.3",
        "choice",
        answer=STARTS,
        options={
            "a - y": "error of the output",
            "(a - y) a": "error times slope of the exponential",
            "(a - y) (1 - a²)": "error times slope of tanh",
            "(a - y) / a": "error over slope",
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
                {"exponential, Poisson loss": "(a - y) / a"},
                "That is the derivative by a; it still has to be multiplied by h'(z) = a.",
            ),
            (
                {"tanh, tanh cross-entropy": "(a - y) (1 - a²)"},
                "The derivative of this loss by a is (a − y)/(1 − a²), and not a − y.",
            ),
            (
                {"tanh, half squared error": "a - y"},
                "The derivative by a is that; the slope of tanh is missing.",
            ),
            (
                {"exponential, half squared error": "a - y"},
                "The derivative by a is that; the slope of the exponential is missing.",
            ),
        ],
        hint="Write down the derivative of the loss by a, and multiply it by the derivative of a "
        "by z.",
        praise="Where the loss is made for its activation, the slope cancels and a − y is left.",
        right=[STARTS],
        wrong=[
            (STARTS | {"tanh, half squared error": "a - y"}, "slope of tanh is missing"),
            (dict.fromkeys(STARTS, "y - a"), "sign"),
            (STARTS | {"tanh, tanh cross-entropy": "(a - y) (1 - a²)"}, "and not a − y"),
            (STARTS | {"exponential, half squared error": "a - y"}, "slope of the exponential"),
            (STARTS | {"exponential, Poisson loss": "(a - y) / a"}, "multiplied by"),
            (STARTS | {"exponential, Poisson loss": "(a - y) a"}, "Write down the derivative"),
        ],
    ),
    Exercise(
        "14.4",
        "function",
        test=clips_each_sample,
        praise="The length of a matrix of rank one is a product, and so one product is enough.",
        right=[
            _clipped,
            _clipped_by_squares,
            lambda Delta, A, c: _clipped(np.asarray(Delta), np.asarray(A), c).tolist(),
            lambda Delta, A, c: _clipped(A, Delta, c).T,
        ],
        wrong=[
            (lambda Delta, A, c: _clipped(Delta, A, c).T, "transpose of W's shape"),
            (lambda Delta, A, c: _clipped(Delta, A, c) / len(A), "comes in twice"),
            (lambda Delta, A, c: _clipped(Delta, A, c).sum(), "Expected the shape of W"),
            (lambda Delta, A, c: Delta.T @ A, "Nothing is shortened"),
            (lambda Delta, A, c: np.outer(Delta[0], A[0]), "shortened outer products"),
            (_clipped_as_a_whole, "as a whole"),
            (_clipped_rows, "Only δ is shortened"),
            (_clipped_with_nan, "not finite"),
            (_clipped_in_a_loop, "there is a loop"),
            (_clipped_by_zip, "there is a loop"),
            (_clipped_in_a_block, "numbers was built"),
            (lambda Delta, A, c: Delta @ A.T, "raised ValueError"),
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
        hint="At least one card is wrong. Compare with the timeline below.",
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
        "function",
        test=trains_with_random_feedback,
        praise="Blame through random wires, and the network reads digits that it has never seen.",
        right=[_trained],
        wrong=[
            (functools.partial(_trained, epochs=1), "by itself"),
            (functools.partial(_trained, rule=_by_backpropagation), "has not turned"),
            (functools.partial(_trained, epochs=1, copies=2), "copies=3"),
            (functools.partial(_trained, epochs=1, sizes=(64, 8, 8, 10)), "one hidden layer"),
            (lambda X, y: [0.97, 46.0], "Expected a pair"),
            (lambda X, y: (_trained(X, y, epochs=1)[0], []), "does not fit"),
            ([0.97, 46.0], "Expected a function"),
        ],
    ),
    Exercise(
        "14.7",
        "array",
        answer=[256, 16, 48, 3],
        tolerance=1e-9,
        labels=("k", "m", "units held at most", "times computed"),
        hints=[
            (
                [64, 8, 80, ...],
                "64 is best without the second level. With it k and m have to be chosen together.",
            ),
            ([64, ..., ..., ...], "That k is best without the second level; now m has a say."),
            (
                [16, 256, ..., ...],
                "k and m are exchanged: a piece of m layers lies in a segment of k.",
            ),
            (
                [256, 16, 48, Between()],
                "The first three are right. A layer is computed once at first, once for its "
                "segment, and once more for its piece.",
            ),
            ([256, 16, ..., 3], "Add up the three terms, L/k + k/m + m."),
        ],
        hint="The three terms have the product L. When is the sum of such numbers least?",
        praise="3 · 4096^(1/3) = 48 units in place of 4096, for two more passes upwards.",
        right=[[256, 16, 48, 3], (256.0, 16.0, 48.0, 3.0), np.array([256, 16, 48, 3])],
        wrong=[
            ([64, 8, 80, 3], "chosen together"),
            ([64, 4, 84, 3], "now m has a say"),
            ([16, 256, 48, 3], "exchanged"),
            ([256, 16, 48, 2], "once for its segment"),
            ([256, 16, 48, 4], "first three are right"),
            ([256, 16, 32, 3], "Add up"),
            ([128, 16, 56, 3], "product L"),
        ],
    ),
    Exercise(
        "14.8",
        "function",
        test=builds_a_bridge,
        praise="Two ways up, two ways back: the gradient crosses the bridge as it is.",
        right=[_bridge, lambda W, b, X, G: [a.tolist() for a in _bridge(W, b[None], X, G)]],
        wrong=[
            (_no_bridge, "bridge is missing"),
            (_bridge_transposed, "derivative by W is transposed"),
            (lambda W, b, X, G: _bridge(W, b, X, G)[:2], "three arrays"),
            (_bridge_slope_of_y, "not 1 − y²"),
            (
                lambda W, b, X, G: [
                    v / (1, 5, 5)[i] if len(X) == 5 else v
                    for i, v in enumerate(_bridge(W, b, X, G))
                ],
                "inside G",
            ),
            (lambda W, b, X, G: (G + G @ W, *_bridge(W, b, X, G)[1:]), "slope of tanh"),
            (lambda W, b, X, G: (*_bridge(W, b, X, G)[:2], G.sum(axis=0)), "sum of the errors"),
            (lambda W, b, X, G: (*_bridge(W, b, X, G)[:2], G), "not the shape of b"),
        ],
    ),
    Exercise(
        "14.9",
        "array",
        answer=[pushes_a_free_cart(20), pushes_a_free_cart(10)],
        tolerance=[0.0006, 0.005],
        labels=("first force for T = 20", "first force for T = 10"),
        hints=[
            (
                [Between(0.3745, 0.3755), ...],
                "That is the flight in continuous time, 6/(τT)². The steps are finite here.",
            ),
            (
                [Between(0.3385, 0.3395), ...],
                "Almost: is the last force counted? The forces run from t = 0 to t = T − 1.",
            ),
            (
                [Between(1.35, 1.38), Between(0.35, 0.36)],
                "The two are exchanged: the shorter flight needs the larger force.",
            ),
            ([Between(0.0140, 0.0145), ...], "That is right for steps of length 1. Here τ = 0.2."),
            (
                [Between(0.0713, 0.0716), ...],
                "That is the force times τ, the change of the velocity.",
            ),
        ],
        hint="The forces fall on a straight line, u_t = α − βt. Two conditions at the end, "
        "velocity 0 and position 1, fix α and β.",
        praise="A straight line: ∂J/∂v changes by the same amount at each step.",
        right=[[0.357, 1.364], [6 / 16.8, 6 / 4.4], np.array([0.3571, 1.3636]), (0.357, 1.36)],
        wrong=[
            ([0.375, 1.5], "continuous time"),
            ([1.364, 0.357], "exchanged"),
            ([0.0143, 0.0545], "steps of length 1"),
            ([0.0714, 0.2727], "times τ"),
            ([0.5, 1.4], "straight line"),
        ],
    ),
]
