"""Reductions that leave out NaN."""

from __future__ import annotations

import math
from typing import Any

from ..ir.types import int64
from ..ops import elementwise as e
from ._core import Axis, array_of, axes_of, beside_arrays, convert, dtype_of
from .reduction import (
    _floating,
    _kept,
    all,
    argmax,
    argmin,
    cumulative_prod,
    cumulative_sum,
    max,
    min,
    prod,
    sum,
)
from .statistics import _median, _quantile


def _filled(a: Any, value: float) -> tuple[Any, Any]:
    """`a` with `value` in place of NaN, and where that is."""
    a = array_of(a)
    missing = e.isnan(a)
    return (e.where(missing, value, a) if dtype_of(a).is_inexact else a), missing


@beside_arrays
def nansum(a: Any, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """The sum over `axis` (None: all), NaN counting 0.

    >>> nansum([1.0, float("nan")])
    np.float64(1.0)
    """
    return sum(_filled(a, 0.0)[0], axis=axis, dtype=dtype, keepdims=keepdims)


@beside_arrays
def nanprod(a: Any, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """The product over `axis` (None: all), NaN counting 1."""
    return prod(_filled(a, 1.0)[0], axis=axis, dtype=dtype, keepdims=keepdims)


@beside_arrays
def nancumsum(a: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """Running sums along `axis` (None: flattened), NaN counting 0."""
    return cumulative_sum(_filled(a, 0.0)[0], axis=axis, dtype=dtype)


@beside_arrays
def nancumprod(a: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """Running products along `axis` (None: flattened), NaN counting 1."""
    return cumulative_prod(_filled(a, 1.0)[0], axis=axis, dtype=dtype)


@beside_arrays
def nanmax(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The largest element over `axis` (None: all) that is not NaN; NaN where there is none."""
    return _extreme(max, a, -math.inf, axis, keepdims)


@beside_arrays
def nanmin(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The smallest element over `axis` (None: all) that is not NaN; NaN where there is none."""
    return _extreme(min, a, math.inf, axis, keepdims)


def _extreme(function: Any, a: Any, neutral: float, axis: Axis, keepdims: bool) -> Any:
    filled, missing = _filled(a, neutral)
    found = function(filled, axis=axis, keepdims=keepdims)
    if not dtype_of(filled).is_inexact:
        return found
    return e.where(all(missing, axis=axis, keepdims=keepdims), math.nan, found)


@beside_arrays
def nanargmax(a: Any, axis: int | None = None, *, keepdims: bool = False) -> Any:
    """The index of the first largest element that is not NaN; -1 where there is none."""
    return _position(argmax, a, -math.inf, axis, keepdims)


@beside_arrays
def nanargmin(a: Any, axis: int | None = None, *, keepdims: bool = False) -> Any:
    """The index of the first smallest element that is not NaN; -1 where there is none."""
    return _position(argmin, a, math.inf, axis, keepdims)


def _position(function: Any, a: Any, neutral: float, axis: int | None, keepdims: bool) -> Any:
    filled, missing = _filled(a, neutral)
    found = function(filled, axis=axis, keepdims=keepdims)
    if not dtype_of(filled).is_inexact:
        return found
    # Where all that is left is infinite, the first of these and not the first NaN.
    extreme = max if neutral < 0 else min
    best = e.equal(filled, extreme(filled, axis=axis, keepdims=True))
    there = convert(e.logical_and(best, e.logical_not(missing)), int64)
    first = argmax(there, axis=axis, keepdims=keepdims)
    none = all(missing, axis=axis, keepdims=keepdims)
    return e.where(none, -1, first)


@beside_arrays
def nanmean(a: Any, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """The mean over `axis` (None: all) of the elements that are not NaN; NaN if all are.

    >>> nanmean([1.0, float("nan"), 2.0])
    np.float64(1.5)
    """
    filled, missing = _filled(_floating(a), 0.0)
    filled = convert(filled, dtype)
    count = _counted(missing, axis, keepdims, filled)
    return e.divide(sum(filled, axis=axis, keepdims=keepdims), count)


def _counted(missing: Any, axis: Axis, keepdims: bool, like: Any) -> Any:
    count = sum(e.logical_not(missing), axis=axis, keepdims=keepdims)
    return convert(count, dtype_of(like).real)


@beside_arrays
def nanvar(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    correction: float | None = None,
) -> Any:
    """The variance over `axis` (None: all) of the elements that are not NaN, divided by N - `ddof`;
    NaN where that is not positive.
    """
    a = convert(_floating(a), dtype)
    missing = e.isnan(a)
    axes = axes_of(axis, a)
    centre = nanmean(a, axis=axes, keepdims=True)
    centred = e.where(missing, 0.0, e.subtract(a, centre))
    squares = e.square(e.abs(centred)) if dtype_of(a).is_complex else e.square(centred)
    count = _counted(missing, axes, False, a)
    divisor = e.subtract(count, float(ddof if correction is None else correction))
    total = e.divide(sum(squares, axis=axes), e.where(e.greater(divisor, 0), divisor, math.nan))
    return _kept(total, a, axes, keepdims)


@beside_arrays
def nanstd(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    correction: float | None = None,
) -> Any:
    """The standard deviation over `axis` (None: all) of the elements that are not NaN; of a
    constant, its derivative is 0.
    """
    variance = nanvar(a, axis, dtype, ddof, keepdims, correction=correction)
    flat = e.equal(variance, 0)
    return e.where(flat, 0, e.sqrt(e.where(flat, 1, variance)))


@beside_arrays
def nanmedian(a: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """The median over `axis` (None: all) of the elements that are not NaN; NaN if all are."""
    return _median("nanmedian", a, axis, keepdims, True)


@beside_arrays
def nanquantile(
    a: Any,
    q: Any,
    axis: Axis = None,
    *,
    method: str = "linear",
    keepdims: bool = False,
    weights: Any = None,
) -> Any:
    """`quantile` of the elements that are not NaN; NaN if all are."""
    return _quantile("nanquantile", a, q, axis, method, keepdims, weights, True)


@beside_arrays
def nanpercentile(
    a: Any,
    q: Any,
    axis: Axis = None,
    *,
    method: str = "linear",
    keepdims: bool = False,
    weights: Any = None,
) -> Any:
    """`percentile` of the elements that are not NaN; NaN if all are."""
    return _quantile("nanpercentile", a, q, axis, method, keepdims, weights, True)
