"""Sequences of numbers with constant ratios."""

from __future__ import annotations

from typing import Any

from ..errors import PolyadValueError
from ..ir import user_location, where
from ..ops import elementwise as e
from ..ops import manipulation as m
from ..ops.creation import iota
from ..ops.promotion import default_float
from ._core import array_of, axis_of, beside_arrays, convert, dtype_of, promoted, shape_of
from .manipulation import moveaxis
from .reduction import as_floating


@beside_arrays
def logspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    base: Any = 10.0,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """`num` numbers from `base`^`start` to `base`^`stop`, along a new `axis`; differentiable in all
    three.

    >>> logspace(0.0, 2.0, 3)
    array([  1.,  10., 100.])
    """
    start, stop, base = promoted([as_floating(start), as_floating(stop), as_floating(base)])
    weight = _weights(start, stop, num, endpoint, "logspace")
    lines = e.add(e.multiply(start, e.subtract(1.0, weight)), e.multiply(stop, weight))
    return _placed(e.pow(base, lines), dtype, axis)


@beside_arrays
def geomspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """`num` numbers from `start` to `stop`, each the one before times the same ratio, along a new
    `axis`; differentiable in both. NaN between real numbers of different signs.

    Raises `PolyadValueError` for an end that is 0.

    >>> geomspace(1.0, 8.0, 4)
    array([1., 2., 4., 8.])
    """
    for end in (start, stop):
        if type(end) in (int, float, complex) and end == 0:
            raise PolyadValueError(f"geomspace: an end is not 0{where(user_location())}")
    start, stop = promoted([as_floating(start), as_floating(stop)])
    weight = _weights(start, stop, num, endpoint, "geomspace")
    between = e.multiply(start, e.pow(e.divide(stop, start), weight))
    if endpoint and num > 1:
        between = e.where(e.equal(e.real(weight), 1), stop, between)
    return _placed(between, dtype, axis)


def _weights(start: Any, stop: Any, num: int, endpoint: bool, what: str) -> Any:
    """0 … 1 along a new first axis."""
    if num < 0:
        raise PolyadValueError(f"{what}: num is not negative: {num}{where(user_location())}")
    ndim = max(len(shape_of(start)), len(shape_of(stop)))
    steps = max(num - 1 if endpoint else num, 1)
    line = e.divide(iota(size=num, dtype=default_float()), steps)
    return convert(m.reshape(line, shape=(num, *(1,) * ndim)), dtype_of(start))


def _placed(x: Any, dtype: Any, axis: int) -> Any:
    x = convert(array_of(x), dtype)
    return moveaxis(x, 0, axis_of(axis, len(shape_of(x))))
