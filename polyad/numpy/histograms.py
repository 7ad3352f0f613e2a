"""Counting: into bins, and of integers. Counts have no derivative; weights have."""

from __future__ import annotations

import builtins
import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

from ..errors import PolyadTypeError, PolyadValueError, ShapeError
from ..ir import Handle, user_location, where
from ..ir.types import int64
from ..ops import elementwise as e
from ..ops import indexing as i
from ..ops import manipulation as m
from ..ops.promotion import default_float
from ..texts import shown
from ._core import (
    array_of,
    beside,
    beside_arrays,
    convert,
    dtype_of,
    known_values,
    promoted,
    shape_of,
)
from .creation import zeros
from .cumulative import diff
from .extremes import max, min
from .functional import extract
from .indexing import getitem
from .manipulation import ravel, reshape
from .moments import mean, std
from .ranges import linspace
from .reduction import as_floating, sum
from .searching import searchsorted
from .statistics import percentile, ptp

# -- Integers --------------------------------------------------------------------------------------


@beside_arrays
def bincount(
    x: Any, /, weights: Any = None, minlength: int = 0, *, length: int | None = None
) -> Any:
    """The count of each of 0, 1, … in the vector `x`, or the sum of its `weights`; up to the
    largest, or `minlength` numbers.

    Under `jit` and `vmap` the largest is not known: `length` says how many numbers are counted;
    larger ones are left out then, and negative ones count as 0.

    Raises `PolyadTypeError` for what are no integers, `PolyadValueError` for known negative ones,
    `ShapeError` for weights of another shape.

    >>> bincount([0, 2, 2])
    array([1, 0, 2])
    """
    x = array_of(x)
    if len(shape_of(x)) != 1 or not (dtype_of(x).is_integer or shape_of(x)[0] == 0):
        raise PolyadTypeError(
            f"bincount takes a vector of integers, not {dtype_of(x)} of shape "
            f"{shape_of(x)}{where(user_location())}"
        )
    x = convert(x, int64)
    if length is None:
        values = known_values(x, "the length of bincount", "length=n, how many numbers to count")
        if values and builtins.min(values) < 0:
            raise PolyadValueError(
                f"bincount: {builtins.min(values)} is negative{where(user_location())}"
            )
        length = builtins.max([minlength, *(v + 1 for v in values)])
    else:
        x = e.maximum(x, 0)
    return _counted(x, weights, length, "bincount")


def _counted(places: Any, weights: Any, length: int, what: str) -> Any:
    """Sums of `weights` (of ones, if None) by place; places out of range are left out."""
    if weights is None:
        updates: Any = e.add(e.multiply(places, 0), 1)
    else:
        updates = ravel(as_floating(weights))
        if shape_of(updates) != shape_of(places):
            raise ShapeError(
                f"{what}: {shape_of(updates)[0]} weights for {shape_of(places)[0]} "
                f"elements{where(user_location())}"
            )
    with beside(places):
        empty = zeros((length,), dtype=dtype_of(updates))
    return i.scatter(empty, places, updates, axis=0, mode="add")


@beside_arrays
def digitize(x: Any, bins: Any, right: bool = False) -> Any:
    """The number of the bin that each element of `x` falls into: bin k lies between edges k - 1 and
    k of `bins`, which rise or fall; the lower edge belongs to it, or if `right` the upper.

    Raises `PolyadValueError` for known edges that do neither.

    >>> digitize([0.5, 2.0], [0.0, 1.0, 2.0])
    array([1, 3])
    """
    x, bins = promoted([x, bins])
    if len(shape_of(bins)) != 1:
        raise ShapeError(
            f"digitize: bins are a vector, not of shape {shape_of(bins)}{where(user_location())}"
        )
    n = shape_of(bins)[0]
    if n == 0:
        return e.astype(e.multiply(x, 0), dtype=int64)
    side = "left" if right else "right"
    rising, falling = (searchsorted(b, x, side=side) for b in (bins, m.flip(bins, axes=(0,))))
    if not isinstance(bins, Handle):
        edges = known_values(bins, "digitize", "")
        if not _is_rising(edges) and not _is_rising(edges[::-1]):
            raise PolyadValueError(
                f"digitize: bins rise or fall throughout{where(user_location())}"
            )
    falls = e.less(m.slice_axis(bins, 0, n - 1, n), m.slice_axis(bins, 0, 0, 1))
    return e.where(reshape(falls, ()), e.subtract(n, falling), rising)


def _is_rising(values: Sequence[float]) -> bool:
    return all(a <= b for a, b in itertools.pairwise(values))


# -- Histograms ------------------------------------------------------------------------------------


@beside_arrays
def histogram(
    a: Any, bins: Any = 10, range: Any = None, density: bool | None = None, weights: Any = None
) -> tuple[Any, Any]:
    """The number of elements of `a` (or the sum of their `weights`) in each bin, and the edges of
    the bins; with `density`, divided by their total and the bins' widths.

    `bins` is their number, the rising edges, or the name of a rule ("auto", "fd", "doane", "scott",
    "stone", "rice", "sturges", "sqrt"), which needs known values. Every bin but the last is open on
    the right. Differentiable in the weights.

    >>> histogram([1.0, 2.0, 2.5], bins=2)
    (array([1, 2]), array([1.  , 1.75, 2.5 ]))
    """
    a = array_of(a)
    edges = histogram_bin_edges(a, bins, range, weights)
    flat = ravel(a)
    counts = _counted(_bins_of(flat, edges), weights, shape_of(edges)[0] - 1, "histogram")
    if not density:
        return counts, edges
    counts = as_floating(counts)
    return e.divide(e.divide(counts, diff(edges)), sum(counts)), edges


def _bins_of(flat: Any, edges: Any) -> Any:
    """The bin of each element, -1 or the number of bins for those outside."""
    flat, edges = promoted([flat, edges])
    n = shape_of(edges)[0]
    place = e.subtract(searchsorted(edges, flat, side="right"), 1)
    last = m.reshape(m.slice_axis(edges, 0, n - 1, n), shape=())
    return e.where(e.equal(flat, last), n - 2, place)


@beside_arrays
def histogram_bin_edges(a: Any, bins: Any = 10, range: Any = None, weights: Any = None) -> Any:
    """The edges of the bins of `histogram`.

    >>> histogram_bin_edges([1.0, 2.0], bins=2)
    array([1. , 1.5, 2. ])
    """
    a = array_of(a)
    if isinstance(bins, str):
        if weights is not None:
            raise PolyadTypeError(
                f"histogram: a rule for bins ({shown(bins)}) takes no weights"
                f"{where(user_location())}"
            )
        return _edges(a, _estimated(a, bins, range), range)
    if isinstance(bins, int) and not isinstance(bins, bool):
        return _edges(a, bins, range)
    edges = array_of(bins)
    if len(shape_of(edges)) != 1 or shape_of(edges)[0] < 2:
        raise PolyadValueError(
            "histogram: bins are a number, a rule's name, or a vector of two edges or more, not "
            f"of shape {shape_of(edges)}{where(user_location())}"
        )
    if not isinstance(edges, Handle) and not _is_rising(known_values(edges, "bins", "")):
        raise PolyadValueError(f"histogram: edges of bins rise{where(user_location())}")
    return edges


def _edges(a: Any, count: int, range: Any) -> Any:
    if count < 1:
        raise PolyadValueError(
            f"histogram: the number of bins is 1 or more, not {count}{where(user_location())}"
        )
    dtype = dtype_of(a) if dtype_of(a).is_inexact else default_float()
    low, high = _limits(a, range)
    with beside(a):
        low, high = (convert(array_of(v), dtype) for v in (low, high))
        flat = e.equal(low, high)
        low = e.where(flat, e.subtract(low, 0.5), low)
        return linspace(low, e.where(flat, e.add(high, 0.5), high), count + 1)


def _limits(a: Any, range: Any) -> tuple[Any, Any]:
    if range is not None:
        low, high = range
        if not any(isinstance(v, Handle) for v in (low, high)) and low > high:
            raise PolyadValueError(
                f"histogram: the range rises, not {low} … {high}{where(user_location())}"
            )
        return low, high
    return (0.0, 1.0) if 0 in shape_of(a) else (min(a), max(a))


def _estimated(a: Any, rule: str, range: Any) -> int:
    """The number of bins that a rule asks for: the extent of the values over the width it gives."""
    if rule not in RULES:
        raise PolyadValueError(
            f"histogram: the rules for bins are {', '.join(RULES)}; not "
            f"{shown(rule)}{where(user_location())}"
        )
    low, high = _limits(a, range)
    flat = ravel(a)
    inside = e.logical_and(e.greater_equal(flat, low), e.less_equal(flat, high))
    x = extract(inside, flat)
    if shape_of(x)[0] == 0:
        return 1
    width = _known(RULES[rule](x, shape_of(x)[0]))
    if dtype_of(a).is_integer and 0 < width < 1:
        width = 1.0
    extent = _known(e.subtract(high, low))
    return math.ceil(extent / width) or 1 if width else 1


def _known(x: Any) -> float:
    return float(known_values(x, "a rule for bins", "bins=n, their number")[0])


def _sturges(x: Any, n: int) -> Any:
    return e.divide(ptp(x), math.log2(n) + 1)


def _doane(x: Any, n: int) -> Any:
    """Sturges' rule with the skewness of the values (Doane, 1976)."""
    deviation = _known(std(x))
    if n < 3 or deviation == 0:
        return 0.0
    skewness = _known(mean(e.integer_pow(e.divide(e.subtract(x, mean(x)), deviation), exponent=3)))
    usual = math.sqrt(6.0 * (n - 2) / ((n + 1.0) * (n + 3)))
    return e.divide(ptp(x), 1 + math.log2(n) + math.log2(1 + abs(skewness) / usual))


def _freedman_diaconis(x: Any, n: int) -> Any:
    quartiles = percentile(x, [75, 25])
    return e.multiply(e.subtract(getitem(quartiles, 0), getitem(quartiles, 1)), 2 * n ** (-1 / 3))


def _auto(x: Any, n: int) -> Any:
    width, other = _known(_freedman_diaconis(x, n)), _known(_sturges(x, n))
    return builtins.min([width, other]) if width else other


def _stone(x: Any, n: int) -> Any:
    """The number of bins with the least cross-validated error (Stone, 1984)."""
    extent = _known(ptp(x))
    if n <= 1 or extent == 0:
        return 0.0

    def risk(bins: int) -> float:
        shares = e.divide(histogram(x, bins)[0], float(n))
        return (2 - (n + 1) * _known(sum(e.square(shares)))) * bins / extent

    most = builtins.max([100, int(math.sqrt(n))])
    return extent / builtins.min(builtins.range(1, most + 1), key=risk)


RULES: dict[str, Callable[[Any, int], Any]] = {
    "auto": _auto,
    "fd": _freedman_diaconis,
    "doane": _doane,
    "scott": lambda x, n: e.multiply(std(x), (24.0 * math.sqrt(math.pi) / n) ** (1 / 3)),
    "stone": _stone,
    "rice": lambda x, n: e.divide(ptp(x), 2.0 * n ** (1 / 3)),
    "sturges": _sturges,
    "sqrt": lambda x, n: e.divide(ptp(x), math.sqrt(n)),
}


@beside_arrays
def histogram2d(
    x: Any,
    y: Any,
    bins: Any = 10,
    range: Any = None,
    density: bool | None = None,
    weights: Any = None,
) -> tuple[Any, Any, Any]:
    """The number of points (x, y) (or the sum of their `weights`) in each cell of a grid, and the
    edges along both axes. `bins` is a number, edges, or a pair of these.

    >>> histogram2d([0.0, 1.0], [0.0, 1.0], bins=2)[0]
    array([[1., 0.],
           [0., 1.]])
    """
    pair = isinstance(bins, list | tuple) and len(bins) == 2
    if not pair and not isinstance(bins, int):
        bins = (bins, bins)
    counts, edges = histogramdd([array_of(x), array_of(y)], bins, range, density, weights)
    return counts, edges[0], edges[1]


@beside_arrays
def histogramdd(
    sample: Any,
    bins: Any = 10,
    range: Any = None,
    density: bool | None = None,
    weights: Any = None,
) -> tuple[Any, list[Any]]:
    """The number of points, the rows of `sample` (or a list of their coordinates), in each cell
    of a grid, and the edges along each axis. `bins` is a number, or for each axis a number or
    edges; `range` a pair (or None) for each.

    >>> histogramdd([[0.5], [0.6], [2.0]], bins=2)[0]
    array([2., 1.])
    """
    if isinstance(sample, list | tuple) and sample and hasattr(sample[0], "shape"):
        columns = [ravel(x) for x in sample]
    else:
        points = array_of(sample)
        points = reshape(points, (-1, 1)) if len(shape_of(points)) == 1 else points
        columns = [getitem(points, (slice(None), k)) for k in builtins.range(shape_of(points)[1])]
    n = len(columns)
    listed = [bins] * n if isinstance(bins, int) else list(bins)
    ranges = [None] * n if range is None else list(range)
    if len(listed) != n or len(ranges) != n:
        raise PolyadValueError(
            f"histogramdd: bins and ranges for each of {n} axes, not {len(listed)} and "
            f"{len(ranges)}{where(user_location())}"
        )
    edges = [histogram_bin_edges(x, b, r) for x, b, r in zip(columns, listed, ranges, strict=True)]
    edges = [as_floating(edge) for edge in edges]
    sizes = [shape_of(edge)[0] - 1 for edge in edges]
    total: Any = None
    inside: Any = None
    for x, edge, size in zip(columns, edges, sizes, strict=True):
        place = _bins_of(x, edge)
        within = e.logical_and(e.greater_equal(place, 0), e.less(place, size))
        inside = within if inside is None else e.logical_and(inside, within)
        total = place if total is None else e.add(e.multiply(total, size), place)
    counts = _counted(e.where(inside, total, -1), weights, math.prod(sizes), "histogramdd")
    counts = as_floating(m.reshape(counts, shape=tuple(sizes)))
    if density:
        counts = e.divide(counts, sum(counts))
        for k, edge in enumerate(edges):
            shape = tuple(-1 if j == k else 1 for j in builtins.range(n))
            counts = e.divide(counts, reshape(diff(edge), shape))
    return counts, list(edges)
