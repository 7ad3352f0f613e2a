"""PyTorch's functions on traced arrays: those that are spelt differently in NumPy, or give more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ..errors import PolyadTypeError
from ..ir import user_location, where
from ..tracer import libraries, namespace
from . import elementwise as e
from . import functional, index_tricks, linalg, searching, sorting
from . import manipulation as m
from . import products as p
from . import reduction as r
from ._core import placed
from .indexing import diagonals, take, take_along_axis

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


# -- Methods of tensors ----------------------------------------------------------------------------


def _by_axis(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of (x, *, axis=…) as a method that takes its axis by position too."""

    def method(self: Any, axis: Any = None, **kwargs: Any) -> Any:
        renamed = {{"dim": "axis", "keepdim": "keepdims"}.get(k, k): v for k, v in kwargs.items()}
        return function(self, **{"axis": axis, **renamed})

    return method


def _from_shape(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of (x, sizes) as a method that takes the sizes apart or together."""

    def method(self: Any, *sizes: Any) -> Any:
        together = len(sizes) == 1 and not isinstance(sizes[0], int)
        return function(self, sizes[0] if together else sizes)

    return method


def _permuted(self: Any, *axes: Any) -> Any:
    if not axes or axes == (None,):
        return m.transpose(self)
    return m.transpose(self, axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes)


def _viewing(function: Callable[..., Any]) -> Callable[..., Any]:
    """A method whose result NumPy shares with the array: writing into it is an error here."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        made = function(self, *args, **kwargs)
        if made is not self:
            made.view_of = "a reshaped view"
        return made

    return method


def _in_place(function: Callable[..., Any]) -> Callable[..., None]:
    """A method that writes what `function` gives into the array, as NumPy's, and gives None."""

    def method(self: Any, *args: Any, **kwargs: Any) -> None:
        self[...] = function(self, *args, **kwargs)

    return method


def _fill_copy(self: Any) -> Any:
    return m.reshape(self, self.shape)


# fmt: off
_TENSOR_METHODS = (
    "abs", "acos", "acosh", "asin", "asinh", "atan", "atanh", "ceil", "cos", "cosh", "exp",
    "expm1", "floor", "log", "log10", "log1p", "log2", "reciprocal", "sign", "sin", "sinh",
    "sqrt", "square", "tan", "tanh", "trunc",
)
# fmt: on


def _method(function: Callable[..., Any]) -> Callable[..., Any]:
    """An element-wise function as a method, as tensors have them."""

    def method(self: Any) -> Any:
        return function(self)

    return method


TENSOR_METHODS: dict[str, Any] = {
    **{
        name: _by_axis(getattr(r, name))
        for name in (
            "sum",
            "prod",
            "mean",
            "var",
            "std",
            "max",
            "min",
            "any",
            "all",
            "argmax",
            "argmin",
        )
    },
    "cumsum": _by_axis(r.cumulative_sum),
    "cumprod": _by_axis(r.cumulative_prod),
    **{name: _method(getattr(e, name)) for name in _TENSOR_METHODS},
    "reshape": _viewing(_from_shape(m.reshape)),
    "transpose": _viewing(_permuted),
    "squeeze": _viewing(lambda self, axis=None: m.squeeze(self, axis)),
    "swapaxes": _viewing(m.swapaxes),
    "ravel": _viewing(lambda self: m.ravel(self)),
    "flatten": lambda self: m.ravel(self),
    "repeat": lambda self, repeats, axis=None: m.repeat(self, repeats, axis=axis),
    "take": lambda self, indices, axis=None: take(self, indices, axis=axis),
    "diagonal": lambda self, offset=0: diagonals(self, offset),
    "trace": lambda self, offset=0: p.trace(self, offset),
    "dot": lambda self, other: p.dot(self, other),
    "astype": lambda self, dtype, **kwargs: m.astype(self, dtype),
    "conj": lambda self: e.conj(self),
    "conjugate": lambda self: e.conj(self),
    "clip": lambda self, min=None, max=None: e.clip(self, min, max),
    "round": lambda self, decimals=0: e.round(self, decimals),
    "sort": _in_place(lambda self, axis=-1: r.sort(self, axis=axis)),
    "partition": _in_place(lambda self, kth, axis=-1: sorting.partition(self, kth, axis)),
    "put": _in_place(lambda self, indices, values: index_tricks.put(self, indices, values)),
    "fill": _in_place(lambda self, value: value),
    "argpartition": lambda self, kth, axis=-1: sorting.argpartition(self, kth, axis),
    "searchsorted": lambda self, v, side="left", sorter=None: searching.searchsorted(
        self, v, side, sorter
    ),
    "nonzero": lambda self: searching.nonzero(self),
    "compress": lambda self, condition, axis=None: functional.compress(condition, self, axis),
    "choose": lambda self, choices, mode="raise": functional.choose(self, choices, mode),
    "argsort": lambda self, axis=-1: r.argsort(self, axis=axis),
    "copy": _fill_copy,
    "to_device": lambda self, device, stream=None: placed(self, device),
}
