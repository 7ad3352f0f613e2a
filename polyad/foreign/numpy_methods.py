"""The methods and attributes that a traced array has beside its operators: an ndarray's, with the
ndarray's parameters.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from .. import numpy as xp
from ..aliasing import linked, write
from ..ir import as_dtype, user_location, where
from ..numpy._arguments import layout, unfollowed
from ..numpy._core import fresh, placed
from ..numpy._out import check_cast
from ..numpy.updates import at
from ..ops import manipulation as ops
from .signatures import call, near

Method = Callable[..., Any]


def _one_or_many(sizes: tuple[Any, ...]) -> Any:
    """Sizes or axes given apart, or together as one sequence."""
    together = len(sizes) == 1 and not isinstance(sizes[0], int)
    return sizes[0] if together and not hasattr(sizes[0], "__index__") else sizes


# -- Shapes ----------------------------------------------------------------------------------------


def reshape(self: Any, /, *shape: Any, order: str = "C", copy: bool | None = None) -> Any:
    """`numpy.reshape`, of a shape given as one or in parts."""
    return xp.reshape(self, _one_or_many(shape), order, copy=copy)


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
    return linked(fresh(self), self)


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
    write(self, xp.sort(self, axis, kind, order, stable=stable))


def partition(
    self: Any, kth: Any, /, axis: int = -1, kind: str = "introselect", order: None = None
) -> None:
    """Partition in place."""
    write(self, xp.partition(self, kth, axis, kind, order))


def put(self: Any, indices: Any, values: Any, /, mode: str = "raise") -> None:
    """Write at positions of the flattened array."""
    xp.put(self, indices, values, mode)


def fill(self: Any, /, value: Any) -> None:
    """Write one number everywhere."""
    write(self, value, "unsafe")


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
    "ravel": xp.ravel,
    "reshape": reshape,
    "sort": sort,
    "squeeze": xp.squeeze,
    "swapaxes": xp.swapaxes,
    "to_device": to_device,
    "transpose": transpose,
    "view": view,
}  # fmt: skip


def flat(x: Any) -> Any:
    """The elements in one dimension, in C order: always those of the array."""
    return linked(ops.reshape(x, shape=(x.type.size,)), x)


PROPERTIES: dict[str, Callable[[Any], Any]] = {
    "T": xp.transpose,
    "mT": xp.matrix_transpose,
    "at": at,
    "flat": flat,
}


HANDED_OVER = ("cpu", "cuda", "detach", "numpy")
"""Methods by which tensors of PyTorch become arrays of NumPy."""


def remedy(name: str) -> str:
    """A sentence for an error about an attribute that arrays do not have."""
    if name in HANDED_OVER:
        return f"\n  Use the array itself: a NumPy array needs no .{name}()."
    return near(name, [*METHODS, *PROPERTIES])


def attribute(x: Any, name: str) -> Any:
    """The method or attribute `name` of a traced array that stands for an ndarray."""
    if name in PROPERTIES:
        return PROPERTIES[name](x)
    method = METHODS.get(name)
    if method is None:
        raise AttributeError(
            f"a traced array has no attribute {name!r}: ndarray.{name} is not followed"
            f"{where(user_location())}{remedy(name)}"
        )
    return functools.partial(_call, name, method, x)


def _call(name: str, method: Method, x: Any, *args: Any, **kwargs: Any) -> Any:
    return call(f"ndarray.{name}", method, (x, *args), kwargs)
