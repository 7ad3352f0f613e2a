"""`kernel.routine` in LLVM: a function of its own that does one item (a matrix of a stack, a line
of an array) after another.

It gives 0, or 1 when it finds no answer for one of them; then the NumPy backend does the op, on the
same buffers, and raises where there is none.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from llvmlite import ir

from polyad.ir import ArrayType, DType, Op
from polyad.ir.types import bool_

from ..calling.host import HostStep
from ..dialects.memory import type_of
from ..llvm.blas import Call
from ..llvm.interrupt import NO_ANSWER, hold_python, release_python
from ..llvm.module import Module
from ..llvm.types import I1, I32, I64, POINTER, Value, constant, load_element, store_element
from ..scalars import power, scalar
from ..scalars.context import Context
from .chunks import item_chunks
from .layout import batch, layout, places, rank

if TYPE_CHECKING:
    from ..llvm.program import Program

FAILED = I32(1)


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
        scaled = b.mul(outer, I64(self.step), flags=("nuw", "nsw"))
        return b.add(scaled, inner, flags=("nuw", "nsw"))

    def __getitem__(self, at: tuple[Value, Value]) -> Value:
        return load_element(self.f.b, self.base, self.dtype, self.position(*at))

    def __setitem__(self, at: tuple[Value, Value], value: Value) -> None:
        store_element(self.f.b, value, self.base, self.dtype, self.position(*at))


class Frame:
    """Where the code for one item goes: the matrices (or lines, or elements) at hand, scratch,
    arithmetic in the `dtype` of the first operand.
    """

    def __init__(self, module: Module, b: ir.IRBuilder, op: Op) -> None:
        (inner,) = op.regions[0].ops
        self.module, self.b, self.attrs = module, b, inner.attrs
        self.types: Sequence[ArrayType] = [type_of(v) for v in inner.operands]
        self.results_types: Sequence[ArrayType] = [type_of(v) for v in inner.results]
        self.dtype = self.types[0].dtype
        self.rank, self.chunks = rank(inner.name), item_chunks(op)
        self.m, self.n = (1, 1, *self.types[0].shape)[-2:]
        self.fails = False
        self.operands: list[Value] = []
        self.results: list[Value] = []
        self.pieces = layout(inner.definition, self.types, self.attrs) or {}
        self.scratch: dict[str, Value] = {}
        self.lapack = Call(module, b, self.dtype, "lapack")
        self.blas = Call(module, b, self.dtype)

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
        """How many numbers a piece of scratch holds."""
        real = self.dtype.real.itemsize
        sizes = {"work": self.dtype.itemsize, "reals": real, "integers": 4}
        return self.pieces[name] // sizes[name]

    def slot(self, type: ir.Type, value: Value) -> Value:
        """A variable."""
        with self.b.goto_entry_block():
            found = self.b.alloca(type)
        self.b.store(value, found)
        return found

    def transposed(self, source: Buffer, target: Buffer) -> None:
        """Copy element by element, between the two orders."""
        with self.over(target.rows) as i, self.over(target.columns) as j:
            target[i, j] = source[i, j]

    def moved(self, source: Buffer, target: Buffer) -> None:
        """Copy the bytes."""
        size = source.rows * source.columns * source.dtype.itemsize
        copy = self.module.module.declare_intrinsic("llvm.memcpy", [POINTER, POINTER, I64])
        self.b.call(copy, [target.base, source.base, I64(size), I1(0)])

    # -- Control

    @contextlib.contextmanager
    def over(self, stop: int | Value, start: int | Value = 0) -> Iterator[Value]:
        """A loop from `start` up to `stop`, which is left out."""
        b = self.b
        first, last = (I64(v) if isinstance(v, int) else v for v in (start, stop))
        head, body, after = (b.append_basic_block(name) for name in ("head", "body", "after"))
        before = b.block
        b.branch(head)
        b.position_at_end(head)
        index = b.phi(I64)
        index.add_incoming(first, before)
        b.cbranch(b.icmp_signed("<", index, last), body, after)
        b.position_at_end(body)
        yield index
        index.add_incoming(b.add(index, I64(1), flags=("nuw", "nsw")), b.block)
        b.branch(head)
        b.position_at_end(after)

    @contextlib.contextmanager
    def down(self, count: int) -> Iterator[Value]:
        """A loop from `count - 1` down to 0."""
        with self.over(count) as i:
            yield self.b.sub(I64(count - 1), i)

    def after(self, index: Value) -> Value:
        return self.b.add(index, I64(1), flags=("nuw", "nsw"))

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
        """Call LAPACK; its last argument, INFO."""
        info = self.slot(I32, I32(0))
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


def emit_routine(p: Program, op: Op) -> None:
    """Call the routine; where it fails, Python, if there is one."""
    buffers = p.operands(op)
    function, f = routine_function(p.module, op)
    code = split(p, f, function, buffers) or p.b.call(
        function, [*buffers, I64(0), I64(batch(f.types[0], f.rank))]
    )
    if not f.fails:
        return
    with p.b.if_then(p.b.icmp_unsigned("!=", code, I32(0)), likely=False):
        if p.module.standalone:
            p.leave(NO_ANSWER)
            return
        state = hold_python(p.module, p.b)
        step = p.keep(HostStep(op.regions[0], "the routine found no answer"))
        result = call_host(p, p.kept(step), buffers[:-1])
        release_python(p.module, p.b, state)
        with p.b.if_then(p.b.icmp_unsigned("==", result, POINTER(None)), likely=False):
            p.leave(1)


def split(p: Program, f: Frame, function: ir.Function, buffers: Sequence[Value]) -> Value | None:
    """The items in chunks, by all threads: whether one of them failed. None where they are few.

    BLAS has one thread in the meantime, if the routine calls it.
    """
    count, scratch = f.chunks
    if count == 1 or p.module.standalone:
        return None
    type = ir.LiteralStructType([POINTER] * (len(buffers) + 1))
    with p.b.goto_entry_block():
        code, context = p.b.alloca(I32), p.b.alloca(type)
    p.b.store(I32(0), code)
    for i, value in enumerate([*buffers, p.b.bitcast(code, POINTER)]):
        p.b.store(value, p.b.gep(context, [I32(0), I32(i)]))
    task = task_function(p.module, f, function, type, (count, scratch))
    calls = any(name.startswith(("lapack.", "blas.")) for name in p.module.outside)
    if calls:
        p.b.call(p.module.library("blas_threads.alone", ir.VoidType(), []), [])
    p.b.call(p.module.parallel(), [task, p.b.bitcast(context, POINTER), I64(count)])
    if calls:
        p.b.call(p.module.library("blas_threads.as_before", ir.VoidType(), []), [])
    return p.b.load(code)


def task_function(
    module: Module, f: Frame, function: ir.Function, context: Any, sizes: tuple[int, int]
) -> ir.Function:
    """task(context, i): chunk i of so many, with its own of so many bytes of scratch memory."""
    count, scratch = sizes
    task = ir.Function(
        module.module,
        ir.FunctionType(ir.VoidType(), [POINTER, I64]),
        module.module.get_unique_name("items"),
    )
    task.linkage = "internal"
    b = ir.IRBuilder(task.append_basic_block("entry"))
    index, items = task.args[1], I64(batch(f.types[0], f.rank))
    table = b.bitcast(task.args[0], context.as_pointer())
    *values, room, code = (
        b.load(b.gep(table, [I32(0), I32(i)])) for i in range(len(context.elements))
    )
    room = b.gep(room, [b.mul(index, I64(scratch))])
    start, stop = (b.udiv(b.mul(i, items), I64(count)) for i in (index, b.add(index, I64(1))))
    found = b.call(function, [*values, room, start, stop])
    with b.if_then(b.icmp_unsigned("!=", found, I32(0)), likely=False):
        b.store_atomic(found, b.bitcast(code, I32.as_pointer()), "monotonic", 4)
    b.ret_void()
    return task


def call_host(p: Program, step: Value, buffers: Sequence[Value]) -> Value:
    """Call the Python object `step` with the address of a table of buffers; null if it raises."""
    b, declare = p.b, p.module.declare
    table = b.bitcast(p.alloca(8 * len(buffers), 8), POINTER.as_pointer())
    for i, buffer in enumerate(buffers):
        b.store(buffer, b.gep(table, [I64(i)]))
    address = b.call(declare("PyLong_FromVoidPtr", POINTER, [POINTER]), [b.bitcast(table, POINTER)])
    result = b.call(declare("PyObject_CallOneArg", POINTER, [POINTER, POINTER]), [step, address])
    b.call(declare("Py_DecRef", ir.VoidType(), [POINTER]), [address])
    with b.if_then(b.icmp_unsigned("!=", result, POINTER(None)), likely=True):
        b.call(declare("Py_DecRef", ir.VoidType(), [POINTER]), [result])
    return result


def routine_function(module: Module, op: Op) -> tuple[ir.Function, Frame]:
    """The function of a routine, a loop over the items from one up to another around the code for
    one; and what that knows of the op.
    """
    from .eigen import EIGEN
    from .gauge import GAUGE
    from .lapack import LAPACK
    from .sorting import SORTING

    (inner,) = op.regions[0].ops
    name = module.module.get_unique_name(inner.name)
    type = ir.FunctionType(I32, [*[POINTER] * len(op.operands), I64, I64])
    function = ir.Function(module.module, type, name)
    function.linkage = "internal"
    for attribute in ("noinline", "nounwind"):
        function.attributes.add(attribute)
    inputs = len(inner.operands)
    for argument in function.args[inputs:-2]:
        argument.add_attribute("noalias")
    b = ir.IRBuilder(function.append_basic_block("entry"))
    f = Frame(module, b, op)
    *buffers, scratch, start, stop = function.args
    offsets, _ = places(f.pieces)
    f.scratch = {piece: b.gep(scratch, [I64(at)]) for piece, at in offsets.items()}
    types, count = [*f.types, *f.results_types], batch(f.types[0], f.rank)
    with f.over(stop, start) as index:
        here = [
            b.gep(buffer, [b.mul(index, I64(each(type, count)))])
            for buffer, type in zip(buffers, types, strict=True)
        ]
        f.operands, f.results = here[:inputs], here[inputs:]
        {**LAPACK, **EIGEN, **GAUGE, **SORTING, "pow": integer_power}[inner.name](f)
    b.ret(I32(0))
    return function, f


def integer_power(f: Frame) -> None:
    """Of signed integers; a negative exponent is left to NumPy, for which it is an error."""
    at = I64(0), I64(0)
    x, y = f.operand(0)[at], f.operand(1)[at]
    f.fail_if(f.b.icmp_signed("<", y, f.const(0)))
    f.result(0)[at] = power.of_integers(f.b, x, y)


def each(type: ArrayType, count: int) -> int:
    """The bytes of an array that belong to one of `count` items."""
    return type.nbytes // max(count, 1)
