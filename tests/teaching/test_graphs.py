"""The drawing of a graph shows what the graph says, at every step of both sweeps."""

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from dlcore import graph
from dlcore.graph import Node, exp, forward_mode, reverse_mode, sigmoid, sqrt, topological
from dlcore.teaching.graphs import BLUE, INK, VERMILLION, State, draw_graph, layout, steps
from tests.test_graph import big


def example():
    x, y = Node(2, name="x"), Node(-1, name="y")
    return x, y, (x**2 + x * y + (x + y) ** 2).named("f")


def drawn(fig):
    """(texts with their colours and places, boxes, arrows), after checking that it can be drawn."""
    fig.canvas.draw()
    (ax,) = fig.axes
    texts = [(t.get_text(), t.get_color(), t.get_position()) for t in ax.texts]
    boxes = [p for p in ax.patches if isinstance(p, FancyBboxPatch)]
    arrows = [p for p in ax.patches if isinstance(p, FancyArrowPatch)]
    return texts, boxes, arrows


def on_nodes(fig, output):
    """{node: [label, value, derivative]} as written into the boxes."""
    texts, _, _ = drawn(fig)
    place, _ = layout(output)
    return {
        node: [
            text
            for text, _, (tx, ty) in sorted(texts, key=lambda t: -t[2][1])
            if abs(tx - x) < 0.01 and abs(ty - y) < 0.3
        ]
        for node, (x, y) in place.items()
    }


def test_every_node_shows_operation_value_and_derivative():
    x, y, f = example()
    fig, _ = draw_graph(f)
    shown = on_nodes(fig, f)
    assert shown[x] == ["x", "2", r"$\bar{v}$ = 5"]
    assert shown[y] == ["y", "−1", r"$\bar{v}$ = 4"]
    assert shown[f] == ["f: +", "3", r"$\bar{v}$ = 1"]
    assert sorted(v[:2] for v in shown.values()) == sorted(
        [
            ["x", "2"],
            ["y", "−1"],
            ["**2", "4"],
            ["×", "−2"],
            ["+", "1"],
            ["**2", "1"],
            ["+", "2"],
            ["f: +", "3"],
        ]
    )
    bar = reverse_mode(f)
    for node, (_, _, derivative) in shown.items():
        assert derivative == r"$\bar{v}$ = " + f"{bar[node]:g}".replace("-", "−")
    texts, boxes, arrows = drawn(fig)
    assert len(boxes) == 8 and len(arrows) == 10 and len(texts) == 3 * 8 + 10
    local = sorted(text for text, _, _ in texts)
    assert local.count("−1") == 2 and local.count("4") == 2  # y and ∂(xy)/∂x; x² and ∂x²/∂x


def test_forward_mode_has_dots():
    x, y, f = example()
    fig, sentence = draw_graph(f, y)
    shown = on_nodes(fig, f)
    assert [shown[v][2] for v in (x, y, f)] == [rf"$\dot{{v}}$ = {d}" for d in (0, 1, 4)]
    assert sentence == (
        "Forward mode for y, finished: f is 3, its derivative with respect to y is 4."
    )


def test_the_reverse_sweep_is_highlighted_up_to_its_step():
    x, y, f = example()
    for step in range(9):
        fig, _ = draw_graph(f, step=step)
        _, boxes, arrows = drawn(fig)
        assert sum(to_hex(b.get_facecolor()) == "#dce9f4" for b in boxes) == step
        assert sum(to_hex(b.get_edgecolor()) == VERMILLION.lower() for b in boxes) == (step > 0)
        plt.close(fig)
    fig, _ = draw_graph(f, step=5)  # x y passes −1 to x and 2 to y
    texts, boxes, arrows = drawn(fig)
    assert sorted(text for text, color, _ in texts if color == VERMILLION) == ["+2", "−1"]
    now = [a for a in arrows if to_hex(a.get_edgecolor()) == VERMILLION.lower()]
    assert len(now) == 2 and {type(a.get_arrowstyle()).__name__ for a in now} == {"CurveFilledA"}
    shown = on_nodes(fig, f)
    assert shown[x][2] == r"$\bar{v}$ = 1 + …"  # x² has not been visited
    assert shown[y][2] == r"$\bar{v}$ = 4"  # nothing is missing


def test_what_is_not_known_yet():
    x, y, f = example()
    fig, _ = draw_graph(f, step=0)
    shown = on_nodes(fig, f)
    assert shown[f][2] == r"$\bar{v}$ = 1" and shown[x][2] == r"$\bar{v}$ = ?"
    fig, _ = draw_graph(f, x, step=0)
    shown = on_nodes(fig, f)
    assert shown[x][2] == r"$\dot{v}$ = 1" and shown[f][2] == r"$\dot{v}$ = ?"
    fig, _ = draw_graph(f, x, step=4)  # x, x², y, x y
    _, _, arrows = drawn(fig)
    now = [a for a in arrows if to_hex(a.get_edgecolor()) == VERMILLION.lower()]
    assert {type(a.get_arrowstyle()).__name__ for a in now} == {"CurveFilledB"}
    texts, _, _ = drawn(fig)
    assert sorted(text for text, color, _ in texts if color == VERMILLION) == ["+0", "−1"]
    assert {color for _, color, _ in texts} == {VERMILLION, BLUE, INK}


def test_the_sentences_of_the_reverse_sweep():
    x, y, f = example()
    said = [draw_graph(f, step=k)[1] for k in range(9)]
    assert said[:7] == [
        "Reverse mode, before the first visit: f is 3; only the derivative of f with respect to "
        "itself is known, it is 1.",
        "Reverse mode, visit 1 of 8: f has the derivative 1 and passes 1 to the sum (value 2) and "
        "1 to the power 2 (value 1).",
        "Reverse mode, visit 2 of 8: the power 2 (value 1) has the derivative 1 and passes 2 to "
        "the sum (value 1).",
        "Reverse mode, visit 3 of 8: the sum (value 1) has the derivative 2 and passes 2 to x and "
        "2 to y.",
        "Reverse mode, visit 4 of 8: the sum (value 2) has the derivative 1 and passes 1 to the "
        "power 2 (value 4) and 1 to the product (value −2).",
        "Reverse mode, visit 5 of 8: the product (value −2) has the derivative 1 and passes −1 to "
        "x and 2 to y.",
        "Reverse mode, visit 6 of 8: y has the derivative 4 and has nobody to pass it to.",
    ]
    assert len(set(said)) == 9 and min(map(len, said)) >= 40
    assert draw_graph(f)[1] == (
        "Reverse mode, finished: f is 3, its derivative is 5 with respect to x and 4 with respect "
        "to y."
    )


def test_the_sentences_of_the_forward_sweep():
    x, y, f = example()
    said = [draw_graph(f, x, step=k)[1] for k in range(9)]
    assert said[:5] == [
        "Forward mode for x, before the first visit: f is 3; only the derivative of x with respect "
        "to itself is known, it is 1.",
        "Forward mode for x, visit 1 of 8: x is the variable itself, its derivative is 1.",
        "Forward mode for x, visit 2 of 8: the power 2 (value 4) receives 4 from x, its derivative "
        "is 4.",
        "Forward mode for x, visit 3 of 8: y does not depend on x, its derivative is 0.",
        "Forward mode for x, visit 4 of 8: the product (value −2) receives −1 from x and 0 from y, "
        "its derivative is −1.",
    ]
    assert len(set(said)) == 9


def test_nodes_without_names_in_words():
    a, b = Node(6), Node(3)
    for output, words in [
        (a / b, "the quotient (value 2) is 2"),
        (a - b, "the difference (value 3) is 3"),
        (-a, "the negative (value −6) is −6"),
        (exp(Node(0)), "exp (value 1) is 1"),
        (b ** Node(2), "the power (value 9) is 9"),
        (b**-1, "the power -1 (value 0.333) is 0.333"),
        (a, "the constant 6 is 6"),
    ]:
        assert draw_graph(output)[1] == (
            f"Reverse mode, finished: {words}, and its derivative stands at every node."
        )
    c = Node(1, name="c")
    assert draw_graph(a * b * c)[1].endswith("is 18, its derivative is 18 with respect to c.")
    *_, said = (draw_graph(c * 2, step=k)[1] for k in (2, 3))
    assert (
        said == "Reverse mode, visit 3 of 3: c has the derivative 2 and has nobody to pass it to."
    )


# --- the layout ---------------------------------------------------------------------------------


def test_a_node_stands_right_of_its_parents_and_nobody_on_another():
    x, y, w = (Node(v, name=n) for v, n in ((2, "x"), (0.3, "y"), (0.5, "w")))
    a = sigmoid(w * x + y)
    for output in (a, x, 0.5 * (a - 1) ** 2 + 0.01 * w**2, exp(x) * x + x * x / y):
        place, edges = layout(output)
        assert set(place) == set(topological(output))
        assert all(place[p][0] < place[v][0] for v in place for p in v.parents)
        assert min(column for column, _ in place.values()) == 0
        corners = [c for *_, own in edges for c in own]
        spots = [*place.values(), *corners]
        assert len(set(spots)) == len(spots)  # edges run around the nodes
        assert len(edges) == sum(len(v.parents) for v in place)
        for parent, child, i, own in edges:
            assert child.parents[i] is parent
            assert [c for c, _ in own] == list(range(place[parent][0] + 1, place[child][0]))


def test_the_worked_example_has_no_needless_crossing():
    x, y, f = example()
    place, edges = layout(f)
    columns = {
        c: [v for v in sorted(place, key=lambda v: -place[v][1]) if place[v][0] == c]
        for c in range(4)
    }
    assert [v.name for v in columns[0]] == ["x", "y"] and columns[3] == [f]
    assert [(v.op, v.value) for v in columns[1]] == [("**2", 4), ("×", -2), ("+", 1)]
    assert [(v.op, v.value) for v in columns[2]] == [("+", 2), ("**2", 1)]
    assert [place[v][1] for v in columns[1]] == [1, 0, -1] and place[f] == (3, 0)
    assert all(own == [] for *_, own in edges)


def test_a_constant_stands_just_before_it_is_used():
    x = Node(2, name="x")
    late = exp(exp(x)) * 3
    place, _ = layout(late)
    assert place[late.parents[1]][0] == 2 and place[x][0] == 0
    named = exp(exp(x)) * Node(3, name="three")
    assert layout(named)[0][named.parents[1]][0] == 0


def test_the_figure_grows_with_the_graph():
    x, y, f = example()
    assert tuple(draw_graph(x)[0].get_size_inches()) == (4.8, 1.8)
    fig, _ = draw_graph(f)
    assert tuple(fig.get_size_inches()) == pytest.approx((4 * 1.35, 3 * 0.82))
    assert fig.axes[0].get_xlim() == pytest.approx((-0.5, 3.5))
    assert fig.axes[0].get_ylim() == pytest.approx((-1.5, 1.5))


def test_bad_steps():
    x, y, f = example()
    for step in (-1, 9, 2.0, True):
        with pytest.raises(ValueError) as caught:
            draw_graph(f, step=step)
        assert str(caught.value) == (
            f"draw_graph: expected an integer step from 0 to 8, got {step!r}"
        )
    with pytest.raises(TypeError, match="expected a Node, got 3.0"):
        draw_graph(3.0)
    with pytest.raises(TypeError, match="forward_mode: expected a Node, got 'x'"):
        draw_graph(f, "x")
    assert plt.get_fignums() == []


# --- the sweep, step by step --------------------------------------------------------------------


def product():
    x, y = Node(2, name="x"), Node(3, name="y")
    a = x * y
    return x, y, a, a + x


def test_the_reverse_sweep_step_by_step():
    x, y, a, f = product()
    assert list(steps(f)) == [
        State(None, (), {f: 1.0}),
        State(f, ((a, 1.0), (x, 1.0)), {f: 1.0, a: 1.0, x: 1.0}),
        State(a, ((x, 3.0), (y, 2.0)), {f: 1.0, a: 1.0, x: 4.0, y: 2.0}),
        State(y, (), {f: 1.0, a: 1.0, x: 4.0, y: 2.0}),
        State(x, (), {f: 1.0, a: 1.0, x: 4.0, y: 2.0}),
    ]


def test_the_forward_sweep_step_by_step():
    x, y, a, f = product()
    assert list(steps(f, x)) == [
        State(None, (), {x: 1.0}),
        State(x, (), {x: 1.0}),
        State(y, (), {x: 1.0, y: 0.0}),
        State(a, ((a, 3.0), (a, 0.0)), {x: 1.0, y: 0.0, a: 3.0}),
        State(f, ((f, 3.0), (f, 1.0)), {x: 1.0, y: 0.0, a: 3.0, f: 4.0}),
    ]


def test_an_inner_node_as_the_variable_receives_nothing():
    x, y, a, f = product()
    *_, at_a, last = steps(f, a)
    assert at_a == State(a, (), {a: 1.0, x: 0.0, y: 0.0})
    assert last.derivatives == forward_mode(f, a)


def test_the_last_state_is_the_result():
    nodes = [Node(v) for v in (0.3, -1.2, 2.0)]
    out = big(*nodes, graph)
    *_, last = steps(out)
    assert last.derivatives == reverse_mode(out)
    for node in nodes:
        *_, last = steps(out, node)
        assert last.derivatives == forward_mode(out, node)
    other = Node(1)
    *_, last = steps(out, other)
    assert last.derivatives == forward_mode(out, other)
    a, b = (
        Node(0.0),
        Node(1.0),
    )  # the slope of the root is infinite, and b has nothing to do with it
    *_, last = steps(sqrt(a) + b, b)
    assert last.derivatives[a] == 0.0 and set(last.derivatives.values()) == {0.0, 1.0}
    assert [s.node for s in steps(out)][1:] == topological(out)[::-1]
    assert [s.node for s in steps(out, other)][1:] == topological(out)
