"""Joining, splitting, turning, and adding or removing elements: NumPy's spellings."""

from __future__ import annotations

import builtins
import itertools
from collections.abc import Iterable, Sequence
from typing import Any

from ..aliasing import viewing
from ..errors import PolyadIndexError, PolyadTypeError, PolyadValueError, ShapeError
from ..ir import Handle, user_location, where
from ..ops import elementwise as e
from ..ops import manipulation as m
from ..texts import shown
from ._arguments import integer, integers, integers_or_one, layout, listed, refuse, sizes
from ._core import (
    array_copied,
    array_of,
    axis_of,
    beside,
    beside_arrays,
    convert,
    dtype_of,
    fresh,
    from_list,
    known_values,
    positions,
    shape_of,
)
from .creation import zeros
from .joining import concat
from .manipulation import (
    atleast_2d,
    broadcast_to,
    expand_dims,
    flip,
    moveaxis,
    permute_dims,
    ravel,
    reshape,
)
from .taking import take

# -- Joining ---------------------------------------------------------------------------------------


@beside_arrays
def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    """`values` after `arr` along `axis` (None: both flattened).

    >>> append([1.0, 2.0], 3.0)
    array([1., 2., 3.])
    """
    if axis is None:
        return concat([ravel(arr), ravel(values)])
    return concat([arr, values], axis=axis)


@beside_arrays
def atleast_3d(*arys: Any) -> Any:
    """Each array with three dimensions at least: (n,) becomes (1, n, 1), (n, k) becomes (n, k,
    1).
    """
    found = tuple(_atleast_3d(array_of(x)) for x in arys)
    return found[0] if len(found) == 1 else found


def _atleast_3d(x: Any) -> Any:
    shape = shape_of(x)
    return x if len(shape) > 2 else expand_dims(atleast_2d(x), axis=2)


@beside_arrays
def dstack(tup: Sequence[Any]) -> Any:
    """Arrays behind one another, along the third axis."""
    return concat([_atleast_3d(array_of(x)) for x in listed(tup, "dstack")], axis=2)


@beside_arrays
def block(arrays: Any) -> Any:
    """An array made of blocks in nested lists: the innermost lists are joined along the last axis,
    those around them along the axis before.

    Raises `PolyadValueError` for lists that are empty, or not nested equally deep.

    >>> block([[1.0, 2.0], [3.0, 4.0]])
    array([[1., 2.],
           [3., 4.]])
    """
    depth = _depth(arrays)
    ndim = builtins.max(depth, *(len(shape_of(x)) for x in _leaves(arrays)))
    return _join(arrays, ndim, ndim - depth)


def _depth(nested: Any) -> int:
    if not isinstance(nested, list):
        return 0
    depths = {_depth(part) for part in nested}
    if len(depths) != 1:
        what = "is empty" if not nested else "has parts that are not nested equally deep"
        raise PolyadValueError(f"block: a list {what}{where(user_location())}")
    return depths.pop() + 1


def _leaves(nested: Any) -> list[Any]:
    if isinstance(nested, list):
        return [leaf for part in nested for leaf in _leaves(part)]
    return [array_of(nested)]


def _join(nested: Any, ndim: int, axis: int) -> Any:
    if isinstance(nested, list):
        return concat([_join(part, ndim, axis + 1) for part in nested], axis=axis)
    x = array_of(nested)
    return m.reshape(x, shape=(*(1,) * (ndim - len(shape_of(x))), *shape_of(x)))


# -- Splitting -------------------------------------------------------------------------------------


@viewing
@beside_arrays
def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """`ary` cut along `axis` at indices, or into equal parts, of which the first may be longer.

    >>> array_split([1.0, 2.0, 3.0], 2)
    [array([1., 2.]), array([3.])]
    """
    x = array_of(ary)
    at = axis_of(axis, len(shape_of(x)))
    n = shape_of(x)[at]
    if not isinstance(indices_or_sections, Iterable):
        count = integer(indices_or_sections, "array_split: the number of parts", least=1)
        short, longer = builtins.divmod(n, count)
        cuts = [k * short + builtins.min(k, longer) for k in range(count + 1)]
    else:
        cuts = [0, *(_cut(k, n) for k in integers_or_one(indices_or_sections, "array_split")), n]
    return [m.slice_axis(x, at, a, builtins.max(a, b)) for a, b in itertools.pairwise(cuts)]


def _cut(index: int, n: int) -> int:
    return builtins.min(builtins.max(index + n if index < 0 else index, 0), n)


def _split(name: str, ary: Any, indices_or_sections: Any, axis: int, least: int) -> list[Any]:
    x = array_of(ary)
    shape = shape_of(x)
    if len(shape) < least:
        raise ShapeError(
            f"{name} takes arrays of {least} dimensions or more, not of shape "
            f"{shape}{where(user_location())}"
        )
    axis = builtins.min(axis, len(shape) - 1)
    if isinstance(indices_or_sections, int) and (
        indices_or_sections < 1 or shape[axis] % indices_or_sections
    ):
        raise PolyadValueError(
            f"{name}: an axis of size {shape[axis]} does not split into {indices_or_sections} "
            f"equal parts{where(user_location())}\n  array_split makes unequal ones."
        )
    return array_split(x, indices_or_sections, axis)


@beside_arrays
def vsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """`split` along the first axis, of two dimensions or more."""
    return _split("vsplit", ary, indices_or_sections, 0, 2)


@beside_arrays
def hsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """`split` along the second axis; of a vector, the only."""
    return _split("hsplit", ary, indices_or_sections, 1, 1)


@beside_arrays
def dsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """`split` along the third axis."""
    return _split("dsplit", ary, indices_or_sections, 2, 3)


# -- Turning ---------------------------------------------------------------------------------------


@beside_arrays
def fliplr(m: Any) -> Any:
    """`m` with its second axis reversed."""
    return flip(m, axis=1)


@beside_arrays
def flipud(m: Any) -> Any:
    """`m` with its first axis reversed."""
    return flip(m, axis=0)


@viewing
@beside_arrays
def rot90(m: Any, k: int = 1, axes: Sequence[int] = (0, 1)) -> Any:
    """`m` turned by `k` right angles in the plane of `axes`, from the first towards the second.

    >>> rot90([[1.0, 2.0]])
    array([[2.],
           [1.]])
    """
    x = array_of(m)
    n = len(shape_of(x))
    plane = [axis_of(i, n) for i in integers(axes, "rot90: axes")]
    if len(plane) != 2 or plane[0] == plane[1]:
        refuse(f"rot90: the axes differ, and are two, not {axes}")
    first, second = plane
    k = integer(k, "rot90: k") % 4
    if k == 0:
        return x[...]
    if k == 2:
        return flip(x, axis=(first, second))
    order = list(range(n))
    order[first], order[second] = second, first
    if k == 1:
        return permute_dims(flip(x, axis=second), order)
    return flip(permute_dims(x, order), axis=second)


@beside_arrays
def rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    """`a` with `axis` moved to stand before axis `start`."""
    x = array_of(a)
    n = len(shape_of(x))
    axis = axis_of(axis, n)
    if not -n <= start <= n:
        raise PolyadIndexError(
            f"rollaxis: start {start} is out of range for {n} dimensions{where(user_location())}"
        )
    start = start + n if start < 0 else start
    return moveaxis(x, axis, start - 1 if axis < start else start)


# -- Adding and removing elements ------------------------------------------------------------------


@beside_arrays
def copy(a: Any, order: str = "K", subok: bool = False) -> Any:
    """An array of its own with the elements of `a`."""
    layout("copy", order)
    return array_copied(array_of(a), order)


@beside_arrays
def resize(a: Any, new_shape: Any) -> Any:
    """The elements of `a`, repeated as often as needed or cut, in `new_shape`.

    >>> resize([1.0, 2.0], (3,))
    array([1., 2., 1.])
    """
    shape = sizes(new_shape, "resize: new_shape")
    flat, size = ravel(a), 1
    for n in shape:
        size *= n
    count = shape_of(flat)[0]
    if count == 0:
        return zeros(shape, dtype=dtype_of(flat))
    repeats = -(-size // count)
    whole = reshape(broadcast_to(flat, (repeats, count)), (repeats * count,))
    return fresh(m.reshape(m.slice_axis(whole, 0, 0, size), shape=shape))


@beside_arrays
def delete(arr: Any, obj: Any, axis: int | None = None) -> Any:
    """`arr` without the elements `obj` along `axis` (None: flattened): an integer, which may be
    traced, a slice, or a list, array or mask of known values.

    >>> delete([1.0, 2.0, 3.0], 1)
    array([1., 3.])
    """
    x, at = _along(arr, axis)
    n = shape_of(x)[at]
    if isinstance(obj, Handle) and obj.type.shape == () and obj.type.dtype.is_integer:
        with beside(x):
            kept = positions(n - 1, x)
            gone = e.where(e.less(obj, 0), e.add(obj, n), obj)
            return take(x, e.where(e.less(kept, gone), kept, e.add(kept, 1)), axis=at)
    dropped = set(_known_positions(obj, n, at, "delete"))
    return take(x, [k for k in range(n) if k not in dropped] or _no_integers(), axis=at)


@beside_arrays
def insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    """`arr` with `values` before the positions `obj` along `axis` (None: flattened): an integer,
    which may be traced, a slice, or a list or array of known integers.

    >>> insert([1.0, 2.0], 1, 5.0)
    array([1., 5., 2.])
    """
    x, at = _along(arr, axis)
    n, ndim = shape_of(x)[at], len(shape_of(x))
    if isinstance(obj, Handle) and obj.type.shape == () and obj.type.dtype.is_integer:
        return _inserted_at(x, obj, values, at)
    places = _known_positions(obj, n, at, "insert", above=1)
    values = convert(array_of(values), dtype_of(x))
    short = ndim - len(shape_of(values))
    values = m.reshape(values, shape=(*(1,) * short, *shape_of(values)))
    if isinstance(obj, int) or (hasattr(obj, "shape") and shape_of(obj) == ()):
        values = moveaxis(values, 0, at)
    if len(places) == 1:
        places = places * shape_of(values)[at]
    target = tuple(len(places) if k == at else size for k, size in enumerate(shape_of(x)))
    both = concat([x, broadcast_to(values, target)], axis=at)
    order = sorted(range(len(places)), key=places.__getitem__)
    sources: list[int] = []
    done = 0
    for k in order:
        sources += [*range(done, places[k]), n + k]
        done = places[k]
    return take(both, [*sources, *range(done, n)] or _no_integers(), axis=at)


def _inserted_at(x: Any, place: Any, values: Any, at: int) -> Any:
    """`values` before one traced position: elements before it, the values, and those after it."""
    n = shape_of(x)[at]
    values = convert(array_of(values), dtype_of(x))
    short = len(shape_of(x)) - len(shape_of(values))
    values = moveaxis(m.reshape(values, shape=(*(1,) * short, *shape_of(values))), 0, at)
    count = shape_of(values)[at]
    target = tuple(count if k == at else size for k, size in enumerate(shape_of(x)))
    both = concat([x, broadcast_to(values, target)], axis=at)
    with beside(x):
        first = e.where(e.less(place, 0), e.add(place, n), place)
        k = positions(n + count, x)
        later = e.where(e.less(k, e.add(first, count)), e.subtract(e.add(k, n), first), k - count)
        return take(both, e.where(e.less(k, first), k, later), axis=at)


def _along(arr: Any, axis: int | None) -> tuple[Any, int]:
    x = array_of(arr)
    return (ravel(x), 0) if axis is None else (x, axis_of(axis, len(shape_of(x))))


def _no_integers() -> Any:
    return from_list([], dtype="int64")


def _known_positions(obj: Any, n: int, axis: int, what: str, above: int = 0) -> list[int]:
    """`obj` as positions counted from the front, which it must say by its value."""
    if isinstance(obj, slice):
        return list(range(*obj.indices(n)))
    listed = known_values(obj, f"the positions of {what}", "known positions, or polyad.numpy.where")
    if listed and builtins.all(isinstance(k, bool) for k in listed):
        if len(listed) != n:
            raise PolyadIndexError(
                f"{what}: a mask of {len(listed)} entries for axis {axis} of size "
                f"{n}{where(user_location())}"
            )
        return [k for k, chosen in enumerate(listed) if chosen]
    for k in listed:
        if not isinstance(k, int):
            raise PolyadTypeError(
                f"{what}: positions are integers, not {shown(k)}{where(user_location())}"
            )
        if not -n <= k < n + above:
            raise PolyadIndexError(
                f"{what}: position {k} is out of range for axis {axis} of size "
                f"{n}{where(user_location())}"
            )
    return [k + n if k < 0 else k for k in listed]


@beside_arrays
def trim_zeros(filt: Any, trim: str = "fb", axis: Any = None) -> Any:
    """A vector without leading ("f" in `trim`) and trailing ("b") zeros. Its values must be known.

    >>> trim_zeros([0.0, 1.0, 0.0])
    array([1.])
    """
    x = array_of(filt)
    if axis not in (None, 0, -1):
        refuse(f"trim_zeros: a vector has axis 0, not {shown(axis)}")
    if trim.lower().strip("fb"):
        refuse(f"trim_zeros: trim is made of the letters f and b, not {shown(trim)}")
    if len(shape_of(x)) != 1:
        raise ShapeError(
            f"trim_zeros takes a vector, not an array of shape "
            f"{shape_of(x)}{where(user_location())}"
        )
    values = known_values(x, "trimming zeros", "a slice of known length")
    there = [k for k, value in enumerate(values) if value != 0]
    n = shape_of(x)[0]
    start = (there[0] if there else n) if "f" in trim.lower() else 0
    stop = (there[-1] + 1 if there else 0) if "b" in trim.lower() else n
    return x[start : builtins.max(start, stop)]
