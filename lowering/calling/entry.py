"""The entry point: a CPython function of machine code, that takes NumPy arrays and gives a tuple.

It compares each argument with what was compiled for: exactly `numpy.ndarray`, the same dtype
object, rank, dimensions, C-contiguous (or of the strides compiled for) and aligned. For a 0-d
argument a NumPy scalar of that dtype will do as well, or a Python scalar where one is wanted. If
all fit it makes the results through NumPy's C API, calls the function's `run`, and returns;
otherwise it returns `NotImplemented`, and the caller goes a slower way.

The code is one for the process. What it is told of a function is a program, in the tuple that a
Python function has as its `self` (see `signature`).
"""

from __future__ import annotations

from llvmlite import ir

from ..llvm.codes import OUT_OF_MEMORY
from ..llvm.types import F32, F64, I8, I32, I64, POINTER, Value
from .objects import (
    ALIGNED,
    ARRAY,
    C_ORDER,
    CONTIGUOUS_ALIGNED,
    DATA,
    DESCR,
    DIMENSIONS,
    FLAGS,
    NDIM,
    PYTHON,
    SCALAR_VALUE,
    STRIDES,
    TABLE,
    TYPE,
    WRITEABLE,
)
from .procedures import NUMBERS, Procedures

ENTRY = "entry"
# What `self` begins with, in integers: where `run` is, whether other Python threads may run
# meanwhile, how many arguments there are, donated ones and results; then a record for each.
RUN, RELEASE, ARGUMENTS, DONATED, RESULTS, RECORDS = range(6)
# The record of an argument: its kind; of a scalar, what it is to be, the types of NumPy and Python
# that it may have, how the latter is converted; the dtype, rank, dimensions; where the elements are
# to be; of placed ones, how far behind the array's data, and the strides. Of a donated one: its
# number, and how many bytes each argument takes. Of a result: the donated argument that it is, or
# FRESH; what makes it, if it is large; the dtype's number and the dtype; rank, dimensions.
SHAPED, SCALAR = range(2)
AS_IT_IS, INTEGER, BOOLEAN, SINGLE, PAIR_OF_SINGLES = range(5)
CONTIGUOUS, COPIED, PLACED = range(3)
ANY = -(1 << 63)  # a stride that does not matter
FRESH = -1
REST_OF_SCALAR = 3  # numbers of a scalar's record from its dtype on

# The cursor: the program, where the elements of arguments are, copies made of arguments, values
# converted, where the elements of results go.
PROGRAM, INPUTS, COPIES, VALUES, OUTPUTS = range(5)
CURSOR = ir.LiteralStructType([NUMBERS, TABLE, TABLE, NUMBERS, TABLE])
VOID = ir.VoidType()
MAKER = ir.FunctionType(POINTER, [I32, POINTER, I32])  # of rank, shape and dtype number
NULL = POINTER(None)
NO_MEMORY = (
    "out of memory in compiled code: its arrays, or what its loops record for the reverse pass, do "
    "not fit\n  A loop records less with checkpoint=n."
)


class Entry(Procedures):
    """The module under construction."""

    def __init__(self) -> None:
        super().__init__("entry")
        cursor = CURSOR.as_pointer()
        self.drop = self.function("drop", ir.FunctionType(VOID, [TABLE, TABLE]))
        self.emit_drop()
        self.convert = self.function("convert", ir.FunctionType(I32, [POINTER, cursor]))
        self.emit_convert()
        self.locate = self.function("locate", ir.FunctionType(I32, [POINTER, cursor]))
        self.emit_locate()
        self.own = self.function("own", ir.FunctionType(I32, [TABLE, TABLE, I64, cursor]))
        self.emit_own()
        self.make = self.function("make", ir.FunctionType(I32, [TABLE, TABLE, I64, cursor]))
        self.emit_make()
        self.tuple = self.function("tuple", ir.FunctionType(POINTER, [TABLE, I64, NUMBERS, cursor]))
        self.emit_tuple()
        self.function(ENTRY, ir.FunctionType(POINTER, [POINTER, TABLE, I64]), exported=True)
        self.emit_entry()

    # -- Arguments

    def emit_locate(self) -> None:
        """locate(argument, cursor): 1 if it is what its record says; where its elements are is then
        among the inputs.
        """
        thing, cursor = self.f.args
        b = self.b
        with b.if_then(b.icmp_unsigned("==", self.next(cursor, PROGRAM), I64(SCALAR))):
            kind = b.ptrtoint(self.field(thing, TYPE, POINTER), I64)
            wanted, of_numpy, of_python = (self.next(cursor, PROGRAM) for _ in range(3))
            with b.if_then(b.icmp_unsigned("==", kind, of_numpy)):
                self.require(b.icmp_unsigned("!=", wanted, I64(PYTHON)))
                self.skip(cursor, PROGRAM, I64(1 + REST_OF_SCALAR))
                self.found(b.gep(thing, [I64(SCALAR_VALUE)]))
            with b.if_then(b.icmp_unsigned("==", kind, of_python)):
                self.require(b.icmp_unsigned("!=", wanted, I64(ARRAY)))
                b.ret(b.call(self.convert, [thing, cursor]))
            self.require(b.icmp_unsigned("!=", wanted, I64(PYTHON)))
            self.skip(cursor, PROGRAM, I64(1))
        self.require_type(thing, "ndarray")
        dtype = self.pointer(self.next(cursor, PROGRAM))
        self.require(b.icmp_unsigned("==", self.field(thing, DESCR, POINTER), dtype))
        rank = self.next(cursor, PROGRAM)
        self.require(b.icmp_unsigned("==", self.field(thing, NDIM, I32), b.trunc(rank, I32)))
        dimensions = self.field(thing, DIMENSIONS, NUMBERS)

        def compare(i: Value) -> None:
            size = b.load(b.gep(dimensions, [i]))
            self.require(b.icmp_unsigned("==", size, self.next(cursor, PROGRAM)))

        self.repeat(rank, compare)
        self.cases(
            self.next(cursor, PROGRAM),
            {
                CONTIGUOUS: self.contiguous,
                COPIED: self.copied,
                PLACED: lambda: self.placed(rank),
            },
        )

    def found(self, address: Value) -> None:
        self.put(self.f.args[1], INPUTS, address)
        self.b.ret(I32(1))

    def has_flags(self, thing: Value, wanted: int) -> Value:
        flags = self.b.and_(self.field(thing, FLAGS, I32), I32(wanted))
        return self.b.icmp_unsigned("==", flags, I32(wanted))

    def contiguous(self) -> None:
        thing, _ = self.f.args
        self.require(self.has_flags(thing, CONTIGUOUS_ALIGNED))
        self.found(self.field(thing, DATA, POINTER))

    def copied(self) -> None:
        """Where they are if the array is contiguous, or in a copy that is."""
        thing, cursor = self.f.args
        b = self.b
        with b.if_then(self.has_flags(thing, CONTIGUOUS_ALIGNED), likely=True):
            self.found(self.field(thing, DATA, POINTER))
        copy = self.python("polyad.PyArray_NewCopy", POINTER, thing, I32(C_ORDER))
        with b.if_then(b.icmp_unsigned("==", copy, NULL), likely=False):
            self.python("PyErr_Clear", VOID)
            b.ret(I32(0))
        self.put(cursor, COPIES, copy)
        self.found(self.field(copy, DATA, POINTER))

    def placed(self, rank: Value) -> None:
        """At the strides of the program."""
        thing, cursor = self.f.args
        b = self.b
        self.require(self.has_flags(thing, ALIGNED))
        offset, strides = self.next(cursor, PROGRAM), self.field(thing, STRIDES, NUMBERS)

        def compare(i: Value) -> None:
            wanted, stride = self.next(cursor, PROGRAM), b.load(b.gep(strides, [i]))
            fits = b.icmp_unsigned("==", stride, wanted)
            self.require(b.or_(fits, b.icmp_unsigned("==", wanted, I64(ANY))))

        self.repeat(rank, compare)
        self.found(b.gep(self.field(thing, DATA, POINTER), [offset]))

    def emit_convert(self) -> None:
        """convert(scalar, cursor): the same of a Python scalar, in the dtype of the argument."""
        thing, cursor = self.f.args
        b = self.b
        value = b.gep(thing, [I64(SCALAR_VALUE)])
        conversion = self.next(cursor, PROGRAM)
        self.skip(cursor, PROGRAM, I64(REST_OF_SCALAR))
        overflow = b.alloca(I32)
        into = lambda: b.bitcast(self.skip(cursor, VALUES, I64(1)), POINTER)

        def integer() -> None:
            number = self.python(
                "PyLong_AsLongLongAndOverflow", I64, thing, b.bitcast(overflow, POINTER)
            )
            self.require(b.icmp_unsigned("==", b.load(overflow), I32(0)))
            place = into()
            b.store(number, b.bitcast(place, NUMBERS))
            self.found(place)

        def boolean() -> None:
            place = into()
            b.store(b.zext(self.is_object(thing, "True"), I8), place)
            self.found(place)

        def single(parts: int) -> None:
            place = into()
            for k in range(parts):
                double = self.field(value, 8 * k, F64)
                part = b.bitcast(b.gep(place, [I64(4 * k)]), F32.as_pointer())
                b.store(b.fptrunc(double, F32), part)
            self.found(place)

        self.cases(
            conversion,
            {
                AS_IT_IS: lambda: self.found(value),
                INTEGER: integer,
                BOOLEAN: boolean,
                SINGLE: lambda: single(1),
                PAIR_OF_SINGLES: lambda: single(2),
            },
        )

    def emit_own(self) -> None:
        """own(arguments, inputs, count, cursor): 1 if a donated argument may be written to, and no
        other one is in its memory.
        """
        arguments, inputs, count, cursor = self.f.args
        b = self.b
        mine = self.next(cursor, PROGRAM)
        sizes = self.skip(cursor, PROGRAM, count)
        self.require(self.has_flags(b.load(b.gep(arguments, [mine])), WRITEABLE))

        def ends(i: Value) -> tuple[Value, Value]:
            start = b.ptrtoint(b.load(b.gep(inputs, [i])), I64)
            return start, b.add(start, b.load(b.gep(sizes, [i])))

        start, stop = ends(mine)

        def apart(i: Value) -> None:
            low, high = ends(i)
            before, behind = b.icmp_unsigned("<=", high, start), b.icmp_unsigned("<=", stop, low)
            self.require(b.or_(b.icmp_unsigned("==", i, mine), b.or_(before, behind)))

        self.repeat(count, apart)
        b.ret(I32(1))

    def emit_drop(self) -> None:
        """drop(from, to): give up the objects in a table, of which some may be NULL."""
        start, stop = self.f.args
        b = self.b
        count = b.sdiv(b.sub(b.ptrtoint(stop, I64), b.ptrtoint(start, I64)), I64(8))

        def step(i: Value) -> None:
            thing = b.load(b.gep(start, [i]))
            with b.if_then(b.icmp_unsigned("!=", thing, NULL)):
                self.python("Py_DecRef", VOID, thing)

        self.repeat(count, step)
        b.ret_void()

    # -- Results

    def record(self, cursor: Value) -> tuple[Value, Value, Value, Value, Value, Value]:
        """The record of a result: which it is, its maker, dtype number and dtype, rank,
        dimensions.
        """
        given, maker, number, dtype, rank = (self.next(cursor, PROGRAM) for _ in range(5))
        return given, maker, number, dtype, rank, self.skip(cursor, PROGRAM, rank)

    def emit_make(self) -> None:
        """make(arguments, results, count, cursor): 1 if there is an array for each result, or NULL
        for a scalar, in the table of results; where their elements go is among the outputs. If
        there is no memory, a Python error is set, and there is none in the table.
        """
        arguments, results, count, cursor = self.f.args
        b = self.b

        def step(i: Value) -> None:
            given, maker, number, _, rank, dimensions = self.record(cursor)
            place, value = b.gep(results, [i]), self.skip(cursor, VALUES, I64(2))
            b.store(NULL, place)
            fresh = b.icmp_signed("==", given, I64(FRESH))
            scalar = b.icmp_unsigned("==", rank, I64(0))
            with b.if_then(b.not_(fresh)):
                array = b.load(b.gep(arguments, [given]))
                self.python("Py_IncRef", VOID, array)
                b.store(array, place)
            with b.if_then(b.and_(fresh, scalar)):
                self.put(cursor, OUTPUTS, b.bitcast(value, POINTER))
            with b.if_then(b.and_(fresh, b.not_(scalar))):
                array = self.new_array(maker, number, rank, dimensions)
                with b.if_then(b.icmp_unsigned("==", array, NULL), likely=False):
                    b.call(self.drop, [results, place])
                    b.ret(I32(0))
                b.store(array, place)
                self.put(cursor, OUTPUTS, self.field(array, DATA, POINTER))

        self.repeat(count, step)
        b.ret(I32(1))

    def new_array(self, maker: Value, number: Value, rank: Value, dimensions: Value) -> Value:
        """A fresh array, or NULL."""
        b, kind = self.b, self.module.object("ndarray")
        number, rank = (b.trunc(n, I32) for n in (number, rank))
        described = (rank, b.bitcast(dimensions, POINTER), number)
        with b.goto_entry_block():
            made = b.alloca(POINTER)
        with b.if_else(b.icmp_unsigned("==", maker, I64(0))) as (small, large):
            with small:
                rest = (NULL, NULL, I32(0), I32(0), NULL)
                array = self.python("polyad.PyArray_New", POINTER, kind, *described, *rest)
                b.store(array, made)
            with large:
                function = b.inttoptr(maker, MAKER.as_pointer())
                b.store(b.call(function, described), made)
        return b.load(made)

    def emit_tuple(self) -> None:
        """tuple(results, count, values, cursor): the results in a tuple, 0-d ones as NumPy scalars
        of the values; NULL if there is no memory.
        """
        results, count, values, cursor = self.f.args
        b = self.b
        whole = self.python("PyTuple_New", POINTER, count)
        with b.if_then(b.icmp_unsigned("==", whole, NULL), likely=False):
            b.call(self.drop, [results, b.gep(results, [count])])
            b.ret(NULL)

        def step(i: Value) -> None:
            dtype = self.record(cursor)[3]
            place = b.gep(results, [i])
            with b.if_then(b.icmp_unsigned("==", b.load(place), NULL)):
                value = b.bitcast(b.gep(values, [b.mul(i, I64(2))]), POINTER)
                scalar = ("polyad.PyArray_Scalar", POINTER, value, self.pointer(dtype), NULL)
                b.store(self.python(*scalar), place)
            self.python("PyTuple_SetItem", I32, whole, i, b.load(place))

        self.repeat(count, step)
        b.ret(whole)

    # -- The whole

    def emit_entry(self) -> None:
        """entry(self, arguments, count): see above."""
        _, arguments, given = self.f.args
        b = self.b
        numbers = b.bitcast(self.head(), NUMBERS)
        number = lambda which: b.load(b.gep(numbers, [I64(which)]))
        count, results = number(ARGUMENTS), number(RESULTS)
        tables = [b.alloca(POINTER, size=size) for size in (count, count, results, results)]
        inputs, copies, outputs, made = tables
        converted = b.alloca(I64, size=count)
        values = b.alloca(I64, size=b.mul(results, I64(2)))
        values.align = 16
        cursor = b.alloca(CURSOR)
        starts = b.gep(numbers, [I64(RECORDS)]), inputs, copies, converted, outputs
        for which, start in enumerate(starts):
            self.point(cursor, which, start)
        drop = lambda: b.call(self.drop, [copies, self.skip(cursor, COPIES, I64(0))])
        refuse = b.append_basic_block("refuse")
        with b.goto_block(refuse):
            drop()
            self.python("Py_IncRef", VOID, self.module.object("NotImplemented"))
            b.ret(self.module.object("NotImplemented"))
        self.unless(b.icmp_unsigned("==", given, count), refuse)
        ok = lambda done: self.unless(b.icmp_unsigned("==", done, I32(1)), refuse)
        argument = lambda i: b.load(b.gep(arguments, [i]))
        self.repeat(count, lambda i: ok(b.call(self.locate, [argument(i), cursor])))
        own = [arguments, inputs, count, cursor]
        self.repeat(number(DONATED), lambda _: ok(b.call(self.own, own)))
        records = self.skip(cursor, PROGRAM, I64(0))
        self.point(cursor, VALUES, values)
        done = b.call(self.make, [arguments, made, results, cursor])
        with b.if_then(b.icmp_unsigned("==", done, I32(0)), likely=False):
            drop()
            b.ret(NULL)
        code = self.call_run(number(RUN), number(RELEASE), inputs, outputs)
        drop()
        with b.if_then(b.icmp_unsigned("!=", code, I32(0)), likely=False):
            with b.if_then(b.icmp_unsigned("==", code, I32(OUT_OF_MEMORY))):
                text = self.module.text("out_of_memory", NO_MEMORY)
                self.python("PyErr_SetString", VOID, self.module.object("MemoryError"), text)
            b.call(self.drop, [made, b.gep(made, [results])])
            b.ret(NULL)
        self.point(cursor, PROGRAM, records)
        b.ret(b.call(self.tuple, [made, results, values, cursor]))

    def call_run(self, run: Value, release: Value, inputs: Value, outputs: Value) -> Value:
        """Call `run`, other Python threads running meanwhile if it is long and needs no Python."""
        b = self.b
        function = b.inttoptr(run, ir.FunctionType(I32, [TABLE, TABLE]).as_pointer())
        code = b.alloca(I32)
        with b.if_else(b.icmp_unsigned("!=", release, I64(0))) as (long, short):
            with long:
                state = self.python("PyEval_SaveThread", POINTER)
                b.store(b.call(function, [inputs, outputs]), code)
                self.python("PyEval_RestoreThread", VOID, state)
            with short:
                b.store(b.call(function, [inputs, outputs]), code)
        return b.load(code)
