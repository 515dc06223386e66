"""The forms of a page's exercises."""

import json

from publishing.extension.exercises import record_of
from tests.site.experiments import come_near
from tests.teaching.typed import typed_samples

FORMS = "form.exercise-answer"


def exercises(page):
    """(form, {state: texts}), with a right and a wrong sample, for each form of the page."""
    for form in page.locator(FORMS).all():
        come_near(page, form.element_handle())
        exercise = record_of(json.loads(form.locator("script").text_content())["id"])
        yield form, {state: texts for state, texts, _ in typed_samples(exercise)}


def answer_all_wrongly(page) -> None:
    """Two wrong answers in every form, faster than by keyboard."""
    for form, samples in exercises(page):
        form.evaluate(FILL, samples["wrong"])
        assert form.get_attribute("data-state") == "wrong"


FILL = """(form, texts) => {
  form.querySelectorAll('input, select').forEach((field, i) => { field.value = texts[i]; });
  form.requestSubmit();
  form.requestSubmit();
}"""
