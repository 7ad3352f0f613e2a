"""`loop.parallel` in LLVM: a function that runs one chunk, and a call of the pool that runs all
chunks.

The captured values are in a context on the caller's stack, and so is a record for each chunk: its
totals. The caller combines them in the order of the chunks.
"""

from __future__ import annotations

from collections.abc import Sequence

from llvmlite import ir

from polyad.ir import DType, Op

from ..costs import MOST_CHUNKS
from ..dialects.memory import type_of
from ..llvm.module import AS_WRITTEN, NOT_INTERLEAVED, NOT_UNROLLED, TASK
from ..llvm.types import (
    I64,
    POINTER,
    Value,
    constant,
    load_element,
    parts,
    regrouped,
    store_element,
)
from ..llvm.writer import UP, VOID, Writer
from ..scalars.context import Doubt
from ..table import neutral_element
from .form import LINE, LONG_UNKNOWN, SLOT, Cut
from .nest import Nest
from .width import LONG, widest

SHORT_CODE = (NOT_UNROLLED, NOT_INTERLEAVED)  # of a loop whose code is short rather than fast


class Parallel:
    """One parallel loop."""

    def __init__(self, n: Nest, op: Op, operands: Sequence[Value]) -> None:
        self.n, self.op = n, op
        self.combine: tuple[str, ...] = op.attrs["combine"]
        self.private: dict[int, str] = dict(op.attrs["private"])
        self.cut = Cut.of(op)
        self.numbers = {role: n for n, role in (*self.cut.numbers(), *self.cut.layout())}
        count = len(operands) - len(self.combine)
        self.captured, self.initial = operands[:count], operands[count:]
        self.flat = [part for value in self.captured for part in parts(value)]
        self.flat += n.numbers.values()
        self.dtypes: list[DType] = [type_of(v).dtype for v in op.operands]
        self.totals = list(zip(self.dtypes[count:], self.combine, strict=True))

    def of(self, n: Nest, role: str) -> Value:
        """The number of this role, in a function."""
        return n.quantity(self.op, self.numbers[role], role)

    def emit(self) -> list[Value]:
        """Emit the loop; gives the totals."""
        b, cut = self.n.b, self.cut
        if self.private:
            records = b.room(self.of(self.n, "records"), LINE)
        else:
            records = b.room(cut.record * max(cut.chunks, MOST_CHUNKS), LINE)
        context, type = b.packed([records, *self.flat])
        task = self.task(self.part(exact=False), type)
        b.call(b.module.parallel(), [task, context, self.of(self.n, "chunks")])
        for i, kind in self.private.items():
            self.combine_memory(records, i, kind)
        return self.combine_totals(records) if self.totals else []

    def task(self, part: ir.Function, type: ir.Type) -> ir.Function:
        """task(context, i): chunk i. Where units are left over, the first chunks have one more."""
        b = self.n.b.module.function("task", VOID, TASK.args, "nounwind")
        context, index = b.args
        records, *values = b.unpacked(context, type)
        n = self.inside(b, None, values)
        each, more = self.of(n, "each"), self.of(n, "more")
        longer = b.icmp_unsigned("<", index, more)
        start = b.add(b.mul(index, each), b.select(longer, index, more))
        stop = b.add(b.add(start, each), b.zext(longer, I64))
        record = b.gep(records, [b.mul(index, self.record(n))])
        b.call(part, [*values, record, start, stop])
        b.ret_void()
        return b.function

    def inside(
        self, b: Writer, doubt: Doubt | None, flat: Sequence[Value], exclusive: Sequence[Value] = ()
    ) -> Nest:
        """A nest in a function that has the captured values and the numbers."""
        keys = list(self.n.numbers)
        numbers = dict(zip(keys, flat[len(self.flat) - len(keys) :], strict=False))
        return Nest(b, doubt, self.n.rules, exclusive, numbers, self.n.said)

    def record(self, n: Nest) -> Value:
        """The bytes of a record."""
        return self.of(n, "record") if self.private else I64(self.cut.record)

    def part(self, exact: bool) -> ir.Function:
        """part(captured…, record, start, stop): the units of a chunk; totals go to its record.
        Where a fast formula was out of its range it runs again, `exact`.
        """
        types = [*(v.type for v in self.flat), POINTER, I64, I64]
        attributes = AS_WRITTEN if exact else ("noinline", *self.widest())
        name = "part_exact" if exact else "part"
        b = self.n.b.module.function(name, VOID, types, "nounwind", *attributes)
        arguments = dict(zip(self.flat, b.args, strict=False))
        exclusive = [arguments[value] for value in self.n.exclusive if value in arguments]
        exclusive.append(b.args[len(self.flat)])
        for argument in exclusive:
            argument.add_attribute("noalias")
        doubt = None if exact else Doubt(b, branches=False)
        self.chunk(self.inside(b, doubt, b.args, exclusive), b.args)
        if doubt is not None and doubt.used:
            with b.if_then(doubt.holds(b), likely=False):
                b.call(self.part(exact=True), b.args)
        b.ret_void()
        return b.function

    def widest(self) -> tuple[str, ...]:
        return widest([self.op], LONG_UNKNOWN if self.n.numbers else LONG)

    def chunk(self, n: Nest, given: Sequence[Value]) -> None:
        """The body of `part`."""
        *flat, record, start, stop = given
        captured = regrouped(self.captured, flat)
        for i, kind in self.private.items():
            captured[i] = n.b.gep(record, [self.of(n, f"place {i}")])
            self.clear(n, captured[i], i, kind)
        initial = [constant(d, neutral_element(kind, d)) for d, kind in self.totals]
        start, stop = (n.b.mul(units, self.of(n, "unit"), flags=UP) for units in (start, stop))
        n.b.extern("llvm.assume", VOID, n.b.icmp_unsigned("<", start, stop))
        totals = n.count(self.op, start, stop, captured, initial)
        for k, (dtype, _) in enumerate(self.totals):
            store_element(n.b, totals[k], n.b.gep(record, [I64(SLOT * k)]), dtype, I64(0))

    def clear(self, n: Nest, buffer: Value, i: int, kind: str) -> None:
        """Set a private total to neutral elements."""
        dtype = self.dtypes[i]
        value = constant(dtype, neutral_element(kind, dtype))
        with n.b.repeat(self.of(n, f"size {i}"), hints=SHORT_CODE) as at:
            store_element(n.b, value, buffer, dtype, at)

    def combine_memory(self, records: Value, i: int, kind: str) -> None:
        """Combine the chunks' private totals with the operand, in order."""
        n, b, dtype, target = self.n, self.n.b, self.dtypes[i], self.captured[i]
        with b.repeat(self.of(n, "chunks"), hints=SHORT_CODE) as chunk:
            start = b.add(b.mul(chunk, self.record(n)), self.of(n, f"place {i}"))
            source = b.gep(records, [start])
            with b.repeat(self.of(n, f"size {i}"), hints=SHORT_CODE) as at:
                old, new = (load_element(b, buffer, dtype, at) for buffer in (target, source))
                store_element(
                    b, n.accumulated(dtype, kind, old, new, ordered=True), target, dtype, at
                )

    def combine_totals(self, records: Value) -> list[Value]:
        """The totals of all chunks, in order, on top of the loop's initial values."""
        n, b = self.n, self.n.b
        results: list[Value] = []
        with b.loop(I64(0), *self.initial) as loop:
            chunk, *totals = loop.values
            for k, ((dtype, kind), total) in enumerate(zip(self.totals, totals, strict=True)):
                start = b.add(b.mul(chunk, self.record(n)), I64(SLOT * k))
                value = load_element(b, b.gep(records, [start]), dtype, I64(0))
                results.append(n.accumulated(dtype, kind, total, value, ordered=True))
            following = b.add(chunk, I64(1), flags=UP)
            loop.next, loop.hints = [following, *results], SHORT_CODE
            loop.again = b.icmp_unsigned("<", following, self.of(n, "chunks"))
        return results


def emit_parallel(n: Nest, op: Op, operands: Sequence[Value]) -> Sequence[Value]:
    return Parallel(n, op, operands).emit()
