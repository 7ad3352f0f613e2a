"""Polynomials as vectors of coefficients, the highest power first: NumPy's `poly1d` functions."""

from __future__ import annotations

import math
from typing import Any

from ..errors import PolyadTypeError, PolyadValueError, ShapeError
from ..ir import user_location, where
from ..ir.types import int64
from ..ops import elementwise as e
from ..ops import manipulation as m
from ..texts import shown
from . import linalg
from ._core import (
    array_of,
    beside_arrays,
    convert,
    dtype_of,
    from_list,
    known_values,
    positions,
    promoted,
    shape_of,
)
from ._storage import computed_wide
from .creation import ones, zeros
from .cumulative import cumprod
from .dtypes import finfo
from .elementwise import add, equal, greater, negative
from .elementwise import where as choose
from .joining import concat, stack
from .manipulation import atleast_1d, expand_dims, matrix_transpose
from .matrices import eye
from .products import matmul, trace
from .reduction import as_floating, sum
from .repetition import roll
from .signal import convolve
from .sorting import argsort
from .taking import take


@computed_wide
@beside_arrays
def polyval(p: Any, x: Any) -> Any:
    """The polynomial of coefficients `p` at `x`, by Horner's scheme; differentiable in both. Rows
    of a `p` of more dimensions are the coefficients, and broadcast with `x`.

    >>> polyval([1.0, 0.0, 1.0], 3.0)
    np.float64(10.0)
    """
    p, x = promoted([atleast_1d(array_of(p)), x])
    total = e.multiply(x, 0)
    for k in range(shape_of(p)[0]):
        coefficient = m.reshape(m.slice_axis(p, 0, k, k + 1), shape=shape_of(p)[1:])
        total = e.add(e.multiply(total, x), coefficient)
    return total


def _vector(p: Any, what: str) -> Any:
    p = atleast_1d(array_of(p))
    if len(shape_of(p)) != 1:
        raise ShapeError(
            f"{what}: coefficients are a vector, not of shape {shape_of(p)}{where(user_location())}"
        )
    return p


def _degree(k: Any, what: str, name: str) -> int:
    if not isinstance(k, int) or isinstance(k, bool) or k < 0:
        raise PolyadTypeError(
            f"{what}: {name} is a Python integer that is not negative, not "
            f"{shown(k)}{where(user_location())}"
        )
    return k


@beside_arrays
def polyadd(a1: Any, a2: Any) -> Any:
    """The sum of two polynomials.

    >>> polyadd([1.0, 2.0], [5.0])
    array([1., 7.])
    """
    return e.add(*_aligned(a1, a2, "polyadd"))


@beside_arrays
def polysub(a1: Any, a2: Any) -> Any:
    """The difference of two polynomials."""
    return e.subtract(*_aligned(a1, a2, "polysub"))


def _aligned(a1: Any, a2: Any, what: str) -> list[Any]:
    given = promoted([_vector(a1, what), _vector(a2, what)])
    n = max(shape_of(x)[0] for x in given)
    return [m.pad_axis(x, 0, n - shape_of(x)[0], 0) for x in given]


@computed_wide
@beside_arrays
def polymul(a1: Any, a2: Any) -> Any:
    """The product of two polynomials. Leading zeros stay.

    >>> polymul([1.0, 1.0], [1.0, -1.0])
    array([ 1.,  0., -1.])
    """
    return convolve(_vector(a1, "polymul"), _vector(a2, "polymul"))


@computed_wide
@beside_arrays
def polydiv(u: Any, v: Any) -> tuple[Any, Any]:
    """Quotient and remainder of two polynomials. The first coefficient of `v` is not 0; the
    remainder keeps its leading zeros.

    >>> polydiv([1.0, 0.0, -1.0], [1.0, 1.0])
    (array([ 1., -1.]), array([0.]))
    """
    u, v = promoted([as_floating(_vector(u, "polydiv")), as_floating(_vector(v, "polydiv"))])
    n, k = shape_of(u)[0], shape_of(v)[0]
    if n < k:
        return zeros(1, dtype=dtype_of(u)), u
    first = m.slice_axis(v, 0, 0, 1)
    quotient, rest = [], u
    for j in range(n - k + 1):
        factor = e.divide(m.slice_axis(rest, 0, j, j + 1), first)
        quotient.append(factor)
        rest = e.subtract(rest, m.pad_axis(e.multiply(v, factor), 0, j, n - k - j))
    left = m.slice_axis(rest, 0, n - k + 1, n) if k > 1 else zeros(1, dtype=dtype_of(u))
    return concat(quotient), left


@computed_wide
@beside_arrays
def polyder(p: Any, m: int = 1) -> Any:
    """The derivative of order `m` of a polynomial.

    >>> polyder([1.0, 0.0, 5.0])
    array([2., 0.])
    """
    p = _vector(p, "polyder")
    for _ in range(_degree(m, "polyder", "m")):
        n = shape_of(p)[0]
        p = _scaled(_cut(p, 0, max(n - 1, 0)), [n - 1 - k for k in range(max(n - 1, 0))])
    return p


def _cut(p: Any, start: int, stop: int) -> Any:
    return m.slice_axis(p, 0, start, stop)


def _scaled(p: Any, factors: list[int]) -> Any:
    weights = convert(from_list(factors, dtype="int64"), dtype_of(p))
    return e.multiply(p, weights)


@computed_wide
@beside_arrays
def polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    """The integral of order `m` of a polynomial, with the constants `k` (a number, or `m` of them;
    0 if not given).

    >>> polyint([2.0, 0.0], k=5.0)
    array([1., 0., 5.])
    """
    p = as_floating(_vector(p, "polyint"))
    order = _degree(m, "polyint", "m")
    constants = convert(atleast_1d(array_of(0.0 if k is None else k)), dtype_of(p))
    count = shape_of(constants)[0]
    if count not in (1, order):
        raise PolyadValueError(
            f"polyint: {order} constants, or one, not {count}{where(user_location())}"
        )
    for j in range(order):
        n = shape_of(p)[0]
        divisors = convert(from_list([n - i for i in range(n)], dtype="int64"), dtype_of(p))
        constant = _cut(constants, j, j + 1) if count > 1 else constants
        p = concat([e.divide(p, divisors), constant])
    return p


@computed_wide
@beside_arrays
def poly(seq_of_zeros: Any) -> Any:
    """The polynomial with these zeros, or the characteristic polynomial of a square matrix (by
    Faddeev and LeVerrier's recursion).

    >>> poly([1.0, 2.0])
    array([ 1., -3.,  2.])
    """
    x = as_floating(atleast_1d(array_of(seq_of_zeros)))
    shape = shape_of(x)
    if len(shape) == 2 and shape[0] == shape[1]:
        return _characteristic(x)
    if len(shape) != 1:
        raise ShapeError(
            f"poly takes a vector or a square matrix, not shape {shape}{where(user_location())}"
        )
    found = ones(1, dtype=dtype_of(x))
    for k in range(shape[0]):
        factor = concat([ones(1, dtype=dtype_of(x)), e.negative(_cut(x, k, k + 1))])
        found = convolve(found, factor)
    return found


def _characteristic(a: Any) -> Any:
    """M_0 = 0, c_n = 1; M_k = a M_{k-1} + c I, c = -tr(a M_k) / k."""
    n = shape_of(a)[0]
    unit = convert(eye(n), dtype_of(a))
    coefficient, carried = ones((), dtype=dtype_of(a)), e.multiply(a, 0)
    found = [coefficient]
    for k in range(1, n + 1):
        carried = e.add(carried, e.multiply(unit, coefficient))
        carried = matmul(a, carried)
        coefficient = e.divide(e.negative(trace(carried)), float(k))
        found.append(coefficient)
    return stack(found)


@beside_arrays
def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """Vandermonde's matrix: a row of `N` falling powers (rising, if `increasing`) for each element
    of a vector.

    >>> vander([2.0, 3.0], 3)
    array([[4., 2., 1.],
           [9., 3., 1.]])
    """
    x = array_of(x)
    if len(shape_of(x)) != 1:
        raise ShapeError(f"vander takes a vector, not shape {shape_of(x)}{where(user_location())}")
    n = shape_of(x)[0] if N is None else _degree(N, "vander", "N")
    if n == 0:
        return zeros((shape_of(x)[0], 0), dtype=dtype_of(x))
    columns = [e.integer_pow(x, exponent=k) for k in range(n)]
    return stack(columns if increasing else columns[::-1], axis=1)


@computed_wide
@beside_arrays
def roots(p: Any, *, strip_zeros: bool = True) -> Any:
    """The zeros of a polynomial, complex, as eigenvalues of its companion matrix.

    Leading zeros of `p` are dropped, and trailing ones are zeros of the polynomial, which takes
    known values; under `jit` and `vmap` say `strip_zeros=False`: then there is a NaN at the end for
    each leading zero. Differentiable where the zeros are simple.

    >>> roots([1.0, -3.0, 2.0]).round(12)
    array([2.+0.j, 1.+0.j])
    """
    p = as_floating(_vector(p, "roots"))
    trailing = 0
    if strip_zeros:
        values = known_values(p, "roots", "roots(p, strip_zeros=False)")
        there = [k for k, value in enumerate(values) if value != 0]
        if not there:
            return zeros(0, dtype=dtype_of(p).complex)
        trailing = len(values) - 1 - there[-1]
        p = _cut(p, there[0], there[-1] + 1)
    n = shape_of(p)[0]
    dtype = dtype_of(p).complex
    ends = zeros(trailing, dtype=dtype)
    if n < 2:
        return ends
    if not strip_zeros:
        return _roots_of_any(p, n)
    found = convert(_roots_of(p, n), dtype)
    return concat([found, ends]) if trailing else found


def _roots_of_any(p: Any, n: int) -> Any:
    """The zeros of a polynomial, and at the end a NaN for each leading zero of `p`."""
    leading = sum(cumprod(convert(equal(p, 0), int64)))
    found = _roots_of(roll(choose(equal(leading, n), 1, p), negative(leading)), n)
    found = take(found, argsort(convert(equal(found, 0), int64), stable=True))
    beyond = greater(add(positions(n - 1, p), leading), n - 2)
    return choose(beyond, complex(math.nan, math.nan), found)


def _roots_of(p: Any, n: int) -> Any:
    """The zeros of a polynomial whose first coefficient is not 0."""
    top = e.negative(e.divide(_cut(p, 1, n), _cut(p, 0, 1)))
    below = convert(eye(n - 2, n - 1), dtype_of(p))
    companion = concat([m.reshape(top, shape=(1, n - 1)), below], axis=0)
    return convert(linalg.eigvals(companion), dtype_of(p).complex)


@computed_wide
@beside_arrays
def polyfit(
    x: Any,
    y: Any,
    deg: int,
    rcond: Any = None,
    full: bool = False,
    w: Any = None,
    cov: Any = False,
) -> Any:
    """The coefficients of the polynomial of degree `deg` that fits the points (x, y) with the least
    squares, of errors times `w` if given; for each column of a matrix `y`.

    With `full` also the residuals, the rank, the singular values and `rcond`; with `cov` instead
    the covariance of the coefficients ("unscaled": for errors of known variance 1/w²).
    Differentiable in `x`, `y` and `w`.

    Raises `ShapeError` for vectors of other lengths, `PolyadValueError` where `cov` needs more
    points.

    >>> polyfit([0.0, 1.0, 2.0], [1.0, 3.0, 5.0], 1).round(12)
    array([2., 1.])
    """
    x, y = promoted([as_floating(x), as_floating(y)])
    n = shape_of(x)[0] if len(shape_of(x)) == 1 else 0
    if n == 0 or len(shape_of(y)) not in (1, 2) or shape_of(y)[0] != n:
        raise ShapeError(
            "polyfit: x is a vector that is not empty, y one of its length or a matrix of so many "
            f"rows; not of shapes {shape_of(x)} and {shape_of(y)}{where(user_location())}"
        )
    left, right = vander(x, _degree(deg, "polyfit", "deg") + 1), y
    if w is not None:
        w = convert(as_floating(w), dtype_of(x))
        if shape_of(w) != (n,):
            raise ShapeError(
                f"polyfit: weights have shape {shape_of(w)}, expected "
                f"{(n,)}{where(user_location())}"
            )
        left = e.multiply(left, expand_dims(w, axis=1))
        right = e.multiply(right, w if len(shape_of(y)) == 1 else expand_dims(w, axis=1))
    scale = e.sqrt(sum(e.square(left), axis=0))
    scaled = e.divide(left, scale)
    rcond = n * finfo(dtype_of(x)).eps if rcond is None else rcond
    fit = linalg.lstsq(scaled, right, rcond=rcond)
    several = len(shape_of(y)) == 2
    weights = expand_dims(scale, axis=1) if several else scale
    found = e.divide(fit.x, weights)
    if full:
        return found, atleast_1d(fit.residuals), fit.rank, fit.s, rcond
    if not cov:
        return found
    return found, _covariance(scaled, scale, fit.residuals, n - deg - 1, cov, several)


def _covariance(scaled: Any, scale: Any, residuals: Any, free: int, cov: Any, several: bool) -> Any:
    """(VᵀV)⁻¹ of V = `scaled` · `scale`, times the variance of the errors unless "unscaled"."""
    spread = linalg.inv(matmul(matrix_transpose(scaled), scaled))
    spread = e.divide(spread, e.multiply(expand_dims(scale, axis=1), scale))
    if cov == "unscaled":
        return spread
    if free < 1:
        raise PolyadValueError(
            "polyfit: the covariance needs more points than coefficients"
            f"{where(user_location())}\n  Give more, or cov='unscaled'."
        )
    factor = e.divide(residuals, float(free))
    return e.multiply(expand_dims(spread, axis=2) if several else spread, factor)
