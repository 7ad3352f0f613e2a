"""Control flow: branches and loops as ops with regions.

A loop whose length is known stacks its per-iteration values along a new first axis. One whose
length is known only at run time keeps them in a *stack*: a value of `StackType`, pushed to once an
iteration. The reverse pass of a `while` is a `scan` over the stacks that its forward pass recorded.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar, TypeAlias

from ..caches import Interned
from ..errors import PolyadTypeError, WhileStepsError
from ..ir import ArrayType, Builder, DType, Function, Location, Type, where
from ..ir.parser import Reader, parse_type
from ..ir.types import bool_, int64
from . import dispatch
from .definition import OpDefinition
from .dispatched import Dispatched
from .literals import literal
from .region_rules import Rules
from .types import Batched, Operand, Operands

BOOL = ArrayType(bool_, ())
INDEX = ArrayType(int64, ())


Element: TypeAlias = "ArrayType | StackType"
"""The type of a value of one iteration."""


class StackType(Type):
    """The type of a stack, an `element` for each iteration; prints as `stack<f64[3]>`."""

    __slots__ = ("__weakref__", "element")
    element: Element
    shape = None
    _interned: ClassVar[Interned[Element, StackType]] = Interned()

    def __new__(cls, element: Element) -> StackType:
        found = cls._interned.get(element)
        if found is None:
            found = super().__new__(cls)
            found.element = element
            found = cls._interned.remember(element, found)
        return found

    @property
    def dtype(self) -> DType:
        return self.element.dtype

    def with_batch(self, size: int) -> StackType:
        return StackType(self.element.with_batch(size))

    def __repr__(self) -> str:
        return f"stack<{self.element}>"


def parse_stack(reader: Reader) -> StackType:
    reader.expect("<")
    element = parse_type(reader)
    reader.expect(">")
    if not isinstance(element, ArrayType | StackType):
        raise reader.error(f"a stack holds arrays or stacks, not {element}")
    return StackType(element)


Type.parsers["stack"] = parse_stack


def stacked(element: Element, length: int | None) -> Element:
    """The type of `length` values (None: known at run time) of type `element`; stacks are
    always stacked.
    """
    if length is None or isinstance(element, StackType):
        return StackType(element)
    return element.with_shape((length, *element.shape))


def unstacked(t: Element, length: int | None) -> Element:
    """The type of one of the values in `t`."""
    if isinstance(t, StackType):
        return t.element
    if length is None:
        raise PolyadTypeError(f"a scan of unknown length runs over stacks, not {t}")
    if not isinstance(t, ArrayType) or not t.shape or t.shape[0] != length:
        raise PolyadTypeError(
            f"a scan of length {length} runs over arrays with that first axis, not {t}"
        )
    return t.with_shape(t.shape[1:])


# -- Stacks that no loop made ---------------------------------------------------------------------


def empty_stack_type(*, element: Element) -> StackType:
    """A stack without elements: the record of a branch not taken. A loop reads it as zeros."""
    return StackType(element)


empty_stack = OpDefinition("empty_stack", empty_stack_type, differentiable=False)


def unrecorded_type(*, type: ArrayType) -> ArrayType:
    """A residual in a branch that does not compute it: zeros that nobody will read."""
    return type


unrecorded = OpDefinition("unrecorded", unrecorded_type, differentiable=False, foldable=False)


def filler(t: Element) -> Operand:
    """A value of type `t` in place of a residual that another branch records."""
    if isinstance(t, StackType):
        return empty_stack(element=t.element)
    return unrecorded(type=t)


def zero_of_type(builder: Builder, t: Element) -> Operand:
    """Zeros of type `t`; of stacks, the one without elements."""
    if isinstance(t, StackType):
        return empty_stack(element=t.element)
    return literal(builder, 0, t.dtype, t.shape)


# -- Batches in turn ------------------------------------------------------------------------------


def in_turn(
    definition: Dispatched,
    operands: Operands,
    batched: Batched,
    attributes: dict[str, Hashable],
    regions: tuple[Function, ...] = (),
) -> Operand | tuple[Operand, ...]:
    """An op on one element of a batch after the other: a `scan` over it."""
    consts = [x for x, b in zip(operands, batched, strict=True) if not b]
    xs = [x for x, b in zip(operands, batched, strict=True) if b]
    length = xs[0].type.shape[0]
    types = [*(x.type for x in consts), *(unstacked(x.type, length) for x in xs)]
    body = Builder(types, name=definition.name)
    body.location = xs[0].builder.location
    handles = body.argument_handles()
    rest, elements = iter(handles[: len(consts)]), iter(handles[len(consts) :])
    given = tuple([next(elements) if b else next(rest) for b in batched])
    results = body.emit(definition, given, tuple(sorted(attributes.items())), regions)
    loop = {"consts": len(consts), "carry": 0, "length": length, "reverse": False}
    found: Operand | tuple[Operand, ...]
    found = dispatch.apply(scan, (*consts, *xs), loop, (body.build(results),))
    return found


# -- cond -----------------------------------------------------------------------------------------


def cond_type(
    index: ArrayType, *operands: ArrayType, regions: tuple[Function, ...]
) -> tuple[ArrayType, ...]:
    """The results of region number `index` (clamped) on the operands."""
    if index is not INDEX:
        raise PolyadTypeError(f"the index of a branch is an i64[], not {index}")
    for region in regions:
        if region.argument_types != operands:
            raise PolyadTypeError(f"a branch takes {region.argument_types}, not {operands}")
        if region.result_types != regions[0].result_types:
            raise PolyadTypeError(
                f"branches give {regions[0].result_types} and {region.result_types}"
            )
    return regions[0].result_types


cond = OpDefinition("cond", cond_type, region_rules=Rules())


# -- scan -----------------------------------------------------------------------------------------


def scan_type(
    *operands: Element,
    consts: int,
    carry: int,
    length: int | None,
    reverse: bool,
    regions: tuple[Function, ...],
    checkpoint: int | None = None,
) -> tuple[Element, ...]:
    """Region (consts, carry, x) to (carry, y), `length` times; operands consts, carry, stacked xs.

    Where `length` is None, the xs are stacks; the longest tells how often, and those without
    elements are zeros. The first of them says, iteration by iteration, whether it counts: where
    it is false the carry stays as it is. With `checkpoint=n`, reverse
    mode keeps n states at most.
    """
    body = regions[0]
    elements = tuple(unstacked(t, length) for t in operands[consts + carry :])
    taken = (*operands[: consts + carry], *elements)
    if body.argument_types != taken:
        raise PolyadTypeError(f"the body takes {body.argument_types}, not {taken}")
    if length is None and (not elements or elements[0].dtype is not bool_):
        raise PolyadTypeError("the first stack of a scan of unknown length is of booleans")
    carried = operands[consts : consts + carry]
    if body.result_types[:carry] != carried:
        raise PolyadTypeError(f"the carry is {carried} and becomes {body.result_types[:carry]}")
    return (*carried, *(stacked(t, length) for t in body.result_types[carry:]))


scan = OpDefinition("scan", scan_type, region_rules=Rules())


# -- while ----------------------------------------------------------------------------------------


def while_type(
    *operands: ArrayType,
    cond_consts: int,
    body_consts: int,
    regions: tuple[Function, ...],
    checkpoint: int | None = None,
) -> tuple[Element, ...]:
    """While region 0 (cond_consts, carry) gives true, region 1 (body_consts, carry) to (carry, y).

    Operands are cond_consts, body_consts, carry. Each y is pushed on a stack. With
    `checkpoint=n`, reverse mode keeps n states at most.
    """
    condition, body = regions
    head = cond_consts + body_consts
    carry = operands[head:]
    if condition.argument_types != (*operands[:cond_consts], *carry):
        raise PolyadTypeError(
            f"the condition takes {condition.argument_types}, the carry is {carry}"
        )
    if condition.result_types != (BOOL,):
        raise PolyadTypeError(f"the condition gives a bool[], not {condition.result_types}")
    if body.argument_types != (*operands[cond_consts:head], *carry):
        raise PolyadTypeError(f"the body takes {body.argument_types}, the carry is {carry}")
    if body.result_types[: len(carry)] != carry:
        raise PolyadTypeError(f"the carry is {carry} and becomes {body.result_types[: len(carry)]}")
    return (*carry, *(StackType(t) for t in body.result_types[len(carry) :]))


def too_many_steps(limit: int, location: Location | None) -> WhileStepsError:
    """The error of a `while` that has run `limit` iterations and is to go on."""
    return WhileStepsError(
        f"this while loop is not done after config.max_while_steps = {limit} iterations"
        f"{where(location)}\n  Look at its condition; or allow more, "
        "polyad.config.update('max_while_steps', n), or any number with None."
    )


while_ = OpDefinition("while", while_type, region_rules=Rules())
