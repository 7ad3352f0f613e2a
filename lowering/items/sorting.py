"""sort and argsort of one line, ascending and stable, with NaN last.

Elements are compared by their keys, unsigned integers in the same order. A short line is sorted by
counting, for each element, the elements before it: no branch depends on the numbers, and a vector
of elements is counted for at once. A longer one is sorted by one digit of the keys after another,
from the lowest to the highest (Knuth, The Art of Computer Programming 3, 5.2.5): the number of
steps does not depend on the numbers, but a digit that all keys share is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from llvmlite import ir

from polyad.ir import DType

from ..llvm.types import I32, I64, POINTER, Value
from ..llvm.writer import UP, Writer
from .frame import Frame
from .layout import DIGIT, SHORT, lanes_of

DIGITS = 2**DIGIT  # values of a digit


class Line:
    """Elements of one type in memory. The address may be a value of the running code."""

    def __init__(self, b: Writer, base: Value, type: ir.Type) -> None:
        self.b, self.base, self.type = b, base, type

    def address(self, i: Value) -> Value:
        typed = self.b.bitcast(self.base, self.type.as_pointer())
        return self.b.gep(typed, [i], inbounds=True)

    def __getitem__(self, i: Value) -> Value:
        return self.b.load(self.address(i))

    def __setitem__(self, i: Value, value: Value) -> None:
        self.b.store(value, self.address(i))

    def lanes(self, first: Value, row: ir.VectorType, size: int = 0) -> Value:
        """The vector of elements from `first` on; of a line of a `size`, zeros behind its end."""
        b, item = self.b, self.type.width // 8
        at = b.bitcast(self.address(first), row.as_pointer())
        if size % row.count == 0:
            return b.load(at, align=item)
        numbers = ir.Constant(ir.VectorType(I64, row.count), [*range(row.count)])
        left = b.splat(b.sub(I64(size), first), numbers.type)
        within = b.icmp_signed("<", numbers, left)
        name = f"llvm.masked.load.v{row.count}i{self.type.width}.p0"
        kinds = [at.type, I32, within.type, row]
        load = b.module.declare(name, row, kinds)
        return b.call(load, [at, I32(item), within, everywhere(row, 0)])

    def set_lanes(self, first: Value, values: Value) -> None:
        at = self.b.bitcast(self.address(first), values.type.as_pointer())
        self.b.store(values, at, align=self.type.width // 8)


def bits_of(dtype: DType) -> ir.IntType:
    """The integer as wide as an element."""
    return ir.IntType(8 * dtype.itemsize)


def key(b: Writer, bits: Value, dtype: DType) -> Value:
    """The key of the element with these bits, or those of a vector: unsigned integers in the order
    of the elements. 0 and -0 have the same key, and every NaN has the largest.
    """
    width = 8 * dtype.itemsize
    top = everywhere(bits.type, 1 << (width - 1))
    if dtype.family in ("uint", "bool"):
        return bits
    if dtype.family == "int":
        return b.xor(bits, top)
    kind = ir.DoubleType() if width == 64 else ir.FloatType()
    if isinstance(bits.type, ir.VectorType):
        kind = ir.VectorType(kind, bits.type.count)
    number = b.bitcast(bits, kind)
    plain = b.bitcast(b.fadd(number, everywhere(kind, 0.0)), bits.type)  # -0 + 0 is 0
    sign = b.ashr(plain, everywhere(bits.type, width - 1))
    ordered = b.xor(plain, b.or_(sign, top))
    return b.select(b.fcmp_unordered("uno", number, number), everywhere(bits.type, -1), ordered)


def everywhere(type: ir.Type, number: float) -> Value:
    """A number, or the vector of it."""
    is_vector = isinstance(type, ir.VectorType)
    return ir.Constant(type, [number] * type.count if is_vector else number)


def sort(f: Frame) -> None:
    b, dtype, type = f.b, f.dtype, bits_of(f.dtype)
    x, out = (Line(b, base, type) for base in (f.operands[0], f.results[0]))
    if f.n <= SHORT:
        by_counting(f, x, lambda i, place: out.__setitem__(place, x[i]))
        return
    counts = Counts(f)
    with f.b.over(f.n) as i:
        out[i] = x[i]
        counts.note(key(b, x[i], dtype))
    by_digits(
        f,
        counts,
        [Moved(f, type, f.results[0], f.scratch["other"])],
        lambda bits: key(b, bits, dtype),
    )


def argsort(f: Frame) -> None:
    b, dtype, type = f.b, f.dtype, bits_of(f.dtype)
    x, out = Line(b, f.operands[0], type), Line(b, f.results[0], I64)
    if f.n <= SHORT:
        by_counting(f, x, lambda i, place: out.__setitem__(place, i))
        return
    counts, keys = Counts(f), Line(b, f.scratch["keys"], type)
    with f.b.over(f.n) as i:
        keys[i] = found = key(b, x[i], dtype)
        out[i] = i
        counts.note(found)
    moved = [
        Moved(f, type, f.scratch["keys"], f.scratch["other"]),
        Moved(f, I64, f.results[0], f.scratch["places"]),
    ]
    by_digits(f, counts, moved, lambda bits: bits)


def by_counting(f: Frame, x: Line, put: Callable[[Value, Value], None]) -> None:
    """Call `put(i, place)` for every element i: its place is the number of elements before it. The
    places of a vector of elements are found at once.
    """
    b, type = f.b, x.type
    lanes = lanes_of(f.n, f.dtype)
    row = ir.VectorType(type, lanes)
    keys, places = (Line(b, f.scratch[name], type) for name in ("keys", "counted"))
    groups = -(-f.n // lanes)
    with b.over(groups) as group:  # as signed integers, which all processors compare in vectors
        first = b.mul(group, I64(lanes))
        found = key(b, x.lanes(first, row, f.n), f.dtype)
        keys.set_lanes(first, b.xor(found, everywhere(row, 1 << (type.width - 1))))
    with b.over(groups) as group:
        first = b.mul(group, I64(lanes))
        after = b.least(b.add(first, I64(lanes)), I64(f.n))
        mine = keys.lanes(first, row)
        found = ir.Constant(row, None)
        found = counted(keys, (I64(0), first), found, lambda other, _: at_most(b, other, mine))
        found = counted(
            keys,
            (first, after),
            found,
            lambda other, j: b.or_(
                b.icmp_signed("<", other, mine),
                b.and_(at_most(b, other, mine), is_behind(b, b.sub(j, first), row)),
            ),
        )
        found = counted(
            keys, (after, I64(f.n)), found, lambda other, _: b.icmp_signed("<", other, mine)
        )
        places.set_lanes(first, found)
    with b.over(f.n) as i:
        put(i, places[i] if type == I64 else b.zext(places[i], I64))


def counted(
    keys: Line, ends: tuple[Value, Value], found: Value, test: Callable[[Value, Value], Value]
) -> Value:
    """`found`, a vector of numbers, and for each the number of keys between two places for which
    `test(key in all lanes, place)` holds.
    """
    b, (start, stop) = keys.b, ends
    with b.loop(start, found) as loop:
        j, so_far = loop.values
        loop.leave_unless(b.icmp_signed("<", j, stop))
        holds = test(b.splat(keys[j], found.type), j)
        loop.next = b.add(j, I64(1), flags=UP), b.add(so_far, b.zext(holds, found.type))
    return so_far


def at_most(b: Writer, one: Value, other: Value) -> Value:
    return b.icmp_signed("<=", one, other)


def is_behind(b: Writer, lane: Value, row: ir.VectorType) -> Value:
    """Which lanes of a row are behind `lane`."""
    number = lane if row.element == I64 else b.trunc(lane, row.element)
    return b.icmp_signed("<", b.splat(number, row), ir.Constant(row, [*range(row.count)]))


class Counts:
    """The number of keys with each value of each digit; later, the place of the next such key."""

    def __init__(self, f: Frame) -> None:
        self.f, self.digits = f, f.dtype.itemsize * 8 // DIGIT
        self.line = Line(f.b, f.scratch["counts"], I64)
        with f.b.over(self.digits * DIGITS) as i:
            self.line[i] = I64(0)

    def digit(self, key: Value, number: Value) -> Value:
        """A digit of a key, as an index."""
        b = self.f.b
        shift = b.mul(number, I64(DIGIT))
        wide = key if key.type == I64 else b.zext(key, I64)
        return b.and_(b.lshr(wide, shift), I64(DIGITS - 1))

    def note(self, key: Value) -> None:
        for number in range(self.digits):
            self.next(I64(number), self.digit(key, I64(number)))

    def next(self, number: Value, digit: Value) -> Value:
        """The count of a value of a digit; it then grows by one."""
        b = self.f.b
        at = b.add(b.mul(number, I64(DIGITS)), digit)
        found = self.line[at]
        self.line[at] = b.add(found, I64(1))
        return found

    def shared(self, number: Value, digit: Value) -> Value:
        """Whether all keys have this value of the digit."""
        b = self.f.b
        at = b.add(b.mul(number, I64(DIGITS)), digit)
        return b.icmp_signed("==", self.line[at], I64(self.f.n))

    def accumulate(self, number: Value) -> None:
        """Turn the numbers of keys with each value into the numbers of keys with smaller ones."""
        f, b = self.f, self.f.b
        total, start = f.b.slot(I64, I64(0)), b.mul(number, I64(DIGITS))
        with f.b.over(DIGITS) as i:
            at = b.add(start, i)
            count, before = self.line[at], b.load(total)
            self.line[at] = before
            b.store(b.add(before, count), total)


class Moved:
    """Elements that move to and fro between two buffers."""

    def __init__(self, f: Frame, type: ir.Type, first: Value, second: Value) -> None:
        self.f, self.type, self.first = f, type, first
        self.here, self.there = f.b.slot(POINTER, first), f.b.slot(POINTER, second)

    def lines(self) -> tuple[Line, Line]:
        """The buffer that holds the elements, and the other."""
        b = self.f.b
        here, there = (Line(b, b.load(slot), self.type) for slot in (self.here, self.there))
        return here, there

    def turn(self) -> None:
        """Exchange the buffers: the elements have been moved."""
        b = self.f.b
        here, there = b.load(self.here), b.load(self.there)
        b.store(there, self.here)
        b.store(here, self.there)

    def settle(self) -> None:
        """Bring the elements into the first buffer."""
        b = self.f.b
        here = b.load(self.here)
        with b.if_then(b.icmp_unsigned("!=", here, self.first)):
            b.copy(self.first, here, self.f.n * self.type.width // 8)


def by_digits(
    f: Frame, counts: Counts, moved: Sequence[Moved], key: Callable[[Value], Value]
) -> None:
    """Sort all of `moved`, by the keys of the first."""
    b = f.b
    with f.b.over(counts.digits) as number:
        first = moved[0].lines()[0]
        digit = counts.digit(key(first[I64(0)]), number)
        with b.if_then(b.not_(counts.shared(number, digit))):
            counts.accumulate(number)
            lines = [m.lines() for m in moved]
            with f.b.over(f.n) as i:
                values = [here[i] for here, _ in lines]
                at = counts.next(number, counts.digit(key(values[0]), number))
                for value, (_, there) in zip(values, lines, strict=True):
                    there[at] = value
            for m in moved:
                m.turn()
    moved[-1].settle()


SORTING: dict[str, Callable[[Frame], None]] = {"sort": sort, "argsort": argsort}
