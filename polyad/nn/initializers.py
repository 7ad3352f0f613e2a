"""Initial weights: each function gives an initializer `f(key, shape, dtype)`, as in `jax.nn`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from .. import numpy as pnp
from .. import random
from ..errors import PolyadValueError, ShapeError
from ..ir import DType, as_dtype, user_location, where
from ..numpy._core import axis_of
from ..ops import elementwise as e
from ..ops import promotion

Initializer = Callable[..., Any]
Axes = int | Sequence[int]


def _dtype(given: Any, default: Any) -> Any:
    wanted = default if given is None else given
    return promotion.default_float() if wanted is None else as_dtype(wanted)


def zeros(key: Any, shape: Sequence[int], dtype: Any = None) -> Any:
    """An array of zeros; the key is not used."""
    return pnp.zeros(tuple(shape), dtype=_dtype(dtype, None))


def ones(key: Any, shape: Sequence[int], dtype: Any = None) -> Any:
    """An array of ones; the key is not used."""
    return pnp.ones(tuple(shape), dtype=_dtype(dtype, None))


def constant(value: Any, dtype: Any = None) -> Initializer:
    """Arrays full of `value`.

    >>> constant(2.0)(None, (2,))
    array([2., 2.])
    """
    default = dtype

    def init(key: Any, shape: Sequence[int], dtype: Any = None) -> Any:
        return pnp.full(tuple(shape), value, dtype=_dtype(dtype, default))

    return init


def uniform(scale: Any = 1e-2, dtype: Any = None) -> Initializer:
    """Uniform samples from [0, `scale`)."""
    default = dtype

    def init(key: Any, shape: Sequence[int], dtype: Any = None) -> Any:
        return pnp.multiply(random.uniform(key, tuple(shape), _dtype(dtype, default)), scale)

    return init


def normal(stddev: Any = 1e-2, dtype: Any = None) -> Initializer:
    """Normal samples of mean 0 and standard deviation `stddev`."""
    default = dtype

    def init(key: Any, shape: Sequence[int], dtype: Any = None) -> Any:
        return pnp.multiply(random.normal(key, tuple(shape), _dtype(dtype, default)), stddev)

    return init


def truncated_normal(
    stddev: Any = 1e-2, dtype: Any = None, lower: Any = -2.0, upper: Any = 2.0
) -> Initializer:
    """Standard normal samples within (`lower`, `upper`), times `stddev`."""
    default = dtype

    def init(key: Any, shape: Sequence[int], dtype: Any = None) -> Any:
        kind = _dtype(dtype, default)
        drawn = random.truncated_normal(key, lower, upper, tuple(shape), kind)
        return pnp.multiply(drawn, stddev)

    return init


# The standard deviation of the standard normal distribution truncated to (-2, 2); and JAX's number
# for the complex one truncated to moduli below 2, whose variance is 1 - 4 / (e⁴ - 1), 2 % more.
TRUNCATED, TRUNCATED_COMPLEX = 0.87962566103423978, 0.95311164380491208


def variance_scaling(
    scale: float,
    mode: str,
    distribution: str,
    in_axis: Axes = -2,
    out_axis: Axes = -1,
    batch_axis: Axes = (),
    dtype: Any = None,
) -> Initializer:
    """Samples of mean 0 and variance `scale` / n (Glorot and Bengio, 2010; He et al., 2015).

    n is the number of inputs of a unit ("fan_in"), of outputs ("fan_out"), or their mean
    ("fan_avg", "fan_geo_avg"); axes that are not named are a receptive field and multiply both. The
    `distribution` is "truncated_normal", "normal" or "uniform"; of complex numbers the latter is
    that of a disk, and the former is truncated by the modulus.

    Raises `PolyadValueError` for another mode or distribution, `ShapeError` for a shape of fewer
    than two axes.

    >>> from polyad import random
    >>> variance_scaling(1.0, "fan_in", "uniform")(random.key(0), (3, 4)).shape
    (3, 4)
    """
    if mode not in FANS:
        _refuse("mode", mode, FANS)
    if distribution not in DISTRIBUTIONS:
        _refuse("distribution", distribution, DISTRIBUTIONS)
    default = dtype

    def init(key: Any, shape: Sequence[int], dtype: Any = None) -> Any:
        sizes, kind = tuple(shape), _dtype(dtype, default)
        variance = scale / FANS[mode](*_fans(sizes, in_axis, out_axis, batch_axis))
        return DISTRIBUTIONS[distribution](key, sizes, kind, math.sqrt(variance))

    return init


FANS: dict[str, Callable[[float, float], float]] = {
    "fan_in": lambda inputs, outputs: inputs,
    "fan_out": lambda inputs, outputs: outputs,
    "fan_avg": lambda inputs, outputs: (inputs + outputs) / 2,
    "fan_geo_avg": lambda inputs, outputs: math.sqrt(inputs * outputs),
}
DISTRIBUTIONS: dict[str, Callable[..., Any]] = {
    "truncated_normal": lambda key, shape, dtype, deviation: _truncated(
        key, shape, dtype, deviation
    ),
    "normal": lambda key, shape, dtype, deviation: pnp.multiply(
        random.normal(key, shape, dtype), deviation
    ),
    "uniform": lambda key, shape, dtype, deviation: _uniform(key, shape, dtype, deviation),
}


def _truncated(key: Any, shape: tuple[int, ...], dtype: DType, deviation: float) -> Any:
    if not dtype.is_complex:
        drawn = random.truncated_normal(key, -2.0, 2.0, shape, dtype)
        return pnp.multiply(drawn, deviation / TRUNCATED)
    size, angle = _size_and_angle(key, shape, dtype)
    size = pnp.sqrt(-pnp.log1p(-size * (1 - math.exp(-4))))
    return pnp.multiply(_polar(size, angle), deviation / TRUNCATED_COMPLEX)


def _uniform(key: Any, shape: tuple[int, ...], dtype: DType, deviation: float) -> Any:
    if not dtype.is_complex:
        return pnp.multiply(random.uniform(key, shape, dtype, -1.0), deviation * math.sqrt(3))
    size, angle = _size_and_angle(key, shape, dtype)
    return pnp.multiply(_polar(pnp.sqrt(size * 2), angle), deviation)


def _size_and_angle(key: Any, shape: tuple[int, ...], dtype: DType) -> tuple[Any, Any]:
    """Uniform samples from [0, 1) and from the angles."""
    of_size, of_angle = random.split(key)
    size, part = (random.uniform(k, shape, dtype.real) for k in (of_size, of_angle))
    return size, part * (2 * math.pi)


def _polar(size: Any, angle: Any) -> Any:
    return e.complex(size * pnp.cos(angle), size * pnp.sin(angle))


def _refuse(what: str, given: Any, known: dict[str, Any]) -> None:
    raise PolyadValueError(
        f"variance_scaling: {what} is one of {', '.join(known)}, not {given!r}"
        f"{where(user_location())}"
    )


def _fans(
    shape: tuple[int, ...], in_axis: Axes, out_axis: Axes, batch_axis: Axes
) -> tuple[float, float]:
    """Inputs and outputs of a unit."""
    if len(shape) < 2 and in_axis == -2:
        raise ShapeError(
            f"weights with inputs and outputs have two axes at least, not shape {shape}"
            f"{where(user_location())}"
        )
    inputs, outputs, batch = (
        math.prod(shape[axis_of(i, len(shape))] for i in ([a] if isinstance(a, int) else a))
        for a in (in_axis, out_axis, batch_axis)
    )
    field = math.prod(shape) / max(inputs * outputs * batch, 1)
    return inputs * field, outputs * field


def _scaled(scale: float, mode: str, distribution: str, doc: str) -> Callable[..., Initializer]:
    """`variance_scaling` with its first arguments."""

    def function(
        in_axis: Axes = -2, out_axis: Axes = -1, batch_axis: Axes = (), dtype: Any = None
    ) -> Initializer:
        return variance_scaling(scale, mode, distribution, in_axis, out_axis, batch_axis, dtype)

    function.__doc__ = f"{doc}: `variance_scaling` with {scale}, {mode!r}, {distribution!r}."
    return function


_GLOROT, _LECUN = "Glorot and Bengio, 2010", "LeCun et al., 1998"
glorot_uniform = xavier_uniform = _scaled(1.0, "fan_avg", "uniform", _GLOROT)
glorot_normal = xavier_normal = _scaled(1.0, "fan_avg", "truncated_normal", _GLOROT)
lecun_uniform = _scaled(1.0, "fan_in", "uniform", _LECUN)
lecun_normal = _scaled(1.0, "fan_in", "truncated_normal", _LECUN)
he_uniform = kaiming_uniform = _scaled(2.0, "fan_in", "uniform", "He et al., 2015")
he_normal = kaiming_normal = _scaled(2.0, "fan_in", "truncated_normal", "He et al., 2015")


def orthogonal(scale: Any = 1.0, column_axis: int = -1, dtype: Any = None) -> Initializer:
    """`scale` times uniformly distributed matrices with orthonormal columns, or rows if there are
    fewer of these (Saxe et al., arXiv:1312.6120). Axis `column_axis` counts the columns; the others
    together count the rows.

    The initializer raises `ShapeError` for a shape of fewer than two axes.

    >>> from polyad import random
    >>> q = orthogonal()(random.key(0), (3, 2))
    >>> (q.T @ q).round(12) + 0.0
    array([[1., 0.],
           [0., 1.]])
    """
    default = dtype

    def init(key: Any, shape: Sequence[int], dtype: Any = None) -> Any:
        shape, wanted = tuple(shape), _dtype(dtype, default)
        if len(shape) < 2:
            raise ShapeError(
                f"orthogonal weights have two axes at least, not shape {shape}"
                f"{where(user_location())}"
            )
        axis = axis_of(column_axis, len(shape))
        columns, rest = shape[axis], (*shape[:axis], *shape[axis + 1 :])
        if 0 in shape:
            return pnp.zeros(shape, dtype=wanted)
        found = random.orthogonal(key, math.prod(rest), (), wanted, columns)
        found = pnp.moveaxis(pnp.reshape(found, (*rest, columns)), -1, axis)
        return pnp.multiply(found, scale)

    return init


def delta_orthogonal(scale: Any = 1.0, column_axis: int = -1, dtype: Any = None) -> Initializer:
    """Kernels of convolutions, of shape (window…, inputs, outputs), that are `orthogonal` at the
    middle of the window and 0 elsewhere (Xiao et al., arXiv:1806.05393).

    The initializer raises `ShapeError` for a shape without one to three axes of the window, or with
    more inputs than outputs.

    >>> from polyad import random
    >>> delta_orthogonal()(random.key(0), (3, 1, 1))[[0, 2], 0, 0]
    array([0., 0.])
    """
    default = dtype

    def init(key: Any, shape: Sequence[int], dtype: Any = None) -> Any:
        shape, wanted = tuple(shape), _dtype(dtype, default)
        if len(shape) not in (3, 4, 5) or shape[-1] < shape[-2]:
            raise ShapeError(
                "delta-orthogonal weights have one to three axes of a window, and no more inputs "
                f"than outputs, not shape {shape}{where(user_location())}"
            )
        middle = orthogonal(scale, column_axis, wanted)(key, shape[-2:])
        borders = [((n - 1) // 2, n - 1 - (n - 1) // 2) for n in shape[:-2]]
        return pnp.pad(
            pnp.reshape(middle, (1,) * len(borders) + shape[-2:]), (*borders, (0, 0), (0, 0))
        )

    return init
