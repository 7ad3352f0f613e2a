"""Functions that look for elements: where they are, whether they are there, which are different.

How many elements `nonzero` and `unique_*` give depends on the values. Where these are known (eager
calls, also inside `grad` of concrete arrays) that is no matter. Under `jit` and `vmap` a `size`
says how many to give: what is too much is left out, what is missing is filled in.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from .. import execution
from ..concrete import concrete_value
from ..errors import PolyadValueError, ShapeError
from ..ir import Handle, user_location
from ..ir import where as at_line
from ..ir.types import bool_, int64, uint8
from ..ops import elementwise as e
from ..ops import indexing as ops
from ..ops import manipulation as m
from ..ops import reduction as r
from ..texts import shown
from ._arguments import integer, refuse, refuse_shape
from ._core import array_of, beside, dtype_of, positions, promoted, shape_of
from .creation import full
from .elementwise import where as choose
from .manipulation import ravel

SMALL = 16
"""So many elements are compared one by one rather than searched for."""


class UniqueAllResult(NamedTuple):
    """The result of `unique_all`."""

    values: Any
    indices: Any
    inverse_indices: Any
    counts: Any


class UniqueCountsResult(NamedTuple):
    """The result of `unique_counts`."""

    values: Any
    counts: Any


class UniqueInverseResult(NamedTuple):
    """The result of `unique_inverse`."""

    values: Any
    inverse_indices: Any


# -- nonzero ---------------------------------------------------------------------------------------


def where(
    condition: Any,
    x: Any = None,
    y: Any = None,
    /,
    *,
    size: int | None = None,
    fill_value: Any = None,
) -> Any:
    """`x` where `condition` is true, `y` elsewhere; with neither, the indices at which it is, as
    `nonzero` gives them.

    Args:
        condition: a boolean array.
        x: an array or number.
        y: likewise; the three shapes broadcast.
        size: the number of indices, where only `condition` is given and traced.
        fill_value: the index that fills up to `size`.

    Raises:
        ShapeError: shapes that do not broadcast.
        PolyadTypeError: one of `x` and `y` without the other.

    >>> where(True, 1.0, 2.0)
    np.float64(1.0)
    >>> where([False, True], size=2, fill_value=-1)
    (array([ 1, -1]),)
    """
    if x is None and y is None:
        fill = 0 if fill_value is None else fill_value
        return _nonzero("where of one argument", condition, size, fill)
    if x is None or y is None:
        refuse("where takes either both of x and y, or neither")
    if size is not None or fill_value is not None:
        refuse("where: size and fill_value are of its form of one argument, which gives indices")
    return choose(condition, x, y)


def nonzero(a: Any, *, size: int | None = None, fill_value: Any = 0) -> tuple[Any, ...]:
    """The indices of the elements that are not 0, in C order: an integer array for each axis.

    With `size`, the first `size` of them; where there are fewer, `fill_value` (an integer, or one
    for each axis) stands for the rest. Raises `ShapeError` for an array without dimensions, and
    `ConcretizationError` where values are not known and there is no `size`.

    >>> nonzero([0.0, 2.0, 3.0])
    (array([1, 2]),)
    >>> nonzero([0.0, 2.0, 3.0], size=3)
    (array([1, 2, 0]),)
    """
    return _nonzero("nonzero", a, size, fill_value)


def _nonzero(name: str, a: Any, size: int | None, fill_value: Any) -> tuple[Any, ...]:
    x = array_of(a)
    shape = shape_of(x)
    if not shape:
        refuse_shape(f"{name} takes arrays of one dimension at least")
    mask = x if dtype_of(x) is bool_ else e.not_equal(x, 0)
    if size is None:
        return tuple(known_positions(mask, name, "size=n, the number of indices to give"))
    size = integer(size, f"{name}: size", 0)
    fills = fill_value if isinstance(fill_value, tuple | list) else (fill_value,) * len(shape)
    if len(fills) != len(shape):
        refuse(f"{name}: {len(fills)} fill values for {len(shape)} axes")
    flat = ravel(mask)
    found, inside = _first_true(flat, size)
    stride = 1
    indices = []
    for n, fill in zip(shape[::-1], fills[::-1], strict=True):
        index = e.remainder(e.floor_divide(found, max(stride, 1)), max(n, 1))
        indices.append(choose(inside, index, fill))
        stride *= n
    return tuple(indices[::-1])


def known_positions(mask: Any, what: str, instead: str) -> list[Any]:
    """The positions of the Trues of `mask`, whose value must be known: an array for each axis."""
    if isinstance(mask, Handle):
        mask = concrete_value(mask, what, instead)
    backend = execution.backend_of(mask)
    assert backend is not None
    return list(backend.nonzero(mask))


def _first_true(mask: Any, size: int) -> tuple[Any, Any]:
    """The positions of the first `size` Trues of a vector, and which of them there are: the k-th
    True is written to place k, and what falls beyond `size` is dropped.
    """
    n = shape_of(mask)[0]
    rank = r.cumulative_sum(e.astype(mask, dtype=int64), axis=0)
    places = e.where(mask, e.subtract(rank, 1), size)
    with beside(mask):
        empty = full((size,), 0, dtype=int64)
    found = ops.scatter(empty, places, positions(n, mask), axis=0, mode="set")
    total = m.sum(e.astype(mask, dtype=int64), axes=(0,))
    return found, e.less(positions(size, mask), total)


# -- unique ----------------------------------------------------------------------------------------


def unique_values(x: Any, *, size: int | None = None, fill_value: Any = None) -> Any:
    """The distinct elements of `x` in ascending order, each where it first occurs: that is where
    its derivative goes, too.

    Every NaN is distinct from all others; 0.0 and -0.0 are equal. Complex numbers are ordered by
    their real parts, then their imaginary ones. With `size`, so many of them; what is missing is
    `fill_value`, or the least element.

    >>> unique_values([3, 1, 3])
    array([1, 3])
    """
    return _unique("unique_values", x, size, fill_value).values


def unique_counts(x: Any, *, size: int | None = None, fill_value: Any = None) -> UniqueCountsResult:
    """`unique_values`, and the count of each (0 for elements that fill up to `size`).

    >>> unique_counts([3, 1, 3]).counts
    array([1, 2])
    """
    found = _unique("unique_counts", x, size, fill_value)
    return UniqueCountsResult(found.values, found.counts)


def unique_inverse(
    x: Any, *, size: int | None = None, fill_value: Any = None
) -> UniqueInverseResult:
    """`unique_values`, and for each element of `x` the index of its value among them.

    >>> unique_inverse([3, 1, 3]).inverse_indices
    array([1, 0, 1])
    """
    found = _unique("unique_inverse", x, size, fill_value)
    return UniqueInverseResult(found.values, found.inverse_indices)


def unique_all(x: Any, *, size: int | None = None, fill_value: Any = None) -> UniqueAllResult:
    """`unique_values`, where each first occurs in the flattened `x`, `unique_inverse`'s indices,
    and the counts.

    >>> unique_all([3, 1, 3]).indices
    array([1, 0])
    """
    return _unique("unique_all", x, size, fill_value)


def _unique(name: str, x: Any, size: int | None, fill_value: Any) -> UniqueAllResult:
    """By a stable sort: a value is new where it differs from the one before it."""
    x = array_of(x)
    flat = ravel(x)
    order = stable_order(flat)
    new = _starts_anew(ops.take(flat, order, axis=0))
    indices, inverse, counts, inside = _grouped(name, order, new, size)
    values = ops.take(flat, indices, axis=0)
    if inside is not None and fill_value is not None:
        values = e.where(inside, values, fill_value)
    return UniqueAllResult(values, indices, m.reshape(inverse, shape=shape_of(x)), counts)


def _grouped(name: str, order: Any, new: Any, size: int | None) -> tuple[Any, Any, Any, Any]:
    """Of groups of equal elements, sorted by `order`, each beginning where `new`: where the first
    element of each stands, of which group each element is, how large the groups are; and which of
    `size` groups there are (None without `size`).
    """
    n = shape_of(order)[0]
    if size is None:
        (starts,) = known_positions(new, name, "size=n, the number of values to give")
        inside = None
        ends = _shifted(starts, n)
    else:
        if size < 1 or n == 0:
            raise PolyadValueError(
                f"{name}: size is 1 at least, and there must be an element; not size={size} of "
                f"{n} elements{at_line(user_location())}"
            )
        found, there = _first_true(new, size + 1)
        starts, inside = m.slice_axis(found, 0, 0, size), m.slice_axis(there, 0, 0, size)
        ends = e.where(m.slice_axis(there, 0, 1, size + 1), m.slice_axis(found, 0, 1, size + 1), n)
    counts = e.subtract(ends, starts)
    group = e.subtract(r.cumulative_sum(e.astype(new, dtype=int64), axis=0), 1)
    counts = counts if inside is None else e.where(inside, counts, 0)
    return ops.take(order, starts, axis=0), _inverted(order, group), counts, inside


def stable_order(x: Any) -> Any:
    """The stable permutation that sorts a vector: complex numbers by real, then imaginary part,
    those with a NaN in either last.
    """
    dtype = dtype_of(x)
    if dtype is bool_:
        return ops.argsort(e.astype(x, dtype=uint8), axis=0, descending=False)
    if not dtype.is_complex:
        return ops.argsort(x, axis=0, descending=False)
    first = ops.argsort(e.imag(x), axis=0, descending=False)
    second = ops.argsort(ops.take(e.real(x), first, axis=0), axis=0, descending=False)
    by_parts = ops.take(first, second, axis=0)
    no_number = e.astype(e.isnan(ops.take(x, by_parts, axis=0)), dtype=uint8)
    return ops.take(by_parts, ops.argsort(no_number, axis=0, descending=False), axis=0)


def _starts_anew(x: Any) -> Any:
    """Whether each element of a sorted vector differs from the one before it."""
    n = shape_of(x)[0]
    if n == 0:
        return e.not_equal(x, x)
    later = e.not_equal(m.slice_axis(x, 0, 1, n), m.slice_axis(x, 0, 0, n - 1))
    first = e.equal(positions(1, x), 0)
    return m.concat(first, later, axis=0)


def _shifted(starts: Any, n: int) -> Any:
    """The ends of the groups that begin at `starts`; the last group ends at `n`."""
    count = shape_of(starts)[0]
    last = e.add(positions(1, starts), n)
    return (
        m.concat(m.slice_axis(starts, 0, min(1, count), count), last, axis=0) if count else starts
    )


def _inverted(order: Any, group: Any) -> Any:
    """The vector whose element `order[i]` is `group[i]`."""
    return ops.scatter(e.subtract(group, group), order, group, axis=0, mode="set")


# -- searchsorted, isin ----------------------------------------------------------------------------


def searchsorted(a: Any, v: Any, side: str = "left", sorter: Any = None) -> Any:
    """The positions at which elements `v` keep the vector `a` ascending: before its equal
    elements (`side` "left"), or after them ("right").

    NaN counts as larger than every number. `sorter` is a permutation that sorts `a`. Raises
    `PolyadTypeError` for complex numbers, `ShapeError` if `a` is no vector.

    >>> searchsorted([1.0, 2.0, 2.0, 3.0], [2.0, 5.0])
    array([1, 4])
    """
    x1, x2 = promoted([a, v])
    if len(shape_of(x1)) != 1:
        raise ShapeError(
            f"searchsorted looks into a vector, not an array of shape {shape_of(x1)}"
            f"{at_line(user_location())}"
        )
    if side not in ("left", "right"):
        raise PolyadValueError(
            f"searchsorted: side is 'left' or 'right', not {shown(side)}{at_line(user_location())}"
        )
    if dtype_of(x1) is bool_:
        x1, x2 = e.astype(x1, dtype=uint8), e.astype(x2, dtype=uint8)
    if sorter is not None:
        x1 = ops.take(x1, array_of(sorter), axis=0)
    return ops.searchsorted(x1, x2, side=side)


def isin(
    element: Any,
    test_elements: Any,
    assume_unique: bool = False,
    invert: bool = False,
    *,
    kind: str | None = None,
) -> Any:
    """Whether each element of `element` equals one of `test_elements` (`invert`: none). NaN equals
    nothing. `assume_unique` and `kind` say how NumPy is to go about it.

    >>> isin([1, 2, 3], [3, 1])
    array([ True, False,  True])
    """
    if kind not in (None, "sort", "table"):
        raise PolyadValueError(
            f"isin: kind is None, 'sort' or 'table', not {shown(kind)}{at_line(user_location())}"
        )
    x1, x2 = promoted([element, test_elements])
    x2 = ravel(x2)
    count = shape_of(x2)[0]
    if count <= SMALL or dtype_of(x1).family in ("bool", "complex"):
        columns = m.reshape(x1, shape=(*shape_of(x1), 1))
        found = r.any(e.equal(columns, x2), axes=(len(shape_of(x1)),))
    else:
        ordered = ops.sort(x2, axis=0, descending=False)
        places = ops.searchsorted(ordered, x1, side="left")
        flat = m.reshape(places, shape=(_size(places),))
        nearest = m.reshape(ops.take(ordered, flat, axis=0), shape=shape_of(x1))
        found = e.equal(nearest, x1)
    return e.logical_not(found) if invert else found


def _size(x: Any) -> int:
    size = 1
    for n in shape_of(x):
        size *= n
    return size
