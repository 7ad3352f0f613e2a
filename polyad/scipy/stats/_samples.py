"""Statistics of samples."""

from __future__ import annotations

from typing import Any, NamedTuple

from ... import numpy as pnp
from ...numpy._arguments import refuse
from ...numpy._core import array_of, shape_of
from ...texts import shown


def _propagates(function: str, nan_policy: str) -> None:
    if nan_policy != "propagate":
        refuse(
            f"scipy.stats.{function}: nan_policy is 'propagate', not {shown(nan_policy)}\n  Leave "
            "NaNs out before the call."
        )


def sem(
    a: Any,
    axis: int | None = 0,
    ddof: int = 1,
    nan_policy: str = "propagate",
    *,
    keepdims: bool = False,
) -> Any:
    """The standard error of the mean along `axis`.

    >>> sem([1.0, 3.0])
    np.float64(1.0)
    """
    x = array_of(a)
    if nan_policy == "omit":
        number = pnp.sum(pnp.logical_not(pnp.isnan(x)), axis=axis, keepdims=keepdims)
        return pnp.nanstd(x, axis=axis, ddof=ddof, keepdims=keepdims) / pnp.sqrt(number)
    _propagates("sem", nan_policy)
    count = x.size if axis is None else shape_of(x)[axis]
    return pnp.std(x, axis=axis, ddof=ddof, keepdims=keepdims) / pnp.sqrt(float(count))


class ModeResult(NamedTuple):
    """The result of `mode`."""

    mode: Any
    count: Any


def mode(
    a: Any, axis: int | None = 0, nan_policy: str = "propagate", keepdims: bool = False
) -> ModeResult:
    """The most frequent element along `axis`, the least of several, and how often it is there.

    >>> mode([3.0, 1.0, 3.0])
    ModeResult(mode=np.float64(3.0), count=np.int64(2))
    """
    _propagates("mode", nan_policy)
    x = array_of(a)
    line = pnp.ravel(x) if axis is None else pnp.moveaxis(x, axis, -1)
    ordered = pnp.sort(line, axis=-1)
    both_nan = lambda u, v: pnp.logical_and(u != u, v != v)
    alike = lambda u, v: pnp.logical_or(u == v, both_nan(u, v))
    counts = pnp.sum(alike(ordered[..., :, None], ordered[..., None, :]), axis=-1)
    place = pnp.argmax(counts, axis=-1, keepdims=True)
    found = [pnp.take_along_axis(v, place, axis=-1) for v in (ordered, counts)]
    if not keepdims:
        return ModeResult(*(pnp.take(v, 0, axis=-1) for v in found))
    if axis is None:
        return ModeResult(*(pnp.reshape(v, (1,) * x.ndim) for v in found))
    return ModeResult(*(pnp.moveaxis(v, -1, axis) for v in found))


def rankdata(
    a: Any, method: str = "average", *, axis: int | None = None, nan_policy: str = "propagate"
) -> Any:
    """The ranks of the elements, from 1 on; of equal ones by `method`: "average", "min", "max",
    "dense" or "ordinal".

    >>> rankdata([3.0, 1.0, 3.0])
    array([2.5, 1. , 2.5])
    """
    _propagates("rankdata", nan_policy)
    known = ("average", "min", "max", "dense", "ordinal")
    if method not in known:
        refuse(f"scipy.stats.rankdata: method is one of {', '.join(known)}, not {shown(method)}")
    x = array_of(a)
    if axis is None:
        return _ranks(pnp.ravel(x), method)
    return pnp.apply_along_axis(lambda v: _ranks(v, method), axis, x)


def _ranks(x: Any, method: str) -> Any:
    order = pnp.argsort(x, stable=True)
    ordinal = pnp.argsort(order, stable=True) + 1
    if method == "ordinal":
        return ordinal
    below = pnp.sum(x[:, None] > x[None, :], axis=1)
    equal = pnp.sum(x[:, None] == x[None, :], axis=1)
    if method == "min":
        return below + 1
    if method == "max":
        return below + equal
    if method == "average":
        return below + 0.5 * (equal + 1)
    ordered = x[order]
    dense = pnp.concatenate([pnp.ones(1, dtype=int), ordered[1:] != ordered[:-1]])
    return pnp.cumulative_sum(dense)[ordinal - 1]
