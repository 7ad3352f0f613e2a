"""Averages, order statistics, correlation. Derivatives of order statistics follow the elements that
`sort` puts at their positions.
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable
from typing import Any

from ..errors import PolyadTypeError, PolyadValueError, ShapeError
from ..ir import Handle, user_location, where
from ..ir.symbolic import as_float
from ..ir.types import int64
from ..ops import elementwise as e
from ..ops import indexing as i
from ..ops import manipulation as m
from ..ops.promotion import default_float, promote
from ..ops.shapes import with_ones
from ..texts import shown
from ._core import (
    Axis,
    array_of,
    axes_of,
    beside_arrays,
    convert,
    dtype_of,
    known_values,
    promoted,
    shape_of,
)
from ._out import gives_out
from ._storage import computed_wide
from .clipping import clip
from .cumulative import cumulative_sum
from .extremes import max, min
from .indexing import diagonal
from .joining import concat
from .manipulation import atleast_2d, broadcast_to, expand_dims, moveaxis, reshape
from .moments import mean
from .products import matmul
from .reduction import all, any, as_floating, count_over, sum, with_kept
from .taking import take, take_along_axis

# -- Averages --------------------------------------------------------------------------------------


@computed_wide
@beside_arrays
def average(
    a: Any,
    axis: Axis = None,
    weights: Any = None,
    returned: bool = False,
    *,
    keepdims: bool = False,
) -> Any:
    """The mean over `axis` (None: all), weighted if there are `weights` (of the shape of `a`, or of
    its axis); with `returned`, a pair with the sum of the weights.

    Raises `ShapeError` for weights of another shape.

    >>> average([1.0, 3.0], weights=[3.0, 1.0])
    np.float64(1.5)
    """
    a = as_floating(a)
    axes = axes_of(axis, a)
    if weights is None:
        found = mean(a, axis=axes, keepdims=keepdims)
        total = e.add(e.multiply(found, 0.0), as_float(count_over(a, axes)))
    else:
        a, w = promoted([a, weights])
        w = _weights(a, w, axis, axes)
        total = sum(w, axis=axes, keepdims=keepdims)
        found = e.divide(sum(e.multiply(a, w), axis=axes, keepdims=keepdims), total)
    return (found, broadcast_to(total, shape_of(found))) if returned else found


def _weights(a: Any, w: Any, axis: Axis, axes: tuple[int, ...]) -> Any:
    """Weights along `axes`, in the shape of `a`."""
    shape = shape_of(a)
    if shape_of(w) == shape:
        return w
    if axis is None or shape_of(w) != tuple(shape[k] for k in axes):
        expected = f"{shape} of the array" if axis is None else f"{tuple(shape[k] for k in axes)}"
        raise ShapeError(
            f"average: weights have shape {shape_of(w)}, expected {expected}"
            f"{where(user_location())}"
        )
    order = sorted(range(len(axes)), key=axes.__getitem__)
    w = m.permute_dims(w, axes=tuple(order)) if len(axes) > 1 else w
    w = m.reshape(w, shape=tuple(n if k in axes else 1 for k, n in enumerate(shape)))
    return broadcast_to(w, shape)


@gives_out
@beside_arrays
def ptp(a: Any, axis: Axis = None, out: Any = None, keepdims: bool = False) -> Any:
    """The largest less the smallest element over `axis` (None: all)."""
    a = array_of(a)
    return e.subtract(max(a, axis=axis, keepdims=keepdims), min(a, axis=axis, keepdims=keepdims))


# -- Quantiles -------------------------------------------------------------------------------------


def _by_parameters(alpha: float, beta: float) -> Callable[[Any, Any], Any]:
    """The continuous definitions of Hyndman and Fan (1996): position nq + α + q(1 - α - β) - 1."""

    def position(n: Any, q: Any) -> Any:
        shift = e.add(e.multiply(q, 1 - alpha - beta), alpha - 1)
        return e.add(e.multiply(q, n), shift)

    return position


def _whole(position: Any) -> Any:
    return e.equal(e.remainder(position, 1.0), 0)


def _round_up(position: Any) -> Any:
    return e.where(_whole(position), position, e.add(e.floor(position), 1.0))


def _inverted_cdf(n: Any, q: Any) -> Any:
    return _round_up(e.subtract(e.multiply(q, n), 1.0))


def _averaged(n: Any, q: Any) -> Any:
    position = e.subtract(e.multiply(q, n), 1.0)
    return e.where(_whole(position), e.add(position, 0.5), e.add(e.floor(position), 1.0))


def _closest(n: Any, q: Any) -> Any:
    """The even order statistic of two that are equally close."""
    position = e.subtract(e.multiply(q, n), 1.5)
    odd = e.equal(e.remainder(e.floor(position), 2.0), 1)
    stays = e.logical_and(_whole(position), odd)
    return e.where(stays, position, e.add(e.floor(position), 1.0))


def _linear(n: Any, q: Any) -> Any:
    return e.multiply(q, e.subtract(n, 1.0))


def _midpoint(n: Any, q: Any) -> Any:
    position = _linear(n, q)
    return e.multiply(e.add(e.floor(position), e.ceil(position)), 0.5)


METHODS: dict[str, Callable[[Any, Any], Any]] = {
    "inverted_cdf": _inverted_cdf,
    "averaged_inverted_cdf": _averaged,
    "closest_observation": _closest,
    "interpolated_inverted_cdf": _by_parameters(0.0, 1.0),
    "hazen": _by_parameters(0.5, 0.5),
    "weibull": _by_parameters(0.0, 0.0),
    "linear": _linear,
    "median_unbiased": _by_parameters(1 / 3, 1 / 3),
    "normal_unbiased": _by_parameters(3 / 8, 3 / 8),
    "lower": lambda n, q: e.floor(_linear(n, q)),
    "higher": lambda n, q: e.ceil(_linear(n, q)),
    "midpoint": _midpoint,
    "nearest": lambda n, q: e.round(_linear(n, q)),
}


DISCRETE = ("inverted_cdf", "closest_observation", "lower", "higher", "nearest")
"""The methods that give an element, in its dtype."""


@computed_wide
@gives_out
@beside_arrays
def quantile(
    a: Any,
    q: Any,
    axis: Axis = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: Any = None,
) -> Any:
    """The q-quantiles of `a` over `axis` (None: all), by any of NumPy's methods; NaN where `a` has
    a NaN. The shape is that of `q`, then that of the other axes.

    `weights` (for method "inverted_cdf") are of the shape of `a`, or of its axis. Differentiable in
    `a`, and where the method interpolates, in `q`.

    Raises `PolyadValueError` for an unknown method, for `q` outside of [0, 1], and for other
    methods with weights; `PolyadTypeError` for complex arrays.

    >>> quantile([1.0, 2.0, 4.0], 0.75)
    np.float64(3.0)
    """
    return _quantile("quantile", a, q, axis, method, keepdims, weights, False)


@computed_wide
@gives_out
@beside_arrays
def percentile(
    a: Any,
    q: Any,
    axis: Axis = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: Any = None,
) -> Any:
    """`quantile`, of `q` in per cent.

    >>> percentile([1.0, 2.0, 4.0], 75)
    np.float64(3.0)
    """
    return _quantile("percentile", a, q, axis, method, keepdims, weights, False)


@computed_wide
@gives_out
@beside_arrays
def median(
    a: Any,
    axis: Axis = None,
    out: Any = None,
    overwrite_input: bool = False,
    keepdims: bool = False,
) -> Any:
    """The middle element over `axis` (None: all), or the mean of the two that are in the middle;
    NaN where `a` has a NaN.

    >>> median([1.0, 4.0, 2.0])
    np.float64(2.0)
    """
    return _median("median", a, axis, keepdims, False)


def _median(what: str, a: Any, axis: Axis, keepdims: bool, ignoring_nan: bool) -> Any:
    a = _ordered(what, a)
    axes = axes_of(axis, a)
    rows = i.sort(_last(a, axes), axis=len(shape_of(a)) - len(axes), descending=False)
    size = shape_of(rows)[-1]
    if size == 0:
        empty = e.multiply(sum(a, axis=axes), math.nan)
        return with_kept(empty, a, axes, keepdims)
    if ignoring_nan:
        n = sum(e.logical_not(e.isnan(rows)), axis=-1, keepdims=True)
        first = e.maximum(e.floor_divide(e.subtract(n, 1), 2), 0)
        ends = [take_along_axis(rows, k, axis=-1) for k in (first, e.floor_divide(n, 2))]
        both = [m.reshape(x, shape=shape_of(x)[:-1]) for x in ends]
        both = [e.where(m.reshape(e.equal(n, 0), shape=shape_of(x)), math.nan, x) for x in both]
    else:
        both = [_at(rows, k) for k in ((size - 1) // 2, size // 2)]
        last = _at(rows, size - 1)
        both = [e.where(e.isnan(last), math.nan, x) for x in both]
    found = both[0] if size % 2 and not ignoring_nan else e.multiply(e.add(*both), 0.5)
    return with_kept(found, a, axes, keepdims)


def _at(rows: Any, k: int) -> Any:
    part = m.slice_axis(rows, len(shape_of(rows)) - 1, k, k + 1)
    return m.reshape(part, shape=shape_of(part)[:-1])


def _ordered(what: str, a: Any, as_it_is: bool = False) -> Any:
    a = array_of(a) if as_it_is else as_floating(a)
    if dtype_of(a).is_complex:
        raise PolyadTypeError(
            f"{what} takes real arrays, not {dtype_of(a)}{where(user_location())}\n"
            "  Complex numbers have no order."
        )
    return a


def _last(a: Any, axes: tuple[int, ...]) -> Any:
    """`a` with `axes` joined to one, the last."""
    shape = shape_of(a)
    rest = tuple(k for k in range(len(shape)) if k not in axes)
    moved = m.permute_dims(a, axes=(*rest, *axes))
    return m.reshape(moved, shape=(*(shape[k] for k in rest), count_over(a, axes)))


def _fractions(what: str, q: Any, dtype: Any) -> Any:
    """`q` as fractions in `dtype`. Known values outside of [0, 1] are errors."""
    whole = 100 if what.endswith("percentile") else 1
    q = array_of(q)
    if dtype_of(q).is_complex:
        raise PolyadTypeError(f"{what}: q is real, not {dtype_of(q)}{where(user_location())}")
    if not isinstance(q, Handle):
        for value in known_values(q, what, ""):
            if not 0 <= value <= whole:
                raise PolyadValueError(
                    f"{what}: q lies within [0, {whole}], not {value}{where(user_location())}"
                )
    q = convert(q, promote([dtype, dtype_of(q)]) if dtype_of(q).is_floating else dtype)
    return e.divide(q, float(whole)) if whole == 100 else q


def _quantile(
    what: str,
    a: Any,
    q: Any,
    axis: Axis,
    method: str,
    keepdims: bool,
    weights: Any,
    ignoring_nan: bool,
) -> Any:
    if method not in METHODS:
        raise PolyadValueError(
            f"{what}: method is one of {', '.join(METHODS)}; not "
            f"{shown(method)}{where(user_location())}"
        )
    a = _ordered(what, a, method in DISCRETE)
    q = _fractions(what, q, dtype_of(a) if dtype_of(a).is_inexact else default_float())
    axes = axes_of(axis, a)
    rows, lead = _last(a, axes), shape_of(q)
    if shape_of(rows)[-1] == 0:
        raise PolyadValueError(
            f"{what}: an array of shape {shape_of(a)} has no elements over axis "
            f"{axis}{where(user_location())}"
        )
    flat = reshape(q, (math.prod(lead), *(1,) * (len(shape_of(rows)) - 1)))
    if weights is None:
        found = _picked(rows, flat, method, ignoring_nan)
    else:
        found = _weighted(what, a, rows, flat, (axis, axes), method, weights, ignoring_nan)
    rest = with_ones(shape_of(a), axes) if keepdims else shape_of(rows)[:-1]
    return m.reshape(found, shape=(*lead, *rest))


def _picked(rows: Any, q: Any, method: str, ignoring_nan: bool) -> Any:
    """Quantiles along the last axis, by the positions that `method` gives among the sorted."""
    rows = i.sort(rows, axis=len(shape_of(rows)) - 1, descending=False)
    size, dtype = shape_of(rows)[-1], dtype_of(rows)
    n: Any = float(size)
    if ignoring_nan:
        n = e.astype(sum(e.logical_not(e.isnan(rows)), axis=-1), dtype=dtype_of(q))
        empty = e.equal(n, 0)
    else:
        empty = e.isnan(_at(rows, size - 1))
    position = clip(METHODS[method](n, q), 0.0, e.maximum(e.subtract(n, 1.0), 0.0))
    below = e.floor(position)
    if method in DISCRETE:
        found = _gather(rows, e.astype(below, dtype=int64))
        return e.where(empty, math.nan, found) if dtype.is_inexact else found
    weight = convert(e.subtract(position, below), dtype)
    ends = []
    for place in (below, e.minimum(e.add(below, 1.0), e.maximum(e.subtract(n, 1.0), 0.0))):
        index = e.astype(place, dtype=int64)
        ends.append(_gather(rows, index))
    low, high = ends
    rise = e.subtract(high, low)
    near_low = e.add(low, e.multiply(rise, weight))
    near_high = e.subtract(high, e.multiply(rise, e.subtract(1.0, weight)))
    found = e.where(e.greater_equal(weight, 0.5), near_high, near_low)
    found = e.where(e.equal(low, high), low, found)
    return e.where(empty, math.nan, found)


def _gather(rows: Any, index: Any) -> Any:
    """`rows` at `index` along their last axis, which moves to the front."""
    shape = shape_of(rows)
    if _all_ones(shape_of(index)[1:]):
        count = shape_of(index)[0]
        return moveaxis(take(rows, m.reshape(index, shape=(count,)), axis=-1), -1, 0)
    index = moveaxis(broadcast_to(index, (shape_of(index)[0], *shape[:-1])), 0, -1)
    return moveaxis(take_along_axis(rows, index, axis=-1), -1, 0)


def _all_ones(shape: tuple[int, ...]) -> bool:
    return math.prod(shape) == 1


def _weighted(
    what: str,
    a: Any,
    rows: Any,
    q: Any,
    axis: tuple[Axis, tuple[int, ...]],
    method: str,
    weights: Any,
    ignoring_nan: bool,
) -> Any:
    """The first of the sorted elements whose share of the weights reaches q."""
    if method != "inverted_cdf":
        raise PolyadValueError(
            f"{what}: only method 'inverted_cdf' takes weights, not {shown(method)}"
            f"{where(user_location())}"
        )
    w = _last(_weights(a, convert(array_of(weights), dtype_of(a)), *axis), axis[1])
    order = i.argsort(rows, axis=len(shape_of(rows)) - 1, descending=False)
    rows, w = take_along_axis(rows, order, axis=-1), take_along_axis(w, order, axis=-1)
    missing = e.isnan(rows)
    w = e.where(missing, 0.0, w) if ignoring_nan else w
    total = cumulative_sum(w, axis=len(shape_of(w)) - 1)
    share = e.divide(total, expand_dims(_at(total, shape_of(total)[-1] - 1), axis=-1))
    share = e.where(e.equal(share, 0), -1.0, share)
    short = e.less(share, expand_dims(q, axis=-1))
    index = e.minimum(sum(short, axis=-1), shape_of(rows)[-1] - 1)
    bad = all(missing, axis=-1) if ignoring_nan else any(missing, axis=-1)
    return e.where(bad, math.nan, _gather(rows, index))


# -- Correlation -----------------------------------------------------------------------------------


@computed_wide
@beside_arrays
def cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Any:
    """The covariance matrix of variables that are the rows of `m` and `y` (columns, unless
    `rowvar`), each column an observation; divided by N - 1, by N if `bias`, by N - `ddof` if given.

    `fweights` count observations, `aweights` weigh them.

    Raises `ShapeError` for arrays of more than two dimensions and weights of another length.

    >>> cov([1.0, 2.0, 3.0])
    np.float64(1.0)
    """
    x = _variables(m, rowvar, "m")
    if y is not None:
        x = concat([x, _variables(y, rowvar, "y")], axis=0)
    x = convert(as_floating(x), dtype)
    ddof = (0 if bias else 1) if ddof is None else ddof
    count = shape_of(x)[1]
    w = None
    for name, given in (("fweights", fweights), ("aweights", aweights)):
        if given is None:
            continue
        part = convert(array_of(given), dtype_of(x).real)
        if shape_of(part) != (count,):
            raise ShapeError(
                f"cov: {name} have shape {shape_of(part)}, expected {(count,)}, one for each "
                f"observation{where(user_location())}"
            )
        w = part if w is None else e.multiply(w, part)
    if w is None:
        total: Any = float(count)
        divisor: Any = builtins.max(total - ddof, 0.0)
    else:
        total = sum(w)
        extra = w if aweights is None else e.multiply(w, convert(array_of(aweights), dtype_of(w)))
        share = e.divide(sum(extra), total) if aweights is not None else 1.0
        divisor = e.maximum(e.subtract(total, e.multiply(share, float(ddof))), 0.0)
    scaled = x if w is None else e.multiply(x, w)
    centred = e.subtract(x, e.divide(sum(scaled, axis=1, keepdims=True), total))
    other = centred if w is None else e.multiply(centred, w)
    adjoint = e.conj(_transposed(other)) if dtype_of(x).is_complex else _transposed(other)
    found = e.divide(matmul(centred, adjoint), divisor)
    return reshape(found, ()) if shape_of(found) == (1, 1) else found


def _transposed(x: Any) -> Any:
    return m.permute_dims(x, axes=(1, 0))


def _variables(x: Any, rowvar: bool, name: str) -> Any:
    x = array_of(x)
    n = len(shape_of(x))
    if n > 2:
        raise ShapeError(f"cov: {name} has two dimensions at most, not {n}{where(user_location())}")
    x = atleast_2d(x)
    return x if rowvar or n < 2 else _transposed(x)


@computed_wide
@beside_arrays
def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    """Pearson's correlation coefficients: `cov` over the product of standard deviations.

    >>> corrcoef([[1.0, 2.0], [2.0, 1.0]])
    array([[ 1., -1.],
           [-1.,  1.]])
    """
    c = cov(x, y, rowvar, dtype=dtype)
    if shape_of(c) == ():
        return e.divide(c, c)
    deviation = e.sqrt(e.real(diagonal(c)))
    found = e.divide(e.divide(c, expand_dims(deviation, axis=1)), deviation)
    if dtype_of(found).is_complex:
        return found
    return clip(found, -1.0, 1.0)
