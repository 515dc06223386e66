"""The graph calculator of chapter 13: what it reads, what it refuses, and its twin in the page."""

import base64
import math
import random
import shutil

import pytest
import torch

from dlcore.graph import forward_mode, reverse_mode, topological
from dlcore.teaching import explore
from dlcore.teaching.chapters import formulas
from dlcore.teaching.chapters.formulas import (
    EXAMPLES,
    REVERSE,
    FormulaError,
    draw_calculator,
    number,
    parse,
    words,
)  # fmt: skip
from publishing.figures import html
from tests.site.chromium import opened
from tests.teaching.scripts import LIVE

SWEEPS = (REVERSE, "forward, by x", "forward, by y")
GOOD = [
    *EXAMPLES,
    "x", "3", "x^-1", "-x^2", "(-x)^2", "x^y^0.5", "x² − 2·y", "2*-x", "x - (y - x)", "x/y/x",
    "s = x; t = s*y; t + s", "s=exp(x);s/(1+s)", "pi*x + e", "min(x, -y) + .5", "x**2**3",
    "1/(1+exp(-x))", "sqrt(abs(x*y))", "cos(x)*sigmoid(y)*relu(x)", "log(x^2 + 1) - 1.25e",
]  # fmt: skip
BAD = [
    "x" * 100, "x+" * 30 + "x",
    "", " ", "2x", "x y", "x +", "sin x", "sin", "(x", "x)", "()", "foo(x)", "z + 1", "1.2.3",
    ".", "0,5", "x = 3", "s = x;", "max(x)", "exp(x, y)", "$x", "x < y", "x & y",
    "__import__('os')", "x.real", "x[0]", "a = b = x", "s*s; s = x", "x^", "*x", "x**", "😀 + x",
    "log(-1)", "1/(x-x)", "(0-1)^0.5", "0^-1", "(-1)^x", "sqrt(0-2)", "exp(1000)", "exp = x",
    "e = x", "x == y", "max(x y)", "e^e^e^e^e",
    "x" * 10_000, "x+" * 5000 + "x", "(" * 79 + "x", "xy", "yx2", "x(y + 1)", "pi(x)", "(x)(y)",
    "s = x; s(2)", "1e5*x", "x + 2E-3", "1e+3", "2e", "π*x", "√x", "|x|", "{x}", "x\u200b", "ｘ",
    "+x", "x//y", "x!", "x;;y", ";", "constructor", "toString(x)", "<b>x</b>", "log(y - 5)", "0^y",
    "10^400", "-exp(1000)", "sqrt(-x)", "x - 1e", "sinx", "max()",
]  # fmt: skip


def trees(seed, n=120):
    """Random formulas of every kind of operation."""
    rng = random.Random(seed)

    def tree(depth):
        if depth == 0 or rng.random() < 0.15:
            return rng.choice(["x", "y", "x", "y", "2", "0.5", "1.25", "(-3)"])
        kind = rng.randrange(9)
        a, b = tree(depth - 1), tree(depth - 1)
        if kind < 4:
            return f"({a} {'+-*/'[kind]} {b})"
        if kind == 4:
            return f"({a})^{rng.choice(['2', '3', '-1', '0.5', 'x', '(1/2)'])}"
        if kind == 5:
            return f"-{a}"
        if kind == 6:
            return f"{rng.choice(['max', 'min'])}({a}, {b})"
        return f"{rng.choice(list(formulas.ONE))}({a})"

    return [tree(3) for _ in range(n)]


@pytest.mark.parametrize("text", [t for t in [*GOOD[:-1], *trees(1, 60)] if len(t) <= 80])
def test_values_and_derivatives_are_torchs(text):
    try:
        f = parse(text, x=0.8, y=1.3)
    except ValueError as error:
        assert not isinstance(error, FormulaError)
        return
    x, y = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (0.8, 1.3))
    names = {name: getattr(torch, name) for name in formulas.ONE if hasattr(torch, name)}
    names |= {
        "softplus": torch.nn.functional.softplus,
        "max": lambda a, b: torch.maximum(T(a), T(b)),
        "min": lambda a, b: torch.minimum(T(a), T(b)),
        "pi": math.pi,
        "e": math.e,
    }

    def T(a):
        return torch.as_tensor(a, dtype=torch.float64)

    names = {k: (lambda *a, v=v: v(*map(T, a))) if callable(v) else v for k, v in names.items()}
    for a, b in (("^", "**"), ("²", "**2"), ("−", "-"), ("·", "*")):
        text = text.replace(a, b)
    scope = {"x": x, "y": y, **names}
    *lines, last = text.split(";")
    for line in lines:
        exec(line.strip(), scope)
    value = T(eval(last.strip(), scope))
    assert f.value == pytest.approx(value.item(), rel=1e-12, abs=1e-12)
    bars = reverse_mode(f)
    for leaf, name in ((x, "x"), (y, "y")):
        ours = sum(slope for v, slope in bars.items() if v.name == name and not v.parents)
        (wanted,) = torch.autograd.grad(value, leaf, retain_graph=True, allow_unused=True) if (
            value.requires_grad) else (None,)  # fmt: skip
        assert ours == pytest.approx(0.0 if wanted is None else float(wanted), rel=1e-10, abs=1e-10)


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_formula_gets_a_message(text):
    with pytest.raises(ValueError) as error:
        parse(text, x=1.0, y=2.0)
        raise FormulaError("too long for the picture", 0)  # the sums of thirty x
    assert str(error.value)
    picture, sentence = draw_calculator(text, REVERSE, 1.0, 2.0, 3)
    assert "cannot be shown: " in sentence and picture.startswith("<svg")


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("2x", 1, "a product needs its *"),
        ("x + (y", 6, "not closed"),
        ("x + foo(y)", 4, "no function “foo”; there are exp"),
        ("z", 0, "the inputs are x and y"),
        ("0,5", 1, "a decimal number has a point"),
        ("x + ", 4, "ends too early"),
        ("max(x)", 5, "takes 2 arguments, not 1"),
        ("x < y", 2, "“<” has no meaning"),
        ("", 0, "the field is empty"),
        ("3*xy", 2, "a product needs its *"),
        ("x(y + 1)", 1, "a product needs its *"),
        ("1e5*x", 1, "write 2*10^5 for 2e5"),
        ("2*π", 2, "write pi"),
        ("x" * 10_000, 80, "longer than 80 letters"),
    ],
)
def test_the_message_says_what_and_where(text, place, message):
    with pytest.raises(FormulaError) as error:
        parse(text, x=1.0, y=2.0)
    assert message in str(error.value) and error.value.place == place


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("log(y - 5)", "log: expected an argument > 0, got −3"),
        ("1/(x - 1)", "division: expected a divisor other than 0, got 1/0"),
        ("(-2)^x", "^: expected a base > 0 where the exponent varies, got −2"),
        ("0^-1", "^: expected a base other than 0, got 0^−1"),
        ("exp(1000)", "exp: the value is too large"),
    ],
)
def test_where_there_is_no_value_the_message_speaks_of_the_formula(text, message):
    with pytest.raises(ValueError) as error:
        parse(text, x=1.0, y=2.0)
    assert not isinstance(error.value, FormulaError) and str(error.value) == message


def test_what_stands_for_the_signs_of_a_keyboard():
    assert parse("x – y÷2 ⋅ 3", x=1.0, y=2.0).value == -2.0


def test_a_name_is_one_node():
    f = parse("s = x + y; s*s", x=1.0, y=2.0)
    assert len(topological(f)) == 4 and f.parents[0] is f.parents[1]
    assert len(topological(parse("(x + y)*(x + y)", x=1.0, y=2.0))) == 5


@pytest.mark.parametrize("text", GOOD[:-1])
def test_words_are_the_formula_again(text):
    f = parse(text, x=0.7, y=1.9)
    again = words(f)
    if ";" not in text and "e" not in text.replace("exp", "") and "pi" not in text:
        assert parse(again, x=0.7, y=1.9).value == pytest.approx(f.value, rel=1e-12)


def test_the_last_step_is_the_sweep_of_dlcore():
    for text in EXAMPLES:
        f = parse(text, x=1.5, y=-0.5)
        leaves = {v.name: v for v in topological(f) if v.name and not v.parents}
        _, said = draw_calculator(text, REVERSE, 1.5, -0.5, 99)
        for name, leaf in leaves.items():
            assert f"{number(reverse_mode(f)[leaf])} by {name}" in said
            _, forward = draw_calculator(text, f"forward, by {name}", 1.5, -0.5, 99)
            assert f"by {name} is {number(forward_mode(f, leaf)[f])}." in forward


def test_the_page_draws_any_text_alike(browser):
    states = [
        dict(formula=text, sweep=sweep, x=x, y=y, step=step)
        for n, text in enumerate([*GOOD, *BAD, *trees(2)])
        for sweep, (x, y), step in (
            (SWEEPS[0], (1.0, 2.0), n % 9), (SWEEPS[0], (-1.5, 0.5), 99),
            (SWEEPS[1 + n % 2], (0.0, -2.5), n % 5), (SWEEPS[1], (2.0, 2.0), 99),
        )
    ]  # fmt: skip
    with opened(browser, "about:") as (page, problems):
        page.add_script_tag(path=LIVE / "graph-calculator.js")
        drawn = page.evaluate(
            "states => states.map(state => window.dlcoreLive['graph-calculator'](state))", states
        )
        assert problems == []
    for state, script in zip(states, drawn, strict=True):
        picture, sentence = draw_calculator(**state)
        assert script["sentence"] == sentence, state
        assert script["svg"] == picture, state


def test_a_formula_that_is_typed_is_drawn_and_stands_in_the_address(browser, tmp_path):
    experiment = explore(
        draw_calculator,
        "graph-calculator",
        "A calculator.",
        formula=list(EXAMPLES),
        sweep=list(SWEEPS),
        x=[0.0, 1.0],
        y=[0.0, 2.0],
        step=[0, 4, 99],
        start={"x": 1.0, "y": 2.0},
        script="graph-calculator",
    )
    bundle = experiment.page()
    (tmp_path / "0.svg").write_bytes(base64.b64decode(bundle["pictures"][0]["data"]))
    (tmp_path / "_static" / "live").mkdir(parents=True)
    for name in ("experiment.js", "live/graph-calculator.js"):
        shutil.copy(LIVE.parent / name, tmp_path / "_static" / name)
    (tmp_path / "page.html").write_text(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Page</title>'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'self\' file:">'
        '<script defer src="_static/experiment.js"></script></head><body>'
        f"{html(bundle, ['0.svg'])}</body></html>",
        encoding="utf-8",
    )
    with opened(browser, "file://") as (page, problems):
        page.goto((tmp_path / "page.html").as_uri())
        page.wait_for_selector("figure[data-ready]")
        field, said = page.locator("#graph-calculator-typed"), page.locator("[aria-live=polite]")
        assert field.input_value() == EXAMPLES[0]
        assert page.locator("label[for=graph-calculator-typed]").count() == 1
        field.fill("x*y*3")
        assert said.text_content() == draw_calculator("x*y*3", REVERSE, 1.0, 2.0, 0)[1]
        field.fill("x*(")
        assert "ends too early" in said.text_content()
        field.fill("x" * 10_000)
        assert "longer than 80 letters" in said.text_content()
        page.wait_for_url(lambda url: "xxxx" in url)
        assert len(page.url) < 1000 and len(field.input_value()) == 10_000
        field.fill("x*y + 7")
        page.wait_for_url(lambda url: ".typed=" in url and "xxxx" not in url)
        address = page.url
        page.locator("#graph-calculator-formula").select_option(index=2)
        assert field.input_value() == EXAMPLES[2]
        assert said.text_content() == draw_calculator(EXAMPLES[2], REVERSE, 1.0, 2.0, 0)[1]
        page.wait_for_url(lambda url: ".typed=" not in url)
        page.goto(address)
        page.wait_for_selector("figure[data-ready]")
        assert field.input_value() == "x*y + 7"
        assert said.text_content() == draw_calculator("x*y + 7", REVERSE, 1.0, 2.0, 0)[1]
        assert problems == []
