"""Networks that read sequences, a memory task, and the book's own prose (chapter 20).

    train, validation, test = prose()               three texts of ALPHABET's characters
    net = reader(copies=3)                          a recurrent network that predicts the next one
    learn(net, tokens(train), steps=1000)
    nats(net, tokens(test)), text(net[0], "the ", 200, temperature=0.7)

The prose is that of the notebooks 1 to 12 as they were when chapter 20 was written, one line each,
in data/prose.txt; ``plain`` makes such a line of any text in Markdown.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from dlcore.activations import softmax
from dlcore.attention import Attention
from dlcore.embedding import Embedding, Positions
from dlcore.initializers import Normal, Orthogonal
from dlcore.layers import Activation, Layer, Linear, Parameter
from dlcore.losses import SoftmaxCrossEntropy
from dlcore.metrics import accuracy
from dlcore.network import Network
from dlcore.normalization import LayerNorm
from dlcore.optimizers import Adam, clip_norm
from dlcore.recurrent import Last, Recurrent, like_steps, rows, sequences, steps
from dlcore.teaching.chapters.starts import Residual

FILE = Path(__file__).with_name("data") / "prose.txt"
ALPHABET = " ',.?abcdefghijklmnopqrstuvwxyz"
K = len(ALPHABET)

# ---------------------------------------------------------------- the text


def plain(markdown: str) -> str:
    """The sentences of a text in Markdown that have no formula, in the characters of ALPHABET."""
    for pattern, instead in (
        (r"```[\s\S]*?```|\$\$[\s\S]*?\$\$(\s*\(eq-[\w-]+\))?", ""),
        (r"^[|#].*$", ""),
        (r"\s*\{[\w:]+\}`[^`]*`", ""),
        (r"!?\[([^\]]*)\]\([^)]*\)", r"\1"),
    ):
        markdown = re.sub(pattern, instead, markdown, flags=re.MULTILINE)
    kept = []
    for paragraph in re.split(r"\n\s*\n", markdown):
        sentences = re.split(r"(?<=[.!?:])\s+", " ".join(paragraph.split()))
        kept += [s for s in sentences if not re.search(r"[$`<>_^=\\]", s)]
    text = re.sub(r"\([^)]*\)", "", " ".join(kept).lower().replace("’", "'"))
    text = re.sub(r"\s+([,.?])", r"\1", re.sub(r"[^a-z,.?' ]", " ", text))
    return " ".join(text.split())


@lru_cache
def prose() -> tuple[str, str, str]:
    """Chapters 1 to 10 of the book, to learn from; 11, to choose with; 12, to report."""
    chapters = FILE.read_text(encoding="utf-8").splitlines()
    return " ".join(chapters[:10]), chapters[10], chapters[11]


def tokens(text: str) -> np.ndarray:
    """The numbers of the characters in ALPHABET."""
    return np.array([ALPHABET.index(c) for c in text])


# ---------------------------------------------------------------- networks


class PerStep(Layer):
    """yₜ = f(xₜ): a layer for rows, applied to every step of a sequence."""

    def __init__(self, layer: Layer):
        self.layer, self.n_in, self.n_out = layer, layer.n_in, layer.n_out

    def parameters(self) -> list[Parameter]:
        return self.layer.parameters()

    def init(self, rng: np.random.Generator) -> list[np.ndarray]:
        return self.layer.init(rng)

    def forward(self, params: Any, x: Any, train: bool = False, buffers: Any = ()) -> tuple:
        x = steps(x)
        y, cache = self.layer.forward(params, rows(x), train)
        return sequences(like_steps(y, x)), cache

    def input_grad(self, params: Any, cache: Any, g: Any) -> Any:
        g = steps(g)
        return sequences(like_steps(self.layer.input_grad(params, cache, rows(g)), g))

    def param_grad(self, params: Any, cache: Any, g: Any) -> Any:
        return self.layer.param_grad(params, cache, rows(steps(g)))


def reader(units: int = 96, copies: int | None = 3, seed: Any = 0) -> Network:
    """A recurrent network: at every step, logits for the next character."""
    return Network(Embedding(K, 16, std=0.5), Recurrent(16, units), PerStep(Linear(units, K)),
                   copies=copies, seed=seed)  # fmt: skip


def block(n: int, heads: int) -> list[Layer]:
    """A block of a transformer, pre-norm: attention, then a network at every step."""
    branch = PerStep(LayerNorm(n)), Attention(n, heads, causal=True)
    wide = PerStep(Linear(n, 2 * n, "he")), Activation("relu"), PerStep(Linear(2 * n, n))
    return [Residual(*branch), Residual(PerStep(LayerNorm(n)), *wide)]


def transformer(n: int = 36, heads: int = 2, blocks: int = 1, length: int = 32,
                copies: int | None = 3, seed: Any = 0) -> Network:  # fmt: skip
    """The same task for attention; the last normalisation belongs to pre-norm."""
    layers = [layer for _ in range(blocks) for layer in block(n, heads)]
    layers += [PerStep(LayerNorm(n)), PerStep(Linear(n, K))]
    first = Embedding(K, n, std=0.5), Positions(n, length)
    return Network(*first, *layers, copies=copies, seed=seed)


# ---------------------------------------------------------------- learning to read


def loss_and_gradient(net: Network, x: np.ndarray, y: np.ndarray) -> tuple:
    """J in nats a character, the mean over all steps of all rows, and ∇J."""
    loss = SoftmaxCrossEntropy()
    out, caches = net.forward(net.convert(x), train=True)
    z = steps(out)
    J, g = loss.mean(rows(z), y.ravel()), loss.grad(rows(z), y.ravel())
    return J, net.backward(sequences(like_steps(g, z)), caches)


def learn(net: Network, text: np.ndarray, steps: int = 1000, rates: Any = 0.01, length: int = 32,
          batch: int = 32, seed: int = 0, look: Callable | None = None) -> None:  # fmt: skip
    """Adam with warm-up, cosine and clipping, on rows cut out of the text at random.  ``look`` is
    called with the number of each step, 0 at first."""
    rng = np.random.default_rng(seed)
    windows = np.lib.stride_tricks.sliding_window_view(text, length + 1)
    rates = np.asarray(rates, dtype="float32").reshape(-1, 1) if np.ndim(rates) else rates
    optimizer = Adam(net.theta, lr=lambda t: rates * np.float32(
        min(1.0, t / 50) * 0.5 * (1 + np.cos(np.pi * min(t / steps, 1)))))  # fmt: skip
    for t in range(steps + 1):
        if look:
            look(t)
        if t < steps:
            piece = windows[rng.integers(0, len(windows), batch)]
            _, g = loss_and_gradient(net, piece[:, :-1], piece[:, 1:])
            optimizer.step(clip_norm(g, 1.0))


def nats(net: Network, text: np.ndarray, length: int = 32, most: int = 400) -> np.ndarray:
    """Mean −ln p of a text's characters, each seen with at least length/2 characters before it."""
    windows = np.lib.stride_tricks.sliding_window_view(text, length + 1)
    windows = windows[:: max(1, len(windows) // most)]
    z = steps(net(net.convert(windows[:, :-1])))[..., length // 2 :, :]
    return SoftmaxCrossEntropy().mean(rows(z), windows[:, 1 + length // 2 :].ravel())


def text(net: Network, start: str, length: int, temperature: float = 1.0, seed: int = 0,
         window: int = 32) -> str:  # fmt: skip
    """``start`` and what one network makes of it, character by character, p ∝ e^(z/temperature)."""
    rng, written = np.random.default_rng(seed), list(tokens(start))
    for _ in range(length):
        x = net.convert(np.array([written[-window:]]))
        p = softmax(steps(net(x))[0, -1].astype(float) / temperature)
        written.append(min(int(np.searchsorted(np.cumsum(p), rng.random())), K - 1))
    return "".join(ALPHABET[i] for i in written)


def known_words(sample: str, text: str) -> float:
    """The share of a sample's words that stand in the text; the first and the last may be cut."""
    words = re.findall("[a-z]+", sample)[1:-1]
    there = set(re.findall("[a-z]+", text))
    return float(np.mean([w in there for w in words])) if words else 0.0


# ---------------------------------------------------------------- a memory task

SYMBOLS, NOISE = 4, 4


def remember(n: int, delay: int, rng: np.random.Generator,
             noise: int = NOISE) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """n sequences: a symbol 0 … 3, then ``delay`` distractors 4 … 7, or the first ``noise`` of
    these; what was the symbol?"""
    y = rng.integers(0, SYMBOLS, n)
    return np.column_stack([y, rng.integers(SYMBOLS, SYMBOLS + noise, (n, delay))]), y


MEMORIES = ("recurrent, random U", "recurrent, orthogonal U", "attention")


def memory(kind: str, delay: int, units: int = 24, seeds: Sequence[int] = (0,)) -> Network:
    """A stack of networks that answer at the last step of ``remember``."""
    first: list[Layer] = [Embedding(SYMBOLS + NOISE, units, std=0.5)]
    if kind == "attention":
        first += [Positions(units, delay + 1), Attention(units)]
    else:
        start = Orthogonal() if "orthogonal" in kind else Normal(std=units**-0.5)
        first += [Recurrent(units, units, init_recurrent=start)]
    return Network(*first, Last(), Linear(units, SYMBOLS), copies=len(seeds), seed=list(seeds))


def remembered(kind: str, delay: int, seeds: Sequence[int], rates: Sequence[float],
               steps: int = 300, units: int = 24, noise: int = NOISE) -> np.ndarray:  # fmt: skip
    """Share of right answers after every tenth step, (steps/10, rates, seeds)."""
    net = memory(kind, delay, units, len(rates) * list(seeds))
    lr = np.repeat(np.array(rates, dtype="float32"), len(seeds))[:, None]
    optimizer, loss = Adam(net.theta, lr=lr), SoftmaxCrossEntropy()
    rng, shares = np.random.default_rng(seeds[0]), []
    X, y = remember(200, delay, np.random.default_rng([seeds[0], 1]), noise)
    for t in range(1, steps + 1):
        x, target = remember(32, delay, rng, noise)
        optimizer.step(clip_norm(net.gradient(loss, net.convert(x), target), 1.0))
        if t % 10 == 0:
            shares.append(accuracy(net(net.convert(X)), y))
    return np.reshape(shares, (-1, len(rates), len(seeds)))


def through_time(gain: float, length: int, units: int, seeds: Sequence[int] = range(5),
                 inputs: float = 0.3) -> tuple:  # fmt: skip
    """Lengths of ∂J/∂hₜ for t = T … 1, relative to the last, of recurrent networks at the start, U
    an orthogonal matrix times ``gain``, the inputs standard normal times ``inputs``; and
    gain^(T − t).  (seeds, T), (T,)."""
    layer = Recurrent(1, units, init_recurrent=Orthogonal(gain))
    found = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        W, U, b = layer.init(rng)
        x = rng.standard_normal((1, 1, 1, length))
        _, cache = layer.forward([inputs * W, U, b], x)
        g = np.zeros((1, units, 1, length))
        g[..., -1] = rng.standard_normal(units)[None, :, None]
        delta = layer.delta([W, U, b], cache, g)[0]  # ∂J/∂zₜ; ∂J/∂hₜ₋₁ = Uᵀ δₜ
        back = np.linalg.norm(delta @ U, axis=1)[::-1]
        found.append(back / np.linalg.norm(g[..., -1]))
    return np.array(found), gain ** np.arange(1, length + 1)
