"""The steps from an array to a part of it, and where they lead in its memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ..ir import ArrayType, Handle
from ..ops import dispatch
from ..ops import elementwise as e
from ..ops.parts import Way

ALWAYS, WHERE_STRIDED, WHERE_CONTIGUOUS = "always", "where strided", "where contiguous"
"""When a function gives a view: `reshape` does where the elements have strides in the new shape,
`ravel` where they lie side by side.
"""


class Step(NamedTuple):
    """An op from an array to a part of it: the array's type, and operands beside it."""

    way: Way
    definition: Any
    attributes: Any
    type: ArrayType
    rest: tuple[Handle, ...]
    location: Any

    def read(self, whole: Handle) -> Any:
        """The part of `whole`."""
        builder = whole.builder
        rest = tuple([dispatch.lift(builder, x) for x in self.rest])
        operands = (whole, *rest)
        return builder.emit(self.definition, operands, self.attributes, location=self.location)[0]

    def put(self, whole: Callable[[], Any], part: Any) -> Any:
        """The array with a new `part`."""
        rest = tuple([dispatch.lift(part.builder, x) for x in self.rest])
        return self.way.put(whole, part, self.type, *rest, **dict(self.attributes))


# -- Strides ---------------------------------------------------------------------------------------


def strides_along(
    root: ArrayType, steps: tuple[Step, ...], shape: tuple[int, ...]
) -> tuple[int, ...] | None:
    """The strides of the array of `shape` to which `steps` lead from a root, itself in C order."""
    if any(step.way.place is None for step in steps):
        return None
    if 0 in shape:  # no element has a place
        return contiguous_strides(shape)
    origin = _address(root, steps, (0,) * len(shape))
    units = [tuple(int(j == k) for j in range(len(shape))) for k in range(len(shape))]
    return tuple(
        [
            _address(root, steps, unit) - origin if n > 1 else 0
            for unit, n in zip(units, shape, strict=True)
        ]
    )


def _address(root: ArrayType, steps: tuple[Step, ...], position: tuple[int, ...]) -> int:
    """The place in memory of the element at `position`; each root is in C order."""
    scale = 1
    for step in reversed(steps):
        assert step.way.place is not None
        position = step.way.place(position, step.type, **dict(step.attributes))
        if step.type.dtype.is_complex and step.definition in (e.real, e.imag):
            scale = 2
    flat = 0
    for i, n in zip(position, root.shape, strict=True):
        flat = flat * n + i
    return flat * scale


def contiguous_strides(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The strides of an array of `shape` in C order."""
    found, size = [], 1
    for n in reversed(shape):
        found.append(size if n > 1 else 0)
        size *= n
    return tuple(found[::-1])


def copies(
    when: str, made: ArrayType, shape: tuple[int, ...], strides: tuple[int, ...] | None
) -> bool:
    """Whether a function that gives views under the condition `when` made a copy, of type `made`,
    of an array of these `strides`.
    """
    if when == ALWAYS or made.size < 2:
        return False
    if strides is None:
        return True
    if when == WHERE_CONTIGUOUS:
        return strides != contiguous_strides(shape)
    return not _suffix_sizes(made.shape).issuperset(_breaks(shape, strides))


def same_in_any_order(made: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    """Whether a reshape from `shape` only adds and drops axes of one element."""
    return [n for n in made if n != 1] == [n for n in shape if n != 1]


def _breaks(shape: tuple[int, ...], strides: tuple[int, ...]) -> set[int]:
    """The numbers of elements after which the next one is not one stride further on. A reshape is
    a view if an axis of the result ends at each of them (NumPy's `_attempt_nocopy_reshape`).
    """
    found: set[int] = set()
    inner, last = 1, None
    for n, stride in zip(reversed(shape), reversed(strides), strict=True):
        if n > 1:
            if last is not None and stride != last:
                found.add(inner)
            last, inner = stride * n, inner * n
    return found


def _suffix_sizes(shape: tuple[int, ...]) -> set[int]:
    found, size = {1}, 1
    for n in reversed(shape):
        size *= n
        found.add(size)
    return found
