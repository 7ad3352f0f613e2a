"""The entry point for PyTorch's tensors, which go in and come out without Python code.

It reads a tensor through the table of C functions of DLPack's exchange protocol, and makes results
through it (https://dmlc.github.io/dlpack/latest/c_api.html, `DLPackExchangeAPI`; the structs'
layouts are those of dlpack.h 1.x). That table tells nothing of what a tensor means to autograd, so
the tensor itself is asked. Left to the slower way are a tensor with `requires_grad` while PyTorch
records, one with a tangent, with a lazy sign or conjugation, a subclass other than `Parameter`, one
elsewhere than in host memory, and a call under another default dtype than that of the trace.

A small result lies in one block with its description, which the tensor's end frees. A large one is
in the memory that large NumPy results have (`runtime.results`).
"""

from __future__ import annotations

from llvmlite import ir

from polyad.system import SYSTEM

from ..llvm.types import I32, I64, POINTER, Value
from ..llvm.writer import NULL, VOID
from .arguments import ANY, CONTIGUOUS, COPIED, COPIES, CURSOR, SCALAR, SCRIPT, STRIDED
from .arguments import OUTPUTS as OUT
from .entry import MAKER, Entry
from .objects import ALIGNED, C_ORDER, DATA, TYPE
from .procedures import NUMBERS, TABLE, Procedure

ENTRY_OF_TENSORS = "entry_of_tensors"
TENSOR = 2  # the kind of an argument, beside SHAPED and SCALAR
# The record of a tensor: TENSOR, the library, the dtype as DLPack's word, the size of an element,
# the dtype's number of NumPy, the questions to ask, rank and dimensions; then as an array's record.
NOTHING, NEGATIVE, CONJUGATE = range(3)  # questions: each and those before it
# The library: addresses of Python objects and C functions, in this order.
CLASS, EXPORT, IMPORT, REQUIRES_GRAD, IS_NEG, IS_CONJ, FORWARD, LEVEL, NO_LEVEL = range(9)
PARAMETER, RECORDS, DEFAULT_OF, DEFAULT = range(9, 13)

# Offsets in DLTensor, and in DLManagedTensorVersioned.
T_DATA, T_DEVICE, T_NDIM, T_DTYPE, T_SHAPE, T_STRIDES, T_OFFSET, T_SIZE = (
    *(0, 8, 16, 20, 24, 32, 40),
    48,
)
VERSION, CONTEXT, DELETER, FLAGS, MANAGED = 0, 8, 16, 24, 32
DESCRIBED = MANAGED + T_SIZE  # the bytes in front of shape and strides
MAJOR_MINOR = 1 | (1 << 32)
HOST = 1  # kDLCPU
ALIGNMENT = 64

EXPORTER = ir.FunctionType(I32, [POINTER, POINTER])
IMPORTER = ir.FunctionType(I32, [POINTER, TABLE])
FREE = ir.FunctionType(VOID, [POINTER])


class EntryOfTensors(Entry):
    """The module of the entry point for tensors."""

    entry_name = ENTRY_OF_TENSORS

    # -- Arguments

    def emit_locate(self) -> ir.Function:
        """locate(argument, cursor): as for arrays."""
        b = self.begin("locate", I32, POINTER, CURSOR.as_pointer())
        thing, cursor = b.args
        with b.if_then(b.equal(b.next(cursor, SCRIPT), I64(SCALAR))):
            _, _, python = (b.next(cursor, SCRIPT) for _ in range(3))
            b.require(b.equal(b.ptrtoint(b.field(thing, TYPE, POINTER), I64), python))
            b.ret(b.call(self.convert, [thing, cursor]))
        library = b.inttoptr(b.next(cursor, SCRIPT), NUMBERS)
        dtype, size, number, questions = (b.next(cursor, SCRIPT) for _ in range(4))
        kind = b.ptrtoint(b.field(thing, TYPE, POINTER), I64)
        known = [b.equal(kind, b.item(library, each)) for each in (CLASS, PARAMETER)]
        b.require(b.or_(*known))
        self.ask(b, thing, library, questions)
        tensor = b.room(T_SIZE, 8)
        export = b.inttoptr(b.item(library, EXPORT), EXPORTER.as_pointer())
        failed = b.icmp_signed("!=", b.call(export, [thing, tensor]), I32(0))
        with b.if_then(failed, likely=False):
            b.extern("PyErr_Clear", VOID)
            b.refuse()
        b.require(b.equal(b.field(tensor, T_DEVICE, I32), I32(HOST)))
        b.require(b.equal(b.field(tensor, T_DTYPE, I32), b.trunc(dtype, I32)))
        rank = b.next(cursor, SCRIPT)
        b.require(b.equal(b.field(tensor, T_NDIM, I32), b.trunc(rank, I32)))
        dimensions, strides = (b.field(tensor, at, NUMBERS) for at in (T_SHAPE, T_STRIDES))
        with b.over(rank) as i:
            b.require(b.equal(b.item(dimensions, i), b.next(cursor, SCRIPT)))
        data = b.gep(b.field(tensor, T_DATA, POINTER), [b.field(tensor, T_OFFSET)])
        b.require(b.is_there(data))
        self.require_aligned(b, data, size)

        def copied() -> None:
            with b.if_then(self.is_contiguous(b, rank, dimensions, strides), likely=True):
                self.found(b, data)
            self.copy_of(b, data, number, size, rank, dimensions, strides)

        def contiguous() -> None:
            b.require(self.is_contiguous(b, rank, dimensions, strides))
            self.found(b, data)

        def strided() -> None:
            offset = b.next(cursor, SCRIPT)
            with b.over(rank) as i:
                wanted, stride = b.next(cursor, SCRIPT), b.mul(b.item(strides, i), size)
                b.require(b.or_(b.equal(stride, wanted), b.equal(wanted, I64(ANY))))
            self.found(b, b.gep(data, [offset]))

        steps = {CONTIGUOUS: contiguous, COPIED: copied, STRIDED: strided}
        b.choose(b.next(cursor, SCRIPT), steps)
        return b.function

    def ask(self, b: Procedure, thing: Value, library: Value, questions: Value) -> None:
        """Require that the tensor has no history, and that its elements are those in memory."""
        object_ = lambda which: b.pointer(b.item(library, which))
        level = b.extern("PyDict_GetItem", POINTER, object_(FORWARD), object_(LEVEL))
        b.require(b.equal(level, object_(NO_LEVEL)))
        ask = lambda which: b.extern("PyObject_CallNoArgs", POINTER, object_(which))
        with b.if_then(b.not_(b.equal(b.item(library, DEFAULT), I64(0)))):
            default = self.answer(b, ask(DEFAULT_OF))
            b.require(b.equal(default, object_(DEFAULT)))
        requires = b.extern("PyObject_GetAttr", POINTER, thing, object_(REQUIRES_GRAD))
        with b.if_then(b.not_(b.is_object(self.answer(b, requires), "False")), likely=False):
            self.require_false(b, ask(RECORDS))
        for question, method in ((NEGATIVE, IS_NEG), (CONJUGATE, IS_CONJ)):
            with b.if_then(b.icmp_signed(">=", questions, I64(question))):
                answer = b.extern("PyObject_CallOneArg", POINTER, object_(method), thing)
                self.require_false(b, answer)

    def answer(self, b: Procedure, answer: Value) -> Value:
        """An object that outlives the call (True, False, a dtype), and is given back here."""
        with b.if_then(b.is_null(answer), likely=False):
            b.extern("PyErr_Clear", VOID)
            b.refuse()
        b.drop(answer)
        return answer

    def require_false(self, b: Procedure, answer: Value) -> None:
        b.require(b.is_object(self.answer(b, answer), "False"))

    def require_aligned(self, b: Procedure, data: Value, size: Value) -> None:
        """Require an address that is a multiple of the element's size, or of 8."""
        least = b.least(size, I64(8))
        low = b.and_(b.ptrtoint(data, I64), b.sub(least, I64(1)))
        b.require(b.equal(low, I64(0)))

    def is_contiguous(self, b: Procedure, rank: Value, dimensions: Value, strides: Value) -> Value:
        """Whether elements follow each other by rows."""
        wanted, fits = b.slot(I64, I64(1)), b.slot(I32, I32(1))
        b.store(I64(1), wanted)
        b.store(I32(1), fits)
        with b.over(rank) as k:
            i = b.sub(b.sub(rank, I64(1)), k)
            n, stride, expected = b.item(dimensions, i), b.item(strides, i), b.load(wanted)
            other = b.and_(b.not_(b.equal(stride, expected)), b.not_(b.equal(n, I64(1))))
            with b.if_then(other, likely=False):
                b.store(I32(0), fits)
            b.store(b.mul(expected, n), wanted)
        return b.equal(b.load(fits), I32(1))

    def copy_of(
        self,
        b: Procedure,
        data: Value,
        number: Value,
        size: Value,
        rank: Value,
        dimensions: Value,
        strides: Value,
    ) -> None:
        """Copy elements with strides, through an array on them."""
        in_bytes = b.alloca(I64, size=b.add(rank, I64(1)))
        with b.over(rank) as i:
            b.store(b.mul(b.item(strides, i), size), b.gep(in_bytes, [i]))
        type_ = self.object("ndarray")
        described = b.trunc(rank, I32), b.bitcast(dimensions, POINTER), b.trunc(number, I32)
        rest = b.bitcast(in_bytes, POINTER), data, I32(0), I32(ALIGNED), NULL
        view = b.extern("polyad.PyArray_New", POINTER, type_, *described, *rest)
        with b.if_then(b.is_null(view), likely=False):
            b.extern("PyErr_Clear", VOID)
            b.refuse()
        copy = b.extern("polyad.PyArray_NewCopy", POINTER, view, I32(C_ORDER))
        b.drop(view)
        with b.if_then(b.is_null(copy), likely=False):
            b.extern("PyErr_Clear", VOID)
            b.refuse()
        b.put(b.args[1], COPIES, copy)
        self.found(b, b.field(copy, DATA, POINTER))

    # -- Results

    def record(self, b: Procedure, cursor: Value) -> tuple[Value, ...]:
        """The record of a result: the maker of its memory if it is large, the dtype's number of
        NumPy, the bytes of its block, where its elements begin there, the dtype as DLPack's word,
        rank, and dimensions with strides.
        """
        maker, number, size, start, dtype, rank = (b.next(cursor, SCRIPT) for _ in range(6))
        return maker, number, size, start, dtype, rank, b.skip(cursor, SCRIPT, b.add(rank, rank))

    def emit_discard(self) -> ir.Function:
        """discard(from, to): free the blocks in a table, of which some may be NULL."""
        self.free_small, self.free_large = self.emit_free(False), self.emit_free(True)
        b = self.begin("discard", VOID, TABLE, TABLE)
        start, stop = b.args
        count = b.sdiv(b.sub(b.ptrtoint(stop, I64), b.ptrtoint(start, I64)), I64(8))
        with b.over(count) as i:
            block = b.item(start, i)
            with b.if_then(b.is_there(block)):
                function = b.field(block, DELETER, FREE.as_pointer())
                b.call(function, [block])
        b.ret_void()
        return b.function

    def emit_free(self, large: bool) -> ir.Function:
        """The deleter of a block. PyTorch calls it on any thread, with Python's lock or without."""
        b = self.begin("free_large" if large else "free_small", VOID, POINTER)
        (block,) = b.args
        if large:
            alive = b.icmp_signed("!=", b.extern("Py_IsInitialized", I32), I32(0))
            with b.if_then(alive):
                state = b.extern("PyGILState_Ensure", I32)
                b.drop(b.field(block, CONTEXT, POINTER))
                b.extern("PyGILState_Release", VOID, state)
        b.extern("free", VOID, block)
        b.ret_void()
        return b.function

    def emit_make(self) -> ir.Function:
        """make(arguments, results, count, cursor): 1 if the table of results holds a block for
        each; the addresses of their elements are among the outputs. If there is no memory, a Python
        error is set, and there is none in the table.
        """
        b = self.begin("make", I32, TABLE, TABLE, I64, CURSOR.as_pointer())
        _, results, count, cursor = b.args
        with b.over(count) as i:
            maker, number, size, start, dtype, rank, described = self.record(b, cursor)
            place = b.gep(results, [i])
            b.store(NULL, place)
            into = b.bitcast(place, POINTER), I64(ALIGNMENT), size
            code = b.extern(SYSTEM.aligned, I32, *into)
            with b.if_then(b.icmp_signed("!=", code, I32(0)), likely=False):
                b.store(NULL, place)
                b.extern("PyErr_NoMemory", POINTER)
                b.call(self.discard, [results, place])
                b.ret(I32(0))
            block = b.load(place)
            small = b.equal(maker, I64(0))
            deleter = b.select(small, self.free_small, self.free_large)
            for value, at in ((I64(MAJOR_MINOR), VERSION), (deleter, DELETER), (I64(0), FLAGS)):
                b.set_field(value, block, at)

            def large() -> Value:
                function = b.inttoptr(maker, MAKER.as_pointer())
                dimensions = b.bitcast(described, POINTER)
                array = b.call(function, [b.trunc(rank, I32), dimensions, b.trunc(number, I32)])
                with b.if_then(b.is_null(array), likely=False):
                    b.extern("free", VOID, block)
                    b.call(self.discard, [results, place])
                    b.ret(I32(0))
                b.set_field(array, block, CONTEXT)
                return b.field(array, DATA, POINTER)

            data = b.either(small, lambda: b.gep(block, [start]), large)
            shape = b.gep(block, [I64(DESCRIBED)])
            bytes_ = b.mul(rank, I64(8))
            b.copy(shape, b.bitcast(described, POINTER), b.mul(rank, I64(16)))
            for value, at in (
                (data, T_DATA),
                (I64(HOST), T_DEVICE),
                (b.trunc(rank, I32), T_NDIM),
                (b.trunc(dtype, I32), T_DTYPE),
                (shape, T_SHAPE),
                (b.gep(shape, [bytes_]), T_STRIDES),
                (I64(0), T_OFFSET),
            ):
                b.set_field(value, block, MANAGED + at)
            b.put(cursor, OUT, data)
        b.ret(I32(1))
        return b.function

    def emit_tuple(self) -> ir.Function:
        """tuple(results, count, values, cursor, library): the results as tensors in a tuple, which
        own the blocks; NULL with a Python error.
        """
        b = self.begin("tuple", POINTER, TABLE, I64, NUMBERS, CURSOR.as_pointer(), I64)
        results, count, _, _, library = b.args
        whole = b.extern("PyTuple_New", POINTER, count)
        with b.if_then(b.is_null(whole), likely=False):
            b.call(self.discard, [results, b.gep(results, [count])])
            b.ret(NULL)
        address = b.item(b.inttoptr(library, NUMBERS), IMPORT)
        function, made = b.inttoptr(address, IMPORTER.as_pointer()), b.slot(POINTER)
        with b.over(count) as i:
            failed = b.icmp_signed("!=", b.call(function, [b.item(results, i), made]), I32(0))
            with b.if_then(failed, likely=False):
                b.drop(whole)
                b.call(self.discard, [b.gep(results, [b.add(i, I64(1))]), b.gep(results, [count])])
                b.ret(NULL)
            b.extern("PyTuple_SetItem", I32, whole, i, b.load(made))
        b.ret(whole)
        return b.function
