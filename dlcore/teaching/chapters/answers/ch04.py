"""Exercises of chapter 4, neurons that compute."""

from fractions import Fraction

import numpy as np

from dlcore.circuits import AND, OR, Circuit, McCullochPitts, ThresholdUnit, every_input
from dlcore.contracts import check_layer
from dlcore.layers import Layer, Parameter
from dlcore.teaching.exercises import Between, Exercise

COUNTS = (4, 11, 36, 125, 438, 1523, 5232)  # of n = 1 … 7 inputs


def counts_functions(count):
    """4.1: count(n) is the number of functions that one unit of 1943 with n inputs can compute."""
    given = [float(count(n)) for n in range(1, len(COUNTS) + 1)]
    if given == list(COUNTS):
        return None
    if given == [c - 2**n for n, c in enumerate(COUNTS, 1)]:
        return "This is the number with thresholds of at least 1. Which functions does θ = 0 add?"
    if given == [c - 1 for c in COUNTS]:
        return "One function is lost: a unit whose threshold is too high never fires."
    if given == [c - 2**n - 1 for n, c in enumerate(COUNTS, 1)]:
        return "The units that fire by themselves (θ = 0) and the one that never fires are missing."
    if given == [(n + 2) * 3.0**n for n in range(1, len(COUNTS) + 1)]:
        return "These are settings. Many of them compute the same function: count each once."
    n = np.arange(1.0, len(COUNTS) + 1)
    each_choice = 1 + 3**n + n * 3 ** (n - 1)  # θ = 0 counted once for every choice of E
    if any(given == list(each_choice - less) for less in (0, 1, 2**n)):
        return (
            "With θ = 0 the excitatory inputs do not matter. You count the same function once for "
            "every choice of them."
        )
    n = next(n for n, c in enumerate(COUNTS) if given[n] != c)
    first = f"count({n + 1}) is {given[n]:g}, and should be {COUNTS[n]}."
    if n >= 4:
        return f"The four numbers of the table are right, and {first}"
    return first


def adds_two_bits(circuit):
    """4.3: a Circuit of 1943 units from (x₁, x₂) to (carry, sum)."""
    if not hasattr(circuit, "gates"):
        return "Expected a Circuit(2, gates, outputs)."
    units = [unit for unit, _ in circuit.gates]
    answers = np.asarray(circuit(every_input(2)))
    wanted = [[0, 0], [0, 1], [0, 1], [1, 0]]
    if answers.shape != (4, 2):
        return f"Expected two outputs, (carry, sum), got {answers.shape[-1]}."
    if answers[:, ::-1].tolist() == wanted:
        return "Both outputs are right, in the wrong order: first the carry, then the sum."
    if answers.tolist() != wanted:
        first = int(np.flatnonzero((answers != wanted).any(axis=1))[0])
        x, (carry, digit) = every_input(2)[first], answers[first]
        hint = f"For the inputs {x[0]} and {x[1]} the circuit says carry {carry}, sum {digit}."
        if (answers[:, 1] == [0, 1, 1, 1]).all():
            hint += " The sum is not OR: what forbids it when both inputs are on?"
        return hint
    if not all(isinstance(unit, McCullochPitts) for unit in units):
        return "It adds, with weights. Use units of 1943 only: McCullochPitts(roles, threshold)."
    if any(unit.threshold <= 0 for unit in units):
        return "It adds. Can you do without units that fire by themselves (threshold 0)?"
    return None


def adds_three_bits(circuit):
    """4.9: a Circuit of two weighted units from (x₁, x₂, c) to (carry, sum)."""
    if not hasattr(circuit, "gates"):
        return "Expected a Circuit(3, gates, outputs)."
    if circuit.n_in != 3:
        return f"One place has three inputs, x₁, x₂ and c; the circuit has {circuit.n_in}."
    X = every_input(3)
    answers, ones = np.asarray(circuit(X)), X.sum(axis=1)
    wanted = np.stack([ones // 2, ones % 2], axis=1)
    if answers.shape != (8, 2):
        return f"Expected two outputs, (carry, sum), got {answers.shape[-1]}."
    if (answers[:, ::-1] == wanted).all():
        return "Both outputs are right, in the wrong order: first the carry, then the sum."
    if (answers != wanted).any():
        first = int(np.flatnonzero((answers != wanted).any(axis=1))[0])
        hint = f"For the inputs {X[first].tolist()} the circuit says {answers[first].tolist()}, "
        hint += f"and {ones[first]} is {wanted[first].tolist()}."
        if (answers[:, 0] == wanted[:, 0]).all():
            hint += " The carry is right. How much does a carry take off the sum of the bits?"
        return hint
    if (n := len(circuit.gates)) > 2:
        return f"It adds, with {n} units. With weights two are enough: what is the carry worth?"
    return None


def shifts(make):
    """4.8: Shift(n) is a Layer that keeps the contract, y = x + b."""
    rng = np.random.default_rng(0)
    layer, x, b = make(3), rng.normal(size=(5, 3)), rng.normal(size=(1, 3))
    if not isinstance(getattr(layer, "__wrapped__", layer), Layer):
        return "Expected a class that is a Layer."
    if any(p.is_weight for p in layer.parameters()):
        return "A bias is not a weight: is_weight=False."
    answer = layer.forward([b], x.copy())
    if not isinstance(answer, tuple) or len(answer) != 2:
        return "forward returns two things, the answer and a cache (None, if nothing is needed)."
    if np.shape(answer[0]) != x.shape or np.abs(answer[0] - x - b).max() > 1e-12:
        return "forward: expected y = x + b, with b = params[0]."
    g = rng.normal(size=x.shape)
    down = layer.input_grad([b], answer[1], g.copy())
    if np.shape(down) != g.shape or np.abs(down - g).max() > 1e-12:
        return "input_grad: ∂y/∂x = 1, so the derivative with respect to the input is g itself."
    grads = layer.param_grad([b], answer[1], g.copy())
    if not isinstance(grads, (list, tuple)) or len(grads) != 1:
        return "param_grad returns a list with one array for each parameter; there is one, b."
    total = g.sum(axis=0, keepdims=True)
    if np.shape(grads[0]) == g.shape:
        return "param_grad: all samples share the one b. Add g up over the samples, axis=-2."
    if np.shape(grads[0]) != (1, 3):
        return "param_grad: expected the shape of b, (1, n): keepdims=True."
    if np.abs(grads[0] - total / len(g)).max() < 1e-12:
        return "param_grad: the sum over the samples, not the mean. The loss has averaged already."
    if np.abs(grads[0] - total).max() > 1e-12:
        return "param_grad: ∂y/∂b = 1 for every sample, so the derivative is the sum of g."
    many, g = rng.normal(size=(2, 1, 3)), rng.normal(size=(2, 5, 3))
    try:
        (stacked,) = layer.param_grad([many], answer[1], g.copy())
        right = np.shape(stacked) == (2, 1, 3)
        right = right and np.abs(stacked - g.sum(axis=-2, keepdims=True)).max() < 1e-12
    except Exception:
        right = False
    if not right:
        return (
            "param_grad: right for one network. In a stack of networks there is one more axis in "
            "front, so sum over axis=-2 and not over axis 0."
        )
    try:
        check_layer(layer, x)
    except ValueError as error:
        return f"check_layer says: {error}"
    return None


class _Shift(Layer):
    def __init__(self, n):
        self.n_in = self.n_out = n

    def parameters(self):
        return [Parameter("b", (1, self.n_in), is_weight=False)]

    def init(self, rng):
        return [np.zeros((1, self.n_in))]

    def forward(self, params, x, train=False, buffers=()):
        return x + params[0], None

    def input_grad(self, params, cache, g):
        return g

    def param_grad(self, params, cache, g):
        return [g.sum(axis=-2, keepdims=True)]


def _shift(**methods):
    return type("Shift", (_Shift,), methods)


def _place(*units, wires=((0, 1, 2), (0, 1, 2, 3)), outputs=(3, 4)):
    return Circuit(3, list(zip(units, wires, strict=True)), outputs)


CARRY = ThresholdUnit([1, 1, 1], 2)
CARRY_OFF = ThresholdUnit([1, 1, 1, -2], 1)


def _half(sum_unit=None, outputs=(2, 3)):
    sum_unit = McCullochPitts("++-", 1) if sum_unit is None else sum_unit
    return Circuit(2, [(AND, (0, 1)), (sum_unit, (0, 1, 2))], outputs)


EXERCISES = [
    Exercise(
        "4.1",
        "function",
        test=counts_functions,
        praise="In bits that is about 1.6 n: three roles for each input.",
        right=[
            lambda n: 1 + 2**n + n * 3 ** (n - 1),
            lambda n: 1.0 + 2.0**n + n * 3.0 ** (n - 1),
            lambda n: Fraction(n * 3**n, 3) + 2**n + 1,
        ],
        wrong=[
            (lambda n: 1 + 3**n + n * 3 ** (n - 1), "every choice"),
            (lambda n: 3**n + n * 3 ** (n - 1), "every choice"),
            (lambda n: 1 + 3**n - 2**n + n * 3 ** (n - 1), "every choice"),
            (lambda n: 1 + n * 3 ** (n - 1), "θ = 0"),
            (lambda n: 2**n + n * 3 ** (n - 1), "never fires"),
            (lambda n: n * 3 ** (n - 1), "fire by themselves"),
            (lambda n: (n + 2) * 3**n, "settings"),
            (lambda n: 2**2**n, "count(2) is 16"),
            (lambda n: [4, 11, 36, 125, 400, 0, 0][n - 1], "table are right"),
            (lambda n: None, "could not use"),
            (36, "Expected a function"),
        ],
    ),
    Exercise(
        "4.2",
        "array",
        answer=[2, 4, 3],
        labels=("three inputs", "seven inputs", "committee"),
        hints=[
            ([..., 3, ...], "b: three of seven are not the majority."),
            ([..., 3.5, ...], "b: 3.5 would do as well as 4; give the smallest whole number."),
            ([1.5, ..., ...], "a: 1.5 would do as well as 2; give the smallest whole number."),
            ([..., ..., 4], "c: the chairman's input is a veto, and no part of the sum."),
            ([..., ..., 2], "c: a veto is not subtracted; how many members have to agree?"),
            ([1, ..., ...], "a: with threshold 1 a single input is enough."),
            ([3, ..., ...], "a: with threshold 3 all of them have to fire."),
        ],
        hint="The threshold is the number of excitatory inputs that have to fire.",
        praise="The veto costs nothing: it is not part of the sum.",
        right=[[2, 4, 3], (2.0, 4.0, 3.0), np.array([2, 4, 3])],
        wrong=[
            ([2, 3, 3], "majority"),
            ([2, 4, 4], "no part of the sum"),
            ([2, 4, 2], "not subtracted"),
            ([1, 4, 3], "single input"),
            ([3, 4, 3], "all of them"),
            ([2, 3.5, 3], "whole number"),
            ([2, 5, 3], "have to fire"),
            ([2, 4], "Expected a list of 3 numbers"),
        ],
    ),
    Exercise(
        "4.3",
        "function",
        test=adds_two_bits,
        praise="Two units are enough for XOR, if one of them sees the other.",
        right=[
            _half(),
            _half(McCullochPitts("++-", 0.7)),  # 0.7 acts as 1
            Circuit(
                2,
                [
                    (McCullochPitts("+-", 1), (0, 1)),
                    (McCullochPitts("-+", 1), (0, 1)),
                    (OR, (2, 3)),
                    (AND, (0, 1)),
                ],
                (5, 4),
            ),
        ],
        wrong=[
            (_half(outputs=(3, 2)), "wrong order"),
            (_half(McCullochPitts("++0", 1)), "not OR"),
            (_half(McCullochPitts("+0-", 1)), "For the inputs 0 and 1"),
            (_half(ThresholdUnit(np.array([1.0, 1.0, -2.0]), 1)), "1943 only"),
            (_half(outputs=(2, 3, 3)), "two outputs"),
            (lambda x: x, "Expected a Circuit"),
            (
                Circuit(
                    2,
                    [
                        (McCullochPitts("--", 0), (0, 1)),
                        (AND, (0, 1)),
                        (McCullochPitts("--", 0), (2, 3)),
                    ],
                    (3, 4),
                ),
                "fire by themselves",
            ),
        ],
    ),
    Exercise(
        "4.4",
        "array",
        answer=[-0.6, 11.8],
        tolerance=[5e-4, 0.051],
        labels=("v at rest", "gain K"),
        hints=[
            ([0.6, ...], "The hill slows the car down: what is the sign of v?"),
            ([-0.75, ...], "The drag k helps too: v∞ = d/(k + K)."),
            ([-3.0, ...], "This is the error without feedback, d/k."),
            ([..., 12.0], "Nearly: the drag k is a part of the 12."),
            ([..., 12.2], "Nearly: the drag k works in your favour, take it off."),
            ([..., -12.2], "The error is d/(k + K) = −0.05 m/s, as d is negative."),
        ],
        hint="At rest dv/dt = 0, so 0 = −k v − K v + d.",
        praise="Fifteen times the gain for a twelfth of the error.",
        right=[[-0.6, 11.8], (Fraction(-3, 5), Fraction(59, 5)), np.array([-0.59999, 11.80001])],
        wrong=[
            ([0.6, 11.8], "sign"),
            ([-0.75, 11.8], "drag k helps"),
            ([-3, 11.8], "without feedback"),
            ([-0.6, 12], "a part of the 12"),
            ([-0.6, 12.2], "take it off"),
            ([-0.6, 5], "dv/dt = 0"),
            (-0.6, "Expected a list of 2 numbers"),
        ],
    ),
    Exercise(
        "4.5",
        "array",
        answer=[0.9798, 1.8087, 6.4127],
        tolerance=[0.0012, 0.0063, 0.013],
        labels=("ω in 1/s", "critical delay in s", "period in s"),
        hints=[
            (
                [Between(0.975, 0.985), Between(1.79, 1.83), Between(6.35, 6.48)],
                "Nearly: give three digits.",
            ),
            ([Between(1.018, 1.022), ..., ...], "ω² = K² − k², with a minus."),
            ([Between(0.958, 0.962), ..., ...], "This is K² − k²: take the root."),
            ([..., Between(1.39, 1.41), ...], "arccos(−k/K), with the minus: over 90 degrees."),
            ([..., Between(1.76, 1.78), ...], "This is the angle ω τ: divide it by ω."),
            ([..., Between(103, 104), ...], "The angle is in radians, not in degrees."),
            ([..., ..., Between(1.01, 1.03)], "The period is 2π/ω, not 1/ω."),
            ([0.9798, 1.8087, ...], "ω and τ are right. The period is 2π/ω."),
        ],
        hint="K cos ωτ = −k and K sin ωτ = ω: square and add for ω, then the angle.",
        praise="The correction comes a little more than a quarter of a period late.",
        right=[
            [0.98, 1.81, 6.41],
            np.array([0.9797959, 1.8087429, 6.4127422]),
            (0.980, 1.809, 6.413),
        ],
        wrong=[
            ([1.0198, 1.81, 6.41], "with a minus"),
            ([0.96, 1.81, 6.41], "take the root"),
            ([0.98, 1.398, 6.41], "over 90 degrees"),
            ([0.98, 1.772, 6.41], "divide it by ω"),
            ([0.98, 103.6, 6.41], "radians"),
            ([0.98, 1.81, 1.02], "2π/ω, not"),
            ([0.98, 1.81, 6.283], "ω and τ are right"),
            ([0.98, 1.81, 7.24], "ω and τ are right"),
            ([0.98, 1.8, 6.4], "three digits"),
            ([0.5, 1.81, 6.41], "square and add"),
        ],
    ),
    Exercise(
        "4.6",
        "number",
        answer=1 / 6,
        tolerance=0.0004,
        hints=[
            (0.5, "Parts of p = ½ toss a coin. The bundle is lost long before."),
            (1 / 3, "Nearly: 3/2 (1 − 2p) = 1, not 1 − p."),
            (0.25, "Is the slope of 3x² − 2x³ at ½ really 2? It is 6x − 6x²."),
            (0.16, "Give more digits, or the fraction."),
            (Between(0.165, 0.1663), "Give more digits, or the fraction."),
            (0.17, "Give more digits, or the fraction."),
        ],
        hint="The slope of f at ½ is (1 − 2p) times that of 3x² − 2x³. When is it 1?",
        praise="Voters of three can work with parts that fail less than one time in six.",
        right=[1 / 6, 0.1667, Fraction(1, 6), [1 / 6], np.array([0.16667])],
        wrong=[
            (0.5, "toss a coin"),
            (1 / 3, "not 1 − p"),
            (0.25, "6x − 6x²"),
            (0.17, "more digits"),
            (0.166, "more digits"),
            (0.1, "When is it 1"),
        ],
    ),
    Exercise(
        "4.7",
        "integer",
        answer=8,
        hints=[
            (7, "And the function that is always 0, with both links interrupted?"),
            (9, "A constant 1 does not occur: all inputs off leaves every unit off."),
            (256, "These are all functions. What becomes of NAND behind inverting links?"),
            (16, "This many functions have two inputs. How many sets of three inputs are there?"),
            (4, "This is the number for two inputs."),
            (20, "All monotone functions would be 20, but AND is out of reach."),
            (18, "The monotone functions without the constants are 18, but AND is out of reach."),
        ],
        hint="With inverting links 1 − (1 − a)(1 − b) is OR. What can be made of ORs and copies?",
        praise="One function for each set of inputs.",
        right=[8, 8.0, [8], np.array(8)],
        wrong=[
            (7, "always 0"),
            (9, "constant 1"),
            (256, "behind inverting links"),
            (16, "sets of three"),
            (4, "two inputs"),
            (20, "AND is out of reach"),
            (5, "ORs and copies"),
        ],
    ),
    Exercise(
        "4.8",
        "function",
        test=shifts,
        praise="Every machine of dlcore can train it now.",
        right=[
            _Shift,
            _shift(param_grad=lambda self, params, cache, g: (g.sum(-2)[..., None, :],)),
        ],
        wrong=[
            (_shift(forward=lambda self, p, x, train=False, buffers=(): None), "two things"),
            (_shift(forward=lambda self, p, x, train=False, buffers=(): (x - p[0], None)), "x + b"),
            (_shift(input_grad=lambda self, p, cache, g: g * p[0]), "g itself"),
            (_shift(input_grad=lambda self, p, cache, g: None), "g itself"),
            (_shift(param_grad=lambda self, p, cache, g: [g]), "Add g up"),
            (_shift(param_grad=lambda self, p, cache, g: [g.sum(axis=-2)]), "keepdims"),
            (
                _shift(param_grad=lambda self, p, cache, g: [g.mean(axis=-2, keepdims=True)]),
                "not the mean",
            ),
            (
                _shift(param_grad=lambda self, p, cache, g: [-g.sum(axis=-2, keepdims=True)]),
                "the sum of g",
            ),
            (
                _shift(param_grad=lambda self, p, cache, g: [g.sum(axis=0, keepdims=True)]),
                "not over axis 0",
            ),
            (_shift(param_grad=lambda self, p, cache, g: [np.ones((1, len(g))) @ g]), "axis=-2"),
            (_shift(param_grad=lambda self, p, cache, g: None), "one array"),
            (_shift(parameters=lambda self: [Parameter("b", (1, 3), True)]), "not a weight"),
            (lambda n: None, "is a Layer"),
        ],
    ),
    Exercise(
        "4.9",
        "function",
        test=adds_three_bits,
        praise="A veto can only say no; a weight can take off two.",
        right=[
            _place(CARRY, CARRY_OFF),
            _place(ThresholdUnit([0.5, 0.5, 0.5], 0.9), ThresholdUnit([3, 3, 3, -6.5], 2)),
            _place(McCullochPitts("+++", 2), CARRY_OFF),
        ],
        wrong=[
            (_place(CARRY, CARRY_OFF, outputs=(4, 3)), "wrong order"),
            (_place(CARRY, ThresholdUnit([1, 1, 1, -1], 1)), "carry is right"),
            (_place(ThresholdUnit([1, 1, 1], 1), CARRY_OFF), "For the inputs [0, 0, 1]"),
            (_place(CARRY, CARRY_OFF, outputs=(3, 4, 4)), "two outputs"),
            (_half(), "three inputs"),
            (
                Circuit(
                    3,
                    [
                        (McCullochPitts("+++", 2), (0, 1, 2)),
                        (McCullochPitts("-", 0), (3,)),
                        (McCullochPitts("+++++", 3), (0, 1, 2, 4, 4)),
                    ],
                    (3, 5),
                ),
                "with 3 units",
            ),
            (lambda x: x, "Expected a Circuit"),
        ],
    ),
]
