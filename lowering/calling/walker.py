"""Calls with pytrees, in machine code: from a call's arguments to their leaves, from the leaves of
the result to its structure.

A structure is a program, a row of integers in the order of the nodes: a kind, for a container how
many children it has, before a child of a dict its key's address, for a static argument its address.
The code that reads and builds is one small module for the process; what differs from function to
function is data, in the tuple that a function has as its `self` (see `calls`).
"""

from __future__ import annotations

from collections.abc import Callable

from llvmlite import ir

from ..llvm.types import I32, I64, POINTER, Value
from .objects import TABLE, TYPE
from .procedures import NUMBERS, TUPLE_ITEMS, Procedures

LEAF, NONE, TUPLE, LIST, DICT, STATIC = range(6)
CALL, FIRST = "call", "first"
PROGRAM, REST = range(2)
CURSOR = ir.LiteralStructType([NUMBERS, TABLE])  # the program from here on, and the leaves
SIZE, LIST_ITEMS = 16, 24  # offsets in objects
# What `self` begins with, in integers: the code's address and `self`, how many leaves there are and
# captured arrays, and where the programs are.
CODE, OWN, LEAVES, CAPTURED, READ, BUILD, HEAD = range(7)
# The same of `first`: the version of the settings as an object, and where it is now, what is called
# otherwise, how many calls are tried, and how many while a dict is empty; then the `self` of each.
VERSION, VERSION_NOW, OTHERWISE, TRIED, QUIET, UNDER_WAY, EACH = range(7)
USED = 16  # bytes from the start of a dict to its size, PyDictObject.ma_used
EQUAL = 2  # Py_EQ


class Walker(Procedures):
    """The module under construction."""

    def __init__(self) -> None:
        super().__init__("walker")
        one = ir.FunctionType(I32, [POINTER, CURSOR.as_pointer()])
        self.read = self.function("read", one)
        self.emit_read()
        self.build = self.function("build", ir.FunctionType(POINTER, [CURSOR.as_pointer()]))
        self.emit_build()
        self.run = ir.FunctionType(POINTER, [POINTER, TABLE, I64])
        fastcall = ir.FunctionType(POINTER, [POINTER, TABLE, I64, POINTER])
        self.call = self.function(CALL, fastcall, exported=True)
        self.emit_call()
        self.function(FIRST, fastcall, exported=True)
        self.emit_first()

    # -- From a value to its leaves

    def emit_read(self) -> None:
        """read(value, cursor): 1 if the value has the structure; its leaves are at the cursor."""
        thing, cursor = self.f.args
        yes = lambda: self.b.ret(I32(1))

        def leaf() -> None:
            self.put(cursor, REST, thing)
            yes()

        def none() -> None:
            self.require(self.is_object(thing, "None"))
            yes()

        def sequence(name: str, items: Callable[[], Value]) -> Callable[[], None]:
            def emit() -> None:
                self.require_type(thing, name)
                count = self.next(cursor, PROGRAM)
                self.require(self.b.icmp_unsigned("==", self.field(thing, SIZE, I64), count))
                table = items()
                self.repeat(count, lambda i: self.read_child(self.b.load(self.b.gep(table, [i]))))
                yes()

            return emit

        def dictionary() -> None:
            self.require_type(thing, "dict")
            count = self.next(cursor, PROGRAM)
            self.require(self.b.icmp_unsigned("==", self.python("PyDict_Size", I64, thing), count))

            def step(_: Value) -> None:
                key = self.pointer(self.next(cursor, PROGRAM))
                child = self.python("PyDict_GetItem", POINTER, thing, key)
                self.require(self.b.icmp_unsigned("!=", child, POINTER(None)))
                self.read_child(child)

            self.repeat(count, step)
            yes()

        def static() -> None:
            wanted = self.pointer(self.next(cursor, PROGRAM))
            kinds = [self.field(x, TYPE, POINTER) for x in (thing, wanted)]
            self.require(self.b.icmp_unsigned("==", *kinds))
            self.b.ret(self.python("PyObject_RichCompareBool", I32, thing, wanted, I32(EQUAL)))

        inline = lambda: self.b.bitcast(self.b.gep(thing, [I64(TUPLE_ITEMS)]), TABLE)
        self.cases(
            self.next(cursor, PROGRAM),
            {
                LEAF: leaf,
                NONE: none,
                TUPLE: sequence("tuple", inline),
                LIST: sequence("list", lambda: self.field(thing, LIST_ITEMS, TABLE)),
                DICT: dictionary,
                STATIC: static,
            },
        )

    def read_child(self, child: Value) -> None:
        cursor = self.f.args[1]
        done = self.b.call(self.read, [child, cursor])
        self.require(self.b.icmp_unsigned("==", done, I32(1)))

    # -- From leaves to a value

    def emit_build(self) -> None:
        """build(cursor): a new reference to the value; NULL if Python has raised an error."""
        (cursor,) = self.f.args
        b = self.b

        def owned(thing: Value) -> None:
            self.python("Py_IncRef", ir.VoidType(), thing)
            b.ret(thing)

        def leaf() -> Value:
            table = b.load(b.gep(cursor, [I32(0), I32(REST)]))
            return b.load(b.gep(table, [self.next(cursor, PROGRAM)]))

        def container(new: Callable[[Value], Value], put: Callable[..., None]) -> None:
            count = self.next(cursor, PROGRAM)
            made = new(count)
            self.require(b.icmp_unsigned("!=", made, POINTER(None)))

            def step(i: Value) -> None:
                key = self.pointer(self.next(cursor, PROGRAM)) if put is in_dict else i
                child = b.call(self.build, [cursor])
                with b.if_then(b.icmp_unsigned("==", child, POINTER(None)), likely=False):
                    self.python("Py_DecRef", ir.VoidType(), made)
                    b.ret(POINTER(None))
                put(made, key, child)

            self.repeat(count, step)
            b.ret(made)

        def in_dict(made: Value, key: Value, child: Value) -> None:
            self.python("PyDict_SetItem", I32, made, key, child)
            self.python("Py_DecRef", ir.VoidType(), child)

        in_tuple = lambda made, i, child: self.python("PyTuple_SetItem", I32, made, i, child)
        in_list = lambda made, i, child: self.python("PyList_SetItem", I32, made, i, child)
        new_tuple = lambda count: self.python("PyTuple_New", POINTER, count)
        new_list = lambda count: self.python("PyList_New", POINTER, count)
        new_dict = lambda count: self.python("PyDict_New", POINTER)
        self.cases(
            self.next(cursor, PROGRAM),
            {
                LEAF: lambda: owned(leaf()),
                NONE: lambda: owned(self.module.object("None")),
                TUPLE: lambda: container(new_tuple, in_tuple),
                LIST: lambda: container(new_list, in_list),
                DICT: lambda: container(new_dict, in_dict),
            },
        )

    # -- The call

    def emit_first(self) -> None:
        """first(self, arguments, count, names): see `calls.first_of`."""
        own, *arguments = self.f.args
        b = self.b
        head = self.head()
        number = lambda which: self.field(head, 8 * which, I64)
        void = ir.VoidType()
        self.python("Py_IncRef", void, own)  # which another call may replace while this one runs
        now = self.field(self.pointer(number(VERSION_NOW)), 0, I64)
        as_before = b.icmp_unsigned("==", now, number(VERSION))
        busy = self.field(self.pointer(number(UNDER_WAY)), USED, I64)
        quiet = b.icmp_unsigned("==", busy, I64(0))
        tried = b.add(number(TRIED), b.select(quiet, number(QUIET), I64(0)))
        count = b.select(as_before, tried, I64(0))

        def attempt(i: Value) -> None:
            each = self.field(head, b.mul(b.add(i, I64(EACH)), I64(8)), POINTER)
            answer = b.call(self.call, [each, *arguments])
            fits = b.icmp_unsigned("!=", answer, self.module.object("NotImplemented"))
            with b.if_then(fits):
                self.python("Py_DecRef", void, own)
                b.ret(answer)
            self.python("Py_DecRef", void, answer)

        self.repeat(count, attempt)
        otherwise = self.pointer(number(OTHERWISE))
        answer = self.python("PyObject_Vectorcall", POINTER, otherwise, *arguments)
        self.python("Py_DecRef", void, own)
        b.ret(answer)

    def emit_call(self) -> None:
        """call(self, arguments, count, names): see `calls.caller`."""
        _, arguments, count, names = self.f.args
        b = self.b
        head = self.head()
        number = lambda which: self.field(head, 8 * which, I64)
        numbers = lambda start: b.gep(b.bitcast(head, NUMBERS), [start])
        total = b.add(number(LEAVES), number(CAPTURED))
        leaves = b.alloca(POINTER, size=b.add(total, I64(1)))
        cursor = b.alloca(CURSOR)
        self.point(cursor, PROGRAM, numbers(number(READ)))
        self.point(cursor, REST, leaves)
        refuse = b.append_basic_block("refuse")
        self.read_arguments(arguments, count, cursor, refuse)
        self.read_keywords(arguments, count, names, cursor, refuse)
        captured = lambda i: self.pointer(b.load(numbers(b.add(I64(HEAD), i))))
        self.repeat(number(CAPTURED), lambda i: self.put(cursor, REST, captured(i)))
        each = lambda name: self.repeat(
            total, lambda i: self.python(name, ir.VoidType(), b.load(b.gep(leaves, [i])))
        )
        each("Py_IncRef")
        code = b.inttoptr(number(CODE), self.run.as_pointer())
        answer = b.call(code, [self.pointer(number(OWN)), leaves, total])
        each("Py_DecRef")
        nothing = b.icmp_unsigned("==", answer, POINTER(None))
        with b.if_then(b.or_(nothing, self.is_object(answer, "NotImplemented")), likely=False):
            b.ret(answer)
        self.point(cursor, PROGRAM, numbers(number(BUILD)))
        items = b.bitcast(b.gep(answer, [I64(TUPLE_ITEMS)]), TABLE)
        self.point(cursor, REST, items)
        made = b.call(self.build, [cursor])
        self.python("Py_DecRef", ir.VoidType(), answer)
        b.ret(made)
        b.position_at_end(refuse)
        self.python("Py_IncRef", ir.VoidType(), self.module.object("NotImplemented"))
        b.ret(self.module.object("NotImplemented"))

    def read_arguments(
        self, arguments: Value, count: Value, cursor: Value, refuse: ir.Block
    ) -> None:
        """The positional arguments, of which the program says how many there are."""
        b = self.b
        self.unless(b.icmp_unsigned("==", self.next(cursor, PROGRAM), count), refuse)

        def step(i: Value) -> None:
            done = b.call(self.read, [b.load(b.gep(arguments, [i])), cursor])
            self.unless(b.icmp_unsigned("==", done, I32(1)), refuse)

        self.repeat(count, step)

    def read_keywords(
        self, arguments: Value, count: Value, names: Value, cursor: Value, refuse: ir.Block
    ) -> None:
        """The keywords, each found by its name among those given."""
        b = self.b
        wanted = self.next(cursor, PROGRAM)
        given = b.alloca(I64)
        b.store(I64(0), given)
        with b.if_then(b.icmp_unsigned("!=", names, POINTER(None))):
            b.store(self.field(names, SIZE, I64), given)
        self.unless(b.icmp_unsigned("==", b.load(given), wanted), refuse)
        found = b.alloca(POINTER)

        def step(_: Value) -> None:
            name = self.pointer(self.next(cursor, PROGRAM))
            b.store(POINTER(None), found)

            def look(i: Value) -> None:
                offset = b.add(I64(TUPLE_ITEMS), b.mul(i, I64(8)))
                each = self.field(names, offset, POINTER)
                same = self.python("PyObject_RichCompareBool", I32, each, name, I32(EQUAL))
                with b.if_then(b.icmp_unsigned("==", same, I32(1))):
                    b.store(b.load(b.gep(arguments, [b.add(count, i)])), found)

            self.repeat(wanted, look)
            value = b.load(found)
            self.unless(b.icmp_unsigned("!=", value, POINTER(None)), refuse)
            done = b.call(self.read, [value, cursor])
            self.unless(b.icmp_unsigned("==", done, I32(1)), refuse)

        self.repeat(wanted, step)
