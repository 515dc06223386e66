"""Chapter 19: what the experiments with photos and convolutional networks say."""

import numpy as np

from dlcore.images import Conv2d, Flatten, MaxPool2d, Unflatten
from dlcore.layers import Activation, Linear
from dlcore.losses import MeanSquaredError
from dlcore.metrics import accuracy
from dlcore.network import MLP, Network
from dlcore.optimizers import Adam
from dlcore.teaching.chapters import vision
from dlcore.teaching.chapters.vision import convnet, dense, neighbours, train
from dlcore.training import fit
from tests.claims import claim

STARTS = 3


def starts(draw):
    return [draw.seed + k for k in range(STARTS)]


def reads(net, X, y, by):
    """The median of the starts, over the four directions."""
    looks = neighbours(X, by) if by else [X]
    return np.median(np.mean([accuracy(net(look), y) for look in looks], axis=0))


@claim("19.3", "ten pixels apart it falls from about 0.8 to 0.1 or less", quick=True)
def the_surround_takes_the_correlation(draw):
    I = vision.photo(draw.pick("photo", list(vision.PHOTOS)))
    seen = vision.autocorrelation(vision.centre_surround(I, draw.pick("size", [0.8, 1.0, 1.2])))[9]
    return (
        0.7 < draw.saw("before", vision.autocorrelation(I)[9]) < 0.9
        and abs(draw.saw("after", seen)) < 0.1
    )


@claim("19.3", "Division takes back part of it.", quick=True)
def division_takes_back_a_part(draw):
    """Of what the shadow takes from the right half, as a share of how it is without a shadow."""
    I, shadow = (
        vision.photo(draw.pick("photo", list(vision.PHOTOS))),
        draw.pick("shadow", [0.7, 0.9]),
    )
    width = draw.pick("width of the neighbourhood", [3.0, 4.0, 6.0])
    lit = I * np.linspace(1, 1 - shadow, I.shape[1])
    middle = I.shape[1] // 2
    left = []
    for step in (lambda I: vision.centre_surround(I, 1.0), lambda I: vision.normalised(I, width)):
        dark, light = (step(J)[:, middle:].std() / step(J)[:, :middle].std() for J in (lit, I))
        left.append(dark / light)
    draw.saw("left behind the subtraction", left[0])
    return left[0] + 0.05 < draw.saw("left behind the division", left[1]) < 0.97


@claim("19.6", "The convolution hears nearly all of the new tones with 162 parameters, the dense "
       "network three in five with 538")  # fmt: skip
def the_convolution_hears(draw):
    seeds, h = starts(draw), draw.pick("hidden units of the dense network", [8, 16, 32])
    X, y = vision.tones(600, seed=draw.seed)
    X_new, y_new = vision.tones(1000, seed=draw.seed + 1000)
    layers = [Unflatten(1, 1, 64), Conv2d(1, 8, (1, 17), init="he"), Activation("relu")]
    layers += [MaxPool2d((1, 48)), Flatten(8, 1, 1), Linear(8, 2)]
    ear = Network(*layers, seed=seeds, copies=STARTS)
    mlp = MLP([64, h, 2], "relu", init="he", seed=seeds, copies=STARTS)
    shares = [np.median(accuracy(train(net, X, y, 0.01, 40, 32)(X_new), y_new))
              for net in (ear, mlp)]  # fmt: skip
    return draw.saw("convolution", shares[0]) > 0.95 and draw.saw("dense", shares[1]) < 0.75


@claim("19.7", "the field of eight layers is 17 pixels wide, and only about half of them carry at "
       "least half of the greatest strength", quick=True)  # fmt: skip
def the_middle_counts_most(draw):
    """For other depths, where the field has another width."""
    depth = draw.pick("depth", [6, 8, 10])
    f = vision.footprint(depth * [(3, 1)], size=41, draws=100, seed=draw.seed)
    share = (f > 0.5).sum() / (2 * depth + 1)
    return (f > 0).sum() == 2 * depth + 1 and 0.3 < draw.saw("share", share) < 0.65


@claim("19.9", "In a row of nine there are about four kinds of digits in the first layer and about "
       "three in the second")  # fmt: skip
def favourites_of_the_second_layer_are_of_fewer_kinds(draw):
    """Units that answer to no digit are left out."""
    X, X_test, y, y_test = vision.data(draw.seed)
    net = train(
        convnet([draw.seed + k for k in range(5)]), X, y, draw.pick("rate", [0.005, 0.01]), 15
    )
    a, kinds = vision.activations(net, X_test), []
    for l, places in ((3, 16), (6, 4)):
        found = []
        for each in a[l]:
            strongest = each.reshape(len(X_test), -1, places).max(axis=2)
            nine = np.argsort(-strongest[:, strongest.max(axis=0) > 0], axis=0)[:9]
            found.append(np.mean([np.unique(y_test[row]).size for row in nine.T]))
        kinds.append(np.array(found))
    draw.saw("first layer", np.median(kinds[0]))
    draw.saw("second layer", np.median(kinds[1]))
    in_most = np.sum(kinds[0] > kinds[1]) >= 4
    return 3.5 < np.median(kinds[0]) < 5 and 2.5 < np.median(kinds[1]) < 3.6 and bool(in_most)


@claim(
    "19.9",
    "the choosiest unit of a start ranks its digit above another in 88 to 99 of 100 pairs, where "
    "the network's score for the 4 is right in nearly all",
)
def no_unit_is_a_category(draw):
    """Units of the second layer, by their strongest answer at any place."""
    X, X_test, y, y_test = vision.data(draw.seed)
    net = train(convnet(starts(draw)), X, y, draw.pick("rate", [0.005, 0.01]), 15)
    best, fours = [], []
    for each, z in zip(vision.activations(net, X_test)[6], net(X_test), strict=True):
        strongest = each.reshape(len(X_test), -1, 4).max(axis=2)
        best.append(max(ranked(a, y_test == k) for a in strongest.T for k in range(10)))
        fours.append(ranked(z[:, 4] - np.delete(z, 4, axis=1).max(axis=1), y_test == 4))
    draw.saw("least score for the 4", min(fours))
    draw.saw("choosiest unit, least of three starts", min(best))
    return 0.875 < min(best) <= draw.saw("most", max(best)) < 0.995 and min(fours) > 0.998


def ranked(score, is_it):
    """How often its digit has a higher score than another; of equal scores half count."""
    yes, no = score[is_it][:, None], score[~is_it]
    return (yes > no).mean() + 0.5 * (yes == no).mean()


@claim("19.9", "on other splits by none to two")
def ahead_on_digits_as_they_are(draw):
    X, X_test, y, y_test = vision.data(draw.seed)
    rate, seeds = draw.pick("rate", [0.005, 0.01]), [draw.seed + k for k in range(5)]
    right = [reads(train(make(seeds), X, y, rate, 15), X_test, y_test, 0)
             for make in (convnet, dense)]  # fmt: skip
    return -0.01 < draw.saw("ahead by", right[0] - right[1]) < 0.025


@claim("19.9", "**The neighbour costs the ink that can see it about six pixels in a hundred**")
def a_neighbour_costs_the_pixels_that_see_it(draw):
    """And the other four columns of each digit not a single answer."""
    *marked, ink, right = marks(draw)
    net, images, classes = marked
    beside = vision.pixel_classes(net, vision.side_by_side(images))[0]
    beside = beside == vision.side_by_side(classes)
    alone, ink = vision.side_by_side(right), vision.side_by_side(ink)
    same = bool((alone == beside)[..., [*range(4), *range(12, 16)]].all())
    alone, beside, ink = (a[..., 4:12] for a in (alone, beside, ink))
    cost = alone[ink].mean() - beside[ink].mean()
    return 0.035 < draw.saw("cost", cost) < 0.09 and same


@claim("19.9", "where the ink votes, **19 of 20 digits are read**")
def ink_that_votes(draw):
    net, images, classes, ink, right = marks(draw)
    draw.saw("ink named right", right[ink].mean())
    named = vision.pixel_classes(net, images)[0]
    votes = [np.bincount(a[b], minlength=11)[:10].argmax()
             for a, b in zip(named, ink, strict=True)]  # fmt: skip
    digit = np.array([row.min() for row in classes.reshape(len(classes), -1)])
    return 0.92 < draw.saw("read by vote", np.mean(votes == digit)) < 0.98


def marks(draw):
    """A network that gives a class to each pixel, trained; the test digits, their classes, which
    pixels are ink and which are named right."""
    X, X_test, y, y_test = vision.data(draw.seed)
    net = vision.segmenter([draw.seed], draw.pick("width", [14, 16, 20]))
    vision.segment(net, *vision.marked(X, y), seed=draw.seed)
    images, classes = vision.marked(X_test, y_test)
    right = vision.pixel_classes(net, images)[0] == classes
    return net, images, classes, classes < vision.PAPER, right


@claim("19.10", "each of the five convolutional starts is\nahead of each dense one")
def every_start_is_ahead(draw):
    X, X_test, y, y_test = vision.data(draw.seed)
    rate, seeds = draw.pick("rate", [0.005, 0.01]), [draw.seed + k for k in range(5)]
    right = []
    for make in (convnet, dense):
        net = train(make(seeds), X, y, rate, 15)
        right.append(np.mean([accuracy(net(X), y_test) for X in neighbours(X_test, 1)], axis=0))
    return draw.saw("worst convolutional less best dense", right[0].min() - right[1].max()) > 0


@claim("19.10", "At one pixel the convolutional networks lose three or four digits in ten and the "
       "dense ones five")  # fmt: skip
def sharing_helps_and_is_not_invariance(draw):
    X, X_test, y, y_test = vision.data(draw.seed)
    rate = draw.pick("rate", [0.003, 0.01, 0.03])
    shares = []
    for make in (convnet, dense):
        net = train(make(starts(draw)), X, y, rate, 20 if rate < 0.01 else 12)
        shares.append([reads(net, X_test, y_test, by) for by in (0, 1)])
    lost = [a - b for a, b in shares]
    draw.saw("dense lose", lost[1])
    return 0.25 < draw.saw("convolutional lose", lost[0]) < lost[1] - 0.08 and 0.4 < lost[1] < 0.6


@claim(
    "19.10",
    "one with 64 and 64 units, 8970\nparameters, reads only a few per cent more",
    quick=True,
)
def a_larger_dense_network_hardly_helps(draw):
    X, X_test, y, y_test = vision.data(draw.seed)
    rate, seeds = draw.pick("rate", [0.005, 0.01]), [draw.seed + k for k in range(5)]
    small, large = (reads(train(dense(seeds, hidden), X, y, rate, 15), X_test, y_test, 1)
                    for hidden in ((25,), (64, 64)))  # fmt: skip
    return -0.01 < draw.saw("more", large - small) < 0.06


@claim("19.10", "Shown the moved digits, the dense network reads nine in ten of them,")
def shown_is_as_good_as_built_in(draw):
    X, X_test, y, y_test = vision.data(draw.seed)
    hidden = draw.pick("hidden", [(25,), (40,), (64, 64)])
    moved = np.concatenate([X, *neighbours(X, 1)])
    net = train(dense(starts(draw), hidden), moved, np.tile(y, 5), 0.01, 6)
    return draw.saw("moved by one", reads(net, X_test, y_test, 1)) > 0.85


@claim("19.11", "In the trained networks selectivity rises and change falls from stage to stage")
def layer_by_layer(draw):
    X, X_test, y, y_test = vision.data(draw.seed)
    channels = draw.pick("channels", [(8, 16), (6, 12), (12, 16)])
    net = train(convnet(starts(draw), channels), X, y, 0.01, 12)
    a, looks = (vision.activations(net, X_test),
                [vision.activations(net, look) for look in neighbours(X_test, 1)])  # fmt: skip
    stages = [0, 2, 3, 5, 6, 8]  # pixels, both convolutions and poolings, scores
    S = [np.median(vision.selectivity(a[l], y_test)) for l in stages]
    D = [np.median(np.mean([vision.change(a[l], look[l]) for look in looks], axis=0))
         for l in stages]  # fmt: skip
    draw.saw("selectivity of the scores", S[-1])
    draw.saw("change of the scores", D[-1])
    return bool(np.all(np.diff(S) > 0) and np.all(np.diff(D) < 0))


@claim("19.11", "then it stays, near 0.7, and the selectivity goes down", quick=True)
def before_training(draw):
    _, X_test, _, y_test = vision.data(draw.seed)
    net = convnet(starts(draw), draw.pick("channels", [(8, 16), (6, 12), (12, 16)]))
    a, looks = (vision.activations(net, X_test),
                [vision.activations(net, look) for look in neighbours(X_test, 1)])  # fmt: skip
    stages = [3, 6, 8]  # both poolings, scores
    S = [np.median(vision.selectivity(a[l], y_test)) for l in stages]
    D = [np.median(np.mean([vision.change(a[l], look[l]) for look in looks], axis=0))
         for l in stages]  # fmt: skip
    draw.saw("selectivity of the scores", S[-1])
    draw.saw("least change", min(D))
    draw.saw("greatest change", max(D))
    return S[2] < S[0] - 0.03 and 0.6 < min(D) and max(D) < 0.8


@claim("19.12", "with random phases the kurtosis falls from about 18 to 5 or less, and the "
       "edges\nare gone", quick=True)  # fmt: skip
def edges_are_in_the_phases(draw):
    size, n = draw.pick("size", [8, 10, 12]), draw.pick("filters", [16, 32])
    found = []
    for scramble in (False, True):
        photos = [vision.photo(name) for name in vision.PHOTOS]
        photos = [vision.random_phases(I, draw.seed) for I in photos] if scramble else photos
        X = vision.patches(photos, size, 6000, draw.seed)
        F = vision.independent_components(X, n, 40, draw.seed)
        found.append((np.median(vision.kurtosis(X @ F.T)),
                      np.median(vision.oriented(vision.as_seen(F, X), size))))  # fmt: skip
    (tails, direction), (flat, blurred) = found
    draw.saw("phases at random", flat)
    draw.saw("direction, less with phases at random by", direction - blurred)
    return 14 < draw.saw("photos", tails) < 28 and flat < 5 and direction > blurred + 0.05


@claim("19.12", "directions drawn at random have 10 to 12 already.", quick=True)
def random_directions_have_tails(draw):
    size, n = draw.pick("size", [8, 10, 12]), draw.pick("filters", [16, 32])
    X = vision.patches([vision.photo(name) for name in vision.PHOTOS], size, 6000, draw.seed)
    tails = [np.median(vision.kurtosis(X @ vision.independent_components(X, n, steps, draw.seed).T))
             for steps in (0, 40)]  # fmt: skip
    draw.saw("what the method adds", tails[1] - tails[0])
    return 9 < draw.saw("at random", tails[0]) < 13 and tails[1] > tails[0] + 3


def with_holes(draw):
    """Digits with holes, for training and for the test, the whole test digits, a reader trained
    on whole digits and a network trained to fill holes."""
    X, X_test, y, y_test = vision.data(draw.seed)
    size, seeds = draw.pick("hole", [3, 4, 5]), starts(draw)
    reader = train(dense(seeds, (64,)), X, y, 0.01, 15)
    holes = np.concatenate([vision.occluded(X, size, draw.seed + k) for k in range(3)])
    filler = MLP([64, 64, 64], "relu", init="he", seed=seeds, copies=STARTS)
    fit(filler, MeanSquaredError(), Adam(filler.theta, lr=0.003), holes, np.tile(X, (3, 1)),
        epochs=15, batch_size=64, progress=False)  # fmt: skip
    return holes, y, vision.occluded(X_test, size, draw.seed + 9), X_test, y_test, reader, filler


@claim("19.13", "One round helps, and every further round takes some of it away")
def one_round_is_best(draw):
    _, _, hidden, _, y_test, reader, filler = with_holes(draw)
    x, shares = np.broadcast_to(hidden, (STARTS, *hidden.shape)), []
    for _ in range(6):
        shares.append(np.median(accuracy(reader(x), y_test)))
        x = filler(x)
    draw.saw("gain of the first", shares[1] - shares[0])
    draw.saw("loss of the others", shares[1] - shares[5])
    return shares[1] > shares[0] + 0.05 and bool(np.all(np.diff(shares[1:]) < 0.005))


@claim("19.13", "even whole digits are read less well behind it, and behind it twice less still")
def whole_digits_are_not_improved(draw):
    *_, X_test, y_test, reader, filler = with_holes(draw)
    shares, x = [], np.broadcast_to(X_test, (STARTS, *X_test.shape))
    for _ in range(3):
        shares.append(np.median(accuracy(reader(x), y_test)))
        x = filler(x)
    draw.saw("whole", shares[0])
    draw.saw("behind it", shares[1])
    return shares[0] > shares[1] > draw.saw("behind it twice", shares[2])


@claim("19.13", "a reader that has learned with holes, without any filler, is better")
def learning_with_holes_is_better(draw):
    holes, y, hidden, _, y_test, reader, filler = with_holes(draw)
    direct = train(dense(starts(draw), (64,)), holes, np.tile(y, 3), 0.005, 8)
    round_one = np.median(accuracy(reader(filler(hidden)), y_test))
    direct = np.median(accuracy(direct(hidden), y_test))
    return draw.saw("better by", direct - round_one) > 0
