"""Reductions that leave out NaN."""

from __future__ import annotations

import math
from typing import Any

from ..ir.types import int64
from ..ops import elementwise as e
from ..ops.promotion import default_float
from ._core import Axis, array_of, axes_of, beside_arrays, convert, dtype_of
from ._out import gives_out
from ._storage import computed_wide
from .cumulative import cumprod, cumsum
from .extremes import argmax, argmin, max, min
from .moments import check_spread_dtype, freedom
from .reduction import all, as_floating, mask_of, prod, sum, with_kept
from .roots import mean_below, moduli_squared, root_of_powers, top_of
from .statistics import _median, _quantile


def _filled(a: Any, value: float) -> tuple[Any, Any]:
    """`a` with `value` in place of NaN, and where that is."""
    a = array_of(a)
    missing = e.isnan(a)
    return (e.where(missing, value, a) if dtype_of(a).is_inexact else a), missing


@gives_out
@beside_arrays
def nansum(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """The sum over `axis` (None: all), NaN counting 0; else as `sum`.

    >>> nansum([1.0, float("nan")])
    np.float64(1.0)
    """
    filled = _filled(a, 0.0)[0]
    return sum(filled, axis, dtype, None, keepdims, initial, where)


@gives_out
@beside_arrays
def nanprod(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """The product over `axis` (None: all), NaN counting 1; else as `prod`."""
    filled = _filled(a, 1.0)[0]
    return prod(filled, axis, dtype, None, keepdims, initial, where)


@gives_out
@beside_arrays
def nancumsum(a: Any, axis: int | None = None, dtype: Any = None, out: Any = None) -> Any:
    """Running sums along `axis` (None: flattened), NaN counting 0."""
    return cumsum(_filled(a, 0.0)[0], axis, dtype)


@gives_out
@beside_arrays
def nancumprod(a: Any, axis: int | None = None, dtype: Any = None, out: Any = None) -> Any:
    """Running products along `axis` (None: flattened), NaN counting 1."""
    return cumprod(_filled(a, 1.0)[0], axis, dtype)


@gives_out
@beside_arrays
def nanmax(
    a: Any,
    axis: Axis = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """The largest element over `axis` (None: all) that is not NaN; NaN where there is none."""
    return _extreme(max, a, -math.inf, (axis, keepdims), initial, where)


@gives_out
@beside_arrays
def nanmin(
    a: Any,
    axis: Axis = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """The smallest element over `axis` (None: all) that is not NaN; NaN where there is none."""
    return _extreme(min, a, math.inf, (axis, keepdims), initial, where)


def _extreme(
    function: Any, a: Any, neutral: float, over: tuple[Axis, bool], initial: Any, where: Any
) -> Any:
    axis, keepdims = over
    filled, missing = _filled(a, neutral)
    found = function(filled, axis, None, keepdims, initial, where)
    if not dtype_of(filled).is_inexact:
        return found
    none = all(missing, axis, keepdims=keepdims, where=where)
    if initial is not None:
        return found
    return e.where(none, math.nan, found)


@gives_out
@beside_arrays
def nanargmax(a: Any, axis: int | None = None, out: Any = None, *, keepdims: bool = False) -> Any:
    """The index of the first largest element that is not NaN; -1 where there is none."""
    return _position(argmax, a, -math.inf, axis, keepdims)


@gives_out
@beside_arrays
def nanargmin(a: Any, axis: int | None = None, out: Any = None, *, keepdims: bool = False) -> Any:
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


@computed_wide
@gives_out
@beside_arrays
def nanmean(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    *,
    where: Any = True,
) -> Any:
    """The mean over `axis` (None: all) of the elements that are not NaN; NaN if all are.

    >>> nanmean([1.0, float("nan"), 2.0])
    np.float64(1.5)
    """
    filled, missing = _filled(convert(as_floating(a) if dtype is None else a, dtype), 0.0)
    there = _there(missing, where)
    total = sum(filled, axis=axis, keepdims=keepdims, where=there)
    return convert(e.divide(total, _counted(there, axis, keepdims, filled)), dtype)


def _there(missing: Any, where: Any) -> Any:
    """The elements that count: chosen by `where`, and not missing."""
    there = e.logical_not(missing)
    return there if where is True else e.logical_and(there, mask_of(where, missing))


def _counted(there: Any, axis: Axis, keepdims: bool, like: Any) -> Any:
    count = sum(there, axis=axis, keepdims=keepdims)
    return convert(count, dtype_of(like).real if dtype_of(like).is_inexact else default_float())


@computed_wide
@gives_out
@beside_arrays
def nanvar(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    out: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    where: Any = True,
    mean: Any = None,
    correction: float | None = None,
) -> Any:
    """The variance over `axis` (None: all) of the elements that are not NaN, divided by N - `ddof`;
    NaN where that is not positive. Else as `var`.
    """
    check_spread_dtype("nanvar", a, dtype)
    less = freedom("nanvar", ddof, correction)
    a, axes, centred, divisor = _deviations(a, axis, dtype, less, where, mean)
    found = e.divide(sum(moduli_squared(centred), axis=axes), divisor)
    return with_kept(found, a, axes, keepdims)


def _deviations(
    a: Any, axis: Axis, dtype: Any, less: float, where: Any, mean: Any
) -> tuple[Any, tuple[int, ...], Any, Any]:
    """The array, its axes, the distances to the mean, and by which number their squares are
    divided.
    """
    a = convert(as_floating(a), dtype)
    there = _there(e.isnan(a), where)
    axes = axes_of(axis, a)
    centre = nanmean(a, axis=axes, keepdims=True, where=where) if mean is None else mean
    centred = e.where(there, e.subtract(a, array_of(centre)), 0.0)
    divisor = e.subtract(_counted(there, axes, False, a), float(less))
    return a, axes, centred, e.where(e.greater(divisor, 0), divisor, math.nan)


@computed_wide
@gives_out
@beside_arrays
def nanstd(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    out: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    where: Any = True,
    mean: Any = None,
    correction: float | None = None,
) -> Any:
    """The square root of `nanvar`; of a constant, its derivative is 0."""
    check_spread_dtype("nanstd", a, dtype)
    less = freedom("nanstd", ddof, correction)
    a = convert(as_floating(a), dtype)
    if mean is None:
        axes = axes_of(axis, a)
        top = top_of(e.where(_there(e.isnan(a), where), a, 0.0), axes)
        centre = lambda x: nanmean(x, axis=axes, keepdims=True, where=where)
        mean = mean_below(centre, a, top, axes)
    a, axes, centred, divisor = _deviations(a, axis, None, less, where, mean)
    return with_kept(root_of_powers(centred, axes, 2, divisor), a, axes, keepdims)


@computed_wide
@gives_out
@beside_arrays
def nanmedian(
    a: Any,
    axis: Axis = None,
    out: Any = None,
    overwrite_input: bool = False,
    keepdims: bool = False,
) -> Any:
    """The median over `axis` (None: all) of the elements that are not NaN; NaN if all are."""
    return _median("nanmedian", a, axis, keepdims, True)


@computed_wide
@gives_out
@beside_arrays
def nanquantile(
    a: Any,
    q: Any,
    axis: Axis = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: Any = None,
) -> Any:
    """`quantile` of the elements that are not NaN; NaN if all are."""
    return _quantile("nanquantile", a, q, axis, method, keepdims, weights, True)


@computed_wide
@gives_out
@beside_arrays
def nanpercentile(
    a: Any,
    q: Any,
    axis: Axis = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: Any = None,
) -> Any:
    """`percentile` of the elements that are not NaN; NaN if all are."""
    return _quantile("nanpercentile", a, q, axis, method, keepdims, weights, True)
