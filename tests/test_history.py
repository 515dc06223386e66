"""What a training leaves behind, as a picture and in words."""

import sys

import numpy as np
import pytest

from dlcore.history import History
from dlcore.metrics import accuracy

from .reference import LIKE
from .test_training import XV, mlp, train, yv

# --- history and metrics ------------------------------------------------------------------------


def test_a_new_history_is_empty():
    history = History(["accuracy"])
    assert (history.epochs, history.steps, history.best, history.diverged) == (0, 0, None, 0)
    assert (history.loss, history.validation, history.metrics) == ([], [], {"accuracy": []})


@pytest.mark.parametrize("copies", [None, 3])
def test_the_history_draws_and_names_itself(copies):
    import matplotlib

    matplotlib.use("agg")
    history = train(mlp(LIKE["numpy"], copies=copies), validation=(XV, yv))
    ax = history.plot()
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_yscale()) == ("epoch", "loss J", "log")
    drawn = ax.lines[0].get_ydata()
    np.testing.assert_allclose(
        drawn,
        np.array(history.loss).reshape(8, -1).mean(1)
        if copies is None
        else np.median(history.loss, axis=1),
    )
    kind = "" if copies is None else ", median"
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert texts == [f"training{kind}", f"validation{kind}"]
    assert all(line.get_xdata().tolist() == list(range(1, 9)) for line in ax.lines)
    assert repr(history).startswith("History(8 epochs, 40 steps, last loss 0.")
    assert repr(History()) == "History(no epochs)"
    history.loss = [np.float64(3.0), np.float64(2.0), np.float64(1.0)]
    assert repr(history) == "History(3 epochs, 40 steps, last loss 1)"
    history.loss = [np.array([1.0, 2.0, 9.0])]
    assert repr(history) == "History(1 epochs, 40 steps, last loss 2 (median))"


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "loss",
    [
        [1.0, np.inf, np.nan],
        [np.inf],
        [],
        [np.array([1.0, 2.0, 3.0]), np.array([1.0, 5.0, np.inf]), np.full(3, np.inf)],
        [np.full(2, np.nan)],
    ],
    ids=["one", "none", "empty", "stack", "no network"],
)
def test_what_is_not_finite_is_not_drawn(loss):
    history = History()
    history.loss = history.validation = loss
    ax = history.plot()
    ax.figure.canvas.draw()
    drawn = [J for line in ax.lines[:1] for J in line.get_ydata() if np.isfinite(J)]
    finite = [J[np.isfinite(J)] for J in map(np.atleast_1d, loss)]
    assert drawn == [np.median(J) for J in finite if len(J)]


def test_a_stack_draws_the_band_of_its_middle_half():
    import matplotlib.pyplot as plt
    from matplotlib.colors import to_rgba

    history = train(mlp(LIKE["numpy"], copies=5), validation=(XV, yv))
    ax = plt.figure().add_subplot()
    ax.plot([1, 8], [1, 1])  # an earlier curve, so that no colour is right by chance
    assert history.plot(ax) is ax
    for values, line, band in zip(
        (history.loss, history.validation), ax.lines[1:], ax.collections, strict=True
    ):
        low, high = np.quantile(values, (0.25, 0.75), axis=1)
        corners = {(round(x), y) for x, y in band.get_paths()[0].vertices}
        assert corners >= {*zip(range(1, 9), low), *zip(range(1, 9), high)}  # noqa: B905
        assert tuple(band.get_facecolor()[0]) == to_rgba(line.get_color(), 0.2)
        assert band.get_linewidth()[0] == 0


def drawn_markers(line):
    """The epochs at which a line really draws a marker."""
    return line.get_xdata()[line.get_markevery()].tolist() if line.get_marker() != "None" else []


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("copies", [None, 3])
def test_a_point_without_neighbours_is_a_marker(copies):
    history = train(mlp(LIKE["numpy"], copies=copies), validation=(XV, yv), epochs=1)
    ax = history.plot()
    ax.figure.canvas.draw()
    assert [drawn_markers(line) for line in ax.lines] == [[1], [1]]
    long = train(mlp(LIKE["numpy"], copies=copies), validation=(XV, yv))
    assert [drawn_markers(line) for line in long.plot().lines] == [[], []]
    history.loss = [1.0, np.nan, 2.0, 3.0, np.inf, 4.0]
    assert drawn_markers(history.plot().lines[0]) == [1, 6]


@pytest.mark.parametrize("copies", [None, 3])
def test_metrics_have_an_axis_of_their_own(copies):
    named = {"accuracy": accuracy, "error": lambda y_hat, y: 1 - accuracy(y_hat, y)}
    history = train(mlp(LIKE["numpy"], copies=copies), validation=(XV, yv), metrics=named)
    ax = history.plot()
    left, right = ax.figure.axes
    assert left is ax and right.get_ylabel() == "accuracy, error"
    for line, name in zip(right.lines, named, strict=True):
        values = np.array(history.metrics[name]).reshape(8, -1)
        np.testing.assert_allclose(line.get_ydata(), np.median(values, axis=1))
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    kind = "" if copies is None else ", median"
    assert texts == [f"{name}{kind}" for name in ("training", "validation", *named)]
    colours = [line.get_color() for line in (*left.lines, *right.lines)]
    assert len(set(colours)) == 4 and {line.get_linestyle() for line in right.lines} == {"--"}


def test_the_curve_that_should_fall():
    history = History(["accuracy"])
    history.loss, history.metrics["accuracy"] = [3.0, 2.0], [0.5, 0.75]
    assert history.falling() == [3.0, 2.0] and history.falling("accuracy") == [-0.5, -0.75]
    history.validation = [4.0, 5.0]
    assert history.falling("loss") == [4.0, 5.0]


def test_without_matplotlib_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    history = train(mlp(LIKE["numpy"]), epochs=1)
    with pytest.raises(ImportError, match="python -m pip install matplotlib"):
        history.plot()
