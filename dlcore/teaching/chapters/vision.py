"""Photos, filters, convolutional networks and what they are probed with (chapter 19).

I = photo("china")                                  # grey, (H, W), in [0, 1]
z = filtered(I, gabor(9, angle=45))                 # a Conv2d with this kernel
net = convnet(seeds)                                # a stack for the digits
receptive_field([(3, 1), (3, 2), (3, 1)])           # 9
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter

from dlcore.datasets import digits, split
from dlcore.images import Conv2d, Flatten, MaxPool2d, Unflatten
from dlcore.layers import Activation, Linear
from dlcore.losses import SoftmaxCrossEntropy
from dlcore.network import MLP, Network
from dlcore.optimizers import Adam
from dlcore.teaching.chapters.features import moved
from dlcore.training import fit

PHOTOS = ("china", "flower")


@lru_cache
def photo(name: str, step: int = 2) -> np.ndarray:
    """One of scikit-learn's two photos in grey, (H, W) in [0, 1]: means of step × step pixels.
    Both are under CC BY 2.0: china.jpg by danielbuechele, flower.jpg by vultilion."""
    from sklearn.datasets import load_sample_image

    I = load_sample_image(f"{name}.jpg").astype(float).mean(axis=2) / 255
    H, W = (n // step * step for n in I.shape)
    return I[:H, :W].reshape(H // step, step, W // step, step).mean(axis=(1, 3))


def log_polar(I: np.ndarray, row: float, column: float, rings: int = 90, rays: int = 180) -> Any:
    """(rings, rays): what lies at log-spaced distances from a point, in all directions."""
    r = np.geomspace(2, min(I.shape) / 2, rings)[:, None]
    phi = np.linspace(0, 2 * np.pi, rays, endpoint=False)
    i = np.clip(np.round(row - r * np.sin(phi)), 0, I.shape[0] - 1).astype(int)
    j = np.clip(np.round(column + r * np.cos(phi)), 0, I.shape[1] - 1).astype(int)
    return I[i, j]


def centre_surround(I: np.ndarray, size: float) -> np.ndarray:
    """Centre minus surround: I blurred a little, minus I blurred three times as far."""
    return gaussian_filter(I, size) - gaussian_filter(I, 3 * size)


def normalised(I: np.ndarray, size: float, eps: float = 0.02) -> np.ndarray:
    """(I − μ)/(σ + ε) with the mean and the standard deviation of the neighbourhood."""
    mean = gaussian_filter(I, size)
    std = np.sqrt(np.maximum(gaussian_filter(I * I, size) - mean * mean, 0))
    return (I - mean) / (std + eps)


def autocorrelation(I: np.ndarray, far: int = 20) -> np.ndarray:
    """The correlation of pixels that lie 1, 2, … far places apart, to the right."""
    return np.array(
        [np.corrcoef(I[:, :-d].ravel(), I[:, d:].ravel())[0, 1] for d in range(1, far + 1)]
    )


def kurtosis(a: np.ndarray) -> np.ndarray:
    """E[(a − μ)⁴]/σ⁴ over the first axis: 3 for the normal law, more for long tails."""
    a = a - a.mean(axis=0)
    return (a**4).mean(axis=0) / (a**2).mean(axis=0) ** 2


def gabor(size: int, angle: float, wave: float = 6.0, phase: float = 0.0) -> np.ndarray:
    """K = exp(−(v² + u²/2)/(2σ²)) cos(2π v/λ + phase) with σ = λ/3, then mean 0 and length 1.

    u counts pixels along a line of this angle (in degrees), v across it; λ is the wave.
    Shape: (size, size).  The usual model of a simple cell, section 19.1."""
    half, phi = (size - 1) / 2, np.radians(angle)
    y, x = np.mgrid[half : -half - 1 : -1, -half : half + 1]
    along = x * np.cos(phi) + y * np.sin(phi)
    across = y * np.cos(phi) - x * np.sin(phi)
    K = np.exp(-(across**2 + along**2 / 2) / (2 * (wave / 3) ** 2))
    K = K * np.cos(2 * np.pi * across / wave + phase)
    K = K - K.mean()
    return K / np.linalg.norm(K)


def filtered(I: np.ndarray, *kernels: np.ndarray) -> np.ndarray:
    """(K, H', W'): a picture under K kernels of one size, by a Conv2d without a border."""
    W = np.stack(kernels)[:, None]
    layer = Conv2d(1, len(W), W.shape[-2:])
    return layer.forward([W, np.zeros((1, len(W)))], I[None, None])[0][0]


def convolution_matrix(kernel: np.ndarray, H: int, W: int, padding: int = 0) -> np.ndarray:
    """The matrix M with M I.ravel() = the convolution of I (H, W): one column for each pixel."""
    pixels = np.eye(H * W).reshape(H * W, 1, H, W)
    layer = Conv2d(1, 1, kernel.shape, padding=padding)
    z = layer.forward([kernel[None, None], np.zeros((1, 1))], pixels)[0]
    return z.reshape(H * W, -1).T


def receptive_field(layers: Sequence[tuple[int, int]]) -> int:
    """How many pixels one unit sees, through layers of (kernel k, stride s): 1 + Σ (k − 1) Π s."""
    r, jump = 1, 1
    for k, s in layers:
        r, jump = r + (k - 1) * jump, jump * s
    return r


def footprint(
    layers: Sequence[tuple[int, int]], size: int = 41, draws: int = 200, seed: int = 0
) -> np.ndarray:
    """(size,): how strongly the pixels of a row move one middle unit, the root mean square of its
    gradient over networks of ReLU layers with random weights (16 channels)."""
    net_layers: list = [Unflatten(1, 1, size)]
    c, width = 1, size
    for k, s in layers:
        net_layers += [Conv2d(c, 16, (1, k), stride=(1, s), init="he"), Activation("relu")]
        c, width = 16, (width - k) // s + 1
    net = Network(*net_layers, Flatten(16, 1, width), seed=seed, copies=draws)
    x = np.random.default_rng(seed).standard_normal((1, size)).astype("float32")
    out, caches = net.forward(x)
    g = np.zeros_like(out).reshape(draws, 1, 16, width)
    g[:, :, 0, width // 2] = 1
    g = g.reshape(out.shape)
    for l in reversed(range(len(net.layers))):
        g = net.layers[l].input_grad(net.params[l], caches[l], g)
    total = np.sqrt((np.reshape(g, (draws, size)) ** 2).mean(axis=0))
    return total / total.max()


# ------------------------------------------------------------------------------ networks for digits


@lru_cache
def data(seed: int = 0) -> tuple:
    """Training and test digits: X_train, X_test, y_train, y_test."""
    X, y = digits()
    X_train, X_test, y_train, y_test = split(X, y, test=0.25, seed=seed)
    return X_train.astype("float32"), X_test.astype("float32"), y_train, y_test


def shifted(X: np.ndarray, down: int = 0, right: int = 0) -> np.ndarray:
    """Rows of 64 pixels as pictures moved by so many pixels; what leaves the frame is lost."""
    return moved(X.reshape(-1, 8, 8), right, down).reshape(X.shape).astype(X.dtype)


def neighbours(X: np.ndarray, by: int) -> list:
    """The four moves by so many pixels: up, down, left, right."""
    return [shifted(X, d * by, r * by) for d, r in ((-1, 0), (1, 0), (0, -1), (0, 1))]


def convnet(seeds: Sequence[int], channels: tuple = (8, 16), pool: bool = True) -> Network:
    """Two convolutions with ReLU and maximum, and a linear layer: 1898 parameters as it stands."""
    layers: list = [Unflatten(1, 8, 8)]
    c, side = 1, 8
    for c_out in channels:
        layers += [Conv2d(c, c_out, 3, padding=1, init="he"), Activation("relu")]
        layers += [MaxPool2d(2)] if pool else []
        c, side = c_out, side // 2 if pool else side
    layers += [Flatten(c, side, side), Linear(c * side * side, 10)]
    return Network(*layers, seed=list(seeds), copies=len(seeds))


def dense(seeds: Sequence[int], hidden: Sequence[int] = (25,)) -> Network:
    """An MLP for the same digits: 1885 parameters as it stands."""
    return MLP([64, *hidden, 10], "relu", init="he", seed=list(seeds), copies=len(seeds))


def train(
    net: Network, X: np.ndarray, y: np.ndarray, rate: float = 0.01, epochs: int = 20,
    batch_size: int = 64, progress: bool = False,
) -> Network:  # fmt: skip
    """Adam, cross-entropy; the same network, trained."""
    rates: Any = np.full((net.copies, 1), np.float32(rate)) if net.copies else rate
    fit(net, SoftmaxCrossEntropy(), Adam(net.theta, lr=rates), X, y, epochs=epochs,
        batch_size=batch_size, progress=progress)  # fmt: skip
    return net


def activations(net: Network, X: np.ndarray) -> list:
    """What leaves every layer, as (…, N, numbers)."""
    a, found = net.convert(X), []
    for layer, params in zip(net.layers, net.params, strict=True):
        a = layer.forward(params, a)[0]
        copies = (net.copies,) if net.copies and a.shape[0] == net.copies and a.ndim > 2 else ()
        found.append(a.reshape(*copies, len(X), -1))
    return found


def selectivity(a: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The share of the variance of activations (…, N, d) that lies between the classes."""
    total = a.var(axis=-2).sum(axis=-1)
    means = np.stack([a[..., y == k, :].mean(axis=-2) for k in range(10)], axis=-2)
    share = np.bincount(y, minlength=10) / len(y)
    middle = a.mean(axis=-2, keepdims=True)
    between = (share[:, None] * (means - middle) ** 2).sum(axis=(-2, -1))
    return between / total


def change(a: np.ndarray, moved: np.ndarray) -> np.ndarray:
    """How far a move carries the activations, against the distance to another sample: the mean of
    ‖a(moved) − a‖² over that of two different samples."""
    own = ((a - moved) ** 2).sum(axis=-1).mean(axis=-1)
    others = 2 * a.var(axis=-2).sum(axis=-1)  # the mean squared distance of two samples
    return own / others


def occluded(X: np.ndarray, size: int, seed: int = 0) -> np.ndarray:
    """Rows of 64 pixels, each with a square of size × size pixels wiped out at a random place."""
    rng, hidden = np.random.default_rng(seed), X.reshape(-1, 8, 8).copy()
    i, j = rng.integers(0, 9 - size, (2, len(X), 1, 1))
    row, column = np.arange(8)[:, None], np.arange(8)
    hidden[(row >= i) & (row < i + size) & (column >= j) & (column < j + size)] = 0
    return hidden.reshape(len(X), 64)


def tones(n: int, length: int = 64, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """(n, length): a short tone somewhere in noise, which rises (1) or falls (0) in pitch."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    t = np.arange(length) - rng.uniform(0.25, 0.75, (n, 1)) * length
    turn = np.where(y == 1, 1, -1)[:, None] * t / 16
    wave = np.cos(2 * np.pi * (0.22 + 0.1 * turn) * t + rng.uniform(0, 2 * np.pi, (n, 1)))
    X = wave * np.exp(-((t / 8) ** 2)) + 0.3 * rng.standard_normal((n, length))
    return X.astype("float32"), y


# ------------------------------------------------------------------------------ a class per pixel

PAPER = 10  # the class of a pixel without ink


def segmenter(seeds: Sequence[int], width: int = 16) -> Network:
    """Scores for the eleven classes at every pixel of pictures (N, 1, H, W), of any H and W."""
    return Network(
        Conv2d(1, width, 3, padding=1, init="he"), Activation("relu"),
        Conv2d(width, width, 3, padding=1, init="he"), Activation("relu"),
        Conv2d(width, 2 * width, 5, padding=2, init="he"), Activation("relu"),
        Conv2d(2 * width, 11, 1), seed=list(seeds), copies=len(seeds))  # fmt: skip


def marked(X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pictures (N, 1, 8, 8) and the class of each pixel, (N, 8, 8): its digit's if it is ink, that
    is above ½, else PAPER."""
    images = X.reshape(-1, 1, 8, 8)
    return images, np.where(images[:, 0] > 0.5, y[:, None, None], PAPER)


def side_by_side(a: np.ndarray) -> np.ndarray:
    """(N, …, H, 2 W): each picture, or its classes, with the one before it to its right."""
    return np.concatenate([a, np.roll(a, 1, axis=0)], axis=-1)


def pixel_gradient(net: Network, images: np.ndarray, classes: np.ndarray) -> Any:
    """∇J for the mean J of −ln p over the pixels of all pictures."""
    out, caches = net.forward(net.convert(images), train=True)
    z = np.moveaxis(out, -3, -1)  # the scores of a pixel side by side
    rows = z.reshape(*z.shape[:-4], -1, z.shape[-1])  # and the pixels one below the other
    g = SoftmaxCrossEntropy().grad(rows, classes.ravel()).reshape(z.shape)
    return net.backward(np.moveaxis(g, -1, -3), caches)


def segment(net: Network, images: np.ndarray, classes: np.ndarray, rate: float = 0.01,
            epochs: int = 12, batch: int = 32, seed: int = 0) -> Network:  # fmt: skip
    """Adam along a cosine; the same network, trained."""
    steps, rng = epochs * (len(images) // batch), np.random.default_rng(seed)
    adam = Adam(net.theta, lr=lambda t: np.float32(rate * (1 + np.cos(np.pi * t / steps)) / 2))
    for _ in range(epochs):
        for rows in rng.permutation(len(images))[: steps // epochs * batch].reshape(-1, batch):
            adam.step(pixel_gradient(net, images[rows], classes[rows]))
    return net


def pixel_classes(net: Network, images: np.ndarray) -> np.ndarray:
    """The likeliest class of every pixel."""
    return np.argmax(net(net.convert(images)), axis=-3)


# ------------------------------------------------------------------------------ patches of photos


def patches(images: Sequence[np.ndarray], size: int, n: int, seed: int = 0) -> np.ndarray:
    """(n, size²): random cuttings of the pictures, each minus its mean."""
    rng, cut = np.random.default_rng(seed), []
    for k in range(n):
        I = images[k % len(images)]
        i, j = rng.integers(0, I.shape[0] - size + 1), rng.integers(0, I.shape[1] - size + 1)
        cut.append(I[i : i + size, j : j + size].ravel())
    X = np.array(cut)
    return X - X.mean(axis=1, keepdims=True)


def random_phases(I: np.ndarray, seed: int = 0) -> np.ndarray:
    """The picture with the same strength of every wave and with random phases."""
    noise = np.random.default_rng(seed).standard_normal(I.shape)
    phase = np.exp(1j * np.angle(np.fft.fft2(noise)))
    return np.real(np.fft.ifft2(np.abs(np.fft.fft2(I)) * phase))


def principal_axes(X: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """The n directions of largest variance (n, d), and these variances."""
    values, vectors = np.linalg.eigh(np.cov(X.T))
    order = np.argsort(values)[::-1][:n]
    return vectors[:, order].T, values[order]


def independent_components(X: np.ndarray, n: int, steps: int = 60, seed: int = 0) -> np.ndarray:
    """Filters (n, d) whose answers are as long-tailed as can be: whiten, then the fixed point
    w ← E[z g(wᵀz)] − E[g'(wᵀz)] w with g = tanh, for all at once, made orthogonal at each step."""
    V, variances = principal_axes(X, n)
    whiten = V / np.sqrt(variances)[:, None]
    Z = X @ whiten.T
    W = np.linalg.qr(np.random.default_rng(seed).standard_normal((n, n)))[0]
    for _ in range(steps):
        A = np.tanh(Z @ W.T)
        W = A.T @ Z / len(Z) - (1 - A * A).mean(axis=0)[:, None] * W
        U, _, Vt = np.linalg.svd(W)
        W = U @ Vt
    return W @ whiten


def as_seen(filters: np.ndarray, X: np.ndarray) -> np.ndarray:
    """The patches that filters (n, d) stand for: filters times the covariance of the pixels."""
    return filters @ np.cov(X.T)


def oriented(filters: np.ndarray, size: int) -> np.ndarray:
    """The share of a filter's squared strength in waves within 30° of their mean angle: (n,)."""
    F = np.abs(np.fft.fft2(filters.reshape(-1, size, size), s=(32, 32))) ** 2
    f = np.fft.fftfreq(32)
    angle = np.arctan2(f[:, None], f[None, :])
    power = F.reshape(len(F), -1)
    mean = (power * np.exp(2j * angle.ravel())).sum(axis=1)
    gap = np.abs(np.angle(np.exp(2j * angle.ravel()) * np.exp(-1j * np.angle(mean))[:, None])) / 2
    return (power * (gap <= np.pi / 6)).sum(axis=1) / power.sum(axis=1)
