"""The region of a `loop.kernel` in LLVM: loops, loads and stores, scalars, products."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from llvmlite import ir

from polyad.ir import DType, Function, Op
from polyad.ir import Value as IRValue

from ..dialects import loop, memory
from ..dialects.affine import Linear
from ..dialects.memory import MemRef, type_of
from ..llvm import blas
from ..llvm.module import MASKED, NOT_UNROLLED
from ..llvm.types import (
    F64,
    I64,
    SHORT_LOOPS,
    Value,
    load_element,
    mark,
    part_type,
    store_element,
)
from ..llvm.writer import UP, VOID, Writer
from ..scalars import scalar
from ..scalars.context import Context, Doubt
from .form import (
    LINE,
    ROOM,
    ROWS,
    SMALL,
    TIMES,
    Key,
    Said,
    is_long,
    is_written_out,
    literal_of,
    numbers_of_gemm,
    room,
)
from .split import Split, is_plain, split_of

STEP = {
    "sum": "add",
    "prod": "multiply",
    "max": "maximum",
    "min": "minimum",
    "any": "logical_or",
    "all": "logical_and",
}


ZERO = I64(0)
NONE: Mapping[Key, Value] = {}
NestRule = Callable[["Nest", Op, Sequence[Value]], Sequence[Value]]


class Numbered:
    """Code that has numbers as operands (see `form`), or as constants. It has those that the form
    says of each op, and no other ones: so code is never run for numbers that it was not made for.
    Code without a form is made for all of its numbers.
    """

    numbers: Mapping[Key, Value]
    said: Said | None

    def number(self, op: Op, value: int) -> Value:
        """A number of an op: an operand of the code, or a constant."""
        found = self.numbers.get(self.key(op, value))
        return I64(value) if found is None else found

    def quantity(self, op: Op, value: int, role: str) -> Value:
        """A number that is an operand also where it is small, or a constant."""
        found = self.numbers.get(self.key(op, (value, role)))
        return I64(value) if found is None else found

    def key(self, op: Op, key: Key) -> Key:
        if self.said is None or key in self.said[op]:
            return key
        raise AssertionError(f"the form of {op.name} says nothing of {key}")


class Nest(Numbered):
    """Emits the region of a kernel: loops, loads and stores, scalars, products. No other buffer
    overlaps the `exclusive` ones. `numbers` are those that the code has as operands, `said` all
    that it may have (see `form`).
    """

    def __init__(
        self,
        b: Writer,
        doubt: Doubt | None,
        rules: Mapping[Any, NestRule],
        exclusive: Sequence[Value] = (),
        numbers: Mapping[Key, Value] = NONE,
        said: Said | None = None,
    ) -> None:
        self.b, self.doubt, self.rules = b, doubt, rules
        self.exclusive, self.numbers, self.said = exclusive, numbers, said

    def literal(self, op: Op) -> Value:
        """A literal that is an operand of the code."""
        found, type = literal_of(op), part_type(op.attrs["dtype"])
        if not isinstance(found, tuple):
            return self.number(op, found)
        value = self.b.bitcast(self.quantity(op, *found), F64)
        return value if type == F64 else self.b.fptrunc(value, type)

    def run(self, region: Function, values: dict[IRValue, Value]) -> list[Value]:
        """Emit the ops of a region; gives its results."""
        for op in region.ops:
            if self.is_free(op):
                values[op.result] = self.literal(op)
            else:
                self.run_op(op, values)
        return [values[v] for v in region.results]

    def is_free(self, op: Op) -> bool:
        """Whether an op is a literal that may be an operand of the code."""
        return op.name == "full" and self.said is not None and bool(self.said[op])

    def run_op(self, op: Op, values: dict[IRValue, Value]) -> None:
        lines = self.b.module.lines
        if lines is None:
            return self.emit_op(op, values)
        before = self.b.debug_metadata
        self.b.debug_metadata = lines.at(self.b.function, op.location)
        self.emit_op(op, values)
        self.b.debug_metadata = before

    def emit_op(self, op: Op, values: dict[IRValue, Value]) -> None:
        """The code of one op."""
        operands = [values[v] for v in op.operands]
        if op.definition is loop.for_:
            carried = len(operands) - op.attrs["carried"]
            ends = ZERO, self.extent(op, operands)
            if op.attrs["extent"] == 1 and not self.is_open(op):
                results: Sequence[Value] = self.once(op, operands)
            else:
                results = self.count(op, *ends, operands[:carried], operands[carried:])
        elif op.definition in self.rules:
            results = self.rules[op.definition](self, op, operands)
        else:
            results = [self.scalar(op, operands)]
        values.update(zip(op.results, results, strict=True))

    def extent(self, op: Op, operands: Sequence[Value]) -> Value:
        """The iterations of a loop; of a part of a loop (see `loop.for`), those that are left."""
        extent = self.iterations(op)
        if op.attrs.get("left") is None:
            return extent
        position, count = op.attrs["left"]
        done = self.b.mul(operands[position], extent, flags=UP)
        return self.b.least(extent, self.b.sub(self.quantity(op, count, ROWS), done, flags=UP))

    def iterations(self, op: Op) -> Value:
        """The iterations of a loop, or of each part of it."""
        extent = op.attrs["extent"]
        key = extent, TIMES
        counted = self.said is not None and key in self.said[op]
        return self.quantity(op, *key) if counted else self.number(op, extent)

    def scalar(self, op: Op, operands: Sequence[Value]) -> Value:
        dtypes = [type_of(v).dtype for v in op.operands]
        context = Context(self.b.module, self.b, dtypes, type_of(op.result).dtype, self.doubt)
        return scalar.emit(context, op.name, op.attrs, operands)

    def once(self, op: Op, operands: Sequence[Value]) -> list[Value]:
        """The one iteration of a loop."""
        region = op.regions[0]
        return self.run(region, dict(zip(region.arguments, [I64(0), *operands], strict=True)))

    def count(
        self,
        op: Op,
        start: Value,
        stop: Value,
        captured: Sequence[Value],
        initial: Sequence[Value],
    ) -> list[Value]:
        """The iterations from `start` to `stop` - 1 of a loop, at least one."""
        as_written = "optnone" in self.b.function.attributes
        if is_written_out(op):
            if not as_written:
                mark(self.b.function, SHORT_LOOPS)
            return self.iterate(op, start, stop, captured, initial, [])
        split = None if as_written or not self.is_open(op) else split_of(op)
        if split is not None:
            return self.split(split, op, start, stop, captured, initial)
        partial = bool(self.numbers) and op.attrs.get("left") is not None
        masked = is_long(op.regions[0]) or (partial and is_plain(op.regions[0]))
        hints = [NOT_UNROLLED, MASKED] if masked else [NOT_UNROLLED]
        return self.iterate(op, start, stop, captured, initial, hints)

    def is_open(self, op: Op) -> bool:
        """Whether the iterations of a loop are an operand of the code."""
        if op.definition is loop.for_:
            return not isinstance(self.iterations(op), ir.Constant)
        return bool(self.numbers)

    def split(
        self,
        split: Split,
        op: Op,
        start: Value,
        stop: Value,
        captured: Sequence[Value],
        initial: Sequence[Value],
    ) -> list[Value]:
        """A loop as two: see `split`."""
        b = self.b
        count = stop if start is ZERO else b.sub(stop, start)

        def vectors() -> list[Value]:
            whole = b.and_(count, I64(-split.step))
            middle = whole if start is ZERO else b.add(start, whole, flags=UP)
            return [middle, *self.iterate(op, start, middle, captured, initial, split.whole)]

        many = b.icmp_unsigned(">=", count, I64(split.least))
        middle, *values = b.either_of(many, vectors, [start, *initial], likely=True)
        rest = b.and_(count, I64(split.step - 1))  # as LLVM sees, of one vector no more than that
        some = b.icmp_unsigned("!=", rest, ZERO)
        end = b.add(middle, rest, flags=UP)
        remainder = lambda: self.iterate(op, middle, end, captured, values, split.rest)
        return b.either_of(some, remainder, values, likely=False)

    def iterate(
        self,
        op: Op,
        start: Value,
        stop: Value,
        captured: Sequence[Value],
        initial: Sequence[Value],
        hints: Sequence[str],
    ) -> list[Value]:
        """The iterations from `start` to `stop` - 1, at least one. Carried values are phis of the
        loop's head.
        """
        b, region = self.b, op.regions[0]
        with b.loop(start, *initial) as loop:
            index, *carried = loop.values
            results = self.run(
                region, dict(zip(region.arguments, [index, *captured, *carried], strict=True))
            )
            following = b.add(index, I64(1), flags=UP)
            loop.next, loop.hints = [following, *results], hints
            loop.again = b.icmp_unsigned("!=", following, stop)
        return results

    def accumulated(
        self, dtype: DType, kind: str, total: Value, value: Value, ordered: bool = False
    ) -> Value:
        """One step of a reduction. Floating sums and products may be regrouped if the settings
        allow it, and they are not `ordered`.
        """
        flags = () if ordered else self.b.module.regroup
        if dtype.is_floating and kind in ("sum", "prod"):
            emit = self.b.fadd if kind == "sum" else self.b.fmul
            return emit(total, value, flags=flags)
        if dtype.is_complex and kind == "sum":
            pairs = zip(total, value, strict=True)
            return tuple(self.b.fadd(x, y, flags=flags) for x, y in pairs)
        context = Context(self.b.module, self.b, [dtype, dtype], dtype)
        return scalar.emit(context, STEP[kind], {}, [total, value])

    def position(self, op: Op, expression: Linear, indices: Sequence[Value]) -> Value:
        """The value of an affine expression of an op."""
        total = None
        for c, index in zip(expression.coefficients, indices, strict=True):
            term = index if c == 1 else self.b.mul(index, self.number(op, c), flags=("nsw",))
            total = term if total is None else self.b.add(total, term, flags=("nsw",))
        if total is None:
            return self.number(op, expression.offset)
        if not expression.offset:
            return total
        return self.b.add(total, self.number(op, expression.offset), flags=("nsw",))


def emit_load(n: Nest, op: Op, operands: Sequence[Value]) -> Sequence[Value]:
    base, *indices = operands
    position = n.position(op, op.attrs["at"].results[0], indices)
    return [load_element(n.b, base, type_of(op.result).dtype, position)]


def emit_store(n: Nest, op: Op, operands: Sequence[Value]) -> Sequence[Value]:
    value, base, *indices = operands
    position = n.position(op, op.attrs["at"].results[0], indices)
    target = op.operands[1].type
    assert isinstance(target, MemRef)
    store_element(n.b, value, base, target.dtype, position)
    return []


def emit_affine(n: Nest, op: Op, operands: Sequence[Value]) -> Sequence[Value]:
    return [n.position(op, op.attrs["at"].results[0], operands)]


def emit_local(n: Nest, op: Op, operands: Sequence[Value]) -> Sequence[Value]:
    size, whole = op.attrs["type"].nbytes, room(op)
    if n.said is not None and (whole, ROOM) in n.said[op]:
        size = whole
    return [n.b.room(n.quantity(op, size, ROOM), aligned(size))]


def local(b: Writer, size: int) -> Value:
    """A small buffer on the stack, one for all iterations of the loops around."""
    return b.room(size, aligned(size))


def aligned(size: int) -> int:
    return LINE if size >= LINE else 16


def emit_accumulate(n: Nest, op: Op, operands: Sequence[Value]) -> Sequence[Value]:
    total, value = operands
    return [n.accumulated(type_of(op.result).dtype, op.attrs["kind"], total, value)]


def emit_gemm(n: Nest, op: Op, operands: Sequence[Value]) -> Sequence[Value]:
    x, y, out, *indices = operands
    dtype, attrs = type_of(op.operands[0]).dtype, op.attrs
    addresses = []
    for base, at in zip((x, y, out), attrs["at"], strict=True):
        position = n.position(op, at.results[0], indices)
        bytes = n.b.mul(position, I64(dtype.itemsize))
        addresses.append(n.b.gep(base, [bytes]))
    if dtype.is_complex:
        for number in numbers_of_gemm(op):
            n.key(op, number)
        blas.multiply(n.b, dtype, addresses, attrs["sizes"], attrs["strides"])
    else:
        multiply(n, dtype, addresses, op)
    return []


def multiply(n: Nest, dtype: DType, addresses: Sequence[Value], op: Op) -> None:
    """The product of real matrices: see `gemm`."""
    (x, y, out), numbers = addresses, numbers_of_gemm(op)
    sizes, of_x, of_y, of_out = [
        [n.quantity(op, *number) for number in part]
        for part in (numbers[:3], numbers[3:5], numbers[5:7], numbers[7:])
    ]
    given = [*sizes, x, *of_x, y, *of_y, out, *of_out]
    types = [value.type for value in given]
    n.b.call(n.b.module.library(f"gemm.{dtype.name}", VOID, types), given)


NEST_RULES: dict[Any, NestRule] = {
    memory.local: emit_local,
    memory.load: emit_load,
    memory.store: emit_store,
    loop.affine: emit_affine,
    loop.accumulate: emit_accumulate,
    loop.gemm: emit_gemm,
}


def assume_large(b: Writer, numbers: Mapping[Key, Value]) -> None:
    """Tell LLVM that positive numbers are beyond those that forms have as constants: so a loop has
    iterations.
    """
    for key, value in numbers.items():
        if not isinstance(key, tuple) and key > 0:
            b.extern("llvm.assume", VOID, b.icmp_signed(">", value, I64(SMALL)))
