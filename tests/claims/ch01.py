"""Chapter 1: what the digits, the folded line and the three ways say."""

from functools import cache

import numpy as np
from scipy.optimize import linprog
from sklearn.svm import SVC

from dlcore.datasets import digits, moons, split
from dlcore.layers import Linear
from dlcore.losses import MeanAbsoluteError, MeanSquaredError, SoftmaxCrossEntropy
from dlcore.metrics import accuracy
from dlcore.network import MLP, Network
from dlcore.optimizers import Adam, GradientDescent
from dlcore.teaching.chapters.introduction import moments, moved, pieces
from dlcore.training import fit
from tests.claims import claim

X, Y = digits()


def train(net, x, y, lr, epochs, batch_size=64, loss=None):
    loss = loss or SoftmaxCrossEntropy()
    fit(net, loss, Adam(net.theta, lr=lr), x, y, epochs=epochs, batch_size=batch_size,
        progress=False)  # fmt: skip
    return net


def halves(draw, test=0.25):
    return split(X, Y, test=test, seed=draw.seed)


def stages(net, x):
    """The input, and what every layer of a stack makes of it, each (copies, N, n)."""
    found, a = [], np.broadcast_to(x.astype("float32"), (net.copies, *x.shape))
    for layer, params in zip(net.layers, net.params, strict=True):
        if isinstance(layer, Linear):
            found.append(a)
        a, _ = layer.forward(params, a)
    return [*found, a]


def togetherness(A, labels):
    D = np.sqrt(((A[:, None] - A) ** 2).sum(axis=-1))
    same, off = labels[:, None] == labels, ~np.eye(len(A), dtype=bool)
    return D[same & off].mean() / D[~same].mean()


@claim(
    "1.1",
    "with random weights the layers leave the kinds as mixed as the pixels had them, and training "
    "pulls them apart further in each of the first three layers.",
)
def training_pulls_the_kinds_apart(draw):
    Xa, Xb, ya, yb = halves(draw)
    sizes = draw.pick("widths", [(64, 32, 16, 8, 10), (64, 48, 24, 12, 10), (64, 32, 32, 32, 10)])
    epochs = draw.pick("epochs", [15, 25, 40])
    net = MLP(list(sizes), "tanh", copies=5, seed=draw.seed)

    def tight():
        return np.array([np.mean([togetherness(a, yb) for a in A]) for A in stages(net, Xb)])

    before = tight()
    after = tight() if train(net, Xa, ya, 0.01, epochs) else None
    draw.saw("largest change by random layers", np.abs(before - before[0]).max())
    draw.saw("smallest gain of a layer", -np.diff(after[:4]).max())
    return np.abs(before - before[0]).max() < 0.1 and (np.diff(after[:4]) < -0.03).all()


def best_rule(x, y):
    limits = np.arange(1, 17) / 16
    right = ((x[:, :, None] >= limits) == y[:, None, None]).mean(axis=0)
    i, t = np.unravel_index(np.maximum(right, 1 - right).argmax(), right.shape)
    inverted = right[i, t] < 0.5
    return lambda new: (new[:, i] >= limits[t]) != inverted


def three_and_eight(draw):
    part = (Y == 3) | (Y == 8)
    return split(X[part], (Y[part] == 8).astype(int), test=0.5, seed=draw.seed)


@claim(
    "1.2",
    "the best of 2048 rules, which looked fair on its own pictures, is worse on new ones",
    quick=True,
)
def the_best_rule_is_worse_on_new_pictures(draw):
    n = draw.pick("pictures to choose from", [60, 120, 180])
    Xa, Xb, ya, yb = three_and_eight(draw)
    rule = best_rule(Xa[:n], ya[:n])
    own = draw.saw("own pictures", (rule(Xa[:n]) == ya[:n]).mean())
    return own > 0.8 and draw.saw("new pictures", (rule(Xb) == yb).mean()) < own


@claim("1.2", "Networks that may weigh all the pixels are well ahead of it.", quick=True)
def networks_are_ahead_of_the_rule(draw):
    Xa, Xb, ya, yb = three_and_eight(draw)
    width, lr = draw.pick("hidden units", [8, 16, 64]), draw.pick("rate", [0.003, 0.01, 0.03])
    net = train(MLP([64, width, 2], "relu", "he", copies=10, seed=draw.seed), Xa, ya, lr, 40)
    ahead = accuracy(net(Xb), yb).mean() - (best_rule(Xa, ya)(Xb) == yb).mean()
    return draw.saw("network less rule", ahead) > 0.05


def points(draw):
    u = np.sort(draw.rng.uniform(-1, 1, 24))
    v = np.sin(3 * u) + 0.12 * draw.rng.standard_normal(24)
    strays = draw.rng.choice(24, 2, replace=False)
    v[strays] += np.array([1.9, -1.9])
    return u, v


def descend(net, loss, optimizer, x, y, steps=2500):
    lr = optimizer.lr
    for t in range(steps):
        if isinstance(loss, MeanAbsoluteError):
            optimizer.lr = lr * (1 - t / steps)
        optimizer.step(net.gradient(loss, x, y))
    return float(loss.value(net(x), y))


@claim("1.4", "for line and cubic walking downhill ends where the exact solution is")
def downhill_is_exact(draw):
    u, v = points(draw)
    family = draw.pick("class", ["line", "cubic"])
    A = u[:, None] if family == "line" else np.stack([u, u**2, u**3], axis=1)
    A1, target = np.hstack([A, np.ones((24, 1))]), v[:, None]
    squares = draw.pick("squares", [True, False])
    loss = MeanSquaredError() if squares else MeanAbsoluteError()
    if squares:
        best = loss.value(A1 @ np.linalg.lstsq(A1, target, rcond=None)[0], target)
    else:
        n, m = A1.shape
        rows = np.vstack([np.hstack([A1, -np.eye(n)]), np.hstack([-A1, -np.eye(n)])])
        cost = np.concatenate([np.zeros(m), np.ones(n)])
        limits = [(None, None)] * m + [(0, None)] * n
        best = linprog(cost, rows, np.concatenate([v, -v]), bounds=limits).fun / n
    net = Network(Linear(A.shape[1], 1), dtype="float64")
    net.theta[...] = 0
    J = descend(net, loss, GradientDescent(net.theta, lr=0.1), A, target)
    return draw.saw("loss over the least possible", J / best) < 1.02


@claim(
    "1.4", "For the network there is no exact solution, and the optimisers end in different places"
)
def the_network_ends_elsewhere(draw):
    u, v = points(draw)
    seed = draw.pick("start", [1, 2, 3])
    ends = []
    for make in (lambda p: GradientDescent(p, lr=0.1), lambda p: Adam(p, lr=0.01)):
        net = MLP([1, 10, 1], "tanh", dtype="float64", seed=seed)
        ends.append(descend(net, MeanSquaredError(), make(net.theta), u[:, None], v[:, None]))
    return draw.saw("Adam's loss over that of descent", ends[1] / ends[0]) < 0.97


def random_pieces(draw, k, width, copies=40):
    law = draw.pick("law of the random weights", ["normal", "uniform"])
    net = MLP([1, *[width] * k, 1], "relu", copies=copies, dtype="float64")
    shape = net.theta.shape
    net.theta[...] = (
        draw.rng.standard_normal(shape) if law == "normal" else draw.rng.uniform(-1, 1, shape)
    )
    return np.median([pieces(one, -1000, 1000) for one in net])


@claim("1.6", "random networks with two units a layer hardly gain pieces from depth.")
def chance_does_not_fold(draw):
    one, deep = (random_pieces(draw, k, 2) for k in (1, draw.pick("layers", [3, 5, 8])))
    return draw.saw("pieces of the deep less those of one layer", deep - one) <= 3


@claim("1.6", "Those with sixteen units a layer have about as many pieces as units")
def as_many_pieces_as_units(draw):
    k = draw.pick("layers", [2, 4, 8])
    return 0.5 < draw.saw("pieces over units", random_pieces(draw, k, 16) / (16 * k)) < 1.5


def best_of(rates, make):
    """The mean share at the best of the rates."""
    return max(float(make(lr)) for lr in rates)


@claim("1.7", "neighbouring pixels agree in sign more often than not", quick=True)
def training_adds_patches(draw):
    Xa, _, ya, _ = halves(draw)
    net = MLP([64, 32, 16, 8, 10], "tanh", copies=5, seed=draw.seed)
    before = net.params[0][0].copy()
    train(net, Xa, ya, 0.01, draw.pick("epochs", [15, 25, 40]))

    def agree(weights):
        w = weights.reshape(-1, 8, 8)[:, :, 1:7]  # the outer columns are nearly always empty
        return ((w[:, 1:] * w[:, :-1] > 0).mean() + (w[:, :, 1:] * w[:, :, :-1] > 0).mean()) / 2

    draw.saw("before", agree(before))
    return draw.saw("added", agree(net.params[0][0] - before)) > 0.55


@claim("1.7", "each layer that is allowed to learn makes the whole better")
def each_learning_layer_helps(draw):
    Xa, Xb, ya, yb = halves(draw)
    width = draw.pick("units a layer", [16, 32])
    shares = []
    for frozen in ((0, 2, 4), (0, 2), (0,), ()):

        def share(lr, frozen=frozen):
            net = MLP([64, width, width, width, 10], "tanh", copies=3, seed=draw.seed)
            net.freeze(*frozen)
            return accuracy(train(net, Xa, ya, lr, 20)(Xb), yb).mean()

        shares.append(best_of((0.003, 0.01, 0.03), share))
    return draw.saw("smallest gain", np.diff(shares).min()) > 0


@claim("1.7", "Three random layers do worse than no layers at all")
def random_layers_do_harm(draw):
    Xa, Xb, ya, yb = halves(draw)
    width = draw.pick("units a layer", [16, 32, 64])

    def through(lr):
        net = MLP([64, width, width, width, 10], "tanh", copies=3, seed=draw.seed)
        net.freeze(0, 2, 4)
        return accuracy(train(net, Xa, ya, lr, 20)(Xb), yb).mean()

    def direct(lr):
        net = train(MLP([64, 10], copies=5, seed=draw.seed), Xa, ya, lr, 20)
        return accuracy(net(Xb), yb).mean()

    rates = (0.01, 0.03, 0.1)
    return draw.saw("pixels less layers", best_of(rates, direct) - best_of(rates, through)) > 0.02


def layers(draw, data, depths, rates, epochs):
    Xa, Xb, ya, yb = data

    def share(lr, hidden):
        sizes = [Xa.shape[1], *[64] * hidden, int(ya.max()) + 1]
        net = MLP(sizes, "relu", "he", copies=3, seed=draw.seed)
        return accuracy(train(net, Xa, ya, lr, epochs)(Xb), yb).mean()

    return [best_of(rates, lambda lr, h=h: share(lr, h)) for h in depths]


@claim("1.7", "On these small digits the kernel machine is ahead of every network of ours")
def the_kernel_machine_is_ahead(draw):
    Xa, Xb, ya, yb = data = halves(draw)
    C = draw.pick("C", [3, 10, 30])
    best = max(layers(draw, data, (0, 1, 3), (0.003, 0.01, 0.03), draw.pick("epochs", [15, 30])))
    return draw.saw("ahead by", SVC(C=C).fit(Xa, ya).score(Xb, yb) - best) > 1e-4


@claim("1.7", "on the moons depth gains nothing over two layers", quick=True)
def depth_gains_nothing_on_the_moons(draw):
    noise = draw.pick("noise", [0.1, 0.2, 0.3])
    data = split(*moons(400, noise, seed=draw.seed), test=0.5, seed=draw.seed)
    two, four = layers(draw, data, (1, 3), (0.003, 0.01, 0.03), 60)
    return draw.saw("four layers less two", four - two) <= 0.01


# Three ways.

A, Y_A = digits(classes=(0, 1, 2, 3, 4))
B = digits(classes=(5, 6, 7, 8, 9))


class Ways:
    """The three ways of section 1.8, with a split, places and starts of their own."""

    def __init__(self, seed, copies=5):
        self.seed, self.copies = seed, copies
        self.B_train, B_test, self.t, self.t_test = split(*B, test=1 / 3, seed=seed)
        self.sheets, self.sheets_test = moved(self.B_train, seed), moved(B_test, seed + 1)

    @cache  # noqa: B019
    def body(self, lesson):
        if lesson == "none":
            return MLP([144, 96, 48, 144], "relu", "he", seed=self.seed)
        if lesson in ("labels", "middle, same sheets"):
            many = np.concatenate([moved(A, self.seed + 2 + i) for i in range(10)])
            n_out, target, loss = (5, np.tile(Y_A, 10), None) if lesson == "labels" else (
                64, np.tile(A, (10, 1)), MeanSquaredError())  # fmt: skip
            net = MLP([144, 96, 48, n_out], "relu", "he", seed=self.seed)
            return train(net, many, target, 0.002, 8, loss=loss)
        pile = np.concatenate([A, self.B_train])
        many = np.concatenate([moved(pile, self.seed + 20 + i) for i in range(8)])
        target = many if lesson == "copy" else np.tile(pile, (8, 1))
        net = MLP([144, 96, 48, target.shape[1]], "relu", "he", seed=self.seed)
        return train(net, many, target, 0.002, 6, loss=MeanSquaredError())

    @cache  # noqa: B019
    def share(self, n, lesson=None, frozen=True, hand=False):
        """The mean share of unseen digits right after n examples, at the best rate of a ladder."""
        F, G = self.sheets, self.sheets_test
        body = lesson and self.body(lesson)
        if hand:
            F, G = moments(F), moments(G)
            F, G = (F - F.mean(axis=0)) / F.std(axis=0), (G - F.mean(axis=0)) / F.std(axis=0)
        rows = []
        for e in range(self.copies):
            order = np.random.default_rng(self.seed + e).permutation(len(self.t))
            each = [order[self.t[order] == k][: n // 5] for k in range(5)]
            rows.append(order[:n] if n == 590 else np.concatenate(each))
        rows = np.stack(rows)

        def one(lr):
            sizes = [F.shape[1], 5] if hand else [144, 96, 48, 5]
            net = MLP(sizes, "relu", "he", copies=self.copies, seed=self.seed)
            for l in (0, 2) if body is not None else ():
                for own, given in zip(net.params[l], body.params[l], strict=True):
                    own[...] = given
            net.freeze(*((0, 2) if body is not None and frozen else ()))
            train(net, F[rows], np.eye(5)[self.t[rows]], lr, 150 if n < 590 else 25,
                  None if n < 590 else 64)  # fmt: skip
            return accuracy(net(G), self.t_test).mean()

        return best_of(READ if hand or (body is not None and frozen) else (0.003, 0.01), one)


@cache
def ways_of(seed):
    return Ways(seed)


READ = (0.01, 0.03, 0.1)  # rates of a read-out


@claim("1.8", "With few examples the expert wins against raw pixels, and by far:")
def the_expert_wins_with_few(draw):
    ways, n = ways_of(draw.seed), draw.pick("examples", [10, 20, 50])
    return draw.saw("moments less raw pixels", ways.share(n, hand=True) - ways.share(n)) > 0.15


@claim("1.8", "on other draws of the pictures it is a little ahead or just level")
def raw_pixels_catch_up(draw):
    ways = ways_of(draw.seed)
    behind, ahead = (ways.share(n) - ways.share(n, hand=True) for n in (100, 590))
    return draw.saw("with 100", behind) < -0.1 and -0.02 < draw.saw("with 590", ahead) < 0.12


@claim("1.8", "helps a little with few labels, and later its frozen features are too poor")
def labels_of_others_help_a_little(draw):
    ways, n = ways_of(draw.seed), draw.pick("few examples", [10, 20, 50])
    few, many = (ways.share(m, "labels") - ways.share(m) for m in (n, 590))
    return 0 < draw.saw("ahead with few", few) < 0.25 and draw.saw("ahead with many", many) < 0


@claim(
    "1.8",
    "Fine-tuned it is ahead of raw pixels with few labels, and level with them or a little ahead "
    "at the end.",
)
def fine_tuning_helps_with_few(draw):
    ways, n = ways_of(draw.seed), draw.pick("few examples", [10, 20, 50])
    few, many = (ways.share(m, "labels", frozen=False) - ways.share(m) for m in (n, 590))
    return draw.saw("with few", few) > 0 and -0.02 < draw.saw("with 590", many) < 0.06


@claim("1.8", "with ten names it is ahead of raw pixels with two hundred, at the end it still is")
def the_lesson_without_labels_is_better(draw):
    ways = ways_of(draw.seed)
    ten = ways.share(10, "middle") - ways.share(200)
    end = ways.share(590, "middle") - ways.share(590)
    return draw.saw("ten names less two hundred", ten) > 0 and draw.saw("at the end", end) > 0


@claim("1.8", "it beats the expert's six moments at every $n$")
def it_beats_the_expert(draw):
    ways = ways_of(draw.seed)
    ahead = [ways.share(n, "middle") - ways.share(n, hand=True) for n in (5, 10, 20, 50, 200, 590)]
    return draw.saw("least lead", min(ahead)) > 0


@claim("1.8", "Even on the same sheets the lesson without labels beats the one with labels.")
def the_lesson_beats_the_labels(draw):
    ways, n = ways_of(draw.seed), draw.pick("examples", [10, 20, 50, 200, 590])
    return draw.saw("ahead", ways.share(n, "middle, same sheets") - ways.share(n, "labels")) > 0.05


@claim("1.8", "The rest of its lead comes from pictures that nobody had to name.")
def unnamed_pictures_help(draw):
    ways, n = ways_of(draw.seed), draw.pick("examples", [10, 20, 50, 200, 590])
    gain = ways.share(n, "middle") - ways.share(n, "middle, same sheets")
    return draw.saw("with the pictures of 5 to 9 less without", gain) > 0.03


@claim("1.11", "below raw pixels and hardly more than a body that nobody has trained")
def copying_teaches_little(draw):
    ways, n = ways_of(draw.seed), draw.pick("examples", [20, 50, 100])
    copied = ways.share(n, "copy")
    draw.saw("raw pixels less autoencoder", ways.share(n) - copied)
    untrained = copied - ways.share(n, "none")
    return ways.share(n) > copied and draw.saw("autoencoder less untrained body", untrained) < 0.1


@claim("1.8", "there a body pretrained on 0 to 4 and frozen does worse than the raw pixels")
def on_centred_digits_it_does_not_pay(draw):
    n, copies = draw.pick("examples", [20, 50, 100]), 5
    Xa, Xb, ya, yb = split(*B, test=1 / 3, seed=draw.seed)
    body = train(MLP([64, 64, 32, 5], "relu", "he", seed=draw.seed), A, Y_A, 0.003, 30)
    order = [np.random.default_rng(draw.seed + e).permutation(len(ya)) for e in range(copies)]
    rows = np.stack([np.concatenate([o[ya[o] == k][: n // 5] for k in range(5)]) for o in order])

    def share(lr, frozen):
        net = MLP([64, 64, 32, 5] if frozen else [64, 5], "relu", "he", copies=copies)
        for l in (0, 2) if frozen else ():
            for own, given in zip(net.params[l], body.params[l], strict=True):
                own[...] = given
        net.freeze(*((0, 2) if frozen else ()))
        return accuracy(train(net, Xa[rows], np.eye(5)[ya[rows]], lr, 200, None)(Xb), yb).mean()

    pixels, features = (best_of(READ, lambda lr, f=f: share(lr, f)) for f in (False, True))
    return draw.saw("raw pixels less frozen features", pixels - features) > 0


# Structure and scale.


def with_foreign(x, share, rng):
    Z = x.copy()
    for i in range(x.shape[1]):
        rows = np.flatnonzero(rng.random(len(x)) < share)
        Z[rows, i] = x[rng.permutation(rows), i]
    return Z


@claim("1.9", "on other draws with half at the latest")
def without_structure_depth_has_no_lead(draw):
    lead = []
    for share in (0.0, 0.5):
        Z = with_foreign(X, share, draw.rng)
        data = split(Z, Y, test=0.25, seed=draw.seed)
        one = layers(draw, data, (0,), (0.01, 0.1), 25)[0]
        lead.append(layers(draw, data, (3,), (0.001, 0.003), 25)[0] - one)
    return draw.saw("lead", lead[0]) > 0 and draw.saw("with half foreign", lead[1]) <= 0.01


@claim("1.9", "So it loses nothing")
def a_scrambling_costs_nothing(draw):
    depth = draw.pick("hidden layers", [0, 1, 3])
    order = draw.rng.permutation(64)
    kept, scrambled = (
        layers(draw, split(Z, Y, test=0.25, seed=draw.seed), (depth,), (0.01,), 20)[0]
        for Z in (X, X[:, order])
    )
    return abs(draw.saw("scrambled less kept", scrambled - kept)) < 0.015


@cache
def falling_errors(seed, against, other):
    """The sizes, and the mean error at each: examples at a width, or widths at 1280 examples."""
    Xa, Xb, ya, yb = split(X, Y, test=0.25, seed=seed)
    sizes = (
        (20, 40, 80, 160, 320, 640, 1280) if against == "examples" else (2, 4, 8, 16, 32, 64, 128)
    )
    found = []
    for size in sizes:
        n, width = (size, other) if against == "examples" else (1280, size)
        rows = np.stack([np.random.default_rng(seed + e).permutation(len(Xa))[:n]
                         for e in range(6)])  # fmt: skip
        net = MLP([64, width, 10], "relu", "he", copies=6, seed=seed)
        train(net, Xa[rows], np.eye(10)[ya[rows]], 0.005,
              150 if n < 100 else max(10, 6000 // n), None if n < 100 else 32)  # fmt: skip
        found.append(1 - accuracy(net(Xb), yb).mean())
    return np.array(sizes), np.array(found)


@claim(
    "1.9", "Against the examples and against the width alike, **the forecast promises fewer errors"
)
def the_forecast_is_too_hopeful(draw):
    against, first = draw.pick("against", ["examples", "width"]), draw.pick("points", [3, 4, 5])
    sizes, error = falling_errors(draw.seed, against, draw.pick("hidden units", [32, 64]))
    line = np.polyfit(np.log(sizes[:first]), np.log(error[:first]), 1)
    promised = np.exp(np.polyval(line, np.log(sizes[-1])))
    return draw.saw("promised over measured", promised / error[-1]) < 1


@claim("1.9", "later doublings buy less than the early ones")
def later_doublings_buy_less(draw):
    against = draw.pick("against", ["examples", "width"])
    _, error = falling_errors(draw.seed, against, draw.pick("hidden units", [32, 64]))
    early, late = error[0] - error[3], error[3] - error[6]
    draw.saw("factor of three early doublings", error[3] / error[0])
    return (
        draw.saw("factor of three late ones", error[6] / error[3]) > error[3] / error[0]
        and late < early
    )


@cache
def readers(seed, epochs):
    Xa, Xb, ya, yb = split(X, Y, test=0.25, seed=seed)
    net = MLP([64, 32, 16, 8, 10], "tanh", copies=10, seed=seed)
    return train(net, Xa, ya, 0.01, epochs), Xb, yb


@claim(
    "1.10",
    "Moved by one pixel, about half of the digits keep their names; moved by two, hardly one in "
    "five does.",
    quick=True,
)
def two_pixels_are_enough(draw):
    net, Xb, yb = readers(draw.seed, draw.pick("epochs", [15, 25, 40]))
    P, share = Xb.reshape(-1, 8, 8), {}
    for shift in (1, 2):
        to_the_right = np.zeros_like(P)
        to_the_right[:, :, shift:] = P[:, :, :-shift]
        right = accuracy(net(to_the_right.reshape(-1, 64)), yb).mean()
        share[shift] = draw.saw(f"share still right, moved by {shift}", right)
    return 0.35 < share[1] < 0.65 and share[2] < 0.25


@claim(
    "1.10",
    "the ten machines give their favourite a share of more than two thirds, on average",
    quick=True,
)
def noise_gets_a_confident_name(draw):
    net, *_ = readers(draw.seed, draw.pick("epochs", [15, 25, 40]))
    sure = net.predict_proba(draw.rng.random((1000, 64))).max(axis=-1).mean()
    return draw.saw("mean largest share", sure) > 2 / 3
