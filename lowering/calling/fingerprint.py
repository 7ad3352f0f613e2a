"""The fingerprint of a call, in machine code: a number by which its compiled code is found.

It follows from the types of the arguments, the dtypes and shapes of arrays, wherever they stand in
tuples, lists and dicts, and the values of static arguments. Calls of one fingerprint need not be
alike; those that the same code takes have the same one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from llvmlite import ir

from ..llvm.types import I32, I64, POINTER, Value
from ..llvm.writer import VOID
from .objects import (
    BYTES_ITEMS,
    DESCR,
    DIMENSIONS,
    EQUAL,
    LIST_ITEMS,
    NDIM,
    SCALAR_VALUE,
    SIZE,
    SUBCLASS,
    TUPLE_ITEMS,
    TYPE,
    TYPE_FLAGS,
    TYPE_NUMBER,
)
from .procedures import NUMBERS, TABLE, Procedure, Procedures

FACTOR = 0x9E3779B97F4A7C15 - (1 << 64)  # odd; 2^64 over the golden ratio
Part = Callable[[Value], Value]
POSITIONS = 63  # that a mask of static ones has
# The statics: a mask of positions, the number of names, the names.
MASK, COUNT, NAMES = range(3)


def statics_of(positions: Sequence[int], names: Sequence[str]) -> tuple[bytes, Sequence[str]]:
    """The statics of a function as numbers, and what must live as long."""
    mask = sum(1 << i for i in positions if i < POSITIONS)
    return np.array([mask, len(names), *map(id, names)], np.int64).tobytes(), names


class Fingerprints(Procedures):
    """The functions of the module that deal with fingerprints."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.kind_of = self.emit_kind_of()
        self.value_of = self.emit_value_of()
        self.fingerprint = self.emit_fingerprint()

    def emit_kind_of(self) -> ir.Function:
        """kind_of(value): a number for the kind of a dynamic argument."""
        b = self.begin("kind_of", I64, POINTER)
        self.kind_of, (thing,) = b.function, b.args
        kind = b.field(thing, TYPE, POINTER)
        flags = b.field(kind, TYPE_FLAGS)
        with b.if_then(b.is_object(kind, "ndarray")):
            dtype = b.field(b.field(thing, DESCR, POINTER), TYPE_NUMBER, I32)
            dimensions = b.field(thing, DIMENSIONS, NUMBERS)
            extents = lambda i: b.item(dimensions, i)
            b.ret(
                self.folded(b, b.zext(dtype, I64), b.sext(b.field(thing, NDIM, I32), I64), extents)
            )
        child = lambda table: lambda i: b.call(self.kind_of, [b.item(table, i)])
        is_a = lambda name: b.icmp_unsigned("!=", b.and_(flags, I64(SUBCLASS[name])), I64(0))
        with b.if_then(is_a("tuple")):
            items = b.address(thing, TUPLE_ITEMS, POINTER)
            b.ret(self.folded(b, I64(1), b.field(thing, SIZE), child(items)))
        with b.if_then(is_a("list")):
            items = b.field(thing, LIST_ITEMS, TABLE)
            b.ret(self.folded(b, I64(2), b.field(thing, SIZE), child(items)))
        with b.if_then(is_a("dict")):
            b.ret(self.of_dict(b, thing))
        b.ret(b.ptrtoint(kind, I64))
        return b.function

    def folded(self, b: Procedure, start: Value, count: Value, part: Part) -> Value:
        """The parts 0 to `count` - 1, in order, as one number."""
        total = b.slot(I64, start)
        with b.over(count) as i:
            b.store(b.add(b.mul(b.load(total), I64(FACTOR)), part(i)), total)
        return b.add(b.mul(b.load(total), I64(FACTOR)), count)

    def of_dict(self, b: Procedure, thing: Value) -> Value:
        """The kinds of a dict's values with their keys, in whatever order."""
        total, position = b.slot(I64, I64(3)), b.slot(I64, I64(0))
        key, value = b.slot(POINTER), b.slot(POINTER)
        with b.over(b.extern("PyDict_Size", I64, thing)):
            places = [b.bitcast(place, POINTER) for place in (position, key, value)]
            b.extern("PyDict_Next", I32, thing, *places)
            each = b.call(self.kind_of, [b.load(value)])
            b.store(b.add(b.load(total), self.named(b, b.load(key), each)), total)
        return b.load(total)

    def named(self, b: Procedure, name: Value, kind: Value) -> Value:
        """A number for a name and the kind of what has it."""
        both = b.add(b.mul(kind, I64(FACTOR)), self.hash(b, name))
        return b.mul(both, I64(FACTOR))

    def hash(self, b: Procedure, thing: Value) -> Value:
        """Python's hash; -1 where it raises."""
        found = b.extern("PyObject_Hash", I64, thing)
        with b.if_then(b.equal(found, I64(-1)), likely=False):
            b.extern("PyErr_Clear", VOID)
        return found

    def emit_value_of(self) -> ir.Function:
        """value_of(value): a number for a static argument."""
        b = self.begin("value_of", I64, POINTER)
        (thing,) = b.args
        with b.if_then(b.is_object(b.field(thing, TYPE, POINTER), "float")):
            b.ret(b.mul(b.field(thing, SCALAR_VALUE), I64(FACTOR)))
        b.ret(b.mul(self.hash(b, thing), I64(FACTOR)))
        return b.function

    def emit_fingerprint(self) -> ir.Function:
        """fingerprint(statics, arguments, count, names)"""
        b = self.begin("fingerprint", I64, NUMBERS, TABLE, I64, POINTER)
        statics, arguments, count, names = b.args
        mask = b.item(statics, MASK)
        kind = lambda thing: b.call(self.kind_of, [thing])
        value = lambda thing: b.call(self.value_of, [thing])

        def positional(i: Value) -> Value:
            bit = b.and_(b.lshr(mask, i), I64(1))
            static = b.and_(b.equal(bit, I64(1)), b.icmp_unsigned("<", i, I64(POSITIONS)))
            thing = b.item(arguments, i)
            return b.either(static, lambda: value(thing), lambda: kind(thing))

        total = b.slot(I64, self.folded(b, I64(4), count, positional))
        with b.if_then(b.is_there(names)), b.over(b.field(names, SIZE)) as i:
            name = b.item(b.address(names, TUPLE_ITEMS, POINTER), i)
            thing = b.item(arguments, b.add(count, i))
            static = self.is_among(b, name, statics)
            each = b.either(static, lambda: value(thing), lambda: kind(thing))
            b.store(b.add(b.load(total), self.named(b, name, each)), total)
        found = b.load(total)
        b.ret(b.xor(found, b.lshr(found, I64(32))))
        return b.function

    def is_among(self, b: Procedure, name: Value, statics: Value) -> Value:
        """Whether a name is that of a static argument."""
        found = b.slot(I32, I32(0))
        with b.over(b.item(statics, COUNT)) as i:
            each = b.pointer(b.item(statics, b.add(i, I64(NAMES))))
            same = b.extern("PyObject_RichCompareBool", I32, name, each, I32(EQUAL))
            with b.if_then(b.equal(same, I32(1))):
                b.store(I32(1), found)
        return b.equal(b.load(found), I32(1))

    def emit_call_of_fingerprint(self, name: str) -> None:
        """The fingerprint as a Python function, whose `self` begins with the statics."""
        b = self.begin(name, POINTER, POINTER, TABLE, I64, POINTER, exported=True)
        statics = b.bitcast(b.head(), NUMBERS)
        found = b.call(self.fingerprint, [statics, *b.args[1:]])
        b.ret(b.extern("PyLong_FromLongLong", POINTER, found))


# A table: the number of its slots less 1, then the slots: a fingerprint, and the `self` of a call,
# 1 more if it is for quiet times; 0 for an empty slot.
LAST, SLOTS = range(2)


def table_of(entries: Sequence[tuple[int, int]]) -> bytes:
    """The table of pairs of a fingerprint and a number that is not 0, for `find`."""
    size = 1 << math.ceil(math.log2(2 * len(entries) + 2))
    slots = np.zeros((size, 2), np.int64)
    for fingerprint, number in entries:
        i = fingerprint % size
        while slots[i, 1]:
            i = (i + 1) % size
        slots[i] = fingerprint, number
    return np.array([size - 1], np.int64).tobytes() + slots.tobytes()


def address_in(numbers: bytes) -> int:
    """The address of the first number."""
    return id(numbers) + BYTES_ITEMS
