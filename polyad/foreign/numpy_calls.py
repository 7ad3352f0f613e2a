"""NumPy's functions on traced arrays. Ufuncs are in `ufuncs`, methods in `numpy_methods`.

`NAMES` lists the functions of which polyad.numpy has its own, with NumPy's parameters and meaning;
the others that are followed have an adapter here.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

from .. import numpy as xp
from ..numpy._arguments import integers_or_one, refuse, unfollowed
from ..numpy._core import axes_of, axis_of
from .signatures import call, missing

# fmt: off
NAMES = {
    "numpy": (
        "all", "allclose", "amax", "amin", "angle", "any", "append", "apply_along_axis",
        "apply_over_axes", "arange", "argmax", "argmin", "argpartition", "argsort", "argwhere",
        "around", "array_equal", "array_equiv", "array_split", "astype", "atleast_1d",
        "atleast_2d", "atleast_3d", "average", "bincount", "block", "broadcast_arrays",
        "broadcast_to", "can_cast", "choose", "clip", "column_stack", "compress", "concatenate",
        "convolve", "copy", "corrcoef", "correlate", "count_nonzero", "cov", "cross", "cumprod",
        "cumsum", "cumulative_prod", "cumulative_sum", "delete", "diag", "diag_indices_from",
        "diagflat", "diagonal", "diff", "digitize", "dot", "dsplit", "dstack", "ediff1d", "einsum",
        "einsum_path", "empty_like", "expand_dims", "extract", "fix", "flatnonzero", "flip",
        "fliplr", "flipud", "full_like", "geomspace", "gradient", "histogram",
        "histogram2d", "histogram_bin_edges", "histogramdd", "hsplit", "hstack", "i0", "imag",
        "inner", "insert", "interp", "intersect1d", "isclose", "iscomplex", "iscomplexobj", "isin",
        "isneginf", "isposinf", "isreal", "isrealobj", "ix_", "kron", "lexsort", "linspace",
        "logspace", "matrix_transpose", "max", "mean", "median", "meshgrid", "min", "moveaxis",
        "nan_to_num", "nanargmax", "nanargmin", "nancumprod", "nancumsum", "nanmax", "nanmean",
        "nanmedian", "nanmin", "nanpercentile", "nanprod", "nanquantile", "nanstd", "nansum",
        "nanvar", "ndim", "nonzero", "ones_like", "outer", "packbits", "pad", "partition",
        "percentile", "piecewise", "poly", "polyadd", "polyder", "polydiv", "polyfit", "polyint",
        "polymul", "polysub", "polyval", "prod", "ptp", "quantile", "ravel", "ravel_multi_index",
        "real", "repeat", "reshape", "resize", "result_type", "roll", "rollaxis", "roots", "rot90",
        "round", "searchsorted", "select", "setdiff1d", "setxor1d", "shape", "sinc", "size",
        "sort", "sort_complex", "split", "squeeze", "stack", "std", "sum", "swapaxes", "take",
        "take_along_axis", "tensordot", "tile", "trace", "transpose", "trapezoid", "tril",
        "tril_indices_from", "trim_zeros", "triu", "triu_indices_from", "union1d", "unique",
        "unique_all", "unique_counts", "unique_inverse", "unique_values", "unpackbits",
        "unravel_index", "unstack", "unwrap", "vander", "var", "vdot", "vsplit", "vstack", "where",
        "zeros_like",
    ),
    "numpy.linalg": (
        "cholesky", "cond", "cross", "det", "diagonal", "eig", "eigh", "eigvals", "eigvalsh", "inv",
        "lstsq", "matmul", "matrix_norm", "matrix_power", "matrix_rank", "matrix_transpose",
        "multi_dot", "norm", "outer", "pinv", "qr", "slogdet", "solve", "svd", "svdvals",
        "tensordot", "tensorinv", "tensorsolve", "trace", "vecdot", "vector_norm",
    ),
    "numpy.fft": (
        "fft", "fft2", "fftn", "fftshift", "hfft", "ifft", "ifft2", "ifftn", "ifftshift", "ihfft",
        "irfft", "irfft2", "irfftn", "rfft", "rfft2", "rfftn",
    ),
}
# fmt: on


@functools.cache
def rows() -> dict[Any, tuple[str, Callable[..., Any]]]:
    """NumPy's functions: the name of each, and the function that stands for it."""
    import numpy as np  # loaded by whoever calls a function of it

    found: dict[Any, tuple[str, Callable[..., Any]]] = {}
    for module, names in NAMES.items():
        part = module.partition(".")[2]
        theirs, ours = (getattr(root, part) if part else root for root in (np, xp))
        for name in names:
            function = getattr(theirs, name, None)
            if function is not None:
                found.setdefault(function, (f"{module}.{name}", getattr(ours, name)))
    for name, adapter in ADAPTERS.items():
        try:
            function = operator.attrgetter(name)(np)
        except AttributeError:  # another version of NumPy
            continue
        found[function] = (f"numpy.{name}", adapter)
    return found


def call_numpy(func: Any, args: Any, kwargs: Any) -> Any:
    """A NumPy function with a traced array among its arguments."""
    row = rows().get(func)
    if row is None:
        module = getattr(func, "__module__", None) or "numpy"
        raise missing(f"{module}.{func.__name__}")
    return call(row[0], row[1], args, kwargs)


# -- Functions of dtypes and of layout -------------------------------------------------------------


def real_if_close(a: Any, tol: float = 100) -> Any:
    """Real arrays as they are; of complex ones the result depends on their values."""
    if not xp.iscomplexobj(a):
        return a
    raise missing("numpy.real_if_close of complex arrays")


def sliding_window_view(
    x: Any, window_shape: Any, axis: Any = None, *, subok: bool = False, writeable: bool = False
) -> Any:
    """The windows along each of `axis`, their elements along new last axes; not to be written."""
    unfollowed("numpy.sliding_window_view", writeable=(writeable, False))
    sizes = integers_or_one(window_shape, "sliding_window_view: window_shape")
    axes = axes_of(axis, x) if axis is None else [axis_of(k, xp.ndim(x)) for k in _axes(axis)]
    if len(axes) != len(sizes):
        refuse(f"sliding_window_view: {len(sizes)} window sizes for {len(axes)} axes")
    for k, size in zip(axes, sizes, strict=True):
        count = xp.shape(x)[k] - size + 1
        if size < 0 or count < 1:
            refuse(f"sliding_window_view: no window of {size} along an axis of {xp.shape(x)[k]}")
        places = [[start + j for j in range(size)] for start in range(count)]
        x = xp.moveaxis(xp.take(x, places, axis=k), k + 1, -1)
    return x


def _axes(axis: Any) -> tuple[int, ...]:
    return integers_or_one(axis, "sliding_window_view: axis")


ADAPTERS: dict[str, Callable[..., Any]] = {
    **{
        name: getattr(xp, name)
        for name in ("copyto", "fill_diagonal", "place", "put", "put_along_axis", "putmask")
    },
    "real_if_close": real_if_close,
    "lib.stride_tricks.sliding_window_view": sliding_window_view,
}
