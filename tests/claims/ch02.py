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
    "at its own best rate, a unit with $s = 4$ ends with a smaller loss than one with $s = 2$, and "
    "this with a smaller one than one with $s = 0.5$; one with $s = 100$ learns at none of the "
    "rates, unless a number happens to lie close to its threshold.",
    quick=True,
)
def a_steep_unit_hears_what_is_near(draw):
    noise = draw.pick("noise", [0.4, 0.6, 0.8])
    target = np.repeat([0.0, 1.0], 20)
    x = draw.rng.normal(2.5 * target - 2.0, noise)
    rates = np.geomspace(0.1, 10, 9)
    gentle, middle, steeper, steep = (end_of_a_unit(s, x, target, rates) for s in (0.5, 2, 4, 100))
    start = 0.5 * np.mean((Sigmoid()(100 * (x - 2.0)) - target) ** 2)
    draw.saw("loss, s = 0.5", gentle)
    draw.saw("loss, s = 2", middle)
    draw.saw("loss, s = 4", steeper)
    deaf = draw.saw("loss, s = 100", steep) > 0.9 * start
    near = draw.saw("distance of the number nearest to the threshold", np.abs(x - 2.0).min())
    return steeper < middle < gentle and (deaf or near < 0.15)


# ---------------------------------------------------------------- 2.3, symmetry

PATTERNS = ((np.arange(64)[:, None] >> np.arange(5, -1, -1)) & 1).astype(float)
MIRRORED = (PATTERNS == PATTERNS[:, ::-1]).all(axis=1).astype(float)[:, None]


@lru_cache
def symmetric(seed, rate, sweeps=4000, copies=20):
    """(patterns right after each sweep, the networks) of a stack of networks."""
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
    score = []
    for _ in range(sweeps + 1):
        score.append(((nets(PATTERNS) > 0.5) == (MIRRORED > 0.5)).sum(axis=(1, 2)))
        descent.step(nets.gradient(MeanSquaredError(), PATTERNS, MIRRORED))
    return np.array(score), nets


def symmetric_share(seed, rate):
    return (symmetric(seed, rate)[0][-1] == 64).mean()


@claim(
    "2.3",
    "at the paper's rate, between a quarter and four fifths of the networks have learned symmetry "
    "after 4000 sweeps.",
)
def about_half_learn_symmetry(draw):
    return 0.25 <= draw.saw("share solved", symmetric_share(draw.seed, 0.1)) <= 0.8


@claim("2.3", "Then, within a few sweeps, a network jumps from 56 to 64.")
def the_jump_is_short(draw):
    score, _ = symmetric(draw.seed, 0.1)
    solved = score[:, score[-1] == 64]
    first = (solved == 64).argmax(axis=0)
    last = np.array([np.flatnonzero(one <= 56)[-1] for one in solved.T])
    return draw.saw("sweeps of the jump, median", np.median(first - last)) <= 8


@claim("2.3", "The paper reports the ratio 1 : 2 : 4, and most of our solutions have it too")
def most_have_the_ratio(draw):
    score, nets = symmetric(draw.seed, 0.1)
    W = np.sort(np.abs(nets.params[0][0][score[-1] == 64, 0]), axis=-1)[:, ::2]
    ratio = W / W[:, :1]
    has = (np.abs(ratio - [1, 2, 4]) < [0.1, 0.1, 0.3]).all(axis=1)
    draw.saw("solutions", len(W))
    return draw.saw("share of 1 : 2 : 4", has.mean()) > 0.5


@claim(
    "2.13", "at half the rate every one of the twenty learns, at twice the rate hardly any does."
)
def it_is_the_rate(draw):
    low, high = symmetric_share(draw.seed, 0.05), symmetric_share(draw.seed, 0.2)
    draw.saw("share solved at 0.05", low)
    return low == 1 and draw.saw("share solved at 0.2", high) <= 0.1


@claim(
    "2.13",
    "With a rate of 0.2 its output is below 0.0001 for every pattern after 50 sweeps",
    quick=True,
)
def it_says_no_loudly(draw):
    _, nets = symmetric(draw.seed, draw.pick("rate", [0.2, 0.3]), sweeps=50)
    return draw.saw("largest output", nets(PATTERNS).max()) < 1e-4


# ---------------------------------------------------------------- 2.6, three methods that listen

ROOT = 0.75**0.5
CENTRES = np.array([[0.0, 1.0], [ROOT, -0.5], [-ROOT, -0.5]])


@lru_cache
def heard(seed, noise, stay):
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
    return *shares, (guess(x, noise, stay) == states)[2000:].mean()


def guess(x, noise, stay):
    """What the hidden Markov model says to each frame."""
    A = np.full((3, 3), (1 - stay) / 2)
    np.fill_diagonal(A, stay)
    squares = ((x[:, None] - CENTRES) ** 2).sum(axis=-1)
    squares -= squares.min(axis=1, keepdims=True)
    alpha, said = np.full(3, 1 / 3), []
    for p in np.exp(-squares / (2 * noise**2)):
        alpha = p * (alpha @ A)
        alpha /= alpha.sum()
        said.append(alpha.argmax())
    return np.array(said)


@claim(
    "2.6",
    "With noise up to 2, a network that sees five frames makes up more than half of the "
    "difference.",
)
def five_frames_make_up_a_part(draw):
    noise, stay = draw.pick("noise", [0.5, 1.0, 1.5, 2.0]), draw.pick("stay", [0.8, 0.95])
    one, five, model = heard(draw.seed, noise, stay)
    return 0.5 < draw.saw("part made up", (five - one) / (model - one))


@claim("2.6", "most clearly at medium noise", quick=True)
def medium_noise_is_best_for_the_model(draw):
    stay = draw.pick("stay", [0.8, 0.95, 0.98])
    leaps = np.where(draw.rng.random(8000) > stay, draw.rng.integers(1, 3, 8000), 0)
    states, gain = np.cumsum(leaps) % 3, []
    for noise in (0.25, 1.5, 6.0):
        x = CENTRES[states] + noise * draw.rng.standard_normal((8000, 2))
        nearest = ((x[:, None] - CENTRES) ** 2).sum(axis=-1).argmin(axis=1)  # the best of one frame
        lead = (guess(x, noise, stay) == states).mean() - (nearest == states).mean()
        gain.append(draw.saw(f"lead at noise {noise:g}", lead))
    return gain[1] > gain[0] and gain[1] > gain[2]


# ---------------------------------------------------------------- 2.7, data, compute, pretraining


def pictures(seed):
    """Digits: training pictures and labels, test pictures and labels."""
    X, y = digits()
    X_train, X_test, y_train, y_test = split(X, y, test=0.25, seed=seed)
    return X_train.astype("float32"), y_train, X_test.astype("float32"), y_test


def best_of(draw, n, looks, rates):
    """Accuracy after so many looks at n pictures, the median of five starts at the best rate."""
    X_train, y_train, X_test, y_test = pictures(draw.seed)
    best = 0.0
    for rate in rates:
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
    return draw.saw(f"accuracy, {n} pictures", best)


@claim(
    "2.7",
    "for the same number of looks, from 3200 on, 400 pictures are better than 100, and 100 better "
    "than 25",
)
def more_pictures_beat_more_passes(draw):
    looks = draw.pick("looks", [3200, 6400, 12_800, 25_600])
    seen = [best_of(draw, n, looks, (0.03, 0.06, 0.12)) for n in (25, 100, 400)]
    return seen[0] < seen[1] < seen[2]


@claim("2.7", "with only 200, 25 pictures are better than 100", quick=True)
def few_looks_go_to_few_pictures(draw):
    rates = (0.06, 0.12, 0.25, 0.5, 1.0)
    return best_of(draw, 25, 200, rates) > best_of(draw, 100, 200, rates)


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
    "Pretraining of 60 epochs a layer brings the same small weights above 0.85, and one of six "
    "epochs does not",
)
def pretraining_needs_its_budget(draw):
    long = draw.saw("60 epochs a layer", lessons(draw.seed, 10, "pretrained"))
    return long > 0.85 >= draw.saw("6 epochs a layer", lessons(draw.seed, 10, "pretrained", 6))


@claim(
    "2.7",
    "With 50 labelled pictures, and all 1348 for pretraining without labels, neither pretraining "
    "nor dropout was better than a good start by five percentage points, with two hidden layers or "
    "five.",
)
def few_labels_gain_nothing_here(draw):
    depth = draw.pick("hidden layers", [2, 5])
    good = lessons(draw.seed, depth, "good start", epochs=120, labels=50)
    for way in ("pretrained", "good start and dropout"):
        gain = lessons(draw.seed, depth, way, epochs=120, labels=50) - good
        if draw.saw(f"gain, {way}", gain) >= 0.05:
            return False
    return True


# ---------------------------------------------------------------- 2.8, top-k


def errors(seed, n, epochs):
    """Errors with one guess and with two, the mean of five networks that saw n digits."""
    X_train, y_train, X_test, y_test = pictures(seed)
    nets = MLP([64, 32, 10], "relu", init="he", seed=seed, copies=5)
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
    return (rank > 0).mean(), (rank > 1).mean()


PICTURES = [(50, 60), (200, 60), (1348, 25)]  # and the epochs


@claim("2.8", "A second guess takes away a third of a network's errors or more", quick=True)
def a_second_guess_helps(draw):
    first, second = errors(draw.seed, *draw.pick("pictures and epochs", PICTURES))
    return draw.saw("error of two guesses / error of one", second / first) < 2 / 3


@claim("2.8", "In points the one with the fewest pictures gains most.", quick=True)
def who_knows_least_gains_most(draw):
    gains = [np.subtract(*errors(draw.seed, *one)) for one in PICTURES]
    for (n, _), gain in zip(PICTURES, gains, strict=True):
        draw.saw(f"points, {n} pictures", 100 * gain)
    return gains[0] == max(gains)


# ---------------------------------------------------------------- 2.10, whole numbers


def quantised(x, bits):
    scale = np.abs(x).max() / (2 ** (bits - 1) - 1)
    return np.round(x / scale).astype(int), scale


@claim(
    "2.10",
    "With 8 bits fewer than one digit in a hundred gets another name; with 2, most of what the "
    "network knew is gone.",
    quick=True,
)
def eight_bits_are_enough(draw):
    X, y = digits()
    X_train, X_test, y_train, y_test = split(X, y, test=0.25, seed=draw.seed)
    width, n = draw.pick("hidden units", [16, 32, 64]), draw.pick("pictures", [200, 1348])
    net = MLP([64, width, 10], "relu", init="he", seed=draw.seed, dtype="float64")
    fit(
        net,
        SoftmaxCrossEntropy(),
        Adam(net.theta, lr=0.003),
        X_train[:n],
        y_train[:n],
        epochs=60 if n < 1000 else 25,
        batch_size=32,
        progress=False,
    )
    first, second = (params for params in net.params if len(params))

    def names(bits):
        a = X_test
        for W, b in (first, second):
            (whole_W, scale_W), (whole_a, scale_a) = quantised(W, bits), quantised(a, bits)
            z = scale_W * scale_a * (whole_a @ whole_W.T) + b
            a = np.maximum(z, 0)
        return z.argmax(axis=1)

    exact = net(X_test).argmax(axis=1)
    changed = draw.saw("other names with 8 bits", (names(8) != exact).mean())
    kept = draw.saw("right with 2 bits", (names(2) == y_test).mean())
    return changed < 0.01 and kept < 0.5 * (exact == y_test).mean()
