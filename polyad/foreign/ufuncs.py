"""Ufuncs of NumPy and of scipy.special on traced arrays, and their methods."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

from .. import numpy as xp
from .. import special
from ..numpy.ufuncs import Signature, call_with
from .signatures import missing

# fmt: off
NAMES = (
    "absolute", "add", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh",
    "bitwise_and", "bitwise_count", "bitwise_or", "bitwise_xor", "cbrt", "ceil", "conjugate",
    "copysign", "cos", "cosh", "deg2rad", "degrees", "divide", "divmod", "equal", "exp", "exp2",
    "expm1", "fabs", "float_power", "floor", "floor_divide", "fmax", "fmin", "fmod", "frexp", "gcd",
    "greater", "greater_equal", "heaviside", "hypot", "invert", "isfinite", "isinf", "isnan", "lcm",
    "ldexp", "left_shift", "less", "less_equal", "log", "log10", "log1p", "log2", "logaddexp",
    "logaddexp2", "logical_and", "logical_not", "logical_or", "logical_xor", "matmul", "matvec",
    "maximum", "minimum", "modf", "multiply", "negative", "nextafter", "not_equal", "positive",
    "power", "rad2deg", "radians", "reciprocal", "remainder", "right_shift", "rint", "sign",
    "signbit", "sin", "sinh", "spacing", "sqrt", "square", "subtract", "tan", "tanh", "trunc",
    "vecdot", "vecmat",
)
# fmt: on
"""The ufuncs of NumPy that polyad.numpy's function of the same name stands for."""


@functools.cache
def numpys() -> dict[Any, Callable[..., Any]]:
    """NumPy's ufuncs, and the functions that stand for them."""
    import numpy as np  # loaded by whoever calls a ufunc

    return {getattr(np, name): getattr(xp, name) for name in NAMES if hasattr(np, name)}


@functools.cache
def scipys() -> dict[Any, Callable[..., Any]]:
    """The ufuncs of scipy.special, whose names polyad.special's functions have on purpose."""
    library: Any = sys.modules["scipy.special"]
    import numpy as np

    rows = {}
    for name in dir(special):
        ufunc = getattr(library, name, None)
        if isinstance(ufunc, np.ufunc):
            rows[ufunc] = getattr(special, name)
    for name, adapter in PRIVATE.items():
        ufunc = getattr(sys.modules.get("scipy.special._ufuncs"), name, None)
        if ufunc is not None:
            rows[ufunc] = adapter
    return rows


def _lambertw(z: Any, k: Any, tol: float) -> Any:
    """SciPy hands over the branch as an array."""
    return special.lambertw(z, k.item() if xp.ndim(k) == 0 else k, tol)


PRIVATE = {"_lambertw": _lambertw}
"""The ufuncs behind functions of scipy.special that are none."""


def full_name(ufunc: Any) -> str:
    """The name of a ufunc with that of its library."""
    name = str(ufunc.__name__)
    if name in PRIVATE:
        return f"scipy.special.{name.removeprefix('_')}"
    for library in ("numpy", "scipy.special"):
        if getattr(sys.modules.get(library), name, None) is ufunc:
            return f"{library}.{name}"
    return name


def call_ufunc(ufunc: Any, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A ufunc with a traced array among its arguments, or one of its methods."""
    function: Any = numpys().get(ufunc)
    if function is not None:
        if method == "__call__":
            return function(*inputs, **kwargs)
        bound = getattr(function, method, None)
        if bound is None:
            raise missing(f"{full_name(ufunc)}.{method}")
        return bound(*inputs, **_single_out(kwargs))
    function = scipys().get(ufunc) if "scipy.special" in sys.modules else None
    if function is None or method != "__call__":
        raise missing(full_name(ufunc) + ("" if method == "__call__" else f".{method}"))
    if not kwargs and len(inputs) == ufunc.nin:
        return function(*inputs)
    return call_with(function, Signature(ufunc.nin, ufunc.nout, True), inputs, kwargs)


def _single_out(kwargs: dict[str, Any]) -> dict[str, Any]:
    """The keywords of a ufunc's method: NumPy hands over an `out` as a tuple."""
    out = kwargs.get("out")
    return {**kwargs, "out": out[0]} if isinstance(out, tuple) and len(out) == 1 else kwargs
