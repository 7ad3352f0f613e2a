"""Reductions by segment: of elements with the same id."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import execution
from ..errors import ConcretizationError
from ..ir import Handle, user_location, where
from ..numpy import at, full
from ..numpy._arguments import integer
from ..numpy._core import array_of, beside, dtype_of, shape_of
from ..ops import elementwise as e
from ..texts import shown
from ._arguments import refuse, refuse_type, type_of

MODES = (None, "drop", "fill", "promise_in_bounds")


def _segments(name: str, update: str, start: Callable[[Any], Any], text: str) -> Any:
    """The reduction by segment that `update` of `x.at[ids]` makes, from the values `start` on."""

    def reduce(
        data: Any,
        segment_ids: Any,
        num_segments: int | None = None,
        indices_are_sorted: bool = False,
        unique_indices: bool = False,
        bucket_size: int | None = None,
        mode: Any = None,
    ) -> Any:
        x, ids = array_of(data), array_of(segment_ids)
        _check(name, x, ids, indices_are_sorted, unique_indices, bucket_size, mode)
        count = _count(name, ids, num_segments)
        with beside(x):
            empty = full((count, *shape_of(x)[1:]), start(dtype_of(x)), dtype=dtype_of(x))
        ids = e.where(e.less(ids, 0), count, ids)
        return getattr(at(empty)[ids], update)(x, mode="drop")

    reduce.__name__ = reduce.__qualname__ = name
    reduce.__doc__ = text
    return reduce


def _check(name: str, x: Any, ids: Any, in_order: Any, unique: Any, bucket: Any, mode: Any) -> None:
    if not dtype_of(ids).is_integer or len(shape_of(ids)) != 1:
        refuse_type(f"{name}: segment_ids is a vector of integers, not {type_of(ids)}")
    if shape_of(x)[:1] != shape_of(ids):
        refuse(
            f"{name}: an id for each of the slices of data along axis 0, not {shape_of(ids)} for "
            f"data of shape {shape_of(x)}"
        )
    for key, flag in (("indices_are_sorted", in_order), ("unique_indices", unique)):
        if not isinstance(flag, bool):
            refuse_type(f"{name}: {key} is True or False, not {shown(flag)}")
    if bucket is not None:
        integer(bucket, f"{name}: bucket_size", 1)
    if getattr(mode, "name", mode) not in (*MODES, "FILL_OR_DROP", "PROMISE_IN_BOUNDS"):
        refuse(f"{name}: mode is one of {', '.join(map(repr, MODES))}, not {shown(mode)}")


def _count(name: str, ids: Any, given: Any) -> int:
    """The number of segments: one more than the largest id, which has to be known, if not given."""
    if given is not None:
        return integer(given, f"{name}: num_segments", 0)
    if isinstance(ids, Handle):
        raise ConcretizationError(
            f"{name}: the ids are traced, and the result has as many elements as there are "
            f"segments{where(user_location())}\n  Pass num_segments."
        )
    backend: Any = execution.backend_of(ids)
    values = backend.host(ids)
    return int(values.max()) + 1 if values.size else 0


def _least(dtype: Any) -> Any:
    if dtype.family == "bool":
        return False
    if dtype.is_inexact:
        return float("-inf")
    return -(2 ** (dtype.bits - 1)) if dtype.family == "int" else 0


def _largest(dtype: Any) -> Any:
    if dtype.family == "bool":
        return True
    if dtype.is_inexact:
        return float("inf")
    return 2 ** (dtype.bits - (dtype.family == "int")) - 1


_COMMON = """
    `data` has a slice along axis 0 for each of `segment_ids`; ids outside of 0 to `num_segments`
    - 1 (None: the largest id, which has to be known) are dropped. The other parameters are JAX's
    and have no effect here."""

segment_sum = _segments(
    "segment_sum",
    "add",
    lambda dtype: 0,
    f"""The sum of the elements with each id, 0 for an id without elements.
{_COMMON}

    >>> segment_sum([1.0, 2.0, 3.0], [0, 0, 1], num_segments=3)
    array([3., 3., 0.])
    """,
)
segment_prod = _segments(
    "segment_prod",
    "multiply",
    lambda dtype: 1,
    f"""The product of the elements with each id, 1 for an id without elements.
{_COMMON}

    >>> segment_prod([2.0, 2.0, 3.0], [0, 0, 1])
    array([4., 3.])
    """,
)
segment_max = _segments(
    "segment_max",
    "max",
    _least,
    f"""The largest of the elements with each id, the least value of the dtype for one without any.
{_COMMON}

    >>> segment_max([1.0, 2.0, 3.0], [0, 0, 1])
    array([2., 3.])
    """,
)
segment_min = _segments(
    "segment_min",
    "min",
    _largest,
    f"""The least of the elements with each id, the largest value of the dtype for one without any.
{_COMMON}

    >>> segment_min([1.0, 2.0, 3.0], [0, 0, 1])
    array([1., 3.])
    """,
)
