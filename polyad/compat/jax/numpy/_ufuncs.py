"""`jax.numpy`'s ufuncs, and those of functions of scalars: their methods make new arrays."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, NoReturn

from .... import numpy as xp
from ....errors import PolyadTypeError
from ....ir import user_location, where
from ....numpy import ufunc_methods as methods
from ....numpy._core import dtype_of
from ....numpy._out import check_cast
from ....texts import shown
from ....trace_stack import spelled_as
from .._array import as_arrays

Function = Callable[..., Any]

NAMES = (
    "add", "bitwise_and", "bitwise_or", "bitwise_xor", "logaddexp", "logaddexp2", "logical_and",
    "logical_or", "logical_xor", "maximum", "minimum", "multiply", "negative", "subtract",
)  # fmt: skip
"""JAX's ufuncs."""


def _own_dtype(function: Function, a: Any, dtype: Any) -> Any:
    """The dtype of folds: the array's for JAX's own ufuncs, the function's for others."""
    return a.dtype if dtype is None and type(function) is not ufunc else dtype


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
    if not xp.isdtype(a.dtype, "bool"):
        dtype = _own_dtype(function, a, dtype)
    return methods.accumulate(function, a, axis, dtype, out)


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
    return methods.reduceat(function, a, indices, axis, _own_dtype(function, a, dtype), out)


def _at(function: Any, a: Any, indices: Any, b: Any = None, /, *, inplace: bool = True) -> Any:
    """`a` with the function's values at the indices. Raises `PolyadTypeError` unless `inplace`
    is False.
    """
    name = function.__name__
    if inplace:
        raise PolyadTypeError(
            f"jax.numpy.{name}.at: JAX arrays are immutable{where(user_location())}\n  Write "
            "x = ufunc.at(x, indices, b, inplace=False)."
        )
    x = xp.asarray(a)
    if type(function) is ufunc:
        x = _in_dtype_of_results(function, x, b)
    return methods.updated(function, x, indices, b)


def _in_dtype_of_results(function: Function, x: Any, b: Any) -> Any:
    operands = (x,) if b is None else (x, xp.asarray(b))
    dtype = methods.result_dtype(function, *operands)
    check_cast(f"{function.__name__}.at", dtype_of(x), dtype)
    return xp.astype(x, dtype)


def _outer(function: Function, A: Any, B: Any, /) -> Any:
    """The function of all pairs of an element of `A` and one of `B`."""
    return methods.outer(function, A, B)


def _spelled(method: Function) -> Function:
    """`method` of a ufunc, which gives JAX's arrays."""

    @functools.wraps(method)
    def call(function: Function, *args: Any, **kwargs: Any) -> Any:
        with spelled_as("jax"):
            return as_arrays(method(function, *args, **kwargs))

    return call


METHODS: dict[str, Function] = {
    "accumulate": _spelled(_accumulate),
    "at": _spelled(_at),
    "outer": _spelled(_outer),
    "reduce": _spelled(_reduce),
    "reduceat": _spelled(_reduceat),
}


def attach(call: Any, function: Any) -> None:
    """Give `call`, which is JAX's spelling of a ufunc of polyad's, what JAX's has."""
    call.nin, call.nout, call.nargs = function.nin, function.nout, function.nin
    call.identity = function.identity
    for name, method in METHODS.items():
        setattr(call, name, functools.update_wrapper(functools.partial(method, function), method))


class _AnyUfunc(type):
    """Functions with the methods of ufuncs are instances, too."""

    def __instancecheck__(cls, instance: Any) -> bool:
        attributes = getattr(instance, "__dict__", ())
        return type.__instancecheck__(cls, instance) or {"nin", "reduce"} <= set(attributes)


@dataclass(frozen=True, init=False, repr=False)
class ufunc(metaclass=_AnyUfunc):
    """A function of `nin` scalars, with `nout` results, as one of arrays: it is applied element by
    element, arguments broadcast. A function of two and of one result has folds, which begin with
    `identity` unless it is None; `reduce` over several axes takes the elements in order, the last
    axis first. `add` and its like are instances, too.

    Raises `PolyadTypeError` for numbers that the function does not fit, and for `out` and `where`.
    """

    _func: Function
    nin: int
    nout: int
    identity: Any
    reorderable: ClassVar[bool] = True
    starts: ClassVar[bool] = True  # folds, from the identity

    def __init__(self, func: Function, nin: int, nout: int, *, identity: Any = None) -> None:
        if not callable(func):
            _refuse(f"func is a function, not {shown(func)}", "frompyfunc")
        for name, number in (("nin", nin), ("nout", nout)):
            if isinstance(number, bool) or not isinstance(number, int) or number < 1:
                _refuse(f"{name} is a positive integer, not {shown(number)}", "frompyfunc")
        self.__dict__.update(_func=func, nin=nin, nout=nout, identity=identity)

    @property
    def nargs(self) -> int:
        """The number of operands."""
        return self.nin

    @property
    def __name__(self) -> str:
        return f"{getattr(self._func, '__name__', '?')} (vectorized)"

    def __repr__(self) -> str:
        return f"<jnp.ufunc '{self.__name__}'>"

    def __call__(self, *args: Any, out: None = None, where: None = None) -> Any:
        if out is not None or where is not None:
            _refuse("out= and where= are not taken: use jax.numpy.where", self.__name__)
        if len(args) != self.nin:
            _refuse(f"takes {self.nin} arrays (nin), not {len(args)}", self.__name__)
        with spelled_as("jax"):
            return as_arrays(xp.vectorize(self._of_scalars)(*args))

    def _of_scalars(self, *args: Any) -> Any:
        made = self._func(*as_arrays(args))
        count = len(made) if isinstance(made, tuple) else 1
        if count != self.nout:
            _refuse(f"the function has {count} results, not {self.nout} (nout)", self.__name__)
        return made


for _name, _method in METHODS.items():
    setattr(ufunc, _name, _method)


def _refuse(message: str, name: str) -> NoReturn:
    raise PolyadTypeError(f"jax.numpy.{name}: {message}{where(user_location())}")


def frompyfunc(func: Function, /, nin: int, nout: int, *, identity: Any = None) -> ufunc:
    """The ufunc of a function of scalars, which may be traced ones.

    >>> from polyad.compat.jax import numpy as jnp
    >>> scaled = jnp.frompyfunc(lambda x, y: x + 2 * y, nin=2, nout=1)
    >>> float(scaled.reduce(jnp.array([1.0, 2.0, 3.0])))
    11.0
    """
    return ufunc(func, nin, nout, identity=identity)
