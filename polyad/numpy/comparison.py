"""Comparisons within tolerances, and of whole arrays."""

from __future__ import annotations

from typing import Any

from .. import execution
from ..ops import elementwise as e
from ._core import array_of, dtype_of, shape_of
from .reduction import all


def isclose(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """Whether |a - b| <= atol + rtol·|b|, element by element; infinities of one sign are close."""
    a, b = (x if type(x) in execution.SCALARS else array_of(x) for x in (a, b))
    near = e.less_equal(e.abs(e.subtract(a, b)), e.add(e.multiply(e.abs(b), rtol), atol))
    near = e.logical_or(e.logical_and(near, e.isfinite(b)), e.equal(a, b))
    return e.logical_or(near, e.logical_and(e.isnan(a), e.isnan(b))) if equal_nan else near


def allclose(
    a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Any:
    """Whether all elements are close (see `isclose`).

    >>> allclose([1.0], [1.0 + 1e-12])
    np.True_
    """
    return all(isclose(a, b, rtol, atol, equal_nan))


def array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> Any:
    """Whether two arrays have one shape and equal elements (NaN equal to NaN, if `equal_nan`)."""
    a, b = (x if type(x) in execution.SCALARS else array_of(x) for x in (a1, a2))
    if shape_of(a) != shape_of(b):
        return False
    same = e.equal(a, b)
    if equal_nan and dtype_of(a).is_inexact and dtype_of(b).is_inexact:
        same = e.logical_or(same, e.logical_and(e.isnan(a), e.isnan(b)))
    return all(same)
