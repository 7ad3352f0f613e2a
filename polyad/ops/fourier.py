"""Discrete Fourier transforms, scaled by 1/n in the inverse direction only.

The matrix of `fft` is symmetric, so it is its own transpose (there is no conjugation in the pairing
of cotangents with tangents). Of the spectrum of a real signal half is kept: `rfft` makes it,
`irfft` reads it. An interior bin stands for two of the whole spectrum, bin 0 and, where n is even,
the last for one; hence the weights in their transposes.
"""

from __future__ import annotations

from ..errors import PolyadTypeError, PolyadValueError, ShapeError
from ..ir import ArrayType
from ..ir.types import int64
from . import elementwise as e
from . import manipulation as m
from . import sparsity
from .creation import iota
from .definition import op
from .shapes import shift
from .types import Axes, Batched, Operand, Operands


def _check_points(x: ArrayType, axes: Axes) -> None:
    for axis in axes:
        if x.shape[axis] < 1:
            raise PolyadValueError(f"needs one point at least; axis {axis} of {x} has none")


def fft_type(x: ArrayType, *, axes: Axes, inverse: bool) -> ArrayType:
    """The complex Fourier transform along `axes`."""
    if not x.dtype.is_complex:
        raise PolyadTypeError(f"takes complex arrays, not {x}")
    _check_points(x, axes)
    return x


def fft_transpose(ct: Operand, x: Operand, *, axes: Axes, inverse: bool) -> Operand:
    return fft(ct, axes=axes, inverse=inverse)


def fft_batch(operands: Operands, batched: Batched, *, axes: Axes, inverse: bool) -> Operand:
    return fft(operands[0], axes=shift(axes), inverse=inverse)


fft = op(
    "fft",
    fft_type,
    linear=((0,),),
    transposes=(fft_transpose,),
    batch=fft_batch,
    sparsity=sparsity.lines,
)


def rfft_type(x: ArrayType, *, axis: int) -> ArrayType:
    """The bins 0 … n // 2 of the spectrum of a real signal along `axis`."""
    if not x.dtype.is_floating:
        raise PolyadTypeError(f"takes real floating arrays, not {x}")
    _check_points(x, (axis,))
    bins = x.shape[axis] // 2 + 1
    return ArrayType(e.complex_dtype(x.dtype), (*x.shape[:axis], bins, *x.shape[axis + 1 :]))


def rfft_transpose(ct: Operand, x: Operand, *, axis: int) -> Operand:
    """Re Σₖ ctₖ exp(-2πi jk/n), the inverse transform of conj(ct) with the weights taken out."""
    n = x.shape[axis]
    halved = e.conj(ct) * _weights(ct, axis, n, 0.5)
    return irfft(halved, axis=axis, n=n) * n


def rfft_batch(operands: Operands, batched: Batched, *, axis: int) -> Operand:
    return rfft(operands[0], axis=axis + 1)


rfft = op(
    "rfft",
    rfft_type,
    linear=((0,),),
    transposes=(rfft_transpose,),
    batch=rfft_batch,
    sparsity=sparsity.lines,
)


def irfft_type(x: ArrayType, *, axis: int, n: int) -> ArrayType:
    """The real signal of `n` points whose bins 0 … n // 2 are `x`."""
    if not x.dtype.is_complex:
        raise PolyadTypeError(f"takes complex arrays, not {x}")
    if n < 1 or x.shape[axis] != n // 2 + 1:
        raise ShapeError(
            f"a signal of {n} points has {n // 2 + 1} bins; axis {axis} of {x} has not"
        )
    return ArrayType(x.dtype.real, (*x.shape[:axis], n, *x.shape[axis + 1 :]))


def irfft_transpose(ct: Operand, x: Operand, *, axis: int, n: int) -> Operand:
    """Each bin enters with its weight: w/n · conj(rfft(ct))."""
    spectrum = e.conj(rfft(ct, axis=axis))
    return spectrum * _weights(spectrum, axis, n, 2.0) * (1 / n)


def irfft_batch(operands: Operands, batched: Batched, *, axis: int, n: int) -> Operand:
    return irfft(operands[0], axis=axis + 1, n=n)


irfft = op(
    "irfft",
    irfft_type,
    linear=((0,),),
    transposes=(irfft_transpose,),
    batch=irfft_batch,
    sparsity=sparsity.lines,
)


def _weights(x: Operand, axis: int, n: int, interior: float) -> Operand:
    """`interior` for the bins that stand for two of the `n` of the whole spectrum, else 1."""
    bins = x.shape[axis]
    k = iota(size=bins, dtype=int64)
    inside = e.logical_and(e.greater(k, 0), e.less(k * 2, n))
    column = m.reshape(inside, shape=(bins, *(1,) * (len(x.shape) - axis - 1)))
    return e.astype(e.where(column, interior, 1.0), dtype=x.dtype.real)
