"""Chapter 1, What deep learning is."""

from fractions import Fraction

import numpy as np

from dlcore.datasets import digits
from dlcore.losses import SoftmaxCrossEntropy
from dlcore.network import MLP
from dlcore.optimizers import Adam
from dlcore.teaching.exercises import Between, Exercise
from dlcore.training import fit

RINGS = {
    "AI": "nothing is learned from data",
    "ML": "something is learned, and it is not deep",
    "DL": "several layers of representations are learned",
}

TARGETS = {
    "number": "a measured quantity: squared error",
    "2 classes": "one of two names: cross-entropy",
    "3 classes": "one of three names: cross-entropy",
    "10 classes": "one of ten names: cross-entropy",
}


def names_digits(fit_rule):
    """What is wrong with fit_rule: trained on 1000 digits, it must name most of the others."""
    X, y = digits()
    for classes in (None, (5, 6, 7, 8, 9)):
        keep = np.ones(len(y), bool) if classes is None else np.isin(y, classes)
        first = keep & (np.arange(len(y)) < 1000)
        rule = fit_rule(X[first].copy(), y[first].copy())
        if rule is None:
            return "fit_rule returns nothing yet: it should return a function."
        if not callable(rule):
            return "fit_rule should return a function, which names new pictures."
        new, right = X[keep & ~first], y[keep & ~first]
        try:
            said = rule(new.copy())
        except (ValueError, IndexError) as error:
            return (
                f"Your rule fails on an array of {len(new)} pictures, shape {new.shape}; it should "
                f"return {len(new)} labels: {error}"
            )
        if said is None:
            return "Your rule returns nothing: it should return one label for each picture."
        said = np.asarray(said)
        if said.shape != right.shape:
            return (
                f"The rule got {len(new)} pictures and should return {len(right)} labels, "
                f"shape ({len(right)},); it returned shape {said.shape}."
            )
        if classes and np.isin(said, range(5)).mean() > 0.9:
            return (
                "On the digits 5 to 9 your rule answers 0 to 4: it returns the number of the mean "
                "and not the label that belongs to it."
            )
        if not np.isin(said, y[first]).all():
            return "Your rule returns labels that were not among those it was trained on."
        share = (said == right).mean()
        if share < 0.02:
            return "Hardly one is right: do you take the farthest mean and not the nearest?"
        if share < 0.85:
            return f"Of the unseen digits {share:.0%} are right; 85 % are required."
    return None


def sees_every_change(unchanged):
    """What escapes the reader's unchanged(net, action)."""
    X, y = np.random.default_rng(0).random((20, 4)), np.arange(20) % 3

    def tries(net):
        before = net.theta.copy()

        def one():
            net.theta[3] += 1e-3

        def tiny():
            net.theta[-1] += np.spacing(net.theta[-1])

        def swap():
            net.theta[[0, 1]] = net.theta[[1, 0]]

        def learn():
            fit(
                net, SoftmaxCrossEntropy(), Adam(net.theta, lr=0.01), X, y, epochs=2, progress=False
            )

        def there_and_back():
            net.theta += 1.0
            net.theta[...] = before

        return (
            (lambda: net(X), True, "action only asks the network;"),
            (one, False, "action changed one parameter;"),
            (learn, False, "action trained the network;"),
            (swap, False, "action exchanged two parameters (their sum is as before);"),
            (
                tiny,
                False,
                "action changed the last parameter, a bias, by the least that is possible;",
            ),
            (there_and_back, True, "action changed the parameters and put them back;"),
        )

    for i in range(6):
        net = MLP([4, 5, 3], seed=i)
        action, same, what = tries(net)[i]
        called = []

        def counted(action=action, called=called):
            called.append(True)
            action()

        said = unchanged(net, counted)
        if said is None:
            return "Your function returns nothing yet: it should return True or False."
        if not called:
            return "Your function has not called action()."
        if np.ndim(said):
            return f"Expected one True or False, got {np.size(said)} of them."
        if bool(said) != same:
            hint = (
                " Is what you kept a copy, or a second name for the same array?" if i == 1 else ""
            )
            return f"{what} your function says {bool(said)}.{hint}"
    return None


def _means(X, y, choose=np.argmin, label=True):
    kinds = np.unique(y)
    means = np.stack([X[y == k].mean(axis=0) for k in kinds])

    def rule(new):
        i = choose(((new[:, None] - means) ** 2).sum(axis=2), axis=1)
        return kinds[i] if label else i

    return rule


def _copying(net, action):
    before = net.theta.copy()
    action()
    return bool((net.theta == before).all())


def _naming(net, action):
    before = net.theta
    action()
    return bool((net.theta == before).all())


def _summing(net, action):
    before = net.theta.sum()
    action()
    return net.theta.sum() == before


def _close(net, action):
    before = net.theta.copy()
    action()
    return np.allclose(net.theta, before)


def _each(net, action):
    before = net.theta.copy()
    action()
    return net.theta == before


SORTED = dict(a="AI", b="ML", c="DL", d="ML", e="ML", f="AI", g="ML", h="DL")
SETS = dict(
    iris="3 classes",
    digits="10 classes",
    wine="3 classes",
    breast_cancer="2 classes",
    diabetes="number",
)

EXERCISES = [
    Exercise(
        "1.1",
        "choice",
        options=RINGS,
        answer=SORTED,
        hints=[
            (dict(a="ML"), "a: its authors wrote the rules. What would it learn from?"),
            (dict(a="DL"), "a: its authors wrote the rules. What would it learn from?"),
            (dict(b="AI"), "b: the counts come from messages, so it learns."),
            (dict(b="DL"), "b: one sum of weighted counts is one layer."),
            (dict(c="ML"), "c: how many of its layers are learned?"),
            (dict(d="AI"), "d: without its stored examples it could not answer."),
            (dict(d="DL"), "d: which representation does it learn?"),
            (dict(e="DL"), "e: a unit is a neural network, and how deep is one unit?"),
            (dict(e="AI"), "e: its weights come from examples."),
            (dict(f="ML"), "f: the shortest way follows from the map, without any examples."),
            (dict(f="DL"), "f: the shortest way follows from the map, without any examples."),
            (dict(g="DL"), "g: how many of its layers are learned?"),
            (dict(g="AI"), "g: the read-out is trained."),
            (dict(h="ML"), "h: how many of its layers are learned?"),
        ],
        hint="Ask first whether anything is learned from data, then how many layers of it.",
        praise="The word deep counts learned layers, not layers.",
        right=[SORTED],
        wrong=[
            (SORTED | dict(g="DL"), "g: how many"),
            (SORTED | dict(e="DL"), "e: a unit"),
            (SORTED | dict(f="ML"), "f: the shortest"),
            (SORTED | dict(h="AI"), "Ask first"),
            (dict(a="AI"), "keys a, b, c"),
        ],
    ),
    Exercise(
        "1.2",
        "array",
        answer=[2410, 9640],
        labels=("parameters", "bytes"),
        hints=[
            ([2368, ...], "These are the weights. Every unit has a bias as well."),
            ([2400, ...], "Ten parameters are missing: the scores have biases, too."),
            ([2378, ...], "The biases of the 32 hidden units are missing."),
            ([2474, ...], "The pixels are inputs and have no biases of their own."),
            ([2410, 19280], "Four bytes for each number, not eight."),
            ([2410, ...], "The parameters are right. And four bytes for each?"),
            ([9640, 2410], "The parameters come first."),
        ],
        hint="A layer from n to m numbers has m rows of n weights, and m biases.",
        praise="A photograph on a telephone takes some hundred times as much.",
        right=[[2410, 9640], (2410.0, 9640.0), np.array([2410, 9640])],
        wrong=[
            ([2368, 9472], "weights"),
            ([2400, 9600], "scores"),
            ([2378, 9512], "32 hidden"),
            ([2474, 9896], "inputs"),
            ([2410, 19280], "not eight"),
            ([2410, 2410], "four bytes"),
            ([9640, 2410], "first"),
            ([100, 400], "rows of n"),
            (2410, "Expected a list of 2 numbers"),
        ],
    ),
    Exercise(
        "1.3",
        "array",
        answer=[1024, 1023],
        labels=("pieces", "units in one layer"),
        hints=[
            ([20, ...], "That is the number of units; each fold doubles the pieces."),
            ([512, ...], "That is nine folds, or the number of teeth: a tooth has two pieces."),
            ([1024, 1024], "n units cut the line into n + 1 pieces at most."),
            ([1024, 1025], "n units cut the line into n + 1 pieces at most."),
            ([1024, 20], "So many the folded network has. What does one layer need?"),
            ([1024, ...], "The pieces are right. How many pieces can n units in one layer give?"),
        ],
        hint="Each fold doubles the pieces; each unit in one layer adds at most one.",
        praise="Twenty units folded, or more than a thousand side by side.",
        right=[[1024, 1023], (2**10, 2**10 - 1)],
        wrong=[
            ([20, 19], "doubles"),
            ([512, 511], "teeth"),
            ([1024, 1024], "n + 1"),
            ([1024, 1025], "n + 1"),
            ([1024, 20], "one layer need"),
            ([1024, 512], "pieces are right"),
            ([100, 99], "doubles the pieces"),
        ],
    ),
    Exercise(
        "1.4",
        "number",
        answer=5 / 7,
        tolerance=0.005,
        hints=[
            (0.8, "That is the share of heads, without the prior."),
            (
                Between(0.685, 0.6905),
                "That is the mean of the posterior, 11/16; its peak is asked for.",
            ),
            (Between(0.606, 0.616), "3 − 1 = 2 goes to each exponent; you took more."),
            (0.5, "That is the peak of the prior alone."),
            (
                Between(0.728, 0.738),
                "Do heads and tails both get s − 1, and the sum twice as much?",
            ),
        ],
        hint="Take equation (1.7) with h = 8, t = 2 and s = 3.",
        praise="The prior counts as two heads and two tails more.",
        right=[10 / 14, Fraction(5, 7), 0.714, 0.71, [0.7143], np.array([10 / 14])],
        wrong=[
            (0.8, "without the prior"),
            (11 / 16, "mean of the posterior"),
            (11 / 18, "you took more"),
            (0.5, "prior alone"),
            (11 / 15, "both get"),
            (0.2, "with h = 8"),
        ],
    ),
    Exercise(
        "1.5",
        "function",
        test=names_digits,
        praise="It names most of the unseen digits, and whatever labels you give it.",
        right=[_means],
        wrong=[
            (lambda X, y: None, "returns nothing yet"),
            (lambda X, y: y, "should return a function"),
            (lambda X, y: _means(X, y, np.argmax), "farthest"),
            (lambda X, y: _means(X, y, label=False), "answers 0 to 4"),
            (lambda X, y: lambda new: np.zeros(3), "should return"),
            (lambda X, y: lambda new: None, "returns nothing"),
            (lambda X, y: lambda new: np.full(len(new), y[0]), "85 % are required"),
            (lambda X, y: lambda new: np.full(len(new), 17), "not among"),
            (lambda X, y: lambda one: np.linalg.norm(X[:10] - one, axis=1).argmin(), "fails on an"),
        ],
    ),
    Exercise(
        "1.6",
        "function",
        test=sees_every_change,
        praise="Not even the smallest possible change of a single bias escapes it.",
        right=[_copying],
        wrong=[
            (lambda net, action: None, "returns nothing"),
            (_naming, "a second name"),
            (_summing, "exchanged two"),
            (_close, "least that is possible"),
            (_each, "Expected one True or False"),
            (lambda net, action: True, "not called"),
        ],
    ),
    Exercise(
        "1.7",
        "number",
        answer=0.352,
        tolerance=0.013,
        hints=[
            (Between(24, 95), "Give a share between 0 and 1, not a percentage."),
            (
                Between(0.7, 0.95),
                "So much the lesson of the text reaches: is the target of yours `many` itself?",
            ),
            (Between(0.4, 0.7), "Is the body frozen, with the read-out alone learning?"),
            (Between(0.386, 0.4), "So much raw pixels give: is the name the one of your network?"),
            (
                Between(0.3655, 0.386),
                "Is the body frozen, (0, 2), with the read-out alone learning?",
            ),
            (
                Between(0.29, 0.338),
                "So much a body gives that nobody has trained: is yours trained, from `many` to "
                "`many`, with the seed 0 that `machine` takes by itself?",
            ),
            (Between(0.0, 0.29), "Hardly above chance: is it the body of the trained autoencoder?"),
        ],
        hint="Train from many to many, then unseen('autoencoder', 50).mean().",
        praise="The same pictures, another lesson: hardly better than a body that has learned "
        "nothing.",
        right=[0.352, 0.35, [0.3517]],
        wrong=[
            (35.2, "not a percentage"),
            (0.85, "lesson of the text"),
            (0.5, "frozen"),
            (0.369, "frozen"),
            (0.392, "raw pixels"),
            (0.305, "nobody has trained"),
            (0.32, "nobody has trained"),
            (0.2, "Hardly above chance"),
            (1.0, "many to many"),
        ],
    ),
    Exercise(
        "1.8",
        "choice",
        options=TARGETS,
        answer=SETS,
        hints=[
            (dict(diabetes="2 classes"), "diabetes: what does the target measure? See .DESCR."),
            (dict(diabetes="3 classes"), "diabetes: how many different targets are there?"),
            (dict(diabetes="10 classes"), "diabetes: ten is the number of inputs."),
            (dict(digits="number"), "digits: is a 3 between a 2 and a 4, as a picture?"),
            (dict(wine="number"), "wine: the targets are names of growers."),
            (dict(iris="number"), "iris: the targets are kinds of flowers."),
            (dict(breast_cancer="number"), "breast cancer: malignant or benign?"),
        ],
        hint="Count the different targets, and ask whether the numbers between them mean anything.",
        praise="Four names and one quantity; the type of a number does not tell which.",
        right=[SETS],
        wrong=[
            (SETS | dict(diabetes="10 classes"), "number of inputs"),
            (SETS | dict(digits="number"), "between a 2"),
            (SETS | dict(wine="number"), "growers"),
            (SETS | dict(iris="2 classes"), "Count the different"),
            (dict(iris="3 classes"), "keys iris"),
        ],
    ),
]
