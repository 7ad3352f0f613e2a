"""Memory of large results, kept when their arrays die and used for the next ones, in LLVM IR.

The operating system maps and clears new memory page by page, when a loop first writes to it; for
many loops that takes as long as their work. So large arrays that a compiled function returns have a
memory handler of polyad's own (NumPy's NEP 49). It gives memory back to NumPy's handler only beyond
`config.kept_results`. To the arrays' users nothing changes: they own their memory, may be resized,
may outlive everything, and may die in any thread.

The first call of a function does without: it would wait for this code, and may be the only call.

`polyad_new_array(rank, shape, number)` is a new array of NumPy's dtype `number`. NumPy's handler
makes it if the user has set a handler, or nothing is to be kept.

In front of a block's data are its size and its start. The unused blocks are in a table, the oldest
first, behind a flag: a thread that finds the flag raised does without the table. So no thread
waits, nor does a forked child.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from llvmlite import ir

from ..llvm.module import AS_WRITTEN, Module
from ..llvm.types import I32, I64, POINTER, Value
from ..llvm.writer import NULL, VOID, Writer

MOST = 64  # blocks in the table
PAGE = 4096  # bytes
# Bytes from the start of a page to the data. NumPy's large arrays begin 16 bytes into a page. A
# loop that reads one takes up to twice as long if the array that it writes begins about as far into
# a page (4K aliasing); 6 to 12 cache lines further, it does not.
OFFSET = 512
HEAD = 16  # bytes in front of the data: SIZE and START, as offsets from there
SIZE, START = -16, -8
ALLOCATE = ir.FunctionType(POINTER, [POINTER, I64])
RELEASE = ir.FunctionType(VOID, [POINTER, POINTER, I64])
# The process sets these: NumPy's handler and its parts, polyad's handler.
POINTERS = ("default", "own", "context", "malloc", "free")


class Results(Module):
    """The module of the memory of results of `large` bytes or more."""

    def __init__(self, large: int) -> None:
        super().__init__("results")
        self.large = large
        self.pointers = {n: self.variable(f"polyad_{n}", POINTER, exported=True) for n in POINTERS}
        self.limit = self.variable("polyad_limit", I64, exported=True)  # bytes to keep, at most
        self.kept = self.variable("polyad_kept", I64, exported=True)  # bytes in the table
        self.flag, self.count = (self.variable(name, I64) for name in ("flag", "count"))
        self.table = self.variable("table", ir.ArrayType(POINTER, MOST))
        self.drop = self.emit_drop()
        self.remove = self.emit_remove()
        self.evict = self.emit_evict()
        self.emit_trim()
        self.take = self.emit_take()
        self.fresh = self.emit_fresh()
        self.allocate = self.emit_allocate()
        self.release = self.emit_release()
        self.emit_clear()
        self.emit_reallocate()
        self.emit_new_array()

    # -- Parts

    def begin(self, name: str, result: ir.Type, *arguments: ir.Type) -> Writer:
        exported = name.startswith("polyad_")
        self.b = self.function(name, result, arguments, *AS_WRITTEN, exported=exported)
        return self.b

    def numpys(self, name: str, type: ir.FunctionType, *arguments: Value) -> Value:
        """`malloc` or `free` of NumPy's handler."""
        function = self.b.bitcast(self.b.load(self.pointers[name]), type.as_pointer())
        return self.b.call(function, [self.b.load(self.pointers["context"]), *arguments])

    def entry(self, index: Value) -> Value:
        """The address of an entry of the table."""
        return self.b.gep(self.table, [I64(0), index])

    def add(self, variable: Value, amount: Value) -> None:
        self.b.store(self.b.add(self.b.load(variable), amount), variable)

    @contextmanager
    def if_flagged(self) -> Iterator[None]:
        """Raise the flag and do the body; skip the body if the flag was raised already."""
        before = self.b.atomic_rmw("xchg", self.flag, I64(1), "acquire")
        with self.b.if_then(self.b.icmp_unsigned("==", before, I64(0))):
            yield
            if not self.b.block.is_terminated:
                self.lower()

    def lower(self) -> None:
        self.b.store_atomic(I64(0), self.flag, "release", 8)

    # -- The table: for the one who has raised the flag

    def emit_drop(self) -> ir.Function:
        """drop(data): give a block back to NumPy's handler."""
        b = self.begin("drop", VOID, POINTER)
        (data,) = b.args
        base = b.inttoptr(b.field(data, START), POINTER)
        self.numpys("free", RELEASE, base, self.whole(b.field(data, SIZE)))
        b.ret_void()
        return b.function

    def whole(self, size: Value) -> Value:
        """The bytes of a block for `size` bytes of data."""
        return self.b.add(size, I64(HEAD + PAGE))

    def emit_remove(self) -> ir.Function:
        """remove(i): the block in entry i, which leaves the table."""
        b = self.begin("remove", POINTER, I64)
        (index,) = b.args
        data = b.load(self.entry(index))
        self.add(self.count, I64(-1))
        self.add(self.kept, b.neg(b.field(data, SIZE)))
        with b.over(b.load(self.count), index) as i:
            b.store(b.load(self.entry(b.add(i, I64(1)))), self.entry(i))
        b.ret(data)
        return b.function

    def emit_evict(self) -> ir.Function:
        """evict(limit): drop the oldest blocks until `limit` bytes are kept at most, and an entry
        is free.
        """
        b = self.begin("evict", VOID, I64)
        with b.loop() as loop:
            beyond = b.icmp_unsigned(">", b.load(self.kept), b.args[0])
            full = b.icmp_unsigned("==", b.load(self.count), I64(MOST))
            loop.leave_unless(b.or_(beyond, full))
            b.call(self.drop, [b.call(self.remove, [I64(0)])])
        b.ret_void()
        return b.function

    # -- The handler

    def emit_trim(self) -> None:
        """polyad_trim(): keep no more than the limit; 0 if the table was in use."""
        b = self.begin("polyad_trim", I32)
        with self.if_flagged():
            b.call(self.evict, [b.load(self.limit)])
            self.lower()
            b.ret(I32(1))
        b.ret(I32(0))

    def emit_take(self) -> ir.Function:
        """take(size): the newest kept block of this size, or NULL."""
        b = self.begin("take", POINTER, I64)
        with self.if_flagged():
            count = b.load(self.count)
            with b.over(count) as newer:
                index = b.sub(b.sub(count, I64(1)), newer)
                size = b.field(b.load(self.entry(index)), SIZE)
                with b.if_then(b.icmp_unsigned("==", size, b.args[0])):
                    found = b.call(self.remove, [index])
                    self.lower()
                    b.ret(found)
        b.ret(NULL)
        return b.function

    def emit_fresh(self) -> ir.Function:
        """fresh(size): a block of NumPy's handler, or NULL."""
        b = self.begin("fresh", POINTER, I64)
        (size,) = b.args
        base = self.numpys("malloc", ALLOCATE, self.whole(size))
        with b.if_then(b.is_null(base)):
            b.ret(NULL)
        start = b.ptrtoint(base, I64)
        page = b.and_(b.add(start, I64(HEAD + PAGE - OFFSET - 1)), I64(-PAGE))
        data = b.inttoptr(b.add(page, I64(OFFSET)), POINTER)
        b.set_field(size, data, SIZE)
        b.set_field(start, data, START)
        b.ret(data)
        return b.function

    def emit_allocate(self) -> ir.Function:
        """polyad_allocate(context, size): a kept block or a fresh one. If there is no memory, all
        kept blocks are dropped first.
        """
        b = self.begin("polyad_allocate", POINTER, POINTER, I64)
        (_, size) = b.args
        for function in (self.take, self.fresh):
            data = b.call(function, [size])
            with b.if_then(b.is_there(data)):
                b.ret(data)
        with self.if_flagged():
            b.call(self.evict, [I64(0)])
        b.ret(b.call(self.fresh, [size]))
        return b.function

    def emit_release(self) -> ir.Function:
        """polyad_release(context, data, size): keep a block that is large and within the limit."""
        b = self.begin("polyad_release", VOID, POINTER, POINTER, I64)
        (_, data, _) = b.args
        with b.if_then(b.is_null(data)):
            b.ret_void()
        size, limit = b.field(data, SIZE), b.load(self.limit)
        large = b.icmp_unsigned(">=", size, I64(self.large))
        with b.if_then(b.and_(large, b.icmp_unsigned("<=", size, limit))), self.if_flagged():
            b.call(self.evict, [b.sub(limit, size)])
            b.store(data, self.entry(b.load(self.count)))
            self.add(self.count, I64(1))
            self.add(self.kept, size)
            self.lower()
            b.ret_void()
        b.call(self.drop, [data])
        b.ret_void()
        return b.function

    def emit_clear(self) -> None:
        """polyad_clear(context, number, each): a block of zeros."""
        b = self.begin("polyad_clear", POINTER, POINTER, I64, I64)
        context, number, each = b.args
        size = b.mul(number, each)
        data = b.call(self.allocate, [context, size])
        with b.if_then(b.is_there(data)):
            b.clear(data, size)
        b.ret(data)

    def emit_reallocate(self) -> None:
        """polyad_reallocate(context, old, size): a block of another size with the old one's data;
        the old one is released.
        """
        b = self.begin("polyad_reallocate", POINTER, POINTER, POINTER, I64)
        context, old, size = b.args
        data = b.call(self.allocate, [context, size])
        with b.if_then(b.and_(b.is_there(data), b.is_there(old))):
            before = b.field(old, SIZE)
            fewer = b.select(b.icmp_unsigned("<", size, before), size, before)
            b.copy(data, old, fewer)
            b.call(self.release, [context, old, before])
        b.ret(data)

    # -- Arrays

    def emit_new_array(self) -> None:
        """polyad_new_array(rank, shape, number): PyArray_New under polyad's handler, if NumPy's is
        in force.
        """
        b = self.begin("polyad_new_array", POINTER, I32, POINTER, I32)
        rank, shape, number = b.args
        zero = I32(0)
        arguments = (self.object("ndarray"), rank, shape, number, NULL, NULL, zero, zero, NULL)
        new = lambda: b.extern("polyad.PyArray_New", POINTER, *arguments)
        set_to = lambda handler: b.extern("polyad.PyDataMem_SetHandler", POINTER, handler)
        drop = lambda thing: b.extern("Py_DecRef", VOID, thing)
        with b.if_then(b.icmp_unsigned("==", b.load(self.limit), I64(0))):
            b.ret(new())
        before = set_to(b.load(self.pointers["own"]))
        with b.if_then(b.is_null(before)):
            b.ret(NULL)
        numpys = b.icmp_unsigned("==", before, b.load(self.pointers["default"]))
        array = b.slot(POINTER, NULL)
        with b.if_then(numpys):
            b.store(new(), array)
        own = b.slot(POINTER, set_to(before))
        with b.if_then(b.is_null(b.load(own)), likely=False):  # it takes a little memory
            b.extern("PyErr_Clear", VOID)
            b.store(set_to(before), own)
        with b.if_then(b.and_(b.not_(numpys), b.is_there(b.load(own)))):
            b.store(new(), array)
        with b.if_then(b.is_null(b.load(own)), likely=False):
            drop(b.load(array))
            b.store(NULL, array)
        drop(b.load(own))
        drop(before)
        with b.if_then(b.is_null(b.load(array)), likely=False):
            b.extern("PyErr_NoMemory", POINTER)
        b.ret(b.load(array))
