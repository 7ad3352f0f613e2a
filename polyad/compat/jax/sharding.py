"""`jax.sharding`: names for annotations and `isinstance`. There is one device, and nothing is
placed elsewhere: to make a mesh or a sharding is an error.
"""

from __future__ import annotations

from typing import Any

from ...errors import PolyadTypeError
from ...ir import user_location, where


class _Absent(type):
    """A class that has no instances."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        raise PolyadTypeError(
            f"jax.sharding.{cls.__name__} has no counterpart: there is one device, the CPU"
            f"{where(user_location())}\n  Leave the sharding out."
        )


class Sharding(metaclass=_Absent):
    """The base of JAX's shardings."""


class Mesh(metaclass=_Absent):
    """A mesh of devices."""


class PartitionSpec(tuple[Any, ...]):
    """The mesh axes that an array's axes would be spread over: a tuple, for `isinstance`."""

    def __new__(cls, *axes: Any) -> PartitionSpec:
        return super().__new__(cls, axes)


class NamedSharding(Sharding):
    """A sharding by a mesh."""


class SingleDeviceSharding(Sharding):
    """A sharding on one device."""


__all__ = ["Mesh", "NamedSharding", "PartitionSpec", "Sharding", "SingleDeviceSharding"]


def __getattr__(name: str) -> Any:
    raise AttributeError(
        f"module 'jax.sharding' has no attribute {name!r} here: it has {', '.join(__all__)}"
    )
