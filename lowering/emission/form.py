"""The form of a kernel: all that its machine code depends on when numbers are operands of it.

Extents, strides, offsets, sizes and integer literals beyond `SMALL` are operands of the code, equal
ones a single operand; how a parallel loop is cut into chunks is, too. The form has the structure,
the small numbers, which of the others are equal, and what follows from extents otherwise: how much
LLVM is to do, and for which vectors. Kernels of one form have one machine code.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple

from polyad.ir import Function, Op, Type, Value
from polyad.ir.printer import print_attribute
from polyad.ir.symbolic import Dim, Real, bits_of, deferred, is_finite, is_symbolic, settled
from polyad.ir.types import float32, float64, int64

from .. import costs
from ..dialects import loop, memory
from ..dialects.affine import Linear
from ..dialects.memory import MemRef, type_of

# A number up to this is part of the form: loops of as few iterations are written out, and accesses
# with small strides are vectorised in ways of their own.
SMALL = 8
# The same in a kernel of many loops over the rows of a block; its literals are constants too. Of
# such code LLVM makes much less if it does not know the length of a row, or a factor.
SMALL_IF_INTRICATE = 1024
LONG_UNKNOWN = SMALL + 1  # iterations of a loop that is long, if code has its extent as an operand

# Work of a kernel that is taken as it stands, at most. In simple ops.
LIGHT = 256
# A loop that is written out: its iterations, at most; and its work, in simple ops. Longer ones may
# become loops of vectors.
SHORT = 8
UNROLLED = 256

# Work of an innermost loop's body, in simple ops, from which on it is compiled once, for vectors,
# and not also for its remainder.
LONG_BODY = 64

# Ops that take a literal for an operand at no cost: an integer, a factor.
ORDER = ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal")
COUNTING = frozenset((*ORDER, "minimum", "maximum", "where", "add", "subtract"))
SCALING = frozenset(("divide", "multiply"))
SIMPLE = 16  # a factor of few of these parts of 1 is part of the form: LLVM may have a better op
LINE = 64  # bytes of a cache line, which two chunks are not to share
SLOT = 16  # bytes of a total in a record
VECTORS = 64  # iterations that a loop of vectors does at a time, at most

TIMES, ROOM, ROWS = "times", "room", "rows"

Key = int | tuple[int, str]
"""A number beyond `SMALL`, or one of any size with its role."""

Said = Mapping[Op, Collection[Key]]


class Form(NamedTuple):
    """The text of a form, equal for kernels of one code; the numbers that the code takes; and of
    each op the numbers that the text says, as they are or as operands. Code has no other ones.
    """

    text: str
    keys: tuple[Key, ...]
    said: Said

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(key[0] if isinstance(key, tuple) else key for key in self.keys)


def form_of(op: Op) -> Form:
    """The form of a `loop.kernel`, apart from which of its buffers are distinct."""
    region = op.regions[0]
    found = region.memo.get(form_of)
    if found is None:
        lines = Lines(SMALL_IF_INTRICATE if is_intricate(region) else SMALL)
        lines.write(str(is_light(op)))
        lines.region(region)
        found = region.memo[form_of] = lines.form()
    assert isinstance(found, Form)
    return found


class Lines:
    """The text of a form under construction. Values are numbered in each region. Numbers up to
    `small` are part of it.
    """

    def __init__(self, small: int = SMALL) -> None:
        self.small = small
        self.text: list[str] = []
        self.keys: dict[Key, int] = {}
        self.of_ops: dict[Op, set[Key]] = {}
        self.of_op: set[Key] = set()  # what is said of the op at hand

    def form(self) -> Form:
        return Form(settled("\n".join(self.text)), tuple(self.keys), self.of_ops)

    def write(self, line: str) -> None:
        self.text.append(line)

    def number(self, value: int) -> str:
        """A number: as it is, or as an operand. LLVM is to know that blocks of a sum are full."""
        if abs(value) <= self.small or (isinstance(value, int) and value == costs.BLOCK):
            return self.constant(value)
        self.of_op.add(value)
        place = self.keys.setdefault(value, len(self.keys))
        return f"#{place}" if value > 0 else f"-#{place}"

    def quantity(self, value: int, role: str) -> str:
        """A number that is an operand also where it is small, or equal to one of another role."""
        key = value, role
        self.of_op.add(key)
        return f"@{self.keys.setdefault(key, len(self.keys))}"

    def constant(self, value: int, role: str = "") -> str:
        """A number as it is."""
        self.of_op.add((value, role) if role else value)
        return str(value)

    def line(self, line: Linear) -> str:
        return ",".join([self.number(n) for n in (*line.coefficients, line.offset)])

    def region(self, region: Function) -> None:
        numbers = {value: str(i) for i, value in enumerate(region.arguments)}
        self.write(",".join(map(short, region.argument_types)))
        free = literals(region) if self.small == SMALL else set()
        for op in region.ops:
            self.of_op = self.of_ops.setdefault(op, set())
            operands = ",".join([numbers[v] for v in op.operands])
            results = ",".join([short(v.type) for v in op.results])
            self.write(f"{op.name}({operands}){{{self.said(op, free)}}}:{results}")
            for inner in self.inside(op):
                self.region(inner)
            for value in op.results:
                numbers[value] = str(len(numbers))
        self.write(",".join([numbers[v] for v in region.results]))

    def said(self, op: Op, free: set[Value]) -> str:
        """The attributes on which an op's code depends. `free` are literals of its region."""
        if is_free(op, free):
            literal = literal_of(op)
            return self.quantity(*literal) if isinstance(literal, tuple) else self.number(literal)
        return RULES.get(op.definition, plain)(self, op)

    def inside(self, op: Op) -> Iterable[Function]:
        """The regions of an op that its code depends on."""
        return op.regions


def short(type: Type) -> str:
    """A type as far as code depends on it: of a buffer, its elements."""
    return f"memref<{type.dtype}>" if isinstance(type, MemRef) else str(type)


def is_intricate(region: Function) -> bool:
    """Whether many loops run over the rows of a block, one after another."""
    inside = [inner for op in region.ops for r in op.regions for inner in r.ops]
    loops = sum(op.definition is loop.for_ for op in inside)
    return loops >= costs.INTRICATE and any(op.definition is memory.local for op in inside)


def is_light(op: Op) -> bool:
    """Whether a kernel has so little work that LLVM is not to optimise it."""
    return costs.work(op) <= LIGHT


def is_long(region: Function) -> bool:
    """Whether a region is the body of an innermost loop, and has much work."""
    return not any(op.regions for op in region.ops) and costs.of_region(region) >= LONG_BODY


def is_written_out(op: Op) -> bool:
    """Whether a loop is short, and has so little work that LLVM is to write it out."""
    if op.attrs.get("left") is not None or is_over_blocks(op):
        return False
    return op.attrs["extent"] <= SHORT and costs.work(op) <= UNROLLED


def is_over_blocks(op: Op) -> bool:
    return any(inner.attrs.get("left") is not None for inner in op.regions[0].ops)


def is_counted(op: Op) -> bool:
    """Whether a loop has few iterations, of which the code need not know how many: there are loops
    in it, and LLVM is not to write it out; or it is over blocks.
    """
    if op.attrs["extent"] > SMALL or is_over_blocks(op):
        return bool(op.attrs["extent"] <= SMALL)
    inner = any(inner.regions for inner in op.regions[0].ops)
    return op.attrs["extent"] > 1 and inner and not is_written_out(op)


def literals(region: Function) -> set[Value]:
    """The literals of a region that may be operands: integers that are only compared, or counted
    from, and floats that are only factors and divisors.
    """
    found = {op.result: users(op) for op in region.ops if op.name == "full"}
    if found:
        for op in region.ops:
            for value in () if op.definition is loop.for_ else op.operands:
                if op.name not in found.get(value, (op.name,)):
                    del found[value]
    return {value for value, ops in found.items() if ops}


def users(op: Op) -> frozenset[str]:
    """The ops that may use a literal which is an operand of the code; none if it is a constant."""
    dtype = op.attrs["dtype"]
    if dtype is int64:
        return COUNTING
    if dtype not in (float32, float64) or not is_finite(value := dtype.scalar(op.attrs["value"])):
        return frozenset()
    symbolic = isinstance(value, Real)
    simple = deferred("is_simple", is_simple, value) if symbolic else is_simple(value)
    return frozenset() if simple else SCALING


def is_simple(factor: float) -> bool:
    """Whether a factor is few of the parts of 1."""
    parts = abs(factor) * SIMPLE
    return parts <= SMALL * SIMPLE and parts == int(parts)


def literal_of(op: Op) -> tuple[int, str] | Any:
    """A literal that is an operand: a float by its bits in double precision."""
    value = op.attrs["value"]
    if op.attrs["dtype"] is int64:
        return value if isinstance(value, Dim) else int(value)
    if isinstance(value, Real):
        return deferred("bits", bits_of, value), "literal"
    return bits_of(float(value)), "literal"


def is_free(op: Op, free: set[Value]) -> bool:
    return op.name == "full" and op.result in free


# -- What the code of each op depends on


def plain(_: Lines, op: Op) -> str:
    return ";".join([f"{name}={print_attribute(a)}" for name, a in op.attributes])


def of_loop(lines: Lines, op: Op) -> str:
    extent = op.attrs["extent"]
    short = extent == 1 or is_counted(op)
    marks = () if short else (is_written_out(op), is_long(op.regions[0]))
    position, count = op.attrs.get("left") or (0, 0)
    left = f"{position},{lines.quantity(count, ROWS)}" if count else ""
    counted = is_counted(op) and lines.small == SMALL
    number = lines.quantity(extent, TIMES) if counted else lines.number(extent)
    return f"{number};{op.attrs['carried']};{left};{marks}"


def of_parallel(lines: Lines, op: Op) -> str:
    cut = Cut.of(op)
    numbers = [lines.quantity(*number) for number in cut.numbers()]
    numbers.append(str([lines.constant(*number) for number in cut.layout()]))
    marks = is_written_out(op), is_long(op.regions[0])
    return f"{','.join(numbers)};{op.attrs['combine']};{op.attrs['private']};{marks}"


def of_access(lines: Lines, op: Op) -> str:
    return lines.line(op.attrs["at"].results[0])


def of_local(lines: Lines, op: Op) -> str:
    size = room(op)
    constant = size <= LINE or lines.small > SMALL
    return lines.constant(size, ROOM) if constant else lines.quantity(size, ROOM)


def of_gemm(lines: Lines, op: Op) -> str:
    places = [lines.line(at.results[0]) for at in op.attrs["at"]]
    if type_of(op.operands[0]).dtype.is_complex:  # BLAS takes numbers by their addresses
        return str([lines.constant(*number) for number in numbers_of_gemm(op)] + places)
    return ";".join([lines.quantity(*number) for number in numbers_of_gemm(op)] + places)


RULES: Mapping[Any, Callable[[Lines, Op], str]] = {
    loop.for_: of_loop,
    loop.parallel: of_parallel,
    loop.affine: of_access,
    loop.gemm: of_gemm,
    memory.load: of_access,
    memory.store: of_access,
    memory.local: of_local,
}


def numbers_of_gemm(op: Op) -> list[tuple[int, str]]:
    """The sizes and strides of a product, as the routine takes them, with their roles."""
    (x_row, x_k), (y_k, y_column), (out_row, _) = op.attrs["strides"]
    m, n, k = op.attrs["sizes"]
    numbers = {"m": m, "n": n, "k": k, "x row": x_row, "x k": x_k}
    numbers |= {"y k": y_k, "y column": y_column, "out row": out_row}
    return [(value, role) for role, value in numbers.items()]


def room(op: Op) -> int:
    """The bytes of a small buffer of a kernel, in whole lines."""
    return max(1, -(-op.attrs["type"].nbytes // LINE)) * LINE


# -- Chunks


class Cut(NamedTuple):
    """The cut of a parallel loop: the number of chunks; the units of iterations of each, and the
    number of chunks that have one more; the elements of each private total, its place in a
    chunk's record, and the bytes of a record.
    """

    chunks: int
    unit: int
    each: int
    more: int
    sizes: dict[int, int]
    places: dict[int, int]
    record: int

    def numbers(self) -> list[tuple[int, str]]:
        """The operands of the code, with their roles."""
        pairs = zip(self[:4], ("chunks", "unit", "each", "more"), strict=True)
        found = list(pairs)
        if self.sizes:
            found.append((self.record * self.chunks, "records"))
        return found if self.layout() else found + self._of_record()

    def layout(self) -> list[tuple[int, str]]:
        """Of several totals, their sizes and places, which stay constants of the code: LLVM keeps
        totals in registers only where it sees that they are apart.
        """
        return self._of_record() if len(self.sizes) > 1 else []

    def _of_record(self) -> list[tuple[int, str]]:
        found = [(self.record, "record")] if self.sizes else []
        found += [(n, f"size {i}") for i, n in self.sizes.items()]
        return found + [(n, f"place {i}") for i, n in self.places.items()]

    @classmethod
    def of(cls, op: Op) -> Cut:
        extent, chunks = op.attrs["extent"], op.attrs["chunks"]
        size = unit(extent, chunks)
        each, more = divmod(extent // size, chunks)
        record, sizes, places = in_lines(SLOT * len(op.attrs["combine"])), {}, {}
        for i, _ in op.attrs["private"]:
            array = type_of(op.operands[i]).array
            sizes[i], places[i] = array.size, record
            record += in_lines(array.nbytes)
        return cls(chunks, size, each, more, sizes, places, record)


def unit(extent: int, chunks: int) -> int:
    """The iterations that go to a chunk together: whole vectors, where `extent` is a multiple of
    that and each chunk gets one. LLVM then makes no loop for the rest.
    """
    if is_symbolic((extent, chunks)):
        return deferred("unit", unit, extent, chunks)
    size = VECTORS
    while extent % size or extent < chunks * size:
        size //= 2
    return size


def in_lines(size: int) -> int:
    return -(-size // LINE) * LINE
