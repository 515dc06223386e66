"""The drawing of a computation graph: operation, value and derivative on every node.

Inputs stand on the left, the output on the right, and a node right of all its parents.  Edges carry
the local derivatives, and while a sweep is shown, what was just added.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path
from matplotlib.patheffects import withStroke

from dlcore import checks as check
from dlcore.graph import Node, forward_mode, reverse_mode, topological

from .plots import COLORS, INK, figure

COLUMN, ROW = 1.35, 0.82  # inches from node to node
WIDTH, HEIGHT = 0.62, 0.64  # of a node's box, as a part of them
BLUE, VERMILLION, GREY = COLORS[1], COLORS[0], "#777777"
WORDS = {
    "+": "the sum",
    "−": "the difference",
    "×": "the product",
    "/": "the quotient",
    "**": "the power",
}


def draw_graph(output: Node, x: Node | None = None, step: int | None = None) -> tuple:
    """The graph of ``output`` and a sentence that says what is seen: (fig, sentence).

    x      None shows reverse mode, v̄ = ∂output/∂v; a Node shows forward mode, v̇ = ∂v/∂x
    step   how many nodes the sweep has visited; None shows it finished
    An entry of which terms are still missing is drawn as v̄ = 2 + …
    Raises ValueError for a step that the sweep does not have.
    """
    states = list(steps(output, x))
    last = len(states) - 1
    finished = step is None
    step = last if finished else check.integer("draw_graph", "step", step, 0, last)
    state, visited = states[step], {s.node for s in states[1 : step + 1]}
    current = None if finished else state.node
    place, edges = layout(output)

    columns = 1 + max(column for column, _ in place.values())
    heights = [height for _, height in [*place.values(), *(c for e in edges for c in e[3])]]
    width, height = max(4.8, COLUMN * columns), max(1.8, ROW * (1 + max(heights) - min(heights)))
    fig, ax = figure()
    fig.set_size_inches(width, height)
    for parent, child, i, corners in edges:
        added = state.added[i][1] if child is current and state.added else None
        _draw_edge(ax, place[parent], corners, place[child], child, i, added, x is not None)
    for node, at in place.items():
        partly = x is None and not {v for v in place if node in v.parents} <= visited
        derivative = _derivative(state.derivatives.get(node), partly, "bar" if x is None else "dot")
        _draw_node(ax, node, at, derivative, node is current, node in visited)
    middle, half = (columns - 1) / 2, width / COLUMN / 2
    ax.set(xlim=(middle - half, middle + half), ylim=(-height / ROW / 2, height / ROW / 2))
    ax.axis("off")
    if finished:
        return fig, _finished(output, x, state.derivatives)
    return fig, _sentence(output, x, state, f"visit {step} of {last}")


class State(NamedTuple):
    """A sweep after one visit: whom it visited, what it added to whose entry, all entries so far.

    In reverse mode v̄ is complete when v is visited, and before that a part of its sum.
    """

    node: Node | None  # None: nobody yet, only the seed is there
    added: tuple  # ((node, amount), …), one for each parent of the visited node
    derivatives: dict


def steps(output: Node, x: Node | None = None) -> Iterator[State]:
    """The States of ``reverse_mode(output)``, or with x of ``forward_mode(output, x)``, in turn.

    The first holds the seed, the last what the mode returns.  Every State has a copy of all
    entries: this is for graphs that one looks at.
    """
    if x is None:
        order, final, seed = topological(output)[::-1], reverse_mode(output), output
    else:
        order, final, seed = topological(output), forward_mode(output, x), x
    entries = {seed: 1.0}
    yield State(None, (), dict(entries))
    for v in order:
        if x is None:
            added = [(p, final[v] * dv_dp) for p, dv_dp in zip(v.parents, v.partials, strict=True)]
        else:
            added = [
                (v, final[p] * dv_dp if x in topological(p) else 0.0)
                for p, dv_dp in zip(v.parents, v.partials, strict=True)
                if v is not x
            ]
        entries.setdefault(v, 0.0)
        for node, amount in added:
            entries[node] = entries.get(node, 0.0) + amount
        yield State(v, tuple(added), dict(entries))


def layout(output: Node) -> tuple[dict, list]:
    """Where everything lies: ({node: (column, height)}, [(parent, child, i, [corners]), …]).

    The column is the longest way from an input; a constant stands just before it is used.  Edges
    over several columns get a corner in each of them, so that they run around the nodes (Sugiyama,
    Tagawa, Toda 1981).  i counts the parents of the child.
    """
    order = topological(output)
    depth: dict = {}
    for v in order:
        depth[v] = 1 + max((depth[p] for p in v.parents), default=-1)
    for v in order:
        if not v.parents and not v.name and v is not output:
            depth[v] = min(depth[c] for c in order if v in c.parents) - 1
    columns: list = [[] for _ in range(max(depth.values()) + 1)]
    for v in order:
        columns[depth[v]].append(v)
    chains = []  # every edge as [parent, corner, …, child]; a corner is its place in ``columns``
    for child in order:
        for i, parent in enumerate(child.parents):
            corners = [(parent, child, i, c) for c in range(depth[parent] + 1, depth[child])]
            for corner in corners:
                columns[corner[-1]].append(corner)
            chains.append((parent, child, i, [parent, *corners, child]))
    neighbours: dict = {}
    for _, child, i, chain in chains:
        for a, b in pairwise(chain):
            shift = port(child, i) if b is child else 0.0
            neighbours.setdefault(a, []).append((b, shift))
            neighbours.setdefault(b, []).append((a, -shift))
    height = _untangle(columns, neighbours)
    place = {v: (depth[v], height[v]) for v in order}
    return place, [
        (parent, child, i, [(c[-1], height[c]) for c in chain[1:-1]])
        for parent, child, i, chain in chains
    ]


def _untangle(columns, neighbours, sweeps=8):
    # Order every column by the mean height of the neighbours, back and forth; return the heights.
    def spread(column):
        for k, v in enumerate(column):
            height[v] = (len(column) - 1) / 2 - k

    def mean(v):
        around = [height[n] + shift for n, shift in neighbours.get(v, [(v, 0.0)])]
        return sum(around) / len(around)

    height = {}
    for column in columns:
        spread(column)
    for sweep in range(sweeps):
        for column in columns if sweep % 2 else reversed(columns):
            column.sort(key=mean, reverse=True)
            spread(column)
    return height


def _draw_edge(ax, start, corners, end, child, i, added, forward):
    # A smooth line with the local derivative, or with what was added, in the colour of a visit.
    end = (end[0] - WIDTH / 2 - 0.03, end[1] + port(child, i))
    points = [(start[0] + WIDTH / 2 + 0.03, start[1]), *corners, end]
    vertices, codes = points[:1], [Path.MOVETO]
    for (xa, ya), (xb, yb) in pairwise(points):
        vertices += [((xa + xb) / 2, ya), ((xa + xb) / 2, yb), (xb, yb)]
        codes += [Path.CURVE4] * 3
    visited = added is not None
    color = VERMILLION if visited else GREY
    arrow = "<|-" if visited and not forward else "-|>"  # reverse mode runs against the edges
    ax.add_patch(
        FancyArrowPatch(
            path=Path(vertices, codes),
            arrowstyle=arrow,
            mutation_scale=10,
            color=color,
            linewidth=2.2 if visited else 1.1,
            zorder=1,
        )
    )
    text = _number(child.partials[i]) if not visited else f"{'+' * (added >= 0)}{_number(added)}"
    straight = len(points) == 2 and points[0][1] == end[1]
    above = points[-2][1] <= end[1]  # on the side that the line does not come from
    ax.text(
        (points[0][0] + end[0]) / 2 if straight else end[0] - 0.03,
        end[1] + (0.06 if above else -0.07),
        text,
        fontsize=8.5,
        ha="center" if straight else "right",
        va="bottom" if above else "top",
        color=VERMILLION if visited else INK,
        fontweight="bold" if visited else "normal",
        zorder=2,
        path_effects=[withStroke(linewidth=2.5, foreground="white")],
    )


def port(child: Node, i: int) -> float:
    """How far above the middle of the child the edge of its parent i arrives."""
    n = len(child.parents)
    return 0.44 * ((n - 1) / 2 - i) / max(n - 1, 1)


def _draw_node(ax, node, at, derivative, current, visited):
    x, y = at
    ax.add_patch(
        FancyBboxPatch(
            (x - WIDTH / 2 + 0.05, y - HEIGHT / 2 + 0.05),
            WIDTH - 0.1,
            HEIGHT - 0.1,
            boxstyle="round,pad=0.05",
            zorder=3,
            linewidth=2.4 if current else 1.2,
            facecolor="#DCE9F4" if visited else "white",
            edgecolor=VERMILLION if current else INK,
        )
    )
    texts = [
        (_label(node), INK, "bold"),
        (_number(node.value), INK, "normal"),
        (derivative, BLUE, "normal"),
    ]
    for k, (text, color, weight) in enumerate(texts):
        small = len(text) > (18 if k == 2 else 10)  # 8 of these letters draw one: v̄
        ax.text(
            x,
            y + 0.19 * (1 - k),
            text,
            ha="center",
            va="center",
            color=color,
            zorder=5,
            fontsize=7.5 if small else 9,
            fontweight=weight,
        )


def _label(node):
    return ": ".join(part for part in (node.name, node.op) if part) or "constant"


def _derivative(value, partly, accent):
    known = "?" if value is None else _number(value) + " + …" * partly
    return rf"$\{accent}{{v}}$ = {known}"


def _finished(output, x, derivatives):
    value = f"finished: {_who(output)} is {_number(output.value)}"
    if x is not None:
        slope = _number(derivatives[output])
        return f"{_mode(x)}, {value}, its derivative with respect to {_who(x)} is {slope}."
    inputs = [v for v in topological(output) if v.name and not v.parents]
    slopes = [f"{_number(derivatives[v])} with respect to {v.name}" for v in inputs]
    if not slopes:
        return f"{_mode(x)}, {value}, and its derivative stands at every node."
    return f"{_mode(x)}, {value}, its derivative is {_and(slopes)}."


def _sentence(output, x, state, visit):
    node = state.node
    if node is None:
        seed = _who(output if x is None else x)
        return (
            f"{_mode(x)}, before the first visit: {_who(output)} is {_number(output.value)}; "
            f"only the derivative of {seed} with respect to itself is known, it is 1."
        )
    here, own = f"{_mode(x)}, {visit}: {_who(node)}", _number(state.derivatives[node])
    amounts = [_number(amount) for _, amount in state.added]
    parents = [_who(parent) for parent in node.parents]
    if x is None:
        given = [f"{a} to {p}" for a, p in zip(amounts, parents, strict=True)]
        passes = f"passes {_and(given)}" if given else "has nobody to pass it to"
        return f"{here} has the derivative {own} and {passes}."
    if node is x:
        return f"{here} is the variable itself, its derivative is 1."
    if not amounts:
        return f"{here} does not depend on {_who(x)}, its derivative is {own}."
    taken = [f"{a} from {p}" for a, p in zip(amounts, parents, strict=True)]
    return f"{here} receives {_and(taken)}, its derivative is {own}."


def _mode(x):
    return "Reverse mode" if x is None else f"Forward mode for {_who(x)}"


def _who(node):
    # A node in words; one without a name is told by its value.
    if node.name:
        return node.name
    value = _number(node.value)
    if not node.op:
        return f"the constant {value}"
    if node.op.startswith("**") and len(node.parents) == 1:
        return f"the power {node.op[2:]} (value {value})"
    word = "the negative" if (node.op, len(node.parents)) == ("−", 1) else WORDS.get(node.op)
    return f"{word or node.op} (value {value})"


def _and(parts):
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _number(value):
    return f"{value + 0.0:.3g}".replace("-", "−").replace("inf", "∞")
