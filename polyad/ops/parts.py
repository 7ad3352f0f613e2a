"""Ops whose result is a part of their operand, or the whole of it in another order: what they say
of memory.

Each has a `Way`. Its `put` is the operand with a new value of the part; its `place` leads from a
position in the part to the one it is read from.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ..ir import ArrayType, Shape
from ..ir.types import bool_
from . import elementwise as e
from . import manipulation as m
from .indexing import scatter, take
from .literals import literal
from .types import Axes, Operand

Index = tuple[int, ...]


class Way(NamedTuple):
    """`put(whole, part, *rest, **attributes)` is the new operand, of which `whole()` is the old
    value; `place(position, operand_type, **attributes)` the position in the operand. A part that
    is `overlapping` has several elements in one place of the operand.
    """

    put: Callable[..., Operand]
    place: Callable[..., Index] | None
    overlapping: bool = False
    """Whether several elements of the part may be one of the operand."""


Whole = Callable[[], Operand]

# -- reshape, permute_dims, flip, broadcast_to -----------------------------------------------------


def put_reshaped(whole: Whole, part: Operand, x: ArrayType, *, shape: Shape) -> Operand:
    return m.reshape(part, shape=x.shape)


def reshape_index(position: Index, x: ArrayType, *, shape: Shape) -> Index:
    flat = 0
    for i, n in zip(position, shape, strict=True):
        flat = flat * n + i
    found: list[int] = []
    for n in reversed(x.shape):
        flat, i = divmod(flat, n)
        found.append(i)
    return tuple(found[::-1])


def put_permuted(whole: Whole, part: Operand, x: ArrayType, *, axes: Axes) -> Operand:
    return m.permute_dims(part, axes=m.inverse_permutation(axes))


def permute_index(position: Index, x: ArrayType, *, axes: Axes) -> Index:
    return tuple(position[i] for i in m.inverse_permutation(axes))


def put_flipped(whole: Whole, part: Operand, x: ArrayType, *, axes: Axes) -> Operand:
    return m.flip(part, axes=axes)


def flip_index(position: Index, x: ArrayType, *, axes: Axes) -> Index:
    pairs = enumerate(zip(position, x.shape, strict=True))
    return tuple(n - 1 - i if k in axes else i for k, (i, n) in pairs)


def put_broadcast(whole: Whole, part: Operand, x: ArrayType, *, shape: Shape) -> Operand:
    return m.reshape(part, shape=x.shape)  # of as many elements, or nothing is put


def broadcast_index(position: Index, x: ArrayType, *, shape: Shape) -> Index:
    kept = position[len(shape) - x.ndim :]
    return tuple(0 if n == 1 else i for i, n in zip(kept, x.shape, strict=True))


# -- slice -----------------------------------------------------------------------------------------


def put_slice(
    whole: Whole, part: Operand, x: ArrayType, *, start: Shape, stop: Shape, step: Shape
) -> Operand:
    """The part padded to the shape of the whole, and a mask of its place."""
    if part.type.shape == x.shape:
        return part
    high = tuple(
        n - a - ((k - 1) * s + 1 if k else 0)
        for n, a, s, k in zip(x.shape, start, step, part.type.shape, strict=True)
    )
    border = {"low": tuple(start), "high": high, "interior": tuple(s - 1 for s in step)}
    before = whole()
    ones = m.broadcast_to(literal(before.builder, True, bool_), shape=part.type.shape)
    return e.where(m.pad(ones, **border), m.pad(part, **border), before)


def slice_index(position: Index, x: ArrayType, *, start: Shape, stop: Shape, step: Shape) -> Index:
    return tuple(a + i * s for a, i, s in zip(start, position, step, strict=True))


# -- take: a diagonal, a window --------------------------------------------------------------------


def put_taken(whole: Whole, part: Operand, x: ArrayType, indices: Operand, *, axis: int) -> Operand:
    return scatter(whole(), indices, part, axis=axis, mode="set")


# -- real, imag, conj ------------------------------------------------------------------------------


def put_real(whole: Whole, part: Operand, x: ArrayType) -> Operand:
    return e.complex(part, e.imag(whole())) if x.dtype.is_complex else part


def put_imaginary(whole: Whole, part: Operand, x: ArrayType) -> Operand:
    return e.complex(e.real(whole()), part)


def put_conjugate(whole: Whole, part: Operand, x: ArrayType) -> Operand:
    return e.conj(part)


def same_index(position: Index, x: ArrayType) -> Index:
    return position


WAYS: dict[Any, Way] = {
    m.reshape: Way(put_reshaped, reshape_index),
    m.permute_dims: Way(put_permuted, permute_index),
    m.flip: Way(put_flipped, flip_index),
    m.broadcast_to: Way(put_broadcast, broadcast_index, overlapping=True),
    m.slice: Way(put_slice, slice_index),
    take: Way(put_taken, None),
    e.real: Way(put_real, same_index),
    e.imag: Way(put_imaginary, same_index),
    e.conj: Way(put_conjugate, same_index),
}
"""The ways of ops that give parts."""
