"""Ops with regions: calls of a function, and rules for transformations of the call.

Their definitions are here, their rules in `polyad.transforms`, since a rule of an op with a
region transforms the region.
"""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable, Hashable, Sequence
from typing import ClassVar, Protocol, TypeVar

from ..errors import PolyadTypeError
from ..ir import ArrayType, Attribute, Function, Op, where
from .definition import OpDefinition
from .region_rules import Rules
from .types import BatchAxis, Operand

T = TypeVar("T")
Flags = tuple[bool, ...]


def meaning(op: Op, operands: Sequence[T]) -> tuple[Function, Sequence[T]]:
    """The function that an op with regions stands for, and those of the operands that it takes."""
    find = getattr(getattr(op.definition, "region_rules", None), "meaning", None)
    if find is None:
        raise PolyadTypeError(
            f"{op.name}: nothing runs this op with regions{where(op.location)}\n  Give its "
            "region_rules a `meaning`, or enter it in KEPT (polyad/passes/inline.py), and in the "
            "table of each executor: RUNNERS (polyad.backends.control), CONTROL_TO_MEMORY "
            "(polyad.lowering.memory.control_to_memory)."
        )
    found: tuple[Function, Sequence[T]] = find(op, operands)
    return found


class Named(Attribute):
    """An object of this process as an attribute: prints by a name that is unique in the process."""

    is_local = True
    _live: ClassVar[weakref.WeakValueDictionary[str, Named]]

    def __init_subclass__(cls) -> None:
        if "tag" in cls.__dict__:
            cls._live = weakref.WeakValueDictionary()
            Attribute.parsers[cls.tag] = cls.parse

    def __init__(self, name: str) -> None:
        self.name = next(
            n
            for n in itertools.chain([name], (f"{name}.{i}" for i in itertools.count(1)))
            if n not in self._live
        )
        self._live[self.name] = self

    def text(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"#{self.tag}<{self.name}>"

    @classmethod
    def parse(cls, text: str) -> Named:
        if text not in cls._live:
            raise ValueError(f"no live {cls.tag} has this name")
        return cls._live[text]


class Rule(Named):
    """A user's derivative rule."""

    tag = "rule"


class Passes(Protocol):
    """A user's forward pass, arguments to results and residuals, and the backward pass to it."""

    forward: Function

    def backward(
        self, residuals: Sequence[Operand] | None = None, nonzero: Flags | None = None
    ) -> Function:
        """(residuals, cotangents of the results) to cotangents of all arguments. The values of the
        residuals, where they are known, are asked of the handles; `nonzero` says which cotangents
        are not known to be zero.
        """


class UserRule(Protocol):
    """A `Rule` as transformations ask it: by tangents, or by a forward and a backward pass.

    `count` is the number of arguments that it speaks of, the first of the region's. `active` says
    which of the region's arguments have a tangent. The values of the arguments, and of the tangents
    after them, are asked of the handles `xs`, where they are known.
    """

    name: str
    pure: bool
    count: int
    symbolic: bool
    """Whether the backward pass asks which cotangents are zero."""

    def jvp_function(
        self, region: Function, active: Flags, xs: Sequence[Operand] | None
    ) -> tuple[Function, Flags]:
        """(arguments, tangents of the active ones) to (results, tangents of those flagged)."""

    def passes(self, region: Function, active: Flags, xs: Sequence[Operand] | None) -> Passes:
        """The forward and the backward pass."""


class BatchRule(Protocol):
    """A user's batching rule, or what a derivative makes of one."""

    name: str

    def batched(self, region: Function, batched: Flags, axis: BatchAxis) -> tuple[Function, Flags]:
        """The function over a batch along `axis` in the arguments flagged, and which results
        carry it.
        """


class Pullback(Named):
    """A user's backward pass as an attribute of its transposed call: `given(nonzero)` is the region
    where only the cotangents flagged are not known to be zero.
    """

    tag = "pullback"

    def __init__(self, name: str, given: Callable[[Flags], Function]) -> None:
        super().__init__(name)
        self.given = given


class Policy(Rule):
    """A checkpoint's choice of residuals: the results of the ops for which `saves` is true."""

    def __init__(self, name: str, saves: Callable[[Op], bool]) -> None:
        super().__init__(name)
        self.saves = saves


class ArrayReference(Attribute):
    """An array that a derivative rule closes over; prints by a number that is unique in the
    process.
    """

    tag: ClassVar[str] = "array"
    is_local = True
    _live: ClassVar[weakref.WeakValueDictionary[int, ArrayReference]] = (
        weakref.WeakValueDictionary()
    )
    _numbers = itertools.count(1)

    def __init__(self, array: object, type: ArrayType) -> None:
        self.array = array
        self.type = type
        self.number = next(ArrayReference._numbers)
        ArrayReference._live[self.number] = self

    def text(self) -> str:
        return str(self.number)

    def __repr__(self) -> str:
        return f"#array<{self.number}>"

    @staticmethod
    def parse(text: str) -> ArrayReference:
        return ArrayReference._live[int(text)]


Attribute.parsers["array"] = ArrayReference.parse


# -- constant: an array by reference ---------------------------------------------------------------


def constant_type(*, array: ArrayReference) -> ArrayType:
    """An array that a derivative rule closes over, by reference."""
    return array.type


constant = OpDefinition("constant", constant_type, differentiable=False)


# -- Calls -----------------------------------------------------------------------------------------


def call_type(
    *operands: ArrayType, regions: tuple[Function, ...], **attributes: Hashable
) -> tuple[ArrayType, ...]:
    """The results of region 0 on the operands."""
    region = regions[0]
    if region.argument_types != operands:
        raise PolyadTypeError(f"the region takes {region.argument_types}, not {operands}")
    return region.result_types


def _call(name: str, *, mergeable: bool = True) -> OpDefinition:
    return OpDefinition(name, call_type, region_rules=Rules(), mergeable=mergeable)


call = _call("call")
"""A function jitted inside another: attributes `backend` (None: the caller's) and `name`."""

checkpoint = _call("checkpoint", mergeable=False)  # merged, it would be kept after all
"""A function whose intermediate values are computed again in the backward pass instead of kept;
attribute `policy` says which are kept all the same."""

custom_jvp_call = _call("custom_jvp_call")
"""A function with a user's forward rule (attribute `rule`)."""

custom_vjp_call = _call("custom_vjp_call")
"""A function with a user's forward and backward pass (attribute `rule`)."""

custom_vmap_call = _call("custom_vmap_call")
"""A function with a user's batching rule (attribute `rule`)."""


def transposed_call_type(
    *operands: ArrayType,
    regions: tuple[Function, ...],
    residuals: int,
    pullback: Pullback | None = None,
) -> tuple[ArrayType, ...]:
    """The linear map whose transpose region 0 is: (residuals, tangents) to tangents."""
    backward = regions[0]
    if (
        backward.argument_types[:residuals] != operands[:residuals]
        or backward.result_types != operands[residuals:]
    ):
        raise PolyadTypeError(
            f"operands {operands} do not fit the transposed region of {backward.argument_types}"
        )
    return backward.argument_types[residuals:]


transposed_call = OpDefinition("transposed_call", transposed_call_type, region_rules=Rules())
