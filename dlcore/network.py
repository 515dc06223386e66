"""A network: layers in sequence, and ONE vector θ that holds every parameter.

``theta`` is a contiguous array of length P, ``params[l]`` are views of it in the shapes of layer
l: ``theta -= lr * g`` moves every weight of every layer, and an optimizer is its textbook equation
on one vector.  Weights come first: ``theta[..., :n_weights]`` is what a penalty acts on.

A stack of E independent networks (``copies=E``) has θ of shape (E, P) and runs as one batch;
``net[e]`` is one of them.  ``value_and_gradient`` is where forward, loss and backward meet.
"""

import copy
import math
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import pairwise
from numbers import Integral
from typing import Any

import numpy as np

from . import checks as check
from .activations import sigmoid, softmax
from .backend import (
    Array,
    Arrays,
    asarray,
    dtype_name,
    is_like,
    namespace,
    prototype,
    ravel,
    reshape,
)
from .layers import Activation, Layer, Linear
from .losses import Loss


class Caches(list):
    """The caches of the layers, and the shape of the network's output."""

    shape: tuple = ()


class Network:
    """y = f_L(… f₁(x)): ``Network(Linear(2, 8), Activation("tanh"), Linear(8, 1), seed=0)``.

    Shapes: x (N, n_in), y (N, n_out), theta (P,).  With ``copies=E``: x (N, n_in), shared by all,
    or (E, N, n_in), y (E, N, n_out), theta (E, P).
    Copy e is the network that its seed alone would give, of the E seeds that are given or of seed,
    seed + 1, …; the noise of dropout follows from the first.  ``dtype``: "float64" is for checking.
    Raises ValueError for layers whose sizes do not fit, or one layer object used twice."""

    def __init__(
        self, *layers: Layer, seed: Any = 0, copies: int | None = None, dtype: Any = "float32"
    ):
        _check_layers(layers)
        like, rngs = prototype("numpy", dtype), _generators(seed, copies)
        self.layers: Any = layers
        self.copies = None if copies is None else int(copies)
        self.n_in = next((layer.n_in for layer in layers if layer.n_in or layer.n_out), None)
        self._plan()
        theta = np.stack([self._joined([layer.init(rng) for layer in layers]) for rng in rngs])
        buffers = [[np.stack([a] * len(rngs)) for _, a in layer.buffers()] for layer in layers]
        self._bind(theta, buffers, like, 0 if copies is None else ...)
        for layer in layers:
            if not layer.seeded:  # a new stream, and θ's own is not touched
                layer.rng = rngs[0].spawn(1)[0]
        self.freeze()
        self.order = np.random.default_rng(0)  # of the samples, from one fit to the next

    def _plan(self):
        # Where each parameter lies in θ: _slots[l][i] = (start, stop, shape).  Weights come first.
        wanted = [layer.parameters() for layer in self.layers]
        self._order = [(l, i, p) for l, ps in enumerate(wanted) for i, p in enumerate(ps)]
        self._order.sort(key=lambda place: not place[2].is_weight)
        self._slots = [[None] * len(ps) for ps in wanted]
        self.n_parameters = self.n_weights = 0
        for l, i, p in self._order:
            start, self.n_parameters = self.n_parameters, self.n_parameters + math.prod(p.shape)
            self._slots[l][i] = (start, self.n_parameters, p.shape)
            self.n_weights = self.n_parameters if p.is_weight else self.n_weights

    def _bind(self, theta, buffers, like, part):
        self._theta = asarray(theta[part], like)
        self.buffers = tuple(tuple(asarray(a[part], like) for a in own) for own in buffers)
        self.params = self.unflatten(self._theta)
        self._buffered = [l for l, own in enumerate(self.buffers) if own]
        self._random = [layer for layer in self.layers if layer.rng is not None]

    def unflatten(self, theta: Array) -> tuple[tuple, ...]:
        """Views of the flat vector θ, for each layer a tuple: write ``W[...] = values``.  Raises
        TypeError or ValueError for a vector of another kind or length than the network's."""
        check.same_kind(self, "θ", theta, self._theta)
        if theta.shape[-1:] != (self.n_parameters,):
            check.shape(self, "θ", theta, tuple(self._theta.shape))
        stack = tuple(theta.shape[:-1])
        return tuple(
            tuple(reshape(theta[..., a:b], stack + shape) for a, b, shape in slots)
            for slots in self._slots
        )

    def flatten(self, arrays: Sequence[Arrays]) -> Array:
        """Arrays as in ``params`` as one vector; TypeError or ValueError for what does not fit."""
        _check_lists(self, "arrays", arrays)
        for layer, given, slots in zip(self.layers, arrays, self._slots, strict=True):
            if not isinstance(given, (list, tuple)) or len(given) != len(slots):
                raise ValueError(f"{self}: expected {len(slots)} arrays for {layer}, got {given!r}")
        for l, i, _ in self._order:
            a, p = arrays[l][i], self.params[l][i]
            if not is_like(a, p) or a.shape != p.shape:
                check.same_kind(self, f"an array for {self.layers[l]}", a, p)
                check.shape(self, f"an array for {self.layers[l]}", a, tuple(p.shape))
        return self._joined(arrays, self._theta.shape[:-1])

    def _joined(self, arrays, stack=()):
        flat = [arrays[l][i] for l, i, _ in self._order]
        flat = [reshape(a, (*stack, -1)) if stack else ravel(a) for a in flat]
        return namespace(flat[0]).concat(flat, axis=-1)

    @property
    def theta(self) -> Array:
        """All parameters, (P,) or (E, P).  Change them in place: ``net.theta -= step``."""
        return self._theta

    @theta.setter
    def theta(self, value):
        if value is not self._theta:  # a new array would leave ``params`` on the old one
            raise AttributeError("write net.theta[...] = values (in place), not net.theta = values")

    def forward(self, x: Array, train: bool = False, params: Any = None) -> tuple[Array, list]:
        """ŷ and the caches, one a layer; TypeError or ValueError for an x that does not fit."""
        self.check_input(x)
        caches = Caches()
        with self.running():
            layers = zip(self.layers, params or self.params, self.buffers, strict=True)
            for l, (layer, p, buffers) in enumerate(layers):
                x, cache = layer.forward(p, x, train and l not in self.frozen, buffers)
                caches.append(cache)
        caches.shape = tuple(x.shape)
        return x, caches

    def backward(self, g: Array, caches: list, params: Any = None, back: Any = None) -> Array:
        """Given g = ∂J/∂ŷ, return ∇J(θ) as one flat vector of the shape of θ.  g is sent back
        through the parameters ``back``, by default ``params``.  Raises TypeError for a g of another
        kind than θ, ValueError for another shape than that of the output."""
        self.check_gradient(g, caches)
        params = params or self.params
        back, grads, first = back or params, list(params), self.lowest
        with self.running():
            for l in reversed(range(first, len(self.layers))):
                layer = self.layers[l]
                grads[l] = layer.param_grad(params[l], caches[l], g)
                if l > first:  # nobody asks for ∂J/∂x of the data
                    g = layer.input_grad(back[l], caches[l], g)
        return self.without_frozen(self.flatten(grads))

    def value_and_gradient(
        self,
        loss: Loss,
        x: Array,
        y: Array,
        theta: Array | None = None,
        weights: Array | None = None,
        back: Sequence[Arrays] | None = None,
        value: bool = True,
    ) -> tuple[Array, Array]:
        """J, 0-d or (E,), and ∇J at θ (by default the network's own) on the batch (x, y), whose
        samples have ``weights``, in training.  Running statistics are updated at the network's own
        θ only, after the loss has accepted y.  ``value=False`` leaves J out: it is None."""
        params = self.params if theta is None else self.unflatten(theta)
        with self.running():
            y_hat, caches = self.forward(x, True, params)
            y = loss.target(y_hat, y)  # labels become rows once, not for J and again for g
            J = loss.mean(y_hat, y, weights) if value else None
            g = loss.grad(y_hat, y, weights)
        if theta is None:
            self.update_buffers(caches)
        return J, self.backward(g, caches, params, back)

    def gradient(self, loss: Loss, x: Any, y: Any, theta: Any = None, weights: Any = None) -> Array:
        """∇J alone, as ``value_and_gradient`` has it."""
        return self.value_and_gradient(loss, x, y, theta, weights, value=False)[1]

    def update_buffers(self, caches: list) -> None:
        """Take over the running statistics that a forward pass in training left in its caches."""
        _check_lists(self, "caches", caches)
        for l in self._buffered:
            if l not in self.frozen:
                new = self.layers[l].new_buffers(caches[l])
                for buffer, value in zip(self.buffers[l], new, strict=True):
                    buffer[...] = value

    def __call__(self, x: Array) -> Array:
        """The output ŷ in evaluation, of an array or lists of real numbers; no cache is kept."""
        x = self.convert(x)
        self.check_input(x)
        with self.running():
            for layer, p, buffers in zip(self.layers, self.params, self.buffers, strict=True):
                x = layer.forward(p, x, False, buffers)[0]
        return x

    def predict(self, X: Array, batch_size: int = 1000) -> Array:
        """ŷ for the rows of X, ``batch_size`` at a time: the memory depends on this alone."""
        size, X = check.integer(self, "batch_size", batch_size, 1), self.convert(X)
        self.check_input(X)
        row = [slice(None)] * (1 if X.ndim < 4 else 3)  # the axes of a sample: (n,), or (C, H, W)
        starts = range(0, max(X.shape[-1 - len(row)], 1), size)
        pieces = [self(X[(..., slice(start, start + size), *row)]) for start in starts]
        return namespace(X).concat(pieces, axis=-2 if pieces[0].ndim < 4 else -4)

    def predict_proba(self, X: Array, batch_size: int = 1000) -> Array:
        """Probabilities from the logits: σ(ŷ) for one output, softmax(ŷ) for several."""
        z = self.predict(X, batch_size)
        return sigmoid(z) if z.shape[-1] == 1 else softmax(z)

    def convert(self, x: Array) -> Array:
        """x as an array of the network's dtype; TypeError for another library or device."""
        if is_like(x, self._theta):
            return x
        x = check.array(self, "x", x)
        where = "numpy" if isinstance(x, np.ndarray) else str(x.device)
        remedy = f": net.to({where!r}) is this network where x is"
        return check.converted(self, "x", x, self._theta, remedy)

    def freeze(self, *layers: int) -> None:
        """These layers (0 is the first) and no others stop learning: their gradient is 0, they run
        as in evaluation, and ``fit`` keeps them where they are.  ``net.freeze()`` frees all."""
        last = len(self.layers) - 1
        self.frozen = frozenset(check.integer(self, "l", l, 0, last) for l in layers)
        learning = [l for l, s in enumerate(self._slots) if s and l not in self.frozen]
        self.lowest = min(learning, default=last)

    def without_frozen(self, g: Array) -> Array:
        """The gradient g, which is returned, with 0 in place of what is frozen."""
        for l in self.frozen:
            for a, b, _ in self._slots[l]:
                g[..., a:b] = 0.0
        return g

    def summary(self) -> str:
        """A table in words: every layer with the shape of its output and its parameters."""
        x = asarray(np.zeros((1, self.n_in or 1)), self._theta)
        lines = [f"{'layer':40s} {'output':18s} parameters"]
        for l, layer in enumerate(self.layers):
            x = layer.forward(self.params[l], x, False, self.buffers[l])[0]
            shape = f"(N, {', '.join(map(str, x.shape[1 if x.ndim != 3 else 2 :]))})"
            names = [f"{p.name} {p.shape}" for p in layer.parameters()]
            count = f"{sum(b - a for a, b, _ in self._slots[l])}{': ' if names else ''}"
            frozen = ", frozen" if l in self.frozen else ""
            lines.append(f"{layer!s:40s} {shape:18s} {count}{', '.join(names)}{frozen}")
        stack = f" in each of {self.copies} networks" if self.copies is not None else ""
        return "\n".join([*lines, f"{self.n_parameters} parameters{stack}"])

    def running(self) -> AbstractContextManager:
        """A context for layers that run: noise that was drawn is put back where an argument is
        refused, and NumPy's "invalid" ignored: lanes that a product throws away raise it, too."""
        on_numpy = isinstance(self._theta, np.ndarray)
        flags = np.errstate(invalid="ignore") if on_numpy else nullcontext()
        return _putting_back(self._random, flags) if self._random else flags

    def check_input(self, x: Array) -> None:
        """Raise TypeError or ValueError unless x is what the first layer may be given."""
        check.same_kind(self, "x", x, self._theta, ": net.convert(x) is x as the network wants it")
        if x.ndim < 2:
            check.shape(self, "x", x, ("N", self.n_in or "n_in"))
        if x.ndim % 2 and x.shape[0] != (E := self.copies):
            batches = f"{E} batches for its copies" if E else "one batch, (N, n_in) or (N, C, H, W)"
            raise ValueError(f"{self}: expected x of {batches}, got {tuple(x.shape)}")

    def check_gradient(self, g: Array, caches: Any) -> None:
        """Raise TypeError or ValueError unless g fits the output that left these caches."""
        check.same_kind(self, "g", g, self._theta)
        _check_lists(self, "caches", caches)
        if getattr(caches, "shape", g.shape) != g.shape:
            check.shape(self, "g", g, caches.shape)

    def to(self, where: Any, dtype: Any = None) -> "Network":
        """A new network with the same θ on ``"numpy"``, ``"torch"`` or ``"cuda"``, or where an
        array is.  An optimizer stays bound to the old θ: make a new one for the new network."""
        return self._twin(prototype(where, dtype or dtype_name(self._theta)))

    def __getitem__(self, e: int) -> "Network":
        """Network e of a stack, as a new network of its own."""
        if self.copies is None:
            raise ValueError(f"{self}: expected a stack (copies=…) to take from, got one network")
        e = check.integer(self, "e", e, -self.copies, self.copies - 1)
        return self._twin(self._theta, e, copies=None)

    def __iter__(self) -> Iterator["Network"]:
        """The networks of a stack, one after the other."""
        return (self[e] for e in range(self.copies or 1))

    def _twin(self, like, part=..., **changes):
        other = copy.copy(self)
        changes |= {name: copy.deepcopy(getattr(self, name)) for name in ("layers", "order")}
        vars(other).update(changes)  # the layers own no arrays, but dropout has a random state
        other._bind(self._theta, self.buffers, like, part)
        return other

    def __getstate__(self):  # copy.deepcopy and pickle would turn views into copies
        return {k: v for k, v in self.__dict__.items() if k != "params"}

    def __setstate__(self, state):
        self.__dict__.update(state)
        self.params = self.unflatten(self._theta)

    def __repr__(self):
        return self._named(self.layers)

    def _named(self, parts):
        stack = [] if self.copies is None else [f"copies={self.copies}"]
        return f"{type(self).__name__}({', '.join([*map(repr, parts), *stack])})"


class MLP(Network):
    """A multi-layer perceptron: a ← h(W a + b) in every hidden layer, W a + b at the end.

    ``MLP([2, 8, 8, 1])`` has 2 inputs, two hidden layers of 8 units, and 1 output, a logit.
    ``activation`` and ``init`` are names or functions; the options are Network's.
    """

    def __init__(self, sizes: Any, activation: Any = "tanh", init: Any = "glorot", **options: Any):
        if not isinstance(sizes, (list, tuple)) or len(sizes) < 2:
            raise ValueError(f"MLP: expected at least two sizes, e.g. [2, 8, 1], got {sizes!r}")
        layers: list = []
        for n_in, n_out in pairwise(sizes):
            layers += [Linear(n_in, n_out, init), Activation(activation)]
        self.h = layers[1].h
        self.sizes = [layers[0].n_in, *(linear.n_out for linear in layers[::2])]
        super().__init__(*layers[:-1], **options)

    def __repr__(self):
        return self._named([self.sizes, self.h])


@contextmanager
def _putting_back(layers, flags):
    states = [layer.rng.bit_generator.state for layer in layers]
    try:
        with flags:
            yield
    except (TypeError, ValueError):
        for layer, state in zip(layers, states, strict=True):
            layer.rng.bit_generator.state = state
        raise


def _check_layers(layers):
    if not layers:
        raise ValueError("Network: expected at least one layer, got none")
    n = None
    for l, layer in enumerate(layers):
        if not isinstance(layer, Layer):
            raise TypeError(f"Network: expected layers, got {layer!r} at position {l}")
        if any(layer is other for other in layers[:l]):
            raise ValueError(f"Network: expected every layer once, got {layer} twice; make another")
        if None not in (n, layer.n_in) and n != layer.n_in:
            why = f"got {n} from the layer before"
            raise ValueError(f"Network: expected {layer.n_in} features for {layer}, {why}")
        n = n if layer.n_out is None else layer.n_out
    if not any(layer.parameters() for layer in layers):
        raise ValueError("Network: expected a layer with parameters, got none")


def _generators(seed, copies):
    if copies is None:
        return [check.generator("Network", seed)]
    copies = check.integer("Network", "copies", copies, 1)
    if isinstance(seed, Integral) and not isinstance(seed, bool):
        seed = range(seed, seed + copies)
    if not hasattr(seed, "__len__") or isinstance(seed, str) or len(seed) != copies:
        raise ValueError(f"Network: expected {copies} seeds for copies={copies}, got {seed!r}")
    return [check.generator("Network", s) for s in seed]


def _check_lists(net, name, lists):
    listed, n = isinstance(lists, (list, tuple)), len(net.layers)
    if not listed or len(lists) != n:
        got = len(lists) if listed else lists
        raise ValueError(f"{net}: expected {name}, one entry for each of {n} layers, got {got}")
