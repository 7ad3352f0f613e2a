"""The LLVM writer: the body of one function under construction.

A `Writer` is llvmlite's builder with the rest of a small structured language. `Module.function`
makes a function and gives its writer, called `b` as llvmlite's builders are; `b.args` are the
arguments. Control flow is written by `with`:

    with b.if_then(condition): ...             # if; `likely=` as in llvmlite
    with b.if_else(condition) as (one, other)  # if … else
    with b.over(stop) as i: ...                # for i in 0 … stop - 1, maybe none
    with b.repeat(stop) as i: ...              # as `over`, at least one: the test is at the end
    with b.loop(x) as loop: ...                # a loop that carries x, left by `loop.leave_if`
    b.cases(number, {0: emit, 1: other}, rest)
    value = b.either(condition, one, other)    # the value of the branch taken

Loops over arrays are written by `repeat`: its test is where LLVM's vectoriser wants it.

Memory: `slot` is a variable and `room` bytes, both on the stack and made once in a call, also where
a loop asks for them. `field` and `set_field` read and write at a fixed offset in bytes; `packed`
puts values side by side on the stack, for a function that takes one pointer, and `unpacked` reads
them there. `copy`, `move` and `clear` are C's memcpy, memmove and memset. `extern` calls a function
of C by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from llvmlite import ir

from polyad.ir.symbolic import Dim

from .types import I1, I8, I32, I64, POINTER, Value, parts, regrouped

NULL = POINTER(None)
VOID = ir.VoidType()
UP = ("nuw", "nsw")  # flags of an addition that does not overflow


def number(value: int | Value) -> Value:
    """An index or a size: an integer of Python's or of LLVM's."""
    return I64(value) if isinstance(value, int | Dim) else value


class Loop:
    """A loop under construction. It carries `values`; the values of the next iteration are those in
    `next` when the body ends. It goes on while `again` holds, or for ever if that is None.
    """

    def __init__(self, b: Writer, initial: Sequence[Value]) -> None:
        self.b, before = b, b.block
        self.head, self.after = b.append_basic_block("loop"), ir.Block(b.function, "after")
        b.branch(self.head)
        b.position_at_end(self.head)
        coming = [part for value in initial for part in parts(value)]
        self.phis = [b.phi(part.type) for part in coming]
        for phi, part in zip(self.phis, coming, strict=True):
            phi.add_incoming(part, before)
        self.values = regrouped(initial, self.phis)
        self.next: Sequence[Value] = ()
        self.again: Value | None = None
        self.hints: Sequence[str] = ()  # for LLVM: see `Module.loop_mark`

    def leave_if(self, condition: Value) -> None:
        """Go behind the loop if the condition holds."""
        stay = self.b.append_basic_block("stay")
        self.b.cbranch(condition, self.after, stay)
        self.b.position_at_end(stay)

    def leave_unless(self, condition: Value) -> None:
        stay = self.b.append_basic_block("stay")
        self.b.cbranch(condition, stay, self.after)
        self.b.position_at_end(stay)

    def end(self) -> None:
        b, coming = self.b, [part for value in self.next for part in parts(value)]
        for phi, part in zip(self.phis, coming, strict=True):
            phi.add_incoming(part, b.block)
        if self.again is None:
            last = b.branch(self.head)
        else:
            last = b.cbranch(self.again, self.head, self.after)
        if self.hints:
            last.set_metadata("llvm.loop", b.module.loop_mark(*self.hints))
        b.function.blocks.append(self.after)
        b.position_at_end(self.after)


class Writer(ir.IRBuilder):
    """The body of a function under construction: see above."""

    def __init__(self, function: ir.Function) -> None:
        super().__init__(function.append_basic_block("entry"))

    @property
    def args(self) -> Sequence[Value]:
        """The arguments of the function."""
        return self.function.args

    # -- Control

    @contextmanager
    def loop(self, *initial: Value) -> Iterator[Loop]:
        """A loop that carries values; see `Loop`."""
        made = Loop(self, initial)
        yield made
        made.end()

    @contextmanager
    def over(self, stop: int | Value, start: int | Value = 0) -> Iterator[Value]:
        """A loop from `start` to `stop` - 1; maybe of no iterations."""
        with self.loop(number(start)) as loop:
            (index,) = loop.values
            loop.leave_unless(self.icmp_signed("<", index, number(stop)))
            yield index
            loop.next = [self.add(index, I64(1), flags=UP)]

    @contextmanager
    def repeat(
        self, stop: int | Value, start: int | Value = 0, hints: Sequence[str] = ()
    ) -> Iterator[Value]:
        """A loop from `start` to `stop` - 1, of one iteration at least."""
        with self.loop(number(start)) as loop:
            yield loop.values[0]
            following = self.add(loop.values[0], I64(1), flags=UP)
            loop.next, loop.hints = [following], hints
            loop.again = self.icmp_unsigned("<", following, number(stop))

    def either(
        self,
        condition: Value,
        one: Callable[[], Value],
        other: Callable[[], Value],
        likely: bool | None = None,
    ) -> Value:
        """The value of `one()` if the condition holds, else that of `other()`; only one runs."""
        found: list[tuple[Value, ir.Block]] = []
        with self.if_else(condition, likely) as branches:
            for branch, make in zip(branches, (one, other), strict=True):
                with branch:
                    found.append((make(), self.block))
        (value, _), _ = found
        phis = [self.phi(part.type) for part in parts(value)]
        for value, block in found:
            for phi, part in zip(phis, parts(value), strict=True):
                phi.add_incoming(part, block)
        return regrouped([value], phis)[0]

    def either_of(
        self,
        condition: Value,
        make: Callable[[], Sequence[Value]],
        others: Sequence[Value],
        likely: bool | None = None,
    ) -> list[Value]:
        """The values that `make()` gives if the condition holds, else the others."""
        before = self.block
        with self.if_then(condition, likely):
            made, inside = make(), self.block
        found: list[Value] = []
        flat = [part for value in made for part in parts(value)]
        for one, other in zip(flat, (part for v in others for part in parts(v)), strict=True):
            found.append(self.phi(one.type))
            found[-1].add_incoming(one, inside)
            found[-1].add_incoming(other, before)
        return regrouped(made, found)

    def cases(
        self, case: Value, steps: Mapping[int, Callable[[], Any]], otherwise: Callable[[], Any]
    ) -> None:
        """Emit a step for each value of `case`, and one for all others."""
        after = ir.Block(self.function, "after")
        blocks = [self.append_basic_block("case") for _ in steps]
        rest = self.append_basic_block("otherwise")
        switch = self.switch(case, rest)
        for value, block in zip(steps, blocks, strict=True):
            switch.add_case(case.type(value), block)
        reached = False
        for block, step in zip((*blocks, rest), (*steps.values(), otherwise), strict=True):
            self.position_at_end(block)
            step()
            if not self.block.is_terminated:
                self.branch(after)
                reached = True
        if reached:
            self.function.blocks.append(after)
            self.position_at_end(after)

    # -- Memory

    def slot(self, type: ir.Type, value: Value | None = None) -> Value:
        """A variable on the stack."""
        with self.goto_entry_block():
            made = self.alloca(type)
        if value is not None:
            self.store(value, made)
        return made

    def room(self, size: int | Value, align: int) -> Value:
        """Bytes on the stack. A size that is no constant is an argument of the function."""
        with self.goto_entry_block():
            if isinstance(size, ir.Argument):
                made = self.alloca(I8, size=size)
                made.align = align
                return made
            count = size if isinstance(size, int) else size.constant
            made = self.alloca(ir.ArrayType(I8, max(count, 1)))
            made.align = align
            return self.bitcast(made, POINTER)

    def address(self, base: Value, offset: int | Value, type: ir.Type = I8) -> Value:
        """The address of a value of a type, at an offset in bytes."""
        place = self.gep(base, [number(offset)], inbounds=isinstance(offset, int))
        return self.bitcast(place, type.as_pointer())

    def field(self, base: Value, offset: int | Value, type: ir.Type = I64) -> Value:
        """The value at an offset in bytes."""
        return self.load(self.address(base, offset, type))

    def set_field(self, value: Value, base: Value, offset: int | Value) -> None:
        self.store(value, self.address(base, offset, value.type))

    def item(self, row: Value, index: int | Value) -> Value:
        """An element of a row."""
        return self.load(self.gep(row, [number(index)]))

    def packed(self, values: Sequence[Value]) -> tuple[Value, ir.Type]:
        """The address of values side by side on the stack, and their type together."""
        type = ir.LiteralStructType([value.type for value in values])
        made = self.slot(type)
        for i, value in enumerate(values):
            self.store(value, self.gep(made, [I32(0), I32(i)]))
        return self.bitcast(made, POINTER), type

    def unpacked(self, base: Value, type: Any) -> list[Value]:
        """The values that `packed` put at an address."""
        struct = self.bitcast(base, type.as_pointer())
        count = len(type.elements)
        return [self.load(self.gep(struct, [I32(0), I32(i)])) for i in range(count)]

    def copy(self, target: Value, source: Value, size: int | Value) -> None:
        """Copy bytes between places that do not overlap."""
        function = self.module.declare_intrinsic("llvm.memcpy", [POINTER, POINTER, I64])
        self.call(function, [target, source, number(size), I1(0)])

    def move(self, target: Value, source: Value, size: int | Value) -> None:
        """Copy bytes between places that may overlap."""
        function = self.module.declare_intrinsic("llvm.memmove", [POINTER, POINTER, I64])
        self.call(function, [target, source, number(size), I1(0)])

    def clear(self, target: Value, size: int | Value) -> None:
        """Set bytes to 0."""
        function = self.module.declare_intrinsic("llvm.memset", [POINTER, I64])
        self.call(function, [target, I8(0), number(size), I1(0)])

    # -- Values

    def is_null(self, pointer: Value) -> Value:
        return self.icmp_unsigned("==", pointer, NULL)

    def is_there(self, pointer: Value) -> Value:
        """Whether a pointer is not null."""
        return self.icmp_unsigned("!=", pointer, NULL)

    def splat(self, value: Value, type: ir.VectorType) -> Value:
        """A vector of this type with the value in all lanes."""
        nothing = ir.Constant(type, ir.Undefined)
        zeros = ir.Constant(ir.VectorType(I32, type.count), [0] * type.count)
        return self.shuffle_vector(self.insert_element(nothing, value, I32(0)), nothing, zeros)

    def least(self, one: Value, two: Value) -> Value:
        """The smaller one of two signed integers."""
        return self.select(self.icmp_signed("<", one, two), one, two)

    # -- Calls

    def extern(self, name: str, result: ir.Type, *arguments: Value) -> Value:
        """Call a function of C by its name."""
        function = self.module.declare(name, result, [a.type for a in arguments])
        return self.call(function, arguments)
