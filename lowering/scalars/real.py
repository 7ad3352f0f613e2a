"""A float under construction, with Python's operators: the formulas of `math` use it, one text for
both precisions; what differs between them stands in a `Format`.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from llvmlite import ir

from ..llvm.types import F32, F64, I32, I64, Value, Vector
from ..llvm.writer import Writer


@dataclass(frozen=True)
class Format:
    """A precision: its layout, and constants that depend on it."""

    bits: int
    type: ir.Type
    integer: ir.IntType
    mantissa: int
    bias: int
    rounder: float
    """Adding it rounds to an integer, which is then in the low bits."""
    rounder_bits: int
    sqrt_half_bits: int
    tiny: float
    """The smallest normal number."""
    greatest: float
    ln2: tuple[float, float]
    """Two parts; the first has so many trailing zero bits that its product with an exponent is
    exact. So it is with `log10_2`.
    """
    log10_2: tuple[float, float]
    log2_e: tuple[float, float]
    log10_e: tuple[float, float]
    half_pi: tuple[float, float, float]
    largest_angle: float
    """Beyond it the reduction of angles loses digits."""
    least_exponent: float
    """exp is 0 below it, and infinite above `greatest_exponent`."""
    greatest_exponent: float


def hexadecimal(*texts: str) -> Any:
    return tuple(map(float.fromhex, texts))


DOUBLE = Format(
    bits=64,
    type=F64,
    integer=I64,
    mantissa=52,
    bias=1023,
    rounder=1.5 * 2.0**52,
    rounder_bits=0x4338000000000000,
    sqrt_half_bits=0x3FE6A09E667F3BCD,
    tiny=2.0**-1022,
    greatest=(2.0 - 2.0**-52) * 2.0**1023,
    ln2=hexadecimal("0x1.62e42fefa3800p-1", "0x1.ef35793c76730p-45"),
    log10_2=hexadecimal("0x1.34413509f7000p-2", "0x1.3fde623e2566bp-43"),
    log2_e=hexadecimal("0x1.71547652b82fep+0", "0x1.777d0ffda0d24p-56"),
    log10_e=hexadecimal("0x1.bcb7b1526e50ep-2", "0x1.95355baaafad3p-57"),
    half_pi=hexadecimal("0x1.921fb54442d18p+0", "0x1.1a62633145c07p-54", "-0x1.f1976b7ed8fbcp-110"),
    largest_angle=2.0**30,
    least_exponent=-746.0,
    greatest_exponent=709.782712893384,
)
SINGLE = Format(
    bits=32,
    type=F32,
    integer=I32,
    mantissa=23,
    bias=127,
    rounder=1.5 * 2.0**23,
    rounder_bits=0x4B400000,
    sqrt_half_bits=0x3F3504F3,
    tiny=2.0**-126,
    greatest=(2.0 - 2.0**-23) * 2.0**127,
    ln2=hexadecimal("0x1.62e4p-1", "0x1.7f7d1cp-20"),
    log10_2=hexadecimal("0x1.344p-2", "0x1.3509f8p-18"),
    log2_e=hexadecimal("0x1.715476p+0", "0x1.4ae0cp-26"),
    log10_e=hexadecimal("0x1.bcb7b2p-2", "-0x1.5b235ep-27"),
    half_pi=hexadecimal("0x1.921fb6p+0", "-0x1.777a5cp-25", "-0x1.ee59dap-50"),
    largest_angle=2.0**16,
    least_exponent=-105.0,
    greatest_exponent=float.fromhex("0x1.62e42ep+6"),
)
FORMATS = {F64: DOUBLE, F32: SINGLE}


@functools.cache
def format_of(type: ir.Type) -> Format:
    """The format of a type, of each lane if it is a `Vector`."""
    if not isinstance(type, Vector):
        return FORMATS[type]
    scalar = FORMATS[type.element]
    return replace(scalar, type=type, integer=Vector(scalar.integer, type.count))


class Real:
    """A value of type double or float, or a vector of them, at the place of a writer."""

    __slots__ = ("b", "format", "value")

    def __init__(self, b: Writer, value: Value) -> None:
        self.b, self.value = b, value
        self.format = format_of(value.type)

    def _lift(self, other: Any) -> Value:
        return other.value if isinstance(other, Real) else self.format.type(float(other))

    def _make(self, value: Value) -> Real:
        return Real(self.b, value)

    def constant(self, value: float) -> Real:
        """A number of this precision."""
        return self._make(self.format.type(value))

    def wide(self) -> Real:
        """The number as a double."""
        return self._make(self.b.fpext(self.value, self._like(F64)))

    def narrow(self) -> Real:
        """A double, rounded to single precision."""
        return self._make(self.b.fptrunc(self.value, self._like(F32)))

    def _like(self, type: ir.Type) -> ir.Type:
        own = self.value.type
        return Vector(type, own.count) if isinstance(own, Vector) else type

    def __add__(self, other: Any) -> Real:
        return self._make(self.b.fadd(self.value, self._lift(other)))

    def __sub__(self, other: Any) -> Real:
        return self._make(self.b.fsub(self.value, self._lift(other)))

    def __rsub__(self, other: Any) -> Real:
        return self._make(self.b.fsub(self._lift(other), self.value))

    def __mul__(self, other: Any) -> Real:
        return self._make(self.b.fmul(self.value, self._lift(other)))

    def __truediv__(self, other: Any) -> Real:
        return self._make(self.b.fdiv(self.value, self._lift(other)))

    def __rtruediv__(self, other: Any) -> Real:
        return self._make(self.b.fdiv(self._lift(other), self.value))

    def __neg__(self) -> Real:
        return self._make(self.b.fneg(self.value))

    __radd__, __rmul__ = __add__, __mul__

    def intrinsic(self, name: str, *others: Any) -> Real:
        operands, type = [self.value, *map(self._lift, others)], self.format.type
        function = self.b.module.declare_intrinsic(
            name, [type], ir.FunctionType(type, [type] * len(operands))
        )
        return self._make(self.b.call(function, operands))

    def __abs__(self) -> Real:
        return self.intrinsic("llvm.fabs")

    def sqrt(self) -> Real:
        return self.intrinsic("llvm.sqrt")

    def fma(self, factor: Any, addend: Any) -> Real:
        """self * factor + addend, rounded once."""
        return self.intrinsic("llvm.fma", factor, addend)

    def copysign(self, other: Real) -> Real:
        return self.intrinsic("llvm.copysign", other)

    def at_most(self, bound: Any) -> Real:
        """The smaller; NaN stays NaN. A compare and a choice are one instruction of most CPUs."""
        return self._make(self._lift(bound)).where(self.compare(">", bound), self)

    def at_least(self, bound: Any) -> Real:
        return self._make(self._lift(bound)).where(self.compare("<", bound), self)

    def clamp(self, low: float, high: float) -> Real:
        """Within bounds; NaN stays NaN."""
        return self.at_least(low).at_most(high)

    def compare(self, relation: str, other: Any) -> Value:
        return self.b.fcmp_ordered(relation, self.value, self._lift(other))

    def where(self, condition: Value, other: Any) -> Real:
        """self where the condition holds, else `other`."""
        return self._make(self.b.select(condition, self.value, self._lift(other)))

    def bits(self) -> Value:
        return self.b.bitcast(self.value, self.format.integer)

    def of_bits(self, bits: Value) -> Real:
        return self._make(self.b.bitcast(bits, self.format.type))

    def integer(self, value: int) -> Value:
        """An integer constant as wide as this."""
        return self.format.integer(value)

    def negative(self) -> Value:
        """Whether the sign bit is set."""
        return self.b.icmp_signed("<", self.bits(), self.integer(0))

    def or_nan(self, x: Real) -> Real:
        """self, but x where x is NaN."""
        return self.where(self.b.fcmp_ordered("ord", x.value, x.value), x)

    def or_tiny(self, x: Real) -> Real:
        """self, but x where x is 0, subnormal or NaN: for functions that begin with x."""
        return self.where(abs(x).compare(">", self.format.tiny), x)

    def polynomial(self, coefficients: Sequence[float]) -> Real:
        """Horner's scheme, highest power first."""
        result = self.constant(coefficients[0])
        for c in coefficients[1:]:
            result = result.fma(self, c)
        return result

    def long_polynomial(self, coefficients: Sequence[float]) -> Real:
        """Even and odd powers apart, which a processor computes at once; some more rounding."""
        square = self * self
        last, others = coefficients[::-2][::-1], coefficients[-2::-2][::-1]
        return square.polynomial(others).fma(self, square.polynomial(last))


def product(x: Real, y: Real) -> tuple[Real, Real]:
    """x y and its rounding error."""
    value = x * y
    return value, x.fma(y, -value)


def ordered_sum(x: Real, y: Real) -> tuple[Real, Real]:
    """x + y and its rounding error, if x is 0 or |x| >= |y| (Dekker, 1971)."""
    value = x + y
    return value, y - (value - x)


def sum_of(x: Real, y: Real) -> tuple[Real, Real]:
    """x + y and its rounding error (Knuth)."""
    value = x + y
    back = value - x
    return value, (x - (value - back)) + (y - back)
