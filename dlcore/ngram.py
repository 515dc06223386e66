"""A model of text without a network: how often has each character followed the ones before it?

    model = NGram(3, text, alpha=0.1)
    model.perplexity(other_text), model.sample(200, seed=0)

Text is Python's, numbers are NumPy's; logarithms are natural.
"""

import math
from collections import Counter

import numpy as np

from . import checks as check


class NGram:
    """p(c | u) = (#(u c) + α)/(#u + α K), u the n − 1 characters before c, # counts in the text.

    n          characters of u and c together; 1: none is looked at
    text       counted at once; ``count`` adds more
    alpha      α, what is added to all counts; a u that has never been seen gives 1/K for α = 0
    alphabet   the K characters that there are; None: those of the text, sorted
    Raises TypeError for what is no text; ValueError for one that is too short or has a character
    that is not in the alphabet.  Shannon 1948, doi:10.1002/j.1538-7305.1948.tb01338.x"""

    def __init__(self, n: int, text: str, alpha: float = 1.0, alphabet: str | None = None):
        self.n = check.integer("NGram", "n", n, 1)
        self.alpha = check.number("NGram", "alpha", alpha, 0)
        letters = text if alphabet is None else alphabet
        name = "text" if alphabet is None else "alphabet"
        self.alphabet = "".join(sorted(set(check.instance("NGram", f"{name} a str", letters, str))))
        self.grams: Counter = Counter()
        self.contexts: Counter = Counter()
        self.count(text)

    def __repr__(self):
        return f"NGram({self.n}, alpha={self.alpha})"

    def count(self, text: str) -> None:
        """#(u c) and #u grow by what is in the text: ``grams`` and ``contexts``."""
        grams = self.cut(text)
        self.grams.update(grams)
        self.contexts.update(gram[:-1] for gram in grams)

    def probabilities(self, context: str = "") -> np.ndarray:
        """p(c | u) for all K characters c, in the order of the alphabet, after a text of at least
        n − 1 characters, of which u is the last."""
        context = self.known("context", context, self.n - 1)
        u = context[len(context) - self.n + 1 :]
        counts = np.array([self.grams[u + c] for c in self.alphabet], float) + self.alpha
        total = self.contexts[u] + self.alpha * len(counts)
        return counts / total if total > 0 else np.full(len(counts), 1.0 / len(counts))

    def log_likelihood(self, text: str) -> float:
        """Σᵢ ln p(cᵢ | cᵢ₋ₙ₊₁ … cᵢ₋₁) over all characters of a text but the first n − 1."""
        K, total = len(self.alphabet), 0.0
        for gram, times in Counter(self.cut(text)).items():
            count, of = self.grams[gram] + self.alpha, self.contexts[gram[:-1]] + self.alpha * K
            p = count / of if of > 0 else 1.0 / K
            total += times * (math.log(p) if p > 0 else -math.inf)
        return total

    def perplexity(self, text: str) -> float:
        """e^(−mean ln p): K for a model that knows nothing, 1 for one that is always right."""
        return math.exp(-self.log_likelihood(text) / len(self.cut(text)))

    def sample(self, length: int, seed: int = 0, start: str | None = None) -> str:
        """A text that goes on after ``start`` by so many characters, each drawn from p(c | u).
        Without a start the first n − 1 characters are drawn as often as they have been seen."""
        length, rng = check.integer(self, "length", length, 0), check.generator(self, seed)
        if start is None:
            seen, counts = zip(*sorted(self.contexts.items()), strict=True)
            start = seen[_draw(np.array(counts) / sum(counts), rng)]
        text = self.known("start", start, self.n - 1)
        for _ in range(length):
            u = text[len(text) - self.n + 1 :]
            text += self.alphabet[_draw(self.probabilities(u), rng)]
        return text

    def cut(self, text: str) -> list[str]:
        """All n characters that stand side by side in a text, from its beginning to its end."""
        text = self.known("text", text, self.n)
        return [text[i : i + self.n] for i in range(len(text) - self.n + 1)]

    def known(self, name: str, text: str, least: int) -> str:
        """A text of the alphabet's characters, at least so many; TypeError or ValueError if not."""
        if len(check.instance(self, f"{name} a str", text, str)) < least:
            wanted = f"{name} of at least {least} characters"
            raise ValueError(f"{self}: expected {wanted}, got {text!r}")
        if unknown := set(text) - set(self.alphabet):
            wanted = f"{name} of the characters {self.alphabet!r}"
            raise ValueError(f"{self}: expected {wanted}, got {min(unknown)!r}")
        return text


def _draw(p, rng):
    return min(int(np.searchsorted(np.cumsum(p), rng.random(), side="right")), len(p) - 1)
