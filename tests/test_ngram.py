"""The model that counts: against tables by torch, its borders, what it draws."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from dlcore.ngram import NGram

from .reference import close, refuses

TEXT = "the cat sat on the mat and the dog sat on the log, and so on and on."


def codes(model, text):
    return torch.tensor([model.alphabet.index(c) for c in text])


def contexts(model):
    """All n − 1 characters that can stand in front, in counting order."""
    found = [""]
    for _ in range(model.n - 1):
        found = [u + c for u in found for c in model.alphabet]
    return found


def grams(model, text):
    """The number of each n characters of a text, and of the first n − 1 of them."""
    K, code = len(model.alphabet), codes(model, text).unfold(0, model.n, 1)
    number = (code * K ** torch.arange(model.n).flip(0)).sum(1)
    return number, number // K


def table(model, text):
    """p(c | u) for all u and c by torch, (K^(n − 1), K)."""
    K = len(model.alphabet)
    counts = torch.bincount(grams(model, text)[0], minlength=K**model.n).reshape(-1, K)
    counts = counts.double() + model.alpha
    return counts / counts.sum(1, keepdim=True)


def surprise(model, p, text):
    """−Σ ln p over a text, by torch."""
    return F.nll_loss(
        p.log()[grams(model, text)[1]], codes(model, text)[model.n - 1 :], reduction="sum"
    )


# --- against torch ------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("alpha", [0.01, 1, 2.5])
def test_probabilities_and_likelihoods_are_torchs(n, alpha):
    model, other = NGram(n, TEXT, alpha), TEXT[::-1]
    p = table(model, TEXT)
    ours = [model.probabilities(u) for u in contexts(model)]
    np.testing.assert_allclose(ours, p.numpy(), **close)
    np.testing.assert_allclose(np.sum(ours, axis=1), 1, rtol=1e-12)
    for text in (TEXT, other, other[: n + 1], other[:n]):
        J = surprise(model, p, text).item()
        assert model.log_likelihood(text) == pytest.approx(-J, rel=1e-12)
        mean = J / (len(text) - n + 1)
        assert model.perplexity(text) == pytest.approx(math.exp(mean), rel=1e-12)


def test_numbers_by_hand():
    model = NGram(2, "abab", alpha=1)  # ab, ba, ab
    assert model.alphabet == "ab" and model.grams == {"ab": 2, "ba": 1}
    assert model.contexts == {"a": 2, "b": 1}
    np.testing.assert_allclose(model.probabilities("a"), [1 / 4, 3 / 4], rtol=1e-15)
    np.testing.assert_allclose(model.probabilities("b"), [2 / 3, 1 / 3], rtol=1e-15)
    np.testing.assert_allclose(model.probabilities("ab"), model.probabilities("b"), rtol=1e-15)
    assert model.log_likelihood("aab") == pytest.approx(math.log(1 / 4) + math.log(3 / 4))
    assert model.perplexity("aab") == pytest.approx((16 / 3) ** 0.5)
    one = NGram(1, "aab", alpha=0)
    np.testing.assert_allclose(one.probabilities(), [2 / 3, 1 / 3], rtol=1e-15)
    np.testing.assert_array_equal(one.probabilities("bbb"), one.probabilities())


# --- borders ------------------------------------------------------------------------------------


def test_without_smoothing():
    model = NGram(2, "abcabcab", alpha=0, alphabet="abcd")
    assert model.probabilities("a").tolist() == [0, 1, 0, 0]
    assert model.probabilities("d").tolist() == [0.25] * 4  # never seen
    assert model.log_likelihood("abc") == 0 and model.perplexity("abc") == 1
    assert model.log_likelihood("ac") == -math.inf and model.perplexity("ac") == math.inf
    assert model.perplexity("dd") == pytest.approx(4)
    once = NGram(2, "ab", alpha=0)
    assert once.probabilities("a").tolist() == [0, 1] and once.perplexity("ab") == 1


def test_much_smoothing_knows_nothing():
    assert NGram(3, TEXT, alpha=1e9).perplexity(TEXT) == pytest.approx(len(set(TEXT)), rel=1e-6)


def test_the_shortest_texts():
    model = NGram(3, "abc")
    assert model.grams == {"abc": 1} and model.contexts == {"ab": 1}
    refuses(
        lambda: NGram(3, "ab"),
        "NGram(3, alpha=1.0): expected text of at least 3 characters, got 'ab'",
    )
    assert NGram(1, "a").probabilities().tolist() == [1]


def test_counting_more_is_counting_it_all():
    more = NGram(2, "abab", alphabet="cba")
    more.count("bcc")
    assert more.alphabet == "abc"
    assert more.grams == {"ab": 2, "ba": 1, "bc": 1, "cc": 1}
    assert more.contexts == {"a": 2, "b": 2, "c": 1}  # nothing reaches from one text to the next
    before = more.grams.copy()
    refuses(
        lambda: more.count("abd"),
        "NGram(2, alpha=1.0): expected text of the characters 'abc', got 'd'",
    )
    assert more.grams == before


# --- what is drawn ------------------------------------------------------------------------------


def test_what_is_drawn_is_fixed_by_the_seed():
    model = NGram(3, TEXT, alpha=0.1)
    text = model.sample(40, seed=1)
    assert text == model.sample(40, seed=1) != model.sample(40, seed=2)
    assert model.sample(40) == model.sample(40, seed=0) and len(text) == 42
    assert model.sample(5, seed=np.random.default_rng(1)) == text[:7]
    assert model.sample(7, start="the c")[:5] == "the c" and len(model.sample(7, start="on")) == 9
    assert model.sample(0, start="on") == "on" and NGram(1, "a").sample(3) == "aaa"


def test_a_sure_model_goes_on_as_it_has_seen():
    model = NGram(3, "abcabcabc", alpha=0)
    assert model.sample(7, start="bc") == "bcabcabca"
    assert {model.sample(1, seed=s)[:2] for s in range(20)} == {"ab", "bc", "ca"}


def test_frequencies_of_what_is_drawn():
    model = NGram(2, TEXT, alpha=0.2)
    drawn = NGram(2, model.sample(20_000), alpha=0, alphabet=model.alphabet)
    for u in " aot":
        p, seen = model.probabilities(u), drawn.contexts[u]
        error = np.sqrt(p * (1 - p) / seen)
        assert seen > 500 and (abs(drawn.probabilities(u) - p) < 5 * error).all()
    first = [model.sample(0, seed=s) for s in range(2000)]
    share = TEXT[:-1].count("o") / len(TEXT[:-1])
    assert abs(first.count("o") / 2000 - share) < 5 * math.sqrt(share / 2000)


class Fixed(np.random.Generator):
    def __new__(cls, u):
        return super().__new__(cls)

    def __init__(self, u):
        super().__init__(np.random.PCG64(0))
        self.u = u

    def random(self):
        return self.u


def test_at_the_ends_of_the_interval():
    never_a = NGram(2, "bbcbc", alpha=0, alphabet="abc")
    assert never_a.sample(1, seed=Fixed(0.0), start="b") == "bb"
    ten = NGram(1, "abcdefghij", alpha=0)  # ten times 0.1 is a little less than 1
    assert ten.sample(2, seed=Fixed(1 - 2**-53)) == "jj" and ten.sample(1, seed=Fixed(0.0)) == "a"


# --- settings and what is refused ---------------------------------------------------------------


def test_defaults_and_names():
    model = NGram(2, "ba")
    assert (model.n, model.alpha, model.alphabet) == (2, 1.0, "ab")
    assert repr(NGram(2, "ba", 0.5)) == "NGram(2, alpha=0.5)"


ME = "NGram(3, alpha=1.0)"


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda m: NGram(0, TEXT), "NGram: expected an integer n ≥ 1, got 0"),
        (lambda m: NGram(3, TEXT, -1), "NGram: expected a finite number alpha ≥ 0, got -1"),
        (
            lambda m: NGram(1, "abc", alphabet="ab"),
            "NGram(1, alpha=1.0): expected text of the characters 'ab', got 'c'",
        ),
        (lambda m: m.count("on"), f"{ME}: expected text of at least 3 characters, got 'on'"),
        (lambda m: m.perplexity(""), f"{ME}: expected text of at least 3 characters, got ''"),
        (
            lambda m: m.log_likelihood("xyz"),
            f"{ME}: expected text of the characters {NGram(3, TEXT).alphabet!r}, got 'x'",
        ),
        (
            lambda m: m.probabilities("t"),
            f"{ME}: expected context of at least 2 characters, got 't'",
        ),
        (
            lambda m: m.probabilities("tz"),
            f"{ME}: expected context of the characters {NGram(3, TEXT).alphabet!r}, got 'z'",
        ),
        (
            lambda m: m.sample(3, start="t"),
            f"{ME}: expected start of at least 2 characters, got 't'",
        ),
        (lambda m: m.sample(-1), f"{ME}: expected an integer length ≥ 0, got -1"),
        (lambda m: m.sample(1, seed=-1), f"{ME}: expected a seed, an integer ≥ 0, got -1"),
    ],
)
def test_what_is_refused(call, message):
    refuses(lambda: call(NGram(3, TEXT)), message)


def test_what_is_no_text():
    refuses(lambda: NGram(1, 3), "NGram: expected text a str, got 3", TypeError)
    refuses(
        lambda: NGram(1, "a", alphabet=["a"]),
        "NGram: expected alphabet a str, got ['a']",
        TypeError,
    )
    refuses(
        lambda: NGram(1, b"a", alphabet="a"),
        f"NGram(1, alpha=1.0): expected text a str, got {b'a'!r}",
        TypeError,
    )
    refuses(
        lambda: NGram(1, "a").sample(1, start=3),
        "NGram(1, alpha=1.0): expected start a str, got 3",
        TypeError,
    )
