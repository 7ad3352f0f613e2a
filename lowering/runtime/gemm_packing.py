"""What `gemm` is made of: loops, vectors and fields of a context, in LLVM IR; and the packing of
matrices into the order in which they are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from llvmlite import ir

from ..llvm.module import symbol
from ..llvm.types import I8, I32, I64, POINTER, Value
from ..llvm.width import WIDEST

# What a product is, and how far it is: the fields of the context of its tasks.
FIELDS = (
    *("m", "n", "k", "x", "x_row", "x_k", "y", "y_k", "y_column", "out", "out_row"),
    *("packed_x", "packed_y", "first", "depth", "strips", "group", "blocks"),
)
VOID = ir.VoidType()
LINE = 64  # bytes that what is packed is aligned to


class Packing:
    """Functions of a dtype under construction, for vectors of `width` bytes.

    A panel has `height` rows, a strip as many columns as `vectors` hold: their product fills about
    half of the registers, and the rest is for what is multiplied.
    """

    def __init__(
        self, module: ir.Module, dtype: str, element: Any, width: int, registers: int
    ) -> None:
        self.module, self.dtype, self.element = module, dtype, element
        self.bytes = 4 if dtype == "float32" else 8
        self.lanes = width // self.bytes
        self.vector = ir.VectorType(element, self.lanes)
        self.height, self.vectors = (8, 2) if registers == 32 else (4, 2)
        self.strip = self.vectors * self.lanes
        self.counted: list[Value] = []
        kind = ir.FunctionType(
            VOID, [ir.FunctionType(VOID, [POINTER, I64]).as_pointer(), POINTER, I64]
        )
        name = symbol("pool.parallel")
        self.parallel = module.globals.get(name) or ir.Function(module, kind, name)
        self.busy = self.variable("busy", I64)
        self.heap = self.variable("heap", POINTER)

    # -- Tasks that pack

    def emit_pack_y(self) -> ir.Function:
        """pack_y(context, i): strip i of y, row by row. Where y has no more columns there is
        something or other, which nobody looks at.
        """
        f, b = self.task("pack_y")
        of, (_, number) = self.fields(b, f.args[0]), f.args
        column = b.mul(number, I64(self.strip))
        left = self.least(b, I64(self.strip), b.sub(of["n"], column))
        source = self.pointer(b, self.moved(b, of["y"], b.mul(column, of["y_column"])))
        target = self.pointer(b, self.moved(b, of["packed_y"], b.mul(column, of["k"])))
        by_rows = b.icmp_signed("==", of["y_column"], I64(1))
        with b.if_then(b.and_(by_rows, b.icmp_signed("==", left, I64(self.strip)))):
            with self.count(b, of["k"]) as (k, _, _):
                for v in range(self.vectors):
                    read = b.add(b.mul(k, of["y_k"]), I64(v * self.lanes))
                    value = self.load_vector(b, source, read)
                    write = b.add(b.mul(k, I64(self.strip)), I64(v * self.lanes))
                    self.store_vector(b, value, self.at(b, target, write))
            b.ret_void()
        with b.if_then(by_rows):
            places = lambda k, j: (
                self.at(b, source, b.add(b.mul(k, of["y_k"]), j)),
                self.at(b, target, b.add(b.mul(k, I64(self.strip)), j)),
            )
            self.copy(b, of["k"], left, places)
            b.ret_void()
        squares = b.sdiv(of["k"], I64(self.lanes))
        with self.count(b, squares) as (square, _, _):
            k = b.mul(square, I64(self.lanes))
            self.pack_square(b, source, of["y_column"], left, target, k)
        done = b.mul(squares, I64(self.lanes))
        with self.count(b, b.sub(of["k"], done)) as (rest, _, _):
            k = b.add(done, rest)
            with self.count(b, left) as (j, _, _):
                value = self.load(b, source, b.add(b.mul(j, of["y_column"]), b.mul(k, of["y_k"])))
                write = self.at(b, target, b.add(b.mul(k, I64(self.strip)), j))
                b.store(value, self.typed(b, write))
        b.ret_void()
        return f

    def pack_square(
        self, b: ir.IRBuilder, source: Value, step: Value, columns: Value, target: Value, k: Value
    ) -> None:
        """Columns of y, which stand one after another, as rows: as many as a vector has lanes."""
        with self.count(b, I64(self.vectors)) as (v, _, _):
            first = b.mul(v, I64(self.lanes))
            found = []
            for t in range(self.lanes):
                j = self.least(b, b.add(first, I64(t)), b.sub(columns, I64(1)))
                found.append(self.load_vector(b, source, b.add(b.mul(j, step), k)))
            write = self.at(b, target, b.add(b.mul(k, I64(self.strip)), first))
            for t, row in enumerate(self.transposed(b, found)):
                self.store_vector(b, row, self.at(b, write, I64(t * self.strip)))

    def transposed(self, b: ir.IRBuilder, rows: list[Value]) -> list[Value]:
        """The square of some vectors turned: they are interleaved with those half of them further
        on, as often as it takes until each has lanes of all.
        """
        n = self.lanes
        masks = [
            ir.Constant(
                ir.VectorType(I32, n), [at for i in range(n // 2) for at in (low + i, n + low + i)]
            )
            for low in (0, n // 2)
        ]
        for _ in range(n.bit_length() - 1):
            pairs = zip(rows[: n // 2], rows[n // 2 :], strict=True)
            rows = [b.shuffle_vector(one, two, mask) for one, two in pairs for mask in masks]
        return rows

    def emit_pack_x(self) -> ir.Function:
        """pack_x(context, i): panel i of x, column by column."""
        f, b = self.task("pack_x")
        of, (_, number) = self.fields(b, f.args[0]), f.args
        row = b.mul(number, I64(self.height))
        left = b.sub(of["m"], row)
        source = self.pointer(b, self.moved(b, of["x"], b.mul(row, of["x_row"])))
        target = self.pointer(b, self.moved(b, of["packed_x"], b.mul(row, of["k"])))
        whole = b.icmp_signed(">=", left, I64(self.height))
        with b.if_then(b.and_(whole, b.icmp_signed("==", of["x_row"], I64(1)))):
            column = ir.VectorType(self.element, self.height)
            with self.count(b, of["k"]) as (k, _, _):
                place = b.bitcast(self.at(b, source, b.mul(k, of["x_k"])), column.as_pointer())
                value = b.load(place, align=self.bytes)
                self.store_vector(b, value, self.at(b, target, b.mul(k, I64(self.height))))
            b.ret_void()
        with self.count(b, of["k"]) as (k, _, _), self.count(b, I64(self.height)) as (i, _, _):
            inside = b.select(b.icmp_signed("<", i, left), i, I64(0))
            read = b.add(b.mul(inside, of["x_row"]), b.mul(k, of["x_k"]))
            write = self.at(b, target, b.add(b.mul(k, I64(self.height)), i))
            b.store(self.load(b, source, read), self.typed(b, write))
        b.ret_void()
        return f

    # -- Functions and loops

    def function(self, name: str, *kinds: Any, first: Any = I64) -> tuple[ir.Function, Any]:
        """An internal function of (`first`, …) and its builder."""
        made = ir.Function(
            self.module, ir.FunctionType(VOID, [first, *kinds]), f"{name}_{self.dtype}"
        )
        made.linkage = "internal"
        made.attributes.add("noinline")
        set.add(made.attributes, WIDEST)
        return made, ir.IRBuilder(made.append_basic_block("entry"))

    def task(self, name: str) -> tuple[ir.Function, Any]:
        return self.function(name, I64, first=POINTER)

    def variable(self, name: str, type: Any) -> ir.GlobalVariable:
        made = ir.GlobalVariable(self.module, type, f"{name}_{self.dtype}")
        made.initializer, made.linkage, made.align = ir.Constant(type, None), "internal", LINE
        return made

    @contextmanager
    def count(
        self, b: ir.IRBuilder, times: Value, initial: Sequence[Value] = ()
    ) -> Iterator[tuple[Value, list[Value], list[Value]]]:
        """A loop for i < `times`, which may be 0: gives i, what is carried, and a list for what it
        becomes. `counted` has the last values then.
        """
        before = b.block
        head, body, after = (b.append_basic_block(n) for n in ("head", "body", "after"))
        b.branch(head)
        b.position_at_end(head)
        index = b.phi(I64)
        index.add_incoming(I64(0), before)
        carried = [b.phi(value.type) for value in initial]
        for phi, value in zip(carried, initial, strict=True):
            phi.add_incoming(value, before)
        b.cbranch(b.icmp_signed("<", index, times), body, after)
        b.position_at_end(body)
        results: list[Value] = []
        yield index, carried, results
        index.add_incoming(b.add(index, I64(1), flags=("nsw",)), b.block)
        for phi, value in zip(carried, results, strict=True):
            phi.add_incoming(value, b.block)
        b.branch(head)
        b.position_at_end(after)
        self.counted = carried

    # -- Numbers

    def least(self, b: ir.IRBuilder, one: Value, two: Value) -> Value:
        return b.select(b.icmp_signed("<", one, two), one, two)

    def most(self, b: ir.IRBuilder, one: Value, two: Value) -> Value:
        return b.select(b.icmp_signed(">", one, two), one, two)

    def parts(self, b: ir.IRBuilder, length: Value, size: Any) -> Value:
        """How many parts of a size there are in a length, the last one being smaller, maybe."""
        size = I64(size) if isinstance(size, int) else size
        return b.sdiv(b.add(length, b.sub(size, I64(1))), size)

    def up(self, b: ir.IRBuilder, length: Value, size: int) -> Value:
        """A length, up to whole parts of a size."""
        return b.mul(self.parts(b, length, size), I64(size))

    # -- Memory

    def at(self, b: ir.IRBuilder, base: Value, position: Value) -> Value:
        """The address of an element."""
        return b.gep(base, [b.mul(position, I64(self.bytes))])

    def moved(self, b: ir.IRBuilder, address: Value, position: Value) -> Value:
        """An address as a number, so many elements further."""
        return b.add(address, b.mul(position, I64(self.bytes)))

    def pointer(self, b: ir.IRBuilder, address: Value) -> Value:
        return b.inttoptr(address, POINTER)

    def typed(self, b: ir.IRBuilder, address: Value) -> Value:
        return b.bitcast(address, self.element.as_pointer())

    def load(self, b: ir.IRBuilder, base: Value, position: Value) -> Value:
        return b.load(self.typed(b, self.at(b, base, position)), align=self.bytes)

    def load_vector(self, b: ir.IRBuilder, base: Value, position: Value) -> Value:
        place = b.bitcast(self.at(b, base, position), self.vector.as_pointer())
        return b.load(place, align=self.bytes)

    def store_vector(self, b: ir.IRBuilder, value: Value, place: Value) -> None:
        b.store(value, b.bitcast(place, value.type.as_pointer()), align=self.bytes)

    def splat(self, b: ir.IRBuilder, number: Value) -> Value:
        """A vector of one number."""
        one = b.insert_element(ir.Constant(self.vector, ir.Undefined), number, I32(0))
        zeros = ir.Constant(ir.VectorType(I32, self.lanes), [0] * self.lanes)
        return b.shuffle_vector(one, ir.Constant(self.vector, ir.Undefined), zeros)

    def room(self, b: ir.IRBuilder, size: int) -> Value:
        """So many bytes on the stack."""
        with b.goto_entry_block():
            slot = b.alloca(ir.ArrayType(I8, size))
            slot.align = LINE
            return b.bitcast(slot, POINTER)

    def slot(self, b: ir.IRBuilder, fields: int) -> Value:
        with b.goto_entry_block():
            return b.alloca(ir.ArrayType(I64, fields))

    def fields(self, b: ir.IRBuilder, context: Value) -> dict[str, Value]:
        """What stands in a context."""
        table = b.bitcast(context, I64.as_pointer())
        return {name: b.load(b.gep(table, [I64(i)])) for i, name in enumerate(FIELDS)}

    def put(self, b: ir.IRBuilder, context: Value, values: dict[str, Value]) -> None:
        table = b.bitcast(context, I64.as_pointer())
        for i, name in enumerate(FIELDS):
            b.store(values[name], b.gep(table, [I64(i)]))

    def copy(self, b: ir.IRBuilder, rows: Value, columns: Value, places: Any) -> None:
        """From the first to the second of `places(i, j)`: vectors, and elements at their end."""
        vectors = b.sdiv(columns, I64(self.lanes))
        done = b.mul(vectors, I64(self.lanes))
        with self.count(b, rows) as (i, _, _):
            with self.count(b, vectors) as (v, _, _):
                source, target = places(i, b.mul(v, I64(self.lanes)))
                self.store_vector(b, self.load_vector(b, source, I64(0)), target)
            with self.count(b, b.sub(columns, done)) as (j, _, _):
                source, target = places(i, b.add(done, j))
                b.store(self.load(b, source, I64(0)), self.typed(b, target))

    def lined(self, b: ir.IRBuilder, address: Value) -> Value:
        """The first line at or behind an address."""
        number = b.add(b.ptrtoint(address, I64), I64(LINE - 1))
        return b.inttoptr(b.and_(number, I64(-LINE)), POINTER)

    def take_heap(self, b: ir.IRBuilder, size: int) -> Value:
        """Memory of so many bytes: what is kept from one product to the next, or if another one
        works with that, new memory; null if there is none.
        """
        allocate = self.outside("malloc", POINTER, I64)
        had = b.atomic_rmw("xchg", self.busy, I64(1), "acquire")
        free = b.icmp_unsigned("==", had, I64(0))
        kept = b.load(self.heap)
        usable = b.and_(free, b.icmp_unsigned("!=", kept, POINTER(None)))
        before, new, after = b.block, b.append_basic_block("new"), b.append_basic_block("taken")
        b.cbranch(usable, after, new)
        b.position_at_end(new)
        made = b.call(allocate, [I64(size + LINE)])
        with b.if_then(free):
            b.store(made, self.heap)
            with b.if_then(b.icmp_unsigned("==", made, POINTER(None))):
                b.store_atomic(I64(0), self.busy, "release", 8)
        end = b.block
        b.branch(after)
        b.position_at_end(after)
        room = b.phi(POINTER)
        room.add_incoming(kept, before)
        room.add_incoming(made, end)
        return room

    def give_heap(self, b: ir.IRBuilder, room: Value) -> None:
        ours = b.icmp_unsigned("==", room, b.load(self.heap))
        with b.if_else(ours) as (kept, other):
            with kept:
                b.store_atomic(I64(0), self.busy, "release", 8)
            with other:
                b.call(self.outside("free", VOID, POINTER), [room])

    def outside(self, name: str, result: Any, *kinds: Any) -> ir.Function:
        known = self.module.globals.get(name)
        return known or ir.Function(self.module, ir.FunctionType(result, kinds), name)
