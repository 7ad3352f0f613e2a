"""Shared by the functions of `polyad.numpy.linalg`: arguments as stacks of matrices."""

from __future__ import annotations

from typing import Any

from ...errors import PolyadValueError, ShapeError
from ...ir import DType, user_location, where
from ...ops import dispatch
from ...ops import elementwise as e
from ...ops import manipulation as m
from ...ops.promotion import default_float
from ...texts import shown
from .._core import array_of, dtype_of, shape_of


def floating(x: Any) -> Any:
    """`x` as an array of a floating dtype, real or complex."""
    x = array_of(x)
    return x if dtype_of(x).is_inexact else e.astype(x, dtype=default_float())


def matrices(x: Any, name: str) -> Any:
    """`x` as a stack of floating matrices."""
    x = floating(x)
    if len(shape_of(x)) < 2:
        raise ShapeError(
            f"{name} takes matrices, not an array of shape {shape_of(x)}{where(user_location())}"
        )
    return x


def square(x: Any, name: str) -> Any:
    """`x` as a stack of floating square matrices."""
    return square_as_it_is(floating(x), name)


def square_as_it_is(x: Any, name: str) -> Any:
    """`x` as a stack of square matrices, in its dtype."""
    x = array_of(x)
    shape = shape_of(x)
    if len(shape) < 2 or shape[-1] != shape[-2]:
        raise ShapeError(
            f"{name} takes square matrices, not an array of shape {shape}{where(user_location())}"
        )
    return x


def stacks(a: Any, b: Any, name: str) -> tuple[Any, Any]:
    """Two stacks of matrices with their leading axes broadcast."""
    lead = dispatch.broadcast_shapes([shape_of(a)[:-2], shape_of(b)[:-2]], name)
    return spread(a, lead), spread(b, lead)


def spread(x: Any, lead: tuple[int, ...]) -> Any:
    shape = (*lead, *shape_of(x)[-2:])
    return x if shape_of(x) == shape else m.broadcast_to(x, shape=shape)


def right_side(a: Any, b: Any, name: str) -> tuple[Any, Any, bool]:
    """A matrix and its right-hand side as stacks; whether that was a vector."""
    vector = len(shape_of(b)) == 1
    if len(shape_of(b)) == 0:
        raise ShapeError(
            f"{name}: the right-hand side is a vector or a matrix, not a 0-d array"
            f"{where(user_location())}"
        )
    if vector:
        b = m.reshape(b, shape=(*shape_of(b), 1))
    if shape_of(a)[-2] != shape_of(b)[-2]:
        raise ShapeError(
            f"{name}: the matrix has {shape_of(a)[-2]} rows, the right-hand side "
            f"{shape_of(b)[-2]}{where(user_location())}"
        )
    return (*stacks(a, b, name), vector)


def as_vector(x: Any, vector: bool) -> Any:
    return m.reshape(x, shape=shape_of(x)[:-1]) if vector else x


def epsilon(dtype: DType) -> float:
    """The distance from 1 to the next number."""
    return dtype.real.limits[0]


def rank_tolerance(rtol: Any, x: Any) -> Any:
    """`rtol`, or the standard's default: the larger size times the dtype's epsilon."""
    if rtol is not None:
        return rtol
    return max(1, *shape_of(x)[-2:]) * epsilon(dtype_of(x))


def unknown_order(name: str, ord: Any, known: str) -> PolyadValueError:
    return PolyadValueError(f"{name}: ord is {known}, not {shown(ord)}{where(user_location())}")
