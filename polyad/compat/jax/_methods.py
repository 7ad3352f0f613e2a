"""The methods and attributes of JAX's arrays, traced or not: `jax.numpy`'s functions of the same
name, whose result is always a new array.
"""

from __future__ import annotations

import builtins
import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ... import lax
from ... import numpy as xp
from ...errors import PolyadIndexError, PolyadTypeError
from ...foreign.signatures import near
from ...ir import user_location, where
from ._devices import CPU, check_device
from ._updates import Updates

Method = Callable[..., Any]


def _sizes(given: tuple[Any, ...]) -> Any:
    """Sizes or axes given apart, or together as one sequence."""
    together = len(given) == 1 and (given[0] is None or isinstance(given[0], Sequence))
    return given[0] if together else given


def _reshape(self: Any, *args: Any, order: str = "C", out_sharding: None = None) -> Any:
    return xp.reshape(self, _sizes(args), order)


def _transpose(self: Any, *args: Any) -> Any:
    return xp.transpose(self, _sizes(args) if args else None)


def _flatten(self: Any, order: str = "C", *, out_sharding: None = None) -> Any:
    return xp.ravel(self, order)


def _clip(self: Any, min: Any = None, max: Any = None) -> Any:
    return xp.clip(self, min, max)


def _compress(self: Any, condition: Any, axis: int | None = None, **options: Any) -> Any:
    return _numpy("compress")(condition, self, axis, **options)


def _astype(self: Any, dtype: Any, copy: bool = False, device: Any = None) -> Any:
    check_device("astype", "device", device)
    return xp.astype(self, xp.float64 if dtype is None else dtype)


def _view(self: Any, dtype: Any = None, type: None = None) -> Any:
    """The bytes, read as another dtype along the last axis."""
    if dtype is None:
        return xp.copy(self)
    if isinstance(self, np.ndarray):
        of_numpy = isinstance(dtype, builtins.type) and issubclass(dtype, np.ndarray)
        return self.view(dtype if of_numpy else xp.dtype(dtype).name)
    had, want = xp.dtype(self.dtype).itemsize, xp.dtype(dtype).itemsize
    shape = tuple(self.shape)
    if want > had:
        self = xp.reshape(self, (*shape[:-1], -1, want // had))
    return xp.reshape(lax.bitcast_convert_type(self, dtype), (*shape[:-1], -1) if shape else ())


def _to_device(self: Any, device: Any, *, stream: None = None) -> Any:
    check_device("to_device", "device", device)
    return self


def _nothing(self: Any) -> None:
    """Nothing is to be done."""


_FUNCTIONS: list[Callable[[str], Method]] = []


def take_from(functions: Callable[[str], Method]) -> None:
    """Hand in `jax.numpy`'s functions, by name: they have JAX's signatures."""
    _FUNCTIONS[:] = [functions]


def _numpy(name: str) -> Method:
    return _FUNCTIONS[0](name)


def _function(name: str) -> Method:
    """`jax.numpy`'s function of that name."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return _numpy(name)(self, *args, **kwargs)

    method.__name__ = method.__qualname__ = name
    return method


METHODS: dict[str, Method] = {
    **{
        name: _function(name)
        for name in (
            "all", "any", "argmax", "argmin", "argpartition", "argsort", "choose", "conj", "copy",
            "cumprod", "cumsum", "diagonal", "dot", "max", "mean", "min", "nonzero", "prod", "ptp",
            "ravel", "repeat", "round", "searchsorted", "sort", "squeeze", "std", "sum", "swapaxes",
            "take", "trace", "var",
        )
    },
    "astype": _astype,
    "clip": _clip,
    "compress": _compress,
    "conjugate": _function("conj"),
    "copy_to_host_async": _nothing,
    "devices": lambda self: {CPU},
    "flatten": _flatten,
    "reshape": _reshape,
    "to_device": _to_device,
    "transpose": _transpose,
    "view": _view,
}  # fmt: skip
PROPERTIES: dict[str, Callable[[Any], Any]] = {
    "T": xp.transpose,
    "mT": xp.matrix_transpose,
    "weak_type": lambda x: False,
    "is_fully_addressable": lambda x: True,
    "committed": lambda x: False,
}
WRITING = (
    "byteswap", "fill", "itemset", "partition", "put", "resize", "setfield", "setflags",
)  # fmt: skip
"""ndarray's methods that write to it."""


def attribute(x: Any, name: str) -> Any:
    """The method or attribute `name` of a traced array in a program of JAX's."""
    if name == "at":
        return Updates(x)
    if name in PROPERTIES:
        return PROPERTIES[name](x)
    method = METHODS.get(name)
    if method is not None:
        return functools.partial(method, x)
    if name in WRITING:
        immutable(name)
    raise AttributeError(
        f"a JAX array has no attribute {name!r}{where(user_location())}"
        f"{near(name, [*METHODS, *PROPERTIES])}"
    )


def immutable(what: str) -> None:
    """Raise the error of a write to an array of JAX's."""
    raise PolyadTypeError(
        f"JAX arrays are immutable: {what} would write{where(user_location())}\n  Write "
        "x = x.at[index].set(value); numpy.array(x) is a copy that can be written to."
    )


def item(x: Any, index: Any) -> Any:
    """`x[index]` of a traced array; where an index is out of range, the nearest one."""
    try:
        return xp.indexing.getitem(x, index)
    except PolyadIndexError:
        return Updates(x)[index].get()
