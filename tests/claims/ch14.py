"""Chapter 14, both pages: what is said of gradients, memory, carts and random feedback."""

import contextlib
import functools
from itertools import pairwise

import nbformat
import numpy as np

from dlcore.alignment import alignment_angles, alignment_gradient, random_feedback
from dlcore.datasets import boolean, digits, split
from dlcore.hebbian import oja
from dlcore.initializers import Normal
from dlcore.layers import Activation, Linear
from dlcore.losses import MeanSquaredError, SoftmaxCrossEntropy
from dlcore.network import MLP, Network
from dlcore.optimizers import GradientDescent, Momentum
from dlcore.regularizers import L2
from dlcore.training import fit, minibatches
from tests.claims import BOOK, claim

STARTS, LOSS = 5, SoftmaxCrossEntropy()


def from_the_book(page, *cells, **names):
    """What these cells of a page define."""
    notebook = nbformat.read(BOOK / f"{page}.ipynb", as_version=4)
    sources = {cell.id: cell.source for cell in notebook.cells}
    for name in cells:
        exec(sources[name], names)
    return names


def some_digits(draw):
    X, y = digits()
    return split(X, y, test=0.2, seed=draw.seed)


# ---------------------------------------------------------------- 14


@claim("14.1", "the backward pass costs between one and two forward passes", quick=True)
def between_one_and_two(draw):
    sizes = draw.rng.integers(1, 300, size=draw.pick("weight layers", [2, 3, 6]) + 1)
    with contextlib.redirect_stdout(None):
        count = from_the_book("14_backpropagation", "count-products", pairwise=pairwise, MLP=MLP)
    forward, backward = count["multiplications"](sizes.tolist())
    return 1 <= draw.saw("backward passes in forward passes", backward / forward) <= 2


@claim("14.4", "for large batches the rank stops at 9 and not at 10", quick=True)
def rank_nine(draw):
    X, _, y, _ = some_digits(draw)
    width = draw.pick("hidden units", [16, 32, 64])
    net = MLP([64, width, 10], "tanh", seed=draw.seed, dtype="float64")
    optimizer = GradientDescent(net.theta, lr=0.5)
    epochs = draw.pick("epochs", [0, 3, 10])
    if epochs:
        fit(net, LOSS, optimizer, X, y, epochs=epochs, progress=False)
    g = net.unflatten(net.gradient(LOSS, X[:200], y[:200]))[2][0]
    singular = np.linalg.svd(g, compute_uv=False)
    return draw.saw("rank", int((singular > 1e-10 * singular[0]).sum())) == 9


@claim(
    "14.5",
    "The middle 96 percent of the sizes spread over more than two powers of ten before training "
    "and more than three after it",
    quick=True,
)
def sizes_spread(draw):
    X, _, y, _ = some_digits(draw)
    net = MLP([64, draw.pick("hidden units", [16, 32, 64]), 10], "tanh", seed=draw.seed)
    epochs, spread = draw.pick("epochs", [10, 15, 30]), []
    for _ in range(2):
        g = np.abs(net.gradient(LOSS, X[:100].astype("float32"), y[:100]))
        low, high = np.quantile(g[g > 0], (0.02, 0.98))
        spread.append(np.log10(high / low))
        fit(net, LOSS, GradientDescent(net.theta, lr=0.5), X, y, epochs=epochs, progress=False)
    before, after = draw.saw("powers of ten before", spread[0]), draw.saw("after", spread[1])
    return before > 2 and after > 3


def errors_of_sixty(draw, *epochs):
    """The errors of the outputs for six digits of each class, after each number of epochs."""
    X, _, y, _ = some_digits(draw)
    width, lr = draw.pick("hidden units", [16, 32, 64]), draw.pick("rate", [0.2, 0.5, 1.0])
    net, found, done = MLP([64, width, 10], "tanh", seed=draw.seed, dtype="float64"), [], 0
    chosen = np.concatenate([np.flatnonzero(y == k)[:6] for k in range(10)])
    optimizer = GradientDescent(net.theta, lr=lr)
    for until in epochs:
        fit(net, LOSS, optimizer, X, y, epochs=until - done, progress=False)
        done = until
        found.append(np.abs(LOSS.grad(net(X[chosen]), y[chosen]) * 60))
    return found


@claim("14.5", "After eight epochs most digits are settled", quick=True)
def most_are_settled(draw):
    (errors,) = errors_of_sixty(draw, 8)
    large = (errors.max(axis=1) > 0.1).sum()
    return draw.saw("of 60 digits, with an output error above 0.1", large) < 30


@claim(
    "14.5",
    "a quarter of the digits now does more than half of the teaching. Most of these fade later",
)
def a_quarter_teaches(draw):
    at_8, at_30 = (errors.sum(axis=1) for errors in errors_of_sixty(draw, 8, 30))
    hard = np.argsort(at_8)[-15:]
    share = draw.saw("share of the 15 largest errors", at_8[hard].sum() / at_8.sum())
    faded = draw.saw("of these, below half after 30", (at_30[hard] < at_8[hard] / 2).sum())
    return share > 0.5 and faded > 7


@functools.cache
def factors(seed, width, depth):
    """By what a layer multiplies ‖δ‖ on its way down, for each activation and initialisation."""
    X, y = digits()
    rows, found = np.random.default_rng(seed).choice(len(X), 100, replace=False), {}
    for h in ("sigmoid", "tanh", "relu"):
        for name, init in {"Glorot": "glorot", "He": "he", "small": Normal(0.05)}.items():
            sizes = [64] + [width] * depth + [10]
            net = MLP(sizes, h, init, seed=seed, copies=STARTS, dtype="float64")
            logits, caches = net.forward(X[rows])
            g, norms = LOSS.grad(logits, y[rows]), []
            for l in range(len(net.layers) - 1, 0, -1):
                g = net.layers[l].input_grad(net.params[l], caches[l], g)
                if isinstance(net.layers[l], Activation):
                    norms.append(np.sqrt((g**2).sum(axis=(1, 2))))
            found[h, name] = np.median(norms[-1] / norms[0]) ** (1 / (depth - 1))
    return found


def drawn_factors(draw):
    width, depth = draw.pick("units per layer", [48, 64, 128]), draw.pick("layers", [10, 20, 30])
    return factors(draw.seed, width, depth)


@claim("14.6", "With the sigmoid none of the three initialisations helps.", quick=True)
def sigmoid_vanishes(draw):
    found = [f for (h, _), f in drawn_factors(draw).items() if h == "sigmoid"]
    return draw.saw("largest factor per layer", max(found)) < 0.5


@claim("14.6", "Three pairs keep the gradient, with a factor\nper layer close to 1", quick=True)
def three_pairs_keep_it(draw):
    keep = {("tanh", "Glorot"), ("tanh", "He"), ("relu", "He")}
    found = drawn_factors(draw)
    draw.saw("least factor of the three", min(found[pair] for pair in keep))
    draw.saw("largest factor of the three", max(found[pair] for pair in keep))
    return {pair for pair, f in found.items() if 0.9 < f < 1.1} == keep


@claim("14.6", "about 0.75 in the root mean square", quick=True)
def flat_parts_of_tanh(draw):
    X, width = digits()[0], draw.pick("units per layer", [48, 64, 128])
    depth = draw.pick("layers", [10, 20, 30])
    net = MLP([64] + [width] * depth + [10], "tanh", "he", seed=draw.seed, dtype="float64")
    slopes = [1 - c[1] ** 2 for c in net.forward(X[:100])[1] if isinstance(c, tuple)]
    means = [np.sqrt((slope**2).mean()) for slope in slopes]
    return 0.72 < draw.saw("root mean square of the slopes", np.mean(means)) < 0.78


@claim("14.6", "ReLU with Glorot's weights loses\na factor of $\\sqrt2$ in each layer", quick=True)
def relu_with_glorot(draw):
    return 0.66 < draw.saw("factor", drawn_factors(draw)["relu", "Glorot"]) < 0.76


@claim("14.7", "The gradient is the same to the last bit", quick=True)
def the_same_to_the_last_bit(draw):
    X, _, y, _ = some_digits(draw)
    depth, h = draw.pick("layers", [5, 20, 64]), draw.pick("activation", ["tanh", "relu", "gelu"])
    net = MLP(
        [64] + [draw.pick("width", [10, 64])] * depth + [10], h, seed=draw.seed, dtype="float64"
    )
    book = from_the_book("14_backpropagation", "numbers-kept", "checkpointed", np=np, loss=LOSS)
    k = draw.pick("modules per segment", [1, 3, 8, 100])
    g, _ = book["checkpointed_gradient"](net, LOSS, X[:20], y[:20], k)
    return np.array_equal(g, net.gradient(LOSS, X[:20], y[:20]))


@claim(
    "14.7",
    "With a checkpoint before every fourth or eighth layer a fifth of the memory is enough",
    quick=True,
)
def a_fifth_is_enough(draw):
    X, _, y, _ = some_digits(draw)
    width, N = draw.pick("width", [32, 64, 100]), draw.pick("batch", [1, 10, 50])
    net = MLP([64] + 64 * [width] + [10], "tanh", seed=draw.seed)
    X = X[:N].astype("float32")
    book = from_the_book("14_backpropagation", "numbers-kept", "checkpointed", np=np, loss=LOSS)
    k = draw.pick("layers per segment", [4, 8])
    _, most = book["checkpointed_gradient"](net, LOSS, X, y[:N], 2 * k)
    share = most / book["numbers_in"](net.forward(X)[1])
    return 0.15 < draw.saw("share of the memory", share) < 0.22


# ---------------------------------------------------------------- 14b


def flight(draw, T, rho, friction, updates=300):
    """The forces after so many updates, and the state at the end."""
    book = from_the_book(
        "14b_credit_and_brains", "credit-imports", "cart", source=None, show=None, explore=None
    )
    CartStep = book["CartStep"]
    CartStep.friction = friction
    cart = Network(*(CartStep() for _ in range(T)), dtype="float64")
    start, goal = np.array([[0.0, 0.0]]), np.array([[1.0, 0.0]])
    optimizer = GradientDescent(cart.theta, lr=draw.pick("rate times T²", [35, 50]) / T**2)
    fit(cart, MeanSquaredError(), optimizer, start, goal, epochs=updates, penalty=L2(rho),
        batch_size=None, progress=False)  # fmt: skip
    return cart.theta.copy(), cart(start)[0]


@claim("14b.2", "half the time asks for a force nearly four times as large")
def half_the_time(draw):
    friction = draw.pick("friction", [0.3, 0.5, 0.8])
    largest = [np.abs(flight(draw, T, 0.001, friction)[0]).max() for T in (20, 10)]
    return 3.5 < draw.saw("ratio", largest[1] / largest[0]) < 4


@claim("14b.2", "If force is expensive, the brake is weaker than the push")
def the_brake_is_weaker(draw):
    T, friction = draw.pick("T", [10, 20, 30]), draw.pick("friction", [0.3, 0.5, 0.8])
    u, (p, v) = flight(draw, T, 0.1, friction)
    cheap, _ = flight(draw, T, 0.001, friction)
    draw.saw("position at the end", p)
    draw.saw("velocity at the end", v)
    weak, equal = draw.saw("brake by push", -u.min() / u.max()), -cheap.min() / cheap.max()
    return weak < min(0.9, draw.saw("if force is cheap", equal) - 0.1) and p < 1 and v > 0


@claim("14b.2", "the forces lie almost on a straight line")
def almost_a_line(draw):
    T, friction = draw.pick("T", [10, 20, 30]), draw.pick("friction", [0.3, 0.5, 0.8])
    u, _ = flight(draw, T, draw.pick("ρ", [0.001, 0.01, 0.1]), friction)
    line = np.polyval(np.polyfit(np.arange(T), u, 1), np.arange(T))
    off = np.abs(u - line).max() / (u.max() - u.min())
    return draw.saw("furthest from the line, in parts of the range", off) < 0.1


@functools.cache
def symmetry(seed, lr, network=False):
    X, _ = boolean("parity", n=6)
    y = (X == X[:, ::-1]).all(axis=1).astype(float)[:, None]
    net = Network(
        Linear(6, 2), Activation("sigmoid"), Linear(2, 1), Activation("sigmoid"),
        copies=20, dtype="float64",
    )  # fmt: skip
    net.theta[...] = np.random.default_rng(seed).uniform(-0.3, 0.3, net.theta.shape)
    optimizer = Momentum(net.theta, lr=lr, mu=0.9)
    for _ in range(3000):
        optimizer.step(net.gradient(MeanSquaredError(), X, y))
    found = net.params[0][0], ((net(X) > 0.5) == (y > 0.5)).all(axis=(1, 2))
    return (net, *found) if network else found


@claim(
    "14b.4",
    "In the first 50 sweeps the errors of the median network shrink by hundreds or thousands at "
    "the rate of the letter, by ten to a hundred at half of it, and by less than ten at a "
    "quarter.",
    draws=20,
)
def hidden_errors_shrink(draw):
    X, _ = boolean("parity", n=6)
    y = (X == X[:, ::-1]).all(axis=1).astype(float)[:, None]
    factors = []
    for lr in (6.4, 3.2, 1.6):
        net = Network(
            Linear(6, 2), Activation("sigmoid"), Linear(2, 1), Activation("sigmoid"),
            copies=20, dtype="float64",
        )  # fmt: skip
        net.theta[...] = np.random.default_rng(draw.seed).uniform(-0.3, 0.3, net.theta.shape)
        optimizer, size = Momentum(net.theta, lr=lr, mu=0.9), []
        for _ in range(51):
            y_hat, caches = net.forward(X)
            g = y_hat - y
            for l in (3, 2, 1):
                g = net.layers[l].input_grad(net.params[l], caches[l], g)
            size.append(np.median(np.sqrt((g**2).mean(axis=(1, 2)))))
            optimizer.step(net.gradient(MeanSquaredError(), X, y))
        factors.append(draw.saw(f"factor at the rate {lr}", size[0] / size[50]))
    whole, half, quarter = factors
    return 200 < whole < 10_000 and 10 <= half <= 100 and quarter < 10


@claim("14b.4", "At half that rate nearly every start finds it, and so it does at a quarter")
def nearly_every_start(draw):
    return (
        draw.saw("of 20 solved", symmetry(draw.seed, draw.pick("rate", [1.6, 3.2]))[1].sum()) >= 18
    )


@claim("14b.4", "the others sit on a plateau with small weights")
def the_others_are_stuck(draw):
    w, solved = symmetry(draw.seed, 6.4)
    small = (np.abs(w[~solved]).max(axis=(1, 2)) < 1).mean()
    return draw.saw("share with all weights below 1", small) > 0.8


@claim("14b.4", "The second unit nearly always has the same weights with the opposite signs")
def two_opposite_units(draw):
    net, w, solved = symmetry(draw.seed, draw.pick("rate", [1.6, 3.2, 6.4]), network=True)
    w, b = w[solved], net.params[0][1][solved]
    largest = np.abs(w).max(axis=(1, 2))
    odd = np.abs(w + w[:, :, ::-1]).max(axis=(1, 2)) / largest
    opposite = np.abs(w[:, 0] + w[:, 1]).max(axis=1) < 0.1 * largest
    draw.saw("largest |w_k + w_(7−k)|, largest weight 1", odd.max())
    good = opposite & (b < 0).all(axis=(1, 2))
    return odd.max() < 0.1 and draw.saw("share with opposite signs", good.mean()) > 0.9


@claim(
    "14b.4",
    "all others have found $2 : 3 : 4$.\nWith other draws of the starts, between two fifths and "
    "nine tenths of the networks that learned the task have the first of the two.",
)
def two_ratios(draw):
    w, solved = symmetry(draw.seed, draw.pick("rate", [1.6, 3.2, 6.4]))
    sizes = np.sort(np.abs(w[solved][:, 0, :3]), axis=1)
    near = [
        np.abs(sizes / sizes[:, :1] / r - 1).max(axis=1) < 0.15 for r in ([1, 2, 4], [1, 1.5, 2])
    ]
    share = draw.saw("share with 1 : 2 : 4", near[0].mean())
    return (
        0.35 < share < 0.95
        and draw.saw("share with one of the two", (near[0] | near[1]).mean()) > 0.94
    )


def data(seed):
    X, y = digits()
    X_train, X_test, y_train, y_test = split(X.astype("float32"), y, test=0.2, seed=seed)
    X_fit, X_val, y_fit, y_val = split(X_train, y_train, test=0.2, seed=seed)
    return X_fit, y_fit, X_val, y_val, X_test, y_test


@functools.cache
def learned(seed, rule, rates, depth=1, width=32, h="tanh", hidden_only=False):
    """For each rate the mean accuracies on held-out and on test digits, the mean angles, and the
    mean |cosine| between the weights of two hidden units.

    ``hidden_only``: the rates are those of the hidden layer, the output layer learns at the rate 1.
    """
    X, y, X_val, y_val, X_test, y_test = data(seed)
    seeds = [*range(seed, seed + STARTS)] * len(rates)
    net = MLP([64, *depth * [width], 10], h, seed=seeds, copies=len(seeds))
    feedback, rng = random_feedback(net, seed=100 + seed), np.random.default_rng(seed)
    lr, centre = np.repeat(np.float32(rates), STARTS)[:, None], X.mean(axis=0)
    for _ in range(20):
        for rows in minibatches(len(X), 32, rng):
            x, t = X[rows], y[rows]
            if rule == "backpropagation":
                g = net.gradient(LOSS, x, t)
            else:
                B = [None if B is None else B * (rule == "feedback") for B in feedback]
                g = alignment_gradient(net, B, LOSS, x, t)
            W, own = net.params[0][0], net.unflatten(g)[0]
            if rule == "oja":
                own[0][...] = -oja(W, x - centre)
            if rule == "sanger":
                a = (x - centre) @ W.mT
                own[0][...] = -(a.mT @ (x - centre) - np.tril(a.mT @ a) @ W) / len(x)
            for part in own if hidden_only else ():
                part *= lr[:, :, None]
            net.theta[...] -= g if hidden_only else lr * g

    def right(X, y):
        shares = (net(X).argmax(axis=-1) == y).mean(axis=-1)
        return shares.reshape(-1, STARTS).mean(axis=1)

    angles = [a.reshape(-1, STARTS).mean(axis=1) for a in alignment_angles(net, feedback)]
    W = net.params[0][0] / np.linalg.norm(net.params[0][0], axis=-1, keepdims=True)
    alike = np.abs(W @ W.mT)[..., *np.triu_indices(width, 1)].mean(axis=-1)
    alike = alike.reshape(-1, STARTS).mean(axis=1)
    return right(X_val, y_val), right(X_test, y_test), np.array(angles), alike


RATES = (0.1, 0.2, 0.5, 1.0)
HIDDEN_RATES = (0.002, 0.01, 0.05, 0.2, 1.0)


def behind(draw, depth, activations=("tanh", "relu"), rates=RATES):
    """How far feedback alignment stays behind, each at its own best rate, and its angles there."""
    width, h = draw.pick("units per layer", [32, 48]), draw.pick("activation", [*activations])
    best, angles = {}, None
    for rule in ("backpropagation", "feedback"):
        held_out, right, angles, _ = learned(draw.seed, rule, rates, depth, width, h)
        best[rule] = right[held_out.argmax()]
        draw.saw(rule, best[rule])
    return draw.saw("behind", best["backpropagation"] - best["feedback"]), angles[
        :, held_out.argmax()
    ]


@claim("14b.6", "With one hidden layer the two are close, two hundredths apart at most.")
def one_layer_is_close(draw):
    return behind(draw, 1)[0] < 0.02


@claim("14b.6", "$W^\\top$ turns towards $B$ until the\nangle is well below 90 degrees")
def it_turns(draw):
    return draw.saw("angle in degrees", behind(draw, 1)[1][-1]) < 65


@claim("14b.6", "With five, random feedback stays behind at its own best rate")
def five_layers_are_not(draw):
    return behind(draw, 5, ["tanh"])[0] > 0.01


@claim(
    "14b.6",
    "With ReLU units\nin place of tanh it loses a tenth or more, even if the rate is chosen anew.",
)
def relu_loses_more(draw):
    return behind(draw, 5, ["relu"], (0.02, 0.05, 0.1, 0.2))[0] > 0.095


@claim(
    "14b.6",
    "Its topmost\nmatrix is met nearly as well as before; the ones below hardly are, their angles "
    "stay above 70 degrees.",
)
def only_the_top_is_met(draw):
    angles = behind(draw, 5, ["tanh"])[1]
    before = learned(draw.seed, "feedback", RATES, 1, 32, "tanh")
    before = draw.saw("angle of one layer", before[2][-1, before[0].argmax()])
    top, rest = draw.saw("angle on top", angles[-1]), draw.saw("least below", angles[:-1].min())
    return top < before + 12 and rest > 70


def read_out_and(draw, *rules):
    """The accuracy of the read-out alone, and for each rule (held out, test), one width for all."""
    width = draw.pick("hidden units", [24, 32, 48])
    found = [
        learned(draw.seed, rule, HIDDEN_RATES, width=width, hidden_only=True)
        for rule in ("read-out", *rules)
    ]
    return draw.saw("read-out only", found[0][1][0]), *found[1:]


@claim(
    "14b.7",
    "The two rules that use the error leave the read-out behind, by five hundredths here, by two "
    "to nine with other draws and widths",
)
def errors_help(draw):
    alone, *rules = read_out_and(draw, "backpropagation", "feedback")
    gains = [right[held_out.argmax()] - alone for held_out, right, *_ in rules]
    draw.saw("gain of backpropagation", gains[0])
    draw.saw("gain of random feedback", gains[1])
    return 0.015 < min(gains) and max(gains) < 0.095


@claim(
    "14b.7",
    "The two that do not use it\ngain four hundredths at most, at any rate (here one or none).",
)
def no_error_no_gain(draw):
    alone, *rules = read_out_and(draw, "oja", "sanger")
    gain = max(right.max() - alone for _, right, *_ in rules)
    return draw.saw("largest gain at any rate", gain) < 0.045


@claim("14b.7", "Hebb's rule by itself is harmless at small rates and ruinous at larger ones")
def hebb_ruins(draw):
    alone, (_, right, *_) = read_out_and(draw, "oja")
    small, large = draw.saw("at 0.002", right[0]), draw.saw("at 0.05 or more", right[2:].max())
    return small > alone - 0.015 and large < alone - 0.15


@claim("14b.7", "His units stay different at every rate")
def sanger_differs(draw):
    _, (*_, hebb), (*_, sanger) = read_out_and(draw, "oja", "sanger")
    draw.saw("similarity of two of Hebb's units at 0.05", hebb[2])
    return draw.saw("of Sanger's, at most", sanger.max()) < 0.2 and hebb[2] > 0.6


@claim(
    "14b.7",
    "where Hebb's have collapsed, at 0.05 and 0.2, they differ from untrained ones by four "
    "hundredths at most; only at the rate 1 can they lose more, up to an eighth",
)
def sanger_stays(draw):
    alone, (_, right, *_) = read_out_and(draw, "sanger")
    draw.saw("difference at 1", right[4] - alone)
    low, high = draw.saw("least at 0.05, 0.2", right[2:4].min()), right[2:4].max()
    return alone - low < 0.045 and high - alone < 0.045 and right[4] > alone - 0.125
