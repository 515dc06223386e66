"""Chapter 11: ways to minimise a loss, raced from several starts at once, the cost counted.

A problem is what ``Problem`` is: ``value(theta)`` of many θ at once, and ``value_and_gradient``.
Every method returns (cost, best): after ``cost`` evaluations of the loss it had found ``best``, in
each start.  A gradient together with the value is charged as PRICE evaluations.
"""

from collections.abc import Callable, Generator

import numpy as np
from scipy.optimize import minimize

from dlcore.losses import Loss
from dlcore.network import MLP

PRICE = 3  # of a value with its gradient: forward, and backward at most twice forward
Curve = tuple[np.ndarray, np.ndarray]


class Problem:
    """The mean loss of an MLP on fixed data, as a function of θ (E, P): one θ for each start."""

    def __init__(self, sizes: list[int], activation: str, loss: Loss, X: np.ndarray, y: np.ndarray,
                 init: str = "glorot"):  # fmt: skip
        self.sizes, self.activation, self.loss, self.init = sizes, activation, loss, init
        self.X, self.y = X, y
        self.P = MLP(sizes).n_parameters
        self.nets: dict = {}

    def starts(self, E: int, seed: int) -> np.ndarray:
        """The θ of E networks (E, P) that have just been made."""
        net = MLP(self.sizes, self.activation, init=self.init, copies=E, dtype="float64", seed=seed)
        return net.theta.copy()

    def net(self, theta: np.ndarray) -> MLP:
        """A stack of networks with these θ."""
        E = len(theta)
        if E not in self.nets:
            self.nets[E] = MLP(self.sizes, self.activation, copies=E, dtype="float64")
        self.nets[E].theta[...] = theta
        return self.nets[E]

    def value(self, theta: np.ndarray) -> np.ndarray:
        """J of each row of θ."""
        with np.errstate(over="ignore", invalid="ignore"):
            return _finite(self.loss.value(self.net(theta)(self.X), self.y))

    def value_and_gradient(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """J and ∇J of each row of θ."""
        with np.errstate(over="ignore", invalid="ignore"):
            J, g = self.net(theta).value_and_gradient(self.loss, self.X, self.y)
        return _finite(J), np.nan_to_num(g, nan=0.0, posinf=0.0, neginf=0.0)


def gradient_descent(problem: Problem, starts: np.ndarray, budget: int, rate: float,
                     price: int = PRICE) -> Curve:  # fmt: skip
    """θ ← θ − η ∇J; ``price`` = P + 1 if the derivatives are taken from differences.  What the last
    step has reached is looked at, too, if an evaluation is left."""
    theta, best = starts.copy(), []
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(max(budget // price, 1)):
            J, g = problem.value_and_gradient(theta)
            best.append(J)
            theta = theta - rate * g
    cost = price * np.arange(1, len(best) + 1)
    if cost[-1] < budget:
        best.append(problem.value(theta))
        cost = np.append(cost, cost[-1] + 1)
    return cost, np.minimum.accumulate(best)


def random_search(problem: Problem, starts: np.ndarray, budget: int, width: float,
                  seed: int = 0) -> Curve:  # fmt: skip
    """The best of independent guesses, drawn about each start with this standard deviation."""
    rng = np.random.default_rng(seed)
    values = [problem.value(starts)]
    for _ in range(budget - 1):
        values.append(
            problem.value(starts + width * rng.standard_normal(starts.shape, dtype=np.float32))
        )
    return np.arange(1, budget + 1), np.minimum.accumulate(values)


def evolution(problem: Problem, starts: np.ndarray, budget: int, width: float,
              seed: int = 0) -> Curve:  # fmt: skip
    """One parent, one child, the better one lives; σ grows after a success and shrinks after a
    failure, so that one try in five succeeds (Rechenberg's rule)."""
    rng = np.random.default_rng(seed)
    theta, J = starts.copy(), problem.value(starts)
    sigma, values = np.full((len(starts), 1), width), [J]
    for _ in range(budget - 1):
        child = theta + sigma * rng.standard_normal(theta.shape, dtype=np.float32)
        J_child = problem.value(child)
        better = (J_child < J)[:, None]
        theta, J = np.where(better, child, theta), np.where(better[:, 0], J_child, J)
        sigma = sigma * np.where(better, np.exp(0.8 / 3), np.exp(-0.2 / 3))
        values.append(J)
    return np.arange(1, budget + 1), np.array(values)


def nelder_mead(problem: Problem, starts: np.ndarray, budget: int, width: float) -> Curve:
    """A simplex of P + 1 corners that reflects, stretches and shrinks; the first one has edges of
    this length along the axes.  Nelder and Mead 1965, with the usual constants 1, 2, ½, ½."""
    searches = [_simplex(start, width) for start in starts]
    asked, values = np.stack([next(search) for search in searches]), []
    for _ in range(budget):
        values.append(problem.value(asked))
        answers = zip(searches, values[-1], strict=True)
        asked = np.stack([search.send(float(J)) for search, J in answers])
    return np.arange(1, budget + 1), np.minimum.accumulate(values)


def lbfgs(problem: Problem, starts: np.ndarray, budget: int) -> Curve:
    """SciPy's L-BFGS: curvature learned from the last ten gradients, and a search on each line."""
    curves, calls = [], budget // PRICE
    for start in starts:
        values: list[float] = []

        def f(x, values=values):
            J, g = problem.value_and_gradient(x[None])
            values.append(float(_finite(J)[0]))
            return values[-1], g[0]

        minimize(f, start, jac=True, method="L-BFGS-B",
                 options=dict(maxfun=calls, maxiter=calls, ftol=0, gtol=0))  # fmt: skip
        values = values[:calls] + [min(values)] * (calls - len(values))
        curves.append(np.minimum.accumulate(values))
    return PRICE * np.arange(1, calls + 1), np.stack(curves, axis=1)


def best_of(method: Callable, settings: list[float], problem: Problem, starts: np.ndarray,
            budget: int, **options) -> tuple[float, Curve]:  # fmt: skip
    """The setting whose median over the starts is lowest at the end, and its curve."""
    runs = [method(problem, starts, budget, setting, **options) for setting in settings]
    ends = [np.median(best[-1]) for _, best in runs]
    k = int(np.argmin(ends))
    return settings[k], runs[k]


def _simplex(start: np.ndarray, width: float) -> Generator[np.ndarray, float, None]:
    # Yields a point, is sent its loss, for ever.
    d = len(start)
    corners = np.tile(start, (d + 1, 1))
    corners[np.arange(1, d + 1), np.arange(d)] += width
    J = np.zeros(d + 1)
    for k in range(d + 1):
        J[k] = yield corners[k]
    total = corners.sum(axis=0)
    while True:
        worst, low = int(J.argmax()), int(J.argmin())
        second = np.partition(J, d - 1)[d - 1]  # the largest but one
        middle = (total - corners[worst]) / d  # of all corners but the worst
        new = reflected = 2 * middle - corners[worst]
        J_new = Jr = yield reflected
        if Jr < J[low]:
            further = 3 * middle - 2 * corners[worst]
            Je = yield further
            if Je < Jr:
                new, J_new = further, Je
        elif Jr >= second:
            new = 0.5 * (middle + (reflected if Jr < J[worst] else corners[worst]))
            J_new = yield new
            if J_new >= min(Jr, J[worst]):  # all corners move half-way to the lowest
                corners = corners[low] + 0.5 * (corners - corners[low])
                for k in range(d + 1):
                    if k != low:
                        J[k] = yield corners[k]
                total = corners.sum(axis=0)
                continue
        total = total + new - corners[worst]
        corners[worst], J[worst] = new, J_new


def _finite(J):
    return np.nan_to_num(np.asarray(J, dtype=float), nan=1e30, posinf=1e30)
