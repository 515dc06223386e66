"""Chapter 20: ingredients of a digit reader, memories, models of text, noise, a pole."""

import numpy as np

from dlcore.activations import softmax
from dlcore.initializers import He
from dlcore.ngram import NGram
from dlcore.teaching.chapters import cart_pole, denoising, reading
from dlcore.teaching.chapters.capstone import Scaled, measured
from dlcore.teaching.chapters.reading import ALPHABET, FILE, nats, tokens
from tests.claims import claim


def starts(draw, n=5):
    return [draw.seed + 100 * k for k in range(n)]


@claim("20.1", "**None of the five inventions is worth more than three points**")
def none_is_worth_much(draw):
    gone = draw.pick("missing", ["start", "ReLU", "BatchNorm", "Adam", "regularisers"])
    whole, without = (
        np.median(measured(w, starts(draw), draw.seed)[1]) for w in (frozenset(), frozenset([gone]))
    )
    draw.saw("with all", whole)
    return draw.saw("worth", whole - without) <= 0.03


def sigmoids(draw, **size):
    return np.median(measured({"ReLU", "BatchNorm"}, starts(draw), draw.seed, **size)[1])


@claim(
    "20.1", "**without BatchNorm, the sigmoid with a start made for ReLU costs most of the digits**"
)
def sigmoids_need_more_than_a_start_for_relu(draw):
    depth = draw.pick("hidden layers", [8, 10])
    init = draw.pick("start", [He("normal"), He("uniform")])
    return draw.saw("median share", sigmoids(draw, depth=depth, init=init)) < 0.45


@claim("20.1", "it reads nine in ten again")
def sigmoids_need_their_own_start(draw):
    init = Scaled(draw.pick("n Var(w)", [16.0, 20.0]))
    return draw.saw("median share", sigmoids(draw, init=init)) >= 0.85


@claim(
    "20.2", "**At $\\gamma = 1$ the gradient fades, the faster the larger the inputs**", quick=True
)
def gradients_fade_through_time(draw):
    units, delay = draw.pick("units", [8, 32, 128]), draw.pick("steps", [30, 60])
    left = [
        np.median(reading.through_time(1.0, delay, units, starts(draw), size)[0][:, -1])
        for size in (0.03, 0.1, 0.3, 1.0)
    ]
    draw.saw("left for the smallest inputs", left[0])
    draw.saw("for the largest", left[-1])
    return left[0] < 0.9 and left[2] < 0.1 and (np.diff(left) < 0).all()


@claim("20.2", "**after a hundred steps it has grown some tens of times**", quick=True)
def large_matrices_do_not_explode(draw):
    units = draw.pick("units", [32, 64, 128])
    grown, faded = (
        np.median(reading.through_time(1.5, 100, units, starts(draw, 15), size)[0][:, -1])
        for size in (0.3, 1.0)
    )
    draw.saw("with larger inputs", faded)
    return 10 < draw.saw("grown", grown) < 100 and faded < 1


@claim(
    "20.3",
    "its softmax mostly on one key (a weight of 0.9 among 32 keys, in the median)",
    quick=True,
)
def without_the_root_one_key_takes_most(draw):
    law = draw.pick("entries", ["normal", "uniform", "±1"])
    q, k = (
        {
            "normal": draw.rng.standard_normal(shape),
            "uniform": draw.rng.uniform(-(3**0.5), 3**0.5, shape),
            "±1": draw.rng.choice([-1.0, 1.0], shape),
        }[law]
        for shape in ((1000, 1, 64), (1000, 32, 64))
    )
    largest = softmax((q * k).sum(axis=-1)).max(axis=-1)
    return 0.85 < draw.saw("largest weight, median", np.median(largest)) < 0.95


@claim("20.3", "**while attention answers every time**")
def attention_remembers(draw):
    delay, units = draw.pick("delay", [20, 40]), draw.pick("units", [16, 24])
    shares = reading.remembered("attention", delay, starts(draw, 3), (0.003,), 200, units)[-1]
    return draw.saw("right answers, worst of three starts", shares.min()) > 0.99


@claim("20.3", "at 40 both mostly guess")
def recurrent_networks_forget(draw):
    kind = draw.pick("memory", list(reading.MEMORIES[:2]))
    shares = reading.remembered(kind, 40, starts(draw, 3), (0.001, 0.003, 0.01), 200)[-1]
    best = shares[shares.mean(axis=1).argmax()]
    return draw.saw("right answers, median of three starts", np.median(best)) < 0.6


def best_memory(draw, kind, delay, units, noise=reading.NOISE):
    rates = (0.001, 0.003, 0.01)
    shares = reading.remembered(kind, delay, starts(draw), rates, 200, units, noise)[-1]
    return shares[shares.mean(axis=1).argmax()]


@claim("20.3", "**The orthogonal start learns a delay of 10**")
def orthogonal_starts_remember_ten_steps(draw):
    shares = best_memory(draw, reading.MEMORIES[1], 10, draw.pick("units", [16, 24, 32]))
    return draw.saw("right answers, median of five starts", np.median(shares)) > 0.95


@claim("20.3", "**with one and the same distractor both do better at a delay of 20**")
def random_distractors_are_the_hard_ones(draw):
    kind, units = draw.pick("memory", list(reading.MEMORIES[:2])), draw.pick("units", [16, 24])
    same, random = (best_memory(draw, kind, 20, units, noise).mean() for noise in (1, 4))
    draw.saw("mean of five starts, random distractors", random)
    return draw.saw("one and the same", same) > random


def without_chapter(k):
    chapters = FILE.read_text(encoding="utf-8").splitlines()
    return " ".join(c for i, c in enumerate(chapters) if i != k), chapters[k]


@claim("20.4", "**beyond $n = 4$ or $5$ the other chapter gets *harder***")
def longer_contexts_are_unknown(draw):
    chapter, alpha = draw.pick("chapter", list(range(12))), draw.pick("α", [0.03, 0.1, 0.3])
    text, other = without_chapter(chapter)
    losses = [np.log(NGram(n, text, alpha, ALPHABET).perplexity(other)) for n in range(1, 8)]
    draw.saw("nats, n = 4", losses[3])
    draw.saw("nats, n = 6", losses[5])
    return 1 + np.argmin(losses) in (4, 5) and losses[6] > losses[5] > min(losses)


@claim("20.4", "**The table of counts is still ahead.**")
def counting_is_ahead(draw):
    chapter, units = draw.pick("chapter", list(range(12))), draw.pick("units", [64, 96])
    text, other = without_chapter(chapter)
    net = reading.reader(units, copies=2, seed=draw.seed)
    reading.learn(net, tokens(text), 700, seed=draw.seed)
    table = np.log(NGram(4, text, 0.1, ALPHABET).perplexity(other))
    draw.saw("table", table)
    return draw.saw("network, best of two", nats(net, tokens(other)).min()) > table


@claim(
    "20.4",
    "**a block of a transformer with as many parameters does worse than the recurrent network**",
)
def a_block_is_behind(draw):
    text, other = without_chapter(draw.pick("chapter", list(range(12))))
    rates, losses = [0.003, 0.01, 0.03], []
    for make in (reading.reader, reading.transformer):
        net = make(copies=len(rates), seed=draw.seed)
        reading.learn(net, tokens(text), draw.pick("steps", [300, 500]), rates, seed=draw.seed)
        losses.append(nats(net, tokens(other)).min())
    draw.saw("recurrent", losses[0])
    return draw.saw("transformer", losses[1]) > losses[0]


@claim("20.5", "**the nearest training digit is farther away than it is for real digits**")
def no_copies(draw):
    net = denoising.denoiser(draw.pick("steps", [1000, 1500]), seed=draw.seed)
    known, fresh = denoising.pictures()
    made = denoising.nearest(denoising.generate(net, 200, draw.seed)[-1], known).mean()
    return draw.saw("made", made) > draw.saw("real", denoising.nearest(fresh, known).mean())


def passed(draw, n):
    """For n starts: the share of 1500 controllers that pass the test, and of these, from other
    starts of the same size, the shares that hold the pole for ten seconds and for a minute."""
    shares = []
    for seed in starts(draw, n):
        tried = cart_pole.random_weights(1500, seed)
        winners = tried[cart_pole.balance(tried, seed, watch=False)[0] == cart_pole.STEPS]
        others = range(seed + 1, seed + 6)
        alive = cart_pole.balance(winners, others, 3000, watch=False)[0]
        shares.append([len(winners) / len(tried), (alive >= 500).mean(), (alive == 3000).mean()])
    return np.array(shares).T


@claim("20.6", "**About three random controllers in a hundred hold the pole**")
def chance_finds_a_controller(draw):
    tries = draw.pick("controllers", [500, 1000])
    held = [
        (cart_pole.balance(cart_pole.random_weights(tries, s), s, watch=False)[0] == 500).mean()
        for s in starts(draw, 20)
    ]
    draw.saw("least of twenty starts", min(held))
    draw.saw("most", max(held))
    return 0.02 <= draw.saw("median", np.median(held)) < 0.04


@claim(
    "20.6", '**about three in five of those that "solve" the task drop the pole within a minute**'
)
def solved_tests_are_not_tasks(draw):
    dropped = 1 - np.median(passed(draw, draw.pick("starts", [9, 15]))[2])
    return 0.5 < draw.saw("dropped within a minute, median over starts", dropped) < 0.72


@claim("20.6", "**the more of them an easy start lets pass, the less they are worth**")
def easy_tests_say_less(draw):
    share, ten, _ = passed(draw, draw.pick("starts", [9, 12]))
    return draw.saw("correlation", np.corrcoef(np.argsort(np.argsort(share)), ten)[0, 1]) < 0
