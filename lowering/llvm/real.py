"""A double under construction, with Python's operators: the formulas of `math` use it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llvmlite import ir

from .types import F64, I64, Value


class Real:
    """A value of type double at the place where a builder stands."""

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

    def intrinsic(self, name: str, *others: Any) -> Real:
        operands = [self.value, *map(self._lift, others)]
        function = self.b.module.declare_intrinsic(
            name, [F64], ir.FunctionType(F64, [F64] * len(operands))
        )
        return self._make(self.b.call(function, operands))

    def __abs__(self) -> Real:
        return self.intrinsic("llvm.fabs")

    def fma(self, factor: Any, addend: Any) -> Real:
        """self * factor + addend, rounded once."""
        return self.intrinsic("llvm.fma", factor, addend)

    def copysign(self, other: Real) -> Real:
        return self.intrinsic("llvm.copysign", other)

    def clamp(self, low: float, high: float) -> Real:
        """Within bounds; NaN becomes one of them."""
        return self.intrinsic("llvm.maxnum", low).intrinsic("llvm.minnum", high)

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

    def polynomial(self, coefficients: Sequence[float]) -> Real:
        """Horner's scheme, highest power first."""
        result = Real(self.b, F64(coefficients[0]))
        for c in coefficients[1:]:
            result = result.fma(self, c)
        return result
