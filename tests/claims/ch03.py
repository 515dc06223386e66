"""Chapter 3: what is said of spikes, sensors, lesions and wiring lists."""

import copy
from functools import lru_cache

import numpy as np

from dlcore.datasets import digits
from dlcore.losses import SoftmaxCrossEntropy
from dlcore.network import MLP
from dlcore.optimizers import Adam
from dlcore.teaching.chapters import few_shots, lesions, wiring
from dlcore.teaching.chapters.spike_trains import fano_factor, poisson_train
from dlcore.teaching.chapters.units import adder, from_bits, to_bits
from dlcore.training import fit
from tests.claims import claim

X, y = digits()
X = X.astype("float32")


def trained(
    draw, Z=X, labels=y, sizes=(64, 64, 10), h="relu", lr=0.005, epochs=15, copies=4, seed=0
):
    """A stack of networks after learning the rows of Z."""
    init = "he" if h == "relu" else "glorot"
    net = MLP(list(sizes), h, init=init, copies=copies, seed=draw.seed + seed)
    fit(
        net, SoftmaxCrossEntropy(), Adam(net.theta, lr=lr), Z, labels, epochs=epochs, progress=False
    )
    return net


def right(net, Z, labels):
    return (net(Z.astype("float32")).argmax(axis=-1) == labels).mean(axis=-1)


def halves(draw, learn=897):
    """Rows to learn from, and two sets of others."""
    order = draw.rng.permutation(len(y))
    return order[:learn], order[learn : (learn + len(y)) // 2], order[(learn + len(y)) // 2 :]


@claim("3.3", "The second part holds for long windows.", quick=True)
def fano_follows_the_law(draw):
    t_ref, load = draw.pick("t_ref in ms", [1, 2, 4]), draw.pick("r t_ref", [0.05, 0.2, 0.5])
    rate = 1000 * load / t_ref
    window = 40_000 / rate  # forty spikes in the mean
    times = poisson_train(rate, 4000 * window, t_ref, seed=draw.seed)
    F = draw.saw("F − (1 − r t_ref)²", fano_factor(times, 4000 * window, window) - (1 - load) ** 2)
    return abs(F) < 0.08


@claim("3.3", "At 5 Hz the rest hardly matters.", quick=True)
def rest_matters_little_at_a_low_rate(draw):
    t_ref = draw.pick("t_ref in ms", [1, 2, 4])
    times = poisson_train(5, 2e6, t_ref, seed=draw.seed)
    return draw.saw("F", fano_factor(times, 2e6, 200)) > 0.92


@claim(
    "3.6",
    "A network that has never seen noise falls quickly, and one that has seen it falls more slowly",
)
def noise_in_training_helps(draw):
    rows, A, _ = halves(draw, 1197)
    width = draw.pick("hidden units", [32, 64, 128])
    sigma = draw.pick("noise", [0.3, 0.45])
    noise = draw.rng.normal(size=(5, *X.shape)).astype("float32")
    clean = trained(draw, X[rows], y[rows], (64, width, 10), epochs=20)
    many = np.concatenate([X[rows] + 0.15 * k * noise[k, rows] for k in range(4)])
    seen = trained(draw, many, np.tile(y[rows], 4), (64, width, 10), epochs=5)
    Z = X[A] + sigma * noise[4, A]
    gap = right(seen, Z, y[A]).mean() - right(clean, Z, y[A]).mean()
    fall = right(clean, X[A], y[A]).mean() - right(clean, Z, y[A]).mean()
    draw.saw("fall of the one that has not", fall)
    return draw.saw("better by", gap) > 0.03 and fall > 0.1


@claim(
    "3.7", "**Features learned on five digits are worse than the bare pixels for the other five**"
)
def learned_features_do_not_transfer(draw):
    new = sorted(int(k) for k in draw.rng.permutation(10)[:5])
    old = ~np.isin(y, new)
    h = draw.pick("units", ["relu", "sigmoid", "tanh"])
    width = draw.pick("hidden units", [32, 64, 128])
    net = trained(draw, X[old], y[old], (64, width, 10), h, 0.005, 15)
    features = lesions.signals(net, X)
    scaled = draw.pick("features scaled", ["not", "to one spread", "to one length"])
    if scaled == "to one spread":
        features = features / (features[:, old].std(axis=1, keepdims=True) + 1e-3)
    elif scaled == "to one length":
        features = features / np.linalg.norm(features, axis=-1, keepdims=True)
    worse = []
    for k in (1, 20):
        rows = [few_shots.split(y, new, k, draw.rng) for _ in range(20)]
        on_pixels = np.mean([few_shots.nearest_mean(X, *r) for r in rows])
        on_features = np.mean(
            [few_shots.nearest_mean(features[n % 4], *r) for n, r in enumerate(rows)]
        )
        worse.append(draw.saw(f"pixels less features, k = {k}", on_pixels - on_features))
    return min(worse) > 0


@claim("3.7", "with one example it brings some points, though fewer than a second example would")
def a_shift_is_worth_less_than_a_second_example(draw):
    classes = sorted(int(k) for k in draw.rng.permutation(10)[: draw.pick("classes", [5, 8, 10])])
    one = [few_shots.split(y, classes, 1, draw.rng) for _ in range(60)]
    two = [few_shots.split(y, classes, 2, draw.rng) for _ in range(60)]
    plain = np.mean([few_shots.nearest_mean(X, *r) for r in one])
    moved = np.mean([few_shots.nearest_mean(X, *r, shifts=True) for r in one])
    second = np.mean([few_shots.nearest_mean(X, *r) for r in two])
    return 0.005 < draw.saw("gain of the shift", moved - plain) < second - plain


@claim("3.7", "The network loses nothing")
def scrambling_costs_a_network_nothing(draw):
    rows, A, B = halves(draw, 1197)
    order, test = draw.rng.permutation(64), np.r_[A, B]
    sizes = (64, *draw.pick("hidden layers", [(32,), (64,), (64, 32)]), 10)
    h = draw.pick("units", ["relu", "tanh"])
    plain = trained(draw, X[rows], y[rows], sizes, h)
    moved = trained(draw, X[rows][:, order], y[rows], sizes, h, seed=500)
    gap = right(plain, X[test], y[test]).mean() - right(moved, X[test][:, order], y[test]).mean()
    return abs(draw.saw("accuracy, plain less scrambled", gap)) < 0.02


@claim("3.7", "The method that knows about neighbours loses all of its gain.")
def scrambling_costs_the_shifts_their_gain(draw):
    order, k = draw.rng.permutation(64), draw.pick("examples", [1, 2])
    rows = [few_shots.split(y, list(range(10)), k, draw.rng) for _ in range(30)]
    gains = [
        np.mean(
            [
                few_shots.nearest_mean(Z, *r, shifts=True) - few_shots.nearest_mean(Z, *r)
                for r in rows
            ]
        )
        for Z in (X, X[:, order])
    ]
    return draw.saw("gain, plain", gains[0]) > 0.02 and abs(draw.saw("scrambled", gains[1])) < 0.005


@claim("3.7", "Its first layer alone can repair it")
def the_first_layer_alone_repairs_it(draw):
    rows, A, B = halves(draw, 1197)
    width = draw.pick("hidden units", [16, 32, 64])
    Z, test = X[:, draw.rng.permutation(64)], np.r_[A, B]
    net = trained(draw, X[rows], y[rows], (64, width, 10), epochs=20)
    before = draw.saw("at the switch", right(net, Z[test], y[test]).mean())
    net.freeze(2)
    adam = Adam(net.theta, lr=draw.pick("rate", [0.01, 0.03]))
    fit(net, SoftmaxCrossEntropy(), adam, Z[rows], y[rows], epochs=6, progress=False)
    return (
        before < 0.25 and draw.saw("after six epochs", right(net, Z[test], y[test]).mean()) > 0.85
    )


def recoveries(draw):
    """The mean share right in four epochs on scrambled digits, at the best of three rates: with the
    old first layer (the better of two ways), with a fresh one under the old upper, from scratch."""
    rows, A, B = halves(draw, 1197)
    width, h = draw.pick("hidden units", [32, 64]), draw.pick("units", ["relu", "tanh"])
    order, test = draw.rng.permutation(64), np.r_[A, B]
    Z = X[:, order]
    old = trained(draw, X[rows], y[rows], (64, width, 10), h, epochs=20)
    init = "he" if h == "relu" else "glorot"
    new = MLP([64, width, 10], h, init=init, copies=4, seed=draw.seed + 700)
    mixed = copy.deepcopy(old)
    for ours, fresh in zip(mixed.params[0], new.params[0], strict=True):
        ours[...] = fresh

    def recovery(net, frozen, lr):
        net = copy.deepcopy(net)
        if frozen is not None:
            net.freeze(frozen)
        adam, shares = Adam(net.theta, lr=lr), []
        for _ in range(4):
            fit(net, SoftmaxCrossEntropy(), adam, Z[rows[:320]], y[rows[:320]], epochs=1,
                progress=False)  # fmt: skip
            shares.append(right(net, Z[test], y[test]).mean())
        return np.mean(shares)

    first, every, fresh, scratch = (
        max(recovery(net, frozen, lr) for lr in (0.01, 0.03, 0.1))
        for net, frozen in ((old, 2), (old, None), (mixed, None), (new, None))
    )
    return max(first, every), fresh, scratch


@claim(
    "3.7",
    "**whoever carries on with the old first layer is slower than one who starts from scratch**",
)
def the_old_first_layer_is_slower_than_a_new_start(draw):
    old, _, scratch = recoveries(draw)
    return draw.saw("scratch less the better with the old first layer", scratch - old) > 0


@claim(
    "3.7",
    "**with a fresh first layer under it the network is as fast as one that starts from scratch**",
)
def the_old_upper_layer_is_not_in_the_way(draw):
    _, fresh, scratch = recoveries(draw)
    return draw.saw("scratch less fresh first layer", scratch - fresh) < 0.02


KINDS = [("sigmoid", 0.01), ("relu", 0.003)]


@lru_cache(maxsize=4)
def _studied(seed, width, h, lr):
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(y))
    rows, A, B = order[:897], order[897:1347], order[1347:]
    net = MLP([64, width, 10], h, init="he" if h == "relu" else "glorot", copies=5, seed=seed)
    fit(net, SoftmaxCrossEntropy(), Adam(net.theta, lr=lr), X[rows], y[rows], epochs=30,
        progress=False)  # fmt: skip
    return net, lesions.study(net, X[A], y[A]), A, B


def studied(draw, kinds=KINDS, widths=(8, 12, 16)):
    """(network, its lesion study, two sets of rows) for a stack of five."""
    (h, lr), width = draw.pick("units and rate", kinds), draw.pick("hidden units", list(widths))
    return _studied(draw.seed, width, h, lr)


@claim("3.9", "they hold on other pictures in most cases")
def names_hold_on_other_pictures(draw):
    net, found, _, B = studied(draw)
    H, name = found.one.shape[1], lesions.names(found)
    lost = lesions.shares(net, X[B], y[B])[:, None] - np.stack(
        [lesions.shares(net, X[B], y[B], lesions.cut(H, j)) for j in range(H)], axis=1
    )
    holds = np.take_along_axis(lost, name[..., None], axis=-1)[..., 0] >= lost.max(axis=-1)
    return draw.saw("share", holds.mean()) > 0.5


@claim("3.9", "in six of ten changed machines, far above chance")
def names_hold_in_six_of_ten_changed_machines(draw):
    _, found, *_ = studied(draw)
    return 0.5 < draw.saw("share", lesions.hold(found, lesions.names(found)).mean()) < 0.75


@claim("3.9", "But no names do much better there.")
def no_names_do_much_better(draw):
    _, found, *_ = studied(draw)
    names = lesions.hold(found, lesions.names(found)).mean()
    best = lesions.hold(found, lesions.best_names(found)).mean()
    return draw.saw("best names less names", best - names) < 0.1 and draw.saw("best", best) < 0.8


def agreement(net, found, A):
    signal = lesions.signals(net, X[A])
    active = np.stack([signal[:, y[A] == k].mean(axis=1) for k in range(10)], axis=-1)
    return (active.argmax(axis=-1) == lesions.names(found)).mean()


@claim(
    "3.9",
    "with sigmoid units the two agree in fewer than four of ten cases, with ReLU units in about "
    "half",
)
def most_active_is_another_thing(draw):
    width = draw.pick("hidden units", [8, 12, 16])
    shares = []
    for h, lr in KINDS:
        net, found, A, _ = _studied(draw.seed, width, h, lr)
        shares.append(draw.saw(h, agreement(net, found, A)))
    return shares[0] < 0.4 < shares[1] < 0.75


@claim("3.9", "**What finds the fault is a comparison of quantities**")
def comparing_finds_what_cutting_misses(draw):
    net, _, A, B = studied(draw, [("sigmoid", 0.01)], (8,))
    rows, factor = np.r_[A, B], draw.pick("the culprit speaks at", [0.5, 2.0])
    knife, engineer, beside = [], [], []
    for culprit in range(8):
        keep = np.ones(8)
        keep[culprit] = factor
        cut, tuned, alike = [], [], []
        for j in range(8):
            said = lesions.answers(net, X[rows], keep * lesions.cut(8, j))
            cut.append((said == y[rows]).mean(axis=-1))
            alike.append((said == lesions.answers(net, X[rows], lesions.cut(8, j))).mean(axis=-1))
            again = keep * np.where(np.arange(8) == j, 1 / factor, 1.0)
            tuned.append((lesions.answers(net, X[rows], again) == y[rows]).mean(axis=-1))
        for found, scores in ((knife, cut), (engineer, tuned), (beside, alike)):
            found.append(np.argmax(scores, axis=0) == culprit)
    best = min(draw.saw("engineer", np.mean(engineer)), draw.saw("healthy", np.mean(beside)))
    return draw.saw("knife", np.mean(knife)) < 0.5 and best > 0.9


def chip_lesions(stuck):
    """Which of the 256 sums are wrong if a cell always says ``stuck``, (14, 256)."""
    chip = adder(4)
    pairs = np.array([(a, b) for a in range(16) for b in range(16)])
    inputs = np.hstack([to_bits(pairs[:, 0], 4), to_bits(pairs[:, 1], 4)])
    return np.stack(
        [from_bits(chip(inputs, stuck={k: stuck})) != pairs.sum(axis=1) for k in range(14)]
    )


@claim(
    "3.10", "about five of the fourteen cells look as if they were made for one of them", quick=True
)
def five_cells_look_specific(draw):
    wrong = chip_lesions(draw.pick("a destroyed cell says", [0, 1]))
    alone = [
        (wrong[:, draw.rng.choice(256, 3, replace=False)].sum(axis=1) == 1).sum()
        for _ in range(1000)
    ]
    return 4.5 < draw.saw("cells", np.mean(alone)) < 5.5


@claim("3.10", "spoils about a hundred others", quick=True)
def a_specific_cell_spoils_a_hundred_sums(draw):
    wrong, spoiled = chip_lesions(0), []
    sums = draw.pick("sums in a table", [2, 3, 4])
    for _ in range(1000):
        alone = wrong[:, draw.rng.choice(256, sums, replace=False)].sum(axis=1) == 1
        spoiled.extend(wrong[alone].sum(axis=1))
    return 85 < draw.saw("sums", np.mean(spoiled)) < 115


@claim("3.11", "**The same list can be silent, still or restless**")
def one_list_many_behaviours(draw):
    C = wiring.wiring(draw.seed)
    seen = [
        wiring.behaviour(wiring.run(wiring.weights(C, share, g, draw.seed))[1])
        for share, g in ((0.5, 1.5), (0, draw.pick("strength", [3.0, 4.0, 6.0])), (0.5, 4.0))
    ]
    return seen == ["silent", "still", "restless"]


@claim("3.13", "Few, although both are ways of")
def a_mean_in_its_place_names_another_digit(draw):
    width = draw.pick("hidden units", [8, 12])
    net, found, A, _ = _studied(draw.seed, width, "sigmoid", 0.01)
    a, labels = lesions.signals(net, X[A]), y[A]
    W, b = net.params[2]
    name, same = lesions.names(found), []
    for j in range(width):
        z = a.copy()
        z[..., j] = a[..., j].mean(axis=1, keepdims=True)
        hit = (z @ W.mT + b).argmax(axis=-1) == labels
        now = np.stack([hit[:, labels == k].mean(axis=1) for k in range(10)], axis=-1)
        same.append((found.whole - now).argmax(axis=-1) == name[:, j])
    return draw.saw("same digit", np.mean(same)) < 0.4


@claim("3.13", "Set to its mean, the unit costs much less")
def a_mean_in_its_place_costs_less(draw):
    h, lr = draw.pick("units and rate", KINDS)
    net, found, A, _ = _studied(draw.seed, draw.pick("hidden units", [8, 12]), h, lr)
    a, labels = lesions.signals(net, X[A]), y[A]
    W, b = net.params[2]
    costs = []
    for substitute in (np.zeros_like(a[..., :1, :]), a.mean(axis=-2, keepdims=True)):
        kept = []
        for j in range(a.shape[-1]):
            z = np.where(np.arange(a.shape[-1]) == j, substitute, a)
            kept.append(((z @ W.mT + b).argmax(axis=-1) == labels).mean())
        whole = ((a @ W.mT + b).argmax(axis=-1) == labels).mean()
        costs.append(whole - np.mean(kept))
    ratio = draw.saw("cost of the mean over cost of zero", costs[1] / costs[0])
    return ratio < 0.5
