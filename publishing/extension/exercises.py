"""Exercises: their author's number, a form that answers them on the page, solutions that fold.

The form and answer.js judge by the record of the notebook's check: dlcore/teaching/exercises.py.
"""

import itertools
import json
from html import escape

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx_exercise.nodes import exercise_node, exercise_subtitle, solution_node, solution_title

from dlcore.teaching.exercises import Exercise, chapter_exercises

IN_THE_NOTEBOOK = (
    '<p class="exercise-note">This one is answered in the notebook: see "How to run this chapter '
    'on your computer" at the top of the page.</p>\n'
)


class PlainTitles(SphinxPostTransform):
    """“Exercise 8.2 Fix the update” instead of “Exercise (8.2 Fix the update)”; a solution's title
    goes, its summary takes its place."""

    default_priority = 19  # just before sphinx-exercise composes its titles

    def run(self) -> None:
        for node in self.document.findall(nodes.section):
            if node["ids"] in (["exercise-content"], ["solution-content"]):
                node["ids"] = []  # the same for every exercise: not an id
        for node in list(self.document.findall(exercise_node)):
            subtitle = next(node.findall(exercise_subtitle), None)
            if subtitle is not None:
                node[0].replace_self(nodes.title("", "Exercise ", *subtitle.children))
        for node in list(self.document.findall(solution_node)):
            if isinstance(node[0], solution_title):
                node.remove(node[0])


def name_exercises(app: Sphinx, doctree: nodes.document) -> None:
    """A reference to ex-8-2 reads “Exercise 8.2”; an exercise knows its solution."""
    labels = app.env.get_domain("std").labels
    solutions = {node["target_label"]: node["label"] for node in doctree.findall(solution_node)}
    for node in doctree.findall(exercise_node):
        label = node["label"]
        labels[label] = (app.env.docname, label, f"Exercise {number_of(label)}")
        node["solution"] = solutions.get(label)


def number_of(label: str) -> str:
    """The number in a label: ex-8-2 is 8.2."""
    return ".".join(label.split("-")[1:])


def record_of(number: str) -> Exercise | None:
    """The record behind an exercise's number, None if there is none."""
    chapter = number.partition(".")[0]
    found = chapter_exercises(int(chapter)) if chapter.isdecimal() else []
    return next((exercise for exercise in found if exercise.id == number), None)


def form(exercise: Exercise, solution: str) -> str:
    """The form that answers an exercise; solution is the id of the folded solution.

    An exercise that only a kernel can judge gets a line that says so.
    """
    record = exercise.page_record()
    if record is None:
        return IN_THE_NOTEBOOK
    data = json.dumps(record, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return f"""\
<form class="exercise-answer needs-script" aria-label="Answer to exercise {exercise.id}">
{fields(exercise)}
<button type="submit">Check</button>
<p class="exercise-verdict" role="status"><span></span> \
<a class="reference" href="#{escape(solution)}" hidden>Open the solution</a></p>
<script type="application/json">{data}</script>
</form>
"""


def fields(exercise: Exercise) -> str:
    """The labelled fields; where they come in rows, one <fieldset> for each row."""
    numbers, rows = itertools.count(1), []
    for row, labels in exercise.fields().items():
        inner = "\n".join(field(exercise, next(numbers), label) for label in labels)
        if row:
            rows.append(f"<fieldset><legend>{escape(row)}</legend>\n{inner}\n</fieldset>")
        else:
            longest = max(map(len, labels)) + max(map(len, exercise.options or [""]))
            rows.append(
                f'<div class="exercise-{exercise.kind}" style="--longest: {longest}ch">\n'
                f"{inner}\n</div>"
            )
    return "\n".join(rows)


def field(exercise: Exercise, number: int, label: str) -> str:
    key = f'id="answer-{exercise.id.replace(".", "-")}-{number}" autocomplete="off"'
    if exercise.kind == "choice":
        options = "".join(f"<option>{escape(name)}</option>" for name in exercise.options)
        control = f'<select {key}><option value="">choose</option>{options}</select>'
    else:
        control = f'<input type="text" {key} autocapitalize="off" spellcheck="false">'
    return f"<label>{escape(label)} {control}</label>"


def depart_exercise(translator, node: exercise_node) -> None:
    exercise = record_of(number_of(node["label"]))
    if exercise is not None and node["solution"]:
        translator.body.append(form(exercise, node["solution"]))
    translator.body.append("</div>\n")


def visit_exercise(translator, node: exercise_node) -> None:
    translator.body.append(translator.starttag(node, "div", CLASS="admonition"))


def visit_solution(translator, node: solution_node) -> None:
    translator.body.append(translator.starttag(node, "details", CLASS="solution"))
    translator.body.append(f"<summary>Solution {number_of(node['target_label'])}</summary>\n")


def depart_solution(translator, node: solution_node) -> None:
    translator.body.append("</details>\n")


def setup(app: Sphinx) -> None:
    app.setup_extension("sphinx_exercise")
    app.add_post_transform(PlainTitles)
    app.connect("doctree-read", name_exercises, priority=900)  # after sphinx-exercise
    app.add_node(exercise_node, override=True, html=(visit_exercise, depart_exercise))
    app.add_node(solution_node, override=True, html=(visit_solution, depart_solution))
