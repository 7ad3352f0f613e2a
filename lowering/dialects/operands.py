"""Types of the operands and results of `kernel` ops: arrays, or memrefs and destinations."""

from __future__ import annotations

from polyad.ir import ArrayType, Shape, Type

from .affine import Map
from .memory import MemRef

REDUCTIONS = ("sum", "prod", "max", "min", "any", "all")


def element(type: Type) -> ArrayType:
    """The element type of an array or memref."""
    if isinstance(type, MemRef):
        return type.element
    if isinstance(type, ArrayType):
        return type.with_shape(())
    raise TypeError(f"operands must be arrays or memrefs, not {type}")


def shape_of(type: Type) -> Shape:
    """The shape of an array or memref."""
    if not isinstance(type, ArrayType | MemRef):
        raise TypeError(f"operands must be arrays or memrefs, not {type}")
    return type.shape


def is_whole(type: Type, at: Map) -> bool:
    """Whether an operand of a generic is taken in as a whole."""
    return not at.results and bool(shape_of(type))


def seen(type: Type, at: Map) -> ArrayType:
    """The type of an operand inside the body of a generic: one element, or the whole array."""
    return element(type).with_shape(shape_of(type) if is_whole(type, at) else ())


def split(
    operands: tuple[Type, ...], results: tuple[ArrayType, ...], inputs: int
) -> tuple[ArrayType, ...]:
    """The results of the array form, or () after checking the destinations of the memref form."""
    if len(operands) == inputs:
        return results
    if len(operands) != inputs + len(results):
        raise TypeError(
            f"expected {inputs} inputs, then none or {len(results)} destinations; "
            f"got {len(operands)} operands"
        )
    for destination, result in zip(operands[inputs:], results, strict=True):
        if not isinstance(destination, MemRef) or destination.dtype is not result.dtype:
            raise TypeError(f"the destination of {result} cannot be {destination}")
    return ()
