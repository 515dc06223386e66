"""The exercises of chapter 20: putting it together."""

import tempfile
from functools import lru_cache
from pathlib import Path

import numpy as np

from dlcore.attention import attend
from dlcore.checkpoint import load, save
from dlcore.network import Network
from dlcore.ngram import NGram
from dlcore.recurrent import Recurrent
from dlcore.teaching.chapters import capstone
from dlcore.teaching.chapters.capstone import parts
from dlcore.teaching.chapters.reading import ALPHABET, prose
from dlcore.teaching.exercises import Between, Exercise


def reads_digits(labels):
    """20.1: at least 97 % of the test digits."""
    y_test = parts()[5]
    share = np.mean(labels == y_test)
    if share >= 0.97:
        return None
    if len(np.unique(labels)) == 1:
        return "All labels are the same: is this the argmax over the right axis?"
    if share < 0.3:
        return (
            f"{share:.1%} are right, little more than by guessing: did the network learn, and are "
            "these the labels of X_test, in its order?"
        )
    return (
        f"{share:.1%} of the test digits are right, 97 % are asked. More epochs, a falling rate, "
        "BatchNorm, several networks that vote?"
    )


def goes_back(deltas):
    """20.3: the δ of ``Recurrent``, for one sequence."""
    rng = np.random.default_rng(0)
    for T, n in ((1, 3), (6, 4)):
        layer = Recurrent(2, n)
        params = layer.init(rng)
        h, cache = layer.forward(params, rng.standard_normal((1, 2, 1, T)))
        g = rng.standard_normal(h.shape)
        wanted = layer.delta(params, cache, g)[0]
        U, h, g = params[1], h[0, :, 0].T, g[0, :, 0].T
        found = np.asarray(deltas(g.copy(), h.copy(), U.copy()), dtype=float)
        if found.shape != (T, n):
            return f"For g of shape {(T, n)}, expected an array of this shape, got {found.shape}."
        if np.allclose(found, wanted, rtol=0, atol=1e-10):
            continue
        for slip, hint in _slips(g, h, U):
            if np.allclose(found, slip, rtol=0, atol=1e-10):
                return hint
        return (
            f"For {T} steps of {n} units the δ are others. The last one is g ⊙ (1 − h²) of step T."
        )
    return None


def _slips(g, h, U):
    def loop(step, order):
        delta, found = np.zeros(g.shape[1]), []
        for t in order:
            delta = step(delta, t)
            found.append(delta)
        return np.array(found)

    last = range(len(g) - 1, -1, -1)
    yield (
        loop(lambda d, t: (g[t] + d @ U) * (1 - h[t] ** 2), last),
        "Turn the rows round: step 1 first.",
    )
    yield (
        loop(lambda d, t: (g[t] + U @ d) * (1 - h[t] ** 2), last)[::-1],
        "As rows, Uᵀδ is delta @ U; this is Uδ.",
    )
    yield (
        loop(lambda d, t: g[t] + (d @ U) * (1 - h[t] ** 2), last)[::-1],
        "The slope multiplies both: what comes from outside and what comes from the next step.",
    )
    yield (
        loop(lambda d, t: (g[t] + d @ U) * (1 - np.tanh(h[t]) ** 2), last)[::-1],
        "h is the tanh already: the slope is 1 − h².",
    )
    yield g * (1 - h**2), "Nothing comes back from later steps here: add Uᵀ δ of the next step."


def attends(causal):
    """20.6: ``attend`` with ``causal=True``."""
    rng = np.random.default_rng(0)
    for T, d, m, scale in ((1, 3, 2, 1), (5, 4, 3, 1), (4, 2, 2, 400)):
        Q, K, V = (scale * rng.standard_normal((T, n)) for n in (d, d, m))
        wanted = attend(Q, K, V, causal=True)[0]
        with np.errstate(all="ignore"):
            found = np.asarray(causal(Q.copy(), K.copy(), V.copy()), dtype=float)
        if found.shape != (T, m):
            return f"For V of shape {(T, m)}, expected Y of this shape, got {found.shape}."
        broken = ~np.isfinite(found).all(axis=1)
        if broken[0] and not broken[1:].any():
            return "Step 1 sees nothing, and 0/0 is no number: a step may see itself."
        if broken.any():
            return (
                "Not all of Y are numbers: subtract the largest score of each row before the "
                "exponential, also for scores in the hundreds."
            )
        if np.allclose(found, wanted, rtol=0, atol=1e-9 * scale):
            continue
        S = Q @ K.T
        mask = np.tril(np.ones((T, T), dtype=bool))

        def weights(S):
            e = np.exp(S - S.max(axis=1, keepdims=True))
            return e / e.sum(axis=1, keepdims=True)

        root = np.sqrt(d)
        for slip, hint in (
            (
                attend(Q, K, V)[0],
                "No step may see a later one: mask the scores above the diagonal.",
            ),
            (
                weights(S / root) * mask @ V,
                "Masked after the softmax: the rows no longer sum to 1. Put −∞ before it.",
            ),
            (weights(np.where(mask, S, -np.inf)) @ V, "The scores are divided by √d."),
            (weights(np.where(mask, S / d, -np.inf)) @ V, "Divide by the root of d, not by d."),
            (
                weights(np.where(mask, S / root, 0.0)) @ V,
                "A score of 0 is no mask: e⁰ is 1. It must be −∞.",
            ),
        ):
            if np.allclose(found, slip, rtol=0, atol=1e-9 * scale):
                return hint
        return (
            "Y is another one: check the scale, the axis of the softmax (the keys), and the mask."
        )
    return None


def reads_better(better):
    """20.8: fewer than 1.45 nats a character on the first 2000 characters of chapter 11."""
    text, total = prose()[1][:2006], 0.0
    for i in range(6, len(text)):
        p = np.asarray(better(text[max(0, i - 40) : i]), dtype=float)
        if p.shape != (len(ALPHABET),):
            return f"Return {len(ALPHABET)} probabilities, in the order of ALPHABET; got {p.shape}."
        if not (np.isfinite(p).all() and (p >= 0).all() and abs(p.sum() - 1) < 1e-6):
            return f"Probabilities are ≥ 0 and sum to 1; after {text[i - 6 : i]!r} they do not."
        q = p[ALPHABET.index(text[i])]
        if q == 0:
            return (
                f"After {text[i - 6 : i]!r} comes {text[i]!r}, which your model holds to be "
                "impossible: the loss is infinite."
            )
        total -= np.log(q)
    mean = total / (len(text) - 6)
    if mean < 1.0:
        return f"{mean:.2f} nats: that is too good to be true. Has it seen chapter 11?"
    if mean >= 1.45:
        return f"{mean:.2f} nats a character; less than 1.45 is asked. Mix several orders."
    return None


def copies(copied):
    """20.9: a new network with the same predictions."""
    X = parts()[2][:50]
    net = capstone.reader(depth=8, seeds=[0, 1])
    for own in net.buffers:
        for a in own:
            a += 0.1  # statistics that no new network has
    wanted = net(X)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.safetensors"
        other = copied(net, path)
        if not isinstance(other, Network):
            return "Return the new network."
        if not path.exists():
            return "There is no file at the path: save the network to it."
    if other is net or np.shares_memory(other.theta, net.theta):
        return "This is the old network; make a new one, and load the file into it."
    if other.theta.shape != net.theta.shape:
        return "The new network needs the same layers and the same number of copies."
    if np.array_equal(other(X), wanted):
        return None
    if np.array_equal(other.theta, net.theta):
        return "θ is the same, the predictions are not: the running statistics have to travel, too."
    return "The predictions differ: load the file into the new network."


# ---------------------------------------------------------------- right and wrong answers


def _deltas(g, h, U, turn=True, transposed=False, both=True):
    delta, found = np.zeros(g.shape[1]), []
    for t in reversed(range(len(g))):
        back, slope = (U @ delta if transposed else delta @ U), 1 - h[t] ** 2
        delta = (g[t] + back) * slope if both else g[t] + back * slope
        found.append(delta)
    return np.array(found[::-1] if turn else found)


def _causal(Q, K, V, scale=None, late=False, fill=-np.inf, shift=True, mask=True, itself=True):
    S = Q @ K.T / (np.sqrt(Q.shape[1]) if scale is None else scale)
    above = np.triu_indices(len(S), 1 if itself else 0)
    if mask and not late:
        S[above] = fill
    A = np.exp(S - S.max(axis=1, keepdims=True) if shift else S)
    A = A / A.sum(axis=1, keepdims=True)
    if late:
        A[above] = 0
    return A @ V


@lru_cache
def _orders(most):
    return [NGram(n, prose()[0], 0, ALPHABET) for n in range(1, most + 1)]


def _mixed(context, most=5):
    p = np.full(len(ALPHABET), 1 / len(ALPHABET))
    for model in _orders(most):
        u = context[len(context) - model.n + 1 :]
        seen = np.array([model.grams[u + c] for c in ALPHABET], float)
        if seen.any():
            different = (seen > 0).sum()
            p = (seen + different * p) / (seen.sum() + different)
    return p


def _copied(net, path):
    save(path, net)
    other = capstone.reader(seeds=[7, 8])
    load(path, other)
    return other


def _theta_alone(net, path):
    save(path, net)
    other = capstone.reader(seeds=[7, 8])
    other.theta[...] = net.theta
    return other


def _not_loaded(net, path):
    save(path, net)
    return capstone.reader(seeds=[7, 8])


def _labels(wrong=0, shift=0):
    y = np.roll(parts()[5], shift).copy()
    y[:wrong] = (y[:wrong] + 1) % 10
    return y


FORECASTS = dict(a="checkable", b="vague", c="vague", d="checkable", e="vague", f="vague")

EXERCISES = [
    Exercise(
        id="20.1",
        kind="array",
        test=reads_digits,
        shape=(449,),
        praise="And you looked at the test digits once?",
        right=[_labels(), _labels(13)],
        wrong=[
            (_labels(30), "97 % are asked"),
            (np.zeros(449, dtype=int), "All labels are the same"),
            (_labels(shift=7), "little more than by guessing"),
            (np.zeros(1348, dtype=int), "449"),
        ],
    ),
    Exercise(
        id="20.2",
        kind="array",
        answer=[-11.74, 0.1, 0.9],
        tolerance=[0.06, 0.199, 0.1],
        labels=("log₁₀ of the mean square", "accuracy without", "accuracy with BatchNorm"),
        hints=[
            (
                [Between(-12.1, -11.98), ..., ...],
                "The first layer's inputs are not cut off: it "
                "multiplies by a half, the other nineteen by a quarter.",
            ),
            ([Between(-27.1, -26.9), ..., ...], "This is the natural logarithm."),
            (
                [Between(-5.92, -5.82), ..., ...],
                "This is the logarithm of the root. The mean square is asked.",
            ),
            (
                [Between(-6.1, -5.95), ..., ...],
                "Behind ReLU a layer multiplies by n Var(w)/2, a quarter.",
            ),
            (
                [..., Between(0.3, 1.0), ...],
                "Without BatchNorm and with the bad start it guesses: did "
                "both go into reader and into trained?",
            ),
        ],
        hint="Derive the first; measure the others with five starts, shares between 0 and 1.",
        praise="Adam rescales gradients, but there must be one to rescale.",
        right=[[-11.74, 0.1, 0.93], [np.log10(0.5 * 0.25**19), 0.12, 0.88]],
        wrong=[
            ([-12.04, 0.1, 0.93], "multiplies by a half"),
            ([-6.02, 0.1, 0.93], "a quarter"),
            ([-5.87, 0.1, 0.93], "mean square is asked"),
            ([-27.04, 0.1, 0.93], "natural logarithm"),
            ([-11.74, 0.93, 0.93], "it guesses"),
            ([-11.74, 10, 93], "between 0 and 1"),
        ],
    ),  # fmt: skip
    Exercise(
        id="20.3",
        kind="function",
        test=goes_back,
        praise="That is all of backpropagation through time; the rest are sums.",
        right=[_deltas],
        wrong=[
            (lambda g, h, U: _deltas(g, h, U, turn=False), "Turn the rows round"),
            (lambda g, h, U: _deltas(g, h, U, transposed=True), "delta @ U"),
            (lambda g, h, U: _deltas(g, h, U, both=False), "multiplies both"),
            (lambda g, h, U: g * (1 - h**2), "Nothing comes back"),
            (lambda g, h, U: _deltas(g, h, U)[0], "of this shape"),
            (lambda g, h, U: 2 * g, "the δ are others"),
        ],
    ),
    Exercise(
        id="20.4",
        kind="integer",
        answer=44,
        hints=[
            (43, "After 43 steps a little more than one per cent is left."),
            (22, "Lengths, not squares: 0.9 to the power of k."),
            (47, "0.9ᵏ is not e^(−0.1 k): ln 0.9 is −0.105."),
        ],
        hint="For which k is 0.9 to the power of k below 0.01?",
        praise="With tanh it would be fewer still.",
        right=[44],
        wrong=[
            (43, "a little more"),
            (22, "not squares"),
            (47, "is not e"),
            (10, "to the power of k"),
        ],
    ),
    Exercise(
        id="20.5",
        kind="array",
        answer=[0.25, 0.5, 256, 16],
        tolerance=[0.005, 0.005, 0.5, 0.05],
        labels=("equal scores", "score ln 3", "variance of q·k", "after the division"),
        hints=[
            (
                [..., 0.75, ..., ...],
                "e to the power of ln 3 is 3, and there are three ones beside it.",
            ),
            ([..., ..., 64, ...], "The products are of two random numbers: σ⁴ d, not σ² d."),
            ([..., ..., ..., 64], "A division by √d divides the variance by d."),
        ],
        hint="Softmax of equal scores is the same for all; variances of independent terms add.",
        praise="The root is there to keep the softmax from choosing before it has learned.",
        right=[[0.25, 0.5, 256, 16]],
        wrong=[
            ([0.25, 0.75, 256, 16], "three ones"),
            ([0.25, 0.5, 64, 4], "σ⁴ d"),
            ([0.25, 0.5, 256, 64], "divides the variance by d"),
            ([1, 0.5, 256, 16], "the same for all"),
        ],
    ),
    Exercise(
        id="20.6",
        kind="function",
        test=attends,
        praise="Each row is a mean of what came before.",
        right=[_causal, lambda Q, K, V: attend(Q, K, V, causal=True)[0]],
        wrong=[
            (lambda Q, K, V: _causal(Q, K, V, mask=False), "No step may see a later one"),
            (lambda Q, K, V: _causal(Q, K, V, late=True), "before it"),
            (lambda Q, K, V: _causal(Q, K, V, scale=1), "divided by √d"),
            (lambda Q, K, V: _causal(Q, K, V, scale=Q.shape[1]), "not by d"),
            (lambda Q, K, V: _causal(Q, K, V, fill=0.0), "no mask"),
            (lambda Q, K, V: _causal(Q, K, V, shift=False), "in the hundreds"),
            (lambda Q, K, V: _causal(Q, K, V, itself=False), "may see itself"),
            (lambda Q, K, V: _causal(Q, K, V).T[0], "of this shape"),
            (lambda Q, K, V: 2 * V, "another one"),
        ],
    ),
    Exercise(
        id="20.7",
        kind="array",
        answer=[27, 2.164, 4.482, 5153],
        tolerance=[0.01, 0.05, 0.05, 52],
        labels=("perplexity of 27 alike", "bits", "perplexity", "bytes"),
        hints=[
            ([..., 1.04, ..., ...], "Divide by ln 2: a nat is 1.44 bits."),
            (
                [..., ..., Between(2.7, 3), ...],
                "The perplexity is e to the power of nats, or 2 to that of bits.",
            ),
            ([..., ..., ..., Between(41000, 41500)], "These are bits; eight of them are a byte."),
            ([..., ..., ..., Between(3500, 3650)], "Nats are no bits: multiply by 1.44."),
        ],
        hint="Perplexity is e to the power of the nats; bits are nats divided by ln 2.",
        praise="A language model is a compressor, and its loss is the length of the file.",
        right=[[27, 2.16, 4.48, 5150], [27, 2.164, 4.4817, 5200]],
        wrong=[
            ([27, 1.04, 4.48, 5150], "Divide by ln 2"),
            ([27, 2.16, 2.83, 5150], "e to the power"),
            ([27, 2.16, 4.48, 41224], "eight of them"),
            ([27, 2.16, 4.48, 3572], "no bits"),
            ([3.3, 2.16, 4.48, 5150], "Perplexity is e"),
        ],
    ),
    Exercise(
        id="20.8",
        kind="function",
        test=reads_better,
        praise="Now give it to the network of 20.4 as something to beat.",
        right=[_mixed],
        wrong=[
            (lambda context: _mixed(context, 2), "Mix several orders"),
            (lambda context: np.full(31, 1 / 30), "sum to 1"),
            (lambda context: np.eye(31)[5], "impossible"),
            (lambda context: np.full(27, 1 / 27), "31 probabilities"),
        ],
    ),
    Exercise(
        id="20.9",
        kind="function",
        test=copies,
        praise="To the last bit.",
        right=[_copied],
        wrong=[
            (_theta_alone, "running statistics"),
            (_not_loaded, "load the file"),
            (lambda net, path: net, "no file"),
            (lambda net, path: (save(path, net), net)[1], "the old network"),
            (lambda net, path: save(path, net), "Return the new network"),
        ],
    ),
    Exercise(
        id="20.10",
        kind="choice",
        answer=FORECASTS,
        options={
            "checkable": "what, by when, and how it is counted",
            "vague": "two people could disagree for ever",
        },
        hints=[
            (
                dict(a="vague"),
                "a: an event, a date, and even the exception are named. That it failed "
                "is another matter.",
            ),
            (dict(b="checkable"), "b: how many are many, and when does the near future end?"),
            (
                dict(d="vague"),
                "d: a number, a date, a data set and a way to count. What is missing?",
            ),
        ],
        hint="Ask of each: which event, by when, and who counts?",
        praise="A forecast that cannot be wrong says nothing.",
        right=[FORECASTS],
        wrong=[
            (FORECASTS | dict(a="vague"), "an event, a date"),
            (FORECASTS | dict(b="checkable"), "near future"),
            (FORECASTS | dict(d="vague"), "What is missing"),
            (FORECASTS | dict(f="checkable"), "Ask of each"),
        ],
    ),  # fmt: skip
]
