"""pad, in all of NumPy's modes."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Sequence
from typing import Any

from .. import execution
from ..errors import PolyadTypeError, PolyadValueError
from ..ir import user_location, where
from ..ir.types import int64
from ..ops import elementwise as e
from ..ops import manipulation as m
from ..texts import shown
from ._core import (
    array_of,
    axis_of,
    beside_arrays,
    convert,
    dtype_of,
    from_list,
    positions,
    shape_of,
)
from .creation import full_like
from .extremes import max, min
from .functional import apply_along_axis
from .joining import concat
from .manipulation import broadcast_to
from .moments import mean
from .statistics import median
from .taking import take

Pairs = list[tuple[Any, Any]]
Side = Callable[[Any, int, tuple[int, int], tuple[Any, Any]], Any]


@beside_arrays
def pad(array: Any, pad_width: Any, mode: Any = "constant", **kwargs: Any) -> Any:
    """`array` with a border of `pad_width`: one count, a pair (before, after), a pair for each
    axis, or a dict of these by axis.

    `mode` says what the border holds, and which option it takes: "constant" (`constant_values`),
    "linear_ramp" (`end_values`), "maximum", "minimum", "mean", "median" (`stat_length`), "reflect",
    "symmetric" (`reflect_type`: "even" or "odd"), "edge", "wrap", "empty" (here, zeros); or it is a
    function of (vector, pad pair, axis, options) that changes the vector in place or returns
    another.

    Raises `PolyadValueError` for an unknown mode, an option that the mode does not take, negative
    widths, and borders that an axis of size 0 cannot fill.

    >>> pad([1.0, 2.0], 1, mode="edge")
    array([1., 1., 2., 2.])
    """
    x = array_of(array)
    widths = _widths(pad_width, len(shape_of(x)))
    if callable(mode):
        return _by_function(x, widths, mode, kwargs)
    known = _OPTIONS.get(mode)
    if known is None:
        raise PolyadValueError(
            f"pad: mode is one of {', '.join(_OPTIONS)}, or a function; not "
            f"{shown(mode)}{where(user_location())}"
        )
    unknown = [name for name in kwargs if name not in known]
    if unknown:
        takes = f"takes {' and '.join(known)}" if known else "takes no kwargs"
        raise PolyadValueError(
            f"pad: mode {shown(mode)} {takes}, not {', '.join(unknown)}{where(user_location())}"
        )
    if mode == "empty" or (mode == "constant" and _is_zero(kwargs.get("constant_values", 0))):
        return _with_zeros(x, widths)
    if mode in ("constant", "linear_ramp"):
        side = _constant if mode == "constant" else _ramp
        values = _pairs(kwargs.get(known[0], 0), len(widths), known[0])
        return _axis_by_axis(x, widths, side, values)
    if mode in _STATISTICS:
        lengths = _pairs(kwargs.get("stat_length"), len(widths), "stat_length")
        return _axis_by_axis(x, widths, _statistic(_STATISTICS[mode]), lengths)
    odd = kwargs.get("reflect_type", "even")
    if odd not in ("even", "odd"):
        raise PolyadValueError(
            f"pad: reflect_type is 'even' or 'odd', not {shown(odd)}{where(user_location())}"
        )
    return _by_index(x, widths, mode, odd == "odd")


def _pairs(value: Any, n: int, what: str) -> Pairs:
    """One value, a pair, or a pair (or single value) for each axis, as a pair for each axis."""
    if not isinstance(value, list | tuple) and len(getattr(value, "shape", ())) == 0:
        return [(value, value)] * n
    rows = [value[k] for k in range(len(value))]
    nested = [isinstance(row, list | tuple) or len(getattr(row, "shape", ())) > 0 for row in rows]
    if not any(nested):
        if len(rows) in (1, 2):
            return [(rows[0], rows[-1])] * n
    elif all(nested) and len(rows) in (1, n) and all(len(row) in (1, 2) for row in rows):
        pairs = [(row[0], row[len(row) - 1]) for row in rows]
        return pairs if len(pairs) == n else pairs * n
    raise PolyadValueError(
        f"pad: {what} is one value, a pair, or a pair for each of {n} axes, not "
        f"{shown(value, 80)}{where(user_location())}"
    )


def _widths(pad_width: Any, n: int) -> list[tuple[int, int]]:
    if isinstance(pad_width, dict):
        given = {
            axis_of(axis, n): _pairs(width, 1, "pad_width")[0] for axis, width in pad_width.items()
        }
        pairs = [given.get(axis, (0, 0)) for axis in range(n)]
    else:
        pairs = _pairs(pad_width, n, "pad_width")
    found = [(_count(low), _count(high)) for low, high in pairs]
    return found


def _count(width: Any) -> int:
    if not hasattr(width, "__index__") or isinstance(width, bool):
        raise PolyadTypeError(
            f"pad: widths are Python integers, not {shown(width)}{where(user_location())}"
        )
    count = width.__index__()
    if count < 0:
        raise PolyadValueError(f"pad: widths are not negative: {count}{where(user_location())}")
    return int(count)


def _is_zero(value: Any) -> bool:
    return type(value) in execution.SCALARS and value == 0


def _with_zeros(x: Any, widths: Sequence[tuple[int, int]]) -> Any:
    low, high = tuple(a for a, _ in widths), tuple(b for _, b in widths)
    return m.pad(x, low=low, high=high, interior=(0,) * len(widths))


def _axis_by_axis(x: Any, widths: Sequence[tuple[int, int]], side: Side, values: Pairs) -> Any:
    """One axis after another, each on what the axes before have made."""
    for axis, (pair, value) in enumerate(zip(widths, values, strict=True)):
        if pair != (0, 0):
            x = side(x, axis, pair, value)
    return x


def _joined(x: Any, axis: int, low: Any, high: Any) -> Any:
    parts = [convert(part, dtype_of(x)) for part in (low, x, high)]
    return concat(parts, axis=axis)


def _spread(x: Any, axis: int, value: Any, count: int) -> Any:
    """`value` in the shape and dtype of `x`, but `count` along `axis`."""
    shape = tuple(count if k == axis else n for k, n in enumerate(shape_of(x)))
    if type(value) in execution.SCALARS:
        return full_like(x, value, shape=shape)
    return broadcast_to(value, shape)


def _constant(x: Any, axis: int, width: tuple[int, int], values: tuple[Any, Any]) -> Any:
    sides = [_spread(x, axis, v, count) for v, count in zip(values, width, strict=True)]
    return _joined(x, axis, *sides)


def _ramp(x: Any, axis: int, width: tuple[int, int], ends: tuple[Any, Any]) -> Any:
    """Straight lines from the end values to the edges."""
    n = _filled(x, axis, "linear_ramp")
    first, last = m.slice_axis(x, axis, 0, 1), m.slice_axis(x, axis, n - 1, n)
    low = _line(first, axis, ends[0], width[0])
    high = m.flip(_line(last, axis, ends[1], width[1]), axes=(axis,))
    return _joined(x, axis, low, high)


def _line(edge: Any, axis: int, end: Any, count: int) -> Any:
    """`count` steps of the ramp that leads from the end value to the edge."""
    shape = tuple(count if k == axis else 1 for k in range(len(shape_of(edge))))
    steps = m.reshape(positions(count, edge), shape=shape)
    height = e.subtract(edge, end)
    if not dtype_of(height).is_inexact:
        return e.add(e.floor_divide(e.multiply(height, steps), builtins.max(count, 1)), end)
    line = e.add(e.multiply(height, e.divide(steps, float(builtins.max(count, 1)))), end)
    return line if dtype_of(edge).is_inexact else e.floor(line)


def _statistic(function: Any) -> Side:
    def side(x: Any, axis: int, width: tuple[int, int], lengths: tuple[Any, Any]) -> Any:
        n = _filled(x, axis, "a statistic")
        sides = []
        for length, count, first in zip(lengths, width, (True, False), strict=True):
            if length is not None and length < 1:
                raise PolyadValueError(
                    f"pad: stat_length is 1 or more, not {length}{where(user_location())}"
                )
            size = n if length is None or length > n else int(length)
            part = m.slice_axis(x, axis, 0, size) if first else m.slice_axis(x, axis, n - size, n)
            value = function(part, axis=axis, keepdims=True)
            if not dtype_of(x).is_inexact and dtype_of(value).is_inexact:
                value = e.round(value)
            sides.append(_spread(x, axis, value, count))
        return _joined(x, axis, *sides)

    return side


def _filled(x: Any, axis: int, mode: str) -> int:
    n = shape_of(x)[axis]
    if n == 0:
        raise PolyadValueError(
            f"pad: an axis of size 0 (axis {axis}) has nothing to fill a border of {mode} with"
            f"{where(user_location())}\n  Use mode='constant'."
        )
    return n


def _by_index(x: Any, widths: Sequence[tuple[int, int]], mode: str, odd: bool) -> Any:
    """The border holds elements of the array: one `take` for each axis, from the positions that the
    mode repeats with some period.
    """
    for axis, (low, high) in enumerate(widths):
        if (low, high) == (0, 0):
            continue
        n = _filled(x, axis, mode)
        found = [_source(j, n, mode) for j in range(-low, n + high)]
        picked = take(x, from_list([k for k, _, _ in found], dtype=int64), axis=axis)
        turned = odd and mode in ("reflect", "symmetric")
        x = _turned(x, axis, picked, found) if turned else picked
    return x


def _turned(x: Any, axis: int, picked: Any, found: Sequence[tuple[int, int, int]]) -> Any:
    """Odd reflections: 2·(last) - (element) where mirrored, and grown by 2·(last - first) with each
    period.
    """
    n, dtype = shape_of(x)[axis], dtype_of(x)
    shape = tuple(len(found) if k == axis else 1 for k in range(len(shape_of(x))))
    columns = [[1 - 2 * f[1] for f in found], [f[1] for f in found], [f[2] for f in found]]
    signs, mirrored, periods = (
        convert(m.reshape(from_list(c, dtype=int64), shape=shape), dtype) for c in columns
    )
    first, last = m.slice_axis(x, axis, 0, 1), m.slice_axis(x, axis, n - 1, n)
    growth = e.multiply(e.subtract(last, first), periods)
    shift = e.multiply(e.add(growth, e.multiply(last, mirrored)), 2)
    return e.add(e.multiply(picked, signs), shift)


def _source(j: int, n: int, mode: str) -> tuple[int, int, int]:
    """The position that stands at `j`, whether it is mirrored about the end, and the period it is
    in.
    """
    if mode == "edge":
        return (0 if j < 0 else n - 1 if j >= n else j), 0, 0
    if mode == "wrap":
        return j % n, 0, 0
    length = 2 * (n - 1) if mode == "reflect" else 2 * n
    if length == 0:
        return 0, 0, 0
    period, at = divmod(j, length)
    if at < n:
        return at, 0, period
    return (length - at if mode == "reflect" else length - 1 - at), 1, period


def _by_function(
    x: Any, widths: Sequence[tuple[int, int]], function: Any, options: dict[str, Any]
) -> Any:
    x = _with_zeros(x, widths)
    for axis, pair in enumerate(widths):

        def padded(vector: Any, pair: Any = pair, axis: int = axis) -> Any:
            found = function(vector, pair, axis, options)
            return vector if found is None else found

        x = apply_along_axis(padded, axis, x)
    return x


_STATISTICS = {"maximum": max, "minimum": min, "mean": mean, "median": median}
_OPTIONS: dict[str, tuple[str, ...]] = {
    "constant": ("constant_values",),
    "linear_ramp": ("end_values",),
    **dict.fromkeys(_STATISTICS, ("stat_length",)),
    "reflect": ("reflect_type",),
    "symmetric": ("reflect_type",),
    "edge": (),
    "wrap": (),
    "empty": (),
}
