"""The entry point: a CPython function, itself compiled, that takes NumPy arrays and gives a tuple.

It compares each argument with what was compiled for: exactly `numpy.ndarray`, the same dtype
object, rank, dimensions, C-contiguous (or of the strides compiled for) and aligned. For a 0-d
argument a NumPy scalar of that dtype will do as well, or a Python scalar where one is wanted: the
function's own object, a tuple, begins with a byte for each argument that says so. If all fit it
makes the results through NumPy's C API, calls `run`, and returns; otherwise it returns
`NotImplemented`, and the caller goes a slower way.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from llvmlite import ir

from polyad.ir import ArrayType, DType

from ..layouts import COPIED, Layout, Layouts
from .module import Module
from .objects import (
    ALIGNED,
    ARRAY,
    CONTIGUOUS_ALIGNED,
    DATA,
    DESCR,
    DIMENSIONS,
    FLAGS,
    NDIM,
    PYTHON,
    PYTHON_SCALARS,
    SCALAR_VALUE,
    SCALARS,
    STRIDES,
    TABLE,
    TYPE,
    WRITEABLE,
    emit_contiguous,
    emit_drop,
)  # fmt: skip
from .results import LARGE
from .stack import OUT_OF_MEMORY
from .types import F32, F64, I8, I32, I64, POINTER, Value, as_it_stands

ENTRY = "entry"


NO_MEMORY = (
    "out of memory in compiled code: its arrays, or what its loops record for the reverse pass, do "
    "not fit\n  A loop records less with checkpoint=n."
)


def emit_entry(
    module: Module,
    run: ir.Function,
    arguments: Sequence[ArrayType],
    results: Sequence[ArrayType],
    layouts: Layouts,
    donated: dict[int, int],
    release_gil: bool,
) -> None:
    """Add the function `entry` to the module, for `arguments` some of which have a layout of their
    own. One that is `donated` becomes the result with the number given.
    """
    function = ir.Function(module.module, ir.FunctionType(POINTER, [POINTER, TABLE, I64]), ENTRY)
    as_it_stands(function)
    builder = ir.IRBuilder(function.append_basic_block("check"))
    entry = Entry(module, builder, function, release_gil)
    entry.layouts, entry.donated = dict(enumerate(layouts)), donated
    entry.emit(run, arguments, results)


class Entry:
    """The body of the entry point."""

    layouts: dict[int, Layout | None]
    donated: dict[int, int]

    def __init__(
        self, module: Module, builder: ir.IRBuilder, function: ir.Function, release_gil: bool
    ) -> None:
        self.module, self.b, self.function, self.release_gil = (
            module,
            builder,
            function,
            release_gil,
        )

    def emit(
        self, run: ir.Function, arguments: Sequence[ArrayType], results: Sequence[ArrayType]
    ) -> None:
        b = self.b
        self.refuse = self.function.append_basic_block("refuse")
        inputs = b.alloca(POINTER, size=I64(max(1, len(arguments))))
        outputs = b.alloca(POINTER, size=I64(max(1, len(results))))
        self.scalars = b.alloca(I64, size=I64(2 * max(1, len(results))))
        flags = self.field(self.function.args[0], tuple.__basicsize__, POINTER)
        self.wanted = b.gep(flags, [I64(bytes.__basicsize__ - 1)])
        small = [i for i in range(len(arguments)) if self.is_copied(i, arguments[i])]
        self.copies = b.alloca(POINTER, size=I64(max(1, len(small))))
        self.slots = {i: b.gep(self.copies, [I64(k)]) for k, i in enumerate(small)}
        for slot in self.slots.values():
            b.store(POINTER(None), slot)
        self.require(b.icmp_unsigned("==", self.function.args[2], I64(len(arguments))))
        for i, type in enumerate(arguments):
            thing = b.load(b.gep(self.function.args[1], [I64(i)]))
            b.store(self.data_of(thing, type, i), b.gep(inputs, [I64(i)]))
        for i in self.donated:
            self.require_own(i, arguments, inputs)
        arrays = self.targets(results, outputs)
        code = self.call_run(run, inputs, outputs)
        with b.if_then(b.icmp_unsigned("==", code, I32(OUT_OF_MEMORY)), likely=False):
            text = self.module.text("out_of_memory", NO_MEMORY)
            self.python("PyErr_SetString", ir.VoidType(), self.module.object("MemoryError"), text)
        self.drop_copies()
        self.fail_if(b.icmp_unsigned("!=", code, I32(0)), arrays, dropped=True)
        b.ret(self.tuple_of(results, arrays))
        b.position_at_end(self.refuse)
        self.drop_copies()
        self.python("Py_IncRef", ir.VoidType(), self.module.object("NotImplemented"))
        b.ret(self.module.object("NotImplemented"))

    def is_copied(self, i: int, type: ArrayType) -> bool:
        """Whether argument i is copied if not contiguous, which for small ones costs least."""
        own = i in self.donated or self.layouts.get(i) is not None
        return bool(type.shape) and type.nbytes < COPIED and not own

    def drop_copies(self) -> None:
        if self.slots:
            drop = self.module.helper("drop", ir.VoidType(), [TABLE, I64], emit_drop)
            self.b.call(drop, [self.copies, I64(len(self.slots))])

    def require_own(self, i: int, arguments: Sequence[ArrayType], inputs: Value) -> None:
        """That argument i may be written to, and no other one is in its memory."""
        b = self.b
        thing = b.load(b.gep(self.function.args[1], [I64(i)]))
        flags = b.and_(self.field(thing, FLAGS, I32), I32(WRITEABLE))
        self.require(b.icmp_unsigned("!=", flags, I32(0)))
        start = [b.ptrtoint(b.load(b.gep(inputs, [I64(j)])), I64) for j in range(len(arguments))]
        layouts = [self.layouts.get(j) for j in range(len(arguments))]
        sizes = [
            type.nbytes if layout is None else layout.span * type.dtype.itemsize
            for type, layout in zip(arguments, layouts, strict=True)
        ]
        for j in range(len(arguments)):
            if j != i:
                before = b.icmp_unsigned("<=", b.add(start[j], I64(sizes[j])), start[i])
                after = b.icmp_unsigned("<=", b.add(start[i], I64(sizes[i])), start[j])
                self.require(b.or_(before, after))

    def targets(self, results: Sequence[ArrayType], outputs: Value) -> list[Value | None]:
        """The arrays that will be the results, None for a scalar; `outputs` gets where the elements
        of those go that are no donated argument.
        """
        b = self.b
        given = {result: argument for argument, result in self.donated.items()}
        arrays: list[Value | None] = []
        fresh = 0
        for i, type in enumerate(results):
            if i in given:
                arrays.append(b.load(b.gep(self.function.args[1], [I64(given[i])])))
                self.python("Py_IncRef", ir.VoidType(), arrays[i])
                continue
            array = self.new_array(type, arrays) if type.shape else None
            arrays.append(array)
            room = self.scalar_room(i) if array is None else self.field(array, DATA, POINTER)
            b.store(room, b.gep(outputs, [I64(fresh)]))
            fresh += 1
        return arrays

    def scalar_room(self, i: int) -> Value:
        return self.b.bitcast(self.b.gep(self.scalars, [I64(2 * i)]), POINTER)

    def call_run(self, run: ir.Function, inputs: Value, outputs: Value) -> Value:
        """Call `run`, other Python threads running meanwhile if it is long and needs no Python."""
        if not self.release_gil:
            return self.b.call(run, [inputs, outputs])
        state = self.python("PyEval_SaveThread", POINTER)
        code = self.b.call(run, [inputs, outputs])
        self.python("PyEval_RestoreThread", ir.VoidType(), state)
        return code

    def python(self, name: str, result: ir.Type, *arguments: Value) -> Value:
        return self.b.call(
            self.module.declare(name, result, [a.type for a in arguments]), arguments
        )

    def field(self, thing: Value, offset: int, type: ir.Type) -> Value:
        """A field of a C struct."""
        return self.b.load(self.b.bitcast(self.b.gep(thing, [I64(offset)]), type.as_pointer()))

    def require(self, condition: Value) -> None:
        following = self.function.append_basic_block("check")
        self.b.cbranch(condition, following, self.refuse)
        self.b.position_at_end(following)

    def data_of(self, thing: Value, type: ArrayType, i: int) -> Value:
        """The address of the elements of argument i, or on to `refuse`."""
        layout = self.layouts.get(i)
        if layout is not None:
            data = self.data_of_array(thing, type, layout.strides)
            return self.b.gep(data, [I64(-layout.first * type.dtype.itemsize)])
        if type.shape or type.dtype.name not in SCALARS:
            return self.data_of_array(thing, type, slot=self.slots.get(i))
        b, kind = self.b, self.field(thing, TYPE, POINTER)
        wanted = b.load(b.gep(self.wanted, [I64(i)]))
        after = self.function.append_basic_block("after")
        found: list[tuple[Value, Any]] = []
        scalar = b.icmp_unsigned("==", kind, self.module.object(f"scalar_{type.dtype.name}"))
        with self.case(scalar, wanted, PYTHON, found, after):
            found.append((b.gep(thing, [I64(SCALAR_VALUE)]), b.block))
        if type.dtype.name in PYTHON_SCALARS:
            python = b.icmp_unsigned(
                "==", kind, self.module.object(PYTHON_SCALARS[type.dtype.name])
            )
            with self.case(python, wanted, ARRAY, found, after):
                found.append((self.python_scalar(thing, type.dtype), b.block))
        self.require(b.icmp_unsigned("!=", wanted, I8(PYTHON)))
        found.append((self.data_of_array(thing, type), b.block))
        b.branch(after)
        b.position_at_end(after)
        result = b.phi(POINTER)
        for value, block in found:
            result.add_incoming(value, block)
        return result

    @contextlib.contextmanager
    def case(
        self, matches: Value, wanted: Value, but: int, found: list[Any], after: ir.Block
    ) -> Iterator[None]:
        """The blocks for an argument that `matches`, unless it is `wanted` as something else."""
        here, others = (self.function.append_basic_block(n) for n in ("scalar", "other"))
        self.b.cbranch(matches, here, others)
        self.b.position_at_end(here)
        self.require(self.b.icmp_unsigned("!=", wanted, I8(but)))
        yield
        found[-1] = (found[-1][0], self.b.block)
        self.b.branch(after)
        self.b.position_at_end(others)

    def python_scalar(self, thing: Value, dtype: DType) -> Value:
        """The address of the value of a Python scalar, as one of `dtype`."""
        b = self.b
        value = b.gep(thing, [I64(SCALAR_VALUE)])
        if dtype.name in ("float64", "complex128"):
            return value
        with b.goto_entry_block():
            slot = b.alloca(I64)
        place = b.bitcast(slot, POINTER)
        if dtype.name == "int64":
            with b.goto_entry_block():
                overflow = b.alloca(I32)
            convert = ("PyLong_AsLongLongAndOverflow", I64, thing, b.bitcast(overflow, POINTER))
            b.store(self.python(*convert), slot)
            self.require(b.icmp_unsigned("==", b.load(overflow), I32(0)))
        elif dtype.name == "bool":
            true = b.icmp_unsigned("==", thing, self.module.object("True"))
            b.store(b.zext(true, I8), place)
        else:
            for k in range(1 + dtype.is_complex):
                double = b.load(b.bitcast(b.gep(value, [I64(8 * k)]), F64.as_pointer()))
                part = b.bitcast(b.gep(place, [I64(4 * k)]), F32.as_pointer())
                b.store(b.fptrunc(double, F32), part)
        return place

    def data_of_array(
        self,
        thing: Value,
        type: ArrayType,
        strides: Sequence[int] | None = None,
        slot: Value | None = None,
    ) -> Value:
        """The address of the first element of an array that is contiguous, or has these strides in
        elements; or of a copy, to be kept in the `slot`.
        """
        b = self.b
        self.require(
            b.icmp_unsigned("==", self.field(thing, TYPE, POINTER), self.module.object("ndarray"))
        )
        self.require(
            b.icmp_unsigned(
                "==",
                self.field(thing, DESCR, POINTER),
                self.module.object(f"dtype_{type.dtype.name}"),
            )
        )
        self.require(b.icmp_signed("==", self.field(thing, NDIM, I32), I32(len(type.shape))))
        if slot is not None:
            self.require_numbers(
                self.field(thing, DIMENSIONS, POINTER), dict(enumerate(type.shape))
            )
            contiguous = self.module.helper(
                "contiguous", POINTER, [POINTER, TABLE], emit_contiguous
            )
            data = b.call(contiguous, [thing, slot])
            self.require(b.icmp_unsigned("!=", data, POINTER(None)))
            return data
        wanted = I32(CONTIGUOUS_ALIGNED if strides is None else ALIGNED)
        flags = b.and_(self.field(thing, FLAGS, I32), wanted)
        self.require(b.icmp_unsigned("==", flags, wanted))
        self.require_numbers(self.field(thing, DIMENSIONS, POINTER), dict(enumerate(type.shape)))
        if strides is not None:
            size = type.dtype.itemsize
            moving = {i: s * size for i, s in enumerate(strides) if type.shape[i] > 1}
            self.require_numbers(self.field(thing, STRIDES, POINTER), moving)
        return self.field(thing, DATA, POINTER)

    def require_numbers(self, table: Value, expected: dict[int, int]) -> None:
        """That a table of integers has these at these places."""
        table = self.b.bitcast(table, I64.as_pointer())
        for i, n in expected.items():
            found = self.b.load(self.b.gep(table, [I64(i)]))
            self.require(self.b.icmp_signed("==", found, I64(n)))

    def new_array(self, type: ArrayType, made: Sequence[Value | None]) -> Value:
        """A fresh array; if there is no memory the entry gives up."""
        b, null = self.b, POINTER(None)
        shape = ir.GlobalVariable(
            self.module.module,
            ir.ArrayType(I64, len(type.shape)),
            self.module.module.get_unique_name("shape"),
        )
        shape.initializer = shape.value_type([I64(n) for n in type.shape])
        shape.global_constant = True
        shape.linkage = "internal"
        described = (
            I32(len(type.shape)),
            shape.bitcast(POINTER),
            I32(np.dtype(type.dtype.name).num),
        )
        if type.nbytes >= LARGE:
            new = self.module.library("results.new_array", POINTER, [a.type for a in described])
            array = b.call(new, described)
        else:
            rest = (null, null, I32(0), I32(0), null)
            ndarray = self.module.object("ndarray")
            array = self.python("polyad.PyArray_New", POINTER, ndarray, *described, *rest)
        self.fail_if(b.icmp_unsigned("==", array, null), made)
        return array

    def fail_if(
        self, condition: Value, made: Sequence[Value | None], dropped: bool = False
    ) -> None:
        """Drop what was made and return NULL: a Python error is set."""
        with self.b.if_then(condition, likely=False):
            if not dropped:
                self.drop_copies()
            for array in made:
                if array is not None:
                    self.python("Py_DecRef", ir.VoidType(), array)
            self.b.ret(POINTER(None))

    def tuple_of(self, results: Sequence[ArrayType], arrays: Sequence[Value | None]) -> Value:
        """The results as a tuple, 0-d ones as NumPy scalars."""
        b = self.b
        whole = self.python("PyTuple_New", POINTER, I64(len(results)))
        self.fail_if(b.icmp_unsigned("==", whole, POINTER(None)), arrays, dropped=True)
        for i, (type, array) in enumerate(zip(results, arrays, strict=True)):
            if array is None:
                array = self.python(
                    "polyad.PyArray_Scalar",
                    POINTER,
                    self.scalar_room(i),
                    self.module.object(f"dtype_{type.dtype.name}"),
                    POINTER(None),
                )
            self.python("PyTuple_SetItem", I32, whole, I64(i), array)
        return whole
