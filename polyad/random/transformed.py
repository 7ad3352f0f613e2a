"""Samples that are formulas of uniform and normal ones, and so differentiable in their
parameters.
"""

from __future__ import annotations

from typing import Any

from .. import numpy as pnp
from ..errors import PolyadValueError, ShapeError
from ..ir import as_dtype, user_location, where
from ..numpy import linalg
from ..numpy._core import shape_of
from ..ops import promotion
from ..texts import shown
from ._storage import drawn_wide
from .continuous import as_parameter, exponential, floating, normal, uniform
from .discrete import rademacher
from .keys import checked_key, checked_shape, split


def _prepared(
    what: str, key: Any, shape: Any, dtype: Any, *parameters: Any
) -> tuple[Any, Any, list[Any]]:
    """The shape, the dtype and the parameters as arrays of it."""
    like, wanted = checked_key(key, what)[0], floating(dtype, what)
    arrays = [as_parameter(x, like, wanted) for x in parameters]
    shape = pnp.broadcast_shapes(*map(shape_of, arrays)) if shape is None else shape
    return checked_shape(shape, what, *arrays), wanted, arrays


# -- One number ------------------------------------------------------------------------------------


@drawn_wide
def pareto(key: Any, b: Any, shape: Any = None, dtype: Any = None) -> Any:
    """Samples of the Pareto distribution: density b / x^(b+1) for x >= 1.

    The result has `shape`, or that of `b`. Raises as `uniform` does.

    >>> from polyad import random
    >>> bool(random.pareto(random.key(0), 2.0) >= 1)
    True
    """
    shape, wanted, (b,) = _prepared("pareto", key, shape, dtype, b)
    return pnp.exp(exponential(key, shape, wanted) / b)


@drawn_wide
def rayleigh(key: Any, scale: Any, shape: Any = None, dtype: Any = None) -> Any:
    """Samples of the Rayleigh distribution: density x/s² e^(-x²/2s²), s the `scale`.

    The result has `shape`, or that of `scale`. Raises as `uniform` does.

    >>> from polyad import random
    >>> bool(random.rayleigh(random.key(0), 2.0) > 0)
    True
    """
    shape, wanted, (scale,) = _prepared("rayleigh", key, shape, dtype, scale)
    least = pnp.finfo(wanted).eps / 4  # half of the step between samples: none is infinite
    return scale * pnp.sqrt(-2 * pnp.log(pnp.maximum(uniform(key, shape, wanted), least)))


@drawn_wide
def weibull_min(
    key: Any, scale: Any, concentration: Any, shape: Any = (), dtype: Any = None
) -> Any:
    """Samples of the Weibull distribution: density proportional to x^(c-1) e^(-(x/s)^c), s the
    `scale` and c the `concentration`.

    The result has `shape`, broadcast with the parameters'. Raises as `uniform` does.

    >>> from polyad import random
    >>> random.weibull_min(random.key(0), 1.0, 2.0, (3,)).shape
    (3,)
    """
    given = checked_shape(shape, "weibull_min")
    _, wanted, (scale, c) = _prepared("weibull_min", key, None, dtype, scale, concentration)
    return pnp.power(exponential(key, given, wanted), 1 / c) * scale


@drawn_wide
def triangular(
    key: Any, left: Any, mode: Any, right: Any, shape: Any = None, dtype: Any = None
) -> Any:
    """Samples of the triangular distribution: a density that rises from `left` to `mode` and falls
    to `right`.

    The result has `shape`, or that to which the parameters broadcast. Raises as `uniform` does.

    >>> from polyad import random
    >>> bool(0 <= random.triangular(random.key(0), 0.0, 1.0, 3.0) <= 3)
    True
    """
    given = (left, mode, right)
    shape, wanted, (left, mode, right) = _prepared("triangular", key, shape, dtype, *given)
    unit, width = uniform(key, shape, wanted), right - left
    rising = left + pnp.sqrt(unit * width * (mode - left))
    falling = right - pnp.sqrt((1 - unit) * width * (right - mode))
    return pnp.where(unit < (mode - left) / width, rising, falling)


@drawn_wide
def lognormal(key: Any, sigma: Any = 1.0, shape: Any = None, dtype: Any = None) -> Any:
    """e^(`sigma`·x) of standard normal x.

    The result has `shape`, or that of `sigma`. `dtype` may be complex. Raises as `normal` does.

    >>> from polyad import random
    >>> bool(random.lognormal(random.key(0)) > 0)
    True
    """
    is_complex = dtype is not None and as_dtype(dtype).is_complex
    real = as_dtype(dtype).real if is_complex else dtype
    shape, wanted, (sigma,) = _prepared("lognormal", key, shape, real, sigma)
    return pnp.exp(normal(key, shape, dtype if is_complex else wanted) * sigma)


@drawn_wide
def wald(key: Any, mean: Any, shape: Any = None, dtype: Any = None) -> Any:
    """Samples of the Wald (inverse Gaussian) distribution of scale 1: density
    (2πx³)^(-1/2) e^(-(x-μ)²/2μ²x), μ the `mean`.

    Michael, Schucany, Haas, "Generating random variates using transformations with multiple roots",
    The American Statistician 30, 1976: one of the two roots, whose product is μ².

    The result has `shape`, or that of `mean`. Raises as `uniform` does.

    >>> from polyad import random
    >>> bool(random.wald(random.key(0), 2.0) > 0)
    True
    """
    shape, wanted, (mean,) = _prepared("wald", key, shape, dtype, mean)
    for_root, for_side = pnp.unstack(split(key))
    half = mean * pnp.square(normal(for_root, shape, wanted)) / 2
    ratio = 1 + half + pnp.sqrt(half * (2 + half))
    side = uniform(for_side, shape, wanted) <= ratio / (1 + ratio)
    return mean * pnp.where(side, 1 / ratio, ratio)


@drawn_wide
def maxwell(key: Any, shape: Any = (), dtype: Any = None) -> Any:
    """Samples of the Maxwell distribution, the length of three standard normal numbers: an array
    of `shape`. Raises as `uniform` does.

    >>> from polyad import random
    >>> bool(random.maxwell(random.key(0)) > 0)
    True
    """
    shape, wanted, _ = _prepared("maxwell", key, shape, dtype)
    return linalg.vector_norm(normal(key, (*shape, 3), wanted), axis=-1)


@drawn_wide
def double_sided_maxwell(key: Any, loc: Any, scale: Any, shape: Any = (), dtype: Any = None) -> Any:
    """`loc` plus `scale` times a Maxwell number of random sign.

    The result has `shape` followed by the parameters' common shape; where `shape` is (), that
    shape twice, as in JAX. Raises as `uniform` does.

    >>> from polyad import random
    >>> random.double_sided_maxwell(random.key(0), 0.0, 1.0, (3,)).shape
    (3,)
    """
    what = "double_sided_maxwell"
    given = checked_shape(shape, what)
    common, wanted, (loc, scale) = _prepared(what, key, None, dtype, loc, scale)
    shape = (*(given or common), *common)
    for_size, for_sign = pnp.unstack(split(key))
    signs = rademacher(for_sign, shape, wanted)
    return signs * maxwell(for_size, shape, wanted) * scale + loc


# -- Vectors and matrices --------------------------------------------------------------------------


@drawn_wide
def multivariate_normal(
    key: Any, mean: Any, cov: Any, shape: Any = None, dtype: Any = None, method: str = "cholesky"
) -> Any:
    """Normal vectors of a `mean` of shape (…, n) and a covariance `cov` of shape (…, n, n).
    Differentiable in both.

    The result has shape `shape` + (n,); `shape` is the batch shape of the parameters if not given.
    `method` is the factorisation of `cov`: "cholesky", or "eigh" or "svd" for a singular one.

    Raises as `uniform` does, `ShapeError` for parameters of other shapes, `PolyadValueError` for
    another method.

    >>> from polyad import random
    >>> random.multivariate_normal(random.key(0), [0.0, 1.0], [[1.0, 0.5], [0.5, 2.0]]).shape
    (2,)
    """
    checked_key(key, "multivariate_normal")
    mean, cov = pnp.asarray(mean), pnp.asarray(cov)
    common = pnp.result_type(mean, cov)
    common = common if common.is_floating else promotion.default_float()
    wanted = floating(common if dtype is None else dtype, "multivariate_normal")
    n = mean.shape[-1] if mean.shape else None
    if n is None or cov.shape[-2:] != (n, n):
        raise ShapeError(
            f"multivariate_normal: mean has shape (…, n) and cov (…, n, n), not {mean.shape} and "
            f"{cov.shape}{where(user_location())}"
        )
    mean, factor = pnp.astype(mean, wanted), _factor(pnp.astype(cov, wanted), method)
    batch = pnp.broadcast_shapes(mean.shape[:-1], cov.shape[:-2]) if shape is None else shape
    batch = checked_shape(batch, "multivariate_normal", mean[..., 0], cov[..., 0, 0])
    drawn = normal(key, (*batch, n), wanted)
    return mean + pnp.matmul(factor, pnp.expand_dims(drawn, axis=-1))[..., 0]


def _factor(cov: Any, method: str) -> Any:
    """An F with F Fᵀ = `cov`."""
    if method == "cholesky":
        return linalg.cholesky(cov)
    if method == "eigh":
        values, vectors = linalg.eigh(cov)
    elif method == "svd":
        vectors, values, _ = linalg.svd(cov)
    else:
        raise PolyadValueError(
            f"multivariate_normal: method is 'cholesky', 'eigh' or 'svd', not {shown(method)}"
            f"{where(user_location())}"
        )
    return vectors * pnp.sqrt(pnp.expand_dims(values, axis=-2))


@drawn_wide
def orthogonal(key: Any, n: int, shape: Any = (), dtype: Any = None, m: int | None = None) -> Any:
    """Orthogonal `n` by `n` matrices, uniform in Haar's measure; unitary ones for a complex
    `dtype`. With `m`, `n` by `m` matrices with orthonormal rows or columns, whichever are fewer.

    The result has shape (*`shape`, `n`, `m`). Mezzadri, "How to generate random matrices from the
    classical compact groups", Notices of the AMS 54, 2007.

    Raises as `normal` does.

    >>> from polyad import random
    >>> random.orthogonal(random.key(0), 3).shape
    (3, 3)
    """
    checked_key(key, "orthogonal")
    shape = checked_shape(shape, "orthogonal")
    rows, columns = checked_shape((n, n if m is None else m), "orthogonal")
    drawn = normal(key, (*shape, max(rows, columns), min(rows, columns)), dtype)
    q, r = linalg.qr(drawn)
    diagonal = pnp.diagonal(r, axis1=-2, axis2=-1)
    found = q * pnp.expand_dims(pnp.sign(diagonal), axis=-2)
    return pnp.matrix_transpose(found) if rows < columns else found
