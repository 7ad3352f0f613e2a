"""Means and spreads."""

from __future__ import annotations

import builtins
from typing import Any

from ..ir import as_dtype
from ..ir.symbolic import as_float
from ..ir.types import int64
from ..ops import elementwise as e
from ..ops import manipulation as m
from ..ops.promotion import default_float
from ._arguments import refuse, refuse_type
from ._core import Axis, array_of, axes_of, convert, dtype_of
from ._out import gives_out
from ._storage import computed_wide
from .reduction import array_beside, as_floating, chosen, count_over, mask_of, with_kept
from .roots import mean_below, moduli_squared, root_of_powers, top_of


@computed_wide
@gives_out
def mean(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    *,
    where: Any = True,
) -> Any:
    """The mean over `axis` (None: all) of the elements that `where` chooses: their sum over their
    number, so that the mean of ones is 1.

    Args:
        a: an array of any shape, or what `asarray` takes.
        axis: an axis or a tuple of them; None: all.
        dtype: the dtype of the result, and of the computation.
        out: an array of the result's shape, which is written to and returned.
        keepdims: keep the reduced axes, with size 1.
        where: a boolean array that broadcasts to the shape of `a`: the elements that count.

    Raises:
        PolyadValueError: an axis that `a` has not.
        PolyadTypeError: what is no array of numbers.

    >>> mean([1.0, 2.0])
    np.float64(1.5)
    """
    x = convert(as_floating(a) if dtype is None else array_of(a), dtype)
    axes = axes_of(axis, x)
    total = m.sum(chosen(x, where, 0), axes=axes)
    found = convert(e.divide(total, _number(x, axes, where)), dtype)
    return with_kept(found, x, axes, keepdims)


def _number(x: Any, axes: tuple[int, ...], where: Any) -> Any:
    """How many elements are chosen: a Python float, or an array of the real dtype of `x`."""
    if where is True:
        return as_float(count_over(x, axes))
    count = m.sum(e.astype(mask_of(where, x), dtype=int64), axes=axes)
    return convert(count, dtype_of(x).real if dtype_of(x).is_inexact else default_float())


@computed_wide
@gives_out
def var(
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
    """The variance over `axis` (None: all) of the elements that `where` chooses, about `mean` (of
    the shape that keepdims gives; their own mean, if not given), divided by N - `ddof`, by 0 where
    that is negative. `correction` is the array-API standard's name of `ddof`.

    Args:
        a: an array of any shape, or what `asarray` takes.
        axis: an axis or a tuple of them; None: all.
        dtype: the dtype of the result, and of the computation.
        out: an array of the result's shape, which is written to and returned.
        ddof: the divisor is the number of elements less this.
        keepdims: keep the reduced axes, with size 1.
        where: a boolean array that broadcasts to the shape of `a`: the elements that count.
        mean: the mean, if it is known, of the shape that `keepdims` gives.
        correction: another name of `ddof`.

    Raises:
        PolyadValueError: an axis that `a` has not.
        PolyadTypeError: what is no array of numbers.

    >>> var([1.0, 3.0], ddof=1)
    np.float64(2.0)
    """
    check_spread_dtype("var", a, dtype)
    less = freedom("var", ddof, correction)
    x, axes, centred, divisor = _deviations(a, axis, dtype, less, where, mean)
    found = e.divide(m.sum(moduli_squared(centred), axes=axes), divisor)
    return with_kept(convert(found, dtype_of(x).real), x, axes, keepdims)


def _deviations(
    a: Any, axis: Axis, dtype: Any, less: float, where: Any, mean: Any
) -> tuple[Any, tuple[int, ...], Any, Any]:
    """The array, its axes, the distances to the mean, and by which number their squares are
    divided.
    """
    x = convert(as_floating(a), dtype)
    axes = axes_of(axis, x)
    centre = _mean(x, axis=axes, keepdims=True, where=where) if mean is None else mean
    centred = chosen(e.subtract(x, array_beside(centre, x)), where, 0)
    if where is True:
        return x, axes, centred, as_float(builtins.max(count_over(x, axes) - less, 0))
    number = _number(x, axes, where)
    count = convert(number, dtype_of(centred).real)
    return x, axes, centred, e.maximum(e.subtract(count, less), 0)


def check_spread_dtype(function: str, a: Any, dtype: Any) -> None:
    """Refuse a `dtype` in which a variance is not what NumPy makes of it."""
    wanted = None if dtype is None else as_dtype(dtype)
    given = dtype_of(array_of(a))
    if wanted is not None and wanted.is_complex and not given.is_complex:
        refuse_type(f"{function}: dtype={wanted} of real arrays is not followed")
    if wanted is not None and not wanted.is_inexact:
        refuse_type(f"{function}: dtype={wanted} is not followed; it is a floating dtype")


def freedom(function: str, ddof: float, correction: float | None) -> float:
    """The number that a variance's divisor is less than N, by either of its names."""
    if correction is None:
        return ddof
    if ddof != 0:
        refuse(f"{function}: ddof and correction are two names of one number; give one")
    return correction


@computed_wide
@gives_out
def std(
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
    """The square root of `var`; of a constant, its derivative is 0.

    Args:
        a: an array of any shape, or what `asarray` takes.
        axis: an axis or a tuple of them; None: all.
        dtype: the dtype of the result, and of the computation.
        out: an array of the result's shape, which is written to and returned.
        ddof: the divisor is the number of elements less this.
        keepdims: keep the reduced axes, with size 1.
        where: a boolean array that broadcasts to the shape of `a`: the elements that count.
        mean: the mean, if it is known, of the shape that `keepdims` gives.
        correction: another name of `ddof`.

    Raises:
        PolyadValueError: an axis that `a` has not.
        PolyadTypeError: what is no array of numbers.

    >>> std([1.0, 3.0])
    np.float64(1.0)
    """
    check_spread_dtype("std", a, dtype)
    less = freedom("std", ddof, correction)
    x = convert(as_floating(a), dtype)
    axes, top = axes_of(axis, x), None
    if mean is None:
        top = top_of(chosen(x, where, 0), axes)
        mean = mean_below(lambda y: _mean(y, axis=axes, keepdims=True, where=where), x, top, axes)
    _, _, centred, divisor = _deviations(x, axis, None, less, where, mean)
    found = root_of_powers(centred, axes, 2, divisor, top)
    return with_kept(convert(found, dtype_of(x).real), x, axes, keepdims)


_mean = mean
