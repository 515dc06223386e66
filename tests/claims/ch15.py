"""Chapter 15: what the experiments with optimisers say."""

from functools import lru_cache

import numpy as np

from dlcore import schedules
from dlcore.datasets import digits, split
from dlcore.losses import SoftmaxCrossEntropy
from dlcore.network import MLP
from dlcore.optimizers import (
    Adagrad,
    Adam,
    AdamW,
    AMSGrad,
    GradientDescent,
    Momentum,
    Nesterov,
    RMSProp,
)
from dlcore.training import fit
from tests.claims import Draw, claim

MAKERS = {
    "plain": lambda theta, lr, beta=0.9: GradientDescent(theta, lr),
    "momentum": lambda theta, lr, beta=0.9: Momentum(theta, lr, mu=beta),
    "Nesterov": lambda theta, lr, beta=0.9: Nesterov(theta, lr, mu=beta),
    "Adagrad": lambda theta, lr, beta=0.9: Adagrad(theta, lr),
    "RMSProp": lambda theta, lr, beta=0.9: RMSProp(theta, lr, rho=beta),
    "Adam": lambda theta, lr, beta=0.9: Adam(theta, lr, beta1=beta),
}
MIDDLE = {
    "plain": -0.5,
    "momentum": -1,
    "Nesterov": -0.5,
    "Adagrad": -1,
    "RMSProp": -1.5,
    "Adam": -1.5,
}


def walk(optimizer, gradient, steps):
    path = [optimizer.theta.copy()]
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(steps):
            optimizer.step(gradient(optimizer.theta))
            path.append(optimizer.theta.copy())
    return np.array(path)


def data(draw):
    """The digits, split anew, and an order of the samples."""
    X, y = digits()
    X, X_test, y, y_test = split(X, y, test=0.25, seed=draw.seed)
    return X, X_test.astype("float32"), y, y_test


def ladder(draw, make, rates, X, y, starts=4, hidden=32, **options):
    """Loss of the last epoch (starts, rates) and the networks; new starts and a new order."""
    seeds = [draw.seed + start for start in range(starts) for _ in rates]
    net = MLP([64, hidden, 10], "relu", init="he", seed=seeds, copies=len(seeds))
    history = fit(
        net,
        SoftmaxCrossEntropy(),
        make(net.theta, np.tile(rates, starts)[:, None]),
        X,
        y,
        seed=draw.seed,
        progress=False,
        **options,
    )
    return np.nan_to_num(history.loss[-1], nan=99, posinf=99).reshape(starts, -1), net


def share(net, X, y, starts=4):
    return (net(X).argmax(axis=-1) == y).mean(axis=-1).reshape(starts, -1)


@claim("15.2", "on other draws it grows two- to fourfold")
def the_linear_rule(draw):
    X, _, y, _ = data(draw)
    hidden, rates = draw.pick("hidden units", [16, 32, 64]), 0.02 * 2.0 ** np.arange(7)
    best = {}
    for B in (2, 8, 32, 128):
        loss, _ = ladder(
            draw, GradientDescent, rates, X, y, starts=3, hidden=hidden, batch_size=B, epochs=3
        )
        best[B] = rates[np.log(loss).mean(axis=0).argmin()]
    first, last = best[8] / best[2], best[128] / best[32]
    draw.saw("best rate of 8 over that of 2", first)
    draw.saw("best rate of 128 over that of 32", last)
    return 2 <= first <= 4 and last <= 2


@claim("15.2", "where $\\eta/B$ is the same the trainings end alike")
def the_same_quotient_ends_alike(draw):
    X, _, y, _ = data(draw)
    hidden, rates = draw.pick("hidden units", [16, 32, 64]), np.array([0.02, 0.04, 0.08])
    ends = [
        ladder(draw, GradientDescent, k * rates, X, y, 3, hidden, batch_size=B, epochs=3)[0]
        for B, k in ((2, 1), (8, 4))
    ]
    quotients = ends[1].mean(axis=0) / ends[0].mean(axis=0)
    draw.saw("least quotient of the losses", quotients.min())
    return draw.saw("largest", quotients.max()) < 1.25 and quotients.min() > 0.8


@claim("15.2", "At 32 pictures the rule would ask for 1.28, and there the network falls apart")
def the_rule_ends_at_32(draw):
    X, _, y, _ = data(draw)
    hidden, rates = draw.pick("hidden units", [16, 32, 64]), np.array([0.32, 0.64, 1.28])
    loss, _ = ladder(draw, GradientDescent, rates, X, y, 4, hidden, batch_size=32, epochs=3)
    loss = loss.mean(axis=0)
    return draw.saw("loss at 1.28 over that of the better of the others", loss[2] / loss.min()) > 2


ETA = 10.0 ** np.arange(-2, 0.26, 0.25)
FAMILIES = {
    "constant": [schedules.constant(e) for e in ETA],
    "step": [schedules.step_decay(e, 200, g) for e in ETA for g in (0.1, 0.3, 0.5, 0.8)],
    "exponential": [schedules.exponential(e, g) for e in ETA for g in (0.98, 0.99, 0.995, 0.998)],
    "linear": [schedules.linear(e, 1001) for e in ETA],
    "cosine": [schedules.cosine(e, 1001) for e in ETA],
    "inverse": [schedules.inverse_time(e, k) for e in ETA for k in (0.1, 0.3, 1, 3)],
}


def ends(draw, family, curvature, start):
    theta = np.full((300, len(family)), start)
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(1, 1001):
            eta = np.array([schedule(t) for schedule in family])
            theta -= eta * (curvature * theta + draw.rng.normal(size=(300, 1)))
        return np.nan_to_num(np.sqrt((theta**2).mean(axis=0)), nan=np.inf)


@claim(
    "15.3",
    "Every schedule that falls ends nearer than the best constant rate. Among the\nfive, inverse "
    "time is first at each curvature, and the last is at most some two thirds farther away.",
)
def schedules_at_their_best(draw):
    curvature = draw.pick("curvature", [0.3, 0.5, 1.0, 2.0, 3.0])
    start = draw.pick("start", [2.0, 5.0, 10.0])
    end = {name: ends(draw, family, curvature, start).min() for name, family in FAMILIES.items()}
    constant = end.pop("constant")
    draw.saw("worst that falls over constant", max(end.values()) / constant)
    draw.saw("worst that falls over inverse time", max(end.values()) / end["inverse"])
    first, last = min(end, key=end.get), max(end.values())
    return last < min(constant, 1.7 * end["inverse"]) and first == "inverse"


@claim("15.4", "and 0.99 is the worst each time", quick=True)
def too_much_momentum(draw):
    kappa = draw.pick("condition number", [10, 100, 1000])
    start = draw.rng.choice([-1, 1], 2) * draw.rng.uniform([3, 0.5], [12, 3])
    losses = []
    for mu in (0.0, 0.5, 0.8, 0.9, 0.95, 0.99):
        theta = start.copy()
        walk(Momentum(theta, lr=1 / kappa, mu=mu), lambda th: th * [1.0, kappa], 150)
        losses.append(0.5 * theta**2 @ [1.0, kappa])
    draw.saw("J with 0.99 over the best", losses[-1] / min(losses))
    return losses[-1] == max(losses)


@claim("15.4", "With the same $\\eta$, momentum ends about three times as far away", quick=True)
def momentum_dances_wider(draw):
    lr = draw.pick("rate", [0.005, 0.01, 0.02, 0.05])
    far = []
    for mu in (0.0, 0.9):
        theta = np.zeros((500, 1))
        noise = draw.rng
        walk(
            Momentum(theta, lr, mu), lambda th, noise=noise: th + noise.normal(size=th.shape), 2000
        )
        far.append(theta.std())
    return 2.5 < draw.saw("momentum over plain", far[1] / far[0]) < 4


@claim("15.4", "At the same effective rate, if it is small, there is no difference", quick=True)
def the_same_effective_rate(draw):
    rate = draw.pick("effective rate times curvature", [0.02, 0.05, 0.1])
    far = []
    for mu in (0.0, 0.9):
        theta, noise = np.zeros((2000, 1)), draw.rng
        gradient = lambda th, noise=noise: th + noise.normal(size=th.shape)  # noqa: E731
        walk(Momentum(theta, (1 - mu) * rate, mu), gradient, 1000)
        far.append(theta.std())
    return 0.9 < draw.saw("momentum over plain", far[1] / far[0]) < 1.1


def delta_bar_delta(theta, gradient, steps, eta, up, down=0.3, memory=0.7):
    """The chapter's lines."""
    rate, mean = np.full_like(theta, eta), np.zeros_like(theta)
    for _ in range(steps):
        g = gradient(theta)
        agree = mean * g
        rate = rate + up * (agree > 0) - down * rate * (agree < 0)
        mean = (1 - memory) * g + memory * mean
        theta = theta - rate * g
    return theta, rate


@claim("15.6", "and the best plain descent is left far behind", quick=True)
def delta_bar_delta_is_ahead(draw):
    kappa = draw.pick("condition number", [50, 100, 200])
    eta = draw.pick("first rate, times κ", [0.1, 0.5, 1.0]) / kappa
    up = draw.pick("growth, times κ", [0.2, 0.5]) / kappa
    curvature = np.array([1.0, kappa])
    starts = draw.rng.choice([-1, 1], (50, 2)) * draw.rng.uniform([3, 0.5], [12, 3], (50, 2))
    theta, rate = delta_bar_delta(starts, lambda th: th * curvature, 100, eta, up)
    plain = starts.copy()
    walk(GradientDescent(plain, lr=2 / (1 + kappa)), lambda th: th * curvature, 100)
    quotient = (plain**2 @ curvature) / np.maximum(theta**2 @ curvature, 1e-300)
    draw.saw("rate along over rate across, median", np.median(rate[:, 0] / rate[:, 1]))
    return draw.saw("J of plain descent over Jacobs's, least of 50", quotient.min()) > 1000


@claim("15.6", "with minibatches these signs are often noise", quick=True)
def signs_are_often_noise(draw):
    X, _, y, _ = data(draw)
    X, B = X.astype("float32"), draw.pick("batch", [16, 32, 64])
    net, loss = MLP([64, 32, 10], "relu", init="he", seed=draw.seed), SoftmaxCrossEntropy()
    optimizer, last, agree = GradientDescent(net.theta, lr=0.1), 0.0, []
    for _ in range(400):
        rows = draw.rng.choice(len(X), B, replace=False)
        g = net.gradient(loss, X[rows], y[rows])
        both = g * last
        agree.append((both > 0).sum() / max(1, (both != 0).sum()))
        last = g.copy()
        optimizer.step(g)
    draw.saw("signs like those of the step before, in the first 20 steps", np.mean(agree[1:21]))
    return draw.saw("in the last 100 of 400", np.mean(agree[-100:])) < 0.6


@claim("15.6", "Plain descent is caught between the two", quick=True)
def rare_features(draw):
    noise = draw.pick("noise", [0.3, 0.5, 0.8])
    present = np.array([1.0, 0.3, 0.1, 0.03, 0.01])
    true = draw.rng.choice([-1.0, 1.0], (100, 5))
    worst = {}
    for kind in (GradientDescent, Adagrad):
        worst[kind] = []
        for eta in (0.01, 0.03, 0.1, 0.3):
            theta = np.zeros((100, 5))

            def gradient(th):
                x = (draw.rng.random(th.shape) < present).astype(float)
                error = ((th - true) * x).sum(axis=1, keepdims=True)
                return (error + noise * draw.rng.normal(size=(100, 1))) * x

            walk(kind(theta, lr=eta), gradient, 1000)
            common, rare = np.sqrt(((theta - true) ** 2).mean(axis=0))[[0, 4]]
            worst[kind].append(common * rare)  # what suits both
    quotient = min(worst[GradientDescent]) / min(worst[Adagrad])
    return draw.saw("plain over Adagrad, product of the two errors", quotient) > 1.5


@claim("15.7", "A larger $\\eta$ does not help", quick=True)
def adagrad_freezes(draw):
    big = draw.pick("scale before", [30.0, 100.0, 300.0])
    scale = np.repeat([big, 1.0], 300)
    target = 2 * np.sin(2 * np.pi * (np.arange(600) / 200 + draw.rng.random()))
    far = {}
    for kind, rates in ((Adagrad, 10.0 ** np.arange(-1.5, 2.1, 0.5)), (RMSProp, [0.1])):
        theta = np.zeros(len(rates))
        optimizer, path = kind(theta, lr=1.0), []
        optimizer.lr = np.array(rates)
        for t in range(600):
            optimizer.step(scale[t] * (theta - target[t]))
            path.append(theta.copy())
        error = (np.array(path)[400:] - target[400:, None]) ** 2
        far[kind] = np.sqrt(error.mean(axis=0)).min()
    draw.saw("Adagrad's least distance", far[Adagrad])
    return draw.saw("Adagrad over RMSProp", far[Adagrad] / far[RMSProp]) > 10


@lru_cache
def two_memories(number, lr):
    """Mean loss of three starts in the third epoch, (β₁, β₂)."""
    draw = Draw(number)
    X, _, y, _ = data(draw)
    beta1, beta2 = (0.0, 0.5, 0.8, 0.9, 0.95, 0.99), (0.5, 0.9, 0.99, 0.999, 0.9999)
    pairs = [(b1, b2) for b1 in beta1 for b2 in beta2]
    seeds = [draw.seed + start for start in range(3) for _ in pairs]
    net = MLP([64, 32, 10], "relu", init="he", seed=seeds, copies=len(seeds))
    adam = Adam(net.theta, lr=lr)
    adam.beta1, adam.beta2 = np.tile(np.array(pairs), (3, 1)).T[:, :, None]
    options = dict(epochs=3, batch_size=64, seed=draw.seed, progress=False)
    history = fit(net, SoftmaxCrossEntropy(), adam, X, y, **options)
    return history.loss[-1].reshape(3, 6, 5).mean(axis=0)


@claim("15.8", "the losses differ by less than a factor of 1.6")
def flat_around_the_usual_pair(draw):
    J = two_memories(draw.number, draw.pick("rate", [0.003, 0.01, 0.03]))
    draw.saw("usual pair over the best of all", J[3, 3] / J.min())
    return draw.saw("largest over least", J[1:5, 1:].max() / J[1:5, 1:].min()) < 1.6


@claim("15.8", "a factor of three in $\\eta$ changes them 1.4- to fourfold")
def the_rate_matters_more(draw):
    lr = draw.pick("rates", [(0.003, 0.01), (0.01, 0.03)])
    one, three = (two_memories(draw.number, rate)[3, 3] for rate in lr)
    return 1.4 < draw.saw("loss at the smaller rate over that at the larger", one / three) < 4


@claim(
    "15.8",
    "At the rates 0.01 and 0.03 the bad corner is a long first memory with a short second one",
)
def the_bad_corner(draw):
    J = two_memories(draw.number, draw.pick("rate", [0.01, 0.03]))
    row, column = np.unravel_index(J.argmax(), J.shape)
    draw.saw("worst over the best", J.max() / J.min())
    return row >= 4 and column == 0  # β₁ = 0.95 or 0.99, β₂ = 0.5


@claim("15.8", "0.8 with 0.5 does well")
def long_steps_may_but_need_not_happen(draw):
    J = two_memories(draw.number, draw.pick("rate", [0.003, 0.01, 0.03]))
    return draw.saw("(0.8, 0.5) over the best", J[2, 0] / J.min()) < 1.3


@claim("15.9", "so that the large gradient is not forgotten, and arrives at $-1$", quick=True)
def adam_walks_the_wrong_way(draw):
    C, rate = draw.pick("C", [3.0, 5.0, 10.0]), draw.pick("rate", [0.2, 0.5, 1.0])
    ends = {}
    for kind in (Adam, AMSGrad):
        theta = draw.rng.uniform(-0.9, 0.9, 1)
        optimizer = kind(theta, lambda t: rate / np.sqrt(t), beta1=0.0, beta2=1 / (1 + C**2))
        path = []
        for t in range(1500):
            optimizer.step(np.array([C if t % 3 == 0 else -1.0]))
            np.clip(theta, -1, 1, out=theta)
            path.append(theta[0])
        ends[kind] = np.mean(path[-30:])
    draw.saw("Adam's end", ends[Adam])
    draw.saw("AMSGrad's end", ends[AMSGrad])
    return ends[Adam] > 0.9 and ends[AMSGrad] < -0.9


@claim(
    "15.9",
    "In Adam the quiet weight decays much too fast and the noisy one much too slowly; with AdamW "
    "both shrink as intended",
    quick=True,
)
def decay_in_the_gradient(draw):
    lr, decay = draw.pick("rate", [0.005, 0.01, 0.02]), draw.pick("λ", [0.1, 0.2])
    noise, ends = np.array([0.1, 10.0]), []
    for kind, options, added in ((Adam, {}, decay), (AdamW, dict(decay=decay), 0.0)):
        theta = np.ones((300, 2))
        walk(
            kind(theta, lr=lr, **options),
            lambda th, added=added: noise * draw.rng.normal(size=th.shape) + added * th,
            500,
        )
        ends.append(theta.mean(axis=0))
    meant = (1 - lr * decay) ** 500
    draw.saw("Adam: quiet, minus what is meant", ends[0][0] - meant)
    draw.saw("Adam: noisy, minus what is meant", ends[0][1] - meant)
    off = draw.saw("AdamW: largest difference", np.abs(ends[1] - meant).max())
    return ends[0][0] < meant - 0.05 and ends[0][1] > meant + 0.05 and off < 0.03


def with_broken_pictures(draw, name, number, clip, starts=6):
    """The best rate of the ladder, and what its networks read of the unseen digits."""
    X, X_test, y, y_test = data(draw)
    X[np.random.default_rng(draw.seed).choice(len(X), number, replace=False)] *= 100
    rates = 10.0 ** (MIDDLE[name] + np.arange(-1.5, 1.1, 0.5))
    loss, net = ladder(draw, MAKERS[name], rates, X, y, starts, batch_size=64, epochs=8, clip=clip)
    k = np.log(loss).mean(axis=0).argmin()
    return rates[k], share(net, X_test, y_test, starts)[:, k]


def change_of_the_best_rate(draw, number, clip):
    """The best rate of plain descent with broken pictures or clipping over that without."""
    with_it, without = (
        with_broken_pictures(draw, "plain", *how)[0] for how in ((number, clip), (0, None))
    )
    return draw.saw("best rate, times", with_it / without)


@claim("15.10", "down to a third of its rate (on most other draws, too)", least=0.7)
def broken_pictures_force_a_small_rate(draw):
    return change_of_the_best_rate(draw, 5, None) < 0.4


@claim("15.10", "it can take a rate three times as large (in at least six of ten)", least=0.6)
def clipping_allows_a_larger_rate(draw):
    return change_of_the_best_rate(draw, 0, 1.0) > 2.5


@claim("15.10", "on ten other draws at most one of eighty", draws=1)
def adam_hardly_feels_them(draw):
    lost = kept = 0
    for number in range(10):
        (rate, whole), (rate_broken, broken) = (
            with_broken_pictures(Draw(number), "Adam", n, None, starts=8) for n in (0, 5)
        )
        kept += rate_broken == rate
        lost += (broken < whole.mean() - 0.1).sum()
    draw.saw("draws, of ten, with the same rate", kept)
    return draw.saw("networks lost, of 80", lost) <= 1


@claim("15.10", "Clipped, both read about as many digits as if no picture were broken")
def clipping_mends_broken_pictures(draw):
    X, X_test, y, y_test = data(draw)
    whole, X = X, X.copy()
    number = draw.pick("broken pictures", [3, 5, 10])
    X[draw.rng.choice(len(X), number, replace=False)] *= 100
    name = draw.pick("optimiser", ["plain", "Adam"])
    rates = 10.0 ** (MIDDLE[name] + np.array([-1, -0.5, 0, 0.5]))
    right = []
    for pictures, clip in ((whole, None), (X, None), (X, 1.0)):
        loss, net = ladder(
            draw, MAKERS[name], rates, pictures, y, starts=5, batch_size=64, epochs=8, clip=clip
        )
        k = np.log(loss).mean(axis=0).argmin()
        right.append(share(net, X_test, y_test, 5)[:, k].mean())
    draw.saw("share read correctly, none broken", right[0])
    draw.saw("share read correctly, broken", right[1])
    draw.saw("share read correctly, broken and clipped", right[2])
    return right[2] > right[0] - 0.02


@claim("15.10", "Where nothing is broken, plain descent gains, too, or loses less than a point")
def clipping_helps_plain_descent(draw):
    X, X_test, y, y_test = data(draw)
    rates, right = 10.0 ** np.arange(-1, 0.6, 0.5), []
    threshold = draw.pick("c", [0.5, 1.0, 2.0])
    for clip in (None, threshold):
        loss, net = ladder(
            draw, GradientDescent, rates, X, y, starts=6, batch_size=64, epochs=8, clip=clip
        )
        k = np.log(loss).mean(axis=0).argmin()
        right.append(share(net, X_test, y_test, 6)[:, k].mean())
    draw.saw("share read correctly", right[0])
    draw.saw("share read correctly, clipped", right[1])
    return right[1] > right[0] - 0.01


def warmed(draw, rate):
    """Median losses at one rate of Adam, without and with a short warm-up."""
    X, _, y, _ = data(draw)
    n, losses = draw.pick("steps of warm-up", [10, 20, 40]), []
    for make in (Adam, lambda th, lr: Adam(th, schedules.warm_up(lambda t: lr, n))):
        loss, _ = ladder(draw, make, np.array([rate]), X, y, starts=6, batch_size=64, epochs=8)
        losses.append(np.median(loss))
    draw.saw("without", losses[0])
    draw.saw("with", losses[1])
    return losses


@claim(
    "15.10",
    "At the best rate, 0.03, a short warm-up changes nothing that the spread would let us see",
)
def at_the_best_rate_a_warm_up_is_not_seen(draw):
    X, _, y, _ = data(draw)
    n, losses = draw.pick("steps of warm-up", [10, 20, 40]), []
    for make in (Adam, lambda th, lr: Adam(th, schedules.warm_up(lambda t: lr, n))):
        rates = np.array([10**-1.5])
        losses.append(ladder(draw, make, rates, X, y, starts=8, batch_size=64, epochs=8)[0][:, 0])
    without, with_it = losses
    draw.saw("median without", np.median(without))
    draw.saw("with", np.median(with_it))
    # each median lies in the range of the others
    return all(a.min() < np.median(b) < a.max() for a, b in (losses, losses[::-1]))


@claim("15.10", "on other draws it helped about every second time", draws=1)
def warm_up_at_three_times_the_rate_is_a_matter_of_luck(draw):
    pairs = [warmed(Draw(number), 0.1) for number in range(10)]
    helped = sum(with_it < without for without, with_it in pairs)
    return 3 <= draw.saw("helped in, of ten", helped) <= 7


@claim(
    "15.10", "at ten times it turns failure (guessing costs $\\ln 10 = 2.30$) into half a success"
)
def warm_up_forgives(draw):
    without, with_it = warmed(draw, 10**-0.5)
    return without > 1 and with_it < 0.75 * without


@claim("15.10", "The long warm-up spends half the training on small rates, and pays for it")
def a_long_warm_up_costs(draw):
    X, _, y, _ = data(draw)
    n, losses = draw.pick("steps of warm-up, of 176", [70, 80, 90]), []
    for make in (Adam, lambda th, lr: Adam(th, schedules.warm_up(lambda t: lr, n))):
        rates = 10.0 ** np.array([-2, -1.5, -1])
        loss, _ = ladder(draw, make, rates, X, y, starts=6, batch_size=64, epochs=8)
        losses.append(np.median(loss, axis=0).min())
    return draw.saw("best with over best without", losses[1] / losses[0]) > 1


def raced(draw, names, beta=0.9, hidden=32, batch=64, epochs=8):
    """Mean loss of each, at its own best rate."""
    X, _, y, _ = data(draw)
    ends = {}
    for name in names:
        heavy = beta == 0.99 and name in ("momentum", "Nesterov")
        rates = 10.0 ** (
            MIDDLE[name] + np.arange(-2.5 if heavy else -1, 0.1 if heavy else 1.1, 0.5)
        )
        loss, _ = ladder(
            draw,
            lambda theta, lr, name=name: MAKERS[name](theta, lr, beta),
            rates,
            X,
            y,
            starts=5,
            hidden=hidden,
            batch_size=batch,
            epochs=epochs,
        )
        k = np.log(loss).mean(axis=0).argmin()
        ends[name] = draw.saw(f"loss of {name}", loss[:, k].mean())
    return ends


@claim("15.11", "Nesterov and Adam end lowest, plain descent highest")
def who_leads_and_who_is_last(draw):
    ends = raced(draw, MAKERS)
    order = sorted(ends, key=ends.get)
    return set(order[:2]) == {"Nesterov", "Adam"} and order[-1] == "plain"


def other_networks(draw):
    return draw.pick("hidden units", [16, 32, 64]), draw.pick("batch", [32, 64, 128])


@claim(
    "15.11",
    "With other widths and batches either of the two still leads, and plain descent or Adagrad "
    "comes last",
)
def with_other_widths_and_batches(draw):
    ends = raced(draw, MAKERS, 0.9, *other_networks(draw))
    order = sorted(ends, key=ends.get)
    return order[0] in ("Nesterov", "Adam") and order[-1] in ("plain", "Adagrad")


LONG = ["momentum", "Nesterov", "RMSProp", "Adam"]


@claim("15.11", "RMSProp and Adam lead, and momentum and Nesterov fall behind")
def with_a_longer_memory(draw):
    ends = raced(draw, LONG, 0.99, *other_networks(draw))
    return set(sorted(ends, key=ends.get)[:2]) == {"RMSProp", "Adam"}


@claim(
    "15.11", "With three times the epochs one of them overtakes RMSProp in most draws", least=0.6
)
def the_longer_memory_needs_longer(draw):
    ends = raced(draw, LONG[:3], 0.99, epochs=24)
    return min(ends["momentum"], ends["Nesterov"]) < ends["RMSProp"]


@claim("15.11", "a rate three times too large as a rule costs it less than a tenth of the digits")
def adam_at_three_times_its_rate(draw):
    X, X_test, y, y_test = data(draw)
    hidden, batch = other_networks(draw)
    rates = 10.0 ** np.arange(-2, 0.1, 0.5)
    loss, net = ladder(draw, Adam, rates, X, y, 6, hidden, batch_size=batch, epochs=8)
    k = np.log(loss[:, :-1]).mean(axis=0).argmin()
    right = share(net, X_test, y_test, 6).mean(axis=0)
    return draw.saw("share read, best rate minus three times it", right[k] - right[k + 1]) < 0.1


@claim("15.11", "brings each of them nearer to the minimum of a noisy bowl", quick=True)
def a_schedule_helps_each(draw):
    curvature, steps = draw.pick("curvature", [0.3, 1.0, 3.0]), draw.pick("steps", [500, 1000])
    rungs, gains = np.tile(10.0 ** np.arange(-3.5, 0.6, 0.25), (200, 1)), []
    for make in MAKERS.values():
        far = []
        for falls in (0, 1 / (steps + 1)):
            theta, noise = np.full(rungs.shape, 5.0), np.random.default_rng(draw.seed)
            optimizer = make(theta, lambda t, f=falls: rungs * (1 - f * t))
            walk(optimizer, lambda th, r=noise: curvature * th + r.normal(size=(200, 1)), steps)
            with np.errstate(over="ignore"):
                far.append(np.nanmin(np.sqrt((theta**2).mean(axis=0))))
        gains.append(far[0] / far[1])
    return draw.saw("distance, constant over falling, least of the six", min(gains)) > 1.05


@claim(
    "15.11",
    "Methods that divide by the size of the gradient leave it within a few steps",
    quick=True,
)
def who_leaves_the_saddle(draw):
    rungs, start = 10.0 ** np.arange(-5, 1.01, 0.5), draw.pick("distance", [1e-8, 1e-6, 1e-4])
    side = draw.rng.choice([-1, 1])
    steps = {}
    for name, make in MAKERS.items():
        theta = np.tile([1.5 * draw.rng.uniform(0.5, 1.5), side * start], (len(rungs), 1))
        path = walk(make(theta, rungs[:, None]), lambda th: th ** [1, 3] - th * [0, 1], 200)
        x, y = path[..., 0], path[..., 1]
        with np.errstate(over="ignore", invalid="ignore"):
            J = np.nan_to_num(0.5 * x**2 + 0.25 * (y**2 - 1) ** 2, nan=1e9)
        k = np.log(np.clip(J, 1e-6, 1e9)).mean(axis=0).argmin()
        steps[name] = (abs(y[:, k]) > 0.5).argmax()
    slow = min(steps[name] for name in ("plain", "momentum", "Nesterov"))
    fast = max(steps[name] for name in ("Adagrad", "RMSProp", "Adam"))
    draw.saw("steps of the slowest that divides", fast)
    return draw.saw("steps of the quickest of the others", slow) > fast and fast <= 8


TURN = np.array([[np.cos(np.pi / 6), -np.sin(np.pi / 6)], [np.sin(np.pi / 6), np.cos(np.pi / 6)]])


def ravine_race(draw, turned):
    kappa = draw.pick("condition number", [50, 100, 200])
    hessian = np.diag([1.0, kappa])
    hessian = TURN @ hessian @ TURN.T if turned else hessian
    n, rungs = 12, 10.0 ** np.arange(-4, 2.01, 0.25)
    starts = draw.rng.uniform(0.5, 1.5, (n, 2)) * [9, 1.5] * draw.rng.choice([-1, 1], (n, 2))
    starts = starts @ TURN.T if turned else starts
    ends, lost = {}, {}
    for name, make in MAKERS.items():
        theta, rates = np.tile(starts, (len(rungs), 1)), np.repeat(rungs, n)[:, None]
        path = walk(make(theta, rates), lambda th: th @ hessian, 200)
        with np.errstate(over="ignore", invalid="ignore"):
            J = np.nan_to_num(0.5 * ((path @ hessian) * path).sum(axis=-1), nan=1e9)
        J = J.reshape(201, len(rungs), n)
        k = np.log(np.clip(J, 1e-6, 1e9)).mean(axis=(0, 2))[rungs < 11].argmin()
        ends[name] = np.median(J[-1, k])
        lost[name] = (J[:, k + 2].max(axis=0) > 1e6).mean()
    return ends, lost


@claim(
    "15.11",
    "Momentum and Nesterov are far ahead of plain descent in both ravines, turned or not",
    quick=True,
)
def momentum_leads_in_both_ravines(draw):
    ends, _ = ravine_race(draw, draw.pick("turned", [False, True]))
    worst = max(ends["momentum"], ends["Nesterov"])
    return draw.saw("plain over the worse of the two", ends["plain"] / worst) > 100


@claim(
    "15.11",
    "Adagrad is ahead of both along the axes, and far behind them in the turned ravine",
    quick=True,
)
def adagrad_needs_the_axes(draw):
    straight, turned = ravine_race(draw, False)[0], ravine_race(draw, True)[0]
    both = [turned[name] for name in ("momentum", "Nesterov")]
    draw.saw("turned: Adagrad over the worse of the two", turned["Adagrad"] / max(both))
    ahead = straight["Adagrad"] < min(straight["momentum"], straight["Nesterov"])
    return ahead and turned["Adagrad"] > 100 * max(both)


@claim("15.11", "has a momentum inside that helps it there", quick=True)
def momentum_helps_adam_in_the_turned_ravine(draw):
    kappa = draw.pick("condition number", [50, 100, 200])
    hessian = TURN @ np.diag([1.0, kappa]) @ TURN.T
    starts = draw.rng.uniform(0.5, 1.5, (12, 2)) * [9, 1.5] * draw.rng.choice([-1, 1], (12, 2))
    rungs, ends = np.repeat(10.0 ** np.arange(-3, 1.01, 0.25), 12)[:, None], []
    for beta1 in (0.0, 0.9):
        path = walk(
            Adam(np.tile(starts @ TURN.T, (17, 1)), rungs, beta1=beta1),
            lambda th: th @ hessian,
            200,
        )
        J = (0.5 * ((path @ hessian) * path).sum(axis=-1)).reshape(201, 17, 12)
        k = np.log(np.clip(J, 1e-6, 1e9)).mean(axis=(0, 2)).argmin()
        ends.append(np.median(J[-1, k]))
    return draw.saw("J without over J with momentum", ends[0] / ends[1]) > 10


@claim(
    "15.11",
    "With three times their best rate plain descent and Nesterov diverge from every start in both "
    "ravines",
    quick=True,
)
def who_diverges(draw):
    _, lost = ravine_race(draw, draw.pick("turned", [False, True]))
    return lost["plain"] == lost["Nesterov"] == 1 and not any(
        lost[name] for name in ("Adagrad", "RMSProp", "Adam")
    )
