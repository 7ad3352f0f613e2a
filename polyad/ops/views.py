"""Typed views of ops with regions: their operands, results and region arguments by kind.

The operands of a `scan` are consts, carry and xs, in this order, and its attributes say how many of
each there are. A view knows this, so that passes and executors need not: `Scan(op).carry` are the
operands, `Scan(op).arguments.carry` the arguments of the body that stand for them. `split` sorts
other sequences with one item for each operand: handles, arrays, flags. `with_` copies the op with
some parts replaced, `emit` appends one with new parts; both set the attributes that count them.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Generic, NamedTuple, TypeVar

from ..ir import Attributes, Builder, Definition, Function, Handle, Op, Value
from . import control, implicit, region

T = TypeVar("T")


class ScanParts(NamedTuple, Generic[T]):
    """Items of a `scan`, one for each operand or argument of its body."""

    consts: list[T]
    carry: list[T]
    xs: list[T]


class WhileParts(NamedTuple, Generic[T]):
    """Items of a `while`, one for each operand."""

    cond_consts: list[T]
    body_consts: list[T]
    carry: list[T]


class RegionParts(NamedTuple, Generic[T]):
    """Items of one region of a `while`, one for each argument."""

    consts: list[T]
    carry: list[T]


class LoopResults(NamedTuple, Generic[T]):
    """Items of a loop, one for each result: the last carry, and the values of each iteration."""

    carry: list[T]
    ys: list[T]


class EquationParts(NamedTuple, Generic[T]):
    """Items of an equation, one for each operand: consts of each region, and start or side."""

    consts: list[list[T]]
    given: list[T]


class View:
    """An op with regions, seen by its parts."""

    __slots__ = ("op",)

    def __init__(self, op: Op) -> None:
        self.op = op


class Cond(View):
    """A branch: an index, and operands that each branch takes."""

    __slots__ = ()

    @property
    def index(self) -> Value:
        return self.op.operands[0]

    @property
    def operands(self) -> tuple[Value, ...]:
        return self.op.operands[1:]

    @property
    def branches(self) -> tuple[Function, ...]:
        return self.op.regions


class Loop(View):
    """A loop, which carries values from one iteration to the next and may give a y in each.

    For k < `n_carry`, a carried value is operand `first_carry + k` at the start, result k in the
    end, and argument `body_consts + k` of the body.
    """

    __slots__ = ("body", "body_consts", "first_carry", "n_carry", "checkpoint")
    body: Function
    body_consts: int
    first_carry: int
    n_carry: int
    checkpoint: int | None

    @property
    def carried(self) -> list[tuple[int, int]]:
        """Pairs of operand and result numbers: start and end of each carried value."""
        return [(self.first_carry + k, k) for k in range(self.n_carry)]

    @property
    def results(self) -> LoopResults[Value]:
        return self.split_results(self.op.results)

    def split_results(self, items: Sequence[T]) -> LoopResults[T]:
        """`items`, one for each result of the loop or of its body."""
        return LoopResults(list(items[: self.n_carry]), list(items[self.n_carry :]))


class Scan(Loop):
    """A loop over xs: arrays of `length` rows, or (where that is None) stacks."""

    __slots__ = ("length", "reverse")
    length: int | None
    reverse: bool

    def __init__(self, op: Op) -> None:
        super().__init__(op)
        attrs = op.attrs
        (self.body,) = op.regions
        self.first_carry = self.body_consts = attrs["consts"]
        self.n_carry = attrs["carry"]
        self.length, self.reverse = attrs["length"], attrs["reverse"]
        self.checkpoint = attrs.get("checkpoint")

    @property
    def consts(self) -> list[Value]:
        return self.split(self.op.operands).consts

    @property
    def carry(self) -> list[Value]:
        return self.split(self.op.operands).carry

    @property
    def xs(self) -> list[Value]:
        return self.split(self.op.operands).xs

    @property
    def arguments(self) -> ScanParts[Value]:
        """The arguments of the body."""
        return self.split(self.body.arguments)

    def split(self, items: Sequence[T]) -> ScanParts[T]:
        """`items`, one for each operand or argument of the body."""
        a, b = self.first_carry, self.first_carry + self.n_carry
        return ScanParts(list(items[:a]), list(items[a:b]), list(items[b:]))

    def with_(
        self,
        *,
        consts: Iterable[Value] | None = None,
        carry: Iterable[Value] | None = None,
        xs: Iterable[Value] | None = None,
        body: Function | None = None,
        results: Iterable[Value] | None = None,
    ) -> Op:
        """A copy of the op with the given parts replaced."""
        parts = [
            old if new is None else list(new)
            for old, new in zip(self.split(self.op.operands), (consts, carry, xs), strict=True)
        ]
        return self.op.with_(
            operands=[v for part in parts for v in part],
            attributes=self.attributes_for(len(parts[0]), len(parts[1])),
            regions=None if body is None else (body,),
            results=results,
        )

    def attributes_for(self, consts: int, carry: int) -> Attributes:
        """The attributes of this loop with another number of consts and of carried values."""
        return self.op.attributes_with(consts=consts, carry=carry)

    def emit(
        self,
        builder: Builder,
        consts: Sequence[Handle],
        carry: Sequence[Handle],
        xs: Sequence[Handle],
        body: Function,
    ) -> list[Handle]:
        """Append this loop with other operands and another body; its results."""
        attributes = self.attributes_for(len(consts), len(carry))
        return list(builder.emit(control.scan, (*consts, *carry, *xs), attributes, (body,)))


class While(Loop):
    """A loop that goes on as long as a condition holds."""

    __slots__ = ("condition",)
    condition: Function

    def __init__(self, op: Op) -> None:
        super().__init__(op)
        attrs = op.attrs
        self.condition, self.body = op.regions
        self.body_consts = attrs["body_consts"]
        self.first_carry = attrs["cond_consts"] + self.body_consts
        self.n_carry = len(op.operands) - self.first_carry
        self.checkpoint = attrs.get("checkpoint")

    @property
    def cond_consts(self) -> list[Value]:
        return self.split(self.op.operands).cond_consts

    @property
    def carry(self) -> list[Value]:
        return self.split(self.op.operands).carry

    @property
    def condition_arguments(self) -> RegionParts[Value]:
        return self.split_condition(self.condition.arguments)

    @property
    def body_arguments(self) -> RegionParts[Value]:
        return self.split_body(self.body.arguments)

    def split(self, items: Sequence[T]) -> WhileParts[T]:
        """`items`, one for each operand."""
        a, b = self.first_carry - self.body_consts, self.first_carry
        return WhileParts(list(items[:a]), list(items[a:b]), list(items[b:]))

    def split_condition(self, items: Sequence[T]) -> RegionParts[T]:
        """`items`, one for each argument of the condition."""
        consts = self.first_carry - self.body_consts
        return RegionParts(list(items[:consts]), list(items[consts:]))

    def split_body(self, items: Sequence[T]) -> RegionParts[T]:
        """`items`, one for each argument of the body."""
        return RegionParts(list(items[: self.body_consts]), list(items[self.body_consts :]))

    def with_(
        self,
        *,
        cond_consts: Iterable[Value] | None = None,
        body_consts: Iterable[Value] | None = None,
        carry: Iterable[Value] | None = None,
        condition: Function | None = None,
        body: Function | None = None,
        results: Iterable[Value] | None = None,
    ) -> Op:
        """A copy of the op with the given parts replaced."""
        given = (cond_consts, body_consts, carry)
        parts = [
            old if new is None else list(new)
            for old, new in zip(self.split(self.op.operands), given, strict=True)
        ]
        return self.op.with_(
            operands=[v for part in parts for v in part],
            attributes=self.attributes_for(len(parts[0]), len(parts[1])),
            regions=(condition or self.condition, body or self.body),
            results=results,
        )

    def attributes_for(self, cond_consts: int, body_consts: int) -> Attributes:
        """The attributes of this loop with another number of consts."""
        return self.op.attributes_with(cond_consts=cond_consts, body_consts=body_consts)

    def emit(
        self,
        builder: Builder,
        cond_consts: Sequence[Handle],
        body_consts: Sequence[Handle],
        carry: Sequence[Handle],
        condition: Function,
        body: Function,
    ) -> list[Handle]:
        """Append this loop with other operands and other regions; its results."""
        attributes = self.attributes_for(len(cond_consts), len(body_consts))
        operands = (*cond_consts, *body_consts, *carry)
        return list(builder.emit(control.while_, operands, attributes, (condition, body)))


class Call(View):
    """A call: one region, which takes the operands and gives the results."""

    __slots__ = ()

    @property
    def body(self) -> Function:
        return self.op.regions[0]


class TransposedCall(View):
    """The transpose of its region, as a linear map: residuals, then tangents."""

    __slots__ = ("residuals",)
    residuals: int

    def __init__(self, op: Op) -> None:
        super().__init__(op)
        self.residuals = op.attrs["residuals"]

    @property
    def backward(self) -> Function:
        return self.op.regions[0]


class Equation(View):
    """An equation, regions that state and solve it, and its right-hand side or a first guess."""

    __slots__ = ()

    @property
    def equation(self) -> Function:
        return self.op.regions[0]

    @property
    def solve(self) -> Function:
        """The region that runs."""
        return self.op.regions[implicit.SOLVE]

    def split(self, items: Sequence[T]) -> EquationParts[T]:
        """`items`, one for each operand."""
        consts, start = [], 0
        for count in self.op.attrs["consts"]:
            consts.append(list(items[start : start + count]))
            start += count
        return EquationParts(consts, list(items[start:]))

    def solve_arguments(self, items: Sequence[T]) -> list[T]:
        """Of `items`, one for each operand, those of the arguments of `solve`."""
        consts, given = self.split(items)
        return [*consts[implicit.SOLVE], *given]


def emit_cond(
    builder: Builder, index: Handle, operands: Sequence[Handle], branches: Iterable[Function]
) -> list[Handle]:
    """Append a branch; its results."""
    return list(builder.emit(control.cond, (index, *operands), (), tuple(branches)))


def emit_scan(
    builder: Builder,
    consts: Sequence[Handle],
    carry: Sequence[Handle],
    xs: Sequence[Handle],
    body: Function,
    *,
    length: int | None,
    reverse: bool = False,
) -> list[Handle]:
    """Append a loop over the rows of arrays or, where `length` is None, over stacks."""
    attributes: dict[str, Hashable] = {"carry": len(carry), "consts": len(consts)}
    attributes |= {"length": length, "reverse": reverse}
    operands = (*consts, *carry, *xs)
    return list(builder.emit(control.scan, operands, tuple(attributes.items()), (body,)))


def emit_while(
    builder: Builder,
    cond_consts: Sequence[Handle],
    body_consts: Sequence[Handle],
    carry: Sequence[Handle],
    condition: Function,
    body: Function,
) -> list[Handle]:
    """Append a loop that goes on as long as `condition` holds; its results."""
    attributes = (("body_consts", len(body_consts)), ("cond_consts", len(cond_consts)))
    operands = (*cond_consts, *body_consts, *carry)
    return list(builder.emit(control.while_, operands, attributes, (condition, body)))


VIEWS: dict[Definition, type[View]] = {
    control.cond: Cond,
    control.scan: Scan,
    control.while_: While,
    region.call: Call,
    region.checkpoint: Call,
    region.custom_jvp_call: Call,
    region.custom_vjp_call: Call,
    region.transposed_call: TransposedCall,
    implicit.linear_solve: Equation,
    implicit.root: Equation,
}
"""The view of each op with regions."""

CONTROL = frozenset(d.name for d, kind in VIEWS.items() if kind is Cond or issubclass(kind, Loop))
"""Names of the ops that executors run: branches and loops. All others can be expanded."""


def loop_of(op: Op) -> Scan | While | None:
    """`op` as a loop, or None."""
    if op.definition is control.scan:
        return Scan(op)
    return While(op) if op.definition is control.while_ else None
