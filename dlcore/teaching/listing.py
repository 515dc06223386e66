"""Code on the page: a function or a class of dlcore as it stands in its module."""

import inspect
import textwrap
from typing import Any


def source(*things: Any) -> None:
    """Print the source of functions, methods or classes, each whole: ``source(Adam.direction)``.

    Raises TypeError for what has no source text of its own.
    """
    for thing in things:
        try:
            text = inspect.getsource(thing)
        except (OSError, TypeError):
            raise TypeError(f"source: expected functions or classes, got {thing!r}") from None
        print(textwrap.dedent(text))
