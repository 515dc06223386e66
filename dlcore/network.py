"""A network: layers in sequence, and ONE vector θ that holds every parameter.

``theta`` is a contiguous array of length P, and ``params[l]`` are views of it with the shapes that
layer l wants.  So ``theta -= lr * g`` moves every weight of every layer, and an optimizer is its
textbook equation on one vector.  Weights come first, biases last: ``theta[..., :n_weights]`` is
what a penalty acts on.

A stack of E independent networks (``copies=E``) has θ of shape (E, P) and runs as one batch;
``net[e]`` is one of them.  ``value_and_gradient`` is where forward, loss and backward meet.
"""

import copy
import math
from contextlib import nullcontext
from itertools import pairwise

import numpy as np

from . import activations
from . import checks as check
from .backend import (
    asarray,
    check_views,
    describe,
    dtype_name,
    namespace,
    prototype,
    reshape,
    to_numpy,
)
from .layers import Activation, Layer, Linear


class Network:
    """y = f_L(… f₁(x)): ``Network(Linear(2, 8), Activation("tanh"), Linear(8, 1), seed=0)``.

    Shapes: x (N, n_in), y (N, n_out), theta (P,).  With ``copies=E``: x (N, n_in), shared by all,
    or (E, N, n_in), y (E, N, n_out), theta (E, P).

    seed     one seed; or E seeds for a stack, by default seed, seed + 1, …: copy e is the network
             that its seed alone would give.  The noise of dropout follows from the first of them
    dtype    "float32", or "float64" for checking
    Raises ValueError for layers whose sizes do not fit, or one layer object used twice.
    """

    def __init__(self, *layers, seed=0, copies=None, dtype="float32"):
        _check_layers(layers)
        like, rngs = prototype("numpy", dtype), _generators(seed, copies)
        self.layers = layers
        self.copies = None if copies is None else int(copies)
        self._plan()
        theta = [self._draw(rng) for rng in rngs]
        self._bind(asarray(theta[0] if copies is None else np.stack(theta), like))
        for layer in layers:
            if not layer.seeded:  # a new stream, and θ's own is not touched
                layer.rng = rngs[0].spawn(1)[0]
        self.freeze()
        self.order = np.random.default_rng(0)  # of the samples, from one fit to the next

    def _plan(self):
        # Where each parameter lies in θ: _slots[l][i] = (start, stop, shape).  Weights come first.
        wanted = [
            (l, i, p)
            for l, layer in enumerate(self.layers)
            for i, p in enumerate(layer.parameters())
        ]
        wanted.sort(key=lambda entry: not entry[2].is_weight)
        self._order = [(l, i) for l, i, _ in wanted]
        self._slots = [[None] * len(layer.parameters()) for layer in self.layers]
        stop = 0
        for l, i, p in wanted:
            start, stop = stop, stop + math.prod(p.shape)
            self._slots[l][i] = (start, stop, p.shape)
        self.n_parameters = stop
        self.n_weights = sum(math.prod(p.shape) for _, _, p in wanted if p.is_weight)

    def _draw(self, rng):
        values = [layer.init(rng) for layer in self.layers]
        return np.concatenate([values[l][i].ravel() for l, i in self._order])

    def _bind(self, theta, buffers=None):
        check_views(theta)
        self._theta = theta
        self._kind = _kind(theta)
        self._random = [layer for layer in self.layers if layer.rng is not None]
        self._buffered = [l for l, layer in enumerate(self.layers) if layer.buffers()]
        self.buffers = self._new_buffers() if buffers is None else buffers
        self.params = self.unflatten(theta)

    def _new_buffers(self):
        # What is not a parameter (running statistics), for each layer; with the stack's axis.
        stack = (self.copies,) if self.copies is not None else ()
        return tuple(
            tuple(
                asarray(np.broadcast_to(a, stack + a.shape), self._theta)
                for _, a in layer.buffers()
            )
            for layer in self.layers
        )

    def unflatten(self, theta):
        """Views of the flat vector θ, a tuple (one entry for each layer) of tuples: write
        ``W[...] = values``, for another W would be no part of θ.

        Raises TypeError or ValueError for a vector of another kind or length than the network's.
        """
        if type(theta) is not self._kind[0] or _kind(theta) != self._kind:
            check.same_kind(self, "θ", theta, self._theta)
        if theta.shape[-1:] != (self.n_parameters,):
            raise ValueError(
                f"{self}: expected θ of shape {tuple(self._theta.shape)}, got {tuple(theta.shape)}"
            )
        stack = tuple(theta.shape[:-1])
        return tuple(
            tuple(reshape(theta[..., a:b], stack + shape) for a, b, shape in slots)
            for slots in self._slots
        )

    def flatten(self, arrays):
        """The inverse of ``unflatten``: one new vector from lists or tuples of arrays.

        Raises TypeError or ValueError for arrays of another kind or shape than in ``params``.
        """
        _check_lists(self, "arrays", arrays)
        for layer, given, own in zip(self.layers, arrays, self.params, strict=True):
            if not isinstance(given, (list, tuple)) or len(given) != len(own):
                raise ValueError(f"{self}: expected {len(own)} arrays for {layer}, got {given!r}")
            for a, p in zip(given, own, strict=True):
                if check.same_kind(self, f"the arrays of {layer}", a, p).shape != p.shape:
                    raise ValueError(
                        f"{self}: expected an array {tuple(p.shape)} for {layer}, "
                        f"got {tuple(a.shape)}"
                    )
        return self._concat(arrays)

    def _concat(self, arrays):
        ordered = [arrays[l][i] for l, i in self._order]
        shape = (*self._theta.shape[:-1], -1)
        return namespace(ordered[0]).concat([reshape(a, shape) for a in ordered], axis=-1)

    @property
    def theta(self):
        """All parameters, (P,) or (E, P).  Change them in place: ``net.theta -= step``."""
        return self._theta

    @theta.setter
    def theta(self, value):
        if value is not self._theta:  # a new array would leave ``params`` on the old one
            raise AttributeError("write net.theta[...] = values (in place), not net.theta = values")

    def forward(self, x, train=False, params=None):
        """The output ŷ, and the list of caches, one for each layer.

        Raises TypeError for an x of another library, dtype or device than θ, ValueError for a
        wrong shape; random numbers drawn before that are put back.
        """
        self.check_input(x)
        caches = []
        with self.running():
            layers = zip(self.layers, params or self.params, self.buffers, strict=True)
            for l, (layer, p, buffers) in enumerate(layers):
                x, cache = layer.forward(p, x, train and l not in self.frozen, buffers)
                caches.append(cache)
        return x, caches

    def backward(self, g, caches, params=None, back=None):
        """Given g = ∂J/∂ŷ, return ∇J(θ) as one flat vector of the shape of θ.

        ``back``: the parameters through which g is sent back, where they are not ``params``
        (feedback alignment).  Raises TypeError for a g of another kind than θ, ValueError for a
        shape other than that of the output: what broadcasts would give wrong numbers.
        """
        self.check_gradient(g, caches)
        params = params or self.params
        back = back or params
        grads, first = list(params), self.lowest
        with self.running():
            for l in reversed(range(first, len(self.layers))):
                layer = self.layers[l]
                grads[l] = layer.param_grad(params[l], caches[l], g)
                if l > first:  # nobody asks for ∂J/∂x of the data
                    g = layer.input_grad(back[l], caches[l], g)
        return self.without_frozen(self.flatten(grads))

    def value_and_gradient(self, loss, x, y, theta=None, weights=None, back=None):
        """J and ∇J at θ (by default the network's own) on the batch (x, y), in training.

        J is a number (0-d array) or (E,), ∇J has the shape of θ; ``weights`` are the samples'.
        Running statistics are updated, unless it is asked at another θ.  A refused y leaves
        everything as it was.  Raises as ``forward`` and the loss do.
        """
        params = self.params if theta is None else self.unflatten(theta)
        with self.running():
            y_hat, caches = self.forward(x, True, params)
            J, g = loss.mean(y_hat, y, weights), loss.grad(y_hat, y, weights)
        if theta is None:
            self.update_buffers(caches)
        return J, self.backward(g, caches, params, back)

    def gradient(self, loss, x, y, theta=None, weights=None):
        """∇J alone, as ``value_and_gradient`` has it."""
        return self.value_and_gradient(loss, x, y, theta, weights)[1]

    def update_buffers(self, caches):
        """Take over the running statistics that a forward pass in training left in its caches."""
        _check_lists(self, "caches", caches)
        for l in self._buffered:
            if l not in self.frozen:
                new = self.layers[l].new_buffers(caches[l])
                for buffer, value in zip(self.buffers[l], new, strict=True):
                    buffer[...] = value

    def __call__(self, x):
        """The output ŷ in evaluation.  Nothing is kept for derivatives, unlike in ``forward``.

        Lists, integers and other floating-point numbers are converted to the network's.
        """
        x = self.convert(x)
        self.check_input(x)
        with self.running():
            for layer, p, buffers in zip(self.layers, self.params, self.buffers, strict=True):
                x = layer.forward(p, x, False, buffers)[0]
        return x

    def predict(self, X, batch_size=1000):
        """ŷ for the N rows of X, computed ``batch_size`` rows at a time: (N, n_out), (E, N, n_out).

        The memory that it needs beside X and ŷ depends on the batch alone.
        """
        size = check.integer(self, "batch_size", batch_size, 1)
        X = self.convert(X)
        self.check_input(X)
        N = X.shape[-2] if X.ndim < 4 else X.shape[-4]
        rows = (slice(a, a + size) for a in range(0, max(N, 1), size))
        pieces = [self(X[..., r, :] if X.ndim < 4 else X[..., r, :, :, :]) for r in rows]
        return namespace(X).concat(pieces, axis=-2)

    def predict_proba(self, X, batch_size=1000):
        """Probabilities from the logits: σ(ŷ) for one output, softmax(ŷ) for several."""
        z = self.predict(X, batch_size)
        return activations.sigmoid(z) if z.shape[-1] == 1 else activations.softmax(z)

    def convert(self, x):
        """x as an array of the network's dtype.

        Raises TypeError for an array of another library or device, and names the remedy.
        """
        if type(x) is self._kind[0] and _kind(x) == self._kind:
            return x
        x, theta = check.array(self, "x", x), self._theta
        if isinstance(x, np.ndarray) != isinstance(theta, np.ndarray) or x.device != theta.device:
            where = "numpy" if isinstance(x, np.ndarray) else x.device
            raise TypeError(
                f"{self}: expected x in {describe(theta)}, got {check.described(x)}: "
                f"net.to({str(where)!r}) is this network where x is"
            )
        return asarray(x, theta)

    def freeze(self, *layers):
        """Layers (their numbers, 0 the first) that no longer learn, in place of those before;
        ``net.freeze()`` frees them all.

        The gradient of their parameters is 0, they run as in evaluation, and the backward pass ends
        above them where it can.  ``fit`` keeps them where they are whatever the optimizer does.
        """
        last = len(self.layers) - 1
        self.frozen = frozenset(check.integer(self, "l", l, 0, last) for l in layers)
        learning = [l for l, s in enumerate(self._slots) if s and l not in self.frozen]
        self.lowest = min(learning, default=last)

    @property
    def frozen_parts(self):
        """Views of what is frozen in θ."""
        slots = [slot for l in sorted(self.frozen) for slot in self._slots[l]]
        return [self._theta[..., a:b] for a, b, _ in slots]

    def without_frozen(self, g):
        """The gradient g, which is returned, with 0 in place of what is frozen."""
        for l in self.frozen:
            for a, b, _ in self._slots[l]:
                g[..., a:b] = 0.0
        return g

    def summary(self):
        """A table in words: every layer with the shape of its output and its parameters."""
        n_in = next((layer.n_in for layer in self.layers if layer.n_in is not None), 1)
        x = namespace(self._theta).zeros((1, n_in), dtype=self._kind[1], device=self._kind[2])
        lines = [f"{'layer':40s} {'output':18s} parameters"]
        for l, (layer, slots) in enumerate(zip(self.layers, self._slots, strict=True)):
            x = layer.forward(self.params[l], x, False, self.buffers[l])[0]
            names = [f"{p.name} {tuple(p.shape)}" for p in layer.parameters()]
            shape = f"(N, {', '.join(map(str, x.shape[1 if x.ndim != 3 else 2 :]))})"
            count = sum(b - a for a, b, _ in slots)
            words = f"{count}: {', '.join(names)}" if names else "0"
            frozen = ", frozen" if l in self.frozen else ""
            lines.append(f"{str(layer):40s} {shape:18s} {words}{frozen}")
        stack = f" in each of {self.copies} networks" if self.copies is not None else ""
        return "\n".join([*lines, f"{self.n_parameters} parameters{stack}"])

    def running(self):
        """A context for layers that run: noise is put back where an argument is refused."""
        if not self._random and not isinstance(self._theta, np.ndarray):
            return nullcontext()
        return _Running(self)

    def check_input(self, x):
        """Raise TypeError or ValueError unless x is what the first layer may be given."""
        if type(x) is not self._kind[0] or _kind(x) != self._kind:
            raise TypeError(
                f"{self}: expected x in {describe(self._theta)}, got {check.described(x)}: "
                "net.convert(x) is x as the network wants it"
            )
        if x.ndim < 2:
            n_in = next((layer.n_in for layer in self.layers if layer.n_in is not None), "n_in")
            raise ValueError(f"{self}: expected x of shape (N, {n_in}), got {tuple(x.shape)}")
        if self.copies is None and x.ndim % 2:  # rows (N, n) or images (N, C, H, W)
            raise ValueError(
                f"{self}: expected x of one batch, (N, n_in) or (N, C, H, W), got {tuple(x.shape)}"
            )
        if self.copies is not None and x.ndim % 2 and x.shape[0] != self.copies:
            raise ValueError(
                f"{self}: expected x of {self.copies} batches for its copies, got {tuple(x.shape)}"
            )

    def check_gradient(self, g, caches):
        """Raise TypeError or ValueError unless g fits the output that left these caches."""
        if type(g) is not self._kind[0] or _kind(g) != self._kind:
            raise TypeError(
                f"{self}: expected g in {describe(self._theta)}, got {check.described(g)}"
            )
        _check_lists(self, "caches", caches)
        shape = self.layers[-1].output_shape(caches[-1]) if caches[-1] is not None else None
        if shape not in (None, tuple(g.shape[-2:])):
            raise ValueError(f"{self}: expected g of shape {shape}, got {tuple(g.shape)}")

    def to(self, where, dtype=None):
        """A new network with the same θ on ``"numpy"``, ``"torch"`` or ``"cuda"`` (or where an
        array is).  An optimizer stays bound to the old θ: make a new one for the new network."""
        like = prototype(where, dtype or dtype_name(self._theta))
        return self._twin(lambda a: asarray(to_numpy(a), like))

    def __getitem__(self, e):
        """Network e of a stack, as a new network of its own."""
        if self.copies is None:
            raise ValueError(f"{self}: expected a stack (copies=…) to take from, got one network")
        e = check.integer(self, "e", e, -self.copies, self.copies - 1)
        return self._twin(lambda a: asarray(a[e], a), copies=None)

    def __iter__(self):
        """The networks of a stack, one after the other."""
        return (self[e] for e in range(self.copies or 0))

    def _twin(self, convert, **changes):
        # Another network with the same layers, and θ and buffers converted.
        other = object.__new__(type(self))
        layers = copy.deepcopy(self.layers)  # they own no arrays, but dropout has a random state
        order = copy.deepcopy(self.order)
        other.__dict__.update(self.__dict__, layers=layers, order=order, **changes)
        buffers = tuple(tuple(convert(b) for b in bs) for bs in self.buffers)
        other._bind(convert(self._theta), buffers)
        return other

    def __getstate__(self):  # copy.deepcopy and pickle would turn views into copies
        return {k: v for k, v in self.__dict__.items() if k != "params"}

    def __setstate__(self, state):
        self.__dict__.update(state)
        self.params = self.unflatten(self._theta)

    def __repr__(self):
        stack = f", copies={self.copies}" if self.copies is not None else ""
        return f"Network({', '.join(map(repr, self.layers))}{stack})"


class MLP(Network):
    """A multi-layer perceptron: a ← h(W a + b) in every hidden layer, W a + b at the end.

    ``MLP([2, 8, 8, 1])`` has 2 inputs, two hidden layers of 8 units, and 1 output, a logit.
    activation   a name (``"tanh"``, ``"relu"``, …) or a function from ``activations``
    init         a name (``"glorot"``, ``"he"``, …) or a function from ``initializers``
    seed, copies, dtype   as for Network
    """

    def __init__(
        self, sizes, activation="tanh", init="glorot", seed=0, dtype="float32", copies=None
    ):
        if not isinstance(sizes, (list, tuple)) or len(sizes) < 2:
            raise ValueError(f"MLP: expected at least two sizes, e.g. [2, 8, 1], got {sizes!r}")
        self.h = activations.activation(activation)
        layers = []
        for n_in, n_out in pairwise(sizes):
            layers += [Linear(n_in, n_out, init), Activation(self.h)]
        self.sizes = [layers[0].n_in, *(linear.n_out for linear in layers[::2])]
        super().__init__(*layers[:-1], seed=seed, copies=copies, dtype=dtype)

    def __repr__(self):
        stack = f", copies={self.copies}" if self.copies is not None else ""
        return f"MLP({self.sizes}, {self.h}{stack})"


class _Running:
    """While layers run: noise that was drawn is put back where an argument is refused, and NumPy's
    flag "invalid" is ignored.

    The flag also rises for lanes that a product computes and throws away: with five float32
    columns, OpenBLAS's AVX-512 kernel takes into its registers what the stack happened to hold.
    ``fit`` looks at the values instead.
    """

    def __init__(self, net):
        self.random = net._random
        on_numpy = isinstance(net._theta, np.ndarray)
        self.flags = np.errstate(invalid="ignore") if on_numpy else nullcontext()

    def __enter__(self):
        self.states = [layer.rng.bit_generator.state for layer in self.random]
        self.flags.__enter__()

    def __exit__(self, kind, error, traceback):
        self.flags.__exit__(kind, error, traceback)
        if isinstance(error, (TypeError, ValueError)):
            for layer, state in zip(self.random, self.states, strict=True):
                layer.rng.bit_generator.state = state


def _kind(x):
    return type(x), x.dtype, x.device


def _check_layers(layers):
    if not layers:
        raise ValueError("Network: expected at least one layer, got none")
    n = None
    for l, layer in enumerate(layers):
        if not isinstance(layer, Layer):
            raise TypeError(f"Network: expected layers, got {layer!r} at position {l}")
        if any(layer is other for other in layers[:l]):
            raise ValueError(
                f"Network: expected every layer once, got {layer} twice; make a second one"
            )
        if None not in (n, layer.n_in) and n != layer.n_in:
            raise ValueError(
                f"Network: expected {layer.n_in} features for {layer}, got {n} "
                "from the layer before"
            )
        n = n if layer.n_out is None else layer.n_out
    if not any(layer.parameters() for layer in layers):
        raise ValueError("Network: expected a layer with parameters, got none")


def _generators(seed, copies):
    # A random state for each network: seed, seed + 1, …, or the seeds that are given.
    if copies is None:
        return [check.generator("Network", seed)]
    copies = check.integer("Network", "copies", copies, 1)
    if isinstance(seed, (int, np.integer)) and not isinstance(seed, bool):
        seed = range(seed, seed + copies)
    if not hasattr(seed, "__len__") or isinstance(seed, str) or len(seed) != copies:
        raise ValueError(f"Network: expected {copies} seeds for copies={copies}, got {seed!r}")
    return [check.generator("Network", s) for s in seed]


def _check_lists(net, name, lists):
    if not isinstance(lists, (list, tuple)) or len(lists) != len(net.layers):
        got = len(lists) if isinstance(lists, (list, tuple)) else type(lists).__name__
        raise ValueError(
            f"{net}: expected {name}, one entry for each of {len(net.layers)} layers, got {got}"
        )
