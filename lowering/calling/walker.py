"""Calls with pytrees, in machine code: from a call's arguments to their leaves, and from the leaves
of the result to its structure.

A structure is a script, a row of integers in the order of the nodes: the kind of a node, and of a
container its number of children. The address of its key precedes a child of a dict; the address of
the argument follows the kind of a static one; the class of a namedtuple and of a node that Python
code takes apart precedes the number, and of the latter also a Python function. The process has the
code that reads and builds once; the scripts are data, in the tuple that is the `self` of a function
(see `calls`).
"""

from __future__ import annotations

from collections.abc import Callable

from llvmlite import ir

from ..llvm.types import I32, I64, POINTER, Value
from ..llvm.writer import NULL, VOID
from .fingerprint import LAST, SLOTS, Fingerprints
from .objects import DICT_SIZE, EQUAL, LIST_ITEMS, SCALAR_VALUE, SIZE, TUPLE_ITEMS, TYPE
from .procedures import NUMBERS, TABLE, Procedure

LEAF, NONE, TUPLE, LIST, DICT, STATIC, STATIC_BITS, STATIC_CHECKED, NAMED, APART, ORDERED = range(
    11
)
# Of a result: a node that a Python function makes of its children, of a tuple of them, or empty,
# and its children come in by their keys.
MADE, MADE_OF, MADE_EMPTY = NAMED, APART, STATIC
CALL, FIRST, FINGERPRINT = "call", "first", "fingerprint_of"
SCRIPT, REST = range(2)
CURSOR = ir.LiteralStructType([NUMBERS, TABLE])  # the script from here on, and the leaves
# The integers that the `self` of `call` begins with: the address and the `self` of the entry point,
# the numbers of leaves and of captured arrays, where the scripts begin; then the captured arrays.
CODE, OWN, LEAVES, CAPTURED, READ, BUILD, HEAD = range(7)
# The integers that the `self` of `first` begins with: the version of the settings, and the address
# of the version now; the callable for all other calls; the number of calls to try, and of more of
# them while the dict `UNDER_WAY` is empty; the addresses of a table of further calls, or 0, and of
# the statics (see `fingerprint`); then the `self` of each call to try.
VERSION, VERSION_NOW, OTHERWISE, TRIED, QUIET, UNDER_WAY, OTHERS, STATICS, EACH = range(9)
RUN = ir.FunctionType(POINTER, [POINTER, TABLE, I64])
FASTCALL = (POINTER, TABLE, I64, POINTER)  # self, arguments, their number, names of keywords


class Walker(Fingerprints):
    """The module of the walker."""

    def __init__(self) -> None:
        super().__init__("walker")
        self.emit_read()
        self.emit_build()
        self.emit_call()
        self.emit_first()
        self.emit_call_of_fingerprint(FINGERPRINT)

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
                LEAF: lambda: self.read_leaf(b),
                NONE: lambda: b.require(b.is_object(thing, "None")),
                TUPLE: lambda: self.read_sequence(b, "tuple", inline),
                LIST: lambda: self.read_sequence(b, "list", apart),
                DICT: lambda: self.read_dict(b),
                STATIC: lambda: self.read_static(b),
                STATIC_BITS: lambda: self.read_static_bits(b),
                STATIC_CHECKED: lambda: self.read_static_checked(b),
                NAMED: lambda: self.read_items(b, self.read_type(b), inline),
                APART: lambda: self.read_apart(b),
                ORDERED: lambda: self.read_ordered(b),
            },
        )
        b.ret(I32(1))

    def read_sequence(self, b: Procedure, name: str, items: Callable[[], Value]) -> None:
        thing, _ = b.args
        b.require_type(thing, name)
        self.read_items(b, thing, items)

    def read_items(self, b: Procedure, thing: Value, items: Callable[[], Value]) -> None:
        """The items of a tuple or list, whose number the script gives."""
        count = b.next(b.args[1], SCRIPT)
        b.require(b.equal(b.field(thing, SIZE), count))
        table = items()
        with b.over(count) as i:
            self.read_child(b, b.item(table, i))

    def read_leaf(self, b: Procedure) -> None:
        """A leaf, owned from here on."""
        thing, cursor = b.args
        b.own(thing)
        b.put(cursor, REST, thing)

    def read_type(self, b: Procedure) -> Value:
        """The value, which must be of the class that the script gives."""
        thing, cursor = b.args
        b.require(b.equal(b.field(thing, TYPE, POINTER), b.pointer(b.next(cursor, SCRIPT))))
        return thing

    def read_apart(self, b: Procedure) -> None:
        """A node that a Python function takes apart: into a tuple of children, or None if the rest
        of it is not as it was.
        """
        thing, cursor = self.read_type(b), b.args[1]
        taker, count = b.pointer(b.next(cursor, SCRIPT)), b.next(cursor, SCRIPT)
        children = self.answer(b, taker, thing)
        with b.if_then(b.is_object(children, "None"), likely=False):
            b.drop(children)
            b.refuse()
        done = b.slot(I32, I32(1))
        with b.over(count) as i, b.if_then(b.equal(b.load(done), I32(1))):
            child = b.item(b.address(children, TUPLE_ITEMS, POINTER), i)
            b.store(b.call(self.read, [child, cursor]), done)
        b.drop(children)
        b.require(b.equal(b.load(done), I32(1)))

    def read_ordered(self, b: Procedure) -> None:
        """An OrderedDict, whose keys come in the order of the script."""
        thing, cursor = self.read_type(b), b.args[1]
        count = b.next(cursor, SCRIPT)
        b.require(b.equal(b.extern("PyDict_Size", I64, thing), count))
        keys, done = b.extern("PyObject_GetIter", POINTER, thing), b.slot(I32, I32(1))
        with b.over(count):
            key = b.pointer(b.next(cursor, SCRIPT))
            with b.if_then(b.equal(b.load(done), I32(1))):
                given = b.extern("PyIter_Next", POINTER, keys)
                same = b.extern("PyObject_RichCompareBool", I32, given, key, I32(EQUAL))
                b.drop(given)
                b.store(same, done)
            with b.if_then(b.equal(b.load(done), I32(1))):
                child = b.extern("PyDict_GetItem", POINTER, thing, key)
                b.store(b.call(self.read, [child, cursor]), done)
        b.drop(keys)
        b.require(b.equal(b.load(done), I32(1)))

    def answer(self, b: Procedure, function: Value, thing: Value) -> Value:
        """The answer of a Python function of one argument, owned; an error refuses the call."""
        answer = b.extern("PyObject_CallOneArg", POINTER, function, thing)
        with b.if_then(b.is_null(answer), likely=False):
            b.extern("PyErr_Clear", VOID)
            b.refuse()
        return answer

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
        same = b.extern("PyObject_RichCompareBool", I32, thing, wanted, I32(EQUAL))
        with b.if_then(b.icmp_signed("<", same, I32(0)), likely=False):
            b.extern("PyErr_Clear", VOID)
        b.require(b.equal(same, I32(1)))

    def read_static_bits(self, b: Procedure) -> None:
        """A static float or complex number: one of the same bits, for 0.0 equals -0.0."""
        thing, cursor = b.args
        wanted = b.pointer(b.next(cursor, SCRIPT))
        b.require(b.equal(*(b.field(x, TYPE, POINTER) for x in (thing, wanted))))
        words = b.next(cursor, SCRIPT)
        with b.over(words) as i:
            at = b.add(I64(SCALAR_VALUE), b.mul(i, I64(8)))
            b.require(b.equal(b.field(thing, at), b.field(wanted, at)))

    def read_static_checked(self, b: Procedure) -> None:
        """A static argument of which a Python function says whether it is the same."""
        thing, cursor = b.args
        said = self.answer(b, b.pointer(b.next(cursor, SCRIPT)), thing)
        b.drop(said)  # True and False live on
        b.require(b.is_object(said, "True"))

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
            b.ret(filled(new, put))

        def filled(new: Callable[[Value], Value], put: Callable[..., None]) -> Value:
            maker = b.next(cursor, SCRIPT) if new is new_mapping else None
            count = b.next(cursor, SCRIPT)
            made = new(maker or count)
            b.require(b.is_there(made))
            with b.over(count) as i:
                keyed = put in (in_dict, in_mapping)
                key = b.pointer(b.next(cursor, SCRIPT)) if keyed else i
                child = b.call(self.build, [cursor])
                with b.if_then(b.is_null(child), likely=False):
                    b.drop(made)
                    b.ret(NULL)
                put(made, key, child)
            return made

        def in_dict(made: Value, key: Value, child: Value) -> None:
            entered(made, child, b.extern("PyDict_SetItem", I32, made, key, child))

        def in_mapping(made: Value, key: Value, child: Value) -> None:
            entered(made, child, b.extern("PyObject_SetItem", I32, made, key, child))

        def entered(made: Value, child: Value, code: Value) -> None:
            b.drop(child)
            with b.if_then(b.icmp_signed("<", code, I32(0)), likely=False):
                b.drop(made)
                b.ret(NULL)

        def new_mapping(maker: Value) -> Value:
            return b.extern("PyObject_CallNoArgs", POINTER, b.pointer(maker))

        def made_by(way: str) -> None:
            maker = b.pointer(b.next(cursor, SCRIPT))
            children = filled(new_tuple, in_tuple)
            value = b.extern(way, POINTER, maker, children)
            b.drop(children)
            b.ret(value)

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
                MADE: lambda: made_by("PyObject_CallObject"),
                MADE_OF: lambda: made_by("PyObject_CallOneArg"),
                MADE_EMPTY: lambda: container(new_mapping, in_mapping),
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

        def attempt(each: Value) -> None:
            answer = b.call(self.call, [each, *arguments])
            fits = b.icmp_unsigned("!=", answer, self.object("NotImplemented"))
            with b.if_then(fits):
                b.drop(own)
                b.ret(answer)
            b.drop(answer)

        with b.over(count) as i:
            attempt(b.field(head, b.mul(b.add(i, I64(EACH)), I64(8)), POINTER))
        table = b.select(as_before, number(OTHERS), I64(0))
        with b.if_then(b.icmp_unsigned("!=", table, I64(0))):
            statics = b.inttoptr(number(STATICS), NUMBERS)
            fingerprint = b.call(self.fingerprint, [statics, *arguments])
            self.look_up(b, b.inttoptr(table, NUMBERS), fingerprint, quiet, attempt)
        otherwise = b.pointer(number(OTHERWISE))
        answer = b.extern("PyObject_Vectorcall", POINTER, otherwise, *arguments)
        b.drop(own)
        b.ret(answer)

    def look_up(
        self,
        b: Procedure,
        table: Value,
        fingerprint: Value,
        quiet: Value,
        attempt: Callable[[Value], None],
    ) -> None:
        """Attempt the calls that the table has for a fingerprint."""
        last = b.item(table, LAST)
        with b.loop(b.and_(fingerprint, last)) as loop:
            (i,) = loop.values
            at = b.add(b.mul(i, I64(2)), I64(SLOTS))
            number = b.item(table, b.add(at, I64(1)))
            loop.leave_unless(b.icmp_unsigned("!=", number, I64(0)))
            always = b.equal(b.and_(number, I64(1)), I64(0))
            same = b.equal(b.item(table, at), fingerprint)
            with b.if_then(b.and_(same, b.or_(always, quiet))):
                attempt(b.pointer(b.and_(number, I64(-2))))
            loop.next = [b.and_(b.add(i, I64(1)), last)]

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
            captured = b.pointer(b.load(numbers(b.add(I64(HEAD), i))))
            b.own(captured)
            b.put(cursor, REST, captured)
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
        end = b.ptrtoint(b.skip(cursor, REST, I64(0)), I64)
        with b.over(b.sdiv(b.sub(end, b.ptrtoint(leaves, I64)), I64(8))) as i:
            b.drop(b.item(leaves, i))
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
