"""The exercises of chapter 16: initialisation."""

import numpy as np

from dlcore.activations import GELU
from dlcore.initializers import He, gaussian_mean
from dlcore.network import Network
from dlcore.teaching.chapters.starts import pictures, probe, tower
from dlcore.teaching.exercises import Between, Exercise


def leaks(z):
    return np.where(z > 0, z, 0.3 * z)


TRIED = {
    "max(z, 0)": lambda z: np.maximum(z, 0.0),
    "leaky ReLU": leaks,
    "sin 2z": lambda z: np.sin(2 * z),
    "1 + tanh z": lambda z: 1 + np.tanh(z),
    "GELU": GELU(),
}


def finds_the_start(start_for):
    """16.3: the standard deviation 1/√(n E[h(s)²])."""
    for name, h in TRIED.items():
        for n in (64, 300):
            second, first = gaussian_mean(lambda s, h=h: h(s) ** 2), gaussian_mean(h)
            wanted = 1 / np.sqrt(n * second)
            given = np.asarray(start_for(h, n), dtype=float)
            if given.size != 1:
                return f"Expected one number for h = {name} and n = {n}, got {given.size}."
            ratio = float(given.reshape(())) / wanted
            if abs(ratio - 1) <= 0.005:
                continue
            if abs(ratio - 1) <= 0.02:
                return (
                    f"h = {name}, n = {n}: {ratio:.3f} times what is right. The formula seems "
                    "right; with random numbers take millions, the check allows half a per cent."
                )
            for slip, hint in (
                (
                    np.sqrt(second / first) if first > 1e-3 else 0,
                    "h(s) has to be squared before the mean is taken.",
                ),
                (wanted, "This is the variance; the standard deviation is asked, its root."),
                (np.sqrt(n), "This is the gain. A sum has n terms: where has n gone?"),
                (1 / (n * wanted * wanted) / wanted, "This is E[h(s)²] itself."),
                (
                    np.sqrt(second / (second - first**2)) if second > first**2 * 1.001 else 0,
                    "This divides by the variance of h(s); its mean square is what enters.",
                ),
            ):
                if slip and abs(ratio / slip - 1) < 0.006 and abs(slip - 1) > 0.006:
                    return f"h = {name}, n = {n}: {hint}"
            return f"For h = {name} and n = {n} this is {ratio:.3f} times what is right."
    return None


def rescales(rescale):
    """16.7: every layer's sums have the mean square 1 on the batch, and W keeps its direction."""
    x = pictures(12)
    for h, sizes in (("gelu", [64, 40, 30, 50, 20, 10]), ("relu", [64, 50, 50, 50])):
        net = tower(sizes, h, He(), seed=3, dtype="float64")
        before = [params[0].copy() for params in net.params if params]
        given = rescale(net, x)
        net = given if isinstance(given, Network) else net
        sizes_now = probe(net, x)[0]
        ratios = [
            params[0] / W for params, W in zip([p for p in net.params if p], before, strict=True)
        ]
        if all(np.allclose(r, 1) for r in ratios):
            return "The weights have not changed: write W *= … or W[...] = …, not W = W * …."
        if any(np.ptp(r) > 1e-9 * abs(r.mean()) for r in ratios):
            return "A layer gets one number for all of its weights; here they got different ones."
        if any(r.mean() < 0 for r in ratios):
            return "The size is right up to a sign: divide by the root mean square."
        if np.allclose(sizes_now, 1, atol=1e-6):
            continue
        found = ", ".join(f"{q:.3g}" for q in sizes_now)
        if abs(sizes_now[0] - 1) > 1e-6:
            W = before[0]
            z = x @ W.T
            factor = float(np.median(ratios[0]))
            if abs(factor * np.std(z) - 1) < 1e-6:
                return (
                    f"The mean squares are {found}. You divide by the standard "
                    "deviation; the sums have a mean, so take the root of their mean square."
                )
            if abs(factor * np.mean(z**2) - 1) < 1e-6:
                return "Divide by the root of the mean square, not by the mean square."
            return f"The mean squares of the sums are {found}. Begin with the first layer: is it 1?"
        return (
            f"The mean squares of the sums are {found}. The first is right: measure a layer when "
            "the layers below have their final weights."
        )
    return None


def _start(root=True, n_power=1, moment="square"):
    def start_for(h, n):
        m = gaussian_mean(lambda s: h(s) ** 2)
        if moment == "variance":
            m -= gaussian_mean(h) ** 2
        if moment == "mean":
            m = abs(gaussian_mean(h))
        value = 1 / (n**n_power * m)
        return np.sqrt(value) if root else value

    return start_for


def _by_chance(h, n):
    s = np.random.default_rng(0).standard_normal(4_000_000)
    return np.array([1 / np.sqrt(n * np.mean(h(s) ** 2))])


def _rescale(net, x):
    a = x
    for layer, params in zip(net.layers, net.params, strict=True):
        if params:
            params[0][...] /= np.sqrt(np.mean(layer.forward(params, a)[0] ** 2))
        a = layer.forward(params, a)[0]


def _returning(net, x):
    _rescale(net, x)
    return net


def _all_at_once(net, x):
    caches = net.forward(x)[1]
    for layer, params, cache in zip(net.layers, net.params, caches, strict=True):
        if params:
            params[0][...] /= np.sqrt(np.mean(layer.forward(params, cache)[0] ** 2))


def _to_variance(net, x):
    a = x
    for layer, params in zip(net.layers, net.params, strict=True):
        if params:
            params[0][...] /= np.std(layer.forward(params, a)[0])
        a = layer.forward(params, a)[0]


def _without_the_root(net, x):
    a = x
    for layer, params in zip(net.layers, net.params, strict=True):
        if params:
            params[0][...] /= np.mean(layer.forward(params, a)[0] ** 2)
        a = layer.forward(params, a)[0]


def _twice_too_large(net, x):
    _rescale(net, x)
    for params in net.params:
        if params:
            params[0][...] *= 2


def _unit_by_unit(net, x):
    a = x
    for layer, params in zip(net.layers, net.params, strict=True):
        if params:
            z = layer.forward(params, a)[0]
            params[0][...] /= np.sqrt(np.mean(z**2, axis=0))[:, None]
        a = layer.forward(params, a)[0]


SYMMETRY = dict(a="alike", b="alike", c="different", d="different", e="different", f="alike")
LOG = float(-49 * np.log10(2))

EXERCISES = [
    Exercise(
        "16.1",
        "array",
        answer=[15.353, 15.14, 13.68],
        tolerance=[0.06, 0.35, 0.8],
        labels=("recursion", "width 256", "width 32"),
        hints=[
            (
                [Between(15.03, 15.08), ..., ...],
                "The inputs of layer 1 are not cut off: the first layer multiplies by 4, not by 2.",
            ),
            (
                [Between(30, 30.2), ..., ...],
                "ReLU halves the mean square: from the second layer on the factor is g/2.",
            ),
            ([Between(29.4, 29.6), ..., ...], "ReLU halves the mean square in every layer."),
            ([Between(15.62, 15.68), ..., ...], "Layer 50 lies 49 layers behind the first."),
            ([Between(7.5, 7.8), ..., ...], "This is the root; the mean square is asked."),
            ([Between(1e14, 1e16), ..., ...], "Give the logarithms to base 10."),
            ([Between(35.2, 35.5), ..., ...], "This is the natural logarithm; base 10 is asked."),
            (
                [..., Between(14.7, 15.5), Between(14.6, 16.5)],
                "At width 32 the typical network lies well below: average the logarithms, not the "
                "mean squares.",
            ),
            (
                [Between(15.29, 15.415), ..., ...],
                "The first is right. Did you average log₁₀ of the "
                "mean square in the last layer over 20 networks?",
            ),
        ],
        hint="q₁ = 4, then 49 layers with the factor g/2.",
        praise="The narrower the network, the further its typical member lies below the mean.",
        right=[
            [15.35, 15.14, 13.7],
            (15.3525, 15.0, 14.2),
            np.array([15.36, 15.4, 13.2]),
            [15.4, 15.2, 13.5],
            [15.3, 15.1, 13.6],
        ],
        wrong=[
            ([15.05, 14.9, 13.4], "by 4, not by 2"),
            ([30.1, 15.1, 13.7], "from the second layer on"),
            ([29.5, 29.4, 28], "in every layer"),
            ([15.65, 15.1, 13.7], "49 layers"),
            ([7.68, 7.6, 6.9], "the root"),
            ([2.25e15, 1.4e15, 5e13], "logarithms"),
            ([35.35, 34.9, 31.5], "natural"),
            ([15.35, 15.14, 15.3], "average the logarithms"),
            ([15.35, 12, 13.7], "first is right"),
            ([3, 3, 3], "q₁ = 4"),
        ],
    ),
    Exercise(
        "16.2",
        "array",
        answer=[0.122474, 0.005, 0.11547, 0.079057],
        tolerance=[0.0006, 0.00005, 0.0006, 0.0003],
        labels=("limit", "variance", "std, He", "std, Glorot"),
        hints=[
            ([Between(0.0149, 0.0151), ..., ..., ...], "6/400 is the square of the limit."),
            (
                [Between(0.0706, 0.0709), ..., ..., ...],
                "This is the standard deviation; a uniform "
                "number between −c and c has the standard deviation c/√3.",
            ),
            ([Between(0.1411, 0.1417), ..., ..., ...], "That is √(6/300): both fans enter."),
            ([..., Between(0.0149, 0.0151), ..., ...], "The variance of U(−c, c) is c²/3."),
            ([..., Between(0.0705, 0.0709), ..., ...], "The variance is asked, not its root."),
            ([..., ..., Between(0.0132, 0.0134), ...], "2/150 is the variance: std is its root."),
            ([..., ..., Between(0.0814, 0.0819), ...], "He's rule has a 2 in it."),
            ([..., ..., ..., Between(0.0062, 0.0063)], "2/320 is the variance: std is its root."),
            ([..., ..., ..., Between(0.0882, 0.0886)], "Glorot's rule has both fans in it."),
            (
                [..., ..., ..., Between(0.111, 0.112)],
                "The sum of the fans, not their mean, stands under the 2.",
            ),
        ],
        hint="Variances: 2/(f_in + f_out) for Glorot, 2/f_in for He; U(−c, c) has c²/3.",
        praise="The paper writes a variance; the functions want a limit or a standard deviation.",
        right=[
            [0.1225, 0.005, 0.1155, 0.0791],
            [0.122, 0.005, 0.115, 0.07906],
            np.array([0.12247, 0.00500, 0.11547, 0.0791]),
        ],
        wrong=[
            ([0.015, 0.005, 0.1155, 0.0791], "square of the limit"),
            ([0.0707, 0.005, 0.1155, 0.0791], "c/√3"),
            ([0.1414, 0.00667, 0.1155, 0.0791], "both fans enter"),
            ([0.1225, 0.015, 0.1155, 0.0791], "c²/3"),
            ([0.1225, 0.0707, 0.1155, 0.0791], "not its root"),
            ([0.1225, 0.005, 0.01333, 0.0791], "2/150"),
            ([0.1225, 0.005, 0.0816, 0.0791], "a 2 in it"),
            ([0.1225, 0.005, 0.1155, 0.00625], "2/320"),
            ([0.1225, 0.005, 0.1155, 0.0884], "both fans in it"),
            ([0.1225, 0.005, 0.1155, 0.1118], "not their mean"),
            ([1, 1, 1, 1], "Variances"),
        ],
    ),
    Exercise(
        "16.3",
        "function",
        test=finds_the_start,
        praise="For ReLU it is He's rule, and for every other formula a rule of its own.",
        right=[_start(), _by_chance],
        wrong=[
            (_start(root=False), "This is the variance"),
            (_start(n_power=0), "where has n gone"),
            (_start(moment="variance"), "its mean square"),
            (_start(moment="mean"), "squared before"),
            (lambda h, n: 1.008 * _start()(h, n), "take millions"),
            (lambda h, n: np.sqrt(2 / n), "leaky ReLU"),
            (lambda h, n: [1, 2], "Expected one number"),
            (lambda h, n: gaussian_mean(lambda s: h(s) ** 2), "E[h(s)²] itself"),
            (lambda h, n: 0.01, "times what is right"),
        ],
    ),
    Exercise(
        "16.4",
        "choice",
        options={
            "different": "in the first three steps the units become different",
            "alike": "all units stay equal for ever",
        },
        answer=SYMMETRY,
        hints=[
            (dict(a="different"), "a: nothing distinguishes one unit from another."),
            (dict(b="different"), "b: the gradients are not zero, but they are equal."),
            (
                dict(c="alike"),
                "c: the gradient of a unit's sum has its own outgoing weight as a factor.",
            ),
            (
                dict(d="alike"),
                "d: the gradients of W₂ are proportional to the activations; are these equal?",
            ),
            (dict(e="alike"), "e: with different biases the activations differ."),
            (dict(f="different"), "f: the row is random, but all units have the same one."),
        ],
        hint="Two units stay alike if what comes in and what goes out is equal for both.",
        praise="Something on the way of a unit has to be its own.",
        right=[SYMMETRY],
        wrong=[
            (SYMMETRY | dict(a="different"), "a: nothing"),
            (SYMMETRY | dict(b="different"), "b: the gradients"),
            (SYMMETRY | dict(c="alike"), "c: the gradient"),
            (SYMMETRY | dict(d="alike"), "d: the gradients"),
            (SYMMETRY | dict(e="alike"), "e: with"),
            (SYMMETRY | dict(f="different"), "f: the row"),
            (dict(a="alike"), "keys a, b, c"),
        ],
    ),
    Exercise(
        "16.5",
        "array",
        answer=[LOG] * 4,
        tolerance=0.06,
        labels=("δ, layer 1", "∂J/∂w, layer 1", "∂J/∂w, layer 25", "∂J/∂w, layer 50"),
        hints=[
            (
                [Between(-15.07, -15.03), ..., ..., ...],
                "From layer 50 to layer 1 there are 49 steps.",
            ),
            (
                [Between(0, 1e-3), Between(0, 1), Between(0, 1), Between(0, 1)],
                "Give the logarithms to base 10.",
            ),
            (
                [Between(-34, -33.9), ..., ..., ...],
                "This is the natural logarithm; base 10 is asked.",
            ),
            ([Between(-7.6, -7.3), ..., ..., ...], "This is the root; the mean square is asked."),
            (
                [Between(LOG - 0.06, LOG + 0.06), Between(-15.07, -15.03), ..., ...],
                "The activations below layer 1 are the inputs, whose mean square is 1.",
            ),
            (
                [..., Between(LOG - 0.06, LOG + 0.06), Between(-7.6, -6.9), ...],
                "The gradient of a weight has two factors. How large are the activations below "
                "layer 25?",
            ),
            (
                [..., Between(LOG - 0.06, LOG + 0.06), ..., Between(-0.35, 0.05)],
                "In layer 50 δ has not faded. But how large are the activations below it?",
            ),
            (
                [..., ..., Between(-14.5, -14.4), ...],
                "ReLU halves the sums of the layer below once more before they are inputs here.",
            ),
            (
                [Between(LOG - 0.06, LOG + 0.06), ..., ..., ...],
                "The first is right. For the others "
                "multiply the mean squares of δ_j and of a_k, in each layer its own.",
            ),
        ],
        hint="Each layer multiplies the mean square by g/2 = ½, on the way up and on the way down.",
        praise="The same in every layer: none learns less than the others, and none learns.",
        right=[[LOG] * 4, [-14.8, -14.8, -14.7, -14.75], 4 * (-14.7505,)],
        wrong=[
            ([-15.05, -15.05, -15.05, -15.05], "49 steps"),
            ([1.78e-15, 1.78e-15, 1.78e-15, 1.78e-15], "logarithms"),
            ([-33.96, -33.96, -33.96, -33.96], "natural"),
            ([-7.38, -7.38, -7.38, -7.38], "the root"),
            ([-14.75, -15.05, -15.05, -15.05], "are the inputs"),
            ([-14.75, -14.75, -7.53, 0], "below layer 25"),
            ([-14.75, -14.75, -14.75, 0], "below it"),
            ([-14.75, -14.75, -14.45, -14.45], "once more"),
            ([-14.75, -10, -14.75, -14.75], "first is right"),
            ([-5, -5, -5, -5], "Each layer"),
        ],
    ),
    Exercise(
        "16.6",
        "array",
        answer=[2.0, 9.0, float(49 * np.log10(9))],
        tolerance=[0.005, 0.05, 0.25],
        labels=("g", "factor", "log₁₀ after 49 layers"),
        hints=[
            ([Between(0.49, 0.51), ..., ...], "That is E[h(s)²]; g is one over it."),
            ([Between(1.4, 1.42), ..., ...], "That is the gain; g is its square."),
            ([..., Between(4.4, 4.6), ...], "That is E[h′(s)²]; the factor is g times it."),
            (
                [..., Between(2.9, 3.1), ...],
                "The mean square of the gradient is asked, and the 3 of the slope is squared, too.",
            ),
            ([..., Between(0.9, 1.1), ...], "The derivative of sin 3z is 3 cos 3z."),
            ([..., ..., Between(-47.1, -46.5)], "It grows: the logarithm is positive."),
            ([..., ..., Between(5e46, 6e46)], "Give the logarithm to base 10."),
            ([..., ..., Between(23, 24)], "The mean square is asked, not the length."),
            ([..., ..., Between(107, 108.5)], "This is the natural logarithm."),
            (
                [Between(1.99, 2.01), Between(8.9, 9.1), ...],
                "Two are right. What is log₁₀ of the factor, and how many layers are there?",
            ),
        ],
        hint="sin² x = ½ (1 − cos 2x), with x = 3s, and E[cos 6s] = e⁻¹⁸.",
        praise="The signal is kept, and the gradient explodes.",
        right=[[2, 9, 46.76], [2.0, 9.0, 46.8], np.array([2.00000003, 9.0000003, 46.758])],
        wrong=[
            ([0.5, 9, 46.8], "one over it"),
            ([1.414, 9, 46.8], "its square"),
            ([2, 4.5, 32], "g times it"),
            ([2, 3, 23.4], "is squared, too"),
            ([2, 1, 0], "3 cos 3z"),
            ([2, 9, -46.8], "positive"),
            ([2, 9, 9.0**49], "logarithm to base"),
            ([2, 9, 23.4], "not the length"),
            ([2, 9, 107.7], "natural"),
            ([2, 9, 40], "how many layers"),
            ([7, 7, 7], "e⁻¹⁸"),
        ],
    ),
    Exercise(
        "16.7",
        "function",
        test=rescales,
        praise="Measured on a batch, the size needs no formula.",
        right=[_rescale, _returning],
        wrong=[
            (_all_at_once, "their final weights"),
            (_to_variance, "standard deviation"),
            (_without_the_root, "not by the mean square"),
            (_twice_too_large, "Begin with the first layer"),
            (_unit_by_unit, "one number for all"),
            (lambda net, x: None, "have not changed"),
        ],
    ),
]
