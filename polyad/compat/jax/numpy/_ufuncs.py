"""The attributes and methods of `jax.numpy`'s ufuncs, which make new arrays."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

from .... import numpy as xp
from ....errors import PolyadTypeError
from ....ir import user_location, where
from ....numpy import ufunc_methods as methods
from ....trace_stack import spelled_as
from .._array import as_arrays

Function = Callable[..., Any]

IDENTITIES: dict[str, Any] = {
    "add": 0,
    "bitwise_and": -1,
    "bitwise_or": 0,
    "bitwise_xor": 0,
    "logaddexp": -math.inf,
    "logaddexp2": -math.inf,
    "logical_and": True,
    "logical_or": False,
    "logical_xor": False,
    "maximum": None,
    "minimum": None,
    "multiply": 1,
    "negative": None,
    "subtract": None,
}
"""JAX's ufuncs, and what they give of nothing."""


class _AnyUfunc(type):
    """Functions with the methods of ufuncs are instances."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return {"nin", "reduce"} <= set(getattr(instance, "__dict__", ()))


class ufunc(metaclass=_AnyUfunc):
    """The class of `add` and its like, for `isinstance`."""


def _reduce(
    function: Function,
    a: Any,
    axis: int | None = 0,
    dtype: Any = None,
    out: None = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = None,
) -> Any:
    """The fold along `axis`; None: of all elements."""
    chosen = True if where is None else where
    return methods.reduce(function, a, axis, dtype, out, keepdims, initial, chosen)


def _accumulate(
    function: Function, a: Any, axis: int = 0, dtype: Any = None, out: None = None
) -> Any:
    """The folds of the elements so far along `axis`, in the array's dtype."""
    a = xp.asarray(a)
    kept = dtype is None and not xp.isdtype(a.dtype, "bool")
    return methods.accumulate(function, a, axis, a.dtype if kept else dtype, out)


def _reduceat(
    function: Function,
    a: Any,
    indices: Any,
    axis: int = 0,
    dtype: Any = None,
    out: None = None,
) -> Any:
    """The folds of the segments of `axis` that begin at `indices`, in the array's dtype."""
    a = xp.asarray(a)
    return methods.reduceat(function, a, indices, axis, a.dtype if dtype is None else dtype, out)


def _at(function: Any, a: Any, indices: Any, b: Any = None, /, *, inplace: bool = True) -> Any:
    """`a` with the function's values at the indices. Raises `PolyadTypeError` unless `inplace`
    is False.
    """
    name = function.__name__
    if inplace:
        raise PolyadTypeError(
            f"jax.numpy.{name}.at: JAX arrays are immutable{where(user_location())}\n  Write "
            f"x = jnp.{name}.at(x, indices, b, inplace=False)."
        )
    found = xp.array(a)
    methods.at(function, found, indices, *(() if b is None else (b,)))
    return found


def _outer(function: Function, A: Any, B: Any, /) -> Any:
    """The function of all pairs of an element of `A` and one of `B`."""
    return methods.outer(function, A, B)


METHODS: dict[str, Function] = {
    "accumulate": _accumulate,
    "at": _at,
    "outer": _outer,
    "reduce": _reduce,
    "reduceat": _reduceat,
}


def attach(call: Any, function: Any) -> None:
    """Give `call`, which is JAX's spelling of a ufunc of polyad's, what JAX's has."""
    call.nin, call.nout, call.nargs = function.nin, function.nout, function.nin
    call.identity = IDENTITIES[function.__name__]
    for name, method in METHODS.items():
        setattr(call, name, _method(method, function))


def _method(method: Function, function: Function) -> Function:
    bound = functools.partial(method, function)

    @functools.wraps(method)
    def call(*args: Any, **kwargs: Any) -> Any:
        with spelled_as("jax"):
            return as_arrays(bound(*args, **kwargs))

    return call
