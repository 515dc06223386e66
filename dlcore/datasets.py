"""Small data sets: X of shape (N, d) in float64 and integer labels y of shape (N,).

The synthetic ones are drawn from a NumPy Generator: the same seed gives the same points everywhere.
iris, digits and breast_cancer ship with scikit-learn; without it they raise ImportError.  Every
function raises ValueError or TypeError for a bad argument, and names it.
"""

from collections.abc import Iterable
from numbers import Integral
from typing import TypeAlias

import numpy as np

from . import checks as check
from .backend import Array, is_integer, to_numpy

Examples: TypeAlias = tuple[np.ndarray, np.ndarray]
Chosen: TypeAlias = Iterable[str | int] | None

# The sixteen functions of two inputs by number, as ``boolean`` counts: AND is 0001, that is 1.
BOOLEAN_NAMES = tuple(
    "false, and, x1 and not x2, x1, x2 and not x1, x2, xor, or, nor, xnor, "
    "not x2, x2 implies x1, not x1, x1 implies x2, nand, true".split(", ")
)

# Functions of any number of inputs: the output as a function of (number of ones, n).
_COUNTING = {
    "false": lambda ones, n: ones < 0,
    "true": lambda ones, n: ones >= 0,
    "and": lambda ones, n: ones == n,
    "nand": lambda ones, n: ones < n,
    "or": lambda ones, n: ones > 0,
    "nor": lambda ones, n: ones == 0,
    "xor": lambda ones, n: ones % 2 == 1,
    "parity": lambda ones, n: ones % 2 == 1,
    "xnor": lambda ones, n: ones % 2 == 0,
    "majority": lambda ones, n: 2 * ones > n,
}


def boolean(function: str | int, n: int = 2) -> Examples:
    """The truth table of a Boolean function: X (2ⁿ, n) in counting order 0…00, 0…01, …; y (2ⁿ,).

    ``function`` is a number, whose 2ⁿ binary digits stand in the column y, the first row first; or
    a name: and, or, nand, nor, xor (parity), xnor, majority, true, false.  The names for two
    inputs, by number: false, and, x1 and not x2, x1, x2 and not x1, x2, xor, or, nor, xnor, not x2,
    x2 implies x1, not x1, x1 implies x2, nand, true."""
    n = check.integer("boolean", "n", n, 1, 16)
    rows = 2**n
    X = (np.arange(rows)[:, None] >> np.arange(n - 1, -1, -1)) & 1
    if isinstance(function, str):
        if n == 2 and function in BOOLEAN_NAMES:
            return boolean(BOOLEAN_NAMES.index(function))
        if function not in _COUNTING:
            known = BOOLEAN_NAMES + ("parity", "majority") if n == 2 else tuple(_COUNTING)
            wanted = f"a function of {n} inputs, one of {', '.join(known)}"
            raise ValueError(f"boolean: expected {wanted}, got unknown function {function!r}")
        y = _COUNTING[function](np.sum(X, axis=1), n).astype(int)
    else:
        k = check.integer("boolean", "function", function, 0, 2**rows - 1)
        y = np.array([k >> (rows - 1 - row) & 1 for row in range(rows)])
    return X.astype(float), y


def moons(n: int = 200, noise: float = 0.1, seed: int = 0) -> Examples:
    """Two half circles, class 0 (cos φ, sin φ) and class 1 (1 − cos φ, ½ − sin φ), 0 ≤ φ ≤ π.
    ``noise`` is the standard deviation of the Gaussian noise added to each coordinate."""
    rng, y = _start("moons", n, noise, seed)
    phi = np.pi * rng.random(n)
    upper = np.stack([np.cos(phi), np.sin(phi)], axis=1)
    X = np.where(y[:, None] == 0, upper, np.array([1.0, 0.5]) - upper)
    return X + noise * rng.standard_normal((n, 2)), y


def rings(n: int = 200, noise: float = 0.1, seed: int = 0, radii: Array = (0.5, 1.0)) -> Examples:
    """Circles around the origin, one for each class: class k on the radius ``radii[k]``."""
    radii = check.numbers("rings", "radii", radii)
    if radii.ndim != 1 or len(radii) == 0 or np.any(radii < 0):
        raise ValueError(f"rings: expected radii ≥ 0, at least one, got {radii!r}")
    rng, y = _start("rings", n, noise, seed, classes=len(radii))
    phi = 2 * np.pi * rng.random(n)
    X = radii[y][:, None] * np.stack([np.cos(phi), np.sin(phi)], axis=1)
    return X + noise * rng.standard_normal((n, 2)), y


def spirals(
    n: int = 200, noise: float = 0.05, seed: int = 0, turns: float = 1.0, classes: int = 2
) -> Examples:
    """Arms that wind around the origin: radius r in [0.1, 1], angle 2π (turns · r + k/classes)."""
    check.number("spirals", "turns", turns)
    classes = check.integer("spirals", "classes", classes, 1)
    rng, y = _start("spirals", n, noise, seed, classes=classes)
    r = np.sqrt(0.01 + 0.99 * rng.random(n))
    phi = 2 * np.pi * (turns * r + y / classes)
    X = r[:, None] * np.stack([np.cos(phi), np.sin(phi)], axis=1)
    return X + noise * rng.standard_normal((n, 2)), y


def blobs(n: int = 200, centers: Array = 2, std: float = 0.5, seed: int = 0) -> Examples:
    """Round Gaussian clouds: class k is N(center k, std²) in every coordinate.
    ``centers`` is an array (K, d), or a number K: then they stand on a circle of radius 2,
    from (2, 0) onwards."""
    if isinstance(centers, Integral):
        K = check.integer("blobs", "centers", centers, 1)
        angle = 2 * np.pi * np.arange(K) / K
        centers = 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    centers = check.numbers("blobs", "centers", centers)
    check.shape("blobs", "centers", centers, ("K ≥ 1", "d ≥ 1"))
    rng, y = _start("blobs", n, std, seed, classes=len(centers), name="std")
    return centers[y] + std * rng.standard_normal((n, centers.shape[1])), y


def separable(n: int = 100, margin: float = 0.1, radius: float = 1.0, seed: int = 0) -> Examples:
    """Points of a disc, none of them nearer than ``margin`` to a random line through its centre.
    Class 1 lies on the side to which the line's unit normal u points, so t u·x ≥ margin."""
    check.number("separable", "margin", margin)
    if margin >= check.positive("separable", "radius", radius):
        raise ValueError(f"separable: expected 0 ≤ margin < radius, got {margin} and {radius}")
    rng, y = _start("separable", n, margin, seed, name="margin")
    angle = 2 * np.pi * rng.random()
    u, v = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    across, along = np.empty(0), np.empty(0)
    while len(across) < n:  # points of the box beside the line, of which those in the disc are kept
        h, c = rng.uniform(margin, radius, 4 * n), rng.uniform(-radius, radius, 4 * n)
        inside = h * h + c * c <= radius**2
        across, along = np.append(across, h[inside]), np.append(along, c[inside])
    return (2 * y - 1)[:, None] * across[:n, None] * u + along[:n, None] * v, y


def iris(classes: Chosen = None, features: Chosen = None) -> Examples:
    """Fisher's flowers: X (150, 4) in cm (sepal length and width, petal length and width), y 0…2.
    ``classes=("setosa", "versicolor")`` keeps two kinds and numbers them 0 and 1 in that order;
    ``features=("petal length", "petal width")`` keeps two columns.  Numbers work as well.
    Fisher 1936, doi:10.1111/j.1469-1809.1936.tb02137.x"""
    data = _sklearn("iris").load_iris()
    names = [name.removesuffix(" (cm)") for name in data.feature_names]
    columns = _choose("iris", "features", features, names)
    X, y = data.data[:, columns].astype(float), data.target.astype(int)
    return _keep(X, y, _choose("iris", "classes", classes, list(data.target_names)))


def digits(classes: Chosen = None) -> Examples:
    """Handwritten digits, 8 × 8 pixels: X (1797, 64) with ink in [0, 1], y 0…9.
    ``classes=(3, 8)`` keeps two digits and numbers them 0 and 1 in that order.
    Alpaydin and Kaynak 1998, doi:10.24432/C50P49"""
    data = _sklearn("digits").load_digits()
    chosen = _choose("digits", "classes", classes, list(range(10)))
    return _keep(data.data.astype(float) / 16.0, data.target.astype(int), chosen)


def breast_cancer(standardize: bool = True) -> Examples:
    """Cell nuclei from biopsies: X (569, 30), y 0 = malignant, 1 = benign.
    The 30 columns have units from 10⁻³ to 10³; ``standardize`` gives each mean 0 and variance 1.
    Street, Wolberg, Mangasarian 1993, doi:10.1117/12.148698"""
    check.boolean("breast_cancer", "standardize", standardize)
    data = _sklearn("breast_cancer").load_breast_cancer()
    X = data.data.astype(float)
    if standardize:
        X = (X - X.mean(axis=0)) / X.std(axis=0)
    return X, data.target.astype(int)


def split(X: Array, y: Array, test: float = 0.2, seed: int = 0) -> tuple:
    """Training and test set, X_train, X_test, y_train, y_test, fixed by the seed.

    Integer labels y (N,): stratified.  Each class gives the fraction ``test`` of its rows to the
    test set, round(test · N) in all, and keeps at least one row on both sides if it has two.
    Floating-point targets (N,) or (N, …): round(test · N) rows, at random."""
    X, y = check.array("split", "X", X), check.array("split", "y", y)
    if y.ndim == 0 or y.ndim > 1 and is_integer(y) or X.ndim == 0 or len(X) != len(y):
        got = f"{tuple(X.shape)} and {tuple(y.shape)}"
        raise ValueError(f"split: expected X (N, …) and y (N,), got {got}")
    if not 0 < check.number("split", "test", test) < 1:
        raise ValueError(f"split: expected the fraction 0 < test < 1, got {test!r}")
    if (N := len(y)) < 2:
        raise ValueError(f"split: expected at least 2 rows, got {N}")
    rng = check.generator("split", seed)
    labels = to_numpy(y) if is_integer(y) else np.zeros(N)  # one class: at random
    classes, sizes = np.unique(labels, return_counts=True)
    exact, quota = test * sizes, np.floor(test * sizes).astype(int)
    missing = int(np.clip(round(test * N), 1, N - 1)) - quota.sum()
    quota[np.argsort(quota - exact, kind="stable")[:missing]] += 1  # largest remainders first
    quota = np.where(sizes > 1, np.clip(quota, 1, sizes - 1), quota)
    in_test = np.zeros(N, dtype=bool)
    for k, count in zip(classes, quota, strict=True):
        in_test[rng.permutation(np.flatnonzero(labels == k))[:count]] = True
    rows = rng.permutation(N)
    train, held_out = rows[~in_test[rows]], rows[in_test[rows]]
    return X[train], X[held_out], y[train], y[held_out]


def _start(who, n, noise, seed, classes=2, name="noise"):
    """The generator and n labels, as equally many of each class as possible, in random order."""
    n, rng = check.integer(who, "n", n, classes), check.generator(who, seed)
    check.number(who, name, noise, 0)
    return rng, rng.permutation(np.arange(n) % classes)


def _sklearn(who):
    try:
        from sklearn import datasets
    except ImportError as error:
        message = f"datasets.{who} needs scikit-learn: python -m pip install scikit-learn"
        raise ImportError(message) from error
    return datasets


def _choose(who, name, chosen, names):
    """Positions in ``names`` of the chosen names or numbers; None means all of them."""
    if chosen is None:
        return list(range(len(names)))
    if isinstance(chosen, str) or not isinstance(chosen, Iterable):
        raise TypeError(f"{who}: expected {name} such as {tuple(names[:2])}, got {chosen!r}")
    chosen, positions = tuple(chosen), []
    for item in chosen:
        number = isinstance(item, Integral) and not isinstance(item, bool)
        if not (0 <= item < len(names) if number else isinstance(item, str) and item in names):
            known = ", ".join(map(str, names))
            raise ValueError(f"{who}: expected {name} among {known}, got unknown {item!r}")
        positions.append(int(item) if number else names.index(item))
    if not positions or len(set(positions)) < len(positions):
        raise ValueError(f"{who}: expected {name} once each, at least one, got {chosen}")
    return positions


def _keep(X, y, classes):
    """The rows of the chosen classes in their old order, the classes renumbered 0, 1, …"""
    number = np.full(y.max() + 1, -1)
    number[classes] = np.arange(len(classes))
    rows = number[y] >= 0
    return X[rows], number[y[rows]]
