"""Chapter 11: what its experiments with descent, noise and landscapes say."""

from functools import cache

import numpy as np
from scipy.optimize import minimize

from dlcore.datasets import boolean, digits, moons, split
from dlcore.losses import MeanSquaredError, SigmoidCrossEntropy, SoftmaxCrossEntropy
from dlcore.network import MLP
from dlcore.optimizers import GradientDescent, Momentum
from dlcore.teaching.chapters import race
from dlcore.training import fit, minibatches
from tests.claims import claim

LOSS = SoftmaxCrossEntropy()


@cache
def pictures(seed):
    return split(*digits(), test=0.25, seed=seed)


def net_of(seed, sizes=(64, 32, 10), copies=None, activation="relu", init="he"):
    return MLP(
        list(sizes), activation, init=init, dtype="float64", seed=seed, copies=copies
    )  # fmt: skip


def components(X, n):
    """n pictures, reduced to their 12 principal components."""
    centred = X - X.mean(axis=0)
    Z = centred @ np.linalg.svd(centred, full_matrices=False)[2][:12].T
    return (Z / Z.std())[:n]


@claim("11.2", "For a typical weight the error grows fifty- to a hundredfold.", quick=True)
def the_error_is_quadratic(draw):
    X, _, y, _ = pictures(draw.seed)
    net = net_of(draw.seed, (64, draw.pick("hidden units", [16, 32, 64]), 10))
    g = net.gradient(LOSS, X, y)
    J0 = float(LOSS.value(net(X), y))
    ratios = []
    steep = np.argsort(-np.abs(g))
    for i in steep[len(g) // 3 : len(g) // 3 + 30]:
        errors = []
        for eps in (0.01, 0.1):
            net.theta[i] += eps
            errors.append(abs(float(LOSS.value(net(X), y)) - J0 - eps * g[i]))
            net.theta[i] -= eps
        ratios.append(errors[1] / errors[0])
    return 45 < draw.saw("error of ten times the turn, median", np.median(ratios)) < 125


HILLS = {
    "two wells": (lambda t: t**4 / 4 - t**2 / 2, lambda t: t**3 - t),
    "many hollows": (
        lambda t: 0.15 * t * t + 0.5 - 0.5 * np.cos(3 * t),
        lambda t: 0.3 * t + 1.5 * np.sin(3 * t),
    ),
}


@claim(
    "11.5",
    "Momentum moves the borders between the basins, mostly to the good, and it is no insurance",
    quick=True,
)
def momentum_is_no_insurance(draw):
    name = draw.pick("landscape", list(HILLS))
    tilt = draw.pick("tilt", [0.05, 0.1, 0.15])
    rate = draw.pick("rate", [0.02, 0.05])
    J, slope = HILLS[name]
    starts = np.linspace(-1.8, 1.8, 401) if name == "two wells" else np.linspace(-4.6, 4.6, 401)
    share = []
    for mu in (0.0, 0.9):
        theta = starts.copy()
        optimizer = Momentum(theta, lr=rate, mu=mu)
        for _ in range(3000):
            optimizer.step(slope(theta) + tilt)
        height = J(theta) + tilt * theta
        share.append((height < height.min() + 0.01).mean())
    draw.saw("share in the deepest, plain", share[0])
    draw.saw("share in the deepest, momentum", share[1])
    return share[0] < share[1] < 1


def a_run(draw, hidden, rate, epochs=8, B=32):
    """The training pictures and the weight vectors of an SGD run."""
    X, _, y, _ = pictures(draw.seed)
    net = net_of(draw.seed, (64, hidden, 10))
    optimizer, path = GradientDescent(net.theta, lr=rate), [net.theta.copy()]
    for _ in range(epochs):
        for batch in minibatches(len(X), B, draw.rng):
            optimizer.step(net.gradient(LOSS, X[batch], y[batch]))
            path.append(net.theta.copy())
    return X, y, np.array(path)


@claim("11.6", "in the random slice the network seems to stand still", quick=True)
def a_random_slice_hides_the_run(draw):
    hidden = draw.pick("hidden units", [16, 32, 64])
    _, _, path = a_run(draw, hidden, draw.pick("rate", [0.1, 0.3]))
    way = path[0] - path[-1]
    directions = np.linalg.qr(draw.rng.normal(size=(len(way), 2)))[0]
    seen = np.linalg.norm(way @ directions) / np.linalg.norm(way)
    best = np.linalg.svd(path - path.mean(axis=0), full_matrices=False)[2][:2]
    draw.saw("share of the way in the best slice", np.linalg.norm(best @ way) / np.linalg.norm(way))
    return draw.saw("share of the way in a random slice", seen) < 0.08


@claim(
    "11.7",
    "At the start two in five eigenvalues are negative; of a random matrix it is half. As the loss "
    "falls they become fewer and flatter",
)
def the_lower_the_fewer(draw):
    X, _, y, _ = pictures(draw.seed)
    hidden = draw.pick("hidden units", [6, 8, 12])
    rate = draw.pick("rate", [0.2, 0.5])
    Z, y = components(X, 500), y[:500]
    net = MLP([12, hidden, 10], "tanh", dtype="float64", seed=draw.seed)
    P, eps = net.n_parameters, 1e-4
    stack = MLP([12, hidden, 10], "tanh", dtype="float64", copies=2 * P)
    optimizer, shares, deepest, done = GradientDescent(net.theta, lr=rate), [], [], 0
    for steps in (0, 30, 100, 1000):
        while done < steps:
            optimizer.step(net.gradient(LOSS, Z, y))
            done += 1
        stack.theta[...] = net.theta + eps * np.concatenate([np.eye(P), -np.eye(P)])
        g = stack.gradient(LOSS, Z, y)
        H = (g[:P] - g[P:]) / (2 * eps)
        values = np.linalg.eigvalsh((H + H.T) / 2)
        shares.append((values < -1e-4).mean())
        deepest.append(values[0])
    draw.saw("negative at the start", shares[0])
    draw.saw("negative after 1000 steps", shares[-1])
    falling = np.all(np.diff(shares) < 0) and np.all(np.diff(deepest) > 0)
    return 0.33 < shares[0] < 0.47 and falling and shares[-1] < 0.5 * shares[0]


@claim("11.7", "With more units than needed all starts end at nearly the same low loss.")
def width_brings_them_together(draw):
    X, _, y, _ = pictures(draw.seed)
    Z, y = components(X, 100), y[:100]
    rate = draw.pick("rate", [0.3, 0.5, 1.0])
    spread = {}
    for n in (2, 32):
        nets = MLP([12, n, 10], "tanh", copies=20, dtype="float64", seed=draw.seed)
        optimizer = GradientDescent(nets.theta, lr=rate)
        for _ in range(300):
            optimizer.step(nets.gradient(LOSS, Z, y))
        J = LOSS.value(nets(Z), y)
        spread[n] = (J.min(), J.max())
        draw.saw(f"lowest with {n}", J.min())
        draw.saw(f"highest with {n}", J.max())
    nets = MLP([2, 8, 1], "tanh", copies=20, dtype="float64", seed=draw.seed)
    optimizer = GradientDescent(nets.theta, lr=3.0)
    xor, t = boolean("xor")
    for _ in range(1000):
        optimizer.step(nets.gradient(SigmoidCrossEntropy(), xor, t[:, None]))
    solved = SigmoidCrossEntropy().value(nets(xor), t[:, None])
    draw.saw("XOR with 8, highest", solved.max())
    (few_low, few_high), (low, high) = spread[2], spread[32]
    return high < 0.1 and high - low < 0.1 * (few_high - few_low) and np.median(solved) < 0.01


def gradients_of_samples(theta, X, y, hidden):
    parts = []
    for rows in np.array_split(np.arange(len(X)), 8):
        stack = net_of(0, (64, hidden, 10), copies=len(rows))
        stack.theta[...] = theta
        parts.append(stack.gradient(LOSS, X[rows][:, None], np.eye(10)[y[rows]][:, None]))
    return np.concatenate(parts)


@claim("11.8", "The typical error of the estimate is $\\sigma/\\sqrt B$", quick=True)
def the_noise_falls_like_the_root(draw):
    X, _, y, _ = pictures(draw.seed)
    hidden = draw.pick("hidden units", [16, 32])
    G = gradients_of_samples(net_of(draw.seed, (64, hidden, 10)).theta, X, y, hidden)
    mean = G.mean(axis=0)
    sigma = np.sqrt(((G - mean) ** 2).sum(axis=1).mean())
    for B in (1, 8, 64):
        estimates = G[draw.rng.integers(0, len(G), (500, B))].mean(axis=1)
        noise = np.sqrt(((estimates - mean) ** 2).sum(axis=1).mean())
        if abs(draw.saw(f"noise √B/σ, B = {B}", noise * np.sqrt(B) / sigma) - 1) > 0.1:
            return False
    return True


@claim("11.8", "At the rate 0.03 we found this in other runs, too")
def after_training_more_point_uphill(draw):
    hidden = draw.pick("hidden units", [16, 32])
    X, y, path = a_run(draw, hidden, 0.03, epochs=draw.pick("epochs", [8, 12]))
    uphill, lengths, noises = [], [], []
    for theta in (path[0], path[-1]):
        G = gradients_of_samples(theta, X, y, hidden)
        mean = G.mean(axis=0)
        pairs = [G[draw.rng.integers(0, len(G), 4)].mean(axis=0) @ mean < 0 for _ in range(1000)]
        uphill.append(np.mean(pairs))
        lengths.append(np.linalg.norm(mean))
        noises.append(np.sqrt(((G - mean) ** 2).sum(axis=1).mean()) / lengths[-1])
    draw.saw("batches of 4 uphill before", uphill[0])
    draw.saw("batches of 4 uphill after", uphill[1])
    draw.saw("noise over gradient before", noises[0])
    draw.saw("noise over gradient after", noises[1])
    return uphill[1] > uphill[0] and lengths[1] < lengths[0] and noises[1] > noises[0]


@claim("11.9", "measured, the variance at rest agrees with the formula.", quick=True)
def the_floor_is_where_the_formula_says(draw):
    rate = draw.pick("rate", [0.05, 0.2, 0.5, 1.0, 1.5])
    law = draw.pick("law of the noise", ["normal", "signs", "uniform"])
    w, squares = np.zeros(2000), []
    for t in range(400):
        noise = {
            "normal": draw.rng.normal(size=2000),
            "signs": draw.rng.choice([-1.0, 1.0], 2000),
            "uniform": draw.rng.uniform(-np.sqrt(3), np.sqrt(3), 2000),
        }[law]
        w = w - rate * (w + noise)
        if t >= 100:
            squares.append((w**2).mean())
    return abs(draw.saw("V over η/(2 − η)", np.mean(squares) * (2 - rate) / rate) - 1) < 0.05


@claim(
    "11.9",
    "The mean does so at every rate here. The falling rate does, too, except from the smallest, "
    "0.02",
    quick=True,
)
def both_cures_get_below_the_floor(draw):
    rate = draw.pick("rate", [0.02, 0.1, 0.5, 1.0])
    constant, falling, places = np.full(400, 3.0), np.full(400, 3.0), []
    for t in range(1000):
        constant = constant - rate * (constant + draw.rng.normal(size=400))
        eta = rate / (1 + rate * t)
        falling = falling - eta * (falling + draw.rng.normal(size=400))
        places.append(constant)
    mean = np.mean(places[500:], axis=0)
    floor = rate / (2 - rate)
    a = draw.saw("falling rate over floor", (falling**2).mean() / floor)
    b = draw.saw("mean over floor", (mean**2).mean() / floor)
    return b < 1 and (a < 1) == (rate > 0.05)


RATES = (0.3, 0.6, 1.0, 1.5, 1.9), (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)


@claim("11.10", "SGD wins the first part of the race, and full batch the last digits", quick=True)
def first_sgd_then_full_batch(draw):
    noise = draw.pick("noise of the points", [0.3, 0.5, 1.0])
    X = draw.rng.normal(size=(100, 2)) * [1.0, draw.pick("width of the second feature", [0.3, 0.4])]
    y = X @ [1.5, -2.0] + noise * draw.rng.normal(size=100)
    best, H = np.linalg.lstsq(X, y, rcond=None)[0], X.T @ X / 100
    scale = np.linalg.eigvalsh(H)[-1]

    def excess(w):
        return 0.5 * np.einsum("...i,ij,...j", w - best, H, w - best)

    full = np.zeros((5, 2))
    after = {}
    for t in range(1, 101):
        full = full - np.array(RATES[0])[:, None] / scale * ((full @ X.T - y) @ X / 100)
        after[100 * t] = excess(full).min()
    single, found = np.zeros((100, len(RATES[1]), 2)), {}
    for t in range(1, 10_001):
        n = draw.rng.integers(0, 100, 100)
        x = X[n][:, None]
        error = ((single * x).sum(axis=-1) - y[n][:, None])[..., None]
        single = single - np.array(RATES[1])[:, None] * error * x
        if t in (300, 10_000):
            found[t] = np.median(excess(single), axis=0).min()
    draw.saw("SGD over full batch after 300", found[300] / after[300])
    draw.saw("full batch over SGD after 10 000", after[10_000] / found[10_000])
    fall = draw.saw("fall of SGD from 300 to 10 000", found[300] / found[10_000])
    return found[300] < after[300] and after[10_000] < 0.1 * found[10_000] and 8 < fall < 120


@claim("11.10", "the three read the test pictures equally well, to within two in a hundred.")
def batches_generalise_alike(draw):
    X, X_test, y, y_test = pictures(draw.seed)
    n = draw.pick("training pictures", [300, 400])
    X, y = X[:n].astype("float32"), y[:n]
    shares, spread = [], []
    for B, rates, epochs in ((4, (0.2, 0.4, 0.8), 25), (32, (0.3, 0.6, 1.2), 60),
                             (n, (0.5, 1.0, 2.0), 300)):  # fmt: skip
        seeds = [draw.seed + s for s in range(5) for _ in rates]
        nets = MLP([64, 32, 10], "relu", init="he", seed=seeds, copies=15)
        lr = np.tile(np.array(rates, dtype="float32"), 5)[:, None]
        history = fit(nets, LOSS, GradientDescent(nets.theta, lr=lr), X, y, epochs=epochs,
                      batch_size=B, progress=False)  # fmt: skip
        loss = np.reshape(history.loss[-1], (5, 3))
        k = np.nan_to_num(loss.mean(axis=0), nan=9).argmin()
        read = (nets(X_test.astype("float32")).argmax(axis=-1) == y_test).mean(axis=-1)
        shares.append(read.reshape(5, 3)[:, k].mean())
        spread.append(read.reshape(5, 3)[:, k].std())
    gap = draw.saw("best less worst batch size", max(shares) - min(shares))
    draw.saw("largest spread of five starts", max(spread))
    return gap < 0.02


def loss_of(net, X, y):
    return float(LOSS.value(net(X), y))


@claim("11.10", "In passes SGD is ahead for as long as one usually trains")
def sgd_is_ahead_in_passes(draw):
    X, _, y, _ = pictures(draw.seed)
    B = draw.pick("batch", [8, 16])
    start = net_of(draw.seed)
    found = []

    def f(theta):
        start.theta[...] = theta
        J, g = start.value_and_gradient(LOSS, X, y)
        found.append(float(J))
        return found[-1], g

    minimize(f, start.theta.copy(), jac=True, method="L-BFGS-B", options=dict(maxfun=30))
    exact = np.minimum.accumulate(found)
    best = np.full(10, np.inf)
    for rate in (0.1, 0.2, 0.4):
        net, curve = net_of(draw.seed), []
        fit(net, LOSS, GradientDescent(net.theta, lr=rate), X, y, epochs=10, batch_size=B,
            progress=False,
            callback=lambda *_, net=net, curve=curve: curve.append(loss_of(net, X, y)))  # fmt: skip
        if curve[-1] < best[-1]:
            best = np.array(curve)
    for passes in (1, 3, 10):
        draw.saw(f"SGD over L-BFGS after {passes}", best[passes - 1] / exact[passes - 1])
    return all(best[p - 1] < exact[p - 1] for p in (1, 3, 10))


@claim(
    "11.10",
    "On the test pictures the simple method is not behind by more than half a percentage point in "
    "most draws",
    least=0.6,
)
def sgd_reads_as_well(draw):
    X, X_test, y, y_test = pictures(draw.seed)
    gains = []
    for seed in range(draw.seed, draw.seed + 3):
        exact = net_of(seed)

        def f(theta, net=exact):
            net.theta[...] = theta
            J, g = net.value_and_gradient(LOSS, X, y)
            return float(J), g

        options = dict(maxfun=100, maxiter=100)
        end = minimize(f, exact.theta.copy(), jac=True, method="L-BFGS-B", options=options)
        exact.theta[...] = end.x
        net = net_of(seed)
        fit(net, LOSS, GradientDescent(net.theta, lr=0.2), X, y, epochs=20, batch_size=8,
            progress=False)  # fmt: skip
        read = [(m(X_test).argmax(axis=-1) == y_test).mean() for m in (net, exact)]
        gains.append(read[0] - read[1])
    return draw.saw("SGD less L-BFGS, mean of three starts", np.mean(gains)) > -0.005


@claim("11.10", "within 100 passes it is below a thousandth", quick=True)
def curvature_gets_to_the_bottom(draw):
    X, _, y, _ = pictures(draw.seed)
    net = net_of(draw.seed, (64, draw.pick("hidden units", [16, 32, 64]), 10))

    def f(theta):
        net.theta[...] = theta
        J, g = net.value_and_gradient(LOSS, X, y)
        return float(J), g

    options = dict(maxfun=100, maxiter=100)
    end = minimize(f, net.theta.copy(), jac=True, method="L-BFGS-B", options=options)
    return draw.saw("L-BFGS after 100 passes", end.fun) < 0.001


@claim("11.11", "the rule stops a training that is still falling", quick=True)
def short_averages_stop_too_early(draw):
    X, _, y, _ = pictures(draw.seed)
    net, seen, full = net_of(draw.seed), [], []
    optimizer = GradientDescent(net.theta, lr=draw.pick("rate", [0.02, 0.05, 0.1]))
    while len(seen) < 2500:
        for batch in minibatches(len(X), 16, draw.rng):
            if len(seen) % 10 == 0:
                full.append(loss_of(net, X, y))
            J, g = net.value_and_gradient(LOSS, X[batch], y[batch])
            optimizer.step(g)
            seen.append(float(J))
    ends = []
    for m, patience in ((1, 20), (20, 100), (100, 300)):
        average = np.convolve(seen[:2500], np.ones(m) / m, "valid")
        low = np.flatnonzero(average <= np.minimum.accumulate(average))
        gaps = np.diff(np.append(low, 10_000))
        step = min(m - 1 + int(low[np.argmax(gaps >= patience)]) + patience, 2499)
        ends.append(draw.saw(f"average over {m}, patience {patience}: loss", full[step // 10]))
    return ends[0] > 2 * full[-1] and ends[0] > ends[1] > ends[2]


def ladder(task, starts, budget, *names):
    """The median end of each method, at its best setting."""
    methods = {
        "descent": (race.gradient_descent, (0.03, 0.1, 0.3, 1.0, 3.0), {}),
        "differences": (race.gradient_descent, (0.1, 0.3, 1.0), dict(price=task.P + 1)),
        "evolution": (race.evolution, (0.1, 0.3, 1.0), {}),
        "simplex": (race.nelder_mead, (0.3, 1.0, 2.0), {}),
        "random": (race.random_search, (0.1, 0.3, 1.0), {}),
    }
    ends = {"L-BFGS": np.median(race.lbfgs(task, starts, budget)[1][-1])}
    for name in names:
        method, settings, options = methods[name]
        _, (_, best) = race.best_of(method, list(settings), task, starts, budget, **options)
        ends[name] = np.median(best[-1])
    return ends


@claim(
    "11.12", "At ten parameters plain gradient descent is beaten by the simplex and by evolution"
)
def with_ten_parameters_slopes_do_not_win(draw):
    x = np.linspace(-3, 3, 40)[:, None]
    y = np.sin(draw.pick("waves", [1.0, 1.5]) * x)
    task = race.Problem([1, 3, 1], "tanh", MeanSquaredError(), x, y)
    ends = ladder(task, task.starts(3, draw.seed), 2000, "descent", "evolution", "simplex")
    for name, J in ends.items():
        draw.saw(name, J)
    return max(ends["simplex"], ends["evolution"]) < ends["descent"]


@claim("11.12", "evolution is left behind by descent with real gradients")
def with_many_parameters_slopes_win(draw):
    X, _, y, _ = pictures(draw.seed)
    hidden = draw.pick("hidden units", [16, 32])
    task = race.Problem([64, hidden, 10], "relu", LOSS, X[:100], y[:100], init="he")
    starts = task.starts(3, draw.seed)
    ends = ladder(task, starts, 1500, "descent", "differences", "evolution", "random")
    for name, J in ends.items():
        draw.saw(name, J)
    slow = min(ends["evolution"], ends["random"], ends["differences"])
    return ends["descent"] < 0.3 * slow and ends["L-BFGS"] < ends["descent"]


@claim("11.12", "still ends below plain descent, mostly far below")
def between_the_two(draw):
    points, side = moons(draw.pick("points", [40, 60]), seed=draw.seed)
    sizes, y = [2, 12, 12, 1], side[:, None] * 1.0
    task = race.Problem(sizes, "tanh", SigmoidCrossEntropy(), points, y)
    starts = task.starts(3, draw.seed)
    found = {
        "descent": (race.gradient_descent, [1.0, 3.0, 6.0]),
        "evolution": (race.evolution, [0.3]),
        "simplex": (race.nelder_mead, [6.0, 16.0]),
    }
    ends = {}
    for name, (method, settings) in found.items():
        best = race.best_of(method, settings, task, starts, 3000)[1][1]
        ends[name] = draw.saw(name, np.median(best[-1]))
    return ends["evolution"] < ends["descent"] and ends["simplex"] > 10 * ends["descent"]


def asked_for(curve, goal):
    """Evaluations until the loss is below the goal: the median of the starts."""
    cost, best = curve
    hit = best < goal
    return np.median(np.where(hit.any(axis=0), cost[hit.argmax(axis=0)], 2 * cost[-1]))


@claim(
    "11.12",
    "With 4 hidden units evolution needs about as many as plain descent or more, and with 16 more "
    "than five times as many.",
)
def the_lead_grows(draw):
    X, _, y, _ = pictures(draw.seed)
    n = draw.pick("pictures", [60, 100])
    lead = []
    for hidden, budget in ((4, 10_000), (16, 2000)):
        task = race.Problem([64, hidden, 10], "relu", LOSS, X[:n], y[:n], init="he")
        starts = task.starts(3, draw.seed)
        slow = min(asked_for(race.evolution(task, starts, budget, s), 0.5) for s in (0.1, 0.2))
        fast = min(
            asked_for(race.gradient_descent(task, starts, budget, r), 0.5) for r in (0.2, 0.4, 0.8)
        )
        lead.append(draw.saw(f"evolution over descent, {hidden} hidden units", slow / fast))
    return lead[0] > 0.9 and lead[1] > 5


@claim("11.12", "At 205 and 2410 parameters L-BFGS is first by far")
def curvature_learned_comes_first(draw):
    points, side = moons(60, seed=draw.seed)
    X, _, y, _ = pictures(draw.seed)
    width = draw.pick("hidden units of the half moons", [8, 12])
    hidden = draw.pick("hidden units of the digits", [16, 32])
    sizes, target = [2, width, width, 1], side[:, None] * 1.0
    tasks = {
        "half moons": race.Problem(sizes, "tanh", SigmoidCrossEntropy(), points, target),
        "digits": race.Problem([64, hidden, 10], "relu", LOSS, X[:100], y[:100], init="he"),
    }
    rest, lead = ("descent", "differences", "evolution", "simplex", "random"), []
    for name, task in tasks.items():
        ends = ladder(task, task.starts(5, draw.seed), 1000, *rest)
        own = draw.saw(f"{name}: L-BFGS", ends.pop("L-BFGS"))
        lead.append(draw.saw(f"{name}: the best of the others", min(ends.values())) > 1000 * own)
    return all(lead)


@claim(
    "11.12", "on half or more of other draws of the starts the simplex is ahead of it", least=0.5
)
def but_not_with_ten_parameters(draw):
    x = np.linspace(-3, 3, 40)[:, None]
    task = race.Problem([1, 3, 1], "tanh", MeanSquaredError(), x, np.sin(1.5 * x))
    ends = ladder(task, task.starts(5, draw.seed), 3000, "simplex")
    return draw.saw("simplex over L-BFGS", ends["simplex"] / ends["L-BFGS"]) < 1
