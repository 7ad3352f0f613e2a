"""Roots of sums of powers without overflow: norms and standard deviations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..ops import elementwise as e
from ..ops import manipulation as m
from ..ops import reduction as r
from ..ops import roots
from ._core import dtype_of, shape_of
from .creation import ones_like


def root_of_powers(
    x: Any, axes: tuple[int, ...], order: float = 2, count: Any = None, top: Any = None
) -> Any:
    """(Σ|x|^order / count)^(1/order) over axes; `top` is `top_of` x, or of what is about as
    large.
    """
    top = top_of(x, axes, order) if top is None else top
    ones = ones_like(top)
    count = ones if count is None else e.multiply(ones, count)
    return roots.root_of_powers(x, top, count, axes=axes, order=order)


def moduli_squared(x: Any) -> Any:
    """|x|², of which the modulus would have no second derivative at 0."""
    first, *others = [e.square(part) for part in _parts(x)]
    return e.add(first, others[0]) if others else first


def _parts(x: Any) -> tuple[Any, ...]:
    return (e.real(x), e.imag(x)) if dtype_of(x).is_complex else (x,)


def top_of(x: Any, axes: tuple[int, ...], order: float = 2) -> Any:
    """The largest modulus over axes, for negative orders the least, without derivative; for squares
    the largest of the parts of complex numbers will do.
    """
    x = e.stop_gradient(x)
    parts = _parts(x) if order == 2 else (x,)
    tops = [_over(r.max if order > 0 else r.min, e.abs(part), axes) for part in parts]
    return e.maximum(*tops) if len(tops) == 2 else tops[0]


def _over(reduced: Callable[..., Any], size: Any, axes: tuple[int, ...]) -> Any:
    if 0 in shape_of(size):
        return m.sum(size, axes=axes)
    return reduced(size, axes=axes) if axes else size


def mean_below(mean: Callable[[Any], Any], x: Any, top: Any, axes: tuple[int, ...]) -> Any:
    """The mean of x, which keeps its axes, of moduli up to `top`: by way of small multiples where
    the sum could overflow.
    """
    high, down = (2.0**960, 2.0**-64) if dtype_of(top).bits == 64 else (2.0**96, 2.0**-32)
    scale = e.astype(e.where(e.greater(top, high), down, 1.0), dtype=dtype_of(top))
    shape = tuple(1 if i in axes else n for i, n in enumerate(shape_of(x)))
    scale = m.reshape(scale, shape=shape)
    return e.divide(mean(e.multiply(x, scale)), scale)
