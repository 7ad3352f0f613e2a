"""Factorisations that LAPACK computes, through SciPy, matrix by matrix: they have no derivative."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..api.callbacks import pure_callback
from ..api.compile import ShapeDtypeStruct
from ..ir import DType
from ..numpy._arguments import refuse_shape, refuse_type
from ..numpy._core import array_of, convert, dtype_of, shape_of

Results = Sequence[tuple[tuple[int, ...], DType | str]]


def library() -> Any:
    """SciPy's module, imported when it is needed first: it takes longer than polyad does."""
    import scipy.linalg

    return scipy.linalg


def matrices(function: str, a: Any, *, square: bool = True) -> Any:
    """`a` as a floating array of matrices."""
    x = array_of(a)
    if not dtype_of(x).is_inexact:
        x = convert(x, float)
    shape = shape_of(x)
    if len(shape) < 2 or (square and shape[-1] != shape[-2]):
        wanted = "square matrices, (…, n, n)" if square else "matrices, (…, m, n)"
        refuse_shape(f"{function}: takes {wanted}, not an array of shape {shape}")
    if dtype_of(x).is_stored:
        refuse_type(
            f"{function}: takes float32, float64 and their complex dtypes, not {dtype_of(x)}"
        )
    return x


def by_lapack(
    run: Callable[..., Sequence[Any]], results: Results, *operands: Any, ranks: Sequence[int] = (2,)
) -> list[Any]:
    """The `results`, of these shapes and dtypes for each matrix, of `run` on each one of a stack.

    The operands have `ranks` dimensions each, after the common ones of the stack.
    """
    arrays = [array_of(x) for x in operands]
    lead = shape_of(arrays[0])[: len(shape_of(arrays[0])) - ranks[0]]
    name = lambda d: d.name if isinstance(d, DType) else d
    types = [ShapeDtypeStruct((*lead, *shape), name(dtype)) for shape, dtype in results]

    def every(*given: Any) -> tuple[Any, ...]:
        plain = [np.asarray(x) for x in given]
        outer = np.broadcast_shapes(
            *(x.shape[: x.ndim - r] for x, r in zip(plain, ranks, strict=True))
        )
        stacks = [
            np.broadcast_to(x, (*outer, *x.shape[x.ndim - r :])).reshape(-1, *x.shape[x.ndim - r :])
            for x, r in zip(plain, ranks, strict=True)
        ]
        found = [run(*row) for row in zip(*stacks, strict=True)] if math.prod(outer) else []
        made = [np.zeros((*outer, *shape), name(dtype)) for shape, dtype in results]
        for k, one in enumerate(made):
            if found:
                one.reshape(-1, *results[k][0])[...] = np.stack([row[k] for row in found])
        return tuple(made)

    return list(pure_callback(every, tuple(types), *arrays, vmap_method="broadcast_all"))
