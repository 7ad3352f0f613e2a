"""Python scalars as ops of the function under construction."""

from __future__ import annotations

import math
import struct
from collections.abc import Hashable
from typing import Any

from ..errors import PolyadTypeError
from ..ir import Builder, DType, Shape, user_location, where
from . import conversions
from .types import Operand


def literal(builder: Builder, value: complex, dtype: DType, shape: Shape = ()) -> Operand:
    """A Python scalar as a `full` op, made once per builder."""
    key = (value, dtype, shape, str(value) if value == 0 else None)
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
    if dtype.family == "complex":
        value = complex(value)
        if dtype.bits == 64:
            value = complex(_rounded(value.real), _rounded(value.imag))
        return str(value) if "-0" in str(value) else value
    if dtype.family == "float":
        value = _rounded(float(value)) if dtype.bits == 32 else float(value)
        if value != value:
            return "nan"  # which is equal to itself
        return "-0.0" if value == 0.0 and str(value)[0] == "-" else value
    if dtype.family == "bool":
        return bool(value)
    check_fits(value, dtype)
    return int(value)


def _rounded(value: float) -> float:
    """`value` in single precision."""
    try:
        return float(struct.unpack("f", struct.pack("f", value))[0])
    except OverflowError:
        return math.copysign(math.inf, value)


def check_fits(value: object, dtype: DType) -> None:
    """Raise `PolyadTypeError` for a Python integer too large for the integer dtype."""
    if type(value) is int and dtype.is_integer:
        bits = dtype.bits - (dtype.family == "int")
        if not (0 if dtype.family == "uint" else -(1 << bits)) <= value < 1 << bits:
            raise PolyadTypeError(
                f"the Python integer {value} does not fit {dtype}{where(user_location())}"
            )
