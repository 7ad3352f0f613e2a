"""Rows of neural networks: a perceptron, an attention block, two convolutions; in float32."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from .peers import Library
from .reductions import layer_norm
from .rows import Row, Thunk, size


def normals(lib: Library, *shape: int, scale: float = 1.0, seed: int = 0) -> Any:
    made = scale * np.random.default_rng([seed, *shape]).normal(size=shape)
    return lib.asarray(made.astype(np.float32))


def perceptron(lib: Library) -> Thunk:
    """The loss of a network 784-512-256-10 on 256 images, and its gradient."""
    xp = lib.numpy
    sizes, batch = [size(n) for n in (784, 512, 256, 10)], size(256)
    weights = [
        (normals(lib, m, n, scale=0.05), normals(lib, n, scale=0.05))
        for m, n in itertools.pairwise(sizes)
    ]
    images = normals(lib, batch, sizes[0], seed=1)
    classes = np.random.default_rng(0).integers(0, sizes[-1], batch)
    labels = lib.asarray(np.eye(sizes[-1], dtype=np.float32)[classes])

    def loss(weights: Any, x: Any, labels: Any) -> Any:
        for w, b in weights[:-1]:
            x = xp.tanh(x @ w + b)
        logits = x @ weights[-1][0] + weights[-1][1]
        top = xp.max(logits, axis=1, keepdims=True)
        normaliser = top + xp.log(xp.sum(xp.exp(logits - top), axis=1, keepdims=True))
        return -xp.sum(labels * (logits - normaliser)) / batch

    run = lib.jit(lib.value_and_grad(loss))
    return lambda: lib.wait(run(weights, images, labels))


# Attention: batch 8, 128 tokens, 4 heads of 64


def attention(lib: Library) -> Thunk:
    """A pre-norm block of self-attention, and the gradient by its weights."""
    xp, batch, tokens, heads, width = lib.numpy, size(8), size(128), 4, size(64)
    features = heads * width
    weights = [normals(lib, features, features, scale=0.06, seed=i) for i in range(4)]
    scale, shift = normals(lib, features), normals(lib, features, seed=1)
    x = normals(lib, batch, tokens, features)

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


# Two convolutions: 16 images of 28 x 28, 3 x 3 filters, 1-16-32 channels


def convolutions(lib: Library) -> Thunk:
    xp, side = lib.numpy, size(28)
    images = normals(lib, size(16), 1, side, side)
    filters = [normals(lib, 16, 1, 3, 3, scale=0.3), normals(lib, 32, 16, 3, 3, scale=0.1)]

    def loss(filters: Any, x: Any) -> Any:
        for w in filters:
            x = xp.tanh(lib.convolve(x, w))
        return xp.mean(x * x, (0, 1, 2, 3))

    run = lib.jit(lib.value_and_grad(loss))
    return lambda: lib.wait(run(filters, images))


def network(name: str, what: str, build: Callable[[Library], Thunk], target: float) -> Row:
    return Row(
        name,
        what,
        build,
        {"jax": target},
        ("torch.compile", "torch", "jax un-jitted"),
        float64=False,
        rtol=1e-3,
        memory=True,
    )


ROWS = (
    network("mlp", "jit(value_and_grad(MLP)), 256 x 784-512-256-10", perceptron, 1 / 1.3),
    network(
        "attention",
        "jit(value_and_grad(attention block)), 8 x 128 tokens, 4 heads of 64",
        attention,
        1 / 1.3,
    ),
    network(
        "convolutions",
        "jit(value_and_grad(two 3 x 3 convolutions)), 16 x 28 x 28, 1-16-32 channels",
        convolutions,
        1.0,
    ),
)
