"""Chapter 5: what the experiments on learning without a teacher say."""

import numpy as np

from dlcore.boltzmann import RBM
from dlcore.circuits import every_input
from dlcore.datasets import digits, split
from dlcore.hebbian import trajectory
from dlcore.hopfield import Hopfield, corrupt, overlap
from dlcore.losses import SoftmaxCrossEntropy
from dlcore.network import MLP
from dlcore.optimizers import Adam
from dlcore.spiking import STDP
from dlcore.teaching.chapters import paint_memory, spike_timing
from dlcore.teaching.chapters.boltzmann_machines import expected_cd, stack
from dlcore.teaching.chapters.enumeration import likelihood_gradient, log_likelihood
from tests.claims import claim

# ---------------------------------------------------------------- the memory of ten digits


@claim(
    "5.1",
    "Of pictures with ten pixels spoiled at random more than nine in ten are restored without an "
    "error, with sixteen about two thirds, and with thirty-two next to none",
    quick=True,
)
def ten_pixels_are_forgiven(draw):
    kept, net, shares = paint_memory.pictures(), paint_memory.memory("pseudo-inverse", 10), []
    for spoiled in (10, 16, 32):
        start = np.repeat(kept, 60, axis=0)
        for s in start:
            s[draw.rng.permutation(64)[:spoiled]] *= -1
        end = net.recall(start, seed=draw.seed).state
        shares.append((end == np.repeat(kept, 60, axis=0)).all(axis=1).mean())
        draw.saw(f"share restored, {spoiled} pixels spoiled", shares[-1])
    return shares[0] > 0.9 and 0.58 < shares[1] < 0.75 and shares[2] < 0.02


@claim("5.1", "With five it is already lost, even if you paint nothing.", quick=True)
def five_digits_are_lost(draw):
    end = paint_memory.memory("plain Hebb", 5).recall(paint_memory.pictures()[:5], seed=draw.seed)
    held = (end.state == paint_memory.pictures()[:5]).all(axis=1)
    return draw.saw("digits of five that stay", held.sum()) == 0


@claim(
    "5.1", "At $q = 0.3$ Hebb's product still strengthens the synapse, by chance alone", quick=True
)
def accidents_strengthen(draw):
    moments = draw.pick("moments", [300, 600, 1200])
    before, behind = draw.rng.random((2, 200, moments)) < 0.3
    product = (before & behind).sum(axis=1)
    covered = ((before - 0.3) * (behind - 0.3)).sum(axis=1)
    draw.saw("Hebb, a moment", product.mean() / moments)
    error = covered.std() / np.sqrt(200)
    return product.min() > 0 and abs(draw.saw("covariance, its errors", covered.mean() / error)) < 4


# ---------------------------------------------------------------- Hebb and Oja


def cloud(draw, correlation, n=400):
    X = draw.rng.multivariate_normal([0, 0], [[1, correlation], [correlation, 1]], n)
    X -= X.mean(axis=0)
    return X, np.linalg.eigh(X.T @ X)[1][:, -1]


@claim(
    "5.2",
    "Hebb's and the covariance rule turn to the axis and explode, also with centred inputs; Oja's "
    "ends on it with length 1.",
    quick=True,
)
def only_oja_settles(draw):
    X, axis = cloud(draw, draw.pick("correlation", [0.6, 0.8, 0.9]))
    start = draw.rng.normal(size=2)
    for rule in ("hebb", "covariance", "oja"):
        w = trajectory(rule, X, start, lr=0.01, epochs=6, seed=draw.number)[-1]
        length = np.linalg.norm(w)
        turned = abs(w @ axis) / length > 0.98
        explodes = length > 1e5
        if not turned or explodes == (rule == "oja"):
            return False
    return abs(draw.saw("length with Oja's rule", length) - 1) < 0.15


@claim(
    "5.2",
    "With the mean moved away, Oja's rule ends near $(0, 1)$, the direction of the *mean*.",
    quick=True,
)
def oja_follows_the_mean(draw):
    X, _ = cloud(draw, draw.pick("correlation", [0.3, 0.6, 0.9]))
    w = trajectory("oja", X + [0, 3], draw.rng.normal(size=2), 0.01, 4, seed=draw.number)[-1]
    return draw.saw("|cos| to the mean", abs(w[1]) / np.linalg.norm(w)) > 0.97


# ---------------------------------------------------------------- spikes

RULE = STDP(A_plus=0.03, A_minus=0.036)


@claim(
    "5.3",
    "nearly all cells end up answering nearly all repetitions, and in the median within the first "
    "ten milliseconds",
)
def the_pattern_is_found(draw):
    every = draw.pick("ms between two patterns", [150, 175])
    found = spike_timing.find_pattern(RULE, starts=16, every=every, seed=draw.seed)
    late = spike_timing.answers(found, since=9000)
    draw.saw("cells that answer at least 80 %", (late["answered"] >= 0.8).mean())
    latency = draw.saw("median latency, ms", np.nanmedian(late["latency"]))
    return (late["answered"] >= 0.8).mean() >= 0.8 and latency <= 10


@claim("5.3", "the strong synapses tend to belong to afferents that fire early in the pattern")
def the_early_are_strong(draw):
    found = spike_timing.find_pattern(RULE, starts=16, seed=draw.seed)
    moments = [when[w > 0.5].mean() for when, w in zip(found.when, found.weights, strict=True)]
    early = draw.saw("cells whose strong ones are early", (np.array(moments) < 24.5).mean())
    return early > 0.5 and draw.saw("mean moment of the strong, ms", np.median(moments)) < 24.5


@claim("5.3", "in the median about seven spikes in ten lie in the pattern")
def some_spikes_are_false(draw):
    late = spike_timing.answers(spike_timing.find_pattern(RULE, seed=draw.seed), since=9000)
    return 0.6 < draw.saw("share of the spikes in the pattern", np.median(late["inside"])) < 0.85


@claim("5.3", "answers the stretches no more often than any other 50 ms")
def without_a_pattern_by_chance(draw):
    found = spike_timing.find_pattern(RULE, same=False, starts=24, seed=draw.seed)
    late = spike_timing.answers(found, since=9000)["answered"].mean()
    begins = found.begins[found.begins >= 9000]
    elsewhere = np.concatenate([found.spikes[t + 50 : t + 100] for t in begins[:-1]])
    by_chance = elsewhere.reshape(len(begins) - 1, 50, -1).any(axis=1).mean()
    rate = draw.saw("spikes a second", 1000 * found.spikes[9000:].mean())
    draw.saw("stretches answered", late)
    return draw.saw("more than other stretches of 50 ms", late - by_chance) < 0.03 and rate < 9


OTHERS = [
    dict(threshold=6.0),
    dict(threshold=10.0),
    dict(tau=5.0),
    dict(tau=20.0),
    dict(every=250),
    dict(A=0.01),
    dict(A=0.06),
]


@claim(
    "5.3",
    "With a threshold of 6 or 10, a leak of 5 or 20 ms, steps a third or twice as large, or longer "
    "gaps, most cells still find the pattern.",
)
def other_settings_find_it(draw):
    setting = dict(draw.pick("setting", OTHERS))
    A = setting.pop("A", 0.03)
    rule = STDP(A_plus=A, A_minus=1.2 * A)
    found = spike_timing.find_pattern(rule, starts=12, seed=draw.seed, **setting)
    answered = spike_timing.answers(found, since=9000)["answered"]
    return draw.saw("cells that answer at least 80 %", (answered >= 0.8).mean()) > 0.5


@claim(
    "5.3",
    "With $A_- = A_+$ the cell fires at everything, new stretches too, and with "
    "$A_- = 1.5\\, A_+$ about a third of the cells find nothing",
)
def the_loss_matters(draw):
    equal, large = (STDP(A_plus=0.03, A_minus=0.03 * ratio) for ratio in (1, 1.5))
    new = spike_timing.find_pattern(equal, same=False, starts=12, seed=draw.seed)
    all_new = draw.saw("new stretches", spike_timing.answers(new, 9000)["answered"].min())
    lost = spike_timing.find_pattern(large, starts=36, seed=draw.seed)
    answered = spike_timing.answers(lost, since=9000)["answered"]
    return all_new > 0.9 and 0.15 < draw.saw("lost cells, 1.5", (answered < 0.5).mean()) < 0.5


# ---------------------------------------------------------------- Hopfield


def mixed_starts(draw, stored, N=200, n=300):
    """From where the starts mixed from three memories come, and where they end."""
    x, place = draw.rng.choice([-1.0, 1.0], (stored, N)), draw.rng.random(N)
    shares = np.sort(draw.rng.random((n, 2)), axis=1)
    starts = np.array(
        [np.where(place < a, x[0], np.where(place < b, x[1], x[2])) for a, b in shares]
    )
    end = Hopfield(x).recall(starts, seed=draw.seed).state
    at_start, at_end = (overlap(s[:, None], x[:3]) for s in (starts, end))
    nearest = np.take_along_axis(at_end, at_start.argmax(axis=1)[:, None], axis=1)[:, 0] == 1
    return nearest.mean(), (overlap(end, np.sign(x[:3].sum(axis=0))) == 1).mean()


@claim(
    "5.4",
    "With three memories between six and nine in ten starts end in the nearest one, and the rest "
    "in a fourth valley",
    quick=True,
)
def three_memories_and_their_mixture(draw):
    nearest, mixture = mixed_starts(draw, 3, draw.pick("N", [200, 400]))
    draw.saw("in the nearest", nearest)
    draw.saw("in the mixture", mixture)
    return 0.6 < nearest < 0.9 and nearest + mixture > 0.97


@claim("5.4", "With ten, between half and nine in ten starts still end in the nearest", quick=True)
def ten_memories(draw):
    return 0.5 < draw.saw("in the nearest", mixed_starts(draw, 10)[0]) < 0.93


@claim("5.4", "With twenty-five, one for eight units, fewer than six in ten find the nearest")
def overcrowded(draw):
    N = draw.pick("N", [200, 400])
    return draw.saw("in the nearest", mixed_starts(draw, N // 8, N)[0]) < 0.6


def settled(draw, N, load):
    x = draw.rng.choice([-1.0, 1.0], (round(load * N), N))
    return overlap(Hopfield(x).recall(x, sweeps=60, synchronous=True).state, x)


@claim("5.5", "the larger the network the steeper")
def a_cliff(draw):
    drops = []
    for N, draws in ((50, 24), (200, 6), (800, 1)):
        means = [np.mean([settled(draw, N, a).mean() for _ in range(draws)]) for a in (0.1, 0.2)]
        drops.append(draw.saw(f"fall from load 0.1 to 0.2, N = {N}", means[0] - means[1]))
    return drops[0] < drops[1] < drops[2]


@claim(
    "5.5",
    "at 0.16 about half of the memories of the large network keep an overlap above 0.9, at 0.2 "
    "next to none",
)
def two_kinds_of_memories(draw):
    kept = [(settled(draw, 800, load) > 0.9).mean() for load in (0.16, 0.2)]
    draw.saw("share above 0.9 at load 0.16", kept[0])
    return 0.3 < kept[0] < 0.75 and draw.saw("at load 0.2", kept[1]) < 0.15


@claim("5.5", "at $0.138\\,N$ next to no memory is exactly stable", quick=True)
def hardly_any_is_exact(draw):
    N = draw.pick("N", [1000, 1500])
    x = draw.rng.choice([-1.0, 1.0], (round(0.138 * N), N))
    stays = Hopfield(x).recall(x, sweeps=1, synchronous=True).state == x
    return draw.saw("share exactly stable", stays.all(axis=1).mean()) < 0.15


def alike(draw, m, stored=20, p=0.1, N=200):
    """Overlap after recall with plain, centred and pseudo-inverse weights."""
    off, found = 1 - np.eye(N), []
    x = np.where(draw.rng.random((stored, N)) < (1 + m) / 2, 1.0, -1.0)
    start = corrupt(x, p, draw.rng)
    for products in (
        x.T @ x,
        (x - x.mean()).T @ (x - x.mean()),
        N * x.T @ np.linalg.solve(x @ x.T, x),
    ):
        net = Hopfield(x)
        net.products = off * products
        found.append(overlap(net.recall(start, 10, True).state, x).mean())
    return found


@claim(
    "5.6",
    "With twenty patterns, a tenth of the units turned, the plain rule fails from $m = 0.3$ on",
    quick=True,
)
def alike_is_fatal(draw):
    low = np.mean([alike(draw, 0.1)[0] for _ in range(5)])
    high = [np.mean([alike(draw, m)[0] for _ in range(5)]) for m in (0.3, 0.4, 0.5, 0.6)]
    draw.saw("overlap at 0.1", low)
    return low > 0.95 and draw.saw("largest overlap from 0.3 on", max(high)) < 0.7


@claim(
    "5.6",
    "Centring still gives an overlap above 0.8 at $m = 0.3$ and fails later; the pseudo-inverse "
    "recalls all of them throughout.",
    quick=True,
)
def centring_helps_a_little(draw):
    at = [np.mean([alike(draw, m) for _ in range(8)], axis=0) for m in (0.3, 0.6)]
    draw.saw("centred at 0.3", at[0][1])
    draw.saw("centred at 0.6", at[1][1])
    inverse = min(at[0][2], at[1][2])
    return at[0][1] > 0.8 and at[1][1] < 0.6 and draw.saw("pseudo-inverse", inverse) > 0.99


# ---------------------------------------------------------------- Boltzmann machines


@claim("5.7", "CD-1 points roughly the right way and is too short", quick=True)
def cd_is_too_short(draw):
    scale = draw.pick("size of the parameters", [1, 2, 3])
    rbm = RBM(4, 3, dtype="float64")
    rbm.theta[...] = scale * draw.rng.normal(size=rbm.theta.size)
    v = draw.rng.integers(0, 2, (6, 4)).astype(float)
    exact, g = likelihood_gradient(rbm, v), expected_cd(rbm, v)
    lengths = np.linalg.norm(g), np.linalg.norm(exact)
    cosine = draw.saw("cosine", g @ exact / lengths[0] / lengths[1])
    return cosine > 0.8 and draw.saw("length", lengths[0] / lengths[1]) < 1


def pictures(draw):
    """Pictures and labels to learn from, held out for the choice of rates, and for the test."""
    X, y = digits()
    A, B, a, b = split(X.astype("float32"), y, test=0.25, seed=draw.seed)
    A, H, a, held = split(A, a, test=0.2, seed=draw.seed)
    return A, a, H, held, B, b


def trained(draw, A, seed, k=1, lr=0.4, persistent=False, epochs=15):
    rbm = RBM(64, 12, seed=draw.seed + seed)
    rbm.fit(A, epochs=epochs, lr=lr, k=k, persistent=persistent, seed=draw.seed + seed)
    return rbm.to("numpy", "float64")


def scores(draw, k, persistent=False, starts=2):
    """The mean ln p of test pictures, at the rate that is best on held-out ones; and by pixels."""
    A, _, H, _, B, _ = ((part > 0.45).astype("float32") for part in pictures(draw))
    held = {
        lr: log_likelihood(trained(draw, A, 0, k, lr, persistent), H).mean()
        for lr in (0.1, 0.2, 0.4, 0.8)
    }
    lr = max(held, key=held.get)
    found = [
        log_likelihood(trained(draw, A, seed, k, lr, persistent), B).mean()
        for seed in range(1, starts + 1)
    ]
    often = A.mean(axis=0).clip(0.002, 0.998)
    alone = (B * np.log(often) + (1 - B) * np.log(1 - often)).sum(axis=1).mean()
    return np.mean(found), alone


@claim(
    "5.8",
    "All three give new pictures at least ten times the probability that the single pixels give "
    "them",
)
def better_than_single_pixels(draw):
    k, persistent = draw.pick("k, persistent", [(1, False), (5, False), (1, True)])
    mean, alone = scores(draw, k, persistent)
    return draw.saw("gain in ln p", mean - alone) > np.log(10)


@claim("5.8", "CD-5, five times as costly, is no better than CD-1 after these fifteen epochs")
def more_rounds_gain_nothing(draw):
    one, five = scores(draw, 1)[0], scores(draw, 5)[0]
    return draw.saw("ln p, CD-5 less CD-1", five - one) < 0.3


# ---------------------------------------------------------------- deep belief nets


def two_floors(first, second, v):
    """ln p(v) of a deep belief net: second makes the hidden units of first."""
    h = every_input(12)
    top = -second.free_energy(h)
    on = first.visible(h)
    below = v @ np.log(on).T + (1 - v) @ np.log(1 - on).T
    return np.logaddexp.reduce(below + top, axis=1) - np.logaddexp.reduce(top)


@claim(
    "5.9",
    "The second floor raises the probability of new pictures, about as much as fifteen more epochs "
    "of the first alone.",
)
def a_second_floor(draw):
    A, _, _, _, B, _ = ((part > 0.45).astype("float32") for part in pictures(draw))
    lr = draw.pick("rate of the second", [0.02, 0.05])
    gains = []
    for seed in range(2):
        first = trained(draw, A, seed)
        second = RBM(12, 64, dtype="float64")
        second.W[...], second.a[...], second.b[...] = first.W.T, first.b, first.a
        base = log_likelihood(first, B).mean()
        if abs(two_floors(first, second, B).mean() - base) > 1e-8:
            return False
        second.fit(first.hidden(A.astype("float64")), epochs=15, lr=lr, seed=draw.seed + seed)
        longer = log_likelihood(trained(draw, A, seed, epochs=30), B).mean()
        gains.append((two_floors(first, second, B).mean() - base, longer - base))
    second, longer = np.mean(gains, axis=0)
    draw.saw("gain by a second floor", second)
    return second > 0 and abs(second - draw.saw("by more epochs", longer)) < 0.4


# ---------------------------------------------------------------- pretraining

RATES, DRAWN = [0.01, 0.03, 0.06, 0.2], 3


def taught(draw, way, m, budgets, depth=4, width=32, epochs=40):
    """The mean accuracy of three networks after each budget, at the rate best on held-out ones."""
    A, a, H, held, B, b = pictures(draw)
    seeds = [draw.seed + s for s in range(DRAWN) for _ in RATES]
    sizes = [64, 10] if way == "pixels" else [64, *[width] * depth, 10]
    nets = MLP(sizes, activation="sigmoid", init="glorot", copies=len(seeds), seed=seeds)
    if way == "pretrained":
        hidden = [params for params in nets.params if len(params)][:-1]
        machines = [stack(A, [width] * depth, epochs, seed=draw.seed + s) for s in range(DRAWN)]
        for e in range(len(seeds)):
            for rbm, (W, bias) in zip(machines[e // len(RATES)], hidden, strict=True):
                W[e], bias[e, 0] = rbm.W, rbm.b
    chosen = []
    for s in range(DRAWN):
        rng = np.random.default_rng(draw.seed + s)
        rows = [rng.permutation(np.flatnonzero(a == k))[:m] for k in range(10)]
        chosen += [np.concatenate(rows)] * len(RATES)
    shown, label, found = A[np.array(chosen)], np.repeat(np.arange(10), m), []
    adam = Adam(nets.theta, lr=np.tile(np.float32(RATES), DRAWN)[:, None])
    for t in range(1, max(budgets) + 1):
        batch = draw.rng.permutation(10 * m)[:50]
        adam.step(nets.gradient(SoftmaxCrossEntropy(), shown[:, batch], label[batch]))
        if t in budgets:
            right = [
                (nets(pictures).argmax(axis=-1) == labels).mean(axis=-1).reshape(DRAWN, -1)
                for pictures, labels in ((H, held), (B, b))
            ]
            found.append(right[1][:, right[0].mean(axis=0).argmax()].mean())
    return found


@claim(
    "5.9",
    "With four hidden layers and fifty labels per digit, more than half of the gap at 100 steps is "
    "gone at 500",
)
def most_of_it_was_speed(draw):
    ready = taught(draw, "pretrained", 50, [100, 500])
    plain = taught(draw, "random", 50, [100, 500])
    early = draw.saw("gap after 100 steps", ready[0] - plain[0])
    late = draw.saw("gap after 500 steps", ready[1] - plain[1])
    return early > 0.05 and late < early / 2


@claim("5.9", "end between five hundredths behind the random start and twelve ahead")
def few_labels(draw):
    ready, plain = (taught(draw, way, 5, [500])[0] for way in ("pretrained", "random"))
    return -0.05 < draw.saw("gap", ready - plain) < 0.12


@claim(
    "5.9",
    "**end between five hundredths behind the random start and twelve ahead**, mostly ahead.",
    least=0.6,
)
def few_labels_mostly_gain(draw):
    ready, plain = (taught(draw, way, 5, [500])[0] for way in ("pretrained", "random"))
    return draw.saw("gap", ready - plain) > 0


@claim(
    "5.9",
    "with two hidden layers and five or fifty labels there is next to no difference after 500 "
    "steps",
)
def two_layers_need_no_help(draw):
    m = draw.pick("labels per digit", [5, 50])
    ready, plain = (taught(draw, way, m, [500], depth=2)[0] for way in ("pretrained", "random"))
    return abs(draw.saw("gap", ready - plain)) < 0.03


@claim("5.9", "after two epochs per layer, pretraining is worse than none with four hidden layers")
def a_small_budget_hurts(draw):
    m = draw.pick("labels per digit", [5, 50])
    ready = taught(draw, "pretrained", m, [500], epochs=2)[0]
    return draw.saw("gap", ready - taught(draw, "random", m, [500])[0]) < -0.02


@claim(
    "5.9",
    "Softmax on the bare pixels is at least as good as all the networks with hidden layers, with "
    "one or five labels per digit.",
)
def pixels_suffice(draw):
    m, depth = draw.pick("labels per digit", [1, 5]), draw.pick("hidden layers", [2, 4])
    deep = max(taught(draw, way, m, [500], depth)[0] for way in ("pretrained", "random"))
    return draw.saw("pixels less the best deep one", taught(draw, "pixels", m, [500])[0] - deep) > 0
