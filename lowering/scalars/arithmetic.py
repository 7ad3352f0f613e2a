"""Emitters of arithmetic, rounding, comparisons, bits and choices, for real dtypes.

An emitter takes the context and the operand values, and the op's attributes by name; see
`lowering.native_ops`.
"""

from __future__ import annotations

from llvmlite import ir

from ..llvm.types import I1, Value
from . import conversion
from .context import Context, Emitter


def per_kind(
    *,
    floating: Emitter,
    integer: Emitter | None = None,
    unsigned: Emitter | None = None,
    boolean: Emitter | None = None,
) -> Emitter:
    """An emitter by the kind of the first operand."""

    def emitter(c: Context, *values: Value) -> Value:
        kind = c.dtype.family
        chosen = (
            floating
            if kind == "float"
            else unsigned
            if kind == "uint"
            else boolean
            if kind == "bool"
            else integer
        )
        return (chosen or integer or floating)(c, *values)

    return emitter


def unchanged(c: Context, x: Value) -> Value:
    return x


def rounding(name: str) -> Emitter:
    return per_kind(floating=lambda c, x: c.intrinsic(name, x), integer=unchanged)


def compare(relation: str) -> Emitter:
    def emitter(c: Context, x: Value, y: Value) -> Value:
        if c.dtype.is_floating:
            return (c.b.fcmp_unordered if relation == "!=" else c.b.fcmp_ordered)(relation, x, y)
        return (c.b.icmp_signed if c.dtype.family == "int" else c.b.icmp_unsigned)(relation, x, y)

    return emitter


def extremum(relation: str, name: str) -> Emitter:
    def integer(c: Context, x: Value, y: Value) -> Value:
        return c.b.select(compare(relation)(c, x, y), x, y)

    return per_kind(
        floating=lambda c, x, y: c.intrinsic(name, x, y, flags=("nsz",)), integer=integer
    )


def absolute_integer(c: Context, x: Value) -> Value:
    return c.b.select(c.b.icmp_signed("<", x, c.const(0)), c.b.neg(x), x)


def sign_of_float(c: Context, x: Value) -> Value:
    one, zero = c.const(1.0), c.const(0.0)
    below = c.b.select(
        c.b.fcmp_ordered("<", x, zero),
        c.const(-1.0),
        c.b.select(c.b.fcmp_ordered("==", x, zero), zero, x),
    )
    return c.b.select(c.b.fcmp_ordered(">", x, zero), one, below)


def sign_of_integer(c: Context, x: Value) -> Value:
    below = c.b.select(c.b.icmp_signed("<", x, c.const(0)), c.const(-1), c.const(0))
    return c.b.select(compare(">")(c, x, c.const(0)), c.const(1), below)


def float_is(test: str) -> Emitter:
    """isnan, isinf, isfinite of a float; integers are finite."""

    def emitter(c: Context, x: Value) -> Value:
        if not c.dtype.is_floating:
            return I1(test == "finite")
        if test == "nan":
            return c.b.fcmp_unordered("uno", x, x)
        size = c.intrinsic("llvm.fabs", x)
        return c.b.fcmp_ordered("==" if test == "inf" else "<", size, c.const(float("inf")))

    return emitter


def signbit(c: Context, x: Value) -> Value:
    bits = ir.IntType(c.dtype.bits)
    return c.b.icmp_signed("<", c.b.bitcast(x, bits), bits(0))


def nextafter(c: Context, x: Value, y: Value) -> Value:
    """One more or less, seen as an integer; of 0, the smallest number there is."""
    if c.dtype.is_stored:
        return nextafter_stored(c, x, y)
    b, bits, zero = c.b, ir.IntType(c.dtype.bits), c.const(0.0)
    number = b.bitcast(x, bits)
    away = b.icmp_unsigned("==", b.fcmp_ordered(">", y, x), b.icmp_signed(">=", number, bits(0)))
    moved = b.add(number, b.select(away, bits(1), bits(-1)))
    smallest = c.intrinsic("llvm.copysign", b.bitcast(bits(1), x.type), y)
    found = b.select(b.fcmp_ordered("==", x, zero), smallest, b.bitcast(moved, x.type))
    found = b.select(b.fcmp_ordered("==", x, y), y, found)
    return b.select(b.fcmp_unordered("uno", x, y), b.fadd(x, y), found)


def nextafter_stored(c: Context, x: Value, y: Value) -> Value:
    """As `nextafter`, of floats of 16 bits, which are their bits."""
    b, bits = c.b, ir.IntType(16)
    number, towards = (conversion.extended(b, v, c.dtype) for v in (x, y))
    up = b.fcmp_ordered(">", towards, number)
    away = b.icmp_unsigned("==", up, b.icmp_signed(">=", x, bits(0)))
    moved = b.add(x, b.select(away, bits(1), bits(-1)))
    smallest = b.or_(b.and_(y, bits(-0x8000)), bits(1))
    found = b.select(b.fcmp_ordered("==", number, number.type(0.0)), smallest, moved)
    found = b.select(b.fcmp_ordered("==", number, towards), y, found)
    return b.select(b.fcmp_unordered("uno", number, towards), c.const(float("nan")), found)


def logical(name: str) -> Emitter:
    return lambda c, x, y: getattr(c.b, name)(x, y)


def arithmetic(floating: str, integer: str, boolean: str = "and_") -> Emitter:
    def emitter(c: Context, x: Value, y: Value) -> Value:
        if c.dtype.is_floating:
            return getattr(c.b, floating)(x, y, flags=c.module.contract)
        return getattr(c.b, boolean if c.dtype.family == "bool" else integer)(x, y)

    return emitter


def divide(c: Context, x: Value, y: Value) -> Value:
    return c.b.fdiv(x, y)


def sqrt(c: Context, x: Value) -> Value:
    return c.intrinsic("llvm.sqrt", x)


def copysign(c: Context, x: Value, y: Value) -> Value:
    return c.intrinsic("llvm.copysign", x, y)


def not_(c: Context, x: Value) -> Value:
    return c.b.not_(x)


def where(c: Context, condition: Value, x: Value, y: Value) -> Value:
    return c.b.select(condition, x, y)


def imag(c: Context, x: Value) -> Value:
    """The imaginary part of a real number."""
    return c.const(0)


def pair(c: Context, x: Value, y: Value) -> Value:
    """The complex number of two parts."""
    return x, y


add = arithmetic("fadd", "add", "or_")
subtract = arithmetic("fsub", "sub")
multiply = arithmetic("fmul", "mul")
negative = per_kind(floating=lambda c, x: c.b.fneg(x), integer=lambda c, x: c.b.neg(x))
absolute = per_kind(
    floating=lambda c, x: c.intrinsic("llvm.fabs", x),
    integer=absolute_integer,
    unsigned=unchanged,
)
sign = per_kind(floating=sign_of_float, integer=sign_of_integer)
maximum = extremum(">", "llvm.maximum")
minimum = extremum("<", "llvm.minimum")

floor = rounding("llvm.floor")
ceil = rounding("llvm.ceil")
round = rounding("llvm.rint")
trunc = rounding("llvm.trunc")

isnan = float_is("nan")
isinf = float_is("inf")
isfinite = float_is("finite")

equal = compare("==")
not_equal = compare("!=")
less = compare("<")
less_equal = compare("<=")
greater = compare(">")
greater_equal = compare(">=")

and_ = logical("and_")
or_ = logical("or_")
xor = logical("xor")
