"""Contrastive divergence in the mean, and a stack, against sampling and RBM.fit."""

import numpy as np
import pytest

from dlcore.boltzmann import RBM
from dlcore.teaching.chapters.boltzmann_machines import expected_cd, stack
from dlcore.teaching.chapters.enumeration import likelihood_gradient


def machine(seed=0):
    rng = np.random.default_rng(seed)
    rbm = RBM(4, 3, dtype="float64")
    rbm.theta[...] = rng.normal(size=rbm.theta.size)
    return rbm, rng.integers(0, 2, (5, 4)).astype(float)


@pytest.mark.parametrize("k", [1, 3])
def test_expected_cd_is_the_mean_of_cd(k):
    rbm, v = machine()
    g, _ = rbm.cd(np.tile(v, (20_000, 1)), np.random.default_rng(1), k)
    np.testing.assert_allclose(expected_cd(rbm, v, k), g, atol=0.01)


def test_with_many_rounds_it_is_the_gradient():
    rbm, v = machine(1)
    np.testing.assert_allclose(expected_cd(rbm, v, 400), likelihood_gradient(rbm, v), atol=1e-12)
    assert np.abs(expected_cd(rbm, v) - likelihood_gradient(rbm, v)).max() > 0.01


def test_the_smallest_machine():
    rbm = RBM(1, 1, dtype="float64")
    rbm.theta[...] = [np.log(3), 0, 0]
    ones = np.ones((1, 1))
    assert likelihood_gradient(rbm, ones)[0] == pytest.approx(-1 / 4)
    assert expected_cd(rbm, ones)[0] == pytest.approx(-15 / 64)


def test_a_stack_learns_layer_by_layer():
    v = np.random.default_rng(0).random((60, 6)).astype("float32")
    first, second = stack(v, [5, 4], epochs=3, lr=0.2, seed=7)
    below, above = RBM(6, 5, seed=700), RBM(5, 4, seed=701)
    below.fit(v, epochs=3, lr=0.2, batch_size=64, seed=7)
    above.fit(below.hidden(v), epochs=3, lr=0.2, batch_size=64, seed=7)
    np.testing.assert_array_equal(first.theta, below.theta)
    np.testing.assert_array_equal(second.theta, above.theta)
