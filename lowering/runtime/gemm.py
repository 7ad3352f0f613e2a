"""Products of real matrices: a module of its own, made once for a machine, whose functions
`polyad_gemm_float32` and `polyad_gemm_float64` compiled code calls.

out (m, n) = x (m, k) y (k, n) in the manner of GotoBLAS (K. Goto, R. van de Geijn, "Anatomy of
high-performance matrix multiplication", ACM TOMS 34 (2008)): y is packed into strips, as
wide as some vectors; x, unless each of its rows stands in one piece, into panels of a few rows; and
what registers hold of out, a panel by a strip, adds up a block of the contracted dimension at a
time. Threads share the packing, and then blocks of out. Each element is one chain of
multiply-adds in the order of k, so neither threads nor blocks change a result.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from llvmlite import ir

from ..llvm.types import F32, F64, I1, I64, POINTER, Value, as_it_stands
from ..llvm.width import registers
from .gemm_packing import FIELDS, VOID, Packing

TASK = ir.FunctionType(VOID, [POINTER, I64])
DEPTH = 256  # of the contracted dimension, at a time: a strip so deep stays in the first cache
ROWS = 64  # of out in one task: whole panels
TASKS = 32  # at least, where there is work for so many
SHARED = 1 << 20  # multiplications from which on threads share the work
STACK = 1 << 17  # bytes for what is packed, on the stack
HEAP = 1 << 20  # … and if that is too little; more would not stay in the second cache


def symbol(dtype: str) -> str:
    return f"polyad_gemm_{dtype}"


def module_text(dtype: str) -> str:
    """The module of a dtype, for this processor."""
    module = ir.Module(f"gemm_{dtype}")
    Gemm(module, dtype, {"float32": F32, "float64": F64}[dtype])
    return str(module)


class Gemm(Packing):
    """The functions of one dtype."""

    def __init__(self, module: ir.Module, dtype: str, element: Any) -> None:
        super().__init__(module, dtype, element, *registers())
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
        of out, of which so many `rows` are read of x, or begin it.
        """
        f, b = self.function("tile", POINTER, I64, I64, POINTER, POINTER, I64, I64, I1)
        depth, x, x_row, x_k, strip, out, out_row, rows, first = f.args
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
        initial = self.begin(b, first, places)
        with self.count(b, depth, initial) as (k, totals, results):
            columns = [
                self.load_vector(b, strip, b.add(b.mul(k, I64(self.strip)), I64(v * self.lanes)))
                for v in range(self.vectors)
            ]
            step = b.mul(k, x_k)
            for i, start in enumerate(starts):
                number = self.splat(b, self.load(b, start, step))
                for v, column in enumerate(columns):
                    total = totals[i * self.vectors + v]
                    product = b.fmul(number, column, flags=("contract",))
                    results.append(b.fadd(total, product, flags=("contract",)))
        for place, total in zip(places, self.counted, strict=True):
            self.store_vector(b, total, place)
        b.ret_void()
        return f

    def begin(self, b: ir.IRBuilder, first: Value, places: Sequence[Value]) -> list[Value]:
        """What is in out already, or zeros."""
        before, more, after = b.block, b.append_basic_block("more"), b.append_basic_block("begin")
        zero = ir.Constant(self.vector, None)
        b.cbranch(first, after, more)
        b.position_at_end(more)
        found = [self.load_vector(b, place, I64(0)) for place in places]
        b.branch(after)
        b.position_at_end(after)
        totals = []
        for value in found:
            phi = b.phi(self.vector)
            phi.add_incoming(zero, before)
            phi.add_incoming(value, more)
            totals.append(phi)
        return totals

    def emit_edge(self) -> ir.Function:
        """edge(… as tile, columns): a tile of which only so many rows and columns are in out."""
        f, b = self.function("edge", POINTER, I64, I64, POINTER, POINTER, I64, I64, I1, I64)
        depth, x, x_row, x_k, strip, out, out_row, rows, first, columns = f.args
        whole = b.and_(
            b.icmp_signed("==", rows, I64(self.height)),
            b.icmp_signed("==", columns, I64(self.strip)),
        )
        with b.if_then(whole):
            b.call(self.tile, f.args[:-1])
            b.ret_void()
        size = self.height * self.strip
        room = self.room(b, size * self.bytes)
        inside = lambda i, j: (
            self.at(b, out, b.add(b.mul(i, out_row), j)),
            self.at(b, room, b.add(b.mul(i, I64(self.strip)), j)),
        )
        with b.if_then(b.not_(first)):
            self.copy(b, rows, columns, inside)
        b.call(self.tile, (depth, x, x_row, x_k, strip, room, I64(self.strip), rows, first))
        self.copy(b, rows, columns, lambda i, j: inside(i, j)[::-1])
        b.ret_void()
        return f

    # -- Tasks

    def emit_block(self) -> ir.Function:
        """block(context, i): some rows of out by a group of strips."""
        f, b = self.task("block")
        of = self.fields(b, f.args[0])
        row, group = b.sdiv(f.args[1], of["blocks"]), b.srem(f.args[1], of["blocks"])
        start = b.mul(row, I64(ROWS))
        rows = self.least(b, I64(ROWS), b.sub(of["m"], start))
        panels = self.parts(b, rows, self.height)
        low = b.mul(group, of["group"])
        strips = self.least(b, of["group"], b.sub(of["strips"], low))
        with self.count(b, self.parts(b, of["k"], of["depth"])) as (level, _, _):
            deep = b.mul(level, of["depth"])
            depth = self.least(b, of["depth"], b.sub(of["k"], deep))
            begins = b.and_(b.icmp_signed("==", level, I64(0)), b.trunc(of["first"], I1))
            with self.count(b, strips) as (s, _, _), self.count(b, panels) as (p, _, _):
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
                        self.least(b, I64(self.height), b.sub(of["m"], place)),
                        begins,
                        self.least(b, I64(self.strip), b.sub(of["n"], column)),
                    ),
                )
        b.ret_void()
        return f

    def of_x(self, b: ir.IRBuilder, of: dict[str, Value], row: Value, k: Value) -> list[Value]:
        """Where x is read from `row` and `k` on, and its strides: packed, or as it stands."""
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
        """serial(task, context, count): what the pool does, without it."""
        kind = ir.FunctionType(VOID, [TASK.as_pointer(), POINTER, I64])
        f = ir.Function(self.module, kind, f"serial_{self.dtype}")
        f.linkage = "internal"
        as_it_stands(f)
        b = ir.IRBuilder(f.append_basic_block("entry"))
        with self.count(b, f.args[2]) as (i, _, _):
            b.call(f.args[0], [f.args[1], i])
        b.ret_void()
        return f

    # -- The whole

    def emit_passes(self) -> ir.Function:
        """passes(product, room, size): a product, with so many elements of room for what is
        packed, half of them for y. Each pass is a range of columns, of depth and of rows.
        """
        f, b = self.function("passes", POINTER, I64, first=POINTER)
        as_it_stands(f)
        product, room, size = f.args
        of = self.fields(b, product)
        half = b.lshr(size, I64(1))
        direct = b.icmp_signed("==", of["x_k"], I64(1))
        deep = self.least(b, of["k"], I64(DEPTH))
        strips = self.most(b, I64(1), b.sdiv(b.sdiv(half, deep), I64(self.strip)))
        wide = self.least(b, b.mul(strips, I64(self.strip)), self.up(b, of["n"], self.strip))
        depth = self.least(b, of["k"], b.sdiv(half, wide))
        depth = self.least(b, depth, b.sdiv(half, I64(self.height)))
        high = b.mul(b.sdiv(b.sdiv(half, depth), I64(self.height)), I64(self.height))
        high = b.select(direct, of["m"], self.least(b, high, of["m"]))
        other = self.at(b, room, half)
        context = b.bitcast(self.slot(b, len(FIELDS)), POINTER)
        work = b.mul(b.mul(of["m"], of["n"]), of["k"])
        run = b.select(b.icmp_signed("<", work, I64(SHARED)), self.serial, self.parallel)
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
                groups = self.least(b, now["strips"], self.parts(b, I64(TASKS), blocks))
                rows["group"] = self.parts(b, now["strips"], groups)
                rows["blocks"] = self.parts(b, now["strips"], rows["group"])
                self.put(b, context, rows)
                with b.if_then(b.not_(direct)):
                    b.call(run, [self.pack_x, context, self.parts(b, m, self.height)])
                b.call(run, [self.block, context, b.mul(blocks, rows["blocks"])])
        b.ret_void()
        return f

    @contextmanager
    def ranges(self, b: ir.IRBuilder, length: Value, size: Value) -> Iterator[tuple[Value, Value]]:
        """A loop over parts of a length: where each starts, and how long it is."""
        with self.count(b, self.parts(b, length, size)) as (i, _, _):
            start = b.mul(i, size)
            yield start, self.least(b, size, b.sub(length, start))

    def emit_gemm(self) -> None:
        """polyad_gemm(m, n, k, x, x_row, x_k, y, y_k, y_column, out, out_row): strides are counted
        in elements; those of out are (out_row, 1).
        """
        kinds = [I64, I64, I64, POINTER, I64, I64, POINTER, I64, I64, POINTER, I64]
        f = ir.Function(self.module, ir.FunctionType(VOID, kinds), symbol(self.dtype))
        as_it_stands(f)
        b = ir.IRBuilder(f.append_basic_block("entry"))
        numbers = [b.ptrtoint(value, I64) if value.type is POINTER else value for value in f.args]
        of: dict[str, Value] = dict.fromkeys(FIELDS, I64(0))
        of.update(zip(FIELDS, numbers, strict=False))
        product = b.bitcast(self.slot(b, len(FIELDS)), POINTER)
        self.put(b, product, of)
        packed_y = b.mul(of["k"], self.up(b, of["n"], self.strip))
        packed_x = b.mul(of["k"], self.up(b, of["m"], self.height))
        wanted = b.shl(self.most(b, packed_x, packed_y), I64(1))
        elements = lambda size: I64(size // self.bytes)
        with b.if_then(b.icmp_signed(">", wanted, elements(STACK))):
            room = self.take_heap(b, HEAP)
            with b.if_then(b.icmp_unsigned("!=", room, POINTER(None))):
                b.call(self.passes, [product, self.lined(b, room), elements(HEAP)])
                self.give_heap(b, room)
                b.ret_void()
        b.call(self.emit_on_stack(), [product])
        b.ret_void()

    def emit_on_stack(self) -> ir.Function:
        """on_stack(product): a product with room on the stack."""
        f, b = self.function("on_stack", first=POINTER)
        b.call(self.passes, [f.args[0], self.room(b, STACK), I64(STACK // self.bytes)])
        b.ret_void()
        return f
