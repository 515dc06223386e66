"""Controls that change nothing in some states: what an author says, and what the pictures say.

Both are sets of triples (control, other, text): where ``other`` has the value that is written
``text``, whatever the rest, moving ``control`` changes nothing.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from dlcore.teaching.controls import among, text


def declared(given: dict | None, controls: Sequence) -> set:
    """The triples of ``explore(…, unused=given)``; ValueError for unknown names or values."""
    known = {c.name: c for c in controls}
    triples = set()
    for name, cases in (given or {}).items():
        for key in (name, *cases):
            if key not in known:
                raise ValueError(f"unused names {key!r}; the controls are {', '.join(known)}")
        if name in cases:
            raise ValueError(f"unused: whether {name} is of use cannot depend on {name} itself")
        for other, values in cases.items():
            found = [among(other, "unused", value, known[other].values) for value in values]
            triples |= {(name, other, text(value)) for value in found}
    return triples


def seen(controls: Sequence, looks: Iterable) -> set:
    """The triples of the page; ``looks`` are its states in order, equal where nothing changes."""
    looks = list(looks)
    number = {look: i for i, look in enumerate(dict.fromkeys(looks))}
    grid = np.array([number[look] for look in looks]).reshape([len(c.site) for c in controls])
    movable = [i for i, c in enumerate(controls) if len(c.site) > 1]
    triples = set()
    for i in movable:
        same = (grid == grid.take([0], axis=i)).all(axis=i, keepdims=True)
        for j in set(movable) - {i}:
            always = same.all(axis=tuple(k for k in range(grid.ndim) if k != j))
            texts = np.array(controls[j].site_texts)[always]
            triples |= {(controls[i].name, controls[j].name, str(t)) for t in texts}
    return triples


def check(triples: set, controls: Sequence, pictures: list, sentences: list) -> None:
    """ValueError if an author's triples are not what the page's states show.

    A control that they name leaves the picture as it is; one that leaves picture and sentence as
    they are, they name.
    """
    site = {c.name: c.site_texts for c in controls if len(c.site) > 1}
    said = {(c, other, t) for c, other, t in triples if c in site and t in site.get(other, ())}
    for name, other, value in sorted(said - seen(controls, pictures)):
        raise ValueError(
            f"unused says that {name} changes nothing where {other} is {value}; the picture changes"
        )
    for name, other, value in sorted(seen(controls, zip(pictures, sentences, strict=True)) - said):
        raise ValueError(
            f"{name} changes nothing where {other} is {value}; say so: "
            f"unused=dict({name}={{{other!r}: [{value}]}})"
        )
