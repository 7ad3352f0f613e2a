"""Kernels of NPBench from deep learning, in inference."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from .npbench import Arrays, arrays, row
from .peers import Library
from .rows import size


def softmax(lib: Library, x: Any) -> Any:
    xp = lib.numpy
    e = xp.exp(x - xp.max(x, axis=-1, keepdims=True))
    return e / xp.sum(e, axis=-1, keepdims=True)


def convolved(lib: Library, x: Any, w: Any, padding: str = "VALID") -> Any:
    return lib.lax.conv_general_dilated(x, w, (1, 1), padding)


def relu(lib: Library, x: Any) -> Any:
    return lib.numpy.maximum(x, 0.0)


def conv2d_bias(lib: Library, x: Any, w: Any, b: Any) -> Any:
    return convolved(lib, x, w) + b[:, None, None]


def mlp(lib: Library, x: Any, *layers: Any) -> Any:
    *hidden, last = zip(layers[::2], layers[1::2], strict=True)
    for w, b in hidden:
        x = relu(lib, x @ w + b)
    w, b = last
    return softmax(lib, x @ w + b)


def pooled(lib: Library, x: Any) -> Any:
    n, c, h, w = x.shape
    return lib.numpy.max(x.reshape(n, c, h // 2, 2, w // 2, 2), axis=(3, 5))


def lenet(lib: Library, x: Any, filters: Any, more: Any, a: Any, b: Any, c: Any) -> Any:
    x = pooled(lib, relu(lib, convolved(lib, x, filters, "SAME")))
    x = pooled(lib, relu(lib, convolved(lib, x, more, "SAME")))
    x = x.reshape(x.shape[0], -1)
    return relu(lib, relu(lib, x @ a) @ b) @ c


def resnet(lib: Library, x: Any, narrow: Any, middle: Any, wide: Any) -> Any:
    """A bottleneck block."""
    xp = lib.numpy

    def normed(x: Any) -> Any:
        mean = xp.mean(x, axis=(0, 2, 3), keepdims=True)
        spread = xp.sqrt(xp.mean((x - mean) ** 2, axis=(0, 2, 3), keepdims=True) + 1e-5)
        return (x - mean) / spread

    y = relu(lib, normed(convolved(lib, x, narrow)))
    y = relu(lib, normed(convolved(lib, y, middle, "SAME")))
    return relu(lib, normed(convolved(lib, y, wide)) + x)


def layers(*widths: int) -> tuple[tuple[int, ...], ...]:
    """The shapes of weights and biases."""
    pairs = itertools.pairwise(widths)
    return tuple(shape for m, n in pairs for shape in ((m, n), (n,)))


def digits() -> Arrays:
    """Images, and the weights of the layers."""
    images, *filters = arrays((16, 1, 28, 28), (6, 1, 5, 5), (12, 6, 5, 5))
    inputs = filters[1].shape[0] * (images.shape[2] // 4) ** 2
    first = np.random.default_rng(0).random((inputs, size(120)))
    return images, *filters, first, *arrays((120, 84), (84, 10))


ROWS = (
    row(softmax, "16 x 16 x 128 x 128", lambda: arrays((16, 16, 128, 128))),
    row(conv2d_bias, "8 x 3 x 32 x 32", lambda: arrays((8, 3, 32, 32), (16, 3, 5, 5), (16,))),
    row(mlp, "64 x 784", lambda: arrays((64, 784), *layers(784, 300, 100, 10))),
    row(lenet, "16 x 28 x 28", digits),
    row(
        resnet,
        "4 x 64 x 14 x 14",
        lambda: arrays((4, 64, 14, 14), (16, 64, 1, 1), (16, 16, 3, 3), (64, 16, 1, 1)),
    ),
)
