"""The two pictures of chapter 10 that the page draws, against dlcore's losses and NumPy."""

import re

import numpy as np
import pytest

from dlcore.losses import Huber, MeanAbsoluteError, MeanSquaredError, SigmoidCrossEntropy
from dlcore.teaching import pictures
from dlcore.teaching.chapters import loss_pictures as page

LOSSES = {"squares": MeanSquaredError(), "absolute values": MeanAbsoluteError()}


@pytest.mark.parametrize("loss", list(page.NAMES))
@pytest.mark.parametrize("delta", [2, 16])
def test_pulls_and_mean_losses_are_those_of_dlcore(loss, delta):
    own = LOSSES.get(loss, Huber(delta))
    days = np.array([*page.ORDINARY, 62.0])[:, None]
    for c in (14.0, 22.5, 23.0, 40.0):
        answer = np.full_like(days, c)
        pulls = [page.pull(loss, float(y) - c, delta) for y in days[:, 0]]
        np.testing.assert_array_equal(pulls, -own.slope(answer, days)[:, 0])
        mean = page.mean_loss(loss, tuple(days[:, 0].tolist()), c, delta)
        assert mean == pytest.approx(float(own.value(answer, days)), rel=1e-12)


@pytest.mark.parametrize("ninth", [24, 62, 98])
def test_the_best_answers_are_the_best_on_a_fine_grid(ninth):
    days = (*page.ORDINARY, ninth)
    assert page.best("squares", days, 1) == pytest.approx(np.mean(days))
    assert page.best("absolute values", days, 1) == np.median(days)
    grid = np.arange(14, 40, 0.01)
    for delta in (2, 4, 8, 16):
        costs = [page.mean_loss("Huber", days, c, delta) for c in grid]
        assert page.best("Huber", days, delta) == pytest.approx(grid[np.argmin(costs)], abs=0.011)


@pytest.mark.parametrize("ninth, mean", [(62, "27.0"), (98, "31.0")])
def test_the_journeys_say_where_the_pulls_balance(ninth, mean):
    drawn, sentence = page.journeys("squares", ninth, float(mean), 4)
    assert pictures.is_svg(drawn) and drawn.count('data-point="ninth"') == 1
    assert f"{mean} for squares, 23.0 for absolute values" in sentence
    assert "no answer half a minute away costs less" in sentence
    assert "lead to longer times" in page.journeys("squares", ninth, 23.0, 4)[1]
    assert "lead to shorter times" in page.journeys("Huber", ninth, 38.0, 4)[1]


@pytest.mark.parametrize("p", [0.001, 0.25, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("y", [0.0, 0.25, 1.0])
def test_the_price_of_a_probability_and_its_slopes(p, y):
    z, h = np.log(p / (1 - p)), 1e-6
    own = SigmoidCrossEntropy()
    value = float(own.terms(np.array([[z]]), np.array([[y]]))[0, 0])
    _, sentence = page.price("cross-entropy", p, y)
    numbers = [float(w) for w in re.findall(r"-?\d+(?:\.\d+)?", sentence.replace("−", "-"))]
    cost = [-(y * np.log(q) + (1 - y) * np.log(1 - q)) for q in (p - h * p, p + h * p)]
    expected = [y, p, value, (cost[1] - cost[0]) / (2 * h * p), p - y]
    np.testing.assert_allclose(numbers, expected, atol=6e-4, rtol=1e-3)


@pytest.mark.parametrize("y", [0.0, 0.25, 1.0])
def test_half_the_squared_error_is_the_mean_over_the_share(y):
    def cost(z):
        p = 1 / (1 + np.exp(-z))
        return 0.5 * (y * (1 - p) ** 2 + (1 - y) * p**2)

    z = np.log(0.2 / 0.8)
    _, sentence = page.price("half squared error", 0.2, y)
    by_p, by_z = 0.2 - y, (cost(z + 1e-5) - cost(z - 1e-5)) / 2e-5
    words = sentence.replace("−", "-")
    assert f"the loss is {cost(z):.3f}" in words
    assert f"by the probability {by_p:.3f}" in words and f"logit {by_z:.3f}" in words
