"""The changes and features of chapter 7, against NumPy's and SciPy's, and what they promise."""

import numpy as np
import pytest
from scipy.fft import dct
from scipy.signal import correlate2d

from dlcore.datasets import digits
from dlcore.teaching.chapters import features

rng = np.random.default_rng(0)
IMAGES = digits()[0][:40].reshape(-1, 8, 8)
PHOTO = rng.random((80, 90))


def test_changes():
    padded = np.pad(IMAGES, ((0, 0), (0, 0), (1, 0)))[:, :, :8]
    np.testing.assert_allclose(features.moved(IMAGES, right=1), padded, atol=1e-12)
    np.testing.assert_allclose(
        features.moved(IMAGES, right=0.25), 0.75 * IMAGES + 0.25 * padded, atol=1e-12
    )
    np.testing.assert_allclose(features.moved(IMAGES, down=-1)[:, :7], IMAGES[:, 1:], atol=1e-12)
    np.testing.assert_allclose(
        features.turned(IMAGES, 90), np.rot90(IMAGES, axes=(1, 2)), atol=1e-12
    )
    np.testing.assert_allclose(features.turned(IMAGES, 0), IMAGES, atol=1e-12)
    np.testing.assert_allclose(features.shrunk(IMAGES, 1.0), IMAGES, atol=1e-12)
    square = np.zeros((1, 8, 8))
    square[:, 2:6, 2:6] = 1
    assert features.shrunk(square, 0.5).sum() == pytest.approx(4)
    np.testing.assert_array_equal(features.dimmed(IMAGES, 0.5), IMAGES / 2)
    blot = features.blotted(IMAGES, 2)
    assert (blot[:, :2, :2] == 1).all() and (blot[:, 2:] == IMAGES[:, 2:]).all()


def test_simple_features():
    np.testing.assert_allclose(features.ink(IMAGES)[:, 0], IMAGES.mean(axis=(1, 2)))
    symmetric = IMAGES + IMAGES[:, :, ::-1]
    np.testing.assert_allclose(features.ink(symmetric)[:, 1], 0, atol=1e-12)
    lines = features.projections(IMAGES)
    np.testing.assert_allclose(lines[:, :8].sum(axis=1), lines[:, 8:].sum(axis=1))
    np.testing.assert_array_equal(features.blurred(IMAGES, 0.0), IMAGES.reshape(-1, 64))
    assert features.pooled(IMAGES).shape == (40, 16)
    np.testing.assert_allclose(features.pooled(IMAGES)[:, 0], IMAGES[:, :2, :2].mean(axis=(1, 2)))


def test_gradients_are_central_differences():
    length, angle = features.gradients(IMAGES)
    down, right = np.gradient(IMAGES, axis=(1, 2))
    inside = (slice(None), slice(1, -1), slice(1, -1))
    np.testing.assert_allclose((length * np.cos(angle))[inside], right[inside], atol=1e-12)
    np.testing.assert_allclose((length * np.sin(angle))[inside], -down[inside], atol=1e-12)


def test_orientations_ignore_the_light_and_turn_with_the_picture():
    h = features.orientations(IMAGES)
    assert h.shape == (40, 32)
    np.testing.assert_allclose(np.linalg.norm(h, axis=1), 1)
    np.testing.assert_allclose(features.orientations(0.3 * IMAGES), h, atol=1e-12)
    lighter, as_it_is = (features.orientations(i, border="edge") for i in (IMAGES + 0.5, IMAGES))
    np.testing.assert_allclose(lighter, as_it_is, atol=1e-9)
    quarter = features.orientations(np.rot90(IMAGES, axes=(1, 2)), bins=8, cells=1)
    np.testing.assert_allclose(
        quarter, np.roll(features.orientations(IMAGES, cells=1), 2, axis=1), atol=1e-12
    )


def test_every_pixel_votes_with_its_length():
    length, _ = features.gradients(IMAGES)
    h = features.orientations(IMAGES, bins=6, cells=1)
    scale = length.sum(axis=(1, 2)) / h.sum(axis=1)  # the division by the length of the list
    votes = h * scale[:, None]
    np.testing.assert_allclose(votes.sum(axis=1), length.sum(axis=(1, 2)))
    ramp = np.tile(np.arange(8.0), (1, 8, 1))
    inner = features.gradients(ramp)[1][0, 1:-1, 1:-1]
    np.testing.assert_array_equal(inner, 0)  # brighter to the right: direction 0


def test_a_patch_turns_with_the_camera():
    seen = features.patch(PHOTO, 39.5, 44.5)
    np.testing.assert_allclose(seen, PHOTO[24:56, 29:61], atol=1e-12)
    quarter = features.patch(PHOTO, 39.5, 44.5, 90)
    assert any(np.allclose(quarter, np.rot90(seen, k)) for k in (1, 3))


def test_the_descriptor_undoes_the_camera_and_the_light():
    for place in ((39.5, 44.5), (30.5, 40.5)):
        one = features.descriptor(PHOTO, *place)
        assert np.linalg.norm(one) == pytest.approx(1) and one.shape == (128,)
        np.testing.assert_allclose(features.descriptor(0.4 * PHOTO, *place), one, atol=1e-9)
        np.testing.assert_allclose(features.descriptor(PHOTO + 0.3, *place), one, atol=1e-9)
        # a quarter turn carries pixels onto pixels, so that only the 36 bins round
        assert np.linalg.norm(features.descriptor(PHOTO, *place, 90) - one) < 0.05
        plain = features.descriptor(PHOTO, *place, upright=False)
        turned = features.descriptor(PHOTO, *place, 90, upright=False)
        assert np.linalg.norm(turned - plain) > 0.3


def test_the_detector_formula():
    """s₃ of chapter 7 is the correlation coefficient of patch and pixels."""
    p = PHOTO[10:15, 20:24]
    s = correlate2d(PHOTO, p - p.mean(), mode="valid")
    for i, j in ((0, 0), (10, 20), (33, 5)):
        x = PHOTO[i : i + 5, j : j + 4]
        s3 = s[i, j] / (np.linalg.norm(p - p.mean()) * np.linalg.norm(x - x.mean()))
        assert s3 == pytest.approx(np.corrcoef(p.ravel(), x.ravel())[0, 1])


def test_vowels():
    for name, formants in features.FORMANTS.items():
        sound = features.vowel(name, 100, n=16_000)
        assert np.mean(sound**2) == pytest.approx(1)
        power = np.abs(np.fft.rfft(sound)) ** 2  # bins of 1 Hz
        assert np.sum(power[100::100]) / np.sum(power) > 0.999  # overtones only
        near, between = (100 * round(f / 100) for f in (formants[1], sum(formants[1:]) / 2))
        assert power[near] > power[between]
    one = features.vowel("ee", 100, n=1600)  # ten periods
    np.testing.assert_allclose(features.vowel("ee", 100, 0.001, 1600), np.roll(one, -16), atol=1e-9)


def test_mel_filters_share_every_frequency():
    filters = features.mel_filters()
    assert filters.shape == (26, 513) and (filters >= 0).all()
    f = np.fft.rfftfreq(1024, 1 / features.RATE)
    tops = f[filters.argmax(axis=1)]
    inside = (f > tops[0] + 20) & (f < tops[-1] - 200)
    np.testing.assert_allclose(filters.sum(axis=0)[inside], 1, atol=1e-9)
    assert features.mel(0) == 0 and (np.diff(tops) > 0).all()


def test_mfcc_is_the_cosine_transform():
    sounds = rng.normal(size=(3, 1024))
    power = np.abs(np.fft.rfft(sounds * np.hamming(1024), axis=1)) ** 2
    log = np.log(power @ features.mel_filters().T + 1e-6)
    np.testing.assert_allclose(features.mfcc(sounds), dct(log, type=2, axis=1)[:, 1:13] / 2)
    np.testing.assert_allclose(features.mfcc(2 * sounds), features.mfcc(sounds), atol=1e-3)
