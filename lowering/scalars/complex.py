"""Emitters for operands or results of complex dtype; a value is a pair (real, imaginary)."""

from __future__ import annotations

import math
from collections.abc import Callable

from llvmlite import ir

from polyad.ir import DType
from polyad.ir.types import float64

from ..llvm.types import F32, Value, part_type
from . import elementary
from . import math as vectors
from .context import Context, Emitter
from .conversion import convert
from .math import complex as complex_vectors
from .math import complex_inverse as inverse_vectors
from .math.complex import Pair
from .real import Real


def part_constant(c: Context, value: float) -> Value:
    return ir.Constant(part_type(c.dtype), value)


def add(c: Context, x: Value, y: Value) -> Value:
    return tuple(c.b.fadd(a, b, flags=c.module.contract) for a, b in zip(x, y, strict=True))


def subtract(c: Context, x: Value, y: Value) -> Value:
    return tuple(c.b.fsub(a, b, flags=c.module.contract) for a, b in zip(x, y, strict=True))


def multiply(c: Context, x: Value, y: Value) -> Value:
    b = c.b
    real = b.fsub(b.fmul(x[0], y[0]), b.fmul(x[1], y[1]))
    return real, b.fadd(b.fmul(x[0], y[1]), b.fmul(x[1], y[0]))


def divide(c: Context, x: Value, y: Value) -> Value:
    """Smith's algorithm: scale by the larger part of the divisor. A divisor of 0 gives x over its
    modulus.
    """
    b = c.b
    re, im = c.intrinsic("llvm.fabs", y[0]), c.intrinsic("llvm.fabs", y[1])
    wide = b.fcmp_ordered(">=", re, im)
    large, small = b.select(wide, y[0], y[1]), b.select(wide, y[1], y[0])
    ratio = b.fdiv(small, large)
    scale = b.fdiv(part_constant(c, 1.0), b.fadd(large, b.fmul(small, ratio)))
    first = b.select(wide, b.fadd(x[0], b.fmul(x[1], ratio)), b.fadd(b.fmul(x[0], ratio), x[1]))
    second = b.select(wide, b.fsub(x[1], b.fmul(x[0], ratio)), b.fsub(b.fmul(x[1], ratio), x[0]))
    zero = b.and_(*(b.fcmp_ordered("==", part, part_constant(c, 0.0)) for part in (re, im)))
    return (
        b.select(zero, b.fdiv(x[0], re), b.fmul(first, scale)),
        b.select(zero, b.fdiv(x[1], re), b.fmul(second, scale)),
    )


def negative(c: Context, x: Value) -> Value:
    return c.b.fneg(x[0]), c.b.fneg(x[1])


def conj(c: Context, x: Value) -> Value:
    return x[0], c.b.fneg(x[1])


def modulus(c: Context, x: Value) -> Value:
    return vectors.call(c.module, c.b, vectors.hypot, *x)


def parts(c: Context, x: Value) -> list[Real]:
    """In double precision."""
    return [Real(c.b, c.double(part)) for part in x]


def rounded(c: Context, found: Pair) -> Value:
    """Both parts in the precision of the operand."""
    values = [part.value for part in found]
    return tuple(c.b.fptrunc(v, F32) if c.dtype.bits == 64 else v for v in values)


def vector(function: Callable[[Real, Real], Pair]) -> Emitter:
    """A function of `math.complex` or `math.complex_inverse`."""
    return lambda c, x: rounded(c, function(*parts(c, x)))


def with_angle(c: Context, name: str, real: Real, imaginary: Real) -> Pair:
    """A function of `math.complex` that takes the sine and cosine of the imaginary part, which are
    those of `elementary`: these look for large angles.
    """
    inner = Context(c.module, c.b, (float64,), float64, c.doubt)
    sine = Real(c.b, elementary.sin(inner, imaginary.value))
    cosine = Real(c.b, elementary.cos(inner, imaginary.value))
    found: Pair = getattr(complex_vectors, name)(real, sine, cosine, imaginary)
    return found


def by_angle(name: str, turned: bool = False) -> Emitter:
    """A function `with_angle`, of z, or of i z if `turned`."""

    def emitter(c: Context, x: Value) -> Value:
        real, imaginary = parts(c, x)
        if turned:
            real, imaginary = -imaginary, real
        return rounded(c, with_angle(c, name, real, imaginary))

    return emitter


def turned_back(name: str) -> Emitter:
    """sin(z) = -i sinh(i z), and so tan."""

    def emitter(c: Context, x: Value) -> Value:
        real, imaginary = by_angle(name, turned=True)(c, x)
        return imaginary, c.b.fneg(real)

    return emitter


def expm1(c: Context, x: Value) -> Value:
    """e^a cos b - 1 = expm1(a) cos b - 2 sin(b/2)^2, and e^a sin b."""
    b, inner = c.b, Context(c.module, c.b, (c.dtype.real,) * 2, c.dtype.real)
    half = elementary.sin(inner, b.fmul(x[1], part_constant(c, 0.5)))
    less = b.fmul(b.fmul(half, half), part_constant(c, 2.0))
    grown = elementary.vector(vectors.expm1)(inner, x[0])
    first = b.fsub(b.fmul(grown, elementary.cos(inner, x[1])), less)
    return first, b.fmul(elementary.exp(inner, x[0]), elementary.sin(inner, x[1]))


def pow(c: Context, x: Value, y: Value) -> Value:
    """exp(y log x), as C libraries have it; of 0, 0 if the exponent's real part is positive, and
    else NaN; to the power 0, 1.
    """
    b, zero, nan = c.b, part_constant(c, 0.0), part_constant(c, math.nan)
    real, imaginary = parts(c, y)
    exponent = complex_vectors.cproduct((real, imaginary), complex_vectors.clog(*parts(c, x)))
    value = rounded(c, with_angle(c, "cexp", *exponent))
    none = [b.and_(*(b.fcmp_ordered("==", part, zero) for part in number)) for number in (x, y)]
    of_zero = b.select(b.fcmp_ordered(">", y[0], zero), zero, nan)
    ends = part_constant(c, 1.0), zero
    return tuple(
        b.select(none[1], end, b.select(none[0], of_zero, part))
        for part, end in zip(value, ends, strict=True)
    )


def logarithm(scale: float) -> Emitter:
    """To another base: `scale` is the logarithm of e to it."""

    def emitter(c: Context, x: Value) -> Value:
        return tuple(
            c.b.fmul(part, part_constant(c, scale)) for part in vector(complex_vectors.clog)(c, x)
        )

    return emitter


def log1p(c: Context, x: Value) -> Value:
    """log(1 + x), by the logarithm of 1 + x, as NumPy computes it."""
    return vector(complex_vectors.clog)(c, (c.b.fadd(x[0], part_constant(c, 1.0)), x[1]))


def round(c: Context, x: Value) -> Value:
    return tuple(c.intrinsic("llvm.rint", part) for part in x)


def sign(c: Context, x: Value) -> Value:
    """x / |x|; 0 of 0; of an infinite number its direction, NaN if both parts are infinite."""
    b, inf = c.b, part_constant(c, math.inf)
    zero, one, nan = (part_constant(c, value) for value in (0.0, 1.0, math.nan))
    size = modulus(c, x)
    none = b.fcmp_ordered("==", size, zero)
    endless = [b.fcmp_ordered("==", c.intrinsic("llvm.fabs", part), inf) for part in x]
    either, unit = b.or_(*endless), b.select(b.and_(*endless), nan, one)
    found = []
    for part, is_endless in zip(x, endless, strict=True):
        towards = b.select(is_endless, c.intrinsic("llvm.copysign", unit, part), zero)
        finite = b.select(none, zero, b.fdiv(part, size))
        found.append(b.select(either, towards, finite))
    return tuple(found)


def both(test: str, relation: str) -> Emitter:
    def emitter(c: Context, x: Value, y: Value) -> Value:
        compare = c.b.fcmp_unordered if relation == "!=" else c.b.fcmp_ordered
        return getattr(c.b, test)(compare(relation, x[0], y[0]), compare(relation, x[1], y[1]))

    return emitter


def parts_are(test: str) -> Emitter:
    def emitter(c: Context, x: Value) -> Value:
        b, inf = c.b, part_constant(c, float("inf"))
        if test == "nan":
            return b.or_(*(b.fcmp_unordered("uno", part, part) for part in x))
        sizes = [c.intrinsic("llvm.fabs", part) for part in x]
        if test == "inf":
            return b.or_(*(b.fcmp_ordered("==", size, inf) for size in sizes))
        return b.and_(*(b.fcmp_ordered("<", size, inf) for size in sizes))

    return emitter


def where(c: Context, condition: Value, x: Value, y: Value) -> Value:
    return c.b.select(condition, x[0], y[0]), c.b.select(condition, x[1], y[1])


def astype(c: Context, x: Value, *, dtype: DType) -> Value:
    """To complex: a zero imaginary part; from complex: the real part, or for bool whether any part
    is not 0.
    """
    source, target = c.dtype.real, c.result.real
    if c.dtype.is_complex and c.result.family == "bool":
        zero = part_constant(c, 0.0)
        return c.b.or_(*(c.b.fcmp_unordered("!=", part, zero) for part in x))
    parts = x if c.dtype.is_complex else (x, None)
    inner = Context(c.module, c.b, (source,), target)
    real = convert(inner, parts[0])
    if not c.result.is_complex:
        return real
    return real, part_type(target)(0.0) if parts[1] is None else convert(inner, parts[1])


def real(c: Context, x: Value) -> Value:
    return x[0]


def imag(c: Context, x: Value) -> Value:
    return x[1]


exp = by_angle("cexp")
sin, cos, tan = turned_back("csinh"), by_angle("ccosh", turned=True), turned_back("ctanh")
sinh, cosh, tanh = by_angle("csinh"), by_angle("ccosh"), by_angle("ctanh")
log, sqrt = vector(complex_vectors.clog), vector(complex_vectors.csqrt)
log2, log10 = logarithm(1 / math.log(2)), logarithm(1 / math.log(10))
asin, acos, atan = (
    vector(f) for f in (inverse_vectors.casin, inverse_vectors.cacos, inverse_vectors.catan)
)
asinh, acosh, atanh = (
    vector(f) for f in (inverse_vectors.casinh, inverse_vectors.cacosh, inverse_vectors.catanh)
)
equal, not_equal = both("and_", "=="), both("or_", "!=")
isnan, isinf, isfinite = parts_are("nan"), parts_are("inf"), parts_are("finite")
