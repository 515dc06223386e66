"""Exercises keep their author's number; solutions fold as <details>, without a script."""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx_exercise.nodes import exercise_node, exercise_subtitle, solution_node, solution_title


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
    """A reference to ex-8-2 reads “Exercise 8.2”."""
    labels = app.env.get_domain("std").labels
    for node in doctree.findall(exercise_node):
        label = node["label"]
        labels[label] = (app.env.docname, label, f"Exercise {number_of(label)}")


def number_of(label: str) -> str:
    """The number in a label: ex-8-2 is 8.2."""
    return ".".join(label.split("-")[1:])


def visit_solution(translator, node: solution_node) -> None:
    translator.body.append(translator.starttag(node, "details", CLASS="solution"))
    translator.body.append(f"<summary>Solution {number_of(node['target_label'])}</summary>\n")


def depart_solution(translator, node: solution_node) -> None:
    translator.body.append("</details>\n")


def setup(app: Sphinx) -> None:
    app.setup_extension("sphinx_exercise")
    app.add_post_transform(PlainTitles)
    app.connect("doctree-read", name_exercises, priority=900)  # after sphinx-exercise
    app.add_node(solution_node, override=True, html=(visit_solution, depart_solution))
