"""The methods and properties that traced arrays have beside their operators: an ndarray's, and a
tensor's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import elementwise as e
from . import functional, index_tricks, searching, sorting
from . import manipulation as m
from . import products as p
from . import reduction as r
from ._core import placed
from .indexing import diagonal, take
from .updates import at


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


def _transpose(self: Any, *axes: Any) -> Any:
    if not axes or axes == (None,):
        return m.transpose(self)
    return m.transpose(self, axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes)


def _view(x: Any, made: Any) -> Any:
    made.view_of = "a transposed view"
    return made


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


def _elementwise(function: Callable[..., Any]) -> Callable[..., Any]:
    """An element-wise function as a method, as tensors have them."""

    def method(self: Any) -> Any:
        return function(self)

    return method


METHODS: dict[str, Any] = {
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
    **{name: _elementwise(getattr(e, name)) for name in _TENSOR_METHODS},
    "reshape": _viewing(_from_shape(m.reshape)),
    "transpose": _viewing(_transpose),
    "squeeze": _viewing(lambda self, axis=None: m.squeeze(self, axis)),
    "swapaxes": _viewing(m.swapaxes),
    "ravel": _viewing(lambda self: m.ravel(self)),
    "flatten": lambda self: m.ravel(self),
    "repeat": lambda self, repeats, axis=None: m.repeat(self, repeats, axis=axis),
    "take": lambda self, indices, axis=None: take(self, indices, axis=axis),
    "diagonal": lambda self, offset=0: diagonal(self, offset=offset),
    "trace": lambda self, offset=0: p.trace(self, offset=offset),
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

PROPERTIES: dict[str, Callable[[Any], Any]] = {
    "T": lambda x: _view(x, m.transpose(x)),
    "mT": lambda x: _view(x, m.matrix_transpose(x)),
    "real": lambda x: e.real(x),
    "imag": lambda x: e.imag(x),
    "at": at,
}
