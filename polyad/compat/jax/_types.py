"""Types of arrays, by JAX's names: a class that makes polyad's, and knows them."""

from __future__ import annotations

from typing import Any

from ...api import ShapeDtypeStruct as struct
from ...errors import PolyadTypeError
from ...ir import ArrayType, user_location, where
from ...texts import shown
from ._keys import KEY, KeyArray


def _typed(shape: Any, dtype: Any) -> Any:
    """The type of arrays of numbers, or, for the dtype of keys, that of their words."""
    if dtype is KEY:
        return KeyArray(struct(shape, "uint32"), struct(shape, "uint32"))
    return struct(shape, dtype)


class _AnyType(type):
    """polyad's types of arrays are instances, and what it makes is one."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, ArrayType)

    def __call__(cls, shape: Any, dtype: Any, **options: Any) -> Any:
        for name, value in options.items():
            if name not in ("sharding", "weak_type", "vma", "is_ref", "memory_space"):
                raise TypeError(f"{cls.__name__} has no parameter {name!r}")
            if value not in (None, False):
                raise PolyadTypeError(
                    f"JAX's {cls.__name__}: {name}={shown(value)} is not taken here"
                    f"{where(user_location())}\n  Leave {name} out."
                )
        return _typed(shape, dtype)


class ShapeDtypeStruct(metaclass=_AnyType):
    """The shape and the dtype of an array."""

    @staticmethod
    def like(x: Any) -> Any:
        """Those of the array `x`."""
        return _typed(x.shape, x.dtype)


class ShapedArray(metaclass=_AnyType):
    """The type of an array, by its name in `jax.core`."""
