import copy

import numpy as np
import pytest
import torch

from dlcore import optimizers
from dlcore.backend import asarray, to_numpy
from dlcore.optimizers import Adam, GradientDescent, Momentum, Nesterov, Optimizer

from .reference import backends, close

rng = np.random.default_rng(0)
P = 9
START = rng.standard_normal(P)
CASES = {
    "gd": (GradientDescent, {}, torch.optim.SGD, {}),
    "momentum": (Momentum, dict(mu=0.8), torch.optim.SGD, dict(momentum=0.8)),
    "nesterov": (Nesterov, dict(mu=0.8), torch.optim.SGD, dict(momentum=0.8, nesterov=True)),
    "adam": (Adam, {}, torch.optim.Adam, {}),
    "adam, other constants": (Adam, dict(beta1=0.5, beta2=0.7, eps=1e-3),
                              torch.optim.Adam, dict(betas=(0.5, 0.7), eps=1e-3)),
}  # fmt: skip
cases = pytest.mark.parametrize("ours, options, theirs, their_options", CASES.values(), ids=CASES)

# Gradients at the awkward points: ordinary, exactly 0 from the start, tiny, huge, sparse.
GRADIENTS = np.stack([np.sin(np.arange(P) + k) for k in range(25)])
GRADIENTS[:, 1] = 0.0
GRADIENTS[:, 2] *= 1e-7
GRADIENTS[:, 3] *= 1e7
GRADIENTS[3:, 4] = 0.0


@backends
@cases
def test_the_path_is_that_of_torch(like, ours, options, theirs, their_options):
    theta = asarray(START, like)
    optimizer = ours(theta, lr=0.05, **options)
    p = torch.tensor(START, requires_grad=True)
    reference = theirs([p], lr=0.05, **their_options)
    for g in GRADIENTS:
        optimizer.step(asarray(g, like))
        p.grad = torch.tensor(g)
        reference.step()
        np.testing.assert_allclose(to_numpy(theta), p.detach().numpy(), **close)


@cases
def test_defaults_are_those_of_torch(ours, options, theirs, their_options):
    known = ours(np.zeros(1))
    reference = theirs([torch.zeros(1)], **({} if theirs is torch.optim.Adam else {"lr": 0.1}))
    group = reference.param_groups[0]
    if ours is Adam:
        assert (known.lr, known.beta1, known.beta2) == (group["lr"], *group["betas"])
        assert known.eps == group["eps"]
    else:
        assert known.lr == 0.1


@backends
@cases
def test_a_stack_with_its_own_learning_rates(like, ours, options, theirs, their_options):
    rates = [0.01, 0.1, 0.5]
    theta = asarray(np.stack([START] * 3), like)
    stack = ours(theta, lr=asarray(np.array(rates)[:, None], like), **options)
    singles = [ours(asarray(START, like), lr=lr, **options) for lr in rates]
    for g in GRADIENTS:
        stack.step(asarray(np.stack([g] * 3), like))
        for e, single in enumerate(singles):
            single.step(asarray(g, like))
            np.testing.assert_allclose(to_numpy(theta[e]), to_numpy(single.theta), rtol=1e-13)


@backends
@cases
def test_slice_by_slice_is_the_same_to_the_bit(
    like, ours, options, theirs, their_options, monkeypatch
):
    whole = ours(asarray(START, like), **options)
    monkeypatch.setattr(optimizers, "CHUNK", 4)
    sliced = ours(asarray(START, like), **options)
    assert not whole.chunked and sliced.chunked == (str(like.device) == "cpu")
    for g in GRADIENTS:
        whole.step(asarray(g, like))
        sliced.step(asarray(g, like))
    np.testing.assert_array_equal(to_numpy(whole.theta), to_numpy(sliced.theta))


@backends
@cases
def test_capturable_counts_in_an_array(like, ours, options, theirs, their_options):
    plain = ours(asarray(START, like), **options)
    captured = ours(asarray(START, like), capturable=True, **options)
    state = [id(s) for s in captured.state]
    for g in GRADIENTS:
        plain.step(asarray(g, like))
        captured.step(asarray(g, like))
    np.testing.assert_allclose(to_numpy(captured.theta), to_numpy(plain.theta), rtol=1e-12)
    assert captured.t.shape == () and float(captured.t) == len(GRADIENTS) == plain.t
    assert state == [id(s) for s in captured.state]  # changed in place, never re-bound


@backends
def test_theta_and_the_gradient_stay_what_they_were(like):
    theta, g = asarray(START, like), asarray(GRADIENTS[0], like)
    for optimizer in (GradientDescent(theta), Momentum(theta), Nesterov(theta), Adam(theta)):
        optimizer.step(g)
        assert optimizer.theta is theta
    np.testing.assert_array_equal(to_numpy(g), GRADIENTS[0])


@backends
def test_a_learning_rate_may_be_a_function_of_t(like):
    theta = asarray([1.0], like)
    optimizer = GradientDescent(theta, lr=lambda t: 1.0 / t)
    for _ in range(4):
        optimizer.step(asarray([1.0], like))
    assert float(theta[0]) == pytest.approx(1 - (1 + 1 / 2 + 1 / 3 + 1 / 4))


@backends
def test_a_wrong_gradient_changes_nothing(like):
    theta = asarray(START, like)
    optimizer = Adam(theta)
    for g in (asarray(START[:4], like), asarray(START[:, None], like)):
        with pytest.raises(ValueError, match=r"Adam: expected a gradient of shape \(9,\)"):
            optimizer.step(g)
    with pytest.raises(ValueError, match="float64 .* got .*float32"):
        optimizer.step(torch.tensor(START, dtype=torch.float32))
    np.testing.assert_array_equal(to_numpy(theta), START)
    assert optimizer.t == 0 and not to_numpy(optimizer.state[0]).any()


@pytest.mark.parametrize("make, message", [
    (lambda: Adam(np.zeros(2), lr=0), "Adam: expected lr a finite number > 0, got 0"),
    (lambda: GradientDescent(np.zeros(2), lr=np.nan), "GradientDescent: expected lr .*got nan"),
    (lambda: Momentum(np.zeros(2), mu=1.0), r"Momentum: expected mu in \[0, 1\), got 1.0"),
    (lambda: Nesterov(np.zeros(2), mu=-0.1), "Nesterov: expected mu"),
    (lambda: Adam(np.zeros(2), beta1=1), "Adam: expected beta1"),
    (lambda: Adam(np.zeros(2), beta2=-1), "Adam: expected beta2"),
    (lambda: Adam(np.zeros(2), eps=-1), "Adam: expected eps"),
])  # fmt: skip
def test_hyperparameters_are_checked(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_theta_must_be_a_floating_point_array():
    with pytest.raises(TypeError, match="expected theta a floating-point array, got list"):
        Adam([1.0])
    with pytest.raises(TypeError, match="got numpy int64 on cpu"):
        Adam(np.zeros(2, int))


def test_a_rule_of_ones_own_is_one_method():
    class SignDescent(Optimizer):
        def direction(self, g):
            return np.sign(g)

    theta = np.array([1.0, -2.0])
    optimizer = SignDescent(theta, lr=0.5)
    optimizer.step(np.array([3.0, -0.1]))
    assert theta.tolist() == [0.5, -1.5]
    with pytest.raises(NotImplementedError):
        Optimizer(theta, lr=0.1).step(theta)


def test_a_deep_copy_goes_its_own_way():
    theta = START.copy()
    optimizer = Adam(theta)
    twin = copy.deepcopy(optimizer)
    twin.step(GRADIENTS[0])
    np.testing.assert_array_equal(theta, START)
    assert twin.t == 1 and optimizer.t == 0
