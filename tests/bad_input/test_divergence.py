"""Training that diverges: caught, explained, and the history is kept."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlcore.backend import to_numpy
from dlcore.history import DivergedError
from dlcore.losses import Huber, MeanAbsoluteError, MeanSquaredError
from dlcore.network import MLP
from dlcore.normalization import BatchNorm
from dlcore.optimizers import Adam, GradientDescent, Momentum
from dlcore.training import fit

from .refusal import WHERE, array, snapshot
from .test_refusals import repeatable


def diverge(where, lr, epochs=200, **settings):
    net = MLP([2, 1]).to(where)
    X, y = 100 * array(where, 6, 2), array(where, 6, 1)
    arguments = dict(loss=MeanSquaredError(), optimizer=GradientDescent(net.theta, lr), X=X, y=y)
    before = snapshot((X, y))
    with pytest.raises(DivergedError) as caught:
        fit(net, **arguments, epochs=epochs, progress=False, **settings)
    assert snapshot((X, y)) == before
    return caught.value


@pytest.mark.parametrize("where", WHERE)
@repeatable
@given(lr=st.floats(10, 1e6), batch_size=st.sampled_from([None, 1, 4]))
def test_divergence_is_caught_and_explained_and_the_history_kept(where, lr, batch_size):
    error = diverge(where, lr, batch_size=batch_size)
    history, message = error.history, str(error)
    assert isinstance(error, ArithmeticError) and error.step == history.diverged >= 1
    assert f"no longer finite at step {error.step}, epoch {history.epochs}" in message
    assert f"try a smaller learning rate (it is {lr:g})" in message and ".history" in message
    assert all(math.isfinite(J) for J in history.loss[:-1])
    assert not math.isfinite(history.loss[-1])
    if where != "cuda":  # there the loss is read once in an epoch
        assert history.steps == error.step - 1
    steps = 1 if batch_size is None else math.ceil(6 / batch_size)
    assert history.epochs == (error.step - 1) // steps + 1


@pytest.mark.parametrize("where", WHERE)
def test_what_was_recorded_before_is_what_a_shorter_training_records(where):
    long = diverge(where, 10.0, batch_size=None)
    net = MLP([2, 1]).to(where)
    short = fit(
        net,
        MeanSquaredError(),
        GradientDescent(net.theta, 10.0),
        100 * array(where, 6, 2),
        array(where, 6, 1),
        epochs=long.step - 1,
        batch_size=None,
        progress=False,
    )
    assert short.loss == long.history.loss[:-1] and len(short.loss) > 2


@pytest.mark.parametrize("where", WHERE)
def test_a_stack_goes_on_until_its_last_network_has_diverged(where):
    def train(rates):
        net = MLP([2, 1], copies=2, seed=[0, 0], dtype="float64").to(where)
        lr = 0 * net.theta[:, :1]
        lr[0], lr[1] = rates
        X, y = 10 * array(where, 6, 2), array(where, 6, 1)
        optimizer = GradientDescent(net.theta, lr)
        return fit(net, MeanSquaredError(), optimizer, X, y, epochs=300, progress=False), net

    history, net = train([1e6, 1e-3])
    assert history.diverged[0] > 0 and history.diverged[1] == 0 and history.epochs == 300
    assert np.isfinite(history.loss[-1]).tolist() == [False, True]
    assert np.isfinite(to_numpy(net.theta)).all(axis=-1).tolist() == [False, True]
    with pytest.raises(DivergedError) as caught:
        train([1e6, 1e5])
    assert (caught.value.history.diverged > 0).all()
    assert caught.value.step == caught.value.history.diverged.max()


@pytest.mark.parametrize("optimizer", [GradientDescent, Momentum, Adam])
@pytest.mark.parametrize("loss", [MeanSquaredError(), MeanAbsoluteError(), Huber()], ids=str)
def test_a_schedule_that_leaves_all_bounds(optimizer, loss):
    net = MLP([2, 3, 1], activation="relu")
    optimizer = optimizer(net.theta, lr=lambda t: 1e38 if t < 4 else math.inf)
    with pytest.raises(DivergedError) as caught:
        fit(net, loss, optimizer, array("numpy", 8, 2), array("numpy", 8, 1), progress=False)
    assert caught.value.history.epochs >= 1 and "it is" not in str(caught.value)


@pytest.mark.parametrize("where", WHERE)
def test_the_checks_of_fit_leave_even_the_random_states_alone(where):
    """What fit rehearses before it starts is done on a copy: it draws nothing."""
    from dlcore.layers import Linear
    from dlcore.network import Network
    from dlcore.noise import Dropout

    def network():
        return Network(Linear(2, 4), BatchNorm(4), Dropout(0.5), Linear(4, 1)).to(where)

    first, second = network(), network()
    with pytest.raises(ValueError, match="BatchNorm.*got 1"):
        fit(
            first,
            MeanSquaredError(),
            GradientDescent(first.theta),
            array(where, 5, 2),
            array(where, 5, 1),
            batch_size=4,
            progress=False,
        )
    for net in (first, second):
        fit(
            net,
            MeanSquaredError(),
            GradientDescent(net.theta),
            array(where, 6, 2),
            array(where, 6, 1),
            batch_size=3,
            epochs=2,
            progress=False,
        )
    assert snapshot(first) == snapshot(second)
