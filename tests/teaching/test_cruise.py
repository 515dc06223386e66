"""Cruise control against solutions in closed form."""

import math

import numpy as np
import pytest

from dlcore.teaching.chapters import cruise


@pytest.mark.parametrize("K, k, d", [(0.5, 0.1, -0.5), (2.0, 0.3, -1.0), (0.0, 0.2, 0.4)])
def test_without_delay_it_is_an_exponential(K, k, d):
    t, v, u = cruise.drive(K, k=k, d=d, duration=30, dt=0.001)
    after = np.maximum(t - cruise.START, 0)
    expected = d / (k + K) * (1 - np.exp(-(k + K) * after))
    np.testing.assert_allclose(v, expected, atol=2e-3 * abs(d / (k + K)))
    np.testing.assert_allclose(u[:-1], -K * v[:-1], atol=1e-12)


def test_the_integral_follows_the_damped_oscillator():
    K, Ki, k, d = 0.3, 0.4, 0.1, -0.5  # v'' + (k + K) v' + Ki v = 0 after the hill has begun
    t, v, _ = cruise.drive(K, Ki, k=k, d=d, duration=30, dt=0.0005)
    decay = (k + K) / 2
    omega = math.sqrt(Ki - decay**2)
    after = np.maximum(t - cruise.START, 0)
    np.testing.assert_allclose(v, d / omega * np.exp(-decay * after) * np.sin(omega * after),
                               atol=2e-3)  # fmt: skip


def test_a_delay_shifts_what_is_felt():
    K, delay = 0.8, 1.5
    t, v, u = cruise.drive(K, delay=delay, duration=20)
    late = round(delay / 0.01)
    np.testing.assert_allclose(u[late:-1], -K * v[: -1 - late], atol=1e-12)
    assert not u[:late].any()


def test_many_cars_at_once():
    gains = np.array([0.2, 1.0, 3.0])
    together = cruise.drive(gains, 0.1, delay=0.3, duration=12)
    for e, K in enumerate(gains):
        np.testing.assert_allclose(
            together.v[:, e], cruise.drive(K, 0.1, delay=0.3, duration=12).v, rtol=1e-12
        )


def test_swings():
    t = np.linspace(0, 60, 6001)
    assert (
        cruise.swings(np.exp(-0.1 * t) * np.sin(t)) < 1 < cruise.swings(np.exp(0.1 * t) * np.sin(t))
    )
