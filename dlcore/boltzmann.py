"""The restricted Boltzmann machine: a probability for every pattern, learned from patterns alone.

    E(v, h) = −a·v − b·h − hᵀ W v,   p(v, h) = e^(−E(v, h))/Z,   v and h of 0 and 1

No connections within a layer, so each layer is independent given the other:

    p(hⱼ = 1 | v) = σ(b + W v)ⱼ,   p(vᵢ = 1 | h) = σ(a + Wᵀ h)ᵢ

Rows of v (N, n_visible) and h (N, n_hidden) are samples; W is (n_hidden, n_visible).  θ holds all
parameters, and gradients are those of J = −(1/N) Σₙ ln p(vₙ), so that every optimizer works:
``optimizer = Adam(rbm.theta)``, then again and again ``optimizer.step(rbm.cd(v, rng)[0])``.  Random
numbers are drawn by NumPy from one Generator ``rng``: the same run on every backend.
Smolensky 1986 (the machine), Hinton 2002 (contrastive divergence).
"""

import numpy as np

from . import checks as check
from .activations import Sigmoid, Softplus
from .backend import Array, asarray, dtype_name, namespace, prototype, reshape


class RBM:
    """p(v) = e^(−F(v))/Z with the free energy F(v) = −a·v − Σⱼ ln(1 + e^(b + W v)ⱼ).
    W ~ N(0, std²) from ``seed``, a = b = 0.  ``theta`` is (P,), and ``W``, ``a`` (n_visible,) and
    ``b`` (n_hidden,) are views of it.  Numbers of another dtype are converted to that of θ; another
    library or device raises TypeError, a wrong shape ValueError."""

    def __init__(
        self,
        n_visible: int,
        n_hidden: int,
        std: float = 0.01,
        seed: int = 0,
        dtype: str = "float32",
    ):
        self.n_visible = check.integer("RBM", "n_visible", n_visible, 1)
        self.n_hidden = check.integer("RBM", "n_hidden", n_hidden, 1)
        std, like = check.number("RBM", "std", std, 0), prototype("numpy", dtype)
        W = std * check.generator("RBM", seed).standard_normal(self.n_hidden * self.n_visible)
        theta = np.concatenate([W, np.zeros(self.n_visible + self.n_hidden)])
        self.theta = asarray(theta, like)

    def __repr__(self):
        return f"RBM({self.n_visible}, {self.n_hidden})"

    @property
    def W(self) -> Array:
        return reshape(self.theta[: self.n_hidden * self.n_visible], (self.n_hidden, -1))

    @property
    def a(self) -> Array:
        return self.theta[-self.n_visible - self.n_hidden : -self.n_hidden]

    @property
    def b(self) -> Array:
        return self.theta[-self.n_hidden :]

    def to(self, where: str, dtype: str | None = None) -> "RBM":
        """A new machine with the same θ on ``"numpy"``, ``"torch"`` or ``"cuda"``."""
        other = RBM(self.n_visible, self.n_hidden)
        other.theta = asarray(self.theta, prototype(where, dtype or dtype_name(self.theta)))
        return other

    def energy(self, v: Array, h: Array) -> Array:
        """E(v, h) = −a·v − b·h − hᵀ W v for every row: (N,)."""
        v = self._rows("v", v, self.n_visible)
        h = self._rows("h", h, self.n_hidden, N=v.shape[0])
        return -(v @ self.a) - h @ self.b - namespace(v).sum(h @ self.W * v, axis=-1)

    def free_energy(self, v: Array) -> Array:
        """F(v) = −ln Σ_h e^(−E(v, h)) = −a·v − Σⱼ ln(1 + e^(b + W v)ⱼ) for every row: (N,)."""
        v = self._rows("v", v, self.n_visible)
        return -(v @ self.a) - namespace(v).sum(Softplus()(v @ self.W.mT + self.b), axis=-1)

    def hidden(self, v: Array) -> Array:
        """p(h = 1 | v) = σ(W v + b): (N, n_visible) -> (N, n_hidden)."""
        return Sigmoid()(self._rows("v", v, self.n_visible) @ self.W.mT + self.b)

    def visible(self, h: Array) -> Array:
        """p(v = 1 | h) = σ(Wᵀ h + a): (N, n_hidden) -> (N, n_visible)."""
        return Sigmoid()(self._rows("h", h, self.n_hidden) @ self.W + self.a)

    def reconstruct(self, v: Array) -> Array:
        """p(v = 1 | h) at h = p(h = 1 | v): there and back, with nothing drawn at random."""
        return self.visible(self.hidden(v))

    def gibbs(self, v: Array, rng: np.random.Generator, k: int = 1) -> Array:
        """The states after k rounds h ~ p(h | v), v ~ p(v | h), from each row of v."""
        k, rng = check.integer(self, "k", k, 0), check.rng(self, rng)
        v = self._rows("v", v, self.n_visible)
        for _ in range(k):
            v = sample(self.visible(sample(self.hidden(v), rng)), rng)
        return v

    def cd(self, v: Array, rng: np.random.Generator, k: int = 1, chains: Array = None) -> tuple:
        """Contrastive divergence CD-k: (g, chains), g an estimate of ∇J, (P,).
        ∂J/∂W ≈ ⟨h vᵀ⟩ after k rounds of Gibbs sampling − ⟨h vᵀ⟩ in the data, h = p(h = 1 | v);
        likewise v for a and h for b.  The rounds start at v, or at the ``chains`` of the last call:
        then it is persistent (Tieleman 2008)."""
        k = check.integer(self, "k", k, 1)
        data = self.statistics(v, self.hidden(v))
        end = self.gibbs(v if chains is None else chains, rng, k)
        return self.statistics(end, self.hidden(end)) - data, end

    def fit(
        self,
        V: Array,
        epochs: int = 10,
        lr: float = 0.1,
        batch_size: int = 32,
        k: int = 1,
        persistent: bool = False,
        seed: int = 0,
    ) -> list[float]:
        """θ ← θ − η g with g from CD-k on shuffled minibatches; the mean squared errors of
        ``reconstruct`` after each epoch.  Values of V are in [0, 1]."""
        V = self._rows("V", V, self.n_visible, "N ≥ 1")
        check.holds(self, "V in [0, 1]", V, (V >= 0) & (V <= 1))
        epochs, lr = check.integer(self, "epochs", epochs, 1), check.positive(self, "lr", lr)
        batch_size = check.integer(self, "batch_size", batch_size, 1)
        persistent, rng = check.boolean(self, "persistent", persistent), check.generator(self, seed)
        xp, chains, errors = namespace(V), None, []
        for _ in range(epochs):
            order = asarray(rng.permutation(V.shape[0]), V, xp.int64)
            for start in range(0, V.shape[0], batch_size):
                batch = xp.take(V, order[start : start + batch_size], axis=0)
                g, end = self.cd(batch, rng, k, chains)
                chains = end if persistent else None
                self.theta -= lr * g
            errors.append(float(xp.mean((V - self.reconstruct(V)) ** 2)))
        return errors

    def statistics(self, v: Array, h: Array, p: Array | None = None) -> Array:
        """The mean of (h vᵀ, v, h) over the rows, or their sum weighted with p (N,): (P,)."""
        v, xp = self._rows("v", v, self.n_visible, "N ≥ 1"), namespace(h)
        p = xp.ones_like(v[:, 0]) / v.shape[0] if p is None else p
        return xp.concat([xp.reshape((h * p[:, None]).mT @ v, (-1,)), p @ v, p @ h])

    def _rows(self, name, x, n, N="N"):
        return check.shape(self, name, check.converted(self, name, x, self.theta), (N, n))


def sample(p: Array, rng: np.random.Generator) -> Array:
    """1.0 with probability p, else 0.0: an array of the kind and shape of p."""
    check.floating("sample", "p", p)
    u = asarray(check.rng("sample", rng).random(tuple(p.shape)), p)
    return namespace(p).astype(u < p, p.dtype)
