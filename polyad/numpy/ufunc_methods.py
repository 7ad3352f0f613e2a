"""The methods of ufuncs: folds along an axis, running ones, of segments; all pairs; and writing at
indices.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable
from typing import Any

from ..api.loops import scan
from ..ir import as_dtype
from ..ir.types import bool_
from ..ops import elementwise as e
from ..ops import manipulation as m
from ..ops.shapes import with_ones
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
from .ufuncs import UFUNCS
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
        found = _folded(function, convert(array_of(array), dtype), axis, keepdims, initial, where)
    return found if out is None else written(found, out, f"{name}.reduce")


def _folded(function: Any, x: Any, axis: Axis, keepdims: bool, initial: Any, where: Any) -> Any:
    name, shape = function.__name__, shape_of(x)
    axes = axes_of(axis, x)
    if len(axes) > 1 and name not in _ANY_ORDER:
        refuse(f"{name}.reduce: its order matters, so that it takes one axis, not {axes}")
    rest = tuple([k for k in range(len(shape)) if k not in axes])
    x = _in_its_dtype(function, x)
    start = initial
    if where is not True:
        start = IDENTITIES.get(name) if start is None else start
        if start is None or name not in IDENTITIES:
            refuse(f"{name}.reduce: where= is not followed, since there is no identity")
        x = r.chosen(x, where, IDENTITIES[name])
    rows = m.permute_dims(x, axes=(*axes, *rest))
    count = math.prod(shape[k] for k in axes)
    kept = tuple([shape[k] for k in rest])
    rows = m.reshape(rows, shape=(count, *kept))
    if start is None and count == 0:
        if name not in IDENTITIES:
            refuse(f"{name}.reduce has no value over no elements")
        start = IDENTITIES[name]
    if start is None:
        first, rows = _row(rows, 0), m.slice_axis(rows, 0, 1, count)
    else:
        first = m.broadcast_to(convert(r.array_beside(start, x), dtype_of(x)), shape=kept)
    found, _ = scan(lambda carry, row: (function(carry, row), None), first, rows)
    return m.reshape(found, shape=with_ones(shape, axes)) if keepdims else found


def _in_its_dtype(function: Any, x: Any) -> Any:
    """`x` in the dtype of the function's results, which its operands may have."""
    sample = r.array_beside(1, x)
    sample = convert(sample, dtype_of(x))
    wanted = dtype_of(function(sample, sample))
    if wanted is not bool_:
        return convert(x, wanted)
    if dtype_of(x) is not bool_ and not function.__name__.startswith("logical"):
        refuse_type(f"{function.__name__} gives booleans, and has no folds")
    return r.as_boolean(x)


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
        found = _accumulated(function, convert(x, dtype), at)
    return found if out is None else written(found, out, f"{name}.accumulate")


def _accumulated(function: Any, x: Any, axis: int) -> Any:
    x = _in_its_dtype(function, x)
    n, order = shape_of(x)[axis], list(range(len(shape_of(x))))
    if n == 0:
        return x
    order.insert(0, order.pop(axis))
    rows = m.permute_dims(x, axes=tuple(order))

    def step(carry: Any, row: Any) -> tuple[Any, Any]:
        found = function(carry, row)
        return found, found

    _, later = scan(step, _row(rows, 0), m.slice_axis(rows, 0, 1, n))
    found = m.concat(m.slice_axis(rows, 0, 0, 1), later, axis=0)
    return m.permute_dims(found, axes=tuple([order.index(k) for k in range(len(order))]))


def reduceat(
    function: Any, array: Any, indices: Any, axis: int = 0, dtype: Any = None, out: Any = None
) -> Any:
    """The folds of the segments of `axis` that begin at `indices`, which must be known; where the
    next index is not larger, the element alone.
    """
    _check_binary(function, "reduceat")
    name = function.__name__
    x = array_of(array)
    at = axis_of(axis, len(shape_of(x)))
    n = shape_of(x)[at]
    places = known_values(indices, f"the indices of {name}.reduceat", "known indices")
    for k in places:
        if not isinstance(k, int) or not 0 <= k < n:
            refuse(f"{name}.reduceat: index {k!r:.40} is out of range for an axis of size {n}")
    parts = [
        reduce(function, m.slice_axis(x, at, a, max(b, a + 1)), at, dtype, keepdims=True)
        for a, b in itertools.pairwise([*places, n])
    ]
    found = m.concat(*parts, axis=at) if parts else m.slice_axis(x, at, 0, 0)
    return found if out is None else written(found, out, f"{name}.reduceat")


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
    name = function.__name__
    if function.nout != 1:
        refuse_type(f"{name}.at: only ufuncs of one result have it")
    if function.nin == 2 and b is None:
        refuse_type(f"{name}.at: the second operand is missing")
    if b is not None:
        check_cast(f"{name}.at", dtype_of(b), dtype_of(a))
    if name in _SCATTERED:
        made = getattr(updates(a)[indices], _SCATTERED[name])(b)
    elif name == "subtract":
        made = updates(a)[indices].add(e.negative(b))
    else:
        made = _one_by_one(function, a, indices, b)
    written(made, a, f"{name}.at")


def _one_by_one(function: Any, a: Any, indices: Any, b: Any) -> Any:
    """In rounds: the k-th occurrence of each position is written in the k-th."""
    x = array_of(a)
    size = math.prod(shape_of(x))
    numbers = m.reshape(positions(size, x), shape=shape_of(x))
    picked = getitem(numbers, indices)
    shape = shape_of(picked)
    places = known_values(picked, f"the indices of {function.__name__}.at", "known indices")
    values = (
        None
        if b is None
        else m.reshape(m.broadcast_to(r.array_beside(b, x), shape=shape), shape=(len(places),))
    )
    rounds: list[list[int]] = []
    seen: dict[int, int] = {}
    for k, place in enumerate(places):
        turn = seen[place] = seen.get(place, -1) + 1
        rounds += [[]] if turn == len(rounds) else []
        rounds[turn].append(k)
    flat = m.reshape(x, shape=(size,))
    for chosen in rounds:
        where = r.array_beside([places[k] for k in chosen], x)
        old = getitem(flat, where)
        operands = [old] if values is None else [old, getitem(values, r.array_beside(chosen, x))]
        flat = updates(flat)[where].set(function(*operands))
    return m.reshape(flat, shape=shape_of(x))


def attach() -> None:
    """Give every ufunc of elements its methods."""
    for function in UFUNCS:
        for method in (reduce, accumulate, reduceat, outer, at) if function.elementwise else ():
            bound = functools.partial(method, function)
            setattr(function, method.__name__, functools.update_wrapper(bound, method))
