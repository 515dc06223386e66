"""Exercises: their author's number, a form that answers them on the page, solutions that fold.

The form and answer.js judge by the record of the notebook's check: dlcore/teaching/exercises.py.
"""

import itertools

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx_exercise.nodes import exercise_node, exercise_subtitle, solution_node, solution_title

from dlcore.teaching.exercises import Exercise, chapter_exercises
from publishing.render import render


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


def on_pages(app: Sphinx) -> dict[str, list[str]]:
    """The numbers of the exercises that each page can judge, in the order of the page."""
    found: dict[str, list[str]] = {}
    registry = getattr(app.env, "sphinx_exercise_registry", {})  # none in a book without exercises
    for label, entry in registry.items():
        exercise = record_of(number_of(label)) if entry["type"] == "exercise" else None
        if exercise is not None and exercise.page_record() is not None:
            found.setdefault(entry["docname"], []).append(exercise.id)
    return dict(sorted(found.items()))


def tell_exercises(app: Sphinx, page: str, template: str, context: dict, doctree) -> None:
    """To the templates: what progress.js counts."""
    if not hasattr(app, "exercises_on_pages"):
        app.exercises_on_pages = on_pages(app)
    context["exercises"] = app.exercises_on_pages


def form(exercise: Exercise, solution: str) -> str:
    """The form that answers an exercise; solution is the id of the folded solution.

    An exercise that only a kernel can judge gets a line that says so.
    """
    record = exercise.page_record()
    key, numbers = f"answer-{exercise.id.replace('.', '-')}", itertools.count(1)
    rows = {} if record is None else exercise.fields()
    return render(
        "exercise.html",
        record=record,
        rows={r: {f"{key}-{next(numbers)}": one for one in labels} for r, labels in rows.items()},
        options=exercise.options,
        solution=solution,
    )


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
    app.connect("html-page-context", tell_exercises)
    app.add_node(exercise_node, override=True, html=(visit_exercise, depart_exercise))
    app.add_node(solution_node, override=True, html=(visit_solution, depart_solution))
