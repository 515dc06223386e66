"""The playground's arithmetic (book/_static/playground) is dlcore's: over dlcore's own lists, the
same random numbers to the bit, the same formulas, and the same θ after every step of a training.

python -m tests.teaching.test_playground        how many steps a second
"""

import inspect
import json
import re
import tempfile
from pathlib import Path

import numpy as np
import pytest

from dlcore import (
    activations,
    datasets,
    early_stopping,
    initializers,
    layers,
    learned_activations,
    losses,
    network,
    noise,
    normalization,
    optimizers,
    regularizers,
    schedules,
    training,
)
from dlcore.history import DivergedError
from dlcore.metrics import accuracy
from tests.site.chromium import chromium, opened

STATIC = Path(__file__).parents[2] / "book" / "_static" / "playground"
SCRIPTS = [  # in the order in which a page loads them
    *("ziggurat", "random", "activations", "losses", "regularizers", "schedules", "optimizers"),
    *("initializers", "layers", "learned_activations", "network", "datasets", "early_stopping"),
    *("divergence", "training", "gradcheck"),
]
POLICY = "default-src 'none'; script-src file:"  # no eval, no worker

# dlcore's lists.  What the playground has not stands below, with the reason.
LISTS = {
    "activations": [activations],
    "losses": [losses],
    "initializers": [initializers],
    "optimizers": [optimizers],
    "schedules": [schedules],
    "regularizers": [regularizers],
    "layers": [layers, normalization, noise, learned_activations],
    "datasets": [datasets],
    "early_stopping": [early_stopping],
}
BASES = (
    *(activations.Function, losses.Loss, initializers.Initializer, initializers.VarianceScaling),
    *(optimizers.Optimizer, schedules.Schedule, layers.Layer, layers.Parameter),
)
ELSEWHERE = {
    "Softmax": "the losses take logits; metrics.softmax has the probabilities",
    "InstanceNorm": "works on images",
    "GroupNorm": "works on images",
    "iris": "comes with scikit-learn",
    "digits": "comes with scikit-learn",
    "breast_cancer": "comes with scikit-learn",
}
FUNCTIONS = (datasets, optimizers)  # of these modules the functions belong to the list


def listed(kind):
    """The public names of a list of dlcore, and what they stand for."""
    found = {}
    for module in LISTS[kind]:
        for name, value in vars(module).items():
            ours = getattr(value, "__module__", "") == module.__name__ and name[0] != "_"
            if ours and (
                inspect.isclass(value) or module in FUNCTIONS and inspect.isfunction(value)
            ):
                found[name] = value
    return {name: value for name, value in found.items() if value not in BASES}


def here(kind):
    """Those that the playground has."""
    return [name for name in listed(kind) if name not in ELSEWHERE]


def page_of(browser, folder):
    paths = [*(STATIC / f"{name}.js" for name in SCRIPTS), Path(__file__).parent / "playground.js"]
    tags = "".join(f'<script src="{path.as_uri()}"></script>' for path in paths)
    policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    head = '<!DOCTYPE html><meta charset="utf-8"><title>-</title>'
    (folder / "page.html").write_text(f"{head}{policy}{tags}", "utf-8")
    return (folder / "page.html").as_uri()


@pytest.fixture(scope="module")
def ask(browser, tmp_path_factory):
    """ask(name, argument) calls a function of playground.js, on a page opened from a folder."""
    with opened(browser, "file:") as (page, problems):
        page.goto(page_of(browser, tmp_path_factory.mktemp("page")))

        def answer(name, argument=None):
            text = page.evaluate("x => asked(x)", [name, json.dumps(argument)])
            return json.loads(re.sub(r'"(-?Infinity|NaN)"', r"\1", text))

        yield answer
        assert problems == []


def near(got, wanted, tolerance=1e-12):
    """Whether each number agrees relatively; NaN and infinities are equal to themselves."""
    got, wanted = np.asarray(got, float), np.asarray(wanted, float)
    assert got.shape == wanted.shape
    with np.errstate(invalid="ignore"):
        close = np.abs(got - wanted) <= tolerance * np.abs(wanted)
    return close | (got == wanted) | np.isnan(got) & np.isnan(wanted)


def test_every_item_of_dlcores_lists_is_here_or_has_a_reason(ask):
    names = ask("names")
    for kind in LISTS:
        assert len(listed(kind)) >= 2
        assert {name for name in listed(kind) if name not in names[kind]} == {
            name for name in listed(kind) if name in ELSEWHERE
        }
    everywhere = {name for kind in LISTS for name in listed(kind)}
    assert everywhere >= set(ELSEWHERE)


def test_the_page_loads_the_scripts_of_the_folder_in_this_order():
    """Each reads what stands before it."""
    assert {path.stem for path in STATIC.glob("*.js")} == set(SCRIPTS)
    page = (STATIC.parents[1] / "playground.md").read_text("utf-8")
    assert re.findall(r'"_static/playground/(\w+)\.js"', page) == SCRIPTS


# ------------------------------------------------------------------- random numbers, to the bit

SEEDS = [0, 1, 2, 42, 2**31, 2**32 - 1, 2**32, 2**40 + 5, 2**53 - 1, [1, 2, 3], [7, 2**33, 0, 1, 9]]


def test_streams_are_numpys_to_the_bit(ask):
    for seed, drawn in zip(SEEDS, ask("streams", SEEDS), strict=True):
        rng = np.random.default_rng(seed)
        child = rng.spawn(3)[2]
        grandchild = child.spawn(2)[1]
        sequence = np.random.SeedSequence(seed)
        assert drawn["state"] == sequence.generate_state(9).tolist()
        assert drawn["random"] == rng.random(50).tolist()
        orders = [rng.permutation(n).tolist() for n in (1, 2, 7, 33, 250)]
        assert drawn["permutations"] == orders
        assert drawn["between"] == rng.random()
        assert drawn["uniform"] == rng.uniform(-0.3, 0.7, 50).tolist()
        assert drawn["integers"] == rng.integers(-3, 11, 51).tolist()
        assert drawn["normal"] == rng.standard_normal(500).tolist()
        assert drawn["list"] == rng.permutation(np.array([3, 1, 4, 1, 5, 9, 2, 6])).tolist()
        after = [*rng.random(3), *child.random(5), *grandchild.standard_normal(5)]
        assert drawn["after"] == after


def test_normal_numbers_are_numpys_to_the_bit(ask):
    """But for the tail, one number in 3,800, which takes a logarithm: there the last bit may be
    that of another mathematical library."""
    got, wanted = np.array(ask("normals", [5, 100_000])), np.random.default_rng(5)
    wanted = wanted.standard_normal(100_000)
    tail = np.abs(wanted) > 3.6541528853610088
    assert 10 < tail.sum() < 50
    assert (got == wanted)[~tail].all()
    assert near(got, wanted, 2.3e-16)[tail].all()


# --------------------------------------------------------------------------------- the formulas

GIVEN = {  # the arguments of those that need some
    "ForActivation": [["tanh"], ["relu", "uniform"], ["gelu"]],
    "Constant": [[0.3]],
    "L2": [[0.01]],
    "L1": [[0.003]],
    "ElasticNet": [[0.002, 0.02]],
    "MaxNorm": [[0.8]],
    "constant": [[0.05]],
    "step_decay": [[0.1, 7], [0.1, 5, 0.5]],
    "exponential": [[0.1, 0.93]],
    "inverse_time": [[0.1, 0.2]],
    "linear": [[0.1, 20], [0.1, 15, 0.01]],
    "cosine": [[0.1, 20], [0.1, 15, 0.01]],
    "warm_up": [[["cosine", 0.1, 25], 6]],
    "chain": [[["linear", 0.1, 9], 9, ["exponential", 0.05, 0.9]]],
}
MORE = {  # and settings other than the default
    **dict.fromkeys(("Step", "Sign"), [[1]]),
    "LeakyReLU": [[0.2], [0]],
    "ELU": [[0.5]],
    "GELU": [["tanh"], ["sigmoid"]],
    **dict.fromkeys(("Softplus", "Swish"), [[2.5]]),
    "Huber": [[0.25]],
    "SoftmaxCrossEntropy": [[0.2]],
    "Normal": [[0.5]],
    "Uniform": [[0.7]],
    "Orthogonal": [[1.5]],
    **dict.fromkeys(("LeCun", "He", "Glorot"), [["uniform"], ["normal"]]),
}


def variants(kind):
    """[name, setting, …] of each item that the playground has, with each of its settings."""
    items = [name for name in here(kind) if not name.startswith("clip_")]
    return [[n, *s] for n in items for s in GIVEN.get(n, [[]]) + MORE.get(n, [])]


def made(kind, spec):
    """The item of dlcore, whose settings may be items (schedules)."""
    name, *settings = spec
    return listed(kind)[name](*[made(kind, s) if isinstance(s, list) else s for s in settings])


def test_activations(ask):
    specs = variants("activations")
    points = np.unique([*np.linspace(-40, 40, 641), *np.logspace(-12, 3.3, 60), 0.0])
    points = np.concatenate([-points[::-1], points])
    for spec, (a, slope) in zip(specs, ask("activations", [specs, points.tolist()]), strict=True):
        h = made("activations", spec)
        value = h(points)
        assert near(a, value)[np.abs(value) > 1e-300].all(), spec
        wanted = np.broadcast_to(h.deriv(points, value), points.shape)
        # what cancels, such as Φ(z) + z φ(z), is relative to the larger terms
        assert (np.abs(np.array(slope) - wanted) <= 1e-12 * np.abs(wanted) + 1e-15).all(), spec


def test_losses(ask):
    rng, asked, wanted = np.random.default_rng(3), [], []
    for spec in variants("losses"):
        loss = made("losses", spec)
        for K in (3, 2) if spec[0] == "SoftmaxCrossEntropy" else (1, 3):
            for scale in (1.0, 30.0, 800.0):
                z = scale * rng.standard_normal((6, K))
                z[0, 0] = 0.0
                labels = rng.integers(0, max(K, 2), 6)
                y = np.eye(max(K, 2))[labels][:, -K:]
                y = y if loss.labels else 2 * y - 1
                asked.append([spec, z.tolist(), y.tolist()])
                wanted.append((spec, loss.value(z, y), loss.grad(z, y)))
    for (spec, J, g), got in zip(wanted, ask("losses", asked), strict=True):
        assert near(got[0], J).all(), spec
        assert (np.abs(np.array(got[1]) - g.ravel()) <= 1e-12 * np.abs(g.ravel()) + 1e-16).all()


def test_schedules(ask):
    specs = variants("schedules")
    for spec, got in zip(specs, ask("schedules", [specs, 60]), strict=True):
        wanted = [made("schedules", spec)(t) for t in range(1, 61)]
        assert (np.abs(np.subtract(got, wanted)) <= 1e-15).all(), spec


def test_initializers(ask):
    sizes = [(5, 3), (3, 5), (1, 4), (4, 1), (6, 6)]
    asked = [[spec, 11, *size] for spec in variants("initializers") for size in sizes]
    for (spec, seed, *size), got in zip(asked, ask("initializers", asked), strict=True):
        wanted = made("initializers", spec)(np.random.default_rng(seed), *size).ravel()
        exact = spec[0] not in ("Orthogonal", "ForActivation")
        assert got == wanted.tolist() if exact else near(got, wanted, 1e-13).all(), (spec, size)


DATA = [
    *(["boolean", [name]] for name in (*datasets.BOOLEAN_NAMES, 0, 6, 9)),
    *(["moons", settings] for settings in ([], [37, 0.3, 5])),
    *(["rings", settings] for settings in ([], [90, 0.02, 8], [50, 0.1, 2, [0.2, 0.6, 1.3]])),
    *(["spirals", settings] for settings in ([], [91, 0, 3, 1.5, 3])),
    *(["blobs", settings] for settings in ([], [80, 5, 0.3, 4], [41, [[0, 0], [1, -2]], 1, 9])),
    *(["separable", settings] for settings in ([], [150, 0.3, 2.0, 6])),
]


def test_datasets(ask):
    assert {name for name, _ in DATA} == set(here("datasets")) - {"split"}
    asked = [[*data, test, seed] for data in DATA for test, seed in ((0.2, 0), (0.45, 3))]
    for (name, settings, test, seed), got in zip(asked, ask("datasets", asked), strict=True):
        X, y = listed("datasets")[name](*settings)
        parts = datasets.split(X, y, test, seed)
        assert got["y"] == y.tolist()
        assert np.abs(np.array(got["X"]) - X.ravel()).max() <= 1e-15, name
        for part, which in (("train", 0), ("test", 1)):
            assert got[part]["y"] == parts[2 + which].tolist(), name
            assert np.abs(np.array(got[part]["X"]) - parts[which].ravel()).max() <= 1e-15, name


def test_clipping(ask):
    for g in ([3.0, -4.0, 0.5], [0.0, 0.0], [1e-3, 1e200, -1e201], [1e-3, -2e-3]):
        wanted = [f(np.array(g), 2.0) for f in (optimizers.clip_norm, optimizers.clip_value)]
        for got, values in zip(ask("clipped", [g, 2.0]), wanted, strict=True):
            assert near(got, values).all()


# ----------------------------------------------------------------------------------- trainings


def setting(**changes):
    """A training of thirty steps, 2-6-5-K: two moons, or with K = 3 three clouds."""
    K, h = changes.pop("K", 1), changes.pop("h", ["Tanh"])
    init, between = changes.pop("init", ["Glorot"]), changes.pop("between", [])
    X, y = datasets.blobs(43, 3, 1.0, seed=2) if K > 1 else datasets.moons(43, 0.2, seed=1)
    hidden = [["Linear", 2, 6, init], *between[:1], ["Activation", h], *between[1:]]
    hidden += [["Linear", 6, 5, init], ["Activation", h]]
    layers = [*hidden, ["Linear", 5, K, init]]
    return {
        "layers": layers,
        "seed": 4,
        "loss": ["SoftmaxCrossEntropy" if K > 1 else "SigmoidCrossEntropy"],
        "optimizer": ["Momentum", {"lr": 0.05}],
        "data": {"X": X.tolist(), "y": y.tolist()},
        "batch_size": 15,
        "epochs": 10,
    } | changes


def rows_of(labels, loss, K):
    """What the playground makes of labels: rows of 0 and 1, or of ±1 where no labels are taken."""
    labels = np.array(labels)
    y = (labels[:, None] == (np.arange(K) if K > 1 else 1)).astype(float)
    return y if loss.labels else 2 * y - 1


def layer_of(kind, *settings):
    if kind == "Activation":
        settings = [made("activations", settings[0])]
    elif kind == "Linear":
        settings = [*settings[:2], made("initializers", settings[2])]
    return listed("layers")[kind](*settings)


def optimizer_of(net, name, options):
    options = dict(options)
    if isinstance(options.get("lr"), list):
        options["lr"] = made("schedules", options["lr"])
    if options.get("n_weights"):
        options["n_weights"] = net.n_weights
    return listed("optimizers")[name](net.theta, **options)


def by_dlcore(s):
    """The network after the training, θ before and after each step, and the history of fit."""
    built = [layer_of(*spec) for spec in s["layers"]]
    net = network.Network(*built, seed=s["seed"], dtype="float64")
    loss, K = made("losses", s["loss"]), built[-1].n_out
    optimizer = optimizer_of(net, *s["optimizer"])
    constraint = s.get("constraint") and made("regularizers", s["constraint"])
    thetas = [net.theta.copy()]

    def after_a_step(net):
        if constraint:
            constraint(net)
        thetas.append(net.theta.copy())

    def right(y_hat, rows):  # the loss has rows, the metric labels
        return accuracy(y_hat, np.argmax(rows, axis=1) if K > 1 else (rows[:, 0] > 0) + 0)

    def examples(data):
        X, y = np.array(data["X"]), np.array(data["y"])
        return X, y if y.ndim > 1 else rows_of(y, loss, K)

    named = {"batch_size", "epochs", "patience", "min_delta", "monitor", "clip", "drop_last"}
    arguments = {key: s[key] for key in named if key in s}
    if not isinstance(s["data"]["y"][0], list):
        arguments["metrics"] = {"accuracy": right}
    if "penalty" in s:
        arguments["penalty"] = made("regularizers", s["penalty"])
    if "validation" in s:
        arguments["validation"] = examples(s["validation"])
    if "plateau" in s:
        arguments["callback"] = early_stopping.ReduceOnPlateau(optimizer, *s["plateau"])
    history = training.fit(
        net, loss, optimizer, *examples(s["data"]), constraint=after_a_step, progress=False,
        seed=s.get("order"), **arguments,
    )  # fmt: skip
    return net, thetas, history


def agree(ask, settings):
    """Every step of every training, relative to the largest parameter."""
    for i, (s, got) in enumerate(zip(settings, ask("trained", settings), strict=True)):
        net, thetas, history = by_dlcore(s)
        what = f"training {i}: {s}"
        assert len(got["thetas"]) == len(thetas) > 5, what
        for step, (js, py) in enumerate(zip(got["thetas"], thetas, strict=True)):
            error, size = np.abs(np.array(js) - py).max(), np.abs(py).max()
            assert error <= 1e-12 * size, (step, error, size, what)
        assert np.abs(np.array(got["theta"]) - net.theta).max() <= 1e-12 * np.abs(net.theta).max()
        for js, py in zip(got["buffers"], [b for own in net.buffers for b in own], strict=True):
            assert near(js, py.ravel()).all(), what
        js = got["history"]
        assert near(js["loss"], history.loss).all(), what
        assert near(js["validation"], history.validation).all(), what
        assert near(js["accuracy"], history.metrics.get("accuracy", [])).all(), what
        assert (js["steps"], js["best"]) == (history.steps, history.best), what


def test_trainings_with_each_optimizer(ask):
    options = {
        **dict.fromkeys(("Momentum", "Nesterov"), {"lr": 0.02, "mu": 0.8}),
        "Adagrad": {"lr": 0.05, "eps": 1e-6},
        "RMSProp": {"lr": 0.003, "rho": 0.99, "eps": 1e-6},
        "Adam": {"lr": 0.01, "beta1": 0.8, "beta2": 0.99, "eps": 1e-6},
        "AMSGrad": {"lr": 0.01, "beta1": 0.7, "beta2": 0.9},
        "AdamW": {"lr": 0.01, "decay": 0.1, "n_weights": True},
        "NAdam": {"lr": 0.01, "psi": 0.02, "beta1": 0.8},
    }
    names = [name for name in here("optimizers") if not name.startswith("clip_")]
    agree(
        ask,
        [setting(optimizer=[name, {}]) for name in names]
        + [setting(optimizer=[name, options[name]]) for name in options],
    )


def test_trainings_with_each_loss(ask):
    specs = variants("losses")
    alone = [spec for spec in specs if spec[0] != "SoftmaxCrossEntropy"]
    agree(ask, [setting(K=3, loss=s) for s in specs] + [setting(K=1, loss=s) for s in alone])


def test_trainings_with_each_activation(ask):
    agree(ask, [setting(h=spec) for spec in variants("activations")])


def test_trainings_from_each_start(ask):
    agree(ask, [setting(init=spec, seed=s) for s, spec in enumerate(variants("initializers"))])


def test_trainings_with_each_schedule(ask):
    agree(ask, [setting(optimizer=["Adam", {"lr": lr}]) for lr in variants("schedules")])


def test_trainings_with_each_penalty(ask):
    penalties = [spec for spec in variants("regularizers") if spec[0] != "MaxNorm"]
    assert len(penalties) == len(here("regularizers")) - 1
    agree(
        ask,
        [setting(penalty=spec) for spec in penalties]
        + [setting(constraint=["MaxNorm", c], optimizer=["Adam", {"lr": 0.05}]) for c in (0.8, 3)],
    )


BETWEEN = {
    "BatchNorm": [["BatchNorm", 6], ["BatchNorm", 6]],
    "LayerNorm": [["LayerNorm", 6], ["LayerNorm", 6]],
    "Dropout": [["Dropout", 0.3], ["Dropout", 0.5]],
    "GaussianNoise": [["GaussianNoise", 0.2], ["GaussianNoise", 0.1, 7]],
    "ParametricReLU": [["ParametricReLU", 6], ["ParametricReLU", 6, 0.1]],
    "ACON": [["ACON", 6], ["ACON", 6, "A", 1, 0.25, 1.5], ["ACON", 6, "B"]],
}


def test_trainings_with_each_layer(ask):
    assert {*BETWEEN, "Linear", "Activation"} == set(here("layers"))
    mixed = [["BatchNorm", 6], ["Dropout", 0.2], ["LayerNorm", 6], ["Dropout", 0.4]]
    settings = [setting(K=k, between=b) for k in (1, 3) for b in [*BETWEEN.values(), mixed]]
    before = setting()  # noise on the data, and layers without parameters below the first weights
    before["layers"] = [["GaussianNoise", 0.1], ["Dropout", 0.1], *before["layers"]]
    agree(ask, [*settings, before])
    for norm in ("BatchNorm", "LayerNorm"):  # whose squares overflow
        far = setting(between=[[norm, 6]])
        far["data"]["X"] = (1e160 * np.array(far["data"]["X"])).tolist()
        agree(ask, [far])


def test_trainings_with_other_options_of_fit(ask):
    X, y = datasets.moons(30, 0.2, seed=9)
    validation = {"X": X.tolist(), "y": y.tolist()}
    rows = {"X": X.tolist(), "y": np.c_[np.sin(X[:, 0]), X[:, 1] ** 2].tolist()}
    regression = setting(data=rows, loss=["MeanSquaredError"], batch_size=7, order=3)
    regression["layers"][-1] = ["Linear", 5, 2, ["Glorot"]]
    early = {"validation": validation, "epochs": 40, "optimizer": ["Adam", {"lr": 0.1}]}
    agree(
        ask,
        [
            setting(batch_size=None, epochs=20),
            setting(batch_size=1, epochs=1),
            setting(batch_size=100, epochs=20, order=5),
            setting(drop_last=True, order=5),
            setting(clip=0.05),
            setting(clip=0.05, penalty=["L2", 0.1]),
            setting(validation=validation, K=1, between=BETWEEN["BatchNorm"]),
            setting(**early, patience=2),
            setting(**early, patience=3, min_delta=0.05, monitor="accuracy"),
            setting(**early, patience=3, min_delta=0.05),
            setting(**early, plateau=[0.5, 2]),
            regression,
        ],
    )


def test_names_are_dlcores(ask):
    others = {
        "activations": ("silu", "linear", "Leaky_ReLU"),
        "initializers": ("Xavier", "kaiming"),
    }
    for kind, find in (
        ("activations", activations.activation),
        ("initializers", initializers.initializer),
    ):
        for name in [*LISTS[kind][0].NAMED, *others[kind]]:
            assert ask("called", [kind, name]) == type(find(name)).__name__


def test_an_mlp_is_dlcores(ask):
    X = np.random.default_rng(0).standard_normal((9, 2))
    for sizes, options in (([2, 8, 8, 1], {}), ([2, 5, 3], {"activation": "selu", "init": "he"})):
        net = network.MLP(sizes, **options, seed=12, dtype="float64")
        got = ask("mlp", [sizes, options | {"seed": 12}, X.tolist()])
        assert got["theta"] == net.theta.tolist()
        assert near(got["y_hat"], net(X).ravel()).all()


def test_many_starts_are_a_stack_of_dlcore(ask):
    """Networks of their own seeds are the copies that dlcore trains as one stack."""
    settings = [setting(seed=seed, order=6) for seed in range(5)]
    X, y = (np.array(settings[0]["data"][name]) for name in "Xy")
    net = network.MLP([2, 6, 5, 1], seed=0, copies=5, dtype="float64")
    training.fit(
        net, losses.SigmoidCrossEntropy(), optimizers.Momentum(net.theta, lr=0.05), X, y,
        batch_size=15, epochs=10, seed=6, progress=False,
    )  # fmt: skip
    for got, theta in zip(ask("trained", settings), net.theta, strict=True):
        assert np.abs(np.array(got["theta"]) - theta).max() <= 1e-12 * np.abs(theta).max()


def test_what_dlcore_refuses_is_refused_in_its_words(ask):
    for s in (
        setting(batch_size=14, between=BETWEEN["BatchNorm"]),
        setting(batch_size=1, between=BETWEEN["BatchNorm"]),
        setting(loss=["SoftmaxCrossEntropy"]),
        setting(between=[["LayerNorm", 1]]),
    ):
        with pytest.raises(ValueError) as caught:
            by_dlcore(s)
        words = str(caught.value).replace("(smoothing=0.0)", "")
        assert ask("refused", s) == words


def test_gradients_agree_with_differences(ask):
    layers = [["BatchNorm", 6], ["LayerNorm", 6], ["ACON", 6], ["ParametricReLU", 6]]
    for loss in ("SoftmaxCrossEntropy", "Huber"):
        right, doubled, turned, kept = ask("gradients", setting(K=3, between=layers, loss=[loss]))
        assert right < 1e-7 and abs(doubled - 1 / 3) < 1e-6 and turned > 0.999 and kept


# ---------------------------------------------------------------------------------- divergence

FAR_APART = {"X": (1e-170 * np.arange(12).reshape(6, 2)).tolist(), "y": [0, 1, 0, 1, 1, 0]}
DIVERGING = [  # what is to become infinite or NaN first, and in which layer
    ("loss", 4, dict(h=["ReLU"], optimizer=["GradientDescent", {"lr": 1e3}])),
    ("loss", 4, dict(h=["Tanh"], optimizer=["GradientDescent", {"lr": 1e2}])),
    ("output", 4, dict(h=["Identity"], optimizer=["Momentum", {"lr": 5.0}])),
    ("penalty", 4, dict(loss=["Hinge"], penalty=["L2", 1.0], optimizer=["Adagrad", {"lr": 1e160}])),
    ("parameter", 0, dict(optimizer=["AdamW", {"lr": 1e200, "decay": 1e200}])),
    ("gradient", 0, dict(h=["Identity"], init=["Uniform", 1e100], data=FAR_APART)),
]


def test_a_diverging_training_ends_at_the_same_step_and_says_where(ask):
    settings = [setting(**{"loss": ["MeanSquaredError"], "epochs": 99} | s) for *_, s in DIVERGING]
    for (what, layer, _), s, got in zip(DIVERGING, settings, ask("trained", settings), strict=True):
        with pytest.raises(DivergedError) as caught:
            by_dlcore(s)
        account, error = got["account"], caught.value
        assert got["ended"] == "diverged"
        assert account["step"] == got["history"]["diverged"] == error.step
        assert account["epoch"] == error.history.epochs
        assert near(got["history"]["loss"][:-1], error.history.loss[:-1], 1e-9).all()
        assert (account["what"], account["layer"]) == (what, layer), account["words"]
        assert account["at"] == error.step - (what in ("parameter", "gradient"))
        where = f"The loss is no longer finite at step {error.step}, epoch {account['epoch']}."
        assert account["words"].startswith(where)
        assert account["advice"].lower()[:-1] in str(error)
        assert len(account["layers"]) == len(s["layers"])


def test_an_account_names_what_came_first(ask):
    """In the order of a step: gradients from the last layer down, θ, outputs from the first up."""
    cases = [  # what holds NaN, and what is to be named: what, layer, parameter, unit, step
        ([("grads", 0, 1, 2), ("grads", 2, 0, 7), ("params", 0, 0, 0)], ("gradient", 2, "W", 1, 8)),
        ([("params", 2, 1, 4), ("params", 4, 0, 0)], ("parameter", 2, "b", 4, 8)),
        ([("outputs", 1, 0, 15), ("outputs", 2, 0, 0)], ("output", 1, None, 3, 9)),
    ]
    given = [setting(), [places for places, _ in cases]]
    for (_, named), got in zip(cases, ask("accounts", given), strict=True):
        assert tuple(map(got.get, ("what", "layer", "of", "unit", "at"))) == named
        assert f"unit {named[3] + 1} in layer {named[1] + 1}, " in got["words"]


# --------------------------------------------------------------------------------------- speed


def main():
    """Steps a second of 2-8-8-1 with batch 64 on 250 points, for some settings."""
    X, y = datasets.moons(250, 0.2, seed=1)
    with chromium() as browser, opened(browser, "file:") as (page, _):
        page.goto(page_of(browser, Path(tempfile.mkdtemp())))
        glorot = ["Glorot"]
        for title, between, h, optimizer in (
            ("tanh, momentum", [], ["Tanh"], ["Momentum", {}]),
            ("tanh, Adam", [], ["Tanh"], ["Adam", {}]),
            ("ReLU, Adam", [], ["ReLU"], ["Adam", {}]),
            ("GELU, Adam", [], ["GELU"], ["Adam", {}]),
            ("Swish, Adam", [], ["Swish"], ["Adam", {}]),
            ("SELU, Adam", [], ["SELU"], ["Adam", {}]),
            ("tanh again, Adam", [], ["Tanh"], ["Adam", {}]),
            ("BatchNorm, tanh, Adam", [["BatchNorm", 8]], ["Tanh"], ["Adam", {}]),
            ("dropout, tanh, Adam", [["Dropout", 0.2]], ["Tanh"], ["Adam", {}]),
        ):
            layers = []
            for n in (2, 8):
                layers += [["Linear", n, 8, glorot], *between, ["Activation", h]]
            s = setting(optimizer=optimizer, batch_size=64)
            s |= {"layers": [*layers, ["Linear", 8, 1, glorot]], "epochs": 10**9}
            s["data"] = {"X": X.tolist(), "y": y.tolist()}
            print(f"{title:24} {page.evaluate('x => ask.speed(x)', [s, 1.0]):9,.0f} steps/s")


if __name__ == "__main__":
    main()
