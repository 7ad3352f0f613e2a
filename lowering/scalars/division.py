"""Emitters of division with remainder and of shifts, with NumPy's results where C has none."""

from __future__ import annotations

from ..llvm.types import Value
from .arithmetic import per_kind
from .context import Context, Emitter


def float_remainder(c: Context, x: Value, y: Value) -> Value:
    """The remainder with the sign of the divisor, as Python's %."""
    b, zero = c.b, c.const(0.0)
    rest = b.frem(x, y)
    differs = b.xor(b.fcmp_ordered("<", rest, zero), b.fcmp_ordered("<", y, zero))
    nonzero = b.fcmp_unordered("!=", rest, zero)
    adjusted = b.select(differs, b.fadd(rest, y), rest)
    result = b.select(nonzero, adjusted, c.intrinsic("llvm.copysign", zero, y))
    return b.select(b.fcmp_ordered("==", y, zero), rest, result)


def float_floor_divide(c: Context, x: Value, y: Value) -> Value:
    """The quotient rounded down, exact where x / y would have been rounded up to an integer."""
    b, zero, one = c.b, c.const(0.0), c.const(1.0)
    rest = b.frem(x, y)
    differs = b.and_(
        b.xor(b.fcmp_ordered("<", rest, zero), b.fcmp_ordered("<", y, zero)),
        b.fcmp_unordered("!=", rest, zero),
    )
    quotient = b.fdiv(b.fsub(x, rest), y)
    quotient = b.select(differs, b.fsub(quotient, one), quotient)
    whole = c.intrinsic("llvm.floor", quotient)
    whole = b.select(
        b.fcmp_ordered(">", b.fsub(quotient, whole), c.const(0.5)), b.fadd(whole, one), whole
    )
    plain = b.fdiv(x, y)
    whole = b.select(
        b.fcmp_ordered("==", quotient, zero), c.intrinsic("llvm.copysign", zero, plain), whole
    )
    return b.select(b.fcmp_ordered("==", y, zero), plain, whole)


def safe_divisor(c: Context, x: Value, y: Value) -> tuple[Value, Value]:
    """y, but 1 where the division would trap; and whether y is 0."""
    b = c.b
    is_zero = b.icmp_unsigned("==", y, c.const(0))
    traps = is_zero
    if c.dtype.family == "int":
        least = b.icmp_unsigned("==", x, c.const(-(2 ** (c.dtype.bits - 1))))
        traps = b.or_(traps, b.and_(least, b.icmp_unsigned("==", y, c.const(-1))))
    return b.select(traps, c.const(1), y), is_zero


def integer_remainder(c: Context, x: Value, y: Value) -> Value:
    """The remainder with the sign of the divisor; 0 where the divisor is 0, as in NumPy."""
    b, zero = c.b, c.const(0)
    divisor, is_zero = safe_divisor(c, x, y)
    if c.dtype.family == "uint":
        return b.select(is_zero, zero, b.urem(x, divisor))
    rest = b.srem(x, divisor)
    differs = b.and_(
        b.icmp_signed("!=", rest, zero), b.icmp_signed("<", b.xor(rest, divisor), zero)
    )
    return b.select(is_zero, zero, b.select(differs, b.add(rest, divisor), rest))


def integer_floor_divide(c: Context, x: Value, y: Value) -> Value:
    """Rounded down; 0 where the divisor is 0, as in NumPy."""
    b, zero = c.b, c.const(0)
    divisor, is_zero = safe_divisor(c, x, y)
    if c.dtype.family == "uint":
        return b.select(is_zero, zero, b.udiv(x, divisor))
    quotient, rest = b.sdiv(x, divisor), b.srem(x, divisor)
    differs = b.and_(
        b.icmp_signed("!=", rest, zero), b.icmp_signed("<", b.xor(rest, divisor), zero)
    )
    return b.select(is_zero, zero, b.select(differs, b.sub(quotient, c.const(1)), quotient))


def shift(left: bool) -> Emitter:
    """By as many bits as the dtype has, or more, or by a negative number: all bits leave, as in
    NumPy.
    """

    def emitter(c: Context, x: Value, y: Value) -> Value:
        b, signed = c.b, c.dtype.family == "int"
        inside = b.icmp_unsigned("<", y, c.const(c.dtype.bits))
        amount = b.select(inside, y, c.const(0))
        if left:
            return b.select(inside, b.shl(x, amount), c.const(0))
        gone = b.ashr(x, c.const(c.dtype.bits - 1)) if signed else c.const(0)
        return b.select(inside, (b.ashr if signed else b.lshr)(x, amount), gone)

    return emitter


remainder = per_kind(floating=float_remainder, integer=integer_remainder)
floor_divide = per_kind(floating=float_floor_divide, integer=integer_floor_divide)
left_shift, right_shift = shift(True), shift(False)
