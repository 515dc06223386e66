"""Pictures and sounds that change without changing their meaning, and features made by hand.

    moved, turned, shrunk, dimmed, blotted    the same digit, changed: (N, 8, 8) -> (N, 8, 8)
    ink, projections, blurred, pooled,        what a digit is described by:
    orientations                              (N, 8, 8) -> (N, features)
    descriptor                                one patch of a photo: orientations, turned upright
    vowel, mel_filters, mfcc                  a sound, and what speech recognition made of it

Pictures have their ink in [0, 1] and a dark ground of 0.
"""

from typing import Literal

import numpy as np
from scipy.ndimage import affine_transform, gaussian_filter, map_coordinates, shift

from dlcore.backend import Array

Border = Literal["constant", "edge"]

# ---------------------------------------------------------------- changes


def moved(images: Array, right: float = 0, down: float = 0) -> np.ndarray:
    """Moved by so many pixels; what leaves the picture is lost, and nothing comes in."""
    return shift(np.asarray(images, dtype=float), (0, down, right), order=1)


def _about_the_centre(images, matrix):
    """Each picture, looked up at matrix · (row, column), both measured from the centre."""
    images = np.asarray(images, dtype=float)
    centre = (np.array(images.shape[1:]) - 1) / 2
    offset = centre - matrix @ centre
    return np.stack([affine_transform(image, matrix, offset, order=1) for image in images])


def turned(images: Array, degrees: float) -> np.ndarray:
    """Turned about the centre, anticlockwise."""
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return _about_the_centre(images, np.array([[c, s], [-s, c]]))


def shrunk(images: Array, factor: float) -> np.ndarray:
    """Drawn ``factor`` times as large, about the centre."""
    return _about_the_centre(images, np.eye(2) / factor)


def dimmed(images: Array, factor: float) -> np.ndarray:
    """Less light: every pixel times ``factor``."""
    return factor * np.asarray(images, dtype=float)


def blotted(images: Array, size: int) -> np.ndarray:
    """A square blot of ``size`` × ``size`` pixels of full ink in the top left corner."""
    changed = np.array(images, dtype=float)
    changed[:, :size, :size] = 1
    return changed


# ---------------------------------------------------------------- features of a digit


def ink(images: Array) -> np.ndarray:
    """Two numbers: the mean ink, and how much the picture differs from its mirror image."""
    mirror = np.abs(images - images[:, :, ::-1])
    return np.stack([images.mean(axis=(1, 2)), mirror.mean(axis=(1, 2))], axis=1)


def projections(images: Array) -> np.ndarray:
    """The ink of each row and of each column: 16 numbers."""
    return np.concatenate([images.sum(axis=2), images.sum(axis=1)], axis=1)


def blurred(images: Array, sigma: float = 1.0) -> np.ndarray:
    """The picture under a Gaussian of width σ, pixel by pixel: 64 numbers."""
    soft = gaussian_filter(images, (0, sigma, sigma), mode="constant") if sigma else images
    return np.reshape(soft, (len(images), -1))


def pooled(images: Array, size: int = 2) -> np.ndarray:
    """The mean of each square of ``size`` × ``size`` pixels: (8/size)² numbers."""
    n = 8 // size
    return images.reshape(-1, n, size, n, size).mean(axis=(2, 4)).reshape(-1, n * n)


def gradients(images: Array, border: Border = "constant") -> tuple[np.ndarray, np.ndarray]:
    """The slope of the ink: its length, and its direction in [0, 2π), at every pixel.

    ``border``: what surrounds a picture, the empty ground (0) of a digit or, with "edge", its own
    last pixels once more, as suits a part of a photo.
    """
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)), mode=border)
    right = (padded[:, 1:-1, 2:] - padded[:, 1:-1, :-2]) / 2
    down = (padded[:, 2:, 1:-1] - padded[:, :-2, 1:-1]) / 2
    return np.sqrt(right**2 + down**2), np.arctan2(-down, right) % (2 * np.pi)


def orientations(
    images: Array, bins: int = 8, cells: int = 2, border: Border = "constant"
) -> np.ndarray:
    """Histograms of gradient directions in cells × cells parts: cells² · bins numbers, length 1.

    Each pixel votes with the length of its gradient, shared by the two nearest directions.
    """
    length, angle = gradients(images, border)
    place = angle / (2 * np.pi) * bins
    low = np.floor(place).astype(int)
    share = place - low
    votes = np.zeros((*images.shape, bins))
    grid = np.indices(images.shape)
    votes[(*grid, low % bins)] += length * (1 - share)
    votes[(*grid, (low + 1) % bins)] += length * share
    N, H, W = images.shape
    cell = votes.reshape(N, cells, H // cells, cells, W // cells, bins).sum(axis=(2, 4))
    flat = cell.reshape(N, -1)
    return flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-9)


# ---------------------------------------------------------------- a patch of a photo


def patch(
    photo: Array, row: float, column: float, degrees: float = 0, size: int = 32
) -> np.ndarray:
    """size × size pixels around a place of a grey photo (H, W), the camera turned by an angle."""
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    down, right = np.indices((size, size)) - (size - 1) / 2
    at = np.stack([row + c * down - s * right, column + s * down + c * right])
    return map_coordinates(photo, at, order=1, mode="nearest")


def main_direction(patch: Array) -> float:
    """The direction, in degrees, in which most of the patch's gradient points (36 bins)."""
    size = len(patch)
    down, right = np.indices((size, size)) - (size - 1) / 2
    window = np.exp(-(down**2 + right**2) / (2 * (size / 4) ** 2))
    length, angle = gradients(patch[None])
    inside = slice(1, -1)  # the border has no neighbours
    votes, edges = np.histogram(
        angle[0, inside, inside],
        bins=36,
        range=(0, 2 * np.pi),
        weights=(window * length[0])[inside, inside],
    )
    smooth = votes + np.roll(votes, 1) + np.roll(votes, -1)
    return float(np.rad2deg(edges[smooth.argmax()] + np.pi / 36))


def descriptor(
    photo: Array, row: float, column: float, degrees: float = 0, upright: bool = True
) -> np.ndarray:
    """A patch as 4 × 4 histograms of 8 gradient directions: 128 numbers of length 1.

    ``upright`` first turns the patch by its own main direction, so that the camera's angle cancels.
    After Lowe 2004, without his search for the places and the scale.
    """
    seen = patch(photo, row, column, degrees, size=64)  # what the turned camera sees, and no more
    middle = (31.5, 31.5)
    turn = main_direction(patch(seen, *middle)) if upright else 0
    histogram = orientations(patch(seen, *middle, turn)[None], bins=8, cells=4, border="edge")[0]
    clipped = np.minimum(histogram, 0.2)  # no single edge may decide alone
    return clipped / np.linalg.norm(clipped)


# ---------------------------------------------------------------- a vowel

RATE = 16_000  # samples in a second
FORMANTS = {"ee": (270, 2290, 3010), "ah": (730, 1090, 2440), "oo": (300, 870, 2240)}  # Hz


def vowel(name: str, pitch: float, delay: float = 0.0, n: int = 1024) -> np.ndarray:
    """n samples of a vowel: the overtones of ``pitch`` (Hz), loud near the formants, mean square 1.

    ``delay`` is how far the sound has gone on when the recording begins, in seconds.
    """
    f = pitch * np.arange(1, int(RATE / 2 / pitch))[:, None]
    loudness = pitch / f  # of the vocal cords, falling with the frequency
    for F, width in zip(FORMANTS[name], (80, 100, 120), strict=True):
        loudness = loudness * F**2 / np.sqrt((F**2 - f**2) ** 2 + (width * f) ** 2)
    t = np.arange(n) / RATE + delay
    sound = np.sum(loudness * np.sin(2 * np.pi * f * t), axis=0)
    return sound / np.sqrt(np.mean(sound**2))


def mel(f: Array) -> Array:
    """Frequency in hertz to pitch in mel, nearly logarithmic above 700 Hz."""
    return 2595 * np.log10(1 + np.asarray(f) / 700)


def mel_filters(M: int = 26, n: int = 1024) -> np.ndarray:
    """M triangles, equally far apart in mel, over the n/2 + 1 frequencies of a spectrum."""
    hertz = 700 * (10 ** (np.linspace(0, mel(RATE / 2), M + 2) / 2595) - 1)
    f = np.fft.rfftfreq(n, 1 / RATE)
    low, top, high = hertz[:-2, None], hertz[1:-1, None], hertz[2:, None]
    return np.clip(np.minimum((f - low) / (top - low), (high - f) / (high - top)), 0, None)


def mfcc(sounds: Array, M: int = 26, keep: int = 12) -> np.ndarray:
    """c_k = Σ_m ln(S_m) cos(πk/M (m − ½)), k = 1 … keep: (N, n) sounds -> (N, keep).

    S_m is the power that the m-th mel filter lets through.
    """
    sounds = np.atleast_2d(sounds)
    n = sounds.shape[1]
    power = np.abs(np.fft.rfft(sounds * np.hamming(n), axis=1)) ** 2
    S = power @ mel_filters(M, n).T
    m, k = np.arange(1, M + 1)[:, None], np.arange(1, keep + 1)
    return np.log(S + 1e-6) @ np.cos(np.pi * k / M * (m - 0.5))
