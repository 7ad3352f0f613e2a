"""Programs with symbolic sizes in LLVM, for export: their guards, their numbers, and their calls.

A program is a function of the sizes and of two tables, arguments and results. It gives
`WRONG_SIZE` for sizes that its guards exclude, before it reads or writes anything; else 0 or a
code, as `run` does.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from llvmlite import ir

from polyad.ir import ArrayType
from polyad.ir.symbolic import LEAST, Dim, Real, Scope, bits_of, single
from polyad.ir.symbolic.dims import Exactly
from polyad.ir.symbolic.scope import quotient_of, remainder_of
from polyad.passes.fold import Folded

from ..dialects import kernel
from ..emission.form import SIMPLE, SMALL, is_simple
from ..emission.run import TABLE, emit_unit
from ..emission.standalone import NULL_POINTER, WRONG_SIZE, Standalone
from ..llvm.arena import ARENA as ARENA_SIZE
from ..llvm.arena import HEAD, LAST, release
from ..llvm.codes import OUT_OF_MEMORY
from ..llvm.types import F32, F64, I8, I32, I64, POINTER, Value
from ..llvm.workspace import ALIGNMENT, ON_STACK, aligned
from ..llvm.writer import NULL as NOWHERE
from ..llvm.writer import VOID, Writer
from ..runtime.constants import closed_over
from .rows import ARENA, COPY, GIVEN, MEMORY, NULL, Object, Place, Plan, Row
from .units import Unit


class SizedProgram(NamedTuple):
    """A program for the sizes that its scope's guards allow. Each of its `sizes` is a number, or
    the name of a symbol of the scope; these are in order.
    """

    sizes: tuple[int | str, ...]
    scope: Scope
    plan: Plan
    units: Mapping[str, Unit]
    arguments: Sequence[ArrayType]
    results: Sequence[ArrayType]
    captured: Sequence[bytes]


def emit_sizes(module: Standalone, program: SizedProgram, given: int) -> ir.Function:
    """Add a program. Its first `given` arguments are in the table of arguments; the others are the
    captured constants.
    """
    for digest, unit in program.units.items():
        if digest not in module.globals:
            kinds = unit.overlapping, unit.own
            emit_unit(module, digest, unit.function, kinds, unit.allocates, unit.asking, unit.form)
    types = [*[I64] * len(program.sizes), TABLE, TABLE]
    b = module.function("sizes", I32, types, "noinline")
    *sizes, arguments, results = b.args
    numbers = Numbers(b, program.scope)
    numbers.leave_unless_fit(program.sizes, sizes)
    frame = {GIVEN + i: b.item(arguments, i) for i in range(given)}
    places = GIVEN + len(program.arguments)
    frame |= {places + i: b.item(results, i) for i in range(len(program.results))}
    outer = (*program.arguments[:given], *program.results)
    for pointer, type in zip(list(frame.values()), outer, strict=True):
        leave_if_missing(b, pointer, numbers.value(type.nbytes))
    for i, data in enumerate(program.captured, given):
        frame[GIVEN + i] = module.bytes("captured", data)
    for i, op in enumerate(program.plan.asking):
        is_array = op.definition is kernel.constant
        array = module.bytes("closed_over", closed_over(op).tobytes()) if is_array else NOWHERE
        frame[slot_of(Object(i))[0]] = array
    steps = [
        Step(row, [(slot, numbers.value(offset)) for slot, offset in map(slot_of, row.operands)])
        for row in program.plan.rows
    ]
    run(b, steps, frame, numbers.value(program.plan.memory))
    return b.function


def leave_if_missing(b: Writer, pointer: Value, size: Value) -> None:
    """Leave if an array with elements has no address."""
    there = b.icmp_signed("!=", size, I64(0))
    with b.if_then(b.and_(there, b.is_null(pointer)), likely=False):
        b.ret(I32(NULL_POINTER))


# -- Calls


class Step(NamedTuple):
    """A row, and the slot and offset of each operand."""

    row: Row
    places: Sequence[tuple[int, Value]]


def slot_of(place: Place | Object) -> Place:
    """The slot and offset of an operand. Objects are below the frame: arrays that a rule closes
    over, and null for what code without Python does not use.
    """
    return (-1 - place.number, 0) if isinstance(place, Object) else place


def run(b: Writer, steps: Sequence[Step], frame: dict[int, Value], size: Value) -> None:
    """Do the calls, up to one that gives a code, with scratch memory and an arena."""
    code, arena = b.slot(I32, I32(0)), b.room(ARENA_SIZE, 8)
    b.set_field(NOWHERE, arena, HEAD)
    b.set_field(I64(0), arena, LAST)
    large = b.icmp_unsigned(">", size, I64(ON_STACK))
    room = b.add(size, I64(ALIGNMENT))
    block = b.either(
        large, lambda: b.extern("malloc", POINTER, room), lambda: b.alloca(I8, size=room)
    )
    with b.if_then(b.is_null(block), likely=False):
        b.ret(I32(OUT_OF_MEMORY))
    frame |= {NULL: NOWHERE, ARENA: arena, MEMORY: aligned(b, block)}
    done = b.append_basic_block("done")
    table = b.slot(ir.ArrayType(POINTER, max((len(s.places) for s in steps), default=1) or 1))
    first = b.bitcast(table, TABLE)
    for row, places in steps:
        given = [b.gep(frame[slot], [offset]) for slot, offset in places]
        if row.target == COPY:
            target, source, _ = given
            b.move(target, source, places[2][1])
            continue
        for i, pointer in enumerate(given):
            b.store(pointer, b.gep(first, [I64(i)]))
        found = b.call(b.module.globals[row.target], [first])
        b.store(found, code)
        further = b.append_basic_block("further")
        b.cbranch(b.icmp_unsigned("==", found, I32(0)), further, done)
        b.position_at_end(further)
    b.branch(done)
    b.position_at_end(done)
    b.call(release(b.module), [arena, I64(0)])
    with b.if_then(large):
        b.extern("free", VOID, block)
    b.ret(b.load(code))


# -- Numbers


class Numbers:
    """The values of a scope's numbers in a function under construction: 64-bit integers and
    doubles.
    """

    def __init__(self, b: Writer, scope: Scope) -> None:
        self.b, self.scope = b, scope
        self.dims: dict[Dim, Value] = {}
        self.atoms: dict[int, Value] = {}

    def leave_unless_fit(self, wanted: Sequence[int | str], sizes: Sequence[Value]) -> None:
        """Leave with `WRONG_SIZE` for sizes that the program, or a guard, excludes."""
        b, symbols = self.b, (i for i, a in enumerate(self.scope.atoms) if a.function is None)
        known: dict[int | str, Value] = {}
        for number, size in zip(wanted, sizes, strict=True):
            if isinstance(number, str) and number not in known:
                known[number] = self.atoms[next(symbols)] = size
                self.leave_if(b.icmp_signed("<", size, I64(LEAST)))
            else:
                value = known[number] if isinstance(number, str) else I64(number)
                self.leave_if(b.icmp_signed("!=", size, value))
        for relation, dim, truth in self.scope.guards:
            holds = b.icmp_signed(relation, self.value(dim), I64(0))
            self.leave_if(b.not_(holds) if truth else holds)

    def leave_if(self, condition: Value) -> None:
        with self.b.if_then(condition, likely=False):
            self.b.ret(I32(WRONG_SIZE))

    def value(self, x: Any) -> Value:
        """The value of a number, which may be symbolic."""
        if isinstance(x, Real):
            return self.atom(x.atom)
        if isinstance(x, Exactly):
            return F64(x.value) if isinstance(x.value, float) else I64(x.value)
        if not isinstance(x, Dim):
            return I64(int(x))
        found = self.dims.get(x)
        if found is None:
            found = I64(0)
            for monomial, coefficient in x.terms:
                product = I64(coefficient)
                for number in monomial:
                    product = self.b.mul(product, self.atom(number))
                found = self.b.add(found, product)
            self.dims[x] = found
        return found

    def atom(self, number: int) -> Value:
        found = self.atoms.get(number)
        if found is None:
            _, function, operands = self.scope.atoms[number]
            found = self.atoms[number] = rule_of(function)(self, *map(self.value, operands))
        return found


Rule = Callable[..., Value]


def as_double(b: Writer, x: Value) -> Value:
    return x if x.type == F64 else b.sitofp(x, F64)


def of_doubles(emit: Callable[..., Value]) -> Rule:
    """The rule of a function of floating numbers."""
    return lambda n, *given: emit(n.b, *[as_double(n.b, x) for x in given])


def divided(n: Numbers, x: Value, y: Value) -> tuple[Value, Value]:
    """The floor quotient and the remainder. Python raises for a divisor of 0: sizes that a guard
    excludes.
    """
    b = n.b
    n.leave_if(b.icmp_signed("==", y, I64(0)))
    whole, left = b.sdiv(x, y), b.srem(x, y)
    unlike = b.icmp_signed("<", b.xor(left, y), I64(0))
    below = b.and_(b.icmp_signed("!=", left, I64(0)), unlike)
    return b.sub(whole, b.zext(below, I64)), b.add(left, b.select(below, y, I64(0)))


def absolute(b: Writer, x: Value) -> Value:
    return b.call(b.module.declare_intrinsic("llvm.fabs", [F64]), [x])


def simple(b: Writer, x: Value) -> Value:
    """`form.is_simple`: whether a factor is few of the parts of 1."""
    parts = b.fmul(absolute(b, x), F64(float(SIMPLE)))
    few = b.fcmp_ordered("<=", parts, F64(float(SMALL * SIMPLE)))
    parts = b.select(few, parts, F64(0.5))
    whole = b.sitofp(b.fptosi(parts, I64), F64)
    return b.zext(b.fcmp_ordered("==", parts, whole), I64)


def finite(b: Writer, x: Value) -> Value:
    return b.zext(b.fcmp_ordered("<", absolute(b, x), F64(math.inf)), I64)


def compared(relation: str) -> Rule:
    return of_doubles(lambda b, x, y: b.zext(b.fcmp_ordered(relation, x, y), I64))


def least(n: Numbers, x: Value, y: Value) -> Value:
    return n.b.least(x, y)


def squared(b: Writer, x: Value) -> Value:
    return b.fmul(x, x)


def root(b: Writer, x: Value) -> Value:
    return b.call(b.module.declare_intrinsic("llvm.sqrt", [F64]), [x])


def rounded(n: Numbers, x: Value) -> Value:
    """The nearest number of single precision."""
    return n.b.fpext(n.b.fptrunc(x, F32), F64)


def rule_of(function: Any) -> Rule:
    """The rule of a function of numbers: one of polyad's or Python's, or an op that was folded."""
    folded = getattr(function, "__self__", None)
    if not isinstance(folded, Folded):
        return FUNCTIONS[function]
    rule = FOLDED[folded.definition.name]
    if folded.result.bits == 64:
        return rule
    return lambda n, *given: rounded(n, rule(n, *given))


FOLDED: Mapping[str, Rule] = {
    "add": of_doubles(lambda b, x, y: b.fadd(x, y)),
    "subtract": of_doubles(lambda b, x, y: b.fsub(x, y)),
    "multiply": of_doubles(lambda b, x, y: b.fmul(x, y)),
    "divide": of_doubles(lambda b, x, y: b.fdiv(x, y)),
    "negative": of_doubles(lambda b, x: b.fneg(x)),
    "reciprocal": of_doubles(lambda b, x: b.fdiv(F64(1.0), x)),
    "square": of_doubles(squared),
    "sqrt": of_doubles(root),
    "convert": of_doubles(lambda b, x: x),
}
"""The ops of `fold.BASIC`. What they give in double precision and is then rounded to single is what
they give in single precision (Figueroa, When is double rounding innocuous?, 1995).
"""

FUNCTIONS: Mapping[Any, Rule] = {
    quotient_of: lambda n, x, y: divided(n, x, y)[0],
    remainder_of: lambda n, x, y: divided(n, x, y)[1],
    min: least,
    bits_of: of_doubles(lambda b, x: b.bitcast(x, I64)),
    is_simple: of_doubles(simple),
    math.isfinite: of_doubles(finite),
    float: of_doubles(lambda b, x: x),
    single: rounded,
    operator.add: FOLDED["add"],
    operator.sub: FOLDED["subtract"],
    operator.mul: FOLDED["multiply"],
    operator.truediv: FOLDED["divide"],
    operator.neg: FOLDED["negative"],
    operator.abs: of_doubles(absolute),
    operator.eq: compared("=="),
    operator.ne: lambda n, x, y: n.b.sub(I64(1), compared("==")(n, x, y)),
    operator.lt: compared("<"),
    operator.le: compared("<="),
    operator.gt: compared(">"),
    operator.ge: compared(">="),
}
"""The functions that symbolic numbers are made of (see `polyad.ir.symbolic.dims`)."""
