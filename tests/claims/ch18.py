"""Chapter 18: what the experiments with normalised networks say."""

import numpy as np

from dlcore.datasets import digits, split
from dlcore.history import DivergedError
from dlcore.images import Conv2d, Flatten, Unflatten
from dlcore.layers import Activation, Layer, Linear
from dlcore.losses import SoftmaxCrossEntropy
from dlcore.metrics import accuracy
from dlcore.network import Network
from dlcore.normalization import BatchNorm, GroupNorm, LayerNorm
from dlcore.optimizers import Adam, GradientDescent, Momentum
from dlcore.teaching.chapters.starts import Residual
from dlcore.training import fit
from tests.claims import claim

STARTS = 5
LADDERS = {"Momentum": [0.003, 0.01, 0.03, 0.1], "Adam": [0.001, 0.003, 0.01, 0.03]}


def data(draw):
    """Training and test digits, split anew."""
    X, y = digits()
    X_train, X_test, y_train, y_test = split(X, y, test=0.25, seed=draw.seed)
    return X_train.astype("float32"), X_test.astype("float32"), y_train, y_test


def starts(draw):
    """Their seeds."""
    return [draw.seed + k for k in range(STARTS)]


def deep(depth, normalised, seeds, gain):
    """A stack of deep networks with weights of n · Var(w) = gain."""
    layers, n = [], 64
    for _ in range(depth):
        layers += [Linear(n, 32, lambda rng, o, i: rng.normal(0, np.sqrt(gain / i), (o, i)))]
        layers += [BatchNorm(32), Activation("relu")] if normalised else [Activation("relu")]
        n = 32
    last = Linear(n, 10, lambda rng, o, i: rng.normal(0, np.sqrt(gain / i), (o, i)))
    return Network(*layers, last, seed=seeds, copies=len(seeds))


def right(net, method, rates, draw, epochs=10, batch_size=128):
    """Accuracies after training, of test and of training digits; 0.1 where all has diverged."""
    X_train, X_test, y_train, y_test = data(draw)
    optimizer = {"Momentum": Momentum, "Adam": Adam, "plain": GradientDescent}[method]
    lr = np.float32(rates)[:, None]
    with np.errstate(all="ignore"):
        try:
            fit(net, SoftmaxCrossEntropy(), optimizer(net.theta, lr=lr), X_train, y_train,
                epochs=epochs, batch_size=batch_size, progress=False)  # fmt: skip
        except DivergedError:
            return np.full((2, len(rates)), 0.1)
        return accuracy(net(X_test), y_test), accuracy(net(X_train), y_train)


def best(make, method, draw, ladder=None, **how):
    """Test accuracies of five starts at the rate that reads most of the training set."""
    ladder = ladder or LADDERS[method]
    net = make(len(ladder) * starts(draw))
    rates = np.repeat(ladder, STARTS)
    test, train = (np.reshape(a, (-1, STARTS)) for a in right(net, method, rates, draw, **how))
    return test[train.mean(axis=1).argmax()]


@claim("18.2", "with twenty all ten starts guess (on other splits nearly all)")
def twenty_plain_layers_guess(draw):
    method = draw.pick("method", ["Momentum", "Adam"])
    share = best(lambda seeds: deep(20, False, seeds, 0.5), method, draw)
    return draw.saw("starts of five that read more than a quarter", (share > 0.25).sum()) <= 1


@claim("18.2", "of twenty layers Momentum makes poor classifiers")
def depth_is_not_harmless_for_momentum(draw):
    gain, ladder = draw.pick("n Var(w)", [2, 4]), [0.0003, 0.001, 0.003, 0.01, 0.03]
    share = best(lambda seeds: deep(20, False, seeds, gain), "Momentum", draw, ladder)
    return draw.saw("median", np.median(share)) < 0.7


@claim("18.2", "keeps ten layers alive with both")
def a_good_start_keeps_ten_layers_alive(draw):
    method = draw.pick("method", ["Momentum", "Adam"])
    share = best(lambda seeds: deep(10, False, seeds, 2), method, draw)
    return draw.saw("median", np.median(share)) > 0.6


@claim("18.2", "on other splits of the data the medians differ by less than 0.15")
def adam_and_a_good_start_do_it_too(draw):
    rate = draw.pick("rate without", [0.003, 0.005])
    plain = best(lambda seeds: deep(20, False, seeds, 2), "Adam", draw, [rate])
    normal = best(lambda seeds: deep(20, True, seeds, 2), "Adam", draw, [0.01])
    draw.saw("plain", np.median(plain))
    return abs(draw.saw("BatchNorm ahead by", np.median(normal) - np.median(plain))) < 0.15


@claim("18.2", "with Adam its results hardly depend on the scale of the weights, up to ten layers")
def the_scale_hardly_matters(draw):
    depth = draw.pick("depth", [5, 10])
    ends = [np.median(best(lambda seeds, g=gain: deep(depth, True, seeds, g), "Adam", draw, [0.01]))
            for gain in (0.5, 2, 4)]  # fmt: skip
    return draw.saw("spread over the scales", np.ptp(ends)) < 0.07


@claim("18.2", "a plain network of ten must hit it")
def ten_plain_layers_must_hit_the_scale(draw):
    method = draw.pick("method", ["Momentum", "Adam"])
    ends = [
        np.median(best(lambda seeds, g=gain: deep(10, False, seeds, g), method, draw))
        for gain in (0.5, 2, 4)
    ]
    return draw.saw("spread over the scales", np.ptp(ends)) > 0.15 and np.argmax(ends) == 1


@claim(
    "18.2", "Twenty normalised layers read fewer digits than five after the same number of epochs"
)
def depth_is_not_free(draw):
    gain = draw.pick("n Var(w)", [0.5, 2])
    few = best(lambda seeds: deep(5, True, seeds, gain), "Adam", draw, [0.01])
    many = best(lambda seeds: deep(20, True, seeds, gain), "Adam", draw, [0.01])
    return draw.saw("difference", np.median(few) - np.median(many)) > 0.02


@claim("18.7", "comes well shuffled, and appears when it comes sorted", quick=True)
def a_sorted_test_set_shows_the_bug(draw):
    X_train, X_test, y_train, y_test = data(draw)
    net, B = three_layers(BatchNorm, 32, starts(draw)), draw.pick("batch size", [16, 32, 64])
    how = dict(epochs=5, batch_size=32, progress=False)
    fit(net, SoftmaxCrossEntropy(), Momentum(net.theta, lr=0.02), X_train, y_train, **how)
    right = {}
    for name, order in (
        ("shuffled", draw.rng.permutation(len(y_test))),
        ("sorted", np.argsort(y_test, kind="stable")),
    ):
        parts = np.array_split(order, len(order) // B)
        z = np.concatenate([net.forward(X_test[part], train=True)[0] for part in parts], axis=1)
        shares = (z.argmax(axis=2) == y_test[order]).mean(axis=1)
        right[name] = draw.saw(f"training mode, {name}", np.median(shares))
    return right["shuffled"] > 0.85 and right["sorted"] < 0.6


def three_layers(norm, width, seeds):
    layers, n = [], 64
    for _ in range(3):
        layers += [Linear(n, width, "he"), norm(width), Activation("relu")]
        n = width
    return Network(*layers, Linear(n, 10), seed=seeds, copies=len(seeds))


@claim(
    "18.8",
    "these networks read less than half of the digits, where LayerNorm reads more than eight in "
    "ten",
)
def pairs_ruin_batchnorm(draw):
    rate = draw.pick("rate", [0.001, 0.003])
    ends = {
        norm: np.median(best(lambda seeds, n=norm: three_layers(n, 32, seeds), "Momentum", draw,
                             [rate], epochs=2, batch_size=2))
        for norm in (BatchNorm, LayerNorm)
    }  # fmt: skip
    return (
        draw.saw("BatchNorm", ends[BatchNorm]) < 0.5
        and draw.saw("LayerNorm", ends[LayerNorm]) > 0.8
    )


@claim("18.5", "practically all shifts and scales have grown")
def the_last_layer_grows(draw):
    X_train, _, y_train, _ = data(draw)
    net = three_layers(BatchNorm, draw.pick("width", [24, 32, 48]), starts(draw))
    how = dict(epochs=20, batch_size=32, progress=False)
    fit(net, SoftmaxCrossEntropy(), Momentum(net.theta, lr=0.02), X_train, y_train, **how)
    last = max(l for l, layer in enumerate(net.layers) if isinstance(layer, BatchNorm))
    gamma, beta = net.params[last]
    draw.saw("share of scales above 1", np.mean(gamma > 1))
    draw.saw("share of shifts above 0", np.mean(beta > 0))
    return np.mean(gamma > 1) > 0.9 and np.mean(beta > 0) > 0.9


@claim(
    "18.8",
    "At $B = 4$ BatchNorm is within a few\nhundredths of LayerNorm, at $B = 8$ it is as good",
)
def from_four_on_batchnorm_keeps_up(draw):
    B, ladder = draw.pick("batch size", [4, 8]), [0.003, 0.01]
    normal, layer = (
        np.median(best(lambda seeds, n=norm: three_layers(n, 32, seeds), "Momentum", draw, ladder,
                       epochs=3, batch_size=B))
        for norm in (BatchNorm, LayerNorm)
    )  # fmt: skip
    ahead = draw.saw(f"BatchNorm ahead by, B = {B}", normal - layer)
    return ahead > (-0.05 if B == 4 else -0.02)


@claim("18.8", "with large batches it is ahead", quick=True)
def large_batches_suit_batchnorm(draw):
    ladder, B = [0.03, 0.1, 0.3], draw.pick("batch size", [64, 128])
    normal, layer = (
        best(lambda seeds, n=norm: three_layers(n, 32, seeds), "Momentum", draw, ladder, epochs=3,
             batch_size=B)
        for norm in (BatchNorm, LayerNorm)
    )  # fmt: skip
    return draw.saw("ahead by", np.median(normal) - np.median(layer)) > 0.01


@claim(
    "18.9",
    "reads more than 85 % of new digits from every one of five starts, with BatchNorm or with the "
    "GroupNorm of the list below",
)
def a_convolution_learns_from_pairs(draw):
    X_train, X_test, y_train, y_test = data(draw)
    rate, channels = draw.pick("rate", [0.002, 0.003, 0.005]), draw.pick("channels", [6, 8, 12])
    least = []
    for norm in (BatchNorm(channels, images=True), GroupNorm(channels // 2, channels)):
        layers = [Unflatten(1, 8, 8), Conv2d(1, channels, 3), norm]
        layers += [Activation("relu"), Flatten(channels, 6, 6), Linear(36 * channels, 10)]
        net = Network(*layers, seed=starts(draw), copies=STARTS)
        how = dict(epochs=1, batch_size=2, progress=False)
        fit(net, SoftmaxCrossEntropy(), Momentum(net.theta, lr=rate), X_train, y_train, **how)
        right = accuracy(net(X_test), y_test).min()
        least.append(draw.saw(f"least of five, {type(norm).__name__}", right))
    return min(least) > 0.85


@claim("18.13", "128 units ask 128 different questions")
def wider_layers_learn_more_from_pairs(draw):
    rate = draw.pick("rate", [0.001, 0.002])
    narrow, wide = (
        best(lambda seeds, w=width: three_layers(BatchNorm, w, seeds), "Momentum", draw, [rate],
             epochs=2, batch_size=2)
        for width in (32, 128)
    )  # fmt: skip
    return draw.saw("wider minus narrower", wide.mean() - narrow.mean()) > 0.08


def wired(kind, blocks, seeds, n=32, norm=LayerNorm):
    layers = []
    for _ in range(blocks):
        branch = Linear(n, n, "he"), Activation("relu"), Linear(n, n)
        layers += {
            "no road": [*branch, norm(n)],
            "no norm": [Residual(*branch)],
            "post-norm": [Residual(*branch), norm(n)],
            "pre-norm": [Residual(norm(n), *branch)],
        }[kind]
    last = [norm(n)] if kind == "pre-norm" else []
    return Network(Linear(64, n), *layers, *last, Linear(n, 10), seed=seeds, copies=len(seeds))


def sizes(kind, blocks, draw):
    """The mean square of the values after some blocks and after twice as many, before training."""
    X_train, *_ = data(draw)
    net, x, found = wired(kind, 2 * blocks, starts(draw)), X_train[:128], []
    step = 2 if kind == "post-norm" else 1
    for l, layer in enumerate(net.layers):
        if l in (step * blocks + 1, 2 * step * blocks + 1):
            found.append(np.median((x**2).mean(axis=(-2, -1))))
        x, _ = layer.forward(net.params[l], x, True)
    return found


@claim(
    "18.11",
    "without any normalisation the mean square of the values doubles in every block",
    quick=True,
)
def doubles_in_every_block(draw):
    blocks = draw.pick("blocks", [8, 12, 20])
    once, twice = sizes("no norm", blocks, draw)
    return 1.5 < draw.saw("factor per block", (twice / once) ** (1 / blocks)) < 2.5


@claim("18.11", "the growth is linear", quick=True)
def pre_norm_grows_linearly(draw):
    blocks = draw.pick("blocks", [10, 20, 40])
    once, twice = sizes("pre-norm", blocks, draw)
    return 1.5 < draw.saw("twice the blocks, times", twice / once) < 2.6


def signals(draw, kind, norm):
    """Before training, for twenty blocks: the mean cosine between the values of two digits behind
    0, 1, …, 20 blocks, and the length of ∂J/∂x there; medians of the starts."""
    X, _, y, _ = data(draw)
    X, y = (a[: draw.pick("digits", [64, 128])] for a in (X, y))
    net = wired(kind, 20, starts(draw), draw.pick("width", [24, 32, 48]), norm)
    step = {"no road": 4, "post-norm": 2}.get(kind, 1)
    ends, a, alike, lengths = range(0, 20 * step + 1, step), X, [], []
    out, caches = net.forward(X, train=True)
    for l, layer in enumerate(net.layers[: ends[-1] + 1]):
        a, _ = layer.forward(net.params[l], a, True, net.buffers[l])
        if l in ends:
            u = (a / np.linalg.norm(a, axis=-1, keepdims=True)).sum(axis=-2)
            alike.append(np.median((u**2).sum(axis=-1) - len(X)) / (len(X) * (len(X) - 1)))
    g = SoftmaxCrossEntropy().grad(out, y)
    for l in range(len(net.layers) - 1, 0, -1):
        g = net.layers[l].input_grad(net.params[l], caches[l], g)
        if l - 1 in ends:
            lengths.append(np.median(np.linalg.norm(g, axis=(-2, -1))))
    return np.array(alike), np.array(lengths[::-1])


@claim(
    "18.11",
    "without a road\nthe values of *different* digits are nearly parallel after twenty blocks, and "
    "post-norm and no norm go the same way. Pre-norm changes little after its first blocks",
    quick=True,
)
def without_a_road_digits_become_parallel(draw):
    alike = {k: signals(draw, k, LayerNorm)[0] for k in ("no road", "no norm", "post-norm")}
    ends = [draw.saw(f"cosine after 20, {kind}", a[-1]) for kind, a in alike.items()]
    pre = signals(draw, "pre-norm", LayerNorm)[0]
    moved = draw.saw("pre-norm, after 5 and after 20 blocks, difference", pre[20] - pre[5])
    same_way = all(a[-1] > a[0] + 0.05 for a in (alike["no norm"], alike["post-norm"]))
    return ends[0] > 0.9 and same_way and abs(moved) < 0.15


@claim(
    "18.11",
    "Without a road it keeps the samples apart, but\nthe gradient *grows* from block to block on "
    "its way down",
    quick=True,
)
def with_batchnorm_the_gradient_grows(draw):
    alike, lengths = signals(draw, "no road", BatchNorm)
    draw.saw("cosine after 20 blocks", alike[-1])
    growing = draw.saw("blocks, of 20, in which it grows", (lengths[:-1] > lengths[1:]).sum())
    return alike[-1] < 0.2 and growing >= 19


@claim("18.11", "With five blocks the wiring matters little. With twenty it decides")
def at_twenty_blocks_the_wiring_decides(draw):
    pre = best(lambda seeds: wired("pre-norm", 20, seeds), "Adam", draw, [0.003])
    none = best(lambda seeds: wired("no road", 20, seeds), "Adam", draw, [0.0003, 0.001])
    gap = draw.saw("pre-norm minus no road, 20 blocks", np.median(pre) - np.median(none))
    few = [np.median(best(lambda seeds, k=kind: wired(k, 5, seeds), "Adam", draw, [0.003]))
           for kind in ("no road", "no norm", "post-norm", "pre-norm")]  # fmt: skip
    return gap > 0.2 and draw.saw("best of four wirings minus worst, 5 blocks", np.ptp(few)) < 0.1


class Shake(Layer):
    """The chapter's random shifts and scalings behind a layer."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def forward(self, params, x, train=False, buffers=()):
        if not train:
            return x, 1.0
        s, d = self.rng.standard_normal((2, 1, x.shape[-1])).astype(x.dtype)
        return np.exp(0.3 * s) * x + 0.3 * d, np.exp(0.3 * s)

    def input_grad(self, params, s, g):
        return s * g


@claim("18.12", "the shaken networks side with the normalised ones")
def shaken_networks_side_with_the_normalised(draw):
    ends, rate = {}, draw.pick("rate", [1.0, 3.0])
    for kind in ("plain", "BatchNorm", "shaken"):
        layers, n = [], 64
        for l in range(5):
            layers += [Linear(n, 32, "he"), *([BatchNorm(32)] if kind != "plain" else [])]
            layers += [*([Shake(draw.seed + l)] if kind == "shaken" else []), Activation("relu")]
            n = 32
        net = Network(*layers, Linear(n, 10), seed=starts(draw), copies=STARTS)
        ends[kind] = draw.saw(kind, np.median(right(net, "plain", [rate] * STARTS, draw)[0]))
    return ends["plain"] < 0.3 and ends["shaken"] > 0.7 and ends["BatchNorm"] > 0.85
