"""Softmax, and torch.nn.functional.scaled_dot_product_attention, on traced arrays."""

from __future__ import annotations

import math
from typing import Any

from ... import numpy as pnp
from ... import special
from ...api import stop_gradient
from ...errors import PolyadTypeError
from ...numpy._core import dtype_of, shape_of
from .nn_core import floats, refused, register
from .promotion import as_type
from .randomness import dropout


def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Any:
    """softmax(`scale`·query·keyᵀ + mask)·value along the last two axes (Vaswani et al.,
    arXiv:1706.03762). A boolean mask says which keys are seen; a query that sees none gives 0.
    """
    if is_causal and attn_mask is not None:
        raise refused("scaled_dot_product_attention takes attn_mask or is_causal, not both")
    if enable_gqa:
        heads = shape_of(query)[-3]
        key, value = (_repeated(x, heads) for x in (key, value))
    size = shape_of(query)[-1]
    factor = 1 / math.sqrt(size) if scale is None else scale
    logits = pnp.matmul(query, pnp.matrix_transpose(key)) * factor
    if is_causal:
        rows, columns = shape_of(logits)[-2:]
        attn_mask = pnp.arange(rows)[:, None] >= pnp.arange(columns)[None, :]
    if attn_mask is not None:
        if dtype_of(attn_mask).family == "bool":
            logits = pnp.where(attn_mask, logits, -math.inf)
        elif dtype_of(attn_mask).is_floating:
            logits = logits + attn_mask
        else:
            raise refused(
                "scaled_dot_product_attention: attn_mask is boolean or floating, not "
                f"{dtype_of(attn_mask)}",
                PolyadTypeError,
            )
    weights = safe_softmax(logits, -1)
    if dropout_p > 0:
        weights = dropout(weights, dropout_p, True)
    return pnp.matmul(weights, value)


def _repeated(x: Any, heads: int) -> Any:
    groups = shape_of(x)[-3]
    if heads % groups:
        raise refused(
            f"scaled_dot_product_attention: {heads} heads of queries do not share {groups} of keys"
        )
    return pnp.repeat(x, heads // groups, axis=-3)


def softmax(input: Any, dim: int, dtype: Any = None) -> Any:
    """e^x scaled to a sum of 1 along `dim`."""
    x = _as_floats("softmax", input, dtype)
    return special.softmax(x, _axis(x, dim)) if 0 not in shape_of(x) else pnp.copy(x)


def log_softmax(input: Any, dim: int, dtype: Any = None) -> Any:
    """The logarithm of `softmax`."""
    x = _as_floats("log_softmax", input, dtype)
    return special.log_softmax(x, _axis(x, dim)) if 0 not in shape_of(x) else pnp.copy(x)


def _axis(x: Any, dim: int) -> int | None:
    """A tensor without dimensions takes the dims 0 and -1."""
    return dim if shape_of(x) or dim not in (0, -1) else None


def _as_floats(name: str, x: Any, dtype: Any) -> Any:
    x = x if dtype is None else as_type(x, dtype)
    floats(name, x)
    return x


def safe_softmax(self: Any, dim: int, dtype: Any = None) -> Any:
    """The softmax along `dim`, 0 where all elements are -∞."""
    x = self if dtype is None else as_type(self, dtype)
    top = stop_gradient(pnp.max(x, axis=dim, keepdims=True))
    none = top == -math.inf
    scaled = pnp.exp(x - pnp.where(none, 0, top))
    total = pnp.sum(scaled, axis=dim, keepdims=True)
    return scaled / pnp.where(none, 1, total)


register(
    {
        "_C._nn.scaled_dot_product_attention": scaled_dot_product_attention,
        "softmax": softmax,
        "special.softmax": softmax,
        "log_softmax": log_softmax,
        "special.log_softmax": log_softmax,
        "ops.aten._safe_softmax.default": safe_softmax,
    }
)
