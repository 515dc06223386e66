"""The page judges an exercise as the notebook's check does: answer.js against Exercise.verdict."""

import numpy as np
import pytest
from py_mini_racer import MiniRacer

from dlcore.teaching.exercises import Between, Exercise
from publishing.project import REPOSITORY
from tests.teaching.test_exercises import ALL, ARRAY, NUMBER, QUIZ
from tests.teaching.typed import typed, typed_samples

ON_PAGE = [exercise for exercise in ALL if exercise.page_record() is not None]
MEASURED = [exercise for exercise in ON_PAGE if exercise.kind in ("number", "array")]
MATRIX = Exercise(
    "1.5",
    "array",
    answer=[[1, 2], [3, 4]],
    tolerance=[[0.1, 0], [0, 0]],
    labels={"first": ("one", "two"), "second": ("one", "two")},
    hint="No.",
    hints=[
        ([[..., 2], [Between(5), ...]], "too large"),
        ([[..., ...], [Between(high=0), Between(3.5, 4.5)]], "negative"),
    ],
)
SQUARE = "a matrix of 2 rows and 2 columns"
WHOLE = Exercise("1.6", "integer", answer=105, hint="No.")
ONE = Exercise("1.7", "choice", answer="yes", options={"yes": "", "no": ""}, hint="No.")


@pytest.fixture(scope="module")
def page():
    """Calls a function of answer.js."""
    engine = MiniRacer()
    engine.eval((REPOSITORY / "book" / "_static" / "answer.js").read_text(encoding="utf-8"))
    return lambda name, *arguments: engine.call(f"dlcoreAnswer.{name}", *arguments)


@pytest.mark.parametrize("exercise", ON_PAGE, ids=lambda e: e.id)
def test_page_and_notebook_say_the_same(page, exercise):
    record, seen = exercise.page_record(), set()
    for state, texts, text in typed_samples(exercise):
        judged = page("verdict", record, texts)
        assert judged["state"] == state, texts
        assert judged["text"] == text or len(record["hints"]) < len(exercise.hints), texts
        seen.add(state)
    assert seen == {"right", "wrong"}


@pytest.mark.parametrize("exercise", MEASURED, ids=lambda e: e.id)
def test_page_and_notebook_agree_at_the_edge_of_the_tolerance(page, exercise):
    answer = np.asarray(exercise.answer, dtype=float)
    margin = np.maximum(exercise.tolerance, 1e-9)
    for factor in (-1.001, -0.999, 0, 0.999, 1.001):
        given = answer + factor * margin
        verdict = page("verdict", exercise.page_record(), typed(exercise, given))
        assert verdict["state"] == exercise.verdict(given)[0]
        assert abs(factor) < 1 or verdict["state"] == "wrong"


@pytest.mark.parametrize(
    ("exercise", "texts", "text"),
    [
        (NUMBER, ["0,509"], "1.1: right. Indeed."),
        (NUMBER, ["1/2"], "1.1: right. Indeed."),
        (NUMBER, ["1"], "1.1: not yet. twice too large"),
        (NUMBER, ["2"], "1.1: not yet. Halve."),
        (NUMBER, ["half "], "1.1: not yet. Expected a number, got the text 'half'."),
        (NUMBER, ["inf"], "1.1: not yet. Expected a number, got the text 'inf'."),
        (NUMBER, ["1/0"], "1.1: not yet. Expected a number, got the text '1/0'."),
        (NUMBER, [" "], "1.1: not answered yet"),
        (WHOLE, ["105"], "1.6: right."),
        (WHOLE, ["105.0"], "1.6: right."),
        (WHOLE, ["104,5"], "1.6: not yet. Expected a whole number, got 104,5."),
        (ARRAY, ["1 2 3 4"], "1.2: right."),
        (ARRAY, ["[1, 3, 2, 4]"], "1.2: not yet. This is the transpose."),
        (ARRAY, ["1,0; 2,0; 3,0; 4,0"], "1.2: right."),
        (ARRAY, ["[[1, 2], [3, 4]]"], "1.2: right."),
        (ARRAY, ["7"], f"1.2: not yet. Expected {SQUARE}, got one number."),
        (ARRAY, ["1 2 3"], f"1.2: not yet. Expected {SQUARE}, got a list of 3 numbers."),
        (ARRAY, ["1 2 x 4"], f"1.2: not yet. Expected {SQUARE}, got the text 'x' among them."),
        (ARRAY, [""], "1.2: not answered yet"),
        (MATRIX, ["1.09", "2", "3", "4"], "1.5: right."),
        (MATRIX, ["1.2", "2", "3", "4"], "1.5: not yet. No."),
        (MATRIX, ["1", "2", "5", "0"], "1.5: not yet. too large"),
        (MATRIX, ["1", "2", "−3", "4"], "1.5: not yet. negative"),
        (MATRIX, ["1", "2", "−3", "5"], "1.5: not yet. No."),
        (
            MATRIX,
            ["1", "2", "?", "4"],
            "1.5: not yet. second, one: expected a number, got the text '?'.",
        ),
        (MATRIX, ["1", "2", "", "4"], "1.5: not answered yet"),
        (QUIZ, ["yes", "no"], "1.3: right."),
        (QUIZ, ["no", "no"], "1.3: not yet. Look at a."),
        (QUIZ, ["yes", "yes"], "1.3: not yet. Look at b."),
        (QUIZ, ["yes", ""], "1.3: not answered yet"),
        (ONE, ["yes"], "1.7: right."),
        (ONE, ["no"], "1.7: not yet. No."),
    ],
)
def test_verdicts_on_the_page(page, exercise, texts, text):
    assert page("verdict", exercise.page_record(), texts)["text"] == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.5", 0.5),
        ("0,5", 0.5),
        (".5", 0.5),
        ("5.", 5),
        ("+2", 2),
        ("-2", -2),
        ("−2", -2),
        (" 1e-3 ", 1e-3),
        ("1E−3", 1e-3),
        ("2,5e2", 250),
        ("1/3", 1 / 3),
        ("-1 / 4", -0.25),
        ("", None),
        ("x", None),
        ("1/0", None),
        ("1/2/3", None),
        ("1 2", None),
        ("1,234.5", None),
        ("0x10", None),
        ("nan", None),
        ("1e999", None),
        ("5 %", None),
        ("--1", None),
        ("/2", None),
    ],
)
def test_numbers_as_readers_write_them(page, text, value):
    assert page("number", text) == value
