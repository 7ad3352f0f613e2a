"""Vectors, and fields of a context, for `gemm`; and the packing of matrices into the order in which
they are read.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from ..llvm.module import Module
from ..llvm.types import I32, I64, POINTER, Value
from ..llvm.width import WIDEST
from ..llvm.writer import VOID, Writer, number

# The fields of the context of a product's tasks: its operands, and its progress.
FIELDS = (
    *("m", "n", "k", "x", "x_row", "x_k", "y", "y_k", "y_column", "out", "out_row"),
    *("packed_x", "packed_y", "first", "depth", "strips", "group", "blocks"),
)
LINE = 64  # bytes: the alignment of packed matrices


class Packing(Module):
    """The module of the products of a dtype, for vectors of `width` bytes.

    A panel has `height` rows, and a strip has the columns of `vectors` vectors. Their product fills
    about half of the registers; the factors use the rest.
    """

    def __init__(self, dtype: str, element: Any, width: int, registers: int) -> None:
        super().__init__(f"gemm_{dtype}")
        self.dtype, self.element = dtype, element
        self.size = 4 if dtype == "float32" else 8
        self.lanes = width // self.size
        self.vector = ir.VectorType(element, self.lanes)
        self.height, self.vectors = (8, 2) if registers == 32 else (4, 2)
        self.strip = self.vectors * self.lanes
        self.busy = self.variable(f"busy_{dtype}", I64, align=LINE)
        self.heap = self.variable(f"heap_{dtype}", POINTER, align=LINE)

    # -- Tasks that pack

    def emit_pack_y(self) -> ir.Function:
        """pack_y(context, i): strip i of y, row by row. Columns beyond y are left unset; no result
        uses them.
        """
        b = self.task("pack_y")
        of, (_, which) = self.fields(b, b.args[0]), b.args
        column = b.mul(which, I64(self.strip))
        left = b.least(I64(self.strip), b.sub(of["n"], column))
        source = self.pointer(b, self.moved(b, of["y"], b.mul(column, of["y_column"])))
        target = self.pointer(b, self.moved(b, of["packed_y"], b.mul(column, of["k"])))
        by_rows = b.icmp_signed("==", of["y_column"], I64(1))
        with b.if_then(b.and_(by_rows, b.icmp_signed("==", left, I64(self.strip)))):
            with b.over(of["k"]) as k:
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
        with b.over(squares) as square:
            k = b.mul(square, I64(self.lanes))
            self.pack_square(b, source, of["y_column"], left, target, k)
        done = b.mul(squares, I64(self.lanes))
        with b.over(b.sub(of["k"], done)) as rest:
            k = b.add(done, rest)
            with b.over(left) as j:
                value = self.load(b, source, b.add(b.mul(j, of["y_column"]), b.mul(k, of["y_k"])))
                write = self.at(b, target, b.add(b.mul(k, I64(self.strip)), j))
                b.store(value, self.typed(b, write))
        b.ret_void()
        return b.function

    def pack_square(
        self, b: Writer, source: Value, step: Value, columns: Value, target: Value, k: Value
    ) -> None:
        """Adjacent columns of y as rows; their number is the lanes of a vector."""
        with b.over(I64(self.vectors)) as v:
            first = b.mul(v, I64(self.lanes))
            found = []
            for t in range(self.lanes):
                j = b.least(b.add(first, I64(t)), b.sub(columns, I64(1)))
                found.append(self.load_vector(b, source, b.add(b.mul(j, step), k)))
            write = self.at(b, target, b.add(b.mul(k, I64(self.strip)), first))
            for t, row in enumerate(self.transposed(b, found)):
                self.store_vector(b, row, self.at(b, write, I64(t * self.strip)))

    def transposed(self, b: Writer, rows: list[Value]) -> list[Value]:
        """The transpose of a square of vectors. Each step interleaves the first half of them with
        the second half, until each has lanes of all.
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
        b = self.task("pack_x")
        of, (_, which) = self.fields(b, b.args[0]), b.args
        row = b.mul(which, I64(self.height))
        left = b.sub(of["m"], row)
        source = self.pointer(b, self.moved(b, of["x"], b.mul(row, of["x_row"])))
        target = self.pointer(b, self.moved(b, of["packed_x"], b.mul(row, of["k"])))
        whole = b.icmp_signed(">=", left, I64(self.height))
        with b.if_then(b.and_(whole, b.icmp_signed("==", of["x_row"], I64(1)))):
            column = ir.VectorType(self.element, self.height)
            with b.over(of["k"]) as k:
                place = b.bitcast(self.at(b, source, b.mul(k, of["x_k"])), column.as_pointer())
                value = b.load(place, align=self.size)
                self.store_vector(b, value, self.at(b, target, b.mul(k, I64(self.height))))
            b.ret_void()
        with b.over(of["k"]) as k, b.over(I64(self.height)) as i:
            inside = b.select(b.icmp_signed("<", i, left), i, I64(0))
            read = b.add(b.mul(inside, of["x_row"]), b.mul(k, of["x_k"]))
            write = self.at(b, target, b.add(b.mul(k, I64(self.height)), i))
            b.store(self.load(b, source, read), self.typed(b, write))
        b.ret_void()
        return b.function

    # -- Functions

    def begin(self, name: str, *kinds: Any, first: Any = I64) -> Writer:
        """An internal function of (`first`, …)."""
        attributes = ("noinline", WIDEST)
        return self.function(f"{name}_{self.dtype}", VOID, [first, *kinds], *attributes)

    def task(self, name: str) -> Writer:
        return self.begin(name, I64, first=POINTER)

    # -- Numbers

    def most(self, b: Writer, one: Value, two: Value) -> Value:
        return b.select(b.icmp_signed(">", one, two), one, two)

    def parts(self, b: Writer, length: Value, size: Any) -> Value:
        """The number of parts of a size in a length; the last one may be smaller."""
        return b.sdiv(b.add(length, b.sub(number(size), I64(1))), number(size))

    def up(self, b: Writer, length: Value, size: int) -> Value:
        """A length, up to whole parts of a size."""
        return b.mul(self.parts(b, length, size), I64(size))

    # -- Memory

    def at(self, b: Writer, base: Value, position: Value) -> Value:
        """The address of an element."""
        return b.gep(base, [b.mul(position, I64(self.size))])

    def moved(self, b: Writer, address: Value, position: Value) -> Value:
        """An address as a number, moved on by `position` elements."""
        return b.add(address, b.mul(position, I64(self.size)))

    def pointer(self, b: Writer, address: Value) -> Value:
        return b.inttoptr(address, POINTER)

    def typed(self, b: Writer, address: Value) -> Value:
        return b.bitcast(address, self.element.as_pointer())

    def load(self, b: Writer, base: Value, position: Value) -> Value:
        return b.load(self.typed(b, self.at(b, base, position)), align=self.size)

    def load_vector(self, b: Writer, base: Value, position: Value) -> Value:
        place = b.bitcast(self.at(b, base, position), self.vector.as_pointer())
        return b.load(place, align=self.size)

    def store_vector(self, b: Writer, value: Value, place: Value) -> None:
        b.store(value, b.bitcast(place, value.type.as_pointer()), align=self.size)

    def record(self, b: Writer) -> Value:
        """Room for a context."""
        return b.room(8 * len(FIELDS), 8)

    def fields(self, b: Writer, context: Value) -> dict[str, Value]:
        """The fields of a context."""
        return {name: b.field(context, 8 * i) for i, name in enumerate(FIELDS)}

    def put(self, b: Writer, context: Value, values: dict[str, Value]) -> None:
        for i, name in enumerate(FIELDS):
            b.set_field(values[name], context, 8 * i)

    def copy(self, b: Writer, rows: Value, columns: Value, places: Any) -> None:
        """Copy from the first to the second address of `places(i, j)`: by vectors, and by elements
        at the end of a row.
        """
        vectors = b.sdiv(columns, I64(self.lanes))
        done = b.mul(vectors, I64(self.lanes))
        with b.over(rows) as i:
            with b.over(vectors) as v:
                source, target = places(i, b.mul(v, I64(self.lanes)))
                self.store_vector(b, self.load_vector(b, source, I64(0)), target)
            with b.over(b.sub(columns, done)) as j:
                source, target = places(i, b.add(done, j))
                b.store(self.load(b, source, I64(0)), self.typed(b, target))

    def lined(self, b: Writer, address: Value) -> Value:
        """The first address from `address` on that is aligned to a line."""
        number = b.add(b.ptrtoint(address, I64), I64(LINE - 1))
        return b.inttoptr(b.and_(number, I64(-LINE)), POINTER)

    def take_heap(self, b: Writer, size: int) -> Value:
        """Memory of `size` bytes: the block kept from the last product, or a new one while another
        product uses that; null if there is none.
        """
        had = b.atomic_rmw("xchg", self.busy, I64(1), "acquire")
        free = b.icmp_unsigned("==", had, I64(0))
        kept = b.load(self.heap)

        def new() -> Value:
            made = b.extern("malloc", POINTER, I64(size + LINE))
            with b.if_then(free):
                b.store(made, self.heap)
                with b.if_then(b.is_null(made)):
                    b.store_atomic(I64(0), self.busy, "release", 8)
            return made

        return b.either(b.and_(free, b.is_there(kept)), lambda: kept, new)

    def give_heap(self, b: Writer, room: Value) -> None:
        ours = b.icmp_unsigned("==", room, b.load(self.heap))
        with b.if_else(ours) as (kept, other):
            with kept:
                b.store_atomic(I64(0), self.busy, "release", 8)
            with other:
                b.extern("free", VOID, room)
