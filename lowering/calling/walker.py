"""Calls with pytrees, in machine code: from a call's arguments to their leaves, and from the leaves
of the result to its structure.

A structure is a script, a row of integers in the order of the nodes: the kind of a node, and of a
container its number of children. The address of its key precedes a child of a dict; the address of
the argument follows the kind of a static one. The process has the code that reads and builds once;
the scripts are data, in the tuple that is the `self` of a function (see `calls`).
"""

from __future__ import annotations

from collections.abc import Callable

from llvmlite import ir

from ..llvm.types import I32, I64, POINTER, Value
from ..llvm.writer import NULL
from .objects import DICT_SIZE, LIST_ITEMS, SIZE, TUPLE_ITEMS, TYPE
from .procedures import NUMBERS, TABLE, Procedure, Procedures

LEAF, NONE, TUPLE, LIST, DICT, STATIC = range(6)
CALL, FIRST = "call", "first"
SCRIPT, REST = range(2)
CURSOR = ir.LiteralStructType([NUMBERS, TABLE])  # the script from here on, and the leaves
# The integers that the `self` of `call` begins with: the address and the `self` of the entry point,
# the numbers of leaves and of captured arrays, where the scripts begin; then the captured arrays.
CODE, OWN, LEAVES, CAPTURED, READ, BUILD, HEAD = range(7)
# The integers that the `self` of `first` begins with: the version of the settings, and the address
# of the version now; the callable for all other calls; the number of calls to try, and of more of
# them while the dict `UNDER_WAY` is empty; then the `self` of each call.
VERSION, VERSION_NOW, OTHERWISE, TRIED, QUIET, UNDER_WAY, EACH = range(7)
RUN = ir.FunctionType(POINTER, [POINTER, TABLE, I64])
FASTCALL = (POINTER, TABLE, I64, POINTER)  # self, arguments, their number, names of keywords
EQUAL = 2  # Py_EQ


class Walker(Procedures):
    """The module of the walker."""

    def __init__(self) -> None:
        super().__init__("walker")
        self.emit_read()
        self.emit_build()
        self.emit_call()
        self.emit_first()

    # -- From a value to its leaves

    def emit_read(self) -> None:
        """read(value, cursor): 1 if the value has the structure; its leaves are at the cursor."""
        b = self.begin("read", I32, POINTER, CURSOR.as_pointer())
        self.read, (thing, cursor) = b.function, b.args
        inline = lambda: b.address(thing, TUPLE_ITEMS, POINTER)
        apart = lambda: b.field(thing, LIST_ITEMS, TABLE)
        b.choose(
            b.next(cursor, SCRIPT),
            {
                LEAF: lambda: b.put(cursor, REST, thing),
                NONE: lambda: b.require(b.is_object(thing, "None")),
                TUPLE: lambda: self.read_sequence(b, "tuple", inline),
                LIST: lambda: self.read_sequence(b, "list", apart),
                DICT: lambda: self.read_dict(b),
                STATIC: lambda: self.read_static(b),
            },
        )
        b.ret(I32(1))

    def read_sequence(self, b: Procedure, name: str, items: Callable[[], Value]) -> None:
        thing, cursor = b.args
        b.require_type(thing, name)
        count = b.next(cursor, SCRIPT)
        b.require(b.equal(b.field(thing, SIZE), count))
        table = items()
        with b.over(count) as i:
            self.read_child(b, b.item(table, i))

    def read_dict(self, b: Procedure) -> None:
        thing, cursor = b.args
        b.require_type(thing, "dict")
        count = b.next(cursor, SCRIPT)
        b.require(b.equal(b.extern("PyDict_Size", I64, thing), count))
        with b.over(count):
            key = b.pointer(b.next(cursor, SCRIPT))
            child = b.extern("PyDict_GetItem", POINTER, thing, key)
            b.require(b.is_there(child))
            self.read_child(b, child)

    def read_static(self, b: Procedure) -> None:
        """A static argument: an object of the same type that is equal."""
        thing, cursor = b.args
        wanted = b.pointer(b.next(cursor, SCRIPT))
        b.require(b.equal(*(b.field(x, TYPE, POINTER) for x in (thing, wanted))))
        b.ret(b.extern("PyObject_RichCompareBool", I32, thing, wanted, I32(EQUAL)))

    def read_child(self, b: Procedure, child: Value) -> None:
        done = b.call(self.read, [child, b.args[1]])
        b.require(b.equal(done, I32(1)))

    # -- From leaves to a value

    def emit_build(self) -> None:
        """build(cursor): a new reference to the value; NULL if Python has raised an error."""
        b = self.begin("build", POINTER, CURSOR.as_pointer())
        self.build, (cursor,) = b.function, b.args

        def owned(thing: Value) -> None:
            b.own(thing)
            b.ret(thing)

        def leaf() -> Value:
            table = b.load(b.gep(cursor, [I32(0), I32(REST)]))
            return b.load(b.gep(table, [b.next(cursor, SCRIPT)]))

        def container(new: Callable[[Value], Value], put: Callable[..., None]) -> None:
            count = b.next(cursor, SCRIPT)
            made = new(count)
            b.require(b.is_there(made))
            with b.over(count) as i:
                key = b.pointer(b.next(cursor, SCRIPT)) if put is in_dict else i
                child = b.call(self.build, [cursor])
                with b.if_then(b.is_null(child), likely=False):
                    b.drop(made)
                    b.ret(NULL)
                put(made, key, child)
            b.ret(made)

        def in_dict(made: Value, key: Value, child: Value) -> None:
            b.extern("PyDict_SetItem", I32, made, key, child)
            b.drop(child)

        in_tuple = lambda made, i, child: b.extern("PyTuple_SetItem", I32, made, i, child)
        in_list = lambda made, i, child: b.extern("PyList_SetItem", I32, made, i, child)
        new_tuple = lambda count: b.extern("PyTuple_New", POINTER, count)
        new_list = lambda count: b.extern("PyList_New", POINTER, count)
        new_dict = lambda count: b.extern("PyDict_New", POINTER)
        b.choose(
            b.next(cursor, SCRIPT),
            {
                LEAF: lambda: owned(leaf()),
                NONE: lambda: owned(self.object("None")),
                TUPLE: lambda: container(new_tuple, in_tuple),
                LIST: lambda: container(new_list, in_list),
                DICT: lambda: container(new_dict, in_dict),
            },
        )

    # -- The call

    def emit_first(self) -> None:
        """first(self, arguments, count, names): see `calls.first_of`."""
        b = self.begin(FIRST, POINTER, *FASTCALL, exported=True)
        own, *arguments = b.args
        head = b.head()
        number = lambda which: b.field(head, 8 * which)
        b.own(own)  # which another call may replace while this one runs
        now = b.field(b.pointer(number(VERSION_NOW)), 0)
        as_before = b.equal(now, number(VERSION))
        busy = b.field(b.pointer(number(UNDER_WAY)), DICT_SIZE)
        quiet = b.equal(busy, I64(0))
        tried = b.add(number(TRIED), b.select(quiet, number(QUIET), I64(0)))
        count = b.select(as_before, tried, I64(0))

        with b.over(count) as i:
            each = b.field(head, b.mul(b.add(i, I64(EACH)), I64(8)), POINTER)
            answer = b.call(self.call, [each, *arguments])
            fits = b.icmp_unsigned("!=", answer, self.object("NotImplemented"))
            with b.if_then(fits):
                b.drop(own)
                b.ret(answer)
            b.drop(answer)
        otherwise = b.pointer(number(OTHERWISE))
        answer = b.extern("PyObject_Vectorcall", POINTER, otherwise, *arguments)
        b.drop(own)
        b.ret(answer)

    def emit_call(self) -> None:
        """call(self, arguments, count, names): see `calls.caller`."""
        b = self.begin(CALL, POINTER, *FASTCALL, exported=True)
        self.call = b.function
        head = b.head()
        number = lambda which: b.field(head, 8 * which)
        numbers = lambda start: b.gep(b.bitcast(head, NUMBERS), [start])
        total = b.add(number(LEAVES), number(CAPTURED))
        leaves = b.alloca(POINTER, size=b.add(total, I64(1)))
        cursor = b.alloca(CURSOR)
        b.point(cursor, SCRIPT, numbers(number(READ)))
        b.point(cursor, REST, leaves)
        refuse = b.append_basic_block("refuse")
        self.read_arguments(b, cursor, refuse)
        self.read_keywords(b, cursor, refuse)
        with b.over(number(CAPTURED)) as i:
            b.put(cursor, REST, b.pointer(b.load(numbers(b.add(I64(HEAD), i)))))
        with b.over(total) as i:
            b.own(b.item(leaves, i))
        code = b.inttoptr(number(CODE), RUN.as_pointer())
        answer = b.call(code, [b.pointer(number(OWN)), leaves, total])
        with b.over(total) as i:
            b.drop(b.item(leaves, i))
        nothing = b.is_null(answer)
        with b.if_then(b.or_(nothing, b.is_object(answer, "NotImplemented")), likely=False):
            b.ret(answer)
        b.point(cursor, SCRIPT, numbers(number(BUILD)))
        b.point(cursor, REST, b.address(answer, TUPLE_ITEMS, POINTER))
        made = b.call(self.build, [cursor])
        b.drop(answer)
        b.ret(made)
        b.position_at_end(refuse)
        b.return_not_implemented()

    def read_arguments(self, b: Procedure, cursor: Value, refuse: ir.Block) -> None:
        """The positional arguments, whose number the script gives."""
        _, arguments, count, _ = b.args
        b.unless(b.equal(b.next(cursor, SCRIPT), count), refuse)
        with b.over(count) as i:
            done = b.call(self.read, [b.item(arguments, i), cursor])
            b.unless(b.equal(done, I32(1)), refuse)

    def read_keywords(self, b: Procedure, cursor: Value, refuse: ir.Block) -> None:
        """The keywords, each found by its name."""
        _, arguments, count, names = b.args
        wanted = b.next(cursor, SCRIPT)
        given = b.either(b.is_null(names), lambda: I64(0), lambda: b.field(names, SIZE))
        b.unless(b.equal(given, wanted), refuse)
        found = b.slot(POINTER)
        with b.over(wanted):
            name = b.pointer(b.next(cursor, SCRIPT))
            b.store(NULL, found)
            with b.over(wanted) as i:
                offset = b.add(I64(TUPLE_ITEMS), b.mul(i, I64(8)))
                each = b.field(names, offset, POINTER)
                same = b.extern("PyObject_RichCompareBool", I32, each, name, I32(EQUAL))
                with b.if_then(b.equal(same, I32(1))):
                    b.store(b.item(arguments, b.add(count, i)), found)
            value = b.load(found)
            b.unless(b.is_there(value), refuse)
            done = b.call(self.read, [value, cursor])
            b.unless(b.equal(done, I32(1)), refuse)
