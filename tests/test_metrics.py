import numpy as np
import pytest

from dlcore import metrics
from dlcore.backend import asarray, namespace, to_numpy
from dlcore.metrics import accuracy, calibration, confusion_matrix, top_k_accuracy

from .reference import backends

LOGITS = np.array([[2.0, 1.0, 0.0], [0.0, 0.0, 5.0], [1.0, 3.0, 2.0], [9.0, 0.0, -1.0]])
LABELS = np.array([0, 2, 1, 1])


def labels(values, like):
    return asarray(np.array(values), like, dtype=namespace(like).int64)


@backends
def test_accuracy(like):
    z, y = asarray(LOGITS, like), labels(LABELS, like)
    assert float(accuracy(z, y)) == 0.75
    stack = accuracy(asarray(np.stack([LOGITS, -LOGITS]), like), y)
    assert to_numpy(stack).tolist() == [0.75, 0.0]
    binary = asarray([[0.1], [0.0], [-3.0], [2.0]], like)
    assert float(accuracy(binary, labels([1, 0, 1, 1], like))) == 0.75


@backends
def test_top_k(like):
    z, y = asarray(LOGITS, like), labels([0, 2, 2, 2], like)
    assert [float(top_k_accuracy(z, y, k)) for k in (1, 2, 3)] == [0.5, 0.75, 1.0]
    stack = top_k_accuracy(asarray(np.stack([LOGITS, -LOGITS]), like), y, 2)
    assert to_numpy(stack).tolist() == [0.75, 0.5]
    many = asarray(np.arange(6.0)[None, :], like)
    assert [float(top_k_accuracy(many, labels([c], like))) for c in (0, 1)] == [0.0, 1.0]  # k = 5
    assert [float(top_k_accuracy(many[:, :2], labels([1], like), k)) for k in (1, 2)] == [1.0, 1.0]
    for k in (0, 4):
        with pytest.raises(
            ValueError, match=f"top_k_accuracy: expected an integer k from 1 to 3, got {k}"
        ):
            top_k_accuracy(asarray(LOGITS[:2], like), labels([0, 2], like), k)
        with pytest.raises(
            ValueError, match=f"top_k_accuracy: expected an integer k from 1 to 3, got {k}"
        ):
            top_k_accuracy(asarray(np.stack([LOGITS] * 2), like), labels(LABELS, like), k)


@backends
def test_confusion_matrix(like):
    C = confusion_matrix(asarray(LOGITS, like), labels(LABELS, like))
    assert C.tolist() == [[1, 0, 0], [1, 1, 0], [0, 0, 1]]
    binary = asarray([[0.1], [0.0], [-3.0], [2.0]], like)
    assert confusion_matrix(binary, labels([1, 0, 1, 1], like)).tolist() == [[1, 0], [1, 2]]
    assert C.dtype.kind == "i" and C.shape == (3, 3)
    few = confusion_matrix(asarray(LOGITS[:2], like), labels(LABELS[:2], like))
    assert few.tolist() == [[1, 0, 0], [0, 0, 0], [0, 0, 1]]
    with pytest.raises(ValueError, match=r"expected y_hat of shape \(N, K\), got \(2, 4, 3\)"):
        confusion_matrix(asarray(np.stack([LOGITS] * 2), like), labels(LABELS, like))


@backends
def test_calibration(like):
    p = asarray([0.05, 0.05, 0.75, 0.75, 0.75, 0.75, 1.0], like)
    y = labels([0, 1, 1, 1, 1, 0, 1], like)
    (mean_p, share, count), error = calibration(p, y)
    assert count.tolist() == [2, 0, 0, 0, 0, 0, 0, 4, 0, 1]
    np.testing.assert_allclose(mean_p[[0, 7, 9]], [0.05, 0.75, 1.0])
    np.testing.assert_allclose(share[[0, 7, 9]], [0.5, 0.75, 1.0])
    assert np.isnan(mean_p[1]) and np.isnan(share[1])
    assert error == pytest.approx(2 / 7 * 0.45)
    assert len(calibration(p, y, bins=4)[0][0]) == 4
    (mean_p, share, count), error = calibration(p[:2], y[:2], bins=4)  # empty bins at the end
    assert count.tolist() == [2, 0, 0, 0] and len(mean_p) == len(share) == 4
    assert error == pytest.approx(0.45)
    assert calibration(asarray([0.0], like), labels([0], like))[1] == 0.0


@pytest.mark.parametrize(
    "p, y, message",
    [
        ([0.5], [1, 0], r"expected y of shape \(1,\), got \(2,\)"),
        ([], [], "N ≥ 1"),
        ([1.5], [1], r"^calibration: expected probabilities p in \[0, 1\], got 1.5 … 1.5"),
        ([-0.5], [1], r"probabilities p in \[0, 1\]"),
        ([0.5], [2], "labels y 0 and 1"),
        ([[0.5]], [[1]], r"got \(1, 1\)"),
    ],
)
def test_calibration_checks_its_input(p, y, message):
    with pytest.raises(ValueError, match=message):
        calibration(np.array(p), np.array(y))


@backends
def test_labels_are_checked_everywhere(like):
    z = asarray(LOGITS, like)
    for metric in (accuracy, top_k_accuracy, confusion_matrix):
        for bad in (labels([0, 1], like), asarray(LABELS, like), labels(LABELS, like)[:, None]):
            who = f"{metric.__name__}: expected integer labels y"
            with pytest.raises(ValueError, match=who):
                metric(z, bad)


@backends
def test_nan_is_no_score(like):
    z, y = asarray(LOGITS, like), labels(LABELS, like)
    z[1, :] = np.nan
    for metric in (accuracy, top_k_accuracy, confusion_matrix):
        with pytest.raises(ValueError, match=f"{metric.__name__}: expected scores y_hat, got NaN"):
            metric(z, y)
    stack = asarray(np.stack([LOGITS, LOGITS + np.nan]), like)  # the second has diverged
    assert to_numpy(accuracy(stack, y)).tolist() == [0.75, 0.25]


def test_a_stack_counts_its_classes_along_the_last_axis():
    rng = np.random.default_rng(5)
    y = np.array([0, 1, 1, 0])
    for K in (1, 3):
        stack = rng.standard_normal((2, 4, K))
        assert list(accuracy(stack, y)) == [accuracy(stack[0], y), accuracy(stack[1], y)]
    with pytest.raises(ValueError, match=r"labels 0 … 2 for 3 output\(s\), got 0 … 3"):
        accuracy(stack, np.arange(4))


@backends
def test_class_weights_are_balanced(like):
    from sklearn.utils.class_weight import compute_sample_weight

    y = np.array([0, 2, 2, 2, 0, 1, 2, 5])
    w = metrics.class_weights(asarray(y, like, dtype=namespace(like).int64))
    assert type(w) is type(like) and float(w.mean()) == pytest.approx(1)
    np.testing.assert_allclose(to_numpy(w), compute_sample_weight("balanced", y), rtol=1e-14)
    np.testing.assert_array_equal(metrics.class_weights(y.tolist()), to_numpy(w))
    for bad in (y[:, None], y + 0.5, y[:0]):
        with pytest.raises(ValueError, match=r"class_weights: expected integer labels y"):
            metrics.class_weights(bad)
