"""Emitters of elementary and special functions of real numbers."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

from llvmlite import ir

from ..llvm.types import F64, I32, I64, Value
from ..llvm.writer import VOID, Writer
from ..native_ops import Library, Part
from . import math, power
from .arithmetic import per_kind
from .context import Context, Emitter
from .math import zeta as series
from .real import Real

Formula = Callable[..., Real]


def vector(formula: Formula) -> Emitter:
    """A formula of `math`, in the precision of its operands."""
    return lambda c, *values: math.call(c.module, c.b, formula, *values)


def angular(formula: Formula) -> Emitter:
    """sin, cos, tan: the fast formula where the kernel can run again for large angles, or libm."""

    def emitter(c: Context, x: Value) -> Value:
        if c.doubt is None:
            return c.libm(formula.__name__, x)
        largest = math.largest_angle(x)
        if c.doubt.branches:
            size = c.intrinsic("llvm.fabs", x)
            large = c.b.fcmp_ordered(">", size, x.type(largest))
            large = c.b.and_(large, c.b.fcmp_ordered("<", size, c.const(float("inf"))))
            return either(c, formula, large, x)
        c.doubt.note(c.b, x, largest)
        return math.call(c.module, c.b, formula, x)

    return emitter


def either(c: Context, formula: Formula, large: Value, x: Value) -> Value:
    """libm for a large angle, and the fast formula for another."""
    fast = lambda: math.call(c.module, c.b, formula, x)
    return c.b.either(large, lambda: c.libm(formula.__name__, x), fast, likely=False)


def library(function: Library) -> Emitter:
    """A C function of SciPy's of double numbers."""
    return lambda c, *values: scipy(c, function.name, [c.double(v) for v in values])


def part(one: Part) -> Emitter:
    """One of the results that a C function of SciPy's writes to pointers."""
    name, count = one.function.name, one.function.results

    def emitter(c: Context, *values: Value) -> Value:
        types = [F64] * len(values)

        def body(b: Writer, arguments: Sequence[Value]) -> Value:
            slots = [b.alloca(F64) for _ in range(count)]
            pointers = [F64.as_pointer()] * count
            b.call(
                c.module.library(f"special.{name}", VOID, [*types, *pointers]), [*arguments, *slots]
            )
            return b.load(slots[one.position])

        of = ir.FunctionType(F64, types)
        made = c.module.define(f"polyad.{name}.{one.position}", of, body, "noinline")
        return c.rounded(c.b.call(made, [c.double(v) for v in values]))

    return emitter


def external(op: str) -> Emitter:
    """The C function of double numbers of an op that is defined outside polyad."""

    def emitter(c: Context, *values: Value) -> Value:
        types = [F64] * len(values)
        function = c.module.library(f"external.{op}", F64, types, pure=True)
        return c.rounded(c.b.call(function, [c.double(v) for v in values]))

    return emitter


def scipy(c: Context, name: str, values: Sequence[Value]) -> Value:
    """A call of SciPy's function, whose last argument says that no method replaces it."""
    arguments = [*values, I32(0)]
    types = [a.type for a in arguments]
    function = c.module.library(f"special.{name}", F64, types, pure=True)
    return c.rounded(c.b.call(function, arguments))


def zeta(c: Context, s: Value, q: Value) -> Value:
    value = math.call_with_loop(c.module, c.b, "zeta", series.zeta, c.double(s), c.double(q))
    return c.rounded(value)


def polygamma(c: Context, x: Value, *, order: int) -> Value:
    if order == 0:
        return vector(math.digamma)(c, x)
    formula = functools.partial(series.polygamma, order)
    value = math.call_with_loop(c.module, c.b, f"polygamma.{order}", formula, c.double(x))
    return c.rounded(value)


def expn(c: Context, x: Value, *, order: int) -> Value:
    return scipy(c, "expn", [I64(order), c.double(x)])


def bessel_i(c: Context, x: Value, *, order: int, scaled: bool) -> Value:
    suffix = "e" if scaled else ""
    return bessel(c, x, order, f"i{order}{suffix}", f"iv{suffix}")


def bessel_j(c: Context, x: Value, *, order: int) -> Value:
    return bessel(c, x, order, f"j{order}", "jv")


def bessel(c: Context, x: Value, order: int, low: str, general: str) -> Value:
    """Orders 0 and 1 have functions of their own."""
    if order < 2:
        return scipy(c, low, [c.double(x)])
    return scipy(c, general, [F64(order), c.double(x)])


def exp(c: Context, x: Value) -> Value:
    """exp; of -y y, which goes with erf y and erfc y as their derivative, by what they compute."""
    y = root_of_negated_square(x) if c.module.contract else None
    return vector(math.exp)(c, x) if y is None else vector(math.gaussian)(c, y)


def root_of_negated_square(x: Value) -> Value | None:
    """y where x is -y y or -(y y); else None."""
    if is_made_by(x, "fneg") and is_made_by(x.operands[0], "fmul"):
        left, right = x.operands[0].operands
        return left if left is right else None
    if is_made_by(x, "fmul") and is_made_by(x.operands[0], "fneg"):
        return x.operands[1] if x.operands[0].operands[0] is x.operands[1] else None
    return None


def is_made_by(x: Value, name: str) -> bool:
    """Whether x is the result of an LLVM instruction of this name."""
    return isinstance(x, ir.Instruction) and x.opname == name


# Exponents up to sign for which products and a root give the power to 2 ulp.
BY_ROOT = (0.5, 1.0, 1.5, 2.0, 2.5, 3.0)


def power_by_root(c: Context, x: Value, exponent: float) -> Value:
    """x to a multiple of 1/2. An odd one has no sign for -0 and -inf, unlike the square root."""
    b, inf = c.b, c.const(float("inf"))
    factors = [x] * int(abs(exponent))
    if exponent % 1:
        size = c.intrinsic("llvm.fabs", x)
        unsigned = b.or_(b.fcmp_ordered("==", x, c.const(0.0)), b.fcmp_ordered("==", size, inf))
        x = b.select(unsigned, size, x)
        factors = [c.intrinsic("llvm.sqrt", x), *[x] * len(factors)]
    if exponent >= -1:
        value = product(c, factors)
        return value if exponent > 0 else b.fdiv(c.const(1.0), value)
    # of a large x, whose power may be a number though its reciprocal overflows, a smaller one
    end, factor = SMALLER[c.dtype.bits]
    large = b.fcmp_ordered(">", c.intrinsic("llvm.fabs", x), c.const(2.0 ** (end / -exponent)))
    down = b.select(large, c.const(factor), c.const(1.0))
    value = product(c, [*factors[:-1], b.fmul(factors[-1], down)])
    return b.fmul(b.fdiv(c.const(1.0), value), down)


SMALLER = {64: (1000, 2.0**-100), 32: (110, 2.0**-40)}
"""By the bits of a dtype: the power of two beyond which a power is taken times the factor."""


def product(c: Context, factors: list[Value]) -> Value:
    return functools.reduce(c.b.fmul, factors)


def float_pow(c: Context, x: Value, y: Value) -> Value:
    """By products and roots if the exponent is known and small; a power of 2 has its own
    formula.
    """
    if isinstance(x, ir.Constant) and x.constant == 2.0:
        return vector(math.exp2)(c, y)
    if isinstance(y, ir.Constant) and abs(y.constant) in BY_ROOT:
        return power_by_root(c, x, y.constant)
    return vector(math.pow)(c, x, y)


def logaddexp(c: Context, x: Value, y: Value) -> Value:
    """max + log1p(exp(-|x - y|)), and the common value plus log 2 where they are equal
    (infinities).
    """
    b = c.b
    x, y = c.double(x), c.double(y)
    high = c.intrinsic("llvm.maximum", x, y)
    gap = c.intrinsic("llvm.fabs", b.fsub(x, y))
    rest = math.call(c.module, b, math.log1p, math.call(c.module, b, math.exp, b.fneg(gap)))
    equal = b.fcmp_ordered("==", x, y)
    return c.rounded(b.select(equal, b.fadd(x, F64(0.6931471805599453)), b.fadd(high, rest)))


sin, cos, tan = angular(math.sin), angular(math.cos), angular(math.tan)
pow = per_kind(floating=float_pow, unsigned=lambda c, x, y: power.of_integers(c.b, x, y))
