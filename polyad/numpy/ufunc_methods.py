"""The methods of ufuncs: folds along an axis, running ones, of segments; all pairs; and writing at
indices.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable
from typing import Any

from ..api.compile import eval_shape
from ..api.loops import scan
from ..errors import ConcretizationError
from ..ir import as_dtype
from ..ir.types import ArrayType, bool_
from ..ops import elementwise as e
from ..ops import manipulation as m
from ..ops.shapes import with_ones
from ..texts import shown
from . import cumulative, extremes
from . import reduction as r
from ._arguments import refuse, refuse_type
from ._core import (
    Axis,
    accumulator,
    array_of,
    axes_of,
    axis_of,
    convert,
    dtype_of,
    known_values,
    positions,
    shape_of,
)
from ._out import check_cast, written
from .indexing import getitem
from .ufuncs import UFUNCS, check_loop
from .updates import at as updates

Function = Callable[..., Any]

_REDUCTIONS: dict[str, Function] = {
    "add": r.sum,
    "multiply": r.prod,
    "maximum": extremes.max,
    "minimum": extremes.min,
    "logical_and": r.all,
    "logical_or": r.any,
}
_RUNNING: dict[str, Function] = {
    "add": cumulative.cumsum,
    "multiply": cumulative.cumprod,
    "maximum": cumulative.cummax,
    "minimum": cumulative.cummin,
}
IDENTITIES: dict[str, Any] = {
    "add": 0,
    "multiply": 1,
    "logical_and": True,
    "logical_or": False,
    "logical_xor": False,
    "bitwise_or": 0,
    "bitwise_xor": 0,
    "bitwise_and": -1,
    "logaddexp": -math.inf,
    "logaddexp2": -math.inf,
    "hypot": 0.0,
    "gcd": 0,
}
"""The results of folds over no elements."""
_ANY_ORDER = {*IDENTITIES, "lcm", "fmax", "fmin"}
"""Ufuncs that may be folded over several axes."""


def _check_binary(function: Any, method: str) -> None:
    if function.nin != 2 or function.nout != 1:
        refuse_type(f"{function.__name__}.{method}: only ufuncs of two operands have it")


def _check_ordered(method: str, array: Any, dtype: Any) -> None:
    """Refuse the largest or least of complex numbers, which polyad does not order."""
    if method.startswith(("maximum", "minimum", "fmax", "fmin")):
        found = dtype_of(array_of(array)) if dtype is None else as_dtype(dtype)
        if found.is_complex:
            refuse_type(f"{method} takes real arrays, not {found}")


# -- Folds -----------------------------------------------------------------------------------------


def reduce(
    function: Any,
    array: Any,
    axis: Axis = 0,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """`function` of the elements along `axis` (None: all), one after another."""
    _check_binary(function, "reduce")
    name = function.__name__
    _check_ordered(f"{name}.reduce", array, dtype)
    if name in _REDUCTIONS:
        options = {} if name.startswith("logical") else {"initial": initial}
        if name in ("add", "multiply"):
            options["dtype"] = dtype
        elif dtype is not None and not name.startswith("logical"):
            array = convert(array_of(array), dtype)
        found = _REDUCTIONS[name](array, axis=axis, keepdims=keepdims, where=where, **options)
        if initial is not None and not options:
            found = function(found, initial)
    else:
        x = _in_its_dtype(function, array_of(array), dtype)
        found = _folded(function, x, axis, keepdims, initial, where)
    return found if out is None else written(found, out, f"{name}.reduce")


def _folded(function: Any, x: Any, axis: Axis, keepdims: bool, initial: Any, where: Any) -> Any:
    name, shape = function.__name__, shape_of(x)
    axes = axes_of(axis, x)
    if len(axes) > 1 and not function.reorderable:
        refuse(f"{name}.reduce: its order matters, so that it takes one axis, not {axes}")
    empty = math.prod(shape[k] for k in axes) == 0
    needs_start = empty or where is not True
    if initial is None and function.identity is None and needs_start:
        cause = "no value over no elements" if empty else "no identity for where="
        refuse(f"{name}.reduce has {cause}\n  Pass initial=, the value that it starts from.")
    neutral = start = None
    if function.identity is not None:
        neutral = convert(r.array_beside(function.identity, x), dtype_of(x))
        start = neutral if needs_start or function.starts else None
    if initial is not None:
        start = _initial(name, initial, x)
    masks = None
    if where is not True:
        masks = _rows(r.mask_of(where, x), axes)
        # In the place of what is not chosen stands a number, where slopes are finite.
        x = r.chosen(x, where, 1 if neutral is None else neutral)
    rows = _rows(x, axes)
    if start is None:
        first, rows = _row(rows, 0), m.slice_axis(rows, 0, 1, shape_of(rows)[0])
    else:
        first = m.broadcast_to(start, shape=shape_of(rows)[1:])

    def step(carry: Any, given: Any) -> tuple[Any, None]:
        row, mask = given
        made = function(carry, row)
        return made if mask is None else e.where(mask, made, carry), None

    found, _ = scan(step, first, (rows, masks))
    return m.reshape(found, shape=with_ones(shape, axes)) if keepdims else found


def _initial(name: str, initial: Any, x: Any) -> Any:
    start = r.array_beside(initial, x)
    if dtype_of(x) is bool_:
        return r.as_boolean(start)
    check_cast(f"{name}.reduce: initial", dtype_of(start), dtype_of(x))
    return convert(start, dtype_of(x))


def _rows(x: Any, axes: tuple[int, ...]) -> Any:
    """`x` with these axes in front, as one."""
    shape = shape_of(x)
    rest = [k for k in range(len(shape)) if k not in axes]
    count = math.prod(shape[k] for k in axes)
    return m.reshape(
        m.permute_dims(x, axes=(*axes, *rest)), shape=(count, *[shape[k] for k in rest])
    )


def _from_rows(rows: Any, axis: int) -> Any:
    """An array whose first axis goes to the place `axis`."""
    order = list(range(1, len(shape_of(rows))))
    order.insert(axis, 0)
    return m.permute_dims(rows, axes=tuple(order))


def result_dtype(function: Any, *operands: Any) -> Any:
    """The dtype of the function's results for elements of these arrays."""
    return eval_shape(function, *[ArrayType(dtype_of(x), ()) for x in operands]).dtype


def _in_its_dtype(function: Any, x: Any, dtype: Any) -> Any:
    """`x` in the dtype of the function's results, which its operands may have; it must be `dtype`
    where one is given, but for logical functions.
    """
    logical = function.__name__.startswith("logical")
    x = x if logical else convert(x, dtype)
    wanted = result_dtype(function, x, x)
    if wanted is bool_ and dtype_of(x) is not bool_ and not logical:
        refuse_type(
            f"{function.__name__} gives booleans, and has no folds of an array of {dtype_of(x)}\n"
            "  Convert the array to booleans."
        )
    x = convert(x, wanted) if wanted is not bool_ else r.as_boolean(x)
    if dtype is not None and not logical:
        check_loop(function.__name__, x, as_dtype(dtype))
    return x


def _row(rows: Any, k: int) -> Any:
    return m.reshape(m.slice_axis(rows, 0, k, k + 1), shape=shape_of(rows)[1:])


def accumulate(function: Any, array: Any, axis: int = 0, dtype: Any = None, out: Any = None) -> Any:
    """The folds of the elements so far along `axis`."""
    _check_binary(function, "accumulate")
    name = function.__name__
    x = array_of(array)
    _check_ordered(f"{name}.accumulate", x, dtype)
    at = axis_of(axis, len(shape_of(x)))
    if name in ("add", "multiply"):
        found = _RUNNING[name](x, at, accumulator(dtype_of(x)) if dtype is None else dtype)
    elif name in _RUNNING:
        found = _RUNNING[name](convert(x, dtype), at)
    else:
        found = _accumulated(function, _in_its_dtype(function, x, dtype), at)
    return found if out is None else written(found, out, f"{name}.accumulate")


def _accumulated(function: Any, x: Any, axis: int) -> Any:
    n = shape_of(x)[axis]
    if n == 0:
        return x
    rows = _rows(x, (axis,))

    def step(carry: Any, row: Any) -> tuple[Any, Any]:
        found = function(carry, row)
        return found, found

    _, later = scan(step, _row(rows, 0), m.slice_axis(rows, 0, 1, n))
    return _from_rows(m.concat(m.slice_axis(rows, 0, 0, 1), later, axis=0), axis)


def reduceat(
    function: Any, array: Any, indices: Any, axis: int = 0, dtype: Any = None, out: Any = None
) -> Any:
    """The folds of the segments of `axis` that begin at `indices`; where the next index is not
    larger, the element alone. Indices that are not known cost a step for every element.
    """
    _check_binary(function, "reduceat")
    name = function.__name__
    x = array_of(array)
    _check_ordered(f"{name}.reduceat", x, dtype)
    at = axis_of(axis, len(shape_of(x)))
    indices = array_of(indices)
    kind = dtype_of(indices)
    if len(shape_of(indices)) != 1 or not (kind.is_integer or shape_of(indices) == (0,)):
        refuse_type(
            f"{name}.reduceat: indices are integers in one dimension, not {kind} of shape "
            f"{shape_of(indices)}"
        )
    try:
        places = known_values(indices, f"the indices of {name}.reduceat", "known indices")
    except ConcretizationError:
        if name in ("add", "multiply") and dtype is None:
            dtype = accumulator(dtype_of(x))
        found = _segments(function, _in_its_dtype(function, x, dtype), indices, at)
    else:
        found = _known_segments(function, x, places, at, dtype)
    return found if out is None else written(found, out, f"{name}.reduceat")


def _known_segments(function: Any, x: Any, places: list[Any], axis: int, dtype: Any) -> Any:
    n = shape_of(x)[axis]
    for k in places:
        if not isinstance(k, int) or not 0 <= k < n:
            refuse(
                f"{function.__name__}.reduceat: index {shown(k)} is out of range for an axis of "
                f"size {n}"
            )
    parts = [
        reduce(function, m.slice_axis(x, axis, a, max(b, a + 1)), axis, dtype, keepdims=True)
        for a, b in itertools.pairwise([*places, n])
    ]
    return m.concat(*parts, axis=axis) if parts else m.slice_axis(x, axis, 0, 0)


def _segments(function: Any, x: Any, begins: Any, axis: int) -> Any:
    """The folds of segments that are not known: each element goes to those that it is in."""
    rows = _rows(x, (axis,))
    n, *rest = shape_of(rows)
    (count,) = shape_of(begins)
    numbers = positions(n, x)
    begins = convert(begins, dtype_of(numbers))
    end = convert(r.array_beside([n] if count else [], x), dtype_of(numbers))
    ends = m.concat(m.slice_axis(begins, 0, min(1, count), count), end, axis=0)

    def step(carry: Any, given: Any) -> tuple[Any, None]:
        number, row = given
        inside = e.logical_and(e.less(begins, number), e.less(number, ends))
        inside = m.reshape(inside, shape=(count, *(1,) * len(rest)))
        row = m.broadcast_to(row, shape=(count, *rest))
        return e.where(inside, function(carry, row), carry), None

    found, _ = scan(step, getitem(rows, begins), (numbers, rows))
    return _from_rows(found, axis)


# -- Pairs, and writing ----------------------------------------------------------------------------


def outer(function: Any, A: Any, B: Any, /, **kwargs: Any) -> Any:
    """`function` of all pairs of an element of `A` and one of `B`."""
    if function.nin != 2:
        refuse_type(f"{function.__name__}.outer: only ufuncs of two operands have it")
    a, b = array_of(A), array_of(B)
    a = m.reshape(a, shape=(*shape_of(a), *(1,) * len(shape_of(b))))
    return function(a, b, **kwargs)


_SCATTERED = {"add": "add", "multiply": "multiply", "maximum": "max", "minimum": "min"}


def at(function: Any, a: Any, indices: Any, b: Any = None, /) -> None:
    """Write `function(a[indices], b)` there in place; a repeated index counts each time."""
    written(updated(function, a, indices, b), a, f"{function.__name__}.at")


def updated(function: Any, a: Any, indices: Any, b: Any = None) -> Any:
    """`a` with `function(a[indices], b)` there; a repeated index counts each time."""
    name = function.__name__
    if function.nout != 1:
        refuse_type(f"{name}.at: only ufuncs of one result have it")
    if function.nin == 2 and b is None:
        refuse_type(f"{name}.at: the second operand is missing")
    if b is not None:
        check_cast(f"{name}.at", dtype_of(b), dtype_of(a))
    if name in _SCATTERED:
        return getattr(updates(a)[indices], _SCATTERED[name])(b)
    if name == "subtract":
        return updates(a)[indices].add(e.negative(b))
    return _one_by_one(function, a, indices, b)


def _one_by_one(function: Any, a: Any, indices: Any, b: Any) -> Any:
    """In rounds: the k-th occurrence of each position is written in the k-th. Where the indices
    are not known, one after another.
    """
    x = array_of(a)
    size = math.prod(shape_of(x))
    numbers = m.reshape(positions(size, x), shape=shape_of(x))
    picked = getitem(numbers, indices)
    shape = shape_of(picked)
    flat, count = m.reshape(x, shape=(size,)), math.prod(shape)
    values = b
    if b is not None:
        values = m.reshape(m.broadcast_to(r.array_beside(b, x), shape=shape), shape=(count,))
    try:
        places = known_values(picked, f"the indices of {function.__name__}.at", "known indices")
    except ConcretizationError:
        # Out of range: the place after the last, where nothing is written.
        picked = updates(numbers)[indices].get(mode="fill", fill_value=size)
        flat = _in_turn(function, flat, m.reshape(picked, shape=(count,)), values)
    else:
        flat = _in_rounds(function, flat, places, values)
    return m.reshape(flat, shape=shape_of(x))


def _in_turn(function: Any, flat: Any, places: Any, values: Any) -> Any:
    def step(carry: Any, given: Any) -> tuple[Any, None]:
        place, value = given
        old = updates(carry)[place].get(mode="clip")
        made = function(old) if value is None else function(old, value)
        return updates(carry)[place].set(made, mode="drop"), None

    found, _ = scan(step, flat, (places, values))
    return found


def _in_rounds(function: Any, flat: Any, places: list[int], values: Any) -> Any:
    rounds: list[list[int]] = []
    seen: dict[int, int] = {}
    for k, place in enumerate(places):
        turn = seen[place] = seen.get(place, -1) + 1
        rounds += [[]] if turn == len(rounds) else []
        rounds[turn].append(k)
    for chosen in rounds:
        where = r.array_beside([places[k] for k in chosen], flat)
        operands = [getitem(flat, where)]
        if values is not None:
            operands.append(getitem(values, r.array_beside(chosen, flat)))
        flat = updates(flat)[where].set(function(*operands))
    return flat


def attach() -> None:
    """Give every ufunc of elements its identity and methods."""
    for function in UFUNCS:
        function.identity = IDENTITIES.get(function.__name__)
        function.reorderable, function.starts = function.__name__ in _ANY_ORDER, False
        for method in (reduce, accumulate, reduceat, outer, at) if function.elementwise else ():
            bound = functools.partial(method, function)
            setattr(function, method.__name__, functools.update_wrapper(bound, method))
