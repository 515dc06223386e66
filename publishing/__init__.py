"""Turns the notebooks of book/ into the website, and keeps them reproducible.

project     where things are, and what a build depends on       (standard library alone)
install     the virtual environment                             (standard library alone)
execute     runs the notebooks, in parallel, through a cache
notebooks   normalises the committed notebooks
website     runs Sphinx on the executed notebooks, checks the pages
extension/  the Sphinx extension: experiments, mathematics, solutions, theme
paper/      the website as one PDF
browser     finds a Chromium for the tests

`python -m publishing help` lists the commands.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  (an older Python gets this far, and no further)
    raise SystemExit(
        "The book needs Python 3.11 or newer; {} is {}.{}.\n"
        "Name another one like this: make book PYTHON=python3.12".format(
            sys.executable, *sys.version_info[:2]
        )
    )
