"""Chapter 20: ingredients of a digit reader, memories, models of text, noise, a pole."""

import numpy as np

from dlcore.ngram import NGram
from dlcore.teaching.chapters import cart_pole, denoising, reading
from dlcore.teaching.chapters.capstone import measured
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


@claim("20.1", "**without BatchNorm, the sigmoid instead of ReLU costs most of the digits**")
def sigmoids_need_batchnorm(draw):
    depth = draw.pick("hidden layers", [8, 10])
    share = np.median(measured({"ReLU", "BatchNorm"}, starts(draw), draw.seed, depth=depth)[1])
    return draw.saw("median share", share) < 0.45


@claim("20.2", "**At $\\gamma = 1$ the gradient fades**", quick=True)
def gradients_fade_through_time(draw):
    units, delay = draw.pick("units", [16, 32, 128]), draw.pick("steps", [30, 60])
    lengths, _ = reading.through_time(1.0, delay, units, starts(draw))
    return draw.saw("left of the length", np.median(lengths[:, -1])) < 0.1


@claim("20.3", "**while attention answers every time**")
def attention_remembers(draw):
    delay, units = draw.pick("delay", [20, 40]), draw.pick("units", [16, 24])
    shares = reading.remembered("attention", delay, starts(draw, 3), (0.003, 0.01), 200, units)[-1]
    best = shares[shares.mean(axis=1).argmax()]
    return draw.saw("right answers, worst of three starts", best.min()) > 0.99


@claim("20.3", "at 40 both mostly guess")
def recurrent_networks_forget(draw):
    kind = draw.pick("memory", list(reading.MEMORIES[:2]))
    shares = reading.remembered(kind, 40, starts(draw, 3), (0.001, 0.003, 0.01), 200)[-1]
    best = shares[shares.mean(axis=1).argmax()]
    return draw.saw("right answers, median of three starts", np.median(best)) < 0.6


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
    losses, rate = [], draw.pick("rate of the block", [0.003, 0.01])
    for net, lr in ((reading.reader(copies=1, seed=draw.seed), 0.01),
                    (reading.transformer(copies=1, seed=draw.seed), rate)):  # fmt: skip
        reading.learn(net, tokens(text), 500, lr, seed=draw.seed)
        losses.append(nats(net, tokens(other))[0])
    draw.saw("recurrent", losses[0])
    return draw.saw("transformer", losses[1]) > losses[0]


@claim("20.5", "**the nearest training digit is farther away than it is for real digits**")
def no_copies(draw):
    net = denoising.denoiser(draw.pick("steps", [1000, 1500]), seed=draw.seed)
    known, fresh = denoising.pictures()
    made = denoising.nearest(denoising.generate(net, 200, draw.seed)[-1], known).mean()
    return draw.saw("made", made) > draw.saw("real", denoising.nearest(fresh, known).mean())


@claim(
    "20.6",
    "**Between one in a hundred and one in ten random controllers hold the pole**",
    quick=True,
)
def chance_finds_a_controller(draw):
    shove = draw.pick("shove", [0.02, 0.05])
    tried = cart_pole.random_weights(3000, draw.seed)
    held = cart_pole.balance(tried, draw.seed, shove=shove)[0] == cart_pole.STEPS
    return 1 / 100 < draw.saw("share", held.mean()) < 1 / 10


@claim("20.6", '**most of those that "solve" the task let the pole fall within a minute**')
def solved_tests_are_not_tasks(draw):
    tried = cart_pole.random_weights(3000, draw.seed)
    winners = tried[cart_pole.balance(tried, draw.seed)[0] == cart_pole.STEPS]
    shove = draw.pick("shove", [0.1, 0.2])
    held = [cart_pole.balance(winners, draw.seed + k, 3000, shove)[0] == 3000 for k in range(1, 4)]
    return draw.saw("share that holds", np.mean(held)) < 0.5
