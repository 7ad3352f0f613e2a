"""The region of a `loop.kernel` in LLVM: loops, loads and stores, scalars, products."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from polyad.ir import ArrayType, DType, Function, Op
from polyad.ir import Value as IRValue

from .. import costs
from ..dialects import loop, memory
from ..dialects.affine import Linear
from ..dialects.memory import MemRef, type_of
from ..llvm import blas
from ..llvm.module import MASKED, NOT_UNROLLED
from ..llvm.types import (
    I64,
    SHORT_LOOPS,
    Value,
    load_element,
    mark,
    store_element,
)
from ..llvm.writer import UP, VOID, Writer
from ..scalars import scalar
from ..scalars.context import Context, Doubt

# A loop that is written out: its iterations, at most; and its work, in simple ops. Longer ones may
# become loops of vectors.
SHORT = 8
UNROLLED = 256

# Work of an innermost loop's body, in simple ops, from which on it is compiled once, for vectors,
# and not also for its remainder.
LONG_BODY = 64

STEP = {
    "sum": "add",
    "prod": "multiply",
    "max": "maximum",
    "min": "minimum",
    "any": "logical_or",
    "all": "logical_and",
}


def is_long(region: Function) -> bool:
    """Whether a region is the body of an innermost loop, and has much work."""
    return not any(op.regions for op in region.ops) and costs.of_region(region) >= LONG_BODY


def is_written_out(op: Op) -> bool:
    """Whether a loop is short, and has so little work that LLVM is to write it out."""
    return op.attrs["extent"] <= SHORT and costs.work(op) <= UNROLLED


NestRule = Callable[["Nest", Op, Sequence[Value]], Sequence[Value]]


class Nest:
    """Emits the region of a kernel: loops, loads and stores, scalars, products. No other buffer
    overlaps the `exclusive` ones.
    """

    def __init__(
        self,
        b: Writer,
        doubt: Doubt | None,
        rules: Mapping[Any, NestRule],
        exclusive: Sequence[Value] = (),
    ) -> None:
        self.b, self.doubt, self.rules = b, doubt, rules
        self.exclusive = exclusive

    def run(self, region: Function, values: dict[IRValue, Value]) -> list[Value]:
        """Emit the ops of a region; gives its results."""
        for op in region.ops:
            self.run_op(op, values)
        return [values[v] for v in region.results]

    def run_op(self, op: Op, values: dict[IRValue, Value]) -> None:
        operands = [values[v] for v in op.operands]
        if op.definition is loop.for_:
            carried = len(operands) - op.attrs["carried"]
            ends = I64(0), I64(op.attrs["extent"])
            if op.attrs["extent"] == 1:
                results: Sequence[Value] = self.once(op, operands)
            else:
                results = self.count(op, *ends, operands[:carried], operands[carried:])
        elif op.definition in self.rules:
            results = self.rules[op.definition](self, op, operands)
        else:
            results = [self.scalar(op, operands)]
        values.update(zip(op.results, results, strict=True))

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
        """The iterations from `start` to `stop` - 1 of a loop, at least one. Carried values are
        phis of the loop's head.
        """
        b, region = self.b, op.regions[0]
        with b.loop(start, *initial) as loop:
            index, *carried = loop.values
            results = self.run(
                region, dict(zip(region.arguments, [index, *captured, *carried], strict=True))
            )
            following = b.add(index, I64(1), flags=UP)
            loop.next = [following, *results]
            loop.again = b.icmp_unsigned("<", following, stop)
            if not is_written_out(op):
                loop.hints = [NOT_UNROLLED, MASKED] if is_long(region) else [NOT_UNROLLED]
            elif "optnone" not in b.function.attributes:
                mark(b.function, SHORT_LOOPS)
        return results

    def accumulated(self, dtype: DType, kind: str, total: Value, value: Value) -> Value:
        """One step of a reduction. Floating sums and products may be regrouped if the settings
        allow it.
        """
        if dtype.is_floating and kind in ("sum", "prod"):
            emit = self.b.fadd if kind == "sum" else self.b.fmul
            return emit(total, value, flags=self.b.module.regroup)
        if dtype.is_complex and kind == "sum":
            return tuple(
                self.b.fadd(x, y, flags=self.b.module.regroup)
                for x, y in zip(total, value, strict=True)
            )
        context = Context(self.b.module, self.b, [dtype, dtype], dtype)
        return scalar.emit(context, STEP[kind], {}, [total, value])

    def position(self, expression: Linear, indices: Sequence[Value]) -> Value:
        """The value of an affine expression."""
        total = None
        for c, index in zip(expression.coefficients, indices, strict=True):
            term = index if c == 1 else self.b.mul(index, I64(c), flags=("nsw",))
            total = term if total is None else self.b.add(total, term, flags=("nsw",))
        if total is None:
            return I64(expression.offset)
        return (
            self.b.add(total, I64(expression.offset), flags=("nsw",))
            if expression.offset
            else total
        )


def emit_load(n: Nest, op: Op, operands: Sequence[Value]) -> Sequence[Value]:
    base, *indices = operands
    position = n.position(op.attrs["at"].results[0], indices)
    return [load_element(n.b, base, type_of(op.result).dtype, position)]


def emit_store(n: Nest, op: Op, operands: Sequence[Value]) -> Sequence[Value]:
    value, base, *indices = operands
    position = n.position(op.attrs["at"].results[0], indices)
    target = op.operands[1].type
    assert isinstance(target, MemRef)
    store_element(n.b, value, base, target.dtype, position)
    return []


def emit_affine(n: Nest, op: Op, operands: Sequence[Value]) -> Sequence[Value]:
    return [n.position(op.attrs["at"].results[0], operands)]


def emit_local(n: Nest, op: Op, operands: Sequence[Value]) -> Sequence[Value]:
    return [local(n.b, op.attrs["type"])]


def local(b: Writer, type: ArrayType) -> Value:
    """A small buffer on the stack, one for all iterations of the loops around."""
    return b.room(type.nbytes, 64 if type.nbytes >= 64 else 16)


def emit_accumulate(n: Nest, op: Op, operands: Sequence[Value]) -> Sequence[Value]:
    total, value = operands
    return [n.accumulated(type_of(op.result).dtype, op.attrs["kind"], total, value)]


def emit_gemm(n: Nest, op: Op, operands: Sequence[Value]) -> Sequence[Value]:
    x, y, out, *indices = operands
    dtype, attrs = type_of(op.operands[0]).dtype, op.attrs
    addresses = []
    for base, at in zip((x, y, out), attrs["at"], strict=True):
        position = n.position(at.results[0], indices)
        bytes = n.b.mul(position, I64(dtype.itemsize))
        addresses.append(n.b.gep(base, [bytes]))
    rule = blas.multiply if dtype.is_complex else multiply
    rule(n.b, dtype, addresses, attrs["sizes"], attrs["strides"])
    return []


def multiply(
    b: Writer,
    dtype: DType,
    addresses: Sequence[Value],
    sizes: tuple[int, int, int],
    strides: blas.Strides,
) -> None:
    """The product of real matrices: see `gemm`."""
    (x, y, out), (m, n, k), (of_x, of_y, of_out) = addresses, sizes, strides
    given = [*map(I64, (m, n, k)), x, *map(I64, of_x), y, *map(I64, of_y), out, I64(of_out[0])]
    types = [value.type for value in given]
    b.call(b.module.library(f"gemm.{dtype.name}", VOID, types), given)


NEST_RULES: dict[Any, NestRule] = {
    memory.local: emit_local,
    memory.load: emit_load,
    memory.store: emit_store,
    loop.affine: emit_affine,
    loop.accumulate: emit_accumulate,
    loop.gemm: emit_gemm,
}
