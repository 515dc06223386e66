"""The scalar graph: every operation against torch's autograd, both modes against each other."""

import copy
import math
import pickle
from fractions import Fraction

import numpy as np
import pytest
import torch

from dlcore import graph
from dlcore.graph import (
    Node,
    as_node,
    cos,
    exp,
    forward_mode,
    log,
    maximum,
    minimum,
    relu,
    reverse_mode,
    sigmoid,
    sin,
    softplus,
    sqrt,
    tanh,
    topological,
)

ANYWHERE = [-30.0, -2.5, -1.0, -1e-3, 0.0, 0.3, 1.0, 4.0, 30.0]
POSITIVE = [1e-3, 0.3, 1.0, 4.0, 700.0]

# One list for values, derivatives and the two modes: operation, torch's, points, the node's name.
UNARY = {
    "−x": (lambda x: -x, lambda x: -x, ANYWHERE, "−"),
    "abs": (abs, abs, ANYWHERE, "abs"),
    "exp": (exp, torch.exp, ANYWHERE, "exp"),
    "log": (log, torch.log, POSITIVE, "log"),
    "sqrt": (sqrt, torch.sqrt, [0.0, *POSITIVE], "sqrt"),
    "sin": (sin, torch.sin, ANYWHERE, "sin"),
    "cos": (cos, torch.cos, ANYWHERE, "cos"),
    "tanh": (tanh, torch.tanh, ANYWHERE, "tanh"),
    "sigmoid": (sigmoid, torch.sigmoid, [*ANYWHERE, -1e4, 1e4], "sigmoid"),
    "relu": (relu, torch.relu, ANYWHERE, "relu"),
    "softplus": (softplus, lambda x: torch.logaddexp(x, 0 * x), [*ANYWHERE, -1e4, 1e4], "softplus"),
    "x + 3": (lambda x: x + 3, lambda x: x + 3, ANYWHERE, "+"),
    "3 + x": (lambda x: 3 + x, lambda x: 3 + x, ANYWHERE, "+"),
    "x − 3": (lambda x: x - 3, lambda x: x - 3, ANYWHERE, "−"),
    "3 − x": (lambda x: 3 - x, lambda x: 3 - x, ANYWHERE, "−"),
    "x × 3": (lambda x: x * 3, lambda x: x * 3, ANYWHERE, "×"),
    "3 × x": (lambda x: 3 * x, lambda x: 3 * x, ANYWHERE, "×"),
    "x/4": (lambda x: x / 4, lambda x: x / 4, ANYWHERE, "/"),
    "4/x": (lambda x: 4 / x, lambda x: 4 / x, POSITIVE, "/"),
    "x**0": (lambda x: x**0, lambda x: x**0, ANYWHERE, "**0"),
    "x**1": (lambda x: x**1, lambda x: x**1, ANYWHERE, "**1"),
    "x**2": (lambda x: x**2, lambda x: x**2, ANYWHERE, "**2"),
    "x**3": (lambda x: x**3, lambda x: x**3, ANYWHERE, "**3"),
    "x**−2": (lambda x: x**-2, lambda x: x**-2, [-2.0, 0.5, 7.0], "**-2"),
    "x**½": (lambda x: x**0.5, lambda x: x**0.5, [0.0, *POSITIVE], "**0.5"),
    "x**1.5": (lambda x: x**1.5, lambda x: x**1.5, [0.0, *POSITIVE], "**1.5"),
    "2**x": (lambda x: 2**x, lambda x: 2**x, ANYWHERE, "**"),
}
PAIRS = [(2.0, 3.0), (-1.5, 0.5), (0.5, -4.0), (-2.0, -2.0), (1.0, 1.0), (3.0, 2.0)]
BINARY = {
    "x + y": (lambda x, y: x + y, lambda x, y: x + y, PAIRS, "+"),
    "x − y": (lambda x, y: x - y, lambda x, y: x - y, PAIRS, "−"),
    "x y": (lambda x, y: x * y, lambda x, y: x * y, PAIRS, "×"),
    "x/y": (lambda x, y: x / y, lambda x, y: x / y, PAIRS, "/"),
    "x**y": (
        lambda x, y: x**y,
        lambda x, y: x**y,
        [(2.0, 3.0), (0.5, -4.0), (1.0, 1.0), (3.0, 0.0), (1e-3, 0.5)],
        "**",
    ),
    "max": (maximum, torch.maximum, PAIRS, "max"),
    "min": (minimum, torch.minimum, PAIRS, "min"),
}


def theirs(f, *values):
    """Value and derivatives by torch, in float64."""
    leaves = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in values]
    y = f(*leaves)
    y.backward()
    return y.item(), [leaf.grad.item() for leaf in leaves]


def approx(value):
    return pytest.approx(value, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("ours, reference, points, op", UNARY.values(), ids=UNARY)
def test_functions_of_one_number(ours, reference, points, op):
    for value in points:
        x = Node(value)
        y = ours(x)
        expected, (slope,) = theirs(reference, value)
        assert y.op == op and type(y.value) is float and y.value == approx(expected), value
        assert reverse_mode(y)[x] == approx(slope), value
        assert forward_mode(y, x)[y] == reverse_mode(y)[x]


@pytest.mark.parametrize("ours, reference, points, op", BINARY.values(), ids=BINARY)
def test_functions_of_two_numbers(ours, reference, points, op):
    for pair in points:
        x, y = map(Node, pair)
        z = ours(x, y)
        expected, slopes = theirs(reference, *pair)
        assert z.op == op and z.parents == (x, y) and z.value == approx(expected), pair
        for node, slope in zip((x, y), slopes, strict=True):
            assert reverse_mode(z)[node] == approx(slope), pair
            assert forward_mode(z, node)[z] == reverse_mode(z)[node]


@pytest.mark.parametrize("ours, reference, points, op", UNARY.values(), ids=UNARY)
def test_derivatives_by_central_differences(ours, reference, points, op):
    eps = 1e-6
    for value in points:
        if 0.01 < abs(value) < 10:  # away from kinks and from where differences lose their digits
            x = Node(value)
            numeric = (ours(Node(value + eps)).value - ours(Node(value - eps)).value) / (2 * eps)
            assert reverse_mode(ours(x))[x] == pytest.approx(numeric, rel=1e-7, abs=1e-8)


def test_functions_take_numbers():
    for f in (exp, log, sqrt, sin, cos, tanh, sigmoid, relu, softplus):
        assert f(0.5).value == f(Node(0.5)).value and f(0.5).parents[0].value == 0.5
    assert maximum(1, Node(2)).value == 2 and minimum(Node(1), 2).value == 1
    assert maximum(3, 2).value == 3 and minimum(3, 2).value == 2


def test_the_worked_example():
    x, y = Node(2, name="x"), Node(-1, name="y")
    f = x**2 + x * y + (x + y) ** 2
    assert f.value == 3
    bar = reverse_mode(f)
    assert (bar[x], bar[y], bar[f]) == (5, 4, 1) and len(bar) == 8
    for node in (x, y):
        dot = forward_mode(f, node)
        assert dot[f] == bar[node] and dot[node] == 1 and len(dot) == 8
    assert forward_mode(f, x)[y] == 0 and type(forward_mode(f, x)[y]) is float


def test_a_node_used_twice_adds_up():
    x = Node(3)
    assert reverse_mode(x * x)[x] == 6 and forward_mode(x + x, x)[x] == 1
    square = x * x
    y = square * square + square - x / x
    assert reverse_mode(y)[x] == approx(4 * 27 + 6)
    assert reverse_mode(y)[square] == 19


def big(x, y, z, f):
    a = f.tanh(x * y - z / (y * y + 1))
    b = f.exp(-a * a) * f.sin(x + a) + f.cos(z) ** 3
    c = f.log(f.sqrt(b * b + 2) + f.sigmoid(a * b)) + f.softplus(a - b) * 2 ** (a / 3)
    return (c - a) / (1 + f.relu(b)) + f.maximum(a, b) * f.minimum(c, x) + abs(y - a) ** 1.5


class Torch:
    """The functions of ``graph`` as torch has them."""

    tanh, exp, sin, cos, log, sqrt = (
        torch.tanh,
        torch.exp,
        torch.sin,
        torch.cos,
        torch.log,
        torch.sqrt,
    )
    sigmoid, relu, softplus = torch.sigmoid, torch.relu, torch.nn.functional.softplus
    maximum, minimum = torch.maximum, torch.minimum


def test_a_large_graph_against_torch():
    for values in ((0.3, -1.2, 2.0), (1.5, 0.7, -0.4), (-2.0, 2.5, 0.1)):
        nodes = [Node(v) for v in values]
        out = big(*nodes, graph)
        expected, slopes = theirs(lambda x, y, z: big(x, y, z, Torch), *values)
        bar = reverse_mode(out)
        assert out.value == pytest.approx(expected, rel=1e-12)
        for node, slope in zip(nodes, slopes, strict=True):
            assert bar[node] == pytest.approx(slope, rel=1e-12)
            assert forward_mode(out, node)[out] == pytest.approx(slope, rel=1e-12)


def test_every_node_has_the_derivative_of_the_output():
    x = Node(0.5)
    inner = sin(x)
    out = inner * inner + inner
    assert reverse_mode(out)[inner] == approx(2 * math.sin(0.5) + 1)
    dot = forward_mode(out, inner)  # an inner node as the variable: what is below it stands still
    assert dot[out] == reverse_mode(out)[inner] and dot[x] == 0 and dot[inner] == 1


def test_a_chain_of_50_000_nodes():
    x = Node(0.5)
    y = x
    for _ in range(50_000):
        y = sin(y)
    bar = reverse_mode(y)
    assert 0 < bar[x] < 1e-3 and len(bar) == 50_001
    assert forward_mode(y, x)[y] == pytest.approx(bar[x], rel=1e-9)
    del y, bar  # and freeing it needs no recursion either


def test_parents_come_before_children_and_nobody_twice():
    x, y = Node(2), Node(3)
    a, b = x * y, x + y
    c = a - b
    order = topological(c * a)
    assert len(order) == len(set(order)) == 6
    place = {node: i for i, node in enumerate(order)}
    assert all(place[p] < place[v] for v in order for p in v.parents)
    assert order[:2] == [x, y]  # in the order in which they were written
    assert topological(x) == [x]


def test_what_is_not_in_the_graph():
    x, other = Node(2), Node(3)
    y = x * 5
    assert other not in reverse_mode(y)
    dot = forward_mode(y, other)
    assert dot[y] == 0 and dot[other] == 1
    shared = y + other * x  # an older graph goes on in a newer one
    assert reverse_mode(shared)[x] == 8 and reverse_mode(y)[x] == 5
    assert reverse_mode(x) == {x: 1.0} == forward_mode(x, x)


def test_a_function_of_ones_own():
    def cube(x):
        return Node(x.value**3, (x,), (3 * x.value**2,), "cube")

    x = Node(2)
    assert reverse_mode(cube(x) * x)[x] == 32 and cube(x).op == "cube"

    def dot3(*v):  # three parents
        return Node(sum(n.value for n in v), v, (1.0, 2.0, 3.0), "dot")

    a, b, c = Node(1), Node(2), Node(3)
    y = dot3(a, b, c)
    assert [reverse_mode(y)[n] for n in (a, b, c)] == [1, 2, 3]
    assert [forward_mode(y, n)[y] for n in (a, b, c)] == [1, 2, 3]
    assert type(Node(1, (x,), (np.float32(2),)).partials[0]) is float


# --- awkward points -----------------------------------------------------------------------------


def test_far_out():
    x = Node(1e4)
    assert sigmoid(x).value == 1 and sigmoid(-x).value == 0 and tanh(-x).value == -1
    assert softplus(x).value == 1e4 and softplus(-x).value == 0
    assert sigmoid(Node(-40)).value == pytest.approx(math.exp(-40), rel=1e-12)
    assert softplus(Node(-40)).value == pytest.approx(math.exp(-40), rel=1e-12)
    assert exp(-x).value == 0 and exp(Node(709)).value == math.exp(709)


def test_at_a_kink():
    zero = Node(0.0)
    assert reverse_mode(relu(zero))[zero] == 0 and reverse_mode(abs(zero))[zero] == 0
    assert relu(Node(-0.5)).value == 0 and relu(1e-9).partials == (1.0,)
    x, y = Node(2), Node(2)
    for f in (maximum, minimum):
        assert f(x, y).partials == (0.5, 0.5)
    assert maximum(x, Node(1)).partials == (1, 0) and minimum(x, Node(1)).partials == (0, 1)


def test_an_infinite_slope_where_nothing_depends_on_x():
    a, b = Node(0.0), Node(1.0)
    f = sqrt(a) + b
    assert forward_mode(f, b) == {a: 0.0, f.parents[0]: 0.0, b: 1.0, f: 1.0}
    assert forward_mode(f, a)[f] == math.inf
    square = sqrt(a) ** 2  # here 0 · ∞ is really met
    assert math.isnan(forward_mode(square, a)[square])


def test_infinite_derivatives_at_zero():
    zero = Node(0.0)
    for y in (sqrt(zero), zero**0.5, zero**0.999):
        assert y.value == 0 and y.partials == (math.inf,)
    assert (zero**1).partials == (1,) and (zero**1.001).partials == (0,)
    assert (zero**0).value == 1 and (zero**0).partials == (0,)
    assert (Node(1e-200) ** -1).partials == (-math.inf,)  # −1e400


# --- what a node is -----------------------------------------------------------------------------


def test_nodes_do_not_change():
    x = Node(2, name="x")
    for attribute in ("value", "parents", "partials", "op", "name"):
        with pytest.raises(AttributeError):
            setattr(x, attribute, 3)
    x_before, y = x, x * 2
    x += 1
    assert x is not x_before and y.value == 4


def test_nodes_are_told_apart_by_identity():
    assert Node(2) != Node(2) and len({Node(2), Node(2)}) == 2
    x = Node(2)
    assert x == x and as_node(x) is x and as_node(3).value == 3


def test_numbers_of_other_kinds():
    x = Node(Fraction(1, 4))
    assert x.value == 0.25 and type(Node(3).value) is float and Node(True).value == 1
    for two in (np.float64(2), np.float32(2), np.int64(2)):
        for y in (two * x, x * two, two + x, x - two, two / x, two**x, x**two):
            assert isinstance(y, Node)
        assert (two * x).value == 0.5 and (two - x).value == 1.75
        assert (x**two).op == "**2" and (x**two).partials == (0.5,)


def test_names():
    x = Node(2, name="x")
    z = (x * 3).named("z")
    assert (z.name, z.value, z.op, z.partials) == ("z", 6, "×", (3, 2))
    assert reverse_mode(z + 1)[x] == 3 and z.parents[0] is x
    assert repr(x) == "Node(x = 2)" and repr(z) == "Node(z: × = 6)"
    assert repr(x + 0.5) == "Node(+ = 2.5)" and repr(Node(-1.25)) == "Node(-1.25)"
    assert Node(1).name == "" == Node(1).op and Node(1).parents == () == Node(1).partials


def test_copies_and_pickles():
    x = Node(2, name="x")
    for duplicate in (copy.deepcopy, lambda n: pickle.loads(pickle.dumps(n))):
        twin = duplicate(x * x)
        assert twin.value == 4 and twin.parents[0] is twin.parents[1] is not x
        assert reverse_mode(twin)[twin.parents[0]] == 4


# --- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: log(Node(0)), "log: expected x > 0, got 0"),
        (lambda: log(-2.5), "log: expected x > 0, got -2.5"),
        (lambda: sqrt(-1), "sqrt: expected x ≥ 0, got -1"),
        (lambda: Node(3) / Node(0), "/: expected a divisor other than 0, got 3/0"),
        (lambda: Node(3) / 0.0, "/: expected a divisor other than 0, got 3/0"),
        (lambda: 2 / Node(-0.0), "/: expected a divisor other than 0, got 2/0"),
        (lambda: Node(0) ** -1, "**: expected a base other than 0, got 0**-1"),
        (lambda: 0 ** Node(2), "**: expected a base > 0 where the exponent is a Node, got 0"),
        (
            lambda: Node(-2) ** Node(2),
            "**: expected a base > 0 where the exponent is a Node, got -2",
        ),
        (
            lambda: Node(-8) ** (1 / 4),
            "**: expected a base ≥ 0 or a whole exponent, got (-8)**0.25",
        ),
        (lambda: exp(1000), "exp: expected a finite value, got inf"),
        (lambda: Node(10) ** 400, "**400: expected a finite value, got inf"),
        (lambda: Node(10) ** Node(400), "**: expected a finite value, got inf"),
        (lambda: Node(1e200) * 1e200, "×: expected a finite value, got inf"),
        (lambda: Node(-1e308) - 1e308, "−: expected a finite value, got -inf"),
        (lambda: Node(math.nan), "Node: expected a finite value, got nan"),
        (lambda: Node(1) + math.inf, "Node: expected a finite value, got inf"),
        (lambda: Node(10**400), "Node: expected a finite value, got inf"),
        (
            lambda: Node(1, (Node(2),)),
            "Node: expected one partial derivative for each of 1 parent(s), got 0",
        ),
        (
            lambda: Node(1, (), (1.0, 2.0), "f"),
            "f: expected one partial derivative for each of 0 parent(s), got 2",
        ),
    ],
)
def test_bad_values(make, message):
    with pytest.raises(ValueError) as caught:
        make()
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: Node("2"), "Node: expected a number, got '2'"),
        (lambda: Node(2 + 1j), "Node: expected a number, got (2+1j)"),
        (lambda: Node(None, op="f"), "f: expected a number, got None"),
        (lambda: Node(Node(2)), "Node: expected a number, got Node(2)"),
        (lambda: Node(2) + "a", "Node: expected a number, got 'a'"),
        (lambda: Node(2) ** "a", "Node: expected a number, got 'a'"),
        (lambda: [1.0] * Node(2), "Node: expected a number, got [1.0]"),
        (lambda: np.ones(1) * Node(2), "Node: expected a number, got array([1.])"),
        (lambda: sin("x"), "Node: expected a number, got 'x'"),
        (lambda: Node(2, (3.0,), (1.0,), "f"), "f: expected a Node, got 3.0"),
        (lambda: topological(3.0), "topological: expected a Node, got 3.0"),
        (lambda: reverse_mode(3.0), "reverse_mode: expected a Node, got 3.0"),
        (lambda: forward_mode(Node(2), 3.0), "forward_mode: expected a Node, got 3.0"),
    ],
)
def test_bad_types(make, message):
    with pytest.raises(TypeError) as caught:
        make()
    assert str(caught.value) == message


def test_a_wrong_derivative_is_caught():
    def wrong(x):  # (1 + 0.1 %) of the derivative of the square
        return Node(x.value**2, (x,), (2.002 * x.value,), "square")

    x, eps = Node(1.5), 1e-5
    numeric = (wrong(Node(1.5 + eps)).value - wrong(Node(1.5 - eps)).value) / (2 * eps)
    assert abs(reverse_mode(wrong(x))[x] - numeric) > 1e-3
