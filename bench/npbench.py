"""Kernels of NPBench (A. N. Ziogas et al., ICS 2021), in words of our own: what NumPy code of many
fields looks like, from stencils to linear algebra; forward, beside JAX, and Numba where NumPy's own
loops are what one would write for it. More are in `npbench_matrices`, `npbench_networks` and
`npbench_physics`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .peers import Library
from .rows import Row, Thunk, size

Kernel = Callable[..., Any]
Arrays = tuple[np.ndarray, ...]


def put(x: Any, where: Any, value: Any) -> Any:
    """x with `value` at the indices `where`: of an eager NumPy array, a copy."""
    if hasattr(x, "at"):
        return x.at[where].set(value)
    made = np.array(x)
    made[where] = value
    return made


def plus(x: Any, where: Any, value: Any) -> Any:
    return put(x, where, x[where] + value)


# -- Stencils --------------------------------------------------------------------------------------


def jacobi_1d(lib: Library, a: Any, b: Any) -> Any:
    mean = lambda x: 0.33333 * (x[:-2] + x[1:-1] + x[2:])

    def step(_: Any, arrays: Any) -> Any:
        a, b = arrays
        b = put(b, slice(1, -1), mean(a))
        return put(a, slice(1, -1), mean(b)), b

    return lib.lax.fori_loop(0, size(100), step, (a, b))


def jacobi_2d(lib: Library, a: Any, b: Any) -> Any:
    inner = (slice(1, -1), slice(1, -1))

    def mean(x: Any) -> Any:
        return 0.2 * (x[inner] + x[1:-1, :-2] + x[1:-1, 2:] + x[2:, 1:-1] + x[:-2, 1:-1])

    def step(_: Any, arrays: Any) -> Any:
        a, b = arrays
        b = put(b, inner, mean(a))
        return put(a, inner, mean(b)), b

    return lib.lax.fori_loop(0, size(50), step, (a, b))


def heat_3d(lib: Library, a: Any, b: Any) -> Any:
    i, low, high = slice(1, -1), slice(None, -2), slice(2, None)
    inner = (i, i, i)

    def spread(x: Any) -> Any:
        along = [x[high, i, i] + x[low, i, i], x[i, high, i] + x[i, low, i]]
        along.append(x[i, i, high] + x[i, i, low])
        return x[inner] + 0.125 * sum(each - 2.0 * x[inner] for each in along)

    def step(_: Any, arrays: Any) -> Any:
        a, b = arrays
        b = put(b, inner, spread(a))
        return put(a, inner, spread(b)), b

    return lib.lax.fori_loop(0, size(25), step, (a, b))


def fdtd_2d(lib: Library, ex: Any, ey: Any, hz: Any, source: Any) -> Any:
    def step(fields: Any, value: Any) -> Any:
        ex, ey, hz = fields
        ey = put(ey, 0, value)
        ey = plus(ey, slice(1, None), -0.5 * (hz[1:] - hz[:-1]))
        columns = (slice(None), slice(1, None))
        ex = plus(ex, columns, -0.5 * (hz[:, 1:] - hz[:, :-1]))
        curl = ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1]
        hz = plus(hz, (slice(None, -1), slice(None, -1)), -0.7 * curl)
        return (ex, ey, hz), None

    return lib.lax.scan(step, (ex, ey, hz), source)[0]


def hdiff(lib: Library, field: Any, coefficient: Any) -> Any:
    """Horizontal diffusion with a flux limiter."""
    xp = lib.numpy
    lap = 4.0 * field[1:-1, 1:-1] - field[2:, 1:-1] - field[:-2, 1:-1]
    lap = lap - field[1:-1, 2:] - field[1:-1, :-2]
    rows = lap[1:, 1:-1] - lap[:-1, 1:-1]
    rows = xp.where(rows * (field[2:-1, 2:-2] - field[1:-2, 2:-2]) > 0, 0.0, rows)
    columns = lap[1:-1, 1:] - lap[1:-1, :-1]
    columns = xp.where(columns * (field[2:-2, 2:-1] - field[2:-2, 1:-2]) > 0, 0.0, columns)
    flux = rows[1:] - rows[:-1] + columns[:, 1:] - columns[:, :-1]
    return field[2:-2, 2:-2] - coefficient[2:-2, 2:-2] * flux


def seidel_2d(lib: Library, a: Any) -> Any:
    """Nine points, each row from left to right with the new values."""

    def row(i: Any, a: Any) -> Any:
        above, here, below = a[i - 1], a[i], a[i + 1]
        rest = sum(x[:-2] + x[1:-1] + x[2:] for x in (above, below)) + here[1:-1] + here[2:]

        def along(left: Any, other: Any) -> Any:
            new = (left + other) / 9.0
            return new, new

        return put(a, (i, slice(1, -1)), lib.lax.scan(along, here[0], rest)[1])

    sweep = lambda _, a: lib.lax.fori_loop(1, a.shape[0] - 1, row, a)
    return lib.lax.fori_loop(0, size(4), sweep, a)


def adi(lib: Library, u: Any) -> Any:
    """Alternating directions: a tridiagonal system along each row, then along each column."""
    n = u.shape[0]
    a, c = -0.25 / n, 1.0 + 0.5 / n
    scan, xp = lib.lax.scan, lib.numpy

    def solved(sides: Any) -> Any:
        """Systems along axis 0, one for each column; 1 at both ends."""

        def forward(state: Any, side: Any) -> Any:
            p, q = state
            p, q = -a / (a * p + c), (side - a * q) / (a * p + c)
            return (p, q), (p, q)

        def backward(x: Any, pq: Any) -> Any:
            x = pq[0] * x + pq[1]
            return x, x

        ones = xp.ones_like(sides[0])
        _, pq = scan(forward, (0.0 * ones, ones), sides)
        return scan(backward, ones, pq, reverse=True)[1]

    def half(u: Any) -> Any:
        inside = slice(1, -1)
        sides = -a * u[:-2, inside] + (1.0 + 2.0 * a) * u[inside, inside] - a * u[2:, inside]
        return put(u, (inside, inside), solved(sides.T).T).T

    return lib.lax.fori_loop(0, size(5), lambda _, u: half(half(u)), u)


# -- Linear algebra --------------------------------------------------------------------------------


def gemm(lib: Library, a: Any, b: Any, c: Any) -> Any:
    return 1.5 * a @ b + 1.2 * c


def three_products(lib: Library, a: Any, b: Any, c: Any) -> Any:
    return (a @ b) @ (b @ c)


def atax(lib: Library, a: Any, x: Any) -> Any:
    return (a @ x) @ a


def bicg(lib: Library, a: Any, p: Any, r: Any) -> Any:
    return r @ a, a @ p


def gemver(lib: Library, a: Any, u: Any, v: Any, y: Any, z: Any) -> Any:
    a = a + u[:, None] * v + v[:, None] * u
    x = 1.2 * (y @ a) + z
    return a, x, 1.5 * (a @ x)


def gesummv(lib: Library, a: Any, b: Any, x: Any) -> Any:
    return 1.5 * (a @ x) + 1.2 * (b @ x)


def syrk(lib: Library, a: Any, c: Any) -> Any:
    xp = lib.numpy
    return xp.tril(1.5 * a @ a.T + 1.2 * c) + xp.triu(c, 1)


def trmm(lib: Library, a: Any, b: Any) -> Any:
    xp = lib.numpy
    return 1.5 * (xp.tril(a, -1).T @ b + b)


def doitgen(lib: Library, a: Any, c: Any) -> Any:
    return a @ c


def correlation(lib: Library, data: Any) -> Any:
    xp = lib.numpy
    spread = xp.std(data, axis=0)
    spread = xp.where(spread <= 0.1, 1.0, spread)
    data = (data - xp.mean(data, axis=0)) / (np.sqrt(data.shape[0]) * spread)
    return data.T @ data


def covariance(lib: Library, data: Any) -> Any:
    data = data - lib.numpy.mean(data, axis=0)
    return data.T @ data / (data.shape[0] - 1.0)


def durbin(lib: Library, r: Any) -> Any:
    """Yule-Walker equations, a further unknown in each step."""
    xp, at = lib.numpy, np.arange(r.shape[0])

    def step(k: Any, state: Any) -> Any:
        y, alpha, beta = state
        beta = (1.0 - alpha * alpha) * beta
        before = at < k
        back = xp.where(before, k - 1 - at, 0)
        alpha = -(r[k] + xp.sum(xp.where(before, r[back] * y, 0.0))) / beta
        y = y + xp.where(before, alpha * y[back], 0.0)
        return put(y, k, alpha), alpha, beta

    start = (put(0.0 * r, 0, -r[0]), -r[0], 1.0 + 0.0 * r[0])
    return lib.lax.fori_loop(1, r.shape[0], step, start)[0]


def trisolv(lib: Library, a: Any, b: Any) -> Any:
    step = lambda i, x: put(x, i, (b[i] - a[i] @ x) / a[i, i])
    return lib.lax.fori_loop(0, b.shape[0], step, 0.0 * b)


def gramschmidt(lib: Library, a: Any) -> Any:
    xp = lib.numpy

    def step(k: Any, state: Any) -> Any:
        a, q = state
        column = a[:, k]
        column = column / xp.sqrt(column @ column)
        return a - column[:, None] * (column @ a), put(q, (slice(None), k), column)

    return lib.lax.fori_loop(0, a.shape[1], step, (a, 0.0 * a))[1]


# -- Others ----------------------------------------------------------------------------------------


def floyd_warshall(lib: Library, paths: Any) -> Any:
    xp = lib.numpy
    step = lambda k, d: xp.minimum(d, d[:, k][:, None] + d[k][None, :])
    return lib.lax.fori_loop(0, paths.shape[0], step, paths)


def go_fast(lib: Library, a: Any) -> Any:
    xp = lib.numpy
    return a + xp.sum(xp.tanh(xp.diagonal(a)))


def arc_distance(lib: Library, one: Any, other: Any) -> Any:
    xp = lib.numpy
    (theta, phi), (theta_2, phi_2) = one, other
    half = xp.sin((theta_2 - theta) / 2) ** 2
    half = half + xp.cos(theta) * xp.cos(theta_2) * xp.sin((phi_2 - phi) / 2) ** 2
    return 2.0 * xp.arctan2(xp.sqrt(half), xp.sqrt(1.0 - half))


def mandelbrot(lib: Library, re: Any, im: Any) -> Any:
    xp = lib.numpy

    def step(_: Any, state: Any) -> Any:
        x, y, inside = state
        x2, y2 = x * x, y * y
        alive = x2 + y2 < 4.0
        new_x, new_y = x2 - y2 + re, 2.0 * x * y + im
        return xp.where(alive, new_x, x), xp.where(alive, new_y, y), inside + alive

    zero = 0.0 * re
    return lib.lax.fori_loop(0, size(50), step, (zero, zero, zero))[2]


def spmv(lib: Library, rows: Any, columns: Any, values: Any, x: Any) -> Any:
    """A sparse matrix, its entries by rows and columns, times a vector."""
    terms = values * x[columns]
    if hasattr(terms, "at"):
        return (0.0 * x).at[rows].add(terms)
    made = 0.0 * x
    np.add.at(made, rows, terms)
    return made


# -- Numba -----------------------------------------------------------------------------------------


def jacobi_2d_loops(a: Any, b: Any) -> Any:
    a, b = a.copy(), b.copy()
    for _ in range(50):
        b[1:-1, 1:-1] = 0.2 * (
            a[1:-1, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:] + a[2:, 1:-1] + a[:-2, 1:-1]
        )
        a[1:-1, 1:-1] = 0.2 * (
            b[1:-1, 1:-1] + b[1:-1, :-2] + b[1:-1, 2:] + b[2:, 1:-1] + b[:-2, 1:-1]
        )
    return a, b


def jacobi_1d_loops(a: Any, b: Any) -> Any:
    a, b = a.copy(), b.copy()
    for _ in range(100):
        b[1:-1] = 0.33333 * (a[:-2] + a[1:-1] + a[2:])
        a[1:-1] = 0.33333 * (b[:-2] + b[1:-1] + b[2:])
    return a, b


def durbin_loops(r: Any) -> Any:
    y = np.empty_like(r)
    alpha, beta, y[0] = -r[0], 1.0, -r[0]
    for k in range(1, r.shape[0]):
        beta *= 1.0 - alpha * alpha
        alpha = -(r[k] + np.dot(np.ascontiguousarray(r[:k][::-1]), y[:k])) / beta
        y[:k] += alpha * y[:k][::-1].copy()
        y[k] = alpha
    return y


def seidel_2d_loops(a: Any) -> Any:
    a = a.copy()
    n = a.shape[0]
    for _ in range(4):
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                s = 0.0
                for k in range(-1, 2):
                    for m in range(-1, 2):
                        if k != 0 or m != 0:
                            s += a[i + k, j + m]
                a[i, j] = (s + a[i, j]) / 9.0
    return a


def floyd_warshall_loops(paths: Any) -> Any:
    d = paths.copy()
    n = d.shape[0]
    for k in range(n):
        for i in range(n):
            for j in range(n):
                d[i, j] = min(d[i, j], d[i, k] + d[k, j])
    return d


def go_fast_loops(a: Any) -> Any:
    trace = 0.0
    for i in range(a.shape[0]):
        trace += np.tanh(a[i, i])
    return a + trace


# -- Rows ------------------------------------------------------------------------------------------


def arrays(*shapes: tuple[int, ...]) -> Arrays:
    rng = np.random.default_rng(0)
    return tuple(rng.random(tuple(map(size, shape))) + 0.1 for shape in shapes)


def triangle(n: int) -> Arrays:
    a, b = arrays((n, n), (n,))
    return np.tril(a) / len(a) + np.eye(len(a)), b


def sparse(n: int, each: int) -> Arrays:
    rng, n = np.random.default_rng(0), size(n)
    rows = np.repeat(np.arange(n), each)
    return rows, rng.integers(0, n, n * each), rng.random(n * each), rng.random(n)


def grid(n: int) -> Arrays:
    n = size(n)
    re, im = np.linspace(-2.0, 0.5, n), np.linspace(-1.25, 1.25, n)
    return np.broadcast_to(re, (n, n)).copy(), np.broadcast_to(im[:, None], (n, n)).copy()


def timed(kernel: Kernel, data: Callable[[], Arrays]) -> Callable[[Library], Thunk]:
    def build(lib: Library) -> Thunk:
        given = [lib.asarray(x) for x in data()]
        function = lib.jit(lambda *given: kernel(lib, *given))
        return lambda: lib.wait(function(*given))

    return build


def by_numba(loops: Kernel, data: Callable[[], Arrays]) -> Callable[[], Thunk]:
    def build() -> Thunk:
        import numba

        function, given = numba.njit(loops), data()
        return lambda: function(*given)

    return build


def row(kernel: Kernel, what: str, data: Callable[[], Arrays], loops: Kernel | None = None) -> Row:
    """A row of one kernel; the sum of an array's elements may be taken in another order."""
    name = kernel.__name__.replace("_", "-")
    others = {} if loops is None else {"numba": by_numba(loops, data)}
    build = timed(kernel, data)
    return Row(f"np-{name}", what, build, {"jax": 0.9}, tuple(others), others, rtol=1e-7)


ROWS = (
    row(jacobi_1d, "100 steps on 3,200 points", lambda: arrays((3200,), (3200,)), jacobi_1d_loops),
    row(
        jacobi_2d, "50 steps on 150 x 150", lambda: arrays((150, 150), (150, 150)), jacobi_2d_loops
    ),
    row(heat_3d, "25 steps on 25 x 25 x 25", lambda: arrays((25,) * 3, (25,) * 3)),
    row(fdtd_2d, "20 steps on 200 x 220", lambda: arrays(*[(200, 220)] * 3, (20,))),
    row(hdiff, "a step on 256 x 256", lambda: arrays((256, 256), (256, 256))),
    row(seidel_2d, "4 sweeps of 60 x 60", lambda: arrays((60, 60)), seidel_2d_loops),
    row(adi, "5 steps on 100 x 100", lambda: arrays((100, 100))),
    row(gemm, "200 x 220 x 240", lambda: arrays((200, 240), (240, 220), (200, 220))),
    row(three_products, "three of 160 x 160", lambda: arrays(*[(160, 160)] * 3)),
    row(atax, "1,000 x 1,000", lambda: arrays((1000, 1000), (1000,))),
    row(bicg, "1,000 x 1,000", lambda: arrays((1000, 1000), (1000,), (1000,))),
    row(gemver, "1,000 x 1,000", lambda: arrays((1000, 1000), *[(1000,)] * 4)),
    row(gesummv, "two of 1,000 x 1,000", lambda: arrays((1000, 1000), (1000, 1000), (1000,))),
    row(syrk, "200 x 150", lambda: arrays((200, 150), (200, 200))),
    row(trmm, "200 x 250", lambda: arrays((200, 200), (200, 250))),
    row(doitgen, "40 x 40 x 50", lambda: arrays((40, 40, 50), (50, 50))),
    row(correlation, "600 x 120", lambda: arrays((600, 120))),
    row(covariance, "600 x 120", lambda: arrays((600, 120))),
    row(durbin, "1,000 unknowns", lambda: tuple(x / 2000 for x in arrays((1000,))), durbin_loops),
    row(trisolv, "500 unknowns", lambda: triangle(500)),
    row(gramschmidt, "120 x 60", lambda: arrays((120, 60))),
    row(floyd_warshall, "200 nodes", lambda: arrays((200, 200)), floyd_warshall_loops),
    row(go_fast, "1,000 x 1,000", lambda: arrays((1000, 1000)), go_fast_loops),
    row(arc_distance, "100,000 pairs", lambda: arrays((2, 100_000), (2, 100_000))),
    row(mandelbrot, "50 iterations on 200 x 200", lambda: grid(200)),
    row(spmv, "4,096 rows of 16 entries", lambda: sparse(4096, 16)),
)
