"""Chapter 10: what is said of losses, strays, test sets, rare classes and calibration."""

import numpy as np
from scipy.optimize import linprog
from sklearn.cluster import KMeans
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import adjusted_rand_score

from dlcore.activations import sigmoid, softmax
from dlcore.datasets import breast_cancer, digits, iris, moons, split
from dlcore.layers import Linear
from dlcore.losses import (
    Hinge,
    Huber,
    MeanSquaredError,
    PerceptronCriterion,
    SigmoidCrossEntropy,
    SoftmaxCrossEntropy,
)
from dlcore.metrics import accuracy, calibration, confusion_matrix
from dlcore.network import MLP, Network
from dlcore.optimizers import Adam, GradientDescent
from dlcore.perceptron import LogisticUnit
from dlcore.training import fit
from tests.claims import claim


def seeds(draw, copies):
    return draw.rng.integers(2**31, size=copies).tolist()


def softmax_units(draw, X, y, copies, epochs, lr, batch_size=32):
    nets = Network(Linear(64, 10), copies=copies, seed=seeds(draw, copies))
    optimizer = Adam(nets.theta, lr=lr)
    fit(nets, SoftmaxCrossEntropy(), optimizer, X, y, epochs=epochs, batch_size=batch_size)
    return nets


@claim(
    "10.2",
    "Each of the five taught machines agrees better with the labels than each of the five "
    "sortings without a teacher.",
)
def taught_machines_agree_better(draw):
    X, y = digits()
    test = draw.pick("test share", [0.3, 0.5, 0.7])
    own, new, y_own, y_new = split(X, y, test=test, seed=draw.seed)
    nets = softmax_units(draw, own, y_own, 5, 30, draw.pick("rate", [0.005, 0.01, 0.02]))
    taught = [adjusted_rand_score(y_new, s) for s in nets(np.float32(new)).argmax(axis=-1)]
    heaps = [KMeans(10, n_init=4, random_state=s % 2**31).fit(own) for s in seeds(draw, 5)]
    alone = [adjusted_rand_score(y_new, heap.predict(new)) for heap in heaps]
    return draw.saw("taught, worst", min(taught)) > draw.saw("alone, best", max(alone))


def misled(draw, n, wrong, rate, epochs=100, machines=10):
    """Median accuracy of machines, each with n labels of which a share is wrong."""
    X, y = digits()
    own, new, y_own, y_new = split(X, y, test=0.5, seed=draw.seed)
    inputs, targets = [], []
    for _ in range(machines):
        rows = draw.rng.permutation(len(own))[:n]
        labels, bad = y_own[rows].copy(), draw.rng.permutation(n)[: round(wrong * n)]
        labels[bad] = (labels[bad] + draw.rng.integers(1, 10, len(bad))) % 10
        inputs.append(own[rows])
        targets.append(np.eye(10)[labels])
    nets = softmax_units(draw, np.array(inputs), np.array(targets), machines, epochs, rate, None)
    return np.median(accuracy(nets(np.float32(new)), y_new))


@claim(
    "10.2",
    "after 100 epochs a fifth of wrong labels costs more accuracy with 100 labels than with 400",
)
def few_labels_suffer_more(draw):
    rate = draw.pick("rate", [0.01, 0.02, 0.04])
    lost = [misled(draw, n, 0, rate) - misled(draw, n, 0.2, rate) for n in (100, 400)]
    return draw.saw("lost with 100", lost[0]) > draw.saw("lost with 400", lost[1])


@claim("10.2", "With 400 labels, a fifth of them wrong, the machines still read over four fifths")
def four_hundred_labels_are_robust(draw):
    rate = draw.pick("rate", [0.01, 0.02, 0.04])
    return draw.saw("median accuracy", misled(draw, 400, 0.2, rate)) > 0.8


@claim(
    "10.2",
    "after 1000 epochs the same wrong labels cost more than 15 points, with 100 labels and with "
    "400",
)
def wrong_labels_are_learned_by_heart(draw):
    rate = draw.pick("rate", [0.01, 0.02, 0.04])
    few, many = (
        misled(draw, n, 0, rate, 1000, 5) - misled(draw, n, 0.2, rate, 1000, 5) for n in (100, 400)
    )
    return draw.saw("lost with 100", few) > 0.15 and draw.saw("lost with 400", many) > 0.15


@claim("10.2", "machines that were told to call every 7 a 1 do so with most new 7s")
def a_steady_error_is_believed(draw):
    X, y = digits()
    own, new, y_own, y_new = split(X, y, test=0.5, seed=draw.seed)
    rows = draw.rng.permutation(len(own))[: draw.pick("labels", [100, 400, 800])]
    told = np.where(y_own[rows] == 7, 1, y_own[rows])
    rate, epochs = draw.pick("rate", [0.01, 0.02, 0.04]), draw.pick("epochs", [100, 1000])
    nets = softmax_units(draw, own[rows], told, 10, epochs, rate, None)
    said = nets(np.float32(new)).argmax(axis=-1)
    return draw.saw("least share", (said[:, y_new == 7] == 1).mean(axis=1).min()) > 0.5


def diabetics(draw, share, where, level):
    """Body mass index and progression, both standardised, resampled and spoiled; and before."""
    data = load_diabetes()
    chosen = draw.rng.integers(442, size=442)
    x, y = data.data[chosen, 2], data.target[chosen]
    x, y = (x - x.mean()) / x.std(), (y - y.mean()) / y.std()
    order = draw.rng.permutation(442) if where == "anywhere" else np.argsort(-x)
    out, spoiled = order[: round(share * 442)], y.copy()
    spoiled[out] = level + 0.5 * draw.rng.standard_normal(len(out))
    return x, y, spoiled


def best_line(name, x, y, delta=1.0):
    """(b, w), by methods that the chapter does not use: linear programme, reweighted squares."""
    A = np.column_stack([np.ones(len(x)), x])
    if name == "squares":
        return np.linalg.lstsq(A, y, rcond=None)[0]
    if name == "absolute values":
        n, one = len(x), np.eye(len(x))
        cost = np.concatenate([np.zeros(2), np.ones(n)])
        bounds = [(None, None)] * 2 + [(0, None)] * n
        sides = np.block([[A, -one], [-A, -one]])
        return linprog(cost, sides, np.concatenate([y, -y]), bounds=bounds).x[:2]
    c = np.zeros(2)
    for _ in range(300):
        weight = np.minimum(1, delta / np.maximum(np.abs(A @ c - y), 1e-12))
        c = np.linalg.solve(A.T @ (weight[:, None] * A), A.T @ (weight * y))
    return c


LINES = ("squares", "absolute values", "Huber")


@claim(
    "10.4",
    "Strays anywhere drag the line of the squares down at least two and a half times as far as the "
    "other two",
)
def squares_are_dragged_down(draw):
    share, level = draw.pick("share", [0.1, 0.15, 0.2]), draw.pick("strays at", [-5, -6, -8])
    x, y, spoiled = diabetics(draw, share, "anywhere", level)
    delta = draw.pick("delta", [0.3, 1.0])
    down = [best_line(n, x, y, delta)[0] - best_line(n, x, spoiled, delta)[0] for n in LINES]
    return draw.saw("squares / worst of the others", down[0] / max(down[1:])) > 2.5


@claim("10.4", "with $\\delta = 3$ Huber goes about half as far as the squares, or farther")
def a_large_delta_is_half_way(draw):
    share = draw.pick("share", [0.05, 0.1, 0.15, 0.2])
    x, y, spoiled = diabetics(draw, share, "anywhere", -6)
    down = [
        best_line(n, x, y, 3.0)[0] - best_line(n, x, spoiled, 3.0)[0] for n in ("Huber", "squares")
    ]
    return 0.45 < draw.saw("Huber / squares", down[0] / down[1]) < 0.9


@claim(
    "10.4", "no loss of the three keeps the sign of the slope once a fifth of the values are strays"
)
def the_long_lever(draw):
    share, level = draw.pick("share", [0.2, 0.25, 0.3]), draw.pick("strays at", [-5, -6, -8])
    x, y, spoiled = diabetics(draw, share, "right", level)
    delta = draw.pick("delta", [0.3, 1.0, 3.0])
    before = min(best_line(name, x, y, delta)[1] for name in LINES)
    after = max(best_line(name, x, spoiled, delta)[1] for name in LINES)
    return before > 0 > draw.saw("largest slope", after)


@claim("10.4", "At the right end the squares have turned round at a tenth already", quick=True)
def a_tenth_turns_the_squares(draw):
    share, level = draw.pick("share", [0.1, 0.15]), draw.pick("strays at", [-5, -6, -8])
    x, y, spoiled = diabetics(draw, share, "right", level)
    before, after = (best_line("squares", x, answers)[1] for answers in (y, spoiled))
    return before > 0 > draw.saw("slope", after)


def huber_answers(y, delta):
    low, high = y.min(axis=1), y.max(axis=1)
    for _ in range(50):
        c = (low + high) / 2
        up = Huber(delta).slope(c[:, None], y).sum(axis=1) < 0
        low, high = np.where(up, c, low), np.where(up, high, c)
    return high


def spreads(y):
    return y.mean(axis=1).std(), np.median(y, axis=1).std(), huber_answers(y, 1.5).std()


@claim(
    "10.4",
    "With Gaussian noise the mean is best, the median about a quarter worse, and Huber's answer "
    "hardly worse than the mean.",
    quick=True,
)
def robustness_has_a_price(draw):
    n = draw.pick("values", [25, 51, 101])
    mean, median, huber = spreads(draw.rng.standard_normal((4000, n)))
    worse = draw.saw("median / mean", median / mean)
    return 1.15 < worse < 1.35 and 1 < draw.saw("Huber / mean", huber / mean) < 1.08


@claim("10.4", "With such strays the mean is by far the worst", quick=True)
def the_mean_is_worst_with_strays(draw):
    n, share = draw.pick("values", [15, 25, 51]), draw.pick("share", [0.05, 0.1, 0.2])
    y = draw.rng.standard_normal((4000, n))
    y = np.where(draw.rng.random(y.shape) < share, draw.pick("times", [10, 20]) * y, y)
    mean, median, huber = spreads(y)
    return draw.saw("mean / worse of the others", mean / max(median, huber)) > 1.5


@claim(
    "10.5",
    "the loss is infinite, and the slope is $\\infty \\cdot 0$, which is not a number",
    quick=True,
)
def the_formula_breaks(draw):
    z = np.float32(draw.rng.uniform(17, 88, (20, 1)))
    with np.errstate(all="ignore"):
        p = 1 / (1 + np.exp(-z))
        loss, slope = -np.log(1 - p), p / (p * (1 - p)) * (p * (1 - p))
    safe = SigmoidCrossEntropy()
    draw.saw("smallest logit", z.min())
    exact = np.allclose(safe.terms(z, 0 * z), z, rtol=1e-6) and (safe.slope(z, 0 * z) == 1).all()
    return np.isinf(loss).all() and np.isnan(slope).all() and exact


TWO_X, TWO_Y = np.array([1.0, 10.0]), np.array([1.0, 0.0])


def two_points(w, rate, steps, squares):
    for _ in range(steps):
        p = sigmoid(w * TWO_X)
        w = w - rate * np.mean((p - TWO_Y) * (p * (1 - p) if squares else 1) * TWO_X)
    return w


@claim("10.5", "from 2 the weight walks away from the minimum and never comes back", quick=True)
def the_plateau_leads_away(draw):
    start, rate = draw.rng.uniform(1.5, 4), draw.pick("rate", [0.1, 1.0, 3.0])
    ends = [two_points(start, rate, steps, True) for steps in (0, 1000, 10_000)]
    draw.saw("after 10000 steps", ends[-1])
    return ends[0] < ends[1] < ends[2]


@claim("10.5", "leads to $-0.281$ from everywhere", quick=True)
def the_bowl_has_one_bottom(draw):
    start, rate = draw.rng.uniform(-6, 6), draw.pick("rate", [0.01, 0.03, 0.1])
    end = two_points(start, rate, 20_000, False)
    return abs(draw.saw("end", end) + 0.281) < 1e-3


PAIRS = [(0, 1), (0, 4), (1, 4), (1, 21), (5, 9), (7, 4)]


@claim("10.6", "Equal to the third digit.")
def logistic_regression_is_recognised(draw):
    X, y = breast_cancer()
    chosen = draw.rng.integers(len(X), size=len(X))
    X, y = X[chosen][:, list(draw.pick("columns", PAIRS))], y[chosen]
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    unit = LogisticUnit(2)
    unit.fit(X, y, lr=4.0, epochs=5000, batch=True)
    solved = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(X, y)
    far = np.abs(unit.w - np.r_[solved.intercept_, solved.coef_[0]]).max()
    return draw.saw("largest difference", far) < 5e-4


@claim("10.6", "Ten times the steps add roughly the same length each time", quick=True)
def weights_grow_like_the_logarithm(draw):
    other = draw.pick("against", ["versicolor", "virginica"])
    X, y = iris(classes=("setosa", other), features=("petal length", "petal width"))
    chosen = draw.rng.integers(len(X), size=len(X))
    unit = LogisticUnit(2)
    rate = draw.pick("rate", [0.5, 1.0, 2.0])
    trace = unit.fit(X[chosen], y[chosen], lr=rate, epochs=10_000, batch=True, record=True)
    lengths = [np.linalg.norm(trace.weights_at(t)) for t in (100, 1000, 10_000)]
    first, second = np.diff(lengths)
    return 0.7 < draw.saw("second tenfold / first", second / first) < 1.4


def three_questions(draw):
    """Half of the digits to learn from, half to test, and the three labels of each kind."""
    X, y = digits()
    digit = np.arange(10)
    asked = np.stack([digit % 2 == 0, digit > 4, np.isin(digit, (0, 6, 8, 9))], axis=1) + 0.0
    return *split(X, y, test=0.5, seed=draw.seed), asked


@claim("10.7", "Three sigmoids say three yes, or three no.")
def sigmoids_say_it_all(draw):
    own, new, y_own, y_new, asked = three_questions(draw)
    width = draw.pick("hidden units", [16, 32, 64])
    nets = MLP([64, width, 3], "tanh", copies=5, seed=seeds(draw, 5))
    rate = draw.pick("rate", [0.005, 0.01])
    fit(nets, SigmoidCrossEntropy(), Adam(nets.theta, lr=rate), own, asked[y_own], epochs=40)
    p = sigmoid(nets(np.float32(new))).mean(axis=0)
    eight = draw.saw("least mean yes for an 8", p[y_new == 8].mean(axis=0).min())
    return eight > 0.75 and draw.saw("largest for a 1", p[y_new == 1].mean(axis=0).max()) < 0.25


@claim("10.7", "for the 8 it cuts it into thirds")
def a_softmax_shares_one_yes(draw):
    own, new, y_own, y_new, asked = three_questions(draw)
    targets = asked[y_own]
    some = targets.sum(axis=1) > 0
    width = draw.pick("hidden units", [16, 32, 64])
    nets = MLP([64, width, 3], "tanh", copies=5, seed=seeds(draw, 5))
    optimizer = Adam(nets.theta, lr=draw.pick("rate", [0.005, 0.01]))
    shares = targets[some] / targets[some].sum(axis=1, keepdims=True)
    fit(nets, SoftmaxCrossEntropy(), optimizer, own[some], shares, epochs=40)
    p = softmax(nets(np.float32(new))).mean(axis=0)[y_new == 8].mean(axis=0)
    return 0.23 < draw.saw("least", p.min()) and draw.saw("largest", p.max()) < 0.43


def pull_of_right_answers(loss, X, t, rate, steps, seed):
    """The share of the whole pull that right answers have, and how many are right."""
    net = Network(Linear(2, 1), dtype="float64", seed=seed)
    target = (t + 1) / 2 if isinstance(loss, SigmoidCrossEntropy) else t
    optimizer = GradientDescent(net.theta, lr=rate)
    for _ in range(steps):
        optimizer.step(net.gradient(loss, X, target))
    z = net(X)
    pull = np.abs(loss.slope(z, target)) * np.sqrt(1 + (X**2).sum(axis=1, keepdims=True))
    right = t * z > 0
    return pull[right].sum() / max(pull.sum(), 1e-300), right.mean(), (t * z)[right], pull[right]


def two_clouds(draw, spreads=(0.6, 0.7, 0.8)):
    t = np.repeat([-1.0, 1.0], 40)[:, None]
    spread = draw.pick("spread", list(spreads))
    return spread * draw.rng.standard_normal((80, 2)) + t * [1.2, 0.5], t


@claim(
    "10.8",
    "more than a third of the whole pull comes from right answers with cross-entropy, and more "
    "than three quarters with squares",
    quick=True,
)
def right_answers_pull(draw):
    X, t = two_clouds(draw, [0.6, 0.7, 0.8, 1.0])
    rate, steps = draw.pick("rate", [0.05, 0.1, 0.3]), draw.pick("steps", [300, 1000])
    entropy, squares = (
        pull_of_right_answers(loss, X, t, rate, steps, draw.seed)[0]
        for loss in (SigmoidCrossEntropy(), MeanSquaredError())
    )
    return draw.saw("cross-entropy", entropy) > 1 / 3 and draw.saw("squares", squares) > 0.75


@claim(
    "10.8",
    "With the perceptron's loss no right answer pulls; the hinge asks for a margin of 1 and then "
    "lets go",
    quick=True,
)
def the_hinge_lets_go(draw):
    X, t = two_clouds(draw)
    steps = draw.pick("steps", [3, 30, 300])
    share, right, _, _ = pull_of_right_answers(PerceptronCriterion(), X, t, 0.3, steps, draw.seed)
    _, _, margins, pull = pull_of_right_answers(Hinge(), X, t, 0.3, steps, draw.seed)
    draw.saw("right", right)
    return share == 0 and (pull[margins > 1] == 0).all() and (pull[margins < 1] > 0).all()


NEIGHBOURS = np.arange(1, 30, 2)


def neighbour_errors(X_own, y_own, X, y):
    distance = ((X[:, None] - X_own) ** 2).sum(axis=-1)
    votes = np.cumsum(y_own[np.argsort(distance, axis=1)[:, :29]], axis=1)[:, ::2]
    return ((2 * votes > NEIGHBOURS) != y[:, None]).mean(axis=0)


@claim(
    "10.9",
    "with twenty test points its curve lies somewhere about a tenth away from the grey one, on the "
    "average of many draws**, which is more than separates the best $k$ from the worst",
)
def twenty_points_are_few(draw):
    noise, far, apart = draw.pick("noise", [0.3, 0.35, 0.4]), [], []
    for seed in seeds(draw, 12):
        X, y = moons(200, noise=noise, seed=seed)
        fresh, y_fresh = moons(1000, noise=noise, seed=seed + 1)
        own, kept, y_own, y_kept = split(X, y, test=0.1, seed=seed)
        errors = [
            neighbour_errors(own, y_own, *part) for part in ((kept, y_kept), (fresh, y_fresh))
        ]
        far.append(np.abs(errors[0] - errors[1]).max())
        apart.append(np.ptp(errors[1]))
    draw.saw("worst k − best k", np.mean(apart))
    if np.mean(apart) >= np.mean(far):
        return False
    return 0.07 < draw.saw("mean of the largest distance", np.mean(far)) < 0.14


@claim("10.9", "The best of a hundred coin tossers has 58 or 59 %", quick=True)
def the_best_of_a_hundred(draw):
    best = draw.rng.binomial(200, 0.5, (200, 100)).max(axis=1) / 200
    return 0.575 <= draw.saw("median", np.median(best)) < 0.595


def noise_study(seed, split_first, measurements, patients):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((patients, measurements))
    y = rng.permutation(np.arange(patients) % 2)
    X_a, X_b, y_a, y_b = split(X, y, test=0.5, seed=seed)
    seen, y_seen = (X_a, y_a) if split_first else (X, y)
    gap = seen[y_seen == 1].mean(axis=0) - seen[y_seen == 0].mean(axis=0)
    chosen = np.argsort(-np.abs(gap))[:10]
    w = X_a[y_a == 1][:, chosen].mean(axis=0) - X_a[y_a == 0][:, chosen].mean(axis=0)
    return (((X_b[:, chosen] - X_a[:, chosen].mean(axis=0)) @ w > 0) == y_b).mean()


@claim("10.9", "About eight in ten diagnoses right, from noise.")
def choosing_first_leaks(draw):
    measurements = draw.pick("measurements", [1500, 2000, 3000])
    numbers = seeds(draw, 20)
    leaked = np.mean([noise_study(s, False, measurements, 100) for s in numbers])
    honest = np.mean([noise_study(s, True, measurements, 100) for s in numbers])
    draw.saw("split first", honest)
    return 0.75 <= draw.saw("chosen first", leaked) <= 0.86 and 0.44 < honest < 0.56


@claim("10.9", "one pixel to the right, and the accuracy of all five falls below one half")
def one_pixel_is_another_source(draw):
    X, y = digits()
    own, new, y_own, y_new = split(X, y, test=0.5, seed=draw.seed)
    nets = softmax_units(draw, own, y_own, 5, 30, draw.pick("rate", [0.005, 0.01, 0.02]))
    moved = np.zeros((len(new), 8, 8), dtype=np.float32)
    moved[:, :, 1:] = new.reshape(-1, 8, 8)[:, :, :7]
    there = accuracy(nets(np.float32(new)), y_new).min()
    after = accuracy(nets(moved.reshape(-1, 64)), y_new).max()
    return draw.saw("same source, least", there) > 0.9 and draw.saw("moved, most", after) < 0.5


def clouds(rng, n, share):
    y = (rng.random(n) < share).astype(int)
    return rng.standard_normal((n, 2)) + np.where(y[:, None] == 1, [1.2, 0.6], [-0.5, -0.3]), y


def rare_unit(X, y, weight):
    net = Network(Linear(2, 1), dtype="float64")
    w = np.where(y == 1, float(weight), 1.0)
    optimizer = Adam(net.theta, lr=0.1)
    fit(net, SigmoidCrossEntropy(), optimizer, X, y, epochs=300, batch_size=None, weights=w)
    return net


def recall_and_precision(z, y):
    (_, fp), (fn, tp) = confusion_matrix(z, y)
    return np.array([tp / (tp + fn), tp / max(tp + fp, 1)])


@claim("10.10", "Unweighted, the unit finds fewer than a quarter of the rare points")
def accuracy_hides_the_rare(draw):
    X, y = clouds(draw.rng, draw.pick("examples", [2000, 4000]), 0.02)
    new, y_new = clouds(draw.rng, 20_000, 0.02)
    z = rare_unit(X, y, 1)(new)
    draw.saw("accuracy", accuracy(z, y_new))
    return draw.saw("recall", recall_and_precision(z, y_new)[0]) < 0.25


@claim("10.10", "With a weight of 20 it finds most of them, and most of its alarms are false.")
def a_weight_brings_alarms(draw):
    X, y = clouds(draw.rng, draw.pick("examples", [2000, 4000]), 0.02)
    new, y_new = clouds(draw.rng, 20_000, 0.02)
    recall, precision = recall_and_precision(rare_unit(X, y, 20)(new), y_new)
    return draw.saw("recall", recall) > 0.5 > draw.saw("precision", precision)


@claim("10.10", "Weights and thresholds do nearly the same")
def weights_are_thresholds(draw):
    share, weight = draw.pick("share", [0.02, 0.05, 0.1]), draw.pick("weight", [5, 20, 50])
    X, y = clouds(draw.rng, 4000, share)
    new, y_new = clouds(draw.rng, 20_000, share)
    weighted = recall_and_precision(rare_unit(X, y, weight)(new), y_new)
    shifted = recall_and_precision(rare_unit(X, y, 1)(new) + np.log(weight), y_new)
    return draw.saw("largest difference", np.abs(weighted - shifted).max()) < 0.08


def sure(draw, epochs):
    """Logits on validation and new points, and the labels of both, of five networks."""
    noise, width = draw.pick("noise", [0.35, 0.4]), draw.pick("width", [16, 32])
    parts = [moons(100, noise=noise, seed=s) for s in seeds(draw, 5)]
    X, y = np.stack([a for a, _ in parts]), np.stack([b for _, b in parts])[..., None] + 0.0
    nets = MLP([2, width, width, 1], "tanh", copies=5, seed=seeds(draw, 5))
    optimizer, found = Adam(nets.theta, lr=0.01), []
    held = moons(500, noise=noise, seed=draw.seed), moons(4000, noise=noise, seed=draw.seed + 9999)
    done = 0
    for number in epochs:
        fit(nets, SigmoidCrossEntropy(), optimizer, X, y, epochs=number - done, batch_size=None)
        done = number
        found.append([(nets(np.float32(A))[..., 0].astype(float), b) for A, b in held])
    return found


def errors(z, y):
    return np.median([calibration(sigmoid(row), y)[1] for row in z])


def cross_entropy(z, y):
    return np.median(SigmoidCrossEntropy().mean(z[..., None], y[:, None]))


@claim("10.11", "After 2000 epochs the calibration error is at least twice what it was after 100")
def long_training_makes_surer(draw):
    (_, (z_100, y)), (_, (z_2000, _)) = sure(draw, [100, 2000])
    before, after = errors(z_100, y), errors(z_2000, y)
    return draw.saw("after 100", before) * 2 <= draw.saw("after 2000", after)


@claim("10.11", "and the accuracy is a little lower.")
def long_training_costs_a_little_accuracy(draw):
    (_, (z_100, y)), (_, (z_2000, _)) = sure(draw, [100, 2000])
    lost = np.median(((z_100 > 0) == y).mean(axis=1)) - np.median(((z_2000 > 0) == y).mean(axis=1))
    return 0 < draw.saw("accuracy lost", lost) < 0.08


@claim("10.11", "Most of what the networks then state lies within 0.05 of 0 or of 1")
def long_training_leaves_no_doubt(draw):
    ((_, (z, _)),) = sure(draw, [2000])
    return draw.saw("share", (np.abs(sigmoid(z) - 0.5) > 0.45).mean()) > 0.5


@claim("10.11", "The calibration error falls to less than a half, and the loss on new points too.")
def temperature_repairs(draw):
    (((z_valid, y_valid), (z, y)),) = sure(draw, [2000])
    ladder = np.geomspace(0.25, 32, 141)
    J = [SigmoidCrossEntropy().mean((z_valid / T)[..., None], y_valid[:, None]) for T in ladder]
    T = ladder[np.argmin(J, axis=0)][:, None]
    fell = draw.saw("error, after / before", errors(z / T, y) / errors(z, y))
    return fell < 0.5 and draw.saw("loss", cross_entropy(z / T, y) / cross_entropy(z, y)) < 0.5


@claim("10.11", "shows one of about a tenth on 100 points, by chance", quick=True)
def calibration_has_a_floor(draw):
    p = draw.rng.random((200, 100)) ** draw.pick("power", [0.5, 1, 2])
    happened = (draw.rng.random(p.shape) < p).astype(int)
    floor = np.mean([calibration(*pair)[1] for pair in zip(p, happened, strict=True)])
    return 0.07 < draw.saw("mean error", floor) < 0.13
