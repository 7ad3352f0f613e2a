"""Rows of neural networks: a perceptron, an attention block, two convolutions; in float32."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from .c_peer import c_function, with_one_blas_thread
from .peers import Library
from .reductions import layer_norm
from .rows import Row, Thunk, size

NUMPY = SimpleNamespace(asarray=np.asarray)  # whose arrays C takes


def normals(lib: Any, *shape: int, scale: float = 1.0, seed: int = 0) -> Any:
    made = scale * np.random.default_rng([seed, *shape]).normal(size=shape)
    return lib.asarray(made.astype(np.float32))


def perceptron_data(lib: Any) -> Any:
    """Weights and biases, images, labels one-hot."""
    sizes, batch = [size(n) for n in (784, 512, 256, 10)], size(256)
    weights = [
        (normals(lib, m, n, scale=0.05), normals(lib, n, scale=0.05))
        for m, n in itertools.pairwise(sizes)
    ]
    images = normals(lib, batch, sizes[0], seed=1)
    classes = np.random.default_rng(0).integers(0, sizes[-1], batch)
    return weights, images, lib.asarray(np.eye(sizes[-1], dtype=np.float32)[classes])


def perceptron(lib: Library) -> Thunk:
    """The loss of a network 784-512-256-10 on 256 images, and its gradient."""
    xp = lib.numpy
    weights, images, labels = perceptron_data(lib)
    batch = len(images)

    def loss(weights: Any, x: Any, labels: Any) -> Any:
        for w, b in weights[:-1]:
            x = xp.tanh(x @ w + b)
        logits = x @ weights[-1][0] + weights[-1][1]
        top = xp.max(logits, axis=1, keepdims=True)
        normaliser = top + xp.log(xp.sum(xp.exp(logits - top), axis=1, keepdims=True))
        return -xp.sum(labels * (logits - normaliser)) / batch

    run = lib.jit(lib.value_and_grad(loss))
    return lambda: lib.wait(run(weights, images, labels))


def perceptron_in_c() -> Thunk:
    weights, images, labels = perceptron_data(NUMPY)
    layers = [array for pair in weights for array in pair]
    sizes = np.array([images.shape[1], *(len(b) for _, b in weights)])
    batch, outputs = len(images), sizes[1:].tolist()
    room = [np.zeros((batch, n), np.float32) for n in (*outputs[:2], *outputs)]
    value, gradient = np.zeros((), np.float32), [np.zeros_like(a) for a in layers]
    run = with_one_blas_thread(
        c_function(
            "perceptron",
            "perceptron",
            (images, labels, *layers, sizes, batch, *room),
            (value, *gradient),
        )
    )
    return lambda: (run()[0], gradient)


# Attention: batch 8, 128 tokens, 4 heads of 64
HEADS = 4


def attention_data(lib: Any) -> Any:
    """Four matrices of weights, the scale and shift of the norm, and the input."""
    batch, tokens, features = size(8), size(128), HEADS * size(64)
    weights = [normals(lib, features, features, scale=0.06, seed=i) for i in range(4)]
    scale, shift = normals(lib, features), normals(lib, features, seed=1)
    return weights, scale, shift, normals(lib, batch, tokens, features)


def attention(lib: Library) -> Thunk:
    """A pre-norm block of self-attention, and the gradient by its weights."""
    xp, heads = lib.numpy, HEADS
    weights, scale, shift, x = attention_data(lib)
    batch, tokens, features = x.shape
    width = features // heads

    def split(x: Any) -> Any:
        return xp.swapaxes(xp.reshape(x, (batch, tokens, heads, width)), 1, 2)

    def loss(params: Any, x: Any) -> Any:
        (query, key, value, out), scale, shift = params
        y = layer_norm(xp, x, scale, shift)
        q, k, v = (split(y @ w) for w in (query, key, value))
        scores = q @ xp.swapaxes(k, 2, 3) / width**0.5
        e = xp.exp(scores - xp.max(scores, axis=3, keepdims=True))
        mixed = xp.swapaxes((e / xp.sum(e, axis=3, keepdims=True)) @ v, 1, 2)
        y = x + xp.reshape(mixed, (batch, tokens, features)) @ out
        return xp.sum(y * y) / (batch * tokens)

    run = lib.jit(lib.value_and_grad(loss))
    return lambda: lib.wait(run((weights, scale, shift), x))


def attention_in_c() -> Thunk:
    weights, scale, shift, x = attention_data(NUMPY)
    batch, tokens, features = x.shape
    sizes = np.array([batch, tokens, HEADS, features // HEADS])
    like_x = lambda: np.zeros_like(x)
    qkv, d_qkv = ([like_x() for _ in range(3)] for _ in range(2))
    # what softmax gives for each head, and its cotangent for one head in each thread
    scores = np.zeros((batch * HEADS + (os.cpu_count() or 1), tokens, tokens), np.float32)
    room = (like_x(), like_x(), table(qkv), table(d_qkv), *(like_x() for _ in range(4)), scores)
    by_weights, by_scale = [np.zeros_like(w) for w in weights], np.zeros_like(scale)
    value, by_shift = np.zeros((), np.float32), np.zeros_like(shift)
    thunk = c_function(
        "attention",
        "attention",
        (x, table(weights), scale, shift, sizes, *room),
        (value, table(by_weights), by_scale, by_shift),
    )
    run = with_one_blas_thread(thunk)

    def call() -> Any:
        return run()[0], (by_weights, by_scale, by_shift)

    call.kept = weights, qkv, d_qkv  # type: ignore[attr-defined]  # of which C has the addresses
    return call


def table(arrays: Sequence[np.ndarray]) -> np.ndarray:
    """Where the arrays are, as C takes them."""
    return np.array([a.ctypes.data for a in arrays])


# Two convolutions: 16 images of 28 x 28, 3 x 3 filters, 1-16-32 channels


def convolutions_data(lib: Any) -> Any:
    """Filters and images."""
    filters = [normals(lib, 16, 1, 3, 3, scale=0.3), normals(lib, 32, 16, 3, 3, scale=0.1)]
    return filters, normals(lib, size(16), 1, size(28), size(28))


def convolutions(lib: Library) -> Thunk:
    xp = lib.numpy
    filters, images = convolutions_data(lib)

    def loss(filters: Any, x: Any) -> Any:
        for w in filters:
            x = xp.tanh(lib.convolve(x, w))
        return xp.mean(x * x, (0, 1, 2, 3))

    run = lib.jit(lib.value_and_grad(loss))
    return lambda: lib.wait(run(filters, images))


def convolutions_in_c() -> Thunk:
    filters, images = convolutions_data(NUMPY)
    value, gradient = np.zeros((), np.float32), [np.zeros_like(w) for w in filters]
    arguments = (images, *filters, len(images), images.shape[-1])
    thunk = c_function("convolutions", "convolutions", arguments, (value, *gradient))
    return lambda: (thunk()[0], gradient)


def network(
    name: str,
    what: str,
    build: Callable[[Library], Thunk],
    in_c: Callable[[], Thunk],
    target: float,
) -> Row:
    return Row(
        name,
        what,
        build,
        {"jax": target},
        ("C", "torch.compile", "torch", "jax un-jitted"),
        others={"C": in_c},
        float64=False,
        rtol=1e-3,
        memory=True,
    )


ROWS = (
    network(
        "mlp",
        "jit(value_and_grad(MLP)), 256 x 784-512-256-10",
        perceptron,
        perceptron_in_c,
        1 / 1.3,
    ),
    network(
        "attention",
        "jit(value_and_grad(attention block)), 8 x 128 tokens, 4 heads of 64",
        attention,
        attention_in_c,
        1 / 1.3,
    ),
    network(
        "convolutions",
        "jit(value_and_grad(two 3 x 3 convolutions)), 16 x 28 x 28, 1-16-32 channels",
        convolutions,
        convolutions_in_c,
        1.0,
    ),
)
