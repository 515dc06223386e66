"""Chapter 4: what circuits, cars and Turing's machines do."""

import math

import numpy as np

from dlcore.circuits import McCullochPitts, ThresholdUnit, every_input
from dlcore.layers import Activation, Linear
from dlcore.losses import SigmoidCrossEntropy
from dlcore.network import Network
from dlcore.optimizers import Adam
from dlcore.teaching.chapters import cruise, turing_nets
from dlcore.teaching.chapters.units import adder, from_bits, to_bits
from dlcore.training import fit
from tests.claims import claim


def share_right(draw, digits, p, copies, fallible=False, tries=20_000):
    circuit = adder(digits)
    X = draw.rng.integers(0, 2, (tries, 2 * digits))
    said = circuit(X, flip=p, copies=copies, noisy_vote=fallible, seed=draw.seed + copies)
    return (from_bits(said) == from_bits(X[:, :digits]) + from_bits(X[:, digits:])).mean()


@claim("4.2", "an input that is no veto can only help", quick=True)
def inputs_of_1943_veto_or_help(draw):
    n = draw.pick("inputs", [2, 3, 4, 5, 6])
    roles = "".join(draw.rng.choice(list("+-0"), n))
    unit = McCullochPitts(roles, int(draw.rng.integers(0, n + 1)))
    X = every_input(n)
    for i in range(n):
        off, on = X.copy(), X.copy()
        off[:, i], on[:, i] = 0, 1
        vetoes = not unit(on).any()
        helps = (unit(on) >= unit(off)).all()
        if not (vetoes or helps):
            return False
    return True


@claim(
    "4.2",
    "a net that is silent stays silent as long as all its inputs are, however large it is",
    quick=True,
)
def silence_stays_silence(draw):
    units = draw.pick("units", [5, 20, 100])
    x = np.zeros(3 + units, int)
    nets = [
        (
            McCullochPitts("".join(draw.rng.choice(list("+-"), 3)), int(draw.rng.integers(1, 4))),
            draw.rng.integers(0, 3 + units, 3),
        )
        for _ in range(units)
    ]
    for _ in range(20):  # circles allowed
        x = np.array([0, 0, 0, *(int(unit(x[wires])) for unit, wires in nets)])
        if x.any():
            return False
    return True


@claim("4.4", "a little more than that of the sums is right", quick=True)
def some_errors_do_no_harm(draw):
    p = draw.pick("error probability p", [0.01, 0.03, 0.1])
    more = share_right(draw, 4, p, 1, tries=100_000) - (1 - p) ** 14
    return 0 < draw.saw("more than all fourteen correct", more) < 0.1


@claim("4.4", "With an infallible vote nine copies repair the adder almost completely.", quick=True)
def nine_copies_repair_it(draw):
    p = draw.pick("error probability p", [0.01, 0.03, 0.1])
    share = share_right(draw, 4, p, 9)
    return draw.saw("share right", share) > 0.97


@claim("4.4", "nine copies are about as good as one, and three are worse", quick=True)
def a_fallible_vote_wastes_them(draw):
    p = draw.pick("error probability p", [0.03, 0.05, 0.1])
    digits = draw.pick("digits", [4, 6])
    one = share_right(draw, digits, p, 1)
    three, nine = (share_right(draw, digits, p, R, fallible=True) for R in (3, 9))
    draw.saw("nine less one", nine - one)
    draw.saw("three less one", three - one)
    return abs(nine - one) < 0.03 and three < one


def bundles(draw, wires, p, stages, many):
    """The share of wrong wires in each of so many bundles after every stage, (stages, many)."""
    wrong, shares = np.zeros((many, wires), int), []
    for _ in range(stages):
        seen = np.take_along_axis(wrong, draw.rng.integers(0, wires, (many, 3 * wires)), axis=1)
        wrong = seen.reshape(many, wires, 3).sum(axis=2) >= 2
        wrong = wrong ^ (draw.rng.random((many, wires)) < p)
        shares.append(wrong.mean(axis=1))
    return np.array(shares)


@claim(
    "4.4",
    "In a bundle of many wires the share stays near it, and the bundle stays right for a very long "
    "time.",
    quick=True,
)
def bundles_stay_right(draw):
    p = draw.pick("error probability p", [0.01, 0.03, 0.05, 0.1])
    wires = draw.pick("wires", [500, 2000])
    shares = bundles(draw, wires, p, 1000, 1)[:, 0]
    x = 0.0
    for _ in range(1000):
        x = p + (1 - 2 * p) * (3 * x**2 - 2 * x**3)
    seen = draw.saw(
        "mean share in the last 100 stages over its resting point", shares[-100:].mean() / x
    )
    return 0.9 < seen < 1.1 and shares.max() < 0.5


@claim(
    "4.4", "fifteen wires at $p = 0.1$ have lost their message within a thousand stages", quick=True
)
def thin_bundles_forget(draw):
    many = draw.pick("bundles", [20, 40])
    shares = bundles(draw, 15, 0.1, 1000, many)
    return draw.saw("share that had a wrong majority", (shares > 0.5).any(axis=0).mean()) == 1


@claim("4.6", "the car settles if $\\tau$ is below", quick=True)
def the_critical_delay(draw):
    k = draw.pick("drag", [0.05, 0.1, 0.3])
    K = k * draw.pick("gain over drag", [3, 6, 12])
    critical = math.acos(-k / K) / math.sqrt(K**2 - k**2)
    dt = critical / 200
    ends = [
        cruise.swings(cruise.drive(K, delay=part * critical, k=k, duration=60 * critical, dt=dt).v)
        for part in (0.9, 1.1)
    ]
    draw.saw("swings at 0.9 of it, later over earlier", ends[0])
    draw.saw("swings at 1.1 of it, later over earlier", ends[1])
    return ends[0] < 1 < ends[1]


@claim("4.6", "A larger gain makes the error smaller, and no gain makes it zero", quick=True)
def gain_shrinks_the_error(draw):
    d = draw.pick("hill", [-0.2, -0.5, -1.0])
    gains = np.sort(draw.rng.uniform(0.2, 5, 6))
    error = -cruise.drive(gains, d=d).v[-1]
    return (np.diff(error) < 0).all() and draw.saw("least error", error.min()) > 0.01


@claim("4.6", "the integral term removes the error if it is gentle", quick=True)
def a_gentle_integral_removes_it(draw):
    K = draw.pick("gain", [0.3, 0.6, 1.0])
    delay = draw.pick("delay", [0.0, 0.5, 0.8])
    left = cruise.drive(K, 0.1 * K, delay, duration=120).v[-1]
    without = cruise.drive(K, 0.0, delay, duration=120).v[-1]
    draw.saw("without it", abs(without))
    rough = cruise.swings(cruise.drive(1.0, 2.0, 0.8).v)  # an integral gain that is not gentle
    return draw.saw("error after two minutes", abs(left)) < 0.01 < abs(without) and rough > 1


@claim("4.7", "With none, nearly all machines flash with a period of two.", quick=True)
def plain_machines_flash(draw):
    units = draw.pick("units", [30, 60, 100, 200])
    machines = turing_nets.random_machines(units, 200, seed=draw.seed)
    lengths = turing_nets.cycle_lengths(machines)
    return draw.saw("share of period two", (lengths == 2).mean()) > 0.9


@claim("4.7", "with thirty units most machines do so", quick=True)
def all_units_flash_together(draw):
    after = draw.pick("after so many ticks", [10, 20, 40])
    machines = turing_nets.random_machines(30, 200, seed=draw.seed)
    share = turing_nets.film(machines, after + 4)[after:].mean(axis=2)
    flash = (share.max(axis=0) > 0.8) & (share.min(axis=0) < 0.2)
    return draw.saw("share in which nearly all units flash", flash.mean()) > 0.6


@claim("4.7", "There, in a very large machine, the common hunting stops.", quick=True)
def the_common_hunting_stops(draw):
    units = draw.pick("units", [20_000, 40_000])
    moves = []
    for inverting in (0.07, 0.11):
        machines = turing_nets.random_machines(units, inverting=inverting, seed=draw.seed)
        share = turing_nets.film(machines, 200)[150:].mean(axis=(1, 2))
        moves.append(
            draw.saw(f"mean step of the share at s = {inverting}", np.abs(np.diff(share)).mean())
        )
    return moves[0] > 0.3 and moves[1] < 0.05


@claim("4.7", "(in a large net with random links the two are nearly independent)", quick=True)
def the_share_follows_its_formula(draw):
    units = draw.pick("units", [2000, 5000])
    inverting = draw.pick("share of inverting links", [0.0, 0.1, 0.5])
    machines = turing_nets.random_machines(units, inverting=inverting, seed=draw.seed)
    seen = turing_nets.film(machines, 5).mean(axis=(1, 2))
    expected = turing_nets.mean_field(seen[0], inverting, 5)
    return draw.saw("largest gap in five ticks", np.abs(seen - expected).max()) < 0.08


@claim(
    "4.7",
    "With a tenth about half of the machines of thirty units still do, small as they are. With a "
    "fifth most do not",
    quick=True,
)
def the_flashing_fades(draw):
    machines = draw.pick("machines", [200, 400])
    tenth, fifth = (
        draw.saw(
            f"period two at {inverting}",
            (
                turing_nets.cycle_lengths(
                    turing_nets.random_machines(30, machines, inverting=inverting, seed=draw.seed)
                )
                == 2
            ).mean(),
        )
        for inverting in (0.1, 0.2)
    )
    return 0.4 < tenth < 0.6 and fifth < 0.4


@claim("4.7", "cycles become various, a few of them long, and longer in larger machines")
def some_inverting_links_make_them_wander(draw):
    inverting = draw.pick("share of inverting links", [0.15, 0.2, 0.25])
    small, large = (
        turing_nets.cycle_lengths(
            turing_nets.random_machines(units, 200, inverting=inverting, seed=draw.seed), 4000
        )
        for units in (30, 60)
    )
    draw.saw("different lengths among 200, 60 units", len(set(large)))
    draw.saw("mean length, 30 units", small.mean())
    draw.saw("mean length, 60 units", large.mean())
    few = draw.saw("share longer than 50, 60 units", (large > 50).mean())
    return len(set(large)) > 15 and large.mean() > small.mean() and 0 < few < 0.25


@claim("4.7", "With all links inverted nearly all stand still", quick=True)
def inverted_machines_stand_still(draw):
    units = draw.pick("units", [15, 30, 60, 100])
    lengths = turing_nets.cycle_lengths(
        turing_nets.random_machines(units, 200, inverting=1.0, seed=draw.seed)
    )
    return draw.saw("share that stands still", (lengths == 1).mean()) > 0.95


def taught(draw, target, modified, units=24, machines=60):
    pupils = turing_nets.school(units, machines, modified, seed=draw.seed)
    return (turing_nets.educate(pupils, target, 300, draw.seed)[1][-1] == 4).mean()


@claim(
    "4.7", "Where every link inverts or is interrupted, no machine learns XOR, and none learns AND."
)
def b_types_learn_neither(draw):
    units = draw.pick("units", [12, 24, 40])
    return taught(draw, [0, 1, 1, 0], 1.0, units) == taught(draw, [0, 0, 0, 1], 1.0, units) == 0


LESSONS = {"AND": [0, 0, 0, 1], "XOR": [0, 1, 1, 0], "Rhythm 1100": [1, 1, 0, 0] * 4}


@claim(
    "4.7",
    "With plain links among them (half, or seven in ten) most machines know AND in the end, and "
    "some know XOR.",
)
def mixed_machines_learn(draw):
    modified = draw.pick("share of links with a modifier", [0.3, 0.5])
    both = draw.saw("AND", taught(draw, [0, 0, 0, 1], modified))
    xor = draw.saw("XOR", taught(draw, [0, 1, 1, 0], modified))
    return both > 0.5 and 0 < xor < 0.5


@claim("4.7", "Luck, without a teacher, does as well as the lessons, and mostly better.", draws=20)
def luck_does_as_well(draw):
    subject = draw.pick("subject", list(LESSONS))
    modified = draw.pick("share of links with a modifier", [0.3, 0.5])
    units = draw.pick("units", [16, 24])
    target, ahead = LESSONS[subject], []
    for seed in (draw.seed, draw.seed + 1000, draw.seed + 2000):
        pupils = turing_nets.school(units, 100, modified, seed, circles=len(target) > 4)
        lessons = turing_nets.educate(pupils, target, 300, seed)[1][-1]
        lucky = turing_nets.luck(pupils, target, 300, seed + 500)[-1]
        ahead.append((lucky == len(target)).mean() - (lessons == len(target)).mean())
    draw.saw("luck ahead of the lessons", np.mean(ahead))
    return np.mean(ahead) > -0.02 and sum(a > 0 for a in ahead) >= 2


@claim(
    "4.7",
    "(A rhythm is within reach, as a pulse that goes round a ring needs no logic.)",
    quick=True,
)
def b_types_keep_a_rhythm(draw):
    units = draw.pick("units", [16, 24, 32])
    pupils = turing_nets.school(units, 60, 1.0, draw.seed, circles=True)
    marks = turing_nets.luck(pupils, LESSONS["Rhythm 1100"], 100, draw.seed)[-1]
    return draw.saw("share that knows the rhythm", (marks == 16).mean()) > 0.1


@claim(
    "4.7",
    "about nineteen throws of a switch in twenty leave the marks of a random machine as they were",
)
def most_throws_change_no_mark(draw):
    target = LESSONS[draw.pick("subject", ["AND", "XOR"])]
    modified = draw.pick("share of links with a modifier", [0.3, 0.5])
    pupils = turing_nets.school(24, 400, modified, seed=draw.seed)
    before, machine, same = turing_nets.marks(pupils, target), np.arange(400), []
    for _ in range(20):
        link = machine, draw.rng.integers(0, 24, 400), draw.rng.integers(0, 2, 400)
        modes = pupils.modes.copy()
        modes[link] = 3 - modes[link]
        after = turing_nets.marks(pupils._replace(modes=modes), target)
        same.append((after == before)[pupils.modified[link]])
    share = draw.saw("share of throws that change no mark", np.concatenate(same).mean())
    return 0.925 < share < 0.98


def adders(draw, h, rate, width, starts=20):
    """Which starts learn the half-adder: the same starts for every rate."""
    X = every_input(2).astype(float)
    table = to_bits(X.sum(axis=1).astype(int), 2).astype(float)
    layers = Linear(2, width), Activation(h), Linear(width, 2)
    nets = Network(*layers, copies=starts, seed=draw.seed, dtype="float64")
    _, b = nets.params[0]
    b[...] = np.random.default_rng(draw.seed).normal(size=b.shape)
    adam = Adam(nets.theta, lr=rate)
    fit(nets, SigmoidCrossEntropy(), adam, X, table, epochs=1000, batch_size=None, progress=False)
    return ((nets(X) > 0) == table).all(axis=(1, 2))


@claim("4.8", "The smooth network learns it from all or nearly all of the starts.")
def the_smooth_half_adder_learns(draw):
    width = draw.pick("hidden units", [4, 6])
    best = max(adders(draw, "sigmoid", rate, width, 40).mean() for rate in (0.03, 0.1, 0.3))
    return draw.saw("share that learns", best) >= 0.95


@claim("4.8", "most of its starts fail, and no rate helps")
def the_half_adder_of_steps_often_fails(draw):
    width = draw.pick("hidden units", [3, 4])
    rates = (0.03, 0.1, 0.3, 1.0)
    learn = np.array([adders(draw, "step", rate, width, 100) for rate in rates])
    draw.saw("share that learns, best rate", learn.mean(axis=1).max())
    alike = draw.saw("starts that end alike at all rates", (learn == learn[0]).all(axis=0).mean())
    return learn.mean(axis=1).max() < 0.35 and alike > 0.95


@claim("4.8", "(With eight hidden steps more do, by luck in numbers")
def more_steps_more_luck(draw):
    rate = draw.pick("rate", [0.1, 0.3])
    four, eight = (adders(draw, "step", rate, width, 100).mean() for width in (4, 8))
    draw.saw("four steps", four)
    return draw.saw("eight steps", eight) > four + 0.1


@claim("4.8", "a small change of a weight or a bias changes no answer", quick=True)
def steps_do_not_feel_a_small_change(draw):
    width = draw.pick("hidden units", [4, 8])
    nets = Network(
        Linear(2, width),
        Activation("step"),
        Linear(width, 2),
        copies=50,
        seed=draw.seed,
        dtype="float64",
    )
    W, b = nets.params[0]
    b[...] = draw.rng.normal(size=b.shape)
    X = every_input(2).astype(float)
    before = nets(X).copy()
    for array in (W, b):
        array += 1e-6 * draw.rng.choice([-1.0, 1.0], array.shape)
    same = (nets(X) == before).all(axis=(1, 2))
    return draw.saw("networks whose answers stay", same.mean()) > 0.99


@claim("4.10", "the neuron of 1943 does not count them against each other", quick=True)
def a_veto_is_not_a_minus(draw):
    voices = draw.pick("voices for", [2, 3, 5, 9])
    x = np.ones(voices + 1, int)
    weights = np.append(np.ones(voices), -1.0)
    return McCullochPitts("+" * voices + "-", 1)(x) == 0 and ThresholdUnit(weights, 1)(x) == 1
