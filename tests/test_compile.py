"""A whole training step is one graph for torch.compile: nothing in it asks for an array's value."""

import numpy as np
import pytest
import torch

from dlcore import backend, checks
from dlcore.attention import Attention
from dlcore.embedding import Embedding, Positions
from dlcore.images import AvgPool2d, Conv2d, Flatten, MaxPool2d, Unflatten
from dlcore.layers import Linear
from dlcore.losses import MeanSquaredError, SigmoidCrossEntropy, SoftmaxCrossEntropy
from dlcore.network import MLP, Network
from dlcore.optimizers import Adam, GradientDescent, Momentum, Nesterov
from dlcore.recurrent import Last, Recurrent

X, Y = torch.randn(16, 2), torch.randint(0, 2, (16, 1)).float()
CASES = [
    ("tanh", SigmoidCrossEntropy, Adam, None),
    ("relu", MeanSquaredError, GradientDescent, None),
    ("sigmoid", MeanSquaredError, Momentum, 3),
    ("relu", SigmoidCrossEntropy, Nesterov, 3),
]


@pytest.mark.filterwarnings("default")  # what torch's compiler warns of is its own affair
@pytest.mark.parametrize("h, loss, optimizer, copies", CASES)
def test_one_graph_that_never_recompiles(h, loss, optimizer, copies):
    net, plain = (MLP([2, 8, 1], h, copies=copies).to("torch") for _ in range(2))
    ours, reference = (optimizer(n.theta, lr=0.01, capturable=True) for n in (net, plain))
    graphs = []

    def count(graph, inputs):
        graphs.append(graph)
        return graph.forward

    @torch.compile(fullgraph=True, dynamic=False, backend=count)
    def step(x, y):
        ours.step(net.gradient(loss(), x, y))

    for _ in range(5):
        step(X, Y)
        reference.step(plain.gradient(loss(), X, Y))
    assert len(graphs) == 1
    torch.testing.assert_close(net.theta, plain.theta)


def test_the_layers_for_images_are_one_graph():
    net = Network(
        Unflatten(1, 8, 8),
        Conv2d(1, 3, 3),
        MaxPool2d(2),
        AvgPool2d(3),
        Flatten(3, 1, 1),
        Linear(3, 2),
    ).to("torch")
    x = torch.randn(5, 64)
    compiled = torch.compile(net.forward, fullgraph=True, dynamic=False, backend="eager")
    torch.testing.assert_close(compiled(x)[0], net(x))


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("kind", ["learned", "sinusoidal"])
@pytest.mark.parametrize("copies", [None, 2])
def test_the_layers_for_sequences_and_text_are_one_graph(kind, copies):
    net = Network(
        Embedding(5, 4),
        Positions(4, 6, kind),
        Attention(4, 2, causal=True),
        Recurrent(4, 3),
        Last(),
        Linear(3, 5),
        copies=copies,
    ).to("torch")
    x, y, loss = (
        torch.randint(0, 5, (7, 6)).float(),
        torch.randint(0, 5, (7,)),
        SoftmaxCrossEntropy(),
    )
    compiled = torch.compile(net.gradient, fullgraph=True, dynamic=False, backend="eager")
    torch.testing.assert_close(compiled(loss, x, y), net.gradient(loss, x, y))


@pytest.mark.filterwarnings("default")
def test_the_first_compiled_call_may_come_after_numpy(monkeypatch):
    for module, name in ((checks, "_FLOATING"), (backend, "_IS_INTEGER")):
        monkeypatch.setattr(module, name, type(getattr(module, name))())  # as in a new process
    net, loss, labels = MLP([2, 8, 3]), SoftmaxCrossEntropy(), [0, 1, 2, 0]
    x = np.random.default_rng(0).standard_normal((4, 2)).astype("float32")
    wanted = net.gradient(loss, x, np.array(labels))
    net = net.to("torch")
    compiled = torch.compile(net.gradient, fullgraph=True, dynamic=False, backend="eager")
    got = compiled(loss, torch.tensor(x), torch.tensor(labels))
    np.testing.assert_allclose(got.numpy(), wanted, rtol=1e-5, atol=1e-7)
