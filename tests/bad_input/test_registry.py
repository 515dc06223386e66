"""No public entry is forgotten: each is in the register, or here with the reason why not."""

import importlib
import inspect
import pathlib

import pytest

import dlcore

from . import entries  # noqa: F401  (fills the register)
from .refusal import ENTRIES

MODULES = tuple(
    sorted(file.stem for file in pathlib.Path(dlcore.__file__).parent.glob("[a-z]*.py"))
)

#: Modules and classes that are no entries, with all that is in them.
WHOLE = {
    "backend": "plumbing: arrays that an entry has checked (namespace and prototype have cases)",
    "contracts": "the checks of what a reader wrote; see test_contracts.py",
    "checks": "the checks themselves, tried through every entry that uses them",
    "activations.Function": "a base class",
    "initializers.Initializer": "a base class",
    "layers.Layer": "a base class",
    "losses.Loss": "a base class",
    "schedules.Schedule": "a base class",
    "optimizers.Optimizer": "a base class",
    "perceptron.Unit": "a base class",
    "layers.Parameter": "a record",
    "network.Caches": "a record of forward, only read",
    "perceptron.Step": "a record",
    "initializers.VarianceScaling": "a base class",
    "perceptron.Trace": "a record of fit, only read",
    "spiking.Potential": "a record",
    "hopfield.Recall": "a record",
    "history": "records of fit, only read",
    "checkpoint.Checkpoint": "what save and load do, tried through them",
    "checkpoint.Resume": "a part of fit",
    "early_stopping.EarlyStopping": "a part of fit",
    "distributed": "needs other processes; see tests/processes and test_distributed.py",
    "fingerprint": "a part of checkpoint: describes what they have checked",
}

#: Functions and methods that are no entries: "name" in any class, or "module.name".
PARTS = {
    "deriv": "receives z and a = h(z), as the call before has checked and returned them",
    "activations.value": "the formula behind __call__, which checks z",
    "initializers.draw": "the formula behind __call__, which checks the arguments",
    "initializers.variance": "a part of __call__",
    "checkpoint.check_bound": "a check",
    "compiled.check_compilable": "a check",
    "compiled.__call__": "compiles; what it refuses is in test_compiled.py",
    "regularizers.penalized": "a part of fit",
    "input_grad": "receives the cache of forward, and g as Network.backward has checked it",
    "param_grad": "receives the cache of forward, and g as Network.backward has checked it",
    "new_buffers": "receives the cache of forward",
    "init": "is called by the network with its own generator",
    "layers.check_features": "a check",
    "normalization.check": "a check",
    "images.check": "a check",
    "normalization.statistics": "a part of forward",
    "boltzmann.statistics": "a part of cd, which checks v",
    "normalization.grouped": "a part of forward",
    "noise.draw": "a part of forward",
    "noise.noisy": "the formula behind forward, which checks x",
    "normalization.count": "a part of forward",
    "images.pad": "a part of forward",
    "images.patches": "a part of forward",
    "images.matrix": "a part of forward",
    "images.rows": "a part of both derivatives",
    "images.windows": "a part of forward",
    "images.add_windows": "a part of input_grad",
    "perceptron.with_one": "a part of Unit.inputs, which checks X",
    "network.without_frozen": "a part of backward and of fit",
    "network.check_input": "a check",
    "network.check_gradient": "a check",
    "network.running": "a part of forward",
    "recurrent.check_sequences": "a check",
    "recurrent.steps": "a part of forward",
    "recurrent.sequences": "a part of forward",
    "recurrent.rows": "a part of forward",
    "recurrent.like_steps": "a part of forward",
    "recurrent.delta": "a part of input_grad and param_grad",
    "attention.check_queries": "a check",
    "attention.split": "a part of forward",
    "attention.join": "a part of forward",
    "attention.inner_grad": "a part of input_grad and param_grad",
    "attention.weights": "receives the cache of forward",
    "embedding.check": "a check",
    "embedding.places": "a part of forward",
    "ngram.cut": "a part of count and of the likelihoods",
    "ngram.known": "a check",
    "alignment.check_feedback": "a check",
    "graph.check_node": "a check",
    "graph.edges": "a part of the sweeps",
    "optimizers.per_network": "a check",
    "optimizers.checked": "a check",
    "optimizers.slices": "a part of step",
    "optimizers.prepare": "a part of step",
    "optimizers.direction": "the formula behind step, which checks g",
    "optimizers.update_moments": "a part of direction",
    "optimizers.mu": "a part of direction",
    "losses.mean": "the formula behind value, which checks y",
    "losses.target": "a check",
    "losses.validate": "a check",
    "losses.check_range": "a check",
    "losses.column": "a check",
    "losses.terms": "the formula behind value",
    "losses.slope": "the formula behind grad",
    "schedules.__call__": "η(t), for every step",
    "schedules.choose": "a part of η(t)",
    "schedules.cos": "a part of η(t)",
    "normalization.standardized": "a part of forward",
    "losses.zero_times": "a part of value",
    "activations.less_maximum": "a part of softmax, which checks z",
    "losses.from_labels": "a part of target",
    "losses.smooth": "a part of value and grad",
    "regularizers.strength": "a part of value and grad",
    "perceptron.error": "the formula behind fit, which checks its arguments",
    "perceptron.decide": "a part of __call__",
    "perceptron.labels": "a check",
    "perceptron.mistakes": "a part of accuracy",
}

OPERATORS = (
    "__call__",
    "__add__",
    "__radd__",
    "__sub__",
    "__rsub__",
    "__mul__",
    "__rmul__",
    "__truediv__",
    "__rtruediv__",
    "__pow__",
    "__rpow__",
    "__neg__",
    "__abs__",
)


def methods(c):
    """The public methods of a class, its bases' in dlcore included."""
    for base in c.__mro__:
        if base.__module__.startswith("dlcore."):
            for name, f in vars(base).items():
                if inspect.isfunction(f) and (not name.startswith("_") or name in OPERATORS):
                    yield name


def public(module):
    """The public entries that a module defines: "Linear", "Linear.forward", "accuracy", …"""
    for name, thing in vars(module).items():
        if name.startswith("_") or getattr(thing, "__module__", None) != module.__name__:
            continue
        if inspect.isclass(thing):
            yield name
            for method in dict.fromkeys(methods(thing)):
                yield f"{name}.{method}"
        elif inspect.isfunction(thing):
            yield name


def reason(module, name):
    """Why an entry needs no case, or None."""
    owner, _, method = name.partition(".")
    thing = getattr(importlib.import_module(f"dlcore.{module}"), owner)
    thing = getattr(thing, method) if method else thing
    if set(inspect.signature(thing).parameters) <= {"self"}:
        return "takes no arguments"
    keys = (module, f"{module}.{owner}")
    part = method or name
    return next(
        (
            why[key]
            for why, key in [(WHOLE, k) for k in keys]
            + [(PARTS, part), (PARTS, f"{module}.{part}")]
            if key in why
        ),
        None,
    )


def inherited(module, name, covered):
    """True for a method that a base class of the same module has a case for."""
    owner, _, method = name.partition(".")
    c = getattr(importlib.import_module(f"dlcore.{module}"), owner)
    bases = c.__mro__[1:] if method and inspect.isclass(c) else ()
    return any(f"{b.__module__.partition('.')[2]}.{b.__name__}.{method}" in covered for b in bases)


@pytest.mark.parametrize("name", MODULES)
def test_every_public_entry_has_cases_or_a_reason(name):
    module = importlib.import_module(f"dlcore.{name}")
    covered = {entry.name for entry in ENTRIES}
    missing = [
        entry
        for entry in public(module)
        if f"{name}.{entry}" not in covered
        and not reason(name, entry)
        and not inherited(name, entry, covered)
    ]
    assert not missing


def test_every_name_in_the_register_and_in_the_lists_exists():
    for name in {entry.name for entry in ENTRIES} | set(WHOLE):
        module, *path = name.split(".")
        thing = importlib.import_module(f"dlcore.{module}")
        for part in path:
            thing = getattr(thing, part)
    used = {f"{m}.{e}" for m in MODULES for e in public(importlib.import_module(f"dlcore.{m}"))}
    parts = {(e.split(".")[0], e.split(".")[-1]) for e in used}
    for name in PARTS:
        module, _, part = name.rpartition(".")
        assert any(part == p and module in ("", m) for m, p in parts), name


def test_a_forgotten_entry_is_noticed():
    covered = {entry.name for entry in ENTRIES} - {"optimizers.Adam", "hebbian.hebb"}
    for module, name in (("optimizers", "Adam"), ("hebbian", "hebb")):
        assert f"{module}.{name}" not in covered and not reason(module, name)
        assert not inherited(module, name, covered)
        assert name in public(importlib.import_module(f"dlcore.{module}"))
