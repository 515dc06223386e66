"""The wheel of dlcore: the library alone, its licences, silent in a stranger's environment."""

import email
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import nbformat
import pytest
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import dlcore
from publishing import downloads
from publishing.project import IGNORED, REPOSITORY, wheel_name

INFO = f"{'-'.join(wheel_name().split('-')[:2])}.dist-info"
OWN = re.compile(r"(dlcore|publishing|__editable__).*|.*\.(pth|py[co])|__pycache__")
PLAIN = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "matplotlib", "ipywidgets", "tqdm", "safetensors"):
            raise ImportError(f"{name} is not installed")
sys.meta_path.insert(0, Refuse())
"""
STRANGER = new_notebook(
    cells=[
        new_markdown_cell("# A stranger's page\n\nOne page with one output.", id="words"),
        new_code_cell(
            "print(1)", id="code", outputs=[new_output("stream", name="stdout", text="1\n")]
        ),
    ],
    metadata={"language_info": {"name": "python", "pygments_lexer": "ipython3"}},
)


@pytest.fixture(scope="module")
def tree(tmp_path_factory) -> Path:
    """A copy of the whole checkout, for what a build leaves behind."""
    folder = tmp_path_factory.mktemp("tree") / "book"
    skipped = shutil.ignore_patterns(*IGNORED, ".*", "_build", "build", "lab", "mutants")
    return shutil.copytree(REPOSITORY, folder, ignore=skipped)


@pytest.fixture(scope="module")
def wheel(tree, tmp_path_factory) -> Path:
    """What `pip wheel .` makes of it."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation"]
    command = [*pip, "--wheel-dir", str(folder), "."]
    done = subprocess.run(command, cwd=tree, env=downloads.DATED, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / wheel_name()


@pytest.fixture(scope="module")
def content(wheel) -> dict[str, str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_it_holds_the_library_with_its_data_and_nothing_else(content):
    source = [p for p in (REPOSITORY / "dlcore").rglob("*") if p.is_file()]
    names = {path.relative_to(REPOSITORY).as_posix() for path in source}
    names = {name for name in names if not name.endswith(".pyc")}
    assert {name for name in content if not name.startswith(f"{INFO}/")} == names
    assert "dlcore/py.typed" in names
    assert sum(name.endswith("/data/50yrs/specint.dat") for name in names) == 1


def test_it_registers_nothing_with_anybody(content):
    assert f"{INFO}/entry_points.txt" not in content
    assert not any(name.endswith(".pth") for name in content)
    assert content[f"{INFO}/top_level.txt"].split() == ["dlcore"]


def test_its_metadata_name_every_licence_in_it(content):
    metadata = email.message_from_string(content[f"{INFO}/METADATA"])
    assert metadata["Name"] == "dlcore-book"
    assert metadata["License-Expression"] == "BSD-3-Clause AND CC-BY-4.0"
    texts = [content[f"{INFO}/licenses/{name}"] for name in metadata.get_all("License-File")]
    assert any("Redistribution and use in source and binary forms" in text for text in texts)
    assert any("Attribution 4.0 International Public License" in text for text in texts)
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert "pip install dlcore\n" not in metadata.get_payload()


def test_the_example_of_its_description_runs_without_extras(content):
    """README.md is what the package index shows: NumPy and array-api-compat are enough for it."""
    text = email.message_from_string(content[f"{INFO}/METADATA"]).get_payload()
    (code,) = re.findall(r"```python\n(.*?)```", text, re.S)
    assert "100 epochs" in run(sys.executable, "-c", PLAIN + code, cwd=REPOSITORY)


def test_the_website_offers_the_same_wheel_in_each_build(wheel, tmp_path):
    downloads.build_wheel(tmp_path)
    assert (tmp_path / wheel_name()).read_bytes() == wheel.read_bytes()


def test_its_version_is_the_same_everywhere():
    with open(REPOSITORY / "pyproject.toml", "rb") as file:
        version = tomllib.load(file)["project"]["version"]
    citation = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text(encoding="utf-8"))
    assert version == dlcore.__version__ == citation["version"]
    for name in ("how_to_use.md", "how_to_cite.md"):
        text = (REPOSITORY / "book" / name).read_text(encoding="utf-8")
        assert set(re.findall(r"\b\d+\.\d+\.\d+\b", text)) == {version}, name


@pytest.fixture(scope="module")
def stranger(wheel, tmp_path_factory) -> Path:
    """The interpreter of an environment with everything that is here, and of us only the wheel."""
    folder = tmp_path_factory.mktemp("stranger")
    venv.create(folder / "env", symlinks=os.name != "nt")
    python = folder / "env" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    packages = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"))
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if not OWN.fullmatch(path.name):
            (packages / path.name).symlink_to(path)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    run(*pip, "--target", str(packages), str(wheel))
    return python


def run(*command, **options) -> str:
    """What the command prints; it must end well."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        **options,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout.strip()


def test_a_strangers_book_builds_with_it_installed_in_silence(stranger, tmp_path):
    where = run(stranger, "-c", "import dlcore; print(dlcore.__file__)", cwd=tmp_path)
    assert Path(where).is_relative_to(stranger.parents[1])
    (tmp_path / "conf.py").write_text('extensions = ["myst_nb"]\nnb_execution_mode = "off"\n')
    nbformat.write(STRANGER, tmp_path / "index.ipynb")
    sphinx = [stranger, "-m", "sphinx", "-q", "-W", "-n", tmp_path, tmp_path / "html"]
    assert run(*sphinx, cwd=tmp_path) == ""
    assert "A stranger" in (tmp_path / "html" / "index.html").read_text(encoding="utf-8")
