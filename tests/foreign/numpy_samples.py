"""Arguments for every function and method of NumPy that takes arrays, and values for their
parameters: the rows of `test_numpy_calls`.

`BASE[name]` is one call or several, each a dict of arguments by name; in `OPTIONS[name]` are values
of parameters that are tried one at a time beside the first, after those of `COMMON` for
parameters of that name.
"""

# ruff: noqa: E501

from __future__ import annotations

import os
from typing import Any

import numpy as np

RNG = np.random.default_rng(7)
A3 = np.round(RNG.normal(size=(2, 3, 4)), 1)
A3[1, 2] = A3[0, 0]  # ties
M = np.round(RNG.normal(size=(4, 6)), 1)
S = RNG.normal(size=(4, 4)) + 4 * np.eye(4)
H = S @ S.T
V = np.array([3.0, 1.0, 2.0, 1.0, 4.0, 1.5])
W = np.array([0.5, 2.0, 1.0, 0.25, 3.0, 1.0])
P = RNG.uniform(0.1, 0.9, (3, 4))
N = RNG.integers(-5, 6, (3, 4))
K = RNG.integers(1, 7, (3, 4))
B = RNG.integers(0, 2, (3, 4)).astype(bool)
C = RNG.normal(size=(3, 4)) + 1j * RNG.normal(size=(3, 4))
NAN = np.where(B, np.nan, P)
NAN[0] = P[0]
I = np.array([2, 0, 1])
LINE = np.arange(6.0)

FLOATS = [{"a": A3}]
REDUCED = [{"a": A3}, {"a": N}, {"a": B}, {"a": C}, {"a": P.astype("float32")}]
ORDERED = [{"a": A3}, {"a": N}, {"a": B}]
WITH_NAN = [{"a": NAN}, {"a": N}]

MASK = np.array([True, False, True, True])
COMMON: dict[str, list[Any]] = {
    "axis": [0, 1, -1, None, (0, 1)],
    "keepdims": [True],
    "dtype": ["float32", "complex128", "int64", float],
    "order": ["C", "F", "A", "K"],
    "where": [MASK],
    "initial": [0.5, 2],
    "out": ["out"],
    "casting": ["safe", "unsafe"],
    "subok": [True, False],
    "like": [None],
    "device": ["cpu"],
    "copy": [True, False],
    "mode": ["wrap", "clip", "raise"],
    "ddof": [1],
    "correction": [1],
    "equal_nan": [True],
    "overwrite_input": [True, False],
    "kind": ["stable", "quicksort", "heapsort"],
    "stable": [True, False],
    "side": ["right"],
    "norm": ["ortho", "forward", "backward"],
    "offset": [1, -2],
    "axis1": [1, 2],
    "axis2": [0, 2],
    "k": [1, -1],
    "decimals": [1, -1],
    "bias": [True],
    "rowvar": [False],
    "increasing": [True],
    "UPLO": ["U", "L"],
    "endpoint": [False],
    "retstep": [True],
    "sparse": [True],
    "indexing": ["ij"],
    "hermitian": [True],
    "invert": [True],
    "assume_unique": [True],
    "returned": [True],
    "shape": [(4, 2), 3],
    "method": ["lower", "nearest", "weibull"],
    "n": [2, 5],
    "deg": [True],
    "include_initial": [True],
}
"""Values of parameters by their name; "out" stands for an array of the result's shape."""

BASE: dict[str, Any] = {
    # Reductions
    **dict.fromkeys(("sum", "prod", "mean", "var", "std", "cumsum", "cumprod"), REDUCED),
    **dict.fromkeys(("max", "min", "amax", "amin", "argmax", "argmin", "ptp", "sort", "argsort"), ORDERED),
    **{f: [{"a": A3 > 0}, {"a": N}] for f in ("all", "any")},
    "count_nonzero": [{"a": N}, {"a": B}],
    **dict.fromkeys(("nansum", "nanprod", "nanmean", "nanvar", "nanstd", "nancumsum", "nancumprod", "nanmax", "nanmin", "nanargmax", "nanargmin", "nanmedian"), WITH_NAN),
    "cumulative_sum": [{"x": V}], "cumulative_prod": [{"x": V}],
    "median": ORDERED[:2],
    **{f: [{"a": P, "q": 0.3}] for f in ("quantile", "nanquantile")},
    **{f: [{"a": P, "q": 30.0}] for f in ("percentile", "nanpercentile")},
    "average": [{"a": P}],
    "trapezoid": [{"y": P}], "diff": [{"a": P}, {"a": B}], "ediff1d": [{"ary": V}],
    "gradient": [{"f": M}],
    "corrcoef": [{"x": P}], "cov": [{"m": P}],
    # Shapes
    "reshape": [{"a": A3, "shape": (4, 6)}, {"a": A3, "shape": (3, -1)}],
    "ravel": FLOATS, "transpose": FLOATS, "matrix_transpose": [{"x": A3}],
    "swapaxes": [{"a": A3, "axis1": 0, "axis2": 2}],
    "moveaxis": [{"a": A3, "source": 0, "destination": 2}],
    "rollaxis": [{"a": A3, "axis": 2}],
    "expand_dims": [{"a": A3, "axis": 1}], "squeeze": [{"a": A3[:1]}],
    "broadcast_to": [{"array": V, "shape": (2, 6)}],
    "broadcast_arrays": [{"args": (V, V[:, None])}],
    **{f: [{"arys": (V,)}, {"arys": (V, M)}] for f in ("atleast_1d", "atleast_2d", "atleast_3d")},
    **{f: [{"arrays": [P, P + 1]}] for f in ("concatenate", "stack")},
    **{f: [{"tup": [P, P + 1]}, {"tup": [V, W]}] for f in ("hstack", "vstack", "dstack", "column_stack")},
    "block": [{"arrays": [[P, P], [P, P]]}], "append": [{"arr": P, "values": P}],
    "split": [{"ary": M, "indices_or_sections": 2}],
    "array_split": [{"ary": M, "indices_or_sections": 3}],
    **{f: [{"ary": A3, "indices_or_sections": n}] for f, n in (("vsplit", 2), ("hsplit", 3), ("dsplit", 2))},
    "unstack": [{"x": A3}],
    **{f: [{"m": A3}] for f in ("flip", "fliplr", "flipud", "rot90")},
    "roll": [{"a": A3, "shift": 1}], "tile": [{"A": P, "reps": 2}, {"A": P, "reps": 1}],
    "repeat": [{"a": P, "repeats": 2}], "resize": [{"a": P, "new_shape": (2, 7)}],
    "copy": FLOATS, "astype": [{"x": P, "dtype": "float32"}],
    "delete": [{"arr": V, "obj": 1}], "insert": [{"arr": V, "obj": 1, "values": 9.0}],
    "trim_zeros": [{"filt": np.array([0.0, 1.0, 0.0])}],
    "pad": [{"array": P, "pad_width": 1}],
    # Indices and choices
    "take": [{"a": A3, "indices": I}], "take_along_axis": [{"arr": P, "indices": I[:, None]}],
    "choose": [{"a": I, "choices": [V[:3], W[:3], V[3:]]}],
    "compress": [{"condition": np.array([True, False]), "a": A3}],
    "extract": [{"condition": B, "arr": P}],
    "where": [{"condition": B, "x": P, "y": P + 1}, {"condition": B}],
    "select": [{"condlist": [B, ~B], "choicelist": [P, P + 1]}],
    "piecewise": [{"x": V, "condlist": [V > 2, V <= 2], "funclist": [1.0, 2.0]}],
    "nonzero": [{"a": N}], "flatnonzero": [{"a": N}], "argwhere": [{"a": N}],
    "searchsorted": [{"a": LINE, "v": W}], "digitize": [{"x": W, "bins": LINE}],
    "isin": [{"element": K, "test_elements": I}],
    "diagonal": [{"a": A3}], "trace": [{"a": A3}], "diag": [{"v": V}, {"v": S}],
    "diagflat": [{"v": V}], "tril": [{"m": A3}], "triu": [{"m": A3}],
    "tril_indices_from": [{"arr": S}], "triu_indices_from": [{"arr": S}],
    "diag_indices_from": [{"arr": S}],
    "ix_": [{"args": (I, I)}],
    "ravel_multi_index": [{"multi_index": (I, I), "dims": (3, 4)}],
    "unravel_index": [{"indices": I, "shape": (3, 4)}],
    "lexsort": [{"keys": (V, W)}],
    "partition": [{"a": A3, "kth": 1}], "argpartition": [{"a": P, "kth": 1}],
    "sort_complex": [{"a": V}],
    **{f: [{"ar1": I, "ar2": np.array([1, 5, 2])}] for f in ("intersect1d", "setdiff1d", "setxor1d", "union1d")},
    "unique": [{"ar": K}],
    **{f: [{"x": K}] for f in ("unique_all", "unique_counts", "unique_inverse", "unique_values")},
    "bincount": [{"x": K.ravel()}],
    "histogram": [{"a": V}], "histogram_bin_edges": [{"a": V}],
    "histogram2d": [{"x": V, "y": W}], "histogramdd": [{"sample": np.stack([V, W], 1)}],
    "packbits": [{"a": B}], "unpackbits": [{"a": K.astype("uint8")}],
    # Creation
    **{f: [{"a": P}, {"a": N}] for f in ("zeros_like", "ones_like")},
    "empty_like": [{"prototype": np.zeros((3, 4))}], "full_like": [{"a": P, "fill_value": 2.0}],
    "linspace": [{"start": V[:3], "stop": W[:3] + 9, "num": 4}, {"start": 0, "stop": 1, "num": 4}],
    "logspace": [{"start": V[:3], "stop": W[:3], "num": 4}],
    "geomspace": [{"start": V[:3], "stop": W[:3] + 9, "num": 4}],
    "meshgrid": [{"xi": (V, W[:4])}, {"xi": (V, W[:4], I)}],
    "vander": [{"x": V}],
    # Products
    **{f: [{"a": P, "b": P.T}, {"a": B, "b": B.T}, {"a": C, "b": C.T}] for f in ("dot",)},
    "inner": [{"a": P, "b": P}], "outer": [{"a": V, "b": W}, {"a": P, "b": P}],
    "vdot": [{"a": C, "b": C}], "tensordot": [{"a": A3, "b": np.swapaxes(A3, 0, 2), "axes": 1}],
    "kron": [{"a": P, "b": P}], "cross": [{"a": A3[..., :3], "b": A3[..., 1:]}],
    "einsum": [{"operands": ("ij,kj->ik", P, P)}], "einsum_path": [{"operands": ("ij,kj->ik", P, P)}],
    "convolve": [{"a": V, "v": W[:3]}], "correlate": [{"a": V, "v": W[:3]}],
    # Polynomials, signals, elements
    "poly": [{"seq_of_zeros": V}], "roots": [{"p": np.array([1.0, -6.0, 11.0, -6.0])}],
    **{f: [{"a1": V, "a2": W[:3]}] for f in ("polyadd", "polysub", "polymul")},
    "polydiv": [{"u": V, "v": W[:3]}], "polyval": [{"p": V, "x": W}],
    "polyder": [{"p": V}], "polyint": [{"p": V}], "polyfit": [{"x": LINE, "y": V, "deg": 2}],
    "interp": [{"x": W, "xp": LINE, "fp": V}], "unwrap": [{"p": 3 * V}],
    "i0": [{"x": P}], "sinc": [{"x": P}], "fix": [{"x": A3}], "angle": [{"z": C}],
    **{f: [{"a": A3}, {"a": N}] for f in ("round", "around")},
    "clip": [{"a": A3, "a_min": -0.5, "a_max": 0.5}, {"a": N, "a_min": -1, "a_max": 2}],
    "real": [{"val": C}], "imag": [{"val": C}], "nan_to_num": [{"x": NAN}],
    "real_if_close": [{"a": P}],
    **{f: [{"x": C}] for f in ("iscomplex", "isreal", "iscomplexobj", "isrealobj")},
    **{f: [{"x": np.array([-np.inf, 0.0, np.inf])}] for f in ("isposinf", "isneginf")},
    **{f: [{"a": P, "b": P + 1e-9}] for f in ("isclose", "allclose")},
    **{f: [{"a1": P, "a2": P}] for f in ("array_equal", "array_equiv")},
    "can_cast": [{"from_": "float64", "to": "float32"}], "result_type": [{"arrays_and_dtypes": (P, N)}],
    "ndim": FLOATS, "shape": FLOATS, "size": FLOATS,
    "apply_along_axis": [{"func1d": np.sum, "axis": 1, "arr": A3}],
    "apply_over_axes": [{"func": np.sum, "a": A3, "axes": [0, 2]}],
    "lib.stride_tricks.sliding_window_view": [{"x": M, "window_shape": (2, 3)}],
    # numpy.linalg
    **{f"linalg.{f}": [{"a": H}] for f in ("cholesky", "det", "eigvalsh", "inv", "slogdet", "eigh")},
    "linalg.eig": [{"a": S}], "linalg.eigvals": [{"a": S}],
    "linalg.solve": [{"a": S, "b": V[:4]}], "linalg.lstsq": [{"a": M.T, "b": V}, {"a": M, "b": V[:4]}],
    "linalg.pinv": [{"a": H}], "linalg.matrix_rank": [{"A": H}],
    "linalg.qr": [{"a": M}], "linalg.svd": [{"a": H}], "linalg.svdvals": [{"x": M}],
    "linalg.cond": [{"x": S}], "linalg.norm": [{"x": M}], "linalg.matrix_norm": [{"x": A3}],
    "linalg.vector_norm": [{"x": A3}], "linalg.cross": [{"x1": A3[..., :3], "x2": A3[..., 1:]}],
    "linalg.diagonal": [{"x": A3}], "linalg.trace": [{"x": A3}],
    "linalg.matmul": [{"x1": A3, "x2": np.swapaxes(A3, 1, 2)}],
    "linalg.matrix_power": [{"a": S, "n": 3}, {"a": N[:, :3], "n": 3}, {"a": S, "n": -2}],
    "linalg.matrix_transpose": [{"x": A3}], "linalg.multi_dot": [{"arrays": [P, P.T, P]}],
    "linalg.outer": [{"x1": V, "x2": W}], "linalg.tensordot": [{"x1": P, "x2": P.T, "axes": 1}],
    "linalg.tensorinv": [{"a": S.reshape(4, 2, 2), "ind": 1}],
    "linalg.tensorsolve": [{"a": S.reshape(4, 2, 2), "b": V[:4]}],
    "linalg.vecdot": [{"x1": P, "x2": P}],
    # numpy.fft
    **{f"fft.{f}": [{"a": M}, {"a": C}] for f in ("fft", "ifft", "fft2", "ifft2", "fftn", "ifftn", "hfft", "irfft", "irfft2", "irfftn")},
    **{f"fft.{f}": [{"a": M}] for f in ("rfft", "rfft2", "rfftn", "ihfft")},
    "fft.fftshift": [{"x": A3}], "fft.ifftshift": [{"x": A3}],
}  # fmt: skip

OPTIONS: dict[str, dict[str, list[Any]]] = {
    "argsort": {"axis": [0, 1, -1]},  # None: where ties are, its order is NumPy's own
    "diff": {"prepend": [0.0], "append": [1.0]},
    "gradient": {"edge_order": [2], "axis": [0, (0, 1)]},
    "cov": {"y": [P + 1], "fweights": [np.array([1, 2, 1, 3])], "aweights": [W[:4]]},
    "corrcoef": {"y": [P + 1]},
    "average": {"weights": [P]},
    "ediff1d": {"to_end": [9.0], "to_begin": [8.0]},
    "trapezoid": {"x": [W[:4]], "dx": [0.5]},
    "var": {"mean": [A3.mean(-1, keepdims=True)], "axis": [0, 1, -1, (0, 2)]},
    "transpose": {"axes": [(1, 0, 2)]},
    "matrix_transpose": {},
    "searchsorted": {"sorter": [np.arange(6)]},
    "take": {"axis": [1, -1, None], "indices": [np.array([[0, 1], [1, 0]]), 1], "mode": ["wrap", "clip", "raise"]},
    "round": {"decimals": [1, -1, 2]},
    "clip": {"a_min": [None, P.max()], "a_max": [None]},
    "linspace": {"axis": [0, -1, 1], "num": [5, 1]},
    "geomspace": {"axis": [0, -1, 1]}, "logspace": {"axis": [0, -1, 1], "base": [2.0]},
    "rot90": {"k": [2, 3], "axes": [(1, 2)]},
    "roll": {"shift": [(1, 2)], "axis": [0, (0, 1), None]},
    "pad": {"mode": ["edge", "reflect", "wrap"]},
    "unwrap": {"discont": [4.0], "period": [3.0]},
    "interp": {"left": [-1.0], "right": [9.0], "period": [7.0]},
    "nan_to_num": {"nan": [3.0], "posinf": [1.0], "neginf": [2.0]},
    "polyfit": {"rcond": [1e-9], "w": [W], "full": [True], "cov": [True]},
    "polyint": {"m": [2], "k": [3.0]}, "polyder": {"m": [2]},
    "histogram": {"bins": [3], "range": [(0.0, 5.0)], "density": [True], "weights": [W]},
    "bincount": {"minlength": [9], "weights": [RNG.uniform(size=12)]},
    "unique": {"return_index": [True], "return_inverse": [True], "return_counts": [True], "axis": [0]},
    "intersect1d": {"return_indices": [True]},
    "packbits": {"bitorder": ["little"]}, "unpackbits": {"bitorder": ["little"], "count": [5], "axis": [0, 1]},
    "convolve": {"mode": ["same", "valid"]}, "correlate": {"mode": ["same", "full"]},
    "select": {"default": [7.0]},
    "digitize": {"right": [True]},
    "cross": {"axisa": [0], "axisb": [0], "axisc": [0], "axis": [-1, 2]},
    "ravel_multi_index": {"order": ["C", "F"]}, "unravel_index": {"order": ["C", "F"]},
    "reshape": {"shape": [(3, 8), -1], "copy": [True]},
    "vander": {"N": [3]},
    "tensordot": {"axes": [2, ([0], [2])]},
    "repeat": {"repeats": [np.array([1, 2, 3, 0])], "axis": [0, 1, None]},
    "delete": {"obj": [[0, 2], slice(1, 3)]}, "insert": {"obj": [[0, 2]]},
    "where": {}, "isclose": {"rtol": [0.1], "atol": [0.1]}, "allclose": {"rtol": [0.1], "atol": [0.1]},
    "partition": {"kth": [0, (1, 2)]},
    "einsum": {"dtype": ["complex128", "float64"]},
    "lib.stride_tricks.sliding_window_view": {"axis": [(1, 0), (1, 1)], "writeable": [True]},
    "linalg.qr": {"mode": ["complete", "r", "raw"]},
    "linalg.svd": {"full_matrices": [False], "compute_uv": [False]},
    "linalg.pinv": {"rcond": [0.1], "rtol": [0.1, None]},
    "linalg.matrix_rank": {"tol": [5.0], "rtol": [0.3]},
    "linalg.norm": {"ord": ["fro", "nuc", 1, 2, np.inf], "axis": [0, (0, 1)]},
    "linalg.cond": {"p": [1, 2, "fro"]},
    "linalg.matrix_norm": {"ord": ["nuc", 1, 2]}, "linalg.vector_norm": {"ord": [1, 3, np.inf, 0]},
    "linalg.lstsq": {"rcond": [0.1]},
    "linalg.cholesky": {"upper": [True]},
    "linalg.tensordot": {"axes": [2, ([0], [1])]},
    "fft.fft": {"n": [4, 8]}, "fft.fft2": {"s": [(3, 4)], "axes": [(1, 0)]},
    "fft.fftn": {"s": [(3, 4)], "axes": [(1,)]}, "fft.fftshift": {"axes": [0, (0, 1)]},
}  # fmt: skip

METHODS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    **dict.fromkeys(("all", "any", "argmax", "argmin", "argsort", "conj", "conjugate", "copy", "cumprod", "cumsum", "diagonal", "flatten", "max", "mean", "min", "nonzero", "prod", "ravel", "round", "sort", "squeeze", "std", "sum", "trace", "transpose", "var", "view"), (A3, ())),
    "argpartition": (P, (1,)), "partition": (P, (1,)), "astype": (P, ("float32",)),
    "choose": (I, ([V[:3], W[:3], V[3:]],)), "clip": (A3, (-0.5, 0.5)),
    "compress": (A3, ([True, False],)), "dot": (P, (P.T,)), "fill": (P, (3.0,)),
    "put": (P, ([1, 2], 5.0)), "repeat": (P, (2,)), "reshape": (A3, ((4, 6),)),
    "searchsorted": (LINE, (W,)), "swapaxes": (A3, (0, 2)), "take": (A3, (I,)),
    "to_device": (P, ("cpu",)), "resize": (P, ((2, 6),)), "item": (A3, (3,)),
    **dict.fromkeys(("byteswap", "dumps", "tobytes", "tolist"), (P, ())),
    "dump": (P, (os.devnull,)), "getfield": (P, ("float32",)), "setfield": (P, (1.0, "float64")),
    "setflags": (P, ()), "tofile": (P, (os.devnull,)),
}  # fmt: skip
"""The array that a method is called on, and the arguments it needs."""
