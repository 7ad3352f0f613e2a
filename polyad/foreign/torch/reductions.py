"""Reductions, and functions that sort and select along a dimension."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ... import numpy as pnp
from ... import special
from ...errors import PolyadTypeError, PolyadValueError
from ...ir import user_location, where
from ...ir.types import int64
from ...numpy._core import convert, dtype_of, positions, shape_of
from ...ops import elementwise as e
from ...ops.cumulative import cumulative_logsumexp
from .dims import along, dim_of, dims_of, named, rank
from .elementwise import div, sub
from .promotion import as_type, floating, promoted
from .table import torch_function

# -- Sums and products -----------------------------------------------------------------------------


def of_dtype(x: Any, dtype: Any) -> Any:
    """`x` converted before it is reduced, if a dtype is given."""
    return x if dtype is None else as_type(x, dtype)


@torch_function("sum")
def sum(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    x = of_dtype(input, dtype)
    return convert(pnp.sum(x, axis=dims_of(dim, x), keepdims=keepdim), dtype)


@torch_function("nansum")
def nansum(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    x = of_dtype(input, dtype)
    x = pnp.where(e.isnan(x), 0, x) if dtype_of(x).is_inexact else x
    return sum(x, dim, keepdim, dtype=dtype)


@torch_function("prod")
def prod(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    x = of_dtype(input, dtype)
    return convert(pnp.prod(x, axis=dims_of(dim, x), keepdims=keepdim), dtype)


@torch_function("mean")
def mean(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    x = of_dtype(input, dtype)
    if not dtype_of(x).is_inexact:
        raise PolyadTypeError(
            f"torch.mean takes floating and complex tensors, not {dtype_of(x)}"
            f"{where(user_location())}\n  Pass dtype=, or convert the tensor."
        )
    return pnp.mean(x, axis=dims_of(dim, x), keepdims=keepdim)


@torch_function("nanmean")
def nanmean(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    x = of_dtype(input, dtype)
    count = sum(as_type(e.logical_not(e.isnan(x)), dtype_of(x).real), dim, keepdim)
    return div(nansum(x, dim, keepdim), count)


def _correction(dim: Any, unbiased: Any, correction: Any) -> tuple[Any, Any]:
    """The dimensions and the correction of a variance, from torch's two signatures."""
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    if unbiased is not None:
        return dim, int(unbiased)
    return dim, 1 if correction is None else correction


def _variance(x: Any, dim: Any, correction: Any, keepdim: bool) -> Any:
    dims = dims_of(dim, x)
    count = math.prod(shape_of(x)[d] for d in dims)
    off = e.subtract(x, pnp.mean(x, axis=dims, keepdims=True))
    squares = (
        e.add(e.multiply(e.real(off), e.real(off)), e.multiply(e.imag(off), e.imag(off)))
        if (dtype_of(x).is_complex)
        else e.multiply(off, off)
    )
    return e.divide(
        pnp.sum(squares, axis=dims, keepdims=keepdim), float(max(0, count - correction))
    )


@torch_function("var")
def var(
    input: Any,
    dim: Any = None,
    unbiased: Any = None,
    keepdim: bool = False,
    *,
    correction: Any = None,
) -> Any:
    """The variance of a sample: divided by n - 1, unless told otherwise."""
    dim, correction = _correction(dim, unbiased, correction)
    return _variance(input, dim, correction, keepdim)


@torch_function("std")
def std(
    input: Any,
    dim: Any = None,
    unbiased: Any = None,
    keepdim: bool = False,
    *,
    correction: Any = None,
) -> Any:
    """The square root of `var`."""
    return e.sqrt(var(input, dim, unbiased, keepdim, correction=correction))


def _with_mean(spread: Callable[..., Any]) -> Callable[..., Any]:
    def adapter(
        input: Any,
        dim: Any = None,
        unbiased: Any = None,
        keepdim: bool = False,
        *,
        correction: Any = None,
    ) -> Any:
        made = spread(input, dim, unbiased, keepdim, correction=correction)
        return made, mean(input, None if isinstance(dim, bool) else dim, keepdim)

    return adapter


torch_function("var_mean")(_with_mean(var))
torch_function("std_mean")(_with_mean(std))


@torch_function("logsumexp", "special.logsumexp")
def logsumexp(input: Any, dim: Any, keepdim: bool = False) -> Any:
    x = floating(input)
    return special.logsumexp(x, axis=dims_of(dim, x), keepdims=keepdim)


@torch_function("count_nonzero")
def count_nonzero(input: Any, dim: Any = None) -> Any:
    return pnp.count_nonzero(input, axis=dims_of(dim, input))


def _truth(function: Callable[..., Any], name: str) -> None:
    def adapter(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
        made = function(input, axis=dims_of(dim, input), keepdims=keepdim)
        return convert(made, "uint8") if dtype_of(input).name == "uint8" else made

    torch_function(name)(adapter)


_truth(pnp.any, "any")
_truth(pnp.all, "all")

# -- Extremes --------------------------------------------------------------------------------------


@torch_function("amax")
def amax(input: Any, dim: Any = (), keepdim: bool = False) -> Any:
    return pnp.max(input, axis=dims_of(dim, input), keepdims=keepdim)


@torch_function("amin")
def amin(input: Any, dim: Any = (), keepdim: bool = False) -> Any:
    return pnp.min(input, axis=dims_of(dim, input), keepdims=keepdim)


@torch_function("aminmax")
def aminmax(input: Any, *, dim: int | None = None, keepdim: bool = False) -> Any:
    return named("aminmax", amin(input, dim, keepdim), amax(input, dim, keepdim))


def _position(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    def adapter(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
        if dim is None or rank(input) == 0:
            made = function(pnp.reshape(input, (-1,)), axis=0)
            return pnp.reshape(made, (1,) * rank(input)) if keepdim else made
        return function(input, axis=dim_of(dim, input), keepdims=keepdim)

    return torch_function(name)(adapter)


argmax = _position(pnp.argmax, "argmax")
argmin = _position(pnp.argmin, "argmin")


def chosen(name: str, x: Any, indices: Any, axis: int, keepdim: bool) -> Any:
    """The elements at `indices`, one along `axis`, and the indices, by torch's names."""
    values = pnp.take_along_axis(x, indices, axis=axis)
    if not keepdim:
        values, indices = pnp.squeeze(values, axis), pnp.squeeze(indices, axis)
    return named(name, values, indices)


def _extreme(
    name: str, total: Callable[..., Any], pairwise: Callable[..., Any], position: Any
) -> None:
    def adapter(input: Any, dim: Any = None, keepdim: bool = False, **others: Any) -> Any:
        other = others.pop("other", None)
        if others:
            raise TypeError(f"unexpected keyword argument {next(iter(others))!r}")
        if other is None and dim is not None and not isinstance(dim, int):
            other = dim
        if other is not None:
            return pairwise(*promoted(input, other))
        if dim is None:
            return total(input)
        if rank(input) == 0:
            return named(name, e.add(input, 0), e.astype(e.multiply(0, input), dtype=int64))
        axis = dim_of(dim, input)
        return chosen(name, input, position(input, axis=axis, keepdims=True), axis, keepdim)

    torch_function(name)(adapter)


_extreme("max", pnp.max, e.maximum, pnp.argmax)
_extreme("min", pnp.min, e.minimum, pnp.argmin)


# -- In order --------------------------------------------------------------------------------------


def _padded(x: Any) -> Any:
    return pnp.reshape(x, (1,)) if rank(x) == 0 else x


def _unpadded(made: Any, x: Any) -> Any:
    return pnp.reshape(made, ()) if rank(x) == 0 else made


@torch_function("sort")
def sort(input: Any, dim: int = -1, descending: bool = False, *, stable: bool = False) -> Any:
    """The elements in order; those that are equal stay in theirs."""
    x, axis = _padded(input), dim_of(dim, input)
    indices = pnp.argsort(x, axis=axis, descending=descending, stable=True)
    values = pnp.take_along_axis(x, indices, axis=axis)
    return named("sort", _unpadded(values, input), _unpadded(indices, input))


@torch_function("argsort")
def argsort(input: Any, dim: int = -1, descending: bool = False, *, stable: bool = False) -> Any:
    return sort(input, dim, descending).indices


@torch_function("msort")
def msort(input: Any) -> Any:
    return sort(input, 0).values


@torch_function("topk")
def topk(input: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    x, axis = _padded(input), dim_of(dim, input)
    indices = pnp.argsort(x, axis=axis, descending=largest, stable=True)
    if not 0 <= k <= shape_of(x)[axis]:
        raise PolyadValueError(
            f"torch.topk: k={k} is not within the {shape_of(x)[axis]} elements of dimension "
            f"{dim}{where(user_location())}"
        )
    indices = _first(indices, int(k), axis)
    values = pnp.take_along_axis(x, indices, axis=axis)
    if rank(input) == 0 and k == 1:
        values, indices = _unpadded(values, input), _unpadded(indices, input)
    return named("topk", values, indices)


def _first(x: Any, stop: int, axis: int, start: int = 0) -> Any:
    return x[(slice(None),) * axis + (slice(start, stop),)]


@torch_function("kthvalue")
def kthvalue(input: Any, k: int, dim: int = -1, keepdim: bool = False) -> Any:
    """The k-th smallest element, counted from 1."""
    x, axis = _padded(input), dim_of(dim, input)
    if not 1 <= k <= shape_of(x)[axis]:
        raise PolyadValueError(
            f"torch.kthvalue: k={k} is not within 1 and the {shape_of(x)[axis]} elements of "
            f"dimension {dim}{where(user_location())}"
        )
    indices = _first(pnp.argsort(x, axis=axis, stable=True), k, axis, k - 1)
    if rank(input) == 0:
        return chosen("kthvalue", x, indices, axis, False)
    return chosen("kthvalue", x, indices, axis, keepdim)


def _lower_median(name: str, ignore_nan: bool) -> None:
    """Rows of the median: of an even number of elements the lower of the two in the middle."""

    def adapter(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
        x = pnp.reshape(input, (-1,)) if dim is None else _padded(input)
        axis = 0 if dim is None else dim_of(dim, input)
        indices = _median_index(x, axis, ignore_nan)
        if dim is None:
            return _evenly(x, pnp.squeeze(pnp.take_along_axis(x, indices, axis=0), 0))
        return chosen(name, x, indices, axis, keepdim and rank(input) > 0)

    torch_function(name)(adapter)


def _median_index(x: Any, axis: int, ignore_nan: bool) -> Any:
    """The position of the lower median, or of the first NaN."""
    order = pnp.argsort(x, axis=axis, stable=True)
    size = shape_of(x)[axis]
    if not dtype_of(x).is_inexact:
        return _first(order, (size - 1) // 2 + 1, axis, (size - 1) // 2)
    nans = pnp.count_nonzero(e.isnan(x), axis=axis, keepdims=True)
    if ignore_nan:
        place = e.floor_divide(e.maximum(e.subtract(size - 1, nans), 0), 2)
    else:
        place = e.where(e.greater(nans, 0), e.subtract(size, nans), (size - 1) // 2)
    return pnp.take_along_axis(order, place, axis=axis)


def _evenly(x: Any, value: Any) -> Any:
    """`value`, an element of `x`, as the mean of all that are equal to it, for its derivative."""
    if not dtype_of(x).is_inexact:
        return value
    equal = e.logical_or(e.equal(x, value), e.logical_and(e.isnan(x), e.isnan(value)))
    count = pnp.sum(as_type(equal, dtype_of(x)))
    return pnp.sum(e.divide(pnp.where(equal, x, 0), count))


_lower_median("median", False)
_lower_median("nanmedian", True)


@torch_function("mode")
def mode(input: Any, dim: int = -1, keepdim: bool = False) -> Any:
    """The element that appears most often, the smallest of several, and its last position."""
    x, axis = pnp.moveaxis(_padded(input), dim_of(dim, input), -1), dim_of(dim, input)
    same = e.equal(pnp.expand_dims(x, -1), pnp.expand_dims(x, -2))
    counts = pnp.count_nonzero(same, axis=-1)
    most = e.equal(counts, pnp.max(counts, axis=-1, keepdims=True))
    value = pnp.min(
        pnp.where(most, x, math.inf if dtype_of(x).is_inexact else _largest(x)),
        axis=-1,
        keepdims=True,
    )
    here = e.equal(x, value)
    places = pnp.where(here, positions(shape_of(x)[-1], x), -1)
    indices = pnp.moveaxis(pnp.max(places, axis=-1, keepdims=True), -1, axis)
    return chosen("mode", _padded(input), indices, axis, keepdim and rank(input) > 0)


def _largest(x: Any) -> int:
    return int(pnp.iinfo(dtype_of(x)).max)


def _quantile(name: str, function: Callable[..., Any]) -> None:
    def adapter(
        input: Any,
        q: Any,
        dim: int | None = None,
        keepdim: bool = False,
        *,
        interpolation: str = "linear",
    ) -> Any:
        x = pnp.reshape(input, (-1,)) if dim is None else _padded(input)
        axis = 0 if dim is None else dim_of(dim, input)
        made = function(x, q, axis=axis, method=interpolation, keepdims=keepdim and dim is not None)
        if keepdim and dim is None:
            return pnp.reshape(made, (*shape_of(q), *(1,) * rank(input)))
        return pnp.reshape(made, shape_of(q)) if rank(input) == 0 else made

    torch_function(name)(adapter)


_quantile("quantile", pnp.quantile)
_quantile("nanquantile", pnp.nanquantile)

# -- Running ---------------------------------------------------------------------------------------


def _running(name: str, function: Callable[..., Any]) -> None:
    def adapter(input: Any, dim: int, *, dtype: Any = None) -> Any:
        x = of_dtype(input, dtype)
        return convert(along(lambda x, axis: function(x, axis=axis), x, dim), dtype)

    torch_function(name)(adapter)


_running("cumsum", pnp.cumulative_sum)
_running("cumprod", pnp.cumulative_prod)


def _running_extreme(name: str, function: Callable[..., Any], beats: Callable[..., Any]) -> None:
    """Rows of `cummax` and `cummin`: the index is that of the last element that is as extreme."""

    def both(x: Any, axis: int) -> Any:
        x = pnp.moveaxis(x, axis, -1)
        extreme = function(x, axis=-1)
        reached = e.equal(x, extreme)
        if dtype_of(x).is_inexact:
            reached = e.logical_or(reached, e.isnan(x))
        indices = pnp.cummax(pnp.where(reached, positions(shape_of(x)[-1], x), 0), axis=-1)
        values = pnp.take_along_axis(x, indices, axis=-1)
        return [pnp.moveaxis(part, -1, axis) for part in (values, indices)]

    def adapter(input: Any, dim: int) -> Any:
        return named(name, *along(both, input, dim))

    torch_function(name)(adapter)


_running_extreme("cummax", pnp.cummax, e.greater_equal)
_running_extreme("cummin", pnp.cummin, e.less_equal)


@torch_function("logcumsumexp")
def logcumsumexp(input: Any, dim: int) -> Any:
    return along(lambda x, axis: cumulative_logsumexp(x, axis=axis), floating(input), dim)


@torch_function("diff")
def diff(input: Any, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None) -> Any:
    return pnp.diff(input, n=n, axis=dim, prepend=prepend, append=append)


def _trapezoids(y: Any, x: Any, dx: Any, dim: int) -> Any:
    """The areas between neighbours along the last dimension."""
    y = pnp.moveaxis(y, dim, -1)
    if x is not None:
        x = pnp.moveaxis(x, dim, -1) if rank(x) > 1 else x
        dx = e.subtract(x[..., 1:], x[..., :-1])
    return div(e.multiply(e.add(y[..., 1:], y[..., :-1]), dx), 2)


@torch_function("trapezoid", "trapz")
def trapezoid(y: Any, x: Any = None, *, dx: Any = None, dim: int = -1) -> Any:
    return pnp.sum(_trapezoids(y, x, 1 if dx is None else dx, dim), axis=-1)


@torch_function("cumulative_trapezoid")
def cumulative_trapezoid(y: Any, x: Any = None, *, dx: Any = None, dim: int = -1) -> Any:
    parts = _trapezoids(y, x, 1 if dx is None else dx, dim)
    return pnp.moveaxis(pnp.cumulative_sum(parts, axis=-1), -1, dim)


# -- Norms -----------------------------------------------------------------------------------------


def power_norm(x: Any, p: Any, dims: tuple[int, ...], keepdim: bool) -> Any:
    """The p-norm of the elements along dimensions."""
    if p == 0:
        nonzero = as_type(e.not_equal(x, 0), dtype_of(x).real)
        return pnp.sum(nonzero, axis=dims, keepdims=keepdim)
    return pnp.linalg.vector_norm(x, axis=dims, ord=p, keepdims=keepdim)


@torch_function("norm", "functional.norm")
def norm(
    input: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None
) -> Any:
    """The p-norm of elements; "nuc" is that of the singular values of matrices."""
    x = of_dtype(input, dtype)
    if p == "nuc":
        dims = dims_of(dim, x)
        made = pnp.linalg.matrix_norm(pnp.moveaxis(x, dims, (-2, -1)), ord="nuc")
        return pnp.expand_dims(made, dims) if keepdim else made
    return power_norm(x, 2 if p in ("fro", None) else p, dims_of(dim, x), keepdim)


@torch_function("dist")
def dist(input: Any, other: Any, p: Any = 2) -> Any:
    x = sub(input, other)
    return power_norm(x, p, dims_of(None, x), False)


@torch_function("renorm")
def renorm(input: Any, p: Any, dim: int, maxnorm: Any) -> Any:
    """Each slice along `dim` scaled down to a p-norm of `maxnorm`, with torch's guard of 1e-7."""
    kept = dim_of(dim, input)
    others = tuple(d for d in range(rank(input)) if d != kept)
    size = power_norm(input, p, others, True)
    factor = pnp.where(e.greater(size, maxnorm), e.divide(maxnorm, e.add(size, 1e-7)), 1.0)
    return e.multiply(input, factor)


# -- Statistics ------------------------------------------------------------------------------------


@torch_function("cov")
def cov(input: Any, *, correction: int = 1, fweights: Any = None, aweights: Any = None) -> Any:
    """The covariance of rows, each column with its weight."""
    x = pnp.reshape(input, (1, -1)) if rank(input) < 2 else input
    given = [as_type(w, dtype_of(x).real) for w in (fweights, aweights) if w is not None]
    weights = (
        math.prod(given[1:], start=given[0])
        if given
        else pnp.ones(shape_of(x)[-1], dtype=dtype_of(x).real)
    )
    weight = pnp.sum(weights)
    less = (
        correction
        if aweights is None
        else e.divide(e.multiply(correction, pnp.sum(e.multiply(weights, given[-1]))), weight)
    )
    off = e.subtract(x, e.divide(pnp.sum(e.multiply(x, weights), axis=1, keepdims=True), weight))
    product = pnp.matmul(e.multiply(off, weights), e.conj(pnp.matrix_transpose(off)))
    norm = e.subtract(weight, less)
    made = e.divide(product, e.where(e.greater(norm, 0), norm, 0.0))
    return pnp.reshape(made, ()) if rank(input) < 2 else made


@torch_function("corrcoef")
def corrcoef(input: Any) -> Any:
    return pnp.corrcoef(input)
