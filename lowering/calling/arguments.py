"""The entry point's check of arguments: dtypes, shapes, strides, memory that is written over."""

from __future__ import annotations

from llvmlite import ir

from ..llvm.types import F32, F64, I8, I32, I64, POINTER, Value
from ..llvm.writer import VOID
from .objects import (
    ALIGNED,
    ARRAY,
    BYTEORDER,
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
    TYPE_NUMBER,
    WRITEABLE,
)
from .procedures import NUMBERS, TABLE, Procedure, Procedures

# The record of an argument: SHAPED, or SCALAR with the wanted kind of scalar (see `objects`), the
# types of NumPy and Python for it, and its conversion; then dtype, rank and dimensions; then where
# its elements must be: CONTIGUOUS, COPIED if they are not, or STRIDED, with their offset in bytes
# and the strides.
# The record of a donated argument: its number, and the bytes of each argument.
SHAPED, SCALAR = range(2)
AS_IT_IS, INTEGER, BOOLEAN, SINGLE, PAIR_OF_SINGLES = range(5)
CONTIGUOUS, COPIED, STRIDED = range(3)
ANY = -(1 << 63)  # a stride that does not matter
REST_OF_SCALAR = 3  # numbers of a scalar's record from its dtype on

# The cursor: the script, the addresses of arguments' elements, copies of arguments, converted
# values, the addresses of results' elements.
SCRIPT, INPUTS, COPIES, VALUES, OUTPUTS = range(5)
CURSOR = ir.LiteralStructType([NUMBERS, TABLE, TABLE, NUMBERS, TABLE])


class Arguments(Procedures):
    """The functions of the module that deal with arguments."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.convert = self.emit_convert()
        self.locate = self.emit_locate()
        self.own = self.emit_own()

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
        self.require_dtype(b, b.field(thing, DESCR, POINTER), dtype)
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

    def require_dtype(self, b: Procedure, given: Value, wanted: Value) -> None:
        """Refuse a dtype that is not this one; unpickled arrays have objects of their own."""
        with b.if_then(b.not_(b.equal(given, wanted)), likely=False):
            same = [
                b.equal(b.field(given, at, type), b.field(wanted, at, type))
                for at, type in ((TYPE_NUMBER, I32), (BYTEORDER, I8))
            ]
            with b.if_then(b.not_(b.and_(*same)), likely=False):
                equal = b.extern("polyad.PyArray_EquivTypes", I8, given, wanted)
                b.require(b.icmp_unsigned("!=", equal, I8(0)))

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
