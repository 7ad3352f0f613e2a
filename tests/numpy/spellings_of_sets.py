"""More rows of `test_spellings.py`: sets, histograms, interpolation, fits."""

from __future__ import annotations

from typing import Any

import numpy as np

import polyad.numpy as pnp
from polyad.numpy import histograms, interpolation, sets

from .spellings import NAN, RNG, ROWS, B, C, M, N, S, T, V, W, both, row

__all__ = ["ROWS"]
MODULES = (histograms, interpolation, sets)
D = RNG.integers(0, 4, (3, 5))
LONG = RNG.normal(size=60)

# -- Sets ------------------------------------------------------------------------------------------

for _x in (D, D * 0.5, np.array([np.nan, 1.0, np.nan, 0.0, 1.0]), B, np.round(C)):
    row("unique", _x, compiled=False, smooth=False)
    row("unique", _x, True, True, True, compiled=False, smooth=False)
row("unique", np.array([np.nan, 1.0, np.nan]), equal_nan=False, compiled=False, smooth=False)
row("unique", D % 2, return_index=True, return_inverse=True, return_counts=True, axis=0,
    compiled=False)  # fmt: skip
row("unique", D % 2, axis=1, compiled=False)
row("unique", np.round(NAN[:, :2]), axis=0, compiled=False)
for _name in ("union1d", "intersect1d", "setdiff1d", "setxor1d"):
    row(_name, D, M, compiled=False)
    row(_name, np.array([1.5, np.nan, 0.5, 1.5]), np.array([0.5, 2.0]), compiled=False,
        smooth=False)  # fmt: skip
row("intersect1d", D, M, return_indices=True, compiled=False)
row("setdiff1d", np.array([3, 1, 2]), [2], assume_unique=True, compiled=False)

# -- Counting --------------------------------------------------------------------------------------

row("bincount", D[0], compiled=False)
row("bincount", D[0], minlength=7, compiled=False)
row("bincount", D[0], weights=V[:5], compiled=False, smooth=False)
row("bincount", D[0], length=6, numpy=lambda x, length: np.bincount(x, minlength=length))
for _right in (False, True):
    row("digitize", np.array([-1.0, 0.0, 0.3, 1.0, 2.5, 9.0]), np.array([0.0, 1.0, 2.5]),
        right=_right)  # fmt: skip
    row("digitize", np.array([-1.0, 0.0, 0.3, 1.0, 2.5]), np.array([2.5, 1.0, 0.0]), right=_right)
row("histogram", S)
row("histogram", N, bins=5)
row("histogram", S, bins=[-1.0, 0.0, 0.5, 2.0])
row("histogram", S, bins=4, range=(-1.0, 1.0), density=True)
row("histogram", S, bins=4, range=(-2.0, 2.0), weights=T)
row("histogram", np.full(4, 2.0), bins=3, smooth=False)
row("histogram", np.zeros(0), bins=3)
for _rule in histograms.RULES:
    row("histogram", LONG, bins=_rule, compiled=False, smooth=False)
    row("histogram_bin_edges", D, bins=_rule, compiled=False)
row("histogram_bin_edges", LONG, bins="fd", range=(-1.0, 1.0), compiled=False, smooth=False)
row("histogram2d", S[0], S[1], bins=3)
row("histogram2d", S[0], S[1], bins=[3, [-1.0, 0.0, 2.0]], weights=W)
row("histogramdd", S, bins=(2, 3, 2, 2), density=True, smooth=False,
    numpy=lambda *a, **k: _as_tuple(np.histogramdd(*a, **k)))  # fmt: skip
row("histogramdd", [S[0], S[1]], bins=2, range=[(-1.0, 1.0), None],
    numpy=lambda *a, **k: _as_tuple(np.histogramdd(*a, **k)))  # fmt: skip


def _as_tuple(found: Any) -> Any:
    return found[0], tuple(found[1])


# -- Interpolation ---------------------------------------------------------------------------------

X = np.array([0.0, 1.0, 1.5, 4.0])
AT = np.array([-1.0, 0.0, 0.3, 1.0, 1.2, 3.9, 4.0, 7.0])
INSIDE = np.array([0.2, 0.7, 1.2, 3.9])
row("interp", AT, X, W, smooth=False)
row("interp", INSIDE, X, W)
row("interp", AT, X, W, left=-5.0, right=9.0, smooth=False)
row("interp", AT, X, W, period=3.7, smooth=False)
row("interp", INSIDE, np.array([3.0, 0.1, 1.0, 2.0]), W, period=3.7)
row("interp", 0.5, [0, 1], [3, 4])
row("interp", AT, [1.0], [2.0])
row("interp", np.array([1.0, np.nan]), [1.0, 1.0, 2.0], [2.0, 3.0, 4.0])

# -- Polynomials -----------------------------------------------------------------------------------


def _sorted_roots(xp: Any, p: Any) -> Any:
    return xp.sort_complex(xp.roots(p))


both(
    "roots",
    _sorted_roots,
    np.array([1.0, -6.0, 11.0, -6.0]),
    tolerance=64,
    compiled=False,
    smooth=False,
)
both("roots", _sorted_roots, np.array([0.0, 1.0, 2.0, 5.0, 0.0]), compiled=False, smooth=False)
row("roots", np.array([1.0, -3.0, 2.0]), tolerance=64,
    run=lambda p: pnp.roots(p, strip_zeros=False),
    numpy=lambda p: np.roots(p).astype(complex))  # fmt: skip
P, Q = np.linspace(-1.0, 2.0, 7), np.cos(np.arange(7.0))
row("polyfit", P, Q, 3, tolerance=1e3)
row("polyfit", P, Q, 1, w=np.arange(1.0, 8.0), tolerance=1e3)
row("polyfit", P, np.stack([Q, P * P], axis=1), 2, tolerance=1e3)
row("polyfit", P, Q, 2, cov=True, tolerance=1e3)
row("polyfit", P, Q, 2, cov="unscaled", tolerance=1e3)

# -- Shapes and dtypes -----------------------------------------------------------------------------

row("array_equiv", N, np.stack([N, N]))
row("array_equiv", N, M)
row("array_equiv", N, V)
row("atleast_1d", 2.0, S)
row("atleast_2d", 2.0, V, S, smooth=False)
row("nan_to_num", np.array([np.nan, 1.0]), copy=False, nan=3.0)
for _name in ("shape", "ndim", "size"):
    row(_name, S, compiled=False, smooth=False)
row("size", S, 1, compiled=False, smooth=False)
