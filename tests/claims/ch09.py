"""Chapter 9: what the experiments with activation functions say."""

import numpy as np

from dlcore.activations import GELU, SELU, Identity, Mish, ReLU, Sigmoid, Step, Swish, Tanh
from dlcore.initializers import ForActivation, Glorot, He, LeCun
from dlcore.layers import Activation, Linear
from dlcore.learned_activations import ACON, ParametricReLU
from dlcore.network import Network
from dlcore.optimizers import GradientDescent
from dlcore.spiking import IntegrateAndFire
from dlcore.teaching.chapters.contest import (
    OWN,
    Absolute,
    BorrowedSlope,
    Composed,
    Moved,
    Sine,
    deaths,
    own_rate,
    pictures,
    stack,
    train,
)
from tests.claims import claim

PUBLISHED = ["sigmoid", "tanh", "leakyrelu", "elu", "selu", "softplus", "gelu", "swish", "mish"]
NAMES = {
    "sigmoid": "sigmoid", "tanh": "tanh", "leakyrelu": "leaky ReLU", "elu": "ELU",
    "selu": "SELU", "softplus": "softplus", "gelu": "GELU", "swish": "Swish", "mish": "Mish",
}  # fmt: skip


def new(draw, copies=20):
    """Seeds of starts and of samples that no page shows."""
    return draw.rng.integers(10_000, 2**31, size=copies).tolist()


def shares_of(draw, h, m, seeds, question="remainder", **setting):
    """The test shares at the contestant's own rate, found with five starts of this draw."""
    scouts = [seed + 1 for seed in seeds[:5]]
    rate, _ = own_rate(h, m, scouts=scouts, question=question, **setting)
    return train(h, m, seeds, rate, question=question, **setting).test


@claim("9.1", "a network without activation functions comes within two points of one with ReLU")
def the_digit_itself_needs_no_bend(draw):
    seeds = new(draw)
    m = draw.pick("hidden layers", [1, 2])
    relu = shares_of(draw, ReLU(), m, seeds, "digit").mean()
    identity = shares_of(draw, Identity(), m, seeds, "digit").mean()
    return draw.saw("points less", 100 * (relu - identity)) < 2


@claim("9.2", "The step is far behind a network without any bend")
def a_step_does_not_train_its_hidden_layer(draw):
    seeds, question = new(draw), draw.pick("question", ["remainder", "odd", "large", "prime"])
    net = stack(Step(), 1, seeds)
    before = net.params[0][0].copy()
    net = train(Step(), 1, seeds, 0.1, net=net).net
    moved = np.abs(net.params[0][0] - before).max()
    step = shares_of(draw, Step(), 1, seeds, question).mean()
    none = shares_of(draw, Identity(), 1, seeds, question).mean()
    return moved == 0 and draw.saw("points behind", 100 * (none - step)) > 5


@claim("9.2", "Lend it a slope, and the same step learns.")
def a_borrowed_slope_teaches_the_step(draw):
    seeds, question = new(draw), draw.pick("question", ["remainder", "odd", "large", "prime"])
    none = shares_of(draw, Identity(), 1, seeds, question).mean()
    borrowed = shares_of(draw, BorrowedSlope(), 1, seeds, question).mean()
    return draw.saw("points ahead of no bend", 100 * (borrowed - none)) > 0.5


@claim(
    "9.2",
    "GELU, which dips, learns as well as ReLU, and the sine learns best of all; section 9.10 has "
    "Swish and Mish, too.",
)
def monotony_is_not_needed(draw):
    seeds, question = new(draw), draw.pick("question", ["remainder", "odd", "large", "prime"])
    shares = {
        h: shares_of(draw, h, 1, seeds, question).mean()
        for h in (ReLU(), Tanh(), GELU(), Swish(), Mish(), Sine())
    }
    *others, sine = shares.values()
    dips = min(shares[h] for h in (GELU(), Swish(), Mish()))
    draw.saw("sine less the next best, points", 100 * (sine - max(others)))
    return sine > max(others) and 100 * (max(shares[ReLU()], shares[Tanh()]) - dips) < 0.5


def race(draw, optimizer, m):
    """Median training losses of twenty networks: tanh, shifted, flattened, both."""
    seeds, losses = new(draw), []
    for s in (1.0, 0.5):
        for c in (0.0, 1.0):
            h, scouts = Moved(c * s, s, s), [seed + 1 for seed in seeds[:10]]
            rate, _ = own_rate(h, m, optimizer, scouts=scouts)
            losses.append(np.median(train(h, m, seeds, rate, optimizer).loss[-1]))
    return losses


@claim(
    "9.4", "with plain descent the shift costs more than the flattening in three layers and in four"
)
def the_shift_costs_more(draw):
    tanh, shifted, flat, both = race(draw, GradientDescent, draw.pick("hidden layers", [3, 4]))
    draw.saw("shifted, times tanh's loss", shifted / tanh)
    draw.saw("flattened, times tanh's loss", flat / tanh)
    return shifted > flat


def signals(draw, h, init, width, depth=20):
    """The gradient's lengths and the share that differs between digits, layer by layer."""
    layers = []
    for l in range(depth):
        own = LeCun() if l == 0 and isinstance(init, ForActivation) else init
        layers += [Linear(64 if l == 0 else width, width, own), Activation(h)]
    net = Network(*layers, dtype="float64", seed=draw.seed)
    x = pictures()[0][draw.rng.choice(1797, 300, replace=False)].astype(float)
    caches = net.forward(x)[1]
    g, lengths = draw.rng.normal(size=(300, width)), []
    for l in reversed(range(2 * depth)):
        g = net.layers[l].input_grad(net.params[l], caches[l], g)
        if l % 2:
            lengths.append(np.sqrt((g**2).mean()))
    a = np.stack([caches[l][1] for l in range(1, 2 * depth, 2)])
    told = ((a - a.mean(axis=1, keepdims=True)) ** 2).mean(axis=(1, 2)) / (a**2).mean(axis=(1, 2))
    return np.array(lengths[::-1]), told


@claim(
    "9.4",
    "in the first layer of the sigmoid network less than a ten-millionth of the gradient is left",
    quick=True,
)
def the_sigmoid_loses_the_gradient(draw):
    width = draw.pick("width", [100, 200, 400])
    lengths, _ = signals(draw, Sigmoid(), ForActivation(Sigmoid()), width)
    return draw.saw("gradient left", lengths[0] / lengths[-1]) < 1e-7


@claim("9.4", "In the sigmoid network the signal vanishes on the way forward as well", quick=True)
def the_sigmoid_loses_the_signal(draw):
    width = draw.pick("width", [100, 200, 400])
    _, told = signals(draw, Sigmoid(), ForActivation(Sigmoid()), width)
    return draw.saw("share that differs", told[-1]) < 1e-10


@claim(
    "9.4",
    "With ReLU, which is not centred either, **less than a fifth of the mean square in the "
    "twentieth layer still differs from digit to digit, with tanh more than three quarters**",
    quick=True,
)
def relu_and_tanh_keep_some(draw):
    width = draw.pick("width", [200, 300, 400])
    relu = signals(draw, ReLU(), ForActivation(ReLU()), width)[1][-1]
    tanh = signals(draw, Tanh(), ForActivation(Tanh()), width)[1][-1]
    return draw.saw("ReLU", relu) < 0.2 and draw.saw("tanh", tanh) > 0.75


@claim(
    "9.4",
    "with them only the gradients of tanh and SELU keep their length within a factor of ten",
    quick=True,
)
def glorots_start_suits_two(draw):
    kept = []
    for h in (Sigmoid(), Tanh(), ReLU(), SELU(), GELU(), Swish()):
        lengths, _ = signals(draw, h, Glorot(), draw.pick("width", [100, 200, 400]))
        kept.append(0.1 <= draw.saw(str(h), lengths[0] / lengths[-1]) <= 10)
    return kept == [False, True, False, True, False, False]


@claim("9.5", "With a refractory time of 2 ms no current drives the rate above 500", quick=True)
def the_neuron_has_a_ceiling(draw):
    neuron = IntegrateAndFire(t_ref=2.0, tau=draw.pick("τ in ms", [5.0, 20.0, 50.0]))
    current = 10 ** draw.rng.uniform(0, 4, size=20)
    counts = neuron.simulate(current, duration=1000, dt=0.02).spikes.sum(axis=0)
    draw.saw("most spikes in a second", counts.max())
    return counts.max() <= 500 and np.abs(counts - neuron.rate(current)).max() < 12


@claim("9.6", "Dying is above all a\nsymptom of too large steps.")
def large_steps_kill(draw):
    seeds = new(draw)
    small = deaths(draw.pick("small rate", [0.1, 0.2, 0.3]), seeds)[0]
    large = deaths(1.0, seeds)[0]
    draw.saw("dead at the small rate", small[-1].mean())
    return small[-1].mean() < 0.05 and draw.saw("dead at 1", large[-1].mean()) > 0.6


@claim("9.6", "A dead unit of the *first* layer stays dead, without exception in twenty networks")
def the_first_layer_never_rises(draw):
    dead = deaths(draw.pick("rate", [0.3, 0.6, 1.0]), new(draw))[0][:, 0]
    draw.saw("dead at some time", dead.any(axis=0).sum())
    return draw.saw("risen", (dead[:-1] & ~dead[1:]).sum()) == 0


@claim("9.6", "a quarter to a half of its units fire again after having been dead")
def the_second_layer_does(draw):
    dead = deaths(1.0, new(draw))[0][:, 1]
    risen = (dead[:-1] & ~dead[1:]).any(axis=0).mean()
    return 0.25 < draw.saw("share of the units", risen) < 0.5


@claim("9.6", "the networks that became leaky get at least ten pictures in a hundred more right")
def a_leak_rescues(draw):
    seeds, calm = new(draw), draw.pick("rate after epoch 12", [0.1, 0.2])
    stayed, leaky = (deaths(1.0, seeds, leak, calm=calm)[1].mean() for leak in (False, True))
    return draw.saw("points more", 100 * (leaky - stayed)) >= 10


@claim("9.6", "On average the slopes stay about where they began")
def slopes_stay(draw):
    m = draw.pick("hidden layers", [2, 3, 4])
    net = train(ParametricReLU, m, new(draw), draw.pick("rate", [0.003, 0.01])).net
    means = [net.params[2 * l + 1][0].mean() for l in range(m)]
    draw.saw("smallest mean", min(means))
    return max(abs(mean - 0.25) for mean in means) < 0.1


def hundred(draw, h, law, width, scale=1.0, spread=1.0):
    rng = draw.rng
    a = spread * rng.normal(size=(200, width))
    for _ in range(100):
        a = scale * h(a @ law(rng, width, width).T)
    return a.mean(), a.var()


@claim(
    "9.7",
    "With $\\lambda$ off by five per cent the variance settles elsewhere, at about 0.6 or 1.6: "
    "**the fixed point moves, and nothing explodes**",
    quick=True,
)
def the_fixed_point_moves(draw):
    width = draw.pick("width", [200, 300, 400])
    low = hundred(draw, SELU(), LeCun(), width, 0.95)[1]
    high = hundred(draw, SELU(), LeCun(), width, 1.05)[1]
    draw.saw("variance, 5 % less", low)
    return 0.5 < low < 0.75 and 1.35 < draw.saw("variance, 5 % more", high) < 1.9


@claim("9.7", "SELU's variance grows beyond a thousand", quick=True)
def selu_wants_lecuns_weights(draw):
    width = draw.pick("width", [200, 300, 400])
    good = hundred(draw, SELU(), LeCun(), width)[1]
    bad = hundred(draw, SELU(), He(), width)[1]
    draw.saw("variance with LeCun's", good)
    return 0.8 < good < 1.25 and draw.saw("variance with He's", bad) > 1e3


@claim("9.7", "noise of variance 0.01 or 10,000 arrives at about 1, too", quick=True)
def selu_forgives_its_inputs(draw):
    width = draw.pick("width", [200, 300, 400])
    low, high = (hundred(draw, SELU(), LeCun(), width, spread=s)[1] for s in (0.1, 100.0))
    draw.saw("from 0.01", low)
    return 0.75 < low < 1.25 and 0.75 < draw.saw("from 10,000", high) < 1.25


@claim("9.8", "the winner of a search scores lower when it is tried again")
def the_winners_curse(draw):
    pieces = list(Composed.unary)
    every = [
        Composed(u, join, v)
        for i, u in enumerate(pieces)
        for v in pieces[i:]
        for join in Composed.joins
    ]
    scouts, scores = new(draw, 3), {}
    for i in draw.rng.choice(len(every), 18, replace=False):
        rate, validation = own_rate(
            every[i], 2, ladder=(0.003, 0.01, 0.03), scouts=scouts, epochs=10
        )
        scores[every[i]] = validation.max(), rate
    best = max(scores, key=lambda h: scores[h][0])
    found, rate = scores[best]
    again = train(best, 2, new(draw), rate, epochs=10).valid.mean()
    return draw.saw("points lost", 100 * (found - again)) > 0


@claim("9.9", "The learned values of ACON-C stay close to where they began, too")
def acon_stays(draw):
    m = draw.pick("hidden layers", [2, 3, 4])
    net = train(ACON, m, new(draw), draw.pick("rate", [0.003, 0.01])).net
    means = np.array([[p.mean() for p in net.params[2 * l + 1]] for l in range(m)])
    return draw.saw("largest move", np.abs(means - [1, 0.25, 1]).max()) < 0.15


@claim(
    "9.10",
    "With one hidden layer the whole field of published functions, from the sigmoid of old to the "
    "Mish of 2019, lies within three points of ReLU",
)
def the_field_is_close(draw):
    seeds, epochs = new(draw), draw.pick("epochs", [15, 20, 30])
    relu = shares_of(draw, ReLU(), 1, seeds, epochs=epochs).mean()
    gaps = [shares_of(draw, h, 1, seeds, epochs=epochs).mean() - relu for h in PUBLISHED]
    draw.saw("largest gap, points", 100 * max(gaps, key=abs))
    return 100 * max(map(abs, gaps)) < 3


@claim(
    "9.10",
    "with one hidden layer the sine and the absolute value are about one point better than ReLU",
)
def the_outsiders_lead(draw):
    seeds, epochs = new(draw), draw.pick("epochs", [15, 20, 30])
    relu, sine, v = (
        shares_of(draw, h, 1, seeds, epochs=epochs).mean() for h in (ReLU(), Sine(), Absolute())
    )
    sine, v = draw.saw("sine", 100 * (sine - relu)), draw.saw("|z|", 100 * (v - relu))
    return 0.5 < sine < 1.7 and 0.5 < v < 1.7


@claim("9.10", "With eight hidden layers the sine is behind ReLU")
def depth_turns_it_round(draw):
    seeds, epochs = new(draw), draw.pick("epochs", [15, 20, 30])
    relu, sine = (shares_of(draw, h, 8, seeds, epochs=epochs).mean() for h in (ReLU(), Sine()))
    return draw.saw("points behind", 100 * (relu - sine)) > 0


@claim("9.10", "the sigmoid is far behind")
def depth_stops_the_sigmoid(draw):
    seeds, m = new(draw), draw.pick("hidden layers", [8, 9])
    relu = train(ReLU(), m, seeds, OWN["ReLU"][8]).test.mean()
    sigmoid = shares_of(draw, Sigmoid(), m, seeds).mean()
    return draw.saw("points behind", 100 * (relu - sigmoid)) > 10


@claim(
    "9.10",
    "With weights four times as large a sigmoid network of eight layers comes within four points "
    "of ReLU.",
)
def a_larger_start_helps_the_sigmoid(draw):
    seeds, rate = new(draw), draw.pick("rate", [0.003, 0.01])
    relu = train(ReLU(), 8, seeds, OWN["ReLU"][8]).test.mean()
    sigmoid = train(Sigmoid(), 8, seeds, rate, larger=4).test.mean()
    return draw.saw("points behind", 100 * (relu - sigmoid)) < 4


@claim("9.10", "the sine's lead with one hidden layer is there for each of them")
def on_other_questions_too(draw):
    seeds = new(draw)
    question = draw.pick("question", ["odd", "prime", "large", "digit"])
    pairs = shares_of(draw, Sine(), 1, seeds, question) - shares_of(
        draw, ReLU(), 1, seeds, question
    )
    return draw.saw("points ahead", 100 * pairs.mean()) > 0


@claim("9.11", "six layers of $\\sin 3z$ do no better than guessing", quick=True)
def fast_waves_do_not_learn_deep(draw):
    seeds = new(draw)
    right = shares_of(draw, Sine(3.0), draw.pick("layers", [6, 7]), seeds, epochs=10).mean()
    return draw.saw("right answers", right) < 0.42
