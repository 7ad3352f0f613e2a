"""`autograd.scipy.signal`: convolution along chosen axes."""

from __future__ import annotations

from string import ascii_letters
from typing import Any

import numpy as np

from .... import numpy as pnp
from ....errors import PolyadValueError
from ....ir import user_location, where
from ....texts import shown


def convolve(A: Any, B: Any, axes: Any = None, dot_axes: Any = None, mode: str = "full") -> Any:
    """The convolution of `A` and `B` along the axes `axes` (a list for each of them; all, if not
    given), summed over `dot_axes`. The result has the other axes of `A`, those of `B`, and then
    those of the convolution: in `mode` "full" of all overlaps, "valid" of whole ones, "same" of
    the size of `A`.

    >>> convolve(np.array([1.0, 2.0]), np.array([1.0, 1.0]))
    array([1., 3., 2.])
    """
    A, B = pnp.asarray(A), pnp.asarray(B)
    if axes is None:
        axes = [list(range(A.ndim)), list(range(A.ndim))]
    dots = [(), ()] if dot_axes is None else dot_axes
    sizes = [(A.shape[i], B.shape[j]) for i, j in zip(*axes, strict=True)]
    spans = [_span(n, m, mode) for n, m in sizes]
    if mode == "valid" and not (all(n >= m for n, m in sizes) or all(n <= m for n, m in sizes)):
        raise PolyadValueError(
            "convolve: one array must be larger than the other along all convolved axes"
            f"{where(user_location())}\n  Use mode='full', and take the part that is meant."
        )
    names = iter(ascii_letters)
    of_a = [next(names) for _ in range(A.ndim)]
    of_b = [next(names) for _ in range(B.ndim)]
    for i, j in zip(*dots, strict=True):
        of_b[j] = of_a[i]
    result = [n for i, n in enumerate(of_a) if i not in [*axes[0], *dots[0]]]
    result += [n for j, n in enumerate(of_b) if j not in [*axes[1], *dots[1]]]
    for i, j, (begin, end), (n, m) in zip(*axes, spans, sizes, strict=True):
        placed = pnp.asarray(_placement(n, m)[begin:end], dtype=pnp.result_type(A, B))
        made = next(names)
        B, at = pnp.tensordot(B, placed, axes=[[j], [1]]), [*range(B.ndim - 1)]
        B = pnp.transpose(B, (*at[:j], B.ndim - 1, *at[j:], B.ndim - 2))
        of_b[j] = of_a[i]
        of_b.append(made)
        result.append(made)
    return pnp.einsum(f"{''.join(of_a)},{''.join(of_b)}->{''.join(result)}", A, B)


def _span(n: int, m: int, mode: str) -> tuple[int, int]:
    """The part of the full convolution of lengths n and m that a mode keeps."""
    if mode == "full":
        return 0, n + m - 1
    if mode == "valid":
        return min(n, m) - 1, max(n, m)
    if mode == "same":
        return (m - 1) // 2, (m - 1) // 2 + n
    raise PolyadValueError(
        f"convolve: mode {shown(mode)} is unknown{where(user_location())}\n  It is one of 'valid', "
        "'full' and 'same'."
    )


def _placement(n: int, m: int) -> Any:
    """The constants P with result[k] = sum of A[i] P[k, j, i] B[j]: 1 where i + j = k."""
    k, j, i = np.ogrid[: n + m - 1, :m, :n]
    return (i + j == k).astype(float)


__all__ = ["convolve"]
