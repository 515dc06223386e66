"""The book's own pieces of HTML: templates/, in which Jinja escapes whatever is put in.

Browsers lay out whatever is around a text field or a list of options, however far down.  In a
<template> it waits for its script (experiment.js, answer.js), which takes it out when the reader
comes near.
"""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
# What a script reads, in the page's own letters and short; nothing in it can close its element.
templates.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "separators": (",", ":")}


def render(template: str, **values) -> str:
    return templates.get_template(template).render(values)
