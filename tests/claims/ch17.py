"""Chapter 17: what the experiments on over-fitting and regularisation say."""

from functools import cache

import numpy as np

from dlcore.activations import softmax
from dlcore.datasets import moons
from dlcore.losses import MeanSquaredError, SigmoidCrossEntropy, SoftmaxCrossEntropy
from dlcore.metrics import calibration
from dlcore.network import MLP
from dlcore.optimizers import Adam
from dlcore.regularizers import L2
from dlcore.teaching.chapters.overfitting import (
    FEW,
    OWN,
    WRONG,
    accuracies,
    bent,
    descents,
    digit_sets,
    mirrored,
    noisy_sine,
    randomised,
    stopping_point,
    train,
)
from dlcore.training import fit
from tests.claims import claim


def seeds(draw, count=10):
    """Seeds that no other draw uses."""
    return range(100 * draw.seed, 100 * draw.seed + count)


def sines(draw, n, noise, lams=(0.0,), rate=0.02, count=20):
    """Training and test errors (looks, 2, λ, seeds) of networks 1-n-n-1 on samples of 20 points."""
    own = seeds(draw, count)
    X, y = (np.tile(a, (len(lams), 1, 1)) for a in noisy_sine(20, noise, own))
    net = MLP([1, n, n, 1], copies=len(X), seed=[*own] * len(lams))
    x, errors = np.linspace(-1, 1, 101, dtype="float32")[:, None], []

    def look(epoch, history):
        if epoch % 50 == 0 or epoch in (8, 16, 32, 64):
            training = ((net(X.astype("float32")) - y) ** 2).mean(axis=(1, 2))
            distance = ((net(x) - np.sin(np.pi * x)) ** 2).mean(axis=(1, 2))
            errors.append(np.sqrt([training, distance + noise**2]))

    fit(net, MeanSquaredError(), Adam(net.theta, lr=rate), X, y, epochs=1000, batch_size=None,
        penalty=L2(np.repeat(lams, count)[:, None]), callback=look, progress=False)  # fmt: skip
    return np.reshape(errors, (len(errors), 2, len(lams), count))


@claim("17.1", "The training error falls far below the noise.")
def the_training_error_falls_below_the_noise(draw):
    noise = draw.pick("noise", [0.4, 0.5, 0.7, 1.0])
    end = sines(draw, draw.pick("units per layer", [24, 32, 48]), noise)[-1, 0, 0]
    return draw.saw("median training error / noise", np.median(end) / noise) < 0.6


@claim(
    "17.1", "the test error falls at first, together with the training error, then turns and rises"
)
def the_test_error_turns_and_rises(draw):
    noise, n = draw.pick("noise", [0.3, 0.4, 0.5, 0.6]), draw.pick("units per layer", [24, 32, 48])
    test = sines(draw, n, noise)[:, 1, 0]
    falls = (test.min(axis=0) < 0.95 * test[0]).mean()
    rises = (test[-1] > 1.05 * test.min(axis=0)).mean()
    return draw.saw("share that falls", falls) > 0.8 and draw.saw("share that rises", rises) > 0.8


@claim(
    "17.1",
    "$\\lambda = 0.01$ ends with a lower test error than none in at least four of five samples, at "
    "the price of a higher training error",
)
def a_penalty_lowers_the_test_error(draw):
    noise, rate = draw.pick("noise", [0.4, 0.5, 0.7]), draw.pick("rate", [0.01, 0.02])
    training, test = sines(draw, 32, noise, (0.0, 0.01), rate)[-1]
    higher = (training[1] > training[0]).mean()
    lower = draw.saw("share with a lower test error", (test[1] < test[0]).mean())
    return lower >= 0.8 and draw.saw("share with a higher training error", higher) >= 0.95


@claim("17.1", "Wide networks with much noise over-fit\nmost.")
def width_and_noise_over_fit(draw):
    n, noise = draw.pick("units per layer", [24, 32, 48]), draw.pick("noise", [0.4, 0.5, 0.6])
    rises = []
    for units, sigma in ((n, noise), (2, noise), (n, 0.1)):
        test = sines(draw, units, sigma)[:, 1, 0]
        rises.append(np.median(test[-1] / test.min(axis=0)))
    draw.saw("end / lowest test error, wide and noisy", rises[0])
    draw.saw("two units per layer", rises[1])
    return rises[0] > max(rises[1], draw.saw("noise 0.1", rises[2])) + 0.1


@claim("17.1", "the rise is small, and the same $\\lambda$ does harm")
def with_little_noise_a_penalty_does_harm(draw):
    n, rate = draw.pick("units per layer", [24, 32, 48]), draw.pick("rate", [0.01, 0.02])
    test = sines(draw, n, 0.1, (0.0, 0.01), rate)[:, 1]
    rise = np.median(test[-1, 0] / test[:, 0].min(axis=0))
    higher = draw.saw("share with a higher test error", (test[-1, 1] > test[-1, 0]).mean())
    return draw.saw("end / lowest test error", rise) < 1.25 and higher >= 0.8


@claim("17.1", "almost a flat line and does badly on both")
def a_strong_penalty_under_fits(draw):
    noise, n = draw.pick("noise", [0.1, 0.3, 0.5]), draw.pick("units per layer", [24, 32, 48])
    training, test = np.median(sines(draw, n, noise, (0.01, 0.1))[-1], axis=-1)
    draw.saw("training error, 0.1 / 0.01", training[1] / training[0])
    draw.saw("test error, 0.1 / 0.01", test[1] / test[0])
    return training[1] > 1.2 * training[0] and test[1] > 1.15 * test[0]


def moon_stack(draw, strengths, noise, width):
    """(J, R, right on fresh points) of ten networks for each strength, (3, strengths, 10)."""
    own, m = seeds(draw), len(strengths)
    X, y = (np.stack(a) for a in zip(*(moons(60, noise, s) for s in own), strict=True))
    new = (np.stack(a) for a in zip(*(moons(500, noise, s + 50) for s in own), strict=True))
    X, X_new = np.tile(X, (m, 1, 1)), np.tile(next(new), (m, 1, 1)).astype("float32")
    y, y_new = np.tile(y, (m, 1)), np.tile(next(new), (m, 1))
    penalty = L2(np.repeat(strengths, 10)[:, None])
    net = MLP([2, width, width, 1], copies=10 * m, seed=[*own] * m)
    targets = y[..., None].astype("float32")
    fit(net, SigmoidCrossEntropy(), Adam(net.theta, lr=0.02), X, targets, epochs=800,
        batch_size=None, penalty=penalty, progress=False)  # fmt: skip
    J = SigmoidCrossEntropy().value(net(X.astype("float32")), targets)
    R = penalty.value(net.theta[:, : net.n_weights])
    right = ((net(X_new)[..., 0] > 0) == y_new).mean(axis=1)
    return np.reshape([J, R, right], (3, m, 10)).mean(axis=2)


@claim(
    "17.2",
    "From $10^{-3}$ to $0.03$ the price goes up thirtyfold, and the bill not even threefold, "
    "because the network buys less",
)
def the_network_buys_less(draw):
    noise, width = draw.pick("noise", [0.3, 0.35, 0.4]), draw.pick("units per layer", [12, 16, 24])
    _, R, _ = moon_stack(draw, (1e-3, 3e-2), noise, width)
    return draw.saw("the larger bill / the smaller", R[1] / R[0]) < 3


@claim("17.2", "the middle of the ladder does best: $\\lambda = 0.01$ beats both ends")
def the_middle_of_the_ladder_is_best(draw):
    noise, width = draw.pick("noise", [0.3, 0.35, 0.4]), draw.pick("units per layer", [12, 16, 24])
    _, _, right = moon_stack(draw, (0.0, 1e-2, 1e-1), noise, width)
    draw.saw("points above none", 100 * (right[1] - right[0]))
    draw.saw("points above 0.1", 100 * (right[1] - right[2]))
    return right[1] > max(right[0], right[2])


def noisy(draw, n, wrong, count=10, test=1000):
    own = seeds(draw, count)
    (X, y), (X_test, y_test) = digit_sets([n, test], own)
    return X, randomised(y, wrong, draw.seed), X_test, y_test, own


@claim("17.3", "there they do equally well")
def decay_and_penalty_do_equally_well(draw):
    n, wrong = draw.pick("digits", [150, 200, 300]), draw.pick("random labels", [0.3, 0.4, 0.5])
    X, y, X_test, y_test, own = noisy(draw, n, wrong)
    best = [
        max(
            accuracies(train(X, y, method, strength, own), X_test, y_test).mean()
            for strength in ladder
        )
        for method, ladder in (("L2", (0.01, 0.03, 0.06)), ("decoupled decay", (0.3, 1.0, 2.0)))
    ]
    plain = accuracies(train(X, y, seeds=own), X_test, y_test).mean()
    draw.saw("gain of the penalty", 100 * (best[0] - plain))
    gap = draw.saw("decay less penalty, points", 100 * (best[1] - best[0]))
    return abs(gap) < 3 and min(best) > plain + 0.1


def stopped(draw, n, wrong, count=20, epochs=40):
    own = seeds(draw, count)
    (X, y), (X_v, y_v), (X_t, y_t) = digit_sets([n, 50, 450], own)
    y, y_v = randomised(y, wrong, draw.seed), randomised(y_v, wrong, draw.seed + 1)
    right, losses = [], []

    def look(epoch, history):
        right.append(net(X_t.astype("float32")).argmax(axis=-1) == y_t)
        losses.append(history.validation[-1])

    net = MLP([64, 32, 10], activation="relu", init="he", copies=count, seed=list(own))
    fit(net, SoftmaxCrossEntropy(), Adam(net.theta, lr=0.01), X, np.eye(10)[y], epochs=epochs,
        batch_size=4, validation=(X_v, np.eye(10)[y_v]), callback=look, progress=False)  # fmt: skip
    return np.array(losses).T, np.array(right).transpose(1, 0, 2)


@claim("17.4", "The report is too good by several points")
def a_test_set_that_chooses_is_too_good(draw):
    n, wrong = draw.pick("digits", [100, 150, 200]), draw.pick("random labels", [0.1, 0.2, 0.3])
    _, right = stopped(draw, n, wrong)
    small, fresh = right[:, :, :50].mean(axis=2), right[:, :, 50:].mean(axis=2)
    true = fresh[range(20), small.argmax(axis=1)]
    return draw.saw("points too good", 100 * (small.max(axis=1) - true).mean()) > 2


@claim("17.4", "patience 1 costs a few points, and from ten epochs on more patience brings nothing")
def a_little_patience_is_enough(draw):
    n, wrong = draw.pick("digits", [100, 150, 200]), draw.pick("random labels", [0.1, 0.2, 0.3])
    losses, right = stopped(draw, n, wrong)
    share = [
        np.mean([right[i, stopping_point(losses[i], p)[0] - 1].mean() for i in range(20)])
        for p in (1, 10, 30)
    ]
    draw.saw("points that patience 1 costs", 100 * (share[1] - share[0]))
    draw.saw("points that patience 30 brings", 100 * (share[2] - share[1]))
    return share[1] - share[0] > 0.01 and abs(share[2] - share[1]) < 0.015


@claim(
    "17.5",
    "One random mask alone does badly, ten together come near to the network without any, and a "
    "hundred do no better than it",
)
def a_crowd_of_masks(draw):
    p, n = draw.pick("p", [0.4, 0.5, 0.6]), draw.pick("digits", [150, 200, 300])
    X, y, X_test, y_test, own = noisy(draw, n, 0.0, 5, 500)
    net = train(X, y, "dropout", p, own)
    x = X_test.astype("float32")
    votes = np.cumsum([softmax(net.forward(x, train=True)[0]) for _ in range(100)], axis=0)
    right = [(votes[M - 1].argmax(axis=-1) == y_test).mean() for M in (1, 10, 100)]
    one = accuracies(net, x, y_test).mean()
    draw.saw("one mask, points below", 100 * (one - right[0]))
    draw.saw("ten masks, points below", 100 * (one - right[1]))
    draw.saw("a hundred masks, points below", 100 * (one - right[2]))
    return one - right[0] > 0.08 and one - right[1] < 0.05 and right[2] < one + 0.01


@claim("17.5", "The members of a crowd disagree, so that their mean is less sure.")
def a_crowd_is_less_sure(draw):
    p, n = draw.pick("p", [0.4, 0.5, 0.6]), draw.pick("digits", [150, 200, 300])
    X, y, X_test, y_test, own = noisy(draw, n, 0.0, 5, 500)
    net, x = train(X, y, "dropout", p, own), X_test.astype("float32")
    crowd = np.mean([softmax(net.forward(x, train=True)[0]) for _ in range(100)], axis=0)
    one = draw.saw("mean confidence of the one", softmax(net(x)).max(axis=-1).mean())
    return draw.saw("of a hundred masks", crowd.max(axis=-1).mean()) < one - 0.05


def calibrated(draw, n, eps, K=10):
    """Mean confidence, share right, mean calibration error of ten networks on fresh digits."""
    own = seeds(draw)
    (X, y), (X_test, y_test) = digit_sets([n, 400], own, K)
    p = softmax(train(X, y, "label smoothing", eps, own)(X_test.astype("float32"))).astype(float)
    said, right = np.minimum(p.max(axis=-1), 1), p.argmax(axis=-1) == y_test
    errors = [calibration(c, r.astype(int))[1] for c, r in zip(said, right, strict=True)]
    return said.mean(), right.mean(), np.mean(errors)


@claim(
    "17.6",
    "A little smoothing brings the two together, and more drives them apart on the other side",
)
def smoothing_helps_as_far_as_it_fits(draw):
    n = draw.pick("digits", [40, 50, 60])
    (said, right, none), few, many = (calibrated(draw, n, eps) for eps in (0.0, 0.02, 0.2))
    draw.saw("confidence less right, none", said - right)
    draw.saw("error with 0.02 / with none", few[2] / none)
    draw.saw("error with 0.2 / with none", many[2] / none)
    return said > right + 0.03 and few[2] < none and many[2] > none and many[0] < many[1]


@claim("17.6", "The share of right answers does not rise.")
def smoothing_brings_no_right_answers(draw):
    n, eps = draw.pick("digits", [40, 50, 60]), draw.pick("smoothing", [0.05, 0.1, 0.2, 0.4])
    plain, smoothed = (calibrated(draw, n, e)[1] for e in (0.0, eps))
    return draw.saw("points gained", 100 * (smoothed - plain)) < 0.5


@claim(
    "17.6",
    "With three classes there was hardly any over-confidence to begin with, and every "
    "$\\varepsilon$ does harm.",
)
def with_three_classes_smoothing_harms(draw):
    n = draw.pick("digits", [40, 50, 60])
    said, right, none = calibrated(draw, n, 0.0, 3)
    draw.saw("confidence less right, none", said - right)
    least = min(calibrated(draw, n, eps, 3)[2] for eps in (0.02, 0.05, 0.1, 0.2, 0.4))
    return abs(said - right) < 0.03 and draw.saw("least error with any / none", least / none) > 1


@cache
def memories(seed, n, wrong, lam):
    """(looks, 3): given labels answered, right in the test, seen through; means of ten."""
    own = range(100 * seed, 100 * seed + 10)
    (X, true), (X_test, y_test) = digit_sets([n, 500], own)
    y = randomised(true, wrong, seed)
    net, rows = MLP([64, 32, 10], activation="relu", init="he", copies=10, seed=list(own)), []

    def look(epoch, history):
        answers, out = net(X.astype("float32")).argmax(axis=-1), y != true
        seen = (out & (answers == true)).sum() / out.sum()
        rows.append([(answers == y).mean(), accuracies(net, X_test, y_test).mean(), seen])

    fit(net, SoftmaxCrossEntropy(), Adam(net.theta, lr=0.01), X, np.eye(10)[y], epochs=100,
        penalty=L2(lam), callback=look, progress=False)  # fmt: skip
    return np.array(rows)


@claim(
    "17.7",
    "a network that can memorise everything still learns what the digits have in common *first* "
    "and the exceptions later",
)
def patterns_come_first(draw):
    n, wrong = draw.pick("digits", [150, 200, 250]), draw.pick("random labels", [0.3, 0.4, 0.5])
    given, test, seen = memories(draw.seed, n, wrong, 0.0).T
    draw.saw("seen through, at best", seen.max())
    draw.saw("seen through, at the end", seen[-1])
    draw.saw("given labels at the end", given[-1])
    fallen = draw.saw("points lost in the test", 100 * (test.max() - test[-1]))
    return seen.max() > 0.5 and seen[-1] < 0.2 and given[-1] > 0.9 and fallen > 5


@claim("17.7", "With the penalty most wrong labels are not learned.")
def a_penalty_does_not_memorise(draw):
    n, wrong = draw.pick("digits", [150, 200, 250]), draw.pick("random labels", [0.3, 0.4, 0.5])
    given, test, seen = memories(draw.seed, n, wrong, 0.03).T
    draw.saw("seen through at the end", seen[-1])
    draw.saw("points lost in the test", 100 * (test.max() - test[-1]))
    return seen[-1] > 0.5 and test.max() - test[-1] < 0.05


def digits_once(N, wrong=0.0):
    def once(seed):
        (X, y), (X_test, y_test) = digit_sets([N, 500], [seed])
        targets = np.eye(10)[randomised(y, wrong, seed)][0]
        return X[0], targets, X_test[0], lambda out: (out.argmax(axis=1) != y_test[0]).mean()

    return once


@claim(
    "17.8",
    "Then it falls again, and with 2000 features it ends far below the best of the left part",
    quick=True,
)
def the_error_descends_twice(draw):
    N = draw.pick("digits", [80, 100, 150])
    numbers = [N // 10, N // 5, 2 * N // 5, 3 * N // 5, N, 2000]
    _, test = descents(digits_once(N), numbers, 0.0, seeds(draw))
    *left, peak, end = np.median(test, axis=0)
    draw.saw("best with fewer features", min(left))
    draw.saw("at P = N", peak)
    draw.saw("with 2000", end)
    return peak > 1.5 * min(left) and end < 0.7 * min(left)


@claim(
    "17.8", "a ridge flattens the peak, and the right one (here 1) leaves nothing of it", quick=True
)
def a_ridge_removes_the_peak(draw):
    N = draw.pick("digits", [80, 100, 150])
    numbers = [2 * N // 5, 3 * N // 5, N, 2 * N, 2000]
    _, test = descents(digits_once(N), numbers, 1.0, seeds(draw))
    middle = np.median(test, axis=0)
    return draw.saw("largest rise from one number to the next", np.diff(middle).max()) < 0.02


@claim("17.8", "With wrong labels the second descent wins by less.")
def wrong_labels_narrow_the_second_descent(draw):
    N, wrong = draw.pick("digits", [80, 100, 150]), draw.pick("random labels", [0.15, 0.2, 0.25])
    numbers, wins = [N // 5, 3 * N // 10, 2 * N // 5, 3 * N // 5, 2000], []
    for share in (0.0, wrong):
        _, test = descents(digits_once(N, share), numbers, 0.0, seeds(draw))
        *left, end = np.median(test, axis=0)
        wins.append(end / min(left))
    draw.saw("with 2000 / best of the left, right labels", wins[0])
    return draw.saw("the same with random labels", wins[1]) > 1.2 * wins[0]


@claim(
    "17.8",
    "On the noisy sine *more features do not bring the error back*: with 1000 it is still several "
    "times the best of the left part",
    quick=True,
)
def more_features_do_not_help_the_sine(draw):
    noise, N = draw.pick("noise", [0.2, 0.3, 0.5]), draw.pick("points", [30, 40, 60])

    def once(seed):
        (X,), (y,) = noisy_sine(N, noise, [seed])
        x = np.linspace(-1, 1, 201)[:, None]
        return X, y, x, lambda out: np.sqrt(((out - np.sin(np.pi * x)) ** 2).mean())

    _, test = descents(once, [8, 12, 20, N, 2 * N, 5 * N, 1000], 0.0, seeds(draw, 20))
    middle = np.median(test, axis=0)
    draw.saw("the worst / with 1000", middle.max() / middle[-1])
    return draw.saw("with 1000 / best of the left part", middle[-1] / middle[:3].min()) > 3


def versions(draw, n, change, count=20):
    X, y, X_test, y_test, own = noisy(draw, n, 0.0, count)
    plain = accuracies(train(X, y, seeds=own), X_test, y_test)
    parts = change(X)
    changed = train(np.concatenate(parts, axis=1), np.tile(y, len(parts)), seeds=own)
    return accuracies(changed, X_test, y_test) - plain


def a_little(X):
    return [bent(X, i, 1.5) for i in range(10)]


@claim("17.9", "With 20 and with 50 digits bending brings one to five points")
def bending_helps_where_digits_are_few(draw):
    gains = [100 * versions(draw, n, a_little).mean() for n in (20, 50)]
    draw.saw("points for 20 digits", gains[0])
    draw.saw("points for 50 digits", gains[1])
    return all(0.5 <= gain < 5.5 for gain in gains)


@claim("17.9", "with 200 hardly anything is left of it")
def with_enough_digits_nothing_is_left(draw):
    gain = versions(draw, draw.pick("digits", [180, 200, 250]), a_little).mean()
    return abs(draw.saw("points", 100 * gain)) < 1


@claim("17.9", "mirroring costs several points")
def mirroring_harms(draw):
    gain = versions(draw, draw.pick("digits", [30, 50, 80]), lambda X: [X, mirrored(X)])
    return draw.saw("points", 100 * gain.mean()) < -2


def contest(draw, task):
    n, wrong = task
    X, y, X_test, y_test, own = noisy(draw, n, wrong)
    plain = accuracies(train(X, y, seeds=own), X_test, y_test).mean()
    gains = {
        method: 100 * (accuracies(train(X, y, method, s, own), X_test, y_test).mean() - plain)
        for method, s in OWN[task].items()
    }
    for method, gain in gains.items():
        draw.saw(method, gain)
    return gains


@claim("17.10", "On the first task augmentation and a weak penalty help")
def two_methods_help_on_few_digits(draw):
    gains = contest(draw, FEW)
    helped = min(gains.pop("augmentation"), gains.pop("L2"))
    return helped > 0 and max(gains.values()) < 1


@claim(
    "17.10",
    "On the second task everything that keeps the network from learning single labels by heart "
    "brings eight to twenty points",
)
def five_methods_help_on_random_labels(draw):
    gains = contest(draw, WRONG)
    smoothing = gains.pop("label smoothing")
    return min(gains.values()) > 7.5 and max(gains.values()) < 21.5 and smoothing < 4
