"""Compiled steps are the eager ones: the same minibatches, random numbers, rates, buffers, errors.

Most tests let torch trace the steps and run the trace as it is, which proves the logic at little
cost; a few compile.  Those on CUDA are skipped where there is no device.
"""

import signal

import numpy as np
import pytest
import torch

from dlcore import compiled
from dlcore.backend import to_numpy
from dlcore.compiled import CompiledSteps
from dlcore.early_stopping import ReduceOnPlateau
from dlcore.history import DivergedError, Interrupted
from dlcore.layers import Activation, Layer, Linear
from dlcore.losses import MeanSquaredError, SigmoidCrossEntropy, SoftmaxCrossEntropy
from dlcore.metrics import accuracy
from dlcore.network import MLP, Network
from dlcore.noise import Dropout, GaussianNoise
from dlcore.normalization import BatchNorm
from dlcore.optimizers import Adam, AdamW, GradientDescent, Momentum, NAdam
from dlcore.regularizers import L2, ElasticNet, MaxNorm
from dlcore.schedules import cosine, warm_up
from dlcore.training import fit

rng = np.random.default_rng(0)
X = rng.standard_normal((52, 2))
LABELS = (X[:, 0] * X[:, 1] > 0).astype(int)
THREE = LABELS + (X[:, 0] > 1)
RATES = np.array([[0.01], [0.02], [0.005]])
WEIGHTS = np.arange(52) / 26


def missing():
    try:
        compiled.check_compilable("these tests", MLP([2, 1]).to("torch"))
    except RuntimeError as error:
        return str(error)


needs_compiler = pytest.mark.skipif(missing() is not None, reason=str(missing()))


@pytest.fixture(autouse=True)
def traced(monkeypatch):
    monkeypatch.setattr(compiled, "BACKEND", "eager")


def noisy(**options):
    layers = GaussianNoise(0.1), Linear(2, 6), BatchNorm(6), Activation("relu"), Dropout(0.2)
    return Network(*layers, Linear(6, 5), Activation("tanh"), Linear(5, 1), **options)


def frozen(**options):
    net = noisy(**options)
    net.freeze(1, 2)
    return net


CASES = {  # the network, the loss, y, the optimizer, and what else fit gets
    "tanh": (lambda **o: MLP([2, 6, 1], **o), SigmoidCrossEntropy(), LABELS, Adam, {}),
    "relu": (
        lambda **o: MLP([2, 8, 3], "relu", **o),
        SoftmaxCrossEntropy(),
        THREE,
        lambda theta: AdamW(theta, lr=warm_up(cosine(0.05, 30), 5)),
        {},
    ),
    "rules": (
        lambda **o: MLP([2, 8, 1], **o),
        MeanSquaredError(),
        LABELS[:, None],
        Momentum,
        dict(penalty=ElasticNet(1e-3, 1e-2), clip=0.3, constraint=MaxNorm(0.9)),
    ),
    "noise": (noisy, SigmoidCrossEntropy(), LABELS, Adam, dict(weights=WEIGHTS)),
    "stack": (
        lambda **o: noisy(copies=3, **o),
        SigmoidCrossEntropy(),
        LABELS,
        lambda theta: Adam(theta, lr=RATES),
        dict(penalty=L2(RATES), validation=(X[:9], LABELS[:9]), patience=5),
    ),
    "own data": (
        lambda **o: MLP([2, 6, 1], copies=3, **o),
        SigmoidCrossEntropy(),
        np.stack([LABELS, 1 - LABELS, LABELS])[..., None],
        Adam,
        dict(weights=np.stack([WEIGHTS] * 3)),
    ),
    "frozen": (
        frozen,
        SigmoidCrossEntropy(),
        LABELS,
        lambda theta: NAdam(theta, capturable=True),
        dict(metrics=accuracy),
    ),
}


def run(case, steps, like="torch", **more):
    """The network, its optimizer and the history: 4 epochs of 7 minibatches and a short one."""
    make, loss, y, optimizer, options = CASES[case]
    net = make(dtype="float64").to(like)
    optimizer = optimizer(net.theta)
    data = np.stack([X, X + 0.1, X]) if case == "own data" else X
    options = dict(epochs=4, batch_size=7, progress=False) | options | more
    return net, optimizer, fit(net, loss, optimizer, data, y, compiled=steps, **options)


def numbers(net, optimizer, history):
    """All that training changes, as arrays."""
    arrays = [net.theta, *(b for own in net.buffers for b in own), *optimizer.state]
    curves = [history.loss, history.validation, *history.metrics.values()]
    counters = [float(getattr(optimizer, name)) for name in optimizer.counters]
    return [to_numpy(a) for a in arrays] + [np.array(a) for a in (*curves, *counters)]


def assert_same_run(one, other, rtol=1e-10, atol=1e-13):
    for a, b in zip(numbers(*one), numbers(*other), strict=True):
        np.testing.assert_allclose(a, b, rtol=rtol, atol=atol)
    for a, b in zip(one[0].layers, other[0].layers, strict=True):
        assert a.rng is None or a.rng.bit_generator.state == b.rng.bit_generator.state
    assert one[0].order.bit_generator.state == other[0].order.bit_generator.state
    assert type(one[1].t) is type(other[1].t) and one[2].steps == other[2].steps


@pytest.mark.parametrize("case", CASES)
def test_compiled_and_eager_training_agree(case):
    assert_same_run(run(case, 3), run(case, False))  # 2 calls, one minibatch and a short one


def test_they_agree_in_the_form_that_a_compiler_gets(monkeypatch):
    monkeypatch.setattr(compiled, "BACKEND", "aot_eager")  # nothing is changed in place there
    assert_same_run(run("stack", 2), run("stack", False))


def test_scalars_are_computed_before_the_loops_over_arrays():
    graphs, t, x = [], torch.tensor(3.0), torch.arange(4.0)

    def backend(graph, inputs):
        compiled._hoist_scalars(graph)
        graphs.append(graph)
        return graph

    step = torch.compile(lambda t, x: x / (1 - 0.9**t) + t, backend=backend, fullgraph=True)
    assert torch.equal(step(t, x), x / (1 - 0.9**t) + t)
    code = graphs[0].code  # 1 − 0.9ᵗ is divided by as a view; t, which is given, is added as it is
    assert code.count("torch.as_strided(") == 1
    divided = next(line for line in code.splitlines() if "/" in line)
    assert divided.split("/")[1].strip().startswith("as_strided"), divided


@needs_compiler
@pytest.mark.filterwarnings("error")
def test_they_agree_when_they_are_compiled(monkeypatch):
    monkeypatch.setattr(compiled, "BACKEND", "inductor")
    # Of a bias before BatchNorm the gradient is 0 but for rounding, which Adam makes larger.
    assert_same_run(run("noise", 2), run("noise", False), 1e-9, 1e-9)
    assert_same_run(run("tanh", 2), run("tanh", False))


cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")


@cuda
@pytest.mark.parametrize("case", CASES)
def test_a_captured_graph_and_eager_training_agree(case, monkeypatch):
    monkeypatch.setattr(compiled, "BACKEND", "inductor")
    assert_same_run(run(case, 3, "cuda"), run(case, False, "cuda"), 1e-8, 1e-8)


@pytest.fixture
def ks(monkeypatch):
    """How many minibatches a call takes, of all compiled steps that fit makes."""
    made = []

    def noted(*arguments):
        steps = CompiledSteps(*arguments)
        made.append(steps.k)
        return steps

    monkeypatch.setattr("dlcore.training.CompiledSteps", noted)
    return made


@pytest.mark.parametrize("steps, batch_size, k", [(True, 4, 10), (99, 26, 2), (3, None, 1)])
def test_a_call_has_at_most_the_minibatches_of_an_epoch(steps, batch_size, k, ks):
    options = dict(batch_size=batch_size, epochs=2)
    assert_same_run(run("tanh", steps, **options), run("tanh", False, **options))
    assert ks == [k]


def test_of_a_long_theta_a_call_makes_one_step(ks, monkeypatch):
    monkeypatch.setattr("dlcore.training.CHUNK", 2)
    run("tanh", True, epochs=1)
    assert ks == [1]


def test_it_is_traced_once_and_the_rate_that_a_callback_sets_is_used():
    def halved(steps):
        def callback(epoch, history):
            optimizer.lr *= 0.5

        net = MLP([2, 6, 1], dtype="float64").to("torch")
        optimizer, options = Adam(net.theta), dict(epochs=4, batch_size=7, callback=callback)
        options |= dict(progress=False, compiled=steps)
        return net, optimizer, fit(net, SigmoidCrossEntropy(), optimizer, X, LABELS, **options)

    before = torch._dynamo.utils.counters["stats"]["unique_graphs"]
    assert_same_run(halved(3), halved(False))
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] == before + 1


def test_each_network_of_a_stack_may_get_a_rate_of_its_own_on_the_way():
    def run(steps):
        net = MLP([2, 4, 1], copies=3, dtype="float64").to("torch")
        optimizer = Adam(net.theta, lr=0.5)
        options = dict(epochs=6, batch_size=13, progress=False, compiled=steps)
        options["callback"] = ReduceOnPlateau(optimizer, patience=1)
        return net, optimizer, fit(net, SigmoidCrossEntropy(), optimizer, X, LABELS, **options)

    one, other = run(4), run(False)
    assert_same_run(one, other)
    assert one[1].lr.shape == (3, 1) and len(set(one[1].lr.ravel().tolist())) > 1


class Killed(Exception):
    pass


def test_a_killed_compiled_training_resumes_compiled_to_the_same_bits(tmp_path):
    def kill(epoch, history):
        if epoch == 2:
            raise Killed

    whole, path = run("noise", 3), tmp_path / "run"
    with pytest.raises(Killed):
        run("noise", 3, checkpoint=path, callback=kill)
    again = run("noise", 3, checkpoint=path)
    for a, b in zip(numbers(*whole), numbers(*again), strict=True):
        np.testing.assert_array_equal(a, b)
    with pytest.raises(ValueError, match="got another: compiled nothing, in the file 3"):
        run("noise", False, checkpoint=path)  # its sums are rounded otherwise
    run("noise", False, checkpoint=tmp_path / "eager")
    with pytest.raises(ValueError, match="got another: compiled 7, in the file nothing"):
        run("noise", 7, checkpoint=tmp_path / "eager")


@pytest.mark.parametrize("copies", [None, 2])
def test_divergence_is_noticed_after_the_call_at_its_step(copies):
    def run(steps):
        net = MLP([2, 4, 1], "identity", copies=copies).to("torch")
        optimizer = GradientDescent(net.theta, lr=30.0)
        options = dict(epochs=30, batch_size=7, progress=False, compiled=steps)
        with pytest.raises(DivergedError) as error:
            fit(net, MeanSquaredError(), optimizer, X, LABELS[:, None], **options)
        return error.value

    one, other = run(3), run(False)
    assert one.step == other.step and one.history.epochs == other.history.epochs
    assert np.all(np.equal(one.history.diverged, other.history.diverged))
    assert 0 <= one.history.steps - other.history.steps <= 3


def test_ctrl_c_comes_between_two_calls():
    def press(epoch, history):
        signal.raise_signal(signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(Interrupted) as error:
            run("tanh", 3, callback=press)
    finally:
        signal.signal(signal.SIGINT, before)
    assert error.value.history.steps == 8 and error.value.history.epochs == 1


@pytest.mark.parametrize("k", [1, 4])
def test_a_loop_of_ones_own(k):
    nets = [noisy(dtype="float64").to("torch") for _ in range(2)]
    one, other = (Adam(net.theta, lr=0.05) for net in nets)
    loss, y = SigmoidCrossEntropy(), torch.tensor(LABELS[:, None], dtype=torch.float64)
    steps, x = CompiledSteps(nets[0], loss, one, k), torch.tensor(X)
    for _ in range(3):
        batches = [(x[i : i + 5], y[i : i + 5]) for i in range(k)]
        J = steps(*map(torch.stack, zip(*batches, strict=True))) if k > 1 else steps(*batches[0])
        expected = []
        for batch in batches:
            value, g = nets[1].value_and_gradient(loss, *batch)
            other.step(g)
            expected.append(value)
        torch.testing.assert_close(J, torch.stack(expected) if k > 1 else expected[0])
    torch.testing.assert_close(nets[0].theta, nets[1].theta, rtol=1e-10, atol=0)
    assert one.t == other.t == 3 * k
    before = nets[0].theta.clone(), one.t, nets[0].layers[0].rng.bit_generator.state
    for bad in (x[:3], x[:5].float(), x[:5].numpy(), x[0]):
        bad = bad[None] if k > 1 else bad
        with pytest.raises(
            (ValueError, TypeError), match="^(CompiledSteps|Network|Linear).*: expect"
        ):
            steps(bad, y[:3] if k == 1 else y[None, :3])
    after = nets[0].theta, one.t, nets[0].layers[0].rng.bit_generator.state
    assert torch.equal(after[0], before[0]) and after[1:] == before[1:]


def test_a_first_call_that_is_refused_changes_nothing():
    net, x, y = noisy(seed=1).to("torch"), torch.ones(4, 2), torch.ones(4, 1)
    state, optimizer = net.layers[0].rng.bit_generator.state, Adam(net.theta)
    steps = CompiledSteps(net, MeanSquaredError(), optimizer)
    for bad in ((x, y[:3]), (x[:, :1], y), (x, y, torch.ones(3))):
        with pytest.raises(ValueError, match="^(Linear|MeanSquaredError).*: expected .*, got"):
            steps(*bad)
    assert net.layers[0].rng.bit_generator.state == state and optimizer.t == 0
    steps(x, y)
    assert optimizer.t == 1


def test_after_a_call_that_could_not_be_traced_the_next_one_is_a_first_one(monkeypatch):
    steps = CompiledSteps(net := MLP([2, 1]).to("torch"), MeanSquaredError(), Adam(net.theta))
    monkeypatch.setattr(compiled, "BACKEND", "no such thing")
    with pytest.raises(torch._dynamo.exc.TorchDynamoException):
        steps(torch.ones(4, 2), torch.ones(4, 1))
    monkeypatch.setattr(compiled, "BACKEND", "eager")
    steps(torch.ones(5, 2), torch.ones(5, 1))
    assert steps.optimizer.t == 1


class Asks(Layer):
    def forward(self, params, x, train=False, buffers=()):
        return (x if float(x[0, 0]) > 0 else 2 * x), None

    def input_grad(self, params, cache, g):
        return g


@pytest.mark.filterwarnings("default")
def test_what_cannot_be_traced_is_refused_with_nothing_changed():
    net = Network(Dropout(0.5), Asks(), Linear(2, 1)).to("torch")
    before = net.theta.clone(), net.layers[0].rng.bit_generator.state
    with pytest.raises(torch._dynamo.exc.TorchDynamoException):
        fit(net, MeanSquaredError(), optimizer := Adam(net.theta), X, X[:, :1], compiled=2)
    assert torch.equal(net.theta, before[0]) and optimizer.t == 0
    assert net.layers[0].rng.bit_generator.state == before[1]


def test_what_compiling_needs_is_said_before_anything_has_changed(monkeypatch):
    message = r"^fit: expected a network on torch to compile, got numpy: net.to\('torch'\) is"
    with pytest.raises(ValueError, match=message):
        run("noise", True, like="numpy")
    monkeypatch.setattr(compiled, "BACKEND", "inductor")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(
        RuntimeError, match=r"^fit: torch.compile needs a C\+\+ compiler, which is n"
    ):
        run("tanh", True)
    monkeypatch.undo()
    monkeypatch.setattr(compiled, "BACKEND", "inductor")
    monkeypatch.setattr("sysconfig.get_path", lambda name: "/nowhere")
    with pytest.raises(
        RuntimeError, match=r"^fit: torch.compile needs .*(Python.h|a C\+\+ compiler)"
    ):
        run("tanh", True)


def test_more_than_torchs_limit_of_recompilations():
    net = MLP([2, 1]).to("torch")
    for N in range(1, 11):
        steps = CompiledSteps(net, MeanSquaredError(), GradientDescent(net.theta))
        steps(torch.ones(N, 2), torch.ones(N, 1))
