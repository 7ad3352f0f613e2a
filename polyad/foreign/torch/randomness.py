"""Dropout on traced arrays: exact where nothing is dropped, else by masks of PyTorch's generator.

A mask is drawn while tracing and is a constant of the trace. That is right where a trace runs once,
as in eager `grad`, `jvp` or `vjp`; compiled or batched code would use one mask for ever, and is
refused.
"""

from __future__ import annotations

import math
import sys
from typing import Any

from ... import numpy as pnp
from ...errors import PolyadTypeError
from ...numpy._core import dtype_of, shape_of
from .nn_core import refused, register, register_in_place, unknown_to

_ALPHA = 1.7580993408473766
"""The limit of selu at -∞, with its sign turned."""


def drawn_mask(name: str, x: Any, shape: Any, p: float) -> Any:
    """1 with probability 1 - `p`, else 0, by torch's default generator."""
    transform = unknown_to()
    if transform is not None:
        raise refused(
            f"torch.{name} would draw its mask once, while {transform} traces, and use it in "
            "every call\n  Pass p=0 or training=False (module.eval()), or draw the mask "
            "outside and pass it as an argument.",
            PolyadTypeError,
        )
    torch = sys.modules["torch"]
    like = torch.empty(tuple(shape), dtype=getattr(torch, dtype_of(x).name), device=x.device)
    return like.bernoulli_(1 - p)


def _dropped(name: str, x: Any, p: float, train: bool, by_feature: bool, alpha: bool) -> Any:
    if not 0 <= p <= 1:
        raise refused(f"{name}: p is from 0 to 1, not {p}")
    shape = shape_of(x)
    if p == 0 or not train or math.prod(shape) == 0:
        return pnp.copy(x)
    if p == 1:
        return x * pnp.zeros((), dtype=dtype_of(x))
    if by_feature and len(shape) < 2:
        raise refused(f"{name} takes a tensor of two axes or more, not of {len(shape)}")
    rows = (*shape[:2], *(1,) * (len(shape) - 2)) if by_feature else shape
    mask = drawn_mask(name, x, rows, p)
    if not alpha:
        return x * (mask / (1 - p))
    a = 1 / math.sqrt((_ALPHA * _ALPHA * p + 1) * (1 - p))
    shift = (mask - 1) * (_ALPHA * a) + _ALPHA * a * p
    return x * (mask * a) + shift


def dropout(input: Any, p: float, train: bool) -> Any:
    """Each element is 0 with probability `p` in training, the others are scaled by 1/(1 - p)."""
    return _dropped("dropout", input, p, train, False, False)


def feature_dropout(input: Any, p: float, train: bool) -> Any:
    """`dropout` of whole features."""
    return _dropped("feature_dropout", input, p, train, True, False)


def alpha_dropout(input: Any, p: float, train: bool) -> Any:
    """`dropout` that keeps mean and variance after selu (Klambauer et al., arXiv:1706.02515)."""
    return _dropped("alpha_dropout", input, p, train, False, True)


def feature_alpha_dropout(input: Any, p: float, train: bool) -> Any:
    """`alpha_dropout` of whole features."""
    return _dropped("feature_alpha_dropout", input, p, train, True, True)


_ALL = {
    "dropout": dropout,
    "feature_dropout": feature_dropout,
    "alpha_dropout": alpha_dropout,
    "feature_alpha_dropout": feature_alpha_dropout,
}
register(_ALL)
register_in_place({f"{name}_": adapter for name, adapter in _ALL.items()})
