"""JAX's arrays: NumPy's, of a class that cannot be written to, and has `x.at[i].set(v)`."""

from __future__ import annotations

import contextlib
import contextvars
import functools
import inspect
import operator
from typing import Any

import numpy as np

from ... import execution, tree
from ...api.calls import constants, pytrees
from ...api.calls.transformed import Transformed, by_name
from ...api.custom import Custom
from ...api.jitted import Jitted
from ...api.linear_maps import LinearMap, Pullback, Pushforward
from ...errors import PolyadTypeError, ShapeError
from ...foreign import install
from ...foreign.ufuncs import numpys
from ...ir import Handle, user_location, where
from ...trace_stack import spelled_as
from ._keys import KeyArray
from ._methods import METHODS, PROPERTIES, WRITING, attribute, immutable, item
from ._updates import Updates

DISABLED: contextvars.ContextVar[bool] = contextvars.ContextVar("DISABLED", default=False)
"""Whether jitted functions run op by op: `jax.disable_jit`."""


class _AnyArray(type):
    """Whether an object is an array of JAX's, or traced; NumPy's own arrays and numbers are not."""

    def __instancecheck__(cls, instance: Any) -> bool:
        if cls is not Array:
            return type.__instancecheck__(cls, instance)
        if isinstance(instance, Handle | ConcreteArray | KeyArray):
            return True
        if isinstance(instance, np.ndarray | np.generic):
            return False
        return execution.backend_of(instance) is not None and not execution.is_scalar(instance)


class Array(metaclass=_AnyArray):
    """The class of arrays for annotations and `isinstance`: those of this door, traced ones, and
    other libraries' but NumPy's. Arrays are made by `jax.numpy`'s functions.
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        raise PolyadTypeError(
            f"jax.Array is not called{where(user_location())}\n  jax.numpy.array makes arrays."
        )


class ConcreteArray(np.ndarray):
    """A NumPy array as JAX has them: it cannot be written to, and its methods are `jax.numpy`'s
    functions. In-place operators make a new one.
    """

    __slots__ = ()
    computes_as_numpys = True  # its own protocols change the class of a result alone

    @property
    def at(self) -> Any:
        """Updates: `x.at[index].set(v)` is a copy with elements replaced."""
        return Updates(np.asarray(self), as_arrays)

    def block_until_ready(self) -> Any:
        """The array: a call returns when its results are there."""
        return self

    def is_deleted(self) -> bool:
        """Arrays live as long as they are used."""
        return False

    def __getitem__(self, index: Any) -> Any:
        """The elements; where an index is out of range, the nearest one."""
        plain = np.asarray(self)
        if all(map(_is_basic, index)) if type(index) is tuple else _is_basic(index):
            with contextlib.suppress(IndexError):
                return as_arrays(plain[index])
        return as_arrays(Updates(plain)[index].get())

    def __iter__(self) -> Any:
        if self.ndim == 0:
            raise TypeError("iteration over a 0-d array")
        return (self[i] for i in range(len(self)))

    def __setitem__(self, index: Any, value: Any) -> None:
        immutable("x[index] = value")

    def __repr__(self) -> str:
        return shown(self)

    def __str__(self) -> str:
        return str(np.asarray(self))

    def __array_finalize__(self, obj: Any) -> None:
        """Nothing is kept beside the elements."""

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        return as_arrays(np.asarray(array))

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """A ufunc; arrays of different dtypes, or of bfloat16 beside a number, by JAX's promotion,
        which is not NumPy's.
        """
        if any(map(_has_ufuncs, inputs)):
            return NotImplemented
        function = None if kwargs or method != "__call__" else _by_promotion(ufunc, inputs)
        if "out" in kwargs:
            kwargs["out"] = tuple(map(_plain, kwargs["out"]))
        try:
            found = (function or getattr(ufunc, method))(*map(_plain, inputs), **kwargs)
        except ValueError as error:
            if type(error) is not ValueError or "broadcast" not in str(error):
                raise
            raise ShapeError(f"{ufunc.__name__}: {error}{where(user_location())}") from None
        return tree.map(_fresh, found) if type(found) is tuple else _fresh(found)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        """NumPy's functions, of plain arrays."""
        if any(not issubclass(t, np.ndarray) for t in types):
            return NotImplemented
        plain = tree.map(_plain, (tuple(args), dict(kwargs)))
        return func(*plain[0], **plain[1])

    def __eq__(self, other: Any) -> Any:
        return NotImplemented if other is None else super().__eq__(other)

    def __ne__(self, other: Any) -> Any:
        return NotImplemented if other is None else super().__ne__(other)

    def __round__(self, digits: int | None = None) -> Any:
        return as_arrays(np.round(np.asarray(self), digits or 0))

    def __format__(self, spec: str) -> str:
        return format(self.item() if self.ndim == 0 else str(self), spec)

    def __reduce__(self) -> Any:
        return as_arrays, (np.asarray(self),)

    __hash__ = None


def _plain(x: Any) -> Any:
    return np.asarray(x) if isinstance(x, ConcreteArray) else x


def _fresh(value: Any) -> Any:
    """The result of a ufunc as an array of JAX's. What computes by steps may write into it, by
    `out`; programs cannot.
    """
    array = isinstance(value, np.ndarray | np.generic)
    return np.asarray(value).view(ConcreteArray) if array else as_arrays(value)


def _is_basic(index: Any) -> bool:
    """Whether an index is no array: an integer, a slice, ..., or None."""
    kind = type(index)
    return index is None or index is Ellipsis or kind is slice or kind is int


def shown(x: Any) -> str:
    """The text of an array as JAX writes it, always with its dtype."""
    value = np.asarray(x)
    dtype = f"dtype={value.dtype.name})"
    if value.size == 0:
        shape = f"shape={value.shape}"
        return f"Array([], {shape}, {dtype}"
    text = np.array2string(value, prefix="Array(", suffix=",", separator=", ")
    return f"Array({text}, {dtype}"


def _has_ufuncs(x: Any) -> bool:
    """Whether ufuncs of `x` are of its own class, as those of a traced array are."""
    own = getattr(type(x), "__array_ufunc__", _NUMPYS)
    return own is not _NUMPYS and own is not ConcreteArray.__array_ufunc__


_NUMPYS = np.ndarray.__array_ufunc__


def _by_promotion(ufunc: Any, inputs: tuple[Any, ...]) -> Any:
    """polyad's function for a ufunc of these arrays and numbers, if NumPy would promote them in
    another way.
    """
    found = set()
    for x in inputs:
        if isinstance(x, np.ndarray | np.generic):
            if x.dtype.names:  # float0: NumPy compares
                return None
            found.add(x.dtype)
        elif type(x) not in execution.SCALARS:
            return None
    alike = len(found) == 1 and next(iter(found)).kind != "V"
    return None if alike else numpys().get(ufunc)


def _rebinding(name: str) -> Any:
    """An in-place operator that makes a new array: x += 1 rebinds x."""
    operation = getattr(operator, name)

    def method(self: Any, other: Any) -> Any:
        return operation(self, other)

    method.__name__ = f"__i{name.rstrip('_')}__"
    return method


def _of_plain(method: Any) -> Any:
    """A method of JAX's, of the plain array: what computes it is NumPy."""

    @functools.wraps(method, assigned=("__name__",), updated=())
    def of(self: Any, *args: Any, **kwargs: Any) -> Any:
        """`jax.numpy`'s function of that name."""
        return as_arrays(method(np.asarray(self), *args, **kwargs))

    return of


def _writing(name: str) -> Any:
    return lambda self, *args, **kwargs: immutable(name)


REBINDING = (
    "add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "lshift", "rshift",
    "and_", "or_", "xor",
)  # fmt: skip
for _name in REBINDING:
    setattr(ConcreteArray, f"__i{_name.rstrip('_')}__", _rebinding(_name))
for _name, _method in METHODS.items():
    setattr(ConcreteArray, _name, _of_plain(_method))
for _name, _get in PROPERTIES.items():
    setattr(ConcreteArray, _name, property(_of_plain(_get)))
for _name in WRITING:
    setattr(ConcreteArray, _name, _writing(_name))
ConcreteArray.__name__ = "Array"


class Called:
    """A transformed function whose results are JAX's arrays."""

    has_attributes_of_function = True

    def __init__(self, fun: Any) -> None:
        pytrees.wrap(self, fun)
        self._fun = fun

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with spelled_as("jax"):
            if DISABLED.get() and isinstance(self._fun, Jitted):
                return as_arrays(inspect.unwrap(self._fun)(*args, **kwargs))  # type: ignore[arg-type]
            return as_arrays(self._fun(*args, **kwargs))

    def __get__(self: Any, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.__dict__["_fun"], name)

    def __repr__(self) -> str:
        return repr(self._fun)

    def __reduce__(self) -> Any:
        return by_name(self) or (Called, (self._fun,))


class _Pullback(Pullback):
    """A pullback whose results are JAX's arrays."""

    __slots__ = ()

    def __call__(self, cotangent: Any) -> Any:
        with spelled_as("jax"):
            return as_arrays(super().__call__(cotangent))


class _Pushforward(Pushforward):
    """A pushforward whose results are JAX's arrays."""

    __slots__ = ()

    def __call__(self, *tangents: Any) -> Any:
        with spelled_as("jax"):
            return as_arrays(super().__call__(*tangents))


_MAPS: dict[type, Any] = {Pullback: _Pullback, Pushforward: _Pushforward}
for _kind in list(_MAPS.values()):
    tree.register_node_class(_kind)
    _MAPS[_kind] = _kind

_LEAVES = frozenset((ConcreteArray, int, float, bool, complex, str, type(None)))
_CALLED = (Transformed, Jitted, Custom)


def as_arrays(value: Any) -> Any:
    """A result, with NumPy's arrays and numbers in it as JAX's arrays."""
    kind = type(value)
    if kind is np.ndarray or isinstance(value, np.generic):
        plain = np.asarray(value).view()
        if plain.dtype == constants.FLOAT0:
            return value
        plain.flags.writeable = False
        return plain.view(ConcreteArray)
    if isinstance(value, _CALLED):
        return Called(value)
    if isinstance(value, LinearMap):
        found: Any = _MAPS[type(value)]
        return found(value.definition, value.residuals)
    if kind is tuple or kind is list:
        return kind([as_arrays(part) for part in value])
    if kind is dict or (kind not in _LEAVES and tree.is_node(kind)):
        return tree.map(as_arrays, value)
    return value


install("jax", attribute, item)
