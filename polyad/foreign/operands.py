"""Operands of traced arrays that are no arrays: sparse matrices, of a layer above."""

from __future__ import annotations

from typing import Any

from ..lazy import provided


def operate(name: str, left: Any, right: Any) -> Any:
    """The operator of that name; NotImplemented where neither operand is a sparse matrix."""
    matrices = provided("sparse_matrices")
    if matrices.is_sparse(left) or matrices.is_sparse(right):
        return matrices.operate(name, left, right)
    return NotImplemented
