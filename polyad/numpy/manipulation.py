"""Functions that move elements about."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from ..aliasing import WHERE_CONTIGUOUS, WHERE_STRIDED, viewing
from ..concrete import concrete_value
from ..errors import PolyadTypeError, PolyadValueError, ShapeError
from ..ir import Handle, as_dtype, user_location, where
from ..ir.types import int64
from ..ops import dispatch, indexing
from ..ops import elementwise as e
from ..ops import manipulation as m
from ..ops import manipulation as ops
from ..ops import reduction as r
from ..ops.shapes import as_list
from ._arguments import integer, integers, integers_or_one, layout, listed, refuse, refuse_type
from ._arguments import sizes as sizes_of
from ._core import (
    Axis,
    array_of,
    axes_of,
    axis_of,
    beside_arrays,
    convert,
    copied,
    dtype_of,
    placed,
    positions,
    promoted,
    shape_of,
)
from ._out import check_cast, gives_out


@viewing(when=WHERE_STRIDED)
def reshape(a: Any, /, shape: Any, order: str = "C", *, copy: bool | None = None) -> Any:
    """The elements of `a` in another shape, read and placed in C order (`order` "F": the first
    index fastest); one size may be -1.

    Args:
        a: an array of any shape, or what `asarray` takes.
        shape: the new shape, of as many elements; one size may be -1.
        order: "C" or "F": the order in which elements are read and placed.
        copy: True: always a copy; False: never.

    Raises:
        ShapeError: a shape of another number of elements.

    >>> reshape([1.0, 2.0], (2, 1))
    array([[1.],
           [2.]])
    """
    x = array_of(a)
    sizes = list(integers_or_one(shape, "reshape: shape"))
    if is_fortran("reshape", order, x):
        return _reversed(reshape(_reversed(x), sizes[::-1]))
    if sizes.count(-1) == 1:
        known, total = 1, 1
        for n in sizes:
            known *= n if n != -1 else 1
        for n in shape_of(x):
            total *= n
        if known == 0 or total % known:
            raise ShapeError(
                f"cannot reshape {shape_of(x)} into {tuple(sizes)}{where(user_location())}"
            )
        sizes[sizes.index(-1)] = total // known
    return m.reshape(x, shape=tuple(sizes))


def is_fortran(function: str, order: Any, x: Any) -> bool:
    """Whether `order` says that the first index is the fastest. An order that depends on how `x`
    lies in memory is refused.
    """
    layout(function, order)
    if order in ("A", "K") and len(shape_of(x)) > 1:
        refuse_type(
            f"{function}: order={order!r} depends on how an array lies in memory, which is not "
            "followed\n  Say order='C' or order='F'."
        )
    return order == "F"


@viewing
def _reversed(x: Any) -> Any:
    """`x` with its axes in reverse order."""
    return m.permute_dims(x, axes=tuple(range(len(shape_of(x))))[::-1])


@viewing(when=WHERE_CONTIGUOUS)
def ravel(a: Any, order: str = "C") -> Any:
    """`a` in one dimension, in C order (`order` "F": the first index fastest)."""
    x = array_of(a)
    if is_fortran("ravel", order, x):
        return ravel(_reversed(x))
    size = math.prod(shape_of(x))
    whole = isinstance(x, Handle) and shape_of(x) == (size,)
    return copied(x) if whole else m.reshape(x, shape=(size,))


@viewing
def permute_dims(a: Any, axes: Sequence[int] | None = None) -> Any:
    """`a` with its axes in the order `axes`, reversed if not given."""
    x = array_of(a)
    if axes is None:
        return _reversed(x)
    return m.permute_dims(x, axes=axes_of(integers(axes, "permute_dims: axes"), x))


def transpose(a: Any, axes: Sequence[int] | None = None) -> Any:
    """`a` with its axes in the order `axes`, reversed if not given.

    Args:
        a: an array of any shape, or what `asarray` takes.
        axes: a permutation of the axes; None: the reverse.

    Raises:
        PolyadValueError: what is no permutation of the axes.

    >>> transpose([[1.0, 2.0]]).shape
    (2, 1)
    """
    return permute_dims(a, axes)


def matrix_transpose(x: Any, /) -> Any:
    """`x` with its last two axes exchanged."""
    n = len(shape_of(array_of(x)))
    if n < 2:
        raise ShapeError(f"matrix_transpose needs two dimensions, not {n}{where(user_location())}")
    return permute_dims(x, (*range(n - 2), n - 1, n - 2))


def swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    """`a` with two axes exchanged."""
    n = len(shape_of(array_of(a)))
    order = list(range(n))
    i, j = axis_of(axis1, n), axis_of(axis2, n)
    order[i], order[j] = j, i
    return permute_dims(a, order)


def moveaxis(a: Any, source: Any, destination: Any) -> Any:
    """`a` with axes `source` moved to positions `destination`."""
    x = array_of(a)
    n = len(shape_of(x))
    sources, targets = (
        _distinct([axis_of(i, n) for i in integers_or_one(v, f"moveaxis: {name}")], "moveaxis")
        for v, name in ((source, "source"), (destination, "destination"))
    )
    if len(sources) != len(targets):
        raise PolyadValueError(
            f"moveaxis: {len(sources)} axes do not go to {len(targets)} places"
            f"{where(user_location())}"
        )
    order = [i for i in range(n) if i not in sources]
    for target, origin in sorted(zip(targets, sources, strict=True)):
        order.insert(target, origin)
    return permute_dims(x, order)


def _distinct(axes: list[int], what: str) -> list[int]:
    if len(set(axes)) < len(axes):
        raise PolyadValueError(f"{what}: axes {tuple(axes)} name one twice{where(user_location())}")
    return axes


@viewing
def expand_dims(a: Any, axis: Any) -> Any:
    """`a` with a new axis of size 1 at each position of `axis`.

    Args:
        a: an array of any shape, or what `asarray` takes.
        axis: the place of the new axis in the result, or several.

    Raises:
        PolyadValueError: a place that there is not.

    >>> expand_dims([1.0, 2.0], 0).shape
    (1, 2)
    """
    x = array_of(a)
    given = as_list(axis)
    n = len(shape_of(x)) + len(given)
    new = _distinct([axis_of(i, n) for i in given], "expand_dims")
    sizes = iter(shape_of(x))
    return m.reshape(x, shape=tuple(1 if i in new else next(sizes) for i in range(n)))


@viewing
def squeeze(a: Any, axis: Axis = None) -> Any:
    """`a` without `axis`, which must be of size 1 (None: without all of size 1).

    Args:
        a: an array of any shape, or what `asarray` takes.
        axis: an axis of size 1, or several; None: all such.

    Raises:
        PolyadValueError: an axis of another size.

    >>> squeeze([[1.0, 2.0]]).shape
    (2,)
    """
    x = array_of(a)
    shape = shape_of(x)
    axes = axes_of(axis, x) if axis is not None else tuple(i for i, n in enumerate(shape) if n == 1)
    for i in axes:
        if shape[i] != 1:
            raise PolyadValueError(
                f"cannot squeeze axis {i} of size {shape[i]}{where(user_location())}"
            )
    return m.reshape(x, shape=tuple(n for i, n in enumerate(shape) if i not in axes))


@viewing
def broadcast_to(array: Any, shape: Any, subok: bool = False) -> Any:
    """`array` repeated to `shape`.

    Args:
        array: an array whose axes have the sizes of `shape`, or 1, from the last on.
        shape: a tuple of sizes, or one size.
        subok: must be False.

    Raises:
        ShapeError: a shape to which it does not broadcast.

    >>> broadcast_to([1.0, 2.0], (2, 2))
    array([[1., 2.],
           [1., 2.]])
    """
    return m.broadcast_to(array_of(array), shape=sizes_of(shape, "broadcast_to: shape"))


@beside_arrays
def broadcast_arrays(*args: Any, subok: bool = False) -> tuple[Any, ...]:
    """`args` in the shape they broadcast to."""
    given = [array_of(x) for x in args]
    if not given:
        return ()
    shape = dispatch.broadcast_shapes([shape_of(x) for x in given])
    return tuple([x if shape_of(x) == shape else broadcast_to(x, shape) for x in given])


def broadcast_shapes(*args: Any) -> tuple[int, ...]:
    """The shape that shapes broadcast to; of none, that of a number.

    >>> broadcast_shapes((3, 1), 2)
    (3, 2)
    """
    shapes = [sizes_of(s, "broadcast_shapes: a shape") for s in args]
    return dispatch.broadcast_shapes(shapes) if shapes else ()


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


concatenate = concat


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


@beside_arrays
def atleast_1d(*arys: Any) -> Any:
    """Arrays with one dimension at least; of several, a tuple."""
    found = tuple(expand_dims(x, 0) if shape_of(x) == () else x for x in map(array_of, arys))
    return found[0] if len(found) == 1 else found


@beside_arrays
def atleast_2d(*arys: Any) -> Any:
    """Arrays with two dimensions at least, vectors as rows; of several, a tuple."""
    found = tuple(
        expand_dims(x, axis=0) if len(shape_of(x)) == 1 else x for x in map(atleast_1d, arys)
    )
    return found[0] if len(found) == 1 else found


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


@viewing
def flip(m: Any, axis: Axis = None) -> Any:
    """`m` in reverse order along `axis` (None: all)."""
    x = array_of(m)
    return ops.flip(x, axes=axes_of(axis, x))


def roll(a: Any, shift: Any, axis: Axis = None) -> Any:
    """A copy of `a` shifted along `axis` (None: flattened): what falls off one end enters at the
    other. `shift` may be traced.
    """
    x = array_of(a)
    if axis is None:
        return m.reshape(roll(ravel(x), shift, axis=0), shape=shape_of(x))
    axes, shifts = integers_or_one(axis, "roll: axis"), _shifts(shift)
    if len(shifts) != len(axes):
        if 1 not in (len(shifts), len(axes)):
            refuse(f"roll: {len(shifts)} shifts do not go with {len(axes)} axes")
        shifts, axes = shifts * len(axes), axes * len(shifts)
    for count, which in zip(shifts, axes, strict=True):
        x = _rolled(x, count, axis_of(which, len(shape_of(x))))
    return copied(x) if x is a else x


def _shifts(shift: Any) -> tuple[Any, ...]:
    """One shift or several, each an integer or a traced one."""
    if not isinstance(shift, Handle):
        return integers_or_one(shift, "roll: shift")
    if not dtype_of(shift).is_integer or len(shape_of(shift)) > 1:
        refuse_type(f"roll: shift is an integer, or a vector of integers, not {shift.type}")
    if shape_of(shift) == ():
        return (shift,)
    rows: Any = shift
    parts = [m.slice_axis(rows, 0, k, k + 1) for k in range(shape_of(shift)[0])]
    return tuple([m.reshape(part, shape=()) for part in parts])


def _rolled(x: Any, shift: Any, axis: int) -> Any:
    n = shape_of(x)[axis]
    if n == 0:
        return x
    if isinstance(shift, Handle):
        places = e.remainder(e.subtract(positions(n, x), shift), n)
        return indexing.take(x, places, axis=axis)
    cut = -shift % n
    if not cut:
        return x
    return m.concat(m.slice_axis(x, axis, cut, n), m.slice_axis(x, axis, 0, cut), axis=axis)


def tile(A: Any, reps: Any) -> Any:
    """`A` repeated as a tile, `reps` times along each axis."""
    x = array_of(A)
    counts = list(sizes_of(reps, "tile: reps"))
    shape = list(shape_of(x))
    length = max(len(shape), len(counts))
    shape = [1] * (length - len(shape)) + shape
    counts = [1] * (length - len(counts)) + counts
    if all(n == 1 for n in counts):
        return copied(m.reshape(x, shape=tuple(shape)))
    apart = [n for pair in zip([1] * length, shape, strict=True) for n in pair]
    spread = [n for pair in zip(counts, shape, strict=True) for n in pair]
    tiled = m.broadcast_to(m.reshape(x, shape=tuple(apart)), shape=tuple(spread))
    return _own(m.reshape(tiled, shape=tuple(a * b for a, b in zip(counts, shape, strict=True))))


def _own(x: Any) -> Any:
    """`x` in memory of its own: a broadcast array may be a view that is only to be read."""
    return x if isinstance(x, Handle) else copied(x)


def repeat(
    a: Any, repeats: Any, axis: int | None = None, *, total_repeat_length: int | None = None
) -> Any:
    """Each element `repeats` times along `axis` (None: flattened); `repeats` is one integer, or one
    for each element.

    Under `jit` and `vmap`, a traced `repeats` needs `total_repeat_length`: so many elements are
    given, cut off, or the last one repeated. Raises `PolyadValueError` for negative counts (traced
    ones count as 0).

    >>> repeat([1.0, 2.0], [1, 2])
    array([1., 2., 2.])
    """
    x = array_of(a)
    if axis is None:
        x, axis = ravel(x), 0
    at = axis_of(axis, len(shape_of(x)))
    if not isinstance(repeats, int):
        repeats = array_of(repeats)
        if not dtype_of(repeats).is_integer:
            raise PolyadTypeError(
                f"repeat counts are integers, not {dtype_of(repeats)}{where(user_location())}"
            )
        return _repeat_each(
            x, broadcast_to(repeats, shape_of(x)[at : at + 1]), at, total_repeat_length
        )
    if repeats < 0:
        raise PolyadValueError(f"repeat counts are not negative: {repeats}{where(user_location())}")
    shape = shape_of(x)
    spread = m.broadcast_to(
        expand_dims(x, axis=at + 1), shape=(*shape[: at + 1], repeats, *shape[at + 1 :])
    )
    return _own(m.reshape(spread, shape=(*shape[:at], shape[at] * repeats, *shape[at + 1 :])))


def _repeat_each(x: Any, repeats: Any, axis: int, total: int | None) -> Any:
    """Place k of the result is of the element up to which the counts add up to no more than k."""
    if total is None:
        known = repeats
        if isinstance(repeats, Handle):
            known = concrete_value(
                repeats, "the counts of repeat", "total_repeat_length=n, the size of the result"
            )
        counts = [int(known[k]) for k in range(shape_of(repeats)[0])]
        if min(counts, default=0) < 0:
            raise PolyadValueError(
                f"repeat counts are not negative: {min(counts)}{where(user_location())}"
            )
        total = sum(counts)
    ends = r.cumulative_sum(convert(e.maximum(repeats, 0), int64), axis=0)
    return indexing.take(
        x, indexing.searchsorted(ends, positions(total, repeats), side="right"), axis=axis
    )


def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    """`x` converted to `dtype`; complex to real keeps the real part, and its derivative the real
    part of the cotangent. To integers and booleans the derivative is 0.

    >>> astype([1.5], int)
    array([1])
    """
    x = array_of(x)
    made = placed(convert(x, dtype), device)
    return copied(made) if copy and made is x else made
