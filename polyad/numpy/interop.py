"""Other libraries' functions on traced arrays: `numpy.sin(x)` and `torch.sin(x)` become
`polyad.numpy.sin(x)`.

A function is looked up by its name; `RENAMED` lists those that are spelt differently here.
"""

from __future__ import annotations

import sys
from typing import Any

from ..errors import PolyadTypeError
from ..ir import Handle, user_location, where

# fmt: off
RENAMED = {
    "absolute": "abs", "fabs": "abs", "true_divide": "divide", "power": "pow",
    "mod": "remainder", "arcsin": "asin", "arccos": "acos", "arctan": "atan",
    "arctan2": "atan2", "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh",
    "conjugate": "conj", "rint": "round", "invert": "bitwise_invert",
    "left_shift": "bitwise_left_shift", "right_shift": "bitwise_right_shift", "amax": "max",
    "amin": "min", "mul": "multiply", "sub": "subtract",
    "div": "divide", "neg": "negative", "cat": "concat",
    "permute": "permute_dims", "unsqueeze": "expand_dims", "t": "transpose", "eq": "equal",
    "ne": "not_equal", "lt": "less", "le": "less_equal", "gt": "greater",
    "ge": "greater_equal", "mm": "matmul", "mv": "matmul", "bmm": "matmul", "clamp": "clip",
    "matrix_exp": "expm", "inverse": "inv",
}
_REDUCTIONS = {
    "add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min",
    "logical_and": "all", "logical_or": "any",
}
# fmt: on
_IN_PLACE = ("fill_diagonal", "put_along_axis", "put")
"""Functions that write into their first argument; polyad's give a copy."""


def _find(name: str) -> Any:
    namespace = sys.modules[__package__]
    return getattr(namespace, RENAMED.get(name, name), None)


def _missing(library: str, name: str) -> PolyadTypeError:
    return PolyadTypeError(
        f"{library}.{name} cannot take a traced array: polyad.numpy has no function of that "
        f"name{where(user_location())}\n"
        "  Write it with functions of polyad.numpy, or give it a rule with polyad.custom_jvp."
    )


def call_ufunc(ufunc: Any, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A NumPy ufunc with a traced array among its inputs."""
    name = ufunc.__name__
    if kwargs.get("out") is not None:
        raise PolyadTypeError(
            f"numpy.{name}(..., out=...) cannot write into an array while "
            f"tracing{where(user_location())}"
        )
    if method == "reduce" and name in _REDUCTIONS:
        chosen = {k: v for k, v in kwargs.items() if k in ("axis", "keepdims")}
        return _find(_REDUCTIONS[name])(inputs[0], **{"axis": 0, **chosen})
    function = _find(name)
    if method != "__call__" or function is None:
        raise _missing("numpy", name if method == "__call__" else f"{name}.{method}")
    extra = {
        k: v
        for k, v in kwargs.items()
        if k not in ("out", "where", "casting", "order", "dtype", "subok")
    }
    return function(*inputs, **extra)


def call_numpy(func: Any, args: Any, kwargs: Any) -> Any:
    """A NumPy function with a traced array among its arguments."""
    name = func.__name__
    if name in ("shape", "ndim", "size") and len(args) == 1 and not kwargs:
        return getattr(args[0], name)
    module = getattr(func, "__module__", "") or ""
    found = _find(name)
    for part in ("linalg", "fft"):
        if module.startswith(f"numpy.{part}"):
            found = getattr(sys.modules[f"{__package__}.{part}"], name, found)
    if found is None:
        raise _missing("numpy", name)
    kept = {k: v for k, v in kwargs.items() if k not in ("out", "initial", "where")}
    if name in _IN_PLACE and isinstance(args[0], Handle):
        args[0][...] = _call(found, args, kept)  # type: ignore[index]
        return None
    return _call(found, args, kept)


def call_torch(func: Any, args: Any, kwargs: Any) -> Any:
    """A torch function, or a tensor's method, with a traced array among its arguments."""
    name = getattr(func, "__name__", str(func))
    plain = name.strip("_")
    if name.startswith("__r") or name in ("rsub", "rdiv", "rpow", "rmatmul"):
        plain, args = plain[1:], args[::-1]
    part, _, last = plain.partition("_")
    if part in ("fft", "linalg") and last:
        found = getattr(sys.modules[f"{__package__}.{part}"], RENAMED.get(last, last), None)
    else:
        linalg = sys.modules[f"{__package__}.linalg"]
        found = _find(plain) or getattr(linalg, RENAMED.get(plain, plain), None)
    if found is None:
        raise _missing("torch", name)
    renamed = {"dim": "axis", "keepdim": "keepdims", "input": "x", "other": "x2"}
    kwargs = {renamed.get(k, k): v for k, v in kwargs.items() if k not in ("out", "alpha")}
    if "x" in kwargs:
        args = (kwargs.pop("x"), *args)
    if "x2" in kwargs:
        args = (*args, kwargs.pop("x2"))
    return _call(found, args, kwargs)


def _call(found: Any, args: Any, kwargs: Any) -> Any:
    """Call by position; an axis that others pass by position is keyword-only here."""
    try:
        return found(*args, **kwargs)
    except TypeError:
        if len(args) == 2 and "axis" not in kwargs and isinstance(args[1], int | tuple):
            return found(args[0], axis=args[1], **kwargs)
        raise
