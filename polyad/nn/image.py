"""Images of another size: each axis is resampled by a matrix of weights."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from typing import Any

from .. import numpy as pnp
from ..errors import PolyadValueError, ShapeError
from ..ir import user_location, where
from ..numpy._core import array_of, axis_of, dtype_of
from ..numpy._precision import check_precision
from ..ops import promotion
from ..texts import shown


class ResizeMethod(enum.Enum):
    """The kernel by which pixels are weighed."""

    NEAREST = 0
    LINEAR = 1
    LANCZOS3 = 2
    LANCZOS5 = 3
    CUBIC = 4
    CUBIC_PYTORCH = 5
    AREA = 6

    @staticmethod
    def from_string(s: str) -> ResizeMethod:
        """The method of that name. Raises `PolyadValueError` for another."""
        if s not in _NAMES:
            raise PolyadValueError(
                f"resize: method is one of {', '.join(_NAMES)}, not {s!r}{where(user_location())}"
            )
        return _NAMES[s]


_NAMES = {
    "nearest": ResizeMethod.NEAREST,
    **dict.fromkeys(("linear", "bilinear", "trilinear", "triangle"), ResizeMethod.LINEAR),
    "lanczos3": ResizeMethod.LANCZOS3,
    "lanczos5": ResizeMethod.LANCZOS5,
    **dict.fromkeys(("cubic", "bicubic", "tricubic"), ResizeMethod.CUBIC),
    **dict.fromkeys(("cubic-pytorch", "bicubic-pytorch"), ResizeMethod.CUBIC_PYTORCH),
    "area": ResizeMethod.AREA,
}


def resize(
    image: Any,
    shape: Sequence[int],
    method: str | ResizeMethod,
    antialias: bool = True,
    precision: Any = None,
) -> Any:
    """`image` resampled to `shape`: axes whose sizes agree stay as they are.

    `method` is "nearest", "linear", "cubic" (Keys, 1981, a = -1/2), "cubic-pytorch" (PyTorch's: a =
    -3/4 and repeated edges unless `antialias`), "lanczos3", "lanczos5" or "area", or a
    `ResizeMethod`. Pixels are squares: the middle of pixel i is i + 1/2. If `antialias`, the kernel
    is as wide as a pixel of a smaller result. Linear in `image`.

    Raises `PolyadValueError` for another method, `ShapeError` for a shape of another rank.

    >>> import numpy as np
    >>> resize(np.array([0.0, 2.0]), (4,), "linear")
    array([0. , 0.5, 1.5, 2. ])
    """
    image, shape, kind = _checked("resize", image, shape, method, precision)
    axes = [i for i, (m, n) in enumerate(zip(image.shape, shape, strict=True)) if m != n]
    if kind is ResizeMethod.NEAREST:
        for axis in axes:
            m, n = image.shape[axis], shape[axis]
            image = pnp.take(image, [(2 * i + 1) * m // (2 * n) for i in range(n)], axis=axis)
        return image
    scales = [_ratio(shape[i], image.shape[i]) for i in axes]
    return _resampled(image, shape, axes, scales, [0.0] * len(axes), kind, antialias)


def _ratio(n: int, m: int) -> float:
    return n / m if m else 1.0


def scale_and_translate(
    image: Any,
    shape: Sequence[int],
    spatial_dims: Sequence[int],
    scale: Any,
    translation: Any,
    method: str | ResizeMethod,
    antialias: bool = True,
    precision: Any = None,
) -> Any:
    """`image` where position x along axis `spatial_dims[k]` is moved to x·`scale[k]` +
    `translation[k]`, in an array of `shape`: 0 where nothing comes to be.

    `method`, all but "nearest", and `antialias` are those of `resize`. Differentiable in `image`,
    `scale` and `translation`.

    >>> import numpy as np
    >>> scale_and_translate(np.arange(4.0), (4,), (0,), [1.0], [1.0], "linear")
    array([0., 0., 1., 2.])
    """
    image, shape, kind = _checked("scale_and_translate", image, shape, method, precision)
    if kind is ResizeMethod.NEAREST:
        raise PolyadValueError(
            f"scale_and_translate: method nearest has no weights{where(user_location())}\n  Use "
            "resize, or another method."
        )
    scale, translation = array_of(scale), array_of(translation)
    axes = [axis_of(d, len(shape)) for d in spatial_dims]
    if tuple(scale.shape) != (len(axes),) or tuple(translation.shape) != (len(axes),):
        raise ShapeError(
            f"scale_and_translate: scale and translation have an element for each of the "
            f"{len(axes)} axes, not shapes {tuple(scale.shape)} and {tuple(translation.shape)}"
            f"{where(user_location())}"
        )
    scales, translations = ([x[k] for k in range(len(axes))] for x in (scale, translation))
    return _resampled(image, shape, axes, scales, translations, kind, antialias)


def _checked(
    what: str, image: Any, shape: Sequence[int], method: str | ResizeMethod, precision: Any
) -> tuple[Any, tuple[int, ...], ResizeMethod]:
    check_precision(what, precision)
    image, wanted = array_of(image), tuple(shape)
    if not dtype_of(image).is_inexact:
        image = pnp.astype(image, promotion.default_float())
    if len(wanted) != len(image.shape):
        raise ShapeError(
            f"{what}: shape has a size for each axis of the image, {len(image.shape)}, not "
            f"{wanted}{where(user_location())}"
        )
    kind = ResizeMethod.from_string(method) if isinstance(method, str) else method
    if not isinstance(kind, ResizeMethod):
        raise PolyadValueError(
            f"{what}: method is a name or a ResizeMethod, not {shown(kind)}{where(user_location())}"
        )
    return image, wanted, kind


def _resampled(
    image: Any,
    shape: Sequence[int],
    axes: Sequence[int],
    scales: Sequence[Any],
    translations: Sequence[Any],
    kind: ResizeMethod,
    antialias: bool,
) -> Any:
    """The image times a matrix of weights along each axis."""
    if kind is ResizeMethod.CUBIC_PYTORCH and antialias:
        kind = ResizeMethod.CUBIC
    for axis, scale, translation in zip(axes, scales, translations, strict=True):
        m, n = image.shape[axis], shape[axis]
        weights = _weights(m, n, scale, translation, kind, antialias)
        along = pnp.matmul(pnp.moveaxis(image, axis, -1), pnp.astype(weights, dtype_of(image)))
        image = pnp.moveaxis(along, -1, axis)
    return image


def _weights(
    m: int, n: int, scale: Any, translation: Any, kind: ResizeMethod, antialias: bool
) -> Any:
    """The (m, n) weights of m pixels in n others; those of each of the n add up to 1."""
    centers = (pnp.arange(n) + 0.5 - translation) / scale - 0.5  # in pixels of the image
    before = 2 if kind is ResizeMethod.CUBIC_PYTORCH else 0
    pixels = pnp.expand_dims(pnp.arange(-before, m + before), axis=1) * 1.0
    if kind is ResizeMethod.AREA:
        left = (pnp.arange(n) - translation) / scale
        overlap = pnp.minimum(left + 1 / scale, pixels + 1) - pnp.maximum(left, pixels)
        weights = pnp.maximum(overlap, 0.0)
    else:
        width = pnp.maximum(1 / scale, 1.0) if antialias else 1.0
        weights = _KERNELS[kind](pnp.abs(centers - pixels) / width)
    if before:  # edges are repeated: weights outside are those of the edge
        inside = weights[before : m + before]
        first = pnp.sum(weights[: before + 1], axis=0, keepdims=True)
        last = pnp.sum(weights[m + before - 1 :], axis=0, keepdims=True)
        if m == 1:
            inside = first + last - inside
        else:
            inside = pnp.concat([first, inside[1:-1], last], axis=0)
        weights = inside
    total = pnp.sum(weights, axis=0, keepdims=True)
    few = pnp.abs(total) <= 1000 * 2.0**-23
    weights = pnp.where(few, 0.0, weights / pnp.where(few, 1.0, total))
    if before:
        return weights
    return pnp.where((centers >= -0.5) & (centers <= m - 0.5), weights, 0.0)


def _triangle(x: Any) -> Any:
    return pnp.maximum(1 - x, 0.0)


def _lanczos(radius: float) -> Callable[[Any], Any]:
    def kernel(x: Any) -> Any:
        return pnp.where(x > radius, 0.0, pnp.sinc(x) * pnp.sinc(x / radius))

    return kernel


def _cubic(a: float) -> Callable[[Any], Any]:
    """Keys, "Cubic convolution interpolation for digital image processing", 1981."""

    def kernel(x: Any) -> Any:
        near = ((a + 2) * x - (a + 3)) * x * x + 1
        far = ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
        return pnp.where(x < 1, near, pnp.where(x < 2, far, 0.0))

    return kernel


_KERNELS: dict[ResizeMethod, Callable[[Any], Any]] = {
    ResizeMethod.LINEAR: _triangle,
    ResizeMethod.LANCZOS3: _lanczos(3.0),
    ResizeMethod.LANCZOS5: _lanczos(5.0),
    ResizeMethod.CUBIC: _cubic(-0.5),
    ResizeMethod.CUBIC_PYTORCH: _cubic(-0.75),
}
