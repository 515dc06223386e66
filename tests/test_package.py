"""The package as it is imported: a few names, no heavy library, one direction of imports."""

import ast
import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import dlcore

ROOT = Path(dlcore.__file__).parent
HEAVY = ("torch", "matplotlib", "ipywidgets", "sklearn", "scipy", "tqdm", "safetensors", "PIL")
#: Each module may import what stands before it.
LINE = """backend checks activations losses metrics initializers regularizers schedules layers
learned_activations normalization noise images recurrent attention embedding network optimizers
history fingerprint checkpoint early_stopping compiled distributed training gradcheck
contracts""".split()
BESIDE = """datasets graph circuits perceptron separability photoperceptron hebbian hopfield spiking
boltzmann alignment ngram""".split()
#: What dlcore's own modules may have, in lines: it is read as a book is.  500 of them came with the
#: four modules for sequences and text: recurrent, attention, embedding, ngram; 250 with distributed
#: and its part of fit and checkpoint, 300 with compiled, 20 with the scalars that it hoists.
LARGEST = 6950
#: The modules of the package, without what holds data only.
PUBLIC = [
    ".".join(path.relative_to(ROOT.parent).with_suffix("").parts)
    for path in sorted(ROOT.rglob("*.py"))
    if path.stem != "__init__" and "answers" not in path.parts
]


def modules():
    return {path.stem: path for path in ROOT.glob("*.py") if path.stem != "__init__"}


def test_importing_it_needs_numpy_and_array_api_compat_only():
    code = f"""
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {HEAVY}:
            raise ImportError(name)
sys.meta_path.insert(0, Refuse())
import dlcore
net = dlcore.MLP([2, 3, 1])
dlcore.fit(net, dlcore.SigmoidCrossEntropy(), dlcore.Adam(net.theta), [[0.0, 1.0]] * 4, [0, 1] * 2,
           epochs=2, progress=False)
assert not any(name in sys.modules for name in {HEAVY})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_what_is_exported():
    assert 15 <= len(dlcore.__all__) <= 25
    for name in dlcore.__all__:
        assert getattr(dlcore, name).__module__.startswith("dlcore.")


def test_the_core_stays_small():
    lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in ROOT.glob("*.py"))
    assert lines <= LARGEST


def public(module):
    """The public functions and methods that a module defines, by name."""
    for name, thing in vars(module).items():
        if name.startswith("_") or getattr(thing, "__module__", None) != module.__name__:
            continue
        if inspect.isfunction(thing):
            yield name, thing
        for key, member in vars(thing).items() if inspect.isclass(thing) else ():
            function = getattr(member, "fget", getattr(member, "func", member))
            function = inspect.unwrap(getattr(function, "__func__", function))
            if inspect.isfunction(function) and function.__qualname__ == f"{name}.{key}":
                if key in ("__init__", "__call__") or not key.startswith("_"):
                    yield f"{name}.{key}", function


@pytest.mark.parametrize("name", PUBLIC)
def test_what_is_public_has_type_hints(name):
    bare = []
    for where, function in public(importlib.import_module(name)):
        signature = inspect.signature(function)
        for p in signature.parameters.values():
            own = "." in where and p.name in ("self", "cls")
            if p.annotation is p.empty and p.kind is not p.VAR_KEYWORD and not own:
                bare.append(f"{where}({p.name})")
        if signature.return_annotation is signature.empty and not where.endswith("__init__"):
            bare.append(f"{where} -> …")
    assert not bare


def imported(path: Path) -> set[str]:
    """The modules of dlcore that a module imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            found |= {node.module} if node.module else {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("dlcore"):
            found.add(node.module)
    return found


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: path.stem)
def test_checks_are_called_by_their_module(path):
    """``check.integer(…)``: a name such as ``number`` or ``shape`` alone is an argument's, too."""
    assert not re.search(r"from \.*(dlcore\.)?checks import", path.read_text(encoding="utf-8"))


def test_the_list_of_modules_is_whole():
    assert set(LINE) | set(BESIDE) == set(modules())


@pytest.mark.parametrize("name", LINE)
def test_imports_go_in_one_direction(name):
    allowed = set(LINE[: LINE.index(name)])
    assert imported(modules()[name]) <= allowed


@pytest.mark.parametrize("name", BESIDE)
def test_what_stands_beside_imports_no_circle(name):
    reached, waiting = set(), [name]
    while waiting:
        new = imported(modules()[waiting.pop()]) - reached
        assert name not in new
        reached |= new
        waiting += new
