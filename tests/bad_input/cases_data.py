"""Data sets, and the scalar graph."""

import numpy as np

from dlcore import checks, datasets, graph
from dlcore.graph import Node
from dlcore.teaching.chapters import cards

from . import kinds as k
from .refusal import entry

NAMES = [k.values("nonsense", "", 1.5, None, ["xor"], -1, 16, True)]
SEED = [k.seed]

entry(
    "datasets.boolean",
    dict(function="xor", n=2),
    datasets.boolean,
    function=NAMES,
    n=[k.whole, k.values(17)],
)
entry(
    "datasets.moons",
    dict(n=10, noise=0.1, seed=0),
    datasets.moons,
    n=[k.whole, k.values(1)],
    noise=[k.not_negative],
    seed=SEED,
)
entry(
    "datasets.rings",
    dict(n=10, noise=0.1, seed=0, radii=(0.5, 1.0)),
    datasets.rings,
    n=[k.whole, k.values(1)],
    noise=[k.not_negative],
    seed=SEED,
    radii=[k.values(None, 1.0, (), "ab", (0.5, -1.0), (0.5, k.NAN), ((1.0, 2.0),), (k.INF,))],
)
entry(
    "datasets.spirals",
    dict(n=10, noise=0.1, seed=0, turns=1.0, classes=2),
    datasets.spirals,
    n=[k.whole, k.values(1)],
    noise=[k.not_negative],
    seed=SEED,
    turns=[k.number],
    classes=[k.whole],
)
entry(
    "datasets.blobs",
    dict(n=10, centers=2, std=0.5, seed=0),
    datasets.blobs,
    n=[k.whole, k.values(1)],
    std=[k.not_negative],
    seed=SEED,
    centers=[
        k.values(
            0,
            -1,
            True,
            1.5,
            None,
            "2",
            [1.0, 2.0],
            [[k.NAN, 1.0]],
            [[k.INF, 1.0]],
            [["a", "b"]],
            [[1j, 2]],
            np.zeros((0, 2)),
            np.zeros((2, 0)),
        )
    ],
)
entry(
    "datasets.separable",
    dict(n=10, margin=0.1, radius=1.0, seed=0),
    datasets.separable,
    n=[k.whole, k.values(1)],
    margin=[k.not_negative, k.values(1.0, 2.0)],
    radius=[k.positive],
    seed=SEED,
)
entry(
    "teaching.chapters.cards.cards",
    dict(n=10, size=4, side=20, seed=0),
    cards.cards,
    owner="cards",
    n=[k.whole],
    size=[k.whole, k.values(11)],
    side=[k.whole, k.values(1, 7)],
    seed=SEED,
)
CHOICE = k.values(
    ("nonsense",), 3, (0, 0), (-1,), (99,), (True,), (None,), (0.5,), (), name="choice"
)
entry(
    "datasets.iris",
    dict(classes=(0, 1), features=(0, 1)),
    datasets.iris,
    classes=[CHOICE],
    features=[CHOICE],
)
entry(
    "datasets.digits",
    dict(classes=(0, 1)),
    datasets.digits,
    classes=[k.values("three", 3, (0, 0), (-1,), (10,), (True,), (None,), ())],
)
entry(
    "datasets.breast_cancer",
    dict(standardize=True),
    datasets.breast_cancer,
    standardize=[k.boolean],
)
entry(
    "datasets.split",
    dict(X=np.ones((6, 2)), y=np.array([0, 1, 0, 1, 0, 1]), test=0.5, seed=0),
    datasets.split,
    X=[k.other_rows, k.values(None, "x", 1.0)],
    y=[k.column, k.other_rows, k.not_an_array],
    test=[k.probability, k.values(0, 1)],
    seed=SEED,
)
entry(
    "datasets.split",
    dict(N=6),
    lambda N: datasets.split(np.ones((N, 2)), np.ones(N, int)),
    N=[k.values(0, 1, name="too_few")],
)

# ------------------------------------------------------------------ graph

NO_NUMBER = k.values(None, "2", [2.0], 1j, np.ones(2), name="no_number")
NO_NODE = k.values(None, "x", 2.0, [2.0], name="no_node")
INFINITE = k.values(k.NAN, k.INF, -k.INF, 10**400, name="infinite")
x = Node(2.0, name="x")

entry(
    "graph.Node",
    dict(value=1.0, parents=(), partials=()),
    graph.Node,
    value=[NO_NUMBER, INFINITE],
    parents=[k.values(1, None, "x", (1.0,), (None,), (x,))],
    partials=[k.values(1, None, (1.0,), "x")],
)
entry(
    "graph.Node",
    dict(value=1.0, parents=(x,), partials=(1.0,)),
    graph.Node,
    partials=[k.values(("1",), (None,), (1j,), (k.NAN,))],
)
entry(
    "graph.Node.named",
    dict(node=x, name="y"),
    lambda node, name: node.named(name),
    owner="Node",
    name=[k.values(None, 3, [])],
)
entry("graph.as_node", dict(x=1.0), graph.as_node, owner="Node", x=[NO_NUMBER, INFINITE])
for name, limits in {
    "exp": [710.0, 1e300],
    "log": [0.0, -1.0],
    "sqrt": [-1e-9, -1.0],
    "sin": [],
    "cos": [],
    "tanh": [],
    "sigmoid": [],
    "relu": [],
    "softplus": [],
}.items():
    entry(
        f"graph.{name}",
        dict(x=1.0),
        getattr(graph, name),
        owner="",
        x=[NO_NUMBER, INFINITE, *([k.values(*limits, name="domain")] if limits else [])],
    )
for name in ("maximum", "minimum"):
    entry(
        f"graph.{name}",
        dict(x=1.0, y=2.0),
        getattr(graph, name),
        owner="",
        x=[NO_NUMBER, INFINITE],
        y=[NO_NUMBER, INFINITE],
    )
OPERATORS = {
    "__add__": lambda x, y: x + y,
    "__radd__": lambda x, y: y + x,
    "__sub__": lambda x, y: x - y,
    "__rsub__": lambda x, y: y - x,
    "__mul__": lambda x, y: x * y,
    "__rmul__": lambda x, y: y * x,
    "__truediv__": lambda x, y: x / y,
    "__rtruediv__": lambda x, y: y / x,
    "__pow__": lambda x, y: x**y,
    "__rpow__": lambda x, y: y**x,
}
for name, f in OPERATORS.items():
    entry(
        f"graph.Node.{name}", dict(x=x, y=3.0), f, owner="", y=[k.values(None, "2", 1j), INFINITE]
    )
entry(
    "graph.Node.__truediv__",
    dict(x=x, y=3.0),
    lambda x, y: x / y,
    owner="/",
    y=[k.values(0, 0.0, Node(0))],
)
entry(
    "graph.Node.__pow__",
    dict(x=Node(-2.0), y=2),
    lambda x, y: x**y,
    owner="**",
    y=[k.values(0.5, -1.5, Node(2.0))],
)
for name in ("topological", "reverse_mode"):
    entry(f"graph.{name}", dict(output=x * x), getattr(graph, name), output=[NO_NODE])
entry(
    "graph.forward_mode", dict(output=x * x, x=x), graph.forward_mode, output=[NO_NODE], x=[NO_NODE]
)

# ------------------------------------------------------------------ the checks themselves

entry(
    "checks.number",
    dict(value=1.0),
    lambda value: checks.number("me", "value", value, 0, 2),
    owner="me",
    value=[k.number, k.values(-1, 3)],
)
entry(
    "checks.positive",
    dict(value=1.0),
    lambda value: checks.positive("me", "value", value),
    owner="me",
    value=[k.positive],
)
entry(
    "checks.integer",
    dict(value=1),
    lambda value: checks.integer("me", "value", value, 1),
    owner="me",
    value=[k.whole],
)
