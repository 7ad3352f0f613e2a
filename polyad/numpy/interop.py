"""Other libraries' functions on traced arrays: `numpy.sin(x)` and `torch.sin(x)` become
`polyad.numpy.sin(x)`, `scipy.special.erf(x)` becomes `polyad.special.erf(x)`.

A function is looked up by its name; `RENAMED` lists those that are spelt differently here. What a
parameter says of memory (`order`, `casting`, …) is passed over, what it says of the result is not.
"""

from __future__ import annotations

import math
from typing import Any

from ..errors import PolyadTypeError
from ..ir import Handle, user_location, where
from ..tracer import libraries, namespace

# fmt: off
RENAMED = {
    "absolute": "abs", "fabs": "abs", "true_divide": "divide", "power": "pow",
    "mod": "remainder", "arcsin": "asin", "arccos": "acos", "arctan": "atan",
    "arctan2": "atan2", "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh",
    "conjugate": "conj", "rint": "round", "invert": "bitwise_invert",
    "left_shift": "bitwise_left_shift", "right_shift": "bitwise_right_shift", "amax": "max",
    "amin": "min",
}
_REDUCTIONS = {
    "add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min",
    "logical_and": "all", "logical_or": "any",
}
_IDENTITIES = {"sum": 0, "prod": 1, "max": -math.inf, "min": math.inf, "any": False, "all": True}
_EXTREMES = {"maximum": "max", "minimum": "min"}
_COMBINED = {"sum": "add", "prod": "multiply", "max": "maximum", "min": "minimum"}
_ABOUT_MEMORY = ("order", "casting", "subok", "like", "optimize", "overwrite_input")
# fmt: on
_IN_PLACE = ("fill_diagonal", "put_along_axis", "put")
"""Functions that write into their first argument; polyad's give a copy."""


def find(name: str) -> Any:
    """The function of that name, of the namespace or of the libraries beside it; or None."""
    name = RENAMED.get(name, name)
    found = (getattr(library, name, None) for library in libraries())
    return next(filter(callable, found), None)


def missing(library: str, name: str) -> PolyadTypeError:
    """The error of a function that there is not."""
    return PolyadTypeError(
        f"{library}.{name} cannot take a traced array: polyad.numpy has no function of that "
        f"name{where(user_location())}\n"
        "  Write it with functions of polyad.numpy, or give it a rule with polyad.custom_jvp."
    )


# -- Ufuncs ----------------------------------------------------------------------------------------


def call_ufunc(ufunc: Any, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A NumPy ufunc with a traced array among its inputs, or one of its methods."""
    name = ufunc.__name__
    options = {k: v for k, v in kwargs.items() if k not in _ABOUT_MEMORY}
    out = options.pop("out", None)
    out = out[0] if isinstance(out, tuple) and len(out) == 1 else out
    made = _METHODS[method](name, inputs, options, out) if method in _METHODS else None
    if made is None:
        raise missing("numpy", name if method == "__call__" else f"{name}.{method}")
    return made if out is None else _written(out, made, name)


def _called(name: str, inputs: Any, options: Any, out: Any) -> Any:
    function = find(name)
    if function is None:
        return None
    chosen, dtype = options.pop("where", True), options.pop("dtype", None)
    made = function(*inputs, **options)
    made = made if dtype is None else made.astype(dtype)
    if chosen is True:
        return made
    if out is None:
        raise PolyadTypeError(
            f"numpy.{name}(..., where=...) without out= leaves the rest of its result undefined"
            f"{where(user_location())}\n  Write polyad.numpy.where(condition, result, fill)."
        )
    return namespace().where(chosen, made, out)


def _reduced(name: str, inputs: Any, options: Any, out: Any) -> Any:
    if name not in _REDUCTIONS:
        return None
    return _reduction(_REDUCTIONS[name], inputs, {"axis": 0, **options})


_RUNNING = {
    "add": "cumulative_sum",
    "multiply": "cumulative_prod",
    "maximum": "cummax",
    "minimum": "cummin",
}


def _accumulated(name: str, inputs: Any, options: Any, out: Any) -> Any:
    function = find(_RUNNING.get(name, ""))
    return None if function is None else function(*inputs, **{"axis": 0, **options})


def _outer(name: str, inputs: Any, options: Any, out: Any) -> Any:
    function = find(name)
    a, b = inputs
    ndim = len(getattr(b, "shape", ()))
    a = a.reshape((*a.shape, *(1,) * ndim)) if hasattr(a, "reshape") else a
    return None if function is None else function(a, b, **options)


def _at(name: str, inputs: Any, options: Any, out: Any) -> Any:
    """`ufunc.at(x, index, values)`, in place."""
    ways = {"add": "add", "subtract": "add", "multiply": "multiply", **_EXTREMES}
    x, index, values = inputs
    if name not in ways or not isinstance(x, Handle):
        return None
    update = namespace().at(x)[index]
    x[...] = getattr(update, ways[name])(-values if name == "subtract" else values)  # type: ignore[index]
    return x


_METHODS = {
    "__call__": _called,
    "reduce": _reduced,
    "accumulate": _accumulated,
    "outer": _outer,
    "at": _at,
}


def _written(out: Any, made: Any, name: str) -> Any:
    """`made`, written into the traced array `out`."""
    if not isinstance(out, Handle):
        raise PolyadTypeError(
            f"numpy.{name}(..., out=...) cannot write what is traced into a "
            f"{type(out).__name__}{where(user_location())}\n  Use the result, without out=."
        )
    out[...] = made  # type: ignore[index]
    return out


# -- Functions of NumPy ----------------------------------------------------------------------------


def call_numpy(func: Any, args: Any, kwargs: Any) -> Any:
    """A NumPy function with a traced array among its arguments."""
    name = func.__name__
    if name in ("shape", "ndim", "size") and len(args) == 1 and not kwargs:
        return getattr(args[0], name)
    module = getattr(func, "__module__", "") or ""
    found = find(name)
    for part in ("linalg", "fft"):
        if module.startswith(f"numpy.{part}"):
            found = getattr(getattr(namespace(), part), name, found)
    if name == "copyto":
        return _copy_to(*args, **kwargs)
    if found is None:
        raise missing("numpy", name)
    options = {k: v for k, v in kwargs.items() if k not in _ABOUT_MEMORY}
    out = options.pop("out", None)
    if name in _IN_PLACE and isinstance(args[0], Handle):
        args[0][...] = call(found, args, options)  # type: ignore[index]
        return None
    if find(name) is not None and RENAMED.get(name, name) in _IDENTITIES:
        made = _reduction(RENAMED.get(name, name), args, options)
    else:
        made = call(found, args, options)
    return made if out is None else _written(out, made, name)


def _copy_to(dst: Any, src: Any, casting: str = "same_kind", where: Any = True) -> None:
    chosen = src if where is True else namespace().where(where, src, dst)
    _written(dst, chosen, "copyto")


def _reduction(name: str, args: Any, options: dict[str, Any]) -> Any:
    """A reduction of the elements that `where` chooses, and of an `initial` one."""
    xp = namespace()
    chosen, initial = options.pop("where", True), options.pop("initial", None)
    x, *rest = args or (options.pop("a"),)
    if chosen is not True:
        if initial is None and name in ("max", "min"):
            raise PolyadTypeError(
                f"numpy.{name}(..., where=...) needs initial=, the result where nothing is chosen"
                f"{where(user_location())}"
            )
        x = xp.where(chosen, x, _IDENTITIES[name])
    made = call(find(name), (x, *rest), options)
    return made if initial is None else find(_COMBINED[name])(made, initial)


def call(found: Any, args: Any, kwargs: Any) -> Any:
    """Call by position; an axis that others pass by position is keyword-only here."""
    try:
        return found(*args, **kwargs)
    except TypeError as error:
        if len(args) == 2 and "axis" not in kwargs and isinstance(args[1], int | tuple):
            return found(args[0], axis=args[1], **kwargs)
        if type(error) is TypeError and "unexpected keyword" in str(error):
            raise PolyadTypeError(f"{error}, for a traced array{where(user_location())}") from None
        raise
