"""Ops that make arrays from nothing but their attributes."""

from __future__ import annotations

from collections.abc import Hashable

from ..errors import PolyadTypeError
from ..ir import ArrayType, DType, Shape
from .definition import op
from .literals import literal
from .types import Operand


def full_type(*, value: Hashable, shape: Shape, dtype: DType) -> ArrayType:
    """An array of `shape` filled with one Python scalar; every literal of a program is one."""
    if any(n < 0 for n in shape):
        raise PolyadTypeError(f"a shape has no negative sizes: {shape}")
    return ArrayType(dtype, shape)


full = op("full", full_type, differentiable=False)


def iota_type(*, size: int, dtype: DType) -> ArrayType:
    """0, 1, …, size - 1."""
    return ArrayType(dtype, (size,))


iota = op("iota", iota_type, differentiable=False)


def zeros_like(x: Operand) -> Operand:
    """Zeros of the type of the traced `x`, in the same function."""
    return literal(x.builder, 0, x.type.dtype, x.type.shape)


def ones_like(x: Operand) -> Operand:
    """Ones of the type of the traced `x`, in the same function."""
    return literal(x.builder, 1, x.type.dtype, x.type.shape)
