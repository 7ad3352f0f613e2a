"""Roots of sums of powers, and the ratios of elements to them.

With y = (Σ|x|^p / n)^(1/p) and the ratio ρ = x / y, dy = Σ Re(w̄ dx) for w = sign(ρ) |ρ|^(p-1) / n,
and dρ = (dx - ρ dy) / y. No derivative has a factor that could overflow where the derivative does
not.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NamedTuple

from ..errors import PolyadTypeError
from ..ir import ArrayType, DType
from ..ir.types import int32, int64
from . import elementwise as e
from .definition import OpDefinition, op
from .manipulation import broadcast_to, expand, sum
from .shapes import shift
from .types import Axes, Batched, BatchRule, Dual, Operand, Operands, Tangent, Tangents


def root_type(
    x: ArrayType, top: ArrayType, count: ArrayType, *, axes: Axes, order: float
) -> ArrayType:
    """The real type of x, without `axes`."""
    shape = tuple(n for i, n in enumerate(x.shape) if i not in axes)
    wanted = ArrayType(x.dtype.real, shape)
    if not x.dtype.is_inexact or top != wanted or count != wanted:
        raise PolyadTypeError(
            f"takes floating arrays, and two of {wanted}, not {x}, {top}, {count}"
        )
    return wanted


def ratio_type(
    x: ArrayType, top: ArrayType, count: ArrayType, *, axes: Axes, order: float
) -> ArrayType:
    """That of x."""
    root_type(x, top, count, axes=axes, order=order)
    return x


def parts_of(x: Operand) -> tuple[Operand, ...]:
    return (e.real(x), e.imag(x)) if x.dtype.is_complex else (x,)


def joined(parts: list[Operand]) -> Operand:
    return e.complex(*parts) if len(parts) == 2 else parts[0]


def squares(x: Operand) -> Operand:
    """|x|², of which the modulus would have no second derivative at 0."""
    first, *others = [e.square(part) for part in parts_of(x)]
    return first + others[0] if others else first


def along(w: Operand, t: Operand, axes: Axes) -> Operand:
    """Σ Re(w̄ t)."""
    first, *others = [a * b for a, b in zip(parts_of(w), parts_of(t), strict=True)]
    return sum(first + others[0] if others else first, axes=axes)


# -- Powers of two ---------------------------------------------------------------------------------


class Bits(NamedTuple):
    """Of a real floating dtype: the integer of as many bits, the bits of the exponent there, and
    the largest power of two that elements are multiplied or divided by.
    """

    integer: DType
    exponent: int
    bound: float


WIDE = Bits(int64, 0x7FF << 52, 2.0**1022)
NARROW = Bits(int32, 0xFF << 23, 2.0**126)


def scale_for(top: Operand) -> Operand:
    """The power of two that brings `top` between 1 and 2, or as near as its bounds allow; 1 for
    0.
    """
    bits = WIDE if top.dtype.bits == 64 else NARROW
    number = e.bitwise_and(e.bitcast(top, dtype=bits.integer), bits.exponent)
    power = e.bitcast(number, dtype=top.dtype)
    power = e.minimum(e.maximum(power, 1 / bits.bound), bits.bound)
    return e.where(e.equal(top, 0), 1, e.reciprocal(power))


def scaled(
    x: Operand, top: Operand, count: Operand, axes: Axes, order: float
) -> tuple[list[Operand], Operand, Operand]:
    """The parts of c·x, and c·y, of which powers stay in range, and y: c is a power of two for
    squares, else the reciprocal of `top`, by way of one.
    """
    factor = scale_for(top)
    wide = expand(factor, axes, x.shape)
    parts = [part * wide for part in parts_of(x)]
    if order == 2:
        root = e.sqrt(sum(squares(joined(parts)), axes=axes) / count)
        return parts, root, root / factor
    plain = e.logical_or(e.equal(top, 0), e.isinf(top))
    near = e.where(plain, 1, top * factor)
    inverse = expand(1 / near, axes, x.shape)
    parts = [part * inverse for part in parts]
    total = sum(powers(joined(parts), order), axes=axes) / count
    flat = e.logical_or(e.equal(total, 0), e.isinf(total))
    ends = total if order > 0 else 1 / total
    root = e.where(flat, ends, e.pow(e.where(flat, 1, total), 1.0 / order))
    return parts, root, root * near / factor


def powers(x: Operand, order: float) -> Operand:
    """|x|^order."""
    if order in (4, 6, 8):
        return e.integer_pow(squares(x), exponent=int(order) // 2)
    return e.pow(e.abs(x), order)


# -- The root --------------------------------------------------------------------------------------


def root_jvp(primals: Operands, tangents: Tangents, *, axes: Axes, order: float) -> Dual:
    (x, top, count), (dx, _, dn) = primals, tangents
    y = root_of_powers(x, top, count, axes=axes, order=order)
    terms = []
    if dx is not None:
        ratio = ratio_to_root(x, top, count, axes=axes, order=order)
        terms.append(along(weight(ratio, count, axes, order), dx, axes))
    if dn is not None:
        terms.append(y / count * dn * (-1.0 / order))
    return y, added(terms)


def added(terms: list[Operand]) -> Tangent:
    """Their sum; of none a symbolic zero."""
    return functools.reduce(e.add, terms) if terms else None


def weight(ratio: Operand, count: Operand, axes: Axes, order: float) -> Operand:
    """sign(ρ) |ρ|^(p-1) / n, 0 where ρ is."""
    if order in (4, 6, 8):
        ratio = ratio * e.integer_pow(squares(ratio), exponent=int(order) // 2 - 1)
    elif order != 2:
        none = e.equal(ratio, 0)
        size = e.pow(e.abs(e.where(none, 1, ratio)), order - 1)
        ratio = e.where(none, 0, e.sign(ratio) * size)
    return ratio / expand(count, axes, ratio.shape)


def root_decomposition(
    x: Operand, top: Operand, count: Operand, *, axes: Axes, order: float
) -> Operand:
    return scaled(x, top, count, axes, order)[2]


def with_batch(operands: Operands, batched: Batched) -> list[Operand]:
    size = next(x.shape[0] for x, is_batched in zip(operands, batched, strict=True) if is_batched)
    return [
        x if is_batched else broadcast_to(x, shape=(size, *x.shape))
        for x, is_batched in zip(operands, batched, strict=True)
    ]


def batch_of(made: Callable[[], OpDefinition]) -> BatchRule:
    """The batch rule of an op below: all operands get the batch axis, in front."""

    def batch(operands: Operands, batched: Batched, *, axes: Axes, order: float) -> Operand:
        return made()(*with_batch(operands, batched), axes=shift(axes), order=order)

    return batch


root_of_powers = op(
    "root_of_powers",
    root_type,
    jvp=root_jvp,
    singular=True,
    batch=batch_of(lambda: root_of_powers),
    decomposition=root_decomposition,
)
"""(Σ|x|^order / count)^(1/order) over `axes`. `top` is about the largest modulus, for negative
orders the least; the value does not depend on it.
"""


# -- The ratio -------------------------------------------------------------------------------------


def ratio_jvp(primals: Operands, tangents: Tangents, *, axes: Axes, order: float) -> Dual:
    (x, top, count), (dx, _, dn) = primals, tangents
    ratio = ratio_to_root(x, top, count, axes=axes, order=order)
    terms = []
    if dx is not None:
        y = root_of_powers(x, top, count, axes=axes, order=order)
        flat = e.equal(y, 0)
        size = expand(e.where(flat, 1, y), axes, x.shape)
        moved = along(weight(ratio, count, axes, order), dx, axes)
        apart = (dx - ratio * expand(moved, axes, x.shape)) / size
        terms.append(e.where(expand(flat, axes, x.shape), 0, apart))
    if dn is not None:
        terms.append(ratio * expand(dn / count * (1.0 / order), axes, x.shape))
    return ratio, added(terms)


def ratio_decomposition(
    x: Operand, top: Operand, count: Operand, *, axes: Axes, order: float
) -> Operand:
    parts, root, _ = scaled(x, top, count, axes, order)
    flat = e.equal(root, 0)
    size = expand(e.where(flat, 1, root), axes, x.shape)
    flat = expand(flat, axes, x.shape)
    return joined([e.where(flat, 0, part / size) for part in parts])


ratio_to_root = op(
    "ratio_to_root",
    ratio_type,
    jvp=ratio_jvp,
    singular=True,
    batch=batch_of(lambda: ratio_to_root),
    decomposition=ratio_decomposition,
)
"""x over its `root_of_powers`, 0 where that is."""
