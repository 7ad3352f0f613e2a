"""Dtype promotion: the array-API standard's table, extended where the standard leaves it open.

- Within a kind, the wider dtype. Signed with unsigned: the smallest signed dtype that holds both;
  with `uint64`, the default floating dtype.
- An integer or boolean with a floating or complex dtype gives that dtype (so int32 with float32 is
  float32).
- float16 with bfloat16 is float32.
- Python scalars are weak: they take the array's dtype, unless their kind is higher; then they bring
  the default dtype of their kind, at the array's precision.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..caches import Memo
from ..config import config
from ..errors import PolyadTypeError
from ..execution import SCALARS
from ..ir import DType, Handle
from ..ir.symbolic import Dim, Real
from ..ir.types import bool_, complex64, complex128, float32, float64, int64

_RANK = {"bool": 0, "uint": 1, "int": 1, "float": 2, "complex": 3}
_memo: Memo[object, DType] = Memo()


def default_float() -> DType:
    return float32 if config.default_float == "float32" else float64


def default_complex() -> DType:
    return complex64 if config.default_float == "float32" else complex128


def is_weak(value: object) -> bool:
    """Whether `value` is a Python scalar, or a traced value computed from such alone."""
    return type(value) in SCALARS or (isinstance(value, Handle) and value.weak)


def python_dtype(value: object) -> DType:
    """The dtype a Python scalar has when nothing else decides."""
    kind = type(value)
    if kind is bool:
        return bool_
    if kind is int or kind is Dim:
        return int64
    return default_float() if kind is float or kind is Real else default_complex()


def promote(strong: Sequence[DType], weak: Sequence[DType] = ()) -> DType:
    """The common dtype of arrays of dtypes `strong` and weakly typed values of dtypes `weak`."""
    key = (tuple(strong), tuple(weak), config.default_float)
    found = _memo.get(key)
    if found is None:
        found = _memo.remember(key, _promote(strong, weak))
    return found


def _promote(strong: Sequence[DType], weak: Sequence[DType]) -> DType:
    result = None
    for dtype in strong:
        result = dtype if result is None else _promote_two(result, dtype)
    if result is None:
        result = weak[0]
        for dtype in weak[1:]:
            result = _promote_two(result, dtype)
        return result
    for dtype in weak:
        if _RANK[dtype.family] > _RANK[result.family]:
            result = _raise_kind(result, dtype.family)
    return result


def _raise_kind(dtype: DType, kind: str) -> DType:
    if kind == "complex":
        double = dtype is float64 or (not dtype.is_inexact and default_complex() is complex128)
        return complex128 if double else complex64
    return default_float() if kind == "float" else int64


def _promote_two(a: DType, b: DType) -> DType:
    if a is b:
        return a
    low, high = sorted((a, b), key=lambda d: (_RANK[d.family], d.bits))
    if _RANK[low.family] < _RANK[high.family]:
        return complex128 if low is float64 and high is complex64 else high
    if low.family == high.family:
        return float32 if low.is_stored and high.is_stored else high
    signed, unsigned = (low, high) if low.family == "int" else (high, low)
    if unsigned.bits == 64:
        return default_float()
    bits = max(signed.bits, 2 * unsigned.bits)
    return DType.by_name[f"int{bits}"]


def accepted(dtype: DType, accepts: str, name: str) -> DType:
    """`dtype` as an op that takes `accepts` will have it; raises `PolyadTypeError` if it will
    not.
    """
    kind = dtype.family
    if accepts == "any":
        return dtype
    if accepts == "floating":
        return dtype if dtype.is_inexact else default_float()
    if accepts == "complex":
        return dtype if kind == "complex" else _raise_kind(dtype, "complex")
    if accepts == "real floating":
        if kind != "complex":
            return dtype if kind == "float" else default_float()
    elif accepts == "numeric":
        return int64 if kind == "bool" else dtype
    elif accepts == "real":
        if kind != "complex":
            return int64 if kind == "bool" else dtype
    elif accepts == "ordered":
        if kind != "complex":
            return dtype
    elif accepts == "boolean":
        return bool_
    elif (accepts == "integer or boolean" and kind in ("bool", "int", "uint")) or (
        accepts == "integer" and kind in ("int", "uint")
    ):
        return dtype
    raise PolyadTypeError(f"{name} takes {accepts} arrays, not {dtype}")
