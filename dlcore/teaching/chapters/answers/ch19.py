"""The exercises of chapter 19: pictures."""

import numpy as np
from scipy.signal import correlate2d

from dlcore.images import Conv2d
from dlcore.teaching.exercises import Between, Exercise


def correlates(correlate):
    """19.4: equation (19.3) without bias and padding."""
    rng = np.random.default_rng(5)
    for C, K, k, H, right, stride in ((1, 1, 3, 6, 6, 1), (2, 3, 3, 8, 7, 1), (3, 2, 2, 9, 8, 2)):
        x, W = rng.standard_normal((C, H, right)), rng.standard_normal((K, C, k, k))
        parts = [[correlate2d(x[c], W[j, c], mode="valid") for c in range(C)] for j in range(K)]
        full = np.array(parts).sum(axis=1)
        wanted = full[:, ::stride, ::stride]
        given = np.asarray(correlate(x.copy(), W.copy(), stride), dtype=float)
        if given.shape != wanted.shape:
            if stride > 1 and given.shape == full.shape:
                return "With stride 2 this has the shape that belongs to stride 1."
            if given.shape == (K, H, right):
                return "Without padding the output is smaller than the picture."
            return f"Expected the shape {wanted.shape}, got {given.shape}."
        if np.allclose(given, wanted, rtol=0, atol=1e-12):
            continue
        turned = [
            [correlate2d(x[c], W[j, c, ::-1, ::-1], mode="valid") for c in range(C)]
            for j in range(K)
        ]
        if np.allclose(given, np.array(turned).sum(axis=1)[:, ::stride, ::stride]):
            return "This turns the kernel: a convolution in the mathematicians' sense."
        if np.allclose(given, np.array(parts)[:, 0, ::stride, ::stride]):
            return "Sum over the channels, too."
        return f"Wrong numbers for a picture of {x.shape}, kernels {W.shape}, stride {stride}."
    return None


def goes_back(backward):
    """19.5: both derivatives, with a stride."""
    rng = np.random.default_rng(6)
    for C, K, k, H, right, stride in ((1, 1, 3, 6, 6, 1), (2, 3, 2, 8, 7, 2)):
        x, W = rng.standard_normal((C, H, right)), rng.standard_normal((K, C, k, k))
        layer, b = Conv2d(C, K, k, stride), np.zeros((1, K))
        z, cache = layer.forward([W, b], x[None])
        delta = rng.standard_normal(z.shape)
        dW = layer.param_grad([W, b], cache, delta)[0]
        dx = layer.input_grad([W, b], cache, delta)[0]
        given = backward(x.copy(), W.copy(), delta[0], stride)
        if not isinstance(given, tuple | list) or len(given) != 2:
            return "Expected two arrays, ∂J/∂W and ∂J/∂x."
        gW, gx = (np.asarray(g, dtype=float) for g in given)
        if gW.shape != W.shape or gx.shape != x.shape:
            if gW.shape == x.shape and gx.shape == W.shape:
                return "The order is ∂J/∂W, ∂J/∂x."
            return f"Expected the shapes {W.shape} and {x.shape}, got {gW.shape} and {gx.shape}."
        right_W, right_x = np.allclose(gW, dW, atol=1e-10), np.allclose(gx, dx, atol=1e-10)
        if right_W and right_x:
            continue
        if np.allclose(gW, dW[..., ::-1, ::-1]):
            return "∂J/∂W is turned by 180°."
        if right_W:
            return "∂J/∂W is right, ∂J/∂x is not: a pixel sums over all windows that contain it."
        if right_x:
            return "∂J/∂x is right, ∂J/∂W is not: a weight sums over all places."
        return f"Neither derivative is right for stride {stride}."
    return None


def holds_out(given):
    """19.8: read as they are, read moved by one, parameters."""
    as_they_are, moved, parameters = given
    if max(as_they_are, moved) > 1:
        return "Give shares between 0 and 1, then the number of parameters."
    if parameters >= 2000:
        return "Fewer than 2000 parameters are asked."
    if moved >= as_they_are:
        return "Moved digits read better than digits as they are? Look at the order of the numbers."
    if as_they_are <= 0.9:
        return "The digits as they are must be read, too: more than 0.9 of them."
    if moved <= 0.78:
        return (
            "More than 0.78 of the moved digits are asked. What comes behind the convolutions "
            "that has a weight for every place?"
        )
    return None


def _correlate(x, W, stride, turn=False, one=False, stride_too=True):
    layer = Conv2d(W.shape[1], len(W), W.shape[2], stride if stride_too else 1)
    W = W[..., ::-1, ::-1] if turn else W
    if one:
        W = W.copy()
        W[:, 1:] = 0
    return layer.forward([W, np.zeros((1, len(W)))], x[None])[0][0]


def _backward(x, W, delta, stride):
    layer, b = Conv2d(W.shape[1], len(W), W.shape[2], stride), np.zeros((1, len(W)))
    _, cache = layer.forward([W, b], x[None])
    grads = layer.param_grad([W, b], cache, delta[None])
    return grads[0], layer.input_grad([W, b], cache, delta[None])[0]


def _turned(x, W, delta, stride):
    dW, dx = _backward(x, W, delta, stride)
    return dW[..., ::-1, ::-1], dx


def _pixels_wrong(x, W, delta, stride):
    dW, dx = _backward(x, W, delta, stride)
    return dW, 0.5 * dx


def _weights_wrong(x, W, delta, stride):
    dW, dx = _backward(x, W, delta, stride)
    return dW / delta[0].size, dx


KINDS = dict(a="equivariant", b="equivariant", c="local", d="neither", e="equivariant", f="neither")
PIXELS = 256 * 256 * 3

EXERCISES = [
    Exercise(
        "19.1",
        "array",
        answer=[13, 6, 135],
        tolerance=[2, 2, 10],
        labels=("x", "y", "angle"),
        hints=[
            ([Between(11, 15), Between(4, 8), Between(35, 55)], "The bar lies across the stripe."),
            ([Between(11, 15), Between(4, 8), ...], "The place is right. Turn the bar there."),
            ([Between(4, 8), Between(11, 15), 135], "The first number counts to the right."),
            ([..., ..., Between(125, 145)], "The angle is right. Now move the bar."),
            ([Between(4, 8), Between(11, 15), Between(50, 70)], "This is cell A."),
            ([Between(9, 13), Between(10, 14), Between(20, 40)], "This is cell C."),
        ],
        hint="Sweep with a long bar first; at every angle, if nothing is heard.",
        praise="A place, an angle, and silence everywhere else.",
        right=[[13, 6, 135], [12, 7, 130], (14.5, 5, 140)],
        wrong=[
            ([13, 6, 45], "across"),
            ([13, 6, 0], "Turn the bar"),
            ([6, 13, 135], "to the right"),
            ([3, 3, 135], "angle is right"),
            ([6, 13, 60], "cell A"),
            ([11, 12, 30], "cell C"),
            ([0, 0, 0], "Sweep"),
        ],
    ),
    Exercise(
        "19.2",
        "array",
        answer=[PIXELS, PIXELS**2, 1792, 256 * 256 * 64 * 27, 484],
        tolerance=0.5,
        labels=("values", "dense weights", "parameters", "multiplications", "local weights"),
        hints=[
            ([65536, ..., ..., ..., ...], "Three colours: three values for each pixel."),
            ([..., PIXELS, ..., ..., ...], "A matrix has as many entries as units times inputs."),
            ([..., ..., 1728, ..., ...], "Each of the 64 kernels has a bias."),
            ([..., ..., 640, ..., ...], "A kernel sees all three channels: 27 weights."),
            ([..., ..., ..., 1728, ...], "At every place the 1728 products are made anew."),
            ([..., ..., ..., 256 * 256 * 27, ...], "For each of 64 channels."),
            ([..., ..., ..., ..., 576], "Windows at the border are cut off: 6 pixels, or 4."),
            ([..., ..., ..., ..., 324], "The units at the border count, too."),
        ],
        hint="Pixels times colours; its square; 64 kernels with 27 weights and a bias.",
        praise="Few parameters, and yet a hundred million multiplications.",
        right=[[196608, 38654705664, 1792, 113246208, 484]],
        wrong=[
            ([65536, 65536**2, 1792, 113246208, 484], "Three colours"),
            ([196608, 196608, 1792, 113246208, 484], "units times inputs"),
            ([196608, 38654705664, 1728, 113246208, 484], "has a bias"),
            ([196608, 38654705664, 640, 113246208, 484], "27 weights"),
            ([196608, 38654705664, 1792, 1728, 484], "made anew"),
            ([196608, 38654705664, 1792, 1769472, 484], "64 channels"),
            ([196608, 38654705664, 1792, 113246208, 576], "cut off"),
            ([196608, 38654705664, 1792, 113246208, 324], "border count"),
            ([1, 2, 3, 4, 5], "Pixels times colours"),
        ],
    ),
    Exercise(
        "19.3",
        "array",
        answer=[9, 10, 63, 112],
        tolerance=0.1,
        labels=("three layers", "second pooling", "stride 2", "layers"),
        hints=[
            ([7, ..., ..., ...], "(1) Behind the stride of 2 a step is two pixels."),
            ([11, ..., ..., ...], "(1) A layer's own stride counts for the layers above it only."),
            ([..., 8, ..., ...], "(2) The formula counts 10, padding included."),
            ([..., 5, ..., ...], "(2) Pooling is a layer, too, with window 2 and stride 2."),
            ([..., ..., 11, ...], "(3) This is stride 1."),
            ([..., ..., 125, ...], "(3) The first layer's steps are single pixels."),
            ([..., ..., ..., 224], "(4) Every layer adds two pixels."),
            ([..., ..., ..., 111], "(4) 111 layers see 223."),
        ],
        hint="Add up (k − 1) times the product of the strides below.",
        praise="Without strides it would take more than a hundred layers to see a photo.",
        right=[[9, 10, 63, 112]],
        wrong=[
            ([7, 10, 63, 112], "two pixels"),
            ([11, 10, 63, 112], "own stride"),
            ([9, 8, 63, 112], "counts 10"),
            ([9, 5, 63, 112], "Pooling"),
            ([9, 10, 11, 112], "stride 1"),
            ([9, 10, 125, 112], "single pixels"),
            ([9, 10, 63, 224], "adds two"),
            ([9, 10, 63, 111], "see 223"),
            ([1, 1, 1, 1], "Add up"),
        ],
    ),
    Exercise(
        "19.4",
        "function",
        test=correlates,
        praise="As SciPy has it, and as every framework calls it: a convolution.",
        right=[_correlate],
        wrong=[
            (lambda x, W, stride: _correlate(x, W, stride, turn=True), "turns the kernel"),
            (lambda x, W, stride: _correlate(x, W, stride, one=True), "channels, too"),
            (lambda x, W, stride: _correlate(x, W, stride, stride_too=False), "belongs to stride"),
            (lambda x, W, stride: np.zeros((len(W), *x.shape[1:])), "smaller than the picture"),
            (lambda x, W, stride: np.zeros(3), "Expected the shape"),
            (lambda x, W, stride: 2 * _correlate(x, W, stride), "Wrong numbers"),
        ],
    ),
    Exercise(
        "19.5",
        "function",
        test=goes_back,
        praise="What was read with a stride is added with a stride.",
        right=[_backward],
        wrong=[
            (_turned, "turned by 180°"),
            (_pixels_wrong, "∂J/∂W is right"),
            (_weights_wrong, "∂J/∂x is right"),
            (lambda *a: _backward(*a)[::-1], "The order"),
            (lambda *a: _backward(*a)[0], "two arrays"),
            (lambda *a: (np.zeros(2), np.zeros(2)), "Expected the shapes"),
            (lambda *a: tuple(2 * g for g in _backward(*a)), "Neither"),
        ],
    ),
    Exercise(
        "19.6",
        "choice",
        options={
            "equivariant": "commutes with every shift",
            "local": "local, but does not commute",
            "neither": "neither",
        },
        answer=KINDS,
        hints=[
            (dict(a="local"), "a: the median of the neighbourhood moves along. Nothing is linear."),
            (dict(b="neither"), "b: what does the mean of the picture do when the picture moves?"),
            (dict(b="local"), "b: the mean of the whole picture is not local."),
            (dict(c="equivariant"), "c: sharing has been dropped."),
            (dict(d="local"), "d: on one pixel, yes, but on one far away."),
            (dict(d="equivariant"), "d: turned, a shift to the right becomes one upwards."),
            (dict(e="local"), "e: every pixel by itself, everywhere the same."),
            (dict(f="equivariant"), "f: move the picture downwards; what do the sorted rows do?"),
        ],
        hint="Move first, or move last: is it the same?",
        praise="Neither linearity nor locality is needed for equivariance.",
        right=[KINDS],
        wrong=[
            (KINDS | dict(a="local"), "a: the median"),
            (KINDS | dict(b="neither"), "b: what does"),
            (KINDS | dict(b="local"), "not local"),
            (KINDS | dict(c="equivariant"), "c: sharing"),
            (KINDS | dict(d="equivariant"), "d: turned"),
            (KINDS | dict(e="local"), "e: every"),
            (KINDS | dict(f="equivariant"), "f: move"),
            (KINDS | dict(d="local"), "far away"),
            (KINDS | dict(d="neither", e="neither"), "Move first"),
        ],
    ),
    Exercise(
        "19.7",
        "number",
        answer=0.2,
        tolerance=0.06,
        hints=[
            (Between(-0.3, -0.1), "Convolutional minus dense."),
            (Between(0.0, 0.06), "Did you move the digits?"),
            (Between(0.1, 0.14), "One pixel, not two."),
            (Between(0.4, 0.99), "This is the share of one kind; the difference is asked."),
            (Between(10, 30), "As a share, not in per cent."),
        ],
        hint="Medians of five starts, mean over four directions, moved by one pixel.",
        praise="Sharing helps, and does not make invariant.",
        right=[0.2, 0.15, 0.25],
        wrong=[
            (-0.2, "minus dense"),
            (0.13, "not two"),
            (0.02, "move the digits"),
            (0.67, "share of one kind"),
            (20, "per cent"),
            (5, "Medians"),
        ],
    ),
    Exercise(
        "19.8",
        "array",
        shape=(3,),
        test=holds_out,
        praise="Bought with what your network can no longer tell apart.",
        right=[[0.96, 0.84, 1726], [0.93, 0.79, 1500]],
        wrong=[
            ([96, 84, 1726], "between 0 and 1"),
            ([0.96, 0.9, 9000], "Fewer than 2000"),
            ([0.8, 0.96, 1726], "order"),
            ([0.85, 0.8, 1726], "must be read"),
            ([0.97, 0.67, 1898], "a weight for every place"),
        ],
    ),
    Exercise(
        "19.9",
        "array",
        answer=[3, 0],
        tolerance=0.1,
        labels=("factor", "length"),
        hints=[
            ([-3, ...], "The minus sign stands before the factor."),
            ([1, ...], "g′ is 3a², and a has the variance 1."),
            ([..., 3], "This is E[z g]; the second term takes it away."),
            ([..., 6], "Subtract the two terms."),
        ],
        hint="E[g′(a)] with g = a³; for normal z, E[z g(wᵀz)] = E[g′] w.",
        praise="In normal data there is nothing to find.",
        right=[[3, 0], (3.0, 0.02)],
        wrong=[
            ([-3, 0], "minus sign"),
            ([1, 0], "variance 1"),
            ([3, 3], "takes it away"),
            ([3, 6], "Subtract"),
            ([5, 5], "E[g′(a)]"),
        ],
    ),
]
