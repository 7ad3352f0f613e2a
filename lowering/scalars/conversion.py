"""Emitters of constants, and of `astype` and `bitcast` between real dtypes."""

from __future__ import annotations

from llvmlite import ir

from polyad.ir import DType, Shape

from ..llvm.types import Value, constant, part_type
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
