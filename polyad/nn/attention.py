"""Scaled dot-product attention."""

from __future__ import annotations

import math
from typing import Any

from .. import numpy as pnp
from ..api import stop_gradient
from ..errors import PolyadTypeError, ShapeError
from ..ir import user_location, where
from ..numpy._core import array_of, dtype_of, positions, promoted, shape_of
from ..numpy._storage import computed_wide
from ..special import logsumexp, softmax

MASKED = -0.7
"""The logit of what is masked, in units of the dtype's largest number."""


@computed_wide
def dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    bias: Any = None,
    mask: Any = None,
    *,
    scale: float | None = None,
    is_causal: bool = False,
    query_seq_lengths: Any = None,
    key_value_seq_lengths: Any = None,
    local_window_size: int | tuple[int, int] | None = None,
    return_residual: bool = False,
) -> Any:
    """softmax(scale·query·keyᵀ + bias)·value for each head (Vaswani et al., arXiv:1706.03762).

    `query` is (batch, T, heads, size) and `key` and `value` (batch, S, K, size), K a divisor of the
    heads (Ainslie et al., arXiv:2305.13245); or all without a batch. `bias` and the boolean `mask`
    (what is looked at) broadcast to (batch, heads, T, S). `scale` is 1/√size if not given.
    `is_causal` masks what comes later, `local_window_size` what is farther away (before, after);
    lengths say how much of each sequence is real: results beyond are 0. With `return_residual` it
    is a pair, of the result and the logarithm of each softmax's denominator, (batch, T, heads), a
    constant to derivatives (Dao, arXiv:2307.08691, 3.1.1).

    Raises `ShapeError` for shapes that do not fit, `PolyadTypeError` for a mask of another dtype.

    >>> import numpy as np
    >>> dot_product_attention(*np.ones((3, 2, 1, 4)), is_causal=True)[:, 0, 0]
    array([1., 1.])
    """
    q, k, v = promoted([query, key, value])
    if len(shape_of(q)) == 3:
        parts = [None if x is None else pnp.asarray(x)[None] for x in (q, k, v, bias, mask)]
        found = dot_product_attention(
            *parts,
            scale=scale,
            is_causal=is_causal,
            query_seq_lengths=query_seq_lengths,
            key_value_seq_lengths=key_value_seq_lengths,
            local_window_size=local_window_size,
            return_residual=return_residual,
        )
        return (found[0][0], found[1][0]) if return_residual else found[0]
    _check(q, k, v, mask)
    (batch, t, heads, size), (_, s, groups, _) = shape_of(q), shape_of(k)
    split = pnp.reshape(q, (batch, t, groups, heads // groups, size))
    logits = pnp.einsum("btkgh,bskh->bkgts", split, k) * (scale or 1 / math.sqrt(size))
    logits = pnp.reshape(logits, (batch, heads, t, s))
    if bias is not None:
        logits = logits + bias
    seen = _seen(q, k, mask, is_causal, local_window_size)
    if key_value_seq_lengths is not None:
        seen.append(_within(key_value_seq_lengths, positions(s, k)[None, :]))
    if query_seq_lengths is not None:
        seen.append(_within(query_seq_lengths, positions(t, q)[:, None]))
    for part in seen:
        logits = pnp.where(part, logits, MASKED * pnp.finfo(dtype_of(logits)).max)
    weights = pnp.reshape(softmax(logits, -1), (batch, groups, heads // groups, t, s))
    found = pnp.reshape(
        pnp.einsum("bkgts,bskh->btkgh", weights, v), shape_of(q)[:3] + shape_of(v)[3:]
    )
    if query_seq_lengths is not None:
        real = _within(query_seq_lengths, positions(t, q)[:, None])[:, 0, :, :, None]
        found = pnp.where(real, found, 0.0)
    if not return_residual:
        return found
    return found, stop_gradient(pnp.matrix_transpose(logsumexp(logits, axis=-1)))


def _check(q: Any, k: Any, v: Any, mask: Any) -> None:
    shapes = [shape_of(x) for x in (q, k, v)]
    if any(len(shape) != 4 for shape in shapes) or shapes[1][:3] != shapes[2][:3]:
        _refuse(shapes)
    (b, _, n, h), (c, _, g, i), _ = shapes
    if (b, h) != (c, i) or n % g:
        _refuse(shapes)
    if mask is not None and dtype_of(array_of(mask)).family != "bool":
        raise PolyadTypeError(
            f"dot_product_attention: the mask is boolean, not {dtype_of(array_of(mask))}"
            f"{where(user_location())}"
        )


def _refuse(shapes: list[Any]) -> None:
    raise ShapeError(
        "dot_product_attention: query is (batch, T, heads, size), key and value (batch, S, K, "
        f"size) with K a divisor of heads; given {', '.join(map(str, shapes))}"
        f"{where(user_location())}"
    )


def _seen(q: Any, k: Any, mask: Any, is_causal: bool, window: Any) -> list[Any]:
    """Masks that broadcast to (batch, heads, T, S)."""
    found = [] if mask is None else [mask]
    here, there = positions(shape_of(q)[1], q)[:, None], positions(shape_of(k)[1], k)[None, :]
    if is_causal:
        found.append(there <= here)
    if window is not None:
        before, after = (window, window) if isinstance(window, int) else window
        found += [there >= here - before, there <= here + after]
    return found


def _within(lengths: Any, places: Any) -> Any:
    """Whether each place is below the length, as (batch, 1, …)."""
    return places < pnp.reshape(pnp.asarray(lengths), (-1, 1, 1, 1))
