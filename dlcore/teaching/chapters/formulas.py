"""The graph calculator of chapter 13: a formula that is typed, its graph, values and derivatives.

A recursive-descent parser turns the text into nodes of dlcore.graph; no text is ever run as code.

    lines     →  line (";" line)*           the last line is the output
    line      →  name "=" sum | sum
    sum       →  product (("+" | "-") product)*
    product   →  signed (("*" | "/") signed)*
    signed    →  "-" signed | power
    power     →  atom (("^" | "**") signed)?
    atom      →  number | name | name "(" sum ("," sum)* ")" | "(" sum ")"

The drawing has a twin in the page, book/_static/live/graph-calculator.js, which parses, computes
and draws by itself; a test compares the two, state by state and for texts that nobody foresaw.
"""

import html
import math
import re
from collections.abc import Sequence

from dlcore import graph
from dlcore.graph import Node, topological
from dlcore.teaching import graphs, svg

ONE = {
    name: getattr(graph, name)
    for name in ("exp", "log", "sqrt", "sin", "cos", "tanh", "sigmoid", "relu", "softplus")
}
ONE["abs"] = abs
TWO = {"max": graph.maximum, "min": graph.minimum}
CONSTANTS = {"pi": math.pi, "e": math.e}
LONGEST, MOST = 80, 12  # letters of a formula, operations in a picture
ALIKE = {"−": "-", "–": "-", "·": "*", "⋅": "*", "×": "*", "÷": "/", "^": "**"}
ALIKE |= dict.fromkeys("\t\n\u00a0", " ")
INSTEAD = {"π": "pi", "√": "sqrt(…)", "|": "abs(…)", "[": "(", "]": ")", "{": "(", "}": ")"}
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"


class FormulaError(ValueError):
    """What is wrong with a formula, and at which letter."""

    def __init__(self, message: str, place: int):
        super().__init__(message)
        self.place = place


def parse(text: str, **inputs: float) -> Node:
    """The graph of a formula: ``parse("x^2 + x*y", x=2, y=-1)``.

    Raises FormulaError for what is no formula, ValueError where it has no value.
    """
    parser = _Parser(text, {name: Node(value, name=name) for name, value in inputs.items()})
    try:
        return parser.lines()
    except FormulaError:
        raise
    except ValueError as error:
        raise ValueError(_plain(str(error))) from None


def _plain(message):
    # What dlcore.graph says of a value, for a reader whose inputs are called x and y, too.
    message = re.sub("expected a finite value, got .*", "the value is too large", message)
    for said, plain in (
        ("expected x ", "expected an argument "), ("is a Node", "varies"), ("/: ", "division: "),
        ("**", "^"), ("-", "−"),
    ):  # fmt: skip
        message = message.replace(said, plain)
    return message


class _Parser:
    def __init__(self, text, known):
        if len(text) > LONGEST:
            raise FormulaError(f"the formula is longer than {LONGEST} letters", LONGEST)
        self.tokens, self.at, self.known = tokens(text), 0, known
        self.inputs = list(known)

    # What stands here, and one step on.

    def here(self):
        return self.tokens[self.at][0]

    def take(self, *wanted):
        if self.here() in wanted:
            self.at += 1
            return self.tokens[self.at - 1][0]
        return ""

    def fail(self, message, back=0):
        raise FormulaError(message, self.tokens[self.at - back][1])

    # One method for each line of the grammar.

    def lines(self):
        if self.here() == "":
            self.fail("the field is empty: type a formula, such as x*y + 1")
        output = self.line()
        while self.take(";"):
            output = self.line()
        if self.here() != "":
            if self.here() == ",":
                self.fail("a comma stands in max and min only; a decimal number has a point")
            if self.here() == ")":
                self.fail("this bracket was never opened")
            if self.here() == "=":
                self.fail("a name stands before =, as in s = x + y; s*s")
            self.fail(f"an operation is missing before “{self.here()}”: a product needs its *")
        return output

    def line(self):
        name = self.here()
        if not (name[:1] and name[0] in LETTERS and self.tokens[self.at + 1][0] == "="):
            return self.sum()
        if name in ONE or name in TWO or name in CONSTANTS or name in self.inputs:
            self.fail(f"“{name}” has a meaning already; take another name")
        self.at += 2
        node = self.sum()
        self.known[name] = node.named(name) if node.parents and not node.name else node
        return self.known[name]

    def sum(self):
        left = self.product()
        while operator := self.take("+", "-"):
            right = self.product()
            left = left + right if operator == "+" else left - right
        return left

    def product(self):
        left = self.signed()
        while operator := self.take("*", "/"):
            right = self.signed()
            left = left * right if operator == "*" else left / right
        return left

    def signed(self):
        if not self.take("-"):
            return self.power()
        x = self.signed()
        return -x if x.parents or x.name else Node(-x.value)

    def power(self):
        x = self.atom()
        if not self.take("**"):
            return x
        k = self.signed()
        return x**k if any(v.name for v in topological(k)) else x**k.value

    def atom(self):
        token = self.here()
        if self.take("("):
            inner = self.sum()
            self.closed()
            return inner
        if token[:1] and token[0] in "0123456789.":
            self.at += 1
            return Node(float(token))
        if token[:1] and token[0] in LETTERS:
            self.at += 1
            return self.call(token) if token in ONE or token in TWO else self.name(token)
        if token == "":
            self.fail("the formula ends too early: a number, a name or a bracket is missing")
        self.fail(f"a number, a name or a bracket is missing before “{token}”")

    def call(self, name):
        if not self.take("("):
            self.fail(f"{name} needs its argument in brackets: {name}(…)")
        arguments = [self.sum()]
        while self.take(","):
            arguments.append(self.sum())
        n = 1 if name in ONE else 2
        if len(arguments) != n:
            self.fail(f"{name} takes {n} argument{'s' * (n > 1)}, not {len(arguments)}")
        self.closed()
        return (ONE if n == 1 else TWO)[name](*arguments)

    def name(self, name):
        if self.here() == "(":
            if name in self.known or name in CONSTANTS:
                self.fail("an operation is missing before “(”: a product needs its *")
            known = ", ".join([*ONE, *TWO])
            self.fail(f"there is no function “{name}”; there are {known}", 1)
        if name in self.known:
            return self.known[name]
        if name in CONSTANTS:
            return Node(CONSTANTS[name])
        unknown = f"“{name}” is not known; the inputs are {' and '.join(self.inputs)}"
        self.fail(unknown + "; a product needs its *" * (set(name) <= set(self.inputs)), 1)

    def closed(self):
        if self.here() == "":
            self.fail("a bracket is not closed")
        if not self.take(")"):
            if self.here() == ",":
                self.fail("a comma stands in max and min only; a decimal number has a point")
            self.fail(f"an operation or a bracket ) is missing before “{self.here()}”")


def tokens(text: str) -> list[tuple[str, int]]:
    """The words of a formula and where each begins; the last is "".

    ² and ³ are read as powers, − as -, · and × as *.
    """
    found, at = [], 0
    letters = [ALIKE.get(letter, letter) for letter in text]
    while at < len(letters):
        letter, start = letters[at], at
        if letter == " ":
            at += 1
        elif letter in "²³":
            found += [("**", at), ("2" if letter == "²" else "3", at)]
            at += 1
        elif letter in LETTERS or letter in "0123456789.":
            more = "0123456789." if letter in "0123456789." else LETTERS + "0123456789"
            while at < len(letters) and letters[at] in more:
                at += 1
            word = "".join(letters[start:at])
            if letter in "0123456789." and (word.count(".") > 1 or word == "."):
                raise FormulaError(f"“{word}” is no number", start)
            after = "".join(letters[at : at + 3])
            if letter in "0123456789." and re.match("[eE](-?|\\+?)[0-9]", after):
                raise FormulaError("a number has no e in it; write 2*10^5 for 2e5", at)
            found.append((word, start))
        elif letter == "*" and letters[at + 1 : at + 2] == ["*"]:
            found.append(("**", at))
            at += 2
        elif letter in ("+", "-", "*", "/", "**", "(", ")", ",", ";", "="):
            found.append((letter, at))
            at += 1
        else:
            instead = f"; write {INSTEAD[letter]}" if letter in INSTEAD else ""
            raise FormulaError(f"“{letter}” has no meaning here{instead}", at)
    return [*found, ("", len(letters))]


def words(node: Node) -> str:
    """A node as a formula: its own name, else what it computes."""
    return _words(node)[0]


def _words(node):
    # The formula, and how strongly its last operation binds: 1 sum, 2 product, 3 power, 4 the rest.
    if node.name:
        return node.name, 4
    if not node.parents:
        return number(node.value), 4 if node.value >= 0 else 1
    op, inner = node.op, [_words(p) for p in node.parents]
    if op in ONE or op in TWO:
        return f"{op}({', '.join(text for text, _ in inner)})", 4
    first = inner[0]
    if op.startswith("**"):
        k = _in_brackets(inner[1], 4) if len(inner) == 2 else op[2:].replace("-", "−")
        return f"{_in_brackets(first, 4)}^{k}", 3
    if len(inner) == 1:
        return f"−{_in_brackets(first, 3)}", 1
    if op in "+−":
        return f"{first[0]} {op} {_in_brackets(inner[1], 2)}", 1
    return f"{_in_brackets(first, 2)}{op}{_in_brackets(inner[1], 3)}", 2


def _in_brackets(inner, least):
    text, binds = inner
    return text if binds >= least else f"({text})"


def number(value: float, digits: int = 4) -> str:
    """So many digits, with a true minus and ∞."""
    return (
        f"{value + 0.0:.{digits}g}".replace("-", "−")
        .replace("inf", "∞")
        .replace("nan", "not a number")
    )


REVERSE = "derivatives back"
INK, BLUE, VERMILLION, GREY = "#222222", "#0072B2", "#B34700", "#777777"
WIDTH, HEIGHT, TOP = 540, 330, 44  # of the picture; of the lines above the graph
ACROSS, DOWN, BOX, TALL = 138, 76, 86, 64  # from node to node, and a node


def draw_calculator(formula: str, sweep: str, x: float, y: float, step: int) -> tuple[str, str]:
    """(SVG, sentence): the graph of a formula at (x, y), so many nodes after the start of a sweep.

    sweep   "derivatives back": the values node by node, then ∂f/∂v from the output to the inputs;
            "forward, by x" and "forward, by y": value and derivative of each node in one go
    A formula that cannot be read, or has no value here, is a message in the picture.
    """
    try:
        output = parse(formula, x=x, y=y)
        operations = [v for v in topological(output) if v.parents]
        if len(operations) > MOST:
            raise FormulaError(
                f"this formula has {len(operations)} operations; the picture has room for {MOST}", 0
            )
    except FormulaError as error:
        return _refused(formula, str(error), error.place)
    except ValueError as error:
        return _refused(formula, f"no value at x = {number(x)}, y = {number(y)}: {error}", None)

    back = sweep == REVERSE
    k = len(operations)
    last = 2 * k if back else k
    now = min(step, last)
    valued = set(operations[: min(now, k)]) | {v for v in topological(output) if not v.parents}
    known, added, current = {}, (), operations[now - 1] if 0 < now <= k else None
    if back:
        visited = [s for s in graphs.steps(output) if s.node is None or s.node.parents]
        state = visited[max(now - k, 0)]
        if now >= k:
            known = dict(state.derivatives)
        if now > k:
            current, added = state.node, state.added
        done = {s.node for s in visited[1 : max(now - k, 0) + 1]}
    else:
        seed = next((v for v in topological(output) if v.name == sweep[-1] and not v.parents), None)
        known = {v: float(v is seed) for v in topological(output) if not v.parents}
        if seed is not None:
            visited = [s for s in graphs.steps(output, seed) if s.node and s.node.parents]
            for s in visited[:now]:
                known[s.node] = s.derivatives[s.node]
            added = visited[now - 1].added if now else ()
        else:
            known |= dict.fromkeys(operations[:now], 0.0)
        done = set(operations[:now])
    finished = step > last or (step == last and k == 0)
    if finished:
        current, added = None, ()

    shapes = [
        svg.text(8, 20, html.escape(formula, quote=False), fill=INK, font_weight="bold"),
        svg.text(8, 38, f"at x = {number(x)}, y = {number(y)}", fill=INK, font_size=14),
        svg.text(
            WIDTH - 8, 38, "blue: ∂f/∂v" if back else f"blue: ∂v/∂{sweep[-1]}",
            fill=BLUE, font_size=14, text_anchor="end",
        ),
    ]  # fmt: skip
    shapes += graph_shapes(output, valued, known, done, current, added, back)
    said = _sentence(output, sweep, now, last, k, current, added, known, finished)
    return picture(shapes), f"{html.unescape(formula)} at x = {number(x)}, y = {number(y)}. {said}"


def graph_shapes(
    output: Node, valued: set, known: dict, done: set, current: Node | None = None,
    added: Sequence = (), back: bool = True, colors: dict | None = None, top: int = TOP,
) -> list[str]:  # fmt: skip
    """The graph as parts of an SVG picture.

    valued  the nodes whose value is shown          known    {node: derivative}
    done    those that are filled                   current  the one with a frame
    added   what the current one passed on          back     derivatives go to the parents
    colors  {(child, i): (colour, dashes)} of single edges      top  where the room for it begins
    """
    place, edges = graphs.layout(output)
    colors = colors or {}
    columns = 1 + max(column for column, _ in place.values())
    heights = [h for _, h in [*place.values(), *(c for e in edges for c in e[3])]]
    middle, rows = (max(heights) + min(heights)) / 2, 1 + max(heights) - min(heights)
    room = HEIGHT - top
    scale = math.floor(
        1000 * min(1, (WIDTH - 8) / (ACROSS * (columns - 1) + BOX), room / (DOWN * rows))
    )

    def x_of(column):
        return svg.rounded(ACROSS * (column - (columns - 1) / 2))

    def y_of(height):
        return svg.rounded(DOWN * (middle - height))

    shapes = [f'<g transform="translate({WIDTH // 2} {top + room // 2}) scale({scale / 1000:g})">']
    for parent, child, i, corners in edges:
        amount = added[i][1] if child is current and added and (back or len(added) > i) else None
        start = (x_of(place[parent][0]) + BOX // 2, y_of(place[parent][1]))
        port = y_of(place[child][1] + graphs.port(child, i))
        end = (x_of(place[child][0]) - BOX // 2, port)
        points = [start, *((x_of(c), y_of(h)) for c, h in corners), end]
        path = f"M{start[0]} {start[1]}"
        for (xa, ya), (xb, yb) in zip(points[:-1], points[1:], strict=True):
            half = svg.rounded((xa + xb) / 2)
            path += f"C{half} {ya} {half} {yb} {xb} {yb}"
        color, width = (VERMILLION, 3) if amount is not None else (GREY, 1.5)
        dashes = ""
        if (child, i) in colors:
            color, dashes = colors[child, i]
            width, dashes = 3, f' stroke-dasharray="{dashes}"' if dashes else ""
        shapes.append(
            f'<path d="{path}" fill="none" stroke="{color}" stroke-width="{width:g}"{dashes}/>'
        )
        if amount is not None and back:
            tip = (
                f"{start[0]},{start[1]} {start[0] + 9},{start[1] - 5} {start[0] + 9},{start[1] + 5}"
            )
        else:
            tip = f"{end[0]},{end[1]} {end[0] - 9},{end[1] - 5} {end[0] - 9},{end[1] + 5}"
        shapes.append(f'<polygon points="{tip}" fill="{color}"/>')
        if amount is not None or child in valued:
            label = number(child.partials[i], 3)
            if amount is not None:
                label = f"{'+' * (amount >= 0)}{number(amount, 3)}"
            above = len(child.parents) == 1 or i == 0
            shapes.append(
                svg.text(
                    end[0] - 5,
                    end[1] + (-6 if above else 16),
                    label,
                    text_anchor="end",
                    font_size=13,
                    fill=VERMILLION if amount is not None else INK,
                    stroke="#FFFFFF",
                    stroke_width=4,
                    paint_order="stroke",
                )  # fmt: skip
            )
    for node, (column, height) in place.items():
        left, top = x_of(column) - BOX // 2, y_of(height) - TALL // 2
        color = VERMILLION if node is current else INK
        shapes.append(
            f'<rect x="{left}" y="{top}" width="{BOX}" height="{TALL}" rx="9" '
            f'fill="{"#DCE9F4" if node in done else "#FFFFFF"}" stroke="{color}" '
            f'stroke-width="{3 if node is current else 1.5:g}"/>'
        )
        value = number(node.value) if node in valued else "?"
        partly = back and node in known and not {c for c in place if node in c.parents} <= done
        slope = number(known[node]) + " + …" * partly if node in known else "?"
        label = ": ".join(part for part in (node.name, node.op.replace("**", "^")) if part)
        if not label:
            label = "constant"
        lines = (
            (label.replace("-", "−"), INK, "bold"),
            (value, INK, "normal"),
            (slope, BLUE, "normal"),
        )
        for n, (line, ink, weight) in enumerate(lines):
            small = 13 if len(line) > 9 else 16
            shapes.append(
                svg.text(
                    left + BOX // 2,
                    top + 18 + 20 * n,
                    line,
                    text_anchor="middle",
                    fill=ink,
                    font_weight=weight,
                    font_size=small,
                )  # fmt: skip
            )
    return [*shapes, "</g>"]


def _sentence(output, sweep, now, last, k, current, added, known, finished):
    back, by = sweep == REVERSE, sweep[-1]
    if finished:
        value = f"Finished: the value is {number(output.value)}"
        if not back:
            return f"{value}, and its derivative by {by} is {number(known[output])}."
        leaves = [v for v in topological(output) if v.name and not v.parents]
        slopes = [f"{number(known[v])} by {v.name}" for v in leaves]
        if not slopes:
            return f"{value}, and it depends on no input."
        return f"{value}, its derivative is {' and '.join(slopes)}."
    where = f"Step {now} of {last}"
    if now == 0:
        return f"{where}: only the inputs are known. The formula has {k} operation{'s' * (k != 1)}."
    name, value = words(current), number(current.value)
    if not back:
        taken = " + ".join(f"({number(amount)})" for _, amount in added) or "0"
        slope = number(known[current])
        return f"{where}: {name} = {value}, with the derivative {taken} = {slope} by {by}."
    if now < k:
        return f"{where}, values: {name} = {value}."
    if now == k:
        return (
            f"{where}, values: {name} = {value}. This is the output; its derivative by itself is 1."
        )
    passed = " and ".join(f"{number(amount)} to {words(p)}" for p, amount in added)
    return f"{where}, derivatives: {name} has {number(known[current])} and passes {passed}."


def _refused(formula, message, place):
    shown = html.escape(formula[:LONGEST], quote=False)
    shapes = [svg.text(8, 20, shown, fill=INK, font_weight="bold", font_size=16)]
    if place is not None:
        before = html.escape(formula[:place], quote=False)
        shapes = [
            svg.text(
                8, 20, before + f'<tspan fill="{VERMILLION}">▸'
                f"{html.escape(formula[place:LONGEST], quote=False)}</tspan>",
                fill=INK, font_weight="bold", font_size=16,
            )
        ]  # fmt: skip
    line, lines = "", []
    for word in message.split(" "):
        if len(line) + len(word) > 52:
            lines.append(line)
            line = ""
        line += (" " if line else "") + word
    shapes += [
        svg.text(8, 70 + 26 * n, html.escape(text, quote=False), fill=VERMILLION, font_size=17)
        for n, text in enumerate([*lines, line])
    ]
    return picture(shapes), f"“{formula[:LONGEST]}” cannot be shown: {message}."


def picture(shapes: list[str]) -> str:
    """The shapes in the calculator's frame."""
    return svg.picture(WIDTH, HEIGHT, shapes, font_size=16)


EXAMPLES: tuple[str, ...] = (
    "x^2 + x*y + (x + y)^2",
    "x*sin(x*y)",
    "exp(-(x^2 + y^2)/2)",
    "softplus(2*x - y)",
    "s = tanh(x + y); s*s - s",
    "max(x, y)*abs(x - y)",
)
