"""The restricted Boltzmann machine."""

import numpy as np

from dlcore import boltzmann
from dlcore.boltzmann import RBM
from dlcore.teaching.chapters import enumeration

from . import kinds as k
from .refusal import array, asarray, entry

entry(
    "boltzmann.RBM",
    dict(n_visible=3, n_hidden=2, std=0.1, seed=0),
    RBM,
    n_visible=[k.whole],
    n_hidden=[k.whole],
    std=[k.not_negative],
    seed=[k.seed],
)
entry(
    "boltzmann.RBM",
    dict(n_visible=3, n_hidden=2, dtype="float64"),
    RBM,
    owner="dtype",
    dtype=[k.values("float16", "", None, float)],
)
entry(
    "boltzmann.RBM.to",
    dict(rbm=RBM(3, 2), where="numpy", dtype="float64"),
    lambda rbm, where, dtype: rbm.to(where, dtype),
    owner="",
    where=[k.values("gpu", "", None, 3)],
    dtype=[k.values("float16", 64, float)],
)

KIND = [k.not_an_array, k.complex_numbers, k.other_library, k.other_device]  # others: converted
V = [*KIND, k.lower_rank, k.higher_rank, k.other_last]


def machine(where):
    like = array(where, 1, dtype="float32")
    v = asarray([[0.0, 1.0, 1.0], [1.0, 0.0, 1.0]], like)
    return dict(rbm=RBM(3, 2, std=0.5).to(where), v=v, h=v[:, :2])


for method in ("free_energy", "hidden", "reconstruct"):
    entry(
        f"boltzmann.RBM.{method}",
        machine,
        lambda rbm, v, h, method=method: getattr(rbm, method)(v),
        owner="RBM",
        v=V,
    )
for name in ("log_likelihood", "likelihood_gradient"):
    entry(
        f"teaching.chapters.enumeration.{name}",
        machine,
        lambda rbm, v, h, name=name: getattr(enumeration, name)(rbm, v),
        owner="RBM",
        v=V + [k.empty] * (name == "likelihood_gradient"),
    )
entry("boltzmann.RBM.visible", machine, lambda rbm, v, h: rbm.visible(h), owner="RBM", h=V)
entry(
    "boltzmann.RBM.energy",
    machine,
    lambda rbm, v, h: rbm.energy(v, h),
    owner="RBM",
    v=[*V, k.other_rows],
    h=[*V, k.other_rows],
)
RNG = [k.values(None, "x", 0)]
entry(
    "boltzmann.RBM.gibbs",
    lambda where: machine(where) | dict(rng=np.random.default_rng(0), k=1),
    lambda rbm, v, h, rng, k: rbm.gibbs(v, rng, k),
    owner="RBM",
    v=V,
    rng=RNG,
    k=[k.count],
)
entry(
    "boltzmann.RBM.cd",
    lambda where: machine(where) | dict(rng=np.random.default_rng(0)),
    lambda rbm, v, h, rng: rbm.cd(v, rng),
    owner="RBM",
    v=[k.empty],
)
entry(
    "boltzmann.RBM.cd",
    lambda where: (
        machine(where) | dict(rng=np.random.default_rng(0), k=1, chains=machine(where)["v"])
    ),
    lambda rbm, v, h, rng, k, chains: rbm.cd(v, rng, k, chains),
    owner="RBM",
    v=V,
    rng=RNG,
    k=[k.whole],
    chains=[k.not_an_array_or_none, *V[1:], k.empty],
)
FIT = dict(epochs=1, batch_size=2, lr=0.1, k=1, persistent=False, seed=0)
entry(
    "boltzmann.RBM.fit",
    lambda where: machine(where) | FIT,
    lambda rbm, v, h, **settings: rbm.fit(v, **settings),
    owner="RBM",
    v=[*V, k.empty, k.not_finite, k.outside(0, 1)],
)
entry(
    "boltzmann.RBM.fit",
    lambda where: machine(where) | FIT,
    lambda rbm, v, h, **settings: rbm.fit(v, **settings),
    owner="RBM",
    only=["numpy"],
    epochs=[k.whole],
    batch_size=[k.whole],
    lr=[k.positive],
    k=[k.whole],
    persistent=[k.boolean],
    seed=[k.seed],
)
entry(
    "teaching.chapters.enumeration.log_partition",
    dict(n=2),
    lambda n: enumeration.log_partition(RBM(n, n)),
    owner="RBM",
    n=[k.values(17, name="too_large")],
)
entry(
    "boltzmann.sample",
    lambda where: dict(p=array(where, 3), rng=np.random.default_rng(0)),
    boltzmann.sample,
    p=k.floats,
    rng=RNG,
)
