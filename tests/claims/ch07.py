"""Chapter 7: what the experiments with features say."""

from functools import lru_cache

import numpy as np
from scipy.ndimage import correlate
from scipy.optimize import linprog
from sklearn.datasets import load_sample_images

from dlcore.datasets import boolean, digits, moons, split
from dlcore.losses import PerceptronCriterion, SoftmaxCrossEntropy
from dlcore.metrics import accuracy
from dlcore.network import MLP
from dlcore.optimizers import Adam
from dlcore.perceptron import LogisticUnit
from dlcore.photoperceptron import Photoperceptron
from dlcore.teaching.chapters import features, six_points
from dlcore.training import fit
from tests.claims import claim

STEPS = [(right, down) for right in (-1, 0, 1) for down in (-1, 0, 1)]


@lru_cache
def all_digits():
    return digits()


def distances(A, B):
    square = (A**2).sum(axis=1)[:, None] - 2 * A @ B.T + (B**2).sum(axis=1)
    return np.sqrt(np.maximum(square, 0))


def images(X):
    return X.reshape(-1, 8, 8)


def shifted(X, right=0, down=0):
    return features.moved(images(X), right, down).reshape(-1, 64)


def separable(X, y):
    rows = (2 * y - 1)[:, None] * np.column_stack([np.ones(len(X)), X])
    return linprog(
        np.zeros(rows.shape[1]), A_ub=-rows, b_ub=-np.ones(len(rows)), bounds=(None, None)
    ).success


def reader(draw, F, y, hidden=(), lr=0.05, epochs=100, batch_size=None, copies=None):
    net = MLP(
        [F.shape[1], *hidden, 10], activation="relu", init="he", copies=copies, seed=draw.seed
    )
    fit(
        net,
        SoftmaxCrossEntropy(),
        Adam(net.theta, lr=lr),
        F,
        y,
        epochs=epochs,
        batch_size=batch_size,
        progress=False,
    )
    return lambda F: net(F).argmax(axis=-1)


def strangers(X, y):
    return np.where(y[:, None] != y, distances(X, X), np.inf).argmin(axis=1)


def two_shares(answers, X, y, moved=shifted):
    own = answers(X)
    right = own == y
    kept = [(answers(moved(X, *step)) == own).mean() for step in STEPS if any(step)]
    return (right & right[..., strangers(X, y)]).mean(), np.mean(kept)


def pieces(draw, test=0.3):
    return split(*all_digits(), test=test, seed=draw.seed)


def nine_copies(X, y, moved=shifted):
    return np.concatenate([moved(X, *step) for step in STEPS]), np.tile(y, 9)


def nearest(A, a):
    return lambda F: a[distances(F, A).argmin(axis=1)]


# ---------------------------------------------------------------- 7.1


def nearer_strangers(draw, step):
    X, y = all_digits()
    keep = draw.rng.permutation(len(X))[: int(draw.pick("digits", [1500, 1650, 1797]))]
    X, y = X[keep], y[keep]
    nearest = np.where(y[:, None] != y, distances(X, X), np.inf).min(axis=1)
    own = np.linalg.norm(shifted(X, *step) - X, axis=1)
    return draw.saw("share with a nearer stranger", (own > nearest).mean())


@claim(
    "7.1", "For a step of one pixel to the side the answer is: for every single one.", quick=True
)
def every_stranger_is_nearer_after_a_step_aside(draw):
    return nearer_strangers(draw, (draw.pick("to the right", [-1, 1]), 0)) == 1


@claim(
    "7.1", "for all but three digits in a hundred the stranger is nearer than the copy", quick=True
)
def nearly_every_stranger_is_nearer_after_a_step_up(draw):
    return 0.95 < nearer_strangers(draw, (0, draw.pick("down", [-1, 1]))) < 0.99


CHANGES = {  # what changes, by how much, and how many in a hundred the chapter says
    "turned": (features.turned, [10, 20], [37, 84]),
    "drawn smaller": (features.shrunk, [0.9, 0.8], [66, 89]),
    "paler": (features.dimmed, [0.7, 0.5], [1, 59]),
    "blotted": (features.blotted, [1, 2], [0, 67]),
}


def nearer_than_the_copy(X, y, copies):
    near = np.where(y[:, None] != y, distances(X, X), np.inf).min(axis=1)
    return (np.linalg.norm(copies.reshape(-1, 64) - X, axis=1) > near).mean()


@claim(
    "7.1",
    "Turned by 10 or 20 degrees, 37 and 84 digits in a hundred are farther from their copy than "
    "from a stranger; drawn at 0.9 or 0.8 of their size, 66 and 89; with 0.7 or 0.5 of their ink, "
    "1 and 59; with a blot of one pixel none, and with one of two by two, 67.",
    quick=True,
)
def other_changes_do_it_by_degrees(draw):
    X, y = all_digits()
    keep = draw.rng.permutation(len(X))[:1700]
    change, amounts, said = CHANGES[draw.pick("change", list(CHANGES))]
    shares = [nearer_than_the_copy(X[keep], y[keep], change(images(X[keep]), a)) for a in amounts]
    for amount, share in zip(amounts, shares, strict=True):
        draw.saw(f"{change.__name__} {amount}", share)
    return np.abs(100 * np.array(shares) - said).max() < 5


@claim(
    "7.1",
    "Each of them alone, if it is large enough, moves most pictures further through the space of "
    "pixels than the step from one class to the next.",
    quick=True,
)
def every_change_is_enough_if_it_is_large(draw):
    X, y = all_digits()
    keep = draw.rng.permutation(len(X))[:1700]
    f, amount = {
        "turned": (features.turned, draw.rng.choice([-25, -20, 20, 25])),
        "drawn smaller": (features.shrunk, draw.rng.uniform(0.6, 0.8)),
        "paler": (features.dimmed, draw.rng.uniform(0.3, 0.5)),
        "blotted": (features.blotted, draw.rng.choice([2, 3])),
    }[draw.pick("change", list(CHANGES))]
    share = nearer_than_the_copy(X[keep], y[keep], f(images(X[keep]), amount))
    return draw.saw("share with a nearer stranger", share) > 0.5


@claim(
    "7.1",
    "the copy, moved by one, has two thirds of its ink in common with the original; the nearest "
    "stranger, written in the middle of the square like our digit, has seven eighths",
    quick=True,
)
def the_stranger_shares_more_ink(draw):
    X, y = all_digits()
    keep = draw.rng.permutation(len(X))[:1700]
    A, a, step = X[keep], y[keep], draw.pick("to the right", [-1, 1])
    common = [
        np.median((A * B).sum(axis=1) / (A * A).sum(axis=1))
        for B in (shifted(A, step), A[strangers(A, a)])
    ]
    copy = draw.saw("moved copy", common[0])
    stranger = draw.saw("nearest stranger", common[1])
    return abs(copy - 2 / 3) < 0.03 and abs(stranger - 7 / 8) < 0.03


@claim(
    "7.1",
    "As long as all digits stand in the same place, in the same size and ink, near means alike.",
    quick=True,
)
def near_means_alike_for_digits_in_their_place(draw):
    X, y = all_digits()
    A, B, a, b = split(
        X, y, test=draw.pick("share kept for the test", [0.2, 0.4, 0.6]), seed=draw.seed
    )
    named = (a[distances(B, A).argmin(axis=1)] == b).mean()
    return draw.saw("named by the nearest neighbour", named) > 0.95


# ---------------------------------------------------------------- 7.2


@claim(
    "7.2",
    "more than half of it, the sky above all, gives a larger sum than the patch itself",
    quick=True,
)
def the_plain_sum_falls_for_the_sky(draw):
    tower = load_sample_images().images[0].mean(axis=2) / 255
    windows = [(145, 213), (145, 224), (145, 235), (148, 146), (147, 157), (147, 166), (145, 195)]
    row, column = windows[draw.rng.integers(len(windows))]
    high, wide = draw.pick("half height, half width", [(9, 6), (7, 5), (11, 7)])
    patch = tower[row - high : row + high + 1, column - wide : column + wide + 1]
    s = correlate(tower, patch)
    larger = s > s[row, column]
    draw.saw("share of the sky (the upper fifth)", larger[: len(larger) // 5].mean())
    return draw.saw("share of the picture", larger.mean()) > 0.5


# ---------------------------------------------------------------- 7.3, 7.4


@claim(
    "7.3",
    "It is 32, wherever you put them, unless three lie in a line, and then it is fewer.",
    quick=True,
)
def six_places_have_32_colourings(draw):
    width = draw.pick("width of the board", [4, 7, 11])
    for _ in range(40):
        points = [tuple(int(v) for v in p) for p in draw.rng.integers(0, width, (6, 2))]
        triples = [
            six_points.turn(points[i], points[j], points[k])
            for i in range(6)
            for j in range(i)
            for k in range(j)
        ]
        count = six_points.colourings(points)
        if count != 32 if all(triples) else count >= 32:
            return False
    return True


@claim("7.4", "around *two points for each weight* the share falls through one half")
def the_cliff_is_at_two_points_a_weight(draw):
    d = draw.pick("features", [5, 10, 20])
    law = draw.pick("law of the points", ["normal", "uniform"])

    def share(ratio):
        N = round(ratio * (d + 1))
        found = []
        for _ in range(60):
            X = draw.rng.normal(size=(N, d)) if law == "normal" else draw.rng.uniform(size=(N, d))
            found.append(separable(X, draw.rng.integers(0, 2, N)))
        return np.mean(found)

    before = draw.saw("share at 1.5 points a weight", share(1.5))
    after = draw.saw("share at 2.5 points a weight", share(2.5))
    return after < 0.5 < before


# ---------------------------------------------------------------- 7.5


def framed(X):
    """The pictures in a frame of empty pixels, in which a step loses nothing."""
    return np.pad(images(X), ((0, 0), (1, 1), (1, 1))).reshape(-1, 100)


def framed_step(X, right=0, down=0):
    return features.moved(X.reshape(-1, 10, 10), right, down).reshape(-1, 100)


@claim(
    "7.5",
    "Trained on pictures that stand still, it names both of two strangers correctly in seven to "
    "nine cases of ten, and gives seven of ten moved copies another name than their originals. "
    "Trained on the moved copies, it keeps more of them together, six of ten, and loses its grip "
    "on the strangers, of which it tells only about half apart.",
)
def the_linear_reader_trades_one_for_the_other(draw):
    A, B, a, b = pieces(draw)
    moved = shifted
    if draw.pick("a frame around the pictures, so that nothing is lost", [False, True]):
        A, B, moved = framed(A), framed(B), framed_step
    still = two_shares(reader(draw, A, a), B, b, moved)
    lr, epochs = draw.pick("rate", [0.003, 0.01, 0.03]), draw.pick("epochs", [10, 20])
    nine = nine_copies(A, a, moved)
    told = two_shares(reader(draw, *nine, lr=lr, epochs=epochs, batch_size=256), B, b, moved)
    draw.saw("strangers told apart, still", still[0])
    draw.saw("strangers told apart, nine copies", told[0])
    draw.saw("kept together, still", still[1])
    draw.saw("kept together, nine copies", told[1])
    return (
        0.65 < still[0] < 0.95
        and 0.25 < still[1] < 0.35
        and 0.38 < told[0] < 0.62
        and 0.55 < told[1] < 0.68
    )


@claim(
    "7.5",
    "at every rate and after many more epochs it misreads three in ten or more of the very copies "
    "that it was trained on",
)
def the_linear_reader_misreads_its_own_copies(draw):
    A, _, a, _ = pieces(draw)
    lr, epochs = draw.pick("rate", [0.001, 0.003, 0.01, 0.03]), draw.pick("epochs", [20, 100])
    nine = nine_copies(A, a)
    right = (reader(draw, *nine, lr=lr, epochs=epochs, batch_size=256)(nine[0]) == nine[1]).mean()
    return 0.3 < draw.saw("misread", 1 - right) < 0.5


@claim("7.5", "With hidden units a network does both, if it is shown the copies.")
def a_hidden_layer_does_both(draw):
    A, B, a, b = pieces(draw)
    width, lr = draw.pick("hidden units", [128, 192]), draw.pick("rate", [0.007, 0.01, 0.02])
    told = reader(draw, *nine_copies(A, a), (width,), lr=lr, epochs=20, batch_size=256)
    linear = draw.saw("told apart by the linear reader", two_shares(reader(draw, A, a), B, b)[0])
    apart, together = two_shares(told, B, b)
    draw.saw("told apart", apart)
    draw.saw("kept together", together)
    return apart > linear - 0.05 and together > 0.9


@claim("7.5", "Without them it keeps hardly more together than the linear reader")
def learned_features_are_not_invariant_by_themselves(draw):
    A, B, a, b = pieces(draw)
    width, lr = draw.pick("hidden units", [64, 128]), draw.pick("rate", [0.005, 0.01, 0.02])
    linear = two_shares(reader(draw, A, a), B, b)[1]
    hidden = two_shares(reader(draw, A, a, (width,), lr=lr, epochs=40, batch_size=128), B, b)[1]
    draw.saw("linear", linear)
    return linear - 0.02 < draw.saw("hidden", hidden) < linear + 0.08


@claim("7.5", "The nearest neighbour does both as well, by brute force")
def the_nearest_neighbour_does_both(draw):
    A, B, a, b = pieces(draw, draw.pick("share kept for the test", [0.2, 0.3, 0.4]))
    apart, together = two_shares(nearest(*nine_copies(A, a)), B, b)
    linear = draw.saw("told apart by the linear reader", two_shares(reader(draw, A, a), B, b)[0])
    draw.saw("told apart", apart)
    return apart > linear and draw.saw("kept together", together) > 0.95


# ---------------------------------------------------------------- 7.6


@lru_cache
def photo(k):
    return load_sample_images().images[k].mean(axis=2) / 255


def found_again(draw, degrees, light, describe):
    where = {1: ((140, 320), (210, 410)), 0: ((120, 340), (90, 330))}
    k = draw.pick("photo", [1, 0])
    rows, columns = where[k]
    places = np.column_stack([draw.rng.integers(*rows, 60), draw.rng.integers(*columns, 60)])
    known = np.array([describe(photo(k), *place, 0) for place in places])
    seen = np.array([describe(light * photo(k), *place, degrees) for place in places])
    return (distances(seen, known).argmin(axis=1) == np.arange(60)).mean()


@claim("7.6", "Turned upright, more than half of the places are found again at every angle")
def upright_places_are_found_again(draw):
    degrees = draw.pick("degrees", [12, 33, 45, 77, 105, 136, 203, 298])
    share = found_again(draw, degrees, draw.pick("light", [1.0, 0.6]), features.descriptor)
    return draw.saw("share found again", share) > 0.5


@claim(
    "7.6",
    "By pixels most places are lost when the camera turns by 30 degrees or the light fades.",
    quick=True,
)
def pixels_lose_turned_and_dimmed_places(draw):
    def pixels(seen, row, column, degrees):
        return features.patch(seen, row, column, degrees).ravel()

    degrees, light = draw.pick("degrees and light", [(30, 1.0), (-30, 1.0), (0, 0.6), (0, 0.5)])
    return draw.saw("share found again", found_again(draw, degrees, light, pixels)) < 0.5


def pixels_of(seen, row, column, degrees):
    return features.patch(seen, row, column, degrees).ravel()


def not_turned(seen, row, column, degrees):
    return features.descriptor(seen, row, column, degrees, upright=False)


def twice_found(draw, degrees, *describe):
    """The same places, found again by several descriptions."""
    state, shares = draw.rng.bit_generator.state, []
    for f in describe:
        draw.rng.bit_generator.state = state
        shares.append(draw.saw(f.__name__, found_again(draw, degrees, 1.0, f)))
    return shares


@claim("7.6", "Directions cope with the light", quick=True)
def directions_cope_with_the_light(draw):
    light = draw.pick("light", [0.4, 0.6, 1.5])
    return draw.saw("share found again", found_again(draw, 0, light, not_turned)) > 0.95


@claim(
    "7.6",
    "without the main direction they cope with a turn of 30 degrees even worse than pixels",
    quick=True,
)
def plain_directions_are_worse_than_pixels_at_30_degrees(draw):
    degrees = draw.pick("degrees", [-30, 30])
    plain, pixels = twice_found(draw, degrees, not_turned, pixels_of)
    return plain < pixels


@claim(
    "7.6",
    "At 15 degrees, though, directions that were not turned find as many or more.",
    quick=True,
)
def at_15_degrees_turning_does_not_pay(draw):
    plain, upright = twice_found(
        draw, draw.pick("degrees", [-15, 15]), not_turned, features.descriptor
    )
    return plain >= upright


# ---------------------------------------------------------------- 7.7


@claim(
    "7.7",
    "On voices between 90 and 250 hertz the twelve numbers are nearly always right, where the 1024 "
    "fail in four or five cases of ten, and the bare spectrum, without filters and cosines, in "
    "about three.",
    quick=True,
)
def mfcc_reads_what_the_waveform_does_not(draw):
    names = list(features.FORMANTS)

    def voices(n):
        which = draw.rng.integers(0, 3, n)
        return np.array(
            [
                features.vowel(names[k], draw.rng.uniform(90, 250), draw.rng.uniform(0, 0.01))
                for k in which
            ]
        ), which

    (A, a), (B, b) = voices(60), voices(200)
    noise = draw.pick("noise", [0, 0.01])
    B = B + noise * draw.rng.normal(size=B.shape)
    right = [
        (a[distances(f(B), f(A)).argmin(axis=1)] == b).mean()
        for f in (lambda s: s, lambda s: np.abs(np.fft.rfft(s)), features.mfcc)
    ]
    for name, share in zip(("waveform", "spectrum", "MFCC"), right, strict=True):
        draw.saw(name, share)
    return 0.45 < right[0] < 0.65 and 0.63 < right[1] < 0.77 and right[2] > 0.93


# ---------------------------------------------------------------- 7.8


def scaled(f, X):
    F = f(images(X))
    mean, size = F.mean(axis=0), F.std()
    return lambda X: (f(images(X)) - mean) / size


def in_the_plane(draw, data, f, change, *, copies=False, epochs=120):
    """Strangers told apart, and changed copies kept together, of a linear reader of features f."""
    A, B, a, b = data
    f = scaled(f, A)
    if copies:
        C, c = nine_copies(A, a)
        answers = reader(draw, f(C), c, lr=0.01, epochs=20, batch_size=256)
    else:
        answers = reader(draw, f(A), a, epochs=epochs)
    return shares_of(lambda X: answers(f(X)), B, b, change)


def shares_of(answers, B, b, change):
    own = answers(B)
    right = own == b
    kept = np.mean([(answers(change(B, sign)) == own).mean() for sign in (-1, 1)])
    return np.array([(right & right[strangers(B, b)]).mean(), kept])


def cells(n, bins=8):
    return lambda im: features.orientations(im, bins, n)


def as_pixels(im):
    return im.reshape(-1, 64)


def turned(degrees):
    return lambda X, sign: as_pixels(features.turned(images(X), sign * degrees))


STEP = {"sideways": lambda X, k: shifted(X, k), "up or down": lambda X, k: shifted(X, 0, k)}


@claim(
    "7.8",
    "A single cell, which forgets where the edges are, keeps copies that moved sideways together "
    "better than four cells do, and tells far fewer strangers apart",
)
def one_cell_is_invariant_and_not_selective(draw):
    data, bins = pieces(draw), draw.pick("directions", [8, 12, 16])
    one, four = (in_the_plane(draw, data, cells(n, bins), STEP["sideways"]) for n in (1, 2))
    draw.saw("told apart, four cells less one", four[0] - one[0])
    draw.saw("kept together, one cell less four", one[1] - four[1])
    return one[0] < 0.6 * four[0] and one[1] > four[1]


@claim("7.8", "Up or down it loses on both counts.")
def one_cell_loses_up_or_down(draw):
    data, bins = pieces(draw), draw.pick("directions", [8, 12, 16])
    one, four = (in_the_plane(draw, data, cells(n, bins), STEP["up or down"]) for n in (1, 2))
    draw.saw("told apart, four cells less one", four[0] - one[0])
    draw.saw("kept together, four cells less one", four[1] - one[1])
    return one[0] < four[0] and one[1] < four[1]


@claim(
    "7.8",
    "A blur of one pixel buys a little invariance and pays for it with some selectivity; a blur of "
    "three pixels loses a great deal of selectivity and is no more invariant than none.",
)
def blur_is_a_bad_bargain(draw):
    data = pieces(draw)
    change = STEP[draw.pick("step", list(STEP))]
    (a0, k0), (a1, k1), (a3, k3) = (
        in_the_plane(draw, data, lambda im, s=s: features.blurred(im, s), change)
        for s in (0.0, 1.0, 3.0)
    )
    draw.saw("invariance gained by σ = 1", k1 - k0)
    draw.saw("selectivity lost by σ = 1", a0 - a1)
    draw.saw("invariance gained by σ = 3", k3 - k0)
    draw.saw("selectivity lost by σ = 3", a0 - a3)
    return 0 < k1 - k0 < 0.25 and 0 < a0 - a1 < 0.25 and k3 - k0 < 0.05 and a0 - a3 > 0.25


@claim("7.8", "Ten times as many bring back a good part of what the wide blur had lost.")
def longer_training_undoes_a_part_of_the_blur(draw):
    data = pieces(draw)
    sigma = draw.pick("blur", [2.5, 3.0, 3.5])
    none, short, long = (
        in_the_plane(
            draw, data, lambda im, s=s: features.blurred(im, s), STEP["sideways"], epochs=n
        )
        for s, n in ((0.0, 120), (sigma, 120), (sigma, 1200))
    )
    back = (long[0] - short[0]) / (none[0] - short[0])
    return draw.saw("part of the selectivity that comes back", back) > 0.25 and long[1] > short[1]


@claim(
    "7.8",
    "In their place, learned features keep a few more copies together than pixels do, and far "
    "fewer than sixteen cells of directions.",
)
def learned_features_need_to_be_told(draw):
    data = pieces(draw)
    A, B, a, b = data
    change = STEP[draw.pick("step", list(STEP))]
    lr = draw.pick("rate", [0.005, 0.01, 0.02])
    learned = shares_of(reader(draw, A, a, (128,), lr=lr, epochs=40, batch_size=128), B, b, change)[
        1
    ]
    pixels = in_the_plane(draw, data, as_pixels, change)[1]
    by_hand = in_the_plane(draw, data, cells(4), change)[1]
    draw.saw("learned less pixels", learned - pixels)
    draw.saw("by hand less learned", by_hand - learned)
    return 0 < learned - pixels < 0.17 and by_hand - learned > 0.1


@claim("7.8", "With the nine copies both come close to the corner")
def told_of_the_change_both_come_close(draw):
    data = pieces(draw)
    A, B, a, b = data
    change = STEP[draw.pick("step", list(STEP))]
    learned = shares_of(
        reader(draw, *nine_copies(A, a), (128,), lr=0.01, epochs=20, batch_size=256), B, b, change
    )
    by_hand = in_the_plane(draw, data, cells(4), change, copies=True)
    pixels = in_the_plane(draw, data, as_pixels, change, copies=True)
    way = [np.linalg.norm(1 - shares) for shares in (learned, by_hand, pixels)]
    draw.saw("learned, from the corner", way[0])
    draw.saw("by hand, from the corner", way[1])
    draw.saw("pixels with a linear vote, from the corner", way[2])
    return max(way[:2]) < 0.3 < way[2]


@claim(
    "7.8",
    "there directions keep more copies together than learned features, with the nine copies and "
    "without them",
)
def learned_features_do_not_know_turns(draw):
    data = pieces(draw)
    A, B, a, b = data
    change = turned(draw.pick("degrees", [12, 15, 20]))
    still = reader(draw, A, a, (128,), lr=0.01, epochs=40, batch_size=128)
    told = reader(draw, *nine_copies(A, a), (128,), lr=0.01, epochs=20, batch_size=256)
    leads = [
        in_the_plane(draw, data, cells(4), change, copies=copies)[1]
        - shares_of(answers, B, b, change)[1]
        for copies, answers in ((False, still), (True, told))
    ]
    draw.saw("lead without the copies", leads[0])
    return leads[0] > 0 and draw.saw("lead with the copies", leads[1]) > 0


def table(draw, n, right=0, down=0):
    """The share of test digits, feature maps by classifiers (perceptron, softmax, nearest)."""
    A, B, a, b = pieces(draw)
    A, a, B = A[:n], a[:n], shifted(B, right, down)
    wires = Photoperceptron(n_a=256, retina=(8, 8), seed=draw.seed)
    maps = [
        features.projections,
        features.pooled,
        lambda im: wires.association((im > 0.5).reshape(-1, 64).astype(float)),
        lambda im: im.reshape(-1, 64),
        features.orientations,
    ]
    shares = []
    for f in maps:
        f = scaled(f, A)
        F, G = f(A), f(B)
        net = MLP([F.shape[1], 10], seed=draw.seed)
        t = 2.0 * (a[:, None] == np.arange(10)) - 1
        fit(net, PerceptronCriterion(), Adam(net.theta, lr=0.05), F, t, epochs=120,
            batch_size=None, progress=False)  # fmt: skip
        shares.append([
            (net(G).argmax(axis=1) == b).mean(),
            (reader(draw, F, a, epochs=120)(G) == b).mean(),
            (a[distances(G, F).argmin(axis=1)] == b).mean(),
        ])  # fmt: skip
    return np.array(shares)


@claim(
    "7.8",
    "Whatever the classifier, the 32 hand-made directions read more of them than any other row.",
)
def directions_lead_when_digits_move(draw):
    step = draw.pick("right, down", [(-1, 0), (1, 0), (0, -1), (0, 1)])
    shares = table(draw, draw.pick("training digits", [600, 1257]), *step)
    lead = shares[-1] - shares[:-1].max(axis=0)
    return draw.saw("least lead of the directions", lead.min()) > 0


@claim(
    "7.8",
    "from each of these rows the nearest neighbour reads more moved digits than either vote does",
)
def rows_and_columns_matter(draw):
    shares = table(draw, 1257, *draw.pick("right, down", [(-1, 0), (1, 0), (0, -1), (0, 1)]))
    ahead = (shares[:, 2] > shares[:, :2].max(axis=1)).sum()
    return draw.saw("rows, of five, in which the nearest neighbour leads", ahead) == 5


@claim(
    "7.8",
    "With 50 examples, and the digits in their place, all rows but the first lie between five and "
    "nine in ten, and raw pixels with the nearest neighbour are among the best.",
)
def fifty_examples_are_few_for_every_row(draw):
    shares = table(draw, draw.pick("examples", [45, 50, 55]))
    draw.saw("least", shares.min())
    draw.saw("largest", shares.max())
    lag = draw.saw("largest less nearest neighbour on pixels", shares.max() - shares[3, 2])
    return 0.5 < shares.min() and shares.max() < 0.92 and lag < 0.07


@claim("7.8", "everything reads nine in ten or so, the nearest neighbour on raw pixels best of all")
def in_their_place_pixels_are_enough(draw):
    shares = table(draw, 1257)
    draw.saw("least", shares.min())
    draw.saw("nearest neighbour on pixels", shares[3, 2])
    return shares.min() > 0.82 and shares[3, 2] == shares.max()


# ---------------------------------------------------------------- 7.9


def kernel_vote(X, y, gamma, lam=0.1):
    def kernel(A, B):
        return np.exp(-gamma * distances(A, B) ** 2)

    alpha = np.linalg.solve(kernel(X, X) + lam * np.eye(len(X)), 2 * y - 1)
    return lambda points: kernel(points, X) @ alpha


@claim(
    "7.9",
    "With $\\gamma = 0.1$ the hills are wider than the moons, and the vote smears them. From "
    "$\\gamma = 1$ on the kernel reads the moons as well as one could wish, without any knowledge "
    "of moons.",
    quick=True,
)
def the_kernel_reads_the_moons(draw):
    lam = draw.pick("penalty", [0.03, 0.1, 0.3])
    X, y = moons(200, noise=0.2, seed=draw.seed)
    Z, t = moons(1000, noise=0.2, seed=draw.seed + 1)
    many, labels = moons(8000, noise=0.2, seed=draw.seed + 2)
    closest = np.argpartition(distances(Z, many), 51, axis=1)[:, :51]
    wish = ((labels[closest].mean(axis=1) > 0.5) == t).mean()
    right = [((kernel_vote(X, y, g, lam)(Z) > 0) == t).mean() for g in (0.1, 1, 10, 100, 1000)]
    draw.saw("a vote of 51 neighbours of 8000", wish)
    draw.saw("γ = 0.1", right[0])
    return right[0] < wish - 0.02 and draw.saw("least from γ = 1 on", min(right[1:])) > wish - 0.03


@claim("7.9", "It is *worse* than a coin, at each of the five widths.", quick=True)
def the_kernel_is_worse_than_a_coin_at_parity(draw):
    X, y = boolean("parity", draw.pick("bits", [8, 9, 10]))
    A, B, a, b = split(X, y, test=0.1, seed=draw.seed)
    lam = draw.pick("penalty", [0.01, 0.1, 1])
    shares = [((kernel_vote(A, a, g, lam)(B) > 0) == b).mean() for g in (0.01, 0.1, 0.3, 1, 3)]
    return draw.saw("largest share", max(shares)) < 0.45


@claim(
    "7.9",
    "A network with one hidden layer of twenty units, given the same rows, does far better than "
    "the coin",
)
def a_hidden_layer_generalises_parity(draw):
    X, y = boolean("parity", 10)
    lr = draw.pick("rate", [0.01, 0.02, 0.05])
    A, B, a, b = split(2 * X - 1, y, test=0.1, seed=draw.seed)
    answers = reader(draw, A, a, (20,), lr=lr, epochs=60, batch_size=64, copies=5)
    return draw.saw("mean of five starts", (answers(B) == b).mean()) > 0.65


# ---------------------------------------------------------------- 7.10


def chain(draw, learns, lr, data):
    A, B, a, b = data
    net = MLP([64, 16, 16, 10], activation="tanh", copies=10, seed=draw.seed)
    net.freeze(*[l for l, free in zip((0, 2, 4), learns, strict=True) if not free])
    fit(net, SoftmaxCrossEntropy(), Adam(net.theta, lr=lr), A, a, epochs=20, batch_size=64,
        progress=False)  # fmt: skip
    return accuracy(net(B), b)


@claim(
    "7.10",
    "With random features the ten chains read about seven digits in ten, and with all modules "
    "learning more than nine in ten.",
)
def random_features_read_seven_in_ten(draw):
    lr, data = draw.pick("rate", [0.005, 0.01, 0.02]), pieces(draw)
    two = draw.saw("only the last learns", chain(draw, (0, 0, 1), lr, data).mean())
    three = chain(draw, (1, 1, 1), lr, data)
    return 0.6 < two < 0.8 and draw.saw("least of all three learning", three.min()) > 0.9


@claim("7.10", "Letting the first module learn brings nearly all of it")
def the_first_module_brings_nearly_all(draw):
    lr, data = draw.pick("rate", [0.005, 0.01, 0.02]), pieces(draw)
    last, two, three = (
        chain(draw, learns, lr, data).mean() for learns in ((0, 0, 1), (1, 0, 1), (1, 1, 1))
    )
    return draw.saw("part of the gain", (two - last) / (three - last)) > 0.9


@claim("7.10", "a vote on 256 of them reads about as many of these digits as the chain")
def many_random_features_catch_up(draw):
    A, B, a, b = data = pieces(draw)
    wires = draw.rng.normal(size=(64, 256)) / draw.pick("size of the weights, 1 /", [3, 4, 6])
    many = (reader(draw, np.tanh(A @ wires), a)(np.tanh(B @ wires)) == b).mean()
    learned = chain(draw, (1, 1, 1), 0.01, data).mean()
    draw.saw("learned", learned)
    return draw.saw("random", many) > learned - 0.02


def built(draw, width, second, by_stages, data, lr):
    A, B, a, b = data

    def trained(net):
        fit(net, SoftmaxCrossEntropy(), Adam(net.theta, lr=lr), A, a, epochs=20, batch_size=64,
            progress=False)  # fmt: skip
        return net

    net = MLP([64, width, second, 10], activation="tanh", copies=5, seed=draw.seed)
    if by_stages:
        alone = trained(MLP([64, width, 10], activation="tanh", copies=5, seed=draw.seed))
        for mine, found in zip(net.params[0], alone.params[0], strict=True):
            mine[...] = found
        net.freeze(0)
    return accuracy(trained(net)(B), b).mean()


def end_to_end_less_stages(draw, width):
    """Each at the better of three rates."""
    data, second = pieces(draw), draw.pick("units of the second module", [12, 16, 24])
    best = [
        max(built(draw, width, second, s, data, lr) for lr in (0.005, 0.01, 0.03)) for s in (0, 1)
    ]
    draw.saw("end to end", best[0])
    draw.saw("stage by stage", best[1])
    return best[0] - best[1]


@claim("7.10", "with sixteen it makes no difference whether the modules learned together")
def with_room_enough_stages_are_as_good(draw):
    return abs(end_to_end_less_stages(draw, draw.pick("width", [12, 16, 20]))) < 0.02


@claim("7.10", "With room for two it does")
def a_narrow_module_has_to_learn_with_the_rest(draw):
    return end_to_end_less_stages(draw, 2) > 0.05


@claim("7.10", "beats the one that learns only its vote")
def the_first_module_alone_beats_the_last_alone(draw):
    lr, data = draw.pick("rate", [0.005, 0.01, 0.02]), pieces(draw)
    first, last = chain(draw, (1, 0, 0), lr, data), chain(draw, (0, 0, 1), lr, data)
    return draw.saw("first less last", first.mean() - last.mean()) > 0.05


@claim("7.10", "Learned features do not notice the shuffling")
def learned_features_do_not_notice_the_shuffling(draw):
    X, y = all_digits()
    width, lr = draw.pick("hidden units", [32, 64]), draw.pick("rate", [0.005, 0.01])
    shares = []
    for order in (np.arange(64), draw.rng.permutation(64)):
        A, B, a, b = split(X[:, order], y, test=0.3, seed=draw.seed)
        answers = reader(draw, A, a, (width,), lr=lr, epochs=20, batch_size=64, copies=5)
        shares.append((answers(B) == b).mean())
    return abs(draw.saw("in order less shuffled", shares[0] - shares[1])) < 0.02


@claim(
    "7.10", "The hand-made directions lose, because the edges no longer mean anything", quick=True
)
def directions_lose_by_the_shuffling(draw):
    X, y = all_digits()
    bins, shares = draw.pick("directions", [6, 8, 12]), []
    for order in (np.arange(64), draw.rng.permutation(64)):
        F = 4 * features.orientations(images(X[:, order]), bins)
        A, B, a, b = split(F, y, test=0.3, seed=draw.seed)
        shares.append((reader(draw, A, a)(B) == b).mean())
    return draw.saw("in order less shuffled", shares[0] - shares[1]) > 0.02


# ---------------------------------------------------------------- 7.12


@claim(
    "7.12",
    "With 701 weights for 250 training pictures both are separable, as section 7.4 foretells, and "
    "one of them has learned nothing.",
    quick=True,
)
def lifted_shuffled_labels_are_separable(draw):
    A, a = digits((3, 8))
    wires = Photoperceptron(
        n_a=draw.pick("random features", [700, 900]), retina=(8, 8), seed=draw.seed
    )
    B, first = np.unique((A > 0.5).astype(float), axis=0, return_index=True)
    lifted, a, shares = wires.association(B), a[first], []
    for labels in (a, draw.rng.permutation(a)):
        F, G, f, g = split(lifted, labels, test=0.3, seed=draw.seed)
        if not separable(F, f):
            return False
        unit = LogisticUnit(lifted.shape[1])
        unit.fit(F, f, lr=0.1, epochs=500, batch=True)
        shares.append(unit.accuracy(G, g))
    draw.saw("true labels", shares[0])
    draw.saw("shuffled labels", shares[1])
    return shares[0] > 0.9 and 0.35 < shares[1] < 0.65
