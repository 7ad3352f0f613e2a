"""Reductions and cumulative ops with a native form, and ops with regions that compiled code keeps.

Element-wise ops have their rows in `native_ops`.
"""

from __future__ import annotations

from polyad.config import config
from polyad.ir import ArrayType, Definition, DType
from polyad.ops.views import CONTROL as CONTROL

from .native_ops import kind

REDUCTIONS: dict[str, str] = {
    "sum": "iufc", "prod": "iufc", "max": "biuf", "min": "biuf", "any": "b", "all": "b",
}  # fmt: skip

# The op that each cumulative one repeats along its axis.
SCANS: dict[str, str] = {
    "sum": "add", "prod": "multiply", "max": "maximum", "min": "minimum", "logsumexp": "logaddexp",
}  # fmt: skip


def array_op(name: str) -> Definition:
    """The op of the array dialect with that name."""
    return Definition.registry[name]


def native_reduction(name: str, type: ArrayType) -> bool:
    """Whether code can be emitted for the reduction of this operand."""
    return kind(type.dtype) in REDUCTIONS.get(name, "")


NEUTRAL = {"sum": 0, "prod": 1, "any": False, "all": True}


def is_ordered(dtype: DType, kind: str) -> bool:
    """Whether the terms of a reduction may not be taken up in parts."""
    regrouped = kind not in ("sum", "prod") or not dtype.is_inexact
    return not (regrouped or config.reassociate_reductions)


def neutral_element(kind: str, dtype: DType) -> bool | int | float | complex:
    """The value from which a reduction starts."""
    if kind in NEUTRAL:
        value: bool | int | float | complex = dtype.python_type(NEUTRAL[kind])
        return value
    return extreme(dtype, kind == "min")


def extreme(dtype: DType, largest: bool) -> bool | int | float:
    """The largest or smallest value of a dtype."""
    if dtype.is_floating:
        return float("inf") if largest else -float("inf")
    if dtype.family == "bool":
        return largest
    signed = dtype.family == "int"
    high = 2 ** (dtype.bits - signed) - 1
    return high if largest else -high - 1 if signed else 0
