"""Neurons, circuits, Hebbian learning, the Hopfield network."""

import numpy as np

from dlcore import circuits, hebbian, hopfield
from dlcore.circuits import Circuit, McCullochPitts, ThresholdUnit
from dlcore.hopfield import Hopfield
from dlcore.spiking import STDP, IntegrateAndFire
from dlcore.teaching.chapters import memory, spike_trains, units

from . import kinds as k
from .refusal import array, asarray, entry, integers

SEED = [k.seed]
SIGNALS = [k.not_numbers, k.complex_numbers, k.not_finite, k.outside(0, 1), k.other_last]

# ------------------------------------------------------------------ neurons

entry(
    "circuits.McCullochPitts",
    dict(roles="++-", threshold=2),
    McCullochPitts,
    roles=[k.values("", "+x", None, 3, ["+"])],
    threshold=[k.number],
)
entry(
    "circuits.ThresholdUnit",
    lambda where: dict(w=array(where, 2), threshold=0.5),
    ThresholdUnit,
    w=[k.not_numbers, k.complex_numbers, k.not_finite, k.column, k.scalar, k.empty],
)
entry(
    "circuits.ThresholdUnit", dict(w=[1.0, 2.0], threshold=0.5), ThresholdUnit, threshold=[k.number]
)


def bits(where):
    return asarray([[0.0, 1.0], [1.0, 1.0], [0.0, 0.0]], array(where, 1))


for name, unit in (
    ("McCullochPitts", McCullochPitts("++", 2)),
    ("ThresholdUnit", ThresholdUnit([1.0, 1.0], 2)),
):
    entry(
        f"circuits.{name}.__call__",
        lambda where, unit=unit: dict(unit=unit, X=bits(where)),
        lambda unit, X: unit(X),
        owner=name,
        X=[*SIGNALS, k.scalar],
    )
entry(
    "circuits.signals",
    lambda where: dict(who="me", X=bits(where), n=2),
    circuits.signals,
    owner="me",
    X=[*SIGNALS, k.scalar],
)
entry(
    "spiking.IntegrateAndFire",
    dict(tau=20.0, R=10.0, E=-70.0, V_th=-50.0, V_r=-70.0, t_ref=2.0),
    IntegrateAndFire,
    tau=[k.positive],
    R=[k.positive],
    E=[k.number],
    V_th=[k.number],
    V_r=[k.number, k.values(-50.0, -40.0)],
    t_ref=[k.not_negative],
)
cell = IntegrateAndFire()
entry(
    "spiking.IntegrateAndFire.rate",
    lambda where: dict(cell=cell, I=array(where, 3)),
    lambda cell, I: cell.rate(I),
    owner="IntegrateAndFire",
    I=[k.not_numbers, k.complex_numbers, k.not_finite],
)
entry(
    "spiking.IntegrateAndFire.simulate",
    lambda where: dict(cell=cell, I=array(where, 3, 2), duration=3.0, dt=1.0, V=None),
    lambda cell, I, duration, dt, V: cell.simulate(I, duration, dt, V),
    owner="IntegrateAndFire",
    I=[k.not_numbers, k.complex_numbers, k.not_finite, k.other_rows],
    duration=[k.positive, k.values(0.1)],
    dt=[k.positive],
    V=[k.values("x", k.NAN, 1j, k.INF, [1.0, 2.0, 3.0])],
)
entry(
    "spiking.IntegrateAndFire.simulate",
    lambda where: dict(cell=cell, I=array(where, 2), duration=3.0, V=array(where, 2)),
    lambda cell, I, duration, V: cell.simulate(I, duration, 1.0, V),
    owner="IntegrateAndFire",
    V=[k.not_finite, k.column, k.complex_numbers],
)
entry(
    "teaching.chapters.spike_trains.poisson_train",
    dict(rate=20.0, duration=100.0, t_ref=1.0, seed=0),
    spike_trains.poisson_train,
    owner="poisson_train",
    rate=[k.not_negative, k.values(1000.0)],
    duration=[k.positive],
    t_ref=[k.not_negative, k.values(50.0)],
    seed=SEED,
)
TIMES = [k.not_numbers, k.complex_numbers, k.not_finite, k.column, k.scalar, k.descending]


def times(where):
    return asarray([1.0, 4.0, 6.0, 7.0], array(where, 1))


for f in (spike_trains.isi, spike_trains.cv_isi):
    name = f.__name__
    entry(
        f"teaching.chapters.spike_trains.{name}",
        lambda where: dict(times=times(where)),
        f,
        owner=name,
        times=TIMES,
    )
entry(
    "teaching.chapters.spike_trains.cv_isi",
    lambda where: dict(times=times(where)),
    spike_trains.cv_isi,
    owner="cv_isi",
    times=[k.first(2), k.empty, k.equal],
)
entry(
    "teaching.chapters.spike_trains.fano_factor",
    lambda where: dict(times=times(where), duration=10.0, window=2.0),
    spike_trains.fano_factor,
    owner="fano_factor",
    times=[*TIMES, k.empty],
    duration=[k.positive, k.values(3.0)],
    window=[k.positive, k.values(6.0)],
)

# ------------------------------------------------------------------ circuits

AND = circuits.AND
entry(
    "circuits.Circuit",
    dict(n_in=2, gates=[(AND, (0, 1))], outputs=(2,)),
    Circuit,
    n_in=[k.whole],
    gates=[
        k.values(
            None,
            3,
            [AND],
            [(AND, (0,))],
            [(AND, (0, 2))],
            [(AND, (0, -1))],
            [(AND, (0, 1.0))],
            [(AND, None)],
            [("and", (0, 1))],
            [(AND, (0, True))],
        )
    ],
    outputs=[k.values(None, 2, (), (3,), (-1,), ("2",), (0.0,), (True,))],
)


def circuit(where):
    return dict(
        circuit=circuits.half_adder(),
        X=bits(where),
        flip=0.1,
        copies=3,
        noisy_vote=True,
        stuck={0: 1},
        seed=0,
    )


FAULTS = dict(
    flip=[k.probability],
    copies=[k.whole, k.values(2)],
    noisy_vote=[k.boolean],
    stuck=[k.values({2: 0}, {-1: 0}, {0: 2}, {"0": 1}, {0: "1"}, 3, [0], {0: None})],
    seed=SEED,
)
for method in ("__call__", "wires"):
    call = lambda circuit, method=method, **rest: getattr(circuit, method)(**rest)  # noqa: E731
    entry(f"circuits.Circuit.{method}", circuit, call, owner="Circuit", X=[*SIGNALS, k.scalar])
    entry(f"circuits.Circuit.{method}", circuit, call, owner="Circuit", only=["numpy"], **FAULTS)
entry(
    "circuits.Circuit.table",
    lambda where: {n: v for n, v in circuit(where).items() if n != "X"},
    lambda circuit, **faults: circuit.table(**faults),
    owner="Circuit",
    only=["numpy"],
    **FAULTS,
)
entry("teaching.chapters.units.adder", dict(n=2), units.adder, owner="adder", n=[k.whole])
entry(
    "teaching.chapters.units.majority_error",
    dict(flip=0.1, copies=3),
    units.majority_error,
    owner="majority_error",
    flip=[k.probability],
    copies=[k.whole, k.values(2)],
)
entry("circuits.every_input", dict(n=2), circuits.every_input, n=[k.whole, k.values(21)])
entry(
    "teaching.chapters.units.reachable",
    dict(n=1, weighted=False),
    units.reachable,
    owner="reachable",
    n=[k.whole, k.values(4)],
    weighted=[k.boolean],
)
entry(
    "teaching.chapters.units.to_bits",
    lambda where: dict(numbers=integers(where, 0, 3), n=2),
    units.to_bits,
    owner="to_bits",
    n=[k.whole, k.values(63)],
    numbers=[k.not_numbers, k.half_labels, k.labels_below(4), k.complex_numbers],
)
entry(
    "teaching.chapters.units.from_bits",
    lambda where: dict(bits=bits(where)),
    units.from_bits,
    owner="from_bits",
    bits=[*SIGNALS[:-1], k.scalar],
)

# ------------------------------------------------------------------ hebbian


def rule(where):
    return dict(w=array(where, 2), x=array(where, 4, 2))


FIXED = [*k.kind, k.other_last]
for f in (hebbian.hebb, hebbian.covariance, hebbian.oja):
    entry(f"hebbian.{f.__name__}", rule, f, w=[*FIXED, k.scalar], x=[*FIXED, k.lower_rank, k.empty])
entry(
    "hebbian.covariance",
    lambda where: rule(where) | dict(mean=array(where, 2)),
    hebbian.covariance,
    mean=[k.not_an_array_or_none, k.other_dtype, k.other_library, k.other_last, k.column],
)
entry(
    "hebbian.trajectory",
    lambda where: dict(rule="oja", X=array(where, 4, 2), w=array(where, 2)),
    hebbian.trajectory,
    rule=[k.values("nonsense", None, 3, hebbian.oja, ["oja"])],
    X=[*k.numbers, k.lower_rank, k.higher_rank, k.other_last, k.empty],
    w=[*k.numbers, k.scalar, k.other_last, k.higher_rank],
)
entry(
    "hebbian.trajectory",
    dict(rule="oja", X=np.ones((4, 2)), w=np.ones(2), lr=0.01, epochs=1, seed=0),
    hebbian.trajectory,
    lr=[k.positive],
    epochs=[k.whole],
    seed=SEED,
)
entry(
    "spiking.STDP",
    dict(A_plus=0.1, A_minus=0.1, tau_plus=20.0, tau_minus=20.0),
    STDP,
    A_plus=[k.not_negative],
    A_minus=[k.not_negative],
    tau_plus=[k.positive],
    tau_minus=[k.positive],
)
synapse = STDP()
entry(
    "spiking.STDP.window",
    lambda where: dict(synapse=synapse, dt=array(where, 3)),
    lambda synapse, dt: synapse.window(dt),
    owner="STDP",
    dt=k.numbers,
)
SPIKES = [*k.numbers, k.scalar, k.column]
entry(
    "spiking.STDP.change",
    lambda where: dict(synapse=synapse, pre=array(where, 3), post=array(where, 2)),
    lambda synapse, pre, post: synapse.change(pre, post),
    owner="STDP",
    pre=SPIKES,
    post=SPIKES,
)
entry(
    "spiking.STDP.step",
    lambda where: dict(
        synapse=synapse, traces=(0.0, 0.0), dt=1.0, post=1, pre=asarray([0.0, 1.0], array(where, 1))
    ),
    lambda synapse, traces, pre, post, dt: synapse.step(traces, pre, post, dt),
    owner="STDP",
    dt=[k.positive],
    traces=[k.values(None, 0, (0,), (0, 0, 0), ("a", 0), (None, None))],
    pre=[k.values(None, "x"), k.column, k.complex_numbers],
    post=[k.values(None, "x", [1, 0, 1], 1j)],
)


def spins(where):
    return asarray([[1.0, -1.0, 1.0], [1.0, 1.0, -1.0]], array(where, 1))


STATES = [k.not_numbers, k.complex_numbers, k.not_finite, k.outside(-1, 1), k.scalar]
entry(
    "hopfield.Hopfield",
    lambda where: dict(patterns=spins(where)),
    Hopfield,
    patterns=[*STATES, k.empty, k.higher_rank],
)
entry(
    "hopfield.Hopfield.store",
    lambda where: dict(net=Hopfield(spins(where)), s=spins(where)),
    lambda net, s: net.store(s),
    owner="Hopfield",
    s=[*STATES, k.other_last, k.empty, k.higher_rank],
)
for method in ("energy", "recall"):
    entry(
        f"hopfield.Hopfield.{method}",
        lambda where: dict(net=Hopfield(spins(where)), s=spins(where)),
        lambda net, s, method=method: getattr(net, method)(s),
        owner="Hopfield",
        s=[*STATES, k.other_last],
    )
entry(
    "hopfield.Hopfield.recall",
    lambda where: dict(
        net=Hopfield(spins(where)), s=spins(where), sweeps=2, synchronous=False, seed=0
    ),
    lambda net, s, **settings: net.recall(s, **settings),
    owner="Hopfield",
    only=["numpy"],
    sweeps=[k.whole],
    synchronous=[k.boolean],
    seed=SEED,
)
entry(
    "hopfield.overlap",
    lambda where: dict(s=spins(where), pattern=spins(where)[0]),
    hopfield.overlap,
    s=[*k.numbers, k.scalar, k.other_last],
    pattern=[k.not_an_array, k.complex_numbers, k.other_library, k.scalar, k.other_last],
)
entry(
    "hopfield.corrupt",
    lambda where: dict(s=spins(where), p=0.1, seed=0),
    hopfield.corrupt,
    s=k.numbers,
    p=[k.probability],
    seed=SEED,
)
entry(
    "teaching.chapters.memory.recall_overlap",
    dict(load=0.1, N=10, p=0.0, synchronous=False, seed=0, where="numpy"),
    memory.recall_overlap,
    owner="recall_overlap|backend",
    load=[k.positive],
    N=[k.whole, k.values(1)],
    p=[k.probability],
    synchronous=[k.boolean],
    seed=SEED,
    where=[k.values("gpu", "", None, 3)],
)
