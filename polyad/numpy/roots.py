"""Roots of sums of squares without overflow, of which norms and standard deviations are made."""

from __future__ import annotations

from typing import Any

from ..ops import elementwise as e
from ..ops import manipulation as m
from ..ops import reduction as r
from ..ops.roots import scaled_sqrt
from ._core import dtype_of, shape_of


def root_of_squares(x: Any, axes: tuple[int, ...], count: Any = None) -> Any:
    """√(Σ|x|² / count) over axes, of x that are multiplied by a power of two so that no square
    overflows or vanishes.
    """
    scale = scale_of(e.abs(x), axes)
    total = m.sum(squares(x, scale, axes), axes=axes)
    return scaled_sqrt(total if count is None else e.divide(total, count), scale)


def squares(x: Any, scale: Any, axes: tuple[int, ...]) -> Any:
    """|x·scale|²."""
    parts = (e.real(x), e.imag(x)) if dtype_of(x).is_complex else (x,)
    scaled = [e.multiply(part, along(scale, part, axes)) for part in parts]
    both = [e.square(part) for part in scaled]
    return e.add(*both) if len(both) == 2 else both[0]


def moduli_squared(x: Any) -> Any:
    """|x|², of which the modulus would have no second derivative at 0."""
    if dtype_of(x).is_complex:
        return e.add(e.square(e.real(x)), e.square(e.imag(x)))
    return e.square(x)


def scale_of(size: Any, axes: tuple[int, ...]) -> Any:
    """A power of two for moduli over axes: 1 where their largest is neither huge nor tiny. Its
    square, by which squares are divided again, is a number too, if a subnormal one.
    """
    size = e.stop_gradient(size)
    if 0 in shape_of(size):
        return e.add(m.sum(size, axes=axes), 1)
    top = r.max(size, axes=axes) if axes else size
    wide = dtype_of(top).bits == 64
    high, down, up = (2.0**n for n in ((480, -511, 488) if wide else (56, -70, 60)))
    large = e.where(e.greater(top, high), down, 1.0)
    return e.astype(e.where(e.less(top, 1.0 / high), up, large), dtype=dtype_of(top))


def unit_scale_of(size: Any, axes: tuple[int, ...]) -> Any:
    """The reciprocal of the largest modulus, for powers beyond 2; 1 where that is of ordinary size,
    0 or infinite.
    """
    size = e.stop_gradient(size)
    if 0 in shape_of(size):
        return scale_of(size, axes)
    top = r.max(size, axes=axes) if axes else size
    wide = dtype_of(top).bits == 64
    high, least = 2.0 ** (64 if wide else 8), 2.0 ** (-1022 if wide else -126)
    usual = e.logical_and(e.greater_equal(top, 1 / high), e.less_equal(top, high))
    plain = e.logical_or(usual, e.logical_or(e.equal(top, 0), e.isinf(top)))
    return e.divide(1, e.where(plain, 1, e.maximum(top, least)))


def along(scale: Any, x: Any, axes: tuple[int, ...]) -> Any:
    """`scale`, with the axes that it was reduced over."""
    shape = tuple(1 if i in axes else n for i, n in enumerate(shape_of(x)))
    return m.reshape(scale, shape=shape)
