"""Loops over values that are known, with nothing traced around them: Python's own.

Most of the time is the user's: a scan of a small body must not cost more than a `for` would. A body
may write into its arguments, as a traced one may, so it gets arrays that nothing else refers to.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter
from sys import getrefcount
from typing import Any

from numpy import ndarray

from .. import execution
from ..errors import PolyadTypeError
from ..ir import user_location, where
from ..ops import elementwise as e
from ..ops.promotion import promote, python_dtype
from .calls import agreement, pytrees

F = Callable[..., Any]


def scan(f: F, init: Any, xs: Sequence[Any], x_tree: Any, count: int, reverse: bool) -> Any:
    """The last carry and the stacked ys, `xs` being leaves of structure `x_tree`."""
    carry = copied(init)
    ys: list[Any] = []
    for x in slices(xs, x_tree, count, reverse):
        answer: Any = f(carry, x)
        if type(answer) is not tuple or len(answer) != 2:
            _check_pair(answer)
        carry, y = answer
        answer = None  # which would refer to the carry
        if not ys:
            again = started("scan", init, carry)
            if again is not None:
                x = next(slices(xs, x_tree, count, reverse))
                carry, y = f(copied(again), x)
        # Python counts the references of `carry` and of the argument of `getrefcount`.
        if type(carry) is not ndarray or getrefcount(carry) > 2 or carry.base is not None:
            state = [carry]
            del carry
            set_apart(state)
            carry = state.pop()
        ys.append(y)
    return finished(carry, xs), stacked(ys, reverse)


def copied(value: Any) -> Any:
    """A pytree with copies of the arrays in `value`."""
    leaves, structure = pytrees.flatten(value)
    return pytrees.unflatten(structure, list(map(_copy, leaves)))


def _copy(leaf: Any) -> Any:
    owner = None if execution.is_scalar(leaf) else execution.backend_of(leaf)
    return leaf if owner is None else owner.apart(leaf)


def set_apart(state: list[Any]) -> None:
    """Copy those arrays of the only pytree in `state` that something else may refer to, as a carry
    that is a y, too, or a table of the user's.
    """
    leaves, structure = state, None
    owner = execution.owner_of_type(type(state[0]))
    if owner is None:
        leaves, structure = pytrees.flatten(state.pop())
    for k in range(len(leaves)):
        owner = execution.owner_of_type(type(leaves[k]))
        if owner is not None:
            others = getrefcount(leaves[k]) - 2  # the list's, and the argument of `getrefcount`
            leaves[k] = owner.apart(leaves[k], others)
    if structure is not None:
        state.append(pytrees.unflatten(structure, leaves))


def _check_pair(answer: Any) -> None:
    if not isinstance(answer, tuple) or len(answer) != 2:
        raise PolyadTypeError(
            f"scan: the body returns a pair (carry, y), not {type(answer).__name__}"
            f"{where(user_location())}\n  Return (carry, None) if there is nothing to stack."
        )


def started(what: str, init: Any, after: Any) -> Any:
    """`init` with its Python scalars as the arrays that the first iteration makes of them: so does
    a compiled loop begin. None where they behave alike.
    """
    leaves, structure = pytrees.flatten(init)
    if not any(type(x) in execution.SCALARS for x in leaves):
        agreement.check_iteration(what, init, after)
        return None
    agreement.check_iteration(what, init, after)
    found, _ = pytrees.flatten(after)
    given = [_as_after(x, y) for x, y in zip(leaves, found, strict=True)]
    if all(x is y for x, y in zip(leaves, given, strict=True)):
        return None
    return pytrees.unflatten(structure, given)


def _as_after(x: Any, after: Any) -> Any:
    """A Python scalar as an array like the one that an iteration gives, if that differs."""
    owner = None if type(x) not in execution.SCALARS else execution.backend_of(after)
    if owner is None or type(after) in execution.SCALARS:
        return x
    dtype = owner.type_of(after).dtype
    alike = owner is execution.default_backend() and dtype is python_dtype(x)
    return x if alike else owner.scalar(x, dtype, after)


def finished(value: Any, others: Sequence[Any] = ()) -> Any:
    """The last value of a loop's carry, Python scalars as arrays beside the others."""
    leaves, structure = pytrees.flatten(value)
    if not any(type(x) in execution.SCALARS for x in leaves):
        return value
    arrays = (x for x in (*leaves, *others) if type(x) not in execution.SCALARS)
    like = next((x for x in arrays if execution.backend_of(x) is not None), None)
    backend = execution.backend_beside(like)
    return pytrees.unflatten(
        structure,
        [
            backend.scalar(x, python_dtype(x), like) if type(x) in execution.SCALARS else x
            for x in leaves
        ],
    )


def slices(xs: Sequence[Any], x_tree: Any, count: int, reverse: bool) -> Iterator[Any]:
    """The slices of `xs`, one for each iteration, in memory of their own."""
    if not xs:
        return itertools.repeat(pytrees.unflatten(x_tree, []), count)
    columns = [rows(x, reverse) for x in xs]
    if x_tree is pytrees.LEAF:
        return columns[0]
    return map(x_tree.unflatten, zip(*columns, strict=True))


def rows(x: Any, reverse: bool) -> Iterator[Any]:
    """Copies of the slices of an array along its first axis, from the last one on if `reverse`."""
    backend = execution.backend_of(x)
    if backend is None:
        return iter(x[::-1] if reverse else x)
    if math.prod(x.shape[1:]) >= LARGE:
        return map(backend.apart, backend.rows(x, reverse))
    return backend.rows(backend.apart(x), reverse)


LARGE = 1024
"""Slices of so many elements are copied one by one; of smaller ones, the whole array at once."""


def stacked(ys: Sequence[Any], reverse: bool) -> Any:
    """Pytrees of one structure as one, its leaves along a new first axis, in the order of ys or the
    other way. Leaves are stacked in the dtype that they promote to.
    """
    if all(map(execution.is_scalar_type, set(map(type, ys)))):
        return _of_numbers(_in_order(ys, reverse))
    try:
        return _of_one_type(ys, reverse)
    except ValueError:
        columns, structure = agreement.columns(ys)
    return pytrees.unflatten(structure, [_promoted(_in_order(c, reverse)) for c in columns])


def _of_numbers(values: Sequence[Any]) -> Any:
    """The check for Python's and NumPy's scalars, whose classes say their types."""
    kinds = set(map(type, values))
    first = values[0]
    owner = execution.backend_of(first)
    if len(kinds) > 1 or owner is None:
        return _promoted(values)
    return owner.stack(values, owner.type_of(first), first)


def _in_order(items: Sequence[Any], reverse: bool) -> Sequence[Any]:
    return items[::-1] if reverse else items


def _of_one_type(ys: Sequence[Any], reverse: bool) -> Any:
    """The check for leaves that are arrays of one type in all iterations; else a `ValueError`."""
    _, structure = pytrees.flatten(ys[0])
    if structure is pytrees.LEAF:
        columns: Any = [ys]
    else:
        columns = zip(*map(structure.flatten_up_to, ys), strict=True)
    stacks = []
    for column in columns:
        owner = execution.backend_of(column[0])
        if owner is None or len(set(map(type, column))) > 1:
            raise ValueError
        if len(set(map(SIGNATURE, column))) > 1:
            raise ValueError
        stacks.append(owner.stack(_in_order(column, reverse), owner.type_of(column[0]), column[0]))
    return pytrees.unflatten(structure, stacks)


SIGNATURE = attrgetter("dtype", "shape")


def _promoted(values: Sequence[Any]) -> Any:
    """Numbers, or arrays of one shape, along a new first axis."""
    found = _types_of(values)
    weak = [type(v) in execution.SCALARS for v in values]
    like = next((v for v, w in zip(values, weak, strict=True) if not w), None)
    dtypes = {
        flag: list(dict.fromkeys(t.dtype for t, w in zip(found, weak, strict=True) if w is flag))
        for flag in (False, True)
    }
    dtype = promote(dtypes[False], dtypes[True])
    backend = execution.backend_of(like) if like is not None else execution.default_backend()
    assert backend is not None
    arrays = [
        backend.scalar(v, dtype, like) if w else _in_dtype(v, t, dtype)
        for v, w, t in zip(values, weak, found, strict=True)
    ]
    owner = execution.backend_of(arrays[0])
    assert owner is not None
    return owner.stack(arrays, owner.type_of(arrays[0]), arrays[0])


def _types_of(values: Sequence[Any]) -> list[Any]:
    kinds = list(map(type, values))
    if not all(map(execution.is_scalar_type, set(kinds))):
        return list(map(_type_of, values))
    one_of_each = dict(zip(kinds, values, strict=True))
    known = {kind: _type_of(value) for kind, value in one_of_each.items()}
    return [known[kind] for kind in kinds]


def _type_of(value: Any) -> Any:
    owner = execution.owner_of_type(type(value))
    if owner is None:
        return pytrees.type_of_leaf(value, "scan", lambda: "y")
    return owner.type_of(value)


def _in_dtype(value: Any, type: Any, dtype: Any) -> Any:
    return value if type.dtype is dtype else e.astype(value, dtype=dtype)
