"""Ranges of numbers with constant steps."""

from __future__ import annotations

import math
from typing import Any

from .. import execution
from ..ir import DType, as_dtype
from ..ir.types import bool_, int64
from ..ops import creation as c
from ..ops import elementwise as e
from ..ops import manipulation as m
from ..ops import promotion
from ..texts import shown
from ._arguments import integer, refuse, refuse_type
from ._core import array_of, axis_of, beside_arrays, convert, dtype_of, placed, shape_of
from .creation import full


def arange(
    start: Any,
    /,
    stop: Any = None,
    step: Any = 1,
    dtype: Any = None,
    *,
    device: Any = None,
    like: Any = None,
) -> Any:
    """start, start + step, … below stop; with one argument, 0, 1, … below it. Arguments are Python
    numbers.

    Args:
        start: the first value, or with one argument the end; the result has shape (n,).
        stop: the end, which is left out.
        step: the distance.
        dtype: the dtype; that of the numbers if not given.
        device: the backend's device; None: its default.
        like: an array whose backend makes the result.

    Raises:
        PolyadTypeError: an argument that is no number, or a traced one: the shape would depend on
            it.
        PolyadValueError: a step of zero.

    >>> arange(3)
    array([0, 1, 2])
    """
    if stop is None:
        start, stop = 0, start
    start, stop, step = (_real_number(x) for x in (start, stop, step))
    if step == 0:
        refuse("arange: step must not be 0")
    size = max(0, -int(-(stop - start) // step))
    natural = promotion.default_float() if float in map(type, (start, stop, step)) else int64
    wanted = natural if dtype is None else as_dtype(dtype)
    if wanted is bool_:
        refuse_type("arange makes numbers, not booleans")
    exact = wanted.is_inexact or (
        natural is int64 and (wanted.family == "int" or step >= 0 <= start)
    )
    counts = placed(c.iota(size=size, dtype=wanted if exact else natural), device)
    if step != 1:
        counts = e.multiply(counts, step)
    return convert(counts if start == 0 else e.add(counts, start), wanted)


def _real_number(x: Any) -> int | float:
    """An argument of `arange` as Python's number."""
    value = x.item() if getattr(x, "shape", None) == () else x
    if not isinstance(value, int | float):
        refuse_type(f"arange takes real numbers, not {shown(x)}")
    return value


@beside_arrays
def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
    *,
    device: Any = None,
) -> Any:
    """`num` evenly spaced values from `start` to `stop` (left out, unless `endpoint`), along a new
    `axis` if those are arrays; differentiable in both. With `retstep`, a pair with their distance.

    Args:
        start: a scalar or an array.
        stop: likewise; the shapes broadcast.
        num: the number of values, the size of the new axis.
        endpoint: whether `stop` is the last of them.
        retstep: give the distance, too.
        dtype: the dtype; `config.default_float` if not given.
        axis: the place of the new axis.
        device: the backend's device; None: its default.

    Raises:
        PolyadValueError: a negative `num`.

    >>> linspace(0.0, 1.0, 3)
    array([0. , 0.5, 1. ])
    """
    num = integer(num, "linspace: num", least=0)
    start, stop = (array_of(x) if isinstance(x, list | tuple) else x for x in (start, stop))
    steps = num - 1 if endpoint else num
    wanted = _line_dtype(start, stop) if dtype is None else as_dtype(dtype)
    weight = e.divide(
        c.iota(size=num, dtype=wanted.real if wanted.is_inexact else promotion.default_float()),
        max(steps, 1),
    )
    ndim = max(len(shape_of(start)), len(shape_of(stop)))
    weight = m.reshape(weight, shape=(num, *(1,) * ndim)) if ndim else weight
    values = e.add(e.multiply(start, e.subtract(1, weight)), e.multiply(stop, weight))
    if wanted.is_integer:
        values = e.floor(values)  # as NumPy's
    made = placed(convert(values, dtype), device)
    place = axis_of(axis, ndim + 1)
    if place:
        order = [*range(1, place + 1), 0, *range(place + 1, ndim + 1)]
        made = m.permute_dims(made, axes=tuple(order))
    if not retstep:
        return made
    rise = e.subtract(stop, start)
    if steps <= 0:
        return made, full((), math.nan, dtype=dtype_of(made) if dtype is None else None)
    return made, e.divide(rise, steps)


def _line_dtype(start: Any, stop: Any) -> DType:
    both = [x for x in (start, stop) if type(x) not in execution.SCALARS and dtype_of(x).is_inexact]
    return dtype_of(both[0]) if both else promotion.default_float()
