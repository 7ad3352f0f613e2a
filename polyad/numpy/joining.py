"""Joining and splitting."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ..aliasing import viewing
from ..errors import PolyadValueError, ShapeError
from ..ir import as_dtype, user_location, where
from ..ops import manipulation as m
from ._arguments import integer, integers_or_one, listed
from ._core import array_of, axis_of, convert, dtype_of, promoted, shape_of
from ._out import check_cast, gives_out
from .manipulation import atleast_1d, atleast_2d, expand_dims, ravel, squeeze


@gives_out
def concat(
    arrays: Sequence[Any],
    /,
    axis: int | None = 0,
    out: Any = None,
    *,
    dtype: Any = None,
    casting: str = "same_kind",
) -> Any:
    """`arrays` one after another along `axis` (None: flattened first), in `dtype` if that is given
    and `casting` allows it.

    Args:
        arrays: arrays whose shapes differ along `axis` at most.
        axis: the axis; None: arrays are flattened first.
        out: an array of the result's shape, which is written to and returned.
        dtype: the dtype of the result, and of the computation.
        casting: NumPy's rule for `dtype`.

    Raises:
        ShapeError: other sizes that differ.
        PolyadValueError: no array, or an axis that there is not.

    >>> concat([[1.0], [2.0, 3.0]])
    array([1., 2., 3.])
    """
    given = _joinable(arrays, "concat", dtype, casting)
    if axis is None:
        given, axis = [ravel(x) for x in given], 0
    return m.concat(*given, axis=axis_of(axis, len(shape_of(given[0]))))


def _joinable(arrays: Any, function: str, dtype: Any, casting: str) -> list[Any]:
    """`arrays` in one dtype, `dtype` if that is given."""
    given = listed(arrays, function)
    if dtype is None:
        return promoted(given)
    wanted = as_dtype(dtype)
    given = [array_of(x) for x in given]
    for x in given:
        check_cast(function, dtype_of(x), wanted, casting)
    return promoted([convert(x, wanted) for x in given])


@gives_out
def stack(
    arrays: Sequence[Any],
    axis: int = 0,
    out: Any = None,
    *,
    dtype: Any = None,
    casting: str = "same_kind",
) -> Any:
    """`arrays` of one shape along a new axis.

    Args:
        arrays: arrays of one shape.
        axis: the place of the new axis.
        out: an array of the result's shape, which is written to and returned.
        dtype: the dtype of the result, and of the computation.
        casting: NumPy's rule for `dtype`.

    Raises:
        ShapeError: shapes that differ.
        PolyadValueError: no array, or an axis that there is not.

    >>> stack([1.0, 2.0])
    array([1., 2.])
    """
    given = _joinable(arrays, "stack", dtype, casting)
    shapes = {shape_of(x) for x in given}
    if len(shapes) > 1:
        raise ShapeError(
            f"stack needs arrays of one shape, not {sorted(shapes)}{where(user_location())}"
        )
    at = axis_of(axis, len(shape_of(given[0])) + 1)
    return m.concat(*(expand_dims(x, axis=at) for x in given), axis=at)


@viewing
def unstack(x: Any, /, *, axis: int = 0) -> tuple[Any, ...]:
    """The slices of `x` along `axis`."""
    x = array_of(x)
    at = axis_of(axis, len(shape_of(x)))
    return tuple(squeeze(m.slice_axis(x, at, i, i + 1), axis=at) for i in range(shape_of(x)[at]))


def vstack(tup: Sequence[Any], *, dtype: Any = None, casting: str = "same_kind") -> Any:
    """Arrays on top of one another; vectors are rows."""
    given = [atleast_2d(x) for x in listed(tup, "vstack")]
    return concat(given, axis=0, dtype=dtype, casting=casting)


def hstack(tup: Sequence[Any], *, dtype: Any = None, casting: str = "same_kind") -> Any:
    """Arrays side by side."""
    given = [atleast_1d(x) for x in listed(tup, "hstack")]
    axis = 0 if len(shape_of(given[0])) == 1 else 1
    return concat(given, axis=axis, dtype=dtype, casting=casting)


def column_stack(tup: Sequence[Any]) -> Any:
    """Vectors as the columns of a matrix."""
    given = [array_of(x) for x in listed(tup, "column_stack")]
    columns = [m.reshape(x, shape=(*(shape_of(x) or (1,)), 1)) for x in given]
    return concat(
        [c if len(shape_of(x)) < 2 else x for x, c in zip(given, columns, strict=True)], axis=1
    )


@viewing
def split(ary: Any, indices_or_sections: int | Sequence[int], axis: int = 0) -> list[Any]:
    """`ary` cut along `axis`: into equal parts, or at indices."""
    x = array_of(ary)
    at = axis_of(axis, len(shape_of(x)))
    n = shape_of(x)[at]
    if not isinstance(indices_or_sections, Iterable):
        parts = integer(indices_or_sections, "split: the number of parts", least=1)
        if n % parts:
            raise PolyadValueError(
                f"axis of size {n} does not split into {parts} equal parts{where(user_location())}"
            )
        cuts = [i * (n // parts) for i in range(1, parts)]
    else:
        indices = integers_or_one(indices_or_sections, "split: the indices")
        cuts = [min(max(i + n if i < 0 else i, 0), n) for i in indices]
    return [m.slice_axis(x, at, a, max(a, b)) for a, b in zip([0, *cuts], [*cuts, n], strict=True)]


concatenate = concat
