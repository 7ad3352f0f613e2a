"""JAX's arrays: NumPy's, of a class that cannot be written to, and has `x.at[i].set(v)`."""

from __future__ import annotations

import functools
import operator
from typing import Any

import numpy as np

from ... import execution, tree
from ...api.calls import pytrees
from ...api.calls.transformed import Transformed, by_name
from ...api.compile import Jitted
from ...api.custom import Custom
from ...errors import PolyadTypeError
from ...foreign.ufuncs import numpys
from ...ir import Handle, user_location, where
from ...numpy.updates import at


class _AnyArray(type):
    """Whether an object is an array: one of a library with a backend, traced, or NumPy's number."""

    def __instancecheck__(cls, instance: Any) -> bool:
        if cls is not Array:
            return type.__instancecheck__(cls, instance)
        if isinstance(instance, Handle | np.ndarray | np.generic):
            return True
        return execution.backend_of(instance) is not None and not execution.is_scalar(instance)


class Array(metaclass=_AnyArray):
    """What JAX's annotations and `isinstance` call an array: any array that polyad takes, and any
    traced one. Arrays are made by `jax.numpy`'s functions.
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        raise PolyadTypeError(
            f"jax.Array is not called{where(user_location())}\n  jax.numpy.array makes arrays."
        )


class ConcreteArray(np.ndarray):
    """A NumPy array as JAX has them. In-place operators make a new one."""

    __slots__ = ()

    @property
    def at(self) -> Any:
        """Updates: `x.at[index].set(v)` is a copy with elements replaced."""
        return Updates(self)

    def block_until_ready(self) -> Any:
        """The array: a call returns when its results are there."""
        return self

    def copy_to_host_async(self) -> None:
        """Nothing is to be copied."""

    @property
    def weak_type(self) -> bool:
        return False

    def devices(self) -> set[str]:
        """The one device."""
        return {"cpu"}

    def is_deleted(self) -> bool:
        """Arrays live as long as they are used."""
        return False

    def __setitem__(self, index: Any, value: Any) -> None:
        raise PolyadTypeError(
            f"JAX arrays are immutable{where(user_location())}\n  Write "
            "x = x.at[index].set(value); numpy.array(x) is a copy that can be written to."
        )

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
        found = (function or getattr(ufunc, method))(*map(_plain, inputs), **kwargs)
        return as_arrays(found)

    def __round__(self, digits: int | None = None) -> Any:
        return as_arrays(np.round(np.asarray(self), digits or 0))

    def __format__(self, spec: str) -> str:
        return format(self.item() if self.ndim == 0 else str(self), spec)

    def __reduce__(self) -> Any:
        return as_arrays, (np.asarray(self),)

    __hash__ = None


def _plain(x: Any) -> Any:
    return np.asarray(x) if isinstance(x, ConcreteArray) else x


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


REBINDING = (
    "add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "lshift", "rshift",
    "and_", "or_", "xor",
)  # fmt: skip
for _name in REBINDING:
    setattr(ConcreteArray, f"__i{_name.rstrip('_')}__", _rebinding(_name))
ConcreteArray.__name__ = "Array"


class Updates:
    """`x.at` of an array that is not traced."""

    def __init__(self, x: Any) -> None:
        self.x = x

    def __getitem__(self, index: Any) -> Any:
        return Wrapped(at(np.asarray(self.x))[index])


class Wrapped:
    """The updates at an index, whose results are JAX's arrays."""

    def __init__(self, update: Any) -> None:
        self.update = update

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.update, name)
        return lambda *args, **kwargs: as_arrays(method(*args, **kwargs))


class Called:
    """A transformed function whose results are JAX's arrays."""

    has_attributes_of_function = True

    def __init__(self, fun: Any) -> None:
        pytrees.wrap(self, fun)
        self._fun = fun

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
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


_CONTAINERS = (tuple, list, dict)
_CALLED = (Transformed, Jitted, Custom)


def as_arrays(value: Any) -> Any:
    """A result, with NumPy's arrays and numbers in it as JAX's arrays."""
    kind = type(value)
    if kind is np.ndarray:
        return value.view(ConcreteArray)
    if isinstance(value, np.generic):
        return np.asarray(value).view(ConcreteArray)
    if isinstance(value, _CALLED):
        return Called(value)
    if isinstance(value, _CONTAINERS):  # which may be a leaf itself, being a subclass
        return tree.map(lambda leaf: leaf if leaf is value else as_arrays(leaf), value)
    return value
