"""The LLVM types of dtypes: in memory (bool as a byte, complex as two parts) and of values (bool as
i1, complex as a pair; a float of 16 bits, which is only stored and converted, as its bits).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from llvmlite import ir

from polyad.ir import DType

I1, I8, I32, I64 = ir.IntType(1), ir.IntType(8), ir.IntType(32), ir.IntType(64)
F32, F64 = ir.FloatType(), ir.DoubleType()
POINTER = ir.PointerType(I8)

Value = Any  # an ir.Value; for complex dtypes a pair (real, imaginary) of them


def parts(value: Value) -> tuple[Any, ...]:
    """The LLVM values of a value: one, or the two parts of a complex number."""
    return value if isinstance(value, tuple) else (value,)


def regrouped(like: Sequence[Value], flat: Iterable[Value]) -> list[Value]:
    """Single LLVM values as values and pairs, grouped as in `like`."""
    rest = iter(flat)
    return [tuple(next(rest) for _ in v) if isinstance(v, tuple) else next(rest) for v in like]


def part_type(dtype: DType) -> ir.Type:
    """The LLVM type of a value of `dtype`, or of one part of a complex value."""
    if dtype.family == "bool":
        return I1
    if dtype.is_integer or dtype.is_stored:
        return ir.IntType(dtype.bits)
    return F32 if dtype.real.bits == 32 else F64


def memory_type(dtype: DType) -> ir.Type:
    """The LLVM type of an element in memory, or of one part of a complex element."""
    return I8 if dtype.family == "bool" else part_type(dtype)


def element_pointer(builder: ir.IRBuilder, base: Value, dtype: DType, position: Value) -> Value:
    """The address of the element at `position` in the buffer at `base`; of a complex one, its real
    part's.
    """
    typed = builder.bitcast(base, memory_type(dtype).as_pointer())
    if dtype.is_complex:
        position = builder.mul(position, I64(2))
    return builder.gep(typed, [position], inbounds=True)


def load_element(builder: ir.IRBuilder, base: Value, dtype: DType, position: Value) -> Value:
    """The element of `dtype` at `position` in the buffer at `base`."""
    pointer = element_pointer(builder, base, dtype, position)
    value = builder.load(pointer, align=memory_align(dtype))
    if dtype.family == "bool":
        return builder.icmp_unsigned("!=", value, I8(0))
    if dtype.is_complex:
        return value, builder.load(
            builder.gep(pointer, [I64(1)], inbounds=True), align=memory_align(dtype)
        )
    return value


def store_element(
    builder: ir.IRBuilder, value: Value, base: Value, dtype: DType, position: Value
) -> None:
    """Write the element of `dtype` at `position` of the buffer at `base`."""
    pointer = element_pointer(builder, base, dtype, position)
    if dtype.family == "bool":
        value = builder.zext(value, I8)
    if dtype.is_complex:
        builder.store(
            value[1], builder.gep(pointer, [I64(1)], inbounds=True), align=memory_align(dtype)
        )
        value = value[0]
    builder.store(value, pointer, align=memory_align(dtype))


def memory_align(dtype: DType) -> int:
    return max(1, dtype.real.bits // 8)


def constant(dtype: DType, value: Any) -> Value:
    """A constant value of `dtype`; `value` may be text such as "-0.0"."""
    value = dtype.python_type(value)
    part = part_type(dtype)
    if dtype.is_complex:
        return ir.Constant(part, value.real), ir.Constant(part, value.imag)
    if dtype.is_stored:
        value = bits_of(dtype, value)
    if dtype.is_integer:
        value = int(value) & (2**dtype.bits - 1)
    return ir.Constant(part, value)


def bits_of(dtype: DType, value: float) -> int:
    """The bits of a number that a floating dtype of 16 bits has."""
    return int(np.asarray(value, dtype.dtype).view(np.uint16))


class Vector(ir.VectorType):
    """A vector of lanes. As a constant, one number stands for equal lanes."""

    @property
    def intrinsic_name(self) -> str:
        return f"v{self.count}{self.element.intrinsic_name}"

    def wrap_constant_value(self, value: Any) -> Any:
        return value if isinstance(value, list | tuple) else ir.Constant(self.element, value)

    def format_constant(self, value: Any) -> str:
        if isinstance(value, ir.Constant):
            return f"splat ({self.element} {value.get_reference()})"
        return str(super().format_constant(value))


SHORT_LOOPS = '"short-loops"'  # marks a function with short loops that are to be written out


def mark(function: ir.Function, *attributes: str) -> None:
    """Add attributes, also those that llvmlite's `add` does not know."""
    set.update(function.attributes, attributes)
