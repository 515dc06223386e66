"""Chapter 12: what the experiments with layers, widths and depths say."""

from itertools import permutations
from math import comb

import numpy as np
from scipy.ndimage import label

from dlcore.datasets import boolean, iris, moons, rings
from dlcore.layers import Activation, Linear
from dlcore.losses import MeanSquaredError, SigmoidCrossEntropy
from dlcore.network import MLP, Network
from dlcore.optimizers import Adam
from dlcore.training import fit
from tests.claims import claim

XOR_STARTS = 50


def seeds(draw, copies):
    return draw.rng.integers(2**31, size=copies).tolist()


def trained(net, X, y, rate, steps):
    """Every copy's share of right answers after full-batch training; its own data if X has them."""
    y = np.asarray(y)
    wanted = y[..., None].astype(float) if y.ndim > 1 else y
    optimizer = Adam(net.theta, lr=rate)
    fit(net, SigmoidCrossEntropy(), optimizer, X, wanted, epochs=steps, batch_size=None)
    return accuracies(net, X, y)


def accuracies(net, X, y):
    return ((net(np.asarray(X, dtype=net.theta.dtype))[..., 0] > 0) == y).mean(axis=-1)


def on_rings(draw, n, m, copies, activation="tanh", rate=0.05):
    """(networks, their accuracies, X, y): new rings, new starts."""
    X, y = rings(200, noise=0.08, seed=draw.seed)
    init = "he" if activation == "relu" else "glorot"
    net = MLP([2, *m * [n], 1], activation, init=init, copies=copies, seed=seeds(draw, copies))
    return net, trained(net, X, y, rate, 400), X, y


@claim("12.2", "says no to most flowers of its own kind", quick=True)
def the_middle_unit_says_no(draw):
    X, y = iris(features=("petal length", "petal width"))
    chosen = draw.rng.integers(150, size=150)  # as if the flowers had been picked again
    X, y = X[chosen] - X.mean(axis=0), y[chosen]
    net = MLP([2, 3], seed=draw.seed)
    targets = (y[:, None] == np.arange(3)).astype(float)
    optimizer = Adam(net.theta, lr=draw.pick("rate", [0.05, 0.1, 0.2]))
    fit(net, SigmoidCrossEntropy(), optimizer, X, targets, epochs=1500, batch_size=None)
    z = net(X.astype(net.theta.dtype))[y == 1]
    yes = draw.saw("own yes", (z[:, 1] > 0).mean())
    return yes < 0.5 and draw.saw("recognised", (z.argmax(axis=1) == 1).mean()) > 0.8


def in_order(order, copies, seed):
    """L a linear module, T tanh, R ReLU."""
    linear = iter([Linear(2, 8), Linear(8, 8), Linear(8, 1)])
    makes = {
        "L": lambda: next(linear),
        "T": lambda: Activation("tanh"),
        "R": lambda: Activation("relu"),
    }
    return Network(*[makes[module]() for module in order], copies=copies, seed=seed)


@claim("12.3", "Most orders work, and those that fail have good reasons.")
def most_orders_work(draw):
    X, y = rings(200, noise=0.08, seed=draw.seed)
    rate, best = draw.pick("rate", [0.02, 0.05, 0.1]), {}
    for order in {"".join(p) for p in permutations("LLLTR") if p[-1] != "R"}:
        best[order] = trained(in_order(order, 4, seeds(draw, 4)), X, y, rate, 300).max()
    failed = {order for order, share in best.items() if share < 0.98}
    draw.saw("orders that separate the rings", 16 - len(failed))
    return failed == {"TRLLL", "RTLLL", "RLTLL", "RLLTL", "RLLLT", "LLLRT"}


@claim(
    "12.3",
    "Two of the four orders that end so can draw no closed curve either, with three linear modules "
    "in a row or tanh in front of them; the other two learn, with a lucky start.",
)
def relu_at_the_end(draw):
    X, y = rings(200, noise=0.08, seed=draw.seed)
    rate, best = draw.pick("rate", [0.02, 0.05, 0.1]), {}
    for order in ("LLLTR", "TLLLR", "LLTLR", "LTLLR"):
        share = trained(in_order(order, 40, seeds(draw, 40)), X, y, rate, 300)
        best[order] = draw.saw(f"{order}, share that separate", (share >= 0.98).mean())
    return best["LLLTR"] == best["TLLLR"] == 0 and all(
        0 < best[order] < 0.7 for order in ("LLTLR", "LTLLR")
    )


@claim(
    "12.5",
    "four tanh units in one hidden layer get at least 198 of the 200 points right from every start",
)
def four_tanh_units_nearly_solve_the_rings(draw):
    _, share, _, _ = on_rings(draw, 4, 1, 8, rate=draw.pick("rate", [0.03, 0.05, 0.1]))
    return draw.saw("worst of eight starts", share.min()) > 0.989


@claim("12.5", "Still wider networks solve the rings from every start, with tanh and with ReLU.")
def wide_networks_solve_the_rings(draw):
    n, m = draw.pick("n", [8, 16]), draw.pick("m", [1, 2, 3])
    _, share, _, _ = on_rings(draw, n, m, 8, draw.pick("activation", ["tanh", "relu"]))
    return draw.saw("worst of eight starts", share.min()) == 1


@claim("12.5", "Of the ReLU networks with $n = 2$ a sixth to a half die instead")
def narrow_relu_networks_die(draw):
    rate = draw.pick("rate", [0.03, 0.05, 0.1])
    dead = [on_rings(draw, 2, m, 24, "relu", rate)[1] < 0.51 for m in (1, 2, 3)]
    return 1 / 6 <= draw.saw("share that say the same to all", np.mean(dead)) <= 1 / 2


@claim(
    "12.5",
    "the best of four networks with three hidden layers beats the best with one, and none ever "
    "solves the rings",
)
def depth_helps_width_two_but_does_not_solve(draw):
    rate = draw.pick("rate", [0.03, 0.05, 0.1])
    best = {m: on_rings(draw, 2, m, 4, rate=rate)[1].max() for m in (1, 3)}
    draw.saw("best with one hidden layer", best[1])
    draw.saw("best with three", best[3])
    return best[1] < best[3] < 1


@claim("12.5", "The best network of this row gets all of [the moons](#dlcore.datasets.moons) right")
def width_two_solves_the_moons(draw):
    rate, best = draw.pick("rate", [0.03, 0.05, 0.1]), []
    X, y = moons(200, noise=0.1, seed=draw.seed)
    for m in (1, 2, 3):
        net = MLP([2, *m * [2], 1], copies=4, seed=seeds(draw, 4))
        best.append(draw.saw(f"m = {m}", trained(net, X - [0.5, 0.25], y, rate, 400).max()))
    return max(best) == 1


def leaks(net, X, y, half_width, size):
    """Whether the region answered 0 around the points of class 0 reaches the square's edge."""
    s = np.linspace(-half_width, half_width, size, dtype="float32")
    z = np.stack([net(np.stack([s, np.full(size, t)], axis=1))[:, 0] for t in s])
    part, _ = label(z <= 0)
    column, row = np.rint((X[y == 0] / half_width + 1) / 2 * (size - 1)).astype(int).T
    found = np.setdiff1d(part[row, column], 0)
    edge = np.unique(np.concatenate([part[0], part[-1], part[:, 0], part[:, -1]]))
    return bool(np.isin(found, edge).all())


@claim("12.5", "there is always a gap through which it leads out")
def width_two_leaks(draw):
    m, activation = draw.pick("m", [1, 2, 3]), draw.pick("activation", ["tanh", "relu"])
    net, _, X, y = on_rings(draw, 2, m, 3, activation)
    return draw.saw("leaking of 3", sum(leaks(net[e], X, y, 40, 801) for e in range(3))) == 3


@claim(
    "12.6", "With 101 grid points instead of 801, up to a third of such networks seem to be closed"
)
def a_coarse_grid_closes_fences(draw):
    rate, fine, coarse = draw.pick("rate", [0.03, 0.05, 0.1]), 0, 0
    for activation in ("tanh", "relu"):
        for m in (1, 2, 3):
            net, _, X, y = on_rings(draw, 2, m, 6, activation, rate)
            fine += sum(not leaks(net[e], X, y, 40, 801) for e in range(6))
            coarse += sum(not leaks(net[e], X, y, 40, 101) for e in range(6))
    draw.saw("closed with 801, of 36", fine)
    return fine == 0 and 1 <= draw.saw("with 101", coarse) <= 12


@claim("12.6", "One layer of three units is enough to break it")
def width_three_closes(draw):
    net, share, X, y = on_rings(draw, 3, 1, 8, rate=draw.pick("rate", [0.03, 0.05, 0.1]))
    solved = [net[e] for e in range(8) if share[e] >= 0.99]
    draw.saw("solved of 8", len(solved))
    return len(solved) > 0 and not any(leaks(one, X, y, 6, 301) for one in solved)


def noisy(draw, noise, n, sets, starts, rate):
    """(training, fresh) accuracies (sets, starts) on moons of this noise."""
    seen = [moons(60, noise, seed=draw.seed * 100 + i) for i in range(sets)]
    fresh = [moons(500, noise, seed=draw.seed * 100 + 50 + i) for i in range(sets)]
    (X, y), (X_fresh, y_fresh) = (
        [np.repeat(np.stack(part), starts, axis=0) for part in zip(*data, strict=True)]
        for data in (seen, fresh)
    )
    net = MLP([2, n, n, 1], copies=len(X), seed=seeds(draw, len(X)))
    share = trained(net, X, y, rate, 1500)
    return share.reshape(sets, starts), accuracies(net, X_fresh, y_fresh).reshape(sets, starts)


def at_its_best_rate(draw, noise, n):
    """(training, fresh): the means at the rate, of three, that is best on fresh points."""
    runs = [noisy(draw, noise, n, 8, 2, rate) for rate in (0.01, 0.03, 0.1)]
    return max(((seen.mean(), fresh.mean()) for seen, fresh in runs), key=lambda run: run[1])


@claim(
    "12.7",
    "The wide networks ($n = 8$ and 16) go on fitting their 60 points almost perfectly up to noise "
    "0.5",
)
def wide_networks_fit_the_noise(draw):
    rate, n = draw.pick("rate", [0.01, 0.03, 0.1]), draw.pick("n", [8, 16])
    seen, _ = noisy(draw, draw.pick("noise", [0.3, 0.4, 0.5]), n, 8, 2, rate)
    return draw.saw("right of the training set", seen.mean()) > 0.95


@claim(
    "12.7",
    "Where the noise is strong it loses less between the training set and the fresh points than "
    "the wide ones, and at noise 0.5 it is ahead of them on fresh points, too, by a few points of "
    "a hundred",
)
def narrow_wins_where_the_noise_is_strong(draw):
    wide = draw.pick("wide", [8, 16])
    (seen, fresh), (seen_wide, fresh_wide) = (at_its_best_rate(draw, 0.5, n) for n in (2, wide))
    draw.saw("gap of n = 2", seen - fresh)
    draw.saw("gap of the wide", seen_wide - fresh_wide)
    ahead = draw.saw("n = 2 ahead by", fresh - fresh_wide)
    return seen - fresh < seen_wide - fresh_wide and 0 < ahead < 0.08


@claim("12.7", "At 0.3 and 0.4 there is little between them.")
def little_between_them(draw):
    noise, wide = draw.pick("noise", [0.3, 0.4]), draw.pick("wide", [8, 16])
    narrow, other = (at_its_best_rate(draw, noise, n)[1] for n in (2, wide))
    return abs(draw.saw("n = 2 ahead by", narrow - other)) < 0.04


@claim(
    "12.7",
    "At 0.2 the wide networks over-fit as well, and are better on fresh points all the same.",
)
def wide_wins_where_the_noise_is_weak(draw):
    wide = draw.pick("wide", [8, 16])
    (_, fresh), (seen_wide, fresh_wide) = (at_its_best_rate(draw, 0.2, n) for n in (2, wide))
    gap = draw.saw("gap of the wide", seen_wide - fresh_wide)
    return gap > 0.02 and draw.saw("n = 2 behind by", fresh_wide - fresh) > 0.02


@claim("12.7", "The weights exist, and training finds them from some starts only")
def two_units_fit_clean_moons_from_some_starts(draw):
    seen, _ = noisy(draw, 0.0, 2, 12, 4, draw.pick("rate", [0.01, 0.03, 0.1]))
    return 0 < draw.saw("share of starts that fit", (seen == 1).mean()) < 0.6


@claim("12.7", "(on other sets of clean moons the share is quite another)")
def clean_moons_differ(draw):
    seen, _ = noisy(draw, 0.0, 2, 12, 20, draw.pick("rate", [0.01, 0.03, 0.1]))
    share = (seen == 1).mean(axis=1)
    draw.saw("least share of the starts, of twelve sets", share.min())
    draw.saw("most", share.max())
    return np.ptp(share) >= 0.3


@claim("12.7", "for one unit the measured shares lie, on the whole, below his curve")
def one_unit_lies_below_cover(draw):
    numbers, trials, X, y = (8, 9, 10, 12, 15, 18), 30, [], []
    for N in np.repeat(numbers, trials):
        rows = np.arange(max(numbers)) % N
        X.append(draw.rng.standard_normal((N, 5))[rows])
        y.append(draw.rng.permutation(np.arange(N) % 2)[rows])
    net = MLP([5, 1], copies=len(X), seed=seeds(draw, len(X)))
    share = trained(net, np.stack(X), np.stack(y), draw.pick("rate", [0.05, 0.1, 0.3]), 800)
    cover = [2 * sum(comb(N - 1, k) for k in range(6)) / 2**N for N in numbers]
    return draw.saw("Cover less measured, mean", np.mean(cover) - (share == 1).mean()) > 0


def points_a_parameter(draw, n, rate, trials=6):
    """The largest N of which at least half of the labellings were fitted, divided by P."""
    P = MLP([5, n, 1]).n_parameters
    numbers = [round(f * P) for f in (0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0)]
    X, y = [], []
    for N in np.repeat(numbers, trials):
        rows = np.arange(max(numbers)) % N
        X.append(draw.rng.standard_normal((N, 5))[rows])
        y.append(draw.rng.permutation(np.arange(N) % 2)[rows])
    net = MLP([5, n, 1], copies=len(X), seed=seeds(draw, len(X)))
    share = trained(net, np.stack(X), np.stack(y), rate, 800)
    fitted = (share == 1).reshape(len(numbers), trials).mean(axis=1) >= 0.5
    most = max([N for N, fits in zip(numbers, fitted, strict=True) if fits], default=0)
    return most / P


@claim(
    "12.7",
    "Capacity grows with the number of parameters, in this experiment a little faster than in "
    "proportion",
)
def capacity_grows_faster_than_in_proportion(draw):
    rate = draw.pick("rate", [0.03, 0.05, 0.1])
    two, eight = (
        draw.saw(f"points for each parameter, n = {n}", points_a_parameter(draw, n, rate))
        for n in (2, 8)
    )
    return eight > two


def curve_fits(draw, f, n, rate, starts=6):
    """The largest errors of networks 1-n-1 trained to draw f on [0, 1], as the chapter trains."""
    x, fine = np.linspace(0, 1, 129)[:, None], np.linspace(0, 1, 4001)[:, None]
    net = MLP([1, n, 1], copies=starts, seed=seeds(draw, starts))
    (W, b), *_ = net.params
    W *= 8
    b[...] = -W[..., 0][:, None] * draw.rng.random(b.shape)
    optimizer = Adam(net.theta, lr=lambda t: rate * (1 - t / 1501))
    fit(net, MeanSquaredError(), optimizer, x, f(x), epochs=1500, batch_size=None)
    return np.abs(net(fine.astype(net.theta.dtype)) - f(fine)).max(axis=(1, 2))


@claim("12.8", "eight of them come closer than a staircase of a hundred bumps")
def eight_trained_units_beat_a_hundred_bumps(draw):
    def sine(x):
        return np.sin(2 * np.pi * x)

    x, middle = np.linspace(0, 1, 4001), (np.arange(100) + 0.5) / 100
    stair = np.abs(sine(middle[np.minimum((100 * x).astype(int), 99)]) - sine(x)).max()
    best = curve_fits(draw, sine, 8, draw.pick("rate", [0.03, 0.1])).min()
    return draw.saw("best of six", best) < draw.saw("staircase", stair)


@claim(
    "12.8",
    "On the tent the largest error of the trained networks hardly changes from 2 units to 16 "
    "(about 0.08 to 0.1)",
)
def the_tent_is_not_better_with_more_units(draw):
    def tent(x):
        return np.maximum(0.0, 1 - np.abs(4 * x - 2))

    rate = draw.pick("rate", [0.03, 0.1])
    errors = {n: curve_fits(draw, tent, n, rate).min() for n in (2, 16)}
    draw.saw("2 units", errors[2])
    draw.saw("16 units", errors[16])
    return all(0.07 < error < 0.115 for error in errors.values())


def xor(draw, n, rate, steps, copies=XOR_STARTS):
    X, y = boolean("xor")
    net = MLP([2, n, 1], copies=copies, seed=seeds(draw, copies), dtype="float64")
    learned = trained(net, X, y, rate, steps) == 1
    z = net(X)[..., 0]
    return learned, np.logaddexp(0, np.where(y == 1, -z, z)).mean(axis=-1)


@claim(
    "12.10",
    "Two units could always succeed and do so about half of the time. With eight units almost "
    "every start succeeds.",
    quick=True,
)
def eight_units_find_xor(draw):
    rate = draw.pick("rate", [0.02, 0.05, 0.1])
    two, eight = (xor(draw, n, rate, 1000)[0].mean() for n in (2, 8))
    return 0.3 < draw.saw("n = 2", two) < 0.7 and draw.saw("n = 8", eight) > 0.95


@claim("12.10", "Most of them creep towards the loss $\\tfrac12 \\ln 2 = 0.3466$")
def failures_creep_to_half_ln_2(draw):
    learned, losses = xor(draw, 2, draw.pick("rate", [0.02, 0.05, 0.1]), 5000)
    near = np.abs(losses[~learned] - np.log(2) / 2) < 0.001
    return draw.saw("share of the failures at ½ ln 2", near.mean()) > 0.6


def two_tents(x):
    return 1 - np.abs(2 * (1 - np.abs(2 * x - 1)) - 1)


@claim("12.11", "Most starts end as a flat line, or with a single kink")
def most_starts_end_flat(draw):
    x = np.linspace(0, 1, 129)[:, None]
    target, rate = two_tents(x), draw.pick("rate", [0.003, 0.01, 0.03])
    net = MLP([1, 2, 2, 1], "relu", init="he", copies=50, seed=seeds(draw, 50))
    fit(net, MeanSquaredError(), Adam(net.theta, lr=rate), x, target, epochs=2000, batch_size=None)
    bends = np.abs(np.diff(net(x.astype(net.theta.dtype))[..., 0], n=2, axis=1)) > 1e-3
    few = bends.sum(axis=1) <= 2  # a kink between two points bends at both
    return draw.saw("share", few.mean()) > 0.7


@claim("12.11", "Good weights that exist are not weights that training finds")
def training_does_not_find_the_teeth(draw):
    x = np.linspace(0, 1, 129)[:, None]
    target = two_tents(x)
    net = MLP([1, 2, 2, 1], "relu", init="he", copies=50, seed=seeds(draw, 50))
    optimizer = Adam(net.theta, lr=draw.pick("rate", [0.003, 0.01, 0.03]))
    fit(net, MeanSquaredError(), optimizer, x, target, epochs=2000, batch_size=None)
    errors = np.abs(net(x.astype(net.theta.dtype)) - target).max(axis=(1, 2))
    return draw.saw("starts of 50 within 0.25", (errors < 0.25).sum()) <= 2


@claim("12.12", "get nowhere near a closed curve")
def six_layers_of_two_close_nothing(draw):
    net, share, X, y = on_rings(draw, 2, 6, 4, rate=draw.pick("rate", [0.01, 0.03, 0.05]))
    draw.saw("best accuracy", share.max())
    return all(leaks(net[e], X, y, 6, 301) for e in range(4))
