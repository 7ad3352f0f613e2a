"""Piecewise linear interpolation."""

from __future__ import annotations

import math
from typing import Any

from ..errors import PolyadValueError, ShapeError
from ..ir import user_location, where
from ..ops import elementwise as e
from ..ops import indexing as i
from ..ops import manipulation as m
from ._core import array_of, beside_arrays, promoted, shape_of
from ._storage import computed_wide
from .clipping import clip
from .joining import concat
from .manipulation import broadcast_to, reshape
from .reduction import as_floating
from .searching import searchsorted
from .taking import take


@computed_wide
@beside_arrays
def interp(
    x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None
) -> Any:
    """The piecewise linear function through the points (xp, fp), at `x`; differentiable in all.

    `xp` increases. Outside, the function is `left` and `right` (the end values, if not given; JAX's
    "extrapolate" continues the first or last line); with a `period` it is periodic, and `xp` may
    have any order.

    Raises `ShapeError` unless `xp` and `fp` are vectors of one length, `PolyadValueError` for empty
    ones and for a period of 0.

    >>> interp(1.5, [1.0, 2.0], [10.0, 20.0])
    np.float64(15.0)
    """
    xp, fp = array_of(xp), as_floating(fp)
    if len(shape_of(xp)) != 1 or shape_of(xp) != shape_of(fp):
        raise ShapeError(
            f"interp: xp and fp are vectors of one length, not of shapes {shape_of(xp)} and "
            f"{shape_of(fp)}{where(user_location())}"
        )
    if shape_of(xp)[0] == 0:
        raise PolyadValueError(f"interp: xp and fp are empty{where(user_location())}")
    x, xp = promoted([as_floating(x), xp])
    if period is not None:
        if type(period) in (int, float) and period == 0:
            raise PolyadValueError(f"interp: the period is not 0{where(user_location())}")
        x, xp, fp = _unrolled(x, xp, fp, e.abs(period))
        left = right = None
    n = shape_of(xp)[0]
    if n == 1:
        inside: Any = broadcast_to(reshape(fp, ()), shape_of(x))
    else:
        after = clip(searchsorted(xp, x, side="right"), 1, n - 1)
        before = e.subtract(after, 1)
        x0, x1, f0, f1 = (
            take(v, k) for v, k in ((xp, before), (xp, after), (fp, before), (fp, after))
        )
        inside = _between(f0, f1, _weight(x, x0, x1, f0, f1))
    first, last = m.slice_axis(xp, 0, 0, 1), m.slice_axis(xp, 0, n - 1, n)
    ends = m.slice_axis(fp, 0, 0, 1), m.slice_axis(fp, 0, n - 1, n)
    shape, found = shape_of(x), inside
    beyond = e.less(x, _scalar(first)), e.greater(x, _scalar(last))
    for there, given, end in zip(beyond, (left, right), ends, strict=True):
        if isinstance(given, str) and given == "extrapolate":
            continue
        found = e.where(there, _scalar(end if given is None else given), found)
    return m.reshape(found, shape=shape) if shape_of(found) != shape else found


def _weight(x: Any, x0: Any, x1: Any, f0: Any, f1: Any) -> Any:
    """The part of the way from x0 to x1. Between a knot and an infinite one all is at the knot;
    between two infinite ones the function has a value if those of the knots are equal.
    """
    width = e.subtract(x1, x0)
    flat, endless = e.equal(width, 0), e.isinf(width)
    near = e.divide(e.subtract(x, x0), e.where(flat, 1.0, width))
    level = e.equal(f0, f1)
    known = e.logical_or(level, e.isfinite(e.subtract(f1, f0)))
    inside = e.logical_and(known, e.logical_and(e.less(x0, x), e.less(x, x1)))
    at_start = e.logical_or(e.equal(x, x0), e.logical_and(inside, e.isfinite(x0)))
    at_end = e.logical_or(
        e.equal(x, x1), e.logical_and(inside, e.logical_or(level, e.isfinite(x1)))
    )
    far = e.where(at_start, 0.0, e.where(at_end, 1.0, math.nan))
    return e.where(endless, far, e.where(flat, 0.0, near))


def _between(f0: Any, f1: Any, weight: Any) -> Any:
    """The line from f0 to f1; at its ends, and between equal values, those also where the other is
    not finite.
    """
    rise = e.subtract(f1, f0)
    endless = e.logical_not(e.isfinite(rise))
    level = e.logical_and(e.equal(f0, f1), e.logical_not(e.isnan(weight)))
    at_start = e.logical_and(endless, e.logical_or(e.equal(weight, 0), level))
    at_end = e.logical_and(endless, e.equal(weight, 1))
    known = e.logical_or(at_start, at_end)
    backward = e.isinf(f0)
    start, way = e.where(backward, f1, f0), e.where(backward, e.subtract(weight, 1), weight)
    line = e.add(e.where(known, 0.0, start), e.multiply(e.where(known, 0.0, rise), way))
    return e.where(at_start, f0, e.where(at_end, f1, line))


def _scalar(v: Any) -> Any:
    return reshape(v, ()) if shape_of(v) == (1,) else v


def _unrolled(x: Any, xp: Any, fp: Any, period: Any) -> tuple[Any, Any, Any]:
    """Points within one period, sorted, with one more on either side."""
    x, xp = e.remainder(x, period), e.remainder(xp, period)
    order = i.argsort(xp, axis=0, descending=False)
    xp, fp = take(xp, order), take(fp, order)
    n = shape_of(xp)[0]
    ends = lambda v: (m.slice_axis(v, 0, n - 1, n), m.slice_axis(v, 0, 0, 1))
    before, after = ends(xp)
    xp = concat([e.subtract(before, period), xp, e.add(after, period)])
    last, first = ends(fp)
    return x, xp, concat([last, fp, first])
