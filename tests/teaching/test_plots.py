"""The figures show what they are given; wrong input is named."""

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pytest

from dlcore.network import MLP
from dlcore.teaching import plots

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = np.array([0, 1, 1, 0])


@pytest.fixture
def ax():
    fig, ax = plots.figure()
    yield ax
    fig.canvas.draw()
    plt.close(fig)


def networks(*sizes):
    yield MLP(list(sizes), seed=1)
    pytest.importorskip("torch")
    yield MLP(list(sizes), seed=1).to("torch")


def test_figure_has_the_style_and_the_promised_sizes():
    fig, ax = plots.figure()
    assert tuple(fig.get_size_inches()) == (4.8, pytest.approx(3.6))
    assert ax.xaxis.label.get_size() >= 9 and ax.get_xticklabels()[0].get_size() >= 9
    pair, axes = plots.figure(ncols=2, height=2.5)
    assert axes.shape == (2,) and tuple(pair.get_size_inches()) == (6.4, 2.5)
    plt.close(fig)
    plt.close(pair)


def test_classes_differ_in_colour_and_in_marker(ax):
    plots.points(ax, X, Y, labels=["no", "yes"])
    zero, one = ax.collections
    np.testing.assert_array_equal(zero.get_offsets(), X[Y == 0])
    np.testing.assert_array_equal(one.get_offsets(), X[Y == 1])
    assert not np.array_equal(zero.get_facecolor(), one.get_facecolor())
    assert len(zero.get_paths()[0].vertices) != len(one.get_paths()[0].vertices)
    assert ax.get_legend_handles_labels()[1] == ["no", "yes"]


def test_ten_classes_have_ten_colours_and_markers():
    assert len(set(plots.COLORS)) == len(set(plots.MARKERS)) == 10


@pytest.mark.parametrize("shape", [(-1,), (-1, 1)])
def test_regions_of_a_function_have_their_line_at_one_half(ax, shape):
    plots.decision_regions(ax, lambda x: x[:, 0].reshape(shape), bounds=(0, 1, 0, 1))
    line = ax.collections[0].get_paths()[0].vertices
    np.testing.assert_allclose(line[:, 0], 0.5, atol=1e-9)
    shade = ax.images[0].get_array()
    assert shade[0, 0] == 0 and shade[0, -1] == 1  # x1 grows to the right, probability with it


def test_regions_of_a_network_are_the_sigmoid_of_its_logit(ax):
    for net in networks(2, 3, 1):
        ax.clear()
        plots.decision_regions(ax, net, X, Y, bounds=(-1, 2, -1, 2), resolution=4)
        single = MLP([2, 3, 1], seed=1)
        corner = single(np.array([[2.0, -1.0]], "float32"))[0, 0]
        shade = float(ax.images[0].get_array()[0, -1])
        assert shade == pytest.approx(1 / (1 + np.exp(-corner)), abs=1e-6)


def test_regions_of_three_classes_take_the_most_probable(ax):
    def thirds(x):
        return np.stack([x[:, 0] < 1, (x[:, 0] >= 1) & (x[:, 0] < 2), x[:, 0] >= 2], 1) * 1.0

    plots.decision_regions(ax, thirds, bounds=(0, 3, 0, 3), resolution=31)
    shades = ax.images[0].get_array()[0]
    assert len({tuple(shades[i]) for i in (0, 15, 30)}) == 3
    for net in networks(2, 4, 3):
        ax.clear()
        plots.decision_regions(ax, net, bounds=(-1, 1, -1, 1), resolution=5)


def test_two_columns_are_the_probability_of_class_one(ax):
    both = np.array([0.25, 0.75])
    plots.decision_regions(ax, lambda x: np.tile(both, (len(x), 1)), bounds=(0, 1, 0, 1))
    assert np.all(ax.images[0].get_array() == 0.75)


@pytest.mark.parametrize("w", [(-1.0, 1.0, 1.0), (0.3, 0.0, -2.0), (0.5, -1.0, 0.0)])
def test_boundary_lies_where_the_sum_is_zero_and_keeps_the_limits(ax, w):
    ax.set(xlim=(-1, 2), ylim=(-1, 2))
    line = plots.boundary(ax, w)
    for x1, x2 in (line.get_xy1(), line.get_xy2()):
        assert w[0] + w[1] * x1 + w[2] * x2 == pytest.approx(0)
    assert ax.get_xlim() == (-1, 2) and ax.get_ylim() == (-1, 2)
    head, tail = ax.texts[0].xyann, ax.texts[0].xy  # annotate draws from xyann to xy
    side = [w[0] + w[1] * p[0] + w[2] * p[1] for p in (head, tail)]
    assert side[0] == pytest.approx(0) and side[1] > 0


def test_boundary_without_a_direction_is_no_line(ax):
    assert plots.boundary(ax, (1.0, 0.0, 0.0)) is None and not ax.lines


def test_history_draws_curves_dicts_and_stacks(ax):
    plots.history(ax, [3.0, 2.0, 1.0])
    assert ax.lines[0].get_xydata().tolist() == [[1, 3], [2, 2], [3, 1]]
    ax.clear()
    plots.history(ax, {"a": [1.0, 2.0], "b": []}, log=True)
    assert len(ax.lines) == 1 and ax.get_yscale() == "log"
    ax.clear()
    stack = np.array([[1.0, 4.0], [2.0, 5.0], [9.0, 9.0]])
    plots.history(ax, stack)
    assert len(ax.lines) == 4 and ax.lines[-1].get_ydata().tolist() == [2.0, 5.0]


def test_history_of_a_training(ax):
    class History:
        loss, validation = [2.0, 1.0], [3.0, 2.0]

    plots.history(ax, History())
    assert ax.get_legend_handles_labels()[1] == ["training", "validation"]


def test_network_diagram_shows_each_weight_and_its_sign(ax):
    W, v = np.array([[1.0, -0.5], [2.0, 1.5]]), np.array([[1.0, -2.0]])
    plots.network_diagram(
        ax,
        [2, 2, 1],
        weights=[W, v],
        biases=[[0.25, -1], [3]],
        labels=[["x1", "x2"], ["h1", "h2"], ["y"]],
    )
    texts = [t.get_text() for t in ax.texts]
    for expected in ("1", "−0.5", "2", "1.5", "−2", "0.25", "−1", "3", "x1", "y"):
        assert expected in texts
    edges = ax.lines[:6]
    assert len({e.get_color() for e in edges}) == 2
    assert [e.get_linestyle() for e in edges] == ["-", "--", "-", "-", "-", "--"]
    widths = [e.get_linewidth() for e in edges]
    assert widths[2] == max(widths) and widths[1] == min(widths)


def test_network_diagram_of_networks(ax):
    for sizes in ([2, 2, 1], [2, 16, 16, 3]):
        for net in networks(*sizes):
            ax.clear()
            plots.network_diagram(ax, net)
            units = sum(len(line.get_xdata()) for line in ax.lines[-len(sizes) :])
            assert units == sum(sizes)


def test_zero_weights_do_not_divide_by_zero(ax):
    plots.network_diagram(ax, [1, 1], weights=[np.zeros((1, 1))])


def test_bent_grid_is_the_image_of_the_grid(ax):
    plots.bent_grid(ax, lambda x: 2 * x + 1, X, Y, bounds=(0, 1, 0, 1), lines=3)
    assert len(ax.lines) == 6
    ends = {tuple(np.round(line.get_xydata()[i], 9)) for line in ax.lines for i in (0, -1)}
    assert {(1, 1), (3, 3), (1, 3), (3, 1)} <= ends
    np.testing.assert_array_equal(ax.collections[0].get_offsets(), 2 * X[Y == 0] + 1)


def test_bent_grid_of_the_first_layers_of_a_network(ax):
    for net in networks(2, 2, 1):
        ax.clear()
        plots.bent_grid(ax, net, X, Y, layers=2)
        W, b = MLP([2, 2, 1], seed=1).params[0]
        hidden = np.tanh(X @ W.T + b)
        np.testing.assert_allclose(ax.collections[0].get_offsets(), hidden[Y == 0], atol=1e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda ax: plots.points(ax, np.zeros((3, 5)), np.zeros(3)),
            r"shape \(N, 2\), got \(3, 5\)",
        ),
        (lambda ax: plots.points(ax, X, Y[:3]), "expected 4 classes in y, got 3"),
        (lambda ax: plots.decision_regions(ax, lambda x: x[:, 0]), "bounds or data"),
        (lambda ax: plots.decision_regions(ax, lambda x: 1.0, bounds=(0, 1, 0, 1)), r"got \(\)"),
        (
            lambda ax: plots.decision_regions(ax, MLP([2, 1], copies=3), X, Y),
            r"got \(3, 14641, 1\)",
        ),
        (lambda ax: plots.boundary(ax, [1.0, 2.0]), "got 2 numbers"),
        (lambda ax: plots.network_diagram(ax, [2, 1]), "sizes and weights"),
        (lambda ax: plots.network_diagram(ax, [2, 1], weights=[np.zeros((2, 1))]), r"\[\(1, 2\)\]"),
        (lambda ax: plots.bent_grid(ax, lambda x: x[:, :1]), r"got \(121, 1\)"),
        (lambda ax: plots.bent_grid(ax, MLP([2, 2, 1]), layers=9), "from 1 to 3, got 9"),
    ],
)
def test_wrong_input_is_named(ax, call, message):
    with pytest.raises(ValueError, match=message):
        call(ax)


def test_a_staircase_of_hard_answers_is_rounded_off(ax):
    plots.decision_regions(ax, lambda x: (3 * x[:, 1] - x[:, 0] > 1) * 1, bounds=(0, 1, 0, 1))
    line = ax.collections[0].get_paths()[0].vertices
    middle = line[np.abs(line[:, 0] - 0.5) < 0.4]
    slopes = np.diff(middle[:, 1]) / np.diff(middle[:, 0])
    np.testing.assert_allclose(middle[:, 1], (1 + middle[:, 0]) / 3, atol=0.008)  # one cell
    assert slopes.min() > 0.1 and slopes.max() < 0.6  # of a staircase 0 and 1
