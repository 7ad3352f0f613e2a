"""New arrays beside those of a call, outside of any trace."""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import execution, trace_stack
from ...ir import ArrayType, DType, Handle, Shape
from ...ir.types import int64
from ...ops import creation
from ...ops import elementwise as e
from ...ops import manipulation as m

FLOAT0 = np.dtype([("float0", np.void, 0)])
"""JAX's dtype of the tangents of integers, whose elements have no bytes."""


def filled(value: Any, dtype: DType, shape: Shape, like: Any) -> Any:
    """An array filled with `value` on the backend and device of `like`, outside of any trace."""
    backend = execution.backend_beside(like)
    return backend.full(
        value, dtype, shape, like if backend is execution.backend_of(like) else None
    )


def identity_rows(total: int, start: int, t: ArrayType, like: Any) -> Any:
    """Columns `start` to `start + t.size` of the identity of size `total`, each row in the shape of
    `t`.
    """
    backend = execution.backend_beside(like)
    with execution.backend_scope(backend, like):
        if total == 1:
            one = t.dtype.python_type(1)
            return creation.full(value=one, shape=(t.size, *t.shape), dtype=t.dtype)
        rows = m.reshape(creation.iota(size=total, dtype=int64), shape=(total, 1))
        columns = e.add(creation.iota(size=t.size, dtype=int64), start)
        rows = e.astype(e.equal(rows, columns), dtype=t.dtype)
    return m.reshape(rows, shape=(total, *t.shape))


def counting(size: int, like: Any) -> Any:
    """0, 1, …, size - 1 as 64-bit integers, beside `like`."""
    if isinstance(like, Handle) or trace_stack.active_builders():
        return creation.iota(size=size, dtype=int64)
    with execution.backend_scope(execution.backend_beside(like), like):
        return creation.iota(size=size, dtype=int64)
