"""Linear systems with a tridiagonal matrix, in time and memory O(n)."""

from __future__ import annotations

from typing import Any

from .. import lax
from .. import numpy as pnp
from ..errors import ShapeError
from ..ir import user_location, where
from ..numpy._core import promoted


def tridiagonal_solve(dl: Any, d: Any, du: Any, b: Any) -> Any:
    """x with A x = b for the matrix A with diagonal `d`, below it `dl[1:]` and above it `du[:-1]`.

    Diagonals have shape (…, n), `b` and x (…, n, k). By elimination with partial pivoting, as
    LAPACK's gtsv (Golub and Van Loan, "Matrix Computations", 4th ed., 4.3); a singular matrix gives
    infinities or NaNs. Derivatives solve with the matrix, or its transpose, again.

    Raises `ShapeError` for diagonals of different shapes, or another right-hand side.

    >>> import numpy as np
    >>> one = np.ones(3)
    >>> tridiagonal_solve(-one, 2 * one, -one, np.array([[1.0], [0.0], [1.0]])).round(12)
    array([[1.],
           [1.],
           [1.]])
    """
    dl, d, du, b = promoted([dl, d, du, b])
    shapes = [tuple(x.shape) for x in (dl, d, du)]
    if len(set(shapes)) > 1 or not shapes[0]:
        raise ShapeError(
            f"tridiagonal_solve: the diagonals have one shape (…, n), not "
            f"{', '.join(map(str, shapes))}{where(user_location())}"
        )
    if tuple(b.shape[:-1]) != shapes[0]:
        raise ShapeError(
            f"tridiagonal_solve: b has the shape (…, n, k) for diagonals of shape {shapes[0]}, not "
            f"{tuple(b.shape)}{where(user_location())}"
        )
    if 0 in b.shape:
        return pnp.zeros_like(b)
    turned = (_down(du), d, _up(dl))
    return lax.custom_linear_solve(
        lambda x: _product(dl, d, du, x),
        b,
        lambda _, b: _eliminated(dl, d, du, b),
        lambda _, b: _eliminated(*turned, b),
    )


def _down(x: Any) -> Any:
    """`x` moved by one towards larger indices."""
    return pnp.concat([pnp.zeros_like(x[..., :1]), x[..., :-1]], axis=-1)


def _up(x: Any) -> Any:
    return pnp.concat([x[..., 1:], pnp.zeros_like(x[..., :1])], axis=-1)


def _product(dl: Any, d: Any, du: Any, x: Any) -> Any:
    """A x."""
    none = pnp.zeros_like(x[..., :1, :])
    before = pnp.concat([none, x[..., :-1, :]], axis=-2)
    after = pnp.concat([x[..., 1:, :], none], axis=-2)
    return dl[..., None] * before + d[..., None] * x + du[..., None] * after


def _eliminated(dl: Any, d: Any, du: Any, b: Any) -> Any:
    """The solution: rows of the triangular factor have three elements, as rows are exchanged."""
    first = lambda x, axis: pnp.moveaxis(x, axis, 0)
    lower, diagonal, upper = (first(x, -1) for x in (dl, d, du))
    right = first(b, -2)
    none = pnp.zeros_like(upper[:1])
    upper = pnp.concat([upper[:-1], none], axis=0)
    carry = (diagonal[0], upper[0], right[0])
    last, rows = lax.scan(_row, carry, (lower[1:], diagonal[1:], upper[1:], right[1:]))
    p, u, w, y = (
        pnp.concat([x, pnp.expand_dims(z, axis=0)], axis=0)
        for x, z in zip(rows, (last[0], last[1], none[0], last[2]), strict=True)
    )
    nothing = pnp.zeros_like(y[0])
    _, found = lax.scan(_back, (nothing, nothing), (p, u, w, y), reverse=True)
    return pnp.moveaxis(found, 0, -2)


def _row(carry: Any, row: Any) -> tuple[Any, Any]:
    """One step of elimination: the row that is done, and the next one without its first element."""
    (p, u, y), (low, diagonal, upper, right) = carry, row
    swap = pnp.abs(low) > pnp.abs(p)
    pivot, other = pnp.where(swap, low, p), pnp.where(swap, p, low)
    factor = pnp.where(other == 0, pnp.zeros_like(other), other / pivot)
    second, third = pnp.where(swap, diagonal, u), pnp.where(swap, upper, pnp.zeros_like(upper))
    exchanged = swap[..., None]
    done = pnp.where(exchanged, right, y)
    carry = (
        pnp.where(swap, u, diagonal) - factor * second,
        pnp.where(swap, pnp.zeros_like(upper), upper) - factor * third,
        pnp.where(exchanged, y, right) - factor[..., None] * done,
    )
    return carry, (pivot, second, third, done)


def _back(carry: Any, row: Any) -> tuple[Any, Any]:
    """One step of back substitution."""
    (after, next_after), (p, u, w, y) = carry, row
    x = (y - u[..., None] * after - w[..., None] * next_after) / p[..., None]
    return (x, after), x
