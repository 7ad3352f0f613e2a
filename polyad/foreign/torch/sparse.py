"""PyTorch's functions of a sparse tensor and a traced array."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from ... import numpy as xp
from ...errors import PolyadTypeError
from ...ir import user_location, where
from ...numpy._arguments import refuse
from .. import operands

MEANINGS = {
    "matmul": "matmul",
    "mm": "matmul",
    "mv": "matmul",
    "_sparse_mm": "matmul",
    "mul": "multiply",
    "multiply": "multiply",
    "div": "divide",
    "divide": "divide",
    "true_divide": "divide",
    "add": "add",
    "sub": "subtract",
    "subtract": "subtract",
}
"""Functions and methods of torch, and the operator that each is."""

NDIMS = {"mm": (2, 2), "_sparse_mm": (2, 2), "mv": (2, 1)}


def is_sparse(value: Any) -> bool:
    """Whether a value is a tensor in one of PyTorch's sparse layouts."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor) and value.layout != torch.strided


def call_sparse(name: str, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """A function of torch that has a sparse tensor among its arguments."""
    meaning = MEANINGS.get(name)
    if meaning is None or kwargs or len(args) != 2:
        raise PolyadTypeError(
            f"torch.{name.removeprefix('_')} of a sparse tensor and a traced array, with these "
            f"arguments, is not followed{where(user_location())}\n  Operators @, *, /, + and - "
            "are, and polyad.sparse.solve."
        )
    shapes = [tuple(x.shape) if is_sparse(x) else xp.shape(x) for x in args]
    if name in NDIMS and tuple(map(len, shapes)) != NDIMS[name]:
        refuse(f"torch.{name.removeprefix('_')} of arrays of shapes {shapes[0]} and {shapes[1]}")
    return operands.operate(meaning, *args)
