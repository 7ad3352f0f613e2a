"""Polynomials as vectors of coefficients, the highest power first: NumPy's `poly1d` functions."""

from __future__ import annotations

from typing import Any

from ..errors import PolyadTypeError, PolyadValueError, ShapeError
from ..ir import user_location, where
from ..ops import elementwise as e
from ..ops import manipulation as m
from ._core import array_of, convert, dtype_of, from_list, promoted, shape_of
from .creation import eye, ones, zeros
from .manipulation import atleast_1d, concat, stack
from .products import matmul, trace
from .reduction import _floating
from .signal import convolve


def polyval(p: Any, x: Any) -> Any:
    """The polynomial of coefficients `p` at `x`, by Horner's scheme; differentiable in both.

    >>> polyval([1.0, 0.0, 1.0], 3.0)
    np.float64(10.0)
    """
    p, x = promoted([_vector(p, "polyval"), x])
    total = e.multiply(x, 0)
    for k in range(shape_of(p)[0]):
        coefficient = m.reshape(m.slice_axis(p, 0, k, k + 1), shape=())
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
            f"{k!r:.40}{where(user_location())}"
        )
    return k


def polyadd(a1: Any, a2: Any) -> Any:
    """The sum of two polynomials.

    >>> polyadd([1.0, 2.0], [5.0])
    array([1., 7.])
    """
    return e.add(*_aligned(a1, a2, "polyadd"))


def polysub(a1: Any, a2: Any) -> Any:
    """The difference of two polynomials."""
    return e.subtract(*_aligned(a1, a2, "polysub"))


def _aligned(a1: Any, a2: Any, what: str) -> list[Any]:
    given = promoted([_vector(a1, what), _vector(a2, what)])
    n = max(shape_of(x)[0] for x in given)
    return [m.pad_axis(x, 0, n - shape_of(x)[0], 0) for x in given]


def polymul(a1: Any, a2: Any) -> Any:
    """The product of two polynomials. Leading zeros stay.

    >>> polymul([1.0, 1.0], [1.0, -1.0])
    array([ 1.,  0., -1.])
    """
    return convolve(_vector(a1, "polymul"), _vector(a2, "polymul"))


def polydiv(u: Any, v: Any) -> tuple[Any, Any]:
    """Quotient and remainder of two polynomials. The first coefficient of `v` is not 0; the
    remainder keeps its leading zeros.

    >>> polydiv([1.0, 0.0, -1.0], [1.0, 1.0])
    (array([ 1., -1.]), array([0.]))
    """
    u, v = promoted([_floating(_vector(u, "polydiv")), _floating(_vector(v, "polydiv"))])
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


def polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    """The integral of order `m` of a polynomial, with the constants `k` (a number, or `m` of them;
    0 if not given).

    >>> polyint([2.0, 0.0], k=5.0)
    array([1., 0., 5.])
    """
    p = _floating(_vector(p, "polyint"))
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


def poly(seq_of_zeros: Any) -> Any:
    """The polynomial with these zeros, or the characteristic polynomial of a square matrix (by
    Faddeev and LeVerrier's recursion).

    >>> poly([1.0, 2.0])
    array([ 1., -3.,  2.])
    """
    x = _floating(atleast_1d(array_of(seq_of_zeros)))
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
