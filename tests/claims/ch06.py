"""Chapter 6: what the experiments with Rosenblatt's perceptron and its relatives say."""

import itertools

import numpy as np

from dlcore.datasets import blobs, boolean, digits, separable, split
from dlcore.perceptron import Adaline, LogisticUnit, Perceptron
from dlcore.photoperceptron import Photoperceptron
from dlcore.separability import novikoff_bound
from dlcore.teaching.chapters import card_drawer
from dlcore.teaching.chapters.cards import cards, to_retina
from dlcore.teaching.chapters.pocket import pocket
from tests.claims import claim

CENTRES = [[-1, 0], [1, 0]]


def updates(name, spread, rng, lr=1.0, starts=100):
    X, y = boolean(name)
    w = spread * lr * rng.standard_normal((starts, 3))
    return np.array([Perceptron(2, w=w0).fit(X, y, lr=lr, epochs=5000).updates for w0 in w])


@claim(
    "6.5",
    "for AND, OR and NAND the median over 100 starts stays within two updates of the start at zero",
    quick=True,
)
def near_starts_cost_little(draw):
    name, lr = draw.pick("task", ["and", "or", "nand"]), draw.pick("rate", [0.1, 1, 10])
    zero = Perceptron(2).fit(*boolean(name)).updates
    near = updates(name, draw.pick("spread / rate", [0.25, 0.5, 1]), draw.rng, lr)
    return abs(draw.saw("median less zero", np.median(near) - zero)) <= 2


@claim(
    "6.5",
    "With a spread of twenty times $\\eta$ it is between two and ten times as many",
    quick=True,
)
def far_starts_cost_several_times(draw):
    name, lr = draw.pick("task", ["and", "or", "nand"]), draw.pick("rate", [0.1, 1, 10])
    zero = Perceptron(2).fit(*boolean(name)).updates
    far = updates(name, 20, draw.rng, lr)
    return 2 <= draw.saw("median / zero", np.median(far) / zero) <= 10


@claim("6.6", "the updates are typically a tenth of what it allows or fewer", quick=True)
def the_bound_is_generous(draw):
    share = []
    for seed in range(10):
        gap, n = draw.rng.choice([0.05, 0.1, 0.2]), draw.pick("examples", [50, 100, 200])
        X, y = separable(n, gap, 1, seed=10 * draw.seed + seed)
        share.append(Perceptron(2).fit(X, y, epochs=5000).updates / novikoff_bound(X, y))
    return draw.saw("median of updates / bound", np.median(share)) <= 0.1


@claim(
    "6.6",
    "from a strip of 0.2 to one of 0.02, in the median of twenty draws ($r=1$), the bound grows "
    "about thirtyfold and the number of updates about threefold",
)
def the_bound_grows_much_faster_than_the_updates(draw):
    bound, made = [], []
    for seed in range(20):
        wide, narrow = (separable(100, gap, 1, seed=20 * draw.seed + seed) for gap in (0.2, 0.02))
        bound.append(novikoff_bound(*narrow) / novikoff_bound(*wide))
        runs = [Perceptron(2).fit(*data, epochs=5000).updates for data in (narrow, wide)]
        made.append(runs[0] / runs[1])
    grows = draw.saw("bound grows", np.median(bound))
    return 20 < grows < 45 and 1.8 < draw.saw("updates grow", np.median(made)) < 4.5


@claim(
    "6.6",
    "If the strip is narrow, the order of the examples alone can change their number as much as a "
    "strip ten times as wide does.",
)
def order_counts_as_much_as_the_margin(draw):
    gap, made, by_order = draw.pick("half-width", [0.02, 0.03, 0.04]), {}, []
    for width in (gap, 10 * gap):
        made[width] = []
        for seed in range(6):
            X, y = separable(100, width, 1, seed=10 * draw.seed + seed)
            orders = [draw.rng.permutation(100).tolist() for _ in range(10)]
            found = [Perceptron(2).fit(X, y, order=o, epochs=5000).updates for o in orders]
            made[width].append(np.median(found))
            by_order += [max(found) / min(found)] if width == gap else []
    margin = draw.saw("by the margin", np.median(made[gap]) / np.median(made[10 * gap]))
    return draw.saw("by the order, most / least of 10", np.median(by_order)) >= margin


@claim(
    "6.7",
    "The unit that learns goes on jumping, and with a spread of 1.6 it falls below one half now "
    "and then; the one in the pocket only ever improves.",
    quick=True,
)
def the_pocket_only_improves(draw):
    X, y = blobs(draw.pick("points", [100, 200]), CENTRES, 1.6, seed=draw.seed)
    result = pocket(X, y, trials=1000, seed=draw.seed)
    late = result.current[500:]
    below = draw.saw("share of the late trials below one half", np.mean(late < 0.5))
    return (
        0 < below < 0.3
        and np.ptp(late) > 0.2
        and np.all(np.diff(result.kept) >= 0)
        and draw.saw("pocket", result.kept[-1]) >= np.median(late)
    )


def swing(kind, X, y, lr, seed):
    """How far the direction of (w1, w2) varies over the last 20 of 60 epochs, in degrees."""
    trace = kind(2).fit(X, y, lr=lr, epochs=60, order="random", seed=seed, record=True)
    if trace.diverged:
        return np.inf
    w = np.array([trace.weights_at(e) for e in range(max(1, trace.epochs - 19), trace.epochs + 1)])
    return np.degrees(np.std(np.unwrap(np.arctan2(w[:, 2], w[:, 1]))))


@claim(
    "6.9",
    "On overlapping clouds (a spread of 0.8 or more) the perceptron's line swings through many "
    "degrees for ever, and the rate makes no difference to it.",
    quick=True,
)
def the_perceptron_swings(draw):
    X, y = blobs(100, CENTRES, draw.pick("spread", [0.8, 1.2, 1.6]), seed=draw.seed)
    low, high = (swing(Perceptron, X, y, lr, draw.seed) for lr in (0.001, 0.3))
    return draw.saw("degrees", low) > 10 and abs(low - high) < 1e-6


@claim("6.9", "Adaline's trembles, and the smaller the rate the less", quick=True)
def adaline_trembles_less_at_a_smaller_rate(draw):
    X, y = blobs(100, CENTRES, draw.pick("spread", [0.8, 1.2, 1.6]), seed=draw.seed)
    small, middle, large = (swing(Adaline, X, y, lr, draw.seed) for lr in (0.001, 0.01, 0.05))
    return draw.saw("degrees at 0.001", small) < 0.5 and small < middle < large


@claim(
    "6.9",
    "On the overlapping clouds a large rate sends Adaline reeling, and may make it explode: with a "
    "spread of 1.6 and $\\eta=0.3$ it does.",
    quick=True,
)
def a_large_rate_makes_adaline_reel(draw):
    X, y = blobs(100, CENTRES, draw.pick("spread", [0.8, 1.2]), seed=draw.seed)
    large = draw.saw("degrees at 0.3", swing(Adaline, X, y, 0.3, draw.seed))
    X, y = blobs(100, CENTRES, 1.6, seed=draw.seed)
    return large > 20 and swing(Adaline, X, y, 0.3, draw.seed) == np.inf


@claim(
    "6.9",
    "With a spread of 0.3, where a line separates the clouds, it is the perceptron that stops for "
    "good.",
    quick=True,
)
def separable_clouds_stop_the_perceptron(draw):
    X, y = blobs(draw.pick("points", [50, 100]), CENTRES, 0.3, seed=draw.seed)
    run = Perceptron(2).fit(X, y, lr=0.01, epochs=60, order="random", seed=draw.seed)
    other = Adaline(2).fit(X, y, lr=0.01, epochs=60, order="random", seed=draw.seed)
    draw.saw("epochs", run.epochs)
    return run.converged and not other.converged


@claim(
    "6.9", "The border is sharp, as one can see at one per cent to either side of it.", quick=True
)
def the_limit_of_the_rate_is_sharp(draw):
    n = draw.pick("inputs", [1, 2, 5, 20])
    X = draw.rng.standard_normal((100, n)) * draw.pick("scale", [0.3, 1, 3]) + draw.rng.normal(
        size=n
    )
    y = (draw.rng.random(100) < 0.5).astype(int)
    losses = []
    for ratio in (0.99, 1.01):
        unit = Adaline(n, w=draw.rng.standard_normal(n + 1))
        before = unit.loss(X, y)
        unit.fit(X, y, lr=ratio * unit.stable_lr(X), epochs=2000, batch=True)
        losses.append(unit.loss(X, y) / before)
    draw.saw("loss at 1.01 of the limit, in terms of the start's", losses[1])
    return losses[0] < 1 and losses[1] > 1e3


@claim(
    "6.9",
    "what the start has put into that direction stays for ever, while the loss goes down as before",
    quick=True,
)
def dead_pixels_keep_their_weights(draw):
    pair = draw.pick("digits", [(0, 1), (3, 8), (4, 9), (2, 7)])
    X, y = digits(pair)
    dead = 1 + np.flatnonzero(X.max(axis=0) == 0)
    start = draw.rng.standard_normal(65)
    unit = Adaline(64, w=start)
    before = unit.loss(X, y)
    unit.fit(X, y, lr=0.5 * unit.stable_lr(X), epochs=500, batch=True)
    ratio = draw.saw("loss after / before", unit.loss(X, y) / before)
    return len(dead) > 0 and np.array_equal(unit.w[dead], start[dead]) and ratio < 0.2


@claim(
    "6.10",
    "For overlapping classes, as here, the pulls come to balance and $\\mathbf w$ settles; for "
    "separable ones they never do, and the weights grow without end.",
)
def logistic_weights_settle_or_grow(draw):
    growth = {}
    for kind, std in (("overlapping", draw.pick("spread", [0.8, 1.2])), ("separable", 0.25)):
        X, y = blobs(60, [[-1, -0.4], [1, 0.4]], std, seed=draw.seed)
        unit, lengths = LogisticUnit(2), []
        for _ in range(2):
            unit.fit(X, y, lr=1.0, epochs=4000, batch=True)
            lengths.append(np.linalg.norm(unit.w))
        growth[kind] = draw.saw(f"{kind}, growth from 4000 to 8000", lengths[1] / lengths[0] - 1)
    return growth["overlapping"] < 0.01 < 0.05 < growth["separable"]


@claim(
    "6.11",
    "each of the 45 pairs of these digits is separated by a weighted sum (in 64 dimensions a "
    "hyperplane takes the place of the line), and the rule finds it from zero within 25 epochs",
    draws=1,
)
def every_pair_of_digits_is_separable(draw):
    runs = [Perceptron(64).fit(*digits(p), epochs=25) for p in itertools.combinations(range(10), 2)]
    draw.saw("epochs", max(run.epochs for run in runs))
    return len(runs) == 45 and all(run.converged for run in runs)


@claim(
    "6.12",
    "of random drawings in the nine cells that lie wholly in one half, it places at least nine in "
    "ten correctly.",
    quick=True,
)
def random_drawings_are_placed(draw):
    machine = Photoperceptron(seed=draw.seed)
    machine.train(*cards(200, seed=draw.seed))
    S, y = np.zeros((400, 400)), np.arange(400) % 2
    for card, label in zip(S, y, strict=True):
        cells = {name: bool(draw.rng.integers(2)) for name in card_drawer.CELLS}
        card[card_drawer.lit(int(draw.rng.integers(5)) + 10 * label, **cells)] = 1
    return draw.saw("right", machine.accuracy(S, y)) >= 0.9


@claim("6.12", "where exactly the answer changes depends on the lottery of the wires", quick=True)
def the_lottery_decides_where_the_answer_changes(draw):
    figure = {name: bool(draw.rng.integers(2)) for name in card_drawer.CELLS} | {"b2": True}
    places = set()
    for k in range(10):
        machine = Photoperceptron(seed=10 * draw.seed + k)
        machine.train(*cards(200, seed=10 * draw.seed + k))
        S = np.zeros((15, 400))
        for column, card in enumerate(S):
            card[card_drawer.lit(column, **figure)] = 1
        places.add(int(np.argmax(machine(S))))
    return draw.saw("places, of ten machines", len(places)) >= 3


def twenty_machines(draw, **sizes):
    """Shares of wrong answers in trials 1-25, 26-50, 51-200 and on new cards, (20, 4)."""
    table = []
    for k in range(20):
        seed = 20 * draw.seed + k
        machine = Photoperceptron(seed=seed, **sizes)
        wrong = np.not_equal(*(lambda S, y: (machine.train(S, y), y))(*cards(200, seed=seed)))
        new = 1 - machine.accuracy(*cards(400, seed=seed + 7))
        table.append([wrong[:25].mean(), wrong[25:50].mean(), wrong[50:].mean(), new])
    return np.array(table)


@claim(
    "6.12",
    "are wrong in about a quarter of the first 25 trials, in about a tenth of the next 25, and "
    "after 200 trials hardly ever",
)
def fifty_trials(draw):
    first, second, _, new = np.median(twenty_machines(draw), axis=0)
    draw.saw("trials 1-25", first), draw.saw("26-50", second), draw.saw("new", new)
    return 0.2 <= first <= 0.33 and 0.05 <= second <= 0.15 and new < 0.04


@claim(
    "6.12",
    "with literally two fixed cards, the same two each time, it makes two mistakes in all: one on "
    "the first right card and one on the next left one",
    quick=True,
)
def two_cards_two_mistakes(draw):
    S, y = cards(20, size=draw.pick("size of the square", [3, 4, 6]), seed=draw.seed)
    two = S[[np.argmax(y == 0), np.argmax(y == 1)]]
    shown = draw.rng.integers(0, 2, 50)
    machine = Photoperceptron(seed=draw.seed, n_a=draw.pick("units", [256, 512, 1024]))
    wrong = np.flatnonzero(machine.train(two[shown], shown) != shown)
    draw.saw("mistakes", len(wrong))
    right = np.argmax(shown == 1)
    return wrong.tolist() == [right, right + np.argmax(shown[right:] == 0)]


@claim(
    "6.12",
    "With four wires each, 16 units get a fifth to a third of new cards wrong, 128 only a few "
    "per cent, and from 512 on more units change hardly anything",
)
def how_many_units(draw):
    few, some, many, more = (
        draw.saw(f"{n} units", np.median(twenty_machines(draw, n_a=n)[:, 3]))
        for n in (16, 128, 512, 2048)
    )
    return 0.195 < few < 0.34 and 0.005 < some < 0.06 and many < 0.03 and many - more < 0.02


@claim(
    "6.12",
    "With 64 wires each the typical machine is as good, but the worst of twenty (the figure shows "
    "eight) is worse than with four.",
)
def many_wires(draw):
    many, four = (twenty_machines(draw, fan_in=n)[:, 3] for n in (64, 4))
    worst, usual = draw.saw("worst", many.max()), draw.saw("median", np.median(many))
    return usual < 0.04 and worst > draw.saw("worst with four", four.max())


def rule_of_1958(machine, S, y, system):
    value = np.zeros(len(machine.wiring))
    for a, label in zip(machine.association(S), y, strict=True):
        share = a.sum() / (len(a) - a.sum()) if system == "γ" else 0
        gain = np.where(a > 0, 1, -share)
        value += gain if label else -gain
    return value


def answers_of_1958(machine, data, S, system):
    return machine.association(S) @ rule_of_1958(machine, *data, system) > 0


def right_of_1958(machine, data, new, system):
    return np.mean(answers_of_1958(machine, data, new[0], system) == new[1])


@claim(
    "6.12",
    'If only one card in five is on the right, the α-system answers "left" to nearly everything. '
    "The γ-system does not mind",
    quick=True,
)
def uneven_cards(draw):
    n = draw.pick("cards", [100, 200, 400])
    S, y = cards(8 * n, seed=draw.seed)
    rows = np.append(np.flatnonzero(y == 1)[: n // 5], np.flatnonzero(y == 0)[: n - n // 5])
    data, new = (S[rows], y[rows]), cards(500, seed=draw.seed + 7)
    machine = Photoperceptron(seed=draw.seed)
    left = 1 - answers_of_1958(machine, data, new[0], "α").mean()
    draw.saw("α answers left", left)
    return left > 0.85 and draw.saw("γ right", right_of_1958(machine, data, new, "γ")) > 0.95


def two_squares(n, seed):
    (A, a), (B, b) = cards(n, seed=seed), cards(n, seed=seed + 100_000)
    return np.maximum(A, B), (a != b).astype(int)


@claim("6.12", "the γ-system, on the same 512 units, is right on less than two thirds of the cards")
def same_half_or_not(draw):
    data, new = two_squares(draw.pick("cards", [1000, 2000]), draw.seed), two_squares(500, 1)
    machine = Photoperceptron(seed=draw.seed)
    gamma = draw.saw("γ", right_of_1958(machine, data, new, "γ"))
    for _ in range(8):
        machine.train(*data)
    return gamma < 2 / 3 and draw.saw("error correction", machine.accuracy(*new)) > gamma + 0.1


def left_alone(a, decay):
    """The values of the γ-system whose own answers are strengthened."""
    value = np.zeros(a.shape[1])
    for a_n in a:
        active = a_n.sum()
        gain = np.where(a_n > 0, 1, -active / (len(a_n) - active))
        value = (1 - decay) * value + (1 if value @ a_n > 0 else -1) * gain
    return value


@claim(
    "6.14",
    "Some machines find left and right, and most of the others find some other division of the "
    "cards",
)
def left_alone_they_divide_the_cards(draw):
    decay, found, shares = draw.pick("decay", [0.01, 0.02, 0.04]), 0, []
    for k in range(20):
        seed = 20 * draw.seed + k
        machine = Photoperceptron(seed=seed)
        value = left_alone(machine.association(cards(400, seed=seed)[0]), decay)
        new, y = cards(500, seed=seed + 7)
        answers = machine.association(new) @ value > 0
        right = np.mean(answers == y)
        if max(right, 1 - right) > 0.9:
            found += 1
        else:
            shares.append(min(answers.mean(), 1 - answers.mean()))
    draw.saw("found left and right, of 20", found)
    divided = draw.saw("others that divide, share", np.mean(np.array(shares) > 0.2))
    return 1 <= found <= 12 and divided > 0.5


@claim(
    "6.15",
    "our machine with 512 association units and ten responses reads more than eight in ten new "
    "ones",
)
def digits_on_the_retina(draw):
    X_train, X_test, y_train, y_test = split(*digits(), seed=draw.seed)
    machine = Photoperceptron(512, n_r=10, fan_in=draw.pick("wires", [4, 6, 8, 12]), seed=draw.seed)
    for _ in range(3):
        machine.train(to_retina(X_train), y_train)
    return draw.saw("right", machine.accuracy(to_retina(X_test), y_test)) > 0.8
