"""A sample answer of an exercise as a reader types it into the fields of the page."""

import numpy as np


def typed(exercise, given) -> list[str] | None:
    """The texts of the fields in their order; None where the form cannot take such an answer."""
    if exercise.page_record() is None:
        return None
    fields = sum(map(len, exercise.fields().values()))
    if exercise.kind == "choice":
        items = exercise.answer if isinstance(exercise.answer, dict) else None
        if items is None:
            return [given] if given in exercise.options else None
        whole = isinstance(given, dict) and set(given) == set(items)
        return [given[item] for item in items] if whole else None
    numbers = [repr(float(number)) for number in np.ravel(given)]
    if fields == 1:
        return [" ".join(numbers)]
    return numbers if np.shape(given) == np.shape(exercise.answer) else None


def typed_samples(exercise):
    """(state, texts, the check's verdict) for every sample of an exercise that can be typed."""
    samples = [*exercise.right, *(given for given, _ in exercise.wrong)]
    for given in samples:
        texts = typed(exercise, given)
        if texts is not None:
            state, text = exercise.verdict(given)
            yield state, texts, text
