"""`jax.ref`."""

from __future__ import annotations

from typing import Any

import numpy as _np

from ... import ref as _ref
from ...api.refs import made as _made
from ...ir import Handle as _Handle
from ...numpy import dtype as _dtype
from ._array import as_arrays as _as_arrays
from ._array import shown as _shown
from ._spelling import door


class _AnyRef(type):
    """polyad's cells, those that a compiled function is given, are instances."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, _ref.Ref)


class Ref(_ref.Ref, metaclass=_AnyRef):
    """A cell of an array, whose parts are JAX's arrays."""

    __slots__ = ()

    def __repr__(self) -> str:
        traced = self._frozen or isinstance(self._value, _Handle)
        return super().__repr__() if traced else f"Ref{_shown(self._value).removeprefix('Array')}"

    def __getitem__(self, index: Any) -> Any:
        return _as_arrays(super().__getitem__(index))


def new_ref(init_val: Any, *, memory_space: None = None, kind: None = None) -> Ref:
    """`polyad.new_ref`."""
    found = _made(Ref, init_val, memory_space, kind)
    assert isinstance(found, Ref)
    return found


def empty_ref(ty: Any, memory_space: None = None) -> Ref:
    """A cell of this shape and dtype, whose elements are 0."""
    return new_ref(_np.zeros(ty.shape, _dtype(ty.dtype).name), memory_space=memory_space)


DOOR = door("jax.ref", _ref, own={"Ref": Ref, "new_ref": new_ref, "empty_ref": empty_ref})


def __getattr__(name: str) -> Any:
    return DOOR.get(name)


def __dir__() -> list[str]:
    return DOOR.names()
