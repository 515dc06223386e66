"""Chapter 15: what the experiments with optimisers say."""

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
HALVES = np.array([-1, -0.5, 0, 0.5])


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


@claim("15.3", "Every schedule that falls ends nearer than the best constant rate")
def schedules_at_their_best(draw):
    curvature = draw.pick("curvature", [0.3, 0.5, 1.0, 2.0, 3.0])
    start = draw.pick("start", [2.0, 5.0, 10.0])
    end = {name: ends(draw, family, curvature, start).min() for name, family in FAMILIES.items()}
    constant = end.pop("constant")
    draw.saw("worst that falls over constant", max(end.values()) / constant)
    draw.saw("worst that falls over inverse time", max(end.values()) / end["inverse"])
    return max(end.values()) < constant and min(end, key=end.get) == "inverse"


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


@claim("15.8", "The bad corner is a long first memory with a short second one")
def flat_around_the_usual_pair(draw):
    X, _, y, _ = data(draw)
    lr = draw.pick("rate", [0.003, 0.01, 0.03])
    pairs = [(b1, b2) for b1 in (0.0, 0.5, 0.8, 0.9, 0.95, 0.99) for b2 in (0.5, 0.9, 0.99, 0.999)]
    seeds = [draw.seed + s for s in range(3) for _ in pairs]
    net = MLP([64, 32, 10], "relu", init="he", seed=seeds, copies=len(seeds))
    adam = Adam(net.theta, lr=lr)
    adam.beta1, adam.beta2 = np.tile(np.array(pairs), (3, 1)).T[:, :, None]
    history = fit(
        net,
        SoftmaxCrossEntropy(),
        adam,
        X,
        y,
        epochs=3,
        batch_size=64,
        seed=draw.seed,
        progress=False,
    )
    J = history.loss[-1].reshape(3, 6, 4).mean(axis=0)
    draw.saw("usual pair over the best", J[3, 3] / J.min())
    corner = draw.saw("(0.99, 0.5) over the best", J[5, 0] / J.min())
    return corner > 1.5 and J[3, 3] < 2 * J.min()


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
    "In Adam the quiet weight decays much too fast and the noisy one much too slowly",
    quick=True,
)
def decay_in_the_gradient(draw):
    lr, decay = draw.pick("rate", [0.005, 0.01, 0.02]), draw.pick("λ", [0.1, 0.2, 0.5])
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
    draw.saw("AdamW: largest difference", np.abs(ends[1] - meant).max())
    return ends[0][0] < meant - 0.05 and ends[0][1] > meant + 0.05 > np.abs(ends[1]).max() - 0.05


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
    return right[2] > max(right[0] - 0.02, right[1])


@claim("15.10", "Plain descent gains where nothing is broken, too")
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
    return right[1] > right[0]


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


@claim("15.10", "on ten other draws it helped in five", draws=1)
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


def raced(draw, names, beta=0.9):
    """Mean loss of each, at its own best rate."""
    X, _, y, _ = data(draw)
    ends = {}
    for name in names:
        rates = 10.0 ** (MIDDLE[name] + (HALVES if beta == 0.9 else HALVES - 0.5))
        loss, _ = ladder(
            draw,
            lambda theta, lr, name=name: MAKERS[name](theta, lr, beta),
            rates,
            X,
            y,
            starts=5,
            batch_size=64,
            epochs=8,
        )
        k = np.log(loss).mean(axis=0).argmin()
        ends[name] = draw.saw(f"loss of {name}", loss[:, k].mean())
    return ends


@claim("15.11", "Nesterov and Adam end lowest, plain descent highest")
def who_leads_and_who_is_last(draw):
    ends = raced(draw, MAKERS)
    order = sorted(ends, key=ends.get)
    return set(order[:2]) == {"Nesterov", "Adam"} and order[-1] == "plain"


@claim("15.11", "RMSProp and Adam lead, and momentum and Nesterov fall behind")
def with_a_longer_memory(draw):
    ends = raced(draw, ["momentum", "Nesterov", "RMSProp", "Adam"], 0.99)
    return set(sorted(ends, key=ends.get)[:2]) == {"RMSProp", "Adam"}


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
