"""The `stack` dialect: growing sequences of arrays of one type, or of such sequences.

A stack is used through a reference to its descriptor, which holds address, count and capacity. The
elements belong to the run of the compiled function, which frees them at its end.
"""

from __future__ import annotations

from polyad.ir import ArrayType, Definition, Type
from polyad.ir.parser import Reader, parse_type
from polyad.ops.control import StackType

from .memory import INDEX, MemRef


class StackRef(Type):
    """A reference to the descriptor of a stack; prints as `stackref<f64[3]>`."""

    __slots__ = ("element",)

    def __init__(self, element: ArrayType | StackType) -> None:
        self.element = element

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StackRef) and self.element == other.element

    def __hash__(self) -> int:
        return hash(("stackref", self.element))

    def __repr__(self) -> str:
        return f"stackref<{self.element}>"

    @property
    def stack(self) -> StackType:
        """The type of the stack."""
        return StackType(self.element)


def _parse_stackref(reader: Reader) -> StackRef:
    reader.expect("<")
    element = parse_type(reader)
    reader.expect(">")
    if not isinstance(element, ArrayType | StackType):
        raise reader.error(f"a stack holds arrays or stacks, not {element}")
    return StackRef(element)


Type.parsers["stackref"] = _parse_stackref


def reference_to(type: ArrayType | StackType) -> StackRef | MemRef:
    """The type of the buffer that holds a value of `type`."""
    return StackRef(type.element) if isinstance(type, StackType) else MemRef(type)


def check(type: Type) -> StackRef:
    """`type`, if it is a reference to a stack; raises `TypeError`."""
    if not isinstance(type, StackRef):
        raise TypeError(f"operand must be a stackref, not {type}")
    return type


def new_type(*, element: Type) -> StackRef:
    """A descriptor without contents."""
    if not isinstance(element, ArrayType | StackType):
        raise TypeError(f"the elements of a stack are arrays or stacks, not {element}")
    return StackRef(element)


def resize_type(target: Type, *count: Type, size: int | None) -> tuple[()]:
    """Make a stack of `size` elements (None: of `count`), with unknown contents."""
    check(target)
    if count != (() if size is not None else (INDEX,)):
        raise TypeError(f"give a size, or an {INDEX} that says it, not {count}")
    return ()


def push_type(target: Type) -> Type:
    """A reference to one more element, after the others; valid until the next push."""
    return reference_to(check(target).element)


def row_type(source: Type, index: Type) -> Type:
    """A reference to an element, of a stack or along the first axis of an array."""
    if index is not INDEX:
        raise TypeError(f"the index of a row is an {INDEX}, not {index}")
    if isinstance(source, StackRef):
        return reference_to(source.element)
    if not isinstance(source, MemRef) or not source.shape:
        raise TypeError(f"{source} has no rows")
    return MemRef(source.array.with_shape(source.shape[1:]))


def count_type(*sources: Type) -> Type:
    """The number of elements of the longest of some stacks."""
    for source in sources:
        check(source)
    return INDEX


def filled_type(source: Type, *count: Type, size: int | None) -> StackRef:
    """The stack; if it is empty, a stack of zeros, `size` (None: `count`) of them."""
    resize_type(source, *count, size=size)
    return check(source)


def copy_type(source: Type, target: Type) -> tuple[()]:
    """Make `target` describe the stack of `source`. Elements are shared, and never change."""
    if check(source) != check(target):
        raise TypeError(f"cannot copy {source} to {target}")
    return ()


new = Definition("stack.new", new_type)
resize = Definition("stack.resize", resize_type, effects=True)
push = Definition("stack.push", push_type, effects=True)
row = Definition("stack.row", row_type)
count = Definition("stack.count", count_type)
filled = Definition("stack.filled", filled_type)
copy = Definition("stack.copy", copy_type, effects=True)
