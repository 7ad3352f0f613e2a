"""The entry point: a CPython function in machine code that takes NumPy arrays and gives a tuple.

It compares each argument with the expected type: exactly `numpy.ndarray`, the same dtype object,
rank, dimensions, C-contiguous (or the strides of its layout) and aligned. A 0-d argument may also
be a NumPy scalar of that dtype, or a Python scalar where one is wanted. If all fit, it makes the
results through NumPy's C API, calls the function's `run`, and returns; else it returns
`NotImplemented`, and the caller takes a slower way.

The process has this code once. The facts about a function are a script, in the tuple that is the
`self` of its Python function (see `signature`).
"""

from __future__ import annotations

from llvmlite import ir

from ..llvm.codes import OUT_OF_MEMORY
from ..llvm.types import F32, F64, I8, I32, I64, POINTER, Value
from ..llvm.writer import NULL, VOID
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
    TYPE,
    WRITEABLE,
)
from .procedures import NUMBERS, TABLE, Procedure, Procedures

ENTRY = "entry"
# The integers that `self` begins with: the address of `run`; whether other Python threads may run
# meanwhile; the numbers of arguments, of donated ones, and of results; then a record for each.
RUN, RELEASE, ARGUMENTS, DONATED, RESULTS, RECORDS = range(6)
# The record of an argument: SHAPED, or SCALAR with the wanted kind of scalar (see `objects`), the
# types of NumPy and Python for it, and its conversion; then dtype, rank and dimensions; then where
# its elements must be: CONTIGUOUS, COPIED if they are not, or STRIDED, with their offset in bytes
# and the strides.
# The record of a donated argument: its number, and the bytes of each argument.
# The record of a result: the number of the donated argument that it is, or FRESH; the address of
# its maker, if it is large; the dtype's number and the dtype; rank and dimensions.
SHAPED, SCALAR = range(2)
AS_IT_IS, INTEGER, BOOLEAN, SINGLE, PAIR_OF_SINGLES = range(5)
CONTIGUOUS, COPIED, STRIDED = range(3)
ANY = -(1 << 63)  # a stride that does not matter
FRESH = -1
REST_OF_SCALAR = 3  # numbers of a scalar's record from its dtype on

# The cursor: the script, the addresses of arguments' elements, copies of arguments, converted
# values, the addresses of results' elements.
SCRIPT, INPUTS, COPIES, VALUES, OUTPUTS = range(5)
CURSOR = ir.LiteralStructType([NUMBERS, TABLE, TABLE, NUMBERS, TABLE])
MAKER = ir.FunctionType(POINTER, [I32, POINTER, I32])  # of rank, shape and dtype number
NO_MEMORY = (
    "out of memory in compiled code: its arrays, or what its loops record for the reverse pass, do "
    "not fit\n  A loop records less with checkpoint=n."
)


class Entry(Procedures):
    """The module of the entry point."""

    def __init__(self) -> None:
        super().__init__("entry")
        self.drop = self.emit_drop()
        self.convert = self.emit_convert()
        self.locate = self.emit_locate()
        self.own = self.emit_own()
        self.make = self.emit_make()
        self.tuple = self.emit_tuple()
        self.emit_entry()

    # -- Arguments

    def emit_locate(self) -> ir.Function:
        """locate(argument, cursor): 1 if it is as its record says; the address of its elements is
        then among the inputs.
        """
        b = self.begin("locate", I32, POINTER, CURSOR.as_pointer())
        thing, cursor = b.args
        with b.if_then(b.equal(b.next(cursor, SCRIPT), I64(SCALAR))):
            kind = b.ptrtoint(b.field(thing, TYPE, POINTER), I64)
            wanted, of_numpy, of_python = (b.next(cursor, SCRIPT) for _ in range(3))
            with b.if_then(b.equal(kind, of_numpy)):
                b.require(b.icmp_unsigned("!=", wanted, I64(PYTHON)))
                b.skip(cursor, SCRIPT, I64(1 + REST_OF_SCALAR))
                self.found(b, b.gep(thing, [I64(SCALAR_VALUE)]))
            with b.if_then(b.equal(kind, of_python)):
                b.require(b.icmp_unsigned("!=", wanted, I64(ARRAY)))
                b.ret(b.call(self.convert, [thing, cursor]))
            b.require(b.icmp_unsigned("!=", wanted, I64(PYTHON)))
            b.skip(cursor, SCRIPT, I64(1))
        b.require_type(thing, "ndarray")
        dtype = b.pointer(b.next(cursor, SCRIPT))
        b.require(b.equal(b.field(thing, DESCR, POINTER), dtype))
        rank = b.next(cursor, SCRIPT)
        b.require(b.equal(b.field(thing, NDIM, I32), b.trunc(rank, I32)))
        dimensions = b.field(thing, DIMENSIONS, NUMBERS)

        with b.over(rank) as i:
            b.require(b.equal(b.item(dimensions, i), b.next(cursor, SCRIPT)))
        b.choose(
            b.next(cursor, SCRIPT),
            {
                CONTIGUOUS: lambda: self.contiguous(b),
                COPIED: lambda: self.copied(b),
                STRIDED: lambda: self.strided(b, rank),
            },
        )
        return b.function

    def found(self, b: Procedure, address: Value) -> None:
        """Note the address of an argument's elements, and return 1."""
        b.put(b.args[1], INPUTS, address)
        b.ret(I32(1))

    def has_flags(self, b: Procedure, thing: Value, wanted: int) -> Value:
        flags = b.and_(b.field(thing, FLAGS, I32), I32(wanted))
        return b.equal(flags, I32(wanted))

    def contiguous(self, b: Procedure) -> None:
        thing, _ = b.args
        b.require(self.has_flags(b, thing, CONTIGUOUS_ALIGNED))
        self.found(b, b.field(thing, DATA, POINTER))

    def copied(self, b: Procedure) -> None:
        """The array if it is contiguous, else a contiguous copy."""
        thing, cursor = b.args
        with b.if_then(self.has_flags(b, thing, CONTIGUOUS_ALIGNED), likely=True):
            self.found(b, b.field(thing, DATA, POINTER))
        copy = b.extern("polyad.PyArray_NewCopy", POINTER, thing, I32(C_ORDER))
        with b.if_then(b.is_null(copy), likely=False):
            b.extern("PyErr_Clear", VOID)
            b.ret(I32(0))
        b.put(cursor, COPIES, copy)
        self.found(b, b.field(copy, DATA, POINTER))

    def strided(self, b: Procedure, rank: Value) -> None:
        """The array at the strides of the script."""
        thing, cursor = b.args
        b.require(self.has_flags(b, thing, ALIGNED))
        offset, strides = b.next(cursor, SCRIPT), b.field(thing, STRIDES, NUMBERS)
        with b.over(rank) as i:
            wanted, stride = b.next(cursor, SCRIPT), b.item(strides, i)
            fits = b.equal(stride, wanted)
            b.require(b.or_(fits, b.equal(wanted, I64(ANY))))
        self.found(b, b.gep(b.field(thing, DATA, POINTER), [offset]))

    def emit_convert(self) -> ir.Function:
        """convert(scalar, cursor): `locate` of a Python scalar, in the dtype of the argument."""
        b = self.begin("convert", I32, POINTER, CURSOR.as_pointer())
        thing, cursor = b.args
        value = b.gep(thing, [I64(SCALAR_VALUE)])
        conversion = b.next(cursor, SCRIPT)
        b.skip(cursor, SCRIPT, I64(REST_OF_SCALAR))
        into = lambda: b.bitcast(b.skip(cursor, VALUES, I64(1)), POINTER)

        def integer() -> None:
            overflow = b.slot(I32)
            place = b.bitcast(overflow, POINTER)
            number = b.extern("PyLong_AsLongLongAndOverflow", I64, thing, place)
            b.require(b.equal(b.load(overflow), I32(0)))
            place = into()
            b.store(number, b.bitcast(place, NUMBERS))
            self.found(b, place)

        def boolean() -> None:
            place = into()
            b.store(b.zext(b.is_object(thing, "True"), I8), place)
            self.found(b, place)

        def single(parts: int) -> None:
            place = into()
            for k in range(parts):
                b.set_field(b.fptrunc(b.field(value, 8 * k, F64), F32), place, 4 * k)
            self.found(b, place)

        b.choose(
            conversion,
            {
                AS_IT_IS: lambda: self.found(b, value),
                INTEGER: integer,
                BOOLEAN: boolean,
                SINGLE: lambda: single(1),
                PAIR_OF_SINGLES: lambda: single(2),
            },
        )
        return b.function

    def emit_own(self) -> ir.Function:
        """own(arguments, inputs, count, cursor): 1 if a donated argument may be written to, and no
        other argument overlaps it.
        """
        b = self.begin("own", I32, TABLE, TABLE, I64, CURSOR.as_pointer())
        arguments, inputs, count, cursor = b.args
        mine = b.next(cursor, SCRIPT)
        sizes = b.skip(cursor, SCRIPT, count)
        b.require(self.has_flags(b, b.item(arguments, mine), WRITEABLE))

        def ends(i: Value) -> tuple[Value, Value]:
            start = b.ptrtoint(b.item(inputs, i), I64)
            return start, b.add(start, b.item(sizes, i))

        start, stop = ends(mine)

        with b.over(count) as i:
            low, high = ends(i)
            before, behind = b.icmp_unsigned("<=", high, start), b.icmp_unsigned("<=", stop, low)
            b.require(b.or_(b.equal(i, mine), b.or_(before, behind)))
        b.ret(I32(1))
        return b.function

    def emit_drop(self) -> ir.Function:
        """drop(from, to): give up the objects in a table, of which some may be NULL."""
        b = self.begin("drop", VOID, TABLE, TABLE)
        start, stop = b.args
        count = b.sdiv(b.sub(b.ptrtoint(stop, I64), b.ptrtoint(start, I64)), I64(8))

        with b.over(count) as i:
            thing = b.item(start, i)
            with b.if_then(b.is_there(thing)):
                b.drop(thing)
        b.ret_void()
        return b.function

    # -- Results

    def record(self, b: Procedure, cursor: Value) -> tuple[Value, ...]:
        """The record of a result: the donated argument that it is, its maker, its dtype's number
        and dtype, its rank and dimensions.
        """
        given, maker, number, dtype, rank = (b.next(cursor, SCRIPT) for _ in range(5))
        return given, maker, number, dtype, rank, b.skip(cursor, SCRIPT, rank)

    def emit_make(self) -> ir.Function:
        """make(arguments, results, count, cursor): 1 if the table of results holds an array for
        each result, or NULL for a scalar; the addresses of their elements are among the outputs.
        If there is no memory, a Python error is set, and there is none in the table.
        """
        b = self.begin("make", I32, TABLE, TABLE, I64, CURSOR.as_pointer())
        arguments, results, count, cursor = b.args
        with b.over(count) as i:
            given, maker, number, _, rank, dimensions = self.record(b, cursor)
            place, value = b.gep(results, [i]), b.skip(cursor, VALUES, I64(2))
            b.store(NULL, place)
            fresh = b.icmp_signed("==", given, I64(FRESH))
            scalar = b.equal(rank, I64(0))
            with b.if_then(b.not_(fresh)):
                array = b.item(arguments, given)
                b.own(array)
                b.store(array, place)
            with b.if_then(b.and_(fresh, scalar)):
                b.put(cursor, OUTPUTS, b.bitcast(value, POINTER))
            with b.if_then(b.and_(fresh, b.not_(scalar))):
                array = self.new_array(b, maker, number, rank, dimensions)
                with b.if_then(b.is_null(array), likely=False):
                    b.call(self.drop, [results, place])
                    b.ret(I32(0))
                b.store(array, place)
                b.put(cursor, OUTPUTS, b.field(array, DATA, POINTER))
        b.ret(I32(1))
        return b.function

    def new_array(
        self, b: Procedure, maker: Value, number: Value, rank: Value, dimensions: Value
    ) -> Value:
        """A fresh array, or NULL."""
        number, rank = (b.trunc(n, I32) for n in (number, rank))
        described = (rank, b.bitcast(dimensions, POINTER), number)
        rest = (NULL, NULL, I32(0), I32(0), NULL)
        new = ("polyad.PyArray_New", POINTER, self.object("ndarray"), *described, *rest)
        function = b.inttoptr(maker, MAKER.as_pointer())
        return b.either(
            b.equal(maker, I64(0)), lambda: b.extern(*new), lambda: b.call(function, described)
        )

    def emit_tuple(self) -> ir.Function:
        """tuple(results, count, values, cursor): the results in a tuple, 0-d ones as NumPy scalars
        of the values; NULL if there is no memory.
        """
        b = self.begin("tuple", POINTER, TABLE, I64, NUMBERS, CURSOR.as_pointer())
        results, count, values, cursor = b.args
        whole = b.extern("PyTuple_New", POINTER, count)
        with b.if_then(b.is_null(whole), likely=False):
            b.call(self.drop, [results, b.gep(results, [count])])
            b.ret(NULL)

        with b.over(count) as i:
            dtype = self.record(b, cursor)[3]
            place = b.gep(results, [i])
            with b.if_then(b.is_null(b.load(place))):
                value = b.bitcast(b.gep(values, [b.mul(i, I64(2))]), POINTER)
                scalar = ("polyad.PyArray_Scalar", POINTER, value, b.pointer(dtype), NULL)
                b.store(b.extern(*scalar), place)
            b.extern("PyTuple_SetItem", I32, whole, i, b.load(place))
        b.ret(whole)
        return b.function

    # -- The whole

    def emit_entry(self) -> None:
        """entry(self, arguments, count): see above."""
        b = self.begin(ENTRY, POINTER, POINTER, TABLE, I64, exported=True)
        _, arguments, given = b.args
        head = b.head()
        number = lambda which: b.field(head, 8 * which)
        count, results = number(ARGUMENTS), number(RESULTS)
        tables = [b.alloca(POINTER, size=size) for size in (count, count, results, results)]
        inputs, copies, outputs, made = tables
        converted = b.alloca(I64, size=count)
        values = b.alloca(I64, size=b.mul(results, I64(2)))
        values.align = 16
        cursor = b.alloca(CURSOR)
        starts = b.address(head, 8 * RECORDS, I64), inputs, copies, converted, outputs
        for which, start in enumerate(starts):
            b.point(cursor, which, start)
        drop = lambda: b.call(self.drop, [copies, b.skip(cursor, COPIES, I64(0))])
        refuse = b.append_basic_block("refuse")
        with b.goto_block(refuse):
            drop()
            b.return_not_implemented()
        b.unless(b.equal(given, count), refuse)
        ok = lambda done: b.unless(b.equal(done, I32(1)), refuse)
        with b.over(count) as i:
            ok(b.call(self.locate, [b.item(arguments, i), cursor]))
        with b.over(number(DONATED)):
            ok(b.call(self.own, [arguments, inputs, count, cursor]))
        records = b.skip(cursor, SCRIPT, I64(0))
        b.point(cursor, VALUES, values)
        done = b.call(self.make, [arguments, made, results, cursor])
        with b.if_then(b.equal(done, I32(0)), likely=False):
            drop()
            b.ret(NULL)
        code = self.call_run(b, number(RUN), number(RELEASE), [inputs, outputs])
        drop()
        with b.if_then(b.icmp_unsigned("!=", code, I32(0)), likely=False):
            with b.if_then(b.equal(code, I32(OUT_OF_MEMORY))):
                text = self.text("out_of_memory", NO_MEMORY)
                b.extern("PyErr_SetString", VOID, self.object("MemoryError"), text)
            b.call(self.drop, [made, b.gep(made, [results])])
            b.ret(NULL)
        b.point(cursor, SCRIPT, records)
        b.ret(b.call(self.tuple, [made, results, values, cursor]))

    def call_run(self, b: Procedure, run: Value, release: Value, tables: list[Value]) -> Value:
        """Call `run`; if `release`, other Python threads run meanwhile."""
        function = b.inttoptr(run, ir.FunctionType(I32, [TABLE, TABLE]).as_pointer())

        def alone() -> Value:
            state = b.extern("PyEval_SaveThread", POINTER)
            code = b.call(function, tables)
            b.extern("PyEval_RestoreThread", VOID, state)
            return code

        long = b.icmp_unsigned("!=", release, I64(0))
        return b.either(long, alone, lambda: b.call(function, tables))
