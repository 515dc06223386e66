"""Chapter 2: what the experiments of the history show."""

from functools import lru_cache

import numpy as np

from dlcore.activations import Sigmoid
from dlcore.datasets import digits, split
from dlcore.layers import Activation, Linear
from dlcore.losses import MeanSquaredError, SoftmaxCrossEntropy
from dlcore.metrics import accuracy
from dlcore.network import MLP, Network
from dlcore.noise import Dropout
from dlcore.normalization import BatchNorm
from dlcore.optimizers import Adam, Momentum
from dlcore.training import fit
from tests.claims import claim

# ---------------------------------------------------------------- 2.2, a unit and its steepness


def end_of_a_unit(steepness, x, target, rates, steps=150):
    """The loss of a unit after its steps, at its best rate."""
    b = np.full((len(rates), 1), -2.0)
    for _ in range(steps):
        z = steepness * (x + b)
        y = Sigmoid()(z)
        step = np.mean((y - target) * steepness * Sigmoid().deriv(z, y), axis=1, keepdims=True)
        b = b - np.reshape(rates, (-1, 1)) * step
    y = Sigmoid()(steepness * (x + b))
    return 0.5 * np.mean((y - target) ** 2, axis=1).min()


@claim(
    "2.2",
    "at its own best rate, a unit with $s = 2$ ends with a smaller loss than one with $s = 0.5$, "
    "and one with $s = 100$ does not learn at any of the rates.",
    quick=True,
)
def a_steep_unit_hears_nothing(draw):
    noise = draw.pick("noise", [0.4, 0.6, 0.8])
    target = np.repeat([0.0, 1.0], 20)
    x = draw.rng.normal(2.5 * target - 2.0, noise)
    rates = np.geomspace(0.1, 10, 9)
    gentle, middle, steep = (end_of_a_unit(s, x, target, rates) for s in (0.5, 2, 100))
    start = 0.5 * np.mean((Sigmoid()(100 * (x - 2.0)) - target) ** 2)
    draw.saw("loss, s = 0.5", gentle)
    draw.saw("loss, s = 2", middle)
    return draw.saw("loss, s = 100", steep) > 0.9 * start and middle < gentle


# ---------------------------------------------------------------- 2.3, symmetry

PATTERNS = ((np.arange(64)[:, None] >> np.arange(5, -1, -1)) & 1).astype(float)
MIRRORED = (PATTERNS == PATTERNS[:, ::-1]).all(axis=1).astype(float)[:, None]


def symmetric(seed, rate, sweeps=4000, copies=20):
    """(patterns right after each sweep, outputs after 50 sweeps) of a stack of networks."""
    nets = Network(
        Linear(6, 2),
        Activation("sigmoid"),
        Linear(2, 1),
        Activation("sigmoid"),
        copies=copies,
        dtype="float64",
    )
    nets.theta[...] = np.random.default_rng(seed).uniform(-0.3, 0.3, nets.theta.shape)
    descent = Momentum(nets.theta, lr=rate * 64, mu=0.9)
    score, early = [], None
    for sweep in range(sweeps + 1):
        y = nets(PATTERNS)
        early = y if sweep == 50 else early
        score.append(((y > 0.5) == (MIRRORED > 0.5)).sum(axis=(1, 2)))
        descent.step(nets.gradient(MeanSquaredError(), PATTERNS, MIRRORED))
    return np.array(score), early


@lru_cache
def symmetric_share(seed, rate):
    return (symmetric(seed, rate)[0][-1] == 64).mean()


@claim(
    "2.3",
    "at the paper's rate, between a quarter and three quarters of the networks have learned "
    "symmetry after 4000 sweeps.",
)
def about_half_learn_symmetry(draw):
    return 0.25 <= draw.saw("share solved", symmetric_share(draw.seed, 0.1)) <= 0.75


@claim("2.3", "Then, within a few sweeps, a network jumps from 56 to 64.")
def the_jump_is_short(draw):
    score, _ = symmetric(draw.seed, 0.1)
    solved = score[:, score[-1] == 64]
    first = (solved == 64).argmax(axis=0)
    last = np.array([np.flatnonzero(one <= 56)[-1] for one in solved.T])
    return draw.saw("sweeps of the jump, median", np.median(first - last)) <= 20


@claim("2.13", "half of it, and every one of the twenty learns; twice of it, and none does.")
def it_is_the_rate(draw):
    low, high = symmetric_share(draw.seed, 0.05), symmetric_share(draw.seed, 0.2)
    draw.saw("share solved at 0.05", low)
    return low == 1 and draw.saw("share solved at 0.2", high) == 0


# ---------------------------------------------------------------- 2.6, three methods that listen

ROOT = 0.75**0.5
CENTRES = np.array([[0.0, 1.0], [ROOT, -0.5], [-ROOT, -0.5]])


@lru_cache
def heard(seed, noise, stay=0.95):
    """Shares of the test frames that are named correctly: one frame, five frames, the model."""
    rng = np.random.default_rng(seed)
    leaps = np.where(rng.random(4000) > stay, rng.integers(1, 3, 4000), 0)
    states = np.cumsum(leaps) % 3
    x = CENTRES[states] + noise * rng.standard_normal((4000, 2))
    shares = []
    for width in (1, 5):
        seen = np.concatenate([np.roll(x, k, axis=0) for k in range(width)], axis=1)
        best = 0.0
        for rate in (0.003, 0.01, 0.03):
            nets = MLP([2 * width, 16, 3], seed=seed, dtype="float64", copies=5)
            fit(
                nets,
                SoftmaxCrossEntropy(),
                Adam(nets.theta, lr=rate),
                seen[:2000],
                states[:2000],
                epochs=8,
                batch_size=64,
                progress=False,
            )
            best = max(best, float(np.median(accuracy(nets(seen[2000:]), states[2000:]))))
        shares.append(best)
    A = np.full((3, 3), (1 - stay) / 2)
    np.fill_diagonal(A, stay)
    likelihood = np.exp(-((x[:, None] - CENTRES) ** 2).sum(axis=-1) / (2 * noise**2))
    alpha, right = np.full(3, 1 / 3), 0
    for t, p in enumerate(likelihood):
        alpha = p * (alpha @ A)
        alpha /= alpha.sum()
        right += t >= 2000 and alpha.argmax() == states[t]
    return (*shares, right / 2000)


@claim("2.6", "A network that sees five frames makes up more than half of the difference.")
def five_frames_make_up_a_part(draw):
    one, five, model = heard(draw.seed, draw.pick("noise", [0.5, 1.0, 1.5, 2.0, 3.0]))
    return 0.5 < draw.saw("part made up", (five - one) / (model - one)) < 1


# ---------------------------------------------------------------- 2.7, data, compute, pretraining


def pictures(seed):
    """Digits: training pictures and labels, test pictures and labels."""
    X, y = digits()
    X_train, X_test, y_train, y_test = split(X, y, test=0.25, seed=seed)
    return X_train.astype("float32"), y_train, X_test.astype("float32"), y_test


@claim(
    "2.7",
    "for the same number of looks, from 3200 on, 400 pictures are better than 100, and 100 better "
    "than 25",
    quick=True,
)
def more_pictures_beat_more_passes(draw):
    X_train, y_train, X_test, y_test = pictures(draw.seed)
    looks = draw.pick("looks", [3200, 6400, 12_800])
    seen = []
    for n in (25, 100, 400):
        best = 0.0
        for rate in (0.03, 0.06, 0.12):
            nets = MLP([64, 32, 10], "relu", "he", seed=draw.seed, copies=5)
            fit(
                nets,
                SoftmaxCrossEntropy(),
                Momentum(nets.theta, lr=rate),
                X_train[:n],
                y_train[:n],
                epochs=looks // n,
                batch_size=64,
                progress=False,
            )
            best = max(best, float(np.median(accuracy(nets(X_test), y_test))))
        seen.append(draw.saw(f"accuracy, {n} pictures", best))
    return seen[0] < seen[1] < seen[2]


RATES, STARTS = [0.01, 0.03, 0.1], 5


def small(rng, n_out, n_in):
    return rng.normal(0, np.sqrt(0.5 / n_in), (n_out, n_in))


@lru_cache
def lessons(seed, depth, way, budget=60, epochs=60, labels=None):
    """Median test accuracy of five starts after the epochs, at the best of three rates."""
    X_train, y_train, X_test, y_test = pictures(seed)
    start = "he" if way in ("good start", "good start and dropout") else small
    layers, n = [], 64
    for _ in range(depth):
        layers.append(Linear(n, 32, start))
        layers += [BatchNorm(32)] if way == "batch normalisation" else []
        layers.append(Activation("relu"))
        layers += [Dropout(0.2)] if "dropout" in way else []
        n = 32
    seeds = [seed + k for k in range(STARTS)] * len(RATES)
    nets = Network(*layers, Linear(n, 10, start), copies=len(seeds), seed=seeds)
    if way == "pretrained":
        h = X_train
        for layer, (W, b) in enumerate([p for p in nets.params if len(p)][:-1]):
            n = h.shape[-1]
            coders = Network(
                Linear(n, 32, small),
                Activation("relu"),
                Linear(32, n),
                copies=STARTS,
                seed=seed + 1000 * layer,
            )
            fit(
                coders,
                MeanSquaredError(),
                Adam(coders.theta, lr=0.003),
                h,
                h,
                epochs=budget,
                batch_size=128,
                progress=False,
            )
            found_W, found_b = coders.params[0]
            h = np.maximum(h @ found_W.mT + found_b, 0)
            W[...] = np.concatenate([found_W] * len(RATES))
            b[...] = np.concatenate([found_b] * len(RATES))
    fit(
        nets,
        SoftmaxCrossEntropy(),
        Momentum(nets.theta, lr=np.repeat(np.float32(RATES), STARTS)[:, None]),
        X_train[:labels],
        y_train[:labels],
        epochs=epochs,
        batch_size=128 if labels is None else 25,
        progress=False,
    )
    right = np.reshape(accuracy(nets(X_test), y_test), (len(RATES), STARTS))
    return float(np.median(right, axis=1).max())


@claim(
    "2.7",
    "With five hidden layers and its own best rate *every* way learns the digits in 60 epochs, "
    "the plain network too.",
)
def at_five_layers_every_way_learns(draw):
    way = draw.pick("way", ["plain", "dropout", "good start", "pretrained", "batch normalisation"])
    return draw.saw("accuracy", lessons(draw.seed, 5, way)) > 0.9


@claim(
    "2.7",
    "With ten layers and 60 epochs, each at its best rate, networks from a good random start have "
    "learned the digits, and the plain ones lag far behind.",
)
def at_ten_layers_the_start_decides(draw):
    good = draw.saw("good start", lessons(draw.seed, 10, "good start"))
    return good > 0.9 and draw.saw("plain", lessons(draw.seed, 10, "plain")) < good - 0.2


@claim(
    "2.7",
    "Pretraining of 60 epochs a layer brings the same small weights above 0.85, and six epochs a "
    "layer do not",
)
def pretraining_needs_its_budget(draw):
    long = draw.saw("60 epochs a layer", lessons(draw.seed, 10, "pretrained"))
    return long > 0.85 >= draw.saw("6 epochs a layer", lessons(draw.seed, 10, "pretrained", 6))


@claim(
    "2.7",
    "With 50 labelled pictures, and all 1348 for pretraining without labels, neither pretraining "
    "nor dropout was better than a good start by five points.",
)
def few_labels_gain_nothing_here(draw):
    good = lessons(draw.seed, 2, "good start", epochs=120, labels=50)
    for way in ("pretrained", "good start and dropout"):
        gain = lessons(draw.seed, 2, way, epochs=120, labels=50) - good
        if draw.saw(f"gain, {way}", gain) >= 0.05:
            return False
    return True


# ---------------------------------------------------------------- 2.8, top-k


@claim("2.8", "The same network has one error rate or half of it", quick=True)
def a_second_guess_halves_the_error(draw):
    X_train, y_train, X_test, y_test = pictures(draw.seed)
    n, epochs = draw.pick("pictures and epochs", [(50, 60), (200, 60), (1348, 25)])
    nets = MLP([64, 32, 10], "relu", init="he", seed=draw.seed, copies=5)
    fit(
        nets,
        SoftmaxCrossEntropy(),
        Adam(nets.theta, lr=0.003),
        X_train[:n],
        y_train[:n],
        epochs=epochs,
        batch_size=32,
        progress=False,
    )
    scores = nets(X_test)
    own = np.take_along_axis(scores, np.broadcast_to(y_test[:, None], (5, len(y_test), 1)), axis=-1)
    rank = (scores > own).sum(axis=-1)
    first, second = (rank > 0).mean(), (rank > 1).mean()
    return draw.saw("error of two guesses / error of one", second / first) < 2 / 3
