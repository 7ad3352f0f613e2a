"""Python scalars as ops of the function under construction."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any

from ..errors import PolyadTypeError
from ..ir import Builder, DType, Shape, user_location, where
from ..ir.symbolic import SYMBOLIC, Dim, Real, as_float, real, single
from . import conversions
from .types import Operand


def literal(builder: Builder, value: complex, dtype: DType, shape: Shape = ()) -> Operand:
    """A Python scalar as a `full` op, made once per builder."""
    symbolic = type(value) in SYMBOLIC
    key = (value, dtype, shape, str(value) if not symbolic and value == 0 else None)
    found: Operand | None = builder.constants.get(key)
    if found is None:
        attributes = (("dtype", dtype), ("shape", shape), ("value", literal_value(value, dtype)))
        (found,) = builder.emit(conversions.full, (), attributes)
        builder.constants[key] = found
    return found


def literal_value(number: complex, dtype: DType) -> Hashable:
    """A scalar as an attribute: attributes compare by `==`, which does not tell -0.0
    from 0.0.
    """
    value: Any = number
    if type(value) in SYMBOLIC and dtype.name in ("float64", "float32", "int64"):
        return symbolic_value(value, dtype)
    if dtype.family == "complex":
        value = complex(value)
        value = complex(rounded(value.real, dtype.real), rounded(value.imag, dtype.real))
        return str(value) if "-0" in str(value) else value
    if dtype.family == "float":
        value = rounded(float(value), dtype)
        if value != value:
            return "nan"  # which is equal to itself
        return "-0.0" if value == 0.0 and str(value)[0] == "-" else value
    if dtype.family == "bool":
        return bool(value)
    check_fits(value, dtype)
    return int(value)


def symbolic_value(value: Dim | Real, dtype: DType) -> Hashable:
    """A symbolic number as an attribute: a `Dim` or, of a floating dtype, a `Real`."""
    if dtype.family == "int":
        return value if isinstance(value, Dim) else int(value)
    found: Real = as_float(value)
    if dtype.bits == 64 or found.is_single:
        return found
    rounded_: Real = real(single, found)
    return rounded_


def rounded(value: float, dtype: DType) -> float:
    """`value` in the precision of a floating dtype: the nearest number, of two the even one."""
    if dtype.bits == 64 or value == 0.0 or not math.isfinite(value):
        return value
    eps, largest, smallest = dtype.limits
    unit = eps * max(2.0 ** (math.frexp(value)[1] - 1), smallest)
    found = round(value / unit) * unit
    return math.copysign(found if abs(found) <= largest else math.inf, value)


def check_fits(value: object, dtype: DType) -> None:
    """Raise `PolyadTypeError` for a Python integer too large for the integer dtype."""
    if type(value) is int and dtype.is_integer:
        bits = dtype.bits - (dtype.family == "int")
        if not (0 if dtype.family == "uint" else -(1 << bits)) <= value < 1 << bits:
            raise PolyadTypeError(
                f"the Python integer {value} does not fit {dtype}{where(user_location())}"
            )
