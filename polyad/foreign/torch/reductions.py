"""Reductions: sums, extremes, norms, statistics."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ... import numpy as pnp
from ... import special
from ...errors import PolyadTypeError, PolyadValueError
from ...ir import user_location, where
from ...ir.types import int64
from ...numpy._core import convert, dtype_of, shape_of
from ...ops import elementwise as e
from .dims import dim_of, dims_of, is_array, named, rank
from .elementwise import div, mul, sub
from .promotion import as_type, floating, promoted
from .table import torch_function, unknown_options

# -- Sums and products -----------------------------------------------------------------------------


def of_dtype(x: Any, dtype: Any) -> Any:
    """`x` converted before it is reduced, if a dtype is given."""
    return x if dtype is None else as_type(x, dtype)


def accumulated(x: Any, dtype: Any) -> Any:
    """`x` as it is summed: integers and booleans in int64, unless a dtype is given."""
    if dtype is None and not dtype_of(x).is_inexact:
        return as_type(x, int64)
    return of_dtype(x, dtype)


@torch_function("sum")
def sum(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    x = accumulated(input, dtype)
    return convert(pnp.sum(x, axis=dims_of(dim, x), keepdims=keepdim), dtype)


@torch_function("nansum")
def nansum(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    x = of_dtype(input, dtype)
    x = pnp.where(e.isnan(x), 0, x) if dtype_of(x).is_inexact else x
    return sum(x, dim, keepdim, dtype=dtype)


@torch_function("prod")
def prod(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    x = accumulated(input, dtype)
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
            raise unknown_options(others)
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


# -- Norms -----------------------------------------------------------------------------------------


def power_norm(x: Any, p: Any, dims: tuple[int, ...], keepdim: bool) -> Any:
    """The p-norm of the elements along dimensions."""
    if p == 0:
        nonzero = as_type(e.not_equal(x, 0), dtype_of(x).real)
        return pnp.sum(nonzero, axis=dims, keepdims=keepdim)
    return pnp.linalg.vector_norm(x, axis=dims, ord=p, keepdims=keepdim)


@torch_function("norm", "functional.norm", "_VF.norm")
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


@torch_function("norm_except_dim", "_VF.norm_except_dim")
def norm_except_dim(v: Any, pow: int = 2, dim: int = 0) -> Any:
    """The norms of the slices along `dim`."""
    others = None if dim == -1 else tuple(d for d in range(rank(v)) if d != dim_of(dim, v))
    return power_norm(v, pow, dims_of(None, v) if others is None else others, dim != -1)


@torch_function("torch._weight_norm", "_VF._weight_norm")
def weight_norm(v: Any, g: Any, dim: int = 0) -> Any:
    """`v` with slices along `dim` of the lengths `g`."""
    return mul(v, div(g, norm_except_dim(v, 2, dim)))


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
    given = [w for w in (fweights, aweights) if w is not None]
    weights = mul(*given) if len(given) == 2 else given[0] if given else None
    weighted = lambda rows: rows if weights is None else mul(rows, weights)
    total = shape_of(x)[-1] if weights is None else sum(weights)
    off = sub(x, div(sum(weighted(x), 1, True), total))
    less = correction
    if aweights is not None:
        less = div(mul(sum(mul(weights, aweights)), correction), total)
    norm = sub(total, less) if is_array(total) else max(total - less, 0)
    if is_array(norm):
        norm = pnp.where(e.greater(norm, 0), norm, pnp.zeros((), dtype=dtype_of(norm)))
    made = div(pnp.matmul(off, e.conj(pnp.matrix_transpose(weighted(off)))), norm)
    return pnp.reshape(made, ()) if shape_of(x)[0] == 1 else made


@torch_function("corrcoef")
def corrcoef(input: Any) -> Any:
    return pnp.corrcoef(input)


@torch_function("gradient")
def gradient(
    input: Any, *, spacing: Any = None, dim: Any = None, edge_order: int = 1
) -> tuple[Any, ...]:
    """Central differences along dimensions; `spacing` is a length, or coordinates, for each."""
    dims = dims_of(dim, input)
    spacing = 1 if spacing is None else spacing
    given = list(spacing) if isinstance(spacing, tuple | list) else [spacing] * len(dims)
    if len(given) != len(dims):
        raise PolyadValueError(
            f"torch.gradient: {len(given)} spacings for {len(dims)} dimensions"
            f"{where(user_location())}"
        )
    pairs = zip(dims, given, strict=True)
    return tuple(pnp.gradient(input, h, axis=d, edge_order=edge_order) for d, h in pairs)
