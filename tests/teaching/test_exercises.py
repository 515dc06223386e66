"""The checks are checked: right answers pass, typical slips get the hint meant for them."""

import json
import pkgutil
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from dlcore.teaching.chapters import answers
from dlcore.teaching.exercises import Between, Exercise, chapter_exercises, check

CHAPTERS = sorted(int(m.name[2:]) for m in pkgutil.iter_modules(answers.__path__))
ALL = [e for chapter in CHAPTERS for e in chapter_exercises(chapter)]


@pytest.mark.parametrize("exercise", ALL, ids=lambda e: e.id)
def test_samples(exercise):
    assert exercise.right and len(exercise.wrong) >= 2, "samples: one right and two wrong at least"
    for given in exercise.right:
        state, text = exercise.verdict(given)
        assert state == "right", text
    for given, fragment in exercise.wrong:
        state, text = exercise.verdict(given)
        assert state == "wrong", f"passed, but is wrong: {given!r}"
        assert fragment and fragment in text, f"{text!r} does not contain {fragment!r}"


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_ids_are_unique_and_belong_to_the_chapter(chapter):
    ids = [e.id for e in chapter_exercises(chapter)]
    assert len(set(ids)) == len(ids) and all(i.startswith(f"{chapter}.") for i in ids)


@pytest.mark.parametrize("exercise", ALL, ids=lambda e: e.id)
def test_garbage_gets_a_message_and_never_passes(exercise):
    assert exercise.verdict(...)[0] == "unanswered"
    garbage = [
        None,
        "",
        "nonsense",
        [],
        {},
        [[1], [1, 2]],
        float("nan"),
        1j,
        object(),
        np.full((2, 2), np.nan),
        lambda *a: None,
        lambda *a: 1 / 0,
    ]
    for given in garbage:
        state, text = exercise.verdict(given)
        assert state == "wrong" and len(text) > len(f"{exercise.id}: not yet. "), (given, text)


@pytest.mark.parametrize("exercise", ALL, ids=lambda e: e.id)
def test_a_right_answer_is_told_why_it_is_right(exercise):
    assert exercise.praise


@pytest.mark.parametrize("exercise", ALL, ids=lambda e: e.id)
def test_page_record_is_json(exercise):
    record = exercise.page_record()
    assert record is None if exercise.test else json.loads(json.dumps(record))["id"] == exercise.id


NUMBER = Exercise(
    "1.1",
    "number",
    answer=0.5,
    tolerance=0.01,
    hints=[(1.0, "twice too large")],
    hint="Halve.",
    praise="Indeed.",
)
ARRAY = Exercise(
    "1.2",
    "array",
    answer=[[1, 2], [3, 4]],
    tolerance=1e-9,
    hint="No.",
    hints=[([[1, 3], [2, 4]], "This is the transpose.")],
)
QUIZ = Exercise(
    "1.3",
    "choice",
    answer={"a": "yes", "b": "no"},
    options={"yes": "", "no": ""},
    hints=[({"a": "no"}, "Look at a.")],
    hint="Look at b.",
)


def double_test(f):
    return None if f(3) == 6 else "f(3) should be 6."


DOUBLE = Exercise("1.4", "function", test=double_test)
PAIR = Exercise(
    "1.5",
    "array",
    answer=[1, 2],
    tolerance=[0.5, 0],
    hint="No.",
    hints=[
        ([..., 1], "second is 1"),
        ([Between(5), ...], "5 or more"),
        ([Between(high=0), Between(3, 4)], "below 0"),
        (lambda a: a[0] == a[1], "alike"),
    ],
)


@pytest.mark.parametrize(
    ("exercise", "given", "text"),
    [
        (NUMBER, 0.509, "1.1: right. Indeed."),
        (NUMBER, np.float32(0.5), "1.1: right. Indeed."),
        (NUMBER, 0.511, "1.1: not yet. Halve."),
        (NUMBER, 1, "1.1: not yet. twice too large"),
        (NUMBER, "0.5", "1.1: not yet. Expected a number, got the text '0.5'."),
        (NUMBER, True, "1.1: not yet. Expected a number, got bool True."),
        (NUMBER, [0.5], "1.1: right. Indeed."),
        (NUMBER, np.array([[0.5]]), "1.1: right. Indeed."),
        (NUMBER, Fraction(1, 2), "1.1: right. Indeed."),
        (NUMBER, Decimal("0.5"), "1.1: right. Indeed."),
        (NUMBER, ["0.5"], "1.1: not yet. Expected a number, got the text '0.5'."),
        (NUMBER, [0.5, 0.5], "1.1: not yet. Expected a number, got list [0.5, 0.5]."),
        (NUMBER, float("inf"), "1.1: not yet. Expected a finite number, got inf."),
        (ARRAY, np.array([[1, 2], [3, 4.0]]), "1.2: right."),
        (ARRAY, [[1, 3], [2, 4]], "1.2: not yet. This is the transpose."),
        (
            ARRAY,
            [1, 2, 3, 4],
            "1.2: not yet. Expected a matrix of 2 rows and 2 columns, got a list of 4 numbers.",
        ),
        (ARRAY, [[1, Fraction(2)], [3, Decimal(4)]], "1.2: right."),
        (ARRAY, [["1", "2"], ["3", "4"]], "1.2: not yet. Expected a matrix of 2 rows and 2"),
        (ARRAY, 7, "1.2: not yet. Expected a matrix of 2 rows and 2 columns, got one number."),
        (
            ARRAY,
            np.zeros((2, 2, 1)),
            "1.2: not yet. Expected a matrix of 2 rows and 2 columns, got an "
            "array of shape (2, 2, 1).",
        ),
        (ARRAY, [[1, ...], [3, 4]], "1.2: not answered yet"),
        (QUIZ, {"a": "yes", "b": "no"}, "1.3: right."),
        (QUIZ, {"a": "no", "b": "no"}, "1.3: not yet. Look at a."),
        (QUIZ, {"a": "yes", "b": "yes"}, "1.3: not yet. Look at b."),
        (QUIZ, {"a": "yes", "b": ...}, "1.3: not answered yet"),
        (
            QUIZ,
            {"a": "yes", "b": "nein"},
            "1.3: not yet. b: expected one of 'yes', 'no', got the text 'nein'.",
        ),
        (QUIZ, "yes", "1.3: not yet. Expected a dict with the keys a, b."),
        (PAIR, [1.5, 2], "1.5: right."),
        (PAIR, [7, 1], "1.5: not yet. second is 1"),
        (PAIR, [5, 2], "1.5: not yet. 5 or more"),
        (PAIR, [0, 4], "1.5: not yet. below 0"),
        (PAIR, [0, 4.1], "1.5: not yet. No."),
        (PAIR, [3, 3], "1.5: not yet. alike"),
        (DOUBLE, lambda x: 2 * x, "1.4: right."),
        (DOUBLE, lambda x: x, "1.4: not yet. f(3) should be 6."),
        (
            DOUBLE,
            lambda x: x / 0,
            "1.4: not yet. Your function raised ZeroDivisionError: division by zero",
        ),
        (QUIZ, dict(a=" Yes", b="NO"), "1.3: right."),
        (QUIZ, dict(a=True, b=False), "1.3: right."),
        (QUIZ, dict(a=1, b=0), "1.3: not yet. a: expected one of 'yes', 'no', got int 1."),
        (DOUBLE, lambda: 6, "1.4: not yet. Your function raised TypeError"),
        (DOUBLE, 6, "1.4: not yet. Expected a function, got int 6."),
    ],
)
def test_verdicts(exercise, given, text):
    assert exercise.verdict(given)[1].startswith(text)


def test_page_record_is_flat():
    record = PAIR.page_record()
    assert record["answer"] == [1, 2] and record["tolerance"] == [0.5, 0]
    assert record["hints"] == [
        [[None, 1], "second is 1"],
        [[[5, None], None], "5 or more"],
        [[[None, 0], [3, 4]], "below 0"],
    ]
    assert QUIZ.page_record()["hints"] == [[["no", None], "Look at a."]]


def test_torch_answers():
    torch = pytest.importorskip("torch")
    assert ARRAY.verdict(torch.tensor([[1.0, 2], [3, 4]]))[0] == "right"
    assert NUMBER.verdict(torch.tensor(0.5, requires_grad=True))[0] == "right"


@pytest.mark.parametrize(
    "bad",
    [
        dict(kind="guess", answer=1),
        dict(kind="integer"),
        dict(kind="number", answer=1.0),
        dict(kind="integer", answer=1, test=len),
        dict(kind="integer", test=len),
        dict(kind="function", answer=1),
        dict(kind="array", test=len),
        dict(kind="choice", answer="c", options={"a": "", "b": ""}),
        dict(kind="array", answer=[1, 2], hints=[([1], "one entry of two")]),
        dict(kind="array", answer=[1, 2], labels=("a", "b", "c")),
    ],
)
def test_a_record_that_cannot_be_judged_is_refused(bad):
    with pytest.raises(ValueError, match="1.9"):
        Exercise("1.9", **bad)


def test_check_prints_and_returns_nothing(capsys):
    first = ALL[0]
    assert check(first.id, ...) is None
    assert capsys.readouterr().out == f"{first.id}: not answered yet\n"


def test_check_names_the_known_exercises():
    first = ALL[0]
    with pytest.raises(ValueError, match=f"known: .*{first.id}"):
        check(first.id.partition(".")[0] + ".99", 1)
    with pytest.raises(ValueError, match="none in this chapter"):
        check("99.1", 1)
    with pytest.raises(ValueError, match="such as"):
        check("eight", 1)
    with pytest.raises(TypeError, match="got 8.2"):
        check(8.2, 1)
