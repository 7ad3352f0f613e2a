"""Functions that sort, select and run along a dimension."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ... import numpy as pnp
from ...errors import PolyadValueError
from ...ir import user_location, where
from ...numpy._core import convert, dtype_of, positions, shape_of
from ...ops import elementwise as e
from ...ops.cumulative import cumulative_logsumexp
from .dims import along, dim_of, named, rank
from .elementwise import div
from .promotion import as_type, floating
from .reductions import accumulated, chosen
from .table import torch_function

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
        x = accumulated(input, dtype)
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
    if n == 0:
        return input
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
