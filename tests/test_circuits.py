"""Circuits: right for every input; unreliable ones fail as often as the binomial law says."""

import math

import numpy as np
import pytest

from dlcore.backend import asarray, dtype_name, namespace, to_numpy
from dlcore.circuits import (
    AND,
    NOT,
    OR,
    Circuit,
    McCullochPitts,
    ThresholdUnit,
    every_input,
    half_adder,
)
from dlcore.datasets import BOOLEAN_NAMES, boolean
from dlcore.teaching.chapters.units import adder, from_bits, majority_error, reachable, to_bits

from .reference import backends, refuses

NAN = float("nan")


def xor():
    return Circuit(
        2,
        [(McCullochPitts("+-", 1), (0, 1)), (McCullochPitts("-+", 1), (0, 1)), (OR, (2, 3))],
        (4,),
    )


# ---------------------------------------------------------------- what one unit can do


def test_eleven_of_sixteen_functions_without_weights_fourteen_with():
    names = {BOOLEAN_NAMES[k] for k in reachable()}
    missing = {"xor", "xnor", "nand", "x1 implies x2", "x2 implies x1"}
    assert len(reachable()) == 11 and names == set(BOOLEAN_NAMES) - missing
    weighted = {BOOLEAN_NAMES[k] for k in reachable(weighted=True)}
    assert len(weighted) == 14 and weighted == set(BOOLEAN_NAMES) - {"xor", "xnor"}


@pytest.mark.parametrize("n, plain, weighted", [(1, 4, 4), (2, 11, 14), (3, 36, 104)])
def test_the_counts_for_other_numbers_of_inputs(n, plain, weighted):
    assert len(reachable(n)) == plain and len(reachable(n, weighted=True)) == weighted
    assert reachable(n) == sorted(set(reachable(n)) & set(reachable(n, weighted=True)))


def test_unweighted_functions_are_products_of_a_count_and_a_veto():
    # (at least k of a set) and (none of another set), counted without any unit
    functions = set()
    X = every_input(3)
    for mask in range(27):
        roles = np.array([mask // 3**i % 3 for i in range(3)])
        for k in range(5):
            y = (X[:, roles == 1].sum(1) >= k) & (X[:, roles == 2].sum(1) == 0)
            functions.add("".join(map(str, y.astype(int))))
    assert sorted(int(f, 2) for f in functions) == reachable(3)


@pytest.mark.parametrize("n", [0, 4, 2.0, True, None])
def test_reachable_refuses(n):
    refuses(lambda: reachable(n), f"reachable: expected an integer n from 1 to 3, got {n!r}")


# ---------------------------------------------------------------- circuits without faults


def test_the_gates():
    assert AND(every_input(2)).tolist() == [0, 0, 0, 1]
    assert OR(every_input(2)).tolist() == [0, 1, 1, 1]
    assert NOT(every_input(1)).tolist() == [1, 0]


@backends
def test_wires_answers_and_tables(like):
    circuit = xor()
    assert repr(circuit) == "Circuit(2 inputs, 3 gates, 1 outputs)"
    assert circuit.table().tolist() == [[0], [1], [1], [0]]
    assert circuit.table().ravel().tolist() == boolean("xor")[1].tolist()
    X = asarray(every_input(2), like)
    lines = circuit.wires(X)
    assert to_numpy(lines).tolist() == [
        [0, 0, 0, 0, 0],
        [0, 1, 0, 1, 1],
        [1, 0, 1, 0, 1],
        [1, 1, 0, 0, 0],
    ]
    assert type(lines) is type(like) and dtype_name(lines) == "int64"
    assert dtype_name(circuit.wires(X, noisy_vote=True)) == "int64"
    assert to_numpy(circuit(X)).tolist() == circuit.table().tolist()
    assert circuit([1, 0]).tolist() == [1] and circuit(np.zeros((3, 5, 2))).shape == (3, 5, 1)
    turned = Circuit(2, circuit.gates, (1, 4, 0))
    assert turned([1, 0]).tolist() == [0, 1, 1]


def test_weighted_units_may_be_gates():
    both = Circuit(2, [(ThresholdUnit([-1, -1], -1), (0, 1)), (OR, (0, 1)), (AND, (2, 3))], (4,))
    assert both.table().ravel().tolist() == [0, 1, 1, 0]


def test_the_half_adder():
    assert half_adder().table().tolist() == [[0, 0], [0, 1], [0, 1], [1, 0]]
    assert len(half_adder().gates) == 2


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_the_adder_is_right_for_every_pair(n):
    circuit, X = adder(n), every_input(2 * n)
    assert len(circuit.gates) == 4 * n - 2 and len(circuit.outputs) == n + 1
    assert circuit.table().shape == (4**n, n + 1)
    sums = from_bits(X[:, :n]) + from_bits(X[:, n:])
    np.testing.assert_array_equal(from_bits(circuit.table()), sums)
    np.testing.assert_array_equal(circuit.table(), to_bits(sums, n + 1))


def test_an_adder_of_twenty_digits():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 2**20, (2, 50))
    X = np.concatenate([to_bits(a, 20), to_bits(b, 20)], axis=1)
    np.testing.assert_array_equal(from_bits(adder(20)(X)), a + b)


def test_binary_digits():
    assert to_bits(6, 4).tolist() == [0, 1, 1, 0]
    assert to_bits([[1], [3]], 2).tolist() == [[[0, 1]], [[1, 1]]]
    assert from_bits([[0, 1, 1, 0], [1, 0, 0, 1]]).tolist() == [6, 9] and from_bits([1, 0]) == 2
    assert every_input(1).tolist() == [[0], [1]]
    for n in (1, 2, 3, 7):
        np.testing.assert_array_equal(every_input(n), boolean("true", n)[0])
        np.testing.assert_array_equal(from_bits(every_input(n)), np.arange(2**n))
    assert int(from_bits(to_bits(2**62 - 1, 62))) == 2**62 - 1
    for kind in "BHILbhil":  # unsigned and signed, of all sizes
        assert to_bits(np.array([3], kind), 62)[0, -3:].tolist() == [0, 1, 1]


@backends
def test_binary_digits_of_other_arrays(like):
    numbers = asarray([5, 2], like, getattr(like, "dtype", None) and None)
    bits = asarray([[1.0, 0.0, 1.0]], like)
    assert from_bits(bits).tolist() == [5]
    whole = asarray(np.array([5, 2]), like, to_dtype(like))
    assert to_bits(whole, 3).tolist() == [[1, 0, 1], [0, 1, 0]]
    refuses(
        lambda: to_bits(numbers, 3), "to_bits: expected numbers 0 … 7 for 3 digits, got [5. 2.]"
    )


def to_dtype(like):
    from dlcore.backend import namespace

    return namespace(like).int64


# ---------------------------------------------------------------- faults


def test_stuck_gates_are_lesions():
    circuit = xor()
    assert circuit.table(stuck={0: 0}).ravel().tolist() == [0, 1, 0, 0]
    assert circuit.table(stuck={0: 1}).ravel().tolist() == [1, 1, 1, 1]
    assert circuit.table(stuck={0: 0, 1: 0}).ravel().tolist() == [0] * 4
    assert circuit.table(stuck={2: 1}).ravel().tolist() == [1] * 4
    assert circuit.wires([1, 0], stuck={0: 0}).tolist() == [1, 0, 0, 0, 0]
    assert circuit.table(stuck={}).tolist() == circuit.table().tolist()
    # a lesion leaves the faults of the other gates as they were
    plain = circuit.wires(every_input(2), flip=0.3, seed=4)[:, 3]
    assert circuit.wires(every_input(2), flip=0.3, stuck={0: 1}, seed=4)[:, 3].tolist() == (
        plain.tolist()
    )


def test_certain_faults():
    # every gate says the opposite: NOT(OR(¬a, ¬b)) with both false: a ∨ b … computed by hand
    lines = xor().wires(every_input(2), flip=1)
    assert lines[:, 2].tolist() == [1, 1, 0, 1] and lines[:, 3].tolist() == [1, 0, 1, 1]
    assert lines[:, 4].tolist() == [0, 0, 0, 0]
    assert lines[:, :2].tolist() == every_input(2).tolist()  # inputs are never wrong
    assert xor().table(flip=1, copies=5).tolist() == xor().table(flip=1).tolist()
    repaired = xor().wires(every_input(2), flip=1, copies=3, noisy_vote=True)
    assert repaired.tolist() == xor().wires(every_input(2)).tolist()  # wrong twice is right


@backends
def test_the_same_faults_on_every_backend(like):
    X = to_bits(np.arange(256), 8)
    faults = dict(flip=0.1, copies=3, noisy_vote=True, stuck={1: 0})
    there = adder(4).wires(asarray(X, like), **faults, seed=5)
    np.testing.assert_array_equal(to_numpy(there), adder(4).wires(X, **faults, seed=5))
    assert adder(4).table(**faults, seed=5).tolist() != adder(4).table(**faults, seed=6).tolist()
    assert adder(4).table(flip=0.1).tolist() == adder(4).table(flip=0.1, copies=1, seed=0).tolist()


@pytest.mark.parametrize("copies", [1, 3, 7])
@pytest.mark.parametrize("flip", [0.02, 0.2, 0.5, 0.7])
@pytest.mark.parametrize("noisy_vote", [False, True])
def test_majorities_fail_as_the_binomial_law_says(copies, flip, noisy_vote):
    N = 20_000
    circuit = Circuit(1, [(NOT, (0,)), (NOT, (0,))], (1, 2))
    X = np.tile([[0], [1]], (N // 2, 1))
    wrong = circuit(X, flip=flip, copies=copies, noisy_vote=noisy_vote, seed=2) != 1 - X
    p = majority_error(flip, copies)
    p = p * (1 - flip) + (1 - p) * flip if noisy_vote else p
    sigma = math.sqrt(p * (1 - p) / N)
    for rows in (wrong, wrong[::2], wrong[1::2]):
        np.testing.assert_allclose(rows.mean(axis=0), p, atol=6 * sigma)
    assert np.mean(wrong[:, 0] & wrong[:, 1]) == pytest.approx(p * p, abs=6 * sigma)


def test_copies_do_not_fail_together():
    N, p = 20_000, 0.3
    wrong = Circuit(1, [(NOT, (0,))], (1,))(np.zeros((N, 1)), flip=p, copies=3) == 0
    assert wrong.mean() == pytest.approx(3 * p * p * (1 - p) + p**3, abs=0.02)


def test_majority_error_by_hand():
    assert majority_error(0.1, 1) == pytest.approx(0.1, rel=1e-15)
    assert majority_error(0.1, 3) == pytest.approx(3 * 0.01 * 0.9 + 0.001, rel=1e-14)
    assert majority_error(0.25, 5) == pytest.approx((10 * 9 + 5 * 3 + 1) / 4**5, rel=1e-14)
    assert majority_error(0.5, 9) == pytest.approx(0.5, rel=1e-14)
    assert majority_error(0, 3) == 0 and majority_error(1, 3) == 1


# ---------------------------------------------------------------- bad input


def test_circuits_refuse():
    gate = [(AND, (0, 1))]
    for n in (0, 1.5, "2", True):
        refuses(
            lambda n=n: Circuit(n, gate, (2,)), f"Circuit: expected an integer n_in ≥ 1, got {n!r}"
        )
    refuses(
        lambda: Circuit(2, [(AND, (0, 1, 1))], (2,)),
        f"Circuit: expected 2 wires for gate 0, {AND}, got (0, 1, 1)",
    )
    for wires in ((0, 2), (-1, 0), (0, 1.0)):
        refuses(
            lambda wires=wires: Circuit(2, [(AND, wires)], (2,)),
            f"Circuit: expected wires 0 … 1 for gate 0, got {wires}",
        )
    refuses(
        lambda: Circuit(2, [*gate, (NOT, (3,))], (2,)),
        "Circuit: expected wires 0 … 2 for gate 1, got (3,)",
    )
    for outputs in ((), (3,), (-1,)):
        refuses(
            lambda outputs=outputs: Circuit(2, gate, outputs),
            f"Circuit: expected wires 0 … 2 for the outputs, got {outputs}",
        )
    Circuit(2, [*gate, (NOT, (2,))], (3,))


def test_faults_refuse():
    circuit = half_adder()
    for flip in (-0.1, 1.1, NAN, "x"):
        message = f"expected a finite number flip from 0 to 1, got {flip!r}"
        refuses(lambda flip=flip: circuit.table(flip=flip), f"Circuit: {message}")
        refuses(lambda flip=flip: majority_error(flip, 3), f"majority_error: {message}")
    for copies in (2, 4):
        message = f"expected an odd number of copies, got {copies}"
        refuses(lambda copies=copies: circuit.table(copies=copies), f"Circuit: {message}")
        refuses(lambda copies=copies: majority_error(0.1, copies), f"majority_error: {message}")
    refuses(lambda: circuit.table(copies=0), "Circuit: expected an integer copies ≥ 1, got 0")
    refuses(lambda: circuit.table(copies=1.0), "Circuit: expected an integer copies ≥ 1, got 1.0")
    for stuck in ({2: 0}, {-1: 0}, {0: 2}, {"a": 1}, 1, [0]):
        refuses(
            lambda stuck=stuck: circuit.table(stuck=stuck),
            f"Circuit: expected stuck = {{gate 0 … 1: 0 or 1}}, got {stuck}",
        )
    refuses(lambda: circuit([[1, 0, 1]]), f"{circuit}: expected X of shape (…, 2), got (1, 3)")
    refuses(lambda: circuit([[1, 2]]), f"{circuit}: expected signals 0 and 1, got other values")


def test_digits_refuse():
    refuses(lambda: adder(0), "adder: expected an integer n ≥ 1, got 0")
    for n in (0, 21):
        refuses(
            lambda n=n: every_input(n), f"every_input: expected an integer n from 1 to 20, got {n}"
        )
    for n in (0, 63):
        message = f"to_bits: expected an integer n from 1 to 62, got {n}"
        refuses(lambda n=n: to_bits([1], n), message)
    for bad in ([8], [-1], [1.0]):
        refuses(
            lambda bad=bad: to_bits(bad, 3),
            f"to_bits: expected numbers 0 … 7 for 3 digits, got {np.array(bad)}",
        )
    assert to_bits([7, 0], 3).tolist() == [[1, 1, 1], [0, 0, 0]]
    refuses(lambda: from_bits([[0, 2]]), "from_bits: expected signals 0 and 1, got other values")
    refuses(lambda: from_bits([1] * 63), "from_bits: expected at most 62 digits, got 63")
    refuses(lambda: from_bits(1), "from_bits: expected bits of shape (…, n), got ()")


PAIRS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
NAN, INF = float("nan"), float("inf")


# ---------------------------------------------------------------- logical units


@backends
@pytest.mark.parametrize(
    "roles, threshold, column",
    [
        ("++", 2, "0001"),
        ("++", 1, "0111"),
        ("++", 0, "1111"),
        ("++", 3, "0000"),
        ("++", 1.5, "0001"),
        ("+-", 1, "0010"),
        ("+-", 0, "1010"),
        ("-+", 1, "0100"),
        ("--", 0, "1000"),
        ("--", 1, "0000"),
        ("+0", 1, "0011"),
        ("0-", 0, "1010"),
        ("00", 0, "1111"),
        ("00", 1, "0000"),
    ],
)
def test_one_unit_of_1943(like, roles, threshold, column):
    unit = McCullochPitts(roles, threshold)
    assert unit.n_in == 2 and repr(unit) == f"McCullochPitts('{roles}', {threshold})"
    for dtype in ("int64", "float32", "float64"):
        y = unit(asarray(PAIRS, like, getattr(namespace(like), dtype)))
        assert type(y) is type(like) and dtype_name(y) == "int64"
        assert "".join(map(str, to_numpy(y))) == column


def test_a_single_veto_beats_any_excitation():
    unit = McCullochPitts("+" * 9 + "-", 1)
    assert unit([[1] * 9 + [0], [1] * 9 + [1], [0] * 10]).tolist() == [1, 0, 0]
    assert unit([1] * 9 + [0]) == 1 and unit(np.ones((3, 4, 10), bool)).shape == (3, 4)


@backends
def test_the_weighted_unit_fires_at_its_threshold(like):
    unit = ThresholdUnit([0.5, -1.0, 2.0], 1.5)
    X = asarray([[1, 1, 1], [1, 0, 0], [0, 1, 1], [0, 0, 1]], like)
    assert unit.n_in == 3 and to_numpy(unit(X)).tolist() == [1, 0, 0, 1]
    assert dtype_name(unit(X)) == "int64" and type(unit(X)) is type(like)
    assert to_numpy(unit(asarray(X, like, namespace(like).int64))).tolist() == [1, 0, 0, 1]
    assert repr(unit) == "ThresholdUnit([0.5, -1.0, 2.0], 1.5)"
    other = ThresholdUnit(asarray([0.5, -1.0, 2.0], like), 1.5)
    assert to_numpy(other(X)).tolist() == [1, 0, 0, 1]
    assert ThresholdUnit([-1, -1], -1)(PAIRS).tolist() == [1, 1, 1, 0]


@pytest.mark.parametrize("roles", ["", "+x", "+X", 3, None, ["+", "-"], " "])
def test_roles(roles):
    message = f"McCullochPitts: expected roles such as '++-0', got {roles!r}"
    refuses(lambda: McCullochPitts(roles, 1), message)


@pytest.mark.parametrize("value", [NAN, INF, "2", None, True, 1j])
def test_thresholds(value):
    for unit, start in ((McCullochPitts, "+"), (ThresholdUnit, [1.0])):
        message = f"{unit.__name__}: expected a finite number threshold, got {value!r}"
        refuses(lambda unit=unit, start=start: unit(start, value), message)


@pytest.mark.parametrize("w", [[], [[1.0]], [1.0, NAN], 2.0, [INF]])
def test_weights(w):
    w = np.array(w)
    message = f"w of shape (n ≥ 1,), got {w.shape}"
    if not np.all(np.isfinite(w)):
        message = "finite numbers w, got NaN or infinity"
    refuses(lambda: ThresholdUnit(w, 1), f"ThresholdUnit: expected {message}")


@backends
def test_signals(like):
    for unit in (McCullochPitts("++", 1), ThresholdUnit([1.0, 2.0], 1)):
        for bad in ([[1, 0, 1]], 1.0, np.zeros((2, 0))):
            shape = np.shape(bad)
            refuses(
                lambda unit=unit, bad=bad: unit(asarray(bad, like)),
                f"{unit}: expected X of shape (…, 2), got {shape}",
            )
        for bad in (2.0, -1.0, 0.5, NAN):
            refuses(
                lambda unit=unit, bad=bad: unit(asarray([[1, 0], [0, bad]], like)),
                f"{unit}: expected signals 0 and 1, got other values",
            )


NAN, INF = float("nan"), float("inf")
