"""The form that answers an exercise on its page."""

import json
import re
from html.parser import HTMLParser

import nbformat
import pytest

from dlcore.teaching.exercises import Exercise
from publishing.extension.exercises import form, record_of
from publishing.project import Project

LABEL = re.compile(r":label: (ex|sol)-([\d-]+)")


def labels(chapter) -> list[tuple[str, str]]:
    """The kinds and numbers in a chapter's labels: ("ex", "8.2"), ("sol", "8.2")."""
    cells = nbformat.read(chapter, as_version=4).cells
    found = LABEL.findall("\n".join(c.source for c in cells if c.cell_type == "markdown"))
    return [(kind, number.replace("-", ".")) for kind, number in found]


EXERCISES = [
    number
    for chapter in Project.here().chapters()
    for kind, number in labels(chapter)
    if kind == "ex"
]


class Form(HTMLParser):
    """The fields of a form, the texts of its labels, options, legends, and its record."""

    def __init__(self, html: str):
        super().__init__()
        self.fields, self.texts, self.tag = [], {}, ""
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tag = tag
        if tag in ("input", "select"):
            self.fields.append(dict(attributes)["id"])

    def handle_data(self, data):
        if data.strip():
            self.texts.setdefault(self.tag, []).append(data.strip())


@pytest.mark.parametrize("chapter", Project.here().chapters(), ids=lambda path: path.stem)
def test_every_exercise_has_one_record_and_one_solution(chapter):
    found = labels(chapter)
    exercises = [number for kind, number in found if kind == "ex"]
    assert exercises == [number for kind, number in found if kind == "sol"]
    assert all(record_of(number) for number in exercises)


@pytest.mark.parametrize("number", EXERCISES)
def test_form_has_a_labelled_field_for_everything_asked(number):
    exercise = record_of(number)
    html = form(exercise, "sol-1")
    if exercise.test is not None:
        assert "answered in the notebook" in html and "<form" not in html
        return
    shown = Form(html)
    assert len(set(shown.fields)) == len(shown.fields) == html.count("<label>")
    assert json.loads(shown.texts["script"][0]) == exercise.page_record()
    rows = exercise.fields()
    assert shown.texts["label"] == [label for labels in rows.values() for label in labels]
    assert shown.texts.get("legend", []) == [row for row in rows if row]
    if exercise.kind == "choice":
        options = ["choose", *exercise.options]
        assert shown.texts["option"] == options * len(shown.fields)


def test_text_of_a_record_cannot_leave_its_element():
    exercise = Exercise(
        "1.1", "choice", answer="<b>", options={"<b>": "", "&": ""}, hint="</script><img src=x>"
    )
    html = form(exercise, "sol-1-1")
    assert "<b>" not in html and "<img" not in html and html.count("</script>") == 1
    shown = Form(html)
    assert shown.texts["option"][1:] == ["<b>", "&"]
    assert json.loads(shown.texts["script"][0])["hint"] == "</script><img src=x>"


def test_number_without_a_record_is_nobody():
    assert record_of("8.99") is None
    assert record_of("99.1") is None
    assert record_of("") is None
