"""Elementary functions without branches, which LLVM's loop vectoriser can widen.

Each is argument reduction, a polynomial, and selects for the special values, in double precision; single
precision computes in double and rounds once. Errors, in units in the last place over the normal range
(measured in tests/lowering): exp 1, expm1 2, log 1, log1p 2, tanh 2, sigmoid 2.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from llvmlite import ir

from .module import Module
from .types import F64, I64, Value

UNARY = ir.FunctionType(F64, [F64])


class Real:
    """A double under construction, with Python's operators: what the formulas below are written in."""

    __slots__ = ("b", "value")

    def __init__(self, builder: ir.IRBuilder, value: Value) -> None:
        self.b, self.value = builder, value

    def _lift(self, other: Any) -> Value:
        return other.value if isinstance(other, Real) else F64(float(other))

    def _make(self, value: Value) -> Real:
        return Real(self.b, value)

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

    def _call(self, name: str, *others: Any) -> Real:
        operands = [self.value, *map(self._lift, others)]
        function = self.b.module.declare_intrinsic(name, [F64], ir.FunctionType(F64, [F64] * len(operands)))
        return self._make(self.b.call(function, operands))

    def __abs__(self) -> Real:
        return self._call("llvm.fabs")

    def fma(self, factor: Any, addend: Any) -> Real:
        """self * factor + addend, rounded once."""
        return self._call("llvm.fma", factor, addend)

    def copysign(self, other: Real) -> Real:
        return self._call("llvm.copysign", other)

    def clamp(self, low: float, high: float) -> Real:
        """Within bounds; NaN becomes one of them."""
        return self._call("llvm.maxnum", low)._call("llvm.minnum", high)

    def compare(self, relation: str, other: Any) -> Value:
        return self.b.fcmp_ordered(relation, self.value, self._lift(other))

    def where(self, condition: Value, other: Any) -> Real:
        """self where the condition holds, else `other`."""
        return self._make(self.b.select(condition, self.value, self._lift(other)))

    def bits(self) -> Value:
        return self.b.bitcast(self.value, I64)

    def of_bits(self, bits: Value) -> Real:
        return self._make(self.b.bitcast(bits, F64))

    def or_nan(self, x: Real) -> Real:
        """self, but x where x is NaN."""
        return self.where(self.b.fcmp_ordered("ord", x.value, x.value), x)

    def polynomial(self, coefficients: list[float]) -> Real:
        """Horner's scheme, highest power first."""
        result = Real(self.b, F64(coefficients[0]))
        for c in coefficients[1:]:
            result = result.fma(self, c)
        return result


ROUNDER = 1.5 * 2.0**52  # adding it rounds to an integer, which is then in the low bits
ROUNDER_BITS = 0x4338000000000000
LN2_HIGH = float.fromhex("0x1.62e42fefa3800p-1")  # with 11 trailing zero bits, so that n * LN2_HIGH is exact
LN2_LOW = float.fromhex("0x1.ef35793c76730p-45")
EXPM1_TAIL = [1 / math.factorial(k) for k in range(14, 1, -1)]  # (expm1(r) - r) / r^2, Taylor; |r| <= ln(2) / 2


def reduced(x: Real) -> tuple[Value, Real, Real]:
    """x = n ln 2 + r with |r| <= ln(2)/2: n as an integer, r, and the rounding error of r."""
    shifted = x.fma(1 / math.log(2), ROUNDER)
    n = shifted - ROUNDER
    high = n.fma(-LN2_HIGH, x)
    r = n.fma(-LN2_LOW, high)
    error = (high - r) - n * LN2_LOW
    return x.b.sub(shifted.bits(), I64(ROUNDER_BITS)), r, error


def power_of_two(x: Real, n: Value) -> Real:
    """2**n for -1022 <= n <= 1023."""
    return x.of_bits(x.b.shl(x.b.add(n, I64(1023)), I64(52)))


def exp(x: Real) -> Real:
    """2^n (1 + r + r^2 q(r)); the power in two steps, so that results may be subnormal."""
    n, r, error = reduced(x.clamp(-746.0, 710.0))
    tail = r * r * r.polynomial(EXPM1_TAIL) + error
    half = x.b.ashr(n, I64(1))
    value = (r + tail + 1.0) * power_of_two(x, half) * power_of_two(x, x.b.sub(n, half))
    return value.or_nan(x)


def expm1(x: Real) -> Real:
    """2^n expm1(r) + (2^n - 1), at half scale so that 2^n cannot overflow."""
    n, r, error = reduced(x.clamp(-40.0, 710.0))
    tail = r * r * r.polynomial(EXPM1_TAIL) + error
    p = r + tail
    half = power_of_two(x, x.b.sub(n, I64(1)))
    value = p.where(x.b.icmp_signed("==", n, I64(0)), (half * p + (half - 0.5)) * 2.0)
    value = value.where(x.compare("<=", 709.782712893384), math.inf)
    return value.where(abs(x).compare(">", 1e-300), x).or_nan(x)


# log(1 + f) = f - f^2/2 + s (f^2/2 + R(s^2)), s = f / (2 + f): the coefficients of R in FreeBSD's e_log.c (Sun, 1993)
LOG_R = [1.479819860511658591e-01, 1.531383769920937332e-01, 1.818357216161805012e-01, 2.222219843214978396e-01,
         2.857142874366239149e-01, 3.999999999940941908e-01, 6.666666666666735130e-01]  # fmt: skip
SQRT_HALF_BITS = 0x3FE6A09E667F3BCD


def split(x: Real) -> tuple[Real, Real]:
    """x = 2^k (1 + f) with sqrt(1/2) <= 1 + f < sqrt(2), for x positive and finite: f and k."""
    tiny = x.compare("<", 2.0**-1022)
    bits = (x * 2.0**54).where(tiny, x).bits()
    shifted = x.b.sub(bits, I64(SQRT_HALF_BITS))
    k = x.b.ashr(shifted, I64(52))
    mantissa = x.b.sub(bits, x.b.shl(k, I64(52)))
    whole = x.of_bits(x.b.add(k, I64(ROUNDER_BITS))) - ROUNDER  # a conversion that every vector unit has
    return x.of_bits(mantissa) - 1.0, (whole - 54.0).where(tiny, whole)


def log_near(f: Real, k: Real, correction: Any) -> Real:
    """log(2^k (1 + f)) + correction."""
    s = f / (f + 2.0)
    z = s * s
    half_square = f * f * 0.5
    r = z * z.polynomial(LOG_R)
    low = s * (half_square + r) + k.fma(LN2_LOW, correction)
    return k.fma(LN2_HIGH, f - (half_square - low))


def log_special(value: Real, x: Real) -> Real:
    """`value`, with what log gives outside the positive finite numbers."""
    value = value.where(x.compare("<", math.inf), x)
    value = value.where(x.compare(">", 0.0), math.nan)
    return (x * 0.0 - math.inf).where(x.compare("==", 0.0), value).or_nan(x)


def log(x: Real) -> Real:
    f, k = split(x)
    return log_special(log_near(f, k, 0.0), x)


def log1p(x: Real) -> Real:
    """log(u) + c/u, with u = 1 + x rounded and c what the rounding lost."""
    u = x + 1.0
    c = (1.0 - (u - x)).where(u.compare(">=", 2.0), x - (u - 1.0))
    f, k = split(u)
    value = log_special(log_near(f, k, c / u), u)
    return value.where(abs(x).compare(">", 1e-300), x).or_nan(x)


def tanh(x: Real) -> Real:
    """t / (t + 2) with t = expm1(2 |x|); above 0.55 better as 1 - 2 / (t + 2)."""
    t = expm1((abs(x) * 2.0)._call("llvm.minnum", 60.0))
    large = abs(x).compare(">", 0.55)
    quotient = Real(x.b, F64(2.0)).where(large, t) / (t + 2.0)
    value = (1.0 - quotient).where(large, quotient).copysign(x)
    return value.where(abs(x).compare(">", 1e-300), x).or_nan(x)


def sigmoid(x: Real) -> Real:
    """1 / (1 + e) or e / (1 + e) with e = exp(-|x|)."""
    e = exp(-abs(x))
    top = Real(x.b, F64(1.0)).where(x.compare(">=", 0.0), e)
    return (top / (e + 1.0)).or_nan(x)


FUNCTIONS: dict[str, Callable[[Real], Real]] = {
    "exp": exp, "expm1": expm1, "log": log, "log1p": log1p, "tanh": tanh, "sigmoid": sigmoid,
}  # fmt: skip


def call(module: Module, builder: ir.IRBuilder, name: str, x: Value) -> Value:
    """`name` of a double."""
    rule = FUNCTIONS[name]
    function = module.define(f"polyad.{name}", UNARY, lambda b, args: rule(Real(b, args[0])).value)
    return builder.call(function, [x])

