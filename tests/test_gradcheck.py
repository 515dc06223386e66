import numpy as np
import pytest

from dlcore.backend import asarray, to_numpy
from dlcore.gradcheck import directional_error, numerical_gradient

from .reference import backends

A = np.random.default_rng(0).standard_normal((5, 5))
THETA = np.random.default_rng(1).standard_normal(5)


def quartic(like):
    theta, a = asarray(THETA, like), asarray(A @ A.T, like)
    J = lambda: 0.5 * (theta @ (a @ theta)) ** 2  # noqa: E731
    grad = 2.0 * (theta @ (a @ theta)) * (a @ theta)
    return J, theta, grad


@backends
def test_both_agree_with_the_exact_gradient_and_leave_theta_alone(like):
    J, theta, grad = quartic(like)
    assert directional_error(J, theta, grad) < 1e-8
    np.testing.assert_allclose(
        to_numpy(numerical_gradient(J, theta)), to_numpy(grad), rtol=1e-6, atol=1e-6
    )
    np.testing.assert_array_equal(to_numpy(theta), THETA)


@backends
@pytest.mark.parametrize("factor", [1.001, 0.999, 2.0, -1.0, 0.0])
def test_a_wrong_gradient_is_caught(like, factor):
    J, theta, grad = quartic(like)
    assert directional_error(J, theta, factor * grad) > 4e-4


@backends
def test_one_wrong_entry_is_caught(like):
    J, theta, grad = quartic(like)
    grad[3] *= 1.01
    assert directional_error(J, theta, grad) > 1e-5


def test_the_default_is_ten_directions_from_seed_zero():
    J, theta, grad = quartic(np.zeros(0))
    calls = []
    default = directional_error(lambda: calls.append(1) or J(), theta, 2 * grad)
    assert len(calls) == 20
    assert default == directional_error(J, theta, 2 * grad, seed=0)
    assert default != directional_error(J, theta, 2 * grad, seed=1)


def test_the_error_is_relative():
    J, theta, grad = quartic(np.zeros(0))
    error = directional_error(J, theta, 2 * grad)
    small = directional_error(lambda: 1e-5 * J(), theta, 2e-5 * grad)
    assert small == pytest.approx(error, rel=1e-5)
    assert error == pytest.approx(1 / 3, rel=1e-6)
    assert directional_error(J, theta, -grad) == pytest.approx(1, rel=1e-6)


def test_float32_and_other_shapes_are_refused():
    theta = np.zeros(3, "float32")
    for who, check in (
        ("directional_error", lambda: directional_error(lambda: 0.0, theta, theta)),
        ("numerical_gradient", lambda: numerical_gradient(lambda: 0.0, theta)),
    ):
        message = (
            f"^{who}: expected theta in float64, got float32; "
            "differences of float32 numbers have no digits left$"
        )
        with pytest.raises(TypeError, match=message):
            check()
    with pytest.raises(ValueError, match=r"expected grad of shape \(3,\), got \(2,\)"):
        directional_error(lambda: 0.0, np.zeros(3), np.zeros(2))
