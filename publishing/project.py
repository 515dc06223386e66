"""Where things are in a project, and what a build of it depends on."""

import hashlib
import os
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
DOWNLOADS = "_downloads"  # the folder of the site that holds notebooks and the package
IGNORED = ["__pycache__", ".ipynb_checkpoints", ".DS_Store", "*.egg-info"]


class Failure(Exception):
    """A command failed for the reason that its text gives; no traceback is shown."""


def wheel_name() -> str:
    """The file name of dlcore's wheel: dlcore_book-0.1.0-py3-none-any.whl."""
    with open(REPOSITORY / "pyproject.toml", "rb") as file:
        project = tomllib.load(file)["project"]
    return f"{project['name'].replace('-', '_')}-{project['version']}-py3-none-any.whl"


@dataclass(frozen=True)
class Project:
    """A folder with _config.yml, _toc.yml, book/ and dlcore/, and the folder for its output."""

    root: Path
    build: Path
    toc: Path = None

    def __post_init__(self):
        object.__setattr__(self, "toc", self.toc or self.root / "_toc.yml")

    @classmethod
    def here(cls) -> "Project":
        """The checkout that this file is in; DLCORE_BUILD names another folder for the output."""
        build = os.environ.get("DLCORE_BUILD", REPOSITORY / "_build")
        return cls(REPOSITORY, Path(build).resolve())

    @property
    def book(self) -> Path:
        return self.root / "book"

    @property
    def site(self) -> Path:
        return self.build / "html"

    @property
    def config(self) -> Path:
        return self.root / "_config.yml"

    def preview(self, name: str) -> "Project":
        """A project with the same sources whose only page is the chapter called name."""
        if not (self.book / f"{name}.ipynb").exists():
            known = ", ".join(path.stem for path in sorted(self.book.glob("*.ipynb")))
            raise Failure(f"There is no book/{name}.ipynb; there are: {known}")
        build = self.build / "preview" / name
        build.mkdir(parents=True, exist_ok=True)
        toc = build / "_toc.yml"
        toc.write_text(f"format: jb-book\nroot: {name}\n", encoding="utf-8")
        return Project(self.root, build, toc)

    def pages(self) -> list[str]:
        """Names of all pages in the table of contents, the landing page first."""
        entry = re.compile(r"^\s*(?:-\s+)?(?:root|file):\s*([\w./-]+)", re.MULTILINE)
        return entry.findall(self.toc.read_text(encoding="utf-8"))

    def first_page(self) -> Path:
        return self.site / f"{self.pages()[0]}.html"

    def chapters(self) -> list[Path]:
        """The notebooks in the table of contents, in its order."""
        notebooks = (self.book / f"{name}.ipynb" for name in self.pages())
        return [path for path in notebooks if path.exists()]

    def engine(self) -> str:
        """Hash of all that a notebook's result depends on, except the notebook itself."""
        names = ["requirements.txt", "constraints.txt", "pyproject.toml", "book/data", "dlcore"]
        return digest(self.root, [*names, "publishing/execute.py"])

    def inputs(self) -> str:
        """Hash of all that the website depends on."""
        names = ["_toc.yml", "_config.yml", "book", "publishing"]
        return digest(self.root, names, salt=self.engine())


def digest(root: Path, names: Iterable[str], salt: str = "") -> str:
    """Hash of the files called names under root, folders with all that is in them."""
    total = hashlib.sha256(salt.encode())
    for name in names:
        start = root / name
        for path in sorted(start.rglob("*")) if start.is_dir() else [start]:
            ignored = any(fnmatch(part, pattern) for part in path.parts for pattern in IGNORED)
            if path.is_file() and not ignored:
                total.update(path.relative_to(root).as_posix().encode())
                total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()[:16]
