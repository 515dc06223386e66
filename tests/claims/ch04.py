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


@claim(
    "4.2",
    "either an input is a veto, and then it vetoes alone, or it is not, and then it can only help",
    quick=True,
)
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


@claim("4.2", "a net of them, however large, is silent when all its inputs are", quick=True)
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
    for _ in range(20):  # circles allowed: it starts silent
        x = np.array([0, 0, 0, *(int(unit(x[wires])) for unit, wires in nets)])
        if x.any():
            return False
    return True


@claim("4.4", "With an infallible vote nine copies repair the adder almost completely.", quick=True)
def nine_copies_repair_it(draw):
    p = draw.pick("error probability p", [0.01, 0.03, 0.1])
    share = share_right(draw, 4, p, 9)
    return draw.saw("share right", share) > 0.97


@claim("4.4", "nine copies are about as good as one, and three are worse", quick=True)
def a_fallible_vote_wastes_them(draw):
    p = draw.pick("error probability p", [0.01, 0.03, 0.1])
    digits = draw.pick("digits", [4, 6])
    one = share_right(draw, digits, p, 1)
    three, nine = (share_right(draw, digits, p, R, fallible=True) for R in (3, 9))
    draw.saw("nine less one", nine - one)
    draw.saw("three less one", three - one)
    return abs(nine - one) < 0.03 and three < one


@claim("4.4", "the bundle stays right, for ever", quick=True)
def bundles_stay_right(draw):
    p = draw.pick("error probability p", [0.01, 0.03, 0.05, 0.1])
    wires = draw.pick("wires", [500, 2000])
    wrong = np.zeros(wires, int)
    for _ in range(300):
        seen = wrong[draw.rng.integers(0, wires, (wires, 3))]
        wrong = (seen.sum(axis=1) >= 2) ^ (draw.rng.random(wires) < p)
    return draw.saw("share of wrong wires after 300 stages", wrong.mean()) < 2 * p


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
    return draw.saw("error after two minutes", abs(left)) < 0.01


@claim("4.7", "With none, nearly all machines flash with a period of two.", quick=True)
def plain_machines_flash(draw):
    units = draw.pick("units", [30, 60, 100, 200])
    machines = turing_nets.random_machines(units, 200, seed=draw.seed)
    lengths = turing_nets.cycle_lengths(machines)
    return draw.saw("share of period two", (lengths == 2).mean()) > 0.9


@claim("4.7", "(in a large net with random links the two are nearly independent)", quick=True)
def the_share_follows_its_formula(draw):
    units = draw.pick("units", [2000, 5000])
    inverting = draw.pick("share of inverting links", [0.0, 0.1, 0.5])
    machines = turing_nets.random_machines(units, inverting=inverting, seed=draw.seed)
    seen = turing_nets.film(machines, 5).mean(axis=(1, 2))
    expected = turing_nets.mean_field(seen[0], inverting, 5)
    return draw.saw("largest gap in five ticks", np.abs(seen - expected).max()) < 0.08


@claim("4.7", "cycles become long and various, and longer in larger machines")
def some_inverting_links_make_them_wander(draw):
    inverting = draw.pick("share of inverting links", [0.1, 0.15, 0.2])
    small, large = (
        turing_nets.cycle_lengths(
            turing_nets.random_machines(units, 200, inverting=inverting, seed=draw.seed), 4000
        )
        for units in (30, 60)
    )
    draw.saw("different lengths among 200, 60 units", len(set(large)))
    draw.saw("mean length, 30 units", small.mean())
    draw.saw("mean length, 60 units", large.mean())
    return len(set(large)) > 15 and large.mean() > 1.5 * small.mean() and large.max() > 50


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


@claim(
    "4.7", "With plain links among them most machines learn AND, and one in five or so learns XOR."
)
def mixed_machines_learn(draw):
    modified = draw.pick("share of links with a modifier", [0.3, 0.5])
    both = draw.saw("AND", taught(draw, [0, 0, 0, 1], modified))
    xor = draw.saw("XOR", taught(draw, [0, 1, 1, 0], modified))
    return both > 0.5 and 0.08 < xor < 0.4


def adders(draw, h, rate, width, starts=20):
    X = every_input(2).astype(float)
    table = to_bits(X.sum(axis=1).astype(int), 2).astype(float)
    layers = Linear(2, width), Activation(h), Linear(width, 2)
    seed = int(draw.rng.integers(10**6, 10**9))
    nets = Network(*layers, copies=starts, seed=seed, dtype="float64")
    adam = Adam(nets.theta, lr=rate)
    fit(nets, SigmoidCrossEntropy(), adam, X, table, epochs=500, batch_size=None)
    return ((nets(X) > 0) == table).all(axis=(1, 2)).mean()


@claim("4.8", "The smooth network learns it from nearly every start.")
def the_smooth_half_adder_learns(draw):
    width = draw.pick("hidden units", [4, 6])
    best = max(adders(draw, "sigmoid", rate, width) for rate in (0.03, 0.1, 0.3))
    return draw.saw("share that learns", best) >= 0.95


@claim("4.8", "with steps more than half of the starts fail, even at the best rate.")
def the_half_adder_of_steps_often_fails(draw):
    width = draw.pick("hidden units", [3, 4])
    best = max(adders(draw, "step", rate, width, starts=100) for rate in (0.03, 0.1, 0.3, 1.0))
    return draw.saw("share that learns", best) < 0.5


@claim("4.10", "the neuron of 1943 does not count them against each other", quick=True)
def a_veto_is_not_a_minus(draw):
    voices = draw.pick("voices for", [2, 3, 5, 9])
    x = np.ones(voices + 1, int)
    weights = np.append(np.ones(voices), -1.0)
    return McCullochPitts("+" * voices + "-", 1)(x) == 0 and ThresholdUnit(weights, 1)(x) == 1
