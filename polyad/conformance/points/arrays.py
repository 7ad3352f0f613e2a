"""Functions of arrays, as functions of two of their elements."""

from __future__ import annotations

import math

import mpmath as mp

from ... import api
from ... import numpy as pnp
from ..special_points import special_points
from .common import INF

ZERO_OR_NOT = ((0.0, 0.0), (0.0, 2.0), (3.0, 0.0), (2.0, -5.0), (1e-150, 1e-150), (1e150, 1e-100))
EQUAL = {(1.0, 1.0): (1, 0.5, 0, 0), (-2.0, -2.0): (-2, 0.5, 0, 0)}
APART = ((1.0, 2.0), (2.0, 1.0), (-1e-30, 1e-30))


def row(name, run, exact, *points, of, **options):
    """A row whose function takes the operands side by side, along a new first axis."""
    special_points(name, lambda x, y: run(pnp.stack([x, y])), exact, *points, of=of, **options)


def each(name, run, exact, *points, of, **options):
    """As `row`, of a function of one pair."""
    function = api.vmap(lambda x, y: run(pnp.stack([x, y])))
    special_points(name, function, exact, *points, of=of, **options)


def with_two(both):
    """The operands, and 2 besides."""
    return pnp.concat([both, 0 * both[:1] + 2])


def last(both):
    """The last along the first axis."""
    return both[-1]


def with_nan(both):
    """The operands, and NaN besides."""
    return pnp.concat([both, 0 * both[:1] + math.nan])


for _name in ("prod", "nanprod"):
    row(
        _name,
        lambda b, n=_name: getattr(pnp, n)(with_two(b), axis=0),
        lambda x, y: 2 * x * y,
        *ZERO_OR_NOT,
        of=f"numpy.{_name}",
        scale=1.0,
    )
for _name in ("cumprod", "cumulative_prod", "nancumprod"):
    row(
        _name,
        lambda b, n=_name: last(getattr(pnp, n)(with_two(b), axis=0)),
        lambda x, y: 2 * x * y,
        *ZERO_OR_NOT,
        of=f"numpy.{_name}",
        scale=1.0,
    )
for _name, _exact in (
    ("max", max),
    ("amax", max),
    ("nanmax", max),
    ("min", min),
    ("amin", min),
    ("nanmin", min),
):
    row(
        _name,
        lambda b, n=_name: getattr(pnp, n)(b, axis=0),
        _exact,
        *APART,
        scale=1e-31,
        of=f"numpy.{_name}",
        stated=EQUAL,
    )
for _name, _exact in (("cummax", max), ("cummin", min)):
    row(
        _name,
        lambda b, n=_name: last(getattr(pnp, n)(b, axis=0)),
        _exact,
        *APART,
        scale=1e-31,
        of=f"numpy.{_name}",
    )
row(
    "ptp",
    lambda b: pnp.ptp(b, axis=0),
    lambda x, y: abs(x - y),
    *APART,
    scale=1e-31,
    of="numpy.ptp",
    stated={(1.0, 1.0): (0, 0)},
)
for _name in ("median", "nanmedian"):
    row(
        _name,
        lambda b, n=_name: getattr(pnp, n)(b, axis=0),
        lambda x, y: (x + y) / 2,
        *APART,
        (1.0, 1.0),
        of=f"numpy.{_name}",
    )
for _name, _of in (
    ("quantile", 0.25),
    ("nanquantile", 0.25),
    ("percentile", 25.0),
    ("nanpercentile", 25.0),
):
    row(
        _name,
        lambda b, n=_name, q=_of: getattr(pnp, n)(b, q, axis=0),
        lambda x, y: min(x, y) + abs(x - y) / 4,
        *APART,
        scale=1e-31,
        of=f"numpy.{_name}",
    )
row(
    "sort",
    lambda b: pnp.sort(b, axis=0)[0],
    min,
    *APART,
    scale=1e-31,
    of="numpy.sort",
    stated={(1.0, 1.0): (1, 1, 0, 0)},
)
row(
    "var",
    lambda b: pnp.var(b, axis=0),
    lambda x, y: (x - y) ** 2 / 4,
    (1.0, 1.0),
    (1.0, 2.0),
    (1e-100, 0.0),
    (1e150, 1.0),
    (1e200, 3e200),
    (-1e-200, 1e-200),
    of="numpy.var",
)
row(
    "nanvar",
    lambda b: pnp.nanvar(with_nan(b), axis=0),
    lambda x, y: (x - y) ** 2 / 4,
    (1.0, 1.0),
    (1.0, 2.0),
    (1e200, 3e200),
    of="numpy.nanvar",
)
row(
    "nanstd",
    lambda b: pnp.nanstd(with_nan(b), axis=0),
    lambda x, y: abs(x - y) / 2,
    (1.0, 2.0),
    (3.0, -1.0),
    scale=0.1,
    of="numpy.nanstd",
    stated={(1.0, 1.0): (0, 0)},
    orders=1,
)
row(
    "average",
    lambda b: pnp.average(b[0][None], axis=0, weights=b[1][None]),
    lambda x, y: x,
    (1.0, 2.0),
    (3.0, 0.5),
    of="numpy.average",
)
row(
    "nan_to_num",
    lambda b: pnp.nan_to_num(b[0] / b[1]),
    lambda x, y: x / y,
    (1.0, 2.0),
    of="numpy.nan_to_num",
    stated={(0.0, 0.0): (0, 0, 0), (INF, 1.0): (None, 0, 0)},
)
row(
    "interp",
    lambda b: pnp.interp(b[0], pnp.asarray([0.0, 1.0, 3.0]), pnp.asarray([1.0, 2.0, -2.0])),
    lambda x, y: 1 + x if x < 1 else 2 - 2 * (x - 1),
    (0.5, 0.0),
    (2.0, 0.0),
    (1e-30, 0.0),
    of="numpy.interp",
    scale=0.1,
    singular=((0, 1, 3), ()),
    stated={(-5.0, 0.0): (1, 0, 0), (7.0, 0.0): (-2, 0, 0), (INF, 0.0): (-2, 0, 0)},
)
row(
    "polyval",
    lambda b: pnp.polyval([1.0, 0.0, -2.0, 3.0], b[0]),
    lambda x, y: x**3 - 2 * x + 3,
    (0.0, 0.0),
    (1e-100, 0.0),
    (2.0, 0.0),
    (-1e50, 0.0),
    of="numpy.polyval",
    scale=1e-110,
)
each(
    "corrcoef",
    lambda b: pnp.corrcoef(pnp.stack([b[0], b[1], 0 * b[0]]), pnp.asarray([1.0, 2.0, 4.0]))[0, 1],
    lambda x, y: correlation([x, y, 0], [1, 2, 4]),
    (1.0, 2.0),
    (-1.0, 0.5),
    of="numpy.corrcoef",
    orders=2,
    dtypes=("float64",),
)
row(
    "unwrap",
    lambda b: pnp.unwrap(b, axis=0)[1],
    lambda x, y: y - 2 * mp.pi * mp.floor((y - x + mp.pi) / (2 * mp.pi)),
    (0.0, 5.0),
    (0.0, 1.0),
    (0.0, -7.0),
    of="numpy.unwrap",
)
each(
    "convolve",
    lambda b: pnp.convolve(b, pnp.asarray([2.0, 3.0]))[1],
    lambda x, y: 3 * x + 2 * y,
    (0.0, 0.0),
    (1e30, -1.0),
    of="numpy.convolve",
)
row(
    "where",
    lambda b: pnp.where(b[0] > 0, b[0], b[1]),
    lambda x, y: x if x > 0 else y,
    (1.0, 2.0),
    (-1.0, 2.0),
    scale=0.1,
    of="numpy.where",
    stated={(1.0, math.nan): (1, 1, 0, 0), (0.0, 2.0): (2, 0, 0, 0)},
)
each(
    "matmul",
    lambda b: pnp.matmul(b[:1], b[1:]),
    lambda x, y: x * y,
    (0.0, 0.0),
    (1e-150, 1e-150),
    (2.0, 3.0),
    of="numpy.matmul",
    scale=1.0,
)


def correlation(x, y):
    """Pearson's, of three pairs."""
    n = len(x)
    mx, my = sum(x) / mp.mpf(n), sum(y) / mp.mpf(n)
    top = sum((a - mx) * (b - my) for a, b in zip(x, y, strict=True))
    return top / mp.sqrt(sum((a - mx) ** 2 for a in x) * sum((b - my) ** 2 for b in y))
