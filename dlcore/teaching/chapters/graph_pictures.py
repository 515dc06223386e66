"""Three drawings of chapter 13 in SVG: paths in a graph, bugs of a sweep, a puzzle of blocks."""

import math

import numpy as np

from dlcore.graph import Node, topological
from dlcore.teaching import svg
from dlcore.teaching.chapters.formulas import (
    BLUE,
    GREY,
    INK,
    VERMILLION,
    graph_shapes,
    number,
    parse,
    picture,
    words,
)  # fmt: skip

PATHS = ("nothing", "the path over x²", "the path over x·y", "the path over (x + y)²")
COLORS = ("#0072B2", "#B34700", "#00734F")


def paths(output: Node, x: Node) -> list[list[tuple[Node, int]]]:
    """All paths from x to the output, each as its edges (child, i), from the output down."""
    if output is x:
        return [[]]
    return [
        [(output, i), *rest] for i, p in enumerate(output.parents) for rest in paths(p, x)
    ]  # fmt: skip


def draw_paths(input: str, without: str) -> tuple[str, str]:
    """(SVG, sentence): the paths from x or y to f = x² + xy + (x + y)² at (1, 2), less one."""
    f = parse("x^2 + x*y + (x + y)^2", x=1.0, y=2.0)
    nodes = {words(v): v for v in topological(f)}
    over = {PATHS[1]: "x^2", PATHS[2]: "x×y", PATHS[3]: "(x + y)^2"}
    colors, lines, kept = {}, [], []
    for n, (name, node) in enumerate(over.items()):
        for path in paths(f, nodes[input]):
            if not any(child is nodes[node] for child, _ in path):
                continue
            factors = [child.partials[i] for child, i in reversed(path)]
            product = math.prod(factors)
            gone = name == without
            for child, i in path:
                if (child, i) not in colors:
                    colors[child, i] = (GREY if gone else COLORS[n], "6 5" if gone else "")
                elif colors[child, i][1] or not gone:  # an edge of two paths
                    colors[child, i] = (COLORS[n] if colors[child, i][1] else INK, "")
            text = f"{' · '.join(map(number, factors))} = {number(product)}"
            lines.append(
                (f"{name[4:]}: {text}{' (taken away)' * gone}", GREY if gone else COLORS[n])
            )
            if not gone:
                kept.append(product)
    shapes = [
        svg.text(8, 20 + 19 * n, line, fill=color, font_size=14, font_weight="bold")
        for n, (line, color) in enumerate(lines)
    ]
    total = " + ".join(map(number, kept)) + (f" = {number(sum(kept))}" if len(kept) > 1 else "")
    shapes.append(svg.text(8, 20 + 19 * len(lines), f"sum: {total}", fill=INK, font_size=14))
    leaves = set(topological(f))
    shapes += graph_shapes(f, leaves, {}, set(), colors=colors, top=76)
    shapes = [s for s in shapes if 'fill="#0072B2" font-weight="normal"' not in s]
    true = sum(math.prod(c.partials[i] for c, i in p) for p in paths(f, nodes[input]))
    parts = " and ".join(map(number, kept))
    said = f"From {input}: the paths contribute {parts}, in sum {number(sum(kept))}."
    if without != PATHS[0]:
        if len(kept) < len(lines):
            said += f" Without {without} the derivative {number(true)} is missed."
        else:
            said += f" There is no {without[4:]} from {input}, so nothing is missing."
    return picture(shapes), said


PROGRAMS = ("visits in order", "recurses", "runs a second time")


def visits(program: str) -> list[tuple[str, dict]]:
    """What each program does to the graph a = 1, b = a + a, c = b + b: (words, fields) at the
    start and after each visit that passes something on."""
    fields = {"c": 1.0, "b": 0.0, "a": 0.0}
    start = "c begins with 1, the others with 0"
    if program == PROGRAMS[2]:
        fields["b"] = 2.0
        start = "a is back at 0, c at 1, but b still has the 2 of the first run"
    film = [(start, dict(fields))]

    def visit(node):
        parent = {"c": "b", "b": "a"}[node]
        share = fields[node]
        fields[parent] += 2 * share
        film.append(
            (f"{node} has {number(share)} and adds {number(share)} twice to {parent}", dict(fields))
        )

    if program == PROGRAMS[1]:

        def recurse(node):
            if node == "a":
                return
            visit(node)
            for _ in range(2):  # once for each edge
                recurse({"c": "b", "b": "a"}[node])

        recurse("c")
    else:
        visit("c")
        visit("b")
    return film


def draw_two_bugs(program: str, visit: int) -> tuple[str, str]:
    """(SVG, sentence): the fields of a, b, c after so many visits."""
    film = visits(program)
    step = min(visit, len(film) - 1)
    said, fields = film[step]
    c = parse("b = a + a; c = b + b", a=1.0)
    nodes = {"c": c, "b": c.parents[0], "a": c.parents[0].parents[0]}
    current = nodes[said[0]] if step else None
    share = film[step - 1][1][said[0]] if step else 0.0
    added = [(p, share) for p in current.parents] if current else []
    known = {nodes[name]: value for name, value in fields.items()}
    finished = visit >= len(film)
    if finished:
        current, added = None, []
    visited = {nodes[words[0]] for words, _ in film[1 : step + 1]}
    last = step == len(film) - 1
    verdict = ""
    if last:
        right = fields["a"] == 4
        judged = "which is right" if right else "and 4 is right"
        verdict = f"The run is over: a has {number(fields['a'])}, {judged}."
    shapes = [
        svg.text(8, 22, f"program: {program}", fill=INK, font_weight="bold"),
        svg.text(8, 44, said, fill=INK, font_size=14),
        svg.text(8, 66, verdict, fill=VERMILLION, font_size=14, font_weight="bold"),
        *graph_shapes(c, set(topological(c)), known, visited, current, added, top=70),
    ]
    shapes = [s.replace(" + …</text>", "</text>") for s in shapes]
    where = "before the first visit" if not step else f"after visit {visit}"
    return picture(shapes), f"The program {program}, {where}: {said}. {verdict}".rstrip()


BLOCKS = ("J", "Jᵀ", "∇g f, a column", "(∇g f)ᵀ, a row")
SIZES = ("3 inputs, 2 in between", "2 inputs, 2 in between")


def draw_puzzle(sizes: str, left: str, right: str) -> tuple[str, str]:
    """(SVG, sentence): the product of two blocks, if their shapes fit, beside the gradient."""
    J = np.array([[1.0, 2, -1], [0, 3, 1]]) if sizes == SIZES[0] else np.array([[1.0, 2], [0, 3]])
    g = np.array([[2.0], [-1]])
    truth = J.T @ g
    A, B = ({"J": J, "Jᵀ": J.T, BLOCKS[2]: g, BLOCKS[3]: g.T}[name] for name in (left, right))
    fits = A.shape[1] == B.shape[0]
    shapes = [
        svg.text(
            8, 22, f"the gradient of f by x: ({_row(truth[:, 0])})", fill=BLUE, font_weight="bold"
        )
    ]
    at = 30
    for M, name in ((A, left), (B, right)):
        shapes += _block(M, at, name.split(",")[0])
        at += 46 * M.shape[1] + 24
    who = f"{left.split(',')[0]} times {right.split(',')[0]}"
    shape = f"({A.shape[0]} × {A.shape[1]}) ({B.shape[0]} × {B.shape[1]})"
    if not fits:
        columns, rows = A.shape[1], B.shape[0]
        verdict = f"{columns} column{'s' * (columns > 1)} against {rows} row{'s' * (rows > 1)}: "
        verdict += "there is no such product"
        short, color = "no such product", VERMILLION
    else:
        P = A @ B
        shapes += [svg.text(at - 8, 155, "=", fill=INK, font_size=22), *_block(P, at + 20, "")]
        vector = sorted(P.shape) == sorted(truth.shape) and 1 in P.shape
        if vector and np.array_equal(P.ravel(), truth.ravel()):
            short = f"the gradient, as a {'column' if P.shape[1] == 1 else 'row'}"
            color = COLORS[2]
        elif vector:
            short, color = "the right shape and the wrong numbers", VERMILLION
        else:
            short, color = f"a {P.shape[0]} × {P.shape[1]} block, not a gradient", VERMILLION
        verdict = f"{short}, ({_row(P.ravel())})"
    shapes += [
        svg.text(8, 275, f"shapes {shape}", fill=INK, font_size=15),
        svg.text(8, 302, short, fill=color, font_weight="bold", font_size=17),
    ]
    return picture(shapes), f"{sizes}: {who}, shapes {shape}: {verdict}."


def _row(values):
    return ", ".join(map(number, values))


def _block(M, left, name):
    rows, columns = M.shape
    top = 150 - 21 * rows
    shapes = [
        svg.text(left + 23 * columns, top - 10, name, text_anchor="middle", fill=INK, font_size=15)
    ]
    for i in range(rows):
        for j in range(columns):
            x, y = left + 46 * j, top + 42 * i
            shapes += [
                f'<rect x="{x}" y="{y}" width="46" height="42" fill="#DCE9F4" stroke="{INK}"/>',
                svg.text(x + 23, y + 27, number(M[i, j]), text_anchor="middle", fill=INK),
            ]
    return shapes
