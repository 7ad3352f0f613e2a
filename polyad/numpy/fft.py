"""Discrete Fourier transforms (the array-API standard's extension `fft`).

`norm` says which direction is scaled by 1/n: the inverse ("backward"), the forward one ("forward"),
or both by 1/√n ("ortho"). Integers become the default floating dtype; float32 and complex64 stay in
single precision.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..errors import PolyadTypeError, PolyadValueError
from ..ir import as_dtype, user_location, where
from ..ir.types import int64
from ..ops import creation, promotion
from ..ops import elementwise as e
from ..ops import fourier as f
from ..ops import manipulation as m
from ..texts import shown
from ._arguments import integers
from ._core import array_of, axes_of, axis_of, dtype_of, placed, shape_of
from ._out import gives_out
from .repetition import roll

Sizes = Sequence[int] | None
Axes = int | Sequence[int] | None

NORMS = ("backward", "ortho", "forward")


# -- Complex signals -------------------------------------------------------------------------------


@gives_out
def fft(
    a: Any, n: int | None = None, axis: int = -1, norm: str | None = None, out: Any = None
) -> Any:
    """The Fourier transform along `axis`: X[k] = Σⱼ x[j] exp(-2πi jk/n).

    `x` is cut or padded with zeros to `n` points. The result is complex. Raises
    `PolyadValueError` for an axis that is not there or has no points.

    >>> fft([1.0, 0.0, 0.0, 0.0])
    array([1.+0.j, 1.+0.j, 1.+0.j, 1.+0.j])
    """
    return fftn(a, None if n is None else (n,), (axis,), norm)


@gives_out
def ifft(
    a: Any, n: int | None = None, axis: int = -1, norm: str | None = None, out: Any = None
) -> Any:
    """The inverse Fourier transform along `axis`: x[j] = 1/n Σₖ X[k] exp(2πi jk/n).

    >>> ifft([4.0, 0.0, 0.0, 0.0])
    array([1.+0.j, 1.+0.j, 1.+0.j, 1.+0.j])
    """
    return ifftn(a, None if n is None else (n,), (axis,), norm)


@gives_out
def fftn(
    a: Any,
    s: Sizes = None,
    axes: Sequence[int] | None = None,
    norm: str | None = None,
    out: Any = None,
) -> Any:
    """`fft` along each of `axes` (None: all, or the last len(s)), with `s` points each.

    >>> fftn([[1.0, 0.0], [0.0, 0.0]])
    array([[1.+0.j, 1.+0.j],
           [1.+0.j, 1.+0.j]])
    """
    return _complex("fftn", a, s, axes, norm, False)


@gives_out
def ifftn(
    a: Any,
    s: Sizes = None,
    axes: Sequence[int] | None = None,
    norm: str | None = None,
    out: Any = None,
) -> Any:
    """`ifft` along each of `axes` (None: all, or the last len(s)), with `s` points each."""
    return _complex("ifftn", a, s, axes, norm, True)


def _complex(name: str, x: Any, s: Sizes, axes: Any, norm: str | None, inverse: bool) -> Any:
    x = _to_complex(array_of(x))
    chosen, sizes = _axes_and_sizes(name, x, s, axes)
    x = _fitted(x, chosen, sizes)
    return _scaled(name, f.fft(x, axes=chosen, inverse=inverse), math.prod(sizes), norm, inverse)


@gives_out
def fft2(
    a: Any,
    s: Sizes = None,
    axes: Sequence[int] = (-2, -1),
    norm: str | None = None,
    out: Any = None,
) -> Any:
    """`fftn` along two axes."""
    return fftn(a, s, axes, norm)


@gives_out
def ifft2(
    a: Any,
    s: Sizes = None,
    axes: Sequence[int] = (-2, -1),
    norm: str | None = None,
    out: Any = None,
) -> Any:
    """`ifftn` along two axes."""
    return ifftn(a, s, axes, norm)


# -- Real signals, half of the spectrum ------------------------------------------------------------


@gives_out
def rfft(
    a: Any, n: int | None = None, axis: int = -1, norm: str | None = None, out: Any = None
) -> Any:
    """The bins 0 … n // 2 of `fft` of a real `x`; the others are their conjugates.

    Raises `PolyadTypeError` for complex arrays.

    >>> rfft([1.0, 0.0, 0.0])
    array([1.+0.j, 1.+0.j])
    """
    return rfftn(a, None if n is None else (n,), (axis,), norm)


@gives_out
def irfft(
    a: Any, n: int | None = None, axis: int = -1, norm: str | None = None, out: Any = None
) -> Any:
    """The real signal of `n` points (None: the even number that fits) whose `rfft` is `x`.

    The imaginary parts of bin 0 and, for even `n`, of the last one have no effect.

    >>> irfft([1.0, 1.0, 1.0])
    array([1., 0., 0., 0.])
    """
    return irfftn(a, None if n is None else (n,), (axis,), norm)


@gives_out
def rfftn(
    a: Any,
    s: Sizes = None,
    axes: Sequence[int] | None = None,
    norm: str | None = None,
    out: Any = None,
) -> Any:
    """`rfft` along the last of `axes`, `fft` along the others."""
    x = _to_real("rfftn", array_of(a))
    chosen, sizes = _axes_and_sizes("rfftn", x, s, axes)
    half = f.rfft(_fitted(x, chosen, sizes), axis=chosen[-1])
    whole = f.fft(half, axes=chosen[:-1], inverse=False) if chosen[:-1] else half
    return _scaled("rfftn", whole, math.prod(sizes), norm, False)


@gives_out
def irfftn(
    a: Any,
    s: Sizes = None,
    axes: Sequence[int] | None = None,
    norm: str | None = None,
    out: Any = None,
) -> Any:
    """`ifft` along all of `axes` but the last, then `irfft` along that."""
    x = _to_complex(array_of(a))
    chosen, sizes = _axes_and_sizes("irfftn", x, s, axes, half=True)
    x = _fitted(x, chosen, (*sizes[:-1], sizes[-1] // 2 + 1))
    rows = f.fft(x, axes=chosen[:-1], inverse=True) if chosen[:-1] else x
    signal = f.irfft(rows, axis=chosen[-1], n=sizes[-1])
    signal = _scaled("irfftn", signal, math.prod(sizes), norm, True)
    return signal if chosen[:-1] else _stored(signal, a)


@gives_out
def rfft2(
    a: Any,
    s: Sizes = None,
    axes: Sequence[int] = (-2, -1),
    norm: str | None = None,
    out: Any = None,
) -> Any:
    """`rfftn` along two axes."""
    return rfftn(a, s, axes, norm)


@gives_out
def irfft2(
    a: Any,
    s: Sizes = None,
    axes: Sequence[int] = (-2, -1),
    norm: str | None = None,
    out: Any = None,
) -> Any:
    """`irfftn` along two axes."""
    return irfftn(a, s, axes, norm)


@gives_out
def hfft(
    a: Any, n: int | None = None, axis: int = -1, norm: str | None = None, out: Any = None
) -> Any:
    """The real spectrum, of `n` bins, of a signal with Hermitian symmetry, of which `x` is a half.

    >>> hfft([1.0, 1.0, 1.0])
    array([4., 0., 0., 0.])
    """
    x = _to_complex(array_of(a))
    chosen, sizes = _axes_and_sizes("hfft", x, None if n is None else (n,), (axis,), half=True)
    x = _fitted(x, chosen, (sizes[0] // 2 + 1,))
    signal = f.irfft(e.conj(x), axis=chosen[0], n=sizes[0])
    return _stored(_scaled("hfft", e.multiply(signal, sizes[0]), sizes[0], norm, False), a)


@gives_out
def ihfft(
    a: Any, n: int | None = None, axis: int = -1, norm: str | None = None, out: Any = None
) -> Any:
    """The half of the Hermitian signal whose `hfft` is the real `x`.

    >>> ihfft([4.0, 0.0, 0.0, 0.0])
    array([1.+0.j, 1.+0.j, 1.+0.j])
    """
    x = _to_real("ihfft", array_of(a))
    chosen, sizes = _axes_and_sizes("ihfft", x, None if n is None else (n,), (axis,))
    half = e.conj(f.rfft(_fitted(x, chosen, sizes), axis=chosen[0]))
    return _scaled("ihfft", e.multiply(half, 1 / sizes[0]), sizes[0], norm, True)


# -- Frequencies -----------------------------------------------------------------------------------


def fftfreq(n: int, d: float = 1.0, device: Any = None, *, dtype: Any = None) -> Any:
    """The frequencies of the bins of `fft` of `n` points, `d` apart: 0, 1, …, -2, -1 over n·d.

    >>> fftfreq(4)
    array([ 0.  ,  0.25, -0.5 , -0.25])
    """
    k = creation.iota(size=n, dtype=int64)
    signed = e.where(e.less(k, (n + 1) // 2), k, e.subtract(k, n))
    return placed(_frequencies("fftfreq", signed, n, d, dtype), device)


def rfftfreq(n: int, d: float = 1.0, device: Any = None, *, dtype: Any = None) -> Any:
    """The frequencies of the bins of `rfft` of `n` points, `d` apart: 0, 1, …, n // 2 over n·d.

    >>> rfftfreq(4)
    array([0.  , 0.25, 0.5 ])
    """
    k = creation.iota(size=n // 2 + 1, dtype=int64)
    return placed(_frequencies("rfftfreq", k, n, d, dtype), device)


def _frequencies(name: str, k: Any, n: int, d: float, dtype: Any) -> Any:
    wanted = promotion.default_float() if dtype is None else as_dtype(dtype)
    if n < 1 or not wanted.is_floating:
        raise PolyadValueError(
            f"{name} takes a positive number of points and a real floating dtype, not {n} and "
            f"{wanted}{where(user_location())}"
        )
    return e.divide(e.astype(k, dtype=wanted), n * d)


def fftshift(x: Any, axes: Axes = None) -> Any:
    """`x` with the bin of frequency 0 moved to the middle of `axes` (None: all).

    >>> fftshift([0, 1, -2, -1])
    array([-2, -1,  0,  1])
    """
    x = array_of(x)
    chosen = axes_of(axes, x)
    return roll(x, [shape_of(x)[axis] // 2 for axis in chosen], axis=chosen)


def ifftshift(x: Any, axes: Axes = None) -> Any:
    """Undoes `fftshift`.

    >>> ifftshift([-2, -1, 0, 1])
    array([ 0,  1, -2, -1])
    """
    x = array_of(x)
    chosen = axes_of(axes, x)
    return roll(x, [-(shape_of(x)[axis] // 2) for axis in chosen], axis=chosen)


# -- Arguments -------------------------------------------------------------------------------------


def _to_complex(x: Any) -> Any:
    dtype = dtype_of(x)
    if dtype.is_complex:
        return x
    real = dtype if dtype.is_floating else promotion.default_float()
    return e.astype(x, dtype=e.complex_dtype(real))


def _stored(signal: Any, a: Any) -> Any:
    """A real signal made along one axis of `a`: of its dtype, if that is one of 16 bits."""
    dtype = dtype_of(array_of(a))
    return e.astype(signal, dtype=dtype) if dtype.is_stored else signal


def _to_real(name: str, x: Any) -> Any:
    dtype = dtype_of(x)
    if dtype.is_complex:
        raise PolyadTypeError(
            f"{name} takes real arrays, not {dtype}{where(user_location())}\n"
            f"  Use {'ifft' if name == 'ihfft' else 'fftn'}, or the real part of the array."
        )
    return x if dtype.is_floating else e.astype(x, dtype=promotion.default_float())


def _axes_and_sizes(
    name: str, x: Any, s: Sizes, axes: Sequence[int] | None, half: bool = False
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The axes counted from the front, and how many points each has; `half` of the last is kept."""
    ndim = len(shape_of(x))
    s = None if s is None else integers(s, f"{name}: s")
    if axes is None:
        axes = range(ndim) if s is None else range(-len(s), 0)
    axes = integers(axes, f"{name}: axes")
    chosen = tuple(axis_of(axis, ndim) for axis in axes)
    if not chosen or len(set(chosen)) < len(chosen) or (s is not None and len(s) != len(chosen)):
        raise PolyadValueError(
            f"{name} takes one axis or more, each once, and as many sizes; not axes "
            f"{tuple(axes)} and sizes {s}{where(user_location())}"
        )
    found = [shape_of(x)[axis] for axis in chosen]
    if half:
        found[-1] = 2 * (found[-1] - 1)
    sizes = tuple(found) if s is None else s
    if min(sizes) < 1:
        raise PolyadValueError(
            f"{name} needs one point at least along each axis, not {sizes} along axes {chosen} of "
            f"an array of shape {shape_of(x)}{where(user_location())}"
        )
    return chosen, sizes


def _fitted(x: Any, axes: Sequence[int], sizes: Sequence[int]) -> Any:
    """`x` cut or padded with zeros to `sizes` along `axes`."""
    for axis, size in zip(axes, sizes, strict=True):
        n = shape_of(x)[axis]
        if size < n:
            x = m.slice_axis(x, axis, 0, size)
        elif size > n:
            x = m.pad_axis(x, axis, 0, size - n)
    return x


def _scaled(name: str, x: Any, n: int, norm: str | None, inverse: bool) -> Any:
    """`x`, scaled as for "backward", scaled as for `norm`."""
    norm = norm or "backward"
    if norm not in NORMS:
        raise PolyadValueError(
            f"{name}: norm is one of {', '.join(NORMS)}, not {shown(norm)}{where(user_location())}"
        )
    if norm == "backward":
        return x
    factor = 1 / n if norm == "forward" else 1 / math.sqrt(n)
    return e.multiply(x, 1 / factor if inverse else factor)
