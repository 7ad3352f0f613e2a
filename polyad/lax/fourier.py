"""The Fourier transform in one function, as XLA has it."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Any

from .. import numpy as pnp
from ..numpy._core import array_of, convert, dtype_of
from ..texts import shown
from ._arguments import refuse


class FftType(enum.IntEnum):
    """Which transform `fft` is."""

    FFT = 0
    IFFT = 1
    RFFT = 2
    IRFFT = 3


def fft(x: Any, fft_type: FftType | str, fft_lengths: Sequence[int]) -> Any:
    """The transform named by `fft_type` over the last axes of `x`, as many as `fft_lengths` has.

    The lengths are those of the real or complex signal; of none, a complex `x` as it is.
    `polyad.numpy.fft` has each by name. Raises `PolyadValueError` for an unknown type.

    >>> import numpy as np
    >>> fft(np.array([1.0, 1.0]), "RFFT", (2,))
    array([2.+0.j, 0.+0.j])
    """
    try:
        kind = FftType[fft_type.upper()] if isinstance(fft_type, str) else FftType(fft_type)
    except (KeyError, ValueError):
        refuse(f"fft: the type is one of {', '.join(FftType.__members__)}, not {shown(fft_type)}")
    transform = {
        FftType.FFT: pnp.fft.fftn,
        FftType.IFFT: pnp.fft.ifftn,
        FftType.RFFT: pnp.fft.rfftn,
        FftType.IRFFT: pnp.fft.irfftn,
    }[kind]
    lengths = tuple(fft_lengths)
    if not lengths and kind in (FftType.FFT, FftType.IFFT):
        found = array_of(x)
        return found if dtype_of(found).is_complex else convert(found, dtype_of(found).complex)
    return transform(x, s=lengths, axes=tuple(range(-len(lengths), 0)))
