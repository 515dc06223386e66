"""Layers: their sizes and settings, and what comes in through ``forward``."""

import numpy as np

from dlcore import images, layers, learned_activations, noise, normalization
from dlcore.backend import asarray

from . import kinds as k
from .refusal import array, entry

PAIRS = k.values("3", True, 1.5, (2,), (1, 2, 3), (1, "2"), [3, 3], k.NAN, -1, name="pair")
RANGE = [k.number]

# ------------------------------------------------------------------ constructors

entry(
    "layers.Linear",
    dict(n_in=2, n_out=3, init="he"),
    layers.Linear,
    n_in=[k.whole],
    n_out=[k.whole],
)
entry(
    "layers.Linear",
    dict(n_in=2, n_out=3, init="he"),
    layers.Linear,
    owner="init",
    init=[k.values("nonsense", 3, None)],
)
entry("layers.Activation", dict(h="tanh"), layers.Activation, owner="activation", h=[k.unknown])
entry(
    "learned_activations.ParametricReLU",
    dict(n=2, slope=0.25),
    learned_activations.ParametricReLU,
    n=[k.whole],
    slope=[k.number],
)
entry(
    "learned_activations.ACON",
    dict(n=2, kind="C", p1=1.0, p2=0.2, beta=1.0),
    learned_activations.ACON,
    n=[k.whole],
    kind=[k.unknown],
    p1=RANGE,
    p2=RANGE,
    beta=RANGE,
)
entry(
    "normalization.BatchNorm",
    dict(n=2, images=False, momentum=0.1, eps=1e-5),
    normalization.BatchNorm,
    n=[k.whole],
    images=[k.boolean],
    momentum=[k.probability],
    eps=[k.not_negative],
)
for name in ("LayerNorm", "InstanceNorm"):
    entry(
        f"normalization.{name}",
        dict(n=2, eps=1e-5),
        getattr(normalization, name),
        n=[k.whole],
        eps=[k.not_negative],
    )
entry(
    "normalization.GroupNorm",
    dict(groups=2, n=4, eps=1e-5),
    normalization.GroupNorm,
    groups=[k.whole, k.values(3, 8)],
    n=[k.whole],
    eps=[k.not_negative],
)
entry(
    "noise.Dropout",
    dict(p=0.5, seed=0, native_rng=False),
    noise.Dropout,
    p=[k.below_one],
    seed=[k.seed],
    native_rng=[k.boolean],
)
entry(
    "noise.GaussianNoise",
    dict(std=0.5, seed=0, native_rng=False),
    noise.GaussianNoise,
    std=[k.not_negative],
    seed=[k.seed],
    native_rng=[k.boolean],
)
entry(
    "images.Conv2d",
    dict(c_in=1, c_out=2, kernel=3, stride=1, padding=0),
    images.Conv2d,
    c_in=[k.whole],
    c_out=[k.whole],
    kernel=[PAIRS, k.values(0, None)],
    stride=[PAIRS, k.values(0, None)],
    padding=[PAIRS, k.values(None)],
)
entry(
    "images.Conv2d",
    dict(c_in=1, c_out=2, kernel=3, init="he"),
    images.Conv2d,
    owner="init",
    init=[k.values("nonsense", 3, None)],
)
for name in ("MaxPool2d", "AvgPool2d"):
    entry(
        f"images.{name}",
        dict(kernel=3, stride=2),
        getattr(images, name),
        kernel=[PAIRS, k.values(0, None)],
        stride=[PAIRS, k.values(0)],
    )
for name in ("Flatten", "Unflatten"):
    entry(
        f"images.{name}",
        dict(c=1, h=2, w=3),
        getattr(images, name),
        c=[k.whole],
        h=[k.whole],
        w=[k.whole],
    )

# ------------------------------------------------------------------ forward


def forward(layer, x, params, buffers):
    return layer.forward(params, x, True, buffers)


def _arguments(where, layer, shape):
    like = array(where, 1)
    return dict(
        layer=layer,
        x=array(where, *shape),
        params=[asarray(p, like) for p in layer.init(np.random.default_rng(0))],
        buffers=[asarray(b, like) for _, b in layer.buffers()],
    )


ROWS, IMAGES = (4, 3), (2, 3, 6, 6)
for module, make, shape, bad in (
    (layers, lambda: layers.Linear(3, 2), ROWS, [k.lower_rank, k.other_last]),
    (layers, lambda: layers.Activation("tanh"), ROWS, []),
    (layers, lambda: layers.Softmax(), ROWS, []),
    (
        learned_activations,
        lambda: learned_activations.ParametricReLU(3),
        ROWS,
        [k.lower_rank, k.other_last],
    ),
    (learned_activations, lambda: learned_activations.ACON(3), ROWS, [k.lower_rank, k.other_last]),
    (noise, lambda: noise.Dropout(0.5), ROWS, []),
    (noise, lambda: noise.GaussianNoise(0.5), ROWS, []),
    (
        normalization,
        lambda: normalization.BatchNorm(3),
        ROWS,
        [k.lower_rank, k.other_last, k.single_row],
    ),
    (
        normalization,
        lambda: normalization.BatchNorm(3, images=True),
        IMAGES,
        [k.lower_rank, k.other_channels],
    ),
    (normalization, lambda: normalization.LayerNorm(3), ROWS, [k.lower_rank, k.other_last]),
    (
        normalization,
        lambda: normalization.InstanceNorm(3),
        IMAGES,
        [k.lower_rank, k.other_channels],
    ),
    (
        normalization,
        lambda: normalization.GroupNorm(3, 3),
        IMAGES,
        [k.lower_rank, k.other_channels],
    ),
    (images, lambda: images.Conv2d(3, 2, 3), IMAGES, [k.lower_rank, k.other_channels, k.too_small]),
    (images, lambda: images.MaxPool2d(3), IMAGES, [k.lower_rank, k.too_small]),
    (images, lambda: images.AvgPool2d(3), IMAGES, [k.lower_rank, k.too_small]),
    (
        images,
        lambda: images.Flatten(3, 6, 6),
        IMAGES,
        [k.lower_rank, k.other_channels, k.too_small],
    ),
    (images, lambda: images.Unflatten(1, 1, 3), ROWS, [k.lower_rank, k.other_last]),
):
    owner = type(make()).__name__
    who = "Tanh" if owner == "Activation" else owner  # the function looks at z by itself
    entry(
        f"{module.__name__.rpartition('.')[2]}.{owner}.forward",
        lambda where, make=make, shape=shape: _arguments(where, make(), shape),
        forward,
        owner=who,
        x=[*k.floats, *bad],
    )
