"""Functions that move elements about."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..aliasing import WHERE_CONTIGUOUS, WHERE_STRIDED, viewing
from ..errors import PolyadValueError, ShapeError
from ..ir import Handle, user_location, where
from ..ops import dispatch
from ..ops import manipulation as m
from ..ops import manipulation as ops
from ..ops.shapes import as_list
from ..texts import shown
from ._arguments import integers, integers_or_one, layout, refuse_type
from ._arguments import sizes as sizes_of
from ._core import (
    Axis,
    array_of,
    axes_of,
    axis_of,
    beside_arrays,
    convert,
    copied,
    placed,
    shape_of,
)


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
            f"{function}: order={shown(order)} depends on how an array lies in memory, which is "
            "not followed\n  Say order='C' or order='F'."
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


@viewing
def flip(m: Any, axis: Axis = None) -> Any:
    """`m` in reverse order along `axis` (None: all)."""
    x = array_of(m)
    return ops.flip(x, axes=axes_of(axis, x))


def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    """`x` converted to `dtype`; complex to real keeps the real part, and its derivative the real
    part of the cotangent. To integers and booleans the derivative is 0.

    >>> astype([1.5], int)
    array([1])
    """
    x = array_of(x)
    made = placed(convert(x, dtype), device)
    return copied(made) if copy and made is x else made
