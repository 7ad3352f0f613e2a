"""Types of operands, results and rules of ops, for annotations only.

An op runs on traced values and on arrays of any backend, so its rules are written for both: for
`Operand`, by which a type checker knows the attributes and operators that the two have in common.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from ..ir import ArrayType, Builder, DType, Handle, Shape, Type


class Operand(Protocol):
    """A traced value or an array: a value that rules compute with.

    No base class of such values, and not for `isinstance`. `builder`, `number` and `type` belong to
    traced values, which are all that a rule sees while a function is transformed.
    """

    @property
    def builder(self) -> Builder: ...
    @property
    def number(self) -> int: ...
    @property
    def type(self) -> ArrayType: ...
    @property
    def shape(self) -> Shape: ...
    @property
    def dtype(self) -> DType: ...
    @property
    def ndim(self) -> int: ...
    def __neg__(self) -> Operand: ...
    def __add__(self, other: OperandOrScalar, /) -> Operand: ...
    def __radd__(self, other: OperandOrScalar, /) -> Operand: ...
    def __sub__(self, other: OperandOrScalar, /) -> Operand: ...
    def __rsub__(self, other: OperandOrScalar, /) -> Operand: ...
    def __mul__(self, other: OperandOrScalar, /) -> Operand: ...
    def __rmul__(self, other: OperandOrScalar, /) -> Operand: ...
    def __truediv__(self, other: OperandOrScalar, /) -> Operand: ...
    def __rtruediv__(self, other: OperandOrScalar, /) -> Operand: ...
    def __and__(self, other: OperandOrScalar, /) -> Operand: ...
    def __or__(self, other: OperandOrScalar, /) -> Operand: ...
    def __xor__(self, other: OperandOrScalar, /) -> Operand: ...
    def __lshift__(self, other: OperandOrScalar, /) -> Operand: ...
    def __rshift__(self, other: OperandOrScalar, /) -> Operand: ...


OperandOrScalar = Operand | Handle | complex
"""An operand of a call; `complex` stands for Python's scalars of every kind."""
Operands = Sequence[Operand]
Tangent = Operand | None
"""The tangent of an operand or a result; None is a symbolic zero."""
Tangents = Sequence[Tangent]
Batched = Sequence[bool]
"""For each operand, whether it has the batch as axis 0."""
Axes = tuple[int, ...]


class BatchAxis(NamedTuple):
    """The axis of a batch: its size, and the name by which ops ask for the other elements."""

    size: int
    name: str | None = None


class Resolved(NamedTuple):
    """A result over the batch of a named axis, and whether it carries the batch as axis 0."""

    result: Operand
    batched: bool


OverAxis = Callable[..., Resolved]
"""`rule(*operands, *batched, **attributes)` of an op over a named axis (see `collectives`)."""

Dual = tuple[Operand, Tangent]
"""The result of an op and its tangent."""
Duals = tuple[tuple[Operand, ...], tuple[Tangent, ...]]
"""The results of an op and their tangents."""

TypeRule = Callable[..., Type | tuple[Type, ...]]
"""`rule(*operand_types, **attributes)`: the result's type, or those of several results."""
JvpRule = Callable[..., Dual | Duals]
"""`rule(primals, tangents, **attributes)`. At least one tangent is not None."""
TransposeRule = Callable[..., Tangent]
"""`rule(cotangent, *operands, **attributes)`: the cotangent of one operand."""
PartialRule = Callable[..., OperandOrScalar]
"""`rule(*operands, result, **attributes)`: the derivative by one operand, of an element."""
BatchRule = Callable[..., Operand | tuple[Operand, ...]]
"""`rule(operands, batched, **attributes)`: the results over the batch."""
Decomposition = Callable[..., Operand | tuple[Operand, ...] | None]
"""`rule(*operands, **attributes)`: the op in simpler ops; None where there is none."""
Implementation = Callable[..., Any]
"""A backend's function on its own arrays, for which there is no common type."""
