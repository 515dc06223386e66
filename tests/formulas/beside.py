"""What stands before and beside backpropagation."""

import math
from itertools import product

import numpy as np
import torch
import torch.nn.functional as F
from scipy.stats import binom

from dlcore import (
    alignment,
    boltzmann,
    circuits,
    hebbian,
    hopfield,
    losses,
    ngram,
    perceptron,
    photoperceptron,
    separability,
    spiking,
)
from dlcore.backend import asarray, namespace, to_numpy
from dlcore.circuits import every_input
from dlcore.teaching.chapters import cards, enumeration, memory, spike_trains, units
from tests import (
    test_activations,
    test_alignment,
    test_boltzmann,
    test_hebbian,
    test_hopfield,
    test_ngram,
    test_spiking,
)
from tests.formulas.record import alone, both, value
from tests.reference import tensor

rng = np.random.default_rng(0)
FORMULAS = []

# ---------------------------------------------------------------- neurons, circuits

CELL = test_spiking.OTHER
CELLS = [spiking.IntegrateAndFire(), spiking.IntegrateAndFire(**CELL)]
DEFAULTS = dict(tau=20.0, R=10.0, E=-70.0, V_th=-50.0, V_r=-70.0, t_ref=2.0)
CURRENTS = np.array([-5.0, 0.0, 2.0, 4.25, 4.5, 7.0, 50.0, 1e3, 1e4])
V3, H2 = every_input(3).astype(float), every_input(2).astype(float)
TIMES = np.array([1.0, 2.0, 4.0, 7.0])
DT = 0.01


def intervals_by_simulation(I):
    """The time from the first spike to the last over the number of intervals, in ms."""
    _, _, spikes = CELLS[0].simulate(I, 400, DT)
    when = [DT * np.flatnonzero(column) for column in to_numpy(spikes).T]
    return [(t[-1] - t[0]) / (len(t) - 1) for t in when]


def charging(I):
    t = tensor(0.1 * np.arange(201.0))[:, None]
    return -70 + 10 * I - 10 * I * torch.exp(-t / 20)


def train_statistics():
    times = spike_trains.poisson_train(50.0, 4e6, t_ref=5.0, seed=3)
    return [
        len(times) / 4000,
        spike_trains.cv_isi(times),
        spike_trains.fano_factor(times, 4e6, 1000),
    ]


def sums(X):
    """a + b in binary digits, for rows of the digits of a and of b."""
    a, b = X.long().chunk(2, dim=1)
    places = 2 ** torch.arange(a.shape[1]).flip(0)
    total = (a @ places + b @ places)[:, None]
    return total // 2 ** torch.arange(a.shape[1] + 1).flip(0) % 2


FLIPS = [0.0, 0.01, 0.3, 0.5, 1.0]
FORMULAS += [
    value(
        circuits.McCullochPitts,
        "McCullochPitts('++-', 1)",
        "its truth table",
        circuits.McCullochPitts("++-", 1),
        lambda x: [0, 0, 1, 0, 1, 0, 1, 0],
        V3,
    ),
    value(
        circuits.ThresholdUnit,
        "ThresholdUnit([0.5, −1, 2], 1.5)",
        "torch `heaviside`",
        circuits.ThresholdUnit([0.5, -1.0, 2.0], 1.5),
        lambda x: torch.heaviside(x @ tensor([0.5, -1, 2]) - 1.5, torch.ones(8)),
        V3,
    ),
    *[
        value(
            spiking.IntegrateAndFire.rate,
            f"IntegrateAndFire.rate, {what}",
            "the formula",
            cell.rate,
            lambda I, o=options: tensor([test_spiking.textbook_rate(i, **o) for i in I.tolist()]),
            CURRENTS,
        )
        for cell, options, what in zip(CELLS, (DEFAULTS, CELL), ("defaults", "others"), strict=True)
    ],
    value(
        spiking.IntegrateAndFire.rate,
        "IntegrateAndFire.rate, as intervals in ms",
        f"`simulate` in steps of {DT} ms",
        lambda I: 1000 / CELLS[0].rate(I),
        lambda I: tensor(intervals_by_simulation(I.numpy())),
        np.array([2.1, 3.0, 4.5, 20.0]),
        limit=DT,
    ),
    alone(
        spiking.IntegrateAndFire.rheobase.fget,
        "IntegrateAndFire.rheobase",
        "20 mV/10 MΩ",
        lambda: CELLS[0].rheobase,
        lambda: 2.0,
    ),
    value(
        (spiking.IntegrateAndFire, spiking.IntegrateAndFire.simulate),
        "IntegrateAndFire.simulate, below the threshold",
        "the equation's solution",
        lambda I: CELLS[0].simulate(I, 20).V,
        charging,
        np.array([-1e3, 0.0, 1.0, 1.9]),
    ),
    value(
        circuits.Circuit,
        "Circuit: x₁ and not x₂",
        "its truth table",
        circuits.Circuit(2, [(circuits.NOT, (1,)), (circuits.AND, (0, 2))], (3,)),
        lambda X: [[0], [0], [1], [0]],
        H2,
    ),
    value(circuits.half_adder, "half_adder", "x₁ + x₂", circuits.half_adder(), sums, H2),
    alone(
        circuits.every_input,
        "every_input(4)",
        "Python `product`",
        lambda: circuits.every_input(4),
        lambda: list(product((0, 1), repeat=4)),
    ),
    value(
        units.adder,
        "adder(3)",
        "a + b for all pairs",
        units.adder(3),
        sums,
        every_input(6).astype(float),
    ),
    alone(
        units.majority_error,
        "majority_error(p, 7)",
        "SciPy `binom.sf`",
        lambda: [units.majority_error(p, 7) for p in FLIPS],
        lambda: [binom.sf(3, 7, p) for p in FLIPS],
    ),
    alone(
        units.to_bits,
        "to_bits(0 … 15, 4)",
        "Python `product`",
        lambda: units.to_bits(np.arange(16), 4),
        lambda: list(product((0, 1), repeat=4)),
    ),
    value(units.from_bits, "from_bits", "0 … 7", units.from_bits, lambda X: np.arange(8), V3),
    alone(
        units.reachable,
        "reachable(2, weighted=True)",
        "all but XOR and XNOR",
        lambda: units.reachable(2, weighted=True),
        lambda: [k for k in range(16) if k not in (0b0110, 0b1001)],
    ),
    alone(
        spike_trains.poisson_train,
        "poisson_train: rate, variation, Fano factor",
        "50 Hz, ¾, ¾²",
        train_statistics,
        lambda: [50.0, 0.75, 0.75**2],
        limit=5 * 0.75**2 * math.sqrt(2 / 4000),
    ),  # five standard errors of the last
    value(spike_trains.isi, "isi", "torch `diff`", spike_trains.isi, torch.diff, TIMES),
    value(
        spike_trains.cv_isi,
        "cv_isi",
        "√(2/3)/2",
        spike_trains.cv_isi,
        lambda t: math.sqrt(2 / 3) / 2,
        TIMES,
    ),
    value(
        spike_trains.fano_factor,
        "fano_factor",
        "counts 2, 1, 1",
        lambda t: spike_trains.fano_factor(t, 9, 3),
        lambda t: (2 / 9) / (4 / 3),
        TIMES,
    ),
]

# ---------------------------------------------------------------- units that learn

ROWS = rng.standard_normal((12, 2))
LABELS = rng.integers(0, 2, 12)
WITH_ONE = tensor(np.c_[np.ones(12), ROWS])
SIGNS = tensor(2.0 * LABELS - 1)
POINTS = np.concatenate([np.zeros((1, 3)), rng.standard_normal((4, 3)), 1e4 * np.eye(3)])
LOSSES = {
    perceptron.Perceptron: lambda z, t: torch.where(t * z < 0, -t * z, 0.0),
    perceptron.Adaline: lambda z, t: 0.5 * (t - z) ** 2,
    perceptron.LogisticUnit: lambda z, t: F.softplus(-t * z, threshold=40),
}


def unit_row(kind, batch):
    def ours(w):
        X = asarray(ROWS, w)
        trace = kind(2, w=w).fit(X, LABELS, lr=0.1, epochs=15, batch=batch, record=True)
        return np.stack([trace.weights_at(e) for e in range(trace.epochs + 1)])

    def theirs(w):
        w, seen = w.clone().requires_grad_(), [w]
        for _ in range(15):
            for rows in [slice(None)] if batch else [slice(n, n + 1) for n in range(12)]:
                J = LOSSES[kind](WITH_ONE[rows] @ w, SIGNS[rows]).mean()
                w = (w - 0.1 * torch.autograd.grad(J, w)[0]).detach().requires_grad_()
            seen.append(w.detach())
        return torch.stack(seen)

    what = "all examples at once" if batch else "one example after the other"
    return value(
        (kind, perceptron.Unit.fit),
        f"{kind.__name__}.fit, {what}",
        "torch's autograd of the criterion",
        ours,
        theirs,
        POINTS[2],
    )


def unit_value(of, name, against, ours, theirs):
    """ours(unit, X) for units at all points; theirs(w) likewise."""
    kind = getattr(perceptron, of.__qualname__.partition(".")[0])
    kind = perceptron.Perceptron if kind is perceptron.Unit else kind

    def all_points(points):
        X = asarray(ROWS, points)
        return tuple(ours(kind(2, w=points[i, :]), X) for i in range(len(POINTS)))

    return value(of, name, against, all_points, lambda points: tuple(map(theirs, points)), POINTS)


def criterion(W):
    X = asarray(ROWS, W)
    values, subgradients = separability.criterion(W, X, LABELS)
    return values, lambda g: [g[:, None] * subgradients]


def criterion_of_torch(W):
    tz = SIGNS * (W @ WITH_ONE.T)
    return torch.where(tz <= 0, -tz, 0.0).sum(-1)


AND = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 0, 0, 1])  # rows, labels
MACHINE = photoperceptron.Photoperceptron(n_a=30, n_r=3, retina=(5, 5), seed=1)
MACHINE.w = rng.standard_normal(MACHINE.w.shape)
CARDS = rng.integers(0, 2, (9, 25)).astype(float)
PICTURES = rng.random((3, 8, 8))


def photo(S):
    a = (S @ tensor(MACHINE.wiring).T >= 1).double()
    return a, torch.cat([torch.ones(9, 1), a], 1) @ tensor(MACHINE.w).T


FORMULAS += [
    *[unit_row(kind, batch) for kind in LOSSES for batch in (False, True)],
    unit_value(
        perceptron.Unit.score,
        "Unit.score",
        "torch, the formula",
        lambda u, X: u.score(X),
        lambda w: WITH_ONE @ w,
    ),
    *[
        value(
            perceptron.Unit.decide,
            f"Unit.decide, at_zero={at}",
            "torch `heaviside`",
            perceptron.Perceptron(2, at_zero=at).decide,
            lambda z, at=at: torch.heaviside(z, tensor(float(at))),
            test_activations.Z,
        )
        for at in (0, 1)
    ],
    unit_value(
        perceptron.Adaline.loss,
        "Adaline.loss",
        "torch, the formula",
        lambda u, X: u.loss(X, LABELS),
        lambda w: LOSSES[perceptron.Adaline](WITH_ONE @ w, SIGNS).mean(),
    ),
    unit_value(
        perceptron.LogisticUnit.loss,
        "LogisticUnit.loss",
        "torch `binary_cross_entropy_with_logits`",
        lambda u, X: u.loss(X, LABELS),
        lambda w: F.binary_cross_entropy_with_logits(WITH_ONE @ w, (SIGNS + 1) / 2),
    ),
    unit_value(
        perceptron.LogisticUnit.probability,
        "LogisticUnit.probability",
        "torch `sigmoid`",
        lambda u, X: u.probability(X),
        lambda w: torch.sigmoid(WITH_ONE @ w),
    ),
    value(
        perceptron.Adaline.stable_lr,
        "Adaline.stable_lr",
        "torch `svdvals`",
        perceptron.Adaline(2).stable_lr,
        lambda X: 24 / torch.linalg.svdvals(WITH_ONE)[0] ** 2,
        ROWS,
    ),
    both(
        separability.criterion, "criterion", "torch `where`", criterion, criterion_of_torch, POINTS
    ),
    value(
        separability.margin,
        "margin",
        "torch, the formula",
        lambda W: [separability.margin(W[i], asarray(ROWS, W), LABELS) for i in (1, 2, 5)],
        lambda W: tensor([(SIGNS * (WITH_ONE @ W[i])).min() / W[i].norm() for i in (1, 2, 5)]),
        POINTS,
    ),
    value(
        separability.max_margin,
        "max_margin, for AND",
        "(−3, 2, 2)/√17",
        lambda X: separability.max_margin(X, AND[1]),
        lambda X: tensor([-3.0, 2, 2]) / math.sqrt(17),
        AND[0],
        limit=1e-5,
    ),
    value(
        separability.novikoff_bound,
        "novikoff_bound, for AND",
        "51",
        lambda X: separability.novikoff_bound(X, AND[1]),
        lambda X: 51.0,
        AND[0],
        limit=1e-5,
    ),
    value(
        photoperceptron.Photoperceptron,
        "Photoperceptron: a and w·a",
        "torch, the formula",
        lambda S: (MACHINE.association(S), MACHINE.score(S)),
        photo,
        CARDS,
    ),
    alone(
        cards.to_retina,
        "to_retina",
        "torch `interpolate`, nearest-exact",
        lambda: cards.to_retina(PICTURES, (5, 5)),
        lambda: (
            (F.interpolate(tensor(PICTURES[None]), (5, 5), mode="nearest-exact")[0] > 0.5)
            .double()
            .flatten(1)
        ),
    ),
]

# ---------------------------------------------------------------- hebbian

CLOUD, UNITS = test_hebbian.X, test_hebbian.W
SPINS = test_hopfield.patterns(4, 12)
STATES = test_hopfield.patterns(6, 12, seed=8)
DELAYS = np.array([-1e4, -1e3, -40.0, -1e-9, 0.0, 1e-9, 10.0, 1e3, 1e4])
PRE, POST = np.sort(rng.uniform(0, 100, 7)), np.sort(rng.uniform(0, 100, 5))


def stdp_window(dt):
    down = torch.where(dt < 0, -0.25 * torch.exp(-abs(dt) / 40), 0.0)
    return torch.where(dt > 0, 0.5 * torch.exp(-abs(dt) / 10), down)


def rule_row(rule):
    def by_hand(w, X):
        X = X.numpy()
        return np.array([test_hebbian.by_hand(rule, u, X, X.mean(0)) for u in w.numpy()])

    return value(rule, rule.__name__, "the mean over the examples", rule, by_hand, UNITS, CLOUD)


def path_by_hand(X, w):
    seen = [w]
    for x in X:
        y = w @ x
        w = w + 0.05 * (y[:, None] * x - (y * y)[:, None] * w)
        seen.append(w)
    return torch.stack(seen)


def synapse(pre, post):
    """Traces, step by step, of spikes on a grid of 0.5 ms."""
    rule = spiking.STDP(**test_spiking.RULE)
    traces, total = (0.0, 0.0), 0.0
    for k in range(len(pre)):
        traces, change = rule.step(traces, pre[k], float(post[k]), 0.5)
        total = total + change
    return total


def pairs(pre, post):
    when = [0.5 * torch.nonzero(spikes)[:, 0] for spikes in (pre[:, 0], post)]
    return stdp_window(when[1][:, None] - when[0]).sum()[None]


def coupling(x):
    return (x.T @ x / x.shape[1]).fill_diagonal_(0)


def recalled(x, s, sweeps=4):
    """Synchronous updates: the states."""
    seen = [s]
    for _ in range(sweeps):
        z = s @ coupling(x)
        s = torch.where(abs(z) < 1e-9, s, torch.sign(z))
        seen.append(s)
        if torch.equal(s, seen[-2]):
            break
    return torch.stack(seen)


def flipped(s, seed=0):
    return s * tensor(np.where(np.random.default_rng(seed).random(s.shape) < 0.3, -1.0, 1.0))


def capacity_by_hand(_):
    rng = np.random.default_rng(4)
    x = tensor(rng.choice([-1.0, 1.0], (12, 60)))
    return (recalled(x, flipped(x, rng), 30)[-1] * x).mean()


FORMULAS += [
    *[rule_row(rule) for rule in (hebbian.hebb, hebbian.covariance, hebbian.oja)],
    value(
        hebbian.trajectory,
        "path('oja')",
        "example after example",
        lambda X, w: hebbian.trajectory("oja", X, w, 0.05),
        path_by_hand,
        CLOUD,
        UNITS,
    ),
    value(
        (spiking.STDP, spiking.STDP.window),
        "STDP.window",
        "torch `exp`",
        spiking.STDP(**test_spiking.RULE).window,
        stdp_window,
        DELAYS,
    ),
    value(
        spiking.STDP.change,
        "STDP.change",
        "the double sum",
        spiking.STDP(**test_spiking.RULE).change,
        lambda pre, post: stdp_window(post[:, None] - pre).sum(),
        PRE,
        POST,
    ),
    value(
        spiking.STDP,
        "STDP.step, 200 steps",
        "the double sum",
        synapse,
        pairs,
        (rng.random((200, 1)) < 0.1).astype(float),
        (rng.random(200) < 0.15).astype(float),
    ),
    value(
        (hopfield.Hopfield, hopfield.Hopfield.store),
        "Hopfield: W",
        "torch, x xᵀ/N",
        lambda x: hopfield.Hopfield(x).W,
        coupling,
        SPINS,
    ),
    value(
        hopfield.Hopfield.energy,
        "Hopfield.energy",
        "the double sum",
        lambda x, s: hopfield.Hopfield(x).energy(s),
        lambda x, s: -0.5 * torch.einsum("ni,ij,nj->n", s, coupling(x), s),
        SPINS,
        STATES,
    ),
    value(
        hopfield.Hopfield,
        "Hopfield.recall, synchronous",
        "torch `sign`",
        lambda x, s: hopfield.Hopfield(x).recall(s, 4, synchronous=True).states,
        recalled,
        SPINS,
        STATES,
    ),
    value(
        hopfield.Hopfield,
        "Hopfield.recall: its last energy",
        "`energy` of its last state",
        lambda x, s: hopfield.Hopfield(x).recall(s).energies[-1, ...],
        lambda x, s: tensor(
            to_numpy(hopfield.Hopfield(x).energy(hopfield.Hopfield(x).recall(s).state))
        ),
        SPINS,
        STATES,
    ),
    value(
        hopfield.overlap,
        "overlap",
        "torch `cosine_similarity`",
        hopfield.overlap,
        lambda s, x: F.cosine_similarity(s, x, -1),
        STATES[:4],
        SPINS,
    ),
    value(
        hopfield.corrupt,
        "corrupt(p=0.3)",
        "the same flips",
        lambda s: hopfield.corrupt(s, 0.3),
        flipped,
        SPINS,
    ),
    value(
        memory.recall_overlap,
        "recall_overlap(0.2, N=60, p=0.3)",
        "the recall written out",
        lambda like: memory.recall_overlap(0.2, 60, 0.3, synchronous=True, seed=4, where=like),
        capacity_by_hand,
        np.zeros(0),
    ),
]

# ---------------------------------------------------------------- boltzmann

DATA = np.random.default_rng(0).integers(0, 2, (6, 3)).astype(float)
THETA = np.random.default_rng(1).standard_normal(11)
N_CHAINS = 10_000


def rbm(theta):
    machine = boltzmann.RBM(3, 2, dtype="float64").to(theta)
    machine.theta[...] = theta
    return machine


def split(theta):
    return theta[:6].reshape(2, 3), theta[6:9], theta[9:]


def energies(theta):
    """E(v, h) for all states, (8, 4)."""
    (W, a, b), V, H = split(theta), tensor(V3), tensor(H2)
    return -(V @ a)[:, None] - H @ b - V @ W.T @ H.T


def law(theta):
    return torch.softmax(-energies(theta).flatten(), 0).reshape(8, 4)


def free(theta, v):
    """F(v) = −ln Σ_h e^(−E(v, h)), over all h."""
    (W, a, b), H = split(theta), tensor(H2)
    return -torch.logsumexp((v @ a)[:, None] + H @ b + v @ W.T @ H.T, 1)


def log_likelihood(theta, v):
    return -free(theta, v) - torch.logsumexp(-energies(theta).flatten(), 0)


def chains(theta, v, k, draw):
    W, a, b = (p.detach().numpy() for p in split(theta))
    for _ in range(k):
        h = draw.random((len(v), 2)) < 1 / (1 + np.exp(-(v @ W.T + b)))
        v = (draw.random((len(v), 3)) < 1 / (1 + np.exp(-(h @ W + a)))).astype(float)
    return v


def rbm_row(name, against, ours, theirs, **options):
    of = getattr(boltzmann.RBM, name.partition(",")[0])
    return value(
        of, f"RBM.{name}", against, lambda theta: ours(rbm(theta), theta), theirs, THETA, **options
    )


def likelihood(theta):
    machine, v = rbm(theta), asarray(DATA, theta)
    g = enumeration.likelihood_gradient(machine, v)
    return -namespace(theta).mean(enumeration.log_likelihood(machine, v)), lambda one: [one * g]


def divergence(k):
    """Of CD-k: the free energy of the data less that at the chains' ends, and the ends."""

    def ours(theta):
        machine, v = rbm(theta), asarray(DATA, theta)
        g, end = machine.cd(v, np.random.default_rng(5), k)
        mean = namespace(theta).mean
        J = mean(machine.free_energy(v)) - mean(machine.free_energy(end))
        return (J, end), lambda one: [one * g]

    def theirs(theta):
        end = tensor(chains(theta, DATA, k, np.random.default_rng(5)))
        return free(theta, tensor(DATA)).mean() - free(theta, end).mean(), end

    return ours, theirs


def learned(machine, theta):
    errors = machine.fit(asarray(DATA, theta), epochs=5, batch_size=6, seed=4)
    return machine.theta, errors


def learned_by_hand(theta):
    draw, errors = np.random.default_rng(4), []
    for _ in range(5):
        theta = theta.detach().requires_grad_()
        v = DATA[draw.permutation(6)]
        end = tensor(chains(theta, v, 1, draw))
        J = free(theta, tensor(v)).mean() - free(theta, end).mean()
        theta = (theta - 0.1 * torch.autograd.grad(J, theta)[0]).detach()
        W, a, b = split(theta)
        there = torch.sigmoid(tensor(DATA) @ W.T + b)
        errors.append(((tensor(DATA) - torch.sigmoid(there @ W + a)) ** 2).mean())
    return theta, torch.stack(errors)


def frequencies(machine, theta):
    start = asarray(np.tile(DATA[:1], (N_CHAINS, 1)), theta)
    end = machine.gibbs(start, np.random.default_rng(4), 60)
    return np.bincount((to_numpy(end) @ [4, 2, 1]).astype(int), minlength=8) / N_CHAINS


def average_divergence(machine, theta):
    v = asarray(np.tile(DATA, (4000, 1)), theta)
    return machine.cd(v, np.random.default_rng(1), 1)[0]


def expected_divergence(theta):
    """⟨(h vᵀ, v, h)⟩ after one round less that in the data, summed over all states."""
    machine = test_boltzmann.machine((3, 2), theta.numpy())
    p = test_boltzmann.joint(machine)[0]
    start = np.bincount((DATA @ [4, 2, 1]).astype(int), minlength=8) / 6
    given_v = p / p.sum(1, keepdims=True)
    end = start @ test_boltzmann.kernel(machine)
    return test_boltzmann.statistics(machine, (end - start)[:, None] * given_v)


def reconstruction(theta):
    W, a, b = split(theta)
    return torch.sigmoid(torch.sigmoid(tensor(V3) @ W.T + b) @ W + a)


EVERY_V, EVERY_H = np.repeat(V3, 4, axis=0), np.tile(H2, (8, 1))
FORMULAS += [
    rbm_row(
        "energy",
        "the formula, all states",
        lambda m, t: m.energy(asarray(EVERY_V, t), asarray(EVERY_H, t)),
        lambda theta: energies(theta).flatten(),
    ),
    rbm_row(
        "free_energy",
        "the sum over all h",
        lambda m, t: m.free_energy(asarray(V3, t)),
        lambda theta: free(theta, tensor(V3)),
    ),
    rbm_row(
        "hidden",
        "the sum over all states",
        lambda m, t: m.hidden(asarray(V3, t)),
        lambda theta: law(theta) @ tensor(H2) / law(theta).sum(1, keepdim=True),
    ),
    rbm_row(
        "visible",
        "the sum over all states",
        lambda m, t: m.visible(asarray(H2, t)),
        lambda theta: law(theta).T @ tensor(V3) / law(theta).sum(0)[:, None],
    ),
    rbm_row(
        "reconstruct", "torch `sigmoid`", lambda m, t: m.reconstruct(asarray(V3, t)), reconstruction
    ),
    *[
        both(
            boltzmann.RBM.cd,
            f"RBM.cd(k={k})",
            "torch's autograd of F, the same chains",
            *divergence(k),
            THETA,
        )
        for k in (1, 5)
    ],
    rbm_row(
        "cd, the mean over 24 000 chains",
        "the sum over all states",
        average_divergence,
        expected_divergence,
        limit=5 * 0.5 / math.sqrt(24_000),
    ),
    rbm_row(
        "gibbs, 10 000 chains, 60 rounds",
        "the law of the model",
        frequencies,
        lambda theta: law(theta).sum(1),
        limit=5 * 0.5 / math.sqrt(N_CHAINS),
    ),
    rbm_row("fit, 5 epochs", "torch's autograd of F, the same chains", learned, learned_by_hand),
    value(
        boltzmann.sample,
        "sample",
        "u < p, the same u",
        lambda p: boltzmann.sample(p, np.random.default_rng(2)),
        lambda p: tensor(np.random.default_rng(2).random(p.shape)) < p,
        rng.random((20, 3)),
    ),
    value(
        enumeration.log_partition,
        "log_partition",
        "the sum over all states",
        lambda theta: enumeration.log_partition(rbm(theta)),
        lambda theta: torch.logsumexp(-energies(theta).flatten(), 0),
        THETA,
    ),
    value(
        enumeration.log_likelihood,
        "log_likelihood",
        "the sum over all states",
        lambda theta: enumeration.log_likelihood(rbm(theta), asarray(V3, theta)),
        lambda t: log_likelihood(t, tensor(V3)),
        THETA,
    ),
    both(
        (enumeration.likelihood_gradient, boltzmann.RBM),
        "likelihood_gradient",
        "torch's autograd of the sum over all states",
        likelihood,
        lambda theta: -log_likelihood(theta, tensor(DATA)).mean(),
        THETA,
    ),
]

# ---------------------------------------------------------------- alignment

NET = test_alignment.mlp(np.zeros(0))
FEEDBACK = alignment.random_feedback(NET, seed=5)
DEGREES = np.array([0.0, 1e-7, 30.0, 90.0, 150.0, 180.0])


def aligned(theta):
    net = test_alignment.mlp(theta)
    net.theta[...] = theta
    feedback = [B if B is None else asarray(B, theta) for B in FEEDBACK]
    x, y = asarray(test_alignment.X, theta), asarray(test_alignment.Y, theta)
    loss = losses.MeanSquaredError()
    g = alignment.alignment_gradient(net, feedback, loss, x, y)
    return loss.value(net(x), y), lambda one: [one * g]


def aligned_of_torch(theta):
    """Errors come back through B: z = W x, but as far as x is asked, z = Bᵀ x."""
    pairs = [(4, 6), (6, 5), (5, 3)]
    parts = theta.split([m * n for m, n in pairs] + [n for _, n in pairs])
    a = tensor(test_alignment.X)
    for l, (m, n) in enumerate(pairs):
        W, b, B = parts[l].reshape(n, m), parts[3 + l], FEEDBACK[2 * l]
        z = a.detach() @ W.T + b
        if B is not None:
            z = z + a @ tensor(B).T - (a @ tensor(B).T).detach()
        a = torch.tanh(z) if l < 2 else z
    return 0.5 * ((a - tensor(test_alignment.Y)) ** 2).sum() / len(a)


def angles(theta):
    net = test_alignment.mlp(theta)
    feedback = [B if B is None else asarray(B, theta) for B in FEEDBACK]
    return tuple(alignment.alignment_angles(net, feedback))


def angles_of_torch(theta):
    pairs = [(NET.params[l][0], B) for l, B in enumerate(FEEDBACK) if B is not None]
    return tuple(
        F.cosine_similarity(tensor(W.ravel()), tensor(B.ravel()), 0).acos().rad2deg()
        for W, B in pairs
    )


FORMULAS += [
    both(
        alignment.alignment_gradient,
        "alignment_gradient",
        "torch's autograd, B for Wᵀ",
        aligned,
        aligned_of_torch,
        NET.theta,
    ),
    value(
        alignment.angle,
        "angle",
        "0, 1e-7, 30, 90, 150, 180 degrees",
        lambda u, v: alignment.angle(u, v),
        lambda u, v: tensor(DEGREES),
        np.tile([3.0, 0.0], (6, 1)),
        np.stack([np.cos(np.deg2rad(DEGREES)), np.sin(np.deg2rad(DEGREES))], axis=1),
    ),
    value(
        alignment.alignment_angles,
        "alignment_angles",
        "torch `cosine_similarity`, `acos`",
        angles,
        angles_of_torch,
        NET.theta,
    ),
]

# ---------------------------------------------------------------- ngram

MODEL, OTHER = ngram.NGram(3, test_ngram.TEXT, alpha=0.5), test_ngram.TEXT[::-1]
TABLE = test_ngram.table(MODEL, test_ngram.TEXT)
N_DRAWN = 20_000


def drawn_frequencies():
    text = ngram.NGram(1, test_ngram.TEXT).sample(N_DRAWN)
    return [text.count(c) / N_DRAWN for c in MODEL.alphabet]


FORMULAS += [
    alone(
        (ngram.NGram, ngram.NGram.count, ngram.NGram.probabilities),
        "NGram(3).probabilities, after every context",
        "torch `bincount`",
        lambda: [MODEL.probabilities(u) for u in test_ngram.contexts(MODEL)],
        lambda: TABLE,
    ),
    alone(
        ngram.NGram.log_likelihood,
        "NGram(3).log_likelihood",
        "torch `nll_loss`",
        lambda: MODEL.log_likelihood(OTHER),
        lambda: -test_ngram.surprise(MODEL, TABLE, OTHER),
    ),
    alone(
        ngram.NGram.perplexity,
        "NGram(3).perplexity",
        "torch `nll_loss`, `exp`",
        lambda: MODEL.perplexity(OTHER),
        lambda: (test_ngram.surprise(MODEL, TABLE, OTHER) / (len(OTHER) - 2)).exp(),
    ),
    alone(
        ngram.NGram.sample,
        "NGram(1).sample, 20 000 characters",
        "the model's probabilities",
        drawn_frequencies,
        lambda: ngram.NGram(1, test_ngram.TEXT).probabilities(),
        limit=5 * 0.5 / math.sqrt(N_DRAWN),
    ),
]
