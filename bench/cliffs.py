"""Rows of programs whose time may fall off a cliff: many tiny kernels and carries, as in issues
that are open against JAX on CPUs, and ops whose general form is slow.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from .npbench import Arrays, arrays, timed
from .peers import Library
from .rows import Row, Thunk, size

# -- JAX's open regressions ------------------------------------------------------------------------


def tiny_kernels(lib: Library, x: Any) -> Any:
    """Ten waves of eight numbers in each step of a scan."""
    xp = lib.numpy

    def step(x: Any, _: Any) -> Any:
        for _ in range(10):
            x = xp.sin(x) * 0.5 + xp.cos(x[::-1])
        return x, xp.sum(x)

    return lib.lax.scan(step, x, None, length=size(1000))


def scalar_carries(lib: Library, x: Any) -> Any:
    """A scan that carries 60 numbers, each by itself, over 614 steps."""

    def step(state: Any, time: Any) -> Any:
        others = state[1:] + state[:1]
        state = tuple(0.9 * a + 0.1 * b * time for a, b in zip(state, others, strict=True))
        return state, state[0]

    start = tuple(x[i] for i in range(x.shape[0]))
    return lib.lax.scan(step, start, np.cos(np.arange(float(size(614)))))


def solves(lib: Library, a: Any, b: Any) -> Any:
    return lib.numpy.linalg.solve(a, b[..., None])[..., 0]


def cube(lib: Library, a: Any, b: Any) -> Any:
    return lib.numpy.sqrt(a * a + b * b) + a * b - 0.5 * a


# -- Counts, distances, moves ----------------------------------------------------------------------


def histogram(lib: Library, x: Any) -> Any:
    return lib.numpy.histogram(x, bins=100, range=(-4.0, 4.0))[0]


def nearest(lib: Library, x: Any, centres: Any) -> Any:
    """The nearest of a hundred centres to each point, and the distance."""
    xp = lib.numpy
    distances = xp.sum((x[:, None, :] - centres) ** 2, axis=2)
    return xp.argmin(distances, axis=1), xp.min(distances, axis=1)


def short_lines(lib: Library, a: Any, b: Any, c: Any) -> Any:
    """Differences, moves and a sum where the last axis is short."""
    xp = lib.numpy
    down, right = a[1:] - a[:-1], b[:, 1:] - b[:, :-1]
    u = xp.concatenate([down, down[-1:]], axis=0) * c
    v = xp.concatenate([right, right[:, -1:]], axis=1) * c
    return u + v + u * v + xp.flip(a, -1), xp.transpose(u, (1, 0, 2))


def scattered(lib: Library, at: Any, rows: Any) -> Any:
    """Rows are added at places that repeat."""
    total = lib.numpy.zeros((size(5000), rows.shape[1]))
    if hasattr(total, "at"):
        return total.at[at].add(rows)
    np.add.at(total, at, rows)
    return total


def product(lib: Library, a: Any, b: Any) -> Any:
    return a @ b


# -- Data ------------------------------------------------------------------------------------------


def systems(count: int) -> Arrays:
    a, b = arrays((count, 3, 3), (count, 3))
    return a + 3 * np.eye(3), b


def singles(*shapes: tuple[int, ...]) -> Arrays:
    return tuple(x.astype("float32") for x in arrays(*shapes))


def normals(*shapes: tuple[int, ...]) -> Arrays:
    normal = np.random.default_rng(0).normal
    return tuple(normal(size=tuple(map(size, shape))) for shape in shapes)


def repeated(count: int) -> Arrays:
    rng = np.random.default_rng(0)
    return rng.integers(0, size(5000), size(count)), rng.normal(size=(size(count), 16))


def complex_numbers(m: int, k: int, n: int) -> Arrays:
    a, b, c, d = normals((m, k), (m, k), (k, n), (k, n))
    return a + 1j * b, c + 1j * d


def row(
    name: str, what: str, kernel: Callable[..., Any], data: Callable[[], Arrays], **options: Any
) -> Row:
    build: Callable[[Library], Thunk] = timed(kernel, data)
    return Row(name, what, build, {"jax": 0.9}, rtol=1e-5, **options)


ROWS = (
    row("tiny-kernels", "1,000 steps of ten tiny kernels", tiny_kernels, lambda: normals((8,))),
    row("scalar-carries", "614 steps with 60 numbers", scalar_carries, lambda: normals((60,))),
    row("solves-3", "50,000 systems of three unknowns", solves, lambda: systems(50_000)),
    row(
        "cube-f32",
        "a formula on 128 x 128 x 128 float32",
        cube,
        lambda: singles((128,) * 3, (128,) * 3),
        float64=False,
    ),
    row("histogram", "100 equal bins of 1,000,000", histogram, lambda: normals((1_000_000,))),
    row("nearest", "10,000 x 8, 100 centres", nearest, lambda: normals((10_000, 8), (100, 8))),
    *(
        row(
            f"short-lines-{k}",
            f"differences and moves of 200 x 200 x {k}",
            short_lines,
            partial(normals, *[(200, 200, k)] * 3),
        )
        for k in (6, 7)
    ),
    row("scattered", "100,000 rows of 16 into 5,000", scattered, lambda: repeated(100_000)),
    row("complex-left", "4 x 1,000 x 1,000", product, lambda: complex_numbers(4, 1000, 1000)),
    row("complex-right", "1,000 x 1,000 x 4", product, lambda: complex_numbers(1000, 1000, 4)),
    *(
        row(f"product-{n}", f"a product of {n} x {n}", product, partial(normals, (n, n), (n, n)))
        for n in (64, 256, 1024)
    ),
)
