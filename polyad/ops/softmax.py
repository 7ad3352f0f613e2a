"""Sums of exponentials along axes, and the shares of their terms, with derivatives that keep their
digits where one term is nearly all of the sum.

With p the shares, the derivative of log Σ e^x along t is Σ p t, that of log p is t - Σ p t, and
that of p is p (t - Σ p t). The last two would cancel at a largest element: its share is 1 less what
the others have. They do not if t counts from its own value there, by which nothing changes, as the
shares add up to 1.
"""

from __future__ import annotations

from typing import NamedTuple

from ..errors import PolyadTypeError, PolyadValueError
from ..ir import ArrayType
from . import elementwise as e
from . import sparsity
from .creation import ones_like
from .definition import op
from .manipulation import expand, sum
from .reduction import max, reduction
from .shapes import shift
from .types import Axes, Batched, Dual, Operand, Operands


class Below(NamedTuple):
    """Elements less the largest: `below`, of the shape of x, and the largest `top`, reduced."""

    below: Operand
    top: Operand


def below_largest(x: Operand, axes: Axes, alike: bool) -> Below:
    """`alike`: infinities that are the largest elements are what finite ones would be, exponentials
    of 1; else they make NaN.
    """
    top = max(x, axes=axes)
    wide = expand(top, axes, x.shape)
    below = x - wide
    return Below(e.where(e.equal(x, wide), 0, below) if alike else below, top)


def logarithm(below: Operand, axes: Axes) -> Operand:
    """log Σ e^below. The largest terms are 1 and are counted, so that it is exact where it is
    small.
    """
    largest = e.equal(below, 0)
    count = sum(e.where(largest, ones_like(below), 0), axes=axes)
    rest = sum(e.where(largest, 0, e.exp(below)), axes=axes)
    return e.log1p((count - 1) + rest)


def centred(x: Operand, share: Operand, t: Operand, axes: Axes) -> Operand:
    """t - Σ p t, by way of t less its mean over the largest elements of x."""
    largest = e.equal(x, expand(max(x, axes=axes), axes, x.shape))
    count = sum(e.where(largest, ones_like(t), 0), axes=axes)
    there = sum(e.where(largest, t, 0), axes=axes) / count
    apart = t - expand(there, axes, x.shape)
    return apart - expand(sum(share * apart, axes=axes), axes, x.shape)


# -- log_sum_exp -----------------------------------------------------------------------------------


def log_sum_exp_jvp(primals: Operands, tangents: Operands, *, axes: Axes) -> Dual:
    (x,), (t,) = primals, tangents
    return log_sum_exp(x, axes=axes), sum(soft_max(x, axes=axes, alike=True) * t, axes=axes)


def log_sum_exp_decomposition(x: Operand, *, axes: Axes) -> Operand:
    below, top = below_largest(x, axes, True)
    return top + logarithm(below, axes)


log_sum_exp = reduction(
    "log_sum_exp",
    ("float",),
    False,
    jvp=log_sum_exp_jvp,
    decomposition=log_sum_exp_decomposition,
    sparsity=sparsity.reduced,
)
"""log Σ e^x over `axes`."""


# -- soft_max, log_soft_max ------------------------------------------------------------------------


def shares_type(x: ArrayType, *, axes: Axes, alike: bool = False) -> ArrayType:
    """That of the operand, a real floating array that has elements along `axes`."""
    if not x.dtype.is_floating:
        raise PolyadTypeError(f"takes real floating arrays, not {x}")
    if 0 in [x.shape[i] for i in axes]:
        raise PolyadValueError(f"has no value over the empty axis of {x}")
    return x


def soft_max_jvp(primals: Operands, tangents: Operands, *, axes: Axes, alike: bool) -> Dual:
    (x,), (t,) = primals, tangents
    share = soft_max(x, axes=axes, alike=alike)
    return share, share * centred(x, share, t, axes)


def soft_max_batch(operands: Operands, batched: Batched, *, axes: Axes, alike: bool) -> Operand:
    return soft_max(operands[0], axes=shift(axes), alike=alike)


def soft_max_decomposition(x: Operand, *, axes: Axes, alike: bool) -> Operand:
    exponentials = e.exp(below_largest(x, axes, alike).below)
    return exponentials / expand(sum(exponentials, axes=axes), axes, x.shape)


soft_max = op(
    "soft_max",
    shares_type,
    jvp=soft_max_jvp,
    batch=soft_max_batch,
    decomposition=soft_max_decomposition,
    sparsity=sparsity.lines,
)
"""e^x as a share of its sum over `axes`. Infinities that are the largest elements share it if they
count as `alike`, and else make NaN.
"""


def log_soft_max_jvp(primals: Operands, tangents: Operands, *, axes: Axes) -> Dual:
    (x,), (t,) = primals, tangents
    share = soft_max(x, axes=axes, alike=False)
    return log_soft_max(x, axes=axes), centred(x, share, t, axes)


def log_soft_max_batch(operands: Operands, batched: Batched, *, axes: Axes) -> Operand:
    return log_soft_max(operands[0], axes=shift(axes))


def log_soft_max_decomposition(x: Operand, *, axes: Axes) -> Operand:
    below = below_largest(x, axes, False).below
    return below - expand(logarithm(below, axes), axes, x.shape)


log_soft_max = op(
    "log_soft_max",
    shares_type,
    jvp=log_soft_max_jvp,
    batch=log_soft_max_batch,
    decomposition=log_soft_max_decomposition,
    sparsity=sparsity.lines,
)
"""The logarithm of `soft_max`."""
