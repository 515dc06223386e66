"""Layers for sequences and text, and the model of text without a network."""

from dlcore import attention, embedding, recurrent
from dlcore.backend import asarray
from dlcore.ngram import NGram

from . import kinds as k
from .cases_layers import _arguments, forward
from .refusal import array, entry

NO_LAW = [k.values("nonsense", 3, None)]

# ------------------------------------------------------------------ layers

entry(
    "recurrent.Recurrent",
    dict(n_in=2, n_out=3),
    recurrent.Recurrent,
    n_in=[k.whole],
    n_out=[k.whole],
)
entry(
    "recurrent.Recurrent",
    dict(n_in=2, n_out=3, init="he", init_recurrent="he"),
    recurrent.Recurrent,
    owner="init",
    init=NO_LAW,
    init_recurrent=[k.values("nonsense", 3, None, name="unknown")],
)
entry(
    "attention.Attention",
    dict(n=4, heads=2, causal=True),
    attention.Attention,
    n=[k.whole],
    heads=[k.whole, k.values(3, 8)],
    causal=[k.boolean],
)
entry("attention.Attention", dict(n=4, init="he"), attention.Attention, owner="init", init=NO_LAW)
entry(
    "embedding.Embedding",
    dict(n_tokens=5, n_out=2, n_in=3, std=0.5),
    embedding.Embedding,
    n_tokens=[k.whole],
    n_out=[k.whole],
    n_in=[k.size],
    std=[k.positive],
)
entry(
    "embedding.Positions",
    dict(n=2, length=3, kind="learned"),
    embedding.Positions,
    n=[k.whole],
    length=[k.whole],
    kind=[k.unknown],
)


def taller(good):
    """Images of two rows."""
    return [good[:, :, [0, 0]]]


def stepless(good):
    """Sequences without a step."""
    return [good[..., :0]]


def longer(good):
    """Sequences with one step more."""
    return [good[..., [0, 1, 2, 3, 0]]]


SEQUENCES = [*k.floats, k.lower_rank, taller, stepless]
for module, make, bad in (
    ("recurrent", lambda: recurrent.Recurrent(3, 2), [k.other_channels]),
    ("recurrent", lambda: recurrent.Last(), []),
    ("attention", lambda: attention.Attention(3), [k.other_channels]),
    ("embedding", lambda: embedding.Positions(3, 4), [k.other_channels, longer]),
):
    owner = type(make()).__name__
    entry(
        f"{module}.{owner}.forward",
        lambda where, make=make: _arguments(where, make(), (2, 3, 1, 4)),
        forward,
        owner=owner,
        x=[*SEQUENCES, *bad],
    )


def tokens(where, n_in=None):
    arguments = _arguments(where, embedding.Embedding(4, 2, n_in), (3, 3))
    return arguments | dict(x=asarray([[0.0, 3.0, 1.0], [2.0, 0.0, 0.0]], array(where, 1)))


entry(
    "embedding.Embedding.forward",
    tokens,
    forward,
    owner="Embedding",
    x=[k.not_an_array, k.complex_numbers, k.lower_rank, stepless],
)
entry(
    "embedding.Embedding.forward",
    lambda where: tokens(where, 3),
    forward,
    owner="Embedding",
    x=[k.other_last],
)
entry(
    "embedding.Embedding.forward",
    tokens,
    forward,
    owner="Embedding",
    only=["numpy", "torch"],  # a CUDA device stops by itself, and for good
    x=[k.not_finite, k.labels_below(4)],
)

# ------------------------------------------------------------------ attention


def queries(where):
    shapes = dict(Q=(2, 3, 4), K=(2, 5, 4), V=(2, 5, 6))
    return {name: array(where, *shape) for name, shape in shapes.items()}


ARRAYS = [*k.kind, k.not_floating, k.lower_rank, k.scalar, k.other_rows]
entry(
    "attention.attend",
    lambda where: queries(where) | dict(causal=True),
    attention.attend,
    Q=[*ARRAYS, k.other_last],
    K=[*ARRAYS, k.other_last, k.higher_rank],
    V=[*ARRAYS, k.higher_rank],
    causal=[k.boolean],
)
entry(
    "attention.attend_grad",
    lambda where: queries(where) | dict(A=array(where, 2, 3, 5), g=array(where, 2, 3, 6)),
    attention.attend_grad,
    Q=[*ARRAYS, k.other_last],
    K=[*ARRAYS, k.other_last],
    V=[*ARRAYS, k.other_last],
    A=[*ARRAYS, k.other_last],
    g=[*ARRAYS, k.other_last],
)

# ------------------------------------------------------------------ ngram

NO_TEXT = k.values(None, 3, ["a", "b", "c"], b"abc", "", "a", "abd")
entry(
    "ngram.NGram",
    dict(n=2, text="abcab", alpha=0.5, alphabet="abc"),
    NGram,
    n=[k.whole, k.values(6, name="too_large")],
    text=[NO_TEXT],
    alpha=[k.not_negative],
    alphabet=[k.values(3, ["a", "b", "c"], b"abc"), k.values("ab", "", name="domain")],
)
for method in ("count", "log_likelihood", "perplexity"):
    entry(
        f"ngram.NGram.{method}",
        dict(model=NGram(2, "abcab"), text="abc"),
        lambda model, text, method=method: getattr(model, method)(text),
        owner="NGram",
        text=[NO_TEXT],
    )
entry(
    "ngram.NGram.probabilities",
    dict(model=NGram(3, "abcab"), context="ab"),
    lambda model, context: model.probabilities(context),
    owner="NGram",
    context=[NO_TEXT],
)
entry(
    "ngram.NGram.sample",
    dict(model=NGram(3, "abcab"), length=2, seed=0, start="ab"),
    lambda model, **settings: model.sample(**settings),
    owner="NGram",
    length=[k.count],
    seed=[k.seed],
    start=[k.values(3, ["a", "b"], "", "a", "ad")],
)
