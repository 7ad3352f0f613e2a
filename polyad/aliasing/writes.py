"""Writes into traced arrays, and the errors of those that cannot be."""

from __future__ import annotations

import functools
from typing import Any

from .. import trace_stack
from ..errors import ConcretizationError, PolyadTypeError, PolyadValueError, ShapeError
from ..ir import ArrayType, Builder, DType, user_location, where
from ..ops import dispatch
from ..ops import manipulation as m
from .memory import Place, Root, resolved
from .steps import Step

PLAIN_ARRAY = (
    "To fill an array with traced values, make it traced: polyad.numpy.zeros(...) in place of "
    "numpy.zeros(...), numpy.zeros_like(x) of a traced x, or y = polyad.numpy.array(y) before the "
    "first write. y = y + x needs neither."
)
"""The remedy for writes into ordinary arrays."""


def write(target: Any, new: Any, casting: str = "same_kind") -> None:
    """Write `new` into the traced array `target`, and so into all that shares memory with it.

    `new` (a number, an array, a traced one) broadcasts to the shape of `target` and is converted to
    its dtype. Raises `PolyadTypeError` where NumPy (or PyTorch, for what stands for a tensor) does:
    for a dtype that does not fit, for an array that is only to be read, and for an array of an
    outer trace; `ShapeError` for a shape that does not broadcast.

    >>> import polyad, numpy as np
    >>> def first_doubled(x):
    ...     y = x * 1.0
    ...     write(y[:1], 2 * y[0])
    ...     return y
    >>> polyad.jit(first_doubled)(np.array([1.0, 2.0]))
    array([2., 2.])
    """
    replace(target, fitted(target, new, casting))


def fitted(target: Any, new: Any, casting: str = "same_kind") -> Any:
    """`new` as a traced value of the type of `target`, of which it becomes the value."""
    builder = trace_stack.innermost_builder([target, new])
    assert builder is not None
    kind: ArrayType = target.type
    value = dispatch.lift(builder, new, kind.dtype if _takes_scalar(kind.dtype, new) else None)
    check_cast(value.type.dtype, kind.dtype, target.library, casting)
    shape = value.type.shape
    while len(shape) > kind.ndim and shape[0] == 1:
        shape = shape[1:]
    lead = len(kind.shape) - len(shape)
    if lead < 0 or any(n not in (1, k) for n, k in zip(shape, kind.shape[lead:], strict=True)):
        raise ShapeError(
            f"an array of shape {value.type.shape} is not written into one of shape "
            f"{kind.shape}{where(user_location())}"
        )
    if shape != value.type.shape:
        value = m.reshape(value, shape=shape)
    return dispatch.coerce(value.builder, value, kind.dtype, kind.shape)


def _takes_scalar(dtype: DType, value: Any) -> bool:
    kind = type(value)
    return kind in (bool, int, float, complex) and (
        (dtype.is_inexact and (kind is not complex or dtype.is_complex))
        or (dtype.is_integer and kind is int)
    )


_RANKS = {
    "numpy": {"bool": 0, "uint": 1, "int": 2, "float": 3, "complex": 4},
    "torch": {"bool": 0, "uint": 1, "int": 1, "float": 2, "complex": 3},
}


def check_cast(found: DType, wanted: DType, library: str, casting: str = "same_kind") -> None:
    """Raise `PolyadTypeError` where a result in `found` is not written into an array of `wanted`.

    NumPy casts within a kind and to a higher one ("same_kind"); PyTorch's kinds are boolean,
    integral, floating and complex. "unsafe" drops fractions, as an assignment does, but not the
    imaginary part of complex numbers.
    """
    ranks = _RANKS[library]
    if casting == "same_kind" and ranks[found.family] <= ranks[wanted.family]:
        return
    if found is wanted or (casting == "unsafe" and (wanted.is_complex or not found.is_complex)):
        return
    raise PolyadTypeError(
        f"a result of dtype {found.name} cannot be cast to {wanted.name}, the dtype of the array "
        f"that it is to be written into{where(user_location())}\n"
        f"  Make the array in {found.name}, or convert the result with .astype({wanted.name!r})."
    )


def into_plain_array(function: str, target: Any, reason: Exception | None = None) -> Exception:
    """The error of a function that would write a traced array into an array that is not traced;
    `reason` is that of the traced array that was asked for its value, which has the line.
    """
    name = "numpy.ndarray"
    if target is not None:
        name = f"{type(target).__module__}.{type(target).__name__}"
    text = (
        f"{function} would write a traced array into an ordinary {name}, and lose its derivative "
        "or its batch"
    )
    if reason is None:
        return PolyadTypeError(f"{text}{where(user_location())}\n  {PLAIN_ARRAY}")
    return ConcretizationError(f"{text}: {reason}\n  {PLAIN_ARRAY}")


def replace(target: Any, new: Any) -> None:
    """Let the traced array `target` have the value `new`, of its type."""
    place = target.place
    if place is None:
        builder = _builder_for(target.builder, target.number, target, new)
        target.builder, target.number = builder, dispatch.lift(builder, new).number
        return
    place.root.settle()
    root = resolved(place).root
    _check_writeable(target, place)
    builder = _builder_for(root.builder, root.number, target, new)
    new = dispatch.lift(builder, new)
    root.became(_put_back(root, place.steps or (), new), target)
    target.builder, target.number = builder, new.number


def _put_back(root: Root, steps: tuple[Step, ...], part: Any) -> Any:
    """The value of a memory in which steps lead to `part`."""
    known = [dispatch.lift(part.builder, root.value())] if steps else []

    def whole(k: int) -> Any:
        while len(known) <= k:
            known.append(steps[len(known) - 1].read(known[-1]))
        return known[k]

    for k in reversed(range(len(steps))):
        part = steps[k].put(functools.partial(whole, k), part)
    return part


def _check_writeable(target: Any, place: Place) -> None:
    overlapping = any(
        step.way.overlapping and dict(step.attributes)["shape"] != step.type.shape
        for step in place.steps or ()
    )
    if place.writeable and not overlapping:
        return
    raise PolyadValueError(
        f"assignment destination is read-only: a view ({target.type}, {target.describe()}) of "
        f"another array, as a diagonal or a broadcast array is{where(user_location())}\n"
        "  Write into a copy, x.copy()."
    )


def _builder_for(builder: Builder, number: int, target: Any, new: Any) -> Builder:
    """The function under construction that a memory of value `number` belongs to, once `new` is
    in it. Raises for a memory that was not made inside the innermost trace.
    """
    stack = trace_stack.active_builders()
    inner = builder if builder.order > new.builder.order else new.builder
    if not stack or builder is stack[-1] or not builder.open:
        if inner is builder:
            return builder
    elif builder in stack and number >= stack[-1].outside[stack.index(builder)]:
        return inner
    raise PolyadTypeError(
        f"this writes into an array ({target.describe()}) of an outer trace, from inside a "
        f"function that is traced apart{where(user_location())}\n  Return the new value, or "
        "put the array into what the loop carries; polyad.numpy.at(x)[i].set(v) makes a "
        "new array."
    )
