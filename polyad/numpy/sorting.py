"""Sorting: whole, partial, lexicographic, complex."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import PolyadIndexError, PolyadValueError
from ..ir import user_location, where
from ..ops import elementwise as e
from ..ops import indexing as i
from ..ops.promotion import default_complex
from ..texts import shown
from ._arguments import refuse, unfollowed
from ._core import array_of, axis_of, beside_arrays, convert, dtype_of, shape_of
from .indexing import getitem
from .manipulation import broadcast_arrays, ravel
from .taking import take_along_axis


@beside_arrays
def partition(
    a: Any,
    kth: Any,
    axis: int | None = -1,
    kind: str = "introselect",
    order: None = None,
) -> Any:
    """`a` along `axis` (None: flattened) with the elements `kth` where sorting puts them, smaller
    ones before and larger ones after. Here all are sorted, which is one such order.

    >>> partition([3.0, 1.0, 2.0], 1)
    array([1., 2., 3.])
    """
    a, axis = _along(a, axis)
    unfollowed("partition", kind=(kind, "introselect"), order=(order, None))
    _check_kth(kth, shape_of(a)[axis], "partition")
    return i.sort(a, axis=axis, descending=False)


@beside_arrays
def argpartition(
    a: Any,
    kth: Any,
    axis: int | None = -1,
    kind: str = "introselect",
    order: None = None,
) -> Any:
    """The positions from which `partition` takes its elements."""
    a, axis = _along(a, axis)
    unfollowed("argpartition", kind=(kind, "introselect"), order=(order, None))
    _check_kth(kth, shape_of(a)[axis], "argpartition")
    return i.argsort(a, axis=axis, descending=False)


def _along(a: Any, axis: int | None) -> tuple[Any, int]:
    x = array_of(a)
    return (ravel(x), 0) if axis is None else (x, axis_of(axis, len(shape_of(x))))


def _check_kth(kth: Any, n: int, what: str) -> None:
    for k in kth if isinstance(kth, Sequence) else [kth]:
        if not -n <= int(k) < n:
            raise PolyadIndexError(
                f"{what}: kth {k} is out of range for an axis of size {n}{where(user_location())}"
            )


@beside_arrays
def lexsort(keys: Any, axis: int = -1) -> Any:
    """The positions that sort by the last of `keys` (a sequence of arrays, or the rows of one),
    ties by the one before, and so on.

    >>> lexsort(([2, 1], [0, 0]))
    array([1, 0])
    """
    given = list(keys) if isinstance(keys, list | tuple) else _rows(keys)
    if not given:
        raise PolyadValueError(f"lexsort needs one key at least{where(user_location())}")
    rows = broadcast_arrays(*given)
    axis = axis_of(axis, len(shape_of(rows[0])))
    order = i.argsort(rows[0], axis=axis, descending=False)
    for row in rows[1:]:
        picked = take_along_axis(row, order, axis=axis)
        order = take_along_axis(order, i.argsort(picked, axis=axis, descending=False), axis=axis)
    return order


def _rows(keys: Any) -> list[Any]:
    keys = array_of(keys)
    return [getitem(keys, k) for k in range(shape_of(keys)[0])]


@beside_arrays
def sort_complex(a: Any) -> Any:
    """`a` along its last axis, sorted by real parts, ties by imaginary parts; complex.

    >>> sort_complex([2.0, 1.0])
    array([1.+0.j, 2.+0.j])
    """
    a = array_of(a)
    a = a if dtype_of(a).is_complex else convert(a, default_complex())
    return take_along_axis(a, lexsort((e.imag(a), e.real(a))), axis=-1)


def sort(
    a: Any,
    axis: int | None = -1,
    kind: str | None = None,
    order: None = None,
    *,
    stable: bool | None = None,
    descending: bool = False,
) -> Any:
    """`a` sorted along `axis` (None: flattened); equal elements keep their order, whatever `kind`
    and `stable` ask for. `order` is of arrays with fields, which there are not.

    Args:
        a: an array of any shape, or what `asarray` takes.
        axis: an axis; None: the flattened array.
        kind: accepted: the sort is stable.
        order: must be None.
        stable: accepted: the sort is stable.
        descending: from the largest to the smallest.

    Raises:
        PolyadValueError: an axis that `a` has not.
        PolyadTypeError: what is no array of numbers.

    >>> sort([3.0, 1.0, 2.0])
    array([1., 2., 3.])
    """
    x, at = _sortable(a, axis, kind, order)
    return i.sort(x, axis=at, descending=descending)


def argsort(
    a: Any,
    axis: int | None = -1,
    kind: str | None = None,
    order: None = None,
    *,
    stable: bool | None = None,
    descending: bool = False,
) -> Any:
    """The stable permutation that sorts `a` along `axis` (None: of the flattened array).

    Args:
        a: an array of any shape, or what `asarray` takes.
        axis: an axis; None: the flattened array.
        kind: accepted: the sort is stable.
        order: must be None.
        stable: accepted: the sort is stable.
        descending: from the largest to the smallest.

    Raises:
        PolyadValueError: an axis that `a` has not.
        PolyadTypeError: what is no array of numbers.

    >>> argsort([3.0, 1.0, 2.0])
    array([1, 2, 0])
    """
    x, at = _sortable(a, axis, kind, order)
    return i.argsort(x, axis=at, descending=descending)


def _sortable(a: Any, axis: int | None, kind: Any, order: Any) -> tuple[Any, int]:
    unfollowed("sort", order=(order, None))
    if kind not in (None, "quicksort", "heapsort", "mergesort", "stable"):
        refuse(f"sort: kind is 'quicksort', 'heapsort', 'mergesort' or 'stable', not {shown(kind)}")
    x = array_of(a)
    return (ravel(x), 0) if axis is None else (x, axis_of(axis, len(shape_of(x))))
