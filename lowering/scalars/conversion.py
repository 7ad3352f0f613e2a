"""Emitters of constants, and of `astype` and `bitcast` between real dtypes.

Floats of 16 bits are their bits here (see `llvm.types`). They are converted by integer arithmetic,
so that no processor's instructions are needed, nor a library's functions.
"""

from __future__ import annotations

from llvmlite import ir

from polyad.ir import DType, Shape
from polyad.ir.types import bfloat16, float32

from ..llvm.types import F32, F64, Value, constant, part_type
from ..llvm.writer import Writer
from .context import Context


def full(c: Context, *, dtype: DType, value: bool | int | float | complex, shape: Shape) -> Value:
    """A constant, of complex dtype a pair."""
    return constant(dtype, value)


def astype(c: Context, x: Value, *, dtype: DType) -> Value:
    return convert(c, x)


def convert(c: Context, x: Value) -> Value:
    """`astype` between real dtypes. Floats outside an integer's range wrap (64 bits: saturate); NaN
    is 0.
    """
    source, target, b = c.dtype, c.result, c.b
    if source is target:
        return x
    if source.is_stored:
        inner = Context(c.module, b, [float32], target, c.doubt)
        return convert(inner, extended(b, x, source))
    if target.is_stored:
        if source.is_floating and source.bits == 64:
            return truncated(b, rounded_to_odd(c, x), target)
        inner = Context(c.module, b, c.dtypes, float32, c.doubt)
        return truncated(b, convert(inner, x), target)
    type = part_type(target)
    if target.family == "bool":
        return (
            b.fcmp_unordered("!=", x, c.const(0.0))
            if source.is_floating
            else b.icmp_unsigned("!=", x, c.const(0))
        )
    if source.is_floating and target.is_floating:
        return (
            b.fpext(x, type)
            if target.bits > source.bits
            else b.fptrunc(x, type)
            if target.bits < source.bits
            else x
        )
    if source.is_floating:
        return float_to_integer(c, x)
    if target.is_floating:
        return b.sitofp(x, type) if source.family == "int" else b.uitofp(x, type)
    if x.type.width >= type.width:
        return b.trunc(x, type) if x.type.width > type.width else x
    return b.sext(x, type) if source.family == "int" else b.zext(x, type)


def bitcast(c: Context, x: Value, *, dtype: DType) -> Value:
    """The bits as another dtype; LLVM's integers have no sign."""
    type = part_type(c.result)
    return x if x.type == type else c.b.bitcast(x, type)


def float_to_integer(c: Context, x: Value) -> Value:
    b, wide = c.b, ir.IntType(64)
    suffix = "f32" if c.dtype.bits == 32 else "f64"
    signed = saturating(c, f"llvm.fptosi.sat.i64.{suffix}", x)
    if c.result.family == "uint" and c.result.bits == 64:
        unsigned = saturating(c, f"llvm.fptoui.sat.i64.{suffix}", x)
        return b.select(b.fcmp_ordered("<", x, c.const(0.0)), signed, unsigned)
    return signed if c.result.bits == wide.width else b.trunc(signed, part_type(c.result))


def saturating(c: Context, name: str, x: Value) -> Value:
    return c.b.call(c.module.declare(name, ir.IntType(64), [x.type], pure=True), [x])


# -- Floats of 16 bits -----------------------------------------------------------------------------

I16, I32 = ir.IntType(16), ir.IntType(32)
SIGN, INFINITY, QUIET = 0x8000_0000, 0x7F80_0000, 0x0040_0000
"""Of float32: the sign bit, the bits of infinity, and the bit that tells a quiet NaN."""


def extended(b: Writer, x: Value, source: DType) -> Value:
    """The bits `x` of a float of 16 bits as a float32, which has all their numbers."""
    wide = b.zext(x, I32)
    if source is bfloat16:
        return b.bitcast(b.shl(wide, I32(16)), F32)
    sign = b.shl(b.and_(wide, I32(0x8000)), I32(16))
    size = b.shl(b.and_(wide, I32(0x7FFF)), I32(13))
    # an exponent of 5 bits read as one of 8 is too small by the difference of the biases; so the
    # product is right, also of subnormal numbers: they are normal in float32
    scaled = b.fmul(b.bitcast(size, F32), F32(2.0**112))
    special = b.icmp_unsigned(">=", size, I32(0x7C00 << 13))
    bits = b.select(special, b.or_(size, I32(INFINITY)), b.bitcast(scaled, I32))
    return b.bitcast(b.or_(bits, sign), F32)


def truncated(b: Writer, x: Value, target: DType) -> Value:
    """The bits of a float32 rounded to a float of 16 bits, to nearest, ties to even."""
    bits = b.bitcast(x, I32)
    sign = b.and_(bits, I32(SIGN))
    size = b.xor(bits, sign)
    finite = truncated_size(b, size, target)
    quiet = I32(QUIET >> (23 - target.mantissa))
    infinity = I32((0x7FFF >> target.mantissa) << target.mantissa)
    nan = b.icmp_unsigned(">", size, I32(INFINITY))
    found = b.select(nan, b.or_(infinity, quiet), finite)
    return b.trunc(b.or_(b.lshr(sign, I32(16)), found), I16)


def truncated_size(b: Writer, size: Value, target: DType) -> Value:
    """The rounded bits of a number without sign that is no NaN: a carry goes into the exponent."""
    gone = 23 - target.mantissa
    odd = b.and_(b.lshr(size, I32(gone)), I32(1))
    half = I32((1 << (gone - 1)) - 1)
    if target is bfloat16:
        return b.lshr(b.add(b.add(size, half), odd), I32(gone))
    rebiased = b.sub(size, I32(112 << 23))
    normal = b.lshr(b.add(b.add(rebiased, half), odd), I32(gone))
    # below 2**-14 the unit is 2**-24, which is that of float32 numbers from 1/2 to 1: their sum
    # with 1/2 is rounded there
    shifted = b.fadd(b.bitcast(size, F32), F32(0.5))
    small = b.sub(b.bitcast(shifted, I32), I32(126 << 23))
    found = b.select(b.icmp_unsigned("<", size, I32(113 << 23)), small, normal)
    large = b.icmp_unsigned(">=", size, I32(0x477F_F000))  # 65520, half way beyond the largest
    return b.select(large, I32(0x7C00), found)


def rounded_to_odd(c: Context, x: Value) -> Value:
    """A float64 as one of the two float32 around it, of which that with the odd last bit where it
    is neither: rounding it once more gives what rounding `x` gives (Boldo and Melquiond,
    "Emulation of FMA and correctly rounded sums", 2008, theorem 3).
    """
    b = c.b
    near = b.fptrunc(x, F32)
    back = b.fpext(near, F64)
    beyond = b.fcmp_ordered(">", c.intrinsic("llvm.fabs", back), c.intrinsic("llvm.fabs", x))
    bits = b.sub(b.bitcast(near, I32), b.zext(beyond, I32))
    odd = b.or_(bits, I32(1))
    exact = b.fcmp_unordered("==", back, x)
    return b.bitcast(b.select(exact, b.bitcast(near, I32), odd), F32)
