"""Calls of IR functions: `function(*arrays)` evaluates one op by op."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import execution
from ..errors import PolyadTypeError
from ..ir import ArrayType, Function, Handle, user_location, where
from ..ops.definition import OpDefinition
from .calls import pytrees, traces


def evaluate(function: Function, arrays: Sequence[Any]) -> tuple[Any, ...]:
    """The results of a function of the array dialect on `arrays`, op by op on their backend."""
    what = f"@{function.name}"
    foreign = [op for op in function.walk() if not isinstance(op.definition, OpDefinition)]
    if foreign:
        raise PolyadTypeError(
            f"{what} has {foreign[0].name}, which is no op on arrays: it is on the way to machine "
            f"code{where(user_location())}\n  Call the function of arrays, or compile it."
        )
    if len(arrays) != len(function.arguments):
        raise PolyadTypeError(
            f"{what} takes {len(function.arguments)} arrays, not {len(arrays)}"
            f"{where(user_location())}"
        )
    types = pytrees.leaf_types(arrays, what, lambda: [v.name for v in function.arguments])
    for x, given, v in zip(arrays, types, function.arguments, strict=True):
        fits = given == v.type or (execution.is_scalar(x) and v.type.shape == ())
        if not fits and not (isinstance(x, Handle) and isinstance(v.type, ArrayType)):
            raise PolyadTypeError(
                f"{what} takes {v.type} for {v.name or 'an argument'}, and not {given}"
                f"{where(user_location())}\n  Convert the array, or trace the function anew."
            )
    return tuple(traces.execute(function, arrays, (), what))
