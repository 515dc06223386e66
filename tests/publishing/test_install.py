"""The environment: ranges and exact versions agree, an installed torch is left alone."""

import subprocess
import sys

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from publishing.install import constraints_for, python_of, torch_of
from publishing.project import REPOSITORY, Project

PLAIN = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in sys.stdlib_module_names and top != "publishing":
            raise ImportError(f"{name} is not in the standard library")
sys.meta_path.insert(0, Refuse())
import publishing.__main__ as commands
sys.exit(commands.main("help"))
"""


def requirements() -> dict[str, Requirement]:
    lines = (REPOSITORY / "requirements.txt").read_text().splitlines()
    found = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(requirement.name): requirement for requirement in found}


def constraints() -> dict[str, str]:
    lines = (REPOSITORY / "constraints.txt").read_text().splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in pairs}


def test_every_requirement_has_an_exact_version_in_its_range():
    exact = constraints()
    for name, requirement in requirements().items():
        assert requirement.specifier, f"{name} has no range"
        assert requirement.specifier.contains(exact[name]), name


def test_installed_torch_is_not_constrained():
    project = Project.here()
    assert "\ntorch==" in constraints_for(project, free=set())
    free = torch_of(python_of(project))
    assert {"torch", "sympy", "typing-extensions"} <= free
    without = constraints_for(project, free)
    assert "\ntorch==" not in without and "\nsympy==" not in without and "\nnumpy==" in without


def test_install_and_help_need_the_standard_library_alone():
    here = f"import sys; sys.path.insert(0, {str(REPOSITORY)!r})"
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"{here}\n{PLAIN}"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "book" in done.stdout
