"""`jax.errors`: JAX's names of polyad's errors."""

from __future__ import annotations

from typing import Any

from ... import errors as _errors
from ._spelling import door

OWN: dict[str, Any] = dict.fromkeys(
    (
        "ConcretizationTypeError",
        "TracerArrayConversionError",
        "TracerBoolConversionError",
        "TracerIntegerConversionError",
    ),
    _errors.ConcretizationError,
)
OWN["NonConcreteBooleanIndexError"] = _errors.UnknownIndexError
OWN |= {"JAXTypeError": _errors.PolyadTypeError, "JAXIndexError": _errors.PolyadIndexError}
OWN |= {"UnexpectedTracerError": _errors.LeakedTracerError, "JaxRuntimeError": _errors.PolyadError}
DOOR = door("jax.errors", _errors, own=OWN)


def __getattr__(name: str) -> Any:
    return DOOR.get(name)


def __dir__() -> list[str]:
    return DOOR.names()
