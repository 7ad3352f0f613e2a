"""Linear algebra: `polyad.numpy.linalg`."""

from __future__ import annotations

from typing import Any

from ..errors import PolyadValueError, ShapeError
from ..ir import user_location, where
from ..ops import elementwise as e
from ..ops import linalg as l
from ..ops import manipulation as m
from ..ops import reduction as r
from ..ops.dispatch import broadcast_shapes
from ._core import Axis, array_of, axes_of, dtype_of, promoted, shape_of
from .creation import eye
from .indexing import diagonal as diagonal
from .manipulation import expand_dims
from .manipulation import matrix_transpose as matrix_transpose
from .products import matmul as matmul
from .products import outer as outer
from .products import tensordot as tensordot
from .products import trace as trace
from .products import vecdot as vecdot
from .reduction import _floating, _kept


def _square(x: Any, name: str) -> Any:
    x = _floating(x)
    shape = shape_of(x)
    if len(shape) < 2 or shape[-1] != shape[-2]:
        raise ShapeError(
            f"{name} takes square matrices, not an array of shape {shape}{where(user_location())}"
        )
    return x


def cholesky(x: Any, /, *, upper: bool = False) -> Any:
    """The lower triangular L with L Lᴴ = x, for Hermitian positive-definite x (its transpose, if
    `upper`).
    """
    low = l.cholesky(_square(x, "cholesky"))
    return e.conj(matrix_transpose(low)) if upper else low


def solve(x1: Any, x2: Any, /) -> Any:
    """The solution of x1 · y = x2, for a vector or (stacks of) matrices x2.

    >>> solve([[2.0, 0.0], [0.0, 4.0]], [2.0, 2.0])
    array([1. , 0.5])
    """
    a, b = promoted([_square(x1, "solve"), x2])
    vector = len(shape_of(b)) == 1
    if vector:
        b = expand_dims(b, axis=1)
    lead = broadcast_shapes([shape_of(a)[:-2], shape_of(b)[:-2]], "solve")
    a, b = (
        x if shape_of(x)[:-2] == lead else m.broadcast_to(x, shape=(*lead, *shape_of(x)[-2:]))
        for x in (a, b)
    )
    y = l.solve(a, b)
    return m.reshape(y, shape=shape_of(y)[:-1]) if vector else y


def inv(x: Any, /) -> Any:
    """The inverse of square matrices."""
    x = _square(x, "inv")
    identity = eye(shape_of(x)[-1], dtype=dtype_of(x))
    return l.solve(x, m.broadcast_to(identity, shape=shape_of(x)))


def matrix_power(x: Any, n: int, /) -> Any:
    """Square matrices to an integer power; a negative one by the inverse."""
    x = _square(x, "matrix_power")
    if n < 0:
        x, n = inv(x), -n
    result = m.broadcast_to(eye(shape_of(x)[-1], dtype=dtype_of(x)), shape=shape_of(x))
    while n:
        if n & 1:
            result = matmul(result, x)
        n >>= 1
        if n:
            x = matmul(x, x)
    return result


def vector_norm(x: Any, /, *, axis: Axis = None, keepdims: bool = False, ord: float = 2) -> Any:
    """The `ord`-norm over `axis` (None: all). At 0 the derivative of the 2-norm is 0.

    >>> vector_norm([3.0, 4.0])
    np.float64(5.0)
    """
    x = _floating(x)
    axes = axes_of(axis, x)
    size = e.abs(x)
    if ord == 2:
        total = m.sum(e.square(size), axes=axes)
        flat = e.equal(total, 0)
        found = e.where(flat, 0, e.sqrt(e.where(flat, 1, total)))
    elif ord == 1:
        found = m.sum(size, axes=axes)
    elif ord == 0:
        found = m.sum(e.astype(e.not_equal(x, 0), dtype=dtype_of(size)), axes=axes)
    elif ord in (float("inf"), -float("inf")):
        found = (r.max if ord > 0 else r.min)(size, axes=axes)
    else:
        found = e.pow(m.sum(e.pow(size, ord), axes=axes), 1.0 / ord)
    return _kept(found, x, axes, keepdims)


def norm(x: Any, ord: Any = None, axis: Axis = None, keepdims: bool = False) -> Any:
    """The 2-norm of all elements, or a vector norm along one axis; matrix norms other than
    Frobenius's are not here.

    Raises `PolyadValueError` for an `ord` of matrices.
    """
    x = array_of(x)
    if axis is None and ord is not None and len(shape_of(x)) > 1 and ord != "fro":
        raise PolyadValueError(
            f"norm: ord={ord!r} of a matrix is not known; give an axis, or ord='fro'"
        )
    return vector_norm(x, axis=axis, keepdims=keepdims, ord=2 if ord in (None, "fro") else ord)
