"""Rounding to integers and to decimals."""

from __future__ import annotations

from typing import Any

from ..ops import elementwise as e
from ._arguments import integer
from ._core import array_of, convert, copied, dtype_of
from ._out import gives_out
from .ufuncs import ufunc


@ufunc(1)
def floor(x: Any, /) -> Any:
    """The largest integer not above `x`, in the dtype of `x`."""
    return _to_integer(e.floor, x)


@ufunc(1)
def ceil(x: Any, /) -> Any:
    """The smallest integer not below `x`, in the dtype of `x`."""
    return _to_integer(e.ceil, x)


@ufunc(1)
def trunc(x: Any, /) -> Any:
    """`x` without its fraction, in the dtype of `x`."""
    return _to_integer(e.trunc, x)


@gives_out
def round(a: Any, decimals: int = 0, out: Any = None) -> Any:
    """`a` rounded half to even, to `decimals` decimal places."""
    decimals = integer(decimals, "round: decimals")
    x = array_of(a)
    if not dtype_of(x).is_inexact:
        return _rounded_integer(x, decimals)
    if decimals == 0:
        return e.round(x)
    if decimals < 0:
        scale = 10.0**-decimals
        return e.multiply(e.round(e.divide(x, scale)), scale)
    scale = 10.0**decimals
    return e.divide(e.round(e.multiply(x, scale)), scale)


def _rounded_integer(x: Any, decimals: int) -> Any:
    """Integers to tens, hundreds, …, half to even."""
    if decimals >= 0 or dtype_of(x).family == "bool":
        return copied(x)
    scale = 10.0**-decimals
    return convert(e.multiply(e.round(e.divide(x, scale)), scale), dtype_of(x))


@ufunc(1)
def rint(x: Any, /) -> Any:
    """The nearest whole number, half to even; floating.

    >>> rint(2.5)
    np.float64(2.0)
    """
    return e.round(x)


def _to_integer(op: Any, x: Any) -> Any:
    return op(x) if type(x) is float or dtype_of(x).is_inexact else copied(array_of(x))
