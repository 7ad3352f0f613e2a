"""Typed views of ops with regions: their operands, results and region arguments by kind.

The operands of a `scan` are consts, carry and xs, in this order, and its attributes say how many of
each there are. A view knows this, so that passes and executors need not: `Scan(op).carry` are the
operands, `Scan(op).arguments.carry` the arguments of the body that stand for them. `split` sorts
other sequences with one item for each operand: handles, arrays, flags. `with_` copies the op with
some parts replaced, `emit` appends one with new parts; both set the attributes that count them.
"""

from __future__ import annotations

import abc
import itertools
from collections.abc import Iterable, Sequence
from typing import ClassVar, Generic, NamedTuple, TypeVar

from ..ir import Attributes, Builder, Definition, Function, Numbered, Op, Value
from . import control, implicit, region

T = TypeVar("T")
Item = TypeVar("Item", bound=Numbered)
"""A handle of a builder, or a traced value."""


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
    end, and argument `n_consts + k` of the body.
    """

    __slots__ = ("body", "n_consts", "first_carry", "n_carry", "checkpoint")
    counted: ClassVar[tuple[str, str]]  # the attributes that count the first two parts of operands
    body: Function
    n_consts: int
    first_carry: int
    n_carry: int
    checkpoint: int | None

    @property
    @abc.abstractmethod
    def parts(self) -> ScanParts[Value] | WhileParts[Value]:
        """The operands."""

    @property
    def carry(self) -> list[Value]:
        return self.parts.carry

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

    def attributes_for(self, first: int, second: int) -> Attributes:
        """The attributes of this loop with other sizes of the first two parts of operands."""
        return self.op.attributes_with(**dict(zip(self.counted, (first, second), strict=True)))

    def with_(
        self, *regions: Function, results: Iterable[Value] | None = None, **parts: Iterable[Value]
    ) -> Op:
        """A copy with other regions (all, or none), results or operands: `with_(carry=...)`."""
        new = self.parts._replace(**{name: list(values) for name, values in parts.items()})
        return self.op.with_(
            operands=itertools.chain(*new),
            attributes=self.attributes_for(len(new[0]), len(new[1])),
            regions=regions or None,
            results=results,
        )

    def emit(
        self,
        builder: Builder,
        first: Sequence[Item],
        second: Sequence[Item],
        third: Sequence[Item],
        *regions: Function,
    ) -> list[Item]:
        """Append this loop with other operands, by their parts, and other regions; its results."""
        attributes = self.attributes_for(len(first), len(second))
        given = (*first, *second, *third)
        return list(builder.emit(self.op.definition, given, attributes, regions))


class Scan(Loop):
    """A loop over xs: arrays of `length` rows, or (where that is None) stacks."""

    __slots__ = ("length", "reverse")
    counted = ("consts", "carry")
    length: int | None
    reverse: bool

    def __init__(self, op: Op) -> None:
        super().__init__(op)
        attrs = op.attrs
        (self.body,) = op.regions
        self.first_carry = self.n_consts = attrs["consts"]
        self.n_carry = attrs["carry"]
        self.length, self.reverse = attrs["length"], attrs["reverse"]
        self.checkpoint = attrs.get("checkpoint")

    @property
    def parts(self) -> ScanParts[Value]:
        return self.split(self.op.operands)

    @property
    def consts(self) -> list[Value]:
        return self.parts.consts

    @property
    def xs(self) -> list[Value]:
        return self.parts.xs

    @property
    def arguments(self) -> ScanParts[Value]:
        """The arguments of the body."""
        return self.split(self.body.arguments)

    def split(self, items: Sequence[T]) -> ScanParts[T]:
        """`items`, one for each operand or argument of the body."""
        a, b = self.first_carry, self.first_carry + self.n_carry
        return ScanParts(list(items[:a]), list(items[a:b]), list(items[b:]))


class While(Loop):
    """A loop that goes on as long as a condition holds."""

    __slots__ = ("condition",)
    counted = ("cond_consts", "body_consts")
    condition: Function

    def __init__(self, op: Op) -> None:
        super().__init__(op)
        attrs = op.attrs
        self.condition, self.body = op.regions
        self.n_consts = attrs["body_consts"]
        self.first_carry = attrs["cond_consts"] + self.n_consts
        self.n_carry = len(op.operands) - self.first_carry
        self.checkpoint = attrs.get("checkpoint")

    @property
    def parts(self) -> WhileParts[Value]:
        return self.split(self.op.operands)

    @property
    def cond_consts(self) -> list[Value]:
        return self.parts.cond_consts

    @property
    def body_consts(self) -> list[Value]:
        return self.parts.body_consts

    @property
    def condition_arguments(self) -> RegionParts[Value]:
        return self.split_condition(self.condition.arguments)

    @property
    def body_arguments(self) -> RegionParts[Value]:
        return self.split_body(self.body.arguments)

    def split(self, items: Sequence[T]) -> WhileParts[T]:
        """`items`, one for each operand."""
        a, b = self.first_carry - self.n_consts, self.first_carry
        return WhileParts(list(items[:a]), list(items[a:b]), list(items[b:]))

    def split_condition(self, items: Sequence[T]) -> RegionParts[T]:
        """`items`, one for each argument of the condition."""
        consts = self.first_carry - self.n_consts
        return RegionParts(list(items[:consts]), list(items[consts:]))

    def split_body(self, items: Sequence[T]) -> RegionParts[T]:
        """`items`, one for each argument of the body."""
        return RegionParts(list(items[: self.n_consts]), list(items[self.n_consts :]))


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
        return self.backward_of((True,) * len(self.op.regions[0].arguments[self.residuals :]))

    def backward_of(self, nonzero: tuple[bool, ...]) -> Function:
        """The region for cotangents of which only those flagged are not zero."""
        pullback: region.Pullback | None = self.op.attrs.get("pullback")
        return self.op.regions[0] if pullback is None else pullback.given(nonzero)


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
    builder: Builder, index: Item, operands: Sequence[Item], branches: Iterable[Function]
) -> list[Item]:
    """Append a branch; its results."""
    return list(builder.emit(control.cond, (index, *operands), (), tuple(branches)))


def emit_scan(
    builder: Builder,
    consts: Sequence[Item],
    carry: Sequence[Item],
    xs: Sequence[Item],
    body: Function,
    *,
    length: int | None,
    reverse: bool = False,
) -> list[Item]:
    """Append a loop over the rows of arrays or, where `length` is None, over stacks."""
    counts = (("carry", len(carry)), ("consts", len(consts)))
    attributes = (*counts, ("length", length), ("reverse", reverse))
    return list(builder.emit(control.scan, (*consts, *carry, *xs), attributes, (body,)))


def emit_while(
    builder: Builder,
    cond_consts: Sequence[Item],
    body_consts: Sequence[Item],
    carry: Sequence[Item],
    condition: Function,
    body: Function,
) -> list[Item]:
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
    region.custom_vmap_call: Call,
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
