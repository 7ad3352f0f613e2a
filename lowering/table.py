"""Which ops of the array dialect have a native form, and for which kinds of dtype.

An element-wise op is native where `scalars/scalar.py` can emit it for one element; this table says
so without needing llvmlite. Kinds: b(ool), i(nt), u(int), f(loat), c(omplex), of the op's first
operand (of `where`, the second). Everything else is a host call.
"""

from __future__ import annotations

from collections.abc import Sequence

from polyad.config import config
from polyad.ir import ArrayType, Definition, DType, Op
from polyad.ops.views import CONTROL as CONTROL

from .dialects.memory import type_of

KINDS = {"bool": "b", "int": "i", "uint": "u", "float": "f", "complex": "c"}

ELEMENTWISE: dict[str, str] = {
    "add": "biufc", "subtract": "iufc", "multiply": "biufc", "divide": "fc", "negative": "iufc",
    "abs": "iufc", "sign": "iufc", "conj": "iufc", "real": "iufc", "imag": "iufc", "complex": "f",
    "sqrt": "fc", "exp": "fc", "expm1": "fc",
    "log": "fc", "log1p": "fc", "log2": "fc", "log10": "fc",
    "sin": "fc", "cos": "fc", "tan": "fc", "asin": "fc", "acos": "fc", "atan": "fc",
    "sinh": "fc", "cosh": "fc", "tanh": "fc", "asinh": "fc", "acosh": "fc", "atanh": "fc",
    "erf": "f", "erfc": "f", "erfinv": "f", "lgamma": "f", "digamma": "f", "sigmoid": "f",
    "gamma": "f", "betaln": "f", "gammainc": "f", "gammaincc": "f", "betainc": "f",
    "erfcx": "f", "log_ndtr": "f", "ndtri": "f", "expi": "f", "dawsn": "f", "spence": "f",
    "expn": "f", "bessel_i": "f", "bessel_j": "f", "polygamma": "f", "zeta": "f",
    "floor": "iuf", "ceil": "iuf", "round": "iufc", "trunc": "iuf",
    "isnan": "biufc", "isinf": "biufc", "isfinite": "biufc", "signbit": "f",
    "pow": "ufc", "atan2": "f", "hypot": "f", "logaddexp": "f",
    "maximum": "biuf", "minimum": "biuf",
    "remainder": "iuf", "floor_divide": "iuf", "copysign": "f", "nextafter": "f",
    "equal": "biufc", "not_equal": "biufc",
    "less": "biuf", "less_equal": "biuf", "greater": "biuf", "greater_equal": "biuf",
    "logical_not": "b", "logical_and": "b", "logical_or": "b", "logical_xor": "b",
    "bitwise_invert": "biu", "bitwise_and": "biu", "bitwise_or": "biu", "bitwise_xor": "biu",
    "bitwise_left_shift": "iu", "bitwise_right_shift": "iu",
    "where": "biufc", "astype": "biufc", "bitcast": "iuf", "full": "biufc",
}  # fmt: skip

REDUCTIONS: dict[str, str] = {
    "sum": "iufc", "prod": "iufc", "max": "biuf", "min": "biuf", "any": "b", "all": "b",
}  # fmt: skip

# The op that each cumulative one repeats along its axis.
SCANS: dict[str, str] = {
    "sum": "add", "prod": "multiply", "max": "maximum", "min": "minimum", "logsumexp": "logaddexp",
}  # fmt: skip

# What costs more to compute again than to read back from memory.
EXPENSIVE = frozenset(
    (
        *("exp", "expm1", "log", "log1p", "log2", "log10", "pow", "sqrt", "divide", "remainder"),
        *("sin", "cos", "tan", "asin", "acos", "atan", "atan2", "hypot", "floor_divide"),
        *("sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "sigmoid", "logaddexp", "nextafter"),
        *("erf", "erfc", "erfinv", "erfcx", "log_ndtr", "ndtri", "dawsn", "expi", "expn", "spence"),
        *("lgamma", "digamma", "gamma", "betaln", "gammainc", "gammaincc", "betainc"),
        *("bessel_i", "bessel_j", "polygamma", "zeta"),
    )
)

# Where compiled code takes a formula that fails for rare operands: a kernel that met one runs
# again, so it must not have written over what it reads.
REPEATED = frozenset({"sin", "cos", "tan"})
REPEATED_COMPLEX = frozenset({"exp", "sinh", "cosh", "tanh"})


def array_op(name: str) -> Definition:
    """The op of the array dialect with that name."""
    return Definition.registry[name]


def kind(dtype: DType) -> str:
    """One letter for the kind of a dtype."""
    return KINDS[dtype.kind]


def native_elementwise(name: str, types: Sequence[ArrayType], result: ArrayType) -> bool:
    """Whether the element-wise op can be emitted for these operands."""
    of = types[1 if name == "where" else 0] if types else result
    return kind(of.dtype) in ELEMENTWISE.get(name, "")


def native_reduction(name: str, type: ArrayType) -> bool:
    return kind(type.dtype) in REDUCTIONS.get(name, "")


NEUTRAL = {"sum": 0, "prod": 1, "any": False, "all": True}


def is_ordered(dtype: DType, kind: str) -> bool:
    """Whether the terms of a reduction may not be taken up in parts."""
    regrouped = kind not in ("sum", "prod") or not dtype.is_inexact
    return not (regrouped or config.reassociate_reductions)


def neutral_element(kind: str, dtype: DType) -> bool | int | float | complex:
    """What a reduction starts from."""
    if kind in NEUTRAL:
        value: bool | int | float | complex = dtype.python_type(NEUTRAL[kind])
        return value
    return extreme(dtype, kind == "min")


def extreme(dtype: DType, largest: bool) -> bool | int | float:
    """The largest or smallest value of a dtype."""
    if dtype.is_floating:
        return float("inf") if largest else -float("inf")
    if dtype.kind == "bool":
        return largest
    signed = dtype.kind == "int"
    high = 2 ** (dtype.bits - signed) - 1
    return high if largest else -high - 1 if signed else 0


def may_repeat(op: Op) -> bool:
    """Whether a kernel with this op in it may run again."""
    complex_ = op.name in REPEATED_COMPLEX and type_of(op.operands[0]).dtype.is_complex
    return complex_ or op.name in REPEATED
