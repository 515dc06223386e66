import math
import subprocess
import sys

import array_api_strict
import numpy as np
import pytest
import torch

from dlcore import backend

from .reference import LIKE, backends


def test_dlcore_needs_numpy_and_array_api_compat_only():
    code = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name in ("torch", "matplotlib", "ipywidgets", "sklearn", "scipy", "tqdm"):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Missing())
import importlib, pkgutil
import dlcore
for module in pkgutil.iter_modules(dlcore.__path__):
    if module.name != "teaching":
        importlib.import_module(f"dlcore.{module.name}")
from dlcore.network import MLP
from dlcore.optimizers import Adam
from dlcore.losses import MeanSquaredError
from dlcore.training import fit
net = MLP([2, 3, 1])
fit(net, MeanSquaredError(), Adam(net.theta), [[0, 1]], [[1.0]], epochs=1)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@backends
def test_asarray_copies_between_libraries(like):
    for x in ([[1, 2]], np.array([[1, 2]]), torch.tensor([[1.0, 2.0]], requires_grad=True)):
        y = backend.asarray(x, like)
        assert type(y) is type(like) and y.dtype == like.dtype and y.device == like.device
        np.testing.assert_array_equal(backend.to_numpy(y), [[1.0, 2.0]])
    for number in (1.5, np.float64(1.5), np.array(1.5), torch.tensor(1.5)):
        y0 = backend.asarray(number, like)
        assert type(y0) is type(like) and y0.dtype == like.dtype and float(y0) == 1.5
    y2 = backend.asarray(y, like)
    y2 += 1.0
    assert float(y[0, 0]) == 1.0


def test_torch_without_the_checks_of_the_wrappers(monkeypatch):
    monkeypatch.setattr(backend, "_NAMESPACE_OF_TYPE", {})
    xp = backend.namespace(torch.zeros(1))
    assert (xp.concat, xp.where, xp.sum) == (torch.concat, torch.where, torch.sum)
    assert xp.astype(torch.zeros(1), xp.float64).dtype == torch.float64  # the rest is there, too


def test_erfc_is_torchs_own_and_does_without_scipy(monkeypatch):
    assert backend.erfc(torch.zeros(2, requires_grad=True)).requires_grad
    monkeypatch.setitem(sys.modules, "scipy.special", None)
    assert backend.erfc(np.zeros(0)).shape == (0,)


@backends
def test_reshape_and_sum_rows(like):
    x = backend.asarray(np.arange(24.0).reshape(2, 3, 4), like)
    assert backend.reshape(x, (2, -1)).shape == (2, 12)
    np.testing.assert_array_equal(
        backend.to_numpy(backend.sum_rows(x)), backend.to_numpy(x).sum(-2, keepdims=True)
    )


@backends
def test_rows_are_added_where_they_belong(like):
    places = backend.asarray([2, 0, 2, 2], like, backend.namespace(like).int64)
    rows = backend.asarray(np.arange(8.0).reshape(4, 2), like)
    total = backend.add_rows(4, places, rows)
    assert type(total) is type(like) and total.dtype == like.dtype
    assert backend.to_numpy(total).tolist() == [[2, 3], [0, 0], [10, 13], [0, 0]]
    assert tuple(backend.add_rows(3, places[:0], rows[:0]).shape) == (3, 2)


def test_the_standard_alone_is_enough():
    x = array_api_strict.asarray(np.arange(6.0).reshape(2, 3))
    assert backend.reshape(x, (-1,)).shape == (6,)
    assert backend.sum_rows(x).shape == (1, 3)


def test_a_prototype_has_size_zero():
    for where in ("numpy", "torch", np.ones((2, 3)), torch.ones(4)):
        assert tuple(backend.prototype(where).shape) == (0,)


def test_prototype_names_what_it_knows():
    assert backend.describe(backend.prototype("torch", "float64")) == "torch float64 on cpu"
    assert backend.describe(LIKE["numpy"]) == "numpy float64 on cpu"
    for unknown in ("gpu", "cuda:", "cuda:x", "cpu:0:1", 3, None):
        with pytest.raises(ValueError, match="or a device that torch sees, such as"):
            backend.prototype(unknown)
    for where in ("torch", "cpu"):
        for dtype in ("float32", np.float32, torch.float32, np.dtype("float32")):
            assert backend.describe(backend.prototype(where, dtype)) == "torch float32 on cpu"
    assert backend.prototype("numpy", torch.float64).dtype == np.float64
    for dtype, got in (("float16", "'float16'"), (np.array("float32"), "array")):
        with pytest.raises(ValueError, match=f"expected 'float32' or 'float64', got {got}"):
            backend.prototype("numpy", dtype)
    if not torch.cuda.is_available():
        for where in ("cuda", "cuda:0", "mps"):
            with pytest.raises(ValueError, match=f"a device that torch sees, .*, got '{where}'"):
                backend.prototype(where)


def test_a_library_whose_slices_are_copies_is_refused(monkeypatch):
    class Copies:
        __name__, float32 = "copies", np.float32
        zeros = staticmethod(lambda n, dtype, device: np.zeros(n, dtype))
        reshape = staticmethod(lambda x, shape: np.reshape(x, shape).copy())

    monkeypatch.setattr(backend, "namespace", lambda x: Copies)
    with pytest.raises(TypeError, match="Copies: slices are copies"):
        backend.prototype(np.zeros(1))


@backends
def test_overflow_is_ignored_where_numpy_computes_and_else_the_flags_are_left_alone(like):
    with np.errstate(over="raise"), backend.ignore_overflow(like):
        assert np.geterr()["over"] == ("ignore" if isinstance(like, np.ndarray) else "raise")


@backends
@pytest.mark.parametrize(("dtype", "large"), [("float32", 1e20), ("float64", 1e200)])
def test_large_numbers_are_divided_by_a_power_of_2(like, dtype, large):
    like = backend.prototype(like, dtype)
    u, one = (float(backend.unit(backend.asarray([x, 1.0], like), 0)[0]) for x in (large, 9.0))
    assert u > 1 and math.frexp(u)[0] == 0.5 and one == 1


@backends
def test_each_row_has_a_norm_of_its_own_size(like):
    x = backend.asarray([[3e200, 4e200], [3.0, 4.0], [0.0, 0.0]], like)
    found = backend.to_numpy(backend.norm(x, -1))
    np.testing.assert_allclose(found, [[5e200], [5.0], [0.0]], rtol=1e-14)
