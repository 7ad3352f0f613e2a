"""`jax.stages`: the classes of what `jit` makes, for annotations and `isinstance`."""

from __future__ import annotations

from typing import Any

from ...api.jitted import Jitted
from ...api.lowered import Executable as Compiled
from ...api.lowered import Lowered as Lowered
from ...api.lowered import TracedCall as Traced
from ._array import Called

__all__ = ["Compiled", "Lowered", "Traced", "Wrapped"]


class _AnyJitted(type):
    """Functions that `jit` gave are instances."""

    def __instancecheck__(cls, instance: Any) -> bool:
        inner = instance.__dict__.get("_fun") if type(instance) is Called else instance
        return isinstance(inner, Jitted)


class Wrapped(metaclass=_AnyJitted):
    """A function that `jit` gave."""


def __getattr__(name: str) -> Any:
    raise AttributeError(
        f"module 'jax.stages' has no attribute {name!r} here: it has {', '.join(__all__)}"
    )
