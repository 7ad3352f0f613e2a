"""Kernels of NPBench on matrices and tables: factorisations, products, recurrences along rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from .npbench import Arrays, arrays, put, row
from .peers import Library
from .rows import size


def two_products(lib: Library, a: Any, b: Any, c: Any, d: Any) -> Any:
    return 1.5 * a @ b @ c + 1.2 * d


def mvt(lib: Library, x: Any, y: Any, a: Any, u: Any, v: Any) -> Any:
    return x + a @ u, y + v @ a


def symm(lib: Library, a: Any, b: Any, c: Any) -> Any:
    """The first factor is symmetric: its lower triangle counts."""
    xp = lib.numpy
    return 1.5 * (xp.tril(a) + xp.tril(a, -1).T) @ b + 1.2 * c


def syr2k(lib: Library, a: Any, b: Any, c: Any) -> Any:
    xp = lib.numpy
    return xp.tril(1.5 * (a @ b.T + b @ a.T) + 1.2 * c) + xp.triu(c, 1)


def cholesky(lib: Library, a: Any) -> Any:
    """Column by column."""
    xp, at = lib.numpy, np.arange(a.shape[0])

    def step(k: Any, a: Any) -> Any:
        column = xp.where(at >= k, a[:, k] / xp.sqrt(a[k, k]), 0.0)
        below = xp.where(at > k, column, 0.0)
        return put(a - below[:, None] * below, (slice(None), k), column)

    return xp.tril(lib.lax.fori_loop(0, a.shape[0], step, a))


def cholesky_2(lib: Library, a: Any) -> Any:
    """By the library's function."""
    return lib.numpy.linalg.cholesky(a)


def lu(lib: Library, a: Any) -> Any:
    """Without pivots; both factors in one matrix."""
    xp, at = lib.numpy, np.arange(a.shape[0])

    def step(k: Any, a: Any) -> Any:
        factor = xp.where(at > k, a[:, k] / a[k, k], 0.0)
        column = xp.where(at > k, factor, a[:, k])
        return put(a - factor[:, None] * xp.where(at > k, a[k], 0.0), (slice(None), k), column)

    return lib.lax.fori_loop(0, a.shape[0], step, a)


def ludcmp(lib: Library, a: Any, b: Any) -> Any:
    """The solution of a system by these factors."""
    xp, n, at = lib.numpy, a.shape[0], np.arange(a.shape[0])
    a = lu(lib, a)

    def forward(i: Any, y: Any) -> Any:
        return put(y, i, b[i] - xp.sum(xp.where(at < i, a[i] * y, 0.0)))

    y = lib.lax.fori_loop(0, n, forward, 0.0 * b)

    def backward(step: Any, x: Any) -> Any:
        i = n - 1 - step
        return put(x, i, (y[i] - xp.sum(xp.where(at > i, a[i] * x, 0.0))) / a[i, i])

    return lib.lax.fori_loop(0, n, backward, 0.0 * b)


def deriche(lib: Library, image: Any) -> Any:
    """Edges by a recursive filter, in both directions along rows, then along columns."""
    xp, scan, alpha = lib.numpy, lib.lax.scan, 0.25
    e = float(np.exp(-alpha))
    k = (1 - e) ** 2 / (1 + 2 * alpha * e - e * e)
    a1, a2, a3, a4 = k, k * e * (alpha - 1), k * e * (alpha + 1), -k * e * e
    b1, b2 = 2 * e, -e * e

    def filtered(x: Any) -> Any:
        """Along axis 0."""
        zero = 0.0 * x[0]

        def down(state: Any, value: Any) -> Any:
            last, y1, y2 = state
            y = a1 * value + a2 * last + b1 * y1 + b2 * y2
            return (value, y, y1), y

        def up(state: Any, value: Any) -> Any:
            x1, x2, y1, y2 = state
            y = a3 * x1 + a4 * x2 + b1 * y1 + b2 * y2
            return (value, x1, y, y1), y

        first = scan(down, (zero, zero, zero), x)[1]
        return first + scan(up, (zero, zero, zero, zero), x, reverse=True)[1]

    return filtered(xp.transpose(filtered(xp.transpose(image))))


def nussinov(lib: Library, sequence: Any) -> Any:
    """The most pairs of a folded strand: a table that is filled from its diagonal."""
    xp, n = lib.numpy, sequence.shape[0]
    at = np.arange(n + 1)

    def cell(step: Any, state: Any) -> Any:
        table, sequence, i = state
        j = i + 1 + step
        pairs = xp.where((i < j - 1) & (sequence[i] + sequence[j] == 3), 1, 0)
        best = xp.maximum(xp.maximum(table[i, j - 1], table[i + 1, j]), table[i + 1, j - 1] + pairs)
        below = xp.roll(table[:, j], -1)
        split = xp.max(xp.where((at > i) & (at < j), table[i] + below, 0))
        return put(table, (i, j), xp.maximum(best, split)), sequence, i

    def line(step: Any, state: Any) -> Any:
        return lib.lax.fori_loop(0, step, cell, (*state, n - 1 - step))[:2]

    empty = 0 * (at[:, None] + at) + 0 * sequence[0]
    return lib.lax.fori_loop(0, n, line, (empty, sequence))[0][:n, :n]


# -- Numba -----------------------------------------------------------------------------------------


def cholesky_loops(a: Any) -> Any:
    a = a.copy()
    n = a.shape[0]
    for i in range(n):
        for j in range(i):
            a[i, j] = (a[i, j] - np.dot(a[i, :j], a[j, :j])) / a[j, j]
        a[i, i] = np.sqrt(a[i, i] - np.dot(a[i, :i], a[i, :i]))
        a[i, i + 1 :] = 0.0
    return a


def lu_loops(a: Any) -> Any:
    a = a.copy()
    n = a.shape[0]
    for k in range(n):
        for i in range(k + 1, n):
            a[i, k] /= a[k, k]
            for j in range(k + 1, n):
                a[i, j] -= a[i, k] * a[k, j]
    return a


def nussinov_loops(sequence: Any) -> Any:
    n = sequence.shape[0]
    table = np.zeros((n, n), np.int64)
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n):
            best = max(table[i, j - 1], table[i + 1, j])
            pairs = 1 if i < j - 1 and sequence[i] + sequence[j] == 3 else 0
            best = max(best, table[i + 1, j - 1] + pairs)
            for k in range(i + 1, j):
                best = max(best, table[i, k] + table[k + 1, j])
            table[i, j] = best
    return table


def definite(n: int) -> Arrays:
    (a,) = arrays((n, n))
    return (a @ a.T + len(a) * np.eye(len(a)),)


def strand(n: int) -> Arrays:
    return (np.random.default_rng(0).integers(0, 4, size(n)),)


ROWS = (
    row(two_products, "180 x 190", lambda: arrays((180, 190), (190, 180), (180, 190), (180, 190))),
    row(mvt, "1,000 x 1,000", lambda: arrays((1000,), (1000,), (1000, 1000), (1000,), (1000,))),
    row(symm, "200 x 240", lambda: arrays((200, 200), (200, 240), (200, 240))),
    row(syr2k, "200 x 150", lambda: arrays((200, 150), (200, 150), (200, 200))),
    row(cholesky, "200 x 200", lambda: definite(200), cholesky_loops),
    row(cholesky_2, "500 x 500", lambda: definite(500)),
    row(lu, "200 x 200", lambda: definite(200), lu_loops),
    row(ludcmp, "200 x 200", lambda: (*definite(200), *arrays((200,)))),
    row(deriche, "400 x 200", lambda: arrays((400, 200))),
    row(nussinov, "a strand of 80", lambda: strand(80), nussinov_loops),
)
