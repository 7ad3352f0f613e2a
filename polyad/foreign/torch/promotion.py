"""PyTorch's rule for the dtypes of results.

Operands have a priority: tensors with dimensions, then tensors without, then Python scalars. One of
lower priority raises the category (boolean, integer, floating, complex) of the result, and has no
say in it otherwise. See "Type promotion" in PyTorch's documentation of `torch.dtype`.
"""

from __future__ import annotations

import sys
from typing import Any

from ...errors import PolyadTypeError
from ...execution import SCALARS
from ...ir import DType, Handle, as_dtype, user_location, where
from ...ir.types import bool_, complex64, complex128, float32, float64, int64
from ...numpy._core import array_of, dtype_of, shape_of
from ...numpy.creation import full
from ...ops import elementwise as e
from ...ops import promotion

_CATEGORIES = {"bool": 0, "uint": 1, "int": 1, "float": 2, "complex": 3}


def default_float() -> DType:
    """The dtype that torch gives Python's floats, and results of floating functions of integers."""
    torch = sys.modules.get("torch")
    return promotion.default_float() if torch is None else as_dtype(torch.get_default_dtype())


def default_complex() -> DType:
    return complex64 if default_float() is float32 else complex128


def result_dtype(*operands: Any) -> DType:
    """The dtype of an operation on tensors and Python scalars."""
    ranked: tuple[list[DType], list[DType], list[DType]] = ([], [], [])
    for x in operands:
        if type(x) in SCALARS or (isinstance(x, Handle) and x.weak):
            ranked[2].append(_of_scalar(x))
        else:
            ranked[1 if shape_of(x) == () else 0].append(dtype_of(x))
    with_dims, without, scalars = (
        promotion.promote(list(dict.fromkeys(found))) if found else None for found in ranked
    )
    found = _raised(with_dims, _raised(without, scalars))
    assert found is not None
    return found


def _of_scalar(x: Any) -> DType:
    kind = x.type.dtype.family if isinstance(x, Handle) else promotion.python_dtype(x).family
    return {"bool": bool_, "float": default_float(), "complex": default_complex()}.get(kind, int64)


def _raised(higher: DType | None, lower: DType | None) -> DType | None:
    """`higher`, raised to the category of `lower` where that one is higher."""
    if higher is None or lower is None:
        return higher if lower is None else lower
    if _CATEGORIES[higher.family] >= _CATEGORIES[lower.family]:
        return higher
    if lower.is_complex and higher.is_stored:
        raise PolyadTypeError(
            f"a tensor of {higher} and a complex number give complex32 in PyTorch, which polyad "
            f"does not have{where(user_location())}\n  Convert the tensor to float32."
        )
    if lower.is_complex and higher.is_floating:
        return complex128 if higher is float64 else complex64
    return lower


def promoted(*operands: Any) -> list[Any]:
    """The operands in the dtype of the result; Python scalars, which follow, as they are."""
    dtype = result_dtype(*operands)
    return [x if type(x) in SCALARS else as_type(x, dtype) for x in operands]


def as_type(x: Any, dtype: Any) -> Any:
    """`x`, a traced or plain tensor or a Python scalar, as an array of `dtype`."""
    wanted = as_dtype(dtype)
    if type(x) in SCALARS:
        return full((), x, dtype=wanted)
    if dtype_of(x) is wanted and not (isinstance(x, Handle) and x.weak):
        return x
    return e.astype(array_of(x), dtype=wanted)


def floating(x: Any) -> Any:
    """`x` as a floating function takes it: integers and booleans in the default dtype."""
    dtype = dtype_of(x)
    return x if dtype.is_inexact else as_type(x, default_float())
