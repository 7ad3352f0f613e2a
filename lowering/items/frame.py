"""The code for one item, a matrix of a stack or a line of an array: its buffers, loops and
arithmetic.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from polyad.ir import ArrayType, DType, Op
from polyad.ir.types import bool_

from ..costs import item_axes
from ..dialects.memory import type_of
from ..llvm.blas import Call
from ..llvm.types import I32, I64, POINTER, Value, constant, load_element, store_element
from ..llvm.writer import UP, Writer
from ..scalars import scalar
from ..scalars.context import Context
from .chunks import item_chunks
from .layout import layout

FAILED = I32(1)  # a routine's result when it finds no answer for an item


class Buffer:
    """A matrix (or a vector, of one column) in memory, by rows or `by_columns`."""

    def __init__(
        self,
        f: Frame,
        base: Value,
        dtype: DType,
        rows: int = 1,
        columns: int = 1,
        by_columns: bool = False,
    ) -> None:
        self.f, self.base, self.dtype, self.rows, self.columns = f, base, dtype, rows, columns
        self.step, self.by_columns = (rows if by_columns else columns), by_columns

    def position(self, i: Value, j: Value) -> Value:
        b = self.f.b
        outer, inner = (j, i) if self.by_columns else (i, j)
        scaled = b.mul(outer, I64(self.step), flags=UP)
        return b.add(scaled, inner, flags=UP)

    def __getitem__(self, at: tuple[Value, Value]) -> Value:
        return load_element(self.f.b, self.base, self.dtype, self.position(*at))

    def __setitem__(self, at: tuple[Value, Value], value: Value) -> None:
        store_element(self.f.b, value, self.base, self.dtype, self.position(*at))


class Frame:
    """The code for one item under construction: its operands and results, scratch memory,
    arithmetic in the `dtype` of the first operand.
    """

    def __init__(self, b: Writer, op: Op) -> None:
        (inner,) = op.regions[0].ops
        self.module, self.b, self.attrs = b.module, b, inner.attrs
        self.types: Sequence[ArrayType] = [type_of(v) for v in inner.operands]
        self.results_types: Sequence[ArrayType] = [type_of(v) for v in inner.results]
        self.dtype = self.types[0].dtype
        self.rank, self.chunks = item_axes(inner.name), item_chunks(op)
        self.m, self.n = (1, 1, *self.types[0].shape)[-2:]
        self.fails = False
        self.operands: list[Value] = []
        self.results: list[Value] = []
        self.pieces = layout(inner.definition, self.types, self.attrs) or {}
        self.scratch: dict[str, Value] = {}
        self.lapack = Call(b, self.dtype, "lapack")
        self.blas = Call(b, self.dtype)

    # -- Memory

    def operand(self, i: int) -> Buffer:
        return self.of(self.operands[i], self.types[i], self.rank)

    def result(self, i: int, rank: int | None = None) -> Buffer:
        return self.of(self.results[i], self.results_types[i], self.rank if rank is None else rank)

    def of(self, base: Value, type: ArrayType, rank: int) -> Buffer:
        rows, columns = (*type.shape[type.ndim - rank :], 1, 1)[:2]
        return Buffer(self, base, type.dtype, rows, columns)

    def by_columns(self, name: str, rows: int, columns: int) -> Buffer:
        return Buffer(self, self.scratch[name], self.dtype, rows, columns, True)

    def room(self, name: str) -> int:
        """The number of elements of a piece of scratch memory."""
        real = self.dtype.real.itemsize
        sizes = {"work": self.dtype.itemsize, "reals": real, "integers": 4}
        return self.pieces[name] // sizes[name]

    def transposed(self, source: Buffer, target: Buffer) -> None:
        """Copy element by element, from one order to the other."""
        with self.b.over(target.rows) as i, self.b.over(target.columns) as j:
            target[i, j] = source[i, j]

    def moved(self, source: Buffer, target: Buffer) -> None:
        """Copy the bytes of a matrix."""
        self.b.copy(target.base, source.base, source.rows * source.columns * source.dtype.itemsize)

    # -- Control

    @contextlib.contextmanager
    def down(self, count: int) -> Iterator[Value]:
        """A loop from `count - 1` down to 0."""
        with self.b.over(count) as i:
            yield self.b.sub(I64(count - 1), i)

    def after(self, index: Value) -> Value:
        return self.b.add(index, I64(1), flags=UP)

    def fail_if(self, condition: Value) -> None:
        self.fails = True
        with self.b.if_then(condition, likely=False):
            self.b.ret(FAILED)

    # -- Arithmetic

    def const(self, value: float, dtype: DType | None = None) -> Value:
        return constant(dtype or self.dtype, value)

    def scalar(self, name: str, *values: Value, real: bool = False) -> Value:
        """An element-wise op, on elements or on their real parts."""
        dtype = self.dtype.real if real else self.dtype
        result = {"abs": dtype.real, "equal": bool_}.get(name, dtype)
        context = Context(self.module, self.b, [dtype] * len(values), result)
        return scalar.emit(context, name, {}, values)

    def minus_product(self, x: Value, y: Value, z: Value) -> Value:
        """x - y z."""
        if self.dtype.is_complex:
            return self.scalar("subtract", x, self.scalar("multiply", y, z))
        flags = self.module.contract
        return self.b.fsub(x, self.b.fmul(y, z, flags=flags), flags=flags)

    def real_part(self, x: Value) -> Value:
        return x[0] if self.dtype.is_complex else x

    def is_zero(self, x: Value) -> Value:
        return self.scalar("equal", x, self.const(0.0))

    def call(self, routine: str, *arguments: Value | int | str) -> Value:
        """Call LAPACK; gives its last argument, INFO."""
        info = self.b.slot(I32, I32(0))
        self.lapack(routine, *self.passed(arguments), self.b.bitcast(info, POINTER))
        return self.b.load(info)

    def passed(self, arguments: Sequence[Value | int | str]) -> list[Value]:
        """Arguments as Fortran takes them: integers and letters by address."""
        found: list[Value] = []
        for a in arguments:
            if isinstance(a, int):
                found.append(self.lapack.integer(a))
            elif isinstance(a, str):
                found.append(self.lapack.letter(a))
            else:
                found.append(a)
        return found
