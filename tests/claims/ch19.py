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


@claim("19.3", "ten pixels apart it falls from more than 0.75 to less than 0.1", quick=True)
def the_surround_takes_the_correlation(draw):
    I = vision.photo(draw.pick("photo", list(vision.PHOTOS)))
    seen = vision.alike(vision.surround(I, draw.pick("size", [0.8, 1.0, 1.2])))[9]
    draw.saw("before", vision.alike(I)[9])
    return vision.alike(I)[9] > 0.75 and abs(draw.saw("after", seen)) < 0.1


@claim("19.6", "The convolution hears nearly all of the new tones with 162 parameters, the dense "
       "network two in three with 538")  # fmt: skip
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
    return 0.2 < draw.saw("convolutional lose", lost[0]) < lost[1] - 0.08 and 0.4 < lost[1] < 0.6


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
    stages = [0, 3, 6, 8]  # pixels, both poolings, scores
    S = [np.median(vision.selectivity(a[l], y_test)) for l in stages]
    D = [np.median(np.mean([vision.change(a[l], look[l]) for look in looks], axis=0))
         for l in stages]  # fmt: skip
    draw.saw("selectivity of the scores", S[-1])
    draw.saw("change of the scores", D[-1])
    return bool(np.all(np.diff(S) > 0) and np.all(np.diff(D) < 0))


@claim("19.12", "with random phases the kurtosis falls from about 20 to less than 5, and the "
       "edges\nare gone", quick=True)  # fmt: skip
def edges_are_in_the_phases(draw):
    size, n = draw.pick("size", [8, 10, 12]), draw.pick("filters", [16, 32])
    found = []
    for scramble in (False, True):
        photos = [vision.photo(name) for name in vision.PHOTOS]
        photos = [vision.scrambled(I, draw.seed) for I in photos] if scramble else photos
        X = vision.patches(photos, size, 6000, draw.seed)
        F = vision.independent(X, n, 40, draw.seed)
        found.append((np.median(vision.kurtosis(X @ F.T)),
                      np.median(vision.oriented(vision.as_seen(F, X), size))))  # fmt: skip
    (tails, direction), (flat, blurred) = found
    draw.saw("phases at random", flat)
    draw.saw("direction, less with phases at random by", direction - blurred)
    return 14 < draw.saw("photos", tails) < 28 and flat < 5 and direction > blurred + 0.05


@claim("19.13", "One round helps much, and every further round takes some of it away")
def one_round_is_best(draw):
    X, X_test, y, y_test = vision.data(draw.seed)
    size, seeds = draw.pick("hole", [3, 4, 5]), starts(draw)
    reader = train(dense(seeds, (64,)), X, y, 0.01, 15)
    holes = np.concatenate([vision.occluded(X, size, draw.seed + k) for k in range(3)])
    filler = MLP([64, 64, 64], "relu", init="he", seed=seeds, copies=STARTS)
    fit(filler, MeanSquaredError(), Adam(filler.theta, lr=0.003), holes, np.tile(X, (3, 1)),
        epochs=15, batch_size=64, progress=False)  # fmt: skip
    x = np.broadcast_to(vision.occluded(X_test, size, draw.seed + 9), (STARTS, *X_test.shape))
    shares = []
    for _ in range(6):
        shares.append(np.median(accuracy(reader(x), y_test)))
        x = filler(x)
    draw.saw("gain of the first", shares[1] - shares[0])
    draw.saw("loss of the others", shares[1] - shares[5])
    return shares[1] > shares[0] + 0.05 and bool(np.all(np.diff(shares[1:]) < 0.005))
