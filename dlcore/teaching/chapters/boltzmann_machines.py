"""What contrastive divergence is in the mean, exactly, and a stack of Boltzmann machines."""

import numpy as np

from dlcore.backend import Array
from dlcore.boltzmann import RBM
from dlcore.circuits import every_input


def expected_cd(rbm: RBM, v: Array, k: int = 1) -> np.ndarray:
    """The mean of ``rbm.cd(v, rng, k)`` over all its random numbers, by enumeration: (P,).

    ⟨h vᵀ⟩ after k rounds of Gibbs sampling − ⟨h vᵀ⟩ in the data, from the 2ⁿ states of either
    layer; for a machine on NumPy with few units.
    """
    V, H = (every_input(n).astype(rbm.theta.dtype) for n in (rbm.n_visible, rbm.n_hidden))
    up = _chances(rbm.hidden(V), H)  # p(h | v), (states of v, states of h)
    down = _chances(rbm.visible(H), V)  # p(v | h)
    p = (v[:, None] == V).all(axis=-1).mean(axis=0)
    for _ in range(k):
        p = p @ up @ down
    return rbm.statistics(V, rbm.hidden(V), p) - rbm.statistics(v, rbm.hidden(v))


def _chances(p, states):
    """p(state) of independent units that are on with the probabilities in each row of p."""
    return np.prod(np.where(states[None] == 1, p[:, None], 1 - p[:, None]), axis=-1)


def stack(v: Array, sizes: list[int], epochs: int, lr: float = 0.3, seed: int = 0) -> list[RBM]:
    """Boltzmann machines of these numbers of hidden units, greedily: each learns by CD-1 the
    probabilities of the hidden units of the one below, the first the rows of v."""
    machines = []
    for layer, size in enumerate(sizes):
        rbm = RBM(v.shape[1], size, seed=100 * seed + layer)
        rbm.fit(v, epochs=epochs, lr=lr, batch_size=64, seed=seed)
        machines.append(rbm)
        v = rbm.hidden(v)
    return machines
