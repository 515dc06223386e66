"""A scalar computation graph, differentiated in forward and in reverse mode.

A ``Node`` knows its value, its parents, and the local derivatives ∂node/∂parent, and nothing of the
derivatives that are asked for later.  Both modes are the chain rule over the same edges:

    forward    v̇ = Σ ṗ ∂v/∂p   over the parents p of v,    from the inputs to the output
    reverse    v̄ = Σ c̄ ∂c/∂v   over the children c of v,   from the output to the inputs

    x, y = Node(2, name="x"), Node(-1, name="y")
    f = x**2 + x * y + (x + y) ** 2
    reverse_mode(f)[x], forward_mode(f, x)[f]

Griewank and Walther 2008, Evaluating Derivatives; Baydin et al. 2018, arXiv:1502.05767.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from numbers import Real
from typing import TypeAlias

Number: TypeAlias = "Node | float"


def _reflected(operator):
    # ``3 - x`` is ``as_node(3) - x``.
    return lambda x, other: operator(as_node(other), x)


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Node:
    """v = f(parents): a number that remembers how it came about.  It does not change.
    ``Node(2, name="x")`` is an input; operators and the functions below make the other nodes.  A
    function of one's own is ``Node(value, parents, partials, op)``, partials[i] = ∂v/∂parents[i].
    Raises TypeError for what is not a number, ValueError for a value that is not finite."""

    value: float
    parents: tuple = ()
    partials: tuple = ()
    op: str = ""
    name: str = ""

    def __post_init__(self):
        what = self.op or "Node"
        for several in (self.parents, self.partials):
            if not isinstance(several, tuple):
                raise TypeError(f"{what}: expected parents and partials in tuples, got {several!r}")
        if not isinstance(self.name, str):
            raise TypeError(f"{what}: expected a name in letters, got {self.name!r}")
        if not isinstance(self.value, Real):
            raise TypeError(f"{what}: expected a number, got {self.value!r}")
        value = _or_inf(float, self.value)
        if not math.isfinite(value):
            raise ValueError(f"{what}: expected a finite value, got {value}")
        if (n := len(self.parents)) != len(self.partials):
            wanted = f"one partial derivative for each of {n} parent(s)"
            raise ValueError(f"{what}: expected {wanted}, got {len(self.partials)}")
        for parent, partial in zip(self.parents, self.partials, strict=True):
            check_node(what, parent)
            if not isinstance(partial, Real) or partial != partial:
                raise TypeError(f"{what}: expected partial derivatives, got {partial!r}")
        object.__setattr__(self, "value", value)
        object.__setattr__(self, "partials", tuple(_or_inf(float, p) for p in self.partials))

    def __repr__(self):
        label = ": ".join(part for part in (self.name, self.op) if part)
        return f"Node({label} = {self.value:g})" if label else f"Node({self.value:g})"

    def named(self, name: str) -> Node:
        """The same node under a name: ``z = (w * x + b).named("z")``."""
        return replace(self, name=name)

    __array_ufunc__ = None  # NumPy's numbers leave ``number * node`` to the node

    def __add__(self, other: Number) -> Node:
        """x + y,   ∂ = (1, 1)."""
        other = as_node(other)
        return Node(self.value + other.value, (self, other), (1.0, 1.0), "+")

    def __sub__(self, other: Number) -> Node:
        """x − y,   ∂ = (1, −1)."""
        other = as_node(other)
        return Node(self.value - other.value, (self, other), (1.0, -1.0), "−")

    def __mul__(self, other: Number) -> Node:
        """x y,   ∂ = (y, x)."""
        other = as_node(other)
        return Node(self.value * other.value, (self, other), (other.value, self.value), "×")

    def __truediv__(self, other: Number) -> Node:
        """v = x/y,   ∂ = (1/y, −v/y)."""
        other = as_node(other)
        if other.value == 0:
            raise ValueError(f"/: expected a divisor other than 0, got {self.value:g}/0")
        v = self.value / other.value
        return Node(v, (self, other), (1.0 / other.value, -v / other.value), "/")

    def __pow__(self, k: Number) -> Node:
        """v = xᵏ,   ∂v/∂x = k xᵏ⁻¹, and if k is a Node too, ∂v/∂k = v ln x, for which x > 0."""
        x = self.value
        if isinstance(k, Node):
            if x <= 0:
                raise ValueError(f"**: expected a base > 0 where the exponent is a Node, got {x:g}")
            v = _or_inf(math.pow, x, k.value)
            return Node(v, (self, k), (_slope_of_power(x, k.value), v * math.log(x)), "**")
        k = as_node(k).value
        if x == 0 and k < 0:
            raise ValueError(f"**: expected a base other than 0, got 0**{k:g}")
        if x < 0 and not k.is_integer():
            raise ValueError(f"**: expected a base ≥ 0 or a whole exponent, got ({x:g})**{k:g}")
        return Node(_or_inf(math.pow, x, k), (self,), (_slope_of_power(x, k),), f"**{k:g}")

    def __neg__(self) -> Node:
        """−x,   ∂ = −1."""
        return Node(-self.value, (self,), (-1.0,), "−")

    def __abs__(self) -> Node:
        """|x|,   ∂ = sign x, which is 0 at 0."""
        sign = (self.value > 0) - (self.value < 0)
        return Node(abs(self.value), (self,), (float(sign),), "abs")

    __radd__, __rsub__, __rmul__ = map(_reflected, (__add__, __sub__, __mul__))
    __rtruediv__, __rpow__ = map(_reflected, (__truediv__, __pow__))


def as_node(x: Number) -> Node:
    """``x`` if it is a Node, else a constant."""
    return x if isinstance(x, Node) else Node(x)


def exp(x: Number) -> Node:
    """v = eˣ,   ∂ = v."""
    x = as_node(x)
    v = _or_inf(math.exp, x.value)
    return Node(v, (x,), (v,), "exp")


def log(x: Number) -> Node:
    """ln x,   ∂ = 1/x.   x > 0."""
    x = as_node(x)
    if x.value <= 0:
        raise ValueError(f"log: expected x > 0, got {x.value:g}")
    return Node(math.log(x.value), (x,), (1.0 / x.value,), "log")


def sqrt(x: Number) -> Node:
    """v = √x,   ∂ = 1/2v, which is infinite at 0.   x ≥ 0."""
    x = as_node(x)
    if x.value < 0:
        raise ValueError(f"sqrt: expected x ≥ 0, got {x.value:g}")
    v = math.sqrt(x.value)
    return Node(v, (x,), (0.5 / v if v > 0 else math.inf,), "sqrt")


def sin(x: Number) -> Node:
    """sin x,   ∂ = cos x."""
    x = as_node(x)
    return Node(math.sin(x.value), (x,), (math.cos(x.value),), "sin")


def cos(x: Number) -> Node:
    """cos x,   ∂ = −sin x."""
    x = as_node(x)
    return Node(math.cos(x.value), (x,), (-math.sin(x.value),), "cos")


def tanh(x: Number) -> Node:
    """v = tanh x,   ∂ = 1 − v²."""
    x = as_node(x)
    v = math.tanh(x.value)
    return Node(v, (x,), (1.0 - v * v,), "tanh")


def sigmoid(x: Number) -> Node:
    """v = 1/(1 + e⁻ˣ),   ∂ = v (1 − v).   Computed with e^−|x|, which cannot overflow."""
    x = as_node(x)
    v = _sigmoid(x.value)
    return Node(v, (x,), (v * (1.0 - v),), "sigmoid")


def relu(x: Number) -> Node:
    """x if x > 0 else 0,   ∂ = 1 if x > 0 else 0."""
    x = as_node(x)
    return Node(max(x.value, 0.0), (x,), (float(x.value > 0),), "relu")


def softplus(x: Number) -> Node:
    """ln(1 + eˣ) = max(x, 0) + ln(1 + e^−|x|),   ∂ = 1/(1 + e⁻ˣ)."""
    x = as_node(x)
    v = max(x.value, 0.0) + math.log1p(math.exp(-abs(x.value)))
    return Node(v, (x,), (_sigmoid(x.value),), "softplus")


def maximum(x: Number, y: Number) -> Node:
    """max(x, y),   ∂ = (1, 0) if x > y, (0, 1) if x < y, (½, ½) if they are equal."""
    x, y = as_node(x), as_node(y)
    share = _share(x.value, y.value)
    return Node(max(x.value, y.value), (x, y), (share, 1.0 - share), "max")


def minimum(x: Number, y: Number) -> Node:
    """min(x, y),   ∂ = (1, 0) if x < y, (0, 1) if x > y, (½, ½) if they are equal."""
    x, y = as_node(x), as_node(y)
    share = _share(y.value, x.value)
    return Node(min(x.value, y.value), (x, y), (share, 1.0 - share), "min")


def topological(output: Node) -> list[Node]:
    """All nodes that ``output`` depends on, parents before children, without recursion."""
    check_node("topological", output)
    order, seen, stack = [], set(), [(output, False)]
    while stack:
        node, parents_done = stack.pop()
        if parents_done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend((parent, False) for parent in reversed(node.parents))
    return order


def forward_mode(output: Node, x: Node) -> dict[Node, float]:
    """{v: ∂v/∂x} for every node v of the graph of ``output``: one sweep for each input x."""
    check_node("forward_mode", x)
    check_node("forward_mode", output)
    dot, order = {x: 1.0}, topological(output)
    for v in order:
        # Only what depends on x has an entry: elsewhere a ∂v/∂p may be infinite, and 0 · ∞ is NaN.
        terms = [dot[p] * dv_dp for p, dv_dp in edges(v) if p in dot]
        if terms and v is not x:
            dot[v] = sum(terms)
    return dict.fromkeys(order, 0.0) | dot


def reverse_mode(output: Node) -> dict[Node, float]:
    """{v: ∂output/∂v} for every node v of its graph: one sweep, whatever the number of inputs.
    What ``output`` does not depend on has no entry: its derivative is 0."""
    check_node("reverse_mode", output)
    bar = {output: 1.0}
    for v in reversed(topological(output)):
        for p, dv_dp in edges(v):
            bar[p] = bar.get(p, 0.0) + bar[v] * dv_dp
    return bar


def edges(v: Node) -> Iterable[tuple[Node, float]]:
    """(parent, ∂v/∂parent) for every parent of v."""
    return zip(v.parents, v.partials, strict=True)


def check_node(who: str, x: Node) -> None:
    """Raise TypeError unless x is a Node."""
    if not isinstance(x, Node):
        raise TypeError(f"{who}: expected a Node, got {x!r}")


def _or_inf(f, *x):
    # f(*x), or inf where it is too large for a float, which a Node refuses.
    try:
        return f(*x)
    except OverflowError:
        return math.inf


def _slope_of_power(x, k):
    # k xᵏ⁻¹, infinite at x = 0 for 0 < k < 1 (and 0 for k = 0, where xᵏ is 1 everywhere).
    if k == 0:
        return 0.0
    return k * _or_inf(math.pow, x, k - 1) if x != 0 or k >= 1 else math.inf


def _sigmoid(x):
    e = math.exp(-abs(x))
    return (1.0 if x >= 0 else e) / (1.0 + e)


def _share(x, y):
    # ∂max(x, y)/∂x
    return float(x > y) if x != y else 0.5
