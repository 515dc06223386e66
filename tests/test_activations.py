import numpy as np
import pytest
import torch

from dlcore import activations
from dlcore.activations import Identity, ReLU, Sigmoid, Sign, Step, Tanh, activation
from dlcore.backend import asarray, to_numpy

from .reference import backends

# Where rounding, overflow and kinks are: at 0, next to it, and far out.
Z = np.array([-1e4, -1e3, -40.0, -3.0, -1.0, -1e-7, 0.0, 1e-7, 0.5, 2.0, 40.0, 1e3, 1e4])
SMOOTH = Z[np.abs(Z) > 1e-3]  # away from the kink of ReLU and step
TORCH = {Identity: lambda z: z * 1.0, Sigmoid: torch.sigmoid, Tanh: torch.tanh, ReLU: torch.relu}


@backends
@pytest.mark.parametrize("h", TORCH)
def test_value_and_derivative_are_those_of_torch(like, h):
    z = torch.tensor(Z, requires_grad=True)
    a = TORCH[h](z)
    a.sum().backward()
    ours = h()(asarray(Z, like))
    np.testing.assert_allclose(to_numpy(ours), a.detach().numpy(), rtol=1e-10, atol=1e-15)
    slope = h().deriv(asarray(Z, like), ours) + 0.0 * asarray(Z, like)
    np.testing.assert_allclose(to_numpy(slope), z.grad.numpy(), rtol=1e-10, atol=1e-15)


@backends
@pytest.mark.parametrize("h", [h() for h in activations.NAMED.values()], ids=repr)
def test_derivative_is_that_of_the_value(like, h):
    z, eps = asarray(SMOOTH, like), 1e-6
    numeric = (to_numpy(h(z + eps)) - to_numpy(h(z - eps))) / (2 * eps)
    exact = to_numpy(h.deriv(z, h(z)) + 0.0 * z)
    np.testing.assert_allclose(exact, numeric, rtol=1e-4, atol=1e-6)


@backends
@pytest.mark.parametrize("h", [h() for h in activations.NAMED.values()], ids=repr)
def test_safe_far_out_and_of_the_same_dtype(like, h):
    for z in (asarray(Z, like), asarray(Z, like)[:, None]):
        with np.errstate(all="raise"):
            a = h(z)
            slope = h.deriv(z, a)
        assert a.dtype == z.dtype and a.shape == z.shape
        assert np.isfinite(to_numpy(a)).all() and np.isfinite(to_numpy(slope + 0.0 * z)).all()


@backends
@pytest.mark.parametrize("at_zero", [0, 0.5, 1])
def test_step_at_zero(like, at_zero):
    a = Step(at_zero)(asarray([-2.0, -0.0, 0.0, 3.0], like))
    np.testing.assert_array_equal(to_numpy(a), [0, at_zero, at_zero, 1])


@backends
@pytest.mark.parametrize("at_zero", [-1, 0, 1])
def test_sign_at_zero(like, at_zero):
    a = Sign(at_zero)(asarray([-2.0, -0.0, 0.0, 3.0], like))
    np.testing.assert_array_equal(to_numpy(a), [-1, at_zero, at_zero, 1])


@backends
def test_no_gradient_passes_a_step(like):
    z = asarray(Z, like)
    for h in (Step(), Sign()):
        np.testing.assert_array_equal(to_numpy(h.deriv(z, h(z))), np.zeros_like(Z))


def test_relu_is_flat_at_zero():
    assert ReLU().deriv(np.zeros(1), np.zeros(1))[0] == 0.0


def test_names():
    assert activation("tanh") == Tanh() and activation(Tanh()) == Tanh()
    assert Step(1) != Step(0) and len({Step(1), Step(1), Tanh()}) == 2
    assert repr(Step(1)) == "Step(at_zero=1)" and repr(Tanh()) == "Tanh"
    with pytest.raises(ValueError, match="expected one of identity, .*relu, got 'softmin'"):
        activation("softmin")
    with pytest.raises(TypeError, match="expected a name or an object with deriv"):
        activation(np.tanh)
    with pytest.raises(ValueError, match=r"Step: expected at_zero in \(0, 0.5, 1\), got 2"):
        Step(2)
    with pytest.raises(ValueError, match=r"Sign: expected at_zero in \(-1, 0, 1\), got 0.5"):
        Sign(0.5)
