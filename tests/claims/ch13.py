"""Chapter 13: what is said of differences, sweeps, waists, libraries and stored states."""

import contextlib
import io
import math
from functools import cache
from time import perf_counter

import nbformat
import numpy as np
import torch

from dlcore import graph
from dlcore.datasets import iris
from dlcore.gradcheck import numerical_gradient
from dlcore.graph import Node, forward_mode, reverse_mode, topological
from tests.claims import BOOK, claim

ENGINE = (
    "engine-tensor", "engine-sweep", "engine-arithmetic", "engine-functions", "engine-sums",
)  # fmt: skip


@cache
def cells():
    notebook = nbformat.read(BOOK / "13_graphs.ipynb", as_version=4)
    return {cell.id: cell.source for cell in notebook.cells}


def from_the_book(*names, **given):
    """What these cells of the chapter define."""
    scope = dict(np=np, math=math, graph=graph, Node=Node, topological=topological,
                 forward_mode=forward_mode, reverse_mode=reverse_mode, cache=cache,
                 iris=iris, numerical_gradient=numerical_gradient) | given  # fmt: skip
    with contextlib.redirect_stdout(io.StringIO()):
        for name in names:
            exec(cells()[name], scope)
    return scope


def roots(kind, x, rounds):
    """x to the power 1/2, 1/3 or −1/2 by Newton's iteration; its derivative in closed form."""
    y = x if kind != "reciprocal root" else 1.0 / x
    for _ in range(rounds):
        if kind == "square root":
            y = 0.5 * (y + x / y)
        elif kind == "cube root":
            y = (2.0 * y + x / (y * y)) / 3.0
        else:
            y = y * (1.5 - 0.5 * x * y * y)
    return y


SLOPES = {
    "square root": lambda x: 0.5 * x**-0.5,
    "cube root": lambda x: x ** (-2 / 3) / 3,
    "reciprocal root": lambda x: -0.5 * x**-1.5,
}


def differences(draw):
    """Steps h, the one-sided and the central differences with each, and the derivative."""
    kind, rounds = draw.pick("program", list(SLOPES)), draw.pick("rounds", [9, 12, 20])
    at = float(draw.rng.uniform(1.2, 2.5))
    steps = 10.0 ** np.arange(-1, -15.1, -0.5)
    one = [(roots(kind, at + h, rounds) - roots(kind, at, rounds)) / h for h in steps]
    two = [(roots(kind, at + h, rounds) - roots(kind, at - h, rounds)) / (2 * h) for h in steps]
    return steps, np.array(one), np.array(two), SLOPES[kind](at)


@claim(
    "13.1",
    "At its best step the one-sided difference has seven to nine right digits and the central one "
    "ten to twelve",
    quick=True,
)
def digits_of_differences(draw):
    _, *ways, exact = differences(draw)
    found = [-np.log10(np.abs(way / exact - 1).min()) for way in ways]
    draw.saw("digits, one-sided", found[0])
    draw.saw("digits, central", found[1])
    # d digits are right: the relative error is nearest to 10 to the power −d
    return 6.5 <= found[0] < 9.5 and 9.5 <= found[1] < 12.5


@claim(
    "13.1",
    "the best steps are not the same: about $10^{-7.5}$ for the one, between $10^{-4.5}$ and "
    "$10^{-6.5}$ for the other",
    quick=True,
)
def the_best_steps_differ(draw):
    steps, *ways, exact = differences(draw)
    best = [np.log10(steps[np.abs(way - exact).argmin()]) for way in ways]
    draw.saw("log₁₀ of the best step, one-sided", best[0])
    draw.saw("log₁₀ of the best step, central", best[1])
    return -8.1 < best[0] < -6.9 and -6.6 < best[1] < -4.4


@claim(
    "13.1", "The derivative from the notes has no step to choose, and all its digits.", quick=True
)
def all_the_digits(draw):
    kind, rounds = draw.pick("program", list(SLOPES)), draw.pick("rounds", [9, 12, 20])
    at = float(draw.rng.uniform(1.2, 2.5))
    x = Node(at, name="x")
    error = reverse_mode(roots(kind, x, rounds))[x] / SLOPES[kind](at) - 1
    return draw.saw("relative error", abs(error)) < 2e-15


def composite(draw):
    """A random g and f with z = f(g(x)), and the product of their slopes at x."""
    x = float(draw.rng.uniform(0.3, 1.5))
    functions = {"sin": (np.sin, np.cos), "exp": (np.exp, np.exp),
                 "square": (np.square, lambda v: 2 * v),
                 "tanh": (np.tanh, lambda v: 1 - np.tanh(v) ** 2)}  # fmt: skip
    g, dg = functions[draw.pick("inner", list(functions))]
    f, df = functions[draw.pick("outer", list(functions))]
    return x, (lambda v: f(g(v))), df(g(x)) * dg(x)


@claim(
    "13.3",
    "further to the left it becomes a line of slope 2 on the doubly logarithmic axes",
    quick=True,
)
def a_hundred_times(draw):
    x, z, slope = composite(draw)
    deltas = np.geomspace(1e-4, 1e-2, 9)
    error = np.abs(z(x + deltas) - z(x) - slope * deltas)
    order = np.polyfit(np.log(deltas), np.log(error), 1)[0]
    return abs(draw.saw("slope", order) - 2) < 0.1


def reused(draw, inner):
    """A graph of sums and products on one input; with ``inner`` a node that is no input is used
    twice, otherwise none is."""
    x = Node(float(draw.rng.uniform(0.5, 1.5)), name="x")
    size = draw.pick("operations", [4, 8, 12])
    v = x + 1.0
    for _ in range(size):
        other = v if inner and draw.rng.random() < 0.5 else x
        v = v * other if draw.rng.random() < 0.5 else v + other
    return x, v * v if inner else v


@claim("13.5", "On a tree, where every inner node has\none child, it is right", quick=True)
def recursion_is_right_on_trees(draw):
    x, v = reused(draw, inner=False)
    recursion = from_the_book("sol-13-6", check=lambda *_: None)["by_recursion"]
    ours, right = recursion(v, {v: 1.0})[x], reverse_mode(v)[x]
    return abs(draw.saw("ratio to the derivative", ours / right) - 1) < 1e-12


@claim(
    "13.5",
    "as soon as an inner node is used twice, some of its derivative is passed on twice",
    quick=True,
)
def recursion_is_wrong_on_others(draw):
    x, v = reused(draw, inner=True)
    recursion = from_the_book("sol-13-6", check=lambda *_: None)["by_recursion"]
    ours, right = recursion(v, {v: 1.0})[x], reverse_mode(v)[x]
    return draw.saw("ratio to the derivative", ours / right) > 1 + 1e-9


@claim(
    "13.6",
    "In this kind of graph forward mode needs fewer multiplications exactly when $n < m$",
    quick=True,
)
def they_cross_at_n_equal_m(draw):
    scope = from_the_book("layered", "count-sweeps")
    width, layers = draw.pick("units", [1, 5, 16, 30]), draw.pick("hidden layers", [1, 2, 3])
    for _ in range(6):
        n, m = (int(k) for k in draw.rng.integers(1, 25, size=2))
        inputs, outputs = scope["layered"]([n, *[width] * layers, m], draw.seed)
        forward, reverse = scope["forward_count"](inputs, outputs), scope["reverse_count"](outputs)
        if (forward < reverse) != (n < m):
            return False
        draw.saw("forward per reverse", forward / reverse)
    return True


@claim(
    "13.6",
    "Other widths of this shape, with at least 16 at both ends and four beside the waist, need "
    "less than two fifths of the better mode",
    quick=True,
)
def the_waist_is_cheap(draw):
    scope = from_the_book("layered", "count-sweeps")
    n, m = (int(k) for k in draw.rng.integers(16, 65, size=2))
    beside = [4, 8, 16, 64]
    below, above = draw.pick("units below", beside), draw.pick("units above", beside)
    sizes = [n, below, 1, above, m]
    inputs, outputs = scope["layered"](sizes)
    either = min(scope["forward_count"](inputs, outputs), scope["reverse_count"](outputs))
    through = scope["reverse_count"](scope["layered"](sizes[:3])[1])
    through += scope["forward_count"](*scope["layered"](sizes[2:])) + n * m
    return draw.saw("share of the better mode", through / either) < 0.4


@claim(
    "13.6",
    "with 16 inputs and 16 outputs the two directions take the same time to within a third, and "
    "with one of them against 16 or 64 of the other the side with the one wins",
    quick=True,
)
def the_clock_agrees(draw):
    scope = from_the_book("layered", "timed", perf_counter=perf_counter)
    width, many = draw.pick("units", [8, 16, 32]), draw.pick("many", [16, 64])

    def ratio(n, m):
        """The time of all forward sweeps per that of all reverse sweeps."""
        inputs, outputs = scope["layered"]([n, width, m], draw.seed)
        down, up, order = scope["ways"](outputs)
        forward, reverse = scope["milliseconds"](
            [scope["planned"](x, up, order) for x in inputs],
            [scope["planned"](y, down, order[::-1]) for y in outputs],
        )
        return forward / reverse

    even = draw.saw("forward per reverse, 16 and 16", ratio(16, 16))
    inputs = draw.saw("many inputs, 1 output", ratio(many, 1))
    outputs = draw.saw("1 input, many outputs", ratio(1, many))
    return 3 / 4 < even < 4 / 3 and inputs > 1 > outputs


@claim("13.8", "It computes torch's gradients, to $10^{-10}$.", quick=True)
def the_library_agrees_with_torch(draw):
    book = from_the_book(*ENGINE)
    depth, width = draw.pick("hidden layers", [1, 2, 4]), draw.pick("units", [3, 8, 20])
    sizes = [4, *[width] * depth, 3]
    X = draw.rng.normal(size=(15, 4))
    Y = np.eye(3)[draw.rng.integers(3, size=15)]
    start = [
        (draw.rng.normal(size=(a, b)) / np.sqrt(a), draw.rng.normal(size=(1, b)))
        for a, b in zip(sizes[:-1], sizes[1:], strict=True)
    ]
    ours = [(book["Tensor"](W), book["Tensor"](b)) for W, b in start]
    theirs = [tuple(torch.tensor(p, requires_grad=True) for p in pair) for pair in start]
    a, b = X, torch.tensor(X)
    for l, ((W, c), (V, d)) in enumerate(zip(ours, theirs, strict=True)):
        a, b = a @ W + c, b @ V + d
        if l + 1 < len(ours):
            a, b = book["tanh"](a), torch.tanh(b)
    total = book["total"]
    loss = book["mean"](book["log"](total(book["exp"](a), axis=-1)) - total(Y * a, axis=-1))
    torch.nn.functional.cross_entropy(b, torch.tensor(Y)).backward()
    flat = [p for pair in ours for p in pair]
    grads = book["gradient"](loss, flat)
    wanted = [p.grad.numpy() for pair in theirs for p in pair]
    errors = [np.abs(g - h).max() for g, h in zip(grads, wanted, strict=True)]
    return draw.saw("largest difference", max(errors)) < 1e-10


@claim(
    "13.9",
    "Linear regression and PCA end where the normal equations and the singular values say; the "
    "logistic regression has no closed form and ends where its derivatives are nearly zero; and "
    "for $k$-means every centre is in the end the mean of the flowers that are nearest to it",
)
def four_models_arrive(draw):
    book = from_the_book(*ENGINE, "descend", "four-losses")
    P, descend, Tensor = book["P"], book["descend"], book["Tensor"]
    rate = draw.pick("rate of the regression", [0.03, 0.1, 0.2])
    w, b = descend(book["linear"], [draw.rng.normal(size=(1, 1)), np.zeros(1)], rate, 400)[-1]
    A = np.column_stack([book["length"], np.ones(len(P))])
    right = np.linalg.lstsq(A, book["width"][:, 0], rcond=None)[0]
    draw.saw("slope, difference", abs(w.item() - right[0]))
    params = descend(book["logistic"], [draw.rng.normal(size=(2, 1)), np.zeros(1)], 4, 3000)[-1]
    ends = [Tensor(p) for p in params]
    tilt = max(np.abs(g).max() for g in book["gradient"](book["logistic"](*ends), ends))
    draw.saw("logistic, largest derivative", tilt)
    v = descend(book["pca"], [draw.rng.normal(size=(2, 1)) / 2], 0.05, 600)[-1][0][:, 0]
    axis = np.linalg.svd(P, full_matrices=False)[2][0]
    cosine = abs(v @ axis) / np.linalg.norm(v)
    draw.saw("PCA, cosine", cosine)
    start = P[draw.rng.choice(len(P), draw.pick("centres", [2, 3, 4]), replace=False)]
    C = descend(book["kmeans"], [start], 0.5, 600)[-1][0]
    nearest = ((P[:, None] - C) ** 2).sum(axis=-1).argmin(axis=-1)
    means = np.array([P[nearest == k].mean(axis=0) if (nearest == k).any() else C[k]
                      for k in range(len(C))])  # fmt: skip
    draw.saw("k-means, distance", np.abs(C - means).max())
    return (
        abs(w.item() - right[0]) < 1e-4 and tilt < 2e-3 and cosine > 0.9999
        and np.abs(C - means).max() < 1e-4
    )  # fmt: skip


@claim("13.9", "with each at its own best rate, too, the logistic regression needs the most")
def the_logistic_one_needs_the_most(draw):
    flowers, species = iris()
    kept = draw.rng.choice(150, draw.pick("flowers", [100, 120, 150]), replace=False)
    book = from_the_book(
        *ENGINE, "descend", "four-losses", iris=lambda: (flowers[kept], species[kept])
    )
    P, Q, t = book["P"], book["Q"], book["t"]

    def fewest(loss, start, rates, least=None, most=150):
        """The steps after which the loss stays within a thousandth of its way to the least."""
        found = []
        for rate in rates:
            with np.errstate(over="ignore", invalid="ignore"):
                film = book["descend"](loss, start, rate, most)
                losses = np.array([loss(*map(book["Tensor"], p)).value for p in film])
            end = losses[-1] if least is None else least
            far = np.nonzero(~(losses <= end + 1e-3 * (losses[0] - end)))[0]
            found.append(far[-1] + 1 if len(far) else 0)
        return min(found)

    ladder = 2.0 ** np.arange(-1, 2.6, 0.5)
    A = np.column_stack([book["length"], np.ones(len(P))])
    residual = np.linalg.lstsq(A, book["width"], rcond=None)[1].item() / len(P)
    small = np.linalg.svd(P, compute_uv=False)[1] ** 2 / P.size
    others = {
        "linear": fewest(book["linear"], [np.zeros((1, 1)), np.zeros(1)], 0.1 * ladder, residual),
        "PCA": fewest(book["pca"], [draw.rng.normal(size=(2, 1)) / 2], 0.05 * ladder, small),
        "k-means": fewest(
            book["kmeans"], [P[draw.rng.choice(len(P), 3, replace=False)]], 0.5 * ladder
        ),
    }
    B, p = np.column_stack([Q, np.ones(len(Q))]) * t, np.zeros(3)
    for _ in range(60):  # Newton's method, with shorter steps where the loss rises, for the least
        least = np.logaddexp(0, -B @ p).mean()
        s = 0.5 - 0.5 * np.tanh(B @ p / 2)
        way = np.linalg.solve((B.T * (s * (1 - s))) @ B + 1e-9 * np.eye(3), B.T @ s)
        p += next(
            (
                c * way
                for c in 0.5 ** np.arange(40)
                if np.logaddexp(0, -B @ (p + c * way)).mean() < least
            ),
            0 * way,
        )
    start = [np.zeros((2, 1)), np.zeros(1)]
    steps = fewest(book["logistic"], start, 4 * 2.0 ** np.arange(0, 4.1, 0.5), least, 300)
    for name, most in others.items():
        draw.saw(f"steps, {name}", most)
    return draw.saw("steps, logistic (at most 301)", steps) > max(others.values())


@claim("13.10", "The derivatives agree to the last bit", quick=True)
def the_last_bit(draw):
    book = from_the_book(*ENGINE, "fewest")
    n, places = draw.pick("steps", [5, 20, 50]), draw.pick("states", [1, 2, 3, 8])
    rate = draw.pick("rate", [0.05, 0.5])
    x0, g0 = draw.rng.normal(size=50), draw.rng.normal(size=50)
    calls = 0

    def step(x):
        nonlocal calls
        calls += 1
        return x + rate * book["tanh"](1.5 * x) - 0.05 * x

    x = start = book["Tensor"](x0)
    for _ in range(n):
        x = step(x)
    whole = book["gradient"](book["total"](x * g0), [start])[0]
    calls = 0
    found = book["send_back"](step, x0, g0, n, places)
    draw.saw("steps run", calls)
    return np.array_equal(found, whole) and calls == n + book["fewest"](n, places)[0]


@claim("13.10", "which is Pascal's rule: $n(s, r) = \\binom{s + r}{s}$", quick=True)
def pascals_rule(draw):
    fewest = from_the_book("fewest")["fewest"]

    def most(n, places):
        """How often the most repeated step is run again."""
        if n == 1:
            return np.zeros(1, int)
        m = fewest(n, places)[1]
        below = 1 + most(m, places)
        return np.concatenate([below, most(n - m, max(places - 1, 1))])

    places, r = draw.pick("states", [1, 2, 3, 4, 5]), draw.pick("repetitions", [1, 2, 3])
    longest = math.comb(places + r, places)
    draw.saw("longest program", longest)
    # The cheapest walk repeats no step more than r times exactly up to this length.
    return most(longest, places).max() == r and most(longest + 1, places).max() > r
