"""The entry point: a CPython function in machine code that takes NumPy arrays and gives a tuple.

It compares each argument with the expected type: exactly `numpy.ndarray`, the same dtype object,
rank, dimensions, C-contiguous (or the strides of its layout) and aligned. A 0-d argument may also
be a NumPy scalar of that dtype, or a Python scalar where one is wanted. If all fit, it makes the
results through NumPy's C API, runs the program, and returns; else it returns
`NotImplemented`, and the caller takes a slower way.

The process has this code once. The facts about a function are a script, in the tuple that is the
`self` of its Python function (see `signature`).
"""

from __future__ import annotations

from llvmlite import ir

from ..llvm.codes import OUT_OF_MEMORY
from ..llvm.types import I32, I64, POINTER, Value
from ..llvm.writer import NULL, VOID
from ..runtime.programs import GIVEN
from .arguments import COPIES, CURSOR, OUTPUTS, SCRIPT, VALUES, Arguments
from .objects import DATA
from .procedures import NUMBERS, TABLE, Procedure

ENTRY = "entry"
# The integers that `self` begins with: the addresses of the function that runs programs and of the
# program; whether other Python threads may run meanwhile; the numbers of arguments, of donated
# ones, and of results; the library of the arrays, if they are not NumPy's (see `tensors`); then a
# record for each.
RUN, PROGRAM, RELEASE, ARGUMENTS, DONATED, RESULTS, LIBRARY, RECORDS = range(8)
# The record of a result: the number of the donated argument that it is, or FRESH; the address of
# its maker, if it is large; the dtype's number and the dtype; rank and dimensions.
FRESH = -1

MAKER = ir.FunctionType(POINTER, [I32, POINTER, I32])  # of rank, shape and dtype number
NO_MEMORY = (
    "out of memory in compiled code: its arrays, or what its loops record for the reverse pass, do "
    "not fit\n  A loop records less with checkpoint=n."
)


class Entry(Arguments):
    """The module of the entry point."""

    entry_name = ENTRY

    def __init__(self) -> None:
        super().__init__(self.entry_name)
        self.drop = self.emit_drop()
        self.discard = self.emit_discard()
        self.make = self.emit_make()
        self.tuple = self.emit_tuple()
        self.emit_entry()

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

    def emit_discard(self) -> ir.Function:
        """discard(from, to): give up the results in a table, of which some may be NULL."""
        return self.drop

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
                    b.call(self.discard, [results, place])
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
        """tuple(results, count, values, cursor, library): the results in a tuple, 0-d ones as NumPy
        scalars of the values; NULL if there is no memory.
        """
        b = self.begin("tuple", POINTER, TABLE, I64, NUMBERS, CURSOR.as_pointer(), I64)
        results, count, values, cursor, _ = b.args
        whole = b.extern("PyTuple_New", POINTER, count)
        with b.if_then(b.is_null(whole), likely=False):
            b.call(self.discard, [results, b.gep(results, [count])])
            b.ret(NULL)

        with b.over(count) as i:
            dtype = self.record(b, cursor)[3]
            place = b.gep(results, [i])
            with b.if_then(b.is_null(b.load(place))):
                value = b.bitcast(b.gep(values, [b.mul(i, I64(2))]), POINTER)
                scalar = ("polyad.PyArray_Scalar", POINTER, value, b.pointer(dtype), NULL)
                made = b.extern(*scalar)
                with b.if_then(b.is_null(made), likely=False):
                    b.call(self.discard, [place, b.gep(results, [count])])
                    b.extern("Py_DecRef", VOID, whole)
                    b.ret(NULL)
                b.store(made, place)
            b.extern("PyTuple_SetItem", I32, whole, i, b.load(place))
        b.ret(whole)
        return b.function

    # -- The whole

    def emit_entry(self) -> None:
        """entry(self, arguments, count): see above."""
        b = self.begin(self.entry_name, POINTER, POINTER, TABLE, I64, exported=True)
        _, arguments, given = b.args
        head = b.head()
        number = lambda which: b.field(head, 8 * which)
        count, results = number(ARGUMENTS), number(RESULTS)
        frame = b.alloca(POINTER, size=b.add(b.add(count, results), I64(GIVEN)))
        inputs = b.gep(frame, [I64(GIVEN)])
        outputs = b.gep(inputs, [count])
        copies, made = (b.alloca(POINTER, size=size) for size in (count, results))
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
        program = b.inttoptr(number(PROGRAM), NUMBERS)
        code = self.call_run(b, number(RUN), number(RELEASE), [frame, program])
        drop()
        with b.if_then(b.icmp_unsigned("!=", code, I32(0)), likely=False):
            with b.if_then(b.equal(code, I32(OUT_OF_MEMORY))):
                text = self.text("out_of_memory", NO_MEMORY)
                b.extern("PyErr_SetString", VOID, self.object("MemoryError"), text)
            b.call(self.discard, [made, b.gep(made, [results])])
            b.ret(NULL)
        b.point(cursor, SCRIPT, records)
        b.ret(b.call(self.tuple, [made, results, values, cursor, number(LIBRARY)]))

    def call_run(self, b: Procedure, run: Value, release: Value, tables: list[Value]) -> Value:
        """Run the program; if `release`, other Python threads run meanwhile."""
        function = b.inttoptr(run, ir.FunctionType(I32, [TABLE, NUMBERS]).as_pointer())

        def alone() -> Value:
            state = b.extern("PyEval_SaveThread", POINTER)
            code = b.call(function, tables)
            b.extern("PyEval_RestoreThread", VOID, state)
            return code

        long = b.icmp_unsigned("!=", release, I64(0))
        return b.either(long, alone, lambda: b.call(function, tables))
