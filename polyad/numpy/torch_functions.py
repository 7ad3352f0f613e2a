"""PyTorch's functions on traced arrays: those that are spelt differently in NumPy, or give more."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..errors import PolyadTypeError
from ..ir import user_location, where
from ..tracer import libraries, namespace
from . import linalg
from . import manipulation as m
from . import reduction as r
from .indexing import take_along_axis

# fmt: off
RENAMED = {
    "mul": "multiply", "sub": "subtract", "rsub": "subtract", "div": "divide", "neg": "negative",
    "cat": "concat", "permute": "permute_dims", "unsqueeze": "expand_dims", "t": "transpose",
    "eq": "equal", "ne": "not_equal", "lt": "less", "le": "less_equal", "gt": "greater",
    "ge": "greater_equal", "mm": "matmul", "mv": "matmul", "bmm": "matmul", "clamp": "clip",
    "matrix_exp": "expm", "inverse": "inv", "lgamma": "gammaln", "sigmoid": "expit",
    "cumsum": "cumulative_sum", "cumprod": "cumulative_prod",
}
_KEYWORDS = {"dim": "axis", "keepdim": "keepdims", "dims": "axes"}
_FIRST = ("input", "other")
_ABOUT_MEMORY = ("out", "inplace")
# fmt: on


def find(name: str) -> Any:
    """The function of that name, of the namespace or of the libraries beside it; or None."""
    found = (getattr(library, name, None) for library in libraries())
    return next(filter(callable, found), None)


def missing(name: str) -> PolyadTypeError:
    """The error of a function that there is not."""
    return PolyadTypeError(
        f"torch.{name} cannot take a traced array: polyad.numpy has no function of that "
        f"name{where(user_location())}\n"
        "  Write it with functions of polyad.numpy, or give it a rule with polyad.custom_jvp."
    )


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


class Selected(NamedTuple):
    """The result of torch's functions that choose among elements."""

    values: Any
    indices: Any


def call_torch(func: Any, args: Any, kwargs: Any) -> Any:
    """A torch function, or a tensor's method, with a traced array among its arguments."""
    name = getattr(func, "__name__", str(func))
    plain = name.strip("_")
    if name.startswith("__r") or name in ("rsub", "rdiv", "rpow", "rmatmul"):
        plain, args = plain[1:], args[::-1]
    args = (*args, *(kwargs[k] for k in _FIRST if k in kwargs))
    options = {_KEYWORDS.get(k, k): v for k, v in kwargs.items() if k not in _FIRST}
    options = {k: v for k, v in options.items() if k not in _ABOUT_MEMORY}
    if plain in _OWN:
        return _OWN[plain](*args, **options)
    found = _find(plain)
    if found is None:
        raise missing(name)
    return call(found, args, options)


def _find(name: str) -> Any:
    part, _, last = name.partition("_")
    if part in ("fft", "linalg", "special") and last:
        library: Any = getattr(namespace(), part)
        return getattr(library, RENAMED.get(last, last), None)
    name = RENAMED.get(name, name)
    return find(name) or getattr(linalg, name, None)


# -- Those with parameters or results of their own -------------------------------------------------


def _add(x: Any, other: Any, alpha: Any = 1) -> Any:
    return find("add")(x, other if alpha == 1 else find("multiply")(other, alpha))


def _subtract(x: Any, other: Any, alpha: Any = 1) -> Any:
    scaled = other if alpha == 1 else find("multiply")(other, alpha)
    return find("subtract")(x, scaled)


def _spread(name: str) -> Any:
    """`std` and `var`: of a sample, unless told otherwise."""

    def function(
        x: Any,
        axis: Any = None,
        unbiased: bool = True,
        keepdims: bool = False,
        correction: float | None = None,
    ) -> Any:
        if isinstance(axis, bool):
            axis, unbiased = None, axis
        correction = int(unbiased) if correction is None else correction
        return getattr(r, name)(x, axis=axis, correction=correction, keepdims=keepdims)

    return function


def _extreme(name: str, pairwise: str) -> Any:
    """`max` and `min`: of all elements, of two tensors, or along an axis with the indices."""

    def function(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        if axis is None:
            return getattr(r, name)(x)
        if not isinstance(axis, int):
            return find(pairwise)(x, axis)
        indices = getattr(r, f"arg{name}")(x, axis=axis, keepdims=True)
        values = take_along_axis(x, indices, axis=axis)
        if keepdims:
            return Selected(values, indices)
        return Selected(m.squeeze(values, axis), m.squeeze(indices, axis))

    return function


def _sort(x: Any, axis: int = -1, descending: bool = False, stable: bool = True) -> Selected:
    indices = r.argsort(x, axis=axis, descending=descending)
    return Selected(take_along_axis(x, indices, axis=axis), indices)


def _softmax(name: str) -> Any:
    def function(x: Any, axis: int, _stacklevel: int = 3, dtype: Any = None) -> Any:
        x = x if dtype is None else m.astype(x, dtype)
        return find(name)(x, axis=axis)

    return function


def _linear(x: Any, weight: Any, bias: Any = None) -> Any:
    product = find("matmul")(x, m.matrix_transpose(weight))
    return product if bias is None else find("add")(product, bias)


def _loss(distance: Any) -> Any:
    def function(x: Any, target: Any, *, reduction: str = "mean", **legacy: Any) -> Any:
        each = distance(find("subtract")(x, target))
        return each if reduction == "none" else getattr(r, reduction)(each)

    return function


_OWN: dict[str, Any] = {
    "add": _add,
    "sub": _subtract,
    "subtract": _subtract,
    "std": _spread("std"),
    "var": _spread("var"),
    "max": _extreme("max", "maximum"),
    "min": _extreme("min", "minimum"),
    "sort": _sort,
    "softmax": _softmax("softmax"),
    "log_softmax": _softmax("log_softmax"),
    "linear": _linear,
    "mse_loss": _loss(lambda d: d * d),
    "l1_loss": _loss(abs),
    "gather": lambda x, axis, index: take_along_axis(x, index, axis=axis),
    "gelu": lambda x, approximate="none": find("gelu")(x, approximate == "tanh"),
}
