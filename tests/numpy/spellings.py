"""The rows of `test_spellings.py`: calls of `polyad.numpy`, and how NumPy says the same."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import polyad.numpy as pnp
from polyad.numpy import (
    arrangement,
    bits,
    functional,
    index_tricks,
    nan_functions,
    numeric,
    padding,
    polynomials,
    sequences,
    signal,
    sorting,
    statistics,
    vectors,
    windows,
)

MODULES = (
    arrangement,
    bits,
    functional,
    index_tricks,
    nan_functions,
    numeric,
    padding,
    polynomials,
    sequences,
    signal,
    sorting,
    statistics,
    vectors,
    windows,
)


class Row(NamedTuple):
    """`run(*args, **kwargs)` gives what `numpy(*args, **kwargs)` gives.

    `smooth`: it has derivatives there, checked up to `order`. `compiled`: shapes do not depend on
    values, so `jit` takes it.
    """

    name: str
    run: Callable[..., Any]
    numpy: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    smooth: bool
    order: int
    tolerance: float
    compiled: bool

    def __hash__(self) -> int:
        return id(self)


ROWS: list[Row] = []


def row(
    name: str,
    *args: Any,
    numpy: Callable[..., Any] | None = None,
    run: Callable[..., Any] | None = None,
    smooth: bool = True,
    order: int = 2,
    tolerance: float = 8.0,
    compiled: bool = True,
    **kwargs: Any,
) -> None:
    """Add a row, if this NumPy has the function; `smooth` holds only where all arrays among the
    arguments are floats.
    """
    if numpy is None and not hasattr(np, name):
        assert np.lib.NumpyVersion(np.__version__) < "2.2.0", f"NumPy has no {name}"
        return
    kinds = {x.dtype.kind for x in args if isinstance(x, np.ndarray)}
    ROWS.append(
        Row(
            name,
            run or getattr(pnp, name),
            numpy or getattr(np, name),
            args,
            kwargs,
            smooth
            and bool(kinds)
            and kinds <= {"f", "c"}
            and all(x.dtype.itemsize >= 8 for x in args if isinstance(x, np.ndarray))
            and not any(np.isnan(x).any() for x in args if isinstance(x, np.ndarray)),
            order,
            tolerance,
            compiled,
        )
    )


RNG = np.random.default_rng(11)
V = RNG.uniform(0.3, 2.0, 6)
W = RNG.uniform(0.3, 2.0, 4)
S = RNG.normal(size=(3, 4))
T = RNG.normal(size=(3, 4)) + 3.0
CUBE = RNG.normal(size=(2, 3, 4))
C = S + 1j * T
N = RNG.integers(-5, 9, (3, 4))
M = RNG.integers(1, 7, (3, 4))
B = RNG.integers(0, 2, (3, 4)).astype(bool)
F = S.astype("float32")
NAN = np.where(B, np.nan, S)
NAN[1] = np.nan
ODD = np.array([np.nan, np.inf, -np.inf, -0.0, 0.0, 1.5])


def _not_in_place(name: str) -> Any:
    """The function of NumPy that writes, on a copy."""

    def function(x: Any, *args: Any, inplace: bool, **kwargs: Any) -> Any:
        assert not inplace
        out = x.copy()
        getattr(np, name)(out, *args, **kwargs)
        return out

    return function


# -- numeric ---------------------------------------------------------------------------------------

row("angle", C)
row("angle", S)
row("angle", C, deg=True)
for _name in ("iscomplex", "isreal"):
    row(_name, np.array([1j, 2.0, 3 + 1j]))
    row(_name, S)
row("isrealobj", C)
row("fix", S)
row("fabs", S)
row("fabs", N)
row("divmod", T, S, numpy=lambda a, b: np.divmod(a, b), smooth=False)
row("divmod", N, M)
row("fmod", 3 * S, T)
row("fmod", N, M)
row("modf", 3 * S)
row("modf", ODD)
row("frexp", 100 * S)
row("frexp", np.array([0.5, 1.0, 0.25, 4.0, 0.0, 5e-324, 1.7e308, -3e-310, np.inf, np.nan]))
row("frexp", F)
row("ldexp", S, N)
row("ldexp", np.array([1.0, 1.0, 3.0]), np.array([1020, -1060, -1000]))
row("spacing", S)
row("packbits", N)
row("packbits", B, axis=1)
row("packbits", N, axis=0, bitorder="little")
row("unpackbits", N.astype("uint8"))
row("unpackbits", N.astype("uint8"), axis=0, count=20)
row("unpackbits", N.astype("uint8"), axis=1, count=-3, bitorder="little")
row("place", S, B, W, numpy=_not_in_place("place"), inplace=False)
row("place", N, B, np.array([7, 8]), numpy=_not_in_place("place"), inplace=False)
row("cbrt", T)
row("cbrt", np.array([-1e300, -64.0, -27.0, 0.0, 1e-300, 8.0, np.inf]), smooth=False)
row("float_power", T, S)
row("float_power", M, 3)
row("float_power", T.astype("float32"), 2.0)
row("logaddexp2", S, T)
row("i0", S)
row("fmax", S, T - 3)
row("fmax", ODD, 0.5)
row("fmin", S, T - 3)
row("fmin", np.array([1.0, np.nan]), np.array([np.nan, np.nan]))
row("fmin", N, M)
row("heaviside", S, 0.5)
row("heaviside", ODD, 0.5)
for _name in ("isposinf", "isneginf"):
    row(_name, ODD)
row("isscalar", 2.0)
row("isscalar", S)
row("gcd", N, M)
row("gcd", np.array([2**40, 0, -12]), np.array([2**35 * 3, 0, 18]))
row("lcm", N, M)
for _dtype in ("int64", "uint8", "int32"):
    row("bitwise_count", np.abs(N).astype(_dtype))
row("bitwise_count", np.array([-1, -255, 2**62 + 1, 2**63 - 1]))

# -- windows ---------------------------------------------------------------------------------------

for _name in ("bartlett", "blackman", "hamming", "hanning"):
    for _n in (0, 1, 2, 7, 8):
        row(_name, _n)
row("kaiser", 1, 3.0)
row("kaiser", 7, 8.6)
row("kaiser", np.array(4.0), run=lambda b: pnp.kaiser(8, b), numpy=lambda b: np.kaiser(8, b))

# -- arrangement -----------------------------------------------------------------------------------

row("append", S, W)
row("append", S, T, axis=0)
row("append", V, 2)
row("atleast_3d", V)
row("atleast_3d", S, CUBE, 2.0, smooth=False)
row("dstack", [S, S + 1])
row("dstack", [V, V])
row("dstack", S, T, run=lambda a, b: pnp.dstack([a, b]), numpy=lambda a, b: np.dstack([a, b]))
row(
    "block",
    S,
    T,
    run=lambda a, b: pnp.block([[a, b], [b, a]]),
    numpy=lambda a, b: np.block([[a, b], [b, a]]),
)
row("block", V, run=lambda a: pnp.block([a, 1.0]), numpy=lambda a: np.block([a, 1.0]))
row("block", CUBE, run=lambda a: pnp.block([[a], [a]]), numpy=lambda a: np.block([[a], [a]]))
row("array_split", V, 4)
row("array_split", V, [1, -2])
row("array_split", S, 3, axis=1)
row("vsplit", S, 3)
row("hsplit", S, [1, 3])
row("hsplit", V, 2)
row("dsplit", CUBE, 2)
row("fliplr", S)
row("flipud", S)
for _k in (-1, 0, 1, 2, 3):
    row("rot90", S, _k)
row("rot90", CUBE, 1, axes=(2, 0))
row("rot90", CUBE, 3, axes=(1, 2))
row("rollaxis", CUBE, 2)
row("rollaxis", CUBE, 0, 2)
row("rollaxis", CUBE, -1, -2)
row("copy", S)
row("copy", B)
row("resize", S, (2, 7))
row("resize", V, (2, 2))
row("resize", V, 9)
for _what in (1, -1, slice(0, 4, 2), [0, 2], np.array([True, False, True])):
    row("delete", S, _what, axis=0, compiled=False, smooth=not isinstance(_what, np.ndarray))
row("delete", S, [0, 5])
row("delete", CUBE, 1, axis=1)
row("insert", V, 2, 9.0)
row("insert", V, [1, 4], [7.0, 8.0])
row("insert", V, [4, 1], [7.0, 8.0])
row("insert", V, [2, 2], W[:2])
row("insert", S, 1, V[:4], axis=0)
row("insert", S, 1, 5.0, axis=1)
row("insert", S, [1], [[1.0], [2.0], [3.0]], axis=1)
row("insert", S, slice(0, 2), 0.5, axis=0)
row("insert", V, 1, np.array([1.0, 2.0, 3.0]))
row("trim_zeros", np.array([0.0, 0.0, 1.0, 0.0, 2.0, 0.0]), compiled=False, smooth=False)
row("trim_zeros", np.array([0, 0, 1, 2, 0]), trim="f", compiled=False)
row("trim_zeros", np.zeros(3), compiled=False, smooth=False)

# -- padding ---------------------------------------------------------------------------------------

row("pad", S, 1)
row("pad", S, (1, 2))
row("pad", S, ((1, 0), (0, 2)), constant_values=1.5)
row("pad", S, ((1, 1), (2, 1)), constant_values=((1.0, 2.0), (3.0, 4.0)))
row("pad", N, ((1, 1), (2, 1)), constant_values=((1, 2), (3, 4)))
row("pad", S, {0: 1, 1: (0, 2)}, numpy=lambda x, w: np.pad(x, ((1, 1), (0, 2))))
for _mode in ("edge", "reflect", "symmetric", "wrap", "maximum", "minimum", "mean", "median"):
    row("pad", S, ((2, 1), (0, 3)), mode=_mode)
    row("pad", N, 2, mode=_mode)
    if _mode in ("reflect", "symmetric", "wrap"):
        row("pad", V, (15, 17), mode=_mode)
for _mode in ("reflect", "symmetric"):
    row("pad", V, (3, 2), mode=_mode, reflect_type="odd")
    row("pad", V, (17, 20), mode=_mode, reflect_type="odd")
    row("pad", N, ((1, 2), (3, 0)), mode=_mode, reflect_type="odd")
for _mode in ("maximum", "minimum", "mean", "median"):
    row("pad", S, ((2, 1), (0, 3)), mode=_mode, stat_length=((1, 2), (3, 2)))
row("pad", S, ((2, 1), (0, 3)), mode="linear_ramp", end_values=((1.0, 2.0), (-3.0, 0.5)))
row("pad", S, 2, mode="linear_ramp")
row("pad", N, 3, mode="linear_ramp", end_values=-4)
row("pad", np.array([2.0]), 2, mode="reflect")
row("pad", S, 0, mode="edge")


def _border(vector: Any, width: Any, axis: int, options: Any) -> None:
    vector[: width[0]] = options.get("by", 1.0)
    vector[len(vector) - width[1] :] = axis


row("pad", S, 2, mode=_border)
row("pad", S, ((1, 2), (0, 1)), mode=_border, by=3.0)

# -- statistics ------------------------------------------------------------------------------------

row("average", S)
row("average", S, axis=0)
row("average", S, axis=1, weights=T)
row("average", S, 1, W)
row("average", CUBE, axis=(0, 2), weights=np.arange(8.0).reshape(2, 4) + 1)
row("average", N, axis=0, weights=[1, 2, 3])
row("average", S, axis=1, returned=True)
row("average", S, axis=1, weights=T, returned=True, keepdims=True)
row("ptp", S)
row("ptp", S, axis=1)
row("ptp", N, axis=0, keepdims=True)
row("median", V)
row("median", S, axis=0)
row("median", CUBE, axis=(0, 2), keepdims=True)
row("median", N)
row("median", NAN, axis=1)
row("median", F)
row("median", np.array([np.inf, 1.0, np.inf]), smooth=False)
for _method in statistics.METHODS:
    row("quantile", V, [0.0, 0.2, 0.3, 0.5, 0.75, 1.0], method=_method)
    row("quantile", N, [[0.2, 0.5]], axis=1, method=_method)
    row("nanquantile", NAN, [0.2, 0.5], axis=0, method=_method)
row("quantile", V[:5], 0.4)
row("nanquantile", NAN, 0.6, axis=1, keepdims=True)
row("quantile", CUBE, [0.1, 0.6], axis=(0, 2), keepdims=True)
row("quantile", NAN, 0.5, axis=0)
row("quantile", V, np.array([0.33, 0.67]))
row("quantile", S, [0.2, 0.9], axis=1, weights=np.abs(T), method="inverted_cdf", order=1)
row("quantile", S, 0.5, axis=0, weights=[1.0, 0.0, 2.0], method="inverted_cdf")
row("percentile", V, 33)
row("percentile", S, [20, 50.0], axis=1)
row("percentile", F, 40.0, axis=1)
row("cov", S)
row("cov", V)
row("cov", S, rowvar=False, ddof=0)
row("cov", S, T, bias=True)
row("cov", C)
row("cov", S, aweights=W)
row("cov", S, fweights=[1, 2, 1, 3])
row("cov", S, fweights=[1, 2, 1, 3], aweights=[0.5, 1.0, 2.0, 0.2])
row("corrcoef", S)
row("corrcoef", S, T, rowvar=False, tolerance=64, smooth=False)
row("corrcoef", C)
row("corrcoef", V)

# -- nan_functions ---------------------------------------------------------------------------------

for _name in ("nansum", "nanprod", "nanmax", "nanmin", "nanmean", "nanvar", "nanstd", "nanmedian"):
    row(_name, NAN)
    row(_name, NAN, axis=1)
    row(_name, S, axis=0, keepdims=True)
for _name in ("nansum", "nanprod", "nanmax", "nanmin", "nanmean"):
    row(_name, N, axis=1)
    row(_name, NAN.astype("float32"), axis=0)
for _name in ("nancumsum", "nancumprod"):
    row(_name, NAN, axis=1)
    row(_name, S)
for _name in ("nanargmax", "nanargmin"):
    row(_name, NAN[::2], axis=1)
    row(_name, np.array([np.nan, np.inf, -np.inf]))
    row(_name, N, axis=0)
row("nanvar", NAN, axis=0, ddof=1)
row("nanvar", C)
row("nanstd", S, ddof=1)
row("nanquantile", S, 0.3, axis=1)
row("nanpercentile", NAN, [10, 60], axis=0)
row("nanquantile", NAN, 0.4, axis=0, weights=np.abs(T), method="inverted_cdf")

# -- functional ------------------------------------------------------------------------------------


def _two_ways(library: Any, f: Callable[..., Any]) -> Callable[..., Any]:
    return functools.partial(f, library)


def both(name: str, f: Callable[..., Any], *args: Any, **options: Any) -> None:
    """A row in which `f(library, *args)` is written once for both libraries."""
    row(name, *args, run=_two_ways(pnp, f), numpy=_two_ways(np, f), **options)


both("vectorize", lambda xp, a, b: xp.vectorize(lambda x, y: x * y + 1.0)(a, b), S, W)
both("vectorize", lambda xp, a: xp.vectorize(lambda x, y: x + y, excluded={1})(a, 2.0), S)
both(
    "vectorize",
    lambda xp, a, b: xp.vectorize(xp.dot, signature="(n),(n)->()")(a, b),
    CUBE,
    T,
)
both("vectorize", lambda xp, a: xp.vectorize(lambda x: (x + 1.0, x * x))(a), V)
both("vectorize", lambda xp, a: xp.vectorize(lambda x: x * 2.0)(a), np.array(1.5))
both("apply_along_axis", lambda xp, a: xp.apply_along_axis(lambda v: v[0] * v[-1], 1, a), CUBE)
both("apply_along_axis", lambda xp, a: xp.apply_along_axis(lambda v: v[::-1] * 2.0, 0, a), CUBE)
both("apply_along_axis", lambda xp, a: xp.apply_along_axis(xp.diag, 1, a), S)
both("apply_along_axis", lambda xp, a: xp.apply_along_axis(lambda v: xp.sum(v), 0, a), V)
both("apply_over_axes", lambda xp, a: xp.apply_over_axes(xp.sum, a, [0, 2]), CUBE)
both(
    "piecewise",
    lambda xp, a: xp.piecewise(a, [a < 0, a > 1], [lambda x: x * x, lambda x: x + 5.0, 9.0]),
    S,
)
both("piecewise", lambda xp, a: xp.piecewise(a, a < 4, [lambda x: -x, lambda x: x * 2]), N[0])
both("piecewise", lambda xp, a: xp.piecewise(a, [a < 0], [3.0]), S)
both("select", lambda xp, a, b: xp.select([a < 0, a < 0.5], [b, b * b], 7.0), S, T)
both("select", lambda xp, a: xp.select([a < 0, a < 3], [a, a * a]), N)
both("choose", lambda xp, a, i: xp.choose(i, [a, a * a, 3.0 * a]), W, np.array([2, 0, 1, 1]))
both("choose", lambda xp, i: xp.choose(i, [[1, 2], [3, 4]], mode="wrap"), np.array([5, -1]))
both("choose", lambda xp, i: xp.choose(i, [[1, 2], [3, 4]], mode="clip"), np.array([5, -1]))
row("compress", [True, False, True], S, axis=0)
row("compress", [0, 1, 0, 1, 1], S)
row("extract", B, S, compiled=False, smooth=False)
row("extract", [True, False] * 6, S)

# -- index_tricks ----------------------------------------------------------------------------------

row("tri", 3)
row("tri", 2, 4, k=1, dtype="int32")
row("tril_indices", 3)
row("tril_indices", 3, 1, 4)
row("triu_indices", 4, -1)
row("tril_indices_from", S, k=-1)
row("triu_indices_from", S, k=1)
row("mask_indices", 3, pnp.triu, numpy=lambda n, f: np.mask_indices(n, np.triu))
row("diag_indices", 3)
row("diag_indices_from", CUBE[:, :2, :2])
row("diagflat", S[:2, :2], 1)


row("fill_diagonal", S, 2.0, numpy=_not_in_place("fill_diagonal"), inplace=False)
row("fill_diagonal", S.T.copy(), V[:3], numpy=_not_in_place("fill_diagonal"), inplace=False)
row(
    "fill_diagonal",
    np.zeros((7, 2)),
    1.0,
    wrap=True,
    numpy=_not_in_place("fill_diagonal"),
    inplace=False,
)
row("fill_diagonal", np.zeros((7, 2)), 1.0, numpy=_not_in_place("fill_diagonal"), inplace=False)
row("fill_diagonal", np.zeros((2, 2, 2)), 1.0, numpy=_not_in_place("fill_diagonal"), inplace=False)
row(
    "put_along_axis",
    S,
    np.array([[1], [0], [3]]),
    9.0,
    1,
    numpy=_not_in_place("put_along_axis"),
    inplace=False,
)
row(
    "put_along_axis",
    S,
    np.array([[1, 0, 2, 2]]),
    W,
    0,
    numpy=_not_in_place("put_along_axis"),
    inplace=False,
)
row(
    "put_along_axis",
    S,
    np.array([3, 5]),
    W[:2],
    None,
    numpy=_not_in_place("put_along_axis"),
    inplace=False,
)
row("put", S, [1, -1, 6], W[:2], numpy=_not_in_place("put"), inplace=False)
row("putmask", S, B, W, numpy=_not_in_place("putmask"), inplace=False)
row("copyto", S, W, numpy=_not_in_place("copyto"), inplace=False)
row("put", S, [1, -1, 6], 2.5, numpy=_not_in_place("put"), inplace=False)
for _order in ("C", "F"):
    row("ravel_multi_index", ([0, 1, 1], [2, 3, 0]), (2, 4), order=_order)
    row("unravel_index", np.array([[0, 5], [7, 11]]), (2, 3, 2), order=_order)
row("ravel_multi_index", ([-1, 5], [2, 9]), (2, 4), mode="wrap")
row("ravel_multi_index", ([-1, 5], [2, 9]), (2, 4), mode=("clip", "wrap"))
row("flatnonzero", N - 1, compiled=False)
row("argwhere", B, compiled=False)
row("argwhere", np.array(3.0), compiled=False, smooth=False)
row("indices", (2, 3))
row("indices", (2, 3), sparse=True)
row("indices", (2, 3), dtype="float32")
row("fromfunction", lambda i, j: i * 2 + j, (2, 3))
row("fromfunction", lambda i, j: i * 2 + j, (2, 3), dtype=int)
row("ix_", [0, 2], np.array([True, False, True]), compiled=False)
both("mgrid", lambda xp: xp.mgrid[0:3, 1:2:3j])
both("mgrid", lambda xp: xp.mgrid[0:3, 1:9:4])
both("mgrid", lambda xp: xp.mgrid[-1:1:5j])
both("ogrid", lambda xp: xp.ogrid[0:3, 1.0:2.0:0.25])
both("r_", lambda xp, a: xp.r_[1.0, a, 0:3, a], V)
both("r_", lambda xp, a: xp.r_["-1", a, a], S)
both("r_", lambda xp, a: xp.r_["0,2", a, [1, 2, 3, 4]], W)
both("r_", lambda xp, a: xp.r_["0,2,0", a, [1, 2, 3, 4]], W)
both("r_", lambda xp, a: xp.r_[a, 1.5], F[0])
both("c_", lambda xp, a: xp.c_[a, a * 2.0], V)
both("c_", lambda xp, a: xp.c_[a, a[:, :1]], S)
both("s_", lambda xp, a: a[xp.s_[1:, ::2]], S)
both("index_exp", lambda xp, a: a[xp.index_exp[1, ...]], S)

# -- signal ----------------------------------------------------------------------------------------

for _mode in ("full", "same", "valid"):
    for _a, _b in ((V, W), (W, V), (V, V[:3]), (V[:3], V), (W, W[:1])):
        row("convolve", _a, _b, mode=_mode)
        row("correlate", _a, _b, mode=_mode)
    row("correlate", C[0], C[1, :3], mode=_mode)
    row("convolve", N[0], M[0], mode=_mode)
    row("convolve", B[0], B[1], mode=_mode)
row("gradient", S)
row("gradient", V, 0.5)
row("gradient", S, 2.0, 0.5, edge_order=2)
row("gradient", S, np.array([0.0, 1.0, 3.0]), np.array([0.0, 0.5, 2.0, 2.5]))
row("gradient", S, np.array([0.0, 0.5, 2.0, 2.5]), axis=1, edge_order=2, tolerance=32)
row("gradient", N, axis=0)
row("gradient", V[:2])
row("trapezoid", S)
row("trapezoid", S, axis=0, dx=0.5)
row("trapezoid", S, W)
row("trapezoid", S, T, axis=0)
row("ediff1d", S)
row("ediff1d", V, to_begin=-99.0, to_end=[88.0, 99.0])
row("unwrap", 3 * S)
row("unwrap", np.linspace(0, 40, 9) % 6.0, period=6.0, smooth=False)
row("unwrap", N, period=4)
row("unwrap", 3 * S, discont=4.0, axis=0)

# -- sorting ---------------------------------------------------------------------------------------

row("sort", S, axis=0)
row("sort", S, axis=None)
row("argsort", N % 3, axis=1, stable=True)
row("partition", S, 2, numpy=lambda x, k: np.sort(x))
row("partition", S, (0, 2), axis=None, numpy=lambda x, k, axis: np.sort(x, axis=None))
row("argpartition", S, 1, axis=0, numpy=lambda x, k, axis: np.argsort(x, axis=axis))
row("lexsort", (N[0], M[0]))
row("lexsort", N % 3)
row("lexsort", N % 3, axis=0)
row("sort_complex", np.array([2 + 1j, 1 - 1j, 2 - 1j, 1 + 3j]), smooth=False)
row("sort_complex", V)

# -- vectors ---------------------------------------------------------------------------------------

row("cross", V[:3], V[3:])
row("cross", S.T, T.T)
row("cross", S, T, axis=0)
row("cross", S, T.T, axisa=0, axisb=-1, axisc=0)
row("kron", V, W)
row("kron", S, CUBE)
row("kron", N, 3)
row("matvec", CUBE, W)
row("matvec", S, T)
row("vecmat", V[:3], CUBE)
row("vecmat", C[:, 0], C)
row(
    "einsum_path",
    "ij,jk,kl->il",
    S,
    S.T,
    S,
    smooth=False,
    compiled=False,
    run=lambda *a: len(pnp.einsum_path(*a)[0]),
    numpy=lambda *a: len(np.einsum_path(*a)[0]),
)

# -- sequences -------------------------------------------------------------------------------------

row("logspace", 0.0, 2.0, 5)
row("logspace", 0, 2, 5, endpoint=False, base=2)
row("logspace", np.array([0.0, 1.0]), np.array([1.0, 2.0]), 4, axis=1)
row("geomspace", 1.0, 256.0, 9)
row("geomspace", -1000, -1, 4)
row("geomspace", 1, 10, 5, endpoint=False)
row("geomspace", np.array([1.0, 2.0]), np.array([10.0, 3.0]), 4)
row("geomspace", 1j, 1000j, 4)

# -- polynomials -----------------------------------------------------------------------------------

row("polyval", W, S)
row("polyval", [1, 2], N)
row("polyadd", V, W)
row("polysub", W, V)
row("polymul", V, W)
row("polydiv", V, W)
row("polydiv", W, V[:1])
row("polyder", V)
row("polyder", V, 2)
row("polyder", [3, 2, 1])
row("polyint", W)
row("polyint", W, 2, k=[1.0, 2.0])
row("polyint", W, 2, k=3.0)
row("poly", W)
row("poly", S[:, :3], tolerance=64)
row("vander", V)
row("vander", V, 3, increasing=True)
row("vander", N[0])
