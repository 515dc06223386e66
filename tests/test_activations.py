import re

import numpy as np
import pytest
import torch
from scipy import special

from dlcore import activations
from dlcore.activations import (
    ELU,
    GELU,
    SELU,
    HardTanh,
    Identity,
    LeakyReLU,
    Mish,
    ReLU,
    Sigmoid,
    Sign,
    Softplus,
    Softsign,
    Step,
    Swish,
    Tanh,
    activation,
    sigmoid,
    smooth_maximum,
    softmax,
)
from dlcore.backend import asarray, namespace, prototype, to_numpy

from .reference import backends

F = torch.nn.functional

# Where rounding, overflow and kinks are: at 0, next to it, and far out.
Z = np.array(
    [
        -1e4,
        -1e3,
        -40.0,
        -3.0,
        -1.5,
        -1.0,
        -0.5,
        -1e-7,
        0.0,
        1e-7,
        0.5,
        1.0,
        1.5,
        2.0,
        40.0,
        1e3,
        1e4,
    ]
)
SMOOTH = Z[(np.abs(Z) > 1e-3) & (np.abs(Z) != 1)]  # away from the kinks
TORCH = [
    (Identity(), lambda z: z * 1.0),
    (Sigmoid(), torch.sigmoid),
    (Tanh(), torch.tanh),
    (ReLU(), torch.relu),
    (LeakyReLU(), F.leaky_relu),
    (LeakyReLU(0.3), lambda z: F.leaky_relu(z, 0.3)),
    (ELU(), F.elu),
    (ELU(0.7), lambda z: F.elu(z, 0.7)),
    (SELU(), F.selu),
    (Softsign(), F.softsign),
    (HardTanh(), F.hardtanh),
    (Softplus(), lambda z: F.softplus(z, threshold=40)),  # torch's 20 costs 2e-9
    (Softplus(2.5), lambda z: F.softplus(z, 2.5, threshold=40)),
    (Swish(), F.silu),
    (Swish(1.7), lambda z: z * torch.sigmoid(1.7 * z)),
    (Mish(), F.mish),
    (GELU(), F.gelu),
    (GELU("tanh"), lambda z: F.gelu(z, approximate="tanh")),
    (GELU("sigmoid"), lambda z: z * torch.sigmoid(1.702 * z)),
]
ALL = [h for h, _ in TORCH] + [Step(), Sign()]


def slope(h, z):
    return to_numpy(h.deriv(z, h(z)) + 0.0 * z)


@backends
@pytest.mark.parametrize("h, theirs", TORCH, ids=lambda v: repr(v) if hasattr(v, "deriv") else "")
def test_value_and_derivative_are_those_of_torch(like, h, theirs):
    z = torch.tensor(Z, requires_grad=True)
    a = theirs(z)
    a.sum().backward()
    ours = asarray(z.detach().numpy(), like)
    np.testing.assert_allclose(to_numpy(h(ours)), a.detach().numpy(), rtol=1e-10, atol=1e-15)
    np.testing.assert_allclose(slope(h, ours), z.grad.numpy(), rtol=1e-10, atol=1e-15)


@backends
@pytest.mark.parametrize("h", ALL, ids=repr)
def test_derivative_is_that_of_the_value(like, h):
    z, eps = asarray(SMOOTH, like), 1e-6
    numeric = (to_numpy(h(z + eps)) - to_numpy(h(z - eps))) / (2 * eps)
    np.testing.assert_allclose(slope(h, z), numeric, rtol=1e-4, atol=1e-6)


@backends
@pytest.mark.parametrize("h", ALL, ids=repr)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_safe_far_out_and_of_the_same_dtype(like, h, dtype):
    z = asarray(Z, prototype(like, dtype))
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        a, d = h(z), slope(h, z[:, None])
    assert a.dtype == z.dtype and a.shape == z.shape and d.dtype == dtype
    assert np.isfinite(to_numpy(a)).all() and np.isfinite(d).all()


@backends
@pytest.mark.parametrize("size", [1, 7, 32, 67])  # what a processor takes at once, and the rest
def test_relu_has_no_negative_zero_and_its_slope_is_0_at_nan(like, size):
    z = asarray(([-0.0, 0.0, -1.0, 2.0, np.nan, INF, -INF] * 10)[:size], like)
    a, slope = ReLU()(z), ReLU().deriv(z, ReLU()(z))
    wanted = np.array(([0.0, 0.0, 0.0, 2.0, np.nan, INF, 0.0] * 10)[:size])
    np.testing.assert_array_equal(to_numpy(a), wanted)
    assert not np.signbit(to_numpy(a)[~np.isnan(wanted)]).any()
    assert type(slope) is type(z) and slope.dtype == z.dtype
    np.testing.assert_array_equal(to_numpy(slope), np.nan_to_num(wanted) > 0)


@backends
@pytest.mark.parametrize("h", [*ALL[1:], LeakyReLU(0)], ids=repr)
def test_nan_stays_nan(like, h):
    z = asarray([np.nan, 1.0], like)
    assert np.isnan(to_numpy(h(z))).tolist() == [True, False]


INF = np.inf
FAR_OUT = [  # h, its limits at −∞ and ∞, those of h'
    (Identity(), [-INF, INF], [1, 1]),
    (Step(), [0, 1], [0, 0]),
    (Sign(), [-1, 1], [0, 0]),
    (Sigmoid(), [0, 1], [0, 0]),
    (Tanh(), [-1, 1], [0, 0]),
    (ReLU(), [0, INF], [0, 1]),
    (LeakyReLU(0.2), [-INF, INF], [0.2, 1]),
    (LeakyReLU(0), [0, INF], [0, 1]),
    (ELU(0.7), [-0.7, INF], [0, 1]),
    (SELU(), [-SELU.scale * SELU.alpha, INF], [0, SELU.scale]),
    (Softsign(), [-1, 1], [0, 0]),
    (HardTanh(), [-1, 1], [0, 0]),
    (Softplus(), [0, INF], [0, 1]),
    (Softplus(2.5), [0, INF], [0, 1]),
    (Swish(), [0, INF], [0, 1]),
    (Swish(0.3), [0, INF], [0, 1]),
    (Mish(), [0, INF], [0, 1]),
    (GELU(), [0, INF], [0, 1]),
    (GELU("tanh"), [0, INF], [0, 1]),
    (GELU("sigmoid"), [0, INF], [0, 1]),
]


@backends
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("h, a, d", FAR_OUT, ids=lambda v: repr(v) if hasattr(v, "deriv") else "")
def test_infinities(like, h, a, d, dtype):
    assert {type(h) for h, _, _ in FAR_OUT} == set(activations.NAMED.values())
    z = asarray([-INF, INF], prototype(like, dtype))
    with np.errstate(all="raise", under="ignore"):
        value = h(z)
        slope = h.deriv(z, value) + 0.0 * asarray([1.0, 1.0], z)
    rtol = 1e-6 if dtype == "float32" else 1e-14
    np.testing.assert_allclose(to_numpy(value), a, rtol=rtol)
    np.testing.assert_allclose(to_numpy(slope), d, rtol=rtol)


@backends
@pytest.mark.parametrize("at_zero", [0, 0.5, 1])
def test_step_at_zero(like, at_zero):
    a = Step(at_zero)(asarray([-2.0, -0.0, 0.0, 0.5, 3.0], like))
    np.testing.assert_array_equal(to_numpy(a), [0, at_zero, at_zero, 1, 1])


@backends
@pytest.mark.parametrize("at_zero", [-1, 0, 1])
def test_sign_at_zero(like, at_zero):
    a = Sign(at_zero)(asarray([-2.0, -0.0, 0.0, 3.0], like))
    np.testing.assert_array_equal(to_numpy(a), [-1, at_zero, at_zero, 1])


@backends
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_small_values_of_the_sigmoid_keep_their_digits(like, dtype):
    z = asarray(np.linspace(-80, 80, 1001), prototype(like, dtype))
    exact = 1 / (1 + np.exp(-to_numpy(z).astype(np.longdouble)))
    np.testing.assert_allclose(to_numpy(sigmoid(z)), exact, rtol=4 * np.finfo(dtype).eps)


@backends
def test_kinks(like):
    z = asarray([-1.0, 0.0, 1.0], like)
    assert slope(HardTanh(), z).tolist() == [0.0, 1.0, 0.0]
    assert slope(ReLU(), z)[1] == 0.0 and slope(LeakyReLU(0.2), z)[1] == 0.2
    assert slope(ELU(0.7), z)[1] == 0.7


def test_constants_of_selu_are_its_fixed_point():
    z = np.linspace(-30, 30, 600_001)
    density = np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi) * (z[1] - z[0])
    a = SELU()(z)
    assert abs((a * density).sum()) < 1e-9 and abs((a * a * density).sum() - 1) < 1e-8


def test_gelu_forms_are_as_near_as_the_docstring_says():
    z = np.linspace(-8, 8, 16_001)
    gaps = {form: np.abs(GELU(form)(z) - GELU()(z)).max() for form in ("tanh", "sigmoid")}
    assert 4e-4 < gaps["tanh"] < 5e-4 and 0.020 < gaps["sigmoid"] < 0.021


def test_erf_without_scipy(monkeypatch):
    import sys

    exact = GELU()(Z)
    monkeypatch.setitem(sys.modules, "scipy.special", None)
    np.testing.assert_allclose(GELU()(Z), exact, rtol=1e-14, atol=1e-300)


@backends
def test_softmax(like):
    z = asarray([[1.0, 2.0, 3.0], [1e4, -1e4, 0.0]], like)
    p = to_numpy(softmax(z))
    np.testing.assert_allclose(p, torch.softmax(torch.tensor(to_numpy(z)), -1).numpy(), rtol=1e-12)
    np.testing.assert_allclose(to_numpy(softmax(z, axis=0)).sum(0), 1.0)
    np.testing.assert_array_equal(to_numpy(softmax(z, axis=1)), p)


@backends
def test_smooth_maximum(like):
    x = asarray([[1.0, -2.0, 4.0]], like)
    assert float(smooth_maximum(x, beta=0.0)[0]) == pytest.approx(1.0)
    assert float(smooth_maximum(x, beta=100.0)[0]) == pytest.approx(4.0)
    e = np.exp([1.0, -2.0, 4.0])
    assert float(smooth_maximum(x)[0]) == pytest.approx((e @ [1.0, -2.0, 4.0]) / e.sum())
    two = asarray([[0.7, -0.4]], like)  # (x₁ − x₂) σ(β(x₁ − x₂)) + x₂
    expected = 1.1 / (1 + np.exp(-2 * 1.1)) - 0.4
    assert float(smooth_maximum(two, beta=2.0)[0]) == pytest.approx(expected)
    square = asarray([[1.0, 5.0], [3.0, 6.0]], like)
    assert to_numpy(smooth_maximum(square, beta=100.0)).tolist() == pytest.approx([5.0, 6.0])
    by_row = smooth_maximum(square, beta=100.0, axis=1)
    assert to_numpy(by_row).tolist() == pytest.approx([5.0, 6.0])
    by_column = smooth_maximum(square, beta=100.0, axis=0)
    assert to_numpy(by_column).tolist() == pytest.approx([3.0, 6.0])


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: LeakyReLU(1.0), r"LeakyReLU: expected alpha in \[0, 1\), got 1.0"),
        (lambda: LeakyReLU(-0.1), "LeakyReLU: expected alpha"),
        (lambda: ELU(0), "ELU: expected alpha > 0, got 0"),
        (lambda: Softplus(-1.0), "Softplus: expected beta > 0, got -1.0"),
        (lambda: Swish(np.inf), "Swish: expected a finite number beta, got inf"),
        (lambda: GELU("quick"), "GELU: expected form one of exact, tanh, sigmoid, got 'quick'"),
    ],
)
def test_settings_are_checked(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_leak_of_zero_is_relu():
    np.testing.assert_array_equal(LeakyReLU(0)(Z), ReLU()(Z))


def test_names_in_print():
    names = "Identity Sigmoid Tanh ReLU LeakyReLU(alpha=0.01) LeakyReLU(alpha=0.3) ELU(alpha=1.0)"
    assert " ".join(map(repr, [h for h, _ in TORCH][:7])) == names and repr(SELU()) == "SELU"
    assert repr(Softplus()) == "Softplus(beta=1.0)" and repr(Swish(2)) == "Swish(beta=2)"
    assert repr(GELU()) == "GELU('exact')" and repr(Sign(1)) == "Sign(at_zero=1)"
    assert activations.NAMED["leakyrelu"]().alpha == 0.01


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
    assert len({hash(h) for h in (Step(0), Step(1), Tanh(), Sigmoid())}) == 4
    assert Step() == Step(0) and Sign() == Sign(0)
    assert repr(Step(1)) == "Step(at_zero=1)" and repr(Tanh()) == "Tanh"
    names = ", ".join(activations.NAMED)
    with pytest.raises(ValueError, match=f"expected one of {names}, silu, linear, got 'softmin'"):
        activation("softmin")
    for name in ("ReLU", "RELU", "leaky_relu", "LeakyReLU", "leaky-relu", "GELU", "Hard Tanh"):
        same = name.lower().translate({ord(c): None for c in "_- "})
        assert activation(name) == activations.NAMED[same]()
    assert (
        activation("SiLU") == activations.Swish() and activation("linear") == activations.Identity()
    )
    with pytest.raises(TypeError, match="expected a name or an object with deriv"):
        activation(np.tanh)
    with pytest.raises(ValueError, match=r"Step: expected at_zero in \(0, 0.5, 1\), got 2"):
        Step(2)
    with pytest.raises(ValueError, match=r"Sign: expected at_zero in \(-1, 0, 1\), got 0.5"):
        Sign(0.5)


def test_every_activation_has_a_name_that_the_docstring_lists():
    classes = [c for c in vars(activations).values() if isinstance(c, type)]
    functions = {c for c in classes if issubclass(c, activations.Function)} - {activations.Function}
    assert set(activations.NAMED.values()) == functions
    told = activation.__doc__.partition("The names: ")[2].partition(";")[0]
    told = re.sub(r" \(\w+\)|,", "", told)
    assert told.split() == list(activations.NAMED)


ACTIVATIONS_THAT_ARE_SMOOTH = [
    activation(name)
    for name in ("sigmoid", "tanh", "softplus", "elu", "softsign", "swish", "mish", "gelu")
] + [activations.GELU("tanh"), activations.GELU("sigmoid")]


def tails():
    """h and h' in float64, of formulas that lose no digits far out, for |z| ≤ 12."""
    z = np.linspace(-12, 12, 481).astype("float32").astype(float)
    s, big = 1 / (1 + np.exp(-z)), np.exp(-abs(z))
    soft = np.log1p(np.exp(z))
    t, s_up = np.tanh(soft), 1 / (1 + np.exp(z))
    elu = np.where(z > 0, z, np.expm1(z)), np.where(z > 0, 1, np.exp(z))
    Phi, phi = special.ndtr(z), np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    s2, s2_up = 1 / (1 + np.exp(-1.702 * z)), 1 / (1 + np.exp(1.702 * z))
    lam, alpha = activations.SELU.scale, activations.SELU().alpha
    selu = (
        lam * np.where(z > 0, z, alpha * np.expm1(z)),
        lam * np.where(z > 0, 1, alpha * np.exp(z)),
    )
    return z, {
        "sigmoid": (s, big / (1 + big) ** 2),
        "tanh": (np.tanh(z), 4 * big**2 / (1 + big**2) ** 2),
        "softplus": (soft, s),
        "elu": elu,
        "selu": selu,
        "softsign": (z / (1 + abs(z)), 1 / (1 + abs(z)) ** 2),
        "swish": (z * s, s + z * s * s_up),
        "mish": (z * t, t + z * (1 - t * t) * s),
        "gelu": (z * Phi, Phi + z * phi),
        "gelu, sigmoid": (z * s2, s2 + 1.702 * z * s2 * s2_up),
    }


TAILS = tails()


@backends
@pytest.mark.parametrize("name", TAILS[1])
def test_tails_keep_their_digits_in_float32(like, name):
    z, (h, slope) = TAILS[0], TAILS[1][name]
    ours = activations.GELU("sigmoid") if name == "gelu, sigmoid" else activation(name)
    small = asarray(z, like, namespace(like).float32)
    a = ours(small)
    np.testing.assert_allclose(to_numpy(a), h, rtol=1e-5)
    # a (1 − a) and 1 − a²: next to 1 the difference has the rounding of a.
    upper = ((z > 0) & (name == "sigmoid")) | (name == "tanh")
    clear = (abs(slope) > 0.02) | (z < -4) | (abs(z) > 4) & (name == "sigmoid")
    mine = to_numpy(ours.deriv(small, a))
    np.testing.assert_allclose(mine[clear & ~upper], slope[clear & ~upper], rtol=1e-5)
    np.testing.assert_allclose(mine, slope, rtol=1e-5, atol=3e-7)  # near a zero, σ' above 0, tanh'


def test_the_tail_of_gelu_tanh():
    z = np.linspace(-9.5, -4, 221).astype(np.float32)
    h = activations.GELU("tanh")
    np.testing.assert_allclose(h(z), h(z.astype(np.longdouble)), rtol=1e-5)


@backends
@pytest.mark.parametrize("h", ACTIVATIONS_THAT_ARE_SMOOTH, ids=repr)
def test_the_largest_numbers_and_infinities(like, h):
    for dtype, top in (("float32", 3e38), ("float64", 1.7e308)):
        z = asarray([-np.inf, -top, top, np.inf], like, getattr(namespace(like), dtype))
        z = z[1:3] if h == activations.Softsign() else z
        a = h(z)
        low, high = (
            (-1.0, 1.0) if h in (activations.Tanh(), activations.Softsign()) else (0.0, None)
        )
        a, slope = to_numpy(a), to_numpy(h.deriv(z, a))
        n = len(a) // 2
        bottom = {activations.ELU(): -1.0}.get(h, low)
        np.testing.assert_allclose(a[:n], bottom, atol=1e-30)
        top = to_numpy(z)[n:] if high is None and h != activations.Sigmoid() else 1.0
        np.testing.assert_allclose(a[n:], top, rtol=1e-6)
        flat = h in (activations.Tanh(), activations.Softsign(), activations.Sigmoid())
        np.testing.assert_allclose(slope, [0.0] * n + [0.0 if flat else 1.0] * n, atol=1e-30)


@backends
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_softmax_and_smooth_maximum_of_extremes(like, dtype):
    xp, dtype = namespace(like), getattr(namespace(like), dtype)
    z = asarray([[3e38, -3e38, -np.inf], [-3e38, -3e38, -3.1e38]], like, dtype)
    np.testing.assert_array_equal(to_numpy(activations.softmax(z)), [[1, 0, 0], [0.5, 0.5, 0]])
    for beta, expected in ((50.0, [3e38, -3e38]), (1e-3, [3e38, -3e38])):
        found = to_numpy(activations.smooth_maximum(z, beta))
        np.testing.assert_allclose(found, expected, rtol=1e-6)
    z = asarray([[3e38, -2e38, 0.0]], like, dtype)
    assert to_numpy(activations.smooth_maximum(z, -5.0))[0] == pytest.approx(-2e38, rel=1e-6)
    assert to_numpy(activations.smooth_maximum(z, 0.0))[0] == pytest.approx(1e38 / 3, rel=1e-6)
    assert bool(xp.all(xp.isfinite(activations.smooth_maximum(z, 1e30))))
