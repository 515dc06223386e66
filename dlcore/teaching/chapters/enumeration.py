"""What a small Boltzmann machine is exactly, by enumeration of all states of its smaller layer."""

import numpy as np

from dlcore.backend import Array, asarray, namespace
from dlcore.boltzmann import RBM

LARGEST = 16  # binary units whose 2ⁿ states are enumerated


def log_partition(rbm: RBM) -> Array:
    """ln Z, exactly, from the 2ⁿ states of the smaller layer, n ≤ 16; a 0-d array."""
    return _logsumexp(_states(rbm)[0])


def log_likelihood(rbm: RBM, v: Array) -> Array:
    """ln p(v) = −F(v) − ln Z, exactly, for every row: (N,)."""
    return -rbm.free_energy(v) - log_partition(rbm)


def likelihood_gradient(rbm: RBM, v: Array) -> Array:
    """∇J = ⟨h vᵀ⟩ in the model − ⟨h vᵀ⟩ in the data, exactly; what CD-k tends to for k → ∞."""
    log_p, V, H = _states(rbm)
    p = namespace(log_p).exp(log_p - _logsumexp(log_p))
    return rbm.statistics(V, H, p) - rbm.statistics(v, rbm.hidden(v))


def _states(rbm):
    # ln p + ln Z of every state of the smaller layer, and v and h there (the other: its mean).
    n = min(rbm.n_visible, rbm.n_hidden)
    if n > LARGEST:
        wanted = f"a layer of at most {LARGEST} units to enumerate"
        raise ValueError(f"{rbm}: expected {wanted}, got {n}")
    s = asarray(np.arange(2**n)[:, None] >> np.arange(n) & 1, rbm.theta)
    if n == rbm.n_visible:
        return -rbm.free_energy(s), s, rbm.hidden(s)
    xp, z = namespace(s), s @ rbm.W + rbm.a
    return s @ rbm.b + xp.sum(xp.logaddexp(0 * z, z), axis=-1), rbm.visible(s), s


def _logsumexp(z):
    xp = namespace(z)
    top = xp.max(z)
    return top + xp.log(xp.sum(xp.exp(z - top)))
