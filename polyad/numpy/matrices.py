"""Unit matrices and triangles."""

from __future__ import annotations

from typing import Any

from ..ir import Handle, as_dtype
from ..ir.types import bool_, int64
from ..ops import creation as c
from ..ops import elementwise as e
from ..ops import manipulation as m
from ..ops import promotion
from ._arguments import integer, layout, refuse_shape
from ._core import array_of, dtype_of, placed, positions, shape_of


def eye(
    N: int,
    M: int | None = None,
    k: int = 0,
    dtype: Any = float,
    order: str | None = "C",
    *,
    device: Any = None,
    like: Any = None,
) -> Any:
    """Ones on the k-th diagonal of `N` rows and `M` columns (as many, if not given), zeros
    elsewhere.

    Args:
        N: the number of rows.
        M: the number of columns; the shape is (N, M).
        k: the diagonal, 0 the main one.
        dtype: the dtype; `config.default_float` if not given.
        order: "C" or "F": the order in memory.
        device: the backend's device; None: its default.
        like: an array whose backend makes the result.

    Raises:
        PolyadValueError: a negative size.

    >>> eye(2)
    array([[1., 0.],
           [0., 1.]])
    """
    layout("eye", order)
    n_rows = integer(N, "eye: N", least=0)
    columns = n_rows if M is None else integer(M, "eye: M", least=0)
    rows = m.reshape(c.iota(size=n_rows, dtype=int64), shape=(n_rows, 1))
    if not isinstance(k, Handle):
        k = max(-n_rows, min(integer(k, "eye: k"), columns))  # there is none beyond
    on = e.equal(e.add(rows, k), c.iota(size=columns, dtype=int64))
    wanted = promotion.default_float() if dtype in (None, float) else as_dtype(dtype)
    return placed(e.astype(on, dtype=wanted), device)


def identity(n: int, dtype: Any = None, *, like: Any = None) -> Any:
    """The identity matrix of `n` rows.

    >>> identity(1)
    array([[1.]])
    """
    return eye(n, dtype=dtype)


def _triangle(x: Any, k: int, lower: bool) -> Any:
    x = array_of(x)
    if len(shape_of(x)) < 2:
        name = "tril" if lower else "triu"
        refuse_shape(f"{name} takes matrices, not an array of shape {shape_of(x)}")
    n_rows, n_columns = shape_of(x)[-2:]
    k = integer(k, "a diagonal's k")
    rows = e.add(m.reshape(positions(n_rows, x), shape=(n_rows, 1)), k)
    columns = positions(n_columns, x)
    kept = e.greater_equal(rows, columns) if lower else e.less_equal(rows, columns)
    zero = False if dtype_of(x) is bool_ else 0
    return e.where(kept, x, zero)


def tril(m: Any, k: int = 0) -> Any:
    """The lower triangle of matrices, zeros above the k-th diagonal."""
    return _triangle(m, k, True)


def triu(m: Any, k: int = 0) -> Any:
    """The upper triangle of matrices, zeros below the k-th diagonal."""
    return _triangle(m, k, False)
