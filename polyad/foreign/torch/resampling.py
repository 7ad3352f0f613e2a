"""torch.nn.functional.interpolate: the sum of a few elements along each axis, by fixed weights.

The places and weights are computed as PyTorch computes them (aten/src/ATen/native/UpSample.h), in
the precision in which it does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ... import numpy as pnp
from ...errors import ShapeError
from ...numpy._core import dtype_of, shape_of
from .nn_core import refused, register

Taps = tuple[Any, Any]
"""The places in the input, result by tap, and their weights; no weights for a single tap of 1."""
A = -0.75
"""Keys' parameter of cubic convolution, as PyTorch and OpenCV choose it."""


def _upsample(space: int, taps: Callable[..., Taps], name: str) -> Any:
    """An adapter of one of the `upsample` functions that have align_corners."""

    def upsample(
        input: Any,
        output_size: Any,
        align_corners: bool,
        scale_factors: Any = None,
        *scales: Any,
    ) -> Any:
        return _resampled(
            input, space, taps, name, output_size, scale_factors, scales, align_corners
        )

    upsample.__doc__ = f"The input's last {space} axes, brought to `output_size` points each."
    return upsample


def _nearest(space: int, offset: float, name: str) -> Any:
    def upsample(input: Any, output_size: Any, scale_factors: Any = None, *scales: Any) -> Any:
        taps = _exact_taps if offset else _nearest_taps
        return _resampled(input, space, taps, name, output_size, scale_factors, scales, False)

    upsample.__doc__ = f"The nearest elements along the last {space} axes."
    return upsample


def _resampled(
    x: Any,
    space: int,
    taps: Callable[..., Taps],
    name: str,
    output_size: Any,
    factors: Any,
    scales: Sequence[Any],
    aligned: bool,
) -> Any:
    shape = shape_of(x)
    if len(shape) != space + 2:
        raise refused(f"{name} takes {space + 2} axes, not shape {tuple(shape)}", ShapeError)
    given: list[Any] = [None] * space
    if isinstance(factors, Sequence):
        given = [None if s is None else float(s) for s in factors]
    elif factors is not None or scales:
        given = [None if s is None else float(s) for s in (factors, *scales)]
    if output_size is None:
        output_size = [int(np.floor(n * s)) for n, s in zip(shape[2:], given, strict=True)]
    sizes = [int(n) for n in output_size]
    if min(sizes) < 1 or len(sizes) != space:
        raise refused(f"{name}: output_size has {space} positive numbers, not {tuple(sizes)}")
    for axis, (size, scale) in enumerate(zip(sizes, given, strict=True)):
        kind = np.float32 if dtype_of(x).real.name == "float32" else np.float64
        x = _combined(x, axis + 2, *taps(shape[axis + 2], size, scale, aligned, kind))
    return x


def _combined(x: Any, axis: int, places: Any, weights: Any) -> Any:
    """Σ weights[i, t]·x[places[i, t]] along `axis`."""
    total = None
    ndim = len(shape_of(x))
    for t in range(places.shape[1]):
        part = pnp.take(x, pnp.asarray(places[:, t].tolist(), dtype="int64"), axis=axis)
        if weights is not None:
            line = (1,) * axis + (-1,) + (1,) * (ndim - axis - 1)
            row = pnp.asarray(weights[:, t].tolist(), dtype=dtype_of(x))
            part = part * pnp.reshape(row, line)
        total = part if total is None else total + part
    return total


def _step(n: int, size: int, scale: float | None, aligned: bool, kind: Any) -> Any:
    """The distance in the input from one result to the next."""
    if aligned:
        return kind(n - 1) / kind(size - 1) if size > 1 else kind(0)
    return kind(1.0 / scale) if scale is not None and scale > 0 else kind(n) / kind(size)


def _nearest_taps(n: int, size: int, scale: float | None, aligned: bool, kind: Any) -> Taps:
    step = _step(n, size, scale, False, np.float32)
    at = np.floor(np.arange(size, dtype=np.float32) * step).astype(np.int64)
    return np.minimum(at, n - 1)[:, None], None


def _exact_taps(n: int, size: int, scale: float | None, aligned: bool, kind: Any) -> Taps:
    step = _step(n, size, scale, False, np.float32)
    at = np.floor((np.arange(size, dtype=np.float32) + np.float32(0.5)) * step).astype(np.int64)
    return np.minimum(at, n - 1)[:, None], None


def _sources(n: int, size: int, scale: float | None, aligned: bool, kind: Any) -> Any:
    step, at = _step(n, size, scale, aligned, kind), np.arange(size, dtype=kind)
    return at * step if aligned else (at + kind(0.5)) * step - kind(0.5)


def _linear_taps(n: int, size: int, scale: float | None, aligned: bool, kind: Any) -> Taps:
    if n == size:
        return np.arange(n)[:, None], None
    source = np.maximum(_sources(n, size, scale, aligned, kind), kind(0))
    low = np.minimum(source.astype(np.int64), n - 1)
    share = np.clip(source - low, kind(0), kind(1))
    return np.stack([low, np.minimum(low + 1, n - 1)], 1), np.stack([kind(1) - share, share], 1)


def _cubic_taps(n: int, size: int, scale: float | None, aligned: bool, kind: Any) -> Taps:
    source = _sources(n, size, scale, aligned, kind)
    low = np.floor(source)
    t = (source - low).astype(kind)
    weights = [_outer_cubic(t + 1), _inner_cubic(t), _inner_cubic(1 - t), _outer_cubic(2 - t)]
    places = low.astype(np.int64)[:, None] + np.arange(-1, 3)
    return np.clip(places, 0, n - 1), np.stack(weights, 1)


def _inner_cubic(t: Any) -> Any:
    """Keys' kernel within distance 1 (IEEE Trans. ASSP 29, 1981)."""
    return ((A + 2) * t - (A + 3)) * t * t + 1


def _outer_cubic(t: Any, a: float = A) -> Any:
    """Keys' kernel at distances from 1 to 2."""
    return ((a * t - 5 * a) * t + 8 * a) * t - 4 * a


def _antialiased(width: int, kernel: Callable[[Any], Any]) -> Callable[..., Taps]:
    """Taps of a kernel that is as wide as the step, where that is above 1."""

    def taps(n: int, size: int, scale: float | None, aligned: bool, kind: Any) -> Taps:
        step = _step(n, size, scale, aligned, kind)
        wide = max(step, kind(1))
        support = kind(width / 2) * wide
        centre = step * (np.arange(size, dtype=kind) + kind(0.5))
        first = np.maximum((centre - support + kind(0.5)).astype(np.int64), 0)
        last = np.minimum((centre + support + kind(0.5)).astype(np.int64), n)
        count = max(int((last - first).max()), 1)
        places = first[:, None] + np.arange(count)
        inside = places < last[:, None]
        found = kernel(np.abs((places - centre[:, None] + kind(0.5)) / wide))
        weights = np.where(inside, found, 0)
        return np.minimum(places, n - 1), weights / weights.sum(1, keepdims=True)

    return taps


def _triangle(t: Any) -> Any:
    return np.maximum(1 - t, 0)


def _keys(t: Any) -> Any:
    """Keys' kernel with the parameter -1/2, as Pillow has it."""
    a = -0.5
    inner = ((a + 2) * t - (a + 3)) * t * t + 1
    return np.where(t < 1, inner, np.where(t < 2, _outer_cubic(t, a), 0))


_AA_LINEAR, _AA_CUBIC = _antialiased(2, _triangle), _antialiased(4, _keys)


def upsample_bilinear2d_aa(
    input: Any,
    output_size: Any,
    align_corners: bool,
    scale_factors: Any = None,
    scales_h: float | None = None,
    scales_w: float | None = None,
) -> Any:
    """The form of the op, with a scale for each axis."""
    name = "_upsample_bilinear2d_aa"
    if scale_factors is not None and not isinstance(scale_factors, Sequence):
        scale_factors, scales_h, scales_w = None, scale_factors, scales_h  # by position
    factors = scale_factors if scale_factors is not None else (scales_h, scales_w)
    return _resampled(input, 2, _AA_LINEAR, name, output_size, factors, (), align_corners)


register(
    {
        **{
            f"_C._nn.upsample_nearest{n}d": _nearest(n, 0, f"upsample_nearest{n}d")
            for n in (1, 2, 3)
        },
        **{
            f"_C._nn._upsample_nearest_exact{n}d": _nearest(n, 0.5, f"upsample_nearest_exact{n}d")
            for n in (1, 2, 3)
        },
        "_C._nn.upsample_linear1d": _upsample(1, _linear_taps, "upsample_linear1d"),
        "_C._nn.upsample_bilinear2d": _upsample(2, _linear_taps, "upsample_bilinear2d"),
        "_C._nn.upsample_trilinear3d": _upsample(3, _linear_taps, "upsample_trilinear3d"),
        "_C._nn.upsample_bicubic2d": _upsample(2, _cubic_taps, "upsample_bicubic2d"),
        "_C._nn._upsample_bilinear2d_aa": _upsample(2, _AA_LINEAR, "_upsample_bilinear2d_aa"),
        "ops.aten._upsample_bilinear2d_aa": upsample_bilinear2d_aa,
        "_C._nn._upsample_bicubic2d_aa": _upsample(2, _AA_CUBIC, "_upsample_bicubic2d_aa"),
    }
)
