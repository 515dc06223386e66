import copy

import numpy as np
import pytest
import torch

from dlcore import optimizers
from dlcore.backend import asarray, prototype, to_numpy
from dlcore.optimizers import (
    Adagrad,
    Adam,
    AdamW,
    AMSGrad,
    GradientDescent,
    Momentum,
    NAdam,
    Nesterov,
    Optimizer,
    RMSProp,
    clip_norm,
    clip_value,
)
from dlcore.regularizers import L2

from .reference import backends, close

rng = np.random.default_rng(0)
P = 9
START = rng.standard_normal(P)
CASES = {
    "gd": (GradientDescent, {}, torch.optim.SGD, {}),
    "momentum": (Momentum, dict(mu=0.8), torch.optim.SGD, dict(momentum=0.8)),
    "nesterov": (Nesterov, dict(mu=0.8), torch.optim.SGD, dict(momentum=0.8, nesterov=True)),
    "adam": (Adam, {}, torch.optim.Adam, {}),
    "adam, other constants": (
        Adam,
        dict(beta1=0.5, beta2=0.7, eps=1e-3),
        torch.optim.Adam,
        dict(betas=(0.5, 0.7), eps=1e-3),
    ),
    "adagrad": (Adagrad, {}, torch.optim.Adagrad, {}),
    "adagrad, eps": (Adagrad, dict(eps=1e-2), torch.optim.Adagrad, dict(eps=1e-2)),
    "rmsprop": (RMSProp, {}, torch.optim.RMSprop, dict(alpha=0.9)),
    "rmsprop, other constants": (
        RMSProp,
        dict(rho=0.6, eps=1e-2),
        torch.optim.RMSprop,
        dict(alpha=0.6, eps=1e-2),
    ),
    "adamw": (AdamW, {}, torch.optim.AdamW, {}),
    "adamw, strong": (
        AdamW,
        dict(decay=0.3, beta1=0.8),
        torch.optim.AdamW,
        dict(weight_decay=0.3, betas=(0.8, 0.999)),
    ),
    "amsgrad": (AMSGrad, dict(beta2=0.5), torch.optim.Adam, dict(amsgrad=True, betas=(0.9, 0.5))),
    "nadam": (NAdam, {}, torch.optim.NAdam, {}),
    "nadam, other constants": (
        NAdam,
        dict(psi=0.1, beta1=0.7, beta2=0.8, eps=1e-3),
        torch.optim.NAdam,
        dict(momentum_decay=0.1, betas=(0.7, 0.8), eps=1e-3),
    ),
}
cases = pytest.mark.parametrize("ours, options, theirs, their_options", CASES.values(), ids=CASES)

# Gradients at the awkward points: ordinary, exactly 0 from the start, tiny, huge, sparse.
GRADIENTS = np.stack([np.sin(np.arange(P) + k) for k in range(40)])
GRADIENTS[:, 1] = 0.0
GRADIENTS[:, 2] *= 1e-7
GRADIENTS[:, 3] *= 1e7
GRADIENTS[3:, 4] = 0.0


@pytest.fixture
def float64_scalars():
    """torch's NAdam keeps a product of scalars in the default dtype: float32 would be 1e-8 off."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@backends
@cases
def test_the_path_is_that_of_torch(like, ours, options, theirs, their_options, float64_scalars):
    theta = asarray(START, like)
    optimizer = ours(theta, lr=0.05, **options)
    p = torch.tensor(START, requires_grad=True)
    reference = theirs([p], lr=0.05, **their_options)
    for g in GRADIENTS:
        optimizer.step(asarray(g, like))
        p.grad = torch.tensor(g)
        reference.step()
        np.testing.assert_allclose(to_numpy(theta), p.detach().numpy(), **close)


def test_defaults_are_those_of_torch():
    theta, p = np.zeros(1), [torch.zeros(1)]
    adam = torch.optim.Adam(p).param_groups[0]
    for ours in (Adam(theta), AMSGrad(theta), AdamW(theta)):
        assert (ours.lr, ours.beta1, ours.beta2) == (adam["lr"], *adam["betas"])
        assert ours.eps == adam["eps"]
    assert AdamW(theta).decay == torch.optim.AdamW(p).param_groups[0]["weight_decay"]
    nadam = torch.optim.NAdam(p).param_groups[0]
    assert NAdam(theta).lr == nadam["lr"] and NAdam(theta).psi == nadam["momentum_decay"]
    adagrad, rmsprop = (o(p).param_groups[0] for o in (torch.optim.Adagrad, torch.optim.RMSprop))
    assert (Adagrad(theta).lr, Adagrad(theta).eps) == (adagrad["lr"], adagrad["eps"])
    assert (RMSProp(theta).lr, RMSProp(theta).eps) == (rmsprop["lr"], rmsprop["eps"])
    assert RMSProp(theta).rho == 0.9  # torch: 0.99
    assert GradientDescent(theta).lr == Momentum(theta).lr == Nesterov(theta).lr == 0.1
    assert Momentum(theta).mu == Nesterov(theta).mu == 0.9


@backends
def test_decoupled_decay_of_the_weights_alone(like):
    theta = asarray(START, like)
    optimizer = AdamW(theta, lr=0.1, decay=0.5, n_weights=4)
    optimizer.step(asarray(np.zeros(P), like))
    expected = np.where(np.arange(P) < 4, 0.95, 1.0) * START
    np.testing.assert_allclose(to_numpy(theta), expected, rtol=1e-14)


@backends
def test_a_decay_for_each_network_of_a_stack(like):
    theta, decay = asarray(np.stack([START] * 2), like), asarray([[0.5], [0.0]], like)
    AdamW(theta, lr=0.1, decay=decay).step(asarray(np.zeros((2, P)), like))
    np.testing.assert_allclose(to_numpy(theta), np.stack([0.95 * START, START]), rtol=1e-14)


@backends
def test_clipping(like):
    g = asarray([3.0, -4.0], like)
    assert to_numpy(clip_norm(g, 1.0)).tolist() == pytest.approx([0.6, -0.8])
    assert to_numpy(clip_norm(g, 5.0)).tolist() == [3.0, -4.0]
    assert to_numpy(clip_norm(0.0 * g, 1.0)).tolist() == [0.0, 0.0]
    assert to_numpy(clip_value(g, 3.5)).tolist() == [3.0, -3.5]
    assert to_numpy(clip_value(-g, 3.5)).tolist() == [-3.0, 3.5]
    stack = asarray([[3.0, -4.0], [0.3, 0.4]], like)
    np.testing.assert_allclose(to_numpy(clip_norm(stack, 1.0)), [[0.6, -0.8], [0.3, 0.4]])


@backends
def test_clipping_of_huge_gradients_in_float32(like):
    like = prototype(like, "float32")
    found = clip_norm(asarray([[3e20, -4e20], [0.3, 0.4]], like), 1.0)
    np.testing.assert_allclose(to_numpy(found), [[0.6, -0.8], [0.3, 0.4]], rtol=1e-6)
    found = clip_norm(asarray([[3e-30, -4e-30], [3e5, 4e5]], like), 1e-30)
    np.testing.assert_allclose(to_numpy(found), [[6e-31, -8e-31], [6e-31, 8e-31]], rtol=1e-6)


def test_the_graph_of_autograd_does_not_grow_into_theta():
    theta, weights = torch.ones(2), torch.ones(2, requires_grad=True)
    optimizer = Adam(theta)
    optimizer.step(2 * weights)
    assert not theta.requires_grad and not any(s.requires_grad for s in optimizer.state)
    with pytest.raises(ValueError, match="Adam: expected theta without requires_grad, got one"):
        Adam(weights)


@backends
@pytest.mark.parametrize("lr", [np.array(0.5), np.float64(0.5), torch.tensor(0.5)], ids=repr)
def test_a_learning_rate_without_axes_comes_in_any_library(like, lr):
    theta = asarray([1.0], like)
    GradientDescent(theta, lr=lr).step(asarray([1.0], like))
    assert to_numpy(theta).tolist() == [0.5]


def test_names_in_print():
    assert repr(Adam(START)) == "Adam(lr=0.001, beta1=0.9, beta2=0.999, eps=1e-08)"
    assert repr(Nesterov(START, lr=0.2)) == "Nesterov(lr=0.2, mu=0.9)"
    assert repr(NAdam(START)).endswith("eps=1e-08, psi=0.004)")


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
def test_learning_rates_come_in_any_library_and_precision(like):
    theta = asarray(np.zeros((2, 3)), prototype(like, "float32"))
    optimizer = GradientDescent(theta, lr=np.array([[1.0], [2.0]]))
    optimizer.step(theta - 1)
    np.testing.assert_array_equal(to_numpy(theta), [[1] * 3, [2] * 3])
    lr = asarray([[1.0], [2.0]], theta)
    assert GradientDescent(theta, lr=lr).lr is lr  # of the same kind: may be changed in place


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
    with pytest.raises(TypeError, match="float64 .* got .*float32"):
        optimizer.step(torch.tensor(START, dtype=torch.float32))
    np.testing.assert_array_equal(to_numpy(theta), START)
    assert optimizer.t == 0 and not to_numpy(optimizer.state[0]).any()


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: Adam(np.zeros(2), lr=0), "Adam: expected lr > 0, got 0"),
        (lambda: GradientDescent(np.zeros(2), lr=np.nan), "GradientDescent: .* number lr, got nan"),
        (lambda: Momentum(np.zeros(2), mu=1.0), r"Momentum: expected mu in \[0, 1\), got 1.0"),
        (lambda: Nesterov(np.zeros(2), mu=-0.1), "Nesterov: expected mu"),
        (lambda: Adam(np.zeros(2), beta1=1), "Adam: expected beta1"),
        (lambda: Adam(np.zeros(2), beta2=-1), "Adam: expected beta2"),
        (lambda: Adam(np.zeros(2), eps=-1), "Adam: expected a finite number eps ≥ 0, got -1"),
        (lambda: Adagrad(np.zeros(2), eps=-1), "Adagrad: expected a finite number eps ≥ 0, got -1"),
        (lambda: RMSProp(np.zeros(2), eps=-1), "RMSProp: expected a finite number eps ≥ 0, got -1"),
        (lambda: RMSProp(np.zeros(2), rho=1), r"RMSProp: expected rho in \[0, 1\), got 1"),
        (lambda: AdamW(np.zeros(2), decay=-1), "AdamW: expected a finite number decay ≥ 0, got -1"),
        (lambda: NAdam(np.zeros(2), psi=-1), "NAdam: expected a finite number psi ≥ 0, got -1"),
    ],
)
def test_hyperparameters_are_checked(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_the_limits_of_the_hyperparameters_are_allowed():
    g = np.array([0.5, -2.0])

    def first_step(kind, **options):
        theta = np.zeros(2)
        kind(theta, lr=0.1, **options).step(g)
        return theta

    np.testing.assert_array_equal(first_step(Momentum, mu=0), -0.1 * g)
    np.testing.assert_allclose(first_step(Adagrad, eps=0), -0.1 * np.sign(g), rtol=1e-14)
    np.testing.assert_allclose(first_step(RMSProp, rho=0, eps=0), -0.1 * np.sign(g), rtol=1e-14)
    np.testing.assert_array_equal(first_step(AdamW, decay=0), first_step(Adam))
    assert NAdam(np.zeros(2), psi=0).mu(5) == 0.9 / 2  # the same μ in every step


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


@backends
def test_rates_of_a_stack_may_be_a_row(like):
    """(E,) means the same as (E, 1), in optimizers and in penalties."""
    column, row = (asarray(np.ones((3, 3)), like) for _ in range(2))
    rates = np.array([0.1, 0.2, 0.3])
    for theta, lr in ((column, rates[:, None]), (row, rates)):
        optimizer = AdamW(theta, lr=asarray(lr, like), decay=asarray(lr, like))
        for _ in range(2):
            optimizer.step(theta + L2(asarray(lr, like)).grad(theta))
    np.testing.assert_array_equal(to_numpy(row), to_numpy(column))
    assert len(np.unique(to_numpy(row)[:, 0])) == 3
    with pytest.raises(ValueError, match=r"Adam: expected lr of shape \(3, 1\), got \(2,\)"):
        Adam(row, lr=asarray(rates[:2], like))
