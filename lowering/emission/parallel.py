"""`loop.parallel` in LLVM: a function that runs one chunk, and a call of the pool that runs all.

What the loop captures is in a context on the caller's stack, and so is a record for each chunk: its
totals. The caller combines them in the order of the chunks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir

from polyad.ir import DType, Op

from ..dialects.memory import type_of
from ..llvm.module import NOT_INTERLEAVED, NOT_UNROLLED
from ..llvm.types import (
    I8,
    I32,
    I64,
    POINTER,
    Value,
    as_it_stands,
    constant,
    load_element,
    parts,
    store_element,
)
from ..scalars.context import Doubt
from ..table import neutral_element
from .nest import Nest
from .width import widen

VOID = ir.VoidType()
LINE = 64  # bytes of a cache line, which two chunks are not to share
SLOT = 16  # bytes of a total in a record
VECTORS = 64  # iterations that a loop of vectors does at a time, at most


class Parallel:
    """One parallel loop, and the layout of the records that its chunks leave."""

    def __init__(self, n: Nest, op: Op, operands: Sequence[Value]) -> None:
        self.n, self.op = n, op
        self.combine: tuple[str, ...] = op.attrs["combine"]
        self.private: dict[int, str] = dict(op.attrs["private"])
        self.chunks: int = op.attrs["chunks"]
        self.unit = unit(op.attrs["extent"], self.chunks)
        count = len(operands) - len(self.combine)
        self.captured, self.initial = operands[:count], operands[count:]
        self.flat = [part for value in self.captured for part in parts(value)]
        self.dtypes: list[DType] = [type_of(v).dtype for v in op.operands]
        self.totals = list(zip(self.dtypes[count:], self.combine, strict=True))
        self.places: dict[int, int] = {}  # of a private operand: where it begins in a record
        self.record = in_lines(SLOT * len(self.combine))
        for i in self.private:
            self.places[i] = self.record
            self.record += in_lines(type_of(op.operands[i]).array.nbytes)

    def emit(self) -> list[Value]:
        """The loop; the totals."""
        b = self.n.b
        context_type = ir.LiteralStructType([POINTER, *(v.type for v in self.flat)])
        with b.goto_entry_block():
            records = b.alloca(ir.ArrayType(I8, max(1, self.record * self.chunks)))
            records.align = LINE
            context = b.alloca(context_type)
        records = b.bitcast(records, POINTER)
        for i, value in enumerate([records, *self.flat]):
            b.store(value, field(b, context, i))
        task = self.task(self.part(exact=False), context_type)
        run = self.n.module.parallel()
        b.call(run, [task, b.bitcast(context, POINTER), I64(self.chunks)])
        for i, kind in self.private.items():
            self.combine_memory(records, i, kind)
        return self.combine_totals(records) if self.totals else []

    def task(self, part: ir.Function, context_type: Any) -> ir.Function:
        """task(context, i): chunk i. The first ones have one unit more, if some must."""
        function = self.internal("task", [POINTER, I64])
        b = ir.IRBuilder(function.append_basic_block("entry"))
        context, index = b.bitcast(function.args[0], context_type.as_pointer()), function.args[1]
        records, *values = (b.load(field(b, context, i)) for i in range(len(context_type.elements)))
        each, more = divmod(self.op.attrs["extent"] // self.unit, self.chunks)
        longer = b.icmp_unsigned("<", index, I64(more))
        start = b.add(b.mul(index, I64(each)), b.select(longer, index, I64(more)))
        stop = b.add(b.add(start, I64(each)), b.zext(longer, I64))
        record = b.gep(records, [b.mul(index, I64(self.record))])
        b.call(part, [*values, record, start, stop])
        b.ret_void()
        return function

    def part(self, exact: bool) -> ir.Function:
        """part(captured…, record, start, stop): the units of a chunk; totals go to its record.
        Where a fast formula was out of its range it runs again, `exact`.
        """
        types = [*(v.type for v in self.flat), POINTER, I64, I64]
        function = self.internal("part_exact" if exact else "part", types)
        function.attributes.add("noinline")
        if exact:
            as_it_stands(function)
        else:
            widen(function, [self.op])
        arguments = dict(zip(self.flat, function.args, strict=False))
        exclusive = [arguments[value] for value in self.n.exclusive if value in arguments]
        exclusive.append(function.args[len(self.flat)])
        for argument in exclusive:
            argument.add_attribute("noalias")
        b = ir.IRBuilder(function.append_basic_block("entry"))
        doubt = None if exact else Doubt(b, branches=False)
        self.chunk(Nest(self.n.module, b, doubt, self.n.rules, exclusive), function.args)
        if doubt is not None and doubt.used:
            missed = b.icmp_unsigned("!=", b.load(doubt.slot), I8(0))
            with b.if_then(missed, likely=False):
                b.call(self.part(exact=True), function.args)
        b.ret_void()
        return function

    def internal(self, name: str, types: Sequence[ir.Type]) -> ir.Function:
        module = self.n.module.module
        made = ir.Function(module, ir.FunctionType(VOID, types), module.get_unique_name(name))
        made.linkage = "internal"
        made.attributes.add("nounwind")
        return made

    def chunk(self, n: Nest, given: Sequence[Value]) -> None:
        """The body of `part`."""
        *flat, record, start, stop = given
        captured = regrouped(self.captured, flat)
        for i, kind in self.private.items():
            captured[i] = n.b.gep(record, [I64(self.places[i])])
            self.clear(n, captured[i], i, kind)
        initial = [constant(d, neutral_element(kind, d)) for d, kind in self.totals]
        start, stop = (
            n.b.mul(units, I64(self.unit), flags=("nuw", "nsw")) for units in (start, stop)
        )
        assume = n.module.declare("llvm.assume", VOID, [ir.IntType(1)])
        n.b.call(assume, [n.b.icmp_unsigned("<", start, stop)])
        totals = n.count(self.op, start, stop, captured, initial)
        for k, (dtype, _) in enumerate(self.totals):
            store_element(n.b, totals[k], n.b.gep(record, [I64(SLOT * k)]), dtype, I64(0))

    def clear(self, n: Nest, buffer: Value, i: int, kind: str) -> None:
        """Let a private total start from neutral elements."""
        dtype = self.dtypes[i]
        value = constant(dtype, neutral_element(kind, dtype))
        count = type_of(self.op.operands[i]).array.size
        repeat(n, count, lambda at: store_element(n.b, value, buffer, dtype, at))

    def combine_memory(self, records: Value, i: int, kind: str) -> None:
        """Combine what all chunks have of a private total with the operand, in order."""
        n, b, dtype, target = self.n, self.n.b, self.dtypes[i], self.captured[i]

        def add(chunk: Value) -> None:
            start = b.add(b.mul(chunk, I64(self.record)), I64(self.places[i]))
            source = b.gep(records, [start])

            def step(at: Value) -> None:
                old, new = (load_element(b, buffer, dtype, at) for buffer in (target, source))
                store_element(b, n.accumulated(dtype, kind, old, new), target, dtype, at)

            repeat(n, type_of(self.op.operands[i]).array.size, step)

        repeat(n, self.chunks, add)

    def combine_totals(self, records: Value) -> list[Value]:
        """The totals of all chunks, in order, on top of what the loop started from."""
        n, b = self.n, self.n.b
        results: list[Value] = []
        before = b.block

        def step(chunk: Value) -> None:
            phis = [n.phi(value, before) for value in self.initial]
            for k, ((dtype, kind), phi) in enumerate(zip(self.totals, phis, strict=True)):
                start = b.add(b.mul(chunk, I64(self.record)), I64(SLOT * k))
                value = load_element(b, b.gep(records, [start]), dtype, I64(0))
                total = tuple(phi) if len(phi) == 2 else phi[0]
                results.append(n.accumulated(dtype, kind, total, value))
                n.close(phi, results[-1])

        repeat(n, self.chunks, step)
        return results


def emit_parallel(n: Nest, op: Op, operands: Sequence[Value]) -> Sequence[Value]:
    return Parallel(n, op, operands).emit()


def unit(extent: int, chunks: int) -> int:
    """How many iterations at a time go to a chunk: as many as fill vectors, where `extent` is a
    multiple of that and each chunk gets one. LLVM then makes no loop for what is left over.
    """
    size = VECTORS
    while extent % size or extent < chunks * size:
        size //= 2
    return size


def in_lines(size: int) -> int:
    return -(-size // LINE) * LINE


def field(b: ir.IRBuilder, struct: Value, i: int) -> Value:
    return b.gep(struct, [I32(0), I32(i)])


def regrouped(like: Sequence[Value], flat: Sequence[Value]) -> list[Value]:
    """Single LLVM values as the values that they are parts of."""
    rest = iter(flat)
    return [tuple(next(rest) for _ in v) if isinstance(v, tuple) else next(rest) for v in like]


def repeat(n: Nest, count: int, step: Callable[[Value], None]) -> None:
    """`step(i)` for i < count, which is not 0; in code that is short rather than fast."""
    b = n.b
    before, body, after = b.block, b.append_basic_block("repeat"), b.append_basic_block("repeated")
    b.branch(body)
    b.position_at_end(body)
    index = b.phi(I64)
    index.add_incoming(I64(0), before)
    step(index)
    following = b.add(index, I64(1), flags=("nuw", "nsw"))
    index.add_incoming(following, b.block)
    again = b.cbranch(b.icmp_unsigned("<", following, I64(count)), body, after)
    again.set_metadata("llvm.loop", n.module.loop_mark(NOT_UNROLLED, NOT_INTERLEAVED))
    b.position_at_end(after)
