"""What the tests of the core share: arrays on every backend, and torch as the reference."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from dlcore.backend import prototype

LIKE = {"numpy": prototype("numpy", "float64"), "torch": prototype("torch", "float64")}
if torch.cuda.is_available():
    LIKE["cuda"] = prototype("cuda", "float64")

#: Run a test once on every backend of this machine, with an empty float64 array of it.
backends = pytest.mark.parametrize("like", LIKE.values(), ids=LIKE)

close = dict(rtol=1e-10, atol=1e-13)


def tensor(x, grad=False):
    """A float64 (or integer) torch tensor on the CPU."""
    x = np.asarray(x)
    return torch.tensor(x, requires_grad=grad and x.dtype == np.float64)


def torch_mlp(sizes, h, theta):
    """The network ``MLP(sizes)`` with the flat parameters θ, for torch's autograd.

    Returns the function x -> logits, and the parameters in the order of θ: all W, then all b.
    """
    pairs, start = list(pairwise(sizes)), 0
    W, b = [], []
    for n_in, n_out in pairs:
        W.append(tensor(theta[start : start + n_in * n_out].reshape(n_out, n_in), grad=True))
        start += n_in * n_out
    for _, n_out in pairs:
        b.append(tensor(theta[start : start + n_out], grad=True))
        start += n_out

    def forward(x):
        for l in range(len(pairs)):
            x = torch.nn.functional.linear(x, W[l], b[l])
            x = h(x) if l < len(pairs) - 1 else x
        return x

    return forward, [*W, *b]


def flat_grad(parameters):
    return np.concatenate([p.grad.numpy().ravel() for p in parameters])


def refuses(call, message, error=ValueError):
    """Assert that call() raises the error with exactly this message."""
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value) == message


def central(f, w, h=1e-6):
    return np.array([(f(w + h * d) - f(w - h * d)) / (2 * h) for d in np.eye(len(w))])
