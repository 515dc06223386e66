"""The searchers of chapter 11, against SciPy and on problems whose answer is known."""

import numpy as np
import pytest
from scipy.optimize import minimize

from dlcore.losses import MeanSquaredError
from dlcore.teaching.chapters import race


class Bowl:
    """½ Σ kᵢ θᵢ², which counts how often it is asked."""

    def __init__(self, *curvatures):
        self.k, self.asked = np.array(curvatures), 0
        self.P = len(curvatures)

    def value(self, theta):
        self.asked += 1
        return 0.5 * (self.k * theta**2).sum(axis=-1)

    def value_and_gradient(self, theta):
        return self.value(theta), self.k * theta


STARTS = np.array([[1.0, -2.0, 0.5], [0.3, 0.1, -1.0]])
METHODS = [
    (race.gradient_descent, (0.3,), 1e-6),
    (race.evolution, (0.3,), 1e-6),
    (race.nelder_mead, (0.5,), 1e-6),
    (race.lbfgs, (), 1e-12),
    (race.random_search, (1.0,), 0.3),
]


@pytest.mark.parametrize(("method", "settings", "goal"), METHODS)
def test_each_searcher_gets_down_a_bowl_and_never_reports_a_rise(method, settings, goal):
    cost, best = method(Bowl(1.0, 2.0, 4.0), STARTS, 600, *settings)
    assert best.shape == (len(cost), 2) and (np.diff(best, axis=0) <= 0).all()
    assert (np.diff(cost) > 0).all() and cost[-1] <= 600
    assert best[-1].max() < goal


@pytest.mark.parametrize(
    ("method", "settings"),
    [(race.evolution, (0.3,)), (race.random_search, (1.0,)), (race.nelder_mead, (0.5,))],
)
def test_no_searcher_asks_more_often_than_its_budget(method, settings):
    bowl = Bowl(1.0, 2.0, 4.0)
    method(bowl, STARTS, 100, *settings)  # both starts at once
    assert bowl.asked == 100


def test_the_simplex_does_what_scipys_does():
    def rosenbrock(theta):
        x, y = theta[..., 0], theta[..., 1]
        return (1 - x) ** 2 + 100 * (y - x**2) ** 2

    class Valley:
        P = 2

        def value(self, theta):
            return rosenbrock(theta)

    start, width = np.array([[-1.2, 1.0]]), 0.5
    _, best = race.nelder_mead(Valley(), start, 200, width)
    simplex = np.vstack([start, start + width * np.eye(2)])
    values = []
    minimize(
        lambda t: values.append(float(rosenbrock(t))) or values[-1],
        start[0],
        method="Nelder-Mead",
        options=dict(initial_simplex=simplex, maxfev=200, xatol=0, fatol=0),
    )
    np.testing.assert_allclose(best[:120, 0], np.minimum.accumulate(values)[:120], rtol=1e-9)


def test_differences_are_charged_a_value_for_each_parameter():
    cost, best = race.gradient_descent(Bowl(1.0, 2.0, 4.0), STARTS, 100, 0.3, price=4)
    assert cost[0] == 4 and len(cost) == 25 and best[-1].max() < best[0].max()


def test_a_problem_is_the_loss_of_its_network():
    X = np.linspace(-1, 1, 7)[:, None]
    task = race.Problem([1, 3, 1], "tanh", MeanSquaredError(), X, np.sin(X))
    theta = task.starts(4, seed=0)
    J, g = task.value_and_gradient(theta)
    np.testing.assert_allclose(J, task.value(theta))
    step = 1e-6 * np.eye(task.P)[2]
    numeric = (task.value(theta + step) - task.value(theta - step)) / 2e-6
    np.testing.assert_allclose(g[:, 2], numeric, rtol=1e-5)
    assert task.P == 10 and theta.shape == (4, 10) and len(set(J)) == 4


def test_the_best_setting_of_a_ladder_is_chosen_by_the_end():
    rate, (_, best) = race.best_of(
        race.gradient_descent, [0.01, 0.3, 0.9], Bowl(1.0, 2.0, 4.0), STARTS, 300
    )
    assert rate == 0.3 and best[-1].max() < 1e-6


def test_a_loss_that_overflows_is_a_large_number():
    X = np.linspace(-1, 1, 7)[:, None]
    task = race.Problem([1, 3, 1], "identity", MeanSquaredError(), X, np.sin(X))
    _, best = race.gradient_descent(task, task.starts(2, seed=0), 3000, 50.0)
    assert np.isfinite(best).all()
