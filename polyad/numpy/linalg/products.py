"""Products and powers of matrices, and functions of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...errors import PolyadTypeError, PolyadValueError, ShapeError
from ...ir import user_location, where
from ...ops import dispatch
from ...ops import elementwise as e
from ...ops import linalg as l
from ...ops import manipulation as m
from ...ops import matrix_functions as mf
from ...texts import shown
from .. import indexing, products
from .._arguments import refuse_shape
from .._core import array_of, axis_of, dtype_of, promoted, shape_of
from .._out import gives_out
from .._precision import precise
from ..joining import stack
from ..matrices import eye
from ..products import matmul
from ._arguments import square, square_as_it_is


def trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Any:
    """The sum of the diagonal of (…, m, n) x, in `dtype` if that is given.

    >>> trace([[1.0, 2.0], [3.0, 4.0]])
    np.float64(5.0)
    """
    return products.trace(x, offset, -2, -1, dtype)


def diagonal(x: Any, /, *, offset: int = 0) -> Any:
    """The diagonal of (…, m, n) x, `offset` columns to the right (left, if negative).

    >>> diagonal([[1.0, 2.0], [3.0, 4.0]])
    array([1., 4.])
    """
    return indexing.diagonal(x, offset, -2, -1)


def outer(x1: Any, x2: Any, /) -> Any:
    """All products of an element of the vector `x1` with one of the vector `x2`.

    >>> outer([1.0, 2.0], [3.0])
    array([[3.],
           [6.]])
    """
    for x in (x1, x2):
        if len(shape_of(array_of(x))) != 1:
            refuse_shape(f"outer takes vectors, not an array of shape {shape_of(array_of(x))}")
    return products.outer(x1, x2)


def cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """The cross product along `axis`, of size 3 in both; other axes broadcast.

    >>> cross([1.0, 0.0, 0.0], [0.0, 1.0, 0.0])
    array([0., 0., 1.])
    """
    a, b = promoted([x1, x2])
    for x in (a, b):
        if not shape_of(x) or shape_of(x)[axis_of(axis, len(shape_of(x)))] != 3:
            raise ShapeError(
                f"cross takes vectors of 3 elements along axis {axis}, not arrays of shapes "
                f"{shape_of(a)} and {shape_of(b)}{where(user_location())}"
            )
    shape = dispatch.broadcast_shapes([shape_of(a), shape_of(b)], "cross")
    at = axis_of(axis, len(shape))
    a, b = (x if shape_of(x) == shape else m.broadcast_to(x, shape=shape) for x in (a, b))
    u, v = ([_component(x, at, k) for k in range(3)] for x in (a, b))
    parts = [
        e.subtract(e.multiply(u[i], v[j]), e.multiply(u[j], v[i]))
        for i, j in ((1, 2), (2, 0), (0, 1))
    ]
    return stack(parts, axis=at)


def _component(x: Any, axis: int, k: int) -> Any:
    kept = tuple(n for i, n in enumerate(shape_of(x)) if i != axis)
    return m.reshape(m.slice_axis(x, axis, k, k + 1), shape=kept)


def matrix_power(a: Any, n: int) -> Any:
    """(…, k, k) a to an integer power, by repeated squaring; a negative one by the inverse.
    Integers stay integers where the power is not negative.

    Raises `LinAlgError` for a negative power of a singular matrix.

    >>> matrix_power([[1.0, 1.0], [0.0, 1.0]], 3)
    array([[1., 3.],
           [0., 1.]])
    """
    if not hasattr(n, "__index__") or isinstance(n, bool):
        raise PolyadTypeError(
            f"matrix_power: the power is an integer, not {shown(n)}{where(user_location())}"
        )
    n = int(n)
    x = square_as_it_is(a, "matrix_power")
    if n < 0:
        x, n = l.inv(square(x, "matrix_power")), -n
    result = None
    while n:
        if n & 1:
            result = x if result is None else matmul(result, x)
        n >>= 1
        if n:
            x = matmul(x, x)
    if result is not None:
        return result
    return m.broadcast_to(eye(shape_of(x)[-1], dtype=dtype_of(x)), shape=shape_of(x))


@gives_out
@precise(0)
def multi_dot(arrays: Sequence[Any], *, out: Any = None) -> Any:
    """The product of two or more matrices in the cheapest order; the first and the last may be
    vectors.

    Source: Cormen, Leiserson, Rivest and Stein, Introduction to Algorithms, 15.2.

    >>> multi_dot([[[1.0, 2.0]], [[1.0], [1.0]], [[2.0, 0.0]]])
    array([[6., 0.]])
    """
    parts = [array_of(x) for x in arrays]
    if len(parts) < 2:
        raise PolyadValueError(
            f"multi_dot takes two arrays at least, not {len(parts)}{where(user_location())}"
        )
    ends = (0, len(parts) - 1)
    for i, x in enumerate(parts):
        if len(shape_of(x)) != 2 and not (i in ends and len(shape_of(x)) == 1):
            raise ShapeError(
                f"multi_dot: array {i} has shape {shape_of(x)}; all are matrices, but that the "
                f"first and the last may be vectors{where(user_location())}"
            )
    sizes = [shape_of(x) for x in parts]
    first = 1 if len(sizes[0]) == 1 else sizes[0][0]
    inner = [shape[0] for shape in sizes[1:]]
    last = 1 if len(sizes[-1]) == 1 else sizes[-1][1]
    return _multiplied(parts, _cheapest([first, *inner, last]), 0, len(parts) - 1)


def _cheapest(sizes: list[int]) -> dict[tuple[int, int], int]:
    """The best split of the product of matrices i to j, for each i < j."""
    count = len(sizes) - 1
    cost = {(i, i): 0 for i in range(count)}
    split = {}
    for width in range(1, count):
        for i in range(count - width):
            j = i + width
            found = [
                (cost[i, k] + cost[k + 1, j] + sizes[i] * sizes[k + 1] * sizes[j + 1], k)
                for k in range(i, j)
            ]
            cost[i, j], split[i, j] = min(found)
    return split


def _multiplied(parts: list[Any], split: dict[tuple[int, int], int], i: int, j: int) -> Any:
    if i == j:
        return parts[i]
    k = split[i, j]
    return matmul(_multiplied(parts, split, i, k), _multiplied(parts, split, k + 1, j))


# -- Functions -------------------------------------------------------------------------------------


def expm(x: Any, /, *, hermitian: bool = False) -> Any:
    """The exponential of (…, n, n) x, by Padé approximants (Al-Mohy and Higham 2009); with
    `hermitian`, by eigenvalues.

    Derivatives of any order are exact, repeated eigenvalues or not (Higham 2008, theorems 3.6 and
    3.11). `hermitian` promises that x is: the derivative is that of its Hermitian part.

    >>> expm([[0.0, 1.0], [0.0, 0.0]])
    array([[1., 1.],
           [0., 1.]])
    """
    return _function(x, "exp", hermitian)


def logm(x: Any, /, *, hermitian: bool = False) -> Any:
    """The principal logarithm of (…, n, n) x, by a Schur decomposition; with `hermitian`, by
    eigenvalues. Derivatives as `expm`'s.

    Raises `LinAlgError` where there is none: for a singular matrix, and for a real one with a
    negative eigenvalue, unless it is given in a complex dtype.

    >>> logm([[1.0, 1.0], [0.0, 1.0]])
    array([[0., 1.],
           [0., 0.]])
    """
    return _function(x, "log", hermitian)


def sqrtm(x: Any, /, *, hermitian: bool = False) -> Any:
    """The principal square root of (…, n, n) x, by a Schur decomposition; with `hermitian`, by
    eigenvalues. Derivatives as `expm`'s.

    Raises `LinAlgError` where there is none, as `logm`.

    >>> sqrtm([[4.0, 0.0], [0.0, 9.0]])
    array([[2., 0.],
           [0., 3.]])
    """
    return _function(x, "sqrt", hermitian)


def _function(x: Any, name: str, hermitian: bool) -> Any:
    x = square(x, f"{name}m")
    return mf.matrix_function(x, function=name, hermitian=bool(hermitian))
