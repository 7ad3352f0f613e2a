"""Products of real matrices: a module made once for a machine. Compiled code calls its functions
`polyad_gemm_float32` and `polyad_gemm_float64`.

out (m, n) = x (m, k) y (k, n) in the manner of GotoBLAS (K. Goto, R. van de Geijn, "Anatomy of
high-performance matrix multiplication", ACM TOMS 34 (2008)). y is packed into strips of a few
vectors' width, x into panels of a few rows, unless its rows are contiguous. Registers hold a tile
of out, a panel by a strip, and add up a block of the contracted dimension at a time. Threads share
the packing, and then blocks of out. Each element is one chain of multiply-adds in the order of k,
so neither threads nor blocks change a result.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from llvmlite import ir

from ..llvm.module import AS_WRITTEN, TASK
from ..llvm.types import F32, F64, I1, I64, POINTER, Value
from ..llvm.width import WIDEST, registers
from ..llvm.writer import VOID, Writer
from .gemm_packing import FIELDS, LINE, Packing

DEPTH = 256  # of the contracted dimension, at a time: such a strip stays in the first cache
ROWS = 64  # of out in one task: whole panels
TASKS = 32  # at least, where there is enough work
SHARED = 1 << 20  # multiplications from which on threads share the work
STACK = 1 << 17  # bytes for packed matrices, on the stack
HEAP = 1 << 20  # bytes, if that is too little; more would not stay in the second cache


def symbol(dtype: str) -> str:
    return f"polyad_gemm_{dtype}"


def module_text(dtype: str) -> str:
    """The module of a dtype, for this processor."""
    return str(Gemm(dtype, {"float32": F32, "float64": F64}[dtype]))


class Gemm(Packing):
    """The module of the products of a dtype."""

    def __init__(self, dtype: str, element: Any) -> None:
        super().__init__(dtype, element, *registers())
        self.tile = self.emit_tile()
        self.edge = self.emit_edge()
        self.pack_y, self.pack_x = self.emit_pack_y(), self.emit_pack_x()
        self.block = self.emit_block()
        self.serial = self.emit_serial()
        self.passes = self.emit_passes()
        self.emit_gemm()

    # -- What registers hold

    def emit_tile(self) -> ir.Function:
        """tile(depth, x, x_row, x_k, strip, out, out_row, rows, first): add to a panel by a strip
        of out, or begin it. `rows` of x are read.
        """
        b = self.begin("tile", POINTER, I64, I64, POINTER, POINTER, I64, I64, I1)
        depth, x, x_row, x_k, strip, out, out_row, rows, first = b.args
        at = [
            b.select(b.icmp_signed("<", I64(i), rows), I64(i), b.sub(rows, I64(1)))
            for i in range(self.height)
        ]
        starts = [self.at(b, x, b.mul(i, x_row)) for i in at]
        places = [
            self.at(b, out, b.add(b.mul(I64(i), out_row), I64(v * self.lanes)))
            for i in range(self.height)
            for v in range(self.vectors)
        ]
        zeros = (ir.Constant(self.vector, None),) * len(places)
        initial = b.either(
            first, lambda: zeros, lambda: tuple(self.load_vector(b, at, I64(0)) for at in places)
        )
        with b.loop(I64(0), *initial) as loop:
            k, *totals = loop.values
            loop.leave_unless(b.icmp_signed("<", k, depth))
            results = []
            columns = [
                self.load_vector(b, strip, b.add(b.mul(k, I64(self.strip)), I64(v * self.lanes)))
                for v in range(self.vectors)
            ]
            step = b.mul(k, x_k)
            for i, start in enumerate(starts):
                number = b.splat(self.load(b, start, step), self.vector)
                for v, column in enumerate(columns):
                    total = totals[i * self.vectors + v]
                    product = b.fmul(number, column, flags=("contract",))
                    results.append(b.fadd(total, product, flags=("contract",)))
            loop.next = [b.add(k, I64(1), flags=("nsw",)), *results]
        for place, total in zip(places, totals, strict=True):
            self.store_vector(b, total, place)
        b.ret_void()
        return b.function

    def emit_edge(self) -> ir.Function:
        """edge(… as tile, columns): a tile of which only `rows` and `columns` are in out."""
        b = self.begin("edge", POINTER, I64, I64, POINTER, POINTER, I64, I64, I1, I64)
        depth, x, x_row, x_k, strip, out, out_row, rows, first, columns = b.args
        whole = b.and_(
            b.icmp_signed("==", rows, I64(self.height)),
            b.icmp_signed("==", columns, I64(self.strip)),
        )
        with b.if_then(whole):
            b.call(self.tile, b.args[:-1])
            b.ret_void()
        size = self.height * self.strip
        room = b.room(size * self.size, LINE)
        inside = lambda i, j: (
            self.at(b, out, b.add(b.mul(i, out_row), j)),
            self.at(b, room, b.add(b.mul(i, I64(self.strip)), j)),
        )
        with b.if_then(b.not_(first)):
            self.copy(b, rows, columns, inside)
        b.call(self.tile, (depth, x, x_row, x_k, strip, room, I64(self.strip), rows, first))
        self.copy(b, rows, columns, lambda i, j: inside(i, j)[::-1])
        b.ret_void()
        return b.function

    # -- Tasks

    def emit_block(self) -> ir.Function:
        """block(context, i): some rows of out by a group of strips."""
        b = self.task("block")
        of, (_, which) = self.fields(b, b.args[0]), b.args
        row, group = b.sdiv(which, of["blocks"]), b.srem(which, of["blocks"])
        start = b.mul(row, I64(ROWS))
        rows = b.least(I64(ROWS), b.sub(of["m"], start))
        panels = self.parts(b, rows, self.height)
        low = b.mul(group, of["group"])
        strips = b.least(of["group"], b.sub(of["strips"], low))
        with b.over(self.parts(b, of["k"], of["depth"])) as level:
            deep = b.mul(level, of["depth"])
            depth = b.least(of["depth"], b.sub(of["k"], deep))
            begins = b.and_(b.icmp_signed("==", level, I64(0)), b.trunc(of["first"], I1))
            with b.over(strips) as s, b.over(panels) as p:
                s = b.add(low, s)
                place = b.add(start, b.mul(p, I64(self.height)))
                column = b.mul(s, I64(self.strip))
                strip = b.add(
                    b.mul(b.mul(s, of["k"]), I64(self.strip)), b.mul(deep, I64(self.strip))
                )
                x, x_row, x_k = self.of_x(b, of, place, deep)
                out = b.add(b.mul(place, of["out_row"]), column)
                b.call(
                    self.edge,
                    (
                        *(depth, x, x_row, x_k),
                        self.at(b, self.pointer(b, of["packed_y"]), strip),
                        self.at(b, self.pointer(b, of["out"]), out),
                        of["out_row"],
                        b.least(I64(self.height), b.sub(of["m"], place)),
                        begins,
                        b.least(I64(self.strip), b.sub(of["n"], column)),
                    ),
                )
        b.ret_void()
        return b.function

    def of_x(self, b: Writer, of: dict[str, Value], row: Value, k: Value) -> list[Value]:
        """The address from which x is read for `row` and `k`, and its strides; packed or not."""
        packed = b.icmp_unsigned("!=", of["packed_x"], I64(0))
        there = b.add(b.mul(row, of["x_row"]), b.mul(k, of["x_k"]))
        here = b.add(b.mul(row, of["k"]), b.mul(k, I64(self.height)))
        base = self.pointer(b, b.select(packed, of["packed_x"], of["x"]))
        return [
            self.at(b, base, b.select(packed, here, there)),
            b.select(packed, I64(1), of["x_row"]),
            b.select(packed, I64(self.height), of["x_k"]),
        ]

    def emit_serial(self) -> ir.Function:
        """serial(task, context, count): all tasks in order, without the pool."""
        kinds = [TASK.as_pointer(), POINTER, I64]
        b = self.function(f"serial_{self.dtype}", VOID, kinds, *AS_WRITTEN)
        task, context, count = b.args
        with b.over(count) as i:
            b.call(task, [context, i])
        b.ret_void()
        return b.function

    # -- The whole

    def emit_passes(self) -> ir.Function:
        """passes(product, room, size): a product, with room for `size` packed elements, half of
        them of y. Each pass is a range of columns, of depth and of rows.
        """
        b = self.function(
            f"passes_{self.dtype}", VOID, [POINTER, POINTER, I64], WIDEST, *AS_WRITTEN
        )
        product, room, size = b.args
        of = self.fields(b, product)
        half = b.lshr(size, I64(1))
        direct = b.icmp_signed("==", of["x_k"], I64(1))
        deep = b.least(of["k"], I64(DEPTH))
        strips = self.most(b, I64(1), b.sdiv(b.sdiv(half, deep), I64(self.strip)))
        wide = b.least(b.mul(strips, I64(self.strip)), self.up(b, of["n"], self.strip))
        depth = b.least(of["k"], b.sdiv(half, wide))
        depth = b.least(depth, b.sdiv(half, I64(self.height)))
        high = b.mul(b.sdiv(b.sdiv(half, depth), I64(self.height)), I64(self.height))
        high = b.select(direct, of["m"], b.least(high, of["m"]))
        other = self.at(b, room, half)
        context = self.record(b)
        work = b.mul(b.mul(of["m"], of["n"]), of["k"])
        run = b.select(b.icmp_signed("<", work, I64(SHARED)), self.serial, self.parallel())
        with self.ranges(b, of["n"], wide) as (j, n), self.ranges(b, of["k"], depth) as (l, k):
            now = dict(of, n=n, k=k)
            now["y"] = self.moved(b, of["y"], b.add(b.mul(j, of["y_column"]), b.mul(l, of["y_k"])))
            now["first"] = b.zext(b.icmp_signed("==", l, I64(0)), I64)
            now["packed_y"] = b.ptrtoint(room, I64)
            now["packed_x"] = b.select(direct, I64(0), b.ptrtoint(other, I64))
            now["strips"] = self.parts(b, n, self.strip)
            now["depth"] = self.parts(b, k, self.parts(b, k, I64(DEPTH)))
            self.put(b, context, now)
            b.call(run, [self.pack_y, context, now["strips"]])
            with self.ranges(b, of["m"], high) as (i, m):
                rows = dict(now, m=m)
                start = b.add(b.mul(i, of["x_row"]), b.mul(l, of["x_k"]))
                rows["x"] = self.moved(b, of["x"], start)
                rows["out"] = self.moved(b, of["out"], b.add(b.mul(i, of["out_row"]), j))
                blocks = self.parts(b, m, ROWS)
                groups = b.least(now["strips"], self.parts(b, I64(TASKS), blocks))
                rows["group"] = self.parts(b, now["strips"], groups)
                rows["blocks"] = self.parts(b, now["strips"], rows["group"])
                self.put(b, context, rows)
                with b.if_then(b.not_(direct)):
                    b.call(run, [self.pack_x, context, self.parts(b, m, self.height)])
                b.call(run, [self.block, context, b.mul(blocks, rows["blocks"])])
        b.ret_void()
        return b.function

    @contextmanager
    def ranges(self, b: Writer, length: Value, size: Value) -> Iterator[tuple[Value, Value]]:
        """A loop over parts of a length: the start and the length of each."""
        with b.over(self.parts(b, length, size)) as i:
            start = b.mul(i, size)
            yield start, b.least(size, b.sub(length, start))

    def emit_gemm(self) -> None:
        """polyad_gemm(m, n, k, x, x_row, x_k, y, y_k, y_column, out, out_row): the product. Strides
        are counted in elements; those of out are (out_row, 1).
        """
        kinds = [I64, I64, I64, POINTER, I64, I64, POINTER, I64, I64, POINTER, I64]
        b = self.function(symbol(self.dtype), VOID, kinds, *AS_WRITTEN, exported=True)
        numbers = [b.ptrtoint(value, I64) if value.type is POINTER else value for value in b.args]
        of: dict[str, Value] = dict.fromkeys(FIELDS, I64(0))
        of.update(zip(FIELDS, numbers, strict=False))
        product = self.record(b)
        self.put(b, product, of)
        packed_y = b.mul(of["k"], self.up(b, of["n"], self.strip))
        packed_x = b.mul(of["k"], self.up(b, of["m"], self.height))
        wanted = b.shl(self.most(b, packed_x, packed_y), I64(1))
        elements = lambda size: I64(size // self.size)
        with b.if_then(b.icmp_signed(">", wanted, elements(STACK))):
            room = self.take_heap(b, HEAP)
            with b.if_then(b.is_there(room)):
                b.call(self.passes, [product, self.lined(b, room), elements(HEAP)])
                self.give_heap(b, room)
                b.ret_void()
        b.call(self.emit_on_stack(), [product])
        b.ret_void()

    def emit_on_stack(self) -> ir.Function:
        """on_stack(product): a product with room on the stack."""
        b = self.begin("on_stack", first=POINTER)
        b.call(self.passes, [b.args[0], b.room(STACK, LINE), I64(STACK // self.size)])
        b.ret_void()
        return b.function
