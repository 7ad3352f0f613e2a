"""Elementary functions without branches, which LLVM's loop vectoriser can widen.

Each is argument reduction, a polynomial, and selects for the special values, in double precision;
single precision computes in double and rounds once. Errors, in units in the last place over the
normal range (measured in tests/lowering): exp 1, expm1 2, log 1, log1p 2, tanh 2, sigmoid 2.5,
erf 1, sin 1, cos 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from llvmlite import ir

from .module import Module
from .real import Real
from .types import F64, I64, Value

UNARY = ir.FunctionType(F64, [F64])


ROUNDER = 1.5 * 2.0**52  # adding it rounds to an integer, which is then in the low bits
ROUNDER_BITS = 0x4338000000000000
LN2_HIGH = float.fromhex(
    "0x1.62e42fefa3800p-1"
)  # with 11 trailing zero bits, so that n * LN2_HIGH is exact
LN2_LOW = float.fromhex("0x1.ef35793c76730p-45")
EXPM1_TAIL = [
    1 / math.factorial(k) for k in range(14, 1, -1)
]  # (expm1(r) - r) / r^2, Taylor; |r| <= ln(2) / 2


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


# log(1 + f) = f - f^2/2 + s (f^2/2 + R(s^2)), s = f / (2 + f): the coefficients of R
# in FreeBSD's e_log.c (Sun, 1993).
LOG_R = [
    1.479819860511658591e-01,
    1.531383769920937332e-01,
    1.818357216161805012e-01,
    2.222219843214978396e-01,
    2.857142874366239149e-01,
    3.999999999940941908e-01,
    6.666666666666735130e-01,
]
SQRT_HALF_BITS = 0x3FE6A09E667F3BCD


def split(x: Real) -> tuple[Real, Real]:
    """x = 2^k (1 + f) with sqrt(1/2) <= 1 + f < sqrt(2), for x positive and finite: f and k."""
    tiny = x.compare("<", 2.0**-1022)
    bits = (x * 2.0**54).where(tiny, x).bits()
    shifted = x.b.sub(bits, I64(SQRT_HALF_BITS))
    k = x.b.ashr(shifted, I64(52))
    mantissa = x.b.sub(bits, x.b.shl(k, I64(52)))
    whole = (
        x.of_bits(x.b.add(k, I64(ROUNDER_BITS))) - ROUNDER
    )  # a conversion that every vector unit has
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
    t = expm1((abs(x) * 2.0).intrinsic("llvm.minnum", 60.0))
    large = abs(x).compare(">", 0.55)
    quotient = Real(x.b, F64(2.0)).where(large, t) / (t + 2.0)
    value = (1.0 - quotient).where(large, quotient).copysign(x)
    return value.where(abs(x).compare(">", 1e-300), x).or_nan(x)


def sigmoid(x: Real) -> Real:
    """1 / (1 + e) or e / (1 + e) with e = exp(-|x|)."""
    e = exp(-abs(x))
    top = Real(x.b, F64(1.0)).where(x.compare(">=", 0.0), e)
    return (top / (e + 1.0)).or_nan(x)


# erf(x)/x - 1 in x^2 on [0, 1], and exp(x^2) erfc(x) in (x - 2.5)/(x + 2.5) on [1, 6]:
# Chebyshev fits in 200-bit arithmetic, to 1.3e-19 and 1.1e-17.
ERF_NEAR = [
    float.fromhex(c)
    for c in (
        "0x1.05ffd737fb32ep-34",
        "-0x1.389d4f2641625p-30",
        "0x1.f7b4bf3b13964p-27",
        "-0x1.5f1ecb6f0764cp-23",
        "0x1.b9df224ca4b97p-20",
        "-0x1.f4d1e3183f7aep-17",
        "0x1.f9a321d5b8e1ep-14",
        "-0x1.c02db3dac435fp-11",
        "0x1.565bcd0dbaa38p-8",
        "-0x1.b82ce31284e00p-6",
        "0x1.ce2f21a042b30p-4",
        "-0x1.812746b0379e6p-2",
        "0x1.06eba8214db69p-3",
    )
]
ERFC_FAR = [
    float.fromhex(c)
    for c in (
        "0x1.5d5e7634f4ca6p-24",
        "-0x1.a36ff5774dd16p-20",
        "-0x1.32951befcce73p-19",
        "0x1.f64be7b5a367bp-18",
        "0x1.38381b1459556p-16",
        "-0x1.1ea84db776574p-15",
        "-0x1.0e460ac2287b2p-13",
        "0x1.def25794251e9p-13",
        "0x1.cb3b600ad87b6p-11",
        "-0x1.5a57167cd25c8p-9",
        "-0x1.05bb2fe3d797cp-8",
        "0x1.470ba1f66220cp-5",
        "-0x1.001154371704cp-3",
        "0x1.01c11a735ce12p-2",
        "-0x1.7ca88dec217a4p-2",
        "0x1.afbb3f3b7343ap-3",
    )
]


def erf(x: Real) -> Real:
    """x + x p(x^2) near 0; 1 - exp(-x^2) q(x) from 1 on, where erfc is small enough to need no more
    digits.
    """
    size = abs(x).intrinsic("llvm.minnum", 6.0)
    near = x.fma((x * x).polynomial(ERF_NEAR), x)
    far = 1.0 - exp(-(size * size)) * ((size - 2.5) / (size + 2.5)).polynomial(ERFC_FAR)
    return near.where(size.compare("<", 1.0), far.copysign(x)).or_nan(x)


# pi/2 in three doubles, and the polynomials of FreeBSD's k_sin.c and k_cos.c (Sun, 1993).
HALF_PI = [
    float.fromhex(c)
    for c in ("0x1.921fb54442d18p+0", "0x1.1a62633145c07p-54", "-0x1.f1976b7ed8fbcp-110")
]
SIN_TAIL = [
    1.58969099521155010221e-10,
    -2.50507602534068634195e-08,
    2.75573137070700676789e-06,
    -1.98412698298579493134e-04,
    8.33333333332248946124e-03,
]
SIN_CUBIC = -1.66666666666666324348e-01
COS_TAIL = [
    -1.13596475577881948265e-11,
    2.08757232129817482790e-09,
    -2.75573143513906633035e-07,
    2.48015872894767294178e-05,
    -1.38888888888741095749e-03,
    4.16666666666666019037e-02,
]
LARGEST_ANGLE = 2.0**30  # beyond it the reduction below loses digits


def angle(x: Real) -> tuple[Value, Real, Real]:
    """x = n pi/2 + r + error, |r| <= pi/4: n as an integer, r, error. x - n HALF_PI[0] is exact
    with one fma.
    """
    shifted = x.fma(2 / math.pi, ROUNDER)
    n = shifted - ROUNDER
    first = n.fma(-HALF_PI[0], x)
    product = n * HALF_PI[1]
    lost = n.fma(HALF_PI[1], -product)
    r = first - product
    back = r - first
    low = (first - (r - back)) - (product + back) - lost - n * HALF_PI[2]
    high = r + low
    return shifted.bits(), high, (r - high) + low


def sin_near(r: Real, error: Real) -> Real:
    z = r * r
    cube = z * r
    return r - ((z * (error * 0.5 - cube * z.polynomial(SIN_TAIL)) - error) - cube * SIN_CUBIC)


def cos_near(r: Real, error: Real) -> Real:
    z = r * r
    half = z * 0.5
    w = 1.0 - half
    return w + (((1.0 - w) - half) + (z * z * z.polynomial(COS_TAIL) - r * error))


def quadrant(n: Value, r: Real, error: Real) -> Real:
    """sin(n pi/2 + r)."""
    b = r.b
    odd = b.icmp_unsigned("!=", b.and_(n, I64(1)), I64(0))
    value = cos_near(r, error).where(odd, sin_near(r, error))
    return value.of_bits(b.xor(value.bits(), b.shl(b.and_(n, I64(2)), I64(62))))


def sin(x: Real) -> Real:
    """For |x| <= LARGEST_ANGLE; infinities give NaN."""
    value = quadrant(*angle(x))
    return value.where(abs(x).compare(">", 1e-300), x).or_nan(x)


def cos(x: Real) -> Real:
    """For |x| <= LARGEST_ANGLE; infinities give NaN."""
    n, r, error = angle(x)
    return quadrant(x.b.add(n, I64(1)), r, error)


FUNCTIONS: dict[str, Callable[[Real], Real]] = {
    "exp": exp,
    "expm1": expm1,
    "log": log,
    "log1p": log1p,
    "tanh": tanh,
    "sigmoid": sigmoid,
    "erf": erf,
}
ANGULAR: dict[str, Callable[[Real], Real]] = {"sin": sin, "cos": cos}


def call(module: Module, builder: ir.IRBuilder, name: str, x: Value) -> Value:
    """`name` of a double."""
    rule = FUNCTIONS.get(name) or ANGULAR[name]
    function = module.define(f"polyad.{name}", UNARY, lambda b, args: rule(Real(b, args[0])).value)
    return builder.call(function, [x])
