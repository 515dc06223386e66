"""The figures of the book, in one style: data, decision regions, histories, networks, bent grids.

A class is told by its colour and by its marker: 0 is a vermillion circle, 1 a blue square.
Data and networks may be NumPy's or torch's.  Every function draws into the axes it is given.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.lines import AxLine
from matplotlib.ticker import FuncFormatter, NullFormatter

from dlcore.backend import Array, asarray, to_numpy
from dlcore.network import Network

# Okabe and Ito's colours, told apart with every common kind of colour vision.
COLORS = (
    "#D55E00",
    "#0072B2",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#000000",
    "#8A8A00",
    "#7A4FBF",
    "#5A5A5A",
)
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*")
INK = "#222222"
PALE = LinearSegmentedColormap.from_list("pale", ["#F2B38C", "#FFFFFF", "#8CBFE0"])

_STYLE = mpl.rc_params_from_file(
    Path(__file__).with_name("style.mplstyle"), use_default_template=False
)


def figure(ncols: int = 1, nrows: int = 1, height: float | None = None, **subplots) -> tuple:
    """A figure in the book's style: (fig, ax), or (fig, array of axes) when there are several.

    One column is 4.8 inches wide, several share 6.4; ``height`` in inches, by default such that
    the panels are a little wider than high.  Further arguments go to ``plt.subplots``.
    """
    plt.rcParams.update(_STYLE)
    width = 4.8 if ncols == 1 else 6.4
    height = nrows * width / ncols * (0.75 if ncols == 1 else 1.0) if height is None else height
    fig, axes = plt.subplots(nrows, ncols, figsize=(width, height), **subplots)
    for ax in np.ravel(axes):
        ax.locator_params(nbins=5)
    return fig, axes


def points(ax: Axes, X: Array, y: Array, size: float = 60, labels: Sequence | None = None) -> Axes:
    """Scatter the rows of X (N, 2), class by class; y (N,) holds the classes 0, 1, 2 …

    ``labels`` names the classes for the legend (the caller draws it: ``ax.legend()``).
    """
    X, y = _points(X, "points"), to_numpy(y).reshape(-1)
    if len(y) != len(X):
        raise ValueError(f"points: expected {len(X)} classes in y, got {len(y)}")
    for k in np.unique(y).astype(int):
        ax.scatter(
            X[y == k, 0],
            X[y == k, 1],
            s=size,
            c=COLORS[k % 10],
            marker=MARKERS[k % 10],
            edgecolors="white",
            linewidths=0.8,
            zorder=3,
            label=None if labels is None else labels[k],
        )
    return ax


def decision_regions(
    ax: Axes,
    f: Callable,
    X: Array | None = None,
    y: Array | None = None,
    bounds: tuple | None = None,
    resolution: int = 121,
) -> Axes:
    """Shade the plane by the probability of class 1 and draw the line where it is ½.

    f        maps (N, 2) to probabilities (N,) or (N, 1), or to class probabilities (N, K);
             or a Network, whose logits go through the sigmoid or the softmax here
    bounds   (x1_min, x1_max, x2_min, x2_max), by default around the data
    Of K ≥ 3 classes the most probable one gives the colour.
    """
    if bounds is None:
        if X is None:
            raise ValueError("decision_regions: expected bounds or data X, got neither")
        bounds = _around(_points(X, "decision_regions"))
    x1 = np.linspace(bounds[0], bounds[1], resolution)
    x2 = np.linspace(bounds[2], bounds[3], resolution)
    grid = np.stack(np.meshgrid(x1, x2), axis=-1).reshape(-1, 2)
    p = _probabilities(f, grid)
    if p.ndim == 1:
        p = p.reshape(resolution, resolution)
        if np.isin(p, (0, 1)).all():  # hard answers: round off the staircase of the grid
            p = _smoothed(p)
        ax.imshow(
            p,
            origin="lower",
            extent=bounds,
            aspect="auto",
            cmap=PALE,
            vmin=0,
            vmax=1,
            interpolation="bilinear",
            zorder=0,
        )
        if p.min() < 0.5 < p.max():
            ax.contour(x1, x2, p, levels=[0.5], colors=INK, linewidths=1.6, zorder=2)
    else:
        colors = np.array([to_rgb(c) for c in COLORS])
        winner, strength = p.argmax(1), 0.45 * p.max(1, keepdims=True)
        shade = 1 - strength * (1 - colors[winner % 10])
        ax.imshow(
            shade.reshape(resolution, resolution, 3),
            origin="lower",
            extent=bounds,
            aspect="auto",
            interpolation="nearest",
            zorder=0,
        )
        for k in np.unique(winner):  # where class k stops being the most probable
            lead = p[:, k] - np.delete(p, k, axis=1).max(1)
            if lead.min() < 0 < lead.max():
                ax.contour(
                    x1,
                    x2,
                    lead.reshape(resolution, resolution),
                    levels=[0.0],
                    colors=INK,
                    linewidths=1.0,
                )
    if X is not None and y is not None:
        points(ax, X, y)
    ax.set(xlim=bounds[:2], ylim=bounds[2:], xlabel="$x_1$", ylabel="$x_2$")
    return ax


def boundary(ax: Axes, w: Array, arrow: bool = True, **line) -> AxLine | None:
    """Draw b + w₁x₁ + w₂x₂ = 0 for w = (b, w₁, w₂), and an arrow to its positive side.

    The limits of the axes stay as they are.  Returns None when w₁ = w₂ = 0: there is no line.
    """
    w = to_numpy(w).astype(float).reshape(-1)
    if w.shape != (3,):
        raise ValueError(f"boundary: expected w = (b, w1, w2), got {w.size} numbers")
    b, normal = w[0], w[1:]
    length = np.hypot(*normal)
    if length == 0:
        return None
    normal = normal / length
    xlim, ylim = ax.get_xlim(), ax.get_ylim()
    centre = np.array([np.mean(xlim), np.mean(ylim)])
    foot = centre - (centre @ normal + b / length) * normal  # of the line, nearest to the centre
    style: dict = dict(color=INK, linewidth=1.8, zorder=2) | line
    drawn = ax.axline(foot, foot + np.array([-normal[1], normal[0]]), **style)
    if arrow:
        reach = 0.1 * min(np.ptp(xlim), np.ptp(ylim))
        ax.annotate(
            "",
            foot + reach * normal,
            foot,
            annotation_clip=True,
            arrowprops=dict(arrowstyle="-|>", color=style["color"], shrinkA=0, shrinkB=0),
        )
    ax.set(xlim=xlim, ylim=ylim)
    return drawn


def history(
    ax: Axes, curves: Any, log: bool = False, xlabel: str = "epoch", ylabel: str = "mean loss $J$"
) -> Axes:
    """Draw what a training left: a History, a dict of lists, a list, or an array (E, T).

    Of an array each row is a thin line and their median a thick one.
    """
    if hasattr(curves, "loss"):
        curves = {"training": curves.loss, "validation": getattr(curves, "validation", None)}
    if not isinstance(curves, dict):
        curves = {"": curves}
    curves = {name: values for name, values in curves.items() if values is not None and len(values)}
    for k, (name, values) in enumerate(curves.items()):
        values = np.asarray([to_numpy(v) for v in values], dtype=float)
        color = mpl.rcParams["axes.prop_cycle"].by_key()["color"][k % 7]
        style = dict(color=color, linestyle=["-", "--", "-.", ":"][k % 4])
        if values.ndim == 2:
            ax.plot(np.arange(1, values.shape[1] + 1), values.T, lw=0.6, alpha=0.35, color=color)
            values = np.median(values, axis=0)
            name = f"{name}, median" if name else "median"
        ax.plot(np.arange(1, len(values) + 1), values, label=name or None, **style)
    if log:
        ax.set_yscale("log")
        low, high = ax.get_ylim()
        plain = FuncFormatter(lambda value, _: f"{value:g}")
        ax.yaxis.set_major_formatter(plain)
        ax.yaxis.set_minor_formatter(plain if high < 10 * low else NullFormatter())
    ax.set(xlabel=xlabel, ylabel=ylabel)
    if any(ax.get_legend_handles_labels()[1]):
        ax.legend()
    return ax


def network_diagram(
    ax: Axes,
    net: Network | list[int],
    weights: list | None = None,
    biases: list | None = None,
    labels: list | None = None,
    values: bool | None = None,
) -> Axes:
    """Draw units as circles and weights as edges: blue positive, vermillion and dashed negative.

    net      a Network, or the sizes [n_in, …, n_out] with ``weights`` [W (n_out, n_in), …] and,
             if wanted, ``biases`` [b (n_out,), …], written into the units
    labels   one list of names for each layer of units (written beside the units)
    values   write the numbers on the edges; by default where no layer has more than 4 units
    """
    sizes, weights, biases = _as_sizes(net, weights, biases)
    values = max(sizes) <= 4 if values is None else values
    strongest = max(float(np.abs(W).max()) for W in weights) or 1.0
    place = [
        np.stack([np.full(n, float(layer)), (n - 1) / 2 - np.arange(n)], axis=1)
        for layer, n in enumerate(sizes)
    ]
    for layer, W in enumerate(weights):
        for j, k in np.ndindex(*W.shape):
            start, end = place[layer][k], place[layer + 1][j]
            color = COLORS[1] if W[j, k] >= 0 else COLORS[0]
            ax.plot(
                *np.stack([start, end]).T,
                color=color,
                zorder=1,
                linestyle="-" if W[j, k] >= 0 else (0, (4, 1.5)),
                linewidth=0.3 + 3.2 * abs(W[j, k]) / strongest,
            )
            if values:  # nearer to the start when edges cross, so that no two values meet
                where = start + (0.30 if k < W.shape[1] / 2 else 0.42) * (end - start)
                ax.text(
                    where[0],
                    where[1],
                    _short(W[j, k]),
                    color=color,
                    ha="center",
                    va="center",
                    bbox=dict(facecolor="white", edgecolor="none", pad=0.8),
                    zorder=2,
                )
    size = 27 if max(sizes) <= 4 else 17 if max(sizes) <= 8 else 11
    for layer, at in enumerate(place):
        ax.plot(*at.T, "o", markersize=size, markerfacecolor="white", markeredgecolor=INK, zorder=3)
        for unit, (x, y) in enumerate(at):
            if layer and biases is not None and values:
                ax.text(
                    x,
                    y,
                    _short(biases[layer - 1][unit]),
                    ha="center",
                    va="center",
                    fontsize=9,
                    zorder=4,
                )
            if labels is not None:
                ax.annotate(
                    labels[layer][unit],
                    (x, y),
                    (0, -size / 2 - 3),
                    va="top",
                    ha="center",
                    textcoords="offset points",
                    zorder=4,
                )
    half = max(sizes) / 2
    ax.set(xlim=(-0.3, len(sizes) - 0.7), ylim=(-half - (0.15 if labels else 0.0), half))
    ax.axis("off")
    return ax


def bent_grid(
    ax: Axes,
    f: Callable,
    X: Array | None = None,
    y: Array | None = None,
    bounds: tuple = (-1.0, 2.0, -1.0, 2.0),
    lines: int = 13,
    layers: int | None = None,
) -> Axes:
    """Draw the image of a square grid under f: (N, 2) → (N, 2), and the images of the data.

    f may be a Network: then its first ``layers`` layers are the map.
    """
    if layers is not None:
        f = _first_layers(f, layers)
    fine = np.linspace(0, 1, 121)
    for t in np.linspace(0, 1, lines):
        along = np.stack([fine, np.full_like(fine, t)], axis=1)
        for square, color in ((along, COLORS[5]), (along[:, ::-1], COLORS[2])):
            image = _plane(
                f, square * [bounds[1] - bounds[0], bounds[3] - bounds[2]] + [bounds[0], bounds[2]]
            )
            ax.plot(*image.T, color=color, lw=0.9, zorder=1)
    if X is not None:
        points(ax, _plane(f, to_numpy(X)), y)
    ax.set(xlabel="$a_1$", ylabel="$a_2$")
    return ax


def _points(X, who):
    X = to_numpy(X)
    if X.ndim != 2 or X.shape[1] != 2:
        raise ValueError(f"{who}: expected points of shape (N, 2), got {X.shape}")
    return X


def _around(X, margin=0.25):
    low, high = X.min(0), X.max(0)
    pad = margin * np.where(high > low, high - low, 1.0)
    return low[0] - pad[0], high[0] + pad[0], low[1] - pad[1], high[1] + pad[1]


def _apply(f, x):
    # f at NumPy points, as NumPy; a network gets the library and dtype of its parameters.
    return to_numpy(f(asarray(x, f.theta) if hasattr(f, "theta") else x))


def _probabilities(f, grid):
    p = _apply(f, grid).astype(float)
    if p.ndim not in (1, 2) or len(p) != len(grid):
        raise ValueError(
            f"decision_regions: expected f to return shape ({len(grid)},), "
            f"({len(grid)}, 1) or ({len(grid)}, K), got {p.shape}"
        )
    if p.ndim == 2 and p.shape[1] == 1:
        p = p[:, 0]
    if hasattr(f, "theta"):  # logits
        if p.ndim == 1:
            return 0.5 + 0.5 * np.tanh(0.5 * p)
        p = np.exp(p - p.max(1, keepdims=True))
        p = p / p.sum(1, keepdims=True)
    return p[:, 1] if p.ndim == 2 and p.shape[1] == 2 else p


def _smoothed(p):
    for _ in range(6):  # weights ¼, ½, ¼ down and across; at the edges the nearest value
        q = np.pad(p, 1, mode="edge")
        q = (q[:-2] + 2 * q[1:-1] + q[2:]) / 4
        p = (q[:, :-2] + 2 * q[:, 1:-1] + q[:, 2:]) / 4
    return p


def _as_sizes(net, weights, biases):
    if weights is None:
        if not hasattr(net, "params"):
            raise ValueError("network_diagram: expected a Network, or sizes and weights")
        matrices = [p for p in net.params if len(p)]
        weights = [to_numpy(p[0]) for p in matrices]
        biases = [to_numpy(p[1]).reshape(-1) for p in matrices]
        net = [weights[0].shape[-1]] + [W.shape[-2] for W in weights]
    sizes, weights = list(net), [to_numpy(W) for W in weights]
    wanted = list(zip(sizes[1:], sizes[:-1], strict=True))
    if [W.shape for W in weights] != wanted:
        raise ValueError(
            f"network_diagram: expected weights of shapes {wanted}, "
            f"got {[W.shape for W in weights]}"
        )
    return sizes, weights, biases


def _short(value):
    digits = 2 if abs(value) < 1 else 1
    text = f"{float(value):.{digits}f}".rstrip("0").rstrip(".")
    return text.replace("-", "−") if text != "-0" else "0"


def _plane(f, x):
    image = _apply(f, x)
    if image.shape != (len(x), 2):
        raise ValueError(
            f"bent_grid: expected f to map ({len(x)}, 2) to ({len(x)}, 2), got {image.shape}"
        )
    return image


def _first_layers(net, layers):
    if not 0 < layers <= len(net.layers):
        raise ValueError(f"bent_grid: expected layers from 1 to {len(net.layers)}, got {layers}")

    def hidden(x):
        x = asarray(x, net.theta)
        for layer, params in zip(net.layers[:layers], net.params, strict=False):
            x, _ = layer.forward(params, x)
        return x

    return hidden
