"""torch.fft on traced arrays: polyad.numpy.fft, with torch's parameters and default dtypes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ... import numpy as pnp
from ...numpy._core import axis_of, dtype_of, shape_of
from ...texts import shown
from .elementwise import mul
from .nn_core import refused, register
from .promotion import floating
from .table import as_written

fft = pnp.fft
_TURNED = {"backward": "forward", "forward": "backward", "ortho": "ortho"}
_LAST_TWO = (-2, -1)
Sizes = Sequence[int] | None


def _one(name: str, function: Any) -> Any:
    """An adapter of a transform along one dimension, from that along several."""

    def transform(input: Any, n: int | None = None, dim: int = -1, norm: str | None = None) -> Any:
        return function(name, input, None if n is None else (n,), (dim,), norm)

    transform.__doc__ = f"torch.fft.{name}, along one dimension."
    return transform


def _two(name: str, function: Any) -> Any:
    def transform(
        input: Any, s: Sizes = None, dim: Sequence[int] = _LAST_TWO, norm: str | None = None
    ) -> Any:
        return function(name, input, s, dim, norm)

    transform.__doc__ = f"torch.fft.{name}, along two dimensions."
    return transform


def _many(name: str, function: Any) -> Any:
    def transform(
        input: Any, s: Sizes = None, dim: Sequence[int] | None = None, norm: str | None = None
    ) -> Any:
        return function(name, input, s, dim, norm)

    transform.__doc__ = f"torch.fft.{name}, along several dimensions."
    return transform


def _arguments(name: str, x: Any, s: Any, dim: Any, norm: str | None) -> tuple[Any, Any, Any, str]:
    """The array in a floating dtype, sizes (-1 is that of the array), dimensions, and the norm."""
    chosen = "backward" if norm is None else norm
    if chosen not in _TURNED:
        raise refused(f"torch.fft.{name}: norm is one of {', '.join(_TURNED)}, not {shown(norm)}")
    ndim = len(shape_of(x))
    sizes = None if s is None else _listed(s)
    axes = None if dim is None else _listed(dim)
    if sizes is not None:
        if axes is None:
            axes = tuple(range(ndim - len(sizes), ndim))
        if len(axes) == len(sizes):
            sizes = tuple(
                shape_of(x)[axis_of(axis, ndim)] if n == -1 else n
                for axis, n in zip(axes, sizes, strict=True)
            )
    return floating(x), sizes, axes, chosen


def _listed(given: Any) -> tuple[int, ...]:
    return tuple(given) if isinstance(given, Sequence) else (int(given),)


def _direct(transform: Any) -> Any:
    def function(name: str, x: Any, s: Any, dim: Any, norm: Any) -> Any:
        return transform(*_arguments(name, x, s, dim, norm))

    return function


def _to_real(name: str, x: Any, s: Any, dim: Any, norm: Any) -> Any:
    """The inverse of the half spectrum: a last size of -1 is the even number that fits."""
    half = s is not None and _listed(s)[-1] == -1
    x, sizes, axes, norm = _arguments(name, x, s, dim, norm)
    if half and sizes is not None:
        sizes = (*sizes[:-1], 2 * (sizes[-1] - 1))
    if name.startswith("h"):
        return fft.irfftn(pnp.conj(x), sizes, axes, _TURNED[norm])
    return fft.irfftn(x, sizes, axes, norm)


def _hermitian_inverse(name: str, x: Any, s: Any, dim: Any, norm: Any) -> Any:
    x, sizes, axes, norm = _arguments(name, x, s, dim, norm)
    return pnp.conj(fft.rfftn(x, sizes, axes, _TURNED[norm]))


_FAMILIES = {
    "fft": _direct(fft.fftn),
    "ifft": _direct(fft.ifftn),
    "rfft": _direct(fft.rfftn),
    "irfft": _to_real,
    "hfft": _to_real,
    "ihfft": _hermitian_inverse,
}


def fftshift(input: Any, dim: Any = None) -> Any:
    """The bin of frequency 0 in the middle of `dim`."""
    return fft.fftshift(input, axes=None if dim is None else _listed(dim))


def ifftshift(input: Any, dim: Any = None) -> Any:
    """Undoes `fftshift`."""
    return fft.ifftshift(input, axes=None if dim is None else _listed(dim))


def short_time(
    input: Any,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Any = None,
    normalized: bool = False,
    onesided: bool | None = None,
    return_complex: bool | None = None,
    align_to_window: bool | None = None,
) -> Any:
    """The spectra of frames of a signal, or of a batch of signals, along the last dimension but
    one: what `torch.stft` calls, once the signal is padded.
    """
    x = input if len(shape_of(input)) == 2 else pnp.reshape(input, (1, -1))
    hop, width = hop_length or n_fft // 4, win_length or n_fft
    spare = (n_fft - width) // 2
    count = 1 + (shape_of(x)[-1] - n_fft) // hop
    complexes = dtype_of(x).is_complex or (window is not None and dtype_of(window).is_complex)
    if align_to_window or (return_complex is None and not complexes):
        raise refused("stft: return_complex is given, and align_to_window is not followed")
    if count < 1 or (window is not None and shape_of(window) != (width,)):
        raise refused("stft: the signal is shorter than a frame, or the window no win_length long")
    weights = pnp.ones((width,), dtype=dtype_of(x).real) if window is None else window
    weights = pnp.pad(weights, (spare, n_fft - width - spare))
    places = hop * np.arange(count)[:, None] + np.arange(n_fft)
    frames = mul(pnp.take(x, pnp.asarray(places), axis=-1), weights)
    one = not complexes if onesided is None else onesided
    found = (fft.rfft if one else fft.fft)(frames, norm="ortho" if normalized else "backward")
    found = pnp.reshape(pnp.matrix_transpose(found), (*shape_of(input)[:-1], -1, count))
    return pnp.stack([pnp.real(found), pnp.imag(found)], -1) if return_complex is False else found


as_written("functional.stft", "Tensor.stft")
register(
    {
        "_VF.stft": short_time,
        **{f"fft.{name}": _one(name, f) for name, f in _FAMILIES.items()},
        **{f"fft.{name}2": _two(f"{name}2", f) for name, f in _FAMILIES.items()},
        **{f"fft.{name}n": _many(f"{name}n", f) for name, f in _FAMILIES.items()},
        "fft.fftshift": fftshift,
        "fft.ifftshift": ifftshift,
    }
)
