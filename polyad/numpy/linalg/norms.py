"""Norms, determinants, and functions of them."""

from __future__ import annotations

import builtins
import math
from typing import Any, NamedTuple

from ...errors import PolyadValueError, ShapeError
from ...ir import user_location, where
from ...ops import determinants as d
from ...ops import elementwise as e
from ...ops import manipulation as m
from ...ops import reduction as r
from ...ops import spectral as s
from ...texts import shown
from .._core import Axis, array_of, axes_of, axis_of, dtype_of, shape_of
from .._storage import computed_wide
from ..extremes import max, min
from ..manipulation import moveaxis, ravel
from ..reduction import sum, with_kept
from ..roots import root_of_powers
from ._arguments import epsilon, floating, matrices, square, unknown_order

INF = math.inf


def det(a: Any) -> Any:
    """The determinant of (…, n, n) a. Its derivatives are sums of minors, to every
    order, at singular matrices too.

    Args:
        a: a floating array of shape (…, n, n).

    Raises:
        ShapeError: matrices that are not square.

    >>> float(det([[1.0, 2.0], [3.0, 4.0]]))
    -2.0000000000000004
    """
    return d.det(square(a, "det"))


class SlogdetResult(NamedTuple):
    """The result of `slogdet`."""

    sign: Any
    logabsdet: Any


def slogdet(a: Any) -> SlogdetResult:
    """(sign, log|det|) of (…, n, n) a; (0, -inf) for a singular one, where the derivative is
    infinite.

    >>> slogdet([[2.0, 0.0], [0.0, -2.0]]).sign
    np.float64(-1.0)
    """
    return SlogdetResult(*d.slogdet.results(square(a, "slogdet")))


@computed_wide
def vector_norm(x: Any, /, *, axis: Axis = None, keepdims: bool = False, ord: float = 2) -> Any:
    """(Σ |xᵢ|^ord)^(1/ord) over `axis` (None: all); the largest and least modulus for ±inf, the
    count of non-zeros for 0.

    At 0 its derivative is 0, and so is that of the modulus of an element that is 0; ties of ±inf
    share it.

    >>> vector_norm([3.0, 4.0])
    np.float64(5.0)
    """
    x = floating(x)
    axes = axes_of(axis, x)
    if not isinstance(ord, int | float):
        raise unknown_order("vector_norm", ord, "a number")
    if 0 in [shape_of(x)[i] for i in axes]:
        if ord == -INF:
            raise ShapeError(
                f"vector_norm: ord={ord} of no elements, along an axis of size 0 of shape "
                f"{shape_of(x)}{where(user_location())}"
            )
        ord = 1 if ord == INF else ord  # the largest of no moduli is 0, as their sum is
    return with_kept(_of_moduli(x, e.abs(x), axes, ord), x, axes, keepdims)


def _of_moduli(x: Any, size: Any, axes: tuple[int, ...], ord: float) -> Any:
    if ord == 1:
        return m.sum(size, axes=axes)
    if ord == 0:
        return m.sum(e.astype(e.not_equal(x, 0), dtype=dtype_of(size)), axes=axes)
    if ord in (INF, -INF):
        return (r.max if ord > 0 else r.min)(size, axes=axes)
    return root_of_powers(x, axes, ord)


# -- Of matrices -----------------------------------------------------------------------------------

ORDERS = "'fro', 'nuc', 1, -1, 2, -2, inf or -inf"


@computed_wide
def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    """A norm of (…, m, n) x: Frobenius's; "nuc", the sum of singular values; 2 and -2, the largest
    and the least of them; 1 and -1, inf and -inf, the largest and the least sum of moduli of a
    column, of a row.

    The derivative of the nuclear norm is U_r V_rᴴ, without the null vectors; ties share it.

    >>> matrix_norm([[3.0, 0.0], [0.0, 4.0]], ord="nuc")
    np.float64(7.0)
    """
    x = matrices(x, "matrix_norm")
    n = len(shape_of(x))
    return with_kept(_matrix_norm(x, ord), x, (n - 2, n - 1), keepdims)


def _matrix_norm(x: Any, ord: Any) -> Any:
    if ord is None or ord == "fro":
        return vector_norm(x, axis=(-2, -1))
    if ord == "nuc":
        return _nuclear(x)
    if isinstance(ord, str) or ord not in (1, -1, 2, -2, INF, -INF):
        raise unknown_order("matrix_norm", ord, ORDERS)
    if 0 in shape_of(x)[-2:]:
        return m.sum(e.abs(x), axes=(len(shape_of(x)) - 2, len(shape_of(x)) - 1))
    values = s.svdvals(x) if ord in (2, -2) else sum(e.abs(x), axis=-2 if ord in (1, -1) else -1)
    return max(values, axis=-1) if ord > 0 else min(values, axis=-1)


def _nuclear(x: Any) -> Any:
    """Values that are 0 to rounding count without derivative: those of their vectors would be by
    chance.
    """
    values = s.svdvals(x)
    if 0 in shape_of(values):
        return sum(values, axis=-1)
    bound = e.multiply(max(values, axis=-1, keepdims=True), 10 * epsilon(dtype_of(x)))
    bound = e.multiply(bound, float(builtins.max(shape_of(x)[-2:])))
    return sum(e.where(e.greater(values, bound), values, e.stop_gradient(values)), axis=-1)


@computed_wide
def norm(x: Any, ord: Any = None, axis: Axis = None, keepdims: bool = False) -> Any:
    """NumPy's `norm`: of all elements if neither `ord` nor `axis` is given; along one axis, or of a
    vector, `vector_norm`; along two, or of a matrix, `matrix_norm`.

    Args:
        x: an array of any shape.
        ord: the order: a number, inf, -inf, "fro" or "nuc".
        axis: an axis or a pair of them.
        keepdims: keep the reduced axes, with size 1.

    Raises:
        PolyadValueError: an order that there is not, or an axis that `x` has not.

    >>> norm([[3.0, 4.0]])
    np.float64(5.0)
    """
    x = floating(x)
    if axis is None:
        if ord is None:
            found = vector_norm(ravel(x))
            return with_kept(found, x, tuple(range(len(shape_of(x)))), keepdims)
        if len(shape_of(x)) not in (1, 2):
            raise ShapeError(
                f"norm: ord={shown(ord)} is of a vector or a matrix; for an array of shape "
                f"{shape_of(x)} give an axis{where(user_location())}"
            )
        axis = tuple(range(len(shape_of(x))))
    axes = (axis,) if isinstance(axis, int) else tuple(axis)
    if len(axes) == 1:
        return _vector(x, ord, axes[0], keepdims)
    if len(axes) != 2:
        raise PolyadValueError(
            f"norm: axis is one axis or two, not {shown(axis)}{where(user_location())}"
        )
    places = [axis_of(i, len(shape_of(x))) for i in axes]
    found = matrix_norm(moveaxis(x, places, (-2, -1)), ord="fro" if ord is None else ord)
    return with_kept(found, x, axes_of(axes, x), keepdims)


def _vector(x: Any, ord: Any, axis: int, keepdims: bool) -> Any:
    if isinstance(ord, str):
        raise unknown_order("norm", ord, "of a vector a number")
    return vector_norm(x, axis=axis, keepdims=keepdims, ord=2 if ord is None else ord)


@computed_wide
def cond(x: Any, p: Any = None) -> Any:
    """The condition number of (…, m, n) x: of singular values for `p` None, 2 or -2, else
    norm(x, p) norm(x⁻¹, p); inf for a singular matrix.

    >>> cond([[2.0, 0.0], [0.0, 1.0]])
    np.float64(2.0)
    """
    x = matrices(array_of(x), "cond")
    if 0 in shape_of(x)[-2:]:
        raise ShapeError(f"cond has no value for empty matrices{where(user_location())}")
    if p in (None, 2, -2):
        values = s.svdvals(x)
        top, least = max(values, axis=-1), min(values, axis=-1)
        return e.divide(least, top) if p == -2 else e.divide(top, least)
    inverse = d.reciprocal_matrix(square(x, "cond"))
    return e.multiply(matrix_norm(x, ord=p), matrix_norm(inverse, ord=p))
