"""Memory of large results, kept when their arrays die and used for the next ones, in LLVM IR.

A block that is new to the process is mapped and cleared by the operating system, page by page, as a
loop first writes to it; for many loops that takes as long as their work. So arrays that a compiled
function returns have, if large, a memory handler of polyad's own (NumPy's NEP 49), which gives back
to NumPy's no more than what is beyond `config.kept_results`. To the arrays' users nothing changes:
they own their memory, may be resized, outlive everything, and die in any thread.

The first call of a function, which may be the only one, does without: it would wait for this code.

`polyad_new_array(rank, shape, number)` is such an array, of NumPy's dtype `number`. It is as NumPy
makes it where the user has set another handler, or nothing is to be kept.

In front of a block's data stand its size and where it begins. The blocks that nobody uses are in a
table, the oldest first, behind a flag: who finds it raised does without the table. So nobody waits,
also not in a child that was forked meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from llvmlite import ir

from ..llvm.blocks import endless, leave_if
from ..llvm.module import symbol
from ..llvm.types import I8, I32, I64, POINTER, Value, as_it_stands

MOST = 64  # blocks in the table
# NumPy's large arrays begin 16 bytes into a page. As measured, a loop that reads one takes up to
# twice as long, once caches are too small for both, where what it writes begins as far into a page
# or a little further than a line; not where that is 6 to 12 lines further.
PAGE, OFFSET, HEAD = 4096, 512, 16  # bytes; HEAD is what stands in front of the data
VOID, FLAG = ir.VoidType(), ir.IntType(1)
NULL = POINTER(None)
ALLOCATE = ir.FunctionType(POINTER, [POINTER, I64])
RELEASE = ir.FunctionType(VOID, [POINTER, POINTER, I64])
# What the process tells the module: NumPy's handler and what it consists of, polyad's handler, and
# how many bytes are to be kept.
POINTERS = ("default", "own", "context", "malloc", "free")


class Results:
    """The module under construction."""

    def __init__(self, large: int) -> None:
        self.large, self.module = large, ir.Module("results")
        self.pointers = {name: self.variable(f"polyad_{name}", POINTER) for name in POINTERS}
        self.limit = self.variable("polyad_limit", I64)
        self.kept = self.variable("polyad_kept", I64)  # bytes in the table
        self.flag, self.count = (self.variable(n, I64, "internal") for n in ("flag", "count"))
        self.table = self.variable("table", ir.ArrayType(POINTER, MOST), "internal")
        self.called: dict[str, Value] = {}
        self.outside = ("object.ndarray",)
        self.emit_drop()
        self.emit_remove()
        self.emit_evict()
        self.emit_trim()
        self.emit_take()
        self.emit_fresh()
        self.emit_allocate()
        self.emit_release()
        self.emit_clear()
        self.emit_reallocate()
        self.emit_new_array()

    # -- Parts

    def variable(self, name: str, type: ir.Type, linkage: str = "") -> ir.GlobalVariable:
        made = ir.GlobalVariable(self.module, type, name)
        made.initializer, made.linkage = ir.Constant(type, None), linkage
        return made

    def function(self, name: str, result: ir.Type, *arguments: ir.Type) -> ir.Function:
        made = ir.Function(self.module, ir.FunctionType(result, arguments), name)
        made.linkage = "" if name.startswith("polyad_") else "internal"
        as_it_stands(made)
        self.b = ir.IRBuilder(made.append_basic_block("entry"))
        return made

    def call(self, name: str, result: ir.Type, *arguments: Value) -> Value:
        """A function of Python's or NumPy's."""
        if name not in self.called:
            type = ir.FunctionType(result, [a.type for a in arguments])
            self.called[name] = ir.Function(self.module, type, name)
        return self.b.call(self.called[name], arguments)

    def numpys(self, name: str, type: ir.FunctionType, *arguments: Value) -> Value:
        """`malloc` or `free` of NumPy's handler."""
        function = self.b.bitcast(self.b.load(self.pointers[name]), type.as_pointer())
        return self.b.call(function, [self.b.load(self.pointers["context"]), *arguments])

    def slot(self, index: Value) -> Value:
        return self.b.gep(self.table, [I64(0), index])

    def in_front(self, data: Value, offset: int) -> Value:
        """The place of the size of a block (-16) or of its beginning (-8)."""
        return self.b.bitcast(self.b.gep(data, [I64(offset)]), I64.as_pointer())

    def size_of(self, data: Value) -> Value:
        return self.b.load(self.in_front(data, -16))

    def add(self, variable: Value, amount: Value) -> None:
        self.b.store(self.b.add(self.b.load(variable), amount), variable)

    @contextmanager
    def if_flagged(self) -> Iterator[None]:
        """With the flag raised by us; not at all if it was."""
        before = self.b.atomic_rmw("xchg", self.flag, I64(1), "acquire")
        with self.b.if_then(self.b.icmp_unsigned("==", before, I64(0))):
            yield
            if not self.b.block.is_terminated:
                self.lower()

    def lower(self) -> None:
        self.b.store_atomic(I64(0), self.flag, "release", 8)

    # -- The table, for whom the flag is raised

    def emit_drop(self) -> None:
        """drop(data): give a block back to NumPy's handler."""
        self.drop = self.function("drop", VOID, POINTER)
        (data,) = self.drop.args
        base = self.b.inttoptr(self.b.load(self.in_front(data, -8)), POINTER)
        self.numpys("free", RELEASE, base, self.whole(self.size_of(data)))
        self.b.ret_void()

    def whole(self, size: Value) -> Value:
        """The bytes of a block for `size` bytes of data."""
        return self.b.add(size, I64(HEAD + PAGE))

    def emit_remove(self) -> None:
        """remove(i): the block in slot i, which leaves the table."""
        self.remove = self.function("remove", POINTER, I64)
        b, (index,) = self.b, self.remove.args
        data = b.load(self.slot(index))
        self.add(self.count, I64(-1))
        self.add(self.kept, b.neg(self.size_of(data)))
        place = b.alloca(I64)
        b.store(index, place)
        with endless(self.b) as done:
            i = b.load(place)
            leave_if(self.b, b.icmp_unsigned(">=", i, b.load(self.count)), done)
            following = b.add(i, I64(1))
            b.store(b.load(self.slot(following)), self.slot(i))
            b.store(following, place)
        b.ret(data)

    def emit_evict(self) -> None:
        """evict(limit): drop the oldest blocks until so many bytes are kept, and a slot is free."""
        self.evict = self.function("evict", VOID, I64)
        b = self.b
        with endless(self.b) as done:
            beyond = b.icmp_unsigned(">", b.load(self.kept), self.evict.args[0])
            full = b.icmp_unsigned("==", b.load(self.count), I64(MOST))
            leave_if(self.b, b.not_(b.or_(beyond, full)), done)
            b.call(self.drop, [b.call(self.remove, [I64(0)])])
        b.ret_void()

    # -- The handler

    def emit_trim(self) -> None:
        """polyad_trim(): keep no more than the limit; 0 if the table was not to be had."""
        self.function("polyad_trim", I32)
        with self.if_flagged():
            self.b.call(self.evict, [self.b.load(self.limit)])
            self.lower()
            self.b.ret(I32(1))
        self.b.ret(I32(0))

    def emit_take(self) -> None:
        """take(size): the newest kept block of this size, or NULL."""
        self.take = self.function("take", POINTER, I64)
        b = self.b
        place = b.alloca(I64)
        with self.if_flagged():
            b.store(b.load(self.count), place)
            with endless(self.b) as none:
                i = b.load(place)
                leave_if(self.b, b.icmp_unsigned("==", i, I64(0)), none)
                before = b.sub(i, I64(1))
                b.store(before, place)
                size = self.size_of(b.load(self.slot(before)))
                with b.if_then(b.icmp_unsigned("==", size, self.take.args[0])):
                    found = b.call(self.remove, [before])
                    self.lower()
                    b.ret(found)
        b.ret(NULL)

    def emit_fresh(self) -> None:
        """fresh(size): a block of NumPy's handler, or NULL."""
        self.fresh = self.function("fresh", POINTER, I64)
        b, (size,) = self.b, self.fresh.args
        base = self.numpys("malloc", ALLOCATE, self.whole(size))
        with b.if_then(b.icmp_unsigned("==", base, NULL)):
            b.ret(NULL)
        start = b.ptrtoint(base, I64)
        page = b.and_(b.add(start, I64(HEAD + PAGE - OFFSET - 1)), I64(-PAGE))
        place = b.add(page, I64(OFFSET))
        data = b.inttoptr(place, POINTER)
        b.store(size, self.in_front(data, -16))
        b.store(start, self.in_front(data, -8))
        b.ret(data)

    def emit_allocate(self) -> None:
        """A kept block or a fresh one; for which others are dropped if there is no room."""
        self.allocate = self.function("polyad_allocate", POINTER, POINTER, I64)
        b, (_, size) = self.b, self.allocate.args
        for function in (self.take, self.fresh):
            data = b.call(function, [size])
            with b.if_then(b.icmp_unsigned("!=", data, NULL)):
                b.ret(data)
        with self.if_flagged():
            b.call(self.evict, [I64(0)])
        b.ret(b.call(self.fresh, [size]))

    def emit_release(self) -> None:
        """Keep a block that is large and within the limit."""
        self.release = self.function("polyad_release", VOID, POINTER, POINTER, I64)
        b, (_, data, _) = self.b, self.release.args
        with b.if_then(b.icmp_unsigned("==", data, NULL)):
            b.ret_void()
        size, limit = self.size_of(data), b.load(self.limit)
        large = b.icmp_unsigned(">=", size, I64(self.large))
        with b.if_then(b.and_(large, b.icmp_unsigned("<=", size, limit))), self.if_flagged():
            b.call(self.evict, [b.sub(limit, size)])
            b.store(data, self.slot(b.load(self.count)))
            self.add(self.count, I64(1))
            self.add(self.kept, size)
            self.lower()
            b.ret_void()
        b.call(self.drop, [data])
        b.ret_void()

    def emit_clear(self) -> None:
        """A block of zeros: `calloc`."""
        function = self.function("polyad_clear", POINTER, POINTER, I64, I64)
        b, (context, number, each) = self.b, function.args
        size = b.mul(number, each)
        data = b.call(self.allocate, [context, size])
        with b.if_then(b.icmp_unsigned("!=", data, NULL)):
            fill = self.module.declare_intrinsic("llvm.memset", [POINTER, I64])
            b.call(fill, [data, I8(0), size, FLAG(0)])
        b.ret(data)

    def emit_reallocate(self) -> None:
        """A block of another size that begins with the same data; the old one is released."""
        function = self.function("polyad_reallocate", POINTER, POINTER, POINTER, I64)
        b, (context, old, size) = self.b, function.args
        data = b.call(self.allocate, [context, size])
        both = b.and_(b.icmp_unsigned("!=", data, NULL), b.icmp_unsigned("!=", old, NULL))
        with b.if_then(both):
            before = self.size_of(old)
            fewer = b.select(b.icmp_unsigned("<", size, before), size, before)
            copy = self.module.declare_intrinsic("llvm.memcpy", [POINTER, POINTER, I64])
            b.call(copy, [data, old, fewer, FLAG(0)])
            b.call(self.release, [context, old, before])
        b.ret(data)

    # -- Arrays

    def emit_new_array(self) -> None:
        """PyArray_New under polyad's handler, where NumPy's is in force."""
        function = self.function("polyad_new_array", POINTER, I32, POINTER, I32)
        b, (rank, shape, number) = self.b, function.args
        ndarray = ir.GlobalVariable(self.module, I8, symbol(*self.outside))
        zero = I32(0)
        arguments = (ndarray, rank, shape, number, NULL, NULL, zero, zero, NULL)
        new = lambda: self.call("polyad.PyArray_New", POINTER, *arguments)
        set_to = lambda handler: self.call("polyad.PyDataMem_SetHandler", POINTER, handler)
        drop = lambda thing: self.call("Py_DecRef", VOID, thing)
        with b.if_then(b.icmp_unsigned("==", b.load(self.limit), I64(0))):
            b.ret(new())
        before = set_to(b.load(self.pointers["own"]))
        with b.if_then(b.icmp_unsigned("==", before, NULL)):
            b.ret(NULL)
        numpys = b.icmp_unsigned("==", before, b.load(self.pointers["default"]))
        with b.if_then(b.not_(numpys)):
            drop(set_to(before))
            drop(before)
            b.ret(new())
        array = new()
        drop(set_to(before))
        drop(before)
        b.ret(array)
