"""Matrices of a known form."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import numpy as pnp
from ..numpy._arguments import integer, refuse, refuse_shape
from ..numpy._core import array_of, beside, dtype_of, shape_of
from ._arguments import one_of
from ._lapack import library


def _vector(function: str, x: Any, least: int = 1) -> Any:
    x = array_of(x)
    if len(shape_of(x)) != 1 or shape_of(x)[0] < least:
        refuse_shape(
            f"scipy.linalg.{function} takes a vector of {least} or more elements, not an array of "
            f"shape {shape_of(x)}"
        )
    return x


def _of_stacks(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of vectors, of those of stacks too: leading axes broadcast, as in SciPy; a number
    is a vector of one element.
    """
    signature = inspect.signature(function)

    @functools.wraps(function)
    def over(*args: Any, **kwargs: Any) -> Any:
        given = signature.bind(*args, **kwargs).arguments
        vectors = [pnp.atleast_1d(array_of(x)) for x in given.values() if x is not None]
        if all(len(shape_of(x)) == 1 for x in vectors):
            return function(*vectors)
        text = ",".join(f"(k{i})" for i in range(len(vectors)))
        return pnp.vectorize(function, signature=f"{text}->(rows,columns)")(*vectors)

    return over


def block_diag(*arrs: Any) -> Any:
    """The matrix with the blocks `arrs` on its diagonal; vectors are rows.

    >>> block_diag([[1.0]], [[2.0, 3.0]])
    array([[1., 0., 0.],
           [0., 2., 3.]])
    """
    blocks = [pnp.atleast_2d(array_of(x)) for x in arrs] or [pnp.zeros((1, 0))]
    columns = sum(shape_of(x)[1] for x in blocks)
    rows, before = [], 0
    for x in blocks:
        if len(shape_of(x)) != 2:
            refuse_shape(f"scipy.linalg.block_diag takes matrices, not {shape_of(x)}")
        after = columns - before - shape_of(x)[1]
        rows.append(pnp.pad(x, ((0, 0), (before, after))))
        before += shape_of(x)[1]
    return pnp.concatenate(rows, axis=0)


@_of_stacks
def toeplitz(c: Any, r: Any = None) -> Any:
    """The matrix with the first column `c` and the first row `r` (its first element does not count;
    None: the conjugate of `c`), and constant diagonals.

    >>> toeplitz([1.0, 2.0], [0.0, 3.0])
    array([[1., 3.],
           [2., 1.]])
    """
    column = _vector("toeplitz", c)
    row = pnp.conj(column) if r is None else _vector("toeplitz", r)
    m, n = shape_of(column)[0], shape_of(row)[0]
    values = pnp.concatenate([pnp.flip(row[1:]), column])
    with beside(values):
        return values[(np.arange(m)[:, None] - np.arange(n)[None, :]) + n - 1]


@_of_stacks
def hankel(c: Any, r: Any = None) -> Any:
    """The matrix with the first column `c` and the last row `r` (its first element does not count;
    None: zeros), and constant antidiagonals.

    >>> hankel([1.0, 2.0])
    array([[1., 2.],
           [2., 0.]])
    """
    column = _vector("hankel", c)
    row = pnp.zeros_like(column) if r is None else _vector("hankel", r)
    m, n = shape_of(column)[0], shape_of(row)[0]
    values = pnp.concatenate([column, row[1:]])
    return values[np.arange(m)[:, None] + np.arange(n)[None, :]]


@_of_stacks
def circulant(c: Any) -> Any:
    """The matrix of which each column is the last one, rotated by one; `c` is the first.

    >>> circulant([1, 2, 3])
    array([[1, 3, 2],
           [2, 1, 3],
           [3, 2, 1]])
    """
    column = _vector("circulant", c)
    n = shape_of(column)[0]
    return column[(np.arange(n)[:, None] - np.arange(n)[None, :]) % n]


@_of_stacks
def companion(a: Any) -> Any:
    """The companion matrix of a polynomial with the coefficients `a`, the leading one first: its
    eigenvalues are the roots.

    >>> companion([1.0, -3.0, 2.0])
    array([[ 3., -2.],
           [ 1.,  0.]])
    """
    x = _vector("companion", a, 2)
    n = shape_of(x)[0] - 1
    top = -x[1:] / x[0]
    return pnp.concatenate([top[None, :], pnp.eye(n - 1, n, dtype=dtype_of(top))], axis=0)


@_of_stacks
def leslie(f: Any, s: Any) -> Any:
    """The Leslie matrix of fecundities `f` and survivals `s`, one fewer.

    >>> leslie([0.1, 2.0], [0.5])
    array([[0.1, 2. ],
           [0.5, 0. ]])
    """
    first, rest = _vector("leslie", f, 2), _vector("leslie", s)
    n = shape_of(first)[0]
    if shape_of(rest)[0] != n - 1:
        refuse_shape(f"scipy.linalg.leslie: s has {shape_of(rest)[0]} elements, f {n}: one more")
    below = pnp.pad(pnp.diag(rest), ((0, 0), (0, 1)))
    return pnp.concatenate([first[None, :], below], axis=0)


def hilbert(n: int) -> Any:
    """The Hilbert matrix, 1 / (i + j + 1).

    >>> hilbert(2)[1]
    array([0.5       , 0.33333333])
    """
    n = integer(n, "scipy.linalg.hilbert: n", 0)
    places = pnp.arange(n)
    return 1 / (places[:, None] + places[None, :] + 1.0)


def invhilbert(n: int) -> Any:
    """The inverse of the Hilbert matrix, from its formula in binomial coefficients (Choi 1983).

    >>> invhilbert(2)
    array([[ 4., -6.],
           [-6., 12.]])
    """
    n = integer(n, "scipy.linalg.invhilbert: n", 0)
    term = lambda i, j: (
        (-1) ** (i + j)
        * (i + j + 1)
        * math.comb(n + i, n - j - 1)
        * math.comb(n + j, n - i - 1)
        * math.comb(i + j, i) ** 2
    )
    return pnp.asarray(np.array([[float(term(i, j)) for j in range(n)] for i in range(n)]))


def pascal(n: int, kind: str | None = None) -> Any:
    """Pascal's matrix of binomial coefficients: symmetric (None), "lower" or "upper".

    >>> pascal(3, "lower")
    array([[1., 0., 0.],
           [1., 1., 0.],
           [1., 2., 1.]])
    """
    n = integer(n, "scipy.linalg.pascal: n", 0)
    one_of("pascal", "kind", kind, (None, "symmetric", "lower", "upper"))
    lower = [[float(math.comb(i, j)) for j in range(n)] for i in range(n)]
    full = [[float(math.comb(i + j, i)) for j in range(n)] for i in range(n)]
    found = np.array(lower if kind in ("lower", "upper") else full).reshape(n, n)
    return pnp.asarray(found.T.copy() if kind == "upper" else found)


def hadamard(n: int, dtype: Any = int) -> Any:
    """The Hadamard matrix of a power of two, by Sylvester's doubling.

    >>> hadamard(2)
    array([[ 1,  1],
           [ 1, -1]])
    """
    n = integer(n, "scipy.linalg.hadamard: n", 0)
    if n & (n - 1):
        refuse(f"scipy.linalg.hadamard: n is a power of two, not {n}")
    bits = [[(i & j).bit_count() for j in range(n)] for i in range(n)]
    return pnp.asarray(1 - 2 * (np.array(bits, dtype=np.int64).reshape(n, n) % 2), dtype=dtype)


def helmert(n: int, full: bool = False) -> Any:
    """Helmert's matrix of contrasts, without its first row unless `full`.

    >>> helmert(2)
    array([[ 0.70710678, -0.70710678]])
    """
    n = integer(n, "scipy.linalg.helmert: n", 1)
    found = np.zeros((n, n))
    found[0] = 1 / math.sqrt(n)
    for i in range(1, n):
        found[i, :i] = 1 / math.sqrt(i * (i + 1))
        found[i, i] = -i / math.sqrt(i * (i + 1))
    return pnp.asarray(found if full else found[1:])


def dft(n: int, scale: str | None = None, *, dtype: Any = None) -> Any:
    """The matrix of the discrete Fourier transform; `scale` "sqrtn" makes it unitary, "n" divides
    by n.

    >>> dft(2).real
    array([[ 1.,  1.],
           [ 1., -1.]])
    """
    n = integer(n, "scipy.linalg.dft: n", 1)
    one_of("dft", "scale", scale, (None, "sqrtn", "n"))
    angles = (np.arange(n)[:, None] * np.arange(n)[None, :]) % n * (-2 * math.pi / n)
    found = pnp.asarray(np.cos(angles) + 1j * np.sin(angles), dtype=dtype)
    return found / {None: 1, "sqrtn": math.sqrt(n), "n": n}[scale]


def invpascal(n: int, kind: str | None = None) -> Any:
    """The inverse of the `pascal` matrix of size n, in floats.

    >>> invpascal(2)
    array([[ 2., -1.],
           [-1.,  1.]])
    """
    n = integer(n, "scipy.linalg.invpascal: n", 1)
    one_of("invpascal", "kind", kind, (None, "symmetric", "lower", "upper"))
    found = library().invpascal(n, kind or "symmetric", exact=False)
    return pnp.asarray(found, dtype=float)


@_of_stacks
def fiedler(a: Any) -> Any:
    """The matrix of the distances |aᵢ - aⱼ| of the elements of a vector.

    >>> fiedler([1.0, 3.0])
    array([[0., 2.],
           [2., 0.]])
    """
    x = _vector("fiedler", a)
    return pnp.abs(x[:, None] - x[None, :])


def fiedler_companion(a: Any) -> Any:
    """Fiedler's companion matrix of the polynomial of coefficients `a`, from the highest one on:
    its eigenvalues are the roots. That of a constant has no rows, as SciPy's has from 1.18 on.
    Source: Fiedler, Linear Algebra and its Applications 372 (2003).

    >>> fiedler_companion([1.0, -16.0, 86.0])
    array([[ 16., -86.],
           [  1.,   0.]])
    """
    x = array_of(a)
    if not shape_of(x) or shape_of(x)[-1] < 1:
        refuse_shape(f"scipy.linalg.fiedler_companion: takes coefficients, not shape {shape_of(x)}")
    if shape_of(x)[-1] <= 2:
        if shape_of(x)[-1] == 2:
            return -(x[..., 1:] / x[..., :1])[..., None]
        return pnp.zeros((*shape_of(x)[:-1], 0, 0), dtype=dtype_of(x))
    monic = x / x[..., :1]
    n = shape_of(x)[-1] - 1
    zero, one = 0 * monic[..., 0], 0 * monic[..., 0] + 1
    rows = [[zero] * n for _ in range(n)]
    for k in range(2, n):  # two places from the diagonal: above it in even rows, below in odd ones
        row, column = (k, k - 2) if k % 2 else (k - 2, k)
        rows[row][column] = one
    for k in range(2, n + 1):
        rows[k - 1 if k % 2 else k - 2][k - 2 if k % 2 else k - 1] = -monic[..., k]
    rows[0][0], rows[1][0] = -monic[..., 1], one
    return pnp.stack([pnp.stack(row, axis=-1) for row in rows], axis=-2)


def convolution_matrix(a: Any, n: int, mode: str = "full") -> Any:
    """The matrix whose product with a vector of length n is its convolution with `a`; `mode` as in
    `numpy.convolve`.

    >>> convolution_matrix([1.0, 2.0], 2)
    array([[1., 0.],
           [2., 1.],
           [0., 2.]])
    """
    x, n = array_of(a), integer(n, "scipy.linalg.convolution_matrix: n", 1)
    one_of("convolution_matrix", "mode", mode, ("full", "valid", "same"))
    if not shape_of(x) or shape_of(x)[-1] == 0:
        refuse_shape(f"scipy.linalg.convolution_matrix: takes vectors, not shape {shape_of(x)}")
    m = shape_of(x)[-1]
    shift = np.arange(m + n - 1)[:, None] - np.arange(n)[None, :]
    inside = (shift >= 0) & (shift < m)
    whole = pnp.where(inside, pnp.take(x, np.clip(shift, 0, m - 1), axis=-1), 0)
    if mode == "full":
        return whole
    rows = max(m, n) if mode == "same" else max(m, n) - min(m, n) + 1
    first = (min(m, n) - 1) // 2 if mode == "same" else min(m, n) - 1
    return whole[..., first : first + rows, :]
