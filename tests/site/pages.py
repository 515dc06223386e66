"""Which pages hold what: told by the sources, and held against the built website."""

from pathlib import Path

import pytest

from publishing.project import Project

PAGES = Project.here().pages()
ALL = [*PAGES, "search", "404"]
CHAPTERS = [path.stem for path in Project.here().chapters()]


def chapters_with(words: str) -> list[str]:
    """The notebooks whose source has these words."""
    chapters = Project.here().chapters()
    return [path.stem for path in chapters if words in path.read_text(encoding="utf-8")]


def pages_with(site: Path, html: str) -> set[str]:
    """The pages of the website whose HTML has this."""
    pages = Project.here().pages()
    return {name for name in pages if html in (site / f"{name}.html").read_text(encoding="utf-8")}


def opened_once(names: list[str]):
    """Run a test for each of these pages, which is opened once for all tests of the module."""
    return pytest.mark.parametrize("opened_page", names, indirect=True)


def lay_out(page) -> None:
    """Lay out all of the page, what is far away as well."""
    page.add_style_tag(content="* { content-visibility: visible !important }")
