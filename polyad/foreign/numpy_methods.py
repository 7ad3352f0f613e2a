"""The methods and attributes that a traced array has beside its operators: an ndarray's, with the
ndarray's parameters.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from .. import numpy as xp
from ..ir import as_dtype, user_location, where
from ..numpy._arguments import layout, unfollowed
from ..numpy._core import placed
from ..numpy._out import check_cast
from ..numpy.updates import at
from .signatures import call

Method = Callable[..., Any]


def _viewing(method: Method) -> Method:
    """A method whose result NumPy shares with the array: writing into it is an error here."""

    @functools.wraps(method)
    def marked(self: Any, *args: Any, **kwargs: Any) -> Any:
        made = method(self, *args, **kwargs)
        if made is not self:
            made.view_of = "a reshaped view"
        return made

    return marked


def _one_or_many(sizes: tuple[Any, ...]) -> Any:
    """Sizes or axes given apart, or together as one sequence."""
    together = len(sizes) == 1 and not isinstance(sizes[0], int)
    return sizes[0] if together and not hasattr(sizes[0], "__index__") else sizes


# -- Shapes ----------------------------------------------------------------------------------------


@_viewing
def reshape(self: Any, /, *shape: Any, order: str = "C", copy: bool | None = None) -> Any:
    """`numpy.reshape`, of a shape given as one or in parts."""
    return xp.reshape(self, _one_or_many(shape), order, copy=copy)


@_viewing
def transpose(self: Any, /, *axes: Any) -> Any:
    """`numpy.transpose`, of axes given as one or in parts."""
    given = _one_or_many(axes)
    return xp.transpose(self, None if axes in ((), (None,)) else given)


def flatten(self: Any, /, order: str = "C") -> Any:
    """A copy in one dimension."""
    return xp.copy(xp.ravel(self, order))


def view(self: Any, /, *args: Any, **kwargs: Any) -> Any:
    """The array itself; other dtypes would read its bytes anew, which is not followed."""
    wanted = args[0] if args else kwargs.get("dtype")
    if wanted is not None and not (isinstance(wanted, type) and hasattr(wanted, "__array_ufunc__")):
        unfollowed("ndarray.view", dtype=(as_dtype(wanted), self.type.dtype))
    return _viewing(lambda x: xp.reshape(x, x.type.shape))(self)


# -- Copies and casts ------------------------------------------------------------------------------


def copy(self: Any, /, order: str = "C") -> Any:
    """An array of its own."""
    return xp.copy(self, order)


def astype(
    self: Any,
    /,
    dtype: Any,
    order: str = "K",
    casting: str = "unsafe",
    subok: bool = True,
    copy: bool = True,
) -> Any:
    """The array in another dtype, where `casting` allows it."""
    layout("ndarray.astype", order)
    check_cast("ndarray.astype", self.type.dtype, as_dtype(dtype), casting)
    return xp.astype(self, dtype, copy=copy)


def to_device(self: Any, device: Any, /, *, stream: Any = None) -> Any:
    """The array where it is; a traced array is where its trace is."""
    unfollowed("ndarray.to_device", stream=(stream, None))
    return placed(self, device)


# -- Functions in the order of methods -------------------------------------------------------------


def choose(self: Any, /, choices: Any, out: Any = None, mode: str = "raise") -> Any:
    """`numpy.choose`."""
    return xp.choose(self, choices, out, mode)


def compress(self: Any, /, condition: Any, axis: int | None = None, out: Any = None) -> Any:
    """`numpy.compress`."""
    return xp.compress(condition, self, axis, out)


def conj(self: Any, /) -> Any:
    """`numpy.conj`."""
    return xp.conj(self)


def clip(self: Any, /, min: Any = None, max: Any = None, out: Any = None, **kwargs: Any) -> Any:
    """`numpy.clip`."""
    return xp.clip(self, min, max, out, **kwargs)


# -- In place --------------------------------------------------------------------------------------


def sort(
    self: Any,
    /,
    axis: int = -1,
    kind: str | None = None,
    order: None = None,
    *,
    stable: bool | None = None,
) -> None:
    """Sort in place."""
    self[...] = xp.sort(self, axis, kind, order, stable=stable)


def partition(
    self: Any, kth: Any, /, axis: int = -1, kind: str = "introselect", order: None = None
) -> None:
    """Partition in place."""
    self[...] = xp.partition(self, kth, axis, kind, order)


def put(self: Any, indices: Any, values: Any, /, mode: str = "raise") -> None:
    """Write at positions of the flattened array."""
    self[...] = xp.put(self, indices, values)


def fill(self: Any, /, value: Any) -> None:
    """Write one number everywhere."""
    self[...] = value


METHODS: dict[str, Method] = {
    **{
        name: getattr(xp, name)
        for name in (
            "all", "any", "argmax", "argmin", "argpartition", "argsort", "cumprod", "cumsum",
            "diagonal", "dot", "max", "mean", "min", "nonzero", "prod", "repeat", "round",
            "searchsorted", "std", "sum", "take", "trace", "var",
        )
    },
    "astype": astype,
    "choose": choose,
    "clip": clip,
    "compress": compress,
    "conj": conj,
    "conjugate": conj,
    "copy": copy,
    "fill": fill,
    "flatten": flatten,
    "partition": partition,
    "put": put,
    "ravel": _viewing(xp.ravel),
    "reshape": reshape,
    "sort": sort,
    "squeeze": _viewing(xp.squeeze),
    "swapaxes": _viewing(xp.swapaxes),
    "to_device": to_device,
    "transpose": transpose,
    "view": view,
}  # fmt: skip


def _transposed(x: Any) -> Any:
    made = xp.transpose(x)
    made.view_of = "a transposed view"
    return made


def _matrix_transposed(x: Any) -> Any:
    made = xp.matrix_transpose(x)
    made.view_of = "a transposed view"
    return made


PROPERTIES: dict[str, Callable[[Any], Any]] = {
    "T": _transposed,
    "mT": _matrix_transposed,
    "real": xp.real,
    "imag": xp.imag,
    "at": at,
    "flat": _viewing(xp.ravel),
}


def attribute(x: Any, name: str) -> Any:
    """The method or attribute `name` of a traced array that stands for an ndarray."""
    if name in PROPERTIES:
        return PROPERTIES[name](x)
    method = METHODS.get(name)
    if method is None:
        raise AttributeError(
            f"a traced array has no attribute {name!r}: ndarray.{name} is not followed"
            f"{where(user_location())}"
        )
    return functools.partial(_call, name, method, x)


def _call(name: str, method: Method, x: Any, *args: Any, **kwargs: Any) -> Any:
    return call(f"ndarray.{name}", method, (x, *args), kwargs)
