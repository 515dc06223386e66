"""Turing's unorganised machines of 1948: NAND units with two links each, wired at random.

Stacks of E machines of N units.  ``wires`` (E, N, 2) says where each link comes from, ``modes``
(E, N, 2) what it does on the way: 0 passes the signal on, 1 inverts it, 2 always delivers a 1.
Plain links alone are Turing's A-type.  A link with a modifier, as in his B-type, inverts or
interrupts, and may be switched from the one to the other: that is how the machine is educated.
Turing 1948, Intelligent Machinery.
"""

from typing import NamedTuple

import numpy as np

from dlcore import checks as check

PLAIN, INVERTING, INTERRUPTED = 0, 1, 2


class Machines(NamedTuple):
    """E machines, and the state in which each starts."""

    wires: np.ndarray  # (E, N, 2) the units that the two links of each unit come from
    modes: np.ndarray  # (E, N, 2) PLAIN, INVERTING or INTERRUPTED
    start: np.ndarray  # (E, N) of 0 and 1


def random_machines(
    units: int, machines: int = 1, inverting: float = 0.0, seed: int = 0
) -> Machines:
    """Machines wired by chance; each link inverts with probability ``inverting``, else is plain."""
    check.integer("random_machines", "units", units, 1)
    check.integer("random_machines", "machines", machines, 1)
    check.number("random_machines", "inverting", inverting, 0, 1)
    rng = check.generator("random_machines", seed)
    shape = (machines, units, 2)
    wires = rng.integers(0, units, shape)
    modes = (rng.random(shape) < inverting).astype(int)
    return Machines(wires, modes, rng.integers(0, 2, (machines, units)))


def tick(x: np.ndarray, wires: np.ndarray, modes: np.ndarray) -> np.ndarray:
    """q = 1 − a b for every unit, with what its two links deliver; all units change at once."""
    sent = x[np.arange(len(x))[:, None, None], wires]
    arriving = np.where(modes == INTERRUPTED, 1, sent ^ modes)
    return 1 - arriving[..., 0] * arriving[..., 1]


def film(machines: Machines, ticks: int) -> np.ndarray:
    """The states at times 0, 1, … ticks, (ticks + 1, E, N)."""
    states = [machines.start]
    for _ in range(ticks):
        states.append(tick(states[-1], machines.wires, machines.modes))
    return np.stack(states)


def cycle(machines: Machines, most: int = 10_000) -> tuple[int, int]:
    """When the first machine enters its cycle, and the cycle's length."""
    first = Machines(*(array[:1] for array in machines))
    x, seen = first.start, dict[bytes, int]()
    for t in range(most):
        state = x.tobytes()
        if state in seen:
            return seen[state], t - seen[state]
        seen[state] = t
        x = tick(x, first.wires, first.modes)
    raise ValueError(f"cycle: no state came back within {most} ticks")


def cycle_lengths(machines: Machines, most: int = 2000) -> np.ndarray:
    """The cycle length of every machine, (E,); 0 where none was found within ``most`` ticks.

    Brent's way, with two states in memory: the one at the last power of two waits until the other
    comes back to it."""
    wires, modes, waiting = machines
    moving, steps, power = tick(waiting, wires, modes), 1, 1
    lengths = np.zeros(len(waiting), int)
    for _ in range(most):
        lengths[(moving == waiting).all(axis=1) & (lengths == 0)] = steps
        if lengths.all():
            break
        if steps == power:
            waiting, power, steps = moving, 2 * power, 0
        moving, steps = tick(moving, wires, modes), steps + 1
    return lengths


def mean_field(p: float, inverting: float, ticks: int) -> list[float]:
    """The share of units that are on, p ← 1 − r² with r = (1 − s) p + s (1 − p), s = inverting."""
    shares = [p]
    for _ in range(ticks):
        r = (1 - inverting) * shares[-1] + inverting * (1 - shares[-1])
        shares.append(1 - r**2)
    return shares


class School(NamedTuple):
    """E machines to be educated, and which of their links can be switched.

    Without circles they have two inputs: wires 0 and 1 are these, 2 + n is unit n, and a unit is
    linked to earlier ones only.  With circles they have none, wire n is unit n, any to any."""

    wires: np.ndarray  # (E, N, 2)
    modes: np.ndarray  # (E, N, 2)
    modified: np.ndarray  # (E, N, 2): True where a link has a modifier
    start: np.ndarray | None = None  # (E, N) of 0 and 1, with circles only


def school(
    units: int, machines: int, modified: float = 1.0, seed: int = 0, circles: bool = False
) -> School:
    """Machines whose links have a modifier with probability ``modified``, set by chance.

    With 1 every link has one, the inputs' links too, as in Turing's B-type."""
    check.integer("school", "units", units, 1)
    check.integer("school", "machines", machines, 1)
    check.number("school", "modified", modified, 0, 1)
    check.boolean("school", "circles", circles)
    rng = check.generator("school", seed)
    shape = (machines, units, 2)
    has = rng.random(shape) < modified
    modes = np.where(has, rng.integers(INVERTING, INTERRUPTED + 1, shape), PLAIN)
    if circles:
        start = rng.integers(0, 2, (machines, units))
        return School(rng.integers(0, units, shape), modes, has, start)
    earlier = np.arange(2, units + 2)[None, :, None]
    return School(rng.integers(0, earlier, shape), modes, has)


def answers(pupils: School) -> np.ndarray:
    """What every unit of machines without circles says to 00, 01, 10 and 11, (E, N, 4)."""
    E, N, _ = pupils.wires.shape
    machine = np.arange(E)
    said = np.empty((E, N + 2, 4), int)
    said[:, :2] = [[0, 0, 1, 1], [0, 1, 0, 1]]
    for n in range(N):
        a, b = (
            np.where(mode == INTERRUPTED, 1, said[machine, wire] ^ mode)
            for wire, mode in zip(
                pupils.wires[:, n].T, pupils.modes[:, n].T[:, :, None], strict=True
            )
        )
        said[:, n + 2] = 1 - a * b
    return said[:, 2:]


def marks(pupils: School, target: list) -> np.ndarray:
    """How much of the target the unit that copies it best has right, (E,).

    Without circles the target is what to say to 00, 01, 10 and 11; with circles it is a rhythm,
    what to do at the ticks 1, 2, …"""
    if pupils.start is None:
        said = answers(pupils)
    else:
        said = np.moveaxis(film(Machines(*pupils[:2], pupils.start), len(target))[1:], 0, -1)
    return (said == np.array(target)).sum(axis=2).max(axis=1)


def educate(pupils: School, target: list, lessons: int = 300, seed: int = 0) -> tuple:
    """In each lesson throw one switch, and throw it back if the marks got worse.

    Returns the pupils at the end and their marks after each lesson, (lessons + 1, E)."""
    rng = check.generator("educate", seed)
    machine, N = np.arange(len(pupils.wires)), pupils.wires.shape[1]
    record = [marks(pupils, target)]
    for _ in range(lessons):
        link = machine, rng.integers(0, N, len(machine)), rng.integers(0, 2, len(machine))
        modes = pupils.modes.copy()
        modes[link] = np.where(pupils.modified[link], 3 - modes[link], modes[link])
        now = marks(pupils._replace(modes=modes), target)
        kept = now >= record[-1]
        pupils = pupils._replace(modes=np.where(kept[:, None, None], modes, pupils.modes))
        record.append(np.where(kept, now, record[-1]))
    return pupils, np.array(record)


def luck(pupils: School, target: list, tries: int = 300, seed: int = 0) -> np.ndarray:
    """Nobody teaches: in each try all switches are set by chance, and the best setting is kept.

    Returns the best marks after each try, (tries + 1, E)."""
    rng = check.generator("luck", seed)
    record = [marks(pupils, target)]
    for _ in range(tries):
        switches = rng.integers(INVERTING, INTERRUPTED + 1, pupils.modes.shape)
        tried = pupils._replace(modes=np.where(pupils.modified, switches, PLAIN))
        record.append(np.maximum(marks(tried, target), record[-1]))
    return np.array(record)
