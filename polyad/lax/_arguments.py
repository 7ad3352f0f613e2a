"""Shared by the functions of this package: operands, axes, and errors that show the argument."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .. import execution
from ..ir import ArrayType, Handle
from ..numpy import full
from ..numpy._arguments import integer as python_integer
from ..numpy._arguments import refuse as refuse
from ..numpy._arguments import refuse_shape as refuse_shape
from ..numpy._arguments import refuse_type as refuse_type
from ..numpy._core import array_of, beside, convert, dtype_of, shape_of
from ..ops import promotion
from ..ops.shapes import normalize_axis
from ..texts import shown


def type_of(x: Any) -> ArrayType:
    """The type of an array or a Python scalar."""
    return ArrayType(dtype_of(x), shape_of(x))


def integers(given: Any, what: str) -> tuple[int, ...]:
    """`given` as a tuple of Python integers, which shapes and axes are made of."""
    if not isinstance(given, Iterable) or isinstance(given, Handle | str):
        refuse_type(f"{what} is a sequence of integers, not {shown(given)}")
    return tuple(integer(n, what) for n in given)


def integer(given: Any, what: str) -> int:
    """`given` as a Python integer; what shapes depend on cannot be traced."""
    if isinstance(given, Handle):
        refuse_type(
            f"{what} decides a shape, so it is a Python integer, not a traced array\n"
            "  Name the argument in jit's static_argnums, or leave it out of what is mapped."
        )
    return python_integer(given, what)


def scalar_beside(value: Any, x: Any, what: str) -> Any:
    """`value`, a scalar, as an array of the dtype of `x`; a Python number is a literal in a trace.

    Raises `PolyadTypeError` for a number of a higher kind, `ShapeError` for what is no scalar.
    """
    dtype = dtype_of(x)
    if type(value) not in execution.SCALARS:
        if shape_of(array_of(value)) != ():
            refuse_shape(f"{what}: takes a scalar, not {type_of(value)}")
        return convert(array_of(value), dtype)
    found = promotion.promote([dtype], [promotion.python_dtype(value)])
    if found is not dtype:
        refuse_type(f"{what}: {shown(value)} is no element of {type_of(x)}")
    with beside(x):
        return full((), value, dtype=dtype)


def operand_and_axis(operand: Any, axis: int, what: str) -> tuple[Any, int]:
    """`operand` as an array, and one of its axes counted from the front."""
    x = array_of(operand)
    if not hasattr(axis, "__index__"):
        refuse_type(f"{what}: axis is an integer, not {shown(axis)}")
    try:
        return x, normalize_axis(axis, len(shape_of(x)))
    except ValueError as error:
        refuse(f"{what}: {error}", type(error))
